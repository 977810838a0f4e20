// Bones and joints as lit capsules. Keep in sync with src/ui/skeleton.rs.

struct Globals {
    clip_from_camera: mat4x4<f32>,
    // xyz: where the eye is.
    eye: vec4<f32>,
    // xyz: towards the light.
    light: vec4<f32>,
    // rgb: the stage's colour; a: 1 where the theme is dark.
    stage: vec4<f32>,
    // x: floor height; yz: its centre's x and z; w: its radius.
    floor: vec4<f32>,
};
@group(0) @binding(0) var<uniform> globals: Globals;

struct VertexIn {
    // A direction on the unit sphere, y along the capsule.
    @location(0) direction: vec3<f32>,
    // 0 at the first end, 1 at the second.
    @location(1) end: f32,
    // xyz and radius of the ends.
    @location(2) first: vec4<f32>,
    @location(3) second: vec4<f32>,
    // rgb as on screen; a: the style, see STYLE_*.
    @location(4) colour: vec4<f32>,
};

struct VertexOut {
    @builtin(position) clip: vec4<f32>,
    @location(0) position: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(2) colour: vec3<f32>,
    @location(3) along: f32,
    @location(4) @interpolate(flat) style: u32,
};

const STYLE_HOLLOW: u32 = 1u;
const STYLE_DASHED: u32 = 2u;
const DASH_METRES: f32 = 0.055;

@vertex
fn vs_capsule(in: VertexIn) -> VertexOut {
    let axis = in.second.xyz - in.first.xyz;
    let length = length(axis);
    var up = vec3<f32>(0.0, 1.0, 0.0);
    if length > 1e-5 {
        up = axis / length;
    }
    let helper = select(vec3<f32>(0.0, 1.0, 0.0), vec3<f32>(1.0, 0.0, 0.0), abs(up.y) > 0.9);
    let side = normalize(cross(up, helper));
    let front = cross(side, up);
    let normal = side * in.direction.x + up * in.direction.y + front * in.direction.z;
    let centre = mix(in.first, in.second, in.end);
    let position = centre.xyz + normal * centre.w;

    var out: VertexOut;
    out.clip = globals.clip_from_camera * vec4<f32>(position, 1.0);
    out.position = position;
    out.normal = normal;
    out.colour = pow(in.colour.rgb, vec3<f32>(2.2));
    out.along = dot(position - in.first.xyz, up);
    out.style = u32(in.colour.a + 0.5);
    return out;
}

@fragment
fn fs_capsule(in: VertexOut) -> @location(0) vec4<f32> {
    let normal = normalize(in.normal);
    let view = normalize(globals.eye.xyz - in.position);
    let light = normalize(globals.light.xyz);
    let facing = max(dot(normal, view), 0.0);

    // Half Lambert: the dark side keeps its shape.
    let lit = pow(dot(normal, light) * 0.5 + 0.5, 1.5);
    let sky = mix(0.16, 0.34, normal.y * 0.5 + 0.5);
    let shine = pow(max(dot(normal, normalize(light + view)), 0.0), 36.0) * 0.22;
    let rim = pow(1.0 - facing, 3.0) * 0.18 * globals.stage.a;
    var colour = in.colour * (lit * 0.95 + sky) + vec3<f32>(shine + rim);

    // Coverage rather than blending, so that nothing has to be sorted.
    var coverage = 1.0;
    if in.style == STYLE_HOLLOW {
        coverage = 1.0 - smoothstep(0.62, 0.74, facing);
    } else if in.style == STYLE_DASHED {
        let phase = abs(fract(in.along / DASH_METRES) - 0.5);
        coverage = smoothstep(0.22, 0.28, phase);
    }
    if coverage < 0.05 {
        discard;
    }
    colour = pow(min(colour, vec3<f32>(1.0)), vec3<f32>(1.0 / 2.2));
    return vec4<f32>(colour, coverage);
}

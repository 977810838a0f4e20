// The floor: a pool of light with a grid that fades out, and soft shadows. Keep in sync with src/ui/floor.rs.

struct Globals {
    clip_from_camera: mat4x4<f32>,
    eye: vec4<f32>,
    light: vec4<f32>,
    stage: vec4<f32>,
    floor: vec4<f32>,
};
@group(0) @binding(0) var<uniform> globals: Globals;

struct FloorOut {
    @builtin(position) clip: vec4<f32>,
    // x and z in camera axes, metres.
    @location(0) place: vec2<f32>,
};

// Corners of a square from -1 to 1, as two triangles.
fn corner(index: u32) -> vec2<f32> {
    let x = select(-1.0, 1.0, index == 1u || index == 2u || index == 4u);
    let z = select(-1.0, 1.0, index == 2u || index == 4u || index == 5u);
    return vec2<f32>(x, z);
}

@vertex
fn vs_floor(@builtin(vertex_index) index: u32) -> FloorOut {
    var out: FloorOut;
    out.place = globals.floor.yz + corner(index) * globals.floor.w;
    out.clip = globals.clip_from_camera * vec4<f32>(out.place.x, globals.floor.x, out.place.y, 1.0);
    return out;
}

// How much of a pixel the lines of a grid cover, `step` metres apart.
fn grid(place: vec2<f32>, step: f32) -> f32 {
    let cells = place / step;
    let width = max(fwidth(cells), vec2<f32>(1e-5));
    let distance = abs(fract(cells - 0.5) - 0.5) / width;
    let lines = 1.0 - min(min(distance.x, distance.y), 1.0);
    // Where lines come closer than pixels they would flicker.
    return lines * (1.0 - smoothstep(0.25, 0.6, max(width.x, width.y)));
}

@fragment
fn fs_floor(in: FloorOut) -> @location(0) vec4<f32> {
    let away = length(in.place - globals.floor.yz) / globals.floor.w;
    let fade = pow(1.0 - smoothstep(0.0, 1.0, away), 1.6);
    let dark = globals.stage.a;
    let pool = mix(0.50, 0.085, dark) * fade;
    let lines = max(grid(in.place, 1.0) * mix(0.24, 0.20, dark), grid(in.place, 0.25) * mix(0.09, 0.06, dark)) * fade;
    let ink = mix(vec3<f32>(0.10, 0.15, 0.22), vec3<f32>(0.75, 0.85, 1.0), dark);
    let light = mix(vec3<f32>(1.0), vec3<f32>(0.72, 0.82, 1.0), dark);
    let alpha = lines + pool * (1.0 - lines);
    let colour = (ink * lines + light * pool * (1.0 - lines)) / max(alpha, 1e-4);
    return vec4<f32>(colour, alpha);
}

struct ShadowOut {
    @builtin(position) clip: vec4<f32>,
    @location(0) offset: vec2<f32>,
    @location(1) strength: f32,
};

// x and z of the disc's centre, its radius, and how dark it is.
@vertex
fn vs_shadow(@builtin(vertex_index) index: u32, @location(0) disc: vec4<f32>) -> ShadowOut {
    var out: ShadowOut;
    out.offset = corner(index);
    let place = disc.xy + out.offset * disc.z;
    out.clip = globals.clip_from_camera * vec4<f32>(place.x, globals.floor.x + 0.003, place.y, 1.0);
    out.strength = disc.w;
    return out;
}

@fragment
fn fs_shadow(in: ShadowOut) -> @location(0) vec4<f32> {
    let soft = 1.0 - smoothstep(0.0, 1.0, length(in.offset));
    return vec4<f32>(0.0, 0.0, 0.0, in.strength * soft * soft);
}

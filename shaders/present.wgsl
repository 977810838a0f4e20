// Lays the finished picture into the window. Keep in sync with src/ui/present.rs.

@group(0) @binding(0) var picture: texture_2d<f32>;
@group(0) @binding(1) var nearest: sampler;

struct PresentOut {
    @builtin(position) clip: vec4<f32>,
    @location(0) place: vec2<f32>,
};

// One triangle that covers the viewport.
@vertex
fn vs_present(@builtin(vertex_index) index: u32) -> PresentOut {
    let corner = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u));
    var out: PresentOut;
    out.clip = vec4<f32>(corner * 2.0 - 1.0, 0.0, 1.0);
    out.place = vec2<f32>(corner.x, 1.0 - corner.y);
    return out;
}

@fragment
fn fs_present(in: PresentOut) -> @location(0) vec4<f32> {
    // Coverage left partial alpha behind; the picture itself is opaque.
    return vec4<f32>(textureSample(picture, nearest, in.place).rgb, 1.0);
}

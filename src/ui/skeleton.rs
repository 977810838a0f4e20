//! Draws capsules: bones and joints. Keep in sync with shaders/skeleton.wgsl.

use self::gpu_data::{Capsule, Vertex};
use egui_wgpu::wgpu;
use wgpu::util::DeviceExt as _;

/// The shader's text.
pub const SHADER: &str = include_str!("../../shaders/skeleton.wgsl");

/// More capsules than this are not drawn; twenty bodies have fewer.
const MOST_CAPSULES: usize = 1024;
/// Corners around a capsule.
const AROUND: u16 = 18;
/// Rings from a capsule's pole to its equator.
const RINGS: u16 = 6;

/// What the shader reads, byte for byte.
pub(crate) mod gpu_data {
    use bytemuck::{Pod, Zeroable};

    /// The same for every draw of a picture; floor.wgsl reads it too.
    #[repr(C)]
    #[derive(Clone, Copy, Debug, Pod, Zeroable)]
    pub(crate) struct Globals {
        /// From camera axes to clip space, column by column.
        pub clip_from_camera: [[f32; 4]; 4],
        /// xyz: where the eye is.
        pub eye: [f32; 4],
        /// xyz: towards the light.
        pub light: [f32; 4],
        /// rgb: the stage's colour; a: 1 where the theme is dark.
        pub stage: [f32; 4],
        /// Height, centre x, centre z, radius.
        pub floor: [f32; 4],
    }

    /// A corner of the unit capsule.
    #[repr(C)]
    #[derive(Clone, Copy, Debug, Pod, Zeroable)]
    pub(crate) struct Vertex {
        /// On the unit sphere, y along the capsule.
        pub direction: [f32; 3],
        /// 0 at the first end, 1 at the second.
        pub end: f32,
    }

    /// A capsule; a sphere where both ends are one.
    #[repr(C)]
    #[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
    pub(crate) struct Capsule {
        /// Position and radius, metres.
        pub first: [f32; 4],
        /// Position and radius, metres.
        pub second: [f32; 4],
        /// rgb as on screen, 0 to 1; a: the style.
        pub colour: [f32; 4],
    }

    /// Drawn whole.
    pub(crate) const STYLE_SOLID: f32 = 0.0;
    /// Only its rim is drawn.
    pub(crate) const STYLE_HOLLOW: f32 = 1.0;
    /// Drawn in dashes.
    pub(crate) const STYLE_DASHED: f32 = 2.0;
}

/// Everything that draws capsules.
pub(crate) struct SkeletonPipeline {
    pipeline: wgpu::RenderPipeline,
    vertices: wgpu::Buffer,
    indices: wgpu::Buffer,
    index_count: u32,
    capsules: wgpu::Buffer,
    capsule_count: u32,
}

impl SkeletonPipeline {
    /// Draws into pictures of `format`, with depth, several samples a pixel.
    pub(crate) fn new(
        device: &wgpu::Device,
        format: wgpu::TextureFormat,
        layout: &wgpu::PipelineLayout,
    ) -> Self {
        let (vertices, indices) = capsule_mesh();
        let buffer = |label, contents: &[u8], usage| {
            device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
                label: Some(label),
                contents,
                usage,
            })
        };
        Self {
            pipeline: pipeline(device, format, layout),
            vertices: buffer(
                "capsule vertices",
                bytemuck::cast_slice(&vertices),
                wgpu::BufferUsages::VERTEX,
            ),
            indices: buffer(
                "capsule indices",
                bytemuck::cast_slice(&indices),
                wgpu::BufferUsages::INDEX,
            ),
            index_count: indices.len() as u32,
            capsules: device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("capsules"),
                size: (MOST_CAPSULES * size_of::<Capsule>()) as u64,
                usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            }),
            capsule_count: 0,
        }
    }

    /// Takes the capsules of the next picture.
    pub(crate) fn upload(&mut self, queue: &wgpu::Queue, capsules: &[Capsule]) {
        let capsules = &capsules[..capsules.len().min(MOST_CAPSULES)];
        self.capsule_count = capsules.len() as u32;
        queue.write_buffer(&self.capsules, 0, bytemuck::cast_slice(capsules));
    }

    /// Draws them; the globals are bound already.
    pub(crate) fn draw(&self, pass: &mut wgpu::RenderPass<'_>) {
        pass.set_pipeline(&self.pipeline);
        pass.set_vertex_buffer(0, self.vertices.slice(..));
        pass.set_vertex_buffer(1, self.capsules.slice(..));
        pass.set_index_buffer(self.indices.slice(..), wgpu::IndexFormat::Uint16);
        pass.draw_indexed(0..self.index_count, 0, 0..self.capsule_count);
    }
}

fn pipeline(
    device: &wgpu::Device,
    format: wgpu::TextureFormat,
    layout: &wgpu::PipelineLayout,
) -> wgpu::RenderPipeline {
    let source = wgpu::ShaderSource::Wgsl(SHADER.into());
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some("skeleton"),
        source,
    });
    let vertex = wgpu::VertexBufferLayout {
        array_stride: size_of::<Vertex>() as u64,
        step_mode: wgpu::VertexStepMode::Vertex,
        attributes: &wgpu::vertex_attr_array![0 => Float32x3, 1 => Float32],
    };
    let capsule = wgpu::VertexBufferLayout {
        array_stride: size_of::<Capsule>() as u64,
        step_mode: wgpu::VertexStepMode::Instance,
        attributes: &wgpu::vertex_attr_array![2 => Float32x4, 3 => Float32x4, 4 => Float32x4],
    };
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("skeleton"),
        layout: Some(layout),
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some("vs_capsule"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            buffers: &[Some(vertex), Some(capsule)],
        },
        primitive: wgpu::PrimitiveState {
            cull_mode: Some(wgpu::Face::Back),
            ..wgpu::PrimitiveState::default()
        },
        depth_stencil: Some(super::present::depth_state(true)),
        multisample: wgpu::MultisampleState {
            count: super::present::SAMPLES,
            alpha_to_coverage_enabled: true,
            ..wgpu::MultisampleState::default()
        },
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some("fs_capsule"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            targets: &[Some(format.into())],
        }),
        multiview_mask: None,
        cache: None,
    })
}

/// Two half spheres and the wall between them, seen from outside anticlockwise.
fn capsule_mesh() -> (Vec<Vertex>, Vec<u16>) {
    let mut vertices = Vec::new();
    for (end, first_ring) in [(0.0, 0), (1.0, RINGS)] {
        for ring in first_ring..=first_ring + RINGS {
            let latitude = (f32::from(ring) / f32::from(2 * RINGS) - 0.5) * std::f32::consts::PI;
            for step in 0..=AROUND {
                let (sin, cos) =
                    (f32::from(step) / f32::from(AROUND) * std::f32::consts::TAU).sin_cos();
                let direction = [latitude.cos() * cos, latitude.sin(), latitude.cos() * sin];
                vertices.push(Vertex { direction, end });
            }
        }
    }
    let mut indices = Vec::new();
    for ring in 0..=2 * RINGS {
        for step in 0..AROUND {
            let low = ring * (AROUND + 1) + step;
            let high = low + AROUND + 1;
            indices.extend([low, high, low + 1, low + 1, high, high + 1]);
        }
    }
    (vertices, indices)
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::Vec3;

    #[test]
    fn every_triangle_of_the_capsule_faces_outwards() {
        let (vertices, indices) = capsule_mesh();
        let place = |index: u16| {
            let vertex = vertices[usize::from(index)];
            Vec3::from(vertex.direction) + Vec3::Y * vertex.end * 3.0
        };
        for corners in indices.chunks_exact(3) {
            let [a, b, c] = [place(corners[0]), place(corners[1]), place(corners[2])];
            let normal = (b - a).cross(c - a);
            let middle = (a + b + c) / 3.0;
            let inside = Vec3::new(0.0, middle.y.clamp(0.0, 3.0), 0.0);
            // Triangles at the poles have no area.
            assert!(
                normal.length() < 1e-4 || normal.dot(middle - inside) > 0.0,
                "{a} {b} {c}"
            );
        }
    }
}

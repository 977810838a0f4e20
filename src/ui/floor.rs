//! Draws the floor under the bodies and their shadows. Keep in sync with shaders/floor.wgsl.

use self::gpu_data::Shadow;
use egui_wgpu::wgpu;

/// The shader's text.
pub const SHADER: &str = include_str!("../../shaders/floor.wgsl");

/// More shadows than this are not drawn.
const MOST_SHADOWS: usize = 1024;

/// What the shader reads, byte for byte; the globals are `skeleton::gpu_data::Globals`.
pub(crate) mod gpu_data {
    use bytemuck::{Pod, Zeroable};

    /// A soft disc on the floor.
    #[repr(C)]
    #[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
    pub(crate) struct Shadow {
        /// x and z of its centre, metres.
        pub place: [f32; 2],
        /// Metres.
        pub radius: f32,
        /// How dark its middle is, 0 to 1.
        pub strength: f32,
    }
}

/// Everything that draws the floor.
pub(crate) struct FloorPipeline {
    floor: wgpu::RenderPipeline,
    shadow: wgpu::RenderPipeline,
    shadows: wgpu::Buffer,
    shadow_count: u32,
}

impl FloorPipeline {
    /// Draws into pictures of `format`, with depth, several samples a pixel.
    pub(crate) fn new(
        device: &wgpu::Device,
        format: wgpu::TextureFormat,
        layout: &wgpu::PipelineLayout,
    ) -> Self {
        let source = wgpu::ShaderSource::Wgsl(SHADER.into());
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("floor"),
            source,
        });
        let shadow = wgpu::VertexBufferLayout {
            array_stride: size_of::<Shadow>() as u64,
            step_mode: wgpu::VertexStepMode::Instance,
            attributes: &wgpu::vertex_attr_array![0 => Float32x4],
        };
        Self {
            floor: pipeline(
                device,
                format,
                layout,
                &module,
                ("vs_floor", "fs_floor"),
                &[],
            ),
            shadow: pipeline(
                device,
                format,
                layout,
                &module,
                ("vs_shadow", "fs_shadow"),
                &[Some(shadow)],
            ),
            shadows: device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("shadows"),
                size: (MOST_SHADOWS * size_of::<Shadow>()) as u64,
                usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            }),
            shadow_count: 0,
        }
    }

    /// Takes the shadows of the next picture.
    pub(crate) fn upload(&mut self, queue: &wgpu::Queue, shadows: &[Shadow]) {
        let shadows = &shadows[..shadows.len().min(MOST_SHADOWS)];
        self.shadow_count = shadows.len() as u32;
        queue.write_buffer(&self.shadows, 0, bytemuck::cast_slice(shadows));
    }

    /// Draws floor and shadows; the globals are bound already.
    pub(crate) fn draw(&self, pass: &mut wgpu::RenderPass<'_>) {
        pass.set_pipeline(&self.floor);
        pass.draw(0..6, 0..1);
        pass.set_pipeline(&self.shadow);
        pass.set_vertex_buffer(0, self.shadows.slice(..));
        pass.draw(0..6, 0..self.shadow_count);
    }
}

fn pipeline(
    device: &wgpu::Device,
    format: wgpu::TextureFormat,
    layout: &wgpu::PipelineLayout,
    module: &wgpu::ShaderModule,
    (vertex, fragment): (&str, &str),
    buffers: &[Option<wgpu::VertexBufferLayout<'_>>],
) -> wgpu::RenderPipeline {
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(vertex),
        layout: Some(layout),
        vertex: wgpu::VertexState {
            module,
            entry_point: Some(vertex),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            buffers,
        },
        primitive: wgpu::PrimitiveState::default(),
        depth_stencil: Some(super::present::depth_state(false)),
        multisample: wgpu::MultisampleState {
            count: super::present::SAMPLES,
            ..wgpu::MultisampleState::default()
        },
        fragment: Some(wgpu::FragmentState {
            module,
            entry_point: Some(fragment),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            targets: &[Some(wgpu::ColorTargetState {
                format,
                blend: Some(wgpu::BlendState::ALPHA_BLENDING),
                write_mask: wgpu::ColorWrites::ALL,
            })],
        }),
        multiview_mask: None,
        cache: None,
    })
}

//! The picture that the 3D view is drawn into, and how it gets into the window. Keep in sync with shaders/present.wgsl.
//!
//! A picture of our own has a depth buffer and several samples a pixel, which egui's pass has not.

use egui_wgpu::wgpu;

/// The shader's text.
pub const SHADER: &str = include_str!("../../shaders/present.wgsl");

/// Samples a pixel; every adapter can do four.
pub(crate) const SAMPLES: u32 = 4;

/// What the shader reads: nothing but the picture.
pub(crate) mod gpu_data {
    use egui_wgpu::wgpu::TextureFormat;

    /// Format of the depth buffer.
    pub(crate) const DEPTH_FORMAT: TextureFormat = TextureFormat::Depth32Float;
}

/// A picture of one size.
struct Picture {
    size: [u32; 2],
    samples: wgpu::TextureView,
    depth: wgpu::TextureView,
    resolved: wgpu::TextureView,
    bind: wgpu::BindGroup,
}

/// The picture, made anew when its size changes.
pub(crate) struct Presenter {
    format: wgpu::TextureFormat,
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    sampler: wgpu::Sampler,
    picture: Option<Picture>,
}

impl Presenter {
    /// Presents into a window of `format`.
    pub(crate) fn new(device: &wgpu::Device, format: wgpu::TextureFormat) -> Self {
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("picture"),
            entries: &[
                layout_entry(
                    0,
                    wgpu::BindingType::Texture {
                        sample_type: wgpu::TextureSampleType::Float { filterable: true },
                        view_dimension: wgpu::TextureViewDimension::D2,
                        multisampled: false,
                    },
                ),
                layout_entry(
                    1,
                    wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering),
                ),
            ],
        });
        Self {
            format,
            pipeline: pipeline(device, format, &layout),
            layout,
            sampler: device.create_sampler(&wgpu::SamplerDescriptor::default()),
            picture: None,
        }
    }

    /// Makes sure that the picture has this size, in pixels.
    pub(crate) fn resize(&mut self, device: &wgpu::Device, size: [u32; 2]) {
        let limit = device.limits().max_texture_dimension_2d;
        let size = size.map(|pixels| pixels.clamp(1, limit));
        if self
            .picture
            .as_ref()
            .is_some_and(|picture| picture.size == size)
        {
            return;
        }
        let target = wgpu::TextureUsages::RENDER_ATTACHMENT;
        let resolved = view(
            device,
            self.format,
            1,
            target | wgpu::TextureUsages::TEXTURE_BINDING,
            size,
        );
        let bind = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("picture"),
            layout: &self.layout,
            entries: &[
                wgpu::BindGroupEntry {
                    binding: 0,
                    resource: wgpu::BindingResource::TextureView(&resolved),
                },
                wgpu::BindGroupEntry {
                    binding: 1,
                    resource: wgpu::BindingResource::Sampler(&self.sampler),
                },
            ],
        });
        self.picture = Some(Picture {
            size,
            samples: view(device, self.format, SAMPLES, target, size),
            depth: view(device, gpu_data::DEPTH_FORMAT, SAMPLES, target, size),
            resolved,
            bind,
        });
    }

    /// Begins to draw into the picture, cleared to `stage`.
    pub(crate) fn begin<'a>(
        &self,
        encoder: &'a mut wgpu::CommandEncoder,
        stage: wgpu::Color,
    ) -> Option<wgpu::RenderPass<'a>> {
        let picture = self.picture.as_ref()?;
        Some(encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("stage"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &picture.samples,
                resolve_target: Some(&picture.resolved),
                depth_slice: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(stage),
                    store: wgpu::StoreOp::Discard,
                },
            })],
            depth_stencil_attachment: Some(wgpu::RenderPassDepthStencilAttachment {
                view: &picture.depth,
                depth_ops: Some(wgpu::Operations {
                    load: wgpu::LoadOp::Clear(1.0),
                    store: wgpu::StoreOp::Discard,
                }),
                stencil_ops: None,
            }),
            ..wgpu::RenderPassDescriptor::default()
        }))
    }

    /// Lays the picture into the window's pass.
    pub(crate) fn paint(&self, pass: &mut wgpu::RenderPass<'static>) {
        if let Some(picture) = &self.picture {
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, &picture.bind, &[]);
            pass.draw(0..3, 0..1);
        }
    }
}

/// How the picture's pipelines treat depth.
pub(crate) fn depth_state(write: bool) -> wgpu::DepthStencilState {
    wgpu::DepthStencilState {
        format: gpu_data::DEPTH_FORMAT,
        depth_write_enabled: Some(write),
        depth_compare: Some(wgpu::CompareFunction::Less),
        stencil: wgpu::StencilState::default(),
        bias: wgpu::DepthBiasState::default(),
    }
}

fn layout_entry(binding: u32, ty: wgpu::BindingType) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::FRAGMENT,
        ty,
        count: None,
    }
}

fn view(
    device: &wgpu::Device,
    format: wgpu::TextureFormat,
    sample_count: u32,
    usage: wgpu::TextureUsages,
    [width, height]: [u32; 2],
) -> wgpu::TextureView {
    let texture = device.create_texture(&wgpu::TextureDescriptor {
        label: Some("stage"),
        size: wgpu::Extent3d {
            width,
            height,
            depth_or_array_layers: 1,
        },
        mip_level_count: 1,
        sample_count,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage,
        view_formats: &[],
    });
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}

fn pipeline(
    device: &wgpu::Device,
    format: wgpu::TextureFormat,
    layout: &wgpu::BindGroupLayout,
) -> wgpu::RenderPipeline {
    let source = wgpu::ShaderSource::Wgsl(SHADER.into());
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some("present"),
        source,
    });
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some("present"),
        bind_group_layouts: &[Some(layout)],
        immediate_size: 0,
    });
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("present"),
        layout: Some(&layout),
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some("vs_present"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            buffers: &[],
        },
        primitive: wgpu::PrimitiveState::default(),
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some("fs_present"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            targets: &[Some(format.into())],
        }),
        multiview_mask: None,
        cache: None,
    })
}

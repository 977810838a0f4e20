//! Draws the 3D view with the window's own graphics device.

use crate::ui::floor::FloorPipeline;
use crate::ui::present::Presenter;
use crate::ui::scene::Scene;
use crate::ui::skeleton::SkeletonPipeline;
use crate::ui::skeleton::gpu_data::Globals;
use crate::ui::state::State;
use crate::ui::theme;
use egui::{PaintCallbackInfo, Rect};
use egui_wgpu::{CallbackResources, CallbackTrait, ScreenDescriptor, wgpu};

/// How far the floor reaches, metres.
const FLOOR_RADIUS: f32 = 5.5;

/// Pipelines and buffers, one set for the window.
pub(crate) struct StageRenderer {
    floor: FloorPipeline,
    skeleton: SkeletonPipeline,
    presenter: Presenter,
    globals: wgpu::Buffer,
    bind: wgpu::BindGroup,
}

impl StageRenderer {
    /// Draws into a window of `format`.
    pub(crate) fn new(device: &wgpu::Device, format: wgpu::TextureFormat) -> Self {
        let bind_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("globals"),
            entries: &[wgpu::BindGroupLayoutEntry {
                binding: 0,
                visibility: wgpu::ShaderStages::VERTEX_FRAGMENT,
                ty: wgpu::BindingType::Buffer {
                    ty: wgpu::BufferBindingType::Uniform,
                    has_dynamic_offset: false,
                    min_binding_size: None,
                },
                count: None,
            }],
        });
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("stage"),
            bind_group_layouts: &[Some(&bind_layout)],
            immediate_size: 0,
        });
        let globals = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("globals"),
            size: size_of::<Globals>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let bind = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("globals"),
            layout: &bind_layout,
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: globals.as_entire_binding(),
            }],
        });
        Self {
            floor: FloorPipeline::new(device, format, &layout),
            skeleton: SkeletonPipeline::new(device, format, &layout),
            presenter: Presenter::new(device, format),
            globals,
            bind,
        }
    }

    fn draw(&self, encoder: &mut wgpu::CommandEncoder, [r, g, b, _]: [f32; 4]) {
        let stage = wgpu::Color {
            r: f64::from(r),
            g: f64::from(g),
            b: f64::from(b),
            a: 1.0,
        };
        let Some(mut pass) = self.presenter.begin(encoder, stage) else {
            return;
        };
        pass.set_bind_group(0, &self.bind, &[]);
        self.floor.draw(&mut pass);
        self.skeleton.draw(&mut pass);
    }
}

/// One picture of the 3D view.
pub(crate) struct StageCallback {
    scene: Scene,
    globals: Globals,
    size: [u32; 2],
}

impl StageCallback {
    /// A picture of `scene` as `state` sees it, for `rect` of the window.
    pub(crate) fn new(
        scene: Scene,
        state: &State,
        rect: Rect,
        pixels_per_point: f32,
        dark: bool,
    ) -> Self {
        let camera = state.camera;
        let size = [rect.width(), rect.height()]
            .map(|points| (points * pixels_per_point).round().max(1.0) as u32);
        let [r, g, b, _] = theme::palette_of(dark)
            .stage
            .to_array()
            .map(|value| f32::from(value) / 255.0);
        let eye = camera.eye();
        let globals = Globals {
            clip_from_camera: camera
                .clip_from_camera(size[0] as f32 / size[1] as f32)
                .to_cols_array_2d(),
            eye: eye.extend(1.0).to_array(),
            // From behind the sensor's shoulder, whichever way the view is turned.
            light: glam::Vec3::new(-0.45, 0.9, -0.75)
                .normalize()
                .extend(0.0)
                .to_array(),
            stage: [r, g, b, f32::from(u8::from(dark))],
            floor: [
                camera.floor_height(),
                camera.target.x,
                camera.target.z,
                FLOOR_RADIUS,
            ],
        };
        Self {
            scene,
            globals,
            size,
        }
    }
}

impl CallbackTrait for StageCallback {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        _screen: &ScreenDescriptor,
        encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        if let Some(renderer) = resources.get_mut::<StageRenderer>() {
            renderer.presenter.resize(device, self.size);
            queue.write_buffer(&renderer.globals, 0, bytemuck::bytes_of(&self.globals));
            renderer.skeleton.upload(queue, &self.scene.capsules);
            renderer.floor.upload(queue, &self.scene.shadows);
            renderer.draw(encoder, self.globals.stage);
        }
        Vec::new()
    }

    fn paint(
        &self,
        _info: PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        resources: &CallbackResources,
    ) {
        if let Some(renderer) = resources.get::<StageRenderer>() {
            renderer.presenter.paint(pass);
        }
    }
}

//! What needs a rasteriser: shaders, and how the window looks.

use super::Answered;
use super::performer::{self, Script};
use egui_kittest::Harness;
use synse::ui::App;
use synse::ui::settings::{Settings, ThemeChoice};
use synse::ui::state::State;

#[test]
fn every_shader_is_valid() {
    use egui_wgpu::wgpu::naga;
    let shaders = [
        (
            "skeleton",
            synse::ui::skeleton::SHADER,
            ["vs_capsule", "fs_capsule"].as_slice(),
        ),
        (
            "floor",
            synse::ui::floor::SHADER,
            ["vs_floor", "fs_floor", "vs_shadow", "fs_shadow"].as_slice(),
        ),
        (
            "present",
            synse::ui::present::SHADER,
            ["vs_present", "fs_present"].as_slice(),
        ),
    ];
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders");
    let files = std::fs::read_dir(folder)
        .expect("shaders/ is there")
        .count();
    assert_eq!(files, shaders.len(), "a shader is not validated");
    for (name, text, entries) in shaders {
        let module = naga::front::wgsl::parse_str(text)
            .unwrap_or_else(|e| panic!("{name}: {}", e.emit_to_string(text)));
        let flags = naga::valid::ValidationFlags::all();
        let mut validator = naga::valid::Validator::new(flags, naga::valid::Capabilities::empty());
        validator
            .validate(&module)
            .unwrap_or_else(|e| panic!("{name}: {}", e.emit_to_string(text)));
        for entry in entries {
            assert!(
                module.entry_points.iter().any(|e| e.name == *entry),
                "{name} has no {entry}"
            );
        }
    }
}

/// Whether pictures can be drawn here, be it by a rasteriser in software.
fn adapter_exists() -> bool {
    use egui_wgpu::wgpu;
    let instance = wgpu::Instance::default();
    let mut adapter =
        std::pin::pin!(instance.request_adapter(&wgpu::RequestAdapterOptions::default()));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    matches!(
        adapter.as_mut().poll(&mut context),
        std::task::Poll::Ready(Ok(_))
    )
}

fn picture(name: &str, size: [f32; 2], theme: ThemeChoice, script: &Script, state: State) {
    if !adapter_exists() {
        eprintln!("{name}: passed over, there is no graphics adapter here");
        return;
    }
    let state = State {
        settings: Settings {
            theme,
            ..state.settings.clone()
        },
        ..state
    };
    let (backend, desk) = (script.clone(), Answered::default());
    let builder = Harness::builder()
        .with_size(size)
        .with_max_steps(12)
        .with_render_cursor(false)
        .with_theme(if theme == ThemeChoice::Light {
            egui::Theme::Light
        } else {
            egui::Theme::Dark
        })
        .wgpu();
    let mut window =
        builder.build_eframe(move |cc| App::new(cc, state, Box::new(backend), Box::new(desk)));
    performer::perform(script, &mut window);
    // A rasteriser in software may need longer for its first picture than the harness waits.
    for _ in 0..5 {
        if window.render().is_ok() {
            break;
        }
    }
    // Rasterisers differ at edges: what is to be caught is a panel that moved or a body that is gone.
    let options = egui_kittest::SnapshotOptions::new()
        .threshold(2.0)
        .max_failed_pixels((size[0] * size[1] * 0.01) as usize);
    window.snapshot_options(name, &options);
}

#[test]
fn looks_as_it_should_dark() {
    let script = Script::default();
    picture(
        "window_dark_1280",
        [1280.0, 800.0],
        ThemeChoice::Dark,
        &script,
        performer::busy_state(),
    );
}

#[test]
fn looks_as_it_should_light() {
    let script = Script::default();
    picture(
        "window_light_1920",
        [1920.0, 1080.0],
        ThemeChoice::Light,
        &script,
        performer::busy_state(),
    );
}

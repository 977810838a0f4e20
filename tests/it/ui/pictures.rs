//! What needs a rasteriser: shaders, and how the window looks.

use super::Answered;
use super::insight::map_of;
use super::performer::{self, Script, acting_at};
use egui_kittest::Harness;
use synse::live::Event;
use synse::ui::App;
use synse::ui::insight::Page;
use synse::ui::settings::{Settings, ThemeChoice};
use synse::ui::state::{Overlay, State};

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

#[expect(clippy::print_stderr, reason = "says which picture was passed over")]
fn picture(
    name: &str,
    size: [f32; 2],
    theme: ThemeChoice,
    state: State,
    after: impl FnOnce(&Script, &mut Harness<'_, App>),
) {
    let script = &Script::default();
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
    after(script, &mut window);
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
    picture(
        "window_dark_1280",
        [1280.0, 800.0],
        ThemeChoice::Dark,
        performer::busy_state(),
        |_, _| {},
    );
}

#[test]
fn looks_as_it_should_light() {
    picture(
        "window_light_1920",
        [1920.0, 1080.0],
        ThemeChoice::Light,
        performer::busy_state(),
        |_, _| {},
    );
}

/// Somebody wanders from one phrase's place to another's, and what is seen of the movement changes with it.
fn wander(script: &Script, window: &mut Harness<'_, App>) {
    let (map, latents) = map_of(window);
    script.push(Event::Map(Some(map)));
    for step in 0_u8..40 {
        let share = f32::from(step) / 39.0;
        let mixed = latents[0].iter().zip(&latents[1]);
        let latent: Vec<f32> = mixed.map(|(a, b)| a + (b - a) * share).collect();
        let Event::Prediction(mut prediction, latency) = acting_at(1, 0.7, &latent) else {
            continue;
        };
        for (index, weight) in prediction.motion.iter_mut().enumerate() {
            *weight = 0.5 + 0.5 * (f32::from(step) * 0.2 + index as f32 * 1.3).sin();
        }
        script.push(Event::Prediction(prediction, latency));
        window.run_steps(1);
    }
}

fn show(window: &mut Harness<'_, App>, key: egui::Key) {
    window.key_press(key);
    window.run_steps(4);
}

#[test]
fn what_the_model_sees_is_shown() {
    let state = performer::busy_state();
    picture(
        "insight_dark_1280",
        [1280.0, 800.0],
        ThemeChoice::Dark,
        state,
        |script, window| {
            wander(script, window);
            window.key_press(egui::Key::E);
            window.run_steps(3);
        },
    );
}

#[test]
fn the_similarity_of_phrases_is_shown() {
    let mut state = performer::busy_state();
    state.insight.page = Page::Similarity;
    picture(
        "similarity_light_1280",
        [1280.0, 800.0],
        ThemeChoice::Light,
        state,
        |script, window| {
            wander(script, window);
            window.key_press(egui::Key::E);
            window.run_steps(3);
        },
    );
}

#[test]
fn an_audience_reads_it_from_afar() {
    let state = performer::busy_state();
    picture(
        "audience_dark_1280",
        [1280.0, 800.0],
        ThemeChoice::Dark,
        state,
        |script, window| {
            show(window, egui::Key::F11);
            script.push(performer::acting(1, 0.7));
            window.run_steps(1);
        },
    );
}

#[test]
fn an_audience_is_asked_to_do_something() {
    let state = performer::busy_state();
    picture(
        "audience_light_1920",
        [1920.0, 1080.0],
        ThemeChoice::Light,
        state,
        |script, window| {
            show(window, egui::Key::F11);
            script.push(performer::idle(1));
            window.run_steps(1);
        },
    );
}

#[test]
fn the_first_screen_has_three_steps() {
    let mut state = performer::busy_state();
    state.overlay = Overlay::Welcome;
    picture(
        "welcome_light_1280",
        [1280.0, 800.0],
        ThemeChoice::Light,
        state,
        |_, _| {},
    );
}

#[test]
fn every_setting_is_shown_with_its_meaning() {
    let mut state = performer::busy_state();
    state.overlay = Overlay::Settings;
    picture(
        "settings_dark_1280",
        [1280.0, 800.0],
        ThemeChoice::Dark,
        state,
        |_, _| {},
    );
}

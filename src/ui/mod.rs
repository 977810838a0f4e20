//! The window: sources and model on the left, the skeleton in the middle, predictions on the right, phrases below.
//!
//! [`App`] drains events into its [`state::State`] and paints from it; panels read the state and push
//! [`action::Action`]s. Nothing here waits: dialogs and files are left to threads of their own.

pub mod action;
pub mod backend;
pub mod camera;
pub mod files;
pub mod floor;
pub mod history;
pub mod phrase_book;
pub mod phrase_edit;
pub mod present;
pub mod settings;
pub mod skeleton;
pub mod state;

mod app;
mod chip;
mod draft;
mod help;
mod motion_chips;
mod motion_words;
mod phrase_panel;
mod prediction_panel;
mod scene;
mod session;
mod shortcuts;
mod source_panel;
mod stage;
mod stage_renderer;
mod status_bar;
mod theme;

pub use self::app::App;

use self::files::ThreadDesk;
use self::phrase_book::PhraseBook;
use self::settings::{STORAGE_KEY, Settings, Stored};
use self::state::{Play, SourceState, State};
use crate::device::{self, DeviceChoice, DeviceError};
use crate::live::Wake;
use crate::phrases::PhraseEntry;
use crate::phrases::list::{self, ListError};
use std::path::PathBuf;
use std::sync::Arc;
use thiserror::Error;

/// Why there is no window.
#[derive(Debug, Error)]
pub enum UiError {
    /// The desktop, its driver or the graphics device refused.
    #[error("no window could be opened: {0}; `synse watch` needs none")]
    Window(#[source] eframe::Error),
    /// The models cannot run where they should.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The phrases to begin with cannot be read.
    #[error(transparent)]
    Phrases(#[from] ListError),
}

/// How the window begins.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The source to play.
    pub source: String,
    /// The bundle's folder; `None` stands for the default one.
    pub bundle: Option<PathBuf>,
    /// Where the models run.
    pub device: DeviceChoice,
    /// The phrases to begin with; `None` stands for those of the last time.
    pub phrases: Option<PathBuf>,
}

/// Opens the window, and returns when it is closed.
pub fn run(options: &Options) -> Result<(), UiError> {
    let device = device::open(&options.device)?;
    let phrases = options.phrases.as_deref().map(list::read).transpose()?;
    let phrases = phrases.map(|list| list.entries);
    let (source, bundle) = (options.source.clone(), options.bundle.clone());
    let viewport = egui::ViewportBuilder::default()
        .with_title("SynSE Live")
        .with_app_id("synse")
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([960.0, 620.0])
        .with_drag_and_drop(true);
    let native = eframe::NativeOptions {
        viewport,
        ..eframe::NativeOptions::default()
    };
    let create = move |cc: &eframe::CreationContext<'_>| {
        let state = opening_state(&source, phrases, cc.storage);
        let ctx = cc.egui_ctx.clone();
        let wake: Wake = Arc::new(move || ctx.request_repaint());
        let backend = session::start(device, bundle, &state, Arc::clone(&wake))?;
        let app = App::new(cc, state, backend, Box::new(ThreadDesk::new(wake)));
        Ok(Box::new(app) as Box<dyn eframe::App>)
    };
    eframe::run_native("synse", native, Box::new(create)).map_err(UiError::Window)
}

fn opening_state(
    source: &str,
    phrases: Option<Vec<PhraseEntry>>,
    storage: Option<&dyn eframe::Storage>,
) -> State {
    let stored = storage.and_then(|storage| eframe::get_value::<Stored>(storage, STORAGE_KEY));
    let (mut settings, remembered) =
        stored.map_or_else(|| (Settings::default(), Vec::new()), Stored::into_state);
    let phrases = PhraseBook::from_entries(phrases.unwrap_or(remembered));
    let mut opening = SourceState::default();
    if !source.is_empty() {
        settings.remember(source);
        opening = SourceState {
            name: source.to_owned(),
            fps: 0.0,
            play: Play::Opening,
        };
    }
    State {
        source: opening,
        ..State::new(settings, phrases)
    }
}

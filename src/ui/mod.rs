//! The window: sources and model on the left, the skeleton in the middle, predictions on the right, phrases below.
//!
//! [`App`] drains events into its [`state::State`] and paints from it; panels read the state and push
//! [`action::Action`]s. Nothing here waits: dialogs and files are left to threads of their own.

pub mod action;
pub mod backend;
pub mod camera;
pub mod confusion;
pub mod files;
pub mod floor;
pub mod followed;
pub mod history;
pub mod insight;
pub mod marks;
pub mod phrase_book;
pub mod phrase_edit;
pub mod present;
pub mod presenting;
pub mod sdk_folders;
mod segments;
pub mod settings;
pub mod skeleton;
pub mod state;
pub mod study;
pub mod tape;
pub mod trail;
pub mod undo;

mod advice;
mod app;
mod audience;
mod awake;
mod camera_panel;
mod chip;
mod confusion_picture;
mod dialogs;
mod draft;
mod help;
mod kept;
mod looking;
mod map_view;
mod motion_chips;
mod motion_view;
mod motion_words;
mod name_tags;
mod opening;
mod phrase_files;
mod phrase_panel;
mod phrase_rows;
mod prediction_panel;
mod recorder_panel;
mod scene;
mod settings_page;
mod shortcuts;
mod similarity_view;
mod source_name;
mod source_panel;
mod stage;
mod stage_renderer;
mod status_bar;
mod strip;
mod study_view;
mod theme;
mod timeline;
mod welcome;
mod writer;

pub use self::app::App;

use self::action::Action;
use self::backend::Backend;
use self::files::ThreadDesk;
use self::kept::Found;
use self::phrase_book::PhraseBook;
use self::phrase_edit::PhraseEdit;
use self::settings::{STORAGE_KEY, Settings, Stored};
use self::state::{DEFAULT_MODEL, Overlay, Play, SourceState, State};
use crate::live::Wake;
use crate::phrases::PhraseEntry;
use std::path::PathBuf;
use std::sync::Arc;
use thiserror::Error;

/// Why there is no window.
#[derive(Debug, Error)]
pub enum UiError {
    /// The desktop, its driver or the graphics device refused.
    #[error("no window could be opened: {0}; `synse watch` needs none")]
    Window(#[source] eframe::Error),
}

/// Names the program to the desktop, and the folder of what it remembers.
const APP_ID: &str = "synse";

/// What a second window says.
const ANOTHER_WINDOW: &str = "Another window of this program keeps its settings and phrases. What is changed in this one is gone \
     when it is closed: Ctrl+S saves the list.";

/// How the window begins.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The source to play.
    pub source: String,
    /// The bundle's folder; `None` stands for the default one.
    pub bundle: Option<PathBuf>,
    /// The phrases to begin with; `None` stands for those of the last time.
    pub phrases: Option<Vec<PhraseEntry>>,
}

/// Opens the window over the session that `start` makes, and returns when it is closed.
///
/// `start` gets the state that the window begins with, so that the session agrees with it.
pub fn show(
    options: &Options,
    start: impl FnOnce(&State, Wake) -> Result<Box<dyn Backend>, String> + 'static,
) -> Result<(), UiError> {
    let options = options.clone();
    let viewport = egui::ViewportBuilder::default()
        .with_title("SynSE Live")
        .with_app_id(APP_ID)
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([960.0, 620.0])
        .with_drag_and_drop(true);
    let native = eframe::NativeOptions {
        viewport,
        ..eframe::NativeOptions::default()
    };
    let home = eframe::storage_dir(APP_ID);
    let claim = home.as_deref().map(kept::claim);
    let problem = match &claim {
        Some(Ok(Some(_))) => None,
        Some(Ok(None)) => Some(ANOTHER_WINDOW.to_owned()),
        Some(Err(problem)) => Some(problem.clone()),
        None => Some("Settings and phrases are not kept: you have no folder for them.".to_owned()),
    };
    let create = move |cc: &eframe::CreationContext<'_>| {
        let older = cc
            .storage
            .and_then(|storage| eframe::get_value::<Stored>(storage, STORAGE_KEY));
        let mut state = opening_state(&options, home, older);
        if let Some(problem) = problem {
            state.kept_file = None;
            state.complain(problem);
        }
        let ctx = cc.egui_ctx.clone();
        let wake: Wake = Arc::new(move || ctx.request_repaint());
        let backend = start(&state, Arc::clone(&wake))?;
        Ok(Box::new(App::new(
            cc,
            state,
            backend,
            Box::new(ThreadDesk::new(wake)),
        )) as Box<dyn eframe::App>)
    };
    let shown = eframe::run_native("synse", native, Box::new(create)).map_err(UiError::Window);
    // Until here nobody else may write what is kept.
    drop(claim);
    shown
}

/// The state to begin with: as it was kept in the folder `home`, or as an older version left it with the toolkit.
fn opening_state(options: &Options, home: Option<PathBuf>, older: Option<Stored>) -> State {
    let kept_file = home.as_deref().map(kept::file_in);
    let Found { stored, problem } = kept::find(kept_file.as_deref(), older);
    let is_first = stored.is_none();
    let fingerprints = stored.as_ref().map_or_else(Vec::new, Stored::examples);
    let (settings, mut remembered) =
        stored.map_or_else(|| (Settings::default(), Vec::new()), Stored::into_state);
    let examples_home = home.map(|folder| folder.join("examples"));
    let problems = examples_home.as_ref().map_or_else(Vec::new, |home| {
        study::restore(home, &mut remembered, &fingerprints)
    });
    let phrases = PhraseBook::from_entries(remembered);
    // It is being loaded while the window opens.
    let bundle = options
        .bundle
        .clone()
        .unwrap_or_else(|| PathBuf::from(DEFAULT_MODEL));
    let mut source = SourceState::default();
    if !options.source.is_empty() {
        source = SourceState {
            spec: options.source.clone(),
            name: options.source.clone(),
            fps: 0.0,
            play: Play::Opening,
            ..SourceState::default()
        };
    }
    let overlay = if is_first {
        Overlay::Welcome
    } else {
        Overlay::Nothing
    };
    let mut state = State {
        source,
        overlay,
        bundle_asked: Some(bundle),
        examples_home,
        kept_file,
        ..State::new(settings, phrases)
    };
    if let Some(list) = &options.phrases {
        // The session begins with the state, so nothing has to be sent. The user's own list is one undo away.
        let _sent_by_the_start = state.apply(Action::Phrase(PhraseEdit::Replace(list.clone())));
    }
    for problem in problem.into_iter().chain(problems) {
        state.complain(problem);
    }
    state
}

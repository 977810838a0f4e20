//! Where the cameras' SDKs lie: what is found there, and folders that the user chooses.

use crate::capture::azure::{Part, Places, SENSOR_FOLDER, SdkFolders, TRACKER_FOLDER};
use crate::capture::sdks::{self, Finding};
use crate::ui::action::{Action, Effect};
use crate::ui::draft::{self, Field};
use crate::ui::files::{Answer, Request};
use crate::ui::state::State;
use crate::ui::theme;
use egui::{Id, RichText, Ui};
use std::path::PathBuf;

/// Something about SDKs that is done beside the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SdkRequest {
    /// Looks for them.
    Look,
    /// Lets the user pick a part's folder.
    Pick(Part),
    /// Has a part looked for in a folder from now on, or in the makers' default places.
    Use(Part, Option<PathBuf>),
}

/// What is known of SDKs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sdks {
    /// Folders that the user chose.
    pub folders: SdkFolders,
    /// Variables of the environment that go before them.
    pub overruled_by: Vec<&'static str>,
    /// What is found there.
    pub findings: Vec<Finding>,
}

/// What came of an [`SdkRequest`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SdkAnswer {
    /// The user picked a part's folder.
    Picked(Part, PathBuf),
    /// They were looked for; and whether another folder than before is used.
    Seen(Sdks, bool),
}

/// Looks for SDKs, or chooses a folder and looks then. Dialogs are not its business.
pub(crate) fn perform(request: SdkRequest) -> Answer {
    match request {
        SdkRequest::Look => seen(false),
        SdkRequest::Pick(_) => Answer::Nothing,
        SdkRequest::Use(part, folder) => {
            let Some(file) = SdkFolders::file() else {
                return Answer::Failed(
                    "this system has no place for settings: set SYNSE_K4A_DIR and SYNSE_K4ABT_DIR instead".to_owned(),
                );
            };
            // What cannot be read any more is written anew.
            let mut folders = SdkFolders::read(&file).unwrap_or_default();
            folders.set(part, folder);
            match folders.write(&file) {
                Ok(()) => seen(true),
                Err(error) => Answer::Failed(error.to_string()),
            }
        }
    }
}

fn seen(changed: bool) -> Answer {
    let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match SdkFolders::chosen() {
        Ok(folders) => {
            let overruled_by = [SENSOR_FOLDER, TRACKER_FOLDER];
            let sdks = Sdks {
                folders,
                overruled_by: overruled_by.into_iter().filter(is_set).collect(),
                findings: sdks::look(&Places::of_this_machine()),
            };
            Answer::Sdk(SdkAnswer::Seen(sdks, changed))
        }
        Err(error) => Answer::Failed(error.to_string()),
    }
}

impl State {
    /// Takes note of what is known of SDKs; a camera that plays by them, or tries to, is opened anew with another folder.
    pub(crate) fn hear_of_sdks(&mut self, answer: SdkAnswer) -> Vec<Effect> {
        match answer {
            SdkAnswer::Picked(part, folder) => vec![use_folder(part, Some(folder))],
            SdkAnswer::Seen(sdks, changed) => {
                self.sdks = Some(sdks);
                let source = self.source.spec.clone();
                let concerned = source.starts_with("azure-kinect") || source.starts_with("mkv:");
                if changed && concerned {
                    self.apply(Action::OpenSource(source))
                } else {
                    Vec::new()
                }
            }
        }
    }
}

fn use_folder(part: Part, folder: Option<PathBuf>) -> Effect {
    Effect::Ask(Request::Sdk(SdkRequest::Use(part, folder)))
}

/// Folders, and what is found in them.
pub(crate) fn sdk_folders_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    theme::section(ui, "Azure Kinect and Femto: where their SDKs lie");
    let Some(sdks) = &state.sdks else {
        ui.label(theme::quiet(ui, "Looking for them …"));
        return;
    };
    for (part, label) in [
        (Part::Sensor, "Sensor SDK's folder"),
        (Part::Tracker, "Body tracking SDK's folder"),
    ] {
        folder_ui(ui, sdks, part, label, actions);
    }
    let p = theme::palette(ui);
    for variable in &sdks.overruled_by {
        let words = format!("{variable} is set, and goes before what is chosen here");
        ui.label(RichText::new(words).color(p.warning));
    }
    for finding in &sdks.findings {
        let (mark, ink) = match finding.state {
            sdks::State::Fine => ("ok", p.text),
            sdks::State::Refused | sdks::State::Absent => ("!", p.warning),
        };
        ui.horizontal_wrapped(|ui| {
            ui.label(theme::strong(mark, 12.5).color(ink));
            ui.label(RichText::new(&finding.words).color(ink));
        });
    }
}

fn folder_ui(ui: &mut Ui, sdks: &Sdks, part: Part, label: &str, actions: &mut Vec<Action>) {
    let mut ask = |request| actions.push(Action::Ask(Request::Sdk(request)));
    let folder = sdks.folders.of(part);
    ui.label(theme::quiet(ui, format!("{label}:")));
    ui.horizontal(|ui| {
        let field = Field {
            id: Id::unique(label),
            label,
            hint: "looked for in the maker's default places",
            width: (ui.available_width() - 210.0).max(120.0),
        };
        let shown = folder.map_or_else(String::new, |path| path.display().to_string());
        if let Some(text) = draft::committed(ui, &field, &shown) {
            let folder = (!text.is_empty()).then(|| PathBuf::from(text));
            ask(SdkRequest::Use(part, folder));
        }
        let browse = ui.button("Browse…");
        if browse
            .on_hover_text("The folder that the SDK was installed or unpacked to")
            .clicked()
        {
            ask(SdkRequest::Pick(part));
        }
        let default = ui.add_enabled(folder.is_some(), egui::Button::new("Default places"));
        if default
            .on_hover_text("Look where the maker's installer puts it")
            .clicked()
        {
            ask(SdkRequest::Use(part, None));
        }
    });
}

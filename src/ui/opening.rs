//! What a source, a file or a clip that the user opens sets going.

use crate::live::Command;
use crate::ui::action::{Action, Effect};
use crate::ui::files::Request;
use crate::ui::source_name::{file_name, is_table};
use crate::ui::state::{Play, SourceState, State};
use std::path::PathBuf;

impl State {
    /// Plays another source.
    pub(super) fn open_source(&mut self, source: &str) -> Vec<Effect> {
        let source = source.trim().to_owned();
        if source.is_empty() {
            return Vec::new();
        }
        self.source = SourceState {
            spec: source.clone(),
            name: source.clone(),
            fps: 0.0,
            play: Play::Opening,
            ..SourceState::default()
        };
        self.tape.leave();
        self.undo.forget_marks();
        let reading = self.to_read().map(Effect::Ask);
        let mut effects = vec![Effect::Send(Command::OpenSource(source))];
        effects.extend(reading);
        effects
    }

    /// Opens a file by its ending, or a folder as a bundle.
    pub(super) fn open_file(&mut self, path: PathBuf) -> Vec<Effect> {
        let ending = path
            .extension()
            .map(|ending| ending.to_string_lossy().to_lowercase())
            .unwrap_or_default();
        match ending.as_str() {
            "safetensors" | "csv" if !is_table(&path) => {
                vec![Effect::Ask(Request::ReadClips(path))]
            }
            "skeleton" | "mcap" | "csv" | "parquet" | "json" | "bvh" => {
                self.open_source(&format!("replay:{}", path.display()))
            }
            "txt" | "tsv" => vec![Effect::Ask(Request::ReadPhrases(path))],
            "toml" => path.parent().map_or_else(Vec::new, |folder| {
                self.apply(Action::LoadBundle(folder.to_owned()))
            }),
            _ if path.is_dir() => self.apply(Action::LoadBundle(path)),
            _ => {
                let name = file_name(&path);
                self.complain(format!(
                    "{name} is none of what can be opened: a session (.mcap), a clip store (.safetensors, .csv), a recording (.skeleton, .bvh, .csv, .parquet, .json), a phrase list (.txt) or a bundle (a folder)."
                ));
                Vec::new()
            }
        }
    }

    /// Plays a clip of the store that was opened last.
    pub(super) fn open_clip(&mut self, clip: &str) -> Vec<Effect> {
        let Some(list) = &self.clips else {
            return Vec::new();
        };
        let source = format!("replay:{}#{clip}", list.path.display());
        self.open_source(&source)
    }

    /// Holds the source, or goes on; starts it again where it has ended.
    pub(super) fn toggle_play(&mut self) -> Vec<Effect> {
        match self.source.play {
            Play::Playing => {
                self.source.play = Play::Paused;
                vec![Effect::Send(Command::Pause)]
            }
            Play::Paused => {
                self.source.play = Play::Playing;
                vec![Effect::Send(Command::Resume)]
            }
            // A recording stands at its end: it begins again, with all that was marked in it.
            Play::Ended if self.tape.playback.is_some() => {
                self.source.play = Play::Playing;
                vec![Effect::Send(Command::Resume)]
            }
            Play::Ended | Play::Nothing => {
                let asked = Some(self.source.spec.clone()).filter(|spec| !spec.is_empty());
                let again = asked.or_else(|| self.settings.recent.first().cloned());
                self.open_source(again.as_deref().unwrap_or("demo"))
            }
            Play::Opening => Vec::new(),
        }
    }
}

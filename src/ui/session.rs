//! The real session behind the window.

use crate::device::OpenDevice;
use crate::live::stages::Stages;
use crate::live::{Command, Event, Session, SessionOptions, Wake};
use crate::skeleton::Frame;
use crate::ui::backend::Backend;
use crate::ui::state::State;
use std::path::PathBuf;

impl Backend for Session {
    fn send(&mut self, command: Command) -> Result<(), Command> {
        Self::send(self, command)
    }

    fn try_event(&mut self) -> Option<Event> {
        Self::try_event(self)
    }

    fn latest_frame(&mut self) -> Option<Frame> {
        self.newest_frame()
    }
}

/// Starts a session that agrees with what the window shows.
pub(crate) fn start(
    device: OpenDevice,
    bundle: Option<PathBuf>,
    state: &State,
    wake: Wake,
) -> Result<Box<dyn Backend>, String> {
    let options = SessionOptions {
        source: Some(state.source.name.clone()).filter(|name| !name.is_empty()),
        bundle,
        phrases: state.phrases.entries().to_vec(),
        head: state.settings.head,
        gate: state.settings.gate,
        threshold: state.settings.threshold,
        fast: false,
    };
    let session = Session::start(Stages::new(device), options, wake);
    session
        .map(|session| Box::new(session) as Box<dyn Backend>)
        .map_err(|error| format!("the session's threads could not be started: {error}"))
}

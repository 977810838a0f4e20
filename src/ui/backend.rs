//! What the window needs of a running session, so that tests can drive it without threads.

use crate::live::{Command, Event, Session};
use crate::skeleton::Frame;
use std::time::{Duration, Instant};

/// A running session as the window sees it; nothing here may block.
pub trait Backend {
    /// Hands over what the user wanted at that moment; gives it back when the session has no room for it now.
    fn send(&mut self, command: Command, at: Instant) -> Result<(), Command>;
    /// The next event, if there is one.
    fn try_event(&mut self) -> Option<Event>;
    /// The newest frame, if there is one that was not taken yet.
    fn latest_frame(&mut self) -> Option<Frame>;
    /// How long the event that was taken last had waited.
    fn event_waited(&self) -> Duration {
        Duration::ZERO
    }
}

impl Backend for Session {
    fn send(&mut self, command: Command, at: Instant) -> Result<(), Command> {
        self.send_as_of(command, at)
    }

    fn try_event(&mut self) -> Option<Event> {
        Self::try_event(self)
    }

    fn latest_frame(&mut self) -> Option<Frame> {
        Self::newest_frame(self)
    }

    fn event_waited(&self) -> Duration {
        Self::event_waited(self)
    }
}

//! The line of events to the face, with its wake-up call.

use super::{EVENT_LINE, Event, Wake, offer};
use crossbeam_channel::{SendTimeoutError, Sender};
use std::fmt;
use std::time::{Duration, Instant};

/// How long a rare event waits for a face that does not read: short enough that predictions hardly notice.
const PATIENCE: Duration = Duration::from_millis(50);

/// Where all threads put what they have to say.
#[derive(Clone)]
pub(super) struct Outbox {
    events: Sender<(Instant, Event)>,
    wake: Wake,
}

impl fmt::Debug for Outbox {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Outbox").finish_non_exhaustive()
    }
}

impl Outbox {
    pub(super) fn new(events: Sender<(Instant, Event)>, wake: Wake) -> Self {
        Self { events, wake }
    }

    /// Wakes the face without an event: there is a new frame to draw.
    pub(super) fn wake(&self) {
        (self.wake)();
    }

    /// Says something that the next of its kind makes good for when it is lost. `false` when nobody listens.
    pub(super) fn say(&self, event: Event) -> bool {
        // The rest of the line is for what must not be lost.
        let heard = self.events.len() >= EVENT_LINE || offer(&self.events, (Instant::now(), event));
        self.wake();
        heard
    }

    /// Says something that must not be lost to a busy face. `false` when nobody listens.
    pub(super) fn insist(&self, event: Event) -> bool {
        let heard = match self.events.send_timeout((Instant::now(), event), PATIENCE) {
            Ok(()) => true,
            Err(SendTimeoutError::Timeout((_, lost))) => {
                tracing::warn!("the face does not read its events; lost {lost:?}");
                true
            }
            Err(SendTimeoutError::Disconnected(_)) => false,
        };
        self.wake();
        heard
    }

    /// Says something that is said again later when there is no room. `None` when nobody listens.
    pub(super) fn try_say(&self, event: Event) -> Option<bool> {
        let taken = match self.events.send_timeout((Instant::now(), event), PATIENCE) {
            Ok(()) => Some(true),
            Err(SendTimeoutError::Timeout(_)) => Some(false),
            Err(SendTimeoutError::Disconnected(_)) => None,
        };
        self.wake();
        taken
    }

    /// Says something and waits until there is room, however long. `false` when nobody listens.
    pub(super) fn wait_and_say(&self, event: Event) -> bool {
        let heard = self.events.send((Instant::now(), event)).is_ok();
        self.wake();
        heard
    }

    /// Tells of something that went wrong.
    pub(super) fn problem(&self, text: impl Into<String>) -> bool {
        let text = text.into();
        tracing::warn!("{text}");
        self.insist(Event::Problem(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::{RARE_EVENTS, Stats};
    use crossbeam_channel::bounded;
    use std::sync::Arc;

    #[test]
    fn what_must_not_be_lost_finds_room_where_nobody_reads() {
        let (events, unread) = bounded(EVENT_LINE + RARE_EVENTS);
        let outbox = Outbox::new(events, Arc::new(|| {}));
        for _ in 0..EVENT_LINE + 100 {
            assert!(outbox.say(Event::Stats(Stats::default())));
        }
        assert_eq!(unread.len(), EVENT_LINE);
        for _ in 0..RARE_EVENTS {
            assert!(outbox.insist(Event::SourceEnded));
        }
        let rare = |event: &(Instant, Event)| matches!(event.1, Event::SourceEnded);
        assert_eq!(unread.try_iter().filter(rare).count(), RARE_EVENTS);
    }
}

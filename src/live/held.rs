//! A camera that is held: time goes on for it all the same.

use super::playing::{Over, Player, Playing};
use crate::capture::{CaptureError, Step};

impl Player {
    /// What a camera shows while it is held nobody wants to see. It is taken all the same: it would be as old as the pause
    /// afterwards, and what fell out of full queues meanwhile would count as dropped for want of time.
    pub(super) fn pass_over(&self, playing: &mut Playing) -> Result<Option<Over>, CaptureError> {
        playing.pending = None;
        match self.step(playing)? {
            Step::Frame(_) | Step::Waiting => {}
            Step::Notice(notice) => self.hear(notice),
            Step::End => return Ok(Some(self.end())),
        }
        Ok(None)
    }
}

//! One body as it is followed over time: its window, its activity, its smoothed answers.

use super::ranking::Verdict;
use super::smoothing::Smoother;
use super::{Activity, Prediction};
use crate::skeleton::{Body, Frame};
use crate::window::activity::{ActivityConfig, ActivityDetector};
use crate::window::sliding::{Pushed, SlidingWindow};

/// An action is looked at this far back, seconds: three of four recorded actions are no longer.
const LONGEST_SECONDS: f32 = 5.0;

/// Somebody idle is looked at this far back, microseconds.
const IDLE_MICROS: u64 = 3_000_000;

/// A clip is never shorter, microseconds: the beginning of an action stretched to a clip's length looks like nothing
/// that the encoder has seen. Recorded actions are hardly ever shorter.
const SHORTEST_MICROS: u64 = 1_300_000;

/// Seconds in view before anything is said.
const FIRST_SECONDS: f32 = 0.4;

/// A body out of view for this long is gone, microseconds.
const LOST_MICROS: u64 = 2_000_000;

/// One body.
#[derive(Debug)]
pub(super) struct Track {
    pub(super) body: u64,
    window: SlidingWindow,
    detector: ActivityDetector,
    smoother: Smoother,
    /// When the action began whose rankings the smoother holds.
    action_micros: Option<u64>,
    predicted_micros: Option<u64>,
    seen_micros: u64,
}

impl Track {
    pub(super) fn new(body: u64) -> Self {
        Self {
            body,
            window: SlidingWindow::new(LONGEST_SECONDS),
            detector: ActivityDetector::new(ActivityConfig::default()),
            smoother: Smoother::default(),
            action_micros: None,
            predicted_micros: None,
            seen_micros: 0,
        }
    }

    /// Takes the body as it is now.
    pub(super) fn push(&mut self, body: &Body, now_micros: u64) {
        match self.window.push(body, now_micros) {
            Pushed::Continued => {}
            Pushed::Restarted => {
                // What was smoothed belongs to a motion that broke off.
                self.smoother.reset();
                self.action_micros = None;
            }
            // Nothing new is known of the body, so it does not count as in view.
            Pushed::Ignored => return,
        }
        self.detector.push(body, now_micros);
        self.seen_micros = now_micros;
    }

    /// Whether the body has left for good.
    pub(super) fn is_lost(&self, now_micros: u64) -> bool {
        now_micros.saturating_sub(self.seen_micros) > LOST_MICROS
    }

    /// Whether the body is in view now and has been for long enough to be spoken of.
    pub(super) fn is_ready(&self, now_micros: u64) -> bool {
        self.seen_micros == now_micros && self.window.seconds() >= FIRST_SECONDS
    }

    /// The frames to look at: the action so far, or the last seconds of somebody idle.
    pub(super) fn clip_frames(&self) -> Vec<Frame> {
        let state = self.detector.state();
        let since = match state.activity {
            Activity::Acting => state
                .since_micros
                .min(self.seen_micros.saturating_sub(SHORTEST_MICROS)),
            Activity::Idle => self.seen_micros.saturating_sub(IDLE_MICROS),
        };
        self.window.frames_since(since)
    }

    /// Makes the prediction from what was found in the clip.
    pub(super) fn predict(
        &mut self,
        now_micros: u64,
        verdict: Verdict,
        threshold: f32,
    ) -> Prediction {
        let state = self.detector.state();
        if state.activity == Activity::Acting && self.action_micros != Some(state.since_micros) {
            self.smoother.reset();
            self.action_micros = Some(state.since_micros);
        }
        let since = self.predicted_micros.replace(now_micros);
        let elapsed = since.map_or(0, |since| now_micros.saturating_sub(since));
        let seconds = (elapsed as f64 * 1e-6) as f32;
        let smoothed = self.smoother.update(&verdict.ranking, seconds);
        let answer = match state.activity {
            Activity::Acting => smoothed
                .first()
                .filter(|best| best.probability >= threshold)
                .cloned(),
            Activity::Idle => None,
        };
        Prediction {
            timestamp_micros: now_micros,
            body: self.body,
            activity: state.activity,
            ranking: verdict.ranking,
            smoothed,
            p_seen: verdict.p_seen,
            motion: verdict.motion,
            latent: verdict.latent,
            answer,
        }
    }
}

//! The last seconds of a body, as a pure value: whatever the tracker does, what is kept is one body's unbroken motion.

use crate::skeleton::{Body, Frame, Joint, Joints};
use crate::window::clip::{Clip, ClipConfig};
use crate::window::{WindowError, misplaced};
use std::collections::VecDeque;

/// A hole in time longer than this ends a motion; a shorter one is interpolated over.
const LONGEST_GAP_MICROS: u64 = 700_000;

/// Faster than anybody moves: a body that does is another one under the same id. Metres per second.
const FASTEST_BODY: f32 = 12.0;

/// Trackers jitter by this much at any rate, metres.
const JITTER_METRES: f32 = 0.25;

/// More samples than any window of a camera holds; beyond it the oldest go, whatever their timestamps say.
const MOST_SAMPLES: usize = 4096;

/// More people than any camera tells apart within [`LONGEST_GAP_MICROS`]; beyond it the first to come are forgotten,
/// whatever timestamps say.
const MOST_PEOPLE: usize = 64;

/// What a window made of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// It goes on from the last one.
    Continued,
    /// It begins a new motion: it is the first, or time ran backwards, stood still too long, or the body jumped.
    Restarted,
    /// It was not taken: not a number, or the same moment again.
    Ignored,
}

/// One body's joints over the last seconds.
#[derive(Clone, Debug)]
pub struct SlidingWindow {
    length_micros: u64,
    samples: VecDeque<(u64, Joints)>,
}

impl SlidingWindow {
    /// A window of so many seconds; none of them or not a number makes a window of the newest sample.
    pub fn new(seconds: f32) -> Self {
        Self {
            length_micros: (f64::from(seconds) * 1e6) as u64,
            samples: VecDeque::new(),
        }
    }

    /// Takes the body as it is at a moment of the device's clock.
    pub fn push(&mut self, body: &Body, timestamp_micros: u64) -> Pushed {
        if misplaced(&body.joints).is_some() {
            return Pushed::Ignored;
        }
        let pushed = match self.samples.back() {
            Some((newest, _)) if *newest == timestamp_micros => return Pushed::Ignored,
            Some((newest, joints))
                if continues(*newest, joints, timestamp_micros, &body.joints) =>
            {
                Pushed::Continued
            }
            _ => Pushed::Restarted,
        };
        if pushed == Pushed::Restarted {
            self.samples.clear();
        }
        self.samples.push_back((timestamp_micros, body.joints));
        let oldest = timestamp_micros.saturating_sub(self.length_micros);
        while self.samples.len() > MOST_SAMPLES
            || self.samples.front().is_some_and(|(time, _)| *time < oldest)
        {
            self.samples.pop_front();
        }
        pushed
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.samples.clear();
    }

    /// Samples held.
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// The newest sample's time.
    pub fn newest_micros(&self) -> Option<u64> {
        self.samples.back().map(|(time, _)| *time)
    }

    /// Seconds between the oldest and the newest sample.
    pub fn seconds(&self) -> f32 {
        match (self.samples.front(), self.samples.back()) {
            (Some((oldest, _)), Some((newest, _))) => ((newest - oldest) as f64 * 1e-6) as f32,
            _ => 0.0,
        }
    }

    /// The samples from a moment on as frames of this body alone, oldest first.
    pub fn frames_since(&self, since_micros: u64) -> Vec<Frame> {
        self.samples
            .iter()
            .filter(|(time, _)| *time >= since_micros)
            .map(|(time, joints)| Frame {
                timestamp_micros: *time,
                bodies: vec![Body::tracked(0, *joints)],
            })
            .collect()
    }

    /// Everything held, resampled by the timestamps and normalised.
    pub fn clip(&self, config: &ClipConfig) -> Result<Clip, WindowError> {
        self.clip_since(0, config)
    }

    /// What is held from a moment on, such as an action's start, resampled by the timestamps and normalised.
    pub fn clip_since(&self, since_micros: u64, config: &ClipConfig) -> Result<Clip, WindowError> {
        Clip::from_frames(&self.frames_since(since_micros), config)
    }
}

/// Whether one body can have got from one sample to the other.
pub(super) fn continues(from_micros: u64, from: &Joints, to_micros: u64, to: &Joints) -> bool {
    let Some(micros) = to_micros.checked_sub(from_micros) else {
        return false;
    };
    let reach = JITTER_METRES + FASTEST_BODY * micros as f32 * 1e-6;
    micros <= LONGEST_GAP_MICROS && moved(from, to) <= reach
}

/// How far the trunk moved, metres.
fn moved(from: &Joints, to: &Joints) -> f32 {
    let (from, to) = (
        from[Joint::SpineBase as usize],
        to[Joint::SpineBase as usize],
    );
    (0..3)
        .map(|axis| (to[axis] - from[axis]).powi(2))
        .sum::<f32>()
        .sqrt()
}

/// Gives bodies whose tracker id jumped their old one back, so that whatever is kept per body goes on.
#[derive(Clone, Debug, Default)]
pub struct Identities {
    bodies: Vec<Identity>,
}

#[derive(Clone, Debug)]
struct Identity {
    /// The tracker's newest id.
    tracker: u64,
    /// The id under which the body was first seen.
    given: u64,
    seen_micros: u64,
    joints: Joints,
}

impl Identities {
    /// Renames the frame's bodies in place.
    ///
    /// A new id that appears where another was lost a moment ago is the same body. Time that runs backwards makes
    /// everybody new.
    pub fn rename(&mut self, frame: &mut Frame) {
        let now = frame.timestamp_micros;
        self.bodies.retain(|known| {
            now.checked_sub(known.seen_micros)
                .is_some_and(|gone| gone <= LONGEST_GAP_MICROS)
        });
        let trackers: Vec<u64> = frame.bodies.iter().map(|body| body.id).collect();
        for body in frame
            .bodies
            .iter_mut()
            .filter(|body| misplaced(&body.joints).is_none())
        {
            let known = self
                .bodies
                .iter()
                .position(|known| known.tracker == body.id);
            let known = known.or_else(|| self.lost_here(&trackers, &body.joints));
            let given = match known {
                Some(known) => self.bodies[known].given,
                None => self.fresh(body.id),
            };
            let seen = Identity {
                tracker: body.id,
                given,
                seen_micros: now,
                joints: body.joints,
            };
            body.id = given;
            if let Some(known) = known {
                self.bodies[known] = seen;
            } else {
                if self.bodies.len() >= MOST_PEOPLE {
                    self.bodies.remove(0);
                }
                self.bodies.push(seen);
            }
        }
    }

    /// The nearest body that is in no frame any more and was within an arm's length.
    fn lost_here(&self, trackers: &[u64], joints: &Joints) -> Option<usize> {
        self.bodies
            .iter()
            .enumerate()
            .filter(|(_, known)| !trackers.contains(&known.tracker))
            .map(|(index, known)| (moved(&known.joints, joints), index))
            .filter(|(distance, _)| *distance < 0.5)
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, index)| index)
    }

    /// The tracker's id, or, where somebody goes by it already, the next that is free.
    fn fresh(&self, id: u64) -> u64 {
        let mut id = id;
        while self.bodies.iter().any(|known| known.given == id) {
            id = id.wrapping_add(1);
        }
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::skeleton::JOINT_COUNT;

    fn body(id: u64, x: f32) -> Body {
        Body::tracked(
            id,
            std::array::from_fn(|joint| [x + joint as f32 * 0.01, joint as f32 * 0.02, 2.5]),
        )
    }

    #[test]
    fn only_the_last_seconds_stay() {
        let mut window = SlidingWindow::new(2.0);
        for t in 0..300 {
            window.push(&body(1, 0.0), t * 33_333);
        }
        assert!((1.9..=2.0).contains(&window.seconds()));
        assert_eq!(window.newest_micros(), Some(299 * 33_333));
        assert!(window.clip(&ClipConfig::default()).is_ok());
        assert_eq!(window.frames_since(290 * 33_333).len(), 10);
        assert_eq!(
            window.clip_since(u64::MAX, &ClipConfig::default()),
            Err(WindowError::NoFrames)
        );
    }

    #[test]
    fn a_wild_clock_holds_no_more_than_the_window() {
        let mut window = SlidingWindow::new(f32::INFINITY);
        for t in 0..10_000 {
            window.push(&body(1, 0.0), t);
        }
        assert_eq!(window.len(), MOST_SAMPLES);
        let mut window = SlidingWindow::new(f32::NAN);
        assert_eq!(window.push(&body(1, 0.0), u64::MAX), Pushed::Restarted);
        assert_eq!(window.push(&body(1, 0.0), 0), Pushed::Restarted);
    }

    #[test]
    fn gaps_jumps_and_time_running_back_restart() {
        let mut window = SlidingWindow::new(4.0);
        assert_eq!(window.push(&body(1, 0.0), 1_000_000), Pushed::Restarted);
        assert_eq!(window.push(&body(1, 0.1), 1_033_000), Pushed::Continued);
        assert_eq!(window.push(&body(1, 0.2), 1_033_000), Pushed::Ignored);
        assert_eq!(
            window.push(&body(1, 0.2), 1_500_000),
            Pushed::Continued,
            "a short gap"
        );
        assert_eq!(
            window.push(&body(1, 0.2), 2_500_000),
            Pushed::Restarted,
            "a long gap"
        );
        assert_eq!(
            window.push(&body(1, 2.0), 2_533_000),
            Pushed::Restarted,
            "a jump"
        );
        assert_eq!(
            window.push(&body(1, 2.0), 2_500_000),
            Pushed::Restarted,
            "back in time"
        );
        assert_eq!(window.len(), 1);
        let mut broken = body(1, 2.0);
        broken.joints[JOINT_COUNT - 1][2] = f32::NAN;
        assert_eq!(window.push(&broken, 2_600_000), Pushed::Ignored);
        assert_eq!(window.len(), 1);
    }

    fn ids(identities: &mut Identities, timestamp_micros: u64, bodies: &[(u64, f32)]) -> Vec<u64> {
        let mut frame = Frame {
            timestamp_micros,
            bodies: bodies.iter().map(|(id, x)| body(*id, *x)).collect(),
        };
        identities.rename(&mut frame);
        frame.bodies.iter().map(|body| body.id).collect()
    }

    #[test]
    fn an_id_that_jumps_is_the_same_body() {
        let mut identities = Identities::default();
        assert_eq!(ids(&mut identities, 0, &[(5, 0.0), (6, 1.0)]), [5, 6]);
        assert_eq!(ids(&mut identities, 33_000, &[(9, 0.05), (6, 1.0)]), [5, 6]);
        assert_eq!(ids(&mut identities, 66_000, &[(6, 1.0), (9, 0.05)]), [6, 5]);
        // Somebody else comes under an id that is still another's here: both keep their own.
        assert_eq!(
            ids(&mut identities, 99_000, &[(9, 0.05), (6, 1.0), (5, 2.0)]),
            [5, 6, 7]
        );
    }

    #[test]
    fn a_clock_that_stands_still_while_people_come_costs_no_memory() {
        let mut identities = Identities::default();
        for id in 0..1000 {
            ids(&mut identities, 5, &[(id, id as f32 * 0.9)]);
        }
        assert_eq!(identities.bodies.len(), MOST_PEOPLE);
        // Of those who came last each is still known.
        assert_eq!(ids(&mut identities, 6, &[(2000, 999.0 * 0.9)]), [999]);
    }

    #[test]
    fn whom_nobody_saw_for_long_is_new() {
        let mut identities = Identities::default();
        assert_eq!(ids(&mut identities, 0, &[(5, 0.0)]), [5]);
        assert_eq!(ids(&mut identities, 2_000_000, &[(8, 0.0)]), [8]);
        assert_eq!(
            ids(&mut identities, 0, &[(3, 0.0)]),
            [3],
            "time ran backwards"
        );
    }
}

//! Whether a source works: it is played for a few seconds.

use crate::capture::{CaptureError, NoticeKind, Source, Step};
use std::time::{Duration, Instant};

/// How long a source is waited for that is still being opened. Its host has limits of its own, which are shorter.
const OPENING: Duration = Duration::from_mins(30);

/// How long it is looked at a time.
const STEP: Duration = Duration::from_millis(100);

/// What a source did in its trial.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trial {
    /// What plays, as the user would name it.
    pub name: String,
    /// Nominal frames per second.
    pub fps: f32,
    /// Whether frames come when they happen.
    pub live: bool,
    /// Frames that came.
    pub frames: u64,
    /// From the first of them to the last.
    pub seconds: f32,
    /// The most people in one of them.
    pub people: usize,
    /// Frames that were dropped on the way.
    pub dropped: u64,
    /// The last time that it was lost, and why.
    pub lost: Option<String>,
}

/// Plays a source for so long after its first frame, or to its end.
pub fn trial(source: &mut dyn Source, time: Duration) -> Result<Trial, CaptureError> {
    let begun = Instant::now();
    let mut found = Trial::default();
    let (mut first, mut last): (Option<Instant>, Option<Instant>) = (None, None);
    let mut opened: Option<Instant> = None;
    loop {
        if source.is_open() {
            opened.get_or_insert_with(Instant::now);
        }
        let over = match (first, opened) {
            (Some(first), _) => first.elapsed() >= time,
            // A camera that is open and gives nothing has had its time too.
            (None, Some(opened)) => opened.elapsed() >= time * 2,
            (None, None) => begun.elapsed() >= OPENING,
        };
        if over {
            break;
        }
        match source.step(STEP)? {
            Step::Frame(frame) => {
                let now = Instant::now();
                first.get_or_insert(now);
                last = Some(now);
                found.frames += 1;
                found.people = found.people.max(frame.bodies.len());
            }
            Step::Notice(notice) if notice.kind == NoticeKind::Lost => {
                found.lost = Some(notice.text);
            }
            Step::Notice(notice) => tracing::warn!("{}", notice.text),
            Step::Waiting => {}
            Step::End => break,
        }
    }
    let journey = source.journey();
    found.name = source.name();
    found.fps = source.fps();
    found.live = source.is_live();
    found.dropped = journey.dropped();
    if let (Some(first), Some(last)) = (first, last) {
        found.seconds = last.duration_since(first).as_secs_f32();
    }
    Ok(found)
}

impl Trial {
    /// Frames that came a second, from the first to the last.
    pub fn rate(&self) -> f32 {
        self.frames.saturating_sub(1) as f32 / self.seconds.max(1e-3)
    }

    /// What is wrong with the source, and what to do about it; `None` where it works.
    pub fn problem(&self) -> Option<String> {
        if let Some(lost) = &self.lost {
            return Some(lost.clone());
        }
        if self.frames == 0 {
            return Some(
                "no frame came: is the camera plugged in, has it power, and does something else use it?"
                    .to_owned(),
            );
        }
        let rate = self.rate();
        if self.live && self.frames > 1 && rate < 0.8 * self.fps {
            return Some(format!(
                "only {rate:.1} of {:.0} frames a second came, {} were dropped: use a USB 3 port of its own, and close \
                 what else uses the graphics card; on the processor alone a tracker manages a few",
                self.fps, self.dropped
            ));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{SourceSpec, open};

    #[test]
    fn a_slow_tracker_is_told_even_by_two_frames() {
        let found = Trial {
            fps: 30.0,
            live: true,
            frames: 4,
            seconds: 3.0,
            ..Trial::default()
        };
        let problem = found.problem().unwrap();
        assert!(problem.starts_with("only 1.0 of 30 frames"), "{problem}");
    }

    /// Opens after half a second, and gives its first frame half a second later.
    struct SlowToOpen(Instant, bool);

    impl Source for SlowToOpen {
        fn name(&self) -> String {
            "slow".to_owned()
        }

        fn fps(&self) -> f32 {
            1.0
        }

        fn next_frame(&mut self) -> Result<Option<crate::skeleton::Frame>, CaptureError> {
            Ok(None)
        }

        fn is_open(&self) -> bool {
            self.0.elapsed() >= Duration::from_millis(500)
        }

        fn step(&mut self, patience: Duration) -> Result<Step, CaptureError> {
            std::thread::sleep(patience.min(Duration::from_millis(10)));
            if self.0.elapsed() < Duration::from_secs(1) {
                return Ok(Step::Waiting);
            }
            if self.1 {
                return Ok(Step::End);
            }
            self.1 = true;
            Ok(Step::Frame(crate::skeleton::Frame::default()))
        }
    }

    #[test]
    fn the_time_counts_from_the_opening() {
        let mut slow = SlowToOpen(Instant::now(), false);
        let found = trial(&mut slow, Duration::from_millis(400)).unwrap();
        assert_eq!(found.frames, 1);
    }

    #[test]
    fn a_source_that_works_is_said_to() {
        let mut demo = open(&SourceSpec::Demo).unwrap();
        let found = trial(demo.as_mut(), Duration::from_millis(30)).unwrap();
        assert!(found.frames > 1 && found.people == 1 && found.name == "demo");
        assert_eq!(found.problem(), None);
    }

    #[test]
    fn one_that_does_not_says_why_and_what_to_do() {
        let mut silent = open(&"osc:0".parse().unwrap()).unwrap();
        let found = trial(silent.as_mut(), Duration::from_millis(20)).unwrap();
        assert!(found.problem().unwrap().contains("plugged in"));
        let slow = Trial {
            fps: 30.0,
            live: true,
            frames: 31,
            seconds: 3.0,
            ..Trial::default()
        };
        assert!(slow.problem().unwrap().contains("10.0 of 30"));
        let lost = Trial {
            lost: Some("its process crashed".into()),
            ..slow
        };
        assert!(lost.problem().unwrap().contains("crashed"));
    }
}

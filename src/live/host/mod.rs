//! Cameras in processes of their own: a camera's SDK may crash, hang or wait for ever, and the window lives on.
//!
//! [`Hosted`] starts a host (this program's own `capture-host`, or any command that writes the
//! [stream](crate::capture::wire)), reads what it sends, and starts it again with growing pauses whenever it crashes, hangs,
//! ends or is killed. A camera that has once been seen is kept: it is asked for by the name that it
//! keeps (its serial number), for as long as it takes. One that is not there yet is waited for as long, and a host that
//! fails for another reason before it showed a camera is an error.

mod child;
mod clock;
mod command;
#[cfg(target_os = "linux")]
mod descendants;
mod family;
#[cfg(target_os = "linux")]
pub mod guard;
mod limits;
mod output;
pub mod serve;
pub mod trial;

pub use self::command::{HOST_VARIABLE, HostCommand};
pub use self::limits::HostLimits;

use self::child::Child;
use self::clock::Clock;
use self::output::{Heard, news, unnamed};
use crate::capture::wire::{Hello, Record, SentFrame};
use crate::capture::{
    CaptureError, Journey, Notice, NoticeKind, Source, SourceSpec, Step, frame_by_steps,
};
use crate::skeleton::{Frame, Hands, Plane};
use std::fmt::Display;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A host whose frames come for this long is well: the next pause is the first again.
const WELL_AFTER: Duration = Duration::from_secs(5);

/// A source that plays in another process.
#[derive(Debug)]
pub struct Hosted {
    /// What it was asked to play.
    title: String,
    command: HostCommand,
    limits: HostLimits,
    state: State,
    /// Of the first host that greeted: whoever follows is the same camera.
    hello: Option<Hello>,
    begun: Instant,
    /// Started again so often without having been well.
    attempts: u32,
    up: Option<[f32; 3]>,
    /// In the newest frame.
    floor: Option<Plane>,
    hands: Vec<Hands>,
    clock: Clock,
    journey: Journey,
    /// What earlier hosts dropped.
    dropped_before: Journey,
}

#[derive(Debug)]
enum State {
    Running {
        child: Box<Child>,
        /// How long it may be about opening; `None` from its hello on.
        opening: Option<Duration>,
    },
    Pausing {
        until: Instant,
    },
    Over,
}

impl Hosted {
    /// Starts a host for a source, `title` as the user writes it. Whether it can be played shows later.
    pub fn start(
        title: String,
        command: HostCommand,
        limits: HostLimits,
    ) -> Result<Self, CaptureError> {
        let child = Child::start(&command, None).map_err(|error| CaptureError::Host {
            host: title.clone(),
            problem: error.to_string(),
            said: String::new(),
        })?;
        Ok(Self {
            title,
            command,
            limits,
            state: State::running(child, limits.open),
            hello: None,
            begun: Instant::now(),
            attempts: 0,
            up: None,
            floor: None,
            hands: Vec::new(),
            clock: Clock::default(),
            journey: Journey::default(),
            dropped_before: Journey::default(),
        })
    }

    /// The running host's process, for who wants to look after it.
    pub fn process(&self) -> Option<u32> {
        match &self.state {
            State::Running { child, .. } => Some(child.id()),
            State::Pausing { .. } | State::Over => None,
        }
    }

    /// Starts the host again when its pause is over; whether it is.
    fn start_again(&mut self, pause_until: Instant, until: Instant) -> Option<Step> {
        let now = Instant::now();
        if pause_until > until {
            sleep(until.saturating_duration_since(now));
            return Some(Step::Waiting);
        }
        sleep(pause_until.saturating_duration_since(now));
        let lasting = self.hello.as_ref().and_then(|hello| hello.lasting.clone());
        match Child::start(&self.command, lasting.as_deref()) {
            Ok(child) => {
                self.state = State::running(child, self.limits.open);
                None
            }
            Err(error) => Some(self.pause(error)),
        }
    }

    /// Takes what the host says. `None` where there is nothing to pass on.
    fn heard(&mut self, heard: Heard) -> Result<Option<Step>, CaptureError> {
        match heard {
            Heard::Nothing => Ok(Some(Step::Waiting)),
            Heard::Frame { sent, received } => Ok(Some(self.frame(sent, received))),
            Heard::Record(Record::Hello(hello)) => self.greeted(hello),
            Heard::Record(Record::Notice(notice)) => {
                if let State::Running { opening, .. } = &mut self.state
                    && notice.kind == NoticeKind::Preparing
                {
                    *opening = opening.map(|open| open.max(self.limits.prepare));
                }
                Ok(Some(Step::Notice(notice)))
            }
            Heard::Record(Record::Up(up)) => {
                self.up = Some(up);
                Ok(None)
            }
            Heard::Record(Record::End) => {
                self.stop();
                self.state = State::Over;
                Ok(Some(Step::End))
            }
            Heard::Record(Record::Error(text)) => self.failed(text).map(Some),
            Heard::Record(Record::Absent(text)) => self.absent(&text).map(Some),
            Heard::Record(Record::Heartbeat | Record::Frame(_)) => Ok(None),
            Heard::Broken(error) => self.failed(error).map(Some),
            Heard::Silent(time) => {
                let problem = format!("it gave no sign of life for {:.1} s", time.as_secs_f32());
                self.failed(problem).map(Some)
            }
            Heard::Late(time) => {
                let time = time.as_secs_f32();
                let problem = format!("it gave signs of life for {time:.1} s, and opened nothing");
                self.failed(problem).map(Some)
            }
            Heard::Closed => {
                let grace = self.limits.grace;
                let problem = match &mut self.state {
                    State::Running { child, .. } => child.how_it_ended(grace),
                    State::Pausing { .. } | State::Over => String::new(),
                };
                self.failed(problem).map(Some)
            }
        }
    }

    fn greeted(&mut self, hello: Hello) -> Result<Option<Step>, CaptureError> {
        let other = self
            .hello
            .as_ref()
            .filter(|known| known.lasting.is_some() && known.lasting != hello.lasting);
        if let Some(Hello {
            lasting: Some(known),
            ..
        }) = other
        {
            let problem = format!(
                "another camera answered, {} in place of {known}",
                hello.lasting.as_deref().unwrap_or("one without a number")
            );
            return self.failed(problem).map(Some);
        }
        if let State::Running { opening, child } = &mut self.state {
            *opening = None;
            child.set_live(hello.live);
        }
        let again = self.hello.is_some();
        let name = hello.name.clone();
        self.hello = Some(hello);
        Ok(again.then(|| {
            Step::Notice(Notice {
                kind: NoticeKind::Back,
                text: format!("{name} is back"),
            })
        }))
    }

    fn frame(&mut self, sent: SentFrame, received: Instant) -> Step {
        let mut frame = sent.frame;
        (self.floor, self.hands) = (sent.floor, sent.hands);
        let live = self.hello.as_ref().is_some_and(|hello| hello.live);
        frame.timestamp_micros = self.clock.of(frame.timestamp_micros, live);
        let on_link = match &self.state {
            State::Running { child, .. } => {
                if child.age() > WELL_AFTER {
                    self.attempts = 0;
                }
                child.dropped()
            }
            State::Pausing { .. } | State::Over => 0,
        };
        let before = self.dropped_before;
        self.journey = Journey {
            tracker: sent
                .delay_micros
                .map(|micros| Duration::from_micros(micros.into())),
            link: received.elapsed(),
            dropped_by_tracker: before.dropped_by_tracker.saturating_add(sent.dropped),
            dropped_on_link: before.dropped_on_link.saturating_add(on_link),
        };
        Step::Frame(frame)
    }

    /// The host is of no more use: a camera that was there is waited for, all else is over.
    fn failed(&mut self, problem: impl Display) -> Result<Step, CaptureError> {
        let is_kept = self.hello.as_ref().is_some_and(|hello| hello.live);
        self.ended(&problem.to_string(), is_kept)
    }

    /// The camera is not there: it is waited for, unless nobody has the patience for one that never was.
    fn absent(&mut self, problem: &str) -> Result<Step, CaptureError> {
        let is_kept = match &self.hello {
            Some(hello) => hello.live,
            None => self.begun.elapsed() < self.limits.absent,
        };
        self.ended(problem, is_kept)
    }

    fn ended(&mut self, problem: &str, is_kept: bool) -> Result<Step, CaptureError> {
        let problem = unnamed(problem, &self.title);
        let said = news(&self.stop(), problem);
        if is_kept {
            let said = if said.is_empty() {
                String::new()
            } else {
                format!("; it said: {said}")
            };
            return Ok(self.pause(format!("{problem}{said}")));
        }
        self.state = State::Over;
        Err(CaptureError::Host {
            host: self.title.clone(),
            problem: problem.to_owned(),
            said,
        })
    }

    /// Waits before the next start, longer each time.
    fn pause(&mut self, problem: impl Display) -> Step {
        let limits = self.limits;
        let pause = limits
            .first_pause
            .saturating_mul(1 << self.attempts.min(16))
            .min(limits.longest_pause);
        self.attempts += 1;
        self.state = State::Pausing {
            until: Instant::now() + pause,
        };
        let waiting = if self.hello.is_none() {
            "waiting for "
        } else {
            ""
        };
        let text = format!(
            "{waiting}{}: {problem}; trying again in {:.1} s",
            self.title,
            pause.as_secs_f32()
        );
        let kind = NoticeKind::Lost;
        Step::Notice(Notice { kind, text })
    }

    /// Ends the host that runs; the end of what it said.
    fn stop(&mut self) -> String {
        let state = std::mem::replace(&mut self.state, State::Over);
        self.dropped_before = self.journey;
        match state {
            State::Running { child, .. } => child.stop(self.limits.grace),
            State::Pausing { .. } | State::Over => String::new(),
        }
    }
}

impl Drop for Hosted {
    fn drop(&mut self) {
        self.stop();
    }
}

impl State {
    fn running(child: Child, open: Duration) -> Self {
        Self::Running {
            child: Box::new(child),
            opening: Some(open),
        }
    }
}

impl Source for Hosted {
    fn name(&self) -> String {
        let hello = self.hello.as_ref();
        hello.map_or_else(|| self.title.clone(), |hello| hello.name.clone())
    }

    fn fps(&self) -> f32 {
        self.hello.as_ref().map_or(30.0, |hello| hello.fps)
    }

    fn next_frame(&mut self) -> Result<Option<Frame>, CaptureError> {
        frame_by_steps(self, Duration::from_millis(500))
    }

    fn step(&mut self, patience: Duration) -> Result<Step, CaptureError> {
        let until = Instant::now() + patience;
        loop {
            let step = match &mut self.state {
                State::Over => return Ok(Step::End),
                State::Pausing { until: pause } => {
                    let pause = *pause;
                    self.start_again(pause, until)
                }
                State::Running { child, opening } => {
                    let heard = match *opening {
                        Some(open) => child.hear_opening(until, open),
                        None => child.hear(until, self.limits.silence),
                    };
                    self.heard(heard)?
                }
            };
            if let Some(step) = step {
                return Ok(step);
            }
        }
    }

    fn is_live(&self) -> bool {
        self.hello.as_ref().is_some_and(|hello| hello.live)
    }

    fn is_open(&self) -> bool {
        self.hello.is_some()
    }

    fn lasting_spec(&self) -> Option<SourceSpec> {
        match &self.command {
            HostCommand::Program { .. } => self.hello.as_ref()?.lasting.as_ref()?.parse().ok(),
            // It is a camera of the machine that the command reaches.
            HostCommand::Shell { .. } => None,
        }
    }

    fn up(&self) -> Option<[f32; 3]> {
        self.up
    }

    fn floor(&self) -> Option<Plane> {
        self.floor
    }

    fn hands(&self) -> &[Hands] {
        &self.hands
    }

    fn dropped(&self) -> u64 {
        self.journey.dropped()
    }

    fn journey(&self) -> Journey {
        self.journey
    }
}

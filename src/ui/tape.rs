//! Recording and replay as the window knows them, and what a user does with them.

use crate::evaluate::Confusion;
use crate::live::{Command, Event, Playback, Recorded, Transport};
use crate::recognizer::{Activity, Prediction};
use crate::recording::session::{Overview, PredictionRecord, RankedRecord};
use crate::ui::action::Effect;
use crate::ui::files::Request;
use crate::ui::marks::{Mark, SessionView};
use crate::ui::settings::record_folder;
use crate::ui::state::State;
use crate::ui::study::{Round, Study};
use std::path::{Path, PathBuf};

/// How long the countdown lasts, seconds.
pub const COUNTDOWN_SECONDS: f64 = 5.0;

/// A dragged segment shorter than this was a click, microseconds.
const SHORTEST_MARK: u64 = 100_000;

/// After so many reports in a row that say otherwise the recorder is taken to be what they say: one a second, longer than
/// a file takes to be begun or ended.
const MOST_DOUBTS: u8 = 3;

/// Whether a recording goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Recorder {
    /// None does.
    #[default]
    Off,
    /// One will begin, at that second of the window's clock.
    Counting(f64),
    /// One was asked for.
    Starting,
    /// One goes on.
    On,
    /// Its end was asked for.
    Ending,
}

/// Recording and replay.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    /// Whether a recording goes on.
    pub recorder: Recorder,
    /// How many reports in a row said otherwise.
    pub doubts: u8,
    /// How far it is, or how far the last one came.
    pub recorded: Recorded,
    /// Where the recording that plays stands; `None` for cameras and the demo.
    pub playback: Option<Playback>,
    /// The session that plays.
    pub session: Option<SessionView>,
    /// Its segments.
    pub marks: Vec<Mark>,
    /// What is predicted now where the session was replayed, beside what was predicted when it was recorded.
    pub again: Overview,
    /// What new segments are called.
    pub label: String,
    /// The segment that was begun by key: its label, and where in a replay it began.
    pub segment: Option<(String, Option<u64>)>,
    /// How many segments are judged, of how many, while that goes on.
    pub judging: Option<(usize, usize)>,
    /// Rounds of answers to the whole session, the oldest first.
    pub rounds: Vec<Round>,
    /// How well the phrase list names the segments, while that is looked at.
    pub confusion: Option<Confusion>,
}

/// Something that a user does to a recording.
#[derive(Clone, Debug, PartialEq)]
pub enum TapeAction {
    /// Begins a recording, or ends the one that goes on, or the countdown to it.
    Record,
    /// Begins one after a countdown.
    CountDown,
    /// Records from the program's start on, or not.
    AtStart(bool),
    /// Moves within what plays.
    Move(Transport),
    /// Uses this label for new segments.
    Label(String),
    /// Begins a segment, or ends it.
    Segment,
    /// Adds a segment.
    Mark(u64, u64),
    /// Removes a segment.
    Unmark(usize),
    /// Calls a segment something else.
    Relabel(usize, String),
    /// Moves a segment, or its begin or end, to there.
    Adjust(usize, u64, u64),
    /// Writes the segments as clips where the user will say.
    SaveClips,
    /// Judges the segments by the phrase list as it stands.
    Judge,
    /// Leaves what is being judged.
    StopJudging,
    /// Puts the matrix away.
    CloseConfusion,
    /// Makes an example of a segment, or of each of them.
    Exemplify(Option<usize>),
    /// Takes the card of a segment's phrase from it.
    TakeCard(usize),
    /// Answers the whole session again, by a bundle or by the one in use.
    Again(Option<PathBuf>),
    /// Answers it again as it was when it was recorded.
    AgainAsRecorded,
    /// Puts a round of answers away.
    PutAway(usize),
}

/// The session that a source plays, if it does.
pub(crate) fn session_of(source: &str) -> Option<PathBuf> {
    let path = Path::new(source.strip_prefix("replay:")?);
    let ending = path.extension()?;
    ending.eq_ignore_ascii_case("mcap").then(|| path.to_owned())
}

impl Tape {
    /// Takes note of what the session reports.
    pub(crate) fn receive(&mut self, event: &Event) {
        match event {
            Event::SourceOpened { .. } => {
                self.playback = None;
                self.again = Overview::default();
            }
            Event::Playback(playback) => self.playback = Some(*playback),
            Event::RecordingStarted(path) => {
                (self.recorder, self.doubts) = (Recorder::On, 0);
                self.recorded = Recorded {
                    path: path.clone(),
                    ..Recorded::default()
                };
            }
            Event::Stats(stats) => self.compare(stats.is_recording),
            Event::Recording(recorded) => self.recorded = recorded.clone(),
            Event::RecordingStopped(recorded, _) => {
                (self.recorder, self.doubts) = (Recorder::Off, 0);
                self.recorded = recorded.clone();
                // A segment of the recording alone ended with it; the next key begins another.
                self.segment.take_if(|(_, begun)| begun.is_none());
            }
            Event::Judging { done, of } if self.judging.is_some() => {
                self.judging = Some((*done, *of));
            }
            Event::Judged(judged) => {
                self.judging = None;
                if !judged.is_empty() {
                    let answered = judged.iter().map(|take| {
                        let answer = take.answer.as_deref();
                        (take.label.as_str(), answer.map_err(String::as_str))
                    });
                    self.confusion = Some(Confusion::of(answered));
                }
            }
            Event::Prediction(prediction, _) => self.predicted(prediction),
            _ => {}
        }
    }

    /// Follows what the session reports of its recorder, where the news of its begin or end was lost to a busy window.
    fn compare(&mut self, is_recording: bool) {
        let agreed = match self.recorder {
            Recorder::On => is_recording,
            Recorder::Off | Recorder::Counting(_) => !is_recording,
            Recorder::Starting | Recorder::Ending => false,
        };
        self.doubts = if agreed { 0 } else { self.doubts + 1 };
        if self.doubts >= MOST_DOUBTS {
            self.doubts = 0;
            self.recorder = if is_recording {
                Recorder::On
            } else {
                Recorder::Off
            };
        }
    }

    /// Forgets the session: another source plays.
    pub(crate) fn leave(&mut self) {
        self.session = None;
        self.playback = None;
        self.again = Overview::default();
        self.marks.clear();
        if let Some((_, begun)) = &mut self.segment {
            *begun = None;
        }
        for round in self.rounds.drain(..) {
            round.stop.ask();
        }
    }

    /// Takes note of a session that was opened.
    pub(crate) fn show(&mut self, view: SessionView) {
        self.marks.clone_from(&view.marks);
        self.session = Some(view);
    }

    /// The recording that the countdown leads to, once it is over.
    pub(crate) fn due(&mut self, now: f64) -> Option<Command> {
        match self.recorder {
            Recorder::Counting(until) if now >= until => {
                self.recorder = Recorder::Starting;
                Some(Command::StartRecording(record_folder()))
            }
            _ => None,
        }
    }

    /// Something could not be read: if it was the frames of segments, nothing will be judged.
    pub(crate) fn reading_failed(&mut self) {
        if self.judging.is_some_and(|(done, _)| done == 0) {
            self.judging = None;
        }
    }

    fn predicted(&mut self, prediction: &Prediction) {
        let Some(playback) = self.playback else {
            return;
        };
        let best = prediction.smoothed.first().map(|best| RankedRecord {
            phrase: best.phrase.to_string(),
            probability: best.probability,
            seen: best.seen,
        });
        let acting = prediction.activity == Activity::Acting;
        let record = PredictionRecord {
            state: if acting { "acting" } else { "idle" }.to_owned(),
            smoothed: best.into_iter().collect(),
            answer: prediction
                .answer
                .as_ref()
                .map(|answer| answer.phrase.to_string()),
            ..PredictionRecord::default()
        };
        // The overview counts from 1: 0 stands for a session that has not begun.
        self.again.start_nanos = 1;
        self.again
            .note_prediction(1 + playback.position_micros * 1000, &record);
    }
}

impl State {
    /// Does what the user did to a recording.
    pub(crate) fn tape(&mut self, action: TapeAction) -> Vec<Effect> {
        let ask = |study| Effect::Ask(Request::Study(study));
        match action {
            TapeAction::Record => self.record(),
            TapeAction::CountDown => {
                if self.tape.recorder == Recorder::Off {
                    self.tape.recorder = Recorder::Counting(self.now + COUNTDOWN_SECONDS);
                }
                Vec::new()
            }
            TapeAction::AtStart(at_start) => {
                self.settings.record_at_start = at_start;
                Vec::new()
            }
            TapeAction::Move(transport) => vec![Effect::Send(Command::Move(transport))],
            TapeAction::Label(label) => {
                label.trim().clone_into(&mut self.tape.label);
                Vec::new()
            }
            TapeAction::Segment => self.segment(),
            TapeAction::Mark(start_micros, end_micros) => self.mark(start_micros, end_micros),
            TapeAction::Unmark(index) => self.change_marks(|marks| {
                if index < marks.len() {
                    marks.remove(index);
                }
            }),
            TapeAction::Relabel(index, label) => self.change_marks(|marks| {
                if let Some(mark) = marks.get_mut(index)
                    && !label.trim().is_empty()
                {
                    label.trim().clone_into(&mut mark.label);
                }
            }),
            TapeAction::Adjust(index, start_micros, end_micros) => {
                if end_micros < start_micros + SHORTEST_MARK {
                    return Vec::new();
                }
                self.change_marks(|marks| {
                    if let Some(mark) = marks.get_mut(index) {
                        (mark.start_micros, mark.end_micros) = (start_micros, end_micros);
                    }
                })
            }
            TapeAction::SaveClips => vec![Effect::Ask(Request::PickClipsTarget)],
            TapeAction::Judge => self.judge(),
            TapeAction::StopJudging => {
                self.tape.judging = None;
                vec![Effect::Send(Command::StopJudging)]
            }
            TapeAction::CloseConfusion => {
                self.tape.confusion = None;
                Vec::new()
            }
            TapeAction::Again(bundle) => self.again(bundle),
            TapeAction::AgainAsRecorded => self.again_as_recorded(),
            TapeAction::PutAway(index) => {
                if index < self.tape.rounds.len() {
                    self.tape.rounds.remove(index).stop.ask();
                }
                Vec::new()
            }
            TapeAction::Exemplify(which) => {
                let study = self.cut(which).map(Study::Examples);
                study.map(ask).into_iter().collect()
            }
            TapeAction::TakeCard(index) => {
                let bundle = self.bundle_folder.clone();
                let cut = self.cut(Some(index));
                let study = cut.map(|cut| Study::Card { cut, bundle });
                study.map(ask).into_iter().collect()
            }
        }
    }

    fn mark(&mut self, start_micros: u64, end_micros: u64) -> Vec<Effect> {
        if self.tape.session.is_none() || end_micros < start_micros + SHORTEST_MARK {
            return Vec::new();
        }
        let label = self.label();
        self.change_marks(|marks| {
            marks.push(Mark {
                label,
                start_micros,
                end_micros,
            });
        })
    }

    fn record(&mut self) -> Vec<Effect> {
        match self.tape.recorder {
            Recorder::Off => {
                self.tape.recorder = Recorder::Starting;
                let folder = record_folder();
                vec![Effect::Send(Command::StartRecording(folder))]
            }
            Recorder::Counting(_) => {
                self.tape.recorder = Recorder::Off;
                Vec::new()
            }
            Recorder::On => {
                self.tape.recorder = Recorder::Ending;
                vec![Effect::Send(Command::StopRecording)]
            }
            Recorder::Starting | Recorder::Ending => Vec::new(),
        }
    }
}

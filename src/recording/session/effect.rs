//! When what took effect: by `/course`, and where that is from before its time or damaged, by `/settings` and `/phrases`.

use super::SessionError;
use super::course::{Change, ChangeRecord};
use super::file::SessionFile;
use super::format::{COURSE, Entry, FRAMES, PHRASES, PhraseRecord, SETTINGS, SettingsRecord};
use std::mem::{Discriminant, discriminant};

/// Pieces together by what the frames of a session were answered, from its entries in the order of the file.
#[derive(Debug, Default)]
pub struct Effects {
    settings: SettingsRecord,
    phrases: Option<Vec<PhraseRecord>>,
    /// Whether a frame has come.
    begun: bool,
    /// Whether there is anything of `/course`.
    has_course: bool,
    /// What `/settings` and `/phrases` say: it counts where `/course` was not kept yet.
    older: Pieces,
    /// What `/course` says, and where it was lost, `/settings` and `/phrases`.
    mended: Pieces,
    /// Where some of it was lost, what is known of what came since.
    since_damage: Option<SinceDamage>,
}

/// Changes in the order in which they became known, and of each kind the last.
#[derive(Debug, Default)]
struct Pieces {
    changes: Vec<ChangeRecord>,
    last: Vec<Change>,
}

/// What is known since some of `/course` was lost.
#[derive(Debug, Default)]
struct SinceDamage {
    /// The log time of what was read first.
    begin: Option<u64>,
    /// Of these kinds `/course` has spoken again.
    heard: Vec<Discriminant<Change>>,
    /// What the newest settings say, as long as it may be they that changed it: then `/course` says so right after.
    pending: Vec<ChangeRecord>,
}

impl Pieces {
    fn knows(&self, change: &Change) -> Option<&Change> {
        self.last.iter().find(|last| is_same_kind(last, change))
    }

    fn take(&mut self, record: ChangeRecord) {
        self.last.retain(|last| !is_same_kind(last, &record.change));
        self.last.push(record.change.clone());
        self.changes.push(record);
    }
}

fn is_same_kind(one: &Change, other: &Change) -> bool {
    discriminant(one) == discriminant(other)
}

impl Effects {
    /// Reads when what took effect in a whole session.
    pub fn read(file: &mut SessionFile) -> Result<Vec<ChangeRecord>, SessionError> {
        let mut effects = Self::default();
        for chunk in 0..file.chunks() {
            let entries = file.entries_of(chunk, &[FRAMES, SETTINGS, PHRASES, COURSE])?;
            if entries.is_none() || file.follows_damage(chunk) {
                effects.lose();
            }
            for (nanos, entry) in entries.unwrap_or_default() {
                effects.note(nanos, &entry);
            }
        }
        Ok(effects.changes())
    }

    /// Takes an entry in, in the order of the file.
    pub fn note(&mut self, nanos: u64, entry: &Entry) {
        if let Some(since) = &mut self.since_damage {
            since.begin.get_or_insert(nanos);
        }
        match entry {
            Entry::Frame(_) => self.begun = true,
            Entry::Phrases(phrases) => {
                self.phrases = Some(phrases.clone());
                self.speak(nanos);
            }
            Entry::Settings(settings) => {
                self.settings = settings.clone();
                self.speak(nanos);
            }
            Entry::Change(record) => {
                if let Some(since) = &mut self.since_damage {
                    since
                        .pending
                        .retain(|pending| !is_same_kind(&pending.change, &record.change));
                    since.heard.push(discriminant(&record.change));
                }
                self.has_course = true;
                self.mended.take(record.clone());
            }
            _ => {}
        }
    }

    /// Takes note that something is missing here.
    pub fn lose(&mut self) {
        self.settle();
        self.since_damage = Some(SinceDamage::default());
    }

    /// What took effect, in the order of the log times after which it did.
    pub fn changes(mut self) -> Vec<ChangeRecord> {
        self.settle();
        let mut changes = if self.has_course {
            self.mended.changes
        } else {
            self.older.changes
        };
        changes.sort_by_key(|record| record.after_nanos);
        changes
    }

    /// What settings and list say together.
    fn told(&self) -> Vec<Change> {
        let settings = &self.settings;
        let mut told = Vec::new();
        if !settings.bundle.is_empty() {
            told.push(Change::Model {
                bundle: settings.bundle.clone(),
                fingerprint: settings.fingerprint.clone(),
            });
        }
        if *settings != SettingsRecord::default() {
            told.push(Change::Answering {
                gate: settings.gate.clone(),
                threshold: settings.threshold,
            });
            told.push(Change::Upright {
                levelled: settings.levelled,
                up: settings.up,
            });
        }
        if let Some(phrases) = &self.phrases {
            told.push(Change::Decision {
                head: settings.head.clone(),
                by_examples: settings.by_examples,
                phrases: phrases.clone(),
            });
        }
        told
    }

    /// Takes in what settings and list say as of that log time.
    fn speak(&mut self, nanos: u64) {
        self.settle();
        let told = self.told();
        // What stands before the first frame holds for it.
        let later = if self.begun { nanos } else { 0 };
        for record in news(&told, &self.older, later) {
            self.older.take(record);
        }
        if let Some(since) = &mut self.since_damage {
            // Had it changed since the damage, `/course` would say so: it was so before what can be read again.
            let later = since.begin.unwrap_or(nanos).saturating_sub(1);
            let mut news = news(&told, &self.mended, later);
            news.retain(|record| !since.heard.contains(&discriminant(&record.change)));
            since.pending.extend(news);
        }
    }

    /// What the settings before said, and `/course` has not contradicted, is so.
    fn settle(&mut self) {
        if let Some(since) = &mut self.since_damage {
            for record in std::mem::take(&mut since.pending) {
                self.mended.take(record);
            }
        }
    }
}

/// What of all that is told is not known, and after which log time it holds: the first of its kind from the begin, since a
/// model was noted only when the frames that had come while it was loaded were on disk, and they were answered for; whatever
/// else, `later`.
fn news(told: &[Change], known: &Pieces, later: u64) -> Vec<ChangeRecord> {
    let mut news = Vec::new();
    let mut model = None;
    for change in told {
        let before = known.knows(change);
        // A model that was loaded knows no phrases yet.
        let with_model = model.filter(|_| matches!(change, Change::Decision { .. }));
        if before == Some(change) && with_model.is_none() {
            continue;
        }
        let after_nanos = with_model.unwrap_or(before.map_or(0, |_| later));
        if matches!(change, Change::Model { .. }) {
            model = Some(after_nanos);
        }
        news.push(ChangeRecord {
            after_nanos,
            change: change.clone(),
        });
    }
    news
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(bundle: &str, threshold: f32, levelled: bool) -> Entry {
        Entry::Settings(SettingsRecord {
            bundle: bundle.to_owned(),
            gate: "soft".to_owned(),
            threshold,
            levelled,
            ..SettingsRecord::default()
        })
    }

    fn list(text: &str) -> Vec<PhraseRecord> {
        vec![PhraseRecord {
            text: text.to_owned(),
            ..PhraseRecord::default()
        }]
    }

    fn model(bundle: &str) -> Change {
        Change::Model {
            bundle: bundle.to_owned(),
            fingerprint: String::new(),
        }
    }

    fn answering(threshold: f32) -> Change {
        Change::Answering {
            gate: "soft".to_owned(),
            threshold,
        }
    }

    fn upright(levelled: bool) -> Change {
        Change::Upright { levelled, up: None }
    }

    fn decision(text: &str) -> Change {
        Change::Decision {
            head: String::new(),
            by_examples: false,
            phrases: list(text),
        }
    }

    fn said(after_nanos: u64, change: Change) -> Entry {
        Entry::Change(ChangeRecord {
            after_nanos,
            change,
        })
    }

    /// What took effect by these entries, `None` where some are missing, in the order of the times.
    fn effects(entries: &[(u64, Option<Entry>)]) -> Vec<(u64, Change)> {
        let mut effects = Effects::default();
        for (nanos, entry) in entries {
            match entry {
                Some(entry) => effects.note(*nanos, entry),
                None => effects.lose(),
            }
        }
        let changes = effects.changes().into_iter();
        changes
            .map(|record| (record.after_nanos, record.change))
            .collect()
    }

    fn frame(nanos: u64) -> (u64, Option<Entry>) {
        (nanos, Some(Entry::Frame(crate::skeleton::Frame::default())))
    }

    #[test]
    fn a_whole_session_is_as_its_course_says() {
        let entries = [
            (10, Some(settings("a", 0.1, true))),
            (10, Some(Entry::Phrases(list("wave")))),
            (10, Some(said(0, model("a")))),
            frame(11),
            (20, Some(settings("b", 0.2, false))),
            (21, Some(said(11, model("b")))),
        ];
        assert_eq!(effects(&entries), [(0, model("a")), (11, model("b"))]);
    }

    #[test]
    fn what_is_lost_of_the_course_is_taken_from_the_settings_piece_by_piece() {
        let whole = [
            (10, Some(settings("a", 0.1, false))),
            (10, Some(Entry::Phrases(list("wave")))),
            (10, Some(said(0, model("a")))),
            (10, Some(said(0, decision("wave")))),
            (10, Some(said(0, answering(0.1)))),
            (10, Some(said(0, upright(false)))),
            frame(11),
            frame(12),
            // Only the threshold is another one: of the rest the settings say what it was all the while.
            (15, Some(settings("a", 0.2, false))),
            (15, Some(said(12, answering(0.2)))),
            (16, Some(Entry::Phrases(list("jump")))),
            frame(17),
            (18, Some(said(17, decision("jump")))),
        ];
        let mut front = whole.to_vec();
        front.splice(..6, [(0, None)]);
        let expected = [
            (0, model("a")),
            (0, upright(false)),
            (12, answering(0.2)),
            (17, decision("jump")),
        ];
        assert_eq!(effects(&front), expected);
        let from_begin: Vec<(u64, Change)> = effects(&whole);
        assert!(expected.iter().all(|effect| from_begin.contains(effect)));

        // In the midst: a model and a threshold are lost, and are so from where it can be read again.
        let midst = [
            (10, Some(settings("a", 0.1, false))),
            (10, Some(Entry::Phrases(list("wave")))),
            (10, Some(said(0, model("a")))),
            (10, Some(said(0, decision("wave")))),
            (10, Some(said(0, answering(0.1)))),
            (10, Some(said(0, upright(false)))),
            frame(11),
            (0, None),
            frame(30),
            (40, Some(settings("b", 0.3, true))),
            (41, Some(said(30, upright(true)))),
        ];
        let found = effects(&midst);
        assert_eq!(
            found[4..],
            [
                (29, model("b")),
                (29, answering(0.3)),
                (29, decision("wave")),
                (30, upright(true)),
            ]
        );
    }

    #[test]
    fn a_session_without_a_course_is_as_its_settings_say_at_their_times() {
        let entries = [
            (10, Some(settings("", 0.1, true))),
            (10, Some(Entry::Phrases(list("wave")))),
            frame(11),
            (20, Some(settings("a", 0.1, true))),
            frame(21),
            (30, Some(settings("a", 0.2, true))),
            (30, Some(Entry::Phrases(list("jump")))),
        ];
        assert_eq!(
            effects(&entries),
            [
                (0, answering(0.1)),
                (0, upright(true)),
                (0, decision("wave")),
                (0, model("a")),
                (0, decision("wave")),
                (30, answering(0.2)),
                (30, decision("jump")),
            ]
        );
    }
}

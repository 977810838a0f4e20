//! NTU RGB+D's classes, SynSE's splits of them, and the people of the cross-subject protocol (`assets/ntu`).

use super::{PrepareError, SampleName};
use crate::phrases::splits::{Split, Splits};
use serde::Deserialize;
use std::collections::BTreeSet;

const CLASSES: &str = include_str!("../../assets/ntu/classes.csv");
const SPLITS: &str = include_str!("../../assets/ntu/splits.csv");
const SUBJECTS: &str = include_str!("../../assets/ntu/subjects.csv");

/// Which of the two data sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ntu {
    /// NTU RGB+D: 60 actions, 17 setups.
    Sixty,
    /// NTU RGB+D 120: these and 60 further actions, 32 setups.
    OneTwenty,
}

impl Ntu {
    /// Its name in stores and splits.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sixty => "ntu60",
            Self::OneTwenty => "ntu120",
        }
    }

    const fn actions(self) -> u16 {
        match self {
            Self::Sixty => 60,
            Self::OneTwenty => 120,
        }
    }

    const fn setups(self) -> u16 {
        match self {
            Self::Sixty => 17,
            Self::OneTwenty => 32,
        }
    }
}

/// An action class.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ActionClass {
    /// `A1` to `A120`.
    pub id: String,
    /// The data set's own words.
    pub official: String,
    /// `SynSE`'s words.
    pub phrase: String,
    /// The phrase's verb.
    pub verb: String,
    /// The phrase's noun; empty where it has none.
    pub noun: String,
}

/// All that is known of a data set beside its recordings.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Which data set.
    pub dataset: Ntu,
    /// Its classes, in the order of their numbers.
    pub classes: Vec<ActionClass>,
    /// How many people perform.
    subjects: u16,
    /// Those of them whom models train on.
    training: BTreeSet<u16>,
    splits: Vec<SplitRow>,
}

#[derive(Clone, Debug, Deserialize)]
struct SplitRow {
    split: String,
    dataset: String,
    role: String,
    classes: String,
}

#[derive(Debug, Deserialize)]
struct SubjectRow {
    dataset: String,
    subjects: u16,
    training: String,
}

impl Facts {
    /// Reads the tables that are built into the program.
    pub fn of(dataset: Ntu) -> Result<Self, PrepareError> {
        let mut classes: Vec<ActionClass> = rows("classes.csv", CLASSES)?;
        classes.truncate(usize::from(dataset.actions()));
        let mut splits: Vec<SplitRow> = rows("splits.csv", SPLITS)?;
        splits.retain(|row| row.dataset == dataset.name());
        let subjects: Vec<SubjectRow> = rows("subjects.csv", SUBJECTS)?;
        let row = subjects
            .into_iter()
            .find(|row| row.dataset == dataset.name())
            .ok_or_else(|| wrong("subjects.csv", format!("no row of {}", dataset.name())))?;
        let training: Result<_, _> = row.training.split(' ').map(str::parse).collect();
        Ok(Self {
            dataset,
            classes,
            subjects: row.subjects,
            training: training.map_err(|_error| {
                wrong(
                    "subjects.csv",
                    format!("numbers expected: {}", row.training),
                )
            })?,
            splits,
        })
    }

    /// Whether a sample is of this data set at all: NTU-60's people and actions come again in NTU-120's later setups.
    pub(super) fn has(&self, name: SampleName) -> bool {
        name.setup <= self.dataset.setups()
    }

    /// The class of a sample, or what in its name the data set does not have.
    pub(super) fn class_of(&self, name: SampleName) -> Result<&ActionClass, String> {
        let fields = [
            ("setup", name.setup, self.dataset.setups()),
            ("camera", name.camera, 3),
            ("performer", name.performer, self.subjects),
            ("replication", name.replication, 2),
            ("action", name.action, self.dataset.actions()),
        ];
        for (field, number, highest) in fields {
            if !(1..=highest).contains(&number) {
                return Err(format!(
                    "its name: expected {field} 1 to {highest}, found {number}"
                ));
            }
        }
        self.classes
            .get(usize::from(name.action) - 1)
            .ok_or_else(|| format!("its name: no class A{}", name.action))
    }

    /// A performer as stores name them.
    pub(super) fn subject(performer: u16) -> String {
        format!("P{performer:03}")
    }

    /// `SynSE`'s splits by phrases, and the cross-subject test subjects.
    pub fn splits(&self) -> Result<Splits, PrepareError> {
        let mut found = Splits::default();
        for row in &self.splits {
            let phrases: Result<Vec<String>, PrepareError> = row
                .classes
                .split(' ')
                .map(|id| {
                    let class = self.classes.iter().find(|class| class.id == id);
                    let class =
                        class.ok_or_else(|| wrong("splits.csv", format!("no class {id}")))?;
                    Ok(class.phrase.clone())
                })
                .collect();
            let at = found
                .splits
                .iter()
                .position(|split| split.name == row.split);
            let at = at.unwrap_or_else(|| {
                found.splits.push(Split {
                    name: row.split.clone(),
                    ..Split::default()
                });
                found.splits.len() - 1
            });
            match row.role.as_str() {
                "unseen" => found.splits[at].unseen = phrases?,
                "validation-unseen" => found.splits[at].validation_unseen = phrases?,
                other => return Err(wrong("splits.csv", format!("no role {other}"))),
            }
        }
        found.test_subjects = (1..=self.subjects)
            .filter(|performer| !self.training.contains(performer))
            .map(|performer| format!("{}:{}", self.dataset.name(), Self::subject(performer)))
            .collect();
        Ok(found)
    }
}

fn rows<T: for<'a> Deserialize<'a>>(
    table: &'static str,
    text: &str,
) -> Result<Vec<T>, PrepareError> {
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(|error| wrong(table, error.to_string()))
}

const fn wrong(table: &'static str, reason: String) -> PrepareError {
    PrepareError::Table { table, reason }
}

#[cfg(test)]
mod tests {
    use super::{Facts, Ntu};
    use std::collections::BTreeSet;

    #[test]
    fn every_class_has_a_number_and_a_phrase_of_its_own() {
        let facts = Facts::of(Ntu::OneTwenty).unwrap();
        assert_eq!(facts.classes.len(), 120);
        for (number, class) in (1..).zip(&facts.classes) {
            assert_eq!(class.id, format!("A{number}"));
            assert!(!class.verb.is_empty() && !class.phrase.contains(';'));
        }
        let phrases: BTreeSet<_> = facts.classes.iter().map(|class| &class.phrase).collect();
        assert_eq!(phrases.len(), 120);
    }

    #[test]
    fn the_splits_are_as_large_as_their_names_say() {
        for (dataset, count, tests) in [(Ntu::Sixty, 60, 20), (Ntu::OneTwenty, 120, 53)] {
            let splits = Facts::of(dataset).unwrap().splits().unwrap();
            assert_eq!(splits.splits.len(), 2);
            assert_eq!(splits.test_subjects.len(), tests);
            for split in &splits.splits {
                let (seen, unseen) = split.name.split_once('/').unwrap();
                let (seen, unseen): (usize, usize) =
                    (seen.parse().unwrap(), unseen.parse().unwrap());
                assert_eq!(seen + unseen, count);
                assert_eq!(split.unseen.len(), unseen);
                assert_eq!(split.validation_unseen.len(), unseen);
                assert!(
                    split
                        .unseen
                        .iter()
                        .all(|phrase| !split.validation_unseen.contains(phrase))
                );
            }
        }
        let sixty = Facts::of(Ntu::Sixty).unwrap().splits().unwrap();
        assert!(sixty.test_subjects.contains(&"ntu60:P003".to_owned()));
        assert!(!sixty.test_subjects.contains(&"ntu60:P001".to_owned()));
        let split = sixty.get("55/5").unwrap();
        assert_eq!(
            split.unseen,
            [
                "reading",
                "writing",
                "put on hat or cap",
                "jump up",
                "touch pocket"
            ]
        );
    }

    #[test]
    fn what_a_name_has_and_the_data_set_not_is_said() {
        let facts = Facts::of(Ntu::Sixty).unwrap();
        let class = |name: &str| facts.class_of(name.parse().unwrap());
        assert_eq!(
            class("S017C003P040R002A060").unwrap().phrase,
            "walking apart"
        );
        for (name, field) in [
            ("S001C000P001R001A001", "camera 1 to 3"),
            ("S001C001P041R001A001", "performer 1 to 40"),
            ("S001C001P001R003A001", "replication 1 to 2"),
            ("S001C001P001R001A061", "action 1 to 60"),
        ] {
            assert!(class(name).unwrap_err().contains(field), "{name}");
        }
    }
}

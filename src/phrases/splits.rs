//! Which classes an experiment keeps unseen, and whose clips are only tested on (`split,role,values` as CSV).

use super::list::{ListError, read_text};
use std::path::Path;

/// One split of a data set's phrases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// Its name.
    pub name: String,
    /// Phrases that no model of the split may train on.
    pub unseen: Vec<String>,
    /// Phrases held out of training on which choices are made.
    pub validation_unseen: Vec<String>,
}

/// A split withholds what nobody knows: by a slip of the pen, what was meant would be learned from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("split {split:?} names {phrase:?}, which is no phrase of the clips; {}", expected(.nearest.as_deref()))]
pub struct UnknownPhrase {
    split: String,
    phrase: String,
    nearest: Option<String>,
}

fn expected(nearest: Option<&str>) -> String {
    match nearest {
        Some(nearest) => format!("expected one of theirs, such as {nearest:?}"),
        None => "there are no clips".to_owned(),
    }
}

impl Split {
    /// All phrases that it withholds.
    pub fn withheld(&self) -> impl Iterator<Item = &str> {
        let both = self.unseen.iter().chain(&self.validation_unseen);
        both.map(String::as_str)
    }

    /// Refuses phrases that are not among those known.
    pub fn check_known<'a>(
        &self,
        known: impl Iterator<Item = &'a str> + Clone,
    ) -> Result<(), UnknownPhrase> {
        let is_unknown = |phrase: &&str| known.clone().all(|known| known != *phrase);
        let Some(phrase) = self.withheld().find(is_unknown) else {
            return Ok(());
        };
        let likeness = |known: &&str| strsim::jaro_winkler(known, phrase);
        let nearest = known.max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        Err(UnknownPhrase {
            split: self.name.clone(),
            phrase: phrase.to_owned(),
            nearest: nearest.map(str::to_owned),
        })
    }
}

/// A file of splits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Splits {
    /// The splits, in the file's order.
    pub splits: Vec<Split>,
    /// People whose clips are never trained on, as `dataset:subject`.
    pub test_subjects: Vec<String>,
}

impl Splits {
    /// The split of a name.
    pub fn get(&self, name: &str) -> Option<&Split> {
        self.splits.iter().find(|split| split.name == name)
    }

    /// Whether someone's clips are only tested on.
    pub fn is_test(&self, dataset: &str, subject: &str) -> bool {
        self.test_subjects
            .iter()
            .any(|test| test.split_once(':') == Some((dataset, subject)))
    }

    /// Reads a file of splits.
    pub fn read(path: &Path) -> Result<Self, ListError> {
        Self::parse(&read_text(path)?, path)
    }

    /// The text of a file of these splits.
    pub fn to_csv(&self) -> String {
        let row = |split: &str, role: &str, values: &[String]| {
            let quoted = format!("\"{}\"", values.join(";").replace('"', "\"\""));
            format!("{split},{role},{quoted}\n")
        };
        let mut text = "split,role,values\n".to_owned();
        for split in &self.splits {
            let roles = [
                ("unseen", &split.unseen),
                ("validation-unseen", &split.validation_unseen),
            ];
            for (role, values) in roles.into_iter().filter(|(_, values)| !values.is_empty()) {
                text += &row(&split.name, role, values);
            }
        }
        if !self.test_subjects.is_empty() {
            text += &row("*", "test-subjects", &self.test_subjects);
        }
        text
    }

    fn parse(text: &str, path: &Path) -> Result<Self, ListError> {
        let wrong = |line: usize, reason: String| ListError::Line {
            path: path.to_owned(),
            line,
            reason,
        };
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let header = reader
            .headers()
            .map_err(|error| wrong(1, error.to_string()))?;
        if header != vec!["split", "role", "values"] {
            return Err(wrong(
                1,
                format!(
                    "the header is {:?}, expected split,role,values",
                    header.iter().collect::<Vec<_>>().join(",")
                ),
            ));
        }
        let mut found = Self::default();
        for record in reader.records() {
            let record = record.map_err(|error| {
                let line = error.position().map_or(0, csv::Position::line);
                wrong(line as usize, error.to_string())
            })?;
            let line = record
                .position()
                .map_or(0, |position| position.line() as usize);
            let field = |index: usize| record.get(index).unwrap_or_default();
            found
                .add(field(0), field(1), field(2))
                .map_err(|reason| wrong(line, reason))?;
        }
        if found.splits.is_empty() && found.test_subjects.is_empty() {
            return Err(ListError::Nothing {
                path: path.to_owned(),
                expected: "split",
            });
        }
        found.check().map_err(|reason| wrong(1, reason))?;
        Ok(found)
    }

    fn add(&mut self, name: &str, role: &str, values: &str) -> Result<(), String> {
        let values: Vec<String> = values
            .split(';')
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
            .collect();
        if name.is_empty() || values.is_empty() {
            return Err(
                "a row without split or values, expected split,role,value;value".to_owned(),
            );
        }
        let place = match (name, role) {
            ("*", "test-subjects") => {
                if let Some(value) = values.iter().find(|value| !value.contains(':')) {
                    return Err(format!("test subject {value:?}, expected dataset:subject"));
                }
                &mut self.test_subjects
            }
            ("*", _) | (_, "test-subjects") => {
                return Err(format!(
                    "role {role:?} of split {name:?}: test-subjects, and only those, belong to split *"
                ));
            }
            (_, "unseen") => &mut self.split_mut(name).unseen,
            (_, "validation-unseen") => &mut self.split_mut(name).validation_unseen,
            _ => {
                return Err(format!(
                    "role {role:?}, expected unseen, validation-unseen or test-subjects"
                ));
            }
        };
        if !place.is_empty() {
            return Err(format!("{role} of split {name:?} stands there twice"));
        }
        *place = values;
        Ok(())
    }

    fn split_mut(&mut self, name: &str) -> &mut Split {
        let at = self
            .splits
            .iter()
            .position(|split| split.name == name)
            .unwrap_or_else(|| {
                self.splits.push(Split {
                    name: name.to_owned(),
                    ..Split::default()
                });
                self.splits.len() - 1
            });
        &mut self.splits[at]
    }

    fn check(&self) -> Result<(), String> {
        for split in &self.splits {
            if split.unseen.is_empty() {
                return Err(format!("split {:?} has no row of role unseen", split.name));
            }
            let all: Vec<&str> = split.withheld().collect();
            if let Some((_, twice)) = all
                .iter()
                .enumerate()
                .find(|(at, phrase)| all[..*at].contains(phrase))
            {
                return Err(format!("split {:?} has {twice:?} twice", split.name));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Splits, ListError> {
        Splits::parse(text, Path::new("splits.csv"))
    }

    #[test]
    fn roles_and_subjects() {
        let splits = parsed("split,role,values\nA,unseen,jump up;kick ball\nA,validation-unseen, bow \n*,test-subjects,msr:07;msr:08\n").unwrap();
        let split = splits.get("A").unwrap();
        assert_eq!(split.unseen, ["jump up", "kick ball"]);
        assert_eq!(split.validation_unseen, ["bow"]);
        assert_eq!(splits.test_subjects, ["msr:07", "msr:08"]);
        assert!(splits.get("B").is_none());
        assert!(splits.is_test("msr", "08"));
        assert!(!splits.is_test("msr", "8") && !splits.is_test("ucla", "08"));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let split = |name: &str, validation: &[&str]| Split {
            name: name.to_owned(),
            unseen: vec!["say \"hi\", twice".to_owned(), "bow".to_owned()],
            validation_unseen: validation
                .iter()
                .map(|phrase| (*phrase).to_owned())
                .collect(),
        };
        let splits = Splits {
            splits: vec![split("55/5", &["jump"]), split("48/12", &[])],
            test_subjects: vec!["ntu60:P003".to_owned()],
        };
        assert_eq!(parsed(&splits.to_csv()).unwrap(), splits);
    }

    #[test]
    fn a_phrase_that_nobody_performs_is_named_with_what_was_meant() {
        let splits = parsed("split,role,values\nM,unseen,kick bal;bow\n").unwrap();
        let split = splits.get("M").unwrap();
        let against = |known: &[&str]| split.check_known(known.iter().copied());
        assert_eq!(against(&["bow", "kick bal"]), Ok(()));
        let error = against(&["bow", "jump", "kick ball"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "split \"M\" names \"kick bal\", which is no phrase of the clips; expected one of theirs, such as \"kick ball\""
        );
        assert!(against(&[]).unwrap_err().to_string().contains("no clips"));
    }

    #[test]
    fn errors_name_the_line() {
        let message = |text: &str| {
            parsed(&format!("split,role,values\n{text}"))
                .unwrap_err()
                .to_string()
        };
        assert!(message("A,seen,jump").starts_with("splits.csv:2: role \"seen\""));
        assert!(
            message("A,unseen,jump\nA,unseen,bow")
                .starts_with("splits.csv:3: unseen of split \"A\" stands there twice")
        );
        assert!(message("A,unseen").contains("splits.csv:2"));
        assert!(message("A,unseen,;").starts_with("splits.csv:2: a row without"));
        assert!(message("A,unseen,bow;bow").contains("has \"bow\" twice"));
        assert!(message("A,validation-unseen,bow").contains("no row of role unseen"));
        assert!(message("A,test-subjects,x:1").contains("belong to split *"));
        assert!(message("*,test-subjects,7").contains("dataset:subject"));
        assert!(message("").starts_with("no split"));
        assert!(
            parsed("a,b\n1,2")
                .unwrap_err()
                .to_string()
                .contains("expected split,role,values")
        );
        assert!(parsed("").is_err());
    }
}

//! Scores on standard output, and what was answered to whom beside them.

use crate::evaluate::{Row, Scored};
use anyhow::Context as _;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// Where scores go as they come.
pub(super) struct Report<'a> {
    out: &'a mut dyn Write,
    phrases: &'a [String],
    view: String,
    answers: Option<Answers<'a>>,
}

/// The table of what was answered to whom, and its file.
pub(super) struct Answers<'a> {
    path: &'a Path,
    table: csv::Writer<File>,
}

impl<'a> Answers<'a> {
    /// Begins the table; what was there is gone.
    pub(super) fn create(path: &'a Path) -> anyhow::Result<Self> {
        let file =
            File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self {
            path,
            table: csv::Writer::from_writer(file),
        })
    }
}

impl<'a> Report<'a> {
    /// `phrases` are those that accuracies point into, `view` what features are made of.
    pub(super) fn new(
        out: &'a mut dyn Write,
        phrases: &'a [String],
        view: String,
        answers: Option<Answers<'a>>,
    ) -> Self {
        Self {
            out,
            phrases,
            view,
            answers,
        }
    }

    /// A line of JSON.
    pub(super) fn print(&mut self, row: &Row) -> anyhow::Result<()> {
        let row = Row {
            view: Some(self.view.clone()),
            ..row.clone()
        };
        writeln!(self.out, "{}", serde_json::to_string(&row)?)?;
        Ok(self.out.flush()?)
    }

    /// The same, and what was answered.
    pub(super) fn add(&mut self, scored: &Scored) -> anyhow::Result<()> {
        if let Some(Answers { path, table }) = &mut self.answers {
            let mut counts = BTreeMap::<(usize, usize), usize>::new();
            for (pair, clips) in scored.accuracies.iter().flat_map(|one| &one.answers) {
                *counts.entry(*pair).or_default() += clips;
            }
            for ((performed, answered), clips) in counts {
                let line = AnswersLine {
                    split: &scored.row.split,
                    setting: &scored.row.setting,
                    method: &scored.row.method,
                    variant: &scored.row.variant,
                    performed: &self.phrases[performed],
                    answered: &self.phrases[answered],
                    clips,
                };
                (table.serialize(line))
                    .with_context(|| format!("cannot write {}", path.display()))?;
            }
            // Whoever stops it half way has the answers of every row that was printed.
            (table.flush()).with_context(|| format!("cannot write {}", path.display()))?;
        }
        self.print(&scored.row)
    }
}

/// A line of the table.
#[derive(Debug, Serialize)]
struct AnswersLine<'a> {
    split: &'a str,
    setting: &'a str,
    method: &'a str,
    variant: &'a str,
    performed: &'a str,
    answered: &'a str,
    clips: usize,
}

//! What was performed against what was answered: a matrix, the share of each phrase, and both as a table.

use crate::phrases::{folded, undescribed};

/// What was performed, and what was answered or why nothing was.
pub type Answered<'a> = (&'a str, Result<&'a str, &'a str>);

/// What was performed against what was answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Confusion {
    /// What was performed, in the order in which it was marked first.
    pub labels: Vec<String>,
    /// What was answered: the labels first, then whatever else came up.
    pub answers: Vec<String>,
    /// `[label][answer]`, how often.
    pub counts: Vec<Vec<u32>>,
    /// Segments that could not be judged, and why.
    pub problems: Vec<String>,
}

impl Confusion {
    /// Counts what was performed, each time with what was answered or why nothing was.
    ///
    /// A phrase that was described after a dash since a segment was labelled is still that phrase.
    pub fn of<'a>(judged: impl IntoIterator<Item = Answered<'a>> + Clone) -> Self {
        let mut table = Self::default();
        let same = |a: &str, b: &str| folded(a) == folded(b);
        for (performed, _) in judged.clone() {
            if !table.labels.iter().any(|label| same(label, performed)) {
                table.labels.push(performed.to_owned());
            }
        }
        table.answers.clone_from(&table.labels);
        table.counts = vec![vec![0; table.answers.len()]; table.labels.len()];
        for (performed, answer) in judged {
            let answer = match answer {
                Ok(answer) => answer,
                Err(problem) => {
                    table.problems.push(format!("{performed}: {problem}"));
                    continue;
                }
            };
            let exact = table.answers.iter().position(|known| same(known, answer));
            let described = || {
                (table.answers.iter()).position(|known| undescribed(known) == undescribed(answer))
            };
            let column = exact.or_else(described);
            let column = column.unwrap_or_else(|| {
                table.answers.push(answer.to_owned());
                for row in &mut table.counts {
                    row.push(0);
                }
                table.answers.len() - 1
            });
            let row = table.labels.iter().position(|label| same(label, performed));
            if let Some(cell) = row.and_then(|row| table.counts.get_mut(row)?.get_mut(column)) {
                *cell += 1;
            }
        }
        table
    }

    /// A label's segments that were named right, and all of them that were judged.
    pub fn right(&self, label: usize) -> (u32, u32) {
        let row = self.counts.get(label).map_or(&[][..], Vec::as_slice);
        (row.get(label).copied().unwrap_or(0), row.iter().sum())
    }

    /// The mean over labels of the share that was named right, 0 to 1.
    pub fn accuracy(&self) -> f32 {
        let shares: Vec<f32> = (0..self.labels.len())
            .map(|label| self.right(label))
            .filter(|(_, all)| *all > 0)
            .map(|(right, all)| right as f32 / all as f32)
            .collect();
        shares.iter().sum::<f32>() / shares.len().max(1) as f32
    }

    /// The matrix as a table: a line for each label, a column for each answer, then its accuracy.
    pub fn csv(&self) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let head = std::iter::once("performed").chain(self.answers.iter().map(String::as_str));
        writer.write_record(head.chain(["accuracy"]))?;
        for (index, label) in self.labels.iter().enumerate() {
            let (right, all) = self.right(index);
            let mut row = vec![label.clone()];
            row.extend(
                self.counts
                    .iter()
                    .skip(index)
                    .take(1)
                    .flatten()
                    .map(u32::to_string),
            );
            row.push(if all == 0 {
                String::new()
            } else {
                format!("{:.4}", right as f32 / all as f32)
            });
            writer.write_record(row)?;
        }
        writer
            .into_inner()
            .map_err(|error| error.into_error().into())
    }
}

#[cfg(test)]
mod tests {
    use super::Confusion;

    #[test]
    fn a_phrase_that_was_described_since_is_the_phrase_that_was_marked() {
        let table = Confusion::of([
            ("wave", Ok("Wave - one arm, repeated")),
            ("bow - both arms", Ok("bow")),
            ("bow - one arm", Ok("bow - one arm")),
        ]);
        assert_eq!(table.answers, ["wave", "bow - both arms", "bow - one arm"]);
        assert_eq!(table.counts, [[1, 0, 0], [0, 1, 0], [0, 0, 1]]);
    }

    #[test]
    fn right_and_wrong_answers_are_counted_where_they_belong() {
        let table = Confusion::of([
            ("wave", Ok("Wave")),
            ("wave", Ok("throw")),
            ("kick, hard", Ok("kick, hard")),
            ("wave", Err("nobody is in view")),
        ]);
        assert_eq!(table.labels, ["wave", "kick, hard"]);
        assert_eq!(table.answers, ["wave", "kick, hard", "throw"]);
        assert_eq!(table.counts, [[1, 0, 1], [0, 1, 0]]);
        assert_eq!((table.right(0), table.right(1)), ((1, 2), (1, 1)));
        assert!((table.accuracy() - 0.75).abs() < 1e-6);
        assert_eq!(table.problems, ["wave: nobody is in view"]);
        let csv = String::from_utf8(table.csv().unwrap()).unwrap();
        assert_eq!(
            csv,
            "performed,wave,\"kick, hard\",throw,accuracy\nwave,1,0,1,0.5000\n\"kick, hard\",0,1,0,1.0000\n"
        );
    }
}

//! Rows of scores as Markdown tables, a line per method and a column per split.

use super::row::Row;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The method that every other one is measured against.
const YARDSTICK: &str = "ridge";

/// The rows of one method in one variant, by split.
#[derive(Debug)]
struct Line<'a> {
    method: &'a str,
    variant: &'a str,
    /// What its features are made of.
    view: Option<&'a str>,
    rows: BTreeMap<&'a str, &'a Row>,
}

/// All tables that the rows fill: zero-shot scores, generalised ones, choices, and the encoder's own; per class, or per sample
/// where the rows are [`Row::by_sample`]. Where a row comes twice, the later one counts.
pub fn markdown(rows: &[Row], is_by_sample: bool) -> String {
    let titles = [
        ("zsl", "Unseen phrases among themselves"),
        ("validation", "Validation phrases among themselves"),
        (
            "gzsl",
            "Seen and unseen together: seen / unseen / harmonic mean",
        ),
        ("seen", "The encoder on its own classes"),
    ];
    let counted = if is_by_sample {
        "per-sample"
    } else {
        "per-class"
    };
    let mut text = String::new();
    for (setting, title) in titles {
        let lines = lines(rows.iter().filter(|row| row.setting == setting));
        if !lines.is_empty() {
            text.extend(["**", title, ", ", counted, " accuracy, %**\n\n"]);
            text += &table(&lines, setting == "gzsl");
            text.push('\n');
        }
    }
    text
}

fn lines<'a>(rows: impl Iterator<Item = &'a Row>) -> Vec<Line<'a>> {
    let mut lines: Vec<Line<'a>> = Vec::new();
    for row in rows {
        let known = lines.iter_mut().find(|line| {
            (line.method, line.variant, line.view)
                == (&row.method, &row.variant, row.view.as_deref())
        });
        if let Some(line) = known {
            line.rows.insert(&row.split, row);
        } else {
            lines.push(Line {
                method: &row.method,
                variant: &row.variant,
                view: row.view.as_deref(),
                rows: BTreeMap::from([(row.split.as_str(), row)]),
            });
        }
    }
    lines
}

/// The score that a row is ranked by; `None` where nobody was tested, or not counted so.
fn score(row: &Row) -> Option<f64> {
    row.zsl.or(row.harmonic).or(row.seen)
}

impl Line<'_> {
    /// The mean over splits; `None` where not all of them are there.
    fn mean(&self, splits: &[&str]) -> Option<f64> {
        let scores: Option<Vec<f64>> = splits
            .iter()
            .map(|split| self.rows.get(split).and_then(|row| score(row)))
            .collect();
        let scores = scores.filter(|scores| !scores.is_empty())?;
        Some(scores.iter().sum::<f64>() / scores.len() as f64)
    }
}

fn table(lines: &[Line<'_>], is_generalised: bool) -> String {
    let mut splits: Vec<&str> = lines
        .iter()
        .flat_map(|line| line.rows.keys().copied())
        .collect();
    splits.sort_unstable();
    splits.dedup();
    let best_of_yardstick = lines
        .iter()
        .filter(|line| line.method == YARDSTICK)
        .filter_map(|line| line.mean(&splits))
        .fold(f64::NEG_INFINITY, f64::max);
    let mut text = "| method | what it reads and how it decides |".to_owned();
    for split in &splits {
        let _infallible = write!(text, " {split} |");
    }
    text += " mean | seconds |\n|---|---|";
    text += &"---|".repeat(splits.len() + 2);
    text.push('\n');
    let views: BTreeSet<Option<&str>> = lines.iter().map(|line| line.view).collect();
    for line in lines {
        // Only where it tells rows apart.
        let view = line.view.filter(|_| views.len() > 1);
        let view = view.map(|view| format!(" (`{view}`)")).unwrap_or_default();
        let _infallible = write!(text, "| {} | {}{view} |", line.method, line.variant);
        for split in &splits {
            let cell = line
                .rows
                .get(split)
                .map_or_else(|| "-".to_owned(), |row| cell(row, is_generalised));
            let _infallible = write!(text, " {cell} |");
        }
        let mean = line.mean(&splits);
        let behind = mean.is_some_and(|mean| line.method != YARDSTICK && mean < best_of_yardstick);
        let mean = mean.map_or_else(|| "-".to_owned(), |mean| format!("{:.1}", 100.0 * mean));
        let remark = if behind { " (behind ridge)" } else { "" };
        let seconds: f64 = line.rows.values().map(|row| row.seconds).sum();
        let _infallible = writeln!(text, " {mean}{remark} | {seconds:.0} |");
    }
    text
}

fn cell(row: &Row, is_generalised: bool) -> String {
    let Some(ranked) = score(row) else {
        return "-".to_owned();
    };
    let percent = |value: Option<f64>| 100.0 * value.unwrap_or_default();
    let mut cell = if is_generalised {
        format!(
            "{:.1} / {:.1} / {:.1}",
            percent(row.seen),
            percent(row.unseen),
            percent(row.harmonic)
        )
    } else {
        format!("{:.1}", 100.0 * ranked)
    };
    if row.seeds > 1 && row.deviation > 0.0 {
        let _infallible = write!(cell, " ± {:.1}", 100.0 * row.deviation);
    }
    if row.encoder_saw_unseen {
        cell.push('*');
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::markdown;
    use crate::evaluate::row::Row;

    fn row(method: &str, split: &str, zsl: f64) -> Row {
        let text = format!(
            r#"{{"method":"{method}","split":"{split}","setting":"zsl","variant":"words","seeds":5,"zsl":{zsl},"seen":null,
            "unseen":null,"harmonic":null,"deviation":0.02,"seconds":1.5,"clips":9,"encoder_saw_unseen":false}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn a_method_behind_ridge_says_so() {
        let rows = [
            row("synse", "A", 0.5),
            row("synse", "B", 0.7),
            row("ridge", "A", 0.4),
            row("ridge", "B", 0.3),
            row("jpose", "A", 0.2),
            row("jpose", "B", 0.3),
            row("devise", "A", 0.9),
        ];
        let text = markdown(&rows, false);
        for line in [
            "| method | what it reads and how it decides | A | B | mean | seconds |",
            "| synse | words | 50.0 ± 2.0 | 70.0 ± 2.0 | 60.0 | 3 |",
            "| ridge | words | 40.0 ± 2.0 | 30.0 ± 2.0 | 35.0 | 3 |",
            "| jpose | words | 20.0 ± 2.0 | 30.0 ± 2.0 | 25.0 (behind ridge) | 3 |",
            "| devise | words | 90.0 ± 2.0 | - | - | 2 |",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }

    #[test]
    fn what_features_are_made_of_stands_where_it_tells_rows_apart() {
        let of = |view: &str, zsl| Row {
            view: Some(view.to_owned()),
            ..row("ridge", "A", zsl)
        };
        let text = markdown(&[of("read", 0.3)], false);
        assert!(text.contains("| ridge | words | 30.0"), "{text}");
        let text = markdown(&[of("read", 0.3), of("fused", 0.2)], false);
        for line in ["| words (`read`) | 30.0", "| words (`fused`) | 20.0"] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }

    #[test]
    fn per_sample_accuracies_take_the_place_of_those_per_class() {
        let mut row = row("ridge", "A", 0.3);
        row.per_sample.zsl = Some(0.45);
        let text = markdown(&[row.clone().by_sample()], true);
        assert!(text.contains("per-sample accuracy"), "{text}");
        assert!(text.contains("| ridge | words | 45.0 | 45.0 |"), "{text}");
        // One of an older version has none.
        row.per_sample.zsl = None;
        let text = markdown(&[row.by_sample()], true);
        assert!(text.contains("| ridge | words | - | - |"), "{text}");
    }

    #[test]
    fn seen_and_unseen_stand_apart() {
        let mut both = row("synse", "A", 0.0);
        both.setting = "gzsl".into();
        (both.zsl, both.deviation) = (None, 0.0);
        (both.seen, both.unseen, both.harmonic) = (Some(0.5), Some(0.25), Some(1.0 / 3.0));
        let text = markdown(&[both], false);
        assert!(text.contains("| 50.0 / 25.0 / 33.3 | 33.3 |"), "{text}");
        assert!(markdown(&[], false).is_empty());
    }
}

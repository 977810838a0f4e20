//! A corpus whose features or words come from elsewhere: what another encoder, or other words, are worth.

use super::{Corpus, CorpusError};
use crate::language::{Language, SentenceEncoder};
use ndarray::{Array, Array2, Dimension};
use ndarray_npy::{ReadNpyError, read_npy};
use std::collections::BTreeMap;
use std::path::Path;

impl Corpus {
    /// Takes the clips' features from a table (`.npy`, single or double precision), a row per clip in the store's
    /// order: those of another encoder. The seen side's logits stay this encoder's.
    pub fn read_features(&mut self, path: &Path) -> Result<(), CorpusError> {
        let wrong = |reason: String| CorpusError::Features {
            path: path.to_owned(),
            reason,
        };
        let table: Array2<f32> = read_floats(path).map_err(|error| wrong(error.to_string()))?;
        if table.nrows() != self.labels.len() {
            return Err(wrong(format!(
                "{} rows of features, expected one for each of the store's {} clips",
                table.nrows(),
                self.labels.len()
            )));
        }
        if table.ncols() == 0 {
            return Err(wrong("features of no values".to_owned()));
        }
        if let Some(((row, column), value)) =
            table.indexed_iter().find(|(_, value)| !value.is_finite())
        {
            let place = format!("row {row}, column {column} is {value}, expected a finite number");
            return Err(wrong(place));
        }
        self.reads_cards = false;
        self.features = table.outer_iter().map(|row| row.to_vec()).collect();
        Ok(())
    }

    /// Reads the phrases anew as if each one's description were typed behind it after a dash, and lets `encoder` embed
    /// them. Where there is a description, it stands for the whole phrase.
    pub fn reword(
        &mut self,
        language: &Language,
        encoder: &SentenceEncoder,
        descriptions: &BTreeMap<String, String>,
    ) -> Result<(), CorpusError> {
        let read = |phrase: &String| match descriptions.get(phrase) {
            Some(description) => {
                let mut read = language.read(&format!("{phrase} - {description}"));
                read.text.clone_from(description);
                read
            }
            None => language.read(phrase),
        };
        let phrases: Vec<_> = self.phrases.iter().map(read).collect();
        self.vectors = language.embed_by(encoder, &phrases)?;
        let read: Vec<_> = super::DISTRACTORS
            .iter()
            .map(|phrase| language.read(phrase))
            .collect();
        self.distractors = language.embed_by(encoder, &read)?;
        Ok(())
    }
}

/// An array of numbers (`.npy`), single or double precision.
pub fn read_floats<D: Dimension>(path: &Path) -> Result<Array<f32, D>, ReadNpyError> {
    match read_npy::<_, Array<f32, D>>(path) {
        Err(ReadNpyError::WrongDescriptor(_)) => {
            let wide: Array<f64, D> = read_npy(path)?;
            Ok(wide.mapv(|value| value as f32))
        }
        other => other,
    }
}

/// Descriptions of phrases: a CSV file with the columns `phrase` and `description`, and maybe others.
pub fn read_descriptions(path: &Path) -> Result<BTreeMap<String, String>, CorpusError> {
    let wrong = |line: u64, reason: String| CorpusError::Pair {
        path: path.to_owned(),
        line,
        reason,
    };
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(path)
        .map_err(|error| wrong(1, error.to_string()))?;
    let header = reader
        .headers()
        .map_err(|error| wrong(1, error.to_string()))?
        .clone();
    let column = |name: &str| {
        let found = header.iter().position(|field| field == name);
        found.ok_or_else(|| wrong(1, format!("no column `{name}` in {header:?}")))
    };
    let (phrase, description) = (column("phrase")?, column("description")?);
    let mut descriptions = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            wrong(
                error.position().map_or(0, csv::Position::line),
                error.to_string(),
            )
        })?;
        let field = |column: usize| record.get(column).unwrap_or_default().to_owned();
        if field(description).is_empty() {
            let line = record.position().map_or(0, csv::Position::line);
            return Err(wrong(
                line,
                format!("`{}` has no description", field(phrase)),
            ));
        }
        descriptions.insert(field(phrase), field(description));
    }
    Ok(descriptions)
}

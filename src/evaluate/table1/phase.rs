//! The samples of one encoder: features, labels and logits, in the authors' files.

use super::error::ResourceError;
use super::npy::{numbers, rows};
use super::resources::SplitKind;
use std::path::{Path, PathBuf};

/// Features and their classes.
#[derive(Clone, Debug)]
pub struct Labelled {
    /// One per sample.
    pub features: Vec<Vec<f32>>,
    /// Each sample's class, from 0.
    pub labels: Vec<usize>,
}

/// What one encoder gave.
#[derive(Clone, Debug)]
pub struct Phase {
    /// Training samples of seen classes.
    pub training: Labelled,
    /// Test samples of unseen classes.
    pub unseen: Labelled,
    /// The encoder's logits of these, of all classes; empty in the test phase, where nobody needs them.
    pub unseen_logits: Vec<Vec<f32>>,
    /// Test samples: of all classes, or of seen ones only in the validation phase.
    pub everyone: Labelled,
    /// The encoder's logits of these, of all classes.
    pub everyone_logits: Vec<Vec<f32>>,
}

/// Which classes may stand where in a phase.
pub(super) struct Sides<'a> {
    pub(super) kind: SplitKind,
    pub(super) training: (&'a [usize], &'static str),
    pub(super) unseen: (&'a [usize], &'static str),
    pub(super) everyone: Option<(&'a [usize], &'static str)>,
}

impl Sides<'_> {
    /// Reads a phase; `everyone` names its features, labels and logits. Features are of `width`, or of one width.
    pub(super) fn read(
        &self,
        folder: &Path,
        everyone: [&str; 3],
        width: Option<usize>,
    ) -> Result<Phase, ResourceError> {
        let path = |name: &str| folder.join(format!("{name}.npy"));
        let training = self.labelled(
            [path("train"), path("train_label")],
            width,
            Some(self.training),
        )?;
        let width = training.features.first().map(Vec::len).or(width);
        let unseen = self.labelled([path("ztest"), path("z_label")], width, Some(self.unseen))?;
        let [features, labels, logits] = everyone.map(path);
        let everyone = self.labelled([features, labels], width, self.everyone)?;
        let outputs = |path: &Path, samples: usize| {
            let found = rows(path)?;
            shaped(path, &found, Some(samples), self.kind.classes)?;
            Ok::<_, ResourceError>(found)
        };
        Ok(Phase {
            unseen_logits: match self.everyone {
                Some(_) => outputs(&path("ztest_out"), unseen.labels.len())?,
                None => Vec::new(),
            },
            everyone_logits: outputs(&logits, everyone.labels.len())?,
            training,
            unseen,
            everyone,
        })
    }

    fn labelled(
        &self,
        [feature_path, label_path]: [PathBuf; 2],
        width: Option<usize>,
        side: Option<(&[usize], &'static str)>,
    ) -> Result<Labelled, ResourceError> {
        let labels = numbers(&label_path)?;
        let classes = self.kind.classes;
        for (row, &class) in labels.iter().enumerate() {
            let path = || label_path.clone();
            if class >= classes {
                return Err(ResourceError::UnknownClass {
                    path: path(),
                    row,
                    class,
                    classes,
                });
            }
            if let Some((_, side)) = side.filter(|(members, _)| !members.contains(&class)) {
                return Err(ResourceError::WrongSide {
                    path: path(),
                    row,
                    class,
                    side,
                });
            }
        }
        let features = rows(&feature_path)?;
        let width = width.or(features.first().map(Vec::len)).unwrap_or_default();
        shaped(&feature_path, &features, Some(labels.len()), width)?;
        Ok(Labelled { features, labels })
    }
}

/// Refuses a matrix of other extents, or an empty one.
pub(super) fn shaped(
    path: &Path,
    found: &[Vec<f32>],
    samples: Option<usize>,
    width: usize,
) -> Result<(), ResourceError> {
    let columns = found.first().map_or(0, Vec::len);
    let rows = samples.unwrap_or(found.len());
    if rows == found.len() && columns == width && rows > 0 && width > 0 {
        return Ok(());
    }
    Err(ResourceError::Shape {
        path: path.to_owned(),
        expected: format!(
            "{} rows of {width} values",
            samples.map_or("some".to_owned(), |n| n.to_string())
        ),
        found: format!("{} rows of {columns}", found.len()),
    })
}

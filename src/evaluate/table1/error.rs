//! What can be wrong with the authors' resources.

use std::path::PathBuf;

/// What is wrong with the authors' resources.
#[derive(Debug, thiserror::Error)]
pub enum ResourceError {
    /// A folder or file that should be there is not.
    #[error("{}: {expected} expected there", folder.display())]
    Missing {
        /// Where it was looked for.
        folder: PathBuf,
        /// What.
        expected: String,
    },
    /// A file that is no array of the right kind.
    #[error("{}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// An array of another shape.
    #[error("{}: expected {expected}, found {found}", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// What it should be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// NaN or infinity.
    #[error("{}: the value in row {row}, column {column} is not a finite number", path.display())]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// From 0.
        row: usize,
        /// From 0.
        column: usize,
    },
    /// A class below 0.
    #[error("{}: row {row} is {number}, expected a class from 0", path.display())]
    Negative {
        /// The file.
        path: PathBuf,
        /// From 0.
        row: usize,
        /// What is there.
        number: i64,
    },
    /// A class that does not exist.
    #[error("{}: row {row} is class {class}, but there are {classes} classes, from 0", path.display())]
    UnknownClass {
        /// The file.
        path: PathBuf,
        /// From 0.
        row: usize,
        /// What is there.
        class: usize,
        /// How many there are.
        classes: usize,
    },
    /// A class that the split has on the other side.
    #[error("{}: row {row} is class {class}, which is not one of the split's {side} classes", path.display())]
    WrongSide {
        /// The file.
        path: PathBuf,
        /// From 0.
        row: usize,
        /// What is there.
        class: usize,
        /// Which classes are expected.
        side: &'static str,
    },
    /// A class twice in a list of classes.
    #[error("{}: class {class} stands there twice", path.display())]
    Twice {
        /// The file.
        path: PathBuf,
        /// The class.
        class: usize,
    },
    /// A class that is to be seen and not to be seen.
    #[error("class {class} is in both {} and {}", first.display(), second.display())]
    Overlap {
        /// The class.
        class: usize,
        /// One list.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
}

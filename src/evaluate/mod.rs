//! Scores and tables: zero-shot learning on class splits, alone and with the gate.

pub mod kinect;
pub mod methods;
pub mod split;
pub mod zsl;

pub use self::methods::{Method, methods};
pub use self::split::Split;
pub use self::zsl::{Encoded, GzslScore, Samples, gzsl, zsl, zsl_for_selection};
pub use crate::align::accuracy::{Accuracy, harmonic_mean};

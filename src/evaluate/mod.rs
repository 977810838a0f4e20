//! Scores and tables: zero-shot learning on class splits, alone and with the gate.

pub mod confusion;
pub mod examples;
pub mod gzsl;
pub mod kinect;
pub mod methods;
pub mod row;
pub mod split;
pub mod summary;
pub mod table1;
pub mod zsl;

pub use self::confusion::Confusion;
pub use self::methods::ablation::Ablation;
pub use self::methods::{Method, methods};
pub use self::row::{Row, Scored};
pub use self::split::Split;
pub use self::zsl::{Samples, zsl, zsl_for_selection};
pub use crate::align::accuracy::{Accuracy, harmonic_mean};

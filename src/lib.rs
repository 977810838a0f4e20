//! SynSE Live: names what people do in front of a depth camera, including actions that no model was trained on.
//!
//! ```text
//! capture -> window -> encoder -> align -> gate -> prediction -> ui / recording
//!                                   ^
//! phrase -> language (split, motion card, embed) +
//! ```

pub mod align;
pub mod bundle;
pub mod capture;
pub mod cli;
pub mod device;
pub mod encoder;
pub mod evaluate;
pub mod gate;
pub mod language;
pub mod live;
pub mod phrases;
pub mod recognizer;
pub mod skeleton;
pub mod train;
#[cfg(feature = "ui")]
pub mod ui;
pub mod window;

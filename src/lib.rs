//! SynSE Live: names what people do in front of a depth camera, including actions that no model was trained on.
//!
//! ```text
//! capture -> window -> encoder -> align -> gate -> prediction -> ui / recording
//!                                   ^
//! phrase -> language (split, motion card, embed) +
//! ```
//!
//! A room imports only rooms before it in this list; `tests/it/architecture.rs` holds the table.
//!
//! | room | holds |
//! |---|---|
//! | [`whole_file`] | files that are there whole or not at all |
//! | [`skeleton`] | joints, bodies and frames: metres, Kinect v2 axes |
//! | [`phrases`] | phrases, motion cards, phrase lists and class splits |
//! | [`device`] | the one place that opens a GPU or the CPU |
//! | [`capture`] | sources of frames: the demo performer, recordings, Azure Kinect, Femto, Kinect v2, OSC; the hosts' stream |
//! | [`recording`] | sessions on disk as MCAP, readable after a crash; takes, and the file formats by which they come and go |
//! | [`window`] | sliding window, activity, resampling and normalisation to clips; a movement's kinematic measures, and the motion card that is read from it |
//! | [`prepare`] | raw data sets become clip stores |
//! | [`encoder`] | 4s-Shift-GCN: a clip becomes a feature, with the measures and the card beside it, and the logits of the seen classes |
//! | [`language`] | a phrase becomes verb, noun and motion card, and those become vectors |
//! | [`align`] | SynSE with its bilinear and card part, ridge regression and two towers: features against phrases |
//! | [`gate`] | seen or unseen |
//! | [`bundle`] | a trained model on disk |
//! | [`recognizer`] | the whole core as a value: frames in, predictions out |
//! | [`train`], [`evaluate`] | losses, schedules, checkpoints; every method behind one trait, scores |
//! | [`live`] | all threads and channels |
//! | [`ui`](crate), [`cli`] | the faces |
//!
//! Threads, and what runs between them:
//!
//! ```text
//! capture --ring of 64--> inference --bounded events--> face
//!  ^ |                    ^      |  ^
//!  | +-ring of 1-> screen |      |  +--decisions-- phrases
//!  | |                 commands  +----ring of 1------^
//!  | |                           +----ring of 1--> judging
//!  | +-ring of 4096-> recorder <-what happens-- inference
//!  +-pipe-- a camera's SDK, in a process of its own
//! ```
//!
//! One owner per piece of state and no mutex. A decision is plain numbers, made beside inference and swapped in whole,
//! so that predictions never pause for an edit. Segments of a recording are judged by an encoder of their own over the
//! same weights, so that they do not pause for that either. The window has threads of its own besides: a
//! writer, which keeps what is saved in order, one for each file dialog, file read or recording answered again, and one
//! that keeps the display awake for an audience.

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
pub mod prepare;
pub mod recognizer;
pub mod recording;
pub mod skeleton;
pub mod train;
#[cfg(feature = "ui")]
pub mod ui;
pub mod whole_file;
pub mod window;

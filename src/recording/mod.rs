//! What is kept of a performance: sessions, takes, and the file formats by which they come and go.
//!
//! | module | holds |
//! |---|---|
//! | [`session`] | sessions on disk: everything that is needed to replay them exactly, readable after a crash |
//! | [`marks`] | marked segments of a session |
//! | [`take`] | a take: frames, their rate, and whom and what they show |
//! | [`examples`] | examples of phrases, beside a phrase list and by their fingerprints |
//! | [`export`] | takes to `.skeleton`, CSV, Parquet, JSON, BVH and clip stores |
//! | [`import`] | takes from all of these, as this program and others write them |

pub mod examples;
mod exchange_error;
pub mod export;
pub mod import;
pub mod marks;
mod mcap;
pub mod session;
pub mod take;
mod take_json;

pub use self::exchange_error::ExchangeError;

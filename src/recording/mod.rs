//! What is kept of a performance: sessions, takes, and the file formats by which they come and go.
//!
//! | module | holds |
//! |---|---|
//! | [`session`] | sessions on disk: everything that is needed to replay them exactly, readable after a crash |
//! | [`take`] | a take: frames, their rate, and whom and what they show |
//! | [`export`] | takes to `.skeleton`, CSV, Parquet, JSON, BVH and clip stores |
//! | [`import`] | takes from all of these, as this program and others write them |

mod exchange_error;
pub mod export;
pub mod import;
mod mcap;
pub mod session;
pub mod take;
mod take_json;

pub use self::exchange_error::ExchangeError;

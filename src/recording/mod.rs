//! Sessions on disk: everything that is needed to replay them exactly, readable after a crash.

mod mcap;
pub mod session;

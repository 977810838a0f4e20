//! All integration tests, in one binary. Each room adds its own file.

#[cfg(feature = "ui")]
mod ui;

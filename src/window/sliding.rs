//! Keeps the last seconds of each body.

//! All integration tests, in one binary. Each room adds its own file.
#[cfg(test)]
mod motion;

//! The demo performer: a person of ours, animated in code, for machines with no camera and no recordings.

use crate::capture::{CaptureError, Source};
use crate::skeleton::Frame;

/// An endless performance.
#[derive(Debug)]
pub struct Demo;

impl Demo {
    /// The performance of a seed.
    pub fn new(_seed: u64) -> Self {
        Self
    }
}

impl Source for Demo {
    fn name(&self) -> String {
        "demo".to_owned()
    }
    fn fps(&self) -> f32 {
        30.0
    }
    fn next_frame(&mut self) -> Result<Option<Frame>, CaptureError> {
        Ok(None)
    }
}

//! From a stream of frames to clips: sliding window, activity, resampling, normalisation.

pub mod clip;

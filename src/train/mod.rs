//! Data sets, losses, schedules and checkpoints.

pub mod encoder;

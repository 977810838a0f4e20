//! Data sets, losses, schedules and checkpoints.

pub mod align;
pub mod encoder;
pub mod gate;

//! Data sets, losses, schedules and checkpoints.

pub mod align;
pub mod bundle;
pub mod corpus;
pub mod encoder;
pub mod foreign;
pub mod gate;

//! Data sets, losses, schedules and checkpoints.

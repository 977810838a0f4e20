//! How long a host may take for what it does.

use std::time::Duration;

/// How long a host may take for what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostLimits {
    /// To its hello: a body tracker may load its network for a minute.
    pub open: Duration,
    /// To its hello where it says that it prepares something: building an engine for `TensorRT` takes many minutes.
    pub prepare: Duration,
    /// From one sign of life to the next.
    pub silence: Duration,
    /// From the start on, for a camera that is not there and never was; zero has it fail at once.
    pub absent: Duration,
    /// Before it is started again for the first time; each further time twice that.
    pub first_pause: Duration,
    /// Before it is started again, at most.
    pub longest_pause: Duration,
    /// From being asked to end to being killed.
    pub grace: Duration,
}

impl Default for HostLimits {
    fn default() -> Self {
        Self {
            open: Duration::from_mins(2),
            prepare: Duration::from_mins(20),
            silence: Duration::from_secs(5),
            absent: Duration::MAX,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(8),
            grace: Duration::from_millis(600),
        }
    }
}

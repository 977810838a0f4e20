//! What a host started ends with it, and all of it with this program, however that ends.

use std::process::Child;

/// A host's process with all that it starts.
#[derive(Debug)]
pub(super) struct Family {
    #[cfg(unix)]
    group: rustix::process::Pid,
    #[cfg(windows)]
    job: Option<win32job::Job>,
}

#[cfg(unix)]
impl Family {
    /// Of a process that leads a group of its own.
    pub(super) fn of(process: &Child) -> Self {
        let group = rustix::process::Pid::from_child(process);
        Self { group }
    }

    /// Kills all of it. The process must not have been waited for, so that its number still means the group.
    pub(super) fn kill(&self, process: &mut Child) {
        use rustix::process::{Signal, kill_process_group};
        kill_process_group(self.group, Signal::KILL).ok();
        // It may have ended by itself.
        process.kill().ok();
    }
}

#[cfg(windows)]
impl Family {
    /// Puts a process in a job that the system ends with us: it has only just begun, and has started nothing yet.
    pub(super) fn of(process: &Child) -> Self {
        let job = job_of(process);
        if let Err(error) = &job {
            // One that is over already cannot be put anywhere.
            tracing::warn!("what a capture host starts may outlive this program: {error}");
        }
        Self { job: job.ok() }
    }

    /// Kills all of it.
    pub(super) fn kill(&mut self, process: &mut Child) {
        // Its only handle closes, as it does when this program is killed.
        self.job = None;
        process.kill().ok();
    }
}

#[cfg(windows)]
fn job_of(process: &Child) -> Result<win32job::Job, win32job::JobError> {
    use std::os::windows::io::AsRawHandle as _;
    let mut limits = win32job::ExtendedLimitInfo::new();
    limits.limit_kill_on_job_close();
    let job = win32job::Job::create_with_limit_info(&limits)?;
    job.assign_process(process.as_raw_handle() as isize)?;
    Ok(job)
}

#[cfg(not(any(unix, windows)))]
impl Family {
    /// Of a process; what it starts is not known here.
    pub(super) fn of(_process: &Child) -> Self {
        Self {}
    }

    /// Kills the process.
    pub(super) fn kill(&mut self, process: &mut Child) {
        process.kill().ok();
    }
}

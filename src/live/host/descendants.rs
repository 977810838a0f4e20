//! Who descends from a process: its children, theirs, and so on, as `/proc` tells.

use rustix::process::{Pid, Signal, kill_process};
use std::fs;

/// All that descend from a process, itself left out. What begins while this looks may be missed.
pub(super) fn descendants(of: Pid) -> Vec<Pid> {
    let mut rest = all_processes();
    let mut found = vec![of];
    let mut looked_at = 0;
    while looked_at < found.len() {
        let parent = found[looked_at];
        rest.retain(|(process, its_parent)| {
            let is_child = *its_parent == parent;
            if is_child {
                found.push(*process);
            }
            !is_child
        });
        looked_at += 1;
    }
    found.split_off(1)
}

/// Sends a signal to all that descend from a process; how many there were.
pub(super) fn signal_descendants(of: Pid, signal: Signal) -> usize {
    let found = descendants(of);
    for process in &found {
        // It may have ended meanwhile, or be another user's.
        kill_process(*process, signal).ok();
    }
    found.len()
}

/// Every process that there is, and its parent.
fn all_processes() -> Vec<(Pid, Pid)> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let id = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read(entry.path().join("stat")).ok()?;
            Some((Pid::from_raw(id)?, parent_in(&stat)?))
        })
        .collect()
}

/// The parent in `/proc/ID/stat`: `ID (NAME) STATE PARENT ...`, where the name may be anything at all.
fn parent_in(stat: &[u8]) -> Option<Pid> {
    let name_ends = stat.iter().rposition(|byte| *byte == b')')?;
    let rest = str::from_utf8(&stat[name_ends + 1..]).ok()?;
    Pid::from_raw(rest.split_ascii_whitespace().nth(1)?.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::{descendants, parent_in, signal_descendants};
    use rustix::process::{Pid, Signal};
    use std::io::Read as _;
    use std::process::{Command, Stdio};

    #[test]
    fn a_name_may_look_like_the_rest_of_the_line() {
        let parent = |stat: &[u8]| parent_in(stat).map(Pid::as_raw_pid);
        assert_eq!(parent(b"12 (sh) S 7 12 12 0"), Some(7));
        assert_eq!(parent(b"12 (a) S 3 (\xff) Z 7 12"), Some(7));
        // The first process has no parent.
        assert_eq!(parent(b"1 (init) S 0 1 1 0"), None);
        for odd in [&b""[..], b"12", b"12 (sh)", b"12 (sh) S", b"12 (sh) S x"] {
            assert_eq!(parent(odd), None);
        }
    }

    #[test]
    fn grandchildren_are_found_and_end() {
        // The last line that it says is said when all of them run.
        let line = "sleep 60 & (sleep 60 & echo x; wait) & wait";
        let mut parent = Command::new("/bin/sh")
            .args(["-c", line])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = parent.stdout.take().unwrap();
        output.read_exact(&mut [0; 2]).unwrap();
        let id = Pid::from_child(&parent);
        assert_eq!(descendants(id).len(), 3);
        assert_eq!(signal_descendants(id, Signal::KILL), 3);
        // Closed by all of them.
        output.read_to_end(&mut Vec::new()).unwrap();
        parent.wait().unwrap();
        assert_eq!(descendants(id), []);
    }
}

//! A program for Windows that plays what a command sends, `host COMMAND`, for ever; as `host --count FILE` it writes a number
//! into a file ten times a second, and takes notice of nothing.

#[path = "SOURCES/capture/mod.rs"]
pub mod capture;
#[path = "SOURCES/skeleton/mod.rs"]
pub mod skeleton;
#[path = "SOURCES/whole_file.rs"]
pub mod whole_file;
pub mod live {
    #[path = "SOURCES/live/host/mod.rs"]
    pub mod host;
    #[path = "SOURCES/live/pace.rs"]
    pub mod pace;
    #[path = "SOURCES/live/ring.rs"]
    pub mod ring;
}

use capture::Source as _;
use live::host::{HostCommand, HostLimits, Hosted};
use std::time::Duration;

fn main() {
    let first = std::env::args().nth(1).unwrap();
    if first == "--count" {
        let path = std::env::args().nth(2).unwrap();
        for count in 0..600 {
            std::fs::write(&path, count.to_string()).unwrap();
            std::thread::sleep(Duration::from_millis(100));
        }
        return;
    }
    let command = HostCommand::shell(first);
    let mut host = Hosted::start("exec".to_owned(), command, HostLimits::default()).unwrap();
    loop {
        host.step(Duration::from_secs(1)).unwrap();
    }
}

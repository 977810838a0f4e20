//! The display stays on while something is presented to an audience.

use crossbeam_channel::{Sender, bounded};
use std::thread;

/// As long as this lives the display does not go dark for want of a key stroke, where the desktop lets itself be asked.
#[derive(Debug)]
pub(super) struct Awake {
    /// Nothing is ever sent: what waits for it ends when it is dropped.
    _held: Sender<()>,
}

impl Awake {
    /// Asks the desktop, beside the window: its answer may be slow to come, and Windows takes note of the thread that asks.
    pub(super) fn begin() -> Self {
        let (held, let_go) = bounded(0);
        let keep = move || {
            let asked = keepawake::Builder::default()
                .display(true)
                .reason("presenting to an audience")
                .app_name("SynSE Live")
                .app_reverse_domain("synse.live")
                .create();
            match asked {
                Ok(_until_let_go) => drop(let_go.recv()),
                Err(error) => tracing::warn!("the display may go dark while presenting: {error}"),
            }
        };
        if let Err(error) = thread::Builder::new().name("awake".to_owned()).spawn(keep) {
            tracing::warn!("the display may go dark while presenting: {error}");
        }
        Self { _held: held }
    }
}

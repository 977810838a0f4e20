//! `synse` without a command: the window, or the terminal where there is no display.

use super::Outcome;
#[cfg(feature = "ui")]
use super::desktop::open_window;
use super::options::{
    GateArg, HeadArg, ListArgs, ModelArgs, PhraseArgs, SourceArgs, THRESHOLD, parse_probability,
};
use super::watch;
use std::io::Write;

/// Options of the window.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) source: SourceArgs,
    #[command(flatten)]
    pub(super) model: ModelArgs,
    #[command(flatten)]
    pub(super) list: ListArgs,
}

impl Args {
    /// The same for the terminal.
    pub(super) fn watch(self) -> watch::Args {
        watch::Args {
            source: self.source,
            model: self.model,
            phrases: PhraseArgs {
                phrase: Vec::new(),
                list: self.list,
                head: HeadArg::Cosine,
                gate: GateArg::Hard,
            },
            threshold: parse_probability(THRESHOLD).unwrap_or_default(),
            json: false,
            fast: false,
        }
    }
}

/// Opens the window, or watches where that cannot be.
pub(super) fn run(args: Args, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    if let Some(problem) = display_problem() {
        return watch::instead_of_window(&problem, &args.watch(), out);
    }
    open_window(args, out)
}

#[cfg(not(feature = "ui"))]
fn open_window(args: Args, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    watch::instead_of_window("this build has no window", &args.watch(), out)
}

/// Why no window can be opened, if that is known beforehand.
pub(super) fn display_problem() -> Option<String> {
    if cfg!(not(feature = "ui")) {
        return Some("this build has no window".into());
    }
    if cfg!(not(all(unix, not(target_os = "macos")))) {
        return None;
    }
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    (!set("DISPLAY") && !set("WAYLAND_DISPLAY") && !set("WAYLAND_SOCKET"))
        .then(|| "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)".into())
}

//! `synse` without a command: the window, or the terminal where there is no display.

use super::options::{GateArg, HeadArg, ModelArgs, PhraseArgs, THRESHOLD, parse_probability};
use super::watch::{self, parse_source};
use super::Outcome;
#[cfg(feature = "ui")]
use crate::bundle;
#[cfg(feature = "ui")]
use crate::device;
#[cfg(feature = "ui")]
use crate::phrases::{PhraseEntry, list};
use std::io::Write;
#[cfg(feature = "ui")]
use std::path::Path;
use std::path::PathBuf;

/// Options of the window.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct Args {
    /// What to play: demo, replay:FILE.skeleton, replay:STORE#CLIP.
    #[arg(long, default_value = "demo", value_parser = parse_source)]
    source: String,
    #[command(flatten)]
    model: ModelArgs,
    /// A file of phrases, one per line: `phrase | verb | noun | motion words`, `#` comments.
    #[arg(long, value_name = "FILE")]
    phrases: Option<PathBuf>,
}

impl Args {
    fn watch(self) -> watch::Args {
        watch::Args {
            source: self.source,
            model: self.model,
            phrases: PhraseArgs {
                phrase: Vec::new(),
                phrases: self.phrases,
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
        return watch::instead_of_window(&problem, args.watch(), out);
    }
    open_window(args, out)
}

#[cfg(feature = "ui")]
fn open_window(args: Args, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    use crate::live::stages::Stages;
    use crate::live::{Session, SessionOptions};
    use crate::ui::backend::Backend;
    use crate::ui::{self, UiError};
    use std::cell::Cell;
    use std::rc::Rc;

    let phrases = read_phrases(args.phrases.as_deref())?;
    let options = ui::Options {
        source: args.source.clone(),
        bundle: args.model.bundle.clone(),
        phrases,
    };
    // Before the window makes a graphics instance of its own: drivers dislike two threads that do so at once.
    let device = device::open(&args.model.device)?;
    let bundle = args.model.bundle.as_deref().map(|wanted| bundle::find(Some(wanted)));
    let bundle = bundle.transpose()?;
    let source = Some(args.source.clone()).filter(|source| !source.is_empty());
    let opened = Rc::new(Cell::new(false));
    let noted = Rc::clone(&opened);
    let shown = ui::show(&options, move |state, wake| {
        noted.set(true);
        let options = SessionOptions {
            source,
            bundle,
            phrases: state.phrases.entries().to_vec(),
            head: state.settings.head,
            gate: state.settings.gate,
            threshold: state.settings.threshold,
            fast: false,
        };
        Session::start(Stages::new(device), options, wake)
            .map(|session| Box::new(session) as Box<dyn Backend>)
            .map_err(|error| format!("the worker threads could not be started: {error}"))
    });
    match shown {
        Ok(()) => Ok(Outcome::Done),
        Err(UiError::Window(error)) if !opened.get() => {
            let problem = format!("no window can be opened here ({error})");
            watch::instead_of_window(&problem, args.watch(), out)
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(feature = "ui")]
fn read_phrases(path: Option<&Path>) -> anyhow::Result<Option<Vec<PhraseEntry>>> {
    let list = path.map(list::read).transpose()?;
    Ok(list.map(|list| list.entries))
}

#[cfg(not(feature = "ui"))]
fn open_window(args: Args, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    watch::instead_of_window("this build has no window", args.watch(), out)
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

//! Opens the window over a session.

use super::Outcome;
use super::watch;
use super::window::Args;
use crate::bundle;
use crate::device;
use crate::live::stages::Stages;
use crate::live::{Session, SessionOptions};
use crate::recording::examples;
use crate::ui::backend::Backend;
use crate::ui::{self, UiError};
use std::cell::Cell;
use std::io::Write;
use std::rc::Rc;

/// Shows the window until it is closed; where none can be opened, watches in the terminal.
pub(super) fn open_window(args: Args, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let mut entries = args.list.entries()?;
    if let (Some(list), Some(entries)) = (&args.list.phrases, &mut entries)
        && examples::are_beside(list)
    {
        examples::attach(&examples::beside(list), entries)?;
    }
    let options = ui::Options {
        source: args.source.source.clone(),
        bundle: args.model.bundle.clone(),
        phrases: entries,
    };
    // Before the window makes a graphics instance of its own: drivers dislike two threads that do so at once.
    let device = device::open(&args.model.device)?;
    let wanted = args.model.bundle.as_deref();
    let bundle = wanted
        .map(|wanted| bundle::find(Some(wanted)))
        .transpose()?;
    let source = Some(args.source.source.clone()).filter(|source| !source.is_empty());
    let opened = Rc::new(Cell::new(false));
    let noted = Rc::clone(&opened);
    let shown = ui::show(&options, move |state, wake| {
        noted.set(true);
        let options = SessionOptions {
            source,
            bundle,
            phrases: state.phrases.entries().to_vec(),
            head: state.settings.head,
            by_examples: state.settings.by_examples,
            gate: state.settings.gate,
            threshold: state.settings.threshold,
            record: state
                .settings
                .record_at_start
                .then(ui::settings::record_folder),
            levelled: state.settings.levelled,
            fast: false,
            // There is something to look at while the phrases are read.
            phrases_first: false,
        };
        Session::start(Stages::new(device), options, wake)
            .map(|session| Box::new(session) as Box<dyn Backend>)
            .map_err(|error| format!("the worker threads could not be started: {error}"))
    });
    match shown {
        Ok(()) => Ok(Outcome::Done),
        Err(UiError::Window(error)) if !opened.get() => {
            let problem = format!("no window can be opened here ({error})");
            watch::instead_of_window(&problem, &args.watch(), out)
        }
        Err(error) => Err(error.into()),
    }
}

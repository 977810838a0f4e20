//! Files that the window writes again and again, in the order in which it asks for them.

use crate::ui::files::{Answer, Request, perform};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use std::collections::VecDeque;
use std::mem::discriminant;
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

/// What is to be written by one thread, so that the newest is what stays on disk. Of what waits for one file, only the
/// newest is written.
#[derive(Default)]
pub(super) struct Writer {
    waiting: VecDeque<Request>,
    thread: Option<(Sender<Request>, JoinHandle<()>)>,
}

impl Writer {
    /// Whether this is written here.
    pub(super) fn takes(request: &Request) -> bool {
        target(request).is_some()
    }

    /// Takes a request; [`Self::go_on`] has it done.
    pub(super) fn push(&mut self, request: Request) {
        self.waiting.retain(|other| {
            target(other) != target(&request) || discriminant(other) != discriminant(&request)
        });
        self.waiting.push_back(request);
    }

    /// Passes on what waits as far as the disk takes it, without waiting for it.
    pub(super) fn go_on(
        &mut self,
        answers: &Sender<Answer>,
        wake: &Arc<dyn Fn() + Send + Sync>,
    ) -> std::io::Result<()> {
        while let Some(request) = self.waiting.pop_front() {
            let (requests, _) = match &self.thread {
                Some(thread) => thread,
                None => self
                    .thread
                    .insert(start(answers.clone(), Arc::clone(wake))?),
            };
            match requests.try_send(request) {
                Ok(()) => {}
                // The next answer calls for the rest.
                Err(TrySendError::Full(request)) => {
                    self.waiting.push_front(request);
                    break;
                }
                Err(TrySendError::Disconnected(request)) => {
                    self.waiting.push_front(request);
                    self.thread = None;
                }
            }
        }
        Ok(())
    }

    /// Waits until all is written; nobody may be left who must read answers.
    pub(super) fn finish(&mut self) {
        let Some((requests, thread)) = self.thread.take() else {
            return;
        };
        for request in self.waiting.drain(..) {
            requests.send(request).ok();
        }
        drop(requests);
        if thread.join().is_err() {
            tracing::error!("the thread that writes files panicked; its message stands above");
        }
    }
}

/// The file that a request writes again and again.
fn target(request: &Request) -> Option<&Path> {
    match request {
        Request::WriteMarks(path, _) | Request::WritePhrases(path, _) | Request::Keep(path, _) => {
            Some(path)
        }
        _ => None,
    }
}

fn start(
    answers: Sender<Answer>,
    wake: Arc<dyn Fn() + Send + Sync>,
) -> std::io::Result<(Sender<Request>, JoinHandle<()>)> {
    let (requests, orders): (_, Receiver<Request>) = bounded(1);
    let work = move || {
        for request in orders {
            let answer = perform(request);
            // The window may have closed; what it asked for is written all the same.
            if answers.send(answer).is_ok() {
                wake();
            }
        }
    };
    let thread = thread::Builder::new()
        .name("writer".to_owned())
        .spawn(work)?;
    Ok((requests, thread))
}

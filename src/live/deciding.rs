//! The phrases thread: it reads, embeds and decides phrase lists beside inference, always the newest.

use super::Event;
use super::outbox::Outbox;
use super::recorded;
use super::ring::Consumer;
use super::stages::LoadReader;
use crate::align::{Decision, Head};
use crate::phrases::{Phrase, PhraseEntry};
use crate::recognizer::decisions::{
    DecideError, PhraseDecision, PhraseMap, PhraseReader, SharedAligner, decide_by_examples,
    decide_seen, phrase_map, read_entries, taking_part,
};
use crate::recognizer::{ExampleEncoder, ExampleFeatures};
use crate::recording::session::{Change, PhraseRecord};
use crossbeam_channel::Sender;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Everything that a decision is made from, so that a newer request replaces an older one whole.
pub(super) struct Request {
    pub(super) entries: Vec<PhraseEntry>,
    pub(super) head: Head,
    /// `None` while there is no bundle: phrases are read, but nothing can be decided.
    pub(super) aligner: Option<SharedAligner>,
    /// The bundle's seen classes, in the order of its logits.
    pub(super) seen: Vec<Arc<str>>,
    /// Counts the bundles, so that a decision never meets another bundle's features.
    pub(super) bundle: u64,
    /// Whether the phrases' examples take part.
    pub(super) by_examples: bool,
    /// What makes features of examples, where they take part and it was not handed over for this bundle yet.
    pub(super) encoder: Option<ExampleEncoder>,
    /// When it was asked for.
    pub(super) since: Instant,
}

/// What became of a request.
#[derive(Debug)]
pub(super) struct Decided {
    pub(super) phrases: Vec<(u64, Phrase)>,
    /// Or in plain words why none can be made; `None` where there is no bundle to make it for, or nothing that reads phrases.
    pub(super) decision: Option<Result<PhraseDecision, String>>,
    /// The entries that were left out, and why.
    pub(super) problems: Vec<String>,
    pub(super) bundle: u64,
    /// What it was made of, for a recording.
    pub(super) made_of: Change,
    /// Whether there is what makes features of examples for that bundle.
    pub(super) encodes: bool,
    pub(super) took: Duration,
}

/// What is kept from one request to the next, each with its bundle's number.
#[derive(Default)]
struct Kept {
    /// The seen classes' decision: it is made once, since no edit changes it.
    seen: Option<(u64, Decision)>,
    /// What makes features of examples.
    encoder: Option<(u64, ExampleEncoder)>,
}

/// Works until the session ends.
pub(super) fn run(
    load: LoadReader,
    requests: &Consumer<Request>,
    decided: &Sender<Decided>,
    outbox: &Outbox,
) {
    // A missing text encoder is told once per edit, so that it cannot be overlooked.
    let reader = load();
    let mut kept = Kept::default();
    while requests.doorbell().recv().is_ok() {
        let mut last = None;
        while let Some(mut request) = requests.pop() {
            if let Some(encoder) = request.encoder.take() {
                kept.encoder = Some((request.bundle, encoder));
            }
            let answer = match &reader {
                Ok(reader) => answer(reader.as_ref(), &request, &mut kept),
                Err(problem) => Decided {
                    phrases: Vec::new(),
                    decision: None,
                    problems: vec![format!("phrases cannot be read: {problem}")],
                    bundle: request.bundle,
                    made_of: made_of(&request),
                    encodes: false,
                    took: request.since.elapsed(),
                },
            };
            let decision = answer.decision.clone().and_then(Result::ok);
            last = decision.map(|decision| (request, decision, answer.phrases.clone()));
            if decided.send(answer).is_err() {
                return;
            }
        }
        // Only when nobody waits for a decision: a map is to look at, and may come a moment later.
        if let (Ok(reader), Some((request, decision, phrases))) = (&reader, last)
            && !outbox.insist(Event::Map(map(
                reader.as_ref(),
                &request,
                &decision,
                &phrases,
            )))
        {
            return;
        }
    }
}

fn made_of(request: &Request) -> Change {
    Change::Decision {
        head: recorded::name_of(request.head),
        by_examples: request.by_examples,
        phrases: request.entries.iter().map(PhraseRecord::from).collect(),
    }
}

/// The map of a decision; a list that could be decided on can be shown.
fn map(
    reader: &dyn PhraseReader,
    request: &Request,
    decision: &PhraseDecision,
    phrases: &[(u64, Phrase)],
) -> Option<Arc<PhraseMap>> {
    let aligner = request.aligner.as_ref()?;
    let entries = taking_part(&request.entries, phrases);
    match phrase_map(reader, aligner.as_ref(), &entries, decision) {
        Ok(map) => map.map(Arc::new),
        Err(error) => {
            tracing::warn!("the latent map cannot be made: {error}");
            None
        }
    }
}

fn answer(reader: &dyn PhraseReader, request: &Request, kept: &mut Kept) -> Decided {
    let (phrases, mut problems) = read_entries(reader, &request.entries);
    let none = ExampleFeatures::new();
    let encoder = kept.encoder.as_mut();
    let encoder = encoder.filter(|(bundle, _)| *bundle == request.bundle);
    let encodes = encoder.is_some();
    let features = match encoder {
        Some((_, encoder)) if request.by_examples => {
            let (features, left_out) = encoder.features(&request.entries);
            problems.extend(left_out);
            features
        }
        _ => &none,
    };
    let decision = request.aligner.as_ref().map(|aligner| {
        let entries = taking_part(&request.entries, &phrases);
        let seen = seen_side(reader, aligner, request, &mut kept.seen);
        let head = request.head;
        seen.and_then(|seen| {
            decide_by_examples(reader, aligner.as_ref(), &entries, head, seen, features)
        })
        .map_err(|error| error.to_string())
    });
    Decided {
        phrases,
        decision,
        problems,
        bundle: request.bundle,
        made_of: made_of(request),
        encodes,
        took: request.since.elapsed(),
    }
}

fn seen_side<'a>(
    reader: &dyn PhraseReader,
    aligner: &SharedAligner,
    request: &Request,
    kept: &'a mut Option<(u64, Decision)>,
) -> Result<&'a Decision, DecideError> {
    let known = kept.take().filter(|(bundle, _)| *bundle == request.bundle);
    let (_, seen) = match known {
        Some(known) => kept.insert(known),
        None => kept.insert((
            request.bundle,
            decide_seen(reader, aligner.as_ref(), &request.seen)?,
        )),
    };
    Ok(seen)
}

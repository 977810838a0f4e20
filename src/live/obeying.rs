//! The inference thread does what the face asks for, or passes it on.

use super::inference::{Flow, Inference};
use super::judging::JudgeOrder;
use super::playing::Order;
use super::recorded::RecorderOrder;
use super::{Command, Event, Take};
use std::time::Instant;

impl Inference {
    /// Does what was asked for at that moment, or passes it on.
    pub(super) fn obey(&mut self, command: Command, at: Instant) -> Flow {
        match command {
            Command::OpenSource(text) => return self.order(Order::Open(text)),
            Command::Pause => return self.order(Order::Pause),
            Command::Resume => return self.order(Order::Resume),
            Command::LoadBundle(folder) => return self.load_bundle(Some(&folder)),
            Command::StartRecording(to) => return self.record(RecorderOrder::Start(to), at),
            Command::StopRecording => return self.record(RecorderOrder::Stop, at),
            Command::Mark(label) => return self.record(RecorderOrder::Mark(label), at),
            Command::BeginSegment(label) => return self.record(RecorderOrder::Begin(label), at),
            Command::EndSegment => return self.record(RecorderOrder::End, at),
            Command::Judge(takes) => return self.judge(takes),
            Command::StopJudging => return Flow::from(self.lines.judging.push(JudgeOrder::Stop)),
            Command::Move(transport) => return self.order(Order::Move(transport)),
            Command::SetLevelled(levelled) => return self.order(Order::Level(levelled)),
            Command::SetPhrases(entries) => {
                self.options.phrases = entries;
                self.lines.notes.phrases(&self.options, at);
                return self.request();
            }
            Command::SetHead(head) => {
                self.options.head = head;
                self.lines.notes.settings(&self.options, at);
                return self.request();
            }
            Command::SetByExamples(by_examples) => {
                self.options.by_examples = by_examples;
                self.lines.notes.settings(&self.options, at);
                return self.request();
            }
            Command::SetGate(gate) => self.options.gate = gate,
            Command::SetThreshold(threshold) => self.options.threshold = threshold,
        }
        self.apply_settings();
        self.lines.notes.settings(&self.options, at);
        Flow::On
    }

    /// Tells the recorder something that the user asked for at that moment.
    pub(super) fn record(&self, order: RecorderOrder, at: Instant) -> Flow {
        let text = "the recorder is gone; start the program again to record";
        Flow::from(self.lines.notes.order(order, at) || self.lines.outbox.problem(text))
    }

    /// Has segments of a recording named beside inference, by the model and the phrases of this moment.
    fn judge(&self, takes: Vec<Take>) -> Flow {
        let outbox = &self.lines.outbox;
        let twin = self.core.as_ref().and_then(|core| core.recognizer.twin());
        Flow::from(if let Some(twin) = twin {
            let order = JudgeOrder::Judge(Box::new(twin), takes);
            self.lines.judging.push(order)
        } else {
            // An end without answers, so that nobody waits for it.
            outbox.problem("without a model nothing can be judged")
                && outbox.insist(Event::Judged(Vec::new()))
        })
    }

    /// Passes an order on to capture.
    pub(super) fn order(&self, order: Order) -> Flow {
        Flow::from(self.lines.orders.order(order))
    }
}

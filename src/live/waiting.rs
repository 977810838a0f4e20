//! A line of orders to a thread that may be busy: what it has no room for is kept and passed on as soon as there is some.

use super::Transport;
use super::playing::Order;
use super::recorded::{RecorderOrder, Told};
use crossbeam_channel::{SendTimeoutError, Sender, TrySendError};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::mem::discriminant;
use std::time::{Duration, Instant};

/// Orders that wait for room at most. A user makes a few in a minute.
const MOST_WAITING: usize = 1024;

/// Predictions that are told of together at most: what is lost within half a minute at a stage full of people.
const MOST_TOGETHER: usize = 2048;

/// Something that must not be lost.
pub(super) trait Asked: Sized {
    /// How long the end of the session waits for room for what still waits.
    const LAST_PATIENCE: Duration;

    /// Whether it goes first where too much waits: a remark, and nothing that was asked for.
    fn is_remark(&self) -> bool {
        false
    }

    /// Takes out of what waits what this makes pointless or says as well, so that neither a control that is dragged nor a long
    /// tale piles up.
    fn make_room(&mut self, waiting: &mut VecDeque<Self>);
}

impl Asked for Order {
    /// The source goes with the session.
    const LAST_PATIENCE: Duration = Duration::ZERO;

    fn make_room(&mut self, waiting: &mut VecDeque<Self>) {
        match self {
            // Whatever was asked of the source before goes with it.
            Self::Open(_) => waiting.retain(|other| matches!(other, Self::Level(_))),
            // Steps add up.
            Self::Move(Transport::Step(_)) => {}
            Self::Move(to) => {
                let like = |other: &mut Self| matches!(other, Self::Move(before) if discriminant(before) == discriminant(to));
                waiting.pop_back_if(like);
            }
            order => {
                waiting.pop_back_if(|other| discriminant(other) == discriminant(order));
            }
        }
    }
}

impl Asked for Told {
    const LAST_PATIENCE: Duration = Duration::from_secs(2);

    fn is_remark(&self) -> bool {
        matches!(
            self.order,
            RecorderOrder::Unseen(..) | RecorderOrder::Unwritten(_) | RecorderOrder::Happened(_)
        )
    }

    /// Each says what held from its moment on, so that a recording can be answered again just so. What there was no room for is
    /// told of together.
    fn make_room(&mut self, waiting: &mut VecDeque<Self>) {
        let RecorderOrder::Unwritten(answers) = &mut self.order else {
            return;
        };
        let joins = |told: &mut Self| matches!(&told.order, RecorderOrder::Unwritten(before) if before.len() < MOST_TOGETHER);
        if let Some(Self {
            order: RecorderOrder::Unwritten(mut before),
            ..
        }) = waiting.pop_back_if(joins)
        {
            before.append(answers);
            *answers = before;
        }
    }
}

/// Its giving end. Nobody waits for the thread at the other one, and nothing that was asked for is lost.
#[derive(Debug)]
pub(super) struct Line<T: Asked> {
    orders: Sender<T>,
    /// What found no room, the oldest first.
    waiting: RefCell<VecDeque<T>>,
}

impl<T: Asked> Line<T> {
    pub(super) fn new(orders: Sender<T>) -> Self {
        Self {
            orders,
            waiting: RefCell::default(),
        }
    }

    /// Passes an order on, now or as soon as there is room. `false` when nobody is there any more.
    pub(super) fn order(&self, mut order: T) -> bool {
        let mut waiting = self.waiting.borrow_mut();
        order.make_room(&mut waiting);
        if waiting.len() >= MOST_WAITING {
            // Remarks first; then the newest is what counts in the end.
            tracing::warn!(
                "a thread has been held up for long: the oldest of what waits for it is lost"
            );
            let oldest = waiting.iter().position(Asked::is_remark);
            waiting.remove(oldest.unwrap_or_default());
        }
        waiting.push_back(order);
        drop(waiting);
        self.go_on()
    }

    /// Passes something on that is lost where there is no room for it. Then `false`.
    pub(super) fn offer(&self, item: T) -> bool {
        if !self.go_on() || self.is_waiting() {
            return false;
        }
        match self.orders.try_send(item) {
            Ok(()) => true,
            Err(error) => {
                tracing::debug!("there was no room for {error}");
                false
            }
        }
    }

    /// Passes something on, and waits for room for it, however long. `false` when nobody is there any more.
    pub(super) fn order_waiting(&self, item: T) -> bool {
        let waiting = self.waiting.take();
        let mut all = waiting.into_iter().chain([item]);
        all.all(|order| self.orders.send(order).is_ok())
    }

    /// Whether anything waits for room.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.borrow().is_empty()
    }

    /// Passes on what waits, as far as there is room. `false` when nobody is there any more.
    pub(super) fn go_on(&self) -> bool {
        let mut waiting = self.waiting.borrow_mut();
        while let Some(order) = waiting.pop_front() {
            match self.orders.try_send(order) {
                Ok(()) => {}
                Err(TrySendError::Full(order)) => {
                    waiting.push_front(order);
                    return true;
                }
                Err(TrySendError::Disconnected(_)) => {
                    waiting.clear();
                    return false;
                }
            }
        }
        true
    }
}

impl<T: Asked> Drop for Line<T> {
    fn drop(&mut self) {
        let until = Instant::now() + T::LAST_PATIENCE;
        for order in self.waiting.take() {
            match self.orders.send_deadline(order, until) {
                Ok(()) => {}
                Err(SendTimeoutError::Timeout(_) | SendTimeoutError::Disconnected(_)) => {
                    tracing::warn!(
                        "a thread is held up to the end: it did not hear the last orders"
                    );
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossbeam_channel::bounded;

    /// What comes out of a line of one place into which these are put while nobody reads.
    fn passed(orders: Vec<Order>) -> Vec<String> {
        let (sender, receiver) = bounded(1);
        let line = Line::new(sender);
        for order in orders {
            assert!(line.order(order));
        }
        let mut passed = Vec::new();
        while let Ok(order) = receiver.try_recv() {
            passed.push(format!("{order:?}"));
            assert!(line.go_on());
        }
        assert!(!line.is_waiting());
        passed
    }

    #[test]
    fn what_there_is_no_room_for_comes_later_and_in_its_order() {
        let step = || Order::Move(Transport::Step(1));
        let seek = |to| Order::Move(Transport::Seek(to));
        assert_eq!(
            passed(vec![
                Order::Pause,
                step(),
                step(),
                seek(1),
                seek(2),
                Order::Resume
            ]),
            [
                "Pause",
                "Move(Step(1))",
                "Move(Step(1))",
                "Move(Seek(2))",
                "Resume"
            ]
        );
        let open = |name: &str| Order::Open(name.to_owned());
        assert_eq!(
            passed(vec![
                open("a"),
                Order::Level(false),
                step(),
                open("b"),
                open("c"),
                Order::Pause
            ]),
            ["Open(\"a\")", "Level(false)", "Open(\"c\")", "Pause"]
        );
    }

    #[test]
    fn predictions_give_way_to_what_was_asked_for() {
        let (sender, receiver) = bounded(1);
        let line = Line::new(sender);
        line.offer(happened("a"));
        assert!(line.order(stop()) && line.is_waiting());
        assert!(receiver.try_recv().is_ok());
        line.offer(happened("b"));
        assert!(line.go_on());
        assert!(receiver.try_recv().is_ok_and(|told| is_stop(&told)));
        drop(receiver);
        assert!(!line.order(stop()), "nobody is there");
    }

    fn happened(kind: &str) -> Told {
        Told::now(RecorderOrder::happened(kind, ""))
    }

    fn stop() -> Told {
        Told::now(RecorderOrder::Stop)
    }

    fn is_stop(told: &Told) -> bool {
        matches!(told.order, RecorderOrder::Stop)
    }

    fn mark(label: &str) -> Told {
        Told::now(RecorderOrder::Mark(label.to_owned()))
    }

    fn labels(told: impl IntoIterator<Item = Told>) -> Vec<String> {
        let label = |told: Told| match told.order {
            RecorderOrder::Mark(label) => label,
            other => panic!("{other:?}"),
        };
        told.into_iter().map(label).collect()
    }

    #[test]
    fn what_finds_no_room_is_told_in_its_turn() {
        let (orders, told) = bounded(2);
        let line = Line::new(orders);
        for text in ["a", "b", "c", "d"] {
            line.order(mark(text));
        }
        assert!(!line.offer(mark("no room")), "it would overtake");
        assert_eq!(labels(told.try_iter()), ["a", "b"]);
        assert!(line.go_on() && told.len() == 2);
        assert_eq!(labels(told.try_iter()), ["c", "d"]);
        assert!(line.go_on() && line.offer(mark("e")));
        assert_eq!(labels(told.try_iter()), ["e"]);
    }

    #[test]
    fn remarks_go_first_where_too_much_waits() {
        let (orders, told) = bounded(1);
        let line = Line::new(orders);
        line.order(stop());
        line.order(mark("first"));
        for _ in 0..2 * MOST_WAITING {
            line.order(happened("remark"));
        }
        assert!(told.try_recv().is_ok_and(|told| is_stop(&told)));
        line.go_on();
        assert_eq!(labels(told.try_recv()), ["first"]);
        // Or the line would wait for room to the end.
        drop(told);
    }

    #[test]
    fn predictions_that_found_no_room_are_told_of_together() {
        let (orders, told) = bounded(1);
        let line = Line::new(orders);
        line.order(stop());
        let count = MOST_TOGETHER as u64 + 500;
        for body in 0..count {
            let order = RecorderOrder::Unwritten(vec![(Instant::now(), body)]);
            line.order(Told::now(order));
        }
        assert_eq!(line.waiting.borrow().len(), 2);
        let mut bodies = Vec::new();
        while let Ok(next) = told.try_recv() {
            if let RecorderOrder::Unwritten(answers) = next.order {
                bodies.extend(answers.into_iter().map(|(_, body)| body));
            }
            line.go_on();
        }
        assert!(bodies.into_iter().eq(0..count), "each once, in their order");
    }

    #[test]
    fn the_end_waits_for_what_was_not_told_yet() {
        let (orders, told) = bounded(1);
        let line = Line::new(orders);
        std::thread::scope(|threads| {
            for text in ["a", "b", "c"] {
                line.order(mark(text));
            }
            let reader = threads.spawn(|| labels(told.iter()));
            drop(line);
            assert_eq!(reader.join().unwrap(), ["a", "b", "c"]);
        });
    }
}

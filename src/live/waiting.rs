//! A line of orders to a thread that may be busy: what it has no room for is kept and passed on as soon as there is some.

use super::Transport;
use super::playing::Order;
use super::recorded::RecorderOrder;
use crossbeam_channel::{Sender, TrySendError};
use std::collections::VecDeque;
use std::mem::discriminant;

/// Something that a user asked for.
pub(super) trait Asked: Sized {
    /// Takes out of what waits what this makes pointless, so that a control that is dragged does not pile up.
    fn make_room(&self, waiting: &mut VecDeque<Self>);
}

impl Asked for Order {
    fn make_room(&self, waiting: &mut VecDeque<Self>) {
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

impl Asked for RecorderOrder {
    fn make_room(&self, waiting: &mut VecDeque<Self>) {
        if matches!(self, Self::Decision { .. }) {
            waiting.pop_back_if(|other| matches!(other, Self::Decision { .. }));
        }
    }
}

/// Its giving end. Nobody waits for the thread at the other one, and nothing that was asked for is lost.
#[derive(Debug)]
pub(super) struct Line<T> {
    orders: Sender<T>,
    waiting: VecDeque<T>,
}

impl<T: Asked> Line<T> {
    pub(super) fn new(orders: Sender<T>) -> Self {
        Self {
            orders,
            waiting: VecDeque::new(),
        }
    }

    /// Passes an order on, now or as soon as there is room. `false` when nobody is there any more.
    pub(super) fn order(&mut self, order: T) -> bool {
        order.make_room(&mut self.waiting);
        self.waiting.push_back(order);
        self.go_on()
    }

    /// Passes something on that is lost where there is no room for it.
    pub(super) fn offer(&self, item: T) {
        if self.waiting.is_empty()
            && let Err(error) = self.orders.try_send(item)
        {
            tracing::debug!("there was no room for {error}");
        }
    }

    /// Whether anything waits for room.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Passes on what waits, as far as there is room. `false` when nobody is there any more.
    pub(super) fn go_on(&mut self) -> bool {
        while let Some(order) = self.waiting.pop_front() {
            match self.orders.try_send(order) {
                Ok(()) => {}
                Err(TrySendError::Full(order)) => {
                    self.waiting.push_front(order);
                    return true;
                }
                Err(TrySendError::Disconnected(_)) => return false,
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossbeam_channel::bounded;

    /// What comes out of a line of one place into which these are put while nobody reads.
    fn passed(orders: Vec<Order>) -> Vec<String> {
        let (sender, receiver) = bounded(1);
        let mut line = Line::new(sender);
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
        let mut line = Line::new(sender);
        line.offer(RecorderOrder::happened("a", ""));
        assert!(line.order(RecorderOrder::Stop) && line.is_waiting());
        assert!(receiver.try_recv().is_ok());
        line.offer(RecorderOrder::happened("b", ""));
        assert!(line.go_on());
        assert!(matches!(receiver.try_recv(), Ok(RecorderOrder::Stop)));
        drop(receiver);
        assert!(!line.order(RecorderOrder::Stop), "nobody is there");
    }
}

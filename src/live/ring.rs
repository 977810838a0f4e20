//! A ring between two threads: it never blocks its producer, and overwrites the oldest.
//!
//! Capacity 64 carries frames to inference; capacity 1 is "the newest": a frame for the screen, a phrase list to decide.

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use crossbeam_queue::ArrayQueue;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug)]
struct Shared<T> {
    queue: ArrayQueue<T>,
    pushed: AtomicU64,
    dropped: AtomicU64,
}

/// The writing end.
#[derive(Debug)]
pub struct Producer<T> {
    shared: Arc<Shared<T>>,
    bell: Sender<()>,
    space: Receiver<()>,
}

/// The reading end.
#[derive(Debug)]
pub struct Consumer<T> {
    shared: Arc<Shared<T>>,
    bell: Receiver<()>,
    space: Sender<()>,
}

/// A ring of `capacity` items, at least one.
pub fn ring<T>(capacity: usize) -> (Producer<T>, Consumer<T>) {
    let (bell_tx, bell_rx) = bounded(1);
    let (space_tx, space_rx) = bounded(1);
    let shared = Arc::new(Shared {
        queue: ArrayQueue::new(capacity.max(1)),
        pushed: AtomicU64::new(0),
        dropped: AtomicU64::new(0),
    });
    let consumer = Consumer {
        shared: Arc::clone(&shared),
        bell: bell_rx,
        space: space_tx,
    };
    (
        Producer {
            shared,
            bell: bell_tx,
            space: space_rx,
        },
        consumer,
    )
}

impl<T> Producer<T> {
    /// Puts an item in, over the oldest if full. `false` when no one reads any more.
    pub fn push(&self, item: T) -> bool {
        if self.shared.queue.force_push(item).is_some() {
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
        }
        self.ring_bell()
    }

    /// Puts an item in, waiting for room: for sources that lose nothing. `false` when no one reads any more.
    pub fn push_waiting(&self, item: T) -> bool {
        let mut item = item;
        while let Err(back) = self.shared.queue.push(item) {
            item = back;
            if self.space.recv().is_err() {
                return false;
            }
        }
        self.ring_bell()
    }

    fn ring_bell(&self) -> bool {
        self.shared.pushed.fetch_add(1, Ordering::Relaxed);
        !matches!(self.bell.try_send(()), Err(TrySendError::Disconnected(())))
    }
}

impl<T> Consumer<T> {
    /// The oldest item, if any.
    pub fn pop(&self) -> Option<T> {
        let item = self.shared.queue.pop();
        if item.is_some() {
            // A full line means that the producer already knows of room.
            self.space.try_send(()).ok();
        }
        item
    }

    /// Rings when there may be something to pop; disconnects with the producer.
    pub fn doorbell(&self) -> &Receiver<()> {
        &self.bell
    }

    /// How many items were ever put in.
    pub fn pushed(&self) -> u64 {
        self.shared.pushed.load(Ordering::Relaxed)
    }

    /// How many items were overwritten unread.
    pub fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::ring;
    use std::thread::scope;

    #[test]
    fn overwrites_the_oldest_and_counts_it() {
        let (tx, rx) = ring(2);
        assert!((1..=3).all(|i| tx.push(i)));
        assert_eq!((rx.pop(), rx.pop(), rx.pop()), (Some(2), Some(3), None));
        assert_eq!((rx.dropped(), rx.pushed()), (1, 3));
    }

    #[test]
    fn each_end_sees_the_other_leave() {
        let (tx, rx) = ring(1);
        drop(rx);
        assert!(!tx.push(0));

        let (tx, rx) = ring(1);
        tx.push(7);
        drop(tx);
        assert!(rx.doorbell().recv().is_ok());
        assert_eq!(rx.pop(), Some(7));
        assert!(rx.doorbell().recv().is_err());
    }

    #[test]
    fn waiting_loses_nothing_and_ends_with_its_reader() {
        let (tx, rx) = ring(3);
        scope(|threads| {
            threads.spawn(move || {
                assert!((0..1000).all(|i| tx.push_waiting(i)));
                while tx.push_waiting(-1) {}
            });
            let mut expected = 0;
            while expected < 1000 {
                rx.doorbell().recv().unwrap();
                while let Some(item) = rx.pop() {
                    assert!(item == expected || expected >= 1000);
                    expected += 1;
                }
            }
            assert_eq!(rx.dropped(), 0);
            drop(rx);
        });
    }
}

//! What waits to be written to one connection: bounded, so that a slow reader costs itself and nobody else.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::Notify;

use crate::protocol::close;

/// The bounds of one connection.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Frames that may wait.
    pub frames: usize,
    /// Bytes that may wait.
    pub bytes: usize,
    /// Sends that may be on their way to the disk.
    pub sends: usize,
}

/// The queue of one connection. Filled by the hub, emptied by the connection's task.
pub struct Outbox {
    state: Mutex<State>,
    changed: Notify,
    limits: Limits,
    sends: AtomicUsize,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Utf8Bytes>,
    bytes: usize,
    close: Option<u16>,
}

/// What [`Outbox::drain`] found.
#[derive(Debug, PartialEq, Eq)]
pub enum Drained {
    /// Frames were taken; more may come.
    Open,
    /// After the frames taken, the connection is to be closed with this code.
    Close(u16),
}

impl Outbox {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            state: Mutex::default(),
            changed: Notify::new(),
            limits,
            sends: AtomicUsize::new(0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a frame. One too many empties the queue and closes the connection for a resync: the log has
    /// it all, and the client will ask for what it missed.
    pub fn push(&self, frame: Utf8Bytes) {
        let mut state = self.lock();
        if state.close.is_some() {
            return;
        }
        state.bytes += frame.len();
        state.queue.push_back(frame);
        if state.queue.len() > self.limits.frames || state.bytes > self.limits.bytes {
            *state = State {
                close: Some(close::RESYNC),
                ..State::default()
            };
        }
        drop(state);
        self.changed.notify_one();
    }

    /// Closes the connection after what is queued. The first code stands.
    pub fn close(&self, code: u16) {
        self.lock().close.get_or_insert(code);
        self.changed.notify_one();
    }

    /// Moves what is queued into `frames`.
    pub fn drain(&self, frames: &mut Vec<Utf8Bytes>) -> Drained {
        let mut state = self.lock();
        frames.extend(state.queue.drain(..));
        state.bytes = 0;
        if state.queue.capacity() > 64 {
            // A burst must not leave its memory behind in an idle connection.
            state.queue = VecDeque::new();
        }
        state.close.map_or(Drained::Open, Drained::Close)
    }

    /// Waits until something was pushed, or the outbox was closed.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Waits until the outbox overflowed.
    pub async fn overflowed(&self) {
        loop {
            if self.lock().close == Some(close::RESYNC) {
                // The one who drains must still see it.
                self.changed.notify_one();
                return;
            }
            self.changed.notified().await;
        }
    }

    /// Waits until the outbox is closed, and tells with which code.
    pub async fn closed(&self) -> u16 {
        loop {
            if let Some(code) = self.lock().close {
                return code;
            }
            self.changed.notified().await;
        }
    }

    /// Takes one of the places for sends on their way; `false` when there is none.
    pub fn begin_send(&self) -> bool {
        self.sends
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |sends| {
                (sends < self.limits.sends).then_some(sends + 1)
            })
            .is_ok()
    }

    /// Gives a place back.
    pub fn end_send(&self) {
        self.sends.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbox() -> Outbox {
        Outbox::new(Limits {
            frames: 2,
            bytes: 10,
            sends: 1,
        })
    }

    fn drain(outbox: &Outbox) -> (Vec<Utf8Bytes>, Drained) {
        let mut frames = Vec::new();
        let drained = outbox.drain(&mut frames);
        (frames, drained)
    }

    #[test]
    fn frames_come_out_in_the_order_they_went_in() {
        let outbox = outbox();
        outbox.push("a".into());
        outbox.push("b".into());
        assert_eq!(
            drain(&outbox),
            (vec!["a".into(), "b".into()], Drained::Open)
        );
    }

    #[test]
    fn a_frame_too_many_closes_for_a_resync_and_keeps_nothing() {
        let outbox = outbox();
        for _ in 0..5 {
            outbox.push("a".into());
        }
        assert_eq!(drain(&outbox), (vec![], Drained::Close(close::RESYNC)));
    }

    #[test]
    fn a_byte_too_many_closes_for_a_resync() {
        let outbox = outbox();
        outbox.push("12345678901".into());
        assert_eq!(drain(&outbox).1, Drained::Close(close::RESYNC));
    }

    #[test]
    fn what_was_queued_before_a_close_is_still_written() {
        let outbox = outbox();
        outbox.push("a".into());
        outbox.close(close::RESTART);
        outbox.push("b".into());
        assert_eq!(
            drain(&outbox),
            (vec!["a".into()], Drained::Close(close::RESTART))
        );
    }

    #[test]
    fn sends_on_their_way_are_bounded() {
        let outbox = outbox();
        assert!(outbox.begin_send());
        assert!(!outbox.begin_send());
        outbox.end_send();
        assert!(outbox.begin_send());
    }
}

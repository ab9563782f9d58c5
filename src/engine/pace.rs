//! The pace of what is said: half of what a server lets a connection say, so that nothing a person does, and no outbox
//! after an outage, comes near to being cut off.

use std::time::Duration;

use super::time::ms;
use crate::model::{Millis, limits};
use crate::protocol::ClientFrame;

/// One frame takes up so much time.
const EVERY: Millis = ms(Duration::from_secs(2)) / limits::FRAMES_PER_SECOND as Millis;
/// Frames that may be said at once.
const BURST: Millis =
    (limits::FRAMES_BURST_SECONDS as Millis * limits::FRAMES_PER_SECOND as Millis) / 2;

/// See the module's page.
#[derive(Debug)]
pub(super) struct Pace {
    every: Millis,
    /// When all that was said on this connection would have been said at the pace.
    paid: Millis,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            every: EVERY,
            paid: 0,
        }
    }
}

impl Pace {
    /// There is a new connection, on which nothing was said yet.
    pub(super) fn begin(&mut self) {
        self.paid = 0;
    }

    /// From here on everything is said at once.
    pub(super) fn end(&mut self) {
        self.every = 0;
    }

    /// When there is room for one more frame.
    pub(super) fn room_at(&self) -> Millis {
        self.paid - (BURST - 1) * self.every
    }

    /// Takes note of a frame.
    pub(super) fn said(&mut self, frame: &ClientFrame, now: Millis) {
        let length = match frame {
            ClientFrame::Send { text, .. } => text.len(),
            _ => 0,
        };
        let cost = 1 + length as Millis / limits::FRAME_UNIT as Millis;
        self.paid = self.paid.max(now) + cost * self.every;
    }
}

//! The pace of outgoing frames: half of what a server permits per connection, so that no user action, and no outbox
//! after an outage, comes near the limit at which the server closes the connection.

use std::time::Duration;

use super::clock::ms;
use crate::model::{Millis, limits};
use crate::protocol::ClientFrame;

/// The time that one frame accounts for.
const EVERY: Millis = ms(Duration::from_secs(2)) / limits::FRAMES_PER_SECOND as Millis;
/// Frames that may be sent at once.
const BURST: Millis =
    (limits::FRAMES_BURST_SECONDS as Millis * limits::FRAMES_PER_SECOND as Millis) / 2;

/// See the module documentation.
#[derive(Debug)]
pub(super) struct SendPace {
    every: Millis,
    /// When all frames sent on this connection would have been sent at the pace.
    paid: Millis,
}

impl Default for SendPace {
    fn default() -> Self {
        Self {
            every: EVERY,
            paid: 0,
        }
    }
}

impl SendPace {
    /// A new connection, on which nothing was sent yet.
    pub(super) fn reset(&mut self) {
        self.paid = 0;
    }

    /// Turns pacing off.
    pub(super) fn disable(&mut self) {
        self.every = 0;
    }

    /// When there is room for one more frame.
    pub(super) fn room_at(&self) -> Millis {
        self.paid - (BURST - 1) * self.every
    }

    /// Accounts for a frame that was sent.
    pub(super) fn record(&mut self, frame: &ClientFrame, now: Millis) {
        let length = match frame {
            ClientFrame::Send { text, .. } => text.len(),
            _ => 0,
        };
        let cost = 1 + length as Millis / limits::FRAME_UNIT as Millis;
        self.paid = self.paid.max(now) + cost * self.every;
    }
}

//! Whether the user looks at this page: the server is told, so that their other devices show no notifications.

use super::Engine;
use super::clock::ms;
use crate::model::{Millis, limits};
use crate::protocol::ClientFrame;

/// See the module documentation.
#[derive(Debug, Default)]
pub(super) struct Looking {
    is_on: bool,
    /// When the server was last told on this connection that the user looks; `None`: it believes that they don't.
    sent_at: Option<Millis>,
}

impl Looking {
    /// When the server must be told again.
    pub(super) fn deadline(&self) -> Option<Millis> {
        let sent_at = self.sent_at.filter(|_| self.is_on);
        sent_at.map(|at| at + ms(limits::LOOKING_EVERY))
    }
}

impl Engine {
    /// The user looks at the page from now on, or no longer.
    pub(super) fn look(&mut self, on: bool) {
        self.looking.is_on = on;
    }

    pub(super) fn pump_looking(&mut self) {
        if !self.connection.is_live() {
            self.looking.sent_at = None;
            return;
        }
        let on = self.looking.is_on;
        let is_due = match on {
            true => self.looking.deadline().is_none_or(|at| at <= self.now),
            false => self.looking.sent_at.is_some(),
        };
        if is_due {
            self.looking.sent_at = on.then_some(self.now);
            self.transmit(ClientFrame::Looking { on });
        }
    }
}

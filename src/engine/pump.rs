//! What the state requires at a time, and when it will require something next.

use super::{Effect, Engine};
use crate::model::Millis;

impl Engine {
    /// Does what the state requires at this time.
    pub(super) fn pump(&mut self) {
        self.end_pauses();
        self.end_typing();
        self.settle_landed();
        self.show_held();
        if std::mem::take(&mut self.outbox.unsaved) {
            self.effects.push(Effect::SaveOutbox);
        }
        if self.connection.is_over() {
            return;
        }
        self.pump_outbox();
        self.pump_reading();
        self.pump_looking();
        self.pump_windows();
        self.pump_threads();
        self.pump_people();
    }

    /// When the engine needs the next [`Input::Tick`]; `None` while it waits for nothing.
    #[must_use]
    pub fn next_tick(&self) -> Option<Millis> {
        if self.connection.is_over() {
            return None;
        }
        let live = self.connection.is_live();
        let pauses = self.windows.values().map(|window| &window.pause);
        let pauses = pauses.chain([&self.threads.pause, &self.people.pause]);
        let fetches = pauses.filter_map(|pause| pause.ends());
        self.connection
            .deadline()
            .into_iter()
            .chain(self.outbox.deadline(self.now).filter(|_| live))
            .chain(self.reading.deadline().filter(|_| live))
            .chain(self.typing.deadline())
            .chain(self.looking.deadline().filter(|_| live))
            .chain(fetches)
            .min()
            .map(|at| self.clock.outside(at))
    }
}

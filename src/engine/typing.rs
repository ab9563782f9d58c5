//! Typing indicators: the user's own, sent at a limited rate, and those of others, shown for a few seconds.

use super::clock::ms;
use super::{Engine, ViewChange};
use crate::model::{Event, Millis, ThreadId, UserId, limits};
use crate::protocol::ClientFrame;

/// See the module documentation.
#[derive(Debug, Default)]
pub(super) struct Typing {
    /// The thread and time of the last indicator sent.
    announced: Option<(ThreadId, Millis)>,
    /// The users who are typing, with the thread and the time until which it is shown, in the order they started.
    others: Vec<(ThreadId, UserId, Millis)>,
}

impl Typing {
    /// When the next indicator expires.
    pub(super) fn deadline(&self) -> Option<Millis> {
        self.others.iter().map(|(.., until)| *until).min()
    }
}

impl Engine {
    /// The user typed.
    pub(super) fn typed(&mut self, thread: ThreadId) {
        let every = ms(limits::TYPING_EVERY);
        let is_announced =
            |&(at, when): &(ThreadId, Millis)| at == thread && self.now < when + every;
        if self.connection.is_live() && !self.typing.announced.as_ref().is_some_and(is_announced) {
            self.typing.announced = Some((thread, self.now));
            self.transmit(ClientFrame::Typing { thread });
        }
    }

    /// The user sent the message: the next keystroke is announced at once.
    pub(super) fn message_sent(&mut self) {
        self.typing.announced = None;
    }

    /// Another member is typing.
    pub(super) fn apply_typing(&mut self, thread: ThreadId, user: UserId) {
        if user == self.me.id || self.threads.get(thread).is_none() {
            return;
        }
        let until = self.now + ms(limits::TYPING_FOR);
        let mut others = self.typing.others.iter_mut();
        match others.find(|(at, who, _)| (*at, *who) == (thread, user)) {
            Some(known) => known.2 = until,
            None => {
                self.typing.others.push((thread, user, until));
                self.touch(ViewChange::Typing);
            }
        }
    }

    /// An event arrived: its sender has finished typing.
    pub(super) fn clear_typing_of(&mut self, event: &Event) {
        if event.body.is_message() {
            self.retain_typing(|thread, user, _| (thread, user) != (event.thread, event.actor));
        }
    }

    /// Expires indicators that were not renewed.
    pub(super) fn end_typing(&mut self) {
        let now = self.now;
        self.retain_typing(|_, _, until| until > now);
    }

    /// Hides all indicators, because the user no longer shares them.
    pub(super) fn stop_typing(&mut self) {
        self.retain_typing(|_, _, _| false);
    }

    fn retain_typing(&mut self, is_kept: impl Fn(ThreadId, UserId, Millis) -> bool) {
        let before = self.typing.others.len();
        self.typing
            .others
            .retain(|&(thread, user, until)| is_kept(thread, user, until));
        if self.typing.others.len() < before {
            self.touch(ViewChange::Typing);
        }
    }

    /// The users who are typing in a thread, in the order they started, without blocked users.
    #[must_use]
    pub fn typing(&self, thread: ThreadId) -> Vec<UserId> {
        let others = self.typing.others.iter().filter(|(at, ..)| *at == thread);
        let users = others.map(|(_, user, _)| *user);
        users.filter(|user| !self.blocked.contains(user)).collect()
    }
}

//! Who is typing: said now and then while one does, and shown for some seconds of others.

use super::time::ms;
use super::{Change, Engine};
use crate::model::{Event, Millis, ThreadId, UserId, limits};
use crate::protocol::ClientFrame;

/// See the module's page.
#[derive(Debug, Default)]
pub(super) struct Typing {
    /// Where it was last said that one types, and when.
    said: Option<(ThreadId, Millis)>,
    /// Who types where, and until when; those first who began first.
    others: Vec<(ThreadId, UserId, Millis)>,
}

impl Typing {
    /// When somebody is to be shown no more.
    pub(super) fn deadline(&self) -> Option<Millis> {
        self.others.iter().map(|(.., until)| *until).min()
    }
}

impl Engine {
    /// The person types.
    pub(super) fn typed(&mut self, thread: ThreadId) {
        let every = ms(limits::TYPING_EVERY);
        let is_said = |&(at, when): &(ThreadId, Millis)| at == thread && self.now < when + every;
        if self.connection.is_live() && !self.typing.said.as_ref().is_some_and(is_said) {
            self.typing.said = Some((thread, self.now));
            self.transmit(ClientFrame::Typing { thread });
        }
    }

    /// The person has sent what they typed: the next is told of anew.
    pub(super) fn has_sent(&mut self) {
        self.typing.said = None;
    }

    /// Somebody types.
    pub(super) fn take_typing(&mut self, thread: ThreadId, user: UserId) {
        if user == self.me.id || self.threads.get(thread).is_none() {
            return;
        }
        let until = self.now + ms(limits::TYPING_FOR);
        let mut others = self.typing.others.iter_mut();
        match others.find(|(at, who, _)| (*at, *who) == (thread, user)) {
            Some(known) => known.2 = until,
            None => {
                self.typing.others.push((thread, user, until));
                self.touch(Change::Typing);
            }
        }
    }

    /// An event came: who has sent it has written it to its end.
    pub(super) fn has_written(&mut self, event: &Event) {
        if event.body.is_message() {
            self.keep_typing(|thread, user, _| (thread, user) != (event.thread, event.actor));
        }
    }

    /// Those of whom nothing was heard for a while have stopped.
    pub(super) fn end_typing(&mut self) {
        let now = self.now;
        self.keep_typing(|_, _, until| until > now);
    }

    /// One does not see who types any more.
    pub(super) fn stop_typing(&mut self) {
        self.keep_typing(|_, _, _| false);
    }

    fn keep_typing(&mut self, is_kept: impl Fn(ThreadId, UserId, Millis) -> bool) {
        let before = self.typing.others.len();
        self.typing
            .others
            .retain(|&(thread, user, until)| is_kept(thread, user, until));
        if self.typing.others.len() < before {
            self.touch(Change::Typing);
        }
    }

    /// Who is typing in a thread, those first who began first, without those whom one blocks.
    #[must_use]
    pub fn typing(&self, thread: ThreadId) -> Vec<UserId> {
        let others = self.typing.others.iter().filter(|(at, ..)| *at == thread);
        let users = others.map(|(_, user, _)| *user);
        users.filter(|user| !self.blocked.contains(user)).collect()
    }
}

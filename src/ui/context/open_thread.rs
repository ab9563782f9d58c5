//! The state that the messages of the open thread share with its composer: the active message and the draft.

use std::sync::Arc;

use leptos::prelude::*;

use super::toasts::{Toasts, Undoable, use_toasts};
use crate::client::api::calls::{self, Call};
use crate::client::clock::now;
use crate::client::reactive::memo;
use crate::client::state::{ClientState, Progress, use_client};
use crate::client::{dom, notices};
use crate::model::notify::Level;
use crate::model::{EventBody, Posting, Quote, Room, Seq, ThreadId, UserId};
use crate::routes::message_path;
use crate::ui::composer::draft::{Draft, Writing};
use crate::ui::composer::drafts::OwnDraft;

/// A dialog over the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageDialogKind {
    /// The earlier versions of a message.
    Versions(Seq),
    /// The pinned messages.
    Pins,
    /// The jump to another day; the number is that of the clicked day.
    Jump(i64),
}

/// The open thread. A context of the messages and the composer.
#[derive(Clone, Copy)]
pub struct OpenThread {
    pub thread: ThreadId,
    pub chat: ClientState,
    /// Whether the user may delete messages of others.
    pub may_manage: Memo<bool>,
    /// Whether the user may pin messages.
    pub may_pin: Memo<bool>,
    /// Whether the user may post text: reply to messages and edit their own.
    pub may_post: Memo<bool>,
    /// Whether the user may do anything that others see, such as react.
    pub may_respond: Memo<bool>,
    /// The pinned messages, the earliest pinned first.
    pub pins: Memo<Vec<Seq>>,
    /// The messages that the user has saved for later.
    pub saved: Memo<Vec<Seq>>,
    /// The message under the pointer, or the one that was tapped: its buttons are shown.
    pub pointed: RwSignal<Option<Seq>>,
    /// The message with the keyboard focus: its buttons are shown too.
    pub focused: RwSignal<Option<Seq>>,
    /// The message that a finger rests on.
    pub pressed: RwSignal<Option<Seq>>,
    /// The draft in the composer.
    pub draft: OwnDraft,
    /// The kind of the draft, so that what depends on it alone isn't rendered again on every keystroke.
    pub writing: Memo<Writing>,
    /// Notified when the composer is to take the focus.
    pub focus_requested: RwSignal<()>,
    pub dialog: RwSignal<Option<MessageDialogKind>>,
    /// Says what was done, and why it was refused.
    toasts: Toasts,
}

impl OpenThread {
    /// Provides the context for the thread that is open.
    pub fn provide(thread: ThreadId) {
        let chat = use_client();
        let may_manage = memo(move |_| chat.may_manage(thread));
        // A block by the other person isn't known here; in that case the server refuses.
        let may_respond = memo(move |_| {
            let other = chat.other(thread);
            other.is_none_or(|other| !chat.is_blocked(other.id))
        });
        let may_post = memo(move |_| {
            let by_admins = |room: Room| room.posting == Posting::Admins;
            let is_closed = chat.room(thread).is_some_and(by_admins);
            may_respond.get() && (may_manage.get() || !is_closed)
        });
        let draft = OwnDraft::new(chat.me().id, thread);
        provide_context(Self {
            thread,
            chat,
            may_manage,
            may_pin: memo(move |_| {
                let by_both = chat.room(thread).is_none() && may_respond.get();
                by_both || may_manage.get()
            }),
            may_post,
            may_respond,
            pins: memo(move |_| chat.with_head(thread, |head| head.pins.clone())),
            saved: memo(move |_| chat.with_head(thread, |head| head.saved.clone())),
            pointed: RwSignal::new(None),
            focused: RwSignal::new(None),
            pressed: RwSignal::new(None),
            draft,
            writing: memo(move |_| draft.with(Draft::writing)),
            focus_requested: RwSignal::new(()),
            dialog: RwSignal::new(None),
            toasts: use_toasts(),
        });
    }

    /// Starts a reply.
    pub fn reply(self, seq: Seq) {
        if let Some(quote) = self.find(|event| (event.seq == seq).then(|| Quote::of(event))?) {
            self.draft.update(|draft| draft.reply_to(quote));
            self.focus_requested.notify();
        }
    }

    /// Cancels the edit or the reply.
    pub fn cancel(self) {
        let is_edit = self.draft.with_untracked(Draft::is_edit);
        if self.draft.update(Draft::cancel) && is_edit {
            self.focus_requested.notify();
        }
    }

    /// Ends an edit that the server has accepted.
    pub fn edited(self, seq: Seq) {
        if self.draft.update(|draft| draft.edited(seq)) {
            self.focus_requested.notify();
        }
    }

    /// Starts editing the user's own message.
    pub fn edit(self, seq: Seq) {
        self.edit_first(|event| event.seq == seq);
    }

    /// Starts editing the user's last loaded message. Returns whether there is one.
    pub fn edit_last(self) -> bool {
        self.edit_first(|_| true)
    }

    fn edit_first(self, is_it: impl Fn(&crate::model::Event) -> bool) -> bool {
        if !self.may_post.get_untracked() {
            return false;
        }
        let me = self.chat.me().id;
        let found = self.find(|event| match &event.body {
            EventBody::Message(message) if event.actor == me && is_it(event) => {
                Some((event.seq, message.text.clone()))
            }
            _ => None,
        });
        let is_found = found.is_some();
        if let Some((seq, text)) = found {
            self.draft.update(|draft| draft.start_edit(seq, text));
            self.focus_requested.notify();
        }
        is_found
    }

    /// The result of `pick` for the latest loaded event that gives one.
    fn find<T>(self, pick: impl FnMut(&crate::model::Event) -> Option<T>) -> Option<T> {
        let timeline = untrack(|| self.chat.timeline(self.thread))?;
        timeline.events.iter().rev().find_map(pick)
    }

    /// The author of a message.
    #[must_use]
    pub fn author(self, seq: Seq) -> Option<UserId> {
        self.find(|event| (event.seq == seq).then_some(event.actor))
    }

    /// The text of a message.
    #[must_use]
    pub fn text(self, seq: Seq) -> Option<String> {
        self.find(|event| (event.seq == seq).then(|| event.body.text().map(str::to_owned))?)
    }

    /// Unblocks a user.
    pub fn unblock(self, user: UserId) {
        self.toasts.send(calls::block(user, false), || {});
    }

    /// Adds the user's reaction to a message (`on`), or removes it.
    pub fn react(self, seq: Seq, emoji: &str, on: bool) {
        self.toasts
            .send(calls::react(self.thread, seq, emoji, on), || {});
    }

    /// Whether the user has reacted to a message with this emoji.
    #[must_use]
    pub fn has_reacted(self, seq: Seq, emoji: &str) -> bool {
        let me = self.chat.me().id;
        let given = self.find(|event| match &event.body {
            EventBody::Message(message) if event.seq == seq => Some(message.reactions.clone()),
            _ => None,
        });
        let mut given = given.iter().flatten();
        given.any(|given| given.emoji == emoji && given.users.contains(&me))
    }

    /// Pins a message for everybody in the thread (`on`), or unpins it.
    pub fn pin(self, seq: Seq, on: bool) {
        let call = |on| calls::pin(self.thread, seq, on);
        self.switch(on, ["Message unpinned", "Message pinned"], call);
    }

    /// Switches something on or off, with *Undo*. `done`: what is said when it is off, and when it is on.
    fn switch(self, on: bool, done: [&str; 2], call: impl Fn(bool) -> Call) {
        let done = done[usize::from(on)];
        self.toasts.act(Undoable::new(done, call(on), call(!on)));
    }

    /// Whether a message is pinned. Tracked.
    #[must_use]
    pub fn is_pinned(self, seq: Seq) -> bool {
        self.pins.with(|pins| pins.contains(&seq))
    }

    /// The other members of a room who have read a message. Tracked; empty in a direct thread.
    #[must_use]
    pub fn readers(self, seq: Seq) -> Vec<UserId> {
        let author = self.author(seq);
        match self.chat.progress(self.thread) {
            Progress::Direct(_) => Vec::new(),
            Progress::Room(readers) => {
                let readers = readers.into_iter();
                let readers = readers.filter(|(user, read)| *read >= seq && Some(*user) != author);
                readers.map(|(user, _)| user).collect()
            }
        }
    }

    /// Whether the user has saved a message. Tracked.
    #[must_use]
    pub fn is_saved(self, seq: Seq) -> bool {
        self.saved.with(|saved| saved.contains(&seq))
    }

    /// Saves a message for later (`on`), or removes it from the saved ones.
    pub fn save(self, seq: Seq, on: bool) {
        let call = |on| calls::save(self.thread, seq, on);
        self.switch(on, ["Removed from saved", "Message saved"], call);
    }

    /// Marks a message and all after it as unread.
    pub fn mark_unread(self, seq: Seq) {
        let (chat, thread, toasts) = (self.chat, self.thread, self.toasts);
        let read = untrack(|| chat.thread(thread)).map_or(0, |head| head.read.seq);
        toasts.send(calls::mark_unread(thread, seq), move || {
            let undo = move || chat.read_again(thread, read);
            toasts.offer("Marked unread from here", "Undo", Arc::new(undo));
        });
    }

    /// Keeps the thread on top of the user's list (`on`), or no longer.
    pub fn set_favourite(self, on: bool) {
        let call = |on| calls::set_favourite(self.thread, on);
        let done = ["Removed from favourites", "Added to favourites"];
        self.switch(on, done, call);
    }

    /// Mutes the thread for the user until they end it, or ends it.
    pub fn switch_mute(self) {
        match untrack(|| notices::is_muted(self.chat, self.thread)) {
            true => self.unmute(),
            false => self.toasts.act(self.mute("Muted", 0)),
        }
    }

    /// Mutes the thread for this many seconds; 0: until the user ends it.
    #[must_use]
    pub fn mute(self, done: &'static str, seconds: i64) -> Undoable {
        let call = calls::mute(self.thread, seconds);
        Undoable::new(done, call, calls::unmute(self.thread))
    }

    /// Ends the mute. Undoing that mutes the thread for the rest of the time.
    pub fn unmute(self) {
        let until = untrack(|| self.chat.thread(self.thread)).map_or(0, |it| it.notify.muted_until);
        let rest = match until {
            0 => 0,
            until => ((until - now()) / 1_000).max(1),
        };
        let mute = calls::mute(self.thread, rest);
        self.toasts
            .act(Undoable::new("Unmuted", calls::unmute(self.thread), mute));
    }

    /// Sets what the user is notified of in the thread, instead of `before`. `None`: what they chose for all chats.
    pub fn set_level(self, level: Option<Level>, before: Option<Level>) {
        let done = match level {
            Some(Level::Everything) => "You'll be notified of every message here",
            Some(Level::Mentions) => "You'll be notified of mentions and replies here",
            Some(Level::Nothing) => "You won't be notified of anything here",
            None => "This chat follows your notification settings",
        };
        let call = |level| calls::set_level(self.thread, level);
        self.toasts
            .act(Undoable::new(done, call(level), call(before)));
    }

    /// Copies the address of a message. Returns whether it worked.
    #[must_use]
    pub fn copy_link(self, seq: Seq) -> bool {
        dom::copy_text(&[&dom::origin(), &*message_path(self.thread, seq)].concat())
    }
}

/// The open thread, from the context.
#[must_use]
pub fn use_open_thread() -> OpenThread {
    expect_context()
}

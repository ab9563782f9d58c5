//! The endpoints that change something.

use web_sys::UrlSearchParams;

use super::forms::JOIN_ROOM;
use super::{Answer, fetch};
use crate::model::notify::{Level, NotifySettings, minute_text};
use crate::model::report::Decision;
use crate::model::{Privacy, Refusal, Role, Seq, SignUp, ThreadId, UserId};

/// A call that changes something: an endpoint with its fields.
#[derive(Clone, Debug)]
pub struct Call {
    path: &'static str,
    fields: Vec<(&'static str, String)>,
}

impl Call {
    fn new(path: &'static str) -> Self {
        let fields = Vec::new();
        Self { path, fields }
    }

    /// Adds a field, such as the user's choice or input.
    #[must_use]
    pub fn field(mut self, name: &'static str, value: String) -> Self {
        self.fields.push((name, value));
        self
    }

    fn id(self, name: &'static str, id: i64) -> Self {
        self.field(name, id.to_string())
    }

    fn flag(self, name: &'static str, on: bool) -> Self {
        self.field(name, on.to_string())
    }

    fn thread(self, thread: ThreadId) -> Self {
        self.id("thread", thread.0)
    }

    fn in_thread(self, thread: Option<ThreadId>) -> Self {
        match thread {
            Some(thread) => self.thread(thread),
            None => self,
        }
    }

    fn user(self, user: UserId) -> Self {
        self.id("user", user.0)
    }

    fn message(self, thread: ThreadId, seq: Seq) -> Self {
        self.thread(thread).id("seq", seq)
    }

    /// Sends the call.
    ///
    /// # Errors
    /// The server's refusal, or [`Refusal::Unreachable`].
    pub async fn send(&self) -> Result<Answer, Refusal> {
        let form = UrlSearchParams::new().map_err(|_| Refusal::Internal)?;
        for (name, value) in &self.fields {
            form.append(name, value);
        }
        fetch(self.path, Some(&form)).await
    }
}

/// Opens the direct thread with a user; creates it if there is none.
#[must_use]
pub fn open_direct(with: UserId) -> Call {
    Call::new("/api/open_direct").id("with", with.0)
}

#[must_use]
pub fn edit_message(thread: ThreadId, seq: Seq, text: String) -> Call {
    Call::new("/api/edit_message")
        .message(thread, seq)
        .field("text", text)
}

#[must_use]
pub fn delete_message(thread: ThreadId, seq: Seq) -> Call {
    Call::new("/api/delete_message").message(thread, seq)
}

/// Adds (`on`) or removes the user's reaction.
#[must_use]
pub fn react(thread: ThreadId, seq: Seq, emoji: &str, on: bool) -> Call {
    Call::new("/api/react")
        .message(thread, seq)
        .flag("on", on)
        .field("emoji", emoji.to_owned())
}

/// Pins a message, or unpins it.
#[must_use]
pub fn pin(thread: ThreadId, seq: Seq, on: bool) -> Call {
    Call::new("/api/pin").message(thread, seq).flag("on", on)
}

/// Marks a message and all after it as unread.
#[must_use]
pub fn mark_unread(thread: ThreadId, seq: Seq) -> Call {
    Call::new("/api/mark_unread").message(thread, seq)
}

/// Saves a message for later, or removes it from the saved ones.
#[must_use]
pub fn save(thread: ThreadId, seq: Seq, on: bool) -> Call {
    Call::new("/api/save").message(thread, seq).flag("on", on)
}

/// Blocks a user, or unblocks them.
#[must_use]
pub fn block(user: UserId, on: bool) -> Call {
    Call::new("/api/block").user(user).flag("on", on)
}

/// Reports a message. The form adds the reason and the details.
#[must_use]
pub fn report_message(thread: ThreadId, seq: Seq) -> Call {
    Call::new("/api/report").message(thread, seq)
}

/// Reports a user, as a member of a room or without one.
#[must_use]
pub fn report_user(user: UserId, room: Option<ThreadId>) -> Call {
    Call::new("/api/report").in_thread(room).user(user)
}

#[must_use]
pub fn decide_report(id: i64, decision: Decision) -> Call {
    Call::new("/api/decide_report")
        .id("id", id)
        .field("decision", decision.word().to_owned())
}

#[must_use]
pub fn set_role(thread: ThreadId, user: UserId, role: Role) -> Call {
    let word = match role {
        Role::Admin => "admin",
        Role::Member => "member",
    };
    Call::new("/api/set_role")
        .thread(thread)
        .user(user)
        .field("role", word.to_owned())
}

#[must_use]
pub fn remove_member(thread: ThreadId, user: UserId) -> Call {
    Call::new("/api/remove_member").thread(thread).user(user)
}

/// Bans a user. The form adds the duration and the note.
#[must_use]
pub fn ban(thread: ThreadId, user: UserId) -> Call {
    Call::new("/api/ban").thread(thread).user(user)
}

#[must_use]
pub fn lift_ban(thread: ThreadId, user: UserId) -> Call {
    Call::new("/api/lift_ban").thread(thread).user(user)
}

#[must_use]
pub fn make_public(thread: ThreadId) -> Call {
    Call::new("/api/make_public").thread(thread)
}

/// Joins a public room.
#[must_use]
pub fn join_room(thread: ThreadId) -> Call {
    Call::new(JOIN_ROOM).thread(thread)
}

#[must_use]
pub fn leave_room(thread: ThreadId) -> Call {
    Call::new("/api/leave_room").thread(thread)
}

#[must_use]
pub fn delete_room(thread: ThreadId) -> Call {
    Call::new("/api/delete_room").thread(thread)
}

/// Keeps a thread on top of the list, or no longer.
#[must_use]
pub fn set_favourite(thread: ThreadId, on: bool) -> Call {
    Call::new("/api/set_favourite")
        .thread(thread)
        .flag("on", on)
}

/// Subscribes this browser to pushes. The keys are in base64url.
#[must_use]
pub fn subscribe_push(
    endpoint: String,
    public_key: String,
    auth: String,
    shows_text: bool,
) -> Call {
    Call::new("/api/subscribe_push")
        .field("endpoint", endpoint)
        .field("public_key", public_key)
        .field("auth", auth)
        .flag("shows_text", shows_text)
}

/// Ends the subscription of this browser.
#[must_use]
pub fn unsubscribe_push() -> Call {
    Call::new("/api/unsubscribe_push")
}

/// Sends a test to this browser.
#[must_use]
pub fn test_push() -> Call {
    Call::new("/api/test_push")
}

/// Mutes a thread, for this many seconds (0: until it is unmuted).
#[must_use]
pub fn mute(thread: ThreadId, seconds: i64) -> Call {
    Call::new("/api/mute")
        .thread(thread)
        .flag("muted", true)
        .id("seconds", seconds)
}

#[must_use]
pub fn unmute(thread: ThreadId) -> Call {
    Call::new("/api/mute").thread(thread).flag("muted", false)
}

/// Sets what the user is notified of in a thread; `None`: what they chose for all threads of its kind.
#[must_use]
pub fn set_level(thread: ThreadId, level: Option<Level>) -> Call {
    let call = Call::new("/api/set_level").thread(thread);
    match level {
        Some(level) => call.field("level", level.word().to_owned()),
        None => call,
    }
}

/// Sets what the user is notified of in all threads.
#[must_use]
pub fn set_notify_settings(settings: &NotifySettings) -> Call {
    let call = Call::new("/api/set_notify_settings")
        .field("direct", settings.direct.word().to_owned())
        .field("rooms", settings.rooms.word().to_owned())
        .field("keywords", settings.keywords.join(","))
        .id("paused_until", settings.paused_until);
    match &settings.quiet {
        Some(hours) => call
            .field("quiet_from", minute_text(hours.from))
            .field("quiet_to", minute_text(hours.to))
            .field("zone", hours.zone.clone()),
        None => call,
    }
}

/// Creates an invite link to a room, or to the site. The form adds its limits.
#[must_use]
pub fn make_invite(room: Option<ThreadId>) -> Call {
    Call::new("/api/make_invite").in_thread(room)
}

#[must_use]
pub fn revoke_invite(room: Option<ThreadId>, id: i64) -> Call {
    Call::new("/api/revoke_invite").in_thread(room).id("id", id)
}

#[must_use]
pub fn set_sign_up(mode: SignUp) -> Call {
    Call::new("/api/set_sign_up").field("sign_up", mode.to_string())
}

#[must_use]
pub fn set_privacy(privacy: Privacy) -> Call {
    Call::new("/api/set_privacy")
        .flag("reading", privacy.reading)
        .flag("online", privacy.online)
}

/// Suspends an account, or restores it.
#[must_use]
pub fn suspend(user: UserId, suspended: bool) -> Call {
    Call::new("/api/suspend")
        .user(user)
        .flag("suspended", suspended)
}

#[must_use]
pub fn set_site_admin(user: UserId, is_admin: bool) -> Call {
    Call::new("/api/set_site_admin")
        .user(user)
        .flag("is_admin", is_admin)
}

//! The engine as components see it: its state as signals, and one way to pass it inputs.
//!
//! On the server its state is the page's boot data. In the browser a driver is set, which carries out the engine's
//! effects.

mod entering;
mod names;

use leptos::prelude::*;

use super::clock::now;
use crate::engine::{
    ConnectionState, Effect, Engine, Input, Pending, PendingState, Reached, Timeline, ViewChange,
};
use crate::model::{
    Boot, Departure, FileLimits, Person, Privacy, Role, Room, Seq, ThreadHead, ThreadId,
    ThreadKind, UserId,
};

/// Carries out the engine's effects.
pub type Driver = fn(ClientState, Vec<Effect>);

/// How far the other members of a thread have received and read it.
pub enum Progress {
    Direct(Reached),
    /// The last message that each member has read.
    Room(Vec<(UserId, Seq)>),
}

/// The chat of this page. A context of every component of the window.
#[derive(Clone, Copy)]
pub struct ClientState {
    engine: StoredValue<Engine>,
    driver: StoredValue<Option<Driver>>,
    me: StoredValue<Person>,
    /// Whether the user is an admin of the whole site.
    pub is_site_admin: bool,
    /// How large and how many the files of a message may be.
    pub file_limits: FileLimits,
    /// The number of open reports, for site admins: as of the page's start or the last look at *Administration*.
    pub open_reports: RwSignal<i64>,
    /// The page's boot data, until the browser has started.
    boot: StoredValue<Option<Boot>>,
    link: RwSignal<ConnectionState>,
    threads: RwSignal<()>,
    timeline: RwSignal<()>,
    people: RwSignal<()>,
    presence: RwSignal<()>,
    typing: RwSignal<()>,
    receipts: RwSignal<()>,
    members: RwSignal<()>,
    /// Notified when the user's notification settings may have changed.
    pub notify_settings: RwSignal<()>,
    /// Whether the user is looking at this page: it is visible, and has the focus.
    pub looking: RwSignal<bool>,
}

impl ClientState {
    /// The state from the page's boot data, which both sides render first: none of it depends on the browser.
    #[must_use]
    pub fn new(boot: Boot, now: crate::model::Millis) -> Self {
        let engine = Engine::new(boot.clone(), Vec::new(), now, 0);
        Self {
            me: StoredValue::new(engine.me().clone()),
            link: RwSignal::new(engine.link()),
            engine: StoredValue::new(engine),
            driver: StoredValue::new(None),
            is_site_admin: boot.is_site_admin,
            file_limits: boot.files,
            open_reports: RwSignal::new(boot.open_reports),
            boot: StoredValue::new(Some(boot)),
            threads: RwSignal::new(()),
            timeline: RwSignal::new(()),
            people: RwSignal::new(()),
            presence: RwSignal::new(()),
            typing: RwSignal::new(()),
            receipts: RwSignal::new(()),
            members: RwSignal::new(()),
            notify_settings: RwSignal::new(()),
            looking: RwSignal::new(false),
        }
    }

    /// Restarts the engine with the browser's driver, the messages unsent before a reload, and a random number.
    pub fn start(self, driver: Driver, outbox: Vec<Pending>, random: u64) {
        let Some(boot) = self.boot.try_update_value(Option::take).flatten() else {
            return;
        };
        self.engine
            .set_value(Engine::new(boot, outbox, now(), random));
        self.driver.set_value(Some(driver));
        self.timeline.notify();
        self.threads.notify();
    }

    /// Takes back that messages were marked as unread: everything up to `seq` is read.
    pub fn read_again(self, thread: ThreadId, seq: Seq) {
        self.act(Input::ReadAgain { thread, seq });
    }

    /// Passes an input to the engine, and carries out its effects.
    pub fn act(self, input: Input) {
        let at = now();
        let effects = self
            .engine
            .try_update_value(|engine| engine.handle(input, at));
        let Some(effects) = effects else { return };
        for effect in &effects {
            if let Effect::Changed(change) = effect {
                self.changed(*change);
            }
        }
        if let Some(driver) = self.driver.get_value() {
            driver(self, effects);
        }
    }

    fn changed(self, change: ViewChange) {
        match change {
            ViewChange::Link => self.link.set(self.read(Engine::link)),
            ViewChange::Threads => self.threads.notify(),
            ViewChange::Timeline(_) => self.timeline.notify(),
            ViewChange::People => self.people.notify(),
            ViewChange::Presence => self.presence.notify(),
            ViewChange::Typing => self.typing.notify(),
            ViewChange::Receipts => self.receipts.notify(),
            ViewChange::Members => self.members.notify(),
            ViewChange::NotifySettings => self.notify_settings.notify(),
        }
    }

    /// Reads the engine without tracking.
    pub fn read<T>(self, read: impl FnOnce(&Engine) -> T) -> T {
        self.engine.with_value(read)
    }

    /// The logged-in user.
    #[must_use]
    pub fn me(self) -> Person {
        self.me.get_value()
    }

    /// The state of the connection to the server.
    #[must_use]
    pub fn link(self) -> ConnectionState {
        self.link.get()
    }

    /// The threads of the list, latest first.
    #[must_use]
    pub fn thread_ids(self) -> Vec<ThreadId> {
        self.threads.track();
        self.read(|engine| engine.threads().iter().map(|head| head.id).collect())
    }

    /// Whether there are more threads to fetch.
    #[must_use]
    pub fn more_threads(self) -> bool {
        self.threads.track();
        self.read(Engine::more_threads)
    }

    /// One thread, listed or not.
    #[must_use]
    pub fn thread(self, id: ThreadId) -> Option<ThreadHead> {
        self.with_head(id, |head| Some(head.clone()))
    }

    /// The result of `pick` for one thread; the default if the thread is unknown.
    #[must_use]
    pub fn with_head<T: Default>(self, id: ThreadId, pick: impl FnOnce(&ThreadHead) -> T) -> T {
        self.threads.track();
        self.read(|engine| engine.thread(id).map(pick).unwrap_or_default())
    }

    /// The messages saved for later in the loaded threads.
    #[must_use]
    pub fn saved(self) -> Vec<(ThreadId, Vec<Seq>)> {
        self.threads.track();
        self.read(|engine| {
            let heads = engine.threads();
            let with_some = heads.iter().filter(|head| !head.saved.is_empty());
            with_some
                .map(|head| (head.id, head.saved.clone()))
                .collect()
        })
    }

    /// How many messages of a thread are unread.
    #[must_use]
    pub fn unread(self, id: ThreadId) -> i64 {
        self.threads.track();
        self.read(|engine| engine.thread(id).map_or(0, |head| engine.unread(head)))
    }

    /// The first unread message of a thread that mentions the user.
    #[must_use]
    pub fn first_mention(self, id: ThreadId) -> Option<Seq> {
        self.with_head(id, |head| head.mentions.first().copied())
    }

    /// The listed threads with unread messages that call for attention, and the number of these messages.
    #[must_use]
    pub fn calling(self) -> Vec<(ThreadId, i64)> {
        self.threads.track();
        self.read(|engine| {
            let heads = engine.threads().into_iter();
            let counted = heads.map(|head| (head.id, engine.calling(head)));
            counted.filter(|(_, count)| *count > 0).collect()
        })
    }

    /// Whether the user's last message in a thread could not be sent.
    #[must_use]
    pub fn has_unsent(self, id: ThreadId) -> bool {
        self.timeline.track();
        self.read(|engine| {
            let mut outbox = engine.outbox().iter();
            outbox.any(|it| it.thread == id && it.state != PendingState::Sending)
        })
    }

    /// The room of a thread; `None` if it is direct or unknown.
    #[must_use]
    pub fn room(self, id: ThreadId) -> Option<Room> {
        self.with_head(id, |head| head.room().cloned())
    }

    /// Whether a thread is a room. Not tracked, since it never changes.
    #[must_use]
    pub fn is_room(self, id: ThreadId) -> bool {
        self.read(|engine| engine.thread(id).is_some_and(|head| head.room().is_some()))
    }

    /// Whether the user moderates this room.
    #[must_use]
    pub fn may_manage(self, id: ThreadId) -> bool {
        self.room(id)
            .is_some_and(|room| room.role == Role::Admin || self.is_site_admin)
    }

    /// Whether the user is in this thread, listed or not.
    #[must_use]
    pub fn is_known(self, id: ThreadId) -> bool {
        self.with_head(id, |_| true)
    }

    /// Why the user is no longer in a thread, with the name it had.
    #[must_use]
    pub fn departure(self, id: ThreadId) -> Option<(String, Departure)> {
        self.threads.track();
        self.read(|engine| engine.departure(id).cloned())
    }

    /// The direct thread with this user, if loaded. Not tracked.
    #[must_use]
    pub fn direct_with(self, other: UserId) -> Option<ThreadId> {
        self.read(|engine| {
            let threads = engine.threads();
            let found = threads.iter().find(|head| match &head.kind {
                ThreadKind::Direct { other: person } => person.id == other,
                ThreadKind::Room(_) => false,
            });
            found.map(|head| head.id)
        })
    }

    /// The loaded part of a thread.
    #[must_use]
    pub fn timeline(self, id: ThreadId) -> Option<Timeline> {
        self.timeline.track();
        self.read(|engine| engine.timeline(id))
    }

    /// Tracks the timelines and the messages being sent.
    pub fn timeline_changed(self) {
        self.timeline.track();
    }

    /// The results of `pick` for all users, sorted by display name.
    #[must_use]
    pub fn people_with<T>(self, pick: impl FnMut(&Person) -> Option<T>) -> Vec<T> {
        self.people.track();
        self.read(|engine| engine.people().into_iter().filter_map(pick).collect())
    }

    /// The users online, by ascending ID.
    #[must_use]
    pub fn online(self) -> Vec<UserId> {
        self.presence.track();
        self.read(|engine| engine.online())
    }

    /// One user, if loaded.
    #[must_use]
    pub fn person(self, id: UserId) -> Option<Person> {
        self.people.track();
        self.read(|engine| engine.person(id).cloned())
    }

    /// Whether the user blocks `id`.
    #[must_use]
    pub fn is_blocked(self, id: UserId) -> bool {
        self.people.track();
        self.read(|engine| engine.blocked().contains(&id))
    }

    /// Whether messages by this author are shown collapsed in this thread.
    #[must_use]
    pub fn is_folded(self, thread: ThreadId, author: UserId) -> bool {
        self.people.track();
        self.read(|engine| engine.is_folded(thread, author))
    }

    /// The users that this one blocks.
    #[must_use]
    pub fn blocked(self) -> Vec<UserId> {
        self.people.track();
        self.read(|engine| engine.blocked().to_vec())
    }

    /// Whether `id` has a tab open anywhere.
    #[must_use]
    pub fn is_online(self, id: UserId) -> bool {
        self.presence.track();
        self.read(|engine| engine.is_online(id))
    }

    /// The user's privacy settings.
    #[must_use]
    pub fn privacy(self) -> Privacy {
        self.receipts.track();
        self.read(Engine::privacy)
    }

    /// How far the other members of a thread have received and read it.
    #[must_use]
    pub fn progress(self, id: ThreadId) -> Progress {
        self.receipts.track();
        // For an online member, a message in the log counts as delivered.
        self.presence.track();
        self.read(|engine| match engine.reached(id) {
            Some(reached) => Progress::Direct(reached),
            None => Progress::Room(engine.readers(id)),
        })
    }

    /// The role of a member of the watched room; `None` for a user who is no member.
    #[must_use]
    pub fn member_role(self, user: UserId) -> Option<Role> {
        self.members.track();
        self.read(|engine| engine.members()?.get(&user).copied())
    }

    /// The number of admins among the loaded members of the watched room.
    #[must_use]
    pub fn admins(self) -> usize {
        self.members.track();
        self.read(|engine| {
            let roles = engine
                .members()
                .into_iter()
                .flat_map(|roles| roles.values());
            roles.filter(|role| **role == Role::Admin).count()
        })
    }

    /// The members of the watched room that match the filter: admins first, then by name.
    #[must_use]
    pub fn members(self, filter: &str) -> Vec<UserId> {
        self.members.track();
        self.people.track();
        self.read(|engine| {
            let Some(roles) = engine.members() else {
                return Vec::new();
            };
            let people = engine.people().into_iter();
            let mut found: Vec<_> = people
                .filter(|person| person.matches(filter))
                .filter_map(|person| Some((std::cmp::Reverse(*roles.get(&person.id)?), person.id)))
                .collect();
            // The people are sorted by name already, and this sort is stable.
            found.sort_by_key(|(role, _)| *role);
            found.into_iter().map(|(_, id)| id).collect()
        })
    }

    /// Whether the members of the watched room are still being fetched.
    #[must_use]
    pub fn is_loading_members(self) -> bool {
        self.members.track();
        self.read(Engine::is_loading_members)
    }

    /// Why the members could not be fetched.
    #[must_use]
    pub fn members_failed(self) -> Option<String> {
        self.members.track();
        self.read(|engine| engine.members_failed().map(ToString::to_string))
    }

    /// The users who are typing in a thread.
    #[must_use]
    pub fn typing(self, id: ThreadId) -> Vec<UserId> {
        self.typing.track();
        self.read(|engine| engine.typing(id))
    }

    /// Reports that the message at `seq` is on the screen. It counts as read if the user is looking at the page.
    pub fn seen(self, thread: ThreadId, seq: Seq) {
        let read = self.read(|engine| engine.thread(thread).map_or(0, |head| head.read.seq));
        if seq > read && self.looking.get_untracked() {
            self.act(Input::Seen { thread, seq });
        }
    }
}

/// The chat of this window, from the context.
#[must_use]
pub fn use_client() -> ClientState {
    expect_context()
}

//! Application logic and authorization: every rule about membership and roles is here, and nowhere else. The entry
//! points (`api`, `websocket`) call this layer and nothing below it.

mod blocks;
pub mod files;
mod guesses;
pub mod messages;
mod notify_settings;
mod own_list;
pub mod policy;
mod profile;
mod reports;
pub mod rooms;
pub mod search;

use std::sync::Arc;
use std::time::Instant;

use self::guesses::Guesses;
use super::auth::Passwords;
use super::disk_space::DiskSpace;
use super::files::Files;
use super::hub::{ConnectionId, Hub};
use super::rate_limit::{ActionKind, RateLimiter, Rates};
use super::security_log::{SecurityEntry, SecurityEvent as Happened};
use super::store::{Rule, SITE, Store, StoreError};
use crate::model::{
    Boot, Page, PeoplePage, Person, Position, Privacy, Receipts, Refusal, Seq, Storage, ThreadHead,
    ThreadId, ThreadKind, ThreadsPage, UserId, limits,
};
use crate::protocol::{Missed, Resume};

/// The operations of users on threads and on the site.
#[derive(Clone)]
pub struct Chat {
    store: Store,
    hub: Arc<Hub>,
    passwords: Arc<Passwords>,
    /// Limits guesses at keys of private rooms.
    key_guesses: Arc<Guesses>,
    /// Limits guesses at invite links.
    link_guesses: Arc<Guesses>,
    /// Rate limits per user.
    pace: Arc<RateLimiter>,
    space: Arc<DiskSpace>,
    files: Arc<Files>,
}

/// The state sent to a connection when it becomes live.
#[derive(Clone, Debug)]
pub struct Resumed {
    pub threads: ThreadsPage,
    pub missed: Vec<Missed>,
    pub online: Vec<UserId>,
    pub receipts: Vec<Receipts>,
    pub privacy: Privacy,
    pub blocked: Vec<UserId>,
}

/// The most events in a `ready`, over all threads: its size is bounded however much was missed.
const MISSED_IN_ALL: usize = 1_000;

impl Chat {
    #[must_use]
    pub fn new(
        store: Store,
        hub: Arc<Hub>,
        passwords: Arc<Passwords>,
        rates: Rates,
        space: Arc<DiskSpace>,
        files: Arc<Files>,
    ) -> Self {
        Self {
            store,
            hub,
            passwords,
            key_guesses: Arc::new(Guesses::at_keys()),
            link_guesses: Arc::new(Guesses::at_links()),
            pace: Arc::new(RateLimiter::new(rates)),
            space,
            files,
        }
    }

    /// Charges these costs to the user's rate limits. The entry points call it for every action of a logged-in user,
    /// before anything else; the server's own work and `chapp seed` are not limited.
    ///
    /// # Errors
    /// [`Refusal::TooFast`]; [`Refusal::ReadOnly`] when the action needs disk space that is not available.
    pub fn admit(&self, me: UserId, costs: &[(ActionKind, u32)]) -> Result<(), Refusal> {
        if costs.iter().any(|(kind, _)| kind.needs_room()) {
            self.space.check_space()?;
        }
        let now = Instant::now();
        let admitted = self.pace.admit(me, costs, now);
        if let Err(refusal) = &admitted
            && self.pace.should_log(me, now)
        {
            SecurityEntry::new(Happened::Flood)
                .account(me)
                .refused(refusal);
        }
        admitted
    }

    /// The state of the disk with the database.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub async fn storage(&self, me: UserId) -> Result<Storage, Refusal> {
        let standing = self.store.standing(me, SITE).await?;
        policy::may_manage_site(&standing, None)?;
        Ok(self.space.storage())
    }

    /// Evaluates a rule against the user's current standing in a thread, or in [`SITE`] on the site.
    async fn ask(
        &self,
        me: UserId,
        thread: impl Into<Option<ThreadId>>,
        rule: Rule,
    ) -> Result<(), Refusal> {
        rule(&self.store.standing(me, thread).await?, None)
    }

    /// Reads from a thread, if the rule allows it. The rule is checked before the read, so that the duration of a
    /// refusal does not reveal whether there is anything to read, and after it, so that everything read was visible
    /// throughout.
    async fn reading<T>(
        &self,
        me: UserId,
        thread: impl Into<Option<ThreadId>>,
        rule: Rule,
        read: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, Refusal> {
        let thread = thread.into();
        self.ask(me, thread, rule).await?;
        let read = read.await?;
        self.ask(me, thread, rule).await?;
        Ok(read)
    }

    /// The initial state of the web page, with this thread open at this position. A thread that the user may not read
    /// is left out.
    pub async fn boot(
        &self,
        me: Person,
        open: Option<ThreadId>,
        at: Option<Seq>,
    ) -> Result<Boot, Refusal> {
        let mut threads = self.threads(me.id, None).await?;
        let favourites = self.missing_favourites(me.id, &threads).await?;
        threads
            .threads
            .extend(self.store.heads(me.id, &favourites).await?);
        let page = match open {
            Some(thread) => self.opened(me.id, thread, at, &mut threads).await?,
            None => None,
        };
        let people = self.store.people(None, limits::PEOPLE_BOOT).await?;
        let is_site_admin = self.store.is_site_admin(me.id).await?;
        let privacy = self.store.privacy(me.id).await?;
        Ok(Boot {
            blocked: self.blocked_ids(me.id).await?,
            is_site_admin,
            files: self.files.limits,
            open_reports: match is_site_admin {
                true => self.store.open_reports(me.id, None).await?,
                false => 0,
            },
            online: self.online(privacy, &threads),
            privacy,
            threads,
            people,
            open: page,
            me,
        })
    }

    /// The page shown when a thread opens, around this position or the first unread message; adds the thread's head to
    /// `threads`.
    async fn opened(
        &self,
        me: UserId,
        thread: ThreadId,
        at: Option<Seq>,
        threads: &mut ThreadsPage,
    ) -> Result<Option<Page>, Refusal> {
        let head = match self.head(me, thread).await {
            Ok(head) => head,
            Err(Refusal::NotFound | Refusal::NotMember | Refusal::Banned { .. }) => {
                return Ok(None);
            }
            Err(refusal) => return Err(refusal),
        };
        let position = match (at, head.unread()) {
            (Some(seq), _) => Position::Around(seq),
            (None, 0) => Position::Latest,
            (None, _) => Position::Around(head.read.seq),
        };
        if threads.threads.iter().all(|listed| listed.id != thread) {
            threads.threads.push(head);
        }
        self.history(me, thread, position).await.map(Some)
    }

    /// A thread as one of its members sees it.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when it does not exist or `me` may not read it.
    pub async fn head(&self, me: UserId, thread: ThreadId) -> Result<ThreadHead, Refusal> {
        self.ask(me, thread, policy::may_read).await?;
        self.store
            .heads(me, &[thread])
            .await?
            .pop()
            .ok_or(Refusal::NotFound)
    }

    /// A page of a thread's log.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the thread does not exist or `me` may not read it.
    pub async fn history(
        &self,
        me: UserId,
        thread: ThreadId,
        position: Position,
    ) -> Result<Page, Refusal> {
        let read = async {
            let mut page = self.store.page(thread, position, limits::PAGE).await?;
            page.receipts = self.store.receipts(me, &[thread]).await?.pop();
            Ok(page)
        };
        self.reading(me, thread, policy::may_read, read).await
    }

    /// The users after this user name.
    pub async fn people(&self, after: Option<&str>) -> Result<PeoplePage, Refusal> {
        Ok(self.store.people(after, limits::PEOPLE_PAGE).await?)
    }

    /// The user's threads after this one in the list.
    pub async fn threads(
        &self,
        me: UserId,
        after: Option<ThreadId>,
    ) -> Result<ThreadsPage, Refusal> {
        Ok(self.store.threads(me, after, limits::THREADS_PAGE).await?)
    }

    /// Whether the user, who reports typing over this connection, shares that with others. Does not access the
    /// database.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the connection is not subscribed to the thread.
    pub fn typing(
        &self,
        me: UserId,
        connection: ConnectionId,
        thread: ThreadId,
    ) -> Result<bool, Refusal> {
        policy::may_type(self.hub.is_subscribed(connection, thread))?;
        Ok(self.hub.shows(me).reading)
    }

    /// Sets the user's privacy settings.
    pub async fn set_privacy(&self, me: UserId, privacy: Privacy) -> Result<(), Refusal> {
        Ok(self.store.set_privacy(me, privacy).await?)
    }

    /// Makes a connection live: it is subscribed to all of its user's threads, and receives the events it missed.
    /// Subscribes first and reads second, so that nothing falls in between.
    pub async fn resume(
        &self,
        me: UserId,
        connection: ConnectionId,
        resume: &[Resume],
    ) -> Result<Resumed, Refusal> {
        if self.hub.is_shared() {
            let mine = self.store.memberships(&[me]).await?;
            self.hub.subscribe_from(connection, me, &mine);
        } else {
            let mine = self.store.thread_ids(me).await?;
            self.hub.subscribe(connection, &mine);
        }
        self.hub.introduce(me, self.store.privacy(me).await?);
        let privacy = self.hub.shows(me);
        let blocked = self.blocked_ids(me).await?;
        let blocked = self.hub.introduce_blocked(me, blocked);
        let mut threads = self.threads(me, None).await?;
        let mut requested = self.missing_favourites(me, &threads).await?;
        let resumed = resume.iter().map(|resume| resume.thread);
        for id in resumed {
            if threads.threads.iter().all(|head| head.id != id) && !requested.contains(&id) {
                requested.push(id);
            }
        }
        threads
            .threads
            .extend(self.store.heads(me, &requested).await?);
        let mut missed = Vec::new();
        let mut room = MISSED_IN_ALL;
        for &Resume { thread, seq } in resume {
            let is_behind = |head: &&ThreadHead| head.id == thread && head.last_seq > seq;
            if threads.threads.iter().any(|head| is_behind(&head)) {
                let part = self
                    .missed(thread, seq, room.min(limits::MISSED_MAX))
                    .await?;
                room -= part.events.len();
                missed.push(part);
            }
        }
        let resumed: Vec<_> = resume.iter().map(|resume| resume.thread).collect();
        let mut receipts = self.store.receipts(me, &resumed).await?;
        // The user may have been removed from a thread meanwhile: later events are not theirs.
        let still = self.store.thread_ids(me).await?;
        threads.threads.retain(|head| still.contains(&head.id));
        missed.retain(|missed| still.contains(&missed.thread));
        receipts.retain(|receipts| still.contains(&receipts.thread));
        Ok(Resumed {
            receipts,
            privacy,
            blocked,
            online: self.online(privacy, &threads),
            threads,
            missed,
        })
    }

    async fn blocked_ids(&self, me: UserId) -> Result<Vec<UserId>, Refusal> {
        let mut found = self.store.blocked_by(&[me]).await?;
        Ok(found.pop().map(|(_, blocked)| blocked).unwrap_or_default())
    }

    /// The online users, first those with whom the user shares one of these direct threads. Nobody if the user hides
    /// their own presence.
    fn online(&self, shows: Privacy, threads: &ThreadsPage) -> Vec<UserId> {
        if !shows.online {
            return Vec::new();
        }
        let others = threads.threads.iter().filter_map(|head| match &head.kind {
            ThreadKind::Direct { other } => Some(other.id),
            ThreadKind::Room(_) => None,
        });
        self.hub.online(&others.collect::<Vec<_>>())
    }

    async fn missed(&self, thread: ThreadId, seq: Seq, limit: usize) -> Result<Missed, Refusal> {
        let mut events = self.store.events_after(thread, seq, limit + 1).await?;
        let complete = events.len() <= limit;
        events.truncate(limit);
        Ok(Missed {
            thread,
            events,
            complete,
        })
    }
}

pub mod admin;
#[cfg(test)]
mod tests;

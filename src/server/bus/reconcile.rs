//! Recovery of missed changes: reads a thread's log from the delivered position, and compares everything delivered with
//! the database.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use tokio::time::sleep;

use super::{Bus, BusState};
use crate::model::{Departure, Event, EventBody, ThreadId, UserId};
use crate::server::hub::{Gap, Hub, Step};
use crate::server::metrics::METRICS;
use crate::server::store::{Change, Listener, Store, StoreError};

/// While the bus is down, everything is compared this often: other nodes may have a bus and leave no signs. The
/// interval grows with the duration of a comparison, so that comparing remains a small part of the time.
const POLL_EVERY: Duration = Duration::from_secs(1);
const POLL_SHARE: u32 = 4;
/// Without a bus, everything is compared when another node has left a sign, and this often regardless: the node may
/// have died before it could leave one.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// With the bus, everything is compared this often regardless.
const CHECK_EVERY: Duration = Duration::from_secs(30);
/// The pause between two comparisons, whatever triggers them.
const PAUSE: Duration = Duration::from_millis(250);
/// How often signs are left and checked. A tick longer than `STOPPED_AFTER` means that the process was suspended.
const TICK: Duration = Duration::from_millis(500);
const STOPPED_AFTER: Duration = Duration::from_secs(2);
/// Events of a thread read at once.
const PAGE: usize = 500;
/// Threads read concurrently.
const TOGETHER: usize = 4;
/// Threads, users and sessions compared with one statement.
const THREADS: usize = 1_000;
const PEOPLE: usize = 200;
const SESSIONS: usize = 500;
/// User ids may become visible out of order by at most this much.
const STRAGGLERS: i64 = 32;

/// Starts the tasks that catch up.
pub(super) async fn start(bus: &Arc<Bus>, store: &Store) -> Result<(), StoreError> {
    let reader = Reader {
        hub: Arc::clone(&bus.hub),
        store: store.clone(),
    };
    bus.tasks.spawn(reader.clone().read_for_ever());
    let newest = store.newest_person().await?;
    let since = UserId(newest.0 - STRAGGLERS);
    let known = store.people_since(since, STRAGGLERS + 1).await?;
    let comparer = Comparer {
        bus: Arc::clone(bus),
        store: store.clone(),
        newest,
        announced: known.iter().map(|person| person.id).collect(),
    };
    bus.tasks.spawn(comparer.compare_for_ever());
    let signs = store.signs().await?;
    bus.tasks
        .spawn(watch(Arc::clone(bus), store.clone(), signs));
    Ok(())
}

/// Detects that the process was suspended, and exchanges signs with other nodes through the database: a node that can't
/// publish what it has committed leaves one.
async fn watch(bus: Arc<Bus>, store: Store, mut seen: i64) {
    loop {
        let started = Instant::now();
        sleep(TICK).await;
        if started.elapsed() > STOPPED_AFTER {
            bus.suspect_gap();
        }
        let can_publish = bus.link() == BusState::Live;
        let signs = if !can_publish && bus.has_unsignalled.swap(false, Ordering::Relaxed) {
            let signs = store.leave_sign().await;
            if signs.is_err() {
                bus.has_unsignalled.store(true, Ordering::Relaxed);
            }
            // One of them is this node's own.
            signs.map(|signs| (signs, signs - 1))
        } else {
            store.signs().await.map(|signs| (signs, signs))
        };
        match signs {
            Ok((signs, of_others)) => {
                if seen != of_others {
                    bus.suspect_gap();
                }
                seen = signs;
            }
            Err(error) => tracing::debug!(%error, "exchanging signs through the database failed"),
        }
    }
}

/// Reads the logs of threads that have a gap.
#[derive(Clone)]
struct Reader {
    hub: Arc<Hub>,
    store: Store,
}

impl Reader {
    async fn read_for_ever(self) {
        loop {
            self.hub.gap_suspected().await;
            loop {
                let (due_reads, is_more) = self.hub.due_reads();
                let reads =
                    futures_util::stream::iter(due_reads).map(|position| self.read(position));
                let failed = reads
                    .buffer_unordered(TOGETHER)
                    .filter(|read| std::future::ready(read.is_err()));
                let failed = failed.count().await;
                if failed > 0 {
                    tracing::debug!(failed, "reading logs failed, retrying");
                    sleep(PAUSE).await;
                } else if !is_more {
                    break;
                }
                sleep(Duration::from_millis(5)).await;
            }
        }
    }

    async fn read(&self, Gap { thread, mut last }: Gap) -> Result<(), StoreError> {
        METRICS.logs_read.increment(1);
        loop {
            let events = self.store.events_after(thread, last, PAGE).await?;
            let Some(end) = events.last() else {
                let places = self.store.last_seqs(std::iter::once(thread)).await?;
                match places.contains_key(&thread) {
                    true => self.hub.read(thread, vec![], true),
                    false => self.hub.committed(vec![Change::Deleted { thread }]),
                }
                return Ok(());
            };
            last = end.seq;
            let is_all = events.len() < PAGE;
            let mut steps = Vec::with_capacity(events.len());
            for event in events {
                let before = self.before(&event).await?;
                steps.push(Step { before, event });
            }
            self.hub.read(thread, steps, is_all);
            if is_all {
                return Ok(());
            }
        }
    }

    /// The changes that an event implies for users connected here, besides itself.
    async fn before(&self, event: &Event) -> Result<Vec<Change>, StoreError> {
        let thread = event.thread;
        let user = event.body.subject().unwrap_or(event.actor);
        let why = match &event.body {
            EventBody::Joined { .. } if !self.hub.connected(&[user]).is_empty() => {
                let heads = self.store.heads(user, &[thread]).await?;
                let joined = heads.into_iter().map(|head| Change::Joined { user, head });
                return Ok(joined.collect());
            }
            EventBody::Left { .. } if self.hub.concerns(user, thread) => Departure::Left,
            EventBody::Removed { .. } if self.hub.concerns(user, thread) => Departure::Removed,
            EventBody::Banned { .. } if self.hub.concerns(user, thread) => {
                self.store.departure(user, thread).await?
            }
            _ => return Ok(vec![]),
        };
        Ok(vec![Change::Left { user, thread, why }])
    }
}

/// Compares what was delivered with the database.
struct Comparer {
    bus: Arc<Bus>,
    store: Store,
    /// The newest user announced, and which of the users just before them were.
    newest: UserId,
    announced: HashSet<UserId>,
}

impl Comparer {
    async fn compare_for_ever(mut self) {
        let mut took = Duration::ZERO;
        loop {
            let mut link = self.bus.link.subscribe();
            let wait = match *link.borrow_and_update() {
                BusState::Live | BusState::Alone => CHECK_EVERY,
                BusState::Polling => LOOK_EVERY,
                BusState::Down => POLL_EVERY.max(took * POLL_SHARE),
            };
            tokio::select! {
                () = self.bus.gap_suspected.notified() => {}
                () = sleep(wait) => {}
                // Compares at once: something may have been missed before the change was noticed.
                _ = link.changed() => {}
            }
            let started = Instant::now();
            while let Err(error) = self.compare().await {
                tracing::debug!(%error, "comparing with the database failed, retrying");
                sleep(PAUSE).await;
            }
            took = started.elapsed();
            METRICS.comparisons.increment(1);
            sleep(PAUSE).await;
        }
    }

    async fn compare(&mut self) -> Result<(), StoreError> {
        // Revoked access comes first.
        self.sessions().await?;
        self.threads().await?;
        self.memberships().await?;
        self.people().await
    }

    async fn sessions(&self) -> Result<(), StoreError> {
        for sessions in self.bus.hub.sessions().chunks(SESSIONS) {
            let live: HashSet<_> = self
                .store
                .live_sessions(sessions)
                .await?
                .into_iter()
                .collect();
            let ended = sessions.iter().filter(|id| !live.contains(id)).copied();
            self.bus.hub.end_sessions(&ended.collect::<Vec<_>>());
        }
        Ok(())
    }

    async fn threads(&self) -> Result<(), StoreError> {
        let hub = &self.bus.hub;
        for places in hub.places().chunks(THREADS) {
            let threads = places.iter().map(|place| place.thread);
            let last_seqs = self.store.last_seqs(threads).await?;
            for &Gap { thread, last } in places {
                match last_seqs.get(&thread) {
                    None => hub.committed(vec![Change::Deleted { thread }]),
                    Some(&seq) if seq > last => hub.mark_incomplete(thread),
                    Some(_) => {}
                }
            }
        }
        Ok(())
    }

    async fn memberships(&self) -> Result<(), StoreError> {
        let hub = &self.bus.hub;
        for users in hub.people().chunks(PEOPLE) {
            hub.compare_privacy(self.store.privacies(users).await?);
            hub.compare_blocked(self.store.blocked_by(users).await?);
            let memberships = self.store.memberships(users).await?;
            for of_one in memberships.chunk_by(|one, other| one.user == other.user) {
                let user = of_one[0].user;
                let new: Vec<ThreadId> = hub.compare(user, of_one);
                let heads = self.store.heads(user, &new).await?;
                let joined = heads.into_iter().map(|head| Change::Joined { user, head });
                hub.committed(joined.collect());
            }
        }
        Ok(())
    }

    async fn people(&mut self) -> Result<(), StoreError> {
        let hub = &self.bus.hub;
        let since = UserId(self.newest.0 - STRAGGLERS);
        let people = self.store.people_since(since, 1_000).await?;
        self.newest = people.last().map_or(self.newest, |person| person.id);
        for person in &people {
            if self.announced.insert(person.id) {
                hub.committed(vec![Change::Person(person.clone())]);
            }
        }
        let oldest = self.newest.0 - 2 * STRAGGLERS;
        self.announced.retain(|user| user.0 > oldest);
        Ok(())
    }
}

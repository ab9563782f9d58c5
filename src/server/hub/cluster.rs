//! The hub's additional state where there are several nodes: the order of each thread's events, and what connected
//! users were sent about their threads, so that both can be compared with the database after a gap.

use std::collections::HashMap;
use std::time::Instant;

use super::registry::{ConnectionId, Registry};
use super::sequencer::{Gap, PATIENCE, Sequencer, Step};
use super::{Hub, Moves, NodeId, State};
use crate::model::notify::NotifyChoice;
use crate::model::{ReadMark, Seq, ThreadId, UserId};
use crate::server::store::{Change, Membership};

/// See the module documentation.
#[derive(Default)]
pub(super) struct Cluster {
    order: Sequencer,
    /// For each thread of each connected user.
    sent: HashMap<UserId, HashMap<ThreadId, Sent>>,
}

/// What a user was sent about one of their threads, besides its events.
struct Sent {
    read: ReadMark,
    notify: NotifyChoice,
    favourite: bool,
    saved: Vec<Seq>,
}

impl Cluster {
    /// Records a change that is about to be delivered.
    pub(super) fn note<S: Clone>(&mut self, change: &Change, registry: &Registry<S>) {
        match change {
            Change::Joined { user, head } if registry.is_connected(*user) => {
                let sent = Sent {
                    read: head.read,
                    notify: head.notify,
                    favourite: head.favourite,
                    saved: head.saved.clone(),
                };
                self.sent.entry(*user).or_default().insert(head.id, sent);
                if self.order.begin(head.id, head.last_seq) {
                    // No subscriber here until now: events after this head may have been missed.
                    self.order.mark_incomplete(head.id, Instant::now());
                }
            }
            Change::Left { user, thread, .. } => {
                if let Some(threads) = self.sent.get_mut(user) {
                    threads.remove(thread);
                }
            }
            Change::Deleted { thread } => self.order.forget(*thread),
            Change::Read {
                user, thread, mark, ..
            } => {
                if let Some(sent) = self.sent_to(*user, *thread) {
                    sent.read = sent.read.merge(*mark);
                }
            }
            Change::Saved {
                user,
                thread,
                saved,
            } => {
                if let Some(sent) = self.sent_to(*user, *thread) {
                    sent.saved.clone_from(saved);
                }
            }
            _ => {}
        }
    }

    fn sent_to(&mut self, user: UserId, thread: ThreadId) -> Option<&mut Sent> {
        self.sent.get_mut(&user)?.get_mut(&thread)
    }
}

impl State {
    /// Delivers committed changes of any node: events in log order, other changes as they arrive.
    pub(super) fn deliver_all(&mut self, changes: Vec<Change>) {
        let now = Instant::now();
        let mut before = Vec::new();
        for change in changes {
            match change {
                Change::Event(event) => {
                    let before = before
                        .extract_if(.., |change: &mut Change| {
                            change.thread() == Some(event.thread)
                        })
                        .collect();
                    self.step(Step { before, event }, now);
                }
                // Held for the event that records it; a direct thread is created without one.
                Change::Joined { ref head, .. } if head.last_seq > 0 => before.push(change),
                Change::Left { .. } => before.push(change),
                change => self.apply(change),
            }
        }
        for change in before {
            self.apply(change);
        }
    }

    pub(super) fn has_incomplete(&self) -> bool {
        let shared = self.shared.as_ref();
        shared.is_some_and(|shared| shared.order.has_incomplete())
    }

    fn step(&mut self, step: Step, now: Instant) {
        let thread = step.event.thread;
        let Some(shared) = &mut self.shared else {
            return self.deliver_step(step);
        };
        if let Some(step) = shared.order.admit(step, now) {
            self.deliver_step(step);
            self.deliver_held(thread);
        }
    }

    fn deliver_step(&mut self, step: Step) {
        for change in step.before {
            self.apply(change);
        }
        self.apply(Change::Event(step.event));
    }

    fn deliver_held(&mut self, thread: ThreadId) {
        while let Some(step) = self
            .shared
            .as_mut()
            .and_then(|shared| shared.order.pop(thread))
        {
            self.deliver_step(step);
        }
    }
}

impl Hub {
    fn with_shared<T: Default>(
        &self,
        act: impl FnOnce(&mut Cluster, &mut Registry<super::Sink>) -> T,
    ) -> T {
        let mut state = self.lock();
        let State {
            shared, registry, ..
        } = &mut *state;
        shared
            .as_mut()
            .map_or_else(T::default, |shared| act(shared, registry))
    }

    /// Whether other nodes may write to the same logs.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.lock().shared.is_some()
    }

    /// As [`Hub::subscribe`], with the state of each thread in the snapshot that was read.
    pub fn subscribe_from(&self, connection: ConnectionId, user: UserId, threads: &[Membership]) {
        let ids: Vec<ThreadId> = threads.iter().map(|membership| membership.thread).collect();
        self.with_shared(|shared, registry| {
            registry.subscribe(connection, &ids);
            let all = shared.sent.entry(user).or_default();
            for membership in threads {
                shared.order.begin(membership.thread, membership.last_seq);
                let sent = Sent {
                    read: membership.read,
                    notify: membership.notify,
                    favourite: membership.favourite,
                    saved: membership.saved.clone(),
                };
                all.entry(membership.thread).or_insert(sent);
            }
        });
    }

    /// Waits until a log is to be read ([`Hub::due_reads`]), now or within [`PATIENCE`].
    pub async fn gap_suspected(&self) {
        self.gap_suspected.notified().await;
        tokio::time::sleep(PATIENCE).await;
    }

    /// The threads whose log is due to be read, with the position to read from, and whether more will be due soon.
    #[must_use]
    pub fn due_reads(&self) -> (Vec<Gap>, bool) {
        let now = Instant::now();
        self.with_shared(|shared, _| (shared.order.due_reads(now), shared.order.has_incomplete()))
    }

    /// Delivers what was read from a thread's log, from [`Gap::last`] on. `is_all`: it was read to its end.
    pub fn read(&self, thread: ThreadId, steps: Vec<Step>, is_all: bool) {
        let mut state = self.lock();
        for step in steps {
            let step = state
                .shared
                .as_mut()
                .and_then(|shared| shared.order.read(step));
            if let Some(step) = step {
                state.deliver_step(step);
            }
        }
        state.deliver_held(thread);
        if let Some(shared) = &mut state.shared
            && is_all
        {
            shared.order.settle(thread);
        }
    }

    /// The delivered position of each thread that has subscribers here.
    #[must_use]
    pub fn places(&self) -> Vec<Gap> {
        self.with_shared(|shared, registry| {
            shared
                .order
                .retain(|thread| registry.has_subscribers(thread));
            shared.order.places()
        })
    }

    /// The log of a thread is longer than what was delivered: schedules a read of it.
    pub fn mark_incomplete(&self, thread: ThreadId) {
        self.with_shared(|shared, _| shared.order.mark_incomplete(thread, Instant::now()));
        self.gap_suspected.notify_one();
    }

    /// The connected users.
    #[must_use]
    pub fn people(&self) -> Vec<UserId> {
        self.with_shared(|shared, registry| {
            shared.sent.retain(|user, _| registry.is_connected(*user));
            registry.users()
        })
    }

    /// Those of `users` who are connected.
    #[must_use]
    pub fn connected(&self, users: &[UserId]) -> Vec<UserId> {
        let state = self.lock();
        let users = users.iter().copied();
        users
            .filter(|user| state.registry.is_connected(*user))
            .collect()
    }

    /// Whether any of a user's connections is affected when they leave a thread.
    #[must_use]
    pub fn concerns(&self, user: UserId, thread: ThreadId) -> bool {
        self.lock().registry.concerns(user, thread)
    }

    /// Compares what a user was sent about their threads with the database, and delivers the differences. Returns the
    /// threads that are new to them.
    #[must_use]
    pub fn compare(&self, user: UserId, memberships: &[Membership]) -> Vec<ThreadId> {
        let mut state = self.lock();
        let Some(threads) = state
            .shared
            .as_ref()
            .and_then(|shared| shared.sent.get(&user))
        else {
            return Vec::new();
        };
        let mut new = Vec::new();
        let mut changes = Vec::new();
        for membership in memberships {
            let &Membership { thread, read, .. } = membership;
            let chosen = (membership.notify, membership.favourite);
            // What the user chose for a thread is sent with its head.
            let Some(sent) = threads
                .get(&thread)
                .filter(|sent| (sent.notify, sent.favourite) == chosen)
            else {
                new.push(thread);
                continue;
            };
            if read.is_after(sent.read) {
                let mark = read;
                changes.push(Change::Read {
                    user,
                    thread,
                    mark,
                    // The mark moved on another node at an unknown time: other members see it with their next page.
                    shown: false,
                });
            }
            if sent.saved != membership.saved {
                changes.push(Change::Saved {
                    user,
                    thread,
                    saved: membership.saved.clone(),
                });
            }
        }
        for change in changes {
            state.apply(change);
        }
        new
    }

    /// Applies the presence changes of another node.
    pub fn moved(&self, node: NodeId, moves: &Moves) {
        self.lock().presence.moved(node, moves);
    }

    /// Replaces the users online on another node. Empty when the node is gone.
    pub fn online_at(&self, node: NodeId, users: Vec<UserId>) {
        self.lock().presence.replace(node, users);
    }

    /// The users online on this node.
    #[must_use]
    pub fn online_here(&self) -> Vec<UserId> {
        self.lock().presence.here()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::SessionId;
    use crate::model::{Departure, Event, EventBody, Person, ThreadHead, ThreadKind};
    use crate::server::hub::{LiveConnection, SendQueueLimits};
    use crate::server::store::Listener;

    const ANA: UserId = UserId(1);
    const TEA: ThreadId = ThreadId(1);

    /// Ana is connected, and a member of a thread of five events.
    fn connected() -> (std::sync::Arc<Hub>, LiveConnection) {
        let limits = SendQueueLimits {
            frames: 100,
            bytes: 100_000,
            sends: 1,
        };
        let hub = Hub::shared(limits, 10);
        let connection = hub.connect(ANA, SessionId(Uuid::nil())).expect("a place");
        let membership = Membership {
            user: ANA,
            thread: TEA,
            last_seq: 5,
            read: ReadMark::default(),
            notify: NotifyChoice::default(),
            favourite: false,
            saved: vec![],
        };
        hub.subscribe_from(connection.id, ANA, &[membership]);
        (hub, connection)
    }

    fn event(seq: Seq) -> Change {
        Change::Event(Event {
            thread: TEA,
            seq,
            count: 0,
            at: 0,
            actor: ANA,
            client_id: None,
            body: EventBody::Created,
        })
    }

    fn joined(seq: Seq) -> Vec<Change> {
        let other = Person {
            id: UserId(2),
            username: "bob".into(),
            display_name: "Bob".into(),
            is_ambiguous: false,
        };
        let head = ThreadHead {
            id: TEA,
            kind: ThreadKind::Direct { other },
            creator: ANA,
            created_at: 0,
            last_seq: seq,
            count: 0,
            last: None,
            favourite: false,
            notify: NotifyChoice::default(),
            read: ReadMark::default(),
            pins: vec![],
            saved: vec![],
            mentions: Vec::new(),
            deleted: Vec::new(),
            hushed: Vec::new(),
        };
        vec![Change::Joined { user: ANA, head }, event(seq)]
    }

    fn left(seq: Seq) -> Vec<Change> {
        let left = Change::Left {
            user: ANA,
            thread: TEA,
            why: Departure::Left,
        };
        vec![left, event(seq)]
    }

    #[test]
    fn leaving_and_rejoining_ends_as_a_member_in_any_order_of_arrival() {
        let (hub, _connection) = connected();
        hub.committed(joined(7));
        assert!(hub.concerns(ANA, TEA), "event 6 is still unknown");
        hub.committed(left(6));
        assert!(hub.concerns(ANA, TEA));
    }

    #[test]
    fn rejoining_and_leaving_ends_outside_in_any_order_of_arrival() {
        let (hub, _connection) = connected();
        hub.committed(left(6));
        hub.committed(left(8));
        assert!(!hub.concerns(ANA, TEA));
        hub.committed(joined(7));
        assert!(!hub.concerns(ANA, TEA));
    }

    #[test]
    fn an_event_waits_for_the_membership_change_before_it() {
        let (hub, connection) = connected();
        hub.committed(vec![event(7)]);
        let queued = connection.outbox.len();
        hub.committed(left(6));
        // Only that she left; neither 6 nor 7.
        assert_eq!((queued, connection.outbox.len()), (0, 1));
    }

    #[test]
    fn a_comparison_delivers_marks_mutes_and_saved_messages_and_returns_new_threads() {
        let (hub, connection) = connected();
        let row = |thread, seq, saved: &[Seq]| Membership {
            user: ANA,
            thread: ThreadId(thread),
            last_seq: 5,
            read: ReadMark {
                seq,
                count: seq,
                ..ReadMark::default()
            },
            notify: NotifyChoice::default(),
            favourite: false,
            saved: saved.to_vec(),
        };
        assert_eq!(hub.compare(ANA, &[row(1, 0, &[])]), []);
        assert_eq!(connection.outbox.len(), 0);
        let rows = [row(1, 4, &[3]), row(2, 0, &[])];
        assert_eq!(hub.compare(ANA, &rows), [ThreadId(2)]);
        let sent = connection.outbox.len();
        assert_eq!(sent, 2, "the mark, and what is saved");
        assert_eq!(hub.compare(ANA, &rows[..1]), []);
        assert_eq!(connection.outbox.len(), sent, "once");
        let mut muted = row(1, 4, &[3]);
        muted.notify.muted = true;
        let mut favourite = row(1, 4, &[3]);
        favourite.favourite = true;
        for chosen in [muted, favourite] {
            let unsent = hub.compare(ANA, &[chosen]);
            assert_eq!(unsent, [ThreadId(1)], "its head is to be sent");
        }
    }
}

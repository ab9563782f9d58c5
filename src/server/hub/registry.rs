//! The core of the hub: which connection belongs to which user and is subscribed to which threads. Pure and
//! synchronous; `S` is the destination of a connection's frames and opaque here.

use std::collections::{HashMap, HashSet};

use super::connection_slots::ClientNetwork;
use crate::model::{SessionId, ThreadId, UserId};

/// Identifies a connection of this node; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(u64);

/// See the module documentation.
#[derive(Debug)]
pub(super) struct Registry<S> {
    next: u64,
    connections: HashMap<ConnectionId, Connection<S>>,
    users: HashMap<UserId, Vec<ConnectionId>>,
    sessions: HashMap<SessionId, Vec<ConnectionId>>,
    threads: HashMap<ThreadId, Vec<(ConnectionId, S)>>,
    /// The number of connections from each network.
    networks: HashMap<ClientNetwork, usize>,
}

#[derive(Debug)]
struct Connection<S> {
    user: UserId,
    session: SessionId,
    from: Option<ClientNetwork>,
    sink: S,
    threads: HashSet<ThreadId>,
    /// Until `subscribe`: the threads the user has left since connecting, because the subscribed list may be older.
    left: Option<HashSet<ThreadId>>,
}

impl<S> Default for Registry<S> {
    fn default() -> Self {
        Self {
            next: 0,
            connections: HashMap::new(),
            users: HashMap::new(),
            sessions: HashMap::new(),
            threads: HashMap::new(),
            networks: HashMap::new(),
        }
    }
}

impl<S: Clone> Registry<S> {
    /// Adds a connection, subscribed to no thread yet.
    pub(super) fn connect(
        &mut self,
        user: UserId,
        session: SessionId,
        from: Option<ClientNetwork>,
        sink: S,
    ) -> ConnectionId {
        self.next += 1;
        let id = ConnectionId(self.next);
        let threads = HashSet::new();
        let left = Some(HashSet::new());
        self.connections.insert(
            id,
            Connection {
                user,
                session,
                from,
                sink,
                threads,
                left,
            },
        );
        if let Some(from) = from {
            *self.networks.entry(from).or_default() += 1;
        }
        self.sessions.entry(session).or_default().push(id);
        self.users.entry(user).or_default().push(id);
        id
    }

    /// Removes a connection; returns its user if it was their last one. Idempotent.
    pub(super) fn disconnect(&mut self, id: ConnectionId) -> Option<UserId> {
        let connection = self.connections.remove(&id)?;
        if let Some(from) = connection.from
            && let Some(count) = self.networks.get_mut(&from)
        {
            *count -= 1;
            if *count == 0 {
                self.networks.remove(&from);
            }
        }
        for thread in connection.threads {
            remove_from(&mut self.threads, &thread, |(other, _)| *other == id);
        }
        remove_from(&mut self.sessions, &connection.session, |other| {
            *other == id
        });
        remove_from(&mut self.users, &connection.user, |other| *other == id);
        (!self.users.contains_key(&connection.user)).then_some(connection.user)
    }

    /// Subscribes a connection to these threads, except those its user has left since it connected.
    pub(super) fn subscribe(&mut self, id: ConnectionId, threads: &[ThreadId]) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        let left = connection.left.take().unwrap_or_default();
        for &thread in threads.iter().filter(|thread| !left.contains(thread)) {
            if connection.threads.insert(thread) {
                self.threads
                    .entry(thread)
                    .or_default()
                    .push((id, connection.sink.clone()));
            }
        }
    }

    /// Adds a member to a thread: all of the user's connections are subscribed.
    pub(super) fn join(&mut self, user: UserId, thread: ThreadId) {
        for id in self.users.get(&user).into_iter().flatten() {
            let Some(connection) = self.connections.get_mut(id) else {
                continue;
            };
            if let Some(left) = &mut connection.left {
                left.remove(&thread);
            }
            if connection.threads.insert(thread) {
                self.threads
                    .entry(thread)
                    .or_default()
                    .push((*id, connection.sink.clone()));
            }
        }
    }

    /// Removes a member from a thread: all of the user's connections are unsubscribed.
    pub(super) fn leave(&mut self, user: UserId, thread: ThreadId) {
        for id in self.users.get(&user).into_iter().flatten() {
            let Some(connection) = self.connections.get_mut(id) else {
                continue;
            };
            if let Some(left) = &mut connection.left {
                left.insert(thread);
            }
            if connection.threads.remove(&thread) {
                remove_from(&mut self.threads, &thread, |(other, _)| other == id);
            }
        }
    }

    /// Removes a deleted thread; returns its subscribers. A connection that has not subscribed yet learns of the
    /// deletion from the store: the list it then reads no longer has the thread.
    pub(super) fn delete(&mut self, thread: ThreadId) -> Vec<S> {
        for connection in self.connections.values_mut() {
            connection.threads.remove(&thread);
            if let Some(left) = &mut connection.left {
                left.insert(thread);
            }
        }
        let listeners = self.threads.remove(&thread).unwrap_or_default();
        listeners.into_iter().map(|(_, sink)| sink).collect()
    }

    pub(super) fn of_thread(&self, thread: ThreadId) -> impl Iterator<Item = &S> {
        self.threads
            .get(&thread)
            .into_iter()
            .flatten()
            .map(|(_, sink)| sink)
    }

    pub(super) fn of_user(&self, user: UserId) -> impl Iterator<Item = &S> {
        self.sinks(self.users.get(&user))
    }

    /// As [`Registry::of_user`], with the connection ids. The later connection has the higher id.
    pub(super) fn of_user_with_ids(
        &self,
        user: UserId,
    ) -> impl Iterator<Item = (ConnectionId, &S)> {
        let ids = self.users.get(&user).into_iter().flatten();
        ids.filter_map(|id| Some((*id, &self.connections.get(id)?.sink)))
    }

    /// The number of connections from this network.
    pub(super) fn count_from(&self, network: ClientNetwork) -> usize {
        self.networks.get(&network).copied().unwrap_or(0)
    }

    pub(super) fn of_session(&self, session: SessionId) -> impl Iterator<Item = &S> {
        self.sinks(self.sessions.get(&session))
    }

    fn sinks<'a>(&'a self, ids: Option<&'a Vec<ConnectionId>>) -> impl Iterator<Item = &'a S> {
        ids.into_iter()
            .flatten()
            .filter_map(|id| self.connections.get(id).map(|connection| &connection.sink))
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &S> {
        self.connections.values().map(|connection| &connection.sink)
    }

    pub(super) fn sessions(&self) -> Vec<SessionId> {
        self.sessions.keys().copied().collect()
    }

    /// As [`Registry::of_thread`], with the user of each connection.
    pub(super) fn of_thread_with_users(
        &self,
        thread: ThreadId,
    ) -> impl Iterator<Item = (UserId, &S)> {
        let listeners = self.threads.get(&thread).into_iter().flatten();
        listeners.filter_map(|(id, sink)| Some((self.connections.get(id)?.user, sink)))
    }

    /// All connections with their users.
    pub(super) fn all_with_users(&self) -> impl Iterator<Item = (UserId, &S)> {
        let connections = self.connections.values();
        connections.map(|connection| (connection.user, &connection.sink))
    }

    /// The number of connections subscribed to the thread.
    pub(super) fn audience(&self, thread: ThreadId) -> usize {
        self.threads.get(&thread).map_or(0, Vec::len)
    }

    /// Whether this connection is subscribed to the thread.
    pub(super) fn is_subscribed(&self, id: ConnectionId, thread: ThreadId) -> bool {
        let connection = self.connections.get(&id);
        connection.is_some_and(|connection| connection.threads.contains(&thread))
    }

    /// Whether any connection of this node is subscribed to the thread.
    pub(super) fn has_subscribers(&self, thread: ThreadId) -> bool {
        self.threads.contains_key(&thread)
    }

    pub(super) fn is_connected(&self, user: UserId) -> bool {
        self.users.contains_key(&user)
    }

    /// Whether a connection of the user is subscribed to the thread, or may be soon.
    pub(super) fn concerns(&self, user: UserId, thread: ThreadId) -> bool {
        let ids = self.users.get(&user).into_iter().flatten();
        let mut connections = ids.filter_map(|id| self.connections.get(id));
        connections.any(|it| it.left.is_some() || it.threads.contains(&thread))
    }

    pub(super) fn users(&self) -> Vec<UserId> {
        self.users.keys().copied().collect()
    }

    pub(super) fn len(&self) -> usize {
        self.connections.len()
    }

    /// Panics unless the tables are consistent with each other. For tests.
    #[cfg(test)]
    pub(super) fn check_invariants(&self) {
        let from = |connection: &Connection<S>| connection.from;
        let counted = self.networks.values().sum::<usize>();
        let networks = self.connections.values().filter_map(from).count();
        assert_eq!(counted, networks, "each is counted for its network");
        assert!(self.networks.values().all(|&count| count > 0));
        for (id, connection) in &self.connections {
            assert!(
                self.users[&connection.user].contains(id),
                "a user knows each connection"
            );
            assert!(
                self.sessions[&connection.session].contains(id),
                "so does its session"
            );
            for thread in &connection.threads {
                let subscriptions = self.threads[thread].iter().filter(|(other, _)| other == id);
                assert_eq!(
                    subscriptions.count(),
                    1,
                    "a thread holds each of its listeners once"
                );
            }
        }
        let listeners: usize = self.threads.values().map(Vec::len).sum();
        let threads: usize = self.connections.values().map(|c| c.threads.len()).sum();
        assert_eq!(
            listeners, threads,
            "every connection of a thread is subscribed to it"
        );
        let of_users: usize = self.users.values().map(Vec::len).sum();
        assert_eq!(
            of_users,
            self.connections.len(),
            "a connection is one user's"
        );
        let of_sessions: usize = self.sessions.values().map(Vec::len).sum();
        assert_eq!(of_sessions, self.connections.len(), "and one session's");
        assert!(
            self.users.values().all(|ids| !ids.is_empty()),
            "no empty entry remains"
        );
        assert!(
            self.sessions.values().all(|ids| !ids.is_empty()),
            "no empty entry remains"
        );
        assert!(
            self.threads.values().all(|ids| !ids.is_empty()),
            "no empty entry remains"
        );
    }
}

/// Removes the one item matching `is_it` from a key's list, and the list when it becomes empty.
fn remove_from<K: std::hash::Hash + Eq, V>(
    table: &mut HashMap<K, Vec<V>>,
    key: &K,
    is_it: impl Fn(&V) -> bool,
) {
    let Some(list) = table.get_mut(key) else {
        return;
    };
    if let Some(place) = list.iter().position(is_it) {
        list.swap_remove(place);
    }
    if list.is_empty() {
        table.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Connect { user: i64 },
        Disconnect { nth: usize },
        Subscribe { nth: usize },
        Join { user: i64, thread: i64 },
        Leave { user: i64, thread: i64 },
        Delete { thread: i64 },
    }

    fn step() -> impl Strategy<Value = Step> {
        let (user, thread) = (0..4_i64, 0..4_i64);
        prop_oneof![
            user.clone().prop_map(|user| Step::Connect { user }),
            (0..8_usize).prop_map(|nth| Step::Disconnect { nth }),
            (0..8_usize).prop_map(|nth| Step::Subscribe { nth }),
            (user.clone(), thread.clone()).prop_map(|(user, thread)| Step::Join { user, thread }),
            (user, thread.clone()).prop_map(|(user, thread)| Step::Leave { user, thread }),
            thread.prop_map(|thread| Step::Delete { thread }),
        ]
    }

    /// A connection of the model, with its user's memberships when it "read" them.
    struct Open {
        id: ConnectionId,
        user: i64,
        read: BTreeSet<i64>,
        subscribed: bool,
    }

    proptest! {
        /// Whatever is read when, a subscribed connection receives exactly the threads of its user.
        #[test]
        fn a_subscribed_connection_has_exactly_its_users_threads(
            steps in prop::collection::vec(step(), 1..80)
        ) {
            let mut registry: Registry<u64> = Registry::default();
            let mut members: BTreeSet<(i64, i64)> = BTreeSet::new();
            let mut open: Vec<Open> = Vec::new();
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Connect { user } => {
                        let session = SessionId(Uuid::from_u128(user as u128));
                        let was = registry.is_connected(UserId(user));
                        prop_assert_eq!(was, open.iter().any(|other| other.user == user));
                        let from = std::net::IpAddr::from([192, 0, 2, (number % 3) as u8]);
                        let from = ClientNetwork::of(from).filter(|_| number % 4 > 0);
                        let id = registry.connect(UserId(user), session, from, number as u64);
                        let read = members.iter().filter(|(of, _)| *of == user);
                        let read = read.map(|(_, thread)| *thread).collect();
                        open.push(Open { id, user, read, subscribed: false });
                    }
                    Step::Disconnect { nth } if nth < open.len() => {
                        let gone = open.remove(nth);
                        let last = open.iter().all(|other| other.user != gone.user);
                        let gone_offline = registry.disconnect(gone.id);
                        prop_assert_eq!(gone_offline, last.then_some(UserId(gone.user)));
                        prop_assert_eq!(registry.disconnect(gone.id), None);
                    }
                    Step::Subscribe { nth } if nth < open.len() && !open[nth].subscribed => {
                        open[nth].subscribed = true;
                        let read: Vec<_> = open[nth].read.iter().map(|&t| ThreadId(t)).collect();
                        registry.subscribe(open[nth].id, &read);
                    }
                    Step::Join { user, thread } => {
                        members.insert((user, thread));
                        registry.join(UserId(user), ThreadId(thread));
                    }
                    Step::Leave { user, thread } => {
                        members.remove(&(user, thread));
                        registry.leave(UserId(user), ThreadId(thread));
                    }
                    Step::Delete { thread } => {
                        members.retain(|(_, of)| *of != thread);
                        registry.delete(ThreadId(thread));
                    }
                    Step::Disconnect { .. } | Step::Subscribe { .. } => {}
                }
                registry.check_invariants();
                for connection in open.iter().filter(|connection| connection.subscribed) {
                    let is_subscribed = &registry.connections[&connection.id].threads;
                    let is_subscribed: BTreeSet<_> = is_subscribed.iter().map(|t| (connection.user, t.0)).collect();
                    let is_in: BTreeSet<_> =
                        members.iter().copied().filter(|(of, _)| *of == connection.user).collect();
                    prop_assert_eq!(is_subscribed, is_in);
                }
            }
        }
    }
}

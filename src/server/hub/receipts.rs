//! Read receipts: how far the members of a thread have read it. Batched, and sent only to members who share their own.

use std::collections::HashMap;

use super::{ConnectionId, Hub, State, encode};
use crate::model::{Privacy, Reader, Receipts, Seq, ThreadId, UserId};
use crate::protocol::ServerFrame;
use crate::server::store::Change;

/// Read marks that have moved and were not broadcast yet.
pub(super) type Moved = HashMap<ThreadId, HashMap<UserId, Seq>>;

impl State {
    /// Queues a user's moved read mark for the next broadcast.
    pub(super) fn gather(&mut self, user: UserId, thread: ThreadId, seq: Seq) {
        if self.registry.has_subscribers(thread) {
            let mark = self.moved.entry(thread).or_default().entry(user);
            let mark = mark.or_insert(seq);
            *mark = seq.max(*mark);
        }
    }

    /// Broadcasts which users have hidden their read marks, and the marks that have moved: one frame per thread,
    /// however many members have read it.
    pub(super) fn send_receipts(&mut self) {
        let users: Vec<_> = self.hidden.drain().collect();
        if !users.is_empty() {
            let frame = encode(&ServerFrame::ReadingHidden { users });
            for (user, outbox) in self.registry.all_with_users() {
                if self.shows(user).reading {
                    outbox.push(frame.clone());
                }
            }
        }
        for (thread, moved) in std::mem::take(&mut self.moved) {
            let mut read: Vec<_> = moved
                .into_iter()
                .map(|(user, seq)| Reader { user, seq })
                .collect();
            read.sort_unstable_by_key(|reader| reader.user);
            let frame = encode(&ServerFrame::Receipts(Receipts {
                thread,
                read,
                delivered: 0,
            }));
            for (user, outbox) in self.registry.of_thread_with_users(thread) {
                if self.shows(user).reading {
                    outbox.push(frame.clone());
                }
            }
        }
    }

    /// The privacy settings of a connected user; everything is hidden until they are known.
    pub(super) fn shows(&self, user: UserId) -> Privacy {
        let hidden = Privacy {
            reading: false,
            online: false,
        };
        self.privacy.get(&user).copied().unwrap_or(hidden)
    }

    /// Applies a change of a user's privacy settings and notifies their tabs.
    pub(super) fn change_privacy(&mut self, user: UserId, privacy: Privacy) {
        match privacy.reading {
            true => drop(self.hidden.remove(&user)),
            false => drop(self.hidden.insert(user)),
        }
        self.set_privacy(user, privacy);
        self.notify(user, &encode(&ServerFrame::Privacy(privacy)));
    }

    /// Sets the privacy settings of a connected user.
    pub(super) fn set_privacy(&mut self, user: UserId, privacy: Privacy) {
        if !self.registry.is_connected(user) {
            return;
        }
        self.privacy.insert(user, privacy);
        match privacy.online {
            true => self.presence.came(user),
            false => self.presence.hide(user),
        }
        if !privacy.reading {
            for moved in self.moved.values_mut() {
                moved.remove(&user);
            }
            self.moved.retain(|_, moved| !moved.is_empty());
        }
    }
}

impl Hub {
    /// Registers the privacy settings of a connected user as read from the store. A change received since that read
    /// wins. From here on the user is online, if they share it.
    pub fn introduce(&self, user: UserId, privacy: Privacy) {
        let mut state = self.lock();
        let known = state.privacy.get(&user).copied();
        state.set_privacy(user, known.unwrap_or(privacy));
    }

    /// Whether a connection is subscribed to a thread, as a member's is.
    #[must_use]
    pub fn is_subscribed(&self, connection: ConnectionId, thread: ThreadId) -> bool {
        self.lock().registry.is_subscribed(connection, thread)
    }

    /// The privacy settings of a connected user; everything is hidden until [`Hub::introduce`].
    #[must_use]
    pub fn shows(&self, user: UserId) -> Privacy {
        self.lock().shows(user)
    }

    /// Broadcasts the read marks that have moved. [`Hub::announce_presence`] does the same periodically.
    pub fn send_receipts(&self) {
        self.lock().send_receipts();
    }

    /// Compares privacy settings with the database and applies the differences.
    pub fn compare_privacy(&self, privacies: Vec<(UserId, Privacy)>) {
        let mut state = self.lock();
        for (user, privacy) in privacies {
            if state
                .privacy
                .get(&user)
                .is_some_and(|known| *known != privacy)
            {
                state.apply(Change::Privacy { user, privacy });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use uuid::Uuid;

    use super::*;
    use crate::model::ReadMark;
    use crate::model::SessionId;
    use crate::server::hub::{LiveConnection, SendQueueLimits};
    use crate::server::store::Listener;

    const TEA: ThreadId = ThreadId(1);
    const HIDDEN: Privacy = Privacy {
        reading: false,
        online: false,
    };

    fn member(hub: &Arc<Hub>, user: i64, privacy: Privacy) -> LiveConnection {
        let session = SessionId(Uuid::nil());
        let connection = hub.connect(UserId(user), session).expect("a place");
        hub.subscribe(connection.id, &[TEA]);
        hub.introduce(UserId(user), privacy);
        connection
    }

    fn hub() -> Arc<Hub> {
        let limits = SendQueueLimits {
            frames: 1_000,
            bytes: 1_000_000,
            sends: 1,
        };
        Hub::new(limits, 10_000)
    }

    fn reads(user: i64, seq: Seq, shown: bool) -> Change {
        Change::Read {
            user: UserId(user),
            thread: TEA,
            mark: ReadMark {
                seq,
                count: seq,
                ..ReadMark::default()
            },
            shown,
        }
    }

    /// The frames a connection received since the last call.
    fn received(connection: &LiveConnection) -> Vec<ServerFrame> {
        let frames = connection.outbox.take_all();
        let frames = frames.iter().map(|frame| match frame.decoded() {
            tungstenite::Message::Text(text) => serde_json::from_str(&text).expect("a frame"),
            other => panic!("no text: {other:?}"),
        });
        frames.collect()
    }

    #[test]
    fn a_hundred_read_marks_arrive_in_one_frame() {
        let hub = hub();
        let all: Vec<_> = (0..100)
            .map(|user| member(&hub, user, Privacy::default()))
            .collect();
        for seq in 1..4 {
            hub.committed((0..100).map(|user| reads(user, seq, true)).collect());
        }
        // Each user receives their own marks at once.
        assert!(all.iter().all(|it| it.outbox.take_all().len() == 3));
        hub.send_receipts();
        hub.send_receipts();
        for connection in &all {
            let frames = received(connection);
            let [ServerFrame::Receipts(receipts)] = &frames[..] else {
                panic!("{frames:?}");
            };
            assert_eq!(receipts.read.len(), 100);
            assert!(receipts.read.iter().all(|reader| reader.seq == 3));
        }
    }

    #[test]
    fn a_user_who_hides_read_marks_receives_none() {
        let hub = hub();
        let (ana, bob) = (member(&hub, 1, HIDDEN), member(&hub, 2, Privacy::default()));
        hub.committed(vec![reads(3, 1, true)]);
        hub.send_receipts();
        assert_eq!((ana.outbox.len(), bob.outbox.len()), (0, 1));
        hub.typing(TEA, UserId(3));
        assert_eq!((ana.outbox.len(), bob.outbox.len()), (0, 2));
        hub.committed(vec![reads(3, 2, false)]);
        hub.send_receipts();
        assert_eq!(bob.outbox.len(), 2, "hidden marks are not sent");
    }

    #[test]
    fn a_privacy_setting_applies_to_all_tabs_and_to_queued_marks() {
        let hub = hub();
        let tabs = [1, 1].map(|user| member(&hub, user, Privacy::default()));
        let bob = member(&hub, 2, Privacy::default());
        hub.committed(vec![reads(1, 1, true)]);
        let user = UserId(1);
        let privacy = HIDDEN;
        hub.committed(vec![Change::Privacy { user, privacy }]);
        hub.send_receipts();
        hub.send_receipts();
        let users = vec![user];
        assert_eq!(received(&bob), [ServerFrame::ReadingHidden { users }]);
        // Each tab received the mark and the setting.
        assert!(tabs.iter().all(|tab| tab.outbox.len() == 2));
        assert_eq!(hub.online(&[]), [UserId(2)]);
        // A value read before the change does not undo it.
        hub.introduce(user, Privacy::default());
        assert_eq!(hub.shows(user), HIDDEN);
    }
}

//! The messages between nodes: JSON, each packet published once for all nodes.

use serde::{Deserialize, Serialize};

use crate::model::notify::NotifyDecision;
use crate::model::{ThreadId, UserId};
use crate::server::hub::NodeId;
use crate::server::store::Change;

/// A message on the bus.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Packet<B> {
    /// The sender.
    pub node: NodeId,
    /// The sequence number of this node's packet, from 1: a skipped number was lost on its way. `None` for a packet
    /// whose loss does not matter, which a build that does not know it can ignore.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    pub body: B,
}

/// The content of a packet.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Body {
    /// Committed changes, in commit order.
    Changes(Vec<Change>),
    /// Users who came online or went offline on this node.
    Moved {
        online: Vec<UserId>,
        offline: Vec<UserId>,
    },
    /// A user is typing. Unnumbered: losing it does no harm.
    Typing { thread: ThreadId, user: UserId },
    /// A user looks at a page, or no longer. Unnumbered, as it is repeated.
    Looking { user: UserId, on: bool },
    /// What was decided about pushes. Unnumbered: losing it does no harm.
    Decided(Vec<(UserId, NotifyDecision)>),
    /// All users online on this node.
    Online(Vec<UserId>),
    /// Requests [`Body::Online`] from every other node.
    Hello,
    /// A heartbeat.
    Alive,
    /// The node is stopping.
    Bye,
}

impl Body {
    /// Whether other nodes must detect its loss.
    pub(super) fn is_numbered(&self) -> bool {
        !matches!(
            self,
            Self::Typing { .. } | Self::Looking { .. } | Self::Decided(_)
        )
    }
}

impl Packet<Body> {
    pub(super) fn to_json(&self) -> Vec<u8> {
        // Plain data with string keys: serde_json can't fail on it.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// A decoded message.
pub(super) enum Received {
    Packet(Packet<Body>),
    /// A packet of a build that uses a body unknown to this one.
    Unknown {
        node: NodeId,
        number: Option<u64>,
    },
    /// Not a packet.
    Garbage,
}

impl Received {
    pub(super) fn of(bytes: &[u8]) -> Self {
        if let Ok(packet) = serde_json::from_slice(bytes) {
            return Self::Packet(packet);
        }
        match serde_json::from_slice::<Packet<serde::de::IgnoredAny>>(bytes) {
            Ok(Packet { node, number, .. }) => Self::Unknown { node, number },
            Err(_) => Self::Garbage,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_of_a_newer_build_is_still_a_packet() {
        let text = br#"{"node":7,"number":3,"body":{"weather":{"rain":true}}}"#;
        let Received::Unknown { node, number } = Received::of(text) else {
            panic!("not known as a packet");
        };
        assert_eq!((node, number), (NodeId(7), Some(3)));
        assert!(matches!(Received::of(b"{}"), Received::Garbage));
    }

    #[test]
    fn a_packet_reads_as_it_was_written() {
        let packet = Packet {
            node: NodeId(7),
            number: None,
            body: Body::Online(vec![UserId(1)]),
        };
        let json = packet.to_json();
        assert_eq!(json, br#"{"node":7,"body":{"online":[1]}}"#);
        assert!(matches!(
            Received::of(&json),
            Received::Packet(Packet { body: Body::Online(users), .. }) if users == [UserId(1)]
        ));
    }
}

//! What nodes tell each other: JSON, each packet written once, whoever reads it.

use serde::{Deserialize, Serialize};

use crate::model::{ThreadId, UserId};
use crate::server::hub::NodeId;
use crate::server::store::Change;

/// One message on the bus.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Packet<B> {
    /// Who says it.
    pub node: NodeId,
    /// Which of this node's packets it is, from 1: a number that is left out was lost on its way. `None`: one
    /// whose loss does not matter; a build that does not know it need not care.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    pub body: B,
}

/// What is said.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Body {
    /// These are committed, in this order.
    Changes(Vec<Change>),
    /// Who came online at this node, and who went.
    Moved {
        online: Vec<UserId>,
        offline: Vec<UserId>,
    },
    /// Somebody is typing. Without a number: nothing is lost when it is.
    Typing { thread: ThreadId, user: UserId },
    /// All who are online at this node.
    Online(Vec<UserId>),
    /// Asks each of the others for [`Body::Online`].
    Hello,
    /// A sign of life.
    Alive,
    /// The node stops.
    Bye,
}

impl Body {
    /// Whether the others must know when it was lost.
    pub(super) fn is_numbered(&self) -> bool {
        !matches!(self, Self::Typing { .. })
    }
}

impl Packet<Body> {
    pub(super) fn to_json(&self) -> Vec<u8> {
        // Plain data with string keys: serde_json can't fail on it.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// What was received.
pub(super) enum Received {
    Packet(Packet<Body>),
    /// From a build that says what this one does not know.
    Unknown {
        node: NodeId,
        number: Option<u64>,
    },
    /// Not from a node.
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
    fn what_a_newer_build_says_is_known_to_be_a_packet() {
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

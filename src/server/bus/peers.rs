//! The other nodes known by their packets: pure and synchronous, the time is passed in.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::server::hub::NodeId;

/// A node silent for this long is gone, and its users with it.
pub(super) const SILENT_AFTER: Duration = Duration::from_secs(8);

/// See the module documentation.
#[derive(Debug, Default)]
pub(super) struct Peers(HashMap<NodeId, Peer>);

#[derive(Debug)]
struct Peer {
    /// Of the last numbered packet.
    number: u64,
    heard: Instant,
}

/// Whether a packet's number reveals a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Nothing was missed.
    All,
    /// Something before it was missed, or may have been, because the node was unknown.
    Missed,
}

impl Peers {
    /// Records a packet.
    pub(super) fn hear(&mut self, node: NodeId, number: Option<u64>, now: Instant) -> Heard {
        let Some(number) = number else {
            if let Some(peer) = self.0.get_mut(&node) {
                peer.heard = now;
            }
            return Heard::All;
        };
        let heard = now;
        let before = self.0.insert(node, Peer { number, heard });
        match before.map_or(0, |peer| peer.number) + 1 == number {
            true => Heard::All,
            false => Heard::Missed,
        }
    }

    /// Removes a node that announced its stop; returns whether it was known.
    pub(super) fn forget(&mut self, node: NodeId) -> bool {
        self.0.remove(&node).is_some()
    }

    /// Removes and returns the nodes that have fallen silent.
    pub(super) fn silent(&mut self, now: Instant) -> Vec<NodeId> {
        let silent = |_: &NodeId, peer: &mut Peer| now.duration_since(peer.heard) > SILENT_AFTER;
        self.0.extract_if(silent).map(|(node, _)| node).collect()
    }

    /// Restarts every node's silence timer, because nothing could be received until now.
    pub(super) fn excuse(&mut self, now: Instant) {
        for peer in self.0.values_mut() {
            peer.heard = now;
        }
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: NodeId = NodeId(1);

    #[test]
    fn a_number_that_is_left_out_was_missed() {
        let (mut peers, now) = (Peers::default(), Instant::now());
        assert_eq!(peers.hear(NODE, Some(1), now), Heard::All);
        assert_eq!(peers.hear(NODE, Some(2), now), Heard::All);
        assert_eq!(peers.hear(NODE, None, now), Heard::All);
        assert_eq!(peers.hear(NODE, Some(4), now), Heard::Missed);
        assert_eq!(peers.hear(NODE, Some(5), now), Heard::All);
    }

    #[test]
    fn of_a_node_that_ran_before_it_was_heard_something_was_missed() {
        let (mut peers, now) = (Peers::default(), Instant::now());
        assert_eq!(peers.hear(NODE, Some(12), now), Heard::Missed);
    }

    #[test]
    fn a_node_that_falls_silent_is_told_once_and_was_missed_when_it_is_back() {
        let (mut peers, now) = (Peers::default(), Instant::now());
        peers.hear(NODE, Some(1), now);
        let later = now + SILENT_AFTER + Duration::from_millis(1);
        assert_eq!(peers.silent(now + SILENT_AFTER), []);
        assert_eq!(peers.silent(later), [NODE]);
        assert_eq!(peers.silent(later), []);
        assert_eq!(peers.hear(NODE, Some(2), later), Heard::Missed);
    }
}

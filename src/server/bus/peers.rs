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
    last_packet_at: Instant,
}

/// Whether a packet's number reveals a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Continuity {
    /// Nothing was missed.
    All,
    /// Something before it was missed, or may have been, because the node was unknown.
    Missed,
}

impl Peers {
    /// Records a packet.
    pub(super) fn record(&mut self, node: NodeId, number: Option<u64>, now: Instant) -> Continuity {
        let Some(number) = number else {
            if let Some(peer) = self.0.get_mut(&node) {
                peer.last_packet_at = now;
            }
            return Continuity::All;
        };
        let last_packet_at = now;
        let before = self.0.insert(
            node,
            Peer {
                number,
                last_packet_at,
            },
        );
        match before.map_or(0, |peer| peer.number) + 1 == number {
            true => Continuity::All,
            false => Continuity::Missed,
        }
    }

    /// Removes a node that announced its stop; returns whether it was known.
    pub(super) fn forget(&mut self, node: NodeId) -> bool {
        self.0.remove(&node).is_some()
    }

    /// Removes and returns the nodes that have fallen silent.
    pub(super) fn silent(&mut self, now: Instant) -> Vec<NodeId> {
        let silent =
            |_: &NodeId, peer: &mut Peer| now.duration_since(peer.last_packet_at) > SILENT_AFTER;
        self.0.extract_if(silent).map(|(node, _)| node).collect()
    }

    /// Restarts every node's silence timer, because nothing could be received until now.
    pub(super) fn restart_timers(&mut self, now: Instant) {
        for peer in self.0.values_mut() {
            peer.last_packet_at = now;
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
    fn a_skipped_number_is_a_gap() {
        let (mut peers, now) = (Peers::default(), Instant::now());
        assert_eq!(peers.record(NODE, Some(1), now), Continuity::All);
        assert_eq!(peers.record(NODE, Some(2), now), Continuity::All);
        assert_eq!(peers.record(NODE, None, now), Continuity::All);
        assert_eq!(peers.record(NODE, Some(4), now), Continuity::Missed);
        assert_eq!(peers.record(NODE, Some(5), now), Continuity::All);
    }

    #[test]
    fn a_node_first_seen_with_a_later_number_was_missed() {
        let (mut peers, now) = (Peers::default(), Instant::now());
        assert_eq!(peers.record(NODE, Some(12), now), Continuity::Missed);
    }

    #[test]
    fn a_silent_node_is_reported_once_and_has_a_gap_when_it_returns() {
        let (mut peers, now) = (Peers::default(), Instant::now());
        peers.record(NODE, Some(1), now);
        let later = now + SILENT_AFTER + Duration::from_millis(1);
        assert_eq!(peers.silent(now + SILENT_AFTER), []);
        assert_eq!(peers.silent(later), [NODE]);
        assert_eq!(peers.silent(later), []);
        assert_eq!(peers.record(NODE, Some(2), later), Continuity::Missed);
    }
}

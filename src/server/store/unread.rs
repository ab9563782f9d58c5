//! SQL for messages that aren't unread although they come after the read mark: deleted ones, the reader's own ones that
//! they marked as unread along with others', and, in a room, those by users whom the reader blocks. The log's count
//! includes all of them.

/// SQL: the positions of the deleted messages of thread `t` after the read mark of its member `m`, comma-separated; only the
/// last [`DELETED_KEPT`](crate::model::limits::DELETED_KEPT).
///
/// The condition on the body is that of the partial index `events_deleted`, so that the planner uses it.
pub(super) const DELETED: &str = "(SELECT string_agg(CAST(seq AS TEXT), ',') FROM \
     (SELECT d.seq FROM events d \
      WHERE d.thread_id = t.id AND d.seq > m.read_seq AND d.body = '{\"kind\":\"deleted\"}' \
      ORDER BY d.seq DESC LIMIT 1000) AS deleted)";

/// The positions of the unread messages of a thread `t` by its member `m` and, in a room, by users whom they block (only
/// who marked messages as unread has own ones after the mark), separated by commas, among the
/// last [`HUSHED_WITHIN`](crate::model::limits::HUSHED_WITHIN) events, without those in [`DELETED`]. (An event is a
/// message if it adds to the count.)
pub(super) const HUSHED: &str = "CASE WHEN t.count > m.read_count AND (m.read_turn > 0 OR t.other IS NULL \
       AND EXISTS (SELECT 1 FROM blocks x WHERE x.user_id = m.user_id)) THEN \
     (SELECT string_agg(CAST(y.seq AS TEXT), ',') FROM events y WHERE y.thread_id = t.id \
        AND y.seq > CASE WHEN m.read_seq > t.last_seq - 1000 THEN m.read_seq ELSE t.last_seq - 1000 END \
        AND y.count > COALESCE((SELECT p.count FROM events p \
          WHERE p.thread_id = y.thread_id AND p.seq = y.seq - 1), 0) \
        AND y.body <> '{\"kind\":\"deleted\"}' \
        AND (y.actor = m.user_id OR t.other IS NULL AND EXISTS (SELECT 1 FROM blocks x \
          WHERE x.user_id = m.user_id AND x.blocked = y.actor))) END";

/// The condition that the viewer `$1`, a member `m` of the thread of the event `e`, doesn't block its author. Direct threads
/// always meet it.
pub(super) const NOT_FOLDED: &str = "(m.is_room = 0 OR NOT EXISTS \
     (SELECT 1 FROM blocks x WHERE x.user_id = $1 AND x.blocked = e.actor))";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EventBody, limits};
    use crate::server::store::events::body_text;

    #[test]
    fn the_query_limit_matches_the_clients() {
        let limit = format!("LIMIT {})", limits::DELETED_KEPT);
        assert!(DELETED.contains(&limit));
    }

    #[test]
    fn a_deleted_message_is_stored_as_the_index_has_it() {
        let body = format!("body = '{}'", body_text(&EventBody::Deleted));
        assert!(DELETED.contains(&body), "{body}");
        for schema in [
            include_str!("../../../migrations/sqlite/0019_deleted_messages.sql"),
            include_str!("../../../migrations/postgres/0019_deleted_messages.sql"),
        ] {
            assert!(schema.contains(&body), "{schema}");
        }
    }

    #[test]
    fn what_is_hushed_is_looked_for_as_far_back_as_a_client_keeps_it() {
        let within = format!("t.last_seq - {} ", limits::HUSHED_WITHIN);
        assert!(HUSHED.contains(&within));
    }
}

//! Deleted messages after a read mark: they keep their position in the log and are counted there, but aren't unread.

/// SQL: the positions of the deleted messages of thread `t` after the read mark of its member `m`, comma-separated; only the
/// last [`DELETED_KEPT`](crate::model::limits::DELETED_KEPT).
///
/// The condition on the body is that of the partial index `events_deleted`, so that the planner uses it.
pub(super) const DELETED: &str = "(SELECT string_agg(CAST(seq AS TEXT), ',') FROM \
     (SELECT d.seq FROM events d \
      WHERE d.thread_id = t.id AND d.seq > m.read_seq AND d.body = '{\"kind\":\"deleted\"}' \
      ORDER BY d.seq DESC LIMIT 1000) AS deleted)";

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
}

-- Deleted messages after a member's read mark aren't unread. Thread lists find them by this index.
CREATE INDEX events_deleted ON events (thread_id, seq) WHERE body = '{"kind":"deleted"}';

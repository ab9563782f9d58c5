-- The thread list, read from the ends of indexes however many threads there are.

-- Of a direct thread: with whom its creator has opened it. NULL: a room.
ALTER TABLE threads ADD COLUMN other BIGINT REFERENCES users (id);
UPDATE threads SET other =
    (SELECT CASE WHEN d.low_user = threads.creator THEN d.high_user ELSE d.low_user END
     FROM direct_threads d WHERE d.thread_id = threads.id);
-- In the list of who opened it from the start, in the other one's from its first message on.
CREATE INDEX threads_opened ON threads (creator, active_at DESC, id DESC) WHERE other IS NOT NULL;
CREATE INDEX threads_answered ON threads (other, active_at DESC, id DESC)
    WHERE other IS NOT NULL AND count > 0;

-- One's rooms are few, and found without going through one's direct threads.
ALTER TABLE members ADD COLUMN is_room BIGINT NOT NULL DEFAULT 0;
UPDATE members SET is_room = 1 WHERE thread_id IN (SELECT thread_id FROM rooms);
CREATE INDEX members_rooms ON members (user_id, is_room, thread_id) WHERE is_room = 1;

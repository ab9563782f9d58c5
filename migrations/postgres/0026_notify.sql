-- What a member is notified of in a thread: 0 by default, 1 nothing, 2 mentions and replies, 3 everything.
-- muted_until: when members.muted ends; 0 if the member has to end it.

ALTER TABLE members ADD COLUMN notify_level BIGINT NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN muted_until BIGINT NOT NULL DEFAULT 0;

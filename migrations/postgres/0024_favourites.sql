-- The chats that a member keeps on top of their list.

ALTER TABLE members ADD COLUMN favourite BIGINT NOT NULL DEFAULT 0;
CREATE INDEX members_favourite ON members (user_id) WHERE favourite = 1;

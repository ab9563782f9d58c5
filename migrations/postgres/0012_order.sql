-- What the admins of a room can restrict, and whom people block.

ALTER TABLE rooms ADD COLUMN posting TEXT COLLATE "C" NOT NULL DEFAULT 'everyone';  -- 'everyone' | 'replies' | 'admins'
ALTER TABLE rooms ADD COLUMN inviting TEXT COLLATE "C" NOT NULL DEFAULT 'admins';   -- 'admins' | 'members'
ALTER TABLE rooms ADD COLUMN slow_seconds BIGINT NOT NULL DEFAULT 0;      -- between a member's messages; 0: off
-- When the member last posted or joined. Slow mode counts from here; 0: not known.
ALTER TABLE members ADD COLUMN posted_at BIGINT NOT NULL DEFAULT 0;

CREATE TABLE blocks (
    user_id  BIGINT  NOT NULL REFERENCES users (id),  -- who blocks
    blocked  BIGINT  NOT NULL REFERENCES users (id),  -- whom
    at       BIGINT  NOT NULL,
    PRIMARY KEY (user_id, blocked)
);

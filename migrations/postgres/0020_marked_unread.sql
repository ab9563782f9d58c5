-- Messages that a member has marked as unread again: their read mark moves back, and counts how often it did.

ALTER TABLE members ADD COLUMN read_turn BIGINT NOT NULL DEFAULT 0;
-- How far they had read before that. What others see of their reading doesn't go back.
ALTER TABLE members ADD COLUMN seen_seq BIGINT NOT NULL DEFAULT 0;

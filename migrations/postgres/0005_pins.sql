-- Messages that are kept at hand. Positions, the earliest pinned or saved first, with commas between them: they
-- are few, and always read with the row that they stand in.

ALTER TABLE threads ADD COLUMN pins TEXT NOT NULL DEFAULT '';   -- for all in the thread
ALTER TABLE members ADD COLUMN saved TEXT NOT NULL DEFAULT '';  -- for this member alone
CREATE INDEX members_saved ON members (user_id, thread_id) WHERE saved <> '';

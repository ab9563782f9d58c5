-- What somebody shows of themselves to others, and up to when they were online last.

ALTER TABLE users ADD COLUMN hides_reading BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN hides_online BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN online_at BIGINT NOT NULL DEFAULT 0;  -- 0: not known

-- What a user chose to be notified of in all threads, as JSON; empty: the defaults.

ALTER TABLE users ADD COLUMN notify_settings TEXT NOT NULL DEFAULT '';

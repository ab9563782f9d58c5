-- The browser and the system of a session in words, for the list of one's sessions; empty: not known.

ALTER TABLE sessions ADD COLUMN browser TEXT NOT NULL DEFAULT '';

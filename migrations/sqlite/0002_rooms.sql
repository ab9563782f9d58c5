-- Rooms, and keeping order in them and on the site.

ALTER TABLE users ADD COLUMN suspended_at BIGINT;  -- NULL: not suspended

ALTER TABLE members ADD COLUMN role TEXT NOT NULL DEFAULT 'member';  -- 'member' | 'admin'
ALTER TABLE members ADD COLUMN muted BIGINT NOT NULL DEFAULT 0;

-- What a thread of kind 'room' has beside.
CREATE TABLE rooms (
    thread_id    BIGINT  PRIMARY KEY NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    name         TEXT    NOT NULL,
    name_key     TEXT    NOT NULL,             -- RFC 8266 Nickname, in small letters
    topic        TEXT    NOT NULL DEFAULT '',
    key_hash     TEXT,                         -- argon2id of name_key and key; NULL: public
    members      BIGINT  NOT NULL DEFAULT 0
) WITHOUT ROWID;
-- Private rooms take no part in this: being refused a name would tell of them.
CREATE UNIQUE INDEX rooms_public_name ON rooms (name_key) WHERE key_hash IS NULL;
-- One name with one key is one room.
CREATE UNIQUE INDEX rooms_private_name ON rooms (name_key, key_hash) WHERE key_hash IS NOT NULL;

CREATE TABLE bans (
    thread_id  BIGINT  NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    user_id    BIGINT  NOT NULL REFERENCES users (id),
    actor      BIGINT  NOT NULL REFERENCES users (id),
    at         BIGINT  NOT NULL,
    until      BIGINT,                         -- NULL: for good
    note       TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (thread_id, user_id)
) WITHOUT ROWID;

CREATE TABLE invites (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash  BLOB    NOT NULL UNIQUE,       -- SHA-256 of the link's token
    thread_id   BIGINT  REFERENCES threads (id) ON DELETE CASCADE,  -- NULL: to the site
    actor       BIGINT  NOT NULL REFERENCES users (id),
    created_at  BIGINT  NOT NULL,
    expires_at  BIGINT,                        -- NULL: never
    uses_left   BIGINT,                        -- NULL: without end
    uses        BIGINT  NOT NULL DEFAULT 0
);
CREATE INDEX invites_thread ON invites (thread_id);

-- Who did what administrative thing to whom. Only ever added to; outlives the room it is about.
CREATE TABLE audit (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    at         BIGINT  NOT NULL,
    actor      BIGINT  REFERENCES users (id),  -- NULL: the operator of the machine
    action     TEXT    NOT NULL,
    thread_id  BIGINT,                         -- NULL: the site. No reference: the room may be gone
    room       TEXT    NOT NULL DEFAULT '',    -- its name then
    subject    BIGINT  REFERENCES users (id),
    detail     TEXT    NOT NULL DEFAULT ''
);
CREATE INDEX audit_thread ON audit (thread_id, id);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;

-- What a site admin changes while the server runs, and what the installation remembers of itself.
CREATE TABLE settings (
    name   TEXT PRIMARY KEY NOT NULL,
    value  TEXT NOT NULL
) WITHOUT ROWID;

-- The first schema. Times are milliseconds since 1970 in UTC; booleans are 0 or 1.

CREATE TABLE users (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    username       TEXT    NOT NULL UNIQUE,  -- case-mapped, RFC 8265
    skeleton       TEXT    NOT NULL UNIQUE,  -- UTS 39: no two names look alike
    display_name   TEXT    NOT NULL,
    password_hash  TEXT    NOT NULL,         -- PHC string, argon2id
    is_admin       BIGINT  NOT NULL DEFAULT 0,
    created_at     BIGINT  NOT NULL
);

CREATE TABLE sessions (
    token_hash  BLOB    PRIMARY KEY NOT NULL,  -- SHA-256 of the cookie's token
    id          BLOB    NOT NULL UNIQUE,       -- names the session without giving it away
    user_id     BIGINT  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at  BIGINT  NOT NULL,
    seen_at     BIGINT  NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE threads (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    kind          TEXT    NOT NULL,            -- 'direct'
    creator       BIGINT  NOT NULL REFERENCES users (id),
    created_at    BIGINT  NOT NULL,
    last_seq      BIGINT  NOT NULL DEFAULT 0,  -- position of the last event
    count         BIGINT  NOT NULL DEFAULT 0,  -- messages so far
    last_message  BIGINT  NOT NULL DEFAULT 0,  -- position of the last message; 0: none
    active_at     BIGINT  NOT NULL             -- time of the last message, or created_at
);

-- One direct thread for each two people, whoever opens it.
CREATE TABLE direct_threads (
    low_user   BIGINT  NOT NULL REFERENCES users (id),
    high_user  BIGINT  NOT NULL REFERENCES users (id),
    thread_id  BIGINT  NOT NULL UNIQUE REFERENCES threads (id) ON DELETE CASCADE,
    PRIMARY KEY (low_user, high_user),
    CHECK (low_user < high_user)
) WITHOUT ROWID;

CREATE TABLE members (
    user_id     BIGINT  NOT NULL REFERENCES users (id),
    thread_id   BIGINT  NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    read_seq    BIGINT  NOT NULL DEFAULT 0,  -- only moves up
    read_count  BIGINT  NOT NULL DEFAULT 0,  -- the event's count at read_seq
    PRIMARY KEY (user_id, thread_id)
) WITHOUT ROWID;
CREATE INDEX members_thread ON members (thread_id, user_id);

-- The log. A row is never changed and never moved.
CREATE TABLE events (
    thread_id  BIGINT  NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    seq        BIGINT  NOT NULL,  -- dense, from 1
    count      BIGINT  NOT NULL,  -- messages of the thread up to here
    at         BIGINT  NOT NULL,
    actor      BIGINT  NOT NULL REFERENCES users (id),
    client_id  BLOB,              -- 16 bytes; NULL where no client sent it
    body       TEXT    NOT NULL,  -- model::EventBody as JSON
    PRIMARY KEY (thread_id, seq)
) WITHOUT ROWID;
CREATE UNIQUE INDEX events_client_id ON events (actor, client_id) WHERE client_id IS NOT NULL;

-- Files in messages. Their contents are in a folder; these are the references to them.

-- Each content, stored once under its hash.
CREATE TABLE contents (
    hash       BYTEA   PRIMARY KEY,              -- SHA-256
    size       BIGINT  NOT NULL,
    unused_at  BIGINT,                           -- when a reference to it was last deleted; NULL: not since it was last named
    is_doomed  BIGINT  NOT NULL DEFAULT 0        -- it is being deleted from the folder, and can't be named
);
CREATE INDEX contents_unused ON contents (unused_at) WHERE unused_at IS NOT NULL;

-- Files on their way into a message.
CREATE TABLE uploads (
    id           BYTEA   PRIMARY KEY,            -- a random UUID; later the id of the message's file
    user_id      BIGINT  NOT NULL REFERENCES users (id),
    thread_id    BIGINT  NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    size         BIGINT  NOT NULL,               -- as declared
    stored       BIGINT  NOT NULL DEFAULT 0,     -- so many bytes are synced to the disk
    facts        TEXT    COLLATE "C" NOT NULL,               -- JSON: what the message will say about the file
    hash         BYTEA,                          -- the content, once it is complete
    is_finished  BIGINT  NOT NULL DEFAULT 0,     -- a message can take it
    created_at   BIGINT  NOT NULL,
    expires_at   BIGINT  NOT NULL
);
CREATE INDEX uploads_user ON uploads (user_id);
CREATE INDEX uploads_thread ON uploads (thread_id);
CREATE INDEX uploads_hash ON uploads (hash);
CREATE INDEX uploads_expiry ON uploads (expires_at);

-- The files of messages.
CREATE TABLE files (
    id          BYTEA   PRIMARY KEY,
    thread_id   BIGINT  NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    seq         BIGINT  NOT NULL,                -- of the message
    place       BIGINT  NOT NULL,                -- among the files of the message, from 0
    user_id     BIGINT  NOT NULL REFERENCES users (id),
    at          BIGINT  NOT NULL,
    hash        BYTEA   NOT NULL,
    size        BIGINT  NOT NULL,
    is_picture  BIGINT  NOT NULL,                -- or a video
    facts       TEXT    COLLATE "C" NOT NULL                 -- JSON, as in the message
);
CREATE INDEX files_thread ON files (thread_id, is_picture, seq);
CREATE INDEX files_message ON files (thread_id, seq);
CREATE INDEX files_user ON files (user_id, size);
CREATE INDEX files_hash ON files (hash);

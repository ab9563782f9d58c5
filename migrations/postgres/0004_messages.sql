-- What messages said before they were edited.

CREATE TABLE versions (
    thread_id  BIGINT  NOT NULL,
    seq        BIGINT  NOT NULL,              -- of the message
    edit       BIGINT  NOT NULL,              -- of the event that replaced this text
    at         BIGINT  NOT NULL,              -- when the message began to say so
    text       TEXT    COLLATE "C" NOT NULL,
    PRIMARY KEY (thread_id, seq, edit),
    FOREIGN KEY (thread_id, seq) REFERENCES events (thread_id, seq) ON DELETE CASCADE
);

-- Who is called by which message: what is unread of it is read from the end of the primary key.

CREATE TABLE mentions (
    thread_id  BIGINT  NOT NULL,
    user_id    BIGINT  NOT NULL,  -- 0: all members of the room
    seq        BIGINT  NOT NULL,  -- of the message
    PRIMARY KEY (thread_id, user_id, seq),
    FOREIGN KEY (thread_id, seq) REFERENCES events (thread_id, seq) ON DELETE CASCADE
);
CREATE INDEX mentions_message ON mentions (thread_id, seq);

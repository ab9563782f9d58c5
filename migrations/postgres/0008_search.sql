-- What messages are found by. All of it follows from the log, and is made again from it where it is missing.

-- Up to where each thread's log is in here.
CREATE TABLE search_marks (
    thread_id  BIGINT  PRIMARY KEY REFERENCES threads (id) ON DELETE CASCADE,
    seq        BIGINT  NOT NULL
) WITH (fillfactor = 70);

-- The messages, in the order of time, with their words, as store/search/words.rs has them, and who wrote them
-- and where.
CREATE TABLE search_docs (
    id         BIGINT    PRIMARY KEY,  -- the time, and 16 bits more: no two have the same
    thread_id  BIGINT    NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    seq        BIGINT    NOT NULL,
    words      TSVECTOR  NOT NULL,
    UNIQUE (thread_id, seq)
);
-- What is new is looked through one by one until it is put in its place: not too much of it.
CREATE INDEX search_words ON search_docs USING GIN (words) WITH (gin_pending_list_limit = 512);

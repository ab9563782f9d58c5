-- What messages are found by. All of it follows from the log, and is made again from it where it is missing.

-- Up to where each thread's log is in here.
CREATE TABLE search_marks (
    thread_id  BIGINT  PRIMARY KEY NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    seq        BIGINT  NOT NULL
) WITHOUT ROWID;

-- The messages, in the order of time.
CREATE TABLE search_docs (
    id         INTEGER PRIMARY KEY,  -- the time, and 16 bits more: no two have the same
    thread_id  BIGINT  NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    seq        BIGINT  NOT NULL,
    UNIQUE (thread_id, seq)
);

-- Their words, as store/search/words.rs has them, with who wrote them and where before them. No text is kept
-- beside: that stands in the log. The tokenizer only has to part words at spaces.
CREATE VIRTUAL TABLE search_index USING fts5 (
    words, content = '', contentless_delete = 1, prefix = '1 2 3', tokenize = "ascii tokenchars '@#&+'"
);

-- Also when a whole thread goes.
CREATE TRIGGER search_docs_gone AFTER DELETE ON search_docs
BEGIN DELETE FROM search_index WHERE rowid = old.id; END;

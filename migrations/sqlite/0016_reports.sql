-- What was reported to the admins, and what they decided. It outlives the message and the room it is about.

CREATE TABLE reports (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    thread_id   BIGINT  NOT NULL,              -- 0: nowhere in particular. No reference: the room may be gone
    seq         BIGINT  NOT NULL,              -- of the message; 0: the person is reported
    subject     BIGINT  NOT NULL REFERENCES users (id),  -- who wrote it, or who is reported
    room        TEXT    NOT NULL DEFAULT '',   -- its name then
    at          BIGINT  NOT NULL,              -- of the last report
    decision    TEXT,                          -- NULL: open
    decided_by  BIGINT  REFERENCES users (id),
    decided_at  BIGINT
);
CREATE UNIQUE INDEX reports_target ON reports (thread_id, seq, subject);

-- Each person who reported it, with the message as it was then.
CREATE TABLE report_notes (
    report_id  BIGINT  NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
    reporter   BIGINT  NOT NULL REFERENCES users (id),
    at         BIGINT  NOT NULL,
    reason     TEXT    NOT NULL,
    details    TEXT    NOT NULL DEFAULT '',
    snapshot   TEXT    NOT NULL DEFAULT '',    -- JSON; '': a person is reported
    PRIMARY KEY (report_id, reporter)
) WITHOUT ROWID;
CREATE INDEX report_notes_reporter ON report_notes (reporter, at);

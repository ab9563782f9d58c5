-- Keys that belong to one room each, names that look alike, and who came by which link.

-- A unique index over a secret answers whoever guesses it. Hashes have a salt of their own from now on; those made
-- before carry the installation's in their PHC string, and go on working.
DROP INDEX rooms_private_name;
ALTER TABLE rooms ADD COLUMN named_at BIGINT NOT NULL DEFAULT 0;  -- when it took its name, or became private
UPDATE rooms SET named_at =
    (SELECT created_at FROM threads WHERE threads.id = rooms.thread_id);
CREATE INDEX rooms_private_names ON rooms (name_key, named_at, thread_id) WHERE key_hash IS NOT NULL;

-- What a name looks like (UTS 39 skeleton). Empty: not computed yet; the server does that when it starts.
ALTER TABLE rooms ADD COLUMN look TEXT NOT NULL DEFAULT '';
CREATE INDEX rooms_public_looks ON rooms (look) WHERE key_hash IS NULL;
ALTER TABLE users ADD COLUMN look TEXT NOT NULL DEFAULT '';  -- of the display name
-- Whether somebody else has a name that looks the same.
ALTER TABLE users ADD COLUMN is_ambiguous BIGINT NOT NULL DEFAULT 0;
CREATE INDEX users_looks ON users (look);

-- By which link somebody came into a room. Outlives the link: it leads them back in as long as they are a member.
CREATE TABLE invite_uses (
    token_hash  BLOB    NOT NULL,  -- SHA-256 of the link's token
    user_id     BIGINT  NOT NULL REFERENCES users (id),
    thread_id   BIGINT  NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    PRIMARY KEY (token_hash, user_id)
) WITHOUT ROWID;
CREATE INDEX invite_uses_member ON invite_uses (thread_id, user_id);
CREATE INDEX invites_actor ON invites (actor);

-- There while the search index may have words of deleted messages (store/search/scrub.rs). Those from before are taken out
-- once.
CREATE TABLE search_scrub (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    mark  TEXT NOT NULL
);
INSERT INTO search_scrub (id, mark) VALUES (1, 'before 0011');

-- Browsers that are notified while no page is open (Web Push, RFC 8030): at most one subscription for each session, and
-- gone with it.

CREATE TABLE push_subscriptions (
    session_id  BYTEA   PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    user_id     BIGINT  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    endpoint    TEXT    COLLATE "C" NOT NULL UNIQUE,         -- where the push service takes messages: a secret
    public_key  BYTEA   NOT NULL,                -- of the browser, to encrypt with (RFC 8291: "p256dh")
    auth        BYTEA   NOT NULL,                -- the secret shared with the browser (RFC 8291)
    shows_text  BIGINT  NOT NULL,                -- whether the text of messages is sent
    created_at  BIGINT  NOT NULL
);
CREATE INDEX push_subscriptions_user ON push_subscriptions (user_id);

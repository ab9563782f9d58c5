#!/usr/bin/env bash
# The Rust tests, of the shared code, the engine and the server. Arguments go to the test runner.

source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

# The store is tested on SQLite and on PostgreSQL: on one of its own, unless CHAPP_TEST_POSTGRES has the
# address of another (each test makes a schema in it, and leaves it there).
if [[ -z "${CHAPP_TEST_POSTGRES:-}" ]]; then
    postgres=$(mktemp -d /tmp/chapp-pg.XXXXXX)
    trap 'scripts/postgres.sh stop "$postgres" || true; rm -rf "$postgres"' EXIT
    CHAPP_TEST_POSTGRES=$(scripts/postgres.sh start "$postgres")
    export CHAPP_TEST_POSTGRES
fi

# Several nodes have a Redis between them, which each test starts for itself.
if ! have redis-server; then
    echo "There is no Redis yet; trying apt-get install redis-server." >&2
    root=()
    ((EUID == 0)) || root=(sudo -n)
    { have apt-get && "${root[@]}" apt-get update >&2 &&
        DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y --no-install-recommends redis-server >&2; } ||
        fail "No Redis to test with. Install it (Debian: redis-server; macOS: brew install redis) and try again."
fi

# The integration tests start the server as a user does; what they need of the built page they bring along.
if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --locked --features ssr "$@"
    # nextest leaves out the examples in doc comments.
    cargo test --locked --features ssr --doc
else
    cargo test --locked --features ssr "$@"
fi

#!/usr/bin/env bash
# The Rust tests: shared code, engine and server. Arguments go to the test runner.

source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

# The store is tested on SQLite and on PostgreSQL: a private one, unless CHAPP_TEST_POSTGRES has the address of another
# (each test creates a schema in it, and leaves it there).
if [[ -z "${CHAPP_TEST_POSTGRES:-}" ]]; then
    postgres=$(mktemp -d /tmp/chapp-pg.XXXXXX)
    trap 'scripts/postgres.sh stop "$postgres" || true; rm -rf "$postgres"' EXIT
    CHAPP_TEST_POSTGRES=$(scripts/postgres.sh start "$postgres")
    export CHAPP_TEST_POSTGRES
fi

# needs COMMAND PACKAGE: a program that tests call; apt installs it if it is missing.
needs() {
    have "$1" && return
    echo "There is no $1 yet; trying apt-get install $2." >&2
    local root=()
    ((EUID == 0)) || root=(sudo -n)
    { have apt-get && "${root[@]}" apt-get update >&2 &&
        DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y --no-install-recommends "$2" >&2; } ||
        fail "No $1 to test with. Install it (Debian: $2) and try again."
}
# Each test of several nodes starts a Redis of its own.
needs redis-server redis-server
# The virus scanner, with a signature of the test's own.
needs clamd clamav-daemon
# Backups are made with the databases' own programs.
needs sqlite3 sqlite3
needs pg_dump postgresql-client

# The integration tests start the server as a user does, and bring the parts of the built page that they need.
if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --locked --features ssr "$@"
    # nextest skips the examples in doc comments.
    cargo test --locked --features ssr --doc
else
    cargo test --locked --features ssr "$@"
fi

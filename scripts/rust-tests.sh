#!/usr/bin/env bash
# The Rust tests, of the shared code, the engine and the server. Arguments go to the test runner.

source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

# The integration tests start the server as a user does; what they need of the built page they bring along.
if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --locked --features ssr "$@"
    # nextest leaves out the examples in doc comments.
    cargo test --locked --features ssr --doc
else
    cargo test --locked --features ssr "$@"
fi

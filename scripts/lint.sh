#!/usr/bin/env bash
# Format and lints, with warnings denied, of both sides: the server, and what runs in the browser.

source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

step "cargo fmt --check"
cargo fmt --all --check

step "clippy: server side"
# With the load tool, where it can be built.
features=ssr
[[ "$(uname -s)" == Linux ]] && features=load
cargo clippy --locked --features "$features" --all-targets -- -D warnings

step "clippy: browser side"
cargo clippy --locked --features hydrate --lib --target wasm32-unknown-unknown -- -D warnings

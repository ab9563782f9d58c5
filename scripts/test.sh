#!/usr/bin/env bash
# Everything that must pass before a change lands. Stops at the first failing step and names it.

source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

current=""
trap 'status=$?; ((status == 0)) || printf "\n[%4ds] FAILED: %s\n" "$SECONDS" "$current" >&2' EXIT

# begin NAME COMMAND…
begin() {
    current=$1
    step "$current"
    "${@:2}"
}

begin "tools" scripts/tools.sh
begin "format and lints" scripts/lint.sh
begin "Rust tests" scripts/rust-tests.sh
begin "Autobahn suite" scripts/autobahn.sh
begin "release build" scripts/build.sh
begin "deployment" scripts/deploy-check.sh
begin "size of the first page load" node scripts/bundle-size.mjs "$CHAPP_APP" --check
begin "browser tests" scripts/e2e.sh
step "All passed."

#!/usr/bin/env bash
# Measures the release build and writes docs/BENCHMARKS.md of it: a short run of every scenario of the load
# tool. Some ten minutes, on a machine that does nothing else. Linux only.

source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

[[ "$(uname -s)" == Linux ]] || fail "The load tool needs Linux: epoll, /proc."
[[ -x "$CHAPP_APP/chapp" ]] || fail "There is no release build in target/app. Run: make build"

step "build the load tool"
cargo build --locked --release --features load --bin chapp-load
export PATH="$CARGO_TARGET_DIR/release:$PATH"
results="$ROOT/target/bench"
rm -rf "$results"
mkdir -p "$results"

pages=()
# measure NAME WORDS…: one run of the load tool.
measure() {
    step "chapp-load ${*:2}"
    chapp-load "${@:2}" --json "$results/$1.json"
    pages+=("$results/$1.json")
}

measure fanout-60 fanout --members 500 --rate 60
measure fanout-200 fanout --members 500 --rate 200
measure fanout-1 fanout --members 1000 --in-flight 1 --pinned
measure fanout-8 fanout --members 1000 --in-flight 8 --pinned
measure sends sends
measure idle idle
measure storm storm
measure pages pages
measure search search

step "docs/BENCHMARKS.md"
chapp-load page "${pages[@]}" >"$results/BENCHMARKS.md"
mv "$results/BENCHMARKS.md" docs/BENCHMARKS.md

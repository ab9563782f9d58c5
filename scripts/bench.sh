#!/usr/bin/env bash
# Measures the release build and writes docs/BENCHMARKS.md: a short run of every scenario of the load tool. Takes
# about fifteen minutes on an otherwise idle machine. Linux only.
#
#   bench.sh             measures everything
#   bench.sh NAME…       measures only these, and keeps the rest of the page: fanout, sends, idle,
#                        storm, hostile, files, pages, search, nodes

source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

[[ "$(uname -s)" == Linux ]] || fail "The load tool needs Linux: epoll, /proc."
[[ -x "$CHAPP_APP/chapp" ]] || fail "There is no release build in target/app. Run: make build"
wanted=("$@")
for name in "${wanted[@]}"; do
    [[ " fanout sends idle storm hostile files pages search nodes " == *" $name "* ]] || fail "There is no scenario $name."
done

step "build the load tool"
# The same flag as the release build, to reuse its compiled dependencies.
RUSTFLAGS="--cfg erase_components" cargo build --locked --release --features load --bin chapp-load
export PATH="$CARGO_TARGET_DIR/release:$PATH"
results="$ROOT/target/bench"
rm -rf "$results"
mkdir -p "$results"

pages=()
# measure WORDS…: one run of the load tool, if selected.
measure() {
    [[ ${#wanted[@]} == 0 || " ${wanted[*]} " == *" $1 "* ]] || return 0
    local result="$results/${#pages[@]}.json"
    step "chapp-load $*"
    chapp-load "$@" --json "$result"
    pages+=("$result")
}

measure fanout --members 500 --rate 60
measure fanout --members 500 --rate 200
measure fanout --members 1000 --in-flight 1 --pinned
measure fanout --members 1000 --in-flight 8 --pinned
measure sends
measure idle
measure storm
measure hostile
measure files
measure pages
measure search
measure nodes sends
measure nodes deliveries
measure nodes deliveries --members 50
measure nodes bus --rate 200 --seconds 20
measure nodes people

step "docs/BENCHMARKS.md"
earlier=()
((${#wanted[@]} == 0)) || earlier=(--earlier docs/BENCHMARKS.md)
chapp-load page "${pages[@]}" "${earlier[@]}" >"$results/BENCHMARKS.md"
mv "$results/BENCHMARKS.md" docs/BENCHMARKS.md

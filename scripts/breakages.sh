#!/usr/bin/env bash
# Breaks the code on purpose, in copies of this clone's last commit, and runs the fault test on each: it must fail.
# docs/RELIABILITY.md has the output. Arguments: names of breakages; none: all.
#   scripts/breakages.sh no-dedupe

source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

copies=$(mktemp -d)
trap 'rm -rf "$copies"; git worktree prune' EXIT

# Prints how the test reported the breakage; fails if it did not.
break_it() {
    local name=$1 copy="$copies/$1" output="$copies/$1.log"
    step "$name"
    git worktree add --quiet --detach "$copy" HEAD
    git -C "$copy" apply "$ROOT/tests/faults/breakages/$name.patch"
    # A breakage that does not compile proves nothing.
    (cd "$copy" && cargo test --locked --features ssr --test faults --no-run)
    if (cd "$copy" && cargo test --locked --features ssr --test faults -- --nocapture) >"$output" 2>&1; then
        return 1
    fi
    grep -A4 -E "^CHAPP_SEED|panicked" "$output"
}

names=("$@")
if ((${#names[@]} == 0)); then
    for patch in tests/faults/breakages/*.patch; do names+=("$(basename "$patch" .patch)"); done
fi
for name in "${names[@]}"; do
    break_it "$name" || fail "the fault test did not notice: $name"
done
step "The fault test noticed all of them: ${names[*]}"

# shellcheck shell=bash
# Sourced by the other scripts: where things are, and how they speak.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"

# What is dear to make and the same for every clone: tools and compiled dependencies.
export CHAPP_CACHE="${CHAPP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/chapp}"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$CHAPP_CACHE/target}"
TOOLS="$CHAPP_CACHE/tools"

# The release build of this clone, complete: program, hash.txt, site, bundle-size.json. Clones that share a
# cache share compiled dependencies, never this.
export CHAPP_APP="$ROOT/target/app"

# A shell that was open before rustup came has no cargo on its PATH yet.
export PATH="$TOOLS/bin:$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"

# A heading with the time since the start of the script.
step() { printf '\n\033[1m[%4ds] %s\033[0m\n' "$SECONDS" "$*"; }

fail() {
    printf '\nerror: %s\n' "$*" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# Runs a command while no other clone that shares the cache runs one: they would build into one folder.
# (Without flock, as on macOS, it just runs it.)
alone() {
    mkdir -p "$CHAPP_CACHE"
    if have flock; then
        flock "$CHAPP_CACHE/$1.lock" "${@:2}"
    else
        "${@:2}"
    fi
}

sha256() {
    if have sha256sum; then sha256sum "$@"; else shasum -a 256 "$@"; fi
}

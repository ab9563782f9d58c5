# shellcheck shell=bash
# Sourced by the other scripts: paths, and helpers for output.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"

# Expensive to build and the same for every clone: tools and compiled dependencies.
export CHAPP_CACHE="${CHAPP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/chapp}"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$CHAPP_CACHE/target}"
TOOLS="$CHAPP_CACHE/tools"

# This clone's complete release build: program, hash.txt, site, bundle-size.json. Clones with a common cache share
# compiled dependencies, never this folder.
export CHAPP_APP="$ROOT/target/app"

# A shell opened before rustup was installed has no cargo in its PATH.
export PATH="$TOOLS/bin:$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"

# Prints a heading with the time since the script started.
step() { printf '\n\033[1m[%4ds] %s\033[0m\n' "$SECONDS" "$*"; }

fail() {
    printf '\nerror: %s\n' "$*" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# Runs a command exclusively among clones that share the cache, since they build into one folder. (Without flock, as on
# macOS, it just runs the command.)
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

# The packages of end2end (Playwright, the linter of the style sheets), installed again only when their lock file has
# changed.
npm_packages() {
    (
        cd "$ROOT/end2end"
        if [[ "$(cat node_modules/.stamp 2>/dev/null)" != "$(sha256 package-lock.json)" ]]; then
            npm ci --no-fund --no-audit --prefer-offline
            sha256 package-lock.json >node_modules/.stamp
        fi
    )
}

#!/usr/bin/env bash
# Builds the release into target/app, unless none of its inputs has changed since the last build.

source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

INPUTS=(src style public migrations Cargo.toml Cargo.lock rust-toolchain.toml .cargo scripts/build.sh scripts/compress.mjs scripts/drop-unused.mjs scripts/tools.sh scripts/wasm-opt)

fingerprint() {
    local present=() input
    for input in "${INPUTS[@]}"; do
        [[ -e "$input" ]] && present+=("$input")
    done
    find "${present[@]}" -type f -print0 | LC_ALL=C sort -z | xargs -0 bash -c '
        if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi' _ | sha256
}

# Builds into a separate folder first, then replaces the old build.
build() {
    local new=target/app.new
    rm -rf "$new"
    mkdir -p "$new"
    WASM_OPT="$TOOLS/bin/wasm-opt" PATH="$ROOT/scripts/wasm-opt:$PATH" LEPTOS_SITE_ROOT="$new/site" \
        cargo leptos build --release --split --precompress
    node scripts/compress.mjs "$new/site/pkg"
    cp "$CARGO_TARGET_DIR/release/chapp" "$CARGO_TARGET_DIR/release/hash.txt" "$new/"
    node scripts/bundle-size.mjs "$new"
    printf '%s\n' "$1" >"$new/stamp"
    rm -rf "$CHAPP_APP"
    mv "$new" "$CHAPP_APP"
}

if [[ "${1:-}" == "--alone" ]]; then
    build "$2"
    exit
fi
stamp=$(fingerprint)
if [[ -x "$CHAPP_APP/chapp" && "$(cat "$CHAPP_APP/stamp" 2>/dev/null)" == "$stamp" ]]; then
    echo "The build is up to date."
else
    alone build "$ROOT/scripts/build.sh" --alone "$stamp"
fi

#!/usr/bin/env bash
# Installs the build tools into $CHAPP_CACHE/tools, unless the right versions are already there.

source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

CARGO_LEPTOS=0.3.10
BINARYEN=132
# The tool and the crate must have exactly the same version.
WASM_BINDGEN=$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/[^0-9.]/, ""); print; exit }' Cargo.lock)

# is COMMAND VERSION: whether the command exists in this version.
is() {
    [[ " $("$1" --version 2>/dev/null || true) " == *" $2 "* ]]
}

requirements() {
    have cargo || fail "Rust is missing. Install it from https://rustup.rs and try again."
    have cc || fail "A C compiler is missing (for SQLite). On Debian: apt-get install build-essential"
    have node && have npm || fail "Node.js with npm is missing. Install version 20 or later: https://nodejs.org"
    local node
    node=$(node -p 'process.versions.node.split(".")[0]')
    ((node >= 20)) || fail "Node.js is too old: version $node, wanted 20 or later."
}

wasm_target() {
    local sysroot
    # rust-toolchain.toml names toolchain and target; rustup fetches both on the first call.
    sysroot=$(rustc --print sysroot)
    [[ -d "$sysroot/lib/rustlib/wasm32-unknown-unknown" ]] && return
    have rustup || fail "The Rust target wasm32-unknown-unknown is missing, and so is rustup, which installs it."
    rustup target add wasm32-unknown-unknown
}

# cargo_tool CRATE VERSION FLAGS…
cargo_tool() {
    echo "Installing $1 $2. This is done once and takes some minutes."
    # Flags for our code don't apply to the tools.
    env -u RUSTFLAGS CARGO_TARGET_DIR="$CHAPP_CACHE/tools-target" \
        cargo install --force --root "$TOOLS" --version "=$2" "${@:3}" "$1" ||
        fail "could not install $1 $2"
    # Gigabytes that are never needed again.
    rm -rf "$CHAPP_CACHE/tools-target"
}

binaryen() {
    echo "Installing wasm-opt $BINARYEN"
    npm install --silent --no-fund --no-audit --prefix "$TOOLS/npm" "binaryen@$BINARYEN.0.0" ||
        fail "could not install binaryen $BINARYEN from npm"
    mkdir -p "$TOOLS/bin"
    ln -sf ../npm/node_modules/binaryen/bin/wasm-opt "$TOOLS/bin/wasm-opt"
    is wasm-opt "$BINARYEN" || fail "wasm-opt was installed but does not run: $TOOLS/bin/wasm-opt"
}

install() {
    # --debug takes a third of the time to install, and the real work is done by the programs it calls.
    is cargo-leptos "$CARGO_LEPTOS" || cargo_tool cargo-leptos "$CARGO_LEPTOS" --debug --locked
    is wasm-bindgen "$WASM_BINDGEN" || cargo_tool wasm-bindgen-cli "$WASM_BINDGEN"
    is wasm-opt "$BINARYEN" || binaryen
}

if [[ "${1:-}" == "--locked-install" ]]; then
    install
else
    requirements
    wasm_target
    if ! is cargo-leptos "$CARGO_LEPTOS" || ! is wasm-bindgen "$WASM_BINDGEN" || ! is wasm-opt "$BINARYEN"; then
        alone tools "$ROOT/scripts/tools.sh" --locked-install
    fi
fi

#!/usr/bin/env bash
# Formatting and lints, with warnings denied, for the style sheets, the server and the browser.

source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

step "cargo fmt --check"
cargo fmt --all --check

step "stylelint: values come from tokens.css, directions are logical"
npm_packages
(cd end2end && npx stylelint --config stylelint.config.mjs "../style/*.css")

step "clippy: server side"
# Includes the load tool, where it can be built.
features=ssr
[[ "$(uname -s)" == Linux ]] && features=load
cargo clippy --locked --features "$features" --all-targets -- -D warnings

step "clippy: browser side"
cargo clippy --locked --features hydrate --lib --target wasm32-unknown-unknown -- -D warnings

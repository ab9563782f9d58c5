#!/usr/bin/env bash
# Runs the release build, with Leptos.toml and data in the working directory.

source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

export LEPTOS_SITE_ROOT="${LEPTOS_SITE_ROOT:-$CHAPP_APP/site}"
if (($# == 0)); then
    address="${LEPTOS_SITE_ADDR:-$(sed -n 's/^ *site-addr *= *"\(.*\)".*/\1/p' Leptos.toml 2>/dev/null | head -n 1)}"
    printf '\nchapp is at http://%s  (Ctrl+C stops it)\n\n' "${address:-127.0.0.1:3000}"
fi
exec "$CHAPP_APP/chapp" "$@"

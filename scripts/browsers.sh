#!/usr/bin/env bash
# Ensures that the browsers other than Chromium are installed: Firefox, and WebKitGTK with its WebDriver and a virtual
# display. Missing ones are installed with apt.

source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

missing=()
have firefox-esr || have firefox || [[ -n "${CHAPP_FIREFOX:-}" ]] || missing+=(firefox-esr)
have WebKitWebDriver || missing+=(webkit2gtk-driver)
have Xvfb || missing+=(xvfb)
((${#missing[@]})) || exit 0

echo "Installing ${missing[*]} for the browser tests."
root=()
((EUID == 0)) || root=(sudo -n)
{ have apt-get && "${root[@]}" apt-get update >&2 &&
    DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y --no-install-recommends "${missing[@]}" >&2; } ||
    fail "The browser tests need ${missing[*]} (names of Debian's packages). Install them and try again."

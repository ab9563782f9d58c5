#!/usr/bin/env bash
# Prints the path of a working Chromium. In this order: one that Playwright downloaded earlier, the system's, one that
# Playwright downloads now, one that apt installs. Progress goes to standard error.

source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd end2end

# take PATH: prints the path and exits, if it is a working browser.
take() {
    [[ -n "$1" && -x "$1" ]] || return 0
    "$1" --version >/dev/null 2>&1 || return 0
    echo "$1"
    exit
}
playwrights_own() { node -p 'require("@playwright/test").chromium.executablePath()' 2>/dev/null || true; }
systems_own() {
    local name
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        take "$(command -v "$name" || true)"
    done
}

if [[ -n "${CHAPP_CHROMIUM:-}" ]]; then
    take "$CHAPP_CHROMIUM"
    fail "CHAPP_CHROMIUM=$CHAPP_CHROMIUM is not a browser that runs."
fi
take "$(playwrights_own)"
systems_own

echo "There is no Chromium yet; trying Playwright's download." >&2
limit=()
have timeout && limit=(timeout 300)
if "${limit[@]}" npx playwright install chromium >&2; then
    take "$(playwrights_own)"
fi

if have apt-get; then
    echo "That did not work; trying apt-get install chromium." >&2
    root=()
    ((EUID == 0)) || root=(sudo -n)
    if "${root[@]}" apt-get update >&2 &&
        DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y chromium >&2; then
        systems_own
    fi
fi
fail "No Chromium to run the browser tests with. Install one (chromium or google-chrome on the PATH, or name
it in CHAPP_CHROMIUM) and try again."

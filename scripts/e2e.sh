#!/usr/bin/env bash
# The browser tests against the release build in target/app. Arguments go to Playwright:
#   scripts/e2e.sh tests/auth.spec.ts -g "log out"

source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

[[ -x "$CHAPP_APP/chapp" ]] || fail "There is no release build in target/app. Run: make build"
cd end2end
if [[ "$(cat node_modules/.stamp 2>/dev/null)" != "$(sha256 package-lock.json)" ]]; then
    npm ci --no-fund --no-audit --prefer-offline
    sha256 package-lock.json >node_modules/.stamp
fi
npx tsc --noEmit
CHAPP_CHROMIUM=$("$ROOT/scripts/chromium.sh")
export CHAPP_CHROMIUM
"$ROOT/scripts/browsers.sh"
echo "Browser: $("$CHAPP_CHROMIUM" --version 2>/dev/null) ($CHAPP_CHROMIUM)"
npx playwright test "$@"

#!/usr/bin/env bash
# The browser tests against the release build in target/app. Arguments go to Playwright:
#   scripts/e2e.sh tests/auth.spec.ts -g "log out"

source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

[[ -x "$CHAPP_APP/chapp" ]] || fail "There is no release build in target/app. Run: make build"
npm_packages
cd end2end
npx tsc --noEmit
CHAPP_CHROMIUM=$("$ROOT/scripts/chromium.sh")
export CHAPP_CHROMIUM
"$ROOT/scripts/browsers.sh"
echo "Browser: $("$CHAPP_CHROMIUM" --version 2>/dev/null) ($CHAPP_CHROMIUM)"
npx playwright test "$@"

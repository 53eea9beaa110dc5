# SPDX-License-Identifier: GPL-3.0-or-later
# For scripts that need a hub of their own: source it, call make_hub, and end_hub when all is over.
# Sets $port, $hub_pid and $DINH_IDENTITY (the administrator's); the hub writes to FOLDER.log.

free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo $port; return; }
  done
}

make_hub() { # FOLDER
  hub=$1
  port=$(free_port)
  "$top/tools/run" dinh-hub init --state "$hub" --name "UBND tỉnh Hồng Lam" --address "127.0.0.1:$port" >/dev/null
  start_hub
}

start_hub() {
  local known
  known=$(grep -sc '^listening' "$hub.log") || true
  "$top/tools/run" dinh-hub run --state "$hub" --listen "127.0.0.1:$port" >>"$hub.log" 2>&1 &
  hub_pid=$!
  for _ in $(seq 200); do
    [ "$(grep -c '^listening' "$hub.log")" -gt "${known:-0}" ] && return
    kill -0 "$hub_pid" 2>/dev/null || return 1
    sleep 0.05
  done
  return 1
}

stop_hub() {
  [ -n "${hub_pid-}" ] || return 0
  kill "$hub_pid" 2>/dev/null || true
  wait "$hub_pid" 2>/dev/null || true
  hub_pid=
}

# The sample meeting, begun ten minutes ago: "today" is always today.
make_sample() { # FOLDER
  cp -r "$top/tools/sample" "$1"
  set_meeting "$1" begins "$(date -d '10 minutes ago' +%Y-%m-%dT%H:%M:00%:z)"
  set_meeting "$1" ends "$(date -d '200 minutes' +%Y-%m-%dT%H:%M:00%:z)"
}

# Gives a field of the meeting itself another text.
set_meeting() { # FOLDER FIELD TEXT
  sed -i "s/^\(  \"$2\": *\)\"[^\"]*\"/\1\"$3\"/" "$1/meeting.json"
}

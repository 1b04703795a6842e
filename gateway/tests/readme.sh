#!/usr/bin/env bash
# Runs the two commands of README.md as they stand there, and the curl line that the first one prints. The second
# command runs first without a UM server and then with um-mock. The script uses the ports of gateway.toml (8025, 9025,
# 8081) and free ones, all on 127.0.0.1.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT

fail() {
    echo "readme.sh: $*" >&2
    cat "$work"/* >&2
    exit 1
}
command_of() { # prints the command of README.md that matches the pattern $1
    sed -n 's/^\(cargo run [^#]*[^# ]\) *#.*/\1/p' README.md | grep -e "$1" || fail "README.md has no command with $1"
}
wait_for() { # waits up to 15 minutes, which a build may take, until the file $2 has a line that matches $1
    for _ in {1..9000}; do
        grep -q -e "$1" "$2" && return
        kill -0 "${pids[-1]}" 2>/dev/null || fail "it ended before it said $1"
        sleep 0.1
    done
    fail "it does not say $1"
}
ends() { # sends SIGTERM to the last process, which must end with success
    kill -TERM "${pids[-1]}"
    wait "${pids[-1]}" || fail "it ended with $?"
    unset 'pids[-1]'
}

demo=$(command_of demo)
echo "$demo"
touch "$work"/{demo,gateway,mock}
$demo > "$work/demo" & pids+=($!)
wait_for '^SIGTERM' "$work/demo"
bash -c "$(grep -m1 '^curl ' "$work/demo")" | grep -q '<CallState>Connected</CallState>' || fail "the curl line"
wait_for '^answered 1$' "$work/demo"
ends
grep -q '^stopped$' "$work/demo" || fail "the demonstration does not say that it stopped"

gateway=$(command_of gateway.toml)
echo "$gateway"
$gateway > "$work/gateway" & pids+=($!)
wait_for '"ready"' "$work/gateway"
url=http://127.0.0.1:8025/EWS/UM2007Legacy.asmx
call='<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><GetCallInfo xmlns="http://schemas.microsoft.com/exchange/services/2006/messages"><CallId>mock:state:Idle:None</CallId></GetCallInfo></s:Body></s:Envelope>'
ask() { curl -sS -H 'Content-Type: text/xml; charset=utf-8' "$url" --data "$call"; }
curl -sS "$url?wsdl" | grep -q "location=\"$url\"" || fail "the WSDL"
ask | grep -q 'No UM server can be reached' || fail "no fault without a UM server"
mock=$(grep -o 'cargo run [^`]*um-mock' README.md) || fail "README.md has no command for um-mock"
echo "$mock"
$mock > "$work/mock" & pids+=($!)
wait_for 'listening' "$work/mock"
for _ in {1..50}; do
    curl -sS http://127.0.0.1:9025/healthz | grep -q '^1 ' && break
    sleep 0.1
done
ask | grep -q '<CallState>Idle</CallState>' || fail "no answer of um-mock"
kill "${pids[-1]}"
wait "${pids[-1]}" 2>/dev/null || true
unset 'pids[-1]'
ends
echo "the commands of README.md work"

#!/usr/bin/env bash
# Compares nginx without the module, nginx with the module (parse and shapes), and the project's gateway if its binary is there
# (cargo build --release in gateway/), before one upstream on 127.0.0.1. The rounds are interleaved. Prints medians.
#
#     nginx/bench.sh [ROUNDS [SECONDS]]      7 rounds of 5 s by default
#     nginx/bench.sh instructions [REQUESTS] user instructions a request, by callgrind, for nginx
#
# Needs wrk, and valgrind for the instructions: apt-get install wrk valgrind.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
module=$(./build)
folder=$(mktemp -d)
processes=()
trap 'kill "${processes[@]}" 2>/dev/null || true; rm -rf "$folder"' EXIT
message=../tests/data/ok/wire-request.xml
nginx=$(PATH=$PATH:/usr/sbin command -v nginx)

mapfile -t ports < <(python3 -c '
import socket
sockets = [socket.socket() for _ in range(6)]
for s in sockets: s.bind(("127.0.0.1", 0))
for s in sockets: print(s.getsockname()[1])')
upstream=${ports[0]} plain=${ports[1]} parse=${ports[2]} shapes=${ports[3]} gateway=${ports[4]} admin=${ports[5]}

# An nginx of its own gives the reply of a UM server.
reply='<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><GetCallInfoResponse xmlns="http://schemas.microsoft.com/exchange/services/2006/messages"><GetCallInfoResponse><CallState>Connected</CallState><EventCause>None</EventCause></GetCallInfoResponse></GetCallInfoResponse></soap:Body></soap:Envelope>'

configure() { # NAME PORT UMSOAP
    local temp='' kind
    for kind in client_body proxy fastcgi uwsgi scgi; do temp+="${kind}_temp_path $folder/$1-$kind; "; done
    cat >"$folder/$1.conf" <<CONF
load_module $module;
worker_processes 1;
daemon off;
pid $folder/$1.pid;
error_log $folder/$1.log error;
events { worker_connections 1024; }
http {
    access_log off;
    keepalive_requests 100000000;
    $temp
    upstream um { server 127.0.0.1:$upstream; keepalive 64; keepalive_requests 100000000; }
    server { listen 127.0.0.1:$2; location / { $3 } }
}
CONF
}
to='proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://um;'
configure upstream "$upstream" "default_type 'text/xml; charset=utf-8'; return 200 '$reply';"
configure plain "$plain" "$to"
configure parse "$parse" "umsoap on; umsoap_shapes off; $to"
configure shapes "$shapes" "umsoap on; $to"

start() { # NAME COMMAND…
    local name=$1
    shift
    "$@" >"$folder/$name.out" 2>&1 &
    processes+=($!)
    eval "pid_$name=$!"
}

# Waits until a port answers.
wait_for() {
    python3 -c '
import socket, sys, time
for port in sys.argv[1:]:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", int(port)), 1).close()
            break
        except OSError:
            time.sleep(0.1)
    else:
        sys.exit(f"nothing answers on {port}")' "$@"
}

cat >"$folder/request.lua" <<LUA
wrk.method = "POST"
wrk.headers["Content-Type"] = "text/xml; charset=utf-8"
local file = io.open("$(readlink -f "$message")", "rb")
wrk.body = file:read("*a")
file:close()
LUA

start upstream "$nginx" -p "$folder" -c "$folder/upstream.conf"
wait_for "$upstream"

if [ "${1:-}" = instructions ]; then
    requests=${2:-2000}
    send() { # PORT COUNT
        python3 -c '
import http.client, sys
body = open(sys.argv[3], "rb").read()
c = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=60)
for _ in range(int(sys.argv[2])):
    c.request("POST", "/", body, {"Content-Type": "text/xml; charset=utf-8"})
    r = c.getresponse()
    assert r.status == 200, r.status
    r.read()' "$1" "$2" "$message"
    }
    for name in plain parse shapes; do
        port=${!name}
        # Two runs, one of twice as many requests, so that the cost of the start can be subtracted.
        counts=()
        for times in 1 2; do
            start counted valgrind --tool=callgrind --callgrind-out-file="$folder/callgrind" "$nginx" -p "$folder" \
                -c "$folder/$name.conf" -g 'master_process off;'
            wait_for "$port"
            send "$port" $((requests * times))
            kill -QUIT "$pid_counted"
            wait "$pid_counted" || true
            counts+=("$(sed -n 's/^\(summary\|totals\): //p' "$folder/callgrind" | head -1)")
        done
        printf '%-8s %d user instructions a request\n' "$name" $(((counts[1] - counts[0]) / requests))
    done
    exit
fi

rounds=${1:-7} seconds=${2:-5}
names=(plain parse shapes)
for name in "${names[@]}"; do
    start "$name" "$nginx" -p "$folder" -c "$folder/$name.conf"
done
binary=../gateway/target/release/umsoap-gateway
if [ -x "$binary" ]; then
    sed -e "s|^listen = \"127.0.0.1:8025\"|listen = \"127.0.0.1:$gateway\"|" -e "s|127.0.0.1:9025|127.0.0.1:$admin|" \
        -e "s|127.0.0.1:8081|127.0.0.1:$upstream|" -e "s|^path = .*|path = \"/\"|" \
        -e "s|^upgrade_socket.*|upgrade_socket = \"$folder/upgrade\"|" -e 's|^threads = .*|threads = 1|' \
        ../gateway/gateway.toml >"$folder/gateway.toml"
    start gateway "$binary" --config "$folder/gateway.toml"
    names+=(gateway)
else
    echo "the gateway is left out: $binary is not built" >&2
fi
wait_for "$plain" "$parse" "$shapes" $([ "${#names[@]}" = 3 ] || echo "$gateway")

# Prints the processor time of a process and its children so far, in clock ticks.
ticks() {
    local pid total=0 one
    for pid in "$1" $(cat "/proc/$1/task/$1/children"); do
        one=$(awk '{print $14 + $15}' "/proc/$pid/stat")
        total=$((total + one))
    done
    echo "$total"
}

for ((round = 0; round < rounds; round++)); do
    for name in "${names[@]}"; do
        port=${!name} pid=pid_$name
        before=$(ticks "${!pid}")
        wrk -t1 -c16 -d"${seconds}s" -s "$folder/request.lua" "http://127.0.0.1:$port/" >"$folder/wrk"
        after=$(ticks "${!pid}")
        if grep -q 'Non-2xx' "$folder/wrk"; then
            echo "$name: $(grep Non-2xx "$folder/wrk")" >&2
            exit 1
        fi
        requests=$(awk '/requests in/ {print $1}' "$folder/wrk")
        rate=$(awk '/Requests\/sec/ {print $2}' "$folder/wrk")
        echo "$name $rate $(awk -v t=$((after - before)) -v n="$requests" -v hz="$(getconf CLK_TCK)" \
            'BEGIN {print t / hz / n * 1e6}')" >>"$folder/rounds"
    done
done
python3 - "$folder/rounds" <<'PYTHON'
import statistics, sys
found = {}
for line in open(sys.argv[1]):
    name, rate, time = line.split()
    found.setdefault(name, []).append((float(rate), float(time)))
plain = found["plain"]
print("          requests/s      us CPU     rate/plain   CPU/plain   (medians over rounds)")
for name, rounds in found.items():
    rates = statistics.median(r / p for (r, _), (p, _) in zip(rounds, plain))
    times = statistics.median(t / p for (_, t), (_, p) in zip(rounds, plain))
    print(f"{name:8} {statistics.median(r for r, _ in rounds):11.0f} {statistics.median(t for _, t in rounds):11.2f}"
          f" {rates:12.3f} {times:11.3f}")
PYTHON

#!/usr/bin/env bash
# Compares the gateway under load with its engine (Pingora) that only forwards, with nginx and with HAProxy, in one run,
# with TLS and without. The load has 2,000 CallIds and three upstreams. The engine that only forwards has one upstream.
# nginx and HAProxy balance and forward, and check nothing. The programs are measured in turns, so that other work of
# the machine affects all of them. Needs wrk, nginx, haproxy, openssl and python3 (Debian packages).
# It takes some seven minutes and the build. The variables ROUNDS, PAIRS, SECONDS_EACH and CONNECTIONS set the load. BIN names a
# folder with programs that are built already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
rounds=${ROUNDS:-7}
seconds=${SECONDS_EACH:-4}
pairs=${PAIRS:-16}
connections=${CONNECTIONS:-32}
for tool in wrk nginx haproxy openssl python3; do
    command -v "$tool" >/dev/null || {
        echo "bench.sh: $tool is missing: apt-get install -y wrk nginx-light haproxy openssl python3" >&2
        exit 1
    }
done
if [[ -z ${BIN:-} ]]; then
    export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
    cargo build --release --locked --quiet
    BIN=$CARGO_TARGET_DIR/release
fi
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT

free_ports() {
    python3 - "$1" <<'P'
import socket, sys
sockets = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in sockets: s.bind(("127.0.0.1", 0))
print(*[s.getsockname()[1] for s in sockets])
P
}
read -r mock1 mock2 mock3 forward nginx nginx_tls haproxy haproxy_tls gateway logging tls admin admin2 admin3 \
    < <(free_ports 14)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout "$work/key.pem" -out "$work/chain.pem" 2>/dev/null
cat "$work/chain.pem" "$work/key.pem" > "$work/both.pem"

configuration() { # listen admin access keys
    cat <<C
[server]
listen = "127.0.0.1:$1"
threads = 2
grace_seconds = 0
drain_seconds = 0
upgrade_socket = "$work/upgrade.sock"
$4
[admin]
listen = "127.0.0.1:$2"
[log]
access = $3
[limits]
client_connections = 10000 # all connections come from one client
C
    local number=0 mock
    for mock in "$mock1" "$mock2" "$mock3"; do
        printf '[[upstream]]\nname = "um-mock-%d"\naddress = "127.0.0.1:%d"\n' $((++number)) "$mock"
    done
}
certificate="tls_certificate = \"$work/chain.pem\"
tls_key = \"$work/key.pem\""
configuration "$gateway" "$admin" false '' > "$work/gateway.toml"
configuration "$logging" "$admin2" true '' > "$work/logging.toml"
configuration "$tls" "$admin3" false "$certificate" > "$work/tls.toml"
cat > "$work/nginx.conf" <<C
daemon off;
worker_processes 2;
pid $work/nginx.pid;
error_log $work/nginx.log;
events { worker_connections 8192; }
http {
    access_log off;
    client_body_temp_path $work; proxy_temp_path $work; fastcgi_temp_path $work; uwsgi_temp_path $work; scgi_temp_path $work;
    keepalive_requests 1000000000;
    upstream um {
        server 127.0.0.1:$mock1; server 127.0.0.1:$mock2; server 127.0.0.1:$mock3;
        keepalive 1024; keepalive_requests 1000000000;
    }
    server {
        listen 127.0.0.1:$nginx;
        listen 127.0.0.1:$nginx_tls ssl;
        ssl_certificate $work/chain.pem;
        ssl_certificate_key $work/key.pem;
        location / { proxy_pass http://um; proxy_http_version 1.1; proxy_set_header Connection ""; }
    }
}
C
cat > "$work/haproxy.cfg" <<C
global
    nbthread 2
    maxconn 4096
defaults
    mode http
    timeout connect 1s
    timeout client 60s
    timeout server 60s
    timeout http-keep-alive 60s
frontend um
    bind 127.0.0.1:$haproxy
    bind 127.0.0.1:$haproxy_tls ssl crt $work/both.pem alpn http/1.1
    default_backend um
backend um
    balance roundrobin
    http-reuse always
    server um-mock-1 127.0.0.1:$mock1
    server um-mock-2 127.0.0.1:$mock2
    server um-mock-3 127.0.0.1:$mock3
C
cat > "$work/call.lua" <<'C'
-- 2,000 requests, each with a CallId of its own that is as long as the documented one. They are made once, at the start.
local before = [[<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><GetCallInfo xmlns="http://schemas.microsoft.com/exchange/services/2006/messages"><CallId>]]
local after = [[</CallId></GetCallInfo></soap:Body></soap:Envelope>]]
local id = "mock:call:" .. ("x"):rep(86) .. "%04d"
local headers = {
    ["Content-Type"] = "text/xml; charset=utf-8",
    ["SOAPAction"] = '"http://schemas.microsoft.com/exchange/services/2006/messages/GetCallInfo"',
}
local requests, last = {}, 0
function init()
    for number = 1, 2000 do
        requests[number] = wrk.format("POST", nil, headers, before .. id:format(number) .. after)
    end
end
function request()
    last = last % #requests + 1
    return requests[last]
end
C

for port in "$mock1" "$mock2" "$mock3"; do
    "$BIN/um-mock" --listen "127.0.0.1:$port" >/dev/null & pids+=($!)
done
"$BIN/umsoap-gateway" forward-only --listen "127.0.0.1:$forward" --upstream "127.0.0.1:$mock1" --threads 2 & pids+=($!)
forward_pid=$!
nginx -c "$work/nginx.conf" -p "$work" 2>/dev/null & pids+=($!)
nginx_pid=$!
haproxy -db -q -f "$work/haproxy.cfg" & pids+=($!)
haproxy_pid=$!
"$BIN/umsoap-gateway" --config "$work/gateway.toml" >/dev/null & pids+=($!)
gateway_pid=$!
"$BIN/umsoap-gateway" --config "$work/logging.toml" >"$work/access.log" & pids+=($!)
logging_pid=$!
"$BIN/umsoap-gateway" --config "$work/tls.toml" >/dev/null & pids+=($!)
tls_pid=$!
sleep 2

ticks() { # prints the processor time of a process and its children, in ticks of 10 ms
    cat "/proc/$1/stat" $(for child in $(cat "/proc/$1/task/"*/children); do echo "/proc/$child/stat"; done) |
        awk '{sum += $14 + $15} END {print sum}'
}
measure() { # name port pid connections [scheme]: loads a program and appends a line to the figures
    local before after out
    before=$(ticks "$3")
    out=$(wrk -t1 -c"$4" -d"${seconds}s" --timeout 10s --latency -s "$work/call.lua" "${5:-http}://127.0.0.1:$2/EWS/UM2007Legacy.asmx")
    after=$(ticks "$3")
    echo "$out" | python3 -c '
import re, sys
name, connections, used = sys.argv[1], sys.argv[2], int(sys.argv[3])
text = sys.stdin.read()
unit = {"us": 1e-3, "ms": 1, "s": 1e3, "m": 6e4}
def ms(p):
    value, u = re.search(p + r"%\s+([\d.]+)(us|ms|s|m)", text).groups()
    return float(value) * unit[u]
count = int(re.search(r"(\d+) requests in", text).group(1))
rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))
bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
errors = (int(bad.group(1)) if bad else 0) + (sum(map(int, broken.groups())) if broken else 0)
print(name, connections, rate, ms("50"), ms("99"), used * 1e4 / count, errors)
' "$1" "$4" $((after - before)) >> "$work/figures"
}
everything() {
    measure forward-only "$forward" "$forward_pid" "$connections"
    measure gateway "$gateway" "$gateway_pid" "$connections"
    measure gateway+log "$logging" "$logging_pid" "$connections"
    measure nginx "$nginx" "$nginx_pid" "$connections"
    measure haproxy "$haproxy" "$haproxy_pid" "$connections"
    measure gateway+tls "$tls" "$tls_pid" "$connections" https
    measure nginx+tls "$nginx_tls" "$nginx_pid" "$connections" https
    measure haproxy+tls "$haproxy_tls" "$haproxy_pid" "$connections" https
}
# A first round, which is not counted, fills pools and caches.
seconds=1 everything
: > "$work/figures"
for ((round = 1; round <= rounds; round++)); do
    everything
done
echo "machine: $(lscpu | sed -n 's/^Model name: *//p' | head -1), $(nproc) processors, $(lscpu | sed -n 's/^Hypervisor vendor: */virtual by /p'),\
 $(awk '/^MemTotal/ {printf "%.0f GiB", $2 / 1048576}' /proc/meminfo), Linux $(uname -r)"
echo "versions: $(nginx -v 2>&1), $(haproxy -v | head -1 | cut -d' ' -f1-3), $(rustc --version 2>/dev/null || echo 'no rustc')"
echo "load $(cut -d' ' -f1-3 /proc/loadavg), $connections connections, $rounds rounds of $seconds s, client and upstreams on the same processors"
python3 - "$work/figures" <<'P'
import statistics, sys
rows = [line.split() for line in open(sys.argv[1])]
print(f"{'':14}{'requests/s':>24}{'p50 ms':>10}{'p99 ms':>10}{'processor us/request':>24}{'errors':>8}")
print(f"{'':14}{'median':>12}{'best':>12}{'median':>10}{'median':>10}{'median':>12}{'least':>12}")
best = {}
for name in dict.fromkeys(row[0] for row in rows):
    mine = [[float(v) for v in row[2:]] for row in rows if row[0] == name]
    rate, p50, p99, cpu, errors = zip(*mine)
    best[name] = (statistics.median(rate), max(rate), statistics.median(cpu), min(cpu))
    print(f"{name:14}{best[name][0]:12.0f}{best[name][1]:12.0f}{statistics.median(p50):10.2f}{statistics.median(p99):10.2f}{best[name][2]:12.1f}{best[name][3]:12.1f}{sum(errors):8.0f}")
f, g = best["forward-only"], best["gateway"]
pairs = [float(b[2]) / float(a[2]) for a, b in zip([r for r in rows if r[0] == "forward-only"], [r for r in rows if r[0] == "gateway"])]
print(f"gateway to forward-only: throughput {g[0]/f[0]:.3f} (medians), {g[1]/f[1]:.3f} (best), {statistics.median(pairs):.3f} (median of rounds); processor time {g[2]/f[2]:.3f} (medians), {g[3]/f[3]:.3f} (least)")
P

# The cost of the access log is smaller than the noise between rounds. So the gateway with the log and the gateway without it
# are loaded in turns, the first of them changing.
echo; echo "access log against none, $pairs pairs of $seconds s:"
: > "$work/figures"
for ((pair = 1; pair <= pairs; pair++)); do
    turns=("gateway $gateway $gateway_pid" "gateway+log $logging $logging_pid")
    for turn in $((pair % 2)) $((1 - pair % 2)); do
        measure ${turns[turn]} "$connections"
    done
done
python3 - "$work/figures" <<'P'
import statistics, sys
rows = [line.split() for line in open(sys.argv[1])]
rate, cpu = ([[float(row[column]) for row in rows if row[0] == name] for name in ("gateway", "gateway+log")] for column in (2, 5))
for what, (without, logged) in (("throughput", rate), ("processor time", cpu)):
    ratios = sorted(b / a for a, b in zip(without, logged))
    quarters = statistics.quantiles(ratios, n=4)
    print(f"{what:15} {statistics.median(ratios):.3f} (median of pairs), half of the pairs from {quarters[0]:.3f} to {quarters[2]:.3f}")
P

# The memory is measured before the next load, because idle connections would use the memory of that load again.
echo; echo "memory for idle connections that have asked once:"
python3 - "forward-only $forward $forward_pid" "gateway $gateway $gateway_pid" "nginx $nginx $nginx_pid" <<'P'
import pathlib, socket, sys, time
body = """<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><GetCallInfo xmlns="http://schemas.microsoft.com/exchange/services/2006/messages"><CallId>mock:state:Connected:None</CallId></GetCallInfo></s:Body></s:Envelope>"""
request = f"POST /EWS/UM2007Legacy.asmx HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
def resident(pid):
    children = " ".join(p.read_text() for p in pathlib.Path(f"/proc/{pid}/task").glob("*/children")).split()
    lines = [l for p in [pid, *children] for l in open(f"/proc/{p}/status")]
    return sum(int(l.split()[1]) for l in lines if l.startswith("VmRSS:"))
for what in sys.argv[1:]:
    name, port, pid = what.split()
    before, kept = resident(pid), []
    for _ in range(1000):
        s = socket.create_connection(("127.0.0.1", int(port)))
        s.sendall(request)
        assert s.recv(65536).startswith(b"HTTP/1.1 200")
        kept.append(s)
    time.sleep(0.5)
    after = resident(pid)
    print(f"{name:14}{before:8} KiB before, {after:8} KiB with 1000 more: {max(0, after - before):6} KiB for 1000")
    del kept
P

echo; echo "twice the saturating load, and far more:"
: > "$work/figures"
for many in "$connections" $((2 * connections)) $((32 * connections)); do
    measure gateway "$gateway" "$gateway_pid" "$many"
done
awk '{printf "%6d connections: %7.0f requests/s, p50 %.2f ms, p99 %.2f ms, errors %d\n", $2, $3, $4, $5, $7}' "$work/figures"

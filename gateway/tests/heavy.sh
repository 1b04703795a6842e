#!/usr/bin/env bash
# The tests that take minutes: 20,000 hostile requests with memory flat, a graceful restart under load, 10,000 connections
# of which half are slow, two gateways behind HAProxy (apt-get install haproxy) of which one is killed, two SOAP clients
# (zeep and node's soap) that call through the gateway over HTTP/1.1 and HTTP/2, and the commands of README.md.
# Everything stays on 127.0.0.1 and stops.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}

command -v haproxy > /dev/null || { echo 'heavy.sh: apt-get install haproxy' >&2; exit 1; }
# That one ends its process: another test runs it.
cargo test --release --test sockets -- --ignored --nocapture --test-threads 1 --skip life::a_gateway_that_panics
tests/clients/run
tests/readme.sh

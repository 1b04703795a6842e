#!/usr/bin/env bash
# Runs the tests that take minutes:
# - 20,000 hostile requests, after which the memory must not have grown;
# - a graceful restart under load;
# - 5,000 connections beside 5,000 slow ones;
# - two gateways behind HAProxy (apt-get install haproxy), one of which is killed or stopped;
# - two SOAP clients (zeep and node's soap) that call through the gateway over HTTP/1.1 and HTTP/2;
# - the commands of README.md.
# All processes listen on 127.0.0.1 only, and end with this script.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}

command -v haproxy > /dev/null || { echo 'heavy.sh: apt-get install haproxy' >&2; exit 1; }
# The skipped test ends its own process. The test `life::a_panic_ends_the_process` runs it.
cargo test --release --test sockets -- --ignored --nocapture --test-threads 1 --skip life::a_gateway_that_panics
tests/clients/run
tests/readme.sh

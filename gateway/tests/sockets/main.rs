//! Tests of gateways and mock UM servers that run as processes, over real sockets on 127.0.0.1.
#![allow(unreachable_pub, reason = "a test binary exports nothing")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod bodies;
mod headers;
mod heavy;
mod hostile;
mod http;
mod identity;
mod life;
mod limits;
mod listeners;
mod logging;
mod machines;
mod operations;
mod outside;
mod pools;
mod process;
mod refusals;
mod server;
mod tls;
mod traces;
mod trouble;
mod upstreams;

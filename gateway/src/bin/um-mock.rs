//! A mock UM server on its own.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use umsoap_gateway::mock::{self, Times};

/// Answers the operations of the Unified Messaging web service as a UM server does, and badly on request.
#[derive(Debug, Parser)]
#[command(version, after_help = mock::HELP)]
struct Arguments {
    /// The address to listen at. Port 0 takes a free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8081")]
    listen: SocketAddr,
    /// The time that a call rings, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 2000)]
    ring_ms: u64,
    /// The time that an answered call lasts after that, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 5000)]
    talk_ms: u64,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let times = Times {
        ring: Duration::from_millis(arguments.ring_ms),
        talk: Duration::from_millis(arguments.talk_ms),
    };
    let bound = std::net::TcpListener::bind(arguments.listen).and_then(|l| Ok((l.local_addr()?, l)));
    match bound {
        Ok((address, listener)) => {
            println!("um-mock: listening at {address}");
            mock::serve(listener, times);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("um-mock: cannot listen at {}: {error}", arguments.listen);
            ExitCode::FAILURE
        }
    }
}

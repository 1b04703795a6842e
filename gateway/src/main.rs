//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use umsoap_gateway::config::Config;
use umsoap_gateway::log::{self, Output};
use umsoap_gateway::server::{self, Start};
use umsoap_gateway::{demo, forward_only};

/// The allocator of the process. A request makes some 60 small allocations, which cost a third of the processor time
/// with the allocator of glibc.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Checks, routes, answers and counts the calls of the Unified Messaging web service in front of UM servers.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
#[command(
    after_help = "Signals: SIGTERM ends the process gracefully, SIGINT at once. SIGHUP reads the configuration again. \
    SIGQUIT hands the sockets over to a process that was started with --upgrade.\n\
    Exit status: 0 ended as asked, 1 cannot start, 2 wrong usage, 101 panic."
)]
struct Arguments {
    /// The configuration file
    #[arg(long, value_name = "FILE", default_value = "gateway.toml")]
    config: PathBuf,
    /// Check the configuration, the certificates and the addresses, and exit. With --upgrade, the addresses may be in
    /// use
    #[arg(long)]
    check: bool,
    /// Take over the listening sockets of a running gateway, which has to get SIGQUIT after this start
    #[arg(long)]
    upgrade: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a gateway and a mock UM server on free loopback ports, and say how to try them
    Demo,
    /// Print a commented configuration with every key and its default
    Example,
    /// Forward every request without a check, for comparison
    #[command(hide = true)]
    ForwardOnly {
        #[arg(long)]
        listen: SocketAddr,
        #[arg(long)]
        upstream: SocketAddr,
        #[arg(long, default_value_t = 2)]
        threads: usize,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Some(Command::Demo) => demo::run(),
        Some(Command::Example) => {
            print!("{}", umsoap_gateway::config::EXAMPLE);
            Ok(())
        }
        Some(Command::ForwardOnly { listen, upstream, threads }) => {
            forward_only::run(listen, upstream, threads);
            Ok(())
        }
        None => serve(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("umsoap-gateway: {message}");
            ExitCode::FAILURE
        }
    }
}

fn serve(arguments: &Arguments) -> Result<(), String> {
    let config = Config::load(&arguments.config).map_err(|error| error.to_string())?;
    if arguments.check {
        server::check(&config, arguments.upgrade)?;
        println!("{}: good", arguments.config.display());
        return Ok(());
    }
    let _writing = log::begin(config.level, Output::Stdout);
    let source = Some(arguments.config.clone());
    server::run(config, Start { upgrade: arguments.upgrade, source, beside: None })
}

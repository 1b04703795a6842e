//! The log: JSON lines through tracing. The only file that sets it up.

use tracing::Level as TracingLevel;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::Level;

/// Where the lines go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Standard output, where nothing else is written.
    Stdout,
    /// Standard error, beside what people read.
    Stderr,
}

/// Begins to log. What the engine says below a warning is left out.
pub fn begin(level: Level, output: Output) {
    let most = match level {
        Level::Error => TracingLevel::ERROR,
        Level::Warn => TracingLevel::WARN,
        Level::Info => TracingLevel::INFO,
    };
    let filter = Targets::new()
        .with_default(most.min(TracingLevel::WARN))
        .with_target("umsoap_gateway", most)
        .with_target("umsoap_gateway::access", most);
    let layer = tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(false);
    let registry = tracing_subscriber::registry().with(filter);
    // A second call, as in tests, leaves the first one's choice.
    let _ = match output {
        Output::Stdout => registry.with(layer).try_init(),
        Output::Stderr => registry.with(layer.with_writer(std::io::stderr)).try_init(),
    };
}

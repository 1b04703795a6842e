//! The log: JSON lines through tracing. The only file that sets it up.
//!
//! A line goes into a bounded queue that a thread writes out. When the reader of the output stops, the queue fills and
//! further lines are dropped and counted: a log must not stop the service.

use std::sync::OnceLock;
use std::time::Duration;

use tracing::Level as TracingLevel;
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::{LevelFilter, Targets};
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

/// The longest queue: 16,384 lines of some 400 bytes are 6 MiB, and half a second at 30,000 requests a second.
const QUEUE: usize = 16_384;

static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();

/// How long the rest of the queue may take to be written at the end.
const LAST_LINES: Duration = Duration::from_millis(1500);

/// Writes what is in the queue when it is dropped, for a bounded time.
#[must_use]
pub struct Writing {
    guard: Option<WorkerGuard>,
}

impl Drop for Writing {
    fn drop(&mut self) {
        // The guard itself writes to standard output when the queue is full, and then waits for its reader.
        let guard = self.guard.take();
        let (done, written) = std::sync::mpsc::channel();
        let last = std::thread::Builder::new().name("last lines".to_owned()).spawn(move || {
            drop(guard);
            let _ = done.send(());
        });
        if last.is_ok() {
            let _ = written.recv_timeout(LAST_LINES);
        }
    }
}

/// How many lines were dropped because nobody took them.
pub(crate) fn dropped_lines() -> usize {
    DROPPED.get().map_or(0, ErrorCounter::dropped_lines)
}

/// Begins to log. What the engine says is left out: it quotes bytes of clients, credentials among them.
pub fn begin(level: Level, output: Output) -> Writing {
    let most = match level {
        Level::Error => TracingLevel::ERROR,
        Level::Warn => TracingLevel::WARN,
        Level::Info => TracingLevel::INFO,
    };
    let filter = Targets::new()
        .with_default(LevelFilter::OFF)
        // Upstreams that come and go; nothing of a client stands there.
        .with_target("pingora_load_balancing", most.min(TracingLevel::WARN))
        .with_target("umsoap_gateway", most)
        .with_target("umsoap_gateway::access", most);
    let builder = NonBlockingBuilder::default().buffered_lines_limit(QUEUE).lossy(true).thread_name("log");
    let (writer, guard) = match output {
        Output::Stdout => builder.finish(std::io::stdout()),
        Output::Stderr => builder.finish(std::io::stderr()),
    };
    // A second call, as in tests, leaves the first one's choice.
    let _ = DROPPED.set(writer.error_counter());
    let layer = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_writer(writer);
    let _ = tracing_subscriber::registry().with(filter).with(layer).try_init();
    Writing { guard: Some(guard) }
}

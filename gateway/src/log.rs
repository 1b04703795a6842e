//! The log, which consists of JSON lines. The program's own events come through tracing. The line of each request is
//! written here, because with tracing it would cost twice as much as the rest of a request's checks. No other file sets
//! the log up.
//!
//! Lines go into a bounded queue that a thread writes out. If the reader of the output stops, the queue fills, and
//! further lines are dropped and counted. A log must not stop the service.

use std::fs::File;
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::os::fd::AsFd as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tracing::Level as TracingLevel;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::clock;
use crate::config::Level;
use crate::digits;

/// The destination of the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Standard output, where nothing else is written.
    Stdout,
    /// Standard error, which keeps the lines apart from the texts of the demonstration.
    Stderr,
}

/// The greatest number of lines in the queue. 16,384 lines of some 400 bytes are 6 MiB, and half a second at 30,000
/// requests a second.
const QUEUE: usize = 16_384;

/// The time that the writing thread waits for more lines after the first one. One write and one change of threads then
/// serve some 100 lines at 20,000 requests a second, and a person sees no delay.
const GATHER: Duration = Duration::from_millis(5);

/// The longest time for writing the rest of the queue at the end.
const LAST_LINES: Duration = Duration::from_millis(1500);

#[derive(Debug)]
struct Lines {
    /// True if a thread writes the lines out.
    begun: bool,
    ended: bool,
    bytes: Vec<u8>,
    /// The number of lines in `bytes`.
    count: usize,
    /// The number of lines that were taken out of `bytes` and are not written yet.
    under_way: usize,
}

/// The lines that are not written yet.
#[derive(Debug)]
struct Queue {
    lines: Mutex<Lines>,
    /// Signals that lines have come, or the end.
    filled: Condvar,
    /// Signals that all lines are written.
    written: Condvar,
    dropped: AtomicUsize,
}

/// The queue of the process. There is one log, as there is one standard output.
static QUEUED: Queue = Queue {
    lines: Mutex::new(Lines { begun: false, ended: false, bytes: Vec::new(), count: 0, under_way: 0 }),
    filled: Condvar::new(),
    written: Condvar::new(),
    dropped: AtomicUsize::new(0),
};

impl Queue {
    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends a line, or counts it as dropped if the queue is full. A line is ignored if no thread writes.
    fn push(&self, line: &[u8]) {
        let mut lines = self.lines();
        if !lines.begun {
            return;
        }
        if lines.count + lines.under_way >= QUEUE {
            drop(lines);
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        lines.bytes.extend_from_slice(line);
        lines.count += 1;
        // Only the first line wakes the writing thread, because the thread looks for more lines itself before it waits
        // again.
        let is_first = lines.count == 1;
        drop(lines);
        if is_first {
            self.filled.notify_one();
        }
    }

    /// Writes lines until the end of the log.
    fn write_out(&self, mut to: File) {
        let mut taken = Vec::new();
        loop {
            let mut lines = self.lines();
            while lines.count == 0 {
                if lines.ended {
                    self.written.notify_all();
                    return;
                }
                lines = self.filled.wait(lines).unwrap_or_else(PoisonError::into_inner);
            }
            if !lines.ended {
                drop(lines);
                std::thread::sleep(GATHER);
                lines = self.lines();
            }
            std::mem::swap(&mut lines.bytes, &mut taken);
            lines.under_way = std::mem::take(&mut lines.count);
            let count = lines.under_way;
            drop(lines);
            if to.write_all(&taken).is_err() {
                self.dropped.fetch_add(count, Ordering::Relaxed);
            }
            taken.clear();
            self.lines().under_way = 0;
        }
    }
}

/// A guard that lets the rest of the queue be written when it is dropped, for a bounded time.
#[must_use]
pub struct Writing {
    begun: bool,
}

impl Drop for Writing {
    fn drop(&mut self) {
        if !self.begun {
            return;
        }
        let mut lines = QUEUED.lines();
        lines.ended = true;
        QUEUED.filled.notify_one();
        // If the reader of the output has stopped, the last lines are lost.
        let left = |lines: &mut Lines| lines.count + lines.under_way > 0;
        let _ = QUEUED.written.wait_timeout_while(lines, LAST_LINES, left);
    }
}

/// Returns the number of lines that were dropped, because the queue was full or a write failed.
pub(crate) fn dropped_lines() -> usize {
    QUEUED.dropped.load(Ordering::Relaxed)
}

/// A writer that gets tracing's events as whole lines.
struct Events;

impl io::Write for Events {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        QUEUED.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Begins to log. The engine's events are left out, because they quote bytes of clients, credentials among them.
pub fn begin(level: Level, output: Output) -> Writing {
    let most = match level {
        Level::Error => TracingLevel::ERROR,
        Level::Warn => TracingLevel::WARN,
        Level::Info => TracingLevel::INFO,
    };
    let filter = Targets::new()
        .with_default(LevelFilter::OFF)
        // These events tell of upstreams that come and go, and contain nothing of a client.
        .with_target("pingora_load_balancing", most.min(TracingLevel::WARN))
        .with_target("umsoap_gateway", most);
    // The lines do not go through the standard library's buffer, which would make one write of each line.
    let file = match output {
        Output::Stdout => io::stdout().as_fd().try_clone_to_owned(),
        Output::Stderr => io::stderr().as_fd().try_clone_to_owned(),
    };
    let mut lines = QUEUED.lines();
    // A second call, as in tests, changes nothing.
    let (Ok(file), false) = (file, lines.begun) else { return Writing { begun: false } };
    let thread = std::thread::Builder::new().name("log".to_owned());
    lines.begun = thread.spawn(move || QUEUED.write_out(File::from(file))).is_ok();
    let begun = lines.begun;
    drop(lines);
    let layer = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_writer(|| Events);
    let _ = tracing_subscriber::registry().with(filter).with(layer).try_init();
    Writing { begun }
}

/// Returns a text as the JSON string that [`AccessLine::json`] takes.
pub(crate) fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Makes the name of a field as it stands in a line before a value, or before a value in quotes.
macro_rules! field {
    ($name:literal) => {
        concat!(",\"", $name, "\":")
    };
    ($name:literal quoted) => {
        concat!(",\"", $name, "\":\"")
    };
}
pub(crate) use field;

/// The line of a request while it is being written. A field that does not apply is left out. Names come from
/// [`field!`], so that each name is copied as a constant.
#[derive(Debug)]
pub(crate) struct AccessLine(Vec<u8>);

impl AccessLine {
    pub(crate) fn new() -> Self {
        // Almost all lines fit.
        let mut line = Vec::with_capacity(768);
        line.extend_from_slice(b"{\"timestamp\":\"");
        clock::put_stamp(&mut line);
        line.extend_from_slice(b"\",\"level\":\"INFO\"");
        Self(line)
    }

    #[inline]
    fn put(&mut self, name: &'static str) {
        self.0.extend_from_slice(name.as_bytes());
    }

    /// Appends a value that is JSON already.
    #[inline]
    pub(crate) fn json(&mut self, name: &'static str, value: &str) {
        self.put(name);
        self.0.extend_from_slice(value.as_bytes());
    }

    /// Appends a word of this program in quotes. The word has no character that JSON escapes.
    #[inline]
    pub(crate) fn word(&mut self, name: &'static str, word: &str) {
        self.bytes(name, word.as_bytes());
    }

    /// Appends ASCII characters in quotes. JSON escapes none of them.
    #[inline]
    pub(crate) fn bytes(&mut self, name: &'static str, bytes: &[u8]) {
        self.put(name);
        self.0.extend_from_slice(bytes);
        self.0.push(b'"');
    }

    #[inline]
    pub(crate) fn address(&mut self, name: &'static str, address: IpAddr) {
        self.put(name);
        digits::put_address(&mut self.0, address);
        self.0.push(b'"');
    }

    #[inline]
    pub(crate) fn number(&mut self, name: &'static str, value: u64) {
        self.put(name);
        digits::put_decimal(&mut self.0, value);
    }

    /// Appends numbers in hexadecimal digits, one after another, in quotes.
    #[inline]
    pub(crate) fn hexadecimal<const N: usize>(&mut self, name: &'static str, numbers: [u64; N]) {
        self.put(name);
        for number in numbers {
            self.0.extend_from_slice(&digits::hexadecimal(number));
        }
        self.0.push(b'"');
    }

    /// Passes the line to the writing thread.
    pub(crate) fn end(mut self) {
        self.0.extend_from_slice(b",\"target\":\"umsoap_gateway::access\"}\n");
        QUEUED.push(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_json_whatever_a_name_holds() {
        let mut line = AccessLine::new();
        line.json(field!("plain"), &json("a b~"));
        line.json(field!("odd"), &json("\"\\\n\u{7f}é\u{2028}"));
        line.address(field!("client" quoted), IpAddr::from([192, 0, 2, 1]));
        line.word(field!("soap" quoted), "1.1");
        line.number(field!("us"), 17);
        line.hexadecimal(field!("trace" quoted), [1, u64::MAX]);
        line.0.push(b'}');
        let read: serde_json::Value = serde_json::from_slice(&line.0).unwrap();
        assert_eq!((&read["plain"], &read["odd"]), (&"a b~".into(), &"\"\\\n\u{7f}é\u{2028}".into()));
        assert_eq!((&read["client"], &read["us"]), (&"192.0.2.1".into(), &17.into()));
        assert_eq!(read["soap"], "1.1");
        assert_eq!(read["trace"], "0000000000000001ffffffffffffffff");
    }
}

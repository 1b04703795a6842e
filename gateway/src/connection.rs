//! A client's connection: how many there may be, and its requests one after another. The head of each request is
//! bounded here, in time and in size: the engine has one timer a read, which a slow sender starts again with each
//! byte, and takes heads of up to 1 MiB.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::{Buf as _, BytesMut};
use memchr::memchr;
use pingora::apps::ServerApp;
use pingora::protocols::Stream;
use pingora::protocols::http::ServerSession;
use pingora::server::ShutdownWatch;
use pingora::time::timeout;
use tokio::io::AsyncReadExt as _;
use tokio::sync::Semaphore;

use crate::app::Gateway;
use crate::target;
use crate::upstream::Bound;

/// As long as almost all requests, heads and bodies.
const PIECE: usize = 4096;

/// Why a request's head was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoHead {
    /// The client is gone: nobody can be told.
    Gone,
    /// It did not come in time.
    Slow,
    /// It is longer than the limit.
    TooLong,
    /// A line does not end with CR LF, but with LF alone: readers differ about where such a line ends.
    BareLineFeed,
    /// Its request line is refused.
    Refused(target::Refused),
}

/// The lines of a head as they arrive: no byte is looked at twice.
#[derive(Debug, Default)]
struct Lines {
    /// Where the line begins that is being read.
    start: usize,
    seen: usize,
    /// The request line has come; empty lines before it mean nothing (RFC 9112 section 2.2).
    begun: bool,
}

impl Lines {
    /// How long the head is, when it has come to its end.
    fn end(&mut self, bytes: &[u8]) -> Result<Option<usize>, NoHead> {
        while let Some(at) = memchr(b'\n', bytes.get(self.seen..).unwrap_or_default()) {
            let line_feed = self.seen + at;
            match bytes.get(self.start..line_feed) {
                Some([b'\r']) if self.begun => return Ok(Some(line_feed + 1)),
                Some([b'\r']) => {}
                Some([.., b'\r']) => self.begun = true,
                _ => return Err(NoHead::BareLineFeed),
            }
            self.seen = line_feed + 1;
            self.start = self.seen;
        }
        self.seen = bytes.len();
        Ok(None)
    }
}

/// Reads what comes next.
async fn more(stream: &mut Stream, bytes: &mut BytesMut) -> Result<(), NoHead> {
    bytes.reserve(PIECE);
    match stream.read_buf(bytes).await {
        Ok(1..) => Ok(()),
        _ => Err(NoHead::Gone),
    }
}

/// Reads until the head is whole.
async fn head(stream: &mut Stream, bytes: &mut BytesMut, most: usize) -> Result<(), NoHead> {
    let mut lines = Lines::default();
    loop {
        match lines.end(bytes)? {
            Some(length) if length <= most => return Ok(()),
            None if bytes.len() < most => more(stream, bytes).await?,
            _ => return Err(NoHead::TooLong),
        }
    }
}

/// Waits for the first byte of a request. Empty lines begin none: old clients send one after a POST, and a server
/// skips it (RFC 9112 section 2.2).
async fn begin(stream: &mut Stream, bytes: &mut BytesMut) -> Result<(), NoHead> {
    loop {
        while bytes.starts_with(b"\r\n") {
            bytes.advance(2);
        }
        if !b"\r\n".starts_with(bytes) {
            return Ok(());
        }
        more(stream, bytes).await?;
    }
}

/// What the engine gives new connections to.
pub(crate) struct Front {
    gateway: Arc<Gateway>,
    places: Semaphore,
}

impl Front {
    pub(crate) fn new(gateway: Arc<Gateway>) -> Self {
        let places = Semaphore::new(gateway.config.connections);
        Self { gateway, places }
    }
}

#[async_trait]
impl ServerApp for Front {
    async fn process_new(self: &Arc<Self>, mut stream: Stream, shutdown: &ShutdownWatch) -> Option<Stream> {
        let gateway = &self.gateway;
        let Ok(_place) = self.places.try_acquire() else {
            gateway.metrics.connection_refused();
            return None;
        };
        let _open = gateway.metrics.connection();
        let bound = Bound::default();
        // What was read of the next request, with the one before it.
        let mut bytes = BytesMut::new();
        let mut idle = false;
        loop {
            // A connection without a request is closed without a word.
            let wait = if idle { gateway.config.idle } else { gateway.config.head };
            timeout(wait, begin(&mut stream, &mut bytes)).await.ok()?.ok()?;
            idle = true;
            let head = timeout(gateway.config.head, head(&mut stream, &mut bytes, gateway.config.head_bytes));
            let head = head.await.unwrap_or(Err(NoHead::Slow));
            let head = head.and_then(|()| target::check(&mut bytes).map_err(NoHead::Refused));
            let mut session = ServerSession::new_http1(stream);
            if head.is_ok() {
                session.set_pipelined_prefix(bytes);
            }
            // On the heap: a connection that waits does not keep the room for an exchange with an upstream.
            (stream, bytes) = Box::pin(gateway.serve(session, head, &bound, shutdown)).await?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_ends_with_an_empty_line() {
        for (bytes, end) in [
            ("", Ok(None)),
            ("POST / HTTP/1.1\r\nA: b\r\n\r\nbody\n", Ok(Some(25))),
            ("\r\n\r\nGET / HTTP/1.1\r\n\r\n", Ok(Some(22))),
            ("\r\n\r\n", Ok(None)),
            ("GET / HTTP/1.1\r\n", Ok(None)),
            ("GET / HTTP/1.1\r\nA: b\r\n\r", Ok(None)),
            ("GET / HTTP/1.1\n", Err(NoHead::BareLineFeed)),
            ("GET / HTTP/1.1\r\n\n", Err(NoHead::BareLineFeed)),
            ("GET / HTTP/1.1\r\nA: b\n\r\n\r\n", Err(NoHead::BareLineFeed)),
            ("\n", Err(NoHead::BareLineFeed)),
        ] {
            assert_eq!(Lines::default().end(bytes.as_bytes()), end, "{bytes:?}");
            // Byte by byte it is the same.
            let mut lines = Lines::default();
            let mut ends = (0..=bytes.len()).map(|to| lines.end(&bytes.as_bytes()[..to]));
            assert_eq!(ends.find(|end| *end != Ok(None)).unwrap_or(Ok(None)), end, "{bytes:?}");
        }
    }
}

//! The connections of clients: their number, and the requests of each connection. The head of each request is bounded
//! here, in time and in size, because the engine's bounds are too wide. A slow sender restarts the engine's timer with each
//! byte, and the engine accepts heads of up to 1 MiB.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::{Buf as _, BytesMut};
use memchr::memchr;
use pingora::listeners::tls::Acceptor;
use pingora::protocols::http::ServerSession;
use pingora::protocols::http::v2::server::{self as http2, H2Accept};
use pingora::protocols::{ALPN, Digest, Ssl as _, Stream};
use pingora::time::timeout;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_util::task::TaskTracker;

use crate::app::{Gateway, Visit};
use crate::budget::Share;
use crate::client;
use crate::config::Auth;
use crate::head::NoHead;
use crate::limits::{Account, Accounts, Place};
use crate::log::{AccessLine, field};
use crate::outcome::Refusal;
use crate::phase::{Phase, reached};
use crate::proxy_protocol;
use crate::socket::Socket;
use crate::target;
use crate::upstream::Bound;

/// The room for one read in bytes. Almost all requests fit, with head and body.
const PIECE: usize = 4096;

/// The first bytes of an HTTP/2 client, up to the end of the part that looks like a head.
/// <https://www.rfc-editor.org/rfc/rfc9113#section-3.4>
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\n";

/// The greatest number of requests at once on an HTTP/2 connection. With the 100 that browsers and proxies usually get,
/// one connection could fill the budget with half-sent bodies.
const HTTP2_REQUESTS: u32 = 32;

/// The greatest number of broken requests on an HTTP/2 connection. The next broken request ends the connection.
const HTTP2_BROKEN: usize = 32;

/// The number of connections that may be turned away with an answer at once. Further connections are closed without an
/// answer.
const TURNING_AWAY: usize = 64;

/// The number of those places that a connection with TLS takes. Its handshake costs a millisecond of processor time,
/// which an attacker must not get for nothing.
const TLS_PLACES: u32 = 8;

/// The frames SETTINGS and GOAWAY of HTTP/2. They say that no request was taken, for the reason ENHANCE_YOUR_CALM
/// (0xb). <https://www.rfc-editor.org/rfc/rfc9113#section-6.8>
const HTTP2_GO_AWAY: &[u8] = b"\0\0\0\x04\0\0\0\0\0\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\x0b";

/// The greatest time for turning a connection away, including its TLS handshake.
const TURNED_AWAY: Duration = Duration::from_millis(500);

/// The lines of a head as they arrive. No byte is read twice.
#[derive(Debug, Default)]
struct Lines {
    /// The offset of the line that is being read.
    start: usize,
    seen: usize,
    /// True after the request line. Empty lines before it mean nothing (RFC 9112 section 2.2).
    begun: bool,
}

impl Lines {
    /// Returns the length of the head, if the end of the head has come.
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

/// Reads the bytes that come next.
async fn more(stream: &mut Stream, bytes: &mut BytesMut) -> Result<(), NoHead> {
    bytes.reserve(PIECE);
    match stream.read_buf(bytes).await {
        Ok(1..) => Ok(()),
        _ => Err(NoHead::Gone),
    }
}

/// Reads until the head is complete. The head counts twice, because it is in memory as it was sent and as the engine
/// has read it.
async fn head(
    stream: &mut Stream,
    bytes: &mut BytesMut,
    most: usize,
    share: &mut Share,
) -> Result<(), NoHead> {
    let mut lines = Lines::default();
    let mut counted = 0;
    loop {
        let end = lines.end(bytes)?;
        let length = end.unwrap_or(bytes.len());
        if !share.grow(2 * (length - counted)) {
            return Err(NoHead::Busy);
        }
        counted = length;
        match end {
            Some(length) if length <= most => return Ok(()),
            None if bytes.len() < most => more(stream, bytes).await?,
            _ => return Err(NoHead::TooLong),
        }
    }
}

/// Waits for the first byte of a request. An empty line begins no request: old clients send one after a POST, and a
/// server skips it (RFC 9112 section 2.2).
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

/// Writes the only answer of a connection, and waits until the client has closed its side.
async fn tell(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), answer: &[u8]) -> std::io::Result<()> {
    stream.write_all(answer).await?;
    stream.flush().await?;
    stream.shutdown().await?;
    // If the connection were closed with unread bytes in it, the client would see a reset and not the answer.
    let mut rest = [0; 1024];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

/// An increment of a number that lasts as long as this value.
struct Held(Arc<AtomicUsize>);

impl Held {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count.clone())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The server of connections: the gateway of the current configuration, and the parts that outlive a configuration.
pub(crate) struct Front {
    pub(crate) gateway: ArcSwap<Gateway>,
    pub(crate) tls: ArcSwap<Option<Arc<Acceptor>>>,
    pub(crate) phase: watch::Receiver<Phase>,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) connections: TaskTracker,
    open: Arc<AtomicUsize>,
    turning_away: Semaphore,
}

impl Front {
    pub(crate) fn new(
        gateway: Arc<Gateway>,
        tls: Option<Arc<Acceptor>>,
        phase: watch::Receiver<Phase>,
        accounts: Arc<Accounts>,
    ) -> Self {
        Self {
            gateway: ArcSwap::new(gateway),
            tls: ArcSwap::from_pointee(tls),
            phase,
            accounts,
            connections: TaskTracker::new(),
            open: Arc::default(),
            turning_away: Semaphore::new(TURNING_AWAY),
        }
    }

    /// Accepts connections until a successor does or the process stops.
    pub(crate) async fn accept(self: Arc<Self>, listener: TcpListener) {
        let mut phase = self.phase.clone();
        loop {
            let accepted = tokio::select! {
                biased;
                () = reached(&mut phase, Phase::HandedOver) => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let front = self.clone();
                    self.connections.spawn(async move { front.connection(stream, peer).await });
                }
                Err(error) => {
                    self.gateway.load().metrics.connection_refused(Refusal::Accept);
                    tracing::warn!(target: "umsoap_gateway", %error, "a connection cannot be accepted");
                    // Most often no file descriptor is free. Some become free with time.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    /// Serves a connection from its first byte to its end.
    async fn connection(self: Arc<Self>, mut stream: TcpStream, peer: SocketAddr) {
        let gateway = self.gateway.load_full();
        let (config, metrics) = (&gateway.config, &gateway.metrics);
        let _open = metrics.connection();
        let held = Held::new(&self.open);
        let tls = self.tls.load_full();
        let _ = stream.set_nodelay(true);
        let mut client = SocketAddr::new(peer.ip().to_canonical(), peer.port());
        let is_balanced = client::is_in(client.ip(), &config.proxy_protocol);
        if self.open.load(Ordering::Relaxed) > config.connections {
            metrics.connection_refused(Refusal::All);
            let ahead = (!is_balanced).then(BytesMut::new);
            return self.turn_away(&gateway, stream, client, ahead, (*tls).as_ref()).await;
        }
        let mut ahead = BytesMut::new();
        if is_balanced {
            let Ok(Ok((named, rest))) = timeout(config.head, proxy_protocol::read(&mut stream)).await else {
                return metrics.connection_refused(Refusal::ProxyProtocol);
            };
            client = named.unwrap_or(client);
            ahead = rest;
        }
        let account = self.accounts.of(client.ip());
        let most = match client::is_in(client.ip(), &config.trusted_proxies) {
            true => config.connections,
            false => config.client_connections,
        };
        let Some(_place) = Place::take(&account, most) else {
            metrics.connection_refused(Refusal::Client);
            return self.turn_away(&gateway, stream, client, Some(ahead), (*tls).as_ref()).await;
        };
        let socket = Socket::tcp(stream, client, ahead);
        let received = socket.received();
        let stream: Stream = match &*tls {
            None => Box::new(socket),
            Some(acceptor) => match timeout(config.head, acceptor.tls_handshake(socket)).await {
                Ok(Ok(stream)) => Box::new(stream),
                _ => {
                    metrics.connection_refused(Refusal::Tls);
                    if gateway.logs_requests() {
                        let mut line = AccessLine::new();
                        line.address(field!("client" quoted), client.ip());
                        line.word(field!("outcome" quoted), "no_tls");
                        line.end();
                    }
                    return;
                }
            },
        };
        let http2 = config.speaks_http2();
        // The connection may last for hours, and the configuration may change in that time.
        drop(gateway);
        if matches!(stream.selected_alpn_proto(), Some(ALPN::H2)) {
            self.http2(stream, account).await;
        } else {
            self.http1(stream, account, received, http2 && tls.is_none()).await;
        }
        drop(held);
    }

    /// Answers a connection for which there is no room: with 503, or with GOAWAY over HTTP/2. `ahead` holds the bytes
    /// that were already read. It is `None` if a header of the PROXY protocol is still to be read.
    async fn turn_away(
        &self,
        gateway: &Gateway,
        mut stream: TcpStream,
        client: SocketAddr,
        ahead: Option<BytesMut>,
        tls: Option<&Arc<Acceptor>>,
    ) {
        let places = if tls.is_some() { TLS_PLACES } else { 1 };
        let Ok(_permit) = self.turning_away.try_acquire_many(places) else { return };
        let _ = timeout(TURNED_AWAY, async {
            let ahead = match ahead {
                Some(ahead) => ahead,
                None => {
                    let read = proxy_protocol::read(&mut stream).await;
                    read.map_err(|_| std::io::ErrorKind::InvalidData)?.1
                }
            };
            let Some(acceptor) = tls else { return tell(&mut stream, &gateway.turned_away).await };
            let socket = Socket::tcp(stream, client, ahead);
            let mut stream = acceptor.tls_handshake(socket).await.map_err(std::io::Error::other)?;
            let is_http2 = matches!(stream.selected_alpn_proto(), Some(ALPN::H2));
            let answer = if is_http2 { HTTP2_GO_AWAY } else { &gateway.turned_away };
            tell(&mut stream, answer).await
        })
        .await;
    }

    /// Serves requests of HTTP/1, one after another.
    async fn http1(
        self: Arc<Self>,
        mut stream: Stream,
        account: Arc<Account>,
        received: Arc<AtomicU64>,
        may_be_http2: bool,
    ) {
        let bound = Bound::default();
        let mut gateway = self.gateway.load_full();
        // These are the bytes of the next request that were read together with the request before.
        let mut bytes = BytesMut::new();
        let mut first = true;
        let mut phase = self.phase.clone();
        loop {
            // A connection without a request is closed without an answer.
            let wait = if first { gateway.config.head } else { gateway.config.idle };
            let begun = tokio::select! {
                biased;
                begun = timeout(wait, begin(&mut stream, &mut bytes)) => begun,
                () = reached(&mut phase, Phase::Stopping) => return,
            };
            if !matches!(begun, Ok(Ok(()))) {
                return;
            }
            // A client with upstream connections of its own keeps the configuration that made them.
            if gateway.config.auth == Auth::Stateless {
                gateway = self.gateway.load_full();
            }
            let config = &gateway.config;
            let mut share = gateway.budget.share(Some(account.clone()), config.client_bytes);
            let head =
                timeout(config.head, head(&mut stream, &mut bytes, config.head_bytes, &mut share)).await;
            let head = head.unwrap_or(Err(NoHead::Slow));
            if first && may_be_http2 && head.is_ok() && bytes.starts_with(HTTP2_PREFACE) {
                drop(share);
                // The engine reads the preface itself.
                let Ok(mut socket) = stream.into_any().downcast::<Socket<TcpStream>>() else { return };
                socket.give_back(bytes);
                return self.http2(socket, account).await;
            }
            first = false;
            let head = head.and_then(|()| target::check(&mut bytes).map_err(NoHead::Refused));
            let mut session = Box::new(ServerSession::new_http1(stream));
            if head.is_ok() {
                session.set_pipelined_prefix(bytes);
            }
            // The future is on the heap, so that a waiting connection keeps no room for an exchange with an upstream.
            let visit = Visit {
                bound: &bound,
                accounts: &self.accounts,
                phase: &self.phase,
                received: &received,
                share,
            };
            match Box::pin(gateway.serve(session, head, visit)).await {
                Some(next) => (stream, bytes) = next,
                None => return,
            }
        }
    }

    /// Serves requests of HTTP/2, many at once.
    async fn http2(self: Arc<Self>, stream: Stream, account: Arc<Account>) {
        let gateway = self.gateway.load_full();
        let digest = Arc::new(Digest {
            ssl_digest: stream.get_ssl_digest(),
            timing_digest: stream.get_timing_digest(),
            proxy_digest: stream.get_proxy_digest(),
            socket_digest: stream.get_socket_digest(),
        });
        let mut options = http2::default_h2_options();
        options.max_concurrent_streams(HTTP2_REQUESTS);
        options.max_header_list_size(u32::try_from(gateway.config.head_bytes).unwrap_or(u32::MAX));
        let handshake = timeout(gateway.config.head, http2::handshake(stream, Some(options))).await;
        let Ok(Ok(mut connection)) = handshake else { return };
        let idle = gateway.config.idle;
        drop(gateway);
        let active = Arc::new(AtomicUsize::new(0));
        let (mut broken, mut told) = (0, false);
        let mut phase = self.phase.clone();
        loop {
            let accepted = tokio::select! {
                biased;
                accepted = timeout(idle, http2::HttpSession::from_h2_conn(&mut connection, digest.clone())) => accepted,
                () = reached(&mut phase, Phase::Draining), if !told => {
                    told = true;
                    connection.graceful_shutdown();
                    continue;
                }
            };
            match accepted {
                Ok(Ok(Some(H2Accept::Session(session)))) => {
                    let (front, account, busy) = (self.clone(), account.clone(), Held::new(&active));
                    self.connections.spawn(async move {
                        let gateway = front.gateway.load_full();
                        let share = gateway.budget.share(Some(account), gateway.config.client_bytes);
                        let bound = Bound::default();
                        let visit = Visit {
                            bound: &bound,
                            accounts: &front.accounts,
                            phase: &front.phase,
                            // HTTP/2 has no chunks, so the number is not used.
                            received: &AtomicU64::new(0),
                            share,
                        };
                        let session = Box::new(ServerSession::new_http2(session));
                        gateway.serve(session, Ok(()), visit).await;
                        drop(busy);
                    });
                }
                Ok(Ok(Some(H2Accept::Rejected))) if broken < HTTP2_BROKEN => broken += 1,
                Ok(_) => return,
                Err(_) if active.load(Ordering::Relaxed) == 0 => return,
                Err(_) => {}
            }
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
            // The result does not depend on the sizes of the reads.
            let mut lines = Lines::default();
            let mut ends = (0..=bytes.len()).map(|to| lines.end(&bytes.as_bytes()[..to]));
            assert_eq!(ends.find(|end| *end != Ok(None)).unwrap_or(Ok(None)), end, "{bytes:?}");
        }
    }
}

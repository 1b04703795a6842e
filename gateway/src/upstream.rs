//! The exchange with an upstream, over Pingora's connector.
//!
//! The engine's proxy passes the head of a reply on before its body was read. Here a reply is used only when it is
//! complete, so the exchange is made with the connector itself.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::{Buf as _, Bytes, BytesMut};
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use pingora::connectors::{ConnectorOptions, TransportConnector};
use pingora::protocols::Stream;
use pingora::protocols::http::v1::client::HttpSession;
use pingora::server::ShutdownWatch;
use pingora::server::configuration::ServerConf;
use pingora::services::background::BackgroundService;
use pingora::time::timeout;
use pingora::upstreams::peer::HttpPeer;
use pingora::utils::tls::CertKey;
use tokio::io::AsyncReadExt as _;

use crate::budget::Share;
use crate::config::{Config, UpstreamConfig};
use crate::early::{self, Begun, Sent};
use crate::forward;
use crate::pool::Pool;
use crate::reply_head::ReplyHead;
use crate::tls;

/// The greatest number of informational replies before the reply itself.
const MOST_INFORMATIONAL: usize = 8;

/// A whole reply.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// True if the upstream keeps the connection open.
    pub(crate) kept: bool,
}

impl Reply {
    /// Returns whether the reply says that this server cannot answer now, and that another server may. A Server fault
    /// has 500.
    pub(crate) const fn is_unavailable(&self) -> bool {
        matches!(self.status, 502..=504)
    }
}

/// The reason for which there is no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// There was no connection, so nothing was sent.
    NotSent,
    /// The connection broke while the request was sent, or later.
    Broken {
        /// True if the connection had been used before and sent no byte now. The upstream has probably closed it while
        /// it was not in use.
        stale: bool,
    },
    /// The reply is longer than the limit.
    TooLong,
    /// There was no memory for the reply.
    Memory,
    /// The reply did not come in time.
    Slow,
    /// The reply is no HTTP.
    Malformed,
}

/// The upstream connections that belong to one client connection.
#[derive(Debug, Default)]
pub(crate) struct Bound {
    streams: Mutex<Vec<(usize, Stream)>>,
}

impl Bound {
    fn take(&self, upstream: usize) -> Option<Stream> {
        let mut streams = self.streams.lock().ok()?;
        let at = streams.iter().position(|(index, _)| *index == upstream)?;
        Some(streams.swap_remove(at).1)
    }

    fn put(&self, upstream: usize, stream: Stream) {
        if let Ok(mut streams) = self.streams.lock() {
            streams.push((upstream, stream));
        }
    }
}

/// The connection that a request may take.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Connection<'b> {
    /// A connection from the pool, or a new one that goes to the pool afterwards.
    Pooled,
    /// A new connection that no other request uses. It cannot have been closed while it waited.
    Own,
    /// The connection that belongs to the client's connection.
    Bound(&'b Bound),
}

/// One address of an upstream.
struct Address {
    peer: HttpPeer,
    /// The time of the last failure to connect, in milliseconds since `Upstreams` was made. It is 0 if there was no
    /// failure.
    failed: AtomicU64,
    pool: Pool,
}

struct Upstream {
    config: UpstreamConfig,
    /// The addresses of the upstream. They change when its name is resolved to others.
    addresses: RwLock<Arc<Vec<Address>>>,
    template: Vec<u8>,
}

/// The upstreams and the connections to them.
pub(crate) struct Upstreams {
    connector: TransportConnector,
    /// The certificate for upstreams that ask for one.
    certificate: Option<Arc<CertKey>>,
    all: Vec<Upstream>,
    start: Instant,
    connect_time: Duration,
    reply_bytes: usize,
    reply_time: Duration,
    idle: Duration,
    /// The time for which an address is tried last after a failure to connect.
    avoid: Duration,
}

/// The room for the first read of a reply in bytes. A GetCallInfoResponse with its head has less than 1 KiB.
const FIRST_READ: usize = 4096;

/// The greatest number of bytes of a body that are written together with the head, in one segment or a few. The rest of
/// a long body is not copied.
const WITH_HEAD: usize = 16 << 10;

impl Upstreams {
    pub(crate) fn new(config: &Config, conf: &Arc<ServerConf>) -> pingora::Result<Self> {
        let certificate = tls::for_upstreams(config).unwrap_or_default();
        let connect_time = config.connect;
        let mut upstreams = Self {
            connector: TransportConnector::new(Some(ConnectorOptions::from_server_conf(conf))),
            certificate,
            all: Vec::new(),
            start: Instant::now(),
            connect_time,
            reply_bytes: config.reply_bytes,
            reply_time: config.reply,
            idle: config.upstream_idle,
            avoid: config.eject,
        };
        for upstream in &config.upstreams {
            let addresses = upstreams.addresses(upstream, &upstream.addresses);
            upstreams.all.push(Upstream {
                config: upstream.clone(),
                addresses: RwLock::new(Arc::new(addresses)),
                template: forward::template(config, upstream),
            });
        }
        Ok(upstreams)
    }

    fn addresses(&self, upstream: &UpstreamConfig, addresses: &[SocketAddr]) -> Vec<Address> {
        let address = |address: &SocketAddr| {
            let mut peer = HttpPeer::new(*address, upstream.tls, upstream.sni.clone());
            peer.options.connection_timeout = Some(self.connect_time);
            peer.options.total_connection_timeout = Some(self.connect_time);
            peer.options.idle_timeout = Some(self.idle);
            peer.client_cert_key.clone_from(&self.certificate);
            Address { peer, failed: AtomicU64::new(0), pool: Pool::default() }
        };
        addresses.iter().map(address).collect()
    }

    /// Returns the names that have to be resolved again.
    pub(crate) fn names(&self) -> impl Iterator<Item = (usize, &str)> {
        let all = self.all.iter().enumerate();
        all.filter_map(|(index, upstream)| Some((index, upstream.config.resolved.as_deref()?)))
    }

    /// Takes the addresses that a name was resolved to. If there are none, the old addresses stay. Returns whether the
    /// addresses changed.
    pub(crate) fn resolved(&self, index: usize, mut found: Vec<SocketAddr>) -> bool {
        let Some(upstream) = self.all.get(index) else { return false };
        found.sort_unstable();
        found.dedup();
        let Ok(mut addresses) = upstream.addresses.write() else { return false };
        let same =
            addresses.iter().map(|a| a.peer._address.as_inet().copied()).eq(found.iter().map(|a| Some(*a)));
        if found.is_empty() || same {
            return false;
        }
        *addresses = Arc::new(self.addresses(&upstream.config, &found));
        true
    }

    /// Returns the beginning of each head.
    pub(crate) fn template(&self, index: usize) -> Option<&[u8]> {
        self.all.get(index).map(|upstream| &*upstream.template)
    }

    pub(crate) fn config(&self, index: usize) -> Option<&UpstreamConfig> {
        self.all.get(index).map(|upstream| &upstream.config)
    }

    /// Closes connections that waited too long or that their upstream has closed.
    pub(crate) fn sweep(&self) {
        for upstream in &self.all {
            let Ok(addresses) = upstream.addresses.read() else { continue };
            for address in addresses.iter() {
                address.pool.sweep(self.idle);
            }
        }
    }

    /// Makes an exchange of one request and one reply, without a second try. `spread` chooses among the addresses of a
    /// name.
    pub(crate) async fn exchange(
        &self,
        index: usize,
        spread: usize,
        connection: Connection<'_>,
        head: Vec<u8>,
        body: &Bytes,
        share: &mut Share,
    ) -> Result<Reply, Failure> {
        let connected = self.connect(index, spread, connection).await?;
        let Connected { addresses, at, stream, reused } = connected;
        let address = addresses.get(at).ok_or(Failure::NotSent)?;
        // One timer bounds the sending of the request and the reading of the reply.
        let talked = timeout(
            self.reply_time,
            talk(stream, &address.peer, head, body, self.reply_bytes, share, reused),
        )
        .await;
        let (reply, stream) = talked.map_err(|_| Failure::Slow)??;
        if let Some(stream) = stream {
            give_back(index, &address.pool, connection, stream).await;
        }
        Ok(reply)
    }

    async fn connect(
        &self,
        index: usize,
        spread: usize,
        connection: Connection<'_>,
    ) -> Result<Connected, Failure> {
        let upstream = self.all.get(index).ok_or(Failure::NotSent)?;
        let addresses = upstream.addresses.read().map_err(|_| Failure::NotSent)?.clone();
        if let Connection::Bound(bound) = connection
            && let Some(stream) = bound.take(index)
        {
            return Ok(Connected { addresses, at: 0, stream, reused: true });
        }
        let now = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let avoid = u64::try_from(self.avoid.as_millis()).unwrap_or(u64::MAX);
        let failed_lately = |at: &usize| {
            let failed = addresses.get(*at).map_or(0, |address| address.failed.load(Ordering::Relaxed));
            failed > 0 && now.saturating_sub(failed) < avoid
        };
        let count = addresses.len().max(1);
        let order = || (0..count).map(|step| (spread % count + step) % count);
        // Addresses that could not be connected to lately come last.
        for at in order().filter(|at| !failed_lately(at)).chain(order().filter(failed_lately)) {
            let Some(address) = addresses.get(at) else { break };
            let kept = match connection {
                Connection::Pooled => address.pool.take(self.idle),
                Connection::Own | Connection::Bound(_) => None,
            };
            if let Some(stream) = kept {
                return Ok(Connected { addresses, at, stream, reused: true });
            }
            // The future is on the heap. With TLS it takes 8 KiB, for which a request over a kept connection needs no
            // room.
            if let Ok(stream) = Box::pin(self.connector.new_stream(&address.peer)).await {
                return Ok(Connected { addresses, at, stream, reused: false });
            }
            // 0 would mean that connecting has never failed.
            address.failed.store(now.max(1), Ordering::Relaxed);
        }
        Err(Failure::NotSent)
    }

    /// Checks the health of an upstream: connects, and asks for the path, if there is one. The answer must be 200. The
    /// connection is a new one, because a connection of the pool may be older than the trouble.
    pub(crate) async fn probe(&self, index: usize, path: Option<&str>) -> bool {
        let Ok(Connected { addresses, at, mut stream, .. }) = self.connect(index, 0, Connection::Own).await
        else {
            return false;
        };
        let (Some(address), Some(upstream)) = (addresses.get(at), self.all.get(index)) else { return false };
        let Some(path) = path else {
            stream.shutdown().await;
            return true;
        };
        let host = &upstream.config.host;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: umsoap-gateway\r\nConnection: close\r\n\r\n"
        );
        let asked = async {
            early::send(&mut stream, [request.as_bytes(), b""]).await.ok()?;
            let mut session = HttpSession::new_with_options(stream, &address.peer);
            session.read_response().await.ok()?;
            let status = session.get_status().map(|status| status.as_u16());
            session.shutdown().await;
            status
        };
        matches!(timeout(self.reply_time, asked).await, Ok(Some(200)))
    }
}

/// Gives a connection back after its reply.
async fn give_back(index: usize, pool: &Pool, connection: Connection<'_>, mut stream: Stream) {
    match connection {
        Connection::Own => stream.shutdown().await,
        Connection::Pooled => pool.put(stream),
        Connection::Bound(bound) => bound.put(index, stream),
    }
}

/// A connection, and the index of the address that it leads to.
struct Connected {
    addresses: Arc<Vec<Address>>,
    at: usize,
    stream: Stream,
    reused: bool,
}

/// Writes the request and reads the reply. The connection is returned if the upstream keeps it open and the request was
/// written whole.
async fn talk(
    mut stream: Stream,
    peer: &HttpPeer,
    mut head: Vec<u8>,
    body: &Bytes,
    most: usize,
    share: &mut Share,
    reused: bool,
) -> Result<(Reply, Option<Stream>), Failure> {
    let (with_head, rest) = body.split_at(body.len().min(WITH_HEAD));
    head.extend_from_slice(with_head);
    let sent =
        early::send(&mut stream, [&head, rest]).await.map_err(|_| Failure::Broken { stale: reused })?;
    let (whole, begin) = match sent {
        Sent::Whole => (true, Bytes::new()),
        Sent::Part(begin) => (false, begin),
    };
    let mut received = BytesMut::from(begin);
    received.reserve(FIRST_READ);
    if received.is_empty() && !matches!(stream.read_buf(&mut received).await, Ok(1..)) {
        return Err(Failure::Broken { stale: reused });
    }
    match ReplyHead::read(&received) {
        Some(head) => usual(stream, head, received, most, share, whole).await,
        None => {
            let stream = Begun::stream(received.freeze(), stream);
            // The future is on the heap, as the one for new connections is.
            Box::pin(by_the_engine(stream, peer, most, share, whole)).await
        }
    }
}

/// Reads the body of a reply with a usual head.
async fn usual(
    mut stream: Stream,
    head: ReplyHead,
    mut received: BytesMut,
    most: usize,
    share: &mut Share,
    whole: bool,
) -> Result<(Reply, Option<Stream>), Failure> {
    let ReplyHead { status, headers, bytes, body, keeps } = head;
    check(status, Some(body), most, share, whole)?;
    received.advance(bytes);
    received.reserve(body.saturating_sub(received.len()));
    while received.len() < body {
        match stream.read_buf(&mut received).await {
            Ok(1..) => {}
            _ => return Err(Failure::Broken { stale: false }),
        }
    }
    // Bytes after the reply belong to no request, so the connection is not used again.
    let kept = whole && keeps && received.len() == body;
    received.truncate(body);
    let reply = Reply { status, headers, body: received.freeze(), kept };
    if !kept {
        stream.shutdown().await;
        return Ok((reply, None));
    }
    Ok((reply, Some(stream)))
}

/// Checks that a reply with this head may be read. Takes the memory for a body with a known length.
fn check(
    status: u16,
    promised: Option<usize>,
    most: usize,
    share: &mut Share,
    whole: bool,
) -> Result<(), Failure> {
    // Only a refusal can be meant for a request that was not read to its end.
    if !whole && status < 400 {
        return Err(Failure::Broken { stale: false });
    }
    if promised.is_some_and(|length| length > most) {
        return Err(Failure::TooLong);
    }
    if !share.grow(promised.unwrap_or(0)) {
        return Err(Failure::Memory);
    }
    Ok(())
}

/// Reads any other reply through the engine.
async fn by_the_engine(
    stream: Stream,
    peer: &HttpPeer,
    most: usize,
    share: &mut Share,
    whole: bool,
) -> Result<(Reply, Option<Stream>), Failure> {
    use pingora::ErrorType::{InvalidHTTPHeader, ReadTimedout, WriteTimedout};
    // A reply that has begun did not come over a stale connection.
    let failed = |error: pingora::BError| match error.etype {
        ReadTimedout | WriteTimedout => Failure::Slow,
        InvalidHTTPHeader => Failure::Malformed,
        _ => Failure::Broken { stale: false },
    };
    let mut session = HttpSession::new_with_options(stream, peer);

    let mut informational = 0;
    let (status, headers) = loop {
        session.read_response().await.map_err(failed)?;
        let header = session.resp_header().ok_or(Failure::Malformed)?;
        let status = header.status.as_u16();
        if (100..200).contains(&status) {
            informational += 1;
            if status == 101 || informational > MOST_INFORMATIONAL {
                return Err(Failure::Malformed);
            }
            continue;
        }
        break (status, header.headers.clone());
    };
    let promised = headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.trim().parse().ok());
    check(status, promised, most, share, whole)?;
    let mut received = BytesMut::with_capacity(promised.unwrap_or(0));
    while let Some(piece) = session.read_body_ref().await.map_err(failed)? {
        if received.len().saturating_add(piece.len()) > most {
            return Err(Failure::TooLong);
        }
        if promised.is_none() && !share.grow(piece.len()) {
            return Err(Failure::Memory);
        }
        received.extend_from_slice(piece);
    }
    session.respect_keepalive();
    let stream = if whole && session.will_keepalive() {
        session.reuse().await
    } else {
        session.shutdown().await;
        None
    };
    let kept = stream.is_some();
    Ok((Reply { status, headers, body: received.freeze(), kept }, stream))
}

/// The service that resolves the names of upstreams again and again.
pub(crate) struct Names {
    pub(crate) upstreams: Arc<Upstreams>,
    pub(crate) every: Duration,
}

#[async_trait]
impl BackgroundService for Names {
    async fn start(&self, mut shutdown: ShutdownWatch) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(self.every) => {}
                _ = shutdown.changed() => return,
            }
            for (index, name) in self.upstreams.names() {
                match tokio::net::lookup_host(name).await {
                    Ok(found) => {
                        if self.upstreams.resolved(index, found.collect()) {
                            tracing::info!(target: "umsoap_gateway", name, "the addresses of an upstream changed");
                        }
                    }
                    Err(error) => {
                        tracing::warn!(target: "umsoap_gateway", name, %error, "an upstream's name cannot be resolved");
                    }
                }
            }
        }
    }
}

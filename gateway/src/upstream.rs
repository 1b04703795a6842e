//! The exchange with an upstream, over Pingora's connector and its pool of connections.
//!
//! The engine's proxy phases send a reply's head on before its body was read. Here a reply is believed only
//! when it is whole, so the exchange is made with the connector itself.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use pingora::connectors::ConnectorOptions;
use pingora::connectors::http::v1::Connector;
use pingora::http::RequestHeader;
use pingora::protocols::Stream;
use pingora::protocols::http::v1::client::HttpSession;
use pingora::server::configuration::ServerConf;
use pingora::time::timeout;
use pingora::upstreams::peer::HttpPeer;

use crate::budget::Share;
use crate::config::{Config, UpstreamConfig};
use crate::forward;
use crate::tls;

/// Informational replies before the reply itself; more are refused.
const MOST_INFORMATIONAL: usize = 8;

/// A whole reply.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The upstream keeps the connection open.
    pub(crate) kept: bool,
}

/// Why there is no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// There was no connection: nothing was sent.
    NotSent,
    /// The connection broke after something was sent; `stale` when it came from the pool and nothing was read.
    Broken {
        /// Probably closed by the upstream while it was not in use.
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

/// Which connection a request may take.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Connection<'b> {
    /// One from the pool, or a new one that goes there.
    Pooled,
    /// A new one that nobody else uses: it cannot have been closed while it waited.
    Own,
    /// The one that belongs to the client's connection.
    Bound(&'b Bound),
}

struct Upstream {
    config: UpstreamConfig,
    peer: HttpPeer,
    template: RequestHeader,
}

/// The upstreams and the connections to them.
pub(crate) struct Upstreams {
    connector: Connector,
    all: Vec<Upstream>,
    reply_bytes: usize,
    reply_time: std::time::Duration,
    idle: std::time::Duration,
    next_own: AtomicU64,
}

impl Upstreams {
    pub(crate) fn new(config: &Config, conf: &Arc<ServerConf>) -> pingora::Result<Self> {
        let certificate = tls::for_upstreams(config).unwrap_or_default();
        let all = config
            .upstreams
            .iter()
            .map(|upstream| {
                let mut peer = HttpPeer::new(upstream.address, upstream.tls, upstream.sni.clone());
                peer.options.connection_timeout = Some(config.connect);
                peer.options.total_connection_timeout = Some(config.connect);
                peer.options.idle_timeout = Some(config.upstream_idle);
                peer.client_cert_key.clone_from(&certificate);
                let template = forward::template(config, upstream)?;
                Ok(Upstream { config: upstream.clone(), peer, template })
            })
            .collect::<pingora::Result<_>>()?;
        Ok(Self {
            connector: Connector::new(Some(ConnectorOptions::from_server_conf(conf))),
            all,
            reply_bytes: config.reply_bytes,
            reply_time: config.reply,
            idle: config.upstream_idle,
            next_own: AtomicU64::new(1),
        })
    }

    /// The beginning of each head.
    pub(crate) fn template(&self, index: usize) -> Option<&RequestHeader> {
        self.all.get(index).map(|upstream| &upstream.template)
    }

    pub(crate) fn config(&self, index: usize) -> Option<&UpstreamConfig> {
        self.all.get(index).map(|upstream| &upstream.config)
    }

    /// One request, one reply, no second try.
    pub(crate) async fn exchange(
        &self,
        index: usize,
        connection: Connection<'_>,
        head: Box<RequestHeader>,
        body: &Bytes,
        share: &mut Share,
    ) -> Result<Reply, Failure> {
        let Upstream { peer, .. } = self.all.get(index).ok_or(Failure::NotSent)?;
        let (mut session, reused) = self.connect(index, peer, connection).await?;
        // One timer bounds the whole exchange.
        let talk = talk(&mut session, head, body, self.reply_bytes, share, reused);
        let mut reply = match timeout(self.reply_time, talk).await {
            Ok(result) => result?,
            Err(_) => return Err(Failure::Slow),
        };
        reply.kept = self.give_back(index, peer, connection, session).await;
        Ok(reply)
    }

    async fn connect(
        &self,
        index: usize,
        peer: &HttpPeer,
        connection: Connection<'_>,
    ) -> Result<(HttpSession, bool), Failure> {
        let own;
        let peer = match connection {
            Connection::Pooled => peer,
            Connection::Bound(bound) => {
                if let Some(stream) = bound.take(index) {
                    return Ok((HttpSession::new_with_options(stream, peer), true));
                }
                own = self.own(peer);
                &own
            }
            Connection::Own => {
                own = self.own(peer);
                &own
            }
        };
        self.connector.get_http_session(peer).await.map_err(|_| Failure::NotSent)
    }

    /// The same upstream, in a group of its own: the pool has no connection for it.
    fn own(&self, peer: &HttpPeer) -> HttpPeer {
        let mut own = peer.clone();
        own.group_key = self.next_own.fetch_add(1, Ordering::Relaxed);
        own
    }

    /// True when the upstream keeps the connection open.
    async fn give_back(
        &self,
        index: usize,
        peer: &HttpPeer,
        connection: Connection<'_>,
        mut session: HttpSession,
    ) -> bool {
        session.respect_keepalive();
        let kept = session.will_keepalive();
        match connection {
            Connection::Pooled => {
                self.connector.release_http_session(session, peer, Some(self.idle)).await;
            }
            Connection::Own => session.shutdown().await,
            Connection::Bound(bound) => {
                if let Some(stream) = session.reuse().await {
                    bound.put(index, stream);
                }
            }
        }
        kept
    }
}

async fn talk(
    session: &mut HttpSession,
    head: Box<RequestHeader>,
    body: &Bytes,
    most: usize,
    share: &mut Share,
    reused: bool,
) -> Result<Reply, Failure> {
    use pingora::ErrorType::{InvalidHTTPHeader, ReadTimedout, WriteTimedout};
    let failed = |error: pingora::BError, stale: bool| match error.etype {
        ReadTimedout | WriteTimedout => Failure::Slow,
        InvalidHTTPHeader => Failure::Malformed,
        _ => Failure::Broken { stale },
    };
    session.write_request_header(head).await.map_err(|e| failed(e, reused))?;
    session.write_body(body).await.map_err(|e| failed(e, reused))?;
    session.finish_body().await.map_err(|e| failed(e, reused))?;

    let mut informational = 0;
    let (status, headers) = loop {
        session.read_response().await.map_err(|e| failed(e, reused && informational == 0))?;
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
    if promised.is_some_and(|length: usize| length > most) {
        return Err(Failure::TooLong);
    }
    if !share.grow(promised.unwrap_or(0)) {
        return Err(Failure::Memory);
    }
    let mut received = BytesMut::with_capacity(promised.unwrap_or(0));
    while let Some(piece) = session.read_body_ref().await.map_err(|e| failed(e, false))? {
        if received.len().saturating_add(piece.len()) > most {
            return Err(Failure::TooLong);
        }
        if promised.is_none() && !share.grow(piece.len()) {
            return Err(Failure::Memory);
        }
        received.extend_from_slice(piece);
    }
    Ok(Reply { status, headers, body: received.freeze(), kept: false })
}

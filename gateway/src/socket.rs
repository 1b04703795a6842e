//! A client's connection in the form that the engine needs. The socket knows the address of its client, and it keeps
//! bytes that were read too early and that are read again.

use std::io;
use std::net::SocketAddr;
use std::os::fd::AsRawFd as _;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use async_trait::async_trait;
use bytes::{Buf as _, BytesMut};
use pingora::protocols::raw_connect::ProxyDigest;
use pingora::protocols::{
    GetProxyDigest, GetSocketDigest, GetTimingDigest, Peek, Shutdown, SocketDigest, Ssl, TimingDigest,
    UniqueID, UniqueIDType,
};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, BufWriter, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

/// The size of a connection's write buffer in bytes. The head and the body of almost every answer fit, so that they
/// leave in one write.
const WRITE_BUFFER: usize = 2048;

/// A transport that carries a client's bytes.
pub(crate) trait Wire:
    AsyncRead + AsyncWrite + Unpin + Send + Sync + std::fmt::Debug + 'static
{
}

impl Wire for TcpStream {}
impl Wire for UnixStream {}

/// A connection of a client.
#[derive(Debug)]
pub(crate) struct Socket<W: Wire> {
    wire: BufWriter<W>,
    ahead: BytesMut,
    digest: Option<Arc<SocketDigest>>,
    received: Arc<AtomicU64>,
}

impl Socket<TcpStream> {
    /// Wraps a TCP connection. The engine sees `client` as the address of the client.
    pub(crate) fn tcp(wire: TcpStream, client: SocketAddr, ahead: BytesMut) -> Self {
        let digest = SocketDigest::from_raw_fd(wire.as_raw_fd());
        // The call succeeds, because the cell is new and therefore empty.
        let _ = digest.peer_addr.set(Some(client.into()));
        Self::new(wire, ahead, Some(Arc::new(digest)))
    }
}

impl Socket<UnixStream> {
    /// Wraps a connection over a Unix socket, which has no client address.
    pub(crate) fn unix(wire: UnixStream) -> Self {
        Self::new(wire, BytesMut::new(), None)
    }
}

impl<W: Wire> Socket<W> {
    fn new(wire: W, ahead: BytesMut, digest: Option<Arc<SocketDigest>>) -> Self {
        let wire = BufWriter::with_capacity(WRITE_BUFFER, wire);
        Self { wire, ahead, digest, received: Arc::default() }
    }

    /// Returns the counter of the bytes that have come, including those of TLS. The counter goes on while the engine
    /// has the socket.
    pub(crate) fn received(&self) -> Arc<AtomicU64> {
        self.received.clone()
    }

    /// Gives bytes back. They are the next bytes that are read.
    pub(crate) fn give_back(&mut self, mut bytes: BytesMut) {
        bytes.extend_from_slice(&self.ahead);
        self.ahead = bytes;
    }
}

impl<W: Wire> AsyncRead for Socket<W> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.ahead.is_empty() {
            let before = into.filled().len();
            let read = Pin::new(&mut self.wire).poll_read(context, into);
            // Relaxed ordering is enough, because only one task reads at a time.
            self.received.fetch_add((into.filled().len() - before) as u64, Ordering::Relaxed);
            return read;
        }
        let count = self.ahead.len().min(into.remaining());
        into.put_slice(self.ahead.get(..count).unwrap_or_default());
        self.ahead.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl<W: Wire> AsyncWrite for Socket<W> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.wire).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_shutdown(context)
    }
}

#[async_trait]
impl<W: Wire> Shutdown for Socket<W> {
    async fn shutdown(&mut self) {
        // An error means that the client has gone already.
        let _ = self.wire.shutdown().await;
    }
}

impl<W: Wire> UniqueID for Socket<W> {
    fn id(&self) -> UniqueIDType {
        0
    }
}

impl<W: Wire> Ssl for Socket<W> {}
impl<W: Wire> Peek for Socket<W> {}

impl<W: Wire> GetTimingDigest for Socket<W> {
    fn get_timing_digest(&self) -> Vec<Option<TimingDigest>> {
        Vec::new()
    }
}

impl<W: Wire> GetProxyDigest for Socket<W> {
    fn get_proxy_digest(&self) -> Option<Arc<ProxyDigest>> {
        None
    }
}

impl<W: Wire> GetSocketDigest for Socket<W> {
    fn get_socket_digest(&self) -> Option<Arc<SocketDigest>> {
        self.digest.clone()
    }
}

//! The writing of a request while the upstream may already answer. An upstream that answers 401 or 413 early need not
//! take the rest of the body.

use std::io::{Error, ErrorKind, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Buf as _, Bytes};
use pingora::protocols::raw_connect::ProxyDigest;
use pingora::protocols::{
    GetProxyDigest, GetSocketDigest, GetTimingDigest, Peek, Shutdown, SocketDigest, Ssl, Stream,
    TimingDigest, UniqueID, UniqueIDType,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The result of writing a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// It was written whole.
    Whole,
    /// The upstream takes no more of the request. The bytes are the beginning of its reply, possibly none.
    Part(Bytes),
}

/// Writes all pieces. While the upstream takes no more bytes, its reply is read as well. If a write fails, the upstream
/// has closed its side, and its reply may still wait to be read. Then `Part` has no bytes.
pub(crate) async fn send(stream: &mut Stream, pieces: [&[u8]; 2]) -> Result<Sent> {
    let mut written = 0;
    std::future::poll_fn(|context| {
        loop {
            let mut left = written;
            let rest = pieces.iter().find_map(|piece| {
                let rest = piece.get(left..).filter(|rest| !rest.is_empty());
                left = left.saturating_sub(piece.len());
                rest
            });
            let wrote = match rest {
                Some(rest) => Pin::new(&mut *stream).poll_write(context, rest),
                None => match Pin::new(&mut *stream).poll_flush(context) {
                    Poll::Ready(Ok(())) => return Poll::Ready(Ok(Sent::Whole)),
                    Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
                    Poll::Pending => Poll::Pending,
                },
            };
            match wrote {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(Error::from(ErrorKind::WriteZero))),
                Poll::Ready(Ok(bytes)) => written += bytes,
                Poll::Ready(Err(_)) => return Poll::Ready(Ok(Sent::Part(Bytes::new()))),
                Poll::Pending => {
                    let mut space = [0; 2048];
                    let mut buffer = ReadBuf::new(&mut space);
                    return match Pin::new(&mut *stream).poll_read(context, &mut buffer) {
                        Poll::Ready(Ok(())) if buffer.filled().is_empty() => {
                            Poll::Ready(Err(Error::from(ErrorKind::UnexpectedEof)))
                        }
                        Poll::Ready(Ok(())) => {
                            Poll::Ready(Ok(Sent::Part(Bytes::copy_from_slice(buffer.filled()))))
                        }
                        Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
                        Poll::Pending => Poll::Pending,
                    };
                }
            }
        }
    })
    .await
}

/// A connection and the bytes that were already read from it. A reader gets these bytes first.
#[derive(Debug)]
pub(crate) struct Begun {
    begin: Bytes,
    stream: Stream,
}

impl Begun {
    pub(crate) fn stream(begin: Bytes, stream: Stream) -> Stream {
        Box::new(Self { begin, stream })
    }
}

impl AsyncRead for Begun {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        if self.begin.is_empty() {
            return Pin::new(&mut self.stream).poll_read(context, to);
        }
        let length = self.begin.len().min(to.remaining());
        to.put_slice(self.begin.get(..length).unwrap_or_default());
        self.begin.advance(length);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Begun {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[async_trait]
impl Shutdown for Begun {
    async fn shutdown(&mut self) {
        self.stream.shutdown().await;
    }
}

impl UniqueID for Begun {
    fn id(&self) -> UniqueIDType {
        self.stream.id()
    }
}

impl Ssl for Begun {}
impl Peek for Begun {}

impl GetTimingDigest for Begun {
    fn get_timing_digest(&self) -> Vec<Option<TimingDigest>> {
        self.stream.get_timing_digest()
    }

    fn get_read_pending_time(&self) -> Duration {
        self.stream.get_read_pending_time()
    }
}

impl GetProxyDigest for Begun {
    fn get_proxy_digest(&self) -> Option<Arc<ProxyDigest>> {
        self.stream.get_proxy_digest()
    }
}

impl GetSocketDigest for Begun {
    fn get_socket_digest(&self) -> Option<Arc<SocketDigest>> {
        self.stream.get_socket_digest()
    }
}

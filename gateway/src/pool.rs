//! Open connections to an upstream that no request uses. The engine's pool starts a task for each waiting connection,
//! and asks the system for its address each time it is taken. This costs a tenth of a request. Here the connections
//! wait in a list. A connection is checked when it is taken, and all of them are checked once a second.

use std::pin::{Pin, pin};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use pingora::protocols::Stream;
use tokio::io::{AsyncRead as _, ReadBuf};

/// The greatest number of waiting connections to one address. More are needed only while more requests than this are
/// under way at one server. The server then answers so slowly that the time for a new connection does not matter.
const MOST: usize = 1024;

#[derive(Debug)]
struct Waiting {
    stream: Stream,
    since: Instant,
}

/// The connections that wait. The connection that came last is taken first, so that the others reach their idle time
/// when the load falls.
#[derive(Debug, Default)]
pub(crate) struct Pool(Mutex<Vec<Waiting>>);

/// Returns whether the other side has neither closed the connection nor sent anything. Bytes that no request asked for
/// would be taken for the reply to the next request.
fn is_quiet(stream: &mut Stream) -> bool {
    let mut byte = [0];
    let mut byte = ReadBuf::new(&mut byte);
    let mut read = pin!(tokio::task::unconstrained(std::future::poll_fn(|context| {
        Pin::new(&mut *stream).poll_read(context, &mut byte)
    })));
    read.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

impl Pool {
    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a quiet connection that has waited for less than `most`. All connections that are tried in vain are
    /// closed.
    pub(crate) fn take(&self, most: Duration) -> Option<Stream> {
        loop {
            let Waiting { mut stream, since } = self.waiting().pop()?;
            if since.elapsed() < most && is_quiet(&mut stream) {
                return Some(stream);
            }
        }
    }

    /// Keeps a quiet connection, unless too many wait already.
    pub(crate) fn put(&self, mut stream: Stream) {
        if !is_quiet(&mut stream) {
            return;
        }
        let mut waiting = self.waiting();
        if waiting.len() < MOST {
            waiting.push(Waiting { stream, since: Instant::now() });
        }
    }

    /// Closes the connections that are not quiet or have waited for `most`.
    pub(crate) fn sweep(&self, most: Duration) {
        self.waiting().retain_mut(|one| one.since.elapsed() < most && is_quiet(&mut one.stream));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pingora::protocols::l4::stream::Stream as Socket;
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::{TcpListener, TcpStream};

    const LONG: Duration = Duration::from_secs(60);

    async fn pair(listener: &TcpListener) -> (Stream, TcpStream) {
        let ours = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (Box::new(Socket::from(ours)), listener.accept().await.unwrap().0)
    }

    #[tokio::test]
    async fn a_connection_is_taken_while_it_is_quiet_and_not_old() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let pool = Pool::default();
        assert!(pool.take(LONG).is_none());
        let (quiet, _server) = pair(&listener).await;
        pool.put(quiet);
        let quiet = pool.take(LONG).unwrap();
        pool.put(quiet);
        assert!(pool.take(Duration::ZERO).is_none());

        let (closed, server) = pair(&listener).await;
        pool.put(closed);
        drop(server);
        let (talks, mut server) = pair(&listener).await;
        pool.put(talks);
        server.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        // The runtime learns of both events when it asks the system next.
        tokio::time::sleep(Duration::from_millis(100)).await;
        pool.sweep(LONG);
        assert!(pool.waiting().is_empty());

        let (early, mut server) = pair(&listener).await;
        server.write_all(b"x").await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        pool.put(early);
        assert!(pool.waiting().is_empty());
    }

    #[tokio::test]
    async fn there_are_not_too_many_and_old_ones_are_closed() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let pool = Pool::default();
        let mut servers = Vec::new();
        for _ in 0..3 {
            let (ours, server) = pair(&listener).await;
            pool.put(ours);
            servers.push(server);
        }
        pool.sweep(LONG);
        assert_eq!(pool.waiting().len(), 3);
        pool.sweep(Duration::ZERO);
        assert_eq!(pool.waiting().len(), 0);
        let mut byte = [0];
        for server in &mut servers {
            let read = tokio::io::AsyncReadExt::read(server, &mut byte).await;
            assert_eq!(read.unwrap(), 0, "it is closed");
        }
    }
}

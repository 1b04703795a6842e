//! The second listener: metrics and health.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::BytesMut;
use http::Response;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use pingora::apps::ServerApp;
use pingora::apps::http_app::ServeHttp;
use pingora::protocols::Stream;
use pingora::protocols::http::ServerSession;
use pingora::server::ShutdownWatch;
use pingora::time::timeout;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Semaphore;

use crate::connection::Front;
use crate::listen::Listener;
use crate::metrics;
use crate::phase::Phase;
use crate::socket::Socket;

/// The greatest number of open connections. Prometheus, two probes and a person need few.
const CONNECTIONS: usize = 64;

/// The greatest lifetime of a connection. The engine alone would wait for a head without end.
const LONGEST: Duration = Duration::from_secs(60);

/// A server for `/metrics`, `/livez` and `/readyz`.
pub(crate) struct Admin {
    pub(crate) front: Arc<Front>,
    places: Semaphore,
}

impl Admin {
    pub(crate) fn new(front: Arc<Front>) -> Arc<Self> {
        Arc::new(Self { front, places: Semaphore::new(CONNECTIONS) })
    }

    /// Accepts connections until the task is aborted or the process ends.
    pub(crate) async fn accept(self: Arc<Self>, listener: Listener, shutdown: ShutdownWatch) {
        let (tcp, unix) = match listener {
            Listener::Tcp(listener) => (TcpListener::from_std(listener).ok(), None),
            Listener::Unix(listener) => (None, UnixListener::from_std(listener).ok()),
        };
        loop {
            let accepted: std::io::Result<Stream> = match (&tcp, &unix) {
                (Some(listener), _) => listener
                    .accept()
                    .await
                    .map(|(stream, peer)| Box::new(Socket::tcp(stream, peer, BytesMut::new())) as Stream),
                (_, Some(listener)) => {
                    listener.accept().await.map(|(stream, _)| Box::new(Socket::unix(stream)) as Stream)
                }
                (None, None) => return,
            };
            match accepted {
                Ok(stream) => {
                    let (admin, shutdown) = (self.clone(), shutdown.clone());
                    tokio::spawn(async move {
                        let Ok(_place) = admin.places.try_acquire() else { return };
                        let mut stream = Some(stream);
                        let _ = timeout(LONGEST, async {
                            while let Some(next) = stream.take() {
                                stream = ServerApp::process_new(&admin, next, &shutdown).await;
                            }
                        })
                        .await;
                    });
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }

    /// Returns the status of `/readyz` and its text.
    fn readiness(&self) -> (u16, String) {
        if *self.front.phase.borrow() >= Phase::Draining {
            return (503, "the process ends\n".to_owned());
        }
        match self.front.gateway.load().healthy_upstreams() {
            0 => (503, "no upstream is up\n".to_owned()),
            1 => (200, "1 upstream is up\n".to_owned()),
            up => (200, format!("{up} upstreams are up\n")),
        }
    }
}

#[async_trait]
impl ServeHttp for Admin {
    async fn response(&self, session: &mut ServerSession) -> Response<Vec<u8>> {
        let path = session.req_header().uri.path();
        let (status, content_type, body) = match path {
            "/metrics" => match self.front.gateway.load().metrics_text(self.readiness().0 == 200) {
                Ok(text) => (200, metrics::CONTENT_TYPE, text),
                Err(error) => (500, "text/plain", format!("{error}\n").into_bytes()),
            },
            // An answer is enough, because a restart helps only a process that does not answer.
            "/livez" => (200, "text/plain", b"alive\n".to_vec()),
            "/readyz" | "/healthz" => {
                let (status, text) = self.readiness();
                (status, "text/plain", text.into_bytes())
            }
            _ => (404, "text/plain", b"/metrics, /livez or /readyz\n".to_vec()),
        };
        let mut response = Response::new(body);
        *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
        let length = http::HeaderValue::from(response.body().len());
        response.headers_mut().insert(CONTENT_LENGTH, length);
        response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static(content_type));
        response
    }
}

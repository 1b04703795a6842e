//! The second listener: metrics and health.

use std::sync::Arc;

use async_trait::async_trait;
use http::Response;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use pingora::apps::http_app::ServeHttp;
use pingora::protocols::http::ServerSession;

use crate::app::Gateway;
use crate::metrics;

/// Serves `/metrics` and `/healthz`.
pub(crate) struct Admin {
    pub(crate) gateway: Arc<Gateway>,
}

#[async_trait]
impl ServeHttp for Admin {
    async fn response(&self, session: &mut ServerSession) -> Response<Vec<u8>> {
        let path = session.req_header().uri.path();
        let (status, content_type, body) = match path {
            "/metrics" => match self.gateway.metrics_text() {
                Ok(text) => (200, metrics::CONTENT_TYPE, text),
                Err(error) => (500, "text/plain", format!("{error}\n").into_bytes()),
            },
            "/healthz" => match self.gateway.healthy_upstreams() {
                0 => (503, "text/plain", b"no upstream is up\n".to_vec()),
                up => (200, "text/plain", format!("{up} upstreams are up\n").into_bytes()),
            },
            _ => (404, "text/plain", b"/metrics or /healthz\n".to_vec()),
        };
        let mut response = Response::new(body);
        *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
        let length = http::HeaderValue::from(response.body().len());
        response.headers_mut().insert(CONTENT_LENGTH, length);
        response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static(content_type));
        response
    }
}

//! Pingora's own proxy, with time-outs like the gateway's and without its checks. `bench.sh` compares the gateway with
//! it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use pingora::proxy::{ProxyHttp, Session, http_proxy_service};
use pingora::server::configuration::ServerConf;
use pingora::server::{RunArgs, Server};
use pingora::upstreams::peer::HttpPeer;

struct ForwardOnly {
    upstream: SocketAddr,
}

#[async_trait]
impl ProxyHttp for ForwardOnly {
    type CTX = ();
    fn new_ctx(&self) {}

    async fn upstream_peer(&self, _: &mut Session, (): &mut ()) -> pingora::Result<Box<HttpPeer>> {
        let mut peer = HttpPeer::new(self.upstream, false, String::new());
        peer.options.connection_timeout = Some(Duration::from_secs(1));
        peer.options.read_timeout = Some(Duration::from_secs(10));
        peer.options.write_timeout = Some(Duration::from_secs(10));
        peer.options.idle_timeout = Some(Duration::from_secs(30));
        Ok(Box::new(peer))
    }

    async fn request_filter(&self, session: &mut Session, (): &mut ()) -> pingora::Result<bool> {
        session.set_keepalive(Some(60));
        session.set_read_timeout(Some(Duration::from_secs(20)));
        session.set_write_timeout(Some(Duration::from_secs(20)));
        Ok(false)
    }
}

/// Forwards every request without a check, until the process ends.
pub fn run(listen: SocketAddr, upstream: SocketAddr, threads: usize) {
    let conf = ServerConf {
        threads,
        grace_period_seconds: Some(0),
        graceful_shutdown_timeout_seconds: Some(1),
        upstream_keepalive_pool_size: 1024,
        ..ServerConf::default()
    };
    let mut server = Server::new_with_opt_and_conf(None, conf);
    server.bootstrap();
    let conf: Arc<ServerConf> = server.configuration.clone();
    let mut service = http_proxy_service(&conf, ForwardOnly { upstream });
    service.add_tcp(&listen.to_string());
    server.add_service(service);
    server.run(RunArgs::default());
}

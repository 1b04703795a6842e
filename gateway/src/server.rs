//! The process: Pingora's server with its services.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use pingora::listeners::tls::TlsSettings;
use pingora::listeners::{L4BufferSettings, ListenerConfig, TcpSocketOptions};
use pingora::server::configuration::{Opt, ServerConf};
use pingora::server::{RunArgs, Server, ShutdownWatch};
use pingora::services::background::{BackgroundService, background_service};
use pingora::services::listening::Service;
use tokio::net::{TcpSocket, TcpStream};

use crate::admin::Admin;
use crate::app::Gateway;
use crate::config::{Certificate, Config};
use crate::connection::Front;
use crate::outcome::Outcome;
use crate::route::{self, Router};
use crate::upstream::{Names, Upstreams};

/// The engine's read buffer of a connection, which an idle one keeps. It would take 64 KiB; a request of this service
/// has less than 1.
const READ_BUFFER: usize = 8 << 10;

/// An address to listen at. Port 0 is settled before the engine listens: it names its sockets by their
/// addresses. The socket that settled it keeps the port from others until the process ends.
struct Address {
    address: SocketAddr,
    reserved: Option<TcpSocket>,
}

impl Address {
    fn settle(address: SocketAddr) -> std::io::Result<Self> {
        if address.port() != 0 {
            return Ok(Self { address, reserved: None });
        }
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseport(true)?;
        socket.bind(address)?;
        Ok(Self { address: socket.local_addr()?, reserved: Some(socket) })
    }

    fn listener(&self) -> ListenerConfig {
        let mut options = TcpSocketOptions::default();
        options.so_reuseport = self.reserved.is_some().then_some(true);
        ListenerConfig::tcp(self.address.to_string())
            .tcp_socket_options(options)
            .l4_buffer(L4BufferSettings::default().read(READ_BUFFER))
    }
}

/// What a running gateway can tell.
pub struct Running {
    /// Where clients connect.
    pub listen: SocketAddr,
    /// Where metrics are read.
    pub admin: SocketAddr,
    gateway: Arc<Gateway>,
}

impl Running {
    /// How many requests ended in which way, without those that never occurred.
    pub fn counts(&self) -> Vec<(&'static str, u64)> {
        let count = |outcome: Outcome| (outcome.as_str(), self.gateway.count(outcome));
        Outcome::ALL.into_iter().map(count).filter(|(_, count)| *count > 0).collect()
    }
}

/// Something to do beside serving.
pub type Beside =
    Box<dyn Fn(Arc<Running>) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

struct Announce {
    running: Arc<Running>,
    beside: Option<Beside>,
}

#[async_trait]
impl BackgroundService for Announce {
    async fn start(&self, mut shutdown: ShutdownWatch) {
        let work = async {
            for address in [self.running.listen, self.running.admin] {
                while TcpStream::connect(address).await.is_err() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
            tracing::info!(
                target: "umsoap_gateway",
                listen = %self.running.listen,
                admin = %self.running.admin,
                "ready"
            );
            if let Some(beside) = &self.beside {
                beside(self.running.clone()).await;
            }
        };
        tokio::select! {
            () = work => {}
            _ = shutdown.changed() => {}
        }
    }
}

/// How the process starts.
#[derive(Default)]
pub struct Start {
    /// Take the listening sockets of a running gateway over.
    pub upgrade: bool,
    /// What else is done.
    pub beside: Option<Beside>,
}

/// Checks what only a start can show: certificates.
///
/// # Errors
/// A text for a person.
pub fn check(config: &Config) -> Result<(), String> {
    if let Some(certificate) = &config.certificate {
        let pair = pingora::tls::load_certs_and_key_files(&certificate.chain, &certificate.key);
        if !matches!(pair, Ok(Some(_))) {
            return Err(format!(
                "{} and {} are no certificate chain and its key: write them as PEM",
                certificate.chain, certificate.key
            ));
        }
    }
    Ok(())
}

/// Serves until a signal: SIGTERM ends gracefully, SIGINT at once, SIGQUIT hands over to a new process.
///
/// # Errors
/// A text for a person, when it cannot start.
pub fn run(mut config: Config, start: Start) -> Result<(), String> {
    check(&config)?;
    let settle =
        |address| Address::settle(address).map_err(|error| format!("cannot listen at {address}: {error}"));
    let (listen, admin) = (settle(config.listen)?, settle(config.admin_listen)?);
    if config.listen != listen.address {
        let (before, after) = (config.listen.to_string(), listen.address.to_string());
        config.wsdl_address = config.wsdl_address.replace(&before, &after);
    }
    let conf = ServerConf {
        threads: config.threads,
        grace_period_seconds: Some(config.grace_seconds),
        graceful_shutdown_timeout_seconds: Some(2),
        upgrade_sock: config.upgrade_socket.display().to_string(),
        ca_file: config.ca_file.clone(),
        upstream_keepalive_pool_size: 1024,
        ..ServerConf::default()
    };
    let options = Opt { upgrade: start.upgrade, ..Opt::default() };
    let mut server = Server::new_with_opt_and_conf(options, conf);
    server.bootstrap();

    let upstreams =
        Upstreams::new(&config, &server.configuration).map_err(|error| format!("upstreams: {error}"))?;
    let upstreams = Arc::new(upstreams);
    let (router, mut ring) = Router::new(&config)?;
    route::watch(&mut ring, &config, upstreams.clone());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| format!("cannot start: {error}"))?;
    runtime.block_on(ring.update()).map_err(|error| format!("the ring cannot be made: {error}"))?;
    drop(runtime);
    let health = background_service("health of the upstreams", ring);
    let router = router.with_ring(health.task());
    let certificate = config.certificate.clone();
    if let Some(every) = config.resolve.filter(|_| upstreams.names().next().is_some()) {
        let names = Names { upstreams: upstreams.clone(), every };
        server.add_service(background_service("names of the upstreams", names));
    }
    let gateway = Arc::new(Gateway::new(config, router, upstreams)?);

    let mut front = Service::new("gateway".to_owned(), Front::new(gateway.clone()));
    let mut clients = listen.listener();
    if let Some(Certificate { chain, key }) = &certificate {
        clients =
            clients.tls(TlsSettings::intermediate(chain, key).map_err(|error| format!("TLS: {error}"))?);
    }
    front.add_listener(clients);
    let mut second = Service::new("metrics".to_owned(), Admin { gateway: gateway.clone() });
    second.threads = Some(1);
    second.add_listener(admin.listener());
    let running = Arc::new(Running { listen: listen.address, admin: admin.address, gateway });
    server.add_service(front);
    server.add_service(second);
    server.add_service(health);
    server.add_service(background_service("announcement", Announce { running, beside: start.beside }));
    server.run(RunArgs::default());
    Ok(())
}

//! The process: its start, its signals, the configuration in use, and its end.

use std::net::SocketAddr;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pingora::server::configuration::ServerConf;
use pingora::services::background::BackgroundService as _;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::admin::Admin;
use crate::app::{Gateway, Lasting};
use crate::budget::Budget;
use crate::config::{Config, Endpoint};
use crate::connection::Front;
use crate::limits::Accounts;
use crate::listen::{self, Inherited, Listener};
use crate::metrics::Metrics;
use crate::outcome::Outcome;
use crate::phase::Phase;
use crate::route::{self, Router};
use crate::traces::Traces;
use crate::upstream::{Names, Upstreams};
use crate::{handover, tls};

/// The interval at which the limits forget clients that have sent nothing for a while.
const SWEEP: Duration = Duration::from_secs(60);

/// The interval at which unused connections to upstreams are checked and closed. One second is short compared with
/// their idle time, 30 seconds by default.
const SWEEP_POOLS: Duration = Duration::from_secs(1);

/// The time that threads have to end after everything else has ended.
const LAST_THREADS: Duration = Duration::from_millis(200);

/// The facts about a running gateway for a task that runs beside it.
pub struct Running {
    /// The address at which clients connect.
    pub listen: SocketAddr,
    /// The address at which metrics are read.
    pub admin: Endpoint,
    front: Arc<Front>,
}

impl Running {
    /// Returns the number of requests for each outcome that has occurred.
    pub fn counts(&self) -> Vec<(&'static str, u64)> {
        let gateway = self.front.gateway.load();
        let count = |outcome: Outcome| (outcome.as_str(), gateway.count(outcome));
        Outcome::ALL.into_iter().map(count).filter(|(_, count)| *count > 0).collect()
    }
}

/// A function whose future runs beside serving.
pub type Beside =
    Box<dyn Fn(Arc<Running>) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// The options of a start.
#[derive(Default)]
pub struct Start {
    /// True if the process takes over the listening sockets of a running gateway.
    pub upgrade: bool,
    /// The file that SIGHUP reads again. Without a file, SIGHUP is refused.
    pub source: Option<PathBuf>,
    /// The task that runs beside serving.
    pub beside: Option<Beside>,
}

/// Checks certificates, keys, the endpoint for traces and the listening addresses, which only a start can show to be
/// usable. With `beside_another`, an address may be in use, because a running gateway has it.
///
/// # Errors
/// Returns a message for the user, with the key and the line.
pub fn check(config: &Config, beside_another: bool) -> Result<(), String> {
    tls::check(config)?;
    Traces::new(config.traces_endpoint.as_deref())
        .map_err(|error| config.at.of("traces.endpoint", &error))?;
    listen::check(config, beside_another)
}

/// Serves until a signal ends the process. SIGTERM ends the process gracefully, SIGINT at once. After SIGQUIT, the
/// process hands its sockets over to a new process and then ends. SIGHUP reads the configuration again.
///
/// # Errors
/// Returns a message for the user if the process cannot start.
pub fn run(config: Config, start: Start) -> Result<(), String> {
    end_on_panic();
    tls::check(&config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(config.threads)
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start threads: {error}"))?;
    let ended = runtime.block_on(serve(config, start));
    runtime.shutdown_timeout(LAST_THREADS);
    ended
}

/// Makes every panic end the process. The state that a panic leaves cannot be trusted. A service manager restarts a
/// process that has ended, but not a process that has lost a thread.
fn end_on_panic() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        std::process::exit(101);
    }));
}

/// The secrets for which no file is configured. They last as long as the process. Therefore a reload neither moves
/// calls to other servers nor changes the hashes in log lines.
struct Secrets {
    routing: Vec<u8>,
    log: Vec<u8>,
}

impl Secrets {
    fn random() -> Result<Self, String> {
        let make = || {
            let mut secret = vec![0; 32];
            getrandom::fill(&mut secret).map_err(|error| format!("cannot get random numbers: {error}"))?;
            Ok::<_, String>(secret)
        };
        Ok(Self { routing: make()?, log: make()? })
    }

    fn fill(&self, config: &mut Config) {
        config.routing_secret.get_or_insert_with(|| self.routing.clone());
        config.log_key.get_or_insert_with(|| self.log.clone());
    }
}

/// The gateway of one configuration, and the sender whose drop ends its background tasks.
struct Generation {
    gateway: Arc<Gateway>,
    _checks: watch::Sender<bool>,
}

impl Generation {
    async fn new(config: Config, lasting: Lasting) -> Result<Self, String> {
        let conf = ServerConf {
            threads: config.threads,
            ca_file: config.ca_file.clone(),
            // The gateway has a pool of its own, so the engine's pool gets the least size.
            upstream_keepalive_pool_size: 1,
            ..ServerConf::default()
        };
        let upstreams = Upstreams::new(&config, &Arc::new(conf))
            .map_err(|error| format!("cannot prepare the upstreams: {error}"))?;
        let upstreams = Arc::new(upstreams);
        let (router, mut ring) = Router::new(&config)?;
        route::watch(&mut ring, &config, upstreams.clone());
        ring.update().await.map_err(|error| format!("the ring cannot be made: {error}"))?;
        let ring = Arc::new(ring);
        let router = router.with_ring(ring.clone());
        let every = config.resolve.filter(|_| upstreams.names().next().is_some());
        let names = every.map(|every| Names { upstreams: upstreams.clone(), every });
        let gateway = Arc::new(Gateway::new(config, router, upstreams.clone(), lasting)?);
        let (checks, mut end) = watch::channel(false);
        let mut swept = end.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = sweep_pools(upstreams) => {}
                _ = swept.changed() => {}
            }
        });
        if let Some(names) = names {
            let mut end = end.clone();
            tokio::spawn(async move {
                tokio::select! {
                    () = names.start(end.clone()) => {}
                    _ = end.changed() => {}
                }
            });
        }
        tokio::spawn(async move {
            tokio::select! {
                () = ring.start(end.clone()) => {}
                // The sender is dropped together with its generation.
                _ = end.changed() => {}
            }
        });
        Ok(Self { gateway, _checks: checks })
    }
}

/// The signals that the process handles.
struct Signals {
    reload: Signal,
    upgrade: Signal,
    end: Signal,
    end_now: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            reload: signal(SignalKind::hangup())?,
            upgrade: signal(SignalKind::quit())?,
            end: signal(SignalKind::terminate())?,
            end_now: signal(SignalKind::interrupt())?,
        })
    }
}

/// The reason for the end of the process.
enum End {
    Now,
    Gracefully,
    HandedOver,
}

struct Process {
    config: Config,
    source: Option<PathBuf>,
    secrets: Secrets,
    lasting: Lasting,
    front: Arc<Front>,
    generation: Generation,
    /// The listening sockets, which are handed over to the next process.
    sockets: Vec<(String, OwnedFd)>,
}

async fn serve(mut config: Config, start: Start) -> Result<(), String> {
    let io = |what: &str| {
        let what = what.to_owned();
        move |error: std::io::Error| format!("{what}: {error}")
    };
    let mut signals = Signals::new().map_err(io("cannot handle signals"))?;
    let secrets = Secrets::random()?;
    secrets.fill(&mut config);
    let given = if start.upgrade {
        let path = config.upgrade_socket.clone();
        let taken = tokio::task::spawn_blocking(move || handover::take(&path)).await;
        let failed = format!("cannot take sockets over at {}", config.upgrade_socket.display());
        Some(taken.map_err(|error| error.to_string())?.map_err(io(&failed))?)
    } else {
        None
    };
    let (given, mut inherited) = match given {
        Some(mut given) => {
            let sockets = Inherited::from_predecessor(&mut given)
                .map_err(io("cannot use the sockets that were taken over"))?;
            (Some(given), sockets)
        }
        None => (None, Inherited::from_service_manager()),
    };
    let wanted = Endpoint::Inet(config.listen);
    let clients = inherited.take_or_bind(&config, "server.listen", &wanted)?;
    let admin = inherited.take_or_bind(&config, "admin.listen", &config.admin_listen.clone())?;
    drop(inherited);
    let mut sockets = Vec::new();
    for listener in [&clients, &admin] {
        let endpoint = listener.endpoint().map_err(io("cannot use a listening socket"))?;
        let socket = listener.as_fd().try_clone_to_owned().map_err(io("cannot use a listening socket"))?;
        sockets.push((endpoint.to_string(), socket));
    }
    let Listener::Tcp(clients) = clients else { return Err("server.listen is no TCP port".to_owned()) };
    let listen = clients.local_addr().map_err(io("cannot use a listening socket"))?;
    let admin_endpoint = admin.endpoint().map_err(io("cannot use a listening socket"))?;
    let clients = TcpListener::from_std(clients).map_err(io("cannot use a listening socket"))?;

    settle(&mut config, listen);
    let lasting = Lasting {
        budget: Budget::new(config.buffered_bytes),
        metrics: Metrics::new(&config).map_err(|error| format!("cannot make the metrics: {error}"))?,
        traces: Traces::new(config.traces_endpoint.as_deref())
            .map_err(|error| config.at.of("traces.endpoint", &error))?,
    };
    let acceptor = tls::acceptor(&config)?;
    let generation = Generation::new(config.clone(), lasting.clone()).await?;
    let (phase, watched) = watch::channel(Phase::Serving);
    let accounts = Arc::new(Accounts::default());
    let front = Arc::new(Front::new(generation.gateway.clone(), acceptor, watched, accounts));
    let (_admin_lasts, admin_ends) = watch::channel(false);
    let admin_task = tokio::spawn(Admin::new(front.clone()).accept(admin, admin_ends));
    tokio::spawn(front.clone().accept(clients));
    tokio::spawn(sweep(front.clone()));
    if let Some(given) = given {
        given.serve().map_err(io("cannot tell the gateway before this one to end"))?;
    }
    tracing::info!(target: "umsoap_gateway", %listen, admin = %admin_endpoint, "ready");
    if let Some(beside) = start.beside {
        let running = Arc::new(Running { listen, admin: admin_endpoint, front: front.clone() });
        tokio::spawn(beside(running));
    }
    let mut process =
        Process { config, source: start.source, secrets, lasting, front: front.clone(), generation, sockets };
    let end = process.run(&mut signals).await;
    if matches!(end, End::HandedOver) {
        admin_task.abort();
    }
    finish(end, process, &phase, &mut signals).await;
    Ok(())
}

/// Replaces port 0, which asks for any free port, by the port that the system has given. The address in the WSDL
/// changes with it.
fn settle(config: &mut Config, listen: SocketAddr) {
    if config.listen.port() == 0 && config.listen.ip() == listen.ip() {
        let (before, after) = (config.listen.to_string(), listen.to_string());
        config.wsdl_address = config.wsdl_address.replace(&before, &after);
        config.listen = listen;
    }
}

async fn sweep_pools(upstreams: Arc<Upstreams>) {
    loop {
        tokio::time::sleep(SWEEP_POOLS).await;
        upstreams.sweep();
    }
}

async fn sweep(front: Arc<Front>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        front.gateway.load_full().sweep();
    }
}

impl Process {
    /// Handles signals until one of them ends the process. Returns the reason for the end.
    async fn run(&mut self, signals: &mut Signals) -> End {
        let mut handing: Option<JoinHandle<std::io::Result<()>>> = None;
        loop {
            tokio::select! {
                _ = signals.reload.recv() => self.reload_and_say().await,
                _ = signals.end.recv() => return End::Gracefully,
                _ = signals.end_now.recv() => return End::Now,
                _ = signals.upgrade.recv(), if handing.is_none() => handing = self.hand_over(),
                handed = async { match &mut handing {
                    Some(handing) => handing.await,
                    None => std::future::pending().await,
                } } => {
                    handing = None;
                    match handed {
                        Ok(Ok(())) => return End::HandedOver,
                        Ok(Err(error)) => {
                            let path = self.config.upgrade_socket.display();
                            tracing::error!(
                                target: "umsoap_gateway", %error, %path,
                                "the sockets cannot be handed over: this process goes on serving"
                            );
                        }
                        Err(error) => tracing::error!(target: "umsoap_gateway", %error, "the hand-over failed"),
                    }
                }
            }
        }
    }

    fn hand_over(&self) -> Option<JoinHandle<std::io::Result<()>>> {
        let path = self.config.upgrade_socket.clone();
        let copy = |(name, socket): &(String, OwnedFd)| Ok((name.clone(), socket.try_clone()?));
        let sockets: std::io::Result<Vec<(String, OwnedFd)>> = self.sockets.iter().map(copy).collect();
        Some(tokio::task::spawn_blocking(move || {
            let sockets = sockets?;
            let borrowed: Vec<_> = sockets.iter().map(|(name, s)| (name.clone(), s.as_fd())).collect();
            handover::give(&path, &borrowed)
        }))
    }

    async fn reload_and_say(&mut self) {
        let reloaded = self.reload().await;
        self.lasting.metrics.reloaded(reloaded.is_ok());
        match reloaded {
            Ok(()) => tracing::info!(target: "umsoap_gateway", "the configuration was read again"),
            Err(error) => tracing::error!(
                target: "umsoap_gateway",
                %error,
                "the configuration cannot be used: the one before it stays in use"
            ),
        }
    }

    /// Reads the configuration, the certificates and the secrets again. A request that is being answered keeps the
    /// configuration with which it began.
    async fn reload(&mut self) -> Result<(), String> {
        let path = self.source.clone().ok_or("the configuration is no file")?;
        let read = tokio::task::spawn_blocking(move || load(&path)).await;
        let mut config = read.map_err(|error| error.to_string())??;
        settle(&mut config, self.config.listen);
        self.secrets.fill(&mut config);
        let mut fixed = Vec::new();
        let (before, after) = (&self.config, &config);
        for (key, same) in [
            ("server.listen", before.listen == after.listen),
            ("server.threads", before.threads == after.threads),
            ("server.upgrade_socket", before.upgrade_socket == after.upgrade_socket),
            ("admin.listen", before.admin_listen == after.admin_listen),
            ("log.level", before.level == after.level),
            ("traces.endpoint", before.traces_endpoint == after.traces_endpoint),
        ] {
            if !same {
                fixed.push(key);
            }
        }
        if !fixed.is_empty() {
            return Err(format!("{} cannot change without a start: use --upgrade", fixed.join(", ")));
        }
        let acceptor = tls::acceptor(&config)?;
        let metrics = self.lasting.metrics.for_config(&config).map_err(|error| error.to_string())?;
        let lasting = Lasting { metrics, ..self.lasting.clone() };
        self.generation = Generation::new(config.clone(), lasting).await?;
        self.front.tls.store(Arc::new(acceptor));
        self.front.gateway.store(self.generation.gateway.clone());
        self.config = config;
        Ok(())
    }
}

fn load(path: &Path) -> Result<Config, String> {
    let config = Config::load(path).map_err(|error| error.to_string())?;
    tls::check(&config)?;
    Ok(config)
}

/// Ends the process. First `/readyz` tells balancers of the end, then waiting connections are closed, and requests
/// under way are answered until the grace time is over.
async fn finish(end: End, process: Process, phase: &watch::Sender<Phase>, signals: &mut Signals) {
    let Process { config, front, sockets, generation, lasting, .. } = process;
    let begun = match end {
        End::Now => return,
        End::Gracefully => Phase::Draining,
        End::HandedOver => Phase::HandedOver,
    };
    tracing::info!(target: "umsoap_gateway", handed_over = begun == Phase::HandedOver, "ending");
    phase.send_replace(begun);
    front.connections.close();
    tokio::select! {
        () = tokio::time::sleep(config.drain) => {}
        // After a hand-over no connection can come, so the wait ends together with the last connection.
        () = front.connections.wait(), if begun == Phase::HandedOver => {}
        _ = signals.end.recv() => {}
        _ = signals.end_now.recv() => return,
    }
    phase.send_replace(Phase::Stopping);
    drop(sockets);
    tokio::select! {
        () = front.connections.wait() => {}
        () = tokio::time::sleep(Duration::from_secs(config.grace_seconds)) => {
            let left = front.connections.len();
            tracing::warn!(target: "umsoap_gateway", left, "connections are closed before their end");
        }
        _ = signals.end_now.recv() => {}
    }
    drop(generation);
    // The call blocks until the collector has answered, so it must not run on a thread of the runtime.
    let _ = tokio::task::spawn_blocking(move || lasting.traces.end()).await;
    tracing::info!(target: "umsoap_gateway", "ended");
}

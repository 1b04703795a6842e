//! The sections of the configuration file as TOML contains them, and their defaults.

use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use serde::Deserialize;
use toml::Spanned;

use super::{
    Auth, BlockName, Forward, ForwardedVersion, Level, Operation, OtherHeaders, OtherOperations, PathCompare,
    Unlisted,
};
use crate::dial_strings;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    pub(super) server: Server,
    #[serde(default)]
    pub(super) admin: Admin,
    #[serde(default)]
    pub(super) limits: Limits,
    #[serde(default)]
    pub(super) request: Request,
    pub(super) upstream: Vec<Upstream>,
    #[serde(default)]
    pub(super) forwarding: Forwarding,
    #[serde(default)]
    pub(super) routing: Routing,
    #[serde(default)]
    pub(super) reply: Reply,
    #[serde(default)]
    pub(super) identity: Identity,
    #[serde(default)]
    pub(super) log: Log,
    #[serde(default)]
    pub(super) traces: Traces,
    #[serde(default)]
    pub(super) wsdl: Wsdl,
}

macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $($key:ident: $type:ty = $default:expr),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub(super) struct $name { $(pub(super) $key: $type,)* }

        impl Default for $name {
            fn default() -> Self {
                Self { $($key: $default,)* }
            }
        }
    };
}

pub(super) fn unset<T>(value: T) -> Spanned<T> {
    Spanned::new(0..0, value)
}

section!(Server {
    listen: Spanned<SocketAddr> = unset(SocketAddr::from(([127, 0, 0, 1], 8025))),
    tls_certificate: Option<Spanned<PathBuf>> = None,
    tls_key: Option<Spanned<PathBuf>> = None,
    threads: Spanned<u64> = unset(std::thread::available_parallelism().map_or(2, |n| n.get() as u64)),
    connections: Spanned<u64> = unset(10_000),
    client_ca_file: Option<Spanned<PathBuf>> = None,
    http2: bool = true,
    proxy_protocol: Vec<IpNet> = Vec::new(),
    drain_seconds: Spanned<u64> = unset(5),
    grace_seconds: Spanned<u64> = unset(10),
    upgrade_socket: PathBuf = PathBuf::from("/run/umsoap-gateway.sock"),
});

section!(Admin {
    listen: Spanned<String> = unset("127.0.0.1:9025".to_owned()),
});

section!(Limits {
    client_connections: Spanned<u64> = unset(1_000),
    client_requests: Spanned<u64> = unset(0),
    client_calls: Spanned<u64> = unset(30),
    client_bytes: Option<Spanned<u64>> = None,
    upstream_requests: Spanned<u64> = unset(0),
});

section!(Request {
    path: Spanned<String> = unset("/EWS/UM2007Legacy.asmx".to_owned()),
    path_compare: PathCompare = PathCompare::Exact,
    head_bytes: Spanned<u64> = unset(64 << 10),
    body_bytes: Spanned<u64> = unset(1 << 20),
    buffered_bytes: Spanned<u64> = unset(64 << 20),
    head_ms: Spanned<u64> = unset(10_000),
    body_ms: Spanned<u64> = unset(20_000),
    idle_ms: Spanned<u64> = unset(60_000),
    write_ms: Spanned<u64> = unset(20_000),
    actor: Spanned<String> = unset("urn:umsoap-gateway".to_owned()),
    own_uris: Vec<String> = Vec::new(),
    operations: Vec<Spanned<Operation>> = vec![unset(Operation::GetCallInfo)],
    dial_strings: Vec<Spanned<String>> = vec![unset(dial_strings::DEFAULT.to_owned())],
    forward: Forward = Forward::Canonical,
    other_operations: OtherOperations = OtherOperations::Refuse,
    understood: Vec<BlockName> = Vec::new(),
    drop_headers: Vec<Spanned<BlockName>> = Vec::new(),
    other_headers: OtherHeaders = OtherHeaders::Refuse,
    trusted_proxies: Vec<IpNet> = Vec::new(),
});

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Upstream {
    pub(super) name: Spanned<String>,
    pub(super) address: Spanned<String>,
    pub(super) host: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) tls: bool,
    pub(super) sni: Option<Spanned<String>>,
    pub(super) weight: Option<Spanned<u64>>,
}

section!(Forwarding {
    path: Option<Spanned<String>> = None,
    request_headers: Vec<Spanned<String>> = Vec::new(),
    soap: ForwardedVersion = ForwardedVersion::V1_1,
    connect_ms: Spanned<u64> = unset(1_000),
    reply_ms: Spanned<u64> = unset(10_000),
    idle_ms: Spanned<u64> = unset(30_000),
    tries: Spanned<u64> = unset(3),
    health_ms: Spanned<u64> = unset(1_000),
    health_path: Spanned<String> = unset("/EWS/healthcheck.htm".to_owned()),
    eject_failures: Spanned<u64> = unset(5),
    eject_ms: Spanned<u64> = unset(10_000),
    resolve_ms: Spanned<u64> = unset(30_000),
    ca_file: Option<Spanned<PathBuf>> = None,
    tls_certificate: Option<Spanned<PathBuf>> = None,
    tls_key: Option<Spanned<PathBuf>> = None,
});

section!(Routing {
    secret_file: Option<Spanned<PathBuf>> = None,
    unlisted: Unlisted = Unlisted::Ring,
    table: std::collections::BTreeMap<String, Spanned<String>> = std::collections::BTreeMap::new(),
});

section!(Reply {
    body_bytes: Spanned<u64> = unset(1 << 20),
    reply_headers: Vec<BlockName> = Vec::new(),
    expose_upstream_faults: bool = false,
});

section!(Identity {
    auth: Auth = Auth::Stateless,
    challenge: Spanned<String> = unset("Basic realm=\"UM\"".to_owned()),
});

section!(Log {
    level: Level = Level::Info,
    access: bool = true,
    key_file: Option<Spanned<PathBuf>> = None,
});

section!(Traces {
    endpoint: Option<Spanned<String>> = None,
    percent: Spanned<u64> = unset(1),
});

section!(Wsdl {
    address: Option<Spanned<String>> = None,
});

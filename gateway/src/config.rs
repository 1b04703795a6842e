//! The configuration: one TOML file, every key checked at start. Nothing outside this module knows TOML.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use serde::Deserialize;

pub use crate::dial_strings::DialStrings;
pub use crate::operation::Operation;

mod check;
mod file;
mod source;

/// A commented file with every key and its default.
pub const EXAMPLE: &str = include_str!("../gateway.toml");

/// What is wrong with a configuration: where, what, and what to do.
#[derive(Debug)]
pub struct ConfigError(String);

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

/// How an operation of the service travels on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Forward {
    /// Written anew from what was understood.
    Canonical,
    /// The bytes that were checked, unchanged.
    Original,
}

/// What happens to a body that is no message of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OtherOperations {
    /// A Client fault.
    Refuse,
    /// The bytes that were checked, unchanged.
    Original,
}

/// What happens to a message with header blocks that are not dropped by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OtherHeaders {
    /// A Client fault.
    Refuse,
    /// The whole message goes on unchanged.
    Original,
}

/// The SOAP version of canonical requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum ForwardedVersion {
    /// 1.1, the one that UM servers bind.
    #[serde(rename = "1.1")]
    V1_1,
    /// The version of the client's request.
    #[serde(rename = "as-received")]
    AsReceived,
}

/// Where a call goes whose UM server is not in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unlisted {
    /// To the ring.
    Ring,
    /// Nowhere: it is answered as an unknown call.
    Refuse,
}

/// How the path of a request is compared with the configured one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PathCompare {
    /// Byte for byte.
    Exact,
    /// As IIS does: percent-decoded and without case.
    Iis,
}

/// How users are told apart by the upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Auth {
    /// By each request alone.
    Stateless,
    /// By the connection: NTLM and Negotiate.
    Connection,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Nothing but errors.
    Error,
    /// Also what may become an error.
    Warn,
    /// Also starts, stops and the access log.
    Info,
}

/// The expanded name of a header block.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockName {
    /// The namespace name.
    pub namespace: String,
    /// The local name.
    pub name: String,
}

/// A certificate chain and its key, as files.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The chain, PEM.
    pub chain: String,
    /// The key, PEM.
    pub key: String,
}

/// Where the second listener listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A TCP port.
    Inet(SocketAddr),
    /// A Unix socket.
    Unix(PathBuf),
}

impl std::str::FromStr for Endpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("unix:") {
            Some(path) if path.starts_with('/') => Ok(Self::Unix(PathBuf::from(path))),
            _ => text.parse().map(Self::Inet).map_err(|_| {
                format!("is `{text}`: write IP:PORT, or unix: and the absolute path of a socket")
            }),
        }
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Inet(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Keys of the configuration, with the file and the line of their values.
#[derive(Clone, Debug, Default)]
pub struct Places(Vec<(&'static str, String)>);

impl Places {
    /// A message about a key, with the place of the key's value.
    pub(crate) fn of(&self, key: &str, what: &str) -> String {
        let place = self.0.iter().find(|(named, _)| *named == key).map(|(_, place)| place.as_str());
        format!("{}: `{key}`: {what}", place.unwrap_or("configuration"))
    }
}

/// A server behind the gateway.
#[derive(Clone, Debug)]
pub struct UpstreamConfig {
    /// Its name in logs and metrics.
    pub name: String,
    /// Its place on the ring: its address, or one made of its name, which stays when the name's addresses change.
    pub address: SocketAddr,
    /// Where to connect, in order.
    pub addresses: Vec<SocketAddr>,
    /// The name with its port that `addresses` came from; `None` when an address is configured.
    pub resolved: Option<String>,
    /// The Host header that it is sent.
    pub host: String,
    /// Tells whether TLS is spoken.
    pub tls: bool,
    /// The name that its certificate must have.
    pub sni: String,
    /// Its share of the ring.
    pub weight: usize,
}

/// The checked configuration.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // gateway.toml documents every key
pub struct Config {
    pub listen: SocketAddr,
    pub certificate: Option<Certificate>,
    pub threads: usize,
    pub connections: usize,
    pub grace_seconds: u64,
    pub upgrade_socket: PathBuf,
    pub admin_listen: Endpoint,
    pub client_ca_file: Option<String>,
    pub http2: bool,
    pub proxy_protocol: Vec<IpNet>,
    pub drain: Duration,
    /// Where the values stand that only a start can check.
    pub at: Places,

    pub client_connections: usize,
    pub client_requests: u32,
    pub client_calls: u32,
    pub client_bytes: usize,
    pub upstream_requests: usize,

    pub path: String,
    pub path_compare: PathCompare,
    pub head_bytes: usize,
    pub body_bytes: usize,
    pub buffered_bytes: usize,
    pub head: Duration,
    pub body: Duration,
    pub idle: Duration,
    pub write: Duration,
    pub actor: String,
    pub own_uris: Vec<String>,
    pub operations: Vec<Operation>,
    pub dial_strings: DialStrings,
    pub forward: Forward,
    pub other_operations: OtherOperations,
    pub understood: Vec<BlockName>,
    pub drop_headers: Vec<BlockName>,
    pub other_headers: OtherHeaders,
    pub trusted_proxies: Vec<IpNet>,

    pub upstreams: Vec<UpstreamConfig>,
    pub forward_path: String,
    pub request_headers: Vec<http::HeaderName>,
    pub forwarded_version: ForwardedVersion,
    pub connect: Duration,
    pub reply: Duration,
    pub upstream_idle: Duration,
    pub tries: usize,
    pub health: Option<Duration>,
    pub health_path: Option<String>,
    pub eject_failures: u32,
    pub eject: Duration,
    pub resolve: Option<Duration>,
    pub ca_file: Option<String>,
    pub upstream_certificate: Option<Certificate>,

    pub routing_secret: Option<Vec<u8>>,
    pub unlisted: Unlisted,
    /// The UM server name in lower case, and which of `upstreams`.
    pub table: Vec<(String, usize)>,

    pub reply_bytes: usize,
    pub reply_headers: Vec<BlockName>,
    pub expose_upstream_faults: bool,

    pub auth: Auth,
    pub challenge: String,

    pub level: Level,
    pub access: bool,
    pub log_key: Option<Vec<u8>>,

    pub traces_endpoint: Option<String>,
    pub traces_percent: u8,

    pub wsdl_address: String,
}

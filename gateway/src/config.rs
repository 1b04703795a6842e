//! The configuration, which is one TOML file. Every key is checked at start. Only this module uses the TOML crate.

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

/// A configuration file with comments, with every key and its default.
pub const EXAMPLE: &str = include_str!("../gateway.toml");

/// An error in the configuration. The text names the place and the key, says what is wrong, and says what to write
/// instead.
#[derive(Debug)]
pub struct ConfigError(String);

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

/// The form in which operations of the service are forwarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Forward {
    /// The message is written anew from what the gateway has read.
    Canonical,
    /// The checked bytes are forwarded unchanged.
    Original,
}

/// The treatment of a body that is no message of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OtherOperations {
    /// The message is refused with a Client fault.
    Refuse,
    /// The checked bytes are forwarded unchanged.
    Original,
}

/// The treatment of a message with header blocks that `drop_headers` does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OtherHeaders {
    /// The message is refused with a Client fault.
    Refuse,
    /// The whole message is forwarded unchanged.
    Original,
}

/// The SOAP version of canonical requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum ForwardedVersion {
    /// SOAP 1.1, the version that UM servers bind.
    #[serde(rename = "1.1")]
    V1_1,
    /// The version of the client's request.
    #[serde(rename = "as-received")]
    AsReceived,
}

/// The treatment of a call whose UM server is not in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unlisted {
    /// The call goes to a server that the ring chooses.
    Ring,
    /// The call is answered as an unknown call.
    Refuse,
}

/// The comparison of a request's path with the configured path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PathCompare {
    /// The paths are compared byte for byte.
    Exact,
    /// The paths are percent-decoded and compared without case, as IIS compares them.
    Iis,
}

/// The way in which the upstream authenticates users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Auth {
    /// Each request has credentials of its own.
    Stateless,
    /// A connection is authenticated, as NTLM and Negotiate do.
    Connection,
}

/// The least severity that is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Errors are logged.
    Error,
    /// Warnings are logged, too.
    Warn,
    /// Starts, stops and the access log are logged, too.
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

/// The files of a certificate chain and of its private key.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The path of the chain, in PEM format.
    pub chain: String,
    /// The path of the key, in PEM format.
    pub key: String,
}

/// The address of a listening socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// An IP address and a TCP port.
    Inet(SocketAddr),
    /// The path of a Unix socket.
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

/// The keys of values that only a start can check, with the file and the line of each value.
#[derive(Clone, Debug, Default)]
pub struct Places(Vec<(&'static str, String)>);

impl Places {
    /// Returns a message about a key, with the place of the key's value.
    pub(crate) fn of(&self, key: &str, what: &str) -> String {
        let place = self.0.iter().find(|(named, _)| *named == key).map(|(_, place)| place.as_str());
        format!("{}: `{key}`: {what}", place.unwrap_or("configuration"))
    }
}

/// A UM server to which the gateway forwards requests.
#[derive(Clone, Debug)]
pub struct UpstreamConfig {
    /// The name in logs and metrics.
    pub name: String,
    /// The address that gives the server its place on the ring. If a host name is configured, an address is made of the
    /// name, so that the place stays when the addresses of the name change.
    pub address: SocketAddr,
    /// The addresses to which the gateway connects. A request chooses one of them, and the others follow if connecting
    /// fails.
    pub addresses: Vec<SocketAddr>,
    /// The name and the port that `addresses` came from, or `None` if an address is configured.
    pub resolved: Option<String>,
    /// The value of the Host header in requests to this server.
    pub host: String,
    /// True if the gateway speaks TLS to this server.
    pub tls: bool,
    /// The name that the certificate of this server must have.
    pub sni: String,
    /// The weight of the server on the ring.
    pub weight: usize,
}

/// The checked configuration.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // `gateway.toml` documents every key.
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
    /// The places of values that only a start can check.
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
    /// Pairs of a UM server name in lower case and an index into `upstreams`.
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

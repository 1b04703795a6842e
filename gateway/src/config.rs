//! The configuration: one TOML file, every key checked at start. The only file that knows TOML.

use std::net::{SocketAddr, ToSocketAddrs};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use serde::Deserialize;
use toml::Spanned;

/// A commented file with every key and its default.
pub const EXAMPLE: &str = include_str!("../gateway.toml");

/// The names under which WS-Security travels: <http://docs.oasis-open.org/wss/v1.1/> and its drafts. Such a
/// block is never dropped, because what it protects would go on unprotected.
const WS_SECURITY: [&str; 5] = [
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd",
    "http://schemas.xmlsoap.org/ws/2002/04/secext",
    "http://schemas.xmlsoap.org/ws/2002/07/secext",
    "http://schemas.xmlsoap.org/ws/2002/12/secext",
    "http://schemas.xmlsoap.org/ws/2003/06/secext",
];

/// What is wrong with a configuration: where, what, and what to do.
#[derive(Debug)]
pub struct ConfigError(String);

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    server: Server,
    #[serde(default)]
    admin: Admin,
    #[serde(default)]
    request: Request,
    upstream: Vec<Upstream>,
    #[serde(default)]
    forwarding: Forwarding,
    #[serde(default)]
    routing: Routing,
    #[serde(default)]
    reply: Reply,
    #[serde(default)]
    identity: Identity,
    #[serde(default)]
    log: Log,
    #[serde(default)]
    wsdl: Wsdl,
}

macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $($key:ident: $type:ty = $default:expr),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        struct $name { $($key: $type,)* }

        impl Default for $name {
            fn default() -> Self {
                Self { $($key: $default,)* }
            }
        }
    };
}

fn unset<T>(value: T) -> Spanned<T> {
    Spanned::new(0..0, value)
}

section!(Server {
    listen: Spanned<SocketAddr> = unset(SocketAddr::from(([127, 0, 0, 1], 8025))),
    tls_certificate: Option<Spanned<PathBuf>> = None,
    tls_key: Option<Spanned<PathBuf>> = None,
    threads: Spanned<u64> = unset(std::thread::available_parallelism().map_or(2, |n| n.get() as u64)),
    grace_seconds: Spanned<u64> = unset(10),
    upgrade_socket: PathBuf = PathBuf::from("/run/umsoap-gateway.sock"),
});

section!(Admin { listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 9025)) });

section!(Request {
    path: Spanned<String> = unset("/EWS/UM2007Legacy.asmx".to_owned()),
    body_bytes: Spanned<u64> = unset(1 << 20),
    buffered_bytes: Spanned<u64> = unset(64 << 20),
    head_ms: Spanned<u64> = unset(10_000),
    body_ms: Spanned<u64> = unset(20_000),
    idle_ms: Spanned<u64> = unset(60_000),
    write_ms: Spanned<u64> = unset(20_000),
    actor: Spanned<String> = unset("urn:umsoap-gateway".to_owned()),
    own_uris: Vec<String> = Vec::new(),
    forward: Forward = Forward::Canonical,
    other_operations: OtherOperations = OtherOperations::Refuse,
    understood: Vec<BlockName> = Vec::new(),
    drop_headers: Vec<Spanned<BlockName>> = Vec::new(),
    other_headers: OtherHeaders = OtherHeaders::Refuse,
    trusted_proxies: Vec<IpNet> = Vec::new(),
});

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Upstream {
    name: Spanned<String>,
    address: Spanned<String>,
    host: Option<Spanned<String>>,
    #[serde(default)]
    tls: bool,
    sni: Option<String>,
    weight: Option<Spanned<u64>>,
}

section!(Forwarding {
    path: Option<Spanned<String>> = None,
    soap: ForwardedVersion = ForwardedVersion::V1_1,
    connect_ms: Spanned<u64> = unset(1_000),
    reply_ms: Spanned<u64> = unset(10_000),
    idle_ms: Spanned<u64> = unset(30_000),
    tries: Spanned<u64> = unset(3),
    health_ms: Spanned<u64> = unset(1_000),
    ca_file: Option<Spanned<PathBuf>> = None,
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

section!(Wsdl {
    address: Option<Spanned<String>> = None,
});

/// How a GetCallInfo travels on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Forward {
    /// Written anew from what was understood.
    Canonical,
    /// The bytes that were checked, unchanged.
    Original,
}

/// What happens to operations other than GetCallInfo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OtherOperations {
    /// A Client fault.
    Refuse,
    /// The bytes that were checked, unchanged.
    Original,
}

/// What happens to a GetCallInfo with header blocks that are not dropped by name.
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

/// A server behind the gateway.
#[derive(Clone, Debug)]
pub struct UpstreamConfig {
    /// Its name in logs and metrics.
    pub name: String,
    /// Where to connect.
    pub address: SocketAddr,
    /// The Host header that it is sent.
    pub host: String,
    /// Whether TLS is spoken.
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
    pub grace_seconds: u64,
    pub upgrade_socket: PathBuf,
    pub admin_listen: SocketAddr,

    pub path: String,
    pub body_bytes: usize,
    pub buffered_bytes: usize,
    pub head: Duration,
    pub body: Duration,
    pub idle: Duration,
    pub write: Duration,
    pub actor: String,
    pub own_uris: Vec<String>,
    pub forward: Forward,
    pub other_operations: OtherOperations,
    pub understood: Vec<BlockName>,
    pub drop_headers: Vec<BlockName>,
    pub other_headers: OtherHeaders,
    pub trusted_proxies: Vec<IpNet>,

    pub upstreams: Vec<UpstreamConfig>,
    pub forward_path: String,
    pub forwarded_version: ForwardedVersion,
    pub connect: Duration,
    pub reply: Duration,
    pub upstream_idle: Duration,
    pub tries: usize,
    pub health: Option<Duration>,
    pub ca_file: Option<String>,

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

    pub wsdl_address: String,
}

/// The text that is being checked, to name lines in it.
struct Source<'t> {
    name: &'t str,
    text: &'t str,
}

impl Source<'_> {
    fn error<T>(&self, key: &str, at: &Spanned<T>, what: impl std::fmt::Display) -> ConfigError {
        let before = self.text.get(..at.span().start).unwrap_or_default();
        let line = 1 + before.bytes().filter(|b| *b == b'\n').count();
        ConfigError(format!("{}:{line}: `{key}` {what}", self.name))
    }

    fn number(
        &self,
        key: &str,
        value: &Spanned<u64>,
        allowed: RangeInclusive<u64>,
    ) -> Result<u64, ConfigError> {
        let number = *value.get_ref();
        if allowed.contains(&number) {
            return Ok(number);
        }
        let (least, most) = allowed.into_inner();
        Err(self.error(key, value, format_args!("is {number}: write a number from {least} to {most}")))
    }

    fn time(&self, key: &str, value: &Spanned<u64>) -> Result<Duration, ConfigError> {
        self.number(key, value, 1..=3_600_000).map(Duration::from_millis)
    }

    fn path(&self, key: &str, value: &Spanned<String>) -> Result<String, ConfigError> {
        let path = value.get_ref();
        let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'?' | b'#');
        if path.starts_with('/') && path.bytes().all(plain) {
            Ok(path.clone())
        } else {
            Err(self.error(
                key,
                value,
                "is no path: begin it with /, without blanks, ? and #, others than ASCII as %XX",
            ))
        }
    }

    fn text(&self, key: &str, value: &Spanned<String>) -> Result<String, ConfigError> {
        let text = value.get_ref();
        if text.is_empty() || !text.bytes().all(|b| matches!(b, b' '..=b'~')) {
            return Err(self.error(key, value, "must be printable ASCII and not empty"));
        }
        Ok(text.clone())
    }

    /// A file's name, after a look whether it can be read.
    fn file(&self, key: &str, value: &Spanned<PathBuf>) -> Result<(String, Vec<u8>), ConfigError> {
        let path = value.get_ref();
        let name = path.to_str().ok_or_else(|| self.error(key, value, "is no UTF-8 file name"))?;
        match std::fs::read(path) {
            Ok(bytes) => Ok((name.to_owned(), bytes)),
            Err(error) => Err(self.error(key, value, format_args!("cannot be read: {name}: {error}"))),
        }
    }

    fn secret(&self, key: &str, value: &Option<Spanned<PathBuf>>) -> Result<Option<Vec<u8>>, ConfigError> {
        let Some(value) = value else { return Ok(None) };
        let (name, bytes) = self.file(key, value)?;
        let secret = bytes.trim_ascii();
        if secret.len() < 16 {
            let what = format_args!(
                "names {name}, which holds {} bytes: write at least 16 random ones, as in \
                 `head -c 32 /dev/urandom | base64 > {name}`",
                secret.len()
            );
            return Err(self.error(key, value, what));
        }
        Ok(Some(secret.to_vec()))
    }
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// A text that names the file, the line, the key, and what to write instead.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| {
            ConfigError(format!("{name}: cannot be read: {error}; name a file with --config"))
        })?;
        Self::parse(&name, &text)
    }

    /// Checks a text; `name` stands for its file in errors.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn parse(name: &str, text: &str) -> Result<Self, ConfigError> {
        let source = Source { name, text };
        let file: File = toml::from_str(text).map_err(|error| {
            let at = unset(());
            let at = error.span().map_or(at, |span| Spanned::new(span, ()));
            let before = text.get(..at.span().start).unwrap_or_default();
            let line = 1 + before.bytes().filter(|b| *b == b'\n').count();
            let shown = text.lines().nth(line - 1).unwrap_or_default().trim();
            ConfigError(format!("{name}:{line}: {}: {shown}", error.message()))
        })?;
        let File { server, admin, request, upstream, forwarding, routing, reply, identity, log, wsdl } = file;

        let certificate = match (&server.tls_certificate, &server.tls_key) {
            (None, None) => None,
            (Some(chain), Some(key)) => Some(Certificate {
                chain: source.file("server.tls_certificate", chain)?.0,
                key: source.file("server.tls_key", key)?.0,
            }),
            (Some(at), None) => {
                return Err(source.error("server.tls_certificate", at, "stands alone: add server.tls_key"));
            }
            (None, Some(at)) => {
                return Err(source.error("server.tls_key", at, "stands alone: add server.tls_certificate"));
            }
        };
        for block in &request.drop_headers {
            let BlockName { namespace, name } = block.get_ref();
            if name == "Security" && WS_SECURITY.contains(&namespace.as_str()) {
                return Err(source.error(
                    "request.drop_headers",
                    block,
                    "names WS-Security: what it protects must not go on without it; \
                     use `other_headers = \"original\"` or refuse such messages",
                ));
            }
        }
        let upstreams = upstreams(&source, &upstream)?;
        let mut table = Vec::new();
        for (um_server, name) in &routing.table {
            let found = upstreams.iter().position(|u| u.name == *name.get_ref()).ok_or_else(|| {
                let what = format_args!("names no upstream: add an [[upstream]] named {}", name.get_ref());
                source.error(&format!("routing.table.\"{um_server}\""), name, what)
            })?;
            table.push((um_server.to_ascii_lowercase(), found));
        }

        let path = source.path("request.path", &request.path)?;
        let body_bytes = source.number("request.body_bytes", &request.body_bytes, 1..=1 << 30)?;
        let buffered = source.number("request.buffered_bytes", &request.buffered_bytes, 1..=1 << 40)?;
        if buffered < body_bytes {
            return Err(source.error(
                "request.buffered_bytes",
                &request.buffered_bytes,
                format_args!("is {buffered}: it must hold one body of request.body_bytes, {body_bytes}"),
            ));
        }
        let scheme = if certificate.is_some() { "https" } else { "http" };
        let listen = *server.listen.get_ref();
        let wsdl_address = match &wsdl.address {
            Some(address) => source.text("wsdl.address", address)?,
            None => format!("{scheme}://{listen}{path}"),
        };
        let health = source.number("forwarding.health_ms", &forwarding.health_ms, 0..=3_600_000)?;
        let challenge = source.text("identity.challenge", &identity.challenge)?;

        Ok(Self {
            listen,
            certificate,
            threads: source.number("server.threads", &server.threads, 1..=1024)? as usize,
            grace_seconds: source.number("server.grace_seconds", &server.grace_seconds, 0..=3600)?,
            upgrade_socket: server.upgrade_socket,
            admin_listen: admin.listen,

            body_bytes: body_bytes as usize,
            buffered_bytes: buffered as usize,
            head: source.time("request.head_ms", &request.head_ms)?,
            body: source.time("request.body_ms", &request.body_ms)?,
            idle: source.time("request.idle_ms", &request.idle_ms)?,
            write: source.time("request.write_ms", &request.write_ms)?,
            actor: source.text("request.actor", &request.actor)?,
            own_uris: request.own_uris,
            forward: request.forward,
            other_operations: request.other_operations,
            understood: request.understood,
            drop_headers: request.drop_headers.into_iter().map(Spanned::into_inner).collect(),
            other_headers: request.other_headers,
            trusted_proxies: request.trusted_proxies,

            upstreams,
            forward_path: match &forwarding.path {
                Some(path) => source.path("forwarding.path", path)?,
                None => path.clone(),
            },
            path,
            forwarded_version: forwarding.soap,
            connect: source.time("forwarding.connect_ms", &forwarding.connect_ms)?,
            reply: source.time("forwarding.reply_ms", &forwarding.reply_ms)?,
            upstream_idle: source.time("forwarding.idle_ms", &forwarding.idle_ms)?,
            tries: source.number("forwarding.tries", &forwarding.tries, 1..=16)? as usize,
            health: (health > 0).then(|| Duration::from_millis(health)),
            ca_file: match &forwarding.ca_file {
                Some(file) => Some(source.file("forwarding.ca_file", file)?.0),
                None => None,
            },

            routing_secret: source.secret("routing.secret_file", &routing.secret_file)?,
            unlisted: routing.unlisted,
            table,

            reply_bytes: source.number("reply.body_bytes", &reply.body_bytes, 1..=1 << 30)? as usize,
            reply_headers: reply.reply_headers,
            expose_upstream_faults: reply.expose_upstream_faults,

            auth: identity.auth,
            challenge,

            level: log.level,
            access: log.access,
            log_key: source.secret("log.key_file", &log.key_file)?,

            wsdl_address,
        })
    }
}

fn upstreams(source: &Source<'_>, given: &[Upstream]) -> Result<Vec<UpstreamConfig>, ConfigError> {
    let mut found: Vec<UpstreamConfig> = Vec::new();
    for upstream in given {
        let name = source.text("upstream.name", &upstream.name)?;
        let text = source.text("upstream.address", &upstream.address)?;
        let mut addresses = text.to_socket_addrs().map_err(|error| {
            let what = format_args!("is `{text}`: {error}; write IP:PORT or a name that resolves, NAME:PORT");
            source.error("upstream.address", &upstream.address, what)
        })?;
        let address = addresses.next().ok_or_else(|| {
            source.error("upstream.address", &upstream.address, format_args!("`{text}` has no address"))
        })?;
        if found.iter().any(|u| u.name == name) {
            return Err(source.error("upstream.name", &upstream.name, "stands twice: name each one once"));
        }
        if found.iter().any(|u| u.address == address) {
            let what = "is another upstream's, too: raise that one's weight instead";
            return Err(source.error("upstream.address", &upstream.address, what));
        }
        let host = match &upstream.host {
            Some(host) => source.text("upstream.host", host)?,
            None => text,
        };
        let bare = host.rsplit_once(':').map_or(host.as_str(), |(bare, _)| bare).to_owned();
        found.push(UpstreamConfig {
            name,
            address,
            sni: upstream.sni.clone().unwrap_or(bare),
            host,
            tls: upstream.tls,
            weight: match &upstream.weight {
                Some(weight) => source.number("upstream.weight", weight, 1..=100)? as usize,
                None => 1,
            },
        });
    }
    if found.is_empty() {
        return Err(ConfigError(format!("{}:1: `upstream` is empty: add an [[upstream]]", source.name)));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = "[[upstream]]\nname = \"a\"\naddress = \"127.0.0.1:1\"\n";

    fn refused(text: &str) -> String {
        Config::parse("gateway.toml", text).unwrap_err().to_string()
    }

    #[test]
    fn the_example_holds_every_key_with_its_default() {
        let config = Config::parse("gateway.toml", EXAMPLE).unwrap();
        let mut least = Config::parse("gateway.toml", LEAST).unwrap();
        let path = |c: &Config| format!("{:?}", Config { upstreams: Vec::new(), ..c.clone() });
        assert_eq!(config.threads, 2);
        least.threads = 2;
        assert_eq!(path(&config), path(&least));

        // Every key that stands in this file stands in the example, and in the README.
        let readme = include_str!("../README.md");
        let sections = include_str!("config.rs").split("section!(").skip(1);
        let keys = sections.filter_map(|s| s.split_once("});")).flat_map(|(s, _)| s.lines().skip(1));
        let mut count = 0;
        for key in keys.filter_map(|line| Some(line.trim().split_once(": ")?.0)) {
            assert!(EXAMPLE.contains(&format!("{key} = ")) || key == "table", "gateway.toml lacks {key}");
            assert!(readme.contains(&format!("`{key}`")), "README.md lacks {key}");
            count += 1;
        }
        assert!(count > 35, "{count} keys");
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        assert_eq!(
            refused(&format!("{LEAST}[request]\nbody_limit = 5\n")).split(", expected").next().unwrap(),
            "gateway.toml:5: unknown field `body_limit`"
        );
        assert!(refused(&format!("{LEAST}[reqest]\n")).starts_with("gateway.toml:4: unknown field `reqest`"));
    }

    #[test]
    fn a_wrong_value_is_named_with_its_line_and_key() {
        let message = refused(&format!("{LEAST}[request]\nbody_bytes = \"1\"\n"));
        assert!(message.starts_with("gateway.toml:5: invalid type: string"), "{message}");
        assert!(message.ends_with("body_bytes = \"1\""), "{message}");
        assert_eq!(
            refused(&format!("{LEAST}[request]\nbody_bytes = 0\n")),
            "gateway.toml:5: `request.body_bytes` is 0: write a number from 1 to 1073741824"
        );
        for (text, start) in [
            ("[request]\npath = \"x\"\n", "gateway.toml:5: `request.path` is no path"),
            ("[server]\ntls_key = \"k\"\n", "gateway.toml:5: `server.tls_key` stands alone"),
            (
                "[request]\nbuffered_bytes = 5\n",
                "gateway.toml:5: `request.buffered_bytes` is 5: it must hold one body",
            ),
            (
                "[routing.table]\n\"x.y\" = \"b\"\n",
                "gateway.toml:5: `routing.table.\"x.y\"` names no upstream",
            ),
            ("[routing]\nsecret_file = \"/none\"\n", "gateway.toml:5: `routing.secret_file` cannot be read"),
            ("[identity]\nauth = \"none\"\n", "gateway.toml:5: unknown variant `none`"),
            (
                "[[upstream]]\nname = \"a\"\naddress = \"127.0.0.1:2\"\n",
                "gateway.toml:5: `upstream.name` stands twice",
            ),
            (
                "[[upstream]]\nname = \"b\"\naddress = \"127.0.0.1:1\"\n",
                "gateway.toml:6: `upstream.address` is another",
            ),
        ] {
            let message = refused(&format!("{LEAST}{text}"));
            assert!(message.starts_with(start), "{message}");
        }
    }

    #[test]
    fn ws_security_is_never_dropped() {
        let message = refused(&format!(
            "{LEAST}[request]\ndrop_headers = [{{ namespace = \"{}\", name = \"Security\" }}]\n",
            WS_SECURITY[0]
        ));
        assert!(message.starts_with("gateway.toml:5: `request.drop_headers` names WS-Security"), "{message}");
    }
}

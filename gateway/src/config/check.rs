//! The checks that make a configuration of the file. Every key is checked.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::Spanned;

use super::file::{File, Upstream, unset};
use super::source::Source;
use super::{BlockName, Config, ConfigError, DialStrings, Endpoint, Places, UpstreamConfig};
use crate::{forward, tls};

/// The namespace names of WS-Security: <http://docs.oasis-open.org/wss/v1.1/> and its drafts. A block of WS-Security is
/// never dropped, because the content that it protects would go on unprotected.
const WS_SECURITY: [&str; 5] = [
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd",
    "http://schemas.xmlsoap.org/ws/2002/04/secext",
    "http://schemas.xmlsoap.org/ws/2002/07/secext",
    "http://schemas.xmlsoap.org/ws/2002/12/secext",
    "http://schemas.xmlsoap.org/ws/2003/06/secext",
];

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// Returns a message that names the file, the line and the key, and says what to write instead.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| {
            ConfigError(format!("{name}: cannot be read: {error}; name a file with --config"))
        })?;
        Self::parse(&name, &text)
    }

    /// Checks a text. `name` stands for its file in errors.
    ///
    /// # Errors
    /// Returns the errors of [`load`](Self::load).
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
        let File {
            server,
            admin,
            limits,
            request,
            upstream,
            forwarding,
            routing,
            reply,
            identity,
            log,
            traces,
            wsdl,
        } = file;

        let certificate = source.certificate("server", &server.tls_certificate, &server.tls_key)?;
        if let (Some(at), None) = (&server.client_ca_file, &certificate) {
            let what = "needs TLS: add server.tls_certificate and server.tls_key";
            return Err(source.error("server.client_ca_file", at, what));
        }
        let optional = |key: &str, file: &Option<Spanned<PathBuf>>| match file {
            Some(file) => source.file(key, file).map(|(name, _)| Some(name)),
            None => Ok(None),
        };
        let client_ca_file = optional("server.client_ca_file", &server.client_ca_file)?;
        let upstream_certificate =
            source.certificate("forwarding", &forwarding.tls_certificate, &forwarding.tls_key)?;
        let admin_listen: Endpoint = admin
            .listen
            .get_ref()
            .parse()
            .map_err(|what| source.error("admin.listen", &admin.listen, what))?;
        if let Endpoint::Inet(address) = admin_listen
            && overlap(address, *server.listen.get_ref())
        {
            let what = format_args!("is {address}, where server.listen listens, too: choose another port");
            return Err(source.error("admin.listen", &admin.listen, what));
        }
        let mut at = Places(vec![
            ("server.listen", source.place(&server.listen)),
            ("admin.listen", source.place(&admin.listen)),
        ]);
        at.0.extend(traces.endpoint.as_ref().map(|value| ("traces.endpoint", source.place(value))));
        for (key, value) in [
            ("server.tls_certificate", &server.tls_certificate),
            ("server.client_ca_file", &server.client_ca_file),
            ("forwarding.tls_certificate", &forwarding.tls_certificate),
            ("forwarding.ca_file", &forwarding.ca_file),
        ] {
            at.0.extend(value.as_ref().map(|value| (key, source.place(value))));
        }
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
        if request.operations.is_empty() {
            let what = "`request.operations` is empty: name at least one, as \"GetCallInfo\"";
            return Err(ConfigError(format!("{name}: {what}")));
        }
        let patterns = request.dial_strings.iter().map(|pattern| pattern.get_ref().as_str());
        let dial_strings = DialStrings::new(patterns).map_err(|(index, error)| {
            let unread =
                format!("is no pattern: {error}; write a regular expression that a whole number fits");
            match request.dial_strings.get(index) {
                Some(pattern) => source.error("request.dial_strings", pattern, unread),
                None => ConfigError(unread),
            }
        })?;
        let upstreams = upstreams(&source, &upstream)?;
        let mut table: Vec<(String, usize)> = Vec::new();
        for (um_server, name) in &routing.table {
            let found = upstreams.iter().position(|u| u.name == *name.get_ref()).ok_or_else(|| {
                let what = format_args!("names no upstream: add an [[upstream]] named {}", name.get_ref());
                source.error(&format!("routing.table.\"{um_server}\""), name, what)
            })?;
            let lower = um_server.to_ascii_lowercase();
            if table.iter().any(|(other, _)| *other == lower) {
                let what =
                    "stands twice, in different case: names of servers have no case; write one of them";
                return Err(source.error(&format!("routing.table.\"{um_server}\""), name, what));
            }
            table.push((lower, found));
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
        let reply_bytes = source.number("reply.body_bytes", &reply.body_bytes, 1..=1 << 30)?;
        let client_bytes = match &limits.client_bytes {
            // Two requests with their replies must fit, so that a client may do more than one thing at once.
            None => (buffered / 4).max(2 * (body_bytes + reply_bytes)),
            Some(value) => {
                let bytes = source.number("limits.client_bytes", value, 1..=1 << 40)?;
                if bytes < body_bytes {
                    let what =
                        format_args!("is {bytes}: it must hold one body of request.body_bytes, {body_bytes}");
                    return Err(source.error("limits.client_bytes", value, what));
                }
                bytes
            }
        };
        let scheme = if certificate.is_some() { "https" } else { "http" };
        let listen = *server.listen.get_ref();
        let wsdl_address = match &wsdl.address {
            Some(address) => source.text("wsdl.address", address)?,
            None => format!("{scheme}://{listen}{path}"),
        };
        let health = source.number("forwarding.health_ms", &forwarding.health_ms, 0..=3_600_000)?;
        let resolve = source.number("forwarding.resolve_ms", &forwarding.resolve_ms, 0..=3_600_000)?;
        let challenge = source.text("identity.challenge", &identity.challenge)?;

        Ok(Self {
            listen,
            certificate,
            threads: source.number("server.threads", &server.threads, 1..=1024)? as usize,
            connections: source.number("server.connections", &server.connections, 1..=1_000_000)? as usize,
            grace_seconds: source.number("server.grace_seconds", &server.grace_seconds, 0..=3600)?,
            upgrade_socket: server.upgrade_socket,
            admin_listen,
            client_ca_file,
            http2: server.http2,
            proxy_protocol: server.proxy_protocol,
            drain: Duration::from_secs(source.number(
                "server.drain_seconds",
                &server.drain_seconds,
                0..=3600,
            )?),
            at,

            client_connections: source.number(
                "limits.client_connections",
                &limits.client_connections,
                1..=1_000_000,
            )? as usize,
            client_requests: source.number(
                "limits.client_requests",
                &limits.client_requests,
                0..=1_000_000,
            )? as u32,
            client_calls: source.number("limits.client_calls", &limits.client_calls, 0..=1_000_000)? as u32,
            client_bytes: client_bytes as usize,
            upstream_requests: source.number(
                "limits.upstream_requests",
                &limits.upstream_requests,
                0..=1_000_000,
            )? as usize,

            head_bytes: source.number("request.head_bytes", &request.head_bytes, 1024..=1 << 20)? as usize,
            body_bytes: body_bytes as usize,
            buffered_bytes: buffered as usize,
            head: source.time("request.head_ms", &request.head_ms)?,
            body: source.time("request.body_ms", &request.body_ms)?,
            idle: source.time("request.idle_ms", &request.idle_ms)?,
            write: source.time("request.write_ms", &request.write_ms)?,
            actor: source.text("request.actor", &request.actor)?,
            own_uris: request.own_uris,
            operations: request.operations.into_iter().map(Spanned::into_inner).collect(),
            dial_strings,
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
            request_headers: request_headers(&source, &forwarding.request_headers)?,
            path,
            path_compare: request.path_compare,
            forwarded_version: forwarding.soap,
            connect: source.time("forwarding.connect_ms", &forwarding.connect_ms)?,
            reply: source.time("forwarding.reply_ms", &forwarding.reply_ms)?,
            upstream_idle: source.time("forwarding.idle_ms", &forwarding.idle_ms)?,
            tries: source.number("forwarding.tries", &forwarding.tries, 1..=16)? as usize,
            health: (health > 0).then(|| Duration::from_millis(health)),
            health_path: if forwarding.health_path.get_ref().is_empty() {
                None
            } else {
                Some(source.path("forwarding.health_path", &forwarding.health_path)?)
            },
            eject_failures: u32::try_from(source.number(
                "forwarding.eject_failures",
                &forwarding.eject_failures,
                0..=1000,
            )?)
            .unwrap_or(0),
            eject: source.time("forwarding.eject_ms", &forwarding.eject_ms)?,
            resolve: (resolve > 0).then(|| Duration::from_millis(resolve)),
            ca_file: optional("forwarding.ca_file", &forwarding.ca_file)?,
            upstream_certificate,

            routing_secret: source.secret("routing.secret_file", &routing.secret_file)?,
            unlisted: routing.unlisted,
            table,

            reply_bytes: reply_bytes as usize,
            reply_headers: reply.reply_headers,
            expose_upstream_faults: reply.expose_upstream_faults,

            auth: identity.auth,
            challenge,

            level: log.level,
            access: log.access,
            log_key: source.secret("log.key_file", &log.key_file)?,

            traces_endpoint: match &traces.endpoint {
                Some(endpoint) => Some(source.text("traces.endpoint", endpoint)?),
                None => None,
            },
            traces_percent: source.number("traces.percent", &traces.percent, 0..=100)? as u8,

            wsdl_address,
        })
    }
}

/// Returns whether two listeners would take each other's connections.
fn overlap(a: SocketAddr, b: SocketAddr) -> bool {
    let every = |address: SocketAddr| address.ip().is_unspecified();
    a.port() == b.port() && a.port() != 0 && (a.ip() == b.ip() || every(a) || every(b))
}

/// Returns a place on the ring for a name. All gateways must find one place, whatever the order of the name's addresses
/// is. The place is a unique local address (RFC 4193), to which nothing connects.
fn place_of(name: &str) -> SocketAddr {
    let hash = blake3::hash(name.to_ascii_lowercase().as_bytes());
    let mut address = [0; 16];
    address.copy_from_slice(hash.as_bytes().get(..16).unwrap_or(&[0; 16]));
    address[0] = 0xfd;
    SocketAddr::from((address, 0))
}

/// Returns a host without its port, and an IPv6 address without its brackets, as a certificate names it.
fn without_port(host: &str) -> &str {
    if let Some((address, _)) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return address;
    }
    match host.rsplit_once(':') {
        // More than one colon is an IPv6 address without brackets.
        Some((bare, _)) if !bare.contains(':') => bare,
        _ => host,
    }
}

fn request_headers(
    source: &Source<'_>,
    given: &[Spanned<String>],
) -> Result<Vec<http::HeaderName>, ConfigError> {
    let header = |name: &Spanned<String>| {
        let key = "forwarding.request_headers";
        let header = http::HeaderName::from_bytes(name.get_ref().as_bytes())
            .map_err(|_| source.error(key, name, "names no header: write it as `X-Name`"))?;
        if forward::may_travel(&header) {
            return Ok(header);
        }
        Err(source.error(key, name, "names a header that the gateway writes itself: leave it out"))
    };
    given.iter().map(header).collect()
}

fn upstreams(source: &Source<'_>, given: &[Upstream]) -> Result<Vec<UpstreamConfig>, ConfigError> {
    let mut found: Vec<UpstreamConfig> = Vec::new();
    for upstream in given {
        let name = source.text("upstream.name", &upstream.name)?;
        let text = source.text("upstream.address", &upstream.address)?;
        let found_addresses = text.to_socket_addrs().map_err(|error| {
            let what = format_args!("is `{text}`: {error}; write IP:PORT or a name that resolves, NAME:PORT");
            source.error("upstream.address", &upstream.address, what)
        })?;
        let mut addresses: Vec<SocketAddr> = found_addresses.collect();
        addresses.sort_unstable();
        addresses.dedup();
        if addresses.is_empty() {
            let what = format_args!("`{text}` has no address");
            return Err(source.error("upstream.address", &upstream.address, what));
        }
        let written: Option<SocketAddr> = text.parse().ok();
        let address = written.unwrap_or_else(|| place_of(&text));
        let resolved = written.is_none().then(|| text.clone());
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
        let bare = without_port(&host).to_owned();
        let sni = match &upstream.sni {
            Some(sni) if !tls::is_server_name(sni.get_ref()) => {
                let what = format_args!("is `{}`, which no certificate can name", sni.get_ref());
                return Err(source.error("upstream.sni", sni, what));
            }
            Some(sni) => sni.get_ref().clone(),
            None => bare,
        };
        found.push(UpstreamConfig {
            name,
            address,
            addresses,
            resolved,
            sni,
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
    use crate::config::EXAMPLE;

    const LEAST: &str = "[[upstream]]\nname = \"a\"\naddress = \"127.0.0.1:1\"\n";

    fn refused(text: &str) -> String {
        Config::parse("gateway.toml", text).unwrap_err().to_string()
    }

    #[test]
    fn the_example_holds_every_key_with_its_default() {
        let config = Config::parse("gateway.toml", EXAMPLE).unwrap();
        let mut least = Config::parse("gateway.toml", LEAST).unwrap();
        let path = |c: &Config| {
            format!("{:?}", Config { upstreams: Vec::new(), at: Places::default(), ..c.clone() })
        };
        assert_eq!(config.threads, 2);
        least.threads = 2;
        assert_eq!(path(&config), path(&least));

        // Every key in `file.rs` must be in the example and in the README.
        let readme = include_str!("../../README.md");
        let sections = include_str!("file.rs").split("section!(").skip(1);
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
                "[limits]\nclient_bytes = 5\n",
                "gateway.toml:5: `limits.client_bytes` is 5: it must hold one body",
            ),
            (
                "[routing.table]\n\"x.y\" = \"b\"\n",
                "gateway.toml:5: `routing.table.\"x.y\"` names no upstream",
            ),
            (
                "[routing.table]\n\"x.y\" = \"a\"\n\"X.y\" = \"a\"\n",
                "gateway.toml:5: `routing.table.\"x.y\"` stands twice, in different case",
            ),
            (
                "[server]\nlisten = \"0.0.0.0:80\"\n[admin]\nlisten = \"127.0.0.1:80\"\n",
                "gateway.toml:7: `admin.listen` is 127.0.0.1:80, where server.listen listens, too",
            ),
            ("[admin]\nlisten = \"here\"\n", "gateway.toml:5: `admin.listen` is `here`"),
            (
                "[[upstream]]\nname = \"b\"\naddress = \"127.0.0.1:2\"\ntls = true\nsni = \"a b\"\n",
                "gateway.toml:8: `upstream.sni` is `a b`, which no certificate can name",
            ),
            ("[routing]\nsecret_file = \"/none\"\n", "gateway.toml:5: `routing.secret_file` cannot be read"),
            (
                "[forwarding]\nrequest_headers = [\"Host\"]\n",
                "gateway.toml:5: `forwarding.request_headers` names a header that the gateway writes",
            ),
            (
                "[forwarding]\nrequest_headers = [\"a b\"]\n",
                "gateway.toml:5: `forwarding.request_headers` names no header",
            ),
            (
                "[request]\noperations = [\"GetCallInfo\", \"Play\"]\n",
                "gateway.toml:5: unknown variant `Play`, expected one of `GetCallInfo`, `Disconnect`, ",
            ),
            (
                "[request]\noperations = []\n",
                "gateway.toml: `request.operations` is empty: name at least one",
            ),
            (
                "[request]\ndial_strings = [\n\"5...\",\n\"(\"]\n",
                "gateway.toml:7: `request.dial_strings` is no pattern: unclosed group; write",
            ),
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
    fn a_certificates_name_is_the_host_without_its_port() {
        for (host, name) in [
            ("um.example:443", "um.example"),
            ("um.example", "um.example"),
            ("127.0.0.1:1", "127.0.0.1"),
            ("[::1]:443", "::1"),
            ("[::1]", "::1"),
            ("2001:db8::1", "2001:db8::1"),
        ] {
            assert_eq!(without_port(host), name);
        }
    }

    #[test]
    fn a_name_keeps_its_place_whatever_its_addresses_are() {
        let text = "[[upstream]]\nname = \"a\"\naddress = \"localhost:5\"\n[[upstream]]\nname = \"b\"\naddress = \"127.0.0.1:5\"\n";
        let upstreams = Config::parse("test", text).unwrap().upstreams;
        let port_5 = SocketAddr::from(([127, 0, 0, 1], 5));
        assert!(upstreams[0].addresses.contains(&port_5) && upstreams[0].address != port_5);
        assert_eq!(upstreams[0].address, place_of("LOCALHOST:5"));
        assert_ne!(upstreams[0].address, place_of("localhost:6"));
        assert_eq!(
            (upstreams[0].resolved.as_deref(), upstreams[1].resolved.as_deref()),
            (Some("localhost:5"), None)
        );
        assert_eq!((upstreams[1].address, &*upstreams[1].addresses), (port_5, &[port_5][..]));
    }

    #[test]
    fn ws_security_is_never_dropped() {
        let dropping = |namespace: &str, name: &str| {
            format!(
                "{LEAST}[request]\ndrop_headers = [{{ namespace = \"{namespace}\", name = \"{name}\" }}]\n"
            )
        };
        for namespace in WS_SECURITY {
            let message = refused(&dropping(namespace, "Security"));
            assert!(
                message.starts_with("gateway.toml:5: `request.drop_headers` names WS-Security"),
                "{message}"
            );
            assert!(Config::parse("test", &dropping(namespace, "Timestamp")).is_ok(), "{namespace}");
        }
        assert!(Config::parse("test", &dropping("urn:a", "Security")).is_ok());
    }

    /// The numbers, each with its section, its key, its least value and its greatest value.
    const NUMBERS: [(&str, &str, u64, u64); 29] = [
        ("server", "threads", 1, 1024),
        ("server", "connections", 1, 1_000_000),
        ("server", "grace_seconds", 0, 3600),
        ("server", "drain_seconds", 0, 3600),
        ("limits", "client_connections", 1, 1_000_000),
        ("limits", "client_requests", 0, 1_000_000),
        ("limits", "upstream_requests", 0, 1_000_000),
        ("limits", "client_calls", 0, 1_000_000),
        // The least value is one body of 1 MiB, which is the default.
        ("limits", "client_bytes", 1 << 20, 1 << 40),
        ("request", "head_bytes", 1024, 1 << 20),
        ("request", "body_bytes", 1, 64 << 20),
        ("request", "buffered_bytes", 1 << 20, 1 << 40),
        ("request", "head_ms", 1, 3_600_000),
        ("request", "body_ms", 1, 3_600_000),
        ("request", "idle_ms", 1, 3_600_000),
        ("request", "write_ms", 1, 3_600_000),
        ("forwarding", "connect_ms", 1, 3_600_000),
        ("forwarding", "reply_ms", 1, 3_600_000),
        ("forwarding", "idle_ms", 1, 3_600_000),
        ("forwarding", "eject_ms", 1, 3_600_000),
        ("forwarding", "health_ms", 0, 3_600_000),
        ("forwarding", "resolve_ms", 0, 3_600_000),
        ("forwarding", "tries", 1, 16),
        ("forwarding", "eject_failures", 0, 1000),
        ("reply", "body_bytes", 1, 1 << 30),
        ("traces", "percent", 0, 100),
        ("upstream", "weight", 1, 100),
        ("request\nbuffered_bytes", "body_bytes", 1, 1 << 30),
        ("request\nbody_bytes", "buffered_bytes", 1, 1 << 40),
    ];

    #[test]
    fn every_number_at_its_edges() {
        for (section, key, least, most) in NUMBERS {
            let of = |number: i128| match section.split_once('\n') {
                _ if section == "upstream" => format!("{LEAST}{key} = {number}\n"),
                // The other value leaves room.
                Some((section, "buffered_bytes")) => {
                    format!("{LEAST}[{section}]\nbuffered_bytes = {}\n{key} = {number}\n", 1_u64 << 40)
                }
                Some((section, other)) => format!("{LEAST}[{section}]\n{other} = 1\n{key} = {number}\n"),
                None => format!("{LEAST}[{section}]\n{key} = {number}\n"),
            };
            let (least, most) = (i128::from(least), i128::from(most));
            for number in [least, least + 1, most - 1, most] {
                let parsed = Config::parse("test", &of(number));
                assert!(parsed.is_ok(), "{section}.{key} = {number}: {}", parsed.unwrap_err());
            }
            for number in [least - 1, most + 1, i128::from(u64::MAX)] {
                assert!(refused(&of(number)).contains(key), "{section}.{key} = {number}");
            }
        }
    }

    #[test]
    fn paths() {
        for (section, key) in [("request", "path"), ("forwarding", "path"), ("forwarding", "health_path")] {
            let of = |path: &str| format!("{LEAST}[{section}]\n{key} = \"{path}\"\n");
            for good in ["/", "/a/b.asmx", "/%20%3F", "/~!$&'()*+,;=:@"] {
                assert!(Config::parse("test", &of(good)).is_ok(), "{key} = {good}");
            }
            for bad in
                ["a", "a/b", "http://x/", "/a b", "/a?b", "/?", "/a#b", "/\u{e9}", "/a\\u0001", "/a\\u007F"]
            {
                let message = refused(&of(bad));
                assert!(
                    message.contains(&format!("`{section}.{key}` is no path")),
                    "{key} = {bad}: {message}"
                );
            }
        }
    }

    #[test]
    fn secrets_have_16_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        for (section, key) in [("routing", "secret_file"), ("log", "key_file")] {
            let text = format!("{LEAST}[{section}]\n{key} = \"{}\"\n", file.display());
            for length in 0..=20 {
                // The line end and the blanks around a secret are not part of it.
                for (before, after) in [("", ""), ("", "\n"), (" \t", " \r\n")] {
                    std::fs::write(&file, format!("{before}{}{after}", "s".repeat(length))).unwrap();
                    let parsed = Config::parse("gateway.toml", &text);
                    let message = parsed.err().map(|error| error.to_string()).unwrap_or_default();
                    let expected = format!("which holds {length} bytes: write at least 16 random ones");
                    assert_eq!(message.contains(&expected), length < 16, "{section} {length}: {message}");
                    assert_eq!(message.is_empty(), length >= 16, "{section} {length}: {message}");
                }
            }
        }
    }

    #[test]
    fn where_administrators_may_come() {
        let of = |listen: &str| format!("{LEAST}[admin]\nlisten = \"{listen}\"\n");
        for good in ["127.0.0.1:9", "[::1]:9", "0.0.0.0:0", "unix:/run/a.sock"] {
            let config = Config::parse("test", &of(good)).unwrap();
            assert_eq!(config.admin_listen.to_string(), good);
        }
        for bad in
            ["", "unix:", "unix:a", "unix:./a", "Unix:/a", "/run/a.sock", "127.0.0.1", "localhost:9", ":9"]
        {
            assert!(refused(&of(bad)).contains("`admin.listen` is `"), "{bad}");
        }
        // Two listeners at one port take each other's connections if their addresses are equal or one of them stands
        // for every address.
        for (server, admin, is_refused) in [
            ("127.0.0.1:80", "127.0.0.1:80", true),
            ("127.0.0.1:80", "0.0.0.0:80", true),
            ("0.0.0.0:80", "127.0.0.1:80", true),
            ("0.0.0.0:80", "0.0.0.0:80", true),
            ("[::]:80", "127.0.0.1:80", true),
            ("127.0.0.1:80", "127.0.0.2:80", false),
            ("127.0.0.1:80", "127.0.0.1:81", false),
            ("0.0.0.0:80", "0.0.0.0:81", false),
            ("127.0.0.1:0", "127.0.0.1:0", false),
            ("0.0.0.0:0", "127.0.0.1:0", false),
        ] {
            let text = format!("{LEAST}[server]\nlisten = \"{server}\"\n[admin]\nlisten = \"{admin}\"\n");
            assert_eq!(Config::parse("test", &text).is_err(), is_refused, "{server} {admin}");
        }
    }
}

//! The head of the request that an upstream is sent. It is made from the client's head and the configuration.

use std::collections::HashSet;
use std::net::IpAddr;

use http::header::HeaderName;
use http::{HeaderMap, HeaderValue, Version};
use pingora::http::RequestHeader;
use umsoap::SoapVersion;

use crate::config::{Config, UpstreamConfig};
use crate::digits;
use crate::media;
use crate::message::Checked;
use crate::trace::Trace;

/// The headers of clients that travel on. They carry the credentials, the language, the user agent, and the ids by
/// which a call is traced. All other headers are left out. A list of forbidden headers would never be complete. Servers
/// obey X-Forwarded-For and a dozen related headers, headers with client certificates (X-ARR-ClientCert,
/// X-SSL-Client-Cert), and headers that overrule method, path or host. Exchange's front ends have internal headers that
/// name a user (X-CommonAccessToken, X-WLID-MemberName, X-IsFromCafe).
const TRAVELLING: [&str; 5] =
    ["accept-language", "authorization", "client-request-id", "return-client-request-id", "user-agent"];

/// The headers that the gateway writes or filters itself, or that belong to a connection (RFC 9110 section 7.6.1). No
/// configuration lets them travel.
const OWN: [&str; 24] = [
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "max-forwards",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "soapaction",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
];

/// Returns whether the configuration may let a header travel.
pub(crate) fn may_travel(name: &HeaderName) -> bool {
    !OWN.contains(&name.as_str())
}

/// The headers in which a trusted proxy describes the client, besides X-Forwarded-For and X-Forwarded-Proto.
const OF_A_PROXY: [&str; 3] = ["forwarded", "x-forwarded-host", "x-forwarded-port"];

/// The cookies that an Exchange front end sends to its back end, or by which it chooses its back end. No client has
/// them from this gateway, because the cookies of replies are not passed on. With X-BEResource, a front end could be
/// directed to any server (CVE-2021-26855).
const INTERNAL_COOKIES: [&str; 3] = ["x-beresource", "x-anonresource", "x-backendcookie"];

/// Returns a Cookie header without internal cookies, or `None` if nothing is left.
fn cookies(header: &HeaderValue) -> Option<HeaderValue> {
    let text = header.to_str().ok()?;
    let lower = text.to_ascii_lowercase();
    if !INTERNAL_COOKIES.iter().any(|name| lower.contains(name)) {
        return Some(header.clone());
    }
    // Readers differ about quotes and commas in cookies. Therefore a pair with one of these names anywhere in it is
    // left out.
    let kept: Vec<&str> = text
        .split(';')
        .filter(|pair| !INTERNAL_COOKIES.iter().any(|name| pair.to_ascii_lowercase().contains(name)))
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
        .collect();
    (!kept.is_empty()).then(|| HeaderValue::try_from(kept.join("; ")).ok()).flatten()
}

/// The gateway's entry in Via (RFC 9110 section 7.6.3). It is a name and not an address, so that it reveals nothing
/// about the network.
const VIA_1_1: &[u8] = b"1.1 umsoap-gateway";
const VIA_1_0: &[u8] = b"1.0 umsoap-gateway";

/// Returns the headers that Connection names. Names of missing headers are left out, because the list of names may be
/// long.
fn nominated(headers: &HeaderMap) -> HashSet<HeaderName> {
    headers
        .get_all(http::header::CONNECTION)
        .iter()
        .flat_map(|value| value.as_bytes().split(|b| *b == b','))
        .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
        .filter(|name| headers.contains_key(name))
        .collect()
}

/// The sender of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    /// The address of the connection's other end. An IPv4-mapped IPv6 address is written as IPv4, as operators write it
    /// in `trusted_proxies`.
    pub(crate) address: Option<IpAddr>,
    pub(crate) tls: bool,
}

/// Returns the bytes with which the heads of all requests to an upstream begin.
pub(crate) fn template(config: &Config, upstream: &UpstreamConfig) -> Vec<u8> {
    let (path, host) = (&config.forward_path, &upstream.host);
    format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: identity\r\n").into_bytes()
}

/// Appends a value and a comma to a list.
fn add(list: &mut Vec<u8>, value: &HeaderValue) {
    if let Ok(value) = value.to_str() {
        list.extend_from_slice(value.as_bytes());
        list.extend_from_slice(b", ");
    }
}

/// Appends a header.
fn put(to: &mut Vec<u8>, name: &str, value: &[u8]) {
    to.extend_from_slice(name.as_bytes());
    to.extend_from_slice(b": ");
    to.extend_from_slice(value);
    to.extend_from_slice(b"\r\n");
}

/// Writes the head as bytes. A map of headers in between would take 20,000 instructions. No value can end its line: the
/// engine has read those of clients, and those of the gateway are plain ASCII.
pub(crate) fn head(
    config: &Config,
    template: &[u8],
    client: Client,
    from: &RequestHeader,
    checked: &Checked,
    trace: Option<Trace>,
) -> Vec<u8> {
    // Almost all heads fit, together with the body after them.
    let mut to = Vec::with_capacity(2048);
    to.extend_from_slice(template);
    let nominated = nominated(&from.headers);
    let trusted = client
        .address
        .is_some_and(|address| config.trusted_proxies.iter().any(|network| network.contains(&address)));
    let (mut forwarded_for, mut via, mut proto) = (Vec::new(), Vec::new(), false);
    for (name, value) in &from.headers {
        let text = name.as_str();
        if nominated.contains(name) {
            continue;
        }
        match text {
            "cookie" => {
                if let Some(cookies) = cookies(value) {
                    put(&mut to, text, cookies.as_bytes());
                }
            }
            "via" => add(&mut via, value),
            "x-forwarded-for" if trusted => add(&mut forwarded_for, value),
            "x-forwarded-proto" if trusted => {
                proto = true;
                put(&mut to, text, value.as_bytes());
            }
            // The gateway writes these headers below.
            "traceparent" | "x-request-id" => {}
            // The state of a trace means nothing in another trace.
            "tracestate" if trace.is_none_or(|trace| trace.parent.is_none()) => {}
            _ if text == "tracestate"
                || TRAVELLING.contains(&text)
                || (trusted && OF_A_PROXY.contains(&text))
                || config.request_headers.contains(name) =>
            {
                put(&mut to, text, value.as_bytes());
            }
            _ => {}
        }
    }
    via.extend_from_slice(if from.version == Version::HTTP_10 { VIA_1_0 } else { VIA_1_1 });
    put(&mut to, "Via", &via);
    if let Some(address) = client.address {
        digits::put_address(&mut forwarded_for, address);
        put(&mut to, "X-Forwarded-For", &forwarded_for);
    }
    if !proto {
        put(&mut to, "X-Forwarded-Proto", if client.tls { b"https" } else { b"http" });
    }
    if let Some(trace) = trace {
        to.extend_from_slice(b"Traceparent: ");
        trace.put_header(&mut to);
        to.extend_from_slice(b"\r\n");
        put(&mut to, "X-Request-Id", &trace.span_text);
    }
    to.extend_from_slice(b"Content-Length: ");
    digits::put_decimal(&mut to, checked.body.len() as u64);
    to.extend_from_slice(b"\r\nContent-Type: ");
    to.extend_from_slice(media::written(checked.sent_version).as_bytes());
    to.extend_from_slice(match checked.sent_version {
        SoapVersion::V1_1 => b"\r\nSOAPAction: \"",
        SoapVersion::V1_2 => b"; action=\"",
    });
    to.extend_from_slice(checked.action.as_bytes());
    to.extend_from_slice(b"\"\r\n\r\n");
    to
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::Method;
    use umsoap::MessagesNamespace;

    fn written(extra: &str, version: SoapVersion) -> Vec<String> {
        let text =
            format!("{extra}[[upstream]]\nname = \"a\"\naddress = \"127.0.0.1:1\"\nhost = \"um.example\"\n");
        let config = Config::parse("test", &text).unwrap();
        let mut from = RequestHeader::build(Method::POST, b"/x?y", None).unwrap();
        for (name, value) in [
            ("Host", "evil"),
            ("Content-Type", "text/xml"),
            ("Content-Length", "999"),
            ("SOAPAction", "x"),
            ("Connection", "keep-alive, X-Hop"),
            ("X-Hop", "1"),
            ("Keep-Alive", "1"),
            ("TE", "trailers"),
            ("Digest", "d"),
            ("Content-MD5", "m"),
            ("Proxy-Authorization", "p"),
            ("Expect", "100-continue"),
            ("X-Forwarded-For", "6.6.6.6"),
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Host", "h"),
            ("Forwarded", "for=6.6.6.6"),
            ("X_Forwarded_For", "6.6.6.6"),
            ("Accept-Encoding", "gzip"),
            ("Authorization", "Basic x"),
            ("User-Agent", "u"),
            ("Cookie", "a=b"),
            ("traceparent", "t"),
            ("tracestate", "t"),
            ("X-Request-Id", "r"),
        ] {
            from.append_header(name, value).unwrap();
        }
        let checked = Checked {
            version,
            namespace: MessagesNamespace::Http,
            operation: None,
            body: Bytes::from_static(b"12345"),
            unchanged: true,
            sent_version: version,
            action: "urn:a/Go".into(),
        };
        let client = Client { address: Some(IpAddr::from([10, 1, 2, 3])), tls: false };
        let template = template(&config, &config.upstreams[0]);
        let head = String::from_utf8(head(&config, &template, client, &from, &checked, None)).unwrap();
        let lines = head.strip_prefix("POST /EWS/UM2007Legacy.asmx HTTP/1.1\r\n").unwrap();
        let lines = lines.strip_suffix("\r\n\r\n").unwrap().split("\r\n");
        let line = |line: &str| {
            let (name, value) = line.split_once(": ").unwrap();
            format!("{}: {value}", name.to_ascii_lowercase())
        };
        let mut lines: Vec<_> = lines.map(line).collect();
        lines.sort();
        lines
    }

    #[test]
    fn a_long_list_of_nominated_headers_is_a_short_one() {
        let mut headers = HeaderMap::new();
        headers.insert("x-hop", HeaderValue::from_static("1"));
        headers.insert("x-end", HeaderValue::from_static("1"));
        let names = "X-Hop, a,b , x-HOP,,\u{e9},".repeat(2000);
        headers.append("connection", HeaderValue::from_bytes(names.as_bytes()).unwrap());
        assert_eq!(nominated(&headers), HashSet::from([HeaderName::from_static("x-hop")]));
    }

    #[test]
    fn internal_cookies_stay() {
        for (given, left) in [
            ("a=b; c=d", Some("a=b; c=d")),
            ("X-BEResource=x", None),
            ("a=b; x-beresource=s~1; c=d;", Some("a=b; c=d")),
            ("X-AnonResource=true; X-AnonResource-Backend=s/ecp~3;a=b", Some("a=b")),
            ("a=b, X-BEResource=s; c=d", Some("c=d")),
            ("\"X-BackEndCookie\"=x", None),
        ] {
            let left = left.map(HeaderValue::from_static);
            assert_eq!(cookies(&HeaderValue::from_static(given)), left, "{given}");
        }
    }

    #[test]
    fn headers_of_an_untrusted_client() {
        assert_eq!(
            written("", SoapVersion::V1_1),
            [
                "accept-encoding: identity",
                "authorization: Basic x",
                "content-length: 5",
                "content-type: text/xml; charset=utf-8",
                "cookie: a=b",
                "host: um.example",
                "soapaction: \"urn:a/Go\"",
                "user-agent: u",
                "via: 1.1 umsoap-gateway",
                "x-forwarded-for: 10.1.2.3",
                "x-forwarded-proto: http",
            ]
        );
    }

    #[test]
    fn headers_of_a_trusted_proxy() {
        let lines = written("[request]\ntrusted_proxies = [\"10.0.0.0/8\"]\n", SoapVersion::V1_2);
        for line in [
            "content-type: application/soap+xml; charset=utf-8; action=\"urn:a/Go\"",
            "forwarded: for=6.6.6.6",
            "x-forwarded-for: 6.6.6.6, 10.1.2.3",
            "x-forwarded-host: h",
            "x-forwarded-proto: https",
        ] {
            assert!(lines.iter().any(|l| l == line), "{line} is not in {lines:?}");
        }
        assert!(!lines.iter().any(|l| l.starts_with("soapaction")));
    }
}

//! The request target and the Host header, by RFC 9112 section 3 and RFC 3986. The engine cuts a target at `#`, accepts
//! characters that no URI has, and compares the hosts `x:80` and `x` as text. Therefore the request line is checked
//! before the engine reads it.

use bytes::BytesMut;

/// The reason for which a request line is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The target is no URI, or has a form that its method does not allow.
    Target,
    /// The authority in the target and the Host header name two hosts.
    Host,
}

const fn is_unreserved(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~')
}

const fn is_sub_delimiter(b: u8) -> bool {
    matches!(b, b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=')
}

/// Returns whether these bytes are characters of a part of a URI. The part allows `others`, too. Two hexadecimal digits
/// must follow each `%`.
fn are_characters(bytes: &[u8], others: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        rest = match (first, after) {
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => after,
            (b, after) if is_unreserved(*b) || is_sub_delimiter(*b) || others.contains(b) => after,
            _ => return false,
        };
    }
    true
}

/// Returns whether this is a path with or without a query.
pub(crate) fn is_origin(target: &[u8]) -> bool {
    target.starts_with(b"/") && are_characters(target, b":@/?")
}

/// Returns whether this is the host of a URI, with or without a port (RFC 3986 section 3.2.2). An empty host is
/// refused, because no `http` URI has one (RFC 9110 section 4.2.1).
pub(crate) fn is_host(bytes: &[u8]) -> bool {
    let (host, port) = match bytes.strip_prefix(b"[") {
        Some(literal) => {
            let Some(end) = literal.iter().position(|b| *b == b']') else { return false };
            let (address, after) = literal.split_at(end);
            let address = std::str::from_utf8(address).unwrap_or_default();
            if address.parse::<std::net::Ipv6Addr>().is_err() {
                return false;
            }
            match after {
                [b']'] => return true,
                [b']', b':', port @ ..] => (address.as_bytes(), port),
                _ => return false,
            }
        }
        None => match bytes.iter().position(|b| *b == b':') {
            Some(colon) => {
                (bytes.get(..colon).unwrap_or_default(), bytes.get(colon + 1..).unwrap_or_default())
            }
            None => (bytes, &[][..]),
        },
    };
    let literal = bytes.starts_with(b"[");
    // A port has at most 5 digits and may be empty.
    !host.is_empty()
        && (literal || are_characters(host, b""))
        && port.len() <= 5
        && port.iter().all(u8::is_ascii_digit)
}

/// Returns a host in lower case, without an empty port or the default port of its scheme.
fn plain_host(host: &[u8], default_port: &[u8]) -> Vec<u8> {
    let without = host.strip_suffix(default_port).and_then(|h| h.strip_suffix(b":"));
    without.or_else(|| host.strip_suffix(b":")).unwrap_or(host).to_ascii_lowercase()
}

/// Returns the value of the first Host header in a head.
fn host_of(head: &[u8]) -> Option<&[u8]> {
    head.split(|b| *b == b'\n').skip(1).find_map(|line| {
        let colon = line.iter().position(|b| *b == b':')?;
        let (name, value) = line.split_at_checked(colon)?;
        name.eq_ignore_ascii_case(b"host").then(|| value.get(1..).unwrap_or_default().trim_ascii())
    })
}

/// Checks the request line of a whole head. A server has to accept a target in absolute form (RFC 9112 section 3.2.2).
/// Its authority is compared with Host, and then it is rewritten in origin form.
pub(crate) fn check(head: &mut BytesMut) -> Result<(), Refused> {
    let begin = head.iter().position(|b| !matches!(b, b'\r' | b'\n')).unwrap_or(0);
    let Some(end) = memchr::memchr(b'\r', head.get(begin..).unwrap_or_default()) else {
        return Err(Refused::Target);
    };
    let line = head.get(begin..begin + end).unwrap_or_default();
    let mut words = line.split(|b| *b == b' ');
    let (Some(method), Some(target), Some(_), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(Refused::Target);
    };
    if target.starts_with(b"/") {
        return if is_origin(target) { Ok(()) } else { Err(Refused::Target) };
    }
    match method {
        b"OPTIONS" if target == b"*" => return Ok(()),
        b"CONNECT" => return if is_host(target) { Ok(()) } else { Err(Refused::Target) },
        _ => {}
    }
    let Some(colon) = target.windows(3).position(|w| w == b"://") else { return Err(Refused::Target) };
    let (scheme, rest) = target.split_at(colon);
    let rest = rest.get(3..).unwrap_or_default();
    let default_port: &[u8] = match scheme {
        s if s.eq_ignore_ascii_case(b"http") => b"80",
        s if s.eq_ignore_ascii_case(b"https") => b"443",
        _ => return Err(Refused::Target),
    };
    let path = rest.iter().position(|b| matches!(b, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(path);
    // A target with a user is refused, as RFC 9110 section 4.2.4 asks.
    if !is_host(authority) || !are_characters(path, b":@/?") {
        return Err(Refused::Target);
    }
    if let Some(host) = host_of(head)
        && plain_host(host, default_port) != plain_host(authority, default_port)
    {
        return Err(Refused::Host);
    }
    let slash: &[u8] = if path.starts_with(b"/") { b"" } else { b"/" };
    let tail = begin + method.len() + 1 + target.len();
    let parts = [head.get(..begin + method.len() + 1).unwrap_or_default(), slash, path];
    let mut written = BytesMut::with_capacity(head.len() + 1);
    for part in parts.into_iter().chain([head.get(tail..).unwrap_or_default()]) {
        written.extend_from_slice(part);
    }
    *head = written;
    Ok(())
}

/// Returns whether the path is the configured path. IIS decodes `%XX` once and compares without case.
pub(crate) fn is_path(given: &str, configured: &str, as_iis: bool) -> bool {
    if !as_iis {
        return given == configured;
    }
    let decoded = |text: &str| {
        let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
        while let Some((first, after)) = rest.split_first() {
            let hex = |b: &u8| char::from(*b).to_digit(16);
            let pair = match (first, after) {
                (b'%', [high, low, ..]) => hex(high).zip(hex(low)),
                _ => None,
            };
            (rest, bytes) = match pair {
                Some((high, low)) => {
                    // Two hexadecimal digits fit into a byte.
                    bytes.push((high * 16 + low) as u8);
                    (after.get(2..).unwrap_or_default(), bytes)
                }
                None => {
                    bytes.push(*first);
                    (after, bytes)
                }
            };
        }
        bytes
    };
    decoded(given).eq_ignore_ascii_case(&decoded(configured))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for good in [
            "x",
            "x:80",
            "x:",
            "a.b-c_d~",
            "127.0.0.1:8025",
            "[::1]",
            "[::1]:443",
            "[::1]:",
            "a%20b",
            "x:65535",
        ] {
            assert!(is_host(good.as_bytes()), "{good}");
        }
        for bad in [
            "", ":80", "x:y", "x:1:2", "a b", "a/b", "u@x", "[::1", "[::1]x", "[x]", "::1", "a%2",
            "x:123456", "a\u{e9}", "a<b", "a#b", "a,b:c",
        ] {
            assert!(!is_host(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn request_lines() {
        let checked = |line: &str, host: &str| {
            let mut head = BytesMut::from(format!("{line}\r\nHost: {host}\r\n\r\nbody").as_bytes());
            let checked = check(&mut head);
            let text = String::from_utf8(head.to_vec()).unwrap();
            checked.map(|()| text.strip_suffix(&format!("\r\nHost: {host}\r\n\r\nbody")).unwrap().to_owned())
        };
        for same in [
            "POST / HTTP/1.1",
            "GET /a:@b/%7e?c=d&e=%20/? HTTP/1.1",
            "OPTIONS * HTTP/1.1",
            "CONNECT x:443 HTTP/1.1",
        ] {
            assert_eq!(checked(same, "x").as_deref(), Ok(same));
        }
        for (target, host, origin) in [
            ("http://x/a", "x", "/a"),
            ("http://x:80/a", "x", "/a"),
            ("HTTP://X/a", "x:80", "/a"),
            ("https://x:443/a", "x", "/a"),
            ("http://x:8025", "x:8025", "/"),
            ("http://x?q", "x", "/?q"),
            ("http://[::1]:80/", "[::1]", "/"),
        ] {
            let line = checked(&format!("GET {target} HTTP/1.1"), host);
            assert_eq!(line.as_deref(), Ok(&*format!("GET {origin} HTTP/1.1")), "{target}");
        }
        for (target, host) in
            [("http://x/", "y"), ("http://x:81/", "x"), ("https://x:80/", "x"), ("http://x:443/", "x")]
        {
            assert_eq!(checked(&format!("GET {target} HTTP/1.1"), host), Err(Refused::Host), "{target}");
        }
        for bad in [
            "GET /a b HTTP/1.1",
            "GET /a#b HTTP/1.1",
            "GET /<a HTTP/1.1",
            "GET /a%2 HTTP/1.1",
            "GET /\u{e9} HTTP/1.1",
            "GET /a\\b HTTP/1.1",
            "GET /\"a HTTP/1.1",
            "GET a HTTP/1.1",
            "GET * HTTP/1.1",
            "GET ?wsdl HTTP/1.1",
            "GET ftp://x/ HTTP/1.1",
            "GET http:///a HTTP/1.1",
            "GET http://u@x/ HTTP/1.1",
            "GET http://x/#a HTTP/1.1",
            "GET  / HTTP/1.1",
            "GET /",
            "GET",
            "",
            "CONNECT x/y HTTP/1.1",
            "GET /\t HTTP/1.1",
        ] {
            assert_eq!(checked(bad, "x"), Err(Refused::Target), "{bad}");
        }
    }

    #[test]
    fn paths_as_iis_compares_them() {
        for (given, exact, as_iis) in [
            ("/EWS/a.asmx", true, true),
            ("/ews/A.ASMX", false, true),
            ("/%45WS/a%2easmx", false, true),
            ("/%2545WS/a.asmx", false, false),
            ("/EWS//a.asmx", false, false),
            ("/EWS/a.asmx/", false, false),
            ("/EWS/a.asmx%", false, false),
            ("/EWS/a.asm%c3%b8", false, false),
        ] {
            assert_eq!(is_path(given, "/EWS/a.asmx", false), exact, "{given}");
            assert_eq!(is_path(given, "/EWS/a.asmx", true), as_iis, "{given}");
        }
    }
}

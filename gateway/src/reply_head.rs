//! The head of a reply as almost all servers send it: HTTP/1.1, complete in the first read, with the length of the
//! body. Reading it here takes 1,500 instructions. The engine takes 12,000, because it fills its maps. Every other
//! reply is left to the engine.

use http::header::{CONTENT_ENCODING, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue};

/// The greatest number of headers that are read here. Real UM servers send some 12 headers.
const HEADERS: usize = 32;

/// A head that was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ReplyHead {
    pub(crate) status: u16,
    /// The headers that are used later: Content-Type, Content-Encoding and WWW-Authenticate.
    pub(crate) headers: HeaderMap,
    /// The length of the head in bytes.
    pub(crate) bytes: usize,
    /// The length of the body in bytes.
    pub(crate) body: usize,
    /// True if the upstream keeps the connection open.
    pub(crate) keeps: bool,
}

/// Reads the length of a body: 1 to 10 digits and nothing else. Ten digits can hold every number of 32 bits.
fn length(value: &[u8]) -> Option<usize> {
    if value.is_empty() || value.len() > 10 || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    value.iter().try_fold(0_usize, |sum, digit| sum.checked_mul(10)?.checked_add(usize::from(digit - b'0')))
}

impl ReplyHead {
    /// Reads the head at the start of these bytes. Returns `None` if the engine has to read the head.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS];
        let mut head = httparse::Response::new(&mut headers);
        let Ok(httparse::Status::Complete(end)) = head.parse(bytes) else { return None };
        let status = head.code.filter(|code| (200..600).contains(code) && !matches!(code, 204 | 304))?;
        if head.version != Some(1) {
            return None;
        }
        let (mut body, mut keeps, mut kept) = (None, true, HeaderMap::new());
        for header in &*head.headers {
            let is = |name: &str| header.name.eq_ignore_ascii_case(name);
            let known = match header.name.len() {
                10 if is("connection") => {
                    keeps = match header.value {
                        value if value.eq_ignore_ascii_case(b"keep-alive") => keeps,
                        value if value.eq_ignore_ascii_case(b"close") => false,
                        _ => return None,
                    };
                    continue;
                }
                12 if is("content-type") => CONTENT_TYPE,
                14 if is("content-length") => {
                    if body.replace(length(header.value)?).is_some() {
                        return None;
                    }
                    continue;
                }
                16 if is("content-encoding") => CONTENT_ENCODING,
                16 if is("www-authenticate") => WWW_AUTHENTICATE,
                17 if is("transfer-encoding") => return None,
                7 if is("upgrade") => return None,
                _ => continue,
            };
            kept.append(known, HeaderValue::from_bytes(header.value).ok()?);
        }
        Some(Self { status, headers: kept, bytes: end, body: body?, keeps })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usual_head_is_read() {
        let text = "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nServer: s\r\ncontent-LENGTH: 5\r\n\
                    WWW-Authenticate: A\r\nWWW-Authenticate: B\r\nContent-Encoding: gzip\r\n\r\nabcde";
        let head = ReplyHead::read(text.as_bytes()).unwrap();
        assert_eq!((head.status, head.body, head.keeps), (200, 5, true));
        assert_eq!(&text[head.bytes..], "abcde");
        assert_eq!(head.headers.len(), 4);
        assert_eq!(head.headers[CONTENT_TYPE], "text/xml; charset=utf-8");
        assert!(head.headers.get_all(WWW_AUTHENTICATE).iter().eq(["A", "B"]));
        let closes =
            ReplyHead::read(b"HTTP/1.1 500 X\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n").unwrap();
        assert_eq!((closes.status, closes.body, closes.keeps), (500, 0, false));
    }

    #[test]
    fn the_engine_reads_what_is_odd() {
        let with = |line: &str, headers: &str| format!("{line}\r\n{headers}\r\n");
        let ok = "HTTP/1.1 200 OK";
        for head in [
            String::new(),
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n".to_owned(),
            with(ok, ""),
            with(ok, "Transfer-Encoding: chunked\r\n"),
            with(ok, "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
            with(ok, "Content-Length: 5\r\nContent-Length: 5\r\n"),
            with(ok, "Content-Length: 5, 5\r\n"),
            with(ok, "Content-Length: +5\r\n"),
            with(ok, "Content-Length: \r\n"),
            with(ok, "Content-Length: 0x5\r\n"),
            with(ok, "Content-Length: 99999999999\r\n"),
            with(ok, "Content-Length: 5\r\nConnection: upgrade\r\n"),
            with(ok, "Content-Length: 5\r\nConnection: close, x\r\n"),
            with(ok, "Content-Length: 5\r\nUpgrade: h2c\r\n"),
            with(ok, "Content-Length : 5\r\n"),
            with(ok, "X: a\r\n b\r\nContent-Length: 5\r\n"),
            with("HTTP/1.0 200 OK", "Content-Length: 5\r\n"),
            with("HTTP/1.1 100 Continue", "Content-Length: 0\r\n"),
            with("HTTP/1.1 101 X", "Content-Length: 0\r\n"),
            with("HTTP/1.1 204 X", "Content-Length: 5\r\n"),
            with("HTTP/1.1 304 X", "Content-Length: 5\r\n"),
            with("HTTP/1.1 600 X", "Content-Length: 5\r\n"),
            with("HTTP/2 200", "Content-Length: 5\r\n"),
            with(ok, &format!("Content-Length: 5\r\n{}", "X: y\r\n".repeat(HEADERS))),
        ] {
            assert_eq!(ReplyHead::read(head.as_bytes()), None, "{head}");
        }
    }
}

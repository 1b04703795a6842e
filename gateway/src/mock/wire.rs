//! The replies of the mock UM server, good and bad.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, WWW_AUTHENTICATE};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use umsoap::{Body, Envelope, Fault, FaultCode, GetCallInfo, SoapVersion};

use super::calls::CONNECTED;

const MESSAGES: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";

/// A body in pieces. It may break off before its end.
#[derive(Debug, Default)]
pub(super) struct Reply {
    pieces: VecDeque<Bytes>,
    /// True if the length of the body is not announced.
    chunked: bool,
    breaks: bool,
}

impl HttpBody for Reply {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        Poll::Ready(match self.pieces.pop_front() {
            Some(piece) => Some(Ok(Frame::data(piece))),
            None if self.breaks => Some(Err(std::io::Error::other("broken off on request"))),
            None => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty() && !self.breaks
    }

    fn size_hint(&self) -> SizeHint {
        if self.chunked {
            return SizeHint::default();
        }
        SizeHint::with_exact(self.pieces.iter().map(|p| p.len() as u64).sum())
    }
}

/// Returns a reply whose body is in one piece.
pub(super) fn reply(status: u16, content_type: &'static str, body: Bytes) -> Response<Reply> {
    let pieces = if body.is_empty() { VecDeque::new() } else { VecDeque::from([body]) };
    let mut response = Response::new(Reply { pieces, ..Reply::default() });
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static(content_type));
    response
}

pub(super) const fn content_type(version: SoapVersion) -> &'static str {
    match version {
        SoapVersion::V1_1 => "text/xml; charset=utf-8",
        SoapVersion::V1_2 => "application/soap+xml; charset=utf-8",
    }
}

pub(super) fn bytes(envelope: &Envelope<'_>) -> Bytes {
    let mut bytes = vec![0; envelope.encoded_len()];
    let length = envelope.encode(&mut bytes).map_or(0, |written| written.len());
    bytes.truncate(length);
    Bytes::from(bytes)
}

/// Returns a reply with a message that the library has written.
fn message(status: u16, envelope: &Envelope<'_>) -> Response<Reply> {
    reply(status, content_type(envelope.version()), bytes(envelope))
}

fn envelope_text(version: SoapVersion, header: &str, body: &str) -> Bytes {
    Bytes::from(format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"{}\">{header}<s:Body>{body}</s:Body>\
         </s:Envelope>",
        version.namespace()
    ))
}

/// Returns a reply of this sort, or `None` if the connection has to be closed without a reply. An unknown sort is
/// answered with the fault for an unknown CallId.
pub(super) async fn bad(sort: &str, version: SoapVersion) -> Option<Response<Reply>> {
    let media = content_type(version);
    let good = bytes(&Envelope::new(version, Body::GetCallInfoResponse(CONNECTED)));
    let (sort, argument) = sort.split_once(':').unwrap_or((sort, ""));
    let number: u64 = argument.parse().unwrap_or(0);
    let inner = format!(
        "<GetCallInfoResponse xmlns=\"{MESSAGES}\"><GetCallInfoResponse><CallState>Connected</CallState>\
         <EventCause>None</EventCause></GetCallInfoResponse></GetCallInfoResponse>"
    );
    let half = |good: &Bytes| good.slice(..good.len() / 2);
    Some(match sort {
        "slow" => {
            tokio::time::sleep(Duration::from_millis(number.min(60_000))).await;
            reply(200, media, good)
        }
        "large" => {
            let size = usize::try_from(number.min(1 << 27)).unwrap_or(0);
            let mut large = good.to_vec();
            large.resize(large.len() + size, b' ');
            reply(200, media, Bytes::from(large))
        }
        "status" => reply(u16::try_from(number).unwrap_or(200), media, good),
        "chunked" => {
            let pieces = good.chunks(7).map(Bytes::copy_from_slice).collect();
            let mut response = reply(200, media, Bytes::new());
            *response.body_mut() = Reply { pieces, chunked: true, breaks: false };
            response
        }
        "v12" => {
            let other = SoapVersion::V1_2;
            message(200, &Envelope::new(other, Body::GetCallInfoResponse(CONNECTED)))
        }
        "broken" => reply(200, media, Bytes::from_static(b"<s:Envelope><s:Body></s:Envelope>")),
        "cut" => reply(200, media, half(&good)),
        "truncated" => {
            let mut response = reply(200, media, Bytes::new());
            response.headers_mut().insert(CONTENT_LENGTH, http::HeaderValue::from(good.len()));
            *response.body_mut() =
                Reply { pieces: VecDeque::from([half(&good)]), chunked: true, breaks: true };
            response
        }
        "early" => {
            let mut response = reply(200, media, Bytes::new());
            *response.body_mut() =
                Reply { pieces: VecDeque::from([half(&good)]), chunked: true, breaks: true };
            response
        }
        "close" => return None,
        "html" => reply(200, "text/html", Bytes::from_static(b"<html><body>secret internals</body></html>")),
        "gzip" => {
            let mut response = reply(200, media, good);
            response.headers_mut().insert(CONTENT_ENCODING, http::HeaderValue::from_static("gzip"));
            response
        }
        "empty" => reply(200, media, Bytes::new()),
        "redirect" => {
            let mut response = reply(302, media, Bytes::new());
            response.headers_mut().insert(LOCATION, http::HeaderValue::from_static("http://127.0.0.1:9/"));
            response
        }
        "401" | "403" | "ntlm" => {
            let status = if sort == "403" { 403 } else { 401 };
            let mut response = reply(status, "text/html", Bytes::from_static(b"<h1>secret internals</h1>"));
            let challenges: &[&'static str] = match sort {
                "401" => &["Negotiate, NTLM", "Basic realm=\"mail\", charset=\"UTF-8\""],
                "ntlm" => &["NTLM"],
                _ => &[],
            };
            for challenge in challenges {
                response.headers_mut().append(WWW_AUTHENTICATE, http::HeaderValue::from_static(challenge));
            }
            response
        }
        "fault" | "receiver" => {
            let (code, status) = match (sort, version) {
                ("fault", SoapVersion::V1_2) => (FaultCode::Sender, 400),
                ("fault", SoapVersion::V1_1) => (FaultCode::Sender, 500),
                _ => (FaultCode::Receiver, 500),
            };
            message(status, &Envelope::new(version, Body::Fault(Fault::new(code, "secret internals"))))
        }
        "header" | "mandatory" => {
            let mandatory = if sort == "mandatory" { " s:mustUnderstand=\"1\"" } else { "" };
            let header =
                format!("<s:Header><t:Trace xmlns:t=\"urn:trace\"{mandatory}>7</t:Trace></s:Header>");
            reply(200, media, envelope_text(version, &header, &inner))
        }
        "request" => message(200, &Envelope::new(version, Body::GetCallInfo(GetCallInfo::new("x")))),
        _ => message(500, &Envelope::new(version, Body::Fault(Fault::invalid_call_id()))),
    })
}

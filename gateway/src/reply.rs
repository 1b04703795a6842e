//! The answer to the client for an upstream's reply. The client never gets a part of a reply, and no byte that was not
//! read and checked.

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue};
use umsoap::{Body, Envelope, Fault, FaultCode};

use crate::answer::{self, Answer, Faults};
use crate::config::{Auth, Config};
use crate::identity;
use crate::media;
use crate::message::{self, Checked, Reader};
use crate::operation::{self, Sort};
use crate::outcome::{Kind, Outcome};
use crate::reply_headers;
use crate::upstream::Reply;

/// The exceptions of the UM dialect: MS-OXWUMS 3.1.4.3, 3.1.4.8, 3.1.4.9.
const EXCEPTIONS: [&str; 3] = ["InvalidCallIdException", "InvalidObjectIdException", "DialingRulesException"];

/// Checks a whole reply and returns the answer for the client. `seen` receives the body of the operation's response.
pub(crate) fn judge(
    config: &Config,
    reader: &Reader,
    faults: &Faults,
    checked: &Checked,
    reply: &Reply,
    seen: impl FnOnce(&Body<'_>),
) -> Answer {
    let version = checked.version;
    let bad = |rule| {
        let reason = "The reply of the UM server cannot be used.";
        faults.server(version, None, reason, Outcome::BadReply, rule)
    };
    match reply.status {
        401 | 403 => return unauthorized(config, faults, checked, reply),
        300..=399 => return bad("Redirect"),
        _ => {}
    }
    if reply.headers.get_all(CONTENT_ENCODING).iter().any(|v| !v.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        return bad("ReplyContentEncoding");
    }
    let content_type = single(&reply.headers, CONTENT_TYPE).unwrap_or_default();
    if media::content_type(content_type).is_err() {
        return bad("ReplyContentType");
    }
    let envelope = match Envelope::parse_with(&reply.body, &reader.reply_options()) {
        Ok(envelope) => envelope,
        Err(error) => {
            let mut answer = bad("");
            answer.kind = Kind::Library(error.kind());
            return answer;
        }
    };
    let mut passing = Vec::new();
    for block in envelope.header().blocks() {
        if message::is_listed(&block, &config.reply_headers) {
            if block.must_understand() && envelope.version() != version {
                return bad("MandatoryReplyHeader");
            }
            passing.push(block);
        } else if block.must_understand() {
            return bad("MandatoryReplyHeader");
        } else if checked.operation.is_none() {
            // The reply is forwarded unchanged, so the block cannot be left out.
            return bad("ReplyHeader");
        }
    }
    let succeeded = (200..300).contains(&reply.status);
    let body = envelope.body();
    let (written, status, outcome) = match (operation::sort(&body), checked.operation) {
        (Sort::Response(of), Some(operation)) if succeeded && of == operation => {
            let written = Envelope::new(version, body).with_namespace(checked.namespace);
            seen(&body);
            (answer::encode(&written), 200, Outcome::Answered)
        }
        (Sort::Other, None) if succeeded => {
            let content = media::written(envelope.version());
            return Answer::new(200, content, reply.body.clone(), Outcome::Passed);
        }
        (Sort::Fault, _) => {
            let Body::Fault(fault) = body else { return bad("UnexpectedReply") };
            let (written, status) = upstream_fault(config, checked, &fault);
            (written, status, Outcome::UpstreamFault)
        }
        _ => return bad("UnexpectedReply"),
    };
    let Some(mut body) = written else { return bad("Unwritable") };
    if !passing.is_empty() {
        let message = std::str::from_utf8(&reply.body).unwrap_or_default();
        match reply_headers::insert(&body, message, passing.into_iter()) {
            Some(whole) => body = Bytes::from(whole),
            None => return bad("ReplyHeaderUnwritable"),
        }
    }
    Answer::new(status, media::written(version), body, outcome)
}

/// Returns the value of a header, if the header stands once and has visible ASCII characters only.
fn single(headers: &HeaderMap, name: http::HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Returns the fault for the client, in the client's SOAP version, and its HTTP status.
fn upstream_fault(config: &Config, checked: &Checked, fault: &Fault<'_>) -> (Option<Bytes>, u16) {
    let version = checked.version;
    let known = fault.exception_type().is_some_and(|found| EXCEPTIONS.iter().any(|name| found == **name));
    // This common exception is written from the specification, not from the bytes of the upstream.
    let exception = fault.exception_type().filter(|_| known);
    if exception.is_some_and(|name| name == *"InvalidCallIdException") {
        let fault = Fault::invalid_call_id();
        let body = answer::encode(&Envelope::new(version, Body::Fault(fault)));
        return (body, fault.http_status(version));
    }
    if (known || config.expose_upstream_faults)
        && let Some(body) = answer::encode(&Envelope::new(version, Body::Fault(*fault)))
    {
        return (Some(body), fault.http_status(version));
    }
    const REFUSED: &str = "The UM server refused the request.";
    let hidden = match fault.standard_code() {
        Some(FaultCode::Receiver) => Fault::new(FaultCode::Receiver, "The UM server could not answer."),
        Some(code) if code == FaultCode::Sender || checked.unchanged => Fault::new(code, REFUSED),
        // The code blames the message that the gateway has written, not the client's message.
        Some(_) => Fault::new(FaultCode::Receiver, "The UM server does not take this message."),
        None => Fault::new(FaultCode::Sender, REFUSED),
    };
    (answer::encode(&Envelope::new(version, Body::Fault(hidden))), hidden.http_status(version))
}

/// Returns the answer for a reply 401 or 403, with the challenges that the client may use.
fn unauthorized(config: &Config, faults: &Faults, checked: &Checked, reply: &Reply) -> Answer {
    let reason = match reply.status {
        401 => "The UM server asks for credentials.",
        _ => "The UM server does not allow this.",
    };
    let rule = if reply.status == 401 { "Unauthorized" } else { "Forbidden" };
    let mut answer = faults.client(checked.version, Some(reply.status), reason, Outcome::Unauthorized, rule);
    for challenge in reply.headers.get_all(WWW_AUTHENTICATE) {
        match config.auth {
            Auth::Connection => answer.challenges.push(challenge.clone()),
            Auth::Stateless => {
                let left = challenge.to_str().ok().and_then(identity::stateless_challenges);
                answer.challenges.extend(left.and_then(|left| HeaderValue::try_from(left).ok()));
            }
        }
    }
    if reply.status == 401 && answer.challenges.is_empty() {
        // A 401 must have a challenge (RFC 9110 section 15.5.2).
        answer.challenges.extend(HeaderValue::from_str(&config.challenge));
    }
    answer
}

//! The checks of a request's head, which are made before its body is read.

use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, ALLOW, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST,
    TRANSFER_ENCODING,
};
use http::{HeaderMap, HeaderName, Method};
use pingora::http::RequestHeader;
use umsoap::SoapVersion;

use crate::answer::{Answer, Faults};
use crate::config::{Auth, Config, PathCompare};
use crate::identity;
use crate::media;
use crate::outcome::Outcome;
use crate::target;

const SOAP_ACTION: HeaderName = HeaderName::from_static("soapaction");

/// The reason for which a request's head was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoHead {
    /// The client has gone, so that no answer is possible.
    Gone,
    /// The head did not come in time.
    Slow,
    /// The head is longer than the limit.
    TooLong,
    /// A line ends with LF alone and not with CR LF. Readers differ about the end of this line.
    BareLineFeed,
    /// There is no memory for the head.
    Busy,
    /// The request line is refused.
    Refused(target::Refused),
}

/// The kind of request that a head makes.
#[derive(Debug)]
pub(crate) enum Wish {
    /// A request for the WSDL.
    Wsdl,
    /// A call, whose body has to be read.
    Call(Head),
}

/// The parts of a head that are kept.
#[derive(Debug)]
pub(crate) struct Head {
    /// The version that the Content-Type promises.
    pub(crate) version: SoapVersion,
    /// The values of SOAPAction and of the action parameter.
    pub(crate) actions: [Option<String>; 2],
    /// True if the client waits for 100 Continue.
    pub(crate) expects: bool,
}

/// Returns the SOAP version for an answer while only the head is known. It is 1.2 only for clients that name its media
/// type.
pub(crate) fn version_hint(headers: &HeaderMap) -> SoapVersion {
    let value = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let start = value.get(.."application/soap+xml".len()).unwrap_or_default();
    if start.eq_ignore_ascii_case("application/soap+xml") { SoapVersion::V1_2 } else { SoapVersion::V1_1 }
}

/// Checks a head. `raw` returns the head as it was sent, because the engine removes a Content-Length that stands beside
/// a Transfer-Encoding.
pub(crate) fn check(
    config: &Config,
    faults: &Faults,
    request: &RequestHeader,
    raw: impl FnOnce() -> Bytes,
) -> Result<Wish, Box<Answer>> {
    let headers = &request.headers;
    let version = version_hint(headers);
    let refuse = |status, reason: &str, outcome, rule| {
        Err(Box::new(faults.client(version, Some(status), reason, outcome, rule)))
    };

    // In HTTP/1 the request line was checked before the engine read it. RFC 9113 section 8.3.1 has the rule for HTTP/2.
    if request.version == http::Version::HTTP_2 && !target::is_origin(request.raw_path()) {
        return refuse(400, "The request target is no URI.", Outcome::Http, "Target");
    }
    // A valid Host is needed for every path (RFC 9112 section 3.2). The engine refuses two Host headers. In HTTP/2,
    // `:authority` takes the place of Host, and the engine compares it with a Host header.
    let valid_host = match (headers.get(HOST), request.uri.authority()) {
        (Some(host), _) => target::is_host(host.as_bytes()),
        (None, Some(authority)) => target::is_host(authority.as_str().as_bytes()),
        (None, None) => request.version == http::Version::HTTP_10,
    };
    if !valid_host {
        return refuse(400, "There is no valid Host header.", Outcome::Http, "Host");
    }
    let query = request.uri.query().unwrap_or_default();
    if !target::is_path(request.uri.path(), &config.path, config.path_compare == PathCompare::Iis) {
        return refuse(404, "There is no service at this path.", Outcome::Http, "Path");
    }
    if matches!(request.method, Method::GET | Method::HEAD) && query.eq_ignore_ascii_case("wsdl") {
        return Ok(Wish::Wsdl);
    }
    if request.method != Method::POST {
        let mut answer =
            faults.client(version, Some(405), "SOAP messages are sent with POST.", Outcome::Http, "Method");
        answer.header = Some((ALLOW, "POST"));
        return Err(Box::new(answer));
    }

    // Two readers of a head must not disagree about the end and the kind of the body. Almost no request has any header
    // twice.
    let once = headers.len() == headers.keys_len();
    for (name, rule) in [
        (CONTENT_LENGTH, "RepeatedContentLength"),
        (CONTENT_TYPE, "RepeatedContentType"),
        (SOAP_ACTION, "RepeatedSoapAction"),
        (TRANSFER_ENCODING, "RepeatedTransferEncoding"),
        (AUTHORIZATION, "RepeatedAuthorization"),
    ] {
        if !once && headers.get_all(name).iter().nth(1).is_some() {
            return refuse(400, "A header that must stand once stands twice.", Outcome::Http, rule);
        }
    }
    if let Some(length) = headers.get(CONTENT_LENGTH) {
        // A Content-Length consists of digits (RFC 9110 section 8.6). The engine would also accept `5, 5`.
        let digits = length.as_bytes();
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return refuse(400, "Content-Length is not a number.", Outcome::Http, "ContentLength");
        }
        let length = length.to_str().ok().and_then(|l| l.parse().ok());
        if length.is_none_or(|length: usize| length > config.body_bytes) {
            return refuse(413, "The message is too long.", Outcome::TooLong, "ContentLength");
        }
    }
    if let Some(coding) = headers.get(TRANSFER_ENCODING) {
        if holds_content_length(&raw()) {
            let reason = "Content-Length and Transfer-Encoding stand together.";
            return refuse(400, reason, Outcome::Http, "LengthAndCoding");
        }
        if !coding.as_bytes().eq_ignore_ascii_case(b"chunked") {
            return refuse(400, "The transfer coding is not chunked.", Outcome::Http, "TransferEncoding");
        }
    }
    if headers.get_all(CONTENT_ENCODING).iter().any(|v| !v.as_bytes().eq_ignore_ascii_case(b"identity")) {
        let reason = "The content coding is not identity.";
        let mut answer = faults.client(version, Some(415), reason, Outcome::Http, "ContentEncoding");
        // Accept-Encoding names the accepted coding, so that the client can tell this 415 from the other (RFC 9110
        // section 15.5.16).
        answer.header = Some((ACCEPT_ENCODING, "identity"));
        return Err(Box::new(answer));
    }
    let content_type = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let media = match media::content_type(content_type) {
        Ok(media) => media,
        Err(media::Refused::Malformed) => {
            let reason = "The Content-Type cannot be read, or has a parameter twice.";
            return refuse(400, reason, Outcome::Http, "ContentTypeParameter");
        }
        Err(media::Refused::Unsupported) => {
            let reason = "The content type is neither text/xml nor application/soap+xml in UTF-8.";
            return refuse(415, reason, Outcome::Http, "ContentType");
        }
    };
    let soap_action = match headers.get(SOAP_ACTION).map(|v| v.to_str()) {
        None => None,
        Some(Ok(action)) => Some(action.to_owned()),
        Some(Err(_)) => return refuse(400, "SOAPAction is not ASCII.", Outcome::Http, "SoapAction"),
    };
    if config.auth == Auth::Stateless
        && headers.get_all(AUTHORIZATION).iter().any(|v| identity::binds_connection(v.as_bytes()))
    {
        let reason = "NTLM and Negotiate are not accepted here.";
        let mut answer =
            faults.client(version, Some(401), reason, Outcome::Identity, "ConnectionAuthentication");
        answer.challenges.extend(http::HeaderValue::from_str(&config.challenge));
        return Err(Box::new(answer));
    }
    let mut expects = false;
    for expectation in headers.get_all(EXPECT) {
        if !expectation.as_bytes().eq_ignore_ascii_case(b"100-continue") {
            return refuse(417, "This expectation cannot be met.", Outcome::Http, "Expect");
        }
        // An expectation in HTTP/1.0 is ignored (RFC 9110 section 10.1.1).
        expects = request.version != http::Version::HTTP_10;
    }
    Ok(Wish::Call(Head {
        version: media.version,
        actions: [soap_action, media.action.map(std::borrow::Cow::into_owned)],
        expects,
    }))
}

fn holds_content_length(raw: &[u8]) -> bool {
    const NAME: &[u8] = b"content-length";
    raw.split(|b| *b == b'\n')
        .any(|line| line.get(..NAME.len()).is_some_and(|n| n.eq_ignore_ascii_case(NAME)))
}

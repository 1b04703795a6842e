//! The answers to clients: the gateway's own faults, and the head of every answer.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use umsoap::{Body, Category, Envelope, Error, ErrorKind, Fault, FaultCode, SoapVersion};

use crate::clock;
use crate::digits;
use crate::media;
use crate::outcome::{Kind, Outcome};

/// An answer, complete before its first byte is sent.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: Bytes,
    /// The values of WWW-Authenticate headers.
    pub(crate) challenges: Vec<HeaderValue>,
    /// A header that the status needs: Allow for 405, Accept-Encoding for 415.
    pub(crate) header: Option<(HeaderName, &'static str)>,
    pub(crate) outcome: Outcome,
    pub(crate) kind: Kind,
    /// True if the connection ends after this answer, for example because the request was not read to its end.
    pub(crate) close: bool,
}

impl Answer {
    pub(crate) fn new(status: u16, content_type: &'static str, body: Bytes, outcome: Outcome) -> Self {
        let (challenges, header, kind, close) = (Vec::new(), None, Kind::None, false);
        Self { status, content_type, body, challenges, header, outcome, kind, close }
    }

    #[must_use]
    pub(crate) const fn closing(mut self) -> Self {
        self.close = true;
        self
    }

    /// Returns the value of Retry-After, in seconds, if the client may come again.
    pub(crate) fn retry_after(&self) -> Option<&'static str> {
        match self.status {
            429 | 503 if self.kind == Kind::Rule(CALL_RATE) => Some("60"),
            429 | 503 => Some(RETRY_AFTER),
            _ => None,
        }
    }

    /// Returns the head in HTTP/1. `request` is the id of the request, and `keeps` is true if the connection is kept.
    pub(crate) fn head(&self, request: Option<[u8; 16]>, keeps: bool) -> Vec<u8> {
        // Almost all answers fit, with their bodies.
        let mut head = Vec::with_capacity(1536);
        head.extend_from_slice(b"HTTP/1.1 ");
        digits::put_decimal(&mut head, self.status.into());
        head.push(b' ');
        let reason = StatusCode::from_u16(self.status).ok().and_then(|status| status.canonical_reason());
        head.extend_from_slice(reason.unwrap_or_default().as_bytes());
        head.extend_from_slice(b"\r\nContent-Type: ");
        head.extend_from_slice(self.content_type.as_bytes());
        head.extend_from_slice(b"\r\nContent-Length: ");
        digits::put_decimal(&mut head, self.body.len() as u64);
        let mut put = |name: &[u8], value: &[u8]| {
            for part in [b"\r\n", name, b": ", value] {
                head.extend_from_slice(part);
            }
        };
        for challenge in &self.challenges {
            put(b"WWW-Authenticate", challenge.as_bytes());
        }
        if let Some((name, value)) = &self.header {
            put(name.as_str().as_bytes(), value.as_bytes());
        }
        if let Some(seconds) = self.retry_after() {
            put(b"Retry-After", seconds.as_bytes());
        }
        if let Some(id) = request {
            put(b"X-Request-Id", &id);
        }
        head.extend_from_slice(b"\r\nDate: ");
        clock::put_date(&mut head);
        head.extend_from_slice(if keeps {
            b"\r\nConnection: keep-alive\r\n\r\n"
        } else {
            b"\r\nConnection: close\r\n\r\n"
        });
        head
    }
}

/// The name of the rule of [`CallRate`](crate::limits::CallRate), which counts by the minute.
pub(crate) const CALL_RATE: &str = "CallRate";

/// The time in seconds after which a refused client may come again.
pub(crate) const RETRY_AFTER: &str = "1";

/// Returns a message's bytes, or `None` if XML or the schema cannot represent the message.
pub(crate) fn encode(envelope: &Envelope<'_>) -> Option<Bytes> {
    // Almost all messages fit, so that their length need not be computed first.
    let mut bytes = vec![0; 1024];
    let length = match envelope.encode(&mut bytes) {
        Ok(written) => written.len(),
        Err(error) => {
            bytes.resize(error.needed()?, 0);
            envelope.encode(&mut bytes).ok()?.len()
        }
    };
    bytes.truncate(length);
    Some(Bytes::from(bytes))
}

/// A writer of the gateway's own faults.
#[derive(Clone, Debug)]
pub(crate) struct Faults {
    /// The URI that names the gateway: faultactor in SOAP 1.1, Node in SOAP 1.2.
    pub(crate) actor: String,
}

impl Faults {
    /// Returns the refusal by a rule of the gateway, with this HTTP status or the fault's own.
    pub(crate) fn refuse(
        &self,
        version: SoapVersion,
        status: Option<u16>,
        fault: Fault<'_>,
        outcome: Outcome,
        rule: &'static str,
    ) -> Answer {
        let status = status.unwrap_or_else(|| fault.http_status(version));
        let envelope = Envelope::new(version, Body::Fault(fault.with_node(&self.actor)));
        self.write(version, status, &envelope, outcome, Kind::Rule(rule))
    }

    /// Returns a Client or Sender fault with a reason.
    pub(crate) fn client(
        &self,
        version: SoapVersion,
        status: Option<u16>,
        reason: &str,
        outcome: Outcome,
        rule: &'static str,
    ) -> Answer {
        self.refuse(version, status, Fault::new(FaultCode::Sender, reason), outcome, rule)
    }

    /// Returns a Server or Receiver fault with a reason.
    pub(crate) fn server(
        &self,
        version: SoapVersion,
        status: Option<u16>,
        reason: &str,
        outcome: Outcome,
        rule: &'static str,
    ) -> Answer {
        self.refuse(version, status, Fault::new(FaultCode::Receiver, reason), outcome, rule)
    }

    /// Returns the answer to a message that the library has refused. `input` holds the bytes that were read, and `hint`
    /// is the version that the head promises.
    pub(crate) fn message(&self, hint: SoapVersion, error: &Error, input: &[u8]) -> Answer {
        let kind = error.kind();
        let answer = error.answer(input).with_node(&self.actor).with_version_hint(hint);
        let version = answer.version();
        let (status, outcome) = match kind {
            ErrorKind::MessageTooLong => (413, Outcome::TooLong),
            _ if kind.category() == Category::Limit => (error.http_status(version), Outcome::TooLong),
            _ => (error.http_status(version), Outcome::Message),
        };
        self.write(version, status, &answer.envelope(), outcome, Kind::Library(kind))
    }

    fn write(
        &self,
        version: SoapVersion,
        status: u16,
        envelope: &Envelope<'_>,
        outcome: Outcome,
        kind: Kind,
    ) -> Answer {
        // The actor is printable ASCII, and the reasons come from the gateway, so the fault can always be written. If
        // it could not, the answer would be a status without a body.
        let body = encode(envelope).unwrap_or_default();
        let mut answer = Answer::new(status, media::written(version), body, outcome);
        answer.kind = kind;
        answer
    }
}

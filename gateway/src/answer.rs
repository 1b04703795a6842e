//! What the client is sent: the gateway's own faults, and the frame of every answer.

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
    /// WWW-Authenticate, or none.
    pub(crate) challenges: Vec<HeaderValue>,
    /// What a status asks for beside it: Allow of a 405, Accept-Encoding of a 415.
    pub(crate) header: Option<(HeaderName, &'static str)>,
    pub(crate) outcome: Outcome,
    pub(crate) kind: Kind,
    /// The connection cannot be used any more: the request was not read to its end.
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

    /// When the client may come again that there was no room for: Retry-After, in seconds.
    pub(crate) fn retry_after(&self) -> Option<&'static str> {
        match self.status {
            429 | 503 if self.kind == Kind::Rule(CALL_RATE) => Some("60"),
            429 | 503 => Some(RETRY_AFTER),
            _ => None,
        }
    }

    /// The head in HTTP/1, for the request of this id, over a connection that is kept or not.
    pub(crate) fn head(&self, request: Option<[u8; 16]>, keeps: bool) -> Vec<u8> {
        // As long as almost all answers.
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

/// The rule of [`CallRate`](crate::limits::CallRate), which counts by the minute.
pub(crate) const CALL_RATE: &str = "CallRate";

/// When a client that was refused for want of room may come again, in seconds.
pub(crate) const RETRY_AFTER: &str = "1";

/// A message's bytes; `None` when XML or the schema cannot carry it.
pub(crate) fn encode(envelope: &Envelope<'_>) -> Option<Bytes> {
    // Longer than almost all messages, so that their length need not be counted beforehand.
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

/// Makes the gateway's own faults.
#[derive(Clone, Debug)]
pub(crate) struct Faults {
    /// The URI that names the gateway: faultactor (1.2: Node).
    pub(crate) actor: String,
}

impl Faults {
    /// A refusal by a rule of the gateway, with this HTTP status or the fault's own.
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

    /// A Client or Sender fault with a reason.
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

    /// A Server or Receiver fault with a reason.
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

    /// A message that the library refused; `input` as far as it was read, `hint` the version that the head
    /// promised.
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
        // The actor is printable ASCII and the reasons are ours, so that this is always writable; a bare
        // status is the answer if it is not.
        let body = encode(envelope).unwrap_or_default();
        let mut answer = Answer::new(status, media::written(version), body, outcome);
        answer.kind = kind;
        answer
    }
}

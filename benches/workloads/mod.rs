//! Makes the messages that benchmarks, tests and `compare/` read, each with its answer. Their bytes never change.
#![allow(dead_code, reason = "no program that includes this file uses all of it")]

pub(crate) mod cuts;
mod gateway;
pub(crate) mod hostile;
pub(crate) mod options;
mod random;
mod varied;

use umsoap::{Body, Envelope};

/// Messages of one kind, which are read one after the other.
pub(crate) struct Workload {
    /// The name in tables and benchmarks.
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) messages: Vec<Message>,
}

pub(crate) struct Message {
    pub(crate) bytes: Vec<u8>,
    pub(crate) answer: Answer,
}

/// The values that a reader of a message has to find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The CallId.
    Request(String),
    /// CallState and EventCause.
    Response(&'static str, &'static str),
}

impl Answer {
    /// Returns the answer that the library found.
    pub(crate) fn of(envelope: &Envelope<'_>) -> Self {
        match envelope.body() {
            Body::GetCallInfo(request) => Self::Request(request.call_id().as_raw().to_string()),
            Body::GetCallInfoResponse(r) => Self::Response(r.call_state().as_str(), r.event_cause().as_str()),
            other => panic!("{other:?}"),
        }
    }
}

impl Workload {
    fn one(name: &'static str, about: &'static str, message: Message) -> Self {
        Self { name, about, messages: vec![message] }
    }

    /// Returns the only message of a workload.
    pub(crate) fn only(&self) -> &Message {
        let [message] = &self.messages[..] else {
            panic!("({}) has {} messages", self.name, self.messages.len())
        };
        message
    }

    /// Returns the bytes of all messages together.
    pub(crate) fn bytes(&self) -> usize {
        self.messages.iter().map(|message| message.bytes.len()).sum()
    }
}

/// The CallId of the documented request.
pub(crate) const CALL_ID: &str =
    "MDlkZjllZGMtNGUyMy00NzA5LWJkYWYtN2JlMjBjYjBhZTU2QGRmLWV1bS0wMS5leGNoYW5nZS5jb3JwLm1pY3Jvc29mdC5jb20=";

/// Returns the documented request, with the namespace that is used on the wire.
pub(crate) fn a() -> Workload {
    let bytes = include_bytes!("../../tests/data/ok/wire-request.xml").to_vec();
    Workload::one("a", "documented request", Message { bytes, answer: Answer::Request(CALL_ID.to_string()) })
}

/// Returns the documented response, with the namespace that is used on the wire.
pub(crate) fn b() -> Workload {
    let bytes = include_bytes!("../../tests/data/ok/wire-response.xml").to_vec();
    Workload::one(
        "b",
        "documented response",
        Message { bytes, answer: Answer::Response("Connected", "None") },
    )
}

/// Returns a request with header blocks of WS-Addressing, WS-Security and the version of the service.
pub(crate) fn c() -> Workload {
    Workload::one("c", "gateway request with header blocks", gateway::request(0))
}

/// Returns (c) with a token of some 64 KB.
pub(crate) fn d1() -> Workload {
    Workload::one("d1", "64 KB request, one long token", gateway::long_token())
}

/// Returns (c) with 460 more header blocks, 64 KB in all.
pub(crate) fn d2() -> Workload {
    Workload::one("d2", "64 KB request, many header blocks", gateway::dense_header())
}

/// Returns (d1) with the token in one line. No line end stops a search in this text.
pub(crate) fn d3() -> Workload {
    Workload::one("d3", "64 KB request, one token in one line", gateway::token_in_one_line())
}

/// Returns small requests in the styles of well-known stacks, which differ in prefixes, layout, declarations and
/// CallId.
pub(crate) fn e() -> Workload {
    Workload { name: "e", about: "512 varied small requests", messages: varied::requests(512) }
}

/// Returns 256 requests like (c) with other ids, tokens and times.
pub(crate) fn f() -> Workload {
    let messages = (0..256).map(gateway::request).collect();
    Workload { name: "f", about: "256 varied gateway requests", messages }
}

/// Returns small requests with every kind of line end and indent, prefixes of 1 to 8 letters or the default namespace,
/// with and without XML declaration and byte order mark, and CallIds of 1 to 160 characters.
pub(crate) fn g() -> Workload {
    let messages = varied::requests_in_any_style(512);
    Workload { name: "g", about: "512 small requests in any style", messages }
}

/// Returns (c) with 520 more header blocks. Each declares a prefix and carries an attribute with that prefix.
pub(crate) fn h() -> Workload {
    Workload::one("h", "43 KB request, 520 declaring header blocks", gateway::declaring_blocks())
}

pub(crate) fn all() -> [Workload; 10] {
    [a(), b(), c(), d1(), d2(), d3(), e(), f(), g(), h()]
}

//! The constant parts of written messages. These are the pieces of an envelope. From them, every reply and every request up
//! to its CallId is joined at compile time.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "evaluated at compile time, or a lookup \
    in a table that has a place for each value of its enums"
)]

use crate::base::version::{MessagesNamespace, SoapVersion};
#[cfg(feature = "replies")]
use crate::service::operations::GetCallInfoResponse;
use crate::service::operations::{GetCallInfo, MESSAGES};
use crate::service::schema::Row;
#[cfg(feature = "replies")]
use crate::service::values::{CallState, EventCause};

/// The bytes before the version's namespace, and those after it.
pub(crate) const ENVELOPE: [&str; 2] =
    ["<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"", "\">"];
pub(crate) const BODY: &str = "<soap:Body>";
/// The end of every message.
pub(crate) const END: &str = "</soap:Body></soap:Envelope>";

/// Bytes that are joined at compile time.
#[derive(Clone, Copy)]
struct Joined<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Joined<N> {
    const EMPTY: Self = Self { bytes: [0; N], length: 0 };

    const fn with(mut self, piece: &str) -> Self {
        let bytes = piece.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            self.bytes[self.length] = bytes[at];
            self.length += 1;
            at += 1;
        }
        self
    }

    /// Appends a tag of this name.
    const fn with_tag(self, open: &str, name: &str) -> Self {
        self.with(open).with(name).with(">")
    }

    /// Returns the envelope up to the first child of a message.
    const fn start(version: SoapVersion, namespace: MessagesNamespace, row: &Row) -> Self {
        let [before, after] = ENVELOPE;
        let envelope = Self::EMPTY.with(before).with(version.namespace()).with(after).with(BODY);
        let entry = envelope.with("<").with(row.name).with(" xmlns=\"").with(namespace.as_str()).with("\">");
        if row.is_nested { entry.with_tag("<", row.name) } else { entry }
    }

    /// Appends a child of a message.
    #[cfg(feature = "replies")]
    const fn child(self, row: &Row, child: usize, value: &str) -> Self {
        let name = row.children[child].name;
        self.with_tag("<", name).with(value).with_tag("</", name)
    }

    /// Appends the end of a message, after its last child.
    const fn end(self, row: &Row) -> Self {
        let inner = if row.is_nested { self.with_tag("</", row.name) } else { self };
        inner.with_tag("</", row.name).with(END)
    }

    const fn get(&'static self) -> &'static [u8] {
        self.bytes.split_at(self.length).0
    }
}

/// The versions, in the order of their numbers, which are the indices of the tables.
const VERSIONS: [SoapVersion; 2] = [SoapVersion::V1_1, SoapVersion::V1_2];
/// The namespaces, in the order of their numbers.
const NAMESPACES: [MessagesNamespace; 2] = [MessagesNamespace::Http, MessagesNamespace::Https];

const REQUEST: &Row = &MESSAGES[GetCallInfo::NUMBER as usize];
#[cfg(feature = "replies")]
const REPLY: &Row = &MESSAGES[GetCallInfoResponse::NUMBER as usize];

/// The room for the longest request up to its CallId, for the end of a request, and for the longest reply. Joining more
/// bytes does not compile.
type RequestStart = Joined<224>;
type RequestEnd = Joined<64>;
#[cfg(feature = "replies")]
type Reply = Joined<376>;
#[cfg(feature = "replies")]
type Replies = [[Reply; EventCause::ALL.len()]; CallState::ALL.len()];

/// All 160 replies, for 8 states, 5 causes, 2 versions and 2 namespaces. They take 61 KB.
#[cfg(feature = "replies")]
static REPLIES: [[Replies; 2]; 2] = {
    let mut all = [[[[Reply::EMPTY; EventCause::ALL.len()]; CallState::ALL.len()]; 2]; 2];
    let mut n = 0;
    while n < 2 * 2 * CallState::ALL.len() * EventCause::ALL.len() {
        let (cause, rest) = (n % EventCause::ALL.len(), n / EventCause::ALL.len());
        let (state, rest) = (rest % CallState::ALL.len(), rest / CallState::ALL.len());
        let (namespace, version) = (rest % 2, rest / 2);
        all[version][namespace][state][cause] = Reply::start(VERSIONS[version], NAMESPACES[namespace], REPLY)
            .child(REPLY, 0, CallState::ALL[state].as_str())
            .child(REPLY, 1, EventCause::ALL[cause].as_str())
            .end(REPLY);
        n += 1;
    }
    all
};

/// The requests up to their CallId, by version and namespace.
static REQUEST_STARTS: [[RequestStart; 2]; 2] = {
    let mut all = [[RequestStart::EMPTY; 2]; 2];
    let mut n = 0;
    while n < 4 {
        all[n / 2][n % 2] = RequestStart::start(VERSIONS[n / 2], NAMESPACES[n % 2], REQUEST)
            .with_tag("<", REQUEST.children[0].name);
        n += 1;
    }
    all
};

/// The end of every request, after its CallId.
static REQUEST_END: RequestEnd = RequestEnd::EMPTY.with_tag("</", REQUEST.children[0].name).end(REQUEST);

/// The slice of each reply without its unused room.
#[cfg(feature = "replies")]
static REPLY_SLICES: [[[[&[u8]; EventCause::ALL.len()]; CallState::ALL.len()]; 2]; 2] = {
    let mut all = [[[[b"" as &[u8]; EventCause::ALL.len()]; CallState::ALL.len()]; 2]; 2];
    let mut n = 0;
    while n < 2 * 2 * CallState::ALL.len() * EventCause::ALL.len() {
        let (cause, rest) = (n % EventCause::ALL.len(), n / EventCause::ALL.len());
        let (state, rest) = (rest % CallState::ALL.len(), rest / CallState::ALL.len());
        all[rest / 2][rest % 2][state][cause] = REPLIES[rest / 2][rest % 2][state][cause].get();
        n += 1;
    }
    all
};

#[cfg(feature = "replies")]
impl GetCallInfoResponse {
    /// Returns the whole message without a header, as [`Envelope::encode`](crate::Envelope::encode) writes it. It was
    /// made at compile time, so that a reply costs a look-up and can be sent without a copy.
    ///
    /// ```
    /// use umsoap::{Body, CallState, Envelope, EventCause, GetCallInfoResponse, MessagesNamespace, SoapVersion};
    /// let reply = GetCallInfoResponse::new(CallState::Connected, EventCause::None);
    /// let bytes: &'static [u8] = reply.encoded(SoapVersion::V1_1, MessagesNamespace::Http);
    /// let envelope = Envelope::new(SoapVersion::V1_1, Body::GetCallInfoResponse(reply));
    /// assert_eq!(envelope.encode(&mut [0; 512])?, bytes);
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    #[inline]
    pub fn encoded(&self, version: SoapVersion, namespace: MessagesNamespace) -> &'static [u8] {
        let (state, cause) = (self.call_state(), self.event_cause());
        REPLY_SLICES[version as usize][namespace as usize][state as usize][cause as usize]
    }
}

impl<'a> GetCallInfo<'a> {
    /// Returns the whole message without a header in three parts, the second of which is the CallId. A vectored write
    /// can send them without a copy. `None` if the CallId needs escaping, has control characters or characters outside
    /// ASCII, or cannot be written. [`Envelope::encode`](crate::Envelope::encode) deals with such a CallId.
    ///
    /// ```
    /// use umsoap::{GetCallInfo, MessagesNamespace, SoapVersion};
    /// let request = GetCallInfo::new("MDlk");
    /// let parts = request.encoded_parts(SoapVersion::V1_1, MessagesNamespace::Http).unwrap();
    /// assert_eq!(GetCallInfo::parse(&parts.concat())?.call_id().as_str(), Some("MDlk"));
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    #[inline]
    pub fn encoded_parts(&self, version: SoapVersion, namespace: MessagesNamespace) -> Option<[&'a [u8]; 3]> {
        let start = REQUEST_STARTS[version as usize][namespace as usize].get();
        Some([start, self.call_id.printable()?, REQUEST_END.get()])
    }
}

//! What is known of a written message beforehand: the pieces of an envelope and, joined at compile time, every reply
//! and every request up to its CallId.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "evaluated at compile time, or a lookup \
    in a table that has a place for each value of its enums"
)]

use crate::base::version::{MessagesNamespace, SoapVersion};
use crate::service::call_info::{CallState, EventCause, GetCallInfo, GetCallInfoResponse, REPLY, REQUEST};

/// Before the version's namespace, behind it, and the ends.
pub(crate) const ENVELOPE: [&str; 2] =
    ["<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"", "\">"];
pub(crate) const BODY: &str = "<soap:Body>";
pub(crate) const END: &str = "</soap:Body></soap:Envelope>";
/// What follows the CallId.
const REQUEST_END: &str = "</CallId></GetCallInfo></soap:Body></soap:Envelope>";

/// Pieces, one behind the other.
#[derive(Clone, Copy)]
struct Joined<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Joined<N> {
    const fn of(pieces: &[&str]) -> Self {
        let mut joined = Self { bytes: [0; N], length: 0 };
        let mut piece = 0;
        while piece < pieces.len() {
            let bytes = pieces[piece].as_bytes();
            let mut at = 0;
            while at < bytes.len() {
                joined.bytes[joined.length] = bytes[at];
                joined.length += 1;
                at += 1;
            }
            piece += 1;
        }
        joined
    }

    const fn get(&'static self) -> &'static [u8] {
        self.bytes.split_at(self.length).0
    }
}

const VERSIONS: [SoapVersion; 2] = [SoapVersion::V1_1, SoapVersion::V1_2];
const NAMESPACES: [MessagesNamespace; 2] = [MessagesNamespace::Http, MessagesNamespace::Https];

/// Room for the longest of each: joining a longer one does not compile.
type Reply = Joined<376>;
type RequestStart = Joined<224>;
type Replies = [[Reply; EventCause::ALL.len()]; CallState::ALL.len()];

static REPLIES: [[Replies; 2]; 2] = {
    let mut all =
        [[[[Reply { bytes: [0; 376], length: 0 }; EventCause::ALL.len()]; CallState::ALL.len()]; 2]; 2];
    let mut n = 0;
    while n < 2 * 2 * CallState::ALL.len() * EventCause::ALL.len() {
        let (cause, rest) = (n % EventCause::ALL.len(), n / EventCause::ALL.len());
        let (state, rest) = (rest % CallState::ALL.len(), rest / CallState::ALL.len());
        let (namespace, version) = (rest % 2, rest / 2);
        all[version][namespace][state][cause] = Joined::of(&[
            ENVELOPE[0],
            VERSIONS[version].namespace(),
            ENVELOPE[1],
            BODY,
            REPLY[0],
            NAMESPACES[namespace].as_str(),
            REPLY[1],
            CallState::ALL[state].as_str(),
            REPLY[2],
            EventCause::ALL[cause].as_str(),
            REPLY[3],
            END,
        ]);
        n += 1;
    }
    all
};

static REQUEST_STARTS: [[RequestStart; 2]; 2] = {
    let mut all = [[RequestStart { bytes: [0; 224], length: 0 }; 2]; 2];
    let mut n = 0;
    while n < 4 {
        all[n / 2][n % 2] = Joined::of(&[
            ENVELOPE[0],
            VERSIONS[n / 2].namespace(),
            ENVELOPE[1],
            BODY,
            REQUEST[0],
            NAMESPACES[n % 2].as_str(),
            REQUEST[1],
        ]);
        n += 1;
    }
    all
};

/// Where each reply stands.
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

impl GetCallInfoResponse {
    /// The whole message without a header, as [`Envelope::encode`](crate::Envelope::encode) writes it: made at compile time, so that a
    /// reply costs a look-up and can be sent without a copy.
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
    /// The whole message without a header in three parts, of which the second is the CallId itself: for vectored writes, without a
    /// copy. `None` when the CallId needs escaping, is not of ASCII without control characters, or cannot be written:
    /// [`Envelope::encode`](crate::Envelope::encode) deals with it.
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
        Some([start, self.plain()?, REQUEST_END.as_bytes()])
    }
}

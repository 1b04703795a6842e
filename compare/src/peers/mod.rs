//! Asks every peer for the same values. Each peer has a file.

mod instant_xml;
#[cfg(feature = "native")]
pub mod native;
mod quick_xml;
mod quick_xml_serde;
mod roxmltree;
mod rxml;
mod simdxml;
mod umsoap;
mod walk;
mod xmlparser;

use std::borrow::Cow;

use ::umsoap::{CallState, EventCause};

use crate::workloads::Answer;

pub const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
pub const MESSAGES: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";

/// A message, followed by the zero byte that some C parsers need.
pub struct Input {
    with_zero: Vec<u8>,
}

impl Input {
    pub fn new(bytes: &[u8]) -> Self {
        Self { with_zero: [bytes, &[0]].concat() }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.with_zero[..self.with_zero.len() - 1]
    }
}

/// The values that a peer found in a message.
pub enum Found<'a> {
    Request(Cow<'a, str>),
    Response(CallState, EventCause),
}

impl Found<'_> {
    pub fn is(&self, answer: &Answer) -> bool {
        match (self, answer) {
            (Self::Request(found), Answer::Request(call_id)) => found == call_id,
            (Self::Response(state, cause), Answer::Response(s, c)) => {
                state.as_str() == *s && cause.as_str() == *c
            }
            _ => false,
        }
    }
}

/// Storage for the values of a peer that cannot return a part of the message.
#[derive(Default)]
pub struct Scratch {
    pub decoder: ::umsoap::Decoder<'static>,
    pub shapes: ::umsoap::Shapes,
    #[cfg(feature = "native")]
    pub texts: native::Texts,
}

/// Reads a message. `None` means that the peer refused the message, or did not find the values.
pub type Read = for<'a> fn(&'a Input, &'a mut Scratch) -> Option<Found<'a>>;
/// Reads a message in pieces of this many bytes.
pub type ReadPieces = for<'a> fn(&'a Input, usize, &'a mut Scratch) -> Option<Found<'a>>;

pub struct Peer {
    pub name: &'static str,
    /// The way in which the peer was used, and the checks that it leaves to its user.
    pub about: &'static str,
    pub read: Read,
}

pub struct InPieces {
    pub name: &'static str,
    pub about: &'static str,
    pub read: ReadPieces,
}

/// Returns all peers, umsoap first.
pub fn all() -> Vec<Peer> {
    let mut peers = vec![umsoap::PEER, umsoap::SHAPES];
    #[cfg(feature = "native")]
    peers.extend(native::peers());
    peers.extend([
        simdxml::PEER,
        xmlparser::PEER,
        quick_xml::READER,
        quick_xml::NS_READER,
        quick_xml::NS_READER_ATTRIBUTES,
        quick_xml_serde::PEER,
        roxmltree::PEER,
        instant_xml::PEER,
        rxml::PEER,
    ]);
    peers
}

/// Returns whether a peer reads all messages of a workload.
pub fn reads(peer: &str, workload: &str) -> bool {
    !UNREAD.iter().any(|unread| (unread.0, unread.1) == (peer, workload))
}

/// A peer, a workload with messages that the peer refuses, and the reason.
pub const UNREAD: [(&str, &str, &str); 1] =
    [("rxml", "g", "it refuses a byte order mark, and a carriage return that no line feed follows")];

pub fn in_pieces() -> Vec<InPieces> {
    let peers =
        [umsoap::IN_PIECES, umsoap::COLLECTED, umsoap::RESTARTED, quick_xml::BUFFERED, rxml::IN_PIECES]
            .into_iter();
    #[cfg(feature = "native")]
    let peers = peers.chain(native::in_pieces());
    peers.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workloads;

    #[test]
    fn every_peer_answers_every_message() {
        let mut scratch = Scratch::default();
        for workload in workloads::all() {
            let inputs = workload.messages.iter().map(|m| (Input::new(&m.bytes), &m.answer));
            let inputs: Vec<(Input, &Answer)> = inputs.collect();
            for peer in all() {
                let mut answers = inputs.iter().map(|(input, answer)| {
                    (peer.read)(input, &mut scratch).is_some_and(|found| found.is(answer))
                });
                let reads = answers.all(|is_right| is_right);
                assert_eq!(
                    reads,
                    super::reads(peer.name, workload.name),
                    "{} on ({})",
                    peer.name,
                    workload.name
                );
            }
        }
    }

    #[test]
    fn pieces_of_any_size() {
        let mut scratch = Scratch::default();
        for workload in [workloads::a(), workloads::b(), workloads::c()] {
            let message = workload.only();
            let input = Input::new(&message.bytes);
            for piece in [1, 2, 7, 64, message.bytes.len() - 1, message.bytes.len(), usize::MAX] {
                for peer in in_pieces() {
                    let found = (peer.read)(&input, piece, &mut scratch);
                    let right = found.is_some_and(|found| found.is(&message.answer));
                    assert!(right, "{} on ({}) in pieces of {piece}", peer.name, workload.name);
                }
            }
        }
    }
}

use std::borrow::Cow;

use umsoap::{Body, Envelope, ErrorKind};

use super::{Found, InPieces, Input, Peer, Scratch};

pub const PEER: Peer = Peer {
    name: "umsoap",
    about: "`Envelope::parse`. All checks of its documentation, SOAP's among them.",
    read,
};

fn read<'a>(input: &'a Input, _: &'a mut Scratch) -> Option<Found<'a>> {
    found(Envelope::parse(input.bytes()).ok()?)
}

pub const SHAPES: Peer = Peer {
    name: "umsoap Shapes",
    about: "`Shapes::parse`, one for all messages: what it has not met yet it reads as `Envelope::parse` does. All of \
            the same checks.",
    read: |input, scratch| found(scratch.shapes.parse(input.bytes()).ok()?),
};

#[inline(always)] // As in a program that reads messages in one place: otherwise it would be moved there.
fn found(envelope: Envelope<'_>) -> Option<Found<'_>> {
    match envelope.body() {
        Body::GetCallInfo(request) => Some(Found::Request(Cow::Borrowed(request.call_id().as_raw()))),
        Body::GetCallInfoResponse(r) => Some(Found::Response(r.call_state(), r.event_cause())),
        _ => None,
    }
}

pub const IN_PIECES: InPieces = InPieces {
    name: "umsoap Decoder",
    about: "`Decoder`, fed piece by piece; one for all messages, of fixed size, and no piece is kept",
    read: fed,
};

fn fed<'a>(input: &'a Input, piece: usize, scratch: &'a mut Scratch) -> Option<Found<'a>> {
    scratch.decoder.reset();
    for piece in input.bytes().chunks(piece) {
        scratch.decoder.feed(piece).ok()?;
    }
    found(scratch.decoder.finish().ok()?)
}

pub const COLLECTED: InPieces = InPieces {
    name: "umsoap, collected",
    about: "the pieces are put together in a `Vec`, then `Envelope::parse`",
    read: collected,
};

fn collected<'a>(input: &'a Input, piece: usize, _: &'a mut Scratch) -> Option<Found<'a>> {
    let mut whole = Vec::new();
    for piece in input.bytes().chunks(piece) {
        whole.extend_from_slice(piece);
    }
    match found(Envelope::parse(&whole).ok()?)? {
        Found::Request(call_id) => Some(Found::Request(Cow::Owned(call_id.into_owned()))),
        Found::Response(state, cause) => Some(Found::Response(state, cause)),
    }
}

pub const RESTARTED: InPieces = InPieces {
    name: "umsoap, restarted",
    about: "`Envelope::parse` of all that has come, at every piece: what not to do",
    read: restarted,
};

fn restarted<'a>(input: &'a Input, piece: usize, _: &'a mut Scratch) -> Option<Found<'a>> {
    let (bytes, mut end) = (input.bytes(), 0_usize);
    loop {
        end = bytes.len().min(end.saturating_add(piece));
        match Envelope::parse(&bytes[..end]) {
            Ok(envelope) => return found(envelope),
            Err(error) if error.kind() == ErrorKind::UnexpectedEnd && end < bytes.len() => {}
            Err(_) => return None,
        }
    }
}

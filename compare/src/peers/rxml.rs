use std::borrow::Cow;

use rxml::error::EndOrError;
use rxml::parser::{CommentMode, Options};
use rxml::{Event, Parse, Parser, WithOptions};

use super::walk::Walk;
use super::{Found, InPieces, Input, Peer, Scratch};

pub const PEER: Peer = Peer {
    name: "rxml",
    about: "`Parser`, comments discarded. It resolves namespaces and refuses what SOAP refuses of XML.",
    read: |input, scratch| in_pieces(input, usize::MAX, scratch),
};

pub const IN_PIECES: InPieces =
    InPieces { name: "rxml", about: "`Parser`, fed piece by piece", read: in_pieces };

fn in_pieces<'a>(input: &'a Input, piece: usize, _: &'a mut Scratch) -> Option<Found<'a>> {
    let mut parser = Parser::with_options(Options { comments: CommentMode::Discard, ..Options::default() });
    let mut walk = Walk::default();
    let bytes = input.bytes();
    for (n, mut piece_left) in bytes.chunks(piece).enumerate() {
        let last = piece >= bytes.len() || (n + 1) * piece >= bytes.len();
        loop {
            match parser.parse(&mut piece_left, last) {
                Ok(Some(Event::StartElement(_, (namespace, local), _))) => {
                    walk.start(Some(&namespace), &local)?
                }
                Ok(Some(Event::EndElement(_))) => walk.end()?,
                Ok(Some(Event::Text(_, text))) => walk.text(Cow::Owned(text)),
                Ok(Some(Event::XmlDeclaration(..))) => {}
                Ok(None) => return walk.finish(),
                Err(EndOrError::NeedMoreData) if !last => break,
                Err(_) => return None,
            }
        }
    }
    None
}

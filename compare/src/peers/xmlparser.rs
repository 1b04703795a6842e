use std::borrow::Cow;

use xmlparser::{ElementEnd, Token, Tokenizer};

use super::walk::Walk;
use super::{Found, Input, Peer, Scratch};

pub const PEER: Peer = Peer {
    name: "xmlparser",
    about: "`Tokenizer`, local names compared. It does not match end tags, resolve namespaces, compare attributes or \
            look into references.",
    read,
};

fn read<'a>(input: &'a Input, _: &'a mut Scratch) -> Option<Found<'a>> {
    let mut walk = Walk::default();
    for token in Tokenizer::from(std::str::from_utf8(input.bytes()).ok()?) {
        match token.ok()? {
            Token::ElementStart { local, .. } => walk.start(None, local.as_str())?,
            Token::ElementEnd { end: ElementEnd::Close(..) | ElementEnd::Empty, .. } => walk.end()?,
            Token::Text { text } | Token::Cdata { text, .. } => walk.text(Cow::Borrowed(text.as_str())),
            _ => {}
        }
    }
    walk.finish()
}

//! The start of a message: its encoding, the XML declaration, and processing instructions, which are refused.

#![expect(clippy::arithmetic_side_effects, reason = "positions lie inside a slice, so they cannot overflow")]

use super::{Machine, State};
use crate::base::error::{ErrorKind, Stop, stop};
use crate::base::limits::Charset;
use crate::base::retain::Retain;
use crate::rules::Place;
use crate::xml::chars::{self, SPACE};
use crate::xml::prolog::{self, BOM, Declaration, Encoding};
use crate::xml::scope::Arrays;
use crate::xml::token;

impl<A: Arrays<Place>> Machine<'_, A> {
    /// Reads the first bytes of the message, which tell its encoding.
    pub(super) fn start(&mut self, mut first: [u8; 4], seen: usize, chunk: &[u8]) -> Result<usize, Stop> {
        let mut known = seen;
        for (place, &b) in first.iter_mut().skip(seen).zip(chunk) {
            *place = b;
            known += 1;
        }
        match prolog::encoding(first.get(..known).unwrap_or_default()) {
            Encoding::Open => {
                self.state = State::Start(first, known as u8);
                Ok(chunk.len())
            }
            Encoding::Other(kind) => stop(kind, 0),
            Encoding::Utf8 => {
                self.first_at = BOM.len() as u8;
                self.state = State::Content(0);
                Ok(BOM.len() - seen)
            }
            Encoding::Unmarked if seen == 0 => {
                self.state = State::Content(0);
                Ok(0)
            }
            Encoding::Unmarked if first.first() == Some(&b'<') => {
                self.markup_at = 0;
                self.state = State::Markup;
                Ok(0)
            }
            Encoding::Unmarked => not_a_start(first.first().copied().unwrap_or(0)),
        }
    }

    /// Reads the target of a processing instruction, which is refused, or the beginning of an XML declaration.
    pub(super) fn instruction(&mut self, matched: usize, b: u8, at: usize) -> Result<usize, Stop> {
        if b"xml".get(matched) == Some(&b) {
            self.state = State::Instruction((matched + 1) as u8);
            return Ok(at + 1);
        }
        if matched < 3 || !(b == b'?' || chars::is(b, SPACE)) {
            return stop(ErrorKind::ProcessingInstruction, self.markup_at);
        }
        if self.markup_at != usize::from(self.first_at) {
            return stop(ErrorKind::MisplacedDeclaration, self.markup_at);
        }
        let charset = match self.grammar.options().charset {
            // A byte order mark of UTF-8 is outside ASCII, so such a message must be UTF-8.
            Charset::Ascii if self.first_at > 0 => Charset::Utf8,
            charset => charset,
        };
        self.state = State::Declaration(Declaration::new(charset));
        Ok(at)
    }

    pub(super) fn declaration(
        &mut self,
        mut declaration: Declaration,
        chunk: &[u8],
        mut at: usize,
    ) -> Result<usize, Stop> {
        // The limit of a start tag holds for the declaration, too.
        let most = self.markup_at + usize::from(self.grammar.options().limits.tag_bytes());
        while let Some(&b) = chunk.get(at) {
            let here = self.base + at;
            if here >= most {
                return stop(ErrorKind::TagTooLong, most);
            }
            at += 1;
            if declaration.step(b, here)? {
                self.ascii_at = declaration.ascii_at() as u16;
                self.state = State::Content(0);
                return Ok(at);
            }
        }
        self.state = State::Declaration(declaration);
        Ok(at)
    }

    /// Returns the part of a chunk that may be read. This is the whole chunk, unless the message must be of ASCII. In that
    /// case, the part ends before the first byte outside ASCII.
    ///
    /// # Errors
    /// Returns `DeclaredEncoding` if the message must be of ASCII and the chunk begins with another byte.
    #[inline(always)]
    pub(crate) fn legal_part<'c>(&self, chunk: &'c [u8]) -> Result<&'c [u8], Stop> {
        if self.ascii_at == 0 { Ok(chunk) } else { self.ascii_part(chunk) }
    }

    #[cold]
    fn ascii_part<'c>(&self, chunk: &'c [u8]) -> Result<&'c [u8], Stop> {
        match chunk.iter().position(|b| !b.is_ascii()) {
            Some(0) => stop(ErrorKind::DeclaredEncoding, self.ascii_at.into()),
            Some(at) => Ok(chunk.get(..at).unwrap_or_default()),
            None => Ok(chunk),
        }
    }

    /// Reads the rest of a whole message after its declaration. The message must be of ASCII.
    #[cold]
    pub(super) fn read_ascii(&mut self, rest: &[u8], retain: &mut impl Retain) -> Result<(), Stop> {
        let legal = self.ascii_part(rest)?;
        self.read(legal, retain)?;
        self.ascii_part(rest.get(legal.len()..).unwrap_or_default()).map(|_| ())
    }
}

/// Refuses a message whose first byte cannot begin a document.
fn not_a_start<T>(b: u8) -> Result<T, Stop> {
    token::byte_or(b, ErrorKind::TextOutsideRoot, 0, 0)
}

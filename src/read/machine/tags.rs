//! Start tags and end tags, and the elements that begin and end with them.
//!
//! Functions that run for each usual tag are inlined into the loop over a chunk. `close_ruled` is not
//! inlined, since most elements have no rules and do not need it.

#![expect(clippy::arithmetic_side_effects, reason = "positions lie inside a slice, so they cannot overflow")]

use super::{Machine, State};
use crate::base::error::{ErrorKind, Stop, stop};
use crate::base::retain::{Kept, Retain, TextSlot};
use crate::rules::{Place, Value};
use crate::xml::chars::{self, NAME, NAME_START};
use crate::xml::scan::{self, Sequence};
use crate::xml::scope::Arrays;
use crate::xml::token;

impl<A: Arrays<Place>> Machine<'_, A> {
    /// Reads a start tag. `tag` holds all bytes of the tag that are known, and `more` says whether bytes follow them.
    /// Returns the length of the tag, or 0 as long as it is not complete.
    #[inline(always)]
    pub(super) fn start_tag(
        &mut self,
        tag: &[u8],
        more: bool,
        retain: &mut impl Retain,
    ) -> Result<usize, Stop> {
        if self.lexer.is_fresh() && !self.may_begin(tag)? {
            return Ok(0);
        }
        let room = self.grammar.room();
        let start = self.markup_at;
        let length = self.lexer.lex(tag, more, room).map_err(|s| s.behind(start))?;
        if length == 0 {
            return Ok(0);
        }
        let tag = tag.get(..length).unwrap_or_default();
        let place = self.grammar.open(tag, start, &self.lexer, retain)?;
        self.begin_text(place, start + length);
        if tag.ends_with(b"/>") {
            self.close(start + length, retain)?;
        }
        Ok(length)
    }

    /// Returns whether an element may begin here. The answer is `false` as long as more bytes are needed to decide.
    #[inline(always)]
    fn may_begin(&mut self, tag: &[u8]) -> Result<bool, Stop> {
        if let Some(TextSlot::Exception | TextSlot::Block(_)) = self.reading.slot {
            // An exception type that contains elements counts as absent, and a header block with elements has no text to keep.
            (self.reading.slot, self.reading.limit) = (None, u32::MAX);
        }
        if self.grammar.is_closed() {
            return self.second_root(tag);
        }
        let most = usize::from(self.grammar.options().limits.depth());
        if self.grammar.depth() >= most { stop(ErrorKind::TooDeep, self.markup_at) } else { Ok(true) }
    }

    /// Refuses a second root element, or a byte that cannot begin its name. Returns `false` if more bytes are needed to
    /// decide.
    #[cold]
    fn second_root(&self, tag: &[u8]) -> Result<bool, Stop> {
        let at = self.markup_at + 1;
        let Some(&b) = tag.get(1) else { return Ok(false) };
        if b == b':' {
            return stop(ErrorKind::InvalidQName, at);
        }
        if b < 0x80 {
            let kind = if chars::is(b, NAME_START) { ErrorKind::SecondRoot } else { ErrorKind::InvalidName };
            return token::byte_or(
                b,
                kind,
                at,
                if kind == ErrorKind::SecondRoot { self.markup_at } else { at },
            );
        }
        match token::character(tag, 1).map_err(|s| s.behind(self.markup_at))? {
            Some((c, _)) if chars::is_name_start(c) => stop(ErrorKind::SecondRoot, self.markup_at),
            Some(_) => stop(ErrorKind::InvalidName, at),
            None => Ok(false),
        }
    }

    /// Goes on in a start tag. `tag` holds all its known bytes, from its `<`, and `more` says whether bytes follow
    /// them. Returns whether the tag is complete.
    pub(crate) fn read_tag(
        &mut self,
        tag: &[u8],
        more: bool,
        retain: &mut impl Retain,
    ) -> Result<bool, Stop> {
        let length = self.start_tag(tag, more, retain)?;
        if length > 0 {
            self.state = State::Content(0);
            self.base = self.markup_at + length;
        }
        Ok(length > 0)
    }

    /// Reads the name of an end tag: `ETag ::= '</' Name S? '>'`, <https://www.w3.org/TR/xml/#NT-ETag>
    pub(super) fn end_tag(&mut self, mut matched: usize, chunk: &[u8], mut at: usize) -> Result<usize, Stop> {
        let name = self.grammar.open_name();
        let name_at = self.markup_at + 2;
        while let Some(&b) = chunk.get(at) {
            match name.get(matched) {
                Some(&expected) if b == expected => {}
                Some(_) => return self.mismatch(name.get(..matched).unwrap_or_default(), b, self.base + at),
                None if chars::is(b, NAME) || b == b':' || scan::is_lead(b) => {
                    return stop(ErrorKind::MismatchedEndTag, name_at);
                }
                None => {
                    self.state = State::EndTagSpace;
                    return Ok(at);
                }
            }
            matched += 1;
            at += 1;
        }
        self.state = State::EndTag(matched as u16);
        Ok(at)
    }

    /// Refuses the byte `b` at `at`, which differs from the name after its `matched` bytes. `b` may stand
    /// inside a UTF-8 sequence. If no legal character has these bytes, the error is about the character.
    #[cold]
    fn mismatch(&self, matched: &[u8], b: u8, at: usize) -> Result<usize, Stop> {
        let name_at = self.markup_at + 2;
        let lead = matched.iter().rposition(|&b| scan::is_lead(b)).unwrap_or(matched.len());
        let begun = matched.get(lead..).unwrap_or_default();
        if begun.is_empty() || scan::sequence(begun) != Sequence::Incomplete {
            return token::byte_or(b, ErrorKind::MismatchedEndTag, at, name_at);
        }
        let mut seen = [b; 4];
        seen.iter_mut().zip(begun).for_each(|(place, &b)| *place = b);
        match token::character(seen.get(..=begun.len()).unwrap_or_default(), 0) {
            Ok(_) => stop(ErrorKind::MismatchedEndTag, name_at),
            Err(s) => Err(s.behind(name_at + lead)),
        }
    }

    /// Ends the innermost element. Its end tag, or the only tag of an empty element, begins at `markup_at`.
    #[inline(always)]
    pub(super) fn close(&mut self, end: usize, retain: &mut impl Retain) -> Result<(), Stop> {
        if !self.grammar.close_free(end) {
            self.close_ruled(end, retain)?;
        }
        self.rule = self.grammar.rule();
        Ok(())
    }

    #[inline(never)]
    fn close_ruled(&mut self, end: usize, retain: &mut impl Retain) -> Result<(), Stop> {
        let reading = &mut self.reading;
        let start = self.markup_at;
        let at = reading.at;
        let kept = reading.slot.take().and_then(|slot| {
            // Only the text of a header block has no limit while it is read. If its length exceeds a `u16`, it is not
            // kept.
            let length = u16::try_from((start as u32).saturating_sub(at)).ok()?;
            Some((slot, Kept::new(at, reading.place, length)))
        });
        reading.limit = u32::MAX;
        // An empty element has no text. Its value counts as standing at its tag, whose offset is the smaller one.
        let value = Value {
            at: start.min(at as usize),
            word: &reading.word,
            chars: usize::from(reading.chars),
            kept,
        };
        self.grammar.close(start, end, &value, retain)
    }
}

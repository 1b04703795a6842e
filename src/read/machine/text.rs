//! The text of elements: its characters and references, and the kept copies of it.
//!
//! `begin_text` runs for each element, so it is inlined. `text` is not inlined, because other code reads most texts.

#![expect(clippy::arithmetic_side_effects, reason = "positions lie inside a slice, so they cannot overflow")]

use super::{Cut, Machine, State};
use crate::base::error::{ErrorKind, Stop, stop};
use crate::base::retain::{Retain, TextSlot};
use crate::rules::{Place, Rule};
use crate::service::schema::Word;
use crate::service::values;
use crate::xml::scan;
use crate::xml::scope::Arrays;
use crate::xml::text::{self, Reference};
use crate::xml::token;

/// The text of an element while it is read.
pub(super) struct Reading {
    /// The offset of the first byte of the text.
    pub(super) at: u32,
    /// The offset of the first byte that is beyond the limit.
    pub(super) limit: u32,
    /// The slot of a text that is kept, the offset up to which it has been kept, and the place at which its copy
    /// begins.
    pub(super) slot: Option<TextSlot>,
    pub(super) kept_to: u32,
    pub(super) place: u16,
    pub(super) word: Word,
    /// The number of characters of a string so far, the most that it may have, and whether the last one was a CR.
    pub(super) chars: u16,
    pub(super) most_chars: u16,
    pub(super) cr: bool,
}

impl Reading {
    pub(super) const NOTHING: Self = Self {
        at: 0,
        limit: u32::MAX,
        slot: None,
        kept_to: 0,
        place: 0,
        word: Word::EMPTY,
        chars: 0,
        most_chars: 0,
        cr: false,
    };
}

impl<A: Arrays<Place>> Machine<'_, A> {
    /// Begins the text of an element.
    #[inline(always)]
    pub(super) fn begin_text(&mut self, place: Place, at: usize) {
        self.rule = self.grammar.rule_at(place);
        let slot = self.grammar.slot_at(place, self.rule);
        let reading = &mut self.reading;
        (reading.at, reading.slot) = (at as u32, slot);
        if let Some(slot) = slot {
            let (room, place) = match slot {
                // A text of a header block that is too long is no error. It is only not kept.
                TextSlot::Block(_) => (usize::MAX, self.grammar.next_block_place()),
                _ => (self.grammar.text_room(), self.grammar.next_place()),
            };
            // No message is longer than `u32::MAX`, so no byte beyond it can be refused.
            reading.limit = u32::try_from(at.saturating_add(room)).unwrap_or(u32::MAX);
            (reading.kept_to, reading.place) = (at as u32, place);
        }
        if matches!(self.rule, Rule::Word | Rule::String) {
            (reading.word, reading.chars, reading.cr) = (Word::EMPTY, 0, false);
            reading.most_chars = self.grammar.most_chars(place);
        }
    }

    /// Returns the offset of the first byte that is beyond the limit of the text.
    #[inline]
    pub(super) const fn limit(&self) -> usize {
        self.reading.limit as usize
    }

    /// Reads `CharData` of any kind up to `<`, `&`, a character that the window cuts, or the end of the window:
    /// <https://www.w3.org/TR/xml/#NT-CharData>. The text before `at` ended with `brackets` times `]`.
    #[inline(never)]
    pub(super) fn text(&mut self, window: &[u8], mut at: usize, mut brackets: u8) -> Result<usize, Stop> {
        if self.rule == Rule::White {
            at = scan::space(window, at);
            return match window.get(at) {
                None | Some(b'<') => Ok(at),
                Some(b'&') if self.grammar.depth() > 0 => Ok(at),
                Some(&b) => token::byte_or(b, self.grammar.stray_text(), self.base + at, self.base + at),
            };
        }
        loop {
            let start = at;
            at = scan::prose(window, start);
            let run = window.get(start..at).unwrap_or_default();
            if self.rule != Rule::Free {
                self.piece(run, self.base + start)?;
            }
            let end = match window.get(at) {
                Some(b'<' | b'&') => return Ok(at),
                None => {
                    self.state = State::Content(brackets_at_end(run, brackets));
                    return Ok(at);
                }
                Some(b'>') if brackets_at_end(run, brackets) == 2 => {
                    return stop(ErrorKind::CdataEndInText, self.base + at - 2);
                }
                Some(b'>') => at + 1,
                Some(_) => match self.character(window, at)? {
                    Some(end) => end,
                    None => {
                        self.state = State::Content(0);
                        return Ok(at);
                    }
                },
            };
            self.piece(window.get(at..end).unwrap_or_default(), self.base + at)?;
            (at, brackets) = (end, 0);
        }
    }

    /// Returns the end of the legal character at a position. Returns `None` if the window cuts the character, and keeps its
    /// first bytes in `cut`.
    #[cold]
    pub(super) fn character(&mut self, window: &[u8], at: usize) -> Result<Option<usize>, Stop> {
        let found = token::character(window, at).map_err(|s| s.behind(self.base))?;
        if found.is_none() {
            let rest = window.get(at..).unwrap_or_default();
            for (place, &b) in self.cut.bytes.iter_mut().zip(rest) {
                *place = b;
            }
            self.cut.length = rest.len() as u8;
        }
        Ok(found.map(|(_, length)| at + length))
    }

    /// Completes a character that the chunk before cut.
    pub(super) fn complete(&mut self, chunk: &[u8]) -> Result<usize, Stop> {
        let start = self.base - usize::from(self.cut.length);
        for (at, &b) in chunk.iter().enumerate() {
            if self.base + at >= self.limit() {
                return stop(ErrorKind::TextTooLong, self.limit());
            }
            if let Some(place) = self.cut.bytes.get_mut(usize::from(self.cut.length)) {
                *place = b;
            }
            self.cut.length += 1;
            let Cut { bytes, length } = self.cut;
            let bytes = bytes.get(..usize::from(length)).unwrap_or_default();
            if token::character(bytes, 0).map_err(|s| s.behind(start))?.is_some() {
                self.cut.length = 0;
                if !matches!(self.state, State::Comment(_)) {
                    self.piece(bytes, start)?;
                }
                return Ok(at + 1);
            }
        }
        Ok(chunk.len())
    }

    /// Takes a checked piece of an element's text, which begins at `at`.
    #[inline]
    pub(super) fn piece(&mut self, piece: &[u8], at: usize) -> Result<(), Stop> {
        match self.rule {
            Rule::White | Rule::Free => Ok(()),
            Rule::Word => {
                text::str_of(piece).chars().for_each(|c| self.reading.word.push(c));
                Ok(())
            }
            Rule::String => {
                let room = usize::from(self.reading.most_chars - self.reading.chars);
                let (count, over) = values::count_chars(piece, &mut self.reading.cr, room);
                self.reading.chars += count as u16;
                over.map_or(Ok(()), |n| stop(ErrorKind::ValueTooLong, at + n))
            }
        }
    }

    /// Reads `CharRef` and `EntityRef` in text: <https://www.w3.org/TR/xml/#NT-Reference>
    pub(super) fn reference(
        &mut self,
        mut reference: Reference,
        start: usize,
        window: &[u8],
        mut at: usize,
    ) -> Result<usize, Stop> {
        while let Some(&b) = window.get(at) {
            let c = match reference.step(b) {
                Ok(c) => c,
                Err(kind) => return token::byte_or(b, kind, self.base + at, start),
            };
            at += 1;
            let Some(c) = c else { continue };
            match self.rule {
                Rule::Free => {}
                Rule::White if text::is_space(c) => {}
                Rule::White => return stop(self.grammar.stray_text(), start),
                Rule::Word => self.reading.word.push(c),
                Rule::String if self.reading.chars >= self.reading.most_chars => {
                    return stop(ErrorKind::ValueTooLong, start);
                }
                Rule::String => self.reading.chars += 1,
            }
            self.state = State::Content(0);
            return Ok(at);
        }
        self.state = State::Reference(reference, start as u32);
        Ok(at)
    }

    /// Keeps the text that is being read, up to the offset `to` in the message.
    #[inline]
    pub(super) fn keep(&mut self, chunk: &[u8], to: usize, retain: &mut impl Retain) {
        if self.reading.slot.is_some() {
            self.keep_text(chunk, to, retain);
        }
    }

    fn keep_text(&mut self, chunk: &[u8], to: usize, retain: &mut impl Retain) {
        let (begin, mut from) = (self.reading.at as usize, self.reading.kept_to as usize);
        let place = usize::from(self.reading.place);
        if to <= from {
            return;
        }
        if from < self.base {
            // The chunk before ended in `<`, which could have begun the end tag.
            retain.put(place + from - begin, b"<");
            from = self.base;
        }
        retain.put(place + from - begin, chunk.get(from - self.base..to - self.base).unwrap_or_default());
        self.reading.kept_to = to as u32;
    }
}

/// Returns the number of `]` (at most two) at the end of a text after `run`. Before `run`, the text ended with `before` of
/// them. `]]>` is illegal in text, so this number is kept from chunk to chunk.
pub(super) fn brackets_at_end(run: &[u8], before: u8) -> u8 {
    match run {
        [] => before,
        [b']'] => (before + 1).min(2),
        [.., b']', b']'] => 2,
        [.., b']'] => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::string::String;

    use super::*;

    /// Compares the brackets over the pieces of a text with those of the whole text.
    #[test]
    fn brackets_over_pieces() {
        for bits in 0..1_u32 << 10 {
            let whole: String = (0..10).map(|n| if bits & (1 << n) == 0 { ']' } else { 'x' }).collect();
            for (one, other) in (0..=10).flat_map(|one| (one..=10).map(move |other| (one, other))) {
                let pieces =
                    [whole.get(..one), whole.get(one..other), whole.get(other..)].map(Option::unwrap);
                let found = pieces.iter().fold(0, |before, run| brackets_at_end(run.as_bytes(), before));
                let expected = whole.bytes().rev().take(2).take_while(|&b| b == b']').count();
                assert_eq!(usize::from(found), expected, "{pieces:?}");
            }
        }
    }
}

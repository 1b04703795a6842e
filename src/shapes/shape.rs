//! A shape, which is an accepted message divided into constant runs and holes, and its comparison with a message.
//!
//! `find`, `search`, `is_text` and `is_common` have loops of their own. They are not inlined, so that `Shapes::parse`
//! keeps its registers.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "positions lie inside a slice, and a shape within its arrays"
)]

use crate::base::limits::Limits;
use crate::base::version::{MessagesNamespace, SoapVersion};
use crate::service::operations::MESSAGES;
use crate::service::schema::{Child, MAX_CHILDREN};
use crate::soap::header::{Header, HeaderBlocks, HeaderPlace};
use crate::xml::scan;

/// The most constant bytes of a shape. A request has 300 of them, or 1,300 with the header blocks of a gateway.
pub(super) const MAX_CONSTANT: usize = 2048;
/// The most holes of a shape. A request has 1, or 13 with the header blocks of a gateway.
pub(super) const MAX_HOLES: usize = 40;

/// The number of the message of a shape that has not been learned. No row of the table has it.
pub(super) const NO_MESSAGE: u8 = u8::MAX;

/// The kind of content that may stand in a hole.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Hole {
    /// A text of a header block.
    Text,
    /// The value of an attribute that no rule reads.
    Value,
    /// The word or the boolean of a child of the message.
    Word,
    /// The string of a child of the message.
    String,
    /// The value of the last child of the message, after which no hole follows.
    Last,
}

/// A hole, and the constant run that follows it.
#[derive(Clone, Copy)]
pub(super) struct Piece {
    pub(super) hole: Hole,
    pub(super) run: u16,
    /// The length of the hole's content in the last message. The end of the hole is looked for there first.
    pub(super) length: u32,
}

/// The position of a header. All bytes before its first block are constant.
#[derive(Clone, Copy)]
pub(super) struct HeaderSpan {
    pub(super) envelope: u16,
    pub(super) header: u16,
    pub(super) blocks: u16,
    /// The number of the piece in which the header ends (0: the first run), and the distance of the header's end from the
    /// end of that piece.
    pub(super) piece: u8,
    pub(super) back: u16,
}

/// An accepted message without the contents of its holes. It consists of the first run, the pieces, the last hole and the
/// last run. The last hole is the value of the last child.
pub(super) struct Shape {
    pub(super) runs: [u8; MAX_CONSTANT],
    pub(super) constant: u16,
    pub(super) first: u16,
    pub(super) pieces: [Piece; MAX_HOLES],
    pub(super) count: u8,
    pub(super) version: SoapVersion,
    pub(super) namespace: MessagesNamespace,
    /// The number of the message in the table, and whether its last child is a string.
    pub(super) message: u8,
    pub(super) ends_in_string: bool,
    pub(super) frame: Option<HeaderSpan>,
}

impl Shape {
    pub(super) const EMPTY: Self = Self {
        runs: [0; MAX_CONSTANT],
        constant: 0,
        first: 0,
        pieces: [Piece { hole: Hole::Text, run: 0, length: 0 }; MAX_HOLES],
        count: 0,
        version: SoapVersion::V1_1,
        namespace: MessagesNamespace::Http,
        message: NO_MESSAGE,
        ends_in_string: false,
        frame: None,
    };

    pub(super) fn constants(&self) -> &[u8] {
        self.runs.get(..usize::from(self.constant)).unwrap_or_default()
    }

    pub(super) fn pieces(&self) -> &[Piece] {
        self.pieces.get(..usize::from(self.count)).unwrap_or_default()
    }

    /// Returns whether another shape has the same runs and holes.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let piece = |(one, other): (&Piece, &Piece)| one.run == other.run && one.hole == other.hole;
        self.constants() == other.constants()
            && (self.first, self.count) == (other.first, other.count)
            && self.pieces().iter().zip(other.pieces()).all(piece)
            && self.message == other.message
    }

    /// Returns the text in the single hole of a message that has this shape, and whether the text is known to be
    /// printable.
    #[inline]
    pub(super) fn only<'a>(&self, input: &'a [u8]) -> Option<(&'a [u8], bool)> {
        let (first, last) = self.constants().split_at_checked(self.first.into())?;
        let hole = input.strip_prefix(first)?.strip_suffix(last)?;
        // The text is ASCII. It has as many characters as bytes, or fewer if it has a CR LF, which is one character.
        if hole.len() > Limits::DEFAULT.text_bytes().into() {
            None
        } else if is_common(hole) {
            Some((hole, true))
        } else {
            is_text(hole).then_some((hole, false))
        }
    }

    /// Returns the rows of the children of the message.
    pub(super) fn children(&self) -> &'static [Child] {
        MESSAGES.get(usize::from(self.message)).map_or(&[], |row| row.children)
    }

    /// Returns the offset at which the header ends, in a message of this shape with a single hole.
    #[inline]
    pub(super) fn header_end(&self) -> usize {
        usize::from(self.first) - self.frame.map_or(0, |frame| frame.back.into())
    }

    /// Compares a message with this shape, which has several holes. Puts the texts of the message's children into `texts`.
    /// Returns the offset at which the header ends, and whether the texts are known to be printable.
    #[inline(never)]
    pub(super) fn find<'a>(
        &mut self,
        input: &'a [u8],
        texts: &mut [&'a [u8]; MAX_CHILDREN],
    ) -> Option<(usize, bool)> {
        if input.len() > Limits::DEFAULT.message_bytes() as usize {
            return None;
        }
        let (first, mut runs) = self.runs.get(..self.constant.into())?.split_at_checked(self.first.into())?;
        let mut rest = input.strip_prefix(first)?;
        let pieces = self.pieces.get_mut(..usize::from(self.count))?;
        let mut places = texts.iter_mut();
        let (mut is_printable, mut kept) = (true, 0);
        for piece in &mut *pieces {
            let run;
            (run, runs) = runs.split_at_checked(usize::from(piece.run))?;
            let hole;
            (hole, rest) = piece.find(rest, run)?;
            if matches!(piece.hole, Hole::Word | Hole::String) {
                if piece.hole == Hole::String {
                    is_printable &= is_common(hole);
                    kept += hole.len();
                }
                *places.next()? = hole;
            }
        }
        let last = rest.strip_suffix(runs)?;
        if self.ends_in_string {
            if !is_common(last) {
                is_text(last).then_some(())?;
                is_printable = false;
            }
            kept += last.len();
        }
        *places.next()? = last;
        if kept > Limits::DEFAULT.text_bytes().into() {
            return None;
        }
        // No tag is longer than all constant runs and all attribute values together.
        let tag = usize::from(Limits::DEFAULT.tag_bytes());
        if input.len() > tag {
            let values = pieces.iter().filter(|piece| piece.hole == Hole::Value).map(Piece::hole_len);
            if values.clone().count() > 0 && usize::from(self.constant) + values.sum::<usize>() > tag {
                return None;
            }
        }
        let mut header_end = input.len() - rest.len();
        if let Some(frame) = self.frame {
            let behind = pieces.get(usize::from(frame.piece)..)?.iter();
            header_end -= usize::from(frame.back)
                + behind.map(|piece| piece.hole_len() + usize::from(piece.run)).sum::<usize>();
        }
        Some((header_end, is_printable))
    }

    /// Returns the header, which ends at `end`, of a message that has this shape.
    #[inline]
    pub(super) fn header<'a>(&self, input: &'a [u8], end: usize) -> Header<'a> {
        match self.frame {
            None => Header::Absent,
            Some(HeaderSpan { envelope, header, blocks, .. }) => {
                let [envelope, header, blocks] = [envelope, header, blocks].map(u32::from);
                let place = HeaderPlace { envelope, header, blocks, end: end as u32 };
                Header::Retained(HeaderBlocks::within(input, self.version, place))
            }
        }
    }
}

impl Piece {
    pub(super) fn hole_len(&self) -> usize {
        self.length as usize
    }

    /// Skips the content of this hole and the run after it. Returns the content, and the bytes after the run.
    #[inline]
    pub(super) fn find<'a>(&mut self, rest: &'a [u8], run: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
        // The content is mostly as long as in the last message. A run begins with a byte that no hole can hold. So the hole
        // ends where the run begins.
        if let Some((hole, behind)) = rest.split_at_checked(self.hole_len()) {
            if let Some(behind) = behind.strip_prefix(run) {
                if self.hole == Hole::Word || is_common(hole) {
                    return Some((hole, behind));
                }
            }
        }
        self.search(rest, run)
    }

    /// Skips the content of a hole whose length differs from the length in the last message.
    #[inline(never)]
    pub(super) fn search<'a>(&mut self, rest: &'a [u8], run: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
        let length = match self.hole {
            Hole::Text | Hole::Word | Hole::String | Hole::Last => scan::text(rest, 0),
            Hole::Value => scan::value(rest, 0),
        };
        let (hole, behind) = rest.split_at_checked(length)?;
        let behind = behind.strip_prefix(run)?;
        self.length = length as u32;
        Some((hole, behind))
    }
}

/// Returns whether a whole slice is text.
#[inline(never)]
pub(super) fn is_text(hole: &[u8]) -> bool {
    scan::text(hole, 0) == hole.len()
}

/// Returns whether all bytes are common both in a text and in an attribute value: ASCII above `'`, without `<` and `>`.
/// Most identifiers, numbers and times are of this kind, and base64 is.
#[inline(never)]
pub(super) fn is_common(hole: &[u8]) -> bool {
    // As a signed number, a byte outside ASCII is below `'`, too. `<` and `>` differ only in the bit of value 2.
    let other = |b: u8| u8::from((b as i8) <= 0x27) | u8::from(b | 2 == b'>');
    scan::is_free_of(hole, other)
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use std::vec;

    use super::*;
    use crate::xml::chars::{self, TEXT, VALUE};

    /// Tries every byte at every place of every length. Common bytes may stand in a text and in an attribute value.
    #[test]
    fn what_is_common() {
        for length in 1..=130 {
            let mut hole = vec![b'x'; length];
            assert!(is_common(&hole) && is_text(&hole));
            for place in 0..length {
                for b in 0..=255 {
                    hole[place] = b;
                    let common = b > b'\'' && b < 0x80 && b != b'<' && b != b'>';
                    assert_eq!(is_common(&hole), common, "{b} at {place} of {length}");
                    assert_eq!(is_text(&hole), chars::is(b, TEXT), "{b} at {place} of {length}");
                    assert!(!common || (chars::is(b, TEXT) && chars::is(b, VALUE)));
                }
                hole[place] = b'x';
            }
        }
    }
}

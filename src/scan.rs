//! Where a run of bytes ends, and what one UTF-8 sequence is.

use crate::chars;

/// The index of the first byte from `at` on that is in none of these classes; the length if there is none.
#[inline]
pub(crate) fn run(bytes: &[u8], at: usize, classes: u8) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().position(|&b| !chars::is(b, classes)).map_or(bytes.len(), |n| at.saturating_add(n))
}

/// The index of `needle` from `at` on.
#[inline]
pub(crate) fn find(needle: u8, bytes: &[u8], at: usize) -> Option<usize> {
    Some(at.saturating_add(memchr::memchr(needle, bytes.get(at..)?)?))
}

/// What the first bytes of a slice are in UTF-8 (Unicode 16, table 3-7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sequence {
    /// One character, and how many bytes it takes.
    Char(char, usize),
    /// The beginning of a character: more bytes decide.
    Incomplete,
    /// No bytes can make these a character.
    Invalid,
}

pub(crate) fn sequence(bytes: &[u8]) -> Sequence {
    let lead = bytes.first().copied().unwrap_or(0);
    let (length, second) = match lead {
        0..=0x7F => return Sequence::Char(char::from(lead), 1),
        0xC2..=0xDF => (2_usize, 0x80..=0xBF),
        0xE0 => (3, 0xA0..=0xBF),
        0xED => (3, 0x80..=0x9F),
        0xE1..=0xEF => (3, 0x80..=0xBF),
        0xF0 => (4, 0x90..=0xBF),
        0xF4 => (4, 0x80..=0x8F),
        0xF1..=0xF3 => (4, 0x80..=0xBF),
        _ => return Sequence::Invalid,
    };
    match bytes.get(1) {
        None => return Sequence::Incomplete,
        Some(b) if !second.contains(b) => return Sequence::Invalid,
        Some(_) => {}
    }
    for at in 2..length {
        match bytes.get(at) {
            None => return Sequence::Incomplete,
            Some(0x80..=0xBF) => {}
            Some(_) => return Sequence::Invalid,
        }
    }
    let text = bytes.get(..length).and_then(|b| core::str::from_utf8(b).ok());
    match text.and_then(|t| t.chars().next()) {
        Some(c) => Sequence::Char(c, length),
        None => Sequence::Invalid,
    }
}

/// May this byte begin a sequence of two or more bytes?
pub(crate) const fn is_lead(b: u8) -> bool {
    matches!(b, 0xC2..=0xF4)
}

//! Where a run of bytes ends, and what one UTF-8 sequence is.

use crate::chars::{self, TEXT, VALUE};

/// The index of the first byte from `at` on that is in none of these classes; the length if there is none.
/// For runs that are short: names, white space.
#[inline]
pub(crate) fn run(bytes: &[u8], at: usize, classes: u8) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().position(|&b| !chars::is(b, classes)).map_or(bytes.len(), |n| at.saturating_add(n))
}

/// Where a run of element text ends: as [`run`] with [`TEXT`], in blocks where it is long.
#[inline]
pub(crate) fn text(bytes: &[u8], at: usize) -> usize {
    // `<` and `>` differ in the bit 2.
    long_run(bytes, at, TEXT, |b| u8::from(b | 2 == b'>') | u8::from(b == b'&'))
}

/// Where a run of an attribute value ends: as [`run`] with [`VALUE`], in blocks where it is long.
#[inline]
pub(crate) fn value(bytes: &[u8], at: usize) -> usize {
    // `&` and `"` differ in the bit 4.
    long_run(bytes, at, VALUE, |b| u8::from(b | 4 == b'&') | u8::from(b == b'\'') | u8::from(b == b'<'))
}

/// The block length: four vectors of 16 bytes, what every x86-64 and AArch64 has.
const BLOCK: usize = 64;

/// `ends` is 1 for the ASCII bytes that end the run, beside those that are no character of one byte; the
/// class says the same of single bytes. Without branches, so that the compiler makes vectors of it.
#[inline(always)]
fn long_run(bytes: &[u8], at: usize, class: u8, ends: impl Fn(u8) -> u8 + Copy) -> usize {
    // Most runs end within a few bytes.
    let near = at.saturating_add(16).min(bytes.len());
    let end = run(bytes.get(..near).unwrap_or_default(), at, class);
    if end < near { end } else { far_run(bytes, near, class, ends) }
}

#[inline(never)]
fn far_run(bytes: &[u8], mut at: usize, class: u8, ends: impl Fn(u8) -> u8 + Copy) -> usize {
    // As a signed number a byte outside ASCII is below the blank, too. `\t` and `\r` differ in the bit 4.
    let control = |b: u8| u8::from((b as i8) < 0x20) & !(u8::from(b | 4 == b'\r') | u8::from(b == b'\n'));
    for block in bytes.get(at..).unwrap_or_default().chunks_exact(BLOCK) {
        if block.iter().fold(0, |any, &b| any | ends(b) | control(b)) != 0 {
            break;
        }
        at = at.saturating_add(BLOCK);
    }
    run(bytes, at, class)
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

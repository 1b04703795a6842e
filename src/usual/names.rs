//! Names as they are usually written: prefixes of up to 8 bytes, and end tags. Each function takes a slice that begins
//! with a name or a tag, and returns the bytes after it.
//!
//! All functions are inlined: they run for each tag, and most of their literals and lengths are constants of the
//! caller.

#![expect(clippy::arithmetic_side_effects, reason = "lengths lie inside a slice, so they cannot overflow")]

use crate::xml::chars::{self, NAME_START, SPACE};
use crate::xml::scan;

/// The most bytes of a name. A longer name is not usual.
pub(super) const NAME_BYTES: usize = 64;

/// A raw name: the first `length` bytes of a slice of the message.
#[derive(Clone, Copy)]
pub(super) struct Name<'i> {
    pub(super) from: &'i [u8],
    pub(super) length: usize,
}

impl<'i> Name<'i> {
    #[inline(always)]
    pub(super) const fn of(from: &'i [u8], length: usize) -> Self {
        Self { from, length }
    }

    #[inline(always)]
    pub(super) const fn len(&self) -> usize {
        self.length
    }

    /// Returns the offset of the `<` of the start tag with this name.
    pub(super) const fn tag_at(&self, input: &[u8]) -> usize {
        input.len() - self.from.len() - 1
    }
}

/// A prefix of up to 8 bytes, as the highest bytes of a number, or 0 for no prefix. No name has a zero byte, so different
/// prefixes have different numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Prefix(pub(super) u64);

impl Prefix {
    pub(super) const NONE: Self = Self(0);
    /// A prefix of more than 8 bytes. No prefix that is read equals it, since the highest byte of each is not zero.
    pub(super) const LONG: Self = Self(1);

    /// Returns the prefix of this length, at least 1, with which a slice begins. Returns `None` for a prefix of more than 8
    /// bytes, and for a prefix in the last 7 bytes of the input. Neither is usual.
    #[inline(always)]
    pub(super) fn read(bytes: &[u8], length: usize) -> Option<Self> {
        Self::of(u64::from_le_bytes(*bytes.first_chunk()?), length)
    }

    /// Returns the prefix of this length, at least 1, with which a word begins.
    #[inline(always)]
    pub(super) const fn of(word: u64, length: usize) -> Option<Self> {
        if length <= 8 { Some(Self(word << (64_usize.wrapping_sub(8 * length) & 63))) } else { None }
    }

    /// Returns the number of bytes of the prefix.
    #[inline(always)]
    pub(super) const fn len(self) -> usize {
        8 - (self.0.trailing_zeros() / 8) as usize
    }
}

/// Returns whether a slice begins with this literal.
#[inline(always)]
pub(super) fn is<const N: usize>(bytes: &[u8], literal: &[u8; N]) -> bool {
    bytes.first_chunk() == Some(literal)
}

/// Skips white space, if there is any, and `<`. Returns the bytes after `<`.
#[inline(always)]
pub(super) fn behind_open(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        match rest {
            [b'<', behind @ ..] => return Some(behind),
            [b'\n' | b' ', line @ ..] => rest = scan::indent(line),
            [b, behind @ ..] if chars::is(*b, SPACE) => rest = behind,
            _ => return None,
        }
    }
}

/// Skips an end tag of this name as written. Returns the bytes after that tag.
#[inline(always)]
pub(super) fn end_tag<'i>(rest: &'i [u8], name: Name<'_>) -> Option<&'i [u8]> {
    let [b'<', b'/', found @ ..] = rest else { return None };
    match found.get(name.length..)? {
        [b'>', rest @ ..] if scan::begin_alike(found, name.from, name.length) => Some(rest),
        _ => None,
    }
}

/// Skips white space and an end tag of this prefix and local name. `local` ends with `>`, as in [`named`].
#[inline(always)]
pub(super) fn end<'i, const N: usize>(rest: &'i [u8], prefix: Prefix, local: &[u8; N]) -> Option<&'i [u8]> {
    let [b'/', name @ ..] = behind_open(rest)? else { return None };
    named(name, prefix, local)
}

/// Skips an end tag after a text. White space before the end tag would be a part of the text, so it is not skipped.
#[inline(always)]
pub(super) fn end_of_text<'i, const N: usize>(
    rest: &'i [u8],
    prefix: Prefix,
    local: &[u8; N],
) -> Option<&'i [u8]> {
    let [b'<', b'/', name @ ..] = rest else { return None };
    named(name, prefix, local)
}

/// Skips this prefix and this local name. `local` ends with the `>` that must follow the name. Returns the bytes after
/// it.
#[inline(always)]
pub(super) fn named<'i, const N: usize>(name: &'i [u8], prefix: Prefix, local: &[u8; N]) -> Option<&'i [u8]> {
    debug_assert!(local.ends_with(b">"), "another name may begin with this one");
    let found = match prefix {
        Prefix::NONE => name,
        prefix => match name.get(prefix.len()..)? {
            [b':', found @ ..] if Prefix::read(name, prefix.len()) == Some(prefix) => found,
            _ => return None,
        },
    };
    if is(found, local) { found.get(N..) } else { None }
}

/// Returns the length of the NCName that begins here.
#[inline(always)]
pub(super) fn ncname(bytes: &[u8]) -> Option<usize> {
    let [first, rest @ ..] = bytes else { return None };
    // A longer name is not usual. Without this bound, a name of 64 KB was read twice: 608,000 instructions instead of
    // 117,000.
    let rest = rest.get(..NAME_BYTES).unwrap_or(rest);
    chars::is(*first, NAME_START).then(|| 1 + scan::name(rest))
}

/// Returns the prefix of the QName that begins here, the position of its local name, and its length.
#[inline(always)]
pub(super) fn qname(name: &[u8]) -> Option<(Prefix, usize, usize)> {
    let first = ncname(name)?;
    match name.get(first..)? {
        [b':', local @ ..] => Some((Prefix::read(name, first)?, first + 1, first + 1 + ncname(local)?)),
        _ => Some((Prefix::NONE, 0, first)),
    }
}

/// Compares prefixes and end tags with slices that are compared byte by byte.
#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use std::format;
    use std::string::String;

    use super::*;

    const PREFIX: &[u8; 11] = b"soap-Env.09";

    /// Finds each prefix of up to 8 bytes under itself, and none under a prefix that differs in one byte.
    #[test]
    fn prefixes_one_byte_away() {
        for length in 1..=11 {
            let text = [&PREFIX[..length], b":behind>"].concat();
            let Some(prefix) = Prefix::read(&text, length) else {
                assert!(length > 8);
                continue;
            };
            assert_eq!(prefix.len(), length);
            assert!(length <= 8 && prefix != Prefix::NONE);
            assert_eq!(named(&text, prefix, b"behind>"), Some(&b""[..]));
            // The bytes after a prefix are no part of it.
            assert!(Prefix::read(&[&PREFIX[..length], b"xxxxxxxx"].concat(), length) == Some(prefix));
            for place in 0..text.len() {
                for changed in 1..=255 {
                    let mut other = text.clone();
                    other[place] ^= changed;
                    assert_eq!(named(&other, prefix, b"behind>"), None, "{}", other.escape_ascii());
                    assert_eq!(Prefix::read(&other, length) == Some(prefix), place >= length);
                }
                assert_eq!(named(&text[..place], prefix, b"behind>"), None);
            }
            for other in 1..=8 {
                assert_eq!(
                    Prefix::read(&[&PREFIX[..other], b":x......"].concat(), other) == Some(prefix),
                    other == length
                );
            }
        }
        assert_eq!(Prefix::NONE.len(), 0);
        assert_eq!(named(b"Body>x", Prefix::NONE, b"Body>"), Some(&b"x"[..]));
        assert_eq!(named(b"a:Body>x", Prefix::NONE, b"Body>"), None);
    }

    /// Changes each byte of end tags with names of 1 to 70 bytes.
    #[test]
    fn end_tags_one_byte_away() {
        for length in 1..=70 {
            let name: String = (0..length).map(|n| char::from(b'a' + n % 26)).collect();
            let (start, end) = (format!("{name} a='b'>text"), format!("</{name}>behind"));
            let open = Name::of(start.as_bytes(), length.into());
            assert_eq!(end_tag(end.as_bytes(), open), Some(&b"behind"[..]));
            for place in 0..end.len() - "behind".len() {
                for changed in [1, 0x20, 0x80] {
                    let mut other = end.clone().into_bytes();
                    other[place] ^= changed;
                    assert_eq!(end_tag(&other, open), None, "{}", other.escape_ascii());
                }
                assert_eq!(end_tag(&end.as_bytes()[..place], open), None);
            }
        }
    }
}

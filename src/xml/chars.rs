//! The classes of characters: those of ASCII, and the ranges of XML 1.0, 5th edition.

/// White space: `S ::= (#x20 | #x9 | #xD | #xA)+`, <https://www.w3.org/TR/xml/#NT-S>.
pub(crate) const SPACE: u8 = 1;
/// A byte that may begin an NCName: `[A-Z] | "_" | [a-z]`, <https://www.w3.org/TR/xml-names/#NT-NCName>.
pub(crate) const NAME_START: u8 = 2;
/// A byte that may stand in an NCName: a [`NAME_START`] and `"-" | "." | [0-9]`.
pub(crate) const NAME: u8 = 4;
/// A byte on which a run of element text goes on. It is legal, and none of `<`, `&`, `>` (which may end a stray `]]>`).
pub(crate) const TEXT: u8 = 8;
/// A byte on which a run of an attribute value goes on. It is legal, and none of `<`, `&`, `"`, `'`.
pub(crate) const VALUE: u8 = 16;
/// A byte on which a run of a comment goes on. It is legal, and not `-`.
pub(crate) const COMMENT: u8 = 32;
/// A byte on which a run of a CDATA section goes on. It is legal, and not `]`.
pub(crate) const CDATA: u8 = 64;

/// Returns the classes of a byte. Bytes outside ASCII have none.
const fn class(b: u8) -> u8 {
    let mut class = 0;
    let space = matches!(b, b' ' | b'\t' | b'\n' | b'\r');
    if space {
        class |= SPACE;
    }
    if b.is_ascii_alphabetic() || b == b'_' {
        class |= NAME_START | NAME;
    }
    if b.is_ascii_digit() || b == b'-' || b == b'.' {
        class |= NAME;
    }
    if space || (b >= 0x20 && b < 0x80) {
        if !matches!(b, b'<' | b'&' | b'>') {
            class |= TEXT;
        }
        if !matches!(b, b'<' | b'&' | b'"' | b'\'') {
            class |= VALUE;
        }
        if b != b'-' {
            class |= COMMENT;
        }
        if b != b']' {
            class |= CDATA;
        }
    }
    class
}

/// The classes of every byte.
#[expect(clippy::indexing_slicing, reason = "evaluated at compile time")]
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut b = 0;
    while b < 256 {
        classes[b] = class(b as u8);
        b += 1;
    }
    classes
};

/// Returns whether this byte is in one of these classes.
#[expect(clippy::indexing_slicing, reason = "a u8 is always below 256")]
pub(crate) const fn is(b: u8, classes: u8) -> bool {
    CLASSES[b as usize] & classes != 0
}

/// Returns whether this character may stand in a document: <https://www.w3.org/TR/xml/#NT-Char>
pub(crate) const fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// Returns whether this character may begin an NCName: <https://www.w3.org/TR/xml/#NT-NameStartChar>, without the
/// colon.
pub(crate) const fn is_name_start(c: char) -> bool {
    matches!(c, 'A'..='Z' | '_' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}'
        | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

/// Returns whether this character may stand in an NCName: <https://www.w3.org/TR/xml/#NT-NameChar>, without the colon.
pub(crate) const fn is_name(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// Compares each class with the productions, written as the specifications print them.
#[cfg(test)]
mod tests {
    use super::*;

    /// The ranges of `Char`, then those of `NameStartChar`, then those that `NameChar` adds,
    /// <https://www.w3.org/TR/xml/>.
    const CHAR: [(u32, u32); 6] =
        [(0x9, 0x9), (0xA, 0xA), (0xD, 0xD), (0x20, 0xD7FF), (0xE000, 0xFFFD), (0x10000, 0x10FFFF)];
    const START: [(u32, u32); 15] = [
        (0x41, 0x5A),
        (0x5F, 0x5F),
        (0x61, 0x7A),
        (0xC0, 0xD6),
        (0xD8, 0xF6),
        (0xF8, 0x2FF),
        (0x370, 0x37D),
        (0x37F, 0x1FFF),
        (0x200C, 0x200D),
        (0x2070, 0x218F),
        (0x2C00, 0x2FEF),
        (0x3001, 0xD7FF),
        (0xF900, 0xFDCF),
        (0xFDF0, 0xFFFD),
        (0x10000, 0xEFFFF),
    ];
    const MORE: [(u32, u32); 6] =
        [(0x2D, 0x2D), (0x2E, 0x2E), (0x30, 0x39), (0xB7, 0xB7), (0x300, 0x36F), (0x203F, 0x2040)];

    fn is_within(c: char, ranges: &[(u32, u32)]) -> bool {
        ranges.iter().any(|&(from, to)| (from..=to).contains(&u32::from(c)))
    }

    #[test]
    fn every_character() {
        for c in '\0'..=char::MAX {
            assert_eq!(is_char(c), is_within(c, &CHAR), "{c:?}");
            assert_eq!(is_name_start(c), is_within(c, &START), "{c:?}");
            assert_eq!(is_name(c), is_within(c, &START) || is_within(c, &MORE), "{c:?}");
        }
    }

    #[test]
    fn every_byte() {
        for b in 0..=255_u8 {
            let c = char::from(b);
            let legal = b.is_ascii() && is_within(c, &CHAR);
            let but = |others: &str| legal && !others.contains(c);
            let expected = [
                (SPACE, " \t\r\n".contains(c)),
                (NAME_START, b.is_ascii() && is_within(c, &START)),
                (NAME, b.is_ascii() && (is_within(c, &START) || is_within(c, &MORE))),
                (TEXT, but("<&>")),
                (VALUE, but("<&\"'")),
                (COMMENT, but("-")),
                (CDATA, but("]")),
            ];
            for (class, holds) in expected {
                assert_eq!(is(b, class), holds, "{c:?} in {class}");
            }
        }
    }
}

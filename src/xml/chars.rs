//! Which characters may stand where: the classes of ASCII, and the ranges of XML 1.0, 5th edition.

/// White space: `S ::= (#x20 | #x9 | #xD | #xA)+`, <https://www.w3.org/TR/xml/#NT-S>.
pub(crate) const SPACE: u8 = 1;
/// May begin an NCName: `[A-Z] | "_" | [a-z]`, <https://www.w3.org/TR/xml-names/#NT-NCName>.
pub(crate) const NAME_START: u8 = 2;
/// May stand in an NCName: the above and `"-" | "." | [0-9]`.
pub(crate) const NAME: u8 = 4;
/// Runs on in element text: legal, and none of `<`, `&`, `>` (which may end a stray `]]>`).
pub(crate) const TEXT: u8 = 8;
/// Runs on in an attribute value: legal, and none of `<`, `&`, `"`, `'`.
pub(crate) const VALUE: u8 = 16;
/// Runs on in a comment: legal, and not `-`.
pub(crate) const COMMENT: u8 = 32;
/// Runs on in a CDATA section: legal, and not `]`.
pub(crate) const CDATA: u8 = 64;

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

/// Is this byte in one of these classes?
#[expect(clippy::indexing_slicing, reason = "a u8 is always below 256")]
pub(crate) const fn is(b: u8, classes: u8) -> bool {
    CLASSES[b as usize] & classes != 0
}

/// May this character stand in a document? <https://www.w3.org/TR/xml/#NT-Char>
pub(crate) const fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// May this character begin an NCName? <https://www.w3.org/TR/xml/#NT-NameStartChar>, without the colon.
pub(crate) const fn is_name_start(c: char) -> bool {
    matches!(c, 'A'..='Z' | '_' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}'
        | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

/// May this character stand in an NCName? <https://www.w3.org/TR/xml/#NT-NameChar>, without the colon.
pub(crate) const fn is_name(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

//! The bytes before the root element: the first bytes, which tell the encoding, and the XML declaration. Reading can stop
//! after each byte and go on later.

#![expect(clippy::arithmetic_side_effects, reason = "counts are bounded by the arrays' and tags' lengths")]

use crate::base::error::{ErrorKind, Stop, stop};
use crate::base::limits::Charset;
use crate::xml::chars::{self, SPACE};
use crate::xml::scan;
use crate::xml::token;

/// The first bytes of a message that tell its encoding: <https://www.w3.org/TR/xml/#sec-guessing>. A longer pattern
/// stands before a pattern that it begins with.
const PATTERNS: [(&[u8], Encoding); 9] = [
    (BOM, Encoding::Utf8),
    (&[0xFF, 0xFE, 0, 0], Encoding::Other(ErrorKind::Utf32)),
    (&[0, 0, 0xFE, 0xFF], Encoding::Other(ErrorKind::Utf32)),
    (&[b'<', 0, 0, 0], Encoding::Other(ErrorKind::Utf32)),
    (&[0, 0, 0, b'<'], Encoding::Other(ErrorKind::Utf32)),
    (&[0xFF, 0xFE], Encoding::Other(ErrorKind::Utf16)),
    (&[0xFE, 0xFF], Encoding::Other(ErrorKind::Utf16)),
    (&[b'<', 0], Encoding::Other(ErrorKind::Utf16)),
    (&[0, b'<'], Encoding::Other(ErrorKind::Utf16)),
];

/// The byte order mark of UTF-8.
pub(crate) const BOM: &[u8; 3] = b"\xEF\xBB\xBF";

/// The encoding that the first bytes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// UTF-8 with a byte order mark.
    Utf8,
    /// No pattern, so UTF-8.
    Unmarked,
    /// An encoding that is refused.
    Other(ErrorKind),
    /// More bytes are needed to decide.
    Open,
}

/// Returns the encoding that the first bytes tell. Four bytes are enough.
pub(crate) fn encoding(first: &[u8]) -> Encoding {
    let longer = |(pattern, _): &(&[u8], Encoding)| pattern.len() > first.len() && pattern.starts_with(first);
    if PATTERNS.iter().any(longer) {
        return Encoding::Open;
    }
    let known = PATTERNS.iter().find(|(pattern, _)| first.starts_with(pattern));
    known.map_or(Encoding::Unmarked, |&(_, encoding)| encoding)
}

/// Returns the length of the declaration with which a document begins, if it has the usual form: version 1.0, and UTF-8
/// or no encoding. [`Declaration`] reads any other declaration.
#[inline]
pub(crate) fn usual_declaration(document: &[u8]) -> Option<usize> {
    const MOST_USUAL: &[u8; 36] = b"<?xml version=\"1.0\" encoding=\"utf-8\"";
    if scan::begins_with(document, MOST_USUAL) {
        // Microsoft's documents have a blank there.
        match document.get(MOST_USUAL.len()..)? {
            [b'?', b'>', ..] => return Some(MOST_USUAL.len() + 2),
            [b' ', b'?', b'>', ..] => return Some(MOST_USUAL.len() + 3),
            _ => {}
        }
    }
    let quoted = |bytes: &[u8], length: usize| {
        let quote = *bytes.first()?;
        (matches!(quote, b'"' | b'\'') && bytes.get(length + 1) == Some(&quote)).then_some(())
    };
    let version = document.strip_prefix(b"<?xml version=")?;
    quoted(version, 3)?;
    if version.get(1..4) != Some(b"1.0") {
        return None;
    }
    let mut rest = version.get(5..)?;
    if let Some(encoding) = rest.strip_prefix(b" encoding=") {
        quoted(encoding, 5)?;
        if !encoding.get(1..6)?.eq_ignore_ascii_case(b"utf-8") {
            return None;
        }
        rest = encoding.get(7..)?;
    }
    if let Some(standalone) = rest.strip_prefix(b" standalone=") {
        let length = match standalone.get(1) {
            Some(b'n') => 2,
            _ => 3,
        };
        quoted(standalone, length)?;
        if !matches!(standalone.get(1..=length)?, b"yes" | b"no") {
            return None;
        }
        rest = standalone.get(length + 2..)?;
    }
    rest = rest.get(usize::from(rest.first() == Some(&b' '))..)?;
    rest.starts_with(b"?>").then(|| document.len() - rest.len() + 2)
}

/// The piece of a declaration that is read next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The space between two parts, and whether white space was seen in it.
    Between {
        space: bool,
    },
    /// The name of a pseudo-attribute, of which this number of bytes was read.
    Name(u8),
    Equals,
    Quote,
    Value {
        quote: u8,
        start: u32,
    },
    /// The `>` after the `?`.
    End,
}

/// The pseudo-attributes of a declaration, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PseudoAttribute {
    Version,
    Encoding,
    Standalone,
}

/// The encodings in which a message of pure ASCII has the bytes of UTF-8:
/// <https://www.iana.org/assignments/character-sets>.
const OF_ASCII: [&[u8]; 2] = [b"us-ascii", b"iso-8859-1"];

/// A reader of the XML declaration, which takes the bytes after `<?xml` one by one:
/// `XMLDecl ::= '<?xml' VersionInfo EncodingDecl? SDDecl? S? '?>'`, <https://www.w3.org/TR/xml/#NT-XMLDecl>
#[derive(Clone, Copy, Debug)]
pub(crate) struct Declaration {
    phase: Phase,
    /// The last pseudo-attribute that was begun.
    attribute: Option<PseudoAttribute>,
    /// The first bytes of a value. No legal value has more than 10 bytes, except for the digits of a version.
    value: [u8; 10],
    length: u32,
    digits: bool,
    charset: Charset,
    /// The offset of the name of an encoding whose message must be of ASCII, or 0.
    ascii_at: u32,
}

impl Declaration {
    pub(crate) const fn new(charset: Charset) -> Self {
        let phase = Phase::Between { space: false };
        Self { phase, attribute: None, value: [0; 10], length: 0, digits: true, charset, ascii_at: 0 }
    }

    /// Returns the offset of the name of the encoding, if the message must be of ASCII; 0 otherwise.
    pub(crate) const fn ascii_at(&self) -> u32 {
        self.ascii_at
    }

    /// Takes the byte at `at`. Returns whether it ends the declaration.
    pub(crate) fn step(&mut self, b: u8, at: usize) -> Result<bool, Stop> {
        let space = chars::is(b, SPACE);
        self.phase = match self.phase {
            Phase::Between { .. } if space => Phase::Between { space: true },
            Phase::Between { .. } if b == b'?' && self.attribute.is_some() => Phase::End,
            Phase::Between { space: true } => {
                self.attribute = Some(match (b, self.attribute) {
                    (b'v', None) => PseudoAttribute::Version,
                    (b'e', Some(PseudoAttribute::Version)) => PseudoAttribute::Encoding,
                    (b's', Some(PseudoAttribute::Version | PseudoAttribute::Encoding)) => {
                        PseudoAttribute::Standalone
                    }
                    _ => return refused(b, at),
                });
                Phase::Name(1)
            }
            Phase::Name(read) => {
                let name: &[u8] = match self.attribute {
                    Some(PseudoAttribute::Encoding) => b"encoding",
                    Some(PseudoAttribute::Standalone) => b"standalone",
                    _ => b"version",
                };
                match name.get(usize::from(read)) {
                    Some(&expected) if b == expected => Phase::Name(read + 1),
                    None if space => Phase::Equals,
                    None if b == b'=' => Phase::Quote,
                    _ => return refused(b, at),
                }
            }
            Phase::Equals | Phase::Quote if space => self.phase,
            Phase::Equals if b == b'=' => Phase::Quote,
            Phase::Quote if matches!(b, b'"' | b'\'') => {
                (self.length, self.digits) = (0, true);
                Phase::Value { quote: b, start: (at + 1) as u32 }
            }
            Phase::Value { quote, start } if b == quote => {
                self.judge(start as usize)?;
                Phase::Between { space: false }
            }
            Phase::Value { .. } if b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-') => {
                if let Some(place) = self.value.get_mut(self.length as usize) {
                    *place = b;
                }
                self.digits &= self.length < 2 || b.is_ascii_digit();
                self.length += 1;
                self.phase
            }
            Phase::End if b == b'>' => return Ok(true),
            Phase::Between { .. } | Phase::Equals | Phase::Quote | Phase::Value { .. } | Phase::End => {
                return refused(b, at);
            }
        };
        Ok(false)
    }

    /// Applies the rule of a pseudo-attribute to its whole value, which begins at `start`.
    fn judge(&mut self, start: usize) -> Result<(), Stop> {
        let length = self.length as usize;
        let value = self.value.get(..length).unwrap_or(&self.value);
        let fits = match self.attribute {
            // VersionNum ::= '1.' [0-9]+
            Some(PseudoAttribute::Version) => value.starts_with(b"1.") && self.length > 2 && self.digits,
            // EncName ::= [A-Za-z] ([A-Za-z0-9._] | '-')*
            Some(PseudoAttribute::Encoding) => value.first().is_some_and(u8::is_ascii_alphabetic),
            _ => length == value.len() && matches!(value, b"yes" | b"no"),
        };
        if !fits {
            return stop(ErrorKind::Declaration, start);
        }
        if self.attribute != Some(PseudoAttribute::Encoding) || self.charset == Charset::Fixed {
            return Ok(());
        }
        let is = |name: &[u8]| length == name.len() && value.eq_ignore_ascii_case(name);
        if is(b"utf-8") {
            return Ok(());
        }
        if self.charset == Charset::Ascii && OF_ASCII.into_iter().any(is) {
            self.ascii_at = start as u32;
            return Ok(());
        }
        stop(ErrorKind::DeclaredEncoding, start)
    }
}

fn refused<T>(b: u8, at: usize) -> Result<T, Stop> {
    token::byte_or(b, ErrorKind::Declaration, at, at)
}

/// Compares the short ways with a reader that takes one byte after the other.
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use std::format;
    use std::string::String;
    use std::vec::Vec;

    use super::*;

    /// Returns the length of the declaration with which a document begins, byte by byte.
    fn declared(document: &[u8]) -> Option<usize> {
        let rest = document.strip_prefix(b"<?xml")?;
        rest.first().filter(|&&b| chars::is(b, SPACE))?;
        let mut declaration = Declaration::new(Charset::Utf8);
        for (at, &b) in rest.iter().enumerate() {
            if declaration.step(b, 5 + at).ok()? {
                return Some(5 + at + 1);
            }
        }
        None
    }

    /// Compares the usual form with the other reader. It accepts no more, and never another length.
    #[test]
    fn declarations_one_step_away() {
        let usual = [
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>",
            "<?xml version=\"1.0\" encoding=\"utf-8\" ?>",
            "<?xml version='1.0'?>",
            "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>",
            "<?xml version=\"1.0\" standalone=\"yes\"?>",
            "<?xml version=\"1.0\" standalone=\"no\"?>",
            "<?xml version='1.0' encoding='utf-8' standalone='no' ?>",
        ];
        let compare = |bytes: &[u8]| {
            let document = [bytes, b"<a/>"].concat();
            let found = usual_declaration(&document);
            assert!(found.is_none() || found == declared(&document), "{}", document.escape_ascii());
        };
        for text in usual {
            assert_eq!(usual_declaration(format!("{text}<a/>").as_bytes()), Some(text.len()), "{text}");
            for place in 0..text.len() {
                let mut bytes = text.as_bytes().to_vec();
                for b in 0..=255 {
                    bytes[place] = b;
                    compare(&bytes);
                }
                bytes[place] = text.as_bytes()[place];
                for b in *b" \t\n?>=\"'1ux\0\x80" {
                    bytes.insert(place, b);
                    compare(&bytes);
                    bytes.remove(place);
                }
                bytes.remove(place);
                compare(&bytes);
                compare(&text.as_bytes()[..place]);
            }
        }
    }

    /// Tries values at the edges of the specification's rules for each part.
    #[test]
    fn values_of_a_declaration() {
        let version = |value: &str| {
            value
                .strip_prefix("1.")
                .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
        };
        let all = [
            "",
            "1",
            "1.",
            "1.0",
            "1.1",
            "1.01",
            "1.0000000001",
            "1.0x",
            "1.x",
            "2.0",
            "1.0.",
            "11.0",
            "01.0",
            "1,0",
            "utf-8",
            "UTF-8",
            "Utf-8",
            "utf-88",
            "utf8",
            "utf-",
            "xutf-8",
            "yes",
            "no",
            "Yes",
            "yess",
            "ye",
            "none",
            "yesno",
            "8tf-8",
        ];
        for value in all {
            let whole = |text: String| declared(text.as_bytes()).is_some();
            assert_eq!(whole(format!("<?xml version='{value}'?>")), version(value), "{value}");
            let encoding = whole(format!("<?xml version='1.0' encoding='{value}'?>"));
            assert_eq!(encoding, value.eq_ignore_ascii_case("utf-8"), "{value}");
            let standalone = whole(format!("<?xml version='1.0' standalone='{value}'?>"));
            assert_eq!(standalone, matches!(value, "yes" | "no"), "{value}");
        }
    }

    /// Tries up to four bytes, each of which is at an edge. The encoding is decided as soon as no further byte can
    /// change it.
    #[test]
    fn first_bytes() {
        let whole = |bytes: &[u8]| {
            PATTERNS
                .iter()
                .find(|(pattern, _)| bytes.starts_with(pattern))
                .map_or(Encoding::Unmarked, |found| found.1)
        };
        let mut all = Vec::from([Vec::new()]);
        for length in 0..=4 {
            for bytes in &all {
                // All four bytes that begin with these.
                let mut possible = Vec::from([bytes.clone()]);
                for _ in length..4 {
                    let longer = |bytes: &Vec<u8>| {
                        [0, b'<', b'x', 0xBB, 0xBF, 0xEF, 0xFE, 0xFF].map(|b| [bytes, &[b][..]].concat())
                    };
                    possible = possible.iter().flat_map(longer).collect();
                }
                let first = whole(&possible[0]);
                let found = encoding(bytes);
                if found != Encoding::Open {
                    assert!(possible.iter().all(|bytes| whole(bytes) == found), "{bytes:X?}");
                } else {
                    assert!(possible.iter().any(|bytes| whole(bytes) != first) && length < 4, "{bytes:X?}");
                }
            }
            let longer = |bytes: &Vec<u8>| {
                [0, b'<', b'x', 0xBB, 0xBF, 0xEF, 0xFE, 0xFF].map(|b| [bytes, &[b][..]].concat())
            };
            all = all.iter().flat_map(longer).collect();
        }
        assert_eq!(all.last().unwrap().len(), 5);
    }
}

//! Values of attributes, and the namespace names that the library knows.
//!
//! The comparison with one known name is inlined, since most declarations have a known or a short name.
//! `long_namespace` is not inlined, because it is rare and large.

use crate::base::limits::MAX_TAG_BYTES;
use crate::base::version;
use crate::xml::namespace::Uri;
use crate::xml::scan;

/// The most bytes of a namespace name that the library does not know. A longer one is not usual. The names of WS-Security
/// take 83.
pub(super) const NAMESPACE_BYTES: usize = 120;

pub(super) const SOAP_1_1: &[u8; version::SOAP_1_1.len()] = array(version::SOAP_1_1);
pub(super) const SOAP_1_2: &[u8; version::SOAP_1_2.len()] = array(version::SOAP_1_2);
pub(super) const HTTP: &[u8; version::MESSAGES_HTTP.len()] = array(version::MESSAGES_HTTP);
pub(super) const XSI: &[u8; version::XSI.len()] = array(version::XSI);
pub(super) const XSD: &[u8; version::XSD.len()] = array(version::XSD);
pub(super) const HTTPS: &[u8; version::MESSAGES_HTTPS.len()] = array(version::MESSAGES_HTTPS);

/// Returns a namespace name and its length up to its quote. Two bytes tell which known name it may be, so that it is
/// compared with one name alone.
#[inline(always)]
pub(super) fn namespace(value: &[u8], quote: u8) -> Option<(Uri, usize)> {
    let first: &[u8; 22] = value.first_chunk()?;
    // http://schemas.xmlsoap.org, http://schemas.microsoft.com, https://schemas.microsoft.com, http://www.w3.org
    let known = match (first[7], first[15]) {
        (b's', b'x') => literal(value, SOAP_1_1, Uri::SOAP_1_1),
        (b's', b'm') => literal(value, HTTP, Uri::HTTP),
        (b'/', _) => literal(value, HTTPS, Uri::HTTPS),
        // http://www.w3.org/2001/XMLSchema, alone or with -instance, is declared by many senders and used by few.
        (b'w', _) if first[21] == b'1' => match value.get(XSD.len()) {
            Some(b'-') => literal(value, XSI, Uri::XSI),
            _ => literal(value, XSD, Uri::OTHER),
        },
        _ => literal(value, SOAP_1_2, Uri::SOAP_1_2),
    };
    match known {
        Some((uri, length)) if value.get(length) == Some(&quote) => Some((uri, length)),
        _ => other_namespace(value, quote),
    }
}

#[inline(always)]
pub(super) fn literal<const N: usize>(value: &[u8], name: &[u8; N], uri: Uri) -> Option<(Uri, usize)> {
    scan::begins_with(value, name).then_some((uri, N))
}

#[inline(always)]
pub(super) fn other_namespace(value: &[u8], quote: u8) -> Option<(Uri, usize)> {
    // Most other names are short. A known name that has no meaning here counts as unknown. Two names are reserved.
    let plain = scan::plain_block(value);
    if plain > 0 && plain < 16 && value.get(plain) == Some(&quote) {
        return Some((Uri::OTHER, plain));
    }
    long_namespace(value, quote)
}

#[inline(never)]
pub(super) fn long_namespace(value: &[u8], quote: u8) -> Option<(Uri, usize)> {
    let (length, is_plain) = value_len(value, quote)?;
    let name = value.get(..length)?;
    match Uri::known_as(name) {
        // These names are reserved or undeclare a prefix.
        Some(Uri::NONE | Uri::XML | Uri::XMLNS) => None,
        Some(known) => Some((known, length)),
        None => {
            let fits = length <= NAMESPACE_BYTES && (is_plain || scan::is_plain(name));
            fits.then_some((Uri::OTHER, length))
        }
    }
}

/// Turns a namespace name into an array. A comparison with it then has a known length.
#[expect(clippy::panic, reason = "evaluated at compile time")]
pub(super) const fn array<const N: usize>(name: &str) -> &[u8; N] {
    match name.as_bytes().first_chunk() {
        Some(array) if name.len() == N => array,
        _ => panic!("another length"),
    }
}

/// Returns the length of a value up to its quote, and whether it surely is the value as written.
#[inline(always)]
pub(super) fn value_len(value: &[u8], quote: u8) -> Option<(usize, bool)> {
    let short = scan::plain_block(value);
    if short < 16 && value.get(short) == Some(&quote) {
        return Some((short, true));
    }
    // A longer tag is not usual. Without this bound, a value of 64 KB was read twice: 148,000 instructions instead of
    // 29,000.
    let value = value.get(..MAX_TAG_BYTES).unwrap_or(value);
    let plain = scan::plain_value(value, 0);
    if *value.get(plain)? == quote {
        return Some((plain, true));
    }
    let end = scan::value(value, plain);
    (*value.get(end)? == quote).then_some((end, false))
}

/// Reads the quote after `=`. Returns it and the bytes after it.
#[inline(always)]
pub(super) fn quote(equals: &[u8]) -> Option<(u8, &[u8])> {
    match equals {
        [b'=', quote @ (b'"' | b'\''), value @ ..] => Some((*quote, value)),
        _ => None,
    }
}

/// Compares namespace names and values with slices that are compared byte by byte.
#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::xml::chars;

    /// Returns the number and the length of a namespace name up to its quote, byte by byte.
    fn named_by(value: &[u8], quote: u8) -> Option<(Uri, usize)> {
        let length = value.iter().position(|&b| b == quote)?;
        let name = &value[..length];
        if name.iter().any(|&b| !(b' '..0x80).contains(&b) || matches!(b, b'<' | b'&' | b'"' | b'\'')) {
            return None;
        }
        match Uri::known_as(name) {
            Some(Uri::NONE | Uri::XML | Uri::XMLNS) => None,
            Some(known) => Some((known, length)),
            None => (length <= NAMESPACE_BYTES).then_some((Uri::OTHER, length)),
        }
    }

    #[test]
    fn namespace_names_one_byte_away() {
        let known = [
            SOAP_1_1.as_slice(),
            SOAP_1_2,
            HTTP,
            HTTPS,
            XSI,
            XSD,
            b"",
            b"urn:a",
            b"urn:fifteen....",
            b"urn:sixteen.....",
            b"urn:seventeen....",
        ];
        let others = [version::XML, version::XMLNS, version::ERRORS, version::TYPES].map(str::as_bytes);
        let long = [119, 120, 121].map(|length| "u".repeat(length).into_bytes());
        for name in known.into_iter().chain(others).chain(long.iter().map(Vec::as_slice)) {
            for quote in *b"\"'" {
                for behind in [1, 40, 70] {
                    let mut text = [name, &[quote], &b">".repeat(behind)].concat();
                    let long = if text.len() < 22 { None } else { named_by(&text, quote) };
                    assert_eq!(namespace(&text, quote), long, "{}", text.escape_ascii());
                    for place in 0..name.len() + 1 {
                        let kept = text[place];
                        for b in [
                            kept ^ 1,
                            kept ^ 0x20,
                            b'"',
                            b'\'',
                            b'<',
                            b'&',
                            b'>',
                            b' ',
                            b'\n',
                            0,
                            8,
                            0x1F,
                            0x80,
                            0xC3,
                        ] {
                            text[place] = b;
                            let expected = if text.len() < 22 { None } else { named_by(&text, quote) };
                            assert_eq!(namespace(&text, quote), expected, "{}", text.escape_ascii());
                        }
                        text[place] = kept;
                        let mut longer = text.clone();
                        longer.insert(place, b'x');
                        let expected = if longer.len() < 22 { None } else { named_by(&longer, quote) };
                        assert_eq!(namespace(&longer, quote), expected, "{}", longer.escape_ascii());
                    }
                }
            }
        }
    }

    /// Finds the end of a value, with every byte at every place.
    #[test]
    fn values_of_every_length() {
        for length in 0..=130 {
            for quote in *b"\"'" {
                let mut text = [b"v".repeat(length), [quote].to_vec(), b">".repeat(20)].concat();
                assert_eq!(value_len(&text, quote), Some((length, true)));
                for place in 0..length {
                    for b in [
                        0, 8, b'\t', b'\n', 0xC, b'\r', 0x1F, b' ', b'!', b'"', b'&', b'\'', b'(', b'<',
                        b'=', b'>', 0x7F, 0x80, 0xC3,
                    ] {
                        text[place] = b;
                        let end =
                            text.iter().position(|&b| !chars::is(b, chars::VALUE)).unwrap_or(text.len());
                        let plain = end == length || (end == place && b == quote);
                        let found = value_len(&text, quote);
                        assert_eq!(
                            found.map(|(length, _)| length),
                            plain.then_some(end),
                            "{}",
                            text.escape_ascii()
                        );
                        // A value that is known to be as written has no line end and no tab.
                        if let Some((length, true)) = found {
                            assert!(text[..length].iter().all(|&b| b >= b' '), "{}", text.escape_ascii());
                        }
                    }
                    text[place] = b'v';
                }
            }
        }
    }
}

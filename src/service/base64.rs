//! The base64 view of a CallId (RFC 4648, section 4). No other file names base64-simd.

use base64_simd::{AsOut as _, STANDARD};

use crate::base::error::ErrorKind;

fn is_alphabet(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/')
}

/// Decodes `text` into the beginning of `out`. An error holds the rule that is broken and its position in `text`, or
/// for `BufferTooSmall` the number of bytes that are needed.
pub(crate) fn decode<'b>(text: &[u8], out: &'b mut [u8]) -> Result<&'b mut [u8], (ErrorKind, usize)> {
    // The published version of base64-simd panics on a short output, so the length is compared first.
    let Ok(needed) = STANDARD.decoded_length(text) else { return Err(reason(text)) };
    let Some(out) = out.get_mut(..needed) else { return Err((ErrorKind::BufferTooSmall, needed)) };
    match STANDARD.decode(text, out.as_out()) {
        Ok(decoded) => Ok(decoded),
        Err(_) => Err(reason(text)),
    }
}

/// Returns the rule that a refused text breaks, and the position. Complexity: O(n), for a refused text only.
fn reason(text: &[u8]) -> (ErrorKind, usize) {
    let padding = text.iter().rev().take(2).take_while(|&&b| b == b'=').count();
    let body = text.len().saturating_sub(padding);
    let letters = text.get(..body).unwrap_or_default();
    if let Some(at) = letters.iter().position(|&b| !is_alphabet(b)) {
        let kind =
            if letters.get(at) == Some(&b'=') { ErrorKind::Base64Padding } else { ErrorKind::Base64Alphabet };
        return (kind, at);
    }
    if text.len() % 4 != 0 {
        return (ErrorKind::Base64Padding, body);
    }
    (ErrorKind::Base64Tail, body.saturating_sub(1))
}

/// Compares the decoder with one that takes a letter at a time.
#[cfg(test)]
#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a test may panic"
)]
mod tests {
    use std::format;
    use std::string::String;
    use std::vec::Vec;

    use super::*;

    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    /// Decodes as RFC 4648, section 4 says: four letters for three bytes. The bits that a last letter has too many are
    /// zero.
    fn decoded(text: &[u8]) -> Option<Vec<u8>> {
        let padding = text.iter().rev().take_while(|&&b| b == b'=').count();
        let letters = &text[..text.len() - padding];
        let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0);
        for letter in letters {
            held = (held << 6) | ALPHABET.iter().position(|known| known == letter)? as u32;
            bits += 6;
            if bits >= 8 {
                bits -= 8;
                bytes.push((held >> bits) as u8);
                held &= (1 << bits) - 1;
            }
        }
        (text.len() % 4 == 0 && padding == [0, 3, 2, 1][letters.len() % 4] && padding < 3 && held == 0)
            .then_some(bytes)
    }

    /// Compares the results, for buffers that are long enough and for short ones.
    #[track_caller]
    fn compare(text: &[u8]) {
        let mut out = [0xA5; 256];
        match (decode(text, &mut out), decoded(text)) {
            (Ok(ours), Some(expected)) => {
                assert_eq!(ours, expected, "{}", text.escape_ascii());
                for length in [0, 1, expected.len() - 1].into_iter().filter(|&n| n < expected.len()) {
                    let short = decode(text, &mut out[..length]);
                    assert_eq!(
                        short,
                        Err((ErrorKind::BufferTooSmall, expected.len())),
                        "{}",
                        text.escape_ascii()
                    );
                }
                assert_eq!(
                    decode(text, &mut out[..expected.len()]).map(|bytes| bytes.len()),
                    Ok(expected.len())
                );
            }
            (Err((kind, at)), None) => {
                // The first byte that is neither a letter nor a part of the padding at the end.
                let end = text.len() - text.iter().rev().take(2).take_while(|&&b| b == b'=').count();
                let odd = text[..end].iter().position(|b| !ALPHABET.contains(b));
                let expected = match odd {
                    Some(at) if text[at] == b'=' => (ErrorKind::Base64Padding, at),
                    Some(at) => (ErrorKind::Base64Alphabet, at),
                    None if text.len() % 4 != 0 => (ErrorKind::Base64Padding, end),
                    None => (ErrorKind::Base64Tail, end - 1),
                };
                assert_eq!((kind, at), expected, "{}", text.escape_ascii());
            }
            (ours, expected) => panic!("{ours:?} {expected:?} {}", text.escape_ascii()),
        }
    }

    #[test]
    fn every_short_text() {
        let mut texts = Vec::from([Vec::new()]);
        for _ in 0..=6 {
            texts.iter().filter(|text| !text.is_empty()).for_each(|text: &Vec<u8>| compare(text));
            let longer = |text: &Vec<u8>| b"AQgz/=*".map(|b| [text.as_slice(), &[b]].concat());
            texts = texts.iter().flat_map(longer).collect();
        }
        assert_eq!(decode(b"", &mut []), Ok(&mut [][..]));
    }

    /// Tries every byte at every place of lengths at which the decoder's vectors begin and end.
    #[test]
    fn every_byte_at_every_place() {
        for length in [4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 64, 68, 96, 128, 132] {
            for padding in 0..=2 {
                let fill: String = (0..length - padding).map(|n| char::from(ALPHABET[n * 7 % 64])).collect();
                let mut text = format!("{fill}{}", "=".repeat(padding)).into_bytes();
                for place in 0..length {
                    let kept = text[place];
                    for b in 0..=255 {
                        text[place] = b;
                        compare(&text);
                    }
                    text[place] = kept;
                }
            }
        }
    }

    /// Tries every last letter. It holds two or four bits too many, which must be zero. One letter alone is no byte.
    #[test]
    fn every_last_letter() {
        for &letter in ALPHABET {
            for text in
                [&[b'A', letter, b'=', b'='], &[b'A', b'B', letter, b'='], &[letter, b'=', b'=', b'=']]
            {
                compare(text);
            }
        }
        for (text, kind, at) in [
            ("A===", ErrorKind::Base64Padding, 1),
            ("A==", ErrorKind::Base64Padding, 1),
            ("A=", ErrorKind::Base64Padding, 1),
            ("A", ErrorKind::Base64Padding, 1),
            ("AA=", ErrorKind::Base64Padding, 2),
            ("====", ErrorKind::Base64Padding, 0),
            ("==", ErrorKind::Base64Padding, 0),
            ("AAAA====", ErrorKind::Base64Padding, 4),
            ("AAAA==", ErrorKind::Base64Padding, 4),
            ("AAAAA===", ErrorKind::Base64Padding, 5),
            ("AB==", ErrorKind::Base64Tail, 1),
            ("AAB=", ErrorKind::Base64Tail, 2),
            ("AAAAAAAAAAB=", ErrorKind::Base64Tail, 10),
        ] {
            assert_eq!(decode(text.as_bytes(), &mut [0; 9]), Err((kind, at)), "{text}");
        }
    }
}

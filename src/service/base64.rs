//! The base64 view of a CallId (RFC 4648, section 4). The only file that names base64-simd.

use base64_simd::{AsOut as _, STANDARD};

use crate::base::error::ErrorKind;

fn is_alphabet(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/')
}

/// Decodes into the beginning of `out`; otherwise the rule that is broken and its position in `text`, or for
/// `BufferTooSmall` how many bytes are needed.
pub(crate) fn decode<'b>(text: &[u8], out: &'b mut [u8]) -> Result<&'b mut [u8], (ErrorKind, usize)> {
    // The published version panics on a short output, so the length is asked for first.
    let Ok(needed) = STANDARD.decoded_length(text) else { return Err(reason(text)) };
    let Some(out) = out.get_mut(..needed) else { return Err((ErrorKind::BufferTooSmall, needed)) };
    match STANDARD.decode(text, out.as_out()) {
        Ok(decoded) => Ok(decoded),
        Err(_) => Err(reason(text)),
    }
}

/// Names what a refused text broke. Complexity: O(n), on refusal only.
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

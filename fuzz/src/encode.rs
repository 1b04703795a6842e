//! Encodes, and checks everything that can be checked without reading the result.

use umsoap::{Category, Envelope, Error, ErrorKind};

/// Encodes into two dirty buffers: one is one byte too short, the other has a guard after it.
pub fn encode(envelope: &Envelope<'_>) -> Result<Vec<u8>, Error> {
    let length = envelope.encoded_len();
    let mut out = vec![0xA5; length + 1024];
    let written = envelope.encode(&mut out).map(|written| written.len());
    let mut stream = Vec::new();
    let streamed = envelope.write_to(&mut stream);
    let guard = written.unwrap_or(0);
    assert_eq!(guard, length, "encoded_len of {envelope:?}");
    assert!(out[guard..].iter().all(|&b| b == 0xA5), "bytes behind the message were written");
    if let Err(error) = written {
        assert!(streamed.is_err() && stream.is_empty());
        assert_eq!(error.kind().category(), Category::Output);
        return Err(error);
    }
    assert!(streamed.is_ok() && stream == out[..length]);
    let mut short = vec![0xA5; length - 1];
    let refused = envelope.encode(&mut short).expect_err("the buffer is too short");
    assert_eq!((refused.kind(), refused.needed()), (ErrorKind::BufferTooSmall, Some(length)));
    assert!(refused.to_string().contains(&format!("({length} bytes ")), "{refused}");
    assert!(short.iter().all(|&b| b == 0xA5), "a refused encode wrote");
    out.truncate(length);
    Ok(out)
}

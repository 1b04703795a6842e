//! The identity of a request: a request id of the gateway, and the trace of W3C Trace Context that the request belongs
//! to. <https://www.w3.org/TR/trace-context/>

use http::{HeaderMap, HeaderName};

use crate::digits;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The length of a version, a trace id, a parent id and flags, each in lower-case hexadecimal digits.
const LENGTH: usize = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-00".len();

/// The trace that a request belongs to, and the gateway's part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trace {
    pub(crate) trace: u128,
    /// The span of the client, if the request names one.
    pub(crate) parent: Option<u64>,
    /// The span of the gateway, which is also the request id.
    pub(crate) span: u64,
    pub(crate) sampled: bool,
    /// The trace and the span in hexadecimal digits. They are written into the request, the answer and the log.
    pub(crate) trace_text: [u8; 32],
    pub(crate) span_text: [u8; 16],
}

fn digits(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Reads a header. A header of a later version may be longer, but its first fields are those of this version.
fn parse(header: &str) -> Option<(u128, u64, bool)> {
    let known = header.get(..LENGTH)?;
    let rest = header.get(LENGTH..)?;
    let mut fields = known.split('-');
    let (version, trace, parent, flags) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let lengths = [version.len(), trace.len(), parent.len(), flags.len()];
    if lengths != [2, 32, 16, 2] || ![version, trace, parent, flags].iter().all(|text| digits(text)) {
        return None;
    }
    if version == "ff" || (version == "00" && !rest.is_empty()) || !(rest.is_empty() || rest.starts_with('-'))
    {
        return None;
    }
    let trace = u128::from_str_radix(trace, 16).ok().filter(|trace| *trace != 0)?;
    let parent = u64::from_str_radix(parent, 16).ok().filter(|parent| *parent != 0)?;
    let flags = u8::from_str_radix(flags, 16).ok()?;
    Some((trace, parent, flags & 1 == 1))
}

impl Trace {
    /// Returns the trace that a request names, or a new one. Ids are unique but not secret, so a fast generator is
    /// enough. Of a hundred new traces, `percent` are told to a collector.
    pub(crate) fn of(headers: &HeaderMap, percent: u8) -> Self {
        let mut named = headers.get_all(TRACEPARENT).iter();
        let header = match (named.next(), named.next()) {
            (Some(header), None) => header.to_str().ok().and_then(parse),
            _ => None,
        };
        let (trace, parent, sampled) = match header {
            Some((trace, parent, sampled)) => (trace, Some(parent), sampled),
            None => (fastrand::u128(1..), None, fastrand::u8(..100) < percent),
        };
        let span = fastrand::u64(1..);
        let mut trace_text = [0; 32];
        let (high, low) = trace_text.split_at_mut(16);
        high.copy_from_slice(&digits::hexadecimal((trace >> 64) as u64));
        low.copy_from_slice(&digits::hexadecimal(trace as u64));
        Self { trace, parent, span, sampled, trace_text, span_text: digits::hexadecimal(span) }
    }

    /// Appends the value of the header for the next server.
    pub(crate) fn put_header(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(b"00-");
        to.extend_from_slice(&self.trace_text);
        to.push(b'-');
        to.extend_from_slice(&self.span_text);
        to.extend_from_slice(if self.sampled { b"-01" } else { b"-00" });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(trace: &Trace) -> String {
        let mut text = Vec::new();
        trace.put_header(&mut text);
        String::from_utf8(text).unwrap()
    }

    fn of(values: &[&str]) -> Trace {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("traceparent", value.parse().unwrap());
        }
        Trace::of(&headers, 0)
    }

    #[test]
    fn a_trace_goes_on_and_a_broken_one_begins_anew() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let trace = of(&[good]);
        assert_eq!((trace.parent, trace.sampled), (Some(0xb7ad_6b71_6920_3331), true));
        assert_eq!(header(&trace)[..36], good[..36]);
        assert_eq!(trace.span_text, *format!("{:016x}", trace.span).as_bytes());
        assert_ne!(header(&trace)[36..52], good[36..52]);
        assert_eq!(parse(&header(&trace)), Some((trace.trace, trace.span, true)));
        assert!(of(&["01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00-more"]).parent.is_some());
        for bad in [
            "",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319-cb7ad6b7169203331-01",
            "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00more",
        ] {
            assert_eq!(of(&[bad]).parent, None, "{bad}");
        }
        assert_eq!(of(&[good, good]).parent, None, "two are none");
        assert_ne!(of(&[]).trace, of(&[]).trace);
        assert!(!of(&[]).sampled && Trace::of(&HeaderMap::new(), 100).sampled);
    }
}

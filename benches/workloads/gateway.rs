//! Makes requests as they reach a gateway: with header blocks of WS-Addressing and WS-Security.

use super::random::Random;
use super::{Answer, Message};

/// The bytes of a request of (c) and (f).
const REQUEST: usize = 1700;
/// The bytes of (d1), (d2) and (d3).
const LONG_TOKEN: usize = 65_388;
const DENSE_HEADER: usize = 65_336;
/// The bytes of (h). Its 520 header blocks take some 80 bytes each.
const DECLARING_BLOCKS: usize = 44_032;

/// Returns request number `n`. Each has its own message id, security token, time and CallId, and all have one length.
pub(crate) fn request(n: usize) -> Message {
    build(n, "", |random, len| random.base64(len), REQUEST)
}

/// Returns a request whose token stands in one line.
pub(crate) fn token_in_one_line() -> Message {
    build(0, "", |random, len| random.base64(len), LONG_TOKEN)
}

/// Returns a request whose token has lines of 76 characters, as in MIME.
pub(crate) fn long_token() -> Message {
    let wrapped = |random: &mut Random, len: usize| {
        let mut token = String::new();
        while token.len() + 77 < len {
            token += &random.base64(76);
            token.push('\n');
        }
        let rest = len - token.len();
        token + &random.base64(rest)
    };
    build(0, "", wrapped, LONG_TOKEN)
}

pub(crate) fn dense_header() -> Message {
    let mut random = Random(2);
    let blocks: String = (0..460)
        .map(|n| {
            format!(
                "<p:Property xmlns:p=\"urn:example:properties\" p:id=\"property-{n:03}\"><p:Name>{:016x}</p:Name>\
                 <p:Value>{:08x}</p:Value></p:Property>",
                random.next(),
                random.next() >> 32
            )
        })
        .collect();
    build(0, &blocks, |random, len| random.base64(len), DENSE_HEADER)
}

/// Returns a request with 520 header blocks. Each declares a prefix, of 1 to 8 letters, for a namespace of its own, and
/// carries a prefixed attribute of its own namespace or of SOAP's, before or after the declaration. A block is empty,
/// or holds text or two elements. Names and texts have many lengths, so that the processor can guess none of them.
pub(crate) fn declaring_blocks() -> Message {
    const LOCALS: [&str; 8] = ["Id", "Trace", "Tenant", "Key", "Session", "Locale", "Hint", "Version"];
    let mut random = Random(4);
    let blocks: String = (0..520)
        .map(|n| {
            let length = 1 + random.below(8);
            let (prefix, local) = (random.letters(length), random.one_of(&LOCALS));
            let declaration = format!(" xmlns:{prefix}=\"urn:h:{n}\"");
            let attribute = match random.below(2) {
                0 => format!(" {prefix}:id=\"{}\"", random.below(10_000)),
                _ => " s:mustUnderstand=\"0\"".to_string(),
            };
            let attributes = match random.below(2) {
                0 => declaration + &attribute,
                _ => attribute + &declaration,
            };
            let length = 1 + random.below(15);
            let text = random.letters(length);
            let rest = match random.below(3) {
                0 => "/>".to_string(),
                1 => format!(">{text}</{prefix}:{local}>"),
                _ => format!("><{prefix}:A/><{prefix}:B>{text}</{prefix}:B></{prefix}:{local}>"),
            };
            format!("<{prefix}:{local}{attributes}{rest}")
        })
        .collect();
    build(0, &blocks, |random, len| random.base64(len), DECLARING_BLOCKS)
}

/// Builds a request with `blocks` first in its Header. The token fills the message up to `bytes`.
fn build(n: usize, blocks: &str, token: impl Fn(&mut Random, usize) -> String, bytes: usize) -> Message {
    let mut random = Random(n as u64);
    let (message_id, time) =
        (random.uuid(), format!("2026-11-{:02}T{:02}:{:02}", n % 28 + 1, n % 24, n % 60));
    let call_id = random.base64(100);
    let write = |token: &str| {
        format!(
            r#"<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:a="http://www.w3.org/2005/08/addressing" xmlns:u="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"><s:Header>{blocks}<a:Action s:mustUnderstand="0">http://schemas.microsoft.com/exchange/services/2006/messages/GetCallInfo</a:Action><a:MessageID>urn:uuid:{message_id}</a:MessageID><a:ReplyTo><a:Address>http://www.w3.org/2005/08/addressing/anonymous</a:Address></a:ReplyTo><a:To>https://mail.example.com/EWS/UM2007Legacy.asmx</a:To><o:Security s:mustUnderstand="0" xmlns:o="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"><u:Timestamp u:Id="time-{n:03}"><u:Created>{time}:00Z</u:Created><u:Expires>{time}:59Z</u:Expires></u:Timestamp><o:BinarySecurityToken u:Id="token-{n:03}" ValueType="urn:example:token">{token}</o:BinarySecurityToken></o:Security><t:RequestServerVersion xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types" Version="Exchange2010_SP2"/></s:Header><s:Body><GetCallInfo xmlns="http://schemas.microsoft.com/exchange/services/2006/messages"><CallId>{call_id}</CallId></GetCallInfo></s:Body></s:Envelope>"#
        )
    };
    let token = token(&mut random, bytes - write("").len());
    Message { bytes: write(&token).into_bytes(), answer: Answer::Request(call_id) }
}

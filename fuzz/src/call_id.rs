//! The base64 view of a CallId accepts what the crate base64 accepts, and decodes it to the bytes that the crate
//! returns.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use umsoap::{CallId, CallState, ErrorKind, EventCause, GetCallInfo, SoapVersion, um_server};

use super::input::Choices;
use super::message::is_char;

pub fn run(data: &[u8]) {
    let value = String::from_utf8_lossy(data);
    view(GetCallInfo::new(&value).call_id(), &value);
    assert_eq!(um_server(data), server(data), "{value:?}");
    assert_eq!(value.parse().ok(), CallState::ALL.into_iter().find(|state| state.as_str() == value));
    assert_eq!(value.parse().ok(), EventCause::ALL.into_iter().find(|cause| cause.as_str() == value));
    // Bytes that were encoded can always be decoded.
    if data.len() <= 384 {
        let encoded = BASE64_STANDARD.encode(data);
        view(GetCallInfo::new(&encoded).call_id(), &encoded);
        read(&encoded, &mut Choices::of(data));
    }
    read(&value, &mut Choices::of(data));
}

/// Returns what follows the @ of `GUID@host`, found in another way than the library's.
fn server(decoded: &[u8]) -> Option<&str> {
    let (guid, host) = core::str::from_utf8(decoded).ok()?.split_once('@')?;
    let groups: Vec<_> = guid.split('-').map(str::len).collect();
    let is_guid = groups == [8, 4, 4, 4, 12] && guid.replace('-', "").chars().all(|c| c.is_ascii_hexdigit());
    let is_label = |label: &str| {
        let legal = |c: char| matches!(c, 'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_');
        !label.is_empty() && label.len() < 64 && label.chars().all(legal)
    };
    (is_guid && host.len() < 254 && host.split('.').all(is_label)).then_some(host)
}

/// Reads the value from a message in which some of its characters are references or stand in CDATA sections.
fn read(value: &str, choices: &mut Choices) {
    let mut text = String::new();
    for c in value.chars() {
        match (c, choices.below(8)) {
            ('\r' | '&' | '<' | '>', _) | (_, 0) => text += &format!("&#x{:X};", c as u32),
            (_, 1) => text += &format!("<![CDATA[{c}]]>"),
            (_, 2) => text += &format!("<!---->{c}"),
            _ => text.push(c),
        }
    }
    let document = format!(
        "<Envelope xmlns='{}'><Body><GetCallInfo xmlns='http://schemas.microsoft.com/exchange/services/2006/messages'>\
         <CallId>{text}</CallId></GetCallInfo></Body></Envelope>",
        SoapVersion::V1_1.namespace()
    );
    // The library refuses a value that XML or the schema does not allow.
    if let Ok(request) = GetCallInfo::parse(document.as_bytes()) {
        assert_eq!(request.call_id().to_string(), value, "{document}");
        assert_eq!(request.call_id(), GetCallInfo::new(value).call_id(), "{document}");
        view(request.call_id(), value);
    } else {
        let legal = value.chars().all(is_char) && (1..=512).contains(&value.chars().count());
        assert!(!legal || text.len() > 3072, "{document}");
    }
}

fn view(id: CallId<'_>, value: &str) {
    let theirs = BASE64_STANDARD.decode(value);
    let mut out = vec![0xA5; value.len() + 1];
    let ours = id.decode(&mut out).map(|bytes| bytes.to_vec());
    match (&ours, &theirs) {
        (Ok(ours), Ok(theirs)) => {
            assert_eq!(ours, theirs, "{value:?}");
            assert!(out[ours.len()..].iter().all(|&b| b == 0xA5), "bytes behind the value were written");
            let needed = ours.len();
            let mut exact = vec![0; needed];
            assert_eq!(id.decode(&mut exact).as_deref(), Ok(&ours[..]));
            if let Some(short) = needed.checked_sub(1) {
                let error = id.decode(&mut vec![0; short]).expect_err("too short");
                assert_eq!(
                    (error.kind(), error.needed()),
                    (ErrorKind::BufferTooSmall, Some(needed)),
                    "{value:?}"
                );
            }
        }
        (Err(error), Err(_)) => {
            let at = value.as_bytes().get(error.offset());
            let is_letter = |b: &u8| b.is_ascii_alphanumeric() || b"+/".contains(b);
            let right = match error.kind() {
                ErrorKind::Base64Alphabet => at.is_some_and(|b| !is_letter(b) && *b != b'='),
                ErrorKind::Base64Padding => at.is_none_or(|b| *b == b'=') || value.len() % 4 != 0,
                ErrorKind::Base64Tail => at.is_some_and(is_letter) && value.ends_with('='),
                _ => false,
            };
            assert!(right, "{value:?}: {error}; {theirs:?}");
        }
        _ => panic!("{value:?}: {ours:?}, {theirs:?}"),
    }
}

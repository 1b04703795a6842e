//! Pins the kinds of errors: their codes and names, which callers store and count, and the sentences that people read.

use std::fmt::Write as _;
use umsoap::{Envelope, ErrorKind, GetCallInfo, SoapVersion};

/// `tests/data/codes.txt` has a line for each kind, with its code and its name. A new kind gets a line of its own. A
/// line of the file is never changed or removed.
#[test]
fn codes_never_change() {
    let listed = include_str!("data/codes.txt");
    let mut found = String::new();
    for kind in ErrorKind::ALL {
        writeln!(found, "{} {}", kind.code(), kind.name()).unwrap();
    }
    assert_eq!(found, listed, "tests/data/codes.txt");
    let codes: Vec<u16> = ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
    assert!(codes.is_sorted_by(|a, b| a < b), "a code is given twice");
    assert!(codes.iter().all(|code| (1..=999).contains(code)));
    assert!(ErrorKind::ALL.iter().all(|kind| format!("{kind:?}") == kind.name()));
}

fn sentence(body: &str) -> String {
    let document = format!(
        "<s:Envelope xmlns:s='{}' xmlns='http://schemas.microsoft.com/exchange/services/2006/messages'><s:Body>{body}",
        SoapVersion::V1_1.namespace()
    );
    let error = Envelope::parse(document.as_bytes()).unwrap_err();
    // The offset is counted from the start of Body's content.
    let start = document.len() - body.len();
    error
        .to_string()
        .replace(&format!("byte {}", error.offset()), &format!("byte {}", error.offset() - start))
}

/// Each rule of the schema has a sentence that names the element and the place.
#[test]
fn sentences() {
    let long = format!("<Disconnect><CallId>{}", "x".repeat(513));
    let expected = [
        ("<Disconnect/>", "CallId is missing at byte 0"),
        ("<PlayOnPhone><entryId>A</entryId></PlayOnPhone>", "DialString is missing at byte 33"),
        ("<SetOofStatus><status>1</status><status>", "status stands twice at byte 32"),
        (
            "<PlayOnPhoneGreeting><DialString>",
            "DialString stands in the wrong place of the sequence at byte 21",
        ),
        ("<PlayOnPhone><entryId/>", "entryId is empty at byte 13"),
        (&*long, "CallId has too many characters at byte 532"),
        (
            "<PlayOnPhoneGreeting><GreetingType>Custom</GreetingType>",
            "GreetingType has a word that the enumeration does not have at byte 35",
        ),
        (
            "<PlayOnPhoneGreeting><GreetingType> OofCustom</GreetingType>",
            "GreetingType has white space around its word at byte 35",
        ),
        (
            "<PlayOnPhoneGreeting><GreetingType>oofcustom</GreetingType>",
            "GreetingType has a word in another case at byte 35",
        ),
        ("<SetOofStatus><status>True</status>", "status is no boolean at byte 22"),
        ("<ResetPIN>x", "ResetPIN must be empty, and has text at byte 10"),
        ("<ResetPIN><x/>", "ResetPIN has an unknown child at byte 10"),
        ("<Disconnect><CallId><x/>", "CallId has an element inside its value at byte 20"),
        (
            "<Disconnect><CallId xmlns='https://schemas.microsoft.com/exchange/services/2006/messages'>",
            "CallId has another namespace than its message at byte 12",
        ),
        (
            "<GetCallInfoResponse><CallState>Idle</CallState><GetCallInfoResponse>",
            "GetCallInfoResponse is nested otherwise than once at byte 48",
        ),
        ("<PlayOnPhone><ItemId/>", "PlayOnPhone is a message of EWS, which has the same name at byte 13"),
        (
            "<GetCallInfoResponse><GetCallInfoResponse><GetCallInfoResponse>",
            "GetCallInfoResponse is nested otherwise than once at byte 42",
        ),
        ("<Disconnect>x", "Disconnect has text where only elements may stand at byte 12"),
        (
            "<Disconnect><CallId xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='1'>",
            "CallId cannot be nil at byte 72",
        ),
        (
            "<Disconnect><CallId xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='x'>",
            "CallId has an xsi:nil that is no boolean at byte 79",
        ),
    ];
    for (body, expected) in expected {
        assert_eq!(sentence(body), expected, "{body}");
    }
}

/// The sentence of a refused message names its byte, also byte 0. The sentence about a buffer that is too small names no
/// byte.
#[test]
fn sentences_name_the_byte() {
    for (document, expected) in [
        ("", "the input ended before the end of the Envelope at byte 0"),
        ("<x/>", "a root element that is no Envelope at byte 0"),
        ("x", "text outside the root element at byte 0"),
        (" <x/>", "a root element that is no Envelope at byte 1"),
    ] {
        assert_eq!(Envelope::parse(document.as_bytes()).unwrap_err().to_string(), expected, "{document}");
    }
    for at in [0, 1, 12, 345] {
        let document = format!("{}<?x?>", " ".repeat(at));
        let error = Envelope::parse(document.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), format!("{} at byte {at}", ErrorKind::ProcessingInstruction.message()));
    }
    let error = Envelope::parse(b"x").unwrap_err();
    assert!(format!("{error:?}").contains("element: None"), "{error:?}");
    let envelope = Envelope::new(SoapVersion::V1_1, GetCallInfo::new("MDlk").into());
    let error = envelope.encode(&mut []).unwrap_err();
    let expected =
        format!("{} ({} bytes are needed)", ErrorKind::BufferTooSmall.message(), envelope.encoded_len());
    assert_eq!(error.to_string(), expected);
    for (id, kind, sentence) in [
        ("", ErrorKind::UnwritableValue, "CallId would have a value that the schema does not allow"),
        (
            "\u{1}",
            ErrorKind::UnwritableChar,
            "CallId would have a character that XML does not allow at byte 0 of the value",
        ),
        (
            "ab\u{1}",
            ErrorKind::UnwritableChar,
            "CallId would have a character that XML does not allow at byte 2 of the value",
        ),
    ] {
        let error = Envelope::new(SoapVersion::V1_1, GetCallInfo::new(id).into()).check().unwrap_err();
        assert_eq!(error.kind(), kind);
        assert_eq!(error.to_string(), sentence);
    }
}

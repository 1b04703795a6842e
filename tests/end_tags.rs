//! Changes each byte of end tags of 1 to 70 bytes. They are refused at the name's first byte, in every way of reading.
mod ways;

use umsoap::ErrorKind;
use ways::{MESSAGES, SOAP_1_1, Ways};

/// The texts before and after the name: a header block, an element in a block, another operation, a detail.
const FRAMES: [(&str, &str); 6] = [
    ("<s:Header><NAME xmlns='urn:h'>", "</NAME></s:Header><s:Body>REQUEST</s:Body>"),
    (
        "<s:Header><NAME xmlns=\"urn:h\" a=\"b\" c='d' e='f'>text",
        "</NAME></s:Header><s:Body>REQUEST</s:Body>",
    ),
    (
        "<s:Header>\n <b xmlns='urn:h'>\n  <NAME>text of more than a word",
        "</NAME>\n </b></s:Header><s:Body>REQUEST</s:Body>",
    ),
    ("<s:Body><NAME>", "</NAME></s:Body>"),
    ("<s:Body><x a='&amp;'><NAME a='é'>t&amp;t", "</NAME></x></s:Body>"),
    (
        "<s:Body><s:Fault><faultcode>s:Client</faultcode><faultstring>x</faultstring><detail><NAME>",
        "</NAME></detail></s:Fault></s:Body>",
    ),
];

/// Returns a message with `name` in the start tag and `end` in the end tag, and the offset of the name in the end tag.
fn message((before, behind): (&str, &str), name: &str, end: &str) -> (Vec<u8>, usize) {
    let request = format!("<GetCallInfo xmlns='{MESSAGES}'><CallId>MDlk</CallId></GetCallInfo>");
    let start = format!("<s:Envelope xmlns:s='{SOAP_1_1}'>{}", before.replace("NAME", name));
    let rest = behind.replace("NAME", end).replace("REQUEST", &request);
    let at = start.len() + 2;
    (format!("{start}{rest}</s:Envelope>").into_bytes(), at)
}

fn name(length: usize) -> String {
    (0..length).map(|n| char::from(b'a' + (n % 26) as u8)).collect()
}

const SIZES: [usize; 3] = [7, 16, 64];

#[test]
fn every_byte_changed() {
    let mut ways = Ways::new();
    for frame in FRAMES {
        for length in 1..=70 {
            let name = name(length);
            let (right, _) = message(frame, &name, &name);
            // The message is read twice, so that its shape is known the second time.
            for _ in 0..2 {
                assert!(ways.agree(&right, &SIZES).is_ok(), "{}", right.escape_ascii());
            }
            for place in 0..length {
                let (right, at) = message(frame, &name, &name);
                for changed in [1, 0x20, 0x80] {
                    let mut wrong = right.clone();
                    wrong[at + place] ^= changed;
                    let sizes: &[usize] = if length % 8 < 3 && changed == 1 { &SIZES } else { &[] };
                    let error = ways.agree(&wrong, sizes).unwrap_err();
                    // A changed byte outside ASCII is no character.
                    let expected = match changed {
                        0x80 => (ErrorKind::InvalidUtf8, at + place),
                        _ => (ErrorKind::MismatchedEndTag, at),
                    };
                    let lead = changed == 0x80 && matches!(wrong[at + place], 0xC2..=0xF4);
                    assert!(lead || (error.kind(), error.offset()) == expected, "byte {place} of {length}");
                }
            }
            let longer = [format!("{name}x"), format!("x{name}"), format!("{name}:x")];
            for end in longer.iter().map(String::as_str).chain([&name[1..], &name[..length - 1]]) {
                let (wrong, at) = message(frame, &name, end);
                let error = ways.agree(&wrong, &SIZES).unwrap_err();
                // An end tag without a name is a mismatch, too.
                assert_eq!(
                    (error.kind(), error.offset()),
                    (ErrorKind::MismatchedEndTag, at),
                    "{end} for {name}"
                );
            }
        }
    }
}

/// Changes each byte of each end tag of SOAP and of the operation, with a prefix and without.
#[test]
fn every_byte_of_known_end_tags() {
    let mut ways = Ways::new();
    let request = "GetCallInfo [M]><{M}CallId>MDlk</{M}CallId></{M}GetCallInfo>";
    let reply = "GetCallInfoResponse [M]><{M}GetCallInfoResponse><{M}CallState>Idle</{M}CallState><{M}EventCause>None</{M}EventCause>\
        </{M}GetCallInfoResponse></{M}GetCallInfoResponse>";
    for entry in [request, reply] {
        for (s, m) in [("", ""), ("s", ""), ("soapenvl", "m"), ("soapenvel", "messages"), ("s", "messagesx")]
        {
            for header in ["", "<{S}Header/>", "<{S}Header></{S}Header>"] {
                let declared = |prefix: &str, uri: &str| match prefix {
                    "" => format!("xmlns=\"{uri}\""),
                    _ => format!("xmlns:{prefix}=\"{uri}\""),
                };
                let colon =
                    |prefix: &str| if prefix.is_empty() { String::new() } else { format!("{prefix}:") };
                let text = format!(
                    "<{{S}}Envelope [S]>{header}<{{S}}Body><{{M}}{entry}</{{S}}Body></{{S}}Envelope>"
                );
                let text = text.replace("[S]", &declared(s, SOAP_1_1)).replace("[M]", &declared(m, MESSAGES));
                let text = text.replace("{S}", &colon(s)).replace("{M}", &colon(m));
                assert!(ways.agree(text.as_bytes(), &SIZES).is_ok(), "{text}");
                for (tag, _) in text.match_indices("</") {
                    let end = tag + text[tag..].find('>').unwrap();
                    for place in tag + 2..end {
                        let mut wrong = text.clone().into_bytes();
                        wrong[place] ^= 1;
                        let error = ways.agree(&wrong, &[]).unwrap_err();
                        // The change makes a semicolon of the colon.
                        let kinds = [ErrorKind::MismatchedEndTag];
                        assert!(kinds.contains(&error.kind()), "{} {error}", wrong.escape_ascii());
                        assert_eq!(error.offset(), tag + 2, "{}", wrong.escape_ascii());
                    }
                }
            }
        }
    }
}

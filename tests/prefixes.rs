//! Tests prefixes of 0 to 11 bytes, with every byte at every place, where they are declared and where they are used.
//! All ways of reading agree, and the oracle agrees with them. A prefix stands in five places, so that a change of one
//! byte in a message never makes another accepted message.
mod oracle;
mod ways;

use oracle::{library::library, oracle};
use umsoap::ErrorKind;
use ways::{MESSAGES, SOAP_1_1, SOAP_1_2, Ways};

/// Messages in which `{S}` and `{M}` are a prefix with its colon, and `[S]` and `[M]` its declaration.
const FRAMES: [&str; 10] = [
    "<{S}Envelope [S]=\"SOAP\"><{S}Body><{M}GetCallInfo [M]=\"MESSAGES\"><{M}CallId>MDlk</{M}CallId></{M}GetCallInfo></{S}Body>\
        </{S}Envelope>",
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<{S}Envelope [S]=\"SOAP\">\n  <{S}Body>\n    <{M}GetCallInfo [M]=\"MESSAGES\">\n\
        <{M}CallId>MDlk</{M}CallId>\n    </{M}GetCallInfo>\n  </{S}Body>\n</{S}Envelope>\n",
    "<{S}Envelope [S]='SOAP'><{S}Header><o:b xmlns:o='urn:o' {S}mustUnderstand='0' o:a='1'>x</o:b></{S}Header><{S}Body>\
        <{M}GetCallInfo [M]='MESSAGES'><{M}CallId>MDlk</{M}CallId></{M}GetCallInfo></{S}Body></{S}Envelope>",
    "<{S}Envelope [S]=\"SOAP\"><{S}Header><{M}b [M]=\"MESSAGES\" {M}a=\"1\" c=\"2\">x</{M}b><{M}b [M]=\"urn:b\"/></{S}Header><{S}Body>\
        <{M}GetCallInfo [M]=\"MESSAGES\"><{M}CallId>MDlk</{M}CallId></{M}GetCallInfo></{S}Body></{S}Envelope>",
    "<{S}Envelope [S]=\"SOAP\" xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" [M]=\"MESSAGES\"><{S}Body i:type=\"t\">\
        <{M}GetCallInfo><{M}CallId i:type=\"t\">MDlk</{M}CallId></{M}GetCallInfo></{S}Body></{S}Envelope>",
    "<{S}Envelope a=\"b\" [S]=\"SOAP\" ><{S}Body ><{M}GetCallInfo\n[M]=\"MESSAGES\"><{M}CallId >MDlk</{M}CallId ></{M}GetCallInfo></{S}Body>\
        </{S}Envelope >",
    "<{S}Envelope [S]=\"SOAP\"><{S}Body><{M}GetCallInfoResponse [M]=\"MESSAGES\"><{M}GetCallInfoResponse><{M}CallState>Idle</{M}CallState>\
        <{M}EventCause>None</{M}EventCause></{M}GetCallInfoResponse></{M}GetCallInfoResponse></{S}Body></{S}Envelope>",
    "<{S}Envelope [S]=\"SOAP\"><{S}Header/><{S}Body><{M}GetCallInfoResponse [M]='MESSAGES'><{M}CallState>Idle</{M}CallState>\
        <{M}EventCause>None</{M}EventCause></{M}GetCallInfoResponse></{S}Body></{S}Envelope>",
    "<{S}Envelope [S]=\"SOAP\"><{S}Body><{S}Fault><faultcode [M]=\"MESSAGES\">{S}Client</faultcode><faultstring>x</faultstring>\
        <detail><{M}x [M]=\"urn:x\" {M}y='z'/></detail></{S}Fault></{S}Body></{S}Envelope>",
    "<{S}Envelope [S]=\"SOAP\"><{S}Body><{M}Disconnect [M]=\"MESSAGES\"><{M}CallId>MDlk</{M}CallId></{M}Disconnect></{S}Body></{S}Envelope>",
];

/// Fills each place of a frame with a prefix of its own. `prefix` returns it for the letter and the number of the
/// place.
fn filled(frame: &str, soap: &str, prefix: impl Fn(u8, usize) -> Vec<u8>) -> Vec<u8> {
    let frame = frame.replace("SOAP", soap).replace("MESSAGES", MESSAGES);
    let (mut message, mut rest, mut place) = (Vec::new(), frame.as_bytes(), [0, 0]);
    while let Some((&b, behind)) = rest.split_first() {
        let [open @ (b'{' | b'['), letter @ (b'S' | b'M'), _, behind @ ..] = rest else {
            message.push(b);
            rest = behind;
            continue;
        };
        let number = &mut place[usize::from(*letter == b'M')];
        let prefix = prefix(*letter, *number);
        *number += 1;
        match (open, prefix.is_empty()) {
            (b'{', true) => {}
            (b'{', false) => message.extend([&prefix[..], b":"].concat()),
            (_, true) => message.extend(b"xmlns"),
            (_, false) => message.extend([b"xmlns:", &prefix[..]].concat()),
        }
        rest = behind;
    }
    message
}

fn places(frame: &str, letter: char) -> usize {
    ["{}", "[]"]
        .iter()
        .map(|marks| frame.matches(&format!("{}{letter}{}", &marks[..1], &marks[1..])).count())
        .sum()
}

const PREFIXES: [&str; 2] = ["soapenvelop", "Z_z0-.9AaqM"];

/// Bytes that may stand in a name, bytes that end a name, and their neighbours.
const BYTES: &[u8] = b"azAZ09_-.:/@[`{^,;=!<>&'\" \t\n\r\0\x08\x1F\x7F\x80\xBF\xC0\xC3\xFF";

#[track_caller]
fn agrees_with_oracle(message: &[u8]) {
    assert_eq!(library(message), oracle(message), "{}", message.escape_ascii());
}

#[test]
fn every_length_of_both() {
    let mut ways = Ways::new();
    for (frame, soap) in FRAMES.iter().flat_map(|frame| [(frame, SOAP_1_1), (frame, SOAP_1_2)]) {
        for (s, m) in (0..=11).flat_map(|s| (0..=11).map(move |m| (s, m))) {
            for (soap_prefix, prefix) in [(PREFIXES[0], PREFIXES[1]), (PREFIXES[1], PREFIXES[1])] {
                let of = |letter, _: usize| match letter {
                    b'S' => soap_prefix.as_bytes()[..s].to_vec(),
                    _ => prefix.as_bytes()[..m].to_vec(),
                };
                let message = filled(frame, soap, of);
                let twice = ways.agree(&message, &[7]);
                assert_eq!(ways.agree(&message, &[64]), twice);
                agrees_with_oracle(&message);
                // A message is accepted when its two prefixes differ. Equal or empty prefixes may collide.
                assert!(
                    twice.is_ok() || soap == SOAP_1_2 || s == m || s == 0 || m == 0,
                    "{}",
                    message.escape_ascii()
                );
            }
        }
    }
}

/// Puts every byte at every place of a prefix: in all places of the message at once, and in one place alone.
#[test]
fn every_byte_at_every_place() {
    let mut ways = Ways::new();
    let mut accepted = 0;
    for frame in FRAMES {
        for (letter, other) in [(b'S', "m"), (b'S', ""), (b'M', "s"), (b'M', "")] {
            let count = places(frame, char::from(letter));
            for length in 1..=11 {
                let prefix = &PREFIXES[usize::from(letter == b'M')].as_bytes()[..length];
                let with = |changed: &[u8], at: Option<usize>| {
                    filled(frame, SOAP_1_1, |which, number| match which == letter {
                        true if at.is_none_or(|at| at == number) => changed.to_vec(),
                        true => prefix.to_vec(),
                        false => other.as_bytes().to_vec(),
                    })
                };
                for place in 0..length {
                    let mut changed = prefix.to_vec();
                    for b in 0..=255 {
                        changed[place] = b;
                        let message = with(&changed, None);
                        accepted += usize::from(ways.agree(&message, &[]).is_ok());
                        if BYTES.contains(&b) && other.is_empty() {
                            agrees_with_oracle(&message);
                        }
                    }
                    for number in 0..count {
                        for b in [prefix[place] ^ 1, prefix[place] ^ 0x20, b':', b'/', b'-', 0, 0xC3] {
                            changed[place] = b;
                            if b == prefix[place] {
                                continue;
                            }
                            let message = with(&changed, Some(number));
                            // One place has a prefix that is not declared. Only an empty prefix and a fault's code may
                            // be accepted.
                            assert!(
                                ways.agree(&message, &[]).is_err()
                                    || other.is_empty()
                                    || frame.contains("Fault"),
                                "{}",
                                message.escape_ascii()
                            );
                        }
                    }
                }
            }
        }
    }
    assert!(accepted > 10_000, "only {accepted} were accepted: they prove nothing");
}

/// Tests prefixes that are reserved, prefixes that are no names, prefixes that are names of elements, and prefixes
/// outside ASCII, in all pairs.
#[test]
fn odd_prefixes() {
    let odd = [
        "",
        "s",
        "xml",
        "xmlns",
        "xmlx",
        "XML",
        "xMl",
        "Xml",
        "xm",
        "x",
        "xmlnsx",
        "a:b",
        ":",
        "-a",
        "1a",
        ".a",
        "a-",
        "a.",
        "_",
        "a/",
        "a/b",
        "/",
        "a b",
        "é",
        "aé",
        "éa",
        "a\u{B7}",
        "\u{B7}a",
        "a\u{D7}",
        "€uro",
        "😀",
        "Envelope",
        "Body",
        "GetCallI",
        "GetCallInfo",
        "CallId",
        "i",
        "o",
        "abcdefgh",
        "abcdefgi",
        "abcdefghi",
        "a\0",
    ];
    let mut ways = Ways::new();
    for frame in FRAMES {
        for (s, m) in odd.iter().flat_map(|s| odd.map(|m| (*s, m))) {
            let message =
                filled(frame, SOAP_1_1, |letter, _| if letter == b'S' { s.into() } else { m.into() });
            let _ = ways.agree(&message, &[5]);
            agrees_with_oracle(&message);
        }
    }
}

/// Declares a prefix that differs in one byte from the prefix in use, at each of its places in a header block. The
/// whole prefix counts, also a prefix of 8 bytes or more.
#[test]
fn a_prefix_that_is_nearly_declared() {
    let mut ways = Ways::new();
    for length in 1..=11 {
        for place in 0..length {
            let used = &"abcdefghijk"[..length];
            let mut declared = used.as_bytes().to_vec();
            declared[place] += 11;
            let declared = String::from_utf8(declared).unwrap();
            for block in [
                format!("<{used}:a xmlns:{declared}='urn:h'/>"),
                format!("<{used}:a xmlns:{declared}='urn:h'>x</{used}:a>"),
                format!("<{used}:a b='c' xmlns:{declared}=\"urn:h\" d='e'>x</{used}:a>"),
                format!("<b xmlns='urn:b' xmlns:{declared}='urn:h' {used}:c='d'/>"),
                format!("<b xmlns='urn:b' xmlns:{declared}='urn:h'><{used}:c/></b>"),
                format!("<b xmlns='urn:b' xmlns:{declared}='urn:h'><c {used}:d='e'>x</c></b>"),
            ] {
                let of = |block: &str, entry: &str| {
                    format!(
                        "<s:Envelope xmlns:s='{SOAP_1_1}'><s:Header>{block}</s:Header><s:Body>{entry}</s:Body></s:Envelope>"
                    )
                };
                let request = format!("<GetCallInfo xmlns='{MESSAGES}'><CallId>MDlk</CallId></GetCallInfo>");
                for (header, entry) in [(&*block, &*request), ("", &*block)] {
                    let message = of(header, entry);
                    let error = ways.agree(message.as_bytes(), &[3, 64]).unwrap_err();
                    let at = message.find(&format!("{used}:")).unwrap();
                    assert_eq!(error.kind(), ErrorKind::UnboundPrefix, "{message}");
                    assert!(error.offset() == at || error.offset() + 1 == at, "{message}");
                    let correct =
                        |part: &str| part.replace(&format!("xmlns:{declared}="), &format!("xmlns:{used}="));
                    let right = of(&correct(header), &correct(entry));
                    assert!(ways.agree(right.as_bytes(), &[3, 64]).is_ok(), "{right}");
                }
            }
        }
    }
}

/// Declares a prefix in the first child of a response. The declaration ends with that child, so that the second child
/// must not see it.
#[test]
fn a_declaration_ends_with_its_child() {
    let mut ways = Ways::new();
    let mut accepted = 0;
    let declared = |prefix: &str, uri: &str| match prefix {
        "" => format!(" xmlns=\"{uri}\""),
        prefix => format!(" xmlns:{prefix}=\"{uri}\""),
    };
    let name = |prefix: &str, local: &str| match prefix {
        "" => local.to_owned(),
        prefix => format!("{prefix}:{local}"),
    };
    for own in ["", "m"] {
        for (outer, uri) in
            [("q", ""), ("q", MESSAGES), ("q", "urn:outer"), ("", "urn:outer"), ("", MESSAGES)]
        {
            for (inner, first, second) in [
                ("q", "q", own),
                ("q", "q", "q"),
                ("q", own, "q"),
                ("", "", own),
                ("", own, ""),
                ("", "", ""),
                ("m", "m", "m"),
                ("m", own, "m"),
            ] {
                for wrapped in [false, true] {
                    let outside = if uri.is_empty() { String::new() } else { declared(outer, uri) };
                    let (state, cause) = (name(first, "CallState"), name(second, "EventCause"));
                    let children = format!(
                        "<{state}{}>Idle</{state}><{cause}>None</{cause}>",
                        declared(inner, MESSAGES)
                    );
                    let response = name(own, "GetCallInfoResponse");
                    let children =
                        if wrapped { format!("<{response}>{children}</{response}>") } else { children };
                    let message = format!(
                        "<s:Envelope xmlns:s=\"{SOAP_1_1}\"{outside}><s:Body><{response}{}>{children}</{response}>\
                            </s:Body></s:Envelope>",
                        declared(own, MESSAGES)
                    );
                    // The second child may use the prefix of the message or a declaration of Envelope.
                    let is_bound = second == own || (second == outer && uri == MESSAGES);
                    let outcome = ways.agree(message.as_bytes(), &[3, 160, 200]);
                    assert_eq!(outcome.is_ok(), is_bound, "{message}");
                    accepted += usize::from(is_bound);
                }
            }
        }
    }
    assert!(accepted > 50, "only {accepted} messages were accepted");
}

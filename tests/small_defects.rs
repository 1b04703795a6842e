//! Tests rules about one byte or one number, each with the values next to it. Random messages find defects in such rules
//! only by chance.
mod ways;

use umsoap::{
    Body, Decoder, Envelope, Error, ErrorKind, FaultCode, GetCallInfo, Limits, Options, SoapVersion,
};
use ways::{MESSAGES, SOAP_1_1, SOAP_1_2, Ways};

/// Returns a request with this header and CallId.
fn request(soap: &str, header: &str, call_id: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"{soap}\"><s:Header>{header}</s:Header><s:Body><GetCallInfo xmlns=\"{MESSAGES}\"><CallId>{call_id}\
         </CallId></GetCallInfo></s:Body></s:Envelope>"
    )
}

#[track_caller]
fn refused(ways: &mut Ways, message: &str) -> (ErrorKind, usize) {
    let error = ways.agree(message.as_bytes(), &[7, 64]).expect_err(message);
    (error.kind(), error.offset())
}

/// Returns the value of a bit. `None` means that the attribute does not accept the text.
fn bit(value: &str) -> Option<bool> {
    match value {
        "0" | "&#48;" | "&#x30;" => Some(false),
        "1" | "&#49;" | "&#x0031;" => Some(true),
        _ => None,
    }
}

/// Returns the value of an `xs:boolean`. White space around the word does not count.
fn boolean(value: &str) -> Option<bool> {
    let value = value.replace("&#32;", " ").replace("&#13;", "\r").replace("tru&#101;", "true");
    match value.trim_matches([' ', '\t', '\r', '\n']) {
        "false" => Some(false),
        "true" => Some(true),
        bare => bit(bare),
    }
}

const VALUES: [&str; 31] = [
    "0",
    "1",
    "&#48;",
    "&#49;",
    "&#x0031;",
    " 1",
    "1 ",
    " 0",
    "0 ",
    "\t1",
    "1\n",
    "\r\n1",
    "&#32;1",
    "1&#13;",
    "true",
    "false",
    " true",
    "false ",
    "tru&#101;",
    "TRUE",
    "True",
    "",
    " ",
    "01",
    "10",
    "00",
    "11",
    "2",
    "yes",
    "1\u{A0}",
    "t",
];

/// `mustUnderstand` is 0 or 1 in SOAP 1.1, and nothing may stand around it. In 1.2 it is a boolean.
#[test]
fn values_of_must_understand() {
    let mut ways = Ways::new();
    let more = ["", " a='b'", " a='b' c=\"d\" e='f'"];
    for (soap, value) in VALUES.iter().flat_map(|value| [(SOAP_1_1, value), (SOAP_1_2, value)]) {
        for (before, behind) in
            more.iter().flat_map(|before| more.map(|behind| (before, behind.replace('=', "x="))))
        {
            for quote in ["'", "\""] {
                let block = format!(
                    "<p:b xmlns:p='urn:p'{before} s:mustUnderstand={quote}{value}{quote}{behind}>x</p:b>"
                );
                let message = request(soap, &block, "MDlk");
                let value_at = message.find("mustUnderstand=").unwrap() + "mustUnderstand='".len();
                match if soap == SOAP_1_1 { bit(value) } else { boolean(value) } {
                    Some(false) => assert!(ways.agree(message.as_bytes(), &[7, 64]).is_ok(), "{message}"),
                    Some(true) => {
                        let expected = (ErrorKind::MustUnderstand, message.find("<p:b").unwrap());
                        assert_eq!(refused(&mut ways, &message), expected, "{message}");
                    }
                    None => {
                        let expected = (ErrorKind::InvalidMustUnderstand, value_at);
                        assert_eq!(refused(&mut ways, &message), expected, "{message}");
                    }
                }
                // Without the envelope's prefix the attribute has no rules.
                assert!(ways.agree(message.replace("s:must", "must").as_bytes(), &[]).is_ok());
            }
        }
    }
}

/// `relay` is a boolean in SOAP 1.2. In 1.1 it has no rules.
#[test]
fn values_of_relay() {
    let mut ways = Ways::new();
    for value in VALUES {
        let block = format!("<p:b xmlns:p='urn:p' s:relay='{value}'>x</p:b>");
        assert!(ways.agree(request(SOAP_1_1, &block, "MDlk").as_bytes(), &[7]).is_ok(), "{value}");
        let message = request(SOAP_1_2, &block, "MDlk");
        match boolean(value) {
            Some(_) => assert!(ways.agree(message.as_bytes(), &[7]).is_ok(), "{value}"),
            None => {
                let at = message.find("relay='").unwrap() + "relay='".len();
                assert_eq!(refused(&mut ways, &message), (ErrorKind::InvalidRelay, at), "{value}");
            }
        }
    }
}

/// `xsi:nil` counts on every element of SOAP and of the operation, and on no other.
#[test]
fn values_of_nil() {
    const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
    let mut ways = Ways::new();
    let reply = format!(
        "<s:Envelope xmlns:s=\"{SOAP_1_1}\"><s:Header><b xmlns=\"urn:b\">x</b></s:Header><s:Body><GetCallInfoResponse \
         xmlns=\"{MESSAGES}\"><GetCallInfoResponse\n><CallState>Idle</CallState><EventCause>None</EventCause></GetCallInfoResponse>\
         </GetCallInfoResponse></s:Body></s:Envelope>"
    );
    let fault = format!(
        "<s:Envelope xmlns:s=\"{SOAP_1_1}\"><s:Body><s:Fault><faultcode>s:Client</faultcode><faultstring>x</faultstring><detail><x/>\
         </detail></s:Fault></s:Body></s:Envelope>"
    );
    let request = request(SOAP_1_1, "<b xmlns=\"urn:b\"><c/></b>", "MDlk");
    for (message, name, counts) in [
        (&request, "<s:Envelope", true),
        (&request, "<s:Header", true),
        (&request, "<b", false),
        (&request, "<c", false),
        (&request, "<s:Body", true),
        (&request, "<GetCallInfo", true),
        (&request, "<CallId", true),
        (&reply, "<s:Header", true),
        (&reply, "<GetCallInfoResponse", true),
        (&reply, "<GetCallInfoResponse\n", true),
        (&reply, "<CallState", true),
        (&reply, "<EventCause", true),
        (&fault, "<s:Envelope", true),
        (&fault, "<s:Body", true),
        (&fault, "<s:Fault", false),
        (&fault, "<faultcode", false),
        (&fault, "<faultstring", false),
        (&fault, "<detail", false),
        (&fault, "<x", false),
    ] {
        for value in VALUES {
            for (before, behind) in [("", ""), (" i:type='t'", ""), ("", " i:other='t'")] {
                // The prefix is declared in the same tag, before the attribute and after it.
                for declared in [true, false] {
                    let uri = format!(" xmlns:i='{XSI}'");
                    let (first, last) = if declared { (&*uri, "") } else { ("", &*uri) };
                    let nil = format!("{first}{before} i:nil='{value}'{behind}{last}");
                    let message = message.replacen(name, &format!("{}{nil}", name.trim_end()), 1);
                    let (name_at, value_at) =
                        (message.find("i:nil").unwrap(), message.find("i:nil='").unwrap() + "i:nil='".len());
                    let expected = match boolean(value) {
                        _ if !counts => None,
                        Some(false) => None,
                        Some(true) => Some((ErrorKind::Nil, name_at)),
                        None => Some((ErrorKind::InvalidNil, value_at)),
                    };
                    match expected {
                        None => assert!(ways.agree(message.as_bytes(), &[7]).is_ok(), "{message}"),
                        Some(expected) => assert_eq!(refused(&mut ways, &message), expected, "{message}"),
                    }
                    // In another namespace, or in none, the attribute has no rules.
                    let other = message.replace("XMLSchema-instance", "XMLSchema-instancf");
                    assert!(ways.agree(other.as_bytes(), &[]).is_ok(), "{other}");
                    assert!(ways.agree(message.replace("i:nil", "nil").as_bytes(), &[]).is_ok(), "{message}");
                }
            }
        }
    }
}

/// Feeds a message in chunks of a size. Returns the bytes that were fed before the refusal.
fn fed(limits: Limits, message: &[u8], size: usize) -> Result<usize, (Error, usize)> {
    let mut decoder = Decoder::with_options(Options::new().with_limits(limits));
    let mut fed = 0;
    for chunk in message.chunks(size) {
        fed += chunk.len();
        decoder.feed(chunk).map_err(|error| (error, fed))?;
    }
    decoder.finish().map(|_| fed).map_err(|error| (error, fed))
}

/// The limit on the message's length holds in every sort of text and markup. `feed` refuses the chunk that contains the
/// first byte above the limit.
#[test]
fn the_messages_length_in_every_run() {
    let operation =
        format!("<s:Body><GetCallInfo xmlns='{MESSAGES}'><CallId>A</CallId></GetCallInfo></s:Body>");
    for (before, run, behind) in [
        ("<s:Header><b xmlns='urn:b'>", "t", "</b></s:Header>"),
        ("<s:Header><b xmlns='urn:b'>", " ", "</b></s:Header>"),
        ("<s:Header><b xmlns='urn:b'>", "]", "</b></s:Header>"),
        ("<s:Header><b xmlns='urn:b'>", "&amp;", "</b></s:Header>"),
        ("<s:Header><b xmlns='urn:b'>", "é", "</b></s:Header>"),
        ("<s:Header><b xmlns='urn:b'>", "<c/>", "</b></s:Header>"),
        ("<s:Header><b xmlns='urn:b'>", "<!---->", "</b></s:Header>"),
        ("<s:Header><b xmlns='urn:b' c='", "t", "'/></s:Header>"),
        ("<s:Header><b xmlns='urn:b'><![CDATA[", "t", "]]></b></s:Header>"),
        ("<s:Header>", "\n", "</s:Header>"),
        ("<!--", "t", "-->"),
        ("", " ", ""),
    ] {
        let message = |count: usize| {
            let run = run.repeat(count);
            format!("<s:Envelope xmlns:s='{SOAP_1_1}'>{before}{run}{behind}{operation}</s:Envelope>")
        };
        let long = message(1000 / run.len());
        for most in [300, 317, long.len() - 1, long.len(), long.len() + 1] {
            let limits = Limits::DEFAULT.with_message_bytes(most as u32).unwrap();
            let whole = Envelope::parse_with(long.as_bytes(), &Options::new().with_limits(limits));
            for size in [1, 3, 7, 16, 63, 64, 65, 100, 299, 300, 301, 2000] {
                match fed(limits, long.as_bytes(), size) {
                    Ok(fed) => assert!(
                        most >= long.len() && fed == long.len() && whole.is_ok(),
                        "{run} {most} {size}"
                    ),
                    Err((error, fed)) => {
                        assert_eq!(
                            (error.kind(), error.offset()),
                            (ErrorKind::MessageTooLong, most),
                            "{run} {size}"
                        );
                        assert_eq!(Err(error), whole.as_ref().map(|_| ()).map_err(|error| *error));
                        assert_eq!(
                            fed,
                            ((most / size + 1) * size).min(long.len()),
                            "{run}: by the first chunk over it"
                        );
                    }
                }
            }
        }
    }
}

/// Tests CallIds of 512 characters, and of one more, with last characters that are written in every way. A CR LF is one
/// character, also when a chunk cuts it.
#[test]
fn the_last_characters_of_a_call_id() {
    let pieces = [
        "a",
        "\r",
        "\n",
        "é",
        "😀",
        "&#x1F600;",
        "&amp;",
        "&#13;",
        "&#10;",
        "<![CDATA[\r]]>",
        "<![CDATA[]]>",
        "<!---->",
        "<!--é😀-->",
    ];
    let mut ways = Ways::new();
    let mut ends = vec![String::new()];
    for _ in 0..3 {
        ends.extend(ends.clone().iter().flat_map(|end| pieces.map(|piece| format!("{end}{piece}"))));
    }
    ends.sort();
    ends.dedup();
    assert!(ends.len() > 1500);
    for end in ends {
        let count = characters(&end);
        for fill in [512 - count, 513 - count] {
            let call_id = format!("{}{end}", "x".repeat(fill));
            let message = request(SOAP_1_1, "", &call_id);
            let said = ways.agree(message.as_bytes(), &[2, 64, message.len() - 60]);
            if fill + count <= 512 {
                assert_eq!(said.unwrap().2.raw_fields("GetCallInfo"), [call_id], "{end:?}");
            } else {
                let error = said.unwrap_err();
                let at = message.find("<CallId>").unwrap() + "<CallId>".len() + nth_character(&call_id, 512);
                assert_eq!((error.kind(), error.offset()), (ErrorKind::ValueTooLong, at), "{end:?}");
            }
        }
    }
}

/// Returns the offset of the character of this number.
fn nth_character(raw: &str, number: usize) -> usize {
    let (mut at, mut count) = (0, 0);
    loop {
        let rest = &raw[at..];
        let length = |end: &str| rest.find(end).unwrap() + end.len();
        let (passed, counts) = match rest {
            _ if rest.starts_with("<!--") => (length("-->"), 0),
            _ if rest.starts_with("<![CDATA[") => ("<![CDATA[".len(), 0),
            _ if rest.starts_with("]]>") => ("]]>".len(), 0),
            _ if rest.starts_with('&') => (length(";"), 1),
            _ if rest.starts_with("\r\n") => (2, 1),
            _ => (rest.chars().next().unwrap().len_utf8(), 1),
        };
        if count == number && counts == 1 {
            return at;
        }
        (at, count) = (at + passed, count + counts);
    }
}

/// Returns the number of characters for which these pieces stand: line ends are resolved first, then each reference and
/// each character counts as one.
fn characters(raw: &str) -> usize {
    let mut text = raw
        .replace("\r\n", "\n")
        .replace("<!---->", "")
        .replace("<!--é😀-->", "")
        .replace("<![CDATA[", "")
        .replace("]]>", "");
    for reference in ["&#x1F600;", "&amp;", "&#13;", "&#10;"] {
        text = text.replace(reference, "x");
    }
    text.chars().count()
}

/// References to characters of one to four bytes count as one character each.
#[test]
fn references_of_every_length() {
    let mut ways = Ways::new();
    for reference in [
        "&#9;",
        "&#x41;",
        "&amp;",
        "&quot;",
        "&#xE9;",
        "&#x7FF;",
        "&#x800;",
        "&#x20AC;",
        "&#xFFFD;",
        "&#65536;",
        "&#x1F600;",
        "&#x10FFFF;",
    ] {
        // Letters fill the CallId, since references alone may take more bytes than are kept.
        for count in [1, 2, 255, 256, 257, 280] {
            for (total, fits) in [(511, true), (512, true), (513, false)] {
                let call_id = format!("{}{}", "x".repeat(total - count), reference.repeat(count));
                let message = request(SOAP_1_1, "", &call_id);
                let said = ways.agree(message.as_bytes(), &[5, 64]);
                if fits {
                    assert_eq!(said.unwrap().2.raw_fields("GetCallInfo"), [call_id]);
                } else {
                    let last = message.find("</CallId>").unwrap() - reference.len();
                    let error = said.unwrap_err();
                    assert_eq!(
                        (error.kind(), error.offset()),
                        (ErrorKind::ValueTooLong, last),
                        "{reference}"
                    );
                }
            }
        }
    }
}

/// Puts every byte into a CallId, as the first, a middle and the last one, in usual messages and in others.
#[test]
fn every_byte_in_a_call_id() {
    let mut ways = Ways::new();
    let usual = request(SOAP_1_1, "", "CALLID").replace("<s:Header></s:Header>", "");
    let odd = usual.replace("<CallId>", "<CallId a='&amp;'>");
    for message in [usual, request(SOAP_1_2, "<b xmlns='urn:b'/>", "CALLID"), odd] {
        let at = message.find("CALLID").unwrap();
        for length in [1, 2, 8, 9, 31, 32, 33, 40, 41, 64, 100, 512] {
            for (place, b) in (0..=255).flat_map(|b| [0, length / 2, length - 1].map(|place| (place, b))) {
                let mut call_id = vec![b'i'; length];
                call_id[place] = b;
                let message =
                    [&message.as_bytes()[..at], &call_id, &message.as_bytes()[at + "CALLID".len()..]]
                        .concat();
                let said = ways.agree(&message, if length < 42 { &[64] } else { &[] });
                let (kind, offset) = match b {
                    b'\t' | b'\n' | b'\r' | b' '..=b'%' | b'\''..=b';' | b'='..=0x7F => {
                        let value = String::from_utf8(call_id).unwrap();
                        assert_eq!(said.unwrap().2.raw_fields("GetCallInfo"), [value], "{b:X}");
                        continue;
                    }
                    b'&' | b'<' => {
                        assert!(said.is_err(), "{b:X}");
                        continue;
                    }
                    0..=0x1F => (ErrorKind::InvalidChar, at + place),
                    0x80.. => (ErrorKind::InvalidUtf8, at + place),
                };
                let error = said.unwrap_err();
                assert_eq!((error.kind(), error.offset()), (kind, offset), "{b:X} at {place} of {length}");
            }
        }
    }
}

/// Tests messages of 1 MiB, and of one byte less and more, in every way of reading.
#[test]
fn the_messages_length_by_default() {
    let mut ways = Ways::new();
    let frames = [
        request(SOAP_1_1, "<b xmlns='urn:b'>RUN</b>", "A"),
        request(SOAP_1_1, "RUN", "A"),
        request(SOAP_1_2, "<b xmlns='urn:b'><![CDATA[RUN]]></b>", "A"),
        request(SOAP_1_1, "", "A") + "RUN",
        request(SOAP_1_1, "", "A").replace("<s:Header></s:Header>", "") + "RUN",
    ];
    for frame in frames {
        for length in [(1 << 20) - 1, 1 << 20, (1 << 20) + 1, (1 << 20) + 2] {
            let run = " ".repeat(length + "RUN".len() - frame.len());
            let message = frame.replace("RUN", &run);
            assert_eq!(message.len(), length);
            match ways.agree(message.as_bytes(), &[64, 4096, length - 1]) {
                Ok(_) => assert!(length <= 1 << 20),
                Err(error) => {
                    assert_eq!((error.kind(), error.offset()), (ErrorKind::MessageTooLong, 1 << 20));
                    assert!(length > 1 << 20);
                }
            }
        }
    }
}

/// A decoder that took a whole message in one chunk still reads what follows.
#[test]
fn what_follows_a_whole_message() {
    let reply = "<GetCallInfoResponse xmlns=\"M\"><CallState>Idle</CallState><EventCause>None</EventCause></GetCallInfoResponse>";
    let messages = [
        request(SOAP_1_1, "", "MDlk"),
        request(SOAP_1_1, "<b xmlns=\"urn:b\">x</b>", "MDlk") + "\n",
        request(SOAP_1_2, "", "MDlk").replace("<s:Header></s:Header>", ""),
        format!(
            "<s:Envelope xmlns:s=\"{SOAP_1_1}\"><s:Body>{}</s:Body></s:Envelope>",
            reply.replace('M', MESSAGES)
        ),
        request(SOAP_1_1, "", "A&amp;B"),
    ];
    let mut behind: Vec<Vec<u8>> = (0..=255).map(|b| vec![b]).collect();
    for more in [
        "",
        " \n",
        "<!-- x -->",
        "<!-- x",
        "<!",
        "<![CDATA[x]]>",
        "<a/>",
        "</s:Envelope>",
        "<?x?>",
        "<?xml version='1.0'?>",
        "&amp;",
        "&#32;",
        "é",
        "]]>",
        " <",
    ] {
        behind.push(more.into());
    }
    for message in &messages {
        // A second message in one chunk is not taken for the first.
        let second = message.as_bytes().to_vec();
        for more in behind.iter().chain([&second]) {
            let whole = [message.as_bytes(), more].concat();
            let expected =
                Envelope::parse(&whole).map(|_| ()).map_err(|error| (error.kind(), error.offset()));
            for chunks in [
                vec![message.as_bytes(), &more[..]],
                vec![message.as_bytes(), b"", &more[..]],
                whole.chunks(1).collect(),
            ] {
                let mut decoder = Decoder::new();
                let fed = chunks.iter().try_for_each(|chunk| decoder.feed(chunk));
                let said = fed.and_then(|()| decoder.finish().map(|_| ()));
                assert_eq!(
                    said.map_err(|error| (error.kind(), error.offset())),
                    expected,
                    "{}",
                    whole.escape_ascii()
                );
            }
        }
    }
}

/// Tests start tags of 4,096 bytes, and of one more, on every element of a usual message, with few attributes and with
/// many.
#[test]
fn the_length_of_every_tag() {
    let mut ways = Ways::new();
    let message = request(SOAP_1_1, "<b xmlns=\"urn:b\"><c>x</c></b>", "MDlk");
    for name in ["<s:Envelope", "<s:Header", "<b", "<c", "<s:Body", "<GetCallInfo", "<CallId"] {
        let start = message.find(&format!("{name}>")).or_else(|| message.find(&format!("{name} "))).unwrap();
        let end = start + message[start..].find('>').unwrap();
        for count in [1, 2, 3, 5, 8] {
            for declared in [false, true] {
                let attributes: String = (1..count)
                    .map(|n| if declared { format!(" xmlns:p{n}='urn:p'") } else { format!(" p{n}='v'") })
                    .collect();
                let room = 4096 - (end - start) - attributes.len() - " last=''>".len();
                for (length, fits) in [(room - 1, true), (room, true), (room + 1, false), (room + 2, false)] {
                    let attributes = format!("{attributes} last='{}'", "v".repeat(length));
                    let message = format!("{}{attributes}{}", &message[..end], &message[end..]);
                    match ways.agree(message.as_bytes(), &[64, 4096]) {
                        Ok(_) => assert!(fits, "{name} {count} {length}"),
                        Err(error) => {
                            let expected = (ErrorKind::TagTooLong, start + 4096);
                            assert!(
                                !fits && (error.kind(), error.offset()) == expected,
                                "{name} {count} {error}"
                            );
                        }
                    }
                }
            }
        }
    }
}

/// The characters of a comment are no part of a value, wherever the comment is cut.
#[test]
fn comments_are_no_part_of_a_value() {
    let mut ways = Ways::new();
    let reply = |state: &str, cause: &str| {
        format!(
            "<s:Envelope xmlns:s=\"{SOAP_1_1}\"><s:Body><GetCallInfoResponse xmlns=\"{MESSAGES}\"><CallState>{state}</CallState><EventCause>\
             {cause}</EventCause></GetCallInfoResponse></s:Body></s:Envelope>"
        )
    };
    for comment in [
        "<!---->",
        "<!--x-->",
        "<!-- \r\n -->",
        "<!--é-->",
        "<!--€-->",
        "<!--😀-->",
        "<!--]]>&amp;<a>-->",
        "<![CDATA[]]>",
    ] {
        let empty = request(SOAP_1_1, "", comment);
        assert_eq!(
            refused(&mut ways, &empty),
            (ErrorKind::EmptyValue, empty.find("</CallId>").unwrap()),
            "{comment}"
        );
        for (head, tail) in [("", "Idle"), ("I", "dle"), ("Idl", "e"), ("Idle", "")] {
            let message =
                reply(&format!("{head}{comment}{tail}"), &format!("{comment}No{comment}ne{comment}"));
            let said = ways.agree(message.as_bytes(), &[2, 3, 64]).expect(&message);
            assert_eq!(said.2.raw_fields("GetCallInfoResponse"), ["Idle", "None"], "{message}");
            let wrong = reply(&format!("{head}x{comment}{tail}"), "None");
            assert_eq!(refused(&mut ways, &wrong).0, ErrorKind::UnknownWord, "{wrong}");
        }
    }
}

/// Tests every ASCII character after the name of an element or an attribute, and a character outside ASCII at each of these
/// places. The kind and the offset of the error agree in every way of reading.
#[test]
fn what_ends_a_name() {
    use ErrorKind::*;
    let mut ways = Ways::new();
    for name in ["t", "a:t", "_", "a:_-.9", "nnnnnnnnnnnnnnnnnnnn", "é", "a:é"] {
        let start = format!("<s:Envelope xmlns:s='{SOAP_1_1}'><s:Body><x xmlns:a='u'><");
        for b in (0..0x80_u8).map(char::from) {
            let is_name = b.is_ascii_alphanumeric() || "-._:".contains(b);
            let is_space = " \t\r\n".contains(b);
            // After the name of an element.
            let document = format!("{start}{name}{b}");
            let at = document.len() - 1;
            let expected = match b {
                ':' if name.contains(':') => (InvalidQName, at),
                '/' | '>' => (UnexpectedEnd, document.len()),
                _ if is_name || is_space => (UnexpectedEnd, document.len()),
                _ if b < ' ' => (InvalidChar, at),
                _ => (InvalidName, at),
            };
            assert_eq!(refused(&mut ways, &document), expected, "{document:?}");
            // After the name of an attribute.
            let document = format!("{start}x {name}{b}");
            let at = document.len() - 1;
            let expected = match b {
                ':' if name.contains(':') => (InvalidQName, at),
                '=' => (UnexpectedEnd, document.len()),
                '>' | '/' | '"' | '\'' | '<' => (MissingEquals, at),
                _ if is_name || is_space => (UnexpectedEnd, document.len()),
                _ if b < ' ' => (InvalidChar, at),
                _ => (InvalidName, at),
            };
            assert_eq!(refused(&mut ways, &document), expected, "{document:?}");
        }
    }
    // The first character of a name, and of a local name.
    for (c, begins, goes_on) in
        [('é', true, true), ('\u{B7}', false, true), ('\u{D7}', false, false), ('\u{10000}', true, true)]
    {
        for (before, at_start) in [("", true), ("a:", true), ("n", false), ("a:n", false)] {
            for around in ["<", "<x "] {
                let start =
                    format!("<s:Envelope xmlns:s='{SOAP_1_1}'><s:Body><x xmlns:a='u'>{around}{before}");
                let document = format!("{start}{c}");
                let expected = match (at_start, begins, goes_on) {
                    (true, true, _) | (false, _, true) => (UnexpectedEnd, document.len()),
                    (true, false, true) if !before.is_empty() => (InvalidQName, start.len()),
                    _ => (InvalidName, start.len()),
                };
                assert_eq!(refused(&mut ways, &document), expected, "{document:?}");
            }
        }
    }
}

/// An element is no Header if only its local name is right. An attribute without a prefix is in no namespace, whatever the
/// default namespace is.
#[test]
fn namespaces_of_the_header_and_of_its_attributes() {
    let mut ways = Ways::new();
    for soap in [SOAP_1_1, SOAP_1_2] {
        let foreign = request(soap, "", "MDlk").replace("s:Header>", "x:Header>");
        let foreign = foreign.replace("<s:Envelope ", "<s:Envelope xmlns:x='urn:x' ");
        let at = foreign.find("<x:Header>").unwrap();
        assert_eq!(refused(&mut ways, &foreign), (ErrorKind::UnexpectedEnvelopeChild, at));
        for name in ["mustUnderstand", "role", "actor", "relay"] {
            let message = format!(
                "<Envelope xmlns='{soap}'><Header><h:x xmlns:h='urn:h' {name}='1'/></Header><Body><GetCallInfo \
                 xmlns='{MESSAGES}'><CallId>MDlk</CallId></GetCallInfo></Body></Envelope>"
            );
            ways.agree(message.as_bytes(), &[7, 64]).expect(&message);
            let envelope = Envelope::parse(message.as_bytes()).unwrap();
            let block = envelope.header().blocks().next().unwrap();
            assert!(!block.must_understand() && block.role().is_none() && !block.relay(), "{message}");
        }
    }
}

/// A fault of SOAP 1.1 has no subcode, whatever the names of the other elements in it are.
#[test]
fn elements_of_the_other_version_in_a_fault() {
    let code = "<Code><Value>s:Sender</Value><Subcode><Value>s:A</Value></Subcode></Code>";
    for namespace in ["urn:x", SOAP_1_2] {
        let other = code.replace("<Code>", &format!("<Code xmlns='{namespace}'>"));
        let message = format!(
            "<s:Envelope xmlns:s='{SOAP_1_1}'><s:Body><s:Fault><faultcode>s:Client</faultcode>\
             <faultstring>no</faultstring>{other}</s:Fault></s:Body></s:Envelope>"
        );
        Ways::new().agree(message.as_bytes(), &[7]).expect(&message);
        let envelope = Envelope::parse(message.as_bytes()).unwrap();
        let Body::Fault(fault) = envelope.body() else { panic!("{message}") };
        assert!(fault.subcodes().next().is_none() && fault.subcode().is_none(), "{message}");
        assert_eq!(fault.standard_code(), Some(FaultCode::Sender));
    }
}

/// References in the prefix of a code stand for their characters. The prefix may be the first or the last one in scope, or
/// not declared.
#[test]
fn prefixes_of_codes_written_with_references() {
    let namespaces = [("s", SOAP_1_2), ("other", "urn:o"), ("t", "urn:t")];
    let known = namespaces.map(|(prefix, uri)| (prefix, Some(uri)));
    let xml = ("xml", Some("http://www.w3.org/XML/1998/namespace"));
    for (prefix, uri) in known.into_iter().chain([xml, ("no", None), ("xmk", None)]) {
        let (first, rest) = prefix.split_at(1);
        let reference = format!("&#{};{rest}", first.as_bytes()[0]);
        let section = format!("<![CDATA[{first}]]>{rest}");
        for written in [prefix, &reference, &section] {
            let message = format!(
                "<s:Envelope xmlns:s='{SOAP_1_2}' xmlns:other='urn:o'><s:Body xmlns:t='urn:t'><s:Fault><s:Code>\
                 <s:Value>s:Sender</s:Value><s:Subcode><s:Value>{written}:A</s:Value></s:Subcode></s:Code>\
                 <s:Reason><s:Text xml:lang='en'>no</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>"
            );
            let found = |envelope: Envelope<'_>| {
                let Body::Fault(fault) = envelope.body() else { panic!("{message}") };
                let code = fault.subcodes().next().unwrap();
                assert_eq!(code.local_name(), "A", "{message}");
                code.namespace().map(|namespace| namespace.to_string())
            };
            assert_eq!(found(Envelope::parse(message.as_bytes()).unwrap()).as_deref(), uri, "{message}");
            for size in [1, 7, usize::MAX] {
                let mut decoder = Decoder::new();
                message.as_bytes().chunks(size).for_each(|chunk| decoder.feed(chunk).unwrap());
                assert_eq!(found(decoder.finish().unwrap()).as_deref(), uri, "{message}, {size}");
            }
        }
    }
}

/// A start tag may have as many bytes as its limit. A cut tag that has reached the limit is not refused: only the next byte
/// is too many.
#[test]
fn a_tag_cut_at_its_limit() {
    let limits = Limits::DEFAULT.with_tag_bytes(100).unwrap();
    let message = request(SOAP_1_1, &format!("<h:x xmlns:h='urn:{}'/>", "h".repeat(200)), "MDlk");
    let start = message.find("<h:x").unwrap();
    for length in 98..=102 {
        let cut = &message.as_bytes()[..start + length];
        let expected = match length {
            ..=100 => (ErrorKind::UnexpectedEnd, cut.len()),
            _ => (ErrorKind::TagTooLong, start + 100),
        };
        let parsed = Envelope::parse_with(cut, &Options::new().with_limits(limits)).unwrap_err();
        assert_eq!((parsed.kind(), parsed.offset()), expected, "{length}");
        for size in [1, 7, usize::MAX] {
            let error = fed(limits, cut, size).unwrap_err().0;
            assert_eq!((error.kind(), error.offset()), expected, "{length}, chunks of {size}");
        }
    }
}

/// A reference is seen at every place of a CallId of every length, also in the middle of a long CallId. A CallId with
/// characters of two bytes takes the general path. The others take the path of usual messages.
#[test]
fn references_at_every_place() {
    for length in 1..=130 {
        for place in 0..length {
            for (c, reference) in [('\r', "&#13;"), ('<', "&lt;"), ('&', "&amp;")] {
                for other in ["x", "é"] {
                    let (before, after) = (other.repeat(place), other.repeat(length - place - 1));
                    let id = format!("{before}{c}{after}");
                    let raw = format!("{before}{reference}{after}");
                    let envelope = Envelope::new(SoapVersion::V1_1, GetCallInfo::new(&id).into());
                    let mut out = [0; 4096];
                    let written = envelope.encode(&mut out).unwrap();
                    let parsed = GetCallInfo::parse(written).unwrap().call_id();
                    assert_eq!((parsed.as_raw(), parsed.as_str()), (&*raw, None));
                    assert!(parsed.text() == *id, "{raw}");
                }
            }
        }
    }
}

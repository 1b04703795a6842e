//! Any cut gives the same answer: compares the decoder with the one-shot parse.
mod schema;
mod verdict;

use std::fs;

use schema::SCHEMA;
use umsoap::{Body, Decoder, Envelope, ErrorKind, Limits, Options, SoapVersion};
use verdict::{compare, decode, verdict};

const S12: &str = "http://www.w3.org/2003/05/soap-envelope";
const MESSAGES: [&str; 2] = [
    "http://schemas.microsoft.com/exchange/services/2006/messages",
    "https://schemas.microsoft.com/exchange/services/2006/messages",
];
const REQUEST: &[u8] = include_bytes!("data/ok/wire-request.xml");

fn golden() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for folder in ["ok", "err"] {
        let folder = format!("{}/tests/data/{folder}", env!("CARGO_MANIFEST_DIR"));
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "xml") {
                files.push((path.display().to_string(), fs::read(path).unwrap()));
            }
        }
    }
    files.sort();
    assert!(files.len() > 200);
    files
}

/// Returns limits that are so small that every golden document meets some of them.
fn small() -> Options<'static> {
    let limits = Limits::DEFAULT.with_text_bytes(40).and_then(|l| l.with_tag_bytes(120)?.with_name_bytes(40));
    let limits = limits.and_then(|l| l.with_namespace_bytes(150)?.with_declarations(3)?.with_attributes(3));
    Options::new().with_limits(limits.and_then(|l| l.with_depth(5)?.with_message_bytes(600)).unwrap())
}

#[test]
fn every_split_in_two_of_every_golden_document() {
    for (name, document) in golden() {
        for options in [Options::new(), small()] {
            for at in 0..=document.len() {
                compare(options, &document, &[at]).unwrap_or_else(|e| panic!("{name}\n{e}"));
            }
        }
    }
}

#[test]
fn chunks_of_one_size() {
    for (name, document) in golden() {
        for options in [Options::new(), small()] {
            for size in [1, 2, 3, 5, 7, 16, 64] {
                let lengths = vec![size; document.len() / size];
                compare(options, &document, &lengths).unwrap_or_else(|e| panic!("{name}\n{e}"));
            }
        }
    }
}

#[test]
fn empty_chunks_are_nothing() {
    let mut decoder = Decoder::new();
    let chunks = REQUEST.chunks(1).flat_map(|byte| [b"".as_slice(), byte, b""]);
    assert!(matches!(decode(&mut decoder, chunks).unwrap().body(), Body::GetCallInfo(_)));
}

/// Tests what is carried over a chunk's edge, and what the next chunk may make of it.
#[test]
fn what_is_cut_and_what_follows() {
    const START: &str = "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>";
    const CALL: &str =
        "<GetCallInfo xmlns='http://schemas.microsoft.com/exchange/services/2006/messages'><CallId>";
    let cut = [
        "",
        "\u{FEFF}",
        "<",
        "<?",
        "<?xm",
        "<?xml",
        "<?xml version",
        "<?xml version='1.0' ?",
        "<!",
        "<!-",
        "<!--",
        "<!--x-",
        "<!--x--",
        "<s",
        "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/",
    ];
    let cut_in_body = [
        "",
        "<",
        "</",
        "</s",
        "</s:Body",
        "</s:Body ",
        "<!-",
        "<!--",
        "<!--é",
        "<![",
        "<![CDATA[",
        "<a b='&#",
        "<é",
        "&#3",
    ];
    let cut_in_call_id = [
        "",
        "x",
        "]",
        "]]",
        "x]]",
        "<",
        "</",
        "</Call",
        "<!",
        "<!--",
        "<!-- --",
        "<![CDATA[",
        "<![CDATA[]",
        "<![CDATA[]]",
        "<![CDATA[x]]",
        "&",
        "&#",
        "&#x4",
        "&am",
        "\r",
        "x\r",
        "\u{E9}",
        "\u{1F600}",
    ];
    let next: [&[u8]; 32] = [
        b"",
        b"<",
        b">",
        b"/",
        b"/>",
        b"!",
        b"--",
        b"-->",
        b"[CDATA[",
        b"]]>",
        b"]>",
        b"]",
        b"&",
        b";",
        b"#",
        b"x",
        b"l ",
        b"?>",
        b"\n",
        b" ",
        b"\xA9",
        b"\xC3",
        b"\xE2\x82",
        b"\x80",
        b"\xFF",
        b"\0",
        b"\xFE\xFF",
        b"'",
        b"=",
        b":",
        b"lt;",
        b"CallId>",
    ];
    let heads = cut.iter().map(|c| c.to_string());
    let heads = heads.chain(cut_in_body.iter().map(|c| format!("{START}{c}")));
    let heads = heads.chain(cut_in_call_id.iter().map(|c| format!("{START}{CALL}{c}")));
    for head in heads.collect::<Vec<_>>() {
        for next in next {
            for tail in [b"".as_slice(), b"x", b"</CallId></GetCallInfo></s:Body></s:Envelope>"] {
                let document = [head.as_bytes(), next, tail].concat();
                for back in 0..head.len().min(4) {
                    let lengths = [head.len() - back, back, next.len()];
                    for options in [Options::new(), small()] {
                        compare(options, &document, &lengths).unwrap_or_else(|e| panic!("{e}"));
                    }
                }
            }
        }
    }
}

#[test]
fn the_end_before_the_end_is_an_error() {
    let mut decoder = Decoder::new();
    for length in 0..REQUEST.trim_ascii_end().len() {
        decoder.reset();
        decoder.feed(&REQUEST[..length]).unwrap();
        let error = decoder.finish().unwrap_err();
        assert_eq!((error.kind(), error.offset()), (ErrorKind::UnexpectedEnd, length));
        assert_eq!(decoder.feed(b" "), Err(error), "the message has ended");
    }
}

#[test]
fn finish_may_be_repeated_and_reset_forgets() {
    let mut decoder = Decoder::new();
    let mut verdicts = Vec::new();
    for (_, document) in golden() {
        decoder.reset();
        let _ = decoder.feed(&document);
        let once = verdict(&decoder.finish());
        assert_eq!(once, verdict(&decoder.finish()));
        assert_eq!(once, verdict(&Envelope::parse(&document)));
        verdicts.push(once);
    }
    verdicts.dedup();
    assert!(verdicts.len() > 100, "the documents must differ");
}

/// The decoder names the body entry as soon as its start tag has ended: each message of the service by its own name,
/// also after a whole message in one chunk.
#[test]
fn every_entry_is_named() {
    let mut decoder = Decoder::new();
    let named = |decoder: &Decoder<'_>| {
        decoder.entry().map(|entry| (entry.namespace().unwrap().to_string(), entry.local_name().to_string()))
    };
    assert_eq!(SCHEMA.messages.len(), 22);
    for (message, uri) in SCHEMA.messages.iter().flat_map(|message| MESSAGES.map(|uri| (message, uri))) {
        let before = format!("<s:Envelope xmlns:s='{}'><s:Body><{} xmlns='{uri}'", S12, message.name);
        let expected = Some((uri.to_string(), message.name.clone()));
        for size in [1, 7, usize::MAX] {
            decoder.reset();
            before.as_bytes().chunks(size).for_each(|chunk| decoder.feed(chunk).unwrap());
            assert_eq!(named(&decoder), None, "{before}");
            decoder.feed(b">").unwrap();
            assert_eq!(named(&decoder), expected, "{before}");
        }
    }
    let values = "<CallState>Idle</CallState><EventCause>None</EventCause>";
    for (name, content) in [
        ("GetCallInfo", "<CallId>A</CallId>".to_string()),
        ("GetCallInfoResponse", format!("<GetCallInfoResponse>{values}</GetCallInfoResponse>")),
        ("Disconnect", "<CallId>A</CallId>".to_string()),
        ("DisconnectResponse", String::new()),
    ] {
        for uri in MESSAGES {
            let message = format!(
                "<s:Envelope xmlns:s='{S12}'><s:Body><{name} xmlns='{uri}'>{content}</{name}></s:Body></s:Envelope>"
            );
            for size in [usize::MAX, 1, 64] {
                decoder.reset();
                message.as_bytes().chunks(size).for_each(|chunk| decoder.feed(chunk).unwrap());
                assert_eq!(named(&decoder), Some((uri.to_string(), name.to_string())), "{message}");
                assert!(decoder.finish().is_ok(), "{message}");
                assert_eq!(named(&decoder), Some((uri.to_string(), name.to_string())), "{message}");
            }
        }
    }
    decoder.reset();
    decoder.feed(format!("<s:Envelope xmlns:s='{S12}'><s:Body><s:Fault>").as_bytes()).unwrap();
    assert_eq!(named(&decoder), Some((S12.to_string(), "Fault".to_string())));
}

#[test]
fn what_is_known_early() {
    const NAMES: &[(&str, &str)] = &[("urn:t", "Trace")];
    let message = b"<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Header>\
        <t:Trace xmlns:t='urn:t' s:mustUnderstand='true'/></s:Header><s:Body><o:Op xmlns:o='urn:o'/></s:Body></s:Envelope>";
    let mut decoder = Decoder::with_options(Options::new().with_understood(NAMES));
    let mut known = Vec::new();
    for (at, byte) in message.chunks(1).enumerate() {
        decoder.feed(byte).unwrap();
        let entry = decoder.entry().map(|e| format!("{{{}}}{}", e.namespace().unwrap(), e.local_name()));
        let now = (decoder.version(), decoder.mandatory_blocks(), entry);
        if known.last().is_none_or(|(_, last)| *last != now) {
            known.push((at, now));
        }
    }
    let end =
        |tag: &str| message.windows(tag.len()).position(|w| w == tag.as_bytes()).unwrap() + tag.len() - 1;
    let version = Some(SoapVersion::V1_2);
    let expected = [
        (0, (None, 0, None)),
        (end("soap-envelope'>"), (version, 0, None)),
        (end("'true'/>"), (version, 1, None)),
        (end("'urn:o'/>"), (version, 1, Some("{urn:o}Op".to_string()))),
    ];
    assert_eq!(known, expected);
}

#[test]
fn the_name_of_what_was_not_understood() {
    let message = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Header>\
        <t:Trace xmlns:t='urn:&#116;' s:mustUnderstand='1'/></s:Header><s:Body><x/></s:Body></s:Envelope>";
    let error = Envelope::parse(message).unwrap_err();
    let whole = Envelope::not_understood(message, &error).unwrap();
    for size in 1..message.len() {
        let mut decoder = Decoder::new();
        assert_eq!(decode(&mut decoder, message.chunks(size)).unwrap_err(), error);
        let name = decoder.not_understood().unwrap();
        assert_eq!((name.local_name(), name.namespace()), (whole.local_name(), whole.namespace()));
        assert_eq!(name.namespace().unwrap().as_raw(), "urn:&#116;");
    }
    let mut decoder = Decoder::new();
    assert!(decode(&mut decoder, [REQUEST]).is_ok());
    assert!(decoder.not_understood().is_none());
}

#[test]
fn the_call_id_lies_where_the_decoder_says() {
    for (name, document) in golden() {
        // A usual message in one chunk is read by the recogniser, so this is tested, too.
        for length in [3, document.len().max(1)] {
            let mut decoder = Decoder::new();
            let Ok(envelope) = decode(&mut decoder, document.chunks(length)) else { continue };
            let Body::GetCallInfo(request) = envelope.body() else { continue };
            let raw = request.call_id().as_raw().to_string();
            let span = decoder.call_id_span().unwrap();
            assert_eq!(&document[span.start as usize..span.end as usize], raw.as_bytes(), "{name}");
        }
    }
}

/// Reads a gigabyte through one decoder, which holds fixed arrays only.
#[test]
fn a_gigabyte_of_header_text() {
    let limits = Limits::DEFAULT.with_message_bytes(u32::MAX).unwrap();
    let mut decoder = Decoder::with_options(Options::new().with_limits(limits));
    let (start, end) = (
        b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Header><t:T xmlns:t='urn:t'>",
        b"</t:T></s:Header><s:Body><x/></s:Body></s:Envelope>",
    );
    decoder.feed(start).unwrap();
    let text = "0123456789abcdef\n".repeat(4096);
    let mut fed = 0_u64;
    while fed < 1 << 30 {
        decoder.feed(text.as_bytes()).unwrap();
        fed += text.len() as u64;
    }
    decoder.feed(end).unwrap();
    assert!(matches!(decoder.finish().unwrap().body(), Body::Other(_)));
    assert!(size_of::<Decoder<'static>>() <= 12_288);
}

/// Messages that the recogniser reads.
const USUAL: [&[u8]; 8] = [
    include_bytes!("data/ok/documented-request.xml"),
    include_bytes!("data/ok/documented-response.xml"),
    REQUEST,
    include_bytes!("data/ok/wire-response.xml"),
    b"<Envelope xmlns='http://www.w3.org/2003/05/soap-envelope' xmlns:x='u'><Body><m:GetCallInfo \
        xmlns:m='http://schemas.microsoft.com/exchange/services/2006/messages'><m:CallId>A</m:CallId></m:GetCallInfo></Body></Envelope>",
    b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><GetCallInfoResponse \
        xmlns='http://schemas.microsoft.com/exchange/services/2006/messages'><CallState>Idle</CallState><EventCause>None</EventCause>\
        </GetCallInfoResponse></s:Body></s:Envelope>",
    b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' \
        s:encodingStyle=''>\n <s:Header u:Id='a' xmlns:u='urn:u'>\n  <o:Security s:mustUnderstand='0' xmlns:o='urn:o#' u:Id='b'>\
        <o:Token u:Id='c' Type='a b'>x y</o:Token><u:Empty/><Plain u:a='' o:b='' c=''></Plain></o:Security>\n  \
        <u:To s:actor='a'>http://example.com/</u:To><a xmlns='urn:a'/></s:Header>\n <s:Body Id='d' xsi:type='e'>\
        <GetCallInfo xmlns='http://schemas.microsoft.com/exchange/services/2006/messages'><m:CallId xsi:type='xsd:string' \
        xmlns:m='http://schemas.microsoft.com/exchange/services/2006/messages'>A</m:CallId></GetCallInfo></s:Body></s:Envelope>",
    b"<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Header/><s:Body><m:GetCallInfoResponse \
        xmlns:m='http://schemas.microsoft.com/exchange/services/2006/messages'><m:CallState>Idle</m:CallState>\
        <m:EventCause>None</m:EventCause></m:GetCallInfoResponse></s:Body></s:Envelope>",
];

/// The recogniser has a short way for the usual messages. For every message that is one step away from them, it must
/// give the answer of the machine. Only the machine reads the decoder's small chunks.
#[test]
fn one_step_from_usual_messages() {
    const WORDS: [&[u8]; 41] = [
        b"Response",
        b"x",
        b":",
        b"s:",
        b"soap:",
        b" ",
        b"\n",
        b"\r",
        b"\t",
        b"/",
        b">",
        b"<",
        b"&",
        b"&#65;",
        b"<!---->",
        b"<x/>",
        b"'",
        b"\"",
        b"=",
        b"a='b'",
        b" a='b'",
        b" xmlns=''",
        b" xmlns='u'",
        b" xmlns:s='u'",
        b" xmlns:xml='u'",
        b" xmlns:xmlnsx='u'",
        b" xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\"",
        b"<?xml version='1.0'?>",
        b"\xEF\xBB\xBF",
        b"\xC3\xA9",
        b"]]>",
        b"\0",
        b"Idle",
        b" s:mustUnderstand='1'",
        b" s:relay='x'",
        b" xsi:nil='true'",
        b" u:Id='b'",
        b" Id='b'",
        b" xmlns:o='http://www.w3.org/2000/xmlns/'",
        b" xmlns:u=''",
        b"</s:Header><s:Header>",
    ];
    for message in USUAL {
        assert!(Envelope::parse(message).is_ok());
        for at in 0..=message.len() {
            for word in WORDS {
                let document = [&message[..at], word, &message[at..]].concat();
                compare(Options::new(), &document, &[]).unwrap_or_else(|e| panic!("{e}"));
                let document =
                    [&message[..at], word, &message[(at + word.len()).min(message.len())..]].concat();
                compare(Options::new(), &document, &[]).unwrap_or_else(|e| panic!("{e}"));
            }
            for length in 1..12 {
                let document = [&message[..at], &message[(at + length).min(message.len())..]].concat();
                compare(Options::new(), &document, &[]).unwrap_or_else(|e| panic!("{e}"));
            }
        }
        // The name is longer in both of its tags.
        let text = std::str::from_utf8(message).unwrap();
        for name in
            ["Envelope", "Body", "GetCallInfoResponse", "GetCallInfo", "CallId", "CallState", "EventCause"]
        {
            for longer in ["Response", "x", "s"] {
                let document = text.replace(name, &format!("{name}{longer}"));
                compare(Options::new(), document.as_bytes(), &[]).unwrap_or_else(|e| panic!("{e}"));
            }
        }
    }
}

/// The recogniser counts no namespace bytes, so it must leave every message near that limit to the machine.
#[test]
fn usual_messages_at_the_limit_of_namespaces() {
    const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
    const M: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";
    let bodies = [
        ("GetCallInfo", "<CallId>A</CallId>"),
        ("GetCallInfoResponse", "<CallState>Idle</CallState><EventCause>None</EventCause>"),
    ];
    for (name, content) in bodies {
        for tags in 1..=3_usize {
            // The known namespace names and their prefix take 102 bytes more.
            for total in [100, 1000, 1500, 1900, 1940, 1945, 1946, 1947, 1950, 2100, 2700] {
                let declare = |n: usize| match n < tags {
                    true => format!(" xmlns:p{n}='{}'", "u".repeat(total / tags)),
                    false => String::new(),
                };
                let document = format!(
                    "<s:Envelope xmlns:s='{SOAP}'{}><s:Body{}><{name} xmlns='{M}'{}>{content}</{name}></s:Body></s:Envelope>",
                    declare(0),
                    declare(1),
                    declare(2)
                );
                compare(Options::new(), document.as_bytes(), &[]).unwrap_or_else(|e| panic!("{e}"));
                let mut shapes = umsoap::Shapes::new();
                assert_eq!(
                    verdict(&shapes.parse(document.as_bytes())),
                    verdict(&Envelope::parse(document.as_bytes()))
                );
            }
        }
    }
}

/// Omits, doubles and exchanges the tags and texts of usual messages.
#[test]
fn usual_messages_with_pieces_moved() {
    for message in USUAL {
        let mut pieces: Vec<&[u8]> = Vec::new();
        for piece in message.split_inclusive(|&b| b == b'>') {
            let tag = piece.iter().position(|&b| b == b'<').unwrap_or(piece.len());
            pieces.extend([&piece[..tag], &piece[tag..]]);
        }
        for one in 0..pieces.len() {
            let left_out = [&pieces[..one], &pieces[one + 1..]].concat().concat();
            compare(Options::new(), &left_out, &[]).unwrap_or_else(|e| panic!("{e}"));
            for other in 0..pieces.len() {
                let mut moved = pieces.clone();
                moved.insert(other, pieces[one]);
                compare(Options::new(), &moved.concat(), &[]).unwrap_or_else(|e| panic!("{e}"));
                let mut exchanged = pieces.clone();
                exchanged.swap(one, other);
                compare(Options::new(), &exchanged.concat(), &[]).unwrap_or_else(|e| panic!("{e}"));
            }
        }
    }
}

/// Tests usual header blocks at every limit of the machine.
#[test]
fn usual_headers_at_every_limit() {
    const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
    const M: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";
    let around = |most: usize| [most / 2, most - 2, most - 1, most, most + 1, most + 2, most + 9];
    let nested = |n: usize, name: &str| format!("<{name}>").repeat(n) + &format!("</{name}>").repeat(n);
    let mut blocks = Vec::new();
    for n in around(4096) {
        // The other bytes of the tag come first, and then those of another attribute and of a declaration.
        blocks.push(format!("<h:a b='{}'/>", "x".repeat(n - "<h:a b=''/>".len())));
        blocks.push(format!("<h:a b='' c=\"{}\"></h:a>", "x".repeat(n - "<h:a b='' c=\"\">".len())));
        blocks.push(format!("<h:a b='{}' xmlns:z='urn:z' >x</h:a>", "x".repeat(n - 32)));
        blocks.push(format!("<h:a{}>x</h:a>", " ".repeat(n - 6)));
    }
    for n in around(128).into_iter().chain(1..20) {
        // Envelope and Header are open around the block.
        blocks.push(format!("<h:a>{}</h:a>", nested(n - 1, "b")));
        blocks.push(format!("<h:a {}/>", (0..n).map(|n| format!("a{n}='' ")).collect::<String>()));
    }
    for n in around(64).into_iter().chain(1..20) {
        blocks
            .push(format!("<h:a {}/>", (0..n).map(|n| format!("xmlns:a{n}='urn:{n}' ")).collect::<String>()));
        blocks.push((0..n).map(|n| format!("<a{n}:a xmlns:a{n}='urn:{n}'/>")).collect());
    }
    for n in around(1024).into_iter().chain(around(64)) {
        blocks.push(format!("<h:a>{}</h:a>", nested(9, &"n".repeat(n / 9))));
        blocks.push(format!("<h:a><{}/></h:a>", "n".repeat(n)));
    }
    for n in around(2048).into_iter().chain(around(120)) {
        let uri = "u".repeat(n);
        blocks.push(format!("<a:a xmlns:a='{uri}'/><b:b xmlns:b='{uri}'/>"));
        blocks.push(format!("<a:a xmlns:a='{}' xmlns:b='{}'/>", "u".repeat(n / 2), "v".repeat(n / 2)));
    }
    for prefix in ["p", "pppppppp", "ppppppppp", "xml", "xmlns", "xmlx", "Xml"] {
        blocks.push(format!("<{prefix}:a xmlns:{prefix}='urn:p' {prefix}:b=''/>"));
        blocks.push(format!("<h:a {prefix}:lang=''/>"));
    }
    for block in blocks {
        let document = format!(
            "<s:Envelope xmlns:s='{SOAP}' xmlns:h='urn:h'><s:Header>{block}</s:Header><s:Body><GetCallInfo xmlns='{M}'>\
            <CallId>A</CallId></GetCallInfo></s:Body></s:Envelope>"
        );
        compare(Options::new(), document.as_bytes(), &[]).unwrap_or_else(|e| panic!("{e}"));
    }
}

/// Declares long prefixes around usual children and around a usual body entry. The recogniser knows none of these
/// prefixes. They count towards the limits nevertheless.
#[test]
fn long_prefixes_count_towards_the_limits() {
    const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
    const M: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";
    let sixteen = Options::new().with_limits(Limits::DEFAULT.with_declarations(16).unwrap());
    let mut refused = 0;
    for (outside, inside) in (0..16).flat_map(|outside| (0..16).map(move |inside| (outside, inside))) {
        for length in [5, 60, 110] {
            let declared = |prefix: &str, count: usize| -> String {
                let one =
                    |n: usize| format!(" xmlns:{prefix}{n}=\"{}\"", format!("urn:{n:02}").repeat(length / 5));
                (0..count).map(one).collect()
            };
            let (outer, inner) = (declared("longprefix", outside), declared("p", inside));
            let text = "x".repeat(300);
            for (header, own) in [(format!("<a{inner}>{text}</a>"), ""), (String::new(), &*inner)] {
                let document = format!(
                    "<s:Envelope xmlns:s=\"{SOAP}\"{outer}><s:Header xmlns=\"urn:h\">{header}</s:Header><s:Body>\
                    <GetCallInfo xmlns=\"{M}\"{own}><CallId>{}</CallId></GetCallInfo></s:Body></s:Envelope>",
                    "x".repeat(100)
                );
                for options in [Options::new(), sixteen] {
                    let said =
                        verdict(&decode(&mut Decoder::with_options(options), document.as_bytes().chunks(1)));
                    assert_eq!(
                        verdict(&Envelope::parse_with(document.as_bytes(), &options)),
                        said,
                        "{document}"
                    );
                    let (one, other) = document.as_bytes().split_at(1);
                    let found = verdict(&decode(&mut Decoder::with_options(options), [one, other]));
                    assert_eq!(found, said, "in two chunks: {document}");
                    refused += usize::from(Envelope::parse_with(document.as_bytes(), &options).is_err());
                }
            }
        }
    }
    assert!(refused > 100, "only {refused} messages meet a limit");
}

/// A name may be shorter than the prefix of a child. The bytes after it in the decoder's memory belong to another name.
#[test]
fn a_prefix_is_not_what_was_left_behind_a_name() {
    const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
    let long = "n".repeat(165);
    for inside in [
        "<o><a:a xmlns:a='u'/><a ><a:x></a:x></a></o>".to_string(),
        "<o><a:a xmlns:a='u'/><a><a:x></a:x></a></o>".to_string(),
        "<o><a ><a:x></a:x></a></o>".to_string(),
        "<o><ab><ab:x></ab:x></ab></o>".to_string(),
        format!("<{long}><a:a xmlns:a='u'/><a><a:x></a:x></a></{long}>"),
    ] {
        let document = format!("<s:Envelope xmlns:s='{SOAP}'><s:Body>{inside}</s:Body></s:Envelope>");
        let error = Envelope::parse(document.as_bytes()).map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnboundPrefix, "{document}");
        for at in 0..=document.len() {
            compare(Options::new(), document.as_bytes(), &[at]).unwrap_or_else(|e| panic!("{e}"));
        }
        // The message before this one leaves its names in the decoder's memory.
        let mut decoder = Decoder::new();
        let others = "<a:x xmlns:a='u'><a:y></a:y></a:x><ab:x xmlns:ab='u'></ab:x>";
        let other = format!("<s:Envelope xmlns:s='{SOAP}'><s:Body><o>{others}</o></s:Body></s:Envelope>");
        assert!(decode(&mut decoder, [other.as_bytes()]).is_ok());
        assert_eq!(decode(&mut decoder, [document.as_bytes()]).map(|_| ()), Err(error));
    }
}

/// Checks a document whose bytes from the offset `from` on are deleted or replaced by each of `bytes`, one at a time. Then
/// checks the document itself under limits from nothing to more than it takes.
fn changed_and_limited(document: &[u8], from: usize, bytes: &[u8], check: impl Fn(Options<'static>, &[u8])) {
    for at in from..document.len() {
        let mut other = document.to_vec();
        other.remove(at);
        check(Options::new(), &other);
        for b in bytes {
            other = document.to_vec();
            other[at] = *b;
            check(Options::new(), &other);
        }
    }
    for n in 0..=128_u8 {
        let wide = 8 * u16::from(n);
        for limits in [
            Limits::DEFAULT.with_depth(n),
            Limits::DEFAULT.with_attributes(n),
            Limits::DEFAULT.with_declarations(n.min(64)),
            Limits::DEFAULT.with_name_bytes(wide),
            Limits::DEFAULT.with_namespace_bytes(2 * wide),
            Limits::DEFAULT.with_tag_bytes(4 * wide),
            Limits::DEFAULT.with_text_bytes(wide),
            Limits::DEFAULT.with_message_bytes(u32::from(wide) * 2),
        ] {
            check(Options::new().with_limits(limits.unwrap()), document);
        }
    }
}

/// Tests chunks that begin inside the Envelope and hold whole header blocks. The decoder passes such blocks at once.
/// Every byte is deleted or replaced, and limits are lowered to what the blocks reach.
#[test]
fn whole_header_blocks_in_a_chunk() {
    let document = format!(
        "<s:Envelope xmlns:s='{SOAP}' xmlns:a='urn:a' xmlns:longprefix='urn:l' xmlns='urn:d'><s:Header>\
         <a:A a:id='1' id='2'>text</a:A> <B s:mustUnderstand='0'/><longprefix:C/>\
         <t:D xmlns:t='urn:a' t:id='1'><t:E xmlns:t=\"urn:t\" a:id=''>]] <F/> </t:E><a:G/></t:D>\n\
         <a:H><a:I><a:J><a:K a:b='c'>x</a:K></a:J></a:I></a:H><N xmlns='urn:n'><O/></N>\
         <a:P>{}</a:P><a:Q/></s:Header><s:Body><GetCallInfo xmlns='{HTTP}'><CallId>MDlk</CallId></GetCallInfo>\
         </s:Body></s:Envelope>",
        "text ".repeat(60),
        SOAP = "http://schemas.xmlsoap.org/soap/envelope/",
        HTTP = "http://schemas.microsoft.com/exchange/services/2006/messages",
    )
    .into_bytes();
    assert!(Envelope::parse(&document).is_ok());
    let cuts: [&[usize]; 4] = [&[1], &[60], &[180], &[1, 900]];
    let check = |options, document: &[u8]| {
        for cut in cuts {
            compare(options, document, cut)
                .unwrap_or_else(|e| panic!("{}\n{e}", String::from_utf8_lossy(document)));
        }
    };
    changed_and_limited(&document, 0, b"<>/=:'\" &]asxt1\0\x80", check);
}

/// Tests chunks that begin after `]` in the text of an element without rules, and hold whole children of that element.
/// `]]>` in a text is refused. `]]` before a child and `>` after the child are accepted.
#[test]
fn children_between_brackets_and_an_angle() {
    for brackets in ["", "]", "]]"] {
        for children in ["", "<B/>", &"<B/>".repeat(80)] {
            let before = format!("<s:Envelope xmlns:s='{S12}'><s:Body><A>text{brackets}");
            let document = format!("{before}{children}>, {}</A></s:Body></s:Envelope>", "text ".repeat(60));
            let is_refused = brackets == "]]" && children.is_empty();
            let verdict = Envelope::parse(document.as_bytes()).map_err(|error| error.kind());
            assert_eq!(verdict.err(), is_refused.then_some(ErrorKind::CdataEndInText));
            for cut in before.len() - 3..document.len() {
                compare(Options::new(), document.as_bytes(), &[cut])
                    .unwrap_or_else(|e| panic!("{document}\n{e}"));
            }
        }
    }
}

/// Tests chunks that begin inside the Envelope and hold a whole body entry. The decoder takes such an entry at once. Every
/// byte from the Body on is deleted or replaced, and limits are lowered to what the entry reaches.
#[test]
fn a_whole_body_entry_in_a_chunk() {
    let http = MESSAGES[0];
    let call_id = "MDlk".repeat(20);
    let entries = [
        format!("<GetCallInfo xmlns='{http}'>\n <CallId>{call_id}</CallId></GetCallInfo>"),
        format!("<m:GetCallInfo> <q:CallId>{call_id}</q:CallId>\n</m:GetCallInfo>"),
        "<m:GetCallInfoResponse><m:GetCallInfoResponse><m:CallState>Connected</m:CallState>\
         <m:EventCause>None</m:EventCause></m:GetCallInfoResponse></m:GetCallInfoResponse>"
            .to_owned(),
        "<m:GetCallInfoResponse><m:CallState>Alerted</m:CallState><EventCause xmlns='urn:x' m:a=''>Busy\
         </EventCause></m:GetCallInfoResponse><m:CallState>Alerted</m:CallState><m:EventCause>Busy</m:EventCause>"
            .to_owned(),
    ];
    for (number, entry) in entries.iter().enumerate() {
        let start = format!(
            "<s:Envelope xmlns:s='{S12}' xmlns:m='{http}' xmlns:longprefix='urn:l' xmlns:q='{http}'><s:Header><m:A/>\
             </s:Header>"
        );
        let document = format!("{start}<s:Body>\n{entry}</s:Body></s:Envelope>").into_bytes();
        assert_eq!(Envelope::parse(&document).is_ok(), number < 3);
        let cuts: [&[usize]; 4] = [&[1], &[start.len() - 20], &[start.len() + 2], &[start.len() + 8]];
        let at = document.windows(call_id.len()).position(|window| window == call_id.as_bytes());
        let span = at.map(|at| at as u64..(at + call_id.len()) as u64);
        for cut in cuts {
            let mut decoder = Decoder::new();
            let (one, other) = document.split_at(cut[0]);
            let verdict = [one, other].into_iter().try_for_each(|chunk| decoder.feed(chunk));
            assert_eq!(verdict.is_ok() && decoder.finish().is_ok(), number < 3);
            assert_eq!(decoder.call_id_span(), span);
        }
        let check = |options, document: &[u8]| {
            for cut in cuts {
                compare(options, document, cut)
                    .unwrap_or_else(|e| panic!("{}\n{e}", String::from_utf8_lossy(document)));
            }
        };
        changed_and_limited(&document, start.len(), b"<>/=:'\" &]mqC1\0\x80", check);
    }
}

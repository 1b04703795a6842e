//! Tests which error wins: the error that is detected first when the bytes are read one by one, at the offset of the
//! offence.

use umsoap::{
    Body, Category, Decoder, Envelope, Error, ErrorKind, FaultCode, GetCallInfo, GetCallInfoResponse, Limits,
    Options, Role, SoapVersion,
};

const M: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";

/// Returns an envelope around this content of a header and of a body.
fn envelope(version: SoapVersion, header: &str, body: &str) -> String {
    let uri = version.namespace();
    format!("<s:Envelope xmlns:s='{uri}'><s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>")
}

fn error(document: &str) -> Error {
    Envelope::parse(document.as_bytes()).expect_err(document)
}

/// Returns the kind, and the text at the offset.
fn refused(document: &str) -> (ErrorKind, &str) {
    let error = error(document);
    (error.kind(), &document[error.offset()..])
}

#[test]
fn one_tag_many_offences() {
    use ErrorKind::*;
    // Each row has every offence of the rows below it, and one more, which comes first.
    let rows = [
        ("<t:x a='1' a='2' xmlns:t='' u:b='' t:c='' ", InvalidName, "!"),
        ("<t:x a='1' a='2' xmlns:xmlns='' u:b=''>", DuplicateAttribute, "a='2'"),
        ("<t:x xmlns:t='' u:b=''>", UndeclaredPrefix, "xmlns:t=''"),
        ("<t:x u:b=''>", UnboundPrefix, "t:x"),
        ("<x u:b=''>", UnboundPrefix, "u:b"),
        ("<p:x xmlns:p='p' xmlns:q='p' p:a='' q:a='' s:mustUnderstand='x'>", DuplicateExpandedName, "q:a"),
        ("<x s:mustUnderstand='x'>", UnqualifiedHeaderBlock, "<x"),
        ("<p:x xmlns:p='p' s:mustUnderstand='x'>", InvalidMustUnderstand, "x'>"),
        ("<p:x xmlns:p='p' s:mustUnderstand='1'>", MustUnderstand, "<p:x"),
    ];
    for (tag, kind, at) in rows {
        let tail = if kind == InvalidName { "!" } else { "" };
        let document = envelope(SoapVersion::V1_1, &format!("{tag}{tail}"), "");
        let (seen, rest) = refused(&document);
        assert_eq!(seen, kind, "{document}");
        assert!(rest.starts_with(at), "{document}: {rest}");
    }
}

#[test]
fn the_end_comes_last() {
    let document = envelope(
        SoapVersion::V1_1,
        "",
        &format!("<GetCallInfo xmlns='{M}'><CallId>é</CallId></GetCallInfo>"),
    );
    for cut in 0..document.len() {
        let error = Envelope::parse(&document.as_bytes()[..cut]).unwrap_err();
        assert_eq!((error.kind(), error.offset()), (ErrorKind::UnexpectedEnd, cut));
    }
    assert!(Envelope::parse(document.as_bytes()).is_ok());
}

/// Every beginning of every accepted golden file ends too early, or lacks only what may be absent.
#[test]
fn every_beginning_of_every_document() {
    let folder = format!("{}/tests/data/ok", env!("CARGO_MANIFEST_DIR"));
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "xml") {
            continue;
        }
        let document = std::fs::read(&path).unwrap();
        let closed = document.iter().rposition(|&b| b == b'>').unwrap();
        for cut in 0..document.len() {
            match Envelope::parse(&document[..cut]) {
                Ok(_) => assert!(cut > closed || document[..cut].ends_with(b">"), "{path:?} at {cut}"),
                Err(error) => {
                    assert_eq!((error.kind(), error.offset()), (ErrorKind::UnexpectedEnd, cut), "{path:?}");
                }
            }
        }
    }
}

/// A message that is refused after some bytes has the same refusal after more bytes. Before these bytes it ends too
/// early.
#[test]
fn refusals_are_final() {
    let folder = format!("{}/tests/data/err", env!("CARGO_MANIFEST_DIR"));
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // The first bytes of another encoding are read as one pattern.
        let skip = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("encoding-utf"));
        if skip || path.extension().is_none_or(|e| e != "xml") {
            continue;
        }
        let document = std::fs::read(&path).unwrap();
        let Err(last) = Envelope::parse(&document) else { panic!("{path:?}") };
        let mut refused = false;
        for cut in 0..document.len() {
            match Envelope::parse(&document[..cut]) {
                Ok(_) => assert!(!refused, "{path:?} at {cut}"),
                Err(error) if error == last && error.kind() != ErrorKind::UnexpectedEnd => refused = true,
                Err(error) => {
                    let early = (ErrorKind::UnexpectedEnd, cut, false);
                    assert_eq!((error.kind(), error.offset(), refused), early, "{path:?}");
                }
            }
        }
    }
}

#[test]
fn a_limit_wins_at_the_first_byte_over_it() {
    let limits = Limits::DEFAULT.with_message_bytes(100).unwrap();
    let options = Options::new().with_limits(limits);
    let document = envelope(SoapVersion::V1_1, "", "<x/>");
    let error = Envelope::parse_with(document.as_bytes(), &options).unwrap_err();
    assert_eq!((error.kind(), error.offset()), (ErrorKind::MessageTooLong, 100));
    // An error before the limit counts.
    let early = document.replacen("<s:Header>", "<s:Header>&", 1);
    let error = Envelope::parse_with(early.as_bytes(), &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MalformedReference);
    // For retained text, these have an illegal byte right above the limit.
    for (text, kind, at) in [
        ("x".repeat(3072) + "\u{1}", ErrorKind::ValueTooLong, 512),
        ("<!--".to_string() + &"x".repeat(3065) + "-->\u{1}", ErrorKind::TextTooLong, 3072),
        ("<!--".to_string() + &"x".repeat(3064) + "-->\u{1}", ErrorKind::InvalidChar, 3071),
    ] {
        let body = format!("<GetCallInfo xmlns='{M}'><CallId>{text}</CallId></GetCallInfo>");
        let document = envelope(SoapVersion::V1_1, "", &body);
        let error = self::error(&document);
        let start = document.find("<CallId>").unwrap() + 8;
        assert_eq!((error.kind(), error.offset()), (kind, start + at));
    }
    for limit in [
        Limits::DEFAULT.with_depth(129),
        Limits::DEFAULT.with_attributes(129),
        Limits::DEFAULT.with_declarations(65),
        Limits::DEFAULT.with_tag_bytes(4097),
        Limits::DEFAULT.with_name_bytes(1025),
        Limits::DEFAULT.with_namespace_bytes(2049),
        Limits::DEFAULT.with_text_bytes(3073),
    ] {
        assert_eq!(limit, None);
    }
}

#[test]
fn typed_parses_name_what_they_met() {
    let call = format!("<GetCallInfo xmlns='{M}'><CallId>x</CallId></GetCallInfo>");
    let reply = format!(
        "<GetCallInfoResponse xmlns='{M}'><CallState>Idle</CallState><EventCause>None</EventCause></GetCallInfoResponse>"
    );
    let fault = "<s:Fault><faultcode>s:Client</faultcode><faultstring>x</faultstring></s:Fault>";
    let of = |body: &str| envelope(SoapVersion::V1_1, "", body);
    let request = |body: &str| GetCallInfo::parse(of(body).as_bytes()).map(|_| ()).map_err(|e| e.kind());
    let response =
        |body: &str| GetCallInfoResponse::parse(of(body).as_bytes()).map(|_| ()).map_err(|e| e.kind());
    assert_eq!((request(&call), response(&reply)), (Ok(()), Ok(())));
    assert_eq!(request(&reply), Err(ErrorKind::UnexpectedResponse));
    assert_eq!(response(&call), Err(ErrorKind::UnexpectedRequest));
    assert_eq!(request(fault), Err(ErrorKind::UnexpectedFault));
    assert_eq!(response(fault), Err(ErrorKind::UnexpectedFault));
    let other = call.replace("GetCallInfo", "Disconnect");
    assert_eq!(Envelope::parse(of(&other).as_bytes()).unwrap().body().local_name(), "Disconnect");
    assert_eq!(request(&other), Err(ErrorKind::UnexpectedOperation));
    assert_eq!(response(&other), Err(ErrorKind::UnexpectedOperation));
    let other = format!("<DisconnectResponse xmlns='{M}'/>");
    assert_eq!(request(&other), Err(ErrorKind::UnexpectedOperation));
    assert_eq!(response(&other), Err(ErrorKind::UnexpectedOperation));
    assert_eq!(request("<x/>"), Err(ErrorKind::UnexpectedOperation));
    assert_eq!(response("<x/>"), Err(ErrorKind::UnexpectedOperation));
}

#[test]
fn refusals_are_answered() {
    let mut out = [0; 2048];
    for (version, status, code) in
        [(SoapVersion::V1_1, 500, "soap:Client<"), (SoapVersion::V1_2, 400, "soap:Sender<")]
    {
        let error = error(&envelope(version, "", "<x>"));
        assert_eq!((error.version(), error.http_status(version)), (Some(version), status));
        let answer = Envelope::new(version, Body::Fault(error.fault())).encode(&mut out).unwrap();
        assert!(core::str::from_utf8(answer).unwrap().contains(code));
        assert!(core::str::from_utf8(answer).unwrap().contains(">ErrorInvalidRequest</e:ResponseCode>"));
        assert!(matches!(Envelope::parse(answer).unwrap().body(), Body::Fault(_)));
    }
    let mismatch = error("<Envelope xmlns='urn:x'/>");
    assert_eq!(mismatch.fault().standard_code(), Some(FaultCode::VersionMismatch));
    let upgrade = Envelope::new(SoapVersion::V1_1, Body::Fault(mismatch.fault())).with_upgrade();
    let answer = Envelope::parse(upgrade.encode(&mut out).unwrap()).unwrap();
    assert_eq!(answer.header().blocks().next().unwrap().element().local_name(), "Upgrade");
}

/// An answer has the version of the message. A hint counts only for an unknown version. An unknown Envelope is answered
/// in 1.1 with Upgrade, whatever the hint is.
/// A decoder gives the answer that the whole message gives, with the block that was not understood.
#[test]
fn answers_of_a_decoder() {
    let call = format!("<GetCallInfo xmlns='{M}'><CallId>x</CallId></GetCallInfo>");
    for version in [SoapVersion::V1_1, SoapVersion::V1_2] {
        let block = "<t:Must xmlns:t='urn:t' s:mustUnderstand='1'/>";
        for (document, has_block) in [
            (envelope(version, block, &call), version == SoapVersion::V1_2),
            (envelope(version, "", "<x/><y/>"), false),
            (envelope(version, "", "<x xmlns='urn:x'>"), false),
        ] {
            let mut decoder = Decoder::new();
            let fed = decoder.feed(document.as_bytes());
            let error = fed.and_then(|()| decoder.finish().map(drop)).unwrap_err();
            let written = |answer: umsoap::Answer<'_>| {
                let bytes = answer.envelope().encode(&mut [0; 4096]).unwrap().to_vec();
                String::from_utf8(bytes).unwrap()
            };
            let found = written(decoder.answer(&error));
            assert_eq!(found, written(error.answer(document.as_bytes())));
            assert_eq!(found.contains("NotUnderstood"), has_block, "{found}");
            assert_eq!(found.contains("Must\""), has_block, "{found}");
        }
    }
}

/// The brackets that may end a CDATA section are text when they do not. They count where text is refused, and in a word.
#[test]
fn brackets_in_sections() {
    for (section, at) in
        [("]", 0), ("]]", 0), ("]x", 0), ("]]x", 0), (" ]x", 1), (" ]]]x", 1), ("\n\n]] ", 2)]
    {
        let before = envelope(SoapVersion::V1_1, "<![CDATA[", "");
        let before = &before[..before.find("</s:Header>").unwrap()];
        for end in ["]]>", "]]]>"] {
            let document = format!("{before}{section}{end}</s:Header>");
            let error = error(&document);
            assert_eq!(
                (error.kind(), error.offset()),
                (ErrorKind::StrayText, before.len() + at),
                "{document}"
            );
        }
    }
    for section in ["]Idle", "]]Idle", "Idle]", "Idle]]", "Id]le"] {
        let reply = format!(
            "<GetCallInfoResponse xmlns='{M}'><CallState><![CDATA[{section}]]></CallState><EventCause>None\
             </EventCause></GetCallInfoResponse>"
        );
        let document = envelope(SoapVersion::V1_1, "", &reply);
        assert_eq!(error(&document).kind(), ErrorKind::UnknownWord, "{document}");
    }
    for (brackets, accepted) in [(512, true), (513, false)] {
        let document = request(&format!("<![CDATA[{}]]>", "]".repeat(brackets)));
        assert_eq!(Envelope::parse(document.as_bytes()).is_ok(), accepted, "{brackets}");
    }
    let document = request(&format!("{}<![CDATA[]x]]>", "x".repeat(511)));
    assert_eq!(refused(&document), (ErrorKind::ValueTooLong, &document[document.find("x]]>").unwrap()..]));
}

/// After the root, a character that begins no name begins no element.
#[test]
fn names_of_a_second_root() {
    let document = request("x");
    for (name, is_name) in
        [("a", true), ("é", true), ("名", true), ("×", false), ("\u{B7}", false), ("1", false)]
    {
        let expected = match is_name {
            true => (ErrorKind::SecondRoot, document.len()),
            false => (ErrorKind::InvalidName, document.len() + 1),
        };
        let more = format!("{document}<{name}/>");
        assert_eq!(judged(more.as_bytes(), Limits::DEFAULT), expected, "{name}");
        for size in [1, 2, 64] {
            let mut decoder = Decoder::new();
            let error = more.as_bytes().chunks(size).find_map(|chunk| decoder.feed(chunk).err()).unwrap();
            assert_eq!((error.kind(), error.offset()), expected, "{name}, chunks of {size}");
        }
    }
}

#[test]
fn versions_of_answers() {
    use SoapVersion::{V1_1, V1_2};
    let documents = [
        (envelope(V1_1, "", "<x>"), Some(V1_1), false),
        (envelope(V1_2, "", "<x>"), Some(V1_2), false),
        ("<?xml version='2.0'?>".to_string(), None, false),
        ("<x/>".to_string(), None, false),
        ("<Envelope xmlns='urn:x'/>".to_string(), Some(V1_1), true),
        ("<Envelope/>".to_string(), Some(V1_1), true),
    ];
    for (document, known, has_upgrade) in documents {
        let refusal = error(&document);
        let mut decoder = Decoder::new();
        let fed = decoder.feed(document.as_bytes()).err().or_else(|| decoder.finish().err());
        assert_eq!(fed, Some(refusal));
        for hint in [None, Some(V1_1), Some(V1_2)] {
            let version = known.or(hint).unwrap_or(V1_1);
            for answer in [refusal.answer(document.as_bytes()), decoder.answer(&refusal)] {
                let answer = hint.map_or(answer, |hint| answer.with_version_hint(hint));
                assert_eq!(answer.version(), version, "{hint:?}: {document}");
                assert_eq!(answer.media_type(), version.media_type());
                let status = if version == V1_2 { 400 } else { 500 };
                assert_eq!(answer.http_status(), status, "{hint:?}: {document}");
                let mut out = [0; 2048];
                let read = Envelope::parse(answer.envelope().encode(&mut out).unwrap()).unwrap();
                assert_eq!(read.version(), version, "{hint:?}: {document}");
                let first = read.header().blocks().next().map(|block| block.element().local_name());
                assert_eq!(first, has_upgrade.then_some("Upgrade"), "{hint:?}: {document}");
            }
        }
    }
}

/// The detail of a refusal is what SOAP demands. A refusal about the body has an ErrorInvalidRequest. A refusal by a
/// limit has an empty detail in 1.1. When a header block or the version is at fault, there is no detail.
#[test]
fn details_of_refusals() {
    use ErrorKind::*;
    let (mut kinds, mut bare) = (Vec::new(), Vec::new());
    for file in std::fs::read_dir("tests/data/err").unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "xml") {
            continue;
        }
        let document = std::fs::read(&path).unwrap();
        let Err(refusal) = Envelope::parse(&document) else { continue };
        let kind = refusal.kind();
        kinds.push(kind);
        let about_header = matches!(
            kind,
            UnqualifiedHeaderBlock | InvalidMustUnderstand | InvalidRelay | MustUnderstand | VersionMismatch
        );
        if about_header {
            bare.push(kind);
        }
        for version in [SoapVersion::V1_1, SoapVersion::V1_2] {
            let mut out = [0; 2048];
            let written = Envelope::new(version, Body::Fault(refusal.fault())).encode(&mut out).unwrap();
            let Body::Fault(fault) = Envelope::parse(written).unwrap().body() else { panic!("{kind}") };
            let detail = fault.detail().map(|detail| detail.raw().unwrap().contains(">ErrorInvalidRequest<"));
            let expected = match kind.category() {
                _ if about_header => None,
                Category::Limit => (version == SoapVersion::V1_1).then_some(false),
                _ => Some(true),
            };
            assert_eq!(detail, expected, "{kind} {version}: {}", path.display());
        }
    }
    for kind in [UnqualifiedHeaderBlock, InvalidMustUnderstand, InvalidRelay, MustUnderstand, VersionMismatch]
    {
        assert!(bare.contains(&kind), "{kind}");
    }
    assert!(kinds.iter().any(|kind| kind.category() == Category::Limit) && kinds.len() > 200);
}

/// Only the class Sender has the status 400 in 1.2. The class of an application's code is not known.
#[test]
fn statuses_of_faults() {
    for (code, v1_2) in [("s:Client", 400), ("s:Server", 500), ("s:MustUnderstand", 500), ("a:Own", 500)] {
        let body = format!("<s:Fault xmlns:a='a'><faultcode>{code}</faultcode><faultstring/></s:Fault>");
        let document = envelope(SoapVersion::V1_1, "", &body);
        let Body::Fault(fault) = Envelope::parse(document.as_bytes()).unwrap().body() else { panic!() };
        let statuses = [SoapVersion::V1_1, SoapVersion::V1_2].map(|version| fault.http_status(version));
        assert_eq!(statuses, [500, v1_2], "{code}");
    }
}

#[test]
fn mandatory_blocks() {
    let block = "<!--x--><p:Trace xmlns:p='urn:p' s:mustUnderstand='1' s:role='urn:me'/>";
    let document = envelope(SoapVersion::V1_2, block, "<x/>");
    assert!(Envelope::parse(document.as_bytes()).is_ok(), "it is for another node");
    let me = Options::new().with_role(Role::Intermediary).with_own_uris(&["urn:me"]);
    let error = Envelope::parse_with(document.as_bytes(), &me).unwrap_err();
    assert_eq!(
        (error.kind().category(), error.http_status(SoapVersion::V1_2)),
        (Category::MustUnderstand, 500)
    );
    let name = Envelope::not_understood(document.as_bytes(), &error).unwrap();
    assert_eq!((name.local_name(), name.namespace().unwrap() == *"urn:p"), ("Trace", true));
    let mut out = [0; 1024];
    let fault = Envelope::new(SoapVersion::V1_2, Body::Fault(error.fault())).with_not_understood(name);
    let answer = core::str::from_utf8(fault.encode(&mut out).unwrap()).unwrap();
    assert!(answer.contains("<soap:NotUnderstood qname=\"q:Trace\" xmlns:q=\"urn:p\"/>"));
    let understood = me.with_understood(&[("urn:p", "Trace")]);
    let read = Envelope::parse_with(document.as_bytes(), &understood).unwrap();
    let block = read.header().blocks().next().unwrap();
    assert!(block.must_understand() && block.is_for_us(&understood) && block.must_not_travel_on(&understood));
    assert_eq!(
        block.element().raw().unwrap().len(),
        "<p:Trace xmlns:p='urn:p' s:mustUnderstand='1' s:role='urn:me'/>".len()
    );
}

/// Tests the forms of MS-OXWUMS in which one exception is found.
#[test]
fn exception_types() {
    let e = "http://schemas.microsoft.com/exchange/services/2006/errors";
    for (code, detail) in [
        (
            format!("<faultcode xmlns:a='{e}'>a:InvalidCallIdException</faultcode>"),
            format!("<detail xmlns:m='{M}'><ExceptionType>InvalidCallIdException</ExceptionType></detail>"),
        ),
        (
            format!("<faultcode xmlns:a='{e}'>a:InvalidCallIdException</faultcode>"),
            format!(
                "<detail><m:ExceptionType xmlns:m='{M}'>InvalidCallIdException</m:ExceptionType></detail>"
            ),
        ),
        (
            "<faultcode>a:InvalidCallIdException</faultcode>".to_string(),
            format!("<detail><ExceptionType xmlns='{M}'>InvalidCallIdException</ExceptionType></detail>"),
        ),
        (
            "<faultcode>a:InvalidCallIdException</faultcode>".to_string(),
            "<detail><x/><ExceptionType>a:InvalidCallIdException</ExceptionType><y>z</y></detail>"
                .to_string(),
        ),
    ] {
        let bound = code.contains("xmlns");
        let body = format!(
            "<s:Fault>{code}<faultstring xml:lang='en-US'>The call identifier isn't valid</faultstring>{detail}</s:Fault>"
        );
        let document = envelope(SoapVersion::V1_1, "", &body);
        let Body::Fault(fault) = Envelope::parse(document.as_bytes()).unwrap().body() else {
            panic!("no fault")
        };
        assert!(fault.exception_type().unwrap() == *"InvalidCallIdException", "{document}");
        assert!(fault.code() == *"a:InvalidCallIdException");
        assert_eq!(fault.code_namespace().is_some_and(|n| n == *e), bound);
        assert_eq!(fault.detail().unwrap().raw(), Some(&*detail));
    }
}

fn request(call_id: &str) -> String {
    let body = format!("<GetCallInfo xmlns='{M}'><CallId>{call_id}</CallId></GetCallInfo>");
    envelope(SoapVersion::V1_1, "", &body)
}

fn judged(document: &[u8], limits: Limits) -> (ErrorKind, usize) {
    let error = Envelope::parse_with(document, &Options::new().with_limits(limits)).unwrap_err();
    (error.kind(), error.offset())
}

/// Every beginning of this document ends too early, and nothing else is wrong with it.
fn too_short(document: &[u8], cuts: core::ops::Range<usize>) {
    for cut in cuts {
        let found = judged(&document[..cut], Limits::DEFAULT);
        assert_eq!(found, (ErrorKind::UnexpectedEnd, cut), "{}", document[..cut].escape_ascii());
    }
}

/// The `<` after text at its limit may begin the end tag, so the text is not yet too long.
#[test]
fn text_at_its_limit_cut_after_the_lt_of_its_end_tag() {
    let document = request(&format!("x<!--{}-->", "x".repeat(3072 - 8)));
    assert!(Envelope::parse(document.as_bytes()).is_ok());
    too_short(document.as_bytes(), 0..document.len());
}

/// A reference, a comment or a section that begins at the limit is too long with its first byte that tells what it is.
#[test]
fn text_at_its_limit_before_what_counts() {
    let document = request(&format!("x<!--{}-->", "x".repeat(3072 - 8)));
    let limit = document.find("</CallId>").unwrap();
    for more in ["&", "<!", "y"] {
        let cut = format!("{}{more}", &document[..limit]);
        assert_eq!(judged(cut.as_bytes(), Limits::DEFAULT), (ErrorKind::TextTooLong, limit), "{more}");
        for size in [1, 64, limit, usize::MAX] {
            let mut decoder = Decoder::new();
            let error = cut.as_bytes().chunks(size).find_map(|chunk| decoder.feed(chunk).err()).unwrap();
            assert_eq!((error.kind(), error.offset()), (ErrorKind::TextTooLong, limit), "{more}, {size}");
        }
    }
}

/// An end tag that differs within a character or after it. The byte that differs may be the offence.
#[test]
fn end_tags_that_differ_at_a_character() {
    use ErrorKind::{InvalidChar, InvalidUtf8, MismatchedEndTag};
    let before = envelope(SoapVersion::V1_1, "<aéb xmlns='urn:a'></", "");
    let before = &before.as_bytes()[..before.find("</s:Header>").unwrap()];
    for (tag, kind, at) in [
        (&b"a\xC3\xA9x>"[..], MismatchedEndTag, 0),
        (b"a\xC3\xA9\x01", InvalidChar, 3),
        (b"a\xC3\xA9\xBF", InvalidUtf8, 3),
        (b"a\xC3\xA9\xC3\xA9>", MismatchedEndTag, 0),
        (b"a\xC3\xA8b>", MismatchedEndTag, 0),
        (b"a\xC3(", InvalidUtf8, 1),
        (b"a\x01", InvalidChar, 1),
        (b"\x01", InvalidChar, 0),
    ] {
        let document = [before, tag].concat();
        let expected = (kind, before.len() + at);
        assert_eq!(judged(&document, Limits::DEFAULT), expected, "{}", tag.escape_ascii());
        for size in [1, 2, 64] {
            let mut decoder = Decoder::new();
            let error = document.chunks(size).find_map(|chunk| decoder.feed(chunk).err()).unwrap();
            assert_eq!((error.kind(), error.offset()), expected, "{}, {size}", tag.escape_ascii());
        }
    }
}

/// The tag of a child is no retained text. It is refused at its end, whatever the limit on text.
#[test]
fn text_at_its_limit_cut_inside_the_tag_of_a_child() {
    let document = request(&format!("x<!--{}--><b/>", "x".repeat(3072 - 8)));
    let tag = document.find("<b/>").unwrap();
    assert_eq!(judged(document.as_bytes(), Limits::DEFAULT), (ErrorKind::ElementInText, tag));
    too_short(document.as_bytes(), tag..tag + 4);
}

/// The first byte above a limit comes before the byte that breaks the reference, the markup, the dashes, or the value
/// of the declaration, although their offsets are before the limit.
#[test]
fn limits_win_over_offences_that_are_seen_behind_them() {
    let text = Limits::DEFAULT.with_text_bytes(8).unwrap();
    for id in ["MDlkM&apox;", "MDlkM&#xD800;", "MDlkM&#0000 ;", "M<![CDATX[", "Ma<!---- -->", "MDlkMD]]>"] {
        let document = request(id);
        let most = document.find("<CallId>").unwrap() + 8 + 8;
        assert_eq!(judged(document.as_bytes(), text), (ErrorKind::TextTooLong, most), "{id}");
    }
    let tag = Limits::DEFAULT.with_tag_bytes(34).unwrap();
    let document =
        format!("<?xml version='1.0' encoding='latin1'?>{}", envelope(SoapVersion::V1_1, "", "<x/>"));
    assert_eq!(judged(document.as_bytes(), tag), (ErrorKind::TagTooLong, 34));
}

/// The first bytes of a pattern that names an encoding give the refusal of the whole pattern.
#[test]
fn encodings_cut_inside_their_pattern() {
    let patterns: [&[u8]; 7] =
        [b"\xFF\xFE<", b"\xFE\xFF", b"\0<", b"\0\0\xFE\xFF", b"\0\0\0<", b"\xFF\xFE\0\0", b"<\0\0\0"];
    for pattern in patterns {
        let whole = judged(pattern, Limits::DEFAULT);
        for cut in 0..pattern.len() {
            let found = judged(&pattern[..cut], Limits::DEFAULT);
            assert!(
                found == whole || found == (ErrorKind::UnexpectedEnd, cut),
                "{pattern:x?} at {cut}: {found:?}"
            );
        }
    }
}

/// The first character of a second root's name may be cut.
#[test]
fn a_second_root_cut_inside_its_first_character() {
    let document = envelope(SoapVersion::V1_1, "", "<x/>") + "<\u{20AC}/>";
    let tag = document.rfind('<').unwrap();
    assert_eq!(judged(document.as_bytes(), Limits::DEFAULT), (ErrorKind::SecondRoot, tag));
    too_short(document.as_bytes(), tag + 1..tag + 4);
}

/// The offset of an offence is never after the byte that shows it.
#[test]
fn an_empty_word_is_refused_inside_what_was_read() {
    let document = envelope(SoapVersion::V1_1, "", &format!("<GetCallInfoResponse xmlns='{M}'><CallState/>"));
    let end = document.find("<CallState/>").unwrap() + "<CallState/>".len();
    let (kind, at) = judged(&document.as_bytes()[..end], Limits::DEFAULT);
    assert_eq!(kind, ErrorKind::UnknownWord);
    assert!(at < end, "{at} of {end}");
}

/// A character may begin within the limit of names and end above it. Then the limit comes first.
#[test]
fn the_limit_of_names_inside_a_character() {
    let head = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><";
    // 16 bytes of open names precede it.
    let name = "n".repeat(1024 - 16 - 1);
    for bytes in [b"\xC3X".as_slice(), b"\xEF\xBFX", b"\xC3\x97", b"\xC3\xA9"] {
        let document = [head, name.as_bytes(), bytes, b"/></s:Body></s:Envelope>"].concat();
        let error = Envelope::parse(&document).unwrap_err();
        let most = head.len() + name.len() + 1;
        assert_eq!(
            (error.kind(), error.offset()),
            (ErrorKind::NamesTooLong, most),
            "{}",
            bytes.escape_ascii()
        );
    }
}

/// A name that begins with a colon is no QName, in a second root and in the first.
#[test]
fn a_second_root_that_is_no_qname() {
    let root =
        "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><x/></s:Body></s:Envelope>";
    let error = Envelope::parse(format!("{root}<:a/>").leak().as_bytes()).unwrap_err();
    assert_eq!((error.kind(), error.offset()), (ErrorKind::InvalidQName, root.len() + 1));
}

//! Tests that fail until a bug is mended; then they belong to the file named in each.
use umsoap::{Body, Envelope, ErrorKind, FaultCode, Limits, Options, SoapVersion};

const M: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";

fn envelope(body: &str) -> String {
    let uri = SoapVersion::V1_1.namespace();
    format!("<s:Envelope xmlns:s='{uri}'><s:Body>{body}</s:Body></s:Envelope>")
}

fn request(call_id: &str) -> String {
    envelope(&format!("<GetCallInfo xmlns='{M}'><CallId>{call_id}</CallId></GetCallInfo>"))
}

fn fault(children: &str) -> String {
    envelope(&format!("<s:Fault>{children}</s:Fault>"))
}

fn refused(document: &[u8], limits: Limits) -> (ErrorKind, usize) {
    let error = Envelope::parse_with(document, &Options::new().with_limits(limits)).unwrap_err();
    (error.kind(), error.offset())
}

/// Every beginning of this is too short, and nothing else is wrong with it.
fn too_short(document: &[u8], cuts: core::ops::Range<usize>) {
    for cut in cuts {
        let found = refused(&document[..cut], Limits::DEFAULT);
        assert_eq!(found, (ErrorKind::UnexpectedEnd, cut), "{}", document[..cut].escape_ascii());
    }
}

/// which_error.rs. The `<` after text at its limit may begin the end tag, so nothing is too long yet.
#[test]
fn text_at_its_limit_cut_after_the_lt_of_its_end_tag() {
    let document = request(&format!("x<!--{}-->", "x".repeat(3072 - 8)));
    assert!(Envelope::parse(document.as_bytes()).is_ok());
    too_short(document.as_bytes(), 0..document.len());
}

/// which_error.rs. A child's tag is no retained text: it is refused at its end, whatever the limit on text.
#[test]
fn text_at_its_limit_cut_inside_the_tag_of_a_child() {
    let document = request(&format!("x<!--{}--><b/>", "x".repeat(3072 - 8)));
    let tag = document.find("<b/>").unwrap();
    assert_eq!(refused(document.as_bytes(), Limits::DEFAULT), (ErrorKind::ElementInText, tag));
    too_short(document.as_bytes(), tag..tag + 4);
}

/// which_error.rs. The first byte over a limit comes before the byte that breaks the reference, the markup, the
/// dashes, or the value of the declaration, although their offences begin before the limit.
#[test]
fn limits_win_over_offences_that_are_seen_behind_them() {
    let text = Limits::DEFAULT.with_text_bytes(8).unwrap();
    for id in ["MDlkM&apox;", "MDlkM&#xD800;", "MDlkM&#0000 ;", "M<![CDATX[", "Ma<!---- -->", "MDlkMD]]>"] {
        let document = request(id);
        let most = document.find("<CallId>").unwrap() + 8 + 8;
        assert_eq!(refused(document.as_bytes(), text), (ErrorKind::TextTooLong, most), "{id}");
    }
    let tag = Limits::DEFAULT.with_tag_bytes(34).unwrap();
    let document = format!("<?xml version='1.0' encoding='latin1'?>{}", envelope("<x/>"));
    assert_eq!(refused(document.as_bytes(), tag), (ErrorKind::TagTooLong, 34));
}

/// which_error.rs. What is said of the first bytes of a pattern that names an encoding is said of all of it.
#[test]
fn encodings_cut_inside_their_pattern() {
    let patterns: [&[u8]; 7] =
        [b"\xFF\xFE<", b"\xFE\xFF", b"\0<", b"\0\0\xFE\xFF", b"\0\0\0<", b"\xFF\xFE\0\0", b"<\0\0\0"];
    for pattern in patterns {
        let whole = refused(pattern, Limits::DEFAULT);
        for cut in 0..pattern.len() {
            let found = refused(&pattern[..cut], Limits::DEFAULT);
            assert!(
                found == whole || found == (ErrorKind::UnexpectedEnd, cut),
                "{pattern:x?} at {cut}: {found:?}"
            );
        }
    }
}

/// which_error.rs. What begins a second root's name may be cut.
#[test]
fn a_second_root_cut_inside_its_first_character() {
    let document = envelope("<x/>") + "<\u{20AC}/>";
    let tag = document.rfind('<').unwrap();
    assert_eq!(refused(document.as_bytes(), Limits::DEFAULT), (ErrorKind::SecondRoot, tag));
    too_short(document.as_bytes(), tag + 1..tag + 4);
}

/// which_error.rs. An offence does not lie behind the byte that shows it.
#[test]
fn an_empty_word_is_refused_inside_what_was_read() {
    let document = envelope(&format!("<GetCallInfoResponse xmlns='{M}'><CallState/>"));
    let end = document.find("<CallState/>").unwrap() + "<CallState/>".len();
    let (kind, at) = refused(&document.as_bytes()[..end], Limits::DEFAULT);
    assert_eq!(kind, ErrorKind::UnknownCallState);
    assert!(at < end, "{at} of {end}");
}

/// round_trip.rs. A code is one value, however it is written: with CR LF, a reference, a comment, CDATA.
#[test]
fn a_fault_code_is_known_by_its_value() {
    for code in [
        "s:Client",
        "\n s:Client\n",
        "\r\n s:Client",
        "s:Cl&#105;ent",
        "s:<!-- -->Client",
        "<![CDATA[s:Client]]>",
    ] {
        let document = fault(&format!("<faultcode>{code}</faultcode><faultstring>x</faultstring>"));
        let Body::Fault(fault) = Envelope::parse(document.as_bytes()).unwrap().body() else { panic!() };
        assert_eq!(fault.standard_code(), Some(FaultCode::Sender), "{code:?}");
    }
}

/// round_trip.rs. The children of a fault are known by their local names, and their namespace is reported.
#[test]
fn the_namespace_of_a_detail_is_reported() {
    let texts = "<faultcode>s:Client</faultcode><faultstring>x</faultstring>";
    let document = fault(&format!("{texts}<p:detail xmlns:p='urn:p'/>"));
    let Body::Fault(fault) = Envelope::parse(document.as_bytes()).unwrap().body() else { panic!() };
    assert_eq!(fault.detail().unwrap().namespace().map(|n| n.to_string()), Some("urn:p".to_string()));
}

/// round_trip.rs. 1.1 has an unqualified detail: the default namespace of a 1.2 one must not come to mean it.
#[test]
fn a_detail_with_a_default_namespace_is_not_written_qualified() {
    let uri = SoapVersion::V1_2.namespace();
    let texts =
        "<s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text xml:lang='en'>x</s:Text></s:Reason>";
    let body = format!("<s:Body><s:Fault>{texts}<s:Detail xmlns='urn:d'><x/></s:Detail></s:Fault></s:Body>");
    let document = format!("<s:Envelope xmlns:s='{uri}'>{body}</s:Envelope>");
    let body = Envelope::parse(document.as_bytes()).unwrap().body();
    let mut out = [0; 1024];
    match Envelope::new(SoapVersion::V1_1, body).encode(&mut out) {
        Ok(written) => assert!(!String::from_utf8_lossy(written).contains("<detail xmlns='urn:d'>")),
        Err(error) => assert_eq!(error.kind(), ErrorKind::UnwritableDetail),
    }
}

/// round_trip.rs. The prefix xml means the same everywhere, declared or not.
#[test]
fn a_detail_with_xml_lang_stands_alone() {
    let texts = "<faultcode>s:Client</faultcode><faultstring>x</faultstring>";
    let document = fault(&format!("{texts}<detail xml:lang='en'/>")).replacen(
        "<s:Envelope",
        "<s:Envelope xmlns:xml='http://www.w3.org/XML/1998/namespace'",
        1,
    );
    let envelope = Envelope::parse(document.as_bytes()).unwrap();
    assert!(envelope.encode(&mut [0; 1024]).is_ok());
}

/// round_trip.rs. A reason is written in the language in which it was read.
#[test]
fn the_language_of_a_reason_survives() {
    let document = fault("<faultcode>s:Client</faultcode><faultstring xml:lang='de'>Nein</faultstring>");
    let mut out = [0; 1024];
    let written = Envelope::parse(document.as_bytes()).unwrap().encode(&mut out).unwrap();
    assert!(!String::from_utf8_lossy(written).contains("en-US"), "{}", String::from_utf8_lossy(written));
}

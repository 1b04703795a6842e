//! Parsing what was encoded returns the encoded value. `encoded_len` is exact, and no byte after it is touched.

mod made;
mod schema;

use made::made;
use proptest::prelude::*;
use schema::{Content, SCHEMA};
use umsoap::{
    Body, CallState, Category, Decoder, Envelope, ErrorKind, EventCause, Fault, FaultCode, GetCallInfo,
    GetCallInfoResponse, Header, MessagesNamespace, NewElement, NewHeaderBlock, SoapVersion, Text,
};

const VERSIONS: [SoapVersion; 2] = [SoapVersion::V1_1, SoapVersion::V1_2];
const NAMESPACES: [MessagesNamespace; 2] = [MessagesNamespace::Http, MessagesNamespace::Https];

/// Encodes into a dirty buffer, and checks that the byte after the message stays.
fn encode(envelope: &Envelope<'_>) -> Vec<u8> {
    let length = envelope.encoded_len();
    let mut out = vec![0xA5; length + 1];
    let written = envelope.encode(&mut out).unwrap().len();
    assert_eq!((written, out[length]), (length, 0xA5));
    let mut short = vec![0xA5; length - 1];
    let error = envelope.encode(&mut short).unwrap_err();
    assert_eq!((error.kind(), error.needed()), (ErrorKind::BufferTooSmall, Some(length)));
    assert!(short.iter().all(|&b| b == 0xA5));
    #[cfg(feature = "std")]
    {
        let mut stream = Vec::new();
        envelope.write_to(&mut stream).unwrap();
        assert_eq!(stream, &out[..length]);
    }
    out.truncate(length);
    out
}

#[test]
fn every_reply() {
    for version in VERSIONS {
        for namespace in NAMESPACES {
            for state in CallState::ALL {
                for cause in EventCause::ALL {
                    let reply = GetCallInfoResponse::new(state, cause);
                    let bytes = encode(
                        &Envelope::new(version, Body::GetCallInfoResponse(reply)).with_namespace(namespace),
                    );
                    #[cfg(feature = "replies")]
                    assert_eq!(reply.encoded(version, namespace), bytes);
                    let read = Envelope::parse(&bytes).unwrap();
                    assert_eq!(read.body(), Body::GetCallInfoResponse(reply));
                    assert_eq!((read.version(), read.namespace()), (version, Some(namespace)));
                }
            }
        }
    }
}

#[test]
fn every_request_in_parts() {
    let longest = "x".repeat(512);
    for (call_id, parts) in [
        ("MDlk", true),
        ("a b", true),
        (&*longest, true),
        ("a&b", false),
        ("]]>", false),
        ("é", false),
        ("\t", false),
    ] {
        for (version, namespace) in VERSIONS.into_iter().zip(NAMESPACES) {
            let request = GetCallInfo::new(call_id);
            let bytes = encode(&Envelope::new(version, Body::GetCallInfo(request)).with_namespace(namespace));
            let joined = request.encoded_parts(version, namespace).map(|parts| parts.concat());
            assert_eq!(joined, parts.then_some(bytes), "{call_id:?}");
        }
    }
    for call_id in ["", &"x".repeat(513)] {
        assert!(
            GetCallInfo::new(call_id).encoded_parts(SoapVersion::V1_1, MessagesNamespace::Http).is_none()
        );
    }
}

#[test]
fn faults() {
    for version in VERSIONS {
        let bytes =
            encode(&Envelope::new(version, Body::Fault(Fault::invalid_call_id().with_actor("urn:gw"))));
        let read = Envelope::parse(&bytes).unwrap();
        let Body::Fault(fault) = read.body() else { panic!("no fault") };
        assert!(fault.exception_type().unwrap() == *"InvalidCallIdException");
        assert!(fault.actor().unwrap() == *"urn:gw");
        assert!(fault.reason() == *"The call identifier isn't valid.");
        // What was read is written with the bytes of the first writing.
        assert_eq!(encode(&read), bytes);
        // In the other version it is still that exception.
        for other in VERSIONS {
            let again = encode(&Envelope::new(other, Body::Fault(fault)));
            let Body::Fault(fault) = Envelope::parse(&again).unwrap().body() else { panic!("no fault") };
            assert!(fault.exception_type().unwrap() == *"InvalidCallIdException");
        }
    }
    let bytes =
        encode(&Envelope::new(SoapVersion::V1_1, Body::Fault(Fault::new(FaultCode::Receiver, "a<b&\r"))));
    assert!(
        String::from_utf8(bytes)
            .unwrap()
            .contains("soap:Server</faultcode><faultstring xml:lang=\"en-US\">a&lt;b&amp;&#13;<")
    );
}

/// Tests the failures that MS-OXWUMS names, as the service writes them: the code in the errors namespace, and the
/// exception type in the messages namespace and without a prefix. Also tests the answer to a malformed request.
#[test]
fn the_faults_of_the_service() {
    const M: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";
    const E: &str = "http://schemas.microsoft.com/exchange/services/2006/errors";
    let text =
        |fault, version| String::from_utf8(encode(&Envelope::new(version, Body::Fault(fault)))).unwrap();
    for (fault, name) in [
        (Fault::invalid_call_id(), "InvalidCallIdException"),
        (Fault::invalid_object_id(), "InvalidObjectIdException"),
        (Fault::dialing_rules(), "DialingRulesException"),
    ] {
        assert_eq!(fault.exception_type().unwrap(), *name);
        let exception = format!("<ExceptionType xmlns=\"{M}\">{name}</ExceptionType>");
        for (version, code, detail) in [
            (SoapVersion::V1_1, "<faultcode", "detail"),
            (SoapVersion::V1_2, "<soap:Subcode><soap:Value", "soap:Detail"),
        ] {
            let written = text(fault, version);
            assert!(written.contains(&format!("{code} xmlns:a=\"{E}\">a:{name}</")), "{written}");
            assert!(written.contains(&format!("<{detail}>{exception}</{detail}>")), "{written}");
            let Body::Fault(read) = Envelope::parse(written.as_bytes()).unwrap().body() else {
                panic!("no fault: {written}")
            };
            assert_eq!(read.exception_type().unwrap(), *name);
            assert_eq!(read.class(), Some(FaultCode::Sender));
            // Without a namespace, and with a prefix, the exception is found, too.
            for other in [
                format!("<ExceptionType xmlns=\"\">{name}</ExceptionType>"),
                format!("<m:ExceptionType xmlns:m=\"{M}\">{name}</m:ExceptionType>"),
                format!("<ExceptionType>a:{name}</ExceptionType>"),
            ] {
                let other = written.replace(&exception, &other);
                let Body::Fault(read) = Envelope::parse(other.as_bytes()).unwrap().body() else {
                    panic!("no fault: {other}")
                };
                assert_eq!(read.exception_type().unwrap(), *name, "{other}");
            }
        }
    }
    let refused = Envelope::parse(b"<").unwrap_err().fault();
    for (version, detail) in [(SoapVersion::V1_1, "detail"), (SoapVersion::V1_2, "soap:Detail")] {
        let written = text(refused, version);
        let code = format!("<{detail}><e:ResponseCode xmlns:e=\"{E}\">ErrorInvalidRequest</e:ResponseCode>");
        assert!(
            written.contains(&code) && written.contains(&format!("<e:Message xmlns:e=\"{E}\">")),
            "{written}"
        );
        assert!(written.contains(">The request is invalid.</"), "{written}");
    }
}

#[test]
fn what_is_never_written() {
    let refused = |id: &str| {
        let envelope = Envelope::new(SoapVersion::V1_1, Body::GetCallInfo(GetCallInfo::new(id)));
        assert_eq!(envelope.encoded_len(), 0);
        let mut out = [0xA5; 4096];
        let error = envelope.encode(&mut out).unwrap_err();
        assert!(out.iter().all(|&b| b == 0xA5));
        assert_eq!(error.kind().category(), Category::Output);
        (error.kind(), error.offset())
    };
    assert_eq!(refused(""), (ErrorKind::UnwritableValue, 0));
    assert_eq!(refused(&"x".repeat(513)), (ErrorKind::UnwritableValue, 0));
    assert_eq!(refused("ab\u{0}"), (ErrorKind::UnwritableChar, 2));
    assert_eq!(refused("\u{FFFE}"), (ErrorKind::UnwritableChar, 0));
}

fn envelope(version: SoapVersion, attributes: &str, body: &str) -> String {
    let uri = version.namespace();
    format!("<s:Envelope xmlns:s='{uri}'{attributes}><s:Body>{body}</s:Body></s:Envelope>")
}

/// Returns a 1.1 fault with these children.
fn fault_of(children: &str) -> String {
    envelope(SoapVersion::V1_1, "", &format!("<s:Fault>{children}</s:Fault>"))
}

const TEXTS: &str = "<faultcode>s:Client</faultcode><faultstring xml:lang='en'>x</faultstring>";

/// Returns a 1.1 fault with a detail, and these attributes of Envelope.
fn detailed(attributes: &str, detail: &str) -> String {
    envelope(SoapVersion::V1_1, attributes, &format!("<s:Fault>{TEXTS}{detail}</s:Fault>"))
}

const CODE: &str = "<s:Value>s:Sender</s:Value>";
const REASON: &str = "<s:Text xml:lang='en'>x</s:Text>";

/// Returns a 1.2 fault with these contents of Code and Reason, followed by `rest`.
fn fault_1_2(attributes: &str, code: &str, reason: &str, rest: &str) -> String {
    let fault = format!("<s:Fault><s:Code>{code}</s:Code><s:Reason>{reason}</s:Reason>{rest}</s:Fault>");
    envelope(SoapVersion::V1_2, attributes, &fault)
}

fn read(document: &str) -> Fault<'_> {
    let body = Envelope::parse(document.as_bytes()).expect(document).body();
    let Body::Fault(fault) = body else { panic!("no fault: {document}") };
    fault
}

/// Reads the fault of a document and writes it in this version.
fn written(document: &str, version: SoapVersion) -> Result<String, ErrorKind> {
    let mut out = [0; 8192];
    let envelope = Envelope::new(version, Body::Fault(read(document)));
    let result = envelope.encode(&mut out).map_err(|e| e.kind());
    assert_eq!(envelope.encoded_len(), result.as_ref().map_or(0, |bytes| bytes.len()));
    result.map(|bytes| String::from_utf8_lossy(bytes).into_owned())
}

/// A code has one value, whether it is written with CR LF, a reference, a comment or CDATA.
#[test]
fn a_fault_code_is_known_by_its_value() {
    let forms = [
        "s:Client",
        "\n s:Client\n",
        "\r\n s:Client",
        "s:Cl&#105;ent",
        "&#115;&#58;Client&#32;",
        "s:<!-- -->Client",
        "<!-- -->s<!-- -->:Client ",
        "<![CDATA[s:Client]]>",
        "<![CDATA[ s:]]>Client<![CDATA[ \n]]> <!-- -->",
    ];
    for code in forms {
        let document = fault_of(&format!("<faultcode>{code}</faultcode><faultstring>x</faultstring>"));
        let fault = read(&document);
        assert_eq!(fault.standard_code(), Some(FaultCode::Sender), "{code:?}");
        assert!(fault.code_namespace().unwrap() == *SoapVersion::V1_1.namespace(), "{code:?}");
        assert!(written(&document, SoapVersion::V1_2).unwrap().contains(">soap:Sender<"), "{code:?}");
    }
    // Characters that XML does not take for white space are a part of the name.
    for code in ["\u{A0}s:Client", "s:Client\u{2028}", "s:Cli ent", "s :Client", "S:Client", ""] {
        let document = fault_of(&format!("<faultcode>{code}</faultcode><faultstring>x</faultstring>"));
        assert_eq!(read(&document).standard_code(), None, "{code:?}");
    }
}

/// Reports the namespace for which a code's prefix stands, however the namespace is written, and none for an undeclared
/// prefix.
#[test]
fn the_namespace_of_a_code_is_that_of_its_prefix() {
    const XML: &str = "http://www.w3.org/XML/1998/namespace";
    for (code, namespace) in [
        ("a:B", Some("urn:a")),
        ("&#97;:B", Some("urn:a")),
        ("<![CDATA[a]]>:B", Some("urn:a")),
        ("xml:B", Some(XML)),
        ("&#120;ml:B", Some(XML)),
        ("x<!-- -->ml:B", Some(XML)),
        ("b:B", None),
        ("&#98;:B", None),
        ("<!-- -->b:B", None),
        ("&#65;:B", None),
        ("B", Some("urn:d")),
        ("<!-- -->B", Some("urn:d")),
    ] {
        let texts =
            format!("<s:Fault><faultcode>{code}</faultcode><faultstring xmlns=''>x</faultstring></s:Fault>");
        let document = envelope(SoapVersion::V1_1, " xmlns:a='urn:a' xmlns='urn:d'", &texts);
        let found = read(&document).code_namespace().map(|namespace| namespace.to_string());
        assert_eq!(found.as_deref(), namespace, "{code}");
    }
}

#[test]
fn a_code_of_others_is_written_by_its_value() {
    let prefix = "p".repeat(900);
    let forms = [
        ("a:B", " xmlns:a=\"urn:a\">a:B<"),
        (" &#97;:<![CDATA[B]]>\r\n", " xmlns:a=\"urn:a\">a:B<"),
        ("a<!-- -->&#58;B<!-- -->", " xmlns:a=\"urn:a\">a:B<"),
        ("&#xE9;:B", " xmlns:é=\"urn:é\">é:B<"),
        ("none:<![CDATA[B]]>", ">none:B<"),
        ("B<!-- -->", ">B<"),
    ];
    let others = format!(" xmlns:a='urn:a' xmlns:é='urn:é' xmlns:b='urn:b' xmlns:{prefix}='urn:long'");
    let long = (format!("{prefix}:B&#x42;"), format!(" xmlns:{prefix}=\"urn:long\">{prefix}:BB<"));
    for (code, expected) in forms.into_iter().chain([(&*long.0, &*long.1)]) {
        let texts = format!("<faultcode>{code}</faultcode><faultstring>x</faultstring>");
        let document = envelope(SoapVersion::V1_1, &others, &format!("<s:Fault>{texts}</s:Fault>"));
        let value = format!("<faultcode{expected}/faultcode>");
        let found = written(&document, SoapVersion::V1_1).unwrap();
        assert!(found.contains(&value), "{code:?}: {found}");
        // Only the caller can know whose fault the code tells.
        assert_eq!(written(&document, SoapVersion::V1_2), Err(ErrorKind::UnwritableFaultCode), "{code:?}");
        let value = format!("<soap:Subcode><soap:Value{expected}/soap:Value>");
        for class in [FaultCode::Sender, FaultCode::Receiver] {
            let fault = read(&document).with_class(class);
            let found =
                String::from_utf8(encode(&Envelope::new(SoapVersion::V1_2, Body::Fault(fault)))).unwrap();
            assert!(found.contains(&value), "{code:?}: {found}");
            let class = format!("<soap:Code><soap:Value>soap:{}</", class.local_name(SoapVersion::V1_2));
            assert!(found.contains(&class), "{code:?}: {found}");
        }
    }
    for code in ["a:", ":", ":B", "a:B:C", "1:B", "a:1", "a:B C", "soap:B", "xmlns:B", "500"] {
        let texts = format!("<faultcode>{code}</faultcode><faultstring>x</faultstring>");
        let document = envelope(SoapVersion::V1_1, &others, &format!("<s:Fault>{texts}</s:Fault>"));
        assert_eq!(written(&document, SoapVersion::V1_1), Err(ErrorKind::UnwritableFaultCode), "{code:?}");
    }
    // The prefix `soap` and the default namespace have another meaning around the code. So the code is written with
    // another prefix of its namespace.
    let soap = SoapVersion::V1_1.namespace();
    for (attributes, code, expected) in [
        (" xmlns:soap='urn:a'".into(), "soap:B", " xmlns:q=\"urn:a\">q:B<".into()),
        (" xmlns='urn:a'".into(), "B", " xmlns:q=\"urn:a\">q:B<".into()),
        (String::new(), "xml:B", ">xml:B<".to_string()),
        (String::new(), "s:Foo", format!(" xmlns:s=\"{soap}\">s:Foo<")),
        (format!(" xmlns:soap='{soap}'"), "soap:Foo", ">soap:Foo<".into()),
    ] {
        let texts = format!("<faultcode>{code}</faultcode><faultstring xmlns=''>x</faultstring>");
        let document = envelope(SoapVersion::V1_1, &attributes, &format!("<s:Fault>{texts}</s:Fault>"));
        let found = written(&document, SoapVersion::V1_1).unwrap();
        assert!(found.contains(&format!("<faultcode{expected}")), "{found}");
        assert_eq!(read(&document).code_namespace(), read(&found).code_namespace(), "{found}");
        assert_eq!(written(&document, SoapVersion::V1_2), Err(ErrorKind::UnwritableFaultCode), "{document}");
    }
}

/// The class of a code says whose fault it is, in the words of 1.2. The code itself becomes the subcode.
#[test]
fn a_code_is_written_in_1_2_by_its_class() {
    let errors = "http://schemas.microsoft.com/exchange/services/2006/errors";
    let attributes =
        format!(" xmlns:e='{errors}' xmlns:a='urn:a' xmlns:n='{}'", SoapVersion::V1_2.namespace());
    let classes = [
        ("s:Server.userException", Some(FaultCode::Receiver), 500),
        ("s:Client.Authentication.x", Some(FaultCode::Sender), 400),
        ("s:MustUnderstand.x", Some(FaultCode::MustUnderstand), 500),
        ("Server", Some(FaultCode::Receiver), 500),
        ("Client.x", Some(FaultCode::Sender), 400),
        ("Receiver", Some(FaultCode::Receiver), 500),
        ("n:DataEncodingUnknown", Some(FaultCode::DataEncodingUnknown), 500),
        ("e:InvalidCallIdException", Some(FaultCode::Sender), 400),
        ("s:Serverx", None, 500),
        ("s:userException.Server", None, 500),
        ("s:Receiver", None, 500),
        ("a:Server", None, 500),
        ("none:Server", None, 500),
        ("e:Server", None, 500),
    ];
    for (code, class, status) in classes {
        let texts = format!("<s:Fault><faultcode>{code}</faultcode><faultstring>x</faultstring></s:Fault>");
        let document = envelope(SoapVersion::V1_1, &attributes, &texts);
        let fault = read(&document);
        assert_eq!((fault.class(), fault.standard_code()), (class, None), "{code}");
        assert_eq!(fault.http_status(SoapVersion::V1_2), status, "{code}");
        let first = written(&document, SoapVersion::V1_1).unwrap();
        assert!(first.contains(&format!(">{code}</faultcode>")), "{first}");
        let Some(class) = class else {
            assert_eq!(written(&document, SoapVersion::V1_2), Err(ErrorKind::UnwritableFaultCode), "{code}");
            continue;
        };
        let second = written(&document, SoapVersion::V1_2).unwrap();
        let relayed = read(&second);
        assert_eq!(relayed.standard_code(), Some(class), "{second}");
        assert_eq!(relayed.subcode().unwrap().to_string(), code);
        assert_eq!(relayed.subcode_namespace(), fault.code_namespace());
        // The code is written in 1.1 again as it came.
        if class != FaultCode::DataEncodingUnknown {
            assert!(written(&second, SoapVersion::V1_1).unwrap().contains(&format!(">{code}</faultcode>")));
        }
    }
}

#[test]
fn an_exception_type_is_known_by_its_value() {
    let forms = ["Inv", "a:Inv", " a:Inv ", "a&#58;Inv", "\r\na:<![CDATA[Inv ]]>&#9;", "<![CDATA[a:Inv]]>"];
    for value in forms {
        let document = detailed("", &format!("<detail><ExceptionType>{value}</ExceptionType></detail>"));
        let exception = read(&document).exception_type().unwrap();
        assert_eq!(exception.to_string(), "Inv", "{value:?}");
        assert!(exception == *"Inv" && exception.chars().eq("Inv".chars()), "{value:?}");
        assert!(document.as_bytes().as_ptr_range().contains(&exception.as_raw().as_ptr()), "{value:?}");
    }
}

/// The children of a fault are found by their local names, and their namespace is reported.
#[test]
fn the_namespace_of_a_detail_is_reported() {
    let soap = SoapVersion::V1_1.namespace();
    let long = format!("urn:{}", "x".repeat(59));
    for (namespace, detail) in [
        ("", "<detail/>".to_string()),
        ("urn:p", "<p:detail xmlns:p='urn:p'/>".to_string()),
        ("urn:d", "<detail xmlns='urn:&#100;'/>".to_string()),
        (soap, "<s:detail></s:detail>".to_string()),
        (&long, format!("<detail xmlns='{long}'><x/></detail>")),
    ] {
        let document = detailed("", &detail);
        let found = read(&document).detail().unwrap().namespace().map(|n| n.to_string());
        assert_eq!(found.unwrap_or_default(), namespace, "{detail}");
        // It is written in the namespace that the version demands.
        let found = written(&document, SoapVersion::V1_1).unwrap();
        assert_eq!(read(&found).detail().unwrap().namespace(), None, "{found}");
        let found = written(&document, SoapVersion::V1_2).unwrap();
        let uri = read(&found).detail().unwrap().namespace().unwrap();
        assert!(uri == *SoapVersion::V1_2.namespace(), "{found}");
        let mut decoder = Decoder::new();
        decoder.feed(document.as_bytes()).unwrap();
        let Body::Fault(fault) = decoder.finish().unwrap().body() else { panic!("no fault") };
        let found = fault.detail().unwrap().namespace().map(|n| n.to_string());
        assert_eq!(found.unwrap_or_default(), namespace, "{detail}");
    }
    let document = fault_1_2(" xmlns:a='urn:a'", CODE, REASON, "<a:Detail/>");
    assert!(read(&document).detail().unwrap().namespace().unwrap() == *"urn:a");
    assert!(written(&document, SoapVersion::V1_2).unwrap().contains("<soap:Detail/>"));
    // The namespace counts towards what is kept beside texts.
    let texts = TEXTS.replace(">x<", &format!(">{}<", "x".repeat(3072 - "s:Client".len())));
    for (length, expected) in [(62, None), (63, Some(ErrorKind::TextTooLong))] {
        let detail = format!("<detail xmlns='{}'/>", "u".repeat(length));
        let document = fault_of(&format!("{texts}{detail}"));
        let error = Envelope::parse(document.as_bytes()).err();
        assert_eq!(error.map(|e| e.kind()), expected, "{length}");
        let at = error.map(|e| e.offset());
        assert_eq!(at, expected.map(|_| document.find("<detail").unwrap()));
        let mut decoder = Decoder::new();
        assert_eq!(decoder.feed(document.as_bytes()).err(), error);
    }
}

/// 1.1 has an unqualified detail, so the default namespace of a 1.2 detail must not apply to it.
#[test]
fn a_detail_with_a_default_namespace_is_not_written_qualified() {
    let document = fault_1_2("", CODE, REASON, "<s:Detail xmlns='urn:d'><x/></s:Detail>");
    let found = written(&document, SoapVersion::V1_1).unwrap();
    assert!(found.contains("<detail ><x xmlns=\"urn:d\"/></detail>"), "{found}");
    let children = "<!-- <c> --><x a='b'><y/></x>t<p:z xmlns:p='urn:p'/><w xmlns=''/><![CDATA[<c>]]>";
    let expected = "<!-- <c> --><x xmlns=\"urn:d\" a='b'><y/></x>t<p:z xmlns=\"urn:d\" xmlns:p='urn:p'/>\
        <w xmlns=''/><![CDATA[<c>]]></detail>";
    let document = fault_1_2(" xmlns='urn:d'", CODE, REASON, &format!("<s:Detail>{children}</s:Detail>"));
    let found = written(&document, SoapVersion::V1_1).unwrap();
    assert!(found.contains(expected), "{found}");
    // The type of the detail would lose its namespace.
    let xsi = "xmlns:i='http://www.w3.org/2001/XMLSchema-instance'";
    for (value, expected) in [("t", Err(ErrorKind::UnwritableDetail)), ("i:t", Ok(()))] {
        let detail = format!("<s:Detail xmlns='urn:d' {xsi} i:type='{value}'/>");
        let document = fault_1_2("", CODE, REASON, &detail);
        assert_eq!(written(&document, SoapVersion::V1_1).map(drop), expected);
        assert!(written(&document, SoapVersion::V1_2).is_ok());
    }
    let document = fault_1_2("", CODE, REASON, "<s:Detail xmlns='urn:d'><x/></s:Detail>");
    assert!(
        written(&document, SoapVersion::V1_2).unwrap().contains("<soap:Detail xmlns='urn:d'><x/></soap:")
    );
    let document = fault_1_2("", CODE, REASON, "<s:Detail xmlns=''><x/></s:Detail>");
    assert!(written(&document, SoapVersion::V1_1).unwrap().contains("<detail xmlns=''><x/></detail>"));
}

/// The prefix xml has one meaning everywhere, whether it is declared or not.
#[test]
fn a_detail_with_xml_lang_stands_alone() {
    let xml = " xmlns:xml='http://www.w3.org/XML/1998/namespace'";
    for attributes in ["", xml] {
        let document = detailed(attributes, "<detail xml:lang='en'><x xml:space='default'/></detail>");
        assert!(written(&document, SoapVersion::V1_1).unwrap().contains("<detail xml:lang='en'>"));
    }
}

/// A 1.2 Detail is written with the prefix `soap`. A 1.1 detail has no prefix, so `soap` may mean something else around
/// it.
#[test]
fn a_detail_may_declare_the_prefix_soap() {
    let document = detailed("", "<detail xmlns:soap='urn:x'><soap:x/></detail>");
    assert!(written(&document, SoapVersion::V1_1).unwrap().contains("<detail xmlns:soap='urn:x'><soap:x/>"));
    let uri = SoapVersion::V1_2.namespace();
    let found = written(&document, SoapVersion::V1_2).unwrap();
    let expected = format!("<q00:Detail xmlns:q00=\"{uri}\" xmlns:soap='urn:x'><soap:x/></q00:Detail>");
    assert!(found.contains(&expected), "{found}");
    assert!(read(&found).detail().unwrap().namespace().unwrap() == *uri);
    // The first free name is used when others are taken.
    let outer = " xmlns:soap='urn:x' xmlns:q00='urn:0'";
    let found =
        written(&detailed(outer, "<detail xmlns:q01='urn:1'><soap:x/></detail>"), SoapVersion::V1_2).unwrap();
    assert!(found.contains("<q02:Detail ") && found.contains(" xmlns:soap=\"urn:x\" xmlns:q01='"), "{found}");
    // Most stacks declare the prefix `soap` for the other version.
    let soap = SoapVersion::V1_1.namespace();
    let document = detailed(&format!(" xmlns:soap='{soap}'"), "<detail><x soap:actor='u'/></detail>");
    let found = written(&document, SoapVersion::V1_2).unwrap();
    assert!(found.contains(&format!(" xmlns:soap=\"{soap}\"><x soap:actor='u'/></q00:Detail>")), "{found}");
    assert!(written(&document, SoapVersion::V1_1).unwrap().contains("<detail><x soap:actor='u'/></detail>"));
    let document = fault_1_2("", CODE, REASON, &format!("<s:Detail xmlns:soap='{uri}'><soap:x/></s:Detail>"));
    assert!(written(&document, SoapVersion::V1_1).is_ok());
    assert!(written(&document, SoapVersion::V1_2).is_ok());
}

/// A detail may be relayed from node to node, and from version to version. After ten nodes it is as long as after two,
/// since a prefix that was made for it once is used again.
#[test]
fn a_relayed_detail_does_not_grow() {
    let (v1_1, v1_2) = (SoapVersion::V1_1, SoapVersion::V1_2);
    let detail = "<detail xmlns:soap='urn:x' xmlns:q00='urn:0'><soap:x a='q00:y'/></detail>";
    let outer =
        detailed(" xmlns:soap='urn:x' xmlns:b='urn:b'", "<detail><soap:x b:y=''>&#98;:z</soap:x></detail>");
    let default = fault_1_2(" xmlns='urn:d'", CODE, REASON, "<s:Detail><x/><y xmlns=''>t</y></s:Detail>");
    for document in [detailed("", detail), outer, default] {
        for route in [[v1_2, v1_2], [v1_1, v1_2], [v1_2, v1_1], [v1_1, v1_1]] {
            let mut lengths = Vec::new();
            let mut found = document.clone();
            for _ in 0..5 {
                for version in route {
                    found = written(&found, version).unwrap();
                }
                lengths.push(found.len());
            }
            assert!(lengths[1..].iter().all(|&length| length == lengths[1]), "{lengths:?}: {found}");
            let names = |document: &str| {
                let document = roxmltree::Document::parse(document).unwrap();
                let is_detail =
                    |node: &roxmltree::Node<'_, '_>| node.tag_name().name().to_lowercase() == "detail";
                let detail = document.descendants().find(is_detail).unwrap();
                detail
                    .descendants()
                    .skip(1)
                    .map(|node| format!("{:?} {:?}", node.tag_name(), node.text()))
                    .collect::<Vec<_>>()
            };
            assert_eq!(names(&found), names(&document), "{found}");
        }
    }
}

/// Every text of a fault is a slice of the message, also an empty text, because a caller may ask where it stands.
#[test]
fn empty_texts_of_a_fault_lie_in_the_message() {
    for (start, end) in [("", "</x>"), ("/", "")] {
        let element = |name: &str| {
            let end = end.replace('x', name.split(' ').next().unwrap());
            format!("<{name}{start}>{end}")
        };
        let v1_1 = ["faultcode", "faultstring xml:lang=''", "faultactor"].map(element).concat();
        let detail = format!("<detail>{}</detail>", element("ExceptionType"));
        let v1_2 = fault_1_2(
            "",
            &format!("{CODE}<s:Subcode>{}</s:Subcode>", element("s:Value")),
            &format!("{}{}", element("s:Text xml:lang=''"), element("s:Text xml:lang='sv'")),
            &["s:Node", "s:Role", "s:Detail"].map(element).concat(),
        );
        for document in [fault_of(&(v1_1.clone() + &detail)), fault_of(&(v1_1 + &element("detail"))), v1_2] {
            let fault = read(&document);
            let mut texts: Vec<_> = [
                Some(fault.code()),
                fault.subcode(),
                Some(fault.reason()),
                fault.lang(),
                fault.actor(),
                fault.node(),
                fault.exception_type(),
            ]
            .into_iter()
            .flatten()
            .collect();
            texts.extend(fault.reasons().map(|reason| reason.text()));
            texts.extend(fault.subcodes().map(|subcode| subcode.text()));
            assert!(texts.iter().filter(|text| text.as_raw().is_empty()).count() >= 4, "{document}");
            let inside = document.as_bytes().as_ptr_range();
            for text in texts {
                let raw = text.as_raw().as_bytes().as_ptr_range();
                assert!(inside.start < raw.start && raw.end < inside.end, "{text:?}: {document}");
                assert!(text.as_raw().is_empty() || document.contains(text.as_raw()), "{document}");
            }
        }
    }
}

/// Every QName in a detail keeps its meaning: names, and values of attributes and elements.
#[test]
fn a_detail_has_the_declarations_that_it_needs() {
    let outer = " xmlns:xsd='urn:xsd' xmlns:a='urn:a' xmlns:bb='urn:b' xmlns:unused='urn:u'";
    for (content, expected) in [
        ("<a:x/>", " xmlns:a=\"urn:a\""),
        ("<x bb:y=''/>", " xmlns:bb=\"urn:b\""),
        ("<x type='xsd:string'/>", " xmlns:xsd=\"urn:xsd\""),
        ("<ExceptionType>a:X</ExceptionType>", " xmlns:a=\"urn:a\""),
        ("<x> a:X bb:Y</x>", " xmlns:a=\"urn:a\" xmlns:bb=\"urn:b\""),
        ("<x>none:X xbb:Y :a</x>", ""),
        ("<a:x xmlns:a='urn:other'/>", " xmlns:a=\"urn:a\""),
        ("<x>&amp;a</x>", ""),
    ] {
        let found =
            written(&detailed(outer, &format!("<detail>{content}</detail>")), SoapVersion::V1_1).unwrap();
        assert!(found.contains(&format!("<detail{expected}>{content}</detail>")), "{found}");
        let found =
            written(&detailed(outer, &format!("<detail>{content}</detail>")), SoapVersion::V1_2).unwrap();
        assert!(found.contains(&format!("<soap:Detail{expected}>{content}</soap:Detail>")), "{found}");
    }
    // Where a QName may be hidden, the innermost declaration of each prefix is written.
    for content in ["<x>&#97;:X</x>", "<x><![CDATA[a]]>:X</x>"] {
        let inner =
            format!("<s:Fault xmlns:a='urn:c'>{TEXTS}<detail xmlns:bb='urn:d'>{content}</detail></s:Fault>");
        let found = written(&envelope(SoapVersion::V1_1, outer, &inner), SoapVersion::V1_1).unwrap();
        for declared in ["a=\"urn:c\"", "xsd=\"urn:xsd\"", "unused=\"urn:u\"", "bb='urn:d'"] {
            assert_eq!(found.matches(&format!(" xmlns:{declared}")).count(), 1, "{declared}: {found}");
        }
        assert!(!found.contains("urn:a\"") && !found.contains("urn:b\""), "{found}");
    }
}

/// Subcodes and reasons that only 1.2 has are written in 1.2, and not dropped in 1.1.
#[test]
fn subcodes_and_reasons_of_1_2() {
    let v1_2 = |code: &str, reason: &str, rest: &str| fault_1_2(" xmlns:a='urn:a'", code, reason, rest);
    let subcode = |inner: &str| format!("{CODE}<s:Subcode><s:Value>a:B</s:Value>{inner}</s:Subcode>");
    let nested = subcode("<s:Subcode><s:Value xmlns:c='urn:c'>c:C</s:Value></s:Subcode>");
    let texts = "<s:Text xml:lang='en'>no</s:Text><s:Text xml:lang='sv'>nej</s:Text>";
    let document =
        v1_2(&nested, texts, "<s:Node>urn:n</s:Node><s:Role>urn:r</s:Role><s:Detail><a:x/></s:Detail>");
    let again = written(&document, SoapVersion::V1_2).unwrap();
    for fault in [read(&document), read(&again)] {
        let subcodes: Vec<_> = fault
            .subcodes()
            .map(|code| (code.local_name().to_string(), code.namespace().unwrap().to_string()))
            .collect();
        assert_eq!(subcodes, [("B".into(), "urn:a".into()), ("C".to_string(), "urn:c".to_string())]);
        assert!(fault.subcode().unwrap() == *"a:B" && fault.subcode_namespace().unwrap() == *"urn:a");
        let reasons: Vec<_> =
            fault.reasons().map(|r| (r.lang().unwrap().to_string(), r.text().to_string())).collect();
        assert_eq!(reasons, [("en".into(), "no".into()), ("sv".to_string(), "nej".to_string())]);
        assert!(fault.node().unwrap() == *"urn:n" && fault.actor().unwrap() == *"urn:r");
    }
    assert!(
        document.contains(read(&document).raw().unwrap())
            && read(&again).raw().unwrap().starts_with("<soap:Fault>")
    );
    // A decoder keeps the first subcode and the first reason, and does not present a part as the whole.
    let mut decoder = Decoder::new();
    document.as_bytes().chunks(3).try_for_each(|chunk| decoder.feed(chunk)).unwrap();
    let Body::Fault(fault) = decoder.finish().unwrap().body() else { panic!("no fault") };
    assert_eq!((fault.subcodes().count(), fault.reasons().count(), fault.raw()), (1, 1, None));
    assert!(fault.subcode_namespace().unwrap() == *"urn:a" && fault.lang().unwrap() == *"en");
    let refused = |fault: Fault<'_>, version| {
        Envelope::new(version, Body::Fault(fault)).encode(&mut [0; 4096]).err().map(|error| error.kind())
    };
    assert_eq!(refused(fault, SoapVersion::V1_2), Some(ErrorKind::UnwritableFault));
    // 1.1 has one code, one reason, and one URI.
    let v1_1 = SoapVersion::V1_1;
    let (fault, text) = (read(&document), read(&document).reasons().nth(1).unwrap().text());
    assert_eq!(refused(fault, v1_1), Some(ErrorKind::UnwritableFaultCode));
    let fault = fault.with_subcode("urn:c", "c:C");
    assert_eq!(refused(fault, v1_1), Some(ErrorKind::UnwritableFault));
    let fault = fault.with_reason(text).with_lang("sv");
    assert_eq!(refused(fault, v1_1), Some(ErrorKind::UnwritableFault));
    let written_so = encode(&Envelope::new(v1_1, Body::Fault(fault.with_actor("urn:n"))));
    let expected = "<faultcode xmlns:c=\"urn:c\">c:C</faultcode><faultstring xml:lang=\"sv\">nej</faultstring>\
        <faultactor>urn:n</faultactor><detail xmlns:a=\"urn:a\"><a:x/></detail>";
    assert!(String::from_utf8(written_so).unwrap().contains(expected));
    // In 1.1 the subcode does not tell that the class is Receiver, so the class would be lost.
    let document = v1_2(&subcode("").replace("s:Sender", "s:Receiver"), REASON, "");
    assert_eq!(written(&document, v1_1), Err(ErrorKind::UnwritableFaultCode));
    assert!(written(&document, SoapVersion::V1_2).is_ok());
    assert!(written(&v1_2(&subcode(""), REASON, ""), v1_1).unwrap().contains(">a:B</faultcode>"));
    // This code is not one of the codes of 1.2.
    let document = v1_2(&subcode("").replace("s:Sender", "a:Sender"), REASON, "");
    for version in VERSIONS {
        assert_eq!(written(&document, version), Err(ErrorKind::UnwritableFaultCode));
    }
}

/// Other elements of a 1.1 fault keep their meaning in 1.1. 1.2 has no place for them.
#[test]
fn elements_of_others_in_a_fault() {
    let document = include_str!("data/ok/fault11-other-elements.xml");
    let names: Vec<_> = read(document)
        .other_elements()
        .map(|element| (element.namespace().unwrap().to_string(), element.local_name()))
        .collect();
    assert_eq!(names, [("urn:t".to_string(), "Ticket"), ("urn:d".to_string(), "Node")]);
    let again = written(document, SoapVersion::V1_1).unwrap();
    assert!(
        again.contains("<t:Ticket xmlns=\"urn:d\" xmlns:t=\"urn:t\" t:kind=\"a\">7</t:Ticket>"),
        "{again}"
    );
    assert!(again.contains("<Node xmlns=\"urn:d\"><part>urn:b</part></Node>"), "{again}");
    let part = |fault: Fault<'_>| {
        let node = fault.other_elements().find(|e| e.is("urn:d", "Node")).unwrap().node().unwrap();
        node.child("urn:d", "part").unwrap().text().unwrap().to_string()
    };
    assert_eq!((part(read(document)), part(read(&again))), ("urn:b".to_string(), "urn:b".to_string()));
    assert_eq!(written(&again, SoapVersion::V1_1).unwrap(), again);
    assert_eq!(written(document, SoapVersion::V1_2), Err(ErrorKind::UnwritableFault));
    assert_ne!(read(document), read(&document.replace("\">7</t:", "\">8</t:")));
}

/// The language of a reason may come from xml:lang of an element around it, in every way of reading. A language tag
/// that is longer than any in use is ignored.
#[test]
fn a_reason_inherits_its_language() {
    let of = |envelope: &str, body: &str, own: &str| {
        format!(
            "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'{envelope}><s:Body{body}><s:Fault>\
            <faultcode>s:Client</faultcode><faultstring{own}>no</faultstring></s:Fault></s:Body></s:Envelope>"
        )
    };
    let longest = format!(" xml:lang='{}'", "x".repeat(35));
    let longer = format!(" xml:lang='{}'", "x".repeat(36));
    for (document, lang) in [
        (of(" xml:lang='en'", "", ""), Some("en")),
        (of(" xml:lang='en'", " xml:lang='sv'", ""), Some("sv")),
        (of(" xml:lang='en'", " xml:lang='sv'", " xml:lang='de'"), Some("de")),
        (of(" xml:lang='en'", " xml:lang=''", ""), None),
        (of("", &longest, ""), Some(&longest[11..46])),
        (of(" xml:lang='en'", &longer, ""), None),
        (of("", "", ""), None),
    ] {
        let mut decoder = Decoder::new();
        document.bytes().for_each(|byte| decoder.feed(&[byte]).unwrap());
        let Body::Fault(kept) = decoder.finish().unwrap().body() else { panic!("no fault") };
        for fault in [read(&document), kept] {
            assert_eq!(fault.lang().map(|lang| lang.to_string()).as_deref(), lang, "{document}");
        }
    }
    // The language takes no room from the texts of a message that is no fault.
    let name = "n".repeat(1000);
    let other = format!(
        "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xml:lang='{}'><s:Body>\
        <{name}/></s:Body></s:Envelope>",
        "x".repeat(35)
    );
    let options = umsoap::Options::new().with_limits(umsoap::Limits::DEFAULT.with_text_bytes(936).unwrap());
    assert!(Envelope::parse_with(other.as_bytes(), &options).is_ok());
    assert!(Envelope::parse_with(other.replace("n/>", "nn/>").as_bytes(), &options).is_err());
}

/// SOAP 1.2 part 1, section 5.4.3: an intermediary names itself in Node. 1.1 has faultactor for that.
#[test]
fn an_intermediary_names_itself() {
    let fault = Fault::new(FaultCode::Sender, "x").with_node("urn:gw");
    let v1_2 = encode(&Envelope::new(SoapVersion::V1_2, Body::Fault(fault)));
    let v1_2 = String::from_utf8(v1_2).unwrap();
    assert!(v1_2.contains("</soap:Reason><soap:Node>urn:gw</soap:Node></soap:Fault>"), "{v1_2}");
    let v1_1 = encode(&Envelope::new(SoapVersion::V1_1, Body::Fault(fault)));
    let v1_1 = String::from_utf8(v1_1).unwrap();
    assert!(v1_1.contains("<faultactor>urn:gw</faultactor><detail/></soap:Fault>"), "{v1_1}");
    let document = fault_1_2("", CODE, REASON, "<s:Node>urn:n</s:Node>");
    assert!(written(&document, SoapVersion::V1_1).unwrap().contains("<faultactor>urn:n</faultactor></soap:"));
}

/// SOAP 1.1 section 4.4: a fault about the Body has a detail, and no other fault has one. A relayed fault stays as it
/// is.
#[test]
fn a_detail_tells_that_the_body_is_at_fault() {
    let about = |fault: Fault<'_>, version| {
        let bytes = encode(&Envelope::new(version, Body::Fault(fault)));
        let Body::Fault(fault) = Envelope::parse(&bytes).unwrap().body() else { panic!("no fault") };
        fault.detail().is_some()
    };
    for (code, expected) in [
        (FaultCode::Sender, true),
        (FaultCode::Receiver, true),
        (FaultCode::DataEncodingUnknown, true),
        (FaultCode::MustUnderstand, false),
        (FaultCode::VersionMismatch, false),
    ] {
        assert_eq!(about(Fault::new(code, "x"), SoapVersion::V1_1), expected, "{code:?}");
        assert!(!about(Fault::new(code, "x"), SoapVersion::V1_2));
        assert!(!about(Fault::new(code, "x").without_detail(), SoapVersion::V1_1));
    }
    assert!(!written(&fault_of(TEXTS), SoapVersion::V1_1).unwrap().contains("detail"));
    let content = "<m:x xmlns:m='urn:m'>5</m:x>";
    for version in VERSIONS {
        let made = Fault::new(FaultCode::Sender, "x").with_detail(content).unwrap();
        let bytes = encode(&Envelope::new(version, Body::Fault(made)));
        let Body::Fault(fault) = Envelope::parse(&bytes).unwrap().body() else { panic!("no fault") };
        assert!(fault.detail().unwrap().raw().unwrap().contains(&format!(">{content}</")));
        assert!(about(read(&fault_of(TEXTS)).with_detail("").unwrap(), version));
    }
}

/// The caller's content of a detail is checked like content that is read, and cannot end the detail.
#[test]
fn a_detail_of_the_caller_is_checked() {
    for (content, expected) in [
        ("x<", Some((ErrorKind::InvalidName, 2))),
        ("<x>", Some((ErrorKind::MismatchedEndTag, 3))),
        ("</detail>", Some((ErrorKind::MismatchedEndTag, 9))),
        ("</detail><detail>", Some((ErrorKind::DuplicateFaultChild, 9))),
        ("</detail><a:x xmlns:a='urn:a'><detail>", Some((ErrorKind::MismatchedEndTag, 38))),
        ("</detail></Fault></Body></Envelope><!--", None),
        ("<a:x/>", Some((ErrorKind::UnboundPrefix, 1))),
        ("<?x?>", Some((ErrorKind::ProcessingInstruction, 0))),
        ("a\u{1}", Some((ErrorKind::InvalidChar, 1))),
    ] {
        let found = Fault::new(FaultCode::Sender, "x").with_detail(content).map(drop);
        let error = found.expect_err(content);
        if let Some(expected) = expected {
            assert_eq!((error.kind(), error.offset()), expected, "{content}");
        }
    }
}

/// A reason is written in the language in which it was read.
#[test]
fn the_language_of_a_reason_survives() {
    let document = fault_of("<faultcode>s:Client</faultcode><faultstring xml:lang='de'>Nein</faultstring>");
    assert!(written(&document, SoapVersion::V1_1).unwrap().contains("<faultstring xml:lang=\"de\">Nein<"));
    // No language is invented. 1.2 demands a language, and has a word for an unknown one.
    let document = fault_of("<faultcode>s:Client</faultcode><faultstring>Nein</faultstring>");
    assert!(written(&document, SoapVersion::V1_1).unwrap().contains("<faultstring>Nein<"));
    assert!(written(&document, SoapVersion::V1_2).unwrap().contains("<soap:Text xml:lang=\"und\">Nein<"));
    let fault = read(&document).with_lang("de");
    let bytes = encode(&Envelope::new(SoapVersion::V1_1, Body::Fault(fault)));
    assert!(String::from_utf8(bytes).unwrap().contains("<faultstring xml:lang=\"de\">Nein<"));
}

/// A reason that is set replaces all reasons that were read, and their languages.
#[test]
fn a_reason_that_is_set_stands_alone() {
    let texts = format!("{REASON}<s:Text xml:lang='sv'>nej</s:Text>");
    for document in [fault_of(TEXTS), fault_1_2("", CODE, REASON, ""), fault_1_2("", CODE, &texts, "")] {
        let mut decoder = Decoder::new();
        decoder.feed(document.as_bytes()).unwrap();
        let Body::Fault(kept) = decoder.finish().unwrap().body() else { panic!("no fault") };
        for fault in [read(&document), kept] {
            let said = |fault: Fault<'_>| -> Vec<_> {
                let reasons = fault.reasons();
                reasons.map(|r| (r.text().to_string(), r.lang().map(|lang| lang.to_string()))).collect()
            };
            let before = said(fault);
            assert_eq!(before[0], ("x".to_string(), Some("en".to_string())), "{document}");
            let set = fault.with_reason(Text::new("no"));
            assert_eq!(said(set), [("no".to_string(), None)], "{document}");
            assert!(set.lang().is_none() && set.reason() == *"no");
            assert_eq!(said(set.with_lang("fr")), [("no".to_string(), Some("fr".to_string()))]);
            // A language that is set alone applies to the first reason.
            let mut expected = before;
            expected[0].1 = Some("fr".to_string());
            assert_eq!(said(fault.with_lang("fr")), expected, "{document}");
        }
    }
}

/// The language comes from xml:lang, and from no other attribute with that local name.
#[test]
fn the_language_is_xml_lang() {
    for (attributes, lang) in [
        ("", None),
        ("lang='en'", None),
        ("a:lang='en' xmlns:a='urn:a'", None),
        ("lang='sv' xml:lang='en' a:lang='de' xmlns:a='urn:a'", Some("en")),
        ("xml:base='sv'", None),
        ("xml:lang=''", Some("")),
    ] {
        let text = format!("<faultcode>s:Client</faultcode><faultstring {attributes}>x</faultstring>");
        let v1_2 = fault_1_2("", CODE, &format!("<s:Text {attributes}>x</s:Text>"), "");
        for (document, is_required) in [(fault_of(&text), false), (v1_2, true)] {
            let mut decoder = Decoder::new();
            let fed = decoder.feed(document.as_bytes());
            if is_required && lang.is_none() {
                assert_eq!(fed.unwrap_err().kind(), ErrorKind::MissingLang, "{document}");
                continue;
            }
            let Body::Fault(kept) = decoder.finish().unwrap().body() else { panic!("no fault") };
            for fault in [read(&document), kept] {
                assert_eq!(fault.lang().map(|lang| lang.to_string()).as_deref(), lang, "{document}");
            }
        }
    }
}

/// Faults that differ in one thing are not equal, and each fault is equal to itself.
#[test]
fn faults_are_equal_when_they_say_the_same() {
    let made = Fault::new(FaultCode::Sender, "x");
    let all = [
        made,
        Fault::new(FaultCode::Receiver, "x"),
        Fault::new(FaultCode::Sender, "y"),
        made.with_lang("sv"),
        made.with_reason(Text::new("x")),
        made.with_actor("urn:a"),
        made.with_actor("urn:b"),
        made.with_node("urn:a"),
        made.with_node("urn:b"),
        made.with_actor("urn:a").with_node("urn:a"),
        made.with_subcode("urn:a", "a:x"),
        made.with_subcode("urn:b", "a:x"),
        made.with_subcode("urn:a", "a:y"),
        made.with_detail("x").unwrap(),
        made.with_detail("y").unwrap(),
        Fault::invalid_call_id(),
        Fault::invalid_object_id(),
        Fault::dialing_rules(),
    ];
    for (n, one) in all.iter().enumerate() {
        for (m, other) in all.iter().enumerate() {
            assert_eq!(one == other, n == m, "{n} {m}");
        }
    }
    let part = |rest: &str, texts: &str| fault_1_2("", CODE, texts, rest);
    let sv = format!("{REASON}<s:Text xml:lang='sv'>nej</s:Text>");
    let documents = [
        part("", REASON),
        part("", &sv),
        part("", &sv.replace("nej", "nix")),
        part("<s:Node>urn:a</s:Node>", REASON),
        part("<s:Role>urn:a</s:Role>", REASON),
        part("<s:Detail/>", REASON),
        part("<s:Detail>x</s:Detail>", REASON),
    ];
    for one in &documents {
        for other in &documents {
            assert_eq!(read(one) == read(other), one == other, "{one} {other}");
        }
    }
}

/// Nests subcodes as deep as allowed. Each is read, written and closed.
#[test]
fn subcodes_of_every_depth() {
    for depth in 0..=5 {
        let open: String = (0..depth)
            .map(|n| format!("<s:Subcode><s:Value xmlns:p{n}='urn:{n}'>p{n}:B{n}</s:Value>"))
            .collect();
        let document = fault_1_2("", &format!("{CODE}{open}{}", "</s:Subcode>".repeat(depth)), REASON, "");
        let again = written(&document, SoapVersion::V1_2).unwrap();
        for text in [&document, &again] {
            let names = read(text).subcodes().map(|code| {
                (
                    code.local_name().to_string(),
                    code.namespace().map(|uri| uri.to_string()).unwrap_or_default(),
                )
            });
            let expected: Vec<_> = (0..depth).map(|n| (format!("B{n}"), format!("urn:{n}"))).collect();
            assert_eq!(names.collect::<Vec<_>>(), expected, "{text}");
        }
    }
}

/// The value of an attribute is read back unchanged. References stand for characters that would end the value or become
/// a blank.
#[test]
fn attributes_are_written_by_their_values() {
    for (raw, expected) in [
        ("urn:a", "urn:a"),
        ("&amp;&lt;&gt;", "&amp;&lt;>"),
        ("&quot;&apos;", "&quot;'"),
        ("&#13;&#10;&#9;", "&#13;&#10;&#9;"),
        ("\r\n\t\n", "   "),
        ("é&#x1F600;", "é😀"),
        ("&amp;amp;", "&amp;amp;"),
    ] {
        let texts = format!("<faultcode>p:B</faultcode><faultstring xml:lang='{raw}'>x</faultstring>");
        let attributes = format!(" xmlns:p='{raw}'");
        let document = envelope(SoapVersion::V1_1, &attributes, &format!("<s:Fault>{texts}</s:Fault>"));
        for version in VERSIONS {
            let fault = read(&document).with_class(FaultCode::Sender);
            let again = String::from_utf8(encode(&Envelope::new(version, Body::Fault(fault)))).unwrap();
            assert!(again.contains(&format!(" xmlns:p=\"{expected}\">p:B<")), "{again}");
            assert!(again.contains(&format!(" xml:lang=\"{expected}\">x<")), "{again}");
            let (fault, before) = (read(&again), read(&document));
            assert_eq!(fault.lang().unwrap().to_string(), before.lang().unwrap().to_string());
        }
        let block = format!("<p:Block xmlns:p='{raw}' s:mustUnderstand='1'/>");
        let uri = SoapVersion::V1_2.namespace();
        let document = format!("<s:Envelope xmlns:s='{uri}'><s:Header>{block}");
        let error = Envelope::parse(document.as_bytes()).unwrap_err();
        let name = Envelope::not_understood(document.as_bytes(), &error).unwrap();
        let answer = Envelope::new(SoapVersion::V1_2, Body::Fault(error.fault())).with_not_understood(name);
        let answer = String::from_utf8(encode(&answer)).unwrap();
        assert!(answer.contains(&format!("qname=\"q:Block\" xmlns:q=\"{expected}\"/>")), "{answer}");
    }
    // The namespace of the prefix xml may not have another prefix.
    let uri = SoapVersion::V1_2.namespace();
    let document = format!("<s:Envelope xmlns:s='{uri}'><s:Header><xml:é s:mustUnderstand='1'/>");
    let error = Envelope::parse(document.as_bytes()).unwrap_err();
    let name = Envelope::not_understood(document.as_bytes(), &error).unwrap();
    let answer = Envelope::new(SoapVersion::V1_2, Body::Fault(error.fault())).with_not_understood(name);
    let answer = String::from_utf8(encode(&answer)).unwrap();
    assert!(answer.contains("<soap:NotUnderstood qname=\"xml:é\"/>"), "{answer}");
    assert!(Envelope::parse(answer.as_bytes()).is_ok(), "{answer}");
    // A name in no namespace has no prefix.
    let document = fault_of("<faultcode>a</faultcode><faultstring>x</faultstring><detail/>");
    let name = read(&document).detail().unwrap();
    let answer = Envelope::new(SoapVersion::V1_2, Body::Fault(Fault::new(FaultCode::MustUnderstand, "x")));
    let answer = String::from_utf8(encode(&answer.with_not_understood(name))).unwrap();
    assert!(answer.contains("<soap:NotUnderstood qname=\"detail\"/>"), "{answer}");
}

/// Faults are equal when all their parts are equal, whatever made the faults. One part that differs makes two faults.
#[test]
fn faults_are_equal_part_by_part() {
    let parts = |old: &str, new: &str| {
        let code = "<s:Value xmlns:b='urn:b'>b:Own</s:Value><s:Subcode><s:Value>a:One</s:Value>\
            <s:Subcode><s:Value>a:Two</s:Value></s:Subcode></s:Subcode>";
        let reason = "<s:Text xml:lang='en'>no</s:Text><s:Text xml:lang='sv'>nej</s:Text>";
        let rest = "<s:Node>urn:n</s:Node><s:Role>urn:r</s:Role><s:Detail><a:x/></s:Detail>";
        let document = fault_1_2(" xmlns:a='urn:a'", code, reason, rest);
        assert!(old.is_empty() || document.matches(old).count() == 1, "{old}");
        document.replacen(old, new, usize::from(!old.is_empty()))
    };
    let (document, again) = (parts("", ""), parts("", "") + "<!--x-->");
    assert!(read(&document) == read(&again));
    for (old, new) in [
        (">b:Own", ">b:Other"),
        ("xmlns:b='urn:b'", "xmlns:b='urn:c'"),
        ("a:One", "a:Uno"),
        ("a:Two", "a:Due"),
        ("<s:Subcode><s:Value>a:Two</s:Value></s:Subcode>", ""),
        (">no<", ">non<"),
        ("'en'", "'en-GB'"),
        (">nej<", ">nein<"),
        ("'sv'", "'de'"),
        ("<s:Text xml:lang='sv'>nej</s:Text>", ""),
        ("urn:n<", "urn:m<"),
        ("<s:Node>urn:n</s:Node>", ""),
        ("urn:r<", "urn:q<"),
        ("<s:Role>urn:r</s:Role>", ""),
        ("<a:x/>", "<a:y/>"),
        ("<s:Detail><a:x/></s:Detail>", ""),
    ] {
        let other = parts(old, new);
        assert!(read(&document) != read(&other) && read(&other) != read(&document), "{other}");
    }
    // A node is not equal to a role with its text.
    assert!(read(&parts("<s:Node>urn:n</s:Node>", "")).with_actor("u") != read(&document).with_actor("u"));
    // A part that a program sets is equal to a part that was read.
    let fault = read(&document);
    assert!(
        fault.with_class(FaultCode::Sender) != fault
            && fault.with_class(FaultCode::Sender) == fault.with_class(FaultCode::Sender)
    );
    assert!(fault.with_class(FaultCode::Sender) != fault.with_class(FaultCode::Receiver));
    assert!(fault.with_node("urn:n") == fault && fault.with_node("urn:o") != fault);
    assert!(fault.with_actor("urn:r") == fault && fault.with_actor("urn:o") != fault);
    // Details of a program: none, an exception, content, and the message of a refusal.
    let made = Fault::new(FaultCode::Sender, "x");
    let content = |content| made.with_detail(content).unwrap();
    assert!(made == made.without_detail() && content("<a/>") == content("<a/>"));
    assert!(content("<a/>") != content("<b/>") && content("") != made && made != content(""));
    let refusal = |document: &[u8]| Envelope::parse(document).unwrap_err().fault();
    let (end, name) = (refusal(b"<s"), refusal(b"<1"));
    assert!(end == refusal(b"<s:Env") && end != name);
    let exceptions = [Fault::invalid_call_id(), Fault::invalid_object_id(), Fault::dialing_rules()];
    for (n, one) in exceptions.iter().enumerate() {
        for (m, other) in exceptions.iter().enumerate() {
            assert_eq!(one == other, n == m, "{one:?} {other:?}");
            // The parts other than the detail are equal here.
            let alike = |fault: &Fault<'static>| {
                fault.with_subcode("urn:a", "a:B").with_reason(Text::new("x")).with_lang("en")
            };
            assert_eq!(alike(one) == alike(other), n == m, "{one:?} {other:?}");
        }
    }
}

/// The class of a fault that a program makes is its code, and does not change.
#[test]
fn a_class_is_not_given_to_a_code_of_soap() {
    for (code, class) in
        [(FaultCode::Sender, FaultCode::Receiver), (FaultCode::MustUnderstand, FaultCode::Sender)]
    {
        let fault = Fault::new(code, "x").with_class(class);
        assert_eq!((fault.class(), fault.standard_code()), (Some(code), Some(code)));
        let document = fault_of("<faultcode>s:Server</faultcode><faultstring>x</faultstring>");
        assert_eq!(read(&document).with_class(class).standard_code(), Some(FaultCode::Receiver));
    }
}

/// A decoder's fault is written as the fault of the whole message is, if all its parts were kept, and refused otherwise.
#[test]
fn a_fault_of_a_decoder_is_written_when_it_is_whole() {
    let subcode = |inner: &str| format!("{CODE}<s:Subcode><s:Value>a:B</s:Value>{inner}</s:Subcode>");
    let v1_2 = |code: &str, reason: &str, rest: &str| fault_1_2(" xmlns:a='urn:a'", code, reason, rest);
    let inner = "<s:Subcode><s:Value>a:C</s:Value></s:Subcode>";
    let (fault, detail) = (Some(ErrorKind::UnwritableFault), Some(ErrorKind::UnwritableDetail));
    for (document, refused) in [
        (fault_of(TEXTS), None),
        (fault_of(&format!("{TEXTS}<faultactor>urn:r</faultactor>")), None),
        (v1_2(CODE, REASON, ""), None),
        (v1_2(&subcode(""), REASON, "<s:Node>urn:n</s:Node><s:Role>urn:n</s:Role>"), None),
        (fault_of(&format!("{TEXTS}<detail/>")), detail),
        (v1_2(CODE, REASON, "<s:Detail/>"), detail),
        (v1_2(CODE, &REASON.repeat(2), ""), fault),
        (v1_2(&subcode(inner), REASON, ""), fault),
    ] {
        let mut decoder = Decoder::new();
        document.as_bytes().chunks(3).try_for_each(|chunk| decoder.feed(chunk)).unwrap();
        let Body::Fault(kept) = decoder.finish().unwrap().body() else { panic!("no fault") };
        for version in VERSIONS {
            let mut out = [0; 4096];
            let envelope = Envelope::new(version, Body::Fault(kept));
            let found = envelope.encode(&mut out).map_err(|error| error.kind());
            match refused {
                Some(kind) => assert_eq!(found.err(), Some(kind), "{document}"),
                None => {
                    assert_eq!(found.unwrap(), written(&document, version).unwrap().as_bytes(), "{document}");
                }
            }
        }
    }
}

/// The prefix xml and its namespace belong together, and the namespace of declarations has no prefix.
#[test]
fn codes_in_the_namespaces_of_xml_itself() {
    let (xml, xmlns) = ("http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2000/xmlns/");
    for (namespace, name, is_written) in [
        (xml, "xml:B", true),
        (xml, "a:B", false),
        (xml, "B", false),
        ("urn:x", "xml:B", false),
        (xmlns, "a:B", false),
        (xmlns, "B", false),
        ("urn:x", "a:B", true),
    ] {
        for version in VERSIONS {
            let fault = Fault::new(FaultCode::Sender, "x").with_subcode(namespace, name);
            let found = Envelope::new(version, Body::Fault(fault)).check().map_err(|error| error.kind());
            let expected = if is_written { Ok(()) } else { Err(ErrorKind::UnwritableFaultCode) };
            assert_eq!(found.map(drop), expected, "{{{namespace}}}{name}");
        }
    }
}

/// The failures that the service defines are the client's, each by its name in its namespace alone.
#[test]
fn the_class_of_the_codes_of_the_service() {
    let (errors, types) = (
        "http://schemas.microsoft.com/exchange/services/2006/errors",
        "http://schemas.microsoft.com/exchange/services/2006/types",
    );
    let exceptions = ["InvalidCallIdException", "InvalidObjectIdException", "DialingRulesException"];
    let refusals = ["ErrorInvalidRequest", "ErrorSchemaValidation", "ErrorIncorrectSchemaVersion"];
    for uri in [errors, types, "urn:other"] {
        for name in exceptions.into_iter().chain(refusals).chain(["Other"]) {
            let texts =
                format!("<faultcode xmlns:e='{uri}'>e:{name}</faultcode><faultstring>x</faultstring>");
            let is_known =
                (uri == errors && exceptions.contains(&name)) || (uri == types && refusals.contains(&name));
            let document = fault_of(&texts);
            let expected = is_known.then_some(FaultCode::Sender);
            assert_eq!(read(&document).class(), expected, "{{{uri}}}{name}");
        }
    }
}

/// The prefix soap keeps standing before Detail where a detail does not need another meaning of it; the prefix that
/// stands there otherwise has a number of two digits.
#[test]
fn the_prefix_of_a_detail() {
    let v1_2 = SoapVersion::V1_2;
    let hidden = "<x>&#97;:X</x>";
    for (outer, content, expected) in [
        (" xmlns:soap='urn:x'", "<x/>".to_string(), "<soap:Detail>".to_string()),
        (" xmlns:a='urn:a'", hidden.to_string(), "<soap:Detail xmlns:a=\"urn:a\">".to_string()),
    ] {
        let found = written(&detailed(outer, &format!("<detail>{content}</detail>")), v1_2).unwrap();
        // The prefix that the document itself has for SOAP is declared, too, where names may be hidden.
        assert!(found.contains(&expected) || found.contains("<soap:Detail xmlns:s="), "{found}");
        assert!(!found.contains(":q0") && !found.contains("<q0"), "{found}");
    }
    let taken: String = (0..11).map(|n| format!(" xmlns:q{n:02}='urn:{n}'")).collect();
    let document = detailed(&format!("{taken} xmlns:soap='urn:x'"), "<detail><soap:x/></detail>");
    let found = written(&document, v1_2).unwrap();
    assert!(found.contains("<q11:Detail "), "{found}");
    assert!(read(&found).detail().unwrap().namespace().unwrap() == *v1_2.namespace());
}

/// Only the attribute xsi:type of a 1.2 detail has a QName that would lose the default namespace in 1.1.
#[test]
fn attributes_of_a_detail_that_are_no_type() {
    let xsi = "http://www.w3.org/2001/XMLSchema-instance";
    for attributes in [
        format!(" xmlns='urn:d' xmlns:i='{xsi}' i:schemaLocation='urn:d d.xsd'"),
        format!(" xmlns='{xsi}' type='t'"),
        " xmlns='urn:d' type='t'".to_string(),
        " xmlns='urn:d' xmlns:o='urn:o' o:type='t'".to_string(),
    ] {
        let document = fault_1_2("", CODE, REASON, &format!("<s:Detail{attributes}><x/></s:Detail>"));
        assert!(written(&document, SoapVersion::V1_1).is_ok(), "{document}");
    }
}

/// NotUnderstood is a header block of 1.2 only. A fault in 1.1 gets no such block, and no Header for it.
#[test]
fn not_understood_is_not_written_in_1_1() {
    let uri = SoapVersion::V1_1.namespace();
    let document =
        format!("<s:Envelope xmlns:s='{uri}'><s:Header><t:Pay xmlns:t='urn:t' s:mustUnderstand='1'/>");
    let error = Envelope::parse(document.as_bytes()).unwrap_err();
    let name = Envelope::not_understood(document.as_bytes(), &error).unwrap();
    let own = [NewHeaderBlock::new(NewElement::new("urn:t", "Trace"))];
    for (version, blocks, expected) in [
        (SoapVersion::V1_1, &own[..0], &[][..]),
        (SoapVersion::V1_1, &own[..], &["Trace"][..]),
        (SoapVersion::V1_2, &own[..0], &["NotUnderstood"][..]),
        (SoapVersion::V1_2, &own[..], &["NotUnderstood", "Trace"][..]),
    ] {
        let answer = Envelope::new(version, Body::Fault(error.fault()));
        let bytes = encode(&answer.with_not_understood(name).with_header(blocks));
        let read = Envelope::parse(&bytes).unwrap();
        let names: Vec<_> = read.header().blocks().map(|block| block.element().local_name()).collect();
        assert_eq!(names, expected, "{}", bytes.escape_ascii());
        assert_eq!(matches!(read.header(), Header::Absent), expected.is_empty());
    }
    // The known bytes of a request and a reply are not used for messages with a header block.
    let request = Envelope::new(SoapVersion::V1_1, Body::GetCallInfo(GetCallInfo::new("A")));
    assert_eq!(encode(&request.with_not_understood(name)), encode(&request));
}

/// Messages that are written from known pieces have their header blocks, too.
#[test]
fn a_header_is_written_with_every_body() {
    let request = Body::GetCallInfo(GetCallInfo::new("A"));
    let reply = Body::GetCallInfoResponse(GetCallInfoResponse::new(CallState::Idle, EventCause::None));
    for body in [request, reply] {
        for version in VERSIONS {
            let envelope = Envelope::new(version, body).with_upgrade();
            let bytes = encode(&envelope);
            assert_eq!(bytes.len(), envelope.encoded_len());
            let read = Envelope::parse(&bytes).unwrap();
            let names: Vec<_> = read.header().blocks().map(|block| block.element().local_name()).collect();
            assert_eq!((read.body(), &names[..]), (body, &["Upgrade"][..]));
        }
    }
}

/// A language counts towards what is kept beside texts, and is refused at its own offset.
#[test]
fn the_longest_language() {
    for (length, expected) in [(3072 + 64 - 1, None), (3072 + 64, Some(ErrorKind::TextTooLong))] {
        let lang = "l".repeat(length);
        let document = fault_of(&format!("<faultcode>a</faultcode><faultstring xml:lang='{lang}'/>"));
        let error = Envelope::parse(document.as_bytes()).err();
        let at = expected.map(|kind| (kind, document.find("lll").unwrap()));
        assert_eq!(error.map(|e| (e.kind(), e.offset())), at, "{length}");
        let mut decoder = Decoder::new();
        assert_eq!(document.as_bytes().chunks(7).try_for_each(|chunk| decoder.feed(chunk)).err(), error);
    }
}

/// Returns the texts of a message's children, one for each place of the schema. Strings are taken as they are, and a
/// number chooses a word or a boolean. The second spelling of a child is never written anew, so the first way to write
/// is taken.
fn texts(name: &str, strings: &[Option<String>], numbers: &[usize]) -> Vec<Option<String>> {
    let ways = SCHEMA.message(name).unwrap().ways();
    let places = ways[0].iter().zip(strings).zip(numbers);
    let texts = places.map(|(((_, content, is_optional), string), number)| match content {
        Content::Words(words) => Some(words[number % words.len()].clone()),
        Content::Boolean => Some((number % 2 == 0).to_string()),
        _ if *is_optional => string.clone(),
        _ => Some(string.clone().unwrap_or_default()),
    });
    texts.collect()
}

/// Writes a message of these texts and reads it back. A message with a text that is out of its bounds must be refused.
fn there_and_back(name: &str, texts: &[Option<String>], version: SoapVersion, namespace: MessagesNamespace) {
    let message = SCHEMA.message(name).unwrap();
    let body = made(name, texts);
    assert_eq!(body.local_name(), name);
    let places: Vec<_> = message.ways().swap_remove(0);
    let written: Vec<_> =
        places.iter().zip(texts).filter_map(|(place, text)| Some((place, text.clone()?))).collect();
    let expected: schema::Fields =
        written.iter().map(|((names, ..), text)| (names.last().unwrap().to_string(), text.clone())).collect();
    assert_eq!(schema::fields(&body), expected);
    let envelope = Envelope::new(version, body).with_namespace(namespace);
    if written.iter().any(|((_, content, _), text)| content.value(text).is_none()) {
        let mut out = [0xA5; 8192];
        let error = envelope.encode(&mut out).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnwritableValue, "{name} {texts:?}");
        assert!(out.iter().all(|&b| b == 0xA5), "{name} {texts:?}");
        return;
    }
    let bytes = encode(&envelope);
    let shown = String::from_utf8_lossy(&bytes);
    let mut decoder = Decoder::new();
    let fed = bytes.chunks(5).try_for_each(|chunk| decoder.feed(chunk));
    let read = match Envelope::parse(&bytes) {
        Ok(read) => read,
        Err(error) => {
            // Escaped characters may exceed the limit on retained text.
            assert_eq!((error.kind(), fed), (ErrorKind::TextTooLong, Err(error)), "{shown}");
            assert!(bytes.len() > 3072, "{shown}");
            return;
        }
    };
    for read in [read, decoder.finish().unwrap()] {
        assert_eq!((read.version(), read.namespace()), (version, Some(namespace)), "{shown}");
        assert_eq!(read.body(), body, "{shown}");
        assert_eq!(schema::fields(&read.body()), expected, "{shown}");
        assert_eq!(encode(&read.with_namespace(namespace)), bytes, "{shown}");
    }
}

#[test]
fn every_message_with_plain_texts_and_with_bounds() {
    let plain = |text: &str| vec![Some(text.to_string()); 5];
    for message in &SCHEMA.messages {
        for version in VERSIONS {
            for namespace in NAMESPACES {
                for number in 0..40 {
                    let numbers = [number, number / 2, number / 4, number / 8, number / 16];
                    let some = (0..5).map(|n| (number >> n & 1 == 1).then(|| format!("<{n}&\r{number}")));
                    let texts = texts(&message.name, &some.collect::<Vec<_>>(), &numbers);
                    there_and_back(&message.name, &texts, version, namespace);
                }
                for length in [0, 1, 511, 512, 513, 600] {
                    for c in ["x", "é", "😀"] {
                        let texts = texts(&message.name, &plain(&c.repeat(length)), &[0; 5]);
                        there_and_back(&message.name, &texts, version, namespace);
                    }
                }
            }
        }
    }
}

/// A folder's element keeps its spelling.
#[test]
fn both_spellings_of_a_folder() {
    let messages = NAMESPACES[0].as_str();
    for name in ["base64FolderID", "base64FolderId"] {
        let message = format!(
            "<SetTelephoneAccessFolderEmail xmlns=\"{messages}\"><{name}>AA&amp;</{name}></SetTelephoneAccessFolderEmail>"
        );
        let document = format!(
            "<s:Envelope xmlns:s='{}'><s:Body>{message}</s:Body></s:Envelope>",
            VERSIONS[0].namespace()
        );
        let mut decoder = Decoder::new();
        decoder.feed(document.as_bytes()).unwrap();
        for read in [Envelope::parse(document.as_bytes()).unwrap(), decoder.finish().unwrap()] {
            let Body::SetTelephoneAccessFolderEmail(folder) = read.body() else { panic!("{read:?}") };
            assert_eq!((folder.folder_id_name(), folder.folder_id().to_string()), (name, "AA&".to_string()));
            assert_eq!(read.body().fields().map(|(name, _)| name).collect::<Vec<_>>(), [name]);
            let written = String::from_utf8(encode(&read)).unwrap();
            assert!(written.contains(&message), "{written}");
        }
    }
    let made = umsoap::SetTelephoneAccessFolderEmail::new("AAAA");
    assert_eq!(made.folder_id_name(), "base64FolderID");
    assert_eq!(Body::from(made).fields().next().unwrap().0, "base64FolderID");
}

/// An error about a value names the element of the value, by the name that it had.
#[test]
fn errors_name_the_element_of_the_value() {
    let messages = NAMESPACES[0].as_str();
    let i = "xmlns:i='http://www.w3.org/2001/XMLSchema-instance'";
    let refused = |message: &str| {
        let document = format!(
            "<s:Envelope xmlns:s='{}'><s:Body>{message}</s:Body></s:Envelope>",
            VERSIONS[0].namespace()
        );
        let error = Envelope::parse(document.as_bytes()).unwrap_err();
        let mut decoder = Decoder::new();
        let kept = document.bytes().try_for_each(|byte| decoder.feed(&[byte])).unwrap_err();
        assert_eq!((error, error.element()), (kept, kept.element()), "{document}");
        (error.kind(), error.element().unwrap_or("none"))
    };
    for name in ["base64FolderID", "base64FolderId"] {
        let of = |inside: &str| {
            let folder = "SetTelephoneAccessFolderEmail";
            refused(&format!("<{folder} xmlns='{messages}'>{inside}</{folder}>"))
        };
        assert_eq!(of(&format!("<{name}/>")), (ErrorKind::EmptyValue, name));
        assert_eq!(of(&format!("<{name}><x/></{name}>")), (ErrorKind::ElementInText, name));
        assert_eq!(of(&format!("<{name} {i} i:nil='true'/>")), (ErrorKind::Nil, name));
        assert_eq!(of(&format!("<{name} {i} i:nil='x'/>")), (ErrorKind::InvalidNil, name));
        assert_eq!(of(&format!("<{name}>A</{name}><{name}>A</{name}>")), (ErrorKind::DuplicateChild, name));
        assert_eq!(of(""), (ErrorKind::MissingChild, "base64FolderID"));
    }
    for name in ["IsUMEnabledResponse", "PlayOnPhoneResponse", "GetCallInfo"] {
        let text = refused(&format!("<{name} xmlns='{messages}'>true</{name}>"));
        assert_eq!(text, (ErrorKind::StrayText, name));
        let nil = refused(&format!("<{name} xmlns='{messages}' {i} i:nil='1'/>"));
        assert_eq!(nil, (ErrorKind::Nil, name));
    }
    let unwritable = |body: Body<'_>| {
        let envelope = Envelope::new(SoapVersion::V1_1, body);
        let error = envelope.check().unwrap_err();
        assert_eq!(envelope.encode(&mut [0; 2048]), Err(error));
        (error.kind(), error.element())
    };
    let value = ErrorKind::UnwritableValue;
    assert_eq!(unwritable(umsoap::PlayOnPhone::new("A", "").into()), (value, Some("DialString")));
    assert_eq!(unwritable(umsoap::PlayOnPhone::new("", "1").into()), (value, Some("entryId")));
    assert_eq!(unwritable(GetCallInfo::new(&"x".repeat(513)).into()), (value, Some("CallId")));
    let char = ErrorKind::UnwritableChar;
    assert_eq!(unwritable(umsoap::PlayOnPhone::new("A", "\0").into()), (char, Some("DialString")));
    // A fault has no element of the schema.
    assert_eq!(unwritable(Fault::new(FaultCode::Sender, "\0").into()), (char, None));
}

/// Returns legal characters. Some of them are written as references.
fn legal() -> impl Strategy<Value = Option<String>> {
    prop::option::weighted(0.8, "[\u{9}\u{A}\u{D}\u{20}-\u{7F}\u{80}-\u{D7FF}\u{10000}-\u{10FFFF}&<>]{0,60}")
}

proptest! {
    #[test]
    fn every_message(
        which in 0..22_usize,
        strings in prop::collection::vec(legal(), 5),
        numbers in prop::collection::vec(any::<usize>(), 5),
        v in 0..2_usize,
        n in 0..2_usize,
    ) {
        let name = &SCHEMA.messages[which].name;
        there_and_back(name, &texts(name, &strings, &numbers), VERSIONS[v], NAMESPACES[n]);
    }

    #[test]
    fn every_call_id(id in "[\u{9}\u{A}\u{D}\u{20}-\u{7F}\u{80}-\u{D7FF}\u{10000}-\u{10FFFF}]{1,512}", v in 0..2usize, n in 0..2usize) {
        let request = Envelope::new(VERSIONS[v], Body::GetCallInfo(GetCallInfo::new(&id))).with_namespace(NAMESPACES[n]);
        let bytes = encode(&request);
        match Envelope::parse(&bytes) {
            Ok(read) => {
                let Body::GetCallInfo(request) = read.body() else { panic!("no request") };
                prop_assert_eq!(request.call_id().to_string(), id);
                let range = bytes.as_ptr_range();
                prop_assert!(range.contains(&request.call_id().as_raw().as_ptr()));
                prop_assert_eq!(encode(&read.with_namespace(NAMESPACES[n])), bytes);
            }
            // 512 escaped characters may exceed the limit on retained text.
            Err(error) => prop_assert_eq!(error.kind(), ErrorKind::TextTooLong),
        }
    }
}

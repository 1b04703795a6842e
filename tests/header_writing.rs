//! Tests header blocks that are written: blocks made of parts, blocks carried over from a message, and checked
//! fragments.
#![cfg(feature = "std")]

use umsoap::{
    Body, CallState, Envelope, Error, ErrorKind, EventCause, Fault, FaultCode, GetCallInfo,
    GetCallInfoResponse, MessagesNamespace, NewElement, NewHeaderBlock, Options, PlayOnPhone, ResetPIN, Role,
    SetOofStatus, SoapVersion,
};

const VERSIONS: [SoapVersion; 2] = [SoapVersion::V1_1, SoapVersion::V1_2];

fn write(version: SoapVersion, blocks: &[NewHeaderBlock<'_>]) -> Result<String, Error> {
    let envelope = Envelope::new(version, GetCallInfo::new("MDlk").into()).with_header(blocks);
    let bytes = envelope.encode_to_vec();
    let mut streamed = Vec::new();
    assert_eq!(envelope.write_to(&mut streamed).is_ok(), bytes.is_ok());
    assert_eq!(bytes.clone().unwrap_or_default(), streamed);
    assert_eq!(envelope.encoded_len(), streamed.len());
    bytes.map(|bytes| String::from_utf8(bytes).unwrap())
}

/// Returns the options of a node that refuses no block.
fn intermediary() -> Options<'static> {
    Options::new().with_role(Role::Intermediary)
}

fn kind(version: SoapVersion, block: NewHeaderBlock<'_>) -> Option<ErrorKind> {
    write(version, &[block]).err().map(|error| error.kind())
}

#[test]
fn the_attributes_of_a_block_have_the_form_of_the_version() {
    let block = NewHeaderBlock::new(NewElement::new("urn:t", "T"));
    let all = block.with_must_understand().with_relay();
    let header = |version, block| {
        let text = write(version, &[block]).unwrap();
        let (_, rest) = text.split_once("<soap:Header>").unwrap();
        rest.split_once("</soap:Header><soap:Body>").unwrap().0.to_string()
    };
    let [one, two] = VERSIONS;
    assert_eq!(header(one, block), "<T xmlns=\"urn:t\"/>");
    assert_eq!(header(one, all), "<T xmlns=\"urn:t\" soap:mustUnderstand=\"1\"/>");
    assert_eq!(header(two, all), "<T xmlns=\"urn:t\" soap:mustUnderstand=\"true\" soap:relay=\"true\"/>");
    let next = block.with_role_next();
    assert_eq!(
        header(one, next),
        "<T xmlns=\"urn:t\" soap:actor=\"http://schemas.xmlsoap.org/soap/actor/next\"/>"
    );
    assert_eq!(
        header(two, next),
        "<T xmlns=\"urn:t\" soap:role=\"http://www.w3.org/2003/05/soap-envelope/role/next\"/>"
    );
    for version in VERSIONS {
        let text = write(version, &[block.with_role("urn:\"<&'"), all, next]).unwrap();
        let options = intermediary().with_understood(&[("urn:t", "T")]);
        let envelope = Envelope::parse_with(text.as_bytes(), &options).unwrap();
        let blocks: Vec<_> = envelope.header().into_iter().collect();
        assert_eq!(blocks.len(), 3);
        assert_eq!(blocks[0].role().unwrap(), "urn:\"<&'");
        assert!(blocks[1].must_understand() && !blocks[0].must_understand());
        assert_eq!(blocks[1].relay(), version == SoapVersion::V1_2);
        assert!(blocks[2].is_for_us(&options) && !blocks[1].is_for_us(&options));
    }
}

#[test]
fn text_attributes_and_children_are_read_as_they_were_written() {
    let values = ["", "a", "a&b<c>d\"e'f", " \t\r\n ", "]]>", "-->", "é😀", "<!--", "&amp;"];
    for version in VERSIONS {
        for value in values {
            let attributes =
                [("", "plain", value), ("urn:a", "q", value), ("urn:t", "q", "2"), ("urn:a", "r", "3")];
            let language = [("http://www.w3.org/XML/1998/namespace", "lang", "sv")];
            let inner = [NewElement::new("urn:inner", "É").with_text(value)];
            let children = [
                NewElement::new("urn:t", "same").with_attributes(&language),
                NewElement::new("", "none").with_text(value).with_children(&inner),
                NewElement::new("urn:\"&<\t", "other").with_children(&inner),
            ];
            let element = NewElement::new("urn:t", "T").with_text(value).with_attributes(&attributes);
            let text = write(version, &[NewHeaderBlock::new(element.with_children(&children))]).unwrap();
            let envelope = Envelope::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
            let node = envelope.header().block("urn:t", "T").unwrap().element().node().unwrap();
            assert_eq!(node.attributes().count(), 4);
            for (namespace, name, expected) in attributes {
                assert_eq!(node.attribute(namespace, name).unwrap(), expected, "{text}");
            }
            let all: Vec<_> = node.children().collect();
            assert_eq!(all.len(), 3);
            assert_eq!(all[0].attribute(language[0].0, "lang").unwrap(), "sv");
            assert!(all[0].is("urn:t", "same") && all[1].is("", "none") && all[2].is("urn:\"&<\t", "other"));
            for with_inner in &all[1..] {
                assert_eq!(with_inner.child("urn:inner", "É").unwrap().text().unwrap(), value, "{text}");
            }
            // roxmltree reads this value, too.
            let twin = roxmltree::Document::parse(&text).unwrap();
            let found = twin.descendants().find(|n| n.has_tag_name(("urn:t", "T"))).unwrap();
            assert_eq!(found.attribute(("urn:a", "q")), Some(value));
            assert_eq!(found.text().unwrap_or("").trim_end_matches('\u{0}'), value);
        }
    }
}

#[test]
fn what_is_no_block_is_refused() {
    use ErrorKind::{UnwritableChar, UnwritableHeaderBlock};
    let element = |namespace, name| NewElement::new(namespace, name);
    let xmlns = "http://www.w3.org/2000/xmlns/";
    for version in VERSIONS {
        for name in
            ["", "a b", "a:b", ":a", "a>", "1a", "-a", "a\"", "a/", "a=", "\u{0}", "a\u{FFFE}", "a<", "a'b"]
        {
            let made = NewHeaderBlock::new(element("urn:t", name));
            assert_eq!(kind(version, made), Some(UnwritableHeaderBlock), "{name:?}");
            let attributes = [("", name, "")];
            let made = NewHeaderBlock::new(element("urn:t", "T").with_attributes(&attributes));
            assert_eq!(kind(version, made), Some(UnwritableHeaderBlock), "{name:?}");
            let children = [element("urn:t", name)];
            let made = NewHeaderBlock::new(element("urn:t", "T").with_children(&children));
            assert_eq!(kind(version, made), Some(UnwritableHeaderBlock), "{name:?}");
        }
        for namespace in ["", xmlns, "http://www.w3.org/XML/1998/namespace"] {
            let made = NewHeaderBlock::new(element(namespace, "T"));
            assert_eq!(kind(version, made), Some(UnwritableHeaderBlock), "{namespace:?}");
        }
        for attributes in [
            &[("", "a", "1"), ("", "a", "2")][..],
            &[("urn:a", "a", "1"), ("", "a", "1"), ("urn:a", "a", "1")],
            &[("", "xmlns", "urn:evil")],
            &[(xmlns, "p", "urn:evil")],
            &[(SoapVersion::V1_1.namespace(), "mustUnderstand", "1")],
            &[(SoapVersion::V1_2.namespace(), "role", "")],
            &[("", "a", ""); 61],
        ] {
            let made = NewHeaderBlock::new(element("urn:t", "T").with_attributes(attributes));
            assert_eq!(kind(version, made), Some(UnwritableHeaderBlock), "{attributes:?}");
        }
        let attributes = [("urn:\u{1}", "a", "")];
        let values = [("", "a", "\u{FFFF}")];
        for made in [
            element("urn:t", "T").with_text("a\u{0}"),
            element("urn:\u{B}", "T"),
            element("urn:t", "T").with_attributes(&attributes),
            element("urn:t", "T").with_attributes(&values),
        ] {
            assert_eq!(kind(version, NewHeaderBlock::new(made)), Some(UnwritableChar), "{made:?}");
        }
        let made = NewHeaderBlock::new(element("urn:t", "T")).with_role("\u{0}");
        assert_eq!(kind(version, made), Some(UnwritableChar));
    }
}

/// Writes blocks that are nested as deep as a reader accepts, and one level deeper, and blocks with as many attributes
/// as a reader accepts.
#[test]
fn the_largest_blocks_can_be_read() {
    fn nest(left: usize, children: &[NewElement<'_>]) -> Option<String> {
        let element = NewElement::new("urn:t", "T").with_children(children);
        match left {
            1 => write(SoapVersion::V1_1, &[NewHeaderBlock::new(element)]).ok(),
            _ => nest(left - 1, &[element]),
        }
    }
    let text = nest(126, &[]).unwrap();
    assert_eq!(text.matches("<T").count(), 126);
    Envelope::parse(text.as_bytes()).unwrap();
    assert_eq!(nest(127, &[]), None);
    let names: Vec<String> = (0..60).map(|n| format!("a{n}")).collect();
    let attributes: Vec<_> = names.iter().map(|name| ("urn:a", &**name, "")).collect();
    let element = NewElement::new("urn:t", "T").with_attributes(&attributes);
    let text = write(SoapVersion::V1_2, &[NewHeaderBlock::new(element)]).unwrap();
    let node =
        Envelope::parse(text.as_bytes()).unwrap().header().blocks().next().unwrap().element().node().unwrap();
    assert_eq!(node.attributes().count(), 60);
}

/// Returns the expanded names, attributes and texts of all elements.
fn told(node: roxmltree::Node<'_, '_>) -> Vec<String> {
    let own = |n: roxmltree::Node<'_, '_>| {
        let attributes: Vec<String> =
            n.attributes().map(|a| format!("{:?} {} {}", a.namespace(), a.name(), a.value())).collect();
        let namespace = n.tag_name().namespace().filter(|namespace| !namespace.is_empty());
        format!("{namespace:?} {} {attributes:?} {:?}", n.tag_name().name(), n.text())
    };
    node.descendants().map(own).collect()
}

fn told_header(text: &str) -> Vec<Vec<String>> {
    let document = roxmltree::Document::parse(text.trim_start_matches('\u{FEFF}')).unwrap();
    let header = document.root_element().first_element_child().unwrap();
    assert_eq!(header.tag_name().name(), "Header");
    header.children().filter(roxmltree::Node::is_element).map(told).collect()
}

/// Carries all blocks over, twice. Their names, attributes and texts must stay. Returns the number of blocks.
fn carry(text: &str) -> usize {
    let envelope = Envelope::parse_with(text.as_bytes(), &intermediary()).unwrap();
    let blocks: Vec<NewHeaderBlock<'_>> = envelope.header().into_iter().map(NewHeaderBlock::from).collect();
    let carried = write(envelope.version(), &blocks).unwrap();
    let again = Envelope::parse_with(carried.as_bytes(), &intermediary()).unwrap();
    if !blocks.is_empty() {
        assert_eq!(told_header(&carried), told_header(text), "{text}\n{carried}");
        let second: Vec<NewHeaderBlock<'_>> =
            again.header().into_iter().map(NewHeaderBlock::carried).collect();
        assert_eq!(told_header(&write(envelope.version(), &second).unwrap()), told_header(text));
    }
    let targets = |envelope: &Envelope<'_>| -> Vec<_> {
        let all = envelope.header().into_iter();
        all.map(|b| (b.must_understand(), b.role().map(|r| r.to_string()), b.relay())).collect()
    };
    assert_eq!(targets(&again), targets(&envelope));
    blocks.len()
}

#[test]
fn blocks_are_carried_over_with_the_declarations_that_they_need() {
    for version in VERSIONS {
        let soap = version.namespace();
        for outer in
            ["xmlns:t='urn:t'", "xmlns='urn:d' xmlns:t=\"urn:'t\"", "xmlns:t='urn:1&quot;' xmlns:u='urn:u'"]
        {
            for header in ["", "xmlns:t='urn:2'", "xmlns='urn:3' xmlns:u='urn:v'"] {
                for own in
                    ["", " xmlns:t='urn:4'", " s:mustUnderstand='1' s:role='urn:r' s:actor='urn:r' t:a='1'"]
                {
                    let blocks = format!(
                        "<t:a{own}/><t:b{own}>t:q<t:c xmlns='' xmlns:n='urn:n'><d/><n:e t:f=''/></t:c></t:b ><!-- x -->\
                        <soap:x xmlns:soap='urn:not'><soap:y/></soap:x>"
                    );
                    let text = format!(
                        "<s:Envelope xmlns:s='{soap}' {outer}><s:Header {header}>{blocks}</s:Header>\
                        <s:Body><x/></s:Body></s:Envelope>"
                    );
                    assert_eq!(carry(&text), 3);
                    // A QName in a text keeps its meaning.
                    let envelope = Envelope::parse_with(text.as_bytes(), &intermediary()).unwrap();
                    let block = envelope.header().blocks().nth(1).unwrap();
                    let meant = block.element().node().unwrap().namespace_of("t").unwrap().to_string();
                    let written = write(version, &[block.into()]).unwrap();
                    let read = Envelope::parse_with(written.as_bytes(), &intermediary()).unwrap();
                    let block = read.header().blocks().next().unwrap();
                    assert_eq!(block.element().node().unwrap().namespace_of("t").unwrap(), *meant);
                }
            }
        }
    }
}

/// A QName keeps its meaning when references, comments or CDATA sections hide its prefix. A prefix that only ends like
/// another one is not declared.
#[test]
fn hidden_prefixes_keep_their_meaning() {
    for (value, expected) in [
        ("u:q", true),
        ("&#117;:q", true),
        ("<![CDATA[u]]>:q", true),
        ("u<!-- -->:q", true),
        ("u&#58;q", true),
        ("uu:q", false),
        ("u", false),
    ] {
        for version in VERSIONS {
            let text = format!(
                "<s:Envelope xmlns:s='{}' xmlns:t='urn:t' xmlns:u='urn:u' xmlns:uu='urn:uu'><s:Header><t:a>{value}</t:a>\
                </s:Header><s:Body><x/></s:Body></s:Envelope>",
                version.namespace()
            );
            assert_eq!(carry(&text), 1);
            let block = Envelope::parse(text.as_bytes()).unwrap().header().blocks().next().unwrap();
            let written = write(version, &[block.into()]).unwrap();
            let read = Envelope::parse(written.as_bytes()).unwrap();
            let block = read.header().blocks().next().unwrap();
            assert_eq!(write(version, &[block.into()]).unwrap(), written);
            let node = block.element().node().unwrap();
            assert_eq!(node.namespace_of("u").is_some_and(|uri| uri == *"urn:u"), expected, "{written}");
        }
    }
}

#[test]
fn golden_headers_are_carried_over() {
    let mut count = 0;
    for file in std::fs::read_dir("tests/data/ok").unwrap() {
        let path = file.unwrap().path();
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let is_read = Envelope::parse_with(text.as_bytes(), &intermediary()).is_ok();
        if path.extension().is_some_and(|e| e == "xml") && is_read {
            count += carry(&text);
        }
    }
    assert!(count > 10, "{count}");
}

#[test]
fn a_block_of_the_other_version_is_carried_without_attributes_of_soap_only() {
    for (version, other) in [(VERSIONS[0], VERSIONS[1]), (VERSIONS[1], VERSIONS[0])] {
        let text = format!(
            "<s:Envelope xmlns:s='{}' xmlns:t='urn:t'><s:Header><t:a/><t:b s:mustUnderstand='0'/></s:Header>\
            <s:Body><x/></s:Body></s:Envelope>",
            version.namespace()
        );
        let envelope = Envelope::parse(text.as_bytes()).unwrap();
        let blocks: Vec<_> = envelope.header().into_iter().map(NewHeaderBlock::carried).collect();
        assert_eq!((kind(other, blocks[0]), kind(version, blocks[1])), (None, None));
        assert_eq!(kind(other, blocks[1]), Some(ErrorKind::UnwritableHeaderBlock));
        // A carried block keeps its own attributes. An added attribute would be lost, so it is refused.
        for more in [blocks[0].with_must_understand(), blocks[0].with_role_next(), blocks[0].with_relay()] {
            assert_eq!(kind(version, more), Some(ErrorKind::UnwritableHeaderBlock));
        }
    }
}

#[test]
fn fragments_are_checked_in_their_place() {
    use ErrorKind::*;
    for version in VERSIONS {
        for good in [
            "",
            "<!-- nothing -->",
            "<t:a xmlns:t='urn:t' soap:mustUnderstand='1'>x<b/></t:a>",
            " <a xmlns='urn:a'/>\n<soap:b>&amp;</soap:b> ",
        ] {
            let block = NewHeaderBlock::checked(version, good.as_bytes()).unwrap();
            let text = write(version, &[block]).unwrap();
            assert!(text.contains(&format!("<soap:Header>{good}</soap:Header>")), "{text}");
            Envelope::parse_with(text.as_bytes(), &intermediary()).unwrap();
            let other = VERSIONS[usize::from(version == VERSIONS[0])];
            assert_eq!(kind(other, block), Some(UnwritableHeaderBlock));
        }
        for (bad, expected, at) in [
            ("text", StrayText, 0),
            ("<a/>", UnqualifiedHeaderBlock, 0),
            ("<t:a/>", UnboundPrefix, 1),
            ("<a xmlns='u'>", MismatchedEndTag, 13),
            ("<a xmlns='u'", UnexpectedEnd, 12),
            ("<a xmlns='u'/><b xmlns='u' c='", UnexpectedEnd, 30),
            ("<!-- ", UnexpectedEnd, 5),
            ("<a xmlns='u'><![CDATA[", UnexpectedEnd, 22),
            ("</soap:Header>", MismatchedEndTag, 14),
            ("</soap:Header><soap:Header>", DuplicateHeader, 14),
            ("</soap:Header><soap:Body><soap:Header>", SecondBodyEntry, 38),
            ("</soap:Header><soap:Body><y/></soap:Body></soap:Envelope>", UnopenedEndTag, 57),
            ("</soap:Header><soap:Body><y/></soap:Body></soap:Envelope><!--", UnexpectedEnd, 61),
            ("<?x?>", ProcessingInstruction, 0),
            ("<!DOCTYPE a>", Doctype, 0),
            ("<a xmlns='u' soap:mustUnderstand='maybe'/>", InvalidMustUnderstand, 34),
            ("<a xmlns='u'>&nbsp;</a>", UndeclaredEntity, 13),
            ("<", UnexpectedEnd, 1),
            ("<a xmlns='u'/><", UnexpectedEnd, 15),
        ] {
            let error = NewHeaderBlock::checked(version, bad.as_bytes()).unwrap_err();
            let found = (error.kind(), error.offset(), error.version());
            assert!(found.1 <= bad.len());
            assert_eq!((found.0, found.1), (expected, at), "{bad}");
            assert_eq!(found.2, Some(version));
        }
        assert_eq!(NewHeaderBlock::checked(version, b"\xFF").unwrap_err().kind(), InvalidUtf8);
        let long = vec![b' '; 1 << 20];
        assert_eq!(NewHeaderBlock::checked(version, &long).unwrap_err().kind(), MessageTooLong);
        // The length that is one too many is refused at its last byte.
        let refused = |length: usize| match NewHeaderBlock::checked(version, &vec![b' '; length]) {
            Err(error) if error.kind() == MessageTooLong => Some(error.offset()),
            _ => None,
        };
        let (mut fits, mut too_long) = (0, 1 << 20);
        while too_long - fits > 1 {
            let middle = fits + (too_long - fits) / 2;
            *(if refused(middle).is_some() { &mut too_long } else { &mut fits }) = middle;
        }
        assert_eq!(refused(too_long), Some(too_long - 1));
    }
}

/// The caller's blocks stand in one header with SOAP's own blocks.
#[test]
fn one_header_holds_all_blocks() {
    let text = "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Header><t:a xmlns:t='urn:t' \
        s:mustUnderstand='1'/></s:Header><s:Body><x/></s:Body></s:Envelope>";
    let error = Envelope::parse(text.as_bytes()).unwrap_err();
    let name = Envelope::not_understood(text.as_bytes(), &error).unwrap();
    let block = [NewHeaderBlock::new(NewElement::new("urn:t", "T"))];
    for version in VERSIONS {
        let fault = Envelope::new(version, error.fault().into());
        for (envelope, own) in [
            (fault, 0),
            (fault.with_not_understood(name), usize::from(version == SoapVersion::V1_2)),
            (fault.with_upgrade(), 1),
        ] {
            for (blocks, count) in [(&block[..], 1), (&[], 0)] {
                let bytes = envelope.with_header(blocks).encode_to_vec().unwrap();
                let read = Envelope::parse(&bytes).unwrap();
                assert_eq!(read.header().blocks().count(), own + count);
            }
        }
    }
}

/// Header blocks stand before every body, also before a body whose bytes are known beforehand.
#[test]
fn a_header_stands_in_front_of_every_body() {
    let blocks = [NewHeaderBlock::new(NewElement::new("urn:t", "T").with_text("7"))];
    let bodies: [Body<'_>; 7] = [
        GetCallInfo::new("MDlk").into(),
        GetCallInfo::new("a&b").into(),
        GetCallInfoResponse::new(CallState::Idle, EventCause::None).into(),
        ResetPIN::new().into(),
        SetOofStatus::new(true).into(),
        PlayOnPhone::new("AA==", "1").into(),
        Fault::new(FaultCode::Sender, "x").into(),
    ];
    for body in bodies {
        for version in VERSIONS {
            for namespace in [MessagesNamespace::Http, MessagesNamespace::Https] {
                let bare = Envelope::new(version, body).with_namespace(namespace);
                let plain = bare.encode_to_vec().unwrap();
                let plain = std::str::from_utf8(&plain).unwrap();
                let envelope = bare.with_header(&blocks);
                let header = "<soap:Header><T xmlns=\"urn:t\">7</T></soap:Header><soap:Body>";
                let expected = plain.replacen("<soap:Body>", header, 1);
                let mut out = [0; 2048];
                assert_eq!(envelope.encode(&mut out).unwrap(), expected.as_bytes());
                assert_eq!(envelope.encode_to_vec().unwrap(), expected.as_bytes());
                assert_eq!((envelope.encoded_len(), envelope.check()), (expected.len(), Ok(expected.len())));
                let mut streamed = Vec::new();
                envelope.write_to(&mut streamed).unwrap();
                assert_eq!(streamed, expected.as_bytes());
            }
        }
    }
}

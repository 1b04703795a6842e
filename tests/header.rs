//! Tests what the names and attributes of header blocks mean, wherever their prefixes are declared.

use umsoap::{Decoder, Envelope, ErrorKind, Header, HeaderBlocks, Options, Role, SoapVersion};

/// Returns the namespace, local name and role of each block of a 1.2 header.
fn walk(envelope: &str, header: &str, blocks: &str) -> Vec<String> {
    let uri = SoapVersion::V1_2.namespace();
    let header = format!("<s:Header {header}>{blocks}</s:Header>");
    let document =
        format!("<s:Envelope xmlns:s='{uri}' {envelope}>{header}<s:Body><x/></s:Body></s:Envelope>");
    let envelope = Envelope::parse(document.as_bytes()).unwrap_or_else(|error| panic!("{error}: {document}"));
    let blocks = envelope.header().blocks().map(|block| {
        let element = block.element();
        let role = block.role().map_or(String::new(), |role| format!(" for {role}"));
        format!("{} {}{role}", element.namespace().unwrap(), element.local_name())
    });
    blocks.collect()
}

#[test]
fn the_innermost_declaration_counts() {
    let envelope = "xmlns:a='urn:1' xmlns:b='urn:1' xmlns:c='urn:1' xmlns='urn:d1'";
    let header = "xmlns:b='urn:2' xmlns:c='urn:2'";
    let blocks =
        "<a:x/><b:x/><c:x xmlns:c='urn:3'/><c:x/><a:x xmlns:a='urn:3'/><a:x/><y/><y xmlns='urn:d3'/>";
    let expected = ["urn:1 x", "urn:2 x", "urn:3 x", "urn:2 x", "urn:3 x", "urn:1 x", "urn:d1 y", "urn:d3 y"];
    assert_eq!(walk(envelope, header, blocks), expected);
}

#[test]
fn declarations_are_found_however_they_are_written() {
    let envelope =
        "abcd=' xmlns:abcd=\"urn:no\"' xmlns:abcd1 = \"urn:1\" xmlns:abcd2\n=\n'urn:&#50;' xmlns:é='urn:é'";
    let blocks = "<abcd1:x/><abcd2:x/><é:x/><xml:x/><abcd:x  xmlns:abcd\t=\t'urn:\"'></abcd:x>";
    let expected = ["urn:1 x", "urn:2 x", "urn:é x", "http://www.w3.org/XML/1998/namespace x", "urn:\" x"];
    assert_eq!(walk(envelope, "", blocks), expected);
}

/// The walk handles names that begin with every kind of character, with and without a prefix.
#[test]
fn names_may_begin_with_any_letter() {
    for first in ["a", "z", "A", "Z", "_", "À", "é", "\u{370}", "名", "𐀀"] {
        for prefix in ["", "p:", "_:", "Z:", "é:"] {
            let declare = match prefix.strip_suffix(':') {
                None => "xmlns='urn:t'".to_string(),
                Some(prefix) => format!("xmlns:{prefix}='urn:t'"),
            };
            let name = format!("{prefix}{first}b");
            let blocks = format!(
                "<q:c xmlns:q='urn:q'/><{name} {declare}><{name}/></{name}><!----><{name} {declare}/>"
            );
            let expected = ["urn:q c".to_string(), format!("urn:t {first}b"), format!("urn:t {first}b")];
            assert_eq!(walk("", "", &blocks), expected);
            assert_eq!(walk(&declare, "", &format!("<{name}/>")), [format!("urn:t {first}b")]);
        }
    }
}

#[test]
fn attributes_count_in_the_namespace_of_the_envelope() {
    let envelope = "xmlns:t='http://www.w3.org/2003/05/soap-envelop&#101;' xmlns:a='urn:a'";
    let blocks = "<a:x s:role='1' a:role='2' role='3'/><a:x a:role='2' t:role='1'/><a:x t:actor='1'/>\
        <a:x a:s='' xmlns:s='urn:other' s:role='2'/><a:x s:role='' a:role='2'/>";
    assert_eq!(
        walk(envelope, "", blocks),
        ["urn:a x for 1", "urn:a x for 1", "urn:a x", "urn:a x", "urn:a x for "]
    );
}

/// Each of as many declarations as may be in scope is found by a block with its prefix.
#[test]
fn every_declaration_is_found() {
    let declarations =
        |range: core::ops::Range<u32>| range.map(|n| format!(" xmlns:prefix{n}='urn:{n}'")).collect();
    let (outer, inner): (String, String) = (declarations(0..40), declarations(40..63));
    let blocks: String = (0..63).rev().map(|n| format!("<prefix{n}:x s:role='{n}'/>")).collect();
    let expected: Vec<String> = (0..63).rev().map(|n| format!("urn:{n} x for {n}")).collect();
    assert_eq!(walk(&outer, &inner, &blocks), expected);
}

/// A header is small, because an envelope is returned by value with its header in it.
#[test]
fn headers_are_small() {
    assert!(size_of::<HeaderBlocks<'_>>() <= 64 && size_of::<Header<'_>>() <= 64);
}

/// Forms of values. Some of them have one value.
const FORMS: [&str; 34] = [
    "",
    "a",
    "&#97;",
    "&#x61;",
    "&#x061;",
    "aé",
    "a&#xE9;",
    "aè",
    "&amp;",
    "&#38;",
    "a;b",
    "&#97;;b",
    "a;&#x62;",
    "\r\n",
    "\r",
    "\n",
    "\t",
    " ",
    "&#13;",
    "&#10;",
    "\r\n\r",
    "\r\r",
    "  ",
    "\rx",
    "\r\nx",
    "&#97;\r\n",
    "a\r",
    "&lt;&#97;",
    "&lt;a",
    "&#60;&#97;",
    "&#60;&#98;",
    "aé&#xE8;",
    "a&#233;è",
    "aé\t",
];

/// Values are equal when they have one meaning, however they are written.
#[test]
fn values_are_compared_however_they_are_written() {
    let blocks: String = FORMS.iter().map(|form| format!("<a:x xmlns:a='urn:a' s:role='{form}'/>")).collect();
    let uri = SoapVersion::V1_2.namespace();
    let document = format!(
        "<s:Envelope xmlns:s='{uri}'><s:Header>{blocks}</s:Header><s:Body><x/></s:Body></s:Envelope>"
    );
    let envelope = Envelope::parse(document.as_bytes()).unwrap();
    let roles: Vec<_> = envelope.header().blocks().map(|block| block.role().unwrap()).collect();
    for one in &roles {
        for other in &roles {
            let same = one.to_string() == other.to_string();
            assert_eq!(one == other, same, "{:?} and {:?}", one.as_raw(), other.as_raw());
        }
    }
}

/// A block is understood only by its whole name.
#[test]
fn a_name_is_understood_whole() {
    let uri = SoapVersion::V1_1.namespace();
    let block = "<p:Trace xmlns:p='urn:p' s:mustUnderstand='1'/>";
    let document =
        format!("<s:Envelope xmlns:s='{uri}'><s:Header>{block}</s:Header><s:Body><x/></s:Body></s:Envelope>");
    let refused = |understood: &[(&str, &str)]| {
        let options = Options::new().with_understood(understood);
        let one = Envelope::parse_with(document.as_bytes(), &options).err();
        assert_eq!(Decoder::with_options(options).feed(document.as_bytes()).err(), one);
        one.map(|error| error.kind())
    };
    for names in
        [&[][..], &[("urn:p", "Other")], &[("urn:q", "Trace")], &[("urn:p", "trace"), ("urn:q", "Trace")]]
    {
        assert_eq!(refused(names), Some(ErrorKind::MustUnderstand), "{names:?}");
    }
    assert_eq!(refused(&[("urn:q", "Trace"), ("urn:p", "Trace")]), None);
}

/// The block that was not understood is named wherever its prefix is declared, also a block without a prefix.
#[test]
fn the_name_of_what_was_not_understood() {
    let uri = SoapVersion::V1_2.namespace();
    for (block, name) in [
        ("xml:x", "{http://www.w3.org/XML/1998/namespace}x"),
        ("e:x", "{urn:e}x"),
        ("h:x", "{urn:h}x"),
        ("b:x xmlns:b='urn:b'", "{urn:b}x"),
        ("h:x xmlns:h='urn:&#98;'", "{urn:b}x"),
        ("x xmlns='urn:b'", "{urn:b}x"),
    ] {
        let document = format!(
            "<s:Envelope xmlns:s='{uri}' xmlns:e='urn:e' xmlns:h='urn:e'><s:Header xmlns:h='urn:h'>\
            <{block} s:mustUnderstand='true'/></s:Header><s:Body><x/></s:Body></s:Envelope>"
        );
        let error = Envelope::parse(document.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MustUnderstand, "{document}");
        let named = Envelope::not_understood(document.as_bytes(), &error).unwrap();
        assert_eq!(format!("{{{}}}{}", named.namespace().unwrap(), named.local_name()), name, "{document}");
        let mut decoder = Decoder::new();
        assert_eq!(decoder.feed(document.as_bytes()), Err(error));
        let named = decoder.not_understood().unwrap();
        assert_eq!(format!("{{{}}}{}", named.namespace().unwrap(), named.local_name()), name, "{document}");
    }
}

/// A block without a namespace is refused wherever it stands, whatever undeclares the default namespace around it, and
/// in chunks of every size.
#[test]
fn blocks_without_a_namespace() {
    let filler = "<t:c xmlns:t='urn:t'>some text</t:c>".repeat(12);
    let surroundings = [
        ("", "", false),
        ("xmlns=''", "", false),
        ("", "xmlns=''", false),
        ("xmlns='urn:d'", "xmlns=''", false),
        ("xmlns=''", "xmlns='urn:d'", true),
        ("xmlns='urn:d'", "", true),
        ("xmlns:a='urn:d'", "xmlns:b='urn:d'", false),
    ];
    for (envelope, header, is_qualified) in surroundings {
        for version in [SoapVersion::V1_1, SoapVersion::V1_2] {
            for block in ["<a/>", "<a></a>", "<a b='1'>x</a>", "<a s:mustUnderstand='0'/>"] {
                for (before, after) in [("", ""), ("", &*filler), (&*filler, ""), (&*filler, &*filler)] {
                    // Usual messages have no comments, so the machine reads this one.
                    for comment in ["", "<!---->"] {
                        let start = format!(
                            "<s:Envelope xmlns:s='{}' {envelope}>{comment}<s:Header {header}>{before}",
                            version.namespace()
                        );
                        let document =
                            format!("{start}{block}{after}</s:Header><s:Body><x/></s:Body></s:Envelope>");
                        let refused =
                            |result: Result<(), umsoap::Error>| result.err().map(|e| (e.kind(), e.offset()));
                        let expected =
                            (!is_qualified).then_some((ErrorKind::UnqualifiedHeaderBlock, start.len()));
                        let whole = Envelope::parse(document.as_bytes()).map(drop);
                        assert_eq!(refused(whole), expected, "{document}");
                        for size in [1, 64, 300, 1 << 20] {
                            let mut decoder = Decoder::new();
                            let fed =
                                document.as_bytes().chunks(size).try_for_each(|chunk| decoder.feed(chunk));
                            let ended = fed.and_then(|()| decoder.finish().map(drop));
                            assert_eq!(refused(ended), expected, "{size}: {document}");
                        }
                    }
                }
            }
        }
    }
}

/// The block that was not understood is named after every prolog that a message may have.
#[test]
fn what_was_not_understood_behind_every_prolog() {
    for mark in ["", "\u{FEFF}"] {
        for declaration in
            ["", "<?xml version='1.0'?>", "<?xml version=\"1.0\" encoding='utf-8' standalone='yes' ?>"]
        {
            for before in ["", "\n", "<!---->", "<!--<a>?>--> <!-- > -->\r\n"] {
                for (empty, name) in [
                    ("", "t:b xmlns:t='urn:u'"),
                    ("<!--<b s:mustUnderstand='1'/>-->", "h:b"),
                    ("", "h:b"),
                    ("", "e:b"),
                ] {
                    let document = format!(
                        "{mark}{declaration}{before}<s:Envelope xmlns:s='{}' xmlns:e='urn:u' a='>'>{empty}<s:Header xmlns:h='urn:u' a='&lt;>'>{empty}<t:a xmlns:t='urn:t'/>\
                        <{name} s:mustUnderstand='1'/></s:Header><s:Body><x/></s:Body></s:Envelope>",
                        SoapVersion::V1_1.namespace()
                    );
                    let error = Envelope::parse(document.as_bytes()).unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::MustUnderstand, "{document}");
                    let named = Envelope::not_understood(document.as_bytes(), &error).expect(&document);
                    assert!(named.is("urn:u", "b"), "{document}");
                    let mut decoder = Decoder::new();
                    assert!(document.as_bytes().chunks(7).any(|chunk| decoder.feed(chunk) == Err(error)));
                    assert!(
                        decoder.not_understood().is_some_and(|named| named.is("urn:u", "b")),
                        "{document}"
                    );
                    assert!(error.answer(document.as_bytes()).envelope().encode(&mut [0; 1024]).is_ok());
                }
            }
        }
    }
}

/// Tests for which node a block is, by its actor or role, for each role that a reader can have.
#[test]
fn whom_a_block_is_for() {
    const NEXT_1_1: &str = "http://schemas.xmlsoap.org/soap/actor/next";
    const NEXT: &str = "http://www.w3.org/2003/05/soap-envelope/role/next";
    const NONE: &str = "http://www.w3.org/2003/05/soap-envelope/role/none";
    const ULTIMATE: &str = "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver";
    let rows = [
        // Each row has the value, and whether the block is for an ultimate receiver and for an intermediary, in 1.1 and
        // in 1.2.
        (None, [true, false], [true, false]),
        (Some(""), [true, false], [true, false]),
        (Some(" \n"), [true, false], [true, false]),
        (Some("urn:own"), [true, true], [true, true]),
        (Some(" urn:own\t"), [true, true], [true, true]),
        (Some("urn:ow"), [false, false], [false, false]),
        (Some("urn:own "), [true, true], [true, true]),
        (Some("urn:own/"), [false, false], [false, false]),
        (Some(NEXT_1_1), [true, true], [false, false]),
        (Some(NEXT), [false, false], [true, true]),
        (Some(NONE), [false, false], [false, false]),
        (Some(ULTIMATE), [false, false], [true, false]),
    ];
    for (value, v1_1, v1_2) in rows {
        for (version, name, expected) in
            [(SoapVersion::V1_1, "actor", v1_1), (SoapVersion::V1_2, "role", v1_2)]
        {
            for relay in ["", " s:relay='1'", " s:relay='false'"] {
                let target = value.map(|value| format!(" s:{name}='{value}'")).unwrap_or_default();
                let document = |must: &str| {
                    let block = format!("<p:x xmlns:p='urn:p' s:mustUnderstand='{must}'{target}{relay}/>");
                    let uri = version.namespace();
                    format!(
                        "<s:Envelope xmlns:s='{uri}'><s:Header>{block}</s:Header><s:Body><x/></s:Body></s:Envelope>"
                    )
                };
                for (role, for_us) in [Role::UltimateReceiver, Role::Intermediary].into_iter().zip(expected) {
                    // A reader may list the role `none` as its own URI. A block with that role is for nobody all the
                    // same.
                    let options =
                        Options::new().with_role(role).with_own_uris(&["urn:other", "urn:own", NONE]);
                    let case = format!("{version:?} {role:?} {value:?}{relay}");
                    let optional = document("0");
                    let read = Envelope::parse_with(optional.as_bytes(), &options).expect(&case);
                    let block = read.header().blocks().next().unwrap();
                    let relayed = version == SoapVersion::V1_2 && relay.contains('1');
                    // In 1.1 `none` is a URI like any other.
                    let for_us = for_us || (version == SoapVersion::V1_1 && value == Some(NONE));
                    assert_eq!((block.is_for_us(&options), block.relay()), (for_us, relayed), "{case}");
                    assert_eq!(block.must_not_travel_on(&options), for_us && !relayed, "{case}");
                    let error = Envelope::parse_with(document("1").as_bytes(), &options).err();
                    let expected = for_us.then_some(ErrorKind::MustUnderstand);
                    assert_eq!(error.map(|e| e.kind()), expected, "{case}");
                }
            }
        }
    }
}

/// Attributes without a prefix are in no namespace, whatever the default namespace is, also beside a qualified
/// attribute.
#[test]
fn attributes_without_a_prefix_never_count() {
    let uri = SoapVersion::V1_2.namespace();
    let blocks = "<a:x s:relay='0' role='1' relay='1' mustUnderstand='1'/><a:x role='1'/><a:x role='1' s:role='2'/>\
        <a:x s:role='2' role='1'/>";
    let envelope = format!("xmlns='{uri}' xmlns:a='urn:a'");
    assert_eq!(walk(&envelope, "", blocks), ["urn:a x", "urn:a x", "urn:a x for 2", "urn:a x for 2"]);
    let document = format!(
        "<Envelope xmlns='{uri}' xmlns:s='{uri}' xmlns:a='urn:a'><Header>{blocks}</Header><Body><x/></Body></Envelope>"
    );
    let envelope = Envelope::parse(document.as_bytes()).unwrap();
    assert!(envelope.header().blocks().all(|block| !block.must_understand() && !block.relay()));
}

/// Two namespaces are equal when their values are equal. A prefix cannot be declared with an empty namespace name.
#[test]
fn namespaces_are_compared_however_they_are_written() {
    let uri = SoapVersion::V1_2.namespace();
    let document = |block: &str| {
        format!("<s:Envelope xmlns:s='{uri}'><s:Header>{block}</s:Header><s:Body><x/></s:Body></s:Envelope>")
    };
    for one in FORMS.into_iter().skip(1) {
        for other in FORMS.into_iter().skip(1) {
            let value = |form: &str| {
                let document = document(&format!("<a:x xmlns:a='urn:a' s:role='{form}'/>"));
                let block = Envelope::parse(document.as_bytes()).unwrap().header().blocks().next().unwrap();
                block.role().unwrap().to_string()
            };
            // The declaration also stands after others, before others, and where others have gone out of scope.
            let more = " xmlns:o='urn:o' xmlns:r='&#97;'";
            let gone = "<o:y xmlns:o='urn:&#111;' xmlns:r='&#97;'/>";
            for (before, between, earlier) in [("", "", ""), (more, "", ""), ("", more, ""), ("", "", gone)] {
                let declarations = format!("{before} xmlns:p='{one}'{between} xmlns:q='{other}'");
                let block = format!("{earlier}<p:x{declarations} p:a='' q:a=''/>");
                let error = Envelope::parse(document(&block).as_bytes()).err().map(|error| error.kind());
                let same = (value(one) == value(other)).then_some(ErrorKind::DuplicateExpandedName);
                assert_eq!(error, same, "{block}");
            }
        }
    }
}

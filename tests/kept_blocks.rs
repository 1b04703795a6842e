//! Tests the text of header blocks that a decoder keeps, and the span of the header.

use umsoap::{Decoder, Element, Envelope, Header, Options};

#[path = "verdict/mod.rs"]
mod verdict;

const NAMES: &[(&str, &str)] =
    &[("urn:a", "Id"), ("urn:a", "To"), ("urn:b", "Id"), ("urn:a", "É"), ("urn:a", "Fifth")];

fn options() -> Options<'static> {
    Options::new().with_kept_blocks(NAMES)
}

fn message(blocks: &str, call_id: &str) -> String {
    format!(
        "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns:a='urn:&#97;'>\
        <s:Header xmlns:b='urn:b'>{blocks}</s:Header><s:Body><GetCallInfo \
        xmlns='http://schemas.microsoft.com/exchange/services/2006/messages'><CallId>{call_id}</CallId>\
        </GetCallInfo></s:Body></s:Envelope>"
    )
}

/// Returns the texts of the names. They must be the same when no namespace name has a reference, so that the recogniser of
/// usual messages can read the message.
fn kept(text: &str) -> Vec<Option<String>> {
    let all = kept_of(text);
    assert_eq!(kept_of(&text.replace("urn:&#97;", "urn:a")), all, "{text}");
    all
}

/// Returns the texts of the names. They must be equal for every cut of the message, and the verdict must not depend on the
/// option.
fn kept_of(text: &str) -> Vec<Option<String>> {
    let expected = Envelope::parse(text.as_bytes()).unwrap();
    let said = verdict::every_way(Options::new(), text.as_bytes());
    assert_eq!(verdict::every_way(options(), text.as_bytes()), said);
    let span = text.find("<s:Header").unwrap() as u64
        ..(text.find("</s:Header>").unwrap() + "</s:Header>".len()) as u64;
    let mut all: Vec<Vec<Option<String>>> = Vec::new();
    for size in [1, 2, 3, 7, 64, usize::MAX] {
        for mut decoder in [Box::new(Decoder::with_options(options())), Box::new(Decoder::new())] {
            // The message before this one must leave nothing in the decoder.
            decoder.feed(message("<a:Id>before</a:Id><a:To>b</a:To>", "x").as_bytes()).unwrap();
            decoder.finish().unwrap();
            decoder.reset();
            for chunk in text.as_bytes().chunks(size) {
                assert!(decoder.header_text("urn:a", "Id").is_none(), "not before the end");
                decoder.feed(chunk).unwrap();
            }
            decoder.finish().unwrap();
            assert_eq!(decoder.header_span(), Some(span.clone()), "{size}");
            all.push(
                NAMES
                    .iter()
                    .map(|(uri, name)| decoder.header_text(uri, name).map(|t| t.to_string()))
                    .collect(),
            );
            assert!(decoder.header_text("urn:none", "Id").is_none());
        }
    }
    for pair in all.chunks(2) {
        assert_eq!(pair[0], all[0], "{text}");
        assert_eq!(pair[1], vec![None; NAMES.len()], "nothing is kept without names");
    }
    // The decoder keeps what the one-shot parse finds.
    let first = |name: &(&str, &str)| expected.header().block(name.0, name.1).map(|block| block.element());
    for (name, found) in NAMES.iter().zip(&all[0]).take(4) {
        let text = first(name).as_ref().and_then(Element::text).map(|text| text.to_string());
        if found.is_some() && text.is_some() {
            assert_eq!(*found, text);
        }
    }
    all.swap_remove(0)
}

fn some(text: &str) -> Option<String> {
    Some(text.to_string())
}

#[test]
fn texts_of_named_blocks_are_kept() {
    assert_eq!(kept(&message("", "x")), [None, None, None, None, None]);
    let blocks = "<a:Id>one</a:Id> <x:y xmlns:x='urn:x'>no<z/></x:y><!-- <a:To/> --><a:To s:actor='urn:q'> J&#xE9;r\r\n&amp;\
        <![CDATA[<x>]]><!-- no --></a:To ><b:Id/><a:É>é</a:É><a:Fifth>5</a:Fifth>";
    let expected = [some("one"), some(" Jér\n&<x>"), some(""), some("é"), None];
    assert_eq!(kept(&message(blocks, "MDlk")), expected);
    // A block is found by its namespace and not by its prefix. The first of two blocks counts.
    let blocks = "<c:Id xmlns:c='urn:a'>one</c:Id><a:Id xmlns:a='urn:c'>other</a:Id><a:Id>two</a:Id>";
    assert_eq!(kept(&message(blocks, "x")), [some("one"), None, None, None, None]);
    // A block with elements in it has no text.
    let blocks = "<a:Id>x<b/>y</a:Id><a:To><a:Id>inner</a:Id></a:To><b:Id>z</b:Id>";
    assert_eq!(kept(&message(blocks, "x")), [None, None, some("z"), None, None]);
}

#[test]
fn texts_that_do_not_fit_are_not_kept_and_are_no_error() {
    let long = |length: usize| "y".repeat(length);
    let two = |one: usize, other: usize| {
        message(&format!("<a:Id>{}</a:Id><a:To>{}</a:To>", long(one), long(other)), "x")
    };
    let lengths =
        |text: &str| kept(text).iter().map(|text| text.as_ref().map(String::len)).collect::<Vec<_>>();
    assert_eq!(lengths(&two(1024, 0))[..2], [Some(1024), Some(0)]);
    assert_eq!(lengths(&two(1000, 24))[..2], [Some(1000), Some(24)]);
    assert_eq!(lengths(&two(1000, 25))[..2], [Some(1000), None]);
    assert_eq!(lengths(&two(1025, 25))[..2], [None, Some(25)]);
    assert_eq!(lengths(&two(65_536 + 3, 25))[..2], [None, Some(25)]);
    assert_eq!(lengths(&two(5000, 1024))[..2], [None, Some(1024)]);
    // The body's texts come first. Above 2,112 bytes they take the room of the blocks, and 512 characters as references
    // take 3,072 bytes.
    let text = message("<a:Id>one</a:Id>", &"&#123;".repeat(512));
    assert_eq!(lengths(&text)[..1], [None]);
    let text = message("<a:Id>one</a:Id>", &"&#123;".repeat(352));
    assert_eq!(lengths(&text)[..1], [Some(3)]);
    let text = message("<a:Id>one</a:Id>", &("&#123;".repeat(352) + "x"));
    assert_eq!(lengths(&text)[..1], [None]);
}

/// The span is that of the one-shot parse, also for a usual message in one chunk.
#[test]
fn the_span_of_the_header() {
    let text = message("<a:Id>one</a:Id>", "x").replace('\'', "\"");
    assert!(matches!(Envelope::parse(text.as_bytes()).unwrap().header(), Header::Retained(_)));
    for size in [1, usize::MAX] {
        let mut decoder = Decoder::new();
        text.as_bytes().chunks(size).for_each(|chunk| decoder.feed(chunk).unwrap());
        let span = decoder.header_span().unwrap();
        let header = &text[span.start as usize..span.end as usize];
        assert!(header.starts_with("<s:Header ") && header.ends_with("</a:Id></s:Header>"), "{header}");
    }
    let mut decoder = Decoder::new();
    let end = text.find("</s:Header>").unwrap();
    decoder.feed(&text.as_bytes()[..end]).unwrap();
    assert_eq!(decoder.header_span(), None);
    decoder.reset();
    let without = text.replace(&text[text.find("<s:Header").unwrap()..end + "</s:Header>".len()], "");
    decoder.feed(without.as_bytes()).unwrap();
    decoder.finish().unwrap();
    assert_eq!(decoder.header_span(), None);
    let empty =
        text.replace(&text[text.find("<s:Header").unwrap()..end + "</s:Header>".len()], "<s:Header/>");
    decoder.reset();
    decoder.feed(empty.as_bytes()).unwrap();
    let start = empty.find("<s:Header/>").unwrap() as u64;
    assert_eq!(decoder.header_span(), Some(start..start + "<s:Header/>".len() as u64));
}

/// The recogniser of usual messages gives the span, too. It takes no message in two chunks.
#[test]
fn the_span_of_a_usual_header() {
    for header in ["<s:Header><h:Id xmlns:h=\"urn:h\">x</h:Id></s:Header>", "<s:Header></s:Header>"] {
        let text = format!(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">{header}<s:Body><GetCallInfo \
             xmlns=\"http://schemas.microsoft.com/exchange/services/2006/messages\"><CallId>MDlk</CallId>\
             </GetCallInfo></s:Body></s:Envelope>"
        );
        let start = text.find("<s:Header>").unwrap() as u64;
        for size in [1, text.len() - 1, text.len()] {
            let mut decoder = Decoder::new();
            text.as_bytes().chunks(size).for_each(|chunk| decoder.feed(chunk).unwrap());
            decoder.finish().unwrap();
            assert_eq!(decoder.header_span(), Some(start..start + header.len() as u64), "{size}");
            let names = [("urn:h", "Id")];
            let mut decoder = Decoder::with_options(Options::new().with_kept_blocks(&names));
            text.as_bytes().chunks(size).for_each(|chunk| decoder.feed(chunk).unwrap());
            decoder.finish().unwrap();
            let kept = decoder.header_text("urn:h", "Id").map(|text| text.to_string());
            assert_eq!(kept, header.contains("Id").then(|| "x".to_string()), "{size}");
        }
    }
}

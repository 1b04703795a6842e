//! Tests references and texts: what each form means, and which forms are malformed.

use umsoap::{Body, Envelope, ErrorKind, SoapVersion, Text};

fn envelope(attributes: &str, header: &str, body: &str) -> String {
    let uri = SoapVersion::V1_1.namespace();
    let header = format!("<s:Header>{header}</s:Header>");
    format!("<s:Envelope xmlns:s='{uri}'{attributes}>{header}<s:Body>{body}</s:Body></s:Envelope>")
}

/// The value, or the kind of the refusal and its offset in the text.
type Judgement = Result<String, (ErrorKind, usize)>;

fn judge(document: &str, at: &str, value: impl Fn(&Envelope<'_>) -> String) -> Judgement {
    let start = document.find(at).unwrap() + at.len();
    let refused = |error: umsoap::Error| (error.kind(), error.offset() - start);
    Envelope::parse(document.as_bytes()).map(|envelope| value(&envelope)).map_err(refused)
}

/// Reads the text as a fault's reason.
fn in_content(text: &str) -> Judgement {
    let fault = format!("<faultcode>a</faultcode><faultstring>{text}</faultstring>");
    judge(&envelope("", "", &format!("<s:Fault>{fault}</s:Fault>")), "<faultstring>", |envelope| {
        let Body::Fault(fault) = envelope.body() else { panic!("no fault") };
        fault.reason().to_string()
    })
}

/// Reads the text as the value of a header block's actor.
fn in_attribute(text: &str) -> Judgement {
    let block = format!("<a:x xmlns:a='urn:a' s:actor='{text}'/>");
    judge(&envelope("", &block, "<x/>"), "s:actor='", |envelope| {
        envelope.header().blocks().next().unwrap().role().unwrap().to_string()
    })
}

/// References mean the same in every place, also in text that is not kept.
#[test]
fn references() {
    use ErrorKind::*;
    for (reference, value) in [
        ("&amp;", '&'),
        ("&lt;", '<'),
        ("&gt;", '>'),
        ("&apos;", '\''),
        ("&quot;", '"'),
        ("&#65;", 'A'),
        ("&#0000065;", 'A'),
        ("&#x41;", 'A'),
        ("&#x00041;", 'A'),
        ("&#x1f600;", '😀'),
        ("&#x1F600;", '😀'),
        ("&#128512;", '😀'),
        ("&#9;", '\t'),
        ("&#xA;", '\n'),
        ("&#13;", '\r'),
        ("&#x20;", ' '),
        ("&#x7F;", '\u{7F}'),
        ("&#xD7FF;", '\u{D7FF}'),
        ("&#xE000;", '\u{E000}'),
        ("&#xFFFD;", '\u{FFFD}'),
        ("&#x10000;", '\u{10000}'),
        ("&#x10FFFF;", '\u{10FFFF}'),
        ("&#1114111;", '\u{10FFFF}'),
    ] {
        for (before, behind) in [("", ""), ("x", "y"), ("é", "&#233;")] {
            let text = format!("{before}{reference}{behind}");
            let expected = format!("{before}{value}{}", behind.replace("&#233;", "é"));
            assert_eq!(in_content(&text), Ok(expected.clone()), "{text}");
            assert_eq!(in_attribute(&text), Ok(expected), "{text}");
        }
    }
    for (reference, kind) in [
        ("& ", MalformedReference),
        ("&;", MalformedReference),
        ("&&", MalformedReference),
        ("&1;", MalformedReference),
        ("&-a;", MalformedReference),
        ("&amp ;", MalformedReference),
        ("&am;", UndeclaredEntity),
        ("&ampx;", UndeclaredEntity),
        ("&l;", UndeclaredEntity),
        ("&aposx;", UndeclaredEntity),
        ("&quote;", UndeclaredEntity),
        ("&Amp;", UndeclaredEntity),
        ("&LT;", UndeclaredEntity),
        ("&nbsp;", UndeclaredEntity),
        ("&a:b;", UndeclaredEntity),
        ("&:;", UndeclaredEntity),
        ("&é;", UndeclaredEntity),
        ("&aé;", UndeclaredEntity),
        ("&a.b;", UndeclaredEntity),
        ("&a,b;", MalformedReference),
        ("&#;", MalformedReference),
        ("&#x;", MalformedReference),
        ("&#xg;", MalformedReference),
        ("&#x ;", MalformedReference),
        ("&#X41;", MalformedReference),
        ("&#a;", MalformedReference),
        ("&#4a;", MalformedReference),
        ("&#x4g;", MalformedReference),
        ("&#65 ;", MalformedReference),
        ("&#-1;", MalformedReference),
        ("&#0;", InvalidCharReference),
        ("&#x0;", InvalidCharReference),
        ("&#8;", InvalidCharReference),
        ("&#x1F;", InvalidCharReference),
        ("&#xD800;", InvalidCharReference),
        ("&#xDFFF;", InvalidCharReference),
        ("&#xFFFE;", InvalidCharReference),
        ("&#65535;", InvalidCharReference),
        ("&#x110000;", InvalidCharReference),
        ("&#1114112;", InvalidCharReference),
        ("&#4294967361;", InvalidCharReference),
        ("&#x100000041;", InvalidCharReference),
    ] {
        for before in ["", "x", "é"] {
            let text = format!("{before}{reference}");
            let expected = Err((kind, before.len()));
            assert_eq!(in_content(&text), expected, "{text}");
            assert_eq!(in_attribute(&text), expected, "{text}");
            let document = envelope("", &format!("<a:x xmlns:a='urn:a'>{text}</a:x>"), "<x/>");
            let found = judge(&document, "<a:x xmlns:a='urn:a'>", |_| String::new());
            assert_eq!(found, expected, "{text}");
        }
    }
}

/// Tests line ends (<https://www.w3.org/TR/xml/#sec-line-ends>) and white space in attributes
/// (<https://www.w3.org/TR/xml/#AVNormalize>).
#[test]
fn line_ends() {
    for (text, content, attribute) in [
        ("a\r\nb", "a\nb", "a b"),
        ("a\rb", "a\nb", "a b"),
        ("a\nb", "a\nb", "a b"),
        ("a\tb", "a\tb", "a b"),
        ("\r\n\r\n", "\n\n", "  "),
        ("\r\r\n\n", "\n\n\n", "   "),
        ("\r&#10;", "\n\n", " \n"),
        ("&#13;\n", "\r\n", "\r "),
        ("&#9;\t", "\t\t", "\t "),
        ("\u{85}\u{2028}", "\u{85}\u{2028}", "\u{85}\u{2028}"),
    ] {
        assert_eq!(in_content(text).as_deref(), Ok(content), "{text:?}");
        assert_eq!(in_attribute(text).as_deref(), Ok(attribute), "{text:?}");
    }
    for (text, content) in [
        ("<![CDATA[\r\n]]>", "\n"),
        ("<![CDATA[\r]]>\n", "\n\n"),
        ("\r<![CDATA[\n]]>", "\n\n"),
        ("\r<!---->\n", "\n\n"),
        ("<![CDATA[&amp;]]>", "&amp;"),
        ("<![CDATA[]]]]><![CDATA[>]]>", "]]>"),
        ("a<!-- <![CDATA[ -->b<!--]]>-->", "ab"),
        ("<![CDATA[<!-- -->]]>", "<!-- -->"),
        ("]]&gt;", "]]>"),
    ] {
        assert_eq!(in_content(text).as_deref(), Ok(content), "{text:?}");
    }
}

/// Every method of a text gives its value.
#[test]
fn a_text_is_its_value() {
    let forms = [
        "",
        "a",
        "ab",
        "a&#98;",
        "<![CDATA[ab]]>",
        "a<!-- -->b",
        "\r\n",
        "\n",
        "\r",
        "&#13;",
        " ",
        "é",
        "&#xE9;",
    ];
    let documents: Vec<_> = forms
        .iter()
        .map(|form| {
            let fault = format!("<faultcode>a</faultcode><faultstring>{form}</faultstring>");
            envelope("", "", &format!("<s:Fault>{fault}</s:Fault>"))
        })
        .collect();
    let texts: Vec<Text<'_>> = documents
        .iter()
        .map(|document| match Envelope::parse(document.as_bytes()).unwrap().body() {
            Body::Fault(fault) => fault.reason(),
            _ => panic!("no fault"),
        })
        .collect();
    for (text, form) in texts.iter().zip(forms) {
        let value = text.to_string();
        assert_eq!(text.as_raw(), form);
        assert_eq!(text.as_str(), (value == form).then_some(form));
        assert_eq!(text.chars().collect::<String>(), value);
        for other in &texts {
            let other_value = other.to_string();
            assert_eq!(text == other, value == other_value, "{form:?} and {:?}", other.as_raw());
            assert_eq!(*text == *other_value, value == other_value);
            assert_eq!(*text == other_value.as_str(), value == other_value);
            assert_eq!(*text == Text::new(&other_value), value == other_value);
        }
    }
    // A text that was made from a value has no markup.
    let made = Text::new("&amp;<![CDATA[\r\n]]>");
    assert_eq!((made.as_str(), made.to_string()), (Some(made.as_raw()), made.as_raw().to_string()));
    assert!(made == *made.as_raw() && made.chars().eq(made.as_raw().chars()));
}

/// Puts every character of the first plane, and the ends of the other planes, into text, into attributes, at a name's
/// start and into a name.
#[test]
fn every_character() {
    let planes = (1..=16_u32).flat_map(|plane| [plane << 16, (plane << 16) | 0xFFFE, (plane << 16) | 0xFFFF]);
    let mut accepted = [0; 4];
    for c in (0..=0xFFFF).chain(planes).filter_map(char::from_u32) {
        let uri = SoapVersion::V1_1.namespace();
        let forms = [format!("<x>{c}</x>"), format!("<x a='{c}'/>"), format!("<{c}x/>"), format!("<x{c}x/>")];
        for (body, accepted) in forms.iter().zip(&mut accepted) {
            let document = format!("<s:Envelope xmlns:s='{uri}'><s:Body>{body}</s:Body></s:Envelope>");
            let ours = Envelope::parse(document.as_bytes()).is_ok();
            // roxmltree accepts an empty prefix.
            let theirs = *body != "<:x/>" && roxmltree::Document::parse(&document).is_ok();
            assert_eq!(ours, theirs, "U+{:04X}: {body:?}", c as u32);
            *accepted += u32::from(ours);
        }
    }
    // Text accepts all of the 63,488 and 48 characters except 29 controls, U+FFFE and U+FFFF, `<` and `&`.
    assert_eq!(accepted[0], 63_488 + 48 - 29 - 2 - 2);
    assert_eq!(accepted[1], accepted[0] - 1, "the quote");
    assert!(accepted[2] > 40_000 && accepted[3] > accepted[2], "{accepted:?}");
}

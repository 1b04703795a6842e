//! Makes messages that must be refused, and messages that cost a reader as much as their writer can achieve.

use super::{CALL_ID, d1, d2};

pub(crate) struct Hostile {
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
    /// The name of the `ErrorKind`. `None` stands for a message that is accepted, at whatever cost.
    pub(crate) kind: Option<&'static str>,
}

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const MESSAGES: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";

/// Returns a request with the documented CallId, and with `block` as a header block.
fn request(block: &str) -> String {
    format!(
        r#"<s:Envelope xmlns:s="{SOAP}"><s:Header>{block}</s:Header><s:Body><m:GetCallInfo xmlns:m="{MESSAGES}"><m:CallId>{CALL_ID}</m:CallId></m:GetCallInfo></s:Body></s:Envelope>"#
    )
}

const BLOCK: &str = r#"<x:Note xmlns:x="urn:example:note" x:lang="en">text</x:Note>"#;

/// Returns a request without a defect, from which the defective requests are made.
pub(crate) fn sound() -> Vec<u8> {
    request(BLOCK).into_bytes()
}

/// Returns messages with one defect each, at places that a reader of the CallId alone would not look at. The first 16
/// are the usual test of a parser. SOAP and the specifications of XML refuse the others, too.
pub(crate) fn defects() -> Vec<Hostile> {
    let swap = |name, from: &str, to: &str, kind| {
        let sound = request(BLOCK);
        assert!(sound.contains(from), "{name}: {from}");
        Hostile { name, bytes: sound.replace(from, to).into_bytes(), kind: Some(kind) }
    };
    let raw = |name, byte: u8, kind| {
        let mut defect = swap(name, ">text<", ">te?t<", kind);
        let at = defect.bytes.windows(4).position(|four| four == b"te?t");
        defect.bytes[at.expect("it was just put there") + 2] = byte;
        defect
    };
    let lang = r#"x:lang="en""#;
    let end = "</s:Envelope>";
    vec![
        swap("wrong end tag", "</x:Note>", "</x:Node>", "MismatchedEndTag"),
        raw("bytes that are not UTF-8", 0xFF, "InvalidUtf8"),
        raw("control character", 0x01, "InvalidChar"),
        swap("attribute twice", lang, r#"x:lang="en" x:lang="en""#, "DuplicateAttribute"),
        swap(
            "attribute twice by namespace",
            lang,
            r#"x:lang="en" xmlns:y="urn:example:note" y:lang="en""#,
            "DuplicateExpandedName",
        ),
        swap("unbound prefix", ">text<", "><y:b/><", "UnboundPrefix"),
        swap("unknown entity", ">text<", ">&nope;<", "UndeclaredEntity"),
        swap("< in an attribute", lang, r#"x:lang="<""#, "LessThanInAttribute"),
        swap("bad name", ">text<", "><9/><", "InvalidName"),
        swap("attribute without quotes", lang, "x:lang=en", "MissingQuote"),
        swap("]]> in text", ">text<", ">]]><", "CdataEndInText"),
        swap("-- in a comment", ">text<", "><!-- a -- b --><", "CommentDashes"),
        swap("other namespace of the message", MESSAGES, "urn:example:messages", "UnexpectedOperation"),
        swap("other namespace of the envelope", SOAP, "urn:example:envelope", "VersionMismatch"),
        swap("text after the end", end, "</s:Envelope>text", "TextOutsideRoot"),
        swap("truncated", end, "", "UnexpectedEnd"),
        swap("document type", "<s:Envelope ", "<!DOCTYPE s:Envelope><s:Envelope ", "Doctype"),
        swap("processing instruction", ">text<", "><?x y?><", "ProcessingInstruction"),
        swap("reference to U+0000", ">text<", ">&#0;<", "InvalidCharReference"),
        swap("prefix undeclared", lang, r#"xmlns:y="""#, "UndeclaredPrefix"),
        swap("two colons in a name", ">text<", "><x:a:b/><", "InvalidQName"),
        swap("no blank between attributes", lang, r#"x:lang="en"x:b="""#, "MissingWhiteSpace"),
    ]
}

/// The number of `defects` in the usual test.
pub(crate) const USUAL_DEFECTS: usize = 16;

/// The bytes of a family whose size the writer may choose.
const SIZE: usize = 64 << 10;

/// Returns a message of `SIZE` with as many of `block` as fit.
fn filled(name: &'static str, block: &str) -> Hostile {
    let bytes = request(&block.repeat(SIZE / block.len())).into_bytes();
    Hostile { name, bytes, kind: None }
}

fn refused(name: &'static str, block: &str, kind: &'static str) -> Hostile {
    Hostile { name, bytes: request(block).into_bytes(), kind: Some(kind) }
}

/// Returns families of 64 KB or near it: messages that are refused at their very end, messages that are dense in the
/// construct that costs most, and messages that stay just under a limit.
pub(crate) fn families() -> Vec<Hostile> {
    let many = |n: usize, item: &dyn Fn(usize) -> String| (0..n).map(item).collect::<String>();
    let mut truncated = d1().only().bytes.clone();
    truncated.pop();
    let mut mismatched = d2().only().bytes.clone();
    let last = mismatched.len() - 2;
    mismatched[last] = b'f';

    let attributes = format!(r#"<x:a xmlns:x="u"{}/>"#, many(127, &|n| format!(r#" a{n}="""#)));
    let long = "n".repeat(22);
    let same_local = format!(
        "<p0:a{}{}/>",
        many(62, &|n| format!(r#" xmlns:p{n}="{long}{n:02}""#)),
        many(62, &|n| format!(r#" p{n}:a="""#))
    );
    let scope = format!(
        r#"<p0:a{}>{}</p0:a>"#,
        many(62, &|n| format!(r#" xmlns:p{n}="u{n}""#)),
        r#"<p0:b p0:c=""/>"#.repeat(400)
    );
    let deep = format!(r#"<x:a xmlns:x="u">{}{}</x:a>"#, "<b>".repeat(125), "</b>".repeat(125));
    let text = |name, piece: &str| filled(name, &format!(r#"<x:a xmlns:x="u">{}</x:a>"#, piece.repeat(400)));
    let value = format!(r#"<x:a xmlns:x="u" b="{}"/>"#, ">&#65;'".repeat(500));

    vec![
        Hostile { name: "truncated", bytes: truncated, kind: Some("UnexpectedEnd") },
        Hostile { name: "last end tag", bytes: mismatched, kind: Some("MismatchedEndTag") },
        refused(
            "elements without end",
            &format!(r#"<x:a xmlns:x="u">{}"#, "<b>".repeat(SIZE / 3)),
            "TooDeep",
        ),
        refused("one long name", &"n".repeat(SIZE).replacen('n', "<n", 1), "NamesTooLong"),
        refused("one long value", &format!(r#"<n a="{}"#, "n".repeat(SIZE)), "TagTooLong"),
        filled("comments", "<!---->"),
        filled("white space", " \t\r\n"),
        filled("attributes", &attributes),
        filled("attributes of one local name", &same_local),
        filled("prefix of the outermost declaration", &scope),
        filled("depth", &deep),
        filled("smallest elements", r#"<x:a xmlns:x="u"/>"#),
        text("references", "&#65;"),
        text("CDATA sections", "<![CDATA[]]>"),
        text("brackets", "]]]] > "),
        text("three-byte characters", "\u{6F22}\u{5B57}"),
        text("mixed characters", "a\u{E9}"),
        filled("values", &value),
    ]
}

//! Messages in which one construct repeats: plain markup, and the worst markup that each limit allows.
#![allow(dead_code, reason = "each test takes what it needs")]

use umsoap::ErrorKind::{NamesTooLong, TagTooLong, TooDeep, TooManyAttributes, TooManyDeclarations};
use umsoap::{ErrorKind, SoapVersion};

pub(crate) struct Family {
    pub(crate) name: &'static str,
    /// The limit that the message reaches.
    pub(crate) limit: Option<ErrorKind>,
    /// The number of constructs in the smallest message that is worth measuring. Four times as many still fit.
    pub(crate) n: usize,
    /// Returns the message with this number of constructs.
    pub(crate) message: fn(usize) -> String,
}

/// Constructs that a cut may divide: tags, attribute values, comments, text, CDATA sections.
pub(crate) const IN_PIECES: [Family; 7] = [
    family("long attribute values", None, 5, |n| {
        header(&block(&format!("<x a='{}'/>", "value ".repeat(650)).repeat(n)))
    }),
    family("many attributes", None, 5, |n| header(&block(&format!("<x{}/>", attributes("a")).repeat(n)))),
    family("a long comment", None, 1000, |n| header(&format!("<!--{}-->", "comment - ".repeat(n)))),
    family("long text", None, 1000, |n| header(&block(&"text ]] é ".repeat(n)))),
    family("a long section", None, 1000, |n| {
        header(&block(&format!("<![CDATA[{}]]>", "text ]] é ".repeat(n))))
    }),
    family("references", None, 1000, |n| header(&block(&"&#x0000041;&amp;".repeat(n)))),
    family("white space", None, 1000, |n| header(&" \n\t\r     ".repeat(n))),
];

/// The measure for the others: many small plain elements in a header block.
pub(crate) const PLAIN: Family = Family {
    name: "plain markup",
    limit: None,
    n: 1000,
    message: |n| header(&block(&"<item>text</item>\n".repeat(n))),
};

const fn family(
    name: &'static str,
    limit: Option<ErrorKind>,
    n: usize,
    message: fn(usize) -> String,
) -> Family {
    Family { name, limit, n, message }
}

pub(crate) const FAMILIES: [Family; 30] = [
    family("128 attributes, half of them declarations", Some(TooManyAttributes), 5, |n| {
        let attributes: String = prefixes().map(|p| format!(" {p}:a=''")).collect();
        header(&format!("<pA:x{}{attributes} ps:a='' a=''/>", declarations(63, URI)).repeat(n))
    }),
    family("128 attributes, two local names in 64 namespaces", Some(TooManyAttributes), 10, |n| {
        let attributes: String =
            prefixes().chain(["ps".into()]).map(|p| format!(" {p}:a='' {p}:b=''")).collect();
        header(&bound(&format!("<x{attributes}/>").repeat(n)))
    }),
    family("128 attributes, prefix of the first declaration", Some(TooManyAttributes), 10, |n| {
        header(&bound(&format!("<x{}/>", attributes("ps:a")).repeat(n)))
    }),
    family("128 attributes with long names", Some(TooManyAttributes), 5, |n| {
        header(&block(&format!("<x{}/>", attributes(&"n".repeat(25))).repeat(n)))
    }),
    family("blocks of 128 attributes, prefix from Envelope", Some(TooManyAttributes), 10, |n| {
        let blocks = format!("<p-:x{}/>", attributes("p-:a")).repeat(n);
        envelope(&declarations(63, URI), &blocks, "<x/>")
    }),
    family("small blocks, prefix from Envelope", Some(TooManyDeclarations), 250, |n| {
        envelope(&declarations(63, URI), &"<p-:x p-:a=''/>".repeat(n), "<x/>")
    }),
    family("smallest blocks, prefixes from Envelope in turn", Some(TooManyDeclarations), 500, |n| {
        let all: Vec<String> = prefixes().collect();
        let blocks: String = all.iter().cycle().take(n).map(|p| format!("<{p}:x/>")).collect();
        envelope(&declarations(63, URI), &blocks, "<x/>")
    }),
    family("blocks with a role in each of 63 namespaces", Some(TooManyDeclarations), 10, |n| {
        let roles: String = prefixes().map(|p| format!(" {p}:role=''")).collect();
        header(&format!("<pA:x{}{roles}/>", declarations(63, URI)).repeat(n))
    }),
    family("63 declarations that differ in the last byte", Some(TooManyDeclarations), 5, |n| {
        header(&format!("<pA:x{}/>", declarations(63, URI)).repeat(n))
    }),
    family("declarations of nearly known names", None, 5, |n| {
        let nearly = "http://schemas.microsoft.com/exchange/services/2006/message";
        header(&format!("<pA:x{}/>", declarations(30, nearly)).repeat(n))
    }),
    family("declarations written as references", Some(TooManyDeclarations), 5, |n| {
        let uri = format!("urn{}", "&#65;".repeat(5));
        header(&format!("<pA:x{}/>", declarations(63, &uri)).repeat(n))
    }),
    family("declarations written as references in two ways", Some(TooManyDeclarations), 5, |n| {
        // Each letter of a name is a decimal or a hexadecimal reference, so that hardly two names begin alike.
        let form = |name: usize, letter: usize| match (name >> letter) & 1 {
            0 => "&#65;",
            _ => "&#x41;",
        };
        let uri = |name: usize| (0..5).map(|letter| form(name, letter)).collect::<String>();
        let declared = prefixes().enumerate().take(63);
        let declared: String = declared.map(|(i, p)| format!(" xmlns:{p}='{}{}'", uri(i), &p[1..])).collect();
        header(&format!("<pA:x{declared}/>").repeat(n))
    }),
    family("elements, prefix of the first of 64 declarations", Some(TooManyDeclarations), 1000, |n| {
        header(&bound(&"<ps:x/>".repeat(n)))
    }),
    family("elements, prefix of none of 64 declarations", Some(TooManyDeclarations), 1000, |n| {
        header(&bound(&"<x/>".repeat(n)))
    }),
    family("depth 127 with 64 declarations", Some(TooDeep), 4, |n| header(&deep("<x/>").repeat(n))),
    family("elements inside of depth 127 and 64 declarations", Some(TooDeep), 1000, |n| {
        header(&deep(&"<x/>".repeat(n)))
    }),
    family("names of 1,024 bytes", Some(NamesTooLong), 10, |n| {
        let name = format!("t:{}", "n".repeat(1024 - "ps:Envelope".len() - "ps:Header".len() - "t:".len()));
        header(&format!("<{name} xmlns:t='t'></{name}>").repeat(n))
    }),
    family("tags of 4,096 bytes", Some(TagTooLong), 5, |n| header(&tag("x").repeat(n))),
    family("tags of references", None, 5, |n| header(&tag("&#65;").repeat(n))),
    family("tags of white space before a role", None, 5, |n| {
        let role = format!("ps:mustUnderstand='true' ps:role='{}x'", " ".repeat(4000));
        let blocks = format!("<t:x xmlns:t='t' {role}/>").repeat(n);
        of_version(SoapVersion::V1_2, "", &blocks, "<x/>")
    }),
    family("text of references", None, 2000, |n| header(&block(&"&amp;".repeat(n)))),
    family("text of brackets", None, 40_000, |n| header(&block(&"]".repeat(n)))),
    family("text outside ASCII", None, 2000, |n| header(&block(&"é€😀".repeat(n)))),
    family("empty comments", None, 2000, |n| header(&block(&"<!---->".repeat(n)))),
    family("comments of hyphens", None, 5000, |n| header(&block(&format!("<!--{}-->", "-x".repeat(n))))),
    family("empty CDATA sections", None, 2000, |n| header(&block(&"<![CDATA[]]>".repeat(n)))),
    family("CDATA sections of brackets", None, 5000, |n| {
        header(&block(&format!("<![CDATA[{}]]>", "]".repeat(n))))
    }),
    family("elements in a detail of 63 declarations", Some(TooManyDeclarations), 1000, |n| {
        fault(&"<ps:x/>".repeat(n))
    }),
    family("128 attributes in a detail of 63 declarations", Some(TooManyAttributes), 10, |n| {
        fault(&format!("<x{}/>", attributes("ps:a")).repeat(n))
    }),
    family("a CallId of references and comments", None, 50, |n| {
        let id = format!("<CallId>{}</CallId>", "&amp;<!---->".repeat(n));
        let messages = "http://schemas.microsoft.com/exchange/services/2006/messages";
        envelope("", "", &format!("<GetCallInfo xmlns='{messages}'>{id}</GetCallInfo>"))
    }),
];

/// Returns a message of SOAP 1.1 with these attributes of Envelope, and these contents of Header and Body.
pub(crate) fn envelope(attributes: &str, header: &str, body: &str) -> String {
    of_version(SoapVersion::V1_1, attributes, header, body)
}

fn of_version(version: SoapVersion, attributes: &str, header: &str, body: &str) -> String {
    let open = format!("<ps:Envelope xmlns:ps='{}'{attributes}>", version.namespace());
    format!("{open}<ps:Header>{header}</ps:Header><ps:Body>{body}</ps:Body></ps:Envelope>")
}

fn header(blocks: &str) -> String {
    envelope("", blocks, "<x/>")
}

fn block(content: &str) -> String {
    format!("<t:x xmlns:t='t'>{content}</t:x>")
}

/// Returns a block with 64 declarations in scope, including Envelope's.
fn bound(content: &str) -> String {
    format!("<pA:x{}>{content}</pA:x>", declarations(63, URI))
}

fn fault(detail: &str) -> String {
    let texts = "<faultcode>ps:Client</faultcode><faultstring>x</faultstring>";
    let detail = format!("<detail{}>{detail}</detail>", declarations(63, URI));
    envelope("", "", &format!("<ps:Fault>{texts}{detail}</ps:Fault>"))
}

/// Returns 125 elements around the content. 63 of them declare a prefix.
fn deep(content: &str) -> String {
    let declared: String = prefixes().map(|p| format!("<pA:x xmlns:{p}='{URI}{}'>", &p[1..])).collect();
    format!("{declared}{}{content}{}{}", "<x>".repeat(62), "</x>".repeat(62), "</pA:x>".repeat(63))
}

/// Each declaration adds one byte, which makes 29. So 63 of them fit beside Envelope's.
const URI: &str = "urn:a-name-of-28-bytes------";

/// Returns as many prefixes as Envelope leaves declarations. They have two characters, like Envelope's.
fn prefixes() -> impl Iterator<Item = String> {
    ('A'..='Z')
        .chain('a'..='r')
        .chain('t'..='z')
        .chain('0'..='9')
        .chain(['-', '_'])
        .map(|last| format!("p{last}"))
}

/// Returns declarations whose namespace names begin alike and differ in the last byte.
fn declarations(count: usize, uri: &str) -> String {
    prefixes().take(count).map(|p| format!(" xmlns:{p}='{uri}{}'", &p[1..])).collect()
}

/// Returns 128 attributes whose names begin alike.
fn attributes(name: &str) -> String {
    (0..128).map(|i| format!(" {name}{i:02x}=''")).collect()
}

/// Returns a block of one tag that is as long as a tag may be. The value is repeated to fill it.
fn tag(value: &str) -> String {
    let room = 4096 - "<t:x xmlns:t='t' a=''/>".len();
    let rest = room % value.len();
    format!("<t:x xmlns:t='t' a='{}{}'/>", value.repeat(room / value.len()), "x".repeat(rest))
}

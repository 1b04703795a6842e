//! Reads messages by the rules independently of the library, on roxmltree and quick-xml. It may allocate.
//!
//! roxmltree differs from XML 1.0 and Namespaces 1.0 without a DTD in these points.
//! - It accepts a DTD, instructions (`<?xml` before a tab or line end is one for it), and any values in a declaration.
//! - It replaces references to surrogates and to numbers out of range by U+FFFD.
//! - It accepts `xmlns:p=""`, `xmlns:xmlns`, an empty prefix (`<:a/>`), and the default namespace declared twice.
//! - It takes `p:xmlns` for a declaration of the default namespace, which is spelt otherwise
//!   in the tests. It refuses `<xml:a/>`.
//!
//! quick-xml finds these offences here. The oracle has no limits: only a CallId is refused for its size.
//! `tests/data/um.xsd` judges the messages of the service.
use quick_xml::events::{Event, attributes::Attributes};
use roxmltree::{Document, Node};

pub(crate) mod library;
#[path = "../schema/mod.rs"]
pub(crate) mod schema;

const SOAP11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SOAP12: &str = "http://www.w3.org/2003/05/soap-envelope";
const NEXT11: &str = "http://schemas.xmlsoap.org/soap/actor/next";
const NEXT12: &str = "http://www.w3.org/2003/05/soap-envelope/role/next";
const ULTIMATE12: &str = "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver";
const XSI_NIL: (&str, &str) = ("http://www.w3.org/2001/XMLSchema-instance", "nil");
const XML_LANG: (&str, &str) = ("http://www.w3.org/XML/1998/namespace", "lang");
const FAULT11: &str = "faultcode faultstring faultactor detail";
const FAULT12: &str = "Code Reason Node Role Detail";

/// Returns the sort of the message and its values. `None` means that it must be refused.
pub(crate) fn oracle(input: &[u8]) -> Option<String> {
    let text = core::str::from_utf8(input).ok()?;
    let whole = text.strip_prefix('\u{feff}').unwrap_or(text);
    lexical(whole)?;
    let tab = whole.strip_prefix("<?xml").is_some_and(|rest| rest.starts_with(['\t', '\r', '\n']));
    let text = text.replacen(['\t', '\r', '\n'], " ", usize::from(tab)).replace(":xmlns=", ":xmlnz=");
    Some(envelope(Document::parse(&text).ok()?.root_element())?.replace(":xmlnz=", ":xmlns="))
}

fn holds(condition: bool) -> Option<()> {
    condition.then_some(())
}

/// Checks what roxmltree does not check.
fn lexical(text: &str) -> Option<()> {
    let mut reader = quick_xml::Reader::from_str(text);
    loop {
        match reader.read_event().ok()? {
            Event::Eof => return Some(()),
            Event::DocType(_) | Event::PI(_) => return None,
            Event::Decl(tag) => {
                let text = std::str::from_utf8(&tag).ok()?;
                let mut parts = Attributes::new(text, "xml".len());
                let right = parts.all(|part| part.is_ok_and(|part| is_declared(part.key.0, &part.value)));
                let first = reader.buffer_position() == ("<?".len() + tag.len() + "?>".len()) as u64;
                holds(first && right && text[3..].starts_with(blank))?;
            }
            Event::GeneralRef(name) => drop(name.resolve_char_ref().ok()?),
            Event::Start(tag) | Event::Empty(tag) => {
                holds(!tag.starts_with(b":"))?;
                for attribute in tag.attributes() {
                    let attribute = attribute.ok()?;
                    let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).ok()?;
                    let name = std::str::from_utf8(attribute.key.0).ok()?;
                    let (prefix, local) = name.split_once(':').unwrap_or(("-", ""));
                    holds(!prefix.is_empty())?;
                    holds(prefix != "xmlns" || local != "xmlns" && !value.is_empty())?;
                }
            }
            _ => {}
        }
    }
}

/// Checks a part of the declaration. roxmltree checks the order of the parts, and the white space between them.
fn is_declared(name: &[u8], value: &[u8]) -> bool {
    let (Ok(name), Ok(value)) = (std::str::from_utf8(name), std::str::from_utf8(value)) else { return false };
    let is_digit = |b: u8| b.is_ascii_digit();
    match name {
        "version" => value.strip_prefix("1.").is_some_and(|v| !v.is_empty() && v.bytes().all(is_digit)),
        "encoding" => value.eq_ignore_ascii_case("utf-8"),
        _ => name == "standalone" && matches!(value, "yes" | "no"),
    }
}

fn blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn space<'a>(node: Node<'a, '_>) -> &'a str {
    node.tag_name().namespace().unwrap_or("")
}

/// Returns all text directly in an element.
fn text(node: Node<'_, '_>) -> String {
    node.children().filter(Node::is_text).filter_map(|t| t.text()).collect()
}

/// Returns the text, if there are no element children.
fn value(node: Node<'_, '_>) -> Option<String> {
    (!node.children().any(|c| c.is_element())).then(|| text(node))
}

/// Returns the element children, if all text beside them is white space.
fn children<'a, 'i>(node: Node<'a, 'i>) -> Option<Vec<Node<'a, 'i>>> {
    text(node).chars().all(blank).then(|| node.children().filter(Node::is_element).collect())
}

fn boolean(value: &str) -> Option<bool> {
    let value = value.trim_matches(blank);
    matches!(value, "0" | "1" | "false" | "true").then_some(value == "1" || value == "true")
}

fn envelope(root: Node<'_, '_>) -> Option<String> {
    let soap = [SOAP11, SOAP12].into_iter().find(|soap| root.has_tag_name((*soap, "Envelope")))?;
    let mut parts = children(root)?;
    holds(parts.iter().chain([&root]).all(|part| is_not_nil(*part)))?;
    if parts.first().is_some_and(|first| first.has_tag_name((soap, "Header"))) {
        children(parts.remove(0))?.into_iter().try_for_each(|block| understood(block, soap))?;
    }
    let [body] = parts[..] else { return None };
    holds(body.has_tag_name((soap, "Body")))?;
    let [entry] = children(body)?[..] else { return None };
    let scheme = space(entry).strip_suffix("://schemas.microsoft.com/exchange/services/2006/messages");
    match entry.tag_name().name() {
        "Fault" if space(entry) == soap => fault(entry, soap),
        name => match schema::SCHEMA.message(name) {
            Some(message) if matches!(scheme, Some("http" | "https")) => {
                holds(entry.descendants().all(is_not_nil))?;
                let fields: schema::Fields =
                    message.judge(space(entry), entry)?.iter().map(schema::Found::field).collect();
                Some(format!("{name} {fields:?}"))
            }
            _ => Some(format!("other {{{}}}{name}", space(entry))),
        },
    }
}

/// Checks that a header block is qualified, that its SOAP attributes are right, and that it is not mandatory for the
/// ultimate receiver.
fn understood(block: Node<'_, '_>, soap: &str) -> Option<()> {
    let v1_1 = soap == SOAP11;
    let attribute = |name| block.attribute((soap, name)).unwrap_or("0");
    let must = boolean(attribute("mustUnderstand"))?;
    holds(!v1_1 || matches!(attribute("mustUnderstand"), "0" | "1"))?;
    holds(v1_1 || boolean(attribute("relay")).is_some())?;
    let role = block.attribute((soap, if v1_1 { "actor" } else { "role" })).unwrap_or("").trim_matches(blank);
    let ours = if v1_1 { ["", NEXT11, ""] } else { ["", NEXT12, ULTIMATE12] };
    holds(!space(block).is_empty())?;
    holds(!must || !ours.contains(&role))
}

fn is_not_nil(node: Node<'_, '_>) -> bool {
    node.attribute(XSI_NIL).is_none_or(|value| boolean(value) == Some(false))
}

/// Reads a fault. In 1.1 its children may have any order, and qualified elements may stand beside them. In 1.2 they
/// have this order. Each stands once, and the first two must be there.
fn fault(entry: Node<'_, '_>, soap: &str) -> Option<String> {
    let order = if soap == SOAP11 { FAULT11 } else { FAULT12 };
    let place = |part: &Node<'_, '_>| order.split(' ').position(|name| name == part.tag_name().name());
    let mut parts = children(entry)?;
    if soap == SOAP11 {
        parts.retain(|part| place(part).is_some() || space(*part).is_empty());
        parts.sort_by_key(place);
    }
    let places = parts.iter().map(place).collect::<Option<Vec<_>>>()?;
    holds(places.starts_with(&[0, 1]) && places.is_sorted_by(|a, b| a < b))?;
    let texts = parts.into_iter().map(|part| match part.tag_name().name() {
        "Code" => code(part),
        "Reason" => reason(part),
        "detail" | "Detail" => Some(String::new()),
        _ => value(part),
    });
    let texts = texts.collect::<Option<Vec<_>>>()?;
    Some(format!("fault {}\0{}", texts[0], texts[1]))
}

/// Reads `Value`, then at most one `Subcode` of this form.
fn code(node: Node<'_, '_>) -> Option<String> {
    let parts = children(node)?;
    let names: Vec<&str> = parts.iter().map(|part| part.tag_name().name()).collect();
    holds(["Value", "Subcode"].starts_with(&names))?;
    parts.iter().skip(1).try_for_each(|subcode| code(*subcode).map(drop))?;
    value(*parts.first()?)
}

/// Reads texts, each with its language. The first counts.
fn reason(node: Node<'_, '_>) -> Option<String> {
    let texts = children(node)?;
    holds(texts.iter().all(|t| t.tag_name().name() == "Text" && t.has_attribute(XML_LANG)))?;
    texts.into_iter().map(value).collect::<Option<Vec<_>>>()?.first().cloned()
}

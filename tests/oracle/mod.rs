//! An independent, allocating reading of the rules, on roxmltree and quick-xml.
//!
//! roxmltree differs from XML 1.0 and Namespaces 1.0 without a DTD where it
//! - takes a document with a DTD or processing instructions (quick-xml finds them here);
//! - takes any declared encoding and only some of the declaration's grammar (`declaration` here);
//! - replaces references to surrogates and numbers out of range by U+FFFD (`references` here);
//! - takes `xmlns:p=""`, and local names that begin with a digit, `-` or `.` (`names` here).
//! - takes a second BOM, an empty prefix (`<:a/>`) and `xmlns:xmlns`.
//!
//! Limits are not modelled: nothing here is refused for its size but a CallId.
#![allow(dead_code)]
use quick_xml::events::Event;
use roxmltree::{Document, Node};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Request(String),
    Response(String, String),
    Fault,
    Other,
    Refused,
}

const SOAP11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SOAP12: &str = "http://www.w3.org/2003/05/soap-envelope";
const HTTP: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";
const HTTPS: &str = "https://schemas.microsoft.com/exchange/services/2006/messages";
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
const STATES: [&str; 8] =
    ["Idle", "Connecting", "Alerted", "Connected", "Disconnected", "Incoming", "Transferring", "Forwarding"];
const CAUSES: [&str; 5] = ["None", "UserBusy", "NoAnswer", "Unavailable", "Other"];

pub(crate) fn verdict(input: &[u8]) -> Verdict {
    read(input).unwrap_or(Verdict::Refused)
}

fn read(input: &[u8]) -> Option<Verdict> {
    let text = core::str::from_utf8(input).ok()?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.starts_with('\u{feff}') {
        return None;
    }
    lexical(text)?;
    let document = Document::parse(text).ok()?;
    names(&document)?;
    envelope(document.root_element())
}

/// `Some` when the declaration, if any, is right and there is neither a DTD nor a processing instruction.
fn lexical(text: &str) -> Option<()> {
    if text.starts_with("<?xml") {
        let end = text.find("?>")?;
        declaration(&text[5..end])?;
    }
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    let mut first = true;
    loop {
        match reader.read_event().ok()? {
            Event::Eof => return Some(()),
            Event::DocType(_) | Event::PI(_) => return None,
            Event::Decl(_) if !first => return None,
            Event::Start(tag) | Event::Empty(tag) => {
                references(&tag)?;
                // roxmltree takes the same declaration twice; this iterator does not.
                if tag.attributes().any(|a| a.is_err()) {
                    return None;
                }
                let wrong = |name: &str| name.starts_with(':') || name == "xmlns:xmlns";
                if tag.starts_with(':') || tag.attributes().flatten().any(|a| wrong(a.key.0)) {
                    return None;
                }
            }
            Event::GeneralRef(name) => references(&format!("&{};", &*name))?,
            _ => {}
        }
        first = false;
    }
}

fn blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// The part between `<?xml` and `?>`.
fn declaration(mut rest: &str) -> Option<()> {
    let mut found = Vec::new();
    loop {
        let trimmed = rest.trim_start_matches(blank);
        if trimmed.is_empty() {
            break;
        }
        if trimmed.len() == rest.len() {
            return None;
        }
        let (name, after) = trimmed.split_once('=')?;
        let after = after.trim_start_matches(blank);
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, after) = after[1..].split_once(quote)?;
        found.push((name.trim_end_matches(blank), value));
        rest = after;
    }
    let mut found = found.into_iter().peekable();
    let (_, version) = found.next().filter(|(name, _)| *name == "version")?;
    let digits = version.strip_prefix("1.")?;
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    if let Some((_, encoding)) = found.next_if(|(name, _)| *name == "encoding") {
        encoding.eq_ignore_ascii_case("utf-8").then_some(())?;
    }
    if let Some((_, standalone)) = found.next_if(|(name, _)| *name == "standalone") {
        matches!(standalone, "yes" | "no").then_some(())?;
    }
    found.next().is_none().then_some(())
}

/// Every reference in `raw` is one of the five names or a legal character.
fn references(raw: &str) -> Option<()> {
    for piece in raw.split('&').skip(1) {
        let name = piece.split_once(';')?.0;
        let number = match name.strip_prefix('#') {
            None if ["amp", "lt", "gt", "apos", "quot"].contains(&name) => continue,
            None => return None,
            Some(digits) => match digits.strip_prefix('x') {
                Some(hex) if hex.bytes().all(|b| b.is_ascii_hexdigit()) => {
                    u32::from_str_radix(hex, 16).ok()?
                }
                None if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok()?,
                _ => return None,
            },
        };
        let c = char::from_u32(number)?;
        if (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}') {
            return None;
        }
    }
    Some(())
}

fn names(document: &Document<'_>) -> Option<()> {
    let bad = |name: &str| {
        name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '.' | '\u{b7}'))
    };
    for node in document.descendants().filter(Node::is_element) {
        if bad(node.tag_name().name()) || node.attributes().any(|a| bad(a.name())) {
            return None;
        }
        if node.namespaces().any(|n| n.name().is_some_and(|name| bad(name) || n.uri().is_empty())) {
            return None;
        }
    }
    Some(())
}

/// The element children, if all text beside them is white space.
fn children<'a, 'i>(node: Node<'a, 'i>) -> Option<Vec<Node<'a, 'i>>> {
    let white = node.children().filter(Node::is_text).all(|t| t.text().unwrap_or("").chars().all(blank));
    white.then(|| node.children().filter(Node::is_element).collect())
}

fn value(node: Node<'_, '_>) -> Option<String> {
    if node.children().any(|c| c.is_element()) {
        return None;
    }
    Some(node.children().filter(Node::is_text).filter_map(|t| t.text()).collect())
}

fn is(node: Node<'_, '_>, namespace: &str, name: &str) -> bool {
    node.tag_name().namespace().unwrap_or("") == namespace && node.tag_name().name() == name
}

fn envelope(root: Node<'_, '_>) -> Option<Verdict> {
    let soap = root.tag_name().namespace().filter(|n| [SOAP11, SOAP12].contains(n))?;
    is(root, soap, "Envelope").then_some(())?;
    let mut parts = children(root)?.into_iter().peekable();
    if let Some(header) = parts.next_if(|n| is(*n, soap, "Header")) {
        for block in children(header)? {
            understood(block, soap)?;
        }
    }
    let body = parts.next().filter(|n| is(*n, soap, "Body"))?;
    if parts.next().is_some() {
        return None;
    }
    let [entry] = children(body)?[..] else { return None };
    if is(entry, soap, "Fault") {
        return fault(entry, soap);
    }
    match entry.tag_name().namespace() {
        Some(messages @ (HTTP | HTTPS)) if entry.tag_name().name() == "GetCallInfo" => {
            request(entry, messages)
        }
        Some(messages @ (HTTP | HTTPS)) if entry.tag_name().name() == "GetCallInfoResponse" => {
            response(entry, messages)
        }
        _ => Some(Verdict::Other),
    }
}

fn understood(block: Node<'_, '_>, soap: &str) -> Option<()> {
    block.tag_name().namespace().filter(|n| !n.is_empty())?;
    let boolean = |name| match block.attribute((soap, name)) {
        None => Some(false),
        Some(v) if soap == SOAP11 => match v {
            "0" => Some(false),
            "1" => Some(true),
            _ => None,
        },
        Some(v) => xs_boolean(v),
    };
    let must = boolean("mustUnderstand")?;
    if soap == SOAP12 {
        boolean("relay")?;
    }
    let role = block
        .attribute((soap, if soap == SOAP11 { "actor" } else { "role" }))
        .unwrap_or("")
        .trim_matches(blank);
    let ours = role.is_empty()
        || (soap == SOAP11 && role == "http://schemas.xmlsoap.org/soap/actor/next")
        || (soap == SOAP12
            && ["next", "ultimateReceiver"].iter().any(|r| role == format!("{SOAP12}/role/{r}")));
    (!(must && ours)).then_some(())
}

fn xs_boolean(value: &str) -> Option<bool> {
    match value.trim_matches(blank) {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => None,
    }
}

fn not_nil(node: Node<'_, '_>) -> Option<()> {
    node.attribute((XSI, "nil")).is_none_or(|v| xs_boolean(v) == Some(false)).then_some(())
}

fn request(entry: Node<'_, '_>, messages: &str) -> Option<Verdict> {
    not_nil(entry)?;
    let [id] = children(entry)?[..] else { return None };
    is(id, messages, "CallId").then_some(())?;
    not_nil(id)?;
    let id = value(id)?;
    (1..=512).contains(&id.chars().count()).then_some(Verdict::Request(id))
}

fn response(entry: Node<'_, '_>, messages: &str) -> Option<Verdict> {
    not_nil(entry)?;
    let mut inside = children(entry)?;
    if let [nested] = inside[..] {
        is(nested, messages, "GetCallInfoResponse").then_some(())?;
        not_nil(nested)?;
        inside = children(nested)?;
    }
    let [state, cause] = inside[..] else { return None };
    (is(state, messages, "CallState") && is(cause, messages, "EventCause")).then_some(())?;
    not_nil(state)?;
    not_nil(cause)?;
    let (state, cause) = (value(state)?, value(cause)?);
    (STATES.contains(&&*state) && CAUSES.contains(&&*cause)).then_some(Verdict::Response(state, cause))
}

fn fault(entry: Node<'_, '_>, soap: &str) -> Option<Verdict> {
    let order: &[&str] = if soap == SOAP11 {
        &["faultcode", "faultstring", "faultactor", "detail"]
    } else {
        &["Code", "Reason", "Node", "Role", "Detail"]
    };
    let mut places = Vec::new();
    for part in children(entry)? {
        match order.iter().position(|o| *o == part.tag_name().name()) {
            Some(place) => places.push(place),
            // 1.1 allows others if they are namespace-qualified.
            None => {
                (soap == SOAP11 && part.tag_name().namespace().is_some_and(|n| !n.is_empty())).then_some(())?
            }
        }
        match part.tag_name().name() {
            "faultcode" | "faultstring" | "faultactor" | "Node" | "Role"
                if order.contains(&part.tag_name().name()) =>
            {
                value(part)?;
            }
            "Code" if soap == SOAP12 => code(part)?,
            "Reason" if soap == SOAP12 => {
                let texts = children(part)?;
                let lang =
                    |n: &Node<'_, '_>| n.has_attribute(("http://www.w3.org/XML/1998/namespace", "lang"));
                let right =
                    |n: &Node<'_, '_>| n.tag_name().name() == "Text" && lang(n) && value(*n).is_some();
                (!texts.is_empty() && texts.iter().all(right)).then_some(())?;
            }
            _ => {}
        }
    }
    // 1.1 fixes no order of the children, 1.2 does; each stands once, and the first two must stand.
    if soap == SOAP11 {
        places.sort_unstable();
    }
    (places.windows(2).all(|w| w[0] < w[1]) && places.starts_with(&[0, 1])).then_some(Verdict::Fault)
}

/// `Value`, then at most one `Subcode` of the same form.
fn code(node: Node<'_, '_>) -> Option<()> {
    match children(node)?[..] {
        [only] => (only.tag_name().name() == "Value").then_some(())?,
        [first, second] => {
            (first.tag_name().name() == "Value" && second.tag_name().name() == "Subcode").then_some(())?;
            code(second)?;
        }
        _ => return None,
    }
    value(children(node)?[0]).map(drop)
}

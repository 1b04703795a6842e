//! Reads a message by the specifications, independently of the library, on roxmltree's tree.

use roxmltree::{Document, Node};
use umsoap::{FaultCode, SoapVersion};

use super::lexed::{self, Attribute};
use super::message::{Block, Content, FaultParts, Field, Message, Name};
use super::schema;

const SOAP_1_1: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SOAP_1_2: &str = "http://www.w3.org/2003/05/soap-envelope";
const MESSAGES: [&str; 2] = [
    "http://schemas.microsoft.com/exchange/services/2006/messages",
    "https://schemas.microsoft.com/exchange/services/2006/messages",
];
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// Returns whether roxmltree reads the document in another way than Namespaces 1.0. It takes `p:xmlns` for a
/// declaration of the default namespace, and knows the prefix `xml` on attributes only. `tokens` looks at such
/// documents.
pub fn is_misread(document: &str) -> bool {
    if !document.contains(":xmlns") && !document.contains("<xml:") {
        return false;
    }
    let looks_declared = |a: &Attribute<'_>| a.local == "xmlns" && !["", "xmlns"].contains(&a.prefix);
    let elements = lexed::lex(document).elements;
    elements.iter().any(|element| element.prefix == "xml" || element.attributes.iter().any(looks_declared))
}

/// Returns the message, if SOAP and the operation's schema allow it. Limits are not judged here.
pub fn read(document: &Document<'_>) -> Option<Message> {
    let reader = Reader { text: document.input_text() };
    let root = document.root_element();
    let version = match namespace(root)? {
        SOAP_1_1 => SoapVersion::V1_1,
        SOAP_1_2 => SoapVersion::V1_2,
        _ => return None,
    };
    let soap = version.namespace();
    is(root, soap, "Envelope").then_some(())?;
    not_nil(root)?;
    let mut parts = children(root)?.into_iter().peekable();
    let header = parts.next_if(|part| is(*part, soap, "Header"));
    let blocks = match header {
        Some(header) => {
            not_nil(header)?;
            Some(children(header)?.into_iter().map(|b| reader.block(b, version)).collect::<Option<_>>()?)
        }
        None => None,
    };
    let body = parts.next().filter(|part| is(*part, soap, "Body"))?;
    not_nil(body)?;
    let ([entry], None) = (&children(body)?[..], parts.next()) else { return None };
    let (namespace, content) = reader.entry(*entry, version)?;
    Some(Message { version, namespace, blocks, content })
}

pub fn namespace<'a>(node: Node<'a, '_>) -> Option<&'a str> {
    node.tag_name().namespace().filter(|uri| !uri.is_empty())
}

fn name(node: Node<'_, '_>) -> Name {
    (namespace(node).map(str::to_string), node.tag_name().name().to_string())
}

fn is(node: Node<'_, '_>, uri: &str, local: &str) -> bool {
    namespace(node) == Some(uri) && node.tag_name().name() == local
}

fn blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn elements<'a, 'i>(node: Node<'a, 'i>) -> Vec<Node<'a, 'i>> {
    node.children().filter(Node::is_element).collect()
}

/// Returns the child elements, if the text between them is white space.
fn children<'a, 'i>(node: Node<'a, 'i>) -> Option<Vec<Node<'a, 'i>>> {
    all_text(node).chars().all(blank).then(|| elements(node))
}

fn all_text(node: Node<'_, '_>) -> String {
    node.children().filter(Node::is_text).filter_map(|text| text.text()).collect()
}

/// Returns the text of an element that holds text only.
fn value(node: Node<'_, '_>) -> Option<String> {
    elements(node).is_empty().then(|| all_text(node))
}

fn boolean(value: &str) -> Option<bool> {
    match value.trim_matches(blank) {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => None,
    }
}

fn not_nil(node: Node<'_, '_>) -> Option<()> {
    (boolean(node.attribute((XSI, "nil")).unwrap_or("0")) == Some(false)).then_some(())
}

/// Returns whether a block with this role is for an ultimate receiver that knows no other roles.
fn is_for_us(role: Option<&str>, version: SoapVersion) -> bool {
    let role = role.unwrap_or("").trim_matches(blank);
    match version {
        SoapVersion::V1_1 => ["", "http://schemas.xmlsoap.org/soap/actor/next"].contains(&role),
        SoapVersion::V1_2 => {
            let known = role.strip_prefix("http://www.w3.org/2003/05/soap-envelope/role/");
            role.is_empty() || matches!(known, Some("next" | "ultimateReceiver"))
        }
    }
}

struct Reader<'i> {
    text: &'i str,
}

impl Reader<'_> {
    fn raw(&self, node: Node<'_, '_>) -> String {
        self.text[node.range()].to_string()
    }

    /// Returns the content between the tags of an element.
    fn inner(&self, node: Node<'_, '_>) -> String {
        let raw = &self.text[node.range()];
        let mut quote = None;
        let end = raw.find(|c| {
            match quote {
                Some(open) if open == c => quote = None,
                None if matches!(c, '"' | '\'') => quote = Some(c),
                _ => {}
            }
            c == '>' && quote.is_none()
        });
        let start = end.expect("an element has a start tag") + 1;
        raw[start..raw.rfind("</").unwrap_or(start).max(start)].to_string()
    }

    fn block(&self, node: Node<'_, '_>, version: SoapVersion) -> Option<Block> {
        namespace(node)?;
        let soap = version.namespace();
        let must_understand = match (node.attribute((soap, "mustUnderstand")), version) {
            (None | Some("0"), _) => false,
            (Some("1"), _) => true,
            (Some(_), SoapVersion::V1_1) => return None,
            (Some(value), SoapVersion::V1_2) => boolean(value)?,
        };
        let (role, relay) = match version {
            SoapVersion::V1_1 => (node.attribute((soap, "actor")), false),
            SoapVersion::V1_2 => {
                (node.attribute((soap, "role")), boolean(node.attribute((soap, "relay")).unwrap_or("0"))?)
            }
        };
        let role_name = role.map(str::to_string);
        (!(must_understand && is_for_us(role, version))).then_some(())?;
        Some(Block { name: name(node), raw: Some(self.raw(node)), must_understand, role: role_name, relay })
    }

    fn entry(&self, entry: Node<'_, '_>, version: SoapVersion) -> Option<(Option<String>, Content)> {
        if is(entry, version.namespace(), "Fault") {
            return Some((None, Content::Fault(self.fault(entry, version)?)));
        }
        let messages = namespace(entry).filter(|uri| MESSAGES.contains(uri));
        match (messages, schema::SCHEMA.message(entry.tag_name().name())) {
            (Some(uri), Some(message)) => {
                Some((messages.map(str::to_string), self.message(message, entry, uri)?))
            }
            _ => Some((None, Content::Other(name(entry), Some(self.raw(entry))))),
        }
    }

    fn message(&self, message: &schema::Element, entry: Node<'_, '_>, uri: &str) -> Option<Content> {
        entry.descendants().filter(Node::is_element).try_for_each(not_nil)?;
        let fields = message.judge(uri, entry)?.into_iter().map(|found| {
            let raw = match found.element.content {
                schema::Content::String { .. } => Some(self.inner(found.node)),
                _ => None,
            };
            Field { name: found.element.name.clone(), raw, value: found.value }
        });
        Some(Content::Service(message.name.clone(), fields.collect()))
    }

    fn fault(&self, fault: Node<'_, '_>, version: SoapVersion) -> Option<FaultParts> {
        let [code, reason, node, actor, detail] = match version {
            SoapVersion::V1_1 => ["faultcode", "faultstring", "", "faultactor", "detail"],
            SoapVersion::V1_2 => ["Code", "Reason", "Node", "Role", "Detail"],
        };
        let mut places = Vec::new();
        for part in children(fault)? {
            let local = part.tag_name().name();
            match [code, reason, node, actor, detail].iter().position(|known| *known == local) {
                Some(place) => places.push(place),
                None if version == SoapVersion::V1_1 && namespace(part).is_some() => {}
                None => return None,
            }
        }
        // 1.2 demands an order. Both versions demand each part at most once, and the first two parts.
        if version == SoapVersion::V1_1 {
            places.sort_unstable();
        }
        (places.windows(2).all(|w| w[0] < w[1]) && places.starts_with(&[0, 1])).then_some(())?;
        let part = |local: &str| elements(fault).into_iter().find(|part| part.tag_name().name() == local);
        let text = |local: &str| match part(local) {
            Some(part) => value(part).map(Some),
            None => Some(None),
        };
        let (code_at, subcode, reason_at) = match version {
            SoapVersion::V1_1 => (part(code)?, None, part(reason)?),
            SoapVersion::V1_2 => {
                let (value_at, subcode) = code_1_2(part(code)?)?;
                (value_at, subcode, reason_1_2(part(reason)?)?)
            }
        };
        let (code, reason) = (value(code_at)?, value(reason_at)?);
        let lang = lang(reason_at);
        let (code_namespace, standard) = meaning(code_at, &code, version);
        let class = standard.or_else(|| class(code_namespace.as_deref(), code.trim_matches(blank)));
        let (actor, node) = (text(actor)?, text(node)?);
        let detail = part(detail);
        let exception = detail.and_then(|detail| {
            elements(detail).into_iter().find(|child| child.tag_name().name() == "ExceptionType")
        });
        let exception = exception.and_then(value).map(|value| {
            let value = value.trim_matches(blank);
            value.split_once(':').map_or(value, |(_, local)| local).to_string()
        });
        let detail = detail.map(|detail| (name(detail), Some(self.raw(detail))));
        Some(FaultParts {
            code,
            code_namespace,
            standard,
            class,
            subcode,
            reason,
            lang,
            actor,
            node,
            detail,
            exception,
        })
    }
}

/// Returns the namespace and the standard meaning of the QName in a fault code.
fn meaning(at: Node<'_, '_>, code: &str, version: SoapVersion) -> (Option<String>, Option<FaultCode>) {
    let code = code.trim_matches(blank);
    let (prefix, local) = code.split_once(':').map_or((None, code), |(prefix, local)| (Some(prefix), local));
    let uri = match prefix {
        Some("xml") => Some(XML),
        Some("") | None => at.lookup_namespace_uri(None),
        prefix => at.lookup_namespace_uri(prefix),
    };
    let uri = uri.filter(|uri| !uri.is_empty());
    let standard = match (local, version) {
        ("VersionMismatch", _) => Some(FaultCode::VersionMismatch),
        ("MustUnderstand", _) => Some(FaultCode::MustUnderstand),
        ("Client", SoapVersion::V1_1) | ("Sender", SoapVersion::V1_2) => Some(FaultCode::Sender),
        ("Server", SoapVersion::V1_1) | ("Receiver", SoapVersion::V1_2) => Some(FaultCode::Receiver),
        ("DataEncodingUnknown", SoapVersion::V1_2) => Some(FaultCode::DataEncodingUnknown),
        _ => None,
    };
    (uri.map(str::to_string), standard.filter(|_| uri == Some(version.namespace())))
}

/// Returns the class of a code that is none of SOAP's: whose fault it is. It is known for a code of SOAP's namespace,
/// and for a bare name up to its first dot, and for the service's failures.
fn class(uri: Option<&str>, code: &str) -> Option<FaultCode> {
    let local = code.split_once(':').map_or(code, |(_, local)| local);
    let exchange = "http://schemas.microsoft.com/exchange/services/2006/";
    let word = local.split('.').next().unwrap_or_default();
    let (first, second) = match uri {
        Some(SOAP_1_1) => (true, false),
        Some(SOAP_1_2) => (false, true),
        None if !code.contains(':') => (true, true),
        Some(uri) => {
            let sender = match uri.strip_prefix(exchange)? {
                "errors" => "InvalidCallIdException InvalidObjectIdException DialingRulesException",
                "types" => "ErrorInvalidRequest ErrorSchemaValidation ErrorIncorrectSchemaVersion",
                _ => return None,
            };
            return sender.split(' ').any(|name| name == local).then_some(FaultCode::Sender);
        }
        None => return None,
    };
    match word {
        "VersionMismatch" => Some(FaultCode::VersionMismatch),
        "MustUnderstand" => Some(FaultCode::MustUnderstand),
        "Client" if first => Some(FaultCode::Sender),
        "Server" if first => Some(FaultCode::Receiver),
        "Sender" if second => Some(FaultCode::Sender),
        "Receiver" if second => Some(FaultCode::Receiver),
        "DataEncodingUnknown" if second => Some(FaultCode::DataEncodingUnknown),
        _ => None,
    }
}

/// Returns where the value of a Code stands, and the outermost subcode. A Code has `Value`, then at most one `Subcode`
/// of this form.
fn code_1_2<'a, 'i>(code: Node<'a, 'i>) -> Option<(Node<'a, 'i>, Option<String>)> {
    let parts = children(code)?;
    let first = *parts.first().filter(|part| part.tag_name().name() == "Value")?;
    value(first)?;
    match parts[1..] {
        [] => Some((first, None)),
        [subcode] if subcode.tag_name().name() == "Subcode" => Some((first, value(code_1_2(subcode)?.0))),
        _ => None,
    }
}

/// Returns the language of a reason: its own, or that of the innermost element around it that has one. A longer one than
/// 35 bytes is not inherited.
pub fn lang(reason: Node<'_, '_>) -> Option<String> {
    let of = |node: Node<'_, '_>| {
        node.attributes()
            .find(|a| (a.namespace(), a.name()) == (Some(XML), "lang"))
            .map(|a| (a.value().to_string(), a.range_value().len()))
    };
    match of(reason) {
        Some((own, _)) => Some(own),
        None => {
            reason.ancestors().find_map(of).filter(|(_, raw)| (1..=35).contains(raw)).map(|(lang, _)| lang)
        }
    }
}

/// Returns the first of the `Text` elements, each of which needs `xml:lang`.
fn reason_1_2<'a, 'i>(reason: Node<'a, 'i>) -> Option<Node<'a, 'i>> {
    let texts = children(reason)?;
    for text in &texts {
        (text.tag_name().name() == "Text" && text.has_attribute((XML, "lang"))).then_some(())?;
        value(*text)?;
    }
    texts.first().copied()
}

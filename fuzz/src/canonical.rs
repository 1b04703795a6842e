//! A message that was read can be written, if the library writes messages of its kind. What is written has the meaning
//! of the message, and the second writing has the bytes of the first.

use roxmltree::{Document, Node, NodeType};
use umsoap::{Body, Category, Envelope, ErrorKind, Fault, FaultCode, MessagesNamespace, SoapVersion};

use super::encode::encode;
use super::message::{Content, FaultParts, Field, Message, show};
use super::{input, reference};

pub fn run(data: &[u8]) {
    let document = &input::document(data)[..];
    let Ok(envelope) = Envelope::parse(document) else { return };
    if reference::is_misread(core::str::from_utf8(document).expect("accepted")) {
        return;
    }
    let namespace = envelope.namespace().unwrap_or(MessagesNamespace::Http);
    let first = match encode(&envelope.with_namespace(namespace)) {
        Ok(first) => first,
        Err(error) => return refused(document, &envelope, error.kind()),
    };
    let Some(read) = again(document, &first) else { return };
    let (before, after) = (Message::of(&envelope), Message::of(&read));
    assert_eq!((before.version, &before.namespace), (after.version, &after.namespace), "{}", show(document));
    same(before.version, &before.content, &after.content, document, &first);
    let second = encode(&read.with_namespace(namespace)).expect("written once");
    assert!(second == first, "written differently:{}{}{}", show(document), show(&first), show(&second));
    other_version(document, &envelope);
}

/// Checks that only a message without a written form is refused.
fn refused(document: &[u8], envelope: &Envelope<'_>, kind: ErrorKind) {
    let expected = match envelope.body() {
        Body::Other(_) => kind == ErrorKind::UnwritableBody,
        Body::Fault(fault) => match kind {
            ErrorKind::UnwritableDetail => fault.detail().is_some(),
            ErrorKind::UnwritableFaultCode => fault.standard_code().is_none() || fault.subcode().is_some(),
            _ => false,
        },
        _ => false,
    };
    assert!(expected, "{kind:?}{}", show(document));
}

/// Reads what was written again. References and our own prefix may make it longer than the limits.
fn again<'a>(document: &[u8], bytes: &'a [u8]) -> Option<Envelope<'a>> {
    match Envelope::parse(bytes) {
        Ok(read) => Some(read),
        Err(error) => {
            assert_eq!(error.kind().category(), Category::Limit, "{error}{}{}", show(document), show(bytes));
            None
        }
    }
}

fn same(version: SoapVersion, before: &Content, after: &Content, document: &[u8], written: &[u8]) {
    let as_before = match (before, after) {
        (Content::Service(name, before), Content::Service(other, after)) => {
            let values = |fields: &[Field]| -> Vec<_> {
                fields.iter().map(|field| (field.name.clone(), field.value.clone())).collect()
            };
            name == other && values(before) == values(after)
        }
        (Content::Fault(before), Content::Fault(after)) => {
            let details = (detail(document), detail(written));
            assert_eq!(details.0, details.1, "{}{}", show(document), show(written));
            let others = (others(document), others(written));
            assert_eq!(others.0, others.1, "{}{}", show(document), show(written));
            code(before, version) == code(after, version)
                && (&before.reason, &before.actor, &before.node) == (&after.reason, &after.actor, &after.node)
                && before.exception == after.exception
                && before.lang == after.lang
                && reasons(document) == reasons(written)
        }
        _ => false,
    };
    assert!(as_before, "{before:?}\n{after:?}{}{}", show(document), show(written));
}

/// Returns the meaning of a fault's codes, without their prefixes: the standard code, and the most exact other code. A
/// 1.2 code that is not SOAP's, but has a class of SOAP's, becomes a subcode of this class.
fn code(fault: &FaultParts, version: SoapVersion) -> (Option<FaultCode>, Option<String>) {
    let local = |text: &String| {
        let text = text.trim_matches([' ', '\t', '\n', '\r']);
        text.split_once(':').map_or(text, |(_, local)| local).to_string()
    };
    match (fault.standard, version) {
        (None, _) => (fault.class, Some(local(&fault.code))),
        (Some(_), SoapVersion::V1_1) => (fault.class, None),
        (Some(_), SoapVersion::V1_2) => (fault.class, fault.subcode.as_ref().map(local)),
    }
}

/// Returns the reasons of a fault in order, each with its language. Line ends are removed, because roxmltree reads CR
/// CR in another way.
fn reasons(bytes: &[u8]) -> Vec<(Option<String>, String)> {
    let tree = tree(bytes);
    let parts = find_fault(&tree).into_iter().flat_map(|fault| fault.descendants());
    let texts = parts.filter(|part| match part.tag_name().name() {
        "faultstring" => part.parent().is_some_and(|parent| parent.tag_name().name() == "Fault"),
        "Text" => part.parent().is_some_and(|parent| parent.tag_name().name() == "Reason"),
        _ => false,
    });
    let reason = |part: Node<'_, '_>| {
        let texts = part.children().filter(Node::is_text).filter_map(|text| text.text());
        let text = texts.flat_map(str::chars).filter(|c| !matches!(c, '\r' | '\n')).collect();
        (reference::lang(part), text)
    };
    texts
        .filter(|text| !text.ancestors().any(|above| above.tag_name().name().eq_ignore_ascii_case("detail")))
        .map(reason)
        .collect()
}

fn tree(bytes: &[u8]) -> Document<'_> {
    let text = core::str::from_utf8(bytes).expect("accepted");
    Document::parse(text.trim_start_matches('\u{FEFF}')).expect("accepted")
}

fn find_fault<'a, 'i>(tree: &'a Document<'i>) -> Option<Node<'a, 'i>> {
    let body = tree.root_element().children().rfind(Node::is_element)?;
    body.children().find(|node| node.tag_name().name() == "Fault")
}

/// Returns the children of a fault that are not SOAP's, with all names expanded.
fn others(document: &[u8]) -> Vec<Vec<String>> {
    let tree = tree(document);
    let soap = tree.root_element().tag_name().namespace();
    let Some(fault) = find_fault(&tree).filter(|fault| fault.tag_name().namespace() == soap) else {
        return Vec::new();
    };
    let known =
        ["faultcode", "faultstring", "faultactor", "detail", "Code", "Reason", "Node", "Role", "Detail"];
    let own: &[&str] = match soap {
        Some("http://schemas.xmlsoap.org/soap/envelope/") => &known[..4],
        _ => &known[4..],
    };
    let parts = fault.children().filter(Node::is_element);
    parts.filter(|part| !own.contains(&part.tag_name().name())).map(|part| expanded(part, true)).collect()
}

/// Returns the detail with all names expanded.
fn detail(bytes: &[u8]) -> Option<Vec<String>> {
    let tree = tree(bytes);
    let fault = find_fault(&tree)?;
    let detail = fault.children().find(|part| ["detail", "Detail"].contains(&part.tag_name().name()))?;
    Some(expanded(detail, false))
}

/// Returns the lines of an element with all names expanded, its own one only if asked for.
fn expanded(element: Node<'_, '_>, with_name: bool) -> Vec<String> {
    let lines = element.descendants().map(|node| match node.node_type() {
        NodeType::Element => {
            let mut attributes: Vec<_> = node
                .attributes()
                .map(|a| format!("{:?}{}={:?}", a.namespace(), a.name(), a.value()))
                .collect();
            attributes.sort();
            let name =
                (with_name || node != element).then(|| (reference::namespace(node), node.tag_name().name()));
            format!("{name:?} {attributes:?} {}", node.ancestors().count())
        }
        _ => format!("{:?}", node.text()),
    });
    lines.collect()
}

/// Writes the body in the other version. The library refuses it, or the body keeps its meaning.
fn other_version(document: &[u8], envelope: &Envelope<'_>) {
    let other = match envelope.version() {
        SoapVersion::V1_1 => SoapVersion::V1_2,
        SoapVersion::V1_2 => SoapVersion::V1_1,
    };
    let Ok(bytes) = encode(&Envelope::new(other, envelope.body())) else { return };
    assert!(others(document).is_empty(), "not all was written:{}{}", show(document), show(&bytes));
    let Some(read) = again(document, &bytes) else { return };
    assert_eq!(read.version(), other);
    match (envelope.body(), read.body()) {
        (Body::Fault(before), Body::Fault(after)) => {
            assert!(before.reason() == after.reason(), "{}{}", show(document), show(&bytes));
            // 1.1 has one URI: of the node, or of its role.
            let uri =
                if other == SoapVersion::V1_1 { before.actor().or(before.node()) } else { before.actor() };
            assert!(uri == after.actor(), "{}{}", show(document), show(&bytes));
            let class = |fault: Fault<'_>| fault.class().map(|class| class.local_name(SoapVersion::V1_1));
            let lost = other == SoapVersion::V1_1 && after.class().is_none();
            assert!(lost || class(before) == class(after), "{}{}", show(document), show(&bytes));
            assert_eq!(detail(document), detail(&bytes), "{}{}", show(document), show(&bytes));
            assert!(before.exception_type() == after.exception_type(), "{}{}", show(document), show(&bytes));
            if let (Some(code), None) = (before.standard_code(), before.subcode()) {
                let after = after.standard_code().expect("a standard code");
                assert_eq!(code.local_name(other), after.local_name(other), "{}", show(document));
            }
        }
        (before, after) => assert_eq!(before, after, "{}{}", show(document), show(&bytes)),
    }
}

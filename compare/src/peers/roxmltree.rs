use std::borrow::Cow;

use roxmltree::{Document, Node};

use super::{Found, Input, MESSAGES, Peer, SOAP, Scratch};

pub const PEER: Peer = Peer {
    name: "roxmltree",
    about: "UTF-8 checked by std, then `Document::parse`: a tree of the whole message, namespaces resolved.",
    read,
};

fn child<'a, 'i>(node: Node<'a, 'i>, namespace: &str, local: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.has_tag_name((namespace, local)))
}

fn read<'a>(input: &'a Input, _: &'a mut Scratch) -> Option<Found<'a>> {
    let document = Document::parse(std::str::from_utf8(input.bytes()).ok()?).ok()?;
    let root = document.root_element();
    if !root.has_tag_name((SOAP, "Envelope")) {
        return None;
    }
    let body = child(root, SOAP, "Body")?;
    if let Some(request) = child(body, MESSAGES, "GetCallInfo") {
        return match child(request, MESSAGES, "CallId")?.first_child()?.text_storage()? {
            roxmltree::StringStorage::Borrowed(call_id) => Some(Found::Request(Cow::Borrowed(call_id))),
            owned => Some(Found::Request(Cow::Owned(owned.as_str().to_string()))),
        };
    }
    let inner = child(child(body, MESSAGES, "GetCallInfoResponse")?, MESSAGES, "GetCallInfoResponse")?;
    let word = |local| child(inner, MESSAGES, local)?.text();
    Some(Found::Response(word("CallState")?.parse().ok()?, word("EventCause")?.parse().ok()?))
}

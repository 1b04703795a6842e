use std::borrow::Cow;

use simdxml::XmlIndex;

use super::{Found, Input, Peer, Scratch};

pub const PEER: Peer = Peer {
    name: "simdxml",
    about: "UTF-8 checked by std (it takes the bytes for a `str` without a check), then `parse`: flat arrays of tags, \
            of which the children are found by their local names. It does not match end tags, check names, characters \
            or attributes, or resolve namespaces or references.",
    read,
};

/// Returns the first child of the tag at `parent` with this local name. Without a parent, it returns the root element.
fn child(index: &XmlIndex<'_>, parent: Option<usize>, local: &str) -> Option<usize> {
    let wanted = parent.map_or(u32::MAX, |parent| parent as u32);
    let is_child = |&at: &usize| {
        let name = index.tag_name(at);
        index.parents[at] == wanted && name.rsplit_once(':').map_or(name, |(_, local)| local) == local
    };
    (parent.map_or(0, |parent| parent + 1)..index.tag_count()).find(is_child)
}

/// Returns the text between a start tag and the next tag.
fn text<'a>(input: &'a str, index: &XmlIndex<'_>, at: usize) -> Option<&'a str> {
    input.get(*index.tag_ends.get(at)? as usize + 1..*index.tag_starts.get(at + 1)? as usize)
}

fn read<'a>(input: &'a Input, _: &'a mut Scratch) -> Option<Found<'a>> {
    let input = std::str::from_utf8(input.bytes()).ok()?;
    let index = simdxml::parse(input.as_bytes()).ok()?;
    let body = child(&index, Some(child(&index, None, "Envelope")?), "Body")?;
    if let Some(request) = child(&index, Some(body), "GetCallInfo") {
        let call_id = child(&index, Some(request), "CallId")?;
        return Some(Found::Request(Cow::Borrowed(text(input, &index, call_id)?)));
    }
    let outer = child(&index, Some(body), "GetCallInfoResponse")?;
    let inner = child(&index, Some(outer), "GetCallInfoResponse")?;
    let word = |local| text(input, &index, child(&index, Some(inner), local)?);
    Some(Found::Response(word("CallState")?.parse().ok()?, word("EventCause")?.parse().ok()?))
}

//! No input makes reading panic. Every offset and every slice lies inside the input. An error depends on no later byte.
//! Options change only what they name.

use std::cell::RefCell;

use umsoap::{
    Body, Category, Element, Envelope, Error, ErrorKind, GetCallInfo, GetCallInfoResponse, Limits, Options,
    Role, Text,
};

use super::input::{self, Choices};
use super::message::{Message, show};
use super::schema;

pub fn run(data: &[u8]) {
    let document = &input::document(data)[..];
    let result = Envelope::parse(document);
    match &result {
        Ok(envelope) => slices(document, envelope),
        Err(error) => offset(document, error),
    }
    typed(document, &result);
    let mut choices = Choices::of(document);
    for _ in 0..4 {
        prefix(document, &result, choices.below(document.len() + 1));
    }
    limits(document, &result, &mut choices);
    roles(document, &result);
}

fn offset(document: &[u8], error: &Error) {
    assert!(error.offset() <= document.len(), "{error} of {} bytes", document.len());
    let at_end = error.kind() == ErrorKind::UnexpectedEnd;
    assert_eq!(error.offset() == document.len(), at_end, "{error}{}", show(document));
    assert_ne!(error.kind().category(), Category::Output, "{error}{}", show(document));
    assert!(!format!("{error} {error:?}").is_empty() && !error.kind().advice().is_empty());
    let name = Envelope::not_understood(document, error);
    assert_eq!(name.is_some(), error.kind() == ErrorKind::MustUnderstand, "{error}{}", show(document));
}

/// Checks that everything that is borrowed is a slice of the input.
fn slices<'a>(document: &[u8], envelope: &Envelope<'a>) {
    let range = document.as_ptr_range();
    let lies_inside = |slice: &str| {
        let slice = slice.as_bytes().as_ptr_range();
        assert!(range.start <= slice.start && slice.end <= range.end, "{}", show(document));
    };
    let texts = RefCell::new(Vec::new());
    let text = |text: Text<'a>| {
        lies_inside(text.as_raw());
        texts.borrow_mut().push(text);
        let length = text.as_raw().len();
        assert_eq!(
            format!("{text:?} {:?}", text.chars()),
            format!("Text({length} bytes) Chars({length} bytes)")
        );
        assert_eq!(text.chars().collect::<String>(), text.to_string(), "{}", show(document));
        assert!(text == *text.to_string(), "{}", show(document));
    };
    let element = |element: Element<'_>| {
        let raw = element.raw().expect("a slice");
        lies_inside(raw);
        let tag = raw.split('>').next().unwrap_or_default();
        assert!(tag.contains(element.local_name()) && raw.ends_with('>'), "{}", show(document));
    };
    for block in envelope.header().blocks() {
        element(block.element());
        block.role().map(text);
        // The name of a known namespace belongs to the library.
        texts.borrow_mut().extend(block.element().namespace());
    }
    match envelope.body() {
        Body::Fault(fault) => {
            text(fault.code());
            text(fault.reason());
            let more = [fault.lang(), fault.actor(), fault.node(), fault.subcode(), fault.exception_type()];
            more.into_iter().flatten().for_each(text);
            fault.detail().map(element);
        }
        Body::Other(other) => element(other),
        message => {
            let of = schema::SCHEMA.message(message.local_name()).expect("a message of the schema");
            for (name, value) in message.fields() {
                // Words and booleans belong to the library.
                if matches!(of.value(name), Some(schema::Content::String { .. })) {
                    text(value);
                }
            }
        }
    }
    assert!(!format!("{envelope:?} {:?}", Message::of(envelope)).is_empty());
    // Two texts are equal when their values are equal.
    let texts = texts.into_inner();
    let values: Vec<_> = texts.iter().take(12).map(Text::to_string).collect();
    for (one, value) in texts.iter().zip(&values) {
        for (other, other_value) in texts.iter().zip(&values) {
            let case = (one.as_raw(), other.as_raw());
            assert_eq!(one == other, value == other_value, "{case:?}{}", show(document));
            assert_eq!(*one == other_value.as_str(), value == other_value, "{case:?}{}", show(document));
        }
    }
}

/// Checks that the typed readings refuse other messages, and nothing else.
fn typed(document: &[u8], result: &Result<Envelope<'_>, Error>) {
    let request = GetCallInfo::parse(document);
    let response = GetCallInfoResponse::parse(document);
    let body = match result {
        Err(error) => {
            assert_eq!((request.err(), response.err()), (Some(*error), Some(*error)), "{}", show(document));
            return;
        }
        Ok(envelope) => envelope.body(),
    };
    let kinds = (request.map_err(|e| e.kind()), response.map_err(|e| e.kind()));
    let expected = match body {
        Body::GetCallInfo(request) => (Ok(request), Err(ErrorKind::UnexpectedRequest)),
        Body::GetCallInfoResponse(response) => (Err(ErrorKind::UnexpectedResponse), Ok(response)),
        Body::Fault(_) => (Err(ErrorKind::UnexpectedFault), Err(ErrorKind::UnexpectedFault)),
        _ => (Err(ErrorKind::UnexpectedOperation), Err(ErrorKind::UnexpectedOperation)),
    };
    assert_eq!(kinds, expected, "{}", show(document));
}

/// Checks a beginning of the document. It has the refusal of the whole, or lacks the rest, or is a message by itself.
fn prefix(document: &[u8], whole: &Result<Envelope<'_>, Error>, cut: usize) {
    let part = Envelope::parse(&document[..cut]);
    let early = match (part, whole) {
        (Ok(part), Ok(whole)) => Message::of(&part) == Message::of(whole),
        (Ok(_), Err(error)) => error.offset() >= cut,
        (Err(part), _) if part.kind() == ErrorKind::UnexpectedEnd => part.offset() == cut,
        (Err(part), Err(error)) => part == *error,
        (Err(_), Ok(_)) => false,
    };
    assert!(early, "cut at {cut}: {:?}{}", Envelope::parse(&document[..cut]), show(document));
}

/// Checks that lower limits refuse only more messages, by a limit. What they accept is unchanged, and so is every other
/// refusal.
fn limits(document: &[u8], whole: &Result<Envelope<'_>, Error>, choices: &mut Choices) {
    let lower = Some(Limits::DEFAULT)
        .and_then(|l| l.with_message_bytes(choices.below(2 * document.len() + 1) as u32))
        .and_then(|l| l.with_depth(choices.below(24) as u8))
        .and_then(|l| l.with_attributes(choices.below(16) as u8))
        .and_then(|l| l.with_declarations(choices.below(16) as u8))
        .and_then(|l| l.with_tag_bytes(choices.below(400) as u16))
        .and_then(|l| l.with_name_bytes(choices.below(200) as u16))
        .and_then(|l| l.with_namespace_bytes(choices.below(500) as u16))
        .and_then(|l| l.with_text_bytes(choices.below(200) as u16));
    let lower = lower.expect("below the defaults");
    let options = Options::new().with_limits(lower);
    assert_eq!((options.limits(), options.role()), (lower, Role::UltimateReceiver));
    let same = match (Envelope::parse_with(document, &options), whole) {
        (Ok(low), Ok(whole)) => Message::of(&low) == Message::of(whole),
        (Err(low), _) if low.kind().category() == Category::Limit => low.offset() <= document.len(),
        (Err(low), Err(error)) => low == *error,
        _ => false,
    };
    assert!(same, "{:?}: {:?}{}", options.limits(), Envelope::parse_with(document, &options), show(document));
}

/// Checks that another role, and other understood names, change only which mandatory blocks are refused.
fn roles(document: &[u8], whole: &Result<Envelope<'_>, Error>) {
    let own = &["urn:own"];
    let understood = &[("urn:b", "Block"), ("urn:d", "Block")];
    let all = [
        Options::new().with_own_uris(own),
        Options::new().with_understood(understood),
        Options::new().with_role(Role::Intermediary).with_own_uris(own),
        Options::new().with_role(Role::Intermediary).with_understood(understood),
    ];
    for options in all {
        let result = Envelope::parse_with(document, &options);
        let is_mandatory = |e: &Error| e.kind() == ErrorKind::MustUnderstand;
        let same = match (&result, whole) {
            (Ok(other), Ok(whole)) => Message::of(other) == Message::of(whole),
            (Err(other), Err(error)) => other == error || is_mandatory(other) || is_mandatory(error),
            (Ok(_), Err(error)) => is_mandatory(error),
            (Err(other), Ok(_)) => is_mandatory(other),
        };
        assert!(same, "{options:?}: {result:?}{}", show(document));
        for block in result.iter().flat_map(|envelope| envelope.header().blocks()) {
            let understands = understood.iter().any(|(uri, local)| {
                let name = block.element();
                name.namespace().is_some_and(|n| n == **uri) && name.local_name() == *local
            });
            let refused = block.must_understand() && block.is_for_us(&options);
            let listed = understands && (options == all[1] || options == all[3]);
            assert!(!refused || listed, "{options:?}: {block:?}{}", show(document));
            let travels = block.relay() || !block.is_for_us(&options);
            assert_eq!(travels, !block.must_not_travel_on(&options), "{block:?}{}", show(document));
        }
    }
}

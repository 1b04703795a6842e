//! The library's names, attributes and texts of a document are those of xmlparser's tokens, at the same places.
//! xmlparser judges lexing only, so only accepted documents are looked at.

use umsoap::xmlparser::{Token, Tokenizer};
use umsoap::{Body, Element, Envelope, Fault, SoapVersion, Text};

use super::input;
use super::lexed::{self, Lexed};
use super::message::show;
use super::schema;

pub fn run(data: &[u8]) {
    let document = &input::document(data)[..];
    let Ok(envelope) = Envelope::parse(document) else { return };
    let text = core::str::from_utf8(document).expect("accepted");
    let lexed = lexed::lex(text);
    assert!(lexed.offences.is_empty(), "{:?}{}", lexed.offences, show(document));
    View { text, lexed, soap: envelope.version().namespace() }.compare(&envelope);
}

struct View<'a> {
    text: &'a str,
    lexed: Lexed<'a>,
    soap: &'static str,
}

type Found<'v, 'a> = &'v lexed::Element<'a>;

impl View<'_> {
    fn compare(&self, envelope: &Envelope<'_>) {
        for element in &self.lexed.elements {
            assert!(self.lexed.namespace(element, element.prefix).is_some(), "{}", self.show());
            for attribute in element.attributes.iter().filter(|a| !["", "xmlns"].contains(&a.prefix)) {
                assert!(self.lexed.namespace(element, attribute.prefix).is_some(), "{}", self.show());
            }
        }
        let root = &self.lexed.elements[0];
        assert!(self.is(root, self.soap, "Envelope"), "{}", self.show());
        let parts = self.children(root);
        let (header, body) = match parts[..] {
            [body] => (None, body),
            [header, body] => (Some(header), body),
            _ => panic!("{} parts{}", parts.len(), self.show()),
        };
        assert!(self.is(body, self.soap, "Body"), "{}", self.show());
        let blocks = header.map_or(Vec::new(), |header| self.children(header));
        assert_eq!(envelope.header().blocks().count(), blocks.len(), "{}", self.show());
        for (block, found) in envelope.header().blocks().zip(blocks) {
            self.same_element(block.element(), found);
            let soap =
                |local| found.attributes.iter().find(|a| a.local == local && self.is_soap(found, a.prefix));
            let role = soap(if envelope.version() == SoapVersion::V1_1 { "actor" } else { "role" });
            assert_eq!(block.role().map(|r| r.to_string()), role.map(|a| a.normalized()), "{}", self.show());
            assert!(soap("mustUnderstand").is_some() || !block.must_understand(), "{}", self.show());
        }
        let [entry] = self.children(body)[..] else { panic!("no entry{}", self.show()) };
        self.body(envelope, entry);
    }

    fn body(&self, envelope: &Envelope<'_>, entry: Found<'_, '_>) {
        match envelope.body() {
            Body::Fault(fault) => self.fault(&fault, envelope.version(), entry),
            Body::Other(element) => self.same_element(element, entry),
            body => {
                assert_eq!(entry.local, body.local_name(), "{}", self.show());
                let message = schema::SCHEMA.message(body.local_name()).expect("a message of the schema");
                let inner =
                    self.child(entry, body.local_name()).filter(|inner| !self.children(inner).is_empty());
                let parent = inner.unwrap_or(entry);
                let names = schema::fields(&body).into_iter().map(|(name, _)| name);
                assert_eq!(self.children(parent).len(), body.fields().count(), "{}", self.show());
                for (name, (_, text)) in names.zip(body.fields()) {
                    let found = self.child(parent, &name).expect("a field's element");
                    match message.value(&name).expect("a field of the schema") {
                        schema::Content::String { .. } => self.same_text(text, found),
                        content => {
                            let value = content.value(&found.text);
                            assert_eq!(Some(text.to_string()), value, "{}", self.show());
                        }
                    }
                }
            }
        }
    }

    fn fault(&self, fault: &Fault<'_>, version: SoapVersion, entry: Found<'_, '_>) {
        assert!(self.is(entry, self.soap, "Fault"), "{}", self.show());
        let at = |path: &[&str]| path.iter().try_fold(entry, |parent, local| self.child(parent, local));
        let (code, reason, actor, detail) = match version {
            SoapVersion::V1_1 => {
                (at(&["faultcode"]), at(&["faultstring"]), at(&["faultactor"]), at(&["detail"]))
            }
            SoapVersion::V1_2 => {
                (at(&["Code", "Value"]), at(&["Reason", "Text"]), at(&["Role"]), at(&["Detail"]))
            }
        };
        self.same_text(fault.code(), code.expect("a code"));
        self.same_text(fault.reason(), reason.expect("a reason"));
        let (subcode, node) = match version {
            SoapVersion::V1_1 => (None, None),
            SoapVersion::V1_2 => (at(&["Code", "Subcode", "Value"]), at(&["Node"])),
        };
        for (text, found) in [(fault.actor(), actor), (fault.subcode(), subcode), (fault.node(), node)] {
            assert_eq!(text.is_some(), found.is_some(), "{}", self.show());
            if let Some((text, found)) = text.zip(found) {
                self.same_text(text, found);
            }
        }
        assert_eq!(fault.detail().is_some(), detail.is_some(), "{}", self.show());
        if let Some((element, found)) = fault.detail().zip(detail) {
            self.same_markup(element, found);
        }
    }

    fn same_text(&self, text: Text<'_>, found: Found<'_, '_>) {
        assert_eq!(self.span(text.as_raw()), found.inner, "{}", self.show());
        assert_eq!(text.to_string(), found.text, "{}", self.show());
        assert!(text.as_str().is_none_or(|value| value == found.text), "{}", self.show());
        assert!(text.chars().eq(found.text.chars()) && !found.has_elements, "{}", self.show());
    }

    fn same_element(&self, element: Element<'_>, found: Found<'_, '_>) {
        let uri = self.lexed.namespace(found, found.prefix).filter(|uri| !uri.is_empty());
        assert_eq!(element.namespace().map(|n| n.to_string()), uri, "{}", self.show());
        self.same_markup(element, found);
    }

    fn same_markup(&self, element: Element<'_>, found: Found<'_, '_>) {
        let raw = element.raw().expect("a slice of the document");
        assert_eq!((element.local_name(), self.span(raw)), (found.local, found.span), "{}", self.show());
        let within = |t: &Token<'_>| (found.span.0..found.span.1).contains(&t.span().start());
        let all = Tokenizer::from_fragment(self.text, found.span.0..found.span.1);
        let all = all.map(|token| token.expect("lexed before"));
        let ours = element.tokens().expect("raw").map(|token| token.expect("lexed before"));
        let (all, ours): (Vec<_>, Vec<_>) = (all.filter(within).collect(), ours.collect());
        let plain =
            |tokens: &[Token<'_>]| tokens.iter().map(|t| t.span().as_str().to_string()).collect::<Vec<_>>();
        assert_eq!(plain(&ours), plain(&all), "{}", self.show());
    }

    fn children(&self, parent: Found<'_, '_>) -> Vec<Found<'_, '_>> {
        let is_child = |e: &Found<'_, '_>| self.lexed.parent(e).is_some_and(|p| core::ptr::eq(p, parent));
        self.lexed.elements.iter().filter(is_child).collect()
    }

    fn child(&self, parent: Found<'_, '_>, local: &str) -> Option<Found<'_, '_>> {
        self.children(parent).into_iter().find(|child| child.local == local)
    }

    fn is(&self, element: Found<'_, '_>, uri: &str, local: &str) -> bool {
        element.local == local && self.lexed.namespace(element, element.prefix).as_deref() == Some(uri)
    }

    fn is_soap(&self, element: Found<'_, '_>, prefix: &str) -> bool {
        !prefix.is_empty() && self.lexed.namespace(element, prefix).as_deref() == Some(self.soap)
    }

    /// Returns the span of a slice in the document.
    fn span(&self, slice: &str) -> (usize, usize) {
        let start = (slice.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        (start, start.wrapping_add(slice.len()))
    }

    fn show(&self) -> String {
        show(self.text.as_bytes())
    }
}

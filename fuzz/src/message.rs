//! Holds everything that a message says in owned values, so that two readings can be compared.

use super::schema;
use umsoap::{Body, Element, Envelope, Fault, FaultCode, Header, HeaderBlock, SoapVersion, Text};

/// An expanded name: namespace and local name.
pub type Name = (Option<String>, String);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub version: SoapVersion,
    /// The namespace of the operation.
    pub namespace: Option<String>,
    /// The header blocks. `None` stands for no header, and for a header that was not kept.
    pub blocks: Option<Vec<Block>>,
    pub content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub name: Name,
    pub raw: Option<String>,
    pub must_understand: bool,
    pub role: Option<String>,
    pub relay: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A message of the service: its name, and its fields.
    Service(String, Vec<Field>),
    Fault(FaultParts),
    Other(Name, Option<String>),
}

/// A child of a message: its name as it is spelt, the text between its tags, and its value. Words and booleans have
/// their value only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub raw: Option<String>,
    pub value: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultParts {
    pub code: String,
    pub code_namespace: Option<String>,
    pub standard: Option<FaultCode>,
    pub class: Option<FaultCode>,
    pub subcode: Option<String>,
    pub reason: String,
    pub lang: Option<String>,
    pub actor: Option<String>,
    pub node: Option<String>,
    pub detail: Option<(Name, Option<String>)>,
    pub exception: Option<String>,
}

fn string(text: Text<'_>) -> String {
    text.to_string()
}

pub fn name(element: Element<'_>) -> Name {
    (element.namespace().map(string), element.local_name().to_string())
}

fn raw(element: Element<'_>) -> Option<String> {
    element.raw().map(str::to_string)
}

/// Returns the fields as the library tells them.
fn fields(body: &Body<'_>) -> Vec<Field> {
    let message = schema::SCHEMA.message(body.local_name()).expect("a message of the schema");
    let texts = body.fields().map(|(_, text)| text);
    let fields = schema::fields(body).into_iter().zip(texts).map(|((name, value), text)| {
        let is_string = matches!(message.value(&name), Some(schema::Content::String { .. }));
        Field { raw: is_string.then(|| text.as_raw().to_string()), name, value }
    });
    fields.collect()
}

impl Message {
    pub fn of(envelope: &Envelope<'_>) -> Self {
        let blocks = match envelope.header() {
            Header::Retained(blocks) => Some(blocks.into_iter().map(Block::of).collect()),
            _ => None,
        };
        let content = match envelope.body() {
            Body::Fault(fault) => Content::Fault(FaultParts::of(&fault)),
            Body::Other(element) => Content::Other(name(element), raw(element)),
            body => Content::Service(body.local_name().to_string(), fields(&body)),
        };
        let namespace = envelope.namespace().map(|namespace| namespace.as_str().to_string());
        Self { version: envelope.version(), namespace, blocks, content }
    }

    /// Replaces every slice of the document by another form of it.
    pub fn map_raw(mut self, form: fn(&str) -> String) -> Self {
        let blocks = self.blocks.iter_mut().flatten().map(|block| &mut block.raw);
        blocks.flatten().for_each(|raw| *raw = form(raw));
        match &mut self.content {
            Content::Service(_, fields) => {
                fields.iter_mut().filter_map(|field| field.raw.as_mut()).for_each(|raw| *raw = form(raw));
            }
            Content::Other(_, Some(raw)) => *raw = form(raw),
            Content::Fault(FaultParts { detail: Some((_, Some(raw))), .. }) => *raw = form(raw),
            _ => {}
        }
        self
    }
}

impl Block {
    fn of(block: HeaderBlock<'_>) -> Self {
        Self {
            name: name(block.element()),
            raw: raw(block.element()),
            must_understand: block.must_understand(),
            role: block.role().map(string),
            relay: block.relay(),
        }
    }
}

impl FaultParts {
    pub fn of(fault: &Fault<'_>) -> Self {
        Self {
            code: string(fault.code()),
            code_namespace: fault.code_namespace().map(string),
            standard: fault.standard_code(),
            class: fault.class(),
            subcode: fault.subcode().map(string),
            reason: string(fault.reason()),
            lang: fault.lang().map(string),
            actor: fault.actor().map(string),
            node: fault.node().map(string),
            detail: fault.detail().map(|detail| (name(detail), raw(detail))),
            exception: fault.exception_type().map(string),
        }
    }
}

/// Returns whether this character may stand in a document: XML 1.0 section 2.2.
pub fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..) && c != '\u{FFFE}' && c != '\u{FFFF}'
}

/// Returns a document in a form that a person can read.
pub fn show(document: &[u8]) -> String {
    format!("\n  {}\n  {:?}", document.escape_ascii(), Envelope::parse(document))
}

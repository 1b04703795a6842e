//! Reads one message in every way and compares the answers. This is cheap enough for hundreds of thousands of messages.
#![allow(dead_code, reason = "each test binary uses its part")]

use umsoap::{Body, Decoder, Envelope, Error, Limits, MessagesNamespace, Options, Shapes, SoapVersion};

/// The content of a message, as far as every way of reading knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// The name of the message, and its fields: the name of each, its raw text and its value.
    Message(String, Vec<(&'static str, String, String)>),
    Fault(String),
    Other(String),
}

impl Entry {
    /// Returns the raw text of each field of a message of this name.
    pub(crate) fn raw_fields(&self, name: &str) -> Vec<&str> {
        match self {
            Self::Message(found, fields) if found == name => fields.iter().map(|field| &*field.1).collect(),
            _ => panic!("{self:?} is no {name}"),
        }
    }
}

pub(crate) type Said = Result<(SoapVersion, Option<MessagesNamespace>, Entry), Error>;

pub(crate) fn said(outcome: &Result<Envelope<'_>, Error>) -> Said {
    let envelope = outcome.as_ref().map_err(|error| *error)?;
    let body = match envelope.body() {
        Body::Fault(fault) => Entry::Fault(fault.reason().as_raw().to_string()),
        Body::Other(element) => Entry::Other(element.local_name().to_string()),
        message => {
            let spelt = |name| match message {
                Body::SetTelephoneAccessFolderEmail(folder) => folder.folder_id_name(),
                _ => name,
            };
            let fields = message.fields();
            let fields =
                fields.map(|(name, text)| (spelt(name), text.as_raw().to_string(), text.to_string()));
            Entry::Message(message.local_name().to_string(), fields.collect())
        }
    };
    Ok((envelope.version(), envelope.namespace(), body))
}

/// Returns the number of header blocks and their raw bytes together, as a walk finds them.
fn blocks(outcome: &Result<Envelope<'_>, Error>) -> (usize, usize) {
    let Ok(envelope) = outcome else { return (0, 0) };
    envelope
        .header()
        .blocks()
        .fold((0, 0), |(n, sum), block| (n + 1, sum + block.element().raw().map_or(0, str::len)))
}

/// The ways of reading, and what each holds between two messages.
pub(crate) struct Ways {
    decoder: Box<Decoder<'static>>,
    shapes: Box<Shapes>,
}

impl Ways {
    pub(crate) fn new() -> Self {
        Self { decoder: Box::new(Decoder::new()), shapes: Box::new(Shapes::new()) }
    }

    fn decoded(&mut self, message: &[u8], size: usize) -> Said {
        self.decoder.reset();
        for chunk in message.chunks(size) {
            if self.decoder.feed(chunk).is_err() {
                break;
            }
        }
        said(&self.decoder.finish())
    }

    /// Compares the one-shot parse, its machine alone, a decoder in one chunk, byte by byte and in chunks of these
    /// sizes, and learned shapes. They must agree. Returns their answer.
    #[track_caller]
    pub(crate) fn agree(&mut self, message: &[u8], sizes: &[usize]) -> Said {
        let parsed = Envelope::parse(message);
        let expected = said(&parsed);
        let machine = Envelope::parse_with(message, &machine_alone(message.len()));
        assert_eq!(said(&machine), expected, "by the machine: {}", message.escape_ascii());
        assert_eq!(blocks(&machine), blocks(&parsed), "{}", message.escape_ascii());
        for &size in [message.len().max(1), 1].iter().chain(sizes) {
            let found = self.decoded(message, size);
            assert_eq!(found, expected, "in chunks of {size}: {}", message.escape_ascii());
        }
        let shaped = self.shapes.parse(message);
        assert_eq!(said(&shaped), expected, "by shapes: {}", message.escape_ascii());
        assert_eq!(blocks(&shaped), blocks(&parsed), "{}", message.escape_ascii());
        expected
    }
}

/// Returns options under which the recogniser gives up, since a limit is lower than what a usual message may take. No
/// message of this length reaches that limit, and no long message in these tests does.
fn machine_alone(length: usize) -> Options<'static> {
    let limits = Limits::DEFAULT;
    let lower = match length < usize::from(limits.tag_bytes()) {
        true => limits.with_tag_bytes(limits.tag_bytes() - 1),
        false => limits.with_namespace_bytes(limits.namespace_bytes() - 1),
    };
    Options::new().with_limits(lower.unwrap())
}

pub(crate) const SOAP_1_1: &str = "http://schemas.xmlsoap.org/soap/envelope/";
pub(crate) const SOAP_1_2: &str = "http://www.w3.org/2003/05/soap-envelope";
pub(crate) const MESSAGES: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";

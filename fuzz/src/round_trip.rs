//! A value that is written is read back unchanged. A value that XML or the schema cannot carry is refused.

use arbitrary::{Arbitrary, Unstructured};
use umsoap::{Body, Envelope, Error, ErrorKind, Fault, FaultCode, MessagesNamespace, SoapVersion};

use super::encode::encode;
use super::made::made;
use super::message::{is_char, show};
use super::schema::{self, Content, SCHEMA};

/// A message for writing, as a fuzzer makes it.
struct Value {
    version: SoapVersion,
    namespace: MessagesNamespace,
    kind: u8,
    /// The number of the message in the schema.
    message: usize,
    texts: [Option<String>; 5],
    numbers: [u8; 5],
    code: FaultCode,
    reason: String,
    actor: Option<String>,
    upgrade: bool,
}

const CODES: [FaultCode; 5] = [
    FaultCode::Sender,
    FaultCode::Receiver,
    FaultCode::VersionMismatch,
    FaultCode::MustUnderstand,
    FaultCode::DataEncodingUnknown,
];

/// Returns words, or one of them many times, so that the text can be as long as the limits.
fn text(bytes: &mut Unstructured<'_>) -> arbitrary::Result<String> {
    let words: &str = bytes.arbitrary()?;
    let times = if bytes.ratio(1, 8)? { bytes.int_in_range(0..=600)? } else { 1 };
    // Longer texts show nothing more, and take the fuzzer's time.
    Ok(words.repeat(times.min(8192 / words.len().max(1)).max(1)))
}

fn some(bytes: &mut Unstructured<'_>) -> arbitrary::Result<Option<String>> {
    Ok(if bytes.arbitrary()? { Some(text(bytes)?) } else { None })
}

impl<'b> Arbitrary<'b> for Value {
    fn arbitrary(bytes: &mut Unstructured<'b>) -> arbitrary::Result<Self> {
        Ok(Self {
            version: *bytes.choose(&[SoapVersion::V1_1, SoapVersion::V1_2])?,
            namespace: *bytes.choose(&[MessagesNamespace::Http, MessagesNamespace::Https])?,
            kind: bytes.int_in_range(0..=4)?,
            message: bytes.int_in_range(0..=SCHEMA.messages.len() - 1)?,
            numbers: bytes.arbitrary()?,
            code: *bytes.choose(&CODES)?,
            texts: [some(bytes)?, some(bytes)?, some(bytes)?, some(bytes)?, some(bytes)?],
            reason: text(bytes)?,
            actor: some(bytes)?,
            upgrade: bytes.arbitrary()?,
        })
    }
}

pub fn run(data: &[u8]) {
    let Ok(value) = Value::arbitrary(&mut Unstructured::new(data)) else { return };
    match value.kind {
        0..=2 => message(&value),
        3 => fault(&value),
        _ => invalid_call_id(&value),
    }
}

/// Returns the number of bytes that a written value takes.
fn written(value: &str) -> usize {
    let length = |c| match c {
        '&' | '\r' => 5,
        '<' | '>' => 4,
        c => c.len_utf8(),
    };
    value.chars().map(length).sum()
}

/// Reads a written message. Returns `None` where the message takes more than the limits allow.
fn read<'a>(bytes: &'a [u8], texts: usize) -> Option<Envelope<'a>> {
    match Envelope::parse(bytes) {
        Ok(envelope) => {
            assert!(texts <= 3072, "{texts} bytes of text{}", show(bytes));
            Some(envelope)
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::TextTooLong, "{error}{}", show(bytes));
            assert!(texts > 3072, "{texts} bytes of text{}", show(bytes));
            None
        }
    }
}

/// Checks the refusal of a text: its offset is that of the first character that XML does not allow.
fn unwritable(text: &str, error: Error) {
    let at = text.char_indices().find(|&(_, c)| !is_char(c)).map(|(at, _)| at);
    assert_eq!((error.kind(), Some(error.offset())), (ErrorKind::UnwritableChar, at), "{text:?}");
}

fn message(value: &Value) {
    let message = &SCHEMA.messages[value.message];
    // This is the first way to write the message: with the inner element, and with the first spelling.
    let places = message.ways().swap_remove(0);
    let given = value.texts.iter().zip(value.numbers);
    let texts = places.iter().zip(given).map(|((_, content, is_optional), (text, number))| match content {
        Content::Words(words) => Some(words[usize::from(number) % words.len()].clone()),
        Content::Boolean => Some((number % 2 == 0).to_string()),
        _ if *is_optional => text.clone(),
        _ => Some(text.clone().unwrap_or_default()),
    });
    let texts: Vec<Option<String>> = texts.collect();
    let body = made(&message.name, &texts);
    let fields: Vec<_> =
        places.iter().zip(&texts).filter_map(|(place, text)| Some((place, text.as_ref()?))).collect();
    let envelope = Envelope::new(value.version, body).with_namespace(value.namespace);
    match encode(&envelope) {
        // The first value that cannot be written is refused.
        Err(error) => {
            let refused = fields.iter().find_map(|((_, content, _), text)| {
                let refused = (error.kind() == ErrorKind::UnwritableValue) == content.value(text).is_none();
                let wrong = content.value(text).is_none() || !text.chars().all(is_char);
                wrong.then_some((refused, text))
            });
            let (as_expected, text) = refused.expect("a value that cannot be written");
            assert!(as_expected, "{error} {text:?}");
            if error.kind() != ErrorKind::UnwritableValue {
                unwritable(text, error);
            }
        }
        Ok(bytes) => {
            let strings =
                fields.iter().filter(|((_, content, _), _)| matches!(content, Content::String { .. }));
            let Some(read) = read(&bytes, strings.map(|(_, text)| written(text)).sum()) else { return };
            assert_eq!((read.version(), read.namespace()), (value.version, Some(value.namespace)));
            assert_eq!(read.body(), body, "{}", show(&bytes));
            let names = fields
                .iter()
                .map(|((names, ..), text)| (names[names.len() - 1].to_string(), text.to_string()));
            assert_eq!(schema::fields(&read.body()), names.collect::<Vec<_>>(), "{}", show(&bytes));
            assert_eq!(encode(&read.with_namespace(value.namespace)).as_ref(), Ok(&bytes));
        }
    }
}

fn fault(value: &Value) {
    let fault = match &value.actor {
        Some(actor) => Fault::new(value.code, &value.reason).with_actor(actor),
        None => Fault::new(value.code, &value.reason),
    };
    let envelope = Envelope::new(value.version, Body::Fault(fault));
    let envelope = if value.upgrade { envelope.with_upgrade() } else { envelope };
    let bytes = match encode(&envelope) {
        Ok(bytes) => bytes,
        Err(error) if !value.reason.chars().all(is_char) => return unwritable(&value.reason, error),
        Err(error) => return unwritable(value.actor.as_deref().unwrap_or_default(), error),
    };
    let code = "soap:".len() + value.code.local_name(value.version).len();
    let texts = code + written(&value.reason) + value.actor.as_deref().map_or(0, written);
    let Some(read) = read(&bytes, texts) else { return };
    let Body::Fault(fault) = read.body() else { panic!("{}", show(&bytes)) };
    assert!(fault.reason() == *value.reason, "{}", show(&bytes));
    assert_eq!(fault.actor().map(|a| a.to_string()), value.actor, "{}", show(&bytes));
    let code = fault.standard_code().expect("a code of SOAP's");
    assert_eq!(code.local_name(value.version), value.code.local_name(value.version), "{}", show(&bytes));
    assert_eq!(read.header().blocks().count(), usize::from(value.upgrade), "{}", show(&bytes));
    if !value.upgrade {
        assert_eq!(encode(&read).as_ref(), Ok(&bytes));
    }
}

/// Checks that the fault for an unknown CallId is one exception in both versions.
fn invalid_call_id(value: &Value) {
    let made = Fault::invalid_call_id();
    let made = value.actor.as_deref().map_or(made, |actor| made.with_actor(actor));
    assert_eq!((made.code().to_string(), made.detail()), ("Client".to_string(), None));
    let actor = value.actor.as_deref().unwrap_or_default();
    let bytes = match encode(&Envelope::new(value.version, Body::Fault(made))) {
        Ok(bytes) => bytes,
        Err(error) => return unwritable(actor, error),
    };
    let name = "InvalidCallIdException";
    let texts = written(actor) + made.reason().as_raw().len() + name.len();
    let codes = match value.version {
        SoapVersion::V1_1 => "a:".len() + name.len(),
        SoapVersion::V1_2 => "soap:Sender".len() + "a:".len() + name.len(),
    };
    let Some(read) = read(&bytes, texts + codes) else { return };
    let Body::Fault(fault) = read.body() else { panic!("{}", show(&bytes)) };
    let code = if value.version == SoapVersion::V1_1 { Some(fault.code()) } else { fault.subcode() };
    assert_eq!(code.map(|code| code.to_string()), Some(format!("a:{name}")), "{}", show(&bytes));
    assert!(fault.exception_type().is_some_and(|exception| exception == *name), "{}", show(&bytes));
    assert!(fault.reason() == made.reason(), "{}", show(&bytes));
    assert_eq!(fault.actor().map(|actor| actor.to_string()), value.actor, "{}", show(&bytes));
    assert_eq!(encode(&read).as_ref(), Ok(&bytes));
}

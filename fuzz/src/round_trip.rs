//! A value that is written is read back as it was; one that XML or the schema cannot carry is refused.

use arbitrary::{Arbitrary, Unstructured};
use umsoap::{
    Body, CallState, Envelope, Error, ErrorKind, EventCause, Fault, FaultCode, GetCallInfo,
    GetCallInfoResponse, MessagesNamespace, SoapVersion,
};

use super::encode::encode;
use super::message::{is_char, show};

/// A message for writing, as a fuzzer makes it.
struct Value {
    version: SoapVersion,
    namespace: MessagesNamespace,
    kind: u8,
    words: (CallState, EventCause),
    code: FaultCode,
    call_id: String,
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

/// Words, or one of them many times, so that it can be as long as the limits.
fn text(bytes: &mut Unstructured<'_>) -> arbitrary::Result<String> {
    let words: &str = bytes.arbitrary()?;
    let times = if bytes.ratio(1, 8)? { bytes.int_in_range(0..=600)? } else { 1 };
    // Longer ones tell nothing more, and take the fuzzer's time.
    Ok(words.repeat(times.min(8192 / words.len().max(1)).max(1)))
}

impl<'b> Arbitrary<'b> for Value {
    fn arbitrary(bytes: &mut Unstructured<'b>) -> arbitrary::Result<Self> {
        Ok(Self {
            version: *bytes.choose(&[SoapVersion::V1_1, SoapVersion::V1_2])?,
            namespace: *bytes.choose(&[MessagesNamespace::Http, MessagesNamespace::Https])?,
            kind: bytes.int_in_range(0..=4)?,
            words: (*bytes.choose(&CallState::ALL)?, *bytes.choose(&EventCause::ALL)?),
            code: *bytes.choose(&CODES)?,
            call_id: text(bytes)?,
            reason: text(bytes)?,
            actor: if bytes.arbitrary()? { Some(text(bytes)?) } else { None },
            upgrade: bytes.arbitrary()?,
        })
    }
}

pub fn run(data: &[u8]) {
    let Ok(value) = Value::arbitrary(&mut Unstructured::new(data)) else { return };
    match value.kind {
        0 | 1 => request(&value),
        2 => response(&value),
        3 => fault(&value),
        _ => invalid_call_id(&value),
    }
}

/// How many bytes a value takes as it is written.
fn written(value: &str) -> usize {
    let length = |c| match c {
        '&' | '\r' => 5,
        '<' | '>' => 4,
        c => c.len_utf8(),
    };
    value.chars().map(length).sum()
}

/// What is read back, unless what was written takes more than the limits allow.
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

/// The refusal of a text: its first character that XML does not allow.
fn unwritable(text: &str, error: Error) {
    let at = text.char_indices().find(|&(_, c)| !is_char(c)).map(|(at, _)| at);
    assert_eq!((error.kind(), Some(error.offset())), (ErrorKind::UnwritableChar, at), "{text:?}");
}

fn request(value: &Value) {
    let body = Body::GetCallInfo(GetCallInfo::new(&value.call_id));
    let envelope = Envelope::new(value.version, body).with_namespace(value.namespace);
    let count = value.call_id.chars().count();
    match encode(&envelope) {
        Err(error) if count == 0 || count > 512 => assert_eq!(error.kind(), ErrorKind::UnwritableValue),
        Err(error) => unwritable(&value.call_id, error),
        Ok(bytes) => {
            let Some(read) = read(&bytes, written(&value.call_id)) else { return };
            assert_eq!((read.version(), read.namespace()), (value.version, Some(value.namespace)));
            let Body::GetCallInfo(request) = read.body() else { panic!("{}", show(&bytes)) };
            assert_eq!(request.call_id().to_string(), value.call_id, "{}", show(&bytes));
            assert_eq!(encode(&read.with_namespace(value.namespace)).as_ref(), Ok(&bytes));
        }
    }
}

fn response(value: &Value) {
    let response = GetCallInfoResponse::new(value.words.0, value.words.1);
    let envelope =
        Envelope::new(value.version, Body::GetCallInfoResponse(response)).with_namespace(value.namespace);
    let bytes = encode(&envelope).expect("always writable");
    let read = Envelope::parse(&bytes).expect("written by us");
    assert_eq!(read.body(), Body::GetCallInfoResponse(response), "{}", show(&bytes));
    assert_eq!((read.version(), read.namespace()), (value.version, Some(value.namespace)));
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

/// The fault that answers an unknown CallId is the same exception in both versions.
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

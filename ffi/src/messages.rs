//! The messages: their numbers, names and fields. Whatever depends on the library's table of operations is here.

use umsoap::{
    Body, CallState, EventCause, Fault, FaultCode, GetCallInfo, GetCallInfoResponse, MessagesNamespace,
    SoapVersion, Text,
};

use crate::results::{UMSOAP_ARGUMENT, number, umsoap_result};
use crate::types::*;

/// No message: nothing was read.
pub const UMSOAP_NONE: umsoap_kind = 0;
/// A SOAP fault. Its fields are at UMSOAP_FAULT_CODE and so on.
pub const UMSOAP_FAULT: umsoap_kind = 1;
/// Another operation: well-formed, and not looked into. Its only field is the namespace name of the body entry, which
/// is absent where the body entry is in no namespace.
pub const UMSOAP_OTHER: umsoap_kind = 2;
/// The request GetCallInfo. Its field is CallId.
pub const UMSOAP_GET_CALL_INFO: umsoap_kind = 18;
/// The response GetCallInfoResponse. Its fields are CallState and EventCause.
pub const UMSOAP_GET_CALL_INFO_RESPONSE: umsoap_kind = 19;

/// Field of a fault: the text of faultcode (1.2: of Code's Value) with its prefix.
pub const UMSOAP_FAULT_CODE: usize = 0;
/// Field of a fault, 1.2 only: the text of the outermost Subcode's Value.
pub const UMSOAP_FAULT_SUBCODE: usize = 1;
/// Field of a fault: the text of faultstring (1.2: of the first Reason Text).
pub const UMSOAP_FAULT_REASON: usize = 2;
/// Field of a fault: the language of the reason.
pub const UMSOAP_FAULT_LANG: usize = 3;
/// Field of a fault: the text of faultactor (1.2: of Role).
pub const UMSOAP_FAULT_ACTOR: usize = 4;
/// Field of a fault, 1.2 only: the text of Node.
pub const UMSOAP_FAULT_NODE: usize = 5;
/// Field of a fault: the service's exception, such as InvalidCallIdException.
pub const UMSOAP_FAULT_EXCEPTION: usize = 6;

/// A kind of message.
pub(crate) struct Kind {
    pub(crate) number: umsoap_kind,
    pub(crate) name: &'static str,
    /// In the schema's order.
    pub(crate) fields: &'static [&'static str],
}

/// All kinds.
pub(crate) static KINDS: [Kind; 4] = [
    Kind {
        number: UMSOAP_FAULT,
        name: "Fault",
        fields: &["code", "subcode", "reason", "lang", "actor", "node", "exception"],
    },
    Kind { number: UMSOAP_OTHER, name: "Other", fields: &["namespace"] },
    Kind { number: UMSOAP_GET_CALL_INFO, name: "GetCallInfo", fields: &["CallId"] },
    Kind {
        number: UMSOAP_GET_CALL_INFO_RESPONSE,
        name: "GetCallInfoResponse",
        fields: &["CallState", "EventCause"],
    },
];

pub(crate) fn kind(number: umsoap_kind) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.number == number)
}

pub(crate) fn kind_named(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// The number of a body, and its local name.
pub(crate) fn kind_of<'a>(body: &Body<'a>) -> (umsoap_kind, &'a str) {
    match body {
        Body::GetCallInfo(_) => (UMSOAP_GET_CALL_INFO, "GetCallInfo"),
        Body::GetCallInfoResponse(_) => (UMSOAP_GET_CALL_INFO_RESPONSE, "GetCallInfoResponse"),
        Body::Fault(_) => (UMSOAP_FAULT, "Fault"),
        Body::Other(element) => (UMSOAP_OTHER, element.local_name()),
        _ => (UMSOAP_NONE, ""),
    }
}

/// One field of a body.
pub(crate) fn field<'a>(body: &Body<'a>, index: usize) -> Option<Text<'a>> {
    match (body, index) {
        (Body::GetCallInfo(request), 0) => Some(request.call_id().text()),
        (Body::GetCallInfoResponse(response), 0) => Some(Text::new(response.call_state().as_str())),
        (Body::GetCallInfoResponse(response), 1) => Some(Text::new(response.event_cause().as_str())),
        (Body::Fault(fault), _) => fault_field(fault, index),
        (Body::Other(element), 0) => element.namespace(),
        _ => None,
    }
}

fn fault_field<'a>(fault: &Fault<'a>, index: usize) -> Option<Text<'a>> {
    match index {
        UMSOAP_FAULT_CODE => Some(fault.code()),
        UMSOAP_FAULT_SUBCODE => fault.subcode(),
        UMSOAP_FAULT_REASON => Some(fault.reason()),
        UMSOAP_FAULT_LANG => fault.lang(),
        UMSOAP_FAULT_ACTOR => fault.actor(),
        UMSOAP_FAULT_NODE => fault.node(),
        UMSOAP_FAULT_EXCEPTION => fault.exception_type(),
        _ => None,
    }
}

/// All fields of a body, each at its index.
pub(crate) fn fields(body: &Body<'_>) -> [umsoap_text; UMSOAP_FIELDS] {
    let mut fields = [umsoap_text::ABSENT; UMSOAP_FIELDS];
    if let Body::GetCallInfo(request) = body {
        // The bytes of a CallId: its text would be checked to be UTF-8 once more.
        let call_id = request.call_id();
        fields[0] = umsoap_text::of_bytes(call_id.as_raw_bytes(), call_id.value_bytes().is_some());
        return fields;
    }
    for (index, place) in fields.iter_mut().enumerate() {
        if let Some(text) = field(body, index) {
            *place = umsoap_text::of(text);
        }
    }
    fields
}

/// A message for writing, of the values of its fields in the schema's order.
pub(crate) fn body<'a>(kind: umsoap_kind, values: &[Option<&'a str>]) -> Result<Body<'a>, umsoap_result> {
    match (kind, values) {
        (UMSOAP_GET_CALL_INFO, &[Some(call_id)]) => Ok(Body::GetCallInfo(GetCallInfo::new(call_id))),
        (UMSOAP_GET_CALL_INFO_RESPONSE, &[Some(state), Some(cause)]) => {
            let state: CallState = state.parse().map_err(|error: umsoap::Error| number(error.kind()))?;
            let cause: EventCause = cause.parse().map_err(|error: umsoap::Error| number(error.kind()))?;
            Ok(Body::GetCallInfoResponse(GetCallInfoResponse::new(state, cause)))
        }
        _ => Err(UMSOAP_ARGUMENT),
    }
}

pub(crate) const fn version_number(version: SoapVersion) -> u8 {
    match version {
        SoapVersion::V1_1 => UMSOAP_SOAP_1_1,
        SoapVersion::V1_2 => UMSOAP_SOAP_1_2,
    }
}

pub(crate) const fn version(number: u8) -> Option<SoapVersion> {
    match number {
        UMSOAP_SOAP_1_1 => Some(SoapVersion::V1_1),
        UMSOAP_SOAP_1_2 => Some(SoapVersion::V1_2),
        _ => None,
    }
}

pub(crate) const fn namespace_number(namespace: Option<MessagesNamespace>) -> u8 {
    match namespace {
        None => 0,
        Some(MessagesNamespace::Http) => UMSOAP_HTTP,
        Some(MessagesNamespace::Https) => UMSOAP_HTTPS,
    }
}

pub(crate) const fn namespace(number: u8) -> Option<MessagesNamespace> {
    match number {
        UMSOAP_HTTP => Some(MessagesNamespace::Http),
        UMSOAP_HTTPS => Some(MessagesNamespace::Https),
        _ => None,
    }
}

pub(crate) const fn code_number(code: Option<FaultCode>) -> u8 {
    match code {
        Some(FaultCode::Sender) => UMSOAP_CODE_SENDER,
        Some(FaultCode::Receiver) => UMSOAP_CODE_RECEIVER,
        Some(FaultCode::VersionMismatch) => UMSOAP_CODE_VERSION_MISMATCH,
        Some(FaultCode::MustUnderstand) => UMSOAP_CODE_MUST_UNDERSTAND,
        Some(FaultCode::DataEncodingUnknown) => UMSOAP_CODE_DATA_ENCODING_UNKNOWN,
        _ => UMSOAP_CODE_OTHER,
    }
}

pub(crate) const fn code(number: u8) -> Option<FaultCode> {
    match number {
        UMSOAP_CODE_SENDER => Some(FaultCode::Sender),
        UMSOAP_CODE_RECEIVER => Some(FaultCode::Receiver),
        UMSOAP_CODE_VERSION_MISMATCH => Some(FaultCode::VersionMismatch),
        UMSOAP_CODE_MUST_UNDERSTAND => Some(FaultCode::MustUnderstand),
        UMSOAP_CODE_DATA_ENCODING_UNKNOWN => Some(FaultCode::DataEncodingUnknown),
        _ => None,
    }
}

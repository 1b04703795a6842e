//! Lists the messages: their numbers, names and fields. Everything that depends on the library's table of operations is
//! here.

use std::str::FromStr;

use umsoap::{Body, Error, Fault, FaultCode, MessagesNamespace, SoapVersion, Text};

use crate::results::{UMSOAP_ARGUMENT, number, umsoap_result};
use crate::types::*;

/// No message: nothing was read.
pub const UMSOAP_NONE: umsoap_kind = 0;
/// A SOAP fault. Its fields are at UMSOAP_FAULT_CODE and so on.
pub const UMSOAP_FAULT: umsoap_kind = 1;
/// Another operation. It is well-formed, and its content was not judged. Its only field is the namespace name of
/// the body entry. The field is absent where the body entry is in no namespace.
pub const UMSOAP_OTHER: umsoap_kind = 2;
/// The request Disconnect. Its field is CallId.
pub const UMSOAP_DISCONNECT: umsoap_kind = 16;
/// The response DisconnectResponse. It has no fields.
pub const UMSOAP_DISCONNECT_RESPONSE: umsoap_kind = 17;
/// The request GetCallInfo. Its field is CallId.
pub const UMSOAP_GET_CALL_INFO: umsoap_kind = 18;
/// The response GetCallInfoResponse. Its fields are CallState, EventCause.
pub const UMSOAP_GET_CALL_INFO_RESPONSE: umsoap_kind = 19;
/// The request GetUMProperties. It has no fields.
pub const UMSOAP_GET_UM_PROPERTIES: umsoap_kind = 20;
/// The response GetUMPropertiesResponse. Its fields are OofStatus, MissedCallNotificationEnabled,
/// PlayOnPhoneDialString, TelephoneAccessNumbers, TelephoneAccessFolderEmail; the last three may be absent.
pub const UMSOAP_GET_UM_PROPERTIES_RESPONSE: umsoap_kind = 21;
/// The request IsUMEnabled. It has no fields.
pub const UMSOAP_IS_UM_ENABLED: umsoap_kind = 22;
/// The response IsUMEnabledResponse. Its field is IsUMEnabledResponse.
pub const UMSOAP_IS_UM_ENABLED_RESPONSE: umsoap_kind = 23;
/// The request PlayOnPhone. Its fields are entryId, DialString.
pub const UMSOAP_PLAY_ON_PHONE: umsoap_kind = 24;
/// The response PlayOnPhoneResponse. Its field is PlayOnPhoneResponse.
pub const UMSOAP_PLAY_ON_PHONE_RESPONSE: umsoap_kind = 25;
/// The request PlayOnPhoneGreeting. Its fields are GreetingType, DialString.
pub const UMSOAP_PLAY_ON_PHONE_GREETING: umsoap_kind = 26;
/// The response PlayOnPhoneGreetingResponse. Its field is PlayOnPhoneGreetingResponse.
pub const UMSOAP_PLAY_ON_PHONE_GREETING_RESPONSE: umsoap_kind = 27;
/// The request ResetPIN. It has no fields.
pub const UMSOAP_RESET_PIN: umsoap_kind = 28;
/// The response ResetPINResponse. It has no fields.
pub const UMSOAP_RESET_PIN_RESPONSE: umsoap_kind = 29;
/// The request SetMissedCallNotificationEnabled. Its field is status.
pub const UMSOAP_SET_MISSED_CALL_NOTIFICATION_ENABLED: umsoap_kind = 30;
/// The response SetMissedCallNotificationEnabledResponse. It has no fields.
pub const UMSOAP_SET_MISSED_CALL_NOTIFICATION_ENABLED_RESPONSE: umsoap_kind = 31;
/// The request SetOofStatus. Its field is status.
pub const UMSOAP_SET_OOF_STATUS: umsoap_kind = 32;
/// The response SetOofStatusResponse. It has no fields.
pub const UMSOAP_SET_OOF_STATUS_RESPONSE: umsoap_kind = 33;
/// The request SetPlayOnPhoneDialString. Its field is dialString.
pub const UMSOAP_SET_PLAY_ON_PHONE_DIAL_STRING: umsoap_kind = 34;
/// The response SetPlayOnPhoneDialStringResponse. It has no fields.
pub const UMSOAP_SET_PLAY_ON_PHONE_DIAL_STRING_RESPONSE: umsoap_kind = 35;
/// The request SetTelephoneAccessFolderEmail. Its field is base64FolderID.
pub const UMSOAP_SET_TELEPHONE_ACCESS_FOLDER_EMAIL: umsoap_kind = 36;
/// The response SetTelephoneAccessFolderEmailResponse. It has no fields.
pub const UMSOAP_SET_TELEPHONE_ACCESS_FOLDER_EMAIL_RESPONSE: umsoap_kind = 37;

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
    /// The names of the fields, in the schema's order.
    pub(crate) fields: &'static [&'static str],
}

const FAULT: Kind = Kind {
    number: UMSOAP_FAULT,
    name: "Fault",
    fields: &["code", "subcode", "reason", "lang", "actor", "node", "exception"],
};
const OTHER: Kind = Kind { number: UMSOAP_OTHER, name: "Other", fields: &["namespace"] };

/// Makes the list of the service's messages: the number, the name, and the name and type of each field.
macro_rules! kinds {
    ($($number:ident $name:ident($($field:literal $type:ident),*))*) => {
        /// All kinds of messages.
        pub(crate) static KINDS: &[Kind] = &[
            FAULT,
            OTHER,
            $(Kind { number: $number, name: stringify!($name), fields: &[$($field),*] },)*
        ];

        fn number_of(body: &Body<'_>) -> umsoap_kind {
            match body {
                $(Body::$name(_) => $number,)*
                Body::Fault(_) => UMSOAP_FAULT,
                Body::Other(_) => UMSOAP_OTHER,
                _ => UMSOAP_NONE,
            }
        }

        fn made<'a>(kind: umsoap_kind, values: &[Option<&'a str>]) -> Result<Body<'a>, umsoap_result> {
            let mut _next = values.iter().copied();
            match kind {
                $($number => Ok(Body::$name(umsoap::$name::new($($type(_next.next().flatten())?),*))),)*
                _ => Err(UMSOAP_ARGUMENT),
            }
        }
    };
}

kinds! {
    UMSOAP_DISCONNECT Disconnect("CallId" text)
    UMSOAP_DISCONNECT_RESPONSE DisconnectResponse()
    UMSOAP_GET_CALL_INFO GetCallInfo("CallId" text)
    UMSOAP_GET_CALL_INFO_RESPONSE GetCallInfoResponse("CallState" word, "EventCause" word)
    UMSOAP_GET_UM_PROPERTIES GetUMProperties()
    UMSOAP_GET_UM_PROPERTIES_RESPONSE GetUMPropertiesResponse("OofStatus" boolean, "MissedCallNotificationEnabled" boolean, "PlayOnPhoneDialString" optional, "TelephoneAccessNumbers" optional, "TelephoneAccessFolderEmail" optional)
    UMSOAP_IS_UM_ENABLED IsUMEnabled()
    UMSOAP_IS_UM_ENABLED_RESPONSE IsUMEnabledResponse("IsUMEnabledResponse" boolean)
    UMSOAP_PLAY_ON_PHONE PlayOnPhone("entryId" text, "DialString" text)
    UMSOAP_PLAY_ON_PHONE_RESPONSE PlayOnPhoneResponse("PlayOnPhoneResponse" text)
    UMSOAP_PLAY_ON_PHONE_GREETING PlayOnPhoneGreeting("GreetingType" word, "DialString" text)
    UMSOAP_PLAY_ON_PHONE_GREETING_RESPONSE PlayOnPhoneGreetingResponse("PlayOnPhoneGreetingResponse" text)
    UMSOAP_RESET_PIN ResetPIN()
    UMSOAP_RESET_PIN_RESPONSE ResetPINResponse()
    UMSOAP_SET_MISSED_CALL_NOTIFICATION_ENABLED SetMissedCallNotificationEnabled("status" boolean)
    UMSOAP_SET_MISSED_CALL_NOTIFICATION_ENABLED_RESPONSE SetMissedCallNotificationEnabledResponse()
    UMSOAP_SET_OOF_STATUS SetOofStatus("status" boolean)
    UMSOAP_SET_OOF_STATUS_RESPONSE SetOofStatusResponse()
    UMSOAP_SET_PLAY_ON_PHONE_DIAL_STRING SetPlayOnPhoneDialString("dialString" text)
    UMSOAP_SET_PLAY_ON_PHONE_DIAL_STRING_RESPONSE SetPlayOnPhoneDialStringResponse()
    UMSOAP_SET_TELEPHONE_ACCESS_FOLDER_EMAIL SetTelephoneAccessFolderEmail("base64FolderID" text)
    UMSOAP_SET_TELEPHONE_ACCESS_FOLDER_EMAIL_RESPONSE SetTelephoneAccessFolderEmailResponse()
}

fn text(value: Option<&str>) -> Result<&str, umsoap_result> {
    value.ok_or(UMSOAP_ARGUMENT)
}

fn optional(value: Option<&str>) -> Result<Option<&str>, umsoap_result> {
    Ok(value)
}

fn boolean(value: Option<&str>) -> Result<bool, umsoap_result> {
    match text(value)? {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(UMSOAP_ARGUMENT),
    }
}

fn word<T: FromStr<Err = Error>>(value: Option<&str>) -> Result<T, umsoap_result> {
    text(value)?.parse().map_err(|error: Error| number(error.kind()))
}

pub(crate) fn kind(number: umsoap_kind) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.number == number)
}

pub(crate) fn kind_named(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// Returns the kind of a body, and its local name.
pub(crate) fn kind_of(body: &Body<'_>) -> (Option<&'static Kind>, umsoap_str) {
    (kind(number_of(body)), umsoap_str::of(body.local_name()))
}

/// Returns whether the name is that of the field. base64FolderID and base64FolderId are one field: the documentation of the
/// service has both, and a message that was read keeps its spelling.
pub(crate) fn is_field(field: &str, name: &str) -> bool {
    field == name || (field == "base64FolderID" && name == "base64FolderId")
}

/// Returns one field of a body.
pub(crate) fn field<'a>(body: &Body<'a>, index: usize) -> Option<Text<'a>> {
    match body {
        Body::Fault(fault) => fault_field(fault, index),
        Body::Other(element) => element.namespace().filter(|_| index == 0),
        _ => {
            let name = *kind(number_of(body))?.fields.get(index)?;
            body.fields().find(|(spelt, _)| is_field(name, spelt)).map(|(_, text)| text)
        }
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

/// Returns all fields of a body, each at its index.
pub(crate) fn fields(body: &Body<'_>) -> [umsoap_text; UMSOAP_FIELDS] {
    let mut fields = [umsoap_text::ABSENT; UMSOAP_FIELDS];
    if let Body::GetCallInfo(request) = body {
        // A CallId is taken as bytes, since its text would be checked as UTF-8 once more.
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

/// Makes a message for writing from the values of its fields in the schema's order.
pub(crate) fn body<'a>(number: umsoap_kind, values: &[Option<&'a str>]) -> Result<Body<'a>, umsoap_result> {
    match kind(number) {
        Some(kind) if kind.fields.len() == values.len() => made(number, values),
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

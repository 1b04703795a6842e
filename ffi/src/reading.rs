//! Tells C the outcome of reading: a message or a refusal.

use std::mem::MaybeUninit;

use umsoap::{Body, Envelope, Error, ErrorKind, HeaderBlock, Limits, Options, Role, SoapVersion, Text};

use crate::messages::{self, UMSOAP_NONE};
use crate::results::{UMSOAP_ABSENT, UMSOAP_ARGUMENT, UMSOAP_OK, UMSOAP_SMALL, number, umsoap_result};
use crate::types::*;

/// Returns the version in which a refusal is answered: the message's own, or `hint` where the message did not tell. A
/// node that does not know the Envelope's namespace answers in 1.1: <https://www.w3.org/TR/soap12-part1/#version>
pub(crate) fn answered_in(error: &Error, hint: SoapVersion) -> SoapVersion {
    match error.kind() {
        ErrorKind::VersionMismatch => SoapVersion::V1_1,
        _ => error.version().unwrap_or(hint),
    }
}

/// Tells the outcome of reading.
pub(crate) fn outcome(
    read: Result<Envelope<'_>, Error>,
    message: Option<&mut MaybeUninit<umsoap_message>>,
    error: Option<&mut MaybeUninit<umsoap_error>>,
) -> umsoap_result {
    match read {
        Ok(envelope) => {
            if let Some(place) = message {
                place.write(accepted(&envelope));
            }
            UMSOAP_OK
        }
        Err(refused) => {
            let result = number(refused.kind());
            if let Some(place) = error {
                place.write(umsoap_error {
                    result,
                    http_status: refused.http_status(answered_in(&refused, SoapVersion::V1_1)),
                    version: refused.version().map_or(0, messages::version_number),
                    offset: refused.offset() as u64,
                    element: refused.element().map_or(umsoap_str::ABSENT, umsoap_str::of),
                });
            }
            result
        }
    }
}

fn accepted(envelope: &Envelope<'_>) -> umsoap_message {
    let body = envelope.body();
    let (kind, operation) = messages::kind_of(&body);
    umsoap_message {
        kind: kind.map_or(UMSOAP_NONE, |kind| kind.number),
        version: messages::version_number(envelope.version()),
        messages_namespace: messages::namespace_number(envelope.namespace()),
        fault_code: match &body {
            Body::Fault(fault) => messages::code_number(fault.standard_code()),
            _ => UMSOAP_CODE_OTHER,
        },
        field_count: kind.map_or(0, |kind| kind.fields.len() as u8),
        operation,
        fields: messages::fields(&body),
    }
}

/// Writes the value of a field.
pub(crate) fn value(
    read: Result<Envelope<'_>, Error>,
    index: usize,
    out: &mut [u8],
    needed: &mut usize,
) -> umsoap_result {
    match read {
        Ok(envelope) => match messages::field(&envelope.body(), index) {
            Some(text) => characters(text, out, needed),
            None => UMSOAP_ABSENT,
        },
        Err(error) => number(error.kind()),
    }
}

fn characters(text: Text<'_>, out: &mut [u8], needed: &mut usize) -> umsoap_result {
    let mut at = 0_usize;
    for c in text.chars() {
        let next = at + c.len_utf8();
        if let Some(place) = out.get_mut(at..next) {
            c.encode_utf8(place);
        }
        at = next;
    }
    *needed = at;
    if at > out.len() { UMSOAP_SMALL } else { UMSOAP_OK }
}

/// Tells C a header block.
pub(crate) fn block(block: &HeaderBlock<'_>) -> umsoap_block {
    let element = block.element();
    umsoap_block {
        namespace_name: element.namespace().map_or(umsoap_text::ABSENT, umsoap_text::of),
        local_name: umsoap_str::of(element.local_name()),
        role: block.role().map_or(umsoap_text::ABSENT, umsoap_text::of),
        raw: element.raw().map_or(umsoap_str::ABSENT, umsoap_str::of),
        must_understand: block.must_understand(),
        relay: block.relay(),
    }
}

/// Returns whether the block has these names. An absent name fits all blocks.
pub(crate) fn is_named(block: &HeaderBlock<'_>, namespace: Option<&str>, local: Option<&str>) -> bool {
    let element = block.element();
    local.is_none_or(|local| element.local_name() == local)
        && namespace.is_none_or(|namespace| element.namespace().is_some_and(|name| name == *namespace))
}

/// Returns the options of some settings, without the names that options borrow.
pub(crate) fn options(settings: &umsoap_settings) -> Result<Options<'static>, umsoap_result> {
    let role = match settings.role {
        UMSOAP_ULTIMATE_RECEIVER => Role::UltimateReceiver,
        UMSOAP_INTERMEDIARY => Role::Intermediary,
        _ => return Err(UMSOAP_ARGUMENT),
    };
    Ok(Options::new().with_role(role).with_limits(limits(settings).ok_or(UMSOAP_ARGUMENT)?))
}

fn limits(settings: &umsoap_settings) -> Option<Limits> {
    let mut limits = Limits::DEFAULT;
    macro_rules! limit {
        ($($name:ident, $set:ident;)*) => {
            $(if settings.$name != 0 {
                limits = limits.$set(settings.$name)?;
            })*
        };
    }
    limit! {
        message_bytes, with_message_bytes;
        depth, with_depth;
        attributes, with_attributes;
        declarations, with_declarations;
        tag_bytes, with_tag_bytes;
        name_bytes, with_name_bytes;
        namespace_bytes, with_namespace_bytes;
        text_bytes, with_text_bytes;
    }
    Some(limits)
}

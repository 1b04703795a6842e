//! Writes messages, faults, and the answers to refusals.

use umsoap::{Body, Element, Envelope, Error, ErrorKind, Fault, SoapVersion};

use crate::messages;
use crate::reading::answered_in;
use crate::results::{UMSOAP_OK, UMSOAP_SMALL, number, umsoap_result};
use crate::types::*;

/// Writes a message, and tells its length.
pub(crate) fn message(envelope: &Envelope<'_>, out: &mut [u8], length: &mut usize) -> umsoap_result {
    match envelope.encode(out) {
        Ok(written) => {
            *length = written.len();
            UMSOAP_OK
        }
        Err(error) => match error.needed() {
            Some(needed) => {
                *length = needed;
                UMSOAP_SMALL
            }
            None => number(error.kind()),
        },
    }
}

/// Returns an answer of no bytes, for a call that wrote nothing.
pub(crate) fn answer(version: SoapVersion, http_status: u16) -> umsoap_answer {
    let media_type = match version {
        SoapVersion::V1_1 => c"text/xml; charset=utf-8",
        SoapVersion::V1_2 => c"application/soap+xml; charset=utf-8",
    };
    let version = messages::version_number(version);
    umsoap_answer { length: 0, media_type: media_type.as_ptr(), http_status, version }
}

/// Writes the whole answer to a refusal.
pub(crate) fn refusal(
    error: &Error,
    hint: SoapVersion,
    not_understood: Option<Element<'_>>,
    actor: Option<&str>,
    out: &mut [u8],
    told: &mut umsoap_answer,
) -> umsoap_result {
    let version = answered_in(error, hint);
    *told = answer(version, error.http_status(version));
    let mut fault = error.fault();
    if let Some(actor) = actor {
        fault = fault.with_node(actor);
    }
    let mut envelope = Envelope::new(version, Body::Fault(fault));
    if let Some(block) = not_understood {
        envelope = envelope.with_not_understood(block);
    }
    if error.kind() == ErrorKind::VersionMismatch {
        envelope = envelope.with_upgrade();
    }
    message(&envelope, out, &mut told.length)
}

/// Writes a fault of the caller's own as an answer.
pub(crate) fn fault<'a>(
    version: SoapVersion,
    mut fault: Fault<'a>,
    actor: Option<&'a str>,
    out: &mut [u8],
    told: &mut umsoap_answer,
) -> umsoap_result {
    *told = answer(version, fault.http_status(version));
    if let Some(actor) = actor {
        fault = fault.with_node(actor);
    }
    message(&Envelope::new(version, Body::Fault(fault)), out, &mut told.length)
}

//! What the readings of a fault are known to differ in. Each goes when the library has settled it.

use umsoap::{Body, Envelope, Text};

use super::message::{Content, Message};

/// A value that `str::trim` or the sight of its raw form makes another one.
fn is_odd(text: Text<'_>) -> bool {
    let value = text.to_string();
    text.as_str().is_none() || value.trim() != value.trim_matches([' ', '\t', '\n', '\r'])
}

/// Is the fault's code one that is written otherwise than it was read?
pub fn code_is_trimmed(envelope: &Envelope<'_>) -> bool {
    let Body::Fault(fault) = envelope.body() else { return false };
    is_odd(fault.code()) || fault.subcode().is_some_and(is_odd)
}

/// Makes the two readings the same in those values.
pub fn settle(envelope: &Envelope<'_>, ours: &Message, theirs: &mut Message) {
    let Body::Fault(fault) = envelope.body() else { return };
    let (Content::Fault(ours), Content::Fault(theirs)) = (&ours.content, &mut theirs.content) else { return };
    // The namespace of the detail is not looked at.
    if let (Some((ours, _)), Some((theirs, _))) = (&ours.detail, &mut theirs.detail) {
        theirs.0.clone_from(&ours.0);
    }
    // The code's prefix is looked up in its raw form, without what Unicode takes for white space.
    if is_odd(fault.code()) {
        theirs.code_namespace.clone_from(&ours.code_namespace);
        theirs.standard = ours.standard;
    }
    // The prefix of the exception is taken off its raw form.
    if fault.exception_type().is_some_and(is_odd) {
        theirs.exception.clone_from(&ours.exception);
    }
}

/// Is a 1.2 fault's subcode dropped, because its code takes its place?
pub fn subcode_is_dropped(envelope: &Envelope<'_>) -> bool {
    let Body::Fault(fault) = envelope.body() else { return false };
    fault.standard_code().is_none() && fault.subcode().is_some()
}

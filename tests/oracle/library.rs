//! The library's answer in the form of the oracle.
use super::schema::fields;
use umsoap::{Body, Envelope};

/// Returns the library's answer: the sort of the message and its values. `None` means that it is refused.
pub(crate) fn library(input: &[u8]) -> Option<String> {
    Some(match Envelope::parse(input).ok()?.body() {
        Body::Fault(fault) => format!("fault {}\0{}", fault.code(), fault.reason()),
        Body::Other(element) => {
            let namespace = element.namespace().map(|n| n.to_string());
            format!("other {{{}}}{}", namespace.unwrap_or_default(), element.local_name())
        }
        message => format!("{} {:?}", message.local_name(), fields(&message)),
    })
}

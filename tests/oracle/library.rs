//! What the oracle is held against.
use super::schema::fields;
use umsoap::{Body, Envelope};

/// What the library takes a message for: its sort and what it says; `None` when it is refused.
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

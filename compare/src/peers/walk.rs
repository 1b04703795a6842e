//! Finds the way from the Envelope to the values, for peers that report one event after the other.

use std::borrow::Cow;

use super::{Found, MESSAGES, SOAP};

const CALL_ID: usize = 0;
const STATE: usize = 1;
const CAUSE: usize = 2;

#[derive(Default)]
pub struct Walk<'a> {
    open: usize,
    /// The number of open elements, from the root on, that are on the way to a value.
    path: usize,
    request: bool,
    value: Option<usize>,
    values: [Option<Cow<'a, str>>; 3],
}

impl<'a> Walk<'a> {
    /// `namespace` is `None` from a peer that does not resolve prefixes, and empty for an element in no namespace.
    pub fn start(&mut self, namespace: Option<&str>, local: &str) -> Option<()> {
        let at = self.open;
        self.open += 1;
        if at != self.path {
            return Some(());
        }
        let is = |uri, name| local == name && namespace.is_none_or(|namespace| namespace == uri);
        let value = match at {
            0 if is(SOAP, "Envelope") => None,
            1 if is(SOAP, "Body") => None,
            2 if is(MESSAGES, "GetCallInfo") => {
                self.request = true;
                None
            }
            2 if is(MESSAGES, "GetCallInfoResponse") => None,
            0 | 2 => return None,
            3 if self.request && is(MESSAGES, "CallId") => Some(CALL_ID),
            3 if !self.request && is(MESSAGES, "GetCallInfoResponse") => None,
            4 if is(MESSAGES, "CallState") => Some(STATE),
            4 if is(MESSAGES, "EventCause") => Some(CAUSE),
            _ => return Some(()),
        };
        self.path += 1;
        self.value = value;
        Some(())
    }

    pub fn text(&mut self, text: Cow<'a, str>) {
        if let (Some(slot), true) = (self.value, self.open == self.path) {
            match &mut self.values[slot] {
                Some(value) => *value += text,
                empty => *empty = Some(text),
            }
        }
    }

    pub fn end(&mut self) -> Option<()> {
        self.open = self.open.checked_sub(1)?;
        if self.path > self.open {
            self.path = self.open;
            self.value = None;
        }
        Some(())
    }

    pub fn finish(self) -> Option<Found<'a>> {
        match self.values {
            _ if self.open != 0 => None,
            [Some(call_id), None, None] => Some(Found::Request(call_id)),
            [None, Some(state), Some(cause)] => {
                Some(Found::Response(state.parse().ok()?, cause.parse().ok()?))
            }
            _ => None,
        }
    }
}

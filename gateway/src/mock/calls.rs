//! The calls of the mock UM server.

use std::collections::HashMap;
use std::str::FromStr as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use umsoap::{Body, CallState, EventCause, GetCallInfoResponse};

use super::Times;

pub(super) const CONNECTED: GetCallInfoResponse =
    GetCallInfoResponse::new(CallState::Connected, EventCause::None);

struct Call {
    placed: Instant,
    cause: EventCause,
    ended: bool,
}

pub(super) struct Calls {
    times: Times,
    next: AtomicU64,
    all: Mutex<HashMap<String, Call>>,
}

/// Most calls that are remembered.
const MOST: usize = 100_000;

impl Calls {
    pub(super) fn new(times: Times) -> Self {
        Self { times, next: AtomicU64::new(1), all: Mutex::default() }
    }

    /// A new call's id, or the exception that refuses it.
    pub(super) fn place(&self, play_on_phone: &Body<'_>) -> Result<String, &'static str> {
        let dial = text_of(play_on_phone, "DialString").unwrap_or_default();
        if dial.contains("forbidden") {
            return Err("DialingRulesException");
        }
        if text_of(play_on_phone, "entryId").is_none_or(|id| id.contains("unknown")) {
            return Err("InvalidObjectIdException");
        }
        let causes = [
            ("busy", EventCause::UserBusy),
            ("noanswer", EventCause::NoAnswer),
            ("unavailable", EventCause::Unavailable),
            ("other", EventCause::Other),
        ];
        let cause = causes.iter().find(|(word, _)| dial.contains(word)).map_or(EventCause::None, |(_, c)| *c);
        let id = format!("call-{}@um-mock.example", self.next.fetch_add(1, Ordering::Relaxed));
        if let Ok(mut all) = self.all.lock() {
            if all.len() >= MOST {
                all.clear();
            }
            all.insert(id.clone(), Call { placed: Instant::now(), cause, ended: false });
        }
        Ok(id)
    }

    /// Ends a call, as Disconnect does.
    pub(super) fn end(&self, disconnect: &Body<'_>) {
        let Some(id) = text_of(disconnect, "CallId") else { return };
        if let Ok(mut all) = self.all.lock()
            && let Some(call) = all.get_mut(&id)
        {
            call.ended = true;
        }
    }

    /// What a call is doing; `None` when it is not known.
    pub(super) fn state(&self, id: &str) -> Option<GetCallInfoResponse> {
        let all = self.all.lock().ok()?;
        let call = all.get(id)?;
        let age = call.placed.elapsed();
        let answered = call.cause == EventCause::None;
        let (state, cause) = if call.ended {
            (CallState::Disconnected, EventCause::None)
        } else if age < self.times.ring {
            (CallState::Connecting, EventCause::None)
        } else if answered && age < self.times.ring + self.times.talk {
            (CallState::Connected, EventCause::None)
        } else {
            (CallState::Disconnected, call.cause)
        };
        Some(GetCallInfoResponse::new(state, cause))
    }
}

/// `state:Connected:None`
pub(super) fn state_of(sort: &str) -> Option<GetCallInfoResponse> {
    let (state, cause) = sort.strip_prefix("state:")?.split_once(':')?;
    Some(GetCallInfoResponse::new(CallState::from_str(state).ok()?, EventCause::from_str(cause).ok()?))
}

/// The text of a message's child.
fn text_of(message: &Body<'_>, name: &str) -> Option<String> {
    message.fields().find_map(|(child, text)| (child == name).then(|| text.to_string()))
}

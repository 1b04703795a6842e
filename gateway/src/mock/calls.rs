//! The calls of the mock UM server.

use std::collections::HashMap;
use std::str::FromStr as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use umsoap::{CallState, EventCause, GetCallInfoResponse};

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

/// The greatest number of calls that are remembered. At this number, the next call makes the mock forget all others.
const MOST: usize = 100_000;

impl Calls {
    pub(super) fn new(times: Times) -> Self {
        Self { times, next: AtomicU64::new(1), all: Mutex::default() }
    }

    /// Places a call and returns its CallId, or `None` if the dialing rules forbid the number.
    pub(super) fn place(&self, dial: &str) -> Option<String> {
        if dial.contains("forbidden") {
            return None;
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
        Some(id)
    }

    /// Ends a call, as Disconnect does. Returns false if the call is unknown or has ended already.
    pub(super) fn end(&self, id: &str) -> bool {
        let is_there = self.state(id).is_some_and(|info| info.call_state() != CallState::Disconnected);
        let Ok(mut all) = self.all.lock() else { return false };
        match all.get_mut(id) {
            Some(call) if is_there => {
                call.ended = true;
                true
            }
            _ => false,
        }
    }

    /// Returns the state of a call, or `None` if the call is unknown.
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

/// Reads a state and a cause, as in `state:Connected:None`.
pub(super) fn state_of(sort: &str) -> Option<GetCallInfoResponse> {
    let (state, cause) = sort.strip_prefix("state:")?.split_once(':')?;
    Some(GetCallInfoResponse::new(CallState::from_str(state).ok()?, EventCause::from_str(cause).ok()?))
}

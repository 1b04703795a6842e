//! The ejection of upstreams that fail several requests in a row. It does not wait for a health check, because the
//! checks of a server may succeed while its answers fail.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::config::Config;

/// The record of one upstream.
#[derive(Debug, Default)]
struct State {
    /// The number of failures since the last success.
    failures: AtomicU32,
    /// The end of the last ejection, in milliseconds since `Outliers` was made. It is 0 if there was no ejection.
    until: AtomicU64,
}

/// The records of all upstreams, and the rule for ejections.
#[derive(Debug)]
pub(crate) struct Outliers {
    /// The number of failures in a row that ejects an upstream. 0 disables ejections.
    limit: u32,
    time: Duration,
    start: Instant,
    all: Vec<State>,
    /// The lock is held during an ejection, so that two threads together do not eject more than half of the upstreams.
    ejecting: Mutex<()>,
}

impl Outliers {
    pub(crate) fn new(config: &Config) -> Self {
        let all = config.upstreams.iter().map(|_| State::default()).collect();
        let (limit, time) = (config.eject_failures, config.eject);
        Self { limit, time, start: Instant::now(), all, ejecting: Mutex::default() }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Returns whether the upstream is left out now.
    pub(crate) fn is_ejected(&self, index: usize) -> bool {
        self.all.get(index).is_some_and(|state| {
            // The clock is read only if there was an ejection.
            let until = state.until.load(Ordering::Relaxed);
            until > 0 && self.now() < until
        })
    }

    /// Records a success, which ends a row of failures.
    pub(crate) fn succeeded(&self, index: usize) {
        if let Some(state) = self.all.get(index)
            && state.failures.load(Ordering::Relaxed) > 0
        {
            state.failures.store(0, Ordering::Relaxed);
        }
    }

    /// Records a failure. Returns whether this failure ejects the upstream.
    pub(crate) fn failed(&self, index: usize) -> bool {
        let Some(state) = self.all.get(index) else { return false };
        let failures = state.failures.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if self.limit == 0 || failures < self.limit {
            return false;
        }
        let Ok(_ejecting) = self.ejecting.lock() else { return false };
        let ejected = (0..self.all.len()).filter(|other| self.is_ejected(*other)).count();
        // If more than half were ejected, the others would have more than twice their usual load.
        if self.is_ejected(index) || ejected >= self.all.len() / 2 {
            return false;
        }
        let time = u64::try_from(self.time.as_millis()).unwrap_or(u64::MAX);
        state.until.store(self.now().saturating_add(time), Ordering::Relaxed);
        // After the ejection, the first failure ejects the upstream again.
        state.failures.store(self.limit - 1, Ordering::Relaxed);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outliers(upstreams: usize, limit: u32, time: Duration) -> Outliers {
        let all = (0..upstreams).map(|_| State::default()).collect();
        Outliers { limit, time, start: Instant::now(), all, ejecting: Mutex::default() }
    }

    #[test]
    fn failures_in_a_row_eject_and_a_success_begins_anew() {
        let outliers = outliers(2, 3, Duration::from_secs(60));
        assert!(!outliers.failed(0) && !outliers.failed(0));
        outliers.succeeded(0);
        assert!(!outliers.failed(0) && !outliers.failed(0) && !outliers.is_ejected(0));
        assert!(outliers.failed(0) && outliers.is_ejected(0) && !outliers.is_ejected(1));
        assert!(!outliers.failed(0));
    }

    #[test]
    fn at_most_half_are_ejected() {
        for (upstreams, most) in [(1, 0), (2, 1), (3, 1), (4, 2), (5, 2)] {
            let outliers = outliers(upstreams, 1, Duration::from_secs(60));
            let ejected = (0..upstreams).filter(|index| outliers.failed(*index)).count();
            assert_eq!((ejected, outliers.is_ejected(0)), (most, most > 0), "{upstreams}");
        }
        let never = outliers(4, 0, Duration::from_secs(60));
        assert!((0..100).all(|_| !never.failed(0)));
    }

    #[test]
    fn an_ejection_ends_and_one_more_failure_begins_the_next() {
        let outliers = outliers(2, 3, Duration::ZERO);
        assert!((0..3).map(|_| outliers.failed(0)).eq([false, false, true]));
        assert!(!outliers.is_ejected(0) && outliers.failed(0));
        outliers.succeeded(0);
        assert!(!outliers.failed(0));
    }
}

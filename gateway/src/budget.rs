//! The memory for buffered bodies, counted for the whole process.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What all requests together may hold.
#[derive(Debug)]
pub(crate) struct Budget {
    most: usize,
    held: AtomicUsize,
}

impl Budget {
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, held: AtomicUsize::new(0) })
    }

    /// The share of a request that holds nothing yet.
    pub(crate) fn share(self: &Arc<Self>) -> Share {
        Share { budget: self.clone(), held: 0 }
    }
}

/// What one request holds; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    budget: Arc<Budget>,
    held: usize,
}

impl Share {
    /// Takes more; false when there is no more.
    #[must_use]
    pub(crate) fn grow(&mut self, bytes: usize) -> bool {
        let most = self.budget.most;
        let taken = self.budget.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
            held.checked_add(bytes).filter(|sum| *sum <= most)
        });
        if taken.is_ok() {
            self.held += bytes;
        }
        taken.is_ok()
    }
}

impl Share {
    pub(crate) const fn held(&self) -> usize {
        self.held
    }

    /// Gives back what was taken since it held this much.
    pub(crate) fn shrink_to(&mut self, held: usize) {
        let less = self.held.saturating_sub(held);
        self.budget.held.fetch_sub(less, Ordering::Relaxed);
        self.held -= less;
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.held.fetch_sub(self.held, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_given_back() {
        let budget = Budget::new(10);
        let mut first = budget.share();
        assert!(first.grow(6) && first.grow(4));
        let mut second = budget.share();
        assert!(!second.grow(1));
        first.shrink_to(6);
        assert!(second.grow(4) && !second.grow(1));
        second.shrink_to(0);
        drop(first);
        assert!(second.grow(10) && !second.grow(usize::MAX));
        drop(second);
        assert_eq!(budget.held.load(Ordering::Relaxed), 0);
    }
}

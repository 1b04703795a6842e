//! The memory for heads and bodies, counted for the whole process and for each client address.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::limits::Account;

/// The greatest number of bytes that a small message holds. A GetCallInfo request and its answer have less than 2 KiB.
/// A head with cookies and a bearer token has less than 12 KiB.
const SMALL: usize = 16 << 10;

/// The bytes that all requests together hold, and the bound on them.
#[derive(Debug)]
pub(crate) struct Budget {
    most: AtomicUsize,
    held: AtomicUsize,
}

fn take(held: &AtomicUsize, bytes: usize, most: usize) -> bool {
    held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
        held.checked_add(bytes).filter(|sum| *sum <= most)
    })
    .is_ok()
}

impl Budget {
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most: AtomicUsize::new(most), held: AtomicUsize::new(0) })
    }

    /// Changes the bound. Bytes that are held stay held.
    pub(crate) fn set_most(&self, most: usize) {
        self.most.store(most, Ordering::Relaxed);
    }

    /// Returns the number of bytes that are held.
    pub(crate) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Returns the share of a request that holds nothing yet. If there is an account, its client may hold
    /// `most_of_client` bytes.
    pub(crate) fn share(self: &Arc<Self>, account: Option<Arc<Account>>, most_of_client: usize) -> Share {
        Share { budget: self.clone(), account, most_of_client, held: 0 }
    }

    /// Returns the bound on all bytes for a request that will hold `sum` bytes. An eighth is reserved for small
    /// messages, so that long bodies cannot starve polls.
    fn most_for(&self, sum: usize) -> usize {
        let most = self.most.load(Ordering::Relaxed);
        if sum <= SMALL { most } else { most - most / 8 }
    }
}

/// The bytes that one request holds. They are given back when the share is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    budget: Arc<Budget>,
    account: Option<Arc<Account>>,
    most_of_client: usize,
    held: usize,
}

impl Share {
    /// Takes more bytes. Returns false if the process or the client may not hold them.
    #[must_use]
    pub(crate) fn grow(&mut self, bytes: usize) -> bool {
        let sum = self.held.saturating_add(bytes);
        if !take(&self.budget.held, bytes, self.budget.most_for(sum)) {
            return false;
        }
        if let Some(account) = &self.account
            && !take(&account.bytes, bytes, self.most_of_client)
        {
            self.budget.held.fetch_sub(bytes, Ordering::Relaxed);
            return false;
        }
        self.held = sum;
        true
    }

    /// Moves the held bytes to the account of another client, which a trusted proxy has named. Returns false if that
    /// client may not hold them.
    #[must_use]
    pub(crate) fn charge(&mut self, account: Option<Arc<Account>>) -> bool {
        if let Some(before) = self.account.take() {
            before.bytes.fetch_sub(self.held, Ordering::Relaxed);
        }
        if let Some(account) = account {
            if !take(&account.bytes, self.held, self.most_of_client) {
                return false;
            }
            self.account = Some(account);
        }
        true
    }
}

impl Share {
    /// Returns the number of bytes that the request holds.
    pub(crate) const fn held(&self) -> usize {
        self.held
    }

    /// Gives bytes back until at most `held` bytes are left.
    pub(crate) fn shrink_to(&mut self, held: usize) {
        let less = self.held.saturating_sub(held);
        self.budget.held.fetch_sub(less, Ordering::Relaxed);
        if let Some(account) = &self.account {
            account.bytes.fetch_sub(less, Ordering::Relaxed);
        }
        self.held -= less;
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.held.fetch_sub(self.held, Ordering::Relaxed);
        if let Some(account) = &self.account {
            account.bytes.fetch_sub(self.held, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_given_back() {
        let budget = Budget::new(10);
        let mut first = budget.share(None, 0);
        assert!(first.grow(6) && first.grow(4));
        let mut second = budget.share(None, 0);
        assert!(!second.grow(1));
        first.shrink_to(6);
        assert!(second.grow(4) && !second.grow(1));
        second.shrink_to(0);
        drop(first);
        assert!(second.grow(10) && !second.grow(usize::MAX));
        drop(second);
        assert_eq!(budget.held(), 0);
    }

    #[test]
    fn an_eighth_is_for_small_messages() {
        let budget = Budget::new(80 << 10);
        let mut long = budget.share(None, 0);
        assert!(long.grow(70 << 10) && !long.grow(1));
        let mut small = budget.share(None, 0);
        assert!(small.grow(10 << 10));
    }

    #[test]
    fn a_client_has_a_bound_of_its_own() {
        let budget = Budget::new(100);
        let (a, b) = (Arc::new(Account::default()), Arc::new(Account::default()));
        let mut first = budget.share(Some(a.clone()), 10);
        let mut second = budget.share(Some(a.clone()), 10);
        assert!(first.grow(8) && !second.grow(3) && second.grow(2));
        assert_eq!(budget.held(), 10);
        assert!(first.charge(Some(b.clone())) && second.grow(8) && !second.charge(Some(b)));
        drop((first, second));
        assert_eq!((budget.held(), a.bytes.load(Ordering::Relaxed)), (0, 0));
    }
}

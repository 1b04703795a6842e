//! The limits of one client address: its connections, its requests, its calls and its memory. No other file uses the
//! crate `governor`.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// The bytes and connections that a client address holds now.
#[derive(Debug, Default)]
pub(crate) struct Account {
    pub(crate) bytes: AtomicUsize,
    connections: AtomicUsize,
}

/// Returns the client that limits count for an address. An IPv4 address counts alone. An IPv6 address counts by its
/// first 64 bits, which name a network, because a client chooses the other 64 bits itself.
fn client(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
        v4 => v4,
    }
}

/// The number of accounts that are kept without a sweep. A sweep walks over all accounts and forgets those that hold
/// nothing. It runs only after their number has doubled.
const FEW: usize = 1024;

#[derive(Debug, Default)]
struct Known {
    accounts: HashMap<IpAddr, Arc<Account>>,
    swept_at: usize,
}

/// The accounts of all clients that hold something.
#[derive(Debug, Default)]
pub(crate) struct Accounts(Mutex<Known>);

impl Accounts {
    /// Returns the account of an address.
    pub(crate) fn of(&self, address: IpAddr) -> Arc<Account> {
        let mut known = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if known.accounts.len() > FEW.max(2 * known.swept_at) {
            // An account without another reference holds nothing.
            known.accounts.retain(|_, account| Arc::strong_count(account) > 1);
            known.swept_at = known.accounts.len();
        }
        known.accounts.entry(client(address)).or_default().clone()
    }
}

/// A connection that is counted until this value is dropped.
#[derive(Debug)]
pub(crate) struct Place(Arc<Account>);

impl Place {
    /// Counts another connection of this client. Returns `None` if the client has `most` connections already.
    pub(crate) fn take(account: &Arc<Account>, most: usize) -> Option<Self> {
        let before = account.connections.fetch_add(1, Ordering::Relaxed);
        let place = Self(account.clone());
        (before < most).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The origin of a call: a client address, or the hash of a user's credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Caller {
    Client(IpAddr),
    User(u64),
}

/// The limits on calls a minute, for each client address and for the credentials of each user. A stolen password is
/// used from many addresses, and one address may use many passwords.
pub(crate) struct CallRate {
    limiter: Option<DefaultKeyedRateLimiter<Caller>>,
    /// The hash function has a random key, so that a client cannot choose credentials that count as another user's.
    hashes: RandomState,
}

impl CallRate {
    /// Returns limits with a burst of one minute. 0 means no limit.
    pub(crate) fn new(calls: u32) -> Self {
        let quota = NonZeroU32::new(calls).map(Quota::per_minute);
        Self { limiter: quota.map(RateLimiter::keyed), hashes: RandomState::new() }
    }

    /// Returns whether this client may place a call with these credentials now.
    pub(crate) fn allows(&self, address: Option<IpAddr>, credentials: Option<&[u8]>) -> bool {
        let Some(limiter) = &self.limiter else { return true };
        let address = address.map(|address| Caller::Client(client(address)));
        let user = credentials.map(|credentials| Caller::User(self.hashes.hash_one(credentials)));
        // The call counts for both, also if one of them has reached its limit.
        [address, user]
            .into_iter()
            .flatten()
            .map(|caller| limiter.check_key(&caller))
            .fold(true, |all, one| all & one.is_ok())
    }

    /// Forgets callers that have placed no call for a while.
    pub(crate) fn sweep(&self) {
        if let Some(limiter) = &self.limiter {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

/// The limit on requests a second, for each client.
pub(crate) struct Rate(Option<DefaultKeyedRateLimiter<IpAddr>>);

impl Rate {
    /// Returns a limit with a burst of one second. 0 means no limit.
    pub(crate) fn new(requests: u32) -> Self {
        Self(NonZeroU32::new(requests).map(|requests| RateLimiter::keyed(Quota::per_second(requests))))
    }

    /// Returns whether this client may send a request now.
    pub(crate) fn allows(&self, address: IpAddr) -> bool {
        self.0.as_ref().is_none_or(|limiter| limiter.check_key(&client(address)).is_ok())
    }

    /// Forgets clients that have sent nothing for a while.
    pub(crate) fn sweep(&self) {
        if let Some(limiter) = &self.0 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_account_and_nobody_is_kept_for_nothing() {
        let accounts = Accounts::default();
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let held = accounts.of(address("192.0.2.1"));
        assert!(Arc::ptr_eq(&held, &accounts.of(address("::ffff:192.0.2.1"))));
        assert!(Arc::ptr_eq(&accounts.of(address("2001:db8::1")), &accounts.of(address("2001:db8::2"))));
        let first = Place::take(&held, 2).unwrap();
        let second = Place::take(&held, 2).unwrap();
        assert!(Place::take(&held, 2).is_none());
        drop((first, second));
        assert!(Place::take(&held, 1).is_some());
        for number in 0..10_000_u32 {
            accounts.of(IpAddr::from(number.to_be_bytes()));
        }
        assert!(accounts.0.lock().unwrap().accounts.len() <= FEW + 1);
        assert!(Arc::ptr_eq(&held, &accounts.of(address("192.0.2.1"))));
    }

    #[test]
    fn a_rate_is_each_clients_own() {
        let rate = Rate::new(3);
        let (a, b) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        assert_eq!((0..10).filter(|_| rate.allows(a)).count(), 3);
        assert!(rate.allows(b));
        assert!((0..10).all(|_| Rate::new(0).allows(a)));
    }

    #[test]
    fn calls_are_counted_for_addresses_and_for_users() {
        let rate = CallRate::new(3);
        let address = |last: u8| Some(IpAddr::from([192, 0, 2, last]));
        // The calls come from one user at many addresses, from many users at one address, and from a client without
        // credentials.
        assert_eq!((0..10).filter(|n| rate.allows(address(*n), Some(b"Basic x"))).count(), 3);
        assert_eq!((0..10).filter(|n| rate.allows(address(100), Some(&[*n]))).count(), 3);
        assert_eq!((0..10).filter(|_| rate.allows(address(101), None)).count(), 3);
        assert!(rate.allows(address(102), Some(b"Basic y")));
        let none = CallRate::new(0);
        assert!((0..10).all(|_| none.allows(address(1), None)));
    }
}

//! The choice of an upstream for a call: by a place on Pingora's ketama ring, or by the table.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use pingora::lb::discovery::Static;
use pingora::lb::health_check::HealthCheck;
use pingora::lb::selection::consistent::KetamaHashing;
use pingora::lb::{Backend, Backends, LoadBalancer};
use umsoap::{CallId, Text};

use crate::config::{Config, Unlisted};
use crate::keyed::PlaceKey;
use crate::upstream::Upstreams;

/// The destination of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// This upstream alone.
    Fixed(usize),
    /// The first healthy upstream from this place of the ring on.
    Ring([u8; 32]),
    /// No upstream, because the table does not name the UM server.
    Unlisted,
}

impl Place {
    /// Returns a number that chooses among the addresses of one upstream, so that the polls of a call stay together.
    pub(crate) fn spread(self) -> usize {
        match self {
            Self::Ring([.., a, b]) => usize::from(u16::from_be_bytes([a, b])),
            Self::Fixed(_) | Self::Unlisted => 0,
        }
    }
}

/// A finder of places and of the upstreams at them.
pub(crate) struct Router {
    ring: Arc<LoadBalancer<KetamaHashing>>,
    by_address: HashMap<SocketAddr, usize>,
    table: HashMap<String, usize>,
    unlisted: Unlisted,
    key: PlaceKey,
    /// The number of the next request without a CallId.
    next: AtomicU64,
}

/// The health check of an upstream. The upstream is healthy if it can be connected to and, if a path is configured,
/// answers 200 to a request for the path.
struct Health {
    upstreams: Arc<Upstreams>,
    by_address: HashMap<SocketAddr, usize>,
    path: Option<String>,
}

#[async_trait]
impl HealthCheck for Health {
    async fn check(&self, target: &Backend) -> pingora::Result<()> {
        let index = target.addr.as_inet().and_then(|address| self.by_address.get(address));
        match index {
            Some(index) if self.upstreams.probe(*index, self.path.as_deref()).await => Ok(()),
            _ => pingora::Error::e_explain(pingora::ErrorType::ConnectError, "the health check failed"),
        }
    }

    fn health_threshold(&self, _success: bool) -> usize {
        1
    }
}

/// Lets the ring check its upstreams, if the configuration asks for checks.
pub(crate) fn watch(ring: &mut LoadBalancer<KetamaHashing>, config: &Config, upstreams: Arc<Upstreams>) {
    let Some(every) = config.health else { return };
    let by_address = config.upstreams.iter().enumerate().map(|(index, u)| (u.address, index)).collect();
    ring.set_health_check(Box::new(Health { upstreams, by_address, path: config.health_path.clone() }));
    ring.health_check_frequency = Some(every);
    ring.parallel_health_check = true;
}

impl Router {
    pub(crate) fn new(config: &Config) -> Result<(Self, LoadBalancer<KetamaHashing>), String> {
        let key = PlaceKey::new(config.routing_secret.as_deref())
            .map_err(|error| format!("cannot get random numbers: {error}"))?;
        let mut backends = BTreeSet::new();
        let mut by_address = HashMap::new();
        for (index, upstream) in config.upstreams.iter().enumerate() {
            let backend = Backend::new_with_weight(&upstream.address.to_string(), upstream.weight)
                .map_err(|error| format!("upstream {}: {error}", upstream.name))?;
            backends.insert(backend);
            by_address.insert(upstream.address, index);
        }
        let ring = LoadBalancer::from_backends(Backends::new(Static::new(backends)));
        let router = Self {
            // `with_ring` replaces this empty ring by the ring whose upstreams are checked.
            ring: Arc::new(LoadBalancer::from_backends(Backends::new(Static::new(BTreeSet::new())))),
            by_address,
            table: config.table.iter().cloned().collect(),
            unlisted: config.unlisted,
            key,
            next: AtomicU64::new(0),
        };
        Ok((router, ring))
    }

    #[must_use]
    pub(crate) fn with_ring(mut self, ring: Arc<LoadBalancer<KetamaHashing>>) -> Self {
        self.ring = ring;
        self
    }

    /// Returns the place of a call. `text` is the value of its CallId. The name in a CallId is only looked up, and
    /// nothing connects to it.
    pub(crate) fn place(&self, call_id: CallId<'_>, text: Text<'_>) -> Place {
        if !self.table.is_empty() {
            // 512 characters of base64 are 384 bytes at most.
            let mut decoded = [0; 384];
            let server = call_id.decode(&mut decoded).ok().and_then(|bytes| umsoap::um_server(bytes));
            if let Some(found) = server.and_then(|name| self.table.get(&name.to_ascii_lowercase())) {
                return Place::Fixed(*found);
            }
            if self.unlisted == Unlisted::Refuse {
                return Place::Unlisted;
            }
        }
        Place::Ring(self.key.hash(text))
    }

    /// Returns a place for a request without a CallId. These requests are spread over the ring.
    pub(crate) fn any_place(&self) -> Place {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        Place::Ring(self.key.hash(Text::new(&number.to_string())))
    }

    /// Returns the upstream at a place, without those that were tried. If all others are ejected or unhealthy, one of
    /// them is returned nevertheless, because the knowledge may be old.
    pub(crate) fn upstream(
        &self,
        place: Place,
        tried: &[usize],
        ejected: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let key = match place {
            Place::Fixed(index) => return (!tried.contains(&index)).then_some(index),
            Place::Unlisted => return None,
            Place::Ring(key) => key,
        };
        // The first upstream of each quality, from the place on.
        let (good, healthy_one, any) = (Cell::new(None), Cell::new(None), Cell::new(None));
        let seen = Cell::new(0);
        let accept = |backend: &Backend, healthy: bool| {
            // The ring gives each upstream once. Without an end here, the walk would go on over all points of the ring
            // whenever none is accepted.
            seen.set(seen.get() + 1);
            if let Some(index) = self.index(backend).filter(|index| !tried.contains(index)) {
                let first = |cell: &Cell<Option<usize>>| cell.set(cell.get().or(Some(index)));
                first(&any);
                if healthy {
                    first(&healthy_one);
                    if !ejected(index) {
                        first(&good);
                        return true;
                    }
                }
            }
            seen.get() == self.by_address.len()
        };
        // A ring has up to 160 points for each upstream and each unit of its weight, which is 100 at most.
        let most = 160 * 100 * self.by_address.len();
        let _ = self.ring.select_with(&key, most, accept);
        good.get().or(healthy_one.get()).or(any.get())
    }

    fn index(&self, backend: &Backend) -> Option<usize> {
        self.by_address.get(backend.addr.as_inet()?).copied()
    }

    /// Returns the upstreams, and whether each one is healthy.
    pub(crate) fn health(&self) -> Vec<(usize, bool)> {
        let backends = self.ring.backends();
        let mut health: Vec<_> = backends
            .get_backend()
            .iter()
            .filter_map(|b| Some((*self.by_address.get(b.addr.as_inet()?)?, backends.ready(b))))
            .collect();
        health.sort_unstable();
        health
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn router(names: &[&str], extra: &str) -> Router {
        let upstreams: String = names
            .iter()
            .enumerate()
            .map(|(i, n)| format!("[[upstream]]\nname = \"{n}\"\naddress = \"127.0.0.1:{}\"\n", 1000 + i))
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("secret");
        std::fs::write(&secret, "0123456789abcdef").unwrap();
        let text = format!("{upstreams}[routing]\nsecret_file = \"{}\"\n{extra}", secret.display());
        let (router, ring) = Router::new(&Config::parse("test", &text).unwrap()).unwrap();
        ring.update().await.unwrap();
        router.with_ring(Arc::new(ring))
    }

    fn place(router: &Router, value: &str) -> Place {
        let request = umsoap::GetCallInfo::new(value);
        router.place(request.call_id(), request.call_id().text())
    }

    #[tokio::test]
    async fn the_calls_of_a_dead_upstream_move_and_the_others_stay() {
        let router = router(&["a", "b", "c", "d"], "").await;
        let mut counts = [0; 4];
        for call in 0..1000 {
            let place = place(&router, &format!("call {call}"));
            let first = router.upstream(place, &[], |_| false).unwrap();
            assert_eq!(router.upstream(place, &[], |_| false), Some(first));
            counts[first] += 1;
            // If upstream 2 is dead, the calls of the others stay where they are.
            let then = router.upstream(place, &[2], |_| false).unwrap();
            assert!(then != 2 && (first == 2 || then == first));
            // An ejected upstream loses its calls, too. If all are ejected, the calls stay.
            assert_eq!(router.upstream(place, &[], |index| index == 2), Some(then));
            assert_eq!(router.upstream(place, &[], |_| true), Some(first));
        }
        assert!(counts.iter().all(|c| *c > 100), "{counts:?}");
        assert_eq!(router.upstream(place(&router, "x"), &[0, 1, 2, 3], |_| false), None);
    }

    #[tokio::test]
    async fn the_table_is_an_allow_list() {
        let table =
            "unlisted = \"refuse\"\n[routing.table]\n\"DF-EUM-01.exchange.corp.microsoft.com\" = \"b\"\n";
        let router = router(&["a", "b"], table).await;
        let documented = "MDlkZjllZGMtNGUyMy00NzA5LWJkYWYtN2JlMjBjYjBhZTU2QGRmLWV1bS0wMS5leGNoYW5nZS5jb3JwLm1pY3Jvc29mdC5jb20=";
        assert_eq!(place(&router, documented), Place::Fixed(1));
        assert_eq!(router.upstream(Place::Fixed(1), &[1], |_| false), None);
        for other in ["not base64!", "MDlkZjllZGM=", "b"] {
            assert_eq!(place(&router, other), Place::Unlisted, "{other}");
        }
    }
}

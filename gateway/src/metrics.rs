//! The metrics for Prometheus. Every label value comes from this program or its configuration. No other file uses the
//! crate `prometheus`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus::core::Collector;
use prometheus::process_collector::ProcessCollector;
use prometheus::{
    Encoder, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};
use umsoap::{CallState, EventCause};

use crate::config::Config;
use crate::log;
use crate::operation::Operation;
use crate::outcome::{Kind, Outcome, Refusal};

const RELOADED: &str = "in_use";
const NOT_RELOADED: &str = "refused";

/// The media type of the exposition.
pub(crate) const CONTENT_TYPE: &str = prometheus::TEXT_FORMAT;

#[derive(Clone)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    operations: IntCounterVec,
    answered: IntCounter,
    calls: IntCounterVec,
    parse: Histogram,
    whole: Histogram,
    exchange: HistogramVec,
    exchanges: Vec<Histogram>,
    failures: IntCounterVec,
    up: IntGaugeVec,
    ejected: IntGaugeVec,
    ejections: IntCounterVec,
    retries: IntCounterVec,
    connections: IntGauge,
    refused: IntCounterVec,
    in_flight: IntGauge,
    reloads: IntCounterVec,
    dropped_lines: IntCounter,
    buffered: IntGauge,
    ready: IntGauge,
    received: IntCounter,
    sent: IntCounter,
    names: Vec<String>,
    /// The lock is held while the text is written.
    writing: Arc<Mutex<()>>,
    /// The number of requests for each outcome. The demonstration reads these numbers often.
    ended: Arc<[AtomicU64; Outcome::ALL.len()]>,
    /// The numbers from which `operations` is filled when it is read. Finding a counter by its labels would cost each
    /// request 500 instructions.
    operations_ended: Arc<[[AtomicU64; Outcome::ALL.len()]; Operation::ALL.len()]>,
}

/// Returns 13 bounds from `least` to 10,000 times `least`, in seconds.
fn buckets(least: f64) -> Vec<f64> {
    [1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0, 5000.0, 10_000.0]
        .iter()
        .map(|step| step * least)
        .collect()
}

impl Metrics {
    pub(crate) fn new(config: &Config) -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        fn add<C: Collector + Clone + 'static>(
            registry: &Registry,
            made: Result<C, prometheus::Error>,
        ) -> Result<C, prometheus::Error> {
            let collector = made?;
            registry.register(Box::new(collector.clone()))?;
            Ok(collector)
        }
        let name = |name: &str| format!("umsoap_gateway_{name}");
        let opts = |n: &str, help: &str| Opts::new(name(n), help);
        let histogram =
            |n: &str, help: &str, least| HistogramOpts::new(name(n), help).buckets(buckets(least));
        let requests = add(
            &registry,
            IntCounterVec::new(
                opts("requests_total", "Requests, by outcome and rule."),
                &["outcome", "kind"],
            ),
        )?;
        for outcome in Outcome::ALL {
            requests.with_label_values(&[outcome.as_str(), ""]);
        }
        let operations = add(
            &registry,
            IntCounterVec::new(
                opts("operations_total", "Requests whose operation was read, by operation and outcome."),
                &["operation", "outcome"],
            ),
        )?;
        let calls = add(
            &registry,
            IntCounterVec::new(
                opts("calls_total", "Answers, by the state of the call and its cause."),
                &["call_state", "event_cause"],
            ),
        )?;
        let exchange = add(
            &registry,
            HistogramVec::new(
                histogram("upstream_seconds", "Time from connecting to a whole reply.", 1e-4),
                &["upstream"],
            ),
        )?;
        let refused = add(
            &registry,
            IntCounterVec::new(
                opts("connections_refused_total", "Connections that were not served, by the reason."),
                &["reason"],
            ),
        )?;
        for refusal in Refusal::ALL {
            refused.with_label_values(&[refusal.as_str()]);
        }
        let reloads = add(
            &registry,
            IntCounterVec::new(
                opts("reloads_total", "Reloads of the configuration, by result."),
                &["result"],
            ),
        )?;
        for result in [RELOADED, NOT_RELOADED] {
            reloads.with_label_values(&[result]);
        }
        let build = add(
            &registry,
            IntGaugeVec::new(opts("build_info", "Always 1. The label is the version."), &["version"]),
        )?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        registry.register(Box::new(ProcessCollector::for_self()))?;
        Self {
            answered: requests.with_label_values(&[Outcome::Answered.as_str(), ""]),
            requests,
            operations,
            calls,
            parse: add(
                &registry,
                Histogram::with_opts(histogram("check_seconds", "Time for checking a message.", 1e-6)),
            )?,
            whole: add(
                &registry,
                Histogram::with_opts(histogram("request_seconds", "Time from head to answer.", 1e-4)),
            )?,
            exchange,
            exchanges: Vec::new(),
            failures: add(
                &registry,
                IntCounterVec::new(
                    opts("upstream_failures_total", "Exchanges without a reply."),
                    &["upstream", "failure"],
                ),
            )?,
            up: add(
                &registry,
                IntGaugeVec::new(opts("upstream_up", "1 while health checks succeed."), &["upstream"]),
            )?,
            ejected: add(
                &registry,
                IntGaugeVec::new(
                    opts("upstream_ejected", "1 while an upstream is left out because it failed too often."),
                    &["upstream"],
                ),
            )?,
            ejections: add(
                &registry,
                IntCounterVec::new(
                    opts(
                        "upstream_ejections_total",
                        "Times that an upstream was left out because it failed too often.",
                    ),
                    &["upstream"],
                ),
            )?,
            retries: add(
                &registry,
                IntCounterVec::new(
                    opts("upstream_retries_total", "Tries after the first, by the upstream that was asked."),
                    &["upstream"],
                ),
            )?,
            connections: add(&registry, IntGauge::with_opts(opts("connections", "Connections of clients.")))?,
            refused,
            reloads,
            dropped_lines: add(
                &registry,
                IntCounter::with_opts(opts(
                    "log_lines_dropped_total",
                    "Lines of the log that were dropped because the output was too slow.",
                )),
            )?,
            buffered: add(
                &registry,
                IntGauge::with_opts(opts("buffered_bytes", "Heads and bodies in memory.")),
            )?,
            ready: add(
                &registry,
                IntGauge::with_opts(opts("ready", "1 while /readyz says that requests are welcome.")),
            )?,
            in_flight: add(
                &registry,
                IntGauge::with_opts(opts("in_flight", "Requests that are being answered.")),
            )?,
            received: add(
                &registry,
                IntCounter::with_opts(opts("received_bytes_total", "Bytes of request bodies.")),
            )?,
            sent: add(
                &registry,
                IntCounter::with_opts(opts("sent_bytes_total", "Bytes of answers' bodies.")),
            )?,
            names: Vec::new(),
            writing: Arc::default(),
            ended: Arc::new(Default::default()),
            operations_ended: Arc::new(Default::default()),
            registry,
        }
        .for_config(config)
    }

    /// Returns these counters for the upstreams of another configuration.
    pub(crate) fn for_config(&self, config: &Config) -> Result<Self, prometheus::Error> {
        let names: Vec<String> = config.upstreams.iter().map(|u| u.name.clone()).collect();
        let exchanges = names.iter().map(|name| self.exchange.with_label_values(&[name])).collect();
        Ok(Self { names, exchanges, ..self.clone() })
    }

    pub(crate) fn begin(&self) -> Counted {
        Counted::new(&self.in_flight)
    }

    pub(crate) fn connection(&self) -> Counted {
        Counted::new(&self.connections)
    }

    pub(crate) fn connection_refused(&self, refusal: Refusal) {
        self.refused.with_label_values(&[refusal.as_str()]).inc();
    }

    pub(crate) fn reloaded(&self, good: bool) {
        self.reloads.with_label_values(&[if good { RELOADED } else { NOT_RELOADED }]).inc();
    }

    pub(crate) fn checked(&self, took: Duration, bytes: usize) {
        self.parse.observe(took.as_secs_f64());
        self.received.inc_by(bytes as u64);
    }

    pub(crate) fn exchanged(&self, upstream: usize, took: Duration) {
        if let Some(histogram) = self.exchanges.get(upstream) {
            histogram.observe(took.as_secs_f64());
        }
    }

    pub(crate) fn failed(&self, upstream: usize, failure: &'static str) {
        if let Some(name) = self.names.get(upstream) {
            self.failures.with_label_values(&[name, failure]).inc();
        }
    }

    pub(crate) fn ejected(&self, upstream: usize) {
        if let Some(name) = self.names.get(upstream) {
            self.ejections.with_label_values(&[name]).inc();
        }
    }

    pub(crate) fn retried(&self, upstream: usize) {
        if let Some(name) = self.names.get(upstream) {
            self.retries.with_label_values(&[name]).inc();
        }
    }

    pub(crate) fn call(&self, state: CallState, cause: EventCause) {
        self.calls.with_label_values(&[state.as_str(), cause.as_str()]).inc();
    }

    pub(crate) fn ended(&self, outcome: Outcome, kind: Kind, took: Duration, sent: usize) {
        match (outcome, kind) {
            (Outcome::Answered, Kind::None) => self.answered.inc(),
            _ => self.requests.with_label_values(&[outcome.as_str(), &kind.to_string()]).inc(),
        }
        if let Some(count) = self.ended.get(outcome as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.whole.observe(took.as_secs_f64());
        self.sent.inc_by(sent as u64);
    }

    pub(crate) fn operation_ended(&self, operation: Operation, outcome: Outcome) {
        let outcomes = self.operations_ended.get(operation as usize);
        if let Some(count) = outcomes.and_then(|outcomes| outcomes.get(outcome as usize)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Returns the number of requests with this outcome.
    pub(crate) fn count(&self, outcome: Outcome) -> u64 {
        self.ended.get(outcome as usize).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// Returns the text that Prometheus reads.
    pub(crate) fn text(
        &self,
        health: &[(usize, bool)],
        buffered: usize,
        ready: bool,
        is_ejected: impl Fn(usize) -> bool,
    ) -> Result<Vec<u8>, prometheus::Error> {
        // Only one text is written at a time, because another text would lack the gauges that are reset here.
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        // An upstream that has left the configuration has no health. Its gauges are reset here and not at the reload,
        // because a last text of the old configuration may be written after the reload.
        self.up.reset();
        self.ejected.reset();
        let dropped = log::dropped_lines() as u64;
        self.dropped_lines.inc_by(dropped.saturating_sub(self.dropped_lines.get()));
        for (operation, outcomes) in Operation::ALL.iter().zip(&*self.operations_ended) {
            for (outcome, count) in Outcome::ALL.iter().zip(outcomes) {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    let labels = [operation.name(), outcome.as_str()];
                    let counter = self.operations.with_label_values(&labels);
                    counter.inc_by(count.saturating_sub(counter.get()));
                }
            }
        }
        self.buffered.set(i64::try_from(buffered).unwrap_or(i64::MAX));
        self.ready.set(i64::from(ready));
        for (index, name) in self.names.iter().enumerate() {
            self.ejected.with_label_values(&[name]).set(i64::from(is_ejected(index)));
            // These counters exist from the start, so that their first increase is seen.
            self.ejections.with_label_values(&[name]);
            self.retries.with_label_values(&[name]);
        }
        for (index, healthy) in health {
            if let Some(name) = self.names.get(*index) {
                self.up.with_label_values(&[name]).set(i64::from(*healthy));
            }
        }
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}

/// An increment of a gauge that lasts as long as this value.
pub(crate) struct Counted(IntGauge);

impl Counted {
    fn new(gauge: &IntGauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

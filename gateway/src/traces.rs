//! Spans for a collector, by OTLP over HTTP. The only file that knows OpenTelemetry. Spans go into a bounded queue that
//! a thread empties: a collector that is slow or gone costs spans, not requests.

#[cfg(feature = "otlp")]
pub(crate) use with::Traces;
#[cfg(not(feature = "otlp"))]
pub(crate) use without::Traces;

/// What is told of a request.
#[derive(Debug)]
#[cfg_attr(not(feature = "otlp"), allow(dead_code, reason = "nobody is told"))]
pub(crate) struct Told<'r> {
    pub(crate) trace: crate::trace::Trace,
    pub(crate) took: std::time::Duration,
    pub(crate) status: u16,
    pub(crate) outcome: &'static str,
    pub(crate) kind: String,
    pub(crate) client: Option<std::net::IpAddr>,
    pub(crate) operation: Option<&'static str>,
    pub(crate) upstream: Option<&'r str>,
    pub(crate) tries: usize,
}

#[cfg(not(feature = "otlp"))]
mod without {
    use super::Told;

    /// No traces.
    #[derive(Clone, Debug)]
    pub(crate) struct Traces;

    impl Traces {
        /// Refuses a collector: this build cannot reach one.
        pub(crate) fn new(endpoint: Option<&str>) -> Result<Self, String> {
            match endpoint {
                None => Ok(Self),
                Some(_) => {
                    Err("is of no use: this build has no OTLP; build with `--features otlp`".to_owned())
                }
            }
        }

        pub(crate) fn tell<'r>(&self, _: impl FnOnce() -> Told<'r>) {}

        pub(crate) fn end(&self) {}
    }
}

#[cfg(feature = "otlp")]
mod with {
    use std::time::{Duration, SystemTime};

    use opentelemetry::trace::{
        Span as _, SpanBuilder, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags,
        TraceId, TraceState, Tracer as _, TracerProvider as _,
    };
    use opentelemetry::{Context, KeyValue};
    use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
    use opentelemetry_sdk::Resource;
    use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};

    use super::Told;

    /// How long the collector may take to take some hundred spans.
    const PATIENCE: Duration = Duration::from_secs(5);

    /// Where spans go, or nowhere.
    #[derive(Clone, Debug)]
    pub(crate) struct Traces(Option<(SdkTracerProvider, SdkTracer)>);

    impl Traces {
        /// Makes ready to tell a collector.
        pub(crate) fn new(endpoint: Option<&str>) -> Result<Self, String> {
            let Some(endpoint) = endpoint.map(str::to_owned) else { return Ok(Self(None)) };
            // The exporter's client makes a runtime of its own, which cannot be done inside of another one.
            let made = std::thread::spawn(move || {
                SpanExporter::builder().with_http().with_endpoint(endpoint).with_timeout(PATIENCE).build()
            });
            let exporter = made.join().map_err(|_| "cannot be used".to_owned())?;
            let exporter = exporter.map_err(|error| format!("cannot be used: {error}"))?;
            let provider = SdkTracerProvider::builder()
                .with_batch_exporter(exporter)
                // Which requests are told of was decided before.
                .with_sampler(Sampler::AlwaysOn)
                .with_resource(Resource::builder().with_service_name("umsoap-gateway").build())
                .build();
            let tracer = provider.tracer("umsoap-gateway");
            Ok(Self(Some((provider, tracer))))
        }

        /// Tells of a request that has just ended.
        pub(crate) fn tell<'r>(&self, told: impl FnOnce() -> Told<'r>) {
            let Some((_, tracer)) = &self.0 else { return };
            let told = told();
            if !told.trace.sampled {
                return;
            }
            let trace = TraceId::from_bytes(told.trace.trace.to_be_bytes());
            let context = match told.trace.parent {
                None => Context::new(),
                Some(parent) => Context::new().with_remote_span_context(SpanContext::new(
                    trace,
                    SpanId::from_bytes(parent.to_be_bytes()),
                    TraceFlags::SAMPLED,
                    true,
                    TraceState::NONE,
                )),
            };
            let end = SystemTime::now();
            let mut attributes = vec![
                KeyValue::new("http.request.method", "POST"),
                KeyValue::new("http.response.status_code", i64::from(told.status)),
                KeyValue::new("umsoap.outcome", told.outcome),
                KeyValue::new("umsoap.kind", told.kind),
                KeyValue::new("umsoap.tries", told.tries as i64),
            ];
            attributes.extend(told.client.map(|client| KeyValue::new("client.address", client.to_string())));
            attributes.extend(told.operation.map(|name| KeyValue::new("umsoap.operation", name)));
            attributes.extend(told.upstream.map(|name| KeyValue::new("umsoap.upstream", name.to_owned())));
            let builder = SpanBuilder::from_name("POST")
                .with_kind(SpanKind::Server)
                .with_trace_id(trace)
                .with_span_id(SpanId::from_bytes(told.trace.span.to_be_bytes()))
                .with_start_time(end.checked_sub(told.took).unwrap_or(end))
                .with_attributes(attributes)
                .with_status(if told.status >= 500 { Status::error(told.outcome) } else { Status::Unset });
            let mut span = tracer.build_with_context(builder, &context);
            span.end_with_timestamp(end);
        }

        /// Sends what is left. Blocks for [`PATIENCE`] at most.
        pub(crate) fn end(&self) {
            if let Some((provider, _)) = &self.0 {
                let _ = provider.shutdown_with_timeout(PATIENCE);
            }
        }
    }
}

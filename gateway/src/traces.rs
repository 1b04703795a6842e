//! The export of spans to a collector, by OTLP over HTTP. No other file uses OpenTelemetry. Spans go into a bounded
//! queue that a separate thread empties. A collector that is slow or gone loses spans, but delays no request.

#[cfg(feature = "otlp")]
pub(crate) use with::Traces;
#[cfg(not(feature = "otlp"))]
pub(crate) use without::Traces;

/// The facts about a request that its span contains.
#[derive(Debug)]
#[cfg_attr(not(feature = "otlp"), allow(dead_code, reason = "only builds with the feature read the fields"))]
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

    /// A stand-in that exports nothing.
    #[derive(Clone, Debug)]
    pub(crate) struct Traces;

    impl Traces {
        /// Returns the stand-in. An endpoint is refused, because this build cannot send spans.
        pub(crate) fn new(endpoint: Option<&str>) -> Result<Self, String> {
            match endpoint {
                None => Ok(Self),
                Some(_) => {
                    Err("cannot be used: this build has no OTLP; build with `--features otlp`".to_owned())
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

    /// The longest time for one export. The collector gets at most some hundred spans in an export.
    const PATIENCE: Duration = Duration::from_secs(5);

    /// The exporter of spans, or `None` if no endpoint is configured.
    #[derive(Clone, Debug)]
    pub(crate) struct Traces(Option<(SdkTracerProvider, SdkTracer)>);

    impl Traces {
        /// Returns an exporter for this endpoint. Without an endpoint, nothing is exported.
        pub(crate) fn new(endpoint: Option<&str>) -> Result<Self, String> {
            let Some(endpoint) = endpoint.map(str::to_owned) else { return Ok(Self(None)) };
            // The exporter's client makes a runtime of its own, which fails inside another runtime. Therefore the
            // client is made in a new thread.
            let made = std::thread::spawn(move || {
                SpanExporter::builder().with_http().with_endpoint(endpoint).with_timeout(PATIENCE).build()
            });
            let exporter = made.join().map_err(|_| "cannot be used".to_owned())?;
            let exporter = exporter.map_err(|error| format!("cannot be used: {error}"))?;
            let provider = SdkTracerProvider::builder()
                .with_batch_exporter(exporter)
                // The gateway has already decided which requests are sampled.
                .with_sampler(Sampler::AlwaysOn)
                .with_resource(Resource::builder().with_service_name("umsoap-gateway").build())
                .build();
            let tracer = provider.tracer("umsoap-gateway");
            Ok(Self(Some((provider, tracer))))
        }

        /// Exports the span of a request that has just ended, if its trace is sampled.
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

        /// Exports the spans that are left. Blocks for [`PATIENCE`] at most.
        pub(crate) fn end(&self) {
            if let Some((provider, _)) = &self.0 {
                let _ = provider.shutdown_with_timeout(PATIENCE);
            }
        }
    }
}

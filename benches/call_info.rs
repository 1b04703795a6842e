//! The hot path beside its floors: each group names what comparing or copying the same bytes costs.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use umsoap::{Body, CallState, Envelope, EventCause, GetCallInfo, GetCallInfoResponse, SoapVersion};

static REQUEST: &[u8] = include_bytes!("../tests/data/ok/documented-request.xml");
static RESPONSE: &[u8] = include_bytes!("../tests/data/ok/documented-response.xml");

fn parse(c: &mut Criterion) {
    let request = GetCallInfo::parse(REQUEST).expect("the documented request is read");
    assert_eq!(request.call_id().as_raw().len(), 100);
    let response = GetCallInfoResponse::parse(RESPONSE).expect("the documented response is read");
    assert_eq!(response, GetCallInfoResponse::new(CallState::Connected, EventCause::None));
    for (name, message) in [("request", REQUEST), ("response", RESPONSE)] {
        let mut group = c.benchmark_group(format!("parse/{name}"));
        group.throughput(Throughput::Bytes(message.len() as u64));
        let copy = message.to_vec();
        group.bench_function("floor: memcmp", |b| b.iter(|| black_box(message) == black_box(&copy[..])));
        group.bench_function("Envelope::parse", |b| b.iter(|| Envelope::parse(black_box(message)).is_ok()));
        group.finish();
    }
}

fn encode(c: &mut Criterion) {
    let request = Envelope::parse(REQUEST).expect("the documented request is read");
    let reply = GetCallInfoResponse::new(CallState::Connected, EventCause::None);
    let response = Envelope::new(SoapVersion::V1_1, Body::GetCallInfoResponse(reply));
    for (name, envelope) in [("request", request), ("response", response)] {
        let mut out = [0; 1024];
        let finished = envelope.encode(&mut out).expect("it has a form").to_vec();
        assert_eq!(Envelope::parse(&finished).expect("it is read").body(), envelope.body());
        let mut group = c.benchmark_group(format!("encode/{name}"));
        group.throughput(Throughput::Bytes(finished.len() as u64));
        group.bench_function("floor: memcpy", |b| {
            b.iter(|| out[..finished.len()].copy_from_slice(black_box(&finished)));
        });
        group.bench_function("Envelope::encode", |b| {
            b.iter(|| black_box(&envelope).encode(black_box(&mut out)).map(|written| written.len()));
        });
        group.finish();
    }
}

criterion_group!(benches, parse, encode);
criterion_main!(benches);

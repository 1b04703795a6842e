//! Times the hot path beside its floors: what comparing, searching or copying the same bytes costs in one run.
//!
//! Every benchmark asserts its answer before its time is taken.

mod workloads;

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use umsoap::{Decoder, Envelope, Error, GetCallInfo, Shapes, SoapVersion};
use workloads::cuts::{Cut, Cuts};
use workloads::options::WIDENING;
use workloads::{Answer, Message, hostile};

fn answer(envelope: Result<Envelope<'_>, Error>) -> Answer {
    Answer::of(&envelope.expect("it is read"))
}

/// Times the floors of reading. A reader has to touch each byte of a message, as these do.
fn reading_floors(group: &mut BenchmarkGroup<'_, WallTime>, messages: &[Message]) {
    let copies: Vec<Vec<u8>> = messages.iter().map(|message| message.bytes.clone()).collect();
    let compare = || {
        let equal =
            |(message, copy): (&Message, &Vec<u8>)| black_box(&message.bytes[..]) == black_box(&copy[..]);
        messages.iter().zip(&copies).filter(|&pair| equal(pair)).count()
    };
    assert_eq!(compare(), messages.len());
    group.bench_function("floor: memcmp", |b| b.iter(compare));
    let search = || messages.iter().filter(|m| memchr::memchr(0, black_box(&m.bytes)).is_none()).count();
    assert_eq!(search(), messages.len());
    group.bench_function("floor: memchr", |b| b.iter(search));
}

fn parse(c: &mut Criterion) {
    for workload in workloads::all() {
        let mut group = c.benchmark_group(format!("parse/{} {}", workload.name, workload.about));
        group.throughput(Throughput::Bytes(workload.bytes() as u64));
        reading_floors(&mut group, &workload.messages);
        for message in &workload.messages {
            assert_eq!(answer(Envelope::parse(&message.bytes)), message.answer);
        }
        group.bench_function("Envelope::parse", |b| {
            b.iter(|| {
                for message in &workload.messages {
                    black_box(Envelope::parse(black_box(&message.bytes)).is_ok());
                }
            });
        });
        group.finish();
    }
}

/// Times options that only accept more.
fn options(c: &mut Criterion) {
    for workload in [workloads::a(), workloads::c(), workloads::g(), workloads::h()] {
        let mut group = c.benchmark_group(format!("options/{} {}", workload.name, workload.about));
        group.throughput(Throughput::Bytes(workload.bytes() as u64));
        for (name, options) in &WIDENING {
            for message in &workload.messages {
                assert_eq!(answer(Envelope::parse_with(&message.bytes, options)), message.answer);
            }
            group.bench_function(*name, |b| {
                b.iter(|| {
                    for message in &workload.messages {
                        black_box(
                            Envelope::parse_with(black_box(&message.bytes), black_box(options)).is_ok(),
                        );
                    }
                });
            });
        }
        group.finish();
    }
}

fn feed<'d>(decoder: &'d mut Decoder<'_>, cuts: &Cuts) -> Result<Envelope<'d>, Error> {
    decoder.reset();
    for chunk in cuts.chunks() {
        decoder.feed(chunk)?;
    }
    decoder.finish()
}

/// Times every workload with every cut, and a single message also byte by byte.
fn chunked(c: &mut Criterion) {
    let mut decoder = Decoder::new();
    for workload in workloads::all() {
        let mut group = c.benchmark_group(format!("chunked/{} {}", workload.name, workload.about));
        group.throughput(Throughput::Bytes(workload.bytes() as u64));
        let mut room = vec![0; workload.bytes()];
        let mut collect = || {
            let mut rest = &mut black_box(&mut room)[..];
            for from in workload.messages.iter().flat_map(|message| black_box(&message.bytes).chunks(64)) {
                let (to, after) = std::mem::take(&mut rest).split_at_mut(from.len());
                to.copy_from_slice(from);
                rest = after;
            }
        };
        collect();
        group.bench_function("floor: memcpy of chunks of 64 bytes", |b| b.iter(&mut collect));
        let all: Vec<&[u8]> = workload.messages.iter().map(|message| &message.bytes[..]).collect();
        assert_eq!(room, all.concat());
        let byte_by_byte = (workload.messages.len() == 1).then_some(Cut::Every(1));
        for cut in Cut::ALL.into_iter().chain(byte_by_byte) {
            let messages: Vec<Cuts> = all.iter().map(|message| Cuts::new(message, cut)).collect();
            for (message, cuts) in workload.messages.iter().zip(&messages) {
                assert_eq!(answer(feed(&mut decoder, cuts)), message.answer);
            }
            group.bench_function(format!("Decoder, {}", cut.name()), |b| {
                b.iter(|| messages.iter().filter(|cuts| feed(&mut decoder, black_box(cuts)).is_ok()).count());
            });
        }
        group.finish();
    }
}

/// Times traffic that repeats its shape, (e), which does not, and the cost of shapes for messages that they do not
/// help.
fn shapes(c: &mut Criterion) {
    for workload in workloads::all() {
        let mut group = c.benchmark_group(format!("shapes/{} {}", workload.name, workload.about));
        group.throughput(Throughput::Bytes(workload.bytes() as u64));
        reading_floors(&mut group, &workload.messages);
        let mut shapes = Shapes::new();
        for message in workload.messages.iter().chain(&workload.messages) {
            assert_eq!(answer(shapes.parse(&message.bytes)), message.answer);
        }
        group.bench_function("Shapes::parse", |b| {
            b.iter(|| {
                for message in &workload.messages {
                    black_box(shapes.parse(black_box(&message.bytes)).is_ok());
                }
            });
        });
        group.finish();
    }
    let (known, defects) = (workloads::a(), hostile::defects());
    let mut group = c.benchmark_group("shapes/refusal");
    group.throughput(Throughput::Bytes(defects.iter().map(|defect| defect.bytes.len() as u64).sum()));
    let mut shapes = Shapes::new();
    assert_eq!(answer(shapes.parse(&known.only().bytes)), known.only().answer);
    group.bench_function("Shapes::parse of small messages of one defect", |b| {
        b.iter(|| defects.iter().filter(|defect| shapes.parse(black_box(&defect.bytes)).is_err()).count());
    });
    group.finish();
}

/// Storage for a message, with another address in a page for each message. When the addresses of source and target
/// differ by a multiple of 4 KiB, a copy waits for its own stores, and memcpy takes 3.7 to 12.7 ns for the same bytes.
/// criterion shows the mean of the addresses, and compare/ takes the median.
struct Target {
    room: Vec<u8>,
    at: usize,
}

impl Target {
    fn new() -> Self {
        Self { room: vec![0; 4096 + 1024], at: 0 }
    }

    fn next(&mut self) -> &mut [u8] {
        self.at = (self.at + 32) % 4096;
        &mut self.room[self.at..self.at + 1024]
    }
}

fn encode(c: &mut Criterion) {
    let (request, response) = (workloads::a(), workloads::b());
    let envelopes = [
        ("request", Envelope::parse(&request.only().bytes).expect("it is read")),
        ("response", Envelope::parse(&response.only().bytes).expect("it is read")),
    ];
    for (name, envelope) in envelopes {
        let fresh = Envelope::new(SoapVersion::V1_1, envelope.body());
        let mut target = Target::new();
        let finished = fresh.encode(target.next()).expect("it has a form").to_vec();
        assert_eq!(Envelope::parse(&finished).expect("it is read").body(), envelope.body());
        let mut group = c.benchmark_group(format!("encode/{name}"));
        group.throughput(Throughput::Bytes(finished.len() as u64));
        group.bench_function("floor: memcpy", |b| {
            b.iter(|| black_box(target.next())[..finished.len()].copy_from_slice(black_box(&finished)));
        });
        group.bench_function("Envelope::encode", |b| {
            b.iter(|| black_box(&fresh).encode(black_box(target.next())).map(|written| written.len()));
        });
        group.finish();
    }
}

fn call_id(c: &mut Criterion) {
    let workload = workloads::a();
    let request = GetCallInfo::parse(&workload.only().bytes).expect("it is read");
    let id = request.call_id();
    let mut out = [0; 384];
    assert!(id.decode(&mut out).expect("it is base64").ends_with(b"@df-eum-01.exchange.corp.microsoft.com"));
    let mut group = c.benchmark_group("call_id");
    group.throughput(Throughput::Bytes(id.as_raw().len() as u64));
    group.bench_function("floor: memcpy", |b| {
        let raw = id.as_raw().as_bytes();
        b.iter(|| black_box(&mut out)[..raw.len()].copy_from_slice(black_box(raw)));
    });
    group.bench_function("CallId::decode", |b| {
        b.iter(|| black_box(&id).decode(black_box(&mut out)).map(|decoded| decoded.len()));
    });
    group.bench_function("CallId::as_str", |b| b.iter(|| black_box(&id).as_str().is_some()));
    group.finish();
}

/// Times an attacker's messages, refused ones and others.
fn refusal(c: &mut Criterion) {
    let mut group = c.benchmark_group("refusal");
    for message in hostile::families() {
        let kind = Envelope::parse(&message.bytes).err().map(|error| format!("{:?}", error.kind()));
        assert_eq!(kind.as_deref(), message.kind, "{}", message.name);
        group.throughput(Throughput::Bytes(message.bytes.len() as u64));
        group.bench_function(message.name, |b| b.iter(|| Envelope::parse(black_box(&message.bytes)).is_ok()));
    }
    let defects = hostile::defects();
    group.throughput(Throughput::Bytes(defects.iter().map(|defect| defect.bytes.len() as u64).sum()));
    let refused =
        || defects.iter().filter(|defect| GetCallInfo::parse(black_box(&defect.bytes)).is_err()).count();
    assert_eq!(refused(), defects.len());
    group.bench_function("small messages of one defect", |b| b.iter(refused));
    group.finish();
}

/// Configures the groups so that all of them take some four minutes.
fn brief() -> Criterion {
    Criterion::default().warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1))
}

criterion_group!(name = benches; config = brief(); targets = parse, options, chunked, shapes, encode, call_id, refusal);
criterion_main!(benches);

//! How many instructions each job takes, counted by callgrind: `scripts/instructions` holds them against
//! `benches/budgets.toml`.
#![allow(missing_docs, unreachable_pub, unnameable_types, reason = "gungraun's macros write public items")]

mod workloads;

use std::hint::black_box;

use gungraun::prelude::*;
use umsoap::{
    Body, CallState, Decoder, Envelope, EventCause, GetCallInfo, GetCallInfoResponse, Shapes, SoapVersion,
};
use workloads::{CALL_ID, Workload, hostile};

fn messages(workload: fn() -> Workload) -> Vec<Vec<u8>> {
    let messages: Vec<Vec<u8>> = workload().messages.into_iter().map(|message| message.bytes).collect();
    assert!(messages.iter().all(|message| Envelope::parse(message).is_ok()));
    messages
}

#[library_benchmark]
#[bench::a(args = (workloads::a), setup = messages)]
#[bench::b(args = (workloads::b), setup = messages)]
#[bench::c(args = (workloads::c), setup = messages)]
#[bench::d1(args = (workloads::d1), setup = messages)]
#[bench::d2(args = (workloads::d2), setup = messages)]
#[bench::e(args = (workloads::e), setup = messages)]
fn parse(messages: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    for message in &messages {
        black_box(Envelope::parse(black_box(message)).is_ok());
    }
    messages
}

type Pieces = (Box<Decoder<'static>>, Vec<u8>, usize);

/// The decoder is there already, as it is on a connection.
fn pieces(workload: fn() -> Workload, piece: usize) -> Pieces {
    (Box::new(Decoder::new()), workload().only().bytes.clone(), piece)
}

#[library_benchmark]
#[bench::a_whole(args = (workloads::a, usize::MAX), setup = pieces)]
#[bench::a_by_64(args = (workloads::a, 64), setup = pieces)]
#[bench::a_by_1(args = (workloads::a, 1), setup = pieces)]
#[bench::c_by_64(args = (workloads::c, 64), setup = pieces)]
#[bench::d1_whole(args = (workloads::d1, usize::MAX), setup = pieces)]
#[bench::d1_by_64(args = (workloads::d1, 64), setup = pieces)]
#[bench::d1_by_1(args = (workloads::d1, 1), setup = pieces)]
#[bench::d2_whole(args = (workloads::d2, usize::MAX), setup = pieces)]
#[bench::d2_by_64(args = (workloads::d2, 64), setup = pieces)]
#[bench::d2_by_1(args = (workloads::d2, 1), setup = pieces)]
fn chunked((mut decoder, message, piece): Pieces) -> Pieces {
    decoder.reset();
    for piece in black_box(&message).chunks(piece) {
        black_box(decoder.feed(piece).is_ok());
    }
    assert!(decoder.finish().is_ok());
    (decoder, message, piece)
}

type Traffic = (Box<Shapes>, Vec<Vec<u8>>);

/// The shapes have met all of these messages.
fn traffic(workload: fn() -> Workload) -> Traffic {
    let (mut shapes, messages) = (Box::new(Shapes::new()), messages(workload));
    for message in messages.iter().chain(&messages) {
        assert!(shapes.parse(message).is_ok());
    }
    (shapes, messages)
}

/// The shapes have met (a) only.
fn strangers(workload: fn() -> Workload) -> Traffic {
    let mut shapes = Box::new(Shapes::new());
    assert!(shapes.parse(&workloads::a().only().bytes).is_ok());
    (shapes, messages(workload))
}

#[library_benchmark]
#[bench::a(args = (workloads::a), setup = traffic)]
#[bench::b(args = (workloads::b), setup = traffic)]
#[bench::c(args = (workloads::c), setup = traffic)]
#[bench::d1(args = (workloads::d1), setup = traffic)]
#[bench::d2(args = (workloads::d2), setup = traffic)]
#[bench::e(args = (workloads::e), setup = traffic)]
#[bench::f(args = (workloads::f), setup = traffic)]
#[bench::c_missed(args = (workloads::c), setup = strangers)]
fn shapes((mut shapes, messages): Traffic) -> Traffic {
    for message in &messages {
        black_box(shapes.parse(black_box(message)).is_ok());
    }
    (shapes, messages)
}

fn message(name: &str) -> Vec<u8> {
    let family = hostile::families().into_iter().find(|family| family.name == name).expect("a family's name");
    let kind = Envelope::parse(&family.bytes).err().map(|error| format!("{:?}", error.kind()));
    assert_eq!(kind.as_deref(), family.kind);
    family.bytes
}

#[library_benchmark]
#[bench::truncated(args = ("truncated"), setup = message)]
#[bench::last_end_tag(args = ("last end tag"), setup = message)]
#[bench::elements_without_end(args = ("elements without end"), setup = message)]
#[bench::long_name(args = ("one long name"), setup = message)]
#[bench::long_value(args = ("one long value"), setup = message)]
#[bench::comments(args = ("comments"), setup = message)]
#[bench::white_space(args = ("white space"), setup = message)]
#[bench::attributes(args = ("attributes"), setup = message)]
#[bench::attributes_of_one_local_name(args = ("attributes of one local name"), setup = message)]
#[bench::outermost_prefix(args = ("prefix of the outermost declaration"), setup = message)]
#[bench::depth(args = ("depth"), setup = message)]
#[bench::smallest_elements(args = ("smallest elements"), setup = message)]
#[bench::references(args = ("references"), setup = message)]
#[bench::cdata(args = ("CDATA sections"), setup = message)]
#[bench::brackets(args = ("brackets"), setup = message)]
#[bench::three_byte_characters(args = ("three-byte characters"), setup = message)]
#[bench::mixed_characters(args = ("mixed characters"), setup = message)]
#[bench::values(args = ("values"), setup = message)]
fn family(message: Vec<u8>) -> Vec<u8> {
    black_box(Envelope::parse(black_box(&message)).is_ok());
    message
}

static REQUEST: Envelope<'_> = Envelope::new(SoapVersion::V1_1, Body::GetCallInfo(GetCallInfo::new(CALL_ID)));
const REPLY: GetCallInfoResponse = GetCallInfoResponse::new(CallState::Connected, EventCause::None);
static RESPONSE: Envelope<'_> = Envelope::new(SoapVersion::V1_1, Body::GetCallInfoResponse(REPLY));

type Job = (&'static Envelope<'static>, Vec<u8>);

fn room(envelope: &'static Envelope<'static>) -> Job {
    (envelope, vec![0; envelope.encoded_len()])
}

#[library_benchmark]
#[bench::request(args = (&REQUEST), setup = room)]
#[bench::response(args = (&RESPONSE), setup = room)]
fn encode((envelope, mut out): Job) -> Vec<u8> {
    black_box(black_box(envelope).encode(black_box(&mut out)).is_ok());
    out
}

#[library_benchmark]
#[bench::decode(vec![0; 384])]
fn call_id(mut out: Vec<u8>) -> Vec<u8> {
    black_box(black_box(GetCallInfo::new(CALL_ID).call_id()).decode(black_box(&mut out)).is_ok());
    out
}

library_benchmark_group!(name = reading, benchmarks = [parse, chunked, shapes, family]);
library_benchmark_group!(name = writing, benchmarks = [encode, call_id]);
main!(library_benchmark_groups = [reading, writing]);

//! Counts the instructions of each job by callgrind. `scripts/instructions` compares the counts with
//! `benches/budgets.toml`.
#![allow(missing_docs, unreachable_pub, unnameable_types, reason = "gungraun's macros write public items")]

mod workloads;

use std::hint::black_box;

use gungraun::prelude::*;
use umsoap::{
    Body, CallState, Decoder, Envelope, EventCause, GetCallInfo, GetCallInfoResponse, Options, Shapes,
    SoapVersion,
};
use workloads::cuts::{Cut, Cuts};
use workloads::options::WIDENING;
use workloads::{Answer, CALL_ID, Workload, hostile};

fn messages(workload: fn() -> Workload) -> Vec<Vec<u8>> {
    let read = |message: workloads::Message| {
        let found = Envelope::parse(&message.bytes).expect("it is read");
        assert_eq!(Answer::of(&found), message.answer);
        message.bytes
    };
    workload().messages.into_iter().map(read).collect()
}

#[library_benchmark]
#[bench::a(args = (workloads::a), setup = messages)]
#[bench::b(args = (workloads::b), setup = messages)]
#[bench::c(args = (workloads::c), setup = messages)]
#[bench::d1(args = (workloads::d1), setup = messages)]
#[bench::d2(args = (workloads::d2), setup = messages)]
#[bench::d3(args = (workloads::d3), setup = messages)]
#[bench::e(args = (workloads::e), setup = messages)]
#[bench::g(args = (workloads::g), setup = messages)]
#[bench::h(args = (workloads::h), setup = messages)]
fn parse(messages: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    for message in &messages {
        black_box(Envelope::parse(black_box(message)).is_ok());
    }
    messages
}

type Chunked = (Box<Decoder<'static>>, Vec<Cuts>);

/// The decoder exists before the count begins, as it does on a connection.
fn cut(workload: fn() -> Workload, cut: Cut) -> Chunked {
    let (mut decoder, messages) = (Box::new(Decoder::new()), workload().messages);
    let cuts: Vec<Cuts> = messages.iter().map(|message| Cuts::new(&message.bytes, cut)).collect();
    for (message, cuts) in messages.iter().zip(&cuts) {
        decoder.reset();
        cuts.chunks().for_each(|chunk| decoder.feed(chunk).expect("it is read"));
        assert_eq!(Answer::of(&decoder.finish().expect("it is read")), message.answer);
    }
    (decoder, cuts)
}

#[library_benchmark]
#[bench::a_whole(args = (workloads::a, Cut::Whole), setup = cut)]
#[bench::b_whole(args = (workloads::b, Cut::Whole), setup = cut)]
#[bench::c_whole(args = (workloads::c, Cut::Whole), setup = cut)]
#[bench::d1_whole(args = (workloads::d1, Cut::Whole), setup = cut)]
#[bench::d3_whole(args = (workloads::d3, Cut::Whole), setup = cut)]
#[bench::d2_whole(args = (workloads::d2, Cut::Whole), setup = cut)]
#[bench::e_whole(args = (workloads::e, Cut::Whole), setup = cut)]
#[bench::f_whole(args = (workloads::f, Cut::Whole), setup = cut)]
#[bench::g_whole(args = (workloads::g, Cut::Whole), setup = cut)]
#[bench::h_whole(args = (workloads::h, Cut::Whole), setup = cut)]
#[bench::a_white_space_at_end(args = (workloads::a, Cut::WhiteSpaceAtEnd), setup = cut)]
#[bench::c_white_space_at_end(args = (workloads::c, Cut::WhiteSpaceAtEnd), setup = cut)]
#[bench::g_white_space_at_end(args = (workloads::g, Cut::WhiteSpaceAtEnd), setup = cut)]
#[bench::h_white_space_at_end(args = (workloads::h, Cut::WhiteSpaceAtEnd), setup = cut)]
#[bench::a_before_white_space(args = (workloads::a, Cut::BeforeWhiteSpace), setup = cut)]
#[bench::c_before_white_space(args = (workloads::c, Cut::BeforeWhiteSpace), setup = cut)]
#[bench::g_before_white_space(args = (workloads::g, Cut::BeforeWhiteSpace), setup = cut)]
#[bench::h_before_white_space(args = (workloads::h, Cut::BeforeWhiteSpace), setup = cut)]
#[bench::d1_by_4096(args = (workloads::d1, Cut::Every(4096)), setup = cut)]
#[bench::d3_by_4096(args = (workloads::d3, Cut::Every(4096)), setup = cut)]
#[bench::d2_by_4096(args = (workloads::d2, Cut::Every(4096)), setup = cut)]
#[bench::h_by_4096(args = (workloads::h, Cut::Every(4096)), setup = cut)]
#[bench::c_by_1460(args = (workloads::c, Cut::Every(1460)), setup = cut)]
#[bench::d1_by_1460(args = (workloads::d1, Cut::Every(1460)), setup = cut)]
#[bench::d3_by_1460(args = (workloads::d3, Cut::Every(1460)), setup = cut)]
#[bench::d2_by_1460(args = (workloads::d2, Cut::Every(1460)), setup = cut)]
#[bench::f_by_1460(args = (workloads::f, Cut::Every(1460)), setup = cut)]
#[bench::h_by_1460(args = (workloads::h, Cut::Every(1460)), setup = cut)]
#[bench::a_by_64(args = (workloads::a, Cut::Every(64)), setup = cut)]
#[bench::b_by_64(args = (workloads::b, Cut::Every(64)), setup = cut)]
#[bench::c_by_64(args = (workloads::c, Cut::Every(64)), setup = cut)]
#[bench::d1_by_64(args = (workloads::d1, Cut::Every(64)), setup = cut)]
#[bench::d3_by_64(args = (workloads::d3, Cut::Every(64)), setup = cut)]
#[bench::d2_by_64(args = (workloads::d2, Cut::Every(64)), setup = cut)]
#[bench::e_by_64(args = (workloads::e, Cut::Every(64)), setup = cut)]
#[bench::f_by_64(args = (workloads::f, Cut::Every(64)), setup = cut)]
#[bench::g_by_64(args = (workloads::g, Cut::Every(64)), setup = cut)]
#[bench::h_by_64(args = (workloads::h, Cut::Every(64)), setup = cut)]
#[bench::a_by_1(args = (workloads::a, Cut::Every(1)), setup = cut)]
#[bench::d1_by_1(args = (workloads::d1, Cut::Every(1)), setup = cut)]
#[bench::d2_by_1(args = (workloads::d2, Cut::Every(1)), setup = cut)]
fn chunked(work: Chunked) -> Chunked {
    fed(work)
}

#[inline(always)]
fn fed((mut decoder, messages): Chunked) -> Chunked {
    for cuts in black_box(&messages) {
        decoder.reset();
        for chunk in cuts.chunks() {
            black_box(decoder.feed(chunk).is_ok());
        }
        black_box(decoder.finish().is_ok());
    }
    (decoder, messages)
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

/// The shapes have met only (a).
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
#[bench::g(args = (workloads::g), setup = traffic)]
#[bench::h(args = (workloads::h), setup = traffic)]
#[bench::c_missed(args = (workloads::c), setup = strangers)]
fn shapes((mut shapes, messages): Traffic) -> Traffic {
    for message in &messages {
        black_box(shapes.parse(black_box(message)).is_ok());
    }
    (shapes, messages)
}

fn widening(name: &str) -> Options<'static> {
    WIDENING.iter().find(|(other, _)| *other == name).expect("a name of options").1
}

type Optioned = (Options<'static>, Vec<Vec<u8>>);

fn with_options(workload: fn() -> Workload, name: &str) -> Optioned {
    let (options, messages) = (widening(name), workload().messages);
    for message in &messages {
        let found = Envelope::parse_with(&message.bytes, &options).expect("it is read");
        assert_eq!(Answer::of(&found), message.answer);
    }
    (options, messages.into_iter().map(|message| message.bytes).collect())
}

#[library_benchmark]
#[bench::a_default(args = (workloads::a, "default"), setup = with_options)]
#[bench::a_message_bytes(args = (workloads::a, "message_bytes"), setup = with_options)]
#[bench::a_role(args = (workloads::a, "role"), setup = with_options)]
#[bench::a_understood(args = (workloads::a, "understood"), setup = with_options)]
#[bench::a_own_uris(args = (workloads::a, "own_uris"), setup = with_options)]
#[bench::a_combined(args = (workloads::a, "combined"), setup = with_options)]
#[bench::c_default(args = (workloads::c, "default"), setup = with_options)]
#[bench::c_message_bytes(args = (workloads::c, "message_bytes"), setup = with_options)]
#[bench::c_role(args = (workloads::c, "role"), setup = with_options)]
#[bench::c_understood(args = (workloads::c, "understood"), setup = with_options)]
#[bench::c_own_uris(args = (workloads::c, "own_uris"), setup = with_options)]
#[bench::c_combined(args = (workloads::c, "combined"), setup = with_options)]
#[bench::h_default(args = (workloads::h, "default"), setup = with_options)]
#[bench::h_message_bytes(args = (workloads::h, "message_bytes"), setup = with_options)]
#[bench::h_role(args = (workloads::h, "role"), setup = with_options)]
#[bench::h_understood(args = (workloads::h, "understood"), setup = with_options)]
#[bench::h_own_uris(args = (workloads::h, "own_uris"), setup = with_options)]
#[bench::h_combined(args = (workloads::h, "combined"), setup = with_options)]
fn options((options, messages): Optioned) -> Vec<Vec<u8>> {
    for message in &messages {
        black_box(Envelope::parse_with(black_box(message), black_box(&options)).is_ok());
    }
    messages
}

fn decoder_with_options(workload: fn() -> Workload, name: &str) -> Chunked {
    let (_, cuts) = cut(workload, Cut::Whole);
    let mut decoder = Box::new(Decoder::with_options(widening(name)));
    assert!(cuts.iter().flat_map(Cuts::chunks).all(|chunk| decoder.feed(chunk).is_ok()));
    assert!(decoder.finish().is_ok());
    (decoder, cuts)
}

#[library_benchmark]
#[bench::a_default(args = (workloads::a, "default"), setup = decoder_with_options)]
#[bench::a_message_bytes(args = (workloads::a, "message_bytes"), setup = decoder_with_options)]
#[bench::a_role(args = (workloads::a, "role"), setup = decoder_with_options)]
#[bench::a_understood(args = (workloads::a, "understood"), setup = decoder_with_options)]
#[bench::a_own_uris(args = (workloads::a, "own_uris"), setup = decoder_with_options)]
#[bench::a_combined(args = (workloads::a, "combined"), setup = decoder_with_options)]
#[bench::c_default(args = (workloads::c, "default"), setup = decoder_with_options)]
#[bench::c_message_bytes(args = (workloads::c, "message_bytes"), setup = decoder_with_options)]
#[bench::c_role(args = (workloads::c, "role"), setup = decoder_with_options)]
#[bench::c_understood(args = (workloads::c, "understood"), setup = decoder_with_options)]
#[bench::c_own_uris(args = (workloads::c, "own_uris"), setup = decoder_with_options)]
#[bench::c_combined(args = (workloads::c, "combined"), setup = decoder_with_options)]
fn decoder_options(work: Chunked) -> Chunked {
    fed(work)
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
    let mut out = vec![0; envelope.encoded_len()];
    let written = envelope.encode(&mut out).expect("it has a form");
    assert_eq!(Envelope::parse(written).expect("it is read").body(), envelope.body());
    (envelope, out)
}

#[library_benchmark]
#[bench::request(args = (&REQUEST), setup = room)]
#[bench::response(args = (&RESPONSE), setup = room)]
fn encode((envelope, mut out): Job) -> Vec<u8> {
    black_box(black_box(envelope).encode(black_box(&mut out)).is_ok());
    out
}

// A client has the text of a CallId, and no envelope yet. So the count includes `new`, which finds out whether the text
// needs escaping.
#[library_benchmark]
#[bench::request(vec![0; 512])]
fn built_and_encoded(mut out: Vec<u8>) -> Vec<u8> {
    let request = GetCallInfo::new(black_box(CALL_ID));
    let envelope = Envelope::new(SoapVersion::V1_1, Body::GetCallInfo(request));
    assert!(black_box(&envelope).encode(black_box(&mut out)).is_ok());
    out
}

#[library_benchmark]
#[bench::decode(vec![0; 384])]
fn call_id(mut out: Vec<u8>) -> Vec<u8> {
    black_box(black_box(GetCallInfo::new(CALL_ID).call_id()).decode(black_box(&mut out)).is_ok());
    out
}

library_benchmark_group!(
    name = reading,
    benchmarks = [parse, chunked, shapes, options, decoder_options, family]
);
library_benchmark_group!(name = writing, benchmarks = [encode, built_and_encoded, call_id]);
main!(library_benchmark_groups = [reading, writing]);

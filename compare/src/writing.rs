//! Times the writing of the documented request and response into a buffer, by every peer that writes.

use std::hint::black_box;
use std::io::{Cursor, Write};

use instant_xml::ToXml;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use serde::Serialize;
use umsoap::{Body, CallState, Envelope, EventCause, GetCallInfo, GetCallInfoResponse, SoapVersion};

use crate::figures::Figures;
use crate::measure::{Pass, by_turns};
use crate::peers::{MESSAGES, SOAP};
use crate::workloads::CALL_ID;

/// One round for each address of the target: every 32 bytes of a page. When the addresses of source and target differ
/// by a multiple of 4 KiB, a copy waits for its own stores: memcpy takes 3.7 to 12.7 ns for the same bytes. The median
/// of the rounds is the median of the addresses.
const ROUNDS: usize = 128;
const PAGE: usize = 4096;
/// The messages that are written: the documented request and response.
pub const WRITTEN: [&str; 2] = ["request", "response"];
pub const COPY: &str = "memcpy";

pub fn table(written: &str) -> String {
    format!("write {written}")
}

/// Storage for a message at every address of a page.
struct Target(Vec<u8>);

impl Target {
    fn new() -> Self {
        Self(vec![0; 2 * PAGE + 1024])
    }

    /// Returns the storage for the message of this round.
    fn at(&mut self, round: usize) -> &mut [u8] {
        let to_page = self.0.as_ptr().align_offset(PAGE);
        let start = to_page + round % ROUNDS * (PAGE / ROUNDS);
        &mut self.0[start..start + 1024]
    }
}

type Write1 = fn(&mut [u8]) -> usize;

/// The name of a peer, its function that writes a request, and its function that writes a response.
const PEERS: [(&str, Write1, Write1); 6] = [
    ("umsoap", |out| encode(&REQUEST, out), |out| encode(&RESPONSE, out)),
    // This begins with the text of a CallId, as the other peers do. `new` finds out whether the text needs escaping.
    ("umsoap, built and written", |out| encode(&built_request(), out), |out| encode(&built_response(), out)),
    ("write! (escapes nothing)", format_request, format_response),
    ("quick-xml Writer", writer_request, writer_response),
    ("quick-xml serde", |out| serde_text(request(), out), |out| serde_text(response(), out)),
    ("instant-xml", instant_request, instant_response),
];

pub fn measure(figures: &mut Figures) {
    let mut measure = |name, expected: Body<'static>, of: fn(&(&'static str, Write1, Write1)) -> Write1| {
        let mut finished = [0; 1024];
        let len = of(&PEERS[0])(&mut finished);
        let finished = &finished[..len];
        let mut passes: Vec<Pass<'_>> = Vec::new();
        for peer in &PEERS {
            let (write, mut target) = (of(peer), Target::new());
            let out = target.at(0);
            let len = write(out);
            let read = Envelope::parse(&out[..len]).expect("a peer writes what umsoap reads");
            assert_eq!(read.body(), expected, "{}", peer.0);
            passes.push(Box::new(move |turn| {
                let out = target.at(turn.round);
                for _ in 0..turn.passes {
                    black_box(write(black_box(&mut *out)));
                }
            }));
        }
        let mut target = Target::new();
        // The copy is called through a pointer, like the peers.
        let copy = black_box(copy_bytes as fn(&[u8], &mut [u8]) -> usize);
        passes.push(Box::new(move |turn| {
            let out = target.at(turn.round);
            for _ in 0..turn.passes {
                black_box(copy(black_box(finished), black_box(&mut *out)));
            }
        }));
        let names = PEERS.iter().map(|peer| peer.0).chain([COPY]);
        figures.add(&table(name), names.map(String::from).zip(by_turns(passes, 1, ROUNDS)));
    };
    let [request, response] = WRITTEN;
    measure(request, REQUEST.body(), |peer| peer.1);
    measure(response, RESPONSE.body(), |peer| peer.2);
}

static REQUEST: Envelope<'static> =
    Envelope::new(SoapVersion::V1_1, Body::GetCallInfo(GetCallInfo::new(CALL_ID)));
static RESPONSE: Envelope<'static> = Envelope::new(
    SoapVersion::V1_1,
    Body::GetCallInfoResponse(GetCallInfoResponse::new(CallState::Connected, EventCause::None)),
);

fn built_request() -> Envelope<'static> {
    Envelope::new(SoapVersion::V1_1, Body::GetCallInfo(GetCallInfo::new(black_box(CALL_ID))))
}

fn built_response() -> Envelope<'static> {
    let (state, cause) = black_box((CallState::Connected, EventCause::None));
    Envelope::new(SoapVersion::V1_1, Body::GetCallInfoResponse(GetCallInfoResponse::new(state, cause)))
}

fn encode(envelope: &Envelope<'_>, out: &mut [u8]) -> usize {
    black_box(envelope).encode(out).map_or(0, |written| written.len())
}

fn format_request(out: &mut [u8]) -> usize {
    let mut out = Cursor::new(out);
    let id = black_box(CALL_ID);
    let written = write!(
        out,
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"{SOAP}\"><s:Body><GetCallInfo \
         xmlns=\"{MESSAGES}\"><CallId>{id}</CallId></GetCallInfo></s:Body></s:Envelope>"
    );
    written.map_or(0, |()| out.position() as usize)
}

fn format_response(out: &mut [u8]) -> usize {
    let mut out = Cursor::new(out);
    let (state, cause) = black_box((CallState::Connected, EventCause::None));
    let written = write!(
        out,
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"{SOAP}\"><s:Body><GetCallInfoResponse \
         xmlns=\"{MESSAGES}\"><GetCallInfoResponse><CallState>{state}</CallState><EventCause>{cause}</EventCause>\
         </GetCallInfoResponse></GetCallInfoResponse></s:Body></s:Envelope>"
    );
    written.map_or(0, |()| out.position() as usize)
}

type Events<'w, 'o> = Writer<Cursor<&'o mut [u8]>>;

fn element(writer: &mut Events<'_, '_>, name: &str, text: &str) -> std::io::Result<()> {
    writer.write_event(Event::Start(BytesStart::new(name)))?;
    writer.write_event(Event::Text(BytesText::new(text)))?;
    writer.write_event(Event::End(BytesEnd::new(name)))
}

fn writer(
    out: &mut [u8],
    operation: &str,
    inner: impl Fn(&mut Events<'_, '_>) -> std::io::Result<()>,
) -> usize {
    let mut writer = Writer::new(Cursor::new(out));
    let mut write = || {
        let declare = |name, attribute, uri| BytesStart::new(name).with_attributes([(attribute, uri)]);
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
        writer.write_event(Event::Start(declare("s:Envelope", "xmlns:s", SOAP)))?;
        writer.write_event(Event::Start(BytesStart::new("s:Body")))?;
        writer.write_event(Event::Start(declare(operation, "xmlns", MESSAGES)))?;
        inner(&mut writer)?;
        for name in [operation, "s:Body", "s:Envelope"] {
            writer.write_event(Event::End(BytesEnd::new(name)))?;
        }
        Ok::<(), std::io::Error>(())
    };
    write().map_or(0, |()| writer.into_inner().position() as usize)
}

fn writer_request(out: &mut [u8]) -> usize {
    writer(out, "GetCallInfo", |writer| element(writer, "CallId", black_box(CALL_ID)))
}

fn writer_response(out: &mut [u8]) -> usize {
    writer(out, "GetCallInfoResponse", |writer| {
        let (state, cause) = black_box((CallState::Connected, EventCause::None));
        writer.write_event(Event::Start(BytesStart::new("GetCallInfoResponse")))?;
        element(writer, "CallState", state.as_str())?;
        element(writer, "EventCause", cause.as_str())?;
        writer.write_event(Event::End(BytesEnd::new("GetCallInfoResponse")))
    })
}

fn copy(text: &str, out: &mut [u8]) -> usize {
    copy_bytes(text.as_bytes(), out)
}

fn copy_bytes(bytes: &[u8], out: &mut [u8]) -> usize {
    out[..bytes.len()].copy_from_slice(bytes);
    bytes.len()
}

#[derive(Serialize)]
#[serde(rename = "s:Envelope")]
struct SerdeEnvelope<T> {
    #[serde(rename = "@xmlns:s")]
    xmlns: &'static str,
    #[serde(rename = "s:Body")]
    body: T,
}

#[derive(Serialize)]
struct SerdeRequest {
    #[serde(rename = "GetCallInfo")]
    operation: SerdeCallId,
}

#[derive(Serialize)]
struct SerdeCallId {
    #[serde(rename = "@xmlns")]
    xmlns: &'static str,
    #[serde(rename = "CallId")]
    call_id: &'static str,
}

#[derive(Serialize)]
struct SerdeResponse {
    #[serde(rename = "GetCallInfoResponse")]
    operation: SerdeOuter,
}

#[derive(Serialize)]
struct SerdeOuter {
    #[serde(rename = "@xmlns")]
    xmlns: &'static str,
    #[serde(rename = "GetCallInfoResponse")]
    inner: SerdeCallInfo,
}

#[derive(Serialize)]
struct SerdeCallInfo {
    #[serde(rename = "CallState")]
    state: &'static str,
    #[serde(rename = "EventCause")]
    cause: &'static str,
}

fn request() -> SerdeRequest {
    SerdeRequest { operation: SerdeCallId { xmlns: MESSAGES, call_id: black_box(CALL_ID) } }
}

fn response() -> SerdeResponse {
    let inner = SerdeCallInfo { state: black_box("Connected"), cause: black_box("None") };
    SerdeResponse { operation: SerdeOuter { xmlns: MESSAGES, inner } }
}

fn serde_text(body: impl Serialize, out: &mut [u8]) -> usize {
    let text = quick_xml::se::to_string(&SerdeEnvelope { xmlns: SOAP, body });
    text.map_or(0, |text| copy(&text, out))
}

#[derive(ToXml)]
#[xml(ns(SOAP, s = SOAP), rename = "Envelope")]
struct InstantEnvelope<T: ToXml> {
    body: InstantBody<T>,
}

#[derive(ToXml)]
#[xml(ns(SOAP), rename = "Body")]
struct InstantBody<T: ToXml> {
    operation: T,
}

#[derive(ToXml)]
#[xml(ns(MESSAGES), rename = "GetCallInfo")]
struct InstantRequest {
    #[xml(rename = "CallId")]
    call_id: &'static str,
}

#[derive(ToXml)]
#[xml(ns(MESSAGES), rename = "GetCallInfoResponse")]
struct InstantResponse {
    inner: InstantCallInfo,
}

#[derive(ToXml)]
#[xml(ns(MESSAGES), rename = "GetCallInfoResponse")]
struct InstantCallInfo {
    #[xml(rename = "CallState")]
    state: &'static str,
    #[xml(rename = "EventCause")]
    cause: &'static str,
}

fn instant_text(operation: impl ToXml, out: &mut [u8]) -> usize {
    let text = instant_xml::to_string(&InstantEnvelope { body: InstantBody { operation } });
    text.map_or(0, |text| copy(&text, out))
}

fn instant_request(out: &mut [u8]) -> usize {
    instant_text(InstantRequest { call_id: black_box(CALL_ID) }, out)
}

fn instant_response(out: &mut [u8]) -> usize {
    let inner = InstantCallInfo { state: black_box("Connected"), cause: black_box("None") };
    instant_text(InstantResponse { inner }, out)
}

//! Times the decoder beside the one-shot parse of the same bytes, for every workload and every way to cut a message.

use std::hint::black_box;

use umsoap::{Body, Decoder, Envelope};

use crate::figures::Figures;
use crate::measure::{Pass, by_turns};
use crate::workloads::cuts::{Cut, Cuts};
use crate::workloads::{Answer, Workload};

const ROUNDS: usize = 61;
/// The row of the one-shot parse.
pub const ONE_SHOT: &str = "Envelope::parse";

pub fn table(workload: &str) -> String {
    format!("chunks {workload}")
}

pub fn measure(workload: &Workload, figures: &mut Figures) {
    let mut names = vec![ONE_SHOT.to_string()];
    let mut passes: Vec<Pass<'_>> = vec![Box::new(|turn| {
        for _ in 0..turn.passes {
            for message in &workload.messages {
                black_box(is_read(&Envelope::parse(black_box(&message.bytes)).expect("it is read")));
            }
        }
    })];
    for cut in Cut::ALL {
        let messages: Vec<Cuts> = workload.messages.iter().map(|m| Cuts::new(&m.bytes, cut)).collect();
        let mut decoder = Box::new(Decoder::new());
        for (message, cuts) in workload.messages.iter().zip(&messages) {
            assert_eq!(Answer::of(&feed(&mut decoder, cuts)), message.answer, "({}), {cut:?}", workload.name);
        }
        names.push(cut.name());
        passes.push(Box::new(move |turn| {
            for _ in 0..turn.passes {
                for cuts in &messages {
                    black_box(is_read(&feed(&mut decoder, black_box(cuts))));
                }
            }
        }));
    }
    let times = by_turns(passes, workload.messages.len(), ROUNDS);
    figures.add(&table(workload.name), names.into_iter().zip(times));
}

#[inline(always)] // As in a program that feeds in one place.
fn feed<'d>(decoder: &'d mut Decoder<'static>, cuts: &Cuts) -> Envelope<'d> {
    decoder.reset();
    for chunk in cuts.chunks() {
        decoder.feed(chunk).expect("it is read");
    }
    decoder.finish().expect("it is read")
}

/// Returns whether the message was read, which is the least that a program asks.
#[inline(always)]
fn is_read(envelope: &Envelope<'_>) -> bool {
    match envelope.body() {
        Body::GetCallInfo(request) => !request.call_id().as_raw().is_empty(),
        Body::GetCallInfoResponse(response) => response.event_cause() == umsoap::EventCause::None,
        _ => false,
    }
}

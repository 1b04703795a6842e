//! Times options that only accept more, beside the default.

use std::hint::black_box;

use umsoap::{Decoder, Envelope};

use crate::figures::Figures;
use crate::measure::{Pass, by_turns};
use crate::workloads::options::WIDENING;
use crate::workloads::{Answer, Workload, a, b, c, g, h};

const ROUNDS: usize = 61;
pub const WORKLOADS: [&str; 5] = ["a", "b", "c", "g", "h"];
/// The functions that are measured, each with the prefix of its table's name.
pub const DOORS: [(&str, &str); 2] =
    [("Envelope::parse_with", "options"), ("Decoder, one chunk", "decoder options")];

pub fn table(door: &str, workload: &str) -> String {
    format!("{door} {workload}")
}

pub fn measure(figures: &mut Figures) {
    for workload in [a(), b(), c(), g(), h()] {
        of(&workload, figures);
    }
}

fn of(workload: &Workload, figures: &mut Figures) {
    let messages = &workload.messages;
    let mut parses: Vec<Pass<'_>> = Vec::new();
    let mut feeds: Vec<Pass<'_>> = Vec::new();
    for (name, options) in &WIDENING {
        let mut decoder = Box::new(Decoder::with_options(*options));
        for message in messages {
            let found = Envelope::parse_with(&message.bytes, options).expect("it is read");
            assert_eq!(Answer::of(&found), message.answer, "({}) with {name}", workload.name);
            decoder.reset();
            decoder.feed(&message.bytes).expect("it is read");
            assert_eq!(Answer::of(&decoder.finish().expect("it is read")), message.answer);
        }
        parses.push(Box::new(move |turn| {
            for _ in 0..turn.passes {
                for message in messages {
                    black_box(Envelope::parse_with(black_box(&message.bytes), black_box(options)).is_ok());
                }
            }
        }));
        feeds.push(Box::new(move |turn| {
            for _ in 0..turn.passes {
                for message in messages {
                    decoder.reset();
                    black_box(decoder.feed(black_box(&message.bytes)).is_ok());
                    black_box(decoder.finish().is_ok());
                }
            }
        }));
    }
    let names = || WIDENING.iter().map(|(name, _)| (*name).to_string());
    for (passes, (_, door)) in [parses, feeds].into_iter().zip(DOORS) {
        let times = by_turns(passes, messages.len(), ROUNDS);
        figures.add(&table(door, workload.name), names().zip(times));
    }
}

//! Times reading: every workload by every peer, whole and in pieces.

use std::hint::black_box;

use crate::figures::Figures;
use crate::floors::FLOORS;
use crate::measure::{Pass, by_turns};
use crate::peers::{self, Input, Scratch};
use crate::workloads::{Answer, Workload, d1, d2, h};

const ROUNDS: usize = 61;
/// A peer that reads all pieces anew takes half a second for the largest message, so there are fewer rounds.
const ROUNDS_IN_PIECES: usize = 15;
pub const PIECE: usize = 64;

/// Returns the name of the table of a workload that is read whole. It has the peers, and the floors by their names.
pub fn whole_table(workload: &str) -> String {
    format!("read {workload}")
}

/// Returns the name of the table of a workload that is read in pieces.
pub fn pieces_table(workload: &str) -> String {
    format!("pieces {workload}")
}

fn inputs(workload: &Workload) -> Vec<(Input, &Answer)> {
    workload.messages.iter().map(|message| (Input::new(&message.bytes), &message.answer)).collect()
}

pub fn whole(workload: &Workload, figures: &mut Figures) {
    let (inputs, copies) = (&inputs(workload)[..], inputs(workload));
    let mut peers = peers::all();
    peers.retain(|peer| peers::reads(peer.name, workload.name));
    let mut passes: Vec<Pass<'_>> = Vec::new();
    for peer in &peers {
        let mut scratch = Scratch::default();
        for (input, answer) in inputs {
            let found = (peer.read)(input, &mut scratch);
            assert!(found.is_some_and(|found| found.is(answer)), "{} on ({})", peer.name, workload.name);
        }
        passes.push(Box::new(move |turn| {
            for _ in 0..turn.passes {
                for (input, _) in inputs {
                    black_box((peer.read)(black_box(input), &mut scratch).is_some());
                }
            }
        }));
    }
    for floor in &FLOORS {
        let pass =
            || inputs.iter().zip(&copies).filter(|((input, _), (copy, _))| (floor.run)(input, copy)).count();
        assert_eq!(pass(), inputs.len(), "{} on ({})", floor.name, workload.name);
        passes.push(Box::new(move |turn| {
            for _ in 0..turn.passes {
                black_box(pass());
            }
        }));
    }
    let names = peers.iter().map(|peer| peer.name).chain(FLOORS.iter().map(|floor| floor.name));
    let times = by_turns(passes, inputs.len(), ROUNDS);
    figures.add(&whole_table(workload.name), names.map(String::from).zip(times));
}

/// Returns the workloads that are read in pieces by all peers that can.
pub fn in_pieces_of() -> [Workload; 3] {
    [d1(), d2(), h()]
}

pub fn in_pieces(workload: &Workload, figures: &mut Figures) {
    let inputs = &inputs(workload)[..];
    let peers = peers::in_pieces();
    let mut passes: Vec<Pass<'_>> = Vec::new();
    for peer in &peers {
        for piece in [PIECE, usize::MAX] {
            let mut scratch = Scratch::default();
            let pass = move |scratch: &mut Scratch| {
                let read = |(input, answer): &&(Input, &Answer)| {
                    (peer.read)(black_box(input), piece, scratch).is_some_and(|found| found.is(answer))
                };
                inputs.iter().filter(read).count()
            };
            assert_eq!(pass(&mut scratch), inputs.len(), "{} in pieces on ({})", peer.name, workload.name);
            passes.push(Box::new(move |turn| {
                for _ in 0..turn.passes {
                    black_box(pass(&mut scratch));
                }
            }));
        }
    }
    let names = peers.iter().flat_map(|peer| [peer.name.to_string(), in_one(peer.name)]);
    let times = by_turns(passes, inputs.len(), ROUNDS_IN_PIECES);
    figures.add(&pieces_table(workload.name), names.zip(times));
}

/// Returns the row of a peer that could read in pieces and reads in one piece.
pub fn in_one(peer: &str) -> String {
    format!("{peer}, in one piece")
}

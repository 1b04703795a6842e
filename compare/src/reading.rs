//! Reading: every workload by every peer, whole and in pieces.

use std::hint::black_box;

use crate::floors::FLOORS;
use crate::measure::{Figure, Pass, by_turns};
use crate::peers::{self, Input, Scratch};
use crate::workloads::{Answer, Workload};

const ROUNDS: usize = 61;
/// Reading all anew at every piece takes half a second for the largest message.
const ROUNDS_IN_PIECES: usize = 15;
pub const PIECE: usize = 64;

pub struct Table {
    pub name: &'static str,
    pub about: &'static str,
    /// Of one message, on average.
    pub bytes: usize,
    pub peers: Vec<(&'static str, Figure)>,
    pub floors: Vec<(&'static str, Figure)>,
}

impl Table {
    pub fn median(&self, name: &str) -> Option<f64> {
        let both = self.peers.iter().chain(&self.floors);
        both.into_iter().find(|(other, _)| *other == name).map(|(_, figure)| figure.median)
    }
}

fn inputs(workload: &Workload) -> Vec<(Input, &Answer)> {
    workload.messages.iter().map(|message| (Input::new(&message.bytes), &message.answer)).collect()
}

pub fn whole(workload: &Workload) -> Table {
    let (inputs, copies) = (&inputs(workload)[..], inputs(workload));
    let peers = peers::all();
    let mut passes: Vec<Pass<'_>> = Vec::new();
    for peer in &peers {
        let mut scratch = Scratch::default();
        for (input, answer) in inputs {
            let found = (peer.read)(input, &mut scratch);
            assert!(found.is_some_and(|found| found.is(answer)), "{} on ({})", peer.name, workload.name);
        }
        passes.push(Box::new(move || {
            for (input, _) in inputs {
                black_box((peer.read)(black_box(input), &mut scratch).is_some());
            }
        }));
    }
    for floor in &FLOORS {
        let pass =
            || inputs.iter().zip(&copies).filter(|((input, _), (copy, _))| (floor.run)(input, copy)).count();
        assert_eq!(pass(), inputs.len(), "{} on ({})", floor.name, workload.name);
        passes.push(Box::new(move || {
            black_box(pass());
        }));
    }
    let mut figures = by_turns(passes, inputs.len(), ROUNDS);
    let floors = figures.split_off(peers.len());
    Table {
        name: workload.name,
        about: workload.about,
        bytes: workload.bytes() / inputs.len(),
        peers: peers.iter().map(|peer| peer.name).zip(figures).collect(),
        floors: FLOORS.iter().map(|floor| floor.name).zip(floors).collect(),
    }
}

pub struct Pieces {
    pub name: &'static str,
    pub about: &'static str,
    /// The peer, and its figures in pieces and in one.
    pub peers: Vec<(&'static str, &'static str, Figure, Figure)>,
}

pub fn in_pieces(workload: &Workload) -> Pieces {
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
            passes.push(Box::new(move || {
                black_box(pass(&mut scratch));
            }));
        }
    }
    let figures = by_turns(passes, inputs.len(), ROUNDS_IN_PIECES);
    let row = |(peer, both): (&peers::InPieces, &[Figure])| (peer.name, peer.about, both[0], both[1]);
    let peers = peers.iter().zip(figures.chunks(2)).map(row).collect();
    Pieces { name: workload.name, about: workload.about, peers }
}

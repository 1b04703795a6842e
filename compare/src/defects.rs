//! Finds out which defective messages each peer refuses.

use crate::peers::{self, Input, Scratch};
use crate::workloads::{Answer, CALL_ID, hostile};

pub struct Verdicts {
    pub peer: &'static str,
    /// Tells whether the peer refuses each message, in the order of `hostile::defects`.
    pub refused: Vec<bool>,
}

impl Verdicts {
    pub fn usual(&self) -> usize {
        self.refused[..hostile::USUAL_DEFECTS].iter().filter(|&&refused| refused).count()
    }
}

pub fn verdicts() -> Vec<Verdicts> {
    let sound = Input::new(&hostile::sound());
    let answer = Answer::Request(CALL_ID.to_string());
    let inputs: Vec<Input> = hostile::defects().iter().map(|defect| Input::new(&defect.bytes)).collect();
    let verdicts = |peer: peers::Peer| {
        let mut scratch = Scratch::default();
        let found = (peer.read)(&sound, &mut scratch);
        assert!(found.is_some_and(|found| found.is(&answer)), "{} does not read a sound message", peer.name);
        let refused = inputs.iter().map(|input| (peer.read)(input, &mut scratch).is_none()).collect();
        Verdicts { peer: peer.name, refused }
    };
    peers::all().into_iter().map(verdicts).collect()
}

//! What learned shapes answer is what the machine answers, for messages that repeat a shape and for messages
//! that nearly do.

use umsoap::{Envelope, Shapes};

use super::input::{self, Choices};
use super::message::{Message, show};

const WORDS: [&str; 12] = ["x", "é", "&amp;", "&#13;", "]]>", "<", "'", "\"", "Idle", "1", "\r\n", "<!---->"];

pub fn run(data: &[u8]) {
    let document = input::document(data).into_owned();
    let mut choices = Choices::of(&document);
    let mut messages = vec![document.clone(), document.clone()];
    for _ in 0..6 {
        let mut variant = messages[choices.below(messages.len())].clone();
        let from = choices.below(variant.len() + 1);
        let to = (from + choices.below(4)).min(variant.len());
        match choices.below(3) {
            0 => drop(variant.splice(from..to, WORDS[choices.below(WORDS.len())].bytes())),
            1 => drop(variant.drain(from..to)),
            _ => {
                let span = variant[from..to].to_vec();
                variant.splice(from..from, span);
            }
        }
        messages.push(variant);
        messages.push(document.clone());
    }
    let mut shapes = Shapes::new();
    let learned: Vec<_> = messages.iter().map(|message| shapes.parse(message)).collect();
    for (message, learned) in messages.iter().zip(learned) {
        let learned = learned.map(|envelope| Message::of(&envelope));
        let machine = Envelope::parse(message).map(|envelope| Message::of(&envelope));
        assert_eq!(learned, machine, "{}", show(message));
    }
}

//! The recogniser and learned shapes give the answer of the machine, header blocks included, for messages that repeat a
//! shape and for messages that nearly repeat it.

use umsoap::{Decoder, Envelope, Error, ErrorKind, Limits, Options, Shapes};

use super::input::{self, Choices};
use super::message::{Content, Message, show};

/// Words that are put into a message: values, and text that no value may have.
const WORDS: [&[u8]; 24] = [
    b"x",
    b"Idle",
    b"Connected",
    b"UserBusy",
    b"idle",
    b"1",
    b" ",
    b"\r\n",
    b"\r",
    "é".as_bytes(),
    "\u{FFFE}".as_bytes(),
    b"\x00",
    b"\xC0\x80",
    b"\xE2\x82",
    b"&amp;",
    b"&",
    b"<",
    b">",
    b"]]>",
    b"'",
    b"\"",
    b"<!---->",
    b"<a/>",
    b" xmlns:z='urn:z'",
];

pub fn run(data: &[u8]) {
    let document = input::document(data).into_owned();
    let mut choices = Choices::of(&document);
    let mut messages = vec![document.clone(), document.clone()];
    for _ in 0..8 {
        let origin = if choices.below(3) == 0 { choices.below(messages.len()) } else { 0 };
        messages.push(variant(&messages[origin], &mut choices));
        messages.push(document.clone());
    }
    let mut shapes = Shapes::new();
    let learned: Vec<_> = messages.iter().map(|message| shapes.parse(message)).collect();
    let hits = shapes.hits();
    let accepted = learned.iter().filter(|learned| learned.is_ok()).count() as u64;
    assert!(hits <= accepted.saturating_sub(1), "{hits} hits of {accepted}{}", show(&document));
    for (message, learned) in messages.iter().zip(learned) {
        let learned = learned.map(|envelope| Message::of(&envelope));
        let whole = Envelope::parse(message).map(|envelope| Message::of(&envelope));
        assert_eq!(learned, whole, "after {}{}", document.escape_ascii(), show(message));
        assert_eq!(brief(whole.clone()), brief(decoded(message)), "{}", show(message));
        assert_eq!(whole, machine(message), "{}", show(message));
    }
}

/// Returns the message with one change. In half of the cases the change is where a value begins.
fn variant(message: &[u8], choices: &mut Choices) -> Vec<u8> {
    let mut variant = message.to_vec();
    let mut from = choices.below(variant.len() + 1);
    if choices.below(2) == 0 {
        let begins = |b: &u8| b">\"'".contains(b);
        from += variant[from..].iter().position(begins).map_or(0, |n| n + 1);
    }
    let to = (from + choices.below(9)).min(variant.len());
    match choices.below(4) {
        0 => drop(variant.splice(from..from, WORDS[choices.below(WORDS.len())].iter().copied())),
        1 => drop(variant.splice(from..to, WORDS[choices.below(WORDS.len())].iter().copied())),
        2 => drop(variant.drain(from..to)),
        _ => {
            let times = [1, 2, 60, 511, 512, 513, 4096][choices.below(7)];
            let span = variant[from..to].repeat(times);
            variant.splice(from..from, span);
        }
    }
    variant
}

/// Reads the message without the recogniser, which gives up when a limit is lower than what a usual message may take. The lower
/// limit is that of tags, where no tag of the message can reach it, or else that of namespaces. A message at that very limit
/// is read with the default limits.
fn machine(message: &[u8]) -> Result<Message, Error> {
    let limits = Limits::DEFAULT;
    let lower = if message.len() < usize::from(limits.tag_bytes()) {
        limits.with_tag_bytes(limits.tag_bytes() - 1)
    } else {
        limits.with_namespace_bytes(limits.namespace_bytes() - 1)
    };
    let options = Options::new().with_limits(lower.expect("a lower limit"));
    let read = match Envelope::parse_with(message, &options) {
        Err(error) if error.kind() == ErrorKind::NamespacesTooLong => Envelope::parse(message),
        read => read,
    };
    read.map(|envelope| Message::of(&envelope))
}

/// Reads the message through a decoder, which does not keep all of it.
fn decoded(message: &[u8]) -> Result<Message, Error> {
    let mut decoder = Decoder::new();
    decoder.feed(message)?;
    decoder.finish().map(|envelope| Message::of(&envelope))
}

/// Returns a message of the service, or an error. These are what a decoder keeps whole.
fn brief(message: Result<Message, Error>) -> Option<Result<Content, Error>> {
    match message.map(|message| message.content) {
        Ok(content @ Content::Service(..)) => Some(Ok(content)),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    }
}

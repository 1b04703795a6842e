//! roxmltree accepts what the library accepts, and gives the same meaning to it. When roxmltree accepts what the
//! library refuses, a rule of SOAP or the schema refuses it, or one of a closed list of reasons.

use umsoap::{Category, Envelope, Error, ErrorKind, Limits};

use super::message::{Content, Message, show};
use super::{input, lexed, reasons, reference};

pub fn run(data: &[u8]) {
    let document = &input::document(data)[..];
    let ours = Envelope::parse(document);
    let text = match core::str::from_utf8(document) {
        Ok(text) => text,
        Err(utf8) => return not_utf8(document, ours.map(drop).expect_err("no UTF-8"), utf8),
    };
    let invalid = ours.as_ref().is_err_and(|error| error.kind() == ErrorKind::InvalidUtf8);
    assert!(!invalid, "this is UTF-8{}", show(document));
    // Both skip a byte order mark. roxmltree also skips a second one.
    let plain = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let skipped = text.len() - plain.len();
    if reference::is_misread(plain) {
        return;
    }
    // roxmltree leaves a CR before a reference unchanged, so line ends become LF first (XML 1.0, section 2.11).
    let lines = lf(plain);
    let tree = if plain.starts_with('\u{FEFF}') { None } else { roxmltree::Document::parse(&lines).ok() };
    match (ours, tree) {
        (Ok(envelope), None) => panic!("only we accept {envelope:?}{}", show(document)),
        (Err(_), None) => {}
        (Ok(envelope), Some(tree)) => {
            let ours = Message::of(&envelope).map_raw(lf);
            let theirs = reference::read(&tree);
            assert_eq!(Some(ours), theirs, "{}", show(document));
            let lexed = lexed::lex(text);
            // roxmltree accepts processing instructions, and xmlparser shows them.
            let fits = lexed.offences.is_empty() && lexed.needs.are_within(&Limits::DEFAULT);
            assert!(fits, "{:?} {:?}{}", lexed.offences, lexed.needs, show(document));
        }
        (Err(error), Some(tree)) => {
            let message = reference::read(&tree);
            let by_rule = matches!(error.kind().category(), Category::Soap | Category::MustUnderstand);
            let justified = if by_rule {
                message.is_none()
            } else {
                let retained = retained(plain, message.as_ref());
                reasons::justify(error.kind(), plain, error.offset().saturating_sub(skipped), retained)
            };
            assert!(justified, "only we refuse: {error}; {message:?}{}", show(document));
        }
    }
}

/// Replaces CR LF and CR by LF.
fn lf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Checks that broken UTF-8 is refused where it breaks, or for an offence before that.
fn not_utf8(document: &[u8], error: Error, utf8: core::str::Utf8Error) {
    let breaks = utf8.valid_up_to();
    let expected = match error.kind() {
        ErrorKind::InvalidUtf8 => error.offset() == breaks,
        // Up to three bytes may be the beginning of UTF-16 or UTF-32.
        ErrorKind::UnexpectedEnd => {
            error.offset() == document.len() && (utf8.error_len().is_none() || document.len() < 4)
        }
        _ => error.offset() <= breaks,
    };
    assert!(expected, "not UTF-8 at {breaks}{}", show(document));
}

/// Returns the most raw text that has to be kept: what the message retains, or the whole of a document that holds no
/// message.
fn retained(text: &str, message: Option<&Message>) -> usize {
    match message.map(|message| &message.content) {
        Some(Content::Service(_, fields)) => {
            let raw: usize = fields.iter().filter_map(|field| field.raw.as_ref()).map(String::len).sum();
            // A line end of the document may have been one byte longer.
            if raw == 0 { 0 } else { raw + text.matches('\r').count() }
        }
        Some(Content::Fault(_) | Content::Other(..)) | None => text.len(),
    }
}

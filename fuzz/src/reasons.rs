//! The closed list of reasons for which the library refuses what roxmltree accepts. `reference` knows the rules of SOAP
//! and of the schema. Each reason has its evidence in the document.

use umsoap::{Category, ErrorKind, Limits};

use super::lexed;

/// Returns whether the refusal is justified at this position. `retained` is the raw text that would have to be kept.
pub fn justify(kind: ErrorKind, text: &str, at: usize, retained: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    let first = rest.chars().next().unwrap_or(' ');
    let in_declaration = text.starts_with("<?xml") && text.find("?>").is_some_and(|end| at < end + 2);
    match kind {
        // SOAP forbids them, and XML does not. With a tab or a line end after `<?xml`, roxmltree takes it for one.
        ErrorKind::ProcessingInstruction | ErrorKind::MisplacedDeclaration => rest.starts_with("<?"),
        // roxmltree skips most of the declaration's grammar, and takes any encoding for UTF-8.
        ErrorKind::Declaration | ErrorKind::DeclaredEncoding => in_declaration,
        // roxmltree reads references out of range as U+FFFD.
        ErrorKind::InvalidCharReference => rest.starts_with("&#"),
        // roxmltree accepts `xmlns:p=""`.
        ErrorKind::UndeclaredPrefix => rest.starts_with("xmlns:"),
        // roxmltree accepts empty prefixes, and local names whose first character begins no name.
        ErrorKind::InvalidQName | ErrorKind::InvalidName => !first.is_alphabetic() && first != '_',
        ErrorKind::MismatchedEndTag => first == ':',
        // roxmltree accepts declarations of xmlns, and a declaration that stands twice.
        ErrorKind::ReservedPrefix => rest.starts_with("xmlns:xmlns"),
        ErrorKind::DuplicateAttribute => rest.starts_with("xmlns"),
        // roxmltree knows none of our limits.
        ErrorKind::TextTooLong => retained > usize::from(Limits::DEFAULT.text_bytes()),
        _ if kind.category() == Category::Limit => !lexed::lex(text).needs.are_within(&Limits::DEFAULT),
        _ => false,
    }
}

//! The closed list of reasons why the library refuses what roxmltree takes, beside the rules of SOAP and of
//! the schema, which `reference` knows. Each has its evidence in the document.

use umsoap::{Category, ErrorKind, Limits};

use super::lexed;

/// Is the refusal justified at this position? `retained` is how much raw text would have to be kept.
pub fn justify(kind: ErrorKind, text: &str, at: usize, retained: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    let first = rest.chars().next().unwrap_or(' ');
    let in_declaration = text.starts_with("<?xml") && text.find("?>").is_some_and(|end| at < end + 2);
    match kind {
        // SOAP forbids them; XML does not. With a tab or a line end after `<?xml`, roxmltree takes it for one.
        ErrorKind::ProcessingInstruction | ErrorKind::MisplacedDeclaration => rest.starts_with("<?"),
        // roxmltree skips most of the declaration's grammar, and takes any encoding for UTF-8.
        ErrorKind::Declaration | ErrorKind::DeclaredEncoding => in_declaration,
        // roxmltree reads references out of range as U+FFFD.
        ErrorKind::InvalidCharReference => rest.starts_with("&#"),
        // roxmltree takes `xmlns:p=""`.
        ErrorKind::UndeclaredPrefix => rest.starts_with("xmlns:"),
        // roxmltree takes empty prefixes, and local names that begin as no name does.
        ErrorKind::InvalidQName | ErrorKind::InvalidName => !first.is_alphabetic() && first != '_',
        ErrorKind::MismatchedEndTag => first == ':',
        // roxmltree takes declarations of xmlns, and the same declaration twice.
        ErrorKind::ReservedPrefix => rest.starts_with("xmlns:xmlns"),
        ErrorKind::DuplicateAttribute => rest.starts_with("xmlns"),
        // roxmltree knows none of our limits.
        ErrorKind::TextTooLong => retained > usize::from(Limits::DEFAULT.text_bytes()),
        _ if kind.category() == Category::Limit => !lexed::lex(text).needs.are_within(&Limits::DEFAULT),
        _ => false,
    }
}

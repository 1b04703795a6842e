//! Makes small requests as different stacks write them.

use super::random::Random;
use super::{Answer, Message};

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const MESSAGES: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";
const BYTE_ORDER_MARK: &str = "\u{FEFF}";

/// The element that declares the operation's namespace.
#[derive(Clone, Copy, PartialEq)]
enum Declares {
    Envelope,
    Body,
    Operation,
}

/// The choices of a stack that writes a request. A prefix is empty for the default namespace.
struct Style {
    quote: &'static str,
    soap: String,
    operation: String,
    declaration: String,
    /// The number of namespaces that the Envelope declares and nothing uses: at most two.
    unused: usize,
    line_end: &'static str,
    /// The indent of one level.
    indent: &'static str,
    declares: Declares,
    call_id: String,
    trailer: &'static str,
}

/// Returns requests in the styles of well-known stacks.
pub(crate) fn requests(count: usize) -> Vec<Message> {
    let mut random = Random(1);
    (0..count).map(|_| write(&known(&mut random))).collect()
}

/// Returns requests in any style, also in styles that no list of well-known stacks foresees.
pub(crate) fn requests_in_any_style(count: usize) -> Vec<Message> {
    let mut random = Random(3);
    (0..count).map(|_| write(&any(&mut random))).collect()
}

fn known(random: &mut Random) -> Style {
    let quote = random.one_of(&["\"", "\"", "'"]);
    let soap = random.one_of(&["soap", "s", "SOAP-ENV", "soap-env", "soapenv", "env", ""]);
    let operation = random.one_of(&["", "", "m", "tns", "ns0", "ns1"]);
    let declaration = random.one_of(&[
        "",
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
        "<?xml version='1.0' encoding='UTF-8'?>",
        "<?xml version=\"1.0\" encoding=\"utf-8\" ?>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>",
    ]);
    let unused = [1, 2, 0, 0][random.below(4)];
    let (line_end, indent) =
        [("", ""), ("\n", "  "), ("\n", "    "), ("\r\n", "  "), ("\n", "\t")][random.below(5)];
    let on_envelope = !operation.is_empty() && random.below(2) == 0;
    let length = 32 + 4 * random.below(32);
    Style {
        quote,
        soap: soap.to_string(),
        operation: operation.to_string(),
        declaration: declaration.to_string(),
        unused,
        line_end,
        indent,
        declares: if on_envelope { Declares::Envelope } else { Declares::Operation },
        call_id: random.base64(length),
        trailer: random.one_of(&["", "\n", "\r\n"]),
    }
}

fn any(random: &mut Random) -> Style {
    let quote = random.one_of(&["\"", "'"]);
    let soap = prefix(random);
    let mut operation = prefix(random);
    // An inner declaration of this prefix would hide the outer one from the end tags.
    while operation == soap && !soap.is_empty() {
        operation = prefix(random);
    }
    // If both prefixes are empty, the inner element has to declare its own default namespace.
    let declares = match random.below(3) {
        _ if operation == soap => Declares::Operation,
        0 => Declares::Envelope,
        1 => Declares::Body,
        _ => Declares::Operation,
    };
    let mark = random.one_of(&["", "", "", BYTE_ORDER_MARK]);
    let encoding = random.one_of(&["utf-8", "UTF-8", "Utf-8"]);
    let rest = random.one_of(&["", "", " ", " standalone='yes'", " standalone=\"no\""]);
    let declaration = match random.below(3) {
        0 => String::new(),
        1 => "<?xml version=\"1.0\"?>".to_string(),
        _ => format!("<?xml version={quote}1.0{quote} encoding={quote}{encoding}{quote}{rest}?>"),
    };
    let length = 1 + random.below(160);
    Style {
        quote,
        soap,
        operation,
        declaration: mark.to_string() + &declaration,
        unused: random.below(3),
        line_end: random.one_of(&["", "\n", "\r\n", "\r", "\n\n"]),
        indent: random.one_of(&["", " ", "  ", "   ", "    ", "        ", "\t", " \t"]),
        declares,
        call_id: random.base64(length),
        trailer: random.one_of(&["", "\n", "\r\n", "\r", " ", "\t\n"]),
    }
}

/// Returns nothing for the default namespace, or a prefix of one to eight letters. It never begins like `xml`, `xsi` or
/// `xsd`.
fn prefix(random: &mut Random) -> String {
    let length = if random.below(3) == 0 { 0 } else { 1 + random.below(8) };
    random.letters(length)
}

fn write(style: &Style) -> Message {
    let quote = style.quote;
    let declare = |prefix: &str, uri: &str| match prefix {
        "" => format!(" xmlns={quote}{uri}{quote}"),
        _ => format!(" xmlns:{prefix}={quote}{uri}{quote}"),
    };
    let qualify = |prefix: &str, local: &str| match prefix {
        "" => local.to_string(),
        _ => format!("{prefix}:{local}"),
    };
    let unused =
        [("xsi", "http://www.w3.org/2001/XMLSchema-instance"), ("xsd", "http://www.w3.org/2001/XMLSchema")];
    let unused: String = unused[..style.unused].iter().map(|(prefix, uri)| declare(prefix, uri)).collect();
    let end = style.line_end;
    let line = |depth: usize| end.to_string() + &style.indent.repeat(depth);
    let (envelope, body) = (qualify(&style.soap, "Envelope"), qualify(&style.soap, "Body"));
    let (operation, id) = (qualify(&style.operation, "GetCallInfo"), qualify(&style.operation, "CallId"));
    let at = |element: Declares| match style.declares == element {
        true => declare(&style.operation, MESSAGES),
        false => String::new(),
    };
    let declaration = &style.declaration;
    let after_declaration = if declaration.ends_with('>') { end } else { "" };
    let text = format!(
        "{declaration}{after_declaration}<{envelope}{}{}{unused}>{}<{body}{}>{}<{operation}{}>{}<{id}>{call_id}</{id}>\
         {}</{operation}>{}</{body}>{end}</{envelope}>{trailer}",
        declare(&style.soap, SOAP),
        at(Declares::Envelope),
        line(1),
        at(Declares::Body),
        line(2),
        at(Declares::Operation),
        line(3),
        line(2),
        line(1),
        call_id = style.call_id,
        trailer = style.trailer,
    );
    Message { bytes: text.into_bytes(), answer: Answer::Request(style.call_id.clone()) }
}

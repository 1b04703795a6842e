//! Tests which error wins, with two offences in one message, in both orders and one inside the other, in every way of
//! reading. The winner is the error that is detected first when the bytes are read one by one.
mod verdict;

use umsoap::{ErrorKind, Limits, Options, SoapVersion};
use verdict::{every_way, refusal};

use ErrorKind as K;

/// Offences in content. In a template, `@` precedes the byte that the offset names, `^` precedes the byte that shows
/// the offence, and `|` marks where content may stand. These three marks are no part of the offence.
const CONTENT: [(ErrorKind, &str); 23] = [
    (K::InvalidUtf8, "@\u{1}UTF8^x"),
    (K::InvalidChar, "@^\u{1}"),
    (K::InvalidChar, "@\u{FFF}FE"),
    (K::InvalidName, "<a@^!"),
    (K::UnknownMarkup, "@<!^x"),
    (K::CommentDashes, "<!-- @--^ -->"),
    (K::CdataEndInText, "@]]^>"),
    (K::MalformedReference, "@&^ "),
    (K::UndeclaredEntity, "@&apo^x;"),
    (K::InvalidCharReference, "@&#x0^;"),
    (K::LessThanInAttribute, "<a b='@^<'/>"),
    (K::MissingEquals, "<a b @^c=''/>"),
    (K::MissingQuote, "<a b=@^c/>"),
    (K::MissingWhiteSpace, "<a b=''@^c=''/>"),
    (K::MalformedTagEnd, "<a>|</a @^b>"),
    (K::MismatchedEndTag, "<ab>|</@a^c>"),
    (K::InvalidQName, "<a:b@^:c/>"),
    (K::UnboundPrefix, "<@q:a^>|</q:a>"),
    (K::DuplicateAttribute, "<a b='' @b=''^>|</a>"),
    (K::Doctype, "@<!^DOCTYPE"),
    (K::ProcessingInstruction, "@<?^y x?>"),
    (K::MisplacedDeclaration, "@<?xml^ version='1.0'?>"),
    (K::UndeclaredPrefix, "<a @xmlns:b=''^>|</a>"),
];

/// An offence as bytes: the places of its offset and of its detection, and the place where content may stand in it.
struct Offence {
    kind: ErrorKind,
    bytes: Vec<u8>,
    at: usize,
    detected: usize,
    hole: Option<usize>,
}

fn offences() -> Vec<Offence> {
    CONTENT
        .iter()
        .map(|&(kind, template)| {
            let mut offence = Offence { kind, bytes: Vec::new(), at: 0, detected: 0, hole: None };
            // A template cannot hold bytes that are not UTF-8. U+FFFE is shown by its last byte.
            let text = template.replace("\u{1}UTF8", "\u{1}\u{2}").replace("\u{FFF}FE", "\u{3}");
            for b in text.into_bytes() {
                match b {
                    b'@' => offence.at = offence.bytes.len(),
                    b'^' => offence.detected = offence.bytes.len(),
                    b'|' => offence.hole = Some(offence.bytes.len()),
                    2 => {
                        offence.bytes.pop();
                        offence.bytes.extend(b"\xE2\x82");
                    }
                    3 => {
                        offence.bytes.extend(b"\xEF\xBF\xBE");
                        offence.detected = offence.bytes.len() - 1;
                    }
                    b => offence.bytes.push(b),
                }
            }
            offence
        })
        .collect()
}

/// Places for content: what stands before the content, and what stands after it.
const PLACES: [(&str, &str); 4] = [
    ("<s:Header><h:x xmlns:h='urn:h'>", "</h:x></s:Header><s:Body><x/></s:Body></s:Envelope>"),
    ("<s:Body><x>", "</x></s:Body></s:Envelope>"),
    (
        "<s:Body><s:Fault><faultcode>x</faultcode><faultstring/><detail><y>",
        "</y></detail></s:Fault></s:Body></s:Envelope>",
    ),
    (
        "<s:Body><s:Fault><faultcode>x</faultcode><faultstring/><detail><ExceptionType>",
        "</ExceptionType></detail></s:Fault></s:Body></s:Envelope>",
    ),
];

fn envelope(version: SoapVersion) -> String {
    format!("<s:Envelope xmlns:s='{}'>", version.namespace())
}

/// Reads a message with these offences. Each has a kind, an offset, and the offset of its detection. The offence that
/// is detected first must be reported.
fn hold(message: &[u8], options: Options<'_>, offences: &[(ErrorKind, usize, usize)]) {
    let (kind, at, _) = offences.iter().min_by_key(|(_, _, detected)| detected).unwrap();
    let said = every_way(options, message);
    assert_eq!(
        said,
        refusal(*kind, *at, Some(SoapVersion::V1_1)),
        "{offences:?}: {}",
        message.escape_ascii()
    );
}

/// Puts one offence in every place, which proves the table of offences.
#[test]
fn one_offence() {
    for offence in offences() {
        for (before, after) in PLACES {
            let start = envelope(SoapVersion::V1_1) + before + "some text ";
            let message = [start.as_bytes(), &offence.bytes, after.as_bytes()].concat();
            let only = (offence.kind, start.len() + offence.at, start.len() + offence.detected);
            hold(&message, Options::new(), &[only]);
            // The offence is reported as soon as its byte is there, and not one byte earlier.
            let shown = start.len() + offence.detected + 1;
            hold(&message[..shown], Options::new(), &[only]);
            let early = refusal(K::UnexpectedEnd, shown - 1, Some(SoapVersion::V1_1));
            assert_eq!(every_way(Options::new(), &message[..shown - 1]), early, "{}", message.escape_ascii());
        }
    }
}

/// Puts two offences one after the other, and one inside the other where there is a place for content.
#[test]
fn two_offences() {
    let all = offences();
    for (before, after) in PLACES {
        let start = envelope(SoapVersion::V1_1) + before + "t";
        for one in &all {
            for other in &all {
                let from = start.len();
                let next = from + one.bytes.len() + 1;
                let message = [start.as_bytes(), &one.bytes, b" ", &other.bytes, after.as_bytes()].concat();
                let first = (one.kind, from + one.at, from + one.detected);
                let second = (other.kind, next + other.at, next + other.detected);
                hold(&message, Options::new(), &[first, second]);
                let Some(hole) = one.hole else { continue };
                let (head, tail) = one.bytes.split_at(hole);
                let message = [start.as_bytes(), head, b" ", &other.bytes, tail, after.as_bytes()].concat();
                let inside = from + hole + 1;
                // The bytes after that place move.
                let moved = |place: usize| if place < hole { place } else { place + 1 + other.bytes.len() };
                let outer = (one.kind, from + moved(one.at), from + moved(one.detected));
                let inner = (other.kind, inside + other.at, inside + other.detected);
                hold(&message, Options::new(), &[outer, inner]);
            }
        }
    }
}

/// Tests a limit at every byte around an offence. The limit wins up to and including the byte that shows the offence.
#[test]
fn an_offence_and_the_longest_message() {
    for offence in offences() {
        for (before, after) in [PLACES[0], PLACES[3]] {
            let start = envelope(SoapVersion::V1_1) + before + "t";
            let message = [start.as_bytes(), &offence.bytes, after.as_bytes()].concat();
            for most in start.len()..start.len() + offence.bytes.len() + 2 {
                let limits = Limits::DEFAULT.with_message_bytes(most as u32).unwrap();
                let offence = (offence.kind, start.len() + offence.at, start.len() + offence.detected);
                // When both fall on one byte, the limit comes first.
                hold(
                    &message,
                    Options::new().with_limits(limits),
                    &[(K::MessageTooLong, most, most), offence],
                );
            }
        }
    }
}

/// Tests the limit of text at every byte around an offence in kept text.
#[test]
fn an_offence_and_the_longest_text() {
    let before = "<s:Body><s:Fault><faultcode>";
    for offence in
        offences().into_iter().filter(|offence| offence.bytes[0] != b'<' || offence.bytes[1] == b'!')
    {
        let start = envelope(SoapVersion::V1_1) + before;
        let message = [start.as_bytes(), b"tt", &offence.bytes, b"</faultcode>"].concat();
        let from = start.len() + 2;
        for most in 0..offence.bytes.len() + 4 {
            let limits = Limits::DEFAULT.with_text_bytes(most as u16).unwrap();
            let over = start.len() + most;
            let offence = (offence.kind, from + offence.at, from + offence.detected);
            // The `<` at the limit may begin the end tag. The byte after it decides.
            let waits = over < message.len() && message[over] == b'<';
            let limit = (K::TextTooLong, over, over + usize::from(waits));
            hold(&message, Options::new().with_limits(limits), &[limit, offence]);
        }
    }
}

/// Offences in the meaning of a start tag, in the order in which the rules are judged. All of them show at the `>` of
/// the tag. Of two declarations, and of two prefixes of attributes, the first in the document is reported.
const IN_A_TAG: [(u8, ErrorKind, &str, &str); 8] = [
    (0, K::DuplicateAttribute, "d='' @d=''", "d"),
    (1, K::UndeclaredPrefix, "@xmlns:u=''", "xmlns:u"),
    (1, K::ReservedPrefix, "@xmlns:xmlns='x'", "xmlns:xmlns"),
    (1, K::ReservedPrefix, "@xmlns:xml='x'", "xmlns:xml"),
    (1, K::ReservedNamespace, "@xmlns:n='http://www.w3.org/XML/1998/namespace'", "xmlns:n"),
    (3, K::UnboundPrefix, "@no:a=''", "no:a"),
    (3, K::UnboundPrefix, "@none:a=''", "none:a"),
    (4, K::DuplicateExpandedName, "xmlns:p='urn:p' xmlns:q='urn:p' p:a='' @q:a=''", "q:a"),
];

/// Puts two offences in one start tag in both orders, with and without an unbound prefix of the element, and with a
/// rule of SOAP.
#[test]
fn two_offences_in_one_tag() {
    for (name, own) in [("<h:x", None), ("<nil:x", Some(2)), ("<x", Some(5))] {
        for (rank, kind, one, _) in IN_A_TAG {
            for (other_rank, other_kind, other, _) in IN_A_TAG {
                if one == other {
                    continue;
                }
                let start = envelope(SoapVersion::V1_1) + "<s:Header xmlns:h='urn:h'>";
                let attributes = [one, other].map(|attribute| attribute.replace('@', ""));
                let tag = format!("{start}{name} {} {}/>", attributes[0], attributes[1]);
                let first = start.len() + name.len() + 1;
                let second = first + attributes[0].len() + 1;
                // The rank of a rule decides, then the order in the document.
                let mut all = vec![
                    (kind, first + one.find('@').unwrap(), usize::from(rank)),
                    (other_kind, second + other.find('@').unwrap(), usize::from(other_rank)),
                ];
                match own {
                    Some(2) => all.push((K::UnboundPrefix, start.len() + 1, 2)),
                    Some(rank) => all.push((K::UnqualifiedHeaderBlock, start.len(), rank)),
                    None => {}
                }
                hold(tag.as_bytes(), Options::new(), &all);
                // A byte that breaks the tag before its end wins over all of them.
                let broken = tag.replace("/>", " =/>");
                hold(broken.as_bytes(), Options::new(), &[(K::InvalidName, broken.len() - 3, 0)]);
            }
        }
    }
}

/// Rules about a whole value, and about missing children, show at the `>` of the end tag, after its name matched.
#[test]
fn an_end_tag_and_what_it_ends() {
    const M: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";
    let call = format!("<s:Body><GetCallInfo xmlns='{M}'>");
    let reply = format!("<s:Body><GetCallInfoResponse xmlns='{M}'>");
    let fault = "<s:Body><s:Fault>".to_string();
    for (before, text, name, kind) in [
        (call.clone() + "<CallId>", "", "CallId", K::EmptyValue),
        (call, "", "GetCallInfo", K::MissingChild),
        (reply.clone() + "<CallState>", "idel", "CallState", K::UnknownWord),
        (reply.clone() + "<CallState>", "idle", "CallState", K::EnumCase),
        (reply.clone() + "<CallState>", "Idle ", "CallState", K::EnumWhiteSpace),
        (reply.clone() + "<CallState>Idle</CallState><EventCause>", "x", "EventCause", K::UnknownWord),
        (reply.clone(), "", "GetCallInfoResponse", K::MissingChild),
        (reply + "<CallState>Idle</CallState>", "", "GetCallInfoResponse", K::MissingChild),
        (fault.clone(), "", "s:Fault", K::MissingFaultCode),
        (fault + "<faultcode/>", "", "s:Fault", K::MissingFaultReason),
        ("<s:Body>".to_string(), "", "s:Body", K::EmptyBody),
        (String::new(), "", "s:Envelope", K::MissingBody),
    ] {
        let start = envelope(SoapVersion::V1_1) + &before;
        let end = start.len() + text.len();
        let at = if text.is_empty() { end } else { start.len() };
        let whole = format!("{start}{text}</{name} ");
        hold((whole.clone() + ">").as_bytes(), Options::new(), &[(kind, at, 0)]);
        hold((whole.clone() + "><!x").as_bytes(), Options::new(), &[(kind, at, 0)]);
        hold((whole.clone() + "x>").as_bytes(), Options::new(), &[(K::MalformedTagEnd, whole.len(), 0)]);
        hold(whole.as_bytes(), Options::new(), &[(K::UnexpectedEnd, whole.len(), 0)]);
        let other = format!("{start}{text}</{name}x>");
        hold(other.as_bytes(), Options::new(), &[(K::MismatchedEndTag, end + 2, 0)]);
    }
}

/// `xsi:nil` counts on Header. When many attributes stand twice, the first in the document is reported.
#[test]
fn nil_on_a_header_and_many_attributes() {
    let nil = " xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='1'";
    let header = envelope(SoapVersion::V1_1) + &format!("<s:Header{nil}/>");
    hold(header.as_bytes(), Options::new(), &[(K::Nil, header.rfind("i:nil").unwrap(), 0)]);
    let many: String = (0..9).map(|n| format!(" a{n}=''")).collect();
    let tag = envelope(SoapVersion::V1_1) + &format!("<s:Body><x{many} a7='' a1=''/>");
    hold(tag.as_bytes(), Options::new(), &[(K::DuplicateAttribute, tag.rfind("a7").unwrap(), 0)]);
}

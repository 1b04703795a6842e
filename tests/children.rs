//! Tests which children an element of a fault or of a message may have, with every sequence of a few children. The
//! children of a fault are compared with the content models of the specifications, which are written here a second
//! time. The children of the service's messages are made from the schema in `tests/data/um.xsd`, and compared with the
//! oracle that interprets it.

mod oracle;
mod ways;

use oracle::schema::{Content, Element, SCHEMA};
use oracle::{library::library, oracle};
use umsoap::{Decoder, Envelope, ErrorKind, SoapVersion};
use ways::{Entry, Ways, said};

const M: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";

/// A child that may stand at a place: its name, whether it must stand there, and its content.
type Child = (&'static str, bool, &'static str);

/// Returns every sequence of up to `longest` of these children.
fn sequences(children: &[Child], longest: u32) -> Vec<Vec<Child>> {
    let mut all = vec![Vec::new()];
    let mut last = 0;
    for _ in 0..longest {
        let longer: Vec<_> = all[last..]
            .iter()
            .flat_map(|start| children.iter().map(move |&child| [&start[..], &[child]].concat()))
            .collect();
        last = all.len();
        all.extend(longer);
    }
    all
}

/// The kind of an offence in a sequence, and the number of the child that is wrong. `None` means that the end is wrong, since
/// a child is missing.
type Offence = (ErrorKind, Option<usize>);

/// Parses every sequence of children between `before` and `after`, and compares the error with what `judge` says.
fn held(
    children: &[Child],
    longest: u32,
    [before, after]: [&str; 2],
    judge: impl Fn(&[Child]) -> Option<Offence>,
) {
    let (mut accepted, mut refused) = (0, 0);
    for sequence in sequences(children, longest) {
        let mut document = before.to_string();
        let mut places = Vec::new();
        for &(name, _, content) in &sequence {
            places.push(document.len());
            document += &format!("<{name}>{content}</{}>", name.split(' ').next().unwrap());
        }
        let end = document.len();
        document += after;
        let expected = judge(&sequence).map(|(kind, at)| (kind, at.map_or(end, |n| places[n])));
        let found = Envelope::parse(document.as_bytes()).err().map(|e| (e.kind(), e.offset()));
        assert_eq!(found, expected, "{document}");
        *(if found.is_none() { &mut accepted } else { &mut refused }) += 1;
    }
    assert!(accepted > 0 && refused > 0, "{accepted} accepted, {refused} refused: {before}");
}

/// Judges a sequence in which each child may stand once. With `ordered`, the children must stand in the order of the
/// model, and a child that comes too early is the offence. Otherwise the end is the offence, if a child that must stand
/// there is missing.
fn each_once(
    model: &[Child],
    ordered: Option<ErrorKind>,
    kinds: [ErrorKind; 3],
    found: &[Child],
) -> Option<Offence> {
    let [duplicate, no_first, no_second] = kinds;
    let rank = |child: &Child| model.iter().position(|m| m.0 == child.0);
    for (n, child) in found.iter().enumerate() {
        let Some(own) = rank(child) else { continue };
        if found[..n].contains(child) {
            return Some((duplicate, Some(n)));
        }
        let lacks = model[..own].iter().any(|m| m.1 && !found[..n].contains(m));
        let late = found[..n].iter().filter_map(rank).any(|before| before > own);
        if let Some(order) = ordered.filter(|_| lacks || late) {
            return Some((order, Some(n)));
        }
    }
    let mut must = model.iter().filter(|m| m.1).zip([no_first, no_second]);
    must.find(|(m, _)| !found.contains(m)).map(|(_, kind)| (kind, None))
}

const FAULT: [ErrorKind; 3] =
    [ErrorKind::DuplicateFaultChild, ErrorKind::MissingFaultCode, ErrorKind::MissingFaultReason];

/// Returns an envelope of a fault in two parts. The children stand between them.
fn fault(version: SoapVersion, before: &str, after: &str) -> [String; 2] {
    let uri = version.namespace();
    let start = format!("<s:Envelope xmlns:s='{uri}' xmlns:o='urn:o'><s:Body><s:Fault>{before}");
    [start, format!("{after}</s:Fault></s:Body></s:Envelope>")]
}

/// SOAP 1.1 section 4.4 allows any order, and qualified elements of other namespaces beside the children.
#[test]
fn of_a_fault_of_1_1() {
    let children = [
        ("faultcode", true, "s:Client"),
        ("faultstring", true, "x"),
        ("faultactor", false, "urn:a"),
        ("detail", false, "<x/>"),
        ("o:other", false, "<x/>"),
    ];
    let [before, after] = fault(SoapVersion::V1_1, "", "");
    held(&children, 5, [&before, &after], |found| each_once(&children[..4], None, FAULT, found));
}

/// SOAP 1.2 section 5.4 demands `Code, Reason, Node?, Role?, Detail?`.
#[test]
fn of_a_fault_of_1_2() {
    let children = [
        ("s:Code", true, "<s:Value>s:Sender</s:Value>"),
        ("s:Reason", true, "<s:Text xml:lang='en'>x</s:Text>"),
        ("s:Node", false, "urn:n"),
        ("s:Role", false, "urn:r"),
        ("s:Detail", false, "<x/>"),
    ];
    let [before, after] = fault(SoapVersion::V1_2, "", "");
    held(&children, 6, [&before, &after], |found| {
        each_once(&children, Some(ErrorKind::FaultOrder), FAULT, found)
    });
}

/// SOAP 1.2 sections 5.4.1 and 5.4.1.2 demand `Value, Subcode?`, at every depth.
#[test]
fn of_a_code_and_of_subcodes() {
    let children = [
        ("s:Value", true, "s:Sender"),
        ("s:Subcode", false, "<s:Value>o:a</s:Value><s:Subcode><s:Value>o:b</s:Value></s:Subcode>"),
    ];
    let reason = "<s:Reason><s:Text xml:lang='en'>x</s:Text></s:Reason>";
    let (mut before, mut after) = ("<s:Code>".to_string(), format!("</s:Code>{reason}"));
    for _ in 0..3 {
        let [start, end] = fault(SoapVersion::V1_2, &before, &after);
        held(&children, 4, [&start, &end], |found| {
            each_once(&children, Some(ErrorKind::FaultOrder), FAULT, found)
        });
        before += "<s:Value>o:c</s:Value><s:Subcode>";
        after.insert_str(0, "</s:Subcode>");
    }
}

/// SOAP 1.2 section 5.4.2 demands `Text+`.
#[test]
fn of_a_reason() {
    let children = [("s:Text xml:lang='en'", true, "x"), ("s:Value", false, "x")];
    let before = "<s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason>";
    let [before, after] = fault(SoapVersion::V1_2, before, "</s:Reason>");
    held(&children, 3, [&before, &after], |found| match found.iter().position(|c| *c == children[1]) {
        None if found.is_empty() => Some((ErrorKind::MissingFaultReason, None)),
        None => None,
        at => Some((ErrorKind::UnexpectedFaultChild, at)),
    });
}

/// A part of a fault may not stand in another part of it, nor in a fault of the other version.
#[test]
fn no_part_of_a_fault_stands_elsewhere() {
    let names =
        ["faultcode", "faultstring", "faultactor", "detail", "s:Code", "s:Reason", "s:Node", "s:Role"];
    let names =
        names.into_iter().chain(["s:Detail", "s:Value", "s:Subcode", "s:Text xml:lang='en'", "other"]);
    let value = "<s:Value>s:Sender</s:Value>";
    let places = [
        // Each row has what precedes the child, and which children may follow.
        (SoapVersion::V1_1, "", &["faultcode", "faultstring", "faultactor", "detail"][..]),
        (SoapVersion::V1_2, "", &["s:Code", "s:Reason", "s:Node", "s:Role", "s:Detail"]),
        (SoapVersion::V1_2, "<s:Code>", &["s:Value", "s:Subcode"]),
        (SoapVersion::V1_2, "<s:Code><s:Value>s:Sender</s:Value><s:Subcode>", &["s:Value", "s:Subcode"]),
        (SoapVersion::V1_2, &format!("<s:Code>{value}</s:Code><s:Reason>"), &["s:Text"]),
    ];
    for (version, before, own) in places {
        for name in names.clone() {
            let [start, _] = fault(version, before, "");
            let document = format!("{start}<{name}>");
            let error = Envelope::parse(document.as_bytes()).unwrap_err();
            // In 1.1 a qualified child belongs to another namespace and is accepted.
            let foreign = version == SoapVersion::V1_1 && name.contains(':');
            let taken = foreign || own.contains(&name.split(' ').next().unwrap());
            let found = (error.kind(), error.offset());
            let expected = (ErrorKind::UnexpectedFaultChild, start.len());
            assert_eq!(found != expected, taken, "{found:?}: {document}");
        }
    }
    // No part may stand in a text.
    let parts =
        ["<faultcode>", "<faultstring>", "<faultactor>"].map(|part| (SoapVersion::V1_1, part.to_string()));
    let code = format!("<s:Code>{value}");
    let reason = format!("{code}</s:Code><s:Reason><s:Text xml:lang='en'>");
    let rest = reason.clone() + "x</s:Text></s:Reason>";
    let texts = ["<s:Code><s:Value>".to_string(), code + "<s:Subcode><s:Value>", reason];
    let texts = texts.into_iter().chain(["<s:Node>", "<s:Role>"].map(|part| rest.clone() + part));
    for (version, before) in parts.into_iter().chain(texts.map(|text| (SoapVersion::V1_2, text))) {
        let [start, _] = fault(version, &before, "");
        let document = format!("{start}x<s:Value>");
        let error = Envelope::parse(document.as_bytes()).unwrap_err();
        assert_eq!((error.kind(), error.offset()), (ErrorKind::ElementInText, start.len() + 1), "{document}");
    }
}

/// A fault is the element Fault in the envelope's own namespace. A Fault in another namespace is another element.
#[test]
fn a_fault_is_of_the_namespace_of_its_envelope() {
    let versions = [SoapVersion::V1_1, SoapVersion::V1_2];
    let mut ways = Ways::new();
    for version in versions {
        let uri = version.namespace();
        let uris = versions.map(SoapVersion::namespace).into_iter().chain(["", M, "urn:a"]);
        for namespace in uris {
            for name in ["Fault", "fault", "Faults"] {
                let document = format!(
                    "<s:Envelope xmlns:s='{uri}'><s:Body><{name} xmlns='{namespace}'/></s:Body></s:Envelope>"
                );
                let refused =
                    ways.agree(document.as_bytes(), &[7]).map(|(_, _, entry)| entry).map_err(|e| e.kind());
                let expected = match (namespace == uri, name) {
                    (true, "Fault") => Err(ErrorKind::MissingFaultCode),
                    _ => Ok(Entry::Other(name.to_string())),
                };
                assert_eq!(refused, expected, "{document}");
            }
        }
    }
}

/// Returns an envelope of the operation in two parts. The children stand between them.
fn operation(name: &str, inner: [&str; 2]) -> [String; 2] {
    let [before, after] = inner;
    let start = format!("<s:Envelope xmlns:s='{}'><s:Body>", SoapVersion::V1_1.namespace());
    [start + &format!("<{name} xmlns='{M}'>{before}"), format!("{after}</{name}></s:Body></s:Envelope>")]
}

#[test]
fn of_a_request() {
    let children = [("CallId", true, "x"), ("CallState", false, "Idle"), ("GetCallInfo", false, "")];
    let [before, after] = operation("GetCallInfo", ["", ""]);
    held(&children, 3, [&before, &after], |found| {
        let other = found.iter().position(|child| *child != children[0]);
        let second = (found.len() > 1).then_some(1);
        match (other, second) {
            (Some(0), _) => Some((ErrorKind::UnexpectedChild, other)),
            (Some(1), _) => Some((ErrorKind::UnexpectedChild, other)),
            (_, Some(_)) => Some((ErrorKind::DuplicateChild, second)),
            _ if found.is_empty() => Some((ErrorKind::MissingChild, None)),
            _ => None,
        }
    });
}

/// A response has `CallState, EventCause`, in itself or in an inner element of its own name.
#[test]
fn of_a_response() {
    let inner = ("GetCallInfoResponse", false, "<CallState>Idle</CallState><EventCause>None</EventCause>");
    let children = [("CallState", true, "Idle"), ("EventCause", true, "None"), inner];
    let kinds = [ErrorKind::DuplicateChild, ErrorKind::MissingChild, ErrorKind::MissingChild];
    let flat = |found: &[_]| each_once(&children[..2], Some(ErrorKind::ChildOrder), kinds, found);
    let [before, after] = operation("GetCallInfoResponse", ["", ""]);
    held(&children, 4, [&before, &after], |found| {
        // An inner element must be the only child. Otherwise the children before the inner element are judged first.
        let nested = found.iter().position(|child| *child == inner);
        match nested {
            Some(0) if found.len() == 1 => None,
            Some(0) if found[1] == inner => Some((ErrorKind::DuplicateChild, Some(1))),
            Some(0) => Some((ErrorKind::ResponseNesting, Some(1))),
            Some(at) => flat(&found[..at])
                .filter(|(_, place)| place.is_some())
                .or(Some((ErrorKind::ResponseNesting, Some(at)))),
            None => flat(found),
        }
    });
    let [before, after] =
        operation("GetCallInfoResponse", ["<GetCallInfoResponse>", "</GetCallInfoResponse>"]);
    held(&children, 4, [&before, &after], |found| {
        let nested = found.iter().position(|child| *child == inner);
        match nested {
            Some(at) => flat(&found[..at])
                .filter(|(_, place)| place.is_some())
                .or(Some((ErrorKind::ResponseNesting, Some(at)))),
            None => flat(found),
        }
    });
}

/// An element of a message that holds values: the names from the message down to it, and its children in order, each
/// with its spellings.
struct Holder<'s> {
    path: Vec<&'s str>,
    children: Vec<Slot<'s>>,
}

struct Slot<'s> {
    names: Vec<&'s str>,
    content: &'s Content,
    is_optional: bool,
}

/// Returns the elements of a message that may hold its values: the message's element and the inner element.
fn holders(message: &Element) -> Vec<Holder<'_>> {
    let mut holders: Vec<Holder<'_>> = Vec::new();
    for way in message.ways() {
        let path = way.first().map_or(vec![&*message.name], |(names, ..)| names[..names.len() - 1].to_vec());
        let at = holders.iter().position(|holder| holder.path == path).unwrap_or(holders.len());
        if at == holders.len() {
            holders.push(Holder { path, children: Vec::new() });
        }
        for (n, (names, content, is_optional)) in way.into_iter().enumerate() {
            let name = *names.last().unwrap();
            match holders[at].children.get_mut(n) {
                Some(slot) if slot.names.contains(&name) => {}
                Some(slot) => slot.names.push(name),
                None => holders[at].children.push(Slot { names: vec![name], content, is_optional }),
            }
        }
    }
    holders
}

/// A child that stands in a holder: its place among the holder's children, its name, and the whole element.
type Put<'s> = (Option<usize>, &'s str, String);

/// Returns the holder's own children in all spellings, and other elements: unknown ones, the own names in no namespace,
/// and the message's own element.
fn pool<'s>(message: &'s Element, holder: &Holder<'s>) -> (Vec<Put<'s>>, Vec<Put<'s>>) {
    let of = |(n, slot): (usize, &Slot<'s>)| {
        let text = slot.content.sample(n);
        let put = move |name: &&'s str| (Some(n), *name, format!("<{name}>{text}</{name}>"));
        slot.names.iter().map(put).collect::<Vec<_>>()
    };
    let own: Vec<_> = holder.children.iter().enumerate().flat_map(of).collect();
    let mut others = vec![(None, "x", "<x/>".to_string())];
    if let Some(&(_, name, ref element)) = own.first() {
        others.push((None, "", element.replacen(name, &format!("{name} xmlns=''"), 1)));
    }
    if own.iter().all(|(_, name, _)| *name != message.name) {
        let all: String = own.iter().map(|(_, _, element)| &**element).collect();
        others.push((None, &message.name, format!("<{0}>{all}</{0}>", message.name)));
    }
    (own, others)
}

/// Returns every sequence of up to four elements of the pool. For a holder with more than four children it also returns
/// each order of all children, each choice of children in order, and each such choice with one child twice.
fn orders<'p, 's>(own: &'p [Put<'s>], others: &'p [Put<'s>], longest: usize) -> Vec<Vec<&'p Put<'s>>> {
    let all: Vec<_> = own.iter().chain(others).collect();
    let mut orders = vec![Vec::new()];
    let mut last = 0;
    for _ in 0..longest {
        let longer = orders[last..].iter().flat_map(|start: &Vec<&'p Put<'s>>| {
            all.iter().map(move |put| start.iter().copied().chain([*put]).collect())
        });
        let longer: Vec<_> = longer.collect();
        last = orders.len();
        orders.extend(longer);
    }
    if own.len() > longest {
        let mut permutations = vec![Vec::new()];
        for put in own {
            let insert = |order: Vec<&'p Put<'s>>| {
                (0..=order.len()).map(move |at| {
                    let mut order = order.clone();
                    order.insert(at, put);
                    order
                })
            };
            permutations = permutations.into_iter().flat_map(insert).collect();
        }
        orders.extend(permutations);
        for chosen in 0..1_u32 << own.len() {
            let choice: Vec<_> = (0..own.len()).filter(|n| chosen >> n & 1 == 1).map(|n| &own[n]).collect();
            for put in &all {
                for at in 0..=choice.len() {
                    let mut order = choice.clone();
                    order.insert(at, *put);
                    orders.push(order);
                }
            }
            orders.push(choice);
        }
    }
    orders
}

/// The broken rule, the number of the child that breaks it (`None`: the end), and the element that the rule is about.
type Wrong<'s> = (ErrorKind, Option<usize>, &'s str);

/// Judges the children of a holder. Returns `Err` where the message's own element stands among them, because then the
/// nesting is judged, too.
fn judge<'s>(message: &'s str, holder: &Holder<'s>, order: &[&Put<'s>]) -> Result<Option<Wrong<'s>>, ()> {
    let mut begun = vec![false; holder.children.len()];
    for (n, (place, name, _)) in order.iter().enumerate() {
        let Some(place) = *place else {
            let is_nesting = *name == message && !holder.children.is_empty();
            return if is_nesting {
                Err(())
            } else {
                Ok(Some((ErrorKind::UnexpectedChild, Some(n), message)))
            };
        };
        // The element is named as it stands.
        let element = *name;
        let lacks = (0..place).any(|before| !begun[before] && !holder.children[before].is_optional);
        let late = begun[place + 1..].contains(&true);
        if begun[place] {
            return Ok(Some((ErrorKind::DuplicateChild, Some(n), element)));
        }
        if lacks || late {
            return Ok(Some((ErrorKind::ChildOrder, Some(n), element)));
        }
        begun[place] = true;
    }
    let missing = (0..begun.len()).find(|&place| !begun[place] && !holder.children[place].is_optional);
    Ok(missing.map(|place| (ErrorKind::MissingChild, None, holder.children[place].names[0])))
}

/// Reads the messages of the schema in all ways, with every sequence of children.
#[test]
fn of_every_message_of_the_service() {
    assert!(SCHEMA.messages.len() >= 22, "every message of the schema");
    let mut ways = Ways::new();
    let mut decoder = Decoder::new();
    let (mut accepted, mut refused, mut cuts) = (0, 0, 0);
    for message in &SCHEMA.messages {
        let before = accepted;
        for holder in holders(message) {
            let (own, others) = pool(message, &holder);
            for order in orders(&own, &others, 4) {
                let (name, inner) = (&message.name, &holder.path[1..]);
                let mut document =
                    format!("<s:Envelope xmlns:s='{}'><s:Body>", SoapVersion::V1_1.namespace());
                document += &format!("<{name} xmlns='{M}'>");
                inner.iter().for_each(|name| document += &format!("<{name}>"));
                let mut places = Vec::new();
                for (_, _, element) in &order {
                    places.push(document.len());
                    document += element;
                }
                let end = document.len();
                inner.iter().for_each(|name| document += &format!("</{name}>"));
                document += &format!("</{name}></s:Body></s:Envelope>");
                let bytes = document.as_bytes();
                let found = ways.agree(bytes, &[7]);
                assert_eq!(library(bytes), oracle(bytes), "{document}");
                if let Ok(expected) = judge(name, &holder, &order) {
                    let expected = expected
                        .map(|(kind, at, element)| (kind, at.map_or(end, |n| places[n]), Some(element)));
                    let error = found.as_ref().err().map(|e| (e.kind(), e.offset(), e.element()));
                    assert_eq!(error, expected, "{document}");
                }
                // Short sequences are cut at every byte.
                for cut in (0..bytes.len()).take_while(|_| order.len() <= 2) {
                    decoder.reset();
                    let _ = decoder.feed(&bytes[..cut]).and_then(|()| decoder.feed(&bytes[cut..]));
                    assert_eq!(said(&decoder.finish()), found, "cut at {cut}: {document}");
                    cuts += 1;
                }
                *(if found.is_ok() { &mut accepted } else { &mut refused }) += 1;
            }
        }
        assert!(accepted > before, "{} is never accepted", message.name);
    }
    assert!(accepted > 60 && refused > 10_000 && cuts > 100_000, "{accepted}, {refused}, {cuts}");
}

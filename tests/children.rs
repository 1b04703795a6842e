//! Which children an element of a fault or of the operation may have: every sequence of a few, held against the
//! content models of the specifications, written down a second time.

use umsoap::{Envelope, ErrorKind, SoapVersion};

const M: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";

/// A child that may stand at a place: its name, whether it must stand there, what stands in it.
type Child = (&'static str, bool, &'static str);

/// Every sequence of up to `longest` of these.
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

/// What is wrong with a sequence, and with which child of it; `None`: with its end.
type Offence = (ErrorKind, Option<usize>);

/// Holds every sequence of children between `before` and `after` to what `judge` says of it.
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

/// Each child at most once and in this order, where `ordered`; the first that must stand there and does not is named.
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

/// An envelope of a fault, cut where its children stand.
fn fault(version: SoapVersion, before: &str, after: &str) -> [String; 2] {
    let uri = version.namespace();
    let start = format!("<s:Envelope xmlns:s='{uri}' xmlns:o='urn:o'><s:Body><s:Fault>{before}");
    [start, format!("{after}</s:Fault></s:Body></s:Envelope>")]
}

/// SOAP 1.1 section 4.4: in any order, and qualified elements of others beside them.
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

/// SOAP 1.2 section 5.4: `Code, Reason, Node?, Role?, Detail?`.
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

/// SOAP 1.2 sections 5.4.1 and 5.4.1.2: `Value, Subcode?`, at every depth.
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

/// SOAP 1.2 section 5.4.2: `Text+`.
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

/// What a part of a fault is, another part of it is not, nor is it one in the other version.
#[test]
fn no_part_of_a_fault_stands_elsewhere() {
    let names =
        ["faultcode", "faultstring", "faultactor", "detail", "s:Code", "s:Reason", "s:Node", "s:Role"];
    let names =
        names.into_iter().chain(["s:Detail", "s:Value", "s:Subcode", "s:Text xml:lang='en'", "other"]);
    let value = "<s:Value>s:Sender</s:Value>";
    let places = [
        // What stands there before, and which children may follow.
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
            // In 1.1 a qualified one is somebody else's.
            let foreign = version == SoapVersion::V1_1 && name.contains(':');
            let taken = foreign || own.contains(&name.split(' ').next().unwrap());
            let found = (error.kind(), error.offset());
            let expected = (ErrorKind::UnexpectedFaultChild, start.len());
            assert_eq!(found != expected, taken, "{found:?}: {document}");
        }
    }
    // Nor in a text.
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

/// An envelope of the operation, cut where its children stand.
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

/// `CallState, EventCause`, in it or in another of its name.
#[test]
fn of_a_response() {
    let inner = ("GetCallInfoResponse", false, "<CallState>Idle</CallState><EventCause>None</EventCause>");
    let children = [("CallState", true, "Idle"), ("EventCause", true, "None"), inner];
    let kinds = [ErrorKind::DuplicateChild, ErrorKind::MissingChild, ErrorKind::MissingChild];
    let flat = |found: &[_]| each_once(&children[..2], Some(ErrorKind::ChildOrder), kinds, found);
    let [before, after] = operation("GetCallInfoResponse", ["", ""]);
    held(&children, 4, [&before, &after], |found| {
        // Nested, it holds nothing else; otherwise what stands before a nested one is judged first.
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

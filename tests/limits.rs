//! Each limit holds at exactly what a message takes, in one piece and byte by byte.

use umsoap::{Decoder, Envelope, Error, ErrorKind, Limits, Options, Role};

type Set = fn(u32) -> Option<Limits>;
type Get = fn(&Limits) -> u32;

/// Every limit: how it is set and read, what may be set at most, and the kind of its refusal.
const LIMITS: [(Set, Get, u32, ErrorKind); 8] = {
    const fn small(n: u32) -> u8 {
        if n > 255 { 255 } else { n as u8 }
    }
    [
        (
            |n| Limits::DEFAULT.with_message_bytes(n),
            Limits::message_bytes,
            u32::MAX,
            ErrorKind::MessageTooLong,
        ),
        (|n| Limits::DEFAULT.with_depth(small(n)), |l| l.depth().into(), 128, ErrorKind::TooDeep),
        (
            |n| Limits::DEFAULT.with_attributes(small(n)),
            |l| l.attributes().into(),
            128,
            ErrorKind::TooManyAttributes,
        ),
        (
            |n| Limits::DEFAULT.with_declarations(small(n)),
            |l| l.declarations().into(),
            64,
            ErrorKind::TooManyDeclarations,
        ),
        (|n| Limits::DEFAULT.with_tag_bytes(n as u16), |l| l.tag_bytes().into(), 4096, ErrorKind::TagTooLong),
        (
            |n| Limits::DEFAULT.with_name_bytes(n as u16),
            |l| l.name_bytes().into(),
            1024,
            ErrorKind::NamesTooLong,
        ),
        (
            |n| Limits::DEFAULT.with_namespace_bytes(n as u16),
            |l| l.namespace_bytes().into(),
            2048,
            ErrorKind::NamespacesTooLong,
        ),
        (
            |n| Limits::DEFAULT.with_text_bytes(n as u16),
            |l| l.text_bytes().into(),
            3072,
            ErrorKind::TextTooLong,
        ),
    ]
};

#[test]
fn what_may_be_set() {
    for (set, get, most, kind) in LIMITS {
        for n in [0, 1, most - 1, most] {
            assert_eq!(set(n).map(|limits| get(&limits)), Some(n), "{kind:?}");
            // No other limit changes.
            let all = |limits: &Limits| LIMITS.map(|(_, get, ..)| get(limits));
            let (changed, before) = (all(&set(n).unwrap()), all(&Limits::DEFAULT));
            for (at, (.., other)) in LIMITS.iter().enumerate() {
                assert!(*other == kind || changed[at] == before[at], "{kind:?} changes {other:?}");
            }
        }
        if let Some(above) = most.checked_add(1) {
            assert_eq!(set(above), None, "{kind:?}");
        }
        let default = if most == u32::MAX { 1 << 20 } else { most };
        assert_eq!(get(&Limits::DEFAULT), default, "{kind:?}");
    }
    assert_eq!((Limits::default(), Options::default()), (Limits::DEFAULT, Options::new()));
    let options = Options::new().with_limits(LIMITS[1].0(7).unwrap()).with_role(Role::Intermediary);
    assert_eq!((options.limits().depth(), options.role()), (7, Role::Intermediary));
    assert_eq!((Options::new().limits(), Options::new().role()), (Limits::DEFAULT, Role::UltimateReceiver));
}

fn judge(document: &str, limits: Limits) -> Result<(), Error> {
    let options = Options::new().with_limits(limits);
    let one = Envelope::parse_with(document.as_bytes(), &options).map(|_| ());
    let mut decoder = Decoder::with_options(options);
    let fed = document.as_bytes().chunks(1).try_for_each(|chunk| decoder.feed(chunk));
    let cut = fed.and_then(|()| decoder.finish().map(|_| ()));
    assert_eq!(cut, one, "{limits:?}: {document}");
    one
}

/// Documents with what they take of each limit, in the order of `LIMITS`, counted by hand.
#[test]
fn what_a_message_takes() {
    let m = "http://schemas.microsoft.com/exchange/services/2006/messages";
    let s = "http://schemas.xmlsoap.org/soap/envelope/";
    let envelope = format!("<s:Envelope xmlns:s='{s}'>");
    let request = format!(
        "<?xml version='1.0'?>{envelope}<s:Header><a:b xmlns:a='urn:a' xmlns:c='urn:&#99;' c:d='1' e='2' f='3'><a:g h=''/>\
        <i xmlns=''/></a:b></s:Header><s:Body><GetCallInfo xmlns='{m}'><CallId>x&#120;<!--y--></CallId></GetCallInfo>\
        </s:Body></s:Envelope>"
    );
    let longest = format!("<GetCallInfo xmlns='{m}'>");
    let names = "s:EnvelopeS:BodyGetCallInfoCallId";
    let request_takes = [
        request.len(),
        4,
        5,
        // s, a, c, and the default namespace undeclared
        4,
        longest.len(),
        names.len(),
        format!("s{s}{m}").len(),
        "x&#120;<!--y-->".len(),
    ];
    let fault = format!(
        "{envelope}<s:Body><s:Fault><faultcode>s:Client</faultcode><faultstring>no</faultstring>\
        <faultactor>urn:a</faultactor><detail><ExceptionType>abc</ExceptionType><x><y/></x></detail></s:Fault></s:Body>\
        </s:Envelope>"
    );
    let fault_takes = [
        fault.len(),
        6,
        1,
        1,
        envelope.len(),
        "s:EnvelopeS:BodyS:FaultdetailExceptionType".len(),
        format!("s{s}").len(),
        "s:Clientnourn:aabc".len(),
    ];
    for (document, takes) in [(request, request_takes), (fault, fault_takes)] {
        for ((set, _, most, kind), takes) in LIMITS.into_iter().zip(takes) {
            for n in 0..takes as u32 {
                let refused = judge(&document, set(n).unwrap()).map_err(|error| error.kind());
                assert_eq!(refused, Err(kind), "{n}, and {takes} are taken: {document}");
            }
            for n in [takes as u32, takes as u32 + 1, most] {
                assert_eq!(judge(&document, set(n).unwrap()), Ok(()), "{kind:?} {n}: {document}");
            }
        }
    }
}

/// The limit of text inside a character, of which some bytes came with one chunk and the others with the next.
#[test]
fn a_limit_inside_a_character_that_was_cut() {
    let before = "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><GetCallInfo \
        xmlns='http://schemas.microsoft.com/exchange/services/2006/messages'><CallId>";
    let text = "a😀é€<!--😀-->😀";
    let document = format!("{before}{text}</CallId></GetCallInfo></s:Body></s:Envelope>");
    for most in 0..=text.len() {
        let options = Options::new().with_limits(Limits::DEFAULT.with_text_bytes(most as u16).unwrap());
        let one = Envelope::parse_with(document.as_bytes(), &options).map(|envelope| envelope.version());
        let refused = one.map_err(|error| (error.kind(), error.offset() - before.len())).err();
        assert_eq!(refused, (most < text.len()).then_some((ErrorKind::TextTooLong, most)));
        for cut in before.len()..document.len() {
            let (first, second) = document.as_bytes().split_at(cut);
            let mut decoder = Decoder::with_options(options);
            let fed = decoder.feed(first).and_then(|()| decoder.feed(second));
            let cut_in_two = fed.and_then(|()| decoder.finish().map(|envelope| envelope.version()));
            assert_eq!(cut_in_two, one, "at most {most}, cut at {cut}");
        }
    }
}

//! Tests that each limit holds at exactly what a message takes, in every way of reading.
mod verdict;

use umsoap::{Decoder, Envelope, ErrorKind, Limits, Options, Role, SoapVersion};
use verdict::{every_way, refusal};

type Set = fn(u32) -> Option<Limits>;
type Get = fn(&Limits) -> u32;

/// Every limit: its setter, its getter, its maximum, and the kind of its refusal.
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

/// Returns the verdict, which must be equal in every way of reading.
fn judge(document: &str, limits: Limits) -> String {
    every_way(Options::new().with_limits(limits), document.as_bytes())
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
        // The four are s, a, c, and the default namespace that is undeclared.
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
    // Most senders write it in this way. The recogniser reads it.
    let entry = format!("<GetCallInfo xmlns=\"{m}\">");
    let usual = format!(
        "<s:Envelope xmlns:s=\"{s}\"><s:Header><a:b xmlns:a=\"urn:a\"><a:c d=\"1\" e=\"2\"/></a:b></s:Header><s:Body>{entry}\
        <CallId>MDlk</CallId></GetCallInfo></s:Body></s:Envelope>"
    );
    let usual_takes =
        [usual.len(), 4, 2, 2, entry.len(), names.len(), format!("s{s}{m}").len(), "MDlk".len()];
    let response = format!(
        "<s:Envelope xmlns:s=\"{s}\"><s:Body><GetCallInfoResponse xmlns=\"{m}\"><CallState>Idle</CallState>\
        <EventCause>None</EventCause></GetCallInfoResponse></s:Body></s:Envelope>"
    );
    let response_takes = [
        response.len(),
        4,
        1,
        2,
        format!("<GetCallInfoResponse xmlns=\"{m}\">").len(),
        "s:Envelopes:BodyGetCallInfoResponseEventCause".len(),
        format!("s{s}{m}").len(),
        0,
    ];
    let all =
        [(request, request_takes), (fault, fault_takes), (usual, usual_takes), (response, response_takes)];
    for (document, takes) in all {
        for ((set, _, most, kind), takes) in LIMITS.into_iter().zip(takes) {
            for n in 0..takes as u32 {
                let refused = judge(&document, set(n).unwrap());
                let named = refused.starts_with(&format!("{kind:?} at "));
                assert!(named, "{n}, and {takes} are taken: {refused}: {document}");
            }
            for n in [takes as u32, takes as u32 + 1, most] {
                let said = judge(&document, set(n).unwrap());
                assert!(said.contains("header absent"), "{kind:?} {n}: {said}: {document}");
            }
        }
    }
}

/// Tests the limit of text inside a character whose bytes come in two chunks.
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

const M: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";
const REQUEST: &str = "<GetCallInfo xmlns='http://schemas.microsoft.com/exchange/services/2006/messages'>\
    <CallId>x</CallId></GetCallInfo>";

/// Returns an envelope around a header block's content and a body entry.
fn envelope(version: SoapVersion, block: &str, body: &str) -> String {
    let uri = version.namespace();
    format!("<s:Envelope xmlns:s='{uri}'><s:Header>{block}</s:Header><s:Body>{body}</s:Body></s:Envelope>")
}

/// Returns a start tag or an empty tag of a header block with this number of bytes. Its last attribute fills the tag.
fn tag(start: &str, end: &str, bytes: usize) -> String {
    let fill = "v".repeat(bytes - start.len() - end.len() - " x=''".len());
    format!("{start} x='{fill}'{end}")
}

/// A name, the kind and the maximum of a limit, and a function. The function returns a document that takes a number of
/// the limit, and the offset of the last byte or item that counts.
type Row = (&'static str, ErrorKind, usize, fn(usize) -> (String, usize));

/// Returns the document and the offset of the last occurrence of `of`.
fn last(document: String, of: &str) -> (String, usize) {
    let at = document.rfind(of).unwrap();
    (document, at)
}

/// Documents that take the default maximum of each limit, for everything that counts towards it.
const MOST: [Row; 19] = [
    ("open elements of a block", ErrorKind::TooDeep, 128, |n| {
        let block = format!("<a:b xmlns:a='u'>{}<z/>{}</a:b>", "<x>".repeat(n - 4), "</x>".repeat(n - 4));
        last(envelope(SoapVersion::V1_1, &block, REQUEST), "<z/>")
    }),
    ("open elements of another operation", ErrorKind::TooDeep, 128, |n| {
        let body = format!("{}<z>t</z>{}", "<x>".repeat(n - 3), "</x>".repeat(n - 3));
        last(envelope(SoapVersion::V1_2, "", &body), "<z>")
    }),
    ("attributes", ErrorKind::TooManyAttributes, 128, |n| {
        let all: String = (0..n).map(|n| format!(" a{n}=''")).collect();
        let (document, at) =
            last(envelope(SoapVersion::V1_1, "", &format!("<x{all}/>")), &format!("a{}=", n - 1));
        (document, at)
    }),
    ("attributes, declarations included", ErrorKind::TooManyAttributes, 128, |n| {
        let all: String = (0..60).map(|n| format!(" xmlns:p{n}='u'")).collect();
        let rest: String = (60..n).map(|n| format!(" a{n}=''")).collect();
        last(envelope(SoapVersion::V1_1, "", &format!("<x{all}{rest}/>")), &format!("a{}=", n - 1))
    }),
    ("declarations of one element", ErrorKind::TooManyDeclarations, 64, |n| {
        let all: String = (1..n).map(|n| format!(" xmlns:p{n}='u'")).collect();
        last(envelope(SoapVersion::V1_1, "", &format!("<x{all}/>")), &format!("xmlns:p{}=", n - 1))
    }),
    ("default namespaces, declared and not", ErrorKind::TooManyDeclarations, 64, |n| {
        let pairs =
            "<x xmlns='u'><x xmlns=''>".repeat((n - 1) / 2) + if n % 2 == 0 { "<x  xmlns='u'>" } else { "" };
        let ends = "</x>".repeat(n - 1);
        last(envelope(SoapVersion::V1_2, "", &format!("{pairs}{ends}")), "xmlns=")
    }),
    ("declarations of the prefix xml", ErrorKind::TooManyDeclarations, 64, |n| {
        // The namespace name of `xml` is long, and namespace names have a limit of their own. So only some declarations
        // are of `xml`.
        let (xml, other) = ("<x xmlns:xml='http://www.w3.org/XML/1998/namespace'>", "<x xmlns:q='u'>");
        let body = xml.repeat(30) + &other.repeat(n - 32) + xml + &"</x>".repeat(n - 1);
        last(envelope(SoapVersion::V1_2, "", &body), "xmlns:xml")
    }),
    ("a start tag", ErrorKind::TagTooLong, 4096, |n| {
        let document =
            envelope(SoapVersion::V1_1, &format!("{}</a:b>", tag("<a:b xmlns:a='u'", ">", n)), REQUEST);
        let at = document.find("<a:b").unwrap() + n - 1;
        (document, at)
    }),
    ("an empty tag", ErrorKind::TagTooLong, 4096, |n| {
        let document = envelope(SoapVersion::V1_1, "", &tag("<x", "/>", n));
        let at = document.find("<x").unwrap() + n - 1;
        (document, at)
    }),
    ("the tag of a request", ErrorKind::TagTooLong, 4096, |n| {
        let start = format!("<GetCallInfo xmlns='{M}'");
        let body = format!("{}<CallId>x</CallId></GetCallInfo>", tag(&start, ">", n));
        let document = envelope(SoapVersion::V1_2, "", &body);
        let at = document.find("<GetCallInfo").unwrap() + n - 1;
        (document, at)
    }),
    ("the tag of a CallId", ErrorKind::TagTooLong, 4096, |n| {
        let body = format!("<GetCallInfo xmlns='{M}'>{}x</CallId></GetCallInfo>", tag("<CallId", ">", n));
        let document = envelope(SoapVersion::V1_1, "", &body);
        let at = document.find("<CallId").unwrap() + n - 1;
        (document, at)
    }),
    ("the XML declaration", ErrorKind::TagTooLong, 4096, |n| {
        let (start, end) = ("<?xml version='1.0'", "?>");
        let blank = " ".repeat(n - start.len() - end.len());
        (format!("{start}{blank}{end}{}", envelope(SoapVersion::V1_1, "", REQUEST)), n - 1)
    }),
    ("names of open elements", ErrorKind::NamesTooLong, 1024, |n| {
        let outer = "s:Envelopes:Body".len();
        let name = "n".repeat(n - outer - 300);
        let inner = "i".repeat(300);
        let body = format!("<{name}><z/><{inner}/></{name}>");
        let document = envelope(SoapVersion::V1_1, "", &body);
        let at = document.find("<i").unwrap() + 300;
        (document, at)
    }),
    ("names with prefixes and characters of every length", ErrorKind::NamesTooLong, 1024, |n| {
        let prefix = "p".repeat(20);
        let name = "é€𐀀".repeat(40) + &"n".repeat(n - "s:Envelopes:Headerp:".len() - 19 - 9 * 40);
        let document =
            envelope(SoapVersion::V1_2, &format!("<{prefix}:{name} xmlns:{prefix}='u'/>"), REQUEST);
        let at = document.find(" xmlns:p").unwrap() - 1;
        (document, at)
    }),
    ("namespaces of one element", ErrorKind::NamespacesTooLong, 2048, |n| {
        let uri = "u".repeat(n - "s".len() - SoapVersion::V1_1.namespace().len() - "q".len());
        last(envelope(SoapVersion::V1_1, "", &format!("<x xmlns:q='{uri}'/>")), "xmlns:q")
    }),
    ("names of a child of a block", ErrorKind::NamesTooLong, 1024, |n| {
        // The reader passes children of a usual form at once, if the limits leave room for them.
        let (long, outer) = ("n".repeat(900), "s:Envelopes:Headerq:".len());
        let child = "i".repeat(n - outer - 900);
        let block = format!("<q:{long} xmlns:q='u'><z/><z>t</z><{child}>t</{child}></q:{long}>");
        let document = envelope(SoapVersion::V1_1, &block, REQUEST);
        let at = document.find("<i").unwrap() + child.len();
        (document, at)
    }),
    ("namespaces of a child of a block", ErrorKind::NamespacesTooLong, 2048, |n| {
        let uri = "u".repeat(1900);
        let child = "w".repeat(n - 1900 - "s".len() - SoapVersion::V1_1.namespace().len() - "q".len());
        let block = format!("<q:b xmlns:q='{uri}'><q:c/><q:c>t</q:c><d xmlns='{child}'>t</d></q:b>");
        last(envelope(SoapVersion::V1_1, &block, REQUEST), "xmlns='w")
    }),
    ("namespaces as they are written", ErrorKind::NamespacesTooLong, 2048, |n| {
        let left = n - "s".len() - SoapVersion::V1_2.namespace().len() - M.len() - "qq&#x1F600;é".len();
        let body = format!("<x xmlns='{M}'><y xmlns:qq='{}&#x1F600;é'/></x>", "u".repeat(left));
        last(envelope(SoapVersion::V1_2, "", &body), "xmlns:qq")
    }),
    ("prefixes", ErrorKind::NamespacesTooLong, 2048, |n| {
        // The limit of names bounds the prefix of an element, but not the prefix of a declaration.
        let prefix = "p".repeat(n - "s".len() - SoapVersion::V1_1.namespace().len() - "u".len());
        last(envelope(SoapVersion::V1_1, "", &format!("<x xmlns:{prefix}='u'/>")), "xmlns:p")
    }),
];

/// Tests one below, at, and one above the default maximum of each limit.
#[test]
fn what_counts_towards_the_most() {
    for (what, kind, most, document) in MOST {
        for takes in most - 1..=most + 1 {
            let (document, at) = document(takes);
            let said = judge(&document, Limits::DEFAULT);
            if takes <= most {
                assert!(said.contains("header absent"), "{takes} of {what}: {said}: {document}");
            } else {
                let version = (kind != ErrorKind::TagTooLong || !document.starts_with("<?")).then(|| {
                    let first = document.contains(SoapVersion::V1_1.namespace());
                    if first { SoapVersion::V1_1 } else { SoapVersion::V1_2 }
                });
                assert_eq!(said, refusal(kind, at, version), "{takes} of {what}: {document}");
            }
        }
    }
}

/// A whole message is first read with small arrays: 192 bytes of names, 640 bytes of namespaces, 16 elements and 12
/// declarations. When it needs more, it is read again with large arrays. Then it must give the answer of a decoder,
/// which has large arrays only.
#[test]
fn the_edges_of_the_small_arrays() {
    let version = SoapVersion::V1_2;
    let accepted = |options: Options<'_>, document: String| {
        let said = every_way(options, document.as_bytes());
        assert!(said.starts_with("V1_2 None"), "{said}: {document}");
        said
    };
    let names = "s:Envelopes:Body".len();
    for takes in 186..=198 {
        // The last name stands in one element, and in two: with attributes, without, and as an empty tag.
        let (long, half) = ("n".repeat(takes - names), "n".repeat((takes - names) / 2));
        let rest = "r".repeat(takes - names - half.len());
        for body in [
            format!("<{long}>t</{long}>"),
            format!("<{long} a=''>t</{long} >"),
            format!("<{half}><{rest}/><{rest}>t</{rest}></{half}>"),
            format!("<{half}><{rest} a=''/><x/><{rest}  >t</{rest}\n></{half}>"),
        ] {
            accepted(Options::new(), envelope(version, "", &body));
        }
        // Another end tag differs in its last byte.
        let body = format!("<{half}><{rest}>t</{}R></{half}>", &rest[1..]);
        let said = judge(&envelope(version, "", &body), Limits::DEFAULT);
        assert!(said.starts_with("MismatchedEndTag"), "{said}");
    }
    for takes in 632..=648 {
        let left = takes - "s".len() - version.namespace().len();
        // The namespace of a body entry is reported, and the namespace of a header block is compared.
        let uri = "u".repeat(left - 1);
        let said = accepted(Options::new(), envelope(version, "", &format!("<q:x xmlns:q='{uri}'/>")));
        assert!(said.contains(&uri), "{said}");
        let block = format!("<q:T xmlns:q='{uri}' s:mustUnderstand='1'/>");
        let understood = [(&*uri, "T")];
        accepted(Options::new().with_understood(&understood), envelope(version, &block, "<x/>"));
        // A prefix of more than three bytes is compared whole. Two prefixes of one namespace are equal.
        let (prefix, other) = ("prefix".repeat(10), "other".repeat(10));
        let uri = "u".repeat((left - prefix.len() - other.len()) / 2);
        let fill = "f".repeat(left - prefix.len() - other.len() - 2 * uri.len());
        let two = format!("xmlns:{prefix}='{uri}' xmlns:{other}{fill}='{uri}'");
        let said = accepted(
            Options::new(),
            envelope(version, "", &format!("<{prefix}:x {two} {prefix}:a='' {other}{fill}:b=''/>")),
        );
        assert!(said.contains(&uri), "{said}");
        let twice = envelope(version, "", &format!("<{prefix}:x {two} {prefix}:a='' {other}{fill}:a=''/>"));
        let said = judge(&twice, Limits::DEFAULT);
        assert!(said.starts_with("DuplicateExpandedName"), "{said}");
    }
    for depth in 14..=18 {
        let body = format!("{}<z>t</z>{}", "<x>".repeat(depth - 3), "</x>".repeat(depth - 3));
        accepted(Options::new(), envelope(version, "", &body));
    }
    for declared in 10..=14 {
        let all: String = (1..declared).map(|n| format!(" xmlns:p{n}='u{n}'")).collect();
        let used: String = (1..declared).map(|n| format!(" p{n}:a=''")).collect();
        accepted(Options::new(), envelope(version, "", &format!("<x{all}><y{used}/></x>")));
        accepted(Options::new(), envelope(version, "", &format!("<x{all}{used}/>")));
    }
}

/// Low limits hold for usual messages, too: their short way, and that of a block's children, is for the limits that allow
/// all that it takes. Every limit is tried at every number up to what the message takes; all ways of reading agree.
#[test]
fn low_limits_hold_for_usual_messages() {
    let children =
        "<a:c p='1' q='2' xmlns:r='urn:r'><r:d>text</r:d><e/></a:c><a:longer-name>t</a:longer-name>";
    for (version, block) in [
        (SoapVersion::V1_1, String::new()),
        (SoapVersion::V1_1, format!("<a:b xmlns:a='urn:a'>{children}</a:b>")),
        (SoapVersion::V1_2, format!("<a:b xmlns:a='urn:a'>{}</a:b>", children.repeat(2))),
    ] {
        let document = envelope(version, &block, REQUEST);
        for (set, _, most, kind) in LIMITS {
            let mut accepted = 0;
            let numbers = (0..250.min(most)).filter(|_| kind != ErrorKind::MessageTooLong);
            let all = numbers.chain([most]).map(|n| judge(&document, set(n).unwrap()));
            for said in all {
                let is_refused = said.starts_with(&format!("{kind:?} at "));
                assert!(is_refused || said.contains("header absent"), "{kind:?}: {said}: {document}");
                // A higher limit refuses nothing that a lower one has accepted.
                assert!(!is_refused || accepted == 0, "{kind:?}: {said}: {document}");
                accepted += usize::from(!is_refused);
            }
            assert!(accepted > 0, "{kind:?}: {document}");
        }
    }
}

/// Declarations and names that have gone out of scope do not count any more.
#[test]
fn what_is_closed_does_not_count() {
    let long = "n".repeat(900);
    let one = format!("<a:{long} xmlns:a='{}' xmlns:b='' />", "u".repeat(1800)).replace(" xmlns:b=''", "");
    let many: String = (0..62).map(|n| format!(" xmlns:p{n}='u'")).collect();
    let blocks = format!("{one}<p1:x{many}/>").repeat(3) + "<a:b xmlns:a='u'>t</a:b>";
    let said = judge(&envelope(SoapVersion::V1_1, &blocks, REQUEST), Limits::DEFAULT);
    assert!(said.starts_with("V1_1 Some(Http) header absent: false"), "{said}");
}

/// Tests a limit of one below, at, and one above the message's length, for messages that end with the Envelope, with
/// white space and with a comment.
#[test]
fn the_bytes_of_a_message() {
    for tail in ["", "\n", " \r\n\t", "<!--x-->"] {
        for block in ["", "<a:b xmlns:a='u'>some text &amp; more</a:b>"] {
            let document = envelope(SoapVersion::V1_1, block, REQUEST) + tail;
            let length = document.len() as u32;
            for most in length - 1..=length + 1 {
                let said = judge(&document, Limits::DEFAULT.with_message_bytes(most).unwrap());
                if most < length {
                    let expected = refusal(ErrorKind::MessageTooLong, most as usize, Some(SoapVersion::V1_1));
                    assert_eq!(said, expected, "{document}");
                } else {
                    assert!(said.contains("header absent"), "{most}: {said}: {document}");
                }
            }
        }
    }
}

/// The message's limit holds in every chunk for long text of a block and for long comments, also in a chunk of text
/// alone.
#[test]
fn text_that_is_not_kept_counts_towards_the_message() {
    for (before, after) in
        [("<a:b xmlns:a='u'>", "</a:b>"), ("<!--", "-->"), ("<a:b xmlns:a='u'><![CDATA[", "]]></a:b>")]
    {
        let document = envelope(SoapVersion::V1_1, &format!("{before}{}{after}", "t".repeat(1000)), REQUEST);
        for most in [300, 320, 383, 384, 385, 448, 1000] {
            let said = judge(&document, Limits::DEFAULT.with_message_bytes(most).unwrap());
            let expected = refusal(ErrorKind::MessageTooLong, most as usize, Some(SoapVersion::V1_1));
            assert_eq!(said, expected, "{most}: {document}");
        }
    }
}

/// Tests 511, 512 and 513 characters of a CallId. The characters have every length, and are written directly, as
/// references and in CDATA sections. CallIds that take more bytes than are kept meet the other limit first.
#[test]
fn characters_of_a_call_id() {
    let units = [
        "a",
        "é",
        "€",
        "😀",
        "&#97;",
        "&#x61;",
        "&#xE9;",
        "&#233;",
        "&#x20AC;",
        "&#8364;",
        "&#x1F600;",
        "&#128512;",
        "&amp;",
        "&lt;",
        "&gt;",
        "&quot;",
        "&apos;",
        "\n",
        "\t",
        "\r\n",
        "]",
        ">",
        "]>",
        "&#xA;",
        "&#000000097;",
        "<![CDATA[a]]>",
        "<![CDATA[]]]>",
        "<![CDATA[😀]]>",
    ];
    let head = format!(
        "<s:Envelope xmlns:s='{}'><s:Body><GetCallInfo xmlns='{M}'><CallId>",
        SoapVersion::V1_1.namespace()
    );
    for unit in units {
        let of_unit = if unit == "]>" { 2 } else { 1 };
        // A unit that is too long for the kept bytes is repeated as often as it fits, and letters fill the rest.
        let most = (3072 / unit.len().max(6)).min(511 / of_unit);
        for (count, chars) in [(most, 511), (most, 512), (most, 513), (1, 511), (1, 512), (1, 513)] {
            let letters = "x".repeat(chars - count * of_unit);
            for text in [unit.repeat(count) + &letters, letters.clone() + &unit.repeat(count)] {
                let document = format!("{head}{text}</CallId></GetCallInfo></s:Body></s:Envelope>");
                let said = judge(&document, Limits::DEFAULT);
                let bytes = text.len() > 3072;
                if !bytes && chars <= 512 {
                    assert!(said.starts_with("V1_1 Some(Http)"), "{chars}: {said}: {document}");
                    let envelope = Envelope::parse(document.as_bytes()).unwrap();
                    let umsoap::Body::GetCallInfo(request) = envelope.body() else { panic!() };
                    let value = request.call_id().to_string();
                    assert_eq!(value.chars().count(), chars, "{document}");
                } else if bytes {
                    assert!(
                        said.starts_with("TextTooLong") || said.starts_with("ValueTooLong"),
                        "{said}: {document}"
                    );
                } else {
                    assert!(said.starts_with("ValueTooLong"), "{chars}: {said}: {document}");
                    let at = head.len() + last_character(&text);
                    assert_eq!(
                        said,
                        refusal(ErrorKind::ValueTooLong, at, Some(SoapVersion::V1_1)),
                        "{document}"
                    );
                }
            }
        }
    }
}

/// Returns the offset of the last character of a text of these units.
fn last_character(text: &str) -> usize {
    let inside = text.strip_suffix("]]>").unwrap_or(text);
    if text.ends_with(';') {
        return text.rfind('&').unwrap();
    }
    if inside.ends_with("\r\n") {
        return inside.len() - 2;
    }
    inside.char_indices().next_back().unwrap().0
}

/// The limit holds for a tag without attributes inside a block, also a lower limit.
#[test]
fn tags_without_attributes() {
    for length in 89..=91 {
        let name = "n".repeat(length - 2);
        let document =
            envelope(SoapVersion::V1_1, &format!("<a:b xmlns:a='u'><{name}></{name}></a:b>"), REQUEST);
        let said = judge(&document, Limits::DEFAULT.with_tag_bytes(90).unwrap());
        let over = document.find("<n").unwrap() + 90;
        match length {
            91 => assert_eq!(said, refusal(ErrorKind::TagTooLong, over, Some(SoapVersion::V1_1))),
            _ => assert!(said.contains("header absent"), "{said}"),
        }
    }
}

/// A limit of names may fall into a character: the name is too long as soon as a byte beyond the limit is there.
#[test]
fn the_limit_of_names_within_a_character() {
    let open = "s:Envelope".len() + "s:Body".len();
    for (c, letters) in [('é', 3), ('€', 2), ('€', 3), ('\u{10000}', 1), ('\u{10000}', 2), ('\u{10000}', 3)]
    {
        let options = Options::new().with_limits(Limits::DEFAULT.with_name_bytes(open as u16 + 4).unwrap());
        let start = format!("<s:Envelope xmlns:s='{}'><s:Body><", SoapVersion::V1_1.namespace());
        let name = format!("{start}{}{c}", "n".repeat(letters));
        let most = start.len() + 4;
        assert!(most < name.len(), "the limit lies within the character");
        for length in most..=name.len() {
            let bytes = &name.as_bytes()[..length];
            let kind = if length > most { ErrorKind::NamesTooLong } else { ErrorKind::UnexpectedEnd };
            let expected = verdict::refusal(kind, most, Some(SoapVersion::V1_1));
            assert_eq!(every_way(options, bytes), expected, "{}", bytes.escape_ascii());
        }
    }
}

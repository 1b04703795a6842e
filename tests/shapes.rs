//! Tests that learned shapes give the answer of `Envelope::parse` to every message, whatever was learned before.
mod random;
mod verdict;
#[path = "../benches/workloads/mod.rs"]
mod workloads;

use std::io::Write as _;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use umsoap::{Body, Envelope, ErrorKind, Shapes};
use verdict::with_blocks;
use workloads::hostile;

/// Compares the answers of both ways. Returns true if a shape took the message.
#[track_caller]
fn compare(shapes: &mut Shapes, message: &[u8]) -> bool {
    let before = shapes.hits();
    let ours = with_blocks(&shapes.parse(message));
    let expected = with_blocks(&Envelope::parse(message));
    assert_eq!(ours, expected, "{}", message.escape_ascii());
    shapes.hits() > before
}

/// Returns shapes that have learned this message.
#[track_caller]
fn learned(message: &[u8]) -> Shapes {
    let mut shapes = Shapes::new();
    assert!(!compare(&mut shapes, message), "nothing is known");
    assert!(compare(&mut shapes, message), "it was learned: {}", message.escape_ascii());
    shapes
}

/// The shape of one message must take another message.
#[track_caller]
fn taken(learned_from: &str, message: &str) {
    assert!(compare(&mut learned(learned_from.as_bytes()), message.as_bytes()), "{message}");
}

/// The shape of one message must not take another message.
#[track_caller]
fn not_taken(learned_from: &str, message: &str) {
    assert!(!compare(&mut learned(learned_from.as_bytes()), message.as_bytes()), "{message}");
}

fn golden() -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    for folder in ["ok", "err"] {
        let folder = format!("{}/tests/data/{folder}", env!("CARGO_MANIFEST_DIR"));
        let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        files.extend(paths.filter(|path| path.extension().is_some_and(|e| e == "xml")));
    }
    files.sort();
    assert!(files.len() > 200);
    files.into_iter().map(|path| std::fs::read(path).unwrap()).collect()
}

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SOAP_1_2: &str = "http://www.w3.org/2003/05/soap-envelope";
const MESSAGES: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";

/// Returns a request with these attributes of its Envelope tag, this header, and this operation.
fn message(soap: &str, envelope: &str, header: &str, operation: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"{soap}\"{envelope}>{header}<s:Body>\
         {operation}</s:Body></s:Envelope>"
    )
}

fn request(call_id: &str) -> String {
    format!("<GetCallInfo xmlns=\"{MESSAGES}\"><CallId>{call_id}</CallId></GetCallInfo>")
}

fn response(state: &str, cause: &str) -> String {
    let words = format!("<CallState>{state}</CallState><EventCause>{cause}</EventCause>");
    format!("<GetCallInfoResponse xmlns=\"{MESSAGES}\">{words}</GetCallInfoResponse>")
}

fn with_header(blocks: &str) -> String {
    message(SOAP, "", &format!("<s:Header>{blocks}</s:Header>"), &request("MDlk"))
}

#[test]
fn every_golden_document_in_every_order() {
    let documents = golden();
    let count = documents.len();
    let mut shapes = Shapes::new();
    let mut hits = 0;
    // A step that is prime to the count walks over all documents.
    for (step, again) in [(1, 1), (1, 3), (count - 1, 2), (7, 2), (11, 1), (13, 4)] {
        let step = (step..).find(|step| count % *step != 0 || *step == 1).unwrap();
        for n in 0..count {
            for _ in 0..again {
                hits += u64::from(compare(&mut shapes, &documents[n * step % count]));
            }
        }
    }
    assert_eq!(hits, shapes.hits());
    for document in &documents {
        let mut shapes = Shapes::new();
        for other in [document, document, &documents[3], document] {
            hits += u64::from(compare(&mut shapes, other));
        }
    }
    assert!(hits > 150, "{hits}");
}

#[test]
fn workloads_are_learned_and_taken() {
    for workload in [workloads::a(), workloads::b(), workloads::c(), workloads::d1(), workloads::f()] {
        let mut shapes = learned(&workload.messages[0].bytes);
        for message in &workload.messages {
            assert!(compare(&mut shapes, &message.bytes), "({})", workload.name);
        }
    }
    // The messages come by turns.
    let mut shapes = Shapes::new();
    let kinds = [workloads::a(), workloads::b(), workloads::c()];
    for round in 0..3 {
        for workload in &kinds {
            assert_eq!(compare(&mut shapes, &workload.only().bytes), round > 0, "({})", workload.name);
        }
    }
    for workload in [workloads::d2(), workloads::e()] {
        for message in &workload.messages {
            compare(&mut shapes, &message.bytes);
        }
    }
}

#[test]
fn hostile_messages() {
    let mut shapes = learned(&hostile::sound());
    for defect in hostile::defects().iter().chain(&hostile::families()) {
        compare(&mut shapes, &defect.bytes);
        compare(&mut shapes, &hostile::sound());
    }
}

const BYTES: &[u8] = b"<>&;\"'=/:! \0\r\n\x80\xC3A]-";

/// Returns a message with every construct that a hole or a run may touch.
fn dense() -> String {
    let blocks = "<a:To xmlns:a=\"urn:a\" s:mustUnderstand=\"0\" s:actor='urn:x' a:Id='i' note=\"n\" xml:lang=\"en\">\
        urn:to</a:To> <b xmlns=\"urn:b\"><c d=\"\"/><e>&amp;</e><f>x<!-- y --></f><g>text</g></b>";
    format!("\u{FEFF}{}\n", with_header(blocks))
}

#[test]
fn one_byte_away() {
    let (a, b, dense) = (workloads::a(), workloads::b(), dense());
    for message in [&a.only().bytes, &b.only().bytes, dense.as_bytes()] {
        let fresh = || learned(message);
        let mut shapes = fresh();
        for at in 0..message.len() {
            if at % 16 == 0 {
                // Changed messages are learned, too, and replace the first shape. So the shapes are made anew.
                shapes = fresh();
            }
            let mut mutant = message.to_vec();
            mutant.remove(at);
            compare(&mut shapes, &mutant);
            mutant = message.to_vec();
            for &byte in BYTES {
                mutant[at] = byte;
                compare(&mut shapes, &mutant);
                // The first message is read once more, so that its shape stays the one that is tried first.
                compare(&mut shapes, message);
            }
            mutant = message.to_vec();
            for &byte in BYTES {
                mutant.insert(at, byte);
                compare(&mut shapes, &mutant);
                mutant.remove(at);
            }
        }
    }
}

/// Each value of the message is replaced by each of these texts.
#[test]
fn what_a_hole_must_not_hold() {
    let pieces = [
        "<",
        ">",
        "&",
        "&amp;",
        "&lt;",
        "&#65;",
        "&nope;",
        "]]>",
        "]]",
        "--",
        "-->",
        "<!-- x -->",
        "<![CDATA[x]]>",
        "<x/>",
        "<x>",
        "</x>",
        "<?x y?>",
        "\r",
        "\r\n",
        "\n",
        "\t",
        " ",
        "\0",
        "\u{1}",
        "\u{7F}",
        "\u{80}",
        "\u{E9}",
        "\u{FFFE}",
        "\u{FFFF}",
        "\u{FEFF}",
        "\u{10FFFF}",
        "\"",
        "'",
        "=",
        "</CallId>",
        "\" x=\"",
        "' x='",
        "/>",
        "%41",
        "{}",
        "",
    ];
    let block = "<t:A xmlns:t=\"urn:t\" one=\"VALUE\" two='VALUE' t:three=\"\">VALUE<t:B>VALUE</t:B></t:A>";
    for framed in [with_header(block), message(SOAP_1_2, " x='1'", "", &response("Idle", "None"))] {
        let sources = ["VALUE", "Idle", "None", "MDlk"].map(|word| (word, framed.matches(word).count()));
        for (word, count) in sources {
            for n in 0..count {
                let at = framed.match_indices(word).nth(n).unwrap().0;
                for piece in pieces {
                    // The text is inserted, replaces the value, or replaces as many bytes. A hole is searched for at
                    // its last length first.
                    let same = (at + word.len().saturating_sub(piece.len()), at + word.len());
                    for (from, to) in
                        [(at, at), (at, at + word.len()), (at + 2, at + 2), (at + 4, at + 4), same]
                    {
                        let changed = format!("{}{piece}{}", &framed[..from], &framed[to..]);
                        let mut shapes = learned(framed.as_bytes());
                        compare(&mut shapes, changed.as_bytes());
                        compare(&mut shapes, framed.as_bytes());
                        compare(&mut shapes, changed.as_bytes());
                    }
                }
            }
        }
    }
}

/// Runs a test that takes a second, for two minutes at most. If its search does not end, all tests here fail, since
/// others would not end either.
fn in_time(test: impl FnOnce() + Send + 'static) {
    let (ended, end) = mpsc::channel();
    let run = thread::spawn(move || {
        test();
        let _ = ended.send(());
    });
    if end.recv_timeout(Duration::from_secs(120)) == Err(mpsc::RecvTimeoutError::Timeout) {
        // The test harness does not capture this line. It captures what a test prints.
        let _ = std::io::stderr().write_all(b"shapes: a search does not end\n");
        std::process::exit(101);
    }
    run.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
}

/// Puts every byte into text, values and CallIds of several lengths.
#[test]
fn every_byte_in_every_hole() {
    in_time(bytes_in_holes);
}

fn bytes_in_holes() {
    for length in [1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 130] {
        let fill = "~".repeat(length);
        let framed = with_header(&format!("<t:A xmlns:t=\"urn:t\" v=\"{fill}\" w='{fill}'>{fill}</t:A>"));
        let framed = framed.replace("MDlk", &fill);
        let holes: Vec<usize> = framed.match_indices(&fill).map(|(at, _)| at).collect();
        assert_eq!(holes.len(), 4);
        for at in holes {
            for offset in [0, length / 2, length - 1] {
                for byte in 0..=255 {
                    let mut shapes = learned(framed.as_bytes());
                    let mut changed = framed.clone().into_bytes();
                    changed[at + offset] = byte;
                    compare(&mut shapes, &changed);
                }
            }
        }
    }
}

#[test]
fn values_may_differ() {
    let block = |id: &str, v: &str, text: &str| {
        with_header(&format!("<t:A xmlns:t=\"urn:t\" t:Id='{id}' v=\"{v}\"><t:B>{text}</t:B></t:A>"))
    };
    let first = block("one", "1", "text");
    for other in
        [block("", "", ""), block("a long one > this", "2 /'".trim_end_matches('\''), "\r\n\t ]] \" '")]
    {
        taken(&first, &other);
        if other.contains("long") {
            taken(&other, &first);
        }
    }
    let operation = |id: &str| message(SOAP_1_2, "", "", &request(id));
    for id in ["x", "a b", "a\r\nb", "\r", " ", "]]", "\"'", &"y".repeat(512)] {
        taken(&operation("MDlk"), &operation(id));
    }
    let words = |state: &str, cause: &str| message(SOAP, "", "", &response(state, cause));
    for state in umsoap::CallState::ALL {
        for cause in umsoap::EventCause::ALL {
            taken(&words("Idle", "None"), &words(state.as_str(), cause.as_str()));
        }
    }
    for wrong in ["idle", " Idle", "Idle ", "", "Idl", "IdleIdle", "None", "Connectedd"] {
        not_taken(&words("Idle", "None"), &words(wrong, "None"));
        not_taken(&words("Idle", "None"), &words("Idle", wrong.replace("None", "Non").as_str()));
    }
}

/// The blocks of a header end with it, in whatever form its end is written.
#[test]
fn where_a_header_ends() {
    let blocks = [
        "<s:Header/>",
        "<s:Header></s:Header>",
        "<s:Header \n></s:Header >",
        "<s:Header> <!-- x --></s:Header>",
    ];
    let full = [
        "<s:Header><t:A xmlns:t='urn:t'/></s:Header> ",
        "<s:Header><t:A xmlns:t='urn:t' b='c'/>\n</s:Header>\n",
    ];
    for header in blocks.iter().chain(&full) {
        let with = |id: &str, c: &str| message(SOAP, "", &header.replace("'c'", c), &request(id));
        taken(&with("MDlk", "'c'"), &with("MDlkMDlk", "'cccc'"));
        taken(&with("MDlk", "'c'"), &with("M", "''"));
        let with = |b: &str| with("MDlk", "'c'").replace("<s:Body>", &format!("<s:Body b='{b}'>"));
        taken(&with("x"), &with("yy"));
    }
}

/// Everything that the rules read is constant: a shape never takes a message that differs in it.
#[test]
fn what_is_constant() {
    let header = |tag: &str| with_header(&format!("<t:A xmlns:t=\"urn:t\"{tag}>x</t:A>"));
    let header_1_2 = |tag: &str| {
        let header = format!("<s:Header><t:A xmlns:t=\"urn:t\"{tag}>x</t:A></s:Header>");
        message(SOAP_1_2, "", &header, &request("MDlk"))
    };
    let xsi = " xmlns:i='http://www.w3.org/2001/XMLSchema-instance'";
    let nil = |value: &str| {
        let call_id = format!("<CallId i:nil='{value}'>MDlk</CallId>");
        message(SOAP, xsi, "", &request("").replace("<CallId></CallId>", &call_id))
    };
    let on_envelope = |attribute: &str| message(SOAP, attribute, "", &request("MDlk"));
    let whole = on_envelope("");
    let pairs = [
        // A namespace declaration is constant: a prefix, the default namespace, and any name of the prefix.
        (header(" xmlns:u='urn:u' u:b=''"), header(" xmlns:u='urn:t' u:b=''")),
        (header(" xmlns:u='urn:u' u:b='' t:b=''"), header(" xmlns:u='urn:t' u:b='' t:b=''")),
        (header(" xmlns:u='urn:u'"), header(" xmlns:u=''")),
        (header(" xmlns:nil='urn:u'"), header(" xmlns:nil=''")),
        (header(" xmlns='urn:u'"), header(" xmlns=''")),
        (on_envelope(" xmlns:u='urn:u'"), on_envelope(" xmlns:u='http://www.w3.org/2000/xmlns/'")),
        (whole.clone(), whole.replace(SOAP, SOAP_1_2)),
        (whole.clone(), whole.replace(SOAP, "urn:soap")),
        (
            whole.clone(),
            whole.replace(MESSAGES, "https://schemas.microsoft.com/exchange/services/2006/messages"),
        ),
        (whole.clone(), whole.replace(MESSAGES, "urn:messages")),
        // The demands of a header block, and the node that they are for, are constant in both versions.
        (header(" s:mustUnderstand='0'"), header(" s:mustUnderstand='1'")),
        (header(" s:mustUnderstand='0'"), header(" s:mustUnderstand='2'")),
        (header_1_2(" s:mustUnderstand='false'"), header_1_2(" s:mustUnderstand='true'")),
        (header_1_2(" s:mustUnderstand='0'"), header_1_2(" s:mustUnderstand='yes'")),
        (
            header(" s:mustUnderstand='1' s:actor='urn:o'"),
            header(" s:mustUnderstand='1' s:actor='http://schemas.xmlsoap.org/soap/actor/next'"),
        ),
        (header(" s:mustUnderstand='1' s:actor='urn:o'"), header(" s:mustUnderstand='1' s:actor=''")),
        (header(" s:actor='urn:o'"), header(" s:actor='urn:p'")),
        (
            header_1_2(" s:mustUnderstand='1' s:role='urn:o'"),
            header_1_2(" s:mustUnderstand='1' s:role='http://www.w3.org/2003/05/soap-envelope/role/next'"),
        ),
        (header_1_2(" s:role='urn:o'"), header_1_2(" s:role='urn:p'")),
        (header_1_2(" s:relay='true'"), header_1_2(" s:relay='false'")),
        (header_1_2(" s:relay='true'"), header_1_2(" s:relay='maybe'")),
        (header(" s:encodingStyle='urn:o'"), header(" s:encodingStyle='urn:p'")),
        (header(" xml:lang='en'"), header(" xml:lang='de'")),
        (header(" xml:space='default'"), header(" xml:space='preserve'")),
        (nil("false"), nil("true")),
        (nil("0"), nil("1")),
        (nil("0"), nil("no")),
        // The XML declaration is constant.
        (whole.clone(), whole.replace("utf-8", "utf-9")),
        (whole.clone(), whole.replace("utf-8", "UTF-8")),
        (whole.clone(), whole.replace("1.0", "1.1")),
        (whole.clone(), whole.replace("\"?>", "\" standalone='maybe'?>")),
        (whole.clone(), whole.replace("<?xml version=\"1.0\" encoding=\"utf-8\"?>", "")),
        (whole.clone(), format!("\u{FEFF}{whole}")),
        // White space and comments around and between elements are constant.
        (whole.clone(), format!("{whole}\n")),
        (whole.clone(), format!("{whole}x")),
        (whole.clone(), format!("{whole}\0")),
        (whole.clone(), whole.replace("<s:Body>", "<!-- x --><s:Body>")),
        (whole.replace("<s:Body>", "<!-- x --><s:Body>"), whole.replace("<s:Body>", "<!-- -- --><s:Body>")),
        (whole.clone(), whole.replace("<s:Body>", "x<s:Body>")),
        (whole.clone(), whole.replace("</CallId>", "</CallID>")),
        (whole.clone(), whole.replace("</CallId>", "</CallId >")),
        // Names are constant.
        (header(" u='1' v='2'"), header(" u='1' u='2'")),
        (header(" u='1'"), header(" t:u='1'")),
        (header(" u='1'"), header(" n:u='1'")),
    ];
    for (known, other) in pairs {
        assert_ne!(known, other);
        not_taken(&known, &other);
        let body = Envelope::parse(other.as_bytes()).map(|envelope| envelope.body());
        if matches!(body, Ok(Body::GetCallInfo(_))) {
            not_taken(&other, &known);
        }
    }
}

/// Names that rules read are constant under every prefix and on every element. Similar names are not.
#[test]
fn constant_by_local_name() {
    for place in ["<t:A xmlns:t='urn:t'ATTRIBUTE/>", "<t:A xmlns:t='urn:t'><b><cATTRIBUTE/></b></t:A>"] {
        let with = |attribute: &str| with_header(&place.replace("ATTRIBUTE", attribute));
        for name in ["mustUnderstand", "actor", "role", "relay", "encodingStyle", "nil"] {
            for prefix in ["", "t:", "s:"] {
                let (zero, one) = (format!(" {prefix}{name}='0'"), format!(" {prefix}{name}='00'"));
                let constant = with(&format!("{zero} x='1'"));
                not_taken(&constant, &with(&format!("{one} x='1'")));
                taken(&constant, &with(&format!("{zero} x='2'")));
            }
        }
    }
}

#[test]
fn limits_hold_in_a_shape() {
    let framed = |id: &str| message(SOAP, "", "", &request(id));
    let mut shapes = learned(framed("MDlk").as_bytes());
    for (length, fits) in [(1, true), (511, true), (512, true), (513, false), (514, false), (3073, false)] {
        for c in ["x", "\r"] {
            let message = framed(&c.repeat(length));
            assert_eq!(compare(&mut shapes, message.as_bytes()), fits, "{length}");
        }
    }
    let too_long = framed(&"x".repeat(513));
    assert_eq!(shapes.parse(too_long.as_bytes()).unwrap_err().kind(), ErrorKind::ValueTooLong);

    // A tag has 4,096 bytes, or one more, by one value and by two.
    let tag = |one: usize, two: usize| {
        let (one, two) = ("v".repeat(one), "w".repeat(two));
        with_header(&format!("<t:A xmlns:t='urn:t' a='{one}' b=\"{two}\">x</t:A>"))
    };
    let frame = "<t:A xmlns:t='urn:t' a='' b=\"\">".len();
    let mut shapes = learned(tag(1, 1).as_bytes());
    for (one, two) in [(0, 0), (4096, 0), (0, 4096), (2000, 2096), (4000, 96)] {
        for longer in [-1, 0, 1, 2] {
            let one = (one as isize + longer - frame as isize).max(0) as usize;
            compare(&mut shapes, tag(one, two).as_bytes());
        }
    }
    assert!(compare(&mut shapes, tag(1000, 1000).as_bytes()));
    assert!(shapes.parse(tag(4096 - frame, 0).as_bytes()).is_ok());
    let error = shapes.parse(tag(4097 - frame, 0).as_bytes()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TagTooLong);

    // A message has 1 MiB, or one byte more.
    let text = |length: usize| with_header(&format!("<t:A xmlns:t='urn:t'>{}</t:A>", "x".repeat(length)));
    let frame = text(0).len();
    let mut shapes = learned(text(1).as_bytes());
    assert!(compare(&mut shapes, text((1 << 20) - frame).as_bytes()));
    assert!(!compare(&mut shapes, text((1 << 20) - frame + 1).as_bytes()));
    let error = Shapes::new().parse(text((1 << 20) - frame + 1).as_bytes()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MessageTooLong);
}

/// Texts without bounds of their own are bounded by the kept text: one string, and two together.
#[test]
fn kept_texts_hold_in_a_shape() {
    let framed = |operation: &str| message(SOAP, "", "", operation);
    let one = |length: usize| {
        let number = "7".repeat(length);
        framed(&format!(
            "<SetPlayOnPhoneDialString xmlns=\"{MESSAGES}\"><dialString>{number}</dialString></SetPlayOnPhoneDialString>"
        ))
    };
    let two = |first: usize, second: usize| {
        let (entry, number) = ("A".repeat(first), "7".repeat(second));
        framed(&format!(
            "<PlayOnPhone xmlns=\"{MESSAGES}\"><entryId>{entry}</entryId><DialString>{number}</DialString></PlayOnPhone>"
        ))
    };
    let (mut single, mut double) = (learned(one(1).as_bytes()), learned(two(1, 1).as_bytes()));
    for length in [1, 3071, 3072, 3073, 4000] {
        let fits = length <= 3072;
        assert_eq!(compare(&mut single, one(length).as_bytes()), fits, "{length}");
        for first in [1, 500, 3000] {
            if first < length {
                assert_eq!(
                    compare(&mut double, two(first, length - first).as_bytes()),
                    fits,
                    "{first} of {length}"
                );
            }
        }
        if !fits {
            assert_eq!(single.parse(one(length).as_bytes()).unwrap_err().kind(), ErrorKind::TextTooLong);
            assert_eq!(
                double.parse(two(1000, length - 1000).as_bytes()).unwrap_err().kind(),
                ErrorKind::TextTooLong
            );
        }
    }
}

/// Faults, other operations, requests with a CallId in pieces, and messages that are too large are not learned.
#[test]
fn what_is_not_learned() {
    let fault = "<s:Fault><faultcode>s:Client</faultcode><faultstring>x</faultstring></s:Fault>";
    let blocks = "<t:A xmlns:t='urn:t'>x</t:A>".repeat(50);
    let long = format!("<t:A xmlns:t='urn:t'>{}</t:A>", "<!-- -->".repeat(300));
    for message in [
        message(SOAP, "", "", fault),
        message(SOAP, "", "", "<x>y</x>"),
        message(SOAP, "", "", &request("a&amp;b")),
        message(SOAP, "", "", &request("a<!-- -->b")),
        message(SOAP, "", "", &request("<![CDATA[ab]]>")),
        message(SOAP, "", "", &request("\u{E9}")),
        message(SOAP, "", "", &request("a>b")),
        message(SOAP, "", "", &response("<![CDATA[Idle]]>", "None")),
        with_header(&blocks),
        with_header(&long),
    ] {
        let mut shapes = Shapes::new();
        for _ in 0..100 {
            assert!(!compare(&mut shapes, message.as_bytes()), "{message}");
        }
    }
}

/// Returns a message with `n` in a name, so that every message has a shape of its own.
fn numbered(n: usize) -> String {
    with_header(&format!("<t:A xmlns:t='urn:t'><t:N{n}>x</t:N{n}></t:A>"))
}

/// A sender of messages that are all different cannot replace shapes that are met often.
#[test]
fn shapes_that_are_met_often_stay() {
    let mut shapes = Shapes::new();
    let wanted = [workloads::a(), workloads::b(), workloads::c(), workloads::d1()].map(|w| w.messages);
    let mut wanted = wanted.map(|mut messages| messages.remove(0).bytes);
    // (d1) has the shape of (c).
    wanted[3].push(b'\n');
    for message in &wanted {
        compare(&mut shapes, message);
    }
    let mut missed = 0;
    for n in 0..20_000 {
        if n % 5 == 0 {
            missed += usize::from(!compare(&mut shapes, &wanted[n / 5 % 4]));
        }
        compare(&mut shapes, numbered(n).as_bytes());
    }
    assert_eq!(missed, 0);
}

/// A shape that is not met any more is replaced by one that is.
#[test]
fn shapes_are_replaced() {
    let mut shapes = Shapes::new();
    for n in 0..4 {
        for _ in 0..1000 {
            compare(&mut shapes, numbered(n).as_bytes());
        }
    }
    let kept = (0..30_000).filter(|n| !compare(&mut shapes, numbered(4 + n % 4).as_bytes())).count();
    assert!(kept < 15_000, "{kept}");
    let hits = shapes.hits();
    for n in 4..8 {
        assert!(compare(&mut shapes, numbered(n).as_bytes()));
    }
    assert_eq!(shapes.hits(), hits + 4);
}

/// A shape is given up when many messages nearly have it, and is tried again when its own messages come again.
#[test]
fn a_shape_that_fails_is_given_up_for_a_time() {
    let framed = |id: &str| message(SOAP, "", "", &request(id));
    let mut shapes = learned(framed("MDlk").as_bytes());
    for _ in 0..1000 {
        compare(&mut shapes, framed("a&amp;b").as_bytes());
    }
    let again = (0..3000).position(|_| compare(&mut shapes, framed("MDlk").as_bytes()));
    assert!(again.is_some_and(|n| n > 0), "{again:?}");
    assert!(compare(&mut shapes, framed("MDlk").as_bytes()));
}

/// Reads a message that has the first and last bytes of the shape of `request`, and is refused. Nothing is learned from
/// it.
fn refused(shapes: &mut Shapes) {
    assert!(!compare(shapes, message(SOAP, "", "", &request("a&b")).as_bytes()));
}

/// A shape is given up after 64 failed comparisons. Each hit allows one more, but never more than 64 in all.
#[test]
fn the_credit_of_a_shape() {
    let framed = message(SOAP, "", "", &request("MDlk"));
    let is_tried = |hits: usize, failures: usize| {
        let mut shapes = learned(framed.as_bytes());
        (0..failures).for_each(|_| refused(&mut shapes));
        for _ in 0..hits {
            assert!(compare(&mut shapes, framed.as_bytes()), "{hits} {failures}");
        }
        shapes
    };
    for (failures, tried) in [(0, true), (62, true), (63, true), (64, false), (65, false)] {
        assert_eq!(compare(&mut is_tried(0, failures), framed.as_bytes()), tried, "{failures}");
    }
    // The hits after these failures have earned this.
    for (hits, before, most) in
        [(1, 63, 2), (2, 63, 3), (30, 40, 54), (40, 40, 64), (1000, 0, 64), (1000, 63, 64)]
    {
        for failures in [most - 1, most] {
            let mut shapes = is_tried(hits, before);
            (0..failures).for_each(|_| refused(&mut shapes));
            assert_eq!(
                compare(&mut shapes, framed.as_bytes()),
                failures < most,
                "{hits} {before} {failures}"
            );
        }
    }
    // When hits and failures alternate, the shape is never given up.
    let mut shapes = learned(framed.as_bytes());
    for _ in 0..1000 {
        refused(&mut shapes);
        assert!(compare(&mut shapes, framed.as_bytes()));
    }
}

/// Pins how often a message is read before it is learned: once while there is room, 65 times after a message that makes
/// no shape, and 1,025 times when every place is taken.
#[test]
fn how_soon_a_shape_is_learned() {
    let first_hit = |shapes: &mut Shapes, message: &str| {
        (0..5000).position(|_| compare(shapes, message.as_bytes())).expect(message)
    };
    let mut shapes = Shapes::new();
    assert_eq!(first_hit(&mut shapes, &numbered(0)), 1);
    compare(&mut shapes, message(SOAP, "", "", &request("a&amp;b")).as_bytes());
    assert_eq!(first_hit(&mut shapes, &numbered(1)), 65);
    // A fault is not looked at, so it causes no pause.
    let fault = "<s:Fault><faultcode>s:Client</faultcode><faultstring>x</faultstring></s:Fault>";
    compare(&mut shapes, message(SOAP, "", "", fault).as_bytes());
    assert_eq!(first_hit(&mut shapes, &numbered(2)), 1);
    assert_eq!(first_hit(&mut shapes, &numbered(3)), 1);
    for n in [3, 1, 2] {
        assert!(compare(&mut shapes, numbered(n).as_bytes()));
    }
    assert_eq!(first_hit(&mut shapes, &numbered(4)), 1025);
    // The new shape replaces the shape that is met least.
    for (n, known) in [(1, true), (2, true), (3, true), (4, true), (0, false)] {
        assert_eq!(compare(&mut shapes, numbered(n).as_bytes()), known, "{n}");
    }
    assert_eq!(shapes.hits(), 12);
}

/// A shape that was met 32 times is not replaced. The hits of a period count half in the next one.
#[test]
fn how_often_a_shape_is_met_to_stay() {
    for (hits, first_hit) in
        [(1, 1025), (30, 1025), (31, 1025), (32, 2050), (33, 2050), (62, 2050), (63, 3075)]
    {
        let mut shapes = Shapes::new();
        for n in 0..4 {
            assert!(!compare(&mut shapes, numbered(n).as_bytes()));
            (0..hits).for_each(|_| assert!(compare(&mut shapes, numbered(n).as_bytes())));
        }
        let found = (0..5000).position(|_| compare(&mut shapes, numbered(4).as_bytes()));
        assert_eq!(found, Some(first_hit), "{hits}");
    }
}

#[test]
fn results_outlive_the_next_parse_and_debug_tells_counts_only() {
    static FRESH: Shapes = Shapes::new();
    assert_eq!(FRESH.hits(), 0);
    let mut shapes = Shapes::default();
    let (one, two) = (message(SOAP, "", "", &request("one")), message(SOAP, "", "", &request("two")));
    let results = [&one, &two, &one].map(|m| shapes.parse(m.as_bytes()).unwrap().body());
    let ids = results.map(|body| match body {
        Body::GetCallInfo(request) => request.call_id().as_raw(),
        _ => "",
    });
    assert_eq!(ids, ["one", "two", "one"]);
    assert!(one.as_bytes().as_ptr_range().contains(&ids[2].as_ptr()), "a slice of the input");
    assert_eq!(format!("{shapes:?}"), "Shapes { shapes: 1, hits: 2 }");
    assert!(size_of::<Shapes>() <= 13 << 10, "{}", size_of::<Shapes>());
}

fn pick(from: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(from)
}

fn text() -> impl Strategy<Value = String> {
    let piece = pick(&[
        "x",
        "MDlk",
        "é",
        "&amp;",
        "\r\n",
        "<![CDATA[<]]>",
        "<!--c-->",
        "]]",
        ">",
        " ",
        "\"",
        "'",
        "\u{1}",
        "<e/>",
    ]);
    let plain = pick(&["x", "MDlk", "2026", "-", " ", "]]"]);
    prop_oneof![
        3 => prop::collection::vec(plain, 0..9).prop_map(|pieces| pieces.concat()),
        1 => prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat()),
    ]
}

fn attribute() -> impl Strategy<Value = String> {
    let name = pick(&[
        "a",
        "t:a",
        "s:a",
        "xmlns:u",
        "xmlns",
        "s:mustUnderstand",
        "s:actor",
        "s:role",
        "s:relay",
        "s:encodingStyle",
        "i:nil",
        "nil",
        "xml:lang",
    ]);
    let value = pick(&["", "0", "1", "true", "false", "urn:x", "urn:t", "a>b", "&lt;", "<", "é", "'", "\""]);
    (name, value, pick(&["'", "\""]))
        .prop_map(|(name, value, quote)| format!(" {name}={quote}{value}{quote}"))
}

fn document() -> impl Strategy<Value = String> {
    let attributes = || prop::collection::vec(attribute(), 0..3).prop_map(|all| all.concat());
    let block = (attributes(), attributes(), text(), text())
        .prop_map(|(a, b, text, inner)| format!("<t:A xmlns:t='urn:t'{a}>{text}<b{b}>{inner}</b></t:A>"));
    let header = prop::option::of(prop::collection::vec(block, 0..3).prop_map(|blocks| blocks.concat()));
    let word = || pick(&["Idle", "Connected", "Forwarding", "None", "Other", "UserBusy", "idle", " Idle"]);
    let operation = prop_oneof![
        3 => (text(), attributes()).prop_map(|(id, a)| request(&id).replace("<CallId", &format!("<CallId{a}"))),
        2 => (word(), word()).prop_map(|(state, cause)| response(state, cause)),
    ];
    (prop::sample::select(&[SOAP, SOAP, SOAP_1_2][..]), header, operation, pick(&["", "\n"])).prop_map(
        |(soap, header, operation, end)| {
            let header = header.map(|blocks| format!("<s:Header>{blocks}</s:Header>")).unwrap_or_default();
            let xsi = " xmlns:i='http://www.w3.org/2001/XMLSchema-instance'";
            message(soap, xsi, &header, &operation) + end
        },
    )
}

proptest! {
    // For more cases: PROPTEST_CASES=100000 cargo test --release --test shapes
    #![proptest_config(random::config(5_000))]

    /// Reads messages one after the other, and each of them also with the texts of the next in its own frame.
    #[test]
    fn any_messages_in_any_order(
        documents in prop::collection::vec(document(), 1..6),
        order in prop::collection::vec(any::<prop::sample::Index>(), 1..20),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let mut shapes = Shapes::new();
        for n in order {
            let document = n.get(&documents);
            compare(&mut shapes, document.as_bytes());
            compare(&mut shapes, document.as_bytes());
            let mut changed = document.clone().into_bytes();
            for (at, byte) in &changes {
                let at = at.index(changed.len());
                changed[at] = *byte;
            }
            compare(&mut shapes, &changed);
        }
    }

    /// Reads a message, and then that message with other values in every place of one value.
    #[test]
    fn the_same_frame_with_other_values(
        document in document(),
        values in prop::collection::vec((any::<prop::sample::Index>(), text()), 1..5),
    ) {
        let mut shapes = Shapes::new();
        compare(&mut shapes, document.as_bytes());
        for (at, value) in values {
            let places: Vec<usize> = document.match_indices(['>', '"', '\'']).map(|(at, _)| at + 1).collect();
            let from = *at.get(&places);
            let to = document[from..].find(['<', '"', '\'']).map_or(from, |length| from + length);
            let changed = format!("{}{value}{}", &document[..from], &document[to..]);
            compare(&mut shapes, changed.as_bytes());
            compare(&mut shapes, document.as_bytes());
        }
    }
}

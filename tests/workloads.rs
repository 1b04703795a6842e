//! Tests that the benchmarks' messages have their stated sizes, answers and defects.

#[path = "../benches/workloads/mod.rs"]
mod workloads;

use umsoap::{Decoder, Envelope, MessagesNamespace, SoapVersion};
use workloads::cuts::{Cut, Cuts};
use workloads::options::WIDENING;
use workloads::{Answer, Workload, hostile};

fn answer(message: &[u8]) -> Answer {
    let envelope =
        Envelope::parse(message).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(message)));
    assert_eq!(envelope.version(), SoapVersion::V1_1);
    assert_eq!(envelope.namespace(), Some(MessagesNamespace::Http));
    Answer::of(&envelope)
}

#[test]
fn every_message_is_read_and_has_its_answer() {
    for workload in workloads::all() {
        for message in &workload.messages {
            assert_eq!(answer(&message.bytes), message.answer, "({})", workload.name);
        }
    }
}

#[test]
fn sizes() {
    let sizes = workloads::all().map(|w| (w.name, w.messages.len(), w.bytes() / w.messages.len()));
    let expected = [
        ("a", 1, 386),
        ("b", 1, 517),
        ("c", 1, 1700),
        ("d1", 1, 65_388),
        ("d2", 1, 65_336),
        ("d3", 1, 65_388),
        ("e", 512, 418),
        ("f", 256, 1700),
        ("g", 512, 420),
        ("h", 1, 44_032),
    ];
    assert_eq!(sizes, expected);
    assert!(workloads::f().messages.iter().all(|m| m.bytes.len() == 1700));
}

/// (e), (f) and (g) would measure nothing if their messages were alike, or their CallIds of one length.
#[test]
fn varied_messages_vary() {
    for workload in [workloads::e(), workloads::f(), workloads::g()] {
        let mut messages: Vec<&[u8]> = workload.messages.iter().map(|m| &m.bytes[..]).collect();
        messages.sort_unstable();
        messages.dedup();
        assert_eq!(messages.len(), workload.messages.len(), "({})", workload.name);
    }
    let shortest_and_longest = |workload: Workload| {
        let lengths = workload.messages.into_iter().map(|m| match m.answer {
            Answer::Request(id) => id.len(),
            Answer::Response(..) => 0,
        });
        let lengths: Vec<usize> = lengths.collect();
        (lengths.iter().min().copied(), lengths.iter().max().copied())
    };
    assert_eq!(shortest_and_longest(workloads::e()), (Some(32), Some(156)));
    assert_eq!(shortest_and_longest(workloads::g()), (Some(1), Some(160)));
}

type Test<'t> = &'t dyn Fn(&str) -> bool;

/// (g) has each kind of line end, prefix and prolog that it promises.
#[test]
fn any_style_has_every_style() {
    let g = workloads::g();
    let texts: Vec<&str> = g.messages.iter().map(|m| std::str::from_utf8(&m.bytes).expect("UTF-8")).collect();
    let having = |test: Test<'_>| texts.iter().filter(|text| test(text)).count();
    let styles: [(&str, Test<'_>); 9] = [
        ("line feeds", &|text| text.contains('\n') && !text.contains('\r')),
        ("carriage returns", &|text| text.contains('\r') && !text.contains('\n')),
        ("both", &|text| text.contains("\r\n")),
        ("one line", &|text| !text.contains(['\r', '\n'])),
        ("byte order mark", &|text| text.starts_with('\u{FEFF}')),
        ("XML declaration", &|text| text.contains("<?xml")),
        ("no XML declaration", &|text| !text.contains("<?xml")),
        ("envelope without prefix", &|text| text.contains("<Envelope")),
        ("operation without prefix", &|text| text.contains("<GetCallInfo")),
    ];
    for (name, test) in styles {
        assert!(having(test) >= 20, "{name}: {}", having(test));
    }
    let soap_prefix = |text: &str| Some(text.split_once(":Envelope")?.0.rsplit_once('<')?.1.len());
    for length in 1..=8 {
        assert!(having(&|text| soap_prefix(text) == Some(length)) >= 20, "prefixes of {length} letters");
    }
}

/// Each of (h)'s 520 header blocks declares a prefix and carries an attribute with that prefix.
#[test]
fn declaring_blocks_declare() {
    let h = workloads::h();
    let envelope = Envelope::parse(&h.only().bytes).expect("it is read");
    assert_eq!(envelope.header().blocks().count(), 520 + 6);
    let own = envelope.header().blocks().take(520).enumerate();
    for (n, block) in own {
        let tag = block.element().raw().unwrap_or_default().split('>').next().unwrap_or_default();
        let prefix = tag[1..].split(':').next().unwrap_or_default();
        assert!(tag.contains(&format!(" xmlns:{prefix}=\"urn:h:{n}\"")), "{tag}");
        let attributes = [format!(" {prefix}:id=\""), " s:mustUnderstand=\"0\"".to_string()];
        assert!(attributes.iter().any(|attribute| tag.contains(attribute)), "{tag}");
    }
}

/// Every message has its answer under options that only accept more, and wherever it is cut.
#[test]
fn every_door_gives_the_answer() {
    for workload in workloads::all() {
        let message = workload.messages.last().expect("a workload has messages");
        for (name, options) in WIDENING {
            let found = Envelope::parse_with(&message.bytes, &options).expect("it is read");
            assert_eq!(Answer::of(&found), message.answer, "({}) with {name}", workload.name);
        }
        for cut in Cut::ALL.into_iter().chain([Cut::Every(1)]) {
            let (cuts, mut decoder) = (Cuts::new(&message.bytes, cut), Decoder::new());
            assert_eq!(cuts.chunks().collect::<Vec<_>>().concat(), cuts.bytes());
            cuts.chunks().for_each(|chunk| decoder.feed(chunk).expect("it is read"));
            let found = decoder.finish().expect("it is read");
            assert_eq!(Answer::of(&found), message.answer, "({}) in {}", workload.name, cut.name());
        }
    }
}

#[test]
fn defects_are_refused_for_what_they_are() {
    assert_eq!(answer(&hostile::sound()), Answer::Request(workloads::CALL_ID.to_string()));
    for defect in hostile::defects() {
        let found = match Envelope::parse(&defect.bytes) {
            Err(error) => format!("{:?}", error.kind()),
            Ok(envelope) => match umsoap::GetCallInfo::parse(&defect.bytes) {
                Err(error) => format!("{:?}", error.kind()),
                Ok(_) => format!("{envelope:?}"),
            },
        };
        assert_eq!(Some(&found[..]), defect.kind, "{}", defect.name);
    }
}

#[test]
fn families_are_refused_for_what_they_are_or_read() {
    for family in hostile::families() {
        let error = Envelope::parse(&family.bytes).err();
        let kind = error.map(|e| format!("{:?}", e.kind()));
        assert_eq!(kind.as_deref(), family.kind, "{}: {error:?}", family.name);
        let near = (60 << 10)..(68 << 10);
        assert!(near.contains(&family.bytes.len()), "{}: {} bytes", family.name, family.bytes.len());
    }
}

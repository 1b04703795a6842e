//! The benchmarks' messages are what they are said to be: their sizes, their answers, their defects.

#[path = "../benches/workloads/mod.rs"]
mod workloads;

use umsoap::{Body, Envelope, MessagesNamespace, SoapVersion};
use workloads::{Answer, hostile};

fn answer(message: &[u8]) -> Answer {
    let envelope =
        Envelope::parse(message).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(message)));
    assert_eq!(envelope.version(), SoapVersion::V1_1);
    assert_eq!(envelope.namespace(), Some(MessagesNamespace::Http));
    match envelope.body() {
        Body::GetCallInfo(request) => Answer::Request(request.call_id().as_raw().to_string()),
        Body::GetCallInfoResponse(r) => Answer::Response(r.call_state().as_str(), r.event_cause().as_str()),
        other => panic!("{other:?}"),
    }
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
        ("e", 512, 418),
        ("f", 256, 1700),
    ];
    assert_eq!(sizes, expected);
    assert!(workloads::f().messages.iter().all(|m| m.bytes.len() == 1700));
}

/// (e) and (f) would measure nothing if their messages were alike, or their CallIds of one length.
#[test]
fn varied_messages_vary() {
    for workload in [workloads::e(), workloads::f()] {
        let mut messages: Vec<&[u8]> = workload.messages.iter().map(|m| &m.bytes[..]).collect();
        messages.sort_unstable();
        messages.dedup();
        assert_eq!(messages.len(), workload.messages.len(), "({})", workload.name);
    }
    let lengths = workloads::e().messages.into_iter().map(|m| match m.answer {
        Answer::Request(id) => id.len(),
        Answer::Response(..) => 0,
    });
    let lengths: Vec<usize> = lengths.collect();
    assert_eq!((lengths.iter().min(), lengths.iter().max()), (Some(&32), Some(&156)));
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

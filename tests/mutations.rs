//! Every document one byte away from the four messages: the library and the oracle must agree.
mod oracle;
use oracle::{Verdict, verdict};
use umsoap::{Body, Envelope};

const MESSAGES: [(&str, &[u8]); 4] = [
    ("documented-request", include_bytes!("data/ok/documented-request.xml")),
    ("documented-response", include_bytes!("data/ok/documented-response.xml")),
    ("wire-request", include_bytes!("data/ok/wire-request.xml")),
    ("wire-response", include_bytes!("data/ok/wire-response.xml")),
];

const BYTES: &[u8] = b"<>&;\"'=/: \0\x80\xC3A]-";

fn library(input: &[u8]) -> (Verdict, String) {
    match Envelope::parse(input) {
        Err(error) => (Verdict::Refused, format!("{:?} at {}: {error}", error.kind(), error.offset())),
        Ok(envelope) => {
            let verdict = match envelope.body() {
                Body::GetCallInfo(request) => Verdict::Request(request.call_id().to_string()),
                Body::GetCallInfoResponse(response) => {
                    Verdict::Response(response.call_state().to_string(), response.event_cause().to_string())
                }
                Body::Fault(_) => Verdict::Fault,
                _ => Verdict::Other,
            };
            (verdict, String::new())
        }
    }
}

fn compare(label: String, input: &[u8], differences: &mut Vec<String>) {
    let (ours, why) = library(input);
    let expected = verdict(input);
    if ours != expected {
        let document = input.escape_ascii();
        differences
            .push(format!("{label}\n  library: {ours:?} {why}\n  oracle:  {expected:?}\n  {document}"));
    }
}

fn report(differences: &[String], compared: usize) {
    assert!(
        differences.is_empty(),
        "{} differences in {compared} documents; the first:\n{}",
        differences.len(),
        differences.iter().take(10).cloned().collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn the_messages_themselves() {
    let mut differences = Vec::new();
    for (name, message) in MESSAGES {
        assert_ne!(verdict(message), Verdict::Refused, "{name}");
        compare(name.to_string(), message, &mut differences);
    }
    report(&differences, MESSAGES.len());
}

#[test]
fn one_byte_deleted() {
    let (mut differences, mut compared) = (Vec::new(), 0);
    for (name, message) in MESSAGES {
        for at in 0..message.len() {
            let mut mutant = message.to_vec();
            mutant.remove(at);
            compare(format!("{name} without byte {at}"), &mutant, &mut differences);
            compared += 1;
        }
    }
    report(&differences, compared);
}

#[test]
fn one_byte_replaced() {
    let (mut differences, mut compared) = (Vec::new(), 0);
    for (name, message) in MESSAGES {
        for at in 0..message.len() {
            for &byte in BYTES {
                let mut mutant = message.to_vec();
                mutant[at] = byte;
                compare(format!("{name} byte {at} = {:?}", byte as char), &mutant, &mut differences);
                compared += 1;
            }
        }
    }
    report(&differences, compared);
}

#[test]
fn the_golden_files() {
    let mut differences = Vec::new();
    let mut compared = 0;
    for folder in ["ok", "err"] {
        let path = format!("{}/tests/data/{folder}", env!("CARGO_MANIFEST_DIR"));
        for entry in std::fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            // The oracle knows no limits.
            let name = path.file_name().unwrap().to_str().unwrap().to_string();
            if name.ends_with(".xml") && !name.starts_with("limit-") {
                compare(format!("{folder}/{name}"), &std::fs::read(&path).unwrap(), &mut differences);
                compared += 1;
            }
        }
    }
    report(&differences, compared);
}

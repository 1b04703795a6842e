//! Changes one byte of the four messages and of small golden files at every place. The library and the oracle must
//! agree.
mod oracle;
use oracle::{library::library, oracle};
use umsoap::Envelope;

const MESSAGES: [(&str, &[u8]); 4] = [
    ("documented-request", include_bytes!("data/ok/documented-request.xml")),
    ("documented-response", include_bytes!("data/ok/documented-response.xml")),
    ("wire-request", include_bytes!("data/ok/wire-request.xml")),
    ("wire-response", include_bytes!("data/ok/wire-response.xml")),
];

const BYTES: &[u8] = b"<>&;\"'=/: \0\x80\xC3A]-";

fn compare(label: String, input: &[u8], differences: &mut Vec<String>) {
    let (ours, expected) = (library(input), oracle(input));
    if ours != expected {
        let (error, document) = (Envelope::parse(input).err(), input.escape_ascii());
        differences
            .push(format!("{label}\n  library: {ours:?} {error:?}\n  oracle:  {expected:?}\n  {document}"));
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
        assert!(oracle(message).is_some(), "{name}");
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
            // The oracle knows no limits, so files about limits are left out.
            let name = path.file_name().unwrap().to_str().unwrap().to_string();
            if name.ends_with(".xml") && !(folder == "err" && name.starts_with("limit-")) {
                compare(format!("{folder}/{name}"), &std::fs::read(&path).unwrap(), &mut differences);
                compared += 1;
            }
        }
    }
    report(&differences, compared);
}

/// Returns the accepted golden files that are small enough to change every byte.
fn small_documents() -> Vec<(String, Vec<u8>)> {
    let path = format!("{}/tests/data/ok", env!("CARGO_MANIFEST_DIR"));
    let mut documents = Vec::new();
    for entry in std::fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        // Every byte is replaced 16 times, so the largest files would take most of the time.
        if path.extension().is_some_and(|e| e == "xml") && bytes.len() < 700 {
            documents.push((path.file_name().unwrap().to_str().unwrap().to_string(), bytes));
        }
    }
    documents.sort();
    documents
}

#[test]
fn golden_files_one_byte_away() {
    let (mut differences, mut compared) = (Vec::new(), 0);
    for (name, document) in small_documents() {
        for at in 0..document.len() {
            let mut mutant = document.clone();
            mutant.remove(at);
            compare(format!("{name} without byte {at}"), &mutant, &mut differences);
            for &byte in BYTES {
                let mut mutant = document.clone();
                mutant[at] = byte;
                compare(format!("{name} byte {at} = {:?}", byte as char), &mutant, &mut differences);
                compared += 1;
            }
        }
    }
    report(&differences, compared);
}

#[test]
fn golden_files_with_pieces_moved() {
    let documents = small_documents();
    // A small generator with a fixed seed (Knuth's MMIX constants) makes the documents of every run equal.
    let mut state = 0x5EED_u64;
    let mut below = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n.max(1)
    };
    // Pieces begin and end at markup more often than not, so that many mutants stay well-formed.
    let edge = |document: &[u8], at: usize| {
        let byte = if at % 3 == 0 { b' ' } else { b'<' };
        document[at..].iter().position(|&b| b == byte).map_or(document.len(), |n| at + n)
    };
    let (mut differences, mut accepted) = (Vec::new(), 0);
    let count = 100_000;
    for _ in 0..count {
        let (name, document) = &documents[below(documents.len())];
        let (other, donor) = &documents[below(documents.len())];
        let from = edge(donor, below(donor.len()));
        let to = edge(donor, from + below(donor.len() - from + 1)).max(from);
        let start = edge(document, below(document.len()));
        let end =
            if below(2) == 0 { start } else { edge(document, start + below(document.len() - start + 1)) };
        let mutant = [&document[..start], &donor[from..to], &document[end.max(start)..]].concat();
        accepted += usize::from(library(&mutant).is_some());
        compare(format!("{name} with a piece of {other}"), &mutant, &mut differences);
    }
    report(&differences, count);
    assert!(accepted > count / 100, "only {accepted} mutants were accepted: they prove nothing");
}

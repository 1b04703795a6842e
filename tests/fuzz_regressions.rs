//! Runs the bodies of the fuzz targets without libFuzzer: over all test documents, over every input with which a fuzzer
//! found a defect, and over generated envelopes.
#![cfg(all(feature = "std", feature = "xmlparser"))]
#[path = "../fuzz/src/lib.rs"]
#[allow(unreachable_pub, reason = "it is a library in fuzz/")]
mod fuzz;
mod random;

use proptest::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<_> =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

/// Runs one target over one input. The panic of a failure names both.
fn replay(name: &str, target: fuzz::Body, file: &Path) {
    let bytes = fs::read(file).unwrap();
    let result = std::panic::catch_unwind(|| target(&bytes));
    assert!(result.is_ok(), "{name} fails on {}", file.display());
}

/// The file `tests/data/fuzz/TARGET/NAME` was found by that target. No target may fail on it.
#[test]
fn finds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/fuzz");
    for (found_by, _) in fuzz::TARGETS {
        for file in files(&root.join(found_by)) {
            for (name, target) in fuzz::TARGETS {
                replay(name, target, &file);
            }
        }
    }
}

#[test]
fn test_documents() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut count = 0;
    for file in ["ok", "err"].iter().flat_map(|folder| files(&root.join(folder))) {
        for (name, target) in fuzz::TARGETS {
            replay(name, target, &file);
        }
        count += 1;
    }
    assert!(count > 100, "only {count} documents");
}

/// Runs every sequence of up to four bytes that could begin a document, or another encoding.
#[test]
fn beginnings() {
    let mut all = vec![Vec::new()];
    let mut last = 0;
    for _ in 0..4 {
        let longer = all[last..].iter().flat_map(|start: &Vec<u8>| {
            b"\0\xFF\xFE<\xEF\xBB\xBF \x80?!/ax".iter().map(move |&b| [&start[..], &[b]].concat())
        });
        let longer: Vec<_> = longer.collect();
        last = all.len();
        all.extend(longer);
    }
    all.iter().for_each(|bytes| all_targets(bytes));
}

/// Returns bytes that stand for a generated envelope.
fn generated() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..600).prop_map(|mut bytes| {
        bytes.insert(0, fuzz::input::GENERATED);
        bytes
    })
}

/// Returns the words of `fuzz/soap.dict`: the text between the quotes.
fn words() -> Vec<Vec<u8>> {
    let lines = include_str!("../fuzz/soap.dict").lines().filter_map(|line| line.strip_prefix('"'));
    lines.map(|line| unescape(line.strip_suffix('"').unwrap_or(line))).collect()
}

/// Returns the bytes for which `\xHH` and `\"` stand.
fn unescape(word: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (n, piece) in word.replace("\\\"", "\"").split("\\x").enumerate() {
        let (hex, rest) = piece.split_at(if n == 0 { 0 } else { 2 });
        bytes.extend(u8::from_str_radix(hex, 16));
        bytes.extend(rest.bytes());
    }
    bytes
}

/// Returns a test document in which words have replaced some bytes.
fn changed() -> impl Strategy<Value = Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/ok");
    let is_small = |document: &Vec<u8>| document.len() < 1000;
    let documents = files(&root).into_iter().map(|file| fs::read(file).unwrap()).filter(is_small);
    let edit = (any::<prop::sample::Index>(), 0..9_usize, prop::sample::select(words()));
    let edits = prop::collection::vec(edit, 1..4);
    (prop::sample::select(documents.collect::<Vec<_>>()), edits).prop_map(|(mut document, edits)| {
        for (at, length, word) in edits {
            let from = at.index(document.len() + 1);
            let to = (from + length).min(document.len());
            document.splice(from..to, word);
        }
        document
    })
}

fn all_targets(bytes: &[u8]) {
    fuzz::TARGETS.iter().for_each(|(_, target)| target(bytes));
}

proptest! {
    // For more cases: PROPTEST_CASES=100000 cargo test --release --test fuzz_regressions
    #![proptest_config(ProptestConfig {
        // A failure prints its document. Put it into `tests/data/fuzz`.
        failure_persistence: None,
        ..random::config(5_000)
    })]

    #[test]
    fn generated_envelopes(bytes in generated()) {
        all_targets(&bytes);
    }

    #[test]
    fn changed_documents(bytes in changed()) {
        all_targets(&bytes);
    }

    #[test]
    fn arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        all_targets(&bytes);
    }
}

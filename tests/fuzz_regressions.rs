//! The bodies of the fuzz targets without libFuzzer: over all test documents, over every input that a fuzzer
//! found to be a fault, and over generated envelopes.
#![cfg(all(feature = "std", feature = "xmlparser"))]
#[path = "../fuzz/src/lib.rs"]
#[allow(unreachable_pub, reason = "it is a library in fuzz/")]
mod fuzz;

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

/// Runs one target over one input; a panic says which.
fn replay(name: &str, target: fn(&[u8]), file: &Path) {
    let bytes = fs::read(file).unwrap();
    let result = std::panic::catch_unwind(|| target(&bytes));
    assert!(result.is_ok(), "{name} fails on {}", file.display());
}

/// `tests/data/fuzz/TARGET/NAME` was a find of that target; no target may fail on it.
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

/// Bytes for the generator.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..600).prop_map(|mut bytes| {
        bytes.insert(0, fuzz::input::GENERATED);
        bytes
    })
}

proptest! {
    // More cases: PROPTEST_CASES=100000 cargo test --release --test fuzz_regressions
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|c| c.parse().ok()).unwrap_or(5_000),
        ..ProptestConfig::default()
    })]

    #[test]
    fn generated_envelopes(bytes in bytes()) {
        for (_, target) in fuzz::TARGETS {
            target(&bytes);
        }
    }
}

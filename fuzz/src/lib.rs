//! The bodies of the fuzz targets, as plain functions of bytes. The fuzzers in `fuzz_targets/` call them. The library's
//! `tests/fuzz_regressions.rs` calls them, too, without libFuzzer.

pub mod call_id;
pub mod canonical;
pub mod cuts;
pub mod differential;
mod encode;
pub mod fault;
mod generate;
pub mod input;
mod lexed;
#[path = "../../tests/made/mod.rs"]
mod made;
mod message;
pub mod parse;
pub mod paths;
mod reasons;
mod reference;
pub mod round_trip;
#[path = "../../tests/schema/mod.rs"]
mod schema;
pub mod tokens;

/// The body of a target. It panics when it finds a defect.
pub type Body = fn(&[u8]);

/// Every target with its name.
pub const TARGETS: [(&str, Body); 9] = [
    ("parse", parse::run),
    ("cuts", cuts::run),
    ("differential", differential::run),
    ("tokens", tokens::run),
    ("round_trip", round_trip::run),
    ("canonical", canonical::run),
    ("call_id", call_id::run),
    ("fault", fault::run),
    ("paths", paths::run),
];

//! The fixed tests in one crate. `scripts/mutants` compiles this crate for each change of the source, because one crate is
//! compiled and linked in a tenth of the time that twenty-four crates take. `cargo test` leaves this crate out, since it
//! runs each test file as a crate of its own.
#![allow(clippy::duplicate_mod, reason = "the tests share modules, and each names its own")]

#[path = "../call_id.rs"]
mod call_id;
#[path = "../children.rs"]
mod children;
#[path = "../edges.rs"]
mod edges;
#[path = "../encoding.rs"]
mod encoding;
#[path = "../end_tags.rs"]
mod end_tags;
#[path = "../golden.rs"]
mod golden;
#[path = "../guesses.rs"]
mod guesses;
#[path = "../header.rs"]
mod header;
#[path = "../header_writing.rs"]
mod header_writing;
#[path = "../kept_blocks.rs"]
mod kept_blocks;
#[path = "../kinds.rs"]
mod kinds;
#[path = "../limits.rs"]
mod limits;
#[path = "../limits_of_text.rs"]
mod limits_of_text;
#[path = "../nodes.rs"]
mod nodes;
#[path = "../prefixes.rs"]
mod prefixes;
#[path = "../round_trip.rs"]
mod round_trip;
#[path = "../shapes.rs"]
mod shapes;
#[path = "../small_defects.rs"]
mod small_defects;
#[path = "../split.rs"]
mod split;
#[path = "../state.rs"]
mod state;
#[path = "../text.rs"]
mod text;
#[path = "../two_offences.rs"]
mod two_offences;
#[path = "../which_error.rs"]
mod which_error;
#[path = "../words.rs"]
mod words;

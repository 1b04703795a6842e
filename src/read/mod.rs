//! The machine that reads a message in chunks, and the public functions that call it.

pub(crate) mod answer;
pub(crate) mod decoder;
mod fragment;
pub(crate) mod machine;
pub(crate) mod one_shot;

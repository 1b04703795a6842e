//! Whole messages: the envelope and its body, and what is written of them.

pub(crate) mod body;
pub(crate) mod envelope;
pub(crate) mod written;

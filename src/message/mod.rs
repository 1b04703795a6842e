//! Whole messages: the envelope, its body, and the bytes that are written for them.

pub(crate) mod body;
pub(crate) mod envelope;
mod found;
pub(crate) mod written;

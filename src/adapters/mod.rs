//! Adapters for types of other crates. Each has a feature of its own.

#[cfg(feature = "bytes")]
mod bytes;
#[cfg(feature = "http-body")]
pub(crate) mod http_body;

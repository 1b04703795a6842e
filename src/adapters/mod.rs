//! Adapters for types of other crates, a feature each.

#[cfg(feature = "bytes")]
mod bytes;
#[cfg(feature = "http-body")]
pub(crate) mod http_body;

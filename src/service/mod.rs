//! The messages of the Unified Messaging web service.

pub(crate) mod base64;
pub(crate) mod call_id;
pub(crate) mod operations;
pub(crate) mod schema;
pub(crate) mod values;

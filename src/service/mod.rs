//! The messages of the Unified Messaging web service.

pub(crate) mod base64;
pub(crate) mod call_info;

//! SOAP 1.1 and 1.2: header blocks and faults.

pub(crate) mod fault;
pub(crate) mod header;
pub(crate) mod new_block;

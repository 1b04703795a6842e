//! The parts that every other folder uses: errors, limits, the versions of SOAP, the kept parts of a message, and
//! sinks.

pub(crate) mod error;
pub(crate) mod limits;
#[cfg(feature = "std")]
pub(crate) mod owned;
pub(crate) mod retain;
pub(crate) mod version;
pub(crate) mod write;

//! Zero-copy, no-allocation SOAP for the operation GetCallInfo of Exchange's Unified Messaging web service:
//! the CallId as a slice of your bytes, the two enums, an exact verdict on bad input, and a reply written into
//! your own buffer.
//!
//! ```
//! use umsoap::{Body, CallState, Envelope, EventCause, GetCallInfo, GetCallInfoResponse, SoapVersion};
//!
//! let input = br#"<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
//!     <GetCallInfo xmlns="http://schemas.microsoft.com/exchange/services/2006/messages">
//!     <CallId>MDlk</CallId></GetCallInfo></s:Body></s:Envelope>"#;
//! let request = GetCallInfo::parse(input)?;
//! assert_eq!(request.call_id().as_raw(), "MDlk"); // a slice of `input`
//!
//! let reply = GetCallInfoResponse::new(CallState::Connected, EventCause::None);
//! let mut out = [0; 512];
//! let bytes = Envelope::new(SoapVersion::V1_1, Body::GetCallInfoResponse(reply)).encode(&mut out)?;
//! assert_eq!(GetCallInfoResponse::parse(bytes)?, reply);
//! # Ok::<(), umsoap::Error>(())
//! ```
//!
//! No input makes it panic, allocate, recurse, or work more than linearly: see [`Limits`]. A host name that
//! was decoded from a CallId comes from the client: never connect to it ([`um_server`]).

#![no_std]
#![forbid(unsafe_code)]
#![deny(
    clippy::std_instead_of_core,
    clippy::alloc_instead_of_core,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

#[cfg(feature = "std")]
extern crate std;

mod base64;
#[cfg(feature = "http-body")]
mod body;
#[cfg(feature = "bytes")]
mod buf;
mod call_info;
mod chars;
mod decoder;
mod element;
mod envelope;
mod error;
mod fault;
mod grammar;
mod header;
mod limits;
mod machine;
mod prolog;
mod recognise;
mod retain;
mod scan;
mod scope;
mod shapes;
mod text;
mod token;
mod version;
mod write;
mod written;

#[cfg(feature = "http-body")]
pub use body::BodyError;
pub use call_info::{CallId, CallState, EventCause, GetCallInfo, GetCallInfoResponse, um_server};
pub use decoder::Decoder;
pub use element::Element;
pub use envelope::{Body, Envelope};
pub use error::{Category, Error, ErrorKind};
pub use fault::{Fault, FaultCode};
pub use header::{Blocks, Header, HeaderBlock, HeaderBlocks};
pub use limits::{Limits, Options, Role};
pub use shapes::Shapes;
pub use text::{Chars, Text};
pub use version::{MessagesNamespace, SoapVersion};

/// The crate whose tokens [`Element::tokens`] gives.
#[cfg(feature = "xmlparser")]
pub use xmlparser;

/// The examples of the README, tested.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

//! Reads and writes SOAP for Exchange's Unified Messaging web service, without copies and without allocation. A message
//! gives its values: strings as slices of your bytes, words as enums. A GetCallInfo gives its CallId, and the reply its
//! CallState and its EventCause. Bad input gets an exact verdict. A message is written into your own buffer.
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
//! No input makes the library panic, allocate, recurse, or work more than linearly: see [`Limits`]. A host name that
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

#[cfg(any(feature = "std", test))]
extern crate std;

#[cfg(any(feature = "bytes", feature = "http-body"))]
mod adapters;
mod base;
mod message;
mod read;
mod rules;
mod service;
mod shapes;
mod soap;
mod usual;
mod xml;

#[cfg(feature = "http-body")]
pub use adapters::http_body::BodyError;
pub use base::error::{Category, Error, ErrorKind};
pub use base::limits::{Limits, Options, Role};
#[cfg(feature = "std")]
pub use base::owned::OwnedOptions;
pub use base::version::{MessagesNamespace, SoapVersion};
pub use message::body::{Body, Fields, Message};
pub use message::envelope::Envelope;
pub use read::answer::Answer;
pub use read::decoder::Decoder;
pub use service::call_id::{CallId, um_server};
pub use service::operations::*;
pub use service::values::{CallState, EventCause, GreetingType};
pub use shapes::Shapes;
pub use soap::fault::{Fault, FaultCode, QName, Reason, Reasons, Subcodes};
pub use soap::header::{Blocks, Header, HeaderBlock, HeaderBlocks};
pub use soap::new_block::{NewAttribute, NewElement, NewHeaderBlock};
pub use xml::element::Element;
pub use xml::node::{Children, Node, NodeAttribute, NodeAttributes};
pub use xml::text::{Chars, Text};

/// The crate whose tokens [`Element::tokens`] returns.
#[cfg(feature = "xmlparser")]
pub use xmlparser;

/// The examples of the README, which are tested. One of them writes into a vector, which needs the feature `std`.
#[cfg(all(doctest, feature = "std"))]
#[doc = include_str!("../README.md")]
pub struct Readme;

//! The functions that read a whole message: `Envelope::parse`, and `parse` of each message.
//!
//! `read` is inlined into `read_message` and `read_envelope`, so that each builds its result in the caller's place.
//! Those two are not inlined: a machine and its arrays take more than a kilobyte of stack, which a usual message never
//! needs.

use crate::base::error::{Error, ErrorKind};
use crate::base::limits::Options;
use crate::message::body::{Body, Message};
use crate::message::envelope::Envelope;
use crate::read::machine::Machine;
use crate::rules::Place;
use crate::service::operations::*;
use crate::soap::header::HeaderBlocks;
use crate::usual::{self, Entry, Usual, UsualMessage};
use crate::xml::element::Element;
use crate::xml::prolog::BOM;
use crate::xml::scope::{Arrays, Full, Small};
use crate::xml::{scan, walk};

/// The options of the functions that take no options.
const OPTIONS: &Options<'static> = &Options::new();

/// Reads a message with the machine. `take` makes the result out of the envelope and the offset of the body entry.
#[inline(always)]
fn read<'i, T>(
    input: &'i [u8],
    options: &Options<'_>,
    take: impl Fn(Result<Envelope<'i>, Error>, usize) -> Result<T, Error>,
) -> Result<T, Error> {
    let few = options.with_limits(Small::<Place>::limits(options.limits));
    let mut machine = Machine::new(few, Small::new(Place::Document));
    match machine.whole(input) {
        Ok(()) => take(machine.grammar().envelope(input), machine.grammar().entry_at()),
        Err(stop) => match stop.kind {
            // The message may fit into larger arrays.
            ErrorKind::TooDeep
            | ErrorKind::TooManyDeclarations
            | ErrorKind::NamesTooLong
            | ErrorKind::NamespacesTooLong => read_large(input, options, take),
            _ => Err(machine.error(stop)),
        },
    }
}

/// Reads a message again with the largest arrays, because the small ones were too small for it.
#[cold]
#[inline(never)]
fn read_large<'i, T>(
    input: &'i [u8],
    options: &Options<'_>,
    take: impl Fn(Result<Envelope<'i>, Error>, usize) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut machine = Machine::new(*options, Full::new(Place::Document));
    machine.whole(input).map_err(|stop| machine.error(stop))?;
    take(machine.grammar().envelope(input), machine.grammar().entry_at())
}

/// Reads a message that must be of the type `T`.
#[inline(never)]
fn read_message<'i, T: Message<'i>>(input: &'i [u8]) -> Result<T, Error> {
    read(input, OPTIONS, |envelope, at| expect(&envelope?, at))
}

/// Reads a message of any kind.
#[inline(never)]
fn read_envelope<'i>(input: &'i [u8], options: &Options<'_>) -> Result<Envelope<'i>, Error> {
    read(input, options, |envelope, _| envelope)
}

impl<'a> Envelope<'a> {
    /// Reads a whole message in the role of the ultimate receiver. No header block counts as understood, and the
    /// default limits hold.
    ///
    /// # Errors
    /// Returns the first rule that is broken when the message is read byte by byte, with its byte offset.
    pub fn parse(input: &'a [u8]) -> Result<Self, Error> {
        Self::parse_with(input, OPTIONS)
    }

    /// Reads a whole message with these options.
    ///
    /// # Errors
    /// Returns the errors of [`parse`](Self::parse).
    pub fn parse_with(input: &'a [u8], options: &Options<'_>) -> Result<Self, Error> {
        match usual::message(input, options) {
            Some(usual) => usual.envelope(),
            None => read_envelope(input, options),
        }
    }

    /// Returns the name of the header block that a `MustUnderstand` refusal is about. `input` must be the message that
    /// was refused with `error`.
    pub fn not_understood(input: &'a [u8], error: &Error) -> Option<Element<'a>> {
        if error.kind() != ErrorKind::MustUnderstand {
            return None;
        }
        let prolog = if input.strip_prefix(BOM).unwrap_or(input).starts_with(b"<?xml") {
            scan::find(b'>', input, 0)?
        } else {
            0
        };
        let envelope = walk::next_child(input, prolog, input.len())?;
        let behind = envelope.saturating_add(walk::tag_at(input, envelope).len());
        let header = walk::next_child(input, behind, input.len())?;
        // The block that was refused lies before the limit of a message's length.
        let end = u32::try_from(input.len()).unwrap_or(u32::MAX);
        let blocks = HeaderBlocks::new(input, error.version()?, envelope as u32, header as u32, end);
        Some(blocks.name_at(error.offset()))
    }
}

/// Takes the message of this type out of an envelope whose body entry begins at `at`.
#[inline]
pub(super) fn expect<'a, T: Message<'a>>(envelope: &Envelope<'a>, at: usize) -> Result<T, Error> {
    let body = envelope.body();
    match T::from_body(&body) {
        Some(message) => Ok(message),
        None => Err(unexpected(&body, T::NUMBER, at).with_version(envelope.version())),
    }
}

/// Returns the error of a body that is not the message of this number. The numbers of a request and of its response
/// differ in the last bit alone, which is set for a response.
#[cold]
fn unexpected(body: &Body<'_>, number: u8, at: usize) -> Error {
    let kind = match (body, body.number()) {
        (Body::Fault(_), _) => ErrorKind::UnexpectedFault,
        (_, Some(other)) if other == number ^ 1 && other & 1 == 0 => ErrorKind::UnexpectedRequest,
        (_, Some(other)) if other == number ^ 1 => ErrorKind::UnexpectedResponse,
        _ => ErrorKind::UnexpectedOperation,
    };
    Error::new(kind, at, None)
}

/// Defines `parse` of the messages that the recogniser of usual messages knows.
macro_rules! usual_doors {
    ($(
        $(#[$doc:meta])*
        $name:ident $(<$a:lifetime>)? $(($nested:ident))? $(ews $($ews:literal)+)? { $($children:tt)* }
    )*) => {$(
        impl$(<$a>)? $name$(<$a>)? {
            /// Reads a message that must be this one, as [`Envelope::parse`] reads it. The result borrows from `input`.
            ///
            /// # Errors
            /// Returns the errors of [`Envelope::parse`]. Another body is refused at its entry: `UnexpectedRequest` or
            /// `UnexpectedResponse` for the other message of the operation, `UnexpectedFault` for a fault, and
            /// `UnexpectedOperation` for anything else.
            pub fn parse(input: &$($a)? [u8]) -> Result<Self, Error> {
                match usual::message(input, OPTIONS) {
                    Some(Usual { entry: Entry { message: UsualMessage::$name(message), .. }, .. }) => Ok(message),
                    _ => read_message(input),
                }
            }
        }
    )*};
}

/// Defines `parse` of the other messages.
macro_rules! interpreted_doors {
    ($(
        $(#[$doc:meta])*
        $name:ident $(<$a:lifetime>)? $(($nested:ident))? $(ews $($ews:literal)+)? { $($children:tt)* }
    )*) => {$(
        impl$(<$a>)? $name$(<$a>)? {
            /// Reads a message that must be this one, as [`Envelope::parse`] reads it. The result borrows from `input`.
            ///
            /// # Errors
            /// Returns the errors of [`Envelope::parse`]. Another body is refused at its entry: `UnexpectedRequest` or
            /// `UnexpectedResponse` for the other message of the operation, `UnexpectedFault` for a fault, and
            /// `UnexpectedOperation` for anything else.
            pub fn parse(input: &$($a)? [u8]) -> Result<Self, Error> {
                read_message(input)
            }
        }
    )*};
}

/// Defines `TryFrom` of each message.
macro_rules! conversions {
    ($(
        $(#[$doc:meta])*
        $name:ident $(<$a:lifetime>)? $(($nested:ident))? $(ews $($ews:literal)+)? { $($children:tt)* }
    )*) => {$(
        impl<'a> TryFrom<&'a [u8]> for $name$(<$a>)? {
            type Error = Error;

            #[doc = concat!("As [`", stringify!($name), "::parse`].")]
            fn try_from(input: &'a [u8]) -> Result<Self, Error> {
                Self::parse(input)
            }
        }
    )*};
}

table!(usual_rows, usual_doors);
table!(interpreted_rows, interpreted_doors);
table!(every_row, conversions);

impl<'a> TryFrom<&'a [u8]> for Envelope<'a> {
    type Error = Error;

    /// Reads a whole message, as [`Envelope::parse`] does.
    fn try_from(input: &'a [u8]) -> Result<Self, Error> {
        Self::parse(input)
    }
}

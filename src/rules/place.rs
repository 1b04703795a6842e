//! The places of open elements in the grammar, and the rules for their text.

use crate::base::retain::{Kept, Ordinal, Slot};
use crate::service::schema::{Level, Word};
use crate::soap::fault;

/// Where an open element stands in the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Outside the root.
    Document,
    Envelope,
    Header,
    Body,
    /// In a message of the table.
    Message(Level),
    Fault(fault::Part),
    /// The ExceptionType of a fault's detail.
    Exception,
    /// Directly inside a header block whose text is kept, by the position of its name in the options.
    Block(Ordinal),
    /// Inside a header block, a detail or another operation.
    Free,
}

impl Place {
    /// Must xsi:nil be false here?
    pub(super) const fn is_governed(self) -> bool {
        matches!(self, Self::Envelope | Self::Header | Self::Body | Self::Message(_))
    }
}

/// What text may stand in an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    White,
    Free,
    /// The string of a child of a message.
    String,
    /// The word or the boolean of a child of a message.
    Word,
}

/// The text of an element that ends.
pub(crate) struct Value<'m> {
    /// Where it begins.
    pub(crate) at: usize,
    pub(crate) word: &'m Word,
    /// The number of characters of a string.
    pub(crate) chars: usize,
    pub(crate) kept: Option<(Slot, Kept)>,
}

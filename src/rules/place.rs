//! The places of open elements in the grammar, and the rules for their text.

use crate::base::retain::{Kept, Ordinal, TextSlot};
use crate::service::schema::{Level, Word};
use crate::soap::fault;

/// The position of an open element in the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The document itself, outside the root.
    Document,
    Envelope,
    Header,
    Body,
    /// An element of a message of the table.
    Message(Level),
    Fault(fault::Part),
    /// The ExceptionType in a fault's detail.
    Exception,
    /// The inside of a header block whose text is kept, by the position of its name in the options.
    Block(Ordinal),
    /// The inside of a header block, of a detail or of another operation, where the library has no rules.
    Free,
}

impl Place {
    /// Returns whether `xsi:nil="true"` is an error on an element at this place.
    pub(super) const fn is_governed(self) -> bool {
        matches!(self, Self::Envelope | Self::Header | Self::Body | Self::Message(_))
    }
}

/// The kind of text that may stand in an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    White,
    Free,
    /// The string value of a child of a message.
    String,
    /// The word or the boolean value of a child of a message.
    Word,
}

/// The text of an element, at the end of the element.
pub(crate) struct Value<'m> {
    /// The offset of the first byte of the text.
    pub(crate) at: usize,
    pub(crate) word: &'m Word,
    /// The number of characters of a string.
    pub(crate) chars: usize,
    pub(crate) kept: Option<(TextSlot, Kept)>,
}

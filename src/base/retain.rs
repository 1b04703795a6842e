//! The kept parts of a message. Until the message ends, they are spans of a whole message, or copies.

use core::num::NonZeroU16;

/// Bytes that are kept: their extent in the message, and their place among all kept bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) at: u32,
    place: Place,
    pub(crate) length: u16,
}

/// A place among all kept bytes, plus one. Thus an `Option<Kept>` takes 8 bytes instead of 12, which leaves 40 bytes of
/// a decoder's 12 KiB to other things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place(NonZeroU16);

impl Kept {
    /// Returns a record of kept bytes. `place` is at most 3,136, the sum of the limits of what is kept.
    pub(crate) const fn new(at: u32, place: u16, length: u16) -> Self {
        Self { at, place: Place(NonZeroU16::MIN.saturating_add(place)), length }
    }

    /// Returns the place among all kept bytes.
    pub(crate) const fn place(self) -> usize {
        self.place.0.get().saturating_sub(1) as usize
    }
}

/// A kept text: a text of a fault, the value of a child of a message, or the text of a header block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextSlot {
    Code,
    Subcode,
    Reason,
    Actor,
    Node,
    Exception,
    Child(Ordinal),
    /// The text of a header block, by the position of its name in the options.
    Block(Ordinal),
}

/// A position from the first to the fifth. It is an enum, so that a [`TextSlot`] takes one byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ordinal {
    First,
    Second,
    Third,
    Fourth,
    Fifth,
}

impl Ordinal {
    /// Returns the position with this number, from 0 on.
    pub(crate) const fn of(position: u8) -> Option<Self> {
        Some(match position {
            0 => Self::First,
            1 => Self::Second,
            2 => Self::Third,
            3 => Self::Fourth,
            4 => Self::Fifth,
            _ => return None,
        })
    }
}

impl TextSlot {
    /// The most texts that are kept. A fault has six, more than any message, and a body is a fault or a message.
    pub(crate) const COUNT: usize = 6;

    /// Returns the slot of a child by its position.
    pub(crate) const fn of_child(position: u8) -> Option<Self> {
        match Ordinal::of(position) {
            Some(position) => Some(Self::Child(position)),
            None => None,
        }
    }

    /// Returns the index of the slot among the kept texts. The children of a message use the indices of a fault's
    /// texts.
    pub(crate) const fn index(self) -> usize {
        match self {
            Self::Code => 0,
            Self::Subcode => 1,
            Self::Reason => 2,
            Self::Actor => 3,
            Self::Node => 4,
            Self::Exception => 5,
            Self::Child(position) | Self::Block(position) => position as usize,
        }
    }
}

/// The bytes from which kept bytes are read.
#[derive(Clone, Copy)]
pub(crate) enum View<'a> {
    /// The whole message.
    Message(&'a [u8]),
    /// The copies, one after the other.
    Copies(&'a [u8]),
}

impl<'a> View<'a> {
    pub(crate) fn get(self, kept: Kept) -> &'a [u8] {
        let (bytes, from) = match self {
            Self::Message(message) => (message, kept.at as usize),
            Self::Copies(copies) => (copies, kept.place()),
        };
        bytes.get(from..from.saturating_add(usize::from(kept.length))).unwrap_or_default()
    }

    /// Returns the bytes of the message from one offset to another, if the whole message is there.
    pub(crate) fn raw(self, from: u32, to: u32) -> Option<&'a [u8]> {
        match self {
            Self::Message(message) => message.get(from as usize..to as usize),
            Self::Copies(_) => None,
        }
    }
}

/// A store of kept bytes.
pub(crate) trait Retain {
    /// Keeps these bytes at this place.
    fn put(&mut self, place: usize, bytes: &[u8]);
    fn view(&self) -> View<'_>;
}

/// A whole message. None of its parts needs to be copied.
pub(crate) struct Message<'i>(pub(crate) &'i [u8]);

impl Retain for Message<'_> {
    fn put(&mut self, _: usize, _: &[u8]) {}

    fn view(&self) -> View<'_> {
        View::Message(self.0)
    }
}

//! What is kept of a message until its end, and where: as spans of a message at hand, or as copies.

/// Bytes that are kept: where they stand in the message, and their place among all that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) at: u32,
    pub(crate) place: u16,
    pub(crate) length: u16,
}

/// Where kept bytes are read from.
#[derive(Clone, Copy)]
pub(crate) enum View<'a> {
    /// The whole message.
    Message(&'a [u8]),
    /// Copies, in order.
    Copies(&'a [u8]),
}

impl<'a> View<'a> {
    pub(crate) fn get(self, kept: Kept) -> &'a [u8] {
        let (bytes, from) = match self {
            Self::Message(message) => (message, kept.at as usize),
            Self::Copies(copies) => (copies, usize::from(kept.place)),
        };
        bytes.get(from..from.saturating_add(usize::from(kept.length))).unwrap_or_default()
    }

    /// The bytes of the message from one offset to another, if they are at hand.
    pub(crate) fn raw(self, from: u32, to: u32) -> Option<&'a [u8]> {
        match self {
            Self::Message(message) => message.get(from as usize..to as usize),
            Self::Copies(_) => None,
        }
    }
}

/// Keeps bytes.
pub(crate) trait Retain {
    /// Keeps these bytes at this place.
    fn put(&mut self, place: usize, bytes: &[u8]);
    fn view(&self) -> View<'_>;
}

/// A message at hand: nothing needs to be copied.
pub(crate) struct Message<'i>(pub(crate) &'i [u8]);

impl Retain for Message<'_> {
    fn put(&mut self, _: usize, _: &[u8]) {}

    fn view(&self) -> View<'_> {
        View::Message(self.0)
    }
}

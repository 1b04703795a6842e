//! The parts of a message that are kept until its end, and the envelope that is made of them.
//!
//! `take` is inlined because it has one caller. There the compiler knows which message was recognised.

#![expect(clippy::arithmetic_side_effects, reason = "lengths are bounded by the limits")]

use core::num::{NonZeroU16, NonZeroU32};

use super::{Grammar, Place, Tag};
use crate::base::error::{Error, ErrorKind, Stop, stop};
use crate::base::limits::{MAX_BLOCK_BYTES, MAX_EXTRA_BYTES, MAX_TEXT_BYTES};
use crate::base::retain::{Kept, Ordinal, Retain, View};
use crate::base::version::SoapVersion;
use crate::message::body::Body;
use crate::message::envelope::Envelope;
use crate::service::operations::MESSAGES;
use crate::service::schema::Progress;
use crate::soap::fault::Fault;
use crate::soap::header::{Header, HeaderBlocks};
use crate::usual::{Entry, Usual};
use crate::xml::element::Element;
use crate::xml::namespace::{Namespace, Uri};
use crate::xml::scope::Arrays;
use crate::xml::text::Text;

/// The number of header block names whose text can be kept. Addressing has three: MessageID, RelatesTo and Action.
pub(super) const KEPT_BLOCKS: usize = 4;

/// The place among all kept bytes at which the texts of header blocks begin.
const BLOCKS_AT: u16 = (MAX_TEXT_BYTES + MAX_EXTRA_BYTES - MAX_BLOCK_BYTES) as u16;

/// The place of a header block's text among all kept bytes. It takes 4 bytes. An `Option` of it takes 4 bytes, too, since
/// no text lies at place 0.
#[derive(Clone, Copy)]
pub(super) struct KeptBlock {
    place: NonZeroU16,
    length: u16,
}

/// The extent of an element: the offset of its `<`, and the offset after its last `>`.
pub(crate) type Span = Option<(u32, u32)>;

/// The extent of an element that is not the first one of a message. Thus `start` is not 0, and an `Option` of an extent
/// takes no more bytes than an extent. `end` is 0 while the element is open.
#[derive(Clone, Copy)]
pub(super) struct Extent {
    start: NonZeroU32,
    end: u32,
}

impl Extent {
    pub(super) fn begun(start: usize) -> Option<Self> {
        Some(Self { start: NonZeroU32::new(start as u32)?, end: 0 })
    }

    pub(super) fn ended(self, end: usize) -> Self {
        Self { end: end as u32, ..self }
    }
}

impl<A: Arrays<Place>> Grammar<'_, A> {
    /// Keeps bytes that begin at the offset `at` of the message.
    pub(super) fn put(&mut self, at: usize, bytes: &[u8], retain: &mut impl Retain) -> Kept {
        let (place, length) = (self.kept_bytes, bytes.len() as u16);
        retain.put(usize::from(place), bytes);
        self.kept_bytes += length;
        Kept::new(at as u32, place, length)
    }

    /// Keeps a namespace name, unless it is one that the library knows.
    pub(super) fn put_namespace(&mut self, uri: Uri, retain: &mut impl Retain) -> Namespace {
        if uri.known().is_some() {
            return Namespace::Known(uri);
        }
        let (bytes, at) = self.scope.written(uri);
        let (place, length) = (self.kept_bytes, bytes.len() as u16);
        retain.put(usize::from(place), bytes);
        self.kept_bytes += length;
        Namespace::Kept(Kept::new(at, place, length))
    }

    /// Refuses the element at `at` if all kept bytes together exceed their limit.
    pub(super) fn judge_extra(&self, at: usize) -> Result<(), Stop> {
        let most = usize::from(self.options.limits.text_bytes()) + MAX_EXTRA_BYTES;
        if usize::from(self.kept_bytes) > most { stop(ErrorKind::TextTooLong, at) } else { Ok(()) }
    }

    /// Keeps the expanded name of a body entry whose content has no rules.
    pub(super) fn keep_name(
        &mut self,
        tag: &Tag<'_>,
        uri: Uri,
        retain: &mut impl Retain,
    ) -> Result<(), Stop> {
        let local = self.put(tag.start + tag.local_at(), tag.local, retain);
        let namespace = self.put_namespace(uri, retain);
        self.name = Some((namespace, local));
        self.judge_extra(tag.start)
    }

    /// Returns the place of a header block. It is `Place::Block` for the first block of each name whose text is to be kept.
    pub(super) fn kept_block_at(&self, names: &[(&str, &str)], uri: Uri, local: &[u8]) -> Place {
        let namespace = self.scope.uri(uri);
        let mut all = names.iter().zip(&self.blocks).zip(0..);
        let found = all
            .find(|((name, kept), _)| kept.is_none() && namespace == *name.0 && name.1.as_bytes() == local);
        found.and_then(|(_, n)| Ordinal::of(n)).map_or(Place::Free, Place::Block)
    }

    /// Returns the place at which the text of the next header block will be kept.
    pub(crate) const fn next_block_place(&self) -> u16 {
        BLOCKS_AT + self.block_bytes
    }

    /// Keeps the text of a header block, if there is room.
    pub(super) fn keep_block(&mut self, name: Ordinal, kept: Kept) {
        let total = self.block_bytes.saturating_add(kept.length);
        if let (Some(place), true) =
            (self.blocks.get_mut(name as usize), usize::from(total) <= MAX_BLOCK_BYTES)
        {
            *place =
                NonZeroU16::new(kept.place() as u16).map(|place| KeptBlock { place, length: kept.length });
            self.block_bytes = total;
        }
    }

    /// Returns the kept text of the header block with this name. Returns `None` if no text was kept, or if texts of the
    /// body have overwritten it.
    pub(crate) fn block_text<'v>(&self, namespace: &str, local: &str, view: View<'v>) -> Option<Text<'v>> {
        let names = self.options.kept_blocks.iter();
        let (_, kept) =
            names.zip(&self.blocks).find(|(name, kept)| **name == (namespace, local) && kept.is_some())?;
        let KeptBlock { place, length } = (*kept)?;
        let kept = Kept::new(0, place.get(), length);
        (self.kept_bytes <= place.get()).then(|| Text::content(view.get(kept)))
    }

    /// Returns the extent of the Header after its end.
    pub(crate) fn header_span(&self) -> Span {
        self.header.filter(|header| header.end > 0).map(|Extent { start, end }| (start.get(), end))
    }

    /// Takes a whole message that the recogniser of usual messages has read.
    #[inline(always)]
    pub(crate) fn take(&mut self, usual: &Usual<'_>, retain: &mut impl Retain) {
        self.version = Some(usual.version);
        self.header =
            usual.header_span().and_then(|(from, to)| Some(Extent::begun(from as usize)?.ended(to as usize)));
        (self.closed, self.body_seen) = (true, true);
        self.take_entry(&usual.entry, 0, retain);
    }

    /// Takes a body entry that the recogniser of usual messages has read in the bytes from the offset `base` on, and
    /// keeps its strings. Nothing that follows in the Body is kept. So neither the end of the entry nor the room that is
    /// left for texts is noted.
    #[inline(always)]
    pub(super) fn take_entry(&mut self, entry: &Entry<'_>, base: usize, retain: &mut impl Retain) {
        self.entry = Extent::begun(base + entry.extent.0);
        let message = &entry.message;
        self.message = Progress::whole(&MESSAGES, message.number(), entry.namespace, message.marks());
        for (child, (text, at)) in entry.texts.iter().enumerate() {
            if text.is_empty() {
                continue;
            }
            let kept = self.put(base + at, text, retain);
            if let Some(place) = self.retained.texts.get_mut(child) {
                *place = Some(kept);
            }
        }
    }

    /// Returns the offset of the body entry.
    pub(crate) fn entry_at(&self) -> usize {
        self.entry.map_or(0, |entry| entry.start.get() as usize)
    }

    /// Returns the extent of the CallId's text after the end of its element.
    pub(crate) fn call_id(&self) -> Option<Kept> {
        let position = self.message.row().children.iter().position(|child| child.is_call_id)?;
        self.retained.texts.get(position).copied().flatten()
    }

    /// Returns the expanded name of the body entry, as soon as its start tag was read.
    pub(crate) fn entry_name<'v>(&self, view: View<'v>) -> Option<Element<'v>> {
        self.entry?;
        if self.fault_seen {
            let uri = self.version.map(|version| Text::new(version.namespace()));
            return Some(Element::new(uri, b"Fault", None));
        }
        match self.message.namespace() {
            Some(namespace) => {
                let uri = Some(Text::new(namespace.as_str()));
                Some(Element::new(uri, self.message.row().name.as_bytes(), None))
            }
            None => self.kept_name(view, None),
        }
    }

    /// Returns the kept expanded name, which is the name of the body entry or of the header block that was not understood.
    pub(crate) fn kept_name<'v>(&self, view: View<'v>, raw: Option<&'v [u8]>) -> Option<Element<'v>> {
        let (namespace, local) = self.name?;
        Some(Element::new(namespace.text(view), view.get(local), raw))
    }

    /// Builds the envelope of a whole message after the end of its root. The function never fails. It returns a `Result`
    /// so that the envelope is built directly in the place of the caller's `Result`.
    pub(crate) fn envelope<'v>(&self, message: &'v [u8]) -> Result<Envelope<'v>, Error> {
        self.envelope_of(View::Message(message), |version| {
            Fault::in_message(version, message, (self.envelope_at, self.body_at, self.entry_at() as u32))
        })
    }

    /// Builds the envelope from the kept copies after the end of the message's root.
    pub(crate) fn kept_envelope<'v>(&'v self, copies: &'v [u8]) -> Result<Envelope<'v>, Error> {
        self.envelope_of(View::Copies(copies), |version| Fault::in_decoder(version, copies, &self.retained))
    }

    fn envelope_of<'v>(
        &self,
        view: View<'v>,
        fault: impl FnOnce(SoapVersion) -> Fault<'v>,
    ) -> Result<Envelope<'v>, Error> {
        let version = self.version.unwrap_or(SoapVersion::V1_1);
        let header = match (self.header, view) {
            (None, _) => Header::Absent,
            (Some(_), View::Copies(_)) => Header::NotRetained,
            (Some(Extent { start, end }), View::Message(message)) => {
                Header::Retained(HeaderBlocks::new(message, version, self.envelope_at, start.get(), end))
            }
        };
        if let (Some(number), Some(namespace)) = (self.message.message(), self.message.namespace()) {
            let text = |child: usize| Some(view.get(self.retained.texts.get(child).copied().flatten()?));
            return Envelope::found(version, namespace, header, number, text, self.message.marks());
        }
        let (from, to) = self.entry.map_or((0, 0), |Extent { start, end }| (start.get(), end));
        let body = if self.fault_seen {
            Body::Fault(fault(version))
        } else {
            let name = self.kept_name(view, view.raw(from, to));
            let element = name.unwrap_or(Element::new(None, b"", None));
            Body::Other(match view {
                View::Message(message) => element.at(message, from, [self.envelope_at, self.body_at, 0]),
                View::Copies(_) => element,
            })
        };
        Ok(Envelope::read(version, None, header, body))
    }
}

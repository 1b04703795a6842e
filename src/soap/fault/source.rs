//! The sources of a fault's parts: the whole message, or the texts that a decoder has kept.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "positions lie inside the message, and depths within the limit"
)]

use crate::base::limits::{MAX_DEPTH, MAX_INHERITED_LANG_BYTES};
use crate::base::retain::{Kept, TextSlot, View};
use crate::base::version;
use crate::xml::element::Element;
use crate::xml::namespace::{Namespace, Uri};
use crate::xml::text::{Text, str_of};
use crate::xml::walk::{self, Attributes};

use super::QName;

/// The parts of a fault that the rules keep for a decoder, which has no message to search.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retained {
    pub(crate) texts: [Option<Kept>; TextSlot::COUNT],
    /// The namespaces of the code and of the outermost subcode.
    pub(crate) codes: [Namespace; 2],
    pub(crate) lang: Option<Kept>,
    /// The namespace of the detail, if there is one.
    pub(crate) detail: Option<Namespace>,
    /// False after a part that is not kept: a further reason, an inner subcode, or an element that is not SOAP's.
    pub(crate) is_whole: bool,
}

impl Retained {
    pub(crate) const NOTHING: Self = Self {
        texts: [None; TextSlot::COUNT],
        codes: [Namespace::Known(Uri::NONE); 2],
        lang: None,
        detail: None,
        is_whole: true,
    };

    pub(super) fn text<'v>(&self, slot: TextSlot, copies: &'v [u8]) -> Option<Text<'v>> {
        let kept = self.texts.get(slot.index()).copied().flatten()?;
        Some(Text::content(View::Copies(copies).get(kept)))
    }

    pub(super) fn code<'v>(&self, slot: TextSlot, copies: &'v [u8]) -> Option<QName<'v>> {
        let [code, subcode] = self.codes;
        let namespace = if slot == TextSlot::Code { code } else { subcode };
        let namespace = namespace.text(View::Copies(copies));
        Some(QName { text: self.text(slot, copies)?, namespace })
    }
}

/// The source of a fault.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    /// A program made the fault.
    Program,
    /// A checked message, with the offsets of the `<` of Envelope, Body and Fault. They take 32 bytes. The parts of the
    /// fault are searched only when they are needed: a slice for each would make an envelope 100 bytes larger.
    Message { input: &'a [u8], envelope: u32, body: u32, fault: u32 },
    /// The texts that a decoder has kept.
    Decoder { copies: &'a [u8], retained: &'a Retained },
}

/// An iterator over the children of a checked element, as the offset of each. Complexity: O(the element's length) for
/// all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Children<'a> {
    input: &'a [u8],
    /// The offset at which the search for the next child begins, or that of the child before it.
    at: usize,
    is_child: bool,
    is_done: bool,
}

impl<'a> Children<'a> {
    pub(super) fn of(input: &'a [u8], element: usize) -> Self {
        let tag = walk::tag_at(input, element);
        Self { input, at: element + tag.len(), is_child: false, is_done: tag.ends_with(b"/>") }
    }
}

impl Iterator for Children<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        if self.is_done {
            return None;
        }
        let from = if self.is_child { walk::element_end(self.input, self.at) } else { Some(self.at) };
        let child = from.and_then(|from| walk::next_child(self.input, from, self.input.len()));
        (self.at, self.is_child, self.is_done) = (child.unwrap_or(self.at), true, child.is_none());
        child
    }
}

/// The open elements from Envelope to an element of a fault, each as the offset of its `<`. The namespace of a prefix
/// is found along them.
#[derive(Clone, Debug)]
pub(super) struct Path<'a> {
    input: &'a [u8],
    tags: [u32; MAX_DEPTH],
    depth: usize,
}

impl<'a> Path<'a> {
    /// Returns the path to a fault.
    pub(super) fn new(input: &'a [u8], outer: [u32; 3]) -> Self {
        let mut tags = [0; MAX_DEPTH];
        tags.iter_mut().zip(outer).for_each(|(place, tag)| *place = tag);
        Self { input, tags, depth: 3 }
    }

    fn open(&self) -> &[u32] {
        self.tags.get(..self.depth).unwrap_or_default()
    }

    /// Returns the offset of the innermost element.
    pub(super) fn at(&self) -> usize {
        self.open().last().map_or(0, |&at| at as usize)
    }

    /// Returns the start tag of the innermost element.
    pub(super) fn tag(&self) -> &'a [u8] {
        walk::tag_at(self.input, self.at())
    }

    pub(super) fn children(&self) -> Children<'a> {
        Children::of(self.input, self.at())
    }

    pub(super) fn local_at(&self, at: usize) -> &'a [u8] {
        walk::split(walk::tag_name(walk::tag_at(self.input, at))).1
    }

    /// Opens an element inside the innermost one.
    pub(super) fn push(&mut self, at: usize) {
        if let Some(place) = self.tags.get_mut(self.depth) {
            *place = at as u32;
            self.depth += 1;
        }
    }

    /// Leaves the innermost element.
    pub(super) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Opens the first child of this local name, by which the rules recognise the parts of a fault. `None`: there is
    /// none.
    pub(super) fn enter(&mut self, local: &[u8]) -> Option<()> {
        let child = self.children().find(|&child| self.local_at(child) == local)?;
        self.push(child);
        Some(())
    }

    /// Returns the path to a part: to the first child of the first name, in it to the first child of the second name,
    /// and so on.
    pub(super) fn part(mut self, names: &[&[u8]]) -> Option<Self> {
        names.iter().try_for_each(|name| self.enter(name))?;
        Some(self)
    }

    /// Returns the bytes of the innermost element, from its `<` to its last `>`.
    pub(super) fn raw(&self) -> &'a [u8] {
        let end = walk::element_end(self.input, self.at()).unwrap_or(self.input.len());
        self.input.get(self.at()..end).unwrap_or_default()
    }

    /// Returns the bytes between the tags of the innermost element.
    pub(super) fn content(&self) -> &'a [u8] {
        content(self.raw())
    }

    /// Returns the text of the innermost element, which has no children.
    pub(super) fn text(&self) -> Text<'a> {
        Text::content(self.content())
    }

    /// Returns the language of the innermost element: its attribute xml:lang, or the one that it inherits. No other
    /// prefix can be bound to the namespace of xml.
    pub(super) fn lang(&self) -> Option<Text<'a>> {
        let lang = |tag| Attributes::of(tag).find(|a| a.raw_name(tag) == b"xml:lang").map(|a| (a, tag));
        let mut tags = self.tags();
        let own = tags.next().and_then(lang);
        own.or_else(|| {
            let inherited = tags.find_map(lang);
            inherited.filter(|(a, tag)| (1..=MAX_INHERITED_LANG_BYTES).contains(&a.raw_value(tag).len()))
        })
        .map(|(a, tag)| a.text(tag))
    }

    /// Returns the start tags of the open elements, the innermost first.
    pub(super) fn tags(&self) -> impl Iterator<Item = &'a [u8]> + Clone {
        let input = self.input;
        self.open().iter().rev().map(move |&at| walk::tag_at(input, at as usize))
    }

    /// Returns the namespace that a prefix is bound to in the innermost element. The empty prefix stands for the
    /// default namespace.
    pub(super) fn resolve(&self, prefix: Text<'_>) -> Option<Text<'a>> {
        let declared = self.tags().find_map(|tag| {
            let mut all = Attributes::of(tag);
            let found = all.find(|a| a.declares(tag).is_some_and(|declared| prefix == *str_of(declared)));
            found.map(|a| a.text(tag))
        });
        match declared {
            Some(uri) if uri == *"" => None,
            None if prefix == *"xml" => Some(Text::new(version::XML)),
            found => found,
        }
    }

    /// Returns the text of the innermost element as a QName.
    pub(super) fn qname(&self) -> QName<'a> {
        let text = self.text();
        QName { text, namespace: self.resolve(text.trimmed().split().0) }
    }

    /// Returns the innermost element, with its position in the message.
    pub(super) fn element(&self) -> Element<'a> {
        let (prefix, local) = walk::split(walk::tag_name(self.tag()));
        let envelope = self.open().first().map_or(0, |&at| at as usize);
        Element::new(self.resolve(Text::new(str_of(prefix))), local, Some(self.raw())).at(
            self.input,
            self.at(),
            envelope,
            None,
        )
    }
}

/// Returns the bytes between the tags of an element.
pub(super) fn content(raw: &[u8]) -> &[u8] {
    let tag = walk::tag_at(raw, 0);
    let end = match raw.iter().rposition(|&b| b == b'<') {
        Some(end) if !tag.ends_with(b"/>") => end,
        _ => tag.len(),
    };
    raw.get(tag.len()..end).unwrap_or_default()
}

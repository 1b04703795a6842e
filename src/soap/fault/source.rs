//! The sources of a fault's parts: the whole message, or the texts that a decoder has kept.

use crate::base::limits::MAX_INHERITED_LANG_BYTES;
use crate::base::retain::{Kept, TextSlot, View};
use crate::base::version;
use crate::xml::namespace::{Namespace, Uri};
use crate::xml::node::Node;
use crate::xml::text::Text;
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
    /// False if the fault has a part that is not kept: a further reason, an inner subcode, or an element that is not SOAP's.
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
    /// A checked message, with the offsets of the `<` of Envelope, Body and Fault. This takes 32 bytes. The parts of the
    /// fault are searched only when a program asks for them. A slice for each part would make an envelope 100 bytes
    /// larger.
    Message { input: &'a [u8], envelope: u32, body: u32, fault: u32 },
    /// The texts that a decoder has kept.
    Decoder { copies: &'a [u8], retained: &'a Retained },
}

/// Returns the language of a reason: the attribute xml:lang of its element, or of the innermost element around it that
/// has this attribute. `around` has the offsets of the start tags of the elements around it, the outermost first.
pub(super) fn lang<'a>(reason: &Node<'a>, around: &[u32]) -> Option<Text<'a>> {
    let own = reason.attribute(version::XML, "lang");
    own.or_else(|| {
        let mut outer = around.iter().rev().map(|&start| walk::tag_at(reason.message(), start as usize));
        // No other prefix can be bound to the namespace of xml.
        let lang = |tag| Attributes::of(tag).find(|a| a.raw_name(tag) == b"xml:lang").map(|a| (a, tag));
        let (inherited, tag) = outer.find_map(lang)?;
        let is_kept = (1..=MAX_INHERITED_LANG_BYTES).contains(&inherited.raw_value(tag).len());
        is_kept.then_some(inherited.text(tag))
    })
}

//! The meaning of tags. The grammar applies the rules of namespaces, of SOAP and of the operation to one start tag or
//! end tag after the other, and builds the message.
//!
//! Functions that run for each tag are inlined into the machine's loop. `usual_children` runs once for many tags, so it is
//! not inlined.

#![expect(clippy::arithmetic_side_effects, reason = "lengths and counts are bounded by the limits")]

use crate::base::error::{Error, ErrorKind, Stop, stop, stop_at_element};
use crate::base::limits::{MAX_ATTRIBUTES, MAX_EXTRA_BYTES, Options};
use crate::base::retain::{Kept, Retain, TextSlot};
use crate::base::version::SoapVersion;
use crate::service::schema::{Child, Progress, Simple};
use crate::soap::fault;
use crate::usual::{self, Bindings};
use crate::xml::namespace::Namespace;
use crate::xml::scope::{Arrays, Scope};
use crate::xml::token::{Attribute, Room, TagLexer};
use crate::xml::walk::Attributes;

mod attributes;
mod elements;
mod faults;
mod kept;
mod place;
use attributes::unbound;
use kept::{Extent, KEPT_BLOCKS, KeptBlock};
pub(crate) use place::{Place, Rule, Value};

/// The state of the grammar in one message.
pub(crate) struct Grammar<'o, A> {
    options: Options<'o>,
    scope: Scope<Place, A>,
    version: Option<SoapVersion>,
    /// Set when the root has ended.
    closed: bool,
    envelope_at: u32,
    header: Option<Extent>,
    body_seen: bool,
    body_at: u32,
    entry: Option<Extent>,
    /// The expanded name of the body entry, or of the header block that was not understood.
    name: Option<(Namespace, Kept)>,
    mandatory: u32,
    message: Progress,
    fault: fault::Progress,
    fault_seen: bool,
    /// The texts of a fault, or the children of a message.
    retained: fault::Retained,
    /// The texts of header blocks that are kept, by the position of their names in the options.
    blocks: [Option<KeptBlock>; KEPT_BLOCKS],
    block_bytes: u16,
    /// The number of kept bytes: of the texts of the body, and of all kept parts of the body.
    text_bytes: u16,
    kept_bytes: u16,
}

impl<'o, A: Arrays<Place>> Grammar<'o, A> {
    /// Returns the grammar at the start of a message. `arrays` must be large enough for the limits of these options.
    #[inline(always)]
    pub(crate) const fn new(options: Options<'o>, arrays: A) -> Self {
        Self {
            options,
            scope: Scope::new(arrays, Place::Document),
            version: None,
            closed: false,
            envelope_at: 0,
            header: None,
            body_seen: false,
            body_at: 0,
            entry: None,
            name: None,
            mandatory: 0,
            message: Progress::NOTHING,
            fault: fault::Progress::NOTHING,
            fault_seen: false,
            retained: fault::Retained::NOTHING,
            blocks: [None; KEPT_BLOCKS],
            block_bytes: 0,
            text_bytes: 0,
            kept_bytes: 0,
        }
    }

    /// Forgets the message. The large arrays are not cleared, since their lengths say how many items are valid.
    pub(crate) fn reset(&mut self) {
        self.scope.clear();
        self.version = None;
        self.closed = false;
        self.header = None;
        self.body_seen = false;
        self.entry = None;
        self.name = None;
        self.mandatory = 0;
        self.message = Progress::NOTHING;
        self.fault = fault::Progress::NOTHING;
        self.fault_seen = false;
        self.retained = fault::Retained::NOTHING;
        (self.blocks, self.block_bytes) = ([None; KEPT_BLOCKS], 0);
        (self.text_bytes, self.kept_bytes) = (0, 0);
    }

    pub(crate) const fn options(&self) -> &Options<'o> {
        &self.options
    }

    pub(crate) const fn version(&self) -> Option<SoapVersion> {
        self.version
    }

    pub(crate) const fn is_closed(&self) -> bool {
        self.closed
    }

    pub(crate) const fn mandatory(&self) -> u32 {
        self.mandatory
    }

    #[inline]
    pub(crate) fn depth(&self) -> usize {
        self.scope.depth()
    }

    #[inline]
    pub(crate) fn place(&self) -> Place {
        self.scope.place()
    }

    /// Returns the kind of text that may stand in the innermost element.
    #[inline]
    pub(crate) fn rule(&self) -> Rule {
        self.rule_at(self.scope.place())
    }

    /// Returns the kind of text that may stand at this place.
    pub(crate) fn rule_at(&self, place: Place) -> Rule {
        use fault::Part;
        match place {
            Place::Message(level) => match self.message.child_row(level) {
                Some(Child { simple: Simple::String { .. }, .. }) => Rule::String,
                Some(_) => Rule::Word,
                None => Rule::White,
            },
            Place::Fault(Part::Text(_) | Part::Detail | Part::Foreign) | Place::Exception | Place::Free => {
                Rule::Free
            }
            Place::Block(_) => Rule::Free,
            Place::Fault(_) | Place::Document | Place::Envelope | Place::Header | Place::Body => Rule::White,
        }
    }

    /// Returns the slot for the text of an element at this place, if it is kept.
    pub(crate) fn slot_at(&self, place: Place, rule: Rule) -> Option<TextSlot> {
        match place {
            Place::Message(level) if rule == Rule::String => TextSlot::of_child(level.child()?),
            Place::Fault(fault::Part::Text(slot)) => slot,
            Place::Exception => Some(TextSlot::Exception),
            Place::Block(name) => Some(TextSlot::Block(name)),
            _ => None,
        }
    }

    /// Returns the greatest number of characters of the string at this place.
    pub(crate) fn most_chars(&self, place: Place) -> u16 {
        match place {
            Place::Message(level) => match self.message.child_row(level).map(|child| child.simple) {
                Some(Simple::String { most, .. }) => most,
                _ => u16::MAX,
            },
            _ => u16::MAX,
        }
    }

    /// Returns the error for a stop. A stop by a rule for the text of an element names the innermost element.
    pub(crate) fn error(&self, stop: Stop) -> Error {
        let element = match (stop.kind, self.scope.place()) {
            (
                ErrorKind::ValueTooLong | ErrorKind::UnexpectedText | ErrorKind::StrayText,
                Place::Message(level),
            ) => self.message.element(level),
            _ => stop.element,
        };
        Error::stopped(stop.about(element), self.version)
    }

    /// Returns the rule that is broken by text where only white space may stand.
    pub(crate) fn stray_text(&self) -> ErrorKind {
        match self.scope.place() {
            Place::Document => ErrorKind::TextOutsideRoot,
            Place::Message(_) if self.message.row().children.is_empty() => ErrorKind::UnexpectedText,
            _ => ErrorKind::StrayText,
        }
    }

    /// Returns the name of the innermost open element as written.
    #[inline]
    pub(crate) fn open_name(&self) -> &[u8] {
        self.scope.name()
    }

    /// Returns the length of the end tag of the innermost open element, if `markup` begins with that tag, without white
    /// space.
    #[inline(always)]
    pub(crate) fn plain_end_tag(&self, markup: &[u8]) -> Option<usize> {
        self.scope.plain_end_tag(markup)
    }

    /// Returns the room that the limits leave for the next start tag.
    #[inline(always)]
    pub(crate) fn room(&self) -> Room {
        let limits = self.options.limits;
        Room {
            tag: usize::from(limits.tag_bytes()),
            name: usize::from(limits.name_bytes()).saturating_sub(self.scope.names_len()),
            attributes: usize::from(limits.attributes()),
        }
    }

    /// Returns the number of bytes of text that may still be kept.
    pub(crate) fn text_room(&self) -> usize {
        let most = usize::from(self.options.limits.text_bytes());
        let (text, all) = (usize::from(self.text_bytes), usize::from(self.kept_bytes));
        most.saturating_sub(text).min((most + MAX_EXTRA_BYTES).saturating_sub(all))
    }

    /// Returns the place of the bytes that are kept next.
    pub(crate) const fn next_place(&self) -> u16 {
        self.kept_bytes
    }

    /// Applies the rules to a complete start tag, in the order of "which error wins". `start` is the offset of the tag.
    #[inline(always)]
    pub(crate) fn open(
        &mut self,
        tag: &[u8],
        start: usize,
        lexer: &TagLexer,
        retain: &mut impl Retain,
    ) -> Result<Place, Stop> {
        let (name, local) = lexer.name(tag);
        match lexer.attributes() {
            // Most elements in a header block or in another operation are of this kind.
            Some([]) if self.scope.place() == Place::Free => {
                let prefix = name.get(..local.saturating_sub(1)).unwrap_or_default();
                if self.scope.resolve(prefix).is_none() {
                    return unbound(prefix, start + 1);
                }
                self.scope.push(tag, name.len(), Place::Free);
                Ok(Place::Free)
            }
            Some(attributes) => self.open_with(tag, start, (name, local), attributes, retain),
            None => self.open_large(tag, start, (name, local), retain),
        }
    }

    /// Skips whole children of the innermost element as long as they are usual. The innermost element must be Header or an
    /// element without rules. Returns the offset at which the last child ends, and the offset up to which the recogniser
    /// has looked. Returns `None` if too much is open or in scope, so that the next call would be in vain, too.
    ///
    /// Nothing of these children is kept. Thus no name is copied, and no namespace name is compared with those in
    /// scope. The machine takes three times the instructions for each child.
    #[inline(never)]
    pub(crate) fn usual_children(&self, rest: &[u8]) -> Option<(usize, usize)> {
        let blocks = match self.scope.place() {
            Place::Header if self.version.is_some() => self.version,
            Place::Free => None,
            _ => return None,
        };
        let passed = usual::children(rest, &mut self.usual_bindings()?, blocks);
        Some((passed.whole, passed.seen))
    }

    /// Takes a whole body entry, if it is usual, in the bytes from the offset `base` on. Body must be the innermost
    /// element, without an entry until now. Returns the number of bytes up to the end of the entry.
    ///
    /// Of a message in frames, the last frame mostly holds the whole entry. The machine takes some 2,000 instructions more for
    /// the entry of a request.
    #[inline(never)]
    pub(crate) fn usual_entry(
        &mut self,
        rest: &[u8],
        base: usize,
        retain: &mut impl Retain,
    ) -> Option<usize> {
        let entry = usual::entry(rest, self.usual_bindings()?)?;
        self.take_entry(&entry, base, retain);
        Some(entry.extent.1)
    }

    /// Returns the declarations in scope for the recogniser, if the limits leave room for usual children.
    #[inline(always)]
    fn usual_bindings(&self) -> Option<Bindings> {
        let (scope, mut bindings) = (&self.scope, Bindings::NONE);
        let (depth, names, bound) = (scope.depth(), scope.names_len(), scope.bound());
        let fits = usual::children_fit(&self.options.limits, depth, names, bound, scope.namespaces_len());
        if !fits {
            return None;
        }
        for (prefix, uri) in scope.declarations() {
            bindings.outside(prefix, uri)?;
        }
        Some(bindings)
    }

    /// Returns whether the recogniser may be able to read a body entry that begins here.
    #[inline(always)]
    pub(crate) fn may_have_usual_entry(&self) -> bool {
        self.scope.place() == Place::Body && self.entry.is_none()
    }

    /// Ends the innermost element if no rules hold for it. Returns whether the element was ended. `end` is the offset after
    /// the element.
    #[inline(always)]
    pub(crate) fn close_free(&mut self, end: usize) -> bool {
        let free = self.scope.place() == Place::Free;
        if free {
            self.scope.pop();
            self.end_entry(end);
        }
        free
    }

    /// Applies the rules to a tag with more attributes than the lexer remembers.
    #[cold]
    fn open_large(
        &mut self,
        tag: &[u8],
        start: usize,
        name: (&[u8], usize),
        retain: &mut impl Retain,
    ) -> Result<Place, Stop> {
        let mut attributes = [Attribute::NONE; MAX_ATTRIBUTES];
        let mut count = 0;
        for (place, attribute) in attributes.iter_mut().zip(Attributes::of(tag)) {
            *place = attribute;
            count += 1;
        }
        self.open_with(tag, start, name, attributes.get(..count).unwrap_or_default(), retain)
    }

    fn open_with(
        &mut self,
        tag: &[u8],
        start: usize,
        (name, local): (&[u8], usize),
        attributes: &[Attribute],
        retain: &mut impl Retain,
    ) -> Result<Place, Stop> {
        let tag = Tag {
            bytes: tag,
            start,
            prefix: name.get(..local.saturating_sub(1)).unwrap_or_default(),
            local: name.get(local..).unwrap_or_default(),
            attributes,
        };
        let qualified = if attributes.is_empty() { 0 } else { self.declare(&tag)? };
        let Some(uri) = self.scope.resolve(tag.prefix) else { return unbound(tag.prefix, start + 1) };
        if qualified > 0 {
            self.qualify(&tag, qualified)?;
        }
        let place = self.child(&tag, uri, retain)?;
        if qualified > 0 {
            if place.is_governed() {
                self.judge_nil(&tag, place)?;
            }
            self.inherit_lang(&tag, place, retain);
        }
        self.scope.push(tag.bytes, name.len(), place);
        Ok(place)
    }

    /// Ends the innermost element. Its end tag begins at `start`. If the element is empty, its only tag begins there.
    /// `end` is the offset after the element.
    pub(crate) fn close(
        &mut self,
        start: usize,
        end: usize,
        value: &Value<'_>,
        retain: &mut impl Retain,
    ) -> Result<(), Stop> {
        let place = self.scope.place();
        if let Some((TextSlot::Block(name), kept)) = value.kept {
            self.keep_block(name, kept);
        } else if let Some((slot, kept)) = value.kept {
            self.text_bytes += kept.length;
            self.kept_bytes += kept.length;
            if let Some(place) = self.retained.texts.get_mut(slot.index()) {
                *place = Some(kept);
            }
            if matches!(slot, TextSlot::Code | TextSlot::Subcode) {
                self.keep_code(slot, kept, value.at, retain)?;
            }
        }
        match place {
            Place::Free | Place::Block(_) | Place::Exception | Place::Document => {}
            Place::Envelope if !self.body_seen => return stop(ErrorKind::MissingBody, start),
            Place::Envelope => self.closed = true,
            Place::Header => self.header = self.header.map(|header| header.ended(end)),
            Place::Body if self.entry.is_none() => return stop(ErrorKind::EmptyBody, start),
            Place::Body => {}
            Place::Message(level) => {
                if let Err(offence) = self.message.close(level, value.word, value.chars) {
                    let is_word = self.rule() == Rule::Word;
                    return stop_at_element(
                        offence.kind,
                        offence.element,
                        if is_word { value.at } else { start },
                    );
                }
            }
            Place::Fault(part) => {
                if let Err(kind) = self.fault.close(part) {
                    return stop(kind, start);
                }
                self.retained.is_whole = self.fault.is_whole();
            }
        }
        self.scope.pop();
        self.end_entry(end);
        Ok(())
    }

    /// Ends the body entry, if the innermost element is Body again.
    pub(crate) fn end_entry(&mut self, end: usize) {
        if self.scope.place() == Place::Body {
            self.entry = self.entry.map(|entry| entry.ended(end));
        }
    }
}

/// A start tag that was read, and its byte offset.
struct Tag<'t> {
    bytes: &'t [u8],
    start: usize,
    prefix: &'t [u8],
    local: &'t [u8],
    attributes: &'t [Attribute],
}

impl Tag<'_> {
    fn local_at(&self) -> usize {
        if self.prefix.is_empty() { 1 } else { self.prefix.len() + 2 }
    }
}

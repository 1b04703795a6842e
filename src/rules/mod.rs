//! What tags mean: the rules of namespaces, of SOAP and of the operation for one start tag or end tag after the
//! other, and the message that comes out.

#![expect(clippy::arithmetic_side_effects, reason = "lengths and counts are bounded by the limits")]

use core::num::{NonZeroU16, NonZeroU32};
use core::{array, slice};

use crate::base::error::{Error, ErrorKind, Stop, stop, stop_at_element};
use crate::base::limits::{MAX_ATTRIBUTES, MAX_BLOCK_BYTES, MAX_EXTRA_BYTES, MAX_TEXT_BYTES, Options};
use crate::base::retain::{Kept, Ordinal, Retain, Slot, View};
use crate::base::version::SoapVersion;
use crate::message::body::Body;
use crate::message::envelope::Envelope;
use crate::service::operations::MESSAGES;
use crate::service::schema::{Child, Level, Progress, Simple, Word};
use crate::soap::fault::{self, Fault};
use crate::soap::header::{Header, HeaderBlocks, Target};
use crate::usual::{self, Bindings, Usual};
use crate::xml::element::Element;
use crate::xml::scope::{Arrays, Namespace, Scope, Uri};
use crate::xml::text::Text;
use crate::xml::token::{Attribute, Attributes, Room, TagLexer};

mod faults;

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

impl Place {
    /// Must xsi:nil be false here?
    const fn is_governed(self) -> bool {
        matches!(self, Self::Envelope | Self::Header | Self::Body | Self::Message(_))
    }
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

/// How many names of header blocks can be kept. Addressing has three: MessageID, RelatesTo and Action.
const KEPT_BLOCKS: usize = 4;
/// Where the texts of header blocks begin among all that is kept.
const BLOCKS_AT: u16 = (MAX_TEXT_BYTES + MAX_EXTRA_BYTES - MAX_BLOCK_BYTES) as u16;

/// Where the text of a header block lies among all that is kept. It takes 4 bytes, and with `None` no more, since no block
/// lies at 0.
#[derive(Clone, Copy)]
struct KeptBlock {
    place: NonZeroU16,
    length: u16,
}

/// An element's extent: from its `<` to behind its last `>`, which is 0 while it is open.
pub(crate) type Span = Option<(u32, u32)>;

/// As a [`Span`], for an element that cannot be the first of a message, so that `None` takes no more room.
#[derive(Clone, Copy)]
struct Extent {
    start: NonZeroU32,
    end: u32,
}

impl Extent {
    fn begun(start: usize) -> Option<Self> {
        Some(Self { start: NonZeroU32::new(start as u32)?, end: 0 })
    }

    fn ended(self, end: usize) -> Self {
        Self { end: end as u32, ..self }
    }
}

pub(crate) struct Grammar<'o, A> {
    options: Options<'o>,
    scope: Scope<Place, A>,
    version: Option<SoapVersion>,
    /// Has the root ended?
    closed: bool,
    envelope_at: u32,
    header: Option<Extent>,
    body_seen: bool,
    body_at: u32,
    entry: Option<Extent>,
    /// The expanded name of the body entry, or of the block that was not understood.
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
    /// How many bytes are kept: of text, and in all.
    text_bytes: u16,
    kept_bytes: u16,
}

impl<'o, A: Arrays<Place>> Grammar<'o, A> {
    /// `arrays`: of a size for these options' limits.
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

    /// Forgets the message, without a walk over the arrays.
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

    /// What text may stand in the innermost element.
    #[inline]
    pub(crate) fn rule(&self) -> Rule {
        self.rule_at(self.scope.place())
    }

    /// What text may stand at this place.
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

    /// Which text of the element at this place is kept.
    pub(crate) fn slot_at(&self, place: Place, rule: Rule) -> Option<Slot> {
        match place {
            Place::Message(level) if rule == Rule::String => Slot::of_child(level.child()?),
            Place::Fault(fault::Part::Text(slot)) => slot,
            Place::Exception => Some(Slot::Exception),
            Place::Block(name) => Some(Slot::Block(name)),
            _ => None,
        }
    }

    /// How many characters the string at this place may have.
    pub(crate) fn most_chars(&self, place: Place) -> u16 {
        match place {
            Place::Message(level) => match self.message.child_row(level).map(|child| child.simple) {
                Some(Simple::String { most, .. }) => most,
                _ => u16::MAX,
            },
            _ => u16::MAX,
        }
    }

    /// The error of a stop. A stop by a rule for the text of an element speaks of the innermost one.
    pub(crate) fn error(&self, stop: Stop) -> Error {
        let element = match (stop.kind, self.scope.place()) {
            (ErrorKind::ValueTooLong | ErrorKind::UnexpectedText, Place::Message(level)) => {
                self.message.element(level)
            }
            _ => stop.element,
        };
        Error::stopped(stop.about(element), self.version)
    }

    /// The rule that is broken by text where only white space may stand.
    pub(crate) fn stray_text(&self) -> ErrorKind {
        match self.scope.place() {
            Place::Document => ErrorKind::TextOutsideRoot,
            Place::Message(_) if self.message.row().children.is_empty() => ErrorKind::UnexpectedText,
            _ => ErrorKind::StrayText,
        }
    }

    /// The raw name of the innermost open element.
    #[inline]
    pub(crate) fn open_name(&self) -> &[u8] {
        self.scope.name()
    }

    /// Does this begin with the end tag of the innermost open element, without white space? Its length.
    #[inline(always)]
    pub(crate) fn plain_end_tag(&self, markup: &[u8]) -> Option<usize> {
        self.scope.plain_end_tag(markup)
    }

    /// What the limits leave to the next start tag.
    #[inline(always)]
    pub(crate) fn room(&self) -> Room {
        let limits = self.options.limits;
        Room {
            tag: usize::from(limits.tag_bytes()),
            name: usize::from(limits.name_bytes()).saturating_sub(self.scope.names_len()),
            attributes: usize::from(limits.attributes()),
        }
    }

    /// How many bytes of text may still be kept.
    pub(crate) fn text_room(&self) -> usize {
        let most = usize::from(self.options.limits.text_bytes());
        let (text, all) = (usize::from(self.text_bytes), usize::from(self.kept_bytes));
        most.saturating_sub(text).min((most + MAX_EXTRA_BYTES).saturating_sub(all))
    }

    /// The place of the bytes that are kept next.
    pub(crate) const fn next_place(&self) -> u16 {
        self.kept_bytes
    }

    /// What a complete start tag means, in the order of the rules "which error wins". `start`: where it stands.
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
            // What stands in a header block or in another operation.
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

    /// Reads whole children of the innermost element, if that is Header or one without rules, as long as they are usual:
    /// where the last one ends, and how far it has looked. Nothing of them is kept, so no name is copied and no
    /// namespace name compared with those in scope: the machine takes three times the instructions for each. `None`: too
    /// much is open or in scope, so that asking once more would be in vain.
    #[inline(never)]
    pub(crate) fn usual_children(&self, rest: &[u8]) -> Option<(usize, usize)> {
        let blocks = match self.scope.place() {
            Place::Header if self.version.is_some() => self.version,
            Place::Free => None,
            _ => return None,
        };
        let (scope, mut bindings) = (&self.scope, Bindings::NONE);
        let (depth, names, bound) = (scope.depth(), scope.names_len(), scope.bound());
        let fits = usual::children_fit(&self.options.limits, depth, names, bound, scope.namespaces_len());
        if !fits {
            return None;
        }
        for (prefix, uri) in scope.declarations() {
            bindings.outside(prefix, uri)?;
        }
        let passed = usual::children(rest, &mut bindings, blocks);
        Some((passed.whole, passed.seen))
    }

    /// Ends the innermost element, if it is one without rules; at `end` it has ended.
    #[inline(always)]
    pub(crate) fn close_free(&mut self, end: usize) -> bool {
        let free = self.scope.place() == Place::Free;
        if free {
            self.scope.pop();
            self.end_entry(end);
        }
        free
    }

    /// A tag with more attributes than the lexer remembers.
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
        if qualified > 0 && place.is_governed() {
            self.judge_nil(&tag)?;
        }
        self.scope.push(tag.bytes, name.len(), place);
        Ok(place)
    }

    /// Refuses duplicates as written, and makes the declarations; how many attributes have a prefix otherwise.
    fn declare(&mut self, tag: &Tag<'_>) -> Result<usize, Stop> {
        if let Some(later) = first_twice(tag.attributes.iter(), |a| a.raw_name(tag.bytes)) {
            return stop(ErrorKind::DuplicateAttribute, tag.start + later.name_at());
        }
        let mut qualified = 0;
        for attribute in tag.attributes {
            match attribute.declares(tag.bytes) {
                Some(prefix) => self.bind(tag, attribute, prefix)?,
                None => qualified += usize::from(attribute.is_qualified()),
            }
        }
        Ok(qualified)
    }

    /// `xmlns:prefix="uri"`: <https://www.w3.org/TR/xml-names/#ns-decl>
    fn bind(&mut self, tag: &Tag<'_>, attribute: &Attribute, prefix: &[u8]) -> Result<(), Stop> {
        let at = tag.start + attribute.name_at();
        if prefix == b"xmlns" {
            return stop(ErrorKind::ReservedPrefix, at);
        }
        let value_at = (tag.start + attribute.value_at()) as u32;
        let uri = (attribute.raw_value(tag.bytes), attribute.is_plain());
        let bound = self.scope.bind(prefix, uri, value_at, &self.options.limits);
        match (prefix, bound.or_else(|kind| stop(kind, at))?) {
            (b"xml", Uri::XML) => Ok(()),
            (b"xml", _) => stop(ErrorKind::ReservedPrefix, at),
            (_, Uri::XML | Uri::XMLNS) => stop(ErrorKind::ReservedNamespace, at),
            (b"", _) => Ok(()),
            (_, Uri::NONE) => stop(ErrorKind::UndeclaredPrefix, at),
            _ => Ok(()),
        }
    }

    /// Refuses attributes whose prefix is not bound, and then those that stand twice by expanded name.
    fn qualify(&self, tag: &Tag<'_>, qualified: usize) -> Result<(), Stop> {
        if let (1, Some(only)) = (qualified, tag.attributes.iter().find(|a| a.is_qualified())) {
            return match self.scope.resolve(only.prefix(tag.bytes)) {
                Some(_) => Ok(()),
                None => stop(ErrorKind::UnboundPrefix, tag.start + only.name_at()),
            };
        }
        let mut expanded = [(Uri::NONE, Attribute::NONE); MAX_ATTRIBUTES];
        let all = tag.attributes.iter().filter(|a| a.is_qualified());
        for (attribute, place) in all.zip(&mut expanded) {
            match self.scope.resolve(attribute.prefix(tag.bytes)) {
                Some(uri) => *place = (uri, *attribute),
                None => return stop(ErrorKind::UnboundPrefix, tag.start + attribute.name_at()),
            }
        }
        let all = expanded.get(..qualified).unwrap_or_default();
        match first_twice(all.iter(), |(uri, a)| (*uri, a.local(tag.bytes))) {
            Some((_, later)) => stop(ErrorKind::DuplicateExpandedName, tag.start + later.name_at()),
            None => Ok(()),
        }
    }

    /// The attributes of this tag in this namespace; all prefixes in it are bound.
    fn attributes_in<'t>(&self, tag: &Tag<'t>, uri: Uri) -> impl Iterator<Item = &'t Attribute> {
        let (bytes, scope) = (tag.bytes, &self.scope);
        let attributes = tag.attributes.iter().filter(|a| a.is_qualified());
        attributes.filter(move |a| scope.resolve(a.prefix(bytes)) == Some(uri))
    }

    fn judge_nil(&self, tag: &Tag<'_>) -> Result<(), Stop> {
        for attribute in self.attributes_in(tag, Uri::XSI).filter(|a| a.local(tag.bytes) == b"nil") {
            match attribute.text(tag.bytes).boolean() {
                Some(false) => {}
                Some(true) => return stop(ErrorKind::Nil, tag.start + attribute.name_at()),
                None => return stop(ErrorKind::InvalidNil, tag.start + attribute.value_at()),
            }
        }
        Ok(())
    }

    /// The rules of SOAP and of the schema for an element in its parent.
    fn child(&mut self, tag: &Tag<'_>, uri: Uri, retain: &mut impl Retain) -> Result<Place, Stop> {
        let (start, local) = (tag.start, tag.local);
        let version = self.version.unwrap_or(SoapVersion::V1_1);
        match self.scope.place() {
            Place::Exception | Place::Block(_) | Place::Free => Ok(Place::Free),
            Place::Document => self.root(start, uri, local),
            Place::Envelope => self.envelope_child(start, version, uri, local),
            Place::Header => self.block(tag, version, uri, retain),
            Place::Body if self.entry.is_some() => stop(ErrorKind::SecondBodyEntry, start),
            Place::Body => {
                self.entry = Extent::begun(start);
                if uri == Uri::of(version) && local == b"Fault" {
                    self.fault_seen = true;
                    return Ok(Place::Fault(fault::Part::Fault));
                }
                match self.message.enter(&MESSAGES, uri, local) {
                    Some(level) => Ok(Place::Message(level)),
                    None => {
                        self.keep_name(tag, uri, retain)?;
                        Ok(Place::Free)
                    }
                }
            }
            Place::Message(level) => match self.message.open(level, uri, local) {
                Ok(level) => Ok(Place::Message(level)),
                Err(offence) => stop_at_element(offence.kind, offence.element, start),
            },
            Place::Fault(fault::Part::Detail) if self.fault.detail_child(local) => Ok(Place::Exception),
            Place::Fault(fault::Part::Detail | fault::Part::Foreign) => Ok(Place::Free),
            Place::Fault(part) => {
                let child = self.fault.child(version, part, local, uri != Uri::NONE);
                let child = child.or_else(|kind| stop(kind, start))?;
                if child == fault::Part::Detail {
                    self.keep_detail(start, uri, retain)?;
                }
                self.keep_lang(tag, version, part, child, retain)?;
                Ok(Place::Fault(child))
            }
        }
    }

    fn root(&mut self, start: usize, uri: Uri, local: &[u8]) -> Result<Place, Stop> {
        self.envelope_at = start as u32;
        self.version = match (local, uri) {
            (b"Envelope", Uri::SOAP_1_1) => Some(SoapVersion::V1_1),
            (b"Envelope", Uri::SOAP_1_2) => Some(SoapVersion::V1_2),
            (b"Envelope", _) => return stop(ErrorKind::VersionMismatch, start),
            _ => return stop(ErrorKind::NotEnvelope, start),
        };
        Ok(Place::Envelope)
    }

    fn envelope_child(
        &mut self,
        start: usize,
        version: SoapVersion,
        uri: Uri,
        local: &[u8],
    ) -> Result<Place, Stop> {
        let ours = uri == Uri::of(version);
        match local {
            _ if self.body_seen && version == SoapVersion::V1_1 && uri != Uri::NONE => {
                stop(ErrorKind::TrailingElement, start)
            }
            _ if self.body_seen => stop(ErrorKind::ElementAfterBody, start),
            b"Header" if ours && self.header.is_some() => stop(ErrorKind::DuplicateHeader, start),
            b"Header" if ours => {
                self.header = Extent::begun(start);
                Ok(Place::Header)
            }
            b"Body" if ours => {
                self.body_seen = true;
                self.body_at = start as u32;
                Ok(Place::Body)
            }
            _ => stop(ErrorKind::UnexpectedEnvelopeChild, start),
        }
    }

    /// A header block.
    fn block(
        &mut self,
        tag: &Tag<'_>,
        version: SoapVersion,
        uri: Uri,
        retain: &mut impl Retain,
    ) -> Result<Place, Stop> {
        if uri == Uri::NONE {
            return stop(ErrorKind::UnqualifiedHeaderBlock, tag.start);
        }
        let mut target = Target::default();
        let ours = tag.attributes.iter().filter(|a| Target::has(a.local(tag.bytes)) && a.is_qualified());
        for a in ours.filter(|a| self.scope.resolve(a.prefix(tag.bytes)) == Some(Uri::of(version))) {
            let value_at = tag.start + a.value_at();
            target.attribute(version, a.local(tag.bytes), a.text(tag.bytes), value_at)?;
        }
        self.mandatory += u32::from(target.is_mandatory());
        if target.is_mandatory() && target.is_refused(version, self.scope.uri(uri), tag.local, &self.options)
        {
            // Nothing else is kept before the body.
            let local = self.put(tag.start + tag.local_at(), tag.local, retain);
            let namespace = self.put_namespace(uri, retain);
            self.name = Some((namespace, local));
            return stop(ErrorKind::MustUnderstand, tag.start);
        }
        match self.options.kept_blocks {
            [] => Ok(Place::Free),
            names => Ok(self.kept_block_at(names, uri, tag.local)),
        }
    }

    /// The place of a header block whose text may be kept: the first of each name.
    fn kept_block_at(&self, names: &[(&str, &str)], uri: Uri, local: &[u8]) -> Place {
        let namespace = self.scope.uri(uri);
        let mut all = names.iter().zip(&self.blocks).zip(0..);
        let found = all
            .find(|((name, kept), _)| kept.is_none() && namespace == *name.0 && name.1.as_bytes() == local);
        found.and_then(|(_, n)| Ordinal::of(n)).map_or(Place::Free, Place::Block)
    }

    /// The place of the text of the header block that is kept next.
    pub(crate) const fn next_block_place(&self) -> u16 {
        BLOCKS_AT + self.block_bytes
    }

    /// Keeps the text of a header block, if there is room.
    fn keep_block(&mut self, name: Ordinal, kept: Kept) {
        let total = self.block_bytes.saturating_add(kept.length);
        if let (Some(place), true) =
            (self.blocks.get_mut(name as usize), usize::from(total) <= MAX_BLOCK_BYTES)
        {
            *place =
                NonZeroU16::new(kept.place() as u16).map(|place| KeptBlock { place, length: kept.length });
            self.block_bytes = total;
        }
    }

    /// Returns the text of the header block of this name that was kept, unless texts of the body have taken its room.
    pub(crate) fn block_text<'v>(&self, namespace: &str, local: &str, view: View<'v>) -> Option<Text<'v>> {
        let names = self.options.kept_blocks.iter();
        let (_, kept) =
            names.zip(&self.blocks).find(|(name, kept)| **name == (namespace, local) && kept.is_some())?;
        let KeptBlock { place, length } = (*kept)?;
        let kept = Kept::new(0, place.get(), length);
        (self.kept_bytes <= place.get()).then(|| Text::content(view.get(kept)))
    }

    /// Returns where the Header begins and ends, when it has ended.
    pub(crate) fn header_span(&self) -> Span {
        self.header.filter(|header| header.end > 0).map(|Extent { start, end }| (start.get(), end))
    }

    /// The end of the innermost element: at `start` its end tag begins, or, when it is empty, its only tag;
    /// at `end` it has ended.
    pub(crate) fn close(
        &mut self,
        start: usize,
        end: usize,
        value: &Value<'_>,
        retain: &mut impl Retain,
    ) -> Result<(), Stop> {
        let place = self.scope.place();
        if let Some((Slot::Block(name), kept)) = value.kept {
            self.keep_block(name, kept);
        } else if let Some((slot, kept)) = value.kept {
            self.text_bytes += kept.length;
            self.kept_bytes += kept.length;
            if let Some(place) = self.retained.texts.get_mut(slot.index()) {
                *place = Some(kept);
            }
            if matches!(slot, Slot::Code | Slot::Subcode) {
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

    /// Back in Body: the entry has ended.
    pub(crate) fn end_entry(&mut self, end: usize) {
        if self.scope.place() == Place::Body {
            self.entry = self.entry.map(|entry| entry.ended(end));
        }
    }

    /// Keeps bytes that stand at `at`.
    fn put(&mut self, at: usize, bytes: &[u8], retain: &mut impl Retain) -> Kept {
        let (place, length) = (self.kept_bytes, bytes.len() as u16);
        retain.put(usize::from(place), bytes);
        self.kept_bytes += length;
        Kept::new(at as u32, place, length)
    }

    fn put_namespace(&mut self, uri: Uri, retain: &mut impl Retain) -> Namespace {
        if uri.known().is_some() {
            return Namespace::Known(uri);
        }
        let (bytes, at) = self.scope.written(uri);
        let (place, length) = (self.kept_bytes, bytes.len() as u16);
        retain.put(usize::from(place), bytes);
        self.kept_bytes += length;
        Namespace::Kept(Kept::new(at, place, length))
    }

    /// Holds what is kept beside texts against its limit.
    fn judge_extra(&self, at: usize) -> Result<(), Stop> {
        let most = usize::from(self.options.limits.text_bytes()) + MAX_EXTRA_BYTES;
        if usize::from(self.kept_bytes) > most { stop(ErrorKind::TextTooLong, at) } else { Ok(()) }
    }

    /// The name of a body entry that is not looked into.
    fn keep_name(&mut self, tag: &Tag<'_>, uri: Uri, retain: &mut impl Retain) -> Result<(), Stop> {
        let local = self.put(tag.start + tag.local_at(), tag.local, retain);
        let namespace = self.put_namespace(uri, retain);
        self.name = Some((namespace, local));
        self.judge_extra(tag.start)
    }

    /// Takes a whole message that the straight lines have read, and keeps its strings.
    #[inline(always)]
    pub(crate) fn take(&mut self, usual: &Usual<'_>, retain: &mut impl Retain) {
        let (from, to) = usual.entry;
        self.version = Some(usual.version);
        (self.closed, self.body_seen, self.header) = (
            true,
            true,
            usual.header_span().and_then(|(from, to)| Some(Extent::begun(from as usize)?.ended(to as usize))),
        );
        self.entry = Extent::begun(from).map(|entry| entry.ended(to));
        let message = &usual.message;
        self.message = Progress::whole(&MESSAGES, message.number(), usual.namespace, message.marks());
        for (child, (text, at)) in usual.texts.iter().enumerate() {
            if text.is_empty() {
                continue;
            }
            let kept = self.put(*at, text, retain);
            self.text_bytes += kept.length;
            if let Some(place) = self.retained.texts.get_mut(child) {
                *place = Some(kept);
            }
        }
    }

    /// Where the body entry begins.
    pub(crate) fn entry_at(&self) -> usize {
        self.entry.map_or(0, |entry| entry.start.get() as usize)
    }

    /// Where the CallId stands, when it has ended.
    pub(crate) fn call_id(&self) -> Option<Kept> {
        let position = self.message.row().children.iter().position(|child| child.is_call_id)?;
        self.retained.texts.get(position).copied().flatten()
    }

    /// The expanded name of the body entry, as soon as its tag was read.
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

    /// The name of the header block that a MustUnderstand refusal is about.
    pub(crate) fn kept_name<'v>(&self, view: View<'v>, raw: Option<&'v [u8]>) -> Option<Element<'v>> {
        let (namespace, local) = self.name?;
        Some(Element::new(namespace.text(view), view.get(local), raw))
    }

    /// The message at hand, when its root has ended: never an error. The result is made in the place of the caller's.
    pub(crate) fn envelope<'v>(&self, message: &'v [u8]) -> Result<Envelope<'v>, Error> {
        self.envelope_of(View::Message(message), |version| {
            Fault::in_message(version, message, (self.envelope_at, self.body_at, self.entry_at() as u32))
        })
    }

    /// What is kept of the message, when its root has ended.
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
                View::Message(message) => element.at(message, from as usize, self.envelope_at as usize, None),
                View::Copies(_) => element,
            })
        };
        Ok(Envelope::read(version, None, header, body))
    }
}

/// The first item that has the key of one before it. Each of few items is compared with those before it, more are
/// sorted. Complexity: O(n log n) comparisons.
#[inline(always)]
fn first_twice<'t, T, K: Ord>(items: slice::Iter<'t, T>, key: impl Fn(&T) -> K) -> Option<&'t T> {
    if items.len() > FEW {
        return first_twice_of_many(items.as_slice(), key);
    }
    let mut laters = items.clone().enumerate().skip(1);
    let twice = laters.find(|(n, later)| items.clone().take(*n).any(|item| key(item) == key(later)));
    twice.map(|(_, later)| later)
}

/// So many attributes are compared in pairs: 28 comparisons, of which nearly all end at the lengths.
const FEW: usize = 8;

#[cold]
#[inline(never)]
fn first_twice_of_many<T, K: Ord>(items: &[T], key: impl Fn(&T) -> K) -> Option<&T> {
    let mut order: [u8; MAX_ATTRIBUTES] = array::from_fn(|n| n as u8);
    let key = |n: &u8| items.get(usize::from(*n)).map(&key);
    let order = order.get_mut(..items.len())?;
    order.sort_unstable_by_key(|n| (key(n), *n));
    let pairs = order.iter().zip(order.iter().skip(1));
    let twice = pairs.filter(|(one, other)| key(one) == key(other)).map(|(_, later)| later).min();
    items.get(usize::from(*twice?))
}

/// Refuses an element's prefix: xmlns, which nothing can declare, or one that was not declared.
#[cold]
fn unbound<T>(prefix: &[u8], at: usize) -> Result<T, Stop> {
    stop(if prefix == b"xmlns" { ErrorKind::ReservedPrefix } else { ErrorKind::UnboundPrefix }, at)
}

/// A start tag that was read, and where it stands.
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

/// What is found in few steps, against a search of all pairs.
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use std::vec::Vec;

    use super::*;

    fn twice(items: &[u16]) -> Option<usize> {
        (0..items.len()).find(|&n| items[..n].contains(&items[n]))
    }

    fn compare(items: &[u16]) {
        let numbered: Vec<(usize, u16)> = items.iter().copied().enumerate().collect();
        let found = first_twice(numbered.iter(), |(_, item)| *item).map(|(n, _)| *n);
        assert_eq!(found, twice(items), "{items:?}");
    }

    /// One item as another one, of every count of attributes that a tag may have; then two pairs.
    #[test]
    fn every_pair_that_is_the_same() {
        for count in (0..=20).chain([63, 64, 127, 128]) {
            // In an order that is neither that of the attributes nor its reverse.
            let items: Vec<u16> = (0..count).map(|n| n * 37 % 131).collect();
            compare(&items);
            let count = usize::from(count);
            for (one, other) in (0..count).flat_map(|one| (0..one).map(move |other| (one, other))) {
                let mut changed = items.clone();
                changed[one] = changed[other];
                compare(&changed);
                changed[count - 1 - one] = changed[count - 1 - other];
                compare(&changed);
            }
        }
        assert_eq!(twice(&[1, 2, 2, 1]).unwrap(), 2);
    }
}

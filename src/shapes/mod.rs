//! Messages of a shape seen before: compared with what an accepted message was made of, instead of read.
//!
//! A shape is an accepted message in constant runs and holes. A message that has the same runs, byte for byte, and
//! in each hole what may stand there makes the machine take the very same steps: in the holes lie only texts and
//! attribute values that no rule looks into, the CallId and the two words, whose rules are checked here, and the
//! limits that depend on lengths are. Any doubt is left to the machine.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "positions lie inside a slice, and a shape within its arrays"
)]

use core::fmt;

use crate::base::error::Error;
use crate::base::limits::Limits;
use crate::base::version::{MessagesNamespace, SoapVersion};
use crate::message::body::Body;
use crate::message::envelope::Envelope;
use crate::service::operations::*;
use crate::service::schema::{Child, MAX_CHILDREN, Simple};
use crate::service::values::Field;
use crate::soap::header::{Header, HeaderBlocks, HeaderPlace, Target};
use crate::xml::scan;
use crate::xml::token::{self, Attribute, Attributes};

/// How many shapes are held: requests and replies of two clients.
const SHAPES: usize = 4;
/// Constant bytes of a shape: a request takes 300, with the header blocks of a gateway 1,300.
const MAX_CONSTANT: usize = 2048;
/// Holes of a shape: a request has 1, with the header blocks of a gateway 13.
const MAX_HOLES: usize = 40;

/// How many messages are read and accepted between two that are learned from, once every place is taken. Learning
/// costs as much as reading a few times, so that this is less than 1 % of the time, whatever is sent; and
/// what is met often among the misses is what is likely to be learned.
const PERIOD: u16 = 1024;
/// The same after a message that had no shape, as long as there is a free place.
const PAUSE: u16 = 64;
/// A shape that was met so often in a period, counting of earlier ones the half, the quarter and so on, is not
/// replaced. Whoever sends messages that are all different would have to send 30 times as many as have the shape.
const OFTEN: u64 = 32;

/// How many comparisons that were begun may fail, beyond the hits, before a shape is no longer tried. So messages that
/// nearly have a shape take it away at worst; then what has it is read, until it is learned again.
const CREDIT: u64 = 64;

/// The number of the message of a shape that has not been learned: no row of the table has it.
const NO_MESSAGE: u8 = u8::MAX;

/// How many bytes tell nearly all other messages from a shape's, at the end of the first run and of the last.
const SAMPLE: usize = 16;

/// What may stand in a hole.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hole {
    /// Text of a header block.
    Text,
    /// The value of an attribute that no rule reads.
    Value,
    /// The word or the boolean of a child of the message.
    Word,
    /// The string of a child of the message.
    String,
    /// The value of the last child of the message: no hole follows.
    Last,
}

/// A hole, and the constant run that follows it.
#[derive(Clone, Copy)]
struct Piece {
    hole: Hole,
    run: u16,
    /// How long the hole's content was the last time: where its end is looked for first.
    length: u32,
}

/// Where a header lies; all that precedes its first block is constant.
#[derive(Clone, Copy)]
struct Frame {
    envelope: u16,
    header: u16,
    blocks: u16,
    /// Behind which piece it ends (0: the first run), and how many bytes before that piece's end.
    piece: u8,
    back: u16,
}

/// An accepted message without what stood in its holes: the first run, then pieces, then the last hole, which is
/// the value of the last child, and the last run.
struct Shape {
    runs: [u8; MAX_CONSTANT],
    constant: u16,
    first: u16,
    pieces: [Piece; MAX_HOLES],
    count: u8,
    version: SoapVersion,
    namespace: MessagesNamespace,
    /// The number of the message in the table, and whether its last child is a string.
    message: u8,
    ends_in_string: bool,
    frame: Option<Frame>,
}

/// What is looked at first.
#[derive(Clone, Copy)]
struct Key {
    /// Which place is the shape's, and is there one?
    shape: u8,
    taken: bool,
    /// Has it but one hole?
    single: bool,
    /// Where the first run's last bytes begin, and they.
    at: u16,
    first: [u8; SAMPLE],
    /// The message's last bytes; of a shape that is not tried, zeros, which end no message.
    last: [u8; SAMPLE],
    /// How long the last message was that was taken here.
    length: usize,
    hits: u64,
    /// How often it was met lately, without the hits since there were so many.
    met: u64,
    met_at: u64,
    /// How many failures it may still have, without the hits since there were so many.
    credit: u64,
    credit_at: u64,
}

/// What stands in a message of several holes: where its header ends, and the texts of its children, which may be
/// known to be printable.
struct Found<'a> {
    header_end: usize,
    texts: [&'a [u8]; MAX_CHILDREN],
    is_printable: bool,
}

/// Reads messages whose shapes repeat: as [`Envelope::parse`], with the same answer to every message, only sooner
/// where a message differs from an earlier one in nothing but its values.
///
/// It learns from the requests and replies that it accepts, header blocks included, and holds up to four shapes:
/// their markup and none of their values, in about 12 KiB. What it returns borrows from the message alone.
///
/// ```
/// # let message = include_bytes!("../../tests/data/ok/wire-request.xml");
/// use umsoap::{Body, Shapes};
/// let mut shapes = Shapes::new();
/// for _ in 0..2 {
///     let Body::GetCallInfo(request) = shapes.parse(message)?.body() else { panic!() };
///     assert!(request.call_id().as_raw().starts_with("MDlkZjllZGMt"));
/// }
/// assert_eq!(shapes.hits(), 1);
/// # Ok::<(), umsoap::Error>(())
/// ```
pub struct Shapes {
    /// The shape that was met last is the first.
    keys: [Key; SHAPES],
    /// One more than are held: the next is learned there.
    shapes: [Shape; SHAPES + 1],
    spare: u8,
    /// How many messages are read and accepted before one is learned from.
    wait: u16,
    /// The hits of shapes that were replaced.
    forgotten: u64,
}

impl Shapes {
    /// Without a shape.
    pub const fn new() -> Self {
        const EMPTY: Shape = Shape::EMPTY;
        let mut keys = [Key::NONE; SHAPES];
        let mut shape = 0;
        while let Some((key, _)) = keys.split_at_mut(shape as usize).1.split_first_mut() {
            key.shape = shape;
            shape += 1;
        }
        Self { keys, shapes: [EMPTY; SHAPES + 1], spare: SHAPES as u8, wait: 0, forgotten: 0 }
    }

    /// Reads a whole message, as [`Envelope::parse`] does.
    ///
    /// # Errors
    /// As [`Envelope::parse`].
    pub fn parse<'a>(&mut self, input: &'a [u8]) -> Result<Envelope<'a>, Error> {
        // One shape is tried, so that others which are nearly the message's cannot make it dear.
        let Some(n) = self.choose(input) else { return self.read(input) };
        let Some((key, shape)) = self.place(n) else { return self.read(input) };
        let (version, namespace, message) = (shape.version, shape.namespace, shape.message);
        // What is found is handed on in registers: to move an enum that holds it takes as long as the comparison.
        if key.single {
            if let Some((text, is_printable)) = shape.only(input) {
                if let Some(body) = body(message, &[text, b"", b"", b"", b""], is_printable) {
                    let header = shape.header(input, shape.header_end());
                    self.hit(n, input.len());
                    return Envelope::of_message(version, namespace, header, body);
                }
            }
        } else if let Some(Found { header_end, texts, is_printable }) = shape.find(input) {
            if let Some(body) = body(message, &texts, is_printable) {
                let header = shape.header(input, header_end);
                self.hit(n, input.len());
                return Envelope::of_message(version, namespace, header, body);
            }
        }
        self.failed(n, input)
    }

    /// How many messages had a shape seen before.
    pub fn hits(&self) -> u64 {
        self.keys.iter().fold(self.forgotten, |sum, key| sum + key.hits)
    }

    /// A key and its shape.
    #[inline]
    fn place(&mut self, n: usize) -> Option<(&Key, &mut Shape)> {
        let key = self.keys.get(n)?;
        Some((key, self.shapes.get_mut(usize::from(key.shape))?))
    }

    /// The message has this shape.
    #[inline]
    fn hit(&mut self, n: usize, length: usize) {
        if let Some(key) = self.keys.get_mut(n) {
            key.hits += 1;
            key.length = length;
        }
        if n > 0 {
            self.keys.swap(0, n);
        }
    }

    /// The message has not this shape.
    #[inline(never)]
    fn failed<'a>(&mut self, n: usize, input: &'a [u8]) -> Result<Envelope<'a>, Error> {
        if let Some(key) = self.keys.get_mut(n) {
            key.fail();
        }
        self.read(input)
    }

    /// The shape to try: of those that fit one with a single hole, or the one whose last message was as long, or
    /// else the first.
    #[inline]
    fn choose(&self, input: &[u8]) -> Option<usize> {
        let last = input.last_chunk()?;
        let mut first = None;
        for (n, key) in self.keys.iter().enumerate() {
            if key.fits(input, last) {
                if key.single || key.length == input.len() {
                    return Some(n);
                }
                first = first.or(Some(n));
            }
        }
        first
    }

    /// Reads the message, and learns from it.
    #[inline(never)]
    fn read<'a>(&mut self, input: &'a [u8]) -> Result<Envelope<'a>, Error> {
        let verdict = Envelope::parse(input);
        if let Ok(envelope) = &verdict {
            if self.wait > 0 {
                self.wait -= 1;
            } else {
                self.learn(input, envelope);
            }
        }
        verdict
    }

    /// Learns an accepted message, in the place of the shape that was met least unless all are met often.
    #[cold]
    fn learn(&mut self, input: &[u8], envelope: &Envelope<'_>) {
        if envelope.body().row().is_none_or(|row| row.children.is_empty()) {
            return;
        }
        let least = self.keys.iter().enumerate().min_by_key(|(_, key)| key.weight());
        let Some((n, weight)) = least.map(|(n, key)| (n, key.weight())) else { return };
        let is_full = weight > 0;
        self.wait = if is_full { PERIOD } else { PAUSE };
        if is_full {
            self.keys.iter_mut().for_each(Key::age);
        }
        if weight > OFTEN {
            return;
        }
        let Some(shape) = self.shapes.get_mut(usize::from(self.spare)) else { return };
        let learned = shape.learn(input, envelope).and_then(|()| Key::of(shape, self.spare, input.len()));
        let (Some(learned), shapes) = (learned, &self.shapes) else { return };
        let same = |key: &&mut Key| {
            let known = shapes.get(usize::from(key.shape)).zip(shapes.get(usize::from(self.spare)));
            known.is_some_and(|(known, shape)| known.is_same(shape))
        };
        if let Some(known) = self.keys.iter_mut().find(same) {
            // It had been given up.
            (known.last, known.credit) = (learned.last, CREDIT);
        } else if let Some(key) = self.keys.get_mut(n) {
            self.spare = key.shape;
            self.forgotten += key.hits;
            *key = learned;
            self.wait = if self.keys.iter().all(|key| key.taken) { PERIOD } else { 0 };
        }
    }
}

impl fmt::Debug for Shapes {
    /// Counts only: a shape tells who sent it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let taken = self.keys.iter().filter(|key| key.taken).count();
        f.debug_struct("Shapes").field("shapes", &taken).field("hits", &self.hits()).finish()
    }
}

impl Default for Shapes {
    fn default() -> Self {
        Self::new()
    }
}

macro_rules! bodies {
    ($(
        $(#[$doc:meta])*
        $name:ident $(<$a:lifetime>)? $(($nested:ident))? $(ews $($ews:literal)+)? {
            $(
                $(#[$about:meta])*
                $xml:literal $(| $second:literal)? => $field:ident: $type:ident $(<$b:lifetime>)? ($given:ty) $($flag:ident)?;
            )*
        }
    )*) => {
        /// The message of this number with these texts in its children, which may be known to be printable. The usual
        /// messages are unrolled: interpreted, a response takes 5 ns longer.
        #[inline(always)]
        fn body<'a>(number: u8, texts: &[&'a [u8]; MAX_CHILDREN], is_printable: bool) -> Option<Body<'a>> {
            $(if number == $name::NUMBER {
                let mut texts = texts.iter();
                return Some(Body::$name($name { $($field: value(texts.next()?, is_printable)?),* }));
            })*
            Body::of_texts(number, texts)
        }
    };
}

table!(usual_rows, bodies);

#[inline(always)]
fn value<'a, F: Field<'a>>(text: &'a [u8], is_printable: bool) -> Option<F> {
    if F::SIMPLE.admits(text.len()) { F::usual(text, is_printable) } else { None }
}

impl Key {
    const NONE: Self = Self {
        shape: 0,
        taken: false,
        single: false,
        at: 0,
        first: [0; SAMPLE],
        last: [0; SAMPLE],
        length: 0,
        hits: 0,
        met: 0,
        met_at: 0,
        credit: CREDIT,
        credit_at: 0,
    };

    fn of(shape: &Shape, n: u8, length: usize) -> Option<Self> {
        let at = shape.first.checked_sub(SAMPLE as u16)?;
        let first = *shape.runs.get(usize::from(at)..)?.first_chunk()?;
        let last = *shape.constants().last_chunk()?;
        let single = shape.count == 0 && shape.ends_in_string;
        Some(Self { shape: n, taken: true, single, at, first, last, length, ..Self::NONE })
    }

    #[inline]
    fn fits(&self, input: &[u8], last: &[u8; SAMPLE]) -> bool {
        self.last == *last
            && input.get(usize::from(self.at)..).and_then(|rest| rest.first_chunk()) == Some(&self.first)
    }

    /// What would be lost with it.
    fn weight(&self) -> u64 {
        if self.taken { self.met + (self.hits - self.met_at) + 1 } else { 0 }
    }

    /// What was met before counts half, and never for long.
    fn age(&mut self) {
        (self.met, self.met_at) = ((self.weight() / 2).min(4 * OFTEN), self.hits);
    }

    /// A comparison was begun in vain.
    fn fail(&mut self) {
        let earned = self.hits - self.credit_at;
        let credit = (self.credit + earned).min(CREDIT).saturating_sub(1);
        (self.credit, self.credit_at) = (credit, self.hits);
        if credit == 0 {
            self.last = [0; SAMPLE];
        }
    }
}

impl Shape {
    const EMPTY: Self = Self {
        runs: [0; MAX_CONSTANT],
        constant: 0,
        first: 0,
        pieces: [Piece { hole: Hole::Text, run: 0, length: 0 }; MAX_HOLES],
        count: 0,
        version: SoapVersion::V1_1,
        namespace: MessagesNamespace::Http,
        message: NO_MESSAGE,
        ends_in_string: false,
        frame: None,
    };

    fn constants(&self) -> &[u8] {
        self.runs.get(..usize::from(self.constant)).unwrap_or_default()
    }

    fn pieces(&self) -> &[Piece] {
        self.pieces.get(..usize::from(self.count)).unwrap_or_default()
    }

    /// Do the same runs and holes make this shape?
    fn is_same(&self, other: &Self) -> bool {
        let piece = |(one, other): (&Piece, &Piece)| one.run == other.run && one.hole == other.hole;
        self.constants() == other.constants()
            && (self.first, self.count) == (other.first, other.count)
            && self.pieces().iter().zip(other.pieces()).all(piece)
            && self.message == other.message
    }

    /// The text in the single hole of a message that has this shape, and whether it is known to be printable.
    #[inline]
    fn only<'a>(&self, input: &'a [u8]) -> Option<(&'a [u8], bool)> {
        let (first, last) = self.constants().split_at_checked(self.first.into())?;
        let hole = input.strip_prefix(first)?.strip_suffix(last)?;
        // Of ASCII: as many characters as bytes, or fewer where CR LF is one.
        if hole.len() > Limits::DEFAULT.text_bytes().into() {
            None
        } else if is_common(hole) {
            Some((hole, true))
        } else {
            is_text(hole).then_some((hole, false))
        }
    }

    /// The rows of the children of the message.
    fn children(&self) -> &'static [Child] {
        MESSAGES.get(usize::from(self.message)).map_or(&[], |row| row.children)
    }

    /// Where the header of a message ends that has this shape, of a single hole.
    #[inline]
    fn header_end(&self) -> usize {
        usize::from(self.first) - self.frame.map_or(0, |frame| frame.back.into())
    }

    /// Has the message this shape, of several holes? What stands in them.
    #[inline(never)]
    fn find<'a>(&mut self, input: &'a [u8]) -> Option<Found<'a>> {
        if input.len() > Limits::DEFAULT.message_bytes() as usize {
            return None;
        }
        let (first, mut runs) = self.runs.get(..self.constant.into())?.split_at_checked(self.first.into())?;
        let mut rest = input.strip_prefix(first)?;
        let pieces = self.pieces.get_mut(..usize::from(self.count))?;
        let mut texts: [&[u8]; MAX_CHILDREN] = [b""; MAX_CHILDREN];
        let mut places = texts.iter_mut();
        let (mut is_printable, mut kept) = (true, 0);
        for piece in &mut *pieces {
            let run;
            (run, runs) = runs.split_at_checked(usize::from(piece.run))?;
            let hole;
            (hole, rest) = piece.find(rest, run)?;
            if matches!(piece.hole, Hole::Word | Hole::String) {
                if piece.hole == Hole::String {
                    is_printable &= is_common(hole);
                    kept += hole.len();
                }
                *places.next()? = hole;
            }
        }
        let last = rest.strip_suffix(runs)?;
        if self.ends_in_string {
            if !is_common(last) {
                is_text(last).then_some(())?;
                is_printable = false;
            }
            kept += last.len();
        }
        *places.next()? = last;
        if kept > Limits::DEFAULT.text_bytes().into() {
            return None;
        }
        // No tag is longer than all constant runs and all values of attributes.
        let tag = usize::from(Limits::DEFAULT.tag_bytes());
        if input.len() > tag {
            let values = pieces.iter().filter(|piece| piece.hole == Hole::Value).map(Piece::hole_len);
            if values.clone().count() > 0 && usize::from(self.constant) + values.sum::<usize>() > tag {
                return None;
            }
        }
        let mut header_end = input.len() - rest.len();
        if let Some(frame) = self.frame {
            let behind = pieces.get(usize::from(frame.piece)..)?.iter();
            header_end -= usize::from(frame.back)
                + behind.map(|piece| piece.hole_len() + usize::from(piece.run)).sum::<usize>();
        }
        Some(Found { header_end, texts, is_printable })
    }

    /// The header of a message that has this shape, which ends there.
    #[inline]
    fn header<'a>(&self, input: &'a [u8], end: usize) -> Header<'a> {
        match self.frame {
            None => Header::Absent,
            Some(Frame { envelope, header, blocks, .. }) => {
                let [envelope, header, blocks] = [envelope, header, blocks].map(usize::from);
                let place = HeaderPlace { envelope, header, blocks, end };
                Header::Retained(HeaderBlocks::within(input, self.version, place))
            }
        }
    }

    /// Becomes the shape of an accepted message. `None`: it has none, and this is none any more.
    fn learn(&mut self, input: &[u8], envelope: &Envelope<'_>) -> Option<()> {
        (self.constant, self.first, self.count, self.frame) = (0, 0, 0, None);
        (self.version, self.namespace) = (envelope.version(), envelope.namespace()?);
        self.message = envelope.body().number()?;
        let children = self.children();
        self.ends_in_string = matches!(children.last()?.simple, Simple::String { .. });
        Lesson { shape: self, input, children, from: 0, hole: None, header_end: None }.take()
    }
}

impl Piece {
    fn hole_len(&self) -> usize {
        self.length as usize
    }

    /// Begins `rest` with what may stand in this hole, and then this run? The hole's content, and what follows.
    #[inline]
    fn find<'a>(&mut self, rest: &'a [u8], run: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
        // Mostly it is as long as the last time: a run begins with a byte that stands in no hole.
        if let Some((hole, behind)) = rest.split_at_checked(self.hole_len()) {
            if let Some(behind) = behind.strip_prefix(run) {
                if self.hole == Hole::Word || is_common(hole) {
                    return Some((hole, behind));
                }
            }
        }
        self.search(rest, run)
    }

    #[inline(never)]
    fn search<'a>(&mut self, rest: &'a [u8], run: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
        let length = match self.hole {
            Hole::Text | Hole::Word | Hole::String | Hole::Last => scan::text(rest, 0),
            Hole::Value => scan::value(rest, 0),
        };
        let (hole, behind) = rest.split_at_checked(length)?;
        let behind = behind.strip_prefix(run)?;
        self.length = length as u32;
        Some((hole, behind))
    }
}

#[inline(never)]
fn is_text(hole: &[u8]) -> bool {
    scan::text(hole, 0) == hole.len()
}

/// Is all of this common in a text and in an attribute's value? ASCII above `'`, without `<` and `>`: most
/// identifiers, numbers, times, and base64.
#[inline(never)]
fn is_common(hole: &[u8]) -> bool {
    // As a signed number a byte outside ASCII is below `'`, too. `<` and `>` differ in the bit 2.
    let other = |b: u8| u8::from((b as i8) <= 0x27) | u8::from(b | 2 == b'>');
    scan::is_free_of(hole, other)
}

/// A message that is being learned: the constant runs and the holes that were found up to `from`.
struct Lesson<'s, 'i> {
    shape: &'s mut Shape,
    input: &'i [u8],
    /// The children of the message that have no hole yet.
    children: &'static [Child],
    /// Where the run begins that is not kept yet, and the hole that precedes it.
    from: usize,
    hole: Option<(Hole, usize)>,
    /// Where the header ends, until it is known how far that is from the run's end.
    header_end: Option<usize>,
}

impl Lesson<'_, '_> {
    /// Walks the markup. What is not known to be of no account to any rule is constant.
    fn take(mut self) -> Option<()> {
        // Behind the byte order mark and the declaration.
        let mut at = scan::find(b'<', self.input, 0)?;
        if self.input.get(at + 1) == Some(&b'?') {
            at = scan::find(b'>', self.input, at)?;
        }
        let (mut depth, mut envelope, mut in_header) = (0_usize, 0, false);
        while let Some(open) = scan::find(b'<', self.input, at) {
            if open - self.from > MAX_CONSTANT {
                return None;
            }
            match self.input.get(open + 1)? {
                b'!' => at = token::bang_end(self.input, open)?,
                b'/' => {
                    at = scan::find(b'>', self.input, open)? + 1;
                    depth = depth.checked_sub(1)?;
                }
                _ => {
                    let tag = token::tag_at(self.input, open);
                    let (_, local) = token::split(token::tag_name(tag));
                    at = open + tag.len();
                    match (depth, local) {
                        (0, _) => envelope = open as u16,
                        // No hole comes before, and a run is no longer than `MAX_CONSTANT`.
                        (1, b"Header") => {
                            in_header = true;
                            let (header, blocks) = (open as u16, at as u16);
                            self.shape.frame = Some(Frame { envelope, header, blocks, piece: 0, back: 0 });
                        }
                        _ => self.attributes(tag, open)?,
                    }
                    if !tag.ends_with(b"/>") {
                        depth += 1;
                        let hole = match self.children.split_first() {
                            _ if in_header => (depth > 2).then_some(Hole::Text),
                            // The element in Body is the third that is open.
                            Some((child, rest)) if depth > 3 && child.name.as_bytes() == local => {
                                self.children = rest;
                                Some(match child.simple {
                                    _ if rest.is_empty() => Hole::Last,
                                    Simple::String { .. } => Hole::String,
                                    Simple::Words(_) | Simple::Boolean => Hole::Word,
                                })
                            }
                            _ => None,
                        };
                        if let Some(hole) = hole {
                            at = self.text(hole, at)?;
                        }
                    }
                }
            }
            if in_header && depth == 1 {
                in_header = false;
                self.header_end = Some(at);
            }
        }
        self.run(self.input.len())?;
        matches!(self.hole, Some((Hole::Last, _))).then_some(())
    }

    /// The attributes of the tag at `open`.
    fn attributes(&mut self, tag: &[u8], open: usize) -> Option<()> {
        for attribute in Attributes::of(tag) {
            let (from, length) = (attribute.value_at(), attribute.raw_value(tag).len());
            if !is_read(&attribute, tag) && scan::value(tag, from) == from + length {
                self.hole(Hole::Value, open + from, length)?;
            }
        }
        Some(())
    }

    /// The text behind a start tag; where it ends. Text in pieces, and text with references or characters
    /// outside ASCII, is constant in a header block; in the operation it makes no shape.
    fn text(&mut self, hole: Hole, at: usize) -> Option<usize> {
        let end = scan::text(self.input, at);
        if end > at && self.input.get(end..)?.starts_with(b"</") {
            self.hole(hole, at, end - at)?;
            Some(end)
        } else {
            (hole == Hole::Text).then_some(at)
        }
    }

    fn hole(&mut self, hole: Hole, at: usize, length: usize) -> Option<()> {
        self.run(at)?;
        (self.from, self.hole) = (at + length, Some((hole, length)));
        Some(())
    }

    /// Keeps the run that ends here.
    fn run(&mut self, end: usize) -> Option<()> {
        let run = self.input.get(self.from..end)?;
        let shape = &mut *self.shape;
        let kept = usize::from(shape.constant);
        shape.runs.get_mut(kept..kept + run.len())?.copy_from_slice(run);
        shape.constant += run.len() as u16;
        match self.hole {
            None => shape.first = run.len() as u16,
            // The last run has no piece.
            Some((Hole::Last, _)) => return (end == self.input.len()).then_some(()),
            Some((hole, length)) => {
                let piece = shape.pieces.get_mut(usize::from(shape.count))?;
                *piece = Piece { hole, run: run.len() as u16, length: length as u32 };
                shape.count += 1;
            }
        }
        if let (Some(header_end), Some(frame)) = (self.header_end.take(), &mut shape.frame) {
            (frame.piece, frame.back) = (shape.count, (end - header_end) as u16);
        }
        Some(())
    }
}

/// May a rule read the value of this attribute? By its local name, whatever the prefix means.
fn is_read(attribute: &Attribute, tag: &[u8]) -> bool {
    attribute.declares(tag).is_some()
        || attribute.prefix(tag) == b"xml"
        || Target::has(attribute.local(tag))
        || matches!(attribute.local(tag), b"encodingStyle" | b"nil")
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use std::vec;

    use super::*;
    use crate::xml::chars::{self, TEXT, VALUE};

    /// Every byte at every place of every length: what is common may stand in a text and in a value.
    #[test]
    fn what_is_common() {
        for length in 1..=130 {
            let mut hole = vec![b'x'; length];
            assert!(is_common(&hole) && is_text(&hole));
            for place in 0..length {
                for b in 0..=255 {
                    hole[place] = b;
                    let common = b > b'\'' && b < 0x80 && b != b'<' && b != b'>';
                    assert_eq!(is_common(&hole), common, "{b} at {place} of {length}");
                    assert_eq!(is_text(&hole), chars::is(b, TEXT), "{b} at {place} of {length}");
                    assert!(!common || (chars::is(b, TEXT) && chars::is(b, VALUE)));
                }
                hole[place] = b'x';
            }
        }
    }
}

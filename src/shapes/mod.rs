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

mod learn;
mod shape;

use core::{fmt, slice};

use crate::base::error::Error;
use crate::base::version::{MessagesNamespace, SoapVersion};
use crate::message::body::Body;
use crate::message::envelope::Envelope;
use crate::service::operations::*;
use crate::service::schema::MAX_CHILDREN;
use crate::service::values::Field;
use crate::shapes::shape::Shape;
use crate::soap::header::Header;

/// How many shapes are held: requests and replies of two clients.
const SHAPES: usize = 4;
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

/// How many bytes tell nearly all other messages from a shape's, at the end of the first run and of the last.
const SAMPLE: usize = 16;

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
        // What is found is handed on in registers: to move an enum that holds it takes as long as the comparison.
        if key.single {
            if let Some((text, is_printable)) = shape.only(input) {
                let place = (shape.version, shape.namespace, shape.header(input, shape.header_end()));
                let message = shape.message;
                return self.found(n, input, message, place, slice::from_ref(&text), is_printable);
            }
        } else {
            let mut texts: [&[u8]; MAX_CHILDREN] = [b""; MAX_CHILDREN];
            if let Some((header_end, is_printable)) = shape.find(input, &mut texts) {
                let place = (shape.version, shape.namespace, shape.header(input, header_end));
                let message = shape.message;
                return self.found(n, input, message, place, &texts, is_printable);
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

    /// As [`found`](Self::found), for a message that is not unrolled.
    #[inline(never)]
    fn interpreted<'a>(
        &mut self,
        n: usize,
        input: &'a [u8],
        number: u8,
        (version, namespace, header): Place<'a>,
        texts: &[&'a [u8]],
    ) -> Result<Envelope<'a>, Error> {
        match Envelope::of_texts(version, namespace, header, number, texts) {
            Some(envelope) => {
                self.hit(n, input.len());
                envelope
            }
            None => self.failed(n, input),
        }
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

/// What is known of a message by its shape, and its header.
type Place<'a> = (SoapVersion, MessagesNamespace, Header<'a>);

macro_rules! found {
    ($(
        $(#[$doc:meta])*
        $name:ident $(<$a:lifetime>)? $(($nested:ident))? $(ews $($ews:literal)+)? {
            $(
                $(#[$about:meta])*
                $xml:literal $(| $second:literal)? => $field:ident: $type:ident $(<$b:lifetime>)? ($given:ty) $($flag:ident)?;
            )*
        }
    )*) => {
        impl Shapes {
            /// Makes the envelope of the message of this number, which has the shape `n` and these texts in its children. The
            /// texts may be known to be printable. The usual messages are unrolled, and each is made where the caller
            /// returns it: a body that is moved takes 80 instructions more, of 340.
            #[inline(always)]
            fn found<'a>(
                &mut self,
                n: usize,
                input: &'a [u8],
                number: u8,
                (version, namespace, header): Place<'a>,
                texts: &[&'a [u8]],
                is_printable: bool,
            ) -> Result<Envelope<'a>, Error> {
                $(if number == $name::NUMBER {
                    let mut texts = texts.iter();
                    $(let $field = texts.next().and_then(|text| value(text, is_printable));)*
                    let ($(Some($field),)*) = ($($field,)*) else { return self.failed(n, input) };
                    self.hit(n, input.len());
                    return Envelope::of_message(version, namespace, header, Body::$name($name { $($field),* }));
                })*
                self.interpreted(n, input, number, (version, namespace, header), texts)
            }
        }
    };
}

table!(usual_rows, found);

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

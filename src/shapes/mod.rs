//! The comparison of messages with the shapes of accepted messages. A message that has such a shape need not be read.
//!
//! A shape is an accepted message, divided into constant runs and holes. A new message has this shape if it has the same
//! runs, byte for byte, and a legal content in each hole. The machine would take the same steps for the new message as for
//! the accepted one, because the holes hold only two things: texts and attribute values that no rule reads, and the values
//! of the message's children. The rules for those values are checked here, and so are the limits that depend on lengths.
//! In any doubt, the message is read.
//!
//! `found` and `value` are inlined, so that the message is built once, in the caller's place. Functions for a message
//! without a known shape are not inlined. Such messages are rare, and `parse` keeps its registers.

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

/// The number of shapes that are held. It is enough for the requests and replies of two clients.
const SHAPES: usize = 4;
/// The number of messages that are read and accepted between two learned messages, once every place is taken. To learn a
/// message costs as much as to read a few. So learning takes less than 1 % of the time, whatever is sent. A shape that many
/// of the read messages have is likely to be learned.
const PERIOD: u16 = 1024;
/// The number of messages that are read and accepted before the next attempt to learn, after a message that has no shape,
/// as long as a place is free. An attempt in vain costs as much as to read a few messages, too.
const PAUSE: u16 = 64;
/// The weight above which a shape is not replaced. The weight is the hits in the current period, half of the hits in the
/// period before, a quarter of those before that, and so on. To replace a shape, a sender of messages that all differ has
/// to send 30 times as many messages as have the shape.
const OFTEN: u64 = 32;

/// The number of comparisons that may fail, beyond the hits, before a shape is no longer tried. Thus messages that
/// nearly have a shape can at worst switch it off. Messages that have the shape are then read, until it is learned
/// again.
const CREDIT: u64 = 64;

/// The number of bytes that are compared first, at the end of the first run and at the end of the last run. These bytes
/// tell nearly all other messages from messages of the shape.
const SAMPLE: usize = 16;

/// The part of a shape that is compared first, and its statistics.
#[derive(Clone, Copy)]
struct Key {
    /// The number of the shape's place, and whether that place holds a shape.
    shape: u8,
    taken: bool,
    /// Set if the shape has only one hole, which holds a string.
    single: bool,
    /// The offset of the last bytes of the first run, and these bytes.
    at: u16,
    first: [u8; SAMPLE],
    /// The last bytes of a message. A shape that must not be tried has zeros here, since no message ends with zeros.
    last: [u8; SAMPLE],
    /// The length of the last message that had this shape.
    length: usize,
    hits: u64,
    /// The weight of the hits up to `met_at`, halved after each period. Add `hits - met_at` for the current value.
    met: u64,
    met_at: u64,
    /// The failures that are left as of `credit_at`. Each hit since then adds one, up to [`CREDIT`].
    credit: u64,
    credit_at: u64,
}

/// A reader of messages whose shapes repeat. It gives the same answer as [`Envelope::parse`] to every message. It is
/// faster for a message that differs from an earlier one only in its values.
///
/// It learns from the requests and replies that it accepts, header blocks included. It holds up to four shapes in about
/// 12 KiB. A shape keeps the markup of a message and none of its values. A result borrows from the message alone.
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
    /// The keys of the shapes. The shape of the last hit comes first.
    keys: [Key; SHAPES],
    /// The shapes that are held, and one more place in which the next is learned.
    shapes: [Shape; SHAPES + 1],
    spare: u8,
    /// The number of messages that are read and accepted before the next is learned.
    wait: u16,
    /// The hits of shapes that were replaced.
    forgotten: u64,
}

impl Shapes {
    /// Returns a reader that has no shape yet.
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
    /// Returns the errors of [`Envelope::parse`].
    pub fn parse<'a>(&mut self, input: &'a [u8]) -> Result<Envelope<'a>, Error> {
        // Only one shape is tried. Otherwise several shapes that nearly fit would make a message expensive.
        let Some(n) = self.choose(input) else { return self.read(input) };
        let Some((key, shape)) = self.place(n) else { return self.read(input) };
        // The results are passed in registers. Moving an enum that holds them takes as long as the comparison.
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

    /// Returns the number of messages that had a shape seen before.
    pub fn hits(&self) -> u64 {
        self.keys.iter().fold(self.forgotten, |sum, key| sum + key.hits)
    }

    /// Returns a key and its shape.
    #[inline]
    fn place(&mut self, n: usize) -> Option<(&Key, &mut Shape)> {
        let key = self.keys.get(n)?;
        Some((key, self.shapes.get_mut(usize::from(key.shape))?))
    }

    /// Counts a message of this length that has the shape `n`, and moves its key to the front.
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

    /// Counts a message that does not have the shape `n`, and reads it.
    #[inline(never)]
    fn failed<'a>(&mut self, n: usize, input: &'a [u8]) -> Result<Envelope<'a>, Error> {
        if let Some(key) = self.keys.get_mut(n) {
            key.fail();
        }
        self.read(input)
    }

    /// Builds the envelope as [`found`](Self::found) does, for messages that have no generated code there.
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

    /// Returns the shape to try. It is the first fitting shape that has a single hole or whose last message was as long
    /// as this one. Without such a shape it is the first fitting one.
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

    /// Reads the message, and may learn it.
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

    /// Learns an accepted message. The new shape takes the place of the shape that was met least, unless all shapes are met
    /// often.
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
            // The shape had been switched off.
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
    /// Writes counts only, since the markup of a shape tells which client sent it.
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

/// The version, the namespace and the header of a message that has a shape.
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
            /// Builds the envelope of the message with this number, which has the shape `n` and these texts in its
            /// children. Generated code builds each usual message in the place where the caller returns it. Moving a body
            /// would take 80 instructions more, of 340.
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

/// Returns the value of a child, if the text is a legal value.
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

    /// Returns the number of hits that replacing this shape would lose.
    fn weight(&self) -> u64 {
        if self.taken { self.met + (self.hits - self.met_at) + 1 } else { 0 }
    }

    /// Halves the weight of the hits so far, and bounds it, so that old hits do not count for long.
    fn age(&mut self) {
        (self.met, self.met_at) = ((self.weight() / 2).min(4 * OFTEN), self.hits);
    }

    /// Counts a comparison that failed. After too many failures the shape is no longer tried.
    fn fail(&mut self) {
        let earned = self.hits - self.credit_at;
        let credit = (self.credit + earned).min(CREDIT).saturating_sub(1);
        (self.credit, self.credit_at) = (credit, self.hits);
        if credit == 0 {
            self.last = [0; SAMPLE];
        }
    }
}

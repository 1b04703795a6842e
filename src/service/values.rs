//! The types of the values that messages hold: identifiers, words, booleans, texts.
//!
//! `usual` and the accessors are inlined. `parse` and `as_raw` together took 68 ns while `as_raw` was a call, to which
//! the CallId was handed in memory, and 58 ns since.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};

use crate::base::error::Error;
use crate::service::base64;
use crate::service::schema::{self, Simple};
use crate::xml::scan;
use crate::xml::text::{self, Text};

/// The most characters that a CallId may have: MS-OXWUMS 3.1.4.3.2.1.
pub(crate) const MAX_CALL_ID_CHARS: usize = 512;

/// The most bytes that the value of a CallId takes that was read: each character takes 4 bytes at most.
const MAX_VALUE_BYTES: usize = MAX_CALL_ID_CHARS * 4;

/// A Rust type that holds the value of a child.
pub(crate) trait Field<'a>: Sized {
    const SIMPLE: Simple;
    const IS_OPTIONAL: bool = false;
    const IS_CALL_ID: bool = false;

    /// Returns the value of a child that was read. `text` is the checked raw text of a string, if the child stood in
    /// the message. `mark` is the mark of the child.
    fn found(text: Option<&'a [u8]>, mark: u8) -> Self;

    /// Returns the value for ASCII text without `&`, `<` and `>`, whose length is within the bounds of a string. If
    /// `printable`, the text is known to have no control character. `None`: the text is not a value of this type.
    fn usual(text: &'a [u8], printable: bool) -> Option<Self>;

    /// Returns the value as a text; `None` for an optional child that is absent.
    fn text(&self) -> Option<Text<'a>>;

    /// Returns the number of the word, the boolean or the spelling.
    fn mark(&self) -> u8 {
        0
    }
}

/// Defines an enumeration of the words of a simple type.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident: $first:ident $($word:ident)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            #[doc = concat!("`", stringify!($first), "`.")] $first,
            $(#[doc = concat!("`", stringify!($word), "`.")] $word,)*
        }

        impl $name {
            const WORDS: &'static [&'static str] = &[stringify!($first), $(stringify!($word),)*];

            /// All values, in the order of the schema.
            pub const ALL: [Self; Self::WORDS.len()] = [Self::$first, $(Self::$word,)*];

            /// Returns the word as the schema spells it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    Self::$first => stringify!($first),
                    $(Self::$word => stringify!($word),)*
                }
            }

            /// Returns the value of a word, exactly as the schema spells it. Comparisons with one literal after the
            /// other take fewer instructions than a walk over the table.
            #[inline]
            fn of(word: &[u8]) -> Option<Self> {
                if word == stringify!($first).as_bytes() {
                    return Some(Self::$first);
                }
                $(if word == stringify!($word).as_bytes() {
                    return Some(Self::$word);
                })*
                None
            }
        }

        impl<'a> Field<'a> for $name {
            const SIMPLE: Simple = Simple::Words(Self::WORDS);

            fn found(_: Option<&'a [u8]>, mark: u8) -> Self {
                Self::ALL.get(usize::from(mark)).copied().unwrap_or(Self::$first)
            }

            #[inline(always)]
            fn usual(text: &'a [u8], _: bool) -> Option<Self> {
                Self::of(text)
            }

            #[inline]
            fn text(&self) -> Option<Text<'a>> {
                Some(Text::new(self.as_str()))
            }

            fn mark(&self) -> u8 {
                *self as u8
            }
        }

        impl core::str::FromStr for $name {
            type Err = Error;

            /// # Errors
            /// Returns [`UnknownWord`](crate::ErrorKind::UnknownWord), or `EnumWhiteSpace` or `EnumCase` for a word
            /// that is nearly right.
            fn from_str(word: &str) -> Result<Self, Error> {
                match schema::find_word(Self::WORDS, word.as_bytes()) {
                    Ok(number) => Ok(Self::found(None, number)),
                    Err(kind) => Err(Error::new(kind, 0, None)),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

words!(
    /// The state of a call: `UMCallState`, MS-OXWUMS 3.1.4.3.4.1.
    ///
    /// Only Connecting, Connected and Disconnected reach a client of the real service. The library reads all eight.
    ///
    /// ```
    /// use umsoap::CallState;
    /// assert_eq!("Connected".parse(), Ok(CallState::Connected));
    /// assert_eq!(CallState::Connected.as_str(), "Connected");
    /// ```
    CallState:
    Idle Connecting Alerted Connected Disconnected Incoming Transferring Forwarding);
words!(
    /// The cause of a call's end: `UMEventCause`, MS-OXWUMS 3.1.4.3.4.2. `None` for a call in any other state.
    ///
    /// ```
    /// use umsoap::EventCause;
    /// assert_eq!("NoAnswer".parse(), Ok(EventCause::NoAnswer));
    /// assert_eq!(EventCause::ALL.len(), 5);
    /// ```
    EventCause:
    None UserBusy NoAnswer Unavailable Other);

words!(
    /// The greeting that a call plays and records: the text of `GreetingType` in
    /// [PlayOnPhoneGreeting](https://learn.microsoft.com/exchange/client-developer/web-service-reference/greetingtype-um-web-service).
    ///
    /// ```
    /// use umsoap::{GreetingType, PlayOnPhoneGreeting};
    /// let request = PlayOnPhoneGreeting::new(GreetingType::OofCustom, "+15550100");
    /// assert_eq!(request.greeting_type().to_string(), "OofCustom");
    /// ```
    GreetingType: NormalCustom OofCustom);

/// The identifier of a call, as PlayOnPhone returned it: an `xs:string` of 1 to 512 characters.
///
/// The identifier is a bearer handle: do not log the whole of it. `Debug` prints only its length, and `Display` its
/// value.
///
/// ```
/// use umsoap::GetCallInfo;
/// let request = GetCallInfo::new("a&b");
/// let call_id = request.call_id();
/// assert!(call_id == "a&b" && call_id.to_string() == "a&b");
/// ```
#[derive(Clone, Copy)]
pub struct CallId<'a> {
    raw: &'a [u8],
    known: Known,
}

/// The knowledge about the raw bytes of a CallId.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    /// The bytes have been checked. They may have references, CDATA sections and comments.
    Checked,
    /// The bytes are the value.
    Plain,
    /// The bytes are the value, in ASCII from the blank on, without `&`, `<` and `>`. They can be written as they are.
    Printable,
}

impl<'a> CallId<'a> {
    /// Returns a value for writing.
    pub(crate) const fn new(value: &'a str) -> Self {
        let raw = value.as_bytes();
        Self { raw, known: if scan::is_printable(raw) { Known::Printable } else { Known::Plain } }
    }

    pub(crate) const fn read(raw: &'a [u8]) -> Self {
        Self { raw, known: Known::Checked }
    }

    /// Returns a CallId that was read, whose bytes are known to be its value and printable.
    pub(crate) const fn plain(raw: &'a [u8]) -> Self {
        Self { raw, known: Known::Printable }
    }

    #[inline(always)]
    const fn is_verbatim(&self) -> bool {
        !matches!(self.known, Known::Checked)
    }

    /// Returns the bytes between the tags, a slice of the input. For a CallId that was made for writing, it returns the
    /// value. The bytes have been checked to be UTF-8 and legal. One value can be written in many ways: see
    /// [`value_bytes`](Self::value_bytes).
    #[inline]
    pub const fn as_raw_bytes(&self) -> &'a [u8] {
        self.raw
    }

    /// Returns [`as_raw_bytes`](Self::as_raw_bytes) as a string. Complexity: O(its length), since safe code has to
    /// check again that the bytes are UTF-8.
    #[inline]
    pub const fn as_raw(&self) -> &'a str {
        text::str_of(self.raw)
    }

    /// Returns the value, if the raw bytes are the value: they have no reference, CR, CDATA section or comment.
    /// Complexity: O(its length), as for [`as_raw`](Self::as_raw).
    #[inline]
    pub fn as_str(&self) -> Option<&'a str> {
        if self.is_verbatim() { Some(self.as_raw()) } else { self.text().as_str() }
    }

    /// Returns the bytes of the value, if the raw bytes are the value, as they nearly always are. These are the bytes
    /// to compare, to hash, or to look up. Otherwise [`text`](Self::text) returns the value.
    #[inline]
    pub fn value_bytes(&self) -> Option<&'a [u8]> {
        if self.is_verbatim() { Some(self.raw) } else { self.as_str().map(str::as_bytes) }
    }

    /// Returns the value as a text, whose characters can be walked without a copy.
    pub const fn text(&self) -> Text<'a> {
        if self.is_verbatim() { Text::new(self.as_raw()) } else { Text::content(self.raw) }
    }

    /// Decodes the value as base64 into the beginning of `out` (RFC 4648 section 4: padded, canonical, no white space).
    /// Base64 is a habit of the real server, not a rule of the protocol. 384 bytes are enough for any CallId.
    ///
    /// # Errors
    /// Returns `Base64Alphabet`, `Base64Padding` or `Base64Tail` with the position in the value in bytes, or
    /// `BufferTooSmall`.
    pub fn decode<'b>(&self, out: &'b mut [u8]) -> Result<&'b mut [u8], Error> {
        let refused = |(kind, at)| Error::new(kind, at, None);
        if let Some(value) = self.value_bytes() {
            return base64::decode(value, out).map_err(refused);
        }
        base64::decode(self.resolved(&mut [0; MAX_VALUE_BYTES]).as_bytes(), out).map_err(refused)
    }

    /// Copies the value into the beginning of `out` and returns the copy. 2,048 bytes are enough for any CallId that
    /// was read: 512 characters of at most 4 bytes.
    ///
    /// ```
    /// use umsoap::GetCallInfo;
    /// let mut buffer = [0; 2048];
    /// let id = GetCallInfo::new("MDlk").call_id();
    /// assert_eq!(id.copy_to(&mut buffer)?, "MDlk");
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns `BufferTooSmall` with the length of the value. Nothing is written then.
    pub fn copy_to<'b>(&self, out: &'b mut [u8]) -> Result<&'b str, Error> {
        let text = self.text();
        let needed = match self.value_bytes() {
            Some(value) => value.len(),
            None => text.chars().fold(0, |sum: usize, c| sum.saturating_add(c.len_utf8())),
        };
        let out = out.get_mut(..needed).ok_or(Error::too_small(needed))?;
        Ok(text.copy_to(out))
    }

    /// Returns the value of a CallId that was read and has references, CDATA sections, comments or a CR.
    fn resolved<'b>(&self, buffer: &'b mut [u8; MAX_VALUE_BYTES]) -> &'b str {
        self.text().copy_to(buffer)
    }
}

/// Returns the server name in a decoded CallId of the form `GUID@host`, which is a habit of the real server.
///
/// **Never connect to this name.** The client can choose it. Look it up in a list of your own servers.
///
/// ```
/// assert_eq!(umsoap::um_server(b"09df9edc-4e23-4709-bdaf-7be20cb0ae56@um.example.com"), Some("um.example.com"));
/// assert_eq!(umsoap::um_server(b"um.example.com"), None);
/// ```
pub fn um_server(decoded: &[u8]) -> Option<&str> {
    let (guid, host) = core::str::from_utf8(decoded).ok()?.split_once('@')?;
    // A GUID has 8-4-4-4-12 hexadecimal digits. A host name has at most 253 characters (RFC 1035).
    let hex = |(at, b): (usize, u8)| match at {
        8 | 13 | 18 | 23 => b == b'-',
        _ => b.is_ascii_hexdigit(),
    };
    let label = |l: &str| {
        (1..=63).contains(&l.len())
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    (guid.len() == 36 && guid.bytes().enumerate().all(hex) && host.len() <= 253 && host.split('.').all(label))
        .then_some(host)
}

impl fmt::Display for CallId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text().fmt(f)
    }
}

impl fmt::Debug for CallId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CallId({} bytes)", self.raw.len())
    }
}

/// Compares the values.
impl PartialEq for CallId<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self.is_verbatim(), other.is_verbatim()) {
            (true, true) => self.raw == other.raw,
            _ => self.text() == other.text(),
        }
    }
}

impl Eq for CallId<'_> {}

/// Compares the values, in the order of their characters.
impl Ord for CallId<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.is_verbatim(), other.is_verbatim()) {
            // The order of UTF-8 bytes is the order of the characters.
            (true, true) => self.raw.cmp(other.raw),
            _ => self.text().chars().cmp(other.text().chars()),
        }
    }
}

impl PartialOrd for CallId<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Hashes the value. Thus two CallIds with one value have one hash, however they are written.
impl Hash for CallId<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // The value is hashed in one piece, however it is written, since a hasher may tell pieces apart.
        match self.value_bytes() {
            Some(value) => value.hash(state),
            None => self.resolved(&mut [0; MAX_VALUE_BYTES]).as_bytes().hash(state),
        }
    }
}

/// Compares the value.
impl PartialEq<str> for CallId<'_> {
    fn eq(&self, other: &str) -> bool {
        if self.is_verbatim() { self.raw == other.as_bytes() } else { self.text() == *other }
    }
}

/// Compares the value.
impl PartialEq<&str> for CallId<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl<'a> Field<'a> for CallId<'a> {
    const SIMPLE: Simple = Simple::String { least: 1, most: MAX_CALL_ID_CHARS as u16 };
    const IS_CALL_ID: bool = true;

    fn found(text: Option<&'a [u8]>, _: u8) -> Self {
        Self::read(text.unwrap_or_default())
    }

    #[inline(always)]
    fn usual(text: &'a [u8], printable: bool) -> Option<Self> {
        Some(if printable { Self::plain(text) } else { Self::read(text) })
    }

    fn text(&self) -> Option<Text<'a>> {
        Some(Self::text(self))
    }
}

impl<'a> CallId<'a> {
    /// Returns the CallId as it is written, if it is ASCII from the blank on, without `&`, `<` and `>`, and neither
    /// empty nor too long. Most CallIds are.
    pub(crate) fn printable(&self) -> Option<&'a [u8]> {
        let is_printable = self.known == Known::Printable || scan::is_printable(self.raw);
        let fits = !self.raw.is_empty() && self.raw.len() <= MAX_CALL_ID_CHARS;
        (fits && is_printable).then_some(self.raw)
    }
}

impl<'a> Field<'a> for bool {
    const SIMPLE: Simple = Simple::Boolean;

    fn found(_: Option<&'a [u8]>, mark: u8) -> Self {
        mark != 0
    }

    fn usual(text: &'a [u8], _: bool) -> Option<Self> {
        schema::boolean(text)
    }

    fn text(&self) -> Option<Text<'a>> {
        Some(Text::new(if *self { "true" } else { "false" }))
    }

    fn mark(&self) -> u8 {
        u8::from(*self)
    }
}

/// A string whose length the schema does not bound. [`Limits::text_bytes`](crate::Limits::text_bytes) bounds it.
impl<'a> Field<'a> for Text<'a> {
    const SIMPLE: Simple = Simple::String { least: 1, most: u16::MAX };

    fn found(text: Option<&'a [u8]>, _: u8) -> Self {
        Text::content(text.unwrap_or_default())
    }

    fn usual(text: &'a [u8], _: bool) -> Option<Self> {
        Some(Text::content(text))
    }

    fn text(&self) -> Option<Self> {
        Some(*self)
    }
}

/// A string that may be absent or empty. Both are different values.
impl<'a> Field<'a> for Option<Text<'a>> {
    const SIMPLE: Simple = Simple::String { least: 0, most: u16::MAX };
    const IS_OPTIONAL: bool = true;

    fn found(text: Option<&'a [u8]>, _: u8) -> Self {
        text.map(Text::content)
    }

    fn usual(text: &'a [u8], _: bool) -> Option<Self> {
        Some(Some(Text::content(text)))
    }

    fn text(&self) -> Self {
        *self
    }
}

/// The identifier of a folder, and whether the element had the second of its two documented names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FolderId<'a> {
    pub(crate) text: Text<'a>,
    pub(crate) has_second_name: bool,
}

impl<'a> FolderId<'a> {
    pub(crate) const fn new(value: &'a str) -> Self {
        Self { text: Text::new(value), has_second_name: false }
    }
}

impl<'a> Field<'a> for FolderId<'a> {
    const SIMPLE: Simple = Text::SIMPLE;

    fn found(text: Option<&'a [u8]>, mark: u8) -> Self {
        Self { text: Text::found(text, 0), has_second_name: mark != 0 }
    }

    fn usual(text: &'a [u8], _: bool) -> Option<Self> {
        Some(Self { text: Text::content(text), has_second_name: false })
    }

    fn text(&self) -> Option<Text<'a>> {
        Some(self.text)
    }

    fn mark(&self) -> u8 {
        u8::from(self.has_second_name)
    }
}

/// Returns the number of characters that a piece of checked text adds to a CallId. A CR LF is one character, and `cr`
/// says whether the piece before ended in CR. Also returns the position of the first character that exceeds `room`.
pub(crate) fn count_chars(piece: &[u8], cr: &mut bool, room: usize) -> (usize, Option<usize>) {
    if scan::printable(piece, 0) == piece.len() && piece.len() <= room {
        *cr &= piece.is_empty();
        return (piece.len(), None);
    }
    // Whole pieces are counted without branches. Only a piece that is too long, or has a CR, is walked again.
    let (continuations, returns) = piece
        .iter()
        .fold((0_usize, *cr), |(n, r), &b| (n.wrapping_add(usize::from(b & 0xC0 == 0x80)), r | (b == b'\r')));
    if !returns && piece.len().saturating_sub(continuations) <= room {
        return (piece.len().saturating_sub(continuations), None);
    }
    let mut count = 0_usize;
    for (at, &b) in piece.iter().enumerate() {
        let counts = b & 0xC0 != 0x80 && !(b == b'\n' && *cr);
        *cr = b == b'\r';
        if counts {
            if count == room {
                return (count, Some(at));
            }
            count = count.saturating_add(1);
        }
    }
    (count, None)
}

/// Compares counts and words with a walk over the characters.
#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "a test may panic")]
mod tests {
    use std::string::String;
    use std::{format, vec};

    use super::*;

    /// Returns the number of characters that a piece adds, the position of the first one too many, and whether the
    /// piece ended in CR.
    fn counted(piece: &str, mut cr: bool, room: usize) -> (usize, Option<usize>, bool) {
        let mut count = 0;
        for (at, c) in piece.char_indices() {
            if !(c == '\n' && cr) {
                if count == room {
                    return (count, Some(at), false);
                }
                count += 1;
            }
            cr = c == '\r';
        }
        (count, None, cr)
    }

    #[track_caller]
    fn compare(piece: &str, room: usize) {
        for before in [false, true] {
            let (count, over, ended) = counted(piece, before, room);
            let mut cr = before;
            assert_eq!(
                count_chars(piece.as_bytes(), &mut cr, room),
                (count, over),
                "{piece:?} {before} {room}"
            );
            // After a character that is too many, `cr` has no meaning.
            assert!(over.is_some() || cr == ended, "{piece:?} {before} {room}");
        }
    }

    #[test]
    fn every_short_piece() {
        let letters = ['a', ' ', '&', '\r', '\n', '\u{7F}', 'é', '€', '😀'];
        let mut pieces = vec![String::new()];
        for length in 0..=4 {
            pieces.iter().for_each(|piece| (0..=length + 1).for_each(|room| compare(piece, room)));
            let longer = |piece: &String| letters.map(|c| format!("{piece}{c}"));
            pieces = pieces.iter().flat_map(longer).collect();
        }
    }

    #[test]
    fn a_character_at_every_place_of_every_length() {
        for length in 1..=130 {
            for place in 0..length {
                for c in ["\r", "\n", "\r\n", "é", "😀", "<", "x"] {
                    let piece = format!("{}{c}{}", "x".repeat(place), "x".repeat(length - place - 1));
                    (length.saturating_sub(2)..=length + 2).for_each(|room| compare(&piece, room));
                }
            }
        }
    }
}

//! The types of the values that messages hold, except the CallId: words, booleans, texts, identifiers of folders.
//!
//! `usual` of words is inlined into the recogniser.

use core::fmt;

use crate::base::error::Error;
use crate::service::schema::{self, Simple};
use crate::xml::scan;
use crate::xml::text::Text;

/// A Rust type that holds the value of a child.
pub(crate) trait Field<'a>: Sized {
    const SIMPLE: Simple;
    const IS_OPTIONAL: bool = false;
    const IS_CALL_ID: bool = false;

    /// Returns the value of a child that was read. `text` is the checked raw text of a string, if the child stood in
    /// the message. `mark` is the mark of the child.
    fn found(text: Option<&'a [u8]>, mark: u8) -> Self;

    /// Returns the value for ASCII text without `&`, `<` and `>`, whose length is within the bounds of a string. If
    /// `printable`, the text is known to have no control character. Returns `None` if the text is not a value of this type.
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

/// A string that may be absent or empty. An absent string and an empty string are different values.
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

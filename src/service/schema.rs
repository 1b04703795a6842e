//! The descriptions of messages by the schema, and the rules that they give for the tags of a message.
//!
//! This file knows no operation by name: [`operations`](crate::service::operations) has the table. The caller passes a
//! row, so that one reader serves all messages.

use crate::base::error::{ElementNumber, ErrorKind};
use crate::base::version::MessagesNamespace;
use crate::xml::namespace::Uri;
use crate::xml::text;

/// The most children that a message has: the five settings of GetUMPropertiesResponse.
pub(crate) const MAX_CHILDREN: usize = 5;

/// A simple type of XML Schema, as far as the service uses them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Simple {
    /// An `xs:string` whose number of Unicode characters has bounds.
    String { least: u16, most: u16 },
    /// An enumeration of `xs:string`, whose values are these words.
    Words(&'static [&'static str]),
    /// An `xs:boolean`.
    Boolean,
}

/// A child of a message: an element that holds one value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Child {
    pub(crate) name: &'static str,
    /// A second spelling of the name, which is read, too.
    pub(crate) second_name: Option<&'static str>,
    pub(crate) simple: Simple,
    pub(crate) is_optional: bool,
    /// Set if the value is the identifier of a call.
    pub(crate) is_call_id: bool,
}

impl Child {
    /// Lets the string of this child be empty.
    pub(crate) const fn may_be_empty(mut self) -> Self {
        if let Simple::String { most, .. } = self.simple {
            self.simple = Simple::String { least: 0, most };
        }
        self
    }
}

/// A message: the element in Body and its children, in the order of the schema.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// Set if the children are written inside one more element of the message's own name. They are read without that
    /// element, too.
    pub(crate) is_nested: bool,
    /// The names of a first child. A message of EWS with the name of this message is recognised by such a first child.
    pub(crate) ews_children: &'static [&'static str],
    pub(crate) children: &'static [Child],
}

/// The position of an open element in a message. It takes one byte, since a decoder keeps the position of each open
/// element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level(u8);

impl Simple {
    /// Returns whether an ASCII text of this length is within the bounds of a string. It is inlined, since the bounds
    /// are constants of the caller.
    #[inline(always)]
    pub(crate) const fn admits(self, length: usize) -> bool {
        match self {
            Self::String { least, most } => least as usize <= length && length <= most as usize,
            Self::Words(_) | Self::Boolean => true,
        }
    }
}

impl Level {
    /// The element in Body.
    pub(crate) const ENTRY: Self = Self(u8::MAX);
    /// The inner element of the message's own name.
    const INNER: Self = Self(u8::MAX - 1);

    /// Returns the position of the child among the children of its message.
    #[inline]
    pub(crate) const fn child(self) -> Option<u8> {
        if self.0 < Self::INNER.0 { Some(self.0) } else { None }
    }
}

/// The part of a message of the table that was read.
#[derive(Clone, Copy)]
pub(crate) struct Progress {
    row: &'static Row,
    /// The number of the row in the table, or [`NO_MESSAGE`] while no message of the table was met.
    number: u8,
    uri: Uri,
    has_inner: bool,
    /// The position after the last child that began.
    next: u8,
    /// A bit for each child that began.
    begun: u8,
    /// The number of the word, the boolean, or the spelling of each child.
    marks: [u8; MAX_CHILDREN],
}

/// The number that no message has. A table has at most 31 messages.
const NO_MESSAGE: u8 = u8::MAX;
// Each child has a bit in `begun`.
const _: () = assert!(MAX_CHILDREN <= u8::BITS as usize);

/// A rule of the schema that is broken, and the element that the rule is about.
pub(crate) struct Offence {
    pub(crate) kind: ErrorKind,
    pub(crate) element: ElementNumber,
}

/// The number of element numbers for each message. The first five are for children, [`SECOND_NAME`] is for the child
/// that has a second name, and the last is for the message.
const PER_MESSAGE: u8 = 8;

/// The number, among the eight of a message, of a child that has the second of its two names. A message has one child
/// with two names at most. The numbers below this one are for children with their first name.
const SECOND_NAME: u8 = PER_MESSAGE - 2;
const _: () = assert!(MAX_CHILDREN <= SECOND_NAME as usize);

/// Returns the number of a child of a message, or of the message itself.
pub(crate) const fn element_number(message: u8, child: Option<u8>) -> ElementNumber {
    let child = match child {
        Some(child) => child,
        None => PER_MESSAGE - 1,
    };
    // A table of more messages than 31 does not compile.
    ElementNumber(message.wrapping_mul(PER_MESSAGE).wrapping_add(child))
}

/// Returns the name of an element by its number.
pub(crate) fn element_name(table: &[Row], number: ElementNumber) -> Option<&'static str> {
    let row = table.get(usize::from(number.0 / PER_MESSAGE))?;
    let place = number.0 % PER_MESSAGE;
    if place == SECOND_NAME {
        return row.children.iter().find_map(|child| child.second_name);
    }
    Some(row.children.get(usize::from(place)).map_or(row.name, |child| child.name))
}

impl Progress {
    pub(crate) const NOTHING: Self = Self {
        row: &Row { name: "", is_nested: false, ews_children: &[], children: &[] },
        number: NO_MESSAGE,
        uri: Uri::NONE,
        has_inner: false,
        next: 0,
        begun: 0,
        marks: [0; MAX_CHILDREN],
    };

    /// Returns the state after a message that was read as a whole.
    pub(crate) fn whole(
        table: &'static [Row],
        number: u8,
        namespace: MessagesNamespace,
        marks: [u8; MAX_CHILDREN],
    ) -> Self {
        let uri = match namespace {
            MessagesNamespace::Http => Uri::HTTP,
            MessagesNamespace::Https => Uri::HTTPS,
        };
        let row = table.get(usize::from(number)).unwrap_or(Self::NOTHING.row);
        Self { row, number, uri, marks, ..Self::NOTHING }
    }

    /// Returns the number of the message, if the body entry is one of the table.
    pub(crate) const fn message(&self) -> Option<u8> {
        if self.number == NO_MESSAGE { None } else { Some(self.number) }
    }

    pub(crate) const fn row(&self) -> &'static Row {
        self.row
    }

    pub(crate) const fn marks(&self) -> [u8; MAX_CHILDREN] {
        self.marks
    }

    pub(crate) const fn namespace(&self) -> Option<MessagesNamespace> {
        self.uri.messages()
    }

    /// Returns the row of the child at this level.
    #[inline]
    pub(crate) fn child_row(&self, level: Level) -> Option<&'static Child> {
        self.row.children.get(usize::from(level.child()?))
    }

    /// Returns the number of the element at this level, for an error.
    pub(crate) fn element(&self, level: Level) -> ElementNumber {
        self.number_of(level.child())
    }

    /// Returns the number of a child by the name that it had, or of the message itself.
    fn number_of(&self, child: Option<u8>) -> ElementNumber {
        let has_second_name = child.is_some_and(|n| {
            let n = usize::from(n);
            self.row.children.get(n).is_some_and(|child| child.second_name.is_some())
                && self.marks.get(n).is_some_and(|&mark| mark != 0)
        });
        element_number(self.number, if has_second_name { Some(SECOND_NAME) } else { child })
    }

    fn offence(&self, kind: ErrorKind, child: Option<u8>) -> Offence {
        Offence { kind, element: self.number_of(child) }
    }

    /// Enters the body entry, if it is a message of the table. Complexity: O(messages).
    pub(crate) fn enter(&mut self, table: &'static [Row], uri: Uri, local: &[u8]) -> Option<Level> {
        if !uri.is_messages() {
            return None;
        }
        let number = table.iter().position(|row| row.name.as_bytes() == local)?;
        (self.row, self.number, self.uri) = (table.get(number)?, number as u8, uri);
        Some(Level::ENTRY)
    }

    /// Enters an element below the body entry. The order, the number and the nesting of the children of all messages
    /// are judged here: `xs:sequence`, <https://www.w3.org/TR/xmlschema-1/#Model_Groups>.
    pub(crate) fn open(&mut self, parent: Level, uri: Uri, local: &[u8]) -> Result<Level, Offence> {
        if let Some(child) = parent.child() {
            return Err(self.offence(ErrorKind::ElementInText, Some(child)));
        }
        let row = self.row;
        let is_named = |name: &str| name.as_bytes() == local;
        let number =
            row.children.iter().position(|c| is_named(c.name) || c.second_name.is_some_and(is_named));
        let number = number.map(|number| number as u8);
        let is_inner = number.is_none() && row.is_nested && is_named(row.name);
        if !uri.is_messages() || (number.is_none() && !is_inner) {
            let is_ews =
                uri.is_messages() && self.next == 0 && row.ews_children.iter().any(|name| is_named(name));
            let kind = if is_ews { ErrorKind::EwsMessage } else { ErrorKind::UnexpectedChild };
            return Err(self.offence(kind, None));
        }
        // A broken rule names this element by the name that it has here, whatever name an earlier element had.
        let is_second_name =
            |n: u8| row.children.get(usize::from(n)).is_some_and(|child| !is_named(child.name));
        let child = number.map(|n| if is_second_name(n) { SECOND_NAME } else { n });
        let offence = |kind| Err(Offence { kind, element: element_number(self.number, child) });
        if self.uri != uri {
            return offence(ErrorKind::MixedNamespaces);
        }
        let Some(n) = number else {
            return match parent {
                Level::ENTRY if self.has_inner => Err(self.offence(ErrorKind::DuplicateChild, None)),
                Level::ENTRY if self.begun == 0 => {
                    self.has_inner = true;
                    Ok(Level::INNER)
                }
                _ => Err(self.offence(ErrorKind::ResponseNesting, None)),
            };
        };
        let bit = 1_u8.wrapping_shl(n.into());
        if parent == Level::ENTRY && self.has_inner {
            return Err(self.offence(ErrorKind::ResponseNesting, None));
        } else if self.begun & bit != 0 {
            return offence(ErrorKind::DuplicateChild);
        } else if n < self.next || self.first_missing(n).is_some() {
            return offence(ErrorKind::ChildOrder);
        }
        self.next = n.saturating_add(1);
        self.begun |= bit;
        if is_second_name(n) {
            self.mark(n, 1);
        }
        Ok(Level(n))
    }

    /// Returns the first missing child between the last child that began and `end`.
    fn first_missing(&self, end: u8) -> Option<u8> {
        let children = self.row.children.iter().enumerate();
        let mut gap = children.take(usize::from(end)).skip(usize::from(self.next));
        gap.find(|(_, child)| !child.is_optional).map(|(n, _)| n as u8)
    }

    /// Ends an element of the message. `word` is the text of an enumeration or a boolean, and `chars` the number of
    /// characters of a string.
    pub(crate) fn close(&mut self, level: Level, word: &Word, chars: usize) -> Result<(), Offence> {
        let (Some(n), Some(child)) = (level.child(), self.child_row(level)) else {
            return match self.first_missing(u8::MAX) {
                Some(missing) => Err(self.offence(ErrorKind::MissingChild, Some(missing))),
                None => Ok(()),
            };
        };
        let mark = match child.simple {
            Simple::String { least, .. } if chars < usize::from(least) => Err(ErrorKind::EmptyValue),
            Simple::String { .. } => return Ok(()),
            Simple::Words(words) => find_word(words, word.bytes()),
            Simple::Boolean => boolean(word.bytes()).map(u8::from).ok_or(ErrorKind::InvalidBoolean),
        };
        self.mark(n, mark.map_err(|kind| self.offence(kind, Some(n)))?);
        Ok(())
    }

    fn mark(&mut self, child: u8, mark: u8) {
        if let Some(place) = self.marks.get_mut(usize::from(child)) {
            *place = mark;
        }
    }
}

/// Returns the number of a word. The comparison is exact, with case and white space:
/// <https://www.w3.org/TR/xmlschema-2/#rf-enumeration>.
pub(crate) fn find_word(words: &[&str], word: &[u8]) -> Result<u8, ErrorKind> {
    if let Some(number) = words.iter().position(|w| w.as_bytes() == word) {
        return Ok(number as u8);
    }
    let trimmed = word.trim_ascii();
    if trimmed.len() < word.len() && words.iter().any(|w| w.as_bytes() == trimmed) {
        return Err(ErrorKind::EnumWhiteSpace);
    }
    let is_near = words.iter().any(|w| w.as_bytes().eq_ignore_ascii_case(word));
    Err(if is_near { ErrorKind::EnumCase } else { ErrorKind::UnknownWord })
}

/// Returns the value of an `xs:boolean`, whose white space collapses: <https://www.w3.org/TR/xmlschema-2/#boolean>.
pub(crate) fn boolean(word: &[u8]) -> Option<bool> {
    match word.trim_ascii() {
        b"true" | b"1" => Some(true),
        b"false" | b"0" => Some(false),
        _ => None,
    }
}

/// The text of an enumeration or a boolean, while it arrives in pieces. White space is folded to one blank, so that any
/// amount of it takes one byte.
#[derive(Clone, Copy)]
pub(crate) struct Word {
    /// The longest words take 12 bytes, and a blank on each side takes 2. A text with a 15th byte is no word.
    bytes: [u8; 14],
    length: u8,
    overflow: bool,
}

impl Word {
    pub(crate) const EMPTY: Self = Self { bytes: [0; 14], length: 0, overflow: false };

    pub(crate) fn push(&mut self, c: char) {
        let is_blank = text::is_space(c);
        let last = self.length.checked_sub(1).and_then(|at| self.bytes.get(usize::from(at))).copied();
        if is_blank && last == Some(b' ') {
            return;
        }
        match self.bytes.get_mut(usize::from(self.length)) {
            Some(place) if c.is_ascii() => {
                *place = if is_blank { b' ' } else { c as u8 };
                self.length = self.length.saturating_add(1);
            }
            _ => self.overflow = true,
        }
    }

    fn bytes(&self) -> &[u8] {
        if self.overflow { b"?" } else { self.bytes.get(..usize::from(self.length)).unwrap_or_default() }
    }
}

#[cfg(test)]
#[expect(clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use std::format;
    use std::string::String;

    use super::*;
    use crate::service::values::{CallState, Field};

    /// Reads a word in pieces. The amount of white space around a word does not change its verdict.
    #[test]
    fn words_in_white_space() {
        let Simple::Words(words) = CallState::SIMPLE else { panic!("an enumeration") };
        let judge = |text: &str| {
            let mut word = Word::EMPTY;
            text.chars().for_each(|c| word.push(c));
            find_word(words, word.bytes())
        };
        for (number, &word) in words.iter().enumerate() {
            assert_eq!(judge(word), Ok(number as u8));
            assert_eq!(word.parse(), Ok(CallState::ALL[number]));
            for blanks in [" ", "\t", "\n", "\r", "  ", " \r\n\t", &" ".repeat(40)] {
                for around in
                    [format!("{blanks}{word}"), format!("{word}{blanks}"), format!("{blanks}{word}{blanks}")]
                {
                    assert_eq!(judge(&around), Err(ErrorKind::EnumWhiteSpace), "{around:?}");
                }
            }
            for place in 0..word.len() {
                let mut other = String::from(word).into_bytes();
                if let Some(b) = other.get_mut(place) {
                    *b ^= 0x20;
                }
                assert_eq!(judge(text::str_of(&other)), Err(ErrorKind::EnumCase));
                let (head, tail) = word.split_at(place);
                for other in [
                    format!("{head}\0{tail}"),
                    format!("{head} {tail}"),
                    format!("{head}é{tail}"),
                    format!("{head}{tail}{word}"),
                ] {
                    let expected =
                        if other.trim() == word { ErrorKind::EnumWhiteSpace } else { ErrorKind::UnknownWord };
                    assert!(words.contains(&&*other) || judge(&other) == Err(expected), "{other:?}");
                }
            }
        }
    }
}

//! The operation GetCallInfo: both messages, their words and their CallId, read and written side by side.

use core::fmt;

use crate::base::error::{Error, ErrorKind};
use crate::base::version::MessagesNamespace;
use crate::base::write::Sink;
use crate::service::base64;
use crate::xml::scan;
use crate::xml::scope::Uri;
use crate::xml::text::{self, Text};

/// The most characters a CallId may have: MS-OXWUMS 3.1.4.3.2.1.
pub(crate) const MAX_CALL_ID_CHARS: usize = 512;

/// Around the namespace and the CallId.
pub(crate) const REQUEST: [&str; 3] = ["<GetCallInfo xmlns=\"", "\"><CallId>", "</CallId></GetCallInfo>"];
/// Around the namespace, the state and the cause.
pub(crate) const REPLY: [&str; 4] = [
    "<GetCallInfoResponse xmlns=\"",
    "\"><GetCallInfoResponse><CallState>",
    "</CallState><EventCause>",
    "</EventCause></GetCallInfoResponse></GetCallInfoResponse>",
];
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $table:ident, $count:literal, $unknown:ident: $($word:ident)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = concat!("`", stringify!($word), "`.")] $word,)*
        }

        /// The only place where the words stand.
        const $table: [(&str, $name); $count] = [$((stringify!($word), $name::$word),)*];

        impl $name {
            /// All values, in the schema's order.
            pub const ALL: [Self; $count] = [$(Self::$word,)*];

            /// The word, as the schema spells it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$word => stringify!($word),)* }
            }

            /// The value of a word, exactly as the schema spells it.
            #[inline]
            pub(crate) fn of(word: &[u8]) -> Option<Self> {
                $(if word == stringify!($word).as_bytes() {
                    return Some(Self::$word);
                })*
                None
            }
        }

        impl core::str::FromStr for $name {
            type Err = Error;

            /// # Errors
            #[doc = concat!("[`", stringify!($unknown), "`](ErrorKind::", stringify!($unknown),
                "), or `EnumWhiteSpace` or `EnumCase` for a word that is nearly right.")]
            fn from_str(word: &str) -> Result<Self, Error> {
                match_word(&$table, word.as_bytes(), ErrorKind::$unknown).map_err(|kind| Error::new(kind, 0, None))
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
    /// Only Connecting, Connected and Disconnected reach a client of the real service; all eight are read.
    CallState, CALL_STATES, 8, UnknownCallState:
    Idle Connecting Alerted Connected Disconnected Incoming Transferring Forwarding);
words!(
    /// Why a call was disconnected: `UMEventCause`, MS-OXWUMS 3.1.4.3.4.2. `None` for any other state.
    EventCause, EVENT_CAUSES, 5, UnknownEventCause:
    None UserBusy NoAnswer Unavailable Other);

/// Finds a word in its table: exact and case-sensitive, white space counts.
fn match_word<T: Copy>(table: &[(&str, T)], word: &[u8], unknown: ErrorKind) -> Result<T, ErrorKind> {
    if let Some(&(_, value)) = table.iter().find(|(w, _)| w.as_bytes() == word) {
        return Ok(value);
    }
    let trimmed = word.trim_ascii();
    if trimmed.len() < word.len() && table.iter().any(|(w, _)| w.as_bytes() == trimmed) {
        return Err(ErrorKind::EnumWhiteSpace);
    }
    let near = table.iter().any(|(w, _)| w.as_bytes().eq_ignore_ascii_case(word));
    Err(if near { ErrorKind::EnumCase } else { unknown })
}

/// The text of an enumeration's element, as it arrives. White space around a word is folded to one blank.
#[derive(Clone, Copy)]
pub(crate) struct Word {
    /// The longest words take 12 bytes, blanks around them 2; a 15th byte makes no word.
    bytes: [u8; 14],
    length: u8,
    overflow: bool,
}

impl Word {
    pub(crate) const EMPTY: Self = Self { bytes: [0; 14], length: 0, overflow: false };

    pub(crate) fn push(&mut self, c: char) {
        let blank = text::is_space(c);
        let last = self.length.checked_sub(1).and_then(|at| self.bytes.get(usize::from(at))).copied();
        if blank && last == Some(b' ') {
            return;
        }
        match self.bytes.get_mut(usize::from(self.length)) {
            Some(place) if c.is_ascii() => {
                *place = if blank { b' ' } else { c as u8 };
                self.length = self.length.saturating_add(1);
            }
            _ => self.overflow = true,
        }
    }

    fn bytes(&self) -> &[u8] {
        if self.overflow { b"?" } else { self.bytes.get(..usize::from(self.length)).unwrap_or_default() }
    }
}

/// An element of the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Request,
    CallId,
    Outer,
    Inner,
    CallState,
    EventCause,
}

/// What was read of the operation.
#[derive(Clone, Copy)]
pub(crate) struct Progress {
    variant: Option<Uri>,
    response: bool,
    call_id: bool,
    inner: bool,
    state: Option<CallState>,
    cause: Option<EventCause>,
    state_begun: bool,
    cause_begun: bool,
}

impl Progress {
    pub(crate) const NOTHING: Self = Self {
        variant: None,
        response: false,
        call_id: false,
        inner: false,
        state: None,
        cause: None,
        state_begun: false,
        cause_begun: false,
    };

    /// A whole operation: a request, or this reply.
    pub(crate) fn whole(namespace: MessagesNamespace, reply: Option<GetCallInfoResponse>) -> Self {
        let variant = Some(match namespace {
            MessagesNamespace::Http => Uri::HTTP,
            MessagesNamespace::Https => Uri::HTTPS,
        });
        let (state, cause) = (reply.map(|r| r.state), reply.map(|r| r.cause));
        Self { variant, response: reply.is_some(), state, cause, ..Self::NOTHING }
    }

    /// The body entry, if it is one of the operation's.
    pub(crate) fn entry(&mut self, uri: Uri, local: &[u8]) -> Option<Part> {
        let part = match local {
            b"GetCallInfo" if uri.is_messages() => Part::Request,
            b"GetCallInfoResponse" if uri.is_messages() => Part::Outer,
            _ => return None,
        };
        self.variant = Some(uri);
        self.response = part == Part::Outer;
        Some(part)
    }

    /// The name of the operation's element that was entered.
    pub(crate) const fn operation(&self) -> &'static str {
        if self.response { "GetCallInfoResponse" } else { "GetCallInfo" }
    }

    pub(crate) fn namespace(&self) -> Option<MessagesNamespace> {
        match self.variant {
            Some(Uri::HTTP) => Some(MessagesNamespace::Http),
            Some(Uri::HTTPS) => Some(MessagesNamespace::Https),
            _ => None,
        }
    }

    /// `GetCallInfo{ CallId }`, `GetCallInfoResponse{ GetCallInfoResponse?{ CallState, EventCause } }`
    pub(crate) fn child(&mut self, parent: Part, uri: Uri, local: &[u8]) -> Result<Part, ErrorKind> {
        if matches!(parent, Part::CallId | Part::CallState | Part::EventCause) {
            return Err(ErrorKind::ElementInText);
        }
        let response = matches!(local, b"GetCallInfoResponse" | b"CallState" | b"EventCause");
        let ours = if parent == Part::Request { local == b"CallId" } else { response };
        if !ours || !uri.is_messages() {
            return Err(ErrorKind::UnexpectedChild);
        }
        if self.variant != Some(uri) {
            return Err(ErrorKind::MixedNamespaces);
        }
        match (parent, local) {
            (Part::Request, _) if self.call_id => Err(ErrorKind::DuplicateChild),
            (Part::Request, _) => {
                self.call_id = true;
                Ok(Part::CallId)
            }
            (Part::Outer, b"GetCallInfoResponse") if self.inner => Err(ErrorKind::DuplicateChild),
            (Part::Inner, b"GetCallInfoResponse") => Err(ErrorKind::ResponseNesting),
            (Part::Outer, b"GetCallInfoResponse") if self.state_begun => Err(ErrorKind::ResponseNesting),
            (Part::Outer, b"GetCallInfoResponse") => {
                self.inner = true;
                Ok(Part::Inner)
            }
            (Part::Outer, _) if self.inner => Err(ErrorKind::ResponseNesting),
            (_, b"CallState") if self.state_begun => Err(ErrorKind::DuplicateChild),
            (_, b"CallState") => {
                self.state_begun = true;
                Ok(Part::CallState)
            }
            _ if self.cause_begun => Err(ErrorKind::DuplicateChild),
            _ if !self.state_begun => Err(ErrorKind::ChildOrder),
            _ => {
                self.cause_begun = true;
                Ok(Part::EventCause)
            }
        }
    }

    /// The end of an element; `word` is its text, `chars` the characters of a CallId.
    pub(crate) fn close(&mut self, part: Part, word: &Word, chars: usize) -> Result<(), ErrorKind> {
        match part {
            Part::CallId if chars == 0 => return Err(ErrorKind::EmptyCallId),
            Part::CallState => {
                self.state = Some(match_word(&CALL_STATES, word.bytes(), ErrorKind::UnknownCallState)?);
            }
            Part::EventCause => {
                self.cause = Some(match_word(&EVENT_CAUSES, word.bytes(), ErrorKind::UnknownEventCause)?);
            }
            Part::Request if !self.call_id => return Err(ErrorKind::MissingCallId),
            Part::Outer | Part::Inner if !self.state_begun => return Err(ErrorKind::MissingCallState),
            Part::Outer | Part::Inner if !self.cause_begun => return Err(ErrorKind::MissingEventCause),
            Part::CallId | Part::Request | Part::Outer | Part::Inner => {}
        }
        Ok(())
    }

    pub(crate) fn response(&self) -> Option<GetCallInfoResponse> {
        Some(GetCallInfoResponse { state: self.state?, cause: self.cause? })
    }
}

/// The identifier of a call, as PlayOnPhone returned it: `xs:string` of 1 to 512 characters.
///
/// It is a bearer handle: do not log it whole. `Debug` prints only its length; `Display` prints the value.
#[derive(Clone, Copy)]
pub struct CallId<'a> {
    raw: &'a [u8],
    known: Known,
}

/// What is known of raw bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    /// They have been checked.
    Checked,
    /// They are the value.
    Plain,
    /// They are the value, in ASCII from the blank on, without `&`, `<` and `>`: it can be written as it is.
    Printable,
}

impl<'a> CallId<'a> {
    pub(crate) const fn read(raw: &'a [u8]) -> Self {
        Self { raw, known: Known::Checked }
    }

    /// One whose bytes are known to be its value.
    pub(crate) const fn plain(raw: &'a [u8]) -> Self {
        Self { raw, known: Known::Printable }
    }

    #[inline(always)]
    const fn is_plain(&self) -> bool {
        !matches!(self.known, Known::Checked)
    }

    /// The very bytes between the tags, a slice of the input; of one made for writing, the value. They have been
    /// checked to be UTF-8, and legal. A value can be written in many ways: see [`value_bytes`](Self::value_bytes).
    #[inline]
    pub const fn as_raw_bytes(&self) -> &'a [u8] {
        self.raw
    }

    /// The same as a string. Complexity: O(its length), since safe code checks once more that bytes are UTF-8.
    #[inline]
    pub const fn as_raw(&self) -> &'a str {
        text::str_of(self.raw)
    }

    /// The value, when the raw bytes are the value: without reference, CR, CDATA section, comment. Complexity: as
    /// [`as_raw`](Self::as_raw).
    #[inline]
    pub fn as_str(&self) -> Option<&'a str> {
        if self.is_plain() { Some(self.as_raw()) } else { self.text().as_str() }
    }

    /// The bytes of the value, when the raw bytes are the value, as nearly always: what to compare, to hash, or to look
    /// up. Otherwise the value is that of [`text`](Self::text).
    #[inline]
    pub fn value_bytes(&self) -> Option<&'a [u8]> {
        if self.is_plain() { Some(self.raw) } else { self.as_str().map(str::as_bytes) }
    }

    /// The value as a text, whose characters can be walked without a copy.
    pub const fn text(&self) -> Text<'a> {
        if self.is_plain() { Text::new(self.as_raw()) } else { Text::content(self.raw) }
    }

    /// Decodes the value as base64 (RFC 4648 section 4: padded, canonical, no white space) into the
    /// beginning of `out`. Base64 is a habit of the real server, not a rule of the protocol. 384 bytes are
    /// enough for any CallId.
    ///
    /// # Errors
    /// `Base64Alphabet`, `Base64Padding`, `Base64Tail` with the position in the value in bytes;
    /// `BufferTooSmall`.
    pub fn decode<'b>(&self, out: &'b mut [u8]) -> Result<&'b mut [u8], Error> {
        let refused = |(kind, at)| Error::new(kind, at, None);
        if let Some(value) = self.value_bytes() {
            return base64::decode(value, out).map_err(refused);
        }
        // A value with references: at most 512 characters of at most 4 bytes.
        let mut value = [0; MAX_CALL_ID_CHARS * 4];
        let mut length = 0_usize;
        for c in self.text().chars() {
            let next = length.saturating_add(c.len_utf8());
            let Some(to) = value.get_mut(length..next) else { break };
            c.encode_utf8(to);
            length = next;
        }
        base64::decode(value.get(..length).unwrap_or_default(), out).map_err(refused)
    }
}

/// The server name in a decoded CallId of the form `GUID@host`: the real server's habit.
///
/// **Never connect to this name.** It comes from the client; look it up in a list of your own servers.
///
/// ```
/// assert_eq!(umsoap::um_server(b"09df9edc-4e23-4709-bdaf-7be20cb0ae56@um.example.com"), Some("um.example.com"));
/// assert_eq!(umsoap::um_server(b"um.example.com"), None);
/// ```
pub fn um_server(decoded: &[u8]) -> Option<&str> {
    let (guid, host) = core::str::from_utf8(decoded).ok()?.split_once('@')?;
    // 8-4-4-4-12 hexadecimal digits; RFC 1035: a host name has at most 253 characters.
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

/// By value.
impl PartialEq for CallId<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self.is_plain(), other.is_plain()) {
            (true, true) => self.raw == other.raw,
            _ => self.text() == other.text(),
        }
    }
}

impl Eq for CallId<'_> {}

/// The request: which call is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetCallInfo<'a> {
    call_id: CallId<'a>,
}

impl<'a> GetCallInfo<'a> {
    /// A request for writing; `call_id` is the value, of 1 to 512 characters.
    pub const fn new(call_id: &'a str) -> Self {
        let raw = call_id.as_bytes();
        Self {
            call_id: CallId {
                raw,
                known: if scan::is_printable(raw) { Known::Printable } else { Known::Plain },
            },
        }
    }

    pub(crate) const fn read(call_id: CallId<'a>) -> Self {
        Self { call_id }
    }

    /// The identifier of the call.
    #[inline]
    pub const fn call_id(&self) -> CallId<'a> {
        self.call_id
    }

    pub(crate) fn write(&self, namespace: &str, out: &mut impl Sink) -> Result<(), (ErrorKind, usize)> {
        let text = self.call_id.text();
        let most = MAX_CALL_ID_CHARS.saturating_add(1);
        let count = match text.as_str() {
            Some(value) => value.chars().take(most).count(),
            None => text.chars().take(most).count(),
        };
        if count == 0 || count > MAX_CALL_ID_CHARS {
            return Err((ErrorKind::UnwritableCallId, 0));
        }
        let [before, between, after] = REQUEST;
        out.put(before.as_bytes());
        out.put(namespace.as_bytes());
        out.put(between.as_bytes());
        text::escape(&text, out)?;
        out.put(after.as_bytes());
        Ok(())
    }

    /// The CallId as it is written, if it is of ASCII from the blank on, without `&`, `<` and `>`, and neither empty nor
    /// too long: most are.
    pub(crate) fn plain(&self) -> Option<&'a [u8]> {
        let raw = self.call_id.raw;
        let printable = self.call_id.known == Known::Printable || scan::is_printable(raw);
        let plain = !raw.is_empty() && raw.len() <= MAX_CALL_ID_CHARS && printable;
        plain.then_some(raw)
    }
}

/// The reply: what the call is doing, and why it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetCallInfoResponse {
    state: CallState,
    cause: EventCause,
}

impl GetCallInfoResponse {
    /// A reply for writing.
    pub const fn new(state: CallState, cause: EventCause) -> Self {
        Self { state, cause }
    }

    /// What the call is doing.
    #[inline]
    pub const fn call_state(&self) -> CallState {
        self.state
    }

    /// Why it was disconnected.
    pub const fn event_cause(&self) -> EventCause {
        self.cause
    }

    pub(crate) fn write(&self, namespace: &str, out: &mut impl Sink) {
        let pieces = [namespace, self.state.as_str(), self.cause.as_str(), ""];
        for (before, piece) in REPLY.into_iter().zip(pieces) {
            out.put(before.as_bytes());
            out.put(piece.as_bytes());
        }
    }
}

/// How many characters a piece of checked text adds to a CallId; a CR LF is one. `cr`: the piece before
/// ended in CR. Also where the character stands that is one too many for `room`.
pub(crate) fn count_chars(piece: &[u8], cr: &mut bool, room: usize) -> (usize, Option<usize>) {
    if scan::printable(piece, 0) == piece.len() && piece.len() <= room {
        *cr &= piece.is_empty();
        return (piece.len(), None);
    }
    // Without branches: whole pieces are counted, and only one that is too long is walked again.
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

/// Counts and words against what the characters say.
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "a test may panic")]
mod tests {
    use std::string::String;
    use std::vec::Vec;
    use std::{format, vec};

    use super::*;

    /// How many characters a piece adds, the position of the one that is too many, and whether it ended in CR.
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
            // Behind a character that is too many nothing is counted.
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

    /// A text of a word in pieces: white space around a word does not matter to its kind, however much there is of it.
    #[test]
    fn words_in_white_space() {
        let judge = |text: &str| {
            let mut word = Word::EMPTY;
            text.chars().for_each(|c| word.push(c));
            match_word(&CALL_STATES, word.bytes(), ErrorKind::UnknownCallState)
        };
        let known: Vec<&str> = CALL_STATES.iter().map(|(word, _)| *word).collect();
        for (word, value) in CALL_STATES {
            assert_eq!(judge(word), Ok(value));
            assert_eq!(word.parse::<CallState>().unwrap(), value);
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
                    let expected = if other.trim() == word {
                        ErrorKind::EnumWhiteSpace
                    } else {
                        ErrorKind::UnknownCallState
                    };
                    assert!(known.contains(&&*other) || judge(&other) == Err(expected), "{other:?}");
                }
            }
        }
    }
}

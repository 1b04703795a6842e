//! One piece of markup as spans: the resumable lexer of start tags, and walks over checked markup.

#![expect(clippy::arithmetic_side_effects, reason = "positions lie inside a slice, so they cannot overflow")]

use crate::chars::{self, NAME, NAME_START, SPACE, VALUE};
use crate::error::{ErrorKind, Stop, stop};
use crate::scan::{self, Sequence};
use crate::text::{Reference, Text};

/// What the lexer of a start tag waits for.
#[derive(Clone, Copy, Debug)]
enum Phase {
    /// The name of the element (or an attribute); where it begins.
    Name {
        start: usize,
        attribute: bool,
    },
    /// White space was seen, or not: an attribute, `/` or `>`.
    Between {
        space: bool,
    },
    Equals,
    Quote,
    Value(u8),
    Reference {
        start: usize,
        quote: u8,
        reference: Reference,
    },
    Slash,
}

/// How much of the limits a start tag may use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    pub(crate) tag: usize,
    pub(crate) name: usize,
    pub(crate) attributes: usize,
}

/// Lexes a start tag from its `<` on, resumably: `STag ::= '<' QName (S Attribute)* S? '>'`,
/// <https://www.w3.org/TR/xml-names/#NT-STag>. No byte is read twice, but for a character cut at the end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TagLexer {
    phase: Phase,
    at: usize,
    /// In a name: where its colon stands.
    colon: Option<usize>,
    attributes: usize,
}

impl TagLexer {
    pub(crate) const fn new() -> Self {
        Self { phase: Phase::Name { start: 1, attribute: false }, at: 1, colon: None, attributes: 0 }
    }

    pub(crate) const fn attributes(&self) -> usize {
        self.attributes
    }

    /// Goes on in `tag`, all that is there of it. `Some(length)` when it is complete.
    pub(crate) fn lex(&mut self, tag: &[u8], room: Room) -> Result<Option<usize>, Stop> {
        let cut = tag.len() > room.tag;
        let window = tag.get(..room.tag).unwrap_or(tag);
        match self.within(window, room)? {
            None if cut => stop(ErrorKind::TagTooLong, room.tag),
            done => Ok(done),
        }
    }

    fn within(&mut self, tag: &[u8], room: Room) -> Result<Option<usize>, Stop> {
        while let Some(&b) = tag.get(self.at) {
            match self.phase {
                Phase::Name { start, attribute } => {
                    if !self.name(tag, start, attribute, room)? {
                        return Ok(None);
                    }
                }
                Phase::Between { space } => match b {
                    b'>' => return Ok(Some(self.at + 1)),
                    b'/' => self.next(Phase::Slash),
                    _ if chars::is(b, SPACE) => {
                        self.at = scan::run(tag, self.at, SPACE);
                        self.phase = Phase::Between { space: true };
                    }
                    _ if self.attributes >= room.attributes && space => {
                        return stop(ErrorKind::TooManyAttributes, self.at);
                    }
                    _ if space => {
                        self.attributes += 1;
                        self.colon = None;
                        self.phase = Phase::Name { start: self.at, attribute: true };
                    }
                    _ => return self.unexpected(tag, ErrorKind::MissingWhiteSpace),
                },
                Phase::Slash if b == b'>' => return Ok(Some(self.at + 1)),
                Phase::Slash => return self.unexpected(tag, ErrorKind::MalformedTagEnd),
                Phase::Equals | Phase::Quote if chars::is(b, SPACE) => {
                    self.at = scan::run(tag, self.at, SPACE)
                }
                Phase::Equals if b == b'=' => self.next(Phase::Quote),
                Phase::Equals => return self.unexpected(tag, ErrorKind::MissingEquals),
                Phase::Quote if matches!(b, b'"' | b'\'') => self.next(Phase::Value(b)),
                Phase::Quote => return self.unexpected(tag, ErrorKind::MissingQuote),
                Phase::Value(quote) => {
                    self.at = scan::run(tag, self.at, VALUE);
                    match tag.get(self.at) {
                        None => return Ok(None),
                        Some(&b) if b == quote => self.next(Phase::Between { space: false }),
                        Some(b'"' | b'\'') => self.at += 1,
                        Some(b'<') => return stop(ErrorKind::LessThanInAttribute, self.at),
                        Some(b'&') => {
                            let reference = Reference::Start;
                            self.next(Phase::Reference { start: self.at, quote, reference });
                        }
                        Some(_) => match character(tag, self.at)? {
                            Some((_, length)) => self.at += length,
                            None => return Ok(None),
                        },
                    }
                }
                Phase::Reference { start, quote, mut reference } => match reference.step(b) {
                    Ok(None) => self.next(Phase::Reference { start, quote, reference }),
                    Ok(Some(_)) => self.next(Phase::Value(quote)),
                    Err(kind) => return character_or_from(tag, self.at, kind, start),
                },
            }
        }
        Ok(None)
    }

    fn next(&mut self, phase: Phase) {
        self.at += 1;
        self.phase = phase;
    }

    /// Refuses the byte that stands here: as a character that XML does not allow, if it is one.
    fn unexpected(&self, tag: &[u8], kind: ErrorKind) -> Result<Option<usize>, Stop> {
        match tag.get(self.at) {
            Some(&b) if b < 0x80 || scan::is_lead(b) => character_or(tag, self.at, kind),
            _ => stop(ErrorKind::InvalidUtf8, self.at),
        }
    }

    /// `QName ::= (NCName ':')? NCName`; true when the name has ended.
    fn name(&mut self, tag: &[u8], start: usize, attribute: bool, room: Room) -> Result<bool, Stop> {
        let most = if attribute { usize::MAX } else { start + room.name };
        loop {
            let part = self.colon.map_or(start, |colon| colon + 1);
            let mut end = if self.at == part { part } else { scan::run(tag, self.at, NAME) };
            if end == part && tag.get(end).is_some_and(|&b| chars::is(b, NAME_START)) {
                end = scan::run(tag, part, NAME);
            }
            if end > most {
                return stop(ErrorKind::NamesTooLong, most);
            }
            self.at = end;
            let Some(&b) = tag.get(end) else { return Ok(false) };
            let ends = chars::is(b, SPACE) || if attribute { b == b'=' } else { matches!(b, b'/' | b'>') };
            if end >= most && !ends {
                return stop(ErrorKind::NamesTooLong, most);
            }
            match b {
                // An empty prefix or a second colon, or an empty local name.
                b':' if end == part || self.colon.is_some() => return stop(ErrorKind::InvalidQName, end),
                b':' => {
                    self.colon = Some(end);
                    self.at = end + 1;
                }
                _ if b >= 0x80 => {
                    let Some((c, length)) = character(tag, end)? else { return Ok(false) };
                    let fits = if end == part { chars::is_name_start(c) } else { chars::is_name(c) };
                    if !fits {
                        let local_start = end == part && self.colon.is_some() && chars::is_name(c);
                        let kind = if local_start { ErrorKind::InvalidQName } else { ErrorKind::InvalidName };
                        return stop(kind, end);
                    }
                    if end + length > most {
                        return stop(ErrorKind::NamesTooLong, most);
                    }
                    self.at = end + length;
                }
                _ if end == part => {
                    let qname = self.colon.is_some() && (ends || chars::is(b, NAME));
                    let kind = if qname { ErrorKind::InvalidQName } else { ErrorKind::InvalidName };
                    return self.unexpected(tag, kind).map(|_| true);
                }
                _ if ends => {
                    self.phase = if attribute { Phase::Equals } else { Phase::Between { space: false } };
                    return Ok(true);
                }
                _ if attribute && matches!(b, b'>' | b'/' | b'"' | b'\'' | b'<') => {
                    return stop(ErrorKind::MissingEquals, end);
                }
                _ => return self.unexpected(tag, ErrorKind::InvalidName).map(|_| true),
            }
        }
    }
}

/// The legal character at a position and its length in bytes; `None` when the slice ends inside it.
pub(crate) fn character(bytes: &[u8], at: usize) -> Result<Option<(char, usize)>, Stop> {
    match scan::sequence(bytes.get(at..).unwrap_or_default()) {
        Sequence::Char(c, length) if chars::is_char(c) => Ok(Some((c, length))),
        Sequence::Char(..) => stop(ErrorKind::InvalidChar, at),
        Sequence::Incomplete => Ok(None),
        Sequence::Invalid => stop(ErrorKind::InvalidUtf8, at),
    }
}

/// Refuses the byte at a position with this kind, unless it is worse: no character, or no UTF-8.
pub(crate) fn character_or<T>(bytes: &[u8], at: usize, kind: ErrorKind) -> Result<T, Stop> {
    match bytes.get(at) {
        Some(&b) if b < 0x20 && !chars::is(b, SPACE) => stop(ErrorKind::InvalidChar, at),
        Some(&b) if b >= 0x80 && !scan::is_lead(b) => stop(ErrorKind::InvalidUtf8, at),
        _ => stop(kind, at),
    }
}

/// As [`character_or`], but a kind of its own is reported at `start`, where the offence began.
pub(crate) fn character_or_from<T>(
    bytes: &[u8],
    at: usize,
    kind: ErrorKind,
    start: usize,
) -> Result<T, Stop> {
    character_or(bytes, at, kind).map_err(|s: Stop| if s.kind == kind { Stop { kind, at: start } } else { s })
}

/// An attribute of a checked tag, as positions in the tag.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Attribute {
    pub(crate) name: usize,
    pub(crate) name_end: usize,
    pub(crate) value: usize,
    pub(crate) value_end: usize,
}

impl Attribute {
    pub(crate) fn raw_name<'t>(&self, tag: &'t [u8]) -> &'t [u8] {
        tag.get(self.name..self.name_end).unwrap_or_default()
    }

    pub(crate) fn text<'t>(&self, tag: &'t [u8]) -> Text<'t> {
        Text::attribute(tag.get(self.value..self.value_end).unwrap_or_default())
    }
}

/// Splits a raw name into prefix (empty: none) and local name.
pub(crate) fn split(name: &[u8]) -> (&[u8], &[u8]) {
    match scan::find(b':', name, 0).and_then(|at| Some((name.get(..at)?, name.get(at + 1..)?))) {
        Some(parts) => parts,
        None => (b"", name),
    }
}

/// Where the name of a checked start tag ends.
pub(crate) fn name_end(tag: &[u8]) -> usize {
    let ends = |&b: &u8| chars::is(b, SPACE) || matches!(b, b'/' | b'>');
    tag.iter().skip(1).position(ends).map_or(tag.len(), |n| n + 1)
}

/// The name of a checked start tag.
pub(crate) fn tag_name(tag: &[u8]) -> &[u8] {
    tag.get(1..name_end(tag)).unwrap_or_default()
}

/// The attributes of a checked start tag, in order.
pub(crate) struct Attributes<'t> {
    tag: &'t [u8],
    at: usize,
}

impl<'t> Attributes<'t> {
    pub(crate) fn of(tag: &'t [u8]) -> Self {
        Self { tag, at: name_end(tag) }
    }
}

impl Iterator for Attributes<'_> {
    type Item = Attribute;

    fn next(&mut self) -> Option<Attribute> {
        let name = scan::run(self.tag, self.at, SPACE);
        if matches!(self.tag.get(name)?, b'/' | b'>') {
            return None;
        }
        let equals = scan::find(b'=', self.tag, name)?;
        let ends = |&b: &u8| chars::is(b, SPACE);
        let name_end = self.tag.get(name..equals)?.iter().position(ends).map_or(equals, |n| name + n);
        let quote_at = scan::run(self.tag, equals + 1, SPACE);
        let value = quote_at + 1;
        let value_end = scan::find(*self.tag.get(quote_at)?, self.tag, value)?;
        self.at = value_end + 1;
        Some(Attribute { name, name_end, value, value_end })
    }
}

/// The checked start tag that begins at `at`.
pub(crate) fn tag_at(bytes: &[u8], at: usize) -> &[u8] {
    let rest = bytes.get(at..).unwrap_or_default();
    let mut end = 0;
    let mut quote = 0;
    for (index, &b) in rest.iter().enumerate() {
        match b {
            b'>' if quote == 0 => {
                end = index + 1;
                break;
            }
            b'"' | b'\'' if quote == 0 => quote = b,
            _ if b == quote => quote = 0,
            _ => {}
        }
    }
    rest.get(..end).unwrap_or_default()
}

/// Where the next markup that is no comment, CDATA section or end tag begins, from `at` up to `end`.
pub(crate) fn next_child(bytes: &[u8], mut at: usize, end: usize) -> Option<usize> {
    loop {
        at = scan::find(b'<', bytes.get(..end)?, at)?;
        match bytes.get(at + 1)? {
            b'!' => at = bang_end(bytes, at)?,
            b'/' => return None,
            _ => return Some(at),
        }
    }
}

/// Where the comment or CDATA section at `at` ends.
fn bang_end(bytes: &[u8], at: usize) -> Option<usize> {
    let end: &[u8] = if bytes.get(at + 2) == Some(&b'-') { b"-->" } else { b"]]>" };
    let mut from = at + 4;
    loop {
        let close = scan::find(b'>', bytes, from)?;
        if bytes.get(at + 4..close + 1)?.ends_with(end) {
            return Some(close + 1);
        }
        from = close + 1;
    }
}

/// Where the checked element that begins at `at` ends. Complexity: O(its length).
pub(crate) fn element_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        at = scan::find(b'<', bytes, at)?;
        match bytes.get(at + 1)? {
            b'!' => at = bang_end(bytes, at)?,
            b'/' => {
                at = scan::find(b'>', bytes, at)? + 1;
                depth = depth.checked_sub(1)?;
            }
            _ => {
                let tag = tag_at(bytes, at);
                at += tag.len();
                depth += usize::from(!tag.ends_with(b"/>"));
            }
        }
        if depth == 0 {
            return Some(at);
        }
    }
}

/// The value that a checked start tag gives a prefix (empty: the default namespace).
pub(crate) fn declared<'t>(tag: &'t [u8], prefix: &[u8]) -> Option<Text<'t>> {
    let declares = |a: &Attribute| match split(a.raw_name(tag)) {
        (b"", b"xmlns") => prefix.is_empty(),
        (b"xmlns", local) => local == prefix,
        _ => false,
    };
    Attributes::of(tag).find(declares).map(|a| a.text(tag))
}

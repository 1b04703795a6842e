//! The resumable lexer of start tags. It finds spans of the tag.
//!
//! Functions for one attribute or name are inlined into the lexer's loop. `within`, which holds that loop, is not
//! inlined into the machine: it is large.

#![expect(clippy::arithmetic_side_effects, reason = "positions lie inside a slice, so they cannot overflow")]

use crate::base::error::{ErrorKind, Stop, stop};
use crate::xml::chars::{self, NAME, NAME_START, SPACE};
use crate::xml::scan::{self, Sequence};
use crate::xml::text::{Reference, Text};

/// An attribute of a tag, as positions in the tag.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attribute {
    name: u16,
    /// The position of the local name. It is after the colon, or the position of the name if there is no colon.
    local: u16,
    name_end: u16,
    value: u16,
    value_end: u16,
    /// Set if the name is that of a namespace declaration.
    declaration: bool,
    /// Set if the value is known to be as written. The flag may be unset for such a value.
    is_verbatim: bool,
}

impl Attribute {
    pub(crate) const NONE: Self = Self {
        name: 0,
        local: 0,
        name_end: 0,
        value: 0,
        value_end: 0,
        declaration: false,
        is_verbatim: false,
    };

    /// Sets the fields that are known after the name was read.
    #[inline(always)]
    pub(super) fn set_name(&mut self, tag: &[u8], name: usize, local: usize, name_end: usize) {
        let xmlns = tag.get(name..).and_then(<[u8]>::first_chunk) == Some(b"xmlns");
        let behind = name + b"xmlns".len();
        self.declaration = xmlns && (local == behind + 1 || (local == name && name_end == behind));
        (self.name, self.local, self.name_end) = (name as u16, local as u16, name_end as u16);
    }

    #[inline(always)]
    pub(super) fn set_value(&mut self, value: usize, value_end: usize, is_verbatim: bool) {
        (self.value, self.value_end, self.is_verbatim) = (value as u16, value_end as u16, is_verbatim);
    }

    pub(crate) fn name_at(&self) -> usize {
        usize::from(self.name)
    }

    pub(crate) fn value_at(&self) -> usize {
        usize::from(self.value)
    }

    /// Returns whether the attribute has a prefix and is not a declaration.
    pub(crate) const fn is_qualified(&self) -> bool {
        self.local > self.name && !self.declaration
    }

    pub(crate) const fn is_verbatim(&self) -> bool {
        self.is_verbatim
    }

    pub(crate) fn raw_name<'t>(&self, tag: &'t [u8]) -> &'t [u8] {
        tag.get(usize::from(self.name)..usize::from(self.name_end)).unwrap_or_default()
    }

    /// Returns the prefix; empty for a name without one.
    pub(crate) fn prefix<'t>(&self, tag: &'t [u8]) -> &'t [u8] {
        let end = usize::from(self.local).wrapping_sub(1);
        tag.get(usize::from(self.name)..end).filter(|_| self.local > self.name).unwrap_or_default()
    }

    pub(crate) fn local<'t>(&self, tag: &'t [u8]) -> &'t [u8] {
        tag.get(usize::from(self.local)..usize::from(self.name_end)).unwrap_or_default()
    }

    pub(crate) fn raw_value<'t>(&self, tag: &'t [u8]) -> &'t [u8] {
        tag.get(usize::from(self.value)..usize::from(self.value_end)).unwrap_or_default()
    }

    pub(crate) fn text<'t>(&self, tag: &'t [u8]) -> Text<'t> {
        Text::attribute(self.raw_value(tag))
    }

    /// Returns the prefix that this attribute declares (empty: the default namespace), or `None` if the attribute is no
    /// declaration.
    pub(crate) fn declares<'t>(&self, tag: &'t [u8]) -> Option<&'t [u8]> {
        match self.declaration {
            true if self.local > self.name => Some(self.local(tag)),
            true => Some(b""),
            false => None,
        }
    }
}

/// The construct that the lexer of a start tag is in.
#[derive(Clone, Copy, Debug)]
enum Phase {
    /// The name of the element or of an attribute, which begins at `start`.
    Name {
        start: u16,
        attribute: bool,
    },
    /// The space before an attribute, `/` or `>`, and whether white space was seen in it.
    Between {
        space: bool,
    },
    Equals,
    Quote,
    Value(u8),
    Reference {
        start: u16,
        quote: u8,
        reference: Reference,
    },
    Slash,
}

/// The parts of the limits that are left for a start tag.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    pub(crate) tag: usize,
    pub(crate) name: usize,
    pub(crate) attributes: usize,
}

/// The number of attributes that are remembered while a tag is read. Real tags carry fewer. A tag that carries more is
/// walked over again once it is checked.
const REMEMBERED: usize = 8;

/// A resumable lexer of a start tag from its `<` on: `STag ::= '<' QName (S Attribute)* S? '>'`,
/// <https://www.w3.org/TR/xml-names/#NT-STag>. An attribute or a character that is cut is read again once. No other
/// byte is read twice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TagLexer {
    phase: Phase,
    at: usize,
    /// The position of the colon in the name that is being read, or 0.
    colon: u16,
    name_end: u16,
    /// The position of the element's local name.
    local: u16,
    count: u16,
    attributes: [Attribute; REMEMBERED],
}

impl TagLexer {
    pub(crate) const fn new() -> Self {
        Self {
            phase: Phase::Name { start: 1, attribute: false },
            at: 1,
            colon: 0,
            name_end: 1,
            local: 1,
            count: 0,
            attributes: [Attribute::NONE; REMEMBERED],
        }
    }

    /// Makes the lexer ready for the next tag.
    #[inline]
    pub(crate) fn reset(&mut self) {
        self.phase = Phase::Name { start: 1, attribute: false };
        self.at = 1;
        self.colon = 0;
        self.count = 0;
    }

    /// Returns the element's name as written, and the position of the local name in it.
    pub(crate) fn name<'t>(&self, tag: &'t [u8]) -> (&'t [u8], usize) {
        (tag.get(1..usize::from(self.name_end)).unwrap_or_default(), usize::from(self.local - 1))
    }

    /// Returns the attributes of a complete tag; `None` if they are too many to be remembered.
    pub(crate) fn attributes(&self) -> Option<&[Attribute]> {
        self.attributes.get(..usize::from(self.count))
    }

    /// Returns whether nothing was read yet.
    pub(crate) const fn is_fresh(&self) -> bool {
        self.at == 1
    }

    /// Goes on in `tag`, which holds all its known bytes. `more` says whether bytes follow them. Returns the length of
    /// the tag when it is complete, and 0 otherwise.
    #[inline(always)]
    pub(crate) fn lex(&mut self, tag: &[u8], more: bool, room: Room) -> Result<usize, Stop> {
        let cut = tag.len() > room.tag || (more && tag.len() == room.tag);
        let window = tag.get(..room.tag).unwrap_or(tag);
        let length = self.within(window, room)?;
        if length == 0 && cut { stop(ErrorKind::TagTooLong, room.tag) } else { Ok(length) }
    }

    /// Takes the name of the element at once, if it is whole and in ASCII.
    #[inline(always)]
    fn plain_element_name(&mut self, tag: &[u8], room: Room) -> bool {
        let Some((local, end)) = plain_name(tag, 1) else { return false };
        let ends = tag.get(end).is_some_and(|&b| chars::is(b, SPACE) || matches!(b, b'/' | b'>'));
        if ends && end <= room.name {
            (self.local, self.name_end, self.at) = (local as u16, end as u16, end);
            self.phase = Phase::Between { space: false };
        }
        ends && end <= room.name
    }

    /// Takes an attribute at once, if it is whole, in ASCII and without references. Returns the position after it.
    #[inline]
    fn plain_attribute(&mut self, tag: &[u8], at: usize) -> Option<usize> {
        let (local, name_end) = plain_name(tag, at)?;
        let quote = match tag.get(name_end..name_end + 2)? {
            [b'=', quote @ (b'"' | b'\'')] => *quote,
            _ => return None,
        };
        let value = name_end + 2;
        let plain = scan::plain_value(tag, value);
        let value_end = if tag.get(plain) == Some(&quote) { plain } else { scan::value(tag, plain) };
        if *tag.get(value_end)? != quote {
            return None;
        }
        if let Some(place) = self.attributes.get_mut(usize::from(self.count)) {
            place.set_name(tag, at, local, name_end);
            place.set_value(value, value_end, value_end == plain);
        }
        self.count += 1;
        Some(value_end + 1)
    }

    #[inline(never)]
    fn within(&mut self, tag: &[u8], room: Room) -> Result<usize, Stop> {
        while let Some(&b) = tag.get(self.at) {
            match self.phase {
                Phase::Between { space } => match b {
                    b'>' => return Ok(self.at + 1),
                    b'/' => self.next(Phase::Slash),
                    _ if chars::is(b, SPACE) => {
                        self.at = scan::space(tag, self.at + 1);
                        self.phase = Phase::Between { space: true };
                    }
                    _ if usize::from(self.count) >= room.attributes && space => {
                        return stop(ErrorKind::TooManyAttributes, self.at);
                    }
                    _ if space => match self.plain_attribute(tag, self.at) {
                        Some(end) => {
                            self.at = end;
                            self.phase = Phase::Between { space: false };
                        }
                        None => {
                            self.colon = 0;
                            self.phase = Phase::Name { start: self.at as u16, attribute: true };
                        }
                    },
                    _ => return byte_or(b, ErrorKind::MissingWhiteSpace, self.at, self.at),
                },
                Phase::Name { start, attribute } => {
                    let is_taken = self.at == 1 && self.plain_element_name(tag, room);
                    if !is_taken && !self.name_from(tag, usize::from(start), attribute, room)? {
                        return Ok(0);
                    }
                }
                Phase::Slash if b == b'>' => return Ok(self.at + 1),
                Phase::Slash => return byte_or(b, ErrorKind::MalformedTagEnd, self.at, self.at),
                Phase::Equals | Phase::Quote if chars::is(b, SPACE) => self.at = scan::space(tag, self.at),
                Phase::Equals if b == b'=' => self.next(Phase::Quote),
                Phase::Equals => return byte_or(b, ErrorKind::MissingEquals, self.at, self.at),
                Phase::Quote if matches!(b, b'"' | b'\'') => {
                    self.next(Phase::Value(b));
                    if let Some(open) = self.attributes.get_mut(usize::from(self.count)) {
                        open.set_value(self.at, self.at, false);
                    }
                }
                Phase::Quote => return byte_or(b, ErrorKind::MissingQuote, self.at, self.at),
                Phase::Value(quote) => {
                    self.at = scan::value(tag, self.at);
                    match tag.get(self.at) {
                        None => return Ok(0),
                        Some(&b) if b == quote => {
                            if let Some(open) = self.attributes.get_mut(usize::from(self.count)) {
                                open.value_end = self.at as u16;
                            }
                            self.count += 1;
                            self.next(Phase::Between { space: false });
                        }
                        Some(b'"' | b'\'') => self.at += 1,
                        Some(b'<') => return stop(ErrorKind::LessThanInAttribute, self.at),
                        Some(b'&') => {
                            let reference = Reference::Start;
                            self.next(Phase::Reference { start: self.at as u16, quote, reference });
                        }
                        Some(_) => match character(tag, self.at)? {
                            Some((_, length)) => self.at += length,
                            None => return Ok(0),
                        },
                    }
                }
                Phase::Reference { start, quote, mut reference } => match reference.step(b) {
                    Ok(None) => self.next(Phase::Reference { start, quote, reference }),
                    Ok(Some(_)) => self.next(Phase::Value(quote)),
                    Err(kind) => return byte_or(b, kind, self.at, usize::from(start)),
                },
            }
        }
        Ok(0)
    }

    fn next(&mut self, phase: Phase) {
        self.at += 1;
        self.phase = phase;
    }

    /// Reads `QName ::= (NCName ':')? NCName`. Returns whether the name has ended.
    fn name_from(&mut self, tag: &[u8], start: usize, attribute: bool, room: Room) -> Result<bool, Stop> {
        let most = if attribute { usize::MAX } else { start + room.name };
        loop {
            let part = if self.colon == 0 { start } else { usize::from(self.colon) + 1 };
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
                // An empty prefix, a second colon, or an empty local name.
                b':' if end == part || self.colon > 0 => return stop(ErrorKind::InvalidQName, end),
                b':' => {
                    self.colon = end as u16;
                    self.at = end + 1;
                }
                _ if b >= 0x80 => {
                    // At a byte beyond the limit, the limit wins over any other error.
                    let Some((c, length)) = character(tag.get(..most).unwrap_or(tag), end)? else {
                        return if tag.len() > most {
                            stop(ErrorKind::NamesTooLong, most)
                        } else {
                            Ok(false)
                        };
                    };
                    let fits = if end == part { chars::is_name_start(c) } else { chars::is_name(c) };
                    if !fits {
                        let local_start = end == part && self.colon > 0 && chars::is_name(c);
                        let kind = if local_start { ErrorKind::InvalidQName } else { ErrorKind::InvalidName };
                        return stop(kind, end);
                    }
                    self.at = end + length;
                }
                _ if end == part => {
                    let qname = self.colon > 0 && (ends || chars::is(b, NAME));
                    let kind = if qname { ErrorKind::InvalidQName } else { ErrorKind::InvalidName };
                    return byte_or(b, kind, end, end);
                }
                _ if ends => {
                    if attribute {
                        self.phase = Phase::Equals;
                        if let Some(open) = self.attributes.get_mut(usize::from(self.count)) {
                            open.set_name(tag, start, part, end);
                        }
                    } else {
                        self.phase = Phase::Between { space: false };
                        (self.local, self.name_end) = (part as u16, end as u16);
                    }
                    return Ok(true);
                }
                _ if attribute && matches!(b, b'>' | b'/' | b'"' | b'\'' | b'<') => {
                    return stop(ErrorKind::MissingEquals, end);
                }
                _ => return byte_or(b, ErrorKind::InvalidName, end, end),
            }
        }
    }
}

/// Returns the legal character at a position and its length in bytes; `None` if the slice ends inside it.
pub(crate) fn character(bytes: &[u8], at: usize) -> Result<Option<(char, usize)>, Stop> {
    match scan::sequence(bytes.get(at..).unwrap_or_default()) {
        Sequence::Char(c, length) if chars::is_char(c) => Ok(Some((c, length))),
        Sequence::Char(..) => stop(ErrorKind::InvalidChar, at),
        Sequence::Incomplete => Ok(None),
        Sequence::Invalid => stop(ErrorKind::InvalidUtf8, at),
    }
}

/// Refuses the byte at `at` with this kind, reported at `start`. If the byte is no legal character or no UTF-8, the error is
/// about that instead.
#[cold]
pub(crate) fn byte_or<T>(b: u8, kind: ErrorKind, at: usize, start: usize) -> Result<T, Stop> {
    if b < 0x20 && !chars::is(b, SPACE) {
        stop(ErrorKind::InvalidChar, at)
    } else if b >= 0x80 && !scan::is_lead(b) {
        stop(ErrorKind::InvalidUtf8, at)
    } else {
        stop(kind, start)
    }
}

/// Returns the position of the local name of an ASCII QName that begins at `at`, and the position after the QName.
#[inline]
fn plain_name(tag: &[u8], at: usize) -> Option<(usize, usize)> {
    if !chars::is(*tag.get(at)?, NAME_START) {
        return None;
    }
    let end = scan::run(tag, at + 1, NAME);
    if tag.get(end) != Some(&b':') {
        return Some((at, end));
    }
    let local = end + 1;
    if !chars::is(*tag.get(local)?, NAME_START) {
        return None;
    }
    Some((local, scan::run(tag, local + 1, NAME)))
}

/// Compares a tag read at once, a tag read in pieces, and walks over a checked tag.
#[cfg(test)]
#[expect(clippy::indexing_slicing, clippy::panic, reason = "a test may panic")]
mod tests {
    use std::vec::Vec;
    use std::{format, vec};

    use super::*;
    use crate::xml::walk::{Attributes, element_end, name_end, next_child, split, tag_at, tag_name};

    const ROOM: Room = Room { tag: 4096, name: 1024, attributes: 128 };

    /// The length of a tag, its name, and the position of the local name in it. Then for each attribute its name, the
    /// prefix that it declares, and its value.
    type Found<'t> = (usize, (&'t [u8], usize), Vec<(&'t [u8], Option<&'t [u8]>, &'t [u8])>);

    fn found<'t>(lexer: &TagLexer, bytes: &'t [u8], length: usize) -> Found<'t> {
        let tag = &bytes[..length];
        let walked: Vec<_> =
            Attributes::of(tag).map(|a| (a.raw_name(tag), a.declares(tag), a.raw_value(tag))).collect();
        if let Some(lexed) = lexer.attributes() {
            let lexed: Vec<_> =
                lexed.iter().map(|a| (a.raw_name(tag), a.declares(tag), a.raw_value(tag))).collect();
            assert_eq!(lexed, walked, "{}", tag.escape_ascii());
        }
        (length, lexer.name(tag), walked)
    }

    fn at_once(bytes: &[u8], room: Room) -> Result<Option<Found<'_>>, (ErrorKind, usize)> {
        let mut lexer = TagLexer::new();
        let length = lexer.lex(bytes, false, room).map_err(|stop| (stop.kind, stop.at()))?;
        Ok((length > 0).then(|| found(&lexer, bytes, length)))
    }

    /// Reads a tag in pieces of this length.
    fn in_pieces(bytes: &[u8], piece: usize, room: Room) -> Result<Option<Found<'_>>, (ErrorKind, usize)> {
        let mut lexer = TagLexer::new();
        for end in (1..=bytes.len()).filter(|end| end % piece == 0 || *end == bytes.len()) {
            let length =
                lexer.lex(&bytes[..end], end < bytes.len(), room).map_err(|stop| (stop.kind, stop.at()))?;
            if length > 0 {
                return Ok(Some(found(&lexer, bytes, length)));
            }
        }
        Ok(None)
    }

    #[track_caller]
    fn compare(bytes: &[u8], room: Room) {
        let whole = at_once(bytes, room);
        for piece in [1, 2, 7] {
            assert_eq!(in_pieces(bytes, piece, room), whole, "{} in {piece}", bytes.escape_ascii());
        }
        let Ok(Some((length, (name, local), attributes))) = whole else { return };
        let tag = &bytes[..length];
        assert_eq!(tag_at(bytes, 0), tag);
        assert_eq!((tag_name(tag), name_end(tag)), (name, name.len() + 1));
        assert_eq!(
            split(name),
            if local == 0 { (&b""[..], name) } else { (&name[..local - 1], &name[local..]) }
        );
        for (raw, declares, value) in attributes {
            assert!(!value.contains(&b'<') && core::str::from_utf8(value).is_ok(), "{}", tag.escape_ascii());
            let expected = match raw {
                b"xmlns" => Some(&b""[..]),
                raw => raw.strip_prefix(b"xmlns:"),
            };
            assert_eq!(declares, expected, "{}", raw.escape_ascii());
        }
    }

    const TAGS: [&str; 14] = [
        "<a>",
        "<a/>",
        "<p:a>",
        "<a b='c'>",
        "<p:a q:b=\"c\" d='>'/>",
        "<a  b = 'c'\n\td\r=\"e\" />",
        "<a xmlns='u' xmlns:p=\"v\">",
        "<a xmlnsx='u' xmlns.='u' x:xmlns='v' axmlns:b=''>",
        "<a b='&amp;&#65;&#x41;' c=\"'\" d='\"'>",
        "<é:ü ä='ö' x:é=\"€😀\">",
        "<a b1='' b2='' b3='' b4='' b5='' b6='' b7='' b8=''/>",
        "<a b1='' b2='' b3='' b4='' b5='' b6='' b7='' b8='' b9=''/>",
        "<abcdefghijklmnopqrstuvwxyz abcdefghijklmnopqrstuvwxyz='0123456789012345678901234567890123456789'>",
        "<a.-_0:b.-_0 c.-_0:d.-_0=''>",
    ];

    #[test]
    fn tags_one_byte_away() {
        for tag in TAGS {
            let bytes = format!("{tag}text <b c='d'>").into_bytes();
            assert!(matches!(at_once(&bytes, ROOM), Ok(Some((length, ..))) if length == tag.len()), "{tag}");
            for place in 1..tag.len() {
                let mut other = bytes.clone();
                other.remove(place);
                compare(&other, ROOM);
                compare(&bytes[..place], ROOM);
                for b in 0..=255 {
                    other = bytes.clone();
                    other[place] = b;
                    compare(&other, ROOM);
                    if matches!(b, b' '..=b'A' | b'\n' | 0x80 | 0xC3) {
                        other.insert(place, bytes[place]);
                        compare(&other, ROOM);
                    }
                }
            }
        }
    }

    /// Tries every limit from nothing to more than a tag needs. The error points at the first byte or attribute beyond the
    /// limit.
    #[test]
    fn tags_at_every_limit() {
        for tag in TAGS {
            let bytes = format!("{tag}text").into_bytes();
            let Ok(Some((_, (name, _), attributes))) = at_once(&bytes, ROOM) else { panic!("{tag}") };
            for most in 0..tag.len() + 2 {
                let rooms = [
                    Room { tag: most.max(1), ..ROOM },
                    Room { name: most, ..ROOM },
                    Room { attributes: most, ..ROOM },
                ];
                let needs = [tag.len(), name.len(), attributes.len()];
                let kinds = [ErrorKind::TagTooLong, ErrorKind::NamesTooLong, ErrorKind::TooManyAttributes];
                for ((room, needs), kind) in rooms.into_iter().zip(needs).zip(kinds) {
                    compare(&bytes, room);
                    match at_once(&bytes, room) {
                        Ok(found) => assert!(found.is_some() && most >= needs, "{tag} {room:?}"),
                        Err((found, at)) => {
                            assert!(found == kind && most < needs, "{tag} {room:?} {found:?}");
                            assert!(kind != ErrorKind::TagTooLong || at == most.max(1), "{tag} {room:?}");
                            assert!(kind != ErrorKind::NamesTooLong || at == most + 1, "{tag} {room:?}");
                        }
                    }
                }
            }
        }
    }

    /// Tries values and names of every length, with a byte at every place that ends them or does not.
    #[test]
    fn values_and_names_of_every_length() {
        for length in 0..=130 {
            for place in 0..length.max(1) {
                for b in *b"x'\"<&> \n\x00\x7F\x80\xC3" {
                    let mut run = vec![b'x'; length];
                    if let Some(byte) = run.get_mut(place) {
                        *byte = b;
                    }
                    let tag = [b"<a b='", &run[..], b"'/>"].concat();
                    compare(&tag, ROOM);
                    if length < 40 {
                        compare(&[b"<", &run[..], b" c=''>"].concat(), ROOM);
                        compare(&[b"<a ", &run[..], b"=''>"].concat(), ROOM);
                    }
                }
            }
        }
    }

    /// Finds the end of an element among comments and CDATA sections whose text looks like markup.
    #[test]
    fn ends_of_elements() {
        let pieces = [
            "<!-- </a> > -->",
            "<![CDATA[</a>]]>",
            "<!---->",
            "<![CDATA[]]>",
            "<b/>",
            "<b c='/>'></b>",
            "text",
            "<![CDATA[]]]]>",
            "<!--]]>-->",
            "<!--->-->",
            "<!---></a>-->",
            "<![CDATA[]></a>]]>",
            "<!-->-->",
            "<![CDATA[>]]>",
            "<![CDATA[]>]]>",
        ];
        for (one, two, three) in
            pieces.iter().flat_map(|a| pieces.iter().flat_map(move |b| pieces.map(|c| (*a, *b, c))))
        {
            let element = format!("<a d='>'>{one}{two}{three}</a >");
            let bytes = format!("{element}<!-- behind --></x>");
            assert_eq!(element_end(bytes.as_bytes(), 0), Some(element.len()), "{element}");
            let children = [one, two, three].into_iter().filter(|piece| piece.starts_with("<b")).count();
            let (mut at, mut found) = (9, 0);
            while let Some(child) = next_child(bytes.as_bytes(), at, element.len()) {
                at = element_end(bytes.as_bytes(), child).unwrap_or(bytes.len());
                found += 1;
            }
            assert_eq!(found, children, "{element}");
        }
    }
}

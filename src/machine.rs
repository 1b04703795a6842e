//! The machine: drives the rules of every floor below over a message, and names the first that is broken.

#![expect(clippy::arithmetic_side_effects, reason = "positions lie inside a slice, so they cannot overflow")]

use crate::call_info::{self, CallId, GetCallInfo, GetCallInfoResponse, Word};
use crate::chars::{self, COMMENT, SPACE, TEXT};
use crate::element::Element;
use crate::envelope::{Body, Envelope};
use crate::error::{Error, ErrorKind, Stop, stop};
use crate::fault::{self, Code, Fault, Slot};
use crate::header::{Header, HeaderBlocks, Target};
use crate::limits::{MAX_ATTRIBUTES, Options};
use crate::scan;
use crate::scope::{Scope, Uri};
use crate::text::{Reference, Text};
use crate::token::{self, Attribute, Attributes, Room, TagLexer};
use crate::version::SoapVersion;

/// Where an open element stands in the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Envelope,
    Header,
    Body,
    Call(call_info::Part),
    Fault(fault::Part),
    /// The ExceptionType of a fault's detail.
    Exception,
    /// Inside a header block, a detail or another operation.
    Free,
}

/// What text may stand in an element.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    White,
    Free,
    CallId,
    Word,
}

impl Place {
    const fn rule(self) -> Rule {
        use call_info::Part as Call;
        use fault::Part;
        match self {
            Self::Call(Call::CallId) => Rule::CallId,
            Self::Call(Call::CallState | Call::EventCause) => Rule::Word,
            Self::Fault(Part::Text(_) | Part::Detail | Part::Foreign) | Self::Exception | Self::Free => {
                Rule::Free
            }
            Self::Fault(_) | Self::Call(_) | Self::Envelope | Self::Header | Self::Body => Rule::White,
        }
    }

    /// Must xsi:nil be false here?
    const fn is_governed(self) -> bool {
        matches!(self, Self::Envelope | Self::Header | Self::Body | Self::Call(_))
    }
}

/// A retained text: where it lies.
type Span = Option<(usize, usize)>;

/// Which text is retained.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    CallId,
    Fault(Slot),
}

struct Machine<'i, 'o> {
    input: &'i [u8],
    at: usize,
    options: Options<'o>,
    scope: Scope<Place>,
    version: Option<SoapVersion>,
    root_closed: bool,
    /// Where Envelope, Header and its end, the body entry and its end stand.
    envelope_at: usize,
    header_at: Span,
    body_seen: bool,
    entry: Span,
    entry_name: (Uri, usize, usize),
    call: call_info::Progress,
    fault: fault::Progress,
    fault_seen: bool,
    detail: Span,
    /// How many declarations stand outside the open or closed detail; no prefix of it is bound there.
    detail_bound: usize,
    detail_alone: bool,
    // The text that is being read.
    text_at: usize,
    keeping: Option<Kept>,
    kept_bytes: usize,
    word: Word,
    chars: usize,
    cr: bool,
    call_id: Span,
    texts: [Span; 6],
    code_uri: Option<Uri>,
    subcode_uri: Option<Uri>,
    written: [(u32, u16); 2],
}

impl<'i, 'o> Machine<'i, 'o> {
    fn new(input: &'i [u8], options: &Options<'o>) -> Self {
        Self {
            input,
            at: 0,
            options: *options,
            scope: Scope::new(Place::Free),
            version: None,
            root_closed: false,
            envelope_at: 0,
            header_at: None,
            body_seen: false,
            entry: None,
            entry_name: (Uri::NONE, 0, 0),
            call: call_info::Progress::default(),
            fault: fault::Progress::default(),
            fault_seen: false,
            detail: None,
            detail_bound: 0,
            detail_alone: true,
            text_at: 0,
            keeping: None,
            kept_bytes: 0,
            word: Word::default(),
            chars: 0,
            cr: false,
            call_id: None,
            texts: [None; 6],
            code_uri: None,
            subcode_uri: None,
            written: [(0, 0); 2],
        }
    }

    fn peek(&self) -> Result<u8, Stop> {
        match self.input.get(self.at) {
            Some(&b) => Ok(b),
            None => stop(ErrorKind::UnexpectedEnd, self.input.len()),
        }
    }

    fn starts(&self, literal: &[u8]) -> bool {
        self.input.get(self.at..).is_some_and(|rest| rest.starts_with(literal))
    }

    /// `document ::= prolog element Misc*`, <https://www.w3.org/TR/xml/#NT-document>
    fn document(&mut self) -> Result<(), Stop> {
        self.encoding()?;
        if self.starts(b"<?xml")
            && self.input.get(self.at + 5).is_some_and(|&b| b == b'?' || chars::is(b, SPACE))
        {
            self.declaration()?;
        }
        loop {
            let text = self.text();
            self.keep_within(text)?;
            if self.at >= self.input.len() {
                return if self.root_closed { Ok(()) } else { stop(ErrorKind::UnexpectedEnd, self.at) };
            }
            let markup = self.markup();
            self.keep_within(markup)?;
        }
    }

    /// Holds the text that is being kept against its limit, which wins at the first byte over it.
    fn keep_within(&self, result: Result<(), Stop>) -> Result<(), Stop> {
        if self.keeping.is_none() {
            return result;
        }
        let most = self.text_at + usize::from(self.options.limits.text_bytes()) - self.kept_bytes;
        let at = match result {
            Ok(()) => self.at,
            Err(s) if s.kind == ErrorKind::UnexpectedEnd => s.at,
            Err(s) => s.at + 1,
        };
        if at > most { stop(ErrorKind::TextTooLong, most) } else { result }
    }

    /// The byte order mark, and encodings that are not UTF-8: <https://www.w3.org/TR/xml/#sec-guessing>
    fn encoding(&mut self) -> Result<(), Stop> {
        let patterns: [(&[u8], ErrorKind); 8] = [
            (&[0xFF, 0xFE, 0, 0], ErrorKind::Utf32),
            (&[0, 0, 0xFE, 0xFF], ErrorKind::Utf32),
            (&[b'<', 0, 0, 0], ErrorKind::Utf32),
            (&[0, 0, 0, b'<'], ErrorKind::Utf32),
            (&[0xFF, 0xFE], ErrorKind::Utf16),
            (&[0xFE, 0xFF], ErrorKind::Utf16),
            (&[b'<', 0], ErrorKind::Utf16),
            (&[0, b'<'], ErrorKind::Utf16),
        ];
        if let Some(&(_, kind)) = patterns.iter().find(|(pattern, _)| self.starts(pattern)) {
            return stop(kind, 0);
        }
        const BOM: &[u8] = b"\xEF\xBB\xBF";
        if self.starts(BOM) {
            self.at = BOM.len();
        } else if !self.input.is_empty() && BOM.starts_with(self.input) {
            return stop(ErrorKind::UnexpectedEnd, self.input.len());
        }
        Ok(())
    }

    /// `XMLDecl ::= '<?xml' VersionInfo EncodingDecl? SDDecl? S? '?>'`, <https://www.w3.org/TR/xml/#NT-XMLDecl>
    fn declaration(&mut self) -> Result<(), Stop> {
        let start = self.at;
        let most = start + usize::from(self.options.limits.tag_bytes());
        let result = self.declaration_within();
        let end = match result {
            Ok(()) => self.at,
            Err(s) if s.kind == ErrorKind::UnexpectedEnd => s.at,
            Err(s) => s.at + 1,
        };
        if end > most { stop(ErrorKind::TagTooLong, most) } else { result }
    }

    fn declaration_within(&mut self) -> Result<(), Stop> {
        self.at += 5;
        // The parts that may still come.
        let mut next = 0;
        loop {
            let spaced = chars::is(self.peek()?, SPACE);
            self.at = scan::run(self.input, self.at, SPACE);
            let b = self.peek()?;
            if b == b'?' && next > 0 {
                self.at += 1;
                return self.literal(b">");
            }
            if !spaced {
                return token::character_or(self.input, self.at, ErrorKind::Declaration);
            }
            match b {
                b'v' if next == 0 => {
                    self.pseudo_attribute(b"version", |value| {
                        let digits = value.strip_prefix(b"1.").unwrap_or_default();
                        !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
                    })?;
                    next = 1;
                }
                b'e' if next == 1 => {
                    let (from, to) = self.pseudo_attribute(b"encoding", |value| {
                        let rest = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
                        value.first().is_some_and(u8::is_ascii_alphabetic) && value.iter().all(rest)
                    })?;
                    let name = self.input.get(from..to).unwrap_or_default();
                    if !name.eq_ignore_ascii_case(b"utf-8") {
                        return stop(ErrorKind::DeclaredEncoding, from);
                    }
                    next = 2;
                }
                b's' if next == 1 || next == 2 => {
                    self.pseudo_attribute(b"standalone", |value| matches!(value, b"yes" | b"no"))?;
                    next = 3;
                }
                _ => return token::character_or(self.input, self.at, ErrorKind::Declaration),
            }
        }
    }

    /// `name Eq quoted`; the positions of the value.
    fn pseudo_attribute(&mut self, name: &[u8], is_valid: fn(&[u8]) -> bool) -> Result<(usize, usize), Stop> {
        self.literal(name)?;
        self.at = scan::run(self.input, self.at, SPACE);
        self.literal(b"=")?;
        self.at = scan::run(self.input, self.at, SPACE);
        let quote = self.peek()?;
        if !matches!(quote, b'"' | b'\'') {
            return token::character_or(self.input, self.at, ErrorKind::Declaration);
        }
        let from = self.at + 1;
        let inside = |&b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        let rest = self.input.get(from..).unwrap_or_default();
        let length = rest.iter().position(|b| !inside(b)).unwrap_or(rest.len());
        self.at = from + length;
        if self.peek()? != quote {
            return token::character_or(self.input, self.at, ErrorKind::Declaration);
        }
        if !is_valid(self.input.get(from..self.at).unwrap_or_default()) {
            return stop(ErrorKind::Declaration, from);
        }
        self.at += 1;
        Ok((from, from + length))
    }

    fn literal(&mut self, literal: &[u8]) -> Result<(), Stop> {
        for &b in literal {
            if self.peek()? != b {
                return token::character_or(self.input, self.at, ErrorKind::Declaration);
            }
            self.at += 1;
        }
        Ok(())
    }

    /// `CharData` and references, up to the next `<` or the end: <https://www.w3.org/TR/xml/#NT-content>
    fn text(&mut self) -> Result<(), Stop> {
        let rule = self.scope.place().map_or(Rule::White, Place::rule);
        let mut brackets = 0;
        while let Some(&b) = self.input.get(self.at) {
            if rule == Rule::White {
                self.at = scan::run(self.input, self.at, SPACE);
                match self.input.get(self.at) {
                    None | Some(b'<') => return Ok(()),
                    Some(b'&') if self.scope.depth() > 0 => {}
                    Some(_) => return token::character_or(self.input, self.at, self.stray()),
                }
            }
            match b {
                b'<' => return Ok(()),
                _ if rule == Rule::White => self.reference(rule)?,
                b'&' => {
                    brackets = 0;
                    self.reference(rule)?;
                }
                b']' => {
                    brackets = (brackets + 1).min(2);
                    self.piece(rule, self.at, self.at + 1)?;
                    self.at += 1;
                }
                b'>' if brackets == 2 => return stop(ErrorKind::CdataEndInText, self.at - 2),
                _ => {
                    brackets = 0;
                    self.legal_run(rule, TEXT)?;
                }
            }
        }
        Ok(())
    }

    fn stray(&self) -> ErrorKind {
        if self.scope.depth() > 0 { ErrorKind::StrayText } else { ErrorKind::TextOutsideRoot }
    }

    /// One run of these classes, or one character outside ASCII.
    fn legal_run(&mut self, rule: Rule, classes: u8) -> Result<(), Stop> {
        let end = scan::run(self.input, self.at, classes);
        let end = if end > self.at {
            end
        } else {
            match token::character(self.input, self.at)? {
                Some((_, length)) => self.at + length,
                None => return stop(ErrorKind::UnexpectedEnd, self.input.len()),
            }
        };
        self.piece(rule, self.at, end)?;
        self.at = end;
        Ok(())
    }

    /// Takes a checked piece of an element's text.
    fn piece(&mut self, rule: Rule, start: usize, end: usize) -> Result<(), Stop> {
        let piece = self.input.get(start..end).unwrap_or_default();
        match rule {
            Rule::White | Rule::Free => {}
            Rule::Word => crate::text::str_of(piece).chars().for_each(|c| self.word.push(c)),
            Rule::CallId => {
                let room = call_info::MAX_CALL_ID_CHARS - self.chars;
                let (count, over) = call_info::count_chars(piece, &mut self.cr, room);
                if let Some(at) = over {
                    self.at = start + at;
                    return stop(ErrorKind::CallIdTooLong, start + at);
                }
                self.chars += count;
            }
        }
        Ok(())
    }

    fn reference(&mut self, rule: Rule) -> Result<(), Stop> {
        let start = self.at;
        let mut reference = Reference::Start;
        self.cr = false;
        loop {
            self.at += 1;
            let b = self.peek()?;
            match reference.step(b) {
                Ok(None) => {}
                Err(kind) => return token::character_or_from(self.input, self.at, kind, start),
                Ok(Some(c)) => {
                    match rule {
                        Rule::Free => {}
                        Rule::White if crate::text::is_space(c) => {}
                        Rule::White => return stop(self.stray(), start),
                        Rule::Word => self.word.push(c),
                        Rule::CallId if self.chars >= call_info::MAX_CALL_ID_CHARS => {
                            return stop(ErrorKind::CallIdTooLong, start);
                        }
                        Rule::CallId => self.chars += 1,
                    }
                    self.at += 1;
                    return Ok(());
                }
            }
        }
    }

    /// What begins with `<`.
    fn markup(&mut self) -> Result<(), Stop> {
        let start = self.at;
        self.cr = false;
        self.at += 1;
        match self.peek()? {
            b'/' => self.end_tag(start),
            b'!' => {
                self.at += 1;
                match self.peek()? {
                    b'-' => self.comment(start),
                    b'[' => self.cdata(start),
                    b'D' => stop(ErrorKind::Doctype, start),
                    _ => token::character_or_from(self.input, self.at, ErrorKind::UnknownMarkup, start),
                }
            }
            b'?' => self.instruction(start),
            _ => self.start_tag(start),
        }
    }

    /// A processing instruction, or a declaration that is not at the start.
    fn instruction(&mut self, start: usize) -> Result<(), Stop> {
        for &b in b"xml" {
            self.at += 1;
            if self.peek()? != b {
                return stop(ErrorKind::ProcessingInstruction, start);
            }
        }
        self.at += 1;
        let b = self.peek()?;
        let declares = start > 0 && (b == b'?' || chars::is(b, SPACE));
        stop(if declares { ErrorKind::MisplacedDeclaration } else { ErrorKind::ProcessingInstruction }, start)
    }

    /// `Comment ::= '<!--' ((Char - '-') | ('-' (Char - '-')))* '-->'`, <https://www.w3.org/TR/xml/#NT-Comment>
    fn comment(&mut self, start: usize) -> Result<(), Stop> {
        self.at += 1;
        if self.peek()? != b'-' {
            return token::character_or_from(self.input, self.at, ErrorKind::UnknownMarkup, start);
        }
        self.at += 1;
        loop {
            self.at = scan::run(self.input, self.at, COMMENT);
            if self.peek()? != b'-' {
                self.legal_run(Rule::Free, COMMENT)?;
                continue;
            }
            self.at += 1;
            if self.peek()? != b'-' {
                continue;
            }
            self.at += 1;
            if self.peek()? != b'>' {
                let dashes = self.at - 2;
                return token::character_or_from(self.input, self.at, ErrorKind::CommentDashes, dashes);
            }
            self.at += 1;
            return Ok(());
        }
    }

    /// `CDSect ::= '<![CDATA[' (Char* - (Char* ']]>' Char*)) ']]>'`, <https://www.w3.org/TR/xml/#NT-CDSect>
    fn cdata(&mut self, start: usize) -> Result<(), Stop> {
        if self.scope.depth() == 0 {
            return stop(ErrorKind::TextOutsideRoot, start);
        }
        for &b in b"[CDATA[" {
            if self.peek()? != b {
                return token::character_or_from(self.input, self.at, ErrorKind::UnknownMarkup, start);
            }
            self.at += 1;
        }
        let rule = self.scope.place().map_or(Rule::White, Place::rule);
        loop {
            let b = self.peek()?;
            if b == b']' {
                if self.starts(b"]]>") {
                    self.at += 3;
                    self.cr = false;
                    return Ok(());
                }
                if self.input.len() - self.at < 3
                    && b"]]>".starts_with(self.input.get(self.at..).unwrap_or_default())
                {
                    return stop(ErrorKind::UnexpectedEnd, self.input.len());
                }
            }
            match rule {
                Rule::White if chars::is(b, SPACE) => self.at = scan::run(self.input, self.at, SPACE),
                Rule::White => return token::character_or(self.input, self.at, ErrorKind::StrayText),
                _ if matches!(b, b'<' | b'&' | b']') => {
                    self.piece(rule, self.at, self.at + 1)?;
                    self.at += 1;
                }
                _ => self.legal_run(rule, TEXT)?,
            }
        }
    }

    fn start_tag(&mut self, start: usize) -> Result<(), Stop> {
        let limits = self.options.limits;
        if let Some(Kept::Fault(Slot::Exception)) = self.keeping {
            // An exception type of elements is none.
            self.keeping = None;
        }
        if self.root_closed {
            return match self.input.get(self.at) {
                Some(&b) if chars::is(b, chars::NAME_START) => stop(ErrorKind::SecondRoot, start),
                Some(&b)
                    if b >= 0x80
                        && token::character(self.input, self.at)?
                            .is_some_and(|(c, _)| chars::is_name_start(c)) =>
                {
                    stop(ErrorKind::SecondRoot, start)
                }
                _ => token::character_or(self.input, self.at, ErrorKind::InvalidName),
            };
        }
        if self.scope.depth() >= usize::from(limits.depth()) {
            return stop(ErrorKind::TooDeep, start);
        }
        let room = Room {
            tag: usize::from(limits.tag_bytes()),
            name: usize::from(limits.name_bytes()).saturating_sub(self.scope.names_len()),
            attributes: usize::from(limits.attributes()),
        };
        let mut lexer = TagLexer::new();
        let rest = self.input.get(start..).unwrap_or_default();
        let done = lexer.lex(rest, room).map_err(|s| Stop { at: start + s.at, ..s })?;
        let Some(length) = done else { return stop(ErrorKind::UnexpectedEnd, self.input.len()) };
        let tag = rest.get(..length).unwrap_or_default();
        self.at = start + length;
        if self.keeping.is_some() {
            // The rule on elements in text refuses it below; the limit is about text.
            self.keeping = None;
        }
        // Real tags carry fewer than 8 attributes; the large array would cost each of them its filling.
        if lexer.attributes() <= 8 {
            self.open::<8>(start, tag)
        } else {
            self.open::<MAX_ATTRIBUTES>(start, tag)
        }
    }

    /// What a complete start tag means, in the order of the rules "which error wins".
    fn open<const N: usize>(&mut self, start: usize, tag: &'i [u8]) -> Result<(), Stop> {
        let mut attributes = [(Attribute::default(), Uri::NONE); N];
        let mut count = 0;
        for (slot, attribute) in attributes.iter_mut().zip(Attributes::of(tag)) {
            slot.0 = attribute;
            count += 1;
        }
        let attributes = attributes.get_mut(..count).unwrap_or_default();
        for (n, (later, _)) in attributes.iter().enumerate() {
            let name = later.raw_name(tag);
            if attributes.iter().take(n).any(|(a, _)| a.raw_name(tag) == name) {
                return stop(ErrorKind::DuplicateAttribute, start + later.name);
            }
        }
        let bound = self.scope.bound();
        for (attribute, uri) in attributes.iter_mut() {
            if let Some(prefix) = declared_prefix(attribute.raw_name(tag)) {
                self.declare(prefix, attribute, tag, start)?;
                *uri = Uri::XMLNS;
            }
        }
        let name = token::tag_name(tag);
        let (prefix, local) = token::split(name);
        if prefix == b"xmlns" {
            return stop(ErrorKind::ReservedPrefix, start + 1);
        }
        let Some(uri) = self.scope.resolve(prefix) else { return stop(ErrorKind::UnboundPrefix, start + 1) };
        for (attribute, uri) in attributes.iter_mut().filter(|(_, uri)| *uri != Uri::XMLNS) {
            let (prefix, _) = token::split(attribute.raw_name(tag));
            if !prefix.is_empty() {
                match self.scope.resolve(prefix) {
                    Some(resolved) => *uri = resolved,
                    None => return stop(ErrorKind::UnboundPrefix, start + attribute.name),
                }
            }
        }
        let expands = |uri: Uri| uri != Uri::NONE && uri != Uri::XMLNS;
        for (n, (later, uri)) in attributes.iter().enumerate().filter(|(_, (_, uri))| expands(*uri)) {
            let local = token::split(later.raw_name(tag)).1;
            let same = |(a, u): &(Attribute, Uri)| u == uri && token::split(a.raw_name(tag)).1 == local;
            if attributes.iter().take(n).any(same) {
                return stop(ErrorKind::DuplicateExpandedName, start + later.name);
            }
        }
        let place = self.place(start, uri, local, tag, attributes)?;
        if self.detail.is_some_and(|(_, end)| end == 0) {
            let outside = |prefix: &[u8]| self.scope.is_outside(prefix, self.detail_bound);
            let own = !matches!(place, Place::Fault(fault::Part::Detail)) && outside(prefix);
            let prefixed = |(a, uri): &(Attribute, Uri)| {
                let prefix = token::split(a.raw_name(tag)).0;
                expands(*uri) && !prefix.is_empty() && outside(prefix)
            };
            self.detail_alone &= !(own || attributes.iter().any(prefixed));
        }
        if place.is_governed() {
            for (attribute, _) in
                attributes.iter().filter(|(a, u)| *u == Uri::XSI && token::split(a.raw_name(tag)).1 == b"nil")
            {
                match attribute.text(tag).boolean() {
                    Some(false) => {}
                    Some(true) => return stop(ErrorKind::Nil, start + attribute.name),
                    None => return stop(ErrorKind::InvalidNil, start + attribute.value),
                }
            }
        }
        self.scope.push(name, bound, place);
        self.begin_text(place);
        if tag.ends_with(b"/>") { self.close(start) } else { Ok(()) }
    }

    /// `xmlns:prefix="uri"`: <https://www.w3.org/TR/xml-names/#ns-decl>
    fn declare(
        &mut self,
        prefix: &[u8],
        attribute: &Attribute,
        tag: &[u8],
        start: usize,
    ) -> Result<(), Stop> {
        let at = start + attribute.name;
        let value = attribute.text(tag);
        if prefix == b"xmlns" {
            return stop(ErrorKind::ReservedPrefix, at);
        }
        let value_at = (start + attribute.value) as u32;
        let length = (attribute.value_end - attribute.value) as u16;
        let bound = self.scope.bind(prefix, value.chars(), value_at, length, &self.options.limits);
        let uri = bound.or_else(|kind| stop(kind, at))?;
        match (prefix, uri) {
            (b"xml", Uri::XML) => Ok(()),
            (b"xml", _) => stop(ErrorKind::ReservedPrefix, at),
            (_, Uri::XML | Uri::XMLNS) => stop(ErrorKind::ReservedNamespace, at),
            (b"", _) => Ok(()),
            (_, Uri::NONE) => stop(ErrorKind::UndeclaredPrefix, at),
            _ => Ok(()),
        }
    }

    /// The rules of SOAP and of the schema for an element in its parent.
    fn place(
        &mut self,
        start: usize,
        uri: Uri,
        local: &[u8],
        tag: &[u8],
        attributes: &[(Attribute, Uri)],
    ) -> Result<Place, Stop> {
        let Some(parent) = self.scope.place() else { return self.root(start, uri, local) };
        let version = self.version.unwrap_or(SoapVersion::V1_1);
        let soap = Uri::of(version);
        match parent {
            Place::Envelope => match local {
                _ if self.body_seen => {
                    let trailing = version == SoapVersion::V1_1 && uri != Uri::NONE;
                    stop(
                        if trailing { ErrorKind::TrailingElement } else { ErrorKind::ElementAfterBody },
                        start,
                    )
                }
                b"Header" if uri == soap && self.header_at.is_some() => {
                    stop(ErrorKind::DuplicateHeader, start)
                }
                b"Header" if uri == soap => {
                    self.header_at = Some((start, start));
                    Ok(Place::Header)
                }
                b"Body" if uri == soap => {
                    self.body_seen = true;
                    Ok(Place::Body)
                }
                _ => stop(ErrorKind::UnexpectedEnvelopeChild, start),
            },
            Place::Header if uri == Uri::NONE => stop(ErrorKind::UnqualifiedHeaderBlock, start),
            Place::Header => {
                let mut target = Target::default();
                for (attribute, _) in attributes.iter().filter(|(_, uri)| *uri == soap) {
                    let local = token::split(attribute.raw_name(tag)).1;
                    target.attribute(version, local, attribute.text(tag), start + attribute.value)?;
                }
                if target.is_refused(version, self.scope.uri(uri), local, &self.options) {
                    return stop(ErrorKind::MustUnderstand, start);
                }
                Ok(Place::Free)
            }
            Place::Body if self.entry.is_some() => stop(ErrorKind::SecondBodyEntry, start),
            Place::Body => {
                self.entry = Some((start, start));
                if uri == soap && local == b"Fault" {
                    self.fault_seen = true;
                    return Ok(Place::Fault(fault::Part::Fault));
                }
                if let Some(part) = self.call.entry(uri, local) {
                    return Ok(Place::Call(part));
                }
                let (at, length) = self.scope.written(uri);
                self.entry_name = (uri, at as usize, at as usize + usize::from(length));
                Ok(Place::Free)
            }
            Place::Call(part) => match self.call.child(part, uri, local) {
                Ok(part) => Ok(Place::Call(part)),
                Err(kind) => stop(kind, start),
            },
            Place::Fault(fault::Part::Detail) if self.fault.detail_child(local) => Ok(Place::Exception),
            Place::Fault(fault::Part::Detail | fault::Part::Foreign) => Ok(Place::Free),
            Place::Fault(part) => match self.fault.child(version, part, local, uri != Uri::NONE) {
                Ok(fault::Part::Detail) => {
                    self.detail = Some((start, 0));
                    self.detail_bound = self.scope.bound() - declarations(attributes);
                    Ok(Place::Fault(fault::Part::Detail))
                }
                Ok(fault::Part::Text(slot)) if part == fault::Part::Reason => {
                    let lang = |(a, u): &(Attribute, Uri)| {
                        *u == Uri::XML && token::split(a.raw_name(tag)).1 == b"lang"
                    };
                    if !attributes.iter().any(lang) {
                        return stop(ErrorKind::MissingLang, start);
                    }
                    Ok(Place::Fault(fault::Part::Text(slot)))
                }
                Ok(part) => Ok(Place::Fault(part)),
                Err(kind) => stop(kind, start),
            },
            Place::Exception | Place::Free => Ok(Place::Free),
        }
    }

    fn root(&mut self, start: usize, uri: Uri, local: &[u8]) -> Result<Place, Stop> {
        self.envelope_at = start;
        self.version = match (local, uri) {
            (b"Envelope", Uri::SOAP_1_1) => Some(SoapVersion::V1_1),
            (b"Envelope", Uri::SOAP_1_2) => Some(SoapVersion::V1_2),
            (b"Envelope", _) => return stop(ErrorKind::VersionMismatch, start),
            _ => return stop(ErrorKind::NotEnvelope, start),
        };
        Ok(Place::Envelope)
    }

    fn begin_text(&mut self, place: Place) {
        self.keeping = match place {
            Place::Call(call_info::Part::CallId) => Some(Kept::CallId),
            Place::Fault(fault::Part::Text(Some(slot))) => Some(Kept::Fault(slot)),
            Place::Exception => Some(Kept::Fault(Slot::Exception)),
            _ => None,
        };
        self.text_at = self.at;
        self.word = Word::default();
        self.chars = 0;
        self.cr = false;
    }

    /// `ETag ::= '</' Name S? '>'`, <https://www.w3.org/TR/xml/#NT-ETag>
    fn end_tag(&mut self, start: usize) -> Result<(), Stop> {
        self.at += 1;
        if self.scope.depth() == 0 {
            return stop(ErrorKind::UnopenedEndTag, start);
        }
        // The text has ended; what is wrong from here on is not its length.
        self.keep_within(Ok(())).ok();
        let kept = self.keeping.take();
        let name = self.scope.name();
        let from = self.at;
        for (n, &expected) in name.iter().enumerate() {
            self.at = from + n;
            let b = self.peek()?;
            if b != expected {
                let mut sequence = (0..=n.min(3)).rev().map(|back| self.at - back);
                let lead = sequence.rfind(|&at| self.input.get(at).is_some_and(|b| scan::is_lead(*b)));
                if let Some(lead) = lead.filter(|_| expected >= 0x80) {
                    let seen = self.input.get(lead..=self.at).unwrap_or_default();
                    if scan::sequence(seen) == scan::Sequence::Invalid && !scan::is_lead(b) {
                        return stop(ErrorKind::InvalidUtf8, lead);
                    }
                }
                return token::character_or_from(self.input, self.at, ErrorKind::MismatchedEndTag, from);
            }
        }
        self.at = from + name.len();
        let b = self.peek()?;
        if chars::is(b, chars::NAME) || b == b':' || scan::is_lead(b) {
            return stop(ErrorKind::MismatchedEndTag, from);
        }
        self.at = scan::run(self.input, self.at, SPACE);
        if self.peek()? != b'>' {
            return token::character_or(self.input, self.at, ErrorKind::MalformedTagEnd);
        }
        self.at += 1;
        self.keeping = kept;
        self.close(start)
    }

    /// The end of an element: at `start` its end tag begins, or, when it is empty, its only tag.
    fn close(&mut self, start: usize) -> Result<(), Stop> {
        let Some(place) = self.scope.place() else { return Ok(()) };
        let text = (self.text_at, start.max(self.text_at));
        if let Some(kept) = self.keeping.take() {
            self.kept_bytes += text.1 - text.0;
            match kept {
                Kept::CallId => self.call_id = Some(text),
                Kept::Fault(slot) => {
                    if let Some(place) = self.texts.get_mut(slot as usize) {
                        *place = Some(text);
                    }
                    self.code_namespace(slot, text);
                }
            }
        }
        match place {
            Place::Envelope if !self.body_seen => return stop(ErrorKind::MissingBody, start),
            Place::Envelope => self.root_closed = true,
            Place::Header => self.header_at = self.header_at.map(|(from, _)| (from, self.at)),
            Place::Body if self.entry.is_none() => return stop(ErrorKind::EmptyBody, start),
            Place::Call(part) => {
                if let Err(kind) = self.call.close(part, &self.word, self.chars) {
                    let value = matches!(part, call_info::Part::CallState | call_info::Part::EventCause);
                    return stop(kind, if value { text.0.min(self.at) } else { start });
                }
            }
            Place::Fault(part) => {
                if let Err(kind) = self.fault.close(part) {
                    return stop(kind, start);
                }
                if part == fault::Part::Detail {
                    self.detail = self.detail.map(|(from, _)| (from, self.at));
                }
            }
            Place::Body | Place::Exception | Place::Free => {}
        }
        self.scope.pop();
        // Back in Body: the entry has ended.
        if self.scope.place() == Some(Place::Body) {
            self.entry = self.entry.map(|(from, _)| (from, self.at));
        }
        Ok(())
    }

    /// What the prefix of a fault's code means where it stands.
    fn code_namespace(&mut self, slot: Slot, (from, to): (usize, usize)) {
        if !matches!(slot, Slot::Code | Slot::Subcode) {
            return;
        }
        let text = Text::content(self.input.get(from..to).unwrap_or_default());
        let prefix = text.as_str().map(|s| s.trim().split_once(':').map_or("", |(prefix, _)| prefix));
        let uri = prefix.and_then(|prefix| self.scope.resolve(prefix.as_bytes()));
        let uri = uri.filter(|&uri| uri != Uri::NONE);
        let written = uri.map_or((0, 0), |uri| self.scope.written(uri));
        match slot {
            Slot::Code => (self.code_uri, self.written[0]) = (uri, written),
            _ => (self.subcode_uri, self.written[1]) = (uri, written),
        }
    }

    fn namespace_text(&self, uri: Uri, (at, length): (u32, u16)) -> Text<'i> {
        match uri.known() {
            Some(known) => Text::new(known),
            None => {
                let at = at as usize;
                Text::attribute(self.input.get(at..at + usize::from(length)).unwrap_or_default())
            }
        }
    }

    fn kept(&self, slot: Slot) -> Option<Text<'i>> {
        let (from, to) = self.texts.get(slot as usize).copied().flatten()?;
        Some(Text::content(self.input.get(from..to)?))
    }

    fn result(&self) -> Envelope<'i> {
        let version = self.version.unwrap_or(SoapVersion::V1_1);
        let header = match self.header_at {
            None => Header::Absent,
            Some((from, to)) => {
                Header::Retained(HeaderBlocks::new(self.input, version, self.envelope_at, from, to))
            }
        };
        let (from, to) = self.entry.unwrap_or_default();
        let raw = self.input.get(from..to);
        let body = if self.fault_seen {
            let code = |slot, uri: Option<Uri>, written| {
                self.kept(slot)
                    .map(|text| Code { text, namespace: uri.map(|u| self.namespace_text(u, written)) })
            };
            let empty = Code { text: Text::new(""), namespace: None };
            let local =
                self.detail.map(|(from, _)| token::split(token::tag_name(token::tag_at(self.input, from))).1);
            let detail = self.detail.zip(local).map(|((from, to), local)| {
                let namespace = (version == SoapVersion::V1_2).then(|| Text::new(version.namespace()));
                (Element::new(namespace, local, self.input.get(from..to)), self.detail_alone)
            });
            Body::Fault(Fault::read(
                version,
                code(Slot::Code, self.code_uri, self.written[0]).unwrap_or(empty),
                code(Slot::Subcode, self.subcode_uri, self.written[1]),
                self.kept(Slot::Reason).unwrap_or(Text::new("")),
                self.kept(Slot::Actor),
                self.kept(Slot::Node),
                detail,
                self.kept(Slot::Exception),
            ))
        } else if let Some((from, to)) = self.call_id {
            Body::GetCallInfo(GetCallInfo::read(CallId::read(self.input.get(from..to).unwrap_or_default())))
        } else if let Some(response) = self.call.response() {
            Body::GetCallInfoResponse(response)
        } else {
            let (uri, at, end) = self.entry_name;
            let namespace = (uri != Uri::NONE)
                .then(|| self.namespace_text(uri, (at as u32, end.saturating_sub(at) as u16)));
            let local = token::split(token::tag_name(token::tag_at(self.input, from))).1;
            Body::Other(Element::new(namespace, local, raw))
        };
        Envelope::read(version, self.call.namespace(), header, body)
    }
}

/// The prefix that an attribute of this name declares; empty for the default namespace.
fn declared_prefix(name: &[u8]) -> Option<&[u8]> {
    match token::split(name) {
        (b"", b"xmlns") => Some(b""),
        (b"xmlns", prefix) => Some(prefix),
        _ => None,
    }
}

fn declarations(attributes: &[(Attribute, Uri)]) -> usize {
    attributes.iter().filter(|(_, uri)| *uri == Uri::XMLNS).count()
}

/// Reads a message; also where its body entry begins.
fn read<'i>(input: &'i [u8], options: &Options<'_>) -> Result<(Envelope<'i>, usize), Error> {
    let most = options.limits.message_bytes() as usize;
    let window = input.get(..most).unwrap_or(input);
    let mut machine = Machine::new(window, options);
    let verdict = match machine.document() {
        Ok(()) | Err(Stop { kind: ErrorKind::UnexpectedEnd, .. }) if input.len() > most => {
            stop(ErrorKind::MessageTooLong, most)
        }
        verdict => verdict,
    };
    match verdict {
        Ok(()) => Ok((machine.result(), machine.entry.unwrap_or_default().0)),
        Err(Stop { kind, at }) => Err(Error::new(kind, at, machine.version)),
    }
}

impl<'a> Envelope<'a> {
    /// Reads a whole message: as the ultimate receiver, with nothing understood, within the default limits.
    ///
    /// # Errors
    /// The first rule that is broken when the message is read byte by byte, with its offset.
    pub fn parse(input: &'a [u8]) -> Result<Self, Error> {
        Self::parse_with(input, &Options::new())
    }

    /// Reads a whole message with these options.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_with(input: &'a [u8], options: &Options<'_>) -> Result<Self, Error> {
        Ok(read(input, options)?.0)
    }

    /// The name of the header block that a `MustUnderstand` refusal of this very input is about.
    pub fn not_understood(input: &'a [u8], error: &Error) -> Option<Element<'a>> {
        if error.kind() != ErrorKind::MustUnderstand {
            return None;
        }
        let prolog = if input.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(input).starts_with(b"<?xml") {
            scan::find(b'>', input, 0)?
        } else {
            0
        };
        let envelope = token::next_child(input, prolog, input.len())?;
        let header = token::next_child(input, envelope + token::tag_at(input, envelope).len(), input.len())?;
        let blocks = HeaderBlocks::new(input, error.version()?, envelope, header, input.len());
        Some(blocks.name_at(error.offset()))
    }
}

impl<'a> GetCallInfo<'a> {
    /// Reads a message that must be the request.
    ///
    /// # Errors
    /// As [`Envelope::parse`], and `UnexpectedResponse`, `UnexpectedFault`, `UnexpectedOperation` at the body entry.
    pub fn parse(input: &'a [u8]) -> Result<Self, Error> {
        let (envelope, at) = read(input, &Options::new())?;
        let kind = match envelope.body() {
            Body::GetCallInfo(request) => return Ok(request),
            Body::GetCallInfoResponse(_) => ErrorKind::UnexpectedResponse,
            Body::Fault(_) => ErrorKind::UnexpectedFault,
            Body::Other(_) => ErrorKind::UnexpectedOperation,
        };
        Err(Error::new(kind, at, Some(envelope.version())))
    }
}

impl GetCallInfoResponse {
    /// Reads a message that must be the reply.
    ///
    /// # Errors
    /// As [`Envelope::parse`], and `UnexpectedRequest`, `UnexpectedFault`, `UnexpectedOperation` at the body entry.
    pub fn parse(input: &[u8]) -> Result<Self, Error> {
        let (envelope, at) = read(input, &Options::new())?;
        let kind = match envelope.body() {
            Body::GetCallInfoResponse(response) => return Ok(response),
            Body::GetCallInfo(_) => ErrorKind::UnexpectedRequest,
            Body::Fault(_) => ErrorKind::UnexpectedFault,
            Body::Other(_) => ErrorKind::UnexpectedOperation,
        };
        Err(Error::new(kind, at, Some(envelope.version())))
    }
}

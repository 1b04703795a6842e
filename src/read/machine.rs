//! The machine: reads a message in chunks that may be cut anywhere, and names the first rule that is broken.

#![expect(clippy::arithmetic_side_effects, reason = "positions lie inside a slice, so they cannot overflow")]

use crate::base::error::{Error, ErrorKind, Stop, stop};
use crate::base::limits::{Charset, Options};
use crate::base::retain::{Kept, Message, Retain, Slot};
use crate::rules::{Grammar, Place, Rule, Value};
use crate::service::schema::Word;
use crate::service::values;
use crate::usual;
use crate::xml::chars::{self, CDATA, COMMENT, NAME, NAME_START, SPACE};
use crate::xml::prolog::{self, BOM, Declaration, Encoding};
use crate::xml::scan::{self, Sequence};
use crate::xml::scope::Arrays;
use crate::xml::text::{self, Reference};
use crate::xml::token::{self, TagLexer};

/// What the machine waits for.
#[derive(Clone, Copy, Debug)]
enum State {
    /// The first bytes, which tell the encoding, as far as they were seen.
    Start([u8; 4], u8),
    Declaration(Declaration),
    /// Text up to the next markup; it ends in so many `]` when it was cut.
    Content(u8),
    /// A reference in text, and where it begins.
    Reference(Reference, u32),
    /// After `<`.
    Markup,
    /// After `<?` and so many bytes of `xml`.
    Instruction(u8),
    /// After `<!`.
    Bang,
    /// After `<!-`.
    CommentStart,
    /// In a comment, after so many `-`.
    Comment(u8),
    /// After `<!` and so many bytes of `[CDATA[`.
    CdataStart(u8),
    /// In a CDATA section, after so many `]`.
    Cdata(u8),
    /// In a start tag. Its bytes are at hand again when it goes on.
    StartTag,
    /// After `</` and so many bytes of the name.
    EndTag(u16),
    /// After the name of an end tag.
    EndTagSpace,
}

/// The beginning of a UTF-8 sequence that was cut.
#[derive(Clone, Copy, Debug)]
struct Cut {
    bytes: [u8; 4],
    length: u8,
}

/// The text of an element as it is read.
struct Reading {
    /// Where it begins.
    at: u32,
    /// Where the first byte stands that is too many to be kept.
    limit: u32,
    /// Which text is kept, up to where it has been kept, and at which place it begins.
    slot: Option<Slot>,
    kept_to: u32,
    place: u16,
    word: Word,
    /// The characters of a string so far, how many it may have, and whether the last was a CR.
    chars: u16,
    most_chars: u16,
    cr: bool,
}

/// The fewest bytes of a chunk in which usual children are looked for: a small header block and the window in which its
/// tags are read. Chunks of 64 bytes hold hardly any whole block, so that looking would be in vain.
const USUAL_CHILDREN: usize = 256;

pub(crate) struct Machine<'o, A> {
    grammar: Grammar<'o, A>,
    state: State,
    rule: Rule,
    /// Have the chunks that were only text, since the last other chunk, had no white space?
    is_base64: bool,
    /// Where the document begins, behind a byte order mark.
    first_at: u8,
    /// Where the chunk begins, and where the markup begins that is being read.
    base: usize,
    markup_at: usize,
    cut: Cut,
    /// Where a declared encoding stands whose message must be of ASCII; 0 for none.
    ascii_at: u16,
    reading: Reading,
    lexer: TagLexer,
}

impl Reading {
    const NOTHING: Self = Self {
        at: 0,
        limit: u32::MAX,
        slot: None,
        kept_to: 0,
        place: 0,
        word: Word::EMPTY,
        chars: 0,
        most_chars: 0,
        cr: false,
    };
}

impl<'o, A: Arrays<Place>> Machine<'o, A> {
    /// `arrays`: of a size for these options' limits.
    #[inline(always)]
    pub(crate) const fn new(options: Options<'o>, arrays: A) -> Self {
        Self {
            grammar: Grammar::new(options, arrays),
            state: State::Start([0; 4], 0),
            rule: Rule::White,
            is_base64: true,
            first_at: 0,
            base: 0,
            markup_at: 0,
            cut: Cut { bytes: [0; 4], length: 0 },
            ascii_at: 0,
            reading: Reading::NOTHING,
            lexer: TagLexer::new(),
        }
    }

    /// Makes ready for the next message.
    pub(crate) fn reset(&mut self) {
        self.grammar.reset();
        self.state = State::Start([0; 4], 0);
        self.rule = Rule::White;
        (self.first_at, self.base, self.cut.length, self.ascii_at) = (0, 0, 0, 0);
        self.reading = Reading::NOTHING;
    }

    pub(crate) const fn grammar(&self) -> &Grammar<'o, A> {
        &self.grammar
    }

    pub(crate) fn error(&self, stop: Stop) -> Error {
        self.grammar.error(stop)
    }

    /// Is a start tag open, whose bytes must be at hand when it goes on? Where it begins.
    pub(crate) const fn open_tag(&self) -> Option<usize> {
        if let State::StartTag = self.state { Some(self.markup_at) } else { None }
    }

    /// Returns the part of a chunk that may be read: all of it, but of a message that must be of ASCII not what is none.
    ///
    /// # Errors
    /// `DeclaredEncoding`, when the chunk begins with a byte outside ASCII in such a message.
    #[inline(always)]
    pub(crate) fn legal_part<'c>(&self, chunk: &'c [u8]) -> Result<&'c [u8], Stop> {
        if self.ascii_at == 0 { Ok(chunk) } else { self.ascii_part(chunk) }
    }

    #[cold]
    fn ascii_part<'c>(&self, chunk: &'c [u8]) -> Result<&'c [u8], Stop> {
        match chunk.iter().position(|b| !b.is_ascii()) {
            Some(0) => stop(ErrorKind::DeclaredEncoding, self.ascii_at.into()),
            Some(at) => Ok(chunk.get(..at).unwrap_or_default()),
            None => Ok(chunk),
        }
    }

    /// Reads the rest of a whole message that must be of ASCII, after its declaration.
    #[cold]
    fn read_ascii(&mut self, rest: &[u8], retain: &mut impl Retain) -> Result<(), Stop> {
        let legal = self.ascii_part(rest)?;
        self.read(legal, retain)?;
        self.ascii_part(rest.get(legal.len()..).unwrap_or_default()).map(|_| ())
    }

    /// Reads a chunk. The number of bytes read: all, unless a start tag was cut at the end, or after a declaration the
    /// rest of the message must be of ASCII.
    pub(crate) fn read(&mut self, chunk: &[u8], retain: &mut impl Retain) -> Result<usize, Stop> {
        self.is_base64 = true;
        let mut at = if self.cut.length > 0 { self.complete(chunk)? } else { 0 };
        while at < chunk.len() {
            at = match self.state {
                State::Content(brackets) => self.content(chunk, at, brackets, retain)?,
                State::StartTag => break,
                State::Start(first, seen) => self.start(first, usize::from(seen), chunk)?,
                State::Declaration(declaration) => {
                    let end = self.declaration(declaration, chunk, at)?;
                    if self.ascii_at > 0 {
                        self.base += end;
                        return Ok(end);
                    }
                    end
                }
                _ => self.markup(chunk, at, retain)?,
            };
        }
        if self.reading.slot.is_some() {
            let text = match self.state {
                State::Markup
                | State::Instruction(_)
                | State::EndTag(_)
                | State::EndTagSpace
                | State::StartTag => self.markup_at,
                _ => self.base + at,
            };
            self.keep(chunk, text, retain);
        }
        self.base += at;
        Ok(at)
    }

    /// Passes a chunk that is text and nothing else, where no rules hold but XML's: what a long text is cut into.
    #[inline(always)]
    pub(crate) fn pass_text(&mut self, chunk: &[u8]) -> bool {
        let State::Content(brackets) = self.state else { return false };
        let is_free = self.rule == Rule::Free && self.reading.slot.is_none() && self.cut.length == 0;
        if !is_free {
            return false;
        }
        // Text in lines of 76 characters has a line end in nearly every chunk of 64 bytes, so that the cheaper question would be
        // asked in vain: 1.5 times the instructions. After its first "no" the exact one is asked alone, up to the next tag.
        if !(self.is_base64 && scan::is_usual(chunk)) {
            if !scan::is_text(chunk) {
                return false;
            }
            self.is_base64 = false;
        }
        self.state = State::Content(brackets_at_end(chunk, brackets));
        self.base += chunk.len();
        true
    }

    /// Takes a first chunk that is a usual message, whole: as if it had been read.
    #[inline(always)]
    pub(crate) fn take_whole(&mut self, chunk: &[u8], retain: &mut impl Retain) -> bool {
        if !self.grammar.options().kept_blocks.is_empty() {
            return false;
        }
        let Some(usual) = usual::message(chunk, self.grammar.options()) else { return false };
        self.grammar.take(&usual, retain);
        self.state = State::Content(0);
        self.base = chunk.len();
        true
    }

    /// Reads a whole message.
    #[inline(always)]
    pub(super) fn whole(&mut self, input: &[u8]) -> Result<(), Stop> {
        // The limit counts every byte, and wins over what is wrong with the first one too many.
        let most = self.grammar.options().limits.message_bytes() as usize;
        let window = input.get(..most).unwrap_or(input);
        let read = self.read(window, &mut Message(window))?;
        if self.ascii_at > 0 {
            self.read_ascii(window.get(read..).unwrap_or_default(), &mut Message(window))?;
        }
        if input.len() > most { stop(ErrorKind::MessageTooLong, most) } else { self.finish(input.len()) }
    }

    /// Goes on in a start tag; `tag` is all that there is of it, from its `<`, and `more` bytes follow. True
    /// when it is complete.
    pub(crate) fn read_tag(
        &mut self,
        tag: &[u8],
        more: bool,
        retain: &mut impl Retain,
    ) -> Result<bool, Stop> {
        let length = self.start_tag(tag, more, retain)?;
        if length > 0 {
            self.state = State::Content(0);
            self.base = self.markup_at + length;
        }
        Ok(length > 0)
    }

    /// The end of the input, after so many bytes.
    pub(crate) fn finish(&self, length: usize) -> Result<(), Stop> {
        let whole = matches!(self.state, State::Content(_)) && self.cut.length == 0;
        if whole && self.grammar.is_closed() { Ok(()) } else { stop(ErrorKind::UnexpectedEnd, length) }
    }

    /// The first bytes of the message.
    fn start(&mut self, mut first: [u8; 4], seen: usize, chunk: &[u8]) -> Result<usize, Stop> {
        let mut known = seen;
        for (place, &b) in first.iter_mut().skip(seen).zip(chunk) {
            *place = b;
            known += 1;
        }
        match prolog::encoding(first.get(..known).unwrap_or_default()) {
            Encoding::Open => {
                self.state = State::Start(first, known as u8);
                Ok(chunk.len())
            }
            Encoding::Other(kind) => stop(kind, 0),
            Encoding::Utf8 => {
                self.first_at = BOM.len() as u8;
                self.state = State::Content(0);
                Ok(BOM.len() - seen)
            }
            Encoding::Unmarked if seen == 0 => {
                self.state = State::Content(0);
                Ok(0)
            }
            Encoding::Unmarked if first.first() == Some(&b'<') => {
                self.markup_at = 0;
                self.state = State::Markup;
                Ok(0)
            }
            Encoding::Unmarked => not_a_start(first.first().copied().unwrap_or(0)),
        }
    }

    /// Completes a character that was cut.
    fn complete(&mut self, chunk: &[u8]) -> Result<usize, Stop> {
        let start = self.base - usize::from(self.cut.length);
        for (at, &b) in chunk.iter().enumerate() {
            if self.base + at >= self.limit() {
                return stop(ErrorKind::TextTooLong, self.limit());
            }
            if let Some(place) = self.cut.bytes.get_mut(usize::from(self.cut.length)) {
                *place = b;
            }
            self.cut.length += 1;
            let Cut { bytes, length } = self.cut;
            let bytes = bytes.get(..usize::from(length)).unwrap_or_default();
            if token::character(bytes, 0).map_err(|s| s.behind(start))?.is_some() {
                self.cut.length = 0;
                if !matches!(self.state, State::Comment(_)) {
                    self.piece(bytes, start)?;
                }
                return Ok(at + 1);
            }
        }
        Ok(chunk.len())
    }

    /// Text and markup, as long as they are whole and without surprises.
    fn content(
        &mut self,
        chunk: &[u8],
        mut at: usize,
        mut brackets: u8,
        retain: &mut impl Retain,
    ) -> Result<usize, Stop> {
        // How far usual children were looked for: no byte is read twice by them, however deep elements are nested.
        let mut looked = 0;
        loop {
            let end = self.limit().saturating_sub(self.base).min(chunk.len());
            let window = chunk.get(..end).unwrap_or_default();
            let plain = match self.rule {
                _ if window.get(at) == Some(&b'<') => at,
                Rule::Free => scan::text(window, at),
                Rule::White => scan::space(window, at),
                Rule::String | Rule::Word => end,
            };
            at = match window.get(plain) {
                Some(b'<') => plain,
                None if self.rule == Rule::Free => {
                    let run = window.get(at..).unwrap_or_default();
                    self.state = State::Content(brackets_at_end(run, brackets));
                    plain
                }
                _ => self.text(window, at, brackets)?,
            };
            brackets = 0;
            match chunk.get(at) {
                None => return Ok(at),
                Some(b'<') => {}
                Some(b'&') if at < end => {
                    self.reading.cr = false;
                    self.state = State::Reference(Reference::Start, (self.base + at) as u32);
                    return Ok(at + 1);
                }
                Some(_) if end < chunk.len() => return stop(ErrorKind::TextTooLong, self.limit()),
                // A character that was cut.
                Some(_) => return Ok(chunk.len()),
            }
            self.reading.cr = false;
            self.markup_at = self.base + at;
            let rest = chunk.get(at..).unwrap_or_default();
            match rest.get(1) {
                Some(b'/') => match self.grammar.plain_end_tag(rest) {
                    Some(length) => {
                        self.keep(chunk, self.markup_at, retain);
                        at += length;
                        self.close(self.base + at, retain)?;
                    }
                    None => {
                        self.state = State::Markup;
                        return Ok(at + 1);
                    }
                },
                Some(b'?') if self.markup_at == usize::from(self.first_at) => {
                    match prolog::usual_declaration(rest) {
                        Some(length) if length <= usize::from(self.grammar.options().limits.tag_bytes()) => {
                            at += length;
                        }
                        _ => {
                            self.state = State::Markup;
                            return Ok(at + 1);
                        }
                    }
                }
                None | Some(b'!' | b'?') => {
                    self.state = State::Markup;
                    return Ok(at + 1);
                }
                Some(_) => {
                    self.lexer.reset();
                    let length = self.start_tag(rest, false, retain)?;
                    if length == 0 {
                        self.state = State::StartTag;
                        return Ok(at);
                    }
                    at += length;
                }
            }
            // The end tag of a header block is among what was passed: the next block begins here.
            if at >= looked && at + USUAL_CHILDREN <= chunk.len() && self.may_have_children(chunk, at) {
                let passed = self.grammar.usual_children(chunk.get(at..).unwrap_or_default());
                (at, looked) = passed.map_or((at, chunk.len()), |(whole, seen)| (at + whole, at + seen));
            }
            self.state = State::Content(0);
        }
    }

    /// Do children of Header, or of an element without rules, begin here?
    #[inline(always)]
    fn may_have_children(&self, chunk: &[u8], at: usize) -> bool {
        match self.grammar.place() {
            // The text of a named header block is kept, which only the machine does.
            Place::Header => self.grammar.options().kept_blocks.is_empty(),
            Place::Free => matches!(chunk.get(at..at + 2), Some([b'<', b]) if !matches!(b, b'/' | b'!')),
            _ => false,
        }
    }

    /// `CharData`, also with surprises, up to `<`, `&`, a character that was cut, or the end:
    /// <https://www.w3.org/TR/xml/#NT-CharData>. The text before ended in so many `]`.
    #[inline(never)]
    fn text(&mut self, window: &[u8], mut at: usize, mut brackets: u8) -> Result<usize, Stop> {
        if self.rule == Rule::White {
            at = scan::space(window, at);
            return match window.get(at) {
                None | Some(b'<') => Ok(at),
                Some(b'&') if self.grammar.depth() > 0 => Ok(at),
                Some(&b) => token::byte_or(b, self.grammar.stray_text(), self.base + at, self.base + at),
            };
        }
        loop {
            let start = at;
            at = scan::prose(window, start);
            let run = window.get(start..at).unwrap_or_default();
            if self.rule != Rule::Free {
                self.piece(run, self.base + start)?;
            }
            let end = match window.get(at) {
                Some(b'<' | b'&') => return Ok(at),
                None => {
                    self.state = State::Content(brackets_at_end(run, brackets));
                    return Ok(at);
                }
                Some(b'>') if brackets_at_end(run, brackets) == 2 => {
                    return stop(ErrorKind::CdataEndInText, self.base + at - 2);
                }
                Some(b'>') => at + 1,
                Some(_) => match self.character(window, at)? {
                    Some(end) => end,
                    None => {
                        self.state = State::Content(0);
                        return Ok(at);
                    }
                },
            };
            self.piece(window.get(at..end).unwrap_or_default(), self.base + at)?;
            (at, brackets) = (end, 0);
        }
    }

    /// The end of the legal character at a position. `None` if it was cut: its beginning is remembered.
    #[cold]
    fn character(&mut self, window: &[u8], at: usize) -> Result<Option<usize>, Stop> {
        let found = token::character(window, at).map_err(|s| s.behind(self.base))?;
        if found.is_none() {
            let rest = window.get(at..).unwrap_or_default();
            for (place, &b) in self.cut.bytes.iter_mut().zip(rest) {
                *place = b;
            }
            self.cut.length = rest.len() as u8;
        }
        Ok(found.map(|(_, length)| at + length))
    }

    /// Takes a checked piece of an element's text, which stands at `at`.
    #[inline]
    fn piece(&mut self, piece: &[u8], at: usize) -> Result<(), Stop> {
        match self.rule {
            Rule::White | Rule::Free => Ok(()),
            Rule::Word => {
                text::str_of(piece).chars().for_each(|c| self.reading.word.push(c));
                Ok(())
            }
            Rule::String => {
                let room = usize::from(self.reading.most_chars - self.reading.chars);
                let (count, over) = values::count_chars(piece, &mut self.reading.cr, room);
                self.reading.chars += count as u16;
                over.map_or(Ok(()), |n| stop(ErrorKind::ValueTooLong, at + n))
            }
        }
    }

    /// Everything else, from the byte at `at` on: what is rare, or was cut.
    fn markup(&mut self, chunk: &[u8], at: usize, retain: &mut impl Retain) -> Result<usize, Stop> {
        let end = self.limit().saturating_sub(self.base).min(chunk.len());
        // A reference, a comment or a section of text that is kept counts to it.
        let window = chunk.get(..end).unwrap_or_default();
        let Some(&b) = chunk.get(at) else { return Ok(at) };
        let here = self.base + at;
        match self.state {
            State::Markup => match b {
                b'/' if self.grammar.depth() == 0 => stop(ErrorKind::UnopenedEndTag, self.markup_at),
                b'/' => {
                    self.keep(chunk, self.markup_at, retain);
                    self.state = State::EndTag(0);
                    Ok(at + 1)
                }
                b'!' if here >= self.limit() => stop(ErrorKind::TextTooLong, self.limit()),
                b'!' => {
                    self.state = State::Bang;
                    Ok(at + 1)
                }
                b'?' => {
                    self.state = State::Instruction(0);
                    Ok(at + 1)
                }
                _ => {
                    self.lexer.reset();
                    self.state = State::StartTag;
                    Ok(at)
                }
            },
            State::EndTag(matched) => self.end_tag(usize::from(matched), chunk, at),
            State::EndTagSpace => {
                let at = scan::space(chunk, at);
                match chunk.get(at) {
                    None => Ok(at),
                    Some(b'>') => {
                        self.close(self.base + at + 1, retain)?;
                        self.state = State::Content(0);
                        Ok(at + 1)
                    }
                    Some(&b) => token::byte_or(b, ErrorKind::MalformedTagEnd, self.base + at, self.base + at),
                }
            }
            State::Instruction(matched) => self.instruction(usize::from(matched), b, at),
            State::Declaration(declaration) => self.declaration(declaration, chunk, at),
            _ if at >= end => stop(ErrorKind::TextTooLong, self.limit()),
            State::Reference(reference, start) => self.reference(reference, start as usize, window, at),
            State::Bang => {
                self.state = match b {
                    b'-' => State::CommentStart,
                    b'[' if self.grammar.depth() == 0 => {
                        return stop(ErrorKind::TextOutsideRoot, self.markup_at);
                    }
                    b'[' => State::CdataStart(1),
                    b'D' => return stop(ErrorKind::Doctype, self.markup_at),
                    _ => return self.unknown(b, here),
                };
                Ok(at + 1)
            }
            State::CommentStart if b == b'-' => {
                self.state = State::Comment(0);
                Ok(at + 1)
            }
            State::CommentStart => self.unknown(b, here),
            State::CdataStart(matched) => {
                const START: &[u8] = b"[CDATA[";
                if START.get(usize::from(matched)) != Some(&b) {
                    return self.unknown(b, here);
                }
                let matched = matched + 1;
                self.state = if usize::from(matched) == START.len() {
                    State::Cdata(0)
                } else {
                    State::CdataStart(matched)
                };
                Ok(at + 1)
            }
            State::Comment(dashes) => self.comment(dashes, window, at),
            State::Cdata(brackets) => self.cdata(brackets, window, at),
            State::Start(..) | State::Content(_) | State::StartTag => Ok(at),
        }
    }

    fn unknown(&self, b: u8, here: usize) -> Result<usize, Stop> {
        token::byte_or(b, ErrorKind::UnknownMarkup, here, self.markup_at)
    }

    /// `CharRef` and `EntityRef` in text: <https://www.w3.org/TR/xml/#NT-Reference>
    fn reference(
        &mut self,
        mut reference: Reference,
        start: usize,
        window: &[u8],
        mut at: usize,
    ) -> Result<usize, Stop> {
        while let Some(&b) = window.get(at) {
            let c = match reference.step(b) {
                Ok(c) => c,
                Err(kind) => return token::byte_or(b, kind, self.base + at, start),
            };
            at += 1;
            let Some(c) = c else { continue };
            match self.rule {
                Rule::Free => {}
                Rule::White if text::is_space(c) => {}
                Rule::White => return stop(self.grammar.stray_text(), start),
                Rule::Word => self.reading.word.push(c),
                Rule::String if self.reading.chars >= self.reading.most_chars => {
                    return stop(ErrorKind::ValueTooLong, start);
                }
                Rule::String => self.reading.chars += 1,
            }
            self.state = State::Content(0);
            return Ok(at);
        }
        self.state = State::Reference(reference, start as u32);
        Ok(at)
    }

    /// A processing instruction, or a declaration.
    fn instruction(&mut self, matched: usize, b: u8, at: usize) -> Result<usize, Stop> {
        if b"xml".get(matched) == Some(&b) {
            self.state = State::Instruction((matched + 1) as u8);
            return Ok(at + 1);
        }
        if matched < 3 || !(b == b'?' || chars::is(b, SPACE)) {
            return stop(ErrorKind::ProcessingInstruction, self.markup_at);
        }
        if self.markup_at != usize::from(self.first_at) {
            return stop(ErrorKind::MisplacedDeclaration, self.markup_at);
        }
        let charset = match self.grammar.options().charset {
            // The byte order mark of UTF-8 is not of ASCII.
            Charset::Ascii if self.first_at > 0 => Charset::Utf8,
            charset => charset,
        };
        self.state = State::Declaration(Declaration::new(charset));
        Ok(at)
    }

    fn declaration(
        &mut self,
        mut declaration: Declaration,
        chunk: &[u8],
        mut at: usize,
    ) -> Result<usize, Stop> {
        // It counts as a tag.
        let most = self.markup_at + usize::from(self.grammar.options().limits.tag_bytes());
        while let Some(&b) = chunk.get(at) {
            let here = self.base + at;
            if here >= most {
                return stop(ErrorKind::TagTooLong, most);
            }
            at += 1;
            if declaration.step(b, here)? {
                self.ascii_at = declaration.ascii_at() as u16;
                self.state = State::Content(0);
                return Ok(at);
            }
        }
        self.state = State::Declaration(declaration);
        Ok(at)
    }

    /// `Comment ::= '<!--' ((Char - '-') | ('-' (Char - '-')))* '-->'`, <https://www.w3.org/TR/xml/#NT-Comment>
    fn comment(&mut self, mut dashes: u8, window: &[u8], mut at: usize) -> Result<usize, Stop> {
        while let Some(&b) = window.get(at) {
            match dashes {
                2 if b == b'>' => {
                    self.state = State::Content(0);
                    return Ok(at + 1);
                }
                2 => {
                    let here = self.base + at;
                    return token::byte_or(b, ErrorKind::CommentDashes, here, here - 2);
                }
                _ if b == b'-' => {
                    dashes += 1;
                    at += 1;
                }
                _ => {
                    dashes = 0;
                    at = match scan::run(window, at, COMMENT) {
                        end if end > at => end,
                        _ => match self.character(window, at)? {
                            Some(end) => end,
                            None => break,
                        },
                    };
                }
            }
        }
        self.state = State::Comment(dashes);
        Ok(if self.cut.length > 0 { window.len() } else { at })
    }

    /// `CDSect ::= '<![CDATA[' (Char* - (Char* ']]>' Char*)) ']]>'`, <https://www.w3.org/TR/xml/#NT-CDSect>
    fn cdata(&mut self, mut brackets: u8, window: &[u8], mut at: usize) -> Result<usize, Stop> {
        while let Some(&b) = window.get(at) {
            match (b, brackets) {
                (b'>', 2) => {
                    self.reading.cr = false;
                    self.state = State::Content(0);
                    return Ok(at + 1);
                }
                (b']', 0 | 1) => {
                    brackets += 1;
                    at += 1;
                    continue;
                }
                // The brackets that were held back are text; of three, the last two may still end the section.
                (b']', _) => {
                    self.cdata_text(b"]", self.base + at - 2)?;
                    at += 1;
                    continue;
                }
                (_, 0) => {}
                (_, _) => {
                    let held = usize::from(brackets);
                    let text: &[u8] = b"]]";
                    self.cdata_text(text.get(..held).unwrap_or_default(), self.base + at - held)?;
                    brackets = 0;
                }
            }
            let classes = if self.rule == Rule::White { SPACE } else { CDATA };
            let end = match scan::run(window, at, classes) {
                end if end > at => end,
                _ if self.rule == Rule::White => {
                    return token::byte_or(b, self.grammar.stray_text(), self.base + at, self.base + at);
                }
                _ => match self.character(window, at)? {
                    Some(end) => end,
                    None => break,
                },
            };
            self.piece(window.get(at..end).unwrap_or_default(), self.base + at)?;
            at = end;
        }
        self.state = State::Cdata(brackets);
        Ok(if self.cut.length > 0 { window.len() } else { at })
    }

    fn cdata_text(&mut self, piece: &[u8], at: usize) -> Result<(), Stop> {
        if self.rule == Rule::White { stop(self.grammar.stray_text(), at) } else { self.piece(piece, at) }
    }

    /// `tag`: all that is there of a start tag; `more` bytes follow. Its length; 0 while it is not complete.
    #[inline(always)]
    fn start_tag(&mut self, tag: &[u8], more: bool, retain: &mut impl Retain) -> Result<usize, Stop> {
        if self.lexer.is_fresh() && !self.may_begin(tag)? {
            return Ok(0);
        }
        let room = self.grammar.room();
        let start = self.markup_at;
        let length = self.lexer.lex(tag, more, room).map_err(|s| s.behind(start))?;
        if length == 0 {
            return Ok(0);
        }
        let tag = tag.get(..length).unwrap_or_default();
        let place = self.grammar.open(tag, start, &self.lexer, retain)?;
        self.begin_text(place, start + length);
        if tag.ends_with(b"/>") {
            self.close(start + length, retain)?;
        }
        Ok(length)
    }

    /// May an element begin here? False: more bytes decide.
    #[inline(always)]
    fn may_begin(&mut self, tag: &[u8]) -> Result<bool, Stop> {
        if let Some(Slot::Exception | Slot::Block(_)) = self.reading.slot {
            // An exception type of elements is none, and a block with elements has no text.
            (self.reading.slot, self.reading.limit) = (None, u32::MAX);
        }
        if self.grammar.is_closed() {
            return self.second_root(tag);
        }
        let most = usize::from(self.grammar.options().limits.depth());
        if self.grammar.depth() >= most { stop(ErrorKind::TooDeep, self.markup_at) } else { Ok(true) }
    }

    #[cold]
    fn second_root(&self, tag: &[u8]) -> Result<bool, Stop> {
        let at = self.markup_at + 1;
        let Some(&b) = tag.get(1) else { return Ok(false) };
        if b == b':' {
            return stop(ErrorKind::InvalidQName, at);
        }
        if b < 0x80 {
            let kind = if chars::is(b, NAME_START) { ErrorKind::SecondRoot } else { ErrorKind::InvalidName };
            return token::byte_or(
                b,
                kind,
                at,
                if kind == ErrorKind::SecondRoot { self.markup_at } else { at },
            );
        }
        match token::character(tag, 1).map_err(|s| s.behind(self.markup_at))? {
            Some((c, _)) if chars::is_name_start(c) => stop(ErrorKind::SecondRoot, self.markup_at),
            Some(_) => stop(ErrorKind::InvalidName, at),
            None => Ok(false),
        }
    }

    /// The text of an element begins.
    #[inline(always)]
    fn begin_text(&mut self, place: Place, at: usize) {
        self.rule = self.grammar.rule_at(place);
        let slot = self.grammar.slot_at(place, self.rule);
        let reading = &mut self.reading;
        (reading.at, reading.slot) = (at as u32, slot);
        if let Some(slot) = slot {
            let (room, place) = match slot {
                // A block that is too long is not kept, and is no error.
                Slot::Block(_) => (usize::MAX, self.grammar.next_block_place()),
                _ => (self.grammar.text_room(), self.grammar.next_place()),
            };
            // Beyond the longest message there is no byte to refuse.
            reading.limit = u32::try_from(at.saturating_add(room)).unwrap_or(u32::MAX);
            (reading.kept_to, reading.place) = (at as u32, place);
        }
        if matches!(self.rule, Rule::Word | Rule::String) {
            (reading.word, reading.chars, reading.cr) = (Word::EMPTY, 0, false);
            reading.most_chars = self.grammar.most_chars(place);
        }
    }

    /// Where the first byte stands that is too many to be kept.
    #[inline]
    const fn limit(&self) -> usize {
        self.reading.limit as usize
    }

    /// `ETag ::= '</' Name S? '>'`, <https://www.w3.org/TR/xml/#NT-ETag>
    fn end_tag(&mut self, mut matched: usize, chunk: &[u8], mut at: usize) -> Result<usize, Stop> {
        let name = self.grammar.open_name();
        let name_at = self.markup_at + 2;
        while let Some(&b) = chunk.get(at) {
            match name.get(matched) {
                Some(&expected) if b == expected => {}
                Some(_) => return self.mismatch(name.get(..matched).unwrap_or_default(), b, self.base + at),
                None if chars::is(b, NAME) || b == b':' || scan::is_lead(b) => {
                    return stop(ErrorKind::MismatchedEndTag, name_at);
                }
                None => {
                    self.state = State::EndTagSpace;
                    return Ok(at);
                }
            }
            matched += 1;
            at += 1;
        }
        self.state = State::EndTag(matched as u16);
        Ok(at)
    }

    /// Refuses the byte `b` at `at`, which is not the name's, behind so much of the name. Within a character it may be
    /// wrong for any character, not only for this one.
    #[cold]
    fn mismatch(&self, matched: &[u8], b: u8, at: usize) -> Result<usize, Stop> {
        let name_at = self.markup_at + 2;
        let lead = matched.iter().rposition(|&b| scan::is_lead(b)).unwrap_or(matched.len());
        let begun = matched.get(lead..).unwrap_or_default();
        if begun.is_empty() || scan::sequence(begun) != Sequence::Incomplete {
            return token::byte_or(b, ErrorKind::MismatchedEndTag, at, name_at);
        }
        let mut seen = [b; 4];
        seen.iter_mut().zip(begun).for_each(|(place, &b)| *place = b);
        match token::character(seen.get(..=begun.len()).unwrap_or_default(), 0) {
            Ok(_) => stop(ErrorKind::MismatchedEndTag, name_at),
            Err(s) => Err(s.behind(name_at + lead)),
        }
    }

    /// The end of the innermost element: of its end tag, or of its only tag, which began at `markup_at`.
    #[inline(always)]
    fn close(&mut self, end: usize, retain: &mut impl Retain) -> Result<(), Stop> {
        if !self.grammar.close_free(end) {
            self.close_ruled(end, retain)?;
        }
        self.rule = self.grammar.rule();
        Ok(())
    }

    #[inline(never)]
    fn close_ruled(&mut self, end: usize, retain: &mut impl Retain) -> Result<(), Stop> {
        let reading = &mut self.reading;
        let start = self.markup_at;
        let at = reading.at;
        let kept = reading.slot.take().and_then(|slot| {
            // Only the text of a header block may be longer than its limit, and is not kept then.
            let length = u16::try_from((start as u32).saturating_sub(at)).ok()?;
            Some((slot, Kept::new(at, reading.place, length)))
        });
        reading.limit = u32::MAX;
        // Of an empty element, which has no text, where it begins itself.
        let value = Value {
            at: start.min(at as usize),
            word: &reading.word,
            chars: usize::from(reading.chars),
            kept,
        };
        self.grammar.close(start, end, &value, retain)
    }

    /// Keeps the text that is being read up to `to`, an offset in the message.
    #[inline]
    fn keep(&mut self, chunk: &[u8], to: usize, retain: &mut impl Retain) {
        if self.reading.slot.is_some() {
            self.keep_text(chunk, to, retain);
        }
    }

    fn keep_text(&mut self, chunk: &[u8], to: usize, retain: &mut impl Retain) {
        let (begin, mut from) = (self.reading.at as usize, self.reading.kept_to as usize);
        let place = usize::from(self.reading.place);
        if to <= from {
            return;
        }
        if from < self.base {
            // The chunk before ended in `<`, which could have begun the end tag.
            retain.put(place + from - begin, b"<");
            from = self.base;
        }
        retain.put(place + from - begin, chunk.get(from - self.base..to - self.base).unwrap_or_default());
        self.reading.kept_to = to as u32;
    }
}

/// How many `]`, up to two, end a text of which this run is the last, behind so many others.
fn brackets_at_end(run: &[u8], before: u8) -> u8 {
    match run {
        [] => before,
        [b']'] => (before + 1).min(2),
        [.., b']', b']'] => 2,
        [.., b']'] => 1,
        _ => 0,
    }
}

/// Refuses the first byte of a message, which begins no document.
fn not_a_start<T>(b: u8) -> Result<T, Stop> {
    token::byte_or(b, ErrorKind::TextOutsideRoot, 0, 0)
}

#[cfg(test)]
mod tests {
    use std::string::String;

    use super::*;

    /// Brackets at the end of a text in pieces are those of the whole.
    #[test]
    fn brackets_over_pieces() {
        for bits in 0..1_u32 << 10 {
            let whole: String = (0..10).map(|n| if bits & (1 << n) == 0 { ']' } else { 'x' }).collect();
            for (one, other) in (0..=10).flat_map(|one| (one..=10).map(move |other| (one, other))) {
                let pieces =
                    [whole.get(..one), whole.get(one..other), whole.get(other..)].map(Option::unwrap);
                let found = pieces.iter().fold(0, |before, run| brackets_at_end(run.as_bytes(), before));
                let expected = whole.bytes().rev().take(2).take_while(|&b| b == b']').count();
                assert_eq!(usize::from(found), expected, "{pieces:?}");
            }
        }
    }
}

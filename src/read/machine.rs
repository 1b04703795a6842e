//! The machine: reads a message in chunks that may be cut anywhere, and names the first rule that is broken.

#![expect(clippy::arithmetic_side_effects, reason = "positions lie inside a slice, so they cannot overflow")]

use crate::base::error::{Error, ErrorKind, Stop, stop};
use crate::base::limits::{Charset, Options};
use crate::base::retain::{Message, Retain};
use crate::rules::{Grammar, Place, Rule};
use crate::usual;
use crate::xml::chars::{self, SPACE};
use crate::xml::prolog::{self, BOM, Declaration, Encoding};
use crate::xml::scan;
use crate::xml::scope::Arrays;
use crate::xml::text::Reference;
use crate::xml::token::{self, TagLexer};

mod sections;
mod tags;
mod text;
use text::{Reading, brackets_at_end};

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

    /// Passes a chunk that is text and nothing else, where no rules hold but XML's: what a long text is cut into. Also passes a
    /// chunk of white space where only that may stand.
    #[inline(always)]
    pub(crate) fn pass_text(&mut self, chunk: &[u8]) -> bool {
        let State::Content(brackets) = self.state else { return false };
        let is_free = self.rule == Rule::Free && self.reading.slot.is_none() && self.cut.length == 0;
        if !is_free {
            return self.pass_space(chunk);
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

    /// Passes a chunk of white space between elements, as at the end of a message. Read by the loop over markup, it takes 230
    /// instructions more. Not inlined, since that would cost each chunk of text 13.
    #[inline(never)]
    fn pass_space(&mut self, chunk: &[u8]) -> bool {
        let is_space =
            self.rule == Rule::White && self.cut.length == 0 && scan::space(chunk, 0) == chunk.len();
        if is_space {
            self.base += chunk.len();
        }
        is_space
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
}

/// Refuses the first byte of a message, which begins no document.
fn not_a_start<T>(b: u8) -> Result<T, Stop> {
    token::byte_or(b, ErrorKind::TextOutsideRoot, 0, 0)
}

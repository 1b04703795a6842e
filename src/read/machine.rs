//! The machine. It reads a message in chunks that may be cut anywhere, and names the first rule that is broken.
//!
//! Functions that run once for each chunk, tag or text are inlined into the loop that calls them. Functions for rare
//! input are cold or not inlined, so that this loop saves fewer registers.

#![expect(clippy::arithmetic_side_effects, reason = "positions lie inside a slice, so they cannot overflow")]

use crate::base::error::{Error, ErrorKind, Stop, stop};
use crate::base::limits::Options;
use crate::base::retain::{Message, Retain};
use crate::rules::{Grammar, Place, Rule};
use crate::usual;
use crate::xml::prolog::{self, Declaration};
use crate::xml::scan;
use crate::xml::scope::Arrays;
use crate::xml::text::Reference;
use crate::xml::token::{self, TagLexer};

mod sections;
mod start;
mod tags;
mod text;
use text::{Reading, brackets_at_end};

/// The construct that the machine is in, and how much of it has been read.
#[derive(Clone, Copy, Debug)]
enum State {
    /// The first bytes of the message, which tell its encoding: the bytes so far, and their number.
    Start([u8; 4], u8),
    Declaration(Declaration),
    /// Text up to the next markup, and the number of `]` (at most two) at the end of the text so far.
    Content(u8),
    /// A reference in text, and its byte offset.
    Reference(Reference, u32),
    /// The byte after `<`.
    Markup,
    /// A processing instruction or declaration, after `<?` and this number of bytes of `xml`.
    Instruction(u8),
    /// The byte after `<!`.
    Bang,
    /// The byte after `<!-`.
    CommentStart,
    /// The inside of a comment, after this number of `-`.
    Comment(u8),
    /// The start of a CDATA section, after `<!` and this number of bytes of `[CDATA[`.
    CdataStart(u8),
    /// The inside of a CDATA section, after this number of `]`.
    Cdata(u8),
    /// A start tag. The caller presents its bytes again, from the `<`, when the machine goes on.
    StartTag,
    /// The name of an end tag, after `</` and this number of bytes of the name.
    EndTag(u16),
    /// The rest of an end tag, after its name.
    EndTagSpace,
}

/// The first bytes of a UTF-8 sequence that a chunk cut.
#[derive(Clone, Copy, Debug)]
struct Cut {
    bytes: [u8; 4],
    length: u8,
}

/// The shortest rest of a chunk in which usual children are looked for. It has room for a small header block, and for the
/// window of 128 bytes in which each tag is read. Chunks of 64 bytes hardly ever hold a whole block, so a search in them
/// would be in vain.
const USUAL_CHILDREN: usize = 256;
/// The shortest rest of a chunk in which a usual body entry is looked for. The markup of a request takes 113 bytes, and
/// most CallIds are longer than 47 bytes.
const USUAL_ENTRY: usize = 160;

/// The state of one message between two chunks, with the grammar that judges its tags.
pub(crate) struct Machine<'o, A> {
    grammar: Grammar<'o, A>,
    state: State,
    rule: Rule,
    /// Set until a chunk of pure text fails [`scan::is_usual`], and set again by each chunk that is not pure text. Base64
    /// without line ends passes that test.
    is_base64: bool,
    /// The offset at which the document begins: after a byte order mark, if there is one.
    first_at: u8,
    /// The offset of the chunk in the message.
    base: usize,
    /// The offset of the markup that is being read.
    markup_at: usize,
    cut: Cut,
    /// The offset of a declared encoding whose message must be of ASCII, or 0.
    ascii_at: u16,
    reading: Reading,
    lexer: TagLexer,
}

impl<'o, A: Arrays<Place>> Machine<'o, A> {
    /// Returns a machine at the start of a message. `arrays` must be large enough for the limits of these options.
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

    /// Makes the machine ready for the next message.
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

    /// Returns the offset of the `<` of a start tag that the last chunk cut. The caller must present that tag again,
    /// from its `<`, together with the bytes that follow.
    pub(crate) const fn open_tag(&self) -> Option<usize> {
        if let State::StartTag = self.state { Some(self.markup_at) } else { None }
    }

    /// Reads a chunk and returns the number of bytes that were read. This is the whole chunk, with two exceptions. A
    /// start tag that is cut at the end is not read. After a declaration that demands ASCII, the caller has to check
    /// the rest first.
    pub(crate) fn read(&mut self, chunk: &[u8], retain: &mut impl Retain) -> Result<usize, Stop> {
        self.is_base64 = true;
        let mut at = match self.state {
            _ if self.cut.length > 0 => self.complete(chunk)?,
            State::Content(_) if chunk.len() >= USUAL_ENTRY => self.usual(chunk, 0, retain).0,
            _ => 0,
        };
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

    /// Skips a chunk that is nothing but text, in an element whose text has no rules but those of XML. Most chunks of a
    /// long text are of this kind. Also skips a chunk of white space where only white space may stand. Returns `false` for
    /// any other chunk.
    #[inline(always)]
    pub(crate) fn pass_text(&mut self, chunk: &[u8]) -> bool {
        let State::Content(brackets) = self.state else { return false };
        let is_free = self.rule == Rule::Free && self.reading.slot.is_none() && self.cut.length == 0;
        if !is_free {
            return self.pass_space(chunk);
        }
        // Text in lines of 76 characters has a line end in nearly every chunk of 64 bytes. The cheap test would fail
        // for nearly all of them, which takes 1.5 times the instructions. After its first failure only the exact test
        // is made, up to the next chunk that is not pure text.
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

    /// Skips a chunk of white space between elements, as at the end of a message. The loop over markup would take 230
    /// instructions more for it. This function is not inlined, since that would cost each chunk of text 13 instructions.
    #[inline(never)]
    fn pass_space(&mut self, chunk: &[u8]) -> bool {
        let is_space =
            self.rule == Rule::White && self.cut.length == 0 && scan::space(chunk, 0) == chunk.len();
        if is_space {
            self.base += chunk.len();
        }
        is_space
    }

    /// Takes a first chunk that is a whole usual message. The machine is then in the state that it would have after
    /// reading the chunk itself.
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
        // The limit counts every byte. At the first byte beyond it, the limit wins over any other error.
        let most = self.grammar.options().limits.message_bytes() as usize;
        let window = input.get(..most).unwrap_or(input);
        let read = self.read(window, &mut Message(window))?;
        if self.ascii_at > 0 {
            self.read_ascii(window.get(read..).unwrap_or_default(), &mut Message(window))?;
        }
        if input.len() > most { stop(ErrorKind::MessageTooLong, most) } else { self.finish(input.len()) }
    }

    /// Ends the input, which has this number of bytes.
    pub(crate) fn finish(&self, length: usize) -> Result<(), Stop> {
        let whole = matches!(self.state, State::Content(_)) && self.cut.length == 0;
        if whole && self.grammar.is_closed() { Ok(()) } else { stop(ErrorKind::UnexpectedEnd, length) }
    }

    /// Reads text and markup, as long as they are whole and usual. [`markup`](Self::markup) reads everything else.
    fn content(
        &mut self,
        chunk: &[u8],
        mut at: usize,
        mut brackets: u8,
        retain: &mut impl Retain,
    ) -> Result<usize, Stop> {
        // The offset up to which usual children were looked for. No search begins before it. Thus no byte is searched
        // twice, however deep elements are nested.
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
                // The chunk cut a character.
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
            // The tag above may have been the end tag of a header block. Then the next block begins here.
            if at >= looked && at + USUAL_ENTRY <= chunk.len() {
                (at, looked) = self.usual(chunk, at, retain);
            }
            self.state = State::Content(0);
        }
    }

    /// Skips what the recogniser of usual messages can read from here on: children of Header or of an element without
    /// rules, or the body entry. Returns the offset after these, and the offset up to which the recogniser has looked.
    #[inline(always)]
    fn usual(&mut self, chunk: &[u8], at: usize, retain: &mut impl Retain) -> (usize, usize) {
        let rest = chunk.get(at..).unwrap_or_default();
        let may_be_children = match self.grammar.place() {
            // The machine alone keeps the text of a named header block.
            Place::Header => self.grammar.options().kept_blocks.is_empty(),
            Place::Free => matches!(rest, [b'<', b, ..] if !matches!(b, b'/' | b'!')),
            _ => false,
        };
        let passed = if may_be_children && rest.len() >= USUAL_CHILDREN {
            self.grammar.usual_children(rest)
        } else if self.grammar.may_have_usual_entry() {
            self.grammar.usual_entry(rest, self.base + at, retain).map(|end| (end, end))
        } else {
            return (at, 0);
        };
        let (whole, seen) = passed.unwrap_or((0, rest.len()));
        if whole > 0 {
            self.state = State::Content(0);
        }
        (at + whole, at + seen)
    }

    /// Reads, from the byte at `at` on, rare constructs and constructs that a chunk cut.
    fn markup(&mut self, chunk: &[u8], at: usize, retain: &mut impl Retain) -> Result<usize, Stop> {
        let end = self.limit().saturating_sub(self.base).min(chunk.len());
        // The bytes of a reference, a comment or a CDATA section count towards the limit of a text that is kept.
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
}

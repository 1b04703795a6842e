//! The usual shapes of messages without a header, recognised in a straight line, before any array of the machine
//! exists. It says yes to what the machine would accept, with the machine's answer; at any surprise it gives up and
//! leaves the message to the machine. It refuses nothing.

#![expect(clippy::arithmetic_side_effects, reason = "positions lie inside a slice, so they cannot overflow")]

use crate::call_info::{CallId, CallState, EventCause, GetCallInfo, GetCallInfoResponse, MAX_CALL_ID_CHARS};
use crate::chars::{self, NAME, NAME_START};
use crate::envelope::{Body, Envelope};
use crate::header::Header;
use crate::limits::{Limits, MAX_NAME_BYTES, MAX_NAMESPACE_BYTES, Options};
use crate::prolog::{self, BOM};
use crate::scan;
use crate::scope::Uri;
use crate::token;
use crate::version::{self, MessagesNamespace, SoapVersion};

/// Declarations that are remembered; a message with more is not usual.
const DECLARATIONS: usize = 8;
/// The longest tag and the longest prefix of a usual message, in bytes. Declarations stand in at most three of its
/// tags. So with [`DECLARATIONS`] and the 6 elements of the deepest shape it stays within every one of
/// [`Limits::DEFAULT`].
const TAG: usize = 640;
const PREFIX: usize = 32;
const _: () = assert!(3 * TAG <= MAX_NAMESPACE_BYTES && 6 * (PREFIX + 20) <= MAX_NAME_BYTES);

/// What was recognised.
pub(crate) struct Recognised<'i> {
    version: SoapVersion,
    namespace: MessagesNamespace,
    pub(crate) message: Message<'i>,
}

pub(crate) enum Message<'i> {
    Request(&'i [u8]),
    Response(GetCallInfoResponse),
}

impl<'i> Recognised<'i> {
    #[inline]
    pub(crate) fn envelope(&self) -> Envelope<'i> {
        let body = match self.message {
            Message::Request(call_id) => Body::GetCallInfo(GetCallInfo::read(CallId::read(call_id))),
            Message::Response(response) => Body::GetCallInfoResponse(response),
        };
        Envelope::read(self.version, Some(self.namespace), Header::Absent, body)
    }
}

/// Recognises a usual message. `None`: the machine has to look.
#[inline]
pub(crate) fn message<'i>(input: &'i [u8], options: &Options<'_>) -> Option<Recognised<'i>> {
    // Without header blocks, of the options only the limits matter.
    if options.limits != Limits::DEFAULT || input.len() > TAG * DECLARATIONS {
        return None;
    }
    let nothing = (Name::new(0, 0), Uri::NONE);
    Usual { input, at: 0, declared: [nothing; DECLARATIONS], count: 0 }.message()
}

struct Usual<'i> {
    input: &'i [u8],
    at: usize,
    /// Prefixes, and what they stand for.
    declared: [(Name, Uri); DECLARATIONS],
    count: usize,
}

/// A raw name, or a prefix, in the message.
#[derive(Clone, Copy)]
struct Name {
    at: u16,
    length: u16,
}

impl Name {
    #[inline(always)]
    const fn new(at: usize, end: usize) -> Self {
        Self { at: at as u16, length: end.wrapping_sub(at) as u16 }
    }

    #[inline(always)]
    fn len(self) -> usize {
        usize::from(self.length)
    }
}

// Positions in a usual message fit into a u16.
const _: () = assert!(TAG * DECLARATIONS <= u16::MAX as usize);

impl<'i> Usual<'i> {
    #[inline(always)]
    fn message(&mut self) -> Option<Recognised<'i>> {
        if self.is(0, BOM) {
            self.at = BOM.len();
        }
        self.at += prolog::usual_declaration(self.input.get(self.at..)?).unwrap_or(0);
        let (soap, envelope) = self.start(b"Envelope")?;
        let uri = self.resolve(soap)?;
        let version = match uri {
            Uri::SOAP_1_1 => SoapVersion::V1_1,
            Uri::SOAP_1_2 => SoapVersion::V1_2,
            _ => return None,
        };
        let outside = self.at;
        let body = match self.child(soap, b"Body>") {
            Some(body) => body,
            None => {
                // With declarations, which may be of this very prefix.
                self.at = outside;
                let (prefix, body) = self.start(b"Body")?;
                (self.resolve(prefix)? == uri).then_some(body)?
            }
        };
        let outside = self.at;
        let (prefix, entry, response) = match self.start(b"GetCallInfo") {
            Some((prefix, entry)) => (prefix, entry, false),
            None => {
                self.at = outside;
                let (prefix, entry) = self.start(b"GetCallInfoResponse")?;
                (prefix, entry, true)
            }
        };
        let namespace = match self.resolve(prefix)? {
            Uri::HTTP => MessagesNamespace::Http,
            Uri::HTTPS => MessagesNamespace::Https,
            _ => return None,
        };
        let message = if response {
            Message::Response(self.response(prefix)?)
        } else {
            Message::Request(self.call_id(prefix)?)
        };
        self.end(entry)?;
        self.end(body)?;
        self.end(envelope)?;
        self.space();
        let whole = self.at == self.input.len();
        whole.then_some(Recognised { version, namespace, message })
    }

    /// Is the tag behind the one that is being read a Header, by its local name? Then all work would be in vain. A guess:
    /// what it misses fails later.
    fn has_header(&self) -> bool {
        let Some(end) = scan::find(b'>', self.input, self.at) else { return true };
        let tag = scan::space(self.input, end + 1);
        let colon = scan::run(self.input, tag + 1, NAME);
        let local = if self.input.get(colon) == Some(&b':') { colon + 1 } else { tag + 1 };
        self.is(local, b"Header")
    }

    #[inline(always)]
    fn call_id(&mut self, prefix: Name) -> Option<&'i [u8]> {
        let name = self.child(prefix, b"CallId>")?;
        let end = scan::printable(self.input, self.at);
        // A character is a byte, and the value is what was written.
        let text = self.input.get(self.at..end).filter(|t| !t.is_empty() && t.len() <= MAX_CALL_ID_CHARS);
        self.at = end;
        self.end_tag(name)?;
        text
    }

    #[inline(always)]
    fn response(&mut self, prefix: Name) -> Option<GetCallInfoResponse> {
        let outside = self.at;
        let inner = self.child(prefix, b"GetCallInfoResponse>");
        if inner.is_none() {
            self.at = outside;
        }
        let name = self.child(prefix, b"CallState>")?;
        let state = CallState::of(self.word(name)?)?;
        let name = self.child(prefix, b"EventCause>")?;
        let cause = EventCause::of(self.word(name)?)?;
        if let Some(inner) = inner {
            self.end(inner)?;
        }
        Some(GetCallInfoResponse::new(state, cause))
    }

    /// The text of an element up to its end tag.
    #[inline(always)]
    fn word(&mut self, name: Name) -> Option<&'i [u8]> {
        let start = self.at;
        self.at = scan::run(self.input, start, NAME);
        let word = self.input.get(start..self.at);
        self.end_tag(name)?;
        word
    }

    #[inline(always)]
    fn space(&mut self) {
        self.at = scan::space(self.input, self.at);
    }

    #[inline(always)]
    fn is<const N: usize>(&self, at: usize, literal: &[u8; N]) -> bool {
        self.input.get(at..).and_then(<[u8]>::first_chunk) == Some(literal)
    }

    /// Does the name stand at a position, too?
    #[inline(always)]
    fn stands(&self, name: Name, at: usize) -> bool {
        name.length == 0 || scan::equal_names(self.input, (usize::from(name.at), at), name.len())
    }

    #[inline(always)]
    fn same(&self, a: Name, b: Name) -> bool {
        a.length == b.length && self.stands(a, usize::from(b.at))
    }

    /// White space and an end tag.
    #[inline(always)]
    fn end(&mut self, name: Name) -> Option<()> {
        self.space();
        self.end_tag(name)
    }

    #[inline(always)]
    fn end_tag(&mut self, name: Name) -> Option<()> {
        let from = self.at + 2;
        let end = from + name.len();
        let fits = self.is(self.at, b"</") && self.stands(name, from) && self.input.get(end) == Some(&b'>');
        self.at = end + 1;
        fits.then_some(())
    }

    /// White space and a start tag without attributes: `rest` follows the prefix.
    #[inline(always)]
    fn child<const N: usize>(&mut self, prefix: Name, rest: &[u8; N]) -> Option<Name> {
        self.space();
        let at = self.at + 1;
        let (local, qualifies) = match prefix.len() {
            0 => (at, true),
            length => {
                (at + length + 1, self.stands(prefix, at) && self.input.get(at + length) == Some(&b':'))
            }
        };
        let fits = self.input.get(self.at) == Some(&b'<') && qualifies && self.is(local, rest);
        self.at = local + N;
        fits.then_some(Name::new(at, self.at - 1))
    }

    /// White space and a start tag of this local name; its prefix and its name. No attributes but declarations.
    #[inline(always)]
    fn start<const N: usize>(&mut self, expected: &[u8; N]) -> Option<(Name, Name)> {
        self.space();
        let at = self.at + 1;
        if self.input.get(self.at) != Some(&b'<') {
            return None;
        }
        let (prefix, local) = if self.is(at, expected) {
            (Name::new(at, at), at)
        } else {
            let colon = self.colon(at)?;
            (Name::new(at, colon), colon + 1)
        };
        let end = local + N;
        if prefix.len() > PREFIX || !self.is(local, expected) {
            return None;
        }
        self.at = end;
        let outer = self.count;
        while self.input.get(self.at) != Some(&b'>') {
            self.declaration(prefix, outer)?;
        }
        self.at += 1;
        (self.at - at < TAG).then_some((prefix, Name::new(at, end)))
    }

    /// Where the prefix that begins here ends.
    #[inline(always)]
    fn colon(&self, at: usize) -> Option<usize> {
        let colon = scan::run(self.input, at, NAME);
        let prefixed = chars::is(*self.input.get(at)?, NAME_START) && self.input.get(colon) == Some(&b':');
        prefixed.then_some(colon)
    }

    /// What a prefix stands for.
    #[inline(always)]
    fn resolve(&self, prefix: Name) -> Option<Uri> {
        let declared = self.declared.get(..self.count)?;
        declared.iter().rfind(|(p, _)| self.same(*p, prefix)).map(|&(_, uri)| uri)
    }

    /// `xmlns="..."` or `xmlns:prefix="..."` and the white space before it, or white space alone. `own` is the element's
    /// prefix, which is the likeliest; `outer` declarations stand around the tag.
    #[inline(always)]
    fn declaration(&mut self, own: Name, outer: usize) -> Option<()> {
        let name = match self.input.get(self.at..self.at + 2)? {
            [b' ', b'x'] => self.at + 1,
            _ => scan::space(self.input, self.at),
        };
        if name == self.at {
            return None;
        }
        if !self.is(name, b"xmlns") {
            self.at = name;
            return (self.input.get(name) == Some(&b'>')).then_some(());
        }
        let behind = name + b"xmlns".len();
        let (prefix, equals) = match self.input.get(behind)? {
            b'=' => (Name::new(behind, behind), behind),
            b':' => {
                let at = behind + 1;
                let likely = at + own.len();
                if own.length > 0 && self.stands(own, at) && self.input.get(likely) == Some(&b'=') {
                    (Name::new(at, likely), likely)
                } else {
                    let (local, end) = token::plain_name(self.input, at)?;
                    // A second colon is left to the machine.
                    (local == at).then_some((Name::new(at, end), end))?
                }
            }
            _ => return None,
        };
        let quote = match self.input.get(equals..equals + 2)? {
            [b'=', quote @ (b'"' | b'\'')] => *quote,
            _ => return None,
        };
        let twice = self.declared.get(outer..self.count)?.iter().any(|(p, _)| self.same(*p, prefix));
        // Reserved prefixes are left to the machine.
        if twice || prefix.len() > PREFIX || self.is(usize::from(prefix.at), b"xml") {
            return None;
        }
        let uri = self.namespace(equals + 2, quote)?;
        *self.declared.get_mut(self.count)? = (prefix, uri);
        self.count += 1;
        Some(())
    }

    /// A namespace name up to its quote: compared with the one that it may be, told by two of its bytes.
    #[inline(always)]
    fn namespace(&mut self, value: usize, quote: u8) -> Option<Uri> {
        // http://schemas.xmlsoap.org, http://schemas.microsoft.com, https://schemas.microsoft.com, http://www.w3.org
        let known = match (self.input.get(value + 7)?, self.input.get(value + 15)?) {
            (b's', b'x') => self.literal(value, SOAP_1_1, Uri::SOAP_1_1),
            (b's', b'm') => self.literal(value, HTTP, Uri::HTTP),
            (b'/', _) => self.literal(value, HTTPS, Uri::HTTPS),
            // http://www.w3.org/2001/XMLSchema, alone or with -instance: declared by many, and used by few.
            (b'w', _) if self.input.get(value + 21) == Some(&b'1') => {
                self.literal(value, XSI, Uri::XSI).or_else(|| self.literal(value, XSD, Uri::OTHER))
            }
            _ => self.literal(value, SOAP_1_2, Uri::SOAP_1_2),
        };
        match known {
            Some((uri, end)) if self.input.get(end) == Some(&quote) => {
                self.at = end + 1;
                Some(uri)
            }
            _ => self.other_namespace(value, quote),
        }
    }

    #[inline(always)]
    fn literal<const N: usize>(&self, at: usize, name: &[u8; N], uri: Uri) -> Option<(Uri, usize)> {
        self.is(at, name).then_some((uri, at + N))
    }

    #[inline(never)]
    fn other_namespace(&mut self, value: usize, quote: u8) -> Option<Uri> {
        let end = scan::value(self.input, value);
        if self.input.get(end) != Some(&quote) {
            return None;
        }
        self.at = end + 1;
        // Who declares names of his own is likelier to use them in header blocks than not.
        let name = self.input.get(value..end).filter(|name| scan::is_plain(name) && !self.has_header())?;
        match Uri::known_as(name) {
            // Reserved, or undeclared.
            Some(Uri::NONE | Uri::XML | Uri::XMLNS) => None,
            Some(known) => Some(known),
            None => Some(Uri::OTHER),
        }
    }
}

/// A namespace name as an array, whose length is known where it is compared.
#[expect(clippy::panic, reason = "evaluated at compile time")]
const fn array<const N: usize>(name: &str) -> &[u8; N] {
    match name.as_bytes().first_chunk() {
        Some(array) if name.len() == N => array,
        _ => panic!("another length"),
    }
}

const SOAP_1_1: &[u8; version::SOAP_1_1.len()] = array(version::SOAP_1_1);
const SOAP_1_2: &[u8; version::SOAP_1_2.len()] = array(version::SOAP_1_2);
const HTTP: &[u8; version::MESSAGES_HTTP.len()] = array(version::MESSAGES_HTTP);
const XSI: &[u8; version::XSI.len()] = array(version::XSI);
const XSD: &[u8; 32] = b"http://www.w3.org/2001/XMLSchema";
const HTTPS: &[u8; version::MESSAGES_HTTPS.len()] = array(version::MESSAGES_HTTPS);

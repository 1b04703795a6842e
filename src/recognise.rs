//! The usual shapes of messages without a header, recognised in a straight line, before any array of the machine
//! exists. It says yes to what the machine would accept, with the machine's answer; at any surprise it gives up and
//! leaves the message to the machine. It refuses nothing.

#![expect(clippy::arithmetic_side_effects, reason = "positions lie inside a slice, so they cannot overflow")]

use crate::call_info::{CallId, CallState, EventCause, GetCallInfo, GetCallInfoResponse, MAX_CALL_ID_CHARS};
use crate::chars::{self, NAME, NAME_START};
use crate::envelope::{Body, Envelope};
use crate::header::Header;
use crate::limits::{Limits, Options};
use crate::prolog::{self, BOM};
use crate::scan;
use crate::scope::Uri;
use crate::token;
use crate::version::{self, MessagesNamespace, SoapVersion};

/// Declarations that are remembered; a message with more is not usual.
const DECLARATIONS: usize = 8;
/// The longest tag and the longest prefix of a usual message, in bytes. With [`DECLARATIONS`] and the 6 elements of
/// the deepest shape they keep it far within every one of [`Limits::DEFAULT`].
const TAG: usize = 1024;
const PREFIX: usize = 32;

/// What was recognised.
pub(crate) struct Recognised<'i> {
    version: SoapVersion,
    namespace: MessagesNamespace,
    pub(crate) entry_at: usize,
    message: Message<'i>,
}

enum Message<'i> {
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
    Usual { input, at: 0, declared: [(b"", Uri::NONE); DECLARATIONS], count: 0 }.message()
}

struct Usual<'i> {
    input: &'i [u8],
    at: usize,
    declared: [(&'i [u8], Uri); DECLARATIONS],
    count: usize,
}

/// A raw name in the message.
#[derive(Clone, Copy)]
struct Name {
    at: usize,
    length: usize,
}

impl<'i> Usual<'i> {
    #[inline(always)]
    fn message(&mut self) -> Option<Recognised<'i>> {
        if self.input.starts_with(BOM) {
            self.at = BOM.len();
        }
        self.at += prolog::usual_declaration(self.input.get(self.at..)?).unwrap_or(0);
        let (soap, envelope) = self.start(b"Envelope")?;
        let version = match self.resolve(soap)? {
            Uri::SOAP_1_1 => SoapVersion::V1_1,
            Uri::SOAP_1_2 => SoapVersion::V1_2,
            _ => return None,
        };
        let outside = self.at;
        let body = match self.child(soap, b"Body>") {
            Some(body) => body,
            None => {
                // With declarations.
                self.at = outside;
                let (prefix, body) = self.start(b"Body")?;
                (prefix == soap).then_some(body)?
            }
        };
        self.space();
        let entry_at = self.at;
        let (prefix, entry) = self.start(b"GetCallInfo")?;
        let namespace = match self.resolve(prefix)? {
            Uri::HTTP => MessagesNamespace::Http,
            Uri::HTTPS => MessagesNamespace::Https,
            _ => return None,
        };
        let response = entry.length > prefix.len() + usize::from(!prefix.is_empty()) + b"GetCallInfo".len();
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
        whole.then_some(Recognised { version, namespace, entry_at, message })
    }

    #[inline(always)]
    fn call_id(&mut self, prefix: &[u8]) -> Option<&'i [u8]> {
        let name = self.child(prefix, b"CallId>")?;
        let end = scan::printable(self.input, self.at);
        // A character is a byte, and the value is what was written.
        let text = self.input.get(self.at..end).filter(|t| !t.is_empty() && t.len() <= MAX_CALL_ID_CHARS);
        self.at = end;
        self.end_tag(name)?;
        text
    }

    #[inline(always)]
    fn response(&mut self, prefix: &[u8]) -> Option<GetCallInfoResponse> {
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
    fn starts_with(&self, at: usize, literal: &[u8]) -> bool {
        self.input.get(at..).is_some_and(|rest| rest.starts_with(literal))
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
        let end = from + name.length;
        let fits = self.starts_with(self.at, b"</")
            && scan::equal_names(self.input, (name.at, from), name.length)
            && self.input.get(end) == Some(&b'>');
        self.at = end + 1;
        fits.then_some(())
    }

    /// White space and a start tag without attributes: `rest` follows the prefix.
    #[inline(always)]
    fn child(&mut self, prefix: &[u8], rest: &[u8]) -> Option<Name> {
        self.space();
        let at = self.at + 1;
        let local = if prefix.is_empty() { at } else { at + prefix.len() + 1 };
        let qualifies =
            prefix.is_empty() || (self.starts_with(at, prefix) && self.input.get(local - 1) == Some(&b':'));
        self.at = local + rest.len();
        let fits = self.input.get(at - 1) == Some(&b'<') && qualifies && self.starts_with(local, rest);
        fits.then_some(Name { at, length: self.at - 1 - at })
    }

    /// White space and a start tag whose local name begins with `expected`; its prefix and its name. No attributes
    /// but declarations.
    #[inline(always)]
    fn start(&mut self, expected: &[u8]) -> Option<(&'i [u8], Name)> {
        self.space();
        let at = self.at + 1;
        if self.input.get(self.at) != Some(&b'<') {
            return None;
        }
        let mut local = at;
        if !self.starts_with(at, expected) {
            let colon = scan::run(self.input, at, NAME);
            if colon == at
                || !chars::is(*self.input.get(at)?, NAME_START)
                || self.input.get(colon) != Some(&b':')
            {
                return None;
            }
            local = colon + 1;
        }
        let prefix = self.input.get(at..local.max(at + 1) - 1)?;
        if prefix.len() > PREFIX || !self.starts_with(local, expected) {
            return None;
        }
        let mut end = local + expected.len();
        if self.starts_with(end, b"Response") {
            end += b"Response".len();
        }
        self.at = end;
        let outer = self.count;
        while self.input.get(self.at) != Some(&b'>') {
            self.declaration(outer)?;
        }
        self.at += 1;
        (self.at - at < TAG).then_some((prefix, Name { at, length: end - at }))
    }

    /// What a prefix stands for.
    #[inline(always)]
    fn resolve(&self, prefix: &[u8]) -> Option<Uri> {
        let declared = self.declared.get(..self.count)?;
        declared.iter().rfind(|(p, _)| *p == prefix).map(|&(_, uri)| uri)
    }

    /// `xmlns="..."` or `xmlns:prefix="..."` and the white space before it, or white space alone. `outer` declarations
    /// stand around the tag.
    #[inline(always)]
    fn declaration(&mut self, outer: usize) -> Option<()> {
        let name = scan::space(self.input, self.at);
        if name == self.at {
            return None;
        }
        if !self.starts_with(name, b"xmlns") {
            self.at = name;
            return (self.input.get(name) == Some(&b'>')).then_some(());
        }
        let behind = name + b"xmlns".len();
        let (prefix, equals): (&[u8], usize) = match self.input.get(behind)? {
            b'=' => (b"", behind),
            b':' => {
                let (local, end) = token::plain_name(self.input, behind + 1)?;
                // A second colon is left to the machine.
                (self.input.get(local..end).filter(|_| local == behind + 1)?, end)
            }
            _ => return None,
        };
        let quote = match self.input.get(equals..equals + 2)? {
            [b'=', quote @ (b'"' | b'\'')] => *quote,
            _ => return None,
        };
        let twice = self.declared.get(outer..self.count)?.iter().any(|(p, _)| *p == prefix);
        // Reserved prefixes are left to the machine.
        if twice || prefix.starts_with(b"xml") || prefix.len() > PREFIX {
            return None;
        }
        let uri = self.namespace(equals + 2, quote)?;
        *self.declared.get_mut(self.count)? = (prefix, uri);
        self.count += 1;
        Some(())
    }

    /// A namespace name up to its quote: compared with the one that it may be, told by two of its bytes.
    fn namespace(&mut self, value: usize, quote: u8) -> Option<Uri> {
        let rest = self.input.get(value..)?;
        // http://schemas.xmlsoap.org, http://schemas.microsoft.com, https://schemas.microsoft.com, http://www.w3.org
        let (name, uri) = match (rest.get(7)?, rest.get(15)?) {
            (b's', b'x') => (version::SOAP_1_1, Uri::SOAP_1_1),
            (b's', b'm') => (version::MESSAGES_HTTP, Uri::HTTP),
            (b'/', _) => (version::MESSAGES_HTTPS, Uri::HTTPS),
            _ => (version::SOAP_1_2, Uri::SOAP_1_2),
        };
        if rest.starts_with(name.as_bytes()) && rest.get(name.len()) == Some(&quote) {
            self.at = value + name.len() + 1;
            return Some(uri);
        }
        let end = scan::value(self.input, value);
        if self.input.get(end) != Some(&quote) {
            return None;
        }
        self.at = end + 1;
        let name = self.input.get(value..end).filter(|name| scan::is_plain(name))?;
        match Uri::known_as(name) {
            // Reserved, or undeclared.
            Some(Uri::NONE | Uri::XML | Uri::XMLNS) => None,
            Some(known) => Some(known),
            None => Some(Uri::OTHER),
        }
    }
}

//! The usual shapes of messages without a header, recognised in a straight line, before any array of the machine
//! exists. It says yes to what the machine would accept, with the machine's answer; at any surprise it gives up and
//! leaves the message to the machine. It refuses nothing.

#![expect(clippy::arithmetic_side_effects, reason = "positions lie inside a slice, so they cannot overflow")]

use crate::call_info::{CallId, CallState, EventCause, GetCallInfo, GetCallInfoResponse, MAX_CALL_ID_CHARS};
use crate::chars::SPACE;
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

/// Reads a usual message; also where its body entry begins. `None`: the machine has to look.
#[inline]
pub(crate) fn message<'i>(input: &'i [u8], options: &Options<'_>) -> Option<(Envelope<'i>, usize)> {
    // Without header blocks of the options only the limits matter.
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

/// A start tag without attributes other than declarations.
struct Tag<'i> {
    name: &'i [u8],
    local: &'i [u8],
    uri: Uri,
}

impl<'i> Usual<'i> {
    #[inline(always)]
    fn message(&mut self) -> Option<(Envelope<'i>, usize)> {
        if self.input.starts_with(BOM) {
            self.at = BOM.len();
        }
        self.at += prolog::usual_declaration(self.input.get(self.at..)?).unwrap_or(0);
        let envelope = self.start()?;
        let version = match (envelope.local, envelope.uri) {
            (b"Envelope", Uri::SOAP_1_1) => SoapVersion::V1_1,
            (b"Envelope", Uri::SOAP_1_2) => SoapVersion::V1_2,
            _ => return None,
        };
        let body = self.start().filter(|body| body.local == b"Body" && body.uri == envelope.uri)?;
        self.space();
        let entry_at = self.at;
        let entry = self.start()?;
        let namespace = match entry.uri {
            Uri::HTTP => MessagesNamespace::Http,
            Uri::HTTPS => MessagesNamespace::Https,
            _ => return None,
        };
        let read = match entry.local {
            b"GetCallInfo" => self.request(entry.uri)?,
            b"GetCallInfoResponse" => self.response(entry.uri)?,
            _ => return None,
        };
        for name in [entry.name, body.name, envelope.name] {
            self.end(name)?;
        }
        self.space();
        let whole = self.at == self.input.len();
        whole.then(|| (Envelope::read(version, Some(namespace), Header::Absent, read), entry_at))
    }

    fn request(&mut self, uri: Uri) -> Option<Body<'i>> {
        let tag = self.start().filter(|tag| tag.local == b"CallId" && tag.uri == uri)?;
        let end = scan::text(self.input, self.at);
        let text = self.input.get(self.at..end)?;
        // In ASCII and without CR, a character is a byte, and the value is what was written.
        if text.is_empty() || text.len() > MAX_CALL_ID_CHARS || scan::find(b'\r', text, 0).is_some() {
            return None;
        }
        self.at = end;
        self.end_tag(tag.name)?;
        Some(Body::GetCallInfo(GetCallInfo::read(CallId::read(text))))
    }

    fn response(&mut self, uri: Uri) -> Option<Body<'i>> {
        let ours = |tag: &Tag<'i>| tag.uri == uri;
        let first = self.start().filter(ours)?;
        let inner = (first.local == b"GetCallInfoResponse").then_some(first.name);
        let state = if inner.is_some() { self.start().filter(ours)? } else { first };
        if state.local != b"CallState" {
            return None;
        }
        let state = CallState::of(self.word(state.name)?)?;
        let cause = self.start().filter(|tag| tag.uri == uri && tag.local == b"EventCause")?;
        let cause = EventCause::of(self.word(cause.name)?)?;
        if let Some(name) = inner {
            self.end(name)?;
        }
        Some(Body::GetCallInfoResponse(GetCallInfoResponse::new(state, cause)))
    }

    /// The text of an element up to its end tag.
    fn word(&mut self, name: &[u8]) -> Option<&'i [u8]> {
        let start = self.at;
        self.at = scan::find(b'<', self.input, start)?;
        let word = self.input.get(start..self.at);
        self.end_tag(name)?;
        word
    }

    #[inline(always)]
    fn space(&mut self) {
        self.at = scan::run(self.input, self.at, SPACE);
    }

    /// White space and an end tag.
    #[inline(always)]
    fn end(&mut self, name: &[u8]) -> Option<()> {
        self.space();
        self.end_tag(name)
    }

    #[inline(always)]
    fn end_tag(&mut self, name: &[u8]) -> Option<()> {
        let rest = self.input.get(self.at..)?.strip_prefix(b"</")?.strip_prefix(name)?;
        self.at += name.len() + 3;
        (rest.first() == Some(&b'>')).then_some(())
    }

    /// White space and a start tag.
    fn start(&mut self) -> Option<Tag<'i>> {
        self.space();
        let start = self.at;
        if self.input.get(start) != Some(&b'<') {
            return None;
        }
        let (local, end) = token::plain_name(self.input, start + 1)?;
        let name = self.input.get(start + 1..end)?;
        let prefix = name.get(..(local - start).saturating_sub(2))?;
        let outer = self.count;
        self.at = end;
        while self.input.get(self.at) != Some(&b'>') {
            self.declaration(outer)?;
        }
        self.at += 1;
        if prefix.len() > PREFIX || self.at - start > TAG {
            return None;
        }
        let declared = self.declared.get(..self.count)?.iter().rev().find(|(p, _)| *p == prefix);
        let (_, uri) = declared?;
        Some(Tag { name, local: self.input.get(local..end)?, uri: *uri })
    }

    /// `xmlns="..."` or `xmlns:prefix="..."`, and the white space around it. `outer` declarations stand around the tag.
    fn declaration(&mut self, outer: usize) -> Option<()> {
        let name = scan::run(self.input, self.at, SPACE);
        let behind = name + 5;
        if name == self.at || self.input.get(name..behind) != Some(b"xmlns") {
            // White space before the `>` may stand alone.
            let ends = name > self.at && self.input.get(name) == Some(&b'>');
            self.at = name;
            return ends.then_some(());
        }
        let (prefix, equals): (&[u8], usize) = match self.input.get(behind)? {
            b'=' => (b"", behind),
            b':' => {
                let (local, end) = token::plain_name(self.input, behind + 1)?;
                // A second colon is left to the machine, as are the reserved prefixes.
                let prefix = self.input.get(local..end).filter(|_| local == behind + 1)?;
                (prefix, end)
            }
            _ => return None,
        };
        let quote = match self.input.get(equals..equals + 2)? {
            [b'=', quote @ (b'"' | b'\'')] => *quote,
            _ => return None,
        };
        let twice = self.declared.get(outer..self.count)?.iter().any(|(p, _)| *p == prefix);
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

//! The usual shapes of messages, recognised in a straight line, before any array of the machine exists. It says yes
//! to what the machine would accept, with the machine's answer; at any surprise it gives up and leaves the message to
//! the machine. It refuses nothing.

#![expect(clippy::arithmetic_side_effects, reason = "positions lie inside a slice, so they cannot overflow")]

use crate::base::error::Error;
use crate::base::limits::{Limits, Options};
use crate::base::version::{MessagesNamespace, SoapVersion};
use crate::message::envelope::Envelope;
use crate::service::call_info::{CallId, CallState, EventCause, GetCallInfoResponse, MAX_CALL_ID_CHARS};
use crate::soap::header::{Header, HeaderBlocks, HeaderPlace};
use crate::xml::prolog::{self, BOM};
use crate::xml::scan;
use crate::xml::scope::Uri;

mod straight;
mod tags;
use straight::Straight;
use tags::{ATTRIBUTES, Bindings, DECLARATION_BYTES, DECLARATIONS, NAME_BYTES, Name, Prefix, Rules};

/// Open elements of one header block; deeper ones are not usual.
const DEPTH: usize = 12;
/// The most that a usual message takes. Under limits that allow this, the recogniser has to count no element, attribute
/// or byte of a name: no message that it says yes to can reach one of them. Only the length of the message is compared.
const MOST: Limits = {
    // Envelope and Header stand around the open elements, and an empty element may stand in the innermost.
    let open = DEPTH + 3;
    let limits = Limits::DEFAULT.with_depth(open as u8).expect("MAX_DEPTH");
    let limits = limits.with_name_bytes((open * NAME_BYTES) as u16).expect("MAX_NAME_BYTES");
    let limits = limits.with_declarations(DECLARATIONS as u8).expect("MAX_DECLARATIONS");
    let bytes = DECLARATIONS * DECLARATION_BYTES;
    let limits = limits.with_namespace_bytes(bytes as u16).expect("MAX_NAMESPACE_BYTES");
    let limits = limits.with_attributes((DECLARATIONS + ATTRIBUTES) as u8).expect("MAX_ATTRIBUTES");
    // Of texts only a CallId is kept, whose characters are bytes here. A start tag may be as long as by default.
    limits.with_text_bytes(MAX_CALL_ID_CHARS as u16).expect("MAX_TEXT_BYTES")
};

/// What was recognised: a CallId, which means nothing beside a reply. Two fields, since what an enum holds in its
/// place would be moved in parts.
pub(crate) struct Recognised<'i> {
    pub(crate) version: SoapVersion,
    pub(crate) namespace: MessagesNamespace,
    header: Header<'i>,
    /// Where the operation begins, ends, and what of it.
    pub(crate) entry: (usize, usize),
    pub(crate) call_id_at: usize,
    pub(crate) call_id: CallId<'i>,
    pub(crate) reply: Option<GetCallInfoResponse>,
}

impl<'i> Recognised<'i> {
    pub(crate) const fn has_header(&self) -> bool {
        matches!(self.header, Header::Retained(_))
    }

    #[inline]
    pub(crate) fn envelope(&self) -> Result<Envelope<'i>, Error> {
        match self.reply {
            Some(reply) => Envelope::of_reply(self.version, self.namespace, self.header, reply),
            None => Envelope::of_request(self.version, self.namespace, self.header, self.call_id),
        }
    }
}

/// Recognises a usual message. `None`: the machine has to look.
#[inline(always)]
pub(crate) fn message<'i>(input: &'i [u8], options: &Options<'_>) -> Option<Recognised<'i>> {
    // A mandatory header block is left to the machine, so the role, the understood names and the own URIs do not matter.
    if !options.limits.allow(&MOST) || input.len() > options.limits.message_bytes() as usize {
        return None;
    }
    let mut usual = Usual { input, bindings: Bindings::NONE, begun: None };
    let rest = input.strip_prefix(BOM).unwrap_or(input);
    let rest = rest.get(prolog::usual_declaration(rest).unwrap_or(0)..)?;
    let name = tags::behind_open(rest)?;
    match usual.straight(name) {
        None => usual.message(name),
        found => found,
    }
}

struct Usual<'i> {
    input: &'i [u8],
    bindings: Bindings,
    /// Of an Envelope whose own declaration was made: its prefix, its name, and what follows the declaration.
    begun: Option<(Prefix, Name<'i>, &'i [u8])>,
}

impl<'i> Usual<'i> {
    /// A request without a header, from the name of its Envelope on.
    #[inline(always)]
    fn straight(&mut self, envelope: &'i [u8]) -> Option<Recognised<'i>> {
        let (input, line) = (self.input, Straight { input: self.input });
        let at = input.len() - envelope.len();
        let (soap, value_at) = line.own(at, b"Envelope")?;
        let value = input.get(value_at..)?;
        let (uri, version, length) = if scan::begins_with(value, tags::SOAP_1_1) {
            (Uri::SOAP_1_1, SoapVersion::V1_1, tags::SOAP_1_1.len())
        } else if scan::begins_with(value, tags::SOAP_1_2) {
            (Uri::SOAP_1_2, SoapVersion::V1_2, tags::SOAP_1_2.len())
        } else {
            return None;
        };
        let [b'"', rest @ ..] = value.get(length..)? else { return None };
        let body = match rest {
            [b'>', ..] => line.open(input.len() - rest.len() + 1)?,
            _ => 0,
        };
        let (Some(at), true) = (line.name(body, soap, b"Body>"), body > 0) else {
            let prefix = self.bindings.declared(soap.word, uri);
            self.begun = Some((prefix, Name::of(envelope, soap.length + 8), rest));
            return None;
        };
        let entry = line.open(at)?;
        let (prefix, value_at) = line.own(entry, b"GetCallInfo")?;
        let value = input.get(value_at..)?;
        let (namespace, length) = if scan::begins_with(value, tags::HTTP) {
            (MessagesNamespace::Http, tags::HTTP.len())
        } else if scan::begins_with(value, tags::HTTPS) {
            (MessagesNamespace::Https, tags::HTTPS.len())
        } else {
            return None;
        };
        let [b'"', b'>', ..] = value.get(length..)? else { return None };
        let call_id_at = line.name(line.open(value_at + length + 2)?, prefix, b"CallId>")?;
        let text = input.get(call_id_at..)?;
        let text = text.get(..scan::printable(text, 0))?;
        let at = call_id_at + text.len();
        let [b'<', b'/', ..] = input.get(at..)? else { return None };
        let at = line.name(at + 2, prefix, b"CallId>")?;
        let end = line.name(line.close(at)?, prefix, b"GetCallInfo>")?;
        let at = line.name(line.close(end)?, soap, b"Body>")?;
        let at = line.name(line.close(at)?, soap, b"Envelope>")?;
        let rest = input.get(at..)?;
        let whole = matches!(rest, [] | [b'\n']) || scan::space(rest, 0) == rest.len();
        // A character is a byte, and the value is what was written.
        (whole && !text.is_empty() && text.len() <= MAX_CALL_ID_CHARS).then_some(Recognised {
            version,
            namespace,
            header: Header::Absent,
            entry: (entry - 1, end),
            call_id_at,
            call_id: CallId::plain(text),
            reply: None,
        })
    }

    /// From the name of the Envelope on.
    #[inline(always)]
    fn message(&mut self, name: &'i [u8]) -> Option<Recognised<'i>> {
        let (soap, envelope, rest) = match self.begun {
            None => self.bindings.start(name, b"Envelope")?,
            Some((soap, envelope, [b'>', rest @ ..])) => (soap, envelope, rest),
            Some((soap, envelope, rest)) => (soap, envelope, self.bindings.more(envelope, rest)?),
        };
        let version = match self.bindings.resolve(soap)? {
            Uri::SOAP_1_1 => SoapVersion::V1_1,
            Uri::SOAP_1_2 => SoapVersion::V1_2,
            _ => return None,
        };
        let mut header = Header::Absent;
        let name = tags::behind_open(rest)?;
        let (body, rest) = match tags::named(name, soap, b"Body>") {
            Some(rest) => (soap, rest),
            None => self.body(name, version, envelope, &mut header)?,
        };
        let name = tags::behind_open(rest)?;
        let entry_at = self.input.len() - name.len() - 1;
        let (prefix, response, rest) = match self.bindings.start(name, b"GetCallInfo") {
            Some((prefix, _, rest)) => (prefix, false, rest),
            None => {
                let (prefix, _, rest) = self.bindings.start(name, b"GetCallInfoResponse")?;
                (prefix, true, rest)
            }
        };
        let uri = self.bindings.resolve(prefix)?;
        let namespace = match uri {
            Uri::HTTP => MessagesNamespace::Http,
            Uri::HTTPS => MessagesNamespace::Https,
            _ => return None,
        };
        let (call_id_at, call_id, reply, rest) = if response {
            let (reply, rest) = reply(rest, prefix)?;
            (0, CallId::plain(b""), Some(reply), rest)
        } else {
            let (at, call_id, rest) = self.request(rest, prefix, uri)?;
            (at, call_id, None, rest)
        };
        let entry = (entry_at, self.input.len() - rest.len());
        let rest = tags::end(tags::end(rest, body, b"Body>")?, soap, b"Envelope>")?;
        // Most messages end here, or with the line.
        let whole = matches!(rest, [] | [b'\n']) || scan::space(rest, 0) == rest.len();
        whole.then_some(Recognised { version, namespace, header, entry, call_id_at, call_id, reply })
    }

    /// The Header, if there is one, and the start tag of a Body with attributes, from the first's name on: the prefix of
    /// the Body, and what follows.
    #[inline(never)]
    fn body(
        &mut self,
        mut name: &'i [u8],
        version: SoapVersion,
        envelope: Name<'i>,
        header: &mut Header<'i>,
    ) -> Option<(Prefix, &'i [u8])> {
        let uri = Uri::of(version);
        let outer = self.bindings.bound();
        if let Some((prefix, own, is_empty, blocks)) = self.bindings.tag(name, b"Header") {
            (self.bindings.resolve(prefix)? == uri).then_some(())?;
            let rest = if is_empty { blocks } else { self.blocks(blocks, version, own)? };
            let place = HeaderPlace {
                envelope: envelope.tag_at(self.input),
                header: own.tag_at(self.input),
                blocks: self.input.len() - blocks.len(),
                end: self.input.len() - rest.len(),
            };
            *header = Header::Retained(HeaderBlocks::within(self.input, version, place));
            self.bindings.unbind(outer);
            name = tags::behind_open(rest)?;
        }
        let (prefix, _, rest) = self.bindings.start(name, b"Body")?;
        (self.bindings.resolve(prefix)? == uri).then_some((prefix, rest))
    }

    /// The header blocks, none of them mandatory, and the end tag of the Header; what follows.
    #[inline(never)]
    fn blocks(&mut self, mut rest: &'i [u8], version: SoapVersion, header: Name<'i>) -> Option<&'i [u8]> {
        let (bindings, input) = (&mut self.bindings, self.input);
        // Of each open element, where its name stands, how long it is, and how many declarations there are around it.
        let mut open = [(0_u32, 0_u8, 0_u8); DEPTH];
        let mut depth = 0;
        loop {
            if !tags::is(rest, b"<") {
                let text = if depth == 0 { scan::space(rest, 0) } else { scan::text(rest, 0) };
                rest = rest.get(text..)?;
            }
            if !tags::is(rest, b"</") {
                let outer = bindings.bound();
                let rules = if depth == 0 { Rules::Block(version) } else { Rules::Free };
                let (name, is_empty, behind) = bindings.element(rest, rules)?;
                if is_empty {
                    bindings.unbind(outer);
                } else {
                    *open.get_mut(depth)? = ((name.tag_at(input) + 1) as u32, name.len() as u8, outer as u8);
                    depth += 1;
                }
                rest = behind;
            } else if depth == 0 {
                return tags::end_tag(rest, header);
            } else {
                depth -= 1;
                let (at, length, outer) = *open.get(depth)?;
                rest = tags::end_tag(rest, Name::of(input.get(at as usize..)?, length.into()))?;
                bindings.unbind(outer.into());
            }
        }
    }

    /// The CallId, whose tag may have attributes, up to the end of the request; what follows.
    #[inline(always)]
    fn request(&mut self, rest: &'i [u8], prefix: Prefix, uri: Uri) -> Option<(usize, CallId<'i>, &'i [u8])> {
        let name = tags::behind_open(rest)?;
        let (own, rest) = match tags::named(name, prefix, b"CallId>") {
            Some(rest) => (prefix, rest),
            None => {
                let (own, _, rest) = self.bindings.start(name, b"CallId")?;
                (self.bindings.resolve(own)? == uri).then_some((own, rest))?
            }
        };
        let at = self.input.len() - rest.len();
        let (call_id, rest) = rest.split_at_checked(scan::printable(rest, 0))?;
        // A character is a byte, and the value is what was written.
        let fits = !call_id.is_empty() && call_id.len() <= MAX_CALL_ID_CHARS;
        let rest = tags::end(tags::end_of_text(rest, own, b"CallId>")?, prefix, b"GetCallInfo>")?;
        fits.then_some((at, CallId::plain(call_id), rest))
    }
}

/// The two words, nested or not, up to the end of the reply; what follows.
#[inline(always)]
fn reply(rest: &[u8], prefix: Prefix) -> Option<(GetCallInfoResponse, &[u8])> {
    let name = tags::behind_open(rest)?;
    let nested = tags::named(name, prefix, b"GetCallInfoResponse>");
    let name = nested.map_or(Some(name), tags::behind_open)?;
    let rest = tags::named(name, prefix, b"CallState>")?;
    let (state, rest) = rest.split_at_checked(scan::name(rest))?;
    let rest = tags::end_of_text(rest, prefix, b"CallState>")?;
    let rest = tags::named(tags::behind_open(rest)?, prefix, b"EventCause>")?;
    let (cause, rest) = rest.split_at_checked(scan::name(rest))?;
    let mut rest = tags::end_of_text(rest, prefix, b"EventCause>")?;
    if nested.is_some() {
        rest = tags::end(rest, prefix, b"GetCallInfoResponse>")?;
    }
    let response = GetCallInfoResponse::new(CallState::of(state)?, EventCause::of(cause)?);
    Some((response, tags::end(rest, prefix, b"GetCallInfoResponse>")?))
}

//! The recogniser of usual messages. It reads a message of a usual shape before any array of the machine exists. It accepts
//! only messages that the machine would accept, and gives the machine's answer. At anything unusual it gives up, and the
//! machine reads the message. The recogniser itself refuses nothing.
//!
//! The functions that read one message are inlined into `message`, so that the message is built once, in the caller's
//! place. Functions that are not inlined read parts that only some messages have.

#![expect(clippy::arithmetic_side_effects, reason = "positions lie inside a slice, so they cannot overflow")]

use crate::base::error::Error;
use crate::base::limits::{Limits, Options};
use crate::base::version::{MessagesNamespace, SoapVersion};
use crate::message::body::Body;
use crate::message::envelope::Envelope;
use crate::service::call_id::MAX_CALL_ID_CHARS;
use crate::service::operations::*;
use crate::service::schema::{MAX_CHILDREN, Simple};
use crate::service::values::Field;
use crate::soap::header::{Header, HeaderBlocks, HeaderPlace};
use crate::xml::namespace::Uri;
use crate::xml::prolog::{self, BOM};
use crate::xml::scan;

mod names;
mod namespaces;
mod straight;
mod tags;
use names::{NAME_BYTES, Name, Prefix};
use straight::Straight;
pub(crate) use tags::Bindings;
use tags::{ATTRIBUTES, DECLARATION_BYTES, DECLARATIONS, Rules};

/// The most open elements of one header block. A header block that is deeper is not usual.
const DEPTH: usize = 12;
/// The limits that are sufficient for every usual message. Under limits that are not lower, no message that the recogniser
/// accepts can break a limit, except the limit on the message's length. So the recogniser compares only this length. It
/// counts no elements, no attributes and no bytes of names.
const MOST: Limits = {
    // Envelope and Header stand around the open elements, and an empty element may stand in the innermost one.
    let open = DEPTH + 3;
    let limits = Limits::DEFAULT.with_depth(open as u8).expect("MAX_DEPTH");
    let limits = limits.with_name_bytes((open * NAME_BYTES) as u16).expect("MAX_NAME_BYTES");
    let limits = limits.with_declarations(DECLARATIONS as u8).expect("MAX_DECLARATIONS");
    let bytes = DECLARATIONS * DECLARATION_BYTES;
    let limits = limits.with_namespace_bytes(bytes as u16).expect("MAX_NAMESPACE_BYTES");
    let limits = limits.with_attributes((DECLARATIONS + ATTRIBUTES) as u8).expect("MAX_ATTRIBUTES");
    // A CallId is the only string in the usual messages. Each of its characters is one byte here. A start tag may be as
    // long as the default limit allows.
    limits.with_text_bytes(MAX_CALL_ID_CHARS as u16).expect("MAX_TEXT_BYTES")
};

/// A message that was recognised.
pub(crate) struct Usual<'i> {
    pub(crate) version: SoapVersion,
    header: Header<'i>,
    pub(crate) entry: Entry<'i>,
}

/// A body entry that was recognised.
pub(crate) struct Entry<'i> {
    pub(crate) message: UsualMessage<'i>,
    pub(crate) namespace: MessagesNamespace,
    /// The offset of its start tag, and the offset after its end tag.
    pub(crate) extent: (usize, usize),
    /// The raw text and the offset of each string of the message. A decoder keeps these texts. The one-shot functions
    /// do not use them, so that the compiler removes them there.
    pub(crate) texts: Texts<'i>,
}

impl<'i> Usual<'i> {
    /// Returns the extent of the Header.
    pub(crate) const fn header_span(&self) -> Option<(u32, u32)> {
        match self.header {
            Header::Retained(blocks) => Some(blocks.span()),
            Header::Absent | Header::NotRetained => None,
        }
    }

    #[inline]
    pub(crate) fn envelope(&self) -> Result<Envelope<'i>, Error> {
        self.entry.message.envelope(self.version, self.entry.namespace, self.header)
    }
}

/// The raw text of a child, and its byte offset.
type Found<'i> = (&'i [u8], usize);
type Texts<'i> = [Found<'i>; USUAL_CHILDREN];

/// Recognises a usual message. Returns `None` if the machine has to read the message.
#[inline(always)]
pub(crate) fn message<'i>(input: &'i [u8], options: &Options<'_>) -> Option<Usual<'i>> {
    // The machine reads messages with a mandatory header block. So the role, the understood names and the own URIs do not
    // matter here.
    if !options.limits.allow(&MOST) || input.len() > options.limits.message_bytes() as usize {
        return None;
    }
    let mut reader = Reader { input, bindings: Bindings::NONE, begun: None };
    let rest = input.strip_prefix(BOM).unwrap_or(input);
    let rest = rest.get(prolog::usual_declaration(rest).unwrap_or(0)..)?;
    let name = names::behind_open(rest)?;
    match reader.straight(name) {
        None => reader.message(name),
        found => found,
    }
}

/// Returns whether these limits leave room for usual children of an element at this depth. The names of the open elements
/// take `names` bytes, and the `bound` declarations in scope take `namespaces` bytes.
pub(crate) fn children_fit(
    limits: &Limits,
    depth: usize,
    names: usize,
    bound: usize,
    namespaces: usize,
) -> bool {
    // An empty element may stand in the innermost of the open elements.
    let namespaces = namespaces + DECLARATIONS.saturating_sub(bound) * DECLARATION_BYTES;
    bound <= DECLARATIONS
        && limits.allow(&MOST)
        && depth + DEPTH < usize::from(limits.depth())
        && names + (DEPTH + 1) * NAME_BYTES <= usize::from(limits.name_bytes())
        && namespaces <= usize::from(limits.namespace_bytes())
}

/// Reads a whole usual body entry after white space. Returns `None` if the machine has to read the entry. This function is
/// not inlined, since only messages that the recogniser has not read from their first byte need it.
#[inline(never)]
pub(crate) fn entry<'i>(input: &'i [u8], bindings: Bindings) -> Option<Entry<'i>> {
    let (entry, _) = Reader { input, bindings, begun: None }.entry(names::behind_open(input)?)?;
    Some(entry)
}

/// The outcome of [`children`].
#[derive(Default)]
pub(crate) struct Passed {
    /// The offset at which the last whole child ends.
    pub(crate) whole: usize,
    /// The offset of the tag that was not passed.
    pub(crate) seen: usize,
    /// Set if that tag is the end tag of the parent.
    is_end: bool,
}

/// Reads whole children of an open element as long as they are usual. With `blocks`, these are header blocks of that
/// version that are not mandatory. Without it, these are elements without rules. The machine reads a child that the input
/// cuts, from its first byte on.
///
/// The one-shot functions and the decoder share this loop. It is not inlined, since each block took 11 instructions more
/// when the program had two copies of the loop.
#[inline(never)]
pub(crate) fn children(input: &[u8], bindings: &mut Bindings, blocks: Option<SoapVersion>) -> Passed {
    let mut passed = Passed::default();
    passed.is_end = passed.pass(input, bindings, blocks).is_some();
    passed
}

impl Passed {
    /// Skips children up to the end tag of the parent. Returns `None` if a tag that is not usual comes first.
    #[inline(always)]
    fn pass(&mut self, input: &[u8], bindings: &mut Bindings, blocks: Option<SoapVersion>) -> Option<()> {
        // For each open element: the offset of its name, the length of its name, and the number of declarations around
        // it.
        let mut open = [(0_u32, 0_u8, 0_u8); DEPTH];
        let (mut rest, mut depth) = (input, 0);
        let outermost = blocks.map_or(Rules::Free, Rules::Block);
        loop {
            if !names::is(rest, b"<") {
                let is_white = depth == 0 && blocks.is_some();
                let text = if is_white { scan::space(rest, 0) } else { scan::text(rest, 0) };
                rest = rest.get(text..)?;
            }
            let at = input.len() - rest.len();
            self.seen = at;
            if !names::is(rest, b"</") {
                let outer = bindings.bound();
                let rules = if depth == 0 { outermost } else { Rules::Free };
                let (name, is_empty, behind) = bindings.element(rest, rules)?;
                rest = behind;
                if !is_empty {
                    *open.get_mut(depth)? = ((at + 1) as u32, name.len() as u8, outer as u8);
                    depth += 1;
                    continue;
                }
                bindings.unbind(outer);
            } else if depth == 0 {
                return Some(());
            } else {
                depth -= 1;
                let (at, length, outer) = *open.get(depth)?;
                rest = names::end_tag(rest, Name::of(input.get(at as usize..)?, length.into()))?;
                bindings.unbind(outer.into());
            }
            if depth == 0 {
                self.whole = input.len() - rest.len();
            }
        }
    }
}

/// The state of the recogniser in one message.
struct Reader<'i> {
    input: &'i [u8],
    bindings: Bindings,
    /// The prefix and the name of the Envelope, and the bytes after the declaration of its prefix, if `straight` has read
    /// these.
    begun: Option<(Prefix, Name<'i>, &'i [u8])>,
}

impl<'i> Reader<'i> {
    /// Reads a request without a header, from the name of its Envelope on. If no Body follows the Envelope's own
    /// declaration, the Envelope is noted in `begun`, so that `message` does not read it again.
    #[inline(always)]
    fn straight(&mut self, envelope: &'i [u8]) -> Option<Usual<'i>> {
        let (input, line) = (self.input, Straight { input: self.input });
        let at = input.len() - envelope.len();
        let (soap, value_at) = line.own(at, b"Envelope")?;
        let value = input.get(value_at..)?;
        let (uri, version, length) = if scan::begins_with(value, namespaces::SOAP_1_1) {
            (Uri::SOAP_1_1, SoapVersion::V1_1, namespaces::SOAP_1_1.len())
        } else if scan::begins_with(value, namespaces::SOAP_1_2) {
            (Uri::SOAP_1_2, SoapVersion::V1_2, namespaces::SOAP_1_2.len())
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
        let entry = self.straight_entry(line, line.open(at)?)?;
        let at = line.name(line.close(entry.extent.1)?, soap, b"Body>")?;
        let at = line.name(line.close(at)?, soap, b"Envelope>")?;
        let rest = input.get(at..)?;
        let whole = matches!(rest, [] | [b'\n']) || scan::space(rest, 0) == rest.len();
        whole.then_some(Usual { version, header: Header::Absent, entry })
    }

    /// Reads a message from the name of its Envelope on.
    #[inline(always)]
    fn message(&mut self, name: &'i [u8]) -> Option<Usual<'i>> {
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
        let name = names::behind_open(rest)?;
        let (body, rest) = match names::named(name, soap, b"Body>") {
            Some(rest) => (soap, rest),
            None => self.body(name, version, envelope, &mut header)?,
        };
        let (entry, rest) = self.entry(names::behind_open(rest)?)?;
        let rest = names::end(names::end(rest, body, b"Body>")?, soap, b"Envelope>")?;
        // Most messages end here, or with one line end.
        let whole = matches!(rest, [] | [b'\n']) || scan::space(rest, 0) == rest.len();
        whole.then_some(Usual { version, header, entry })
    }

    /// Reads the Header, if there is one, and the start tag of the Body. `name` begins with the name of Header or of Body.
    /// Returns the prefix of the Body, and the bytes after its start tag.
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
                envelope: envelope.tag_at(self.input) as u32,
                header: own.tag_at(self.input) as u32,
                blocks: (self.input.len() - blocks.len()) as u32,
                end: (self.input.len() - rest.len()) as u32,
            };
            *header = Header::Retained(HeaderBlocks::within(self.input, version, place));
            self.bindings.unbind(outer);
            name = names::behind_open(rest)?;
        }
        let (prefix, _, rest) = self.bindings.start(name, b"Body")?;
        (self.bindings.resolve(prefix)? == uri).then_some((prefix, rest))
    }

    /// Reads the header blocks and the end tag of the Header. Returns the bytes after that end tag. No block may be
    /// mandatory.
    fn blocks(&mut self, rest: &'i [u8], version: SoapVersion, header: Name<'i>) -> Option<&'i [u8]> {
        let Passed { seen, is_end, .. } = children(rest, &mut self.bindings, Some(version));
        is_end.then(|| names::end_tag(rest.get(seen..)?, header))?
    }

    /// Reads a child of a message up to its end tag. Its start tag may have attributes. `tag` is the child's name and `>`.
    /// Returns its value, its raw text with its offset, and the bytes after its end tag.
    #[inline(always)]
    fn child<F: Field<'i>, const N: usize, const M: usize>(
        &mut self,
        rest: &'i [u8],
        (prefix, uri): (Prefix, Uri),
        name: &[u8; N],
        tag: &[u8; M],
    ) -> Option<(F, Found<'i>, &'i [u8])> {
        let found = names::behind_open(rest)?;
        let (own, rest) = match names::named(found, prefix, tag) {
            Some(rest) => (prefix, rest),
            None => {
                let outer = self.bindings.bound();
                let (own, _, rest) = self.bindings.start(found, name)?;
                let is_child = self.bindings.resolve(own)? == uri;
                // The child's own declarations end with it. The children that follow must not see them.
                self.bindings.unbind(outer);
                is_child.then_some((own, rest))?
            }
        };
        // A word ends where its name characters end, which the processor guesses well. A string is scanned in blocks.
        let length = match F::SIMPLE {
            Simple::String { .. } => scan::printable(rest, 0),
            Simple::Words(_) | Simple::Boolean => scan::name(rest),
        };
        let at = self.input.len() - rest.len();
        let (text, rest) = rest.split_at_checked(length)?;
        Some((value(text)?, (text, at), names::end_of_text(rest, own, tag)?))
    }
}

/// Returns the value of a child of printable ASCII, in which each character is one byte.
#[inline(always)]
fn value<'i, F: Field<'i>>(text: &'i [u8]) -> Option<F> {
    if F::SIMPLE.admits(text.len()) { F::usual(text, true) } else { None }
}

/// Keeps the text of a string, for a decoder.
#[inline(always)]
fn keep<'i, F: Field<'i>>(_: &F, place: &mut Found<'i>, found: Found<'i>) {
    if matches!(F::SIMPLE, Simple::String { .. }) {
        *place = found;
    }
}

/// Turns a name of the table into an array. A comparison with it then has a known length.
macro_rules! literal {
    ($name:expr) => {{
        const NAME: &[u8; $name.len()] = namespaces::array($name);
        NAME
    }};
}

/// Defines the recogniser of the usual messages of the table. `$name` is the name of each message.
macro_rules! usual {
    ($(
        $(#[$doc:meta])*
        $name:ident $(<$a:lifetime>)? $(($nested:ident))? $(ews $($ews:literal)+)? {
            $(
                $(#[$about:meta])*
                $xml:literal $(| $second:literal)? => $field:ident: $type:ident $(<$b:lifetime>)? ($given:ty) $($flag:ident)?;
            )*
        }
    )*) => {
        /// A message that was recognised.
        pub(crate) enum UsualMessage<'a> {
            $($name($name$(<$a>)?),)*
        }

        /// The greatest number of children of a usual message. A decoder takes no more texts from the recogniser.
        const USUAL_CHILDREN: usize = {
            let (mut counts, mut most): (&[usize], usize) = (&[$([$($xml),*].len()),*], 0);
            while let [count, rest @ ..] = counts {
                most = if *count > most { *count } else { most };
                counts = rest;
            }
            most
        };

        impl<'i> UsualMessage<'i> {
            /// Returns the number of the message in the table.
            #[inline(always)]
            pub(crate) const fn number(&self) -> u8 {
                match self {
                    $(Self::$name(_) => $name::NUMBER,)*
                }
            }

            /// Returns the marks of the children.
            #[inline(always)]
            pub(crate) fn marks(&self) -> [u8; MAX_CHILDREN] {
                let mut marks = [0; MAX_CHILDREN];
                let mut places = marks.iter_mut();
                match self {
                    $(Self::$name(message) => {
                        $(if let Some(place) = places.next() {
                            *place = Field::mark(&message.$field);
                        })*
                    })*
                }
                marks
            }

            #[inline(always)]
            fn envelope(
                &self,
                version: SoapVersion,
                namespace: MessagesNamespace,
                header: Header<'i>,
            ) -> Result<Envelope<'i>, Error> {
                match self {
                    $(Self::$name(message) => {
                        Envelope::of_message(version, namespace, header, Body::$name(*message))
                    })*
                }
            }
        }

        impl<'i> Reader<'i> {
            /// Reads the message in Body, from the name of its start tag on. Returns the message, and the bytes after its
            /// end tag.
            #[inline(always)]
            fn entry(&mut self, name: &'i [u8]) -> Option<(Entry<'i>, &'i [u8])> {
                let start = self.input.len() - name.len() - 1;
                $(if let Some((prefix, _, rest)) = self.bindings.start(name, literal!(stringify!($name))) {
                    let uri = self.bindings.resolve(prefix)?;
                    let namespace = uri.messages()?;
                    let is_nested = $name::IS_NESTED;
                    let inner = match is_nested {
                        true => names::named(names::behind_open(rest)?, prefix, literal!(concat!(stringify!($name), ">"))),
                        false => None,
                    };
                    let rest = inner.unwrap_or(rest);
                    let mut texts: Texts<'_> = [(b"", 0); USUAL_CHILDREN];
                    let mut places = texts.iter_mut();
                    $(
                        let ($field, text, rest) = self.child(
                            rest,
                            (prefix, uri),
                            literal!($xml),
                            literal!(concat!($xml, ">")),
                        )?;
                        keep(&$field, places.next()?, text);
                    )*
                    let rest = match inner {
                        Some(_) => names::end(rest, prefix, literal!(concat!(stringify!($name), ">")))?,
                        None => rest,
                    };
                    let rest = names::end(rest, prefix, literal!(concat!(stringify!($name), ">")))?;
                    let message = UsualMessage::$name($name { $($field),* });
                    let extent = (start, self.input.len() - rest.len());
                    return Some((Entry { message, namespace, extent, texts }, rest));
                })*
                None
            }

            /// Reads a message that is not nested, from the offset of its name on. Its first attribute must declare the
            /// message's own prefix, and its other tags must have no attributes.
            #[inline(always)]
            fn straight_entry(&self, line: Straight<'i>, name: usize) -> Option<Entry<'i>> {
                $(if !$name::IS_NESTED {
                    if let Some((prefix, value_at)) = line.own(name, literal!(stringify!($name))) {
                        let (namespace, at) = line.namespace(value_at)?;
                        let mut texts: Texts<'_> = [(b"", 0); USUAL_CHILDREN];
                        let mut places = texts.iter_mut();
                        $(
                            let (text, at) = line.child(at, prefix, literal!(concat!($xml, ">")))?;
                            let $field = value(text.0)?;
                            keep(&$field, places.next()?, text);
                        )*
                        let end = line.name(line.close(at)?, prefix, literal!(concat!(stringify!($name), ">")))?;
                        let message = UsualMessage::$name($name { $($field),* });
                        return Some(Entry { message, namespace, extent: (name - 1, end), texts });
                    }
                })*
                None
            }
        }
    };
}

table!(usual_rows, usual);

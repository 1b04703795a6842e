//! Header blocks for writing. They are built of checked parts, carried over from a message, or taken from a checked fragment.

use core::fmt;

use crate::base::error::ErrorKind;
use crate::base::version::{self, SoapVersion};
use crate::base::write::Sink;
use crate::soap::header::HeaderBlock;
use crate::xml::chars;
use crate::xml::node::Node;
use crate::xml::text::{self, Text};
use crate::xml::walk;

/// The greatest depth of the caller's elements. A reader allows 128 open elements by default, and Envelope and Header
/// stand around these.
const MOST_DEPTH: usize = 126;
/// The most attributes of an element of the caller's. Each attribute may need a declaration. A reader allows 128 attributes
/// and declarations together.
const MOST_ATTRIBUTES: usize = 60;

type Refusal = (ErrorKind, usize);
const UNWRITABLE: Refusal = (ErrorKind::UnwritableHeaderBlock, 0);

/// An attribute for writing: its namespace name (empty for no namespace), its local name and its value.
pub type NewAttribute<'a> = (&'a str, &'a str, &'a str);

/// An element for writing, built of borrowed parts. Names and characters are checked when the element is written, so
/// that no part can break out of its place.
///
/// ```
/// use umsoap::NewElement;
/// const ID: &[NewElement<'static>] = &[NewElement::new("urn:example:trace", "Id").with_attributes(&[("", "kind", "uuid")])];
/// const TRACE: NewElement<'static> = NewElement::new("urn:example:trace", "Trace").with_children(ID);
/// ```
#[derive(Clone, Copy)]
pub struct NewElement<'a> {
    namespace: &'a str,
    local_name: &'a str,
    attributes: &'a [NewAttribute<'a>],
    text: Text<'a>,
    children: &'a [Self],
}

impl<'a> NewElement<'a> {
    /// Returns an empty element of this expanded name. An empty `namespace` stands for no namespace.
    pub const fn new(namespace: &'a str, local_name: &'a str) -> Self {
        Self { namespace, local_name, attributes: &[], text: Text::new(""), children: &[] }
    }

    /// Adds text, which stands before the children. It is a string, or a [`Text`] of another message, whose value is
    /// written.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<Text<'a>>) -> Self {
        self.text = text.into();
        self
    }

    /// Sets the attributes.
    #[must_use]
    pub const fn with_attributes(mut self, attributes: &'a [NewAttribute<'a>]) -> Self {
        self.attributes = attributes;
        self
    }

    /// Sets the child elements.
    #[must_use]
    pub const fn with_children(mut self, children: &'a [Self]) -> Self {
        self.children = children;
        self
    }

    /// Writes the element. `around` is the default namespace around it. `block` is given for the outermost element of a
    /// block, with the version of the envelope.
    fn write(
        &self,
        around: &str,
        depth: usize,
        block: Option<(&NewHeaderBlock<'_>, SoapVersion)>,
        out: &mut impl Sink,
    ) -> Result<(), Refusal> {
        let is_reserved = matches!(self.namespace, version::XML | version::XMLNS);
        if !is_ncname(self.local_name) || is_reserved || depth > MOST_DEPTH {
            return Err(UNWRITABLE);
        }
        out.put(b"<");
        out.put(self.local_name.as_bytes());
        if self.namespace != around {
            out.put(b" xmlns=\"");
            text::escape_attribute(&Text::new(self.namespace), out)?;
            out.put(b"\"");
        }
        if let Some((block, version)) = block {
            block.write_target(version, out)?;
        }
        self.write_attributes(out)?;
        if self.children.is_empty() && self.text == *"" {
            out.put(b"/>");
            return Ok(());
        }
        out.put(b">");
        text::escape(&self.text, out)?;
        for child in self.children {
            child.write(self.namespace, depth.saturating_add(1), None, out)?;
        }
        out.put(b"</");
        out.put(self.local_name.as_bytes());
        out.put(b">");
        Ok(())
    }

    fn write_attributes(&self, out: &mut impl Sink) -> Result<(), Refusal> {
        if self.attributes.len() > MOST_ATTRIBUTES {
            return Err(UNWRITABLE);
        }
        for (n, &(namespace, local_name, value)) in self.attributes.iter().enumerate() {
            let mut earlier = self.attributes.iter().take(n);
            let is_twice = earlier.any(|&(uri, name, _)| (uri, name) == (namespace, local_name));
            let is_declaration =
                namespace == version::XMLNS || (namespace.is_empty() && local_name == "xmlns");
            if !is_ncname(local_name) || is_twice || is_declaration {
                return Err(UNWRITABLE);
            }
            // Each attribute gets a prefix of its own, since the caller knows no prefix that is bound around it.
            let digits = [b'n', b'0'.saturating_add((n / 10) as u8), b'0'.saturating_add((n % 10) as u8)];
            let prefix: &[u8] = match namespace {
                "" => b"",
                version::XML => b"xml",
                _ => &digits,
            };
            if prefix == digits {
                out.put(b" xmlns:");
                out.put(prefix);
                out.put(b"=\"");
                text::escape_attribute(&Text::new(namespace), out)?;
                out.put(b"\"");
            }
            out.put(b" ");
            out.put(prefix);
            out.put(if prefix.is_empty() { b"" } else { b":" });
            out.put(local_name.as_bytes());
            out.put(b"=\"");
            text::escape_attribute(&Text::new(value), out)?;
            out.put(b"\"");
        }
        Ok(())
    }
}

/// Writes only the name and the numbers of attributes and children, since values may be secret.
impl fmt::Debug for NewElement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (attributes, children) = (self.attributes.len(), self.children.len());
        write!(f, "NewElement({{{}}}{}, ", self.namespace, self.local_name)?;
        write!(f, "{attributes} attributes, {children} children)")
    }
}

/// Returns whether this is a name without a colon: <https://www.w3.org/TR/xml-names/#NT-NCName>.
fn is_ncname(name: &str) -> bool {
    let mut characters = name.chars();
    let is_start = |c| c != ':' && chars::is_name_start(c);
    characters.next().is_some_and(is_start) && characters.all(|c| c != ':' && chars::is_name(c))
}

/// The node that a block is for.
#[derive(Clone, Copy, Debug)]
enum Receiver<'a> {
    Ultimate,
    Next,
    Uri(&'a str),
}

#[derive(Clone, Copy, Debug)]
enum Content<'a> {
    Made(NewElement<'a>),
    Carried(HeaderBlock<'a>),
    /// A fragment that the machine has accepted in a header of this version.
    Fragment(SoapVersion, &'a str),
}

/// A header block for writing. [`Envelope::with_header`](crate::Envelope::with_header) takes it.
///
/// ```
/// use umsoap::{CallState, Envelope, EventCause, GetCallInfoResponse, NewElement, NewHeaderBlock};
/// const WSA: &str = "http://www.w3.org/2005/08/addressing";
/// let message = format!("<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns:a='{WSA}'>\
///     <s:Header><a:MessageID>urn:uuid:1&amp;2</a:MessageID></s:Header><s:Body><GetCallInfo \
///     xmlns='http://schemas.microsoft.com/exchange/services/2006/messages'><CallId>MDlk</CallId></GetCallInfo>\
///     </s:Body></s:Envelope>");
/// let request = Envelope::parse(message.as_bytes())?;
///
/// // A reply that says to which request it belongs.
/// let id = request.header().block(WSA, "MessageID").and_then(|block| block.element().text()).unwrap();
/// let header = [NewHeaderBlock::new(NewElement::new(WSA, "RelatesTo").with_text(id)).with_must_understand()];
/// let reply = GetCallInfoResponse::new(CallState::Connected, EventCause::None);
/// let mut out = [0; 1024];
/// let bytes = Envelope::new(request.version(), reply.into()).with_header(&header).encode(&mut out)?;
/// # use umsoap::Options;
/// # let options = Options::new().with_understood(&[(WSA, "RelatesTo")]);
/// # let read = Envelope::parse_with(bytes, &options)?;
/// # let block = read.header().block(WSA, "RelatesTo").unwrap();
/// # assert!(block.must_understand());
/// # assert_eq!(block.element().text().unwrap(), "urn:uuid:1&2");
/// # Ok::<(), umsoap::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct NewHeaderBlock<'a> {
    content: Content<'a>,
    must_understand: bool,
    receiver: Receiver<'a>,
    relay: bool,
}

impl<'a> NewHeaderBlock<'a> {
    const fn of(content: Content<'a>) -> Self {
        Self { content, must_understand: false, receiver: Receiver::Ultimate, relay: false }
    }

    /// Returns a block of this element, which must have a namespace. The block is optional, and for the ultimate
    /// receiver.
    pub const fn new(element: NewElement<'a>) -> Self {
        Self::of(Content::Made(element))
    }

    /// Returns a block of a message that was read, with its bytes unchanged. Declarations from outside that the block needs
    /// are added to its start tag. A block with SOAP attributes is refused in an envelope of the other version, where these
    /// attributes would have no meaning.
    ///
    /// ```
    /// use umsoap::{Envelope, GetCallInfo, NewHeaderBlock};
    /// let message = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns:t='urn:t'><s:Header>\
    ///     <t:Trace s:actor='urn:next'>7</t:Trace></s:Header><s:Body><x/></s:Body></s:Envelope>";
    /// let envelope = Envelope::parse(message)?;
    /// let block = envelope.header().block("urn:t", "Trace").unwrap();
    /// let mut out = [0; 1024];
    /// let new = Envelope::new(envelope.version(), GetCallInfo::new("MDlk").into());
    /// let bytes = new.with_header(&[NewHeaderBlock::carried(block)]).encode(&mut out)?;
    /// let trace = Envelope::parse(bytes)?.header().block("urn:t", "Trace").unwrap();
    /// assert_eq!(trace.element().text().unwrap(), "7");
    /// assert_eq!(trace.role().unwrap(), "urn:next");
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    pub const fn carried(block: HeaderBlock<'a>) -> Self {
        Self::of(Content::Carried(block))
    }

    /// Returns a block of bytes that were checked to be header blocks of this version.
    pub(crate) const fn fragment(version: SoapVersion, checked: &'a str) -> Self {
        Self::of(Content::Fragment(version, checked))
    }

    /// Makes the block mandatory. This function and the following are for blocks that were built of an element. A block
    /// that was carried over and a fragment already have their attributes. They are refused if other attributes are set.
    #[must_use]
    pub const fn with_must_understand(mut self) -> Self {
        self.must_understand = true;
        self
    }

    /// Addresses the block to this actor (1.2: role).
    #[must_use]
    pub const fn with_role(mut self, uri: &'a str) -> Self {
        self.receiver = Receiver::Uri(uri);
        self
    }

    /// Addresses the block to the next node, by the URI of the version.
    #[must_use]
    pub const fn with_role_next(mut self) -> Self {
        self.receiver = Receiver::Next;
        self
    }

    /// Lets nodes that do not process the block pass it on. SOAP 1.1 has no such attribute, so none is written there.
    ///
    /// ```
    /// use umsoap::{Envelope, GetCallInfo, NewElement, NewHeaderBlock, SoapVersion};
    /// let trace = NewHeaderBlock::new(NewElement::new("urn:example:trace", "TraceId").with_text("7")).with_relay();
    /// let mut out = [0; 1024];
    /// let blocks = [trace];
    /// let bytes = Envelope::new(SoapVersion::V1_2, GetCallInfo::new("MDlk").into()).with_header(&blocks).encode(&mut out)?;
    /// assert!(String::from_utf8_lossy(bytes).contains("soap:relay=\"true\""));
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    #[must_use]
    pub const fn with_relay(mut self) -> Self {
        self.relay = true;
        self
    }

    /// Writes the block into a header in which the prefix `soap` is bound to SOAP's namespace.
    pub(crate) fn write(&self, version: SoapVersion, out: &mut impl Sink) -> Result<(), Refusal> {
        let is_bare = !self.must_understand && !self.relay && matches!(self.receiver, Receiver::Ultimate);
        match self.content {
            Content::Made(element) => {
                let is_soap = |uri: &str| matches!(uri, version::SOAP_1_1 | version::SOAP_1_2);
                if element.namespace.is_empty() || element.attributes.iter().any(|(uri, ..)| is_soap(uri)) {
                    return Err(UNWRITABLE);
                }
                element.write("", 1, Some((self, version)), out)
            }
            Content::Carried(block) if is_bare => write_carried(&block, version, out),
            Content::Fragment(checked, bytes) if is_bare && checked == version => {
                out.put(bytes.as_bytes());
                Ok(())
            }
            Content::Carried(_) | Content::Fragment(..) => Err(UNWRITABLE),
        }
    }

    /// Writes the SOAP attributes in the form of the version.
    fn write_target(&self, version: SoapVersion, out: &mut impl Sink) -> Result<(), Refusal> {
        let (yes, role, next): (_, &[u8], _) = match version {
            SoapVersion::V1_1 => ("1", b" soap:actor=\"", version::ACTOR_NEXT_1_1),
            SoapVersion::V1_2 => ("true", b" soap:role=\"", version::ROLE_NEXT),
        };
        if self.must_understand {
            out.put(b" soap:mustUnderstand=\"");
            out.put(yes.as_bytes());
            out.put(b"\"");
        }
        let uri = match self.receiver {
            Receiver::Ultimate => None,
            Receiver::Next => Some(next),
            Receiver::Uri(uri) => Some(uri),
        };
        if let Some(uri) = uri {
            out.put(role);
            text::escape_attribute(&Text::new(uri), out)?;
            out.put(b"\"");
        }
        if self.relay && version == SoapVersion::V1_2 {
            out.put(b" soap:relay=\"true\"");
        }
        Ok(())
    }
}

impl<'a> From<HeaderBlock<'a>> for NewHeaderBlock<'a> {
    fn from(block: HeaderBlock<'a>) -> Self {
        Self::carried(block)
    }
}

/// Writes the bytes of a block unchanged, with the declarations that it needs.
fn write_carried(block: &HeaderBlock<'_>, version: SoapVersion, out: &mut impl Sink) -> Result<(), Refusal> {
    let node = block.element().node().ok_or(UNWRITABLE)?;
    let own = block.version().namespace();
    if block.version() != version && node.attributes().any(|a| a.namespace().is_some_and(|uri| uri == *own)) {
        return Err(UNWRITABLE);
    }
    write_alone(&node, version, out)
}

/// Writes an element of a message with the declarations that it needs from the elements around it. At the place where it
/// is written, no default namespace may be in scope, and `soap` is bound to the namespace of this version.
pub(super) fn write_alone(node: &Node<'_>, version: SoapVersion, out: &mut impl Sink) -> Result<(), Refusal> {
    let raw = node.raw_bytes();
    let (start, rest) = raw.split_at_checked(walk::name_end(raw)).ok_or(UNWRITABLE)?;
    out.put(start);
    // A prefix may stand in a QName of a text as well as in names. Any name may use the default namespace.
    let may_use_all = walk::may_hide_prefixes(raw);
    let is_used = |prefix: &[u8]| may_use_all || prefix.is_empty() || walk::uses_prefix(raw, prefix);
    let is_ours = |prefix: &[u8], uri| prefix == b"soap" && Text::attribute(uri) == *version.namespace();
    for (prefix, uri) in node.outer_declarations() {
        if uri.is_empty() || is_ours(prefix, uri) || !is_used(prefix) {
            continue;
        }
        out.put(if prefix.is_empty() { b" xmlns" } else { b" xmlns:" });
        out.put(prefix);
        out.put(b"=\"");
        text::escape_attribute(&Text::attribute(uri), out)?;
        out.put(b"\"");
    }
    out.put(rest);
    Ok(())
}

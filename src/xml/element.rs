//! An element of a message that a program gets unchanged: its expanded name and its bytes.

use core::fmt;

use crate::xml::node::Node;
use crate::xml::text::{Text, str_of};

/// An element with its expanded name. `Debug` prints only the name and a length.
///
/// ```
/// use umsoap::{Body, Envelope};
/// let message = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'>\
///     <s:Body><t:Ping xmlns:t='urn:t'>1</t:Ping></s:Body></s:Envelope>";
/// let Body::Other(element) = Envelope::parse(message)?.body() else { panic!() };
/// assert!(element.is("urn:t", "Ping") && element.text().unwrap() == "1");
/// assert_eq!(element.raw(), Some("<t:Ping xmlns:t='urn:t'>1</t:Ping>"));
/// # Ok::<(), umsoap::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Element<'a> {
    namespace: Option<Text<'a>>,
    local: &'a str,
    raw: Option<&'a str>,
    place: Option<Position<'a>>,
}

/// The position of an element in a checked message: the offsets of its own start tag and of those around it.
#[derive(Clone, Copy)]
struct Position<'a> {
    message: &'a [u8],
    at: u32,
    outer: Outer,
}

/// The offsets of the start tags around an element: of Envelope, of Header or Body, and of Fault. The last is 0 if there
/// is no Fault.
pub(crate) type Outer = [u32; 3];

/// Compares the expanded names and the bytes, not the positions in the messages.
impl PartialEq for Element<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.namespace, self.local, self.raw) == (other.namespace, other.local, other.raw)
    }
}

impl Eq for Element<'_> {}

impl<'a> Element<'a> {
    pub(crate) fn new(namespace: Option<Text<'a>>, local: &'a [u8], raw: Option<&'a [u8]>) -> Self {
        Self { namespace, local: str_of(local), raw: raw.map(str_of), place: None }
    }

    /// Returns the element at a node of a message, inside these elements. Complexity: O(its length).
    pub(crate) fn of(node: &Node<'a>, outer: Outer) -> Self {
        Self {
            namespace: node.namespace(),
            local: node.local_name(),
            raw: Some(node.raw()),
            place: Some(Position { message: node.message(), at: node.offset(), outer }),
        }
    }

    /// Adds the position of the element in its message: at `at`, inside these elements.
    pub(crate) const fn at(mut self, message: &'a [u8], at: u32, outer: Outer) -> Self {
        self.place = Some(Position { message, at, outer });
        self
    }

    /// Returns the element with the namespaces that are in scope, for its text, attributes and children. Returns `None` if
    /// the element was not retained. Complexity: O(the start tags of the element and of those around it).
    ///
    /// ```
    /// use umsoap::Envelope;
    /// const WSA: &str = "http://www.w3.org/2005/08/addressing";
    /// let message = format!("<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns:a='{WSA}'>\
    ///     <s:Header><a:MessageID>urn:uuid:1&#x2D;2</a:MessageID></s:Header><s:Body><x/></s:Body></s:Envelope>");
    /// let envelope = Envelope::parse(message.as_bytes())?;
    /// let id = envelope.header().block(WSA, "MessageID").unwrap().element().node().unwrap();
    /// assert_eq!(id.text().unwrap(), "urn:uuid:1-2");
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    pub fn node(&self) -> Option<Node<'a>> {
        let Position { message, at, outer } = self.place?;
        let around = match &outer {
            [around @ .., 0] => around,
            around => around.as_slice(),
        };
        Some(Node::within(message, around, at as usize))
    }

    /// Returns the text of the element, as [`Node::text`] does.
    pub fn text(&self) -> Option<Text<'a>> {
        self.node()?.text()
    }

    /// Returns whether the element has this expanded name. An empty `namespace` stands for no namespace.
    pub fn is(&self, namespace: &str, local_name: &str) -> bool {
        self.local == local_name && self.namespace.map_or(namespace.is_empty(), |uri| uri == *namespace)
    }

    /// Returns the namespace name; `None` for an element in no namespace.
    pub const fn namespace(&self) -> Option<Text<'a>> {
        self.namespace
    }

    /// Returns the local name.
    pub const fn local_name(&self) -> &'a str {
        self.local
    }

    /// Returns the bytes of the element from its `<` to its last `>`, a slice of the input, or `None` if the element was not
    /// retained. The prefixes in these bytes may be declared outside the element.
    pub const fn raw(&self) -> Option<&'a str> {
        self.raw
    }

    /// Returns xmlparser's tokens of [`raw`](Self::raw), which this library has already checked.
    ///
    /// ```
    /// use umsoap::{Envelope, xmlparser::Token};
    /// let input = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'>\
    ///     <s:Header><t:Id xmlns:t='urn:t'>7</t:Id></s:Header><s:Body><x/></s:Body></s:Envelope>";
    /// let envelope = Envelope::parse(input)?;
    /// let block = envelope.header().blocks().next().unwrap();
    /// let mut tokens = block.element().tokens().unwrap();
    /// assert!(tokens.any(|token| matches!(token, Ok(Token::Text { text }) if text == "7")));
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    #[cfg(feature = "xmlparser")]
    pub fn tokens(&self) -> Option<xmlparser::Tokenizer<'a>> {
        let raw = self.raw?;
        Some(xmlparser::Tokenizer::from_fragment(raw, 0..raw.len()))
    }
}

impl fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Element(")?;
        if let Some(namespace) = self.namespace {
            write!(f, "{{{namespace}}}")?;
        }
        match self.raw {
            Some(raw) => write!(f, "{}, {} bytes)", self.local, raw.len()),
            None => write!(f, "{}, not retained)", self.local),
        }
    }
}

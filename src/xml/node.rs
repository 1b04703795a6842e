//! Elements of a checked message with the namespaces that are in scope: their text, attributes and children.

use core::fmt;

use crate::xml::declarations::Declarations;
use crate::xml::text::{Text, str_of};
use crate::xml::token::Attribute;
use crate::xml::walk::{self, Attributes};

/// An element of a checked message: its expanded name, text, attributes, children, and the namespaces in scope.
/// [`Element::node`](crate::Element::node) returns it for an element that was retained.
///
/// Names are compared by their namespace, whatever prefix the sender has chosen.
///
/// ```
/// use umsoap::Envelope;
/// const WSSE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
/// let message = format!("<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns:o='{WSSE}'><s:Header>\
///     <o:Security><o:UsernameToken><o:Username>J&#xE9;r&#xF4;me</o:Username></o:UsernameToken></o:Security>\
///     </s:Header><s:Body><x/></s:Body></s:Envelope>");
/// let envelope = Envelope::parse(message.as_bytes())?;
/// let security = envelope.header().block(WSSE, "Security").unwrap().element().node().unwrap();
/// let name = security.child(WSSE, "UsernameToken").unwrap().child(WSSE, "Username").unwrap();
/// assert_eq!(name.text().unwrap(), "Jérôme");
/// # Ok::<(), umsoap::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Node<'a> {
    message: &'a [u8],
    /// The offset of the start tag, and the offset after that tag. The end of the element is searched only when it is
    /// needed.
    start: u32,
    inside: u32,
    declarations: Declarations,
}

impl<'a> Node<'a> {
    /// Returns the element whose `<` stands at `start`, inside elements that make the declarations `around` it.
    /// Complexity: O(the start tag's length).
    pub(crate) fn new(message: &'a [u8], around: &Declarations, start: usize) -> Self {
        let tag = walk::tag_at(message, start);
        let mut declarations = *around;
        declarations.add(tag, start);
        Self { message, start: start as u32, inside: start.saturating_add(tag.len()) as u32, declarations }
    }

    /// Returns the element at `start` inside the elements whose start tags begin at `outer`, the outermost first.
    pub(crate) fn within(message: &'a [u8], outer: &[u32], start: usize) -> Self {
        Self::new(message, &Declarations::of(message, outer), start)
    }

    /// Returns the start tag.
    pub(crate) fn tag(&self) -> &'a [u8] {
        self.message.get(self.start as usize..self.inside as usize).unwrap_or_default()
    }

    /// Returns the offset of the start tag in the message.
    pub(crate) const fn offset(&self) -> u32 {
        self.start
    }

    /// Returns the message that the element stands in.
    pub(crate) const fn message(&self) -> &'a [u8] {
        self.message
    }

    /// Returns the namespace name that a prefix of a name is bound to.
    pub(crate) fn resolve(&self, prefix: &[u8]) -> Option<Text<'a>> {
        self.declarations.resolve(self.message, prefix)
    }

    /// Returns the namespace name that a prefix in a text is bound to.
    pub(crate) fn resolve_text(&self, prefix: Text<'_>) -> Option<Text<'a>> {
        self.declarations.resolve_text(self.message, prefix)
    }

    fn child_at(&self, start: usize) -> Self {
        Self::new(self.message, &self.declarations, start)
    }

    fn child_offsets(&self) -> walk::Children<'a> {
        walk::Children::of(self.message, self.start as usize, self.tag())
    }

    /// Returns the first child element of this local name, in any namespace.
    pub(crate) fn child_of_local_name(&self, local_name: &[u8]) -> Option<Self> {
        let child = self.child_offsets().find(|&child| walk::local_at(self.message, child) == local_name)?;
        Some(self.child_at(child))
    }

    /// Returns the namespace name; `None` for an element in no namespace.
    pub fn namespace(&self) -> Option<Text<'a>> {
        self.resolve(walk::split(walk::tag_name(self.tag())).0)
    }

    /// Returns the local name.
    pub fn local_name(&self) -> &'a str {
        str_of(walk::split(walk::tag_name(self.tag())).1)
    }

    /// Returns whether the element has this expanded name. An empty `namespace` stands for no namespace.
    pub fn is(&self, namespace: &str, local_name: &str) -> bool {
        self.local_name() == local_name && is_namespace(self.namespace(), namespace)
    }

    /// Returns the element from its `<` to its last `>`, as it was written.
    pub fn raw(&self) -> &'a str {
        str_of(self.raw_bytes())
    }

    pub(crate) fn raw_bytes(&self) -> &'a [u8] {
        let start = self.start as usize;
        let end = walk::element_end(self.message, start).unwrap_or(self.message.len());
        self.message.get(start..end).unwrap_or_default()
    }

    /// Returns the text of the element, or `None` if the element has child elements. References, comments and CDATA sections
    /// are resolved in the value of the text.
    pub fn text(&self) -> Option<Text<'a>> {
        match self.child_offsets().next() {
            Some(_) => None,
            None => Some(Text::content(walk::content(self.raw_bytes(), self.tag()))),
        }
    }

    /// Returns an iterator over the child elements.
    pub fn children(&self) -> Children<'a> {
        Children { parent: *self, offsets: self.child_offsets() }
    }

    /// Returns the first child element of this expanded name. An empty `namespace` stands for no namespace.
    pub fn child(&self, namespace: &str, local_name: &str) -> Option<Self> {
        let named = |&child: &usize| walk::local_at(self.message, child) == local_name.as_bytes();
        let mut named = self.child_offsets().filter(named).map(|child| self.child_at(child));
        named.find(|child| is_namespace(child.namespace(), namespace))
    }

    /// Returns an iterator over the attributes, without the namespace declarations.
    pub fn attributes(&self) -> NodeAttributes<'a> {
        NodeAttributes { node: *self, rest: Attributes::of(self.tag()) }
    }

    /// Returns the value of the attribute of this expanded name. An empty `namespace` stands for no namespace. Attributes
    /// without a prefix are in no namespace.
    pub fn attribute(&self, namespace: &str, local_name: &str) -> Option<Text<'a>> {
        let tag = self.tag();
        let mut named = Attributes::of(tag)
            .filter(|a| a.declares(tag).is_none() && a.local(tag) == local_name.as_bytes());
        let found = named.find(|a| is_namespace(self.attribute_namespace(a), namespace));
        found.map(|a| a.text(tag))
    }

    /// Returns the namespace name of an attribute of the start tag. An attribute without a prefix is in no namespace.
    fn attribute_namespace(&self, attribute: &Attribute) -> Option<Text<'a>> {
        if attribute.is_qualified() { self.resolve(attribute.prefix(self.tag())) } else { None }
    }

    /// Returns the namespace name that a prefix is bound to here, for a QName in a text or an attribute. The empty
    /// prefix stands for the default namespace.
    ///
    /// ```
    /// use umsoap::Envelope;
    /// let message = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Header>\
    ///     <t:Kind xmlns:t='urn:t' xmlns:u='urn:u'>u:Urgent</t:Kind></s:Header><s:Body><x/></s:Body></s:Envelope>";
    /// let envelope = Envelope::parse(message)?;
    /// let kind = envelope.header().block("urn:t", "Kind").unwrap().element().node().unwrap();
    /// assert_eq!(kind.namespace_of("u").unwrap(), "urn:u");
    /// assert!(kind.namespace_of("v").is_none());
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    pub fn namespace_of(&self, prefix: &str) -> Option<Text<'a>> {
        self.resolve(prefix.as_bytes())
    }

    /// Returns the prefix and the raw namespace name of each declaration that is in scope but stands outside the
    /// element, the innermost first. A declaration that an inner one hides is left out. A declaration of `xml` is left
    /// out, too, since that prefix is bound everywhere. Complexity: O(the square of the declarations in scope).
    pub(crate) fn outer_declarations(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let (all, message, tag) = (&self.declarations, self.message, self.tag());
        let own = Attributes::of(tag).filter(|a| a.declares(tag).is_some()).count();
        let outer = all.innermost_first(message).enumerate().skip(own);
        let visible = outer
            .filter(move |&(n, (prefix, _))| prefix != b"xml" && all.position(message, prefix) == Some(n));
        visible.map(|(_, found)| found)
    }
}

/// Returns whether both namespaces are equal. An empty `namespace` stands for no namespace.
fn is_namespace(found: Option<Text<'_>>, namespace: &str) -> bool {
    found.map_or(namespace.is_empty(), |found| found == *namespace)
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Node(")?;
        if let Some(namespace) = self.namespace() {
            write!(f, "{{{namespace}}}")?;
        }
        write!(f, "{}, {} bytes)", self.local_name(), self.raw().len())
    }
}

/// An iterator over the child elements of a [`Node`]. Complexity of all steps together: O(the parent's length), and
/// O(the declarations in scope) for each child.
///
/// ```
/// use umsoap::Envelope;
/// let message = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'>\
///     <s:Header><t:List xmlns:t='urn:t' t:n='2' kind='k'><t:A/><t:B/></t:List></s:Header><s:Body><x/></s:Body></s:Envelope>";
/// let list = Envelope::parse(message)?.header().block("urn:t", "List").unwrap().element().node().unwrap();
/// let names: Vec<_> = list.children().map(|child| child.local_name()).collect();
/// assert_eq!(names, ["A", "B"]);
/// # Ok::<(), umsoap::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Children<'a> {
    parent: Node<'a>,
    offsets: walk::Children<'a>,
}

impl<'a> Iterator for Children<'a> {
    type Item = Node<'a>;

    fn next(&mut self) -> Option<Node<'a>> {
        self.offsets.next().map(|child| self.parent.child_at(child))
    }
}

impl fmt::Debug for Children<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}

/// An attribute of a [`Node`]. `Debug` prints only the name and the length of the value.
///
/// ```
/// use umsoap::Envelope;
/// let message = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'>\
///     <s:Header><t:List xmlns:t='urn:t' t:n='2' kind='k'><t:A/><t:B/></t:List></s:Header><s:Body><x/></s:Body></s:Envelope>";
/// let list = Envelope::parse(message)?.header().block("urn:t", "List").unwrap().element().node().unwrap();
/// let attribute = list.attributes().next().unwrap();
/// assert!(attribute.namespace().unwrap() == "urn:t" && attribute.local_name() == "n");
/// assert_eq!(attribute.value(), "2");
/// # Ok::<(), umsoap::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeAttribute<'a> {
    namespace: Option<Text<'a>>,
    local_name: &'a str,
    value: Text<'a>,
}

impl<'a> NodeAttribute<'a> {
    /// Returns the namespace name; `None` for an attribute without a prefix.
    pub const fn namespace(&self) -> Option<Text<'a>> {
        self.namespace
    }

    /// Returns the local name.
    pub const fn local_name(&self) -> &'a str {
        self.local_name
    }

    /// Returns the value.
    pub const fn value(&self) -> Text<'a> {
        self.value
    }
}

/// An iterator over the attributes of a [`Node`].
///
/// ```
/// use umsoap::Envelope;
/// let message = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'>\
///     <s:Header><t:List xmlns:t='urn:t' t:n='2' kind='k'><t:A/><t:B/></t:List></s:Header><s:Body><x/></s:Body></s:Envelope>";
/// let list = Envelope::parse(message)?.header().block("urn:t", "List").unwrap().element().node().unwrap();
/// let names: Vec<_> = list.attributes().map(|attribute| attribute.local_name()).collect();
/// assert_eq!(names, ["n", "kind"]);
/// # Ok::<(), umsoap::Error>(())
/// ```
#[derive(Clone)]
pub struct NodeAttributes<'a> {
    node: Node<'a>,
    rest: Attributes<'a>,
}

impl<'a> Iterator for NodeAttributes<'a> {
    type Item = NodeAttribute<'a>;

    fn next(&mut self) -> Option<NodeAttribute<'a>> {
        let tag = self.node.tag();
        let found = self.rest.find(|attribute| attribute.declares(tag).is_none())?;
        let namespace = self.node.attribute_namespace(&found);
        Some(NodeAttribute { namespace, local_name: str_of(found.local(tag)), value: found.text(tag) })
    }
}

impl fmt::Debug for NodeAttributes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

//! Elements of a checked message with the namespaces that are in scope: their text, attributes and children.

#![expect(clippy::arithmetic_side_effects, reason = "positions lie inside a slice, so they cannot overflow")]

use core::fmt;

use crate::base::limits::MAX_DECLARATIONS;
use crate::base::version;
use crate::xml::chars::{self, SPACE};
use crate::xml::scan;
use crate::xml::text::{Text, str_of};
use crate::xml::walk::{self, Attributes};

/// The declarations in scope, those of outer elements first. Each is the offset after its `xmlns` in the message. No
/// message that was accepted has more of them at one time.
#[derive(Clone, Copy)]
struct Declarations {
    at: [u32; MAX_DECLARATIONS],
    count: usize,
}

impl Declarations {
    const NONE: Self = Self { at: [0; MAX_DECLARATIONS], count: 0 };

    /// Adds the declarations of the start tag at `start`. Complexity: O(the tag's length).
    fn add(&mut self, message: &[u8], start: usize) {
        let tag = walk::tag_at(message, start);
        for attribute in Attributes::of(tag).filter(|attribute| attribute.declares(tag).is_some()) {
            if let Some(place) = self.at.get_mut(self.count) {
                *place = (start + attribute.name_at() + "xmlns".len()) as u32;
                self.count += 1;
            }
        }
    }

    /// Returns all declarations as (prefix, raw namespace name), innermost first. An inner one may hide an outer one.
    fn innermost_first<'a>(&self, message: &'a [u8]) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let all = self.at.get(..self.count).unwrap_or_default();
        all.iter().rev().filter_map(move |&at| {
            let rest = message.get(at as usize..)?;
            let name = rest.strip_prefix(b":").unwrap_or(rest);
            let end = name.iter().position(|&b| b == b'=' || chars::is(b, SPACE))?;
            let (prefix, rest) = name.split_at_checked(end)?;
            let quote = rest.iter().position(|b| matches!(b, b'"' | b'\''))?;
            let (quote, value) = rest.get(quote..)?.split_first()?;
            Some((prefix, value.get(..scan::find(*quote, value, 0)?)?))
        })
    }

    /// Returns the namespace name that a prefix is bound to. The empty prefix stands for the default namespace.
    fn resolve<'a>(&self, message: &'a [u8], prefix: &[u8]) -> Option<Text<'a>> {
        if prefix == b"xml" {
            return Some(Text::new(version::XML));
        }
        let (_, value) = self.innermost_first(message).find(|(found, _)| *found == prefix)?;
        (!value.is_empty()).then_some(Text::attribute(value))
    }
}

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
    /// The offset of the start tag, the offset after it, and the offset after the element.
    start: u32,
    inside: u32,
    end: u32,
    declarations: Declarations,
}

impl<'a> Node<'a> {
    /// Returns the element whose `<` stands at `start`. `around` holds the declarations of the elements around it.
    /// Complexity: O(the element's length).
    fn at(message: &'a [u8], start: usize, around: &Declarations) -> Option<Self> {
        let end = walk::element_end(message, start)?;
        let inside = start + walk::tag_at(message, start).len();
        let mut declarations = *around;
        declarations.add(message, start);
        Some(Self { message, start: start as u32, inside: inside as u32, end: end as u32, declarations })
    }

    /// Returns the element at `start` inside the elements whose start tags begin at `outer`, the outermost first.
    pub(crate) fn within(message: &'a [u8], outer: &[usize], start: usize) -> Option<Self> {
        let mut around = Declarations::NONE;
        outer.iter().for_each(|&tag| around.add(message, tag));
        Self::at(message, start, &around)
    }

    /// Returns the element at `target`, found from the root at `root`. Complexity: O(the message's length).
    pub(crate) fn below(message: &'a [u8], root: usize, target: usize) -> Option<Self> {
        let mut around = Declarations::NONE;
        let mut at = root;
        while at < target {
            around.add(message, at);
            let mut child = at + walk::tag_at(message, at).len();
            loop {
                child = walk::next_child(message, child, message.len())?;
                let end = walk::element_end(message, child)?;
                if target < end {
                    break;
                }
                child = end;
            }
            at = child;
        }
        Self::at(message, at, &around)
    }

    fn tag(&self) -> &'a [u8] {
        self.message.get(self.start as usize..self.inside as usize).unwrap_or_default()
    }

    /// Returns the namespace name; `None` for an element in no namespace.
    pub fn namespace(&self) -> Option<Text<'a>> {
        let (prefix, _) = walk::split(walk::tag_name(self.tag()));
        self.declarations.resolve(self.message, prefix)
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
        str_of(self.message.get(self.start as usize..self.end as usize).unwrap_or_default())
    }

    /// Returns the text of the element. References, comments and CDATA sections are resolved in its value. `None` if
    /// the element has child elements.
    pub fn text(&self) -> Option<Text<'a>> {
        if self.tag().ends_with(b"/>") {
            return Some(Text::new(""));
        }
        match walk::next_child(self.message, self.inside as usize, self.end as usize) {
            Some(_) => None,
            None => {
                let inner = self.message.get(self.inside as usize..self.end as usize)?;
                // The end tag begins at the last `<`.
                let end = inner.iter().rposition(|&b| b == b'<')?;
                Some(Text::content(inner.get(..end)?))
            }
        }
    }

    /// Returns an iterator over the child elements.
    pub fn children(&self) -> Children<'a> {
        let is_empty = self.tag().ends_with(b"/>");
        let end = if is_empty { self.inside } else { self.end };
        Children { parent: *self, at: self.inside, end }
    }

    /// Returns the first child element of this expanded name. An empty `namespace` stands for no namespace.
    pub fn child(&self, namespace: &str, local_name: &str) -> Option<Self> {
        self.children().find(|child| child.is(namespace, local_name))
    }

    /// Returns an iterator over the attributes, without the namespace declarations.
    pub fn attributes(&self) -> NodeAttributes<'a> {
        NodeAttributes { node: *self, rest: Attributes::of(self.tag()) }
    }

    /// Returns the value of the attribute of this expanded name. An empty `namespace` stands for no namespace:
    /// attributes without a prefix are in none.
    pub fn attribute(&self, namespace: &str, local_name: &str) -> Option<Text<'a>> {
        let is = |found: &NodeAttribute<'a>| {
            found.local_name == local_name && is_namespace(found.namespace, namespace)
        };
        self.attributes().find(is).map(|found| found.value)
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
        self.declarations.resolve(self.message, prefix.as_bytes())
    }

    /// Returns the prefix and the raw namespace name of each declaration that is in scope but stands outside the
    /// element, the innermost first. A declaration that an inner one hides is left out.
    pub(crate) fn outer_declarations(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let all = self.declarations;
        let own = Attributes::of(self.tag()).filter(|a| a.declares(self.tag()).is_some()).count();
        let message = self.message;
        let visible = move |n: usize, prefix: &[u8]| {
            !all.innermost_first(message).take(n).any(|(inner, _)| inner == prefix)
        };
        let numbered = (0..all.count).filter_map(move |n| Some((n, all.innermost_first(message).nth(n)?)));
        numbered.skip(own).filter(move |&(n, (prefix, _))| visible(n, prefix)).map(|(_, found)| found)
    }
}

/// Returns whether both are one namespace. An empty `namespace` stands for no namespace.
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
    at: u32,
    end: u32,
}

impl<'a> Iterator for Children<'a> {
    type Item = Node<'a>;

    fn next(&mut self) -> Option<Node<'a>> {
        let Node { message, declarations, .. } = &self.parent;
        let start = walk::next_child(message, self.at as usize, self.end as usize)?;
        let child = Node::at(message, start, declarations)?;
        self.at = child.end;
        Some(child)
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
        let namespace = match found.is_qualified() {
            true => self.node.declarations.resolve(self.node.message, found.prefix(tag)),
            false => None,
        };
        Some(NodeAttribute { namespace, local_name: str_of(found.local(tag)), value: found.text(tag) })
    }
}

impl fmt::Debug for NodeAttributes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

//! Reads as much of XML Schema as `tests/data/um.xsd` needs, and judges messages by that file.
//!
//! It is the one source of the schema for the oracles, the generators and the fuzz targets, and shares nothing with the
//! library's table. Anything else of XML Schema causes a panic. [`fields`] returns the library's side.
#![allow(dead_code, reason = "each test binary uses its part")]

use roxmltree::{Document, Node};
use std::sync::LazyLock;
use umsoap::Body;

pub(crate) static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema::read(include_str!("../data/um.xsd")));

/// The elements that may stand in Body.
pub(crate) struct Schema {
    pub(crate) messages: Vec<Element>,
}

#[derive(Clone, Debug)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) is_optional: bool,
    pub(crate) content: Content,
}

/// The content of an element.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    String { least: usize, most: usize },
    Words(Vec<String>),
    Boolean,
    Children(Particle),
}

/// A part of a content model: <https://www.w3.org/TR/xmlschema-1/#Model_Groups>.
#[derive(Clone, Debug)]
pub(crate) enum Particle {
    Element(Box<Element>),
    Sequence(Vec<Self>),
    Choice(Vec<Self>),
}

/// A value that was found in a message.
pub(crate) struct Found<'s, 'a, 'i> {
    pub(crate) element: &'s Element,
    pub(crate) node: Node<'a, 'i>,
    pub(crate) value: String,
}

/// The fields of a message: the name of each child as it is spelt, and its value.
pub(crate) type Fields = Vec<(String, String)>;

/// The names from the message's element down to a value, the content of the value, and whether the value may be absent.
pub(crate) type Place<'s> = (Vec<&'s str>, &'s Content, bool);

impl Schema {
    pub(crate) fn read(text: &str) -> Self {
        let document = Document::parse(text).expect("a document");
        let root = document.root_element();
        let elements = elements(root).into_iter().filter(|node| node.tag_name().name() == "element");
        Self { messages: elements.map(|node| Element::read(root, node)).collect() }
    }

    pub(crate) fn message(&self, name: &str) -> Option<&Element> {
        self.messages.iter().find(|message| message.name == name)
    }
}

/// Returns the library's fields of a message.
pub(crate) fn fields(body: &Body<'_>) -> Fields {
    body.fields().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

fn elements<'a, 'i>(node: Node<'a, 'i>) -> Vec<Node<'a, 'i>> {
    node.children().filter(Node::is_element).collect()
}

fn blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// Returns the definition in the schema itself, by its kind and name.
fn defined<'a, 'i>(root: Node<'a, 'i>, kinds: &[&str], reference: &str) -> Node<'a, 'i> {
    let name = reference.strip_prefix("m:").expect("a name of this schema");
    let is_it =
        |node: &Node<'_, '_>| kinds.contains(&node.tag_name().name()) && node.attribute("name") == Some(name);
    elements(root).into_iter().find(is_it).unwrap_or_else(|| panic!("{reference} is not defined"))
}

impl Element {
    fn read(root: Node<'_, '_>, node: Node<'_, '_>) -> Self {
        let content = match (node.attribute("type"), &elements(node)[..]) {
            (Some("xs:string"), []) => Content::String { least: 0, most: usize::MAX },
            (Some("xs:boolean"), []) => Content::Boolean,
            (Some(reference), []) => {
                Content::read(root, defined(root, &["simpleType", "complexType"], reference))
            }
            (None, [own]) => Content::read(root, *own),
            _ => panic!("{node:?}"),
        };
        assert!(!node.has_attribute("maxOccurs"), "{node:?}");
        let is_optional = match node.attribute("minOccurs") {
            None => false,
            Some("0") => true,
            _ => panic!("{node:?}"),
        };
        Self { name: node.attribute("name").expect("a name").to_string(), is_optional, content }
    }

    /// Returns the values, if the element is valid. All names have the namespace `uri`.
    pub(crate) fn judge<'s, 'a, 'i>(
        &'s self,
        uri: &str,
        node: Node<'a, 'i>,
    ) -> Option<Vec<Found<'s, 'a, 'i>>> {
        let mut found = Vec::new();
        self.walk(uri, node, &mut found)?;
        Some(found)
    }

    fn walk<'s, 'a, 'i>(
        &'s self,
        uri: &str,
        node: Node<'a, 'i>,
        found: &mut Vec<Found<'s, 'a, 'i>>,
    ) -> Option<()> {
        let text: String = node.children().filter(Node::is_text).filter_map(|text| text.text()).collect();
        let children = elements(node);
        if let Content::Children(particle) = &self.content {
            let end = particle.take(uri, &children, found)?;
            return (end == children.len() && text.chars().all(blank)).then_some(());
        }
        let value = children.is_empty().then(|| self.content.value(&text))??;
        found.push(Found { element: self, node, value });
        Some(())
    }

    /// Returns the content of the value of this name.
    pub(crate) fn value(&self, name: &str) -> Option<&Content> {
        let mut places = self.ways().into_iter().flatten();
        places.find(|(names, ..)| names.last() == Some(&name)).map(|(_, content, _)| content)
    }

    /// Returns each way to write the message, with the places of its values in order.
    pub(crate) fn ways(&self) -> Vec<Vec<Place<'_>>> {
        let Content::Children(particle) = &self.content else {
            return vec![vec![(vec![&self.name], &self.content, self.is_optional)]];
        };
        let mut ways = particle.ways();
        for (names, ..) in ways.iter_mut().flatten() {
            names.insert(0, &self.name);
        }
        ways
    }
}

impl Found<'_, '_, '_> {
    pub(crate) fn field(&self) -> (String, String) {
        (self.element.name.clone(), self.value.clone())
    }
}

impl Content {
    fn read(root: Node<'_, '_>, node: Node<'_, '_>) -> Self {
        let parts = elements(node);
        if node.tag_name().name() == "complexType" {
            return Self::Children(match parts[..] {
                [] => Particle::Sequence(Vec::new()),
                [model] => Particle::read(root, model),
                _ => panic!("{node:?}"),
            });
        }
        let [restriction] = parts[..] else { panic!("{node:?}") };
        assert_eq!(restriction.attribute("base"), Some("xs:string"));
        let (mut bounds, mut words) = ((0, usize::MAX), Vec::new());
        for facet in elements(restriction) {
            let value = facet.attribute("value").expect("a value");
            match facet.tag_name().name() {
                "minLength" => bounds.0 = value.parse().expect("a number"),
                "maxLength" => bounds.1 = value.parse().expect("a number"),
                "enumeration" => words.push(value.to_string()),
                _ => panic!("{facet:?}"),
            }
        }
        if words.is_empty() { Self::String { least: bounds.0, most: bounds.1 } } else { Self::Words(words) }
    }

    /// Returns the value for which a text stands, if the text is valid: <https://www.w3.org/TR/xmlschema-2/>.
    pub(crate) fn value(&self, text: &str) -> Option<String> {
        let is_valid = match self {
            Self::String { least, most } => (*least..=*most).contains(&text.chars().count()),
            Self::Words(words) => words.iter().any(|word| word == text),
            Self::Boolean => {
                return match text.trim_matches(blank) {
                    "true" | "1" => Some("true".to_string()),
                    "false" | "0" => Some("false".to_string()),
                    _ => None,
                };
            }
            Self::Children(_) => false,
        };
        is_valid.then(|| text.to_string())
    }

    /// Returns a valid text. Another number may give another text.
    pub(crate) fn sample(&self, n: usize) -> String {
        match self {
            Self::String { .. } => ["MDlk", "+15550100", "x y"][n % 3].to_string(),
            Self::Words(words) => words[n % words.len()].clone(),
            Self::Boolean => ["true", "false", "1", "0", " true\n"][n % 5].to_string(),
            Self::Children(_) => String::new(),
        }
    }
}

impl Particle {
    fn read(root: Node<'_, '_>, node: Node<'_, '_>) -> Self {
        let parts = || elements(node).into_iter().map(|part| Self::read(root, part)).collect();
        match node.tag_name().name() {
            "element" => Self::Element(Box::new(Element::read(root, node))),
            "sequence" => Self::Sequence(parts()),
            "choice" => Self::Choice(parts()),
            "group" => {
                let group = defined(root, &["group"], node.attribute("ref").expect("a reference"));
                let [model] = elements(group)[..] else { panic!("{group:?}") };
                Self::read(root, model)
            }
            _ => panic!("{node:?}"),
        }
    }

    /// Returns the number of elements that belong to the particle. A schema is deterministic: the first element
    /// decides.
    fn take<'s, 'a, 'i>(
        &'s self,
        uri: &str,
        nodes: &[Node<'a, 'i>],
        found: &mut Vec<Found<'s, 'a, 'i>>,
    ) -> Option<usize> {
        match self {
            Self::Element(element) => match nodes.first() {
                Some(node) if node.has_tag_name((uri, &*element.name)) => {
                    element.walk(uri, *node, found)?;
                    Some(1)
                }
                _ => element.is_optional.then_some(0),
            },
            Self::Sequence(parts) => {
                parts.iter().try_fold(0, |at, part| Some(at + part.take(uri, nodes.get(at..)?, found)?))
            }
            Self::Choice(parts) => {
                let name = nodes.first()?.tag_name().name();
                let part = parts.iter().find(|part| part.first_name() == Some(name))?;
                part.take(uri, nodes, found)
            }
        }
    }

    /// Returns the name of the element with which the particle begins.
    fn first_name(&self) -> Option<&str> {
        match self {
            Self::Element(element) => Some(&element.name),
            Self::Sequence(parts) => parts.first()?.first_name(),
            Self::Choice(_) => panic!("a choice in a choice"),
        }
    }

    fn ways(&self) -> Vec<Vec<Place<'_>>> {
        match self {
            Self::Element(element) => {
                let mut ways = element.ways();
                for (.., is_optional) in ways.iter_mut().flatten() {
                    *is_optional |= element.is_optional;
                }
                ways
            }
            Self::Choice(parts) => parts.iter().flat_map(Self::ways).collect(),
            Self::Sequence(parts) => parts.iter().fold(vec![Vec::new()], |starts, part| {
                let ends = part.ways();
                let all =
                    starts.iter().flat_map(|start| ends.iter().map(move |end| [&start[..], end].concat()));
                all.collect()
            }),
        }
    }
}

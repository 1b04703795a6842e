//! Shows a document by xmlparser's tokens: its elements, their places, and what they take of the limits.
//!
//! xmlparser matches no end tags and knows no namespaces. For an accepted document, a stack is enough.

use umsoap::Limits;
use umsoap::xmlparser::{ElementEnd, Token, Tokenizer};

pub struct Attribute<'a> {
    pub prefix: &'a str,
    pub local: &'a str,
    pub value: &'a str,
}

pub struct Element<'a> {
    pub prefix: &'a str,
    pub local: &'a str,
    pub attributes: Vec<Attribute<'a>>,
    pub parent: Option<usize>,
    /// The element from the `<` of its start tag to the `>` of its end tag.
    pub span: (usize, usize),
    /// The content between the tags.
    pub inner: (usize, usize),
    /// The value of the text directly in the element.
    pub text: String,
    /// Tells whether the element holds elements.
    pub has_elements: bool,
}

/// The most that a document takes of each limit.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Needs {
    pub message: usize,
    pub depth: usize,
    pub attributes: usize,
    pub declarations: usize,
    pub tag: usize,
    pub names: usize,
    pub namespaces: usize,
}

impl Needs {
    /// Returns whether the document fits. The retained text is not known here.
    pub fn are_within(&self, limits: &Limits) -> bool {
        self.message <= limits.message_bytes() as usize
            && self.depth <= usize::from(limits.depth())
            && self.attributes <= usize::from(limits.attributes())
            && self.declarations <= usize::from(limits.declarations())
            && self.tag <= usize::from(limits.tag_bytes())
            && self.names <= usize::from(limits.name_bytes())
            && self.namespaces <= usize::from(limits.namespace_bytes())
    }
}

#[derive(Default)]
pub struct Lexed<'a> {
    pub elements: Vec<Element<'a>>,
    pub needs: Needs,
    /// The offences that xmlparser or the stack found. The list is empty for an accepted document.
    pub offences: Vec<String>,
    open: Vec<usize>,
}

/// Lexes a document, as far as xmlparser can.
pub fn lex(document: &str) -> Lexed<'_> {
    // xmlparser needs a blank after `<?xml`. Otherwise it takes the declaration for a processing instruction.
    let plain = document.strip_prefix('\u{FEFF}').unwrap_or(document);
    let declaration = if plain.starts_with("<?xml") { plain.find("?>").map_or(0, |end| end + 2) } else { 0 };
    let mut lexed = Lexed::default();
    (lexed.needs.message, lexed.needs.tag) = (document.len(), declaration);
    let start = document.len() - plain.len() + declaration;
    for token in Tokenizer::from_fragment(document, start..document.len()) {
        let taken = token.map_err(|error| error.to_string()).and_then(|token| lexed.take(token));
        lexed.offences.extend(taken.err());
    }
    let roots = lexed.elements.iter().filter(|element| element.parent.is_none()).count();
    if roots != 1 || !lexed.open.is_empty() {
        lexed.offences.push(format!("{roots} roots, {} open elements", lexed.open.len()));
    }
    lexed
}

impl<'a> Lexed<'a> {
    fn take(&mut self, token: Token<'a>) -> Result<(), String> {
        match token {
            Token::ElementStart { prefix, local, span } => {
                if let Some(&parent) = self.open.last() {
                    self.elements[parent].has_elements = true;
                }
                self.elements.push(Element {
                    prefix: prefix.as_str(),
                    local: local.as_str(),
                    attributes: Vec::new(),
                    parent: self.open.last().copied(),
                    span: (span.start(), span.end()),
                    inner: (span.end(), span.end()),
                    text: String::new(),
                    has_elements: false,
                });
                self.open.push(self.elements.len() - 1);
            }
            Token::Attribute { prefix, local, value, span } => {
                let element = self.elements.last_mut().ok_or("an attribute without an element")?;
                let (prefix, local, value) = (prefix.as_str(), local.as_str(), value.as_str());
                let twice = element.attributes.iter().any(|a| (a.prefix, a.local) == (prefix, local));
                element.attributes.push(Attribute { prefix, local, value });
                if twice {
                    return Err(format!("{span:?} twice"));
                }
            }
            Token::ElementEnd { end: ElementEnd::Close(prefix, local), span } => {
                let element = &mut self.elements[self.open.pop().ok_or("an end tag without an element")?];
                (element.inner.1, element.span.1) = (span.start(), span.end());
                if (element.prefix, element.local) != (prefix.as_str(), local.as_str()) {
                    return Err(format!("{} is closed as {}", element.local, local.as_str()));
                }
            }
            Token::ElementEnd { end, span } => {
                let last = self.open.last().copied().ok_or("a tag without an element")?;
                self.elements[last].inner = (span.end(), span.end());
                self.elements[last].span.1 = span.end();
                self.needs.take(&self.elements, &self.open);
                if end == ElementEnd::Empty {
                    self.open.pop();
                }
            }
            Token::Text { text } => {
                if let Some(&last) = self.open.last() {
                    resolve(text.as_str(), Kind::Text, &mut self.elements[last].text)?;
                }
            }
            Token::Cdata { text, .. } => {
                let &last = self.open.last().ok_or("a CDATA section without an element")?;
                resolve(text.as_str(), Kind::Cdata, &mut self.elements[last].text)?;
            }
            Token::Comment { .. } => {}
            token => return Err(format!("{token:?}")),
        }
        Ok(())
    }
}

impl Needs {
    /// Counts the start tag of the innermost open element.
    fn take(&mut self, elements: &[Element<'_>], open: &[usize]) {
        let scope = || open.iter().map(|&at| &elements[at]);
        let Some(last) = scope().next_back() else { return };
        let declarations =
            || scope().flat_map(|element| &element.attributes).filter(|a| a.declares().is_some());
        let name = |e: &Element<'_>| e.local.len() + if e.prefix.is_empty() { 0 } else { e.prefix.len() + 1 };
        // Names count as they are written.
        let bytes = |a: &Attribute<'_>| a.declares().map_or(0, str::len) + a.value.len();
        self.depth = self.depth.max(open.len());
        self.attributes = self.attributes.max(last.attributes.len());
        self.declarations = self.declarations.max(declarations().count());
        self.tag = self.tag.max(last.span.1 - last.span.0);
        self.names = self.names.max(scope().map(name).sum());
        self.namespaces = self.namespaces.max(declarations().map(bytes).sum());
    }
}

impl<'a> Attribute<'a> {
    /// Returns the prefix that the attribute declares, which is empty for the default namespace.
    pub fn declares(&self) -> Option<&'a str> {
        match (self.prefix, self.local) {
            ("", "xmlns") => Some(""),
            ("xmlns", prefix) => Some(prefix),
            _ => None,
        }
    }

    pub fn normalized(&self) -> String {
        let mut value = String::new();
        // A value that cannot be resolved is refused elsewhere.
        let _ = resolve(self.value, Kind::Attribute, &mut value);
        value
    }
}

impl Lexed<'_> {
    pub fn parent(&self, element: &Element<'_>) -> Option<&Element<'_>> {
        element.parent.map(|at| &self.elements[at])
    }

    /// Returns the namespace of a prefix at an element, which is empty for no namespace.
    pub fn namespace(&self, element: &Element<'_>, prefix: &str) -> Option<String> {
        let around = core::iter::successors(Some(element), |e| self.parent(e));
        let mut declarations = around.flat_map(|e| &e.attributes);
        match declarations.find(|a| a.declares() == Some(prefix)) {
            Some(declaration) => Some(declaration.normalized()),
            None if prefix.is_empty() => Some(String::new()),
            None if prefix == "xml" => Some("http://www.w3.org/XML/1998/namespace".to_string()),
            None => None,
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Cdata,
    Attribute,
}

/// Resolves line ends, references and, in attributes, white space: XML 1.0 sections 2.11, 3.3.3 and 4.1.
fn resolve(raw: &str, kind: Kind, value: &mut String) -> Result<(), String> {
    let lines = raw.replace("\r\n", "\n").replace('\r', "\n");
    if kind == Kind::Cdata {
        value.push_str(&lines);
        return Ok(());
    }
    for (n, piece) in lines.split('&').enumerate() {
        let mut plain = piece;
        if n > 0 {
            let (name, after) = piece.split_once(';').ok_or("a reference without an end")?;
            let number = match name.strip_prefix("#x") {
                Some(digits) => u32::from_str_radix(digits, 16).ok(),
                None => name.strip_prefix('#').and_then(|digits| digits.parse().ok()),
            };
            value.push(match (name, number.and_then(char::from_u32)) {
                ("amp", _) => '&',
                ("lt", _) => '<',
                ("gt", _) => '>',
                ("quot", _) => '"',
                ("apos", _) => '\'',
                (_, Some(c)) => c,
                _ => return Err(format!("reference {name}")),
            });
            plain = after;
        }
        match kind {
            Kind::Attribute => value.push_str(&plain.replace(['\n', '\t'], " ")),
            _ => value.push_str(plain),
        }
    }
    Ok(())
}

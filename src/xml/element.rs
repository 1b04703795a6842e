//! A piece of a message that is handed on as it is: its expanded name and its bytes.

use core::fmt;

use crate::xml::text::{Text, str_of};

/// An element with its expanded name. `Debug` prints the name and a length only.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    namespace: Option<Text<'a>>,
    local: &'a str,
    raw: Option<&'a str>,
}

impl<'a> Element<'a> {
    pub(crate) fn new(namespace: Option<Text<'a>>, local: &'a [u8], raw: Option<&'a [u8]>) -> Self {
        Self { namespace, local: str_of(local), raw: raw.map(str_of) }
    }

    /// The namespace name; `None` for an element in no namespace.
    pub const fn namespace(&self) -> Option<Text<'a>> {
        self.namespace
    }

    /// The local name.
    pub const fn local_name(&self) -> &'a str {
        self.local
    }

    /// The element from its `<` to its last `>`, a slice of the input; `None` when it was not retained. The
    /// prefixes in it may be declared outside it.
    pub const fn raw(&self) -> Option<&'a str> {
        self.raw
    }

    /// xmlparser's tokens of [`raw`](Self::raw), which this library has already checked.
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

//! What is open at a point of the document: elements, and namespace declarations, in fixed arrays.

#![expect(clippy::arithmetic_side_effects, reason = "lengths and counts are bounded by the arrays' sizes")]

use crate::error::ErrorKind;
use crate::limits::{Limits, MAX_DECLARATIONS, MAX_DEPTH, MAX_NAME_BYTES, MAX_NAMESPACE_BYTES};
use crate::text::{Text, str_of};
use crate::version::{self, SoapVersion};

/// A namespace name as a small integer: equal names have equal numbers while they are in scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Uri(u8);

/// The namespace names that the library knows, by number.
const KNOWN: [&str; 10] = [
    "",
    version::SOAP_1_1,
    version::SOAP_1_2,
    version::MESSAGES_HTTP,
    version::MESSAGES_HTTPS,
    version::XSI,
    version::XML,
    version::XMLNS,
    version::ERRORS,
    version::TYPES,
];
const FIRST_OTHER: u8 = 10;

impl Uri {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const SOAP_1_1: Self = Self(1);
    pub(crate) const SOAP_1_2: Self = Self(2);
    pub(crate) const HTTP: Self = Self(3);
    pub(crate) const HTTPS: Self = Self(4);
    pub(crate) const XSI: Self = Self(5);
    pub(crate) const XML: Self = Self(6);
    pub(crate) const XMLNS: Self = Self(7);

    pub(crate) const fn of(version: SoapVersion) -> Self {
        match version {
            SoapVersion::V1_1 => Self::SOAP_1_1,
            SoapVersion::V1_2 => Self::SOAP_1_2,
        }
    }

    pub(crate) fn known(self) -> Option<&'static str> {
        KNOWN.get(usize::from(self.0)).copied()
    }

    pub(crate) const fn is_messages(self) -> bool {
        matches!(self, Self::HTTP | Self::HTTPS)
    }
}

#[derive(Clone, Copy)]
struct Open<P> {
    /// Where this element's name ends in `names`; it begins where its parent's ends.
    name_end: u16,
    place: P,
}

/// A declaration. Its prefix and its namespace name, as it was written, lie in `bytes` behind those of the
/// declaration before it.
#[derive(Clone, Copy)]
struct Binding {
    /// Where the namespace name was written, in bytes from the start of the message: a `u32`, in bytes so that
    /// a binding takes 14 of them and not 16.
    at: [u8; 4],
    key: Key,
    /// Where the namespace name begins and ends in `bytes`.
    uri: u16,
    end: u16,
    id: Uri,
    /// How many elements were open around the one that declares it.
    depth: u8,
}

/// The length of a prefix and its first three bytes: most prefixes are told apart by it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key([u8; 4]);

impl Key {
    #[inline]
    fn of(prefix: &[u8]) -> Self {
        let byte = |at: usize| prefix.get(at).copied().unwrap_or(0);
        // A longer prefix than 254 bytes counts as 255; its bytes are compared.
        let length = prefix.len().min(255) as u8;
        Self([length, byte(0), byte(1), byte(2)])
    }

    /// Does the key hold the whole prefix?
    #[inline]
    const fn is_whole(self) -> bool {
        let [length, ..] = self.0;
        length <= 3
    }
}

/// Open elements, each with its place `P` in the grammar, and the declarations in scope.
pub(crate) struct Scope<P> {
    names: [u8; MAX_NAME_BYTES],
    bytes: [u8; MAX_NAMESPACE_BYTES],
    open: [Open<P>; MAX_DEPTH],
    bindings: [Binding; MAX_DECLARATIONS],
    depth: usize,
    bound: usize,
    /// A bit for each declaration: does its namespace name differ from what was written?
    indirect: u64,
}

const _: () = assert!(MAX_DECLARATIONS <= u64::BITS as usize);

impl<P: Copy> Scope<P> {
    pub(crate) const fn new(place: P) -> Self {
        Self {
            names: [0; MAX_NAME_BYTES],
            bytes: [0; MAX_NAMESPACE_BYTES],
            open: [Open { name_end: 0, place }; MAX_DEPTH],
            bindings: [Binding { at: [0; 4], key: Key([0; 4]), uri: 0, end: 0, id: Uri::NONE, depth: 0 };
                MAX_DECLARATIONS],
            depth: 0,
            bound: 0,
            indirect: 0,
        }
    }

    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    /// The place of the innermost open element.
    pub(crate) fn place(&self) -> Option<P> {
        Some(self.open.get(self.depth.checked_sub(1)?)?.place)
    }

    pub(crate) fn names_len(&self) -> usize {
        match self.depth.checked_sub(1).and_then(|at| self.open.get(at)) {
            Some(open) => usize::from(open.name_end),
            None => 0,
        }
    }

    /// The raw name of the innermost open element.
    pub(crate) fn name(&self) -> &[u8] {
        let start = match self.depth.checked_sub(2).and_then(|at| self.open.get(at)) {
            Some(parent) => usize::from(parent.name_end),
            None => 0,
        };
        self.names.get(start..self.names_len()).unwrap_or_default()
    }

    /// Does this begin with the end tag of the innermost open element, without white space? Its length.
    #[inline]
    pub(crate) fn plain_end_tag(&self, markup: &[u8]) -> Option<usize> {
        let end = self.names_len();
        let start = match self.depth.checked_sub(2).and_then(|at| self.open.get(at)) {
            Some(parent) => usize::from(parent.name_end),
            None => 0,
        };
        let length = end.wrapping_sub(start);
        // Outside the root nothing is open; every open name has a character.
        if length == 0 || markup.get(length + 2) != Some(&b'>') {
            return None;
        }
        // Most names fit into 16 bytes: two comparisons of words, which may overlap.
        let word = |bytes: &[u8], at: usize| Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
        let same = match length {
            1..=8 => match (word(&self.names, start), word(markup, 2)) {
                (Some(a), Some(b)) => (a ^ b) << (64 - 8 * length) == 0,
                _ => self.names.get(start..end) == markup.get(2..length + 2),
            },
            9..=16 => {
                word(&self.names, start) == word(markup, 2)
                    && word(&self.names, end - 8) == word(markup, length - 6)
            }
            _ => self.names.get(start..end) == markup.get(2..length + 2),
        };
        same.then_some(length + 3)
    }

    /// Opens an element, whose declarations were made. The lexer has held name and depth
    /// against the limits, so there is room. `tag` begins with `<` and the name.
    #[inline]
    pub(crate) fn push(&mut self, tag: &[u8], name: usize, place: P) {
        let start = self.names_len();
        let end = start + name;
        // Most names fit into 16 bytes, whose copy takes two instructions.
        match (self.names.get_mut(start..start + 16), tag.get(1..17)) {
            (Some(to), Some(from)) if name <= 16 => to.copy_from_slice(from),
            _ => {
                let (Some(to), Some(from)) = (self.names.get_mut(start..end), tag.get(1..=name)) else {
                    return;
                };
                to.copy_from_slice(from);
            }
        }
        let Some(open) = self.open.get_mut(self.depth) else { return };
        *open = Open { name_end: end as u16, place };
        self.depth += 1;
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        (self.depth, self.bound) = (0, 0);
    }

    /// Closes the innermost element and forgets its declarations.
    #[inline]
    pub(crate) fn pop(&mut self) {
        let Some(depth) = self.depth.checked_sub(1) else { return };
        self.depth = depth;
        while let Some(last) = self.bound.checked_sub(1).and_then(|last| self.bindings.get(last)) {
            if usize::from(last.depth) < depth {
                return;
            }
            self.bound -= 1;
        }
    }

    /// How many declarations are in scope.
    pub(crate) fn bound(&self) -> usize {
        self.bound
    }

    /// Where the declaration of this number begins in `bytes`.
    fn start(&self, number: usize) -> usize {
        match number.checked_sub(1).and_then(|before| self.bindings.get(before)) {
            Some(before) => usize::from(before.end),
            None => 0,
        }
    }

    fn slice(&self, from: impl Into<usize>, to: impl Into<usize>) -> &[u8] {
        self.bytes.get(from.into()..to.into()).unwrap_or_default()
    }

    /// Declares a prefix (empty: the default namespace) as `uri`, a checked attribute value, which was written
    /// at `at`. Complexity: O(declarations + bytes in scope).
    pub(crate) fn bind(
        &mut self,
        prefix: &[u8],
        uri: &[u8],
        at: u32,
        limits: &Limits,
    ) -> Result<Uri, ErrorKind> {
        if self.bound >= usize::from(limits.declarations()) {
            return Err(ErrorKind::TooManyDeclarations);
        }
        let start = self.start(self.bound);
        let uri_start = start + prefix.len();
        let end = uri_start + uri.len();
        if end > usize::from(limits.namespace_bytes()) {
            return Err(ErrorKind::NamespacesTooLong);
        }
        let (id, plain) = self.intern(uri);
        if let Some(to) = self.bytes.get_mut(start..uri_start) {
            to.copy_from_slice(prefix);
        }
        if let Some(to) = self.bytes.get_mut(uri_start..end) {
            to.copy_from_slice(uri);
        }
        if let Some(binding) = self.bindings.get_mut(self.bound) {
            let (uri, end) = (uri_start as u16, end as u16);
            let (at, key, depth) = (at.to_le_bytes(), Key::of(prefix), self.depth as u8);
            *binding = Binding { at, key, uri, end, id, depth };
            let bit = 1 << self.bound;
            self.indirect = if plain { self.indirect & !bit } else { self.indirect | bit };
            self.bound += 1;
        }
        Ok(id)
    }

    /// The number of a namespace name, and whether it is plain.
    fn intern(&self, uri: &[u8]) -> (Uri, bool) {
        if let Some(known) = KNOWN.iter().position(|known| known.as_bytes() == uri) {
            return (Uri(known as u8), true);
        }
        let plain = uri.iter().fold(true, |plain, &b| plain & (b != b'&') & (b >= b' '));
        let text = Text::attribute(uri);
        if !plain {
            if let Some(known) = KNOWN.iter().position(|known| text == **known) {
                return (Uri(known as u8), false);
            }
        }
        let same = |&(number, b): &(usize, &Binding)| {
            let other = self.slice(b.uri, b.end);
            let direct = plain && self.indirect & (1 << number) == 0;
            if direct { other == uri } else { Text::attribute(other) == text }
        };
        let first = self.bindings.iter().take(self.bound).enumerate().find(same);
        (first.map_or(Uri(FIRST_OTHER + self.bound as u8), |(_, binding)| binding.id), plain)
    }

    #[inline]
    fn binding(&self, prefix: &[u8]) -> Option<&Binding> {
        let key = Key::of(prefix);
        let bound = self.bindings.get(..self.bound)?;
        let named = |&(number, b): &(usize, &Binding)| {
            b.key == key && (key.is_whole() || self.slice(self.start(number), b.uri) == prefix)
        };
        bound.iter().enumerate().rev().find(named).map(|(_, binding)| binding)
    }

    /// What a prefix stands for; the empty one is the default namespace. `None`: not declared.
    /// Complexity: O(declarations in scope).
    #[inline]
    pub(crate) fn resolve(&self, prefix: &[u8]) -> Option<Uri> {
        match self.binding(prefix) {
            Some(binding) => Some(binding.id),
            None if prefix.is_empty() => Some(Uri::NONE),
            None if prefix == b"xml" => Some(Uri::XML),
            None => None,
        }
    }

    /// A namespace name in scope that is not a known one: as it was written, and where.
    pub(crate) fn written(&self, id: Uri) -> (&[u8], u32) {
        let first = id.0.checked_sub(FIRST_OTHER).and_then(|at| self.bindings.get(usize::from(at)));
        first.map_or((b"", 0), |b| (self.slice(b.uri, b.end), u32::from_le_bytes(b.at)))
    }

    /// A namespace name in scope.
    pub(crate) fn uri(&self, id: Uri) -> Text<'_> {
        match id.known() {
            Some(known) => Text::new(known),
            None => Text::attribute(self.written(id).0),
        }
    }

    /// Does this prefix mean something that was declared before the first `outer` declarations ended? The prefix
    /// xml means the same everywhere.
    pub(crate) fn is_outside(&self, prefix: &[u8], outer: usize) -> bool {
        let bound = self.bindings.get(..self.bound).unwrap_or_default();
        let mut inner = bound.iter().enumerate().skip(outer);
        let named = |(number, b): (usize, &Binding)| self.slice(self.start(number), b.uri) == prefix;
        !inner.any(named) && self.binding(prefix).is_some_and(|b| !matches!(b.id, Uri::NONE | Uri::XML))
    }

    /// As [`resolve`](Self::resolve), for a prefix in a text.
    /// Complexity: O(declarations in scope * the prefix's raw length).
    pub(crate) fn resolve_text(&self, prefix: Text<'_>) -> Option<Uri> {
        self.as_bound(prefix).and_then(|prefix| self.resolve(prefix))
    }

    /// As [`is_outside`](Self::is_outside), for a prefix in a text.
    pub(crate) fn is_outside_text(&self, prefix: Text<'_>, outer: usize) -> bool {
        self.as_bound(prefix).is_some_and(|prefix| self.is_outside(prefix, outer))
    }

    /// The bytes of a prefix in a text, if it has a meaning.
    fn as_bound<'s>(&'s self, prefix: Text<'s>) -> Option<&'s [u8]> {
        if let Some(plain) = prefix.as_str() {
            return Some(plain.as_bytes());
        }
        let bound = self.bindings.get(..self.bound)?.iter().enumerate();
        let mut prefixes = bound.map(|(number, b)| self.slice(self.start(number), b.uri));
        prefixes.find(|bytes| prefix == *str_of(bytes)).or_else(|| (prefix == *"xml").then_some(b"xml"))
    }
}

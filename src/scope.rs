//! What is open at a point of the document: elements, and namespace declarations, in fixed arrays.

#![expect(clippy::arithmetic_side_effects, reason = "lengths and counts are bounded by the arrays' sizes")]

use crate::error::ErrorKind;
use crate::limits::{Limits, MAX_DECLARATIONS, MAX_DEPTH, MAX_NAME_BYTES, MAX_NAMESPACE_BYTES};
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
    /// How many declarations were in scope around the element.
    bound: u8,
    place: P,
}

#[derive(Clone, Copy)]
struct Binding {
    /// The prefix and then the namespace name lie in `bytes` from here.
    prefix: u16,
    uri: u16,
    end: u16,
    id: Uri,
    /// Where the namespace name was written, in bytes from the start of the message.
    at: u32,
    raw_len: u16,
}

/// Open elements, each with its place `P` in the grammar, and the declarations in scope.
pub(crate) struct Scope<P> {
    names: [u8; MAX_NAME_BYTES],
    bytes: [u8; MAX_NAMESPACE_BYTES],
    open: [Open<P>; MAX_DEPTH],
    bindings: [Binding; MAX_DECLARATIONS],
    depth: usize,
    bound: usize,
}

impl<P: Copy> Scope<P> {
    pub(crate) const fn new(place: P) -> Self {
        Self {
            names: [0; MAX_NAME_BYTES],
            bytes: [0; MAX_NAMESPACE_BYTES],
            open: [Open { name_end: 0, bound: 0, place }; MAX_DEPTH],
            bindings: [Binding { prefix: 0, uri: 0, end: 0, id: Uri::NONE, at: 0, raw_len: 0 };
                MAX_DECLARATIONS],
            depth: 0,
            bound: 0,
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

    /// Opens an element whose declarations were made since `bound`. The lexer has held name and depth
    /// against the limits, so there is room.
    pub(crate) fn push(&mut self, name: &[u8], bound: usize, place: P) {
        let start = self.names_len();
        let end = start + name.len();
        let (Some(to), Some(open)) = (self.names.get_mut(start..end), self.open.get_mut(self.depth)) else {
            return;
        };
        to.copy_from_slice(name);
        *open = Open { name_end: end as u16, bound: bound as u8, place };
        self.depth += 1;
    }

    /// Closes the innermost element and forgets its declarations.
    pub(crate) fn pop(&mut self) {
        let Some(depth) = self.depth.checked_sub(1) else { return };
        if let Some(open) = self.open.get(depth) {
            self.bound = usize::from(open.bound);
            self.depth = depth;
        }
    }

    /// How many declarations are in scope.
    pub(crate) fn bound(&self) -> usize {
        self.bound
    }

    fn bytes_len(&self) -> usize {
        match self.bound.checked_sub(1).and_then(|at| self.bindings.get(at)) {
            Some(binding) => usize::from(binding.end),
            None => 0,
        }
    }

    /// Declares a prefix (empty: the default namespace). `uri` gives the bytes of the value; `at` and
    /// `raw_len` say where it was written. Complexity: O(declarations + bytes in scope).
    pub(crate) fn bind(
        &mut self,
        prefix: &[u8],
        uri: impl Iterator<Item = char>,
        at: u32,
        raw_len: u16,
        limits: &Limits,
    ) -> Result<Uri, ErrorKind> {
        if self.bound >= usize::from(limits.declarations()) {
            return Err(ErrorKind::TooManyDeclarations);
        }
        let room = usize::from(limits.namespace_bytes());
        let start = self.bytes_len();
        let uri_start = start + prefix.len();
        let mut end = uri_start;
        if uri_start > room {
            return Err(ErrorKind::NamespacesTooLong);
        }
        if let Some(to) = self.bytes.get_mut(start..uri_start) {
            to.copy_from_slice(prefix);
        }
        for c in uri {
            let mut buffer = [0; 4];
            let encoded = c.encode_utf8(&mut buffer).as_bytes();
            let next = end + encoded.len();
            if next > room {
                return Err(ErrorKind::NamespacesTooLong);
            }
            if let Some(to) = self.bytes.get_mut(end..next) {
                to.copy_from_slice(encoded);
            }
            end = next;
        }
        let id = self.intern(uri_start, end);
        if let Some(binding) = self.bindings.get_mut(self.bound) {
            let (prefix, uri, end) = (start as u16, uri_start as u16, end as u16);
            *binding = Binding { prefix, uri, end, id, at, raw_len };
            self.bound += 1;
        }
        Ok(id)
    }

    fn intern(&self, start: usize, end: usize) -> Uri {
        let uri = self.bytes.get(start..end).unwrap_or_default();
        if let Some(known) = KNOWN.iter().position(|known| known.as_bytes() == uri) {
            return Uri(known as u8);
        }
        let bound = self.bindings.get(..self.bound).unwrap_or_default();
        let same = bound.iter().find(|b| self.bytes.get(usize::from(b.uri)..usize::from(b.end)) == Some(uri));
        same.map_or(Uri(FIRST_OTHER + self.bound as u8), |binding| binding.id)
    }

    fn binding(&self, prefix: &[u8]) -> Option<&Binding> {
        let bound = self.bindings.get(..self.bound)?;
        let named = |b: &&Binding| {
            usize::from(b.uri - b.prefix) == prefix.len()
                && self.bytes.get(usize::from(b.prefix)..usize::from(b.uri)) == Some(prefix)
        };
        bound.iter().rev().find(named)
    }

    /// What a prefix stands for; the empty one is the default namespace. `None`: not declared.
    /// Complexity: O(declarations in scope).
    pub(crate) fn resolve(&self, prefix: &[u8]) -> Option<Uri> {
        match self.binding(prefix) {
            Some(binding) => Some(binding.id),
            None if prefix.is_empty() => Some(Uri::NONE),
            None if prefix == b"xml" => Some(Uri::XML),
            None => None,
        }
    }

    /// The bytes of a namespace name in scope.
    pub(crate) fn uri(&self, id: Uri) -> &[u8] {
        match id.known() {
            Some(known) => known.as_bytes(),
            None => self
                .bindings
                .get(usize::from(id.0 - FIRST_OTHER))
                .and_then(|b| self.bytes.get(usize::from(b.uri)..usize::from(b.end)))
                .unwrap_or_default(),
        }
    }

    /// Where a namespace name that is not a known one was written: offset and length in bytes.
    pub(crate) fn written(&self, id: Uri) -> (u32, u16) {
        let first = id.0.checked_sub(FIRST_OTHER).and_then(|at| self.bindings.get(usize::from(at)));
        first.map_or((0, 0), |b| (b.at, b.raw_len))
    }

    /// Does this prefix mean something that was declared before the first `outer` declarations ended?
    pub(crate) fn is_outside(&self, prefix: &[u8], outer: usize) -> bool {
        let bound = self.bindings.get(..self.bound).unwrap_or_default();
        let inner = bound
            .iter()
            .skip(outer)
            .any(|b| self.bytes.get(usize::from(b.prefix)..usize::from(b.uri)) == Some(prefix));
        !inner && self.binding(prefix).is_some_and(|b| b.id != Uri::NONE)
    }
}

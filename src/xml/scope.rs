//! The elements and namespace declarations that are open at a point of the document, in fixed arrays.
//!
//! The functions that run for each tag are inlined into the grammar, where the arrays' lengths are constants.

#![expect(clippy::arithmetic_side_effects, reason = "lengths and counts are bounded by the arrays' sizes")]

use crate::base::error::ErrorKind;
use crate::base::limits::{Limits, MAX_DECLARATIONS, MAX_DEPTH, MAX_NAME_BYTES, MAX_NAMESPACE_BYTES};
use crate::xml::namespace::{FIRST_OTHER, Uri};
use crate::xml::scan;
use crate::xml::text::{self, Text, str_of};

/// The state around an open element.
#[derive(Clone, Copy)]
pub(crate) struct Open<P> {
    /// The offset of the parent's name in `names`. That name ends where the element's name begins.
    name: u16,
    place: P,
}

/// A declaration. Its prefix and its namespace name as written lie in `bytes`, after those of the declaration before
/// it.
#[derive(Clone, Copy)]
pub(crate) struct Binding {
    /// The byte offset of the namespace name in the message. It is a `u32` as an array, so that a binding takes 10
    /// bytes and not 12.
    at: [u8; 4],
    /// The beginning and the end of the namespace name in `bytes`.
    uri: u16,
    end: u16,
    id: Uri,
    /// The number of open elements around the element that makes the declaration.
    depth: u8,
}

/// The length of a prefix and its first three bytes. These differ for most prefixes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct PrefixKey(u32);

impl PrefixKey {
    #[inline]
    const fn of(prefix: &[u8]) -> Self {
        // If a prefix has more than three bytes, its other bytes are compared, too.
        Self(u32::from_le_bytes(match *prefix {
            [] => [0, 0, 0, 0],
            [a] => [1, a, 0, 0],
            [a, b] => [2, a, b, 0],
            [a, b, c] => [3, a, b, c],
            [a, b, c, ..] => [4, a, b, c],
        }))
    }

    /// Returns whether the key holds the whole prefix.
    #[inline]
    const fn is_whole(self) -> bool {
        self.0 as u8 <= 3
    }
}

/// The arrays of a scope. They are as large as the limits allow.
pub(crate) trait Arrays<P> {
    fn limits(limits: Limits) -> Limits;
    fn names(&self) -> &[u8];
    fn names_mut(&mut self) -> &mut [u8];
    fn bytes(&self) -> &[u8];
    fn bytes_mut(&mut self) -> &mut [u8];
    fn open(&self) -> &[Open<P>];
    fn open_mut(&mut self) -> &mut [Open<P>];
    fn keys(&self) -> &[PrefixKey];
    fn keys_mut(&mut self) -> &mut [PrefixKey];
    fn bindings(&self) -> &[Binding];
    fn bindings_mut(&mut self) -> &mut [Binding];
}

macro_rules! arrays {
    ($(#[$doc:meta])* $name:ident: $names:expr, $bytes:expr, $open:expr, $bindings:expr) => {
        $(#[$doc])*
        pub(crate) struct $name<P> {
            names: [u8; $names],
            bytes: [u8; $bytes],
            open: [Open<P>; $open],
            keys: [PrefixKey; $bindings],
            bindings: [Binding; $bindings],
        }

        impl<P: Copy> $name<P> {
            #[inline(always)]
            pub(crate) const fn new(place: P) -> Self {
                Self {
                    names: [0; $names],
                    bytes: [0; $bytes],
                    open: [Open { name: 0, place }; $open],
                    keys: [PrefixKey(0); $bindings],
                    bindings: [Binding { at: [0; 4], uri: 0, end: 0, id: Uri::NONE, depth: 0 }; $bindings],
                }
            }
        }

        impl<P> Arrays<P> for $name<P> {
            fn limits(limits: Limits) -> Limits {
                limits.within($open, $bindings, $names, $bytes)
            }

            #[inline(always)]
            fn names(&self) -> &[u8] {
                &self.names
            }

            #[inline(always)]
            fn names_mut(&mut self) -> &mut [u8] {
                &mut self.names
            }

            #[inline(always)]
            fn bytes(&self) -> &[u8] {
                &self.bytes
            }

            #[inline(always)]
            fn bytes_mut(&mut self) -> &mut [u8] {
                &mut self.bytes
            }

            #[inline(always)]
            fn open(&self) -> &[Open<P>] {
                &self.open
            }

            #[inline(always)]
            fn open_mut(&mut self) -> &mut [Open<P>] {
                &mut self.open
            }

            #[inline(always)]
            fn keys(&self) -> &[PrefixKey] {
                &self.keys
            }

            #[inline(always)]
            fn keys_mut(&mut self) -> &mut [PrefixKey] {
                &mut self.keys
            }

            #[inline(always)]
            fn bindings(&self) -> &[Binding] {
                &self.bindings
            }

            #[inline(always)]
            fn bindings_mut(&mut self) -> &mut [Binding] {
                &mut self.bindings
            }
        }
    };
}

arrays!(
    /// The arrays that are large enough for every limit.
    Full: MAX_NAME_BYTES, MAX_NAMESPACE_BYTES, MAX_DEPTH, MAX_DECLARATIONS);
arrays!(
    /// The arrays that are large enough for nearly every real message. They have a fifth of the size of the full arrays, and
    /// are filled in a fifth of the time.
    Small: 192, 640, 16, 12);

/// The open elements, each with its place `P` in the grammar, and the declarations in scope.
pub(crate) struct Scope<P, A> {
    arrays: A,
    depth: u8,
    bound: usize,
    /// The beginning and the end of the innermost element's name in `names`. The bytes after it are remains.
    name: usize,
    name_end: usize,
    place: P,
    /// The place outside the root.
    outside: P,
    /// A bit for each declaration: set if its namespace name may differ from what was written.
    indirect: u64,
}

// Each declaration has a bit in `indirect`.
const _: () = assert!(MAX_DECLARATIONS <= u64::BITS as usize);

impl<P: Copy, A: Arrays<P>> Scope<P, A> {
    #[inline(always)]
    pub(crate) const fn new(arrays: A, outside: P) -> Self {
        Self { arrays, depth: 0, bound: 0, name: 0, name_end: 0, place: outside, outside, indirect: 0 }
    }

    /// Forgets all elements and declarations.
    pub(crate) fn clear(&mut self) {
        (self.depth, self.bound, self.name, self.name_end, self.place) = (0, 0, 0, 0, self.outside);
    }

    #[inline]
    pub(crate) fn depth(&self) -> usize {
        usize::from(self.depth)
    }

    /// Returns the place of the innermost open element.
    #[inline]
    pub(crate) fn place(&self) -> P {
        self.place
    }

    #[inline]
    pub(crate) fn names_len(&self) -> usize {
        self.name_end
    }

    /// Returns the name of the innermost open element as written.
    pub(crate) fn name(&self) -> &[u8] {
        self.arrays.names().get(self.name..self.name_end).unwrap_or_default()
    }

    /// Returns the length of the end tag of the innermost open element, if `markup` begins with that tag, without white
    /// space.
    #[inline(always)]
    pub(crate) fn plain_end_tag(&self, markup: &[u8]) -> Option<usize> {
        let length = self.name_end - self.name;
        // Outside the root no element is open. Every open name has a character.
        if length == 0 || markup.get(length + 2) != Some(&b'>') {
            return None;
        }
        let name = self.arrays.names().get(self.name..)?;
        let same = scan::begin_alike(name, markup.get(2..)?, length);
        same.then_some(length + 3)
    }

    /// Opens an element after its declarations were made. `tag` begins with `<` and the name. The lexer has compared the
    /// name with its limit, and the machine the depth, so there is room.
    #[inline(always)]
    pub(crate) fn push(&mut self, tag: &[u8], name: usize, place: P) {
        let start = self.name_end;
        let names = self.arrays.names_mut();
        // Most names fit into 16 bytes, whose copy takes two instructions.
        match (names.get_mut(start..start + 16), tag.get(1..17)) {
            (Some(to), Some(from)) if name <= 16 => to.copy_from_slice(from),
            _ => {
                if let (Some(to), Some(from)) = (names.get_mut(start..start + name), tag.get(1..=name)) {
                    to.copy_from_slice(from);
                }
            }
        }
        if let Some(open) = self.arrays.open_mut().get_mut(usize::from(self.depth)) {
            *open = Open { name: self.name as u16, place: self.place };
            (self.name, self.name_end, self.place) = (start, start + name, place);
            self.depth += 1;
        }
    }

    /// Closes the innermost element and forgets its declarations.
    #[inline(always)]
    pub(crate) fn pop(&mut self) {
        let depth = self.depth.wrapping_sub(1);
        let Some(open) = self.arrays.open().get(usize::from(depth)) else { return };
        (self.name_end, self.name, self.place) = (self.name, usize::from(open.name), open.place);
        self.depth = depth;
        while let Some(last) = self.arrays.bindings().get(self.bound.wrapping_sub(1)) {
            if last.depth < depth {
                return;
            }
            self.bound -= 1;
        }
    }

    /// Returns the number of declarations in scope.
    #[inline]
    pub(crate) fn bound(&self) -> usize {
        self.bound
    }

    /// Returns the prefixes and namespaces of all declarations in scope, outermost first.
    pub(crate) fn declarations(&self) -> impl Iterator<Item = (&[u8], Uri)> {
        let bound = self.arrays.bindings().iter().take(self.bound).enumerate();
        bound.map(|(number, b)| (self.slice(self.start(number), b.uri), b.id))
    }

    /// Returns the number of bytes that the prefixes and namespace names in scope take.
    pub(crate) fn namespaces_len(&self) -> usize {
        self.start(self.bound)
    }

    /// Returns the offset in `bytes` of the declaration with this number.
    fn start(&self, number: usize) -> usize {
        match self.arrays.bindings().get(number.wrapping_sub(1)) {
            Some(before) => usize::from(before.end),
            None => 0,
        }
    }

    fn slice(&self, from: impl Into<usize>, to: impl Into<usize>) -> &[u8] {
        self.arrays.bytes().get(from.into()..to.into()).unwrap_or_default()
    }

    /// Declares a prefix (empty: the default namespace) as `uri`, a checked attribute value at the offset `at`. `plain`
    /// says that the value is known to be as written. Complexity: O(declarations + bytes in scope).
    pub(crate) fn bind(
        &mut self,
        prefix: &[u8],
        (uri, plain): (&[u8], bool),
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
        let plain = plain || scan::is_plain(uri);
        let id = if plain { self.intern_plain(uri) } else { self.intern(uri) };
        let bytes = self.arrays.bytes_mut();
        if let Some(to) = bytes.get_mut(start..uri_start) {
            to.copy_from_slice(prefix);
        }
        if let Some(to) = bytes.get_mut(uri_start..end) {
            to.copy_from_slice(uri);
        }
        if let Some(key) = self.arrays.keys_mut().get_mut(self.bound) {
            *key = PrefixKey::of(prefix);
        }
        if let Some(binding) = self.arrays.bindings_mut().get_mut(self.bound) {
            let (uri, end) = (uri_start as u16, end as u16);
            *binding = Binding { at: at.to_le_bytes(), uri, end, id, depth: self.depth };
            let bit = 1 << self.bound;
            self.indirect = if plain { self.indirect & !bit } else { self.indirect | bit };
            self.bound += 1;
        }
        Ok(id)
    }

    /// Returns the number of a namespace name whose value is as written.
    fn intern_plain(&self, uri: &[u8]) -> Uri {
        // All known names except the empty one begin with `http`.
        if uri.is_empty() || uri.starts_with(b"http") {
            if let Some(known) = Uri::known_as(uri) {
                return known;
            }
        }
        for (number, binding) in self.arrays.bindings().iter().take(self.bound).enumerate() {
            let other = self.slice(binding.uri, binding.end);
            let same = match self.indirect & (1 << number) {
                0 => other == uri,
                _ => text::attribute_is(other, uri),
            };
            if same {
                return binding.id;
            }
        }
        Uri(FIRST_OTHER + self.bound as u8)
    }

    /// Returns the number of a namespace name whose value differs from what was written.
    #[cold]
    fn intern(&self, uri: &[u8]) -> Uri {
        let mut copy = [0; MAX_NAMESPACE_BYTES];
        let value = Text::attribute(uri).copy_to(&mut copy);
        if let Some(known) = Uri::known_as(value.as_bytes()) {
            return known;
        }
        let mut bound = self.arrays.bindings().iter().take(self.bound);
        let same = bound.find(|b| text::attribute_is(self.slice(b.uri, b.end), value.as_bytes()));
        same.map_or(Uri(FIRST_OTHER + self.bound as u8), |binding| binding.id)
    }

    #[inline(always)]
    fn binding(&self, prefix: &[u8]) -> Option<&Binding> {
        let key = PrefixKey::of(prefix);
        let mut keys = self.arrays.keys().get(..self.bound)?;
        while let Some(number) = keys.iter().rposition(|&k| k == key) {
            let binding = self.arrays.bindings().get(number);
            if key.is_whole() || binding.is_some_and(|b| self.slice(self.start(number), b.uri) == prefix) {
                return binding;
            }
            keys = keys.get(..number)?;
        }
        None
    }

    /// Returns the namespace that a prefix is bound to. The empty prefix stands for the default namespace. Returns `None` if
    /// the prefix is not declared. Complexity: O(declarations in scope).
    #[inline(always)]
    pub(crate) fn resolve(&self, prefix: &[u8]) -> Option<Uri> {
        match self.binding(prefix) {
            Some(binding) => Some(binding.id),
            None if prefix.is_empty() => Some(Uri::NONE),
            None if prefix == b"xml" => Some(Uri::XML),
            None => None,
        }
    }

    /// Returns a namespace name in scope that the library does not know, as written, and its byte offset.
    pub(crate) fn written(&self, id: Uri) -> (&[u8], u32) {
        let first = id.0.checked_sub(FIRST_OTHER).and_then(|at| self.arrays.bindings().get(usize::from(at)));
        first.map_or((b"", 0), |b| (self.slice(b.uri, b.end), u32::from_le_bytes(b.at)))
    }

    /// Returns a namespace name in scope.
    pub(crate) fn uri(&self, id: Uri) -> Text<'_> {
        match id.known() {
            Some(known) => Text::new(known),
            None => Text::attribute(self.written(id).0),
        }
    }

    /// Returns the namespace that a prefix in a text is bound to, as [`resolve`](Self::resolve) does. Complexity:
    /// O(declarations in scope * the prefix's raw length).
    pub(crate) fn resolve_text(&self, prefix: Text<'_>) -> Option<Uri> {
        self.as_bound(prefix).and_then(|prefix| self.resolve(prefix))
    }

    /// Returns the bytes of a prefix in a text, if it is declared or written plainly.
    fn as_bound<'s>(&'s self, prefix: Text<'s>) -> Option<&'s [u8]> {
        if let Some(plain) = prefix.as_str() {
            return Some(plain.as_bytes());
        }
        let bound = self.arrays.bindings().get(..self.bound)?.iter().enumerate();
        let mut prefixes = bound.map(|(number, b)| self.slice(self.start(number), b.uri));
        prefixes.find(|bytes| prefix == *str_of(bytes)).or_else(|| (prefix == *"xml").then_some(b"xml"))
    }
}

/// Compares the scope with plain lists of names, prefixes and namespace names.
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use std::format;
    use std::string::{String, ToString as _};
    use std::vec::Vec;

    use super::*;
    use crate::xml::namespace::KNOWN;

    fn name(length: usize) -> String {
        (0..length).map(|n| char::from(b'a' + (n % 26) as u8)).collect()
    }

    /// Pushes names of 1 to 70 bytes, alone and inside another element, at several places of the array. Then one byte
    /// of the end tag is changed, is missing, or is one too many.
    fn end_tags<A: Arrays<u8>>(arrays: impl Fn() -> A) {
        for length in 1..=70 {
            for outer in [0, 1, 15, 70] {
                let mut scope = Scope::new(arrays(), 0);
                let (around, name) = ("o".repeat(outer), name(length));
                if outer > 0 {
                    scope.push(format!("<{around}>").as_bytes(), outer, 1);
                }
                // The bytes after the name in the message must not matter, nor their number.
                let tags = ["", ">", "/>", " b='0123456789'>text of more than sixteen bytes"];
                for tag in tags.map(|behind| format!("<{name}{behind}")) {
                    scope.push(tag.as_bytes(), length, 2);
                    assert_eq!(scope.name(), name.as_bytes());
                    for behind in ["", "x", "behind the tag"] {
                        let end = format!("</{name}>{behind}");
                        assert_eq!(scope.plain_end_tag(end.as_bytes()), Some(length + 3), "{end}");
                        let mut other = end.into_bytes();
                        for place in 2..length + 3 {
                            other[place] ^= 1;
                            assert_eq!(scope.plain_end_tag(&other), None, "byte {place} of {length}");
                            other[place] ^= 1;
                        }
                    }
                    for other in [format!("</{name}x>"), format!("</{name} >"), format!("</{}>", &name[1..])]
                    {
                        assert_eq!(scope.plain_end_tag(other.as_bytes()), None, "{other}");
                    }
                    scope.pop();
                    assert_eq!(scope.name(), around.as_bytes());
                }
            }
        }
    }

    #[test]
    fn end_tags_one_byte_away() {
        end_tags(|| Full::new(0));
        end_tags(|| Small::new(0));
    }

    /// Pushes the last names that fit, up to the last byte of the array.
    #[test]
    fn names_up_to_the_end_of_the_array() {
        for length in 1..=20 {
            let (mut scope, name) = (Scope::new(Small::new(0), 0), name(length));
            let around = 192 - length;
            scope.push(format!("<{}>", "o".repeat(around)).as_bytes(), around, 1);
            scope.push(format!("<{name} and what follows it>").as_bytes(), length, 2);
            assert_eq!(scope.name(), name.as_bytes());
            assert_eq!(scope.plain_end_tag(format!("</{name}>").as_bytes()), Some(length + 3));
        }
    }

    /// Resolves prefixes of 0 to 11 bytes. Only the declared prefix is found, and no prefix that differs in one byte.
    #[test]
    fn prefixes_one_byte_away() {
        for length in 0..=11 {
            let prefix = name(length).into_bytes();
            let mut scope = Scope::new(Small::new(0), 0);
            let id = scope.bind(&prefix, (b"urn:a", true), 0, &Limits::DEFAULT).unwrap();
            assert_eq!(scope.resolve(&prefix), Some(id));
            let mut others = Vec::new();
            for place in 0..length {
                for changed in 1..=255 {
                    let mut other = prefix.clone();
                    other[place] ^= changed;
                    others.push(other);
                }
                others.push([&prefix[..place], &prefix[place + 1..]].concat());
                others.push([&prefix[..place], b"x", &prefix[place..]].concat());
            }
            for other in others {
                if other != prefix && !other.is_empty() {
                    assert_eq!(scope.resolve(&other), None, "{}", other.escape_ascii());
                    // Both are declared, in both orders.
                    let mut both = Scope::new(Small::new(0), 0);
                    let ids =
                        [(&other, "urn:b"), (&prefix, "urn:a"), (&other, "urn:c")].map(|(prefix, uri)| {
                            both.bind(prefix, (uri.as_bytes(), true), 0, &Limits::DEFAULT).unwrap()
                        });
                    assert_eq!((both.resolve(&prefix), both.resolve(&other)), (Some(ids[1]), Some(ids[2])));
                    assert_ne!(ids[0], ids[2]);
                }
            }
        }
    }

    /// Opens and closes elements with and without declarations in every order. The innermost open declaration counts.
    #[test]
    fn declarations_end_with_their_elements() {
        // Each digit to base 5 is an end tag, or a start tag that declares nothing, `p`, `q`, or both.
        for steps in 0..5_u32.pow(6) {
            let mut scope = Scope::new(Full::new(0), 0);
            let mut open: Vec<[Option<Uri>; 2]> = Vec::new();
            for step in 0..6 {
                let step = steps / 5_u32.pow(step) % 5;
                if step == 0 {
                    open.pop();
                    scope.pop();
                } else {
                    let mut declared = [None; 2];
                    for (number, prefix) in [b"p", b"q"].into_iter().enumerate() {
                        if (step - 1) & (1 << number) != 0 {
                            let uri = format!("urn:{}", scope.bound());
                            let bound = scope.bind(prefix, (uri.as_bytes(), true), 0, &Limits::DEFAULT);
                            declared[number] = Some(bound.unwrap());
                        }
                    }
                    scope.push(b"<a>", 1, 0);
                    open.push(declared);
                }
                let innermost = |n: usize| open.iter().rev().find_map(|declared| declared[n]);
                assert_eq!(
                    [scope.resolve(b"p"), scope.resolve(b"q")],
                    [innermost(0), innermost(1)],
                    "{steps}"
                );
                assert_eq!(scope.bound(), open.iter().flatten().flatten().count(), "{steps}");
                assert_eq!(scope.depth(), open.len(), "{steps}");
            }
        }
    }

    /// Compares the numbers of namespace names. They are equal exactly when the values are, however they are written.
    #[test]
    fn numbers_of_namespace_names() {
        let written = [
            "",
            "a",
            "&#97;",
            "&#x61;",
            "ab",
            "a&#98;",
            "b",
            "&amp;",
            "&#38;",
            " ",
            "\t",
            "\r\n",
            "é",
            "&#xE9;",
            "http",
            "&#104;ttp",
        ];
        let soap = KNOWN.iter().flat_map(|known| {
            let once = known.replacen('h', "&#104;", 1);
            [known.to_string(), once, format!("{known}x"), format!("x{known}"), known.replacen('/', "!", 1)]
        });
        let all: Vec<String> = written.into_iter().map(String::from).chain(soap).collect();
        let value = |raw: &str| Text::attribute(raw.as_bytes()).to_string();
        for (number, one) in all.iter().enumerate() {
            for other in &all[number..] {
                let mut scope = Scope::new(Small::new(0), 0);
                let bind = |scope: &mut Scope<u8, Small<u8>>, prefix: &[u8], uri: &str| {
                    scope.bind(prefix, (uri.as_bytes(), false), 7, &Limits::DEFAULT).unwrap()
                };
                bind(&mut scope, b"o", "other");
                let ids = [bind(&mut scope, b"p", one), bind(&mut scope, b"q", other)];
                assert_eq!(ids[0] == ids[1], value(one) == value(other), "{one} {other}");
                for (id, raw) in ids.into_iter().zip([one, other]) {
                    let known = KNOWN.iter().position(|known| *known == value(raw));
                    assert_eq!(id.known(), known.map(|n| KNOWN[n]), "{raw}");
                    assert_eq!(scope.uri(id).to_string(), value(raw));
                }
            }
        }
    }
}

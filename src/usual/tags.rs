//! Tags as they are usually written: whole, in ASCII, without references. This file also holds the declarations in
//! scope. Each function takes a slice that begins with a tag or a part of it, and returns the bytes after it. `None`
//! means that the tag is not usual, so that the machine has to read it.
//!
//! Functions that run for each tag are inlined. `attributes`, `judge` and `long` are not, since most tags do not need
//! them.

#![expect(clippy::arithmetic_side_effects, reason = "lengths lie inside a slice, so they cannot overflow")]

use super::names::{NAME_BYTES, Name, Prefix, is, ncname, qname};
use super::namespaces::{NAMESPACE_BYTES, namespace, quote, value_len};
use crate::base::limits::MAX_TAG_BYTES;
use crate::base::version::SoapVersion;
use crate::soap::header::BlockAttributes;
use crate::xml::chars::{self, NAME, NAME_START, SPACE};
use crate::xml::namespace::Uri;
use crate::xml::scan;
use crate::xml::text::Text;

/// The most declarations in scope, and the most other attributes of a tag. A tag or message that exceeds one of them is not
/// usual.
pub(super) const DECLARATIONS: usize = 16;
pub(super) const ATTRIBUTES: usize = 4;
/// The most bytes of a declaration: a namespace name, and a prefix of up to 8 bytes.
pub(super) const DECLARATION_BYTES: usize = NAMESPACE_BYTES + 8;

/// The next 128 bytes. A position that is masked with 127 lies in them, so that no access needs a check. With the
/// window, 520 header blocks take 20.5 us instead of 29.3.
struct Window<'i>(&'i [u8; 128]);

#[expect(clippy::indexing_slicing, reason = "a masked position lies in the window")]
impl Window<'_> {
    #[inline(always)]
    fn byte(&self, at: usize) -> u8 {
        self.0[at & 127]
    }

    #[inline(always)]
    fn word(&self, at: usize) -> Option<u64> {
        self.0.get(at..).and_then(<[u8]>::first_chunk).map(|word| u64::from_le_bytes(*word))
    }

    /// Returns the position after the NCName that begins here. `None` also for a name of more than 23 bytes, or one in
    /// the last 23 bytes of the window.
    #[inline(always)]
    fn ncname(&self, at: usize) -> Option<usize> {
        let [first, rest @ ..] = self.0.get(at..)?.first_chunk::<24>()?;
        let end = rest.iter().position(|&b| !chars::is(b, NAME))?;
        chars::is(*first, NAME_START).then_some(at + 1 + end)
    }
}

/// The attributes of a tag that have a meaning.
#[derive(Clone, Copy)]
pub(super) enum Rules {
    /// Those of an element of SOAP or of the operation: `xsi:nil`.
    Soap,
    /// Those of a header block: whether it is mandatory, and for which node.
    Block(SoapVersion),
    /// No attribute.
    Free,
}

/// An attribute that is not a declaration.
#[derive(Clone, Copy)]
struct Attribute<'i> {
    prefix: Prefix,
    local: &'i [u8],
    value: &'i [u8],
}

/// The next part of a tag, with the bytes after it.
enum Next<'i> {
    /// A declaration, which was made.
    Declaration(&'i [u8]),
    /// Another attribute, which begins here.
    Attribute(&'i [u8]),
    /// The end of the tag, and whether the element is empty.
    End(&'i [u8], bool),
}

/// The declarations in scope: each prefix, and the namespace name that it is bound to. They lie in two arrays. Each of
/// these is so small that the compiler clears it without a call.
pub(crate) struct Bindings {
    prefixes: [Prefix; DECLARATIONS],
    uris: [Uri; DECLARATIONS],
    bound: usize,
}

impl Bindings {
    pub(crate) const NONE: Self =
        Self { prefixes: [Prefix::NONE; DECLARATIONS], uris: [Uri::NONE; DECLARATIONS], bound: 0 };

    /// Returns the number of declarations in scope.
    #[inline(always)]
    pub(super) const fn bound(&self) -> usize {
        self.bound
    }

    /// Forgets all declarations but the first `outer` ones.
    #[inline(always)]
    pub(super) fn unbind(&mut self, outer: usize) {
        self.bound = outer;
    }

    /// Adds a declaration of an outer element. `None`: there are too many, or the declaration has an effect that is not
    /// usual. A tag that has a prefix of more than 8 bytes is not usual. Its declaration takes a place nevertheless, since
    /// it counts towards the limits.
    pub(crate) fn outside(&mut self, prefix: &[u8], uri: Uri) -> Option<()> {
        if matches!(uri, Uri::NONE | Uri::XML | Uri::XMLNS) {
            return None;
        }
        let mut word = [0; 8];
        let prefix = match 8_usize.checked_sub(prefix.len()).and_then(|from| word.get_mut(from..)) {
            Some(place) => {
                place.copy_from_slice(prefix);
                Prefix(u64::from_le_bytes(word))
            }
            None => Prefix::LONG,
        };
        let bound = self.bound;
        (*self.prefixes.get_mut(bound)?, *self.uris.get_mut(bound)?) = (prefix, uri);
        self.bound = bound + 1;
        Some(())
    }

    /// Makes the first declaration, of the prefix with these highest bytes.
    #[inline(always)]
    pub(super) fn declared(&mut self, prefix: u64, uri: Uri) -> Prefix {
        (self.prefixes[0], self.uris[0], self.bound) = (Prefix(prefix), uri, 1);
        Prefix(prefix)
    }

    /// Passes the rest of a start tag after its first declaration. The element must not be empty.
    #[inline(always)]
    pub(super) fn more<'i>(&mut self, name: Name<'i>, rest: &'i [u8]) -> Option<&'i [u8]> {
        let (rest, is_empty) = self.attributes(name.from.get(name.length..)?, rest, 0, Rules::Soap)?;
        (!is_empty).then_some(rest)
    }

    /// Returns the namespace that a prefix is bound to, if it was declared.
    #[inline(always)]
    pub(super) fn resolve(&self, prefix: Prefix) -> Option<Uri> {
        let at = self.prefixes.get(..self.bound)?.iter().rposition(|&known| known == prefix)?;
        self.uris.get(at).copied()
    }

    /// Passes the attributes of a tag. `tag` begins after the tag's name, and `rest` after the declaration that was
    /// made already. Returns the bytes after the tag, and whether the element is empty.
    #[inline(never)]
    fn attributes<'i>(
        &mut self,
        tag: &'i [u8],
        mut rest: &'i [u8],
        outer: usize,
        rules: Rules,
    ) -> Option<(&'i [u8], bool)> {
        // An `Option` that is `None` takes one word to write.
        let (mut others, mut count) = ([None; ATTRIBUTES], 0);
        let (rest, is_empty) = loop {
            match self.next(rest, outer)? {
                Next::Declaration(behind) => rest = behind,
                Next::Attribute(name) => {
                    let (attribute, behind) = attribute(name)?;
                    *others.get_mut(count)? = Some(attribute);
                    count += 1;
                    rest = behind;
                }
                Next::End(rest, is_empty) => break (rest, is_empty),
            }
        };
        if count > 0 {
            self.judge(&others, rules)?;
        }
        // The tag with its `<` and the longest name must fit into the limit.
        (tag.len() - rest.len() < MAX_TAG_BYTES - NAME_BYTES).then_some((rest, is_empty))
    }

    /// Reads the declaration of the element's own prefix, if it comes first, as it mostly does. Returns the bytes after the
    /// declaration. The loop over attributes would take 194 instructions more for a request.
    #[inline(always)]
    fn own<'i>(&mut self, name: &[u8], prefix: Prefix, behind: &'i [u8]) -> Option<&'i [u8]> {
        let value = if prefix == Prefix::NONE {
            behind.strip_prefix(b" xmlns=\"")?
        } else {
            let found = behind.strip_prefix(b" xmlns:")?;
            let same = Prefix::read(found, prefix.len()) == Some(prefix) && !is(name, b"xml");
            found.get(prefix.len()..).filter(|_| same)?.strip_prefix(b"=\"")?
        };
        let (uri, length) = namespace(value, b'"')?;
        let bound = self.bound;
        (*self.prefixes.get_mut(bound)?, *self.uris.get_mut(bound)?) = (prefix, uri);
        self.bound = bound + 1;
        value.get(length + 1..)
    }

    /// Reads the next part of a tag, after its name or an attribute. A declaration is made at once.
    #[inline(always)]
    fn next<'i>(&mut self, rest: &'i [u8], outer: usize) -> Option<Next<'i>> {
        let found = match rest {
            // Declarations come first in this `match`, since most attributes are declarations.
            [b' ', found @ ..] if is(found, b"xmlns") => found,
            [b'>', rest @ ..] => return Some(Next::End(rest, false)),
            [b'/', b'>', rest @ ..] => return Some(Next::End(rest, true)),
            [b' ', found @ ..] if found.first()?.is_ascii_lowercase() => found,
            [b, ..] if chars::is(*b, SPACE) => {
                let found = rest.get(scan::space(rest, 0)..)?;
                match found {
                    [b'>', rest @ ..] => return Some(Next::End(rest, false)),
                    [b'/', b'>', rest @ ..] => return Some(Next::End(rest, true)),
                    _ => found,
                }
            }
            _ => return None,
        };
        match found.strip_prefix(b"xmlns") {
            Some([b':', name @ ..]) => {
                let length = ncname(name)?;
                let prefix = Prefix::read(name, length)?;
                // The machine reads messages with reserved prefixes.
                if is(name, b"xml") {
                    return None;
                }
                self.declare(prefix, name.get(length..)?, outer).map(Next::Declaration)
            }
            Some(equals @ [b'=', ..]) => self.declare(Prefix::NONE, equals, outer).map(Next::Declaration),
            _ => Some(Next::Attribute(found)),
        }
    }

    /// Makes the declaration of a prefix from the `="..."` after it. `outer` declarations were made before this tag.
    #[inline(always)]
    fn declare<'i>(&mut self, prefix: Prefix, equals: &'i [u8], outer: usize) -> Option<&'i [u8]> {
        let bound = self.bound;
        if self.prefixes.get(outer..bound)?.contains(&prefix) {
            return None;
        }
        let (quote, value) = quote(equals)?;
        let (uri, length) = namespace(value, quote)?;
        (*self.prefixes.get_mut(bound)?, *self.uris.get_mut(bound)?) = (prefix, uri);
        self.bound = bound + 1;
        value.get(length + 1..)
    }

    /// Applies the rules for attributes, after all declarations of the tag were made.
    #[inline(never)]
    fn judge(&self, attributes: &[Option<Attribute<'_>>; ATTRIBUTES], rules: Rules) -> Option<()> {
        let mut target = BlockAttributes::default();
        for (number, a) in attributes.iter().flatten().enumerate() {
            // Attributes with one local name may be duplicates, whatever their prefixes are bound to. `Uri::OTHER`
            // stands for many namespaces, so it does not tell whether two attributes are duplicates.
            if attributes.iter().flatten().take(number).any(|other| other.local == a.local) {
                return None;
            }
            if a.prefix == Prefix::NONE {
                continue;
            }
            let uri = self.resolve(a.prefix)?;
            match rules {
                Rules::Soap if a.local == b"nil" => return None,
                Rules::Block(version) if uri == Uri::of(version) => {
                    target.attribute(version, a.local, Text::attribute(a.value), 0).ok()?;
                }
                _ => {}
            }
        }
        (!target.is_mandatory()).then_some(())
    }

    /// Reads a start tag of this local name, from its name on. The element must not be empty. Returns its prefix, its
    /// name and the bytes after the tag.
    #[inline(always)]
    pub(super) fn start<'i, const N: usize>(
        &mut self,
        name: &'i [u8],
        expected: &[u8; N],
    ) -> Option<(Prefix, Name<'i>, &'i [u8])> {
        let (prefix, name, is_empty, rest) = self.tag(name, expected)?;
        (!is_empty).then_some((prefix, name, rest))
    }

    /// Reads a start tag of this local name, from its name on. Returns its prefix, its name, whether the element is
    /// empty, and the bytes after the tag. For a tag with another name, no declaration is made. A tag of this name that
    /// is not usual ends the recognition.
    #[inline(always)]
    pub(super) fn tag<'i, const N: usize>(
        &mut self,
        name: &'i [u8],
        expected: &[u8; N],
    ) -> Option<(Prefix, Name<'i>, bool, &'i [u8])> {
        let (prefix, length) = match is(name, expected) {
            true => (Prefix::NONE, N),
            false => {
                let length = ncname(name)?;
                let [b':', local @ ..] = name.get(length..)? else { return None };
                is(local, expected).then_some(())?;
                (Prefix::read(name, length)?, length + 1 + N)
            }
        };
        let behind = name.get(length..)?;
        // The byte after the name tells whether a longer name begins with this one.
        let (rest, is_empty) = match *behind.first()? {
            b'>' => (behind.get(1..)?, false),
            b' ' => {
                let outer = self.bound;
                let rest = self.own(name, prefix, behind).unwrap_or(behind);
                match rest {
                    [b'>', rest @ ..] => (rest, false),
                    _ => self.attributes(behind, rest, outer, Rules::Soap)?,
                }
            }
            b if b == b'/' || chars::is(b, SPACE) => {
                self.attributes(behind, behind, self.bound, Rules::Soap)?
            }
            _ => return None,
        };
        Some((prefix, Name { from: name, length }, is_empty, rest))
    }

    /// Reads a start tag of any name. Returns its name, whether the element is empty, and the bytes after the tag.
    #[inline(always)]
    pub(super) fn element<'i>(&mut self, rest: &'i [u8], rules: Rules) -> Option<(Name<'i>, bool, &'i [u8])> {
        let outer = self.bound;
        match self.short(rest, rules) {
            None => {
                self.bound = outer;
                self.long(rest, rules)
            }
            found => found,
        }
    }

    /// Reads a tag in windows. Beside declarations it may have two attributes, which stay in registers. `long` reads any
    /// other tag.
    #[inline(always)]
    fn short<'i>(&mut self, rest: &'i [u8], rules: Rules) -> Option<(Name<'i>, bool, &'i [u8])> {
        let window = Window(rest.first_chunk()?);
        if window.byte(0) != b'<' {
            return None;
        }
        let (mut prefix, mut at) = (Prefix::NONE, window.ncname(1)?);
        if window.byte(at) == b':' {
            prefix = Prefix::of(window.word(1)?, at - 1)?;
            at = window.ncname(at + 1)?;
        }
        let (length, outer) = (at - 1, self.bound);
        let mut tag = rest.get(at..)?;
        let (mut one, mut other) = (None, None);
        let is_empty = loop {
            let window = match tag {
                [b' ', ..] => Window(tag.first_chunk()?),
                [b'>', ..] => break false,
                [b'/', b'>', ..] => break true,
                _ => return None,
            };
            let name = window.word(1)?;
            if name << 24 == u64::from_le_bytes(*b"\0\0\0xmlns") {
                let (mut at, mut prefix) = (6, Prefix::NONE);
                if (name >> 40) as u8 == b':' {
                    let word = window.word(7)?;
                    if word << 40 == u64::from_le_bytes(*b"\0\0\0\0\0xml") {
                        return None;
                    }
                    at = window.ncname(7)?;
                    prefix = Prefix::of(word, at - 7)?;
                }
                tag = self.declare(prefix, tag.get(at..)?, outer)?;
            } else {
                let (mut prefix, mut local, mut at) = (Prefix::NONE, 1, window.ncname(1)?);
                if window.byte(at) == b':' {
                    prefix = Prefix::of(name, at - 1)?;
                    local = at + 1;
                    at = window.ncname(local)?;
                }
                let quote = window.byte(at + 1);
                if window.byte(at) != b'=' || !matches!(quote, b'"' | b'\'') || other.is_some() {
                    return None;
                }
                let (local, value) = (tag.get(local..at)?, tag.get(at + 2..)?);
                let (length, _) = value_len(value, quote)?;
                (other, one) = (one, Some((prefix, local, length == 1 && is(value, b"0"))));
                tag = value.get(length + 1..)?;
            }
        };
        if let Some((prefix, local, is_zero)) = one {
            self.may_have(prefix, local, is_zero, rules)?;
            if let Some((prefix, other, is_zero)) = other {
                self.may_have(prefix, other, is_zero, rules)?;
                (local != other).then_some(())?;
            }
        }
        if self.resolve(prefix).is_none() && (matches!(rules, Rules::Block(_)) || prefix != Prefix::NONE) {
            return None;
        }
        let fits = length <= NAME_BYTES && rest.len() - tag.len() < MAX_TAG_BYTES - 2;
        fits.then_some((
            Name { from: rest.get(1..)?, length },
            is_empty,
            tag.get(1 + usize::from(is_empty)..)?,
        ))
    }

    /// Returns `Some` if an attribute may stand in a tag. An attribute of SOAP may stand in a header block if it is
    /// `mustUnderstand="0"`. Some senders write this in every block, and 520 such blocks read by `long` take 719,000
    /// instructions.
    #[inline(always)]
    fn may_have(&self, prefix: Prefix, local: &[u8], is_zero: bool, rules: Rules) -> Option<()> {
        if prefix == Prefix::NONE {
            return Some(());
        }
        let uri = self.resolve(prefix)?;
        let is_soap = matches!(rules, Rules::Block(version) if uri == Uri::of(version));
        (!is_soap || (is_zero && local == b"mustUnderstand")).then_some(())
    }

    /// Reads a usual tag with any number of attributes, in steps.
    #[inline(never)]
    fn long<'i>(&mut self, rest: &'i [u8], rules: Rules) -> Option<(Name<'i>, bool, &'i [u8])> {
        let [b'<', name @ ..] = rest else { return None };
        let (prefix, _, length) = qname(name)?;
        let behind = name.get(length..)?;
        let (rest, is_empty) = match *behind.first()? {
            b'>' => (behind.get(1..)?, false),
            _ => self.attributes(behind, behind, self.bound, rules)?,
        };
        match self.resolve(prefix) {
            None if matches!(rules, Rules::Block(_)) || prefix != Prefix::NONE => None,
            _ => (length <= NAME_BYTES).then_some((Name { from: name, length }, is_empty, rest)),
        }
    }
}

/// Reads an attribute that is not a declaration. Returns it and the bytes after it.
#[inline(always)]
fn attribute(name: &[u8]) -> Option<(Attribute<'_>, &[u8])> {
    let (prefix, local, length) = qname(name)?;
    let (local, equals) = (name.get(local..length)?, name.get(length..)?);
    let (quote, value) = quote(equals)?;
    let (length, _) = value_len(value, quote)?;
    let (value, rest) = value.split_at_checked(length)?;
    Some((Attribute { prefix, local, value }, rest.get(1..)?))
}

/// Compares prefixes, literals and tags with slices that are compared byte by byte.
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use std::format;
    use std::vec::Vec;

    use super::*;
    use crate::base::version;

    const PREFIX: &[u8; 11] = b"soap-Env.09";

    /// Checks that a prefix has the meaning of its innermost declaration, as long as that declaration is in scope.
    #[test]
    fn declarations_one_behind_the_other() {
        let mut bindings = Bindings::NONE;
        for length in 0..=8 {
            let text = [
                b" xmlns".as_slice(),
                if length > 0 { b":" } else { b"" },
                &PREFIX[..length],
                b"='urn:a'>and what follows the tag",
            ]
            .concat();
            assert!(
                matches!(bindings.next(&text, 0), Some(Next::Declaration(b">and what follows the tag"))),
                "{}",
                text.escape_ascii()
            );
            assert!(bindings.next(&text, 0).is_none(), "twice in one tag");
            assert_eq!(bindings.bound(), length + 1);
        }
        let prefix = |length: usize| match length {
            0 => Prefix::NONE,
            _ => Prefix::read(PREFIX, length).unwrap(),
        };
        let outer = bindings.bound();
        assert!(
            bindings
                .next(format!(" xmlns:soap='{}'>and what follows", version::XSI).as_bytes(), outer)
                .is_some()
        );
        for length in 0..=8 {
            let expected = if length == 4 { Uri::XSI } else { Uri::OTHER };
            assert_eq!(bindings.resolve(prefix(length)), Some(expected));
        }
        bindings.unbind(outer);
        assert_eq!(bindings.resolve(prefix(4)), Some(Uri::OTHER));
        bindings.unbind(4);
        assert_eq!(bindings.resolve(prefix(4)), None);
    }

    /// Compares the tag in windows with the tag in steps, for tags that differ in one byte from usual ones.
    #[test]
    fn both_ways_of_a_tag() {
        let tags = [
            "<a>",
            "<o:a>",
            "<a/>",
            "<o:a/>",
            "<a b='c'>",
            "<o:a b='c' o:d=\"e\">",
            "<a o:b='' s:b=''>",
            "<o:a s:mustUnderstand='1'>",
            "<o:a s:mustUnderstand='0'>",
            "<o:a s:mustUnderstand=\"0\" o:b='1'>",
            "<o:a s:role='0'>",
            "<o:a s:mustUnderstand=\"0\" a=''/>",
            "<p:a xmlns:p='urn:p' p:b='c'>",
            "<a xmlns='urn:x'>",
            "<longprefix:a>",
            "<eightlet:a>",
            "<o:a xmlns:o='urn:q' xmlns:p=\"urn:p\" o:b='1' p:c='2'/>",
            "<o:a-very.long_name-of.30bytes_ab b='c'>",
            "<o:abcdefghijklmnopqrstuvwx b='c'>",
        ];
        let said = |bindings: &Bindings, found: Option<(Name<'_>, bool, &[u8])>| {
            let declared: Vec<_> =
                (0..bindings.bound).map(|n| (bindings.prefixes[n].0, bindings.uris[n])).collect();
            found.map(|(name, is_empty, rest)| (name.length, name.from.len(), is_empty, rest.len(), declared))
        };
        let compare = |tag: &[u8], rules: Rules| {
            let both = [true, false].map(|short| {
                let mut bindings = Bindings::NONE;
                let outside = format!(
                    " xmlns:s='{}' xmlns:o='urn:o' xmlns:eightlet='urn:8'>and what follows the tag",
                    version::SOAP_1_1
                );
                let mut rest = outside.as_bytes();
                while let Some(Next::Declaration(behind)) = bindings.next(rest, 0) {
                    rest = behind;
                }
                assert_eq!(bindings.bound(), 3);
                let text = [tag, &b"text".repeat(40)].concat();
                let found = if short { bindings.short(&text, rules) } else { bindings.long(&text, rules) };
                said(&bindings, found)
            });
            if both[0].is_some() {
                assert_eq!(both[0], both[1], "{}", tag.escape_ascii());
            }
            both[0].is_some()
        };
        let mut taken = 0;
        for tag in tags {
            for rules in
                [Rules::Soap, Rules::Block(SoapVersion::V1_1), Rules::Block(SoapVersion::V1_2), Rules::Free]
            {
                if matches!(rules, Rules::Soap) {
                    // With the rules of SOAP's own elements, no tag is read in windows.
                    continue;
                }
                taken += usize::from(compare(tag.as_bytes(), rules));
                for place in 0..tag.len() {
                    let mut other = tag.as_bytes().to_vec();
                    other.remove(place);
                    compare(&other, rules);
                    for b in *b"<>/=:'\" \n&;ab1s-.\0\x80\xC3" {
                        other = tag.as_bytes().to_vec();
                        other[place] = b;
                        compare(&other, rules);
                        other.insert(place, tag.as_bytes()[place]);
                        compare(&other, rules);
                    }
                }
            }
        }
        assert!(taken > 20, "only {taken} tags were taken: they prove nothing");
    }
}

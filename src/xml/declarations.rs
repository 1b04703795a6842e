//! The namespace declarations that are in scope at an element of a checked message. Nodes, header blocks and faults
//! resolve their prefixes here.

#![expect(clippy::arithmetic_side_effects, reason = "positions lie inside a slice, so they cannot overflow")]

use crate::base::limits::MAX_DECLARATIONS;
use crate::base::version;
use crate::xml::chars::{self, SPACE};
use crate::xml::scan;
use crate::xml::text::{Text, str_of};
use crate::xml::walk::{self, Attributes};

/// The declarations in scope, each as an offset in the message. It is the offset after `xmlns:`, at which the prefix
/// begins. For a default namespace, it is the offset after `xmlns`. The declarations of the innermost element stand last.
/// Those of one element stand in reverse, so that a walk from the last to the first meets them in document order. The
/// array is large enough, since no accepted message has more declarations in scope than the limit allows.
#[derive(Clone, Copy)]
pub(crate) struct Declarations {
    at: [u32; MAX_DECLARATIONS],
    count: usize,
}

impl Declarations {
    pub(crate) const NONE: Self = Self { at: [0; MAX_DECLARATIONS], count: 0 };

    /// Returns the declarations of the start tags that begin at these offsets, the outermost first.
    pub(crate) fn of(message: &[u8], tags: &[u32]) -> Self {
        let mut all = Self::NONE;
        tags.iter().for_each(|&start| all.add(walk::tag_at(message, start as usize), start as usize));
        all
    }

    /// Adds the declarations of the start tag at the offset `start`, whose element lies inside the elements added before.
    /// Complexity: O(the tag's length).
    pub(crate) fn add(&mut self, tag: &[u8], start: usize) {
        let outer = self.count;
        for attribute in Attributes::of(tag) {
            let Some(prefix) = attribute.declares(tag) else { continue };
            let xmlns = if prefix.is_empty() { "xmlns" } else { "xmlns:" };
            if let Some(place) = self.at.get_mut(self.count) {
                *place = (start + attribute.name_at() + xmlns.len()) as u32;
                self.count += 1;
            }
        }
        if let Some(own) = self.at.get_mut(outer..self.count) {
            own.reverse();
        }
    }

    /// Returns the prefix and the raw namespace name of each declaration, those of the innermost element first. An inner
    /// declaration may hide an outer one.
    pub(crate) fn innermost_first<'a>(
        &self,
        message: &'a [u8],
    ) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        self.declared(message).filter_map(|declared| {
            let (prefix, rest) = declared.split_at_checked(declared.iter().position(ends_prefix)?)?;
            Some((prefix, value(rest)?))
        })
    }

    /// Returns the bytes of the message from each prefix on, those of the innermost element first.
    fn declared<'a>(&self, message: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        let all = self.at.get(..self.count).unwrap_or_default();
        all.iter().rev().filter_map(move |&at| message.get(at as usize..))
    }

    /// Returns the namespace name that a prefix is bound to. The empty prefix stands for the default namespace.
    /// Complexity: O(declarations in scope).
    pub(crate) fn resolve<'a>(&self, message: &'a [u8], prefix: &[u8]) -> Option<Text<'a>> {
        if prefix == b"xml" {
            return Some(Text::new(version::XML));
        }
        let rest = self.declared(message).nth(self.position(message, prefix)?)?.get(prefix.len()..)?;
        // A program may ask for bytes that are no name, such as `p='urn:1' q`. They may equal a prefix together with the
        // bytes after it.
        let value = value(rest).filter(|_| !prefix.iter().any(ends_prefix))?;
        (!value.is_empty()).then_some(Text::attribute(value))
    }

    /// Returns the number of the first declaration that gives a prefix a meaning, counted from the innermost one.
    pub(crate) fn position(&self, message: &[u8], prefix: &[u8]) -> Option<usize> {
        // Most prefixes are so short that a comparison byte by byte takes fewer instructions than a call.
        let is_prefix = |declared: &[u8]| declared.iter().zip(prefix).all(|(one, other)| one == other);
        let is_bound =
            |declared: &[u8]| declared.get(prefix.len()).is_some_and(ends_prefix) && is_prefix(declared);
        self.declared(message).position(is_bound)
    }

    /// Returns the namespace name that a prefix in a text is bound to, as [`resolve`](Self::resolve) does.
    pub(crate) fn resolve_text<'a>(&self, message: &'a [u8], prefix: Text<'_>) -> Option<Text<'a>> {
        match prefix.as_str() {
            Some(plain) => self.resolve(message, plain.as_bytes()),
            // A prefix that is written with references is compared with each declared prefix.
            None if prefix == *"xml" => self.resolve(message, b"xml"),
            None => {
                let is_bound = |&(declared, _): &(&[u8], _)| prefix == *str_of(declared);
                let (declared, _) = self.innermost_first(message).find(is_bound)?;
                self.resolve(message, declared)
            }
        }
    }
}

/// Returns whether a prefix or the name `xmlns` ends before this byte of a declaration.
fn ends_prefix(b: &u8) -> bool {
    *b == b'=' || chars::is(*b, SPACE)
}

/// Returns the value of a declaration. `rest` begins after the name of the declaration.
fn value(rest: &[u8]) -> Option<&[u8]> {
    let quote = rest.iter().position(|b| matches!(b, b'"' | b'\''))?;
    let (quote, value) = rest.get(quote..)?.split_first()?;
    value.get(..scan::find(*quote, value, 0)?)
}

/// Compares the search for a prefix with a comparison of whole prefixes.
#[cfg(test)]
mod tests {
    use super::*;

    /// Resolves every part of a message as a prefix, since a program may ask for anything.
    #[test]
    fn every_part_of_a_message_as_a_prefix() {
        let message: &[u8] = b"<a xmlns='urn:d' xmlns:p='urn:1'  xmlns:pq\n=\t\"urn:2' xmlns:r='\" \
            xmlns:xml='http://www.w3.org/XML/1998/namespace' b='c'><p:b xmlns:p = 'urn:&#49;' xmlns='' xmlns:s=\"'\"/></a>";
        let inner = walk::next_child(message, 1, message.len()).unwrap_or(0);
        let all = Declarations::of(message, &[0, inner as u32]);
        let mut found = 0;
        for (from, to) in (0..message.len()).flat_map(|from| (from..=message.len()).map(move |to| (from, to)))
        {
            let prefix = message.get(from..to).unwrap_or_default();
            let declared = all.innermost_first(message).find(|(declared, _)| *declared == prefix);
            let value = declared.map(|(_, value)| Text::attribute(value)).filter(|value| *value != *"");
            assert_eq!(all.resolve(message, prefix), value, "{}", prefix.escape_ascii());
            assert_eq!(all.resolve_text(message, Text::content(prefix)), value, "{}", prefix.escape_ascii());
            found += usize::from(declared.is_some());
        }
        assert!(found > 100);
        // A reference in a text is a part of its value.
        let text = |raw: &'static str| all.resolve_text(message, Text::content(raw.as_bytes()));
        assert_eq!((text("&#112;q"), text("<!---->p")), (text("pq"), text("p")));
        assert!(text("pq").is_some() && text("&#120;ml").is_some_and(|xml| xml == *version::XML));
    }
}

//! The attributes of a start tag: declarations, duplicates, prefixes and `xsi:nil`.

#![expect(clippy::arithmetic_side_effects, reason = "positions lie inside the message")]

use core::{array, slice};

use super::{Grammar, Place, Tag};
use crate::base::error::{ElementNumber, ErrorKind, Stop, stop, stop_at_element};
use crate::base::limits::MAX_ATTRIBUTES;
use crate::xml::namespace::Uri;
use crate::xml::scope::Arrays;
use crate::xml::token::Attribute;

impl<A: Arrays<Place>> Grammar<'_, A> {
    /// Refuses two attributes with equal names as written, and makes the declarations of the tag. Returns the number of
    /// other attributes that have a prefix.
    pub(super) fn declare(&mut self, tag: &Tag<'_>) -> Result<usize, Stop> {
        if let Some(later) = first_twice(tag.attributes.iter(), |a| a.raw_name(tag.bytes)) {
            return stop(ErrorKind::DuplicateAttribute, tag.start + later.name_at());
        }
        let mut qualified = 0;
        for attribute in tag.attributes {
            match attribute.declares(tag.bytes) {
                Some(prefix) => self.bind(tag, attribute, prefix)?,
                None => qualified += usize::from(attribute.is_qualified()),
            }
        }
        Ok(qualified)
    }

    /// Makes a declaration `xmlns:prefix="uri"`: <https://www.w3.org/TR/xml-names/#ns-decl>
    fn bind(&mut self, tag: &Tag<'_>, attribute: &Attribute, prefix: &[u8]) -> Result<(), Stop> {
        let at = tag.start + attribute.name_at();
        if prefix == b"xmlns" {
            return stop(ErrorKind::ReservedPrefix, at);
        }
        let value_at = (tag.start + attribute.value_at()) as u32;
        let uri = (attribute.raw_value(tag.bytes), attribute.is_verbatim());
        let bound = self.scope.bind(prefix, uri, value_at, &self.options.limits);
        match (prefix, bound.or_else(|kind| stop(kind, at))?) {
            (b"xml", Uri::XML) => Ok(()),
            (b"xml", _) => stop(ErrorKind::ReservedPrefix, at),
            (_, Uri::XML | Uri::XMLNS) => stop(ErrorKind::ReservedNamespace, at),
            (b"", _) => Ok(()),
            (_, Uri::NONE) => stop(ErrorKind::UndeclaredPrefix, at),
            _ => Ok(()),
        }
    }

    /// Refuses attributes whose prefix is not bound, and then two attributes with equal expanded names.
    pub(super) fn qualify(&self, tag: &Tag<'_>, qualified: usize) -> Result<(), Stop> {
        if let (1, Some(only)) = (qualified, tag.attributes.iter().find(|a| a.is_qualified())) {
            return match self.scope.resolve(only.prefix(tag.bytes)) {
                Some(_) => Ok(()),
                None => stop(ErrorKind::UnboundPrefix, tag.start + only.name_at()),
            };
        }
        let mut expanded = [(Uri::NONE, Attribute::NONE); MAX_ATTRIBUTES];
        let all = tag.attributes.iter().filter(|a| a.is_qualified());
        for (attribute, place) in all.zip(&mut expanded) {
            match self.scope.resolve(attribute.prefix(tag.bytes)) {
                Some(uri) => *place = (uri, *attribute),
                None => return stop(ErrorKind::UnboundPrefix, tag.start + attribute.name_at()),
            }
        }
        let all = expanded.get(..qualified).unwrap_or_default();
        match first_twice(all.iter(), |(uri, a)| (*uri, a.local(tag.bytes))) {
            Some((_, later)) => stop(ErrorKind::DuplicateExpandedName, tag.start + later.name_at()),
            None => Ok(()),
        }
    }

    /// Returns the attributes of this tag in this namespace. All prefixes of the tag must be bound.
    pub(super) fn attributes_in<'t>(&self, tag: &Tag<'t>, uri: Uri) -> impl Iterator<Item = &'t Attribute> {
        let (bytes, scope) = (tag.bytes, &self.scope);
        let attributes = tag.attributes.iter().filter(|a| a.is_qualified());
        attributes.filter(move |a| scope.resolve(a.prefix(bytes)) == Some(uri))
    }

    /// Refuses an `xsi:nil` that is true or that is not a boolean.
    pub(super) fn judge_nil(&self, tag: &Tag<'_>, place: Place) -> Result<(), Stop> {
        let element = match place {
            Place::Message(level) => self.message.element(level),
            _ => ElementNumber::NONE,
        };
        for attribute in self.attributes_in(tag, Uri::XSI).filter(|a| a.local(tag.bytes) == b"nil") {
            match attribute.text(tag.bytes).boolean() {
                Some(false) => {}
                Some(true) => {
                    return stop_at_element(ErrorKind::Nil, element, tag.start + attribute.name_at());
                }
                None => {
                    return stop_at_element(ErrorKind::InvalidNil, element, tag.start + attribute.value_at());
                }
            }
        }
        Ok(())
    }
}

/// Returns the first item whose key equals the key of an earlier item. A few items are compared in pairs, more items are
/// sorted. Complexity: O(n log n) comparisons. The comparison in pairs is inlined, since most tags have few attributes. The
/// sort is not inlined.
#[inline(always)]
fn first_twice<'t, T, K: Ord>(items: slice::Iter<'t, T>, key: impl Fn(&T) -> K) -> Option<&'t T> {
    if items.len() > FEW {
        return first_twice_of_many(items.as_slice(), key);
    }
    let mut laters = items.clone().enumerate().skip(1);
    let twice = laters.find(|(n, later)| items.clone().take(*n).any(|item| key(item) == key(later)));
    twice.map(|(_, later)| later)
}

/// The most attributes that are compared in pairs. Eight attributes take 28 comparisons, and nearly all of these end at the
/// lengths.
const FEW: usize = 8;

#[cold]
#[inline(never)]
fn first_twice_of_many<T, K: Ord>(items: &[T], key: impl Fn(&T) -> K) -> Option<&T> {
    let mut order: [u8; MAX_ATTRIBUTES] = array::from_fn(|n| n as u8);
    let key = |n: &u8| items.get(usize::from(*n)).map(&key);
    let order = order.get_mut(..items.len())?;
    order.sort_unstable_by_key(|n| (key(n), *n));
    let pairs = order.iter().zip(order.iter().skip(1));
    let twice = pairs.filter(|(one, other)| key(one) == key(other)).map(|(_, later)| later).min();
    items.get(usize::from(*twice?))
}

/// Refuses the prefix of an element: `xmlns`, which nothing can declare, or a prefix that was not declared.
#[cold]
pub(super) fn unbound<T>(prefix: &[u8], at: usize) -> Result<T, Stop> {
    stop(if prefix == b"xmlns" { ErrorKind::ReservedPrefix } else { ErrorKind::UnboundPrefix }, at)
}

/// Compares the search for equal keys with a comparison of all pairs.
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use std::vec::Vec;

    use super::*;

    fn twice(items: &[u16]) -> Option<usize> {
        (0..items.len()).find(|&n| items[..n].contains(&items[n]))
    }

    fn compare(items: &[u16]) {
        let numbered: Vec<(usize, u16)> = items.iter().copied().enumerate().collect();
        let found = first_twice(numbered.iter(), |(_, item)| *item).map(|(n, _)| *n);
        assert_eq!(found, twice(items), "{items:?}");
    }

    /// Makes two items equal, for each number of attributes that a tag may have, and then two more.
    #[test]
    fn every_pair_that_is_the_same() {
        for count in (0..=20).chain([63, 64, 127, 128]) {
            // The order is neither that of the attributes nor its reverse.
            let items: Vec<u16> = (0..count).map(|n| n * 37 % 131).collect();
            compare(&items);
            let count = usize::from(count);
            for (one, other) in (0..count).flat_map(|one| (0..one).map(move |other| (one, other))) {
                let mut changed = items.clone();
                changed[one] = changed[other];
                compare(&changed);
                changed[count - 1 - one] = changed[count - 1 - other];
                compare(&changed);
            }
        }
        assert_eq!(twice(&[1, 2, 2, 1]).unwrap(), 2);
    }
}

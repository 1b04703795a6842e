//! Walks over markup that was checked before: tags, attributes, children.

#![expect(clippy::arithmetic_side_effects, reason = "positions lie inside a slice, so they cannot overflow")]

use crate::xml::chars::{self, SPACE};
use crate::xml::scan;
use crate::xml::text::Text;
use crate::xml::token::Attribute;

/// Splits a raw name into its prefix (empty: none) and its local name.
pub(crate) fn split(name: &[u8]) -> (&[u8], &[u8]) {
    match scan::find(b':', name, 0).and_then(|at| Some((name.get(..at)?, name.get(at + 1..)?))) {
        Some(parts) => parts,
        None => (b"", name),
    }
}

/// Returns the position after the name of a checked start tag.
pub(crate) fn name_end(tag: &[u8]) -> usize {
    let ends = |&b: &u8| chars::is(b, SPACE) || matches!(b, b'/' | b'>');
    tag.iter().skip(1).position(ends).map_or(tag.len(), |n| n + 1)
}

/// Returns the name of a checked start tag.
pub(crate) fn tag_name(tag: &[u8]) -> &[u8] {
    tag.get(1..name_end(tag)).unwrap_or_default()
}

/// Returns the local name of the checked element that begins at `at`.
pub(crate) fn local_at(bytes: &[u8], at: usize) -> &[u8] {
    split(tag_name(bytes.get(at..).unwrap_or_default())).1
}

/// An iterator over the attributes of a checked start tag, in order.
#[derive(Clone)]
pub(crate) struct Attributes<'t> {
    tag: &'t [u8],
    at: usize,
}

impl<'t> Attributes<'t> {
    pub(crate) fn of(tag: &'t [u8]) -> Self {
        Self { tag, at: name_end(tag) }
    }
}

impl Iterator for Attributes<'_> {
    type Item = Attribute;

    fn next(&mut self) -> Option<Attribute> {
        let name = scan::space(self.tag, self.at);
        if matches!(self.tag.get(name)?, b'/' | b'>') {
            return None;
        }
        let equals = scan::find(b'=', self.tag, name)?;
        let raw = self.tag.get(name..equals)?.trim_ascii_end();
        let local = scan::find(b':', raw, 0).map_or(name, |colon| name + colon + 1);
        let quote_at = scan::space(self.tag, equals + 1);
        let value = quote_at + 1;
        let value_end = scan::find(*self.tag.get(quote_at)?, self.tag, value)?;
        self.at = value_end + 1;
        let mut attribute = Attribute::NONE;
        attribute.set_name(self.tag, name, local, name + raw.len());
        attribute.set_value(value, value_end, false);
        Some(attribute)
    }
}

/// Returns the checked start tag that begins at `at`, or no bytes if the tag has no end.
pub(crate) fn tag_at(bytes: &[u8], at: usize) -> &[u8] {
    let rest = bytes.get(at..).unwrap_or_default();
    let mut end = 0;
    while let Some(&b) = rest.get(end) {
        end = match b {
            b'>' => return rest.get(..=end).unwrap_or_default(),
            // Most bytes of a tag lie in values.
            b'"' | b'\'' => scan::find(b, rest, end + 1).map_or(rest.len(), |close| close + 1),
            _ => end + 1,
        };
    }
    b""
}

/// Returns the offset of the next start tag from `at` up to `end`. Skips comments and CDATA sections. Returns `None` if
/// an end tag or `end` comes first.
pub(crate) fn next_child(bytes: &[u8], mut at: usize, end: usize) -> Option<usize> {
    loop {
        at = scan::find(b'<', bytes.get(..end)?, at)?;
        match bytes.get(at + 1)? {
            b'!' => at = bang_end(bytes, at)?,
            b'/' => return None,
            _ => return Some(at),
        }
    }
}

/// Returns the offset after the comment or CDATA section at `at`.
pub(crate) fn bang_end(bytes: &[u8], at: usize) -> Option<usize> {
    let end: &[u8] = if bytes.get(at + 2) == Some(&b'-') { b"-->" } else { b"]]>" };
    let mut from = at + 4;
    loop {
        let close = scan::find(b'>', bytes, from)?;
        if bytes.get(at + 4..close + 1)?.ends_with(end) {
            return Some(close + 1);
        }
        from = close + 1;
    }
}

/// Returns the offset after the checked element that begins at `at`. Complexity: O(its length).
pub(crate) fn element_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        at = scan::find(b'<', bytes, at)?;
        match bytes.get(at + 1)? {
            b'!' => at = bang_end(bytes, at)?,
            b'/' => {
                at = scan::find(b'>', bytes, at)? + 1;
                depth = depth.checked_sub(1)?;
            }
            _ => {
                let tag = tag_at(bytes, at);
                // Every checked tag has an end. Without this check, a tag without an end would make this loop endless.
                if tag.is_empty() {
                    return None;
                }
                at += tag.len();
                depth += usize::from(!tag.ends_with(b"/>"));
            }
        }
        if depth == 0 {
            return Some(at);
        }
    }
}

/// An iterator over the offsets of the children of a checked element. Complexity: O(the element's length) for all
/// children together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Children<'a> {
    bytes: &'a [u8],
    /// The offset of the last child that was returned, if `is_child` is set. Otherwise the offset at which the search for
    /// the first child begins.
    at: usize,
    is_child: bool,
    is_done: bool,
}

impl<'a> Children<'a> {
    /// Returns the children of the element with this start tag, which begins at `start`.
    pub(crate) fn of(bytes: &'a [u8], start: usize, tag: &[u8]) -> Self {
        Self { bytes, at: start + tag.len(), is_child: false, is_done: tag.ends_with(b"/>") }
    }
}

impl Iterator for Children<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        if self.is_done {
            return None;
        }
        let from = if self.is_child { element_end(self.bytes, self.at) } else { Some(self.at) };
        let child = from.and_then(|from| next_child(self.bytes, from, self.bytes.len()));
        (self.at, self.is_child, self.is_done) = (child.unwrap_or(self.at), true, child.is_none());
        child
    }
}

/// Returns the bytes between the tags of a checked element, which begins with this start tag.
pub(crate) fn content<'e>(raw: &'e [u8], tag: &[u8]) -> &'e [u8] {
    let end = match raw.iter().rposition(|&b| b == b'<') {
        Some(end) if !tag.ends_with(b"/>") => end,
        _ => tag.len(),
    };
    raw.get(tag.len()..end).unwrap_or_default()
}

/// Returns whether this prefix stands before a colon anywhere in the bytes, as in a name or in a value that is a QName.
/// Complexity: O(the bytes' length).
pub(crate) fn uses_prefix(bytes: &[u8], prefix: &[u8]) -> bool {
    let mut from = 0;
    while let Some(colon) = scan::find(b':', bytes, from) {
        let before = bytes.get(..colon).and_then(|before| before.strip_suffix(prefix));
        if before.is_some_and(|before| before.last().is_none_or(|&b| !chars::is(b, chars::NAME))) {
            return true;
        }
        from = colon + 1;
    }
    false
}

/// Returns whether references, comments or CDATA sections may hide a prefix in a value that is a QName. Complexity: O(the
/// bytes' length).
pub(crate) fn may_hide_prefixes(bytes: &[u8]) -> bool {
    bytes.windows(2).any(|pair| matches!(pair, b"&#" | b"<!"))
}

/// Returns the namespace name that a checked start tag itself binds to a prefix (empty: the default namespace).
pub(crate) fn declared<'t>(tag: &'t [u8], prefix: &[u8]) -> Option<Text<'t>> {
    Attributes::of(tag).find(|a| a.declares(tag) == Some(prefix)).map(|a| a.text(tag))
}

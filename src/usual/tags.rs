//! Tags as they are usually written: whole, in ASCII, without references, and what their prefixes stand for. Each
//! function begins with a slice and gives what follows; `None`: not usual, which the machine has to look at.

#![expect(clippy::arithmetic_side_effects, reason = "lengths lie inside a slice, so they cannot overflow")]

use crate::base::limits::MAX_TAG_BYTES;
use crate::base::version::{self, SoapVersion};
use crate::soap::header::Target;
use crate::xml::chars::{self, NAME, NAME_START, SPACE};
use crate::xml::scan;
use crate::xml::scope::Uri;
use crate::xml::text::Text;

/// Declarations in scope, other attributes of a tag, bytes of a name and of a namespace name that is not known; more
/// are not usual. The namespace names of WS-Security take 83.
pub(super) const DECLARATIONS: usize = 16;
pub(super) const ATTRIBUTES: usize = 4;
pub(super) const NAME_BYTES: usize = 64;
const NAMESPACE_BYTES: usize = 120;
/// A declaration with its prefix, of up to 8 bytes.
pub(super) const DECLARATION_BYTES: usize = NAMESPACE_BYTES + 8;

/// The next 128 bytes. A position that is masked with 127 lies in them, so that no access needs a check. With the window, 520
/// header blocks take 20.5 us instead of 29.3.
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

    /// Where the NCName ends that begins here. `None`: also where it is long.
    #[inline(always)]
    fn ncname(&self, at: usize) -> Option<usize> {
        let [first, rest @ ..] = self.0.get(at..)?.first_chunk::<24>()?;
        let end = rest.iter().position(|&b| !chars::is(b, NAME))?;
        chars::is(*first, NAME_START).then_some(at + 1 + end)
    }
}

/// A raw name: the first bytes of a slice of the message.
#[derive(Clone, Copy)]
pub(super) struct Name<'i> {
    from: &'i [u8],
    length: usize,
}

impl<'i> Name<'i> {
    #[inline(always)]
    pub(super) const fn of(from: &'i [u8], length: usize) -> Self {
        Self { from, length }
    }

    #[inline(always)]
    pub(super) const fn len(&self) -> usize {
        self.length
    }

    /// Where the `<` of a start tag with this name stands.
    pub(super) const fn tag_at(&self, input: &[u8]) -> usize {
        input.len() - self.from.len() - 1
    }
}

/// A prefix of up to 8 bytes, as the highest bytes of a number; 0 for none. As no name has a zero byte, each is
/// another number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Prefix(u64);

impl Prefix {
    const NONE: Self = Self(0);

    /// The first bytes of a slice, at least one. `None`: more are not usual, nor is one so near to the end.
    #[inline(always)]
    fn read(bytes: &[u8], length: usize) -> Option<Self> {
        Self::of(u64::from_le_bytes(*bytes.first_chunk()?), length)
    }

    /// The first bytes of a word, at least one.
    #[inline(always)]
    const fn of(word: u64, length: usize) -> Option<Self> {
        if length <= 8 { Some(Self(word << (64_usize.wrapping_sub(8 * length) & 63))) } else { None }
    }

    /// How many bytes it has.
    #[inline(always)]
    const fn len(self) -> usize {
        8 - (self.0.trailing_zeros() / 8) as usize
    }
}

/// Which attributes of a tag count.
#[derive(Clone, Copy)]
pub(super) enum Rules {
    /// Of an element of SOAP or of the operation: `xsi:nil`.
    Soap,
    /// Of a header block: whether it is mandatory, and for whom.
    Block(SoapVersion),
    /// None.
    Free,
}

/// An attribute that is no declaration.
#[derive(Clone, Copy)]
struct Attribute<'i> {
    prefix: Prefix,
    local: &'i [u8],
    value: &'i [u8],
}

/// What follows in a tag, and what follows that.
enum Next<'i> {
    /// A declaration, which was made.
    Declaration(&'i [u8]),
    /// Another attribute begins here.
    Attribute(&'i [u8]),
    /// The end, perhaps of an empty element.
    End(&'i [u8], bool),
}

/// The declarations in scope: each prefix, and what it stands for. In two arrays, since so few bytes are cleared without
/// a call.
pub(crate) struct Bindings {
    prefixes: [Prefix; DECLARATIONS],
    uris: [Uri; DECLARATIONS],
    bound: usize,
}

impl Bindings {
    pub(crate) const NONE: Self =
        Self { prefixes: [Prefix::NONE; DECLARATIONS], uris: [Uri::NONE; DECLARATIONS], bound: 0 };

    /// How many are in scope.
    #[inline(always)]
    pub(super) const fn bound(&self) -> usize {
        self.bound
    }

    /// Forgets all but the first ones.
    #[inline(always)]
    pub(super) fn unbind(&mut self, outer: usize) {
        self.bound = outer;
    }

    /// Makes a declaration that stands outside. `None`: there are too many, or one whose effect is not usual. A prefix
    /// of more than 8 bytes is left out: a tag that has it is not usual.
    pub(crate) fn outside(&mut self, prefix: &[u8], uri: Uri) -> Option<()> {
        if matches!(uri, Uri::NONE | Uri::XML | Uri::XMLNS) {
            return None;
        }
        let mut word = [0; 8];
        let Some(place) = 8_usize.checked_sub(prefix.len()).and_then(|from| word.get_mut(from..)) else {
            return Some(());
        };
        place.copy_from_slice(prefix);
        let bound = self.bound;
        let prefix = Prefix(u64::from_le_bytes(word));
        (*self.prefixes.get_mut(bound)?, *self.uris.get_mut(bound)?) = (prefix, uri);
        self.bound = bound + 1;
        Some(())
    }

    /// Makes the first declaration, of a prefix of these highest bytes.
    #[inline(always)]
    pub(super) fn declared(&mut self, prefix: u64, uri: Uri) -> Prefix {
        (self.prefixes[0], self.uris[0], self.bound) = (Prefix(prefix), uri, 1);
        Prefix(prefix)
    }

    /// The rest of the start tag, of no empty element, that began with the first declaration: what follows.
    #[inline(always)]
    pub(super) fn more<'i>(&mut self, name: Name<'i>, rest: &'i [u8]) -> Option<&'i [u8]> {
        let (rest, is_empty) = self.attributes(name.from.get(name.length..)?, rest, 0, Rules::Soap)?;
        (!is_empty).then_some(rest)
    }

    /// What a prefix stands for, if it was declared.
    #[inline(always)]
    pub(super) fn resolve(&self, prefix: Prefix) -> Option<Uri> {
        let at = self.prefixes.get(..self.bound)?.iter().rposition(|&known| known == prefix)?;
        self.uris.get(at).copied()
    }

    /// The attributes of the tag of which this is what follows the name. Is it an empty element?
    #[inline(never)]
    fn attributes<'i>(
        &mut self,
        tag: &'i [u8],
        mut rest: &'i [u8],
        outer: usize,
        rules: Rules,
    ) -> Option<(&'i [u8], bool)> {
        // `None` takes one word to write.
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
        // With `<` and the longest name.
        (tag.len() - rest.len() < MAX_TAG_BYTES - NAME_BYTES).then_some((rest, is_empty))
    }

    /// Reads the declaration of the element's own prefix, if it comes first, as mostly. Returns what follows. The loop over
    /// attributes would take 194 instructions more for a request.
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

    /// What follows in a tag, behind its name or an attribute, of which a declaration is made.
    #[inline(always)]
    fn next<'i>(&mut self, rest: &'i [u8], outer: usize) -> Option<Next<'i>> {
        let found = match rest {
            // First, since most are declarations.
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
                // Reserved prefixes are left to the machine.
                if is(name, b"xml") {
                    return None;
                }
                self.declare(prefix, name.get(length..)?, outer).map(Next::Declaration)
            }
            Some(equals @ [b'=', ..]) => self.declare(Prefix::NONE, equals, outer).map(Next::Declaration),
            _ => Some(Next::Attribute(found)),
        }
    }

    /// The `="..."` of a declaration; `outer` others stand around the tag.
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

    /// The rules for attributes, when all declarations of the tag are made.
    #[inline(never)]
    fn judge(&self, attributes: &[Option<Attribute<'_>>; ATTRIBUTES], rules: Rules) -> Option<()> {
        let mut target = Target::default();
        for (number, a) in attributes.iter().flatten().enumerate() {
            // It may be a duplicate, whatever the prefixes stand for: `Uri::OTHER` does not tell.
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

    /// A start tag of this local name, from its name on, of no empty element: its prefix, its name and what follows.
    #[inline(always)]
    pub(super) fn start<'i, const N: usize>(
        &mut self,
        name: &'i [u8],
        expected: &[u8; N],
    ) -> Option<(Prefix, Name<'i>, &'i [u8])> {
        let (prefix, name, is_empty, rest) = self.tag(name, expected)?;
        (!is_empty).then_some((prefix, name, rest))
    }

    /// A start tag of this local name, from its name on: its prefix, its name, whether it is an empty element, and what
    /// follows. Of a tag with another name no declaration is made; one of this name that is not usual ends it all.
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
        // Another name that begins with this one is told by what follows.
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

    /// A start tag of any name; whether it is an empty element, and what follows.
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

    /// Reads a tag with two attributes at most beside declarations, in windows. Two attributes stay in registers. Any other
    /// tag is left to `long`.
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

    /// Returns whether an attribute may stand in a tag. One of SOAP may in a header block if it is `mustUnderstand="0"`, which
    /// some senders write in every block: read by `long`, 520 such blocks take 719,000 instructions.
    #[inline(always)]
    fn may_have(&self, prefix: Prefix, local: &[u8], is_zero: bool, rules: Rules) -> Option<()> {
        if prefix == Prefix::NONE {
            return Some(());
        }
        let uri = self.resolve(prefix)?;
        let is_soap = matches!(rules, Rules::Block(version) if uri == Uri::of(version));
        (!is_soap || (is_zero && local == b"mustUnderstand")).then_some(())
    }

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

#[inline(always)]
pub(super) fn is<const N: usize>(bytes: &[u8], literal: &[u8; N]) -> bool {
    bytes.first_chunk() == Some(literal)
}

/// What follows white space, if there is any, and `<`.
#[inline(always)]
pub(super) fn behind_open(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        match rest {
            [b'<', behind @ ..] => return Some(behind),
            [b'\n' | b' ', line @ ..] => rest = scan::indent(line),
            [b, behind @ ..] if chars::is(*b, SPACE) => rest = behind,
            _ => return None,
        }
    }
}

/// An end tag of this very name: what follows.
#[inline(always)]
pub(super) fn end_tag<'i>(rest: &'i [u8], name: Name<'_>) -> Option<&'i [u8]> {
    let [b'<', b'/', found @ ..] = rest else { return None };
    match found.get(name.length..)? {
        [b'>', rest @ ..] if scan::begin_alike(found, name.from, name.length) => Some(rest),
        _ => None,
    }
}

/// White space, and an end tag of this prefix and local name, as [`named`] has it: what follows.
#[inline(always)]
pub(super) fn end<'i, const N: usize>(rest: &'i [u8], prefix: Prefix, local: &[u8; N]) -> Option<&'i [u8]> {
    let [b'/', name @ ..] = behind_open(rest)? else { return None };
    named(name, prefix, local)
}

/// The same behind text, of which white space would be a part.
#[inline(always)]
pub(super) fn end_of_text<'i, const N: usize>(
    rest: &'i [u8],
    prefix: Prefix,
    local: &[u8; N],
) -> Option<&'i [u8]> {
    let [b'<', b'/', name @ ..] = rest else { return None };
    named(name, prefix, local)
}

/// This prefix and this local name, which comes with the `>` behind it: what follows.
#[inline(always)]
pub(super) fn named<'i, const N: usize>(name: &'i [u8], prefix: Prefix, local: &[u8; N]) -> Option<&'i [u8]> {
    debug_assert!(local.ends_with(b">"), "another name may begin with this one");
    let found = match prefix {
        Prefix::NONE => name,
        prefix => match name.get(prefix.len()..)? {
            [b':', found @ ..] if Prefix::read(name, prefix.len()) == Some(prefix) => found,
            _ => return None,
        },
    };
    if is(found, local) { found.get(N..) } else { None }
}

/// The length of the NCName that begins here.
#[inline(always)]
fn ncname(bytes: &[u8]) -> Option<usize> {
    let [first, rest @ ..] = bytes else { return None };
    // A longer name is not usual. Without this bound, a name of 64 KB was read twice: 608,000 instructions, now 117,000.
    let rest = rest.get(..NAME_BYTES).unwrap_or(rest);
    chars::is(*first, NAME_START).then(|| 1 + scan::name(rest))
}

/// The prefix of the QName that begins here, where its local name begins, and its length.
#[inline(always)]
fn qname(name: &[u8]) -> Option<(Prefix, usize, usize)> {
    let first = ncname(name)?;
    match name.get(first..)? {
        [b':', local @ ..] => Some((Prefix::read(name, first)?, first + 1, first + 1 + ncname(local)?)),
        _ => Some((Prefix::NONE, 0, first)),
    }
}

/// The quote behind `=`, and what follows it.
#[inline(always)]
fn quote(equals: &[u8]) -> Option<(u8, &[u8])> {
    match equals {
        [b'=', quote @ (b'"' | b'\''), value @ ..] => Some((*quote, value)),
        _ => None,
    }
}

/// An attribute that is no declaration, and what follows.
#[inline(always)]
fn attribute(name: &[u8]) -> Option<(Attribute<'_>, &[u8])> {
    let (prefix, local, length) = qname(name)?;
    let (local, equals) = (name.get(local..length)?, name.get(length..)?);
    let (quote, value) = quote(equals)?;
    let (length, _) = value_len(value, quote)?;
    let (value, rest) = value.split_at_checked(length)?;
    Some((Attribute { prefix, local, value }, rest.get(1..)?))
}

/// How long a value is, up to its quote; also whether it is known to be what was written.
#[inline(always)]
fn value_len(value: &[u8], quote: u8) -> Option<(usize, bool)> {
    let short = scan::plain_block(value);
    if short < 16 && value.get(short) == Some(&quote) {
        return Some((short, true));
    }
    // A longer tag is not usual. Without this bound, a value of 64 KB was read twice: 148,000 instructions, now 29,000.
    let value = value.get(..MAX_TAG_BYTES).unwrap_or(value);
    let plain = scan::plain_value(value, 0);
    if *value.get(plain)? == quote {
        return Some((plain, true));
    }
    let end = scan::value(value, plain);
    (*value.get(end)? == quote).then_some((end, false))
}

/// A namespace name and its length up to its quote: compared with the one that it may be, told by two of its bytes.
#[inline(always)]
fn namespace(value: &[u8], quote: u8) -> Option<(Uri, usize)> {
    let first: &[u8; 22] = value.first_chunk()?;
    // http://schemas.xmlsoap.org, http://schemas.microsoft.com, https://schemas.microsoft.com, http://www.w3.org
    let known = match (first[7], first[15]) {
        (b's', b'x') => literal(value, SOAP_1_1, Uri::SOAP_1_1),
        (b's', b'm') => literal(value, HTTP, Uri::HTTP),
        (b'/', _) => literal(value, HTTPS, Uri::HTTPS),
        // http://www.w3.org/2001/XMLSchema, alone or with -instance: declared by many, and used by few.
        (b'w', _) if first[21] == b'1' => match value.get(XSD.len()) {
            Some(b'-') => literal(value, XSI, Uri::XSI),
            _ => literal(value, XSD, Uri::OTHER),
        },
        _ => literal(value, SOAP_1_2, Uri::SOAP_1_2),
    };
    match known {
        Some((uri, length)) if value.get(length) == Some(&quote) => Some((uri, length)),
        _ => other_namespace(value, quote),
    }
}

#[inline(always)]
fn literal<const N: usize>(value: &[u8], name: &[u8; N], uri: Uri) -> Option<(Uri, usize)> {
    scan::begins_with(value, name).then_some((uri, N))
}

#[inline(always)]
fn other_namespace(value: &[u8], quote: u8) -> Option<(Uri, usize)> {
    // Most others are short. Those that the library knows, and does not use here, count as not known; two are reserved.
    let plain = scan::plain_block(value);
    if plain > 0 && plain < 16 && value.get(plain) == Some(&quote) {
        return Some((Uri::OTHER, plain));
    }
    long_namespace(value, quote)
}

#[inline(never)]
fn long_namespace(value: &[u8], quote: u8) -> Option<(Uri, usize)> {
    let (length, is_plain) = value_len(value, quote)?;
    let name = value.get(..length)?;
    match Uri::known_as(name) {
        // Reserved, or undeclared.
        Some(Uri::NONE | Uri::XML | Uri::XMLNS) => None,
        Some(known) => Some((known, length)),
        None => {
            let fits = length <= NAMESPACE_BYTES && (is_plain || scan::is_plain(name));
            fits.then_some((Uri::OTHER, length))
        }
    }
}

/// A namespace name as an array, whose length is known where it is compared.
#[expect(clippy::panic, reason = "evaluated at compile time")]
pub(super) const fn array<const N: usize>(name: &str) -> &[u8; N] {
    match name.as_bytes().first_chunk() {
        Some(array) if name.len() == N => array,
        _ => panic!("another length"),
    }
}

pub(super) const SOAP_1_1: &[u8; version::SOAP_1_1.len()] = array(version::SOAP_1_1);
pub(super) const SOAP_1_2: &[u8; version::SOAP_1_2.len()] = array(version::SOAP_1_2);
pub(super) const HTTP: &[u8; version::MESSAGES_HTTP.len()] = array(version::MESSAGES_HTTP);
const XSI: &[u8; version::XSI.len()] = array(version::XSI);
const XSD: &[u8; version::XSD.len()] = array(version::XSD);
pub(super) const HTTPS: &[u8; version::MESSAGES_HTTPS.len()] = array(version::MESSAGES_HTTPS);

/// Prefixes, literals and tags against slices that are compared byte by byte.
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use std::format;
    use std::string::String;
    use std::vec::Vec;

    use super::*;

    const PREFIX: &[u8; 11] = b"soap-Env.09";

    /// What was declared under a prefix of up to 8 bytes is found under it, and under none that is one byte away.
    #[test]
    fn prefixes_one_byte_away() {
        for length in 1..=11 {
            let text = [&PREFIX[..length], b":behind>"].concat();
            let Some(prefix) = Prefix::read(&text, length) else {
                assert!(length > 8);
                continue;
            };
            assert_eq!(prefix.len(), length);
            assert!(length <= 8 && prefix != Prefix::NONE);
            assert_eq!(named(&text, prefix, b"behind>"), Some(&b""[..]));
            // What follows a prefix is no part of it.
            assert!(Prefix::read(&[&PREFIX[..length], b"xxxxxxxx"].concat(), length) == Some(prefix));
            for place in 0..text.len() {
                for changed in 1..=255 {
                    let mut other = text.clone();
                    other[place] ^= changed;
                    assert_eq!(named(&other, prefix, b"behind>"), None, "{}", other.escape_ascii());
                    assert_eq!(Prefix::read(&other, length) == Some(prefix), place >= length);
                }
                assert_eq!(named(&text[..place], prefix, b"behind>"), None);
            }
            for other in 1..=8 {
                assert_eq!(
                    Prefix::read(&[&PREFIX[..other], b":x......"].concat(), other) == Some(prefix),
                    other == length
                );
            }
        }
        assert_eq!(Prefix::NONE.len(), 0);
        assert_eq!(named(b"Body>x", Prefix::NONE, b"Body>"), Some(&b"x"[..]));
        assert_eq!(named(b"a:Body>x", Prefix::NONE, b"Body>"), None);
    }

    /// The innermost declaration of a prefix counts, as long as it is in scope.
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

    /// A namespace name up to its quote, byte by byte; which number it has.
    fn named_by(value: &[u8], quote: u8) -> Option<(Uri, usize)> {
        let length = value.iter().position(|&b| b == quote)?;
        let name = &value[..length];
        if name.iter().any(|&b| !(b' '..0x80).contains(&b) || matches!(b, b'<' | b'&' | b'"' | b'\'')) {
            return None;
        }
        match Uri::known_as(name) {
            Some(Uri::NONE | Uri::XML | Uri::XMLNS) => None,
            Some(known) => Some((known, length)),
            None => (length <= NAMESPACE_BYTES).then_some((Uri::OTHER, length)),
        }
    }

    #[test]
    fn namespace_names_one_byte_away() {
        let known = [
            SOAP_1_1.as_slice(),
            SOAP_1_2,
            HTTP,
            HTTPS,
            XSI,
            XSD,
            b"",
            b"urn:a",
            b"urn:fifteen....",
            b"urn:sixteen.....",
            b"urn:seventeen....",
        ];
        let others = [version::XML, version::XMLNS, version::ERRORS, version::TYPES].map(str::as_bytes);
        let long = [119, 120, 121].map(|length| "u".repeat(length).into_bytes());
        for name in known.into_iter().chain(others).chain(long.iter().map(Vec::as_slice)) {
            for quote in *b"\"'" {
                for behind in [1, 40, 70] {
                    let mut text = [name, &[quote], &b">".repeat(behind)].concat();
                    let long = if text.len() < 22 { None } else { named_by(&text, quote) };
                    assert_eq!(namespace(&text, quote), long, "{}", text.escape_ascii());
                    for place in 0..name.len() + 1 {
                        let kept = text[place];
                        for b in [
                            kept ^ 1,
                            kept ^ 0x20,
                            b'"',
                            b'\'',
                            b'<',
                            b'&',
                            b'>',
                            b' ',
                            b'\n',
                            0,
                            8,
                            0x1F,
                            0x80,
                            0xC3,
                        ] {
                            text[place] = b;
                            let expected = if text.len() < 22 { None } else { named_by(&text, quote) };
                            assert_eq!(namespace(&text, quote), expected, "{}", text.escape_ascii());
                        }
                        text[place] = kept;
                        let mut longer = text.clone();
                        longer.insert(place, b'x');
                        let expected = if longer.len() < 22 { None } else { named_by(&longer, quote) };
                        assert_eq!(namespace(&longer, quote), expected, "{}", longer.escape_ascii());
                    }
                }
            }
        }
    }

    /// The end of a value, with every byte at every place.
    #[test]
    fn values_of_every_length() {
        for length in 0..=130 {
            for quote in *b"\"'" {
                let mut text = [b"v".repeat(length), [quote].to_vec(), b">".repeat(20)].concat();
                assert_eq!(value_len(&text, quote), Some((length, true)));
                for place in 0..length {
                    for b in [
                        0, 8, b'\t', b'\n', 0xC, b'\r', 0x1F, b' ', b'!', b'"', b'&', b'\'', b'(', b'<',
                        b'=', b'>', 0x7F, 0x80, 0xC3,
                    ] {
                        text[place] = b;
                        let end =
                            text.iter().position(|&b| !chars::is(b, chars::VALUE)).unwrap_or(text.len());
                        let plain = end == length || (end == place && b == quote);
                        let found = value_len(&text, quote);
                        assert_eq!(
                            found.map(|(length, _)| length),
                            plain.then_some(end),
                            "{}",
                            text.escape_ascii()
                        );
                        // Known to be what was written: no line end and no tab.
                        if let Some((length, true)) = found {
                            assert!(text[..length].iter().all(|&b| b >= b' '), "{}", text.escape_ascii());
                        }
                    }
                    text[place] = b'v';
                }
            }
        }
    }

    /// Names of 1 to 70 bytes in an end tag, each byte changed.
    #[test]
    fn end_tags_one_byte_away() {
        for length in 1..=70 {
            let name: String = (0..length).map(|n| char::from(b'a' + n % 26)).collect();
            let (start, end) = (format!("{name} a='b'>text"), format!("</{name}>behind"));
            let open = Name::of(start.as_bytes(), length.into());
            assert_eq!(end_tag(end.as_bytes(), open), Some(&b"behind"[..]));
            for place in 0..end.len() - "behind".len() {
                for changed in [1, 0x20, 0x80] {
                    let mut other = end.clone().into_bytes();
                    other[place] ^= changed;
                    assert_eq!(end_tag(&other, open), None, "{}", other.escape_ascii());
                }
                assert_eq!(end_tag(&end.as_bytes()[..place], open), None);
            }
        }
    }

    /// The tag in windows and the tag in steps say the same, of tags that are one byte away from usual ones.
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
                    // These tags never come to the short way with the rules of SOAP's own elements.
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

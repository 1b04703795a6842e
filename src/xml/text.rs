//! Text values: references, the value of a raw slice, and the writing of a value.

use core::fmt::{self, Write as _};

use crate::base::error::ErrorKind;
use crate::base::write::Sink;
use crate::xml::chars;
use crate::xml::scan;

// EntityRef ::= '&' Name ';'     CharRef ::= '&#' [0-9]+ ';' | '&#x' [0-9a-fA-F]+ ';'
// <https://www.w3.org/TR/xml/#sec-references>. Without a DTD only five names are declared.
const ENTITIES: [(&[u8], char); 5] =
    [(b"amp", '&'), (b"lt", '<'), (b"gt", '>'), (b"apos", '\''), (b"quot", '"')];

/// A reference that is being read, one byte at a time, after its `&`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reference {
    Start,
    /// The first bytes of a name that may still be one of the five, and their number.
    Entity([u8; 4], u8),
    Hash,
    Decimal(u32),
    HexStart,
    Hex(u32),
}

impl Reference {
    /// Takes the next byte. Returns the character if the reference ends with it.
    pub(crate) fn step(&mut self, b: u8) -> Result<Option<char>, ErrorKind> {
        *self = match (*self, b) {
            (Self::Start, b'#') => Self::Hash,
            (Self::Start, _) => return self.name([0; 4], 0, b),
            (Self::Entity(name, length), b';') => {
                let found = ENTITIES.iter().find(|(word, _)| name.get(..usize::from(length)) == Some(word));
                return found.map(|&(_, c)| Some(c)).ok_or(ErrorKind::UndeclaredEntity);
            }
            (Self::Entity(name, length), _) => return self.name(name, length, b),
            (Self::Hash, b'x') => Self::HexStart,
            (Self::Hash, b'0'..=b'9') => Self::Decimal(digit(0, 10, b)?),
            (Self::Decimal(n), b'0'..=b'9') => Self::Decimal(digit(n, 10, b)?),
            (Self::HexStart, _) if b.is_ascii_hexdigit() => Self::Hex(digit(0, 16, b)?),
            (Self::Hex(n), _) if b.is_ascii_hexdigit() => Self::Hex(digit(n, 16, b)?),
            (Self::Decimal(n) | Self::Hex(n), b';') => {
                let c = char::from_u32(n).filter(|&c| chars::is_char(c));
                return c.map(Some).ok_or(ErrorKind::InvalidCharReference);
            }
            _ => return Err(ErrorKind::MalformedReference),
        };
        Ok(None)
    }

    fn name(&mut self, mut name: [u8; 4], length: u8, b: u8) -> Result<Option<char>, ErrorKind> {
        if !chars::is(b, if length == 0 { chars::NAME_START } else { chars::NAME }) && b < 0x80 && b != b':' {
            return Err(ErrorKind::MalformedReference);
        }
        let longer = length.saturating_add(1);
        name.get_mut(usize::from(length)).map(|place| *place = b).ok_or(ErrorKind::UndeclaredEntity)?;
        let begun = name.get(..usize::from(longer)).unwrap_or_default();
        if !ENTITIES.iter().any(|(word, _)| word.starts_with(begun)) {
            return Err(ErrorKind::UndeclaredEntity);
        }
        *self = Self::Entity(name, longer);
        Ok(None)
    }
}

/// Appends one digit to a number. Above U+10FFFF no further digit can help, so the number never overflows.
fn digit(n: u32, radix: u32, b: u8) -> Result<u32, ErrorKind> {
    let next = char::from(b).to_digit(radix).and_then(|d| n.checked_mul(radix)?.checked_add(d));
    next.filter(|&n| n <= 0x10_FFFF).ok_or(ErrorKind::InvalidCharReference)
}

/// The relation between the raw characters of a text and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Element content, with references, CDATA sections, comments and line ends.
    Content,
    /// Element content that begins inside a CDATA section.
    Cdata,
    /// An attribute value, with references, and with white space as blanks.
    Attribute,
    /// The value itself.
    Plain,
}

/// A text of a message: the slice as it was written, and the value that it stands for, without a copy.
///
/// The value is what XML says (<https://www.w3.org/TR/xml/#sec-line-ends>, <https://www.w3.org/TR/xml/#AVNormalize>).
/// References are resolved, CR LF and CR become LF, CDATA sections become their content, and comments disappear. In an
/// attribute, white space becomes blanks.
///
/// [`Display`](fmt::Display) and [`chars`](Self::chars) give the value, and equality compares values. `Debug` prints
/// only a length.
///
/// ```
/// use umsoap::GetCallInfo;
/// let message = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><GetCallInfo \
///     xmlns='http://schemas.microsoft.com/exchange/services/2006/messages'><CallId>a&amp;b</CallId>\
///     </GetCallInfo></s:Body></s:Envelope>";
/// let text = GetCallInfo::parse(message)?.call_id().text();
/// assert_eq!((text.as_raw(), text.to_string()), ("a&amp;b", "a&b".to_string()));
/// assert!(text == "a&b");
/// # Ok::<(), umsoap::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Text<'a> {
    raw: &'a str,
    form: Form,
}

impl<'a> Text<'a> {
    /// Returns a text whose value is this string, for writing.
    pub const fn new(value: &'a str) -> Self {
        Self { raw: value, form: Form::Plain }
    }

    /// Returns the text of checked element content.
    pub(crate) const fn content(raw: &'a [u8]) -> Self {
        Self { raw: str_of(raw), form: Form::Content }
    }

    /// Returns the text of a checked attribute value.
    pub(crate) const fn attribute(raw: &'a [u8]) -> Self {
        Self { raw: str_of(raw), form: Form::Attribute }
    }

    /// Returns the characters as they were written.
    pub const fn as_raw(&self) -> &'a str {
        self.raw
    }

    /// Returns the value, if the raw characters are the value.
    pub fn as_str(&self) -> Option<&'a str> {
        let bytes = self.raw.as_bytes();
        let is = |b: bool| u8::from(b);
        let plain = match self.form {
            Form::Content => scan::is_free_of(bytes, |b| is(b == b'&') | is(b == b'<') | is(b == b'\r')),
            // The end of the section begins with a bracket. Other markup can only follow it.
            Form::Cdata => scan::is_free_of(bytes, |b| is(b == b']') | is(b == b'\r')),
            Form::Attribute => {
                scan::is_free_of(bytes, |b| is(b == b'&') | is(b == b'\r') | is(b == b'\n') | is(b == b'\t'))
            }
            Form::Plain => true,
        };
        plain.then_some(self.raw)
    }

    /// Returns an iterator over the characters of the value.
    pub const fn chars(&self) -> Chars<'a> {
        match self.form {
            Form::Cdata => Chars { rest: self.raw, form: Form::Content, cdata: true },
            form => Chars { rest: self.raw, form, cdata: false },
        }
    }

    /// Copies the value into a buffer with room for the raw text. No value is longer than its raw text.
    pub(crate) fn copy_to(self, out: &mut [u8]) -> &str {
        let mut end = 0_usize;
        for c in self.chars() {
            if let Some(place) = out.get_mut(end..).filter(|place| place.len() >= c.len_utf8()) {
                end = end.saturating_add(c.encode_utf8(place).len());
            }
        }
        str_of(out.get(..end).unwrap_or_default())
    }

    /// Returns whether the value, without the white space around it, is this word.
    pub(crate) fn trimmed_eq(&self, word: &str) -> bool {
        let mut chars = self.chars().skip_while(|&c| is_space(c)).peekable();
        for c in word.chars() {
            if chars.next() != Some(c) {
                return false;
            }
        }
        chars.all(is_space)
    }

    /// Returns the value of a text that is exactly `0` or `1`.
    pub(crate) fn bit(&self) -> Option<bool> {
        match self.raw {
            "0" => Some(false),
            "1" => Some(true),
            _ if *self == *"0" => Some(false),
            _ => (*self == *"1").then_some(true),
        }
    }

    /// Returns the value of an `xs:boolean`, whose white space collapses: <https://www.w3.org/TR/xmlschema-2/#boolean>
    pub(crate) fn boolean(&self) -> Option<bool> {
        if let Some(bit) = self.bit() {
            Some(bit)
        } else if self.trimmed_eq("true") || self.trimmed_eq("1") {
            Some(true)
        } else if self.trimmed_eq("false") || self.trimmed_eq("0") {
            Some(false)
        } else {
            None
        }
    }

    /// Returns the text without the white space around its value. Complexity: O(the raw length).
    pub(crate) fn trimmed(self) -> Self {
        let mut chars = self.chars();
        let (mut value, mut behind) = (None, "");
        loop {
            chars.markup();
            let before = chars.clone();
            match chars.next() {
                Some(c) if is_space(c) => {}
                Some(_) => {
                    value.get_or_insert(before);
                    behind = chars.rest;
                }
                None => return value.unwrap_or(chars).before(behind),
            }
        }
    }

    /// Returns the prefix of a QName, empty if it has none, and its local name. The first colon of the value divides
    /// them.
    pub(crate) fn split(self) -> (Self, Self) {
        let mut chars = self.chars();
        loop {
            chars.markup();
            let behind = chars.rest;
            match chars.next() {
                Some(':') => {
                    chars.markup();
                    return (self.chars().before(behind), chars.before(""));
                }
                Some(_) => {}
                None => return (self.chars().before(self.raw), self),
            }
        }
    }
}

impl<'a> From<&'a str> for Text<'a> {
    /// Returns a text for writing, as [`Text::new`] does.
    fn from(value: &'a str) -> Self {
        Self::new(value)
    }
}

/// Returns a checked slice as a string. For a slice that is not UTF-8, which cannot happen, it returns an empty string.
pub(crate) const fn str_of(checked: &[u8]) -> &str {
    match core::str::from_utf8(checked) {
        Ok(text) => text,
        Err(_) => "",
    }
}

pub(crate) const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        let (mut one, mut other) = (self.chars(), other.chars());
        loop {
            if (one.form, other.form) == (Form::Attribute, Form::Attribute) {
                let same = alike(one.rest, other.rest);
                one.rest = one.rest.get(same..).unwrap_or_default();
                other.rest = other.rest.get(same..).unwrap_or_default();
            }
            match (one.next(), other.next()) {
                (None, None) => return true,
                (a, b) if a == b => {}
                _ => return false,
            }
        }
    }
}

/// Returns the number of equal bytes at the beginning of two attribute values. These bytes stand for equal characters, since
/// only whole characters, references and line ends count.
fn alike(one: &str, other: &str) -> usize {
    let bytes = one.as_bytes();
    let mut same = bytes.iter().zip(other.as_bytes()).take_while(|(a, b)| a == b).count();
    let common = bytes.get(..same).unwrap_or_default();
    match common.iter().rposition(|b| matches!(b, b'&' | b';')) {
        Some(at) if common.get(at) == Some(&b'&') => same = at,
        _ if common.last() == Some(&b'\r') => same = same.saturating_sub(1),
        _ => {}
    }
    while !one.is_char_boundary(same) {
        same = same.saturating_sub(1);
    }
    same
}

impl Eq for Text<'_> {}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        match self.as_str() {
            Some(value) => value == other,
            None => self.chars().eq(other.chars()),
        }
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_str() {
            Some(value) => f.write_str(value),
            None => self.chars().try_for_each(|c| f.write_char(c)),
        }
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.raw.len())
    }
}

/// An iterator over the characters of a [`Text`]'s value.
///
/// ```
/// use umsoap::Text;
/// assert!(Text::new("a&b").chars().eq("a&b".chars()));
/// ```
#[derive(Clone)]
pub struct Chars<'a> {
    rest: &'a str,
    form: Form,
    cdata: bool,
}

impl fmt::Debug for Chars<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chars({} bytes)", self.rest.len())
    }
}

impl Iterator for Chars<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        if self.form == Form::Content {
            self.markup();
        }
        let mut chars = self.rest.chars();
        let c = chars.next()?;
        self.rest = chars.as_str();
        match (c, self.form) {
            ('&', Form::Content | Form::Attribute) if !self.cdata => self.reference(),
            ('\r', Form::Content | Form::Attribute) => {
                self.rest = self.rest.strip_prefix('\n').unwrap_or(self.rest);
                Some(if self.form == Form::Content { '\n' } else { ' ' })
            }
            ('\n' | '\t', Form::Attribute) => Some(' '),
            _ => Some(c),
        }
    }
}

impl<'a> Chars<'a> {
    /// Returns the text from here to `behind`, which must be an end of the same raw characters.
    fn before(&self, behind: &str) -> Text<'a> {
        let length = self.rest.len().saturating_sub(behind.len());
        let form = if self.cdata { Form::Cdata } else { self.form };
        Text { raw: self.rest.get(..length).unwrap_or_default(), form }
    }

    /// Skips comments, and the delimiters of CDATA sections.
    fn markup(&mut self) {
        while self.form == Form::Content {
            if self.cdata {
                match self.rest.strip_prefix("]]>") {
                    Some(rest) => (self.rest, self.cdata) = (rest, false),
                    None => return,
                }
            } else if let Some(rest) = self.rest.strip_prefix("<![CDATA[") {
                (self.rest, self.cdata) = (rest, true);
            } else if let Some(rest) = self.rest.strip_prefix("<!--") {
                self.rest = rest.split_once("-->").map_or("", |(_, after)| after);
            } else {
                return;
            }
        }
    }

    /// Returns the character of a reference in a checked text, after its `&`.
    fn reference(&mut self) -> Option<char> {
        let (c, length) = reference(self.rest.as_bytes())?;
        self.rest = self.rest.get(length..)?;
        Some(c)
    }
}

/// Returns the character of a checked reference, which begins after its `&`, and its length up to its `;` included.
fn reference(bytes: &[u8]) -> Option<(char, usize)> {
    let (radix, digits_at) = match bytes {
        [b'#', b'x', ..] => (16, 2),
        [b'#', ..] => (10, 1),
        _ => {
            let mut reference = Reference::Start;
            let mut steps = bytes.iter().zip(1..).map(|(&b, length)| (reference.step(b), length));
            return steps.find_map(|(step, length)| Some((step.ok()??, length)));
        }
    };
    let mut n = 0_u32;
    for (&b, length) in bytes.iter().zip(1..).skip(digits_at) {
        let digit = match b {
            b'0'..=b'9' => b.wrapping_sub(b'0'),
            b';' => return Some((char::from_u32(n)?, length)),
            _ => (b | 0x20).wrapping_sub(b'a').wrapping_add(10),
        };
        n = n.wrapping_mul(radix).wrapping_add(u32::from(digit));
    }
    None
}

/// Returns whether a checked attribute value stands for `value`. It compares as [`Text::attribute`] does, but byte by
/// byte.
pub(crate) fn attribute_is(mut raw: &[u8], mut value: &[u8]) -> bool {
    while let Some((&b, behind)) = raw.split_first() {
        raw = behind;
        let meant = match b {
            b'&' => {
                let Some((c, length)) = reference(raw) else { return false };
                raw = raw.get(length..).unwrap_or_default();
                if !c.is_ascii() {
                    match value.strip_prefix(c.encode_utf8(&mut [0; 4]).as_bytes()) {
                        Some(rest) => value = rest,
                        None => return false,
                    }
                    continue;
                }
                c as u8
            }
            b'\r' => {
                raw = raw.strip_prefix(b"\n").unwrap_or(raw);
                b' '
            }
            b'\n' | b'\t' => b' ',
            // Every byte of a character outside ASCII stands for itself.
            _ => b,
        };
        match value.split_first() {
            Some((&first, rest)) if first == meant => value = rest,
            _ => return false,
        }
    }
    value.is_empty()
}

/// Writes a value as element content, with `&`, `<`, `>` and CR as references. Refuses the first character that XML
/// cannot carry, with its position in the value in bytes.
pub(crate) fn escape(text: &Text<'_>, out: &mut impl Sink) -> Result<(), (ErrorKind, usize)> {
    let mut at = 0_usize;
    let plain = |b: u8| b.is_ascii() && b >= 0x20 && !matches!(b, b'&' | b'<' | b'>');
    if let Some(value) = text.as_str().filter(|value| value.bytes().all(plain)) {
        out.put(value.as_bytes());
        return Ok(());
    }
    for c in text.chars() {
        match c {
            '&' => out.put(b"&amp;"),
            '<' => out.put(b"&lt;"),
            '>' => out.put(b"&gt;"),
            '\r' => out.put(b"&#13;"),
            _ if !chars::is_char(c) => return Err((ErrorKind::UnwritableChar, at)),
            _ => out.put(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        at = at.saturating_add(c.len_utf8());
    }
    Ok(())
}

/// Writes the value of an attribute, escaped for a place between double quotes.
pub(crate) fn escape_attribute(text: &Text<'_>, out: &mut impl Sink) -> Result<(), (ErrorKind, usize)> {
    let mut at = 0_usize;
    for c in text.chars() {
        match c {
            '&' => out.put(b"&amp;"),
            '<' => out.put(b"&lt;"),
            '"' => out.put(b"&quot;"),
            '\r' => out.put(b"&#13;"),
            '\n' => out.put(b"&#10;"),
            '\t' => out.put(b"&#9;"),
            _ if !chars::is_char(c) => return Err((ErrorKind::UnwritableChar, at)),
            _ => out.put(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        at = at.saturating_add(c.len_utf8());
    }
    Ok(())
}

/// Compares each trick with a value that is built as the specification words it: line ends first, then piece by piece.
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use std::borrow::ToOwned as _;
    use std::format;
    use std::string::{String, ToString as _};
    use std::vec::Vec;

    use super::*;

    /// Returns the character of a reference.
    fn meant(name: &str) -> char {
        match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "apos" => '\'',
            "quot" => '"',
            _ => {
                let number = match name.strip_prefix("#x") {
                    Some(digits) => u32::from_str_radix(digits, 16),
                    None => name[1..].parse(),
                };
                char::from_u32(number.unwrap()).unwrap()
            }
        }
    }

    /// Returns the value of a checked text.
    fn value(raw: &str, form: Form) -> String {
        let lines = raw.replace("\r\n", "\n").replace('\r', "\n");
        let (mut rest, mut value) = (lines.as_str(), String::new());
        while let Some(c) = rest.chars().next() {
            if let (Form::Content, Some(behind)) = (form, rest.strip_prefix("<!--")) {
                rest = behind.split_once("-->").unwrap().1;
            } else if let (Form::Content, Some(behind)) = (form, rest.strip_prefix("<![CDATA[")) {
                let (inside, behind) = behind.split_once("]]>").unwrap();
                value.push_str(inside);
                rest = behind;
            } else if c == '&' {
                let (name, behind) = rest[1..].split_once(';').unwrap();
                value.push(meant(name));
                rest = behind;
            } else {
                value.push(if form == Form::Attribute && is_space(c) { ' ' } else { c });
                rest = &rest[c.len_utf8()..];
            }
        }
        value
    }

    const CONTENT: [&str; 24] = [
        "a",
        "1",
        ":",
        " ",
        "\t",
        "\r",
        "\n",
        "]",
        "]]",
        ";",
        "é",
        "😀",
        "&amp;",
        "&#58;",
        "&#x20;",
        "&#13;",
        "&#x1F600;",
        "<!---->",
        "<!--:-->",
        "<!--]]> -> -->",
        "<![CDATA[]]>",
        "<![CDATA[ :]]>",
        "<![CDATA[]]]>",
        "<![CDATA[a\r]]>",
    ];
    const ATTRIBUTE: [&str; 20] = [
        "a",
        "1",
        ":",
        " ",
        "\t",
        "\r",
        "\n",
        "]",
        ";",
        "#",
        "é",
        "😀",
        "&amp;",
        "&#38;",
        "&#58;",
        "&#x20;",
        "&#xA;",
        "&#13;",
        "&#x1F600;",
        "&apos;",
    ];

    /// Returns all texts of up to `most` of these pieces.
    fn texts(pieces: &[&str], most: usize) -> Vec<String> {
        let mut all = Vec::from([String::new()]);
        let mut from = 0;
        for _ in 0..most {
            let to = all.len();
            for n in from..to {
                let longer: Vec<String> = pieces.iter().map(|piece| format!("{}{piece}", all[n])).collect();
                all.extend(longer);
            }
            from = to;
        }
        all
    }

    fn of(raw: &str, form: Form) -> Text<'_> {
        Text { raw, form }
    }

    #[test]
    fn every_short_text() {
        for (form, pieces) in [(Form::Content, &CONTENT[..]), (Form::Attribute, &ATTRIBUTE)] {
            for raw in texts(pieces, 3) {
                let (text, value) = (of(&raw, form), value(&raw, form));
                assert_eq!(text.to_string(), value, "{raw:?}");
                assert_eq!(text.chars().collect::<String>(), value, "{raw:?}");
                assert_eq!(text.as_str(), (raw == value).then_some(raw.as_str()), "{raw:?}");
                assert_eq!(text.copy_to(&mut [0; 99]), value, "{raw:?}");
                assert!(text == *value.as_str() && text != *format!("{value}x"), "{raw:?}");
                let trimmed = value.trim_matches(is_space);
                assert_eq!(text.trimmed().to_string(), trimmed, "{raw:?}");
                assert!(text.trimmed().as_str().is_none_or(|plain| plain == trimmed), "{raw:?}");
                assert_eq!(text.trimmed().trimmed().to_string(), trimmed, "{raw:?}");
                let (prefix, local) = text.split();
                let expected = value.split_once(':').unwrap_or(("", &value));
                assert_eq!((&*prefix.to_string(), &*local.to_string()), expected, "{raw:?}");
                for word in ["", "a", "1", "a1", ":"] {
                    assert_eq!(text.trimmed_eq(word), trimmed == word, "{raw:?} {word}");
                }
                assert_eq!(text.bit(), if value == "1" { Some(true) } else { None }, "{raw:?}");
                assert_eq!(text.boolean(), if trimmed == "1" { Some(true) } else { None }, "{raw:?}");
            }
        }
    }

    /// Compares each pair of texts. They are equal exactly when their values are.
    #[test]
    fn every_pair_of_texts() {
        let texts_of = |form: Form, pieces: &[&str], most: usize| {
            let all = texts(pieces, most).into_iter();
            all.map(|raw| (value(&raw, form), form, raw)).collect::<Vec<_>>()
        };
        let few = ["a", "&", "&amp;", "&#38;", "&#x26;", " ", "\r", "\n", "\r\n", ";", "38;", "é", "&#xE9;"];
        let few: Vec<&str> = few.into_iter().filter(|piece| *piece != "&").collect();
        let mut all = texts_of(Form::Attribute, &few, 2);
        all.extend(texts_of(Form::Attribute, &["a", "\r", "\n", "&#38;", "&#97;", ";"], 3));
        all.extend(texts_of(Form::Content, &["a", "&amp;", "\r", "\n", "<!---->", "<![CDATA[a]]>"], 2));
        for (one, form, raw) in &all {
            for (other, other_form, other_raw) in &all {
                let same = of(raw, *form) == of(other_raw, *other_form);
                assert_eq!(same, one == other, "{raw:?} {other_raw:?}");
                if *form == Form::Attribute {
                    assert_eq!(
                        attribute_is(raw.as_bytes(), other.as_bytes()),
                        one == other,
                        "{raw:?} {other:?}"
                    );
                }
            }
        }
    }

    /// Puts each mark at every place of every length. A mark makes the value differ from the raw text.
    #[test]
    fn a_mark_at_every_place() {
        for length in 1..=130 {
            for place in 0..length {
                for (form, mark, marks) in [
                    (Form::Content, "&", true),
                    (Form::Content, "<", true),
                    (Form::Content, "\r", true),
                    (Form::Content, "]", false),
                    (Form::Content, "\n", false),
                    (Form::Cdata, "]", true),
                    (Form::Cdata, "\r", true),
                    (Form::Attribute, "&", true),
                    (Form::Attribute, "\r", true),
                    (Form::Attribute, "\n", true),
                    (Form::Attribute, "\t", true),
                    (Form::Attribute, " ", false),
                    (Form::Plain, "&", false),
                ] {
                    let raw = format!("{}{mark}{}", "x".repeat(place), "x".repeat(length - place - 1));
                    assert_eq!(of(&raw, form).as_str().is_none(), marks, "{raw:?} {form:?}");
                }
            }
        }
    }

    /// Reads a whole reference, after its `&`.
    fn read(reference: &str) -> Result<Option<char>, ErrorKind> {
        let mut state = Reference::Start;
        let mut read = None;
        for b in reference.bytes() {
            assert_eq!(read, None, "{reference}");
            read = state.step(b)?;
        }
        Ok(read)
    }

    #[test]
    fn every_number() {
        let legal = |n: u32| char::from_u32(n).filter(|&c| chars::is_char(c));
        for n in (0..0x11_0100).chain((0x11_0100..u32::MAX).step_by(9_999_991)).chain([u32::MAX]) {
            let expected = legal(n).map(Some).ok_or(ErrorKind::InvalidCharReference);
            for written in [format!("#{n};"), format!("#x{n:x};"), format!("#x000{n:X};")] {
                assert_eq!(read(&written), expected, "{written}");
                if let Ok(Some(c)) = expected {
                    assert_eq!(reference(written.as_bytes()), Some((c, written.len())), "{written}");
                }
            }
        }
        // These numbers are 65 and a power of two, which a `u32` or a `u64` cannot hold.
        for written in ["#4294967361;", "#x100000041;", "#18446744073709551681;", "#x10000000000000041;"] {
            assert_eq!(read(written), Err(ErrorKind::InvalidCharReference));
        }
    }

    #[test]
    fn every_short_name() {
        let letters = ["a", "m", "p", "o", "s", "q", "u", "t", "l", "g", "A", "#", "x", "0", ";"];
        let known = ["amp;", "lt;", "gt;", "apos;", "quot;"];
        let ends_once = |name: &String| name.find(';').is_none_or(|at| at + 1 == name.len());
        for name in texts(&letters, 5).into_iter().filter(ends_once) {
            if let Ok(Some(c)) = read(&name) {
                assert!(known.contains(&&*name) || name.starts_with('#'), "{name}");
                assert_eq!(c, meant(&name[..name.len() - 1]));
                assert_eq!(reference(name.as_bytes()), Some((c, name.len())));
            } else {
                assert!(!known.contains(&&*name), "{name}");
            }
        }
    }

    type Outcome = Result<(), (ErrorKind, usize)>;

    struct Written(Vec<u8>);

    impl Sink for Written {
        fn put(&mut self, bytes: &[u8]) {
            self.0.extend_from_slice(bytes);
        }
    }

    /// Writes every character, alone and after others that the short way accepts.
    #[test]
    fn every_character_is_written() {
        let edges = ['\u{D7FF}', '\u{E000}', '\u{FFFD}', '\u{FFFE}', '\u{FFFF}', '\u{10000}', char::MAX];
        for c in ('\0'..='\u{200}').chain(edges) {
            // A text of such characters alone must not take the short way either.
            for (before, after) in [("", ""), ("", "a"), ("a", "a"), ("é", "a"), ("aaaaaaaa", "a")] {
                let plain = format!("{before}{c}{after}");
                let escaped = |with: &[(char, &str)]| {
                    let escape = with.iter().find(|(special, _)| *special == c);
                    escape.map_or_else(|| plain.clone(), |(_, name)| format!("{before}&{name};{after}"))
                };
                let expected = |with: &[(char, &str)]| match chars::is_char(c) {
                    true => Ok(escaped(with)),
                    false => Err((ErrorKind::UnwritableChar, before.len())),
                };
                let written = |escape: &dyn Fn(&mut Written) -> Outcome| {
                    let mut out = Written(Vec::new());
                    escape(&mut out).map(|()| str_of(&out.0).to_owned())
                };
                let text = Text::new(&plain);
                let content = [('&', "amp"), ('<', "lt"), ('>', "gt"), ('\r', "#13")];
                assert_eq!(written(&|out| escape(&text, out)), expected(&content), "{plain:?}");
                let attribute =
                    [('&', "amp"), ('<', "lt"), ('"', "quot"), ('\r', "#13"), ('\n', "#10"), ('\t', "#9")];
                assert_eq!(written(&|out| escape_attribute(&text, out)), expected(&attribute), "{plain:?}");
            }
        }
    }
}

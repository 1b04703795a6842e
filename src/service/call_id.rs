//! The identifier of a call.
//!
//! The accessors are inlined. `parse` and `as_raw` together took 68 ns when `as_raw` was a call that took the CallId in
//! memory. They take 58 ns since `as_raw` is inlined.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};

use crate::base::error::Error;
use crate::service::base64;
use crate::service::schema::Simple;
use crate::service::values::Field;
use crate::xml::scan;
use crate::xml::text::{self, Text};

/// The most characters that a CallId may have: MS-OXWUMS 3.1.4.3.2.1.
pub(crate) const MAX_CALL_ID_CHARS: usize = 512;

/// The most bytes that the value of a read CallId takes: each character takes 4 bytes at most.
const MAX_VALUE_BYTES: usize = MAX_CALL_ID_CHARS * 4;

/// The identifier of a call, as PlayOnPhone returned it: an `xs:string` of 1 to 512 characters.
///
/// The identifier is a bearer handle: do not log the whole of it. `Debug` prints only its length, and `Display` its
/// value.
///
/// ```
/// use umsoap::GetCallInfo;
/// let request = GetCallInfo::new("a&b");
/// let call_id = request.call_id();
/// assert!(call_id == "a&b" && call_id.to_string() == "a&b");
/// ```
#[derive(Clone, Copy)]
pub struct CallId<'a> {
    raw: &'a [u8],
    known: Known,
}

/// The knowledge about the raw bytes of a CallId.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    /// The bytes have been checked. They may have references, CDATA sections and comments.
    Checked,
    /// The bytes are the value.
    Plain,
    /// The bytes are the value. They are ASCII characters from the blank on, without `&`, `<` and `>`, so they can be
    /// written unchanged.
    Printable,
}

impl<'a> CallId<'a> {
    /// Returns a value for writing.
    pub(crate) const fn new(value: &'a str) -> Self {
        let raw = value.as_bytes();
        Self { raw, known: if scan::is_printable(raw) { Known::Printable } else { Known::Plain } }
    }

    pub(crate) const fn read(raw: &'a [u8]) -> Self {
        Self { raw, known: Known::Checked }
    }

    /// Returns a CallId that was read. Its bytes are known to be its value, and to be printable.
    pub(crate) const fn plain(raw: &'a [u8]) -> Self {
        Self { raw, known: Known::Printable }
    }

    #[inline(always)]
    const fn is_verbatim(&self) -> bool {
        !matches!(self.known, Known::Checked)
    }

    /// Returns the bytes between the tags, a slice of the input. For a CallId that was made for writing, these are the bytes
    /// of the value. The bytes have been checked to be UTF-8 and legal. One value can be written in many ways: see
    /// [`value_bytes`](Self::value_bytes).
    #[inline]
    pub const fn as_raw_bytes(&self) -> &'a [u8] {
        self.raw
    }

    /// Returns [`as_raw_bytes`](Self::as_raw_bytes) as a string. Complexity: O(its length), since safe code has to
    /// check again that the bytes are UTF-8.
    #[inline]
    pub const fn as_raw(&self) -> &'a str {
        text::str_of(self.raw)
    }

    /// Returns the value, if the raw bytes are the value: they have no reference, CR, CDATA section or comment.
    /// Complexity: O(its length), as for [`as_raw`](Self::as_raw).
    #[inline]
    pub fn as_str(&self) -> Option<&'a str> {
        if self.is_verbatim() { Some(self.as_raw()) } else { self.text().as_str() }
    }

    /// Returns the bytes of the value, if the raw bytes are the value, as they nearly always are. These are the bytes
    /// to compare, to hash, or to look up. Otherwise [`text`](Self::text) returns the value.
    #[inline]
    pub fn value_bytes(&self) -> Option<&'a [u8]> {
        if self.is_verbatim() { Some(self.raw) } else { self.as_str().map(str::as_bytes) }
    }

    /// Returns the value as a text, whose characters can be walked without a copy.
    pub const fn text(&self) -> Text<'a> {
        if self.is_verbatim() { Text::new(self.as_raw()) } else { Text::content(self.raw) }
    }

    /// Decodes the value as base64 into the beginning of `out` (RFC 4648 section 4: padded, canonical, no white space).
    /// Base64 is a habit of the real server, not a rule of the protocol. 384 bytes are enough for any CallId.
    ///
    /// # Errors
    /// Returns `Base64Alphabet`, `Base64Padding` or `Base64Tail` with the position in the value in bytes, or
    /// `BufferTooSmall`.
    pub fn decode<'b>(&self, out: &'b mut [u8]) -> Result<&'b mut [u8], Error> {
        let refused = |(kind, at)| Error::new(kind, at, None);
        if let Some(value) = self.value_bytes() {
            return base64::decode(value, out).map_err(refused);
        }
        base64::decode(self.resolved(&mut [0; MAX_VALUE_BYTES]).as_bytes(), out).map_err(refused)
    }

    /// Copies the value into the beginning of `out` and returns the copy. 2,048 bytes are enough for any CallId that
    /// was read: 512 characters of at most 4 bytes.
    ///
    /// ```
    /// use umsoap::GetCallInfo;
    /// let mut buffer = [0; 2048];
    /// let id = GetCallInfo::new("MDlk").call_id();
    /// assert_eq!(id.copy_to(&mut buffer)?, "MDlk");
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns `BufferTooSmall` with the length of the value. Nothing is written then.
    pub fn copy_to<'b>(&self, out: &'b mut [u8]) -> Result<&'b str, Error> {
        let text = self.text();
        let needed = match self.value_bytes() {
            Some(value) => value.len(),
            None => text.chars().fold(0, |sum: usize, c| sum.saturating_add(c.len_utf8())),
        };
        let out = out.get_mut(..needed).ok_or(Error::too_small(needed))?;
        Ok(text.copy_to(out))
    }

    /// Returns the value of a CallId that was read and has references, CDATA sections, comments or a CR.
    fn resolved<'b>(&self, buffer: &'b mut [u8; MAX_VALUE_BYTES]) -> &'b str {
        self.text().copy_to(buffer)
    }
}

/// Returns the server name in a decoded CallId of the form `GUID@host`, which is a habit of the real server.
///
/// **Never connect to this name.** The client can choose it. Look it up in a list of your own servers.
///
/// ```
/// assert_eq!(umsoap::um_server(b"09df9edc-4e23-4709-bdaf-7be20cb0ae56@um.example.com"), Some("um.example.com"));
/// assert_eq!(umsoap::um_server(b"um.example.com"), None);
/// ```
pub fn um_server(decoded: &[u8]) -> Option<&str> {
    let (guid, host) = core::str::from_utf8(decoded).ok()?.split_once('@')?;
    // A GUID has 8-4-4-4-12 hexadecimal digits. A host name has at most 253 characters (RFC 1035).
    let hex = |(at, b): (usize, u8)| match at {
        8 | 13 | 18 | 23 => b == b'-',
        _ => b.is_ascii_hexdigit(),
    };
    let label = |l: &str| {
        (1..=63).contains(&l.len())
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    (guid.len() == 36 && guid.bytes().enumerate().all(hex) && host.len() <= 253 && host.split('.').all(label))
        .then_some(host)
}

impl fmt::Display for CallId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text().fmt(f)
    }
}

impl fmt::Debug for CallId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CallId({} bytes)", self.raw.len())
    }
}

/// Compares the values.
impl PartialEq for CallId<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self.is_verbatim(), other.is_verbatim()) {
            (true, true) => self.raw == other.raw,
            _ => self.text() == other.text(),
        }
    }
}

impl Eq for CallId<'_> {}

/// Compares the values, in the order of their characters.
impl Ord for CallId<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.is_verbatim(), other.is_verbatim()) {
            // The order of UTF-8 bytes is the order of the characters.
            (true, true) => self.raw.cmp(other.raw),
            _ => self.text().chars().cmp(other.text().chars()),
        }
    }
}

impl PartialOrd for CallId<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Hashes the value. Thus two CallIds with equal values have equal hashes, however they are written.
impl Hash for CallId<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // The value is hashed in one piece, however it is written, since a hasher may tell pieces apart.
        match self.value_bytes() {
            Some(value) => value.hash(state),
            None => self.resolved(&mut [0; MAX_VALUE_BYTES]).as_bytes().hash(state),
        }
    }
}

/// Compares the value.
impl PartialEq<str> for CallId<'_> {
    fn eq(&self, other: &str) -> bool {
        if self.is_verbatim() { self.raw == other.as_bytes() } else { self.text() == *other }
    }
}

/// Compares the value.
impl PartialEq<&str> for CallId<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl<'a> Field<'a> for CallId<'a> {
    const SIMPLE: Simple = Simple::String { least: 1, most: MAX_CALL_ID_CHARS as u16 };
    const IS_CALL_ID: bool = true;

    fn found(text: Option<&'a [u8]>, _: u8) -> Self {
        Self::read(text.unwrap_or_default())
    }

    #[inline(always)]
    fn usual(text: &'a [u8], printable: bool) -> Option<Self> {
        Some(if printable { Self::plain(text) } else { Self::read(text) })
    }

    fn text(&self) -> Option<Text<'a>> {
        Some(Self::text(self))
    }
}

impl<'a> CallId<'a> {
    /// Returns the raw bytes of the CallId if they can be written unchanged: ASCII characters from the blank on, without
    /// `&`, `<` and `>`. Returns `None` for an empty or too long CallId. Most CallIds can be written unchanged.
    pub(crate) fn printable(&self) -> Option<&'a [u8]> {
        let is_printable = self.known == Known::Printable || scan::is_printable(self.raw);
        let fits = !self.raw.is_empty() && self.raw.len() <= MAX_CALL_ID_CHARS;
        (fits && is_printable).then_some(self.raw)
    }
}

//! The limits of a message, and the options for reading it.

/// Bounds on the work and the memory that one message may cost. Each bound has an error of its own, in
/// [`Category::Limit`](crate::Category::Limit). All bounds hold in every way of parsing.
///
/// Except for [`message_bytes`](Self::message_bytes), which may be raised up to `u32::MAX`, the defaults are also the
/// most that the fixed arrays of the decoder hold.
///
/// ```
/// use umsoap::{Envelope, ErrorKind, Limits, Options};
/// const LIMITS: Limits = Limits::DEFAULT
///     .with_message_bytes(4096).unwrap()
///     .with_depth(4).unwrap()
///     .with_attributes(16).unwrap()
///     .with_declarations(16).unwrap()
///     .with_tag_bytes(1024).unwrap()
///     .with_name_bytes(256).unwrap()
///     .with_namespace_bytes(1024).unwrap()
///     .with_text_bytes(600).unwrap();
/// let options = Options::new().with_limits(LIMITS);
/// let message = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'>\
///     <s:Body><a><b><c/></b></a></s:Body></s:Envelope>";
/// assert_eq!(Envelope::parse_with(message, &options).unwrap_err().kind(), ErrorKind::TooDeep);
/// assert!(Limits::DEFAULT.with_depth(129).is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    message_bytes: u32,
    depth: u8,
    attributes: u8,
    declarations: u8,
    tag_bytes: u16,
    name_bytes: u16,
    namespace_bytes: u16,
    text_bytes: u16,
}

// The sizes of the fixed arrays. Together they keep `Decoder` at 12,288 bytes at most.
/// The most open elements. SOAP needs 6, and the rest is for header blocks and fault details.
pub(crate) const MAX_DEPTH: usize = 128;
/// The most attributes of one element. Real elements carry fewer than 10.
pub(crate) const MAX_ATTRIBUTES: usize = 128;
/// The most namespace declarations in scope. Real messages carry fewer than 20.
pub(crate) const MAX_DECLARATIONS: usize = 64;
/// The most bytes of a start tag: one page, which has room for the attributes of a signed token.
pub(crate) const MAX_TAG_BYTES: usize = 4096;
/// The most bytes of the names of all open elements as written: 8 bytes for each at full depth.
pub(crate) const MAX_NAME_BYTES: usize = 1024;
/// The most bytes of the prefixes and namespace names in scope: 32 bytes for each of 64 declarations.
pub(crate) const MAX_NAMESPACE_BYTES: usize = 2048;
/// The most bytes of kept raw text: a CallId of 512 characters, each written as a reference of 6 bytes (`&#123;`).
pub(crate) const MAX_TEXT_BYTES: usize = 3072;
/// The most bytes that are kept beside texts, on top of the room that the texts leave. They hold the language of a
/// fault's reason, and the namespaces of its codes and its detail that the library does not know. 64 bytes have room
/// for a language and a short name.
pub(crate) const MAX_EXTRA_BYTES: usize = 64;

/// The most bytes of the texts of header blocks that a decoder keeps: four identifiers of 256 bytes. These texts lie at
/// the end of the room for the body's texts. The body's texts nearly always take less than two thirds of that room.
/// Longer ones overwrite the texts of header blocks.
pub(crate) const MAX_BLOCK_BYTES: usize = 1024;

/// A language that a reason inherits from an element around it: tags of up to 35 bytes must be expected
/// (<https://www.rfc-editor.org/rfc/rfc5646#section-4.4.1>). A longer one is not inherited.
pub(crate) const MAX_INHERITED_LANG_BYTES: usize = 35;

macro_rules! limit {
    ($(#[$doc:meta])* $get:ident, $set:ident, $type:ty, $max:expr) => {
        $(#[$doc])*
        pub const fn $get(&self) -> $type {
            self.$get
        }

        #[doc = concat!("Returns this value with another [`", stringify!($get), "`](Self::", stringify!($get),
            "); `None` above what the fixed arrays hold.")]
        #[must_use]
        pub const fn $set(mut self, most: $type) -> Option<Self> {
            if most as u64 > $max as u64 {
                return None;
            }
            self.$get = most;
            Some(self)
        }
    };
}

impl Limits {
    /// The default limits: 1 MiB of message, depth 128, 128 attributes on an element, 64 declarations in scope, a start
    /// tag of 4,096 bytes, 1,024 bytes of open names, 2,048 bytes of namespaces in scope, 3,072 bytes of text.
    pub const DEFAULT: Self = Self {
        // This is 16 times the 64 KiB that Outlook's requests take with a signed token. Without a token they take 400 bytes.
        message_bytes: 1 << 20,
        depth: MAX_DEPTH as u8,
        attributes: MAX_ATTRIBUTES as u8,
        declarations: MAX_DECLARATIONS as u8,
        tag_bytes: MAX_TAG_BYTES as u16,
        name_bytes: MAX_NAME_BYTES as u16,
        namespace_bytes: MAX_NAMESPACE_BYTES as u16,
        text_bytes: MAX_TEXT_BYTES as u16,
    };

    limit!(
        /// Returns the most bytes of the message. Default 1,048,576; at most `u32::MAX`.
        message_bytes, with_message_bytes, u32, u32::MAX);
    limit!(
        /// Returns the most elements that may be open at one time. Default and maximum 128.
        depth, with_depth, u8, MAX_DEPTH);
    limit!(
        /// Returns the most attributes of one element, namespace declarations included. Default and maximum 128.
        attributes, with_attributes, u8, MAX_ATTRIBUTES);
    limit!(
        /// Returns the most namespace declarations in scope at one time. Default and maximum 64.
        declarations, with_declarations, u8, MAX_DECLARATIONS);
    limit!(
        /// Returns the most bytes of a start tag, from `<` to `>`. The limit holds for the XML declaration, too.
        /// Default and maximum 4,096.
        tag_bytes, with_tag_bytes, u16, MAX_TAG_BYTES);
    limit!(
        /// Returns the most bytes of the names of all open elements together, as written. Default and maximum 1,024.
        name_bytes, with_name_bytes, u16, MAX_NAME_BYTES);
    limit!(
        /// Returns the most bytes of the prefixes and namespace names of all declarations in scope together. Default
        /// and maximum 2,048.
        namespace_bytes, with_namespace_bytes, u16, MAX_NAMESPACE_BYTES);
    limit!(
        /// Returns the most bytes of text that must be kept, as written: all strings of a message, or a fault's code,
        /// subcode, reason, actor, node and exception type together. Other kept parts share the room that the texts
        /// leave, and 64 bytes more. These parts are the language of a fault, the namespaces of its codes and its detail that
        /// the library does not know, and the name of a body entry that the library does not know. Default and maximum 3,072.
        text_bytes, with_text_bytes, u16, MAX_TEXT_BYTES);
}

impl Limits {
    /// Returns these limits, lowered to the sizes of smaller arrays.
    pub(crate) fn within(
        mut self,
        depth: usize,
        declarations: usize,
        names: usize,
        namespaces: usize,
    ) -> Self {
        self.depth = self.depth.min(depth as u8);
        self.declarations = self.declarations.min(declarations as u8);
        self.name_bytes = self.name_bytes.min(names as u16);
        self.namespace_bytes = self.namespace_bytes.min(namespaces as u16);
        self
    }

    /// Returns whether each limit except the message's length is at least as high as the other's. It is inlined, since
    /// `other` is a constant.
    #[inline(always)]
    pub(crate) const fn allow(&self, other: &Self) -> bool {
        self.depth >= other.depth
            && self.attributes >= other.attributes
            && self.declarations >= other.declarations
            && self.tag_bytes >= other.tag_bytes
            && self.name_bytes >= other.name_bytes
            && self.namespace_bytes >= other.namespace_bytes
            && self.text_bytes >= other.text_bytes
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The role in which a message is read. It decides which mandatory header blocks this node has to understand.
///
/// ```
/// use umsoap::{Envelope, Options, Role};
/// // A mandatory block without an actor is for the ultimate receiver.
/// let message = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'>\
///     <s:Header><t:Pay xmlns:t='urn:t' s:mustUnderstand='1'/></s:Header><s:Body><x/></s:Body></s:Envelope>";
/// assert!(Envelope::parse(message).is_err());
/// assert!(Envelope::parse_with(message, &Options::new().with_role(Role::Intermediary)).is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Role {
    /// The message ends here. Header blocks without an actor (1.2: role) are for this node, too.
    #[default]
    UltimateReceiver,
    /// The message travels on. Only header blocks for `next` and for [`Options::with_own_uris`] are for this node.
    Intermediary,
}

/// The declared encodings that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charset {
    /// UTF-8 only.
    Utf8,
    /// UTF-8, and for messages of pure ASCII also US-ASCII and ISO-8859-1.
    Ascii,
    /// Any encoding: the transport has said that the bytes are UTF-8.
    Fixed,
}

/// The names of header blocks that are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Understood<'o> {
    Borrowed(&'o [(&'o str, &'o str)]),
    /// Every name.
    All,
    #[cfg(feature = "std")]
    Owned(&'o [(std::string::String, std::string::String)]),
}

/// The values of actor that mean this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OwnUris<'o> {
    Borrowed(&'o [&'o str]),
    #[cfg(feature = "std")]
    Owned(&'o [std::string::String]),
}

/// The options for reading a message. They are `Copy`, and can be built in `const`.
///
/// ```
/// use umsoap::{Options, Role};
/// const OPTIONS: Options<'static> = Options::new()
///     .with_role(Role::Intermediary)
///     .with_own_uris(&["urn:example:gateway"])
///     .with_understood(&[("urn:example:trace", "TraceId")]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options<'o> {
    pub(crate) role: Role,
    understood: Understood<'o>,
    own_uris: OwnUris<'o>,
    pub(crate) kept_blocks: &'o [(&'o str, &'o str)],
    pub(crate) charset: Charset,
    pub(crate) limits: Limits,
}

impl Options<'static> {
    /// Returns the default options: [`Role::UltimateReceiver`], nothing understood, no own URIs, [`Limits::DEFAULT`].
    pub const fn new() -> Self {
        Self {
            role: Role::UltimateReceiver,
            understood: Understood::Borrowed(&[]),
            own_uris: OwnUris::Borrowed(&[]),
            kept_blocks: &[],
            charset: Charset::Utf8,
            limits: Limits::DEFAULT,
        }
    }
}

impl Options<'static> {
    /// Returns options under which no header block is refused for being mandatory.
    pub(crate) const fn understanding_all() -> Self {
        Self { understood: Understood::All, ..Self::new() }
    }
}

impl Default for Options<'static> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'o> Options<'o> {
    /// Sets the role in which messages are read.
    #[must_use]
    pub const fn with_role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }

    /// Sets the names of the mandatory header blocks that the caller understands, as (namespace name, local name).
    #[must_use]
    pub const fn with_understood(mut self, understood: &'o [(&'o str, &'o str)]) -> Self {
        self.understood = Understood::Borrowed(understood);
        self
    }

    /// Sets the names of the mandatory header blocks that the caller understands, as
    /// [`with_understood`](Self::with_understood) does, from names that a configuration owns. The options borrow them.
    /// Making options costs a few instructions, so that they can be made anew for every message.
    ///
    /// ```
    /// use umsoap::Options;
    ///
    /// struct Configuration {
    ///     understood: Vec<(String, String)>,
    ///     own_uris: Vec<String>,
    /// }
    ///
    /// impl Configuration {
    ///     fn options(&self) -> Options<'_> {
    ///         Options::new().with_understood_strings(&self.understood).with_own_uri_strings(&self.own_uris)
    ///     }
    /// }
    ///
    /// let understood = vec![("urn:example:trace".to_string(), "TraceId".to_string())];
    /// let configuration = Configuration { understood, own_uris: Vec::new() };
    /// let message = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Header>\
    ///     <t:TraceId xmlns:t='urn:example:trace' s:mustUnderstand='1'/></s:Header>\
    ///     <s:Body><x/></s:Body></s:Envelope>";
    /// assert!(umsoap::Envelope::parse_with(message, &configuration.options()).is_ok());
    /// ```
    #[cfg(feature = "std")]
    #[must_use]
    pub const fn with_understood_strings(
        mut self,
        understood: &'o [(std::string::String, std::string::String)],
    ) -> Self {
        self.understood = Understood::Owned(understood);
        self
    }

    /// Sets the values of actor (1.2: role) that mean this node, beside `next`.
    #[must_use]
    pub const fn with_own_uris(mut self, own_uris: &'o [&'o str]) -> Self {
        self.own_uris = OwnUris::Borrowed(own_uris);
        self
    }

    /// Sets the values of actor (1.2: role) that mean this node, as [`with_own_uris`](Self::with_own_uris) does, from
    /// strings that a configuration owns.
    #[cfg(feature = "std")]
    #[must_use]
    pub const fn with_own_uri_strings(mut self, own_uris: &'o [std::string::String]) -> Self {
        self.own_uris = OwnUris::Owned(own_uris);
        self
    }

    /// Returns whether `is` holds for one of the names that are understood.
    pub(crate) fn any_understood(&self, is: impl Fn(&str, &str) -> bool) -> bool {
        match self.understood {
            Understood::All => true,
            Understood::Borrowed(names) => names.iter().any(|(uri, local)| is(uri, local)),
            #[cfg(feature = "std")]
            Understood::Owned(names) => names.iter().any(|(uri, local)| is(uri, local)),
        }
    }

    /// Returns whether `is` holds for one of the own URIs.
    pub(crate) fn any_own_uri(&self, is: impl Fn(&str) -> bool) -> bool {
        match self.own_uris {
            OwnUris::Borrowed(uris) => uris.iter().any(|uri| is(uri)),
            #[cfg(feature = "std")]
            OwnUris::Owned(uris) => uris.iter().any(|uri| is(uri)),
        }
    }

    /// Sets the names of the header blocks whose text a [`Decoder`](crate::Decoder) keeps, as (namespace name, local
    /// name). [`Decoder::header_text`](crate::Decoder::header_text) returns the texts. Names after the fourth have no
    /// effect. The verdict on a message does not depend on these names: a mandatory block must be named by
    /// [`with_understood`](Self::with_understood), too.
    #[must_use]
    pub const fn with_kept_blocks(mut self, names: &'o [(&'o str, &'o str)]) -> Self {
        self.kept_blocks = names;
        self
    }

    /// Reads messages that declare US-ASCII or ISO-8859-1 and are of pure ASCII, as some stacks send them. Their bytes
    /// are those of UTF-8. With a byte outside ASCII, such a message stays refused as `DeclaredEncoding`, at the name
    /// of the encoding.
    ///
    /// ```
    /// use umsoap::{Envelope, ErrorKind, Options};
    /// let message = |text| format!("<?xml version='1.0' encoding='ISO-8859-1'?><s:Envelope \
    ///     xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><x>{text}</x></s:Body></s:Envelope>");
    /// let options = Options::new().with_ascii_encodings();
    /// assert!(Envelope::parse_with(message("J&#xE9;r").as_bytes(), &options).is_ok());
    /// for refused in [Envelope::parse(message("").as_bytes()), Envelope::parse_with(message("é").as_bytes(), &options)] {
    ///     assert_eq!(refused.unwrap_err().kind(), ErrorKind::DeclaredEncoding);
    /// }
    /// ```
    #[must_use]
    pub const fn with_ascii_encodings(mut self) -> Self {
        self.charset = Charset::Ascii;
        self
    }

    /// Ignores the encoding that a message declares, for a transport that has fixed the encoding. `charset=utf-8` in a
    /// `Content-Type` wins over the declaration ([RFC 7303 section
    /// 3](https://www.rfc-editor.org/rfc/rfc7303#section-3)). The bytes are read as UTF-8. UTF-16 and UTF-32 stay
    /// refused by their first bytes.
    ///
    /// ```
    /// use umsoap::{Envelope, Options};
    /// let message = "<?xml version='1.0' encoding='windows-1252'?><s:Envelope \
    ///     xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><x>é</x></s:Body></s:Envelope>";
    /// assert!(Envelope::parse(message.as_bytes()).is_err());
    /// assert!(Envelope::parse_with(message.as_bytes(), &Options::new().with_charset_of_transport()).is_ok());
    /// ```
    #[must_use]
    pub const fn with_charset_of_transport(mut self) -> Self {
        self.charset = Charset::Fixed;
        self
    }

    /// Sets the limits within which messages are read.
    #[must_use]
    pub const fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Returns the role in which messages are read.
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Returns the limits within which messages are read.
    pub const fn limits(&self) -> Limits {
        self.limits
    }
}

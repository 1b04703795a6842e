//! The errors: one kind for each rule that can be broken, with the rule's sentence and its source.

use core::fmt;

use crate::base::version::SoapVersion;

/// A refusal: the rule that was broken, and its byte offset.
///
/// ```
/// use umsoap::{ErrorKind, GetCallInfo};
/// let message = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><GetCallInfo \
///     xmlns='http://schemas.microsoft.com/exchange/services/2006/messages'></GetCallInfo></s:Body></s:Envelope>";
/// let error = GetCallInfo::parse(message).unwrap_err();
/// assert_eq!((error.kind(), error.element(), error.offset()), (ErrorKind::MissingChild, Some("CallId"), 154));
/// assert_eq!(error.to_string(), "CallId is missing at byte 154");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    /// The byte offset; for `BufferTooSmall`, the number of bytes that are needed.
    offset: usize,
    version: Option<SoapVersion>,
    element: ElementNumber,
}

/// The number of the schema element that a rule is about. The table of operations gives its name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct ElementNumber(pub(crate) u8);

impl ElementNumber {
    /// The number of no element of the schema.
    pub(crate) const NONE: Self = Self(u8::MAX);
}

/// Writes the number, or `None`.
impl fmt::Debug for ElementNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::NONE { f.write_str("None") } else { write!(f, "{}", self.0) }
    }
}

// An `Error` of this size is returned in two registers, and a `Stop` in one.
const _: () = assert!(size_of::<Error>() <= 16 && size_of::<Stop>() == 8);

impl Error {
    pub(crate) const fn new(kind: ErrorKind, offset: usize, version: Option<SoapVersion>) -> Self {
        Self { kind, offset, version, element: ElementNumber::NONE }
    }

    /// Returns the error for a stop in a message of this version.
    pub(crate) const fn stopped(stop: Stop, version: Option<SoapVersion>) -> Self {
        Self { kind: stop.kind, offset: stop.at(), version, element: stop.element }
    }

    pub(crate) const fn with_version(mut self, version: SoapVersion) -> Self {
        self.version = Some(version);
        self
    }

    /// Returns this error with the element of the schema that its rule is about.
    pub(crate) const fn about(mut self, element: ElementNumber) -> Self {
        self.element = element;
        self
    }

    pub(crate) const fn element_number(&self) -> ElementNumber {
        self.element
    }

    /// Returns the kind of the rule that was broken.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns the error of an output that does not fit into the buffer.
    pub(crate) const fn too_small(needed: usize) -> Self {
        Self::new(ErrorKind::BufferTooSmall, needed, None)
    }

    /// Returns the byte offset of the offence, from the start of the message. For [`Category::Output`] it is 0, or the
    /// position in the value that cannot be written or decoded.
    pub const fn offset(&self) -> usize {
        if let ErrorKind::BufferTooSmall = self.kind { 0 } else { self.offset }
    }

    /// Returns the number of bytes that the whole output takes, for [`BufferTooSmall`](ErrorKind::BufferTooSmall).
    pub const fn needed(&self) -> Option<usize> {
        if let ErrorKind::BufferTooSmall = self.kind { Some(self.offset) } else { None }
    }

    /// Returns the SOAP version of the message, if it was known when the message was refused. The refusal is answered
    /// in this version, or in 1.1 if the version is unknown. A [`VersionMismatch`](ErrorKind::VersionMismatch) is
    /// always answered in 1.1.
    pub const fn version(&self) -> Option<SoapVersion> {
        self.version
    }
}

impl core::error::Error for Error {}

/// Converts into an [`InvalidData`](std::io::ErrorKind::InvalidData) error, or into
/// [`InvalidInput`](std::io::ErrorKind::InvalidInput) for [`Category::Output`], as
/// [`Envelope::write_to`](crate::Envelope::write_to) does. The source of the error is the refusal itself.
///
/// ```
/// use std::io;
/// use umsoap::{Envelope, Error, ErrorKind};
///
/// fn check(message: &[u8]) -> io::Result<()> {
///     Envelope::parse(message)?;
///     Ok(())
/// }
/// let error = check(b"<x/>").unwrap_err();
/// assert_eq!(error.kind(), io::ErrorKind::InvalidData);
/// let refusal = error.get_ref().unwrap().downcast_ref::<Error>().unwrap();
/// assert_eq!(refusal.kind(), ErrorKind::NotEnvelope);
/// ```
#[cfg(feature = "std")]
impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        let kind = match error.kind().category() {
            Category::Output => std::io::ErrorKind::InvalidInput,
            _ => std::io::ErrorKind::InvalidData,
        };
        Self::new(kind, error)
    }
}

/// A position and a rule, before the version of the message is added. It takes 8 bytes, so that results travel in
/// registers. No message is longer than `u32::MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stop {
    pub(crate) kind: ErrorKind,
    pub(crate) element: ElementNumber,
    at: u32,
}

impl Stop {
    pub(crate) const fn at(self) -> usize {
        self.at as usize
    }

    /// Returns this stop with the element of the schema that its rule is about.
    pub(crate) const fn about(self, element: ElementNumber) -> Self {
        Self { element, ..self }
    }

    /// Returns this stop with its offset in the message. It was met in a slice that begins at the offset `start`.
    pub(crate) const fn behind(self, start: usize) -> Self {
        Self { at: self.at.wrapping_add(start as u32), ..self }
    }
}

/// Returns `Err` of a stop. Every refusal of the grammar is made here. The function is cold, so that the compiler keeps
/// refusals out of the hot path.
#[cold]
pub(crate) const fn stop<T>(kind: ErrorKind, at: usize) -> Result<T, Stop> {
    Err(Stop { kind, element: ElementNumber::NONE, at: at as u32 })
}

/// Returns `Err` of a stop by a rule for an element of the schema.
#[cold]
pub(crate) const fn stop_at_element<T>(
    kind: ErrorKind,
    element: ElementNumber,
    at: usize,
) -> Result<T, Stop> {
    Err(Stop { kind, element, at: at as u32 })
}

/// The sort of rule that was broken.
///
/// ```
/// use umsoap::{Category, Envelope};
/// let error = Envelope::parse(b"<!DOCTYPE x>").unwrap_err();
/// assert_eq!(error.kind().category(), Category::Doctype);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Category {
    /// The bytes are not well-formed XML 1.0. Invalid UTF-8, a bad declaration, truncation and empty input count here,
    /// too.
    NotWellFormed,
    /// The XML breaks a rule of Namespaces in XML 1.0.
    Namespace,
    /// The XML breaks a rule of SOAP or of the operation's schema.
    Soap,
    /// A document type declaration, which SOAP forbids.
    Doctype,
    /// A processing instruction, which SOAP forbids.
    ProcessingInstruction,
    /// An encoding other than UTF-8.
    Encoding,
    /// A mandatory header block for this node that is not understood.
    MustUnderstand,
    /// A message that exceeds one of [`Limits`](crate::Limits).
    Limit,
    /// A value that cannot be written, base64 that cannot be decoded, or misuse.
    Output,
}

impl Category {
    /// Returns the name of the variant, such as `NotWellFormed`, as a label for metrics and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotWellFormed => "NotWellFormed",
            Self::Namespace => "Namespace",
            Self::Soap => "Soap",
            Self::Doctype => "Doctype",
            Self::ProcessingInstruction => "ProcessingInstruction",
            Self::Encoding => "Encoding",
            Self::MustUnderstand => "MustUnderstand",
            Self::Limit => "Limit",
            Self::Output => "Output",
        }
    }
}

/// Writes the name of the variant.
impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Writes the name of the variant. [`message`](ErrorKind::message) says in words what is wrong.
impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

macro_rules! kinds {
    ($($code:literal $name:ident: $category:ident, $message:literal, $advice:literal, $source:literal, $url:literal;)*) => {
        /// The rule that was broken. Each rule has one variant.
        ///
        /// ```
        /// use umsoap::{Category, ErrorKind};
        /// // A metric for each rule.
        /// let counters: Vec<(u16, &str, u64)> = ErrorKind::ALL.iter().map(|kind| (kind.code(), kind.name(), 0)).collect();
        /// assert!(counters.contains(&(601, "TooDeep", 0)));
        /// assert_eq!(ErrorKind::TooDeep.category(), Category::Limit);
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $(
                #[doc = concat!("`", $message, "`. Legal there: `", $advice, "`. Source: [", $source, "](", $url, ").")]
                $name,
            )*
        }

        impl ErrorKind {
            /// The kinds, in the order of their codes.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Returns the number of the rule, from 1 to 999. A number never changes and is never given to another
            /// rule. So it can be stored, counted, and handed to other languages.
            pub const fn code(self) -> u16 {
                match self { $(Self::$name => $code,)* }
            }

            /// Returns the name of the variant, such as `MissingChild`, as a label for metrics and logs.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// Returns the name of the variant, as [`name`](Self::name) does.
            pub const fn as_str(self) -> &'static str {
                self.name()
            }

            /// Returns the sort of rule that was broken.
            pub const fn category(self) -> Category {
                match self { $(Self::$name => Category::$category,)* }
            }

            /// Returns in a few words what is wrong: in lower case, without a full stop.
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }

            /// Returns what would be legal there, or what to do.
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$name => $advice,)* }
            }
        }
    };
}

impl ErrorKind {
    /// Writes what is wrong with an element of the schema.
    pub(crate) fn write_about(self, element: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let predicate = match self {
            Self::MissingChild => "is missing",
            Self::DuplicateChild => "stands twice",
            Self::ChildOrder => "stands in the wrong place of the sequence",
            Self::EmptyValue => "is empty",
            Self::ValueTooLong => "has too many characters",
            Self::UnknownWord => "has a word that the enumeration does not have",
            Self::EnumWhiteSpace => "has white space around its word",
            Self::EnumCase => "has a word in another case",
            Self::InvalidBoolean => "is no boolean",
            Self::UnexpectedText => "must be empty, and has text",
            Self::StrayText => "has text where only elements may stand",
            Self::Nil => "cannot be nil",
            Self::InvalidNil => "has an xsi:nil that is no boolean",
            Self::UnwritableValue => "would have a value that the schema does not allow",
            Self::UnwritableChar => "would have a character that XML does not allow",
            Self::UnexpectedChild => "has an unknown child",
            Self::ElementInText => "has an element inside its value",
            Self::MixedNamespaces => "has another namespace than its message",
            Self::ResponseNesting => "is nested otherwise than once",
            Self::EwsMessage => "is a message of EWS, which has the same name",
            _ => return write!(f, "{element}: {}", self.message()),
        };
        write!(f, "{element} {predicate}")
    }
}

kinds! {
    100 UnexpectedEnd: NotWellFormed, "the input ended before the end of the Envelope", "the rest of the message", "XML 1.0 section 2.1", "https://www.w3.org/TR/xml/#sec-well-formed";
    101 InvalidUtf8: NotWellFormed, "bytes that are not UTF-8", "a well-formed UTF-8 sequence", "XML 1.0 section 4.3.3", "https://www.w3.org/TR/xml/#charencoding";
    102 InvalidChar: NotWellFormed, "a character that XML does not allow", "tab, line feed, carriage return, or a character from U+0020 on but for surrogates, U+FFFE and U+FFFF", "XML 1.0 section 2.2", "https://www.w3.org/TR/xml/#charsets";
    103 InvalidName: NotWellFormed, "a character that cannot stand in a name there", "a name, of letters, digits, '-', '.', '_'", "XML 1.0 section 2.3", "https://www.w3.org/TR/xml/#NT-Name";
    104 Declaration: NotWellFormed, "a malformed XML declaration", "<?xml version=\"1.0\" encoding=\"utf-8\"?>", "XML 1.0 section 2.8", "https://www.w3.org/TR/xml/#NT-XMLDecl";
    105 MisplacedDeclaration: NotWellFormed, "an XML declaration that is not at the very start", "the declaration as the first bytes of the message, or none", "XML 1.0 section 2.8", "https://www.w3.org/TR/xml/#sec-prolog-dtd";
    106 UnknownMarkup: NotWellFormed, "markup that is neither comment nor CDATA section", "<!-- or <![CDATA[", "XML 1.0 section 3.1", "https://www.w3.org/TR/xml/#NT-content";
    107 CommentDashes: NotWellFormed, "-- inside a comment", "--> to end the comment", "XML 1.0 section 2.5", "https://www.w3.org/TR/xml/#sec-comments";
    108 CdataEndInText: NotWellFormed, "]]> in text", "]]&gt;", "XML 1.0 section 2.4", "https://www.w3.org/TR/xml/#syntax";
    109 MalformedReference: NotWellFormed, "a malformed reference", "&amp; &lt; &gt; &apos; &quot; or &#...;", "XML 1.0 section 4.1", "https://www.w3.org/TR/xml/#sec-references";
    110 UndeclaredEntity: NotWellFormed, "a reference to an undeclared entity", "&amp; &lt; &gt; &apos; &quot; or &#...;", "XML 1.0 section 4.1", "https://www.w3.org/TR/xml/#wf-entdeclared";
    111 InvalidCharReference: NotWellFormed, "a reference to a character that XML does not allow", "a reference to a character of XML", "XML 1.0 section 4.1", "https://www.w3.org/TR/xml/#wf-Legalchar";
    112 LessThanInAttribute: NotWellFormed, "< in an attribute value", "&lt;", "XML 1.0 section 3.1", "https://www.w3.org/TR/xml/#CleanAttrVals";
    113 MissingEquals: NotWellFormed, "an attribute name without =", "=", "XML 1.0 section 3.1", "https://www.w3.org/TR/xml/#NT-Attribute";
    114 MissingQuote: NotWellFormed, "an attribute value without a quote", "a quote, \" or '", "XML 1.0 section 2.3", "https://www.w3.org/TR/xml/#NT-AttValue";
    115 MissingWhiteSpace: NotWellFormed, "no white space before an attribute", "white space, /> or >", "XML 1.0 section 3.1", "https://www.w3.org/TR/xml/#NT-STag";
    116 MalformedTagEnd: NotWellFormed, "a malformed end of a tag", ">", "XML 1.0 section 3.1", "https://www.w3.org/TR/xml/#NT-ETag";
    117 DuplicateAttribute: NotWellFormed, "an attribute that stands twice in one tag", "each attribute once", "XML 1.0 section 3.1", "https://www.w3.org/TR/xml/#uniqattspec";
    118 MismatchedEndTag: NotWellFormed, "an end tag of another name than the open element's", "the end tag of the open element", "XML 1.0 section 3", "https://www.w3.org/TR/xml/#GIMatch";
    119 UnopenedEndTag: NotWellFormed, "an end tag outside the root element", "white space or comments", "XML 1.0 section 2.1", "https://www.w3.org/TR/xml/#NT-document";
    120 TextOutsideRoot: NotWellFormed, "text outside the root element", "white space, comments, or the Envelope", "XML 1.0 section 2.1", "https://www.w3.org/TR/xml/#NT-document";
    121 SecondRoot: NotWellFormed, "a second root element", "white space or comments", "XML 1.0 section 2.1", "https://www.w3.org/TR/xml/#NT-document";

    150 InvalidQName: Namespace, "a name that is no QName", "prefix:local or local", "Namespaces section 4", "https://www.w3.org/TR/xml-names/#ns-qualnames";
    151 UnboundPrefix: Namespace, "a prefix that is not declared", "a prefix that is declared on the element or around it", "Namespaces section 5", "https://www.w3.org/TR/xml-names/#nsc-NSDeclared";
    152 DuplicateExpandedName: Namespace, "two attributes of the same expanded name", "each attribute once", "Namespaces section 6.3", "https://www.w3.org/TR/xml-names/#uniqAttrs";
    153 ReservedPrefix: Namespace, "a misuse of the prefix xml or xmlns", "another prefix", "Namespaces section 3", "https://www.w3.org/TR/xml-names/#xmlReserved";
    154 ReservedNamespace: Namespace, "a reserved namespace bound to a prefix of its own", "another namespace", "Namespaces section 3", "https://www.w3.org/TR/xml-names/#xmlReserved";
    155 UndeclaredPrefix: Namespace, "a prefix declared with an empty namespace", "a namespace name", "Namespaces section 5", "https://www.w3.org/TR/xml-names/#nsc-NoPrefixUndecl";

    200 Doctype: Doctype, "a document type declaration", "a message without one", "SOAP 1.1 section 3", "https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383492";
    201 ProcessingInstruction: ProcessingInstruction, "a processing instruction", "a message without one", "SOAP 1.1 section 3", "https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383492";
    202 Utf16: Encoding, "UTF-16", "UTF-8", "XML 1.0 section 4.3.3", "https://www.w3.org/TR/xml/#charencoding";
    203 Utf32: Encoding, "UTF-32", "UTF-8", "XML 1.0 section 4.3.3", "https://www.w3.org/TR/xml/#charencoding";
    204 DeclaredEncoding: Encoding, "a declared encoding other than UTF-8", "utf-8 in any case", "XML 1.0 section 4.3.3", "https://www.w3.org/TR/xml/#charencoding";

    300 NotEnvelope: Soap, "a root element that is no Envelope", "a SOAP Envelope", "SOAP 1.1 section 4.1", "https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383495";
    301 VersionMismatch: Soap, "an Envelope of an unknown namespace", "the namespace of SOAP 1.1 or 1.2", "SOAP 1.1 section 4.1.2", "https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383495";
    302 UnexpectedEnvelopeChild: Soap, "a child of Envelope that is neither Header nor Body", "Header or Body", "SOAP 1.2 section 5.1", "https://www.w3.org/TR/soap12-part1/#soapenvelope";
    303 DuplicateHeader: Soap, "a second Header", "Body", "SOAP 1.2 section 5.1", "https://www.w3.org/TR/soap12-part1/#soapenvelope";
    304 ElementAfterBody: Soap, "an element after Body", "the end of the Envelope", "SOAP 1.2 section 5.1", "https://www.w3.org/TR/soap12-part1/#soapenvelope";
    305 TrailingElement: Soap, "an element after Body, which WS-I forbids", "the end of the Envelope", "WS-I Basic Profile 1.1 R1011", "http://www.ws-i.org/Profiles/BasicProfile-1.1.html#SOAP_Trailers";
    306 MissingBody: Soap, "an Envelope without Body", "Body", "SOAP 1.1 section 4", "https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383494";
    307 StrayText: Soap, "text where only white space may stand", "white space or an element", "SOAP 1.2 section 5", "https://www.w3.org/TR/soap12-part1/#soapenv";
    308 UnqualifiedHeaderBlock: Soap, "a header block without a namespace", "a namespace-qualified element", "SOAP 1.1 section 4.2", "https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383497";
    309 InvalidMustUnderstand: Soap, "a value that mustUnderstand does not take", "0 or 1 (SOAP 1.2 also true and false)", "SOAP 1.1 section 4.2.3", "https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383500";
    310 InvalidRelay: Soap, "a value that relay does not take", "true, false, 1 or 0", "SOAP 1.2 section 5.2.4", "https://www.w3.org/TR/soap12-part1/#soaprelay";
    311 EmptyBody: Soap, "a Body without an entry", "one body entry", "WS-I Basic Profile 1.1 R9981", "http://www.ws-i.org/Profiles/BasicProfile-1.1.html";
    312 SecondBodyEntry: Soap, "a second body entry", "the end of Body", "WS-I Basic Profile 1.1 R9981", "http://www.ws-i.org/Profiles/BasicProfile-1.1.html";
    313 MissingFaultCode: Soap, "a Fault without a code", "faultcode (1.2: Code with Value)", "SOAP 1.1 section 4.4", "https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383507";
    314 MissingFaultReason: Soap, "a Fault without a reason", "faultstring (1.2: Reason with Text)", "SOAP 1.1 section 4.4", "https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383507";
    315 DuplicateFaultChild: Soap, "a part of a Fault that stands twice", "each part once", "SOAP 1.1 section 4.4", "https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383507";
    316 UnexpectedFaultChild: Soap, "an element that a Fault does not have there", "the parts of a Fault", "SOAP 1.1 section 4.4", "https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383507";
    317 FaultOrder: Soap, "parts of a Fault in the wrong order", "Code, Reason, Node, Role, Detail", "SOAP 1.2 section 5.4", "https://www.w3.org/TR/soap12-part1/#soapfault";
    318 MissingLang: Soap, "a Reason Text without xml:lang", "xml:lang", "SOAP 1.2 section 5.4.2.1", "https://www.w3.org/TR/soap12-part1/#reasontextelement";
    319 MissingChild: Soap, "a child is missing", "every child that the schema demands", "MS-OXWUMS 3.1.4", "https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/";
    320 EmptyValue: Soap, "an empty value", "at least one character", "MS-OXWUMS 3.1.4", "https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/";
    321 ValueTooLong: Soap, "a value with too many characters", "a CallId of 1 to 512 characters", "MS-OXWUMS 3.1.4.3.2.1", "https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/";
    322 DuplicateChild: Soap, "a child of the operation that stands twice", "each child once", "XML Schema 1 section 3.8", "https://www.w3.org/TR/xmlschema-1/#Model_Groups";
    323 ChildOrder: Soap, "a child in the wrong place of the sequence", "the children in the order of the schema", "XML Schema 1 section 3.8", "https://www.w3.org/TR/xmlschema-1/#Model_Groups";
    324 UnexpectedChild: Soap, "an element that the operation does not have there", "the operation's children", "MS-OXWUMS 3.1.4.3", "https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/";
    325 MixedNamespaces: Soap, "http and https variants of the namespace in one operation", "one of the two throughout", "MS-OXWUMS 7.1", "https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/";
    326 ElementInText: Soap, "an element inside a text value", "text", "XML Schema 2 section 3.2.1", "https://www.w3.org/TR/xmlschema-2/#string";
    327 ResponseNesting: Soap, "a response that is nested otherwise than once", "the children, flat or within one inner element of the same name", "MS-OXWUMS 3.1.4.3", "https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/";
    328 UnknownWord: Soap, "a word that the enumeration does not have", "one of the words of the enumeration", "MS-OXWUMS 3.1.4", "https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/";
    329 InvalidBoolean: Soap, "a value that is no boolean", "true, false, 1 or 0, in lower case", "XML Schema 2 section 3.2.2", "https://www.w3.org/TR/xmlschema-2/#boolean";
    330 UnexpectedText: Soap, "text in an element that must be empty", "an empty element", "XML Schema 1 section 3.4.4", "https://www.w3.org/TR/xmlschema-1/#cvc-complex-type";
    331 EwsMessage: Soap, "a message of EWS, which has the same name as one of the Unified Messaging service", "the message of the Unified Messaging service, or the address of EWS", "MS-OXWUMS 3.1.4.9", "https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/";
    332 EnumWhiteSpace: Soap, "white space around an enumeration's word", "the word alone", "XML Schema 2 section 4.3.6", "https://www.w3.org/TR/xmlschema-2/#rf-whiteSpace";
    333 EnumCase: Soap, "an enumeration's word in another case", "the word as the schema spells it", "XML Schema 2 section 4.3.5", "https://www.w3.org/TR/xmlschema-2/#rf-enumeration";
    334 Nil: Soap, "xsi:nil on an element that cannot be nil", "no xsi:nil", "XML Schema 1 section 2.6.2", "https://www.w3.org/TR/xmlschema-1/#xsi_nil";
    335 InvalidNil: Soap, "a value that xsi:nil does not take", "true, false, 1 or 0", "XML Schema 1 section 2.6.2", "https://www.w3.org/TR/xmlschema-1/#xsi_nil";
    336 UnexpectedOperation: Soap, "another operation", "the operation that was asked for", "MS-OXWUMS 3.1.4.3", "https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/";
    337 UnexpectedRequest: Soap, "a request", "a response", "MS-OXWUMS 3.1.4.3", "https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/";
    338 UnexpectedResponse: Soap, "a response", "a request", "MS-OXWUMS 3.1.4.3", "https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/";
    339 UnexpectedFault: Soap, "a fault", "the operation that was asked for", "SOAP 1.1 section 4.4", "https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383507";

    500 MustUnderstand: MustUnderstand, "a mandatory header block that is not understood", "a block that the receiver understands, or one that is not mandatory", "SOAP 1.1 section 4.2.3", "https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383500";

    600 MessageTooLong: Limit, "a message longer than the limit", "a shorter message, or Limits::with_message_bytes", "Limits", "crate::Limits::message_bytes";
    601 TooDeep: Limit, "elements nested deeper than the limit", "fewer open elements", "Limits", "crate::Limits::depth";
    602 TooManyAttributes: Limit, "more attributes on an element than the limit", "fewer attributes", "Limits", "crate::Limits::attributes";
    603 TooManyDeclarations: Limit, "more namespace declarations in scope than the limit", "fewer declarations", "Limits", "crate::Limits::declarations";
    604 TagTooLong: Limit, "a tag longer than the limit", "a shorter tag", "Limits", "crate::Limits::tag_bytes";
    605 NamesTooLong: Limit, "names of open elements longer than the limit", "shorter names", "Limits", "crate::Limits::name_bytes";
    606 NamespacesTooLong: Limit, "namespaces in scope longer than the limit", "shorter prefixes and namespace names", "Limits", "crate::Limits::namespace_bytes";
    607 TextTooLong: Limit, "retained text longer than the limit", "shorter text", "Limits", "crate::Limits::text_bytes";

    700 BufferTooSmall: Output, "the output buffer is too small", "a larger buffer", "Envelope::encoded_len", "crate::Envelope::encoded_len";
    701 UnwritableBody: Output, "a body that this library does not write", "a message of the service, or a Fault", "Envelope::encode", "crate::Envelope::encode";
    702 UnwritableFault: Output, "a fault with parts that have no form in this version, or were not kept", "in 1.1 one reason and no Node beside another Role; in 1.2 no elements of others; from a Decoder one reason and one Subcode", "Envelope::encode", "crate::Envelope::encode";
    703 UnwritableDetail: Output, "a detail that was not kept, or whose own xsi:type has no prefix", "a detail of a whole message, with_detail or without_detail", "Fault::with_detail", "crate::Fault::with_detail";
    704 UnwritableFaultCode: Output, "a fault code that has no form in this version", "a QName; in 1.1 one code, in 1.2 one whose class is known or set", "Fault::with_class", "crate::Fault::with_class";
    705 UnwritableChar: Output, "a character that XML cannot carry", "characters of XML", "XML 1.0 section 2.2", "https://www.w3.org/TR/xml/#charsets";
    706 UnwritableValue: Output, "a value that the schema does not allow", "a value within the bounds of its element", "MS-OXWUMS 3.1.4", "https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/";
    707 Base64Alphabet: Output, "a character outside the base64 alphabet", "A-Z a-z 0-9 + /", "RFC 4648 section 4", "https://www.rfc-editor.org/rfc/rfc4648#section-4";
    708 Base64Padding: Output, "base64 of a wrong length or padding", "groups of four characters, the last padded with =", "RFC 4648 section 4", "https://www.rfc-editor.org/rfc/rfc4648#section-4";
    709 Base64Tail: Output, "base64 whose last character has stray bits", "the canonical last character", "RFC 4648 section 3.5", "https://www.rfc-editor.org/rfc/rfc4648#section-3.5";
    710 UnwritableHeaderBlock: Output, "a header block that cannot be written: a name that is none, an attribute that stands twice or is SOAP's, no namespace, or a block of the other version", "a qualified element of legal names, or a block of the envelope's version", "Envelope::with_header", "crate::Envelope::with_header";
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{Category, Error, ErrorKind};
    use crate::base::limits::{Limits, Options};
    use crate::base::version::{MESSAGES_HTTP, SOAP_1_1, SOAP_1_2, SoapVersion, XSI};
    use crate::message::body::Body;
    use crate::message::envelope::Envelope;
    use crate::read::decoder::Decoder;
    use crate::service::call_id::CallId;
    use crate::service::operations::{GetCallInfo, GetCallInfoResponse};
    use crate::soap::fault::{Fault, FaultCode};
    use crate::soap::new_block::{NewElement, NewHeaderBlock};
    use std::format;
    use std::string::String;
    use std::vec;

    /// The answer to a refusal: the codes in 1.1 and 1.2, the status in 1.1 and 1.2, and whether there is a detail.
    type Answer = (&'static str, &'static str, u16, u16, bool);
    const SENDER: Answer = ("Client", "Sender", 500, 400, true);
    /// A detail is about the body (SOAP 1.1 section 4.4), so the answer to the refusal of a header block has no detail.
    const HEADER: Answer = ("Client", "Sender", 500, 400, false);
    const VERSION: Answer = ("VersionMismatch", "VersionMismatch", 500, 500, false);
    const MANDATORY: Answer = ("MustUnderstand", "MustUnderstand", 500, 500, false);
    const RECEIVER: Answer = ("Server", "Receiver", 500, 500, false);

    /// The construct at the offset.
    #[derive(Clone, Copy, Debug)]
    enum At {
        /// The byte that is refused, or the first byte of its character or sequence.
        Byte,
        /// The `<` of a tag or other markup.
        Markup,
        /// The first byte of a name: of an element, an attribute or an end tag.
        Name,
        /// The first byte of an attribute value.
        Value,
        /// The `&` of a reference.
        Reference,
        /// The first byte of an element's text.
        Text,
        /// The length of the input.
        End,
        /// The first byte of the message.
        Start,
        /// A position in a value that does not belong to a message.
        Output(usize),
    }

    /// The origin of the refusal. In a message, `^` marks the offset and is no part of the message.
    enum From {
        Message(&'static str),
        Request(&'static str),
        Response(&'static str),
        Bytes(&'static [u8]),
        Made(fn() -> Error),
    }

    /// Returns the row of a kind. A new kind has to have its row here, or else this does not compile.
    fn row(kind: ErrorKind) -> (Category, Answer, At, From) {
        use ErrorKind as K;
        use From::{Bytes, Made, Message, Request, Response};
        let (xml, names, soap, limit, output) =
            (Category::NotWellFormed, Category::Namespace, Category::Soap, Category::Limit, Category::Output);
        match kind {
            K::UnexpectedEnd => (xml, SENDER, At::End, Message("{E1}<s:Body^")),
            K::InvalidUtf8 => (xml, SENDER, At::Byte, Bytes(b"<!--x^\xE2\x82x")),
            K::InvalidChar => (xml, SENDER, At::Byte, Message("{E1}{B}<x>y^\u{1}")),
            K::InvalidName => (xml, SENDER, At::Byte, Message("{E1}<s:B^!")),
            K::Declaration => (xml, SENDER, At::Byte, Message("<?xml ^encoding='utf-8'?>")),
            K::MisplacedDeclaration => (xml, SENDER, At::Markup, Message(" ^<?xml version='1.0'?>")),
            K::UnknownMarkup => (xml, SENDER, At::Markup, Message("{E1}^<!x")),
            K::CommentDashes => (xml, SENDER, At::Byte, Message("<!-- x ^-- -->")),
            K::CdataEndInText => (xml, SENDER, At::Byte, Message("{E1}{B}<x>y^]]>")),
            K::MalformedReference => (xml, SENDER, At::Reference, Message("{E1}{B}<x>y^& ")),
            K::UndeclaredEntity => (xml, SENDER, At::Reference, Message("{E1}{B}<x>y^&nbsp;")),
            K::InvalidCharReference => (xml, SENDER, At::Reference, Message("{E1}{B}<x>y^&#0;")),
            K::LessThanInAttribute => (xml, SENDER, At::Byte, Message("{E1}{B}<x a='y^<'/>")),
            K::MissingEquals => (xml, SENDER, At::Byte, Message("{E1}{B}<x a ^b='y'/>")),
            K::MissingQuote => (xml, SENDER, At::Byte, Message("{E1}{B}<x a=^y/>")),
            K::MissingWhiteSpace => (xml, SENDER, At::Byte, Message("{E1}{B}<x a='y'^b='z'/>")),
            K::MalformedTagEnd => (xml, SENDER, At::Byte, Message("{E1}{B}<x></x ^y>")),
            K::DuplicateAttribute => (xml, SENDER, At::Name, Message("{E1}{B}<x a='y' b='' ^a='z'>")),
            K::MismatchedEndTag => (xml, SENDER, At::Name, Message("{E1}{B}<x></^y>")),
            K::UnopenedEndTag => (xml, SENDER, At::Markup, Message("^</x>")),
            K::TextOutsideRoot => (xml, SENDER, At::Byte, Message(" ^x")),
            K::SecondRoot => (xml, SENDER, At::Markup, Message("{E1}{B}<x/></s:Body></s:Envelope>^<x/>")),

            K::InvalidQName => (names, SENDER, At::Byte, Message("{E1}{B}<a:b^:c/>")),
            K::UnboundPrefix => (names, SENDER, At::Name, Message("{E1}{B}<^a:b/>")),
            K::DuplicateExpandedName => {
                (names, SENDER, At::Name, Message("{E1}{B}<x xmlns:a='u' xmlns:b='u' a:c='' ^b:c=''/>"))
            }
            K::ReservedPrefix => (names, SENDER, At::Name, Message("{E1}{B}<x ^xmlns:xmlns='u'/>")),
            K::ReservedNamespace => {
                (names, SENDER, At::Name, Message("{E1}{B}<x ^xmlns:a='http://www.w3.org/2000/xmlns/'/>"))
            }
            K::UndeclaredPrefix => (names, SENDER, At::Name, Message("{E1}{B}<x ^xmlns:a=''/>")),

            K::Doctype => (Category::Doctype, SENDER, At::Markup, Message(" ^<!DOCTYPE x>")),
            K::ProcessingInstruction => {
                (Category::ProcessingInstruction, SENDER, At::Markup, Message("{E1}{B}<x>y^<?z?>"))
            }
            K::Utf16 => (Category::Encoding, SENDER, At::Start, Bytes(b"^\xFF\xFE<\0")),
            K::Utf32 => (Category::Encoding, SENDER, At::Start, Bytes(b"^\0\0\0<")),
            K::DeclaredEncoding => {
                (Category::Encoding, SENDER, At::Value, Message("<?xml version='1.0' encoding='^latin1'?>"))
            }

            K::NotEnvelope => (soap, SENDER, At::Markup, Message(" ^<x/>")),
            K::VersionMismatch => (soap, VERSION, At::Markup, Message(" ^<Envelope xmlns='u'/>")),
            K::UnexpectedEnvelopeChild => (soap, SENDER, At::Markup, Message("{E1}^<x/>")),
            K::DuplicateHeader => (soap, SENDER, At::Markup, Message("{E1}<s:Header/>^<s:Header/>")),
            K::ElementAfterBody => (soap, SENDER, At::Markup, Message("{E2}{B}<x/></s:Body>^<s:x/>")),
            K::TrailingElement => (soap, SENDER, At::Markup, Message("{E1}{B}<x/></s:Body>^<s:x/>")),
            K::MissingBody => (soap, SENDER, At::Markup, Message("{E1}<s:Header/>^</s:Envelope>")),
            K::StrayText => (soap, SENDER, At::Byte, Message("{E1} ^x")),
            K::UnqualifiedHeaderBlock => (soap, HEADER, At::Markup, Message("{E1}{H}^<x/>")),
            K::InvalidMustUnderstand => {
                (soap, HEADER, At::Value, Message("{E1}{H}<a:x xmlns:a='u' s:mustUnderstand='^true'/>"))
            }
            K::InvalidRelay => (soap, HEADER, At::Value, Message("{E2}{H}<a:x xmlns:a='u' s:relay='^yes'/>")),
            K::EmptyBody => (soap, SENDER, At::Markup, Message("{E1}{B} ^</s:Body>")),
            K::SecondBodyEntry => (soap, SENDER, At::Markup, Message("{E1}{B}<x/>^<y/>")),
            K::MissingFaultCode => {
                (soap, SENDER, At::Markup, Message("{E1}{B}<s:Fault><faultstring/>^</s:Fault>"))
            }
            K::MissingFaultReason => {
                (soap, SENDER, At::Markup, Message("{E1}{B}<s:Fault><faultcode/>^</s:Fault>"))
            }
            K::DuplicateFaultChild => {
                (soap, SENDER, At::Markup, Message("{E1}{B}<s:Fault><faultcode/>^<faultcode/>"))
            }
            K::UnexpectedFaultChild => (soap, SENDER, At::Markup, Message("{E1}{B}<s:Fault>^<x/>")),
            K::FaultOrder => (soap, SENDER, At::Markup, Message("{E2}{B}<s:Fault>^<s:Reason/>")),
            K::MissingLang => {
                let text = "{E2}{B}<s:Fault><s:Code><s:Value/></s:Code><s:Reason>^<s:Text>";
                (soap, SENDER, At::Markup, Message(text))
            }
            K::MissingChild => (soap, SENDER, At::Markup, Message("{E1}{B}{C}^</GetCallInfo>")),
            K::EmptyValue => (soap, SENDER, At::Markup, Message("{E1}{B}{C}<CallId>^</CallId>")),
            K::ValueTooLong => (soap, SENDER, At::Byte, Message("{E1}{B}{C}<CallId>{512}^é")),
            K::DuplicateChild => (soap, SENDER, At::Markup, Message("{E1}{B}{C}<CallId>x</CallId>^<CallId>")),
            K::ChildOrder => (soap, SENDER, At::Markup, Message("{E1}{B}{R}^<EventCause>")),
            K::UnexpectedChild => (soap, SENDER, At::Markup, Message("{E1}{B}{C}^<x/>")),
            K::MixedNamespaces => (soap, SENDER, At::Markup, Message("{E1}{B}{C}^<CallId xmlns='{HTTPS}'>")),
            K::ElementInText => (soap, SENDER, At::Markup, Message("{E1}{B}{C}<CallId>x^<x/>")),
            K::ResponseNesting => {
                let inner = "{E1}{B}{R}<GetCallInfoResponse>^<GetCallInfoResponse>";
                (soap, SENDER, At::Markup, Message(inner))
            }
            K::UnknownWord => (soap, SENDER, At::Text, Message("{E1}{B}{R}<CallState>^idel</CallState>")),
            K::InvalidBoolean => {
                let text = "{E1}{B}<SetOofStatus xmlns='{HTTP}'><status>^True</status>";
                (soap, SENDER, At::Text, Message(text))
            }
            K::UnexpectedText => (soap, SENDER, At::Byte, Message("{E1}{B}<ResetPIN xmlns='{HTTP}'>^x")),
            K::EwsMessage => {
                (soap, SENDER, At::Markup, Message("{E1}{B}<PlayOnPhone xmlns='{HTTP}'>^<ItemId Id='x'/>"))
            }
            K::EnumWhiteSpace => (soap, SENDER, At::Text, Message("{E1}{B}{R}<CallState>^ Idle</CallState>")),
            K::EnumCase => (soap, SENDER, At::Text, Message("{E1}{B}{R}<CallState>^idle</CallState>")),
            K::Nil => (soap, SENDER, At::Name, Message("{E1}{B}{C}<CallId xmlns:i='{XSI}' ^i:nil='1'/>")),
            K::InvalidNil => {
                (soap, SENDER, At::Value, Message("{E1}{B}{C}<CallId xmlns:i='{XSI}' i:nil='^x'/>"))
            }
            K::UnexpectedOperation => (soap, SENDER, At::Markup, Request("{E1}{B}^<x/>{END}")),
            K::UnexpectedRequest => {
                (soap, SENDER, At::Markup, Response("{E1}{B}^{C}<CallId>x</CallId></GetCallInfo>{END}"))
            }
            K::UnexpectedResponse => {
                let text = "{E1}{B}^{R}<CallState>Idle</CallState><EventCause>None</EventCause>\
                    </GetCallInfoResponse>{END}";
                (soap, SENDER, At::Markup, Request(text))
            }
            K::UnexpectedFault => {
                let text = "{E1}{B}^<s:Fault><faultcode>x</faultcode><faultstring/></s:Fault>{END}";
                (soap, SENDER, At::Markup, Request(text))
            }

            K::MustUnderstand => {
                let text = "{E1}{H}^<a:x xmlns:a='u' s:mustUnderstand='1'/>";
                (Category::MustUnderstand, MANDATORY, At::Markup, Message(text))
            }

            K::MessageTooLong => (limit, RECEIVER, At::Byte, Message("{E1}{B}<x>{512}{512}{512}^y")),
            K::TooDeep => (limit, RECEIVER, At::Markup, Message("{E1}{B}<x><x>^<y/>")),
            K::TooManyAttributes => (limit, RECEIVER, At::Name, Message("{E1}{B}<x a='' b='' c='' ^d=''/>")),
            K::TooManyDeclarations => {
                (limit, RECEIVER, At::Name, Message("{E1}{B}<x xmlns='a' xmlns:b='b' ^xmlns:d='u'/>"))
            }
            K::TagTooLong => (limit, RECEIVER, At::Byte, Message("{E1}{B}<x a='{512}^y'/>")),
            K::NamesTooLong => (limit, RECEIVER, At::Byte, Message("{E1}{B}<{84}^y/>")),
            K::NamespacesTooLong => {
                let text = "{E1}{B}<x xmlns='{84}{84}' ^xmlns:b='{84}'/>";
                (limit, RECEIVER, At::Name, Message(text))
            }
            K::TextTooLong => (limit, RECEIVER, At::Byte, Message("{E1}{B}{C}<CallId>x<!--{512}^y-->")),

            K::BufferTooSmall => {
                let made = || Envelope::new(SoapVersion::V1_1, call()).encode(&mut [0; 9]).err().unwrap();
                (output, RECEIVER, At::Output(0), Made(made))
            }
            K::UnwritableBody => {
                (output, RECEIVER, At::Output(0), Made(|| rewritten("{E1}{B}<x/>{END}", SoapVersion::V1_1)))
            }
            K::UnwritableFault => {
                let made = || {
                    let foreign =
                        "{E1}{B}<s:Fault><faultcode>s:Server</faultcode><s:x/><faultstring/></s:Fault>{END}";
                    rewritten(foreign, SoapVersion::V1_2)
                };
                (output, RECEIVER, At::Output(0), Made(made))
            }
            K::UnwritableDetail => {
                let made = || {
                    let message = written(
                        "{E1}{B}<s:Fault><faultcode>a</faultcode><faultstring/><detail/></s:Fault>{END}",
                    );
                    let mut decoder = Decoder::new();
                    decoder.feed(message.as_bytes()).unwrap();
                    decoder.finish().unwrap().encode(&mut [0; 999]).err().unwrap()
                };
                (output, RECEIVER, At::Output(0), Made(made))
            }
            K::UnwritableFaultCode => {
                let made = || {
                    let empty = "{E1}{B}<s:Fault><faultcode> </faultcode><faultstring/></s:Fault>{END}";
                    rewritten(empty, SoapVersion::V1_2)
                };
                (output, RECEIVER, At::Output(0), Made(made))
            }
            K::UnwritableChar => {
                let made = || {
                    let fault = Body::Fault(Fault::new(FaultCode::Sender, "abc\u{1}"));
                    Envelope::new(SoapVersion::V1_1, fault).encode(&mut [0; 999]).err().unwrap()
                };
                (output, RECEIVER, At::Output(3), Made(made))
            }
            K::UnwritableHeaderBlock => {
                let made = || {
                    let block = [NewHeaderBlock::new(NewElement::new("", "x"))];
                    Envelope::new(SoapVersion::V1_1, call()).with_header(&block).check().unwrap_err()
                };
                (output, RECEIVER, At::Output(0), Made(made))
            }
            K::UnwritableValue => (output, RECEIVER, At::Output(0), Made(empty)),
            K::Base64Alphabet => (output, RECEIVER, At::Output(2), Made(|| decoded("ab-d"))),
            K::Base64Padding => (output, RECEIVER, At::Output(5), Made(|| decoded("abcde"))),
            K::Base64Tail => (output, RECEIVER, At::Output(1), Made(|| decoded("ab=="))),
        }
    }

    fn call() -> Body<'static> {
        Body::GetCallInfo(GetCallInfo::new("x"))
    }

    fn empty() -> Error {
        let body = Body::GetCallInfo(GetCallInfo::new(""));
        Envelope::new(SoapVersion::V1_1, body).encode(&mut [0; 999]).err().unwrap()
    }

    fn decoded(call_id: &'static str) -> Error {
        let call_id: CallId<'_> = GetCallInfo::new(call_id).call_id();
        call_id.decode(&mut [0; 9]).unwrap_err()
    }

    fn rewritten(message: &str, version: SoapVersion) -> Error {
        let message = written(message);
        let body = Envelope::parse(message.as_bytes()).unwrap().body();
        Envelope::new(version, body).encode(&mut [0; 999]).err().unwrap()
    }

    fn written(template: &str) -> String {
        let request = format!("<GetCallInfo xmlns='{MESSAGES_HTTP}'>");
        template
            .replace("{E1}", &format!("<s:Envelope xmlns:s='{SOAP_1_1}'>"))
            .replace("{E2}", &format!("<s:Envelope xmlns:s='{SOAP_1_2}'>"))
            .replace("{END}", "</s:Body></s:Envelope>")
            .replace("{H}", "<s:Header>")
            .replace("{HTTP}", MESSAGES_HTTP)
            .replace("{B}", "<s:Body>")
            .replace("{C}", &request)
            .replace("{R}", &request.replace("GetCallInfo", "GetCallInfoResponse"))
            .replace("{HTTPS}", &MESSAGES_HTTP.replace("http:", "https:"))
            .replace("{XSI}", XSI)
            .replace("{512}", &"x".repeat(512))
            .replace("{84}", &"x".repeat(84))
    }

    /// Returns lower limits, for the examples of limits.
    fn options(kind: ErrorKind, at: usize) -> Options<'static> {
        let limits = Limits::DEFAULT;
        let lowered = match kind {
            ErrorKind::MessageTooLong => limits.with_message_bytes(at as u32),
            ErrorKind::TooDeep => limits.with_depth(4),
            ErrorKind::TooManyAttributes => limits.with_attributes(3),
            ErrorKind::TooManyDeclarations => limits.with_declarations(3),
            ErrorKind::TagTooLong => limits.with_tag_bytes(512 + 6),
            ErrorKind::NamesTooLong => limits.with_name_bytes(84 + 16),
            ErrorKind::NamespacesTooLong => limits.with_namespace_bytes(84 * 3),
            ErrorKind::TextTooLong => limits.with_text_bytes(512 + 5),
            _ => Some(limits),
        };
        Options::new().with_limits(lowered.unwrap())
    }

    /// Checks the category, the offset and the answer of every kind.
    #[test]
    fn every_kind() {
        for &kind in ErrorKind::ALL {
            let (category, answer, at, from) = row(kind);
            assert_eq!(kind.category(), category, "{kind:?}");
            let (error, message, marked) = match from {
                From::Made(error) => (error(), vec![], None),
                From::Message(text) | From::Request(text) | From::Response(text) => {
                    refused(kind, written(text).into_bytes(), &from)
                }
                From::Bytes(bytes) => refused(kind, bytes.into(), &from),
            };
            assert_eq!(error.kind(), kind, "{}", message.escape_ascii());
            if let Some(marked) = marked {
                assert_eq!(error.offset(), marked, "{kind:?}: {}", message.escape_ascii());
            }
            let (before, rest) = message.split_at_checked(error.offset()).unwrap_or_default();
            assert!(
                match at {
                    At::Byte => !rest.is_empty() && !rest.starts_with(b"&"),
                    At::Markup => rest.starts_with(b"<"),
                    At::Name => matches!(before.last(), Some(b' ' | b'<' | b'/')),
                    At::Value => matches!(before.last(), Some(b'\'' | b'"')),
                    At::Reference => rest.starts_with(b"&"),
                    At::Text => before.last() == Some(&b'>'),
                    At::End => rest.is_empty() && error.offset() == message.len(),
                    At::Start => error.offset() == 0,
                    At::Output(at) => error.offset() == at,
                },
                "{kind:?} points at {:?}, not at {at:?}",
                rest.escape_ascii()
            );
            answered(&error, answer);
        }
    }

    type Refused = (Error, vec::Vec<u8>, Option<usize>);

    fn refused(kind: ErrorKind, mut message: vec::Vec<u8>, from: &From) -> Refused {
        let marked = message.iter().position(|&b| b == b'^').unwrap();
        message.remove(marked);
        let options = options(kind, marked);
        let error = match from {
            From::Request(_) => GetCallInfo::parse(&message).unwrap_err(),
            From::Response(_) => GetCallInfoResponse::parse(&message).unwrap_err(),
            _ => {
                let error = Envelope::parse_with(&message, &options).unwrap_err();
                let mut decoder = Decoder::with_options(options);
                let fed = message.chunks(1).try_for_each(|chunk| decoder.feed(chunk));
                assert_eq!(fed.and_then(|()| decoder.finish().map(|_| ())), Err(error), "{kind:?}");
                error
            }
        };
        (error, message, Some(marked))
    }

    fn answered(error: &Error, (first, second, first_status, second_status, detail): Answer) {
        let kind = error.kind();
        for (version, code, status) in
            [(SoapVersion::V1_1, first, first_status), (SoapVersion::V1_2, second, second_status)]
        {
            assert_eq!(error.http_status(version), status, "{kind:?}");
            let mut out = [0; 2048];
            let body = Body::Fault(error.fault());
            let answer = Envelope::new(version, body).encode(&mut out).unwrap();
            let answer = core::str::from_utf8(answer).unwrap();
            assert!(answer.contains(&format!(">soap:{code}</")), "{kind:?}: {answer}");
            assert_eq!(answer.contains(">ErrorInvalidRequest</"), detail, "{kind:?}: {answer}");
            assert_eq!(answer.to_lowercase().contains("detail>"), detail, "{kind:?}: {answer}");
            let reason = kind.message().replace('<', "&lt;").replace('>', "&gt;");
            assert!(answer.contains(&reason), "{kind:?}: {answer}");
        }
    }
}

//! What can be wrong with a message: one kind a rule, with the rule's sentence and its source.

use crate::base::version::SoapVersion;

/// A refusal: which rule was broken, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    /// For `BufferTooSmall`: how many bytes are needed.
    offset: usize,
    version: Option<SoapVersion>,
}

impl Error {
    pub(crate) const fn new(kind: ErrorKind, offset: usize, version: Option<SoapVersion>) -> Self {
        Self { kind, offset, version }
    }

    /// Which rule was broken.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The output does not fit into the buffer.
    pub(crate) const fn too_small(needed: usize) -> Self {
        Self { kind: ErrorKind::BufferTooSmall, offset: needed, version: None }
    }

    /// Where the offence lies, in bytes from the start of the message (for [`Category::Output`]: 0, or the
    /// position in the value that cannot be written or decoded).
    pub const fn offset(&self) -> usize {
        if let ErrorKind::BufferTooSmall = self.kind { 0 } else { self.offset }
    }

    /// For [`BufferTooSmall`](ErrorKind::BufferTooSmall): how many bytes the whole output takes.
    pub const fn needed(&self) -> Option<usize> {
        if let ErrorKind::BufferTooSmall = self.kind { Some(self.offset) } else { None }
    }

    /// The SOAP version of the message, if it was known when the message was refused. A refusal is answered
    /// in this version, as 1.1 when it is unknown, and always as 1.1 for a
    /// [`VersionMismatch`](ErrorKind::VersionMismatch).
    pub const fn version(&self) -> Option<SoapVersion> {
        self.version
    }
}

impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.needed() {
            Some(needed) => write!(f, "{} ({needed} bytes are needed)", self.kind.message()),
            None => write!(f, "{} at byte {}", self.kind.message(), self.offset),
        }
    }
}

impl core::error::Error for Error {}

/// A position and a rule, before the version of the message is added: 8 bytes, so that results travel in
/// registers. No message is longer than `u32::MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stop {
    pub(crate) kind: ErrorKind,
    at: u32,
}

impl Stop {
    pub(crate) const fn at(self) -> usize {
        self.at as usize
    }

    /// This stop, which was met in a slice that begins at `start`.
    pub(crate) const fn behind(self, start: usize) -> Self {
        Self { at: self.at.wrapping_add(start as u32), ..self }
    }
}

/// `Err` of a stop: every refusal of the grammar is made here.
#[cold]
pub(crate) const fn stop<T>(kind: ErrorKind, at: usize) -> Result<T, Stop> {
    Err(Stop { kind, at: at as u32 })
}

/// What sort of rule was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Category {
    /// The bytes are not well-formed XML 1.0; also invalid UTF-8, a bad declaration, truncation, empty input.
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
    /// One of [`Limits`](crate::Limits).
    Limit,
    /// Writing, decoding base64, and misuse.
    Output,
}

macro_rules! kinds {
    ($($name:ident: $category:ident, $message:literal, $advice:literal, $source:literal, $url:literal;)*) => {
        /// Which rule was broken: one variant a rule.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $(
                #[doc = concat!($message, ". Legal there: ", $advice, ". Source: [", $source, "](", $url, ").")]
                $name,
            )*
        }

        impl ErrorKind {
            /// The sort of rule that was broken.
            pub const fn category(self) -> Category {
                match self { $(Self::$name => Category::$category,)* }
            }

            /// What is wrong, in a few words: lower case, no full stop.
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }

            /// What would be legal there, or what to do.
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$name => $advice,)* }
            }
        }
    };
}

kinds! {
    UnexpectedEnd: NotWellFormed, "the input ended before the end of the Envelope", "the rest of the message", "XML 1.0 section 2.1", "https://www.w3.org/TR/xml/#sec-well-formed";
    InvalidUtf8: NotWellFormed, "bytes that are not UTF-8", "a well-formed UTF-8 sequence", "XML 1.0 section 4.3.3", "https://www.w3.org/TR/xml/#charencoding";
    InvalidChar: NotWellFormed, "a character that XML does not allow", "tab, line feed, carriage return, or a character from U+0020 on but for surrogates, U+FFFE and U+FFFF", "XML 1.0 section 2.2", "https://www.w3.org/TR/xml/#charsets";
    InvalidName: NotWellFormed, "a character that cannot stand in a name there", "a name, of letters, digits, '-', '.', '_'", "XML 1.0 section 2.3", "https://www.w3.org/TR/xml/#NT-Name";
    Declaration: NotWellFormed, "a malformed XML declaration", "<?xml version=\"1.0\" encoding=\"utf-8\"?>", "XML 1.0 section 2.8", "https://www.w3.org/TR/xml/#NT-XMLDecl";
    MisplacedDeclaration: NotWellFormed, "an XML declaration that is not at the very start", "the declaration as the first bytes of the message, or none", "XML 1.0 section 2.8", "https://www.w3.org/TR/xml/#sec-prolog-dtd";
    UnknownMarkup: NotWellFormed, "markup that is neither comment nor CDATA section", "<!-- or <![CDATA[", "XML 1.0 section 3.1", "https://www.w3.org/TR/xml/#NT-content";
    CommentDashes: NotWellFormed, "-- inside a comment", "--> to end the comment", "XML 1.0 section 2.5", "https://www.w3.org/TR/xml/#sec-comments";
    CdataEndInText: NotWellFormed, "]]> in text", "]]&gt;", "XML 1.0 section 2.4", "https://www.w3.org/TR/xml/#syntax";
    MalformedReference: NotWellFormed, "a malformed reference", "&amp; &lt; &gt; &apos; &quot; or &#...;", "XML 1.0 section 4.1", "https://www.w3.org/TR/xml/#sec-references";
    UndeclaredEntity: NotWellFormed, "a reference to an undeclared entity", "&amp; &lt; &gt; &apos; &quot; or &#...;", "XML 1.0 section 4.1", "https://www.w3.org/TR/xml/#wf-entdeclared";
    InvalidCharReference: NotWellFormed, "a reference to a character that XML does not allow", "a reference to a character of XML", "XML 1.0 section 4.1", "https://www.w3.org/TR/xml/#wf-Legalchar";
    LessThanInAttribute: NotWellFormed, "< in an attribute value", "&lt;", "XML 1.0 section 3.1", "https://www.w3.org/TR/xml/#CleanAttrVals";
    MissingEquals: NotWellFormed, "an attribute name without =", "=", "XML 1.0 section 3.1", "https://www.w3.org/TR/xml/#NT-Attribute";
    MissingQuote: NotWellFormed, "an attribute value without a quote", "a quote, \" or '", "XML 1.0 section 2.3", "https://www.w3.org/TR/xml/#NT-AttValue";
    MissingWhiteSpace: NotWellFormed, "no white space before an attribute", "white space, /> or >", "XML 1.0 section 3.1", "https://www.w3.org/TR/xml/#NT-STag";
    MalformedTagEnd: NotWellFormed, "a malformed end of a tag", ">", "XML 1.0 section 3.1", "https://www.w3.org/TR/xml/#NT-ETag";
    DuplicateAttribute: NotWellFormed, "an attribute that stands twice in one tag", "each attribute once", "XML 1.0 section 3.1", "https://www.w3.org/TR/xml/#uniqattspec";
    MismatchedEndTag: NotWellFormed, "an end tag of another name than the open element's", "the end tag of the open element", "XML 1.0 section 3", "https://www.w3.org/TR/xml/#GIMatch";
    UnopenedEndTag: NotWellFormed, "an end tag outside the root element", "white space or comments", "XML 1.0 section 2.1", "https://www.w3.org/TR/xml/#NT-document";
    TextOutsideRoot: NotWellFormed, "text outside the root element", "white space, comments, or the Envelope", "XML 1.0 section 2.1", "https://www.w3.org/TR/xml/#NT-document";
    SecondRoot: NotWellFormed, "a second root element", "white space or comments", "XML 1.0 section 2.1", "https://www.w3.org/TR/xml/#NT-document";

    InvalidQName: Namespace, "a name that is no QName", "prefix:local or local", "Namespaces section 4", "https://www.w3.org/TR/xml-names/#ns-qualnames";
    UnboundPrefix: Namespace, "a prefix that is not declared", "a prefix that is declared on the element or around it", "Namespaces section 5", "https://www.w3.org/TR/xml-names/#nsc-NSDeclared";
    DuplicateExpandedName: Namespace, "two attributes of the same expanded name", "each attribute once", "Namespaces section 6.3", "https://www.w3.org/TR/xml-names/#uniqAttrs";
    ReservedPrefix: Namespace, "a misuse of the prefix xml or xmlns", "another prefix", "Namespaces section 3", "https://www.w3.org/TR/xml-names/#xmlReserved";
    ReservedNamespace: Namespace, "a reserved namespace bound to a prefix of its own", "another namespace", "Namespaces section 3", "https://www.w3.org/TR/xml-names/#xmlReserved";
    UndeclaredPrefix: Namespace, "a prefix declared with an empty namespace", "a namespace name", "Namespaces section 5", "https://www.w3.org/TR/xml-names/#nsc-NoPrefixUndecl";

    Doctype: Doctype, "a document type declaration", "a message without one", "SOAP 1.1 section 3", "https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383492";
    ProcessingInstruction: ProcessingInstruction, "a processing instruction", "a message without one", "SOAP 1.1 section 3", "https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383492";
    Utf16: Encoding, "UTF-16", "UTF-8", "XML 1.0 section 4.3.3", "https://www.w3.org/TR/xml/#charencoding";
    Utf32: Encoding, "UTF-32", "UTF-8", "XML 1.0 section 4.3.3", "https://www.w3.org/TR/xml/#charencoding";
    DeclaredEncoding: Encoding, "a declared encoding other than UTF-8", "utf-8 in any case", "XML 1.0 section 4.3.3", "https://www.w3.org/TR/xml/#charencoding";

    NotEnvelope: Soap, "a root element that is no Envelope", "a SOAP Envelope", "SOAP 1.1 section 4.1", "https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383495";
    VersionMismatch: Soap, "an Envelope of an unknown namespace", "the namespace of SOAP 1.1 or 1.2", "SOAP 1.1 section 4.1.2", "https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383495";
    UnexpectedEnvelopeChild: Soap, "a child of Envelope that is neither Header nor Body", "Header or Body", "SOAP 1.2 section 5.1", "https://www.w3.org/TR/soap12-part1/#soapenvelope";
    DuplicateHeader: Soap, "a second Header", "Body", "SOAP 1.2 section 5.1", "https://www.w3.org/TR/soap12-part1/#soapenvelope";
    ElementAfterBody: Soap, "an element after Body", "the end of the Envelope", "SOAP 1.2 section 5.1", "https://www.w3.org/TR/soap12-part1/#soapenvelope";
    TrailingElement: Soap, "an element after Body, which WS-I forbids", "the end of the Envelope", "WS-I Basic Profile 1.1 R1011", "http://www.ws-i.org/Profiles/BasicProfile-1.1.html#SOAP_Trailers";
    MissingBody: Soap, "an Envelope without Body", "Body", "SOAP 1.1 section 4", "https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383494";
    StrayText: Soap, "text where only white space may stand", "white space or an element", "SOAP 1.2 section 5", "https://www.w3.org/TR/soap12-part1/#soapenv";
    UnqualifiedHeaderBlock: Soap, "a header block without a namespace", "a namespace-qualified element", "SOAP 1.1 section 4.2", "https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383497";
    InvalidMustUnderstand: Soap, "a value that mustUnderstand does not take", "0 or 1 (SOAP 1.2 also true and false)", "SOAP 1.1 section 4.2.3", "https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383500";
    InvalidRelay: Soap, "a value that relay does not take", "true, false, 1 or 0", "SOAP 1.2 section 5.2.4", "https://www.w3.org/TR/soap12-part1/#soaprelay";
    EmptyBody: Soap, "a Body without an entry", "one body entry", "WS-I Basic Profile 1.1 R9981", "http://www.ws-i.org/Profiles/BasicProfile-1.1.html";
    SecondBodyEntry: Soap, "a second body entry", "the end of Body", "WS-I Basic Profile 1.1 R9981", "http://www.ws-i.org/Profiles/BasicProfile-1.1.html";
    MissingFaultCode: Soap, "a Fault without a code", "faultcode (1.2: Code with Value)", "SOAP 1.1 section 4.4", "https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383507";
    MissingFaultReason: Soap, "a Fault without a reason", "faultstring (1.2: Reason with Text)", "SOAP 1.1 section 4.4", "https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383507";
    DuplicateFaultChild: Soap, "a part of a Fault that stands twice", "each part once", "SOAP 1.1 section 4.4", "https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383507";
    UnexpectedFaultChild: Soap, "an element that a Fault does not have there", "the parts of a Fault", "SOAP 1.1 section 4.4", "https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383507";
    FaultOrder: Soap, "parts of a Fault in the wrong order", "Code, Reason, Node, Role, Detail", "SOAP 1.2 section 5.4", "https://www.w3.org/TR/soap12-part1/#soapfault";
    MissingLang: Soap, "a Reason Text without xml:lang", "xml:lang", "SOAP 1.2 section 5.4.2.1", "https://www.w3.org/TR/soap12-part1/#reasontextelement";
    MissingCallId: Soap, "GetCallInfo without CallId", "CallId", "MS-OXWUMS 3.1.4.3.2.1", "https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/";
    EmptyCallId: Soap, "an empty CallId", "1 to 512 characters", "MS-OXWUMS 3.1.4.3.2.1", "https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/";
    CallIdTooLong: Soap, "a CallId of more than 512 characters", "1 to 512 characters", "MS-OXWUMS 3.1.4.3.2.1", "https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/";
    MissingCallState: Soap, "GetCallInfoResponse without CallState", "CallState", "MS-OXWUMS 3.1.4.3.3.1", "https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/";
    MissingEventCause: Soap, "GetCallInfoResponse without EventCause", "EventCause", "MS-OXWUMS 3.1.4.3.3.1", "https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/";
    DuplicateChild: Soap, "a child of the operation that stands twice", "each child once", "XML Schema 1 section 3.8", "https://www.w3.org/TR/xmlschema-1/#Model_Groups";
    ChildOrder: Soap, "EventCause before CallState", "CallState, then EventCause", "XML Schema 1 section 3.8", "https://www.w3.org/TR/xmlschema-1/#Model_Groups";
    UnexpectedChild: Soap, "an element that the operation does not have there", "the operation's children", "MS-OXWUMS 3.1.4.3", "https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/";
    MixedNamespaces: Soap, "http and https variants of the namespace in one operation", "one of the two throughout", "MS-OXWUMS 7.1", "https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/";
    ElementInText: Soap, "an element inside a text value", "text", "XML Schema 2 section 3.2.1", "https://www.w3.org/TR/xmlschema-2/#string";
    ResponseNesting: Soap, "GetCallInfoResponse nested otherwise than once", "CallState and EventCause, flat or within one inner GetCallInfoResponse", "MS-OXWUMS 3.1.4.3", "https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/";
    UnknownCallState: Soap, "an unknown CallState", "Idle, Connecting, Alerted, Connected, Disconnected, Incoming, Transferring, Forwarding", "MS-OXWUMS 3.1.4.3.4.1", "https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/";
    UnknownEventCause: Soap, "an unknown EventCause", "None, UserBusy, NoAnswer, Unavailable, Other", "MS-OXWUMS 3.1.4.3.4.2", "https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/";
    EnumWhiteSpace: Soap, "white space around an enumeration's word", "the word alone", "XML Schema 2 section 4.3.6", "https://www.w3.org/TR/xmlschema-2/#rf-whiteSpace";
    EnumCase: Soap, "an enumeration's word in another case", "the word as the schema spells it", "XML Schema 2 section 4.3.5", "https://www.w3.org/TR/xmlschema-2/#rf-enumeration";
    Nil: Soap, "xsi:nil on an element that cannot be nil", "no xsi:nil", "XML Schema 1 section 2.6.2", "https://www.w3.org/TR/xmlschema-1/#xsi_nil";
    InvalidNil: Soap, "a value that xsi:nil does not take", "true, false, 1 or 0", "XML Schema 1 section 2.6.2", "https://www.w3.org/TR/xmlschema-1/#xsi_nil";
    UnexpectedOperation: Soap, "another operation", "the operation that was asked for", "MS-OXWUMS 3.1.4.3", "https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/";
    UnexpectedRequest: Soap, "a request", "a response", "MS-OXWUMS 3.1.4.3", "https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/";
    UnexpectedResponse: Soap, "a response", "a request", "MS-OXWUMS 3.1.4.3", "https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/";
    UnexpectedFault: Soap, "a fault", "the operation that was asked for", "SOAP 1.1 section 4.4", "https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383507";

    MustUnderstand: MustUnderstand, "a mandatory header block that is not understood", "a block that the receiver understands, or one that is not mandatory", "SOAP 1.1 section 4.2.3", "https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383500";

    MessageTooLong: Limit, "a message longer than the limit", "a shorter message, or Limits::with_message_bytes", "Limits", "crate::Limits::message_bytes";
    TooDeep: Limit, "elements nested deeper than the limit", "fewer open elements", "Limits", "crate::Limits::depth";
    TooManyAttributes: Limit, "more attributes on an element than the limit", "fewer attributes", "Limits", "crate::Limits::attributes";
    TooManyDeclarations: Limit, "more namespace declarations in scope than the limit", "fewer declarations", "Limits", "crate::Limits::declarations";
    TagTooLong: Limit, "a tag longer than the limit", "a shorter tag", "Limits", "crate::Limits::tag_bytes";
    NamesTooLong: Limit, "names of open elements longer than the limit", "shorter names", "Limits", "crate::Limits::name_bytes";
    NamespacesTooLong: Limit, "namespaces in scope longer than the limit", "shorter prefixes and namespace names", "Limits", "crate::Limits::namespace_bytes";
    TextTooLong: Limit, "retained text longer than the limit", "shorter text", "Limits", "crate::Limits::text_bytes";

    BufferTooSmall: Output, "the output buffer is too small", "a larger buffer", "Envelope::encoded_len", "crate::Envelope::encoded_len";
    UnwritableBody: Output, "a body that this library does not write", "GetCallInfo, GetCallInfoResponse or Fault", "Envelope::encode", "crate::Envelope::encode";
    UnwritableFault: Output, "a fault with parts that are not written: further reasons, inner Subcodes, foreign elements, in 1.1 a Node", "one reason, one Subcode, no foreign element, and in 1.1 no Node", "Envelope::encode", "crate::Envelope::encode";
    UnwritableDetail: Output, "a detail that is not retained, has a namespace of its own, or depends on prefixes bound outside", "a detail that declares its own prefixes, and is in no namespace (1.2: in the envelope's)", "Envelope::encode", "crate::Envelope::encode";
    UnwritableFaultCode: Output, "a fault code that has no form in this version", "a standard code, or a code of one QName", "Envelope::encode", "crate::Envelope::encode";
    UnwritableChar: Output, "a character that XML cannot carry", "characters of XML", "XML 1.0 section 2.2", "https://www.w3.org/TR/xml/#charsets";
    UnwritableCallId: Output, "a CallId outside 1 to 512 characters", "1 to 512 characters", "MS-OXWUMS 3.1.4.3.2.1", "https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/";
    Base64Alphabet: Output, "a character outside the base64 alphabet", "A-Z a-z 0-9 + /", "RFC 4648 section 4", "https://www.rfc-editor.org/rfc/rfc4648#section-4";
    Base64Padding: Output, "base64 of a wrong length or padding", "groups of four characters, the last padded with =", "RFC 4648 section 4", "https://www.rfc-editor.org/rfc/rfc4648#section-4";
    Base64Tail: Output, "base64 whose last character has stray bits", "the canonical last character", "RFC 4648 section 3.5", "https://www.rfc-editor.org/rfc/rfc4648#section-3.5";
}

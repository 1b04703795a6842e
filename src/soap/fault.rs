//! SOAP faults of both versions, read and written side by side, and the fault that answers a refusal.

use core::fmt;

use crate::base::version::{self, SoapVersion};
use crate::xml::text::Text;

mod accessors;
mod code;
mod parts;
mod reason;
mod refusal;
mod source;
mod written;

pub use code::{FaultCode, QName, Subcodes};
pub(crate) use parts::{Part, Progress};
pub use reason::{Reason, Reasons};

pub(crate) use source::Retained;
use source::Source;

/// The form in which the detail is written. Its text is in a field of the fault, which makes a fault 8 bytes smaller.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    /// The detail that was read. A fault that a program has made has an empty detail in 1.1, if it may be about the
    /// Body.
    AsRead,
    Omitted,
    /// The detail of the UM dialect: an ErrorInvalidRequest with the text as its message (MS-OXWUMS 2.2.2.1).
    InvalidRequest,
    /// The detail of the UM dialect: the text as the exception type (MS-OXWUMS 3.1.4.3).
    Exception,
    /// The text as the checked content of the detail.
    Content,
}

/// A SOAP fault: one that was read, or one for writing.
///
/// A fault of a whole message has all its parts. A [`Decoder`](crate::Decoder) keeps the first reason, the outermost
/// subcode and the exception type. Its fault lacks further reasons, inner subcodes, the content of the detail and the
/// raw bytes. A fault that lacks a part is not written.
///
/// ```
/// use umsoap::{Body, Envelope, Fault, FaultCode, SoapVersion};
/// // A node between client and server names itself.
/// let fault = Fault::new(FaultCode::Receiver, "The server does not answer.").with_node("urn:example:gateway");
/// let mut out = [0; 1024];
/// let bytes = Envelope::new(SoapVersion::V1_2, Body::Fault(fault)).encode(&mut out)?;
/// let Body::Fault(read) = Envelope::parse(bytes)?.body() else { panic!() };
/// assert_eq!(read.class(), Some(FaultCode::Receiver));
/// assert!(read.node().unwrap() == "urn:example:gateway");
/// # Ok::<(), umsoap::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Fault<'a> {
    source: Source<'a>,
    // A part that a program has set replaces the part that was read.
    subcode: Option<(&'a str, &'a str)>,
    reason: Option<Text<'a>>,
    lang: Option<&'a str>,
    actor: Option<&'a str>,
    node: Option<&'a str>,
    detail: Detail,
    /// The text of the detail; empty if the form has none.
    detail_text: &'a str,
    class: Option<FaultCode>,
    /// The version of the message that was read.
    version: SoapVersion,
}

impl<'a> Fault<'a> {
    const fn of(source: Source<'a>, version: SoapVersion) -> Self {
        Self {
            source,
            subcode: None,
            reason: None,
            lang: None,
            actor: None,
            node: None,
            detail: Detail::AsRead,
            detail_text: "",
            class: None,
            version,
        }
    }

    /// Returns a fault with one of SOAP's codes and a reason in English.
    ///
    /// In 1.1 the fault has an empty detail, unless its code is VersionMismatch or MustUnderstand. Section 4.4 demands
    /// a detail for a fault about the Body. Use [`without_detail`](Self::without_detail) for any other
    /// fault.
    pub const fn new(code: FaultCode, reason: &'a str) -> Self {
        let mut fault = Self::of(Source::Program, SoapVersion::V1_1);
        fault.class = Some(code);
        fault.reason = Some(Text::new(reason));
        fault.lang = Some("en-US");
        fault
    }

    /// Returns the fault for a CallId that the server does not know, or that is not the caller's: MS-OXWUMS 3.1.4.3.
    pub const fn invalid_call_id() -> Fault<'static> {
        let code = "a:InvalidCallIdException";
        Fault::exception(code, "InvalidCallIdException", "The call identifier isn't valid.")
    }

    /// Returns the fault for an entryId that names no message of the caller's mailbox: MS-OXWUMS 3.1.4.8.
    ///
    /// ```
    /// use umsoap::Fault;
    /// assert!(Fault::invalid_object_id().exception_type().unwrap() == *"InvalidObjectIdException");
    /// ```
    pub const fn invalid_object_id() -> Fault<'static> {
        let code = "a:InvalidObjectIdException";
        Fault::exception(code, "InvalidObjectIdException", "The object identifier isn't valid.")
    }

    /// Returns the fault for a dial string that the dialing rules do not allow: MS-OXWUMS 3.1.4.8 and 3.1.4.9.
    ///
    /// ```
    /// use umsoap::Fault;
    /// assert!(Fault::dialing_rules().exception_type().unwrap() == *"DialingRulesException");
    /// ```
    pub const fn dialing_rules() -> Fault<'static> {
        let code = "a:DialingRulesException";
        Fault::exception(code, "DialingRulesException", "The dialing rules don't allow this dial string.")
    }

    /// Returns the fault of an exception of the service. In `code` its name has the prefix `a`.
    const fn exception(code: &'static str, name: &'static str, reason: &'static str) -> Fault<'static> {
        let mut fault = Fault::new(FaultCode::Sender, reason);
        fault.subcode = Some((version::ERRORS, code));
        (fault.detail, fault.detail_text) = (Detail::Exception, name);
        fault
    }

    /// Returns the fault of a whole message, whose Envelope, Body and Fault begin at these offsets.
    pub(crate) const fn in_message(
        version: SoapVersion,
        input: &'a [u8],
        (envelope, body, fault): (u32, u32, u32),
    ) -> Self {
        Self::of(Source::Message { input, envelope, body, fault }, version)
    }

    /// Returns the fault of a decoder.
    pub(crate) const fn in_decoder(version: SoapVersion, copies: &'a [u8], retained: &'a Retained) -> Self {
        Self::of(Source::Decoder { copies, retained }, version)
    }

    /// Names the role in which the node acted: `faultactor` in 1.1, `Role` in 1.2. A node that is not the ultimate
    /// receiver has to call [`with_node`](Self::with_node), too, or instead.
    ///
    /// ```
    /// use umsoap::{Fault, FaultCode};
    /// let fault = Fault::new(FaultCode::Receiver, "busy").with_actor("urn:example:role").with_node("urn:example:gateway");
    /// assert!(fault.actor().unwrap() == "urn:example:role");
    /// ```
    #[must_use]
    pub const fn with_actor(mut self, actor: &'a str) -> Self {
        self.actor = Some(actor);
        self
    }

    /// Names the node that found the fault by its URI: `Node` in 1.2, `faultactor` in 1.1. A node that is not the
    /// ultimate receiver must do so (SOAP 1.1 section 4.4, <https://www.w3.org/TR/soap12-part1/#faultactorelement>).
    #[must_use]
    pub const fn with_node(mut self, node: &'a str) -> Self {
        self.node = Some(node);
        self
    }

    /// Sets the only reason. Its language is unknown, unless [`with_lang`](Self::with_lang) sets it.
    ///
    /// ```
    /// use umsoap::{Fault, FaultCode, Text};
    /// let fault = Fault::new(FaultCode::Sender, "").with_reason(Text::new("nej")).with_lang("sv");
    /// assert!(fault.reason() == "nej" && fault.lang().unwrap() == "sv");
    /// ```
    #[must_use]
    pub const fn with_reason(mut self, reason: Text<'a>) -> Self {
        self.reason = Some(reason);
        self.lang = None;
        self
    }

    /// Sets the language of the first reason: a tag such as `sv` (<https://www.rfc-editor.org/info/bcp47>).
    #[must_use]
    pub const fn with_lang(mut self, lang: &'a str) -> Self {
        self.lang = Some(lang);
        self
    }

    /// Sets the only subcode: a QName in this namespace. Its prefix is written if it has one. SOAP 1.1 has no subcodes,
    /// so the subcode is written as the code there. In 1.1 a fault is refused if the class of its subcode differs from
    /// its code. A subcode that MS-OXWUMS does not define counts as one of the class Sender. So such a subcode with the code
    /// Receiver is refused.
    ///
    /// ```
    /// use umsoap::{Envelope, Fault, FaultCode, SoapVersion};
    /// let fault = Fault::new(FaultCode::Sender, "busy").with_subcode("urn:m", "m:Busy");
    /// let mut out = [0; 512];
    /// let bytes = Envelope::new(SoapVersion::V1_1, fault.into()).encode(&mut out)?;
    /// assert!(String::from_utf8_lossy(bytes).contains("<faultcode xmlns:m=\"urn:m\">m:Busy</faultcode>"));
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    #[must_use]
    pub const fn with_subcode(mut self, namespace: &'a str, name: &'a str) -> Self {
        self.subcode = Some((namespace, name));
        self
    }

    /// Sets the class of a fault whose code is not one of SOAP's. In 1.2 the class is written as the code, and the
    /// fault's own code as the subcode. Without it, such a fault is not written in 1.2, unless [`class`](Self::class)
    /// is known. A code of SOAP is not changed. A prefix that was not declared where the code was read is written
    /// without a declaration, too.
    ///
    /// ```
    /// use umsoap::{Body, Envelope, FaultCode, SoapVersion};
    /// let message = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><s:Fault>\
    ///     <faultcode xmlns:m='urn:m'>m:Busy</faultcode><faultstring>busy</faultstring></s:Fault></s:Body></s:Envelope>";
    /// let Body::Fault(fault) = Envelope::parse(message)?.body() else { panic!() };
    /// let in_1_2 = |fault| Envelope::new(SoapVersion::V1_2, Body::Fault(fault)).check();
    /// assert!(in_1_2(fault).is_err() && in_1_2(fault.with_class(FaultCode::Receiver)).is_ok());
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    #[must_use]
    pub const fn with_class(mut self, class: FaultCode) -> Self {
        self.class = match (self.class, self.source) {
            (Some(code), Source::Program) => Some(code),
            _ => Some(class),
        };
        self
    }

    /// Sets the content of the detail, which was checked as content that stands alone.
    pub(crate) const fn with_checked_detail(mut self, content: &'a str) -> Self {
        (self.detail, self.detail_text) = (Detail::Content, content);
        self
    }

    /// Leaves the detail out, also in 1.1, for a fault that is not about the Body.
    ///
    /// ```
    /// use umsoap::{Envelope, Fault, FaultCode, SoapVersion};
    /// let fault = Fault::new(FaultCode::Sender, "not authorised");
    /// let length = |fault: Fault<'_>| Envelope::new(SoapVersion::V1_1, fault.into()).encoded_len();
    /// assert_eq!(length(fault) - length(fault.without_detail()), "<detail/>".len());
    /// ```
    #[must_use]
    pub const fn without_detail(mut self) -> Self {
        (self.detail, self.detail_text) = (Detail::Omitted, "");
        self
    }
}

/// Returns the local name of the detail.
const fn detail_name(version: SoapVersion) -> &'static [u8] {
    match version {
        SoapVersion::V1_1 => b"detail",
        SoapVersion::V1_2 => b"Detail",
    }
}

/// The message around the content of a detail, without any prefix in scope. The rules recognise the parts of a fault by
/// their local names alone.
pub(crate) const AROUND_DETAIL: [&str; 2] = [
    "<Envelope xmlns=\"http://schemas.xmlsoap.org/soap/envelope/\"><Body><Fault><faultcode/><faultstring/><detail xmlns=\"\">",
    "</detail></Fault></Body></Envelope>",
];

/// Compares the parts of the faults. Two faults may be equal although they are written differently.
impl PartialEq for Fault<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.code(), self.code_namespace(), self.class())
            == (other.code(), other.code_namespace(), other.class())
            && self.subcodes().eq(other.subcodes())
            && self.reasons().eq(other.reasons())
            && (self.actor(), self.node()) == (other.actor(), other.node())
            && self.other_elements().eq(other.other_elements())
            && self.detail() == other.detail()
            && match (self.detail, other.detail) {
                (Detail::AsRead | Detail::Omitted, Detail::AsRead | Detail::Omitted) => true,
                (one, another) => one == another && self.detail_text == other.detail_text,
            }
    }
}

impl Eq for Fault<'_> {}

impl fmt::Debug for Fault<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fault")
            .field("code", &self.code())
            .field("reason", &self.reason())
            .field("detail", &self.detail())
            .finish_non_exhaustive()
    }
}

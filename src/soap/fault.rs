//! SOAP faults of both versions, read and written side by side, and the fault that answers a refusal.

use core::fmt;

use crate::base::retain::{TextSlot, View};
use crate::base::version::{self, SoapVersion};
use crate::xml::element::Element;
use crate::xml::text::{Text, str_of};

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
use source::{Path, Source};

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
    /// The text as content, which was checked.
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
    /// a detail for a fault about the Body. Use [`without_detail`](Self::without_detail) for a fault about something
    /// else.
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
    /// so the subcode is written as the code there. In 1.1 a fault is refused if its subcode tells another class than
    /// its code. A subcode that MS-OXWUMS does not define counts as the sender's, so such a subcode of a Receiver is
    /// refused.
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

    /// Returns the HTTP status with which the fault is sent in this version. It is 500 for every fault in 1.1
    /// (<https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383529>). In 1.2 it is 400 for the class Sender, and 500
    /// otherwise (<https://www.w3.org/TR/soap12-part2/#tabresstatereccodes>).
    pub fn http_status(&self, version: SoapVersion) -> u16 {
        match (version, self.class()) {
            (SoapVersion::V1_2, Some(FaultCode::Sender)) => 400,
            _ => 500,
        }
    }

    /// Returns the path to a part of the fault of a whole message.
    fn part(&self, names: &[&[u8]]) -> Option<Path<'a>> {
        match self.source {
            Source::Message { input, envelope, body, fault } => {
                Path::new(input, [envelope, body, fault]).part(names)
            }
            Source::Program | Source::Decoder { .. } => None,
        }
    }

    /// Returns a text of the fault that was read.
    fn read_text(&self, slot: TextSlot) -> Option<Text<'a>> {
        if let Source::Decoder { copies, retained } = self.source {
            return retained.text(slot, copies);
        }
        let names: &[&[u8]] = match (self.version, slot) {
            (SoapVersion::V1_1, TextSlot::Reason) => &[b"faultstring"],
            (SoapVersion::V1_1, TextSlot::Actor) => &[b"faultactor"],
            (SoapVersion::V1_2, TextSlot::Reason) => &[b"Reason", b"Text"],
            (SoapVersion::V1_2, TextSlot::Actor) => &[b"Role"],
            (SoapVersion::V1_2, TextSlot::Node) => &[b"Node"],
            (version, TextSlot::Exception) => {
                let path = self.part(&[detail_name(version), b"ExceptionType"])?;
                // An exception type with elements counts as none.
                return path.children().next().is_none().then(|| path.text());
            }
            _ => return None,
        };
        Some(self.part(names)?.text())
    }

    /// Returns the code of a fault that was read.
    fn read_code(&self) -> Option<QName<'a>> {
        match (self.source, self.version) {
            (Source::Program, _) => None,
            (Source::Decoder { copies, retained }, _) => retained.code(TextSlot::Code, copies),
            (Source::Message { .. }, SoapVersion::V1_1) => Some(self.part(&[b"faultcode"])?.qname()),
            (Source::Message { .. }, SoapVersion::V1_2) => Some(self.part(&[b"Code", b"Value"])?.qname()),
        }
    }

    /// Returns the text of faultcode (1.2: of Value in Code), with its prefix. The prefix need not be declared.
    pub fn code(&self) -> Text<'a> {
        match (self.read_code(), self.class) {
            (Some(code), _) => code.text,
            (None, Some(code)) => Text::new(code.local_name(SoapVersion::V1_1)),
            (None, None) => Text::new(""),
        }
    }

    /// Returns the namespace that the code's prefix is bound to, if it was declared.
    pub fn code_namespace(&self) -> Option<Text<'a>> {
        self.read_code()?.namespace
    }

    /// Returns the code, if it is one of SOAP's own.
    pub fn standard_code(&self) -> Option<FaultCode> {
        match self.read_code() {
            Some(code) => code.standard(self.version),
            None => self.class,
        }
    }

    /// Returns the code of SOAP whose class the fault is in. It tells whether the sender or the receiver was at fault.
    ///
    /// The class is known for SOAP's own codes and for codes that refine one of these by dots. It is also known for
    /// their names without a prefix in no namespace, and for the failures that MS-OXWUMS defines. `None` for any other
    /// code: an application's code does not tell its class.
    ///
    /// ```
    /// use umsoap::{Body, Envelope, FaultCode};
    /// let input = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><s:Fault>\
    ///     <faultcode>s:Server.userException</faultcode><faultstring>no</faultstring></s:Fault></s:Body></s:Envelope>";
    /// let Body::Fault(fault) = Envelope::parse(input)?.body() else { panic!() };
    /// assert_eq!((fault.class(), fault.standard_code()), (Some(FaultCode::Receiver), None));
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    pub fn class(&self) -> Option<FaultCode> {
        match self.read_code() {
            Some(code) => code.standard(self.version).or(self.class).or_else(|| code.class()),
            None => self.class,
        }
    }

    /// Returns the text of the outermost subcode, which 1.1 does not have.
    pub fn subcode(&self) -> Option<Text<'a>> {
        Some(self.subcodes().next()?.text)
    }

    /// Returns the namespace that the prefix of the outermost subcode is bound to.
    pub fn subcode_namespace(&self) -> Option<Text<'a>> {
        self.subcodes().next()?.namespace
    }

    /// Returns an iterator over the subcodes, the outermost first. A decoder keeps only the outermost.
    pub fn subcodes(&self) -> Subcodes<'a> {
        let made = self.subcode.map(|(uri, name)| QName {
            text: Text::new(name),
            namespace: (!uri.is_empty()).then_some(Text::new(uri)),
        });
        match (made, self.source) {
            (Some(made), _) => Subcodes { first: Some(made), path: None },
            (None, Source::Decoder { copies, retained }) => {
                Subcodes { first: retained.code(TextSlot::Subcode, copies), path: None }
            }
            (None, _) if self.version == SoapVersion::V1_1 => Subcodes { first: None, path: None },
            (None, _) => Subcodes { first: None, path: self.part(&[b"Code"]) },
        }
    }

    /// Returns the text of faultstring (1.2: of the first Text in Reason).
    pub fn reason(&self) -> Text<'a> {
        self.reason.or_else(|| self.read_text(TextSlot::Reason)).unwrap_or(Text::new(""))
    }

    /// Returns the language of the first reason: its xml:lang, which 1.2 requires. In 1.1 it may stand on an element
    /// around the reason, up to Envelope.
    pub fn lang(&self) -> Option<Text<'a>> {
        match (self.lang, self.reason, self.source) {
            (Some(lang), _, _) => Some(Text::new(lang)),
            (None, Some(_), _) | (None, None, Source::Program) => None,
            (None, None, Source::Decoder { copies, retained }) => {
                Some(Text::attribute(View::Copies(copies).get(retained.lang?)))
            }
            (None, None, Source::Message { .. }) => match self.version {
                SoapVersion::V1_1 => self.part(&[b"faultstring"])?.lang(),
                SoapVersion::V1_2 => self.part(&[b"Reason", b"Text"])?.lang(),
            },
        }
    }

    /// Returns an iterator over the reasons, which give one reason in several languages. In 1.1 there is one. A decoder
    /// keeps only the first.
    ///
    /// ```
    /// use umsoap::{Body, Envelope};
    /// let input = "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body><s:Fault>\
    ///     <s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text xml:lang='en'>no</s:Text>\
    ///     <s:Text xml:lang='sv'>nej</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>";
    /// let Body::Fault(fault) = Envelope::parse(input.as_bytes())?.body() else { panic!() };
    /// let swedish = fault.reasons().find(|reason| reason.lang().is_some_and(|lang| lang == "sv"));
    /// assert!(swedish.unwrap().text() == "nej");
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    pub fn reasons(&self) -> Reasons<'a> {
        let first = Some(Reason { text: self.reason(), lang: self.lang() });
        let has_others = self.reason.is_none() && self.version == SoapVersion::V1_2;
        let path = if has_others { self.part(&[b"Reason"]) } else { None };
        let others = path.map(|path| {
            let mut children = path.children();
            children.next();
            (path, children)
        });
        Reasons { first, others }
    }

    /// Returns the text of faultactor (1.2: of Role).
    pub fn actor(&self) -> Option<Text<'a>> {
        self.actor.map(Text::new).or_else(|| self.read_text(TextSlot::Actor))
    }

    /// Returns the text of Node, which 1.1 does not have.
    pub fn node(&self) -> Option<Text<'a>> {
        self.node.map(Text::new).or_else(|| self.read_text(TextSlot::Node))
    }

    /// Returns the detail element, if the fault was read from a message and has one. Its prefixes may be declared
    /// outside it: [`Element::node`] resolves them.
    ///
    /// ```
    /// use umsoap::{Body, Envelope};
    /// let input = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns:e='urn:e'><s:Body><s:Fault>\
    ///     <faultcode>s:Client</faultcode><faultstring>no</faultstring>\
    ///     <detail><e:Line>7</e:Line></detail></s:Fault></s:Body></s:Envelope>";
    /// let Body::Fault(fault) = Envelope::parse(input)?.body() else { panic!() };
    /// let detail = fault.detail().unwrap().node().unwrap();
    /// assert_eq!(detail.child("urn:e", "Line").unwrap().text().unwrap(), "7");
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    pub fn detail(&self) -> Option<Element<'a>> {
        let local = detail_name(self.version);
        match (self.detail, self.source) {
            (Detail::AsRead, Source::Message { .. }) => Some(self.part(&[local])?.element()),
            (Detail::AsRead, Source::Decoder { copies, retained }) => {
                Some(Element::new(retained.detail?.text(View::Copies(copies)), local, None))
            }
            _ => None,
        }
    }

    /// Returns an iterator over the elements that are not SOAP's, which a 1.1 fault may have beside its own. They are
    /// in a namespace, and have any name (<https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383507>). They are
    /// written in 1.1. 1.2 has no place for them, so a fault with such elements is not written there. A
    /// [`Decoder`](crate::Decoder) does not keep them. Complexity: O(the fault's length) for all.
    ///
    /// ```
    /// use umsoap::{Body, Envelope};
    /// let input = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><s:Fault>\
    ///     <faultcode>s:Server</faultcode><faultstring>no</faultstring><t:Ticket xmlns:t='urn:t'>7</t:Ticket>\
    ///     </s:Fault></s:Body></s:Envelope>";
    /// let Body::Fault(fault) = Envelope::parse(input)?.body() else { panic!() };
    /// let ticket = fault.other_elements().find(|element| element.is("urn:t", "Ticket")).unwrap();
    /// assert_eq!(ticket.text().unwrap(), "7");
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    pub fn other_elements(&self) -> impl Iterator<Item = Element<'a>> + use<'a> {
        const OWN: [&[u8]; 4] = [b"faultcode", b"faultstring", b"faultactor", b"detail"];
        let path = if self.version == SoapVersion::V1_1 { self.part(&[]) } else { None };
        path.into_iter().flat_map(|path| {
            path.children().filter_map(move |child| {
                let mut element = path.clone();
                element.push(child);
                (!OWN.contains(&path.local_at(child))).then(|| element.element())
            })
        })
    }

    /// Returns the exception of the UM dialect, such as `InvalidCallIdException`. It is the text of ExceptionType in
    /// the detail, in any namespace, without a prefix and the white space around it.
    pub fn exception_type(&self) -> Option<Text<'a>> {
        match self.detail {
            Detail::Exception => Some(Text::new(self.detail_text)),
            Detail::AsRead => Some(self.read_text(TextSlot::Exception)?.trimmed().split().1),
            Detail::Omitted | Detail::InvalidRequest | Detail::Content => None,
        }
    }

    /// Returns the bytes of the fault from its `<` to its last `>`, if it was read from a whole message. They include
    /// the parts that no other function returns. Their prefixes may be declared outside the fault.
    pub fn raw(&self) -> Option<&'a str> {
        self.part(&[]).map(|path| str_of(path.raw()))
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

/// Compares the parts of the faults, however they are written.
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

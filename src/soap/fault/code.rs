//! The codes of faults.

use crate::base::version::{self, SoapVersion};
use crate::xml::node::Node;
use crate::xml::text::Text;

/// The codes that SOAP defines, in the words of 1.2.
///
/// ```
/// use umsoap::{Fault, FaultCode, SoapVersion};
/// assert_eq!(FaultCode::Sender.local_name(SoapVersion::V1_1), "Client");
/// assert_eq!(Fault::new(FaultCode::Sender, "no").http_status(SoapVersion::V1_2), 400);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultCode {
    /// The receiver does not know the envelope's namespace.
    VersionMismatch,
    /// A mandatory header block was not understood.
    MustUnderstand,
    /// An encodingStyle is not supported (1.2 only).
    DataEncodingUnknown,
    /// The message was at fault (in 1.1: Client).
    Sender,
    /// The receiver could not process the message (in 1.1: Server).
    Receiver,
}

impl FaultCode {
    const ALL: [Self; 5] = [
        Self::VersionMismatch,
        Self::MustUnderstand,
        Self::DataEncodingUnknown,
        Self::Sender,
        Self::Receiver,
    ];

    /// Returns the codes of this version.
    pub(super) fn of(version: SoapVersion) -> impl Iterator<Item = Self> {
        let has = move |code: &Self| version == SoapVersion::V1_2 || *code != Self::DataEncodingUnknown;
        Self::ALL.into_iter().filter(has)
    }

    /// Returns the local name of the code in this version. 1.1 has no DataEncodingUnknown, so the name of that code is
    /// Client in 1.1.
    pub const fn local_name(self, version: SoapVersion) -> &'static str {
        match (self, version) {
            (Self::VersionMismatch, _) => "VersionMismatch",
            (Self::MustUnderstand, _) => "MustUnderstand",
            (Self::DataEncodingUnknown, SoapVersion::V1_2) => "DataEncodingUnknown",
            (Self::Sender, SoapVersion::V1_2) => "Sender",
            (Self::Receiver, SoapVersion::V1_2) => "Receiver",
            (Self::Sender | Self::DataEncodingUnknown, SoapVersion::V1_1) => "Client",
            (Self::Receiver, SoapVersion::V1_1) => "Server",
        }
    }
}

/// A qualified name that is the text of an element, such as the code of a fault. It holds the text as written, and the
/// namespace name that its prefix is bound to.
///
/// ```
/// use umsoap::{Body, Envelope};
/// let input = b"<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body><s:Fault>\
///     <s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value xmlns:m='urn:m'>m:Busy</s:Value></s:Subcode></s:Code>\
///     <s:Reason><s:Text xml:lang='en'>no</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>";
/// let Body::Fault(fault) = Envelope::parse(input)?.body() else { panic!() };
/// let subcode = fault.subcodes().next().unwrap();
/// assert!(subcode.text() == "m:Busy" && subcode.local_name() == "Busy");
/// assert!(subcode.namespace().unwrap() == "urn:m");
/// # Ok::<(), umsoap::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QName<'a> {
    pub(crate) text: Text<'a>,
    pub(crate) namespace: Option<Text<'a>>,
}

impl<'a> QName<'a> {
    /// Returns the text of an element as a name, or `None` if the element has children.
    pub(super) fn of(element: &Node<'a>) -> Option<Self> {
        let text = element.text()?;
        Some(Self { text, namespace: element.resolve_text(text.trimmed().split().0) })
    }

    /// Returns the name as it was written, with its prefix and the white space around it.
    pub const fn text(&self) -> Text<'a> {
        self.text
    }

    /// Returns the namespace that the prefix is bound to. A name without a prefix is in the default namespace. Returns
    /// `None` for a name in no namespace, and for a prefix that is not declared.
    pub const fn namespace(&self) -> Option<Text<'a>> {
        self.namespace
    }

    /// Returns the name without its prefix and without the white space around it.
    pub fn local_name(&self) -> Text<'a> {
        self.text.trimmed().split().1
    }

    /// Returns the code of SOAP that has exactly this name.
    pub(super) fn standard(&self, version: SoapVersion) -> Option<FaultCode> {
        let ours = self.namespace.is_some_and(|uri| uri == *version.namespace());
        let local = self.local_name();
        FaultCode::of(version).find(|code| ours && local == *code.local_name(version))
    }

    /// Returns the class of the name, as a code of SOAP.
    ///
    /// For a name in SOAP's namespace, the words before the first dot decide
    /// (<https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383510>). They also decide for a name without a prefix
    /// in no namespace, as some stacks send it. Other names have a class if MS-OXWUMS defines the failure.
    pub(super) fn class(&self) -> Option<FaultCode> {
        let local = self.local_name();
        let begins = |word: &str| {
            let mut chars = local.chars();
            word.chars().all(|c| chars.next() == Some(c)) && matches!(chars.next(), None | Some('.'))
        };
        let of = |version| FaultCode::of(version).find(|code| begins(code.local_name(version)));
        match self.namespace {
            Some(uri) if uri == *version::SOAP_1_1 => of(SoapVersion::V1_1),
            Some(uri) if uri == *version::SOAP_1_2 => of(SoapVersion::V1_2),
            Some(uri) => {
                let is_one = |names: &[&str]| names.iter().any(|name| local == **name);
                let is_known = (uri == *version::ERRORS && is_one(&EXCEPTIONS))
                    || (uri == *version::TYPES && is_one(&REFUSALS));
                is_known.then_some(FaultCode::Sender)
            }
            None if self.text.chars().any(|c| c == ':') => None,
            None => of(SoapVersion::V1_1).or_else(|| of(SoapVersion::V1_2)),
        }
    }
}

/// The exceptions of the service. Each says that the client's request was wrong: MS-OXWUMS 2.2.3.1.
const EXCEPTIONS: [&str; 3] = ["InvalidCallIdException", "InvalidObjectIdException", "DialingRulesException"];

/// The codes for a malformed or invalid request: the code of MS-OXWUMS 2.2.2.1, and the codes that EWS sends instead.
const REFUSALS: [&str; 3] = ["ErrorInvalidRequest", "ErrorSchemaValidation", "ErrorIncorrectSchemaVersion"];

/// An iterator over the subcodes of a fault, the outermost first, from [`Fault::subcodes`](crate::Fault::subcodes).
/// Complexity: O(the code's length) for all subcodes together.
///
/// ```
/// use umsoap::{Body, Envelope};
/// let message = b"<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body><s:Fault><s:Code>\
///     <s:Value>s:Sender</s:Value><s:Subcode><s:Value xmlns:m='urn:m'>m:Busy</s:Value></s:Subcode></s:Code><s:Reason>\
///     <s:Text xml:lang='en'>no</s:Text><s:Text xml:lang='sv'>nej</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>";
/// let Body::Fault(fault) = Envelope::parse(message)?.body() else { panic!() };
/// assert_eq!(fault.subcodes().map(|code| code.local_name().to_string()).collect::<Vec<_>>(), ["Busy"]);
/// # Ok::<(), umsoap::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Subcodes<'a> {
    pub(super) first: Option<QName<'a>>,
    /// The element around the next subcode: Code, or the subcode before it.
    pub(super) outer: Option<Node<'a>>,
}

impl<'a> Iterator for Subcodes<'a> {
    type Item = QName<'a>;

    fn next(&mut self) -> Option<QName<'a>> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        self.outer = self.outer.take()?.child_of_local_name(b"Subcode");
        QName::of(&self.outer.as_ref()?.child_of_local_name(b"Value")?)
    }
}

//! SOAP faults of both versions, read and written side by side, and the fault that answers a refusal.

use core::fmt;

use crate::base::error::{Category, Error, ErrorKind};
use crate::base::retain::Slot;
use crate::base::version::{self, SoapVersion};
use crate::base::write::Sink;
use crate::xml::chars;
use crate::xml::element::Element;
use crate::xml::text::{self, Text};
use crate::xml::token;

/// An element of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Fault,
    /// A text that is kept, or checked only.
    Text(Option<Slot>),
    Code,
    Subcode {
        outermost: bool,
    },
    Reason,
    Detail,
    /// An element that a 1.1 fault may carry beside its own.
    Foreign,
}

/// What was read of a fault.
#[derive(Clone, Copy)]
pub(crate) struct Progress {
    code: bool,
    reason: bool,
    actor: bool,
    node: bool,
    detail: bool,
    value: bool,
    subcode: bool,
    sub_value: bool,
    inner_subcode: bool,
    text: bool,
    exception: bool,
    /// Was there something that [`Fault`] does not hold?
    more: bool,
}

impl Progress {
    pub(crate) const NOTHING: Self = Self {
        code: false,
        reason: false,
        actor: false,
        node: false,
        detail: false,
        value: false,
        subcode: false,
        sub_value: false,
        inner_subcode: false,
        text: false,
        exception: false,
        more: false,
    };

    /// 1.1: `Fault{ faultcode, faultstring, faultactor?, detail? }` in any order, and qualified others.
    /// 1.2: `Fault{ Code{ Value, Subcode?{ Value, Subcode? } }, Reason{ Text+ }, Node?, Role?, Detail? }`.
    /// <https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383507>, <https://www.w3.org/TR/soap12-part1/#soapfault>
    pub(crate) fn child(
        &mut self,
        version: SoapVersion,
        parent: Part,
        local: &[u8],
        qualified: bool,
    ) -> Result<Part, ErrorKind> {
        use SoapVersion::{V1_1, V1_2};
        let once = |seen: &mut bool| {
            if core::mem::replace(seen, true) { Err(ErrorKind::DuplicateFaultChild) } else { Ok(()) }
        };
        let order = |fits: bool| if fits { Ok(()) } else { Err(ErrorKind::FaultOrder) };
        match (version, parent, local) {
            (_, Part::Text(_), _) => Err(ErrorKind::ElementInText),
            (V1_1, Part::Fault, b"faultcode") => once(&mut self.code).map(|()| Part::Text(Some(Slot::Code))),
            (V1_1, Part::Fault, b"faultstring") => {
                once(&mut self.reason).map(|()| Part::Text(Some(Slot::Reason)))
            }
            (V1_1, Part::Fault, b"faultactor") => {
                once(&mut self.actor).map(|()| Part::Text(Some(Slot::Actor)))
            }
            (V1_1, Part::Fault, b"detail") => once(&mut self.detail).map(|()| Part::Detail),
            (V1_1, Part::Fault, _) if qualified => {
                self.more = true;
                Ok(Part::Foreign)
            }
            // Nothing stands before Code, nor Node, Role and Detail before Reason: they would have been refused.
            (V1_2, Part::Fault, b"Code") => once(&mut self.code).map(|()| Part::Code),
            (V1_2, Part::Fault, b"Reason") => {
                once(&mut self.reason).and_then(|()| order(self.code)).map(|()| Part::Reason)
            }
            (V1_2, Part::Fault, b"Node") => once(&mut self.node)
                .and_then(|()| order(self.reason && !(self.actor || self.detail)))
                .map(|()| Part::Text(Some(Slot::Node))),
            (V1_2, Part::Fault, b"Role") => once(&mut self.actor)
                .and_then(|()| order(self.reason && !self.detail))
                .map(|()| Part::Text(Some(Slot::Actor))),
            (V1_2, Part::Fault, b"Detail") => {
                once(&mut self.detail).and_then(|()| order(self.reason)).map(|()| Part::Detail)
            }
            // Nor does a Subcode stand before a Value.
            (V1_2, Part::Code, b"Value") => once(&mut self.value).map(|()| Part::Text(Some(Slot::Code))),
            (V1_2, Part::Code, b"Subcode") => once(&mut self.subcode)
                .and_then(|()| order(self.value))
                .map(|()| Part::Subcode { outermost: true }),
            (V1_2, Part::Subcode { outermost }, b"Value") => {
                once(&mut self.sub_value).map(|()| Part::Text(outermost.then_some(Slot::Subcode)))
            }
            (V1_2, Part::Subcode { .. }, b"Subcode") if self.sub_value && !self.inner_subcode => {
                // The inner one starts afresh; when it has ended its parent may hold nothing more.
                self.sub_value = false;
                self.more = true;
                Ok(Part::Subcode { outermost: false })
            }
            (V1_2, Part::Subcode { .. }, b"Subcode") => {
                Err(if self.inner_subcode { ErrorKind::DuplicateFaultChild } else { ErrorKind::FaultOrder })
            }
            (V1_2, Part::Reason, b"Text") => {
                let first = !core::mem::replace(&mut self.text, true);
                self.more |= !first;
                Ok(Part::Text(first.then_some(Slot::Reason)))
            }
            _ => Err(ErrorKind::UnexpectedFaultChild),
        }
    }

    /// A child of the detail: is it the exception type?
    pub(crate) fn detail_child(&mut self, local: &[u8]) -> bool {
        local == b"ExceptionType" && !core::mem::replace(&mut self.exception, true)
    }

    /// Is everything that was read in the parts that [`Fault`] holds?
    pub(crate) const fn is_whole(&self) -> bool {
        !self.more
    }

    /// The end of a part.
    pub(crate) fn close(&mut self, part: Part) -> Result<(), ErrorKind> {
        match part {
            Part::Fault if !self.code => Err(ErrorKind::MissingFaultCode),
            Part::Fault if !self.reason => Err(ErrorKind::MissingFaultReason),
            Part::Code if !self.value => Err(ErrorKind::MissingFaultCode),
            Part::Subcode { .. } if !self.sub_value => Err(ErrorKind::MissingFaultCode),
            Part::Reason if !self.text => Err(ErrorKind::MissingFaultReason),
            Part::Subcode { .. } => {
                self.inner_subcode = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// The codes that SOAP defines, in the words of 1.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultCode {
    /// The envelope's namespace is not one that the receiver knows.
    VersionMismatch,
    /// A mandatory header block was not understood.
    MustUnderstand,
    /// 1.2 only: an encodingStyle is not supported.
    DataEncodingUnknown,
    /// The message was at fault. In 1.1: Client.
    Sender,
    /// The receiver could not process the message. In 1.1: Server.
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

    /// The local name of the code in this version; 1.1 has no DataEncodingUnknown and says Client.
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

/// The detail of a fault for writing and after reading.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail<'a> {
    Absent,
    /// As it was read, and whether it stands alone: it has the namespace that its version gives it, and no prefix
    /// in it is bound outside.
    Read(Element<'a>, bool),
    /// The UM dialect: an ErrorInvalidRequest with this message (MS-OXWUMS 2.2.2.1).
    InvalidRequest(&'static str),
    /// The UM dialect: this exception type (MS-OXWUMS 3.1.4.3).
    Exception(&'a str),
}

/// A fault code: its text, and the namespace that its prefix stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code<'a> {
    pub(crate) text: Text<'a>,
    pub(crate) namespace: Option<Text<'a>>,
}

impl Code<'_> {
    fn standard(&self, version: SoapVersion) -> Option<FaultCode> {
        let ours = self.namespace.is_some_and(|uri| uri == *version.namespace());
        let (_, local) = self.text.trimmed().split();
        let named = |code: &FaultCode| local == *code.local_name(version);
        let all = FaultCode::ALL.into_iter();
        all.filter(|c| version == SoapVersion::V1_2 || *c != FaultCode::DataEncodingUnknown)
            .find(|code| ours && named(code))
    }
}

/// A SOAP fault.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fault<'a> {
    /// `None`: a code that has only [`standard`](Self::standard).
    code: Option<Code<'a>>,
    standard: Option<FaultCode>,
    subcode: Option<Code<'a>>,
    reason: Text<'a>,
    lang: Option<Text<'a>>,
    actor: Option<Text<'a>>,
    node: Option<Text<'a>>,
    detail: Detail<'a>,
    exception: Option<Text<'a>>,
    /// False for a fault that was read and said more than is held here.
    whole: bool,
}

impl<'a> Fault<'a> {
    /// A fault for writing, with one of SOAP's codes and a reason in English.
    pub const fn new(code: FaultCode, reason: &'a str) -> Self {
        Self {
            code: None,
            standard: Some(code),
            subcode: None,
            reason: Text::new(reason),
            lang: None,
            actor: None,
            node: None,
            detail: Detail::Absent,
            exception: None,
            whole: true,
        }
    }

    /// The fault for a CallId that the server does not know, or that is not the caller's: MS-OXWUMS 3.1.4.3.
    pub const fn invalid_call_id() -> Fault<'static> {
        let mut fault = Fault::new(FaultCode::Sender, "The call identifier isn't valid.");
        fault.subcode = Some(Code {
            text: Text::new("a:InvalidCallIdException"),
            namespace: Some(Text::new(version::ERRORS)),
        });
        fault.detail = Detail::Exception("InvalidCallIdException");
        fault.exception = Some(Text::new("InvalidCallIdException"));
        fault
    }

    /// Names the node that found the fault. In 1.1 one that is not the ultimate destination must.
    #[must_use]
    pub const fn with_actor(mut self, actor: &'a str) -> Self {
        self.actor = Some(Text::new(actor));
        self
    }

    /// The HTTP status with which it is sent in this version: 1.1 500 for every fault
    /// (<https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383529>); 1.2 400 for Sender, which is also how a code
    /// that is none of SOAP's is written, else 500 (<https://www.w3.org/TR/soap12-part2/#tabresstatereccodes>).
    pub fn http_status(&self, version: SoapVersion) -> u16 {
        match (version, self.standard_code()) {
            (SoapVersion::V1_2, Some(FaultCode::Sender) | None) => 400,
            _ => 500,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one value a part of the fault, made in one place")]
    pub(crate) fn read(
        version: SoapVersion,
        code: Code<'a>,
        subcode: Option<Code<'a>>,
        reason: Text<'a>,
        lang: Option<Text<'a>>,
        actor: Option<Text<'a>>,
        node: Option<Text<'a>>,
        detail: Option<(Element<'a>, bool)>,
        exception: Option<Text<'a>>,
        whole: bool,
    ) -> Self {
        let standard = code.standard(version);
        let detail = detail.map_or(Detail::Absent, |(element, alone)| Detail::Read(element, alone));
        let exception = exception.map(|text| text.trimmed().split().1);
        Self { code: Some(code), standard, subcode, reason, lang, actor, node, detail, exception, whole }
    }

    /// The text of faultcode (1.2: of Code's Value), prefix and all. A prefix that is not declared is data
    /// like any other.
    pub const fn code(&self) -> Text<'a> {
        match (self.code, self.standard) {
            (Some(code), _) => code.text,
            (None, Some(code)) => Text::new(code.local_name(SoapVersion::V1_1)),
            (None, None) => Text::new(""),
        }
    }

    /// What the code's prefix stands for, if it was declared.
    pub fn code_namespace(&self) -> Option<Text<'a>> {
        self.code?.namespace
    }

    /// The code, if it is one of SOAP's own.
    pub const fn standard_code(&self) -> Option<FaultCode> {
        self.standard
    }

    /// 1.2: the text of the outermost Subcode's Value.
    pub fn subcode(&self) -> Option<Text<'a>> {
        Some(self.subcode?.text)
    }

    /// The text of faultstring (1.2: of the first Reason Text).
    pub const fn reason(&self) -> Text<'a> {
        self.reason
    }

    /// The language of the reason: its xml:lang, which 1.2 requires. A fault without one is written as en-US.
    pub const fn lang(&self) -> Option<Text<'a>> {
        self.lang
    }

    /// The text of faultactor (1.2: of Role).
    pub const fn actor(&self) -> Option<Text<'a>> {
        self.actor
    }

    /// 1.2: the text of Node.
    pub const fn node(&self) -> Option<Text<'a>> {
        self.node
    }

    /// The detail element, if the fault was read from a message and has one.
    pub const fn detail(&self) -> Option<Element<'a>> {
        match self.detail {
            Detail::Read(element, _) => Some(element),
            Detail::Absent | Detail::InvalidRequest(_) | Detail::Exception(_) => None,
        }
    }

    /// The UM dialect's exception, such as `InvalidCallIdException`: the text of the detail's ExceptionType,
    /// in whatever namespace, without a prefix and the white space around it.
    pub const fn exception_type(&self) -> Option<Text<'a>> {
        self.exception
    }

    /// Writes `<soap:Fault>`; the prefix soap is bound to the version's namespace.
    pub(crate) fn write(&self, version: SoapVersion, out: &mut impl Sink) -> Result<(), (ErrorKind, usize)> {
        if !self.whole {
            return Err((ErrorKind::UnwritableFault, 0));
        }
        let standard = self.standard.unwrap_or(FaultCode::Sender);
        let own = if self.standard.is_none() { self.code } else { None };
        // One other code beside SOAP's has a form: as Sender's subcode, or in 1.1 alone.
        let one = match version {
            SoapVersion::V1_1 => standard == FaultCode::Sender,
            SoapVersion::V1_2 => true,
        };
        if self.subcode.is_some() && (own.is_some() || !one) {
            return Err((ErrorKind::UnwritableFaultCode, 0));
        }
        out.put(b"<soap:Fault>");
        match version {
            // Only 1.2 names the node.
            SoapVersion::V1_1 if self.node.is_some() => return Err((ErrorKind::UnwritableFault, 0)),
            SoapVersion::V1_1 => {
                match own.or(self.subcode) {
                    Some(code) => write_code(&code, b"<faultcode", b"</faultcode>", out)?,
                    None => {
                        out.put(b"<faultcode>soap:");
                        out.put(standard.local_name(version).as_bytes());
                        out.put(b"</faultcode>");
                    }
                }
                out.put(b"<faultstring xml:lang=\"");
                self.write_lang(out)?;
                out.put(b"\">");
                text::escape(&self.reason, out)?;
                out.put(b"</faultstring>");
                if let Some(actor) = self.actor {
                    out.put(b"<faultactor>");
                    text::escape(&actor, out)?;
                    out.put(b"</faultactor>");
                }
                self.write_detail(version, b"detail", out)?;
            }
            SoapVersion::V1_2 => {
                out.put(b"<soap:Code><soap:Value>soap:");
                out.put(standard.local_name(version).as_bytes());
                out.put(b"</soap:Value>");
                if let Some(code) = own.or(self.subcode) {
                    out.put(b"<soap:Subcode>");
                    write_code(&code, b"<soap:Value", b"</soap:Value>", out)?;
                    out.put(b"</soap:Subcode>");
                }
                out.put(b"</soap:Code><soap:Reason><soap:Text xml:lang=\"");
                self.write_lang(out)?;
                out.put(b"\">");
                text::escape(&self.reason, out)?;
                out.put(b"</soap:Text></soap:Reason>");
                if let Some(node) = self.node {
                    out.put(b"<soap:Node>");
                    text::escape(&node, out)?;
                    out.put(b"</soap:Node>");
                }
                if let Some(actor) = self.actor {
                    out.put(b"<soap:Role>");
                    text::escape(&actor, out)?;
                    out.put(b"</soap:Role>");
                }
                self.write_detail(version, b"soap:Detail", out)?;
            }
        }
        out.put(b"</soap:Fault>");
        Ok(())
    }

    fn write_lang(&self, out: &mut impl Sink) -> Result<(), (ErrorKind, usize)> {
        text::escape_attribute(&self.lang.unwrap_or(Text::new("en-US")), out)
    }

    fn write_detail(
        &self,
        version: SoapVersion,
        name: &[u8],
        out: &mut impl Sink,
    ) -> Result<(), (ErrorKind, usize)> {
        let (element, alone) = match self.detail {
            Detail::Absent => return Ok(()),
            Detail::Read(element, alone) => (element, alone),
            Detail::InvalidRequest(message) => {
                out.put(b"<");
                out.put(name);
                out.put(b"><e:ResponseCode xmlns:e=\"");
                out.put(version::ERRORS.as_bytes());
                out.put(b"\">ErrorInvalidRequest</e:ResponseCode><e:Message xmlns:e=\"");
                out.put(version::ERRORS.as_bytes());
                out.put(b"\">");
                text::escape(&Text::new(message), out)?;
                out.put(b"</e:Message></");
                out.put(name);
                out.put(b">");
                return Ok(());
            }
            Detail::Exception(exception) => {
                out.put(b"<");
                out.put(name);
                out.put(b"><ExceptionType>");
                out.put(exception.as_bytes());
                out.put(b"</ExceptionType></");
                out.put(name);
                out.put(b">");
                return Ok(());
            }
        };
        let raw = element.raw().filter(|_| alone).ok_or((ErrorKind::UnwritableDetail, 0))?.as_bytes();
        let tag = token::tag_at(raw, 0);
        // The name that we give it must keep its meaning: unqualified in 1.1, of our own prefix in 1.2.
        let keeps = match version {
            SoapVersion::V1_1 => token::declared(tag, b"").is_none_or(|uri| uri == *""),
            SoapVersion::V1_2 => token::declared(tag, b"soap").is_none_or(|uri| uri == *version.namespace()),
        };
        if !keeps {
            return Err((ErrorKind::UnwritableDetail, 0));
        }
        out.put(b"<");
        out.put(name);
        out.put(tag.get(token::name_end(tag)..).unwrap_or_default());
        if !tag.ends_with(b"/>") {
            let end = raw.iter().rposition(|&b| b == b'<').unwrap_or(raw.len());
            out.put(raw.get(tag.len()..end).unwrap_or_default());
            out.put(b"</");
            out.put(name);
            out.put(b">");
        }
        Ok(())
    }
}

/// Writes a code that is not one of SOAP's, with its namespace declared.
fn write_code(
    code: &Code<'_>,
    start: &[u8],
    end: &[u8],
    out: &mut impl Sink,
) -> Result<(), (ErrorKind, usize)> {
    let refused = (ErrorKind::UnwritableFaultCode, 0);
    let value = code.text.trimmed();
    let (prefix, local) = value.split();
    let name = |part: Text<'_>| {
        let mut chars = part.chars();
        chars.next().is_none_or(chars::is_name_start) && chars.all(chars::is_name)
    };
    if !name(prefix) || !name(local) || local == *"" {
        return Err(refused);
    }
    let reserved = ["soap", "xml", "xmlns"].iter().any(|word| prefix == **word);
    out.put(start);
    match code.namespace {
        // Dotted codes of SOAP 1.1 have no form in another version.
        Some(uri) if uri == *version::SOAP_1_1 || uri == *version::SOAP_1_2 => return Err(refused),
        Some(_) if reserved || prefix == *"" => return Err(refused),
        Some(uri) => {
            out.put(b" xmlns:");
            put_name(prefix, out);
            out.put(b"=\"");
            text::escape_attribute(&uri, out)?;
            out.put(b"\"");
        }
        // A prefix that was not declared must not come to mean something.
        None if reserved => return Err(refused),
        None => {}
    }
    out.put(b">");
    put_name(value, out);
    out.put(end);
    Ok(())
}

/// Writes what consists of characters of names, and colons.
fn put_name(name: Text<'_>, out: &mut impl Sink) {
    for c in name.chars() {
        out.put(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

impl fmt::Debug for Fault<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fault")
            .field("code", &self.code())
            .field("reason", &self.reason)
            .field("detail", &self.detail())
            .finish_non_exhaustive()
    }
}

impl Error {
    /// The fault that answers this refusal. It is neutral: `encode` writes Client or Server in 1.1, Sender or
    /// Receiver in 1.2. A refusal of the body carries the UM dialect's `ErrorInvalidRequest` as detail
    /// (MS-OXWUMS 2.2.2.1); one of a header block carries none, as SOAP 1.1 section 4.4 demands.
    pub fn fault(&self) -> Fault<'static> {
        let kind = self.kind();
        let header_error = matches!(
            kind,
            ErrorKind::UnqualifiedHeaderBlock | ErrorKind::InvalidMustUnderstand | ErrorKind::InvalidRelay
        );
        match (kind, kind.category()) {
            (ErrorKind::VersionMismatch, _) => Fault::new(FaultCode::VersionMismatch, kind.message()),
            (_, Category::MustUnderstand) => Fault::new(FaultCode::MustUnderstand, kind.message()),
            (_, Category::Limit | Category::Output) => Fault::new(FaultCode::Receiver, kind.message()),
            _ if header_error => Fault::new(FaultCode::Sender, kind.message()),
            _ => {
                let mut fault = Fault::new(FaultCode::Sender, "The request is invalid.");
                fault.detail = Detail::InvalidRequest(kind.message());
                fault
            }
        }
    }

    /// The HTTP status of the answer in this version: that of its [`fault`](Self::fault).
    pub fn http_status(&self, version: SoapVersion) -> u16 {
        self.fault().http_status(version)
    }
}

//! The complete answer to a message that was refused.

use crate::base::error::{Error, ErrorKind};
use crate::base::version::SoapVersion;
use crate::message::body::Body;
use crate::message::envelope::Envelope;
use crate::read::decoder::Decoder;
use crate::soap::fault::Fault;
use crate::xml::element::Element;

/// The complete answer to a message that was refused. It holds the fault, the version that the sender understands, the
/// header block that SOAP demands beside the fault, the HTTP status and the media type.
///
/// ```
/// use umsoap::{Envelope, SoapVersion};
/// let request = b"<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Header>\
///     <t:Pay xmlns:t='urn:t' s:mustUnderstand='1'/></s:Header><s:Body><x/></s:Body></s:Envelope>";
/// let error = Envelope::parse(request).unwrap_err();
/// let answer = error.answer(request);
/// assert_eq!((answer.version(), answer.http_status()), (SoapVersion::V1_2, 500));
/// assert_eq!(answer.media_type(), "application/soap+xml; charset=utf-8");
/// let mut out = [0; 1024];
/// let body = answer.envelope().encode(&mut out)?;
/// assert!(body.windows(13).any(|bytes| bytes == b"NotUnderstood"));
/// # Ok::<(), umsoap::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// `None` if the version of the message is not known.
    version: Option<SoapVersion>,
    fault: Fault<'a>,
    /// The header block that was not understood.
    block: Option<Element<'a>>,
    has_upgrade: bool,
}

impl<'a> Answer<'a> {
    fn new(error: &Error, block: Option<Element<'a>>) -> Self {
        let has_upgrade = error.kind() == ErrorKind::VersionMismatch;
        let version = if has_upgrade { Some(SoapVersion::V1_1) } else { error.version() };
        Self { version, fault: error.fault(), block, has_upgrade }
    }

    /// Names the node that answers, as [`Fault::with_node`] does. A node that is not the ultimate receiver must be
    /// named.
    #[must_use]
    pub const fn with_node(mut self, node: &'a str) -> Self {
        self.fault = self.fault.with_node(node);
        self
    }

    /// Replaces the fault, for instance by one in another language or with a detail of the caller's own.
    ///
    /// ```
    /// use umsoap::{Envelope, Text};
    /// let error = Envelope::parse(b"<").unwrap_err();
    /// let answer = error.answer(b"<");
    /// let swedish = answer.fault().with_reason(Text::new("Begäran är ogiltig.")).with_lang("sv");
    /// assert!(answer.with_fault(swedish).fault().reason() == "Begäran är ogiltig.");
    /// ```
    #[must_use]
    pub const fn with_fault(mut self, fault: Fault<'a>) -> Self {
        self.fault = fault;
        self
    }

    /// Sets the version of the answer for a message of unknown version. A caller that has seen the message's media type knows
    /// the version.
    ///
    /// ```
    /// use umsoap::{Envelope, SoapVersion};
    /// let error = Envelope::parse(b"<").unwrap_err();
    /// assert_eq!(error.answer(b"<").version(), SoapVersion::V1_1);
    /// assert_eq!(error.answer(b"<").with_version_hint(SoapVersion::V1_2).version(), SoapVersion::V1_2);
    /// ```
    #[must_use]
    pub const fn with_version_hint(mut self, hint: SoapVersion) -> Self {
        if self.version.is_none() {
            self.version = Some(hint);
        }
        self
    }

    /// Returns the fault.
    pub const fn fault(&self) -> Fault<'a> {
        self.fault
    }

    /// Returns the version of the answer: the version of the message if it is known, the version hint otherwise, and
    /// 1.1 without a hint. An Envelope in an unknown namespace is answered in 1.1
    /// (<https://www.w3.org/TR/soap12-part1/#version>).
    pub const fn version(&self) -> SoapVersion {
        match self.version {
            Some(version) => version,
            None => SoapVersion::V1_1,
        }
    }

    /// Returns the message that answers. It has the header block NotUnderstood (in 1.2) if a header block was not
    /// understood, and the header block Upgrade if the version is unknown.
    pub const fn envelope(&self) -> Envelope<'a> {
        let envelope = Envelope::new(self.version(), Body::Fault(self.fault));
        match self.block {
            Some(block) => envelope.with_not_understood(block),
            None if self.has_upgrade => envelope.with_upgrade(),
            None => envelope,
        }
    }

    /// Returns the HTTP status.
    pub fn http_status(&self) -> u16 {
        self.fault.http_status(self.version())
    }

    /// Returns the value of the HTTP header Content-Type.
    pub const fn media_type(&self) -> &'static str {
        self.version().media_type()
    }
}

impl Error {
    /// Returns the complete answer to this refusal. `input` is the message that was refused, or the part of it that was
    /// read. Complexity: O(the header's length).
    pub fn answer<'a>(&self, input: &'a [u8]) -> Answer<'a> {
        Answer::new(self, Envelope::not_understood(input, self))
    }
}

impl Decoder<'_> {
    /// Returns the complete answer to the refusal that [`feed`](Self::feed) or [`finish`](Self::finish) has returned.
    ///
    /// ```
    /// use umsoap::Decoder;
    /// let mut decoder = Decoder::new();
    /// let error = decoder.feed(b"<Envelope xmlns='urn:unknown'>").unwrap_err();
    /// let answer = decoder.answer(&error).with_node("urn:example:gateway");
    /// assert_eq!((answer.http_status(), answer.media_type()), (500, "text/xml; charset=utf-8"));
    /// ```
    pub fn answer(&self, error: &Error) -> Answer<'_> {
        let is_about_block = error.kind() == ErrorKind::MustUnderstand;
        Answer::new(error, self.not_understood().filter(|_| is_about_block))
    }
}

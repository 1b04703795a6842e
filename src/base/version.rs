//! The SOAP versions, the namespace variants, and every namespace name that the library knows.

use core::fmt;

/// The version of SOAP in which an envelope is written.
///
/// ```
/// use umsoap::{Envelope, SoapVersion};
/// let message = b"<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body><x/></s:Body></s:Envelope>";
/// assert_eq!(Envelope::parse(message)?.version(), SoapVersion::V1_2);
/// assert_eq!(SoapVersion::V1_2.to_string(), "1.2");
/// # Ok::<(), umsoap::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SoapVersion {
    /// SOAP 1.1 ([W3C Note of 2000](https://www.w3.org/TR/2000/NOTE-SOAP-20000508/)), which Exchange speaks.
    V1_1,
    /// SOAP 1.2 ([W3C Recommendation](https://www.w3.org/TR/soap12-part1/)). It is an extension here: no source
    /// describes these operations over it.
    V1_2,
}

impl SoapVersion {
    /// Returns the number of the version: `1.1` or `1.2`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1_1 => "1.1",
            Self::V1_2 => "1.2",
        }
    }

    /// Returns the namespace name of this version's envelope.
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::V1_1 => SOAP_1_1,
            Self::V1_2 => SOAP_1_2,
        }
    }

    /// Returns the media type of a message in this version, as the value of the HTTP header Content-Type: `text/xml`
    /// (<https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383526>) or `application/soap+xml`
    /// (<https://www.rfc-editor.org/rfc/rfc3902>), in UTF-8.
    ///
    /// ```
    /// assert_eq!(umsoap::SoapVersion::V1_1.media_type(), "text/xml; charset=utf-8");
    /// ```
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::V1_1 => "text/xml; charset=utf-8",
            Self::V1_2 => "application/soap+xml; charset=utf-8",
        }
    }
}

/// Writes the number of the version, as [`as_str`](SoapVersion::as_str) returns it.
impl fmt::Display for SoapVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The namespace in which an operation was written.
///
/// ```
/// use umsoap::{Envelope, IsUMEnabled, MessagesNamespace, SoapVersion};
/// let request = Envelope::new(SoapVersion::V1_1, IsUMEnabled::new().into()).with_namespace(MessagesNamespace::Https);
/// let mut out = [0; 512];
/// let bytes = request.encode(&mut out)?;
/// assert_eq!(Envelope::parse(bytes)?.namespace(), Some(MessagesNamespace::Https));
/// # Ok::<(), umsoap::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessagesNamespace {
    /// `http://schemas.microsoft.com/exchange/services/2006/messages`, the namespace on the wire.
    Http,
    /// This namespace name with `https`, an accident of the public documentation. It is read and reported, and written
    /// only when asked for.
    Https,
}

impl MessagesNamespace {
    /// Returns the namespace name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => MESSAGES_HTTP,
            Self::Https => MESSAGES_HTTPS,
        }
    }
}

/// Writes the namespace name.
impl fmt::Display for MessagesNamespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

pub(crate) const SOAP_1_1: &str = "http://schemas.xmlsoap.org/soap/envelope/";
pub(crate) const SOAP_1_2: &str = "http://www.w3.org/2003/05/soap-envelope";
pub(crate) const MESSAGES_HTTP: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";
pub(crate) const MESSAGES_HTTPS: &str = "https://schemas.microsoft.com/exchange/services/2006/messages";
pub(crate) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
pub(crate) const XSD: &str = "http://www.w3.org/2001/XMLSchema";
pub(crate) const XML: &str = "http://www.w3.org/XML/1998/namespace";
pub(crate) const XMLNS: &str = "http://www.w3.org/2000/xmlns/";
pub(crate) const ERRORS: &str = "http://schemas.microsoft.com/exchange/services/2006/errors";
pub(crate) const TYPES: &str = "http://schemas.microsoft.com/exchange/services/2006/types";

pub(crate) const ACTOR_NEXT_1_1: &str = "http://schemas.xmlsoap.org/soap/actor/next";
pub(crate) const ROLE_NEXT: &str = "http://www.w3.org/2003/05/soap-envelope/role/next";
pub(crate) const ROLE_NONE: &str = "http://www.w3.org/2003/05/soap-envelope/role/none";
pub(crate) const ROLE_ULTIMATE_RECEIVER: &str =
    "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver";

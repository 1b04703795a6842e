//! The fault that answers an error.

use super::{Detail, Fault, FaultCode};
use crate::base::error::{Category, Error, ErrorKind};
use crate::base::version::SoapVersion;

impl Error {
    /// Returns the fault that answers this refusal. It is neutral: `encode` writes Client or Server in 1.1, Sender or
    /// Receiver in 1.2.
    ///
    /// A refusal of the body has the UM dialect's `ErrorInvalidRequest` as its detail (MS-OXWUMS 2.2.2.1). A refusal by
    /// a limit has an empty detail in 1.1. A refusal of a header block has no detail, as SOAP 1.1 section 4.4 demands.
    /// [`answer`](Self::answer) builds the whole message. A node that is not the ultimate receiver adds itself with
    /// [`Fault::with_node`].
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
            _ if header_error => Fault::new(FaultCode::Sender, kind.message()).without_detail(),
            _ => {
                let mut fault = Fault::new(FaultCode::Sender, "The request is invalid.");
                (fault.detail, fault.detail_text) = (Detail::InvalidRequest, kind.message());
                fault
            }
        }
    }

    /// Returns the HTTP status of the answer in this version, which is that of its [`fault`](Self::fault).
    pub fn http_status(&self, version: SoapVersion) -> u16 {
        self.fault().http_status(version)
    }
}

//! Header blocks and details that the caller gives as bytes. The machine checks them inside the envelope in which they will
//! stand.

use crate::base::error::{Error, ErrorKind, Stop};
use crate::base::limits::Options;
use crate::base::retain::Message;
use crate::base::version::SoapVersion;
use crate::read::decoder::Decoder;
use crate::read::machine::Machine;
use crate::rules::Place;
use crate::soap::fault::{AROUND_DETAIL, Fault};
use crate::soap::new_block::NewHeaderBlock;
use crate::xml::scope::Full;
use crate::xml::text::str_of;

/// The bytes before and after the blocks of a header in 1.1, with the prefix that a written envelope has.
const AROUND_1_1: [&[u8]; 2] = [
    b"<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Header>",
    b"</soap:Header><soap:Body><x/></soap:Body></soap:Envelope>",
];
/// The bytes before and after the blocks of a header in 1.2.
const AROUND_1_2: [&[u8]; 2] = [
    b"<soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\"><soap:Header>",
    b"</soap:Header><soap:Body><x/></soap:Body></soap:Envelope>",
];

impl<'a> NewHeaderBlock<'a> {
    /// Takes header blocks of this version as bytes, if they are legal in a header: well-formed, qualified, and with
    /// every prefix declared on them. Around them only the prefix `soap` is bound, to the namespace of the version. There
    /// may be several blocks, or none.
    ///
    /// ```
    /// use umsoap::{ErrorKind, NewHeaderBlock, SoapVersion};
    /// let check = |fragment| NewHeaderBlock::checked(SoapVersion::V1_1, fragment);
    /// assert!(check(b"<t:Trace xmlns:t='urn:t' soap:mustUnderstand='1'>7</t:Trace>").is_ok());
    /// let error = check(b"<t:Trace xmlns:t='urn:t'></soap:Header>").unwrap_err();
    /// assert_eq!((error.kind(), error.offset()), (ErrorKind::MismatchedEndTag, 27));
    /// ```
    ///
    /// # Errors
    /// Returns the first rule that is broken, with its byte offset in the fragment. Every block counts as understood.
    pub fn checked(version: SoapVersion, fragment: &'a [u8]) -> Result<Self, Error> {
        let [before, after] = match version {
            SoapVersion::V1_1 => AROUND_1_1,
            SoapVersion::V1_2 => AROUND_1_2,
        };
        let options = Options::understanding_all();
        let most = (options.limits().message_bytes() as usize).saturating_sub(before.len());
        if fragment.len() > most {
            return Err(Error::new(ErrorKind::MessageTooLong, most, Some(version)));
        }
        let mut machine = Machine::new(options, Full::new(Place::Document));
        let refused = |stop: Stop| {
            let at = stop.at().saturating_sub(before.len()).min(fragment.len());
            Error::new(stop.kind, at, Some(version))
        };
        let mut length: usize = 0;
        for piece in [before, fragment, after] {
            let read = machine.read(piece, &mut Message(piece)).map_err(refused)?;
            length = length.saturating_add(piece.len());
            if read < piece.len() || machine.open_tag().is_some() {
                return Err(Error::new(ErrorKind::UnexpectedEnd, fragment.len(), Some(version)));
            }
        }
        machine.finish(length).map_err(refused)?;
        Ok(Self::fragment(version, str_of(fragment)))
    }
}

impl<'a> Fault<'a> {
    /// Sets the content of the detail: text and elements. The elements have to declare the prefixes that they use. Outside the
    /// content, no default namespace is declared. Complexity: O(the content's length).
    ///
    /// ```
    /// use umsoap::{Fault, FaultCode};
    /// let fault = Fault::new(FaultCode::Receiver, "busy").with_detail("<m:After xmlns:m='urn:m'>5</m:After>")?;
    /// assert!(Fault::new(FaultCode::Receiver, "busy").with_detail("</detail>").is_err());
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns the first rule of XML, of namespaces or of SOAP that the content breaks, with its byte offset in the
    /// content.
    pub fn with_detail(self, content: &'a str) -> Result<Self, Error> {
        let [before, after] = AROUND_DETAIL;
        let mut decoder = Decoder::new();
        let mut feed = || {
            decoder.feed(before.as_bytes())?;
            decoder.feed(content.as_bytes())?;
            decoder.feed(after.as_bytes())?;
            decoder.finish().map(drop)
        };
        feed().map_err(|error| {
            Error::new(error.kind(), error.offset().saturating_sub(before.len()).min(content.len()), None)
        })?;
        Ok(self.with_checked_detail(content))
    }
}

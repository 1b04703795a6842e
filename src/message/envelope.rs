//! The envelope: the parts of a message that was read, and the writing of a message.

use core::fmt;

use crate::base::error::{Error, ErrorKind};
use crate::base::version::{self, MessagesNamespace, SoapVersion};
use crate::base::write::{self, Count, Fill, Sink};
use crate::message::body::Body;
use crate::message::written::{BODY, END, ENVELOPE};
use crate::soap::fault::Fault;
use crate::soap::header::Header;
use crate::soap::new_block::NewHeaderBlock;
use crate::xml::element::Element;
use crate::xml::text::{self, Text};

/// The expanded name of a header block that was not understood.
#[derive(Clone, Copy)]
struct BlockName<'a> {
    /// The raw value of the namespace declaration; empty for no namespace.
    namespace: &'a str,
    local: &'a str,
}

/// A whole message. All its parts borrow from the input, or from the values from which it was built.
///
/// ```
/// use umsoap::{Body, Envelope, GetCallInfo, SoapVersion};
/// let mut out = [0; 512];
/// let bytes = Envelope::new(SoapVersion::V1_1, GetCallInfo::new("MDlk").into()).encode(&mut out)?;
/// let envelope = Envelope::parse(bytes)?;
/// assert_eq!(envelope.version(), SoapVersion::V1_1);
/// assert!(matches!(envelope.body(), Body::GetCallInfo(request) if request.call_id() == "MDlk"));
/// # Ok::<(), umsoap::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Envelope<'a> {
    version: SoapVersion,
    namespace: Option<MessagesNamespace>,
    /// The namespace to write. It is the http namespace unless `with_namespace` was called.
    written: MessagesNamespace,
    header: Header<'a>,
    body: Body<'a>,
    /// The header block that SOAP itself defines. At most one is written: NotUnderstood, or Upgrade.
    not_understood: Option<BlockName<'a>>,
    upgrade: bool,
    /// The caller's header blocks to write.
    blocks: &'a [NewHeaderBlock<'a>],
    /// Set if any header block is written. Thus one test instead of three tells whether a ready-made reply can be used.
    has_header: bool,
}

// An envelope is returned by value, and a caller that wraps it copies it. So its size is bounded.
const _: () = assert!(size_of::<Fault<'static>>() <= 160 && size_of::<Envelope<'static>>() <= 256);

impl<'a> Envelope<'a> {
    /// Returns a message for writing, in the http namespace and without a header.
    pub const fn new(version: SoapVersion, body: Body<'a>) -> Self {
        let namespace = match body {
            Body::Fault(_) | Body::Other(_) => None,
            _ => Some(MessagesNamespace::Http),
        };
        Self::read(version, namespace, Header::Absent, body)
    }

    /// Returns the envelope of a message with these parts, without header blocks to write.
    pub(crate) const fn read(
        version: SoapVersion,
        namespace: Option<MessagesNamespace>,
        header: Header<'a>,
        body: Body<'a>,
    ) -> Self {
        Self {
            version,
            namespace,
            written: MessagesNamespace::Http,
            header,
            body,
            not_understood: None,
            upgrade: false,
            blocks: &[],
            has_header: false,
        }
    }

    /// Builds the envelope of a message that was read, wrapped in `Ok`, directly in the place of the caller's result.
    /// Moving an envelope later takes as long as comparing a message (measured: 18 ns down to 12.6 ns with a learned
    /// shape).
    #[inline(always)]
    #[expect(clippy::unnecessary_wraps, reason = "the result is made where the caller returns it")]
    pub(crate) fn of_message(
        version: SoapVersion,
        namespace: MessagesNamespace,
        header: Header<'a>,
        body: Body<'a>,
    ) -> Result<Self, Error> {
        Ok(Self::read(version, Some(namespace), header, body))
    }

    /// Writes the operation in this namespace. Without this call, a message is written in the http namespace, also one
    /// that was read in the other namespace.
    #[must_use]
    pub const fn with_namespace(mut self, namespace: MessagesNamespace) -> Self {
        self.written = namespace;
        if self.namespace.is_some() {
            self.namespace = Some(namespace);
        }
        self
    }

    /// Writes the 1.2 header block NotUnderstood for this header block, beside a MustUnderstand fault. Writes nothing
    /// in 1.1.
    /// <https://www.w3.org/TR/soap12-part1/#soapnotunderstood>
    ///
    /// ```
    /// use umsoap::{Envelope, SoapVersion};
    /// let message = b"<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Header>\
    ///     <t:Pay xmlns:t='urn:t' s:mustUnderstand='1'/></s:Header><s:Body><x/></s:Body></s:Envelope>";
    /// let error = Envelope::parse(message).unwrap_err();
    /// let block = Envelope::not_understood(message, &error).unwrap();
    /// let answer = Envelope::new(SoapVersion::V1_2, error.fault().into()).with_not_understood(block);
    /// let mut out = [0; 1024];
    /// assert!(String::from_utf8_lossy(answer.encode(&mut out)?).contains("<soap:NotUnderstood "));
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    #[must_use]
    pub const fn with_not_understood(mut self, name: Element<'a>) -> Self {
        // The element was read. So its namespace is the value of a declaration or a known URI, which has no references.
        let namespace = match name.namespace() {
            Some(namespace) => namespace.as_raw(),
            None => "",
        };
        self.not_understood = match self.version {
            SoapVersion::V1_1 => None,
            SoapVersion::V1_2 => Some(BlockName { namespace, local: name.local_name() }),
        };
        self.upgrade = false;
        self.headed()
    }

    /// Writes the header block Upgrade, which lists both versions, beside a VersionMismatch fault.
    /// <https://www.w3.org/TR/soap12-part1/#soapupgrade>
    ///
    /// ```
    /// use umsoap::{Envelope, SoapVersion};
    /// let error = Envelope::parse(b"<Envelope xmlns='urn:soap'/>").unwrap_err();
    /// let answer = Envelope::new(SoapVersion::V1_1, error.fault().into()).with_upgrade();
    /// let mut out = [0; 1024];
    /// assert!(String::from_utf8_lossy(answer.encode(&mut out)?).contains("SupportedEnvelope"));
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    #[must_use]
    pub const fn with_upgrade(mut self) -> Self {
        self.not_understood = None;
        self.upgrade = true;
        self.headed()
    }

    /// Writes these header blocks, in order. They stand after the block that
    /// [`with_not_understood`](Self::with_not_understood) or [`with_upgrade`](Self::with_upgrade) writes. The header of
    /// a message that was read is not written by itself: the caller has to [carry over](NewHeaderBlock::carried) each
    /// block that travels on.
    ///
    /// ```
    /// use umsoap::{Envelope, GetCallInfo, NewElement, NewHeaderBlock, SoapVersion};
    /// let header = [NewHeaderBlock::new(NewElement::new("urn:t", "Trace").with_text("a<b")).with_role_next()];
    /// let envelope = Envelope::new(SoapVersion::V1_2, GetCallInfo::new("MDlk").into()).with_header(&header);
    /// let mut out = [0; 1024];
    /// let read = Envelope::parse(envelope.encode(&mut out)?)?;
    /// assert_eq!(read.header().block("urn:t", "Trace").unwrap().element().text().unwrap(), "a<b");
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    #[must_use]
    pub const fn with_header(mut self, blocks: &'a [NewHeaderBlock<'a>]) -> Self {
        self.blocks = blocks;
        self.headed()
    }

    /// Returns the version of SOAP.
    pub const fn version(&self) -> SoapVersion {
        self.version
    }

    /// Returns the namespace in which the operation was written; `None` for a fault or another operation.
    pub const fn namespace(&self) -> Option<MessagesNamespace> {
        self.namespace
    }

    /// Returns the header.
    pub const fn header(&self) -> Header<'a> {
        self.header
    }

    /// Returns the content of Body.
    pub const fn body(&self) -> Body<'a> {
        self.body
    }

    /// Returns the number of bytes that [`encode`](Self::encode) writes; 0 for a message that it refuses.
    pub fn encoded_len(&self) -> usize {
        self.check().unwrap_or(0)
    }

    /// Returns the number of bytes that [`encode`](Self::encode) writes, or the reason why the message cannot be
    /// written.
    ///
    /// ```
    /// use umsoap::{Envelope, ErrorKind, GetCallInfo, SoapVersion};
    /// let message = |id| Envelope::new(SoapVersion::V1_1, GetCallInfo::new(id).into());
    /// assert_eq!(message("MDlk").check()?, message("MDlk").encoded_len());
    /// assert_eq!(message("").check().unwrap_err().kind(), ErrorKind::UnwritableValue);
    /// assert_eq!(message("").encoded_len(), 0);
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns the errors of [`encode`](Self::encode) except `BufferTooSmall`.
    pub fn check(&self) -> Result<usize, Error> {
        if let Some(reply) = self.known_reply() {
            return Ok(reply.len());
        }
        if let Some(parts) = self.known_request() {
            return Ok(write::joined_len(&parts));
        }
        let mut count = Count(0);
        self.write(&mut count).map_err(|refused| self.body.unwritable(refused))?;
        Ok(count.0)
    }

    /// Writes the message into the beginning of `out` and returns the bytes that were written.
    ///
    /// # Errors
    /// Returns `BufferTooSmall` if `out` is too short, with the number of bytes that are [`needed`](Error::needed).
    /// Returns `UnwritableBody`, `UnwritableFault`, `UnwritableDetail`, `UnwritableFaultCode`, `UnwritableHeaderBlock`,
    /// `UnwritableChar` or `UnwritableValue` for a value that has no form in XML, in the version or in the schema.
    /// Nothing is written then.
    // The function is inlined, so that a ready-made reply costs a look-up and a copy.
    #[inline(always)]
    pub fn encode<'b>(&self, out: &'b mut [u8]) -> Result<&'b mut [u8], Error> {
        if let Some(reply) = self.known_reply() {
            return write::join([reply], out).map_err(Error::too_small);
        }
        match self.put_request(out) {
            Some(length) => out.get_mut(..length).ok_or(Error::too_small(length)),
            None => self.encode_counted(out),
        }
    }

    /// Writes a request whose parts are known, if it fits. Returns its length in any case. Neither this function nor
    /// `encode_counted` is inlined, so that `encode` stays small in the caller.
    #[inline(never)]
    fn put_request(&self, out: &mut [u8]) -> Option<usize> {
        let parts = self.known_request()?;
        Some(write::join(parts, out).map_or_else(|needed| needed, |written| written.len()))
    }

    /// Writes any other message in two walks: the first counts the bytes, the second writes them.
    #[inline(never)]
    fn encode_counted<'b>(&self, out: &'b mut [u8]) -> Result<&'b mut [u8], Error> {
        let refused = |refused| self.body.unwritable(refused);
        let mut count = Count(0);
        self.write(&mut count).map_err(refused)?;
        let needed = count.0;
        let out = out.get_mut(..needed).ok_or(Error::too_small(needed))?;
        self.write(&mut Fill { rest: &mut *out }).map_err(refused)?;
        Ok(out)
    }

    /// Returns the bytes of a reply without a header, if they are known. `write` would give the same bytes.
    #[inline]
    fn known_reply(&self) -> Option<&'static [u8]> {
        match &self.body {
            #[cfg(feature = "replies")]
            Body::GetCallInfoResponse(reply) if !self.has_header => {
                Some(reply.encoded(self.version, self.written))
            }
            _ => None,
        }
    }

    /// Returns the parts of a request without a header, if they are known. The CallId is one of them.
    #[inline]
    fn known_request(&self) -> Option<[&'a [u8]; 3]> {
        match &self.body {
            Body::GetCallInfo(request) if !self.has_header => {
                request.encoded_parts(self.version, self.written)
            }
            _ => None,
        }
    }

    /// Writes the message to an output, in pieces.
    ///
    /// # Errors
    /// Returns the errors of the output. A message that [`encode`](Self::encode) refuses is `InvalidInput`, and nothing
    /// is written.
    #[cfg(feature = "std")]
    pub fn write_to(&self, out: &mut impl std::io::Write) -> std::io::Result<()> {
        struct Io<'o, W>(&'o mut W, std::io::Result<()>);
        impl<W: std::io::Write> Sink for Io<'_, W> {
            fn put(&mut self, bytes: &[u8]) {
                if self.1.is_ok() {
                    self.1 = self.0.write_all(bytes);
                }
            }
        }
        let refused =
            |refused| std::io::Error::new(std::io::ErrorKind::InvalidInput, self.body.unwritable(refused));
        self.write(&mut Count(0)).map_err(refused)?;
        let mut io = Io(out, Ok(()));
        self.write(&mut io).map_err(refused)?;
        io.1
    }

    /// Writes the message into a new vector of its length, which is allocated.
    ///
    /// ```
    /// use umsoap::{Envelope, GetCallInfo, SoapVersion};
    /// let bytes = Envelope::new(SoapVersion::V1_1, GetCallInfo::new("MDlk").into()).encode_to_vec()?;
    /// assert_eq!(GetCallInfo::parse(&bytes)?.call_id(), "MDlk");
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns the errors of [`check`](Self::check).
    #[cfg(feature = "std")]
    pub fn encode_to_vec(&self) -> Result<std::vec::Vec<u8>, Error> {
        let mut bytes = std::vec![0; self.check()?];
        self.encode(&mut bytes)?;
        Ok(bytes)
    }

    /// Hands the message to `put` in pieces, after a walk that has found it writable and has counted its bytes.
    ///
    /// # Errors
    /// Returns the errors of [`check`](Self::check), and `BufferTooSmall` if the message has more than `room` bytes.
    /// Nothing is put then.
    #[cfg(feature = "bytes")]
    pub(crate) fn put_into(&self, room: usize, put: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
        struct Pieces<'p>(&'p mut dyn FnMut(&[u8]));
        impl Sink for Pieces<'_> {
            fn put(&mut self, bytes: &[u8]) {
                (self.0)(bytes);
            }
        }
        let needed = self.check()?;
        if needed > room {
            return Err(Error::too_small(needed));
        }
        self.write(&mut Pieces(put)).map_err(|refused| self.body.unwritable(refused))
    }

    /// Writes the message into a sink. On an error, everything in the sink so far is correct.
    fn write(&self, out: &mut impl Sink) -> Result<(), (ErrorKind, usize)> {
        let [before, after] = ENVELOPE;
        out.put(before.as_bytes());
        out.put(self.version.namespace().as_bytes());
        out.put(after.as_bytes());
        if self.has_header {
            out.put(b"<soap:Header>");
            self.write_own_blocks(out)?;
            self.blocks.iter().try_for_each(|block| block.write(self.version, out))?;
            out.put(b"</soap:Header>");
        }
        out.put(BODY.as_bytes());
        let namespace = self.written.as_str();
        match &self.body {
            Body::Fault(fault) => fault.write(self.version, out)?,
            message => message.write(namespace, out)?,
        }
        out.put(END.as_bytes());
        Ok(())
    }

    /// Sets whether a Header is written.
    const fn headed(mut self) -> Self {
        self.has_header = self.upgrade || self.not_understood.is_some() || !self.blocks.is_empty();
        self
    }

    /// Writes the header block that SOAP itself defines.
    fn write_own_blocks(&self, out: &mut impl Sink) -> Result<(), (ErrorKind, usize)> {
        if let Some(BlockName { namespace, local }) = self.not_understood {
            let uri = Text::attribute(namespace.as_bytes());
            out.put(b"<soap:NotUnderstood qname=\"");
            // No other prefix may be bound to this namespace: <https://www.w3.org/TR/xml-names/#ns-decl>.
            if uri == *version::XML {
                out.put(b"xml:");
                out.put(local.as_bytes());
            } else if namespace.is_empty() {
                out.put(local.as_bytes());
            } else {
                out.put(b"q:");
                out.put(local.as_bytes());
                out.put(b"\" xmlns:q=\"");
                text::escape_attribute(&uri, out)?;
            }
            out.put(b"\"/>");
        }
        if self.upgrade {
            out.put(b"<env:Upgrade xmlns:env=\"");
            out.put(version::SOAP_1_2.as_bytes());
            out.put(b"\"><env:SupportedEnvelope qname=\"a:Envelope\" xmlns:a=\"");
            out.put(version::SOAP_1_2.as_bytes());
            out.put(b"\"/><env:SupportedEnvelope qname=\"b:Envelope\" xmlns:b=\"");
            out.put(version::SOAP_1_1.as_bytes());
            out.put(b"\"/></env:Upgrade>");
        }
        Ok(())
    }
}

impl fmt::Debug for Envelope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("version", &self.version)
            .field("namespace", &self.namespace)
            .field("header", &self.header)
            .field("body", &self.body)
            .finish()
    }
}

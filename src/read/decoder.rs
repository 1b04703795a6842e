//! Reading in chunks that may be cut anywhere, in fixed memory.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "counts are bounded by the arrays' lengths and the limits"
)]

use core::fmt;
use core::ops::Range;

use crate::base::error::{Error, ErrorKind, Stop, stop};
use crate::base::limits::{MAX_EXTRA_BYTES, MAX_TAG_BYTES, MAX_TEXT_BYTES, Options};
use crate::base::retain::{Retain, View};
use crate::base::version::SoapVersion;
use crate::message::body::Message;
use crate::message::envelope::Envelope;
use crate::read::machine::Machine;
use crate::read::one_shot;
use crate::rules::Place;
use crate::service::operations::{GetCallInfo, GetCallInfoResponse};
use crate::xml::element::Element;
use crate::xml::scan;
use crate::xml::scope::Full;
use crate::xml::text::Text;

/// A reader of messages in chunks, one message after the other. A chunk may be cut anywhere, also inside a character or a tag.
///
/// No chunk is borrowed after [`feed`](Self::feed) has returned, and nothing is allocated. A decoder takes at most
/// 12 KiB (12,288 bytes), whatever the message's size. The verdict is that of [`Envelope::parse_with`] on the whole
/// message, for every message and every cut. A decoder keeps no header blocks, except the texts of those that
/// [`Options::with_kept_blocks`] names. It keeps neither the bytes of a
/// [`Body::Other`](crate::Body::Other) nor those parts of a fault that [`Fault`](crate::Fault) lists.
///
/// ```
/// use umsoap::Decoder;
///
/// let message = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>\
///     <GetCallInfo xmlns='http://schemas.microsoft.com/exchange/services/2006/messages'>\
///     <CallId>MDlk</CallId></GetCallInfo></s:Body></s:Envelope>";
/// let mut decoder = Decoder::new();
/// for chunk in message.chunks(7) {
///     decoder.feed(chunk)?;
/// }
/// assert_eq!(decoder.finish_request()?.call_id().as_raw(), "MDlk"); // the decoder's copy
/// let span = decoder.call_id_span().unwrap(); // where it lay in the stream
/// assert_eq!(&message[span.start as usize..span.end as usize], b"MDlk");
/// # Ok::<(), umsoap::Error>(())
/// ```
pub struct Decoder<'o> {
    machine: Machine<'o, Full<Place>>,
    verdict: Option<Stop>,
    /// The bytes of a start tag that a chunk cut.
    tag: [u8; MAX_TAG_BYTES],
    tag_len: u16,
    /// The number of bytes that were fed. It is at most the limit, which is a `u32`.
    fed: u32,
    copies: Copies,
}

// A decoder is nearly all of one connection's memory. Its arrays hold the names, namespaces, tag and texts that the limits
// allow.
const _: () = assert!(size_of::<Decoder<'static>>() <= 12_288);

impl Decoder<'static> {
    /// Returns a decoder that reads as [`Envelope::parse`] does: with [`Options::new`].
    pub const fn new() -> Self {
        Self::with_options(Options::new())
    }
}

impl Default for Decoder<'static> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'o> Decoder<'o> {
    /// Returns a decoder that reads with these options.
    pub const fn with_options(options: Options<'o>) -> Self {
        Self {
            machine: Machine::new(options, Full::new(Place::Document)),
            verdict: None,
            tag: [0; MAX_TAG_BYTES],
            tag_len: 0,
            fed: 0,
            copies: Copies([0; MAX_TEXT_BYTES + MAX_EXTRA_BYTES]),
        }
    }

    /// Makes the decoder ready for the next message, with the same options. The large arrays are not cleared, so the
    /// cost does not depend on the message.
    pub fn reset(&mut self) {
        self.machine.reset();
        self.verdict = None;
        (self.tag_len, self.fed) = (0, 0);
    }

    /// Takes the next bytes of the message. An empty chunk changes nothing. Complexity: O(the chunk's length).
    ///
    /// `Ok` only says that no rule is broken so far. [`finish`](Self::finish) gives the verdict.
    ///
    /// # Errors
    /// Returns the first rule that is broken, as soon as it is seen, with its byte offset in the whole message. Each
    /// later call returns this error again, until [`reset`](Self::reset).
    pub fn feed(&mut self, chunk: &[u8]) -> Result<(), Error> {
        if self.verdict.is_none()
            && chunk.len() <= self.most_bytes() - self.fed as usize
            && self.machine.pass_text(chunk)
        {
            self.fed += chunk.len() as u32;
            return Ok(());
        }
        self.feed_markup(chunk)
    }

    /// Returns the greatest number of bytes that a message may have.
    const fn most_bytes(&self) -> usize {
        self.machine.grammar().options().limits.message_bytes() as usize
    }

    /// Takes a chunk that is not only text. It is not inlined, so that `feed` of pure text saves fewer registers.
    #[inline(never)]
    fn feed_markup(&mut self, chunk: &[u8]) -> Result<(), Error> {
        if self.fed == 0 && self.take_whole(chunk) {
            return Ok(());
        }
        if self.verdict.is_none() {
            // The limit counts every byte. At the first byte beyond it, the limit wins over any other error.
            let most = self.most_bytes();
            let window = chunk.get(..most - self.fed as usize).unwrap_or(chunk);
            self.fed += window.len() as u32;
            self.verdict = match self.read(window) {
                Ok(()) if window.len() < chunk.len() => stop(ErrorKind::MessageTooLong, most),
                result => result,
            }
            .err();
        }
        self.verdict.map_or(Ok(()), |stop| Err(self.machine.error(stop)))
    }

    /// Takes a first chunk that is a whole usual message, as most messages come. A chunk that does not end with the end
    /// tag of an Envelope is not tried. Otherwise a message would be recognised in vain up to its last byte and then
    /// read again, which takes 1.5 times as long. This function is not inlined, so that the feeding of small chunks
    /// saves fewer registers.
    #[inline(never)]
    fn take_whole(&mut self, chunk: &[u8]) -> bool {
        let is_taken = chunk.trim_ascii_end().ends_with(b"Envelope>")
            && self.verdict.is_none()
            && self.machine.take_whole(chunk, &mut self.copies);
        if is_taken {
            self.fed = chunk.len() as u32;
        }
        is_taken
    }

    fn read(&mut self, mut chunk: &[u8]) -> Result<(), Stop> {
        while !chunk.is_empty() {
            let legal = self.machine.legal_part(chunk)?;
            if self.machine.open_tag().is_some() {
                let read = legal.len() - self.read_tag(legal)?.len();
                chunk = chunk.get(read..).unwrap_or_default();
                continue;
            }
            let read = self.machine.read(legal, &mut self.copies)?;
            chunk = chunk.get(read..).unwrap_or_default();
            if let Some(start) = self.machine.open_tag() {
                // If the chunk before ended right after the `<`, this chunk lacks it. Then `tag_len` is 1, and the `<`
                // is put back here.
                self.tag_len = (self.fed as usize - chunk.len() - start) as u16;
                if let Some(first) = self.tag.first_mut() {
                    *first = b'<';
                }
            }
        }
        Ok(())
    }

    /// Goes on in a start tag that a chunk cut. Returns the part of the chunk that follows the tag.
    fn read_tag<'c>(&mut self, chunk: &'c [u8]) -> Result<&'c [u8], Stop> {
        // A `>` may end the tag, or stand in a value.
        let end = scan::find(b'>', chunk, 0).map_or(chunk.len(), |at| at + 1);
        let seen = usize::from(self.tag_len);
        let room = self.tag.len() - seen;
        let (bytes, rest) = chunk.split_at_checked(end.min(room)).unwrap_or((chunk, b""));
        if let Some(to) = self.tag.get_mut(seen..seen + bytes.len()) {
            to.copy_from_slice(bytes);
        }
        self.tag_len += bytes.len() as u16;
        let tag = self.tag.get(..seen + bytes.len()).unwrap_or_default();
        self.machine.read_tag(tag, !rest.is_empty(), &mut self.copies)?;
        Ok(rest)
    }

    /// Ends the message and returns it. Nothing that was learned before is certain until this call returns `Ok`. It may
    /// be called again. An error is final until [`reset`](Self::reset), also for a message that has not ended: nothing
    /// more can be fed.
    ///
    /// # Errors
    /// Returns the error that [`feed`](Self::feed) has returned, or `UnexpectedEnd` before the end of the Envelope.
    pub fn finish(&mut self) -> Result<Envelope<'_>, Error> {
        if self.verdict.is_none() {
            self.verdict = self.machine.finish(self.fed as usize).err();
        }
        match self.verdict {
            Some(stop) => Err(self.machine.error(stop)),
            None => self.machine.grammar().kept_envelope(&self.copies.0),
        }
    }

    /// Returns what [`finish`](Self::finish) has returned. It borrows the decoder as shared, so that other methods can
    /// be called while the envelope lives.
    ///
    /// ```
    /// use umsoap::{Body, Decoder};
    /// let mut decoder = Decoder::new();
    /// decoder.feed(b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>\
    ///     <GetCallInfo xmlns='http://schemas.microsoft.com/exchange/services/2006/messages'>\
    ///     <CallId>MDlk</CallId></GetCallInfo></s:Body></s:Envelope>")?;
    /// decoder.finish()?;
    /// let envelope = decoder.envelope()?;
    /// let span = decoder.call_id_span().unwrap();
    /// assert!(matches!(envelope.body(), Body::GetCallInfo(request) if request.call_id() == "MDlk"));
    /// assert_eq!(span.end - span.start, 4);
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns the errors of [`finish`](Self::finish). Before `finish` was called, an error is not final, and a message
    /// that is returned may still be refused for the bytes that follow it.
    pub fn envelope(&self) -> Result<Envelope<'_>, Error> {
        match self.verdict.or_else(|| self.machine.finish(self.fed as usize).err()) {
            Some(stop) => Err(self.machine.error(stop)),
            None => self.machine.grammar().kept_envelope(&self.copies.0),
        }
    }

    /// Ends a message that must be of this type: `decoder.finish_as::<SetOofStatus>()`.
    ///
    /// # Errors
    /// Returns the errors of [`finish`](Self::finish). Another body is refused at its entry: `UnexpectedRequest` or
    /// `UnexpectedResponse` for the other message of the operation, `UnexpectedFault` for a fault, and
    /// `UnexpectedOperation` for anything else.
    pub fn finish_as<'s, T: Message<'s>>(&'s mut self) -> Result<T, Error> {
        let at = self.machine.grammar().entry_at();
        one_shot::expect(&self.finish()?, at)
    }

    /// Ends a message that must be a GetCallInfo request.
    ///
    /// # Errors
    /// Returns the errors of [`finish_as`](Self::finish_as).
    pub fn finish_request(&mut self) -> Result<GetCallInfo<'_>, Error> {
        self.finish_as()
    }

    /// Ends a message that must be a GetCallInfo response.
    ///
    /// # Errors
    /// Returns the errors of [`finish_as`](Self::finish_as).
    pub fn finish_response(&mut self) -> Result<GetCallInfoResponse, Error> {
        self.finish_as()
    }

    /// Returns the extent of the raw CallId in the stream, in bytes from the message's start. It is known once the
    /// CallId's element has ended, and certain once [`finish`](Self::finish) has accepted the message. A caller that
    /// kept the chunks finds the CallId there.
    pub fn call_id_span(&self) -> Option<Range<u64>> {
        let kept = self.machine.grammar().call_id()?;
        let start = u64::from(kept.at);
        Some(start..start + u64::from(kept.length))
    }

    /// Returns the extent of the Header in the stream, from its `<` to its last `>`, in bytes from the message's start.
    /// It is known once the Header has ended, and certain once [`finish`](Self::finish) has accepted the message. A
    /// caller that kept the chunks finds the Header there.
    pub fn header_span(&self) -> Option<Range<u64>> {
        let (start, end) = self.machine.grammar().header_span()?;
        Some(start.into()..end.into())
    }

    /// Returns the text of a header block with this expanded name, which
    /// [`Options::with_kept_blocks`](Options::with_kept_blocks) has named, once the message is accepted. Of several
    /// such blocks, the first whose text was kept is returned.
    ///
    /// The result is `None` if there is no such block, or if its text was not kept. A text is not kept in three cases: the
    /// block has child elements; the texts of all kept blocks together take more than 1,024 bytes; or these texts and the
    /// texts of the body together take more than 3,136 bytes.
    ///
    /// ```
    /// use umsoap::{CallState, Decoder, Envelope, EventCause, GetCallInfoResponse, NewElement, NewHeaderBlock, Options};
    /// const WSA: &str = "http://www.w3.org/2005/08/addressing";
    /// let message = format!("<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns:a='{WSA}'>\
    ///     <s:Header><a:MessageID>urn:uuid:1&amp;2</a:MessageID></s:Header><s:Body><GetCallInfo \
    ///     xmlns='http://schemas.microsoft.com/exchange/services/2006/messages'><CallId>MDlk</CallId></GetCallInfo>\
    ///     </s:Body></s:Envelope>");
    /// let mut decoder = Decoder::with_options(Options::new().with_kept_blocks(&[(WSA, "MessageID")]));
    /// for chunk in message.as_bytes().chunks(7) {
    ///     decoder.feed(chunk)?;
    /// }
    /// decoder.finish_request()?;
    ///
    /// // A reply that says to which request it belongs.
    /// let id = decoder.header_text(WSA, "MessageID").unwrap();
    /// let header = [NewHeaderBlock::new(NewElement::new(WSA, "RelatesTo").with_text(id))];
    /// let reply = GetCallInfoResponse::new(CallState::Connected, EventCause::None);
    /// let mut out = [0; 1024];
    /// let envelope = Envelope::new(decoder.envelope()?.version(), reply.into());
    /// let bytes = envelope.with_header(&header).encode(&mut out)?;
    /// let relates_to = Envelope::parse(bytes)?.header().block(WSA, "RelatesTo").unwrap();
    /// assert_eq!(relates_to.element().text().unwrap(), "urn:uuid:1&2");
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    pub fn header_text(&self, namespace: &str, local_name: &str) -> Option<Text<'_>> {
        self.envelope().ok()?;
        self.machine.grammar().block_text(namespace, local_name, self.copies.view())
    }

    /// Returns the SOAP version, as soon as the start tag of the Envelope was read. It is certain once
    /// [`finish`](Self::finish) has accepted the message.
    pub const fn version(&self) -> Option<SoapVersion> {
        self.machine.grammar().version()
    }

    /// Returns the expanded name of the body entry, as soon as its start tag was read. It says what the message is
    /// about, and is certain once [`finish`](Self::finish) has accepted the message.
    pub fn entry(&self) -> Option<Element<'_>> {
        self.machine.grammar().entry_name(self.copies.view())
    }

    /// Returns the number of mandatory header blocks that were read so far, for any node. All of them are counted once
    /// [`entry`](Self::entry) is known. A block that is for this node and not understood is an error at once. The
    /// number is certain once [`finish`](Self::finish) has accepted the message.
    pub const fn mandatory_blocks(&self) -> u32 {
        self.machine.grammar().mandatory()
    }

    /// Returns the name of the header block that a `MustUnderstand` refusal is about.
    pub fn not_understood(&self) -> Option<Element<'_>> {
        let refused = self.verdict.is_some_and(|stop| stop.kind == ErrorKind::MustUnderstand);
        refused.then(|| self.machine.grammar().kept_name(self.copies.view(), None))?
    }
}

impl fmt::Debug for Decoder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder")
            .field("fed", &self.fed)
            .field("version", &self.version())
            .field("entry", &self.entry())
            .field("error", &self.verdict.map(|stop| self.machine.error(stop)))
            .finish_non_exhaustive()
    }
}

/// The texts that are kept, one after the other.
struct Copies([u8; MAX_TEXT_BYTES + MAX_EXTRA_BYTES]);

impl Retain for Copies {
    fn put(&mut self, place: usize, bytes: &[u8]) {
        // The limits leave room for these bytes.
        if let Some(to) = self.0.get_mut(place..place + bytes.len()) {
            to.copy_from_slice(bytes);
        }
    }

    fn view(&self) -> View<'_> {
        View::Copies(&self.0)
    }
}

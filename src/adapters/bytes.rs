//! The decoder and the buffers of the crate bytes (feature `bytes`). Only this file and `http_body.rs` use this
//! crate.

use bytes::{Buf, BufMut, Bytes};

use crate::base::error::Error;
use crate::message::envelope::Envelope;
use crate::read::decoder::Decoder;

impl Envelope<'_> {
    /// Writes the message at the end of a buffer.
    ///
    /// ```
    /// use bytes::BytesMut;
    /// use umsoap::{Envelope, GetCallInfo, SoapVersion};
    /// let mut buffer = BytesMut::new();
    /// Envelope::new(SoapVersion::V1_1, GetCallInfo::new("MDlk").into()).encode_to_buf(&mut buffer)?;
    /// assert_eq!(GetCallInfo::parse(&buffer)?.call_id(), "MDlk");
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns the errors of [`encode`](Self::encode). Nothing is written then.
    pub fn encode_to_buf(&self, buf: &mut impl BufMut) -> Result<(), Error> {
        self.put_into(buf.remaining_mut(), &mut |piece| buf.put_slice(piece))
    }
}

impl Decoder<'_> {
    /// Takes all bytes that are left in a buffer, chunk by chunk, and advances the buffer past them.
    ///
    /// # Errors
    /// Returns the errors of [`feed`](Self::feed). The buffer then stands at the chunk that was refused.
    pub fn feed_buf(&mut self, buf: &mut impl Buf) -> Result<(), Error> {
        while buf.has_remaining() {
            let chunk = buf.chunk();
            self.feed(chunk)?;
            let taken = chunk.len();
            buf.advance(taken);
        }
        Ok(())
    }

    /// Returns the raw CallId as a part of the frame in which it lies, without a copy. `frames` must hold the message
    /// from its first byte on, in the order in which it was fed. Returns `None` if the CallId lies in more than one frame
    /// or is not known (see [`call_id_span`](Self::call_id_span)). The result is certain once [`finish`](Self::finish) has
    /// accepted the message.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use umsoap::Decoder;
    ///
    /// let frames = [
    ///     Bytes::from_static(b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>"),
    ///     Bytes::from_static(b"<GetCallInfo xmlns='http://schemas.microsoft.com/exchange/services/2006/messages'>\
    ///         <CallId>MDlk</CallId></GetCallInfo></s:Body></s:Envelope>"),
    /// ];
    /// let mut decoder = Decoder::new();
    /// for frame in &frames {
    ///     decoder.feed_buf(&mut frame.clone())?;
    /// }
    /// decoder.finish()?;
    /// assert_eq!(decoder.call_id_in(&frames).unwrap(), "MDlk");
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    pub fn call_id_in(&self, frames: &[Bytes]) -> Option<Bytes> {
        let span = self.call_id_span()?;
        let (mut start, mut end) = (usize::try_from(span.start).ok()?, usize::try_from(span.end).ok()?);
        for frame in frames {
            if start < frame.len() {
                return (end <= frame.len()).then(|| frame.slice(start..end));
            }
            start = start.saturating_sub(frame.len());
            end = end.saturating_sub(frame.len());
        }
        None
    }
}

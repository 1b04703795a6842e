//! The decoder and HTTP bodies (feature `http-body`). No other file names the crate http-body.

use core::fmt;
use core::future::poll_fn;
use core::pin::Pin;

use http_body::Body;

use crate::base::error::Error;
use crate::message::envelope::Envelope;
use crate::read::decoder::Decoder;

/// The reason why a body gave no message.
///
/// ```
/// use std::convert::Infallible;
/// use std::pin::{Pin, pin};
/// use std::task::{Context, Poll, Waker};
/// use bytes::Bytes;
/// use http_body::{Body, Frame};
/// use umsoap::{BodyError, Decoder, ErrorKind};
///
/// /// A body of one frame.
/// struct Whole(Option<Bytes>);
///
/// impl Body for Whole {
///     type Data = Bytes;
///     type Error = Infallible;
///
///     fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
///         Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
///     }
/// }
///
/// let (mut body, mut decoder) = (pin!(Whole(Some(Bytes::from_static(b"<a>")))), Decoder::new());
/// let reading = pin!(decoder.read_body(body.as_mut()));
/// let Poll::Ready(read) = reading.poll(&mut Context::from_waker(Waker::noop())) else { panic!() };
/// assert!(matches!(read, Err(BodyError::Message(error)) if error.kind() == ErrorKind::NotEnvelope));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyError<E> {
    /// The message was refused.
    Message(Error),
    /// The body itself failed, with this error of the transport.
    Body(E),
}

impl<E: fmt::Display> fmt::Display for BodyError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(error) => error.fmt(f),
            Self::Body(error) => write!(f, "the body could not be read: {error}"),
        }
    }
}

impl<E: core::error::Error + 'static> core::error::Error for BodyError<E> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Message(error) => Some(error),
            Self::Body(error) => Some(error),
        }
    }
}

impl Decoder<'_> {
    /// Reads a body frame by frame, up to its end or the first refusal. Trailers are ignored.
    ///
    /// No frame is kept, and the limits are applied before any byte of a frame is copied. The future is cancel safe:
    /// when it is dropped, the decoder keeps what was fed, and another call on this body continues there.
    ///
    /// # Errors
    /// Returns [`BodyError::Message`] as soon as a frame is refused. The rest of the body is left unread. Returns
    /// [`BodyError::Body`] with the error of the body. In that case, the message is neither refused nor ended.
    pub async fn read_body<B: Body>(
        &mut self,
        mut body: Pin<&mut B>,
    ) -> Result<Envelope<'_>, BodyError<B::Error>> {
        while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
            if let Ok(mut data) = frame.map_err(BodyError::Body)?.into_data() {
                self.feed_buf(&mut data).map_err(BodyError::Message)?;
            }
        }
        self.finish().map_err(BodyError::Message)
    }
}

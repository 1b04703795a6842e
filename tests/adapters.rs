//! Tests the adapters for `bytes::Buf` and `http_body::Body`.
#![cfg(feature = "http-body")]

use std::collections::VecDeque;
use std::error::Error as _;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use bytes::{Buf, Bytes};
use http_body::{Body, Frame};
use umsoap::{BodyError, Decoder, Error, ErrorKind, GetCallInfo, Limits, Options};

const REQUEST: &[u8] = include_bytes!("data/ok/wire-request.xml");

/// A body of these frames. It is pending once before each frame.
struct Frames {
    frames: VecDeque<Result<Frame<Bytes>, &'static str>>,
    ready: bool,
}

impl Frames {
    fn of(message: &[u8], size: usize) -> Self {
        let frames = message.chunks(size).map(|chunk| Ok(Frame::data(Bytes::copy_from_slice(chunk))));
        Self { frames: frames.collect(), ready: false }
    }
}

impl Body for Frames {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        self.ready = !self.ready;
        if self.ready {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(self.frames.pop_front())
    }
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn wait<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = poll(future.as_mut()) {
            return output;
        }
    }
}

#[test]
fn a_body_in_frames() {
    for size in [1, 7, 64, 4096] {
        let mut decoder = Decoder::new();
        let mut body = Frames::of(REQUEST, size);
        body.frames.push_back(Ok(Frame::trailers(Default::default())));
        wait(decoder.read_body(Pin::new(&mut body))).unwrap();
        assert_eq!(decoder.finish_request(), GetCallInfo::parse(REQUEST));
    }
}

#[test]
fn a_cancelled_read_goes_on() {
    let mut decoder = Decoder::new();
    let mut body = Frames::of(REQUEST, 5);
    while body.frames.len() > 3 {
        let mut read = pin!(decoder.read_body(Pin::new(&mut body)));
        // The body is pending, gives one frame, and is pending again. Then the future is dropped.
        assert!(poll(read.as_mut()).is_pending());
        assert!(poll(read.as_mut()).is_pending());
    }
    wait(decoder.read_body(Pin::new(&mut body))).unwrap();
    assert_eq!(decoder.finish_request(), GetCallInfo::parse(REQUEST));
}

#[test]
fn errors_of_the_message_and_of_the_body() {
    let limits = Limits::DEFAULT.with_message_bytes(100).unwrap();
    let mut decoder = Decoder::with_options(Options::new().with_limits(limits));
    let mut body = Frames::of(REQUEST, 30);
    let frames = body.frames.len();
    let Err(BodyError::Message(error)) = wait(decoder.read_body(Pin::new(&mut body))) else { panic!() };
    assert_eq!((error.kind(), error.offset()), (ErrorKind::MessageTooLong, 100));
    assert_eq!(frames - body.frames.len(), 4, "no frame is taken after the refusal");

    let mut decoder = Decoder::new();
    let mut body = Frames::of(REQUEST, 30);
    body.frames.insert(2, Err("reset by peer"));
    assert!(matches!(wait(decoder.read_body(Pin::new(&mut body))), Err(BodyError::Body("reset by peer"))));
    wait(decoder.read_body(Pin::new(&mut body))).unwrap();
}

/// Both sorts of errors are printed, and return the error that they hold as their source.
#[test]
fn errors_have_their_sources() {
    let refusal = Decoder::new().finish().unwrap_err();
    let message: BodyError<std::io::Error> = BodyError::Message(refusal);
    assert_eq!(message.to_string(), refusal.to_string());
    assert_eq!(message.source().and_then(|source| source.downcast_ref::<Error>()), Some(&refusal));
    let body = BodyError::Body(std::io::Error::other("reset by peer"));
    assert_eq!(body.to_string(), "the body could not be read: reset by peer");
    assert!(body.source().is_some_and(|source| source.is::<std::io::Error>()));
}

#[test]
fn a_buffer_is_advanced_up_to_the_refusal() {
    let (good, bad) = REQUEST.split_at(40);
    let mut buf = Bytes::from_static(good).chain(Bytes::from_static(b"\0")).chain(Bytes::from_static(bad));
    let mut decoder = Decoder::new();
    assert_eq!(decoder.feed_buf(&mut buf).unwrap_err().offset(), 40);
    assert_eq!(buf.remaining(), 1 + bad.len());
}

#[test]
fn the_call_id_in_a_frame() {
    let whole = Bytes::from_static(REQUEST);
    let raw = GetCallInfo::parse(REQUEST).unwrap().call_id().as_raw().as_bytes();
    let start = raw.as_ptr() as usize - REQUEST.as_ptr() as usize;
    for at in 0..REQUEST.len() {
        let mut decoder = Decoder::new();
        let frames = [whole.slice(..at), whole.slice(at..)];
        for frame in &frames {
            decoder.feed_buf(&mut frame.clone()).unwrap();
        }
        decoder.finish().unwrap();
        let found = decoder.call_id_in(&frames);
        assert_eq!(found.is_none(), start < at && at < start + raw.len(), "cut at {at}");
        if let Some(found) = found {
            assert_eq!(found.as_ptr(), raw.as_ptr(), "never a copy");
            assert_eq!(found, raw);
        }
        assert_eq!(decoder.call_id_in(&frames[..1]).is_some(), at >= start + raw.len());
    }
}

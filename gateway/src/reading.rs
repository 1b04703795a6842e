//! The reading of a body as it arrives. Each piece is checked when it comes. Thus a bad message is refused at the byte
//! that breaks a rule and not after its last byte. No other file uses the library's [`Decoder`].

use bytes::{Bytes, BytesMut};
use umsoap::{Decoder, Envelope, Error, Header, Options};

/// A message that is being read.
pub(crate) struct Reading<'o> {
    options: Options<'o>,
    bytes: BytesMut,
    decoder: Option<Box<Decoder<'o>>>,
}

/// A message whose bytes are complete. No part of it is certain until [`envelope`](Self::envelope) has returned `Ok`.
pub(crate) struct Read<'o> {
    options: Options<'o>,
    pub(crate) bytes: Bytes,
    decoder: Option<Box<Decoder<'o>>>,
}

impl<'o> Reading<'o> {
    pub(crate) fn new(options: Options<'o>) -> Self {
        Self { options, bytes: BytesMut::new(), decoder: None }
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Returns the bytes that were read so far.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Keeps a piece without a check, after an earlier piece was refused. [`Read::envelope`] may still accept the
    /// message.
    pub(crate) fn keep(&mut self, piece: &[u8]) {
        self.bytes.extend_from_slice(piece);
    }

    /// Reads the next piece and checks it.
    pub(crate) fn piece(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.bytes.extend_from_slice(piece);
        let options = self.options;
        self.decoder.get_or_insert_with(|| Box::new(Decoder::with_options(options))).feed(piece)
    }

    /// Ends the message.
    pub(crate) fn end(self) -> Read<'o> {
        Read { options: self.options, bytes: self.bytes.freeze(), decoder: self.decoder }
    }

    /// Takes a message that arrived in one piece, which is the usual case. Only [`Read::envelope`] checks it.
    pub(crate) fn whole(self, bytes: Bytes) -> Read<'o> {
        Read { options: self.options, bytes, decoder: None }
    }
}

impl Read<'_> {
    /// Returns the message, with its header blocks.
    pub(crate) fn envelope(&mut self) -> Result<Envelope<'_>, Error> {
        match &mut self.decoder {
            Some(decoder) => match decoder.finish()? {
                // The decoder has accepted the message but keeps no header blocks, so the message is parsed once more.
                envelope if matches!(envelope.header(), Header::NotRetained) => {
                    Envelope::parse_with(&self.bytes, &self.options)
                }
                envelope => Ok(envelope),
            },
            None => Envelope::parse_with(&self.bytes, &self.options),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_and_wholes_give_the_same() {
        let ends = |body: &str| {
            format!("<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'>{body}</s:Envelope>")
        };
        let get = "<s:Body><GetCallInfo xmlns='http://schemas.microsoft.com/exchange/services/2006/messages'><CallId>&#65;</CallId></GetCallInfo></s:Body>";
        for message in [
            ends(get),
            ends(&format!("<s:Header><t:a xmlns:t='urn:t'>x</t:a></s:Header>{get}")),
            ends("<s:Body><a/></s:Body>"),
            ends("<s:Body/>"),
            ends(get) + "x",
            ends(get)[..60].to_owned(),
        ] {
            let options = Options::new();
            let debug = |read: &mut Read<'_>| {
                let bytes = read.bytes.len();
                let envelope = read.envelope();
                format!(
                    "{bytes} {:?}",
                    envelope.map(|e| (e.version(), e.namespace(), e.header().blocks().count()))
                )
            };
            let whole = debug(&mut Reading::new(options).whole(Bytes::from(message.clone())));
            for size in [1, 3, 50] {
                let mut reading = Reading::new(options);
                let fed = message.as_bytes().chunks(size).try_for_each(|piece| reading.piece(piece));
                let early = fed.map_err(|e| format!("{} {:?}", message.len(), Err::<(), _>(e)));
                assert_eq!(
                    early.map_or_else(|e| e, |()| debug(&mut reading.end())),
                    whole,
                    "{message} {size}"
                );
            }
        }
    }
}

//! Cuts a message into the chunks in which it reaches a decoder.

/// White space of every kind that may follow the root element.
const WHITE_SPACE: &[u8] = b"\r\n \t";

/// The places at which a message is cut into chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The message is not cut. Nearly all messages reach a gateway in this way.
    Whole,
    /// The message is not cut, and white space follows the root element.
    WhiteSpaceAtEnd,
    /// The message is cut after the root element: the second chunk is white space.
    BeforeWhiteSpace,
    /// The message is cut every this many bytes.
    Every(usize),
}

impl Cut {
    /// 1,460 bytes are the payload of a TCP segment on Ethernet. 4,096 bytes are a page and a usual buffer. Chunks of
    /// 64 bytes are hard, since most of them end inside a tag.
    pub(crate) const ALL: [Self; 6] = [
        Self::Whole,
        Self::WhiteSpaceAtEnd,
        Self::BeforeWhiteSpace,
        Self::Every(4096),
        Self::Every(1460),
        Self::Every(64),
    ];

    pub(crate) fn name(self) -> String {
        match self {
            Self::Whole => "one chunk".to_string(),
            Self::WhiteSpaceAtEnd => "one chunk that ends in white space".to_string(),
            Self::BeforeWhiteSpace => "a second chunk of white space".to_string(),
            Self::Every(bytes) => format!("chunks of {bytes}"),
        }
    }
}

/// A message with the ends of its chunks, which are computed beforehand. So a decoder's benchmark does not time the
/// cutting.
pub(crate) struct Cuts {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Cuts {
    pub(crate) fn new(message: &[u8], cut: Cut) -> Self {
        let with_white_space = || [message, WHITE_SPACE].concat();
        let (bytes, mut ends) = match cut {
            Cut::Whole => (message.to_vec(), Vec::new()),
            Cut::WhiteSpaceAtEnd => (with_white_space(), Vec::new()),
            Cut::BeforeWhiteSpace => (with_white_space(), vec![message.len()]),
            Cut::Every(size) => {
                (message.to_vec(), (1..message.len().div_ceil(size)).map(|n| n * size).collect())
            }
        };
        ends.push(bytes.len());
        Self { bytes, ends }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn chunks(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let chunk = &self.bytes[start..end];
            start = end;
            chunk
        })
    }
}

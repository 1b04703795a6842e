//! Turns a fuzzer's bytes into a document, and into choices that are no part of it.

use std::borrow::Cow;

use arbitrary::Unstructured;

use super::generate;

/// The first byte of an input from which `generate` makes a document. No document begins with this byte.
pub const GENERATED: u8 = 1;

/// Returns the document that a target reads: the bytes themselves, or a document that is made from them.
pub fn document(data: &[u8]) -> Cow<'_, [u8]> {
    match data {
        [GENERATED, rest @ ..] => Cow::Owned(generate::envelope(&mut Unstructured::new(rest))),
        _ => Cow::Borrowed(data),
    }
}

/// Choices that follow from the bytes alone, so that a find can be repeated.
pub struct Choices(u64);

impl Choices {
    /// FNV-1a: <http://www.isthe.com/chongo/tech/comp/fnv/>
    pub fn of(data: &[u8]) -> Self {
        let hash = |hash: u64, &b: &u8| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01B3);
        Self(data.iter().fold(0xCBF2_9CE4_8422_2325, hash))
    }

    /// Returns a number below `n`, which is not 0. Xorshift: Marsaglia, 2003.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.max(1);
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % n
    }
}

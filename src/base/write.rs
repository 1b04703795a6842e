//! Where encoded bytes go: one walk over a message serves its length and its bytes.

/// Takes the bytes of a message in order.
pub(crate) trait Sink {
    fn put(&mut self, bytes: &[u8]);
}

/// Counts: `encoded_len`.
pub(crate) struct Count(pub(crate) usize);

impl Sink for Count {
    fn put(&mut self, bytes: &[u8]) {
        self.0 = self.0.saturating_add(bytes.len());
    }
}

/// Fills a buffer of the counted length: `encode`.
pub(crate) struct Fill<'b> {
    pub(crate) rest: &'b mut [u8],
}

impl Sink for Fill<'_> {
    fn put(&mut self, bytes: &[u8]) {
        let rest = core::mem::take(&mut self.rest);
        // The buffer was counted by the same walk, so the bytes always fit.
        if let Some((head, tail)) = rest.split_at_mut_checked(bytes.len()) {
            head.copy_from_slice(bytes);
            self.rest = tail;
        }
    }
}

/// How long these pieces are together.
#[inline]
pub(crate) fn joined_len(pieces: &[&[u8]]) -> usize {
    pieces.iter().fold(0, |sum, piece| sum.saturating_add(piece.len()))
}

/// Writes these pieces, one behind the other. `Err`: they do not fit, nothing was written, and so many bytes are needed.
#[inline(always)]
pub(crate) fn join<'b, const N: usize>(pieces: [&[u8]; N], out: &'b mut [u8]) -> Result<&'b mut [u8], usize> {
    let needed = joined_len(&pieces);
    let out = out.get_mut(..needed).ok_or(needed)?;
    let mut fill = Fill { rest: &mut *out };
    pieces.iter().for_each(|piece| fill.put(piece));
    Ok(out)
}

//! The sinks of encoded bytes. One walk over a message serves both its length and its bytes.

/// A receiver of the bytes of a message, in order.
pub(crate) trait Sink {
    fn put(&mut self, bytes: &[u8]);
}

/// A sink that counts the bytes, for `encoded_len`.
pub(crate) struct Count(pub(crate) usize);

impl Sink for Count {
    fn put(&mut self, bytes: &[u8]) {
        self.0 = self.0.saturating_add(bytes.len());
    }
}

/// A sink that fills a buffer of the counted length, for `encode`.
pub(crate) struct Fill<'b> {
    pub(crate) rest: &'b mut [u8],
}

impl Sink for Fill<'_> {
    fn put(&mut self, bytes: &[u8]) {
        let rest = core::mem::take(&mut self.rest);
        // The same walk has counted the bytes of the buffer, so these bytes always fit.
        if let Some((head, tail)) = rest.split_at_mut_checked(bytes.len()) {
            head.copy_from_slice(bytes);
            self.rest = tail;
        }
    }
}

/// Returns the length of these pieces together.
#[inline]
pub(crate) fn joined_len(pieces: &[&[u8]]) -> usize {
    pieces.iter().fold(0, |sum, piece| sum.saturating_add(piece.len()))
}

/// Writes these pieces one after the other. If the pieces do not fit, writes nothing and returns the number of bytes that
/// are needed as `Err`. It is inlined, since the number of pieces is a constant of each caller.
#[inline(always)]
pub(crate) fn join<'b, const N: usize>(pieces: [&[u8]; N], out: &'b mut [u8]) -> Result<&'b mut [u8], usize> {
    let needed = joined_len(&pieces);
    let out = out.get_mut(..needed).ok_or(needed)?;
    let mut fill = Fill { rest: &mut *out };
    pieces.iter().for_each(|piece| fill.put(piece));
    Ok(out)
}

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

//! Makes random numbers that are equal on every machine and in every run.

/// The generator SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Returns a number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub(crate) fn one_of<'t>(&mut self, choices: &[&'t str]) -> &'t str {
        choices[self.below(choices.len())]
    }

    /// Returns letters of both cases except `x` and `X`, so that no name begins like `xml`.
    pub(crate) fn letters(&mut self, len: usize) -> String {
        const LETTERS: &[u8; 50] = b"abcdefghijklmnopqrstuvwyzABCDEFGHIJKLMNOPQRSTUVWYZ";
        (0..len).map(|_| LETTERS[self.below(50)] as char).collect()
    }

    pub(crate) fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        let group = |bits: u64, shift: u32| (bits >> shift) & 0xFFFF;
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            group(high, 16),
            group(high, 0),
            group(low, 48),
            low & 0xFFFF_FFFF_FFFF
        )
    }

    /// Returns `len` characters of base64, padded where a real encoder would pad.
    pub(crate) fn base64(&mut self, len: usize) -> String {
        const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text: String = (0..len).map(|_| ALPHABET[self.below(64)] as char).collect();
        // `A` and `Q` have no stray bits before one `=` or two.
        let end = ["", "A=", "Q=="][self.below(3)];
        if len > 0 && len & 3 == 0 {
            text.replace_range(len - end.len().., end);
        }
        text
    }
}

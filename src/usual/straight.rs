//! A request as most senders write it, in a straight line: each of the two elements that have a prefix declares it first, and
//! no other tag has an attribute. Where a name ends is counted, not guessed: senders differ in their prefixes.

#![expect(clippy::arithmetic_side_effects, reason = "positions lie inside a slice, so they cannot overflow")]

use super::tags;

/// A prefix and its colon, as they stand in a name.
#[derive(Clone, Copy)]
pub(super) struct Known {
    /// As the highest bytes; which bits count.
    pub(super) word: u64,
    mask: u64,
    /// With the colon.
    pub(super) length: usize,
    colon: u8,
}

const fn each(b: u8) -> u64 {
    u64::from_le_bytes([b; 8])
}

/// The message, in which a position is known by what was counted.
pub(super) struct Straight<'i> {
    pub(super) input: &'i [u8],
}

#[expect(clippy::indexing_slicing, reason = "a masked or constant position lies in the window")]
impl Straight<'_> {
    /// Where the name begins behind white space and `<`.
    #[inline(always)]
    pub(super) fn open(&self, at: usize) -> Option<usize> {
        Some(self.input.len() - tags::behind_open(self.input.get(at..)?)?.len())
    }

    /// Where the name begins behind white space and `</`.
    #[inline(always)]
    pub(super) fn close(&self, at: usize) -> Option<usize> {
        match tags::behind_open(self.input.get(at..)?)? {
            [b'/', rest @ ..] => Some(self.input.len() - rest.len()),
            _ => None,
        }
    }

    /// A name of this prefix from `at` on: what follows.
    #[inline(always)]
    pub(super) fn name<const N: usize>(&self, at: usize, prefix: Known, local: &[u8; N]) -> Option<usize> {
        let end = at + prefix.length + N;
        let window: &[u8; 32] = self.input.get(..end)?.last_chunk()?;
        let local_at = 32 - N;
        let found: &[u8; N] = window[local_at..].first_chunk()?;
        // What ends before the colon.
        let word = u64::from_le_bytes(*window[local_at - 9..].first_chunk()?);
        let colon = window[local_at - 1] ^ b':';
        if found != local || (word ^ prefix.word) & prefix.mask != 0 || colon & prefix.colon != 0 {
            return None;
        }
        Some(end)
    }

    /// The prefix of a start tag's name of this local name, which begins with 8 bytes; and that it declares itself first: the value.
    #[inline(always)]
    pub(super) fn own<const N: usize>(&self, at: usize, local: &[u8; N]) -> Option<(Known, usize)> {
        let window: &[u8; 64] = self.input.get(at..)?.first_chunk()?;
        let word = u64::from_le_bytes(*window.first_chunk()?);
        let local_word = u64::from_le_bytes(*local.first_chunk()?);
        let (known, prefix, mask) = if word == local_word {
            (Known { word: 0, mask: 0, length: 0, colon: 0 }, 0, 0)
        } else {
            let behind = u64::from_le_bytes(*window[1..].first_chunk()?);
            let other = behind ^ each(b':');
            let colon = other.wrapping_sub(each(1)) & !other & each(0x80);
            if colon == 0 {
                return None;
            }
            let length = 1 + (colon.trailing_zeros() / 8) as usize;
            let up = 64 - 8 * length;
            let high = word << up;
            // Bytes below the prefix count as letters. No sum carries, as long as all are ASCII.
            let w = high | (each(b'a') & !(u64::MAX << up));
            let within = |from: u8, to: u8, w: u64| {
                w.wrapping_add(each(0x80 - from)) & !w.wrapping_add(each(0x7F - to))
            };
            let start = within(b'a', b'z', w | each(0x20)) | within(b'_', b'_', w);
            let first = 0x80 << up;
            let fits = start | ((within(b'0', b'9', w) | within(b'-', b'.', w)) & !first);
            if fits & !w & each(0x80) != each(0x80)
                || word & 0xFF_FFFF == u64::from_le_bytes(*b"xml\0\0\0\0\0")
            {
                return None;
            }
            (
                Known { word: high, mask: u64::MAX << up, length: length + 1, colon: 0xFF },
                word & (u64::MAX >> up),
                u64::MAX >> up,
            )
        };
        let k = known.length;
        // The local name.
        let found: &[u8; N] = window[k & 15..].first_chunk()?;
        // ` xmlns`, the prefix and `="`.
        let at_attr = (k + N) & 31;
        let attr: &[u8; 6] = window[at_attr..].first_chunk()?;
        let colon = window[at_attr + 6] ^ b':';
        let again = u64::from_le_bytes(*window[at_attr + 7..].first_chunk()?);
        let equals: &[u8; 2] = window[(at_attr + 6 + k) & 63..].first_chunk()?;
        if found != local
            || attr != b" xmlns"
            || colon & known.colon != 0
            || (again ^ prefix) & mask != 0
            || equals != b"=\""
        {
            return None;
        }
        Some((known, at + at_attr + 8 + k))
    }
}

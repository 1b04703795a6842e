//! Times the floors of reading. Each floor touches all bytes of the message, and checks less than a reader has to.

use std::hint::black_box;

use crate::peers::Input;

pub struct Floor {
    pub name: &'static str,
    pub about: &'static str,
    pub run: fn(&Input, &Input) -> bool,
}

pub const COMPARE: &str = "memcmp";

pub const FLOORS: [Floor; 5] = [
    Floor {
        name: COMPARE,
        about: "the message against a copy of it",
        run: |message, copy| black_box(message.bytes()) == black_box(copy.bytes()),
    },
    Floor {
        name: "memchr",
        about: "for a byte that is not there",
        run: |message, _| memchr::memchr(0, black_box(message.bytes())).is_none(),
    },
    Floor {
        name: "UTF-8 by std",
        about: "`str::from_utf8`",
        run: |message, _| std::str::from_utf8(black_box(message.bytes())).is_ok(),
    },
    Floor {
        name: "UTF-8 by simdutf8",
        about: "`basic::from_utf8`",
        run: |message, _| simdutf8::basic::from_utf8(black_box(message.bytes())).is_ok(),
    },
    Floor {
        name: "delimiters",
        about: "every `<` and `>` by masks of 64 bytes",
        run: |message, _| walk(message) > 0,
    },
];

/// Returns the sum of the delimiters' positions, so that each position has to be computed.
fn walk(message: &Input) -> usize {
    let bytes = black_box(message.bytes());
    let (blocks, rest) = bytes.as_chunks::<64>();
    let mut sum = 0;
    for (n, block) in blocks.iter().enumerate() {
        let mut mask = delimiters(block);
        while mask != 0 {
            sum += n * 64 + mask.trailing_zeros() as usize;
            mask &= mask - 1;
        }
    }
    let delimiter = |(at, byte): (usize, &u8)| matches!(byte, b'<' | b'>').then_some(blocks.len() * 64 + at);
    sum + rest.iter().enumerate().filter_map(delimiter).sum::<usize>()
}

#[cfg(target_arch = "x86_64")]
fn delimiters(block: &[u8; 64]) -> u64 {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
    };
    let mut mask = 0;
    for (n, sixteen) in block.as_chunks::<16>().0.iter().enumerate() {
        // SAFETY: every x86-64 has SSE2, and the load takes 16 bytes at any address.
        let found = unsafe {
            let bytes = _mm_loadu_si128(sixteen.as_ptr().cast());
            let less = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'<' as i8));
            let greater = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'>' as i8));
            _mm_movemask_epi8(_mm_or_si128(less, greater))
        };
        mask |= u64::from(found as u16) << (16 * n);
    }
    mask
}

#[cfg(not(target_arch = "x86_64"))]
fn delimiters(block: &[u8; 64]) -> u64 {
    block.iter().enumerate().map(|(n, byte)| u64::from(matches!(byte, b'<' | b'>')) << n).sum()
}

//! The search for the end of a run of bytes, and the reading of one UTF-8 sequence.
//!
//! Functions for short runs are inlined, so that the classes and bounds of the caller are constants in them. Functions
//! for long runs are not inlined, so that their loops have all registers.

use crate::xml::chars::{self, NAME, SPACE, TEXT, VALUE};

/// Returns the position of the first byte from `at` on that is in none of these classes, or the length. It is for short
/// runs: names and white space.
#[inline]
pub(crate) fn run(bytes: &[u8], mut at: usize, classes: u8) -> usize {
    while bytes.get(at).is_some_and(|&b| chars::is(b, classes)) {
        at = at.wrapping_add(1);
    }
    at
}

/// Returns the position after white space, as [`run`] with `SPACE` does. Indents are blanks, which are passed eight at
/// a time.
#[inline]
pub(crate) fn space(bytes: &[u8], mut at: usize) -> usize {
    while let Some(&b) = bytes.get(at) {
        if b > b' ' {
            return at;
        }
        match bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
            Some(word) if b == b' ' => {
                let other = u64::from_le_bytes(*word) ^ ONES.wrapping_mul(b' ' as u64);
                at = at.wrapping_add((other.trailing_zeros() / 8) as usize);
            }
            _ if chars::is(b, SPACE) => at = at.wrapping_add(1),
            _ => return at,
        }
    }
    bytes.len().max(at)
}

/// Returns the bytes after blanks in pairs, as an indent has them. The loop passes few bytes in a step. Indents repeat,
/// so the processor guesses well where one ends, and what follows need not wait for it.
#[inline(always)]
pub(crate) fn indent(mut line: &[u8]) -> &[u8] {
    while let [b' ', b' ', rest @ ..] = line {
        line = rest;
    }
    line
}

// Eight bytes are compared at once, as one number. Each function below sets the high bit of the first byte that stops
// the run. Borrows can set high bits above that byte, so only the lowest set bit has a meaning. Bytes from 0x80 may be
// reported wrongly. The callers combine the result with the word itself by OR, so that each byte outside ASCII stops the run.
const ONES: u64 = u64::from_le_bytes([1; 8]);
const HIGHS: u64 = u64::from_le_bytes([0x80; 8]);

/// Marks the bytes below `bound`.
const fn below(word: u64, bound: u8) -> u64 {
    word.wrapping_sub(ONES.wrapping_mul(bound as u64))
}

/// Marks the bytes that are equal to `byte`.
const fn equal(word: u64, byte: u8) -> u64 {
    below(word ^ ONES.wrapping_mul(byte as u64), 1)
}

/// Returns the position after a run of element text, as [`run`] with [`TEXT`] does. Three words pass most short texts.
/// Longer texts are passed in blocks.
#[inline]
pub(crate) fn text(bytes: &[u8], at: usize) -> usize {
    match words::<3>(bytes, at, TEXT, text_stops) {
        (end, true) => end,
        (end, false) => long_text(bytes, end),
    }
}

/// Marks the bytes that may stop a text. `<` and `>` differ only in the bit of value 2. `&` is below 0x27, and so are
/// white space and a few other bytes that texts have.
const fn text_stops(word: u64) -> u64 {
    below(word, 0x27) | equal(word | ONES.wrapping_mul(2), b'>') | word
}

/// Marks the bytes that may stop a value. Both quotes and `&` are below 0x28, and so are a few other bytes that values
/// have.
const fn value_stops(word: u64) -> u64 {
    below(word, 0x28) | equal(word, b'<') | word
}

/// Returns a number of bytes at the beginning of an attribute value, at most 16, that surely stand for themselves. Returns
/// 0 if fewer than 16 bytes are left.
#[inline(always)]
pub(crate) fn plain_block(value: &[u8]) -> usize {
    let Some(block) = value.first_chunk::<16>() else { return 0 };
    let stop = |word: Option<&[u8; 8]>| {
        (value_stops(word.map_or(0, |word| u64::from_le_bytes(*word))) & HIGHS).trailing_zeros() as usize / 8
    };
    match stop(block.first_chunk()) {
        8 => stop(block.last_chunk()).wrapping_add(8),
        short => short,
    }
}

/// Returns the position after a run of an attribute value, as [`run`] with [`VALUE`] does. 512 words are 4,096 bytes,
/// the longest tag, so that a value rarely takes a second round.
#[inline]
pub(crate) fn value(bytes: &[u8], mut at: usize) -> usize {
    loop {
        match words::<512>(bytes, at, VALUE, value_stops) {
            (end, true) => return end,
            (end, false) => at = end,
        }
    }
}

/// Returns a position up to which an attribute value surely is as written. Most namespace names end there. Other values
/// may continue after it. Two words are enough for short values. The rest of a long value is read in blocks.
#[inline(always)]
pub(crate) fn plain_value(bytes: &[u8], mut at: usize) -> usize {
    let mut passed = 0_usize;
    while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let stop = value_stops(u64::from_le_bytes(*word)) & HIGHS;
        if stop != 0 {
            return at.wrapping_add((stop.trailing_zeros() / 8) as usize);
        }
        at = at.wrapping_add(8);
        passed = passed.wrapping_add(1);
        if passed == 2 {
            at = blocks::<16>(bytes, at, |b| u8::from((b as i8) < 0x28) | u8::from(b == b'<'));
        }
    }
    at
}

/// Returns the position after a run of printable ASCII: from the blank on, without `<`, `&` and `>`.
#[inline(always)]
pub(crate) fn printable(bytes: &[u8], mut at: usize) -> usize {
    // `&` is below 0x27, and so are a few other bytes that identifiers have. A block of 32 bytes is two vectors.
    at = blocks::<32>(bytes, at, |b| u8::from((b as i8) < 0x27) | u8::from(b | 2 == b'>'));
    while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let stop = text_stops(u64::from_le_bytes(*word)) & HIGHS;
        if stop != 0 {
            at = at.wrapping_add((stop.trailing_zeros() / 8) as usize);
            break;
        }
        at = at.wrapping_add(8);
    }
    bytes
        .get(at..)
        .and_then(|rest| rest.iter().position(|&b| not_printable(b) != 0))
        .map_or(bytes.len(), |n| at.saturating_add(n))
}

/// Returns whether all bytes of a slice are printable ASCII, as in [`printable`]. They are compared in blocks of 16
/// bytes, the last of which overlaps the one before. In words of 8 bytes, 100 characters take 290 instructions.
pub(crate) const fn is_printable(mut bytes: &[u8]) -> bool {
    if let Some(last) = bytes.last_chunk() {
        while let Some((block, rest)) = bytes.split_first_chunk() {
            if !is_printable_block(block) {
                return false;
            }
            bytes = rest;
        }
        return is_printable_block(last);
    }
    while let Some((&b, rest)) = bytes.split_first() {
        if not_printable(b) != 0 {
            return false;
        }
        bytes = rest;
    }
    true
}

/// Returns whether all bytes of a block are printable. A `const fn` can call no closure, so the loop of [`blocks`] is
/// repeated here. It has no branch, so that the compiler makes vectors of it.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "the position lies in the block")]
const fn is_printable_block(block: &[u8; 16]) -> bool {
    let (mut odd, mut at) = (0, 0);
    while at < block.len() {
        odd |= not_printable(block[at]);
        at = at.wrapping_add(1);
    }
    odd == 0
}

/// Returns 1 for a byte that is not printable. As a signed number, a byte outside ASCII is below the blank, too.
#[inline(always)]
const fn not_printable(b: u8) -> u8 {
    ((b as i8) < 0x20) as u8 | (b | 2 == b'>') as u8 | (b == b'&') as u8
}

/// Returns whether the first `length` bytes of two slices are the same. It is for names: most take one comparison of
/// words, or two of words that may overlap.
#[inline(always)]
pub(crate) fn begin_alike(a: &[u8], b: &[u8], length: usize) -> bool {
    match length {
        1..=8 => match (a.first_chunk(), b.first_chunk()) {
            (Some(a), Some(b)) => {
                let differ = u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b);
                differ << (64_usize.wrapping_sub(length.wrapping_mul(8)) & 63) == 0
            }
            _ => a.get(..length) == b.get(..length),
        },
        9..=16 => ends_alike::<8>(a, b, length),
        17..=32 => ends_alike::<16>(a, b, length),
        _ => a.get(..length) == b.get(..length),
    }
}

/// Returns whether the first `N` and the last `N` of the first `length` bytes of two slices are the same.
#[inline(always)]
fn ends_alike<const N: usize>(a: &[u8], b: &[u8], length: usize) -> bool {
    let (Some(a), Some(b)) = (a.get(..length), b.get(..length)) else { return false };
    a.first_chunk::<N>() == b.first_chunk() && a.last_chunk::<N>() == b.last_chunk()
}

/// Returns whether a slice begins with this literal of 32 to 64 bytes. It is compared in two parts, which may overlap:
/// the compiler compares an array of this length by a call.
#[inline(always)]
pub(crate) fn begins_with<const N: usize>(bytes: &[u8], literal: &[u8; N]) -> bool {
    const { assert!(N >= 32 && N <= 64) };
    let Some(found) = bytes.first_chunk::<N>() else { return false };
    found.first_chunk::<32>() == literal.first_chunk() && found.last_chunk::<32>() == literal.last_chunk()
}

/// Returns the length of the run of ASCII name characters that begins here, as [`run`] with [`NAME`] does. It takes one
/// byte after the other. Names repeat, so the processor guesses well where one ends, and what follows need not wait for
/// it.
#[inline(always)]
pub(crate) fn name(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    while let Some((block, behind)) = rest.split_first_chunk::<8>() {
        if let Some(end) = block.iter().position(|&b| !chars::is(b, NAME)) {
            return bytes.len().wrapping_sub(rest.len()).wrapping_add(end);
        }
        rest = behind;
    }
    run(bytes, bytes.len().wrapping_sub(rest.len()), NAME)
}

/// Passes up to `N` words of a run. Returns the position after them, and whether the run has ended there. If a word
/// seems to stop, the class of the byte decides.
#[inline(always)]
fn words<const N: usize>(
    bytes: &[u8],
    mut at: usize,
    class: u8,
    stops: impl Fn(u64) -> u64,
) -> (usize, bool) {
    for _ in 0..N {
        let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) else {
            return (run(bytes, at, class), true);
        };
        let stop = stops(u64::from_le_bytes(*word)) & HIGHS;
        if stop == 0 {
            at = at.wrapping_add(8);
            continue;
        }
        at = at.wrapping_add((stop.trailing_zeros() / 8) as usize);
        if !bytes.get(at).is_some_and(|&b| chars::is(b, class)) {
            return (at, true);
        }
        at = at.wrapping_add(1);
    }
    (at, false)
}

/// Returns the position after a run of element text that is likely to be long, as [`text`] does, in blocks.
#[inline(never)]
fn long_text(bytes: &[u8], at: usize) -> usize {
    // Most long texts are base64 without white space. A cheaper test is enough to see that such a text goes on: it takes five
    // vector operations for 16 bytes instead of eleven. 64 KB of base64 take 40,000 instructions instead of 86,000. The first
    // white space ends these blocks for good, so that text in lines does not pay for both tests. Two words then tell
    // whether the text has ended.
    let at = blocks::<16>(bytes, blocks::<128>(bytes, at, not_usual), not_usual);
    match words::<2>(bytes, at, TEXT, text_stops) {
        (end, true) => end,
        (end, false) => long_prose(bytes, end),
    }
}

/// Returns the position after a run of element text, as [`text`] does, for text that may have white space.
#[inline]
pub(crate) fn prose(bytes: &[u8], at: usize) -> usize {
    match words::<3>(bytes, at, TEXT, text_stops) {
        (end, true) => end,
        (end, false) => long_prose(bytes, end),
    }
}

#[inline(never)]
fn long_prose(bytes: &[u8], at: usize) -> usize {
    // A block is four vectors of 16 bytes, which every x86-64 and AArch64 has. Then blocks of one vector follow.
    let at = blocks::<16>(bytes, blocks::<64>(bytes, at, not_text), not_text);
    // The text or the slice ends within 16 bytes. Each word takes the search on by at least one byte, so 16 words suffice.
    words::<16>(bytes, at, TEXT, text_stops).0
}

/// Returns whether a whole slice is element text, as in [`text`].
#[inline(always)]
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    is_free_of(bytes, not_text)
}

/// Returns whether a whole slice is element text without white space and without `!"#$%&`. This is the cheaper test:
/// five vector operations for 16 bytes instead of eleven.
#[inline(always)]
pub(crate) fn is_usual(bytes: &[u8]) -> bool {
    is_free_of(bytes, not_usual)
}

/// Returns 1 for a byte that is no part of a text, for white space, and for `!"#$%&`. Base64 has none of them.
#[inline(always)]
fn not_usual(b: u8) -> u8 {
    u8::from((b as i8) < 0x27) | u8::from(b | 2 == b'>')
}

/// Returns 1 for a byte that is no part of a text. As a signed number, a byte outside ASCII is below the blank, too.
/// `\t` and `\r` differ only in the bit of value 4.
#[inline(always)]
fn not_text(b: u8) -> u8 {
    let control = u8::from((b as i8) < 0x20) & !(u8::from(b | 4 == b'\r') | u8::from(b == b'\n'));
    control | u8::from(b | 2 == b'>') | u8::from(b == b'&')
}

/// Passes blocks without a byte that stops. They have no branches, so that the compiler makes vectors of them.
#[inline(always)]
fn blocks<const N: usize>(bytes: &[u8], mut at: usize, stops: impl Fn(u8) -> u8) -> usize {
    while let Some(block) = bytes.get(at..).and_then(<[u8]>::first_chunk::<N>) {
        if any(block, &stops) {
            break;
        }
        at = at.saturating_add(N);
    }
    at
}

/// Returns whether no byte is of a kind. The bytes are compared in blocks without branches, the last of which overlaps
/// the one before. The compiler knows the length of a block and makes vectors of it. With slices, a chunk of 64 bytes
/// took 54 instructions more.
#[inline(always)]
pub(crate) fn is_free_of(bytes: &[u8], kind: impl Fn(u8) -> u8 + Copy) -> bool {
    match bytes.len() {
        64.. => blocks_are_free_of(bytes, kind),
        32.. => !either_end::<32>(bytes, kind),
        16.. => !either_end::<16>(bytes, kind),
        8.. => !either_end::<8>(bytes, kind),
        _ => bytes.iter().all(|&b| kind(b) == 0),
    }
}

/// Returns whether no byte of a slice of at least 64 bytes is of a kind.
#[inline(always)]
fn blocks_are_free_of(bytes: &[u8], kind: impl Fn(u8) -> u8 + Copy) -> bool {
    let mut rest = bytes;
    while let Some((block, behind)) = rest.split_first_chunk::<64>() {
        if any(block, kind) {
            return false;
        }
        rest = behind;
    }
    rest.is_empty() || bytes.last_chunk::<64>().is_some_and(|block| !any(block, kind))
}

/// Returns whether a byte of this kind is among the first or the last `N` bytes.
#[inline(always)]
fn either_end<const N: usize>(bytes: &[u8], kind: impl Fn(u8) -> u8 + Copy) -> bool {
    bytes.first_chunk::<N>().is_none_or(|block| any(block, kind))
        || bytes.last_chunk::<N>().is_none_or(|block| any(block, kind))
}

#[inline(always)]
fn any<const N: usize>(block: &[u8; N], kind: impl Fn(u8) -> u8) -> bool {
    block.iter().fold(0, |any, &b| any | kind(b)) != 0
}

/// Returns whether a value has no references and no white space other than blanks: then it is as written.
pub(crate) fn is_plain(value: &[u8]) -> bool {
    let words = value.chunks_exact(8);
    let rest = words.remainder();
    let word = |bytes: &[u8]| bytes.first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
    let odd = |w: u64| (below(w, 0x20) | equal(w, b'&')) & !w;
    let odd = words.fold(0, |any, w| any | odd(word(w))) & HIGHS;
    odd == 0 && !rest.iter().any(|&b| b < 0x20 || b == b'&')
}

/// Returns the position of `needle` from `at` on.
#[inline]
pub(crate) fn find(needle: u8, bytes: &[u8], at: usize) -> Option<usize> {
    Some(at.saturating_add(memchr::memchr(needle, bytes.get(at..)?)?))
}

/// The first bytes of a slice in UTF-8 (Unicode 16, table 3-7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sequence {
    /// One character, and its length in bytes.
    Char(char, usize),
    /// The beginning of a character. More bytes are needed to decide.
    Incomplete,
    /// Bytes that begin no character.
    Invalid,
}

pub(crate) fn sequence(bytes: &[u8]) -> Sequence {
    let lead = bytes.first().copied().unwrap_or(0);
    let (length, second) = match lead {
        0..=0x7F => return Sequence::Char(char::from(lead), 1),
        0xC2..=0xDF => (2_usize, 0x80..=0xBF),
        0xE0 => (3, 0xA0..=0xBF),
        0xED => (3, 0x80..=0x9F),
        0xE1..=0xEF => (3, 0x80..=0xBF),
        0xF0 => (4, 0x90..=0xBF),
        0xF4 => (4, 0x80..=0x8F),
        0xF1..=0xF3 => (4, 0x80..=0xBF),
        _ => return Sequence::Invalid,
    };
    match bytes.get(1) {
        None => return Sequence::Incomplete,
        Some(b) if !second.contains(b) => return Sequence::Invalid,
        Some(_) => {}
    }
    for at in 2..length {
        match bytes.get(at) {
            None => return Sequence::Incomplete,
            Some(0x80..=0xBF) => {}
            Some(_) => return Sequence::Invalid,
        }
    }
    let text = bytes.get(..length).and_then(|b| core::str::from_utf8(b).ok());
    match text.and_then(|t| t.chars().next()) {
        Some(c) => Sequence::Char(c, length),
        None => Sequence::Invalid,
    }
}

/// Returns whether this byte may begin a sequence of two or more bytes.
pub(crate) const fn is_lead(b: u8) -> bool {
    matches!(b, 0xC2..=0xF4)
}

/// Compares each function with a loop over the bytes.
#[cfg(test)]
#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "a test may panic")]
mod tests {
    use core::time::Duration;
    use std::io::Write as _;
    use std::sync::mpsc;
    use std::vec::Vec;
    use std::{io, process, thread, vec};

    use super::*;

    /// Runs a test, which takes a second, for a minute at most. A loop that does not end fails all tests, since others
    /// would not end either.
    fn in_time(test: fn()) {
        let (ended, end) = mpsc::channel();
        let run = thread::spawn(move || {
            test();
            let _ = ended.send(());
        });
        if end.recv_timeout(Duration::from_secs(60)) == Err(mpsc::RecvTimeoutError::Timeout) {
            // The output of a test is captured, but not what is written to standard error directly.
            let _ = io::stderr().write_all(b"scan: a loop does not end\n");
            process::exit(101);
        }
        run.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    }

    /// Returns the position after a run, byte by byte.
    fn end(bytes: &[u8], at: usize, goes_on: impl Fn(u8) -> bool) -> usize {
        (at..bytes.len()).find(|&n| !goes_on(bytes[n])).unwrap_or(bytes.len())
    }

    fn is_in(classes: u8) -> impl Fn(u8) -> bool {
        move |b| chars::is(b, classes)
    }

    fn prints(b: u8) -> bool {
        matches!(b, b' '..=0x7F) && !matches!(b, b'<' | b'>' | b'&')
    }

    /// Returns whether a byte stands in a value without a look at its class. None up to `'` does, the last of both
    /// quotes and `&`.
    fn plain(b: u8) -> bool {
        matches!(b, b'('..=0x7F) && b != b'<'
    }

    /// Compares the results of all functions for these bytes from `at` on.
    #[track_caller]
    fn compare(bytes: &[u8], at: usize) {
        let whole = &bytes[at..];
        let said = |name: &str, ours: usize, goes_on: &dyn Fn(u8) -> bool| {
            assert_eq!(ours, end(bytes, at, goes_on), "{name} from {at} on: {}", bytes.escape_ascii());
        };
        said("text", text(bytes, at), &is_in(TEXT));
        said("prose", prose(bytes, at), &is_in(TEXT));
        said("value", value(bytes, at), &is_in(VALUE));
        said("space", space(bytes, at), &is_in(SPACE));
        said("printable", printable(bytes, at), &prints);
        said("name", at + name(whole), &is_in(NAME));
        for class in [SPACE, NAME, TEXT, VALUE, chars::COMMENT, chars::CDATA] {
            said("run", run(bytes, at, class), &is_in(class));
        }
        let all = |name: &str, ours: bool, goes_on: &dyn Fn(u8) -> bool| {
            let expected = whole.iter().all(|&b| goes_on(b));
            assert_eq!(ours, expected, "{name} from {at} on: {}", bytes.escape_ascii());
        };
        all("is_text", is_text(whole), &is_in(TEXT));
        all("is_printable", is_printable(whole), &prints);
        all("is_plain", is_plain(whole), &|b| b >= b' ' && b != b'&');
        all("is_free_of", is_free_of(whole, |b| u8::from(b == b'x')), &|b| b != b'x');
        let block = if whole.len() < 16 { 0 } else { end(&whole[..16], 0, plain) };
        assert_eq!(plain_block(whole), block, "{}", whole.escape_ascii());
        // The function may leave less than a word to its caller.
        let (most, found) = (end(bytes, at, plain), plain_value(bytes, at));
        assert!(found == most || (found < most && bytes.len() - found < 8), "{}", bytes.escape_ascii());
    }

    /// Tries every length, with every byte at every place, among bytes of two kinds.
    #[test]
    fn every_byte_at_every_place() {
        in_time(bytes_at_places);
    }

    fn bytes_at_places() {
        for fill in [b'x', b' '] {
            for length in 0..=130 {
                let mut bytes = vec![fill; length];
                compare(&bytes, 0);
                for place in 0..length {
                    // Beyond three blocks of 16, every sixteenth place has all bytes. The others have those at the
                    // edges.
                    let all = length < 50 || (place + length) % 16 == 0;
                    let few = EDGES.iter().copied().filter(|_| !all);
                    for b in few.chain((0..=255).filter(|_| all)) {
                        bytes[place] = b;
                        compare(&bytes, 0);
                    }
                    bytes[place] = fill;
                }
            }
        }
    }

    /// The bytes beside which a class begins or ends.
    const EDGES: [u8; 26] = [
        0, 8, b'\t', b'\n', 0xB, 0xC, b'\r', 0xE, 0x1F, b' ', b'!', b'%', b'&', b'\'', b'(', b'"', b'<',
        b'=', b'>', b']', b'-', b':', 0x7F, 0x80, 0xC0, 0xFF,
    ];

    /// Puts two bytes that may stop a run beside each other. One may change the mark of the other in its word.
    #[test]
    fn every_pair_of_bytes() {
        let mut bytes = [b'x'; 26];
        for place in [0, 1, 6, 7, 8, 15, 22, 24] {
            for one in 0..=255 {
                for other in 0..=255 {
                    (bytes[place], bytes[place + 1]) = (one, other);
                    compare(&bytes, 0);
                }
            }
            (bytes[place], bytes[place + 1]) = (b'x', b'x');
        }
        for (place, behind) in (0..24).flat_map(|a| (a + 2..26).map(move |b| (a, b))) {
            for (one, other) in EDGES.iter().flat_map(|&a| EDGES.map(|b| (a, b))) {
                (bytes[place], bytes[behind]) = (one, other);
                compare(&bytes, 0);
                compare(&bytes, 1);
            }
            (bytes[place], bytes[behind]) = (b'x', b'x');
        }
    }

    /// Tries a run that is followed by one other byte alone. A loop over blocks that looks at the wrong byte passes a block
    /// whose bytes all stop a run: one such byte among others does not show this.
    #[test]
    fn every_byte_as_a_whole_block() {
        for other in 0..=255 {
            for run in [0, 1, 8, 16, 17, 32, 33] {
                for length in [8, 16, 33, 64, 129] {
                    let mut bytes = vec![b'x'; run];
                    bytes.resize(run + length, other);
                    compare(&bytes, 0);
                }
            }
        }
    }

    /// Tries runs that are longer than the largest blocks, from a few positions on.
    #[test]
    fn long_runs() {
        for (fill, lengths) in [(b'x', 131..=330), (b' ', 131..=330), (b'\n', 190..=200), (b'x', 4090..=4110)]
        {
            for length in lengths.step_by(7) {
                let mut bytes = vec![fill; length];
                for place in
                    (length % 128..length).step_by(if length < 400 { 1 } else { 61 }).chain([length - 1])
                {
                    for b in [8, 0xC, b'\n', 0x1F, b'!', b'\'', b'"', b'&', b'<', b'>', 0x80, 0xF4] {
                        bytes[place] = b;
                        compare(&bytes, place % 3);
                    }
                    bytes[place] = fill;
                }
            }
        }
    }

    #[test]
    fn blanks_in_pairs() {
        for length in 0..20 {
            for place in 0..=length {
                let mut line = vec![b' '; length];
                if let Some(b) = line.get_mut(place) {
                    *b = b'\t';
                }
                let blanks = end(&line, 0, |b| b == b' ') & !1;
                assert_eq!(indent(&line), &line[blanks..]);
            }
        }
    }

    /// Compares names of every length with names in which one byte is changed.
    #[test]
    fn names_that_differ_in_a_byte() {
        let letters: Vec<u8> = (0..140).map(|n| b'a' + n % 26).collect();
        for length in 0..=70 {
            for behind in [0, 1, 7, 8, 16, 40] {
                let (one, mut other) = (&letters[..length + behind], letters[..length + behind].to_vec());
                for place in 0..one.len() {
                    for changed in [0, 1, 0x20, 0x80] {
                        other[place] ^= changed;
                        let same = one[..length] == other[..length];
                        assert_eq!(begin_alike(one, &other, length), same, "byte {place} of {length}");
                        assert_eq!(begin_alike(&other, one, length), same, "byte {place} of {length}");
                        other[place] ^= changed;
                    }
                }
            }
        }
    }

    fn literal<const N: usize>() {
        let literal: [u8; N] = core::array::from_fn(|n| b'a' + n as u8 % 26);
        for behind in [0, 1, 30] {
            let mut bytes = literal.to_vec();
            bytes.resize(N + behind, b'!');
            assert!(begins_with(&bytes, &literal));
            for place in 0..bytes.len() {
                bytes[place] ^= 1;
                assert_eq!(begins_with(&bytes, &literal), place >= N, "byte {place} of {N}");
                bytes[place] ^= 1;
            }
        }
        for length in 0..N {
            assert!(!begins_with(&literal[..length], &literal));
        }
    }

    #[test]
    fn literals_that_differ_in_a_byte() {
        literal::<32>();
        literal::<33>();
        literal::<41>();
        literal::<47>();
        literal::<63>();
        literal::<64>();
    }

    #[test]
    fn find_is_a_position() {
        let bytes = b"abcabc";
        for at in 0..8 {
            for needle in [b'a', b'c', b'd'] {
                let expected = (at..6).find(|&n| bytes[n] == needle);
                assert_eq!(find(needle, bytes, at), expected);
            }
        }
    }

    /// Returns the first character according to the standard library.
    fn first(bytes: &[u8]) -> Sequence {
        let valid = match core::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) if error.valid_up_to() > 0 => {
                core::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
            }
            Err(error) if error.error_len().is_none() => return Sequence::Incomplete,
            Err(_) => return Sequence::Invalid,
        };
        valid.chars().next().map_or(Sequence::Invalid, |c| Sequence::Char(c, c.len_utf8()))
    }

    /// Tries every sequence of two bytes, and third and fourth bytes at the edges of table 3-7.
    #[test]
    fn every_sequence() {
        let edges = [0, b'a', 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF];
        for (one, two) in (0..=255).flat_map(|one| (0..=255).map(move |two| (one, two))) {
            assert_eq!(sequence(&[one]), first(&[one]));
            assert_eq!(sequence(&[one, two]), first(&[one, two]));
            for three in edges {
                let bytes = [one, two, three];
                assert_eq!(sequence(&bytes), first(&bytes), "{bytes:X?}");
                for four in edges {
                    let bytes = [one, two, three, four];
                    assert_eq!(sequence(&bytes), first(&bytes), "{bytes:X?}");
                }
            }
        }
        for b in 0..=255 {
            assert_eq!(is_lead(b), first(&[b]) == Sequence::Incomplete, "{b:X}");
        }
    }
}

//! The time of day as headers and log lines contain it. Each thread writes both texts of a second once and uses them
//! until the second is over. Writing a date costs some 1,500 instructions, and a busy gateway needs thousands of dates
//! a second.

use std::cell::RefCell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The texts of one second.
struct Second {
    number: u64,
    /// The date as in a Date header: <https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7>
    date: String,
    /// The time as in a log line, without the fraction: <https://www.rfc-editor.org/rfc/rfc3339>
    stamp: String,
}

impl Second {
    fn new(number: u64) -> Self {
        const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
        let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(number));
        // The fields stand at fixed places: `Thu, 26 Nov 2026 15:00:13 GMT`.
        let field = |from: usize, to: usize| date.get(from..to).unwrap_or_default();
        let month = MONTHS.find(field(8, 11)).unwrap_or_default() / 3 + 1;
        let stamp = format!("{}-{month:02}-{}T{}", field(12, 16), field(5, 7), field(17, 25));
        Self { number, date, stamp }
    }
}

thread_local! {
    static SECOND: RefCell<Second> = RefCell::new(Second::new(0));
}

fn with_second<T>(number: u64, use_it: impl FnOnce(&Second) -> T) -> T {
    SECOND.with_borrow_mut(|second| {
        if second.number != number {
            *second = Second::new(number);
        }
        use_it(second)
    })
}

/// Appends the value of a Date header.
pub(crate) fn put_date(to: &mut Vec<u8>) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    with_second(now.as_secs(), |second| to.extend_from_slice(second.date.as_bytes()));
}

/// Appends the time in UTC with microseconds.
pub(crate) fn put_stamp(to: &mut Vec<u8>) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    with_second(now.as_secs(), |second| to.extend_from_slice(second.stamp.as_bytes()));
    let mut fraction = *b".000000Z";
    let mut rest = now.subsec_micros();
    for digit in fraction.iter_mut().skip(1).take(6).rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    to.extend_from_slice(&fraction);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_its_two_texts() {
        for (number, date, stamp) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00"),
            (951_782_400 + 3723, "Tue, 29 Feb 2000 01:02:03 GMT", "2000-02-29T01:02:03"),
            (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT", "2026-12-31T23:59:59"),
        ] {
            let second = Second::new(number);
            assert_eq!((&*second.date, &*second.stamp), (date, stamp));
        }
        let months: Vec<String> =
            (0..12).map(|month| Second::new(1_000_000 + month * 2_630_000).stamp[5..7].to_owned()).collect();
        assert_eq!(months.join(" "), "01 02 03 04 05 06 07 08 09 10 11 12");
    }

    #[test]
    fn a_stamp_has_six_digits_of_a_second_and_order() {
        let stamp = || {
            let mut text = Vec::new();
            put_stamp(&mut text);
            String::from_utf8(text).unwrap()
        };
        let stamps: Vec<String> = (0..1000).map(|_| stamp()).collect();
        assert!(stamps.iter().all(|s| s.len() == "2026-11-26T15:00:13.123456Z".len() && s.ends_with('Z')));
        assert!(stamps.is_sorted(), "{stamps:?}");
    }
}

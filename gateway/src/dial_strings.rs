//! The allow-list of numbers that may be dialled, which consists of patterns. Everyone with a user's password can let
//! the PBX dial any number with PlayOnPhone. The owners of some numbers earn money from each call (toll fraud).

use regex::bytes::{Regex, RegexBuilder};
use umsoap::Text;

/// The patterns of allowed dial strings.
#[derive(Clone, Debug)]
pub struct DialStrings(Vec<Regex>);

/// The default pattern. Every documented dial string fits it: extensions, international numbers and SIP addresses. 64
/// characters are four times the length of an E.164 number with its plus sign.
pub(crate) const DEFAULT: &str = "[0-9A-Za-z+*#(),.;:=@ _-]{1,64}";

/// Compiles a pattern that fits whole dial strings only. The pattern works on bytes and knows ASCII alone. Otherwise
/// `\d` would match 600 other digits of Unicode, which the PBX might take for 0 to 9.
fn whole(pattern: &str) -> Result<Regex, String> {
    let build = |pattern: &str| {
        RegexBuilder::new(pattern).unicode(false).build().map_err(|error| {
            // The last line of the error says what is wrong. The lines before it draw the pattern.
            error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
        })
    };
    // The pattern is compiled alone first, because the parentheses of the whole expression would balance `a)|(b`.
    build(pattern)?;
    build(&format!(r"\A(?:{pattern})\z"))
}

impl DialStrings {
    /// Compiles the patterns. An error contains the index of the pattern that cannot be read.
    pub(crate) fn new<'p>(patterns: impl Iterator<Item = &'p str>) -> Result<Self, (usize, String)> {
        let read = |(index, pattern)| whole(pattern).map_err(|error| (index, error));
        patterns.enumerate().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Returns whether the number may be dialled. A number with a control character is never allowed, whatever the
    /// patterns say. CR and LF, which a character reference can contain, would end a header of SIP.
    pub(crate) fn allow(&self, number: Text<'_>) -> bool {
        let value: String = number.chars().collect();
        !value.contains(char::is_control) && self.0.iter().any(|pattern| pattern.is_match(value.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(patterns: &[&str], number: &str) -> bool {
        DialStrings::new(patterns.iter().copied()).unwrap().allow(Text::new(number))
    }

    #[test]
    fn the_default_allows_what_is_documented_and_no_control_character() {
        for number in
            ["5551", "+1 (425) 555-0100", "user@contoso.com", "sip:a_b@x.example;phone-context=+1", "*67#"]
        {
            assert!(allowed(&[DEFAULT], number), "{number}");
        }
        for number in [
            "",
            "555\r\n",
            "\n5551",
            "5551\0",
            "5551\t",
            "5551\u{7f}",
            "5551\u{85}",
            "٥٥٥",
            "5<51",
            "5'",
            "%0d",
        ] {
            assert!(!allowed(&[DEFAULT], number), "{number:?}");
        }
        assert!(allowed(&[DEFAULT], &"5".repeat(64)) && !allowed(&[DEFAULT], &"5".repeat(65)));
    }

    #[test]
    fn a_pattern_fits_whole_numbers_only() {
        assert!(allowed(&["5|55"], "55"));
        for number in ["4555", "5550", "+15551", "5 5"] {
            assert!(!allowed(&["[5]{4}", "55|5"], number), "{number}");
        }
        assert!(allowed(&["^4...$", "5..."], "5551"));
        assert!(!allowed(&[], "5551"));
        assert!(!allowed(&[r"\d{3}"], "٥٥٥") && allowed(&[r"\d{3}"], "555"));
        for anything in [".*", "(?s).*", "[^0]*", "(?m)^.*$"] {
            assert!(!allowed(&[anything], "555\r\nX: 1") && !allowed(&[anything], "555\r"), "{anything}");
        }
    }

    #[test]
    fn a_pattern_that_cannot_be_read_is_named() {
        for pattern in ["(", "a)|(b", "[", "(?x) 5 # "] {
            let (index, error) = DialStrings::new(["5", pattern].into_iter()).unwrap_err();
            assert!(index == 1 && !error.is_empty(), "{pattern}");
        }
    }
}

//! A CallId has at most 512 characters, however they are written, and wherever the message is cut.

use umsoap::{Decoder, ErrorKind, GetCallInfo};

const START: &str = "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><GetCallInfo \
    xmlns='http://schemas.microsoft.com/exchange/services/2006/messages'><CallId>";
const END: &str = "</CallId></GetCallInfo></s:Body></s:Envelope>";

/// Units of text: how they are written, how many characters they are, and the offset of the last character.
const UNITS: [(&str, usize, usize); 15] = [
    ("a", 1, 0),
    ("é", 1, 0),
    ("😀", 1, 0),
    ("\r\n", 1, 0),
    ("\r", 1, 0),
    ("\n", 1, 0),
    ("\r\r\n", 2, 1),
    ("&#13;", 1, 0),
    ("&#13;\n", 2, 5),
    ("\r&#10;", 2, 1),
    ("&#xE9;", 1, 0),
    ("<![CDATA[\r\n]]>", 1, 9),
    ("<![CDATA[]é]]>", 2, 10),
    ("\r<!-- \r\n -->\n", 2, 12),
    ("<![CDATA[\r]]>\n", 2, 13),
];

fn judge(text: &str) -> Result<String, (ErrorKind, usize)> {
    let document = [START, text, END].concat();
    let one = GetCallInfo::parse(document.as_bytes());
    for size in 1..=3 {
        let mut decoder = Decoder::new();
        let fed = document.as_bytes().chunks(size).try_for_each(|chunk| decoder.feed(chunk));
        assert_eq!(fed.and_then(|()| decoder.finish_request()), one, "chunks of {size}: {text:?}");
    }
    one.map(|request| request.call_id().to_string())
        .map_err(|error| (error.kind(), error.offset() - START.len()))
}

/// Tests texts of 512 characters, and texts with one more character at their end.
#[test]
fn the_character_that_is_one_too_many() {
    for fill in ["x", "é"] {
        for (first, before, _) in UNITS {
            for (last, behind, at) in UNITS {
                // A CR and an LF from two units are one character.
                let joined = usize::from(first.ends_with('\r') && last.starts_with('\n'));
                let longest = fill.repeat(512 - before - behind);
                let text = format!("{first}{longest}{last}");
                let value = judge(&text).unwrap_or_else(|error| panic!("{error:?}: {text:?}"));
                assert_eq!(value.chars().count(), 512, "{text:?}");
                let text = format!("{longest}{first}{last}");
                let value = judge(&text).unwrap_or_else(|error| panic!("{error:?}: {text:?}"));
                assert_eq!(value.chars().count(), 512 - joined, "{text:?}");
                let longer = format!("{longest}{fill}");
                let text = format!("{longer}{first}{last}");
                if joined == 0 {
                    let expected = (ErrorKind::ValueTooLong, longer.len() + first.len() + at);
                    assert_eq!(judge(&text), Err(expected), "{text:?}");
                } else {
                    assert_eq!(judge(&text).map(|value| value.chars().count()), Ok(512), "{text:?}");
                }
                let text = format!("{first}{last}{longer}");
                if joined == 0 {
                    let expected = (ErrorKind::ValueTooLong, text.len() - fill.len());
                    assert_eq!(judge(&text), Err(expected), "{text:?}");
                }
            }
        }
    }
}

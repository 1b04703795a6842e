//! Content-Type, SOAPAction and the action parameter, as real SOAP stacks write them.

use std::borrow::Cow;

use umsoap::SoapVersion;

/// The contents of a Content-Type.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Media<'h> {
    /// The SOAP version: 1.1 for text/xml, 1.2 for application/soap+xml.
    pub(crate) version: SoapVersion,
    /// The action parameter, which belongs to SOAP 1.2.
    pub(crate) action: Option<Cow<'h, str>>,
}

/// The reason for which a Content-Type is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The media type is not SOAP's, or the charset is not UTF-8.
    Unsupported,
    /// The media type is SOAP's, but a parameter cannot be read, or a charset or action stands twice. Two readers could
    /// take different values.
    Malformed,
}

const fn is_token(b: u8) -> bool {
    b.is_ascii_alphanumeric()
        || matches!(
            b,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}

/// Returns the text of a quoted string without quotes and escapes (RFC 9110 section 5.6.4), and the characters after
/// the string. `quoted` begins after the first quote.
fn unquoted(quoted: &str) -> Option<(Cow<'_, str>, &str)> {
    let end = quoted.find(['"', '\\'])?;
    let (plain, rest) = quoted.split_at(end);
    if let Some(after) = rest.strip_prefix('"') {
        return Some((Cow::Borrowed(plain), after));
    }
    let mut text = plain.to_owned();
    let mut characters = rest.chars();
    loop {
        match characters.next()? {
            '"' => return Some((Cow::Owned(text), characters.as_str())),
            '\\' => text.push(characters.next()?),
            c => text.push(c),
        }
    }
}

/// Reads a Content-Type.
pub(crate) fn content_type(value: &str) -> Result<Media<'_>, Refused> {
    // This is the value that the gateway and most clients write.
    if value.eq_ignore_ascii_case(written(SoapVersion::V1_1)) {
        return Ok(Media { version: SoapVersion::V1_1, action: None });
    }
    let (essence, mut rest) = value.split_once(';').unwrap_or((value, ""));
    let essence = essence.trim();
    let version = if essence.eq_ignore_ascii_case("text/xml") {
        SoapVersion::V1_1
    } else if essence.eq_ignore_ascii_case("application/soap+xml") {
        SoapVersion::V1_2
    } else {
        return Err(Refused::Unsupported);
    };
    let (mut charset, mut action) = (None, None);
    loop {
        // Parameters may be empty: `;;` (RFC 9110 section 5.6.6).
        rest = rest.trim_start_matches([';', ' ', '\t']);
        if rest.is_empty() {
            break;
        }
        let (name, after) = rest.split_once('=').ok_or(Refused::Malformed)?;
        // Blanks around `=` are not in the grammar, but some clients write them.
        let (name, after) = (name.trim(), after.trim_start());
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(Refused::Malformed);
        }
        let value;
        if let Some(quoted) = after.strip_prefix('"') {
            let (inside, after) = unquoted(quoted).ok_or(Refused::Malformed)?;
            rest = after.trim_start();
            if !rest.is_empty() && !rest.starts_with(';') {
                return Err(Refused::Malformed);
            }
            value = inside;
        } else {
            // A value without quotes should be a token. Clients often write an action without quotes, although an
            // action is no token.
            let end = after.find(';').unwrap_or(after.len());
            let (inside, after) = after.split_at(end);
            rest = after;
            value = Cow::Borrowed(inside.trim());
            if value.contains(['\\', '"', ' ', '\t', ',']) {
                return Err(Refused::Malformed);
            }
        }
        let seen = match name {
            n if n.eq_ignore_ascii_case("charset") => charset.replace(value),
            n if n.eq_ignore_ascii_case("action") => action.replace(value),
            _ => None,
        };
        if seen.is_some() {
            return Err(Refused::Malformed);
        }
    }
    let utf8 = charset.is_none_or(|c| c.eq_ignore_ascii_case("utf-8"));
    if utf8 { Ok(Media { version, action }) } else { Err(Refused::Unsupported) }
}

/// Returns the Content-Type of a message that the gateway writes.
pub(crate) const fn written(version: SoapVersion) -> &'static str {
    match version {
        SoapVersion::V1_1 => "text/xml; charset=utf-8",
        SoapVersion::V1_2 => "application/soap+xml; charset=utf-8",
    }
}

/// Returns whether a SOAPAction or action parameter fits the operation's action. A missing or empty value fits every
/// action. The `https` form of the namespace counts as the `http` form, as in the messages themselves.
pub(crate) fn action_fits(given: Option<&str>, action: &str) -> bool {
    let Some(given) = given else { return true };
    let given = given.trim();
    let given = given.strip_prefix('"').and_then(|g| g.strip_suffix('"')).unwrap_or(given);
    let bare = |uri: &str| uri.strip_prefix("https://").or(uri.strip_prefix("http://")).map(str::to_owned);
    given.is_empty() || given == action || bare(given).is_some_and(|given| bare(action) == Some(given))
}

#[cfg(test)]
mod tests {
    use super::*;
    use SoapVersion::{V1_1, V1_2};

    #[test]
    fn content_types_of_real_stacks_are_taken() {
        for (value, version, action) in [
            ("text/xml", V1_1, None),
            ("text/xml;charset=utf-8", V1_1, None),
            ("text/xml; charset=UTF-8", V1_1, None),
            ("TEXT/XML ; Charset = \"Utf-8\" ;", V1_1, None),
            ("application/soap+xml; charset=utf-8; action=\"urn:a;b\"", V1_2, Some("urn:a;b")),
            ("application/soap+xml;action=http://x/y;charset=utf-8", V1_2, Some("http://x/y")),
            ("application/soap+xml; action=\"\"", V1_2, Some("")),
            ("text/xml; type=\"x\"", V1_1, None),
            ("text/xml;; charset=utf-8;;", V1_1, None),
            ("text/xml; charset=\"ut\\f-8\"", V1_1, None),
            (r#"application/soap+xml; action="a\"b\\;c"; charset=utf-8"#, V1_2, Some(r#"a"b\;c"#)),
        ] {
            let action = action.map(Cow::Borrowed);
            assert_eq!(content_type(value), Ok(Media { version, action }), "{value}");
        }
    }

    #[test]
    fn other_content_types_are_refused() {
        for value in [
            "",
            "text/plain",
            "application/xml",
            "text/xml2",
            "text/xml; charset=iso-8859-1",
            "text/xml; charset=utf-16",
            "text/xml;;charset=utf-16",
            "multipart/related; type=\"text/xml\"",
            "application/json",
            "text/plain; charset=a; charset=b",
        ] {
            assert_eq!(content_type(value), Err(Refused::Unsupported), "{value}");
        }
        for value in [
            "text/xml; charset=utf-8; charset=utf-8",
            "text/xml; charset=utf-8;; charset=utf-16",
            "text/xml; charset=utf-8; Charset=utf-16",
            "text/xml; charset=\"utf-8",
            "text/xml; charset=\"utf-8\\\"",
            "text/xml; charset=\"utf-8\" x",
            "text/xml; charset",
            "text/xml; =utf-8",
            "text/xml; a b=utf-8",
            "text/xml; charset=utf-8 charset=utf-16",
            "text/xml; charset=utf-8, text/xml",
            "application/soap+xml; action=a; action=b",
        ] {
            assert_eq!(content_type(value), Err(Refused::Malformed), "{value}");
        }
    }

    #[test]
    fn actions() {
        for action in crate::operation::Operation::ALL.map(crate::operation::Operation::action) {
            let quoted = format!("\"{action}\"");
            let https = action.replace("http:", "https:");
            for fits in [None, Some(""), Some("\"\""), Some(" "), Some(action), Some(&quoted), Some(&https)] {
                assert!(action_fits(fits, action), "{fits:?}");
                assert!(action_fits(fits, &https), "{fits:?}");
            }
            let name = action.rsplit('/').next().unwrap();
            let longer = format!("{action}2");
            let another = action.replace(name, "AnotherOperation");
            for other in
                [name, "\"x\"", &longer, &another, &action.replace("http:", "ftp:"), &action.to_lowercase()]
            {
                assert!(!action_fits(Some(other), action), "{other}");
            }
        }
        assert!(action_fits(Some("Go"), "Go"));
    }
}

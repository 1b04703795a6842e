//! Content-Type, SOAPAction and its like, as real SOAP stacks write them.

use umsoap::SoapVersion;

/// What a Content-Type says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Media<'h> {
    /// text/xml is SOAP 1.1, application/soap+xml is 1.2.
    pub(crate) version: SoapVersion,
    /// The action parameter of 1.2.
    pub(crate) action: Option<&'h str>,
}

/// Reads a Content-Type; `None` for all that is not SOAP in UTF-8. A parameter that stands twice is refused:
/// two readers could take different ones.
pub(crate) fn content_type(value: &str) -> Option<Media<'_>> {
    let (essence, mut rest) = value.split_once(';').unwrap_or((value, ""));
    let essence = essence.trim();
    let version = if essence.eq_ignore_ascii_case("text/xml") {
        SoapVersion::V1_1
    } else if essence.eq_ignore_ascii_case("application/soap+xml") {
        SoapVersion::V1_2
    } else {
        return None;
    };
    let (mut charset, mut action) = (None, None);
    while !rest.trim().is_empty() {
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        // A parameter's value is a token or a quoted string; an action without quotes is common.
        let value;
        if let Some(quoted) = after.strip_prefix('"') {
            let (inside, behind) = quoted.split_once('"')?;
            let behind = behind.trim_start();
            rest = if behind.is_empty() { "" } else { behind.strip_prefix(';')? };
            value = inside;
        } else {
            let (inside, behind) = after.split_once(';').unwrap_or((after, ""));
            rest = behind;
            value = inside.trim();
        }
        if value.contains(['\\', '"']) {
            return None;
        }
        let seen = match name.trim() {
            n if n.eq_ignore_ascii_case("charset") => charset.replace(value),
            n if n.eq_ignore_ascii_case("action") => action.replace(value),
            _ => None,
        };
        if seen.is_some() {
            return None;
        }
    }
    let utf8 = charset.is_none_or(|c| c.eq_ignore_ascii_case("utf-8"));
    utf8.then_some(Media { version, action })
}

/// The namespace of GetCallInfo that is sent on, a slash, its name: its SOAPAction.
pub(crate) const GET_CALL_INFO: &str =
    "http://schemas.microsoft.com/exchange/services/2006/messages/GetCallInfo";

/// The Content-Type of a message that the gateway writes.
pub(crate) const fn written(version: SoapVersion) -> &'static str {
    match version {
        SoapVersion::V1_1 => "text/xml; charset=utf-8",
        SoapVersion::V1_2 => "application/soap+xml; charset=utf-8",
    }
}

/// Does a SOAPAction or action parameter fit the operation? Absent and empty ones say nothing. The `https`
/// form of the namespace stands for the other, as in the messages themselves.
pub(crate) fn action_fits(given: Option<&str>, namespace: &str, local: &str) -> bool {
    let Some(given) = given else { return true };
    let given = given.trim();
    let given = given.strip_prefix('"').and_then(|g| g.strip_suffix('"')).unwrap_or(given);
    if given.is_empty() {
        return true;
    }
    let bare = |uri: &str| uri.strip_prefix("https://").or(uri.strip_prefix("http://")).map(str::to_owned);
    let same = |a: &str, b: &str| a == b || bare(a).is_some_and(|a| bare(b) == Some(a));
    match given.rsplit_once('/') {
        Some((before, name)) if name == local => same(before, namespace.trim_end_matches('/')),
        _ => given == local && namespace.is_empty(),
    }
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
        ] {
            assert_eq!(content_type(value), Some(Media { version, action }), "{value}");
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
            "text/xml; charset=utf-8; charset=utf-8",
            "text/xml; charset=\"utf-8",
            "text/xml; charset=\"utf-8\" x",
            "text/xml; charset",
            "text/xml; charset=\"ut\\f-8\"",
            "application/soap+xml; action=a; action=b",
            "multipart/related; type=\"text/xml\"",
            "application/json",
        ] {
            assert_eq!(content_type(value), None, "{value}");
        }
    }

    #[test]
    fn actions() {
        const NS: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";
        const ACTION: &str = "http://schemas.microsoft.com/exchange/services/2006/messages/GetCallInfo";
        let quoted = format!("\"{ACTION}\"");
        let https = ACTION.replace("http:", "https:");
        for fits in [None, Some(""), Some("\"\""), Some(" "), Some(ACTION), Some(&quoted), Some(&https)] {
            assert!(action_fits(fits, NS, "GetCallInfo"), "{fits:?}");
        }
        for other in
            ["GetCallInfo", "\"x\"", &ACTION.replace("GetCallInfo", "Disconnect"), "ftp://x/GetCallInfo"]
        {
            assert!(!action_fits(Some(other), NS, "GetCallInfo"), "{other}");
        }
        assert!(action_fits(Some("Go"), "", "Go"));
    }
}

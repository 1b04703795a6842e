//! Hostile families: each ends in its limit, or in an answer.

use umsoap::{Envelope, ErrorKind};

fn envelope(header: &str, body: &str) -> String {
    format!(
        "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )
}

fn kind(document: &str) -> Option<ErrorKind> {
    Envelope::parse(document.as_bytes()).err().map(|e| e.kind())
}

#[test]
fn hostile_families_end() {
    let n = 100_000;
    let many = |item: &dyn Fn(usize) -> String| (0..n).map(item).collect::<String>();
    let cases: [(&str, String, Option<ErrorKind>); 8] = [
        (
            "attributes",
            envelope(&format!("<t:x xmlns:t='t'{}/>", many(&|i| format!(" a{i}=''"))), "<x/>"),
            Some(ErrorKind::TooManyAttributes),
        ),
        (
            "declarations",
            envelope(&format!("<t:x{}/>", many(&|i| format!(" xmlns:p{i}='u'"))), "<x/>"),
            Some(ErrorKind::TooManyAttributes),
        ),
        (
            "depth",
            envelope(&format!("<t:x xmlns:t='t'>{}", "<y>".repeat(n)), "<x/>"),
            Some(ErrorKind::TooDeep),
        ),
        ("name", envelope(&format!("<{}/>", "n".repeat(1 << 19)), "<x/>"), Some(ErrorKind::NamesTooLong)),
        (
            "value",
            envelope(&format!("<x a='{}'/>", "n".repeat(1 << 19)), "<x/>"),
            Some(ErrorKind::TagTooLong),
        ),
        ("text", envelope(&format!("<t:x xmlns:t='t'>{}</t:x>", "n".repeat(1 << 19)), "<x/>"), None),
        ("comments", envelope(&"<!---->".repeat(n), "<x/>"), None),
        ("message", envelope(&"<!---->".repeat(2 * n), "<x/>"), Some(ErrorKind::MessageTooLong)),
    ];
    for (name, document, expected) in &cases {
        assert_eq!(kind(document), *expected, "{name}");
    }
}

/// The number of declarations in scope is held on its own: 63 more than Envelope's on 9 elements.
#[test]
fn declarations_in_scope() {
    let level = |n: usize| {
        let tags: String = (0..n).map(|i| format!("<x xmlns:p{i}='u{i}'>")).collect();
        envelope("", &format!("{tags}{}", "</x>".repeat(n)))
    };
    assert_eq!(kind(&level(63)), None);
    assert_eq!(kind(&level(64)), Some(ErrorKind::TooManyDeclarations));
}

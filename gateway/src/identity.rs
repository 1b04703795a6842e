//! Authentication that belongs to a connection: NTLM, Negotiate (RFC 4559 section 6) and Kerberos.

/// The schemes that authenticate a connection instead of a request.
const CONNECTION_SCHEMES: [&str; 4] = ["NTLM", "Negotiate", "Nego2", "Kerberos"];

fn is_connection_scheme(word: &str) -> bool {
    CONNECTION_SCHEMES.iter().any(|scheme| scheme.eq_ignore_ascii_case(word))
}

/// Returns whether an Authorization header authenticates its connection. The header should have one scheme. A scheme
/// after a comma counts, too, because a server might use it.
pub(crate) fn binds_connection(authorization: &[u8]) -> bool {
    let text = String::from_utf8_lossy(authorization);
    pieces(&text).any(|piece| is_connection_scheme(piece.split([' ', '\t']).next().unwrap_or_default()))
}

/// Returns a WWW-Authenticate header without the challenges of these schemes, or `None` if nothing is left. The grammar
/// is `WWW-Authenticate = #challenge`, `challenge = scheme [ 1*SP ( token68 / #auth-param ) ]`:
/// <https://www.rfc-editor.org/rfc/rfc9110#section-11.3>
pub(crate) fn stateless_challenges(header: &str) -> Option<String> {
    let mut kept: Vec<&str> = Vec::new();
    let mut keeps = false;
    for piece in pieces(header) {
        let word = piece.split([' ', '\t', '=']).next().unwrap_or_default();
        let after = piece.get(word.len()..).unwrap_or_default().trim_start();
        // `name = value` belongs to the challenge before it. Anything else begins a new challenge.
        if !after.starts_with('=') || word.is_empty() {
            keeps = !is_connection_scheme(word);
        }
        if keeps && !word.is_empty() {
            kept.push(piece);
        }
    }
    (!kept.is_empty()).then(|| kept.join(", "))
}

/// Returns the pieces between the commas that stand outside quotes.
fn pieces(header: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let mut escaped = false;
    header
        .split(move |c| {
            let comma = c == ',' && !quoted;
            match c {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                _ => {}
            }
            comma
        })
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes() {
        for yes in [
            "NTLM TlRM",
            "negotiate YII=",
            "  Kerberos x",
            "NTLM",
            "ntlm,Basic x",
            "Basic x, NTLM y",
            "Nego2 x",
        ] {
            assert!(binds_connection(yes.as_bytes()), "{yes}");
        }
        for no in
            ["Basic TlRM", "Bearer negotiate", "", "NTLM2 x", "Digest username=\"a, NTLM\", realm=\"NTLM\""]
        {
            assert!(!binds_connection(no.as_bytes()), "{no}");
        }
    }

    #[test]
    fn challenges_are_taken_out_one_by_one() {
        for (header, left) in [
            ("NTLM", None),
            ("Negotiate", None),
            ("Negotiate, NTLM", None),
            ("Basic realm=\"x\"", Some("Basic realm=\"x\"")),
            (
                "NTLM, Basic realm=\"a, NTLM\", charset=\"UTF-8\"",
                Some("Basic realm=\"a, NTLM\", charset=\"UTF-8\""),
            ),
            (
                "Basic realm=\"a\\\", NTLM\", Negotiate oYG=, Bearer",
                Some("Basic realm=\"a\\\", NTLM\", Bearer"),
            ),
            ("Digest realm = \"r\", nonce = \"n\", ntlm", Some("Digest realm = \"r\", nonce = \"n\"")),
            ("Negotiate realm=\"x\", Basic realm=\"y\"", Some("Basic realm=\"y\"")),
            (", ,", None),
        ] {
            assert_eq!(stateless_challenges(header).as_deref(), left, "{header}");
        }
    }
}

//! Generates envelopes of many shapes, compares the library with the oracle, and reads the envelopes in chunks.
mod oracle;
mod random;
mod verdict;
use oracle::{library::library, oracle};
use proptest::prelude::*;

const M: [&str; 2] = [
    "http://schemas.microsoft.com/exchange/services/2006/messages",
    "https://schemas.microsoft.com/exchange/services/2006/messages",
];
const SOAP: [&str; 2] =
    ["http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"];

fn pick(from: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(from)
}

/// Returns what may stand between elements, most of it legal.
fn gap() -> impl Strategy<Value = &'static str> {
    pick(&["", "", "", "\n  ", " \r\n\t", "<!-- x -->", "<![CDATA[ ]]>", "&#32;", "x"])
}

/// Returns the text of a CallId in pieces.
fn call_id() -> impl Strategy<Value = String> {
    let piece = pick(&[
        "MDlk",
        "é€😀",
        "&amp;",
        "&#x41;",
        "\r\n",
        "<![CDATA[<]]>",
        "<!--c-->",
        "]]",
        ">",
        " ",
        "&lt;",
    ]);
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn body() -> impl Strategy<Value = String> {
    let words = (
        pick(&["Idle", "Connected", "Disconnected", "connected", " Idle", "&#73;dle", ""]),
        pick(&["None", "Other", "Unavailable", "NoAnswer", "<![CDATA[UserBusy]]>", "Busy"]),
    );
    let parts = (pick(&["", "m:"]), 0..2_usize, gap(), gap(), any::<bool>());
    (parts, call_id(), words, 0..12_u8).prop_map(|((p, n, g, h, nested), id, (state, cause), shape)| {
        let m = M[n];
        let xmlns = if p.is_empty() { format!("xmlns='{m}'") } else { format!("xmlns:m=\"{m}\"") };
        match shape {
            0..=5 => format!("<{p}GetCallInfo {xmlns}>{g}<{p}CallId>{id}</{p}CallId >{h}</{p}GetCallInfo>"),
            6..=9 => {
                let inner = format!(
                    "{g}<{p}CallState>{state}</{p}CallState>{h}<{p}EventCause>{cause}</{p}EventCause>"
                );
                let r = format!("{p}GetCallInfoResponse");
                let inner = if nested { format!("<{r}>{inner}</{r}>{g}") } else { inner };
                format!("<{r} {xmlns}>{inner}</{r}>")
            }
            10 => format!("<{p}Disconnect {xmlns}><{p}CallId>{id}</{p}CallId></{p}Disconnect>"),
            _ => format!("<s:Fault><faultcode>{id}</faultcode>{g}<faultstring>{id}</faultstring></s:Fault>"),
        }
    })
}

fn document() -> impl Strategy<Value = String> {
    let block = (
        pick(&["p:A xmlns:p='urn:p'", "A xmlns='urn:d'", "A", "s:A"]),
        pick(&[
            "",
            "",
            " s:mustUnderstand='0'",
            " s:mustUnderstand='1'",
            " s:mustUnderstand='true'",
            " mustUnderstand='1'",
        ]),
        pick(&[
            "",
            "",
            " s:actor='urn:o'",
            " s:role='urn:o'",
            " s:actor=''",
            " s:role='http://www.w3.org/2003/05/soap-envelope/role/next'",
        ]),
    );
    let block = block.prop_map(|(name, must, role)| {
        let raw = name.split(' ').next().unwrap();
        format!("<{name}{must}{role}><x>1</x></{raw}>")
    });
    let header = prop::option::of(prop::collection::vec(block, 0..3).prop_map(|b| b.concat()));
    let start = pick(&[
        "",
        "",
        "\u{FEFF}",
        "<?xml version='1.0'?>\n",
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone='yes' ?>",
        "<!-- a -->",
    ]);
    (start, 0..2_usize, header, body(), gap(), pick(&["", "", "\r\n", "<!-- z -->", "<z/>"])).prop_map(
        |(start, v, header, body, gap, end)| {
            let header = header.map(|h| format!("<s:Header>{h}</s:Header>")).unwrap_or_default();
            format!("{start}<s:Envelope xmlns:s='{}' xmlns:u='u'>{gap}{header}<s:Body>{body}</s:Body></s:Envelope>{end}", SOAP[v])
        },
    )
}

/// Returns a namespace name in pieces. Some pieces differ as they are written and have one value.
fn uri() -> impl Strategy<Value = String> {
    let piece = pick(&[
        "A", "&#65;", "&#x41;", "&amp;", "&#38;", " ", "\t", "\r\n", "\r", "\n", "&#10;", "é", "&#233;",
        "&#xe9;", ";", "&#59;", "65;", "#", "&apos;", "&#0039;",
    ]);
    prop::collection::vec(piece, 1..4).prop_map(|pieces| pieces.concat())
}

proptest! {
    // For more cases: PROPTEST_CASES=100000 cargo test --release --test generated
    #![proptest_config(random::config(20_000))]

    #[test]
    fn library_and_oracle_agree(document in document()) {
        prop_assert_eq!(library(document.as_bytes()), oracle(document.as_bytes()));
    }

    /// Reads envelopes, also with changed bytes, in chunks of any sizes. The answer must be that of one piece.
    #[test]
    fn any_cut_says_the_same(
        document in document(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
        lengths in prop::collection::vec(0..90_usize, 0..30),
    ) {
        let mut document = document.into_bytes();
        for (at, byte) in changes {
            let at = at.index(document.len());
            document[at] = byte;
        }
        prop_assert_eq!(verdict::compare(umsoap::Options::new(), &document, &lengths), Ok(()));
    }

    /// Two namespace names are equal when their values are equal, however they are written.
    #[test]
    fn namespaces_are_compared_by_value((a, b) in (uri(), uri())) {
        let block = format!("<p:b xmlns:p='{a}' xmlns:q='{b}' p:a='' q:a=''/>");
        let document = format!("<s:Envelope xmlns:s='{}'><s:Header>{block}</s:Header><s:Body><x/></s:Body></s:Envelope>", SOAP[0]);
        prop_assert_eq!(library(document.as_bytes()), oracle(document.as_bytes()));
    }
}

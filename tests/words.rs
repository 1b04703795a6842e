//! Tests the words of the two enumerations, in the message and on their own.

use umsoap::{CallState, Decoder, ErrorKind, EventCause, GetCallInfoResponse};

fn message(state: &str, cause: &str) -> String {
    let body = format!("<CallState>{state}</CallState><EventCause>{cause}</EventCause>");
    format!(
        "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><GetCallInfoResponse \
        xmlns='http://schemas.microsoft.com/exchange/services/2006/messages'>{body}</GetCallInfoResponse>\
        </s:Body></s:Envelope>"
    )
}

/// Reads a message with these words, in one piece and byte by byte, and returns its answer.
fn read(state: &str, cause: &str) -> Result<GetCallInfoResponse, ErrorKind> {
    let message = message(state, cause);
    let one = GetCallInfoResponse::parse(message.as_bytes());
    let mut decoder = Decoder::new();
    let fed = message.as_bytes().chunks(1).try_for_each(|chunk| decoder.feed(chunk));
    assert_eq!(fed.and_then(|()| decoder.finish_response()), one, "{message}");
    one.map_err(|error| error.kind())
}

#[test]
fn every_word() {
    for state in CallState::ALL {
        for cause in EventCause::ALL {
            let (s, c) = (state.as_str(), cause.as_str());
            assert_eq!((s.parse(), c.parse()), (Ok(state), Ok(cause)));
            assert_eq!(read(s, c), Ok(GetCallInfoResponse::new(state, cause)));
            assert_eq!((state.to_string(), cause.to_string()), (s.to_string(), c.to_string()));
        }
    }
    assert_eq!(
        format!("{:>6}|{:-<6}|{:.2}", CallState::Idle, EventCause::None, CallState::Alerted),
        "  Idle|None--|Al"
    );
}

/// Each row has a text that is no word of the enumeration, or nearly one, and the kind of its refusal in a message.
#[test]
fn what_is_no_word() {
    let long = "Idle".repeat(100);
    let blanks = "\n \t".repeat(100);
    let spaced = [format!("{blanks}Idle{blanks}"), format!("{blanks}Disconnected{blanks}")];
    let rows = [
        (" Idle", ErrorKind::EnumWhiteSpace),
        ("Idle\t", ErrorKind::EnumWhiteSpace),
        ("\n Idle \n", ErrorKind::EnumWhiteSpace),
        (" Disconnected ", ErrorKind::EnumWhiteSpace),
        (&spaced[0], ErrorKind::EnumWhiteSpace),
        (&spaced[1], ErrorKind::EnumWhiteSpace),
        ("idle", ErrorKind::EnumCase),
        ("IDLE", ErrorKind::EnumCase),
        ("dISCONNECTED", ErrorKind::EnumCase),
        (" idle", ErrorKind::UnknownWord),
        ("", ErrorKind::UnknownWord),
        (" ", ErrorKind::UnknownWord),
        (&blanks, ErrorKind::UnknownWord),
        ("Idl", ErrorKind::UnknownWord),
        ("Idler", ErrorKind::UnknownWord),
        ("Id le", ErrorKind::UnknownWord),
        (" Nope", ErrorKind::UnknownWord),
        ("Nope ", ErrorKind::UnknownWord),
        ("Idle Idle", ErrorKind::UnknownWord),
        ("Idle,", ErrorKind::UnknownWord),
        (" Disconnectedx", ErrorKind::UnknownWord),
        ("Disconnected  x", ErrorKind::UnknownWord),
        ("xIdle", ErrorKind::UnknownWord),
        (&long, ErrorKind::UnknownWord),
        ("None", ErrorKind::UnknownWord),
        ("?", ErrorKind::UnknownWord),
        // These have characters whose last byte is that of a letter, or blanks that are no white space in XML.
        ("\u{149}dle", ErrorKind::UnknownWord),
        ("I\u{164}le", ErrorKind::UnknownWord),
        ("\u{212A}", ErrorKind::UnknownWord),
        ("\u{A0}Idle", ErrorKind::UnknownWord),
        ("Idle\u{85}", ErrorKind::UnknownWord),
        ("Idle\u{2028}", ErrorKind::UnknownWord),
    ];
    for (word, kind) in rows {
        assert_eq!(word.parse::<CallState>().map_err(|e| (e.kind(), e.offset())), Err((kind, 0)), "{word:?}");
        assert_eq!(read(word, "None"), Err(kind), "{word:?}");
        let word = word
            .replace("None", "Nobody")
            .replace("Idle", "None")
            .replace("idle", "none")
            .replace("IDLE", "NONE");
        let word = word.replace("\u{149}dle", "\u{14E}one").replace("I\u{164}le", "N\u{16F}ne");
        let word = word.replace("Disconnected", "Unavailable").replace("dISCONNECTED", "uNAVAILABLE");
        let kind = if kind == ErrorKind::UnknownWord { ErrorKind::UnknownWord } else { kind };
        assert_eq!(
            word.parse::<EventCause>().map_err(|e| (e.kind(), e.offset())),
            Err((kind, 0)),
            "{word:?}"
        );
        assert_eq!(read("Idle", &word), Err(kind), "{word:?}");
    }
}

//! Tests what a decoder remembers. `reset` makes it equal to a new decoder, wherever the last message was left.
//! `finish` may be called at any time, and an error stays until `reset`.
mod verdict;

use umsoap::{Decoder, Envelope, ErrorKind, Limits, Options, SoapVersion};
use verdict::verdict;

const M: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";
const S: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const S12: &str = "http://www.w3.org/2003/05/soap-envelope";

fn envelope(uri: &str, header: &str, body: &str) -> String {
    format!("<s:Envelope xmlns:s='{uri}'>{header}<s:Body>{body}</s:Body></s:Envelope>")
}

fn request(call_id: &str) -> String {
    format!("<m:GetCallInfo xmlns:m='{M}'><m:CallId>{call_id}</m:CallId></m:GetCallInfo>")
}

fn response() -> String {
    let values = "<CallState>Connected</CallState><EventCause>UserBusy</EventCause>";
    format!(
        "<GetCallInfoResponse xmlns='{M}'><GetCallInfoResponse>{values}</GetCallInfoResponse></GetCallInfoResponse>"
    )
}

/// Returns a fault of each version with every part, so that every part of the state is set.
fn faults() -> [String; 2] {
    let first = "<s:Fault><faultcode xmlns:q='urn:q'>q:Own</faultcode><faultstring xml:lang='de'>é&#233;</faultstring>\
        <f:x xmlns:f='urn:f'>t</f:x><faultactor>urn:actor</faultactor>\
        <detail><s:x/><ExceptionType>a:Two</ExceptionType></detail></s:Fault>";
    let second = "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value xmlns:q='urn:q'>q:Sub</s:Value>\
        <s:Subcode><s:Value>inner</s:Value></s:Subcode></s:Subcode></s:Code><s:Reason><s:Text xml:lang='en'>one</s:Text>\
        <s:Text xml:lang='de'>two</s:Text></s:Reason><s:Node>urn:node</s:Node><s:Role>urn:role</s:Role>\
        <d:Detail xmlns:d='urn:d'><d:x/><ExceptionType>Two</ExceptionType></d:Detail></s:Fault>";
    [envelope(S, "", first), envelope(S12, "", second)]
}

/// Returns messages that are left at every byte.
fn before() -> Vec<Vec<u8>> {
    let block =
        "<s:Header><a:b xmlns:a='urn:a' s:mustUnderstand='1' s:actor='urn:other'>t<c>]]</c></a:b></s:Header>";
    let mut all: Vec<String> = faults().into();
    all.extend([
        format!(
            "\u{FEFF}<?xml version='1.0' encoding='utf-8'?>{}",
            envelope(S, block, &request("a\rb&#13;<![CDATA[]]]]>é"))
        ),
        envelope(S12, "<!-- - --><s:Header/>", &response()),
        envelope(S, "", "<o:Operation xmlns:o='urn:o'><o:x>text]]</o:x></o:Operation>"),
        // These are refused in the middle: by a block, by a limit, by a rule, by what XML forbids, by their encoding.
        envelope(S, "<s:Header><a:b xmlns:a='urn:a' s:mustUnderstand='1'/></s:Header>", "<x/>"),
        envelope(S, "", &request(&"x".repeat(520))),
        envelope(S, "", &format!("<x y='{}'/>", "z".repeat(4100))),
        envelope(S12, "", &(request("1") + &request("2"))),
        format!("<?pi?>{}", envelope(S12, "", "<x/>")),
        "<s:Envelope xmlns:s='urn:s'/>".to_string(),
        "<!DOCTYPE x>".to_string(),
    ]);
    let mut all: Vec<Vec<u8>> = all.into_iter().map(String::into_bytes).collect();
    all.extend([
        b"\xFF\xFE<\0".to_vec(),
        b"\xEF\xBB\xBF\xEF\xBB\xBF".to_vec(),
        b"<s:Envelope>\xE2\x82".to_vec(),
    ]);
    all
}

/// Returns messages that would be read otherwise if the decoder still held something of the last message.
fn after() -> Vec<Vec<u8>> {
    let mut all: Vec<String> = faults().into();
    let fault = |version: &str, parts: &str| envelope(version, "", &format!("<s:Fault>{parts}</s:Fault>"));
    all.extend([
        "x".to_string(),
        "\u{E9}".to_string(),
        ">".to_string(),
        "</s:Envelope>".to_string(),
        "<!--".to_string() + &"c".repeat(4000) + "-->" + &envelope(S, "", &request("abc")),
        "<?xml version='1.0'?>".to_string()
            + &envelope(S12, "<s:Header><a:b xmlns:a='u'/></s:Header>", &request("&amp;\r\n"))
            + "\n",
        envelope(S, "", &response()),
        envelope(S, "", "<x/>"),
        envelope(S12, "", "<x xmlns='urn:x'>y</x>"),
        envelope(S, "", "<q:x/>"),
        "<s:Envelope/>".to_string(),
        "<Envelope/>".to_string(),
        // The shortest faults have none of the parts that may be absent.
        fault(S, "<faultcode>x</faultcode><faultstring/>"),
        fault(S12, "<s:Code><s:Value>q:x</s:Value></s:Code><s:Reason><s:Text xml:lang=''/></s:Reason>"),
        fault(S, "<faultcode>q:x</faultcode><faultstring/><detail/>"),
        fault(S, ""),
        envelope(S, "<s:Header><a:b xmlns:a='urn:b' s:mustUnderstand='1'/></s:Header>", "<x/>"),
        envelope(S, "<s:Header/>", ""),
        envelope(S, "", &request(&"&#233;".repeat(512))),
        "<s:Envelope xmlns:s='urn:s'/>".to_string(),
    ]);
    all.into_iter().map(String::into_bytes).collect()
}

/// Returns everything that a decoder shows at any time.
fn shown(decoder: &Decoder<'_>) -> String {
    format!(
        "{:?} {:?} {:?} {} {:?}\n",
        decoder.version(),
        decoder.entry(),
        decoder.call_id_span(),
        decoder.mandatory_blocks(),
        decoder.not_understood(),
    )
}

/// Returns everything that a decoder says while it reads a message, and everything about the outcome, also as it is
/// written.
fn told(decoder: &mut Decoder<'_>, message: &[u8], size: usize) -> String {
    let mut told = shown(decoder);
    for (number, chunk) in message.chunks(size).enumerate() {
        let fed = decoder.feed(chunk);
        if fed.is_err() || number % 4 == 1 {
            told += &format!("{fed:?} {}", shown(decoder));
        }
        if fed.is_err() {
            break;
        }
    }
    let outcome = decoder.finish();
    told += &verdict(&outcome);
    if let Ok(envelope) = outcome {
        let mut out = [0; 4096];
        told += &format!("{:?}", envelope.encode(&mut out));
    }
    told += &shown(decoder);
    told
}

/// Leaves each message after every beginning, read in two ways, with and without `finish`.
#[test]
fn reset_makes_a_new_decoder() {
    let after: Vec<(Vec<u8>, usize, String)> = after()
        .into_iter()
        .flat_map(|message| {
            [64, usize::MAX].map(|size| (message.clone(), size, told(&mut Decoder::new(), &message, size)))
        })
        .collect();
    let mut decoder = Decoder::new();
    for message in before() {
        for cut in 0..=message.len() {
            // A few places of a long run of one byte are enough.
            if cut > 400 && message.len() > 600 && cut % 64 > 1 && cut + 2 < message.len() {
                continue;
            }
            for (number, (next, size, expected)) in after.iter().enumerate() {
                let beginning = &message[..cut];
                let chunks = if number % 2 == cut % 2 { cut.max(1) } else { 5 };
                let _ = beginning.chunks(chunks).try_for_each(|chunk| decoder.feed(chunk));
                if number % 3 == 0 {
                    let _ = decoder.finish();
                }
                decoder.reset();
                let told = told(&mut decoder, next, *size);
                assert_eq!(&told, expected, "{}\nafter {}", next.escape_ascii(), beginning.escape_ascii());
                decoder.reset();
            }
        }
    }
}

/// A reset keeps the options, and counts the bytes of the next message from 0.
#[test]
fn reset_keeps_the_options() {
    let message = envelope(S, "", &request("abc"));
    let limits = Limits::DEFAULT.with_message_bytes(message.len() as u32).unwrap();
    let mut decoder = Decoder::with_options(Options::new().with_limits(limits));
    for _ in 0..3 {
        for size in [1, 64, usize::MAX] {
            assert!(verdict::decode(&mut decoder, message.as_bytes().chunks(size)).is_ok());
            let error = decoder.feed(b"\n").unwrap_err();
            assert_eq!((error.kind(), error.offset()), (ErrorKind::MessageTooLong, message.len()));
            decoder.reset();
        }
    }
}

/// `finish` gives one answer, however often it is called, and every method gives the error again.
#[test]
fn the_verdict_is_final() {
    let mut refused = 0;
    for message in before().into_iter().chain(after()) {
        for cut in 0..=message.len() {
            let mut decoder = Decoder::new();
            let fed = message[..cut].chunks(7).try_for_each(|chunk| decoder.feed(chunk));
            let first = verdict(&decoder.finish());
            let shows = shown(&decoder);
            assert_eq!(verdict(&decoder.finish()), first);
            let Err(error) = decoder.finish().map(|_| ()) else { continue };
            if fed.is_ok() {
                assert_eq!((error.kind(), error.offset()), (ErrorKind::UnexpectedEnd, cut));
            } else {
                assert_eq!(fed, Err(error));
            }
            for chunk in [&message[cut..], b"", b"x", b"<", message.as_slice()] {
                assert_eq!(decoder.feed(chunk), Err(error), "{}", message.escape_ascii());
                assert_eq!(decoder.finish().map(|_| ()), Err(error));
            }
            assert_eq!(decoder.finish_request().map(|_| ()), Err(error));
            assert_eq!(decoder.finish_response().map(|_| ()), Err(error));
            // Nothing else that the decoder shows changes.
            assert_eq!(shown(&decoder), shows);
            refused += 1;
        }
    }
    assert!(refused > 1000);
}

/// A message that has ended may go on with white space and comments. Anything else is an error.
#[test]
fn what_is_fed_after_finish() {
    let message = envelope(S12, "", &request("abc"));
    let whole = verdict(&Envelope::parse(message.as_bytes()));
    for size in [1, 64, usize::MAX] {
        let mut decoder = Decoder::new();
        assert_eq!(verdict(&verdict::decode(&mut decoder, message.as_bytes().chunks(size))), whole);
        assert_eq!(decoder.feed(b" \n<!-"), Ok(()));
        decoder.reset();
        assert_eq!(verdict(&verdict::decode(&mut decoder, message.as_bytes().chunks(size))), whole);
        assert_eq!(decoder.feed(b" \n<!--x-->"), Ok(()));
        assert_eq!(verdict(&decoder.finish()), whole);
        // The typed ends do not consume the message.
        assert_eq!(
            decoder.finish_request().map(|request| request.call_id().to_string()),
            Ok("abc".to_string())
        );
        let other = decoder.finish_response().unwrap_err();
        let entry = message.find("<m:GetCallInfo").unwrap();
        assert_eq!((other.kind(), other.offset()), (ErrorKind::UnexpectedRequest, entry));
        assert_eq!(other.version(), Some(SoapVersion::V1_2));
        assert_eq!(verdict(&decoder.finish()), whole);
        let error = decoder.feed(b"x").unwrap_err();
        assert_eq!((error.kind(), error.offset()), (ErrorKind::TextOutsideRoot, message.len() + 10));
        assert_eq!(decoder.finish().map(|_| ()), Err(error));
    }
}

/// Each mandatory block counts. A name is given only after a `MustUnderstand` refusal.
#[test]
fn what_is_said_of_mandatory_blocks() {
    let block = "<a:b xmlns:a='urn:a' s:mustUnderstand='1' s:actor='urn:other'/>";
    let message =
        envelope(S, &format!("<s:Header>{}</s:Header>", block.repeat(3)), "<o:x xmlns:o='urn:o'><!x");
    let mut decoder = Decoder::new();
    assert_eq!(decoder.feed(message.as_bytes()).unwrap_err().kind(), ErrorKind::UnknownMarkup);
    assert_eq!(decoder.mandatory_blocks(), 3);
    assert!(decoder.entry().is_some() && decoder.not_understood().is_none());
}

/// White space before a word does not change the word, whatever its length. A character outside ASCII makes another
/// word.
#[test]
fn words_that_are_nearly_right() {
    for (word, kind) in [
        (format!("{}Idle{}", " ".repeat(20), "\n".repeat(20)), ErrorKind::EnumWhiteSpace),
        ("Idle\u{E9}".to_string(), ErrorKind::UnknownWord),
        ("Disconnected  x".to_string(), ErrorKind::UnknownWord),
    ] {
        let body = format!("<GetCallInfoResponse xmlns='{M}'><CallState>{word}</CallState>");
        let error = Envelope::parse(envelope(S, "", &body).as_bytes()).map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), kind, "{word}");
    }
}

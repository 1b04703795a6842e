//! A message in chunks is read like the message in one piece. The decoder gives the value of the one-shot parse, or its
//! error at its offset, wherever the message is cut.

use std::sync::LazyLock;

use umsoap::{
    Body, Decoder, Envelope, Error, GetCallInfo, GetCallInfoResponse, Header, Limits, MessagesNamespace,
    Options, SoapVersion,
};

use super::input::{self, Choices};
use super::message::{Content, Message, name, show};

/// The first byte of an input that gives its own cuts. A count follows, then the lengths of that many chunks, then the
/// document.
const CUTS: u8 = 2;

pub fn run(data: &[u8]) {
    let (lengths, rest) = match data {
        [CUTS, count, rest @ ..] => rest.split_at(usize::from(*count).min(rest.len())),
        _ => data.split_at(0),
    };
    let document = &input::document(rest)[..];
    let mut choices = Choices::of(document);
    let low = Some(Limits::DEFAULT)
        .and_then(|l| l.with_message_bytes(choices.below(4 * document.len() + 1) as u32))
        .and_then(|l| l.with_depth(choices.below(40) as u8))
        .and_then(|l| l.with_attributes(choices.below(20) as u8))
        .and_then(|l| l.with_declarations(choices.below(20) as u8))
        .and_then(|l| l.with_tag_bytes(choices.below(600) as u16))
        .and_then(|l| l.with_name_bytes(choices.below(400) as u16))
        .and_then(|l| l.with_namespace_bytes(choices.below(600) as u16))
        .and_then(|l| l.with_text_bytes(choices.below(400) as u16));
    for options in [Options::new(), Options::new().with_limits(low.expect("below the defaults"))] {
        let mut decoder = Decoder::with_options(options);
        soil(&mut decoder);
        compare(&mut decoder, document, &options, |at| {
            lengths.get(at).map_or(usize::MAX, |&n| usize::from(n))
        });
        soil(&mut decoder);
        compare(&mut decoder, document, &options, |_| 1);
        soil(&mut decoder);
        compare(&mut decoder, document, &options, |_| choices.below(12));
        soil(&mut decoder);
        let half = choices.below(document.len() + 1);
        compare(&mut decoder, document, &options, |at| if at == 0 { half } else { usize::MAX });
    }
}

/// Fills a decoder's memory with bytes that no later message may see, and resets the decoder.
fn soil(decoder: &mut Decoder<'_>) {
    static DIRT: LazyLock<String> = LazyLock::new(|| {
        let (soap, long) = (SoapVersion::V1_1.namespace(), "~".repeat(3000));
        let tag =
            format!("<s:Envelope xmlns:s='{soap}' xmlns='{}' a='{long}'>", MessagesNamespace::Http.as_str());
        // These names lie in memory after a shorter name, like prefixes of it.
        let names =
            format!("<s:Header xmlns:a='a'>{}{}</s:Header>", "<a:a>".repeat(100), "</a:a>".repeat(100));
        let dirt = format!(
            "{tag}{names}<s:Body><GetCallInfo><CallId>~<!--{long}--></CallId></GetCallInfo></s:Body></s:Envelope>"
        );
        assert!(GetCallInfo::parse(dirt.as_bytes()).is_ok());
        dirt
    });
    decoder.reset();
    for chunk in DIRT.as_bytes().chunks(1000) {
        // Lower limits may refuse it.
        let _ = decoder.feed(chunk);
    }
    decoder.reset();
}

/// Returns what a decoder keeps of a message.
fn retained(mut message: Message) -> Message {
    message.blocks = None;
    match &mut message.content {
        Content::Other(_, raw) => *raw = None,
        Content::Fault(fault) => {
            if let Some((_, raw)) = &mut fault.detail {
                *raw = None;
            }
        }
        _ => {}
    }
    message
}

fn compare(
    decoder: &mut Decoder<'_>,
    document: &[u8],
    options: &Options<'_>,
    mut length: impl FnMut(usize) -> usize,
) {
    let expected = Envelope::parse_with(document, options);
    let whole = expected.map(|envelope| retained(Message::of(&envelope)));
    let fed = feed(decoder, document, &mut length);
    if let Err(error) = fed {
        assert_eq!(decoder.feed(b"<"), Err(error), "another error later{}", show(document));
        assert_eq!(decoder.finish().map(drop), Err(error), "another error at the end{}", show(document));
    }
    for _ in 0..2 {
        let pieces = match fed {
            Err(error) => Err(error),
            Ok(()) => decoder.finish().map(|envelope| {
                let as_whole = match (envelope.header(), expected.map(|e| e.header())) {
                    (Header::Absent, Ok(Header::Absent)) => true,
                    (header, _) => matches!(header, Header::NotRetained),
                };
                assert!(as_whole, "{:?}{}", envelope.header(), show(document));
                Message::of(&envelope)
            }),
        };
        assert_eq!(pieces, whole, "{options:?}{}", show(document));
    }
    span(decoder, document, &whole);
    typed(decoder, document, &expected);
    if let Ok(envelope) = &expected {
        provisional(decoder, document, envelope);
    }
    assert!(!format!("{decoder:?}").is_empty());
    let ours = expected.as_ref().err().and_then(|error| Envelope::not_understood(document, error));
    let theirs = decoder.not_understood();
    assert_eq!(theirs.map(name), ours.map(name), "{}", show(document));
}

fn feed(
    decoder: &mut Decoder<'_>,
    document: &[u8],
    length: &mut impl FnMut(usize) -> usize,
) -> Result<(), Error> {
    let (mut rest, mut turn, mut empty) = (document, 0, 0);
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(length(turn).min(rest.len()));
        empty = if chunk.is_empty() { empty + 1 } else { 0 };
        decoder.feed(chunk)?;
        (rest, turn) = (if empty > 4 { &[] } else { after }, turn + 1);
        if empty > 4 {
            decoder.feed(after)?;
        }
    }
    Ok(())
}

/// Checks that the typed ends give what the typed readings give.
fn typed(decoder: &mut Decoder<'_>, document: &[u8], whole: &Result<Envelope<'_>, Error>) {
    match whole {
        Err(error) => {
            assert_eq!(decoder.finish_request().map(drop), Err(*error), "{}", show(document));
            assert_eq!(decoder.finish_response(), Err(*error), "{}", show(document));
        }
        // `parse` knows the default limits only. They accept this message, too.
        Ok(_) => {
            let id = |request: GetCallInfo<'_>| request.call_id().as_raw().to_string();
            let request = GetCallInfo::parse(document);
            assert_eq!(decoder.finish_request().map(id), request.map(id), "{}", show(document));
            assert_eq!(decoder.finish_response(), GetCallInfoResponse::parse(document), "{}", show(document));
        }
    }
}

/// Checks that the whole message agrees with what a decoder tells before the end.
fn provisional(decoder: &Decoder<'_>, document: &[u8], whole: &Envelope<'_>) {
    assert_eq!(decoder.version(), Some(whole.version()), "{}", show(document));
    let mandatory = whole.header().blocks().filter(|block| block.must_understand()).count();
    assert_eq!(decoder.mandatory_blocks() as usize, mandatory, "{}", show(document));
    let entry = match whole.body() {
        Body::Fault(_) => (Some(whole.version().namespace().to_string()), "Fault".to_string()),
        Body::Other(element) => name(element),
        body => (whole.namespace().map(|n| n.as_str().to_string()), body.local_name().to_string()),
    };
    assert_eq!(decoder.entry().map(name), Some(entry), "{}", show(document));
}

/// The elements that hold the identifier of a call.
const CALL_IDS: [&str; 3] = ["CallId", "PlayOnPhoneResponse", "PlayOnPhoneGreetingResponse"];

/// Checks that the CallId has the span in the stream that it has in the document.
fn span(decoder: &Decoder<'_>, document: &[u8], whole: &Result<Message, Error>) {
    let Ok(Message { content, .. }) = whole else { return };
    let raw = match content {
        Content::Service(_, fields) => {
            fields.iter().find(|field| CALL_IDS.contains(&&*field.name)).and_then(|field| field.raw.as_ref())
        }
        _ => None,
    };
    let span = decoder.call_id_span();
    let lies = span.map(|span| &document[span.start as usize..span.end as usize]);
    assert_eq!(lies, raw.map(String::as_bytes), "{}", show(document));
}

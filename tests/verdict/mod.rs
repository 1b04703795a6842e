//! Tells everything that a way of reading says about a message, except what a decoder does not keep: header blocks, the
//! bytes of a fault's detail, and the bytes of another operation.
#![allow(dead_code, reason = "each test binary uses its part")]

use umsoap::{
    Body, CallId, Decoder, Element, Envelope, Error, ErrorKind, Header, Limits, Options, Shapes, SoapVersion,
    Text,
};

fn text(text: Option<Text<'_>>) -> Option<(String, String)> {
    text.map(|t| (t.as_raw().to_string(), t.to_string()))
}

fn name(element: &Element<'_>) -> String {
    format!("{:?} {}", text(element.namespace()), element.local_name())
}

fn call_id(id: &CallId<'_>) -> String {
    let decoded = id.decode(&mut [0; 384]).map(|bytes| bytes.to_vec());
    format!("CallId {:?} {:?} {decoded:?}", text(Some(id.text())), id.as_str())
}

pub(crate) fn verdict(outcome: &Result<Envelope<'_>, Error>) -> String {
    let envelope = match outcome {
        Ok(envelope) => envelope,
        Err(error) => {
            return format!(
                "{:?} {:?} at {} {:?}",
                error.kind(),
                error.element(),
                error.offset(),
                error.version()
            );
        }
    };
    let header = matches!(envelope.header(), Header::Absent);
    let body = match envelope.body() {
        Body::GetCallInfo(message) => call_id(&message.call_id()),
        Body::Disconnect(message) => call_id(&message.call_id()),
        Body::PlayOnPhoneResponse(message) => call_id(&message.call_id()),
        Body::PlayOnPhoneGreetingResponse(message) => call_id(&message.call_id()),
        Body::Fault(fault) => format!(
            "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
            text(Some(fault.code())),
            text(fault.code_namespace()),
            fault.standard_code(),
            text(fault.subcode()),
            text(Some(fault.reason())),
            text(fault.lang()),
            text(fault.actor()),
            text(fault.node()),
            fault.detail().map(|detail| name(&detail)),
            text(fault.exception_type()),
        ),
        Body::Other(element) => name(&element),
        message => {
            let fields = message.fields().map(|(name, value)| (name, text(Some(value))));
            format!("{} {:?} {message:?}", message.local_name(), fields.collect::<Vec<_>>())
        }
    };
    format!(
        "{:?} {:?} header absent: {header} {} {body}",
        envelope.version(),
        envelope.namespace(),
        envelope.body().local_name()
    )
}

/// Reads the message in these chunks.
pub(crate) fn decode<'d, 'c>(
    decoder: &'d mut Decoder<'_>,
    chunks: impl IntoIterator<Item = &'c [u8]>,
) -> Result<Envelope<'d>, Error> {
    decoder.reset();
    for chunk in chunks {
        if let Err(error) = decoder.feed(chunk) {
            assert_eq!(decoder.feed(b"<"), Err(error), "an error must stay");
            break;
        }
    }
    decoder.finish()
}

/// Cuts a message after each of these lengths in turn. The length 0 gives an empty chunk.
pub(crate) fn cut<'m>(message: &'m [u8], lengths: &[usize]) -> Vec<&'m [u8]> {
    let mut rest = message;
    let mut chunks = Vec::new();
    for &length in lengths {
        let (chunk, after) = rest.split_at(length.min(rest.len()));
        chunks.push(chunk);
        rest = after;
    }
    chunks.push(rest);
    chunks
}

/// Tells also what a decoder does not keep of the header.
pub(crate) fn with_blocks(outcome: &Result<Envelope<'_>, Error>) -> String {
    let mut said = verdict(outcome);
    if let Ok(envelope) = outcome {
        // A message of 1 MiB has fewer blocks, since each takes at least 4 bytes. So a walk that does not end is a
        // difference and not a hang.
        for block in envelope.header().blocks().take(1 << 18) {
            let element = block.element();
            said += &format!(
                "\n{} {:?} {} {:?} {}",
                name(&element),
                element.raw(),
                block.must_understand(),
                text(block.role()),
                block.relay(),
            );
        }
    }
    said
}

/// For these chunks the decoder must give the answer of the one-shot parse, and so must the machine alone.
pub(crate) fn compare(options: Options<'_>, message: &[u8], lengths: &[usize]) -> Result<(), String> {
    let parsed = Envelope::parse_with(message, &options);
    let (usual, machine) = (with_blocks(&parsed), with_blocks(&by_machine(options, message)));
    let whole = verdict(&parsed);
    let mut decoder = Decoder::with_options(options);
    let chunks = verdict(&decode(&mut decoder, cut(message, lengths)));
    if whole == chunks && usual == machine {
        return Ok(());
    }
    Err(format!(
        "usual:   {usual}\nmachine: {machine}\nchunks:  {chunks}\ncut {lengths:?}\n{}",
        message.escape_ascii()
    ))
}

/// Parses without the recogniser, which gives up when a limit is lower than what a usual message may take. The message
/// does not reach the lowered limit.
fn by_machine<'m>(options: Options<'_>, message: &'m [u8]) -> Result<Envelope<'m>, Error> {
    Envelope::parse_with(message, &options.with_limits(just_lower(options.limits(), message.len())))
}

/// Lowers one limit by one. It is the limit of tags if no tag of a message of this length can reach it. Otherwise it is
/// the limit of namespaces, which long messages in these tests do not use up.
pub(crate) fn just_lower(limits: Limits, length: usize) -> Limits {
    if length < usize::from(limits.tag_bytes()) {
        limits.with_tag_bytes(limits.tag_bytes() - 1).unwrap()
    } else {
        limits.with_namespace_bytes(limits.namespace_bytes().saturating_sub(1)).unwrap()
    }
}

/// The sizes of chunks: the whole message, one byte, and a small frame.
const SIZES: [usize; 3] = [usize::MAX, 1, 64];

/// Returns the answer of every way of reading: the one-shot parse, the machine alone, a decoder with all sizes of
/// chunks, and, for the default options, shapes that have seen the message before. All answers must be equal.
pub(crate) fn every_way(options: Options<'_>, message: &[u8]) -> String {
    let parsed = Envelope::parse_with(message, &options);
    let said = verdict(&parsed);
    let shown = |way: &str, other: String| {
        assert_eq!(other, said, "{way}, {:?}: {}", options.limits(), message.escape_ascii());
    };
    shown("the machine", verdict(&by_machine(options, message)));
    for size in SIZES {
        let mut decoder = Decoder::with_options(options);
        shown(&format!("chunks of {size}"), verdict(&decode(&mut decoder, message.chunks(size))));
    }
    if options == Options::new() {
        let mut shapes = Box::new(Shapes::new());
        for _ in 0..2 {
            shown("shapes", verdict(&shapes.parse(message)));
        }
    }
    match parsed {
        Ok(_) => said,
        Err(error) => refusal(error.kind(), error.offset(), error.version()),
    }
}

/// Returns the refusal that every way of reading gives, in the words of [`every_way`]: [`verdict`] without the element.
pub(crate) fn refusal(kind: ErrorKind, at: usize, version: Option<SoapVersion>) -> String {
    format!("{kind:?} at {at} {version:?}")
}

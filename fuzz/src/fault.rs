//! Every refusal has an answer that can be written. The answer is read back as the right fault.

use roxmltree::Document;
use umsoap::{Body, Category, Element, Envelope, Error, ErrorKind, Fault, FaultCode, SoapVersion};

use super::encode::encode;
use super::input;
use super::message::show;

const VERSIONS: [SoapVersion; 2] = [SoapVersion::V1_1, SoapVersion::V1_2];

pub fn run(data: &[u8]) {
    let document = &input::document(data)[..];
    match Envelope::parse(document) {
        Err(error) => {
            for version in VERSIONS {
                answer(document, &error, version);
            }
        }
        Ok(envelope) => {
            for block in envelope.header().blocks() {
                not_understood(document, block.element());
            }
            // Any name can be told, also a name in no namespace.
            if let Body::Other(other) = envelope.body() {
                not_understood(document, other);
            }
        }
    }
}

fn code(error: &Error) -> FaultCode {
    match (error.kind(), error.kind().category()) {
        (ErrorKind::VersionMismatch, _) => FaultCode::VersionMismatch,
        (_, Category::MustUnderstand) => FaultCode::MustUnderstand,
        (_, Category::Limit | Category::Output) => FaultCode::Receiver,
        _ => FaultCode::Sender,
    }
}

fn answer(document: &[u8], error: &Error, version: SoapVersion) {
    let fault = error.fault().with_actor("urn:gateway");
    let bytes = encode(&Envelope::new(version, Body::Fault(fault))).expect("always writable");
    let read = Envelope::parse(&bytes).expect("written by us");
    let Body::Fault(fault) = read.body() else { panic!("{}", show(&bytes)) };
    assert_eq!(fault.standard_code(), Some(code(error)), "{error}{}", show(&bytes));
    assert!(fault.actor().is_some_and(|actor| actor == *"urn:gateway"), "{}", show(&bytes));
    // SOAP 1.1 section 4.4: a detail is about the body, and never about a header block.
    let header = matches!(
        error.kind(),
        ErrorKind::MustUnderstand
            | ErrorKind::UnqualifiedHeaderBlock
            | ErrorKind::InvalidMustUnderstand
            | ErrorKind::InvalidRelay
    );
    let may_be_body = matches!(code(error), FaultCode::Sender | FaultCode::Receiver) && !header;
    // In 1.2 the fault about a limit has no empty detail.
    let speaks_of_body = may_be_body && (version == SoapVersion::V1_1 || code(error) == FaultCode::Sender);
    assert_eq!(fault.detail().is_some(), speaks_of_body, "{error}{}", show(&bytes));
    let status = if version == SoapVersion::V1_2 && code(error) == FaultCode::Sender { 400 } else { 500 };
    assert_eq!(error.http_status(version), status, "{error}");
    whole_answer(document, error);
    if let Some(name) = Envelope::not_understood(document, error) {
        not_understood(document, name);
    }
}

/// Checks that the complete answer has the version of the message, and the header block that its fault demands.
fn whole_answer(document: &[u8], error: &Error) {
    let answer = error.answer(document).with_node("urn:gateway");
    let mismatch = error.kind() == ErrorKind::VersionMismatch;
    let expected = if mismatch { SoapVersion::V1_1 } else { error.version().unwrap_or(SoapVersion::V1_1) };
    assert_eq!((answer.version(), answer.http_status()), (expected, error.http_status(expected)), "{error}");
    let bytes = encode(&answer.envelope()).expect("always writable");
    let read = Envelope::parse(&bytes).expect("written by us");
    assert_eq!(read.version(), expected, "{}", show(&bytes));
    let names: Vec<_> =
        read.header().blocks().map(|block| block.element().local_name().to_string()).collect();
    let block = match (code(error), expected) {
        (FaultCode::VersionMismatch, _) => Some("Upgrade"),
        (FaultCode::MustUnderstand, SoapVersion::V1_2) => Some("NotUnderstood"),
        _ => None,
    };
    assert!(names.iter().map(String::as_str).eq(block), "{names:?}{}", show(&bytes));
    let Body::Fault(fault) = read.body() else { panic!("{}", show(&bytes)) };
    let named = if expected == SoapVersion::V1_1 { fault.actor() } else { fault.node() };
    assert!(named.is_some_and(|node| node == *"urn:gateway"), "{}", show(&bytes));
}

/// Checks that the NotUnderstood block names the right block.
fn not_understood(document: &[u8], name: Element<'_>) {
    for version in VERSIONS {
        let fault = Fault::new(FaultCode::MustUnderstand, "");
        let bytes =
            encode(&Envelope::new(version, Body::Fault(fault)).with_not_understood(name)).expect("writable");
        let read = Envelope::parse(&bytes).unwrap_or_else(|error| panic!("{error}{}", show(&bytes)));
        let blocks = read.header().blocks().count();
        assert_eq!(blocks, usize::from(version == SoapVersion::V1_2), "{}", show(&bytes));
        let text = core::str::from_utf8(&bytes).expect("accepted");
        let tree = Document::parse(text).expect("accepted");
        for block in tree.descendants().filter(|node| node.tag_name().name() == "NotUnderstood") {
            let qname = block.attribute("qname").expect("qname");
            let (uri, local) = match qname.split_once(':') {
                // roxmltree does not look for the prefix xml.
                Some(("xml", local)) => (Some("http://www.w3.org/XML/1998/namespace"), local),
                Some((prefix, local)) => (block.lookup_namespace_uri(Some(prefix)), local),
                None => (None, qname),
            };
            let expected = name.namespace().map(|uri| uri.to_string());
            assert_eq!(
                (uri, local),
                (expected.as_deref(), name.local_name()),
                "{}{}",
                show(document),
                show(&bytes)
            );
        }
    }
}

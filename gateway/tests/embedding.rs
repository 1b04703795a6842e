//! The smallest gateway that embeds the library. The README of the library shows these lines.

#![expect(clippy::expect_used, reason = "values that were checked can be written")]

// begin
use umsoap::{Answer, Body, Decoder, Envelope, Fault, FaultCode, SoapVersion};

/// Returns the HTTP status and the body of an answer.
fn sent(answer: Answer<'_>) -> (u16, Vec<u8>) {
    let bytes = answer.envelope().encode_to_vec().expect("our own faults can be written");
    (answer.http_status(), bytes)
}

/// Returns the message for the UM server, or the status and the body of a refusal.
fn forward<'b>(frames: impl Iterator<Item = &'b [u8]>) -> Result<Vec<u8>, (u16, Vec<u8>)> {
    const NODE: &str = "urn:example:gateway"; // faults of a node that is not the ultimate receiver name the node
    let mut decoder = Decoder::new();
    for frame in frames {
        if let Err(error) = decoder.feed(frame) {
            return Err(sent(decoder.answer(&error).with_node(NODE))); // at the byte that breaks a rule
        }
    }
    if let Err(error) = decoder.finish() {
        return Err(sent(decoder.answer(&error).with_node(NODE)));
    }
    let message = decoder.envelope().expect("finish has accepted the message"); // nothing is certain before this
    match message.body() {
        // The message is written anew, so that no difference between two parsers can be smuggled through.
        body @ Body::GetCallInfo(_) => {
            Ok(Envelope::new(SoapVersion::V1_1, body).encode_to_vec().expect("it was read"))
        }
        _ => {
            let fault = Fault::new(FaultCode::Sender, "Only GetCallInfo is offered here.").with_node(NODE);
            let envelope = Envelope::new(message.version(), fault.into());
            let bytes = envelope.encode_to_vec().expect("our own faults can be written");
            Err((fault.http_status(message.version()), bytes))
        }
    }
}
// end

const SOAP_1_1: &str = "http://schemas.xmlsoap.org/soap/envelope/";

#[test]
fn it_does_what_it_says() {
    let message = "<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope'><e:Body><m:GetCallInfo \
        xmlns:m='https://schemas.microsoft.com/exchange/services/2006/messages'><m:CallId>a&#x26;<![CDATA[b]]></m:CallId>\
        </m:GetCallInfo></e:Body></e:Envelope>";
    let sent = forward(message.as_bytes().chunks(5)).unwrap();
    assert_eq!(
        String::from_utf8(sent).unwrap(),
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope \
         xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><GetCallInfo \
         xmlns=\"http://schemas.microsoft.com/exchange/services/2006/messages\"><CallId>a&amp;b</CallId></GetCallInfo>\
         </soap:Body></soap:Envelope>"
    );
    for (bad, status) in [
        (message.replace("</e:Body>", "<x/></e:Body>"), 400),
        (message.replace("GetCallInfo", "Disconnect"), 400),
        (
            message
                .replace("http://www.w3.org/2003/05/soap-envelope", SOAP_1_1)
                .replace("GetCallInfo", "Disconnect"),
            500,
        ),
        (message.replace("<e:Body>", "<?pi?><e:Body>"), 400),
        (String::new(), 500),
    ] {
        let (answered, body) = forward(bad.as_bytes().chunks(9)).unwrap_err();
        assert_eq!(answered, status, "{bad}");
        let answer = Envelope::parse(&body).unwrap();
        let Body::Fault(fault) = answer.body() else { panic!("{answer:?}") };
        // SOAP 1.2 has an element for the node. In SOAP 1.1 the actor names it.
        assert_eq!(fault.node().or(fault.actor()).unwrap().to_string(), "urn:example:gateway");
    }
}

#[test]
fn the_readme_shows_the_same_lines() {
    let code = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let here = include_str!("embedding.rs");
    let tested = here.split_once("// begin\n").unwrap().1.split_once("// end\n").unwrap().0;
    assert!(code(include_str!("../../README.md")).contains(&code(tested)));
}

//! The lines that matter when the library is embedded in a gateway, without the gateway around them.

// begin
use umsoap::{Body, Decoder, Envelope, Error, Fault, FaultCode, SoapVersion};

fn written(envelope: &Envelope<'_>) -> Vec<u8> {
    let mut bytes = vec![0; envelope.encoded_len()];
    let length = envelope.encode(&mut bytes).map_or(0, |written| written.len());
    bytes.truncate(length);
    bytes
}

/// What the UM server is sent for a request's body, or the refusal's status and body.
fn forward<'b>(frames: impl Iterator<Item = &'b [u8]>) -> Result<Vec<u8>, (u16, Vec<u8>)> {
    let refuse = |error: Error| {
        let version = error.version().unwrap_or(SoapVersion::V1_1);
        let fault = error.fault().with_actor("urn:example:gateway");
        (error.http_status(version), written(&Envelope::new(version, Body::Fault(fault))))
    };
    let mut decoder = Decoder::new();
    for frame in frames {
        decoder.feed(frame).map_err(refuse)?; // refused at the byte that breaks it
    }
    let message = decoder.finish().map_err(refuse)?; // only here is anything believed
    match message.body() {
        // Written anew: no difference between two parsers can be smuggled through.
        Body::GetCallInfo(request) => {
            Ok(written(&Envelope::new(SoapVersion::V1_1, Body::GetCallInfo(request))))
        }
        _ => {
            let fault = Fault::new(FaultCode::Sender, "Only GetCallInfo is offered here.");
            Err((500, written(&Envelope::new(message.version(), Body::Fault(fault)))))
        }
    }
}
// end

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
        (message.replace("GetCallInfo", "Disconnect"), 500),
        (message.replace("<e:Body>", "<?pi?><e:Body>"), 400),
        (String::new(), 500),
    ] {
        let (answered, body) = forward(bad.as_bytes().chunks(9)).unwrap_err();
        assert_eq!(answered, status, "{bad}");
        assert!(matches!(Envelope::parse(&body).unwrap().body(), Body::Fault(_)));
    }
}

//! `Debug` prints names and lengths, so that no text of a message gets into a log.

use umsoap::{Body, Decoder, Envelope, Fault, FaultCode, Header, NewElement, Shapes};

const REQUEST: &str = "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Header>\
    <p:Password xmlns:p='urn:p' s:role='urn:secret'>secret</p:Password></s:Header><s:Body>\
    <GetCallInfo xmlns='http://schemas.microsoft.com/exchange/services/2006/messages'><CallId>secret</CallId>\
    </GetCallInfo></s:Body></s:Envelope>";
const FAULT: &str = "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><s:Fault>\
    <faultcode>secret</faultcode><faultstring>secret reason</faultstring><faultactor>secret</faultactor>\
    <detail><ExceptionType>secret</ExceptionType></detail></s:Fault></s:Body></s:Envelope>";
const BLOCK: &str = "Element({urn:p}Password, 67 bytes)";

fn read(message: &str) -> Envelope<'_> {
    Envelope::parse(message.as_bytes()).unwrap()
}

#[test]
fn of_a_request() {
    let envelope = read(REQUEST);
    let Body::GetCallInfo(request) = envelope.body() else { panic!("no request") };
    assert_eq!(format!("{request:?}"), "GetCallInfo { call_id: CallId(6 bytes) }");
    assert_eq!(format!("{:?}", request.call_id().text()), "Text(6 bytes)");
    let mut chars = request.call_id().text().chars();
    chars.next();
    assert_eq!(format!("{chars:?}"), "Chars(5 bytes)");
    let expected = "Envelope { version: V1_2, namespace: Some(Http), header: [BLOCK], \
        body: GetCallInfo(GetCallInfo { call_id: CallId(6 bytes) }) }";
    assert_eq!(format!("{envelope:?}"), expected.replace("BLOCK", BLOCK));
}

#[test]
fn of_a_header() {
    let envelope = read(REQUEST);
    let mut walk = envelope.header().blocks();
    assert_eq!(format!("{walk:?}"), format!("[{BLOCK}]"));
    let block = walk.next().unwrap();
    assert_eq!(format!("{walk:?}"), "[]");
    assert_eq!(format!("{block:?}"), BLOCK);
    assert_eq!(format!("{:?}", block.role()), "Some(Text(10 bytes))");
    let Header::Retained(blocks) = envelope.header() else { panic!("no header") };
    assert_eq!(format!("{blocks:?}"), format!("[{BLOCK}]"));
    assert_eq!(format!("{:?}", envelope.header()), format!("[{BLOCK}]"));
    assert_eq!(format!("{:?}", read(FAULT).header()), "Absent");
    let mut decoder = Decoder::new();
    decoder.feed(REQUEST.as_bytes()).unwrap();
    assert_eq!(format!("{:?}", decoder.finish().unwrap().header()), "NotRetained");
}

#[test]
fn of_nodes_and_of_new_elements() {
    let request =
        REQUEST.replace(">secret</p:Password>", " a='secret'><p:in b='secret'/>secret<out/></p:Password>");
    let envelope = read(&request);
    let node = envelope.header().blocks().next().unwrap().element().node().unwrap();
    let raw = node.raw().len();
    assert_eq!(format!("{node:?}"), format!("Node({{urn:p}}Password, {raw} bytes)"));
    assert_eq!(format!("{:?}", node.children()), "[Node({urn:p}in, 18 bytes), Node(out, 6 bytes)]");
    let attributes = format!("{:?}", node.attributes());
    assert!(attributes.contains("role") && attributes.contains("a") && !attributes.contains("secret"));
    let element = NewElement::new("urn:n", "name");
    assert_eq!(format!("{element:?}"), "NewElement({urn:n}name, 0 attributes, 0 children)");
}

#[test]
fn of_a_fault() {
    let expected = "Fault(Fault { code: Text(6 bytes), reason: Text(13 bytes), detail: DETAIL, .. })";
    let raw = FAULT.len() - FAULT.find("<detail>").unwrap() - "</s:Fault></s:Body></s:Envelope>".len();
    let detail = format!("Some(Element(detail, {raw} bytes))");
    assert_eq!(format!("{:?}", read(FAULT).body()), expected.replace("DETAIL", &detail));
    let mut decoder = Decoder::new();
    decoder.feed(FAULT.as_bytes()).unwrap();
    let body = decoder.finish().unwrap().body();
    assert_eq!(format!("{body:?}"), expected.replace("DETAIL", "Some(Element(detail, not retained))"));
    let made = Fault::new(FaultCode::Sender, "secret reason");
    assert_eq!(format!("{:?}", Body::Fault(made)), expected.replace("DETAIL", "None"));
}

#[test]
fn of_a_decoder_and_of_shapes() {
    let mut decoder = Decoder::new();
    let fresh = "Decoder { fed: 0, version: None, entry: None, error: None, .. }";
    assert_eq!(format!("{decoder:?}"), fresh);
    decoder.feed(&REQUEST.as_bytes()[..REQUEST.len() - 3]).unwrap();
    let found = format!("{decoder:?}");
    let start = format!("Decoder {{ fed: {}, version: Some(V1_2), entry: Some(", REQUEST.len() - 3);
    assert!(found.starts_with(&start) && found.ends_with("error: None, .. }"), "{found}");
    assert!(!found.contains("secret"));
    decoder.feed(b"<").unwrap_err();
    assert!(format!("{decoder:?}").contains("error: Some(Error { kind: "));
    let mut shapes = Shapes::new();
    assert_eq!(format!("{shapes:?}"), "Shapes { shapes: 0, hits: 0 }");
    for _ in 0..3 {
        shapes.parse(REQUEST.as_bytes()).unwrap();
    }
    assert_eq!(format!("{shapes:?}"), "Shapes { shapes: 1, hits: 2 }");
}

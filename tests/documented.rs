//! Reads the messages of the service's documentation, writes them again, and reads what was written. The messages
//! belong to the documentation's authors and are no part of this project. `scripts/documented` finds their folder and
//! runs this test with it. Without the folder, the script says that it did not run.
mod schema;

use std::fs;
use std::path::PathBuf;
use umsoap::{Body, Decoder, Envelope, ErrorKind, MessagesNamespace, Shapes};

/// The 11 operations of the service. Each has a request and a response.
const OPERATIONS: [&str; 11] = [
    "Disconnect",
    "GetCallInfo",
    "GetUMProperties",
    "IsUMEnabled",
    "PlayOnPhone",
    "PlayOnPhoneGreeting",
    "ResetPIN",
    "SetMissedCallNotificationEnabled",
    "SetOofStatus",
    "SetPlayOnPhoneDialString",
    "SetTelephoneAccessFolderEmail",
];

/// The examples of EWS, which are no messages of the service.
const EWS: [&str; 9] = [
    "ews-DisconnectPhoneCall-request",
    "ews-DisconnectPhoneCall-response",
    "ews-GetPhoneCallInformation-request",
    "ews-GetPhoneCallInformation-response",
    "ews-GetServiceConfiguration-fault",
    "ews-GetServiceConfiguration-request",
    "ews-GetServiceConfiguration-response",
    "ews-PlayOnPhone-request",
    "ews-PlayOnPhone-response",
];

fn encode(envelope: &Envelope<'_>) -> Vec<u8> {
    let mut out = vec![0xA5; envelope.encoded_len()];
    let length = envelope.encode(&mut out).unwrap().len();
    assert_eq!(length, out.len());
    out
}

/// Reads a message of the service in all ways, writes it and reads it again. The operation and the fields must stay.
fn service(file: &str, bytes: &[u8], name: &str) {
    let envelope = Envelope::parse(bytes).unwrap_or_else(|error| panic!("{file}: {error}"));
    let body = envelope.body();
    assert_eq!(body.local_name(), name, "{file}");
    let is_wire = file.ends_with("-wire");
    let namespace = if is_wire { MessagesNamespace::Http } else { MessagesNamespace::Https };
    assert_eq!(envelope.namespace(), Some(namespace), "{file}");
    let fields = schema::fields(&body);
    let children = schema::SCHEMA.message(name).unwrap().ways()[0].len();
    assert_eq!(fields.len(), children, "{file}: the documentation shows every child");
    assert!(fields.iter().all(|(_, value)| !value.is_empty()), "{file}");
    let mut decoder = Decoder::new();
    assert!(bytes.chunks(1).all(|byte| decoder.feed(byte).is_ok()), "{file}");
    assert_eq!(decoder.finish().unwrap().body(), body, "{file}");
    let mut shapes = Box::new(Shapes::new());
    for _ in 0..2 {
        assert_eq!(shapes.parse(bytes).unwrap().body(), body, "{file}");
    }
    // A message that was read with https is written with http, unless the caller asks for https.
    let written = encode(&envelope.with_namespace(namespace));
    assert_eq!(encode(&envelope) == written, is_wire, "{file}");
    let again = Envelope::parse(&written).unwrap();
    assert_eq!(
        (again.body(), again.namespace(), again.version()),
        (body, Some(namespace), envelope.version())
    );
    assert_eq!(schema::fields(&again.body()), fields, "{file}");
    assert_eq!(encode(&again.with_namespace(namespace)), written, "{file}");
}

/// Reads a message of EWS. It must be another element or a fault, or be refused when it has a name of the service.
fn ews(file: &str, bytes: &[u8]) {
    let outcome = Envelope::parse(bytes);
    if file.contains("PlayOnPhone") {
        let error = outcome.expect_err(file);
        assert_eq!(error.kind(), ErrorKind::EwsMessage, "{file}");
        return;
    }
    let envelope = outcome.unwrap_or_else(|error| panic!("{file}: {error}"));
    let is_fault = matches!(envelope.body(), Body::Fault(_));
    let is_other = matches!(envelope.body(), Body::Other(_));
    assert!(if file.contains("-fault") { is_fault } else { is_other }, "{file}: {envelope:?}");
}

#[test]
#[ignore = "the messages are no part of the project: scripts/documented"]
fn all_that_is_documented() {
    let folder = PathBuf::from(std::env::var_os("DOCUMENTED").expect("DOCUMENTED names the folder"));
    let mut expected = Vec::new();
    for form in ["", "-wire"] {
        for operation in OPERATIONS {
            for (sort, name) in
                [("request", operation.to_string()), ("response", format!("{operation}Response"))]
            {
                let file = format!("{operation}-{sort}{form}");
                service(&file, &fs::read(folder.join(format!("{file}.xml"))).expect(&file), &name);
                expected.push(file);
            }
        }
        for example in EWS {
            let file = format!("{example}{form}");
            ews(&file, &fs::read(folder.join(format!("{file}.xml"))).expect(&file));
            expected.push(file);
        }
    }
    let mut found: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.extension().is_some_and(|e| e == "xml"));
    let mut found: Vec<_> = found.iter().map(|path| path.file_stem().unwrap().to_str().unwrap()).collect();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected, "a file was not read");
    println!("{} documented messages", expected.len());
}

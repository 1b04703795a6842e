//! The base64 view of a CallId, and the server name in it.

use umsoap::{ErrorKind, GetCallInfo, um_server};

fn decode(value: &str) -> Result<Vec<u8>, (ErrorKind, usize)> {
    let mut out = [0xA5; 384];
    match GetCallInfo::new(value).call_id().decode(&mut out) {
        Ok(bytes) => Ok(bytes.to_vec()),
        Err(error) => Err((error.kind(), error.offset())),
    }
}

#[test]
fn base64() {
    assert_eq!(decode("MDlk"), Ok(b"09d".to_vec()));
    assert_eq!(decode("MDk="), Ok(b"09".to_vec()));
    assert_eq!(decode("MA=="), Ok(b"0".to_vec()));
    assert_eq!(decode("MD*k"), Err((ErrorKind::Base64Alphabet, 2)));
    assert_eq!(decode("MD-k"), Err((ErrorKind::Base64Alphabet, 2)));
    assert_eq!(decode("MD k"), Err((ErrorKind::Base64Alphabet, 2)));
    assert_eq!(decode("MDl"), Err((ErrorKind::Base64Padding, 3)));
    assert_eq!(decode("M=Dk"), Err((ErrorKind::Base64Padding, 1)));
    assert_eq!(decode("MD=="), Err((ErrorKind::Base64Tail, 1)));
    assert_eq!(decode("MDl="), Err((ErrorKind::Base64Tail, 2)));
    let needed = GetCallInfo::new("MDlk").call_id().decode(&mut [0; 2]).unwrap_err();
    assert_eq!((needed.kind(), needed.needed()), (ErrorKind::BufferTooSmall, Some(3)));
}

#[test]
fn the_documented_call_id() {
    let input = include_bytes!("data/ok/documented-request.xml");
    let id = GetCallInfo::parse(input).unwrap().call_id();
    let mut out = [0; 384];
    let decoded = id.decode(&mut out).unwrap();
    assert_eq!(um_server(decoded), Some("df-eum-01.exchange.corp.microsoft.com"));
    // Written with references, it is the same.
    let written = String::from_utf8(input.to_vec()).unwrap().replace("MDlk", "&#x4D;D<![CDATA[l]]><!-- -->k");
    let again = GetCallInfo::parse(written.as_bytes()).unwrap().call_id();
    assert_eq!((again.as_str(), again.to_string()), (None, id.to_string()));
    let mut second = [0; 384];
    assert_eq!(again.decode(&mut second).unwrap(), decoded);
}

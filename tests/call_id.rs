//! Tests the base64 view of a CallId, and the server name in it.

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
    assert_eq!(decode("A==="), Err((ErrorKind::Base64Padding, 1)));
    assert_eq!(decode("AAAAA==="), Err((ErrorKind::Base64Padding, 5)));
    assert_eq!(decode("AAAA===="), Err((ErrorKind::Base64Padding, 4)));
    assert_eq!(decode(""), Ok(Vec::new()));
    for (text, length) in [("MDlk", 3), ("MDk=", 2), ("MA==", 1), ("MDlkMDlk", 6)] {
        for room in 0..length {
            let error = GetCallInfo::new(text).call_id().decode(&mut [0; 9][..room]).unwrap_err();
            // The offset is 0. `needed` tells how many bytes are needed.
            let expected = (ErrorKind::BufferTooSmall, 0, Some(length));
            assert_eq!((error.kind(), error.offset(), error.needed()), expected);
        }
        let room = &mut [0; 9][..length];
        assert_eq!(GetCallInfo::new(text).call_id().decode(room).map(|bytes| bytes.len()), Ok(length));
    }
}

#[test]
fn the_documented_call_id() {
    let input = include_bytes!("data/ok/documented-request.xml");
    let id = GetCallInfo::parse(input).unwrap().call_id();
    let mut out = [0; 384];
    let decoded = id.decode(&mut out).unwrap();
    assert_eq!(um_server(decoded), Some("df-eum-01.exchange.corp.microsoft.com"));
    // A CallId with references has the same value.
    let written = String::from_utf8(input.to_vec()).unwrap().replace("MDlk", "&#x4D;D<![CDATA[l]]><!-- -->k");
    let again = GetCallInfo::parse(written.as_bytes()).unwrap().call_id();
    assert_eq!((again.as_str(), again.to_string()), (None, id.to_string()));
    let mut second = [0; 384];
    assert_eq!(again.decode(&mut second).unwrap(), decoded);
}

#[test]
fn a_value_that_is_as_written_is_borrowed() {
    let input = include_str!("data/ok/wire-request.xml");
    for (written, value) in [
        ("MDlk", Some("MDlk")),
        (" é\n]] ", Some(" é\n]] ")),
        ("MDlk&#x3D;", None),
        ("MD<!---->lk", None),
        ("<![CDATA[MDlk]]>", None),
        ("MDlk\r\n", None),
    ] {
        let start = input.find("<CallId>").unwrap() + "<CallId>".len();
        let end = input.find("</CallId>").unwrap();
        let input = format!("{}{written}{}", &input[..start], &input[end..]);
        let id = GetCallInfo::parse(input.as_bytes()).unwrap().call_id();
        assert_eq!((id.as_str(), id.as_raw()), (value, written));
        assert_eq!(id.as_raw().as_ptr(), input[start..].as_ptr());
    }
    assert_eq!(GetCallInfo::new("a&b\r").call_id().as_str(), Some("a&b\r"));
}

/// The accepted form is a GUID in its usual form, one @, and a host name. A host name has labels of 1 to 63 characters,
/// and 253 characters in all.
#[test]
fn the_server_in_a_call_id() {
    const GUID: &str = "09df9edc-4e23-4709-BDAF-7be20cb0ae56";
    let label = "a".repeat(63);
    let longest = format!("{label}.{label}.{label}.{}", "b".repeat(253 - 3 * 64));
    for host in ["a", "um-01.example.com", "UM_1", "1.2.3.4", &label, &format!("{label}.x"), &longest] {
        assert_eq!(um_server(format!("{GUID}@{host}").as_bytes()), Some(host));
    }
    let hosts = ["", ".", "a.", ".a", "a..b", "a b", "a/b", "a:1", "a@b", "é", "a\0", &format!("{label}a")];
    let hosts = hosts.map(|host| format!("{GUID}@{host}")).into_iter();
    let guids = [
        "",
        &GUID[1..],
        &format!("{GUID}0"),
        &GUID.replace('-', "0"),
        &GUID.replace("-", ""),
        &GUID.replace("9d", "9g"),
        &GUID.replace("4e23", "4-23"),
        &format!("{}-", &GUID[..35]),
        &format!("{{{GUID}}}"),
    ];
    let guids = guids.map(|guid| format!("{guid}@um.example.com")).into_iter();
    let others = [GUID.to_string(), String::new(), format!("{GUID}@{longest}b")];
    for decoded in hosts.chain(guids).chain(others) {
        assert_eq!(um_server(decoded.as_bytes()), None, "{decoded}");
    }
    assert_eq!(um_server(format!("{GUID}@a").as_bytes()).map(str::len), Some(1));
    assert_eq!(um_server(&[GUID.as_bytes(), b"@a\xFF"].concat()), None);
    // Each dash is replaced by a digit, and each digit by a dash.
    for at in 0..GUID.len() {
        let other = if GUID.as_bytes()[at] == b'-' { "0" } else { "-" };
        let guid = format!("{}{other}{}", &GUID[..at], &GUID[at + 1..]);
        assert_eq!(um_server(format!("{guid}@a").as_bytes()), None, "{guid}");
    }
}

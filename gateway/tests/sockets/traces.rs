//! Tests that spans reach a collector, which is a stub on 127.0.0.1.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Duration;

use crate::process::{DOCUMENTED, Gateway, Mock, SOAP_1_1, call};

/// Starts a collector. Returns its endpoint, and a channel with the head and the body of each request.
fn collector() -> (String, mpsc::Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    let (to, from) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, mut bytes, mut buffer) = (stream.unwrap(), Vec::new(), [0; 65_536]);
            let body = loop {
                let read = stream.read(&mut buffer).unwrap();
                if read == 0 {
                    break None;
                }
                bytes.extend_from_slice(&buffer[..read]);
                let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
                let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
                let length =
                    head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
                if bytes.len() >= end + 4 + length.unwrap_or(0) {
                    break Some((head, bytes.split_off(end + 4)));
                }
            };
            if let Some(request) = body {
                let _ =
                    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                let _ = to.send(request);
            }
        }
    });
    (endpoint, from)
}

#[cfg(feature = "otlp")]
#[test]
fn spans_reach_a_collector() {
    let (endpoint, spans) = collector();
    let mock = Mock::start();
    let mut gateway =
        Gateway::start(&[mock.address], &format!("[traces]\nendpoint = \"{endpoint}\"\npercent = 0\n"));
    let trace: Vec<u8> = (1..=16).collect();
    let name = trace.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let sampled = format!("traceparent: 00-{name}-b7ad6b7169203331-01\r\n");
    let answer = gateway.client().post(&call(SOAP_1_1, DOCUMENTED), &sampled);
    let id = u64::from_str_radix(answer.header("x-request-id").unwrap(), 16).unwrap().to_be_bytes();
    // The client of the second request has decided against a trace. The third request belongs to no trace, and
    // `percent = 0` records none of those.
    let unsampled = sampled.replace("-01\r\n", "-00\r\n");
    gateway.client().post(&call(SOAP_1_1, "unsampled"), &unsampled);
    gateway.post(&call(SOAP_1_1, "unnamed"));
    gateway.metric_becomes("umsoap_gateway_request_seconds_count", 3.0);
    gateway.process.signal("TERM");
    assert!(gateway.process.ended());
    let (head, body) = spans.recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(head.starts_with("post /v1/traces") && head.contains("application/x-protobuf"), "{head}");
    let count = |part: &[u8]| body.windows(part.len()).filter(|window| *window == part).count();
    assert_eq!((count(&trace), count(&id)), (1, 1));
    assert_eq!(count(&0xb7ad_6b71_6920_3331_u64.to_be_bytes()), 1);
    for text in [
        "umsoap-gateway",
        "umsoap.outcome",
        "answered",
        "umsoap.operation",
        "GetCallInfo",
        "um-0",
        "client.address",
        "127.0.0.1",
    ] {
        assert!(count(text.as_bytes()) >= 1, "{text}");
    }
    assert_eq!(count(b"upstream_fault"), 0);
    assert!(spans.recv_timeout(Duration::from_millis(200)).is_err());
}

#[cfg(feature = "otlp")]
#[test]
fn a_collector_that_hangs_holds_nothing_up() {
    // The collector accepts connections and never answers.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    let mock = Mock::start();
    let mut gateway =
        Gateway::start(&[mock.address], &format!("[traces]\nendpoint = \"{endpoint}\"\npercent = 100\n"));
    let mut client = gateway.client();
    for _ in 0..3000 {
        assert_eq!(client.post(&call(SOAP_1_1, DOCUMENTED), "").status, 200);
    }
    gateway.process.signal("TERM");
    assert!(gateway.process.ended());
}

#[cfg(not(feature = "otlp"))]
#[test]
fn a_build_without_traces_says_so() {
    let (endpoint, _) = collector();
    let folder = crate::process::folder();
    let file = folder.join("gateway.toml");
    let extra = format!("[traces]\nendpoint = \"{endpoint}\"\n");
    std::fs::write(&file, crate::process::config(&["127.0.0.1:1".parse().unwrap()], "127.0.0.1:0", &extra))
        .unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_umsoap-gateway"))
        .arg("--config")
        .arg(&file)
        .output()
        .unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        error.contains("gateway.toml:12: `traces.endpoint`") && error.contains("--features otlp"),
        "{error}"
    );
    let _ = (call(SOAP_1_1, DOCUMENTED), Duration::ZERO);
    let _: Option<(Gateway, Mock)> = None;
}

//! Tests of the log: it never blocks, it holds no secret, and it names the client.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::process::{Client, DOCUMENTED, Gateway, Mock, SOAP_1_1, call, config, folder, post, seen};

fn access(line: &str) -> serde_json::Value {
    serde_json::from_str(line).unwrap()
}

#[test]
fn a_reader_that_stops_does_not_stop_the_service() {
    let mock = Mock::start();
    // The ports are chosen here, because nobody reads the log, which would name them.
    let free = || {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let (listen, admin) = (free(), free());
    let text = config(&[mock.address], &listen.to_string(), "").replacen(
        "[admin]\nlisten = \"127.0.0.1:0\"",
        &format!("[admin]\nlisten = \"{admin}\""),
        1,
    );
    let file = folder().join("gateway.toml");
    std::fs::write(&file, text).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_umsoap-gateway"))
        .arg("--config")
        .arg(&file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let pipe = child.stdout.take().unwrap();
    let start = std::time::Instant::now();
    while std::net::TcpStream::connect(listen).is_err() {
        assert!(start.elapsed().as_secs() < 20);
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    // The pipe holds 64 KiB, which are some 160 lines, and the queue holds 16,384 lines. 20,000 refusals exceed both.
    // Refusals are the cheapest requests that write a line.
    let request = "GET /x HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100);
    let mut client = Client::connect(listen);
    for _ in 0..200 {
        client.stream.write_all(request.as_bytes()).unwrap();
        for _ in 0..100 {
            assert_eq!(client.answer().unwrap().status, 404);
        }
    }
    assert_eq!(Client::connect(listen).post(&call(SOAP_1_1, DOCUMENTED), "").status, 200);
    let metrics = Client::connect(admin).exchange(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").text();
    let name = "umsoap_gateway_log_lines_dropped_total ";
    let dropped: f64 = metrics.lines().find_map(|line| line.strip_prefix(name)).unwrap().parse().unwrap();
    assert!(dropped > 1000.0, "{dropped}");
    // The end of the process does not wait for the reader either.
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    let start = std::time::Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed().as_secs() > 10 {
            child.kill().unwrap();
            panic!("it does not end");
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    drop(pipe);
}

#[test]
fn garbage_does_not_get_into_the_log() {
    let mock = Mock::start();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = folder();
    let (chain, key) = (folder.join("chain.pem"), folder.join("key.pem"));
    std::fs::write(&chain, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let tls =
        format!("[server]\ntls_certificate = \"{}\"\ntls_key = \"{}\"\n", chain.display(), key.display());
    for access in [false, true] {
        let extra = format!("[log]\naccess = {access}\n");
        let text = config(&[mock.address], "127.0.0.1:0", &extra).replacen("[server]\n", &tls, 1);
        let mut gateway = Gateway::start_with(&text, &[]);
        for garbage in [
            "GET / HTTP/1.1\r\nAuthorization: Basic c2VjcmV0\r\nBad Header: c2VjcmV0\r\n\r\n",
            "c2VjcmV0\r\n\r\n",
            "GET /c2VjcmV0 HTTP/9.9\r\nAuthorization: Basic c2VjcmV0\r\n\r\n",
        ] {
            let _ = Client::connect(gateway.admin).stream.write_all(garbage.as_bytes());
            let _ = Client::connect(gateway.listen).stream.write_all(garbage.as_bytes());
        }
        gateway.metric_becomes("umsoap_gateway_connections_refused_total{reason=\"tls\"}", 3.0);
        gateway.process.signal("TERM");
        assert!(gateway.process.ended());
        gateway.process.last_line(|line| line.contains("\"ended\""));
        let lines = gateway.process.lines.lock().unwrap().clone();
        assert!(!lines.iter().any(|line| line.contains("c2VjcmV0")), "{lines:?}");
        let about_tls = lines.iter().filter(|line| line.contains("no_tls")).count();
        assert_eq!(about_tls, if access { 3 } else { 0 }, "{lines:?}");
        assert_eq!(lines.len(), 3 + about_tls, "ready, ending, ended: {lines:?}");
    }
}

#[test]
fn a_request_has_an_id_and_a_trace() {
    let mock = Mock::start();
    let mut gateway = Gateway::start(&[mock.address], "");
    let mut client = gateway.client();
    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const PARENT: &str = "b7ad6b7169203331";
    let named = format!("traceparent: 00-{TRACE}-{PARENT}-01\r\ntracestate: a=b\r\nX-Mock-Log: 1\r\n");
    let first = client.post(&call(SOAP_1_1, DOCUMENTED), &named);
    let second = client.post(&call(SOAP_1_1, DOCUMENTED), "tracestate: a=b\r\nX-Mock-Log: 1\r\n");
    client.post(&call(SOAP_1_1, DOCUMENTED), "");
    gateway.process.line(|line| line.contains("umsoap_gateway::access"));
    gateway.metric_becomes("umsoap_gateway_request_seconds_count", 3.0);
    let mut lines = Vec::new();
    let start = std::time::Instant::now();
    while lines.len() < 3 {
        assert!(start.elapsed().as_secs() < 20);
        let all = gateway.process.lines.lock().unwrap().clone();
        lines = all.iter().filter(|l| l.contains("umsoap_gateway::access")).map(|l| access(l)).collect();
    }
    let id = first.header("x-request-id").unwrap();
    assert_eq!((&lines[0]["trace"], &lines[0]["parent"]), (&TRACE.into(), &PARENT.into()));
    assert_eq!(lines[0]["request"], id);
    let log = mock.log();
    assert_eq!(seen(&log[0], "traceparent"), Some(format!("00-{TRACE}-{id}-01").as_str()));
    assert_eq!((seen(&log[0], "x-request-id"), seen(&log[0], "tracestate")), (Some(id), Some("a=b")));
    // A request without `traceparent` begins a trace. The `tracestate` of another trace does not travel with it.
    let made = seen(&log[1], "traceparent").unwrap();
    let other = second.header("x-request-id").unwrap();
    assert!(made.ends_with(&format!("-{other}-00")) && !made.contains(TRACE), "{made}");
    assert_eq!(seen(&log[1], "tracestate"), None);
    assert_eq!(lines[1]["trace"], made[3..35]);
    assert!(lines[1]["parent"].is_null());
}

#[test]
fn the_log_names_the_client_behind_trusted_proxies() {
    let mock = Mock::start();
    for (listen, connect) in [("127.0.0.1:0", "127.0.0.1"), ("[::]:0", "127.0.0.1")] {
        let extra = "[request]\ntrusted_proxies = [\"127.0.0.0/8\", \"10.0.0.0/8\"]\n";
        let mut gateway = Gateway::start_with(&config(&[mock.address], listen, extra), &[]);
        let address = format!("{connect}:{}", gateway.listen.port()).parse().unwrap();
        let forwarded = "X-Forwarded-For: 6.6.6.6, ::ffff:203.0.113.7, 10.1.1.1\r\n";
        let request = post(&call(SOAP_1_1, DOCUMENTED), forwarded);
        assert_eq!(Client::connect(address).exchange(request.as_bytes()).status, 200);
        let line = gateway.process.line(|line| line.contains("umsoap_gateway::access"));
        assert_eq!(access(&line)["client"], "203.0.113.7", "{listen}");
        // The header of a proxy that is not trusted is ignored.
        let mut gateway = Gateway::start_with(&config(&[mock.address], listen, ""), &[]);
        let address = format!("{connect}:{}", gateway.listen.port()).parse().unwrap();
        assert_eq!(Client::connect(address).exchange(request.as_bytes()).status, 200);
        let line = gateway.process.line(|line| line.contains("umsoap_gateway::access"));
        assert_eq!(access(&line)["client"], "127.0.0.1", "{listen}");
    }
}

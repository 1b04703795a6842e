//! Tests of hostile clients, also behind another proxy: the framing of messages, headers that servers believe, and slow
//! connections.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use crate::process::{
    Answer, Client, DOCUMENTED, Gateway, MESSAGES, Mock, PATH, SOAP_1_1, call, envelope, post, seen,
};

/// Returns a request that must never arrive. It stands in the body of another request, or after that body.
fn smuggled() -> String {
    post(&call(SOAP_1_1, "smuggled"), "X-Mock-Log: smuggled\r\n")
}

fn chunked(headers: &str, body: &str) -> String {
    format!(
        "POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n{headers}\r\n{body}"
    )
}

/// Sends bytes and returns all answers until the connection ends.
fn answers(gateway: &Gateway, bytes: &str) -> Vec<Answer> {
    let mut client = gateway.client();
    // The gateway may have closed the connection before the last byte.
    let _ = client.stream.write_all(bytes.as_bytes());
    let _ = client.stream.shutdown(std::net::Shutdown::Write);
    std::iter::from_fn(|| client.answer()).collect()
}

#[test]
fn nothing_is_smuggled_past_the_end_of_a_body() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "[request]\nhead_ms = 1000\nbody_ms = 1000\n");
    let good = call(SOAP_1_1, DOCUMENTED);
    let chunk = format!("{:x}\r\n{good}\r\n", good.len());
    let smuggled = smuggled();
    let plain = |line: &str| {
        format!("POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n{line}\r\n{good}{smuggled}")
    };
    let length = format!("Content-Length: {}\r\n", good.len());
    for (what, request) in [
        // Another reader may take the line feed inside the extension for the end of the size line.
        ("line feed in an extension", chunked("", &format!("{:x};\n{chunk}0\r\n\r\n{smuggled}", good.len()))),
        ("chunks and what follows", chunked("", &format!("{chunk}0\r\n\r\n{smuggled}"))),
        ("extension", chunked("", &format!("{:x};a=\"\r\n{good}\r\n0\r\n\r\n{smuggled}", good.len()))),
        ("no size", chunked("", &format!("\r\n\r\n{smuggled}"))),
        ("size 0x", chunked("", &format!("0x0\r\n\r\n{smuggled}"))),
        ("negative size", chunked("", &format!("-1\r\n\r\n{smuggled}"))),
        ("huge size", chunked("", &format!("fffffffffffffffff\r\n{smuggled}"))),
        ("size that wraps", chunked("", &format!("ffffffffffffffff\r\n{smuggled}"))),
        ("chunk without its end", chunked("", &format!("{:x}\r\n{good}0\r\n\r\n{smuggled}", good.len()))),
        ("trailers", chunked("", &format!("{chunk}0\r\nContent-Length: 5\r\n\r\n{smuggled}"))),
        ("length and chunks", chunked("Content-Length: 3\r\n", &format!("{chunk}0\r\n\r\n{smuggled}"))),
        ("chunks of 1.0", chunked("", &format!("{chunk}0\r\n\r\n{smuggled}")).replacen("1.1", "1.0", 1)),
        ("folded coding", plain(&format!("{length}Transfer-Encoding:\r\n chunked\r\n"))),
        ("folded length", plain("Content-Length:\r\n 5\r\n")),
        ("blank before the colon", plain(&format!("{length}Transfer-Encoding : chunked\r\n"))),
        ("coding in quotes", plain(&format!("{length}Transfer-Encoding: \"chunked\"\r\n"))),
        ("unknown coding", plain("Transfer-Encoding: xchunked\r\n")),
        ("coding with a tab", plain("Transfer-Encoding: \x0bchunked\r\n")),
        ("identity at last", plain("Transfer-Encoding: chunked, identity\r\n")),
        ("signed length", plain(&format!("Content-Length: +{}\r\n", good.len()))),
        ("length in hex", plain("Content-Length: 0x10\r\n")),
        ("two lengths", plain(&format!("{length}Content-Length: 5\r\n"))),
        ("length with a nul", plain("Content-Length: 5\0\r\n")),
        ("bare line feeds", plain(&length).replacen("\r\n", "\n", 4)),
        ("a bare line feed", plain(&format!("X: a\n{length}"))),
        ("a bare carriage return", plain(&format!("X: a\rTransfer-Encoding: chunked\r\n{length}"))),
        (
            "upgrade",
            plain(&format!(
                "Content-Type: text/plain\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{length}"
            )),
        ),
    ] {
        let all = answers(&gateway, &request);
        assert_eq!(all.len(), 1, "{what}: {all:?}");
        assert_eq!(all[0].header("connection"), Some("close"), "{what}");
    }
    assert!(mock.log().is_empty());
    // The bytes after a body with a Content-Length are a second request of the client.
    assert_eq!(answers(&gateway, &plain(&length)).len(), 2);
    assert_eq!(mock.log().len(), 1);
    // The log holds no text of a client.
    gateway.process.signal("TERM");
    gateway.process.last_line(|line| line.contains("\"ended\""));
    let lines = gateway.process.lines.lock().unwrap();
    assert!(lines.len() > 20 && !lines.iter().any(|line| line.contains("smuggled")), "{lines:?}");
}

#[test]
fn an_answer_to_head_has_no_body() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "");
    let head = format!("HEAD {PATH} HTTP/1.1\r\nHost: x\r\n\r\n");
    let mut client = gateway.client();
    client.stream.write_all(head.as_bytes()).unwrap();
    client.stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    client.stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 405") && answer.ends_with("\r\n\r\n"), "{answer}");
}

#[test]
fn a_request_names_its_host_and_its_user_once() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "");
    let good = post(&call(SOAP_1_1, DOCUMENTED), "X-Mock-Log: 1\r\n");
    let basic = "Authorization: Basic dTpw\r\n";
    for (what, request, status) in [
        ("no host", good.replacen("Host: x\r\n", "", 1), 400),
        ("two hosts", good.replacen("Host: x\r\n", "Host: x\r\nHost: y\r\n", 1), 400),
        ("two users", good.replacen("Host", &format!("{basic}{basic}Host"), 1), 400),
        ("NTLM behind Basic", good.replacen("Host", "Authorization: Basic dTpw, NTLM TlRM\r\nHost", 1), 401),
        ("Negotiate's extension", good.replacen("Host", "Authorization: Nego2 TlRM\r\nHost", 1), 401),
    ] {
        let answer = gateway.client().exchange(request.as_bytes());
        assert_eq!((answer.status, answer.fault().1.as_str()), (status, "Client"), "{what}");
    }
    assert!(mock.log().is_empty());
    // A request of HTTP/1.0 needs no Host.
    let old = good.replacen("Host: x\r\n", "", 1).replacen("HTTP/1.1", "HTTP/1.0", 1);
    assert_eq!(gateway.client().exchange(old.as_bytes()).status, 200);
}

#[test]
fn headers_that_servers_obey_do_not_travel() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "");
    let names = [
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-HTTP-Method-Override",
        "X-HTTP-Method",
        "X-Method-Override",
        "X-Forwarded-Host",
        "X_Forwarded_For",
        "X-Original-Host",
        "X-Real-IP",
        "X-Client-IP",
        "True-Client-IP",
        "Front-End-Https",
        "Proxy",
    ];
    let headers: String = names.iter().map(|name| format!("{name}: evil\r\n")).collect();
    let answer = gateway.client().post(&call(SOAP_1_1, DOCUMENTED), &format!("{headers}X-Mock-Log: 1\r\n"));
    assert_eq!(answer.status, 200);
    let log = mock.log();
    assert_eq!((log[0]["method"].as_str(), log[0]["path"].as_str()), (Some("POST"), Some(PATH)));
    for name in names {
        assert_eq!(seen(&log[0], &name.to_lowercase()), None, "{name}");
    }
    assert!(!log[0].to_string().contains("evil"));
}

#[test]
fn a_head_has_a_limit() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "[request]\nhead_bytes = 2000\nhead_ms = 5000\n");
    let long =
        |bytes: usize| post(&call(SOAP_1_1, DOCUMENTED), &format!("X-Long: {}\r\n", "y".repeat(bytes)));
    let mut client = gateway.client();
    for _ in 0..2 {
        assert_eq!(client.exchange(long(1500).as_bytes()).status, 200);
    }
    // A head that is too long is refused before its end has come, also if it has a hundred times the limit.
    let answer = client.exchange(&long(3000).as_bytes()[..2500]);
    assert_eq!((answer.status, answer.fault().1.as_str()), (431, "Client"));
    assert!(client.is_closed());
    assert_eq!(gateway.client().exchange(long(200_000).as_bytes()).status, 431);
    let many = post(&call(SOAP_1_1, DOCUMENTED), &"X: y\r\n".repeat(300));
    assert_eq!(gateway.client().exchange(many.as_bytes()).status, 400);
}

#[test]
fn connections_have_a_limit() {
    let mock = Mock::start();
    let text = crate::process::config(&[mock.address], "127.0.0.1:0", "").replacen(
        "[server]\n",
        "[server]\nconnections = 3\n",
        1,
    );
    let gateway = Gateway::start_with(&text, &[]);
    gateway.metric_becomes("umsoap_gateway_connections", 0.0);
    let request = post(&call(SOAP_1_1, DOCUMENTED), "");
    let mut kept: Vec<Client> = (0..3).map(|_| gateway.client()).collect();
    for client in &mut kept {
        assert_eq!(client.exchange(request.as_bytes()).status, 200);
    }
    gateway.metric_becomes("umsoap_gateway_connections", 3.0);
    let mut more = gateway.client();
    let answer = more.exchange(request.as_bytes());
    assert_eq!((answer.status, answer.fault().1.as_str()), (503, "Server"), "{answer:?}");
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert!(more.is_closed());
    assert_eq!(gateway.metric("umsoap_gateway_connections_refused_total{reason=\"all\"}"), 1.0);
    gateway.metric_becomes("umsoap_gateway_connections", 3.0);
    // The other connections are served as before. A connection that ends makes room for a new one.
    assert_eq!(kept[0].exchange(request.as_bytes()).status, 200);
    drop(kept.pop());
    gateway.metric_becomes("umsoap_gateway_connections", 2.0);
    assert_eq!(gateway.client().exchange(request.as_bytes()).status, 200);
}

#[test]
fn promised_bytes_take_no_memory_from_others() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "[request]\nbody_bytes = 1000\nbuffered_bytes = 3000\n");
    // Five clients promise 5,000 bytes of bodies together and send heads alone.
    let promise =
        format!("POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: 1000\r\n\r\n");
    let promising: Vec<Client> = (0..5)
        .map(|_| {
            let mut client = gateway.client();
            client.stream.write_all(promise.as_bytes()).unwrap();
            client
        })
        .collect();
    gateway.metric_becomes("umsoap_gateway_in_flight", 5.0);
    assert_eq!(gateway.post(&call(SOAP_1_1, DOCUMENTED)).status, 200);
    drop(promising);
}

/// Sends requests and reads no answer, until the gateway ends the connection.
fn is_left(mut lazy: Client) {
    // The requests have no body, because the refusal of a request that has one may end the connection, too.
    let requests = "GET /other HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100);
    lazy.stream.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
    let start = Instant::now();
    let mut at = 0;
    loop {
        // A slow gateway reads the rest later. A gateway that waits until its answers are read never reads it.
        match lazy.stream.write(&requests.as_bytes()[at..]) {
            Ok(written) => at = (at + written) % requests.len(),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
        assert!(start.elapsed() < Duration::from_secs(40), "the connection is kept");
    }
}

#[test]
fn who_does_not_read_is_left() {
    let mock = Mock::start();
    // Only write_ms can end a connection within the time of this test.
    let keys = "[request]\nwrite_ms = 500\nhead_ms = 600000\nbody_ms = 600000\nidle_ms = 600000\n";
    let gateway = Gateway::start(&[mock.address], keys);
    let lazy: Vec<_> = (0..4).map(|_| gateway.client()).collect();
    std::thread::scope(|scope| {
        for client in lazy {
            scope.spawn(|| is_left(client));
        }
    });
    gateway.metric_becomes("umsoap_gateway_connections", 0.0);
    gateway.metric_becomes("umsoap_gateway_in_flight", 0.0);
    let left = gateway.metric("umsoap_gateway_requests_total{kind=\"Answer\",outcome=\"client_gone\"}");
    assert!(left >= 4.0, "{left}: {}", gateway.metrics());
}

/// Starts an upstream that answers each request with these bytes and keeps its connections. Returns its address.
fn upstream(reply: String) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, reply) = (stream.unwrap(), reply.clone());
            std::thread::spawn(move || {
                let (mut request, mut piece) = (Vec::new(), [0; 4096]);
                while let Ok(read @ 1..) = stream.read(&mut piece) {
                    request.extend_from_slice(&piece[..read]);
                    if request.ends_with(b"Envelope>") {
                        request.clear();
                        let _ = stream.write_all(reply.as_bytes());
                    }
                }
            });
        }
    });
    address
}

fn reply(body: &str) -> String {
    let message = envelope(SOAP_1_1, "", body);
    let length = message.len();
    format!("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\n\r\n{message}")
}

#[test]
fn an_answer_holds_its_memory_until_it_was_read() {
    let large = format!("<Large>{}</Large>", "x".repeat(8_000_000));
    let keys = "[request]\nwrite_ms = 3000\nother_operations = \"original\"\nbuffered_bytes = 12000000\n\
        [reply]\nbody_bytes = 9000000\n[forwarding]\nhealth_ms = 0\n";
    let gateway = Gateway::start(&[upstream(reply(&large))], keys);
    let ask = envelope(SOAP_1_1, "", "<Give/>");
    let mut lazy = gateway.client();
    lazy.stream.write_all(post(&ask, "").as_bytes()).unwrap();
    gateway.metric_becomes("umsoap_gateway_upstream_seconds_count{upstream=\"um-0\"}", 1.0);
    assert_eq!(gateway.post(&ask).status, 503);
    // After write_ms the gateway gives up the answer that nobody reads.
    gateway.metric_becomes("umsoap_gateway_in_flight", 0.0);
    assert_eq!(gateway.post(&ask).status, 200);
}

#[test]
fn bytes_after_a_reply_answer_nobody() {
    let state = |state: &str| {
        format!(
            "<GetCallInfoResponse xmlns=\"{MESSAGES}\"><CallState>{state}</CallState><EventCause>None</EventCause>\
             </GetCallInfoResponse>"
        )
    };
    // If the connection were used again, another user's request would get the second reply.
    let twice = reply(&state("Connected")) + &reply(&state("Idle"));
    let gateway = Gateway::start(&[upstream(twice)], "[forwarding]\nhealth_ms = 0\n");
    for _ in 0..10 {
        assert_eq!(gateway.post(&call(SOAP_1_1, DOCUMENTED)).state().0, "Connected");
    }
}

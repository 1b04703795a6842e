//! Tests of requests that arrive cut anywhere, in chunks, in a row, slowly, or large.

use std::io::Write as _;
use std::net::Shutdown;
use std::time::{Duration, Instant};

use crate::process::{Client, DOCUMENTED, Gateway, Mock, PATH, SOAP_1_1, SOAP_1_2, call, post};

fn connected(answer: &crate::process::Answer) {
    assert_eq!(answer.state(), ("Connected".to_owned(), "None".to_owned()));
}

#[test]
fn a_message_may_be_cut_anywhere() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "");
    for soap in [SOAP_1_1, SOAP_1_2] {
        let request = post(&call(soap, DOCUMENTED), "");
        // The answer to a request in two pieces, over a kept connection, does not depend on the cut.
        let mut client = gateway.client();
        for cut in 1..request.len() {
            client.stream.write_all(&request.as_bytes()[..cut]).unwrap();
            std::thread::sleep(Duration::from_micros(300));
            connected(&client.exchange(&request.as_bytes()[cut..]));
        }
    }
}

#[test]
fn a_message_that_ends_early_is_never_answered_as_a_whole_one() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "");
    let message = call(SOAP_1_1, DOCUMENTED);
    let request = post(&message, "X-Mock-Log: 1\r\n");
    let head = request.len() - message.len();
    for cut in 0..request.len() {
        let mut client = gateway.client();
        client.stream.write_all(&request.as_bytes()[..cut]).unwrap();
        client.stream.shutdown(Shutdown::Write).unwrap();
        match client.answer() {
            // A client whose head was complete gets an answer.
            Some(answer) => {
                assert!(cut >= head, "{cut}");
                assert_eq!((answer.status, answer.fault().1.as_str()), (400, "Client"), "{cut}");
            }
            None => assert!(cut < head, "{cut}"),
        }
        // The message's beginning is sent in chunks without the last chunk, and as a complete body.
        if cut > head {
            let part = &message[..cut - head];
            let chunked = format!(
                "POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{part}\r\n",
                part.len()
            );
            let mut client = gateway.client();
            client.stream.write_all(chunked.as_bytes()).unwrap();
            client.stream.shutdown(Shutdown::Write).unwrap();
            assert_eq!(client.answer().unwrap().status, 400, "{cut}");
            let answer = gateway.client().post(part, "X-Mock-Log: 1\r\n");
            assert_eq!((answer.status, answer.fault().1.as_str()), (500, "Client"), "{cut}");
        }
    }
    assert!(mock.log().is_empty());
}

#[test]
fn connections_are_kept_and_requests_may_be_pipelined() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "");
    let mut client = gateway.client();
    let (good, bad) = (post(&call(SOAP_1_1, DOCUMENTED), ""), post("<a/>", ""));
    for _ in 0..5 {
        connected(&client.exchange(good.as_bytes()));
        // The connection stays usable after a refusal, too.
        assert_eq!(client.exchange(bad.as_bytes()).status, 500);
    }
    let row: String = (0..10).map(|i| if i % 2 == 0 { good.as_str() } else { bad.as_str() }).collect();
    client.stream.write_all(row.as_bytes()).unwrap();
    for i in 0..10 {
        assert_eq!(client.answer().unwrap().status, if i % 2 == 0 { 200 } else { 500 }, "{i}");
    }
    // The gateway closes the connection after `Connection: close`, and after HTTP/1.0 without keep-alive.
    let mut client = gateway.client();
    let answer = client.post(&call(SOAP_1_1, DOCUMENTED), "Connection: close\r\n");
    assert_eq!(answer.header("connection"), Some("close"));
    assert!(client.is_closed());
    for (headers, kept) in [("", false), ("Connection: keep-alive\r\n", true)] {
        let mut client = gateway.client();
        let old = post(&call(SOAP_1_1, DOCUMENTED), headers).replace("HTTP/1.1", "HTTP/1.0");
        connected(&client.exchange(old.as_bytes()));
        if kept {
            connected(&client.exchange(old.as_bytes()));
        } else {
            assert!(client.is_closed());
        }
    }
}

#[test]
fn chunks_and_expectations() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "");
    let message = call(SOAP_1_1, DOCUMENTED);
    let head = format!("POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n");
    for size in [1, 2, 7, 100, 10_000] {
        let chunks: String = message
            .as_bytes()
            .chunks(size)
            .map(|c| format!("{:x};x=y\r\n{}\r\n", c.len(), std::str::from_utf8(c).unwrap()))
            .collect();
        for trailer in ["", "X-Trailer: x\r\nContent-Length: 5\r\n"] {
            let request = format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunks}0\r\n{trailer}\r\n");
            let mut client = gateway.client();
            let answer = client.exchange(request.as_bytes());
            connected(&answer);
            assert_eq!(answer.header("connection"), Some("close"));
            assert!(client.is_closed());
        }
    }
    let mut client = gateway.client();
    let expecting = format!("{head}Expect: 100-continue\r\nContent-Length: {}\r\n\r\n", message.len());
    client.stream.write_all(expecting.as_bytes()).unwrap();
    assert_eq!(client.any_answer().unwrap().status, 100);
    connected(&client.exchange(message.as_bytes()));
    // HTTP/1.0 has no status 100, so the expectation is ignored.
    let mut client = gateway.client();
    let old = format!("{expecting}{message}").replacen("HTTP/1.1", "HTTP/1.0", 1);
    client.stream.write_all(old.as_bytes()).unwrap();
    let answer = client.any_answer().unwrap();
    assert_eq!(answer.status, 200);
    // A request that is refused for its head gets no 100, and the gateway does not wait for the body.
    let refused = expecting.replace("text/xml", "text/html");
    let mut client = gateway.client();
    client.stream.write_all(refused.as_bytes()).unwrap();
    let answer = client.any_answer().unwrap();
    assert_eq!((answer.status, answer.header("connection")), (415, Some("close")));
}

#[test]
fn slow_senders_are_told_and_left() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "[request]\nhead_ms = 300\nbody_ms = 300\nidle_ms = 600\n");
    let request = post(&call(SOAP_1_1, DOCUMENTED), "");
    let slowly = |client: &mut Client, from: usize| {
        let start = Instant::now();
        for byte in request.as_bytes()[from..].chunks(1) {
            if client.stream.write_all(byte).is_err() || start.elapsed() > Duration::from_millis(900) {
                break;
            }
            std::thread::sleep(Duration::from_millis(30));
        }
    };
    let head = request.find("\r\n\r\n").unwrap() + 4;
    for sent in [0, 10, head, head + 20] {
        let mut client = gateway.client();
        client.stream.write_all(&request.as_bytes()[..sent]).unwrap();
        let start = Instant::now();
        slowly(&mut client, sent);
        let answer = client.answer().unwrap();
        assert_eq!((answer.status, answer.fault().1.as_str()), (408, "Client"), "{sent}");
        assert!(start.elapsed() < Duration::from_secs(5));
        assert!(client.is_closed());
    }
    // The limits also hold for later requests of a connection. Here one begins in one piece with the request before it.
    for sent in [1, 10, head, head + 20] {
        let mut client = gateway.client();
        connected(&client.exchange(request.as_bytes()));
        client.stream.write_all(format!("{request}{}", &request[..sent]).as_bytes()).unwrap();
        connected(&client.answer().unwrap());
        slowly(&mut client, sent);
        let answer = client.answer().unwrap();
        assert_eq!((answer.status, answer.fault().1.as_str()), (408, "Client"), "{sent}");
        assert!(client.is_closed());
    }
    // A connection that waits for its next request is closed without an answer.
    let mut client = gateway.client();
    connected(&client.exchange(request.as_bytes()));
    assert!(client.answer().is_none());
}

#[test]
fn large_messages_arrive_whole() {
    let mock = Mock::start();
    for forward in ["canonical", "original"] {
        let extra = format!("[request]\nforward = \"{forward}\"\nbody_bytes = 1048576\n");
        let gateway = Gateway::start(&[mock.address], &extra);
        let message = call(SOAP_1_1, DOCUMENTED);
        for size in [65_535, 65_536, 65_537, 1 << 20] {
            let padded = message
                .replace("<s:Body>", &format!("<!--{}--><s:Body>", "x".repeat(size - message.len() - 7)));
            assert_eq!(padded.len(), size);
            connected(&gateway.client().post(&padded, "X-Mock-Log: 1\r\n"));
            let log = mock.log();
            let seen = log.last().unwrap();
            let length: usize = crate::process::seen(seen, "content-length").unwrap().parse().unwrap();
            if forward == "original" {
                assert_eq!(length, size);
                let body = seen["body"].as_str().unwrap();
                assert_eq!(body, &padded[..size.min(65_536)]);
            } else {
                assert!(length < 600, "{length}");
            }
        }
        let long = format!("{message}{}", " ".repeat((1 << 20) + 1 - message.len()));
        assert_eq!(gateway.client().post(&long, "").status, 413);
    }
}

#[test]
fn a_bad_message_is_refused_at_the_byte_that_breaks_it() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "");
    let message = call(SOAP_1_2, DOCUMENTED).replace("<GetCallInfo", "<?pi?><GetCallInfo");
    let broken = message.find("<?pi").unwrap() + 3;
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/soap+xml\r\nContent-Length: {}\r\n\r\n",
        message.len()
    );
    let mut client = gateway.client();
    client.stream.write_all(format!("{head}{}", &message[..broken - 1]).as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(50));
    // The answer comes although the rest of the message is never sent.
    let answer = client.exchange(&message.as_bytes()[broken - 1..broken]);
    assert_eq!((answer.status, answer.fault().0, answer.header("connection")), (400, "1.2", Some("close")));
    assert!(answer.text().contains("a processing instruction"), "{}", answer.text());
}

#[test]
fn chunk_extensions_are_bounded() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "");
    let message = call(SOAP_1_1, DOCUMENTED);
    let chunked = |extension: &str| {
        let chunk = |byte: char| format!("1;a={extension}\r\n{byte}\r\n");
        let chunks: String = message.chars().map(chunk).collect();
        format!(
            "POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nX-Mock-Log: 1\r\n\
             Transfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n"
        )
    };
    assert_eq!(gateway.client().exchange(chunked("b").as_bytes()).status, 200);
    assert_eq!(mock.log().len(), 1);
    // Each extension is shorter than the engine's own bound for one extension.
    let mut client = gateway.client();
    let request = chunked(&"b".repeat(6000));
    assert!(request.len() > 1_000_000);
    // The gateway does not read the whole request, so that the write may fail.
    let _ = client.stream.write_all(request.as_bytes());
    let answer = client.answer().unwrap();
    assert_eq!((answer.status, answer.fault().1.as_str()), (400, "Client"), "{}", answer.text());
    assert!(client.is_closed());
    let count = "umsoap_gateway_requests_total{kind=\"ChunkExtensions\",outcome=\"http\"}";
    gateway.metric_becomes(count, 1.0);
    assert_eq!(mock.log().len(), 1);
}

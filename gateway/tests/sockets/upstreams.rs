//! Tests of upstreams that answer well, badly, or not at all.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use crate::process::{
    DOCUMENTED, Gateway, Local as _, MESSAGES, Mock, SOAP_1_1, SOAP_1_2, call, envelope, seen,
};
use crate::server::{Act, Server, XML, connected, reply};

#[test]
fn replies_are_written_anew() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "");
    for soap in [SOAP_1_1, SOAP_1_2] {
        for state in [
            "Idle",
            "Connecting",
            "Alerted",
            "Connected",
            "Disconnected",
            "Incoming",
            "Transferring",
            "Forwarding",
        ] {
            for cause in ["None", "UserBusy", "NoAnswer", "Unavailable", "Other"] {
                let answer = gateway.post(&call(soap, &format!("mock:state:{state}:{cause}")));
                assert_eq!(answer.state(), (state.to_owned(), cause.to_owned()));
                assert!(answer.text().contains(soap));
            }
        }
        // The form of a reply does not matter.
        for sort in ["chunked", "v12", "header", "large:9000", "slow:50"] {
            let answer = gateway.post(&call(soap, &format!("mock:{sort}")));
            assert_eq!(answer.state().0, "Connected", "{sort}");
            assert!(answer.text().contains(soap) && !answer.text().contains("Header"), "{sort}");
            assert_eq!(answer.header("content-type"), Some(crate::process::media(soap)));
            assert_eq!(answer.body.len(), if soap == SOAP_1_1 { 363 } else { 361 });
        }
        // The documentation has an example with `https:` in the namespace, by mistake. The answer to such a request has
        // `https:`, too, but the upstream gets the namespace with `http:`.
        let https =
            call(soap, DOCUMENTED).replace("http://schemas.microsoft.com", "https://schemas.microsoft.com");
        let answer = gateway.client().post(&https, "X-Mock-Log: 1\r\n");
        assert_eq!(answer.state().0, "Connected");
        assert!(answer.text().contains("https://schemas.microsoft.com"));
        assert!(!mock.log().last().unwrap()["body"].as_str().unwrap().contains("https://"));
    }
}

#[test]
fn faults_keep_their_code_and_lose_their_secrets() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "");
    let exposing = Gateway::start(&[mock.address], "[reply]\nexpose_upstream_faults = true\n");
    for (soap, client, server, status) in
        [(SOAP_1_1, "Client", "Server", 500), (SOAP_1_2, "Sender", "Receiver", 400)]
    {
        for gateway in [&gateway, &exposing] {
            let unknown = gateway.post(&call(soap, "no such call"));
            assert_eq!(unknown.status, status);
            let parsed = umsoap::Envelope::parse(&unknown.body).unwrap();
            let umsoap::Body::Fault(fault) = parsed.body() else { panic!("{unknown:?}") };
            assert!(fault.exception_type().unwrap() == *"InvalidCallIdException");
            assert_eq!(fault.subcode().is_some(), soap == SOAP_1_2);
            assert!(unknown.text().contains(soap));
        }
        for (sort, code, status) in [("mock:fault", client, status), ("mock:receiver", server, 500)] {
            let hidden = gateway.post(&call(soap, sort));
            assert_eq!((hidden.status, hidden.fault().1.as_str()), (status, code), "{sort}");
            assert!(!hidden.text().contains("secret"), "{}", hidden.text());
            let shown = exposing.post(&call(soap, sort));
            assert_eq!((shown.status, shown.fault().1.as_str()), (status, code), "{sort}");
            assert_eq!(shown.fault().2, "secret internals");
        }
    }
}

#[test]
fn bad_replies_become_server_faults() {
    let mock = Mock::start();
    let gateway =
        Gateway::start(&[mock.address], "[forwarding]\nreply_ms = 1000\n[reply]\nbody_bytes = 20000\n");
    for (soap, server) in [(SOAP_1_1, "Server"), (SOAP_1_2, "Receiver")] {
        for sort in [
            "broken",
            "cut",
            "truncated",
            "early",
            "close",
            "html",
            "gzip",
            "empty",
            "redirect",
            "large:30000",
            "slow:3000",
            "mandatory",
            "request",
            "status:404",
            "status:500",
            "status:302",
        ] {
            let start = Instant::now();
            let answer = gateway.post(&call(soap, &format!("mock:{sort}")));
            assert_eq!(
                (answer.status, answer.fault().1.as_str()),
                (500, server),
                "{sort}: {}",
                answer.text()
            );
            assert!(!answer.text().contains("secret"));
            assert!(start.elapsed() < Duration::from_secs(3), "{sort}");
        }
    }
    gateway.metric_becomes("umsoap_gateway_requests_total{kind=\"Redirect\",outcome=\"bad_reply\"}", 4.0);
}

/// The status of a reply decides on the client's status, the outcome and the rule.
#[test]
fn statuses_of_replies() {
    let kinds = [
        (200, 200, "outcome=\"answered\"", ""),
        (204, 500, "outcome=\"bad_reply\"", "ReplyContentType"),
        (300, 500, "outcome=\"bad_reply\"", "Redirect"),
        (301, 500, "outcome=\"bad_reply\"", "Redirect"),
        (302, 500, "outcome=\"bad_reply\"", "Redirect"),
        (303, 500, "outcome=\"bad_reply\"", "Redirect"),
        (307, 500, "outcome=\"bad_reply\"", "Redirect"),
        (308, 500, "outcome=\"bad_reply\"", "Redirect"),
        (399, 500, "outcome=\"bad_reply\"", "Redirect"),
        (400, 500, "outcome=\"bad_reply\"", "UnexpectedReply"),
        (401, 401, "outcome=\"unauthorized\"", "Unauthorized"),
        (403, 403, "outcome=\"unauthorized\"", "Forbidden"),
        (404, 500, "outcome=\"bad_reply\"", "UnexpectedReply"),
        (503, 500, "outcome=\"bad_reply\"", "UnexpectedReply"),
    ];
    for (status, told, outcome, kind) in kinds {
        let headers = if status == 204 { "" } else { XML };
        let body = if status == 204 { String::new() } else { connected() };
        let server = Server::start(move |_| Act::Reply(reply(status, headers, &body)));
        let gateway = Gateway::start(&[server.address], "[forwarding]\nhealth_ms = 0\n");
        assert_eq!(gateway.post(&call(SOAP_1_1, "x")).status, told, "{status}");
        gateway.metric_becomes(&format!("umsoap_gateway_requests_total{{kind=\"{kind}\",{outcome}}}"), 1.0);
    }
}

#[test]
fn a_mandatory_block_of_a_reply_is_not_translated() {
    let naming = "[reply]\nreply_headers = [{ namespace = \"urn:trace\", name = \"Trace\" }]\n[forwarding]\nhealth_ms = 0\n";
    for (mandatory, given, asked, status) in [
        (true, SOAP_1_1, SOAP_1_1, 200),
        (true, SOAP_1_2, SOAP_1_1, 500),
        (true, SOAP_1_1, SOAP_1_2, 500),
        (false, SOAP_1_2, SOAP_1_1, 200),
        (false, SOAP_1_1, SOAP_1_2, 200),
    ] {
        let must = if mandatory { " s:mustUnderstand=\"1\"" } else { "" };
        let block = format!("<t:Trace xmlns:t=\"urn:trace\"{must}>7</t:Trace>");
        let message = connected()
            .replace(SOAP_1_1, given)
            .replace("<s:Body>", &format!("<s:Header>{block}</s:Header><s:Body>"));
        let server = Server::start(move |_| {
            Act::Reply(reply(200, &format!("Content-Type: {}\r\n", crate::process::media(given)), &message))
        });
        let gateway = Gateway::start(&[server.address], naming);
        let answer = gateway.post(&call(asked, "x"));
        assert_eq!(answer.status, status, "{mandatory} {given} {asked}: {}", answer.text());
        assert_eq!(answer.text().contains(">7</t:Trace>"), status == 200);
    }
}

/// A mandatory header block of a reply is never left out, whatever its role. Without a key that names the block, the
/// reply is refused.
#[test]
fn a_mandatory_block_of_a_reply_is_not_dropped() {
    let other = "<a:Gone xmlns:a='urn:a'/>";
    for (soap, role) in [(SOAP_1_1, "actor"), (SOAP_1_2, "role")] {
        for (attributes, status) in [
            (String::new(), 200),
            (format!(" s:{role}=\"urn:other\""), 200),
            (" s:mustUnderstand=\"0\"".to_owned(), 200),
            (" s:mustUnderstand=\"1\"".to_owned(), 500),
            (format!(" s:mustUnderstand=\"1\" s:{role}=\"urn:other\""), 500),
        ] {
            let header =
                format!("<s:Header><t:Trace xmlns:t=\"urn:trace\"{attributes}>7</t:Trace></s:Header>");
            let given = move |message: String| {
                let message = message.replace("<s:Body>", &format!("{header}<s:Body>"));
                let media = format!("Content-Type: {}\r\n", crate::process::media(&message));
                Act::Reply(reply(200, &media, &message))
            };
            let server = Server::start(move |request| match request.body.contains("CallId") {
                true => given(connected().replace(SOAP_1_1, soap)),
                false => given(envelope(soap, "", other)),
            });
            let keys = "[request]\nother_operations = \"original\"\n[forwarding]\nhealth_ms = 0\n";
            let gateway = Gateway::start(&[server.address], keys);
            let answer = gateway.post(&call(soap, "x"));
            assert_eq!(answer.status, status, "{soap} {attributes}: {}", answer.text());
            // No header block can be left out of a reply that passes unchanged, so the client gets a fault.
            let answer = gateway.post(&envelope(soap, "", "<a:Go xmlns:a='urn:a'/>"));
            assert_eq!(answer.status, 500, "{soap} {attributes}: {}", answer.text());
        }
    }
}

/// The metrics count the bytes of all bodies that were received and sent, with those of refusals.
#[test]
fn bytes_are_counted() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "");
    let (mut received, mut sent) = (0, 0);
    for message in
        [call(SOAP_1_1, DOCUMENTED), call(SOAP_1_2, "x"), call(SOAP_1_1, "mock:fault"), "<a/>".to_owned()]
    {
        let answer = gateway.post(&message);
        received += message.len();
        sent += answer.body.len();
        gateway.metric_becomes("umsoap_gateway_sent_bytes_total", sent as f64);
        gateway.metric_becomes("umsoap_gateway_received_bytes_total", received as f64);
    }
}

#[test]
fn informational_replies_are_passed_over_up_to_a_limit() {
    for (count, status) in [(0, 200), (1, 200), (8, 200), (9, 500)] {
        let mut bytes = "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n".repeat(count).into_bytes();
        bytes.extend(reply(200, XML, &connected()));
        let server = Server::start(move |_| Act::Reply(bytes.clone()));
        let gateway = Gateway::start(&[server.address], "[forwarding]\nhealth_ms = 0\n");
        for _ in 0..2 {
            assert_eq!(gateway.post(&call(SOAP_1_1, "x")).status, status, "{count}");
        }
    }
}

/// Starts an upstream that reads a request and writes these bytes. Returns its address.
fn raw_upstream(reply: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                let mut buffer = [0; 4096];
                let mut read = 0;
                while !buffer[..read].windows(13).any(|w| w == b":Envelope></s" || w == b"soap:Envelope")
                    || read < 500
                {
                    match stream.read(&mut buffer[read..]) {
                        Ok(n) if n > 0 => read += n,
                        _ => return,
                    }
                }
                let _ = stream.write_all(reply);
            });
        }
    });
    address
}

#[test]
fn replies_that_are_no_http() {
    for reply in [
        b"nonsense\r\n\r\n".as_slice(),
        b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n<a/>x",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 2000000\r\n\r\n",
        b"",
    ] {
        let gateway =
            Gateway::start(&[raw_upstream(reply)], "[forwarding]\nreply_ms = 1000\nhealth_ms = 0\n");
        let answer = gateway.post(&call(SOAP_1_1, DOCUMENTED));
        assert_eq!((answer.status, answer.fault().1.as_str()), (500, "Server"), "{}", reply.escape_ascii());
    }
}

#[test]
fn the_calls_of_a_dead_upstream_move_and_come_back() {
    let mut mocks: Vec<_> = (0..3).map(|_| Mock::start()).collect();
    let addresses: Vec<_> = mocks.iter().map(|m| m.address).collect();
    let gateway = Gateway::start(&addresses, "[forwarding]\nhealth_ms = 100\nconnect_ms = 300\n");
    let next = std::sync::atomic::AtomicUsize::new(0);
    let ask = |number: usize| {
        // One call is written in three ways.
        let id = format!("call {number}");
        let ways = [&id, &id.replace('c', "&#99;"), &id.replace("ll", "<![CDATA[l]]>l")];
        let way = ways[next.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % ways.len()];
        let message = call(SOAP_1_1, way);
        gateway.client().post(&message, &format!("X-Mock-Log: {number}\r\n"))
    };
    let counts = |mocks: &[Mock]| -> Vec<usize> { mocks.iter().map(|m| m.log().len()).collect() };
    // All three requests of a call reach one server, so that each log has a multiple of three.
    for number in 0..20 {
        for _ in 0..3 {
            assert_eq!(ask(number).fault().1, "InvalidCallIdException");
        }
    }
    let before = counts(&mocks);
    assert_eq!(before.iter().sum::<usize>(), 60);
    assert!(before.iter().all(|c| c % 3 == 0) && before.iter().filter(|c| **c > 0).count() > 1, "{before:?}");

    // One server ends. The other servers answer its calls at once, and their own calls stay with them.
    let whose = |mock: &Mock| -> Vec<String> {
        mock.log().iter().map(|r| seen(r, "x-mock-log").unwrap().to_owned()).collect()
    };
    let dead = before.iter().position(|c| *c > 0).unwrap();
    let stay: Vec<Vec<String>> = mocks.iter().map(whose).collect();
    let address = mocks[dead].address;
    drop(mocks.remove(dead));
    for number in 0..20 {
        assert_eq!(ask(number).fault().1, "InvalidCallIdException", "{number}");
    }
    let mut others = stay.clone();
    others.remove(dead);
    for (mock, before) in mocks.iter().zip(&others) {
        let now = whose(mock);
        for number in before {
            assert_eq!(now.iter().filter(|n| *n == number).count(), 4, "{number} moved");
        }
    }
    let up = format!("umsoap_gateway_upstream_up{{upstream=\"um-{dead}\"}}");
    gateway.metric_becomes(&up, 0.0);

    // All servers end. The answer is a Server fault, and the gateway is not healthy.
    drop(mocks);
    std::thread::sleep(Duration::from_millis(400));
    let answer = ask(1);
    assert_eq!((answer.status, answer.fault().1.as_str()), (500, "Server"));
    let health = |gateway: &Gateway| {
        crate::process::Client::connect(gateway.admin)
            .exchange(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            .status
    };
    assert_eq!(health(&gateway), 503);
    // One server comes back.
    let _back = Mock::start_at(&address.to_string());
    let start = Instant::now();
    while health(&gateway) != 200 {
        assert!(start.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(ask(1).fault().1, "InvalidCallIdException");
}

fn play_on_phone(soap: &str, entry: &str, dial: &str) -> String {
    let body = format!(
        "<PlayOnPhone xmlns=\"{MESSAGES}\"><entryId>{entry}</entryId><DialString>{dial}</DialString></PlayOnPhone>"
    );
    envelope(soap, "", &body)
}

#[test]
fn the_dialects_exceptions_pass_in_the_clients_version() {
    let mock = Mock::start();
    let gateway =
        Gateway::start(&[mock.address], "[request]\noperations = [\"GetCallInfo\", \"PlayOnPhone\"]\n");
    for (entry, dial, exception) in
        [("AA==", "forbidden", "DialingRulesException"), ("unknown", "5551", "InvalidObjectIdException")]
    {
        for (soap, status, code) in [(SOAP_1_1, 500, exception), (SOAP_1_2, 400, "Sender")] {
            let answer = gateway.post(&play_on_phone(soap, entry, dial));
            assert_eq!((answer.status, answer.fault().1.as_str()), (status, code), "{}", answer.text());
            assert!(answer.text().contains(soap));
            let parsed = umsoap::Envelope::parse(&answer.body).unwrap();
            let umsoap::Body::Fault(fault) = parsed.body() else { panic!("{answer:?}") };
            assert!(fault.exception_type().unwrap() == *exception);
            let subcode = fault.subcode().map(|code| code.local());
            assert_eq!(subcode.as_deref(), (soap == SOAP_1_2).then_some(exception));
        }
    }
}

#[test]
fn only_reading_is_repeated() {
    // The upstream is started again, so that the pool's connection to it is stale.
    let mock = Mock::start();
    let gateway = Gateway::start(
        &[mock.address],
        "[request]\noperations = [\"GetCallInfo\", \"PlayOnPhone\"]\n[forwarding]\nhealth_ms = 0\n",
    );
    assert_eq!(gateway.post(&call(SOAP_1_1, DOCUMENTED)).status, 200);
    let address = mock.address.to_string();
    drop(mock);
    let mock = Mock::start_at(&address);
    assert_eq!(gateway.post(&call(SOAP_1_1, DOCUMENTED)).status, 200);

    // The upstream closes the connection after the request was sent. GetCallInfo is tried again. PlayOnPhone, which the
    // upstream answers, is sent once.
    let answer = gateway.client().post(&call(SOAP_1_1, "mock:close"), "X-Mock-Log: 1\r\n");
    assert_eq!(answer.status, 500);
    assert!(mock.log().len() > 1);
    let before = mock.log().len();
    let place =
        |dial: &str| gateway.client().post(&play_on_phone(SOAP_1_1, "AA==", dial), "X-Mock-Log: 1\r\n");
    let answer = place("5551");
    assert_eq!(answer.status, 200);
    assert_eq!(mock.log().len(), before + 1);
    let id =
        answer.text().split("<PlayOnPhoneResponse>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    // The call passes through its states.
    let state = || gateway.post(&call(SOAP_1_1, &id)).state();
    let mut states = vec![state()];
    let start = Instant::now();
    while states.last().unwrap().0 != "Disconnected" {
        assert!(start.elapsed() < Duration::from_secs(10), "{states:?}");
        std::thread::sleep(Duration::from_millis(10));
        let now = state();
        if *states.last().unwrap() != now {
            states.push(now);
        }
    }
    let words: Vec<_> = states.iter().map(|(state, cause)| format!("{state} {cause}")).collect();
    assert_eq!(words, ["Connecting None", "Connected None", "Disconnected None"]);

    let busy = place("5552 busy").text();
    let id = busy.split("<PlayOnPhoneResponse>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    std::thread::sleep(Duration::from_millis(600));
    assert_eq!(
        gateway.post(&call(SOAP_1_1, &id)).state(),
        ("Disconnected".to_owned(), "UserBusy".to_owned())
    );
}

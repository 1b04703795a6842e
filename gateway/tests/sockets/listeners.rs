//! Tests of the listeners: HTTP/2, certificates, the PROXY protocol, limits, and a Unix socket for administrators.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::process::Command;

use crate::process::{
    Client, DOCUMENTED, Gateway, Mock, PATH, SOAP_1_1, call, config, folder, media, post, seen,
};
use crate::server::{Server, XML, connected, reply};
use crate::tls;

fn server(mock: &Mock, keys: &str, extra: &str) -> String {
    config(&[mock.address], "127.0.0.1:0", extra).replacen("[server]\n", &format!("[server]\n{keys}"), 1)
}

/// Runs curl, and returns the body, the version of HTTP, the status, and curl's error message.
fn curl(arguments: &[&str]) -> String {
    let output = Command::new("curl")
        .args(["-sS", "-k", "--max-time", "20", "-w", "\n%{http_version} %{http_code}"])
        .args(arguments)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

#[test]
fn http2_in_clear_with_prior_knowledge() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "");
    let url = format!("http://{}{PATH}", gateway.listen);
    let message = call(SOAP_1_1, DOCUMENTED);
    let kind = format!("Content-Type: {}", media(&message));
    let good = ["-H", &kind, "-H", "X-Mock-Log: 1", "--data", &message];
    let answer = curl(&[&["--http2-prior-knowledge", &url][..], &good].concat());
    assert!(answer.contains("<CallState>Connected</CallState>") && answer.ends_with("\n2 200"), "{answer}");
    assert_eq!(seen(&mock.log()[0], "x-forwarded-for"), Some("127.0.0.1"));
    // One connection carries a slow call, a message that is refused, and many other calls at once.
    let statuses = many_at_once(gateway.listen, 20);
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 20, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 500).count(), 1, "{statuses:?}");
    // Refusals have the statuses that they have in HTTP/1.1.
    for (arguments, status) in [
        (&["-H", &kind, "--data", "<a/>"][..], 500),
        (&["-H", "Content-Type: text/plain", "--data", &message], 415),
        (&[], 405),
    ] {
        let answer = curl(&[&["--http2-prior-knowledge", &url][..], arguments].concat());
        assert!(answer.ends_with(&format!("\n2 {status}")), "{answer}");
    }
    assert!(curl(&["--http2-prior-knowledge", &format!("{url}?wsdl")]).contains("location="));
    // The port also serves clients of HTTP/1.1.
    assert_eq!(gateway.post(&message).status, 200);

    // If HTTP/2 is off, its preface is a bad request of HTTP/1.1.
    let gateway = Gateway::start_with(&server(&mock, "http2 = false\n", ""), &[]);
    let answer = gateway.client().exchange(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert_eq!(answer.status, 400);
}

/// Sends a slow call, a broken message, and this many calls over one connection. Returns the statuses in the order in
/// which the answers come.
fn many_at_once(address: SocketAddr, calls: usize) -> Vec<u16> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let socket = tokio::net::TcpStream::connect(address).await.unwrap();
        let (client, connection) = h2::client::handshake(socket).await.unwrap();
        tokio::spawn(connection);
        let mut messages = vec![call(SOAP_1_1, "mock:slow:700"), "<a/>".to_owned()];
        messages.resize(calls + 1, call(SOAP_1_1, DOCUMENTED));
        let (ended, mut statuses) = tokio::sync::mpsc::unbounded_channel();
        for message in messages {
            let (client, ended) = (client.clone(), ended.clone());
            tokio::spawn(async move {
                let request = http::Request::post(format!("http://{address}{PATH}"))
                    .header("content-type", media(&message));
                let mut client = client.ready().await.unwrap();
                let (response, mut body) = client.send_request(request.body(()).unwrap(), false).unwrap();
                body.send_data(message.into(), true).unwrap();
                let status = response.await.unwrap().status().as_u16();
                ended.send(status).unwrap();
            });
        }
        drop(ended);
        let mut all = Vec::new();
        while let Some(status) = statuses.recv().await {
            all.push(status);
        }
        all
    })
}

fn pair(name: &str) -> (String, String, String) {
    let folder = folder();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (chain, key) = (folder.join(format!("{name}.pem")), folder.join(format!("{name}.key")));
    std::fs::write(&chain, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let (chain, key) = (chain.display().to_string(), key.display().to_string());
    let keys = format!("tls_certificate = \"{chain}\"\ntls_key = \"{key}\"\n");
    (chain, key, keys)
}

#[test]
fn http2_over_tls() {
    let mock = Mock::start();
    let (_, _, keys) = pair("server");
    let gateway = Gateway::start_with(&server(&mock, &keys, ""), &[]);
    let both = tls::connect(gateway.listen, &["h2", "http/1.1"], None).unwrap();
    assert_eq!(both.conn.alpn_protocol(), Some(&b"h2"[..]));
    let old = tls::connect(gateway.listen, &["http/1.1"], None).unwrap();
    assert_eq!(old.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
    let message = call(SOAP_1_1, DOCUMENTED);
    let kind = format!("Content-Type: {}", media(&message));
    let url = format!("https://{}{PATH}", gateway.listen);
    let answer = curl(&["--http2", &url, "-H", &kind, "-H", "X-Mock-Log: 1", "--data", &message]);
    assert!(answer.contains("Connected") && answer.ends_with("\n2 200"), "{answer}");
    assert_eq!(seen(&mock.log()[0], "x-forwarded-proto"), Some("https"));
    // With `auth = "connection"` there is no HTTP/2, because its requests would share one connection.
    let text = server(&mock, &keys, "[identity]\nauth = \"connection\"\n");
    let gateway = Gateway::start_with(&text, &[]);
    let both = tls::connect(gateway.listen, &["h2", "http/1.1"], None).unwrap();
    assert_eq!(both.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
}

#[test]
fn a_connection_of_http2_ends_with_the_process() {
    // All times are longer than a busy machine needs.
    let (upstream, tell) = Server::start_told(reply(200, XML, &connected()));
    let text = config(&[upstream.address], "127.0.0.1:0", "[forwarding]\nhealth_ms = 0\nreply_ms = 60000\n");
    let mut gateway = Gateway::start_with(&text.replacen("grace_seconds = 1", "grace_seconds = 60", 1), &[]);
    let message = call(SOAP_1_1, DOCUMENTED);
    let kind = format!("Content-Type: {}", media(&message));
    let url = format!("http://{}{PATH}", gateway.listen);
    let asking =
        std::thread::spawn(move || curl(&["--http2-prior-knowledge", &url, "-H", &kind, "--data", &message]));
    gateway.metric_becomes("umsoap_gateway_in_flight", 1.0);
    gateway.process.signal("TERM");
    tell.send(()).unwrap();
    let answer = asking.join().unwrap();
    assert!(answer.ends_with("\n2 200"), "{answer}");
    assert!(gateway.process.ended());
}

#[test]
fn clients_may_have_to_show_a_certificate() {
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let mock = Mock::start();
    let (_, _, keys) = pair("server");
    let ((known, known_key, _), (other, other_key, _)) = (pair("known"), pair("other"));
    let keys = format!("{keys}client_ca_file = \"{known}\"\n");
    let gateway = Gateway::start_with(&server(&mock, &keys, ""), &[]);
    let identity = |chain: &str, key: &str| {
        Some((CertificateDer::from_pem_file(chain).unwrap(), PrivateKeyDer::from_pem_file(key).unwrap()))
    };
    let request = post(&call(SOAP_1_1, DOCUMENTED), "Connection: close\r\n");
    let ask = |shown| match tls::connect(gateway.listen, &[], shown) {
        Ok(mut stream) => tls::exchange(&mut stream, &request),
        Err(_) => String::new(),
    };
    assert!(ask(identity(&known, &known_key)).starts_with("HTTP/1.1 200"));
    assert_eq!(ask(None), "");
    assert_eq!(ask(identity(&other, &other_key)), "");
    assert_eq!(gateway.metric("umsoap_gateway_connections_refused_total{reason=\"tls\"}"), 2.0);

    // A second gateway presents a certificate to the first one, which asks for it.
    for (chain, key, status) in [(&known, &known_key, 200), (&other, &other_key, 500)] {
        let (ca, _, _) = (&keys.split('"').nth(1).unwrap(), 0, 0);
        let extra = format!(
            "tls = true\nhost = \"localhost\"\n[forwarding]\nca_file = \"{ca}\"\ntls_certificate = \"{chain}\"\n\
             tls_key = \"{key}\"\n"
        );
        let front = Gateway::start_with(&config(&[gateway.listen], "127.0.0.1:0", &extra), &[]);
        assert_eq!(front.post(&call(SOAP_1_1, DOCUMENTED)).status, status);
    }
}

/// Returns a header of version 2 of the PROXY protocol for an IPv4 client.
fn version_2(client: [u8; 4]) -> Vec<u8> {
    let mut header = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c".to_vec();
    header.extend(client);
    header.extend([127, 0, 0, 1, 0x0f, 0xa0, 1, 187]);
    header
}

#[test]
fn balancers_say_who_the_client_is() {
    let mock = Mock::start();
    let gateway = Gateway::start_with(&server(&mock, "proxy_protocol = [\"127.0.0.0/8\"]\n", ""), &[]);
    let request = post(&call(SOAP_1_1, DOCUMENTED), "X-Mock-Log: 1\r\n");
    for header in [b"PROXY TCP4 203.0.113.7 127.0.0.1 4000 443\r\n".to_vec(), version_2([203, 0, 113, 7])] {
        let mut client = gateway.client();
        assert_eq!(client.exchange(&[&header, request.as_bytes()].concat()).status, 200);
        // The header stands once for each connection, not once for each request.
        assert_eq!(client.exchange(request.as_bytes()).status, 200);
        // The header may come in pieces.
        let mut client = gateway.client();
        for byte in &header {
            client.stream.write_all(&[*byte]).unwrap();
        }
        assert_eq!(client.exchange(request.as_bytes()).status, 200);
    }
    let log = mock.log();
    assert_eq!(log.len(), 6);
    assert!(log.iter().all(|request| seen(request, "x-forwarded-for") == Some("203.0.113.7")));
    // A connection without the header is closed. Otherwise the balancer would count as its client.
    let mut client = gateway.client();
    client.stream.write_all(request.as_bytes()).unwrap();
    assert!(client.is_closed());
    assert_eq!(gateway.metric("umsoap_gateway_connections_refused_total{reason=\"proxy_protocol\"}"), 1.0);

    // From other networks the header is not read, and its bytes are a bad request.
    let gateway = Gateway::start_with(&server(&mock, "proxy_protocol = [\"10.0.0.0/8\"]\n", ""), &[]);
    let forged = [&version_2([203, 0, 113, 7])[..], request.as_bytes()].concat();
    assert_eq!(gateway.client().exchange(&forged).status, 400);
}

#[test]
fn balancers_may_speak_before_tls() {
    let mock = Mock::start();
    let (_, _, keys) = pair("server");
    let keys = format!("{keys}proxy_protocol = [\"127.0.0.1/32\"]\n");
    let gateway = Gateway::start_with(&server(&mock, &keys, ""), &[]);
    let url = format!("https://{}{PATH}", gateway.listen);
    let message = call(SOAP_1_1, DOCUMENTED);
    let kind = format!("Content-Type: {}", media(&message));
    let answer = curl(&["--haproxy-protocol", &url, "-H", &kind, "--data", &message]);
    assert!(answer.contains("Connected"), "{answer}");
}

#[test]
fn administrators_may_come_through_a_unix_socket() {
    let mock = Mock::start();
    // The path of a Unix socket has at most 107 bytes, and paths of the build folder may be longer.
    let folder_of_socket = tempfile::tempdir().unwrap();
    let path = folder_of_socket.path().join("admin.sock");
    let text = config(&[mock.address], "127.0.0.1:0", "").replacen(
        "[admin]\nlisten = \"127.0.0.1:0\"",
        &format!("[admin]\nlisten = \"unix:{}\"", path.display()),
        1,
    );
    // A socket file of an earlier process does not stop the start.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let file = folder().join("gateway.toml");
    std::fs::write(&file, &text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_umsoap-gateway"));
    let mut process = crate::process::Process::start(command.arg("--config").arg(&file));
    let line = process.line(|line| line.contains("\"ready\""));
    assert!(line.contains(&format!("unix:{}", path.display())), "{line}");
    let mut stream = UnixStream::connect(&path).unwrap();
    stream.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("alive\n"), "{answer}");
    // Only the user and the group can open the socket.
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o660);
    process.signal("TERM");
    assert!(process.ended());
}

#[test]
fn a_client_address_has_limits() {
    let mock = Mock::start();
    let keys = "proxy_protocol = [\"127.0.0.1/32\"]\n";
    let limits = "[limits]\nclient_connections = 2\nclient_requests = 5\nclient_bytes = 6000\n[request]\nbody_bytes = 6000\n";
    let gateway = Gateway::start_with(&server(&mock, keys, limits), &[]);
    let request = post(&call(SOAP_1_1, DOCUMENTED), "");
    let connect = |last: u8| {
        let mut client = Client::connect(gateway.listen);
        client.stream.write_all(&version_2([192, 0, 2, last])).unwrap();
        client
    };
    // The limit of connections.
    let mut kept = [connect(1), connect(1)];
    for client in &mut kept {
        assert_eq!(client.exchange(request.as_bytes()).status, 200);
    }
    let mut third = connect(1);
    let answer = third.answer().unwrap();
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    assert!(third.is_closed());
    assert_eq!(gateway.metric("umsoap_gateway_connections_refused_total{reason=\"client\"}"), 1.0);
    // Other addresses are not affected.
    assert_eq!(connect(2).exchange(request.as_bytes()).status, 200);
    drop(kept);
    // The limit of requests a second.
    let mut client = connect(3);
    let mut statuses: Vec<u16> = (0..5).map(|_| client.exchange(request.as_bytes()).status).collect();
    statuses.retain(|status| *status != 200);
    let answer = client.exchange(request.as_bytes());
    // One more request is allowed after a fifth of a second, which may pass on a slow machine before the sixth request.
    if answer.status == 200 {
        statuses.extend((0..50).map_while(|_| Some(connect(3).exchange(request.as_bytes()).status)));
    } else {
        assert_eq!((answer.status, answer.header("retry-after")), (429, Some("1")), "{answer:?}");
        assert_eq!(answer.fault().1, "Client");
        statuses.push(429);
    }
    assert!(statuses.contains(&429), "{statuses:?}");
    assert_eq!(connect(4).exchange(request.as_bytes()).status, 200);
    // The limit of bytes in memory.
    let long = post(&" ".repeat(5000), "");
    let mut slow = connect(5);
    slow.stream.write_all(&long.as_bytes()[..long.len() - 2000]).unwrap();
    let answer = slow.answer().unwrap();
    assert_eq!(answer.status, 503, "3 kB, their buffer and the head are more than 6 kB: {answer:?}");
    assert_eq!(connect(5).exchange(request.as_bytes()).status, 200);
    gateway.metric_becomes("umsoap_gateway_buffered_bytes", 0.0);
}

/// Each client that a trusted proxy names has limits of its own. Its requests count neither for the proxy nor for other
/// clients.
#[test]
fn each_client_of_a_trusted_proxy_has_limits_of_its_own() {
    let mock = Mock::start();
    let behind = "[request]\ntrusted_proxies = [\"127.0.0.0/8\"]\nbody_bytes = 20000\n";
    let of = |client: u8| format!("X-Forwarded-For: 192.0.2.{client}\r\n");
    // The limit of requests a second.
    let gateway = Gateway::start(&[mock.address], &format!("{behind}[limits]\nclient_requests = 1\n"));
    let message = call(SOAP_1_1, DOCUMENTED);
    let mut proxy = gateway.client();
    for client in 0..40 {
        assert_eq!(proxy.post(&message, &of(client)).status, 200, "{client}");
    }
    let again: Vec<u16> = (0..40).map(|_| gateway.client().post(&message, &of(0)).status).collect();
    assert!(again.contains(&429), "{again:?}");

    // A trusted proxy may have `connections` connections, because they carry requests of many clients. Another proxy
    // may have `client_connections`.
    for (trusted, most) in [("127.0.0.0/8", 3), ("192.0.2.0/24", 1)] {
        let text = server(
            &mock,
            "connections = 3\n",
            &format!("[request]\ntrusted_proxies = [\"{trusted}\"]\n[limits]\nclient_connections = 1\n"),
        );
        let gateway = Gateway::start_with(&text, &[]);
        let mut kept = Vec::new();
        for number in 0..4 {
            let mut client = gateway.client();
            let status = match number < most {
                true => client.post(&message, &of(number)).status,
                false => client.answer().unwrap().status,
            };
            assert_eq!(status, if number < most { 200 } else { 503 }, "{trusted} {number}");
            kept.push(client);
        }
    }

    // The limit of bytes in memory allows one long request with the engine's buffer for it, and not two.
    let gateway = Gateway::start(&[mock.address], &format!("{behind}[limits]\nclient_bytes = 90000\n"));
    let long = |client: u8| post(&format!("{message}{}", " ".repeat(19_000)), &of(client));
    let begin = |client: u8| {
        let mut proxy = gateway.client();
        let request = long(client);
        proxy.stream.write_all(&request.as_bytes()[..request.len() - 1]).unwrap();
        proxy
    };
    let mut waiting: Vec<Client> = (1..=4).map(begin).collect();
    // Each request holds its body, a buffer of the body's length, and 28 KiB of state. The test waits for 24 KiB of
    // state, which is a little less.
    gateway.holds(4 * (2 * 19_000 + (24 << 10)));
    let refused = begin(1).answer().unwrap();
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")), "{}", refused.text());
    gateway.metric_becomes("umsoap_gateway_in_flight", 4.0);
    for proxy in &mut waiting {
        assert_eq!(proxy.exchange(b" ").status, 200);
    }
    gateway.metric_becomes("umsoap_gateway_buffered_bytes", 0.0);
    // The memory of a request is given back to the account that it was charged to. Together these requests take more
    // than the limit.
    let headers = format!("{}X: {}\r\n", of(7), "y".repeat(1000));
    for round in 0..60 {
        assert_eq!(gateway.client().post(&message, &headers).status, 200, "{round}");
    }
    assert_eq!(gateway.client().exchange(long(7).as_bytes()).status, 200);
}

#[test]
fn long_bodies_leave_room_for_small_messages() {
    let mock = Mock::start();
    let gateway = Gateway::start(
        &[mock.address],
        "[request]\nbody_bytes = 1048576\nbuffered_bytes = 1048576\nbody_ms = 120000\n[limits]\nclient_bytes = 1073741824\n",
    );
    // Bodies that never end fill seven eighths of the memory, as much as they may.
    let start = format!(
        "POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: 400000\r\n\r\n{}",
        " ".repeat(100_000)
    );
    // Each request holds the bytes that it has sent, and 92 KiB for a body that comes in pieces, so there is room for
    // four. They come one after another. If many came at once, each could get a part of the memory and none enough.
    let mut slow = Vec::new();
    for number in 1..=12_u32 {
        let mut client = gateway.client();
        // The refusal may come before all bytes are written.
        let _ = client.stream.write_all(start.as_bytes());
        slow.push(client);
        match number {
            ..=4 => gateway.holds(number as usize * (100_000 + (92 << 10))),
            _ => gateway.metric_becomes(
                "umsoap_gateway_requests_total{kind=\"Memory\",outcome=\"busy\"}",
                f64::from(number - 4),
            ),
        }
    }
    for _ in 0..20 {
        assert_eq!(gateway.post(&call(SOAP_1_1, DOCUMENTED)).status, 200);
    }
    drop(slow);
    gateway.metric_becomes("umsoap_gateway_buffered_bytes", 0.0);
}

#[test]
fn an_upstream_has_room_for_so_many_requests() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "[limits]\nupstream_requests = 1\n");
    let mut slow = gateway.client();
    slow.stream.write_all(post(&call(SOAP_1_1, "mock:slow:1500"), "").as_bytes()).unwrap();
    gateway.metric_becomes("umsoap_gateway_in_flight", 1.0);
    std::thread::sleep(std::time::Duration::from_millis(200));
    let answer = gateway.post(&call(SOAP_1_1, DOCUMENTED));
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{answer:?}");
    assert_eq!(gateway.metric("umsoap_gateway_requests_total{kind=\"UpstreamRoom\",outcome=\"busy\"}"), 1.0);
    assert_eq!(slow.answer().unwrap().status, 200);
    assert_eq!(gateway.post(&call(SOAP_1_1, DOCUMENTED)).status, 200);
    let _: SocketAddr = gateway.listen;
}

/// Sends these pseudo-headers over HTTP/2. Returns the first byte of the answer's head, which is the index of the
/// status in HPACK's table, or `None` if the stream or the connection ends without an answer.
fn http2_status(listen: SocketAddr, fields: &[(&str, &str)]) -> Option<u8> {
    fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&length[1..], &[kind, flags, 0, 0, 0, stream], payload].concat()
    }
    const HEADERS: u8 = 1;
    const SETTINGS: u8 = 4;
    // The fields are literals without indexing, with literal names: RFC 7541 section 6.2.2.
    let literal = |text: &str| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    let block: Vec<u8> =
        fields.iter().flat_map(|(name, value)| [vec![0], literal(name), literal(value)].concat()).collect();
    let mut client = Client::connect(listen);
    let bytes = [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        frame(SETTINGS, 0, 0, &[]),
        // The flags are END_HEADERS and END_STREAM.
        frame(HEADERS, 5, 1, &block),
    ];
    client.stream.write_all(&bytes.concat()).unwrap();
    loop {
        let mut head = [0; 9];
        client.stream.read_exact(&mut head).ok()?;
        let mut payload = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
        client.stream.read_exact(&mut payload).ok()?;
        match head[3] {
            HEADERS => return Some(payload[0]),
            // These frames are RST_STREAM and GOAWAY.
            3 | 7 => return None,
            _ => {}
        }
    }
}

#[test]
fn targets_and_hosts_of_http2_are_valid_on_every_path() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "");
    let ask = |path: &str, authority: &[(&str, &str)]| {
        let fields = [(":method", "GET"), (":scheme", "http"), (":path", path)];
        http2_status(gateway.listen, &[&fields[..], authority].concat())
    };
    let host = [(":authority", "x")];
    // The indexes of the statuses 200, 400 and 404 in RFC 7541, appendix A, as HPACK encodes them.
    const OK: u8 = 0x88;
    const BAD: u8 = 0x8c;
    const NOT_FOUND: u8 = 0x8d;
    assert_eq!(ask(&format!("{PATH}?wsdl"), &host), Some(OK));
    assert_eq!(ask(&format!("{PATH}?wsdl"), &[("host", "x")]), Some(OK));
    for path in [PATH, "/other"] {
        for target in ["a b", "<a", "\"a", "a%2", "a\\", "a{", "a|", "a^", "a`", "a\t"] {
            let answer = ask(&format!("{path}{target}"), &host);
            // For some of these targets, the engine itself ends the stream.
            assert!(matches!(answer, Some(BAD) | None), "{path}{target}: {answer:?}");
        }
        for authority in [
            &[][..],
            &[(":authority", "u@x")],
            &[(":authority", "x:y")],
            &[(":authority", "a<b")],
            &[("host", "a b")],
            &[("host", "")],
            &[(":authority", "x"), ("host", "y")],
        ] {
            let answer = ask(path, authority);
            assert!(matches!(answer, Some(BAD) | None), "{path} {authority:?}: {answer:?}");
        }
    }
    assert_eq!(ask("/other", &host), Some(NOT_FOUND));
    for target in ["*", "other", "http://x/"] {
        assert!(matches!(ask(target, &host), Some(BAD) | None), "{target}");
    }
}

#[test]
fn a_balancers_connection_over_tls_that_there_is_no_room_for_is_told() {
    let mock = Mock::start();
    let (_, _, keys) = pair("server");
    let keys = format!("{keys}proxy_protocol = [\"127.0.0.0/8\"]\n");
    let request = post(&call(SOAP_1_1, DOCUMENTED), "Connection: close\r\n");
    for (reason, keys, extra) in [
        ("all", format!("{keys}connections = 1\n"), ""),
        ("client", keys, "[limits]\nclient_connections = 1\n"),
    ] {
        let gateway = Gateway::start_with(&server(&mock, &keys, extra), &[]);
        let connect = |protocols: &[&str]| {
            tls::connect_after(gateway.listen, &version_2([203, 0, 113, 7]), protocols, None).unwrap()
        };
        let mut kept = connect(&[]);
        let answer = tls::exchange(&mut connect(&[]), &request);
        assert!(
            answer.starts_with("HTTP/1.1 503") && answer.contains("Retry-After: 1"),
            "{reason}: {answer}"
        );
        let mut answer = Vec::new();
        let _ = connect(&["h2"]).read_to_end(&mut answer);
        assert_eq!(answer.len(), 9 + 17, "{reason}: {answer:?}");
        gateway
            .metric_becomes(&format!("umsoap_gateway_connections_refused_total{{reason=\"{reason}\"}}"), 2.0);
        assert!(tls::exchange(&mut kept, &request).starts_with("HTTP/1.1 200"), "{reason}");
    }
}

#[test]
fn a_connection_over_tls_that_there_is_no_room_for_is_told() {
    let mock = Mock::start();
    let (_, _, keys) = pair("server");
    let gateway = Gateway::start_with(&server(&mock, &format!("{keys}connections = 1\n"), ""), &[]);
    let request = post(&call(SOAP_1_1, DOCUMENTED), "Connection: close\r\n");
    let mut kept = tls::connect(gateway.listen, &[], None).unwrap();
    let mut refused = tls::connect(gateway.listen, &[], None).unwrap();
    let answer = tls::exchange(&mut refused, &request);
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("Retry-After: 1"), "{answer}");
    assert!(answer.contains("There are too many connections."), "{answer}");
    // Over HTTP/2 the connection ends with ENHANCE_YOUR_CALM, and no request was accepted.
    let mut refused = tls::connect(gateway.listen, &["h2"], None).unwrap();
    let mut answer = Vec::new();
    let _ = refused.read_to_end(&mut answer);
    assert_eq!(answer.len(), 9 + 17, "{answer:?}");
    assert_eq!((answer[3], answer[12], &answer[18..]), (4, 7, &[0, 0, 0, 0, 0, 0, 0, 11][..]));
    gateway.metric_becomes("umsoap_gateway_connections_refused_total{reason=\"all\"}", 2.0);
    assert!(tls::exchange(&mut kept, &request).starts_with("HTTP/1.1 200"));
}

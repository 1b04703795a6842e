//! Tests of upstreams in trouble: ejection after failures, further tries at other upstreams, health checks by HTTP, and
//! names that are resolved again.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use crate::process::{Gateway, MESSAGES, SOAP_1_1, call, config, envelope, folder, post};
use crate::server::{Act, Request, Server, XML, connected, good, reply};

fn gateway(servers: &[&Server], extra: &str) -> Gateway {
    let addresses: Vec<_> = servers.iter().map(|s| s.address).collect();
    Gateway::start(&addresses, extra)
}

fn html(status: u16) -> Act {
    Act::Reply(reply(status, "Content-Type: text/html\r\n", "<h1>secret internals</h1>"))
}

fn operation() -> String {
    envelope(
        SOAP_1_1,
        "",
        &format!("<SetOofStatus xmlns=\"{MESSAGES}\"><status>true</status></SetOofStatus>"),
    )
}

/// Sends a GetCallInfo for each of these calls, and returns the statuses of the answers.
fn read(gateway: &Gateway, calls: std::ops::Range<usize>) -> Vec<u16> {
    let mut client = gateway.client();
    calls.map(|number| client.post(&call(SOAP_1_1, &format!("call {number}")), "").status).collect()
}

#[test]
fn a_server_that_answers_503_beside_a_good_one_costs_nothing_and_is_left_out() {
    for status in [502, 503, 504] {
        let (bad, well) = (Server::start(move |_| html(status)), Server::start(|_| good()));
        let keys = "[forwarding]\nhealth_ms = 0\neject_failures = 5\neject_ms = 60000\n";
        let gateway = gateway(&[&bad, &well], keys);
        assert!(read(&gateway, 0..100).iter().all(|status| *status == 200));
        // The bad server gets five requests in a row and no more. The other one answers these, too.
        assert_eq!((bad.requests().len(), well.requests().len()), (5, 100), "{status}");
        for (name, value) in [
            ("umsoap_gateway_upstream_ejections_total{upstream=\"um-0\"}", 1.0),
            ("umsoap_gateway_upstream_ejected{upstream=\"um-0\"}", 1.0),
            ("umsoap_gateway_upstream_ejected{upstream=\"um-1\"}", 0.0),
            ("umsoap_gateway_upstream_retries_total{upstream=\"um-1\"}", 5.0),
            ("umsoap_gateway_upstream_failures_total{failure=\"Unavailable\",upstream=\"um-0\"}", 5.0),
        ] {
            gateway.metric_becomes(name, value);
        }
    }
}

#[test]
fn which_replies_are_asked_for_again() {
    let soap = |status| Act::Reply(reply(status, XML, &connected()));
    for (status, reads) in
        [(500, 1), (501, 1), (502, 3), (503, 3), (504, 3), (505, 1), (404, 1), (429, 1), (401, 1)]
    {
        for auth in ["stateless", "connection"] {
            let servers: Vec<_> = (0..3).map(|_| Server::start(move |_| soap(status))).collect();
            let keys = format!(
                "[request]\noperations = [\"GetCallInfo\", \"SetOofStatus\"]\n[identity]\nauth = \"{auth}\"\n\
                 [forwarding]\nhealth_ms = 0\neject_failures = 0\n"
            );
            let gateway = gateway(&servers.iter().collect::<Vec<_>>(), &keys);
            let count = || servers.iter().map(|s| s.requests().len()).sum::<usize>();
            // If no server has a better reply, the answer depends on the last one.
            let answer = gateway.post(&call(SOAP_1_1, "x"));
            assert_eq!(answer.status, if status == 401 { 401 } else { 500 }, "{}", answer.text());
            let expected = if auth == "stateless" { reads } else { 1 };
            assert_eq!(count(), expected, "{status} {auth}");
            // An operation that does something is sent once.
            gateway.post(&operation());
            assert_eq!(count(), expected + 1, "{status} {auth}");
        }
    }
}

#[test]
fn a_fault_of_an_unavailable_server_arrives_when_there_is_no_other() {
    let fault = "<s:Fault><faultcode>s:Server</faultcode><faultstring>overloaded</faultstring></s:Fault>";
    let server = Server::start(move |_| Act::Reply(reply(503, XML, &envelope(SOAP_1_1, "", fault))));
    let gateway =
        gateway(&[&server], "[reply]\nexpose_upstream_faults = true\n[forwarding]\nhealth_ms = 0\n");
    let answer = gateway.post(&call(SOAP_1_1, "x"));
    assert_eq!((answer.status, answer.fault().2.as_str()), (500, "overloaded"));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn an_operation_is_spared_a_server_that_is_left_out() {
    let body = format!("<SetOofStatusResponse xmlns=\"{MESSAGES}\"/>");
    let (bad, well) = (
        Server::start(|_| html(503)),
        Server::start(move |_| Act::Reply(reply(200, XML, &envelope(SOAP_1_1, "", &body)))),
    );
    let keys = "[request]\noperations = [\"GetCallInfo\", \"SetOofStatus\"]\n[forwarding]\nhealth_ms = 0\neject_failures = 3\neject_ms = 60000\n";
    let gateway = gateway(&[&bad, &well], keys);
    let mut client = gateway.client();
    let lost = (0..60).filter(|_| client.post(&operation(), "").status != 200).count();
    assert_eq!((lost, bad.requests().len(), well.requests().len()), (3, 3, 57));
}

#[test]
fn a_server_that_was_left_out_is_asked_again() {
    let broken = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let state = broken.clone();
    let flapping =
        Server::start(
            move |_| {
                if state.load(std::sync::atomic::Ordering::SeqCst) { html(503) } else { good() }
            },
        );
    let well = Server::start(|_| good());
    let keys = "[forwarding]\nhealth_ms = 0\neject_failures = 4\neject_ms = 3000\n";
    let gateway = gateway(&[&flapping, &well], keys);
    assert!(read(&gateway, 0..30).iter().all(|status| *status == 200));
    assert_eq!(flapping.requests().len(), 4);
    // The time of the ejection is over, and the server still fails: now one failure ejects it again.
    std::thread::sleep(Duration::from_millis(3300));
    assert!(read(&gateway, 0..30).iter().all(|status| *status == 200));
    assert_eq!(flapping.requests().len(), 5);
    broken.store(false, std::sync::atomic::Ordering::SeqCst);
    std::thread::sleep(Duration::from_millis(3300));
    assert!(read(&gateway, 0..30).iter().all(|status| *status == 200));
    assert!(flapping.requests().len() > 10, "{}", flapping.requests().len());
    gateway.metric_becomes("umsoap_gateway_upstream_ejected{upstream=\"um-0\"}", 0.0);
}

#[test]
fn a_slow_server_is_left_out() {
    let slow = Server::start(|_| Act::Late(Duration::from_millis(600), reply(200, XML, &connected())));
    let well = Server::start(|_| good());
    let keys = "[forwarding]\nhealth_ms = 0\nreply_ms = 100\neject_failures = 3\neject_ms = 60000\n";
    let gateway = gateway(&[&slow, &well], keys);
    let start = Instant::now();
    let lost = read(&gateway, 0..60).iter().filter(|status| **status != 200).count();
    assert_eq!((lost, slow.requests().len()), (3, 3));
    assert!(start.elapsed() < Duration::from_secs(3));
}

#[test]
fn at_most_half_of_the_servers_are_left_out() {
    let servers: Vec<_> =
        (0..3).map(|n| Server::start(move |_| if n < 2 { html(503) } else { good() })).collect();
    let keys = "[forwarding]\nhealth_ms = 0\neject_failures = 2\neject_ms = 60000\ntries = 3\n";
    let gateway = gateway(&servers.iter().collect::<Vec<_>>(), keys);
    assert!(read(&gateway, 0..60).iter().all(|status| *status == 200));
    let ejected: f64 = (0..3)
        .map(|n| gateway.metric(&format!("umsoap_gateway_upstream_ejected{{upstream=\"um-{n}\"}}")))
        .sum();
    assert_eq!(ejected, 1.0);
    // A single upstream is never ejected.
    let alone = Server::start(|_| html(503));
    let gateway = self::gateway(&[&alone], "[forwarding]\nhealth_ms = 0\neject_failures = 1\n");
    read(&gateway, 0..10);
    assert_eq!(alone.requests().len(), 10);
}

fn is_up(gateway: &Gateway, upstream: usize, up: f64) {
    gateway.metric_becomes(&format!("umsoap_gateway_upstream_up{{upstream=\"um-{upstream}\"}}"), up);
}

#[test]
fn health_is_asked_for_by_http() {
    let is_check = |request: &Request| request.head.starts_with("GET /EWS/healthcheck.htm HTTP/1.1\r\n");
    let well = Server::start(move |r| if is_check(r) { html(200) } else { good() });
    let ill = Server::start(move |r| if is_check(r) { html(503) } else { good() });
    let slow = Server::start(move |r| match is_check(r) {
        true => Act::Late(Duration::from_millis(1500), reply(200, "", "")),
        false => good(),
    });
    let gateway = gateway(&[&well, &ill, &slow], "[forwarding]\nhealth_ms = 50\nreply_ms = 300\n");
    is_up(&gateway, 0, 1.0);
    is_up(&gateway, 1, 0.0);
    is_up(&gateway, 2, 0.0);
    let calls = |server: &Server| server.requests().iter().filter(|r| !is_check(r)).count();
    assert!(read(&gateway, 0..30).iter().all(|status| *status == 200));
    assert_eq!((calls(&well), calls(&ill), calls(&slow)), (30, 0, 0));
    let checks: Vec<_> = ill.requests().into_iter().filter(is_check).collect();
    assert!(checks.len() > 1);
    for check in checks {
        assert_eq!((check.headers("host"), check.place), (vec![ill.address.to_string().as_str()], 0));
    }
}

#[test]
fn the_path_of_the_health_check_is_configured_or_off() {
    let server = Server::start(|r| html(if r.head.starts_with("GET /other HTTP/1.1") { 200 } else { 404 }));
    let configured = gateway(&[&server], "[forwarding]\nhealth_ms = 50\nhealth_path = \"/other\"\n");
    is_up(&configured, 0, 1.0);
    let usual = gateway(&[&server], "[forwarding]\nhealth_ms = 50\n");
    is_up(&usual, 0, 0.0);
    drop((configured, usual));
    let server = Server::start(|_| html(500));
    let connecting = gateway(&[&server], "[forwarding]\nhealth_ms = 50\nhealth_path = \"\"\n");
    let start = Instant::now();
    while server.connections() < 3 {
        assert!(start.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(10));
    }
    is_up(&connecting, 0, 1.0);
    assert!(server.requests().is_empty());
}

/// Starts a gateway whose upstream is `um.example`, in a mount namespace where `hosts` is mounted as /etc/hosts.
fn named(port: u16, hosts: &std::path::Path, keys: &str) -> Gateway {
    let nowhere: SocketAddr = ([127, 0, 0, 1], port).into();
    let (before, after) = (format!("address = \"{nowhere}\""), format!("address = \"um.example:{port}\""));
    let text = config(&[nowhere], "127.0.0.1:0", keys).replacen(&before, &after, 1);
    Gateway::start_in(
        &[
            "unshare",
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            &format!("mount --bind {} /etc/hosts && exec \"$0\" \"$@\"", hosts.display()),
        ],
        &text,
    )
}

#[test]
fn all_addresses_of_a_name_are_used_and_found_again() {
    let hosts = folder().join("hosts");
    let resolve = |addresses: &[&str]| {
        let lines: String = addresses.iter().map(|address| format!("{address} um.example\n")).collect();
        // The file is changed in place, because a new file would not be the one that is mounted.
        std::fs::write(&hosts, lines).unwrap();
    };
    let first = Server::start_at("127.0.0.1:0", |_| good());
    let port = first.address.port();
    let second = Server::start_at(&format!("127.0.0.2:{port}"), |_| good());
    let third = Server::start_at(&format!("[::1]:{port}"), |_| good());
    resolve(&["127.0.0.1", "127.0.0.2", "127.0.0.3"]);
    let gateway = named(port, &hosts, "[forwarding]\nhealth_ms = 0\nresolve_ms = 50\n");
    // Nobody listens at the third address, so the servers at the other ones answer its calls. The polls of one call
    // reach one server.
    for _ in 0..3 {
        assert!(read(&gateway, 0..60).iter().all(|status| *status == 200));
    }
    let calls = |server: &Server| -> BTreeSet<String> {
        server.requests().iter().map(|request| request.call_id().to_owned()).collect()
    };
    let (at_first, at_second) = (calls(&first), calls(&second));
    assert!(at_first.len() > 5 && at_second.len() > 5, "{} {}", at_first.len(), at_second.len());
    assert!(at_first.is_disjoint(&at_second));
    assert_eq!(first.requests()[0].headers("host"), [format!("um.example:{port}")]);
    // The name gets another address.
    resolve(&["::1"]);
    let start = Instant::now();
    while third.requests().is_empty() {
        assert!(start.elapsed() < Duration::from_secs(10));
        assert_eq!(read(&gateway, 0..1), [200]);
        std::thread::sleep(Duration::from_millis(20));
    }
    let before = (first.requests().len(), second.requests().len());
    assert!(read(&gateway, 0..60).iter().all(|status| *status == 200));
    assert_eq!((first.requests().len(), second.requests().len()), before);
    // A name that is not found any more keeps its addresses.
    resolve(&[]);
    std::thread::sleep(Duration::from_millis(200));
    assert!(read(&gateway, 0..20).iter().all(|status| *status == 200));
}

/// The receive buffer of the upstream's sockets. It is small, so that a long body does not fit into the buffers of the
/// connection: the sender's buffer has up to 4 MiB.
const RECEIVE_BUFFER: usize = 64 << 10;

/// Starts an upstream that answers a request after its head, and then calls `then`. Returns its address.
fn early(answer: &'static str, then: fn(TcpStream)) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // Accepted connections inherit the size. The system doubles the number.
    rustix::net::sockopt::set_socket_recv_buffer_size(&listener, RECEIVE_BUFFER).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || {
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
                    head.push(byte[0]);
                }
                let _ = stream.write_all(answer.as_bytes());
                then(stream);
            });
        }
    });
    address
}

#[test]
fn an_early_401_to_a_long_body_is_passed_on() {
    // The body is longer than the buffers of the two sockets, which have 4 MiB and 128 KiB.
    const BYTES: usize = 7 << 20;
    // No time-out ends an exchange within the test's patience, however busy the machine is.
    let keys = format!(
        "[request]\nforward = \"original\"\nbody_bytes = {BYTES}\nbuffered_bytes = {}\nbody_ms = 600000\n\
         [forwarding]\nhealth_ms = 0\nreply_ms = 600000\n",
        2 * BYTES
    );
    let message = call(SOAP_1_1, "x");
    let message =
        message.replace("<s:Body>", &format!("<!--{}--><s:Body>", "x".repeat(BYTES - message.len() - 7)));
    const CHALLENGE: &str =
        "HTTP/1.1 401 X\r\nWWW-Authenticate: Basic realm=\"early\"\r\nContent-Length: 6\r\n\r\ndenied";
    let closes: fn(TcpStream) = |stream| {
        std::thread::sleep(Duration::from_millis(100));
        drop(stream);
    };
    // With an upstream that does not read on, an answer that reaches the client was passed on before the body's end.
    let waits: fn(TcpStream) = |_stream| {
        loop {
            std::thread::park();
        }
    };
    let ask = |gateway: &Gateway| {
        let mut client = gateway.client();
        client.stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        client.stream.set_write_timeout(Some(Duration::from_secs(120))).unwrap();
        client.post(&message, "")
    };
    for (what, then) in [("closes", closes), ("does not read on", waits)] {
        for auth in ["stateless", "connection"] {
            let gateway =
                Gateway::start(&[early(CHALLENGE, then)], &format!("{keys}[identity]\nauth = \"{auth}\"\n"));
            let answer = ask(&gateway);
            assert_eq!(
                (answer.status, answer.header("www-authenticate")),
                (401, Some("Basic realm=\"early\"")),
                "{what}: {}",
                answer.text()
            );
            assert_eq!(answer.header("connection") == Some("close"), auth == "connection", "{what}");
        }
    }
    // A success before the end of the request cannot be its reply.
    let fine = "HTTP/1.1 200 X\r\nContent-Type: text/xml\r\nContent-Length: 4\r\n\r\n<a/>";
    let gateway = Gateway::start(&[early(fine, waits)], &keys);
    let answer = ask(&gateway);
    assert_eq!(answer.status, 500);
    gateway.metric_becomes("umsoap_gateway_requests_total{kind=\"Broken\",outcome=\"bad_reply\"}", 1.0);
}

#[test]
fn head_and_body_are_one_write() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut piece = vec![0; 1 << 16];
        // If head and body are one write, one read returns both, because the gateway then waits for the reply.
        while let Ok(read @ 1..) = stream.read(&mut piece) {
            let whole = piece[..read].ends_with(b"Envelope>");
            tell.send(whole).unwrap();
            if whole || piece[..read].is_empty() {
                stream.write_all(&reply(200, XML, &connected())).unwrap();
            } else {
                // This reads the rest of the request.
                let _ = stream.read(&mut piece);
                stream.write_all(&reply(200, XML, &connected())).unwrap();
            }
        }
    });
    let text =
        config(&[address], "127.0.0.1:0", "[request]\nforward = \"original\"\n[forwarding]\nhealth_ms = 0\n");
    let gateway = Gateway::start_with(&text.replacen("threads = 2", "threads = 1", 1), &[]);
    let mut client = gateway.client();
    let message = call(SOAP_1_1, "x");
    let long = message.replace("<s:Body>", &format!("<!--{}--><s:Body>", "x".repeat(9000)));
    for number in 0..60 {
        let message = if number % 2 == 0 { &message } else { &long };
        assert_eq!(client.exchange(post(message, "").as_bytes()).status, 200);
        assert!(told.recv().unwrap(), "{number}");
    }
}

#[test]
fn an_ipv6_address_with_tls_needs_no_name() {
    let made = rcgen::generate_simple_self_signed(["::1".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let folder = folder();
    let (chain, key) = (folder.join("chain.pem"), folder.join("key.pem"));
    std::fs::write(&chain, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let server = Server::start(|_| good());
    let tls = format!("[server]\ntls_certificate = \"{}\"\ntls_key = \"{}\"", chain.display(), key.display());
    for listen in ["[::1]:0", "127.0.0.1:0"] {
        let text =
            config(&[server.address], listen, "[forwarding]\nhealth_ms = 0\n").replacen("[server]", &tls, 1);
        let behind = Gateway::start_with(&text, &[]);
        let extra = format!("tls = true\n[forwarding]\nhealth_ms = 0\nca_file = \"{}\"\n", chain.display());
        let front = Gateway::start(&[behind.listen], &extra);
        assert_eq!(front.post(&call(SOAP_1_1, "x")).state().0, "Connected", "{listen}");
    }
}

/// After a failed connection, an address comes last for `eject_ms`. After that time it is tried in its turn again.
#[test]
fn an_address_that_failed_is_left_alone_for_a_while() {
    for (eject, is_asked_again) in [(60_000, false), (300, true)] {
        let hosts = folder().join("hosts");
        std::fs::write(&hosts, "127.0.0.1 um.example\n127.0.0.2 um.example\n").unwrap();
        let first = Server::start_at("127.0.0.1:0", |_| good());
        let port = first.address.port();
        let keys = format!("[forwarding]\nhealth_ms = 0\nresolve_ms = 0\neject_ms = {eject}\n");
        let gateway = named(port, &hosts, &keys);
        // Nobody listens at the second address yet: a connection to it fails, and the server at the first one answers.
        assert!(read(&gateway, 0..40).iter().all(|status| *status == 200));
        assert_eq!(first.requests().len(), 40);
        let second = Server::start_at(&format!("127.0.0.2:{port}"), |_| good());
        std::thread::sleep(Duration::from_millis(400));
        assert!(read(&gateway, 0..40).iter().all(|status| *status == 200));
        assert_eq!(!second.requests().is_empty(), is_asked_again, "{eject}: {}", second.requests().len());
        assert_eq!(first.requests().len() + second.requests().len(), 80);
    }
}

/// Only the status 200 is health, no other success and no redirect.
#[test]
fn only_200_is_health() {
    let is_check = |request: &Request| request.head.starts_with("GET ");
    let statuses = [200, 201, 202, 204, 301, 302, 401, 404, 500, 503];
    let servers = statuses.map(|status| {
        Server::start(move |r| if is_check(r) { Act::Reply(reply(status, "", "")) } else { good() })
    });
    let all: Vec<&Server> = servers.iter().collect();
    let gateway = gateway(&all, "[forwarding]\nhealth_ms = 50\n");
    for (index, status) in statuses.into_iter().enumerate() {
        is_up(&gateway, index, if status == 200 { 1.0 } else { 0.0 });
    }
    assert!(read(&gateway, 0..30).iter().all(|status| *status == 200));
    for (server, status) in servers.iter().zip(statuses) {
        let calls = server.requests().iter().filter(|r| !is_check(r)).count();
        assert_eq!(calls, if status == 200 { 30 } else { 0 }, "{status}");
    }
}

//! Tests of the upstream and the connection that a request takes, as the upstreams record them. They use several
//! upstreams, both values of `identity.auth`, and every rule for further tries.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use crate::process::{Client, Gateway, MESSAGES, SOAP_1_1, SOAP_1_2, call, envelope, post};
use crate::server::{Act, Request, Server, XML, connected, good, reply};

/// A configuration without health checks, so that upstreams see the connections of requests alone.
const QUIET: &str = "[forwarding]\nhealth_ms = 0\n";

fn gateway(servers: &[Server], extra: &str) -> Gateway {
    let addresses: Vec<_> = servers.iter().map(|s| s.address).collect();
    Gateway::start(&addresses, extra)
}

/// Returns a CallId that names a UM server: an identifier, `@` and the server's name, in base64.
fn naming(server: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let text = format!("09df9edc-4e23-4709-bdaf-7be20cb0ae56@{server}");
    let mut base64 = String::new();
    for piece in text.as_bytes().chunks(3) {
        let bits = piece.iter().chain([&0, &0]).take(3).fold(0, |bits, b| bits << 8 | u32::from(*b));
        for place in 0..4 {
            let kept = place <= piece.len();
            let letter = ALPHABET[(bits >> (18 - 6 * place)) as usize & 63];
            base64.push(if kept { char::from(letter) } else { '=' });
        }
    }
    base64
}

fn operation(soap: &str) -> String {
    envelope(soap, "", &format!("<SetOofStatus xmlns=\"{MESSAGES}\"><status>true</status></SetOofStatus>"))
}

fn operation_reply() -> Act {
    let body = format!("<SetOofStatusResponse xmlns=\"{MESSAGES}\"/>");
    Act::Reply(reply(200, XML, &envelope(SOAP_1_1, "", &body)))
}

#[test]
fn a_table_sends_each_call_to_its_server_over_connections_of_that_server() {
    let table = "[routing]\nunlisted = \"refuse\"\n[routing.table]\n\"um-a.example\" = \"um-0\"\n\
        \"UM-B.Example\" = \"um-1\"\n\"um-c.example\" = \"um-2\"\n";
    for auth in ["stateless", "connection"] {
        let servers: Vec<_> = (0..3).map(|_| Server::start(|_| good())).collect();
        let gateway = gateway(&servers, &format!("[identity]\nauth = \"{auth}\"\n{QUIET}{table}"));
        let mut clients: Vec<Client> = (0..3).map(|_| gateway.client()).collect();
        // The case of a server's name does not matter, neither in the table nor in the CallId.
        let names = [
            ["um-a.example", "UM-A.EXAMPLE"],
            ["um-b.example", "UM-B.Example"],
            ["Um-C.eXample", "um-c.example"],
        ];
        for round in 0..4 {
            for (number, client) in clients.iter_mut().enumerate() {
                for names in names {
                    let answer = client.post(
                        &call(SOAP_1_1, &naming(names[round % 2])),
                        &format!("User-Agent: {number}\r\n"),
                    );
                    assert_eq!(answer.state().0, "Connected", "{auth}");
                }
            }
        }
        for (server, names) in servers.iter().zip(names) {
            let requests = server.requests();
            assert_eq!(requests.len(), 12, "{auth}");
            for request in &requests {
                assert!(names.iter().any(|name| request.call_id() == naming(name)), "{auth}: {request:?}");
                assert_eq!(request.headers("host"), [server.address.to_string()], "{auth}");
            }
            if auth == "connection" {
                // Each client has one connection to each server, and no two clients share a connection.
                let pairs: BTreeSet<_> =
                    requests.iter().map(|r| (r.connection, r.headers("user-agent")[0].to_owned())).collect();
                let connections: BTreeSet<_> = requests.iter().map(|r| r.connection).collect();
                assert_eq!((pairs.len(), connections.len(), server.connections()), (3, 3, 3));
            } else {
                // Each of the two threads has at most one connection to a server.
                assert!(server.connections() <= 2, "{}", server.connections());
            }
        }
    }
}

#[test]
fn requests_without_a_call_id_are_spread() {
    let servers: Vec<_> = (0..3).map(|_| Server::start(|_| operation_reply())).collect();
    let gateway =
        gateway(&servers, &format!("[request]\noperations = [\"GetCallInfo\", \"SetOofStatus\"]\n{QUIET}"));
    let mut client = gateway.client();
    for _ in 0..60 {
        assert_eq!(client.post(&operation(SOAP_1_1), "").status, 200);
    }
    let counts: Vec<_> = servers.iter().map(|s| s.requests().len()).collect();
    // By chance, one of three servers gets fewer than 5 of 60 requests once in 100,000 runs.
    assert!(counts.iter().sum::<usize>() == 60 && counts.iter().all(|c| *c >= 5), "{counts:?}");
}

/// Fills the pool with this many connections, each of which has carried one request.
fn fill(gateway: &Gateway, connections: usize) {
    std::thread::scope(|scope| {
        for number in 0..connections {
            scope.spawn(move || gateway.post(&call(SOAP_1_1, &format!("fill {number}"))).state());
        }
    });
}

#[test]
fn after_a_stale_connection_a_new_one_is_taken() {
    // The first four requests wait for one another, so that each has a connection of its own. The server closes a
    // connection at its second request.
    let all = Arc::new(Barrier::new(4));
    let server = Server::start(move |request: &Request| match request.place {
        0 if request.call_id().starts_with("fill") => {
            all.wait();
            good()
        }
        0 => good(),
        _ => Act::Close(Vec::new()),
    });
    let gateway = Gateway::start(&[server.address], "[forwarding]\nhealth_ms = 0\ntries = 2\n");
    fill(&gateway, 4);
    assert_eq!(server.connections(), 4);
    // Two tries are enough, because the second one does not take another old connection.
    assert_eq!(gateway.post(&call(SOAP_1_1, "read")).state().0, "Connected");
    let last: Vec<_> = server.requests().iter().skip(4).map(|r| (r.connection < 4, r.place)).collect();
    assert_eq!(last, [(true, 1), (false, 0)]);
    assert_eq!(
        gateway.metric("umsoap_gateway_upstream_failures_total{failure=\"Stale\",upstream=\"um-0\"}"),
        1.0
    );
}

#[test]
fn an_operation_that_does_something_takes_no_old_connection_and_leaves_none() {
    let server = Server::start(|request: &Request| match (request.place, request.call_id()) {
        (0, "") => operation_reply(),
        (0, _) => good(),
        _ => Act::Close(Vec::new()),
    });
    let keys = format!("[request]\noperations = [\"GetCallInfo\", \"SetOofStatus\"]\n{QUIET}");
    let gateway = Gateway::start(&[server.address], &keys);
    fill(&gateway, 1);
    for sent in 1..=5 {
        assert_eq!(gateway.post(&operation(SOAP_1_1)).status, 200);
        let requests = server.requests();
        let last = requests.last().unwrap();
        assert_eq!((requests.len(), last.connection, last.place), (1 + sent, sent, 0));
    }
}

#[test]
fn a_slow_reply_is_not_asked_for_elsewhere() {
    for auth in ["stateless", "connection"] {
        let slow = || Server::start(|_| Act::Late(Duration::from_millis(800), reply(200, XML, &connected())));
        let servers = [slow(), slow(), slow()];
        let keys = format!("[identity]\nauth = \"{auth}\"\n[forwarding]\nhealth_ms = 0\nreply_ms = 200\n");
        let gateway = gateway(&servers, &keys);
        let start = Instant::now();
        let answer = gateway.post(&call(SOAP_1_1, "slow"));
        assert_eq!((answer.status, answer.fault().1.as_str()), (500, "Server"));
        assert!(start.elapsed() < Duration::from_millis(700));
        assert_eq!(servers.iter().map(|s| s.requests().len()).sum::<usize>(), 1, "{auth}");
        assert_eq!(servers.iter().map(Server::connections).sum::<usize>(), 1, "{auth}");
        gateway.metric_becomes("umsoap_gateway_requests_total{kind=\"Slow\",outcome=\"upstream_slow\"}", 1.0);
    }
}

/// Counts the requests that all upstreams together get for each kind of failure: for a read, for an operation that does
/// something, and for a read over a bound connection.
#[test]
fn who_tries_again_and_how_often() {
    let cut = || Act::Close(reply(200, XML, &connected())[..100].to_vec());
    let long = || Act::Reply(reply(200, XML, &format!("{}{}", connected(), " ".repeat(3000))));
    let odd = || Act::Reply(b"SMTP 200 X\r\n\r\n".to_vec());
    let closed = || Act::Close(Vec::new());
    type Sort = Box<dyn Fn() -> Act + Send + Sync>;
    let cases: [(&str, Sort, [usize; 3]); 4] = [
        // The numbers are for GetCallInfo, for SetOofStatus, and for GetCallInfo over a bound connection.
        ("closed", Box::new(closed), [3, 1, 1]),
        ("cut", Box::new(cut), [3, 1, 1]),
        ("long", Box::new(long), [1, 1, 1]),
        ("no HTTP", Box::new(odd), [1, 1, 1]),
    ];
    for (what, act, [reads, operations, bound]) in cases {
        let act = Arc::new(act);
        for (auth, message, times) in [
            ("stateless", call(SOAP_1_1, "read"), reads),
            ("stateless", operation(SOAP_1_2), operations),
            ("connection", call(SOAP_1_2, "read"), bound),
        ] {
            let servers: Vec<_> = (0..3)
                .map(|_| {
                    let act = act.clone();
                    Server::start(move |_| act())
                })
                .collect();
            let keys = format!(
                "[request]\noperations = [\"GetCallInfo\", \"SetOofStatus\"]\n[identity]\nauth = \"{auth}\"\n[reply]\nbody_bytes = 2000\n\
                 [forwarding]\nhealth_ms = 0\ntries = 3\n"
            );
            let gateway = gateway(&servers, &keys);
            let answer = gateway.post(&message);
            assert_eq!(answer.status, 500, "{what} {auth}: {}", answer.text());
            let counts: Vec<_> = servers.iter().map(|s| s.requests().len()).collect();
            assert_eq!(counts.iter().sum::<usize>(), times, "{what} {auth} {message}: {counts:?}");
            // No server gets the request twice.
            assert!(counts.iter().all(|c| *c <= 1), "{what} {auth}: {counts:?}");
            assert_eq!(answer.header("connection") == Some("close"), auth == "connection", "{what}");
        }
    }
}

/// A request whose upstream has `upstream_requests` requests already goes to another upstream. When all upstreams are
/// full, it goes to none.
#[test]
fn a_full_upstream_leaves_its_requests_to_others() {
    let slow = || Server::start(|_| Act::Late(Duration::from_millis(1500), reply(200, XML, &connected())));
    let servers = [slow(), slow(), slow()];
    let keys = "[forwarding]\nhealth_ms = 0\n[limits]\nupstream_requests = 1\n";
    let gateway = gateway(&servers, keys);
    // All requests are for one call, which has one place on the ring.
    let message = call(SOAP_1_1, "x");
    let mut waiting = Vec::new();
    for number in 1..=3 {
        let mut client = gateway.client();
        std::io::Write::write_all(&mut client.stream, post(&message, "").as_bytes()).unwrap();
        let start = Instant::now();
        while servers.iter().map(|s| s.requests().len()).sum::<usize>() < number {
            assert!(start.elapsed() < Duration::from_secs(10), "{number}");
            std::thread::sleep(Duration::from_millis(5));
        }
        waiting.push(client);
    }
    let counts: Vec<_> = servers.iter().map(|s| s.requests().len()).collect();
    assert_eq!(counts, [1, 1, 1]);
    let answer = gateway.post(&message);
    assert_eq!((answer.status, answer.fault().2.as_str()), (503, "The UM servers have too many requests."));
    for mut client in waiting {
        assert_eq!(client.answer().unwrap().state().0, "Connected");
    }
}

/// The answer depends on the last try. A 503 that was given up for another server's reply does not come back when that
/// server gives none.
#[test]
fn the_last_try_is_answered_for() {
    let fault = "<s:Fault><faultcode>s:Server</faultcode><faultstring>a secret</faultstring></s:Fault>";
    let busy = move || Act::Reply(reply(503, XML, &envelope(SOAP_1_1, "", fault)));
    let closed = || Act::Close(Vec::new());
    let (given, broken) = ("The UM server could not answer.", "The reply of the UM server cannot be used.");
    for (busy_tries, reason) in [(&[0, 1][..], given), (&[0], broken), (&[1], given), (&[], broken)] {
        let tries = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let servers: Vec<_> = (0..3)
            .map(|_| {
                let tries = tries.clone();
                Server::start(move |_| {
                    let number = tries.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    if busy_tries.contains(&number) { busy() } else { closed() }
                })
            })
            .collect();
        let gateway = gateway(&servers, "[forwarding]\nhealth_ms = 0\ntries = 2\n");
        let answer = gateway.post(&call(SOAP_1_1, "read"));
        assert_eq!((answer.status, answer.fault().2.as_str()), (500, reason), "{busy_tries:?}");
        assert_eq!(servers.iter().map(|s| s.requests().len()).sum::<usize>(), 2);
    }
}

#[test]
fn tries_are_counted_over_upstreams_and_connections_together() {
    for tries in 1..=4 {
        let servers: Vec<_> = (0..3).map(|_| Server::start(|_| Act::Close(Vec::new()))).collect();
        let gateway = gateway(&servers, &format!("[forwarding]\nhealth_ms = 0\ntries = {tries}\n"));
        assert_eq!(gateway.post(&call(SOAP_1_1, "read")).status, 500);
        let counts: Vec<_> = servers.iter().map(|s| s.requests().len()).collect();
        assert_eq!(counts.iter().sum::<usize>(), tries.min(3), "{counts:?}");
    }
}

#[test]
fn pooled_connections_stay_with_their_upstream_under_concurrency() {
    let servers: Vec<_> = (0..3).map(|_| Server::start(|_| good())).collect();
    let gateway = gateway(&servers, QUIET);
    std::thread::scope(|scope| {
        for thread in 0..6 {
            let gateway = &gateway;
            scope.spawn(move || {
                let mut client = gateway.client();
                for number in 0..40 {
                    let message = call(SOAP_1_1, &format!("{thread} {}", number % 10));
                    assert_eq!(client.post(&message, "").state().0, "Connected");
                }
            });
        }
    });
    // All polls of a call reach one server, and each request on a connection names the server of the connection as its
    // Host.
    let mut homes: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for (index, server) in servers.iter().enumerate() {
        for request in server.requests() {
            assert_eq!(request.headers("host"), [server.address.to_string()]);
            homes.entry(request.call_id().to_owned()).or_default().insert(index);
        }
        assert!(server.connections() <= 6 && !server.requests().is_empty(), "{}", server.connections());
    }
    assert!(homes.len() == 60 && homes.values().all(|servers| servers.len() == 1), "{homes:?}");
}

#[test]
fn a_bound_client_begins_with_a_connection_that_nobody_had() {
    let server = Server::start(|_| good());
    let gateway = Gateway::start(&[server.address], &format!("[identity]\nauth = \"connection\"\n{QUIET}"));
    for client in 0..4 {
        let mut connection = gateway.client();
        for place in 0..3 {
            assert_eq!(connection.exchange(post(&call(SOAP_1_1, "x"), "").as_bytes()).status, 200);
            let last = server.requests().pop().unwrap();
            assert_eq!((last.connection, last.place), (client, place));
        }
    }
}

#[test]
fn a_bound_clients_connection_ends_with_its_upstreams() {
    // The upstream announces with its third reply that it closes the connection, and closes it.
    let server = Server::start(|request: &Request| match request.place {
        0 | 1 => good(),
        _ => Act::Close(reply(200, &format!("{XML}Connection: close\r\n"), &connected())),
    });
    let gateway = Gateway::start(&[server.address], &format!("[identity]\nauth = \"connection\"\n{QUIET}"));
    let mut client = gateway.client();
    for place in 0..3 {
        let answer = client.post(&call(SOAP_1_1, "x"), "");
        assert_eq!((answer.status, answer.header("connection") == Some("close")), (200, place == 2));
    }
    assert!(client.is_closed());
    // With `auth = "stateless"`, the client's connection stays open.
    let gateway = Gateway::start(&[server.address], QUIET);
    let mut client = gateway.client();
    for _ in 0..5 {
        assert_eq!(client.post(&call(SOAP_1_1, "x"), "").status, 200);
    }
}

#[test]
fn a_server_that_began_to_answer_is_not_taken_for_a_stale_connection() {
    // The first server answers the second request on a connection with 100, and then closes the connection. It has read
    // the request, so the gateway asks the other server and not this one again.
    let half = |request: &Request| match request.place {
        0 => good(),
        _ => Act::Close(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()),
    };
    let (first, second) = (Server::start(half), Server::start(|_| good()));
    let text = crate::process::config(&[first.address, second.address], "127.0.0.1:0", QUIET);
    let gateway = Gateway::start_with(&text.replacen("threads = 2", "threads = 1", 1), &[]);
    let mut client = gateway.client();
    // Each call is sent twice. Some of the calls have their place at the first server.
    for number in 0..10 {
        for _ in 0..2 {
            assert_eq!(client.post(&call(SOAP_1_1, &format!("call {number}")), "").status, 200);
        }
    }
    let failures = |failure: &str| {
        let labels = format!("{{failure=\"{failure}\",upstream=\"um-0\"}}");
        gateway.metric(&format!("umsoap_gateway_upstream_failures_total{labels}"))
    };
    let halves = first.requests().iter().filter(|request| request.place > 0).count();
    assert!(halves > 0);
    assert_eq!((failures("Broken"), failures("Stale")), (halves as f64, 0.0));
    assert_eq!(second.requests().len() + first.requests().len(), 20 + halves);
}

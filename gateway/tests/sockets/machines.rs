//! Tests of two gateways behind a balancer of layer 4.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::process::{Client, Gateway, Mock, Process, SOAP_1_1, call, config, folder, post};

/// Returns an address with a free port.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Starts two gateways with one secret in front of the servers `mocks`.
fn gateways(mocks: &[Mock; 3], drain: u64) -> [Gateway; 2] {
    let secret = folder().join("routing.secret");
    std::fs::write(&secret, "0123456789abcdef0123456789abcdef\n").unwrap();
    let extra = format!("[routing]\nsecret_file = \"{}\"\n[log]\naccess = false\n", secret.display());
    let text = config(&mocks.each_ref().map(|mock| mock.address), "127.0.0.1:0", &extra)
        .replacen("[server]\n", "[server]\nproxy_protocol = [\"127.0.0.0/8\"]\n", 1)
        .replacen("drain_seconds = 0", &format!("drain_seconds = {drain}"), 1);
    [Gateway::start_with(&text, &[]), Gateway::start_with(&text, &[])]
}

fn balancer(gateways: &[Gateway; 2]) -> (Process, SocketAddr) {
    let listen = free();
    let mut text = format!(
        "global\n maxconn 1000\ndefaults\n mode tcp\n timeout connect 1s\n timeout client 30s\n timeout server 30s\n \
         retries 3\n option redispatch 1\nlisten gateways\n bind {listen}\n balance roundrobin\n \
         option httpchk GET /readyz\n default-server check inter 100ms fall 1 rise 2 send-proxy-v2\n"
    );
    for (number, gateway) in gateways.iter().enumerate() {
        let port = gateway.admin.port();
        text += &format!(" server gateway-{number} {} port {port}\n", gateway.listen);
    }
    let file = folder().join("haproxy.cfg");
    std::fs::write(&file, text).unwrap();
    let mut command = Command::new("haproxy");
    let process = Process::start(command.arg("-f").arg(&file).arg("-db").stderr(Stdio::null()));
    let start = Instant::now();
    while std::net::TcpStream::connect(listen).is_err() {
        assert!(start.elapsed() < Duration::from_secs(10), "HAProxy does not start; apt-get install haproxy");
        std::thread::sleep(Duration::from_millis(20));
    }
    (process, listen)
}

/// Sends 30 calls through a gateway and returns the index of the server that each of them reaches. `mark` names the
/// requests in the servers' logs.
fn places(mocks: &[Mock; 3], gateway: &Gateway, mark: &str) -> Vec<usize> {
    let mut client = Client::connect(gateway.listen);
    client.stream.write_all(b"PROXY TCP4 203.0.113.7 127.0.0.1 4000 443\r\n").unwrap();
    let mut places = Vec::new();
    for number in 0..30 {
        let before = mocks.each_ref().map(|mock| mock.log().len());
        client.post(&call(SOAP_1_1, &format!("call-{number}")), &format!("X-Mock-Log: {mark}\r\n"));
        let after = mocks.each_ref().map(|mock| mock.log().len());
        places.push((0..3).find(|server| after[*server] == before[*server] + 1).unwrap());
    }
    places
}

#[test]
fn gateways_with_one_secret_route_alike() {
    let mocks = [Mock::start(), Mock::start(), Mock::start()];
    let [first, second] = gateways(&mocks, 0);
    let before = places(&mocks, &first, "first");
    assert_eq!(before, places(&mocks, &second, "second"));
    assert!((0..3).all(|server| before.contains(&server)), "{before:?}");
}

#[derive(Default)]
struct Seen {
    stop: AtomicBool,
    answered: AtomicUsize,
    /// The times at which the lost calls began.
    lost: std::sync::Mutex<Vec<Instant>>,
}

/// Sends calls until `stop` is set, each over a connection of its own.
fn load(listen: SocketAddr, seen: &Seen) {
    let request = post(&call(SOAP_1_1, "mock:slow:5"), "Connection: close\r\n");
    while !seen.stop.load(Ordering::Relaxed) {
        let begun = Instant::now();
        let mut client = Client::connect(listen);
        let answer = client.stream.write_all(request.as_bytes()).ok().and_then(|()| client.answer());
        match answer {
            Some(answer) if answer.status == 200 => {
                seen.answered.fetch_add(1, Ordering::Relaxed);
            }
            _ => seen.lost.lock().unwrap().push(begun),
        }
    }
}

fn under_load(listen: SocketAddr, what: impl FnOnce(&Seen)) -> (usize, Vec<Instant>) {
    let seen = Arc::new(Seen::default());
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let seen = seen.clone();
            std::thread::spawn(move || load(listen, &seen))
        })
        .collect();
    std::thread::sleep(Duration::from_secs(1));
    what(&seen);
    std::thread::sleep(Duration::from_secs(2));
    seen.stop.store(true, Ordering::Relaxed);
    for client in clients {
        client.join().unwrap();
    }
    let lost = seen.lost.lock().unwrap().clone();
    (seen.answered.load(Ordering::Relaxed), lost)
}

const CLIENTS: usize = 8;

#[test]
#[ignore = "needs HAProxy: tests/heavy.sh"]
fn a_gateway_that_is_killed_loses_only_the_calls_that_it_holds() {
    let mocks = [Mock::start(), Mock::start(), Mock::start()];
    let mut pair = gateways(&mocks, 0);
    let (_haproxy, listen) = balancer(&pair);
    let mut killed = None;
    let mut before = 0;
    let (answered, lost) = under_load(listen, |seen| {
        before = seen.answered.load(Ordering::Relaxed);
        pair[0].process.signal("KILL");
        assert!(!pair[0].process.ended());
        killed = Some(Instant::now());
    });
    println!("{answered} calls answered, {before} before the kill, {} lost", lost.len());
    assert!(lost.len() <= CLIENTS, "{} lost", lost.len());
    assert!(lost.iter().all(|begun| *begun <= killed.unwrap()), "a call was lost that began after the kill");
    assert!(before > 50 && answered > before + 50, "{before} {answered}");
}

#[test]
#[ignore = "needs HAProxy: tests/heavy.sh"]
fn a_gateway_that_is_stopped_loses_no_call() {
    let mocks = [Mock::start(), Mock::start(), Mock::start()];
    let mut pair = gateways(&mocks, 1);
    let (_haproxy, listen) = balancer(&pair);
    let (answered, lost) = under_load(listen, |_| pair[0].process.signal("TERM"));
    assert!(pair[0].process.ended());
    println!("{answered} calls answered, {} lost", lost.len());
    assert_eq!(lost.len(), 0);
    assert!(answered > 100, "{answered}");
}

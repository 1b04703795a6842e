//! Tests that take longer. `tests/heavy.sh` runs them.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::process::{
    Client, DOCUMENTED, Gateway, Mock, PATH, SOAP_1_1, SOAP_1_2, call, config, envelope, folder, post,
};

/// A generator of numbers that look random and do not differ between runs (xorshift).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below as u64) as usize
    }
}

/// Returns a hostile request.
fn hostile(numbers: &mut Numbers) -> Vec<u8> {
    let soap = [SOAP_1_1, SOAP_1_2][numbers.next(2)];
    let good = call(soap, DOCUMENTED);
    let deep = |n: usize| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n));
    let message = match numbers.next(12) {
        0 => format!("<!DOCTYPE x [<!ENTITY a \"{}\">]>{good}", "b".repeat(numbers.next(5000))),
        1 => envelope(soap, "", &deep(numbers.next(5000))),
        2 => {
            let attributes: String = (0..numbers.next(400)).map(|i| format!(" a{i}='x'")).collect();
            envelope(soap, "", &format!("<x{attributes}/>"))
        }
        3 => {
            let declarations: String =
                (0..numbers.next(200)).map(|i| format!(" xmlns:p{i}='urn:{i}'")).collect();
            envelope(soap, "", &format!("<x{declarations}/>"))
        }
        4 => call(soap, &"&#65;".repeat(numbers.next(3000))),
        5 => good[..numbers.next(good.len())].to_owned(),
        6 => format!("{good}{}", " ".repeat(numbers.next(200_000))),
        7 => envelope(soap, &"<t:a xmlns:t='urn:t' s:mustUnderstand='1'/>".repeat(numbers.next(200)), "<x/>"),
        8 => {
            let mut bytes = good.clone().into_bytes();
            for _ in 0..1 + numbers.next(5) {
                let at = numbers.next(bytes.len());
                bytes[at] = (numbers.next(127) + 1) as u8;
            }
            String::from_utf8(bytes).unwrap()
        }
        9 => call(soap, &"x".repeat(numbers.next(1_500_000))),
        10 => good.replace("<s:Body>", &format!("<!--{}--><s:Body>", "-x".repeat(numbers.next(100_000)))),
        _ => String::from_utf8_lossy(
            &(0..numbers.next(3000)).map(|_| numbers.next(256) as u8).collect::<Vec<_>>(),
        )
        .into_owned(),
    };
    let request = match numbers.next(10) {
        0 => post(&message, &format!("X-Long: {}\r\n", "y".repeat(numbers.next(100_000)))),
        1 => post(&message, &"X-Many: z\r\n".repeat(numbers.next(500))),
        2 => post(&message, "Transfer-Encoding: chunked\r\n"),
        3 => {
            let size = 1 + numbers.next(500);
            let chunks: String = message
                .as_bytes()
                .chunks(size)
                .map(|c| {
                    format!("{:x}\r\n{}\r\n", String::from_utf8_lossy(c).len(), String::from_utf8_lossy(c))
                })
                .collect();
            format!(
                "POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n"
            )
        }
        4 => post(&message, "").replacen("POST", ["GET", "PUT", "BREW", "POST /x"][numbers.next(4)], 1),
        5 => post(&message, "").replacen("Content-Length: ", "Content-Length: 9", 1),
        _ => post(&message, ""),
    };
    let mut bytes = request.into_bytes();
    if numbers.next(8) == 0 {
        bytes.truncate(numbers.next(bytes.len()));
    }
    bytes
}

#[test]
#[ignore = "takes a minute: tests/heavy.sh"]
fn twenty_thousand_hostile_requests_leave_the_memory_flat() {
    const REQUESTS: usize = 20_000;
    let mock = Mock::start();
    let gateway =
        Gateway::start(&[mock.address], "[request]\nbody_ms = 2000\nhead_ms = 2000\n[log]\naccess = false\n");
    let send = |from: usize, to: usize| {
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let listen = gateway.listen;
                scope.spawn(move || {
                    for number in (from..to).filter(|n| n % 4 == thread) {
                        let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15 ^ (number as u64 + 1));
                        let request = hostile(&mut numbers);
                        let Ok(mut stream) = TcpStream::connect(listen) else { panic!("no connection") };
                        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                        // The gateway may answer and close the connection before it has read the whole request.
                        let _ = stream.write_all(&request);
                        let _ = stream.shutdown(Shutdown::Write);
                        let mut answer = Vec::new();
                        let _ = stream.read_to_end(&mut answer);
                        let status = answer.get(9..12).map(|s| String::from_utf8_lossy(s).into_owned());
                        let known = ["200", "400", "404", "405", "408", "413", "415", "431", "500", "503"];
                        assert!(status.as_deref().is_none_or(|s| known.contains(&s)), "{status:?}");
                    }
                });
            }
        });
    };
    // The first tenth of the requests fills the pools and the allocator. The allocator returns memory to the system at
    // times of its own, so that a single measurement says little. The maximum of nine measurements must not grow.
    const STEP: usize = REQUESTS / 20;
    send(0, 2 * STEP);
    let start = Instant::now();
    let highest = |steps: std::ops::Range<usize>| {
        let after = |step: usize| {
            send(step * STEP, (step + 1) * STEP);
            gateway.process.resident()
        };
        steps.map(after).max().unwrap()
    };
    let (first, second) = (highest(2..11), highest(11..20));
    println!("{REQUESTS} requests in {:?}; resident {first} KiB at most, then {second} KiB", start.elapsed());
    assert!(second < first + first / 10 + 4096, "resident {first} KiB at most, then {second} KiB");
    assert_eq!(gateway.post(&call(SOAP_1_1, DOCUMENTED)).state().0, "Connected");
    gateway.metric_becomes("umsoap_gateway_in_flight", 0.0);
}

#[test]
#[ignore = "takes half a minute: tests/heavy.sh"]
fn a_graceful_restart_loses_no_request() {
    let mock = Mock::start();
    let socket = folder().join("upgrade.sock");
    let text = |listen: &str| {
        let server = format!("[server]\nupgrade_socket = \"{}\"\n", socket.display());
        config(&[mock.address], listen, "[log]\naccess = false\n")
            .replacen("[server]\n", &server, 1)
            .replacen("grace_seconds = 1", "grace_seconds = 3", 1)
            // Within this time, kept connections get an answer that closes them.
            .replacen("drain_seconds = 0", "drain_seconds = 2", 1)
    };
    let mut old = Gateway::start_with(&text("127.0.0.1:0"), &[]);
    let listen = old.listen;
    let stop = Arc::new(AtomicBool::new(false));
    let (answered, lost) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let clients: Vec<_> = (0..8)
        .map(|number| {
            let (stop, answered, lost) = (stop.clone(), answered.clone(), lost.clone());
            std::thread::spawn(move || load(listen, number, &stop, &answered, &lost))
        })
        .collect();
    std::thread::sleep(Duration::from_secs(1));
    // The new process waits for the sockets. The old process hands them over and ends.
    let file = folder().join("gateway.toml");
    std::fs::write(&file, text(&listen.to_string())).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_umsoap-gateway"));
    let mut new = crate::process::Process::start(command.arg("--config").arg(&file).arg("--upgrade"));
    std::thread::sleep(Duration::from_millis(300));
    old.process.signal("QUIT");
    new.line(|line| line.contains("\"ready\""));
    assert!(old.process.ended());
    let before = answered.load(Ordering::Relaxed);
    std::thread::sleep(Duration::from_secs(1));
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        client.join().unwrap();
    }
    let (answered, lost) = (answered.load(Ordering::Relaxed), lost.load(Ordering::Relaxed));
    println!("{answered} requests answered, {lost} lost");
    assert_eq!(lost, 0);
    assert!(before > 100 && answered > before, "{before} {answered}");
}

/// Sends requests until `stop` is set. Clients with an odd number keep their connection as long as the gateway does.
/// The others open a new connection for each request.
fn load(listen: SocketAddr, number: usize, stop: &AtomicBool, answered: &AtomicUsize, lost: &AtomicUsize) {
    let request = post(&call(SOAP_1_1, DOCUMENTED), "");
    let mut client: Option<Client> = None;
    while !stop.load(Ordering::Relaxed) {
        let kept = client.get_or_insert_with(|| Client::connect(listen));
        let answer = match kept.stream.write_all(request.as_bytes()) {
            Ok(()) => kept.answer(),
            Err(_) => None,
        };
        match answer {
            Some(answer) if answer.status == 200 => {
                answered.fetch_add(1, Ordering::Relaxed);
                if number.is_multiple_of(2) || answer.header("connection") == Some("close") {
                    client = None;
                }
            }
            _ => {
                lost.fetch_add(1, Ordering::Relaxed);
                client = None;
            }
        }
    }
}

/// Sends one request over each connection and returns the 99th percentile of the times.
fn slowest_hundredth(clients: &mut [Client]) -> Duration {
    let request = post(&call(SOAP_1_1, DOCUMENTED), "");
    let threads = 4;
    let share = clients.len().div_ceil(threads);
    let mut times: Vec<Duration> = std::thread::scope(|scope| {
        let running: Vec<_> = clients
            .chunks_mut(share)
            .map(|clients| {
                let request = &request;
                scope.spawn(move || {
                    let time = |client: &mut Client| {
                        let start = Instant::now();
                        assert_eq!(client.exchange(request.as_bytes()).status, 200);
                        start.elapsed()
                    };
                    clients.iter_mut().map(time).collect::<Vec<_>>()
                })
            })
            .collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    times.sort();
    times[times.len() * 99 / 100]
}

#[test]
#[ignore = "10,000 connections: tests/heavy.sh"]
fn slow_connections_do_not_slow_the_others() {
    const EACH: usize = 5000;
    // 192 MiB are enough for 5,000 slow requests of some 32 KiB each.
    const BUDGET: usize = 192 << 20;
    let mock = Mock::start();
    let text = config(
        &[mock.address],
        "127.0.0.1:0",
        &format!(
            "[log]\naccess = false\n[request]\nbuffered_bytes = {BUDGET}\nhead_ms = 600000\nbody_ms = 600000\nidle_ms = 600000\n\
             [limits]\nclient_connections = 20000\nclient_bytes = {BUDGET}\n"
        ),
    )
    .replacen("[server]\n", "[server]\nconnections = 20000\n", 1);
    let gateway = Gateway::start_with(&text, &[]);
    let mut others: Vec<Client> = (0..EACH).map(|_| gateway.client()).collect();
    slowest_hundredth(&mut others);
    let alone = (0..3).map(|_| slowest_hundredth(&mut others)).min().unwrap();
    let before = gateway.process.resident();
    // Each slow client sends a head, the first byte of a body, and one more byte in each round.
    let start =
        format!("POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: 3000\r\n\r\n ");
    let mut slow: Vec<Client> = (0..EACH).map(|_| gateway.client()).collect();
    for client in &mut slow {
        client.stream.write_all(start.as_bytes()).unwrap();
    }
    gateway.metric_becomes("umsoap_gateway_in_flight", EACH as f64);
    let mut beside = Duration::MAX;
    for _ in 0..3 {
        for client in &mut slow {
            client.stream.write_all(b" ").unwrap();
        }
        beside = beside.min(slowest_hundredth(&mut others));
    }
    let (after, counted) = (gateway.process.resident(), gateway.metric("umsoap_gateway_buffered_bytes"));
    println!(
        "p99 {alone:?} alone, {beside:?} beside {EACH} slow ones; resident {before} KiB with {EACH} connections, \
         {after} KiB with twice as many; {counted} bytes counted"
    );
    assert!(beside < 2 * alone + Duration::from_millis(1), "{alone:?} {beside:?}");
    assert!(counted < BUDGET as f64, "{counted}");
    // The process may grow by the bytes that it counts, and by 16 KiB for each connection. A waiting connection takes
    // these, too.
    let grown = (after - before) as f64 * 1024.0;
    assert!(grown < counted + (EACH * (16 << 10)) as f64, "{grown} bytes for {EACH} slow connections");
    drop(slow);
    gateway.metric_becomes("umsoap_gateway_buffered_bytes", 0.0);
    assert!(slowest_hundredth(&mut others) < Duration::from_secs(1));
}

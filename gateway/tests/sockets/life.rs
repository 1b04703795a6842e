//! Tests of the process: start, stop, signals, reload and panic.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::process::{Client, DOCUMENTED, Gateway, Mock, Process, SOAP_1_1, call, config, folder, post};

/// Asserts that a gateway with this configuration ends within 10 seconds with status 1, and that standard error has all
/// of these texts.
fn refuses(text: &str, arguments: &[&str], expected: &[&str]) {
    let file = folder().join("gateway.toml");
    std::fs::write(&file, text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_umsoap-gateway"));
    command.arg("--config").arg(&file).args(arguments);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > Duration::from_secs(10) {
            child.kill().unwrap();
            panic!("it does not end: {text}");
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let mut error = String::new();
    child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    assert_eq!(status.code(), Some(1), "{error}");
    for part in expected {
        assert!(error.contains(part), "{part} is not in {error}");
    }
}

/// Asserts the refusal of a configuration at the start and with `--check`.
fn refuses_both(text: &str, expected: &[&str]) {
    refuses(text, &[], expected);
    refuses(text, &["--check"], expected);
}

fn certificate(folder: &Path, name: &str) -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (chain, key) = (folder.join(format!("{name}.pem")), folder.join(format!("{name}.key")));
    std::fs::write(&chain, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    (chain.display().to_string(), key.display().to_string())
}

#[test]
fn a_taken_port_or_a_foreign_address_stops_the_start() {
    let mock = Mock::start();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let text = config(&[mock.address], &address.to_string(), "");
    refuses_both(&text, &["gateway.toml:2: `server.listen`", &address.to_string(), "in use"]);
    let text = config(&[mock.address], "192.0.2.1:8025", "");
    refuses_both(&text, &["gateway.toml:2: `server.listen`", "192.0.2.1:8025"]);
    let admin = format!("[admin]\nlisten = \"{address}\"");
    let text =
        config(&[mock.address], "127.0.0.1:0", "").replacen("[admin]\nlisten = \"127.0.0.1:0\"", &admin, 1);
    refuses_both(&text, &["gateway.toml:7: `admin.listen`", "in use"]);
    // With `--upgrade`, a port that is taken is no fault, because the running gateway has it.
    let file = folder().join("gateway.toml");
    std::fs::write(&file, text).unwrap();
    let check = Command::new(env!("CARGO_BIN_EXE_umsoap-gateway"))
        .args(["--check", "--upgrade", "--config"])
        .arg(&file)
        .output()
        .unwrap();
    assert!(check.status.success(), "{check:?}");
}

#[test]
fn certificates_that_cannot_be_used_stop_the_start() {
    let mock = Mock::start();
    let folder = folder();
    let ((chain, key), (_, other)) = (certificate(&folder, "a"), certificate(&folder, "b"));
    let garbage = folder.join("garbage.pem").display().to_string();
    std::fs::write(&garbage, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    let with = |server: &str, extra: &str| {
        config(&[mock.address], "127.0.0.1:0", extra).replacen(
            "[server]\n",
            &format!("[server]\n{server}"),
            1,
        )
    };
    let pair = |chain: &str, key: &str| format!("tls_certificate = \"{chain}\"\ntls_key = \"{key}\"\n");
    refuses_both(&with(&pair(&chain, &other), ""), &["gateway.toml:2: `server.tls_certificate`", &other]);
    refuses_both(&with(&pair(&garbage, &key), ""), &["gateway.toml:2: `server.tls_certificate`"]);
    let clients = format!("{}client_ca_file = \"{garbage}\"\n", pair(&chain, &key));
    refuses_both(&with(&clients, ""), &["gateway.toml:4: `server.client_ca_file`"]);
    refuses_both(
        &with("", &format!("[forwarding]\nca_file = \"{garbage}\"\n")),
        &["gateway.toml:12: `forwarding.ca_file`"],
    );
    refuses_both(
        &with("", &format!("[forwarding]\n{}", pair(&chain, &other))),
        &["gateway.toml:12: `forwarding.tls_certificate`"],
    );
}

fn with_times(text: &str, drain: u64, grace: u64) -> String {
    text.replacen("drain_seconds = 0", &format!("drain_seconds = {drain}"), 1).replacen(
        "grace_seconds = 1",
        &format!("grace_seconds = {grace}"),
        1,
    )
}

fn probe(gateway: &Gateway, path: &str) -> u16 {
    Client::connect(gateway.admin)
        .exchange(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes())
        .status
}

#[test]
fn a_stop_is_announced_before_connections_are_refused() {
    let mock = Mock::start();
    let text = with_times(&config(&[mock.address], "127.0.0.1:0", ""), 2, 30);
    let mut gateway = Gateway::start_with(&text, &[]);
    assert_eq!((probe(&gateway, "/readyz"), probe(&gateway, "/livez")), (200, 200));
    let mut kept = gateway.client();
    assert_eq!(kept.post(&call(SOAP_1_1, DOCUMENTED), "").status, 200);
    let start = Instant::now();
    gateway.process.signal("TERM");
    while probe(&gateway, "/readyz") != 503 {
        assert!(start.elapsed() < Duration::from_secs(1));
    }
    assert_eq!(probe(&gateway, "/livez"), 200);
    // A new connection is served, and its answer closes it.
    let answer = gateway.client().post(&call(SOAP_1_1, DOCUMENTED), "");
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    // Neither the connection that waits nor the grace time of 30 seconds delays the end.
    assert!(gateway.process.ended());
    let took = start.elapsed();
    assert!(took > Duration::from_millis(1900) && took < Duration::from_secs(8), "{took:?}");
    assert!(kept.is_closed());
}

#[test]
fn an_interrupt_ends_the_grace() {
    let mock = Mock::start();
    for (drain, grace) in [(30, 30), (0, 30)] {
        let text = with_times(&config(&[mock.address], "127.0.0.1:0", ""), drain, grace);
        let mut gateway = Gateway::start_with(&text, &[]);
        let mut waiting = gateway.client();
        waiting.stream.write_all(post(&call(SOAP_1_1, "mock:slow:15000"), "").as_bytes()).unwrap();
        gateway.metric_becomes("umsoap_gateway_in_flight", 1.0);
        gateway.process.signal("TERM");
        gateway.process.line(|line| line.contains("\"ending\""));
        std::thread::sleep(Duration::from_millis(200));
        let start = Instant::now();
        gateway.process.signal("INT");
        assert!(gateway.process.ended());
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    }
}

#[test]
fn a_hand_over_without_a_successor_changes_nothing() {
    let mock = Mock::start();
    let socket = folder().join("upgrade.sock");
    let text = config(&[mock.address], "127.0.0.1:0", "").replacen(
        "[server]\n",
        &format!("[server]\nupgrade_socket = \"{}\"\n", socket.display()),
        1,
    );
    let mut gateway = Gateway::start_with(&text, &[]);
    let mut kept = gateway.client();
    assert_eq!(kept.post(&call(SOAP_1_1, DOCUMENTED), "").status, 200);
    gateway.process.signal("QUIT");
    gateway.process.line(|line| line.contains("cannot be handed over"));
    assert_eq!(kept.post(&call(SOAP_1_1, DOCUMENTED), "").status, 200);
    assert_eq!(gateway.post(&call(SOAP_1_1, DOCUMENTED)).status, 200);
    assert_eq!(probe(&gateway, "/readyz"), 200);
}

/// A program that acts as a service manager: it binds a socket, and starts the gateway with it as descriptor 3.
const SERVICE_MANAGER: &str = "\
import os, socket, sys
held = socket.socket()
held.bind(('127.0.0.1', int(sys.argv[1])))
held.listen(100)
os.dup2(held.fileno(), 3)
os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
";

#[test]
fn a_service_manager_may_hold_the_socket() {
    let mock = Mock::start();
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let file = folder().join("gateway.toml");
    std::fs::write(&file, config(&[mock.address], &format!("127.0.0.1:{port}"), "")).unwrap();
    let mut command = Command::new("python3");
    command.args([
        "-c",
        SERVICE_MANAGER,
        &port.to_string(),
        env!("CARGO_BIN_EXE_umsoap-gateway"),
        "--config",
    ]);
    let mut process = Process::start(command.arg(&file));
    // If the gateway tried to bind the port itself, the port would be taken.
    process.line(|line| line.contains("\"ready\""));
    let address = format!("127.0.0.1:{port}").parse().unwrap();
    assert_eq!(Client::connect(address).post(&call(SOAP_1_1, DOCUMENTED), "").status, 200);
    process.signal("TERM");
    assert!(process.ended());
}

fn reload(gateway: &mut Gateway, text: &str, good: bool) {
    std::fs::write(gateway.folder.join("gateway.toml"), text).unwrap();
    let name = |result: &str| format!("umsoap_gateway_reloads_total{{result=\"{result}\"}}");
    let name = name(if good { "in_use" } else { "refused" });
    let before = gateway.metric(&name);
    gateway.process.signal("HUP");
    gateway.metric_becomes(&name, before + 1.0);
}

#[test]
fn a_reload_changes_the_configuration_and_loses_no_call() {
    let (first, second) = (Mock::start(), Mock::start());
    let text = |mock: &Mock, extra: &str| config(&[mock.address], "127.0.0.1:0", extra);
    let mut gateway = Gateway::start_with(&text(&first, ""), &[]);
    let mut kept = gateway.client();
    assert_eq!(kept.post(&call(SOAP_1_1, DOCUMENTED), "X-Mock-Log: 1\r\n").status, 200);
    let mut under_way = gateway.client();
    under_way.stream.write_all(post(&call(SOAP_1_1, "mock:slow:1500"), "").as_bytes()).unwrap();
    gateway.metric_becomes("umsoap_gateway_in_flight", 1.0);

    reload(&mut gateway, &text(&second, "[request]\nbody_bytes = 2000\n"), true);
    // The connection stays open, and its next call goes to the upstream of the new configuration.
    assert_eq!(kept.post(&call(SOAP_1_1, DOCUMENTED), "X-Mock-Log: 1\r\n").status, 200);
    assert_eq!((first.log().len(), second.log().len()), (1, 1));
    assert_eq!(gateway.post(&" ".repeat(2001)).status, 413);
    assert_eq!(under_way.answer().unwrap().state().0, "Connected");

    // A configuration that cannot be used is refused as a whole, and the log has the reason.
    reload(&mut gateway, "[[upstream]]\nname = \"a\"\n", false);
    let line = gateway.process.line(|line| line.contains("the one before it stays in use"));
    assert!(line.contains("gateway.toml:1"), "{line}");
    let moved = text(&second, "").replacen("listen = \"127.0.0.1:0\"", "listen = \"127.0.0.1:1\"", 1);
    reload(&mut gateway, &moved, false);
    gateway.process.line(|line| line.contains("server.listen cannot change without a start"));
    assert_eq!(kept.post(&call(SOAP_1_1, DOCUMENTED), "X-Mock-Log: 1\r\n").status, 200);
    assert_eq!(second.log().len(), 2);
}

/// After a reload, the metrics have no health of an upstream that was removed. The other upstreams keep their health.
#[test]
fn an_upstream_that_is_no_more_has_no_health() {
    let mocks = [Mock::start(), Mock::start()];
    let text = |count: usize| {
        let addresses: Vec<_> = mocks.iter().take(count).map(|mock| mock.address).collect();
        config(&addresses, "127.0.0.1:0", "[forwarding]\nhealth_ms = 50\nhealth_path = \"\"\n")
    };
    let name = |gauge: &str, upstream: usize| format!("umsoap_gateway_{gauge}{{upstream=\"um-{upstream}\"}}");
    let mut gateway = Gateway::start_with(&text(2), &[]);
    for upstream in [0, 1] {
        gateway.metric_becomes(&name("upstream_up", upstream), 1.0);
    }
    for (count, is_there) in [(1, false), (2, true), (1, false)] {
        reload(&mut gateway, &text(count), true);
        gateway.metric_becomes(&name("upstream_up", 0), 1.0);
        if is_there {
            gateway.metric_becomes(&name("upstream_up", 1), 1.0);
        }
        let metrics = gateway.metrics();
        for gauge in ["upstream_up", "upstream_ejected"] {
            assert_eq!(metrics.contains(&name(gauge, 1)), is_there, "{gauge} of {count}: {metrics}");
        }
    }
}

/// A reload that changes a key of the start is refused. The log names the key, and the old configuration stays in use.
#[test]
fn keys_that_only_a_start_can_change() {
    let mock = Mock::start();
    let text = config(&[mock.address], "127.0.0.1:0", "");
    let mut gateway = Gateway::start_with(&text, &[]);
    let changed = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    };
    let other = format!("threads = 2\nupgrade_socket = \"{}\"", folder().join("other").display());
    for (key, changed) in [
        ("server.listen", changed("listen = \"127.0.0.1:0\"", "listen = \"127.0.0.1:1\"")),
        ("server.threads", changed("threads = 2", "threads = 3")),
        ("server.upgrade_socket", changed("threads = 2", &other)),
        ("admin.listen", changed("[admin]\nlisten = \"127.0.0.1:0\"", "[admin]\nlisten = \"127.0.0.1:1\"")),
        ("log.level", format!("{text}[log]\nlevel = \"warn\"\n")),
        ("traces.endpoint", format!("{text}[traces]\nendpoint = \"http://127.0.0.1:1/v1/traces\"\n")),
    ] {
        // The configuration also changes `body_bytes`, which a reload may change. This change is not made either.
        reload(
            &mut gateway,
            &changed.replacen("[[upstream]]", "[request]\nbody_bytes = 100\n[[upstream]]", 1),
            false,
        );
        gateway.process.line(|line| line.contains(&format!("{key} cannot change without a start")));
        assert_eq!(gateway.post(&call(SOAP_1_1, DOCUMENTED)).status, 200, "{key}");
    }
    reload(&mut gateway, &text, true);
}

#[test]
fn a_reload_leaves_nothing_of_the_configuration_before_it() {
    const RELOADS: usize = 40;
    let mock = Mock::start();
    // Each configuration has 1 MB of names. If it leaked, the memory would grow by that with each reload.
    let text = |round: usize| {
        let name = |number: usize| {
            let long = "x".repeat(10_000);
            format!("{{ namespace = \"urn:{round}:{number}:{long}\", name = \"Trace\" }}")
        };
        let names = (0..100).map(name).collect::<Vec<_>>().join(", ");
        config(&[mock.address], "127.0.0.1:0", &format!("[request]\nunderstood = [{names}]\n"))
    };
    let mut gateway = Gateway::start_with(&text(0), &[]);
    for round in 1..=RELOADS / 4 {
        reload(&mut gateway, &text(round), true);
    }
    let before = gateway.process.resident();
    for round in RELOADS / 4..RELOADS {
        reload(&mut gateway, &text(round), true);
    }
    let after = gateway.process.resident();
    // The allocator keeps a part of the memory that was freed.
    assert!(after < before + 10 * 1024, "{before} KiB, then {after} KiB after {RELOADS} reloads");
}

#[test]
fn calls_stay_where_they_are_when_a_random_secret_is_in_use() {
    let mocks = [Mock::start(), Mock::start(), Mock::start()];
    let text = config(&mocks.each_ref().map(|mock| mock.address), "127.0.0.1:0", "");
    let mut gateway = Gateway::start_with(&text, &[]);
    let spread = |gateway: &Gateway| {
        let mut client = gateway.client();
        for number in 0..20 {
            client.post(&call(SOAP_1_1, &format!("call-{number}")), "X-Mock-Log: 1\r\n");
        }
        mocks.each_ref().map(|mock| mock.log().len())
    };
    let before = spread(&gateway);
    reload(&mut gateway, &text, true);
    assert_eq!(spread(&gateway), before.map(|count| 2 * count));
}

#[test]
fn a_reload_reads_certificates_and_secrets_again() {
    let mock = Mock::start();
    let folder = folder();
    let (chain, key) = certificate(&folder, "used");
    let (next, next_key) = certificate(&folder, "next");
    let tls = format!("[server]\ntls_certificate = \"{chain}\"\ntls_key = \"{key}\"\n");
    let text = config(&[mock.address], "127.0.0.1:0", "").replacen("[server]\n", &tls, 1);
    let mut gateway = Gateway::start_with(&text, &[]);
    let before = crate::tls::certificate_of(gateway.listen);
    // The new chain does not fit the old key, so the reload is refused.
    std::fs::copy(&next, &chain).unwrap();
    reload(&mut gateway, &text, false);
    assert_eq!(crate::tls::certificate_of(gateway.listen), before);
    std::fs::copy(&next_key, &key).unwrap();
    reload(&mut gateway, &text, true);
    assert_ne!(crate::tls::certificate_of(gateway.listen), before);
}

/// Runs the gateway that [`a_panic_ends_the_process`] starts as a process.
#[test]
#[ignore = "runs in a process of its own"]
fn a_gateway_that_panics() {
    use umsoap_gateway::config::Config;
    use umsoap_gateway::server::{Start, run};
    let config =
        Config::parse("test", &config(&["127.0.0.1:1".parse().unwrap()], "127.0.0.1:0", "")).unwrap();
    let beside: umsoap_gateway::server::Beside = Box::new(|_| Box::pin(async { panic!("as asked") }));
    run(config, Start { beside: Some(beside), ..Start::default() }).unwrap();
}

#[test]
fn a_panic_ends_the_process() {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--ignored", "--exact", "--nocapture", "life::a_gateway_that_panics"])
        .stderr(Stdio::null());
    let mut process = Process::start(&mut command);
    assert!(!process.ended());
    assert_eq!(process.child.wait().unwrap().code(), Some(101));
    let lines = process.lines.lock().unwrap();
    assert!(!lines.iter().any(|line| line.contains("test result")), "the process itself ended: {lines:?}");
}

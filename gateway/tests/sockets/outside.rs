//! Tests of the parts that operators and clients see: metrics, health, log, WSDL, TLS, command line and demonstration.

use std::io::{Read as _, Write as _};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use crate::process::{
    Client, DOCUMENTED, Gateway, Mock, PATH, Process, SOAP_1_1, SOAP_1_2, call, config, folder, post,
};

#[test]
fn metrics_count_and_nothing_of_a_client_is_a_label() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "");
    for _ in 0..3 {
        gateway.post(&call(SOAP_1_1, "mock:state:Disconnected:UserBusy"));
    }
    gateway.post(&call(SOAP_1_2, "evil-call-id"));
    gateway.post("<evil-element/>");
    gateway.client().post(&call(SOAP_1_1, DOCUMENTED), "SOAPAction: \"urn:evil-action\"\r\n");
    gateway.client().exchange(b"GET /evil-path HTTP/1.1\r\nHost: evil-host\r\nX-Evil: evil\r\n\r\n");
    for (name, value) in [
        ("umsoap_gateway_requests_total{kind=\"\",outcome=\"answered\"}", 3.0),
        ("umsoap_gateway_requests_total{kind=\"\",outcome=\"upstream_fault\"}", 1.0),
        ("umsoap_gateway_requests_total{kind=\"NotEnvelope\",outcome=\"message\"}", 1.0),
        ("umsoap_gateway_requests_total{kind=\"Action\",outcome=\"policy\"}", 1.0),
        ("umsoap_gateway_requests_total{kind=\"Path\",outcome=\"http\"}", 1.0),
        ("umsoap_gateway_calls_total{call_state=\"Disconnected\",event_cause=\"UserBusy\"}", 3.0),
        ("umsoap_gateway_upstream_seconds_count{upstream=\"um-0\"}", 4.0),
        ("umsoap_gateway_check_seconds_count", 6.0),
        ("umsoap_gateway_request_seconds_count", 7.0),
        ("umsoap_gateway_in_flight", 0.0),
        ("umsoap_gateway_upstream_up{upstream=\"um-0\"}", 1.0),
    ] {
        gateway.metric_becomes(name, value);
    }
    assert!(gateway.metric("umsoap_gateway_received_bytes_total") > 1000.0);
    let metrics = gateway.metrics();
    assert!(!metrics.contains("evil"));
    for name in ["process_cpu_seconds_total ", "process_resident_memory_bytes ", "process_open_fds "] {
        assert!(metrics.contains(&format!("\n{name}")), "{name}");
    }
    let build = concat!("umsoap_gateway_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1");
    assert!(metrics.contains(build), "{metrics}");
    let mut admin = Client::connect(gateway.admin);
    assert_eq!(admin.exchange(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").text(), "1 upstream is up\n");
    assert_eq!(admin.exchange(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n").status, 404);
    // The two listeners do not serve each other's paths.
    assert_eq!(gateway.client().exchange(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").status, 404);
}

#[test]
fn the_dashboard_and_the_readme_name_metrics_that_exist() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "");
    gateway.post(&call(SOAP_1_1, DOCUMENTED));
    gateway.post(&call(SOAP_1_1, "mock:close"));
    gateway.metric_becomes("umsoap_gateway_request_seconds_count", 2.0);
    let metrics = gateway.metrics();
    let names = |text: &str| -> std::collections::BTreeSet<String> {
        let rest = text.split("umsoap_gateway_").skip(1);
        let end = |c: char| !(c.is_ascii_lowercase() || c == '_');
        rest.map(|name| name.split(end).next().unwrap().trim_end_matches("_bucket").to_owned()).collect()
    };
    let there: std::collections::BTreeSet<String> = metrics
        .lines()
        .filter_map(|line| Some(line.strip_prefix("# HELP umsoap_gateway_")?.split(' ').next()?.to_owned()))
        .collect();
    assert_eq!(names(include_str!("../../README.md")), there);
    assert_eq!(names(include_str!("../../dashboard.json")), there);
}

#[test]
fn the_table_of_faults_names_tests_that_exist() {
    let table = include_str!("../README.md");
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let names = table
        .lines()
        .filter(|line| line.starts_with('|'))
        .flat_map(|line| line.split('`').skip(1).step_by(2));
    let mut count = 0;
    for (file, name) in names.filter_map(|name| name.split_once("::")) {
        let source = std::fs::read_to_string(folder.join(format!("tests/sockets/{file}.rs"))).unwrap();
        assert!(source.contains(&format!("fn {name}()")), "{file}::{name}");
        count += 1;
    }
    assert!(count > 50, "{count} tests");
}

#[test]
fn the_readme_explains_every_field_of_the_log() {
    use std::collections::BTreeSet;
    let mock = Mock::start();
    let mut gateway = Gateway::start(&[mock.address], "");
    let trace = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n";
    assert_eq!(gateway.client().post(&call(SOAP_1_1, DOCUMENTED), trace).status, 200);
    // The line of a GetCallInfo that belongs to a trace has all fields.
    let line = gateway.process.line(|line| line.contains("umsoap_gateway::access"));
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    let written: BTreeSet<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
    let readme = include_str!("../../README.md");
    let table = readme.split("### The log").nth(1).unwrap().split("| Field | Meaning |").nth(1).unwrap();
    let rows = table.lines().skip(1).take_while(|line| line.is_empty() || line.starts_with('|'));
    let names =
        rows.filter_map(|row| row.split('|').nth(1)).flat_map(|cell| cell.split('`').skip(1).step_by(2));
    assert_eq!(names.collect::<BTreeSet<&str>>(), written);
}

#[test]
fn the_readme_says_what_to_do_about_every_outcome() {
    let readme = include_str!("../../README.md");
    let section = readme.split("### What outcomes mean").nth(1).unwrap().split("### Words").next().unwrap();
    let mut count = 0;
    let mut named = |word: &str| {
        assert!(section.contains(&format!("`{word}`")), "README.md does not explain {word}");
        count += 1;
    };
    // The words are those of outcomes and refused connections, and the names of rules, which begin with a capital.
    let words = |text: &'static str| text.split('"');
    let outcomes = include_str!("../../src/outcome.rs").split("=> ").skip(1);
    outcomes.filter_map(|rest| rest.strip_prefix('"')?.split('"').next()).for_each(&mut named);
    for source in [
        include_str!("../../src/app.rs"),
        include_str!("../../src/head.rs"),
        include_str!("../../src/message.rs"),
        include_str!("../../src/reply.rs"),
    ] {
        let source = source.split("#[cfg(test)]").next().unwrap();
        let is_rule = |word: &&str| {
            word.starts_with(|c: char| c.is_ascii_uppercase())
                && word.chars().all(|c| c.is_ascii_alphanumeric())
                && !word.ends_with("Exception")
        };
        // These words are no rules: an operation, the end of a name, a method, and the rule of a connection that is
        // turned away, which has no line in the log.
        let others = ["GetCallInfo", "Response", "POST", "Connections"];
        words(source).filter(is_rule).filter(|word| !others.contains(word)).for_each(&mut named);
    }
    assert!(count > 60, "{count} words");
}

#[test]
fn the_log_has_one_line_a_request_and_no_call_id() {
    let mock = Mock::start();
    let key = folder().join("key");
    std::fs::write(&key, "0123456789abcdef\n").unwrap();
    let extra = format!("[log]\nkey_file = \"{}\"\n", key.display());
    let mut gateway = Gateway::start(&[mock.address], &extra);
    // All requests use one connection, so that their lines are in order: a line is written after its answer and before
    // the next head is read.
    let mut client = gateway.client();
    client.post(&call(SOAP_1_1, DOCUMENTED), "");
    client.post(&call(SOAP_1_2, &DOCUMENTED.replacen('M', "&#77;", 1)), "");
    client.post("<a>secret</a>", "Authorization: Basic secret\r\n");
    let mut again = Gateway::start(&[mock.address], &extra);
    again.post(&call(SOAP_1_1, DOCUMENTED));
    let field =
        |line: &str, name: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()[name].clone();
    gateway.process.line(|line| line.contains("\"NotEnvelope\""));
    let lines: Vec<String> = gateway.process.lines.lock().unwrap().clone();
    let lines: Vec<&String> = lines.iter().filter(|l| l.contains("umsoap_gateway::access")).collect();
    assert_eq!(lines.len(), 3);
    let hash = field(lines[0], "call");
    assert_eq!(hash.as_str().unwrap().len(), 32);
    assert_eq!(field(lines[1], "call"), hash, "the same value has the same hash");
    let later = again.process.line(|line| line.contains("umsoap_gateway::access"));
    assert_eq!(field(&later, "call"), hash, "the same key gives the same hash");
    for (line, outcome, status, soap) in [
        (lines[0], "answered", 200, "1.1"),
        (lines[1], "answered", 200, "1.2"),
        (lines[2], "message", 500, "1.1"),
    ] {
        assert_eq!((field(line, "outcome"), field(line, "status")), (outcome.into(), status.into()));
        assert_eq!((field(line, "soap"), field(line, "upstream").is_null()), (soap.into(), status == 500));
        assert!(!line.contains(&DOCUMENTED[1..20]) && !line.contains("secret"), "{line}");
    }
}

#[test]
fn the_wsdl_is_served() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "[wsdl]\naddress = \"https://um.example.com/um\"\n");
    for query in ["wsdl", "WSDL"] {
        let answer =
            gateway.client().exchange(format!("GET {PATH}?{query} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes());
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/xml; charset=utf-8")));
        assert_eq!(answer.text().matches("location=\"https://um.example.com/um\"").count(), 2);
    }
    // Without `wsdl.address`, the WSDL names the address at which the gateway listens, also if the system chose the
    // port.
    let gateway = Gateway::start(&[mock.address], "");
    let answer = gateway.client().exchange(format!("GET {PATH}?wsdl HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes());
    assert!(answer.text().contains(&format!("location=\"http://{}{PATH}\"", gateway.listen)));
}

#[test]
fn clients_may_speak_tls() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = folder();
    let (chain, key) = (folder.join("chain.pem"), folder.join("key.pem"));
    std::fs::write(&chain, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let mock = Mock::start();
    let tls = format!("[server]\ntls_certificate = \"{}\"\ntls_key = \"{}\"", chain.display(), key.display());
    let text = config(&[mock.address], "127.0.0.1:0", "").replacen("[server]", &tls, 1);
    let gateway = Gateway::start_with(&text, &[]);

    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
    let mut connection = rustls::ClientConnection::new(Arc::new(client), name).unwrap();
    let mut socket = Client::connect(gateway.listen).stream;
    let mut stream = rustls::Stream::new(&mut connection, &mut socket);
    let request = post(&call(SOAP_1_1, DOCUMENTED), "Connection: close\r\nX-Mock-Log: 1\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("</soap:Envelope>"), "{answer}");
    assert_eq!(crate::process::seen(&mock.log()[0], "x-forwarded-proto"), Some("https"));

    // A second gateway speaks TLS to the first one, whose certificate it verifies.
    let front = config(
        &[gateway.listen],
        "127.0.0.1:0",
        &format!("tls = true\nhost = \"localhost\"\n[forwarding]\nca_file = \"{}\"\n", chain.display()),
    );
    let front = Gateway::start_with(&front, &[]);
    assert_eq!(front.post(&call(SOAP_1_1, DOCUMENTED)).state().0, "Connected");
    let wrong = config(
        &[gateway.listen],
        "127.0.0.1:0",
        &format!("tls = true\nhost = \"other.example\"\n[forwarding]\nca_file = \"{}\"\n", chain.display()),
    );
    let wrong = Gateway::start_with(&wrong, &[]);
    assert_eq!(wrong.post(&call(SOAP_1_1, DOCUMENTED)).status, 500);

    // A file without a certificate stops the start.
    std::fs::write(&chain, "no PEM").unwrap();
    let file = folder.join("gateway.toml");
    std::fs::write(&file, text).unwrap();
    let output = run(&["--check", "--config", file.to_str().unwrap()]);
    assert!(!output.0 && output.2.contains("holds no certificate"), "{output:?}");
}

fn run(arguments: &[&str]) -> (bool, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_umsoap-gateway")).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_command_line() {
    let (good, out, _) = run(&["--help"]);
    assert!(
        good && out.contains("--check") && out.contains("demo") && !out.contains("forward-only"),
        "{out}"
    );
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/gateway.toml");
    let (good, out, _) = run(&["--config", example, "--check"]);
    assert!(good && out.ends_with("good\n"));
    let (good, out, _) = run(&["example"]);
    assert!(good && out == std::fs::read_to_string(example).unwrap());
    let file = folder().join("bad.toml");
    std::fs::write(&file, "[[upstream]]\nname = \"a\"\naddress = \"127.0.0.1:1\"\n[admin]\nport = 1\n")
        .unwrap();
    let (good, out, error) = run(&["--config", file.to_str().unwrap(), "--check"]);
    assert!(!good && out.is_empty());
    assert!(error.contains("bad.toml:5: unknown field `port`"), "{error}");
    let (good, _, error) = run(&["--config", "/none"]);
    assert!(!good && error.contains("/none: cannot be read"), "{error}");
    assert!(!run(&["--nonsense"]).0);
}

#[test]
fn a_stop_lets_requests_end() {
    let mock = Mock::start();
    let text = config(&[mock.address], "127.0.0.1:0", "");
    let mut gateway = Gateway::start_with(&text.replacen("grace_seconds = 1", "grace_seconds = 3", 1), &[]);
    let (mut waiting, mut kept) = (gateway.client(), gateway.client());
    assert_eq!(kept.post(&call(SOAP_1_1, DOCUMENTED), "").status, 200);
    waiting.stream.write_all(post(&call(SOAP_1_1, "mock:slow:1500"), "").as_bytes()).unwrap();
    gateway.metric_becomes("umsoap_gateway_in_flight", 1.0);
    gateway.process.signal("TERM");
    let answer = waiting.answer().unwrap();
    assert_eq!((answer.state().0.as_str(), answer.header("connection")), ("Connected", Some("close")));
    // A connection that waits for a request does not delay the end.
    assert!(gateway.process.ended());
    assert!(kept.is_closed());
}

#[test]
fn the_demonstration_can_be_tried_and_stopped() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_umsoap-gateway"));
    let mut demo = Process::start(command.arg("demo"));
    let curl = demo.line(|line| line.starts_with("curl "));
    let output = Command::new("sh").args(["-c", &curl]).output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(out.contains("<CallState>Connected</CallState><EventCause>None</EventCause>"), "{out}");
    demo.line(|line| line == "answered 1");
    let start = Instant::now();
    demo.signal("TERM");
    assert!(demo.ended());
    assert!(start.elapsed().as_secs() < 6);
    demo.line_after_end("stopped");
}

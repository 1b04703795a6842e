//! Gateways and mock UM servers that run as processes, and a client that writes and reads raw HTTP.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

pub const PATH: &str = "/EWS/UM2007Legacy.asmx";
pub const SOAP_1_1: &str = "http://schemas.xmlsoap.org/soap/envelope/";
pub const SOAP_1_2: &str = "http://www.w3.org/2003/05/soap-envelope";
pub const MESSAGES: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";
pub const DOCUMENTED: &str =
    "MDlkZjllZGMtNGUyMy00NzA5LWJkYWYtN2JlMjBjYjBhZTU2QGRmLWV1bS0wMS5leGNoYW5nZS5jb3JwLm1pY3Jvc29mdC5jb20=";

/// The longest time that a test waits for one event.
const PATIENCE: Duration = Duration::from_secs(20);

/// A process, which is killed when the value is dropped.
pub struct Process {
    pub child: Child,
    pub lines: Arc<Mutex<Vec<String>>>,
}

impl Process {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stdin(Stdio::null()).spawn().unwrap();
        let out = child.stdout.take().unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let to = lines.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                to.lock().unwrap().push(line);
            }
        });
        Self { child, lines }
    }

    /// Waits for a line that fits, and returns the first one.
    pub fn line(&mut self, fits: impl Fn(&str) -> bool) -> String {
        let start = Instant::now();
        loop {
            if let Some(line) = self.lines.lock().unwrap().iter().find(|line| fits(line)) {
                return line.clone();
            }
            assert!(start.elapsed() < PATIENCE, "no such line in {:?}", self.lines.lock().unwrap());
            assert!(self.child.try_wait().unwrap().is_none(), "ended: {:?}", self.lines.lock().unwrap());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until the last line of the output is `text`. The process may have ended.
    pub fn line_after_end(&self, text: &str) {
        self.last_line(|line| line == text);
    }

    /// Waits until the last line fits.
    pub fn last_line(&self, fits: impl Fn(&str) -> bool) {
        let start = Instant::now();
        while self.lines.lock().unwrap().last().is_none_or(|line| !fits(line)) {
            assert!(start.elapsed() < PATIENCE, "{:?}", self.lines.lock().unwrap());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn signal(&self, name: &str) {
        let killed = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(killed.unwrap().success());
    }

    /// Waits for the end of the process, and returns whether it succeeded.
    pub fn ended(&mut self) -> bool {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.success();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("it does not end");
    }

    /// Returns the resident memory of the process in KiB.
    pub fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Makes a new folder and returns its path.
pub fn folder() -> PathBuf {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

pub struct Mock {
    pub process: Process,
    pub address: SocketAddr,
}

impl Mock {
    pub fn start() -> Self {
        Self::start_at("127.0.0.1:0")
    }

    pub fn start_at(listen: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_um-mock"));
        let mut process =
            Process::start(command.args(["--listen", listen, "--ring-ms", "400", "--talk-ms", "400"]));
        let line = process.line(|line| line.contains("listening"));
        Self { process, address: line.rsplit_once(' ').unwrap().1.parse().unwrap() }
    }

    /// Returns the requests that had the header X-Mock-Log.
    pub fn log(&self) -> Vec<serde_json::Value> {
        let answer = Client::connect(self.address).exchange(b"GET /log HTTP/1.1\r\nHost: x\r\n\r\n");
        serde_json::from_slice(&answer.body).unwrap()
    }
}

pub struct Gateway {
    pub process: Process,
    pub listen: SocketAddr,
    pub admin: SocketAddr,
    pub folder: PathBuf,
}

/// Returns a configuration with the upstreams `um-0`, `um-1` and so on, followed by `extra`. `extra` may begin with
/// more keys of the last upstream.
pub fn config(upstreams: &[SocketAddr], listen: &str, extra: &str) -> String {
    let mut text = format!(
        "[server]\nlisten = \"{listen}\"\nthreads = 2\ngrace_seconds = 1\ndrain_seconds = 0\n[admin]\nlisten = \"127.0.0.1:0\"\n"
    );
    for (index, address) in upstreams.iter().enumerate() {
        write!(text, "[[upstream]]\nname = \"um-{index}\"\naddress = \"{address}\"\n").unwrap();
    }
    // The mock records the requests that have this header. The key stands at the end of its section, so that the lines
    // before it keep their numbers, which some tests compare.
    const KEY: &str = "request_headers = [\"X-Mock-Log\"]\n";
    text += extra;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    if text.contains("request_headers = ") {
        return text;
    }
    match text.find("[forwarding]\n") {
        None => text + "[forwarding]\n" + KEY,
        Some(section) => {
            let end = text[section..].find("\n[").map_or(text.len(), |next| section + next + 1);
            format!("{}{KEY}{}", &text[..end], &text[end..])
        }
    }
}

impl Gateway {
    /// Starts a gateway with these upstreams and with the sections in `extra`.
    pub fn start(upstreams: &[SocketAddr], extra: &str) -> Self {
        Self::start_with(&config(upstreams, "127.0.0.1:0", extra), &[])
    }

    pub fn start_with(config: &str, arguments: &[&str]) -> Self {
        Self::start_by(Command::new(env!("CARGO_BIN_EXE_umsoap-gateway")), config, arguments)
    }

    /// Starts a gateway by another command, which gets the gateway's path and arguments as its last arguments.
    pub fn start_in(command: &[&str], config: &str) -> Self {
        let mut started = Command::new(command[0]);
        started.args(&command[1..]).arg(env!("CARGO_BIN_EXE_umsoap-gateway"));
        Self::start_by(started, config, &[])
    }

    fn start_by(mut command: Command, config: &str, arguments: &[&str]) -> Self {
        let folder = folder();
        let file = folder.join("gateway.toml");
        std::fs::write(&file, config).unwrap();
        let mut process = Process::start(command.arg("--config").arg(&file).args(arguments));
        let line = process.line(|line| line.contains("\"ready\""));
        let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
        let address = |name: &str| ready[name].as_str().unwrap().parse().unwrap();
        Self { listen: address("listen"), admin: address("admin"), process, folder }
    }

    pub fn client(&self) -> Client {
        Client::connect(self.listen)
    }

    /// Sends a request over a new connection and returns the answer.
    pub fn post(&self, message: &str) -> Answer {
        self.client().post(message, "")
    }

    pub fn metrics(&self) -> String {
        Client::connect(self.admin).exchange(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").text()
    }

    /// Returns the value of one line of the metrics, or 0 without such a line.
    pub fn metric(&self, name: &str) -> f64 {
        let text = self.metrics();
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.map_or(0.0, |value| value.parse().unwrap())
    }
}

impl Gateway {
    /// Waits until a metric has this value. The gateway counts a request only after it has sent the answer.
    pub fn metric_becomes(&self, name: &str, value: f64) {
        let start = Instant::now();
        while self.metric(name) != value {
            assert!(start.elapsed() < PATIENCE, "{name} is {}, not {value}", self.metric(name));
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Gateway {
    /// Waits until requests hold at least this many bytes of memory. The bytes of a request count when they are read.
    pub fn holds(&self, least: usize) {
        let start = Instant::now();
        while self.metric("umsoap_gateway_buffered_bytes") < least as f64 {
            assert!(
                start.elapsed() < PATIENCE,
                "{} of {least}",
                self.metric("umsoap_gateway_buffered_bytes")
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find_map(|(n, value)| n.eq_ignore_ascii_case(name).then_some(value.trim()))
    }

    pub fn headers(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).collect()
    }

    /// Returns the SOAP version, the fault's code and its reason.
    pub fn fault(&self) -> (&'static str, String, String) {
        let envelope = umsoap::Envelope::parse(&self.body).unwrap_or_else(|e| panic!("{e}: {self:?}"));
        let umsoap::Body::Fault(fault) = envelope.body() else { panic!("no fault: {}", self.text()) };
        let version = match envelope.version() {
            umsoap::SoapVersion::V1_1 => "1.1",
            umsoap::SoapVersion::V1_2 => "1.2",
        };
        (version, fault.code().local().to_string(), fault.reason().to_string())
    }

    /// Returns the state and the cause of a call.
    pub fn state(&self) -> (String, String) {
        assert_eq!(self.status, 200, "{self:?}");
        let response = umsoap::GetCallInfoResponse::parse(&self.body).unwrap();
        (response.call_state().to_string(), response.event_cause().to_string())
    }
}

/// Returns the local part of a fault's code, without the prefix.
pub trait Local {
    fn local(&self) -> String;
}

impl Local for umsoap::Text<'_> {
    fn local(&self) -> String {
        let text = self.to_string();
        text.rsplit_once(':').map_or(text.clone(), |(_, local)| local.to_owned())
    }
}

pub struct Client {
    pub stream: TcpStream,
    kept: Vec<u8>,
}

impl Client {
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, kept: Vec::new() }
    }

    pub fn exchange(&mut self, bytes: &[u8]) -> Answer {
        self.stream.write_all(bytes).unwrap();
        self.answer().expect("the connection was closed without an answer")
    }

    pub fn post(&mut self, message: &str, headers: &str) -> Answer {
        let request = post(message, headers);
        self.exchange(request.as_bytes())
    }

    /// Returns the next answer that is not 100 Continue, or `None` if the connection ends before its first byte.
    pub fn answer(&mut self) -> Option<Answer> {
        loop {
            let answer = self.any_answer()?;
            if answer.status != 100 {
                return Some(answer);
            }
        }
    }

    pub fn any_answer(&mut self) -> Option<Answer> {
        let end = loop {
            if let Some(at) = self.kept.windows(4).position(|w| w == b"\r\n\r\n") {
                break at + 4;
            }
            if !self.more() {
                assert!(self.kept.is_empty(), "half an answer: {:?}", String::from_utf8_lossy(&self.kept));
                return None;
            }
        };
        let head = String::from_utf8(self.kept.drain(..end).collect()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = Answer { status, head, body: Vec::new() };
        let length: usize = answer.header("content-length").map_or(0, |l| l.parse().unwrap());
        assert!(answer.header("transfer-encoding").is_none(), "answers have a length");
        while self.kept.len() < length {
            assert!(self.more(), "half a body");
        }
        answer.body = self.kept.drain(..length).collect();
        Some(answer)
    }

    /// Reads more bytes. Returns false at the end of the connection.
    fn more(&mut self) -> bool {
        let mut buffer = [0; 65_536];
        match self.stream.read(&mut buffer) {
            Ok(0) => false,
            Ok(n) => {
                self.kept.extend_from_slice(&buffer[..n]);
                true
            }
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => false,
            Err(error) => panic!("{error}"),
        }
    }

    /// Has the other side closed the connection?
    pub fn is_closed(&mut self) -> bool {
        self.kept.is_empty() && !self.more()
    }
}

pub fn media(message: &str) -> &'static str {
    if message.contains(SOAP_1_2) { "application/soap+xml; charset=utf-8" } else { "text/xml; charset=utf-8" }
}

pub fn post(message: &str, headers: &str) -> String {
    format!(
        "POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: {}\r\nContent-Length: {}\r\n{headers}\r\n{message}",
        media(message),
        message.len()
    )
}

/// Returns a message with this header and body.
pub fn envelope(soap: &str, header: &str, body: &str) -> String {
    let header = if header.is_empty() { String::new() } else { format!("<s:Header>{header}</s:Header>") };
    format!("<s:Envelope xmlns:s=\"{soap}\">{header}<s:Body>{body}</s:Body></s:Envelope>")
}

/// Returns a GetCallInfo request for this call.
pub fn call(soap: &str, id: &str) -> String {
    envelope(soap, "", &format!("<GetCallInfo xmlns=\"{MESSAGES}\"><CallId>{id}</CallId></GetCallInfo>"))
}

/// Returns a header of a request from the mock's log.
pub fn seen<'v>(request: &'v serde_json::Value, name: &str) -> Option<&'v str> {
    let headers = request["headers"].as_array().unwrap();
    headers.iter().find(|pair| pair[0] == name).map(|pair| pair[1].as_str().unwrap())
}

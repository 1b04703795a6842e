//! An upstream inside the test process. It records every connection and every request, and the test decides on each
//! reply.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::process::{MESSAGES, SOAP_1_1, envelope};

/// A request as the upstream read it.
#[derive(Clone, Debug)]
pub struct Request {
    /// The number of the connection, counted from 0.
    pub connection: usize,
    /// The place among the requests of that connection, counted from 0.
    pub place: usize,
    pub head: String,
    pub body: String,
}

impl Request {
    /// Returns the values of a header, in order.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).collect()
    }

    /// Returns the CallId as it is written.
    pub fn call_id(&self) -> &str {
        self.body.split("CallId>").nth(1).map_or("", |rest| rest.trim_end_matches("</"))
    }
}

/// The upstream's action for a request.
#[derive(Clone, Debug)]
pub enum Act {
    /// Writes these bytes and keeps the connection.
    Reply(Vec<u8>),
    /// Writes these bytes after a while and keeps the connection.
    Late(Duration, Vec<u8>),
    /// Writes these bytes, possibly none, and closes the connection.
    Close(Vec<u8>),
}

pub struct Server {
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    connections: Arc<Mutex<usize>>,
}

impl Server {
    /// Starts a server on a free port, which serves until the test process ends.
    pub fn start(act: impl Fn(&Request) -> Act + Send + Sync + 'static) -> Self {
        Self::start_at("127.0.0.1:0", act)
    }

    /// Starts a server on a free port. It answers each request with `reply` after a message on the returned channel.
    pub fn start_told(reply: Vec<u8>) -> (Self, Sender<()>) {
        let (tell, told) = std::sync::mpsc::channel();
        let told = Mutex::new(told);
        let server = Self::start(move |_| {
            let _ = told.lock().unwrap().recv();
            Act::Reply(reply.clone())
        });
        (server, tell)
    }

    pub fn start_at(listen: &str, act: impl Fn(&Request) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(listen).unwrap();
        let address = listener.local_addr().unwrap();
        let (requests, connections) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(0)));
        let (to, count, act) = (requests.clone(), connections.clone(), Arc::new(act));
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().map_while(Result::ok).enumerate() {
                *count.lock().unwrap() += 1;
                let (to, act) = (to.clone(), act.clone());
                std::thread::spawn(move || serve(stream, number, &to, &*act));
            }
        });
        Self { address, requests, connections }
    }

    /// Returns the requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// Returns the number of connections so far, with those that carried no request.
    pub fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}

fn serve(mut stream: TcpStream, connection: usize, to: &Mutex<Vec<Request>>, act: &dyn Fn(&Request) -> Act) {
    let _ = stream.set_nodelay(true);
    let mut bytes = Vec::new();
    for place in 0.. {
        let request = loop {
            if let Some(request) = whole(&mut bytes, connection, place) {
                break request;
            }
            let mut piece = [0; 65_536];
            match stream.read(&mut piece) {
                Ok(read @ 1..) => bytes.extend_from_slice(&piece[..read]),
                _ => return,
            }
        };
        to.lock().unwrap().push(request.clone());
        match act(&request) {
            Act::Reply(reply) => {
                let _ = stream.write_all(&reply);
            }
            Act::Late(after, reply) => {
                std::thread::sleep(after);
                let _ = stream.write_all(&reply);
            }
            Act::Close(reply) => {
                let _ = stream.write_all(&reply);
                return;
            }
        }
    }
}

/// Takes a request from the bytes that were read, if the request is complete.
fn whole(bytes: &mut Vec<u8>, connection: usize, place: usize) -> Option<Request> {
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n")? + 4;
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut request = Request { connection, place, head, body: String::new() };
    let length: usize = request.headers("content-length").first().map_or(0, |l| l.parse().unwrap());
    if bytes.len() < end + length {
        return None;
    }
    request.body = String::from_utf8(bytes[end..end + length].to_vec()).unwrap();
    bytes.drain(..end + length);
    Some(request)
}

/// Returns a reply with a Content-Length.
pub fn reply(status: u16, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n{headers}\r\n{body}").into_bytes()
}

/// Returns a reply whose body is in chunks of this size.
pub fn chunked(status: u16, headers: &str, body: &str, size: usize) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status} X\r\nTransfer-Encoding: chunked\r\n{headers}\r\n");
    for piece in body.as_bytes().chunks(size) {
        text += &format!("{:x}\r\n{}\r\n", piece.len(), std::str::from_utf8(piece).unwrap());
    }
    (text + "0\r\n\r\n").into_bytes()
}

pub const XML: &str = "Content-Type: text/xml; charset=utf-8\r\n";

/// Returns the response for a connected call.
pub fn connected() -> String {
    let body = format!(
        "<GetCallInfoResponse xmlns=\"{MESSAGES}\"><CallState>Connected</CallState><EventCause>None</EventCause>\
         </GetCallInfoResponse>"
    );
    envelope(SOAP_1_1, "", &body)
}

/// Replies with the response for a connected call.
pub fn good() -> Act {
    Act::Reply(reply(200, XML, &connected()))
}

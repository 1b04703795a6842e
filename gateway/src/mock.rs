//! A mock UM server. The only file but `mock/` that knows hyper.

mod calls;
mod wire;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use umsoap::{Body, Envelope, Fault, FaultCode, SoapVersion};

use calls::Calls;
use wire::Reply;

/// The CallId of the documented example: a call that stays Connected.
pub const DOCUMENTED_CALL_ID: &str =
    "MDlkZjllZGMtNGUyMy00NzA5LWJkYWYtN2JlMjBjYjBhZTU2QGRmLWV1bS0wMS5leGNoYW5nZS5jb3JwLm1pY3Jvc29mdC5jb20=";

/// What CallIds do.
pub const HELP: &str = "\
CallIds:
  the documented example's   Connected, cause None
  what PlayOnPhone returned  Connecting, Connected, Disconnected over time; a DialString with busy, noanswer,
                             unavailable or other in it ends the call by that cause instead of answering it,
                             one with forbidden is refused with DialingRulesException, an entryId with unknown
                             in it with InvalidObjectIdException
  mock:state:STATE:CAUSE     this state and cause
  mock:slow:MS               the answer comes late
  mock:large:BYTES           an answer with that much white space
  mock:status:CODE           the answer with another HTTP status
  mock:chunked, mock:v12, mock:broken, mock:cut, mock:truncated, mock:close, mock:html, mock:gzip, mock:empty,
  mock:redirect, mock:early, mock:401, mock:403, mock:ntlm, mock:fault, mock:receiver, mock:header,
  mock:mandatory, mock:request
                             an answer of that sort
  any other                  InvalidCallIdException
GET /log                     the last requests as JSON
GET /EWS/healthcheck.htm     200";

/// How long the parts of a call last.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// Connecting.
    pub ring: Duration,
    /// Connected.
    pub talk: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self { ring: Duration::from_secs(2), talk: Duration::from_secs(5) }
    }
}

/// A request as it arrived.
#[derive(Clone, Debug, Serialize)]
struct Seen {
    connection: u64,
    /// What NTLM made this connection's user.
    identity: Option<String>,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

struct Mock {
    calls: Calls,
    log: Mutex<VecDeque<Seen>>,
}

/// What a connection remembers.
#[derive(Default)]
struct Connection {
    number: u64,
    identity: Mutex<Option<String>>,
}

/// Most requests that `/log` tells of.
const LOG: usize = 1024;
/// Where Exchange tells its load balancers that it is well.
const HEALTH: &str = "/EWS/healthcheck.htm";
/// The longest body.
const BODY: usize = 4 << 20;

/// Serves until the process ends.
pub fn serve(listener: TcpListener, times: Times) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    match runtime {
        Ok(runtime) => runtime.block_on(accept(listener, times)),
        Err(error) => tracing::error!(%error, "um-mock cannot start"),
    }
}

async fn accept(listener: TcpListener, times: Times) {
    let mock = Arc::new(Mock { calls: Calls::new(times), log: Mutex::default() });
    let listener =
        match listener.set_nonblocking(true).and_then(|()| tokio::net::TcpListener::from_std(listener)) {
            Ok(listener) => listener,
            Err(error) => return tracing::error!(%error, "um-mock cannot listen"),
        };
    let mut number = 0;
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        number += 1;
        let connection = Arc::new(Connection { number, identity: Mutex::default() });
        let mock = mock.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let (mock, connection) = (mock.clone(), connection.clone());
                async move { mock.serve(&connection, request).await }
            });
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// The connection is closed without a reply.
#[derive(Debug)]
struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("closed on request")
    }
}

impl std::error::Error for Closed {}

impl Mock {
    async fn serve(
        &self,
        connection: &Connection,
        request: Request<Incoming>,
    ) -> Result<Response<Reply>, Closed> {
        if request.method() == Method::GET && request.uri().path() == "/log" {
            let log = self.log.lock().map(|log| log.iter().cloned().collect::<Vec<_>>()).unwrap_or_default();
            let text = serde_json::to_vec(&log).unwrap_or_default();
            return Ok(wire::reply(200, "application/json", Bytes::from(text)));
        }
        if request.method() == Method::GET && request.uri().path() == HEALTH {
            return Ok(wire::reply(200, "text/html", Bytes::from_static(b"200 OK<br/>um-mock")));
        }
        let (head, body) = request.into_parts();
        let body = match Limited::new(body, BODY).collect().await {
            Ok(body) => body.to_bytes(),
            Err(_) => return Ok(wire::reply(413, "text/plain", Bytes::new())),
        };
        let authorization =
            head.headers.get("authorization").and_then(|v| v.to_str().ok()).map(str::to_owned);
        self.remember(connection, &head, &body);
        let (version, answer) = match Envelope::parse(&body) {
            Ok(envelope) => (envelope.version(), self.answer(connection, authorization, &envelope)),
            Err(error) => {
                let version = error.version().unwrap_or(SoapVersion::V1_1);
                (version, Answer::Fault(Box::new(error.fault())))
            }
        };
        match answer {
            Answer::Bad(sort) => wire::bad(&sort, version).await.ok_or(Closed),
            Answer::Response(response) => {
                Ok(wire::message(200, &Envelope::new(version, Body::GetCallInfoResponse(response))))
            }
            Answer::Fault(fault) => {
                let status = fault.http_status(version);
                Ok(wire::message(status, &Envelope::new(version, Body::Fault(*fault))))
            }
            Answer::Text(text) => Ok(wire::soap_body(200, version, &text)),
        }
    }

    fn remember(&self, connection: &Connection, head: &http::request::Parts, body: &Bytes) {
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let identity = connection.identity.lock().ok().and_then(|identity| identity.clone());
        let seen = || Seen {
            connection: connection.number,
            identity,
            method: head.method.to_string(),
            path: head.uri.to_string(),
            headers: head.headers.iter().map(|(n, v)| (n.to_string(), text(v))).collect(),
            body: String::from_utf8_lossy(body.get(..body.len().min(65_536)).unwrap_or_default())
                .into_owned(),
        };
        // Under load nobody reads the log: only requests that say they want to be remembered are.
        if head.headers.contains_key("x-mock-log")
            && let Ok(mut log) = self.log.lock()
        {
            log.push_back(seen());
            if log.len() > LOG {
                log.pop_front();
            }
        }
    }

    fn answer<'e>(
        &self,
        connection: &Connection,
        authorization: Option<String>,
        envelope: &Envelope<'e>,
    ) -> Answer<'e> {
        match envelope.body() {
            Body::GetCallInfo(request) => {
                let id = request.call_id();
                let text = id.to_string();
                match text.strip_prefix("mock:") {
                    Some("ntlm") => Self::ntlm(connection, authorization),
                    Some(sort) => match calls::state_of(sort) {
                        Some(response) => Answer::Response(response),
                        None => Answer::Bad(sort.to_owned()),
                    },
                    None if text == DOCUMENTED_CALL_ID => Answer::Response(calls::CONNECTED),
                    None => match self.calls.state(&text) {
                        Some(response) => Answer::Response(response),
                        None => Answer::Fault(Box::new(Fault::invalid_call_id())),
                    },
                }
            }
            body @ Body::PlayOnPhone(_) => match self.calls.place(&body) {
                Ok(id) => Answer::Text(format!(
                    "<PlayOnPhoneResponse xmlns=\"{0}\"><PlayOnPhoneResponse>{id}</PlayOnPhoneResponse>\
                     </PlayOnPhoneResponse>",
                    wire::MESSAGES
                )),
                Err(exception) => Answer::Bad(format!("exception:{exception}")),
            },
            body @ Body::Disconnect(_) => {
                self.calls.end(&body);
                Answer::Text(format!("<DisconnectResponse xmlns=\"{}\"/>", wire::MESSAGES))
            }
            _ => invalid(),
        }
    }

    /// Like NTLM: the first Authorization makes this connection's user, for all requests after it.
    fn ntlm<'e>(connection: &Connection, authorization: Option<String>) -> Answer<'e> {
        let Ok(mut identity) = connection.identity.lock() else { return Answer::Bad("ntlm".to_owned()) };
        if identity.is_none() {
            *identity = authorization;
        }
        if identity.is_some() { Answer::Response(calls::CONNECTED) } else { Answer::Bad("ntlm".to_owned()) }
    }
}

fn invalid<'e>() -> Answer<'e> {
    Answer::Fault(Box::new(Fault::new(FaultCode::Sender, "The request is invalid.")))
}

enum Answer<'e> {
    Response(umsoap::GetCallInfoResponse),
    Fault(Box<Fault<'e>>),
    Text(String),
    Bad(String),
}

impl From<Infallible> for Closed {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

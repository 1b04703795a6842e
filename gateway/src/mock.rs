//! A mock UM server. Only this file and `mock/` use hyper.

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

/// The CallId of the example in the documentation of the service. Its call stays Connected.
pub const DOCUMENTED_CALL_ID: &str =
    "MDlkZjllZGMtNGUyMy00NzA5LWJkYWYtN2JlMjBjYjBhZTU2QGRmLWV1bS0wMS5leGNoYW5nZS5jb3JwLm1pY3Jvc29mdC5jb20=";

/// The help text, which lists the answers of the mock.
pub const HELP: &str = "\
All 11 operations of the service are answered, for one mailbox whose settings are kept in memory.

The CallId decides how GetCallInfo is answered:
  the documented example's   Connected with cause None, also after Disconnect
  of a placed call           Connecting, Connected and Disconnected over time
  mock:state:STATE:CAUSE     STATE with CAUSE
  mock:call:ANYTHING         Connected with cause None, for benchmarks with many calls
  mock:slow:MS               the answer comes MS milliseconds late, 60,000 at most
  mock:large:BYTES           the answer ends with BYTES bytes of white space, 128 MiB at most
  mock:status:CODE           the answer has the HTTP status CODE
  mock:chunked, mock:v12, mock:broken, mock:cut, mock:truncated, mock:close, mock:html, mock:gzip, mock:empty,
  mock:redirect, mock:early, mock:401, mock:403, mock:ntlm, mock:fault, mock:receiver, mock:header,
  mock:mandatory, mock:request
                             the answer has the property in its name
  any other                  InvalidCallIdException

PlayOnPhone and PlayOnPhoneGreeting place calls, and Disconnect ends a placed call once. Some words in a request count:
  busy, noanswer, unavailable or other in the DialString
                             the call ends with this cause and is never answered
  forbidden in the DialString
                             DialingRulesException
  unknown in the entryId     InvalidObjectIdException

GET /log                     the last 1,024 requests with a header X-Mock-Log, as JSON
GET /EWS/healthcheck.htm     200";

/// The durations of the phases of a call.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// The time that a call is Connecting.
    pub ring: Duration,
    /// The time that an answered call is Connected afterwards.
    pub talk: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self { ring: Duration::from_secs(2), talk: Duration::from_secs(5) }
    }
}

/// A request as it arrived. A longer body is cut after 64 KiB.
#[derive(Clone, Debug, Serialize)]
struct Seen {
    connection: u64,
    /// The user of the connection, as the first answer to the NTLM challenge named it.
    identity: Option<String>,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

struct Mock {
    calls: Calls,
    mailbox: Mutex<Mailbox>,
    log: Mutex<VecDeque<Seen>>,
}

/// The state of a connection.
#[derive(Default)]
struct Connection {
    number: u64,
    identity: Mutex<Option<String>>,
}

/// The greatest number of requests that `/log` returns.
const LOG: usize = 1024;
/// The path at which Exchange tells load balancers that it is healthy.
const HEALTH: &str = "/EWS/healthcheck.htm";
/// The greatest length of a request's body in bytes, four times the gateway's default limit.
const BODY: usize = 4 << 20;

/// Serves until the process ends. If the mock cannot start, it logs an error and returns.
pub fn serve(listener: TcpListener, times: Times) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    match runtime {
        Ok(runtime) => runtime.block_on(accept(listener, times)),
        Err(error) => tracing::error!(%error, "um-mock cannot start"),
    }
}

async fn accept(listener: TcpListener, times: Times) {
    let mock = Arc::new(Mock { calls: Calls::new(times), mailbox: Mutex::default(), log: Mutex::default() });
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

/// A request to close the connection without a reply.
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
                (version, fault(version, error.fault()))
            }
        };
        match answer {
            Answer::Message(status, bytes) => Ok(wire::reply(status, wire::content_type(version), bytes)),
            Answer::Bad(sort) => wire::bad(&sort, version).await.ok_or(Closed),
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
        // Only requests with this header are kept, because a copy of every request would slow a benchmark down.
        if head.headers.contains_key("x-mock-log")
            && let Ok(mut log) = self.log.lock()
        {
            log.push_back(seen());
            if log.len() > LOG {
                log.pop_front();
            }
        }
    }

    #[deny(clippy::wildcard_enum_match_arm)]
    fn answer(
        &self,
        connection: &Connection,
        authorization: Option<String>,
        envelope: &Envelope<'_>,
    ) -> Answer {
        let version = envelope.version();
        match envelope.body() {
            Body::GetCallInfo(request) => {
                let text = request.call_id().to_string();
                let state = match text.strip_prefix("mock:") {
                    Some("ntlm") => return Self::ntlm(version, connection, authorization),
                    Some(sort) if sort.starts_with("call:") => Some(calls::CONNECTED),
                    Some(sort) => match calls::state_of(sort) {
                        Some(state) => Some(state),
                        None => return Answer::Bad(sort.to_owned()),
                    },
                    None if text == DOCUMENTED_CALL_ID => Some(calls::CONNECTED),
                    None => self.calls.state(&text),
                };
                match state {
                    Some(state) => message(version, state),
                    None => fault(version, Fault::invalid_call_id()),
                }
            }
            Body::Disconnect(request) => {
                let text = request.call_id().to_string();
                if text == DOCUMENTED_CALL_ID || text.starts_with("mock:") || self.calls.end(&text) {
                    message(version, umsoap::DisconnectResponse::new())
                } else {
                    fault(version, Fault::invalid_call_id())
                }
            }
            Body::PlayOnPhone(request) => {
                if request.entry_id().to_string().contains("unknown") {
                    return fault(version, Fault::invalid_object_id());
                }
                match self.calls.place(&request.dial_string().to_string()) {
                    Some(id) => message(version, umsoap::PlayOnPhoneResponse::new(&id)),
                    None => fault(version, Fault::dialing_rules()),
                }
            }
            Body::PlayOnPhoneGreeting(request) => {
                match self.calls.place(&request.dial_string().to_string()) {
                    Some(id) => message(version, umsoap::PlayOnPhoneGreetingResponse::new(&id)),
                    None => fault(version, Fault::dialing_rules()),
                }
            }
            Body::GetUMProperties(_) => {
                self.mailbox(version, |mailbox| message(version, mailbox.properties()))
            }
            Body::IsUMEnabled(_) => message(version, umsoap::IsUMEnabledResponse::new(true)),
            Body::ResetPIN(_) => message(version, umsoap::ResetPINResponse::new()),
            Body::SetMissedCallNotificationEnabled(request) => self.mailbox(version, |mailbox| {
                mailbox.missed_call_notification = request.status();
                message(version, umsoap::SetMissedCallNotificationEnabledResponse::new())
            }),
            Body::SetOofStatus(request) => self.mailbox(version, |mailbox| {
                mailbox.oof = request.status();
                message(version, umsoap::SetOofStatusResponse::new())
            }),
            Body::SetPlayOnPhoneDialString(request) => self.mailbox(version, |mailbox| {
                mailbox.dial_string =
                    Some(request.dial_string().to_string()).filter(|number| !number.is_empty());
                message(version, umsoap::SetPlayOnPhoneDialStringResponse::new())
            }),
            Body::SetTelephoneAccessFolderEmail(request) => self.mailbox(version, |mailbox| {
                mailbox.folder = Some(request.folder_id().to_string());
                message(version, umsoap::SetTelephoneAccessFolderEmailResponse::new())
            }),
            Body::GetCallInfoResponse(_)
            | Body::DisconnectResponse(_)
            | Body::PlayOnPhoneResponse(_)
            | Body::PlayOnPhoneGreetingResponse(_)
            | Body::GetUMPropertiesResponse(_)
            | Body::IsUMEnabledResponse(_)
            | Body::ResetPINResponse(_)
            | Body::SetMissedCallNotificationEnabledResponse(_)
            | Body::SetOofStatusResponse(_)
            | Body::SetPlayOnPhoneDialStringResponse(_)
            | Body::SetTelephoneAccessFolderEmailResponse(_)
            | Body::Fault(_)
            | Body::Other(_)
            | _ => fault(version, Fault::new(FaultCode::Sender, "The request is invalid.")),
        }
    }

    fn mailbox(&self, version: SoapVersion, with: impl FnOnce(&mut Mailbox) -> Answer) -> Answer {
        match self.mailbox.lock() {
            Ok(mut mailbox) => with(&mut mailbox),
            Err(_) => fault(version, Fault::new(FaultCode::Receiver, "The mailbox cannot be used.")),
        }
    }

    /// Answers as a server with NTLM does. The first Authorization header on a connection names the user of all later
    /// requests on the connection.
    fn ntlm(version: SoapVersion, connection: &Connection, authorization: Option<String>) -> Answer {
        let Ok(mut identity) = connection.identity.lock() else { return Answer::Bad("ntlm".to_owned()) };
        if identity.is_none() {
            *identity = authorization;
        }
        if identity.is_some() { message(version, calls::CONNECTED) } else { Answer::Bad("ntlm".to_owned()) }
    }
}

enum Answer {
    /// An HTTP status and a message that the library has written.
    Message(u16, Bytes),
    /// A reply of this sort. [`wire::bad`] makes the reply.
    Bad(String),
}

fn message<'m>(version: SoapVersion, message: impl Into<Body<'m>>) -> Answer {
    Answer::Message(200, wire::bytes(&Envelope::new(version, message.into())))
}

fn fault(version: SoapVersion, fault: Fault<'_>) -> Answer {
    Answer::Message(fault.http_status(version), wire::bytes(&Envelope::new(version, Body::Fault(fault))))
}

/// The settings of the only mailbox.
struct Mailbox {
    oof: bool,
    missed_call_notification: bool,
    dial_string: Option<String>,
    folder: Option<String>,
}

impl Default for Mailbox {
    fn default() -> Self {
        Self { oof: false, missed_call_notification: true, dial_string: None, folder: None }
    }
}

impl Mailbox {
    /// Returns the settings. A setting without a value is left out, as .NET servers do.
    fn properties(&self) -> umsoap::GetUMPropertiesResponse<'_> {
        umsoap::GetUMPropertiesResponse::new(
            self.oof,
            self.missed_call_notification,
            self.dial_string.as_deref(),
            Some("+15550100"),
            self.folder.as_deref(),
        )
    }
}

impl From<Infallible> for Closed {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

//! The life of a request, from its head to the answer.

use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::Method;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING, WWW_AUTHENTICATE};
use pingora::http::ResponseHeader;
use pingora::protocols::Stream;
use pingora::protocols::http::ServerSession;
use pingora::protocols::http::v1::server::HttpSession as Http1;
use pingora::time::timeout;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{Semaphore, watch};
use umsoap::{Body, CallId, SoapVersion, Text};

use crate::answer::{self, Answer, Faults};
use crate::budget::{Budget, Share};
use crate::client;
use crate::config::{Auth, Config, Level};
use crate::forward::{self, Client};
use crate::head::{self, Head, NoHead, Wish};
use crate::keyed::LogKey;
use crate::limits::{Accounts, CallRate, Rate};
use crate::log::{self, AccessLine, field};
use crate::message::{self, Checked, Reader};
use crate::metrics::Metrics;
use crate::operation::{self, Operation};
use crate::outcome::{Kind, Outcome};
use crate::outlier::Outliers;
use crate::phase::Phase;
use crate::reading::{Read, Reading};
use crate::reply;
use crate::route::{Place, Router};
use crate::target;
use crate::trace::Trace;
use crate::traces::{Told, Traces};
use crate::upstream::{Bound, Connection, Failure, Reply, Upstreams};
use crate::wsdl;

/// The reason in the fault that answers with status 503 when memory is short.
const BUSY: &str = "Too many messages are being read.";

/// The time for which a connection is read after its last answer.
const LINGER: Duration = Duration::from_secs(1);

/// The gateway of one configuration. All connections share it.
pub(crate) struct Gateway {
    pub(crate) config: Config,
    reader: Reader,
    faults: Faults,
    router: Router,
    upstreams: Arc<Upstreams>,
    outliers: Outliers,
    pub(crate) budget: Arc<Budget>,
    pub(crate) metrics: Metrics,
    traces: Traces,
    rate: Rate,
    call_rate: CallRate,
    /// The places at each upstream for requests that may be under way at once.
    rooms: Vec<Semaphore>,
    log_key: LogKey,
    /// The names of the upstreams as JSON strings, for the log.
    names_for_log: Vec<String>,
    wsdl: Bytes,
    /// The whole answer to a connection that is turned away for want of room.
    pub(crate) turned_away: Bytes,
}

/// The parts of a connection that a request uses.
pub(crate) struct Visit<'c> {
    pub(crate) bound: &'c Bound,
    pub(crate) accounts: &'c Accounts,
    pub(crate) phase: &'c watch::Receiver<Phase>,
    /// The number of bytes that have come over the connection.
    pub(crate) received: &'c AtomicU64,
    /// The memory that the request holds until its answer is sent.
    pub(crate) share: Share,
}

/// The parts of a gateway that outlive a configuration.
#[derive(Clone)]
pub(crate) struct Lasting {
    pub(crate) budget: Arc<Budget>,
    pub(crate) metrics: Metrics,
    pub(crate) traces: Traces,
}

/// The size of the engine's buffer for a body that comes in pieces.
const BODY_BUFFER: usize = 64 << 10;

/// The bytes that the framing of a body in chunks may take: a fixed number, and a number for each byte of the body. The
/// framing is the sizes, extensions and trailers. Chunks of one byte take 6 bytes each, or 28 if each has a TLS record of
/// its own. Without a bound, extensions would let a body of 1 MiB take 8 GiB to be read. RFC 9112 section 7.1.1 asks for a
/// bound.
const FRAMING: u64 = 16 << 10;
const FRAMING_A_BYTE: u64 = 32;

/// The memory that a request needs besides its bytes if its body comes in pieces: its task, the decoder, and the
/// rounding of the allocator. Each of 5,000 requests took 21 to 29 KiB more than a waiting connection, in several
/// builds.
const BODY_STATE: usize = 28 << 10;

/// The greatest number of bytes of a body that are written together with the head. The rest of a long body is not
/// copied.
const WITH_HEAD: usize = 16 << 10;

/// The facts about a request for the access log.
#[derive(Default)]
struct Record {
    client: Option<IpAddr>,
    trace: Option<Trace>,
    soap: &'static str,
    operation: Option<Operation>,
    call: Option<[u64; 2]>,
    upstream: Option<usize>,
    tries: usize,
    received: usize,
}

impl Gateway {
    pub(crate) fn new(
        config: Config,
        router: Router,
        upstreams: Arc<Upstreams>,
        lasting: Lasting,
    ) -> Result<Self, String> {
        let log_key = LogKey::new(config.log_key.as_deref())
            .map_err(|error| format!("cannot get random numbers: {error}"))?;
        let Lasting { budget, metrics, traces } = lasting;
        budget.set_most(config.buffered_bytes);
        let faults = Faults { actor: config.actor.clone() };
        let most = match config.upstream_requests {
            0 => Semaphore::MAX_PERMITS,
            most => most,
        };
        Ok(Self {
            reader: Reader::new(&config),
            turned_away: turned_away(&faults),
            rate: Rate::new(config.client_requests),
            call_rate: CallRate::new(config.client_calls),
            rooms: config.upstreams.iter().map(|_| Semaphore::new(most)).collect(),
            faults,
            upstreams,
            outliers: Outliers::new(&config),
            budget,
            metrics,
            traces,
            log_key,
            names_for_log: config.upstreams.iter().map(|upstream| log::json(&upstream.name)).collect(),
            wsdl: Bytes::from(wsdl::at(&config.wsdl_address)),
            router,
            config,
        })
    }

    pub(crate) fn metrics_text(&self, ready: bool) -> Result<Vec<u8>, String> {
        let is_ejected = |index| self.outliers.is_ejected(index);
        let text = self.metrics.text(&self.router.health(), self.budget.held(), ready, is_ejected);
        text.map_err(|error| error.to_string())
    }

    /// Forgets clients that have sent nothing for a while.
    pub(crate) fn sweep(&self) {
        self.rate.sweep();
        self.call_rate.sweep();
    }

    pub(crate) fn healthy_upstreams(&self) -> usize {
        self.router.health().iter().filter(|(_, healthy)| *healthy).count()
    }

    pub(crate) fn count(&self, outcome: Outcome) -> u64 {
        self.metrics.count(outcome)
    }

    /// Lets the engine read the head. Returns `Err(Some)` with an answer, or `Err(None)` at the end of the connection.
    async fn read_head(
        &self,
        session: &mut ServerSession,
        head: Result<(), NoHead>,
    ) -> Result<(), Option<Box<Answer>>> {
        let refuse = |status, reason: &str, outcome, rule| {
            let answer = self.faults.client(SoapVersion::V1_1, Some(status), reason, outcome, rule);
            Err(Some(Box::new(answer.closing())))
        };
        match head {
            Ok(()) => {}
            Err(NoHead::Gone) => return Err(None),
            Err(NoHead::Slow) => {
                return refuse(408, "The request did not come in time.", Outcome::ClientSlow, "Head");
            }
            Err(NoHead::TooLong) => {
                return refuse(431, "The request's headers are too long.", Outcome::TooLong, "Head");
            }
            Err(NoHead::BareLineFeed) => {
                let reason = "A line of the request's head does not end with CR LF.";
                return refuse(400, reason, Outcome::Http, "BareLineFeed");
            }
            Err(NoHead::Refused(target::Refused::Target)) => {
                return refuse(400, "The request target is no URI.", Outcome::Http, "Target");
            }
            Err(NoHead::Refused(target::Refused::Host)) => {
                let reason = "The request target and Host name two hosts.";
                return refuse(400, reason, Outcome::Http, "Host");
            }
            Err(NoHead::Busy) => {
                let busy =
                    self.faults.server(SoapVersion::V1_1, Some(503), BUSY, Outcome::Busy, "HeadMemory");
                return Err(Some(Box::new(busy.closing())));
            }
        }
        // Over HTTP/2 the engine has read the head already.
        if session.as_http1().is_none() {
            return Ok(());
        }
        // The whole head has arrived. If the engine still wants more bytes, it does not wait for long.
        session.set_read_timeout(Some(self.config.head));
        let read = session.read_request().await;
        session.set_read_timeout(None);
        match read {
            Ok(true) => Ok(()),
            Err(error) if error.etype == pingora::ErrorType::InvalidHTTPHeader => {
                refuse(400, "The request is not HTTP.", Outcome::Http, "Head")
            }
            _ => Err(None),
        }
    }

    /// Reads the whole body, within the limits of size, memory and time.
    async fn read_body(
        &self,
        session: &mut ServerSession,
        head: &Head,
        share: &mut Share,
        received: &AtomicU64,
    ) -> Result<Read<'_>, Box<Answer>> {
        let busy = || {
            let answer = self.faults.server(head.version, Some(503), BUSY, Outcome::Busy, "Memory");
            Box::new(answer.closing())
        };
        let refuse = |status, reason: &str, outcome, rule| {
            Box::new(self.faults.client(head.version, Some(status), reason, outcome, rule).closing())
        };
        if head.expects
            && !matches!(timeout(self.config.write, session.write_continue_response()).await, Ok(Ok(())))
        {
            return Err(refuse(400, "The connection broke.", Outcome::ClientGone, "Continue"));
        }
        let mut reading = Reading::new(self.reader.request_options());
        let mut refused = false;
        let in_chunks = session.req_header().headers.contains_key(TRANSFER_ENCODING);
        let before = received.load(Ordering::Relaxed);
        use pingora::ErrorType::{ConnectionClosed, ReadError};
        let read = timeout(self.config.body, async {
            loop {
                let Some(piece) = session.read_request_body().await.map_err(Stop::Engine)? else {
                    return Ok(reading.end());
                };
                let came = received.load(Ordering::Relaxed) - before;
                let body = (reading.len() + piece.len()) as u64;
                if in_chunks && came > BODY_BUFFER as u64 + FRAMING + FRAMING_A_BYTE * body {
                    return Err(Stop::Framing);
                }
                if reading.len().saturating_add(piece.len()) > self.config.body_bytes {
                    return Err(Stop::TooLong);
                }
                if !share.grow(piece.len()) {
                    return Err(Stop::Busy);
                }
                if reading.len() == 0 {
                    if session.is_body_done() {
                        return Ok(reading.whole(piece));
                    }
                    // The engine reads the rest through a buffer. The buffer counts only from the first byte of the
                    // body on, so that a Content-Length alone takes no memory from other requests.
                    let promised = session.req_header().headers.get(CONTENT_LENGTH);
                    let promised = promised.and_then(|length| length.to_str().ok()?.parse().ok());
                    if !share.grow(BODY_STATE + promised.unwrap_or(BODY_BUFFER).min(BODY_BUFFER)) {
                        return Err(Stop::Busy);
                    }
                }
                if refused {
                    reading.keep(&piece);
                } else if let Err(error) = reading.piece(&piece) {
                    refused = message::may_be_for_others(&self.config, &error);
                    if !refused {
                        let answer = self.faults.message(head.version, &error, reading.bytes());
                        return Err(Stop::Message(Box::new(answer.closing())));
                    }
                }
            }
        })
        .await;
        match read {
            Ok(Ok(read)) => Ok(read),
            Err(_) => Err(refuse(408, "The message did not come in time.", Outcome::ClientSlow, "Body")),
            Ok(Err(Stop::TooLong)) => Err(refuse(413, "The message is too long.", Outcome::TooLong, "Body")),
            Ok(Err(Stop::Busy)) => Err(busy()),
            Ok(Err(Stop::Framing)) => {
                let reason = "The chunks hold little else than extensions.";
                Err(refuse(400, reason, Outcome::Http, "ChunkExtensions"))
            }
            Ok(Err(Stop::Message(answer))) => Err(answer),
            Ok(Err(Stop::Engine(error))) => Err(match error.etype {
                ConnectionClosed | ReadError => {
                    refuse(400, "The message is cut short.", Outcome::ClientGone, "Body")
                }
                _ => refuse(400, "The body is not framed as HTTP asks.", Outcome::Http, "Body"),
            }),
        }
    }

    /// Finds the address of the client, and checks whether that client may send a request now.
    fn admit(
        &self,
        session: &ServerSession,
        accounts: &Accounts,
        share: &mut Share,
        record: &mut Record,
    ) -> Result<(), Box<Answer>> {
        let request = session.req_header();
        record.trace = Some(Trace::of(&request.headers, self.config.traces_percent));
        let version = head::version_hint(&request.headers);
        let busy =
            |rule| Err(Box::new(self.faults.server(version, Some(503), BUSY, Outcome::Busy, rule).closing()));
        if session.as_http1().is_none() {
            // HTTP/2 counts an overhead of 32 bytes for each header (RFC 9113 section 6.5.2).
            let length = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
                name.as_str().len() + value.len() + 32
            };
            if !share.grow(request.headers.iter().map(length).sum()) {
                return busy("HeadMemory");
            }
        }
        let Some(peer) = session.client_addr().and_then(|address| Some(address.as_inet()?.ip())) else {
            return Ok(());
        };
        let client = client::real_address(peer, &request.headers, &self.config.trusted_proxies);
        record.client = Some(client);
        if client != peer && !share.charge(Some(accounts.of(client))) {
            return busy("ClientMemory");
        }
        if !self.rate.allows(client) {
            let reason = "The client sends too many requests.";
            let answer = self.faults.client(version, Some(429), reason, Outcome::Limited, "Rate");
            return Err(Box::new(answer.closing()));
        }
        Ok(())
    }

    async fn answer(
        &self,
        session: &mut ServerSession,
        bound: &Bound,
        share: &mut Share,
        received: &AtomicU64,
        record: &mut Record,
    ) -> Answer {
        let raw = || session.as_http1().map(|s| s.get_headers_raw_bytes()).unwrap_or_default();
        let head = match head::check(&self.config, &self.faults, session.req_header(), raw) {
            Ok(Wish::Call(head)) => head,
            Ok(Wish::Wsdl) => {
                return Answer::new(200, "text/xml; charset=utf-8", self.wsdl.clone(), Outcome::Wsdl);
            }
            Err(answer) => return *answer,
        };
        record.soap = name(head.version);
        let mut read = match self.read_body(session, &head, share, received).await {
            Ok(read) => read,
            Err(answer) => return *answer,
        };
        record.received = read.bytes.len();
        let start = Instant::now();
        let (mut place, mut seen) = (None, message::Seen::default());
        let call = |call_id: CallId<'_>| {
            let text = call_id.text();
            place = Some(self.router.place(call_id, text));
            record.call = self.hash_for_log(text);
        };
        let checked =
            message::check(&self.config, &self.reader, &self.faults, &head, &mut read, &mut seen, call);
        record.operation = seen.operation;
        self.metrics.checked(start.elapsed(), record.received);
        let checked = match checked {
            Ok(checked) => checked,
            Err(answer) => return *answer,
        };
        record.soap = name(checked.version);
        let place = place.unwrap_or_else(|| self.router.any_place());
        if place == Place::Unlisted {
            let fault = umsoap::Fault::invalid_call_id();
            return self.faults.refuse(checked.version, None, fault, Outcome::Unlisted, "Table");
        }
        if checked.operation.is_some_and(Operation::places_a_call) {
            let credentials = session.req_header().headers.get(AUTHORIZATION).map(|value| value.as_bytes());
            if !self.call_rate.allows(record.client, credentials) {
                let client = record.client.map(tracing::field::display);
                tracing::warn!(target: "umsoap_gateway", client, "a client or a user places too many calls");
                let reason = "Too many calls are placed.";
                let rule = answer::CALL_RATE;
                return self.faults.client(checked.version, Some(429), reason, Outcome::Limited, rule);
            }
        }
        self.forward(session, bound, &checked, place, share, record).await
    }

    async fn forward(
        &self,
        session: &ServerSession,
        bound: &Bound,
        checked: &Checked,
        place: Place,
        share: &mut Share,
        record: &mut Record,
    ) -> Answer {
        let client = Client {
            address: session.client_addr().and_then(|a| a.as_inet()).map(|a| a.ip().to_canonical()),
            tls: session.digest().is_some_and(|d| d.ssl_digest.is_some()),
        };
        let only_reads = checked.operation.is_some_and(Operation::only_reads);
        let mut connection = match (self.config.auth, only_reads) {
            (Auth::Connection, _) => Connection::Bound(bound),
            (Auth::Stateless, true) => Connection::Pooled,
            // An operation that changes something is sent over a new connection. On a kept connection it might get
            // lost, and it could not be repeated.
            (Auth::Stateless, false) => Connection::Own,
        };
        let may_repeat = only_reads && self.config.auth == Auth::Stateless;
        let mut tried = Vec::new();
        let mut again = None;
        let mut failure = Failure::NotSent;
        let mut full = false;
        // A reply is kept here while another server is tried.
        let mut given_up = None;
        let held = share.held();
        while record.tries < self.config.tries {
            let next = again
                .take()
                .or_else(|| self.router.upstream(place, &tried, |index| self.outliers.is_ejected(index)));
            let Some(index) = next else { break };
            let Some(template) = self.upstreams.template(index) else { break };
            let Some(Ok(_room)) = self.rooms.get(index).map(Semaphore::try_acquire) else {
                full = true;
                tried.push(index);
                continue;
            };
            share.shrink_to(held);
            record.tries += 1;
            record.upstream = Some(index);
            if record.tries > 1 {
                self.metrics.retried(index);
            }
            let from = session.req_header();
            let head = forward::head(&self.config, template, client, from, checked, record.trace);
            let start = Instant::now();
            // The future is awaited where it is made. A future in a variable would take its memory twice.
            let (spread, body) = (place.spread(), &checked.body);
            match self.upstreams.exchange(index, spread, connection, head, body, share).await {
                Ok(reply) => {
                    self.metrics.exchanged(index, start.elapsed());
                    if !reply.is_unavailable() {
                        self.outliers.succeeded(index);
                        return self.judged(checked, &reply, record);
                    }
                    self.blame(index, "Unavailable");
                    if !may_repeat {
                        return self.judged(checked, &reply, record);
                    }
                    given_up = Some(reply);
                    tried.push(index);
                }
                Err(reason) => {
                    (failure, given_up) = (reason, None);
                    match reason {
                        // The connection was too old, or a limit of the gateway was reached, so the server is not to
                        // blame.
                        Failure::Broken { stale: true } | Failure::TooLong | Failure::Memory => {
                            self.metrics.failed(index, failure_name(reason));
                        }
                        _ => self.blame(index, failure_name(reason)),
                    }
                    match reason {
                        Failure::NotSent => tried.push(index),
                        Failure::Broken { stale: true } if may_repeat => {
                            connection = Connection::Own;
                            again = Some(index);
                        }
                        Failure::Broken { .. } if may_repeat => tried.push(index),
                        _ => break,
                    }
                }
            }
        }
        if let Some(reply) = given_up {
            return self.judged(checked, &reply, record);
        }
        if full && failure == Failure::NotSent {
            let reason = "The UM servers have too many requests.";
            return self.faults.server(checked.version, Some(503), reason, Outcome::Busy, "UpstreamRoom");
        }
        if failure == Failure::Memory {
            return self.faults.server(checked.version, Some(503), BUSY, Outcome::Busy, "ReplyMemory");
        }
        let (reason, outcome) = match failure {
            Failure::NotSent => ("No UM server can be reached.", Outcome::Unreachable),
            Failure::Slow => ("The UM server did not answer in time.", Outcome::UpstreamSlow),
            _ => ("The reply of the UM server cannot be used.", Outcome::BadReply),
        };
        let mut answer = self.faults.server(checked.version, None, reason, outcome, failure_name(failure));
        answer.close = self.config.auth == Auth::Connection;
        answer
    }

    /// Returns the hash of a CallId for the log, if requests are logged.
    fn hash_for_log(&self, call_id: Text<'_>) -> Option<[u64; 2]> {
        self.logs_requests().then(|| self.log_key.hash(call_id))
    }

    /// Returns the client's answer for a whole reply.
    fn judged(&self, checked: &Checked, reply: &Reply, record: &mut Record) -> Answer {
        let seen = |body: &Body<'_>| {
            if let Body::GetCallInfoResponse(response) = body {
                self.metrics.call(response.call_state(), response.event_cause());
            }
            // The log line of a PlayOnPhone names the call that it has placed, as the lines of later GetCallInfo
            // requests do.
            if let Some(placed) = operation::call_id(body) {
                record.call = self.hash_for_log(placed.text());
            }
        };
        let mut answer = reply::judge(&self.config, &self.reader, &self.faults, checked, reply, seen);
        // The user's identity ends together with the upstream's connection.
        answer.close |= self.config.auth == Auth::Connection && !reply.kept;
        answer
    }

    /// Counts a failure of an upstream. The failure may eject the upstream.
    fn blame(&self, index: usize, failure: &'static str) {
        self.metrics.failed(index, failure);
        if self.outliers.failed(index) {
            self.metrics.ejected(index);
            let name = self.upstreams.config(index).map(|upstream| upstream.name.as_str());
            tracing::warn!(target: "umsoap_gateway", upstream = name, failure, "an upstream is left out for a while");
        }
    }

    /// Sends an answer over HTTP/2.
    async fn send_http2(
        &self,
        session: &mut ServerSession,
        answer: &Answer,
        record: &Record,
    ) -> pingora::Result<()> {
        let mut header = ResponseHeader::build(answer.status, Some(6))?;
        header.insert_header(CONTENT_TYPE, http::HeaderValue::from_static(answer.content_type))?;
        header.insert_header(CONTENT_LENGTH, http::HeaderValue::from(answer.body.len()))?;
        for challenge in &answer.challenges {
            header.append_header(WWW_AUTHENTICATE, challenge.clone())?;
        }
        if let Some((name, value)) = &answer.header {
            header.insert_header(name.clone(), http::HeaderValue::from_static(value))?;
        }
        if let Some(seconds) = answer.retry_after() {
            header.insert_header(http::header::RETRY_AFTER, seconds)?;
        }
        if let Some(trace) = record.trace {
            header.insert_header("x-request-id", trace.span_text.as_slice())?;
        }
        session.write_response_header(Box::new(header)).await?;
        session.write_response_body(answer.body.clone(), true).await
    }

    fn log(&self, answer: &Answer, record: &Record, took: Duration) {
        if !self.logs_requests() {
            return;
        }
        let mut line = AccessLine::new();
        if let Some(client) = record.client {
            line.address(field!("client" quoted), client);
        }
        if let Some(trace) = &record.trace {
            line.bytes(field!("request" quoted), &trace.span_text);
            line.bytes(field!("trace" quoted), &trace.trace_text);
            if let Some(parent) = trace.parent {
                line.hexadecimal(field!("parent" quoted), [parent]);
            }
        }
        line.number(field!("status"), answer.status.into());
        line.word(field!("outcome" quoted), answer.outcome.as_str());
        match answer.kind {
            Kind::None => line.word(field!("kind" quoted), ""),
            Kind::Rule(name) => line.word(field!("kind" quoted), name),
            Kind::Library(kind) => line.word(field!("kind" quoted), &format!("{kind:?}")),
        }
        line.word(field!("soap" quoted), record.soap);
        if let Some(operation) = record.operation {
            line.word(field!("operation" quoted), operation.name());
        }
        if let Some(call) = record.call {
            line.hexadecimal(field!("call" quoted), call);
        }
        if let Some(name) = record.upstream.and_then(|index| self.names_for_log.get(index)) {
            line.json(field!("upstream"), name);
        }
        line.number(field!("tries"), record.tries as u64);
        line.number(field!("received"), record.received as u64);
        line.number(field!("sent"), answer.body.len() as u64);
        line.number(field!("us"), u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        line.end();
    }

    /// Returns whether each request has a line in the log.
    pub(crate) fn logs_requests(&self) -> bool {
        self.config.access && self.config.level == Level::Info
    }
}

const fn name(version: SoapVersion) -> &'static str {
    match version {
        SoapVersion::V1_1 => "1.1",
        SoapVersion::V1_2 => "1.2",
    }
}

const fn failure_name(failure: Failure) -> &'static str {
    match failure {
        Failure::NotSent => "NotSent",
        Failure::Broken { stale: true } => "Stale",
        Failure::Broken { stale: false } => "Broken",
        Failure::TooLong => "TooLong",
        Failure::Memory => "Memory",
        Failure::Slow => "Slow",
        Failure::Malformed => "Malformed",
    }
}

/// The reason for which a body was not read to its end.
enum Stop {
    TooLong,
    Busy,
    Framing,
    Message(Box<Answer>),
    Engine(pingora::BError),
}

impl Gateway {
    /// Serves one request. If the connection may be used again, returns the connection and the bytes of the next request
    /// that were already read.
    pub(crate) async fn serve(
        &self,
        mut session: Box<ServerSession>,
        head: Result<(), NoHead>,
        visit: Visit<'_>,
    ) -> Option<(Stream, BytesMut)> {
        let start = Instant::now();
        let in_flight = self.metrics.begin();
        let mut record = Record::default();
        let Visit { bound, accounts, phase, received, mut share } = visit;
        record.client = session.client_addr().and_then(|address| Some(address.as_inet()?.ip()));
        session.set_write_timeout(Some(self.config.write));
        let head = self.read_head(&mut session, head).await;
        let has_head = head.is_ok();
        let answer = match head {
            Ok(()) => {
                session.set_pipelining_enabled(true);
                match self.admit(&session, accounts, &mut share, &mut record) {
                    Ok(()) => self.answer(&mut session, bound, &mut share, received, &mut record).await,
                    Err(answer) => *answer,
                }
            }
            Err(Some(answer)) => *answer,
            Err(None) => return None,
        };
        // The engine accepts odd chunks that other servers refuse or read differently. Therefore no bytes after a body
        // in chunks are read as a request.
        let chunked = has_head && session.req_header().headers.contains_key(TRANSFER_ENCODING);
        if answer.close || chunked || *phase.borrow() >= Phase::Draining {
            session.set_keepalive(None);
        }
        let (sent, left) = match *session {
            ServerSession::H1(session) => {
                let mut left = Left::of(session, has_head)?;
                let with_body = left.with_body;
                let keeps = left.next.is_some();
                let sent = timeout(
                    self.config.write,
                    send_http1(&mut left.stream, &answer, record.trace, keeps, with_body),
                )
                .await;
                (matches!(sent, Ok(Ok(()))), Ok(left))
            }
            other => {
                let mut session = Box::new(other);
                let sent = timeout(self.config.write, self.send_http2(&mut session, &answer, &record)).await;
                (matches!(sent, Ok(Ok(()))), Err(session))
            }
        };
        let took = start.elapsed();
        let (outcome, kind) = match sent {
            true => (answer.outcome, answer.kind),
            false => (Outcome::ClientGone, Kind::Rule("Answer")),
        };
        self.metrics.ended(outcome, kind, took, answer.body.len());
        if let Some(operation) = record.operation {
            self.metrics.operation_ended(operation, outcome);
        }
        self.log(&answer, &record, took);
        if let Some(trace) = record.trace {
            self.traces.tell(|| Told {
                trace,
                took,
                status: answer.status,
                outcome: outcome.as_str(),
                kind: kind.to_string(),
                client: record.client,
                operation: record.operation.map(Operation::name),
                upstream: record.upstream.and_then(|index| Some(self.upstreams.config(index)?.name.as_str())),
                tries: record.tries,
            });
        }
        if !sent {
            return None;
        }
        let slow = answer.outcome == Outcome::ClientSlow;
        match left {
            Ok(Left { stream, next: Some(next), .. }) => return Some((stream, next)),
            Ok(Left { mut stream, .. }) => {
                // The request is over, so it no longer holds its memory or its place among the requests under way.
                drop((share, in_flight));
                let _ = timeout(LINGER, linger(&mut stream, !slow)).await;
            }
            Err(mut session) => {
                if session.is_body_done() {
                    let _ = timeout(self.config.write, Box::pin(session.finish())).await;
                    return None;
                }
                let _ = timeout(LINGER, async {
                    session.shutdown().await;
                    if !slow {
                        let _ = session.drain_request_body().await;
                    }
                })
                .await;
            }
        }
        None
    }
}

/// An HTTP/1 connection after its request. The answer is written to it.
struct Left {
    stream: Stream,
    /// The bytes of the next request that were already read, or `None` if no request may follow.
    next: Option<BytesMut>,
    /// True if the answer to this method has a body.
    with_body: bool,
}

impl Left {
    /// Takes the connection back from the engine. Returns `None` if the connection broke.
    fn of(mut session: Http1, has_head: bool) -> Option<Self> {
        if !has_head {
            return Some(Self { stream: session.into_inner(), next: None, with_body: true });
        }
        let with_body = session.req_header().method != Method::HEAD;
        if !session.is_body_done() || !session.will_keepalive() {
            return Some(Self { stream: session.into_inner(), next: None, with_body });
        }
        // The call does not wait, because nothing is left to be read. Awaiting it would add 3 KiB to the memory of each
        // request.
        let reused = pin!(session.reuse()).poll(&mut Context::from_waker(Waker::noop()));
        let Poll::Ready(Ok(Some(reused))) = reused else { return None };
        let (stream, next) = reused.into_parts();
        Some(Self { stream, next: Some(next.unwrap_or_default()), with_body })
    }
}

/// Sends an answer over HTTP/1, in one write unless the answer is long. The engine would build a map of headers, which
/// costs four times as much.
async fn send_http1(
    stream: &mut Stream,
    answer: &Answer,
    trace: Option<Trace>,
    keeps: bool,
    with_body: bool,
) -> std::io::Result<()> {
    let mut bytes = answer.head(trace.map(|trace| trace.span_text), keeps);
    let body = if with_body { &*answer.body } else { b"" };
    let (with_head, rest) = body.split_at(body.len().min(WITH_HEAD));
    bytes.extend_from_slice(with_head);
    stream.write_all(&bytes).await?;
    if !rest.is_empty() {
        stream.write_all(rest).await?;
    }
    stream.flush().await
}

/// Returns the answer to a connection that is turned away for want of room.
fn turned_away(faults: &Faults) -> Bytes {
    let reason = "There are too many connections.";
    let answer = faults.server(SoapVersion::V1_1, Some(503), reason, Outcome::Busy, "Connections");
    let head = format!(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: {}\r\nContent-Length: {}\r\nRetry-After: \
         {}\r\nConnection: close\r\n\r\n",
        answer.content_type,
        answer.body.len(),
        answer::RETRY_AFTER
    );
    Bytes::from([head.as_bytes(), &answer.body].concat())
}

/// Ends the sending side of a connection and reads until the client has closed its side. Thus the client sees the
/// answer and not a reset connection (RFC 9112 section 9.6). The bytes are the rest of a refused request, or the empty
/// line that old clients send after a POST. The rest of a slow request is not awaited.
async fn linger(stream: &mut Stream, reads: bool) {
    let _ = stream.shutdown().await;
    let mut rest = [0; 1024];
    while reads && stream.read(&mut rest).await.is_ok_and(|read| read > 0) {}
}

//! Tests of every limit of size, with one byte less than the limit, the limit, and one byte more. They try each framing
//! of a message and each way in which its bytes may arrive.

use std::io::Write as _;
use std::time::Duration;

use crate::process::{Answer, Client, Gateway, PATH, SOAP_1_1, call, post};
use crate::server::{self, Act, Server, XML, connected, good, reply};

/// The way in which a message tells the end of its body.
#[derive(Clone, Copy, Debug)]
enum Framing {
    Length,
    /// Chunks of this size.
    Chunks(usize),
}

const FRAMINGS: [Framing; 4] =
    [Framing::Length, Framing::Chunks(1 << 20), Framing::Chunks(700), Framing::Chunks(1)];

fn padded(message: &str, size: usize) -> String {
    format!("{message}{}", " ".repeat(size - message.len()))
}

fn framed(message: &str, framing: Framing) -> String {
    match framing {
        Framing::Length => post(message, ""),
        Framing::Chunks(size) => {
            let mut text = format!(
                "POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n"
            );
            for piece in message.as_bytes().chunks(size) {
                text += &format!("{:x}\r\n{}\r\n", piece.len(), std::str::from_utf8(piece).unwrap());
            }
            text + "0\r\n\r\n"
        }
    }
}

/// Sends bytes in pieces of this size and returns the answer.
fn in_pieces(client: &mut Client, bytes: &str, size: usize) -> Answer {
    for piece in bytes.as_bytes().chunks(size) {
        // A refusal may come before the last piece.
        if client.stream.write_all(piece).is_err() {
            break;
        }
        if size < bytes.len() {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
    client.answer().unwrap()
}

#[test]
fn a_head_at_its_limit() {
    let server = Server::start(|_| good());
    const MOST: usize = 1500;
    let keys = format!("[request]\nhead_bytes = {MOST}\n[forwarding]\nhealth_ms = 0\n");
    let gateway = Gateway::start(&[server.address], &keys);
    let message = call(SOAP_1_1, "x");
    let bare = post(&message, "X: \r\n").len() - message.len();
    let request = |head: usize| post(&message, &format!("X: {}\r\n", "y".repeat(head - bare)));
    let mut taken = 0;
    for (head, status) in [(MOST - 1, 200), (MOST, 200), (MOST + 1, 431), (MOST + 400, 431)] {
        let request = request(head);
        assert_eq!(request.find("\r\n\r\n").unwrap() + 4, head);
        // The request arrives in one piece, in large and in small pieces, and in one piece with the request before it.
        for size in [request.len(), MOST + 10, MOST, 1000, 97] {
            let answer = in_pieces(&mut gateway.client(), &request, size);
            assert_eq!(answer.status, status, "{head} {size}: {}", answer.text());
            taken += usize::from(status == 200);
            assert_eq!(server.requests().len(), taken);
        }
        let mut client = gateway.client();
        client.stream.write_all(format!("{}{request}", post(&message, "")).as_bytes()).unwrap();
        assert_eq!(client.answer().unwrap().status, 200);
        assert_eq!(client.answer().unwrap().status, status, "{head}");
        taken += 1 + usize::from(status == 200);
    }
}

#[test]
fn a_requests_body_at_its_limit() {
    let server = Server::start(|_| good());
    const MOST: usize = 1500;
    let keys =
        format!("[request]\nbody_bytes = {MOST}\nforward = \"original\"\n[forwarding]\nhealth_ms = 0\n");
    let gateway = Gateway::start(&[server.address], &keys);
    for (length, status) in [(MOST - 1, 200), (MOST, 200), (MOST + 1, 413)] {
        for framing in FRAMINGS {
            let request = framed(&padded(&call(SOAP_1_1, "x"), length), framing);
            for size in [request.len(), 1000] {
                let before = server.requests().len();
                let answer = in_pieces(&mut gateway.client(), &request, size);
                assert_eq!(answer.status, status, "{length} {framing:?} {size}: {}", answer.text());
                let seen = server.requests();
                assert_eq!(seen.len() - before, usize::from(status == 200));
                assert!(status != 200 || seen.last().unwrap().body.len() == length);
            }
        }
    }
}

fn framed_reply(body: &str, framing: Option<Framing>) -> Act {
    match framing {
        Some(Framing::Length) => Act::Reply(reply(200, XML, body)),
        Some(Framing::Chunks(size)) => Act::Reply(server::chunked(200, XML, body, size)),
        // The body ends with the connection.
        None => Act::Close(format!("HTTP/1.1 200 OK\r\n{XML}\r\n{body}").into_bytes()),
    }
}

fn reply_framings() -> impl Iterator<Item = Option<Framing>> {
    FRAMINGS.into_iter().map(Some).chain([None])
}

#[test]
fn a_replys_body_at_its_limit() {
    const MOST: usize = 1500;
    for framing in reply_framings() {
        for (length, status) in [(MOST - 1, 200), (MOST, 200), (MOST + 1, 500)] {
            let server = Server::start(move |_| framed_reply(&padded(&connected(), length), framing));
            let keys = format!("[reply]\nbody_bytes = {MOST}\n[forwarding]\nhealth_ms = 0\ntries = 1\n");
            let gateway = Gateway::start(&[server.address], &keys);
            let answer = gateway.post(&call(SOAP_1_1, "x"));
            assert_eq!(answer.status, status, "{length} {framing:?}: {}", answer.text());
            if status == 500 {
                let counted = "umsoap_gateway_requests_total{kind=\"TooLong\",outcome=\"bad_reply\"}";
                gateway.metric_becomes(counted, 1.0);
            }
        }
    }
}

#[test]
fn request_and_reply_share_the_memory_for_bodies_to_the_last_byte() {
    let (asked, given) = (1500, 1400);
    for reply_framing in reply_framings() {
        let server = Server::start(move |_| framed_reply(&padded(&connected(), given), reply_framing));
        for framing in FRAMINGS {
            let request = framed(&padded(&call(SOAP_1_1, "x"), asked), framing);
            let enough = memory_for(held(&request, asked, framing, true) + given);
            for (memory, status) in [(enough - 1, 503), (enough, 200)] {
                let keys = format!(
                    "[request]\nbody_bytes = {asked}\nbuffered_bytes = {memory}\n[forwarding]\nhealth_ms = 0\n\
                     tries = 1\n[limits]\nclient_bytes = 1000000\n"
                );
                let gateway = Gateway::start(&[server.address], &keys);
                // Two requests show that the memory is given back, also after a refusal.
                for _ in 0..2 {
                    let answer = in_pieces(&mut gateway.client(), &request, 1 << 20);
                    assert_eq!(answer.status, status, "{reply_framing:?} {framing:?}: {}", answer.text());
                    // The memory is given back after the answer was written.
                    gateway.metric_becomes("umsoap_gateway_in_flight", 0.0);
                    gateway.metric_becomes("umsoap_gateway_buffered_bytes", 0.0);
                }
                if status == 503 {
                    let counted = "umsoap_gateway_requests_total{kind=\"ReplyMemory\",outcome=\"busy\"}";
                    gateway.metric_becomes(counted, 2.0);
                }
            }
        }
    }
}

/// Returns the number of bytes that a request holds: twice its head (as it was sent and as it was read), and its body.
/// A body in chunks, and a body that did not come as a whole with its head, also take 28 KiB of state and the engine's
/// buffer. The buffer has 64 KiB, or the Content-Length if this is less.
fn held(request: &str, body: usize, framing: Framing, whole: bool) -> usize {
    let head = request.find("\r\n\r\n").unwrap() + 4;
    let state = 28 << 10;
    let buffer = match framing {
        Framing::Length if whole => 0,
        Framing::Length => state + body.min(65_536),
        Framing::Chunks(_) => state + 65_536,
    };
    2 * head + body + buffer
}

/// Returns the least `buffered_bytes` with which one request may hold `held` bytes. An eighth of the memory is reserved
/// for requests that hold 16 KiB at most.
fn memory_for(held: usize) -> usize {
    let memory = if held <= 16 << 10 { held } else { held + held / 7 };
    // The eighth is rounded down, which may spare one byte.
    let fits = |memory: usize| held <= 16 << 10 || memory - memory / 8 >= held;
    (memory - 2..).find(|memory| *memory >= held && fits(*memory)).unwrap()
}

#[test]
fn the_memory_for_bodies_is_counted_for_requests_that_wait_in_either_framing() {
    let server = Server::start(|_| good());
    // The body is longer than the 16 KiB of a request that may use the reserved eighth.
    const BODY: usize = 20_000;
    let message = padded(&call(SOAP_1_1, "x"), BODY);
    for framing in FRAMINGS {
        let request = framed(&message, framing);
        // 1,000 bytes are for the reply.
        let memory = memory_for(held(&request, BODY, framing, false) + 1000);
        let keys = format!(
            "[request]\nbody_bytes = {BODY}\nbuffered_bytes = {memory}\n[forwarding]\nhealth_ms = 0\n\
             [limits]\nclient_bytes = 1000000\n"
        );
        let gateway = Gateway::start(&[server.address], &keys);
        // The last byte of the body is not sent yet.
        let all = held(&request, BODY, framing, false) - 1;
        let (held, last) =
            request.split_at(request.len() - if matches!(framing, Framing::Length) { 1 } else { 5 });
        let mut holding = gateway.client();
        holding.stream.write_all(held.as_bytes()).unwrap();
        gateway.holds(all);
        for other in FRAMINGS {
            let answer = in_pieces(&mut gateway.client(), &framed(&message, other), 1 << 20);
            assert_eq!((answer.status, answer.fault().1.as_str()), (503, "Server"), "{framing:?} {other:?}");
        }
        gateway.metric_becomes("umsoap_gateway_in_flight", 1.0);
        assert_eq!(holding.exchange(last.as_bytes()).status, 200);
    }
}

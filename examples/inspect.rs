//! Explains what a message is, or why it is refused: `inspect [--json] [--chunk N] [--expect request|response|any]
//! FILE...`
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::io::{self, Read, Write as _};
use std::process::ExitCode;
use umsoap::{
    Body, CallId, Decoder, Envelope, Error, GetCallInfo, GetCallInfoResponse, Header, MessagesNamespace,
    SoapVersion,
};

const HELP: &str = "\
Says what a message of the Unified Messaging web service is, or why it is refused.

usage: inspect [--json] [--chunk N] [--expect request|response|any] [FILE...]

  --chunk N      read through the decoder, in chunks of N bytes: the same verdict; header blocks and a fault's
                 detail are then not kept
  --expect SORT  refuse messages of another sort: request, response or any (default)
  --json         print one JSON object a file; if it cannot be read, with its outcome \"error\" and a message
  --help         print this text
  FILE           a file, or - for standard input, which is also read without any FILE

Exit status: 0 all taken, 1 a file was refused or could not be read, 2 wrong usage.
";

#[derive(Clone, Copy)]
enum Expect {
    Request,
    Response,
    Any,
}

struct Arguments {
    json: bool,
    /// The bytes in a chunk, or 0 to parse the whole message at once.
    chunk: usize,
    expect: Expect,
    files: Vec<OsString>,
}

fn main() -> ExitCode {
    let arguments = match arguments(std::env::args_os().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            return if print(HELP) { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
        Err(message) => {
            eprintln!("inspect: {}\ntry: inspect --help", escaped(&message));
            return ExitCode::from(2);
        }
    };
    let mut all = true;
    let mut decoder = Decoder::new();
    for path in &arguments.files {
        // The name is only shown. The file is opened by the argument itself.
        let file = &*path.to_string_lossy();
        let input = match read(path) {
            Ok(input) => input,
            Err(error) => {
                eprintln!("inspect: {}: {error}", escaped(file));
                all = false;
                if arguments.json && !print(&unread(file, &error)) {
                    return ExitCode::FAILURE;
                }
                continue;
            }
        };
        let outcome = match arguments.chunk {
            0 => parse(&input, arguments.expect),
            size => decode(&mut decoder, input.chunks(size), arguments.expect),
        };
        all &= outcome.is_ok();
        let text = if arguments.json { json(file, &outcome) } else { plain(file, &input, &outcome) };
        if !print(&text) {
            return ExitCode::FAILURE;
        }
    }
    if all { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn arguments(given: impl Iterator<Item = OsString>) -> Result<Option<Arguments>, String> {
    let mut found = Arguments { json: false, chunk: 0, expect: Expect::Any, files: Vec::new() };
    let mut given = given;
    let mut options = true;
    while let Some(argument) = given.next() {
        if !options || argument == "-" || !argument.as_encoded_bytes().starts_with(b"-") {
            found.files.push(argument);
            continue;
        }
        let argument = argument.to_string_lossy();
        let mut next = || given.next().map(|value| value.to_string_lossy().into_owned());
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value.to_string())),
            None => (&*argument, None),
        };
        match name {
            "--" if value.is_none() => options = false,
            "--help" | "-h" if value.is_none() => return Ok(None),
            "--json" if value.is_none() => found.json = true,
            "--chunk" => {
                let value = value.or_else(&mut next).ok_or("--chunk needs a number of bytes")?;
                let size = value.parse().ok().filter(|&size| size > 0);
                found.chunk = size.ok_or_else(|| format!("--chunk takes a number from 1, not `{value}`"))?;
            }
            "--expect" => {
                found.expect = match value.or_else(&mut next).as_deref() {
                    Some("request") => Expect::Request,
                    Some("response") => Expect::Response,
                    Some("any") => Expect::Any,
                    Some(other) => {
                        return Err(format!("--expect takes request, response or any, not `{other}`"));
                    }
                    None => return Err("--expect needs request, response or any".to_string()),
                }
            }
            _ => return Err(format!("unknown option `{argument}` (a file of that name: ./{argument})")),
        }
    }
    if found.files.is_empty() {
        found.files.push("-".into());
    }
    Ok(Some(found))
}

fn read(file: &OsStr) -> io::Result<Vec<u8>> {
    if file != "-" {
        return std::fs::read(file);
    }
    let mut input = Vec::new();
    io::stdin().lock().read_to_end(&mut input)?;
    Ok(input)
}

/// Prints text. Returns false when nobody reads the output any more, as in `inspect FILE | head -1`.
fn print(text: &str) -> bool {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_ok()
}

/// Returns whether the message is of the expected sort.
fn is_expected(body: &Body<'_>, expect: Expect) -> bool {
    match expect {
        Expect::Request => sort(body) == "request",
        Expect::Response => sort(body) == "response",
        Expect::Any => true,
    }
}

fn parse(input: &[u8], expect: Expect) -> Result<Envelope<'_>, Error> {
    let envelope = Envelope::parse(input)?;
    if !is_expected(&envelope.body(), expect) {
        // The typed parses say what the message is instead.
        match expect {
            Expect::Response => GetCallInfoResponse::parse(input).map(drop)?,
            _ => GetCallInfo::parse(input).map(drop)?,
        }
    }
    Ok(envelope)
}

fn decode<'d, 'c>(
    decoder: &'d mut Decoder<'_>,
    chunks: impl Iterator<Item = &'c [u8]>,
    expect: Expect,
) -> Result<Envelope<'d>, Error> {
    decoder.reset();
    for chunk in chunks {
        decoder.feed(chunk)?;
    }
    if !is_expected(&decoder.finish()?.body(), expect) {
        match expect {
            Expect::Response => decoder.finish_response().map(drop)?,
            _ => decoder.finish_request().map(drop)?,
        }
    }
    decoder.finish()
}

const fn soap(version: SoapVersion) -> &'static str {
    match version {
        SoapVersion::V1_1 => "1.1",
        _ => "1.2",
    }
}

const fn variant(namespace: MessagesNamespace) -> &'static str {
    match namespace {
        MessagesNamespace::Http => "http",
        _ => "https",
    }
}

fn plain(file: &str, input: &[u8], outcome: &Result<Envelope<'_>, Error>) -> String {
    let mut out = format!("{}\n", escaped(if file == "-" { "(standard input)" } else { file }));
    match outcome {
        Ok(envelope) => taken(&mut out, envelope),
        Err(error) => refused(&mut out, input, error),
    }
    out
}

fn line(out: &mut String, name: &str, value: &str) {
    // Values come from the message, so they are escaped: no value may steer a terminal.
    let _ = writeln!(out, "  {name:<12} {}", escaped(value));
}

fn taken(out: &mut String, envelope: &Envelope<'_>) {
    let body = envelope.body();
    let what = match (sort(&body), body.local_name()) {
        ("fault", _) => "SOAP fault".to_string(),
        ("other", _) => "another operation".to_string(),
        (sort, local) => format!("{} {sort}", local.strip_suffix("Response").unwrap_or(local)),
    };
    line(out, "message", &what);
    if let Some(operation) = operation(&body) {
        line(out, "operation", &operation);
    }
    line(out, "soap", soap(envelope.version()));
    if let Some(namespace) = envelope.namespace() {
        line(out, "namespace", variant(namespace));
    }
    if let Header::NotRetained = envelope.header() {
        line(out, "header", "not kept by the decoder");
    }
    for block in envelope.header().blocks() {
        let element = block.element();
        let mut text = name(element.namespace().map(|n| n.to_string()), element.local_name());
        if block.must_understand() {
            text += ", mandatory";
        }
        if let Some(role) = block.role() {
            let _ = write!(text, ", role {role}");
        }
        line(out, "header block", &text);
    }
    for (name, value) in body.fields() {
        line(out, name, &value.to_string());
        if value.as_str().is_none() {
            line(out, "  as sent", value.as_raw());
        }
    }
    if let Some(id) = call_id(&body) {
        // 512 characters of base64 are at most 384 bytes.
        match id.decode(&mut [0; 512]) {
            Ok(decoded) => match core::str::from_utf8(decoded) {
                Ok(text) => line(out, "  decoded", text),
                Err(_) => {
                    line(out, "  decoded", &format!("{} bytes: {}", decoded.len(), decoded.escape_ascii()));
                }
            },
            Err(_) => line(out, "  decoded", "(not base64)"),
        }
    }
    match body {
        Body::Fault(fault) => {
            line(out, "fault code", &fault.code().to_string());
            line(out, "fault reason", &fault.reason().to_string());
            if let Some(actor) = fault.actor() {
                line(out, "fault actor", &actor.to_string());
            }
            if let Some(exception) = fault.exception_type() {
                line(out, "exception", &exception.to_string());
            }
            if let Some(raw) = fault.detail().as_ref().and_then(|detail| detail.raw()) {
                line(out, "detail", raw);
            }
        }
        Body::Other(element) => {
            line(out, "element", &name(element.namespace().map(|n| n.to_string()), element.local_name()))
        }
        _ => {}
    }
}

/// Returns the identifier of a call, which is the only value of a message that has one.
fn call_id<'a>(body: &Body<'a>) -> Option<CallId<'a>> {
    match body {
        Body::GetCallInfo(message) => Some(message.call_id()),
        Body::Disconnect(message) => Some(message.call_id()),
        Body::PlayOnPhoneResponse(message) => Some(message.call_id()),
        Body::PlayOnPhoneGreetingResponse(message) => Some(message.call_id()),
        _ => None,
    }
}

/// Returns the sort of the message in one word.
fn sort(body: &Body<'_>) -> &'static str {
    match body {
        Body::Fault(_) => "fault",
        Body::Other(_) => "other",
        message if message.local_name().ends_with("Response") => "response",
        _ => "request",
    }
}

/// Returns the name of the message's element. The name of another operation comes with its namespace.
fn operation(body: &Body<'_>) -> Option<String> {
    match body {
        Body::Fault(_) => None,
        Body::Other(element) => Some(name(element.namespace().map(|n| n.to_string()), element.local_name())),
        message => Some(message.local_name().to_string()),
    }
}

fn name(namespace: Option<String>, local: &str) -> String {
    namespace.map_or_else(|| local.to_string(), |namespace| format!("{{{namespace}}}{local}"))
}

fn refused(out: &mut String, input: &[u8], error: &Error) {
    let at = error.offset().min(input.len());
    let start = input[..at].iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
    let end = input[at..].iter().position(|b| *b == b'\n').map_or(input.len(), |i| at + i);
    // The column counts characters, as an editor does. So continuation bytes do not count.
    let column = 1 + input[start..at].iter().filter(|b| **b & 0xC0 != 0x80).count();
    let row = 1 + input[..at].iter().filter(|b| **b == b'\n').count();
    line(out, "refused", &error.to_string());
    line(out, "kind", &format!("{:?} ({:?})", error.kind(), error.kind().category()));
    line(out, "position", &format!("byte {}, line {row}, column {column}", error.offset()));
    if let Some(version) = error.version() {
        line(out, "soap", soap(version));
    }

    let boundary = |mut i: usize, limit: usize| {
        while i < limit && input[i] & 0xC0 == 0x80 {
            i += 1;
        }
        i
    };
    let from = boundary(at.saturating_sub(50).max(start), at);
    let to = boundary((at + 50).min(end), end).max(at);
    let before = escaped(&String::from_utf8_lossy(&input[from..at]));
    let after = escaped(String::from_utf8_lossy(&input[at..to]).trim_end_matches('\r'));
    let (left, right) = (if from > start { "..." } else { "" }, if to < end { "..." } else { "" });
    let indent = left.chars().count() + before.chars().count();
    let _ = writeln!(out, "\n    {left}{before}{after}{right}\n    {:indent$}^", "");
    let _ = writeln!(out, "    {:indent$}{}\n", "", error.kind().advice());

    let mut answer = Envelope::new(error.version().unwrap_or(SoapVersion::V1_1), Body::Fault(error.fault()));
    if let Some(block) = Envelope::not_understood(input, error) {
        line(out, "block", &name(block.namespace().map(|n| n.to_string()), block.local_name()));
        answer = answer.with_not_understood(block);
    }
    match answer.encode(&mut [0; 4096]) {
        Ok(bytes) => line(out, "answer", &String::from_utf8_lossy(bytes)),
        Err(error) => line(out, "answer", &format!("cannot be written: {error}")),
    }
}

/// Writes control characters, and characters that turn the direction of text, as escapes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let steers = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        if c.is_control() || steers {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

fn json(file: &str, outcome: &Result<Envelope<'_>, Error>) -> String {
    let mut out = String::from("{");
    key(&mut out, "file", file);
    match outcome {
        Ok(envelope) => {
            let body = envelope.body();
            key(&mut out, "outcome", sort(&body));
            key(&mut out, "soap", soap(envelope.version()));
            if let Some(namespace) = envelope.namespace() {
                key(&mut out, "namespace", variant(namespace));
            }
            if let Some(operation) = operation(&body) {
                key(&mut out, "operation", &operation);
                let mut fields = String::from("{");
                for (name, value) in body.fields() {
                    key(&mut fields, name, &value.to_string());
                }
                let _ = write!(out, ",\"fields\":{fields}}}");
            }
            match body {
                Body::GetCallInfo(request) => key(&mut out, "call_id", &request.call_id().to_string()),
                Body::GetCallInfoResponse(response) => {
                    key(&mut out, "call_state", response.call_state().as_str());
                    key(&mut out, "event_cause", response.event_cause().as_str());
                }
                Body::Fault(fault) => {
                    key(&mut out, "fault_code", &fault.code().to_string());
                    key(&mut out, "fault_reason", &fault.reason().to_string());
                }
                _ => {}
            }
        }
        Err(error) => {
            key(&mut out, "outcome", "error");
            if let Some(version) = error.version() {
                key(&mut out, "soap", soap(version));
            }
            key(&mut out, "category", &format!("{:?}", error.kind().category()));
            key(&mut out, "kind", &format!("{:?}", error.kind()));
            let _ = write!(out, ",\"offset\":{}", error.offset());
        }
    }
    out + "}\n"
}

/// Returns the line for a file that could not be read.
fn unread(file: &str, error: &io::Error) -> String {
    let mut out = String::from("{");
    key(&mut out, "file", file);
    key(&mut out, "outcome", "error");
    key(&mut out, "message", &error.to_string());
    out + "}\n"
}

fn key(out: &mut String, name: &str, value: &str) {
    if out.len() > 1 {
        out.push(',');
    }
    let _ = write!(out, "\"{name}\":\"");
    for c in value.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // JSON demands escapes for the C0 controls. DEL, C1 and the rest are escaped because they could steer a
            // terminal.
            c if c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}') =>
            {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

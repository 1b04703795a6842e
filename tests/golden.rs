//! `tests/data`: one small document a rule, with the expected outcome beside it as one line.
//! `UPDATE_GOLDEN=1` writes the lines that are missing or differ; read every one before it is kept.
use std::fs;
use std::path::PathBuf;
use umsoap::{Body, Envelope, Fault, Text};

fn describe(input: &[u8]) -> Result<String, String> {
    let envelope = Envelope::parse(input).map_err(|e| format!("{:?} at {}", e.kind(), e.offset()))?;
    let version = match envelope.version() {
        umsoap::SoapVersion::V1_1 => "1.1",
        _ => "1.2",
    };
    let namespace = envelope.namespace().map_or("-".to_string(), |n| format!("{n:?}"));
    let mut line = match envelope.body() {
        Body::GetCallInfo(request) => {
            format!("request {version} {namespace} call_id={:?}", request.call_id().to_string())
        }
        Body::GetCallInfoResponse(response) => {
            format!("response {version} {namespace} {} {}", response.call_state(), response.event_cause())
        }
        Body::Fault(fault) => describe_fault(version, &fault),
        Body::Other(element) => {
            format!("other {version} {{{}}}{}", text(element.namespace()), element.local_name())
        }
        _ => "unknown body".to_string(),
    };
    for block in envelope.header().blocks() {
        let element = block.element();
        line += &format!(" block={{{}}}{}", text(element.namespace()), element.local_name());
        if block.must_understand() {
            line += " mandatory";
        }
        if let Some(role) = block.role() {
            line += &format!(" role={:?}", role.to_string());
        }
    }
    Ok(line)
}

fn describe_fault(version: &str, fault: &Fault<'_>) -> String {
    let mut line = format!(
        "fault {version} code={:?} reason={:?}",
        fault.code().to_string(),
        fault.reason().to_string()
    );
    if let Some(actor) = fault.actor() {
        line += &format!(" actor={:?}", actor.to_string());
    }
    if let Some(name) = fault.exception_type() {
        line += &format!(" exception={:?}", name.to_string());
    }
    if let Some(detail) = fault.detail() {
        line += &format!(" detail={}", detail.local_name());
    }
    line
}

fn text(text: Option<Text<'_>>) -> String {
    text.map_or(String::new(), |t| t.to_string())
}

fn walk(folder: &str, accepted: bool) {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some_and(|v| v == "1");
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(&root).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for file in &files {
        if file.extension().is_some_and(|e| e == "txt") && !file.with_extension("xml").exists() {
            wrong.push(format!("{}: no document beside it", file.display()));
        }
        if file.extension().is_none_or(|e| e != "xml") {
            continue;
        }
        seen += 1;
        let outcome = describe(&fs::read(file).unwrap());
        if outcome.is_ok() != accepted {
            wrong.push(format!("{}: {outcome:?}", file.display()));
            continue;
        }
        let line = outcome.unwrap_or_else(|e| e) + "\n";
        let golden = file.with_extension("txt");
        match fs::read_to_string(&golden) {
            Ok(expected) if expected == line => {}
            _ if update => fs::write(&golden, line).unwrap(),
            Ok(expected) => {
                wrong.push(format!("{}:\n  expected {expected}  found    {line}", file.display()))
            }
            Err(_) => wrong.push(format!("{}: UPDATE_GOLDEN=1 writes it: {line}", golden.display())),
        }
    }
    assert!(seen > 40, "{folder}: only {seen} documents");
    assert!(wrong.is_empty(), "{} of {seen}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn accepted() {
    walk("ok", true);
}

#[test]
fn refused() {
    walk("err", false);
}

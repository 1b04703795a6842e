//! Reads the documents in `tests/data`. Each shows one rule, and a text file beside it has the expected outcome in one
//! line. `UPDATE_GOLDEN=1` writes the lines that are missing or differ. Read each of them before you keep it.
mod schema;
use std::fs;
use std::path::PathBuf;
use umsoap::{Body, Category, Envelope, ErrorKind, Fault, Limits, SoapVersion, Text};

/// The kinds that no file can give. Some belong to the typed parses, which `which_error.rs` tests. One needs a message
/// that is too large to keep. The kinds of the category Output have no file either.
const NO_FILE: [&str; 5] =
    ["UnexpectedOperation", "UnexpectedRequest", "UnexpectedResponse", "UnexpectedFault", "MessageTooLong"];

fn describe(input: &[u8]) -> Result<String, String> {
    let envelope = Envelope::parse(input).map_err(|e| {
        let element = e.element().map(|name| format!(" {name}")).unwrap_or_default();
        format!("{:?}{element} at {}", e.kind(), e.offset())
    })?;
    let version = match envelope.version() {
        umsoap::SoapVersion::V1_1 => "1.1",
        _ => "1.2",
    };
    let namespace = envelope.namespace().map_or("-".to_string(), |n| format!("{n:?}"));
    let mut line = match envelope.body() {
        Body::Fault(fault) => describe_fault(version, &fault),
        Body::Other(element) => {
            format!("other {version} {{{}}}{}", text(element.namespace()), element.local_name())
        }
        message => {
            let mut line = format!("{} {version} {namespace}", message.local_name());
            for (name, value) in schema::fields(&message) {
                line += &format!(" {name}={value:?}");
            }
            line
        }
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
        if block.relay() {
            line += " relay";
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
    if fault.standard_code() != fault.class() {
        line += &format!(" class={:?}", fault.class().map(|class| class.local_name(SoapVersion::V1_2)));
    }
    for (n, subcode) in fault.subcodes().enumerate().skip(1) {
        line += &format!(" subcode{}={:?}", n + 1, subcode.text().to_string());
    }
    for reason in fault.reasons().skip(1) {
        line += &format!(" reason[{}]={:?}", text(reason.lang()), reason.text().to_string());
    }
    let texts = [
        ("subcode", fault.subcode()),
        ("actor", fault.actor()),
        ("node", fault.node()),
        ("exception", fault.exception_type()),
    ];
    for (name, value) in texts {
        if let Some(value) = value {
            line += &format!(" {name}={:?}", value.to_string());
        }
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
    let mut found = Vec::new();
    for file in &files {
        if file.extension().is_some_and(|e| e == "txt") && !file.with_extension("xml").exists() {
            wrong.push(format!("{}: no document beside it", file.display()));
        }
        if file.extension().is_none_or(|e| e != "xml") {
            continue;
        }
        found.push(file.file_name().unwrap().to_str().unwrap());
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
    let list = include_str!("data/README.md").split("\n## ").find(|part| part.starts_with(folder)).unwrap();
    let listed: Vec<&str> = list.lines().filter_map(|l| l.strip_prefix("- `")?.split('`').next()).collect();
    assert_eq!(listed, found, "{folder}: README.md has another list than the folder");
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), found.len(), wrong.join("\n"));
}

#[test]
fn accepted() {
    walk("ok", true);
}

#[test]
fn refused() {
    walk("err", false);
}

/// Every kind is the outcome of a file in `err`.
#[test]
fn every_kind_is_met() {
    let kinds: Vec<(&str, Category)> = ErrorKind::ALL.iter().map(|k| (k.name(), k.category())).collect();
    let folder = format!("{}/tests/data/err", env!("CARGO_MANIFEST_DIR"));
    let files = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let outcomes = files.filter(|f| f.extension().is_some_and(|e| e == "txt"));
    let met: Vec<String> = outcomes.map(|f| fs::read_to_string(f).unwrap()).collect();
    for (kind, category) in &kinds {
        let expected = *category != Category::Output && !NO_FILE.contains(kind);
        let is_met = met.iter().any(|line| line.split(' ').next() == Some(kind));
        assert_eq!(is_met, expected, "{kind}: a file in err, or a place in NO_FILE");
    }
    assert!(NO_FILE.iter().all(|kind| kinds.iter().any(|(k, _)| k == kind)), "NO_FILE has unknown kinds");
}

/// Tests the one limit whose document is too large for a file.
#[test]
fn message_of_the_most_bytes() {
    let most = Limits::DEFAULT.message_bytes() as usize;
    let mut document =
        fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/ok/wire-request.xml")).unwrap();
    document.resize(most, b' ');
    assert!(Envelope::parse(&document).is_ok());
    document.push(b' ');
    let error = Envelope::parse(&document).unwrap_err();
    assert_eq!((error.kind(), error.offset()), (ErrorKind::MessageTooLong, most));
}

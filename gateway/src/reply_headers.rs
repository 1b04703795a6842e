//! The header blocks of a reply that clients get. A block is copied with the namespace declarations in its scope. Apart
//! from a test, no other file uses xmlparser.

use std::fmt::Write as _;

use umsoap::xmlparser::{Token, Tokenizer};
use umsoap::{Envelope, HeaderBlock};

/// Returns the declarations on Envelope and Header as they are written, `xmlns:a="b"`. The inner ones come last.
fn outer_declarations(message: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut elements = 0;
    for token in Tokenizer::from(message) {
        match token {
            Ok(Token::ElementStart { .. }) if elements == 2 => break,
            Ok(Token::ElementStart { .. }) => elements += 1,
            Ok(Token::Attribute { prefix, local, span, .. }) => {
                if let Some(declared) = declared(prefix.as_str(), local.as_str()) {
                    found.retain(|(prefix, _)| *prefix != declared);
                    found.push((declared, span.as_str().to_owned()));
                }
            }
            Ok(_) => {}
            Err(_) => break,
        }
    }
    found
}

/// Returns the prefix that an attribute declares. It is empty for the default namespace.
fn declared(prefix: &str, local: &str) -> Option<String> {
    match (prefix, local) {
        ("xmlns", local) => Some(local.to_owned()),
        ("", "xmlns") => Some(String::new()),
        _ => None,
    }
}

/// Returns the block with every declaration in its scope.
fn standing_alone(block: &HeaderBlock<'_>, outer: &[(String, String)]) -> Option<String> {
    let raw = block.element().raw()?;
    let mut own = Vec::new();
    let mut name_end = None;
    for token in block.element().tokens()? {
        match token.ok()? {
            Token::ElementStart { span, .. } if name_end.is_none() => name_end = Some(span.end()),
            Token::Attribute { prefix, local, .. } => own.extend(declared(prefix.as_str(), local.as_str())),
            _ => break,
        }
    }
    let (name, rest) = raw.split_at_checked(name_end?)?;
    let mut text = name.to_owned();
    for (_, declaration) in outer.iter().filter(|(prefix, _)| !own.contains(prefix)) {
        let _ = write!(text, " {declaration}");
    }
    text.push_str(rest);
    Some(text)
}

/// Writes the blocks into an encoded message without Header. The result is parsed to prove that it has these blocks.
pub(crate) fn insert<'m>(
    encoded: &[u8],
    message: &str,
    blocks: impl Iterator<Item = HeaderBlock<'m>>,
) -> Option<Vec<u8>> {
    const BODY: &str = "<soap:Body>";
    let outer = outer_declarations(message);
    let mut header = String::from("<soap:Header>");
    let mut names = Vec::new();
    for block in blocks {
        header.push_str(&standing_alone(&block, &outer)?);
        names.push(name(&block));
    }
    header.push_str("</soap:Header>");
    let encoded = std::str::from_utf8(encoded).ok()?;
    let (before, body) = encoded.split_at_checked(encoded.find(BODY)?)?;
    let whole = [before, &header, body].concat().into_bytes();
    let options = umsoap::Options::new().with_role(umsoap::Role::Intermediary);
    let read = Envelope::parse_with(&whole, &options).ok()?;
    let same = read.header().blocks().map(|block| name(&block)).eq(names);
    same.then_some(whole)
}

fn name(block: &HeaderBlock<'_>) -> (Option<String>, String) {
    let element = block.element();
    (element.namespace().map(|n| n.to_string()), element.local_name().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use umsoap::{Body, CallState, EventCause, GetCallInfoResponse, SoapVersion};

    #[test]
    fn blocks_keep_the_namespaces_they_stood_in() {
        let message = "\u{feff}<?xml version='1.0'?><e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/' \
            xmlns:soap=\"urn:not-soap\" xmlns:t='urn:t' xmlns='urn:d'><e:Header xmlns:t=\"urn:u&amp;\">\
            <t:Id e:mustUnderstand='0' soap:x='1'>a<b/></t:Id><Plain xmlns:t='urn:own'/></e:Header>\
            <e:Body><x/></e:Body></e:Envelope>";
        let envelope = Envelope::parse(message.as_bytes()).unwrap();
        let reply = GetCallInfoResponse::new(CallState::Idle, EventCause::None);
        let answer = Envelope::new(SoapVersion::V1_2, Body::GetCallInfoResponse(reply));
        let mut buffer = [0; 1024];
        let encoded = answer.encode(&mut buffer).unwrap();
        let whole = insert(encoded, message, envelope.header().blocks()).unwrap();
        let text = String::from_utf8(whole).unwrap();
        let header = text.split_once("<soap:Header>").unwrap().1.split_once("</soap:Header>").unwrap().0;
        assert_eq!(
            header,
            "<t:Id xmlns:e='http://schemas.xmlsoap.org/soap/envelope/' xmlns:soap=\"urn:not-soap\" xmlns='urn:d' \
             xmlns:t=\"urn:u&amp;\" e:mustUnderstand='0' soap:x='1'>a<b/></t:Id><Plain \
             xmlns:e='http://schemas.xmlsoap.org/soap/envelope/' xmlns:soap=\"urn:not-soap\" xmlns='urn:d' \
             xmlns:t='urn:own'/>"
        );
    }
}

//! Tests the names that Rust users type first: CallIds as keys, names of enums, errors as `std::io` errors, encoding
//! into vectors.
#![cfg(feature = "std")]

use std::collections::{BTreeMap, HashMap};
use std::io;

use umsoap::{
    Body, CallId, Category, Decoder, Envelope, Error, ErrorKind, GetCallInfo, MessagesNamespace, Options,
    Role, SoapVersion,
};

fn message(call_id: &str) -> String {
    format!(
        "<s:Envelope xmlns:s='{}'><s:Body><GetCallInfo xmlns='{}'><CallId>{call_id}</CallId></GetCallInfo>\
        </s:Body></s:Envelope>",
        SoapVersion::V1_1.namespace(),
        MessagesNamespace::Http.as_str()
    )
}

/// CallIds as they are written, each with its value. Several of them have one value.
const WRITTEN: [(&str, &str); 14] = [
    ("MDlk", "MDlk"),
    ("MD&#108;k", "MDlk"),
    ("M<!-- -->Dlk", "MDlk"),
    ("<![CDATA[MDlk]]>", "MDlk"),
    ("a&amp;b", "a&b"),
    ("a&#38;b", "a&b"),
    ("a\r\nb", "a\nb"),
    ("a&#10;b", "a\nb"),
    ("é", "é"),
    ("&#xE9;", "é"),
    ("\u{FFFD}", "\u{FFFD}"),
    ("&#x10000;", "\u{10000}"),
    ("MDl", "MDl"),
    ("MDlkx", "MDlkx"),
];

#[test]
fn call_ids_compare_hash_and_order_by_value() {
    let messages: Vec<(String, &str)> = WRITTEN.iter().map(|(raw, value)| (message(raw), *value)).collect();
    let read =
        messages.iter().map(|(text, value)| (GetCallInfo::parse(text.as_bytes()).unwrap().call_id(), *value));
    let made = WRITTEN.iter().map(|(_, value)| (GetCallInfo::new(value).call_id(), *value));
    let ids: Vec<(CallId<'_>, &str)> = read.chain(made).collect();
    let mut counts: HashMap<CallId<'_>, usize> = HashMap::new();
    let mut sorted: BTreeMap<CallId<'_>, usize> = BTreeMap::new();
    let mut expected: BTreeMap<&str, usize> = BTreeMap::new();
    for &(id, value) in &ids {
        *counts.entry(id).or_default() += 1;
        *sorted.entry(id).or_default() += 1;
        *expected.entry(value).or_default() += 1;
        assert!(id == *value && id == value && id != *"M" && id != "", "{value:?}");
        for &(other, other_value) in &ids {
            assert_eq!(id == other, value == other_value, "{value:?} {other_value:?}");
            assert_eq!(id.cmp(&other), value.cmp(other_value), "{value:?} {other_value:?}");
            assert_eq!(id.partial_cmp(&other), value.partial_cmp(other_value));
        }
    }
    let found: Vec<(String, usize)> = sorted.iter().map(|(id, n)| (id.to_string(), *n)).collect();
    assert_eq!(found, expected.iter().map(|(id, n)| (id.to_string(), *n)).collect::<Vec<_>>());
    assert_eq!(counts.len(), expected.len());
    assert!(counts.iter().all(|(id, n)| expected[&*id.to_string()] == *n));
}

#[test]
fn a_call_id_is_copied_into_a_buffer_that_is_large_enough() {
    for (raw, value) in WRITTEN {
        let text = message(raw);
        let id = GetCallInfo::parse(text.as_bytes()).unwrap().call_id();
        let mut buffer = [b'#'; 2048];
        assert_eq!(id.copy_to(&mut buffer).unwrap(), value);
        assert_eq!(id.copy_to(&mut vec![0; value.len()]).unwrap(), value);
        let mut small = vec![b'#'; value.len() - 1];
        let error = id.copy_to(&mut small).unwrap_err();
        assert_eq!((error.kind(), error.needed()), (ErrorKind::BufferTooSmall, Some(value.len())));
        assert!(small.iter().all(|&b| b == b'#'), "{value:?}");
    }
    // This is the longest value that can be read.
    let longest = "&#x10FFFF;".repeat(300) + &"\u{10FFFF}".repeat(212);
    let text = message(&longest);
    let limits = Options::new().limits();
    assert!(longest.len() > usize::from(limits.text_bytes()), "the limit of text comes first");
    assert_eq!(GetCallInfo::parse(text.as_bytes()).unwrap_err().kind(), ErrorKind::TextTooLong);
    let longest = "\u{10FFFF}".repeat(511) + "&#38;";
    let text = message(&longest);
    let id = GetCallInfo::parse(text.as_bytes()).unwrap().call_id();
    assert_eq!(id.copy_to(&mut [0; 2048]).unwrap().chars().count(), 512);
    assert_eq!(HashMap::from([(id, 1)]).get(&GetCallInfo::new(&id.to_string()).call_id()), Some(&1));
}

#[test]
fn enums_have_names() {
    assert_eq!(format!("{:>4}|{}", SoapVersion::V1_1, SoapVersion::V1_2), " 1.1|1.2");
    assert_eq!(MessagesNamespace::Https.to_string(), MessagesNamespace::Https.as_str());
    for kind in ErrorKind::ALL {
        assert_eq!((kind.to_string(), kind.as_str()), (format!("{kind:?}"), kind.name()));
        let category = kind.category();
        assert_eq!(
            (category.to_string(), category.as_str()),
            (format!("{category:?}"), &*format!("{category:?}"))
        );
    }
    assert_eq!(SoapVersion::V1_1.media_type(), "text/xml; charset=utf-8");
    assert_eq!(SoapVersion::V1_2.media_type(), "application/soap+xml; charset=utf-8");
}

#[test]
fn errors_become_those_of_std() {
    let convert = |error: Error| io::Error::from(error);
    let error = convert(Envelope::parse(b"<x/>").unwrap_err());
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    assert_eq!(error.to_string(), Envelope::parse(b"<x/>").unwrap_err().to_string());
    let unwritable = Envelope::new(SoapVersion::V1_1, GetCallInfo::new("").into());
    let error = convert(unwritable.check().unwrap_err());
    let written = unwritable.write_to(&mut Vec::new()).unwrap_err();
    assert_eq!((error.kind(), written.kind()), (io::ErrorKind::InvalidInput, io::ErrorKind::InvalidInput));
    assert_eq!(error.to_string(), written.to_string());
    assert_eq!(Category::Output, unwritable.check().unwrap_err().kind().category());
}

/// A message that can be written has one length and the same bytes in every way of writing. Every way refuses any other
/// message.
#[test]
fn every_way_of_writing() {
    let long = "x".repeat(513);
    for id in ["MDlk", "a&b", "é", "", "\u{1}", &long] {
        let envelope = Envelope::new(SoapVersion::V1_2, GetCallInfo::new(id).into());
        let mut buffer = [0; 4096];
        let encoded = envelope.encode(&mut buffer).map(|bytes| bytes.to_vec());
        assert_eq!(envelope.encode_to_vec(), encoded);
        assert_eq!(envelope.check(), encoded.as_ref().map(Vec::len).map_err(|error| *error));
        assert_eq!(envelope.encoded_len(), encoded.as_ref().map_or(0, Vec::len));
        #[cfg(feature = "bytes")]
        {
            let mut appended = bytes::BytesMut::from(&b"before"[..]);
            let result = envelope.encode_to_buf(&mut appended);
            assert_eq!(result, encoded.as_ref().map(|_| ()).map_err(|error| *error));
            assert_eq!(appended, [b"before", &encoded.clone().unwrap_or_default()[..]].concat());
            let Ok(bytes) = &encoded else { continue };
            let mut exact = vec![0; bytes.len()];
            envelope.encode_to_buf(&mut &mut exact[..]).unwrap();
            assert_eq!(exact, *bytes);
            let mut small = vec![b'#'; bytes.len() - 1];
            let error = envelope.encode_to_buf(&mut &mut small[..]).unwrap_err();
            assert_eq!((error.kind(), error.needed()), (ErrorKind::BufferTooSmall, Some(bytes.len())));
            assert!(small.iter().all(|&b| b == b'#'));
        }
    }
}

#[test]
fn a_decoder_gives_its_envelope_again() {
    let text = message("MDlk");
    let mut decoder = Decoder::new();
    assert_eq!(decoder.envelope().unwrap_err().kind(), ErrorKind::UnexpectedEnd);
    for (n, chunk) in text.as_bytes().chunks(7).enumerate() {
        assert_eq!(decoder.envelope().unwrap_err().offset(), n * 7);
        decoder.feed(chunk).unwrap();
    }
    decoder.finish().unwrap();
    let (envelope, again) = (decoder.envelope().unwrap(), decoder.envelope().unwrap());
    assert_eq!(envelope.body(), again.body());
    assert!(matches!(envelope.body(), Body::GetCallInfo(request) if request.call_id() == "MDlk"));
    assert_eq!(decoder.call_id_span().map(|span| span.end - span.start), Some(4));
    decoder.feed(b"<").unwrap_or_default();
    assert_eq!(decoder.envelope().err(), decoder.finish().err());
    decoder.reset();
    decoder.feed(b"<x/>").unwrap_err();
    assert_eq!(decoder.envelope().unwrap_err(), decoder.finish().unwrap_err());
}

/// Names that a configuration owns have the effect of borrowed names.
#[test]
fn options_of_owned_names() {
    let understood = vec![("urn:a".to_string(), "A".to_string()), ("urn:b".to_string(), "B".to_string())];
    let own_uris = vec!["urn:me".to_string(), "urn:us".to_string()];
    let owned = Options::new().with_understood_strings(&understood).with_own_uri_strings(&own_uris);
    let kept = umsoap::OwnedOptions::new(Options::new())
        .with_understood(understood.clone())
        .with_own_uris(own_uris.clone());
    let borrowed = Options::new()
        .with_understood(&[("urn:a", "A"), ("urn:b", "B")])
        .with_own_uris(&["urn:me", "urn:us"]);
    for role in [Role::UltimateReceiver, Role::Intermediary] {
        for (namespace, name) in [("urn:a", "A"), ("urn:b", "B"), ("urn:a", "B"), ("urn:c", "A")] {
            for actor in ["", "s:actor='urn:me'", "s:actor='urn:us'", "s:actor='urn:other'"] {
                let text = format!(
                    "<s:Envelope xmlns:s='{}'><s:Header><x:{name} xmlns:x='{namespace}' {actor} \
                    s:mustUnderstand='1'/></s:Header><s:Body><x/></s:Body></s:Envelope>",
                    SoapVersion::V1_1.namespace()
                );
                let read = |options: Options<'_>| {
                    let options = options.with_role(role);
                    let mut decoder = Decoder::with_options(options);
                    let fed = decoder.feed(text.as_bytes());
                    let parsed = Envelope::parse_with(text.as_bytes(), &options).map(|envelope| {
                        envelope
                            .header()
                            .into_iter()
                            .map(|block| block.is_for_us(&options))
                            .collect::<Vec<_>>()
                    });
                    assert_eq!(fed.err(), parsed.as_ref().err().copied());
                    parsed
                };
                assert_eq!(read(owned), read(borrowed), "{text}");
                assert_eq!(read(kept.options()), read(borrowed), "{text}");
            }
        }
    }
    let refused = "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Header>\
        <x:A xmlns:x='urn:a' s:mustUnderstand='1'/></s:Header><s:Body><x/></s:Body></s:Envelope>";
    assert!(Envelope::parse(refused.as_bytes()).is_err());
    assert!(Envelope::parse_with(refused.as_bytes(), &owned).is_ok());
}

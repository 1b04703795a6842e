//! The WSDL, the schema `tests/data/um.xsd` and the library agree on the names, the order, the words and the bounds of
//! all messages.
#![allow(unreachable_pub, reason = "a test binary exports nothing")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

#[path = "../../tests/schema/mod.rs"]
mod schema;

use roxmltree::Document;
use schema::{Content, Place, SCHEMA, Schema};
use umsoap::Envelope;

const WSDL: &str = include_str!("../src/unified-messaging.wsdl");
const MESSAGES: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";

fn of_wsdl() -> Schema {
    let (start, end) = (WSDL.find("<xs:schema").unwrap(), WSDL.find("</xs:schema>").unwrap());
    Schema::read(&WSDL[start..end + "</xs:schema>".len()])
}

#[test]
fn the_wsdl_is_the_schema_as_it_is_written() {
    let wsdl = of_wsdl();
    assert_eq!(SCHEMA.messages.len(), 22);
    assert_eq!(wsdl.messages.len(), 22);
    for message in &SCHEMA.messages {
        let described = wsdl.message(&message.name).unwrap();
        // The schema also has the forms that are only read: a flat sequence, and a second spelling. The form that is
        // written stands first.
        let written = message.ways().into_iter().next();
        assert_eq!(described.ways().len(), 1, "{}", message.name);
        assert_eq!(
            format!("{:?}", described.ways().first()),
            format!("{:?}", written.as_ref()),
            "{}",
            message.name
        );
    }
}

#[test]
fn each_operation_stands_in_both_bindings_with_its_action_and_messages() {
    let document = Document::parse(WSDL).unwrap();
    let names = |parent: &str, name: &str| -> Vec<String> {
        let children = document.descendants().filter(|node| {
            node.tag_name().name() == name && node.parent().is_some_and(|p| p.tag_name().name() == parent)
        });
        children.map(|node| node.attribute("name").unwrap().to_owned()).collect()
    };
    let requests: Vec<_> =
        SCHEMA.messages.iter().map(|m| m.name.clone()).filter(|n| !n.ends_with("Response")).collect();
    assert_eq!(requests.len(), 11);
    assert_eq!(names("portType", "operation"), requests);
    assert_eq!(names("binding", "operation"), [requests.clone(), requests.clone()].concat());
    for name in &requests {
        assert_eq!(WSDL.matches(&format!("soapAction=\"{MESSAGES}/{name}\"")).count(), 2, "{name}");
        for (message, element) in
            [(format!("{name}In"), name.clone()), (format!("{name}Out"), format!("{name}Response"))]
        {
            assert_eq!(WSDL.matches(&format!("message=\"m:{message}\"")).count(), 1, "{message}");
            let part = format!(
                "<wsdl:message name=\"{message}\">\n    <wsdl:part name=\"parameters\" element=\"m:{element}\"/>"
            );
            assert!(WSDL.contains(&part), "{message}");
        }
    }
}

/// Returns a message with these values. Each value stands with the names of the elements from the message down to it.
fn written(root: &str, values: &[(Vec<&str>, String)]) -> String {
    let inner = values.first().and_then(|(names, _)| (names.len() == 3).then(|| names[1]));
    let children: String =
        values.iter().map(|(names, value)| format!("<{0}>{value}</{0}>", names.last().unwrap())).collect();
    let children = inner.map_or(children.clone(), |name| format!("<{name}>{children}</{name}>"));
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><{root} xmlns=\"{MESSAGES}\">\
         {children}</{root}></s:Body></s:Envelope>"
    )
}

/// Returns the name and the fields of a message as the library reads it, or `None` if the library refuses it.
fn read(message: &str) -> Option<(String, Vec<(String, String)>)> {
    let envelope = Envelope::parse(message.as_bytes()).ok()?;
    Some((envelope.body().local_name().to_owned(), schema::fields(&envelope.body())))
}

#[test]
fn the_library_reads_what_the_wsdl_describes_and_nothing_else() {
    for message in of_wsdl().messages {
        let name = message.name.as_str();
        let way: Vec<Place<'_>> = message.ways().remove(0);
        let values: Vec<(Vec<&str>, String)> =
            way.iter().map(|(names, content, _)| (names.clone(), content.sample(0))).collect();
        let fields: Vec<_> =
            values.iter().map(|(n, v)| ((*n.last().unwrap()).to_owned(), v.clone())).collect();
        assert_eq!(read(&written(name, &values)), Some((name.to_owned(), fields)), "{name}");
        for (place, (names, content, is_optional)) in way.iter().enumerate() {
            let with = |value: &str| {
                let mut values = values.clone();
                values[place].1 = value.to_owned();
                read(&written(name, &values)).is_some()
            };
            match content {
                Content::String { least, most } => {
                    assert_eq!(with(""), *least == 0, "{names:?}");
                    if *most < 100_000 {
                        assert!(with(&"x".repeat(*most)) && !with(&"x".repeat(most + 1)), "{names:?}");
                    } else {
                        assert!(with(&"x".repeat(513)), "{names:?}");
                    }
                }
                Content::Words(words) => {
                    assert!(words.iter().all(|word| with(word)), "{names:?}");
                    assert!(!with("Word") && !with("") && !with(&words[0].to_lowercase()), "{names:?}");
                }
                Content::Boolean => {
                    assert!(["true", "false", "1", "0"].iter().all(|word| with(word)), "{names:?}");
                    assert!(!with("True") && !with("") && !with("2"), "{names:?}");
                }
                Content::Children(_) => panic!("{names:?}"),
            }
            // A value may be left out if it is optional. Two neighbours must not change places.
            let mut without = values.clone();
            without.remove(place);
            if without.is_empty() || !is_optional {
                assert!(read(&written(name, &without)).is_none(), "{names:?}");
            } else {
                assert!(read(&written(name, &without)).is_some(), "{names:?}");
            }
            if place > 0 {
                let mut swapped = values.clone();
                swapped.swap(place - 1, place);
                assert!(read(&written(name, &swapped)).is_none(), "{names:?}");
            }
        }
    }
}

//! Compares text, attributes, children and namespaces of elements with those of roxmltree.

use umsoap::{Body, Element, Envelope, Header, Node, Options, Text};

const SOAP: [&str; 2] =
    ["http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"];

fn value(text: Option<Text<'_>>) -> Option<String> {
    text.map(|text| text.to_string())
}

/// Compares an element and all its descendants. Returns the number of elements.
fn compare(node: Node<'_>, twin: roxmltree::Node<'_, '_>) -> usize {
    let at = twin.range().start;
    assert_eq!(node.local_name(), twin.tag_name().name(), "{at}");
    let namespace = twin.tag_name().namespace().filter(|namespace| !namespace.is_empty());
    assert_eq!(value(node.namespace()), namespace.map(str::to_string), "{at}");
    assert!(
        node.is(namespace.unwrap_or(""), twin.tag_name().name()) && !node.is("urn:no", node.local_name())
    );
    assert_eq!(node.raw(), &twin.document().input_text()[twin.range()]);
    for declared in twin.namespaces() {
        let uri = (!declared.uri().is_empty()).then(|| declared.uri().to_string());
        assert_eq!(value(node.namespace_of(declared.name().unwrap_or(""))), uri, "{at} {declared:?}");
    }
    assert!(node.namespace_of("undeclared").is_none());
    let mut attributes = node.attributes();
    for expected in twin.attributes() {
        let found = attributes.next().unwrap();
        let uri = expected.namespace().map(str::to_string);
        let names = (value(found.namespace()), found.local_name());
        assert_eq!(
            (names, found.value().to_string()),
            ((uri, expected.name()), expected.value().to_string())
        );
        let by_name = node.attribute(expected.namespace().unwrap_or(""), expected.name());
        assert_eq!(value(by_name), Some(expected.value().to_string()));
    }
    assert_eq!(attributes.next(), None);
    let elements: Vec<_> = twin.children().filter(roxmltree::Node::is_element).collect();
    let text = elements.is_empty().then(|| {
        twin.children().filter(roxmltree::Node::is_text).filter_map(|text| text.text()).collect::<String>()
    });
    assert_eq!(value(node.text()), text, "{at}");
    let children: Vec<Node<'_>> = node.children().collect();
    assert_eq!(children.len(), elements.len(), "{at}");
    let below: usize = children.iter().zip(&elements).map(|(child, twin)| compare(*child, *twin)).sum();
    below + 1
}

/// Compares all header blocks and the entry of another operation. Returns the number of elements.
fn compare_message(message: &str) -> usize {
    let options = Options::new().with_role(umsoap::Role::Intermediary);
    let envelope = Envelope::parse_with(message.as_bytes(), &options).unwrap();
    let document = roxmltree::Document::parse(message.trim_start_matches('\u{FEFF}')).unwrap();
    let part = |name| {
        document.root_element().children().find(move |child: &roxmltree::Node<'_, '_>| {
            child.tag_name().name() == name && SOAP.contains(&child.tag_name().namespace().unwrap_or(""))
        })
    };
    let mut count = 0;
    let mut check = |element: Element<'_>, twin| {
        let node = element.node().unwrap();
        assert_eq!(value(node.namespace()), value(element.namespace()));
        assert_eq!((Some(node.raw()), node.local_name()), (element.raw(), element.local_name()));
        assert_eq!(value(element.text()), value(node.text()));
        count += compare(node, twin);
    };
    if let Header::Retained(blocks) = envelope.header() {
        let twins = part("Header").unwrap().children().filter(roxmltree::Node::is_element);
        let twins: Vec<_> = twins.collect();
        assert_eq!(blocks.into_iter().count(), twins.len());
        blocks.into_iter().zip(twins).for_each(|(block, twin)| check(block.element(), twin));
    }
    if let Body::Other(element) = envelope.body() {
        check(element, part("Body").unwrap().first_element_child().unwrap());
    }
    count
}

fn envelope(declarations: &str, header: &str, blocks: &str, body: &str) -> String {
    format!(
        "<?xml version='1.0'?>\n<!-- <a> --><s:Envelope xmlns:s='{}' {declarations}>\
        <!-- </s:Envelope> --><s:Header {header}>{blocks}</s:Header> <s:Body xmlns:b='urn:body'>{body}</s:Body></s:Envelope>",
        SOAP[0]
    )
}

#[test]
fn elements_are_those_of_roxmltree() {
    let content = [
        "",
        "text",
        "J&#xE9;r&amp;\r\n<![CDATA[<x/>&amp;]]><!-- </t:a> -->",
        "<t:b/>",
        " <t:b c='1' t:c='2' d=' x&#10;\ty '>in</t:b > <b xmlns=''><c xmlns='urn:c' xmlns:t='urn:other'><t:d/></c></b>",
        "<b><c><d><e><t:f xml:lang='sv'>deep</t:f></e></d></c></b><!----><t:b></t:b>",
        "<![CDATA[</t:a>]]><x/>after",
    ];
    let outer = [
        "xmlns:t='urn:t'",
        "xmlns='urn:default' xmlns:t = \"urn:&#116;\"",
        "xmlns:t='urn:1' xmlns:u='urn:u'",
    ];
    let mut count = 0;
    for declarations in outer {
        for header in ["", "xmlns:t='urn:2'", "xmlns='urn:3' a=\"x='y'\" xmlns:u='urn:v'"] {
            for own in ["", " xmlns:t='urn:4'", " xmlns:n='urn:n' n:a='>' a=\"'\" "] {
                for inner in content {
                    let block = format!("<t:a{own}>{inner}</t:a>");
                    let blocks = format!("<t:first/>{block} <!-- <t:a/> --> <t:last>{inner}</t:last>");
                    count += compare_message(&envelope(declarations, header, &blocks, &block));
                }
            }
        }
    }
    assert!(count > 1000, "{count}");
}

#[test]
fn golden_documents_are_those_of_roxmltree() {
    let mut count = 0;
    for file in std::fs::read_dir("tests/data/ok").unwrap() {
        let path = file.unwrap().path();
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let options = Options::new().with_role(umsoap::Role::Intermediary);
        if path.extension().is_some_and(|e| e == "xml")
            && Envelope::parse_with(text.as_bytes(), &options).is_ok()
        {
            count += compare_message(&text);
        }
    }
    assert!(count > 20, "{count}");
}

/// Resolves each of as many declarations as may be in scope from the innermost element.
#[test]
fn as_many_declarations_as_may_be_in_scope() {
    let declare =
        |from: u32, to: u32| (from..to).map(|n| format!(" xmlns:p{n}='urn:{n}'")).collect::<String>();
    let blocks = format!("<p0:a{}><p1:b{}><p62:c p30:d=''/></p1:b></p0:a>", declare(20, 40), declare(40, 63));
    let text = envelope(&declare(0, 10), &declare(10, 20), &blocks, "<x/>");
    assert_eq!(compare_message(&text), 4);
}

/// The walk over a message with many elements takes time that grows with the message's length.
#[test]
fn a_walk_over_many_elements_ends_soon() {
    let blocks = format!("<t:a>{}</t:a>", "<t:b><t:c/></t:b>".repeat(50_000));
    let text = envelope("xmlns:t='urn:t'", "", &blocks, "<x/>");
    let envelope = Envelope::parse(text.as_bytes()).unwrap();
    let block = envelope.header().blocks().next().unwrap().element().node().unwrap();
    let count =
        block.children().map(|child| child.children().filter(|c| c.is("urn:t", "c")).count()).sum::<usize>();
    assert_eq!(count, 50_000);
}

/// A name has a namespace and a local name. An element in no namespace has none, and an empty namespace stands for
/// none.
#[test]
fn names_are_compared_with_their_namespaces() {
    for (body, namespace) in [
        ("<x/>", ""),
        ("<x xmlns=''/>", ""),
        ("<x xmlns='urn:a'/>", "urn:a"),
        ("<b:x xmlns:b='urn:&#97;'/>", "urn:a"),
    ] {
        let text = envelope("", "", &format!("<t:h xmlns:t='urn:t'>{body}</t:h>"), body);
        let envelope = Envelope::parse(text.as_bytes()).unwrap();
        let Body::Other(entry) = envelope.body() else { panic!("{text}") };
        let node = entry.node().unwrap();
        let block = envelope.header().blocks().next().unwrap().element().node().unwrap();
        for (asked, local) in [("", "x"), ("urn:a", "x"), ("urn:b", "x"), ("", "y"), ("urn:a", "y")] {
            let same = (asked, local) == (namespace, "x");
            assert_eq!(entry.is(asked, local), same, "{asked} {local}: {body}");
            assert_eq!(node.is(asked, local), same, "{asked} {local}: {body}");
            assert_eq!(block.child(asked, local).is_some(), same, "{asked} {local}: {body}");
        }
        assert_eq!(
            node.namespace().map(|uri| uri.to_string()),
            (!namespace.is_empty()).then(|| namespace.into())
        );
    }
}

/// Elements are equal when their expanded names and their bytes are equal, wherever they stand.
#[test]
fn elements_are_equal_by_name_and_bytes() {
    let one = "<t:a xmlns:t='urn:t'>1</t:a>";
    let all = [
        one,
        "<t:a xmlns:t='urn:t'>2</t:a>",
        "<t:a xmlns:t='urn:u'>1</t:a>",
        "<t:b xmlns:t='urn:t'>1</t:b>",
        "<t:a xmlns:t='urn:t'></t:a>",
    ];
    let text = envelope("", "", one, &format!("<x>{one}</x>"));
    let first = Envelope::parse(text.as_bytes()).unwrap().header().blocks().next().unwrap().element();
    for other in all {
        let text = envelope("xmlns:v='urn:v'", "", &format!("<v:before/>{other}"), "<x/>");
        let envelope = Envelope::parse(text.as_bytes()).unwrap();
        let element = envelope.header().blocks().nth(1).unwrap().element();
        assert_eq!(element == first, other == one, "{other}");
    }
    // The prefix is declared outside, so the bytes alone do not tell the name.
    let [one, again, other] = ["urn:t", "urn:&#116;", "urn:u"]
        .map(|uri| envelope(&format!("xmlns:t='{uri}'"), "", "<t:a/>", "<x/>"));
    let [one, again, other] = [&one, &again, &other]
        .map(|text| Envelope::parse(text.as_bytes()).unwrap().header().blocks().next().unwrap().element());
    assert!(one == again && one != other);
}

/// Reads each of a fault's other elements, in a message that is nearly as long as the limit. If each were searched from
/// the root, this would take ten minutes and not a fraction of a second.
#[test]
fn each_of_many_other_elements_of_a_fault() {
    let count = 150_000;
    let text = format!(
        "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns:a='urn:1' xmlns:b='urn:1' \
        xmlns:c='urn:1'><s:Header xmlns:c='urn:0'/><s:Body xmlns:b='urn:2' xmlns:d='urn:2'><s:Fault xmlns:d='urn:3'>\
        <faultcode>s:Server</faultcode><faultstring>no</faultstring>{}<detail><b:x/></detail></s:Fault></s:Body>\
        </s:Envelope>",
        "<b:b/>".repeat(count)
    );
    let envelope = Envelope::parse(text.as_bytes()).unwrap();
    let Body::Fault(fault) = envelope.body() else { panic!("no fault") };
    let others = fault.other_elements().filter(|element| element.text().is_some_and(|text| text == ""));
    assert_eq!(others.count(), count);
    for element in fault.other_elements().skip(count - 1).chain(fault.detail()) {
        let node = element.node().unwrap();
        assert_eq!(node.raw(), element.raw().unwrap());
        let bound =
            ["a", "b", "c", "d", "e"].map(|prefix| node.namespace_of(prefix).map(|uri| uri.to_string()));
        let expected = [Some("urn:1"), Some("urn:2"), Some("urn:1"), Some("urn:3"), None];
        assert_eq!(bound, expected.map(|uri| uri.map(str::to_string)));
    }
}

//! Tests hostile families. Each ends in its limit, or in an answer. `scripts/counts` counts what they cost.
mod families;
use families::{FAMILIES, PLAIN, envelope};
use umsoap::{Envelope, ErrorKind, Limits, Options};

fn kind(document: &str, limits: Limits) -> Option<ErrorKind> {
    let options = Options::new().with_limits(limits);
    Envelope::parse_with(document.as_bytes(), &options).err().map(|e| e.kind())
}

#[test]
fn endless_families_end_in_their_limit() {
    let n = 100_000;
    let many = |item: &dyn Fn(usize) -> String| (0..n).map(item).collect::<String>();
    let block = |tag: String| envelope("", &tag, "<x/>");
    let long = "n".repeat(1 << 19);
    let cases = [
        (block(format!("<ps:x{}/>", many(&|i| format!(" a{i}=''")))), ErrorKind::TooManyAttributes),
        (block(format!("<ps:x{}/>", many(&|i| format!(" xmlns:p{i}='u'")))), ErrorKind::TooManyAttributes),
        (block(many(&|i| format!("<ps:x xmlns:p{i}='u'>"))), ErrorKind::TooManyDeclarations),
        (block("<ps:x>".repeat(n)), ErrorKind::TooDeep),
        (block(format!("<{long}/>")), ErrorKind::NamesTooLong),
        (block(format!("<ps:x a='{long}'/>")), ErrorKind::TagTooLong),
        (block(format!("<ps:x xmlns:a='{}'/>", &long[..3000])), ErrorKind::NamespacesTooLong),
        (block("<!---->".repeat(2 * n)), ErrorKind::MessageTooLong),
    ];
    for (document, expected) in cases {
        assert_eq!(kind(&document, Limits::DEFAULT), Some(expected));
    }
}

/// The families measure whole parses, so they must be accepted. A limit that is one lower refuses them.
#[test]
fn families_lie_at_their_limits() {
    for family in FAMILIES.iter().chain([&PLAIN]) {
        let most = Limits::DEFAULT;
        for n in [family.n, 4 * family.n] {
            assert_eq!(kind(&(family.message)(n), most), None, "{} {n}", family.name);
        }
        let less = match family.limit {
            None => continue,
            Some(ErrorKind::TooDeep) => most.with_depth(most.depth() - 1),
            Some(ErrorKind::TooManyAttributes) => most.with_attributes(most.attributes() - 1),
            Some(ErrorKind::TooManyDeclarations) => most.with_declarations(most.declarations() - 1),
            Some(ErrorKind::TagTooLong) => most.with_tag_bytes(most.tag_bytes() - 1),
            Some(ErrorKind::NamesTooLong) => most.with_name_bytes(most.name_bytes() - 1),
            Some(other) => panic!("{other:?}"),
        };
        assert_eq!(kind(&(family.message)(family.n), less.unwrap()), family.limit, "{}", family.name);
    }
}

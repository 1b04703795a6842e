//! The description of the service that clients read at `?wsdl`: all 11 operations, for SOAP 1.1 and 1.2.

const TEMPLATE: &str = include_str!("unified-messaging.wsdl");

/// Returns the WSDL with this address.
pub(crate) fn at(address: &str) -> String {
    let escaped = address.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    TEMPLATE.replace("{ADDRESS}", &escaped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use umsoap::xmlparser::Tokenizer;

    #[test]
    fn it_is_xml_and_names_the_address_twice() {
        let text = at("http://x/?a&b");
        assert_eq!(text.matches("location=\"http://x/?a&amp;b\"").count(), 2);
        assert!(Tokenizer::from(&*text).all(|token| token.is_ok()));
    }
}

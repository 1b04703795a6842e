//! The functions that return the parts of a fault.

use super::source::{self, Source};
use super::{Detail, Fault, FaultCode, QName, Reason, Reasons, Subcodes, detail_name};
use crate::base::retain::{TextSlot, View};
use crate::base::version::SoapVersion;
use crate::xml::element::Element;
use crate::xml::node::Node;
use crate::xml::text::Text;

impl<'a> Fault<'a> {
    /// Returns the HTTP status of a response with this fault in this version. It is 500 for every fault in 1.1
    /// (<https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383529>). In 1.2 it is 400 for the class Sender, and 500
    /// otherwise (<https://www.w3.org/TR/soap12-part2/#tabresstatereccodes>).
    pub fn http_status(&self, version: SoapVersion) -> u16 {
        match (version, self.class()) {
            (SoapVersion::V1_2, Some(FaultCode::Sender)) => 400,
            _ => 500,
        }
    }

    /// Returns a part of the fault of a whole message. `names` is the path to it from the Fault: each name leads to the
    /// first child of that local name. Without names, the part is the Fault. The rules recognise the parts by their local
    /// names.
    pub(super) fn part(&self, names: &[&[u8]]) -> Option<Node<'a>> {
        let Source::Message { input, envelope, body, fault } = self.source else { return None };
        let fault = Node::within(input, &[envelope, body], fault as usize);
        names.iter().try_fold(fault, |outer, name| outer.child_of_local_name(name))
    }

    /// Returns an element of the fault of a whole message, with its position.
    fn element(&self, node: &Node<'a>) -> Option<Element<'a>> {
        let Source::Message { envelope, body, fault, .. } = self.source else { return None };
        Some(Element::of(node, [envelope, body, fault]))
    }

    /// Returns a text of the fault that was read.
    fn read_text(&self, slot: TextSlot) -> Option<Text<'a>> {
        if let Source::Decoder { copies, retained } = self.source {
            return retained.text(slot, copies);
        }
        let names: &[&[u8]] = match (self.version, slot) {
            (SoapVersion::V1_1, TextSlot::Reason) => &[b"faultstring"],
            (SoapVersion::V1_1, TextSlot::Actor) => &[b"faultactor"],
            (SoapVersion::V1_2, TextSlot::Reason) => &[b"Reason", b"Text"],
            (SoapVersion::V1_2, TextSlot::Actor) => &[b"Role"],
            (SoapVersion::V1_2, TextSlot::Node) => &[b"Node"],
            (SoapVersion::V1_1, TextSlot::Exception) => &[b"detail", b"ExceptionType"],
            (SoapVersion::V1_2, TextSlot::Exception) => &[b"Detail", b"ExceptionType"],
            _ => return None,
        };
        // An exception type that contains elements counts as absent.
        self.part(names)?.text()
    }

    /// Returns the code of a fault that was read.
    pub(super) fn read_code(&self) -> Option<QName<'a>> {
        match (self.source, self.version) {
            (Source::Program, _) => None,
            (Source::Decoder { copies, retained }, _) => retained.code(TextSlot::Code, copies),
            (Source::Message { .. }, SoapVersion::V1_1) => QName::of(&self.part(&[b"faultcode"])?),
            (Source::Message { .. }, SoapVersion::V1_2) => QName::of(&self.part(&[b"Code", b"Value"])?),
        }
    }

    /// Returns the text of faultcode (1.2: of Value in Code), with its prefix. The prefix need not be declared.
    pub fn code(&self) -> Text<'a> {
        match (self.read_code(), self.class) {
            (Some(code), _) => code.text,
            (None, Some(code)) => Text::new(code.local_name(SoapVersion::V1_1)),
            (None, None) => Text::new(""),
        }
    }

    /// Returns the namespace that the code's prefix is bound to, if it was declared.
    pub fn code_namespace(&self) -> Option<Text<'a>> {
        self.read_code()?.namespace
    }

    /// Returns the code, if it is one of SOAP's own.
    pub fn standard_code(&self) -> Option<FaultCode> {
        match self.read_code() {
            Some(code) => code.standard(self.version),
            None => self.class,
        }
    }

    /// Returns the class of the fault, as a code of SOAP. The class tells whether the sender or the receiver was at fault.
    ///
    /// The class is known for SOAP's own codes and for codes that refine one of these by dots. It is also known for
    /// their names without a prefix in no namespace, and for the failures that MS-OXWUMS defines. `None` for any other
    /// code: an application's code does not tell its class.
    ///
    /// ```
    /// use umsoap::{Body, Envelope, FaultCode};
    /// let input = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><s:Fault>\
    ///     <faultcode>s:Server.userException</faultcode><faultstring>no</faultstring></s:Fault></s:Body></s:Envelope>";
    /// let Body::Fault(fault) = Envelope::parse(input)?.body() else { panic!() };
    /// assert_eq!((fault.class(), fault.standard_code()), (Some(FaultCode::Receiver), None));
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    pub fn class(&self) -> Option<FaultCode> {
        match self.read_code() {
            Some(code) => code.standard(self.version).or(self.class).or_else(|| code.class()),
            None => self.class,
        }
    }

    /// Returns the text of the outermost subcode, which 1.1 does not have.
    pub fn subcode(&self) -> Option<Text<'a>> {
        Some(self.subcodes().next()?.text)
    }

    /// Returns the namespace that the prefix of the outermost subcode is bound to.
    pub fn subcode_namespace(&self) -> Option<Text<'a>> {
        self.subcodes().next()?.namespace
    }

    /// Returns an iterator over the subcodes, the outermost first. A decoder keeps only the outermost.
    pub fn subcodes(&self) -> Subcodes<'a> {
        let made = self.subcode.map(|(uri, name)| QName {
            text: Text::new(name),
            namespace: (!uri.is_empty()).then_some(Text::new(uri)),
        });
        match (made, self.source) {
            (Some(made), _) => Subcodes { first: Some(made), outer: None },
            (None, Source::Decoder { copies, retained }) => {
                Subcodes { first: retained.code(TextSlot::Subcode, copies), outer: None }
            }
            (None, _) if self.version == SoapVersion::V1_1 => Subcodes { first: None, outer: None },
            (None, _) => Subcodes { first: None, outer: self.part(&[b"Code"]) },
        }
    }

    /// Returns the text of faultstring (1.2: of the first Text in Reason).
    pub fn reason(&self) -> Text<'a> {
        self.reason.or_else(|| self.read_text(TextSlot::Reason)).unwrap_or(Text::new(""))
    }

    /// Returns the language of the first reason: its xml:lang, which 1.2 requires. In 1.1 it may stand on an element
    /// around the reason, up to Envelope.
    pub fn lang(&self) -> Option<Text<'a>> {
        match (self.lang, self.reason, self.source) {
            (Some(lang), _, _) => Some(Text::new(lang)),
            (None, Some(_), _) | (None, None, Source::Program) => None,
            (None, None, Source::Decoder { copies, retained }) => {
                Some(Text::attribute(View::Copies(copies).get(retained.lang?)))
            }
            (None, None, Source::Message { envelope, body, fault, .. }) => {
                let reason: &[&[u8]] = match self.version {
                    SoapVersion::V1_1 => &[b"faultstring"],
                    SoapVersion::V1_2 => &[b"Reason", b"Text"],
                };
                source::lang(&self.part(reason)?, &[envelope, body, fault])
            }
        }
    }

    /// Returns an iterator over the reasons, which give one reason in several languages. In 1.1 there is one. A decoder
    /// keeps only the first.
    ///
    /// ```
    /// use umsoap::{Body, Envelope};
    /// let input = "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body><s:Fault>\
    ///     <s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text xml:lang='en'>no</s:Text>\
    ///     <s:Text xml:lang='sv'>nej</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>";
    /// let Body::Fault(fault) = Envelope::parse(input.as_bytes())?.body() else { panic!() };
    /// let swedish = fault.reasons().find(|reason| reason.lang().is_some_and(|lang| lang == "sv"));
    /// assert!(swedish.unwrap().text() == "nej");
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    pub fn reasons(&self) -> Reasons<'a> {
        let first = Some(Reason { text: self.reason(), lang: self.lang() });
        let has_others = self.reason.is_none() && self.version == SoapVersion::V1_2;
        let outer = if has_others { self.part(&[b"Reason"]) } else { None };
        let others = outer.map(|reason| {
            let mut children = reason.children();
            children.next();
            children
        });
        Reasons { first, others }
    }

    /// Returns the text of faultactor (1.2: of Role).
    pub fn actor(&self) -> Option<Text<'a>> {
        self.actor.map(Text::new).or_else(|| self.read_text(TextSlot::Actor))
    }

    /// Returns the text of Node, which 1.1 does not have.
    pub fn node(&self) -> Option<Text<'a>> {
        self.node.map(Text::new).or_else(|| self.read_text(TextSlot::Node))
    }

    /// Returns the detail element, if the fault was read from a message and has a detail. The prefixes in the detail may be
    /// declared outside it: [`Element::node`] resolves them.
    ///
    /// ```
    /// use umsoap::{Body, Envelope};
    /// let input = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns:e='urn:e'><s:Body><s:Fault>\
    ///     <faultcode>s:Client</faultcode><faultstring>no</faultstring>\
    ///     <detail><e:Line>7</e:Line></detail></s:Fault></s:Body></s:Envelope>";
    /// let Body::Fault(fault) = Envelope::parse(input)?.body() else { panic!() };
    /// let detail = fault.detail().unwrap().node().unwrap();
    /// assert_eq!(detail.child("urn:e", "Line").unwrap().text().unwrap(), "7");
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    pub fn detail(&self) -> Option<Element<'a>> {
        let local = detail_name(self.version);
        match (self.detail, self.source) {
            (Detail::AsRead, Source::Message { .. }) => self.element(&self.part(&[local])?),
            (Detail::AsRead, Source::Decoder { copies, retained }) => {
                Some(Element::new(retained.detail?.text(View::Copies(copies)), local, None))
            }
            _ => None,
        }
    }

    /// Returns an iterator over the elements that a 1.1 fault may have beside those of SOAP. They are in a namespace, and
    /// have any name (<https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383507>). They are written in 1.1. 1.2 has no
    /// place for them, so a fault with such elements cannot be written in 1.2. A [`Decoder`](crate::Decoder) does not keep
    /// them. Complexity: O(the fault's length) for all elements together.
    ///
    /// ```
    /// use umsoap::{Body, Envelope};
    /// let input = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><s:Fault>\
    ///     <faultcode>s:Server</faultcode><faultstring>no</faultstring><t:Ticket xmlns:t='urn:t'>7</t:Ticket>\
    ///     </s:Fault></s:Body></s:Envelope>";
    /// let Body::Fault(fault) = Envelope::parse(input)?.body() else { panic!() };
    /// let ticket = fault.other_elements().find(|element| element.is("urn:t", "Ticket")).unwrap();
    /// assert_eq!(ticket.text().unwrap(), "7");
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    pub fn other_elements(&self) -> impl Iterator<Item = Element<'a>> + use<'a> {
        let fault = *self;
        self.other_nodes().filter_map(move |node| fault.element(&node))
    }

    /// Returns an iterator over the nodes of [`other_elements`](Self::other_elements). The writer uses nodes, since finding
    /// the node of an element takes a walk over the message.
    pub(super) fn other_nodes(&self) -> impl Iterator<Item = Node<'a>> + use<'a> {
        const OWN: [&str; 4] = ["faultcode", "faultstring", "faultactor", "detail"];
        let fault = if self.version == SoapVersion::V1_1 { self.part(&[]) } else { None };
        let children = fault.into_iter().flat_map(|fault| fault.children());
        children.filter(|child| !OWN.contains(&child.local_name()))
    }

    /// Returns the exception of the UM dialect, such as `InvalidCallIdException`. It is the text of ExceptionType in
    /// the detail, in any namespace. A prefix of the text and the white space around it are left out.
    pub fn exception_type(&self) -> Option<Text<'a>> {
        match self.detail {
            Detail::Exception => Some(Text::new(self.detail_text)),
            Detail::AsRead => Some(self.read_text(TextSlot::Exception)?.trimmed().split().1),
            Detail::Omitted | Detail::InvalidRequest | Detail::Content => None,
        }
    }

    /// Returns the bytes of the fault from its `<` to its last `>`, if it was read from a whole message. They include
    /// the parts that no other function returns. Prefixes in these bytes may be declared outside the fault.
    pub fn raw(&self) -> Option<&'a str> {
        Some(self.part(&[])?.raw())
    }
}

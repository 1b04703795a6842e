//! The reasons of faults, with their languages.

use crate::base::version;
use crate::xml::node::Children;
use crate::xml::text::Text;

/// A reason of a fault, and its language.
///
/// ```
/// use umsoap::{Body, Envelope};
/// let message = b"<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body><s:Fault><s:Code>\
///     <s:Value>s:Sender</s:Value><s:Subcode><s:Value xmlns:m='urn:m'>m:Busy</s:Value></s:Subcode></s:Code><s:Reason>\
///     <s:Text xml:lang='en'>no</s:Text><s:Text xml:lang='sv'>nej</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>";
/// let Body::Fault(fault) = Envelope::parse(message)?.body() else { panic!() };
/// let reason = fault.reasons().next().unwrap();
/// assert!(reason.text() == "no" && reason.lang().unwrap() == "en");
/// # Ok::<(), umsoap::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason<'a> {
    pub(super) text: Text<'a>,
    pub(super) lang: Option<Text<'a>>,
}

impl<'a> Reason<'a> {
    /// Returns the text.
    pub const fn text(&self) -> Text<'a> {
        self.text
    }

    /// Returns the language, such as `en-US`. It is the attribute xml:lang, which 1.2 requires.
    pub const fn lang(&self) -> Option<Text<'a>> {
        self.lang
    }
}

/// An iterator over the reasons of a fault, from [`Fault::reasons`](crate::Fault::reasons). Complexity: O(the fault's
/// length) for all reasons together.
///
/// ```
/// use umsoap::{Body, Envelope};
/// let message = b"<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body><s:Fault><s:Code>\
///     <s:Value>s:Sender</s:Value><s:Subcode><s:Value xmlns:m='urn:m'>m:Busy</s:Value></s:Subcode></s:Code><s:Reason>\
///     <s:Text xml:lang='en'>no</s:Text><s:Text xml:lang='sv'>nej</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>";
/// let Body::Fault(fault) = Envelope::parse(message)?.body() else { panic!() };
/// assert_eq!(fault.reasons().map(|reason| reason.text().to_string()).collect::<Vec<_>>(), ["no", "nej"]);
/// # Ok::<(), umsoap::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reasons<'a> {
    pub(super) first: Option<Reason<'a>>,
    /// The elements of the reasons after the first. Only 1.2 has them.
    pub(super) others: Option<Children<'a>>,
}

impl<'a> Iterator for Reasons<'a> {
    type Item = Reason<'a>;

    fn next(&mut self) -> Option<Reason<'a>> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        let reason = self.others.as_mut()?.next()?;
        Some(Reason { text: reason.text()?, lang: reason.attribute(version::XML, "lang") })
    }
}

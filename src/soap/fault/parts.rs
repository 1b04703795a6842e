//! The rules for the parts of a fault and their order.

use crate::base::error::ErrorKind;
use crate::base::retain::TextSlot;
use crate::base::version::SoapVersion;

/// An element of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Fault,
    /// A text. It is kept if it has a slot, and only checked otherwise.
    Text(Option<TextSlot>),
    Code,
    Subcode {
        outermost: bool,
    },
    Reason,
    Detail,
    /// An element that is not SOAP's. A 1.1 fault may have such elements beside those of SOAP.
    Foreign,
}

/// The parts of a fault that were read.
#[derive(Clone, Copy)]
pub(crate) struct Progress {
    code: bool,
    reason: bool,
    actor: bool,
    node: bool,
    detail: bool,
    value: bool,
    subcode: bool,
    sub_value: bool,
    inner_subcode: bool,
    text: bool,
    exception: bool,
    /// Set if a part was read that a decoder does not keep.
    more: bool,
}

impl Progress {
    pub(crate) const NOTHING: Self = Self {
        code: false,
        reason: false,
        actor: false,
        node: false,
        detail: false,
        value: false,
        subcode: false,
        sub_value: false,
        inner_subcode: false,
        text: false,
        exception: false,
        more: false,
    };

    /// Applies the rules for a child of an element of a fault.
    ///
    /// 1.1: `Fault{ faultcode, faultstring, faultactor?, detail? }` in any order, and any elements in a namespace.
    ///
    /// 1.2: `Fault{ Code{ Value, Subcode?{ Value, Subcode? } }, Reason{ Text+ }, Node?, Role?, Detail? }`.
    ///
    /// <https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383507>, <https://www.w3.org/TR/soap12-part1/#soapfault>
    pub(crate) fn child(
        &mut self,
        version: SoapVersion,
        parent: Part,
        local: &[u8],
        qualified: bool,
    ) -> Result<Part, ErrorKind> {
        use SoapVersion::{V1_1, V1_2};
        let once = |seen: &mut bool| {
            if core::mem::replace(seen, true) { Err(ErrorKind::DuplicateFaultChild) } else { Ok(()) }
        };
        let order = |fits: bool| if fits { Ok(()) } else { Err(ErrorKind::FaultOrder) };
        match (version, parent, local) {
            (_, Part::Text(_), _) => Err(ErrorKind::ElementInText),
            (V1_1, Part::Fault, b"faultcode") => {
                once(&mut self.code).map(|()| Part::Text(Some(TextSlot::Code)))
            }
            (V1_1, Part::Fault, b"faultstring") => {
                once(&mut self.reason).map(|()| Part::Text(Some(TextSlot::Reason)))
            }
            (V1_1, Part::Fault, b"faultactor") => {
                once(&mut self.actor).map(|()| Part::Text(Some(TextSlot::Actor)))
            }
            (V1_1, Part::Fault, b"detail") => once(&mut self.detail).map(|()| Part::Detail),
            (V1_1, Part::Fault, _) if qualified => {
                self.more = true;
                Ok(Part::Foreign)
            }
            // Other orders were refused before: no part precedes Code, and neither Node, Role nor Detail precedes
            // Reason.
            (V1_2, Part::Fault, b"Code") => once(&mut self.code).map(|()| Part::Code),
            (V1_2, Part::Fault, b"Reason") => {
                once(&mut self.reason).and_then(|()| order(self.code)).map(|()| Part::Reason)
            }
            (V1_2, Part::Fault, b"Node") => once(&mut self.node)
                .and_then(|()| order(self.reason && !(self.actor || self.detail)))
                .map(|()| Part::Text(Some(TextSlot::Node))),
            (V1_2, Part::Fault, b"Role") => once(&mut self.actor)
                .and_then(|()| order(self.reason && !self.detail))
                .map(|()| Part::Text(Some(TextSlot::Actor))),
            (V1_2, Part::Fault, b"Detail") => {
                once(&mut self.detail).and_then(|()| order(self.reason)).map(|()| Part::Detail)
            }
            // A Subcode before a Value was refused, too.
            (V1_2, Part::Code, b"Value") => once(&mut self.value).map(|()| Part::Text(Some(TextSlot::Code))),
            (V1_2, Part::Code, b"Subcode") => once(&mut self.subcode)
                .and_then(|()| order(self.value))
                .map(|()| Part::Subcode { outermost: true }),
            (V1_2, Part::Subcode { outermost }, b"Value") => {
                once(&mut self.sub_value).map(|()| Part::Text(outermost.then_some(TextSlot::Subcode)))
            }
            (V1_2, Part::Subcode { .. }, b"Subcode") if self.sub_value && !self.inner_subcode => {
                // The inner Subcode starts afresh. After its end, its parent may hold nothing more.
                self.sub_value = false;
                self.more = true;
                Ok(Part::Subcode { outermost: false })
            }
            (V1_2, Part::Subcode { .. }, b"Subcode") => {
                Err(if self.inner_subcode { ErrorKind::DuplicateFaultChild } else { ErrorKind::FaultOrder })
            }
            (V1_2, Part::Reason, b"Text") => {
                let first = !core::mem::replace(&mut self.text, true);
                self.more |= !first;
                Ok(Part::Text(first.then_some(TextSlot::Reason)))
            }
            _ => Err(ErrorKind::UnexpectedFaultChild),
        }
    }

    /// Returns whether a child of the detail is the exception type, which is the first child of that local name.
    pub(crate) fn detail_child(&mut self, local: &[u8]) -> bool {
        local == b"ExceptionType" && !core::mem::replace(&mut self.exception, true)
    }

    /// Returns whether a decoder keeps all parts that were read.
    pub(crate) const fn is_whole(&self) -> bool {
        !self.more
    }

    /// Applies the rules for the end of a part.
    pub(crate) fn close(&mut self, part: Part) -> Result<(), ErrorKind> {
        match part {
            Part::Fault if !self.code => Err(ErrorKind::MissingFaultCode),
            Part::Fault if !self.reason => Err(ErrorKind::MissingFaultReason),
            Part::Code if !self.value => Err(ErrorKind::MissingFaultCode),
            Part::Subcode { .. } if !self.sub_value => Err(ErrorKind::MissingFaultCode),
            Part::Reason if !self.text => Err(ErrorKind::MissingFaultReason),
            Part::Subcode { .. } => {
                self.inner_subcode = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

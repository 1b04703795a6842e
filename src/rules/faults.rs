//! What a fault leaves behind: its language, its codes, its detail; and the value made of them.

use super::{Grammar, Namespace, Place, Tag};
use crate::base::error::{ErrorKind, Stop, stop};
use crate::base::retain::{Kept, Retain, Slot, View};
use crate::base::version::SoapVersion;
use crate::soap::fault::{self, Code, Fault};
use crate::xml::element::Element;
use crate::xml::scope::{Arrays, Uri};
use crate::xml::text::Text;
use crate::xml::token::Attribute;

/// The namespace of a fault's detail: <https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383507>,
/// <https://www.w3.org/TR/soap12-part1/#faultdetailelement>
const fn detail_namespace(version: SoapVersion) -> Uri {
    match version {
        SoapVersion::V1_1 => Uri::NONE,
        SoapVersion::V1_2 => Uri::SOAP_1_2,
    }
}

impl<A: Arrays<Place>> Grammar<'_, A> {
    /// Does an element of a fault's detail depend on a prefix that is bound outside? `xsi:type`, whose value is a
    /// QName, counts; without a prefix it is in the default namespace.
    pub(super) fn look_outside(&mut self, tag: &Tag<'_>, place: Place) {
        let outside = |prefix: &[u8]| self.scope.is_outside(prefix, usize::from(self.detail_bound));
        let own = place != Place::Fault(fault::Part::Detail) && outside(tag.prefix);
        let attribute = |a: &Attribute| a.is_qualified() && outside(a.prefix(tag.bytes));
        let value = |a: &Attribute| {
            a.local(tag.bytes) == b"type"
                && a.is_qualified()
                && self.scope.resolve(a.prefix(tag.bytes)) == Some(Uri::XSI)
                && self
                    .scope
                    .is_outside_text(a.text(tag.bytes).trimmed().split().0, usize::from(self.detail_bound))
        };
        self.detail_alone &= !(own || tag.attributes.iter().any(|a| attribute(a) || value(a)));
    }

    /// The namespace of a detail, which may be any.
    pub(super) fn keep_detail(
        &mut self,
        start: usize,
        uri: Uri,
        retain: &mut impl Retain,
    ) -> Result<(), Stop> {
        self.detail_namespace = self.put_namespace(uri, retain);
        self.judge_extra(start)
    }

    /// xml:lang of a fault's reason: <https://www.w3.org/TR/soap12-part1/#reasontextelement>
    pub(super) fn keep_lang(
        &mut self,
        tag: &Tag<'_>,
        version: SoapVersion,
        parent: fault::Part,
        child: fault::Part,
        retain: &mut impl Retain,
    ) -> Result<(), Stop> {
        let first = child == fault::Part::Text(Some(Slot::Reason));
        let required = version == SoapVersion::V1_2 && parent == fault::Part::Reason;
        if !first && !required {
            return Ok(());
        }
        let lang = self.attributes_in(tag, Uri::XML).find(|a| a.local(tag.bytes) == b"lang");
        match lang {
            Some(lang) if first => {
                self.lang = Some(self.put(tag.start + lang.value_at(), lang.raw_value(tag.bytes), retain));
                self.judge_extra(tag.start + lang.value_at())
            }
            None if required => stop(ErrorKind::MissingLang, tag.start),
            _ => Ok(()),
        }
    }

    /// What the prefix of a fault's code, whose text begins at `at`, means where it stands.
    pub(super) fn keep_code(
        &mut self,
        slot: Slot,
        kept: Kept,
        at: usize,
        retain: &mut impl Retain,
    ) -> Result<(), Stop> {
        let prefix = Text::content(retain.view().get(kept)).trimmed().split().0;
        let uri = self.scope.resolve_text(prefix);
        let namespace = self.put_namespace(uri.unwrap_or(Uri::NONE), retain);
        if let Some(place) = self.codes.get_mut(usize::from(slot == Slot::Subcode)) {
            *place = namespace;
        }
        self.judge_extra(at)
    }

    fn text<'v>(&self, slot: Slot, view: View<'v>) -> Option<Text<'v>> {
        let kept = self.texts.get(slot.index()).copied().flatten()?;
        Some(Text::content(view.get(kept)))
    }

    fn code<'v>(&self, slot: Slot, view: View<'v>) -> Option<Code<'v>> {
        let [code, subcode] = self.codes;
        let namespace = if slot == Slot::Code { code } else { subcode };
        Some(Code { text: self.text(slot, view)?, namespace: namespace.text(view) })
    }

    pub(super) fn read_fault<'v>(&self, version: SoapVersion, view: View<'v>) -> Fault<'v> {
        let empty = Code { text: Text::new(""), namespace: None };
        let detail = self.detail.map(|(from, to)| {
            let local: &[u8] = match version {
                SoapVersion::V1_1 => b"detail",
                SoapVersion::V1_2 => b"Detail",
            };
            let ours = self.detail_namespace == Namespace::Known(detail_namespace(version));
            let element = Element::new(self.detail_namespace.text(view), local, view.raw(from, to));
            (element, ours && self.detail_alone)
        });
        Fault::read(
            version,
            self.code(Slot::Code, view).unwrap_or(empty),
            self.code(Slot::Subcode, view),
            self.text(Slot::Reason, view).unwrap_or(Text::new("")),
            self.lang.map(|lang| Text::attribute(view.get(lang))),
            self.text(Slot::Actor, view),
            self.text(Slot::Node, view),
            detail,
            self.text(Slot::Exception, view),
            self.fault.is_whole(),
        )
    }
}

//! The parts of a fault that a decoder keeps beside texts: the language of its reason, and the namespaces of its codes and
//! its detail.

use super::{Grammar, Place, Tag};
use crate::base::error::{ErrorKind, Stop, stop};
use crate::base::limits::MAX_INHERITED_LANG_BYTES;
use crate::base::retain::{Kept, Retain, TextSlot};
use crate::base::version::SoapVersion;
use crate::soap::fault;
use crate::xml::namespace::Uri;
use crate::xml::scope::Arrays;
use crate::xml::text::Text;

impl<A: Arrays<Place>> Grammar<'_, A> {
    /// Keeps the namespace of a detail, which may be any.
    pub(super) fn keep_detail(
        &mut self,
        start: usize,
        uri: Uri,
        retain: &mut impl Retain,
    ) -> Result<(), Stop> {
        self.retained.detail = Some(self.put_namespace(uri, retain));
        self.judge_extra(start)
    }

    /// Keeps the xml:lang of a fault's reason: <https://www.w3.org/TR/soap12-part1/#reasontextelement>
    pub(super) fn keep_lang(
        &mut self,
        tag: &Tag<'_>,
        version: SoapVersion,
        parent: fault::Part,
        child: fault::Part,
        retain: &mut impl Retain,
    ) -> Result<(), Stop> {
        let first = child == fault::Part::Text(Some(TextSlot::Reason));
        let required = version == SoapVersion::V1_2 && parent == fault::Part::Reason;
        if !first && !required {
            return Ok(());
        }
        let lang = self.attributes_in(tag, Uri::XML).find(|a| a.local(tag.bytes) == b"lang");
        match lang {
            Some(lang) if first => {
                self.retained.lang =
                    Some(self.put(tag.start + lang.value_at(), lang.raw_value(tag.bytes), retain));
                self.judge_extra(tag.start + lang.value_at())
            }
            None if required => stop(ErrorKind::MissingLang, tag.start),
            _ => Ok(()),
        }
    }

    /// Keeps xml:lang of an element around a fault's reason, which inherits it
    /// (<https://www.w3.org/TR/xml/#sec-lang-tag>). An empty xml:lang ends the inheritance.
    pub(super) fn inherit_lang(&mut self, tag: &Tag<'_>, place: Place, retain: &mut impl Retain) {
        if !matches!(place, Place::Envelope | Place::Body | Place::Fault(fault::Part::Fault)) {
            return;
        }
        // No other prefix can be bound to the namespace of xml.
        let Some(lang) = tag.attributes.iter().find(|a| a.raw_name(tag.bytes) == b"xml:lang") else { return };
        let raw = lang.raw_value(tag.bytes);
        // The language takes the place of a language of an outer element, or is the first one that is kept.
        self.kept_bytes = 0;
        self.retained.lang = (1..=MAX_INHERITED_LANG_BYTES)
            .contains(&raw.len())
            .then(|| self.put(tag.start.saturating_add(lang.value_at()), raw, retain));
    }

    /// Forgets an inherited language. The body is no fault, so its texts may use all the room.
    pub(super) fn forget_lang(&mut self) {
        if self.retained.lang.take().is_some() {
            self.kept_bytes = 0;
        }
    }

    /// Keeps the namespace to which the prefix of a fault's code is bound. The text of the code begins at `at`.
    pub(super) fn keep_code(
        &mut self,
        slot: TextSlot,
        kept: Kept,
        at: usize,
        retain: &mut impl Retain,
    ) -> Result<(), Stop> {
        let prefix = Text::content(retain.view().get(kept)).trimmed().split().0;
        let uri = self.scope.resolve_text(prefix);
        let namespace = self.put_namespace(uri.unwrap_or(Uri::NONE), retain);
        if let Some(place) = self.retained.codes.get_mut(usize::from(slot == TextSlot::Subcode)) {
            *place = namespace;
        }
        self.judge_extra(at)
    }
}

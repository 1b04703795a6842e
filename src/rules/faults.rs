//! What is kept of a fault for a decoder: its language, its codes, its detail.

use super::{Grammar, Place, Tag};
use crate::base::error::{ErrorKind, Stop, stop};
use crate::base::retain::{Kept, Retain, Slot};
use crate::base::version::SoapVersion;
use crate::soap::fault;
use crate::xml::scope::{Arrays, Uri};
use crate::xml::text::Text;

impl<A: Arrays<Place>> Grammar<'_, A> {
    /// The namespace of a detail, which may be any.
    pub(super) fn keep_detail(
        &mut self,
        start: usize,
        uri: Uri,
        retain: &mut impl Retain,
    ) -> Result<(), Stop> {
        self.retained.detail = Some(self.put_namespace(uri, retain));
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
                self.retained.lang =
                    Some(self.put(tag.start + lang.value_at(), lang.raw_value(tag.bytes), retain));
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
        if let Some(place) = self.retained.codes.get_mut(usize::from(slot == Slot::Subcode)) {
            *place = namespace;
        }
        self.judge_extra(at)
    }
}

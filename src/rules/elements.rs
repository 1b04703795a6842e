//! The rules for an element as a child of its parent: the rules of SOAP, of faults, and of a message's row.

use super::kept::Extent;
use super::{Grammar, Place, Tag};
use crate::base::error::{ErrorKind, Stop, stop, stop_at_element};
use crate::base::retain::Retain;
use crate::base::version::SoapVersion;
use crate::service::operations::MESSAGES;
use crate::soap::fault;
use crate::soap::header::BlockAttributes;
use crate::xml::namespace::Uri;
use crate::xml::scope::Arrays;

impl<A: Arrays<Place>> Grammar<'_, A> {
    /// Applies the rules of SOAP and of the schema to an element in its parent.
    pub(super) fn child(&mut self, tag: &Tag<'_>, uri: Uri, retain: &mut impl Retain) -> Result<Place, Stop> {
        let (start, local) = (tag.start, tag.local);
        let version = self.version.unwrap_or(SoapVersion::V1_1);
        match self.scope.place() {
            Place::Exception | Place::Block(_) | Place::Free => Ok(Place::Free),
            Place::Document => self.root(start, uri, local),
            Place::Envelope => self.envelope_child(start, version, uri, local),
            Place::Header => self.block(tag, version, uri, retain),
            Place::Body if self.entry.is_some() => stop(ErrorKind::SecondBodyEntry, start),
            Place::Body => {
                self.entry = Extent::begun(start);
                if uri == Uri::of(version) && local == b"Fault" {
                    self.fault_seen = true;
                    return Ok(Place::Fault(fault::Part::Fault));
                }
                self.forget_lang();
                match self.message.enter(&MESSAGES, uri, local) {
                    Some(level) => Ok(Place::Message(level)),
                    None => {
                        self.keep_name(tag, uri, retain)?;
                        Ok(Place::Free)
                    }
                }
            }
            Place::Message(level) => match self.message.open(level, uri, local) {
                Ok(level) => Ok(Place::Message(level)),
                Err(offence) => stop_at_element(offence.kind, offence.element, start),
            },
            Place::Fault(fault::Part::Detail) if self.fault.detail_child(local) => Ok(Place::Exception),
            Place::Fault(fault::Part::Detail | fault::Part::Foreign) => Ok(Place::Free),
            Place::Fault(part) => {
                let child = self.fault.child(version, part, local, uri != Uri::NONE);
                let child = child.or_else(|kind| stop(kind, start))?;
                if child == fault::Part::Detail {
                    self.keep_detail(start, uri, retain)?;
                }
                self.keep_lang(tag, version, part, child, retain)?;
                Ok(Place::Fault(child))
            }
        }
    }

    /// Applies the rules for the root element.
    fn root(&mut self, start: usize, uri: Uri, local: &[u8]) -> Result<Place, Stop> {
        self.envelope_at = start as u32;
        self.version = match (local, uri) {
            (b"Envelope", Uri::SOAP_1_1) => Some(SoapVersion::V1_1),
            (b"Envelope", Uri::SOAP_1_2) => Some(SoapVersion::V1_2),
            (b"Envelope", _) => return stop(ErrorKind::VersionMismatch, start),
            _ => return stop(ErrorKind::NotEnvelope, start),
        };
        Ok(Place::Envelope)
    }

    /// Applies the rules for a child of Envelope.
    fn envelope_child(
        &mut self,
        start: usize,
        version: SoapVersion,
        uri: Uri,
        local: &[u8],
    ) -> Result<Place, Stop> {
        let ours = uri == Uri::of(version);
        match local {
            _ if self.body_seen && version == SoapVersion::V1_1 && uri != Uri::NONE => {
                stop(ErrorKind::TrailingElement, start)
            }
            _ if self.body_seen => stop(ErrorKind::ElementAfterBody, start),
            b"Header" if ours && self.header.is_some() => stop(ErrorKind::DuplicateHeader, start),
            b"Header" if ours => {
                self.header = Extent::begun(start);
                Ok(Place::Header)
            }
            b"Body" if ours => {
                self.body_seen = true;
                self.body_at = start as u32;
                Ok(Place::Body)
            }
            _ => stop(ErrorKind::UnexpectedEnvelopeChild, start),
        }
    }

    /// Applies the rules for a header block.
    fn block(
        &mut self,
        tag: &Tag<'_>,
        version: SoapVersion,
        uri: Uri,
        retain: &mut impl Retain,
    ) -> Result<Place, Stop> {
        if uri == Uri::NONE {
            return stop(ErrorKind::UnqualifiedHeaderBlock, tag.start);
        }
        let mut target = BlockAttributes::default();
        let ours =
            tag.attributes.iter().filter(|a| BlockAttributes::has(a.local(tag.bytes)) && a.is_qualified());
        for a in ours.filter(|a| self.scope.resolve(a.prefix(tag.bytes)) == Some(Uri::of(version))) {
            let value_at = tag.start + a.value_at();
            target.attribute(version, a.local(tag.bytes), a.text(tag.bytes), value_at)?;
        }
        self.mandatory += u32::from(target.is_mandatory());
        if target.is_mandatory() && target.is_refused(version, self.scope.uri(uri), tag.local, &self.options)
        {
            // The name has room: before the body, only texts of header blocks are kept, and they have a place of their own.
            let local = self.put(tag.start + tag.local_at(), tag.local, retain);
            let namespace = self.put_namespace(uri, retain);
            self.name = Some((namespace, local));
            return stop(ErrorKind::MustUnderstand, tag.start);
        }
        match self.options.kept_blocks {
            [] => Ok(Place::Free),
            names => Ok(self.kept_block_at(names, uri, tag.local)),
        }
    }
}

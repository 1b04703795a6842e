use std::borrow::Cow;
use std::io::{BufRead, Read};

use quick_xml::events::Event;
use quick_xml::name::ResolveResult;
use quick_xml::{NsReader, Reader, XmlVersion};

use super::walk::Walk;
use super::{Found, InPieces, Input, Peer, Scratch};

pub const READER: Peer = Peer {
    name: "quick-xml Reader",
    about: "UTF-8 checked by std, then `Reader::from_str` as it is set at first, local names compared. It does not \
            resolve namespaces or look into tags, and takes any character.",
    read: reader,
};

fn reader<'a>(input: &'a Input, _: &'a mut Scratch) -> Option<Found<'a>> {
    let mut reader = Reader::from_str(std::str::from_utf8(input.bytes()).ok()?);
    let mut walk = Walk::default();
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => walk.start(None, tag.local_name().as_ref())?,
            Event::Empty(tag) => {
                walk.start(None, tag.local_name().as_ref())?;
                walk.end()?;
            }
            Event::End(_) => walk.end()?,
            Event::Text(text) => walk.text(text.into_inner()),
            Event::CData(text) => walk.text(text.into_inner()),
            Event::Eof => return walk.finish(),
            _ => {}
        }
    }
}

pub const NS_READER: Peer = Peer {
    name: "quick-xml NsReader",
    about: "UTF-8 checked by std, then `NsReader::from_str`, names compared with their namespaces. It looks at no \
            attributes but declarations.",
    read: |input, _| ns_reader(input, false),
};

pub const NS_READER_ATTRIBUTES: Peer = Peer {
    name: "quick-xml NsReader, all checks",
    about: "NsReader with `check_comments`; every attribute and reference is read too. It still takes any character, \
            `]]>`, and attributes that are twins by namespace.",
    read: |input, _| ns_reader(input, true),
};

fn namespace<'n>(resolved: &'n ResolveResult<'_>) -> Option<&'n str> {
    match resolved {
        ResolveResult::Bound(namespace) => Some(namespace.as_ref()),
        ResolveResult::Unbound => Some(""),
        ResolveResult::Unknown(_) => None,
    }
}

fn ns_reader(input: &Input, all_checks: bool) -> Option<Found<'_>> {
    let mut reader = NsReader::from_str(std::str::from_utf8(input.bytes()).ok()?);
    reader.config_mut().check_comments = all_checks;
    let mut walk = Walk::default();
    loop {
        let (resolved, event) = reader.read_resolved_event().ok()?;
        match event {
            Event::Start(ref tag) | Event::Empty(ref tag) => {
                walk.start(Some(namespace(&resolved)?), tag.local_name().as_ref())?;
                for attribute in tag.attributes().filter(|_| all_checks) {
                    attribute.ok()?.normalized_value(XmlVersion::Implicit1_0).ok()?;
                }
                if matches!(event, Event::Empty(_)) {
                    walk.end()?;
                }
            }
            Event::End(_) => walk.end()?,
            Event::Text(text) => walk.text(text.into_inner()),
            Event::CData(text) => walk.text(text.into_inner()),
            Event::GeneralRef(reference) if all_checks && !reference.is_char_ref() => {
                quick_xml::escape::resolve_predefined_entity(&reference)?;
            }
            Event::Eof => return walk.finish(),
            _ => {}
        }
    }
}

pub const BUFFERED: InPieces = InPieces {
    name: "quick-xml NsReader",
    about: "`NsReader` over a `BufRead` that gives one piece at a time; it waits for each",
    read: buffered,
};

/// A reader that returns one piece at a time.
struct Pieces<'a> {
    rest: &'a [u8],
    piece: usize,
    used: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let ready = self.fill_buf()?;
        let len = ready.len().min(out.len());
        out[..len].copy_from_slice(&ready[..len]);
        self.consume(len);
        Ok(len)
    }
}

impl BufRead for Pieces<'_> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        Ok(&self.rest[..self.rest.len().min(self.piece - self.used)])
    }

    fn consume(&mut self, len: usize) {
        self.rest = &self.rest[len..];
        self.used = (self.used + len) % self.piece;
    }
}

fn buffered<'a>(input: &'a Input, piece: usize, _: &'a mut Scratch) -> Option<Found<'a>> {
    let mut reader = NsReader::from_reader(Pieces { rest: input.bytes(), piece, used: 0 });
    let (mut walk, mut buffer) = (Walk::default(), Vec::new());
    loop {
        buffer.clear();
        let (resolved, event) = reader.read_resolved_event_into(&mut buffer).ok()?;
        match event {
            Event::Start(tag) => walk.start(Some(namespace(&resolved)?), tag.local_name().as_ref())?,
            Event::Empty(tag) => {
                walk.start(Some(namespace(&resolved)?), tag.local_name().as_ref())?;
                walk.end()?;
            }
            Event::End(_) => walk.end()?,
            Event::Text(text) => walk.text(Cow::Owned(text.into_inner().into_owned())),
            Event::Eof => return walk.finish(),
            _ => {}
        }
    }
}

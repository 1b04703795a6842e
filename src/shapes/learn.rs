//! The learning of a shape: a walk over the markup of an accepted message.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "positions lie inside a slice, and a shape within its arrays"
)]

use crate::message::envelope::Envelope;
use crate::service::schema::{Child, Simple};
use crate::shapes::shape::{HeaderSpan, Hole, MAX_CONSTANT, Piece, Shape};
use crate::soap::header::BlockAttributes;
use crate::xml::scan;
use crate::xml::token::Attribute;
use crate::xml::walk::{self, Attributes};

impl Shape {
    /// Turns this shape into the shape of an accepted message. Returns `None` if the message has no shape. This shape is no
    /// longer valid then.
    pub(super) fn learn(&mut self, input: &[u8], envelope: &Envelope<'_>) -> Option<()> {
        (self.constant, self.first, self.count, self.frame) = (0, 0, 0, None);
        (self.version, self.namespace) = (envelope.version(), envelope.namespace()?);
        self.message = envelope.body().number()?;
        let children = self.children();
        self.ends_in_string = matches!(children.last()?.simple, Simple::String { .. });
        Lesson { shape: self, input, children, from: 0, hole: None, header_end: None }.take()
    }
}

/// A message that is being learned, with the constant runs and the holes that were found up to `from`.
struct Lesson<'s, 'i> {
    shape: &'s mut Shape,
    input: &'i [u8],
    /// The children of the message that have no hole yet.
    children: &'static [Child],
    /// The offset of the run that is not kept yet. The hole before that run, with its length.
    from: usize,
    hole: Option<(Hole, usize)>,
    /// The offset at which the header ends, until its distance from the end of the run is known.
    header_end: Option<usize>,
}

impl Lesson<'_, '_> {
    /// Walks over the markup. Bytes are constant, unless it is known that no rule reads them.
    fn take(mut self) -> Option<()> {
        // The first markup after the byte order mark and the declaration.
        let mut at = scan::find(b'<', self.input, 0)?;
        if self.input.get(at + 1) == Some(&b'?') {
            at = scan::find(b'>', self.input, at)?;
        }
        let (mut depth, mut envelope, mut in_header) = (0_usize, 0, false);
        while let Some(open) = scan::find(b'<', self.input, at) {
            if open - self.from > MAX_CONSTANT {
                return None;
            }
            match self.input.get(open + 1)? {
                b'!' => at = walk::bang_end(self.input, open)?,
                b'/' => {
                    at = scan::find(b'>', self.input, open)? + 1;
                    depth = depth.checked_sub(1)?;
                }
                _ => {
                    let tag = walk::tag_at(self.input, open);
                    let (_, local) = walk::split(walk::tag_name(tag));
                    at = open + tag.len();
                    match (depth, local) {
                        (0, _) => envelope = open as u16,
                        // No hole comes before the Header, and a run is no longer than `MAX_CONSTANT`. So the offsets
                        // fit into a `u16`.
                        (1, b"Header") => {
                            in_header = true;
                            let (header, blocks) = (open as u16, at as u16);
                            self.shape.frame =
                                Some(HeaderSpan { envelope, header, blocks, piece: 0, back: 0 });
                        }
                        _ => self.attributes(tag, open)?,
                    }
                    if !tag.ends_with(b"/>") {
                        depth += 1;
                        let hole = match self.children.split_first() {
                            _ if in_header => (depth > 2).then_some(Hole::Text),
                            // The element in Body is the third open element.
                            Some((child, rest)) if depth > 3 && child.name.as_bytes() == local => {
                                self.children = rest;
                                Some(match child.simple {
                                    _ if rest.is_empty() => Hole::Last,
                                    Simple::String { .. } => Hole::String,
                                    Simple::Words(_) | Simple::Boolean => Hole::Word,
                                })
                            }
                            _ => None,
                        };
                        if let Some(hole) = hole {
                            at = self.text(hole, at)?;
                        }
                    }
                }
            }
            if in_header && depth == 1 {
                in_header = false;
                self.header_end = Some(at);
            }
        }
        self.run(self.input.len())?;
        matches!(self.hole, Some((Hole::Last, _))).then_some(())
    }

    /// Finds the holes among the attributes of the tag at `open`.
    fn attributes(&mut self, tag: &[u8], open: usize) -> Option<()> {
        for attribute in Attributes::of(tag) {
            let (from, length) = (attribute.value_at(), attribute.raw_value(tag).len());
            if !is_read(&attribute, tag) && scan::value(tag, from) == from + length {
                self.hole(Hole::Value, open + from, length)?;
            }
        }
        Some(())
    }

    /// Reads the text after a start tag, and returns the offset after the text. In a header block, text is constant if it
    /// has comments, CDATA sections, references or characters outside ASCII. A message with such a text in its body entry has
    /// no shape.
    fn text(&mut self, hole: Hole, at: usize) -> Option<usize> {
        let end = scan::text(self.input, at);
        if end > at && self.input.get(end..)?.starts_with(b"</") {
            self.hole(hole, at, end - at)?;
            Some(end)
        } else {
            (hole == Hole::Text).then_some(at)
        }
    }

    /// Ends a run at the hole that begins at `at`.
    fn hole(&mut self, hole: Hole, at: usize, length: usize) -> Option<()> {
        self.run(at)?;
        (self.from, self.hole) = (at + length, Some((hole, length)));
        Some(())
    }

    /// Keeps the run that ends here.
    fn run(&mut self, end: usize) -> Option<()> {
        let run = self.input.get(self.from..end)?;
        let shape = &mut *self.shape;
        let kept = usize::from(shape.constant);
        shape.runs.get_mut(kept..kept + run.len())?.copy_from_slice(run);
        shape.constant += run.len() as u16;
        match self.hole {
            None => shape.first = run.len() as u16,
            // The last run has no piece.
            Some((Hole::Last, _)) => return (end == self.input.len()).then_some(()),
            Some((hole, length)) => {
                let piece = shape.pieces.get_mut(usize::from(shape.count))?;
                *piece = Piece { hole, run: run.len() as u16, length: length as u32 };
                shape.count += 1;
            }
        }
        if let (Some(header_end), Some(frame)) = (self.header_end.take(), &mut shape.frame) {
            (frame.piece, frame.back) = (shape.count, (end - header_end) as u16);
        }
        Some(())
    }
}

/// Returns whether a rule may read the value of this attribute. The local name decides, whatever the prefix is bound
/// to.
fn is_read(attribute: &Attribute, tag: &[u8]) -> bool {
    attribute.declares(tag).is_some()
        || attribute.prefix(tag) == b"xml"
        || BlockAttributes::has(attribute.local(tag))
        || matches!(attribute.local(tag), b"encodingStyle" | b"nil")
}

//! Comments and CDATA sections.

#![expect(clippy::arithmetic_side_effects, reason = "positions lie inside a slice, so they cannot overflow")]

use super::{Machine, State};
use crate::base::error::{ErrorKind, Stop, stop};
use crate::rules::{Place, Rule};
use crate::xml::chars::{CDATA, COMMENT, SPACE};
use crate::xml::scan;
use crate::xml::scope::Arrays;
use crate::xml::token;

impl<A: Arrays<Place>> Machine<'_, A> {
    /// `Comment ::= '<!--' ((Char - '-') | ('-' (Char - '-')))* '-->'`, <https://www.w3.org/TR/xml/#NT-Comment>
    pub(super) fn comment(&mut self, mut dashes: u8, window: &[u8], mut at: usize) -> Result<usize, Stop> {
        while let Some(&b) = window.get(at) {
            match dashes {
                2 if b == b'>' => {
                    self.state = State::Content(0);
                    return Ok(at + 1);
                }
                2 => {
                    let here = self.base + at;
                    return token::byte_or(b, ErrorKind::CommentDashes, here, here - 2);
                }
                _ if b == b'-' => {
                    dashes += 1;
                    at += 1;
                }
                _ => {
                    dashes = 0;
                    at = match scan::run(window, at, COMMENT) {
                        end if end > at => end,
                        _ => match self.character(window, at)? {
                            Some(end) => end,
                            None => break,
                        },
                    };
                }
            }
        }
        self.state = State::Comment(dashes);
        Ok(if self.cut.length > 0 { window.len() } else { at })
    }

    /// `CDSect ::= '<![CDATA[' (Char* - (Char* ']]>' Char*)) ']]>'`, <https://www.w3.org/TR/xml/#NT-CDSect>
    pub(super) fn cdata(&mut self, mut brackets: u8, window: &[u8], mut at: usize) -> Result<usize, Stop> {
        while let Some(&b) = window.get(at) {
            match (b, brackets) {
                (b'>', 2) => {
                    self.reading.cr = false;
                    self.state = State::Content(0);
                    return Ok(at + 1);
                }
                (b']', 0 | 1) => {
                    brackets += 1;
                    at += 1;
                    continue;
                }
                // The first of three brackets is text. The last two may still end the section.
                (b']', _) => {
                    self.cdata_text(b"]", self.base + at - 2)?;
                    at += 1;
                    continue;
                }
                (_, 0) => {}
                (_, _) => {
                    let held = usize::from(brackets);
                    let text: &[u8] = b"]]";
                    self.cdata_text(text.get(..held).unwrap_or_default(), self.base + at - held)?;
                    brackets = 0;
                }
            }
            let classes = if self.rule == Rule::White { SPACE } else { CDATA };
            let end = match scan::run(window, at, classes) {
                end if end > at => end,
                _ if self.rule == Rule::White => {
                    return token::byte_or(b, self.grammar.stray_text(), self.base + at, self.base + at);
                }
                _ => match self.character(window, at)? {
                    Some(end) => end,
                    None => break,
                },
            };
            self.piece(window.get(at..end).unwrap_or_default(), self.base + at)?;
            at = end;
        }
        self.state = State::Cdata(brackets);
        Ok(if self.cut.length > 0 { window.len() } else { at })
    }

    fn cdata_text(&mut self, piece: &[u8], at: usize) -> Result<(), Stop> {
        if self.rule == Rule::White { stop(self.grammar.stray_text(), at) } else { self.piece(piece, at) }
    }
}

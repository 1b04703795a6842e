//! Header blocks: whom they are for, and what is mandatory.

use core::fmt;

use crate::element::Element;
use crate::error::{ErrorKind, Stop, stop};
use crate::limits::{Options, Role};
use crate::text::Text;
use crate::token::{self, Attributes};
use crate::version::{self, SoapVersion};

/// The SOAP attributes of a header block: <https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383498>,
/// <https://www.w3.org/TR/soap12-part1/#soaphead>.
#[derive(Clone, Copy, Default)]
pub(crate) struct Target<'t> {
    must_understand: bool,
    role: Option<Text<'t>>,
    relay: bool,
}

impl<'t> Target<'t> {
    pub(crate) const fn is_mandatory(&self) -> bool {
        self.must_understand
    }

    /// Does an attribute of this local name count, in one of the versions?
    pub(crate) fn has(local: &[u8]) -> bool {
        matches!(local, b"mustUnderstand" | b"actor" | b"role" | b"relay")
    }

    /// Takes an attribute of the envelope's namespace, by its local name; `at` is where its value stands.
    pub(crate) fn attribute(
        &mut self,
        version: SoapVersion,
        local: &[u8],
        value: Text<'t>,
        at: usize,
    ) -> Result<(), Stop> {
        match (version, local) {
            (SoapVersion::V1_1, b"mustUnderstand") => {
                self.must_understand = value == *"1";
                if !self.must_understand && value != *"0" {
                    return stop(ErrorKind::InvalidMustUnderstand, at);
                }
            }
            (SoapVersion::V1_2, b"mustUnderstand") => match value.boolean() {
                Some(yes) => self.must_understand = yes,
                None => return stop(ErrorKind::InvalidMustUnderstand, at),
            },
            (SoapVersion::V1_1, b"actor") | (SoapVersion::V1_2, b"role") => self.role = Some(value),
            (SoapVersion::V1_2, b"relay") => match value.boolean() {
                Some(yes) => self.relay = yes,
                None => return stop(ErrorKind::InvalidRelay, at),
            },
            _ => {}
        }
        Ok(())
    }

    /// Is the block for the node that reads with these options?
    fn is_for_us(&self, version: SoapVersion, options: &Options<'_>) -> bool {
        let ends_here = options.role == Role::UltimateReceiver;
        let Some(role) = self.role else { return ends_here };
        let next = match version {
            SoapVersion::V1_1 => version::ACTOR_NEXT_1_1,
            SoapVersion::V1_2 => version::ROLE_NEXT,
        };
        let v1_2 = version == SoapVersion::V1_2;
        if v1_2 && role.trimmed_eq(version::ROLE_NONE) {
            return false;
        }
        role.trimmed_eq(next)
            || (ends_here
                && (role.trimmed_eq("") || (v1_2 && role.trimmed_eq(version::ROLE_ULTIMATE_RECEIVER))))
            || options.own_uris.iter().any(|own| role.trimmed_eq(own))
    }

    /// Must this block be refused? <https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383500>
    pub(crate) fn is_refused(
        &self,
        version: SoapVersion,
        namespace: Text<'_>,
        local: &[u8],
        options: &Options<'_>,
    ) -> bool {
        let understood = |&(uri, name): &(&str, &str)| namespace == *uri && name.as_bytes() == local;
        self.must_understand && self.is_for_us(version, options) && !options.understood.iter().any(understood)
    }
}

/// The Header of an envelope.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Header<'a> {
    /// The envelope has none.
    Absent,
    /// The envelope has one, but its blocks were not kept.
    NotRetained,
    /// The blocks, borrowed from the input.
    Retained(HeaderBlocks<'a>),
}

impl<'a> Header<'a> {
    /// The blocks in order; none if the header is absent or not retained.
    pub const fn blocks(&self) -> HeaderBlocks<'a> {
        match self {
            Self::Retained(blocks) => *blocks,
            Self::Absent | Self::NotRetained => {
                HeaderBlocks { input: b"", version: SoapVersion::V1_1, envelope: 0, header: 0, at: 0, end: 0 }
            }
        }
    }
}

impl fmt::Debug for Header<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("Absent"),
            Self::NotRetained => f.write_str("NotRetained"),
            Self::Retained(blocks) => f.debug_list().entries(*blocks).finish(),
        }
    }
}

/// The header blocks of a checked message, in order. Each step costs O(the block's length).
#[derive(Clone, Copy)]
pub struct HeaderBlocks<'a> {
    input: &'a [u8],
    version: SoapVersion,
    envelope: usize,
    header: usize,
    at: usize,
    end: usize,
}

impl<'a> HeaderBlocks<'a> {
    /// The blocks between two positions of a checked message.
    pub(crate) fn new(
        input: &'a [u8],
        version: SoapVersion,
        envelope: usize,
        header: usize,
        end: usize,
    ) -> Self {
        let at = header.saturating_add(token::tag_at(input, header).len());
        Self { input, version, envelope, header, at, end }
    }

    /// What a prefix means in a block's tag.
    fn namespace(&self, tag: &'a [u8], prefix: &[u8]) -> Option<Text<'a>> {
        token::declared(tag, prefix)
            .or_else(|| token::declared(token::tag_at(self.input, self.header), prefix))
            .or_else(|| token::declared(token::tag_at(self.input, self.envelope), prefix))
    }

    /// The block whose `<` stands at a position, without its end.
    pub(crate) fn name_at(&self, at: usize) -> Element<'a> {
        let tag = token::tag_at(self.input, at);
        let (prefix, local) = token::split(token::tag_name(tag));
        Element::new(self.namespace(tag, prefix), local, None)
    }
}

impl<'a> Iterator for HeaderBlocks<'a> {
    type Item = HeaderBlock<'a>;

    fn next(&mut self) -> Option<HeaderBlock<'a>> {
        let start = token::next_child(self.input, self.at, self.end)?;
        let end = token::element_end(self.input, start)?;
        self.at = end;
        let tag = token::tag_at(self.input, start);
        let (prefix, local) = token::split(token::tag_name(tag));
        let element = Element::new(self.namespace(tag, prefix), local, self.input.get(start..end));
        let mut target = Target::default();
        for attribute in Attributes::of(tag) {
            let (prefix, local) = (attribute.prefix(tag), attribute.local(tag));
            let ours = !prefix.is_empty()
                && self.namespace(tag, prefix).is_some_and(|uri| uri == *self.version.namespace());
            if ours {
                // The machine has accepted these values.
                let _ = target.attribute(self.version, local, attribute.text(tag), 0);
            }
        }
        Some(HeaderBlock { element, target, version: self.version })
    }
}

impl fmt::Debug for HeaderBlocks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}

/// One header block.
#[derive(Clone, Copy)]
pub struct HeaderBlock<'a> {
    element: Element<'a>,
    target: Target<'a>,
    version: SoapVersion,
}

impl<'a> HeaderBlock<'a> {
    /// Its expanded name and its bytes.
    pub const fn element(&self) -> Element<'a> {
        self.element
    }

    /// Is it mandatory?
    pub const fn must_understand(&self) -> bool {
        self.target.must_understand
    }

    /// Its actor (1.2: role), if it names one.
    pub const fn role(&self) -> Option<Text<'a>> {
        self.target.role
    }

    /// 1.2: may an intermediary that does not process it pass it on?
    pub const fn relay(&self) -> bool {
        self.target.relay
    }

    /// Is it for the node that reads with these options?
    pub fn is_for_us(&self, options: &Options<'_>) -> bool {
        self.target.is_for_us(self.version, options)
    }

    /// Must an intermediary take it out before it passes the message on? Blocks for it must not travel on,
    /// but for 1.2 blocks with `relay`: <https://www.w3.org/TR/soap12-part1/#relaysoapmsg>.
    pub fn must_not_travel_on(&self, options: &Options<'_>) -> bool {
        self.is_for_us(options) && !self.relay()
    }
}

impl fmt::Debug for HeaderBlock<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.element)
    }
}

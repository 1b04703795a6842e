//! Header blocks: the node for which each block is meant, and whether the block is mandatory.

use core::fmt;

use crate::base::error::{ErrorKind, Stop, stop};
use crate::base::limits::{Options, Role};
use crate::base::version::{self, SoapVersion};
use crate::xml::declarations::Declarations;
use crate::xml::element::Element;
use crate::xml::node::Node;
use crate::xml::text::Text;
use crate::xml::walk::{self, Attributes};

/// The local names of the attributes in [`BlockAttributes`].
const NAMES: [&[u8]; 4] = [b"mustUnderstand", b"actor", b"role", b"relay"];

/// The SOAP attributes of a header block: <https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383498>,
/// <https://www.w3.org/TR/soap12-part1/#soaphead>.
#[derive(Clone, Copy, Default)]
pub(crate) struct BlockAttributes<'t> {
    must_understand: bool,
    role: Option<Text<'t>>,
    relay: bool,
}

impl<'t> BlockAttributes<'t> {
    pub(crate) const fn is_mandatory(&self) -> bool {
        self.must_understand
    }

    /// Returns whether an attribute of this local name has a meaning in one of the versions.
    pub(crate) fn has(local: &[u8]) -> bool {
        NAMES.contains(&local)
    }

    /// Takes an attribute of the envelope's namespace, by its local name. `at` is the offset of its value.
    pub(crate) fn attribute(
        &mut self,
        version: SoapVersion,
        local: &[u8],
        value: Text<'t>,
        at: usize,
    ) -> Result<(), Stop> {
        match (version, local) {
            (_, b"mustUnderstand") => {
                let yes = if version == SoapVersion::V1_1 { value.bit() } else { value.boolean() };
                match yes {
                    Some(yes) => self.must_understand = yes,
                    None => return stop(ErrorKind::InvalidMustUnderstand, at),
                }
            }
            (SoapVersion::V1_1, b"actor") | (SoapVersion::V1_2, b"role") => self.role = Some(value),
            (SoapVersion::V1_2, b"relay") => match value.boolean() {
                Some(yes) => self.relay = yes,
                None => return stop(ErrorKind::InvalidRelay, at),
            },
            _ => {}
        }
        Ok(())
    }

    /// Returns whether the block is for the node that reads with these options.
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
            || options.any_own_uri(|own| role.trimmed_eq(own))
    }

    /// Returns whether this block must be refused: <https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383500>
    pub(crate) fn is_refused(
        &self,
        version: SoapVersion,
        namespace: Text<'_>,
        local: &[u8],
        options: &Options<'_>,
    ) -> bool {
        let is_this = |uri: &str, name: &str| namespace == *uri && name.as_bytes() == local;
        self.must_understand && self.is_for_us(version, options) && !options.any_understood(is_this)
    }
}

/// The Header of an envelope.
///
/// ```
/// use umsoap::{Envelope, Header};
/// let message = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'>\
///     <s:Header><t:Id xmlns:t='urn:t'/></s:Header><s:Body><x/></s:Body></s:Envelope>";
/// let Header::Retained(blocks) = Envelope::parse(message)?.header() else { panic!() };
/// assert_eq!(blocks.into_iter().count(), 1);
/// # Ok::<(), umsoap::Error>(())
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Header<'a> {
    /// The envelope has no Header.
    Absent,
    /// The envelope has a Header, but its blocks were not kept.
    NotRetained,
    /// The blocks, borrowed from the input.
    Retained(HeaderBlocks<'a>),
}

impl<'a> Header<'a> {
    /// Returns an iterator over the blocks in order. It is empty if the header is absent or not retained.
    pub const fn blocks(&self) -> Blocks<'a> {
        Blocks::of(match self {
            Self::Retained(blocks) => *blocks,
            Self::Absent | Self::NotRetained => {
                let nowhere = HeaderPlace { envelope: 0, header: 0, blocks: 0, end: 0 };
                HeaderBlocks::within(b"", SoapVersion::V1_1, nowhere)
            }
        })
    }

    /// Returns the first block of this expanded name, whatever node the block is for.
    ///
    /// ```
    /// use umsoap::Envelope;
    /// const TYPES: &str = "http://schemas.microsoft.com/exchange/services/2006/types";
    /// let message = format!("<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Header>\
    ///     <t:ExchangeImpersonation xmlns:t='{TYPES}'><t:ConnectingSID>\
    ///     <t:PrimarySmtpAddress>ann@example.com</t:PrimarySmtpAddress></t:ConnectingSID>\
    ///     </t:ExchangeImpersonation></s:Header><s:Body><x/></s:Body></s:Envelope>");
    /// let envelope = Envelope::parse(message.as_bytes())?;
    /// let block = envelope.header().block(TYPES, "ExchangeImpersonation").unwrap();
    /// let account = block.element().node().unwrap().child(TYPES, "ConnectingSID").unwrap();
    /// let address = account.child(TYPES, "PrimarySmtpAddress").unwrap();
    /// assert_eq!(address.text().unwrap(), "ann@example.com");
    /// # Ok::<(), umsoap::Error>(())
    /// ```
    pub fn block(&self, namespace: &str, local_name: &str) -> Option<HeaderBlock<'a>> {
        self.blocks().find(|block| block.element.is(namespace, local_name))
    }
}

/// Iterates over the blocks, as [`Header::blocks`] does.
impl<'a> IntoIterator for Header<'a> {
    type Item = HeaderBlock<'a>;
    type IntoIter = Blocks<'a>;

    fn into_iter(self) -> Blocks<'a> {
        self.blocks()
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

/// The position of the header blocks of a checked message. [`Blocks`] iterates over them.
///
/// ```
/// use umsoap::{Envelope, Header};
/// let message = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'>\
///     <s:Header><t:Id xmlns:t='urn:t'/></s:Header><s:Body><x/></s:Body></s:Envelope>";
/// let Header::Retained(blocks) = Envelope::parse(message)?.header() else { panic!() };
/// for block in blocks {
///     assert!(block.element().is("urn:t", "Id"));
/// }
/// # Ok::<(), umsoap::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct HeaderBlocks<'a> {
    input: &'a [u8],
    version: SoapVersion,
    place: HeaderPlace,
}

/// The position of a header in a message. It holds the offsets of the start tags of Envelope and Header, of the next
/// block, and of the end of Header. A message has at most `u32::MAX` bytes. Offsets of 4 bytes make an [`Envelope`] 16
/// bytes smaller.
///
/// [`Envelope`]: crate::Envelope
#[derive(Clone, Copy)]
pub(crate) struct HeaderPlace {
    pub(crate) envelope: u32,
    pub(crate) header: u32,
    pub(crate) blocks: u32,
    pub(crate) end: u32,
}

impl<'a> HeaderBlocks<'a> {
    /// Returns the blocks of a Header whose start tag and end are at these offsets of a checked message.
    pub(crate) fn new(input: &'a [u8], version: SoapVersion, envelope: u32, header: u32, end: u32) -> Self {
        let blocks = header.saturating_add(walk::tag_at(input, header as usize).len() as u32);
        Self::within(input, version, HeaderPlace { envelope, header, blocks, end })
    }

    /// Returns the blocks at this position.
    pub(crate) const fn within(input: &'a [u8], version: SoapVersion, place: HeaderPlace) -> Self {
        Self { input, version, place }
    }

    /// Returns the extent of the Header.
    pub(crate) const fn span(&self) -> (u32, u32) {
        (self.place.header, self.place.end)
    }

    /// Returns the name of the block whose `<` stands at `at`, without its bytes.
    pub(crate) fn name_at(&self, at: usize) -> Element<'a> {
        let node = Node::within(self.input, &[self.place.envelope, self.place.header], at);
        Element::new(node.namespace(), node.local_name().as_bytes(), None)
    }
}

impl<'a> IntoIterator for HeaderBlocks<'a> {
    type Item = HeaderBlock<'a>;
    type IntoIter = Blocks<'a>;

    fn into_iter(self) -> Blocks<'a> {
        Blocks::of(self)
    }
}

impl fmt::Debug for HeaderBlocks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}

/// An iterator over header blocks. Complexity: the first step takes O(the tags of Header and Envelope). Each step takes
/// O(the block's length + declarations in scope * the block's attributes whose local name is one of SOAP's).
///
/// ```
/// use umsoap::Envelope;
/// let message = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'>\
///     <s:Header><t:A xmlns:t='urn:t'/><t:B xmlns:t='urn:t'/></s:Header><s:Body><x/></s:Body></s:Envelope>";
/// let names: Vec<_> = Envelope::parse(message)?.header().blocks().map(|block| block.element().local_name()).collect();
/// assert_eq!(names, ["A", "B"]);
/// # Ok::<(), umsoap::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Blocks<'a> {
    blocks: HeaderBlocks<'a>,
    /// The declarations around the blocks. They are read in the first step.
    outer: Option<Declarations>,
}

impl<'a> Blocks<'a> {
    const fn of(blocks: HeaderBlocks<'a>) -> Self {
        Self { blocks, outer: None }
    }
}

impl<'a> Iterator for Blocks<'a> {
    type Item = HeaderBlock<'a>;

    fn next(&mut self) -> Option<HeaderBlock<'a>> {
        let HeaderBlocks { input, version, place } = self.blocks;
        let HeaderPlace { envelope, header, blocks, end } = place;
        let start = walk::next_child(input, blocks as usize, end as usize)?;
        let outer = self.outer.get_or_insert_with(|| Declarations::of(input, &[envelope, header]));
        let node = Node::new(input, outer, start);
        let element = Element::of(&node, [envelope, header, 0]);
        self.blocks.place.blocks = node.offset().saturating_add(element.raw().map_or(0, str::len) as u32);
        let mut target = BlockAttributes::default();
        let tag = node.tag();
        for attribute in
            Attributes::of(tag).filter(|a| a.is_qualified() && BlockAttributes::has(a.local(tag)))
        {
            let ours = |uri: Text<'_>| uri.as_raw() == version.namespace() || uri == *version.namespace();
            if node.resolve(attribute.prefix(tag)).is_some_and(ours) {
                // The machine has accepted these values.
                let _ = target.attribute(version, attribute.local(tag), attribute.text(tag), 0);
            }
        }
        Some(HeaderBlock { element, target, version })
    }
}

impl fmt::Debug for Blocks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}

/// A header block.
///
/// ```
/// use umsoap::{Envelope, Options, Role};
/// let message = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'>\
///     <s:Header><t:Id xmlns:t='urn:t' s:actor='urn:gateway'/></s:Header><s:Body><x/></s:Body></s:Envelope>";
/// let block = Envelope::parse(message)?.header().block("urn:t", "Id").unwrap();
/// assert!(!block.must_understand() && block.role().unwrap() == "urn:gateway");
/// let options = Options::new().with_role(Role::Intermediary).with_own_uris(&["urn:gateway"]);
/// assert!(block.is_for_us(&options));
/// # Ok::<(), umsoap::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct HeaderBlock<'a> {
    element: Element<'a>,
    target: BlockAttributes<'a>,
    version: SoapVersion,
}

impl<'a> HeaderBlock<'a> {
    pub(crate) const fn version(&self) -> SoapVersion {
        self.version
    }

    /// Returns the expanded name and the bytes of the block.
    pub const fn element(&self) -> Element<'a> {
        self.element
    }

    /// Returns whether the block is mandatory.
    pub const fn must_understand(&self) -> bool {
        self.target.must_understand
    }

    /// Returns the actor (1.2: role) of the block, if it names one.
    pub const fn role(&self) -> Option<Text<'a>> {
        self.target.role
    }

    /// Returns whether an intermediary that does not process the block may pass it on. It is always `false` in 1.1.
    pub const fn relay(&self) -> bool {
        self.target.relay
    }

    /// Returns whether the block is for the node that reads with these options.
    pub fn is_for_us(&self, options: &Options<'_>) -> bool {
        self.target.is_for_us(self.version, options)
    }

    /// Returns whether an intermediary must take the block out before it passes the message on. Blocks for the
    /// intermediary must not travel on, except 1.2 blocks with `relay`:
    /// <https://www.w3.org/TR/soap12-part1/#relaysoapmsg>.
    pub fn must_not_travel_on(&self, options: &Options<'_>) -> bool {
        self.is_for_us(options) && !self.relay()
    }
}

impl fmt::Debug for HeaderBlock<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.element)
    }
}

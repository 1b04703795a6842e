//! The writing of a fault in each version.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "positions lie inside the message, and counts within the limits"
)]

use crate::base::error::ErrorKind;
use crate::base::limits::MAX_DECLARATIONS;
use crate::base::version::{self, SoapVersion};
use crate::base::write::Sink;
use crate::soap::new_block::write_alone;
use crate::xml::chars;
use crate::xml::node::Node;
use crate::xml::text::{self, Text, str_of};
use crate::xml::walk::{self, Attributes};

use super::source::Source;
use super::{Detail, Fault, FaultCode, QName, detail_name};

/// A rule that a value breaks, and the position in the value.
type Refused = (ErrorKind, usize);

/// The tag for a language that is not known: <https://www.rfc-editor.org/rfc/rfc5646#section-4.1>. 1.2 demands a
/// language, and the library invents none.
const UNDETERMINED: Text<'static> = Text::new("und");

impl Fault<'_> {
    /// Writes `<soap:Fault>`. The prefix `soap` must be bound to the namespace of the version.
    pub(crate) fn write(&self, version: SoapVersion, out: &mut impl Sink) -> Result<(), Refused> {
        if self.has_more(version) {
            return Err((ErrorKind::UnwritableFault, 0));
        }
        out.put(b"<soap:Fault>");
        match version {
            SoapVersion::V1_1 => self.write_1_1(out)?,
            SoapVersion::V1_2 => self.write_1_2(out)?,
        }
        self.write_detail(version, out)?;
        out.put(b"</soap:Fault>");
        Ok(())
    }

    /// Returns whether the fault has parts that were not kept, or that have no place in this version.
    fn has_more(&self, version: SoapVersion) -> bool {
        match self.source {
            Source::Decoder { retained, .. } => !retained.is_whole,
            _ => version == SoapVersion::V1_2 && self.other_nodes().next().is_some(),
        }
    }

    /// Writes the parts before the detail: <https://www.w3.org/TR/2000/NOTE-SOAP-20000508/#_Toc478383507>
    fn write_1_1(&self, out: &mut impl Sink) -> Result<(), Refused> {
        self.write_faultcode(out)?;
        let mut reasons = self.reasons();
        // 1.1 has room for one reason and one URI only. The caller has to choose if there are several.
        let (reason, None) = (reasons.next(), reasons.next()) else {
            return Err((ErrorKind::UnwritableFault, 0));
        };
        out.put(b"<faultstring");
        if let Some(lang) = self.lang() {
            out.put(b" xml:lang=\"");
            text::escape_attribute(&lang, out)?;
            out.put(b"\"");
        }
        out.put(b">");
        reason.map_or(Ok(()), |reason| text::escape(&reason.text(), out))?;
        out.put(b"</faultstring>");
        let actor = match (self.actor(), self.node()) {
            (Some(actor), Some(node)) if actor != node => return Err((ErrorKind::UnwritableFault, 0)),
            (actor, node) => actor.or(node),
        };
        write_text(b"faultactor", actor, out)?;
        self.other_nodes().try_for_each(|node| write_alone(&node, SoapVersion::V1_1, out))
    }

    /// Writes the only code of 1.1.
    fn write_faultcode(&self, out: &mut impl Sink) -> Result<(), Refused> {
        let refused = (ErrorKind::UnwritableFaultCode, 0);
        let standard = self.standard_code();
        let mut subcodes = self.subcodes();
        let name = match (standard, subcodes.next(), subcodes.next()) {
            (None, None, _) => self.read_code().ok_or(refused)?,
            (Some(code), None, _) => {
                out.put(b"<faultcode>soap:");
                out.put(code.local_name(SoapVersion::V1_1).as_bytes());
                out.put(b"</faultcode>");
                return Ok(());
            }
            // The subcode is the more exact name, but its class must be that of the code. A subcode of unknown class counts
            // as one of the class Sender, as in the UM dialect.
            (Some(code), Some(subcode), None) if subcode.class().unwrap_or(FaultCode::Sender) == code => {
                subcode
            }
            _ => return Err(refused),
        };
        write_code(&name, SoapVersion::V1_1, b"<faultcode", b"</faultcode>", out)
    }

    /// Writes the parts before the Detail: <https://www.w3.org/TR/soap12-part1/#soapfault>
    fn write_1_2(&self, out: &mut impl Sink) -> Result<(), Refused> {
        let standard = self.standard_code();
        // An unknown code does not tell who was at fault, and the library does not guess.
        let class = standard.or_else(|| self.class()).ok_or((ErrorKind::UnwritableFaultCode, 0))?;
        out.put(b"<soap:Code><soap:Value>soap:");
        out.put(class.local_name(SoapVersion::V1_2).as_bytes());
        out.put(b"</soap:Value>");
        let own = self.read_code().filter(|_| standard.is_none());
        let mut depth = 0_usize;
        for name in own.into_iter().chain(self.subcodes()) {
            out.put(b"<soap:Subcode>");
            write_code(&name, SoapVersion::V1_2, b"<soap:Value", b"</soap:Value>", out)?;
            depth += 1;
        }
        (0..depth).for_each(|_| out.put(b"</soap:Subcode>"));
        out.put(b"</soap:Code><soap:Reason>");
        for reason in self.reasons() {
            out.put(b"<soap:Text xml:lang=\"");
            text::escape_attribute(&reason.lang().unwrap_or(UNDETERMINED), out)?;
            out.put(b"\">");
            text::escape(&reason.text(), out)?;
            out.put(b"</soap:Text>");
        }
        out.put(b"</soap:Reason>");
        write_text(b"soap:Node", self.node(), out)?;
        write_text(b"soap:Role", self.actor(), out)
    }

    fn write_detail(&self, version: SoapVersion, out: &mut impl Sink) -> Result<(), Refused> {
        let name: &[u8] = match version {
            SoapVersion::V1_1 => b"detail",
            SoapVersion::V1_2 => b"soap:Detail",
        };
        let mut around = |pieces: &[&[u8]]| {
            out.put(b"<");
            out.put(name);
            out.put(b">");
            pieces.iter().for_each(|piece| out.put(piece));
            out.put(b"</");
            out.put(name);
            out.put(b">");
        };
        match (self.detail, self.source) {
            (Detail::Omitted, _) => {}
            (Detail::Content, _) => around(&[self.detail_text.as_bytes()]),
            (Detail::Exception, _) => {
                around(&[
                    b"<ExceptionType xmlns=\"",
                    version::MESSAGES_HTTP.as_bytes(),
                    b"\">",
                    self.detail_text.as_bytes(),
                    b"</ExceptionType>",
                ]);
            }
            (Detail::InvalidRequest, _) => {
                let errors = version::ERRORS.as_bytes();
                out.put(b"<");
                out.put(name);
                out.put(b"><e:ResponseCode xmlns:e=\"");
                out.put(errors);
                out.put(b"\">ErrorInvalidRequest</e:ResponseCode><e:Message xmlns:e=\"");
                out.put(errors);
                out.put(b"\">");
                text::escape(&Text::new(self.detail_text), out)?;
                out.put(b"</e:Message></");
                out.put(name);
                out.put(b">");
            }
            (Detail::AsRead, Source::Program) => {
                let other =
                    matches!(self.class, Some(FaultCode::VersionMismatch | FaultCode::MustUnderstand));
                if version == SoapVersion::V1_1 && !other {
                    out.put(b"<detail/>");
                }
            }
            (Detail::AsRead, Source::Decoder { retained, .. }) if retained.detail.is_some() => {
                return Err((ErrorKind::UnwritableDetail, 0));
            }
            (Detail::AsRead, Source::Decoder { .. }) => {}
            (Detail::AsRead, Source::Message { .. }) => {
                if let Some(node) = self.part(&[detail_name(self.version)]) {
                    let raw = node.raw_bytes();
                    let may_hide_prefixes = walk::may_hide_prefixes(raw);
                    ReadDetail { raw, tag: node.tag(), node, may_hide_prefixes }.write(version, out)?;
                }
            }
        }
        Ok(())
    }
}

/// Writes an element with this text, if there is a text.
fn write_text(name: &[u8], text: Option<Text<'_>>, out: &mut impl Sink) -> Result<(), Refused> {
    let Some(text) = text else { return Ok(()) };
    out.put(b"<");
    out.put(name);
    out.put(b">");
    text::escape(&text, out)?;
    out.put(b"</");
    out.put(name);
    out.put(b">");
    Ok(())
}

/// Writes ` xmlns:prefix="uri"`. An empty prefix stands for the default namespace.
fn write_declaration(prefix: Text<'_>, uri: &Text<'_>, out: &mut impl Sink) -> Result<(), Refused> {
    out.put(b" xmlns");
    if prefix != *"" {
        out.put(b":");
        put_name(prefix, out);
    }
    out.put(b"=\"");
    text::escape_attribute(uri, out)?;
    out.put(b"\"");
    Ok(())
}

/// Writes a code that is not one of SOAP's, with its namespace declared.
fn write_code(
    code: &QName<'_>,
    version: SoapVersion,
    start: &[u8],
    end: &[u8],
    out: &mut impl Sink,
) -> Result<(), Refused> {
    let refused = (ErrorKind::UnwritableFaultCode, 0);
    let value = code.text().trimmed();
    let (prefix, local) = value.split();
    let is_name = |part: Text<'_>| {
        let mut chars = part.chars();
        chars.next().is_some_and(chars::is_name_start) && chars.all(chars::is_name)
    };
    let has_prefix = value.chars().any(|c| c == ':');
    if !is_name(local) || (has_prefix && !is_name(prefix)) || prefix == *"xmlns" {
        return Err(refused);
    }
    out.put(start);
    let prefix = match code.namespace() {
        // A prefix that was not declared must stay so. `soap` and `xml` would be bound where the code is written.
        None if prefix == *"soap" || prefix == *"xml" => return Err(refused),
        None => prefix,
        Some(uri) if uri == *version::XML || prefix == *"xml" => {
            if uri != *version::XML || prefix != *"xml" {
                return Err(refused);
            }
            prefix
        }
        Some(uri) if uri == *version::XMLNS => return Err(refused),
        Some(uri) if prefix == *"soap" && uri == *version.namespace() => prefix,
        Some(uri) => {
            // The prefix `soap` stands for SOAP's namespace at the place of the code. A default namespace would change the
            // namespace of the element.
            let prefix = if prefix == *"soap" || !has_prefix { Text::new("q") } else { prefix };
            write_declaration(prefix, &uri, out)?;
            prefix
        }
    };
    out.put(b">");
    if prefix != *"" {
        put_name(prefix, out);
        out.put(b":");
    }
    put_name(local, out);
    out.put(end);
    Ok(())
}

/// Writes a text that consists of name characters.
fn put_name(name: Text<'_>, out: &mut impl Sink) {
    for c in name.chars() {
        out.put(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// A detail that was read.
struct ReadDetail<'a> {
    node: Node<'a>,
    raw: &'a [u8],
    tag: &'a [u8],
    may_hide_prefixes: bool,
}

impl<'a> ReadDetail<'a> {
    /// Returns the declarations around the detail that are in scope in it, as prefix and namespace, without the default
    /// namespace.
    fn outer(&self) -> impl Iterator<Item = (&'a [u8], Text<'a>)> {
        let all = self.node.outer_declarations();
        all.filter(|(prefix, _)| !prefix.is_empty()).map(|(prefix, uri)| (prefix, Text::attribute(uri)))
    }

    /// Returns whether the detail may use a prefix. The name of the detail is written anew, so it does not count.
    fn may_use(&self, prefix: &[u8]) -> bool {
        let attributes = self.tag.get(walk::name_end(self.tag)..).unwrap_or_default();
        let parts = [attributes, walk::content(self.raw, self.tag)];
        self.may_hide_prefixes || parts.iter().any(|bytes| walk::uses_prefix(bytes, prefix))
    }

    /// Returns the prefix of a 1.2 Detail: `soap`, unless the detail gives that prefix another meaning.
    fn prefix(&self, name: &'a mut [u8; 3]) -> &'a [u8] {
        let ours = |uri: Text<'_>| uri == *version::SOAP_1_2;
        let is_declared = walk::declared(self.tag, b"soap").is_some_and(|uri| !ours(uri));
        let is_bound =
            self.outer().any(|(prefix, uri)| prefix == b"soap" && !ours(uri)) && self.may_use(b"soap");
        if !is_declared && !is_bound {
            return b"soap";
        }
        // A prefix that the detail itself declares is used if there is one. Otherwise one of the names below is free, since
        // fewer declarations than these names can be in scope.
        let mut own = Attributes::of(self.tag).filter(|a| ours(a.text(self.tag)));
        if let Some(prefix) = own.find_map(|a| a.declares(self.tag).filter(|prefix| !prefix.is_empty())) {
            return prefix;
        }
        for n in 0..=MAX_DECLARATIONS {
            *name = [b'q', b'0' + (n / 10) as u8, b'0' + (n % 10) as u8];
            let is_taken =
                walk::declared(self.tag, name).is_some() || self.outer().any(|(prefix, _)| prefix == name);
            if !is_taken {
                break;
            }
        }
        name
    }

    /// Writes the detail with the declarations that it needs. In 1.1 the element detail is in no namespace, so a
    /// default namespace moves to its children.
    fn write(&self, version: SoapVersion, out: &mut impl Sink) -> Result<(), Refused> {
        let mut name = [0; 3];
        let own_default = walk::declared(self.tag, b"");
        let default = self.node.resolve(b"");
        let moved = default.filter(|_| version == SoapVersion::V1_1);
        if moved.is_some() && self.has_unqualified_type() {
            return Err((ErrorKind::UnwritableDetail, 0));
        }
        let prefix: &[u8] = match version {
            SoapVersion::V1_1 => b"",
            SoapVersion::V1_2 => self.prefix(&mut name),
        };
        let put_name = |out: &mut _| match version {
            SoapVersion::V1_1 => Sink::put(out, b"detail"),
            SoapVersion::V1_2 => {
                Sink::put(out, prefix);
                Sink::put(out, b":Detail");
            }
        };
        out.put(b"<");
        put_name(out);
        if !matches!(prefix, b"" | b"soap") && walk::declared(self.tag, prefix).is_none() {
            write_declaration(Text::new(str_of(prefix)), &Text::new(version::SOAP_1_2), out)?;
        }
        for (outer, uri) in self.outer().filter(|(prefix, _)| self.may_use(prefix)) {
            if outer != b"soap" || uri != *version.namespace() {
                write_declaration(Text::new(str_of(outer)), &uri, out)?;
            }
        }
        if let (SoapVersion::V1_2, None, Some(uri)) = (version, own_default, default) {
            write_declaration(Text::new(""), &uri, out)?;
        }
        self.write_attributes(moved.is_some(), out);
        if !self.tag.ends_with(b"/>") {
            match moved {
                Some(uri) => self.write_children(&uri, out)?,
                None => out.put(walk::content(self.raw, self.tag)),
            }
            out.put(b"</");
            put_name(out);
            out.put(b">");
        }
        Ok(())
    }

    /// Returns whether an xsi:type of the detail itself is in the default namespace.
    fn has_unqualified_type(&self) -> bool {
        self.node.attribute(version::XSI, "type").is_some_and(|value| !value.chars().any(|c| c == ':'))
    }

    /// Writes the rest of the start tag after its name, with or without the declaration of the default namespace.
    fn write_attributes(&self, without_default: bool, out: &mut impl Sink) {
        let rest = walk::name_end(self.tag);
        let default = Attributes::of(self.tag).find(|a| without_default && a.declares(self.tag) == Some(b""));
        let (to, from) = match default {
            Some(a) => (a.name_at(), a.value_at() + a.raw_value(self.tag).len() + 1),
            None => (rest, rest),
        };
        out.put(self.tag.get(rest..to).unwrap_or_default());
        out.put(self.tag.get(from..).unwrap_or_default());
    }

    /// Writes the content, with a default namespace on each child that declares none.
    fn write_children(&self, default: &Text<'_>, out: &mut impl Sink) -> Result<(), Refused> {
        let mut written = self.tag.len();
        for child in walk::Children::of(self.raw, 0, self.tag) {
            let tag = walk::tag_at(self.raw, child);
            if walk::declared(tag, b"").is_none() {
                let name_end = child + walk::name_end(tag);
                out.put(self.raw.get(written..name_end).unwrap_or_default());
                write_declaration(Text::new(""), default, out)?;
                written = name_end;
            }
        }
        out.put(
            self.raw
                .get(written..self.tag.len() + walk::content(self.raw, self.tag).len())
                .unwrap_or_default(),
        );
        Ok(())
    }
}

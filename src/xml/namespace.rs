//! Namespace names: as numbers while they are in scope, and as kept bytes after the end of their scope.

use crate::base::retain::{Kept, View};
use crate::base::version::{self, MessagesNamespace, SoapVersion};
use crate::xml::text::Text;

/// The number of a namespace name. Equal names have equal numbers while they are in scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Uri(pub(super) u8);

/// The namespace names that the library knows, by number.
pub(super) const KNOWN: [&str; 10] = [
    "",
    version::SOAP_1_1,
    version::SOAP_1_2,
    version::MESSAGES_HTTP,
    version::MESSAGES_HTTPS,
    version::XSI,
    version::XML,
    version::XMLNS,
    version::ERRORS,
    version::TYPES,
];
/// The number of the first namespace name that the library does not know.
pub(super) const FIRST_OTHER: u8 = 10;

impl Uri {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const SOAP_1_1: Self = Self(1);
    pub(crate) const SOAP_1_2: Self = Self(2);
    pub(crate) const HTTP: Self = Self(3);
    pub(crate) const HTTPS: Self = Self(4);
    pub(crate) const XSI: Self = Self(5);
    pub(crate) const XML: Self = Self(6);
    pub(crate) const XMLNS: Self = Self(7);

    /// The number that the recogniser gives to each name that the library does not know. Two different names have this
    /// number, so the recogniser never compares two of them.
    pub(crate) const OTHER: Self = Self(u8::MAX);

    /// Returns the number of a namespace name that the library knows.
    pub(crate) fn known_as(name: &[u8]) -> Option<Self> {
        KNOWN.iter().position(|known| known.as_bytes() == name).map(|known| Self(known as u8))
    }

    pub(crate) const fn of(version: SoapVersion) -> Self {
        match version {
            SoapVersion::V1_1 => Self::SOAP_1_1,
            SoapVersion::V1_2 => Self::SOAP_1_2,
        }
    }

    pub(crate) fn known(self) -> Option<&'static str> {
        KNOWN.get(usize::from(self.0)).copied()
    }

    pub(crate) const fn is_messages(self) -> bool {
        matches!(self, Self::HTTP | Self::HTTPS)
    }

    /// Returns the namespace of the service's messages, if this is one of the two.
    #[inline(always)]
    pub(crate) const fn messages(self) -> Option<MessagesNamespace> {
        match self {
            Self::HTTP => Some(MessagesNamespace::Http),
            Self::HTTPS => Some(MessagesNamespace::Https),
            _ => None,
        }
    }
}

/// A namespace name that is needed after the end of its scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Namespace {
    /// [`Uri::NONE`], or a name that the library knows.
    Known(Uri),
    Kept(Kept),
}

impl Namespace {
    pub(crate) fn text(self, view: View<'_>) -> Option<Text<'_>> {
        match self {
            Self::Known(Uri::NONE) => None,
            Self::Known(uri) => uri.known().map(Text::new),
            Self::Kept(kept) => Some(Text::attribute(view.get(kept))),
        }
    }
}

//! The content of an envelope: a message of the table, a fault, or another element.

use core::{array, iter};

use crate::base::error::{Error, ErrorKind};
use crate::base::write::{Count, Sink};
use crate::service::operations::*;
use crate::service::schema::{self, MAX_CHILDREN, Row, Simple};
use crate::service::values::Field;
use crate::soap::fault::Fault;
use crate::xml::element::Element;
use crate::xml::text::{self, Text};

/// The marks of the children of a message: the number of the word, the boolean or the spelling of each.
pub(crate) type Marks = [u8; MAX_CHILDREN];

/// A message of the Unified Messaging web service. All 22 messages implement this trait, and no other type can.
///
/// ```
/// use umsoap::{Message, ResetPIN};
/// assert_eq!(ResetPIN::ACTION, "http://schemas.microsoft.com/exchange/services/2006/messages/ResetPIN");
/// ```
pub trait Message<'a>: Copy + Into<Body<'a>> + sealed::Sealed {
    /// The local name of the message's element.
    const NAME: &'static str;

    /// The SOAPAction of the operation, without quotes.
    const ACTION: &'static str;

    /// Returns the message, if the body is a message of this type.
    fn from_body(body: &Body<'a>) -> Option<Self>;
}

/// The supertrait of [`Message`], which no other crate can name or implement.
#[allow(unnameable_types, reason = "so that no other crate can implement it")]
mod sealed {
    pub trait Sealed {
        /// The number of the message in the table.
        const NUMBER: u8;
    }
}
pub(crate) use sealed::Sealed;

macro_rules! body {
    ($(
        $(#[$doc:meta])*
        $name:ident $(<$a:lifetime>)? $(($nested:ident))? $(ews $($ews:literal)+)? {
            $(
                $(#[$about:meta])*
                $xml:literal $(| $second:literal)? => $field:ident: $type:ident $(<$b:lifetime>)? ($given:ty) $($flag:ident)?;
            )*
        }
    )*) => {
        /// The content of an envelope: one of the messages, a fault, or another element.
        ///
        /// ```
        /// use umsoap::{Body, Envelope, Fault, FaultCode, IsUMEnabled, SoapVersion};
        /// for body in [Body::IsUMEnabled(IsUMEnabled::new()), Body::Fault(Fault::new(FaultCode::Sender, "no"))] {
        ///     let mut out = [0; 512];
        ///     let bytes = Envelope::new(SoapVersion::V1_1, body).encode(&mut out)?;
        ///     assert_eq!(Envelope::parse(bytes)?.body().local_name(), body.local_name());
        /// }
        /// # Ok::<(), umsoap::Error>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Body<'a> {
            $($(#[$doc])* $name($name$(<$a>)?),)*
            /// A SOAP fault.
            Fault(Fault<'a>),
            /// An element that is not a message of the service. It was checked to be well-formed, but its content has
            /// no rules.
            Other(Element<'a>),
        }

        impl<'a> Body<'a> {
            /// Returns the number of the message in the table.
            pub(crate) const fn number(&self) -> Option<u8> {
                match self {
                    $(Self::$name(_) => Some($name::NUMBER),)*
                    Self::Fault(_) | Self::Other(_) => None,
                }
            }

            /// Returns the values of the children as texts, in the order of the row.
            fn texts(&self) -> [Option<Text<'a>>; MAX_CHILDREN] {
                let mut texts = [None; MAX_CHILDREN];
                let mut _places = texts.iter_mut();
                match self {
                    $(Self::$name(_message) => {
                        $(if let Some(place) = _places.next() {
                            *place = Field::text(&_message.$field);
                        })*
                    })*
                    Self::Fault(_) | Self::Other(_) => {}
                }
                texts
            }

            /// Returns the marks of the children.
            pub(crate) fn marks(&self) -> Marks {
                let mut marks = [0; MAX_CHILDREN];
                let mut _places = marks.iter_mut();
                match self {
                    $(Self::$name(_message) => {
                        $(if let Some(place) = _places.next() {
                            *place = Field::mark(&_message.$field);
                        })*
                    })*
                    Self::Fault(_) | Self::Other(_) => {}
                }
                marks
            }
        }

        $(
            impl<'a> From<$name$(<$a>)?> for Body<'a> {
                fn from(message: $name$(<$a>)?) -> Self {
                    Self::$name(message)
                }
            }

            impl$(<$a>)? Sealed for $name$(<$a>)? {
                const NUMBER: u8 = Self::NUMBER;
            }

            impl<'a> Message<'a> for $name$(<$a>)? {
                const NAME: &'static str = Self::NAME;
                const ACTION: &'static str = Self::ACTION;

                fn from_body(body: &Body<'a>) -> Option<Self> {
                    match body {
                        Body::$name(message) => Some(*message),
                        _ => None,
                    }
                }
            }
        )*
    };
}

table!(every_row, body);

impl<'a> From<Fault<'a>> for Body<'a> {
    fn from(fault: Fault<'a>) -> Self {
        Self::Fault(fault)
    }
}

/// An iterator over the fields of a message: the name of each child and its value. [`Body::fields`] returns it.
///
/// ```
/// use umsoap::{Body, Disconnect};
/// for (name, value) in Body::from(Disconnect::new("MDlk")).fields() {
///     assert!(name == "CallId" && value == "MDlk");
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    rest:
        iter::Zip<core::slice::Iter<'static, schema::Child>, array::IntoIter<Option<Text<'a>>, MAX_CHILDREN>>,
    /// Set if the child with two names has the second one.
    has_second_name: bool,
}

impl<'a> Iterator for Fields<'a> {
    type Item = (&'static str, Text<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let has_second_name = self.has_second_name;
        self.rest.find_map(|(child, text)| {
            let second_name = child.second_name.filter(|_| has_second_name);
            Some((second_name.unwrap_or(child.name), text?))
        })
    }
}

impl<'a> Body<'a> {
    /// Returns the local name of the element in Body, which is `Fault` for a fault.
    ///
    /// ```
    /// use umsoap::{Body, Disconnect};
    /// assert_eq!(Body::from(Disconnect::new("MDlk")).local_name(), "Disconnect");
    /// ```
    pub fn local_name(&self) -> &str {
        match self {
            Self::Fault(_) => "Fault",
            Self::Other(element) => element.local_name(),
            message => message.row().map_or("", |row| row.name),
        }
    }

    /// Returns the children of a message in the order of the schema: the name of each, as it was read, and its value.
    /// An optional child that is absent is left out. A boolean is `true` or `false`. A fault and another element have
    /// no fields.
    ///
    /// ```
    /// use umsoap::{Body, PlayOnPhone};
    /// let body = Body::from(PlayOnPhone::new("AAAA", "+15550100"));
    /// let mut fields = body.fields().map(|(name, value)| (name, value.to_string()));
    /// assert_eq!(fields.next(), Some(("entryId", "AAAA".to_string())));
    /// assert_eq!(fields.next(), Some(("DialString", "+15550100".to_string())));
    /// assert_eq!(fields.next(), None);
    /// ```
    pub fn fields(&self) -> Fields<'a> {
        let children = self.row().map_or([].as_slice(), |row| row.children);
        let has_second_name =
            children.iter().zip(self.marks()).any(|(child, mark)| child.second_name.is_some() && mark != 0);
        Fields { rest: children.iter().zip(self.texts()), has_second_name }
    }

    /// Returns the row of the message in the table.
    pub(crate) fn row(&self) -> Option<&'static Row> {
        MESSAGES.get(usize::from(self.number()?))
    }

    /// Returns the error of a value that cannot be written, which names the value's element.
    #[cold]
    pub(crate) fn unwritable(&self, (kind, at): (ErrorKind, usize)) -> Error {
        let error = Error::new(kind, at, None);
        let (Some(row), Some(number)) = (self.row(), self.number()) else { return error };
        let mut values = row.children.iter().zip(self.texts()).zip(0..);
        let refused = values.find(|((child, text), _)| {
            text.is_some_and(|text| {
                !is_value(&text, child.simple) || text::escape(&text, &mut Count(0)).is_err()
            })
        });
        match (kind, refused) {
            (ErrorKind::UnwritableValue | ErrorKind::UnwritableChar, Some((_, child))) => {
                error.about(schema::element_number(number, Some(child)))
            }
            _ => error,
        }
    }

    /// Writes a message of the table, as its row describes it.
    pub(crate) fn write(&self, namespace: &str, out: &mut impl Sink) -> Result<(), (ErrorKind, usize)> {
        let row = self.row().ok_or((ErrorKind::UnwritableBody, 0))?;
        let mut tag = |before: &[u8], name: &str, after: &[u8]| {
            out.put(before);
            out.put(name.as_bytes());
            out.put(after);
        };
        tag(b"<", row.name, b" xmlns=\"");
        tag(b"", namespace, b"\"");
        if row.children.is_empty() {
            tag(b"", "", b"/>");
            return Ok(());
        }
        tag(b"", "", b">");
        if row.is_nested {
            tag(b"<", row.name, b">");
        }
        for ((child, text), mark) in row.children.iter().zip(self.texts()).zip(self.marks()) {
            let Some(text) = text else { continue };
            let name = child.second_name.filter(|_| mark != 0).unwrap_or(child.name);
            out.put(b"<");
            out.put(name.as_bytes());
            out.put(b">");
            write_value(&text, child.simple, out)?;
            out.put(b"</");
            out.put(name.as_bytes());
            out.put(b">");
        }
        if row.is_nested {
            out.put(b"</");
            out.put(row.name.as_bytes());
            out.put(b">");
        }
        out.put(b"</");
        out.put(row.name.as_bytes());
        out.put(b">");
        Ok(())
    }
}

/// Returns whether the number of characters is within the bounds of the schema.
fn is_value(text: &Text<'_>, simple: Simple) -> bool {
    let Simple::String { least, most } = simple else { return true };
    // The greatest `most` means that the schema sets no bound.
    let end = usize::from(most).saturating_add(1);
    let count = match text.as_str() {
        Some(value) => value.chars().take(end).count(),
        None => text.chars().take(end).count(),
    };
    count >= least.into() && (most == u16::MAX || count < end)
}

/// Writes a value, after a check of the number of its characters against the schema.
fn write_value(text: &Text<'_>, simple: Simple, out: &mut impl Sink) -> Result<(), (ErrorKind, usize)> {
    if !is_value(text, simple) {
        return Err((ErrorKind::UnwritableValue, 0));
    }
    text::escape(text, out)
}

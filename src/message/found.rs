//! Envelopes of messages that were read, built from the raw texts of their children.

use crate::base::error::Error;
use crate::base::version::{MessagesNamespace, SoapVersion};
use crate::message::body::{Body, Marks};
use crate::message::envelope::Envelope;
use crate::service::operations::*;
use crate::service::schema::{self, MAX_CHILDREN, Simple};
use crate::service::values::Field;
use crate::soap::header::Header;
use crate::xml::element::Element;

macro_rules! found {
    ($(
        $(#[$doc:meta])*
        $name:ident $(<$a:lifetime>)? $(($nested:ident))? $(ews $($ews:literal)+)? {
            $(
                $(#[$about:meta])*
                $xml:literal $(| $second:literal)? => $field:ident: $type:ident $(<$b:lifetime>)? ($given:ty) $($flag:ident)?;
            )*
        }
    )*) => {
        impl<'a> Envelope<'a> {
            /// Builds the envelope of the message with this number. `text` gives the raw text of each child, and
            /// `marks` its mark. A number that no message has gives an empty element. Each message is built where the
            /// caller returns it. Moving a body, which is as large as a fault, took 170 of a request's instructions.
            #[inline]
            pub(crate) fn found(
                version: SoapVersion,
                namespace: MessagesNamespace,
                header: Header<'a>,
                number: u8,
                text: impl Fn(usize) -> Option<&'a [u8]>,
                marks: Marks,
            ) -> Result<Self, Error> {
                let mut _children = marks.into_iter().enumerate();
                $(if number == $name::NUMBER {
                    return Self::of_message(version, namespace, header, Body::$name($name { $($field: {
                        let (child, mark) = _children.next().unwrap_or_default();
                        Field::found(text(child), mark)
                    }),* }));
                })*
                Ok(Self::read(version, None, header, Body::Other(Element::new(None, b"", None))))
            }
        }
    };
}

table!(every_row, found);

impl<'a> Envelope<'a> {
    /// Builds the envelope of the message with this number. Each child has an ASCII text without `&`, `<` and `>`.
    /// Returns `None` if one of the texts is not a legal value of its child.
    pub(crate) fn of_texts(
        version: SoapVersion,
        namespace: MessagesNamespace,
        header: Header<'a>,
        number: u8,
        texts: &[&'a [u8]],
    ) -> Option<Result<Self, Error>> {
        let row = MESSAGES.get(usize::from(number))?;
        let (mut found, mut marks) = ([None; MAX_CHILDREN], [0; MAX_CHILDREN]);
        let places = found.iter_mut().zip(&mut marks);
        for ((child, text), (found, mark)) in row.children.iter().zip(texts).zip(places) {
            match child.simple {
                Simple::String { .. } => *found = child.simple.admits(text.len()).then_some(Some(*text))?,
                Simple::Words(words) => *mark = schema::find_word(words, text).ok()?,
                Simple::Boolean => *mark = schema::boolean(text)?.into(),
            }
        }
        let text = |child: usize| found.get(child).copied().flatten();
        Some(Self::found(version, namespace, header, number, text, marks))
    }
}

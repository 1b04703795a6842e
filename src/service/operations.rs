//! The table of the 11 operations of the Unified Messaging web service, with their 22 messages. A row holds everything that
//! the library knows about a message. The type, the reading, the writing and the names in errors come from the row.
//!
//! Sources: [MS-OXWUMS](https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/) 3.1.4, and the
//! [reference of the service](https://learn.microsoft.com/exchange/client-developer/web-service-reference/unified-messaging-web-service-operations-for-exchange).

use core::fmt;

use crate::base::error::{Category, Error, ErrorKind};
use crate::service::call_id::CallId;
use crate::service::schema::{self, Child, Row};
use crate::service::values::{CallState, EventCause, Field, FolderId, GreetingType};
use crate::xml::text::Text;

/// Passes rows of the table to the macro `$make`. `$rows` chooses these rows. A row is
///
/// ```text
/// Name<'a> (nested) { "element" => field: Type<'a> (type that `new` takes); ... }
/// ```
///
/// A request stands before its response, so that their numbers differ in the last bit alone.
///
/// - `nested`: the children are written within one more element of the message's own name. They may be read without
///   it.
/// - A response with one value as its result has a child of the message's own name. The schema demands this nesting.
/// - `ews "name"` names a first child. A message of EWS with the name of this message is recognised by that first child.
/// - `| "element"` is a second spelling of an element.
/// - `may_be_empty` lets a string be empty.
///
/// Nearly all traffic consists of the messages in `usual`. Code for each of them is generated in [`usual`](crate::usual).
/// The machine reads the other messages by their rows.
macro_rules! table {
    ($rows:ident, $make:ident) => {
        $crate::service::operations::$rows! { $make
        usual {
            /// A request for the state of a call, and for the cause of its end.
            GetCallInfo<'a> {
                /// Returns the identifier of the call.
                "CallId" => call_id: CallId<'a> (&'a str);
            }
            /// The response to [`GetCallInfo`]: the state of the call, and the cause of its end.
            GetCallInfoResponse (nested) {
                /// Returns the state of the call.
                "CallState" => call_state: CallState (CallState);
                /// Returns the cause of the call's end.
                "EventCause" => event_cause: EventCause (EventCause);
            }
        }
        interpreted {
            /// A request to end a call. A call that has ended is answered with the fault InvalidCallIdException.
            Disconnect<'a> {
                /// Returns the identifier of the call.
                "CallId" => call_id: CallId<'a> (&'a str);
            }
            /// The response to [`Disconnect`]: the call was ended.
            DisconnectResponse {}

            /// A request to place a call that reads a voice message of the caller's mailbox aloud. Never send it twice:
            /// each request places a call. A gateway guards the number that is dialled.
            PlayOnPhone<'a> ews "ItemId" {
                /// Returns the MAPI identifier of the voice message. By habit it is base64.
                "entryId" => entry_id: Text<'a> (&'a str);
                /// Returns the number to dial, or another address of a telephone.
                "DialString" => dial_string: Text<'a> (&'a str);
            }
            /// The response to [`PlayOnPhone`]: the identifier of the call that was placed.
            PlayOnPhoneResponse<'a> ews "MessageText" "ResponseCode" {
                /// Returns the identifier of the call, for [`GetCallInfo`] and [`Disconnect`].
                "PlayOnPhoneResponse" => call_id: CallId<'a> (&'a str);
            }

            /// A request to place a call that plays a greeting, or records it anew. Never send it twice: each request
            /// places a call.
            PlayOnPhoneGreeting<'a> {
                /// Returns the greeting that the call is about.
                "GreetingType" => greeting_type: GreetingType (GreetingType);
                /// Returns the number to dial, or another address of a telephone.
                "DialString" => dial_string: Text<'a> (&'a str);
            }
            /// The response to [`PlayOnPhoneGreeting`]: the identifier of the call that was placed.
            PlayOnPhoneGreetingResponse<'a> {
                /// Returns the identifier of the call, for [`GetCallInfo`] and [`Disconnect`].
                "PlayOnPhoneGreetingResponse" => call_id: CallId<'a> (&'a str);
            }

            /// A request for the settings of the caller's mailbox.
            GetUMProperties {}
            /// The response to [`GetUMProperties`]: the settings of the mailbox. Each string may be absent, and may be empty.
            GetUMPropertiesResponse<'a> (nested) {
                /// Returns whether callers hear the greeting for absence.
                "OofStatus" => oof_status: bool (bool);
                /// Returns whether missed calls are notified.
                "MissedCallNotificationEnabled" => missed_call_notification_enabled: bool (bool);
                /// Returns the number that Play on Phone dials unless it is given another.
                "PlayOnPhoneDialString" => play_on_phone_dial_string: OptionalText<'a> (Option<&'a str>);
                /// Returns the numbers on which the mailbox can be called, as one text without a documented separator.
                "TelephoneAccessNumbers" => telephone_access_numbers: OptionalText<'a> (Option<&'a str>);
                /// Returns the identifier of the folder that the telephone reads aloud. It is not an e-mail address.
                "TelephoneAccessFolderEmail" => telephone_access_folder_email: OptionalText<'a> (Option<&'a str>);
            }

            /// A request that asks whether the caller's mailbox is enabled for Unified Messaging.
            IsUMEnabled {}
            /// The response to [`IsUMEnabled`], which tells whether the mailbox is enabled for Unified Messaging.
            IsUMEnabledResponse {
                /// Returns whether the mailbox is enabled.
                "IsUMEnabledResponse" => enabled: bool (bool);
            }

            /// A request for a new PIN for the telephone, which is sent by e-mail. Never send it twice: each request
            /// makes another PIN.
            ResetPIN {}
            /// The response to [`ResetPIN`]: a new PIN was made.
            ResetPINResponse {}

            /// A request to turn notices of missed calls on or off.
            SetMissedCallNotificationEnabled {
                /// Returns whether missed calls are to be notified.
                "status" => status: bool (bool);
            }
            /// The response to [`SetMissedCallNotificationEnabled`]: the setting was changed.
            SetMissedCallNotificationEnabledResponse {}

            /// A request to turn the greeting for absence on or off.
            SetOofStatus {
                /// Returns whether callers are to hear the greeting for absence.
                "status" => status: bool (bool);
            }
            /// The response to [`SetOofStatus`]: the setting was changed.
            SetOofStatusResponse {}

            /// A request to set the number that Play on Phone dials unless it is given another. An empty number clears
            /// the setting.
            SetPlayOnPhoneDialString<'a> {
                /// Returns the number.
                "dialString" => dial_string: Text<'a> (&'a str) may_be_empty;
            }
            /// The response to [`SetPlayOnPhoneDialString`]: the setting was changed.
            SetPlayOnPhoneDialStringResponse {}

            /// A request to set the folder that the telephone reads aloud.
            SetTelephoneAccessFolderEmail<'a> {
                /// Returns the MAPI identifier of the folder. By habit it is base64.
                "base64FolderID" | "base64FolderId" => folder_id: FolderId<'a> (&'a str);
            }
            /// The response to [`SetTelephoneAccessFolderEmail`]: the setting was changed.
            SetTelephoneAccessFolderEmailResponse {}
        }
        }
    };
}

macro_rules! every_row {
    ($make:ident usual { $($usual:tt)* } interpreted { $($interpreted:tt)* }) => { $make! { $($usual)* $($interpreted)* } };
}

macro_rules! usual_rows {
    ($make:ident usual { $($usual:tt)* } interpreted { $($interpreted:tt)* }) => { $make! { $($usual)* } };
}

macro_rules! interpreted_rows {
    ($make:ident usual { $($usual:tt)* } interpreted { $($interpreted:tt)* }) => { $make! { $($interpreted)* } };
}

pub(crate) use {every_row, interpreted_rows, table, usual_rows};

/// A string that may be absent. The table needs a name of one word.
type OptionalText<'a> = Option<Text<'a>>;

/// Gives the type that an accessor returns.
macro_rules! returned {
    (FolderId<$a:lifetime>) => { Text<$a> };
    (OptionalText<$a:lifetime>) => { Option<Text<$a>> };
    ($type:ident $(<$a:lifetime>)?) => { $type$(<$a>)? };
}

/// Gives the value that an accessor returns.
macro_rules! value {
    (FolderId, $value:expr) => {
        $value.text
    };
    ($type:ident, $value:expr) => {
        $value
    };
}

/// Gives the value of a child that is made for writing.
macro_rules! made {
    (CallId, $given:ident) => {
        CallId::new($given)
    };
    (Text, $given:ident) => {
        Text::new($given)
    };
    (FolderId, $given:ident) => {
        FolderId::new($given)
    };
    (OptionalText, $given:ident) => {
        match $given {
            Some(value) => Some(Text::new(value)),
            None => None,
        }
    };
    ($type:ident, $given:ident) => {
        $given
    };
}

/// Gives a value of the type for examples, as source text.
macro_rules! sample {
    (CallId) => {
        "\"MDlk\""
    };
    (CallState) => {
        "umsoap::CallState::Connected"
    };
    (EventCause) => {
        "umsoap::EventCause::None"
    };
    (GreetingType) => {
        "umsoap::GreetingType::OofCustom"
    };
    (bool) => {
        "true"
    };
    (OptionalText) => {
        "Some(\"+15550100\")"
    };
    ($type:ident) => {
        "\"+15550100\""
    };
}

/// The arguments of `new` in an example.
macro_rules! samples {
    () => {
        ""
    };
    ($type:ident) => {
        sample!($type)
    };
    ($type:ident $($rest:ident)+) => {
        concat!(sample!($type), ", ", samples!($($rest)+))
    };
}

/// Returns whether two slices are equal, at compile time.
const fn is_same(mut one: &[u8], mut other: &[u8]) -> bool {
    loop {
        match (one, other) {
            ([], []) => return true,
            ([a, one_rest @ ..], [b, other_rest @ ..]) if *a == *b => (one, other) = (one_rest, other_rest),
            _ => return false,
        }
    }
}

/// Returns the SOAPAction of the operation to which a message belongs. A response has the SOAPAction of its request.
const fn action(of_message: &'static str) -> &'static str {
    const RESPONSE: &[u8] = b"Response";
    let bytes = of_message.as_bytes();
    match bytes.split_at_checked(bytes.len().saturating_sub(RESPONSE.len())) {
        Some((request, end)) if is_same(end, RESPONSE) => crate::xml::text::str_of(request),
        _ => of_message,
    }
}

macro_rules! types {
    ($(
        $(#[$doc:meta])*
        $name:ident $(<$a:lifetime>)? $(($nested:ident))? $(ews $($ews:literal)+)? {
            $(
                $(#[$about:meta])*
                $xml:literal $(| $second:literal)? => $field:ident: $type:ident $(<$b:lifetime>)? ($given:ty) $($flag:ident)?;
            )*
        }
    )*) => {
        /// The numbers of the messages in [`MESSAGES`].
        enum Number {
            $($name,)*
        }

        /// The rows of the table, by which the machine reads and the body writes.
        #[allow(elided_lifetimes_in_paths, reason = "some types have a lifetime and some have none")]
        pub(crate) static MESSAGES: [Row; [$(stringify!($name)),*].len()] = [$(Row {
            name: stringify!($name),
            is_nested: <$name>::IS_NESTED,
            ews_children: &[$($($ews),+)?],
            children: &[$(Child {
                name: $xml,
                second_name: [$(Some($second),)? None][0],
                simple: <$type as Field>::SIMPLE,
                is_optional: <$type as Field>::IS_OPTIONAL,
                is_call_id: <$type as Field>::IS_CALL_ID,
            }$(.$flag())?),*],
        }),*];

        $(
            $(#[$doc])*
            ///
            /// Source: [MS-OXWUMS](https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwums/) 3.1.4.
            ///
            /// ```
            #[doc = concat!("use umsoap::{Envelope, SoapVersion, ", stringify!($name), "};")]
            #[doc = concat!("let message = ", stringify!($name), "::new(", samples!($($type)*), ");")]
            /// let mut out = [0; 1024];
            /// let written = Envelope::new(SoapVersion::V1_1, message.into()).encode(&mut out)?;
            #[doc = concat!("assert_eq!(", stringify!($name), "::parse(written)?, message);")]
            /// # Ok::<(), umsoap::Error>(())
            /// ```
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $name$(<$a>)? {
                $(pub(crate) $field: $type$(<$b>)?,)*
            }

            impl$(<$a>)? $name$(<$a>)? {
                pub(crate) const NUMBER: u8 = Number::$name as u8;
                pub(crate) const IS_NESTED: bool = !matches!(concat!($(stringify!($nested))?).as_bytes(), b"");

                /// The local name of the message's element.
                pub const NAME: &'static str = stringify!($name);

                /// The SOAPAction of the operation, without quotes.
                pub const ACTION: &'static str = action(concat!(
                    "http://schemas.microsoft.com/exchange/services/2006/messages/",
                    stringify!($name)
                ));

                /// Returns a message for writing. Its strings are values, not markup: `encode` escapes them. It refuses
                /// those that XML or the schema does not allow.
                #[allow(clippy::new_without_default, reason = "an empty message is no default of anything")]
                pub const fn new($($field: $given),*) -> Self {
                    Self { $($field: made!($type, $field)),* }
                }

                $(
                    $(#[$about])*
                    #[inline]
                    pub const fn $field(&self) -> returned!($type$(<$b>)?) {
                        value!($type, self.$field)
                    }
                )*
            }
        )*
    };
}

table!(every_row, types);

// Each message has eight numbers of elements. The last number of a `u8` means no element.
const _: () = assert!(MESSAGES.len() < 32);

impl SetTelephoneAccessFolderEmail<'_> {
    /// Returns the local name of the folder's element. The documentation knows both `base64FolderID` and
    /// `base64FolderId`. A message that was read is written with the name that it had, and a new message with
    /// the first of these names.
    pub fn folder_id_name(&self) -> &'static str {
        let row = MESSAGES.get(usize::from(Self::NUMBER)).and_then(|row| row.children.first());
        let second = row.and_then(|child| child.second_name).filter(|_| self.folder_id.has_second_name);
        second.or(row.map(|child| child.name)).unwrap_or_default()
    }
}

impl Error {
    /// Returns the name of the schema element that the broken rule is about, such as `CallId`. This is the child that
    /// is missing, out of order or wrong, or the message with illegal content. `None` if the rule is not about such an
    /// element.
    pub fn element(&self) -> Option<&'static str> {
        schema::element_name(&MESSAGES, self.element_number())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(needed) = self.needed() {
            return write!(f, "{} ({needed} bytes are needed)", self.kind().message());
        }
        match self.element() {
            Some(element) => self.kind().write_about(element, f)?,
            None => f.write_str(self.kind().message())?,
        }
        match (self.kind(), self.kind().category(), self.offset()) {
            // A value that a program has set has no offset in a message.
            (kind, Category::Output, 0) if kind != ErrorKind::UnwritableChar => Ok(()),
            (_, Category::Output, offset) => write!(f, " at byte {offset} of the value"),
            (_, _, offset) => write!(f, " at byte {offset}"),
        }
    }
}

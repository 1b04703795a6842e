//! The operations of the service, by the library's types. Apart from the mock UM server and the demonstration, no other
//! file of the gateway lists them.

use serde::Deserialize;
use umsoap::{Body, CallId, Text};

/// The kind of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// The request of an operation.
    Request(Operation),
    /// The response of an operation.
    Response(Operation),
    /// A fault.
    Fault,
    /// An element that is no message of the service.
    Other,
    /// A message that only a newer version of the library reads. The gateway does not know it and always refuses it.
    Unknown,
}

macro_rules! operations {
    ($($name:ident $response:ident;)*) => {
        /// An operation of the service.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
        #[allow(missing_docs, reason = "they are the names of the service")]
        pub enum Operation {
            $($name,)*
        }

        impl Operation {
            /// All operations.
            pub(crate) const ALL: [Self; [$(stringify!($name)),*].len()] = [$(Self::$name),*];

            /// Returns the local name of the request's element.
            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => umsoap::$name::NAME,)*
                }
            }

            /// Returns the SOAPAction, without quotes.
            pub(crate) const fn action(self) -> &'static str {
                match self {
                    $(Self::$name => umsoap::$name::ACTION,)*
                }
            }
        }

        /// Returns the kind of a body. Each message is listed by its name, so that no message is taken for another one.
        #[deny(clippy::wildcard_enum_match_arm)]
        pub(crate) const fn sort(body: &Body<'_>) -> Sort {
            match body {
                $(
                    Body::$name(_) => Sort::Request(Operation::$name),
                    Body::$response(_) => Sort::Response(Operation::$name),
                )*
                Body::Fault(_) => Sort::Fault,
                Body::Other(_) => Sort::Other,
                _ => Sort::Unknown,
            }
        }
    };
}

operations! {
    GetCallInfo GetCallInfoResponse;
    Disconnect DisconnectResponse;
    PlayOnPhone PlayOnPhoneResponse;
    PlayOnPhoneGreeting PlayOnPhoneGreetingResponse;
    GetUMProperties GetUMPropertiesResponse;
    IsUMEnabled IsUMEnabledResponse;
    ResetPIN ResetPINResponse;
    SetMissedCallNotificationEnabled SetMissedCallNotificationEnabledResponse;
    SetOofStatus SetOofStatusResponse;
    SetPlayOnPhoneDialString SetPlayOnPhoneDialStringResponse;
    SetTelephoneAccessFolderEmail SetTelephoneAccessFolderEmailResponse;
}

impl Operation {
    /// Returns whether the operation lets the telephone system call a number at once.
    pub(crate) const fn places_a_call(self) -> bool {
        matches!(self, Self::PlayOnPhone | Self::PlayOnPhoneGreeting)
    }

    /// Returns whether the operation only reads. Only the request of a reading operation may be sent a second time.
    /// Another request would place a second call, make a second PIN, or undo a setting that was changed in between.
    pub(crate) const fn only_reads(self) -> bool {
        match self {
            Self::GetCallInfo | Self::GetUMProperties | Self::IsUMEnabled => true,
            Self::Disconnect
            | Self::PlayOnPhone
            | Self::PlayOnPhoneGreeting
            | Self::ResetPIN
            | Self::SetMissedCallNotificationEnabled
            | Self::SetOofStatus
            | Self::SetPlayOnPhoneDialString
            | Self::SetTelephoneAccessFolderEmail => false,
        }
    }
}

/// Returns the CallId that a request names, or that a response has assigned.
pub(crate) fn call_id<'a>(body: &Body<'a>) -> Option<CallId<'a>> {
    match body {
        Body::GetCallInfo(request) => Some(request.call_id()),
        Body::Disconnect(request) => Some(request.call_id()),
        Body::PlayOnPhoneResponse(response) => Some(response.call_id()),
        Body::PlayOnPhoneGreetingResponse(response) => Some(response.call_id()),
        _ => None,
    }
}

/// Returns the number that a request dials, or stores to be dialled later. An empty number that is stored is left out,
/// because it clears the stored number.
pub(crate) fn dial_string<'a>(body: &Body<'a>) -> Option<Text<'a>> {
    match body {
        Body::PlayOnPhone(request) => Some(request.dial_string()),
        Body::PlayOnPhoneGreeting(request) => Some(request.dial_string()),
        Body::SetPlayOnPhoneDialString(request) => {
            Some(request.dial_string()).filter(|number| number.chars().next().is_some())
        }
        _ => None,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use umsoap::{Envelope, SoapVersion};

    /// The children of each operation's request, as a client writes them.
    pub(crate) const REQUESTS: [(Operation, &str); 11] = [
        (Operation::GetCallInfo, "<CallId>MDlk</CallId>"),
        (Operation::Disconnect, "<CallId>MDlk</CallId>"),
        (Operation::PlayOnPhone, "<entryId>AA==</entryId><DialString>5551</DialString>"),
        (
            Operation::PlayOnPhoneGreeting,
            "<GreetingType>OofCustom</GreetingType><DialString>5551</DialString>",
        ),
        (Operation::GetUMProperties, ""),
        (Operation::IsUMEnabled, ""),
        (Operation::ResetPIN, ""),
        (Operation::SetMissedCallNotificationEnabled, "<status>true</status>"),
        (Operation::SetOofStatus, "<status>true</status>"),
        (Operation::SetPlayOnPhoneDialString, "<dialString>5551</dialString>"),
        (Operation::SetTelephoneAccessFolderEmail, "<base64FolderID>AA==</base64FolderID>"),
    ];

    pub(crate) fn request(operation: Operation, children: &str) -> String {
        let name = operation.name();
        format!(
            "<s:Envelope xmlns:s='{}'><s:Body><{name} \
             xmlns='http://schemas.microsoft.com/exchange/services/2006/messages'>{children}</{name}></s:Body>\
             </s:Envelope>",
            SoapVersion::V1_1.namespace()
        )
    }

    #[test]
    fn every_request_of_the_schema_is_an_operation() {
        // The library's tests compare its table with this schema. Therefore no operation of the library is missing
        // here.
        let schema = include_str!("../../tests/data/um.xsd");
        let messages: BTreeSet<&str> = schema
            .lines()
            .filter_map(|line| line.strip_prefix("  <xs:element name=\"")?.split('"').next())
            .collect();
        assert_eq!(messages.len(), 22);
        let responses = Operation::ALL.map(|operation| format!("{}Response", operation.name()));
        let own =
            Operation::ALL.iter().map(|o| o.name()).chain(responses.iter().map(String::as_str)).collect();
        assert_eq!(messages, own);
    }

    #[test]
    fn each_request_is_its_own_operation() {
        assert_eq!(REQUESTS.map(|(operation, _)| operation), Operation::ALL);
        for (operation, children) in REQUESTS {
            let message = request(operation, children);
            let envelope = Envelope::parse(message.as_bytes()).unwrap();
            assert_eq!(sort(&envelope.body()), Sort::Request(operation));
            assert_eq!(envelope.body().local_name(), operation.name());
            assert!(operation.action().ends_with(&format!("/messages/{}", operation.name())));
            // A child with the name DialString is guarded by the allow-list.
            let dialled = envelope.body().fields().any(|(name, _)| name.eq_ignore_ascii_case("DialString"));
            assert_eq!(dial_string(&envelope.body()).is_some(), dialled, "{operation:?}");
            let call = envelope.body().fields().any(|(name, _)| name == "CallId");
            assert_eq!(call_id(&envelope.body()).is_some(), call, "{operation:?}");
            let sets =
                ["Set", "Reset", "Play", "Disconnect"].iter().any(|word| operation.name().starts_with(word));
            assert_eq!(operation.only_reads(), !sets, "{operation:?}");
            let places = operation.name().starts_with("PlayOnPhone");
            assert_eq!(operation.places_a_call(), places, "{operation:?}");
        }
    }
}

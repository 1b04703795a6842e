//! Messages for writing, made of texts: one for each child in the order of the schema, `None` for a child that is
//! absent.
#![allow(dead_code, reason = "each test binary uses its part")]

use umsoap::*;

/// Makes the message of this name. A boolean is made of `true` or `false`, and an enumeration of one of its words.
pub(crate) fn made<'a>(name: &str, texts: &'a [Option<String>]) -> Body<'a> {
    let optional = |n: usize| texts[n].as_deref();
    let text = |n: usize| optional(n).expect("a child that must stand");
    let boolean = |n: usize| text(n).parse::<bool>().expect("a boolean");
    match name {
        "GetCallInfo" => GetCallInfo::new(text(0)).into(),
        "GetCallInfoResponse" => {
            GetCallInfoResponse::new(text(0).parse().expect("a word"), text(1).parse().expect("a word"))
                .into()
        }
        "Disconnect" => Disconnect::new(text(0)).into(),
        "DisconnectResponse" => DisconnectResponse::new().into(),
        "PlayOnPhone" => PlayOnPhone::new(text(0), text(1)).into(),
        "PlayOnPhoneResponse" => PlayOnPhoneResponse::new(text(0)).into(),
        "PlayOnPhoneGreeting" => PlayOnPhoneGreeting::new(text(0).parse().expect("a word"), text(1)).into(),
        "PlayOnPhoneGreetingResponse" => PlayOnPhoneGreetingResponse::new(text(0)).into(),
        "GetUMProperties" => GetUMProperties::new().into(),
        "GetUMPropertiesResponse" => {
            let [dial, numbers, folder] = [2, 3, 4].map(optional);
            GetUMPropertiesResponse::new(boolean(0), boolean(1), dial, numbers, folder).into()
        }
        "IsUMEnabled" => IsUMEnabled::new().into(),
        "IsUMEnabledResponse" => IsUMEnabledResponse::new(boolean(0)).into(),
        "ResetPIN" => ResetPIN::new().into(),
        "ResetPINResponse" => ResetPINResponse::new().into(),
        "SetMissedCallNotificationEnabled" => SetMissedCallNotificationEnabled::new(boolean(0)).into(),
        "SetMissedCallNotificationEnabledResponse" => SetMissedCallNotificationEnabledResponse::new().into(),
        "SetOofStatus" => SetOofStatus::new(boolean(0)).into(),
        "SetOofStatusResponse" => SetOofStatusResponse::new().into(),
        "SetPlayOnPhoneDialString" => SetPlayOnPhoneDialString::new(text(0)).into(),
        "SetPlayOnPhoneDialStringResponse" => SetPlayOnPhoneDialStringResponse::new().into(),
        "SetTelephoneAccessFolderEmail" => SetTelephoneAccessFolderEmail::new(text(0)).into(),
        "SetTelephoneAccessFolderEmailResponse" => SetTelephoneAccessFolderEmailResponse::new().into(),
        _ => panic!("{name} is no message of the service"),
    }
}

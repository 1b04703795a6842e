//! Options that only accept more. None of them may cost more than the default.

use umsoap::{Limits, Options, Role};

const DEFAULT: Options<'static> = Options::new();
const LIMITS: Limits = match Limits::DEFAULT.with_message_bytes(64 << 20) {
    Some(limits) => limits,
    None => panic!("a message may be raised to 4 GiB"),
};
const UNDERSTOOD: &[(&str, &str)] =
    &[("urn:example:trace", "TraceId"), ("http://www.w3.org/2005/08/addressing", "Action")];
const OWN_URIS: &[&str] = &["urn:example:gateway", "http://gateway.example.com/"];

/// Each builder method alone, and all of them combined.
pub(crate) const WIDENING: [(&str, Options<'static>); 6] = [
    ("default", DEFAULT),
    ("message_bytes", DEFAULT.with_limits(LIMITS)),
    ("role", DEFAULT.with_role(Role::Intermediary)),
    ("understood", DEFAULT.with_understood(UNDERSTOOD)),
    ("own_uris", DEFAULT.with_own_uris(OWN_URIS)),
    (
        "combined",
        DEFAULT
            .with_limits(LIMITS)
            .with_role(Role::Intermediary)
            .with_understood(UNDERSTOOD)
            .with_own_uris(OWN_URIS),
    ),
];

//! How requests end, in words that come from this program alone: nothing from a client becomes one.

/// How a request ended: the label `outcome` of the metrics, and a field of the access log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Outcome {
    /// A call's state was given.
    Answered,
    /// The reply to another operation was given.
    Passed,
    /// A fault of the upstream was given, as it was or its code alone.
    UpstreamFault,
    /// The upstream asked for credentials, or did not accept them.
    Unauthorized,
    /// The WSDL was given.
    Wsdl,
    /// The HTTP request was refused.
    Http,
    /// The message was refused: it breaks a rule of XML or SOAP.
    Message,
    /// The message was refused: SOAPAction, header blocks, operation.
    Policy,
    /// Authentication was refused.
    Identity,
    /// Too long, in head or body.
    TooLong,
    /// The client was too slow.
    ClientSlow,
    /// The client went away.
    ClientGone,
    /// There was no memory for the body.
    Busy,
    /// The call's UM server is not in the table.
    Unlisted,
    /// No upstream could be reached.
    Unreachable,
    /// The upstream was too slow.
    UpstreamSlow,
    /// The upstream's reply was broken.
    BadReply,
}

impl Outcome {
    /// All of them, for counters that exist from the start.
    pub(crate) const ALL: [Self; 17] = [
        Self::Answered,
        Self::Passed,
        Self::UpstreamFault,
        Self::Unauthorized,
        Self::Wsdl,
        Self::Http,
        Self::Message,
        Self::Policy,
        Self::Identity,
        Self::TooLong,
        Self::ClientSlow,
        Self::ClientGone,
        Self::Busy,
        Self::Unlisted,
        Self::Unreachable,
        Self::UpstreamSlow,
        Self::BadReply,
    ];

    /// The word for it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Passed => "passed",
            Self::UpstreamFault => "upstream_fault",
            Self::Unauthorized => "unauthorized",
            Self::Wsdl => "wsdl",
            Self::Http => "http",
            Self::Message => "message",
            Self::Policy => "policy",
            Self::Identity => "identity",
            Self::TooLong => "too_long",
            Self::ClientSlow => "client_slow",
            Self::ClientGone => "client_gone",
            Self::Busy => "busy",
            Self::Unlisted => "unlisted",
            Self::Unreachable => "unreachable",
            Self::UpstreamSlow => "upstream_slow",
            Self::BadReply => "bad_reply",
        }
    }
}

/// What exactly, within an outcome: the label `kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing more to say.
    None,
    /// A rule of the gateway.
    Rule(&'static str),
    /// A rule of the library.
    Library(umsoap::ErrorKind),
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Rule(name) => f.write_str(name),
            Self::Library(kind) => write!(f, "{kind:?}"),
        }
    }
}

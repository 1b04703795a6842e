//! How requests end, in words that come from this program alone: nothing from a client becomes one.

/// How a request ended: the label `outcome` of the metrics, and a field of the access log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Outcome {
    /// The response of the operation was given.
    Answered,
    /// The reply to what is no operation of the service was given.
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
    /// There was no memory, or no room at the upstreams.
    Busy,
    /// The client sends more requests a second than it may.
    Limited,
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
    pub(crate) const ALL: [Self; 18] = [
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
        Self::Limited,
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
            Self::Limited => "limited",
            Self::Unlisted => "unlisted",
            Self::Unreachable => "unreachable",
            Self::UpstreamSlow => "upstream_slow",
            Self::BadReply => "bad_reply",
        }
    }
}

/// Why a connection was not served: the label `reason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There are as many connections as there may be.
    All,
    /// The client address has as many connections as one may have.
    Client,
    /// A balancer did not begin with a header of the PROXY protocol.
    ProxyProtocol,
    /// The TLS handshake failed.
    Tls,
    /// The system gave no connection.
    Accept,
}

impl Refusal {
    /// All of them, for counters that exist from the start.
    pub(crate) const ALL: [Self; 5] = [Self::All, Self::Client, Self::ProxyProtocol, Self::Tls, Self::Accept];

    /// The word for it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Client => "client",
            Self::ProxyProtocol => "proxy_protocol",
            Self::Tls => "tls",
            Self::Accept => "accept",
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

//! The outcomes of requests and connections. Their names come from this program alone, so that no text of a client
//! becomes a label.

/// The outcome of a request: the label `outcome` of the metrics, and a field of the access log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Outcome {
    /// The client got the response of the operation.
    Answered,
    /// The client got the reply to a body that is no message of the service.
    Passed,
    /// The upstream answered with a fault, and the client got this fault or a general one.
    UpstreamFault,
    /// The upstream asked for credentials, or did not accept them: 401 or 403.
    Unauthorized,
    /// The client got the WSDL.
    Wsdl,
    /// The HTTP request was refused.
    Http,
    /// The message was refused, because it breaks a rule of XML or SOAP.
    Message,
    /// The message was refused for its SOAPAction, its header blocks, its operation or the number that it dials.
    Policy,
    /// The credentials were refused, because they authenticate a connection and not a request.
    Identity,
    /// The head or the body of the request was too long.
    TooLong,
    /// The client was too slow.
    ClientSlow,
    /// The client went away.
    ClientGone,
    /// There was no memory, no place for the connection, or no room at the upstreams.
    Busy,
    /// The client sent more requests a second, or placed more calls a minute, than it may.
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
    /// All values, for counters that exist from the start.
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

    /// Returns the value of the label.
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

/// The reason for which a connection was not served: the label `reason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The greatest number of connections was reached.
    All,
    /// The client address has reached the greatest number of connections for one address.
    Client,
    /// A balancer's connection did not begin with a header of the PROXY protocol.
    ProxyProtocol,
    /// The TLS handshake failed.
    Tls,
    /// The system reported an error instead of a connection.
    Accept,
}

impl Refusal {
    /// All values, for counters that exist from the start.
    pub(crate) const ALL: [Self; 5] = [Self::All, Self::Client, Self::ProxyProtocol, Self::Tls, Self::Accept];

    /// Returns the value of the label.
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

/// The rule within an outcome: the label `kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// No rule, because the outcome says everything.
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

//! The check of a request's message, and the message that is forwarded for it. Nothing here uses the network.

use std::borrow::Cow;

use bytes::Bytes;
use umsoap::SoapVersion;
use umsoap::{
    Body, CallId, Element, Envelope, Error, ErrorKind, Fault, HeaderBlock, Limits, MessagesNamespace,
    Options, OwnedOptions, Role,
};

use crate::answer::{self, Answer, Faults};
use crate::config::{BlockName, Config, Forward, ForwardedVersion, OtherHeaders, OtherOperations};
use crate::head::Head;
use crate::media;
use crate::operation::{self, Operation, Sort};
use crate::outcome::Outcome;
use crate::reading::Read;

/// A request that may be forwarded.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The SOAP version of the client's request.
    pub(crate) version: SoapVersion,
    /// The variant of the messages namespace in the client's request. It is `Http` if the body is no message of the
    /// service.
    pub(crate) namespace: MessagesNamespace,
    /// The operation, or `None` if the body is no message of the service and is forwarded unchanged.
    pub(crate) operation: Option<Operation>,
    /// The message that the upstream is sent.
    pub(crate) body: Bytes,
    /// True if `body` consists of the bytes that the client sent.
    pub(crate) unchanged: bool,
    /// The SOAP version of `body`.
    pub(crate) sent_version: SoapVersion,
    /// The SOAPAction of `body`: the namespace name of the operation, a slash, and the local name. No slash is added
    /// after an empty namespace name or after a slash.
    pub(crate) action: Cow<'static, str>,
}

/// The options for reading messages in the gateway's role. The reader owns the names of its configuration, so that they
/// are freed together with it.
pub(crate) struct Reader {
    forward: Forward,
    passing: OwnedOptions,
    replies: OwnedOptions,
}

impl Reader {
    pub(crate) fn new(config: &Config) -> Self {
        let names = |list: &[BlockName]| {
            list.iter().map(|name| (name.namespace.clone(), name.name.clone())).collect()
        };
        let options = |bytes: usize| {
            let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
            Options::new().with_limits(Limits::DEFAULT.with_message_bytes(bytes).unwrap_or(Limits::DEFAULT))
        };
        Self {
            forward: config.forward,
            passing: OwnedOptions::new(options(config.body_bytes).with_role(Role::Intermediary))
                .with_own_uris(config.own_uris.clone())
                .with_understood(names(&config.understood)),
            replies: OwnedOptions::new(options(config.reply_bytes))
                .with_understood(names(&config.reply_headers)),
        }
    }

    /// Returns the options for requests.
    pub(crate) fn request_options(&self) -> Options<'_> {
        match self.forward {
            Forward::Canonical => self.passing_options().with_role(Role::UltimateReceiver),
            Forward::Original => self.passing_options(),
        }
    }

    /// Returns the options for a message that is no operation of the service and is forwarded unchanged.
    fn passing_options(&self) -> Options<'_> {
        self.passing.options()
    }

    /// Returns the options for replies.
    pub(crate) fn reply_options(&self) -> Options<'_> {
        self.replies.options()
    }
}

fn is_named(name: &Element<'_>, list: &[BlockName]) -> bool {
    list.iter().any(|listed| {
        name.local_name() == listed.name && name.namespace().is_some_and(|uri| uri == *listed.namespace)
    })
}

/// Returns whether the refusal of a mandatory block may be taken back, because another operation is forwarded
/// unchanged.
pub(crate) fn may_be_for_others(config: &Config, error: &Error) -> bool {
    config.other_operations == OtherOperations::Original && error.kind() == ErrorKind::MustUnderstand
}

/// Returns whether a list of the configuration names the header block.
pub(crate) fn is_listed(block: &HeaderBlock<'_>, list: &[BlockName]) -> bool {
    is_named(&block.element(), list)
}

/// Returns the SOAPAction of an operation, or `None` if the action does not fit into a header.
fn action_of(namespace: &str, local: &str) -> Option<String> {
    let plain = |text: &str| text.bytes().all(|b| matches!(b, b'!'..=b'~') && b != b'"' && b != b'\\');
    let slash = if namespace.is_empty() || namespace.ends_with('/') { "" } else { "/" };
    (plain(namespace) && plain(local)).then(|| format!("{namespace}{slash}{local}"))
}

/// The facts about a request that are known before the request is known to be good.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The operation in the body, also if the request is refused.
    pub(crate) operation: Option<Operation>,
}

/// Checks a whole message and decides how it is forwarded. `call` receives the CallId if the request has one.
pub(crate) fn check(
    config: &Config,
    reader: &Reader,
    faults: &Faults,
    head: &Head,
    read: &mut Read<'_>,
    seen: &mut Seen,
    call: impl FnOnce(CallId<'_>),
) -> Result<Checked, Box<Answer>> {
    let bytes = &read.bytes.clone();
    let mut parsed = read.envelope();
    if parsed.is_err_and(|error| may_be_for_others(config, &error)) {
        // The gateway is an intermediary for a message that it forwards unchanged. A mandatory block for the ultimate
        // receiver is then not the gateway's to understand.
        let passing = reader.passing_options();
        let passed = Envelope::parse_with(bytes, &passing);
        if passed.is_ok_and(|envelope| matches!(envelope.body(), Body::Other(_))) {
            parsed = passed;
        }
    }
    let envelope = parsed.map_err(|error| Box::new(faults.message(head.version, &error, bytes)))?;
    let version = envelope.version();
    let refuse =
        |reason: &str, rule| Err(Box::new(faults.client(version, None, reason, Outcome::Policy, rule)));
    let actions_fit =
        |action: &str| head.actions.iter().all(|given| media::action_fits(given.as_deref(), action));
    const ACTION: &str = "The action does not name the operation in the body.";
    const OPERATION: &str = "This operation is not offered here.";
    let body = envelope.body();
    match operation::sort(&body) {
        Sort::Request(operation) => {
            seen.operation = Some(operation);
            if !config.operations.contains(&operation) {
                return refuse(OPERATION, "Operation");
            }
            if !actions_fit(operation.action()) {
                return refuse(ACTION, "Action");
            }
            if operation::dial_string(&body).is_some_and(|number| !config.dial_strings.allow(number)) {
                let fault = Fault::dialing_rules();
                return Err(Box::new(faults.refuse(version, None, fault, Outcome::Policy, "DialString")));
            }
            let mut original = config.forward == Forward::Original;
            for block in envelope.header().blocks() {
                if original {
                    if block.must_not_travel_on(&reader.request_options()) {
                        return refuse("A header block for this node cannot travel on.", "HeaderForThisNode");
                    }
                } else if !is_listed(&block, &config.drop_headers) {
                    match config.other_headers {
                        OtherHeaders::Refuse => {
                            return refuse("A header block is not accepted here.", "HeaderBlock");
                        }
                        OtherHeaders::Original => original = true,
                    }
                }
            }
            if let Some(call_id) = operation::call_id(&body) {
                call(call_id);
            }
            let namespace = envelope.namespace().unwrap_or(MessagesNamespace::Http);
            let (sent_version, sent_body, sent_namespace) = if original {
                (version, bytes.clone(), namespace)
            } else {
                let sent = match config.forwarded_version {
                    ForwardedVersion::V1_1 => SoapVersion::V1_1,
                    ForwardedVersion::AsReceived => version,
                };
                let Some(written) = answer::encode(&Envelope::new(sent, body)) else {
                    return refuse("The message cannot be written.", "Unwritable");
                };
                (sent, written, MessagesNamespace::Http)
            };
            let action = match sent_namespace {
                MessagesNamespace::Http => Cow::Borrowed(operation.action()),
                MessagesNamespace::Https => {
                    Cow::Owned(format!("{}/{}", sent_namespace.as_str(), operation.name()))
                }
            };
            Ok(Checked {
                version,
                namespace,
                operation: Some(operation),
                body: sent_body,
                unchanged: original,
                sent_version,
                action,
            })
        }
        Sort::Response(_) => refuse("A reply is no request.", "Reply"),
        Sort::Fault => refuse("A fault is no request.", "Fault"),
        Sort::Unknown => refuse(OPERATION, "Operation"),
        Sort::Other => {
            // The body has the name of an operation of the service in another namespace. An upstream might take the
            // body for that operation, although the gateway has applied none of the rules for it.
            let is_ours =
                Operation::ALL.iter().any(|ours| body.local_name().eq_ignore_ascii_case(ours.name()));
            if config.other_operations == OtherOperations::Refuse || is_ours {
                return refuse(OPERATION, "Operation");
            }
            let Body::Other(element) = body else { return refuse(OPERATION, "Operation") };
            let uri = element.namespace().map(|name| name.to_string()).unwrap_or_default();
            let Some(action) = action_of(&uri, body.local_name()) else {
                return refuse("The operation's name does not fit into a header.", "OperationName");
            };
            if !actions_fit(&action) {
                return refuse(ACTION, "Action");
            }
            if envelope.header().blocks().any(|block| block.must_not_travel_on(&reader.passing_options())) {
                return refuse("A header block for this node cannot travel on.", "HeaderForThisNode");
            }
            Ok(Checked {
                version,
                namespace: MessagesNamespace::Http,
                operation: None,
                body: bytes.clone(),
                unchanged: true,
                sent_version: version,
                action: Cow::Owned(action),
            })
        }
    }
}

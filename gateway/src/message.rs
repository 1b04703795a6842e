//! A request's message: read, checked, and made ready to go on. Nothing here talks to the network.

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

/// A request that may go on.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The version that the client speaks.
    pub(crate) version: SoapVersion,
    /// The namespace variant that the client writes.
    pub(crate) namespace: MessagesNamespace,
    /// Which operation it is; `None`: one that is none of the service's and passes unchanged.
    pub(crate) operation: Option<Operation>,
    /// What the upstream is sent.
    pub(crate) body: Bytes,
    /// That is what the client sent.
    pub(crate) unchanged: bool,
    /// The version of that.
    pub(crate) sent_version: SoapVersion,
    /// The action of that: the operation's namespace, a slash, its name.
    pub(crate) action: Cow<'static, str>,
}

/// How messages are read in the gateway's role. It owns the names of its configuration, so that they end with it.
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

    /// How requests are read.
    pub(crate) fn request_options(&self) -> Options<'_> {
        match self.forward {
            Forward::Canonical => self.passing_options().with_role(Role::UltimateReceiver),
            Forward::Original => self.passing_options(),
        }
    }

    /// How a message is read that is no operation of the service and passes through.
    fn passing_options(&self) -> Options<'_> {
        self.passing.options()
    }

    /// How replies are read.
    pub(crate) fn reply_options(&self) -> Options<'_> {
        self.replies.options()
    }
}

fn is_named(name: &Element<'_>, list: &[BlockName]) -> bool {
    list.iter().any(|listed| {
        name.local_name() == listed.name && name.namespace().is_some_and(|uri| uri == *listed.namespace)
    })
}

/// Might a refusal of a mandatory block be taken back, because the operation passes through?
pub(crate) fn may_be_for_others(config: &Config, error: &Error) -> bool {
    config.other_operations == OtherOperations::Original && error.kind() == ErrorKind::MustUnderstand
}

/// Is the block in a list of the configuration?
pub(crate) fn is_listed(block: &HeaderBlock<'_>, list: &[BlockName]) -> bool {
    is_named(&block.element(), list)
}

/// The SOAPAction of an operation; `None` when it would not fit into a header.
fn action_of(namespace: &str, local: &str) -> Option<String> {
    let plain = |text: &str| text.bytes().all(|b| matches!(b, b'!'..=b'~') && b != b'"' && b != b'\\');
    let slash = if namespace.is_empty() || namespace.ends_with('/') { "" } else { "/" };
    (plain(namespace) && plain(local)).then(|| format!("{namespace}{slash}{local}"))
}

/// What is learnt of a request before it is known to be good.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The operation in the body, also when it is refused.
    pub(crate) operation: Option<Operation>,
}

/// Checks a whole message and decides how it goes on. `call` is given the CallId of a request that has one.
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
        // The gateway is no receiver of what passes through it: the mandatory blocks are for others.
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
            // A name of the service in another namespace: the upstream might take it for the service's, and then none
            // of the rules for that operation would have been kept.
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

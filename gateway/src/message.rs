//! A request's message: read, checked, and made ready to go on. Nothing here talks to the network.

use std::borrow::Cow;

use bytes::Bytes;
use umsoap::SoapVersion;
use umsoap::{
    Body, CallId, Element, Envelope, Error, ErrorKind, HeaderBlock, Limits, MessagesNamespace, Options, Role,
};

use crate::answer::{self, Answer, Faults};
use crate::config::{BlockName, Config, Forward, ForwardedVersion, OtherHeaders, OtherOperations};
use crate::head::Head;
use crate::media;
use crate::outcome::Outcome;
use crate::reading::Read;

/// A request that may go on.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The version that the client speaks.
    pub(crate) version: SoapVersion,
    /// The namespace variant that the client writes.
    pub(crate) namespace: MessagesNamespace,
    /// A GetCallInfo, which only reads and may be sent again; or another operation.
    pub(crate) is_get_call_info: bool,
    /// What the upstream is sent.
    pub(crate) body: Bytes,
    /// That is what the client sent.
    pub(crate) unchanged: bool,
    /// The version of that.
    pub(crate) sent_version: SoapVersion,
    /// The action of that: the operation's namespace, a slash, its name.
    pub(crate) action: Cow<'static, str>,
}

/// Reads messages in the gateway's role.
pub(crate) struct Reader {
    request: Options<'static>,
    reply: Options<'static>,
    /// For operations that pass through.
    passing: Options<'static>,
}

impl Reader {
    /// The lists live as long as the process: one configuration, made once.
    pub(crate) fn new(config: &Config) -> Self {
        let names = |list: &[BlockName]| -> &'static [(&'static str, &'static str)] {
            let leaked = |name: &BlockName| (&*name.namespace.clone().leak(), &*name.name.clone().leak());
            list.iter().map(leaked).collect::<Vec<_>>().leak()
        };
        let own_uris: &'static [&'static str] =
            config.own_uris.iter().map(|uri| &*uri.clone().leak()).collect::<Vec<_>>().leak();
        let limits = |bytes: usize| {
            let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
            Limits::DEFAULT.with_message_bytes(bytes).unwrap_or(Limits::DEFAULT)
        };
        let options = Options::new().with_own_uris(own_uris).with_limits(limits(config.body_bytes));
        let passing = options.with_role(Role::Intermediary).with_understood(names(&config.understood));
        Self {
            request: match config.forward {
                Forward::Canonical => passing.with_role(Role::UltimateReceiver),
                Forward::Original => passing,
            },
            reply: Options::new()
                .with_limits(limits(config.reply_bytes))
                .with_understood(names(&config.reply_headers)),
            passing,
        }
    }

    /// How requests are read.
    pub(crate) const fn request_options(&self) -> Options<'static> {
        self.request
    }

    /// How replies are read.
    pub(crate) const fn reply_options(&self) -> &Options<'static> {
        &self.reply
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

/// Is this a reply of the service? All of them are named so.
pub(crate) fn is_response(body: &Body<'_>) -> bool {
    !matches!(body, Body::Other(_) | Body::Fault(_)) && body.local_name().ends_with("Response")
}

/// The SOAPAction of an operation; `None` when it would not fit into a header.
fn action_of(namespace: &str, local: &str) -> Option<String> {
    let plain = |text: &str| text.bytes().all(|b| matches!(b, b'!'..=b'~') && b != b'"' && b != b'\\');
    let slash = if namespace.is_empty() || namespace.ends_with('/') { "" } else { "/" };
    (plain(namespace) && plain(local)).then(|| format!("{namespace}{slash}{local}"))
}

/// Checks a whole message and decides how it goes on. `call` is given the CallId of a GetCallInfo.
pub(crate) fn check(
    config: &Config,
    reader: &Reader,
    faults: &Faults,
    head: &Head,
    read: &mut Read,
    call: impl FnOnce(CallId<'_>),
) -> Result<Checked, Box<Answer>> {
    let bytes = &read.bytes.clone();
    let mut options = &reader.request;
    let mut parsed = read.envelope();
    if parsed.is_err_and(|error| may_be_for_others(config, &error)) {
        // The gateway is no receiver of operations that pass through it: their mandatory blocks are for others.
        let passed = Envelope::parse_with(bytes, &reader.passing);
        if passed.is_ok_and(|envelope| !matches!(envelope.body(), Body::GetCallInfo(_) | Body::Fault(_))) {
            (options, parsed) = (&reader.passing, passed);
        }
    }
    let envelope = parsed.map_err(|error| Box::new(faults.message(head.version, &error, bytes)))?;
    let version = envelope.version();
    let refuse =
        |reason: &str, rule| Err(Box::new(faults.client(version, None, reason, Outcome::Policy, rule)));
    let actions_fit = |namespace: &str, local: &str| {
        head.actions.iter().all(|action| media::action_fits(action.as_deref(), namespace, local))
    };
    const ACTION: &str = "The action does not name the operation in the body.";
    match envelope.body() {
        Body::GetCallInfo(request) => {
            const LOCAL: &str = "GetCallInfo";
            let namespace = envelope.namespace().unwrap_or(MessagesNamespace::Http);
            if !actions_fit(namespace.as_str(), LOCAL) {
                return refuse(ACTION, "Action");
            }
            let mut original = config.forward == Forward::Original;
            for block in envelope.header().blocks() {
                if original {
                    if block.must_not_travel_on(options) {
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
            call(request.call_id());
            let (sent_version, body, sent_namespace) = if original {
                (version, bytes.clone(), namespace)
            } else {
                let sent = match config.forwarded_version {
                    ForwardedVersion::V1_1 => SoapVersion::V1_1,
                    ForwardedVersion::AsReceived => version,
                };
                let Some(body) = answer::encode(&Envelope::new(sent, Body::GetCallInfo(request))) else {
                    return refuse("The message cannot be written.", "Unwritable");
                };
                (sent, body, MessagesNamespace::Http)
            };
            let action = match sent_namespace {
                MessagesNamespace::Http => Cow::Borrowed(media::GET_CALL_INFO),
                MessagesNamespace::Https => Cow::Owned(format!("{}/{LOCAL}", sent_namespace.as_str())),
            };
            let unchanged = original;
            Ok(Checked { version, namespace, is_get_call_info: true, body, unchanged, sent_version, action })
        }
        Body::Fault(_) => refuse("A fault is no request.", "Fault"),
        body if is_response(&body) => refuse("A reply is no request.", "Reply"),
        // Another operation of the service, or one that the library does not know.
        body => {
            if config.other_operations == OtherOperations::Refuse {
                return refuse("This operation is not offered here.", "Operation");
            }
            let uri = match &body {
                Body::Other(element) => element.namespace().map(|n| n.to_string()).unwrap_or_default(),
                _ => envelope.namespace().unwrap_or(MessagesNamespace::Http).as_str().to_owned(),
            };
            if !actions_fit(&uri, body.local_name()) {
                return refuse(ACTION, "Action");
            }
            if envelope.header().blocks().any(|block| block.must_not_travel_on(&reader.passing)) {
                return refuse("A header block for this node cannot travel on.", "HeaderForThisNode");
            }
            let Some(action) = action_of(&uri, body.local_name()) else {
                return refuse("The operation's name does not fit into a header.", "OperationName");
            };
            Ok(Checked {
                version,
                namespace: MessagesNamespace::Http,
                is_get_call_info: false,
                body: bytes.clone(),
                unchanged: true,
                sent_version: version,
                action: Cow::Owned(action),
            })
        }
    }
}

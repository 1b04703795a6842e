use std::borrow::Cow;

use serde::Deserialize;

use super::{Found, Input, Peer, Scratch};

pub const PEER: Peer = Peer {
    name: "quick-xml serde",
    about: "UTF-8 checked by std, then `de::from_str` into structures that name what is wanted. No namespaces, no \
            attributes.",
    read,
};

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "Body", borrow)]
    body: Body<'a>,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(rename = "$value", borrow)]
    operation: Operation<'a>,
}

#[derive(Deserialize)]
enum Operation<'a> {
    GetCallInfo {
        #[serde(rename = "CallId", borrow)]
        call_id: Cow<'a, str>,
    },
    GetCallInfoResponse {
        #[serde(rename = "GetCallInfoResponse", borrow)]
        inner: CallInfo<'a>,
    },
}

#[derive(Deserialize)]
struct CallInfo<'a> {
    #[serde(rename = "CallState", borrow)]
    state: Cow<'a, str>,
    #[serde(rename = "EventCause", borrow)]
    cause: Cow<'a, str>,
}

fn read<'a>(input: &'a Input, _: &'a mut Scratch) -> Option<Found<'a>> {
    let envelope: Envelope<'a> = quick_xml::de::from_str(std::str::from_utf8(input.bytes()).ok()?).ok()?;
    match envelope.body.operation {
        Operation::GetCallInfo { call_id } => Some(Found::Request(call_id)),
        Operation::GetCallInfoResponse { inner } => {
            Some(Found::Response(inner.state.parse().ok()?, inner.cause.parse().ok()?))
        }
    }
}

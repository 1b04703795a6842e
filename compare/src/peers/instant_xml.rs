use std::borrow::Cow;

use instant_xml::FromXml;

use super::{Found, Input, MESSAGES, Peer, SOAP, Scratch};

pub const PEER: Peer = Peer {
    name: "instant-xml",
    about: "UTF-8 checked by std, then `from_str` into structures that name what is wanted, with namespaces.",
    read,
};

#[derive(FromXml)]
#[xml(ns(SOAP), rename = "Envelope")]
struct Envelope<'a> {
    #[xml(borrow)]
    body: Body<'a>,
}

#[derive(FromXml)]
#[xml(ns(SOAP), rename = "Body")]
struct Body<'a> {
    #[xml(borrow)]
    request: Option<Request<'a>>,
    #[xml(borrow)]
    response: Option<Response<'a>>,
}

#[derive(FromXml)]
#[xml(ns(MESSAGES), rename = "GetCallInfo")]
struct Request<'a> {
    #[xml(rename = "CallId", borrow)]
    call_id: Cow<'a, str>,
}

#[derive(FromXml)]
#[xml(ns(MESSAGES), rename = "GetCallInfoResponse")]
struct Response<'a> {
    #[xml(borrow)]
    inner: CallInfo<'a>,
}

#[derive(FromXml)]
#[xml(ns(MESSAGES), rename = "GetCallInfoResponse")]
struct CallInfo<'a> {
    #[xml(rename = "CallState", borrow)]
    state: Cow<'a, str>,
    #[xml(rename = "EventCause", borrow)]
    cause: Cow<'a, str>,
}

fn read<'a>(input: &'a Input, _: &'a mut Scratch) -> Option<Found<'a>> {
    let envelope: Envelope<'a> = instant_xml::from_str(std::str::from_utf8(input.bytes()).ok()?).ok()?;
    match (envelope.body.request, envelope.body.response) {
        (Some(request), None) => Some(Found::Request(request.call_id)),
        (None, Some(Response { inner })) => {
            Some(Found::Response(inner.state.parse().ok()?, inner.cause.parse().ok()?))
        }
        _ => None,
    }
}

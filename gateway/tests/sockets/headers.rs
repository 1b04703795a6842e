//! Tests of SOAP header blocks and HTTP headers: header blocks arrive or are refused, and HTTP headers pass by name.

use crate::process::{
    Client, DOCUMENTED, Gateway, MESSAGES, Mock, PATH, SOAP_1_1, SOAP_1_2, call, config, envelope, seen,
};
use crate::server::{Act, Server, XML, good, reply};

const SECURITY: &str = "<w:Security xmlns:w=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd\"><w:UsernameToken/></w:Security>";
const IMPERSONATION: &str = "<t:ExchangeImpersonation xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\"><t:ConnectingSID/></t:ExchangeImpersonation>";
const TRACE: &str = "<x:Trace xmlns:x=\"urn:trace\">7</x:Trace>";

fn get() -> String {
    format!("<GetCallInfo xmlns=\"{MESSAGES}\"><CallId>{DOCUMENTED}</CallId></GetCallInfo>")
}

fn mandatory(block: &str) -> String {
    let end = block.find('>').unwrap();
    format!("{} s:mustUnderstand=\"1\"{}", &block[..end], &block[end..])
}

#[test]
fn blocks_arrive_or_are_refused() {
    let mock = Mock::start();
    let drop_trace = "drop_headers = [{ namespace = \"urn:trace\", name = \"Trace\" }]\n";
    let understand = "understood = [{ namespace = \"urn:trace\", name = \"Trace\" }]\n";
    let gateway = |keys: &str| Gateway::start(&[mock.address], &format!("[request]\n{keys}"));
    let refusing = gateway(drop_trace);
    let understanding = gateway(&format!("{drop_trace}{understand}"));
    let passing = gateway(&format!("{drop_trace}{understand}other_headers = \"original\"\n"));
    let original = gateway("forward = \"original\"\nown_uris = [\"urn:me\"]\n");

    #[derive(Debug, PartialEq)]
    enum End {
        Canonical,
        Unchanged,
        Refused(&'static str),
    }
    use End::{Canonical, Refused, Unchanged};
    let send = |gateway: &Gateway, soap: &str, blocks: &str| {
        let before = mock.log().len();
        let message = envelope(soap, blocks, &get());
        let answer = gateway.client().post(&message, "X-Mock-Log: 1\r\n");
        let log = mock.log();
        if log.len() > before {
            // The mock understands no header block. It may refuse an unchanged message, which does not matter here.
            let body = log.last().unwrap()["body"].as_str().unwrap();
            assert!(answer.status == 200 || answer.fault().1 == "MustUnderstand");
            if body == message { Unchanged } else { Canonical }
        } else {
            Refused(match answer.fault().1.as_str() {
                "MustUnderstand" => "MustUnderstand",
                "Client" | "Sender" => "Client",
                other => panic!("{other}"),
            })
        }
    };
    for soap in [SOAP_1_1, SOAP_1_2] {
        let must = Refused("MustUnderstand");
        for (blocks, by_refusing, by_understanding, by_passing, by_original) in [
            ("", Canonical, Canonical, Canonical, Unchanged),
            (TRACE, Canonical, Canonical, Canonical, Unchanged),
            (SECURITY, Refused("Client"), Refused("Client"), Unchanged, Unchanged),
            (IMPERSONATION, Refused("Client"), Refused("Client"), Unchanged, Unchanged),
            (&format!("{TRACE}{IMPERSONATION}"), Refused("Client"), Refused("Client"), Unchanged, Unchanged),
            (&mandatory(TRACE), must, Canonical, Canonical, Unchanged),
            (
                &mandatory(SECURITY),
                Refused("MustUnderstand"),
                Refused("MustUnderstand"),
                Refused("MustUnderstand"),
                Unchanged,
            ),
            (
                &mandatory(IMPERSONATION),
                Refused("MustUnderstand"),
                Refused("MustUnderstand"),
                Refused("MustUnderstand"),
                Unchanged,
            ),
        ] {
            assert_eq!(send(&refusing, soap, blocks), by_refusing, "{blocks}");
            assert_eq!(send(&understanding, soap, blocks), by_understanding, "{blocks}");
            assert_eq!(send(&passing, soap, blocks), by_passing, "{blocks}");
            assert_eq!(send(&original, soap, blocks), by_original, "{blocks}");
        }
        // An intermediary must not forward a header block for itself, and must understand it if it is mandatory.
        let role = if soap == SOAP_1_1 { "actor" } else { "role" };
        let mine = TRACE.replacen('>', &format!(" s:{role}=\"urn:me\">"), 1);
        assert_eq!(send(&original, soap, &mine), Refused("Client"));
        assert_eq!(send(&original, soap, &mandatory(&mine)), Refused("MustUnderstand"));
        assert_eq!(send(&original, soap, &mine.replace("urn:me", "urn:other")), Unchanged);
    }
}

#[test]
fn what_is_no_operation_of_the_service_passes_unchanged_or_is_refused() {
    let server =
        Server::start(|_| Act::Reply(reply(200, XML, &envelope(SOAP_1_1, "", "<a:Gone xmlns:a='urn:a'/>"))));
    // Without health checks, the server gets the requests of clients alone.
    let quiet = "[forwarding]\nhealth_ms = 0\n";
    let keys = format!("[request]\nother_operations = \"original\"\n{quiet}");
    let passing = Gateway::start(&[server.address], &keys);
    let refusing = Gateway::start(&[server.address], quiet);
    let body = "<a:Go xmlns:a='urn:a'>x</a:Go>";
    for soap in [SOAP_1_1, SOAP_1_2] {
        for header in ["", SECURITY, &mandatory(SECURITY)] {
            let message = envelope(soap, header, body);
            let answer = passing.post(&message);
            assert_eq!(answer.status, 200, "{}", answer.text());
            assert!(answer.text().contains("urn:a"));
            assert_eq!(server.requests().last().unwrap().body, message);
            assert_ne!(refusing.post(&message).status, 200);
        }
        // A message in chunks passes, too, although the first check refuses it before its last byte has come.
        let message = envelope(soap, &mandatory(SECURITY), body);
        let chunks: String = message
            .as_bytes()
            .chunks(50)
            .map(|c| format!("{:x}\r\n{}\r\n", c.len(), std::str::from_utf8(c).unwrap()))
            .collect();
        let request = format!(
            "POST http://absolute.example{PATH} HTTP/1.1\r\nHost: absolute.example\r\nContent-Type: {}\r\n\
             Transfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n",
            crate::process::media(&message)
        );
        let before = server.requests().len();
        passing.client().exchange(request.as_bytes());
        assert_eq!(server.requests().len(), before + 1);
        assert_eq!(server.requests().last().unwrap().body, message);
        let wrong = passing.client().post(&envelope(soap, "", body), "SOAPAction: \"urn:x/ResetPIN\"\r\n");
        assert_eq!(wrong.status, if soap == SOAP_1_1 { 500 } else { 400 });
        let odd = envelope(soap, "", "<a:Go xmlns:a='urn:a&quot;&#13;&#10;X-Evil: 1'/>");
        assert_eq!(passing.post(&odd).fault().2, "The operation's name does not fit into a header.");
        // An operation of the service does not pass in this way, neither in its own namespace nor in another one.
        let before = server.requests().len();
        for namespace in [MESSAGES, "urn:a", ""] {
            for name in ["PlayOnPhone", "playonphone", "ResetPIN", "Disconnect"] {
                let children = match name {
                    "PlayOnPhone" => "<entryId>AA==</entryId><DialString>5551</DialString>",
                    "Disconnect" => "<CallId>x</CallId>",
                    _ => "",
                };
                let message =
                    envelope(soap, "", &format!("<{name} xmlns=\"{namespace}\">{children}</{name}>"));
                let answer = passing.post(&message);
                assert_eq!(answer.fault().2, "This operation is not offered here.", "{message}");
            }
        }
        assert_eq!(server.requests().len(), before);
    }
}

/// A message that passes unchanged must not carry a header block for this node. A block for another node passes, and so
/// does a block for `next` with `relay` in SOAP 1.2.
#[test]
fn blocks_for_this_node_do_not_pass_with_another_operation() {
    let server =
        Server::start(|_| Act::Reply(reply(200, XML, &envelope(SOAP_1_1, "", "<a:Gone xmlns:a='urn:a'/>"))));
    let keys = "[request]\nother_operations = \"original\"\nown_uris = [\"urn:own\"]\n\
        [forwarding]\nhealth_ms = 0\n";
    let gateway = Gateway::start(&[server.address], keys);
    let next_1_1 = "s:actor=\"http://schemas.xmlsoap.org/soap/actor/next\"";
    let next_1_2 = "s:role=\"http://www.w3.org/2003/05/soap-envelope/role/next\"";
    let relayed = format!("{next_1_2} s:relay=\"true\"");
    let not_relayed = format!("{next_1_2} s:relay=\"false\"");
    for (soap, attributes, passes) in [
        (SOAP_1_1, "", true),
        (SOAP_1_1, "s:actor=\"urn:other\"", true),
        (SOAP_1_1, "s:actor=\"urn:own\"", false),
        (SOAP_1_1, next_1_1, false),
        (SOAP_1_2, "", true),
        (SOAP_1_2, "s:role=\"urn:other\"", true),
        (SOAP_1_2, "s:role=\"urn:own\"", false),
        (SOAP_1_2, next_1_2, false),
        (SOAP_1_2, &not_relayed, false),
        (SOAP_1_2, &relayed, true),
    ] {
        let block = format!("<x:Trace xmlns:x=\"urn:trace\" {attributes}>7</x:Trace>");
        for header in [block.clone(), format!("{TRACE}{block}")] {
            let message = envelope(soap, &header, "<a:Go xmlns:a='urn:a'>x</a:Go>");
            let before = server.requests().len();
            let answer = gateway.post(&message);
            assert_eq!(answer.status == 200, passes, "{message}: {}", answer.text());
            assert_eq!(server.requests().len() - before, usize::from(passes), "{message}");
            if !passes {
                assert_eq!(answer.fault().2, "A header block for this node cannot travel on.", "{message}");
            }
        }
    }
}

/// The action that the server gets has the namespace of the message that the server gets.
#[test]
fn the_action_is_that_of_the_message_that_is_sent() {
    let server = Server::start(|_| good());
    let https = MESSAGES.replacen("http:", "https:", 1);
    for (forward, of_https) in [("canonical", MESSAGES), ("original", &*https)] {
        let keys = format!(
            "[request]\nforward = \"{forward}\"\n[forwarding]\nhealth_ms = 0\nsoap = \"as-received\"\n"
        );
        let gateway = Gateway::start(&[server.address], &keys);
        for soap in [SOAP_1_1, SOAP_1_2] {
            for (namespace, expected) in [(MESSAGES, MESSAGES), (&https, of_https)] {
                assert_eq!(gateway.post(&call(soap, "x").replace(MESSAGES, namespace)).status, 200);
                let seen = server.requests().pop().unwrap();
                assert!(seen.body.contains(expected), "{forward}: {}", seen.body);
                let action = format!("\"{expected}/GetCallInfo\"");
                let (field, parameter) = match soap {
                    SOAP_1_1 => (vec![action], String::new()),
                    _ => (vec![], format!("; action={action}")),
                };
                assert_eq!(seen.headers("soapaction"), field, "{forward} {soap}");
                let media = crate::process::media(soap);
                assert_eq!(seen.headers("content-type"), [format!("{media}{parameter}")], "{forward} {soap}");
            }
        }
    }
}

#[test]
fn reply_headers_pass_by_name() {
    let mock = Mock::start();
    let naming = "[reply]\nreply_headers = [{ namespace = \"urn:trace\", name = \"Trace\" }]\n[forwarding]\nsoap = \"as-received\"\n";
    let gateway = Gateway::start(&[mock.address], naming);
    for soap in [SOAP_1_1, SOAP_1_2] {
        for sort in ["header", "mandatory"] {
            let answer = gateway.post(&call(soap, &format!("mock:{sort}")));
            assert_eq!(answer.status, 200, "{}", answer.text());
            let envelope = umsoap::Envelope::parse_with(
                &answer.body,
                &umsoap::Options::new().with_understood(&[("urn:trace", "Trace")]),
            )
            .unwrap();
            let block = envelope.header().blocks().next().unwrap();
            assert_eq!(block.must_understand(), sort == "mandatory");
            assert!(block.element().raw().unwrap().contains(">7</t:Trace>"));
        }
    }
}

#[test]
fn the_gateway_writes_the_headers_of_the_message() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "[request]\nforward = \"original\"\n");
    for soap in [SOAP_1_1, SOAP_1_2] {
        let message = call(soap, DOCUMENTED);
        let headers = format!(
            "SOAPAction: {MESSAGES}/GetCallInfo\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nX-Forwarded-For: 6.6.6.6\r\n\
             Digest: x\r\nContent-MD5: x\r\nAuthorization: Basic dTpw\r\nX-Mock-Log: 1\r\n"
        );
        assert_eq!(gateway.client().post(&message, &headers).status, 200);
        let log = mock.log();
        let request = log.last().unwrap();
        assert_eq!(request["path"], PATH);
        assert_eq!(seen(request, "host"), Some(mock.address.to_string().as_str()));
        assert_eq!(seen(request, "x-forwarded-for"), Some("127.0.0.1"));
        assert_eq!(seen(request, "authorization"), Some("Basic dTpw"));
        assert_eq!(seen(request, "content-length"), Some(message.len().to_string().as_str()));
        for gone in ["x-hop", "digest", "content-md5", "connection"] {
            assert_eq!(seen(request, gone), None, "{gone}");
        }
        let action = format!("\"{MESSAGES}/GetCallInfo\"");
        if soap == SOAP_1_1 {
            assert_eq!(seen(request, "soapaction"), Some(action.as_str()));
            assert_eq!(seen(request, "content-type"), Some("text/xml; charset=utf-8"));
        } else {
            assert_eq!(seen(request, "soapaction"), None);
            let media = format!("application/soap+xml; charset=utf-8; action={action}");
            assert_eq!(seen(request, "content-type"), Some(media.as_str()));
        }
    }
}

#[test]
fn a_trusted_proxy_is_believed_and_completed() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "[request]\ntrusted_proxies = [\"127.0.0.0/8\"]\n");
    let forwarded = "X-Forwarded-For: 192.0.2.7\r\n";
    for (headers, proto) in [("", "http"), ("X-Forwarded-Proto: https\r\n", "https")] {
        let headers = format!("{forwarded}{headers}X-Mock-Log: 1\r\n");
        assert_eq!(gateway.client().post(&call(SOAP_1_1, DOCUMENTED), &headers).status, 200);
        let log = mock.log();
        let request = log.last().unwrap();
        assert_eq!(seen(request, "x-forwarded-for"), Some("192.0.2.7, 127.0.0.1"));
        assert_eq!(seen(request, "x-forwarded-proto"), Some(proto));
    }
}

#[test]
fn a_client_of_ipv4_at_a_socket_of_ipv6_has_its_own_address() {
    let server = Server::start(|_| good());
    for (trusted, seen) in
        [("", "127.0.0.1"), ("127.0.0.0/8", "192.0.2.7, 127.0.0.1"), ("::1/128", "127.0.0.1")]
    {
        let networks = if trusted.is_empty() { String::new() } else { format!("\"{trusted}\"") };
        let keys = format!("[request]\ntrusted_proxies = [{networks}]\n[forwarding]\nhealth_ms = 0\n");
        let gateway = Gateway::start_with(&config(&[server.address], "[::]:0", &keys), &[]);
        let mut client = Client::connect(([127, 0, 0, 1], gateway.listen.port()).into());
        assert_eq!(client.post(&call(SOAP_1_1, "x"), "X-Forwarded-For: 192.0.2.7\r\n").status, 200);
        assert_eq!(server.requests().last().unwrap().headers("x-forwarded-for"), [seen], "{trusted}");
    }
}

#[test]
fn canonical_requests_are_soap_1_1_unless_told_otherwise() {
    let mock = Mock::start();
    for (keys, sent) in [("", SOAP_1_1), ("[forwarding]\nsoap = \"as-received\"\n", SOAP_1_2)] {
        let gateway = Gateway::start(&[mock.address], keys);
        let answer = gateway.client().post(&call(SOAP_1_2, DOCUMENTED), "X-Mock-Log: 1\r\n");
        assert!(answer.text().contains(SOAP_1_2));
        assert!(mock.log().last().unwrap()["body"].as_str().unwrap().contains(sent));
    }
}

//! Tests of the HTTP status of every refusal, and of its fault in the request's version of SOAP.

use crate::process::{
    Client, DOCUMENTED, Gateway, MESSAGES, Mock, PATH, SOAP_1_1, SOAP_1_2, call, envelope, post,
};

fn raw(method: &str, path: &str, headers: &str, body: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n{body}")
}

#[test]
fn http_refusals_have_their_status_and_a_fault() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "[request]\nbody_bytes = 5000\n");
    for (version, soap, media) in [("1.1", SOAP_1_1, "text/xml"), ("1.2", SOAP_1_2, "application/soap+xml")] {
        let good = call(soap, DOCUMENTED);
        let length = format!("Content-Length: {}\r\n", good.len());
        let kind = format!("Content-Type: {media}\r\n");
        let both = format!("{kind}{length}");
        let long = format!("{good}{}", " ".repeat(5001 - good.len()));
        for (what, request, status) in [
            ("path", raw("POST", "/x", &both, &good), 404),
            ("path of the WSDL", raw("GET", "/?wsdl", &kind, ""), 404),
            ("GET", raw("GET", PATH, &kind, ""), 405),
            ("PUT", raw("PUT", PATH, &both, &good), 405),
            ("OPTIONS", raw("OPTIONS", PATH, &kind, ""), 405),
            ("TRACE", raw("TRACE", PATH, &kind, ""), 405),
            (
                "charset",
                raw("POST", PATH, &format!("Content-Type: {media}; charset=iso-8859-1\r\n{length}"), &good),
                415,
            ),
            (
                "utf-16",
                raw("POST", PATH, &format!("Content-Type: {media}; charset=utf-16\r\n{length}"), &good),
                415,
            ),
            ("gzip", raw("POST", PATH, &format!("{both}Content-Encoding: gzip\r\n"), &good), 415),
            (
                "identity, then gzip",
                raw(
                    "POST",
                    PATH,
                    &format!("{both}Content-Encoding: identity\r\nContent-Encoding: gzip\r\n"),
                    &good,
                ),
                415,
            ),
            (
                "a list of codings",
                raw("POST", PATH, &format!("{both}Content-Encoding: identity, gzip\r\n"), &good),
                415,
            ),
            ("two lengths", raw("POST", PATH, &format!("{both}{length}"), &good), 400),
            (
                "list of lengths",
                raw("POST", PATH, &format!("{kind}Content-Length: {0}, {0}\r\n", good.len()), &good),
                400,
            ),
            ("two types", raw("POST", PATH, &format!("{both}{kind}"), &good), 400),
            (
                "two actions",
                raw("POST", PATH, &format!("{both}SOAPAction: \"\"\r\nSOAPAction: \"\"\r\n"), &good),
                400,
            ),
            (
                "length and coding",
                raw("POST", PATH, &format!("{both}Transfer-Encoding: chunked\r\n"), "0\r\n\r\n"),
                400,
            ),
            (
                "coding and length",
                raw(
                    "POST",
                    PATH,
                    &format!("{kind}transfer-encoding: chunked\r\nCONTENT-LENGTH: 5\r\n"),
                    "0\r\n\r\n",
                ),
                400,
            ),
            (
                "two codings",
                raw(
                    "POST",
                    PATH,
                    &format!("{kind}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
                    "0\r\n\r\n",
                ),
                400,
            ),
            (
                "coded chunks",
                raw("POST", PATH, &format!("{kind}Transfer-Encoding: gzip, chunked\r\n"), "0\r\n\r\n"),
                400,
            ),
            (
                "bad chunks",
                raw("POST", PATH, &format!("{kind}Transfer-Encoding: chunked\r\n"), "zz\r\n\r\n"),
                400,
            ),
            ("length", raw("POST", PATH, &format!("{kind}Content-Length: 5001\r\n"), &long), 413),
            (
                "chunked length",
                raw(
                    "POST",
                    PATH,
                    &format!("{kind}Transfer-Encoding: chunked\r\n"),
                    &format!("1389\r\n{long}\r\n0\r\n\r\n"),
                ),
                413,
            ),
            ("expectation", raw("POST", PATH, &format!("{both}Expect: 200-ok\r\n"), &good), 417),
            ("NTLM", raw("POST", PATH, &format!("{both}Authorization: NTLM TlRMTVNTUAAB\r\n"), &good), 401),
            ("Negotiate", raw("POST", PATH, &format!("{both}Authorization: negotiate YIIG\r\n"), &good), 401),
        ] {
            let answer = gateway.client().exchange(request.as_bytes());
            assert_eq!(answer.status, status, "{what}: {answer:?}");
            let code = if version == "1.1" { "Client" } else { "Sender" };
            let (answered, fault, _) = answer.fault();
            assert_eq!((answered, fault.as_str()), (version, code), "{what}");
            assert!(answer.text().contains("urn:umsoap-gateway"), "{what}: {}", answer.text());
            match status {
                405 => assert_eq!(answer.header("allow"), Some("POST")),
                401 => assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"UM\"")),
                _ => {}
            }
        }
    }
    // A request whose head does not tell the version of SOAP is answered in SOAP 1.1.
    for kind in [
        "",
        "Content-Type: text/plain\r\n",
        "Content-Type: application/json\r\n",
        "Content-Type: multipart/related; type=\"text/xml\"\r\n",
    ] {
        let answer = gateway
            .client()
            .exchange(raw("POST", PATH, &format!("{kind}Content-Length: 1\r\n"), "x").as_bytes());
        assert_eq!((answer.status, answer.fault().0), (415, "1.1"));
    }
    for nonsense in ["hello\r\n\r\n", "POST\r\n\r\n", "GET / HTTP/1.1\r\nBad Header: x\r\n\r\n"] {
        let mut client = gateway.client();
        let answer = client.exchange(nonsense.as_bytes());
        assert_eq!((answer.status, answer.fault().0), (400, "1.1"), "{nonsense}");
        assert!(client.is_closed());
    }
    assert!(mock.log().is_empty());
}

#[test]
fn messages_are_refused_in_their_version() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "");
    let get = |inside: &str| format!("<GetCallInfo xmlns=\"{MESSAGES}\">{inside}</GetCallInfo>");
    for (version, soap, client, status) in
        [("1.1", SOAP_1_1, "Client", 500), ("1.2", SOAP_1_2, "Sender", 400)]
    {
        let good = call(soap, DOCUMENTED);
        let must = "<t:Trace xmlns:t=\"urn:t\" s:mustUnderstand=\"1\">x</t:Trace>";
        let known = get("<CallId>x</CallId>");
        for (what, message, status, code) in [
            ("not well-formed", good.replace("</s:Body>", "</s:Bodi>"), status, client),
            ("cut", good[..good.len() - 3].to_owned(), status, client),
            ("trailing", format!("{good}x"), status, client),
            ("empty body", envelope(soap, "", ""), status, client),
            ("no CallId", envelope(soap, "", &get("")), status, client),
            ("empty CallId", envelope(soap, "", &get("<CallId/>")), status, client),
            (
                "long CallId",
                envelope(soap, "", &get(&format!("<CallId>{}</CallId>", "x".repeat(513)))),
                status,
                client,
            ),
            ("two CallIds", envelope(soap, "", &get("<CallId>a</CallId><CallId>b</CallId>")), status, client),
            ("two operations", envelope(soap, "", &format!("{known}{known}")), status, client),
            ("character", envelope(soap, "", &get("<CallId>&#0;</CallId>")), status, client),
            ("processing instruction", format!("<?pi x?>{good}"), status, client),
            ("mandatory block", envelope(soap, must, &known), 500, "MustUnderstand"),
            ("block", envelope(soap, &must.replace("=\"1\"", "=\"0\""), &known), status, client),
            ("operation", envelope(soap, "", &format!("<ResetPIN xmlns=\"{MESSAGES}\"/>")), status, client),
            ("foreign operation", envelope(soap, "", "<GetCallInfo xmlns=\"urn:x\"/>"), status, client),
            (
                "reply",
                envelope(
                    soap,
                    "",
                    &format!(
                        "<GetCallInfoResponse xmlns=\"{MESSAGES}\"><CallState>Idle</CallState><EventCause>None</EventCause></GetCallInfoResponse>"
                    ),
                ),
                status,
                client,
            ),
        ] {
            let answer = gateway.post(&message);
            let (answered, fault, _) = answer.fault();
            assert_eq!(
                (answered, answer.status, fault.as_str()),
                (version, status, code),
                "{what}: {}",
                answer.text()
            );
            assert!(answer.text().contains("urn:umsoap-gateway"), "{what}");
        }
        let not_understood = gateway.post(&envelope(soap, must, &known)).text();
        assert_eq!(
            not_understood.contains("NotUnderstood qname=\"q:Trace\" xmlns:q=\"urn:t\""),
            version == "1.2"
        );
        assert!(!not_understood.contains("etail"), "{not_understood}");

        // The action must name the operation, in SOAPAction and in the parameter of the Content-Type.
        for (headers, fits) in [
            (format!("SOAPAction: \"{MESSAGES}/GetCallInfo\"\r\n"), true),
            (format!("soapaction: {MESSAGES}/GetCallInfo\r\n"), true),
            ("SOAPAction: \"\"\r\n".to_owned(), true),
            ("SOAPAction:\r\n".to_owned(), true),
            (format!("SOAPAction: \"{MESSAGES}/Disconnect\"\r\n"), false),
            ("SOAPAction: \"x\"\r\n".to_owned(), false),
        ] {
            let answer = gateway.client().post(&good, &headers);
            assert_eq!(answer.status == 200, fits, "{headers}");
            if !fits {
                assert_eq!((answer.status, answer.fault().1.as_str()), (status, client));
            }
        }
    }
    let parameter = |action: &str| {
        let message = call(SOAP_1_2, DOCUMENTED);
        let headers = format!(
            "Content-Type: application/soap+xml; action={action}\r\nContent-Length: {}\r\n",
            message.len()
        );
        gateway.client().exchange(raw("POST", PATH, &headers, &message).as_bytes()).status
    };
    assert_eq!(parameter(&format!("\"{MESSAGES}/GetCallInfo\"")), 200);
    assert_eq!(parameter(&format!("{MESSAGES}/GetCallInfo")), 200);
    assert_eq!(parameter("\"urn:x\""), 400);

    // An Envelope in another namespace is a VersionMismatch. Its fault is always in SOAP 1.1 and names the supported
    // envelopes.
    let answer = gateway.post(&call("urn:soap", "x"));
    assert_eq!((answer.status, answer.fault().0, answer.fault().1.as_str()), (500, "1.1", "VersionMismatch"));
    assert!(answer.text().contains("SupportedEnvelope"));
    assert!(mock.log().is_empty());
}

#[test]
fn faults_name_the_node_of_the_configuration() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "[request]\nactor = \"urn:a&b\"\n");
    for (soap, element) in [(SOAP_1_1, "<faultactor>"), (SOAP_1_2, "<soap:Node>")] {
        for refused in [envelope(soap, "", ""), call(soap, "mock:broken")] {
            let answer = gateway.post(&refused);
            assert!(answer.text().contains(&format!("{element}urn:a&amp;b</")), "{}", answer.text());
        }
        let coded = post(&call(soap, "x"), "Content-Encoding: gzip\r\n");
        let answer = gateway.client().exchange(coded.as_bytes());
        assert!(answer.status == 415 && answer.text().contains(element), "{}", answer.text());
    }
}

#[test]
fn memory_for_bodies_is_bounded() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "[request]\nbody_bytes = 20000\nbuffered_bytes = 80000\n");
    let message = call(SOAP_1_1, DOCUMENTED);
    let padded = format!("{message}{}", " ".repeat(20_000 - message.len()));
    let mut holding = gateway.client();
    let request = post(&padded, "");
    // The request holds its head twice, its body, a buffer of the body's length, and 28 KiB of state. These are 68.9 kB
    // of the 70 kB that are seven eighths of `buffered_bytes`.
    std::io::Write::write_all(&mut holding.stream, &request.as_bytes()[..request.len() - 1]).unwrap();
    gateway.holds(64_000);
    let answer = gateway.post(&padded);
    assert_eq!((answer.status, answer.fault().1.as_str()), (503, "Server"), "{answer:?}");
    // The refused request gives its memory back after its answer.
    gateway.metric_becomes("umsoap_gateway_in_flight", 1.0);
    assert_eq!(holding.exchange(b" ").status, 200);
    gateway.metric_becomes("umsoap_gateway_in_flight", 0.0);
    // Replies take memory, too.
    let answer = gateway.post(&call(SOAP_1_1, "mock:large:70000"));
    assert_eq!((answer.status, answer.fault().1.as_str()), (503, "Server"), "{answer:?}");
    assert_eq!(gateway.post(&padded).status, 200);
}

#[test]
fn unlisted_um_servers_are_unknown_calls() {
    let (first, second) = (Mock::start(), Mock::start());
    let table = "[routing]\nunlisted = \"refuse\"\n[routing.table]\n\"df-eum-01.exchange.corp.microsoft.com\" = \"um-1\"\n";
    let gateway = Gateway::start(&[first.address, second.address], table);
    assert_eq!(gateway.client().post(&call(SOAP_1_1, DOCUMENTED), "X-Mock-Log: 1\r\n").status, 200);
    assert_eq!((first.log().len(), second.log().len()), (0, 1));
    let answer = gateway.post(&call(SOAP_1_1, "x"));
    assert_eq!((answer.status, answer.fault().1.as_str()), (500, "InvalidCallIdException"));
    let _: Client = gateway.client();
}

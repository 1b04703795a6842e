//! Tests of HTTP as RFC 9110 and RFC 9112 define it, on the side of the client and on the side of the upstream.

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use crate::process::{Client, DOCUMENTED, Gateway, Mock, PATH, SOAP_1_1, SOAP_1_2, call, envelope, post};
use crate::server::{Server, XML, good, reply};

const QUIET: &str = "[forwarding]\nhealth_ms = 0\n";

#[test]
fn an_empty_line_after_a_post_is_no_request() {
    let server = Server::start(|_| good());
    let keys = format!("[request]\nhead_ms = 200\nidle_ms = 900\n{QUIET}");
    let gateway = Gateway::start(&[server.address], &keys);
    let request = post(&call(SOAP_1_1, "x"), "");
    for end in ["\r\n", "\r\n\r\n", "\r"] {
        let mut client = gateway.client();
        let start = Instant::now();
        assert_eq!(client.exchange(format!("{request}{end}").as_bytes()).status, 200);
        // This is longer than `head_ms`. An empty line begins no request, so there must be no 408.
        std::thread::sleep(Duration::from_millis(400));
        if end == "\r" {
            client.stream.write_all(b"\n").unwrap();
        }
        assert_eq!(client.exchange(request.as_bytes()).status, 200, "{end:?}");
        client.stream.write_all(end.as_bytes()).unwrap();
        assert!(client.answer().is_none(), "{end:?}");
        assert!(start.elapsed() > Duration::from_millis(1200));
    }
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn a_silent_connection_is_closed_without_a_word() {
    let server = Server::start(|_| good());
    let keys = format!("[request]\nhead_ms = 300\nidle_ms = 300\n{QUIET}");
    let gateway = Gateway::start(&[server.address], &keys);
    for sent in ["", "\r\n", "\r"] {
        let mut client = gateway.client();
        client.stream.write_all(sent.as_bytes()).unwrap();
        assert!(client.answer().is_none(), "{sent:?}");
    }
    // A head that has begun gets an answer.
    assert_eq!(gateway.client().exchange(b"P").status, 408);
    gateway.metric_becomes("umsoap_gateway_requests_total{kind=\"Head\",outcome=\"client_slow\"}", 1.0);
}

#[test]
fn a_content_type_has_each_parameter_once() {
    let server = Server::start(|_| good());
    let gateway = Gateway::start(&[server.address], QUIET);
    let message = call(SOAP_1_2, "x");
    const SOAP: &str = "application/soap+xml";
    let action = "http://schemas.microsoft.com/exchange/services/2006/messages/GetCallInfo";
    for (value, status) in [
        (format!("{SOAP};;charset=utf-8;;"), 200),
        (format!("{SOAP}; charset=\"ut\\f-8\"; action=\"{action}\""), 200),
        (format!("{SOAP}; action=\"{}\"", action.replace("Get", "\\G\\e\\t")), 200),
        (format!("{SOAP}; action=\"\\\"{action}\\\"\""), 200),
        (format!("{SOAP};;charset=utf-16"), 415),
        (format!("{SOAP}; charset=us-ascii"), 415),
        (format!("{SOAP}; charset=utf8"), 415),
        (format!("{SOAP}; charset=\"\""), 415),
        (format!("{SOAP}; charset=utf-8;; charset=utf-16"), 400),
        (format!("{SOAP}; charset=utf-8; charset=utf-8"), 400),
        (format!("{SOAP}; charset=utf-8; x=\"\\\"; charset=utf-16\"; CHARSET=utf-16"), 400),
        (format!("{SOAP}; action=\"{action}\"; action=\"urn:x\""), 400),
        (format!("{SOAP}; charset"), 400),
        (format!("{SOAP}; charset=\"utf-8"), 400),
        ("text/plain; charset=utf-8; charset=utf-8".to_owned(), 415),
    ] {
        let length = message.len();
        let request = format!(
            "POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: {value}\r\nContent-Length: {length}\r\n\r\n{message}"
        );
        let answer = gateway.client().exchange(request.as_bytes());
        assert_eq!(answer.status, status, "{value}: {}", answer.text());
    }
}

#[test]
fn targets_and_hosts_are_valid_on_every_path() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "");
    let good = call(SOAP_1_1, DOCUMENTED);
    let send = |method: &str, target: &str, host: &str| {
        let request = format!(
            "{method} {target} HTTP/1.1\r\n{host}Content-Type: text/xml\r\nX-Mock-Log: 1\r\nContent-Length: {}\r\n\r\n{good}",
            good.len()
        );
        gateway.client().exchange(request.as_bytes()).status
    };
    for path in [PATH, "/other", "/"] {
        let usual = if path == PATH { 200 } else { 404 };
        for host in ["x", "x:80", "X.example", "127.0.0.1:8025", "[::1]", "[::1]:8025", "a_b"] {
            assert_eq!(send("POST", path, &format!("Host: {host}\r\n")), usual, "{host}");
        }
        for host in [
            "",
            "Host:\r\n",
            "Host: a b\r\n",
            "Host: a/b\r\n",
            "Host: u@x\r\n",
            "Host: x:y\r\n",
            "Host: [x]\r\n",
            "Host: x\r\nHost: x\r\n",
            "Host: <\r\n",
            "Host: a#b\r\n",
        ] {
            for method in ["POST", "GET"] {
                assert_eq!(send(method, path, host), 400, "{method} {path} {host:?}");
            }
        }
        for end in [
            " x", "<", "#", "#x", "?a b", "?<", "?#", "\"", "\\", "{", "%", "%4", "%zz", "\u{e9}", "|", "^",
            "`",
        ] {
            assert_eq!(send("POST", &format!("{path}{end}"), "Host: x\r\n"), 400, "{path}{end}");
        }
        // Clients send a target in absolute form to proxies. The default port of its scheme may stand or be left out.
        for (target, host, status) in [
            ("http://x", "x", usual),
            ("http://x:80", "x", usual),
            ("http://x", "x:80", usual),
            ("HTTP://X:80", "x", usual),
            ("https://x:443", "x", usual),
            ("http://x:8025", "x:8025", usual),
            ("http://[::1]:80", "[::1]", usual),
            ("http://x:80", "y", 400),
            ("http://x:81", "x", 400),
            ("http://u@x", "x", 400),
            ("http://", "x", 400),
            ("ftp://x", "x", 400),
            ("x:80", "x", 400),
        ] {
            assert_eq!(
                send("POST", &format!("{target}{path}"), &format!("Host: {host}\r\n")),
                status,
                "{target}{path}"
            );
        }
    }
    // The accepted requests arrived at the configured path.
    assert!(mock.log().len() > 10 && mock.log().iter().all(|request| request["path"] == PATH));
}

#[test]
fn paths_are_compared_as_the_configuration_says() {
    let server = Server::start(|_| good());
    let exact = Gateway::start(&[server.address], QUIET);
    let iis = Gateway::start(&[server.address], &format!("[request]\npath_compare = \"iis\"\n{QUIET}"));
    let send = |gateway: &Gateway, path: &str| {
        let request = post(&call(SOAP_1_1, "x"), "").replacen(PATH, path, 1);
        gateway.client().exchange(request.as_bytes()).status
    };
    for (path, by_exact, by_iis) in [
        (PATH, 200, 200),
        ("/ews/um2007legacy.ASMX", 404, 200),
        ("/%45WS/UM2007Legacy%2easmx", 404, 200),
        ("/EWS%2fUM2007Legacy.asmx", 404, 200),
        ("/%2545WS/UM2007Legacy.asmx", 404, 404),
        ("/EWS/../EWS/UM2007Legacy.asmx", 404, 404),
        ("/EWS/UM2007Legacy.asmx/", 404, 404),
        ("//EWS/UM2007Legacy.asmx", 404, 404),
    ] {
        assert_eq!((send(&exact, path), send(&iis, path)), (by_exact, by_iis), "{path}");
    }
    assert!(
        server.requests().iter().all(|request| request.head.starts_with(&format!("POST {PATH} HTTP/1.1")))
    );
}

#[test]
fn head_on_the_wsdl_says_what_get_would_say() {
    let server = Server::start(|_| good());
    let gateway = Gateway::start(&[server.address], QUIET);
    let ask = |method: &str| format!("{method} {PATH}?wsdl HTTP/1.1\r\nHost: x\r\n\r\n");
    let get = gateway.client().exchange(ask("GET").as_bytes());
    let mut client = gateway.client();
    client.stream.write_all(format!("{}{}", ask("HEAD"), ask("GET")).as_bytes()).unwrap();
    client.stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut client.stream, &mut text).unwrap();
    let (head, rest) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    for line in
        ["Content-Type: text/xml; charset=utf-8".to_owned(), format!("Content-Length: {}", get.body.len())]
    {
        assert!(head.to_lowercase().contains(&line.to_lowercase()), "{head}");
    }
    // The answer to HEAD has no body, so the next answer follows at once.
    assert!(rest.starts_with("HTTP/1.1 200") && rest.ends_with(&get.text()), "{rest}");
}

#[test]
fn a_refused_coding_is_told_which_one_would_do() {
    let server = Server::start(|_| good());
    let gateway = Gateway::start(&[server.address], QUIET);
    let message = call(SOAP_1_1, "x");
    for coding in ["gzip", "br", "identity, gzip"] {
        let answer = gateway.client().post(&message, &format!("Content-Encoding: {coding}\r\n"));
        assert_eq!((answer.status, answer.header("accept-encoding")), (415, Some("identity")), "{coding}");
    }
    // The 415 for a wrong content type names no content coding.
    let request = post(&message, "").replacen("text/xml", "text/html", 1);
    let answer = gateway.client().exchange(request.as_bytes());
    assert_eq!((answer.status, answer.header("accept-encoding")), (415, None));
    assert_eq!(gateway.client().post(&message, "Content-Encoding: identity\r\n").status, 200);
}

/// The upstream gets exactly the headers of a list.
#[test]
fn the_upstream_is_sent_a_list_of_headers_and_no_other() {
    let server = Server::start(|_| good());
    let host = server.address.to_string();
    let travel = [
        "Accept-Language",
        "Authorization",
        "Client-Request-Id",
        "Return-Client-Request-Id",
        "Traceparent",
        "Tracestate",
        "User-Agent",
    ];
    let stay = [
        "Accept",
        "Accept-Charset",
        "Accept-Encoding",
        "Range",
        "If-Match",
        "If-None-Match",
        "If-Modified-Since",
        "Content-MD5",
        "Digest",
        "Cache-Control",
        "Pragma",
        "Origin",
        "Referer",
        "TE",
        "Upgrade",
        "Max-Forwards",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "X-Forwarded-Host",
        "X-Forwarded-Port",
        "X-Forwarded-Server",
        "X-Forwarded-Scheme",
        "X-Forwarded-SSL",
        "X-Forwarded-Prefix",
        "X-Forwarded",
        "Forwarded",
        "Forwarded-For",
        "X-Real-IP",
        "X-Client-IP",
        "X-Cluster-Client-IP",
        "X-Originating-IP",
        "X-Remote-IP",
        "X-Remote-Addr",
        "X-Remote-User",
        "Remote-User",
        "Remote_User",
        "X-ProxyUser-IP",
        "True-Client-IP",
        "CF-Connecting-IP",
        "Fastly-Client-IP",
        "X-Azure-ClientIP",
        "X-Envoy-External-Address",
        "X-Envoy-Original-Path",
        "Client-IP",
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-Original-Host",
        "X-Host",
        "X-HTTP-Method-Override",
        "X-HTTP-Method",
        "X-Method-Override",
        "Front-End-Https",
        "X-URL-Scheme",
        "Proxy",
        "Proxy-Authorization",
        "X_Forwarded_For",
        "X-ARR-ClientCert",
        "X-ARR-SSL",
        "X-ARR-LOG-ID",
        "X-Client-Cert",
        "X-SSL-Client-Cert",
        "SSL-Client-Cert",
        "SSL_CLIENT_CERT",
        "X-SSL-Client-S-DN",
        "X-Forwarded-Client-Cert",
        "Client-Cert",
        "Client-Cert-Chain",
        "X-Amzn-Mtls-Clientcert",
        "X-CommonAccessToken",
        "X-IsFromCafe",
        "X-IsFromBackend",
        "X-WLID-MemberName",
        "X-BEResource",
        "X-TargetServer",
        "X-ExCompId",
        "X-SourceCafeServer",
        "X-ClientId",
        "X-CafeLastRetriedBE",
        "X-MS-Exchange-Organization-AuthAs",
        "msExchProxyUri",
        "msExchLogonAccount",
        "msExchLogonMailbox",
        "msExchTargetMailbox",
        "X-DownLevelProxy",
        "X-AnchorMailbox",
        "X-FEServer",
        "Via-Not",
        "Anything-Else",
    ];
    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let value = |name: &str| if name == "Traceparent" { PARENT } else { "v" };
    let headers: String =
        travel.iter().chain(&stay).map(|name| format!("{name}: {}\r\n", value(name))).collect();
    let cookies = "Cookie: a=b; X-BEResource=evil/ecp~1; c=d\r\nCookie: x-anonresource=true\r\n";
    for (version, trusted, extra) in [("1.1", false, ""), ("1.0", false, ""), ("1.1", true, "X-Extra")] {
        let keys = format!(
            "[request]\ntrusted_proxies = [{}]\n[forwarding]\nhealth_ms = 0\nrequest_headers = [\"{}\"]\n",
            if trusted { "\"127.0.0.1/32\"" } else { "" },
            if extra.is_empty() { "X-Unused" } else { extra },
        );
        let gateway = Gateway::start(&[server.address], &keys);
        let message = call(SOAP_1_1, "x");
        let sent = format!("{headers}{cookies}Via: 1.0 fred, 1.1 p.example.net\r\nX-Extra: e\r\n");
        let request = post(&message, &sent).replacen("HTTP/1.1", &format!("HTTP/{version}"), 1);
        let answer = gateway.client().exchange(request.as_bytes());
        assert_eq!(answer.status, 200, "{}", answer.text());
        let seen = server.requests().pop().unwrap();
        let mut lines: Vec<String> =
            seen.head.trim_end().lines().skip(1).map(|line| line.to_lowercase()).collect();
        lines.sort();
        // The trace id is that of the client, and the parent id is another one.
        let trace = &format!("traceparent: {}", &PARENT[..36]);
        // These two headers differ with each request. Tests of the log compare their values.
        let named =
            |line: &String| line.starts_with("traceparent: 00-") || line.starts_with("x-request-id: ");
        assert_eq!(lines.iter().filter(|line| named(line)).count(), 2, "{lines:?}");
        assert!(lines.iter().any(|line| line.starts_with(trace)), "{lines:?}");
        lines.retain(|line| !named(line));
        let via = format!("via: 1.0 fred, 1.1 p.example.net, {version} umsoap-gateway");
        let host = format!("host: {host}");
        let length = format!("content-length: {}", seen.body.len());
        let mut expected: Vec<&str> = vec![
            "accept-encoding: identity",
            "accept-language: v",
            "authorization: v",
            "client-request-id: v",
            &length,
            "content-type: text/xml; charset=utf-8",
            "cookie: a=b; c=d",
            &host,
            "return-client-request-id: v",
            "soapaction: \"http://schemas.microsoft.com/exchange/services/2006/messages/getcallinfo\"",
            "tracestate: v",
            "user-agent: v",
            &via,
        ];
        if trusted {
            expected.extend([
                "forwarded: v",
                "x-extra: e",
                "x-forwarded-for: v, 127.0.0.1",
                "x-forwarded-host: v",
                "x-forwarded-port: v",
                "x-forwarded-proto: v",
            ]);
        } else {
            expected.extend(["x-forwarded-for: 127.0.0.1", "x-forwarded-proto: http"]);
        }
        expected.sort_unstable();
        assert_eq!(lines, expected, "{version} {trusted}");
    }
}

/// The client gets exactly the headers of a list.
#[test]
fn the_client_is_sent_a_list_of_headers_and_no_other() {
    let headers = "Content-Type: text/xml\r\nServer: s\r\nSet-Cookie: a=b\r\nX-Powered-By: p\r\nX-FEServer: f\r\n\
        Cache-Control: public\r\nETag: \"e\"\r\nLocation: l\r\nVia: v\r\nRefresh: r\r\nStrict-Transport-Security: s\r\n\
        X-BEServer: b\r\nrequest-id: r\r\nAge: 1\r\nVary: v\r\nRetry-After: 9\r\nWWW-Authenticate: Basic\r\n";
    let server = Server::start(move |_| {
        crate::server::Act::Reply(crate::server::reply(200, headers, &crate::server::connected()))
    });
    for auth in ["stateless", "connection"] {
        let gateway = Gateway::start(&[server.address], &format!("[identity]\nauth = \"{auth}\"\n{QUIET}"));
        let mut client: Client = gateway.client();
        for _ in 0..2 {
            let answer = client.post(&call(SOAP_1_1, "x"), "");
            let lines = answer.head.trim_end().lines().skip(1).map(|line| line.to_lowercase());
            let others = ["date: ", "x-request-id: "];
            let mut lines: Vec<String> =
                lines.filter(|line| !others.iter().any(|other| line.starts_with(other))).collect();
            assert!(answer.header("x-request-id").is_some_and(|id| id.len() == 16));
            lines.sort();
            let length = format!("content-length: {}", answer.body.len());
            let expected = ["connection: keep-alive", &length, "content-type: text/xml; charset=utf-8"];
            assert_eq!(lines, expected, "{auth}");
        }
    }
}

/// Any header that Connection names belongs to the client's connection and is not forwarded.
#[test]
fn headers_that_connection_names_stay() {
    let server = Server::start(|_| good());
    let keys = "[request]\ntrusted_proxies = [\"127.0.0.1/32\"]\n[forwarding]\nhealth_ms = 0\nrequest_headers = [\"X-Extra\"]\n";
    let gateway = Gateway::start(&[server.address], keys);
    let message = call(SOAP_1_1, "x");
    for name in [
        "Accept-Language",
        "Authorization",
        "Client-Request-Id",
        "Return-Client-Request-Id",
        "User-Agent",
        "X-Extra",
        "Cookie",
        "Via",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "X-Forwarded-Host",
        "Forwarded",
    ] {
        let header = format!("{name}: 192.0.2.77\r\n");
        for (connection, travels) in [
            ("", true),
            ("Connection: keep-alive\r\n", true),
            (&*format!("Connection: {name}\r\n"), false),
            (&*format!("Connection: keep-alive , {}\r\n", name.to_uppercase()), false),
            (&*format!("Connection: x\r\nConnection: ,{name},\r\n"), false),
        ] {
            for headers in [format!("{header}{connection}"), format!("{connection}{header}")] {
                let answer = gateway.client().post(&message, &headers);
                assert_eq!(answer.status, 200, "{headers}: {}", answer.text());
                let seen = server.requests().pop().unwrap();
                assert_eq!(seen.head.contains("192.0.2.77"), travels, "{headers}: {}", seen.head);
            }
        }
    }
}

#[test]
fn an_answer_that_ends_its_connection_is_not_lost() {
    // The answer is longer than the buffer of a client's socket that is not read.
    let large = envelope(SOAP_1_1, "", &format!("<Large>{}</Large>", "x".repeat(500_000)));
    let (upstream, tell) = Server::start_told(reply(200, XML, &large));
    let keys = format!("[request]\nother_operations = \"original\"\n{QUIET}");
    let gateway = Gateway::start(&[upstream.address], &keys);
    let message = envelope(SOAP_1_1, "", "<Give/>");
    let chunked = format!(
        "POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n\
         {:x}\r\n{message}\r\n0\r\n\r\n",
        message.len()
    );
    for request in [post(&message, "Connection: close\r\n"), chunked] {
        let mut client = gateway.client();
        client.stream.write_all(request.as_bytes()).unwrap();
        gateway.metric_becomes("umsoap_gateway_in_flight", 1.0);
        // An empty line follows the request. If the gateway closed the connection before it had read this line, the
        // connection would be reset, and the rest of the answer would be lost.
        client.stream.write_all(b"\r\n").unwrap();
        tell.send(()).unwrap();
        gateway.metric_becomes("umsoap_gateway_in_flight", 0.0);
        let mut answer = String::new();
        client.stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("Connection: close"));
        assert!(answer.ends_with("</s:Envelope>") && answer.len() > 500_000, "{}", answer.len());
    }
}

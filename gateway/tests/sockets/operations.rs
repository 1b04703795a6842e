//! Tests of operations. The operations that the configuration names pass, each with messages of its own type, and no
//! other operation passes. A number is dialled if a pattern allows it, and it is never logged.

use std::time::{Duration, Instant};

use crate::process::{Answer, Gateway, MESSAGES, Mock, SOAP_1_1, SOAP_1_2, call, envelope};
use crate::server::{Act, Server, XML, good, reply};

/// The name of each operation, the children of a request, and the children of the mock's response.
const OPERATIONS: [(&str, &str, &str); 11] = [
    (
        "GetCallInfo",
        "<CallId>mock:state:Idle:None</CallId>",
        "<GetCallInfoResponse><CallState>Idle</CallState><EventCause>None</EventCause></GetCallInfoResponse>",
    ),
    ("Disconnect", "<CallId>mock:state:Idle:None</CallId>", ""),
    (
        "PlayOnPhone",
        "<entryId>AA==</entryId><DialString>5551</DialString>",
        "<PlayOnPhoneResponse>call-1@um-mock.example</PlayOnPhoneResponse>",
    ),
    (
        "PlayOnPhoneGreeting",
        "<GreetingType>OofCustom</GreetingType><DialString>5551</DialString>",
        "<PlayOnPhoneGreetingResponse>call-2@um-mock.example</PlayOnPhoneGreetingResponse>",
    ),
    (
        "GetUMProperties",
        "",
        "<GetUMPropertiesResponse><OofStatus>false</OofStatus><MissedCallNotificationEnabled>true\
         </MissedCallNotificationEnabled><TelephoneAccessNumbers>+15550100</TelephoneAccessNumbers>\
         </GetUMPropertiesResponse>",
    ),
    ("IsUMEnabled", "", "<IsUMEnabledResponse>true</IsUMEnabledResponse>"),
    ("ResetPIN", "", ""),
    ("SetMissedCallNotificationEnabled", "<status>0</status>", ""),
    ("SetOofStatus", "<status>true</status>", ""),
    ("SetPlayOnPhoneDialString", "<dialString>5552</dialString>", ""),
    ("SetTelephoneAccessFolderEmail", "<base64FolderId>AA==</base64FolderId>", ""),
];

const READING: [&str; 3] = ["GetCallInfo", "GetUMProperties", "IsUMEnabled"];

fn request(soap: &str, name: &str, children: &str) -> String {
    envelope(soap, "", &format!("<{name} xmlns=\"{MESSAGES}\">{children}</{name}>"))
}

fn dial(soap: &str, number: &str) -> String {
    request(soap, "PlayOnPhone", &format!("<entryId>AA==</entryId><DialString>{number}</DialString>"))
}

fn configured(names: &[&str], more: &str) -> String {
    format!("[request]\noperations = {names:?}\n{more}")
}

/// Returns a configuration with all operations. The number of calls has no limit unless `more` has limits.
fn all(more: &str) -> String {
    let limits = if more.contains("[limits]") { "" } else { "[limits]\nclient_calls = 0\n" };
    configured(&OPERATIONS.map(|(name, ..)| name), &format!("{more}{limits}"))
}

fn body_of(message: &str) -> &str {
    message.split("Body>").nth(1).unwrap().trim_end_matches("</soap:").trim_end_matches("</s:")
}

fn element(name: &str, children: &str) -> String {
    if children.is_empty() {
        format!("<{name} xmlns=\"{MESSAGES}\"/>")
    } else {
        format!("<{name} xmlns=\"{MESSAGES}\">{children}</{name}>")
    }
}

/// Answers a request of any operation, as an upstream does.
fn respond(request: &crate::server::Request) -> Act {
    let name = body_of(&request.body).trim_start_matches('<').split([' ', '/', '>']).next().unwrap();
    let (_, _, response) = OPERATIONS.iter().find(|(operation, ..)| *operation == name).unwrap();
    Act::Reply(reply(200, XML, &envelope(SOAP_1_1, "", &element(&format!("{name}Response"), response))))
}

#[test]
fn each_operation_passes_written_anew_when_it_is_configured() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], &all(""));
    for (name, children, response) in OPERATIONS {
        let message = request(SOAP_1_2, name, &format!("<!-- x -->{children}"));
        let answer = gateway.client().post(&message, "X-Mock-Log: 1\r\n");
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        assert!(answer.text().contains(SOAP_1_2), "{name}");
        assert_eq!(body_of(&answer.text()), element(&format!("{name}Response"), response), "{name}");
        // The message was written anew in SOAP 1.1: the comment is gone, and the boolean is a word.
        let log = mock.log();
        let sent = log.last().unwrap();
        let children = children.replace(">0<", ">false<");
        assert_eq!(body_of(sent["body"].as_str().unwrap()), element(name, &children), "{name}");
        let action = format!("\"{MESSAGES}/{name}\"");
        assert_eq!(crate::process::seen(sent, "soapaction"), Some(&*action));
    }
    // The mock has stored all settings.
    let properties = gateway.post(&request(SOAP_1_1, "GetUMProperties", "")).text();
    for set in [
        "<OofStatus>true<",
        "<MissedCallNotificationEnabled>false<",
        "<PlayOnPhoneDialString>5552<",
        "<TelephoneAccessFolderEmail>AA==<",
    ] {
        assert!(properties.contains(set), "{properties}");
    }
}

#[test]
fn an_operation_that_is_not_configured_reaches_no_upstream() {
    for (only, ..) in OPERATIONS {
        let server = Server::start(respond);
        let gateway =
            Gateway::start(&[server.address], &configured(&[only], "[forwarding]\nhealth_ms = 0\n"));
        for (name, children, _) in OPERATIONS {
            let answer = gateway.post(&request(SOAP_1_1, name, children));
            if name == only {
                assert_eq!(answer.status, 200, "{name}: {}", answer.text());
            } else {
                let refused = (answer.status, answer.fault().2);
                assert_eq!(refused, (500, "This operation is not offered here.".to_owned()), "{only} {name}");
            }
        }
        let sent: Vec<_> = server.requests().iter().map(|request| request.body.clone()).collect();
        assert!(sent.len() == 1 && sent[0].contains(&format!("<{only} ")), "{sent:?}");
    }
    // By default GetCallInfo alone passes.
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "");
    for (name, children, _) in OPERATIONS {
        let status = gateway.post(&request(SOAP_1_1, name, children)).status;
        assert_eq!(status, if name == "GetCallInfo" { 200 } else { 500 }, "{name}");
    }
}

#[test]
fn the_action_names_the_operation() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], &all(""));
    for (name, children, _) in OPERATIONS {
        let message = request(SOAP_1_1, name, children);
        for (action, passes) in [
            (format!("\"{MESSAGES}/{name}\""), true),
            (format!("{MESSAGES}/{name}"), true),
            ("\"\"".to_owned(), true),
            (format!("\"{MESSAGES}/{name}Response\""), false),
            (format!("\"{MESSAGES}\""), false),
            (format!("\"urn:x/{name}\""), false),
            (name.to_owned(), false),
        ] {
            let answer = gateway.client().post(&message, &format!("SOAPAction: {action}\r\n"));
            assert_eq!(answer.status == 200, passes, "{name} {action}: {}", answer.text());
        }
    }
}

#[test]
fn a_response_of_another_operation_is_not_believed() {
    for (asked, children, _) in OPERATIONS {
        for (given, _, response) in OPERATIONS {
            if asked != "GetCallInfo" && given != "GetCallInfo" && asked != "ResetPIN" {
                continue;
            }
            let body = envelope(SOAP_1_1, "", &element(&format!("{given}Response"), response));
            let server = Server::start(move |_| Act::Reply(reply(200, XML, &body)));
            let gateway = Gateway::start(&[server.address], &all("[forwarding]\nhealth_ms = 0\n"));
            let answer = gateway.post(&request(SOAP_1_1, asked, children));
            if asked == given {
                assert_eq!(answer.status, 200, "{asked}: {}", answer.text());
            } else {
                assert_eq!(answer.fault().2, "The reply of the UM server cannot be used.", "{asked} {given}");
            }
        }
    }
}

fn is_refused(answer: &Answer, soap: &str) -> bool {
    let status = if soap == SOAP_1_1 { 500 } else { 400 };
    let message = umsoap::Envelope::parse(&answer.body).unwrap();
    let umsoap::Body::Fault(fault) = message.body() else { return false };
    let exception = fault.exception_type().is_some_and(|exception| exception == *"DialingRulesException");
    let namespaced = answer.text().contains("http://schemas.microsoft.com/exchange/services/2006/errors");
    answer.status == status && exception && namespaced
}

#[test]
fn a_number_that_no_pattern_allows_reaches_no_upstream() {
    let server = Server::start(respond);
    let keys = all("dial_strings = ['[1-9][0-9]{3}', '\\+49[0-9]{5,12}']\n[forwarding]\nhealth_ms = 0\n");
    let gateway = Gateway::start(&[server.address], &keys);
    let greeting =
        |number: &str| format!("<GreetingType>NormalCustom</GreetingType><DialString>{number}</DialString>");
    let play = |number: &str| format!("<entryId>AA==</entryId><DialString>{number}</DialString>");
    let store = |number: &str| format!("<dialString>{number}</dialString>");
    let mut sent = 0;
    for soap in [SOAP_1_1, SOAP_1_2] {
        let messages = |number: &str| {
            [
                request(soap, "PlayOnPhone", &play(number)),
                request(soap, "PlayOnPhoneGreeting", &greeting(number)),
                request(soap, "SetPlayOnPhoneDialString", &store(number)),
            ]
        };
        // A number is compared by its value, however it is written.
        for number in ["5551", "+4912345", "&#53;551", "&#x35;5<![CDATA[51]]>", "5<!-- 0190 -->551"] {
            for message in messages(number) {
                let answer = gateway.post(&message);
                assert_eq!(answer.status, 200, "{message}: {}", answer.text());
                sent += 1;
            }
        }
        for number in [
            "0551",
            "55510",
            "+4812345",
            "1-900-555-0100",
            " 5551",
            "5551 ",
            "5551&#13;",
            "5551&#10;",
            "5551&#xD;&#xA;Route: x",
            "&#9;5551",
            "555&#x661;",
            "5551<![CDATA[0]]>",
            "5<!-- -->5510",
            "5551\n",
            "sip:5551@x",
        ] {
            for message in messages(number) {
                assert!(is_refused(&gateway.post(&message), soap), "{message}");
            }
        }
    }
    assert_eq!(server.requests().len(), sent);
    // An empty number clears the setting of SetPlayOnPhoneDialString. PlayOnPhone cannot dial it.
    assert_eq!(gateway.post(&request(SOAP_1_1, "SetPlayOnPhoneDialString", "<dialString/>")).status, 200);
    let empty = gateway.post(&dial(SOAP_1_1, ""));
    assert_eq!((empty.status, server.requests().len()), (500, sent + 1), "{}", empty.text());
}

#[test]
fn without_patterns_of_its_own_every_number_passes_and_no_control_character() {
    let server = Server::start(respond);
    let gateway = Gateway::start(&[server.address], &all("[forwarding]\nhealth_ms = 0\n"));
    let numbers =
        ["5551", "+1 (425) 555-0100", "user@contoso.com", "sip:a@b.example;phone-context=+1", "*67#"];
    for number in numbers {
        assert_eq!(gateway.post(&dial(SOAP_1_1, number)).status, 200, "{number}");
    }
    let long = "5".repeat(65);
    for number in ["555&#13;", "555&#10;", "&#9;555", "555&#x7f;", "555&#x85;", "5&lt;5", &long] {
        assert!(is_refused(&gateway.post(&dial(SOAP_1_1, number)), SOAP_1_1), "{number}");
    }
    assert_eq!(server.requests().len(), numbers.len());
    // Control characters are also refused if the message would go on unchanged.
    let keys = all("forward = \"original\"\ndial_strings = ['.*']\n[forwarding]\nhealth_ms = 0\n");
    let gateway = Gateway::start(&[server.address], &keys);
    assert!(is_refused(&gateway.post(&dial(SOAP_1_1, "555&#13;&#10;")), SOAP_1_1));
    assert_eq!(gateway.post(&dial(SOAP_1_1, "any number")).status, 200);
    assert_eq!(server.requests().last().unwrap().body, dial(SOAP_1_1, "any number"));
}

#[test]
fn only_what_reads_is_tried_again() {
    for (name, children, _) in OPERATIONS {
        for (what, sort) in [("closed", None), ("unavailable", Some(503))] {
            let act = move |_: &crate::server::Request| match sort {
                Some(status) => Act::Reply(reply(status, "Content-Type: text/html\r\n", "<html/>")),
                None => Act::Close(Vec::new()),
            };
            let servers = [Server::start(act), Server::start(act), Server::start(act)];
            let addresses: Vec<_> = servers.iter().map(|server| server.address).collect();
            let gateway = Gateway::start(&addresses, &all("[forwarding]\nhealth_ms = 0\n"));
            assert_eq!(gateway.post(&request(SOAP_1_1, name, children)).status, 500);
            let count: usize = servers.iter().map(|server| server.requests().len()).sum();
            assert_eq!(count, if READING.contains(&name) { 3 } else { 1 }, "{name} {what}");
        }
    }
}

#[test]
fn requests_with_a_call_id_go_to_the_call_and_others_anywhere() {
    let servers = [Server::start(respond), Server::start(respond), Server::start(respond)];
    let addresses: Vec<_> = servers.iter().map(|server| server.address).collect();
    let gateway = Gateway::start(&addresses, &all("[forwarding]\nhealth_ms = 0\n"));
    let asked = |message: &str| {
        let before: Vec<_> = servers.iter().map(|server| server.requests().len()).collect();
        assert_eq!(gateway.post(message).status, 200, "{message}");
        servers.iter().zip(before).position(|(server, before)| server.requests().len() > before).unwrap()
    };
    let homes: Vec<_> = (0..20)
        .map(|number| {
            let id = format!("call {number}");
            let home = asked(&call(SOAP_1_1, &id));
            let ended = asked(&request(SOAP_1_2, "Disconnect", &format!("<CallId>{id}</CallId>")));
            assert_eq!(home, ended, "{id}");
            home
        })
        .collect();
    assert!(homes.iter().any(|home| *home != homes[0]), "{homes:?}");
    for (name, children, _) in OPERATIONS.iter().filter(|(_, children, _)| !children.contains("CallId")) {
        // By chance, 20 requests reach one server once in a billion runs.
        let places: Vec<_> = (0..20).map(|_| asked(&request(SOAP_1_1, name, children))).collect();
        assert!(places.iter().any(|place| *place != places[0]), "{name} {places:?}");
    }
}

#[test]
fn the_log_names_operation_and_call_and_no_number() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], &all("dial_strings = ['[0-9]+']\n"));
    let mut client = gateway.client();
    let mut taken = 0;
    let mut line = |message: &str| {
        client.post(message, "");
        let start = Instant::now();
        loop {
            let lines = gateway.process.lines.lock().unwrap().clone();
            assert!(
                !lines.iter().any(|line| line.contains("987654") || line.contains("of-somebody")),
                "{lines:?}"
            );
            if let Some(line) =
                lines.iter().filter(|line| line.contains("\"umsoap_gateway::access\"")).nth(taken)
            {
                taken += 1;
                return serde_json::from_str::<serde_json::Value>(line).unwrap();
            }
            assert!(start.elapsed() < Duration::from_secs(20), "{lines:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    let play = |number: &str| {
        let children = format!("<entryId>entry-of-somebody</entryId><DialString>{number}</DialString>");
        request(SOAP_1_1, "PlayOnPhone", &children)
    };
    let placed = line(&play("987654"));
    assert_eq!((&placed["operation"], &placed["outcome"]), (&"PlayOnPhone".into(), &"answered".into()));
    let polled = line(&call(SOAP_1_1, "call-1@um-mock.example"));
    assert_eq!(polled["operation"], "GetCallInfo");
    assert!(placed["call"].is_string() && placed["call"] == polled["call"]);
    let ended = line(&request(SOAP_1_1, "Disconnect", "<CallId>call-1@um-mock.example</CallId>"));
    assert_eq!((&ended["operation"], &ended["call"]), (&"Disconnect".into(), &placed["call"]));
    let refused = line(&play("+987654"));
    assert_eq!((&refused["operation"], &refused["outcome"]), (&"PlayOnPhone".into(), &"policy".into()));
    assert_eq!(refused["kind"], "DialString");
    let stored = line(&request(SOAP_1_1, "SetPlayOnPhoneDialString", "<dialString>987654</dialString>"));
    assert_eq!(stored["operation"], "SetPlayOnPhoneDialString");
}

#[test]
fn a_call_is_placed_and_ended() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], &all(""));
    let id_of = |answer: &Answer, name: &str| {
        answer
            .text()
            .split(&format!("<{name}Response>"))
            .nth(1)
            .unwrap()
            .split('<')
            .next()
            .unwrap()
            .to_owned()
    };
    let greeting = "<GreetingType>OofCustom</GreetingType><DialString>5551</DialString>";
    for (name, message) in [
        ("PlayOnPhone", dial(SOAP_1_1, "5551")),
        ("PlayOnPhoneGreeting", request(SOAP_1_1, "PlayOnPhoneGreeting", greeting)),
    ] {
        let id = id_of(&gateway.post(&message), name);
        assert_ne!(gateway.post(&call(SOAP_1_1, &id)).state().0, "Disconnected");
        let end = || gateway.post(&request(SOAP_1_1, "Disconnect", &format!("<CallId>{id}</CallId>")));
        assert_eq!(end().status, 200);
        assert_eq!(gateway.post(&call(SOAP_1_1, &id)).state().0, "Disconnected");
        // The call does not exist any more.
        assert_eq!(end().fault().1, "InvalidCallIdException");
    }
    let unknown = request(SOAP_1_1, "Disconnect", "<CallId>unknown</CallId>");
    assert_eq!(gateway.post(&unknown).fault().1, "InvalidCallIdException");
}

#[test]
fn a_play_on_phone_of_ews_is_refused() {
    let server = Server::start(|_| good());
    let gateway = Gateway::start(&[server.address], &all("[forwarding]\nhealth_ms = 0\n"));
    let children = "<ItemId Id=\"AA\"/><DialString>5551</DialString>";
    assert_eq!(gateway.post(&request(SOAP_1_1, "PlayOnPhone", children)).status, 500);
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn calls_are_placed_at_a_rate_of_their_own() {
    let server = Server::start(respond);
    let keys = all("[limits]\nclient_calls = 3\n[forwarding]\nhealth_ms = 0\n");
    let mut gateway = Gateway::start(&[server.address], &keys);
    let play = request(SOAP_1_1, "PlayOnPhone", "<entryId>AA==</entryId><DialString>5551</DialString>");
    let greeting = request(
        SOAP_1_2,
        "PlayOnPhoneGreeting",
        "<GreetingType>NormalCustom</GreetingType><DialString>5551</DialString>",
    );
    let user = "Authorization: Basic dTpw\r\n";
    // Both operations count together. A number that is not allowed does not count.
    let refused = play.replace("5551", "5551\u{1F4DE}");
    for (message, status) in [(&play, 200), (&refused, 500), (&greeting, 200), (&play, 200)] {
        assert_eq!(gateway.client().post(message, user).status, status);
    }
    for message in [&play, &greeting] {
        let answer = gateway.client().post(message, user);
        assert_eq!((answer.status, answer.header("retry-after")), (429, Some("60")), "{}", answer.text());
        assert!(["Client", "Sender"].contains(&answer.fault().1.as_str()));
    }
    assert_eq!(server.requests().len(), 3);
    // Other operations are not limited.
    let poll = request(SOAP_1_1, "GetUMProperties", "");
    assert_eq!(gateway.client().post(&poll, user).status, 200);
    gateway.metric_becomes("umsoap_gateway_requests_total{kind=\"CallRate\",outcome=\"limited\"}", 2.0);
    gateway.process.line(|line| line.contains("places too many calls") && line.contains("127.0.0.1"));
    for (operation, outcome, count) in [
        ("PlayOnPhone", "answered", 2.0),
        ("PlayOnPhone", "limited", 1.0),
        ("PlayOnPhone", "policy", 1.0),
        ("PlayOnPhoneGreeting", "answered", 1.0),
        ("PlayOnPhoneGreeting", "limited", 1.0),
        ("GetUMProperties", "answered", 1.0),
        ("ResetPIN", "answered", 0.0),
    ] {
        let name =
            format!("umsoap_gateway_operations_total{{operation=\"{operation}\",outcome=\"{outcome}\"}}");
        gateway.metric_becomes(&name, count);
    }
}

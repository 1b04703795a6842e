//! Tests that a connection with a user's identity never serves another user.

use std::collections::HashMap;

use crate::process::{Client, DOCUMENTED, Gateway, Mock, SOAP_1_1, SOAP_1_2, call, seen};

const CONNECTION: &str = "[identity]\nauth = \"connection\"\n";

#[test]
fn challenges_of_connections_are_taken_out() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "");
    for soap in [SOAP_1_1, SOAP_1_2] {
        let answer = gateway.post(&call(soap, "mock:401"));
        assert_eq!(
            (answer.status, answer.headers("www-authenticate")),
            (401, vec!["Basic realm=\"mail\", charset=\"UTF-8\""])
        );
        assert!(!answer.text().contains("secret"));
        // The upstream offers no other challenge, so the gateway adds its own.
        let answer = gateway.post(&call(soap, "mock:ntlm"));
        assert_eq!((answer.status, answer.headers("www-authenticate")), (401, vec!["Basic realm=\"UM\""]));
        let answer = gateway.post(&call(soap, "mock:403"));
        assert_eq!((answer.status, answer.headers("www-authenticate")), (403, vec![]));
    }
    let binding = Gateway::start(&[mock.address], CONNECTION);
    let answer = binding.post(&call(SOAP_1_1, "mock:401"));
    assert_eq!(
        answer.headers("www-authenticate"),
        ["Negotiate, NTLM", "Basic realm=\"mail\", charset=\"UTF-8\""]
    );
}

#[test]
fn two_clients_never_share_an_upstream_connection() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], CONNECTION);
    let ask = |client: &mut Client, who: &str, first: bool| {
        let authorization = if first { format!("Authorization: NTLM {who}\r\n") } else { String::new() };
        let headers = format!("{authorization}X-Mock-Log: {who}\r\n");
        client.post(&call(SOAP_1_1, "mock:ntlm"), &headers)
    };
    let names = ["alice", "bob", "carol"];
    let mut clients: Vec<_> = names.iter().map(|_| gateway.client()).collect();
    // A request without credentials gets the challenge of the upstream.
    for client in &mut clients {
        let answer = client.post(&call(SOAP_1_1, "mock:ntlm"), "");
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some("NTLM")));
    }
    for round in 0..4 {
        for (client, who) in clients.iter_mut().zip(names) {
            assert_eq!(ask(client, who, round == 0).status, 200, "{who} {round}");
        }
    }
    let mut owners: HashMap<u64, String> = HashMap::new();
    for request in mock.log() {
        let who = seen(&request, "x-mock-log").unwrap().to_owned();
        if let Some(identity) = request["identity"].as_str() {
            assert_eq!(identity, format!("NTLM {who}"));
        }
        let owner = owners.entry(request["connection"].as_u64().unwrap()).or_insert_with(|| who.clone());
        assert_eq!(*owner, who);
    }
    assert_eq!(owners.len(), 3);
    // A later client has no identity, also after the others have gone.
    drop(clients);
    assert_eq!(gateway.post(&call(SOAP_1_1, "mock:ntlm")).status, 401);
}

#[test]
fn a_lost_upstream_connection_ends_the_clients() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], CONNECTION);
    let mut client = gateway.client();
    assert_eq!(client.post(&call(SOAP_1_1, DOCUMENTED), "").status, 200);
    // A new upstream connection would not have the user's identity, so the client must begin anew.
    let answer = client.post(&call(SOAP_1_1, "mock:close"), "X-Mock-Log: 1\r\n");
    assert_eq!((answer.status, answer.header("connection")), (500, Some("close")));
    assert!(client.is_closed());
    assert_eq!(mock.log().len(), 1);
}

#[test]
fn stateless_connections_are_pooled() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "");
    for _ in 0..10 {
        assert_eq!(gateway.client().post(&call(SOAP_1_1, DOCUMENTED), "X-Mock-Log: 1\r\n").status, 200);
    }
    let connections: std::collections::HashSet<_> =
        mock.log().iter().map(|r| r["connection"].as_u64()).collect();
    // Each of the two threads may have opened one connection.
    assert!(connections.len() <= 2, "{connections:?}");
}

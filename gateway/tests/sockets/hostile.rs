//! What a hostile client, or one behind another proxy, may try.

use crate::process::{DOCUMENTED, Gateway, Mock, PATH, SOAP_1_1, call, seen};

#[test]
fn headers_that_servers_obey_do_not_travel() {
    let mock = Mock::start();
    let gateway = Gateway::start(&[mock.address], "");
    let names = [
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-HTTP-Method-Override",
        "X-HTTP-Method",
        "X-Method-Override",
        "X-Forwarded-Host",
        "X_Forwarded_For",
        "X-Original-Host",
        "X-Real-IP",
        "X-Client-IP",
        "True-Client-IP",
        "Front-End-Https",
        "Proxy",
    ];
    let headers: String = names.iter().map(|name| format!("{name}: evil\r\n")).collect();
    let answer = gateway.client().post(&call(SOAP_1_1, DOCUMENTED), &format!("{headers}X-Mock-Log: 1\r\n"));
    assert_eq!(answer.status, 200);
    let log = mock.log();
    assert_eq!((log[0]["method"].as_str(), log[0]["path"].as_str()), (Some("POST"), Some(PATH)));
    for name in names {
        assert_eq!(seen(&log[0], &name.to_lowercase()), None, "{name}");
    }
    assert!(!log[0].to_string().contains("evil"));
}

//! A demonstration: a gateway and a mock UM server in one process, which need no configuration.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::config::{Config, Level};
use crate::log::{self, Output};
use crate::mock::{self, DOCUMENTED_CALL_ID};
use crate::server::{self, Running, Start};

/// The configuration of the demonstration, without the mock's address.
const CONFIG: &str = "\
[server]
listen = \"127.0.0.1:0\"
grace_seconds = 0
drain_seconds = 0
[admin]
listen = \"127.0.0.1:0\"
[request]
operations = [\"GetCallInfo\", \"Disconnect\", \"PlayOnPhone\", \"PlayOnPhoneGreeting\", \"GetUMProperties\", \
\"IsUMEnabled\", \"ResetPIN\", \"SetMissedCallNotificationEnabled\", \"SetOofStatus\", \
\"SetPlayOnPhoneDialString\", \"SetTelephoneAccessFolderEmail\"]
dial_strings = ['[0-9]{4}']
[log]
access = false
[[upstream]]
name = \"um-mock\"
";

/// Serves until a signal ends the process.
///
/// # Errors
/// Returns a message for the user if the demonstration cannot start.
pub fn run() -> Result<(), String> {
    let _writing = log::begin(Level::Warn, Output::Stderr);
    let listener = std::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
        .map_err(|error| format!("cannot listen on 127.0.0.1: {error}"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    std::thread::Builder::new()
        .name("um-mock".to_owned())
        .spawn(move || mock::serve(listener, mock::Times::default()))
        .map_err(|error| format!("cannot start a thread: {error}"))?;
    let config = Config::parse("the demonstration", &format!("{CONFIG}address = \"{address}\"\n"))
        .map_err(|error| error.to_string())?;
    let path = config.path.clone();
    let beside = move |running: Arc<Running>| -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
        let path = path.clone();
        Box::pin(async move { tell(&running, &path, address).await })
    };
    server::run(config, Start { beside: Some(Box::new(beside)), ..Start::default() })?;
    println!("stopped");
    Ok(())
}

const MESSAGES: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";

/// Returns a shell command that sends this body.
fn curl(url: &str, body: &str) -> String {
    format!(
        "curl -sS -H 'Content-Type: text/xml; charset=utf-8' {url} --data '<s:Envelope \
         xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{body}</s:Body></s:Envelope>'"
    )
}

async fn tell(running: &Running, path: &str, mock: SocketAddr) {
    let url = format!("http://{}{path}", running.listen);
    println!("gateway   {url}");
    println!("WSDL      {url}?wsdl");
    println!("metrics   http://{}/metrics", running.admin);
    println!("um-mock   http://{mock}/ (the upstream of the gateway)");
    println!("\nAsk about a call:\n");
    println!(
        "{}",
        curl(
            &url,
            &format!("<GetCallInfo xmlns=\"{MESSAGES}\"><CallId>{DOCUMENTED_CALL_ID}</CallId></GetCallInfo>")
        )
    );
    println!("\nPlace a call. Numbers of 4 digits are allowed, and another one is refused:\n");
    let play = "<entryId>AAAA</entryId><DialString>5551</DialString>";
    println!("{}", curl(&url, &format!("<PlayOnPhone xmlns=\"{MESSAGES}\">{play}</PlayOnPhone>")));
    println!("\nSIGTERM or Ctrl-C stops. Requests so far:");
    let mut last = Vec::new();
    loop {
        let counts = running.counts();
        if counts != last {
            let words: Vec<_> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
            println!("{}", words.join(", "));
            last = counts;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

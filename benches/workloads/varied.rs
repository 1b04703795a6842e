//! Small requests as different stacks write them.

use super::random::Random;
use super::{Answer, Message};

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const MESSAGES: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";

pub(crate) fn requests(count: usize) -> Vec<Message> {
    let mut random = Random(1);
    (0..count).map(|_| request(&mut random)).collect()
}

fn request(random: &mut Random) -> Message {
    let quote = random.one_of(&["\"", "\"", "'"]);
    let declare = |prefix: &str, uri: &str| match prefix {
        "" => format!(" xmlns={quote}{uri}{quote}"),
        _ => format!(" xmlns:{prefix}={quote}{uri}{quote}"),
    };
    let qualify = |prefix: &str, local: &str| match prefix {
        "" => local.to_string(),
        _ => format!("{prefix}:{local}"),
    };
    let soap = random.one_of(&["soap", "s", "SOAP-ENV", "soap-env", "soapenv", "env", ""]);
    let m = random.one_of(&["", "", "m", "tns", "ns0", "ns1"]);
    let declaration = random.one_of(&[
        "",
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
        "<?xml version='1.0' encoding='UTF-8'?>",
        "<?xml version=\"1.0\" encoding=\"utf-8\" ?>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>",
    ]);
    let (xsi, xsd) = ("http://www.w3.org/2001/XMLSchema-instance", "http://www.w3.org/2001/XMLSchema");
    let unused = match random.below(4) {
        0 => declare("xsi", xsi),
        1 => declare("xsi", xsi) + &declare("xsd", xsd),
        _ => String::new(),
    };
    // Line end and indentation of one level.
    let (end, indent) =
        [("", ""), ("\n", "  "), ("\n", "    "), ("\r\n", "  "), ("\n", "\t")][random.below(5)];
    let line = |depth: usize| end.to_string() + &indent.repeat(depth);
    let (envelope, body) = (qualify(soap, "Envelope"), qualify(soap, "Body"));
    let (operation, id) = (qualify(m, "GetCallInfo"), qualify(m, "CallId"));
    let on_envelope = !m.is_empty() && random.below(2) == 0;
    let (above, here) = if on_envelope {
        (declare(m, MESSAGES), String::new())
    } else {
        (String::new(), declare(m, MESSAGES))
    };
    let length = 32 + 4 * random.below(32);
    let call_id = random.base64(length);
    let trailer = random.one_of(&["", "\n", "\r\n"]);
    let text = format!(
        "{declaration}{end}<{envelope}{}{above}{unused}>{}<{body}>{}<{operation}{here}>{}<{id}>{call_id}</{id}>\
         {}</{operation}>{}</{body}>{end}</{envelope}>{trailer}",
        declare(soap, SOAP),
        line(1),
        line(2),
        line(3),
        line(2),
        line(1),
    );
    let text = if declaration.is_empty() { text.trim_start().to_string() } else { text };
    Message { bytes: text.into_bytes(), answer: Answer::Request(call_id) }
}

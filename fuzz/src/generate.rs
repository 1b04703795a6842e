//! Makes envelopes of bytes. Zeros make plain envelopes, and other bytes make odd and slightly broken ones.
//!
//! Every table begins with plain and legal entries, so that bytes that have run out give a valid message.

use arbitrary::Unstructured;

use super::schema::{Content, SCHEMA};

const SOAP: [&str; 6] = [
    "http://schemas.xmlsoap.org/soap/envelope/",
    "http://www.w3.org/2003/05/soap-envelope",
    "http://schemas.xmlsoap.org/soap/envelop&#x65;/",
    "https://schemas.xmlsoap.org/soap/envelope/",
    "http://www.w3.org/2003/05/soap-envelope/",
    "",
];
const MESSAGES: [&str; 5] = [
    "http://schemas.microsoft.com/exchange/services/2006/messages",
    "https://schemas.microsoft.com/exchange/services/2006/messages",
    "http://schemas.microsoft.com/exchange/services/2006/message&#115;",
    "urn:other",
    "",
];
const PREFIXES: [&str; 8] = ["s", "soap", "", "SOAP-ENV", "m", "é", "x.y-1", "_"];
const STARTS: [&str; 18] = [
    "",
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>",
    "\u{FEFF}",
    "\u{FEFF}<?xml version='1.0'?>",
    "<?xml version = '1.1' encoding=\"UTF-8\" standalone = 'yes' ?>\r\n",
    "<?xml\tversion=\"1.0\"\nstandalone=\"no\"?>",
    "<!-- before -->\n",
    " \t\r\n",
    "<?xml version=\"1.0\" encoding=\"utf-16\"?>",
    "<?xml version=\"2.0\"?>",
    "<?xml encoding=\"utf-8\"?>",
    "<?xml version=\"1.0\" standalone=\"yes\" encoding=\"utf-8\"?>",
    "<?xml version=\"1.0\" encoding=\"utf-8\" ? >",
    " <?xml version=\"1.0\"?>",
    "\u{FEFF}\u{FEFF}",
    "<!DOCTYPE a>",
    "<?pi?>",
    "x",
];
const ENDS: [&str; 13] = [
    "",
    "\n",
    "\r\n",
    "<!-- after -->",
    " <a/>",
    "</a>",
    "&#32;",
    "\0",
    "<é/>",
    "<\u{2028}/>",
    "<",
    "<1",
    "<:a/>",
];
const GAPS: [&str; 7] = ["", "\n  ", " ", "\r\n\t", "<!-- gap -->", "<![CDATA[ \n]]>", "&#32;&#x9;"];
const STRAYS: [&str; 9] = [
    "x",
    "&#120;",
    "<![CDATA[x]]>",
    "<?pi?>",
    "<!DOCTYPE a>",
    "<?xml version='1.0'?>",
    "<a/>",
    "\u{7F}é",
    "]]>",
];
const PIECES: [&str; 37] = [
    "MDlk",
    "x",
    " ",
    "é",
    "€",
    "😀",
    "&amp;",
    "&lt;",
    "&gt;",
    "&quot;",
    "&apos;",
    "&#65;",
    "&#x1F600;",
    "&#13;",
    "&#xA;",
    "\r\n",
    "\r",
    "\n",
    "\t",
    "]",
    "]]",
    ">",
    "<!---->",
    "<!-- - c -->",
    "<![CDATA[]]>",
    "<![CDATA[é]]>",
    "<![CDATA[<&]]]>",
    "<![CDATA[\r]]>",
    "\u{85}",
    "\u{A0}",
    "\u{2028}",
    "=",
    "&#0000000000000000000065;",
    "\"'",
    ":",
    "&#xD7FF;",
    "\u{10FFFF}",
];
const BROKEN_PIECES: [&str; 22] = [
    "<a/>",
    "&",
    "&nope;",
    "&#0;",
    "&#xD800;",
    "&#99999999999;",
    "&AMP;",
    "]]>",
    "<",
    "<!-- -- -->",
    "<!--->",
    "<![CDATA[",
    "<![cdata[x]]>",
    "\u{0}",
    "\u{8}",
    "\u{FFFE}",
    "&#xFFFF;",
    "&#X41;",
    "&#;",
    "&#x;",
    "<?pi?>",
    "&amp",
];
const STATES: [&str; 14] = [
    "Connected",
    "Idle",
    "Connecting",
    "Alerted",
    "Disconnected",
    "Incoming",
    "Transferring",
    "Forwarding",
    "<![CDATA[Connected]]>",
    "&#73;dle",
    "Al<!-- -->erted",
    "connected",
    " Connected",
    "",
];
const CAUSES: [&str; 10] = [
    "None",
    "UserBusy",
    "NoAnswer",
    "Unavailable",
    "Other",
    "<![CDATA[No]]>ne",
    "&#x4E;one",
    "NONE",
    "None\n",
    "Busy",
];
const BOOLEANS: [&str; 12] =
    ["true", "false", "1", "0", " true ", "\r\n\tfalse\n", "True", "TRUE", "", "yes", "tr ue", "\u{A0}1"];
const ATTRIBUTES: [&str; 15] = [
    " a='1'",
    " xmlns:u='urn:u' u:a=\"2\"",
    " xml:lang='en' xml:space=\"preserve\"",
    " xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:type=\"xsd:string\"",
    " xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='false'",
    "\n\tId = \"&lt;&#10;'>]]>\"",
    " xmlns:v='urn:v' xmlns:w=\"urn:&#118;\"",
    " v:b=''",
    " encodingStyle='x'",
    " nil='true'",
    " xmlns:xml='http://www.w3.org/XML/1998/namespace'",
    " é=\"\r\n\"",
    " xmlns:v='urn:è' xmlns:w=\"urn:&#233;\" v:b='' w:b=''",
    " xmlns:v='urn:&#x1F600;e' xmlns:w='urn:😀é'",
    " xmlns:v='\tu\r\nrn\r' xmlns:w='&#9;u\nrn '",
];
const BROKEN_ATTRIBUTES: [&str; 22] = [
    " a='1' a='2'",
    " a",
    " a=1",
    " a='<'",
    " a='&nope;'",
    " a='1'b='2'",
    " xmlns:xmlns='urn:x'",
    " xmlns:xml='urn:x'",
    " xmlns:u=''",
    " xmlns:u='http://www.w3.org/2000/xmlns/'",
    " xmlns='http://www.w3.org/XML/1998/namespace'",
    " xmlns:p='urn:p' xmlns:q='urn:p' p:a='' q:a=''",
    " nope:a=''",
    " :a=''",
    " a:=''",
    " a:b:c=''",
    " 1a=''",
    " xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='true'",
    " xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='no'",
    " a='\u{1}'",
    " xmlns:p='urn:é' xmlns:q=\"urn:&#xE9;\" p:a='' q:a=''",
    " xmlns:p='\turn\r\n' xmlns:q=' urn ' p:a='' q:a=''",
];
const MUST: [&str; 8] = ["", "0", "false", "1", "true", " 1 ", "2", "&#48;"];
const ROLES: [&str; 10] = [
    "",
    "urn:other",
    "urn:own",
    "http://schemas.xmlsoap.org/soap/actor/next",
    "http://www.w3.org/2003/05/soap-envelope/role/next",
    "http://www.w3.org/2003/05/soap-envelope/role/none",
    "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver",
    " \n",
    " http://schemas.xmlsoap.org/soap/actor/next\t",
    "http://www.w3.org/2003/05/soap-envelope/role/nex&#116;",
];
/// Attributes that a code's element may have.
const CODE_ATTRIBUTES: [&str; 6] = [
    "",
    " xmlns:a='urn:&amp;&lt;&quot;&#34;&gt;\"'",
    " xmlns:a=\"&#13;u&#10;r&#9;n\r\n:'\"",
    " xmlns:soap='urn:soap'",
    " xmlns='urn:d'",
    " xmlns:a='urn:é'",
];
const CODES: [&str; 17] = [
    "s:Client",
    "s:Server",
    "s:Sender",
    "s:Receiver",
    "s:MustUnderstand",
    "Client",
    "a:ErrorInvalidRequest",
    "nope:Client",
    " s:Server ",
    "s:Client.Authentication",
    "s:VersionMismatch",
    "s:DataEncodingUnknown",
    "soap:B",
    "xmlns:B",
    "xml:B",
    ":",
    "s:",
];
/// Words that a mutation inserts. `soap.dict` has these and more.
const WORDS: [&str; 24] = [
    "<",
    ">",
    "/>",
    "</",
    "&",
    ";",
    "\"",
    "'",
    "<!--",
    "-->",
    "--",
    "<![CDATA[",
    "]]>",
    "<?",
    "xmlns",
    ":",
    "=",
    " ",
    "&#x0;",
    "\u{FEFF}",
    "s:",
    "\r",
    "]",
    "&#xD;",
];

/// The prefixes of the soap and messages namespaces in this message.
#[derive(Clone, Copy)]
struct Names {
    soap: &'static str,
    messages: &'static str,
    messages_uri: &'static str,
    v1_2: bool,
}

struct Writer<'u, 'd> {
    bytes: &'u mut Unstructured<'d>,
    out: String,
    names: Names,
}

/// Returns a message. It is mostly valid, sometimes has an offence, and sometimes has bytes moved about.
pub fn envelope(bytes: &mut Unstructured<'_>) -> Vec<u8> {
    let mut writer = Writer {
        bytes,
        out: String::new(),
        names: Names { soap: "s", messages: "", messages_uri: MESSAGES[0], v1_2: false },
    };
    writer.document();
    let mut document = writer.out.into_bytes();
    if below(bytes, 4) == 3 {
        for _ in 0..=below(bytes, 4) {
            mutate(&mut document, bytes);
        }
    }
    document
}

/// Returns a number below `n`, and 0 when the bytes have run out.
fn below(bytes: &mut Unstructured<'_>, n: usize) -> usize {
    bytes.int_in_range(0..=n.max(1) - 1).unwrap_or(0)
}

/// Deletes, repeats, replaces or inserts a few bytes, or ends the message early.
fn mutate(document: &mut Vec<u8>, bytes: &mut Unstructured<'_>) {
    let from = below(bytes, document.len());
    let to = (from + 1 + below(bytes, 24)).min(document.len());
    match below(bytes, 6) {
        0 => drop(document.splice(from..from, WORDS[below(bytes, WORDS.len())].bytes())),
        1 => drop(document.drain(from..to)),
        2 => {
            let span = document[from..to].to_vec();
            let place = below(bytes, document.len());
            document.splice(place..place, span);
        }
        3 => {
            if let Some(byte) = document.get_mut(from) {
                *byte = bytes.arbitrary().unwrap_or(0);
            }
        }
        4 => drop(document.splice(from..to, WORDS[below(bytes, WORDS.len())].bytes())),
        _ => document.truncate(from),
    }
}

impl Writer<'_, '_> {
    /// Returns true once in `n` times, and never when the bytes have run out.
    fn once_in(&mut self, n: usize) -> bool {
        below(self.bytes, n) == n - 1
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[below(self.bytes, from.len())]
    }

    /// Returns nearly always one of the first `legal` entries.
    fn mostly(&mut self, legal: usize, from: &[&'static str]) -> &'static str {
        if self.once_in(48) { self.pick(from) } else { self.pick(&from[..legal]) }
    }

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn document(&mut self) {
        let start = self.mostly(8, &STARTS);
        self.put(start);
        self.names.soap = self.pick(&PREFIXES);
        self.names.messages = if self.once_in(2) { self.pick(&PREFIXES) } else { "" };
        self.names.messages_uri = self.mostly(3, &MESSAGES);
        self.names.v1_2 = self.once_in(3);
        let uri = if self.names.v1_2 { SOAP[1] } else { SOAP[0] };
        let uri = if self.once_in(24) { self.pick(&SOAP) } else { uri };
        let soap = self.names.soap;
        let mut declarations = declaration(soap, uri);
        if self.names.messages != soap && self.once_in(3) {
            declarations += &declaration(self.names.messages, self.names.messages_uri);
        }
        if soap != "s" {
            declarations += &declaration("s", uri);
        }
        let local = self.mostly(1, &["Envelope", "envelope", "Body"]);
        self.element(soap, local, &declarations, |w| {
            w.gap();
            if w.once_in(2) {
                w.header();
                w.gap();
            }
            if !w.once_in(64) {
                let local = w.mostly(1, &["Body", "Header", "body"]);
                w.element(soap, local, "", |w| {
                    w.gap();
                    w.entry();
                    w.gap();
                    if w.once_in(64) {
                        w.entry();
                    }
                });
            }
            w.gap();
            if w.once_in(64) {
                w.other();
            }
        });
        let end = self.mostly(4, &ENDS);
        self.put(end);
    }

    /// Writes an element with its attributes and its end tag, or in its empty form if it has no content.
    fn element(&mut self, prefix: &str, local: &str, attributes: &str, content: impl FnOnce(&mut Self)) {
        let name = if prefix.is_empty() { local.to_string() } else { format!("{prefix}:{local}") };
        self.put("<");
        self.put(&name);
        self.put(attributes);
        if self.once_in(4) {
            let more = if self.once_in(12) { self.pick(&BROKEN_ATTRIBUTES) } else { self.pick(&ATTRIBUTES) };
            self.put(more);
        }
        if self.once_in(200) {
            let count = below(self.bytes, 140);
            for n in 0..count {
                self.put(&format!(" {}{n}='{n}'", if count % 2 == 0 { "a" } else { "xmlns:a" }));
            }
        }
        let space = self.mostly(2, &["", " ", "\r\n", "/", "\u{0}"]);
        self.put(space);
        let open = self.out.len();
        self.put(">");
        content(self);
        if self.out.len() == open + 1 && self.once_in(2) {
            self.out.insert(open, '/');
        } else if !self.once_in(160) {
            let end = if self.once_in(160) { self.pick(&["a", "s:Body", ""]).to_string() } else { name };
            self.put("</");
            self.put(&end);
            let space = self.mostly(3, &["", " ", "\n", "/", " a=''", "x"]);
            self.put(space);
            self.put(">");
        }
    }

    fn gap(&mut self) {
        let gap = self.pick(&GAPS);
        self.put(gap);
        if self.once_in(160) {
            let stray = self.pick(&STRAYS);
            self.put(stray);
        }
    }

    fn text(&mut self) {
        for _ in 0..1 + below(self.bytes, 5) {
            let piece = if self.once_in(96) { self.pick(&BROKEN_PIECES) } else { self.pick(&PIECES) };
            self.put(piece);
        }
        if self.once_in(48) {
            let (piece, count) = (self.pick(&PIECES), [255, 508, 511, 512, 1024][below(self.bytes, 5)]);
            self.put(&piece.repeat(count));
        }
    }

    fn header(&mut self) {
        let soap = self.names.soap;
        self.element(soap, "Header", "", |w| {
            for _ in 0..below(w.bytes, 4) {
                w.gap();
                w.block();
            }
            w.gap();
        });
    }

    fn block(&mut self) {
        let mut attributes = self
            .mostly(
                4,
                &[
                    " xmlns:b='urn:b'",
                    " xmlns='urn:d' xmlns:b='urn:&#98;'",
                    " xmlns:b='&quot;&amp;&lt;&#13;'",
                    "",
                ],
            )
            .to_string();
        let must = if self.once_in(6) { self.pick(&MUST) } else { self.pick(&["", "0"]) };
        if !must.is_empty() {
            attributes += &format!(" s:mustUnderstand='{must}'");
        }
        if self.once_in(2) {
            let role = self.pick(&ROLES);
            attributes += &format!(" s:{}=\"{role}\"", if self.names.v1_2 { "role" } else { "actor" });
        }
        if self.once_in(4) {
            attributes += &format!(" s:relay='{}'", self.mostly(5, &MUST[1..]));
        }
        let prefix = self.mostly(1, &["b", "", "s", "nope"]);
        self.element(prefix, "Block", &attributes, Self::free);
    }

    /// Writes anything well-formed.
    fn free(&mut self) {
        for _ in 0..below(self.bytes, 3) {
            match below(self.bytes, 4) {
                0 => self.text(),
                1 => self.gap(),
                2 => self.other(),
                _ => {
                    let depth =
                        if self.once_in(40) { 120 + below(self.bytes, 10) } else { below(self.bytes, 8) };
                    let name = self.pick(&["d", "dddddddd", "éé"]);
                    self.put(&format!("<{name}>").repeat(depth));
                    self.put(&format!("</{name}>").repeat(depth));
                }
            }
        }
    }

    fn other(&mut self) {
        let (prefix, attributes) =
            [("", ""), ("o", " xmlns:o='urn:o'"), ("", " xmlns=''"), ("s", "")][below(self.bytes, 4)];
        let local = self.pick(&["Other", "GetCallInfo", "PlayOnPhone", "ExceptionType", "é-.1"]);
        self.element(prefix, local, attributes, Self::free);
    }

    fn entry(&mut self) {
        match below(self.bytes, 12) {
            0..3 => self.request(),
            3 | 4 => self.response(),
            5 | 6 => self.fault(),
            7 => self.other(),
            _ => self.message(),
        }
    }

    /// Writes an element of the operation. Its namespace is declared on the body entry, for no element around it need
    /// have declared it.
    fn part(&mut self, local: &'static str, entry: bool, content: impl FnOnce(&mut Self)) {
        let Names { messages, messages_uri, .. } = self.names;
        let mut attributes = if entry { declaration(messages, messages_uri) } else { String::new() };
        let mut prefix = messages;
        if self.once_in(96) {
            let uri = self.pick(&MESSAGES);
            attributes += &declaration("t", uri);
            prefix = "t";
        }
        let others = [
            local,
            "CallId",
            "CallState",
            "EventCause",
            "GetCallInfoResponse",
            "status",
            "DialString",
            "ItemId",
        ];
        let local = self.mostly(1, &others);
        self.element(prefix, local, &attributes, content);
    }

    fn request(&mut self) {
        self.part("GetCallInfo", true, |w| {
            w.gap();
            if !w.once_in(64) {
                w.part("CallId", false, Self::text);
            }
            w.gap();
            if w.once_in(64) {
                w.part("CallId", false, Self::text);
            }
        });
    }

    fn response(&mut self) {
        let nested = !self.once_in(2);
        self.part("GetCallInfoResponse", true, |w| {
            w.gap();
            if nested {
                w.part("GetCallInfoResponse", false, Self::words);
            } else {
                w.words();
            }
            w.gap();
        });
    }

    /// Writes any message of the schema in any of its ways to be written. Sometimes a child is missing, stands twice or
    /// is out of turn.
    fn message(&mut self) {
        let message = &SCHEMA.messages[below(self.bytes, SCHEMA.messages.len())];
        let ways = message.ways();
        let way = &ways[below(self.bytes, ways.len())];
        let mut children: Vec<(&'static str, &'static Content)> = Vec::new();
        for (names, content, is_optional) in way {
            if !self.once_in(if *is_optional { 3 } else { 64 }) {
                children.push((names[names.len() - 1], content));
            }
        }
        if self.once_in(48) && !children.is_empty() {
            let child = children[below(self.bytes, children.len())];
            children.insert(below(self.bytes, children.len() + 1), child);
        }
        if self.once_in(48) {
            children.reverse();
        }
        let is_nested = way.first().is_some_and(|(names, ..)| names.len() > 2);
        self.part(&message.name, true, |w| {
            w.gap();
            if is_nested {
                w.part(&message.name, false, |w| w.children(&children));
                w.gap();
            } else {
                w.children(&children);
            }
        });
    }

    fn children(&mut self, children: &[(&'static str, &'static Content)]) {
        for &(name, content) in children {
            self.gap();
            self.part(name, false, |w| match content {
                Content::Words(words) => {
                    let word = &words[below(w.bytes, words.len())];
                    w.word(word);
                }
                Content::Boolean => {
                    let word = w.mostly(6, &BOOLEANS);
                    w.word(word);
                }
                _ if w.once_in(8) => {}
                _ => w.text(),
            });
        }
        self.gap();
    }

    /// Writes a word, sometimes in pieces.
    fn word(&mut self, word: &str) {
        let middle = word.char_indices().nth(word.chars().count() / 2).map_or(0, |(at, _)| at);
        let (head, tail) = word.split_at(middle);
        match below(self.bytes, 12) {
            9 => self.put(&format!("<![CDATA[{word}]]>")),
            10 => self.put(&format!("{head}<!---->{tail}")),
            11 => word.chars().for_each(|c| self.put(&format!("&#{};", u32::from(c)))),
            _ => self.put(word),
        }
    }

    fn words(&mut self) {
        self.gap();
        if !self.once_in(64) {
            let word = self.mostly(11, &STATES);
            self.part("CallState", false, |w| w.put(word));
        }
        self.gap();
        if !self.once_in(64) {
            let word = self.mostly(7, &CAUSES);
            self.part("EventCause", false, |w| w.put(word));
        }
        self.gap();
        if self.once_in(64) {
            self.part("CallState", false, |w| w.put("Idle"));
        }
    }

    fn fault(&mut self) {
        let soap = self.names.soap;
        self.element(soap, "Fault", " xmlns:a='urn:a'", |w| {
            if w.names.v1_2 { w.fault_1_2() } else { w.fault_1_1() }
        });
    }

    fn code(&mut self) {
        let code = self.pick(&CODES);
        self.put(code);
        if self.once_in(8) {
            self.text();
        }
    }

    fn fault_1_1(&mut self) {
        let turn = if self.once_in(6) { below(self.bytes, 4) } else { 0 };
        for n in 0..4 {
            self.gap();
            if self.once_in(48) {
                continue;
            }
            match (n + turn) % 4 {
                0 => {
                    let attributes = self.pick(&CODE_ATTRIBUTES);
                    self.element("", "faultcode", attributes, Self::code);
                }
                1 => self.element("", "faultstring", " xml:lang='en'", Self::text),
                2 if self.once_in(2) => self.element("", "faultactor", "", Self::text),
                3 if !self.once_in(3) => {
                    let prefix = self.mostly(1, &["", "s", "a"]);
                    self.detail(prefix, "detail");
                }
                _ if self.once_in(8) => self.element("a", "foreign", "", Self::free),
                _ => {}
            }
        }
        self.gap();
    }

    fn fault_1_2(&mut self) {
        let soap = self.names.soap;
        self.gap();
        self.element(soap, "Code", "", |w| {
            w.gap();
            let attributes = w.pick(&CODE_ATTRIBUTES);
            w.element(soap, "Value", attributes, Self::code);
            w.gap();
            if w.once_in(2) {
                w.subcode(0);
            }
        });
        self.gap();
        if !self.once_in(48) {
            self.element(soap, "Reason", "", |w| {
                for _ in 0..1 + below(w.bytes, 2) {
                    w.gap();
                    let lang = w.mostly(
                        2,
                        &[" xml:lang='en'", " xml:lang='&quot;&amp;&lt;&#13;&#10;&#9;'", "", " lang='en'"],
                    );
                    w.element(soap, "Text", lang, Self::text);
                }
            });
        }
        for (part, odds) in [("Node", 3), ("Role", 3), ("Node", 96)] {
            self.gap();
            if self.once_in(odds) {
                self.element(soap, part, "", Self::text);
            }
        }
        if !self.once_in(3) {
            self.detail(soap, "Detail");
        }
        self.gap();
    }

    fn subcode(&mut self, depth: usize) {
        let soap = self.names.soap;
        self.element(soap, "Subcode", "", |w| {
            w.gap();
            if !w.once_in(48) {
                let attributes = w.pick(&CODE_ATTRIBUTES);
                w.element(soap, "Value", attributes, Self::code);
            }
            if w.once_in(4) && depth < 8 {
                w.subcode(depth + 1);
            }
            w.gap();
        });
    }

    fn detail(&mut self, prefix: &str, local: &str) {
        let attributes =
            self.pick(&["", " xmlns='urn:d'", " xmlns:soap='urn:x'", " s:a='1'", " xmlns:e='urn:e' e:a=''"]);
        self.element(prefix, local, attributes, |w| {
            w.gap();
            if w.once_in(2) {
                let (prefix, attributes) =
                    [("", ""), ("a", ""), ("e", " xmlns:e='urn:e'"), ("s", "")][below(w.bytes, 4)];
                w.element(prefix, "ExceptionType", attributes, |w| {
                    w.put("a:InvalidCallIdException");
                    if w.once_in(6) {
                        w.free();
                    }
                });
            }
            w.free();
        });
    }
}

fn declaration(prefix: &str, uri: &str) -> String {
    if prefix.is_empty() { format!(" xmlns=\"{uri}\"") } else { format!(" xmlns:{prefix}='{uri}'") }
}

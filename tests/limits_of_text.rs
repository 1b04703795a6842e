//! Tests what counts towards `text_bytes`: every text that is kept, and what is kept beside the texts, in every way of
//! reading, at one byte below the limit, at it, and one above. A naive model counts.
mod verdict;

use umsoap::{Body, Envelope, ErrorKind, Limits, Options, SoapVersion};
use verdict::{every_way, refusal};

const M: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";
/// The room beside texts has 64 bytes.
const EXTRA: usize = 64;

/// A piece that is kept: its offset in the document, and how it counts.
enum Count {
    /// A text. The first byte over the limit is refused.
    Text { at: usize, length: usize },
    /// A text that is not kept in the end. The limit holds while it is read, and afterwards it takes nothing.
    Dropped { at: usize, length: usize },
    /// A piece that is kept beside the texts. It is refused as a whole, at this offset.
    Beside { at: usize, length: usize },
}

/// A document, and its kept pieces in the order in which they are read.
#[derive(Default)]
struct Document {
    written: String,
    counts: Vec<Count>,
}

impl Document {
    fn of(version: SoapVersion) -> Self {
        let start = format!("<s:Envelope xmlns:s='{}'><s:Body>", version.namespace());
        Self { written: start, counts: Vec::new() }
    }

    fn plain(mut self, markup: &str) -> Self {
        self.written += markup;
        self
    }

    fn text(mut self, text: &str) -> Self {
        self.counts.push(Count::Text { at: self.written.len(), length: text.len() });
        self.plain(text)
    }

    fn dropped(mut self, text: &str) -> Self {
        self.counts.push(Count::Dropped { at: self.written.len(), length: text.len() });
        self.plain(text)
    }

    /// Adds kept bytes that are judged at the byte that is written next.
    fn beside(mut self, length: usize) -> Self {
        self.counts.push(Count::Beside { at: self.written.len(), length });
        self
    }

    fn end(self) -> Self {
        self.plain("</s:Body></s:Envelope>")
    }

    /// Returns the offset of the refusal under this limit, by the sentences of README's table.
    fn refused(&self, most: usize) -> Option<usize> {
        let (mut texts, mut all) = (0, 0);
        for count in &self.counts {
            let room = most.saturating_sub(texts).min((most + EXTRA).saturating_sub(all));
            match *count {
                Count::Text { at, length } | Count::Dropped { at, length } if length > room => {
                    return Some(at + room);
                }
                Count::Text { length, .. } => (texts, all) = (texts + length, all + length),
                Count::Dropped { .. } => {}
                Count::Beside { at, length } => {
                    all += length;
                    if all > most + EXTRA {
                        return Some(at);
                    }
                }
            }
        }
        None
    }

    fn hold(&self, most: usize) {
        let options = Options::new().with_limits(Limits::DEFAULT.with_text_bytes(most as u16).unwrap());
        let version = if self.written.contains(SoapVersion::V1_1.namespace()) {
            SoapVersion::V1_1
        } else {
            SoapVersion::V1_2
        };
        let said = every_way(options, self.written.as_bytes());
        match self.refused(most) {
            Some(at) => {
                assert_eq!(
                    said,
                    refusal(ErrorKind::TextTooLong, at, Some(version)),
                    "{most}: {}",
                    self.written
                );
            }
            None => assert!(said.contains("header absent"), "at most {most}: {said}: {}", self.written),
        }
    }

    /// Reads the document under every limit up to one byte more than it takes.
    fn sweep(&self) {
        let takes = (0..=3072).find(|&most| self.refused(most).is_none()).unwrap();
        for most in 0..=takes + 1 {
            self.hold(most);
        }
    }
}

fn fault_1_1() -> Document {
    Document::of(SoapVersion::V1_1).plain("<s:Fault>")
}

/// Returns the beginning of a 1.2 fault with its code, which takes 8 bytes.
fn fault_1_2() -> Document {
    Document::of(SoapVersion::V1_2)
        .plain("<s:Fault><s:Code><s:Value>")
        .text("s:Sender")
        .beside(0)
        .plain("</s:Value></s:Code>")
}

/// Returns a document for everything that counts, and for what does not count. The long piece is `text`, or a name of
/// its length.
fn documents(text: &str) -> Vec<Document> {
    // The characters of a CallId have a limit of their own. A comment does not count towards that limit.
    let call_id = if text.contains('<') { format!("x{text}") } else { format!("x<!--{text}-->") };
    let with_reason = |fault: Document| {
        fault
            .plain("<s:Reason><s:Text xml:lang='")
            .beside(2)
            .plain("en'>")
            .text("why")
            .plain("</s:Text></s:Reason>")
    };
    let end_1_1 = |fault: Document| fault.plain("</s:Fault>").end();
    let name = "n".repeat(text.len());
    vec![
        // A CallId.
        Document::of(SoapVersion::V1_1)
            .plain(&format!("<GetCallInfo xmlns='{M}'><CallId>"))
            .text(&call_id)
            .plain("</CallId></GetCallInfo>")
            .end(),
        // Each text of a 1.1 fault in turn is the long one.
        end_1_1(
            fault_1_1()
                .plain("<faultcode>")
                .text(text)
                .plain("</faultcode><faultstring>")
                .text("no")
                .plain("</faultstring>"),
        ),
        end_1_1(
            fault_1_1()
                .plain("<faultcode>")
                .text("s:Client")
                .plain("</faultcode><faultstring>")
                .text(text)
                .plain("</faultstring>"),
        ),
        end_1_1(
            fault_1_1()
                .plain("<faultstring>")
                .text("no")
                .plain("</faultstring><faultactor>")
                .text(text)
                .plain("</faultactor><faultcode>")
                .text("a")
                .plain("</faultcode>"),
        ),
        end_1_1(
            fault_1_1()
                .plain("<faultcode>")
                .text("c")
                .plain("</faultcode><faultstring>")
                .text("no")
                .plain("</faultstring><detail><a>")
                .plain(text)
                .plain("</a><ExceptionType>")
                .text(text)
                .plain("</ExceptionType><ExceptionType>")
                .plain(text)
                .plain("</ExceptionType></detail>"),
        ),
        // Text stops counting when it is no exception type: what follows may have any length.
        end_1_1(
            fault_1_1()
                .plain("<faultcode>")
                .text("c")
                .plain("</faultcode><faultstring>")
                .text("no")
                .plain("</faultstring><detail><ExceptionType>")
                .dropped("ab")
                .plain("<a/>")
                .plain(&"t".repeat(3100))
                .plain("</ExceptionType></detail>"),
        ),
        end_1_1(
            fault_1_1()
                .plain("<detail><ExceptionType>")
                .dropped(text)
                .plain("<a>b</a></ExceptionType></detail><faultcode>")
                .text(text)
                .plain("</faultcode><faultstring>")
                .text("no")
                .plain("</faultstring>"),
        ),
        // Other elements of a 1.1 fault are not kept.
        end_1_1(
            fault_1_1()
                .plain("<faultcode>")
                .text("c")
                .plain("</faultcode><a:b xmlns:a='urn:a'>")
                .plain(text)
                .plain("</a:b><faultstring>")
                .text("no")
                .plain("</faultstring>"),
        ),
        // The namespace of a 1.1 code is judged at the beginning of the code's text.
        {
            let mut document =
                fault_1_1().plain(&format!("<faultstring>no</faultstring><faultcode xmlns:a='urn:{name}'>"));
            let reason_at = document.written.find("no<").unwrap();
            document.counts.push(Count::Text { at: reason_at, length: 2 });
            let code_at = document.written.len();
            document = document.text("a:b");
            document.counts.push(Count::Beside { at: code_at, length: 4 + name.len() });
            end_1_1(document.plain("</faultcode>"))
        },
        // The namespace of a detail is judged at the detail's tag.
        end_1_1(
            fault_1_1()
                .plain("<faultcode>")
                .text("c")
                .plain("</faultcode><faultstring>")
                .text("no")
                .plain("</faultstring>")
                .beside(4 + name.len())
                .plain(&format!("<a:detail xmlns:a='urn:{name}'><a:b/></a:detail>")),
        ),
        // The language of a 1.1 reason. The text after it has the room that is left.
        end_1_1(
            fault_1_1()
                .plain("<faultcode>")
                .text("s:Client")
                .plain("</faultcode><faultstring xml:lang='")
                .beside(name.len())
                .plain(&name)
                .plain("'>")
                .text(text)
                .plain("</faultstring>"),
        ),
        // The texts of a 1.2 fault.
        with_reason(fault_1_2_with_subcode(|fault| {
            fault.plain("<s:Subcode><s:Value>").text(text).plain("</s:Value></s:Subcode>")
        }))
        .plain("</s:Fault>")
        .end(),
        with_reason(fault_1_2_with_subcode(|fault| {
            fault
                .plain("<s:Subcode><s:Value>")
                .text("b")
                .plain(&format!("</s:Value><s:Subcode><s:Value>{text}</s:Value></s:Subcode></s:Subcode>"))
        }))
        .plain("</s:Fault>")
        .end(),
        {
            // The namespace of a subcode.
            let mut fault = fault_1_2_with_subcode(|mut fault| {
                fault = fault.plain(&format!("<s:Subcode xmlns:a='urn:{name}'><s:Value>"));
                let at = fault.written.len();
                fault = fault.text("a:b");
                fault.counts.push(Count::Beside { at, length: 4 + name.len() });
                fault.plain("</s:Value></s:Subcode>")
            });
            fault = with_reason(fault);
            fault.plain("</s:Fault>").end()
        },
        fault_1_2()
            .plain("<s:Reason><s:Text xml:lang='")
            .beside(name.len())
            .plain(&name)
            .plain("'>")
            .text(text)
            .plain("</s:Text></s:Reason></s:Fault>")
            .end(),
        // Further reasons and their languages are checked and not kept.
        with_reason(fault_1_2())
            .plain("</s:Fault>")
            .end()
            .replaced("</s:Reason>", &format!("<s:Text xml:lang='{name}'>{text}</s:Text></s:Reason>")),
        with_reason(fault_1_2())
            .plain("<s:Node>")
            .text(text)
            .plain("</s:Node><s:Role>")
            .text(text)
            .plain("</s:Role></s:Fault>")
            .end(),
        with_reason(fault_1_2())
            .plain("<s:Detail><ExceptionType>")
            .text(text)
            .plain("</ExceptionType></s:Detail></s:Fault>")
            .end(),
        // The name of another operation is kept, and its namespace if the library does not know it.
        Document::of(SoapVersion::V1_1).beside(name.len()).plain(&format!("<{name}>{text}</{name}>")).end(),
        Document::of(SoapVersion::V1_2)
            .beside(2 * name.len() + 4)
            .plain(&format!("<a:{name} xmlns:a='urn:{name}'/>"))
            .end(),
        Document::of(SoapVersion::V1_2).beside(name.len()).plain(&format!("<{name} xmlns='{M}'/>")).end(),
    ]
}

impl Document {
    /// Replaces a piece after everything that is counted.
    fn replaced(mut self, from: &str, to: &str) -> Self {
        self.written = self.written.replacen(from, to, 1);
        self
    }
}

fn fault_1_2_with_subcode(subcode: impl Fn(Document) -> Document) -> Document {
    let fault = Document::of(SoapVersion::V1_2)
        .plain("<s:Fault><s:Code><s:Value>")
        .text("s:Sender")
        .plain("</s:Value>");
    subcode(fault).plain("</s:Code>")
}

/// Tests every document at every limit, with characters and references of every length.
#[test]
fn every_limit() {
    for text in ["x".repeat(70), "aé€😀&#x1F600;&amp;&#233;<![CDATA[]€]]><!--é-->".to_string()] {
        documents(&text).iter().for_each(Document::sweep);
    }
}

/// Tests the length at which the model refuses a document first, one less and one more, under limits of 3,072, 3,071
/// and 3,070 bytes.
#[test]
fn the_default_limit() {
    // Names and namespace names meet their own limits first. `every_limit` tests them under lower limits.
    const NAMED: [usize; 6] = [8, 9, 13, 18, 19, 20];
    let mut reached = 0;
    for number in (0..documents("x").len()).filter(|number| !NAMED.contains(number)) {
        let of = |length: usize| documents(&"x".repeat(length)).remove(number);
        let Some(first) = (0..3300).find(|&length| of(length).refused(3072).is_some()) else { continue };
        for length in first - 1..=first + 1 {
            for most in [3070, 3071, 3072] {
                of(length).hold(most);
            }
        }
        reached += 1;
    }
    assert_eq!(reached, 11);
}

/// Kept bytes of a language count: a text after a language of 120 bytes has 56 bytes less.
#[test]
fn a_long_language_takes_room_from_its_text() {
    let of = |lang: usize, reason: usize| {
        fault_1_2()
            .plain("<s:Reason><s:Text xml:lang='")
            .beside(lang)
            .plain(&"l".repeat(lang))
            .plain("'>")
            .text(&"r".repeat(reason))
            .plain("</s:Text></s:Reason></s:Fault>")
            .end()
    };
    for lang in [0, 1, 63, 64, 65, 120, 1000] {
        let room = 3136 - 8 - lang;
        let room = room.min(3072 - 8);
        for reason in [room - 1, room, room + 1] {
            let document = of(lang, reason);
            assert_eq!(document.refused(3072).is_some(), reason > room);
            document.hold(3072);
            if reason <= room {
                let Body::Fault(fault) = Envelope::parse(document.written.as_bytes()).unwrap().body() else {
                    panic!()
                };
                assert_eq!(
                    (fault.lang().unwrap().as_raw().len(), fault.reason().as_raw().len()),
                    (lang, reason)
                );
            }
        }
    }
}

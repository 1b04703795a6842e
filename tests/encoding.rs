//! Tests what precedes the root: the first bytes, and the XML declaration.

use umsoap::{Decoder, Envelope, ErrorKind, Options};

const ROOT: &str =
    "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><x/></s:Body></s:Envelope>";

/// A kind and an offset.
type Offence = (ErrorKind, usize);

/// Returns the error of the document, which must be equal in one piece and byte by byte.
fn judge(document: &[u8]) -> Option<Offence> {
    let one = Envelope::parse(document).map(|envelope| envelope.version());
    let mut decoder = Decoder::new();
    let fed = document.chunks(1).try_for_each(|chunk| decoder.feed(chunk));
    let cut = fed.and_then(|()| decoder.finish().map(|envelope| envelope.version()));
    assert_eq!(cut, one, "{}", document.escape_ascii());
    one.err().map(|error| (error.kind(), error.offset()))
}

/// Accepts all forms of XMLDecl ::= '<?xml' VersionInfo EncodingDecl? SDDecl? S? '?>'.
#[test]
fn declarations() {
    let mut count = 0;
    for version in [" version='1.0'", " version=\"1.0\"", "\tversion\r\n=\t'1.1'", "  version='1.0123456789'"]
    {
        for encoding in ["", " encoding='utf-8'", " encoding=\"UTF-8\"", "\n\nencoding = 'Utf-8'"] {
            for standalone in ["", " standalone='yes'", " standalone=\"no\"", "\r\tstandalone\n= \"yes\""] {
                for space in ["", " ", "\r\n\t "] {
                    let declaration = format!("<?xml{version}{encoding}{standalone}{space}?>");
                    for start in ["", "\u{FEFF}"] {
                        for gap in ["", "\n", "<!-- x -->"] {
                            let document = [start, &declaration, gap, ROOT].concat();
                            assert_eq!(judge(document.as_bytes()), None, "{document:?}");
                            count += 1;
                        }
                    }
                }
            }
        }
    }
    assert_eq!(count, 4 * 4 * 4 * 3 * 6);
}

/// Each row has a malformed declaration, and the bytes of it that precede the offence.
#[test]
fn what_is_no_declaration() {
    use ErrorKind::*;
    for (declaration, before) in [
        ("<?xml?>", "<?xml"),
        ("<?xml ?>", "<?xml "),
        ("<?xml encoding='utf-8'?>", "<?xml "),
        ("<?xml standalone='yes'?>", "<?xml "),
        ("<?xml Version='1.0'?>", "<?xml "),
        ("<?xml versio='1.0'?>", "<?xml versio"),
        ("<?xml versions='1.0'?>", "<?xml version"),
        ("<?xml version '1.0'?>", "<?xml version "),
        ("<?xml version=1.0?>", "<?xml version="),
        ("<?xml version=='1.0'?>", "<?xml version="),
        ("<?xml version='1.0\"?>", "<?xml version='1.0"),
        ("<?xml version='1.0' version='1.0'?>", "<?xml version='1.0' "),
        ("<?xml version='1.0'encoding='utf-8'?>", "<?xml version='1.0'"),
        ("<?xml version='1.0' encoding='utf-8'standalone='no'?>", "<?xml version='1.0' encoding='utf-8'"),
        ("<?xml version='1.0' standalone='no' encoding='utf-8'?>", "<?xml version='1.0' standalone='no' "),
        ("<?xml version='1.0' standalone='no' standalone='no'?>", "<?xml version='1.0' standalone='no' "),
        ("<?xml version='1.0' encoding='utf-8' encoding='utf-8'?>", "<?xml version='1.0' encoding='utf-8' "),
        ("<?xml version='1.0' encoding='utf-8' version='1.0'?>", "<?xml version='1.0' encoding='utf-8' "),
        ("<?xml version='1.0' other=''?>", "<?xml version='1.0' "),
        ("<?xml version='1.0' enc='utf-8'?>", "<?xml version='1.0' enc"),
        ("<?xml version='1.0' encodings='utf-8'?>", "<?xml version='1.0' encoding"),
        ("<?xml version='1.0' ? >", "<?xml version='1.0' ?"),
        ("<?xml version='1.0' >", "<?xml version='1.0' "),
        ("<?xml version='1.0' ??>", "<?xml version='1.0' ?"),
        ("<?xml version='1 0'?>", "<?xml version='1"),
        ("<?xml version='1.0+'?>", "<?xml version='1.0"),
        ("<?xml version='1.0' encoding=' utf-8'?>", "<?xml version='1.0' encoding='"),
        ("<?xml version='1.0' encoding='utf/8'?>", "<?xml version='1.0' encoding='utf"),
        // The whole value is judged at its end, and the offset is where the value begins.
        ("<?xml version=''?>", "<?xml version='"),
        ("<?xml version='1'?>", "<?xml version='"),
        ("<?xml version='1.'?>", "<?xml version='"),
        ("<?xml version='2.0'?>", "<?xml version='"),
        ("<?xml version='1.0a'?>", "<?xml version='"),
        ("<?xml version='1.a'?>", "<?xml version='"),
        ("<?xml version='1.0.'?>", "<?xml version='"),
        ("<?xml version='1.00000-'?>", "<?xml version='"),
        ("<?xml version='1-0'?>", "<?xml version='"),
        ("<?xml version='10'?>", "<?xml version='"),
        ("<?xml version='01.0'?>", "<?xml version='"),
        ("<?xml version='1.0' encoding=''?>", "<?xml version='1.0' encoding='"),
        ("<?xml version='1.0' encoding='8-utf'?>", "<?xml version='1.0' encoding='"),
        ("<?xml version='1.0' encoding='-utf8'?>", "<?xml version='1.0' encoding='"),
        ("<?xml version='1.0' encoding='_'?>", "<?xml version='1.0' encoding='"),
        ("<?xml version='1.0' standalone=''?>", "<?xml version='1.0' standalone='"),
        ("<?xml version='1.0' standalone='true'?>", "<?xml version='1.0' standalone='"),
        ("<?xml version='1.0' standalone='Yes'?>", "<?xml version='1.0' standalone='"),
        ("<?xml version='1.0' standalone='yesno'?>", "<?xml version='1.0' standalone='"),
        ("<?xml version='1.0' standalone='yes-no'?>", "<?xml version='1.0' standalone='"),
        ("<?xml version='1.0' standalone='ye'?>", "<?xml version='1.0' standalone='"),
        ("<?xml version='1.0' standalone='non'?>", "<?xml version='1.0' standalone='"),
        ("<?xml version='1.0' standalone='n'?>", "<?xml version='1.0' standalone='"),
    ] {
        for start in ["", "\u{FEFF}"] {
            let document = [start, declaration, ROOT].concat();
            let expected = Some((Declaration, start.len() + before.len()));
            assert_eq!(judge(document.as_bytes()), expected, "{document:?}");
        }
    }
    for encoding in ["utf8", "utf-16", "UTF-8-", "utf-88", "utf_8", "a", "A.-_9", "iso-8859-1", "us-ascii"] {
        let document = format!("<?xml version='1.0' encoding='{encoding}'?>{ROOT}");
        let expected = Some((DeclaredEncoding, "<?xml version='1.0' encoding='".len()));
        assert_eq!(judge(document.as_bytes()), expected, "{document:?}");
    }
}

/// Tests bytes at the very start. Some of them are marks of an encoding.
#[test]
fn first_bytes() {
    use ErrorKind::*;
    let root = ROOT.as_bytes();
    let rows: [(&[u8], Option<Offence>); 21] = [
        (b"", None),
        (b"\xEF\xBB\xBF", None),
        (b" ", None),
        (b"\xEF\xBB\xBF\xEF\xBB\xBF", Some((TextOutsideRoot, 3))),
        (b"\xEF\xBB", Some((TextOutsideRoot, 0))),
        (b"\xEF", Some((TextOutsideRoot, 0))),
        (b" \xEF\xBB\xBF", Some((TextOutsideRoot, 1))),
        (b"\xFE\xFF", Some((Utf16, 0))),
        (b"\xFF\xFE", Some((Utf16, 0))),
        (b"\0", Some((Utf16, 0))),
        (b"<\0", Some((Utf16, 0))),
        (b"\xFF\xFE\0\0", Some((Utf32, 0))),
        (b"\0\0\xFE\xFF", Some((Utf32, 0))),
        (b"\0\0\0", Some((Utf32, 0))),
        (b"<\0\0\0", Some((Utf32, 0))),
        (b"<\0\0x", Some((Utf16, 0))),
        (b"\xFF\xFE\0x", Some((Utf16, 0))),
        (b"\0\0", Some((InvalidChar, 0))),
        (b"\0\0\xFE\xFE", Some((InvalidChar, 0))),
        (b"\xFE\xFE", Some((InvalidUtf8, 0))),
        (b"\xFF\xFF", Some((InvalidUtf8, 0))),
    ];
    for (start, expected) in rows {
        assert_eq!(judge(&[start, root].concat()), expected, "{}", start.escape_ascii());
    }
}

/// Reads declared encodings under the options that accept them, in every way of reading.
#[path = "verdict/mod.rs"]
mod verdict;

fn ascii() -> Options<'static> {
    Options::new().with_ascii_encodings()
}

fn fixed() -> Options<'static> {
    Options::new().with_charset_of_transport()
}

#[test]
fn encodings_of_ascii_are_read_when_asked_for() {
    let accepted = verdict::every_way(Options::new(), ROOT.as_bytes());
    for name in ["us-ascii", "US-ASCII", "iso-8859-1", "ISO-8859-1", "Iso-8859-1"] {
        for rest in ["", " ", " standalone='yes'", "\nstandalone=\"no\" "] {
            let document = format!("<?xml version='1.0' encoding='{name}'{rest}?>{ROOT}");
            assert_eq!(verdict::every_way(ascii(), document.as_bytes()), accepted, "{document}");
            assert_eq!(verdict::every_way(fixed(), document.as_bytes()), accepted, "{document}");
            let refused =
                verdict::refusal(ErrorKind::DeclaredEncoding, "<?xml version='1.0' encoding='".len(), None);
            assert_eq!(verdict::every_way(Options::new(), document.as_bytes()), refused, "{document}");
            // The byte order mark of UTF-8 contradicts the declaration.
            let marked = format!("\u{FEFF}{document}");
            let refused = verdict::refusal(
                ErrorKind::DeclaredEncoding,
                "\u{FEFF}<?xml version='1.0' encoding='".len(),
                None,
            );
            assert_eq!(verdict::every_way(ascii(), marked.as_bytes()), refused, "{document}");
            assert_eq!(verdict::every_way(fixed(), marked.as_bytes()), accepted, "{document}");
        }
    }
    for name in [
        "utf8",
        "iso-8859-15",
        "iso-8859-",
        "iso8859-1",
        "us_ascii",
        "us-asci",
        "us-asciii",
        "latin1",
        "a",
        "windows-1252",
    ] {
        let document = format!("<?xml version='1.0' encoding='{name}'?>{ROOT}");
        let refused =
            verdict::refusal(ErrorKind::DeclaredEncoding, "<?xml version='1.0' encoding='".len(), None);
        assert_eq!(verdict::every_way(ascii(), document.as_bytes()), refused, "{document}");
        assert_eq!(verdict::every_way(fixed(), document.as_bytes()), accepted, "{document}");
    }
    for options in [ascii(), fixed()] {
        // A malformed encoding name is refused under every option.
        for name in ["", "8-utf", "-a", "_"] {
            let document = format!("<?xml version='1.0' encoding='{name}'?>{ROOT}");
            let refused =
                verdict::refusal(ErrorKind::Declaration, "<?xml version='1.0' encoding='".len(), None);
            assert_eq!(verdict::every_way(options, document.as_bytes()), refused, "{document}");
        }
        // Messages in UTF-8 are read under every option.
        for declaration in ["", "<?xml version='1.0'?>", "<?xml version='1.0' encoding='Utf-8'?>"] {
            let document = format!("{declaration}{}", ROOT.replace("<x/>", "<é>é</é>"));
            let accepted = verdict::every_way(Options::new(), document.as_bytes());
            assert!(accepted.contains("é"));
            assert_eq!(verdict::every_way(options, document.as_bytes()), accepted, "{document}");
        }
        // UTF-16 and UTF-32 are refused by their first bytes.
        assert_eq!(verdict::every_way(options, b"\xFF\xFE<\0"), verdict::refusal(ErrorKind::Utf16, 0, None));
    }
}

/// Puts a byte outside ASCII at every place. The message is refused by the name of its encoding, unless a byte before
/// it breaks another rule. The option for the transport reads the byte as UTF-8.
#[test]
fn a_byte_outside_ascii_is_refused_by_the_name_of_the_encoding() {
    let declaration = "<?xml version='1.0' encoding='iso-8859-1'?>";
    let at = "<?xml version='1.0' encoding='".len();
    let body = "<!-- c --><s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' a=\"b>c\"><s:Header>\
        <t:h xmlns:t='urn:t'>text &amp; <![CDATA[ x ]]></t:h ></s:Header><s:Body><GetCallInfo \
        xmlns='http://schemas.microsoft.com/exchange/services/2006/messages'><CallId>MDlk</CallId></GetCallInfo>\
        </s:Body></s:Envelope><!-- -->\n";
    let whole = format!("{declaration}{body}");
    assert!(verdict::every_way(ascii(), whole.as_bytes()).contains("MDlk"));
    for place in declaration.len()..=whole.len() {
        for wrong in [&b"\xE9"[..], "é".as_bytes(), b"\x80", b"\xFF"] {
            let document = [&whole.as_bytes()[..place], wrong, &whole.as_bytes()[place..]].concat();
            let version = Envelope::parse_with(&document, &ascii()).unwrap_err().version();
            let refused = verdict::refusal(ErrorKind::DeclaredEncoding, at, version);
            assert_eq!(verdict::every_way(ascii(), &document), refused, "{}", document.escape_ascii());
            let plain = document.strip_prefix(declaration.as_bytes()).unwrap();
            let read = |document, options| {
                Envelope::parse_with(document, &options).map(|e| e.version()).map_err(|e| e.kind())
            };
            assert_eq!(read(&document, fixed()), read(plain, Options::new()), "{}", document.escape_ascii());
            verdict::every_way(fixed(), &document);
        }
        // An offence before that byte is reported first.
        let broken = [&whole.as_bytes()[..place], b"\x01\xE9", &whole.as_bytes()[place..]].concat();
        let first = Envelope::parse_with(&broken, &ascii()).unwrap_err();
        assert_ne!(first.kind(), ErrorKind::DeclaredEncoding, "{}", broken.escape_ascii());
        verdict::every_way(ascii(), &broken);
    }
}

/// Tests every limit with a byte outside ASCII as the first byte above it. All ways of reading must name one rule.
#[test]
fn limits_and_encodings() {
    let start = "<?xml version='1.0' encoding='us-ascii'?>";
    let root = "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>";
    let limits = Options::new().limits();
    for length in 60..140 {
        let document = format!("{start}{root}<x a='{}é'/></s:Body></s:Envelope>", "y".repeat(length - 60));
        for options in [
            ascii().with_limits(limits.with_tag_bytes(100).unwrap()),
            ascii().with_limits(limits.with_message_bytes(length as u32 + 100).unwrap()),
        ] {
            verdict::every_way(options, document.as_bytes());
        }
    }
    // A decoder can read another encoding after a reset.
    let mut decoder = Decoder::with_options(ascii());
    decoder.feed(format!("{start}{ROOT}").as_bytes()).unwrap();
    decoder.reset();
    decoder.feed(ROOT.replace("<x/>", "<x>é</x>").as_bytes()).unwrap();
    assert!(decoder.finish().is_ok());
}

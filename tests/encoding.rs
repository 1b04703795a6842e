//! What stands before the root: the first bytes, and the XML declaration.

use umsoap::{Decoder, Envelope, ErrorKind};

const ROOT: &str =
    "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><x/></s:Body></s:Envelope>";

/// A kind and an offset.
type Offence = (ErrorKind, usize);

/// What is wrong, in one piece and byte by byte.
fn judge(document: &[u8]) -> Option<Offence> {
    let one = Envelope::parse(document).map(|envelope| envelope.version());
    let mut decoder = Decoder::new();
    let fed = document.chunks(1).try_for_each(|chunk| decoder.feed(chunk));
    let cut = fed.and_then(|()| decoder.finish().map(|envelope| envelope.version()));
    assert_eq!(cut, one, "{}", document.escape_ascii());
    one.err().map(|error| (error.kind(), error.offset()))
}

/// XMLDecl ::= '<?xml' VersionInfo EncodingDecl? SDDecl? S? '?>', in all its forms.
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

/// What is no declaration, and how many bytes stand before the offence.
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
        // The whole value is judged at its end, and the offence lies where it begins.
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

/// Bytes at the very start, of which some are marks of an encoding.
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

//! The C interface tells of a message what the Rust interface tells, whole and cut.
#![no_main]

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::{ptr, slice};

use umsoap::{Body, Decoder, Envelope, Error, Shapes, SoapVersion};
use umsoap_ffi::*;
use umsoap_fuzz::input::{self, Choices};

libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));

/// The answer that C got for a message, with copied strings.
#[derive(Debug, PartialEq)]
enum Told {
    Message { kind: umsoap_kind, version: u8, operation: String, values: Vec<Option<String>> },
    Refused { result: u32, offset: u64, version: u8, element: String },
}

const NONE: umsoap_str = umsoap_str { data: ptr::null(), length: 0 };

fn string(text: umsoap_str) -> String {
    if text.data.is_null() {
        return String::new();
    }
    // SAFETY: the interface lends these bytes until its next call.
    let bytes = unsafe { slice::from_raw_parts(text.data.cast(), text.length) };
    String::from_utf8(bytes.to_vec()).expect("strings are UTF-8")
}

/// Returns what the interface writes into a buffer of exactly the size that it demands.
fn written(write: impl Fn(*mut u8, usize, &mut MaybeUninit<usize>) -> umsoap_result) -> Option<Vec<u8>> {
    let mut length = MaybeUninit::new(0);
    let asked = write(ptr::null_mut(), 0, &mut length);
    // SAFETY: initialised above.
    let needed = unsafe { length.assume_init() };
    match asked {
        UMSOAP_ABSENT => return None,
        UMSOAP_OK => assert_eq!(needed, 0),
        asked => assert_eq!(asked, UMSOAP_SMALL),
    }
    let mut out = vec![0; needed];
    assert_eq!(write(out.as_mut_ptr(), needed, &mut length), UMSOAP_OK);
    Some(out)
}

fn told(
    result: umsoap_result,
    message: &MaybeUninit<umsoap_message>,
    error: &MaybeUninit<umsoap_error>,
    value: impl Fn(usize, *mut u8, usize, &mut MaybeUninit<usize>) -> umsoap_result,
) -> Told {
    if result != UMSOAP_OK {
        assert!((1..1000).contains(&result), "{result}");
        // SAFETY: a rule fills the error.
        let error = unsafe { error.assume_init_ref() };
        assert_eq!(error.result, result);
        let element = string(error.element);
        return Told::Refused { result, offset: error.offset, version: error.version, element };
    }
    // SAFETY: UMSOAP_OK fills the message.
    let message = unsafe { message.assume_init_ref() };
    let values = (0..UMSOAP_FIELDS).map(|index| {
        let field = message.fields[index];
        let value = written(|out, size, length| value(index, out, size, length));
        assert_eq!(value.is_none(), field.data.is_null());
        if field.is_value {
            assert_eq!(
                string(umsoap_str { data: field.data, length: field.length }).into_bytes(),
                *value.as_ref().unwrap()
            );
        }
        value.map(|value| String::from_utf8(value).expect("values are UTF-8"))
    });
    let (kind, version, values) = (message.kind, message.version, values.collect());
    Told::Message { kind, version, operation: string(message.operation), values }
}

/// Returns Rust's answer in the form of the C interface.
fn said(read: &Result<Envelope<'_>, Error>) -> Told {
    let number = |version| if version == SoapVersion::V1_1 { UMSOAP_SOAP_1_1 } else { UMSOAP_SOAP_1_2 };
    let envelope = match read {
        Err(error) => {
            return Told::Refused {
                result: error.kind().code().into(),
                offset: error.offset() as u64,
                version: error.version().map_or(0, number),
                element: error.element().unwrap_or_default().to_string(),
            };
        }
        Ok(envelope) => envelope,
    };
    let body = envelope.body();
    let mut values = vec![None; UMSOAP_FIELDS];
    let kind = match &body {
        Body::Fault(fault) => {
            values[UMSOAP_FAULT_CODE] = Some(fault.code().to_string());
            values[UMSOAP_FAULT_SUBCODE] = fault.subcode().map(|text| text.to_string());
            values[UMSOAP_FAULT_REASON] = Some(fault.reason().to_string());
            values[UMSOAP_FAULT_LANG] = fault.lang().map(|text| text.to_string());
            values[UMSOAP_FAULT_ACTOR] = fault.actor().map(|text| text.to_string());
            values[UMSOAP_FAULT_NODE] = fault.node().map(|text| text.to_string());
            values[UMSOAP_FAULT_EXCEPTION] = fault.exception_type().map(|text| text.to_string());
            UMSOAP_FAULT
        }
        Body::Other(element) => {
            values[0] = element.namespace().map(|text| text.to_string());
            UMSOAP_OTHER
        }
        _ => {
            let name = body.local_name();
            // SAFETY: the string belongs to Rust.
            let kind =
                unsafe { umsoap_kind_named(umsoap_str { data: name.as_ptr().cast(), length: name.len() }) };
            for (name, text) in body.fields() {
                let name = umsoap_str { data: name.as_ptr().cast(), length: name.len() };
                // SAFETY: as above.
                values[unsafe { umsoap_field_index(kind, name) }] = Some(text.to_string());
            }
            kind
        }
    };
    Told::Message {
        kind,
        version: number(envelope.version()),
        operation: body.local_name().to_string(),
        values,
    }
}

/// Returns the complete answer to a refusal.
fn answer(
    refuse: impl Fn(*mut u8, usize, &mut MaybeUninit<umsoap_answer>) -> umsoap_result,
) -> (Vec<u8>, u16, String) {
    let mut answer = MaybeUninit::uninit();
    assert_eq!(refuse(ptr::null_mut(), 0, &mut answer), UMSOAP_SMALL);
    // SAFETY: UMSOAP_SMALL fills the answer.
    let needed = unsafe { answer.assume_init_ref() }.length;
    let mut out = vec![0; needed];
    assert_eq!(refuse(out.as_mut_ptr(), needed, &mut answer), UMSOAP_OK);
    // SAFETY: UMSOAP_OK fills the answer.
    let answer = unsafe { answer.assume_init_ref() };
    // SAFETY: the string ends with a zero byte.
    let media_type = unsafe { CStr::from_ptr(answer.media_type) };
    assert_eq!(answer.length, needed);
    (out, answer.http_status, media_type.to_str().expect("a media type is ASCII").to_string())
}

fn run(data: &[u8]) {
    let document = &*input::document(data);
    let (bytes, length) = (document.as_ptr().cast(), document.len());
    let read = Envelope::parse(document);
    let expected = said(&read);

    let (mut message, mut error) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    // SAFETY: here and below, the slices are Rust's with their lengths, and one decoder is used at a time.
    let result = unsafe { umsoap_parse(bytes, length, None, Some(&mut message), Some(&mut error)) };
    let value = |index, out: *mut u8, size, needed: &mut MaybeUninit<usize>| unsafe {
        umsoap_value(bytes, length, None, index, out.cast(), size, Some(needed))
    };
    assert_eq!(told(result, &message, &error, value), expected);

    let shapes = umsoap_shapes_new();
    for _ in 0..2 {
        // SAFETY: the pointer is not NULL, and is used here alone.
        let result = unsafe {
            umsoap_shapes_parse(shapes.as_mut(), bytes, length, Some(&mut message), Some(&mut error))
        };
        assert_eq!(told(result, &message, &error, value), expected);
    }
    // SAFETY: the shapes are not used any more.
    unsafe { umsoap_shapes_free(shapes) };
    let mut learned = Shapes::new();
    assert_eq!(said(&learned.parse(document)), expected);

    let mut decoder = Box::<umsoap_decoder>::new_uninit();
    let decoder = decoder.as_mut_ptr();
    let mut rust = Decoder::new();
    let mut choices = Choices::of(document);
    let cut = choices.below(length + 1);
    // SAFETY: `decoder` points to storage for a decoder.
    assert_eq!(unsafe { umsoap_decoder_init(decoder, None) }, UMSOAP_OK);
    for piece in [&document[..cut], &document[cut..]] {
        // The copy has exactly the size of the piece, and is gone after the call.
        let piece = piece.to_vec().into_boxed_slice();
        let fed = unsafe { umsoap_decoder_feed(decoder, piece.as_ptr().cast(), piece.len()) };
        let told = rust.feed(&piece).map_err(|error| u32::from(error.kind().code()));
        assert_eq!(fed, told.err().unwrap_or(UMSOAP_OK));
    }
    let result = unsafe { umsoap_decoder_finish(decoder, Some(&mut message), Some(&mut error)) };
    let decoded = told(result, &message, &error, |index, out, size, needed| unsafe {
        umsoap_decoder_value(decoder, index, out.cast(), size, Some(needed))
    });
    assert_eq!(decoded, said(&rust.finish()));
    assert_eq!(decoded, expected);

    if read.is_err() {
        let hint = [UMSOAP_SOAP_1_1, UMSOAP_SOAP_1_2][choices.below(2)];
        let whole = answer(|out, size, told| unsafe {
            umsoap_refuse(bytes, length, None, hint, NONE, out.cast(), size, Some(told))
        });
        let pieces = answer(|out, size, told| unsafe {
            umsoap_decoder_refuse(decoder, hint, NONE, out.cast(), size, Some(told))
        });
        assert_eq!(whole, pieces);
        let fault = Envelope::parse(&whole.0).expect("an answer is a message");
        assert!(
            matches!(fault.body(), Body::Fault(fault) if fault.http_status(Envelope::parse(&whole.0).unwrap().version()) == whole.1)
        );
    }
}

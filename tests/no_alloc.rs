//! Neither reading nor writing allocates. A counting global allocator sees every allocation of the test.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use umsoap::{
    Body, Decoder, Envelope, Error, Fault, GetUMPropertiesResponse, GreetingType, IsUMEnabledResponse,
    Options, PlayOnPhone, PlayOnPhoneGreeting, ResetPIN, Shapes, SoapVersion,
};

struct Counting;

thread_local! {
    // The count is for one thread, because the test harness allocates in its own thread meanwhile.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn walk(input: &[u8]) -> Result<usize, Error> {
    let mut out = [0xA5; 4096];
    let envelope = Envelope::parse_with(input, &Options::new())?;
    let mut seen = envelope.header().blocks().count();
    // This reads the names and values of all fields, character by character.
    seen += envelope.body().fields().map(|(name, value)| name.len() + value.chars().count()).sum::<usize>();
    if let Body::GetCallInfo(request) = envelope.body() {
        let mut decoded = [0; 384];
        seen += request.call_id().decode(&mut decoded).map_or(0, |d| d.len());
    }
    seen += envelope.encode(&mut out).map_or(0, |e| e.len());
    Ok(seen)
}

#[test]
fn nothing_is_allocated() {
    let mut documents = Vec::new();
    for folder in ["ok", "err"] {
        let folder = format!("{}/tests/data/{folder}", env!("CARGO_MANIFEST_DIR"));
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "xml") {
                documents.push(std::fs::read(path).unwrap());
            }
        }
    }
    assert!(documents.len() >= 4);
    let before = ALLOCATIONS.get();
    let mut accepted = 0;
    let mut out = [0; 4096];
    for document in &documents {
        match walk(document) {
            Ok(seen) => accepted += usize::from(seen > 0),
            Err(error) => {
                let answer = Envelope::new(SoapVersion::V1_2, Body::Fault(error.fault()));
                assert!(answer.encode(&mut out).is_ok());
            }
        }
    }
    let mut shapes = Shapes::new();
    for document in documents.iter().chain(&documents) {
        for _ in 0..2 {
            assert_eq!(shapes.parse(document).is_ok(), Envelope::parse(document).is_ok());
        }
    }
    assert!(shapes.hits() > 3);
    let bodies: [Body<'_>; 5] = [
        PlayOnPhone::new("AAAA", "+1 <555>").into(),
        PlayOnPhoneGreeting::new(GreetingType::OofCustom, "x").into(),
        GetUMPropertiesResponse::new(true, false, Some("1"), None, Some("")).into(),
        IsUMEnabledResponse::new(true).into(),
        ResetPIN::new().into(),
    ];
    let mut decoder = Decoder::new();
    for body in bodies {
        let written = Envelope::new(SoapVersion::V1_2, body).encode(&mut out).unwrap();
        decoder.reset();
        assert!(written.chunks(3).all(|chunk| decoder.feed(chunk).is_ok()));
        assert_eq!(decoder.finish().unwrap().body(), body);
        assert_eq!(shapes.parse(written).unwrap().body(), body);
    }
    let fault = Envelope::new(SoapVersion::V1_1, Body::Fault(Fault::invalid_call_id()));
    assert!(fault.encode(&mut out).is_ok());
    let after = ALLOCATIONS.get();
    assert_eq!(before, after);
    drop(std::hint::black_box(vec![0]));
    assert_eq!(ALLOCATIONS.get(), after + 1, "the allocator counts");
    assert!(accepted >= 4);
}

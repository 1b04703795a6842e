//! The C and C++ peers. `native/` has their sources, and `build.rs` finds out which of them can be compiled.

use std::borrow::Cow;
use std::ffi::{CStr, c_char, c_int};

use super::{Found, InPieces, Peer};

/// `struct texts` of `native/found.h`: CallId, CallState, EventCause.
#[repr(C)]
pub struct Texts {
    len: [usize; 3],
    text: [[u8; 1024]; 3],
}

impl Default for Texts {
    fn default() -> Self {
        Self { len: [0; 3], text: [[0; 1024]; 3] }
    }
}

impl Texts {
    fn get(&self, slot: usize) -> Option<&str> {
        std::str::from_utf8(self.text[slot].get(..self.len[slot])?).ok()
    }

    fn found(&self) -> Option<Found<'_>> {
        match self.get(0)? {
            "" => Some(Found::Response(self.get(1)?.parse().ok()?, self.get(2)?.parse().ok()?)),
            call_id => Some(Found::Request(Cow::Borrowed(call_id))),
        }
    }
}

unsafe extern "C" {
    safe fn native_allocations() -> usize;
}

/// Returns the allocations of this thread so far.
pub fn allocations() -> usize {
    native_allocations()
}

macro_rules! peers {
    ($($cfg:ident: $name:literal, $read:ident, $version:ident, $about:literal;)*) => {
        $(
            #[cfg($cfg)]
            unsafe extern "C" {
                fn $read(message: *const c_char, len: usize, texts: *mut Texts) -> c_int;
                safe fn $version() -> *const c_char;
            }
        )*

        pub fn peers() -> Vec<Peer> {
            vec![$(
                #[cfg($cfg)]
                Peer {
                    name: $name,
                    about: $about,
                    read: |input, scratch| {
                        let bytes = input.bytes();
                        // SAFETY: a zero byte follows `bytes`, and `scratch` is borrowed for as long as it is written.
                        let found = unsafe { $read(bytes.as_ptr().cast(), bytes.len(), &raw mut scratch.texts) };
                        (found != 0).then_some(&scratch.texts)?.found()
                    },
                },
            )*]
        }

        /// Returns the names of the peers, and the versions that were linked.
        pub fn versions() -> Vec<(&'static str, String)> {
            vec![$(
                #[cfg($cfg)]
                // SAFETY: the string ends with a zero byte and stays where it is.
                ($name, unsafe { CStr::from_ptr($version()) }.to_string_lossy().into_owned()),
            )*]
        }

        /// The peers that could not be compiled.
        pub const LEFT_OUT: &[&str] = &[$(
            #[cfg(not($cfg))]
            $name,
        )*];
    };
}

peers! {
    rapidxml: "rapidxml", rapidxml_read, rapidxml_version,
        "`parse_fastest`, local names compared, one document cleared for each message. It does not match end tags, \
         check names, characters or UTF-8, resolve namespaces or references, or look behind the root element.";
    pugixml: "pugixml", pugixml_read, pugixml_version,
        "`load_buffer_inplace` of a copy, local names compared. It does not resolve namespaces or check names, \
         characters, UTF-8 or attributes.";
    expat: "expat", expat_read, expat_version,
        "`XML_ParserCreateNS`, one parser reset for each message, hash salt fixed.";
    libxml2: "libxml2", libxml2_read, libxml2_version,
        "Push parser with SAX2 handlers, one context for all messages; `wellFormed` and `nsWellFormed` are asked.";
    gsoap: "gSOAP", gsoap_read, gsoap_version,
        "The code that soapcpp2 writes, SOAP_XML_STRICT, one context, `soap_end` after each message. It skips what \
         it does not know.";
}

macro_rules! in_pieces {
    ($($cfg:ident: $name:literal, $read:ident, $about:literal;)*) => {
        $(
            #[cfg($cfg)]
            unsafe extern "C" {
                fn $read(message: *const c_char, len: usize, piece: usize, texts: *mut Texts) -> c_int;
            }
        )*

        pub fn in_pieces() -> Vec<InPieces> {
            vec![$(
                #[cfg($cfg)]
                InPieces {
                    name: $name,
                    about: $about,
                    read: |input, piece, scratch| {
                        let (message, len) = (input.bytes().as_ptr().cast(), input.bytes().len());
                        // SAFETY: as in `peers`.
                        let found = unsafe { $read(message, len, piece, &raw mut scratch.texts) };
                        (found != 0).then_some(&scratch.texts)?.found()
                    },
                },
            )*]
        }
    };
}

in_pieces! {
    expat: "expat", expat_read_pieces, "`XML_Parse` for every piece";
    libxml2: "libxml2", libxml2_read_pieces, "`xmlParseChunk` for every piece";
    gsoap: "gSOAP", gsoap_read_pieces, "`frecv` gives one piece at a time";
}

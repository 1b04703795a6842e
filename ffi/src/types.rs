//! The types of the interface, as C sees them.

use std::ffi::c_char;
use std::ptr;

use umsoap::{Decoder, OwnedOptions, Shapes, Text};

use crate::results::umsoap_result;

/// The number of a message: UMSOAP_NONE, UMSOAP_FAULT, UMSOAP_OTHER, or one of the web service's messages. A number
/// never changes its meaning. Requests have even numbers; the response has the number after its request's.
pub type umsoap_kind = u32;

/// SOAP 1.1, wherever a version is given or taken.
pub const UMSOAP_SOAP_1_1: u8 = 11;
/// SOAP 1.2, wherever a version is given or taken.
pub const UMSOAP_SOAP_1_2: u8 = 12;

/// The namespace of the web service's messages that is on the wire:
/// http://schemas.microsoft.com/exchange/services/2006/messages
pub const UMSOAP_HTTP: u8 = 1;
/// The messages namespace with https, which the public documentation had by accident. It is read like UMSOAP_HTTP.
pub const UMSOAP_HTTPS: u8 = 2;

/// The message ends here: header blocks without an actor (1.2: role) are for this node, too.
pub const UMSOAP_ULTIMATE_RECEIVER: u8 = 0;
/// The message travels on: only header blocks for `next` and for this node's own URIs are for this node.
pub const UMSOAP_INTERMEDIARY: u8 = 1;

/// The code of a fault is none of SOAP's own.
pub const UMSOAP_CODE_OTHER: u8 = 0;
/// The sender of the message is at fault: Sender, in SOAP 1.1 Client.
pub const UMSOAP_CODE_SENDER: u8 = 1;
/// The receiver could not process the message: Receiver, in SOAP 1.1 Server.
pub const UMSOAP_CODE_RECEIVER: u8 = 2;
/// The Envelope's namespace is unknown to the receiver.
pub const UMSOAP_CODE_VERSION_MISMATCH: u8 = 3;
/// A mandatory header block was not understood.
pub const UMSOAP_CODE_MUST_UNDERSTAND: u8 = 4;
/// SOAP 1.2 only: an encodingStyle is not supported.
pub const UMSOAP_CODE_DATA_ENCODING_UNKNOWN: u8 = 5;

/// The most fields that a message has. The service's largest message has 5, a fault 7.
pub const UMSOAP_FIELDS: usize = 8;

/// The size of umsoap_decoder in words of 64 bits: 12,352 bytes.
pub const UMSOAP_DECODER_WORDS: usize = 1544;

/// A piece of UTF-8 in storage of the caller or of the library. No zero byte ends it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct umsoap_str {
    /// The first byte. NULL where the piece is absent; an empty piece that is present has an address.
    pub data: *const c_char,
    /// The number of bytes.
    pub length: usize,
}

/// The text of a field.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct umsoap_text {
    /// The first byte of the text as it stands in the message. NULL where the field is absent.
    pub data: *const c_char,
    /// The number of bytes.
    pub length: usize,
    /// Is true if the bytes are the value, as nearly always. Otherwise they hold a reference, a CDATA section, a comment
    /// or a CR, and umsoap_value or umsoap_decoder_value writes the value.
    pub is_value: bool,
}

/// A message that was accepted. It has no storage of its own. The function that filled it says where its strings
/// lie.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct umsoap_message {
    /// The message's number.
    pub kind: umsoap_kind,
    /// UMSOAP_SOAP_1_1 or UMSOAP_SOAP_1_2.
    pub version: u8,
    /// UMSOAP_HTTP or UMSOAP_HTTPS; 0 for a fault and for another operation.
    pub messages_namespace: u8,
    /// The UMSOAP_CODE_... of a fault.
    pub fault_code: u8,
    /// The number of fields that this kind of message has; some of them may be absent.
    pub field_count: u8,
    /// The local name of the body entry, such as GetCallInfo. It lives as long as the library, unless kind is
    /// UMSOAP_OTHER.
    pub operation: umsoap_str,
    /// The fields in the order of the schema, each at its own index whether others are absent or not.
    /// umsoap_field_name names them.
    pub fields: [umsoap_text; UMSOAP_FIELDS],
}

/// A refusal: which rule the message breaks, and where.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct umsoap_error {
    /// The rule: what the function returned.
    pub result: umsoap_result,
    /// The HTTP status of the answer.
    pub http_status: u16,
    /// UMSOAP_SOAP_1_1 or UMSOAP_SOAP_1_2; 0 where the message did not tell before it was refused.
    pub version: u8,
    /// The offset at which the rule is broken, in bytes from the message's start.
    pub offset: u64,
    /// The name of the schema's element that the rule speaks of, such as CallId for MissingChild. NULL where the rule
    /// speaks of none. The string lives as long as the library.
    pub element: umsoap_str,
}

/// The way in which an answer is sent. The answer itself is in the caller's buffer.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct umsoap_answer {
    /// The number of bytes that were written; with UMSOAP_SMALL, the number that is needed.
    pub length: usize,
    /// The Content-Type. It is ended by a zero byte, and lives as long as the library.
    pub media_type: *const c_char,
    /// The HTTP status.
    pub http_status: u16,
    /// UMSOAP_SOAP_1_1 or UMSOAP_SOAP_1_2.
    pub version: u8,
}

/// A header block. Its pieces lie in the input.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct umsoap_block {
    /// The namespace name.
    pub namespace_name: umsoap_text,
    /// The local name.
    pub local_name: umsoap_str,
    /// The actor (1.2: role). NULL where the block names none.
    pub role: umsoap_text,
    /// The block from its `<` to its last `>`. The prefixes in it may be declared outside it.
    pub raw: umsoap_str,
    /// Is true if the block is mandatory.
    pub must_understand: bool,
    /// 1.2: an intermediary that does not process the block may pass it on.
    pub relay: bool,
}

/// The settings of which umsoap_options_new makes options. `umsoap_settings settings = {0};` is the default of
/// every member.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct umsoap_settings {
    /// UMSOAP_ULTIMATE_RECEIVER or UMSOAP_INTERMEDIARY.
    pub role: u8,
    /// The names of the mandatory header blocks that the caller understands, in pairs: a namespace name, a local name.
    pub understood: *const umsoap_str,
    /// The number of pairs in `understood`.
    pub understood_count: usize,
    /// The values of actor (1.2: role) that mean this node, beside `next`.
    pub own_uris: *const umsoap_str,
    /// The number of strings in `own_uris`.
    pub own_uris_count: usize,
    /// The longest message in bytes; 0 for the default of 1,048,576.
    pub message_bytes: u32,
    /// The most open elements; 0 for the default and maximum of 128.
    pub depth: u8,
    /// The most attributes of an element; 0 for the default and maximum of 128.
    pub attributes: u8,
    /// The most namespace declarations in scope; 0 for the default and maximum of 64.
    pub declarations: u8,
    /// The longest start tag in bytes; 0 for the default and maximum of 4,096.
    pub tag_bytes: u16,
    /// The names of all open elements together in bytes; 0 for the default and maximum of 1,024.
    pub name_bytes: u16,
    /// The prefixes and namespace names in scope together in bytes; 0 for the default and maximum of 2,048.
    pub namespace_bytes: u16,
    /// The texts that are kept of a message in bytes; 0 for the default and maximum of 3,072.
    pub text_bytes: u16,
}

/// The caller's storage for a decoder: on the stack, in a struct, in a pool. It may be moved between two calls. Nothing
/// needs to be freed. umsoap_decoder_init makes it usable.
#[repr(C)]
pub struct umsoap_decoder {
    /// Private.
    words: [u64; UMSOAP_DECODER_WORDS],
}

/// The way in which messages are read. umsoap_options_new makes it, and nothing changes it. So any number of
/// threads may use it.
pub struct umsoap_options(pub(crate) OwnedOptions);

/// The shapes of messages that were seen. They make the next message of a shape cheaper to read, and take 12 KiB.
/// One thread at a time may use this memory.
pub struct umsoap_shapes(pub(crate) Shapes);

/// The content of an initialised umsoap_decoder.
#[repr(C)]
pub(crate) struct State {
    /// The number MAGIC. It is the first member, so that it can be read alone.
    pub(crate) magic: u64,
    pub(crate) decoder: Decoder<'static>,
}

/// Marks an initialised decoder: "umsoap" and a number of this layout. It is not all zeros, because a fresh page and
/// calloc give zeros.
pub(crate) const MAGIC: u64 = 0x756d_736f_6170_0001;

const _: () = assert!(size_of::<State>() <= size_of::<umsoap_decoder>());
const _: () = assert!(align_of::<State>() <= align_of::<umsoap_decoder>());
const _: () = assert!(std::mem::offset_of!(State, magic) == 0);
// Nothing needs to be freed.
const _: () = assert!(!std::mem::needs_drop::<State>());

impl umsoap_str {
    pub(crate) const ABSENT: Self = Self { data: ptr::null(), length: 0 };

    pub(crate) const fn of(text: &str) -> Self {
        Self { data: text.as_ptr().cast(), length: text.len() }
    }
}

impl umsoap_text {
    pub(crate) const ABSENT: Self = Self { data: ptr::null(), length: 0, is_value: false };

    /// Bytes that were checked to be UTF-8.
    pub(crate) const fn of_bytes(bytes: &[u8], is_value: bool) -> Self {
        Self { data: bytes.as_ptr().cast(), length: bytes.len(), is_value }
    }

    pub(crate) fn of(text: Text<'_>) -> Self {
        Self::of_bytes(text.as_raw().as_bytes(), text.as_str().is_some())
    }
}

//! The C interface of [umsoap](umsoap): the functions that `umsoap.h` declares.
//!
//! Each function turns its pointers into values by the functions of `pointers`, which are the only ones that do
//! anything unsafe, and leaves the work to safe code. A panic becomes UMSOAP_PANIC and never crosses into C.

#![allow(non_camel_case_types, reason = "the names are C's")]
#![allow(clippy::missing_safety_doc, reason = "the documentation is the header's, which says it for C")]

#[forbid(unsafe_code)]
mod messages;
mod pointers;
#[forbid(unsafe_code)]
mod reading;
#[forbid(unsafe_code)]
mod results;
#[forbid(unsafe_code)]
mod types;
#[forbid(unsafe_code)]
mod writing;

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use umsoap::{Decoder, Envelope, Fault, Options, OwnedOptions, Shapes, SoapVersion};

pub use messages::*;
pub use results::*;
pub use types::*;

use pointers::{free, install, room, state, text, values};

fn guard(work: impl FnOnce() -> umsoap_result) -> umsoap_result {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(UMSOAP_PANIC)
}

/// The number of the library's version.
const VERSION: u32 = version_part(env!("CARGO_PKG_VERSION_MAJOR")) << 16
    | version_part(env!("CARGO_PKG_VERSION_MINOR")) << 8
    | version_part(env!("CARGO_PKG_VERSION_PATCH"));

const fn version_part(digits: &str) -> u32 {
    match u8::from_str_radix(digits, 10) {
        Ok(part) => part as u32,
        Err(_) => panic!("a part of a version is a number below 256"),
    }
}

// ---- The library ----

/// Returns the version of the library that runs. It equals UMSOAP_VERSION_NUMBER of the library's own header.
#[unsafe(no_mangle)]
pub extern "C" fn umsoap_version() -> u32 {
    VERSION
}

/// Returns UMSOAP_OK if a program compiled with this version of the header, and with types of these sizes, fits the
/// library that runs; otherwise UMSOAP_MISMATCH. umsoap_check() calls it with the header's own values.
///
/// A program that is linked against the shared library calls umsoap_check() once, before anything else.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn umsoap_fits(
    version: u32,
    decoder_size: usize,
    message_size: usize,
    error_size: usize,
) -> umsoap_result {
    // Patch versions change nothing that a compiled program can see.
    let same = version >> 8 == VERSION >> 8
        && decoder_size >= size_of::<State>()
        && message_size == size_of::<umsoap_message>()
        && error_size == size_of::<umsoap_error>();
    if same { UMSOAP_OK } else { UMSOAP_MISMATCH }
}

/// Returns the name of a result, such as MissingChild; NULL for a number that is no result. The names never change.
/// The string lives as long as the library.
#[unsafe(no_mangle)]
pub extern "C" fn umsoap_result_name(result: umsoap_result) -> umsoap_str {
    results::name(result).map_or(umsoap_str::ABSENT, umsoap_str::of)
}

/// Returns what a result says, in a few English words; NULL for a number that is no result. The string lives as long
/// as the library.
#[unsafe(no_mangle)]
pub extern "C" fn umsoap_result_message(result: umsoap_result) -> umsoap_str {
    results::message(result).map_or(umsoap_str::ABSENT, umsoap_str::of)
}

// ---- Kinds of messages ----

/// Returns the name of a kind of message: the local name of its body entry, such as GetCallInfo; Fault or Other for
/// those two; NULL for a number that is no kind. The string lives as long as the library.
#[unsafe(no_mangle)]
pub extern "C" fn umsoap_kind_name(kind: umsoap_kind) -> umsoap_str {
    messages::kind(kind).map_or(umsoap_str::ABSENT, |kind| umsoap_str::of(kind.name))
}

/// Returns the kind of message that has this name; UMSOAP_NONE if there is none.
///
/// name.data points to name.length bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umsoap_kind_named(name: umsoap_str) -> umsoap_kind {
    // SAFETY: the caller keeps what the header asks of pointers.
    let name = unsafe { text(name) };
    let kind = name.ok().flatten().and_then(messages::kind_named);
    kind.map_or(UMSOAP_NONE, |kind| kind.number)
}

/// Returns the name of a field of a kind of message, such as CallId; NULL where the kind has no such field. The string
/// lives as long as the library.
#[unsafe(no_mangle)]
pub extern "C" fn umsoap_field_name(kind: umsoap_kind, index: usize) -> umsoap_str {
    let name = messages::kind(kind).and_then(|kind| kind.fields.get(index));
    name.map_or(umsoap_str::ABSENT, |name| umsoap_str::of(name))
}

/// Returns the index of the field of that name; UMSOAP_FIELDS if the kind of message has none.
///
/// name.data points to name.length bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umsoap_field_index(kind: umsoap_kind, name: umsoap_str) -> usize {
    // SAFETY: the caller keeps what the header asks of pointers.
    let name = unsafe { text(name) };
    let found = name.ok().flatten().and_then(|name| {
        messages::kind(kind)?.fields.iter().position(|field| messages::is_field(field, name))
    });
    found.unwrap_or(UMSOAP_FIELDS)
}

// ---- Reading a whole message ----

/// Reads a whole message and returns the verdict on it: UMSOAP_OK, or the rule that it breaks.
///
/// data points to length bytes. options, message and error may be NULL. With UMSOAP_OK message is filled, and its
/// strings lie in data, or live as long as the library. With a rule error is filled. Otherwise neither is. The time
/// is proportional to length, and no memory is allocated.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn umsoap_parse(
    data: *const c_void,
    length: usize,
    options: Option<&umsoap_options>,
    message: Option<&mut MaybeUninit<umsoap_message>>,
    error: Option<&mut MaybeUninit<umsoap_error>>,
) -> umsoap_result {
    // SAFETY: the caller keeps what the header asks of pointers.
    let Some(input) = (unsafe { values(data.cast(), length) }) else { return UMSOAP_NULL };
    guard(|| reading::outcome(Envelope::parse_with(input, &read_with(options)), message, error))
}

/// Writes the value of a field of a message that umsoap_parse accepted: with every reference resolved.
///
/// data, length and options are those of umsoap_parse; index is the field's. out points to size bytes, or is NULL with
/// size 0. *needed becomes the value's length in bytes, also with UMSOAP_SMALL. A CallId has at most 2,048 bytes, any
/// text at most 3,072. Returns UMSOAP_ABSENT where the message has no such field.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn umsoap_value(
    data: *const c_void,
    length: usize,
    options: Option<&umsoap_options>,
    index: usize,
    out: *mut c_void,
    size: usize,
    needed: Option<&mut MaybeUninit<usize>>,
) -> umsoap_result {
    // SAFETY: the caller keeps what the header asks of pointers.
    let given = unsafe { (values(data.cast(), length), room(out, size)) };
    let (Some(input), Some(out), Some(needed)) = (given.0, given.1, needed) else { return UMSOAP_NULL };
    let needed = needed.write(0);
    guard(|| reading::value(Envelope::parse_with(input, &read_with(options)), index, out, needed))
}

/// Finds a header block of a message that umsoap_parse accepted.
///
/// data, length and options are those of umsoap_parse. namespace_name and local_name say which blocks are meant; one
/// whose data is NULL fits every block. Names are compared by value. index counts the blocks that fit, from 0. block is
/// filled with UMSOAP_OK, and its pieces lie in data. Returns UMSOAP_ABSENT where fewer blocks fit.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn umsoap_header_block(
    data: *const c_void,
    length: usize,
    options: Option<&umsoap_options>,
    namespace_name: umsoap_str,
    local_name: umsoap_str,
    index: usize,
    block: Option<&mut MaybeUninit<umsoap_block>>,
) -> umsoap_result {
    // SAFETY: the caller keeps what the header asks of pointers.
    let given = unsafe { (values(data.cast(), length), text(namespace_name), text(local_name)) };
    let (Some(input), Some(block)) = (given.0, block) else { return UMSOAP_NULL };
    let (Ok(namespace), Ok(local)) = (given.1, given.2) else { return UMSOAP_ARGUMENT };
    guard(|| match Envelope::parse_with(input, &read_with(options)) {
        Ok(envelope) => {
            let mut fitting = envelope.header().blocks().filter(|b| reading::is_named(b, namespace, local));
            match fitting.nth(index) {
                Some(found) => {
                    block.write(reading::block(&found));
                    UMSOAP_OK
                }
                None => UMSOAP_ABSENT,
            }
        }
        Err(error) => number(error.kind()),
    })
}

/// Writes the complete answer to a message that umsoap_parse refused: the fault, with the header block that SOAP wants
/// beside it, and how it is sent.
///
/// data, length and options are those of umsoap_parse. version_hint is the version to answer in where the message does
/// not tell, UMSOAP_SOAP_1_1 or UMSOAP_SOAP_1_2. actor is the URI of this node, or NULL. out points to size bytes, or is
/// NULL with size 0. *answer is filled, also with UMSOAP_SMALL. 2,048 bytes and six times the actor's length hold every
/// answer but one that names a long header block. Returns UMSOAP_ARGUMENT if the message is accepted.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn umsoap_refuse(
    data: *const c_void,
    length: usize,
    options: Option<&umsoap_options>,
    version_hint: u8,
    actor: umsoap_str,
    out: *mut c_void,
    size: usize,
    answer: Option<&mut MaybeUninit<umsoap_answer>>,
) -> umsoap_result {
    // SAFETY: the caller keeps what the header asks of pointers.
    let given = unsafe { (values(data.cast(), length), room(out, size), text(actor)) };
    let (Some(input), Some(out), Some(answer)) = (given.0, given.1, answer) else { return UMSOAP_NULL };
    let (Ok(actor), Some(hint)) = (given.2, version(version_hint)) else { return UMSOAP_ARGUMENT };
    let told = answer.write(writing::answer(hint, 0));
    guard(|| match Envelope::parse_with(input, &read_with(options)) {
        Ok(_) => UMSOAP_ARGUMENT,
        Err(error) => {
            let block = Envelope::not_understood(input, &error);
            writing::refusal(&error, hint, block, actor, out, told)
        }
    })
}

// ---- Reading in pieces ----

/// Makes a decoder of the caller's storage, ready for its first message. Returns UMSOAP_NULL for NULL.
///
/// options may be NULL, and must live until the decoder is used for the last time.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn umsoap_decoder_init(
    decoder: *mut umsoap_decoder,
    // `'static` stands for the caller's promise that the options outlive the decoder.
    options: Option<&'static umsoap_options>,
) -> umsoap_result {
    let state = State { magic: MAGIC, decoder: Decoder::with_options(read_with(options)) };
    // SAFETY: the caller keeps what the header asks of pointers.
    unsafe { install(decoder, state) }
}

/// Makes an initialised decoder ready for its next message, with the same options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umsoap_decoder_reset(decoder: *mut umsoap_decoder) -> umsoap_result {
    // SAFETY: the caller keeps what the header asks of pointers.
    with(unsafe { state(decoder) }, |decoder| {
        decoder.reset();
        UMSOAP_OK
    })
}

/// Takes the next bytes of the message, which may be cut anywhere. Returns UMSOAP_OK while nothing is wrong so far, or
/// the first rule that the message breaks, then and from then on.
///
/// data points to length bytes, which are not used after the call. Takes time in proportion to length.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn umsoap_decoder_feed(
    decoder: *mut umsoap_decoder,
    data: *const c_void,
    length: usize,
) -> umsoap_result {
    // SAFETY: the caller keeps what the header asks of pointers.
    let (state, chunk) = unsafe { (state(decoder), values(data.cast(), length)) };
    let Some(chunk) = chunk else { return UMSOAP_NULL };
    with(state, |decoder| decoder.feed(chunk).err().map_or(UMSOAP_OK, |error| number(error.kind())))
}

/// Ends the message and returns the verdict on it. A message is accepted only when this function returns UMSOAP_OK.
/// It may be called again. Nothing can be fed until umsoap_decoder_reset.
///
/// message and error may be NULL. With UMSOAP_OK message is filled. Its strings lie in the decoder until the
/// decoder is moved, or until a function other than umsoap_decoder_finish, umsoap_decoder_value and
/// umsoap_decoder_refuse is called on it. With a rule error is filled. Otherwise neither is.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn umsoap_decoder_finish(
    decoder: *mut umsoap_decoder,
    message: Option<&mut MaybeUninit<umsoap_message>>,
    error: Option<&mut MaybeUninit<umsoap_error>>,
) -> umsoap_result {
    // SAFETY: the caller keeps what the header asks of pointers.
    with(unsafe { state(decoder) }, |decoder| reading::outcome(decoder.finish(), message, error))
}

/// Writes the value of a field of a message that umsoap_decoder_finish accepted, as umsoap_value does.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn umsoap_decoder_value(
    decoder: *mut umsoap_decoder,
    index: usize,
    out: *mut c_void,
    size: usize,
    needed: Option<&mut MaybeUninit<usize>>,
) -> umsoap_result {
    // SAFETY: the caller keeps what the header asks of pointers.
    let (state, out) = unsafe { (state(decoder), room(out, size)) };
    let (Some(out), Some(needed)) = (out, needed) else { return UMSOAP_NULL };
    let needed = needed.write(0);
    with(state, |decoder| reading::value(decoder.finish(), index, out, needed))
}

/// Writes the complete answer to a message that the decoder refused, as umsoap_refuse does. The message is ended
/// first, so that a message that was cut short is answered, too.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn umsoap_decoder_refuse(
    decoder: *mut umsoap_decoder,
    version_hint: u8,
    actor: umsoap_str,
    out: *mut c_void,
    size: usize,
    answer: Option<&mut MaybeUninit<umsoap_answer>>,
) -> umsoap_result {
    // SAFETY: the caller keeps what the header asks of pointers.
    let (state, out, actor) = unsafe { (state(decoder), room(out, size), text(actor)) };
    let (Some(out), Some(answer)) = (out, answer) else { return UMSOAP_NULL };
    let (Ok(actor), Some(hint)) = (actor, version(version_hint)) else { return UMSOAP_ARGUMENT };
    let told = answer.write(writing::answer(hint, 0));
    with(state, |decoder| match decoder.finish() {
        Ok(_) => UMSOAP_ARGUMENT,
        Err(error) => writing::refusal(&error, hint, decoder.not_understood(), actor, out, told),
    })
}

/// Works on an initialised decoder. A decoder whose work panicked is not initialised any more, because its state may be
/// half written.
fn with(
    state: Result<&mut State, umsoap_result>,
    work: impl FnOnce(&mut Decoder<'static>) -> umsoap_result,
) -> umsoap_result {
    let state = match state {
        Ok(state) => state,
        Err(result) => return result,
    };
    let State { magic, decoder } = state;
    let result = guard(|| work(decoder));
    if result == UMSOAP_PANIC {
        *magic = 0;
    }
    result
}

// ---- Writing ----

/// Writes a message of the web service.
///
/// kind is the message's number, version UMSOAP_SOAP_1_1 or UMSOAP_SOAP_1_2, messages_namespace UMSOAP_HTTP or
/// UMSOAP_HTTPS. values points to count strings, the values of the kind's fields in the schema's order; a field whose
/// data is NULL is absent. Special characters are escaped. out points to size bytes, or is NULL with size 0. *length
/// becomes the number of bytes written; with UMSOAP_SMALL, the number needed. Returns a rule for a value that the
/// schema or XML cannot carry, and UMSOAP_ARGUMENT for another number of values, for an absent field that must not be
/// absent, and for bytes that are not UTF-8.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn umsoap_write(
    kind: umsoap_kind,
    version: u8,
    messages_namespace: u8,
    values: *const umsoap_str,
    count: usize,
    out: *mut c_void,
    size: usize,
    length: Option<&mut MaybeUninit<usize>>,
) -> umsoap_result {
    // SAFETY: the caller keeps what the header asks of pointers.
    let given = unsafe { (pointers::values(values, count), room(out, size)) };
    let (Some(strings), Some(out), Some(length)) = (given.0, given.1, length) else { return UMSOAP_NULL };
    let length = length.write(0);
    if count > UMSOAP_FIELDS {
        return UMSOAP_ARGUMENT;
    }
    let mut fields = [None; UMSOAP_FIELDS];
    for (field, string) in fields.iter_mut().zip(strings) {
        // SAFETY: the caller keeps what the header asks of pointers.
        match unsafe { text(*string) } {
            Ok(text) => *field = text,
            Err(_) => return UMSOAP_ARGUMENT,
        }
    }
    let (Some(version), Some(namespace)) =
        (messages::version(version), messages::namespace(messages_namespace))
    else {
        return UMSOAP_ARGUMENT;
    };
    guard(|| match messages::body(kind, &fields[..count]) {
        Ok(body) => {
            let envelope = Envelope::new(version, body).with_namespace(namespace);
            writing::message(&envelope, out, length)
        }
        Err(result) => result,
    })
}

/// Writes a fault of the caller's own, and tells how it is sent.
///
/// version is UMSOAP_SOAP_1_1 or UMSOAP_SOAP_1_2, code one of UMSOAP_CODE_... but UMSOAP_CODE_OTHER. reason is the text
/// for people, in English. actor is the URI of this node, or NULL. out points to size bytes, or is NULL with size 0.
/// *answer is filled, also with UMSOAP_SMALL.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn umsoap_write_fault(
    version: u8,
    code: u8,
    reason: umsoap_str,
    actor: umsoap_str,
    out: *mut c_void,
    size: usize,
    answer: Option<&mut MaybeUninit<umsoap_answer>>,
) -> umsoap_result {
    // SAFETY: the caller keeps what the header asks of pointers.
    let given = unsafe { (text(reason), text(actor), room(out, size)) };
    let (Some(out), Some(answer)) = (given.2, answer) else { return UMSOAP_NULL };
    let told = answer.write(writing::answer(SoapVersion::V1_1, 0));
    let (Ok(Some(reason)), Ok(actor)) = (given.0, given.1) else { return UMSOAP_ARGUMENT };
    let (Some(version), Some(code)) = (messages::version(version), messages::code(code)) else {
        return UMSOAP_ARGUMENT;
    };
    guard(|| writing::fault(version, Fault::new(code, reason), actor, out, told))
}

/// Writes the fault by which the web service says that it does not know a CallId, InvalidCallIdException, as
/// umsoap_write_fault does.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn umsoap_write_invalid_call_id(
    version: u8,
    actor: umsoap_str,
    out: *mut c_void,
    size: usize,
    answer: Option<&mut MaybeUninit<umsoap_answer>>,
) -> umsoap_result {
    // SAFETY: the caller keeps what the header asks of pointers.
    let given = unsafe { (text(actor), room(out, size)) };
    let (Some(out), Some(answer)) = (given.1, answer) else { return UMSOAP_NULL };
    let told = answer.write(writing::answer(SoapVersion::V1_1, 0));
    let (Ok(actor), Some(version)) = (given.0, messages::version(version)) else { return UMSOAP_ARGUMENT };
    guard(|| writing::fault(version, Fault::invalid_call_id(), actor, out, told))
}

// ---- Options ----

/// Makes options of settings, and copies the strings of the settings. umsoap_options_free frees the options.
///
/// settings may be NULL, for the defaults. *options becomes the options; NULL if they cannot be made. Returns
/// UMSOAP_ARGUMENT for an unknown role, for a limit above its maximum, and for a string that is absent or not UTF-8.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn umsoap_options_new(
    settings: Option<&umsoap_settings>,
    options: Option<&mut MaybeUninit<*mut umsoap_options>>,
) -> umsoap_result {
    let Some(options) = options else { return UMSOAP_NULL };
    let options = options.write(ptr::null_mut());
    let (mut read, mut understood, mut own_uris) = (Options::new(), Vec::new(), Vec::new());
    if let Some(settings) = settings {
        match reading::options(settings) {
            Ok(said) => read = said,
            Err(result) => return result,
        }
        let Some(names) = settings.understood_count.checked_mul(2) else { return UMSOAP_NULL };
        // SAFETY: the caller keeps what the header asks of pointers.
        let given = unsafe {
            (strings(settings.understood, names), strings(settings.own_uris, settings.own_uris_count))
        };
        match given {
            (Ok(names), Ok(own)) => {
                understood.extend(names.chunks_exact(2).map(|pair| (pair[0].to_owned(), pair[1].to_owned())));
                own_uris.extend(own.into_iter().map(str::to_owned));
            }
            (Err(result), _) | (_, Err(result)) => return result,
        }
    }
    guard(|| {
        let owned = OwnedOptions::new(read).with_understood(understood).with_own_uris(own_uris);
        *options = Box::into_raw(Box::new(umsoap_options(owned)));
        UMSOAP_OK
    })
}

/// Returns the strings of the caller's list. All of them must be present.
///
/// # Safety
/// As of `values` and `text`.
unsafe fn strings<'a>(first: *const umsoap_str, count: usize) -> Result<Vec<&'a str>, umsoap_result> {
    // SAFETY: the caller of this function promises it.
    let list = unsafe { values(first, count) }.ok_or(UMSOAP_NULL)?;
    // SAFETY: the caller of this function promises it.
    list.iter().map(|string| unsafe { text(*string) }.ok().flatten().ok_or(UMSOAP_ARGUMENT)).collect()
}

/// Frees options. Nothing may use them any more, no decoder either. NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umsoap_options_free(options: *mut umsoap_options) {
    // SAFETY: the caller keeps what the header asks of pointers.
    unsafe { free(options) };
}

/// Returns the options to read with.
fn read_with(options: Option<&umsoap_options>) -> Options<'_> {
    options.map_or(Options::new(), |options| options.0.options())
}

// ---- Shapes ----

/// Returns an empty memory of shapes, or NULL. umsoap_shapes_free frees it.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn umsoap_shapes_new() -> *mut umsoap_shapes {
    let new = || Box::into_raw(Box::new(umsoap_shapes(Shapes::new())));
    catch_unwind(new).unwrap_or(ptr::null_mut())
}

/// Frees a memory of shapes. NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umsoap_shapes_free(shapes: *mut umsoap_shapes) {
    // SAFETY: the caller keeps what the header asks of pointers.
    unsafe { free(shapes) };
}

/// Reads a whole message like umsoap_parse with default options, with the verdict and the message of that function.
/// A message of a shape that was seen before costs less.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn umsoap_shapes_parse(
    shapes: Option<&mut umsoap_shapes>,
    data: *const c_void,
    length: usize,
    message: Option<&mut MaybeUninit<umsoap_message>>,
    error: Option<&mut MaybeUninit<umsoap_error>>,
) -> umsoap_result {
    // SAFETY: the caller keeps what the header asks of pointers.
    let input = unsafe { values(data.cast(), length) };
    let (Some(shapes), Some(input)) = (shapes, input) else { return UMSOAP_NULL };
    guard(|| reading::outcome(shapes.0.parse(input), message, error))
}

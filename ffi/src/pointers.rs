//! Turns C's pointers into values. All `unsafe` operations on pointers of the project are here.
//!
//! The functions are `unsafe` because only the caller in C can keep the header's conditions for a pointer.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::slice;

use crate::results::{UMSOAP_NULL, UMSOAP_STATE, umsoap_result};
use crate::types::{MAGIC, State, umsoap_decoder, umsoap_str};

/// Returns `count` values of the caller's. `None` stands for NULL, and for more values than can exist.
///
/// # Safety
/// `first` is NULL, or points to `count` aligned values that nobody changes during `'a`.
pub(crate) unsafe fn values<'a, T>(first: *const T, count: usize) -> Option<&'a [T]> {
    if count == 0 {
        return Some(&[]);
    }
    // No slice has more than isize::MAX bytes.
    let bytes = count.checked_mul(size_of::<T>())?;
    if first.is_null() || bytes > isize::MAX as usize {
        return None;
    }
    // SAFETY: `first` is not NULL, the slice is no longer than a slice may be, and the caller promises the rest.
    Some(unsafe { slice::from_raw_parts(first, count) })
}

/// Returns the caller's output buffer. `None` stands for NULL with a size, and for more bytes than can exist.
///
/// # Safety
/// `first` is NULL, or points to `size` writable bytes that nobody else uses during `'a`. They may be uninitialised:
/// this crate and the library write to output buffers and never read from them.
pub(crate) unsafe fn room<'a>(first: *mut c_void, size: usize) -> Option<&'a mut [u8]> {
    if size == 0 {
        return Some(&mut []);
    }
    if first.is_null() || size > isize::MAX as usize {
        return None;
    }
    // SAFETY: `first` is not NULL, the slice is no longer than a slice may be, and the caller promises the rest.
    Some(unsafe { slice::from_raw_parts_mut(first.cast(), size) })
}

/// Returns the text of the caller's string, which is absent or UTF-8. Anything else is `Err`.
///
/// # Safety
/// `text.data` is NULL, or points to `text.length` bytes that nobody changes during `'a`.
pub(crate) unsafe fn text<'a>(text: umsoap_str) -> Result<Option<&'a str>, NotUtf8> {
    if text.data.is_null() {
        return if text.length == 0 { Ok(None) } else { Err(NotUtf8) };
    }
    // SAFETY: the caller of this function promises it.
    let bytes = unsafe { values(text.data.cast(), text.length) }.ok_or(NotUtf8)?;
    std::str::from_utf8(bytes).map(Some).map_err(|_| NotUtf8)
}

/// A string that is not UTF-8, or NULL with a length.
pub(crate) struct NotUtf8;

/// Makes a decoder of the caller's storage.
///
/// # Safety
/// `decoder` is NULL, or points to an umsoap_decoder that nobody else uses meanwhile. It may be uninitialised.
pub(crate) unsafe fn install(decoder: *mut umsoap_decoder, state: State) -> umsoap_result {
    if decoder.is_null() || !decoder.is_aligned() {
        return UMSOAP_NULL;
    }
    // SAFETY: an assertion beside State says that it is neither larger nor more strictly aligned than umsoap_decoder.
    unsafe { decoder.cast::<State>().write(state) };
    crate::results::UMSOAP_OK
}

/// Returns the decoder in the caller's storage.
///
/// # Safety
/// `decoder` is NULL, or points to a readable umsoap_decoder that nobody else uses during `'a`, and that only this
/// library has written to since umsoap_decoder_init.
pub(crate) unsafe fn state<'a>(decoder: *mut umsoap_decoder) -> Result<&'a mut State, umsoap_result> {
    if decoder.is_null() || !decoder.is_aligned() {
        return Err(UMSOAP_NULL);
    }
    // SAFETY: the caller promises that the storage is readable, and the magic is the first member.
    if unsafe { decoder.cast::<u64>().read() } != MAGIC {
        return Err(UMSOAP_STATE);
    }
    // SAFETY: the magic says that `install` wrote a State here.
    Ok(unsafe { &mut *decoder.cast::<State>() })
}

/// Frees what a function of this library has boxed. NULL is ignored.
///
/// # Safety
/// `boxed` is NULL, or comes from `Box::into_raw`, is freed for the first time, and is used by nobody any more.
pub(crate) unsafe fn free<T>(boxed: *mut T) {
    if !boxed.is_null() {
        // SAFETY: the caller of this function promises it.
        drop(unsafe { Box::from_raw(boxed) });
    }
}

//! What becomes of C's pointers: all `unsafe` operations of the project.
//!
//! The functions are `unsafe` because only the caller in C can keep what the header asks of a pointer.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::slice;

use crate::results::{UMSOAP_NULL, UMSOAP_STATE, umsoap_result};
use crate::types::{MAGIC, State, umsoap_decoder, umsoap_str};

/// `count` values of the caller's; `None` for NULL, and for more than can exist.
///
/// # Safety
/// `first` is NULL, or points to `count` aligned values that nobody changes during `'a`.
pub(crate) unsafe fn values<'a, T>(first: *const T, count: usize) -> Option<&'a [T]> {
    if count == 0 {
        return Some(&[]);
    }
    // A slice of more than isize::MAX bytes does not exist.
    let bytes = count.checked_mul(size_of::<T>())?;
    if first.is_null() || bytes > isize::MAX as usize {
        return None;
    }
    // SAFETY: not NULL, no longer than a slice may be, and for the rest by the caller's promise.
    Some(unsafe { slice::from_raw_parts(first, count) })
}

/// The caller's output buffer; `None` for NULL with a size, and for more than can exist.
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
    // SAFETY: not NULL, no longer than a slice may be, and for the rest by the caller's promise.
    Some(unsafe { slice::from_raw_parts_mut(first.cast(), size) })
}

/// The text of a string of the caller's: absent, or UTF-8. `Err` for what is neither.
///
/// # Safety
/// `text.data` is NULL, or points to `text.length` bytes that nobody changes during `'a`.
pub(crate) unsafe fn text<'a>(text: umsoap_str) -> Result<Option<&'a str>, NotUtf8> {
    if text.data.is_null() {
        return if text.length == 0 { Ok(None) } else { Err(NotUtf8) };
    }
    // SAFETY: by the caller's promise.
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
    // SAFETY: State is neither larger nor more strictly aligned than umsoap_decoder, as is asserted beside it.
    unsafe { decoder.cast::<State>().write(state) };
    crate::results::UMSOAP_OK
}

/// The decoder in the caller's storage.
///
/// # Safety
/// `decoder` is NULL, or points to a readable umsoap_decoder that nobody else uses during `'a`, and that only this
/// library has written to since umsoap_decoder_init.
pub(crate) unsafe fn state<'a>(decoder: *mut umsoap_decoder) -> Result<&'a mut State, umsoap_result> {
    if decoder.is_null() || !decoder.is_aligned() {
        return Err(UMSOAP_NULL);
    }
    // SAFETY: readable by the caller's promise; the magic is the first member.
    if unsafe { decoder.cast::<u64>().read() } != MAGIC {
        return Err(UMSOAP_STATE);
    }
    // SAFETY: the magic says that `install` wrote a State here.
    Ok(unsafe { &mut *decoder.cast::<State>() })
}

/// Frees what a function of this library has boxed. NULL is nothing.
///
/// # Safety
/// `boxed` is NULL, or comes from `Box::into_raw`, is freed for the first time, and is used by nobody any more.
pub(crate) unsafe fn free<T>(boxed: *mut T) {
    if !boxed.is_null() {
        // SAFETY: by the caller's promise.
        drop(unsafe { Box::from_raw(boxed) });
    }
}

type Pair = (&'static str, &'static str);

/// Owns the names that options borrow. They do not move and do not change until it is dropped.
pub(crate) struct Kept {
    understood: *mut [Pair],
    own_uris: *mut [&'static str],
    texts: Vec<*mut str>,
}

impl Kept {
    /// Keeps these names and lends them.
    ///
    /// # Safety
    /// What is lent is not used after this value was dropped. The type says `'static`, because Rust has no lifetime
    /// for options that own what they borrow.
    pub(crate) unsafe fn new(
        understood: &[(&str, &str)],
        own_uris: &[&str],
    ) -> (Self, &'static [Pair], &'static [&'static str]) {
        let mut texts = Vec::with_capacity(2 * understood.len() + own_uris.len());
        let mut keep = |text: &str| -> &'static str {
            let (text, owner) = lend(Box::<str>::from(text));
            texts.push(owner);
            text
        };
        let pairs = understood.iter().map(|(uri, name)| (keep(uri), keep(name))).collect();
        let (pairs, understood) = lend::<[Pair]>(pairs);
        let (uris, own_uris) = lend::<[&'static str]>(own_uris.iter().map(|uri| keep(uri)).collect());
        (Self { understood, own_uris, texts }, pairs, uris)
    }
}

/// Gives a box up, and lends what was in it.
fn lend<T: ?Sized>(boxed: Box<T>) -> (&'static T, *mut T) {
    let owner = Box::into_raw(boxed);
    // SAFETY: it lives until its owner is freed, which only `Kept::drop` does, and nobody changes it.
    (unsafe { &*owner }, owner)
}

impl Drop for Kept {
    fn drop(&mut self) {
        // SAFETY: `new` has given these boxes up, nobody else frees them, and whoever frees options promises that
        // nobody uses them any more.
        unsafe {
            drop(Box::from_raw(self.understood));
            drop(Box::from_raw(self.own_uris));
            for text in self.texts.drain(..) {
                drop(Box::from_raw(text));
            }
        }
    }
}

//! Lists the result numbers.

use umsoap::ErrorKind;

/// The result of a function: UMSOAP_OK, the number of the rule that the message breaks (1 to 999), or the number of
/// a mistake in the call (from 1000 on). A number never changes its meaning. umsoap_result_name returns its name.
pub type umsoap_result = u32;

/// The call succeeded.
pub const UMSOAP_OK: umsoap_result = 0;
/// A pointer that must not be NULL is NULL, or is not aligned for its type.
pub const UMSOAP_NULL: umsoap_result = 1000;
/// An argument has a value that its parameter does not take.
pub const UMSOAP_ARGUMENT: umsoap_result = 1001;
/// The decoder was not initialised.
pub const UMSOAP_STATE: umsoap_result = 1002;
/// There is a bug in this library. Do not use the objects of the call again, except in a function that frees or
/// initialises them.
pub const UMSOAP_PANIC: umsoap_result = 1003;
/// The output buffer is too small. The function has told how many bytes are needed.
pub const UMSOAP_SMALL: umsoap_result = 1004;
/// The message has no such field or header block.
pub const UMSOAP_ABSENT: umsoap_result = 1005;
/// The header was compiled for another version of the library than the one that runs.
pub const UMSOAP_MISMATCH: umsoap_result = 1006;

/// The names and texts of the results that are no rules.
const MISUSES: [(umsoap_result, &str, &str); 8] = [
    (UMSOAP_OK, "Ok", "all is well"),
    (UMSOAP_NULL, "Null", "a pointer that must not be NULL"),
    (UMSOAP_ARGUMENT, "Argument", "an argument with a value that its parameter does not take"),
    (UMSOAP_STATE, "State", "a decoder that was not initialised"),
    (UMSOAP_PANIC, "Panic", "a bug in umsoap"),
    (UMSOAP_SMALL, "Small", "an output buffer that is too small"),
    (UMSOAP_ABSENT, "Absent", "no such field or header block in the message"),
    (UMSOAP_MISMATCH, "Mismatch", "a header of another version than the library"),
];

/// Returns the number of a rule.
pub(crate) fn number(kind: ErrorKind) -> umsoap_result {
    kind.code().into()
}

/// Returns the rule of a number.
fn rule(result: umsoap_result) -> Option<ErrorKind> {
    ErrorKind::ALL.iter().copied().find(|kind| number(*kind) == result)
}

/// Returns the name of a result, and `None` for a number that is no result.
pub(crate) fn name(result: umsoap_result) -> Option<&'static str> {
    let misuse = MISUSES.iter().find(|(number, ..)| *number == result).map(|(_, name, _)| *name);
    misuse.or_else(|| rule(result).map(ErrorKind::name))
}

/// Returns what a result says, in a few words.
pub(crate) fn message(result: umsoap_result) -> Option<&'static str> {
    let misuse = MISUSES.iter().find(|(number, ..)| *number == result).map(|(.., message)| *message);
    misuse.or_else(|| rule(result).map(ErrorKind::message))
}

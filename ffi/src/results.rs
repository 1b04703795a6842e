//! The result numbers.

use umsoap::ErrorKind;

/// What a function returns: UMSOAP_OK, the number of the rule that the message breaks (1 to 999), or what is wrong
/// with the call (from 1000 on). A number never changes its meaning. umsoap_result_name names it.
pub type umsoap_result = u32;

/// All is well.
pub const UMSOAP_OK: umsoap_result = 0;
/// A pointer that must not be NULL is NULL, or is not aligned for its type.
pub const UMSOAP_NULL: umsoap_result = 1000;
/// An argument has a value that its parameter does not take.
pub const UMSOAP_ARGUMENT: umsoap_result = 1001;
/// The decoder was not initialised.
pub const UMSOAP_STATE: umsoap_result = 1002;
/// A bug in this library. The objects of the call must not be used again, but by a function that frees or initialises
/// them.
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

macro_rules! rules {
    ($($number:literal $name:ident)*) => {
        /// The rules with their numbers.
        const RULES: &[(umsoap_result, ErrorKind)] = &[$(($number, ErrorKind::$name)),*];

        /// The number of a rule.
        pub(crate) const fn number(kind: ErrorKind) -> umsoap_result {
            match kind {
                $(ErrorKind::$name => $number,)*
                _ => UMSOAP_PANIC,
            }
        }

        /// The name of a rule.
        pub(crate) const fn rule_name(kind: ErrorKind) -> &'static str {
            match kind {
                $(ErrorKind::$name => stringify!($name),)*
                _ => "",
            }
        }
    };
}

// Until the library has stable codes of its own.
rules! {
    1 UnexpectedEnd
    2 InvalidUtf8
    3 InvalidChar
    4 InvalidName
    5 Declaration
    6 MisplacedDeclaration
    7 UnknownMarkup
    8 CommentDashes
    9 CdataEndInText
    10 MalformedReference
    11 UndeclaredEntity
    12 InvalidCharReference
    13 LessThanInAttribute
    14 MissingEquals
    15 MissingQuote
    16 MissingWhiteSpace
    17 MalformedTagEnd
    18 DuplicateAttribute
    19 MismatchedEndTag
    20 UnopenedEndTag
    21 TextOutsideRoot
    22 SecondRoot
    23 InvalidQName
    24 UnboundPrefix
    25 DuplicateExpandedName
    26 ReservedPrefix
    27 ReservedNamespace
    28 UndeclaredPrefix
    29 Doctype
    30 ProcessingInstruction
    31 Utf16
    32 Utf32
    33 DeclaredEncoding
    34 NotEnvelope
    35 VersionMismatch
    36 UnexpectedEnvelopeChild
    37 DuplicateHeader
    38 ElementAfterBody
    39 TrailingElement
    40 MissingBody
    41 StrayText
    42 UnqualifiedHeaderBlock
    43 InvalidMustUnderstand
    44 InvalidRelay
    45 EmptyBody
    46 SecondBodyEntry
    47 MissingFaultCode
    48 MissingFaultReason
    49 DuplicateFaultChild
    50 UnexpectedFaultChild
    51 FaultOrder
    52 MissingLang
    53 MissingCallId
    54 EmptyCallId
    55 CallIdTooLong
    56 MissingCallState
    57 MissingEventCause
    58 DuplicateChild
    59 ChildOrder
    60 UnexpectedChild
    61 MixedNamespaces
    62 ElementInText
    63 ResponseNesting
    64 UnknownCallState
    65 UnknownEventCause
    66 EnumWhiteSpace
    67 EnumCase
    68 Nil
    69 InvalidNil
    70 UnexpectedOperation
    71 UnexpectedRequest
    72 UnexpectedResponse
    73 UnexpectedFault
    74 MustUnderstand
    75 MessageTooLong
    76 TooDeep
    77 TooManyAttributes
    78 TooManyDeclarations
    79 TagTooLong
    80 NamesTooLong
    81 NamespacesTooLong
    82 TextTooLong
    83 BufferTooSmall
    84 UnwritableBody
    85 UnwritableFault
    86 UnwritableDetail
    87 UnwritableFaultCode
    88 UnwritableChar
    89 UnwritableCallId
    90 Base64Alphabet
    91 Base64Padding
    92 Base64Tail
}

/// The rule of a number.
fn rule(result: umsoap_result) -> Option<ErrorKind> {
    RULES.iter().find(|(number, _)| *number == result).map(|(_, kind)| *kind)
}

/// The name of a result; `None` for a number that is none.
pub(crate) fn name(result: umsoap_result) -> Option<&'static str> {
    let misuse = MISUSES.iter().find(|(number, ..)| *number == result).map(|(_, name, _)| *name);
    misuse.or_else(|| rule(result).map(rule_name))
}

/// What a result says, in a few words.
pub(crate) fn message(result: umsoap_result) -> Option<&'static str> {
    let misuse = MISUSES.iter().find(|(number, ..)| *number == result).map(|(.., message)| *message);
    misuse.or_else(|| rule(result).map(ErrorKind::message))
}

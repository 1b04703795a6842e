/*
 * umsoap: SOAP messages of Exchange's Unified Messaging web service.
 * Made by cbindgen from the Rust sources: do not edit. umsoap(3) is the manual.
 *
 * Every function may be called by any thread. One object, a decoder or a memory of shapes, may be used by one thread at
 * a time; options are never changed and may be shared. No function allocates memory but umsoap_options_new and
 * umsoap_shapes_new. No string is ended by a zero byte, unless its documentation says so.
 */

#ifndef UMSOAP_H
#define UMSOAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define UMSOAP_VERSION_MAJOR 0
#define UMSOAP_VERSION_MINOR 1
#define UMSOAP_VERSION_PATCH 0
#define UMSOAP_VERSION_NUMBER ((UMSOAP_VERSION_MAJOR << 16) | (UMSOAP_VERSION_MINOR << 8) | UMSOAP_VERSION_PATCH)

/* The compiler warns where the result of a function is not looked at. */
#if defined(__GNUC__) || defined(__clang__)
#define UMSOAP_MUST_USE __attribute__((warn_unused_result))
#else
#define UMSOAP_MUST_USE
#endif


// Field of a fault: the text of faultcode (1.2: of Code's Value) with its prefix.
#define UMSOAP_FAULT_CODE 0

// Field of a fault, 1.2 only: the text of the outermost Subcode's Value.
#define UMSOAP_FAULT_SUBCODE 1

// Field of a fault: the text of faultstring (1.2: of the first Reason Text).
#define UMSOAP_FAULT_REASON 2

// Field of a fault: the language of the reason.
#define UMSOAP_FAULT_LANG 3

// Field of a fault: the text of faultactor (1.2: of Role).
#define UMSOAP_FAULT_ACTOR 4

// Field of a fault, 1.2 only: the text of Node.
#define UMSOAP_FAULT_NODE 5

// Field of a fault: the service's exception, such as InvalidCallIdException.
#define UMSOAP_FAULT_EXCEPTION 6

// SOAP 1.1, wherever a version is given or taken.
#define UMSOAP_SOAP_1_1 11

// SOAP 1.2, wherever a version is given or taken.
#define UMSOAP_SOAP_1_2 12

// The namespace of the web service's messages that is on the wire:
// http://schemas.microsoft.com/exchange/services/2006/messages
#define UMSOAP_HTTP 1

// The messages namespace with https, which the public documentation had by accident. It is read like UMSOAP_HTTP.
#define UMSOAP_HTTPS 2

// The message ends here: header blocks without an actor (1.2: role) are for this node, too.
#define UMSOAP_ULTIMATE_RECEIVER 0

// The message travels on: only header blocks for `next` and for this node's own URIs are for this node.
#define UMSOAP_INTERMEDIARY 1

// The code of a fault is none of SOAP's own.
#define UMSOAP_CODE_OTHER 0

// The sender of the message is at fault: Sender, in SOAP 1.1 Client.
#define UMSOAP_CODE_SENDER 1

// The receiver could not process the message: Receiver, in SOAP 1.1 Server.
#define UMSOAP_CODE_RECEIVER 2

// The Envelope's namespace is unknown to the receiver.
#define UMSOAP_CODE_VERSION_MISMATCH 3

// A mandatory header block was not understood.
#define UMSOAP_CODE_MUST_UNDERSTAND 4

// SOAP 1.2 only: an encodingStyle is not supported.
#define UMSOAP_CODE_DATA_ENCODING_UNKNOWN 5

// The most fields that a message has. The service's largest message has 5, a fault 7.
#define UMSOAP_FIELDS 8

// The size of umsoap_decoder in words of 64 bits: 12,352 bytes.
#define UMSOAP_DECODER_WORDS 1544

// The way in which messages are read. umsoap_options_new makes it, and nothing changes it. So any number of
// threads may use it.
typedef struct umsoap_options umsoap_options;

// The shapes of messages that were seen. They make the next message of a shape cheaper to read, and take 12 KiB.
// One thread at a time may use this memory.
typedef struct umsoap_shapes umsoap_shapes;

// The result of a function: UMSOAP_OK, the number of the rule that the message breaks (1 to 999), or the number of
// a mistake in the call (from 1000 on). A number never changes its meaning. umsoap_result_name returns its name.
typedef uint32_t umsoap_result;

// A piece of UTF-8 in storage of the caller or of the library. No zero byte ends it.
typedef struct umsoap_str {
  // The first byte. NULL where the piece is absent; an empty piece that is present has an address.
  const char *data;
  // The number of bytes.
  size_t length;
} umsoap_str;

// The number of a message: UMSOAP_NONE, UMSOAP_FAULT, UMSOAP_OTHER, or one of the web service's messages. A number
// never changes its meaning. Requests have even numbers; the response has the number after its request's.
typedef uint32_t umsoap_kind;

// The text of a field.
typedef struct umsoap_text {
  // The first byte of the text as it stands in the message. NULL where the field is absent.
  const char *data;
  // The number of bytes.
  size_t length;
  // Is true if the bytes are the value, as nearly always. Otherwise they hold a reference, a CDATA section, a comment
  // or a CR, and umsoap_value or umsoap_decoder_value writes the value.
  bool is_value;
} umsoap_text;

// A message that was accepted. It has no storage of its own. The function that filled it says where its strings
// lie.
typedef struct umsoap_message {
  // The message's number.
  umsoap_kind kind;
  // UMSOAP_SOAP_1_1 or UMSOAP_SOAP_1_2.
  uint8_t version;
  // UMSOAP_HTTP or UMSOAP_HTTPS; 0 for a fault and for another operation.
  uint8_t messages_namespace;
  // The UMSOAP_CODE_... of a fault.
  uint8_t fault_code;
  // The number of fields that this kind of message has; some of them may be absent.
  uint8_t field_count;
  // The local name of the body entry, such as GetCallInfo. It lives as long as the library, unless kind is
  // UMSOAP_OTHER.
  struct umsoap_str operation;
  // The fields in the order of the schema, each at its own index whether others are absent or not.
  // umsoap_field_name names them.
  struct umsoap_text fields[UMSOAP_FIELDS];
} umsoap_message;

// A refusal: which rule the message breaks, and where.
typedef struct umsoap_error {
  // The rule: what the function returned.
  umsoap_result result;
  // The HTTP status of the answer.
  uint16_t http_status;
  // UMSOAP_SOAP_1_1 or UMSOAP_SOAP_1_2; 0 where the message did not tell before it was refused.
  uint8_t version;
  // The offset at which the rule is broken, in bytes from the message's start.
  uint64_t offset;
  // The name of the schema's element that the rule speaks of, such as CallId for MissingChild. NULL where the rule
  // speaks of none. The string lives as long as the library.
  struct umsoap_str element;
} umsoap_error;

// A header block. Its pieces lie in the input.
typedef struct umsoap_block {
  // The namespace name.
  struct umsoap_text namespace_name;
  // The local name.
  struct umsoap_str local_name;
  // The actor (1.2: role). NULL where the block names none.
  struct umsoap_text role;
  // The block from its `<` to its last `>`. The prefixes in it may be declared outside it.
  struct umsoap_str raw;
  // Is true if the block is mandatory.
  bool must_understand;
  // 1.2: an intermediary that does not process the block may pass it on.
  bool relay;
} umsoap_block;

// The way in which an answer is sent. The answer itself is in the caller's buffer.
typedef struct umsoap_answer {
  // The number of bytes that were written; with UMSOAP_SMALL, the number that is needed.
  size_t length;
  // The Content-Type. It is ended by a zero byte, and lives as long as the library.
  const char *media_type;
  // The HTTP status.
  uint16_t http_status;
  // UMSOAP_SOAP_1_1 or UMSOAP_SOAP_1_2.
  uint8_t version;
} umsoap_answer;

// The caller's storage for a decoder: on the stack, in a struct, in a pool. It may be moved between two calls. Nothing
// needs to be freed. umsoap_decoder_init makes it usable.
typedef struct umsoap_decoder {
  // Private.
  uint64_t words[UMSOAP_DECODER_WORDS];
} umsoap_decoder;

// The settings of which umsoap_options_new makes options. `umsoap_settings settings = {0};` is the default of
// every member.
typedef struct umsoap_settings {
  // UMSOAP_ULTIMATE_RECEIVER or UMSOAP_INTERMEDIARY.
  uint8_t role;
  // The names of the mandatory header blocks that the caller understands, in pairs: a namespace name, a local name.
  const struct umsoap_str *understood;
  // The number of pairs in `understood`.
  size_t understood_count;
  // The values of actor (1.2: role) that mean this node, beside `next`.
  const struct umsoap_str *own_uris;
  // The number of strings in `own_uris`.
  size_t own_uris_count;
  // The longest message in bytes; 0 for the default of 1,048,576.
  uint32_t message_bytes;
  // The most open elements; 0 for the default and maximum of 128.
  uint8_t depth;
  // The most attributes of an element; 0 for the default and maximum of 128.
  uint8_t attributes;
  // The most namespace declarations in scope; 0 for the default and maximum of 64.
  uint8_t declarations;
  // The longest start tag in bytes; 0 for the default and maximum of 4,096.
  uint16_t tag_bytes;
  // The names of all open elements together in bytes; 0 for the default and maximum of 1,024.
  uint16_t name_bytes;
  // The prefixes and namespace names in scope together in bytes; 0 for the default and maximum of 2,048.
  uint16_t namespace_bytes;
  // The texts that are kept of a message in bytes; 0 for the default and maximum of 3,072.
  uint16_t text_bytes;
} umsoap_settings;

// No message: nothing was read.
#define UMSOAP_NONE 0

// A SOAP fault. Its fields are at UMSOAP_FAULT_CODE and so on.
#define UMSOAP_FAULT 1

// Another operation. It is well-formed, and its content was not judged. Its only field is the namespace name of
// the body entry. The field is absent where the body entry is in no namespace.
#define UMSOAP_OTHER 2

// The request Disconnect. Its field is CallId.
#define UMSOAP_DISCONNECT 16

// The response DisconnectResponse. It has no fields.
#define UMSOAP_DISCONNECT_RESPONSE 17

// The request GetCallInfo. Its field is CallId.
#define UMSOAP_GET_CALL_INFO 18

// The response GetCallInfoResponse. Its fields are CallState, EventCause.
#define UMSOAP_GET_CALL_INFO_RESPONSE 19

// The request GetUMProperties. It has no fields.
#define UMSOAP_GET_UM_PROPERTIES 20

// The response GetUMPropertiesResponse. Its fields are OofStatus, MissedCallNotificationEnabled,
// PlayOnPhoneDialString, TelephoneAccessNumbers, TelephoneAccessFolderEmail; the last three may be absent.
#define UMSOAP_GET_UM_PROPERTIES_RESPONSE 21

// The request IsUMEnabled. It has no fields.
#define UMSOAP_IS_UM_ENABLED 22

// The response IsUMEnabledResponse. Its field is IsUMEnabledResponse.
#define UMSOAP_IS_UM_ENABLED_RESPONSE 23

// The request PlayOnPhone. Its fields are entryId, DialString.
#define UMSOAP_PLAY_ON_PHONE 24

// The response PlayOnPhoneResponse. Its field is PlayOnPhoneResponse.
#define UMSOAP_PLAY_ON_PHONE_RESPONSE 25

// The request PlayOnPhoneGreeting. Its fields are GreetingType, DialString.
#define UMSOAP_PLAY_ON_PHONE_GREETING 26

// The response PlayOnPhoneGreetingResponse. Its field is PlayOnPhoneGreetingResponse.
#define UMSOAP_PLAY_ON_PHONE_GREETING_RESPONSE 27

// The request ResetPIN. It has no fields.
#define UMSOAP_RESET_PIN 28

// The response ResetPINResponse. It has no fields.
#define UMSOAP_RESET_PIN_RESPONSE 29

// The request SetMissedCallNotificationEnabled. Its field is status.
#define UMSOAP_SET_MISSED_CALL_NOTIFICATION_ENABLED 30

// The response SetMissedCallNotificationEnabledResponse. It has no fields.
#define UMSOAP_SET_MISSED_CALL_NOTIFICATION_ENABLED_RESPONSE 31

// The request SetOofStatus. Its field is status.
#define UMSOAP_SET_OOF_STATUS 32

// The response SetOofStatusResponse. It has no fields.
#define UMSOAP_SET_OOF_STATUS_RESPONSE 33

// The request SetPlayOnPhoneDialString. Its field is dialString.
#define UMSOAP_SET_PLAY_ON_PHONE_DIAL_STRING 34

// The response SetPlayOnPhoneDialStringResponse. It has no fields.
#define UMSOAP_SET_PLAY_ON_PHONE_DIAL_STRING_RESPONSE 35

// The request SetTelephoneAccessFolderEmail. Its field is base64FolderID.
#define UMSOAP_SET_TELEPHONE_ACCESS_FOLDER_EMAIL 36

// The response SetTelephoneAccessFolderEmailResponse. It has no fields.
#define UMSOAP_SET_TELEPHONE_ACCESS_FOLDER_EMAIL_RESPONSE 37

// The call succeeded.
#define UMSOAP_OK 0

// A pointer that must not be NULL is NULL, or is not aligned for its type.
#define UMSOAP_NULL 1000

// An argument has a value that its parameter does not take.
#define UMSOAP_ARGUMENT 1001

// The decoder was not initialised.
#define UMSOAP_STATE 1002

// There is a bug in this library. Do not use the objects of the call again, except in a function that frees or
// initialises them.
#define UMSOAP_PANIC 1003

// The output buffer is too small. The function has told how many bytes are needed.
#define UMSOAP_SMALL 1004

// The message has no such field or header block.
#define UMSOAP_ABSENT 1005

// The header was compiled for another version of the library than the one that runs.
#define UMSOAP_MISMATCH 1006

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Returns the version of the library that runs. It equals UMSOAP_VERSION_NUMBER of the library's own header.
uint32_t umsoap_version(void);

// Returns UMSOAP_OK if a program compiled with this version of the header, and with types of these sizes, fits the
// library that runs; otherwise UMSOAP_MISMATCH. umsoap_check() calls it with the header's own values.
//
// A program that is linked against the shared library calls umsoap_check() once, before anything else.
UMSOAP_MUST_USE
umsoap_result umsoap_fits(uint32_t version,
                          size_t decoder_size,
                          size_t message_size,
                          size_t error_size);

// Returns the name of a result, such as MissingChild; NULL for a number that is no result. The names never change.
// The string lives as long as the library.
struct umsoap_str umsoap_result_name(umsoap_result result);

// Returns what a result says, in a few English words; NULL for a number that is no result. The string lives as long
// as the library.
struct umsoap_str umsoap_result_message(umsoap_result result);

// Returns the name of a kind of message: the local name of its body entry, such as GetCallInfo; Fault or Other for
// those two; NULL for a number that is no kind. The string lives as long as the library.
struct umsoap_str umsoap_kind_name(umsoap_kind kind);

// Returns the kind of message that has this name; UMSOAP_NONE if there is none.
//
// name.data points to name.length bytes.
umsoap_kind umsoap_kind_named(struct umsoap_str name);

// Returns the name of a field of a kind of message, such as CallId; NULL where the kind has no such field. The string
// lives as long as the library.
struct umsoap_str umsoap_field_name(umsoap_kind kind,
                                    size_t index);

// Returns the index of the field of that name; UMSOAP_FIELDS if the kind of message has none.
//
// name.data points to name.length bytes.
size_t umsoap_field_index(umsoap_kind kind,
                          struct umsoap_str name);

// Reads a whole message and returns the verdict on it: UMSOAP_OK, or the rule that it breaks.
//
// data points to length bytes. options, message and error may be NULL. With UMSOAP_OK message is filled, and its
// strings lie in data, or live as long as the library. With a rule error is filled. Otherwise neither is. The time
// is proportional to length, and no memory is allocated.
UMSOAP_MUST_USE
umsoap_result umsoap_parse(const void *data,
                           size_t length,
                           const struct umsoap_options *options,
                           struct umsoap_message *message,
                           struct umsoap_error *error);

// Writes the value of a field of a message that umsoap_parse accepted: with every reference resolved.
//
// data, length and options are those of umsoap_parse; index is the field's. out points to size bytes, or is NULL with
// size 0. *needed becomes the value's length in bytes, also with UMSOAP_SMALL. A CallId has at most 2,048 bytes, any
// text at most 3,072. Returns UMSOAP_ABSENT where the message has no such field.
UMSOAP_MUST_USE
umsoap_result umsoap_value(const void *data,
                           size_t length,
                           const struct umsoap_options *options,
                           size_t index,
                           void *out,
                           size_t size,
                           size_t *needed);

// Finds a header block of a message that umsoap_parse accepted.
//
// data, length and options are those of umsoap_parse. namespace_name and local_name say which blocks are meant; one
// whose data is NULL fits every block. Names are compared by value. index counts the blocks that fit, from 0. block is
// filled with UMSOAP_OK, and its pieces lie in data. Returns UMSOAP_ABSENT where fewer blocks fit.
UMSOAP_MUST_USE
umsoap_result umsoap_header_block(const void *data,
                                  size_t length,
                                  const struct umsoap_options *options,
                                  struct umsoap_str namespace_name,
                                  struct umsoap_str local_name,
                                  size_t index,
                                  struct umsoap_block *block);

// Writes the complete answer to a message that umsoap_parse refused: the fault, with the header block that SOAP wants
// beside it, and how it is sent.
//
// data, length and options are those of umsoap_parse. version_hint is the version to answer in where the message does
// not tell, UMSOAP_SOAP_1_1 or UMSOAP_SOAP_1_2. actor is the URI of this node, or NULL. out points to size bytes, or is
// NULL with size 0. *answer is filled, also with UMSOAP_SMALL. 2,048 bytes and six times the actor's length hold every
// answer but one that names a long header block. Returns UMSOAP_ARGUMENT if the message is accepted.
UMSOAP_MUST_USE
umsoap_result umsoap_refuse(const void *data,
                            size_t length,
                            const struct umsoap_options *options,
                            uint8_t version_hint,
                            struct umsoap_str actor,
                            void *out,
                            size_t size,
                            struct umsoap_answer *answer);

// Makes a decoder of the caller's storage, ready for its first message. Returns UMSOAP_NULL for NULL.
//
// options may be NULL, and must live until the decoder is used for the last time.
UMSOAP_MUST_USE
umsoap_result umsoap_decoder_init(struct umsoap_decoder *decoder,
                                  const struct umsoap_options *options);

// Makes an initialised decoder ready for its next message, with the same options.
umsoap_result umsoap_decoder_reset(struct umsoap_decoder *decoder);

// Takes the next bytes of the message, which may be cut anywhere. Returns UMSOAP_OK while nothing is wrong so far, or
// the first rule that the message breaks, then and from then on.
//
// data points to length bytes, which are not used after the call. Takes time in proportion to length.
UMSOAP_MUST_USE
umsoap_result umsoap_decoder_feed(struct umsoap_decoder *decoder,
                                  const void *data,
                                  size_t length);

// Ends the message and returns the verdict on it. A message is accepted only when this function returns UMSOAP_OK.
// It may be called again. Nothing can be fed until umsoap_decoder_reset.
//
// message and error may be NULL. With UMSOAP_OK message is filled. Its strings lie in the decoder until the
// decoder is moved, or until a function other than umsoap_decoder_finish, umsoap_decoder_value and
// umsoap_decoder_refuse is called on it. With a rule error is filled. Otherwise neither is.
UMSOAP_MUST_USE
umsoap_result umsoap_decoder_finish(struct umsoap_decoder *decoder,
                                    struct umsoap_message *message,
                                    struct umsoap_error *error);

// Writes the value of a field of a message that umsoap_decoder_finish accepted, as umsoap_value does.
UMSOAP_MUST_USE
umsoap_result umsoap_decoder_value(struct umsoap_decoder *decoder,
                                   size_t index,
                                   void *out,
                                   size_t size,
                                   size_t *needed);

// Writes the complete answer to a message that the decoder refused, as umsoap_refuse does. The message is ended
// first, so that a message that was cut short is answered, too.
UMSOAP_MUST_USE
umsoap_result umsoap_decoder_refuse(struct umsoap_decoder *decoder,
                                    uint8_t version_hint,
                                    struct umsoap_str actor,
                                    void *out,
                                    size_t size,
                                    struct umsoap_answer *answer);

// Writes a message of the web service.
//
// kind is the message's number, version UMSOAP_SOAP_1_1 or UMSOAP_SOAP_1_2, messages_namespace UMSOAP_HTTP or
// UMSOAP_HTTPS. values points to count strings, the values of the kind's fields in the schema's order; a field whose
// data is NULL is absent. Special characters are escaped. out points to size bytes, or is NULL with size 0. *length
// becomes the number of bytes written; with UMSOAP_SMALL, the number needed. Returns a rule for a value that the
// schema or XML cannot carry, and UMSOAP_ARGUMENT for another number of values, for an absent field that must not be
// absent, and for bytes that are not UTF-8.
UMSOAP_MUST_USE
umsoap_result umsoap_write(umsoap_kind kind,
                           uint8_t version,
                           uint8_t messages_namespace,
                           const struct umsoap_str *values,
                           size_t count,
                           void *out,
                           size_t size,
                           size_t *length);

// Writes a fault of the caller's own, and tells how it is sent.
//
// version is UMSOAP_SOAP_1_1 or UMSOAP_SOAP_1_2, code one of UMSOAP_CODE_... but UMSOAP_CODE_OTHER. reason is the text
// for people, in English. actor is the URI of this node, or NULL. out points to size bytes, or is NULL with size 0.
// *answer is filled, also with UMSOAP_SMALL.
UMSOAP_MUST_USE
umsoap_result umsoap_write_fault(uint8_t version,
                                 uint8_t code,
                                 struct umsoap_str reason,
                                 struct umsoap_str actor,
                                 void *out,
                                 size_t size,
                                 struct umsoap_answer *answer);

// Writes the fault by which the web service says that it does not know a CallId, InvalidCallIdException, as
// umsoap_write_fault does.
UMSOAP_MUST_USE
umsoap_result umsoap_write_invalid_call_id(uint8_t version,
                                           struct umsoap_str actor,
                                           void *out,
                                           size_t size,
                                           struct umsoap_answer *answer);

// Makes options of settings, and copies the strings of the settings. umsoap_options_free frees the options.
//
// settings may be NULL, for the defaults. *options becomes the options; NULL if they cannot be made. Returns
// UMSOAP_ARGUMENT for an unknown role, for a limit above its maximum, and for a string that is absent or not UTF-8.
UMSOAP_MUST_USE
umsoap_result umsoap_options_new(const struct umsoap_settings *settings,
                                 struct umsoap_options **options);

// Frees options. Nothing may use them any more, no decoder either. NULL is ignored.
void umsoap_options_free(struct umsoap_options *options);

// Returns an empty memory of shapes, or NULL. umsoap_shapes_free frees it.
UMSOAP_MUST_USE
struct umsoap_shapes *umsoap_shapes_new(void);

// Frees a memory of shapes. NULL is ignored.
void umsoap_shapes_free(struct umsoap_shapes *shapes);

// Reads a whole message like umsoap_parse with default options, with the verdict and the message of that function.
// A message of a shape that was seen before costs less.
UMSOAP_MUST_USE
umsoap_result umsoap_shapes_parse(struct umsoap_shapes *shapes,
                                  const void *data,
                                  size_t length,
                                  struct umsoap_message *message,
                                  struct umsoap_error *error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

// Makes an umsoap_str of a string that is ended by a zero byte. NULL becomes an absent string.
static inline umsoap_str umsoap_str_of(const char *text) {
  umsoap_str string;
  string.data = text;
  string.length = text ? strlen(text) : 0;
  return string;
}

// Returns UMSOAP_OK if the library that runs fits this header.
static inline umsoap_result umsoap_check(void) {
  return umsoap_fits(UMSOAP_VERSION_NUMBER, sizeof(umsoap_decoder), sizeof(umsoap_message), sizeof(umsoap_error));
}

#endif /* UMSOAP_H */

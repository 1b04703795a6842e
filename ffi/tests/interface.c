/* Tests writing, header blocks, options, names, and the misuse of every function. */
#include "check.h"

#define MESSAGES "http://schemas.microsoft.com/exchange/services/2006/messages"
#define ENVELOPE "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'>"
#define REQUEST(header, call_id)                                                                               \
  ENVELOPE header "<s:Body><GetCallInfo xmlns='" MESSAGES "'><CallId>" call_id "</CallId></GetCallInfo></s:Body></s:Envelope>"

static umsoap_result parse(const char *text, const umsoap_options *options, umsoap_message *message, umsoap_error *error) {
  return umsoap_parse(text, strlen(text), options, message, error);
}

/* Writes a message into a buffer of exactly the size that it needs, and reads it again. */
static void write_and_read(umsoap_kind kind, uint8_t version, uint8_t names, const umsoap_str *values, size_t count) {
  size_t needed = 0, length = 0;
  umsoap_result small = umsoap_write(kind, version, names, values, count, NULL, 0, &needed);
  CHECK(small == UMSOAP_SMALL && needed > 0);
  char *out = malloc(needed);
  CHECK(umsoap_write(kind, version, names, values, count, out, needed - 1, &length) == UMSOAP_SMALL && length == needed);
  CHECK(umsoap_write(kind, version, names, values, count, out, needed, &length) == UMSOAP_OK && length == needed);
  umsoap_message message;
  CHECK(umsoap_parse(out, needed, NULL, &message, NULL) == UMSOAP_OK);
  CHECK(message.kind == kind && message.version == version && message.messages_namespace == names);
  CHECK(message.field_count == count);
  umsoap_str name = umsoap_kind_name(kind);
  CHECK(name.length == message.operation.length && memcmp(name.data, message.operation.data, name.length) == 0);
  for (size_t i = 0; i < count; i++) {
    if (values[i].data == NULL) {
      CHECK(message.fields[i].data == NULL);
      continue;
    }
    char *value = malloc(values[i].length ? values[i].length : 1);
    CHECK(umsoap_value(out, needed, NULL, i, value, values[i].length, &length) == UMSOAP_OK);
    CHECK(length == values[i].length && memcmp(value, values[i].data, length) == 0);
    free(value);
  }
  free(out);
}

static void writing(void) {
  for (uint8_t version = UMSOAP_SOAP_1_1; version <= UMSOAP_SOAP_1_2; version++) {
    for (uint8_t names = UMSOAP_HTTP; names <= UMSOAP_HTTPS; names++) {
      static const char *const call_ids[] = {"MDlk", "a&b<c>\"'", " ", "\r\n\t", "\xc3\xa5\xf0\x9f\x98\x80"};
      for (size_t i = 0; i < sizeof call_ids / sizeof *call_ids; i++) {
        umsoap_str values[] = {umsoap_str_of(call_ids[i])};
        write_and_read(UMSOAP_GET_CALL_INFO, version, names, values, 1);
      }
      umsoap_str words[] = {umsoap_str_of("Disconnected"), umsoap_str_of("UserBusy")};
      write_and_read(UMSOAP_GET_CALL_INFO_RESPONSE, version, names, words, 2);
    }
  }
  /* These are all messages of the service, with every field. NULL ends the values. */
  static const struct {
    umsoap_kind kind;
    const char *name, *values[UMSOAP_FIELDS];
  } messages[] = {
      {UMSOAP_DISCONNECT, "Disconnect", {"MDlk"}},
      {UMSOAP_DISCONNECT_RESPONSE, "DisconnectResponse", {NULL}},
      {UMSOAP_GET_CALL_INFO, "GetCallInfo", {"MDlk"}},
      {UMSOAP_GET_CALL_INFO_RESPONSE, "GetCallInfoResponse", {"Idle", "None"}},
      {UMSOAP_GET_UM_PROPERTIES, "GetUMProperties", {NULL}},
      {UMSOAP_GET_UM_PROPERTIES_RESPONSE, "GetUMPropertiesResponse", {"true", "false", "+1", "", "AA&A="}},
      {UMSOAP_IS_UM_ENABLED, "IsUMEnabled", {NULL}},
      {UMSOAP_IS_UM_ENABLED_RESPONSE, "IsUMEnabledResponse", {"false"}},
      {UMSOAP_PLAY_ON_PHONE, "PlayOnPhone", {"AAAA", "+1 555 <0100>"}},
      {UMSOAP_PLAY_ON_PHONE_RESPONSE, "PlayOnPhoneResponse", {"MDlk"}},
      {UMSOAP_PLAY_ON_PHONE_GREETING, "PlayOnPhoneGreeting", {"OofCustom", "+15550100"}},
      {UMSOAP_PLAY_ON_PHONE_GREETING_RESPONSE, "PlayOnPhoneGreetingResponse", {"MDlk"}},
      {UMSOAP_RESET_PIN, "ResetPIN", {NULL}},
      {UMSOAP_RESET_PIN_RESPONSE, "ResetPINResponse", {NULL}},
      {UMSOAP_SET_MISSED_CALL_NOTIFICATION_ENABLED, "SetMissedCallNotificationEnabled", {"true"}},
      {UMSOAP_SET_MISSED_CALL_NOTIFICATION_ENABLED_RESPONSE, "SetMissedCallNotificationEnabledResponse", {NULL}},
      {UMSOAP_SET_OOF_STATUS, "SetOofStatus", {"false"}},
      {UMSOAP_SET_OOF_STATUS_RESPONSE, "SetOofStatusResponse", {NULL}},
      {UMSOAP_SET_PLAY_ON_PHONE_DIAL_STRING, "SetPlayOnPhoneDialString", {""}},
      {UMSOAP_SET_PLAY_ON_PHONE_DIAL_STRING_RESPONSE, "SetPlayOnPhoneDialStringResponse", {NULL}},
      {UMSOAP_SET_TELEPHONE_ACCESS_FOLDER_EMAIL, "SetTelephoneAccessFolderEmail", {"LgAA"}},
      {UMSOAP_SET_TELEPHONE_ACCESS_FOLDER_EMAIL_RESPONSE, "SetTelephoneAccessFolderEmailResponse", {NULL}},
  };
  CHECK(sizeof messages / sizeof *messages == 22);
  for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
    umsoap_kind kind = messages[i].kind;
    CHECK(umsoap_kind_named(umsoap_str_of(messages[i].name)) == kind);
    CHECK(kind % 2 == (strstr(messages[i].name, "Response") != NULL)); /* Responses have odd numbers. */
    umsoap_str values[UMSOAP_FIELDS];
    size_t count = 0;
    for (; messages[i].values[count]; count++) {
      values[count] = umsoap_str_of(messages[i].values[count]);
    }
    CHECK(umsoap_field_name(kind, count).data == NULL);
    write_and_read(kind, UMSOAP_SOAP_1_1, UMSOAP_HTTP, values, count);
    write_and_read(kind, UMSOAP_SOAP_1_2, UMSOAP_HTTPS, values, count);
  }
  /* Optional fields may be absent. The fields after them keep their places. */
  umsoap_str some[] = {umsoap_str_of("true"), umsoap_str_of("true"), umsoap_str_of(NULL), umsoap_str_of(NULL), umsoap_str_of("A")};
  write_and_read(UMSOAP_GET_UM_PROPERTIES_RESPONSE, UMSOAP_SOAP_1_1, UMSOAP_HTTP, some, 5);
  /* The second spelling of the folder's element is read as this field, too. */
  static const char folder[] = ENVELOPE "<s:Body><SetTelephoneAccessFolderEmail xmlns='" MESSAGES
      "'><base64FolderId>LgAA</base64FolderId></SetTelephoneAccessFolderEmail></s:Body></s:Envelope>";
  umsoap_message second;
  CHECK(parse(folder, NULL, &second, NULL) == UMSOAP_OK && second.kind == UMSOAP_SET_TELEPHONE_ACCESS_FOLDER_EMAIL);
  CHECK(is(second.fields[0].data, second.fields[0].length, "LgAA"));
  /* The schema or XML cannot carry these values. */
  static const struct {
    umsoap_kind kind;
    const char *values[2];
    size_t count;
    const char *rule;
  } refused[] = {
      {UMSOAP_GET_CALL_INFO, {"", NULL}, 1, "UnwritableValue"},
      {UMSOAP_GET_CALL_INFO, {"\x01", NULL}, 1, "UnwritableChar"},
      {UMSOAP_GET_CALL_INFO_RESPONSE, {"connected", "None"}, 2, "EnumCase"},
      {UMSOAP_GET_CALL_INFO_RESPONSE, {"Connected", "None "}, 2, "EnumWhiteSpace"},
      {UMSOAP_GET_CALL_INFO_RESPONSE, {"Gone", "None"}, 2, "UnknownWord"},
  };
  char out[1024];
  size_t length;
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    umsoap_str values[2] = {umsoap_str_of(refused[i].values[0]), umsoap_str_of(refused[i].values[1])};
    length = 77;
    umsoap_result result = umsoap_write(refused[i].kind, 11, 1, values, refused[i].count, out, sizeof out, &length);
    umsoap_str name = umsoap_result_name(result);
    CHECK(is(name.data, name.length, refused[i].rule) && length == 0);
  }
  /* Faults are written in both versions, with the status for HTTP. */
  static const struct {
    uint8_t code;
    uint16_t status_1_1, status_1_2;
  } codes[] = {
      {UMSOAP_CODE_SENDER, 500, 400},
      {UMSOAP_CODE_RECEIVER, 500, 500},
      {UMSOAP_CODE_MUST_UNDERSTAND, 500, 500},
      {UMSOAP_CODE_VERSION_MISMATCH, 500, 500},
  };
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
    for (uint8_t version = UMSOAP_SOAP_1_1; version <= UMSOAP_SOAP_1_2; version++) {
      umsoap_answer answer;
      umsoap_str reason = umsoap_str_of("a < b"), actor = umsoap_str_of("urn:x&y");
      CHECK(umsoap_write_fault(version, codes[i].code, reason, actor, out, sizeof out, &answer) == UMSOAP_OK);
      CHECK(answer.version == version);
      CHECK(answer.http_status == (version == UMSOAP_SOAP_1_1 ? codes[i].status_1_1 : codes[i].status_1_2));
      umsoap_message fault;
      CHECK(umsoap_parse(out, answer.length, NULL, &fault, NULL) == UMSOAP_OK);
      CHECK(fault.kind == UMSOAP_FAULT && fault.fault_code == codes[i].code && fault.field_count == 7);
      char text[64];
      CHECK(umsoap_value(out, answer.length, NULL, UMSOAP_FAULT_REASON, text, sizeof text, &length) == UMSOAP_OK);
      CHECK(is(text, length, "a < b"));
      size_t node = version == UMSOAP_SOAP_1_2 ? UMSOAP_FAULT_NODE : UMSOAP_FAULT_ACTOR;
      CHECK(umsoap_value(out, answer.length, NULL, node, text, sizeof text, &length) == UMSOAP_OK);
      CHECK(is(text, length, "urn:x&y"));
    }
  }
  for (uint8_t version = UMSOAP_SOAP_1_1; version <= UMSOAP_SOAP_1_2; version++) {
    umsoap_answer answer;
    CHECK(umsoap_write_invalid_call_id(version, umsoap_str_of(NULL), NULL, 0, &answer) == UMSOAP_SMALL);
    CHECK(umsoap_write_invalid_call_id(version, umsoap_str_of(NULL), out, answer.length, &answer) == UMSOAP_OK);
    umsoap_message fault;
    CHECK(umsoap_parse(out, answer.length, NULL, &fault, NULL) == UMSOAP_OK);
    umsoap_text exception = fault.fields[UMSOAP_FAULT_EXCEPTION];
    CHECK(is(exception.data, exception.length, "InvalidCallIdException"));
    CHECK(fault.fields[UMSOAP_FAULT_ACTOR].data == NULL);
  }
}

static void header_blocks(void) {
  static const char text[] = REQUEST(
      "<s:Header><a:Id xmlns:a='urn:a'>1</a:Id><b:Id xmlns:b='urn:&#98;' s:actor='urn:me' s:mustUnderstand='1'>2</b:Id>"
      "<a:Id xmlns:a='urn:a'>3</a:Id></s:Header>", "MDlk");
  const umsoap_str any = umsoap_str_of(NULL), a = umsoap_str_of("urn:a"), b = umsoap_str_of("urn:b"), id = umsoap_str_of("Id");
  char *data = (char *)exactly(text, sizeof text - 1);
  size_t length = sizeof text - 1;
  umsoap_block block;
  CHECK(umsoap_header_block(data, length, NULL, a, id, 0, &block) == UMSOAP_OK);
  CHECK(is(block.raw.data, block.raw.length, "<a:Id xmlns:a='urn:a'>1</a:Id>") && block.raw.data > data);
  CHECK(!block.must_understand && !block.relay && block.role.data == NULL);
  CHECK(umsoap_header_block(data, length, NULL, a, id, 1, &block) == UMSOAP_OK);
  CHECK(is(block.raw.data, block.raw.length, "<a:Id xmlns:a='urn:a'>3</a:Id>"));
  CHECK(umsoap_header_block(data, length, NULL, a, id, 2, &block) == UMSOAP_ABSENT);
  /* Names are compared by value: the message has a reference in the namespace name. */
  CHECK(umsoap_header_block(data, length, NULL, b, any, 0, &block) == UMSOAP_OK);
  CHECK(block.must_understand && is(block.role.data, block.role.length, "urn:me") && !block.namespace_name.is_value);
  CHECK(is(block.local_name.data, block.local_name.length, "Id"));
  for (size_t i = 0; i < 3; i++) {
    CHECK(umsoap_header_block(data, length, NULL, any, any, i, &block) == UMSOAP_OK);
  }
  CHECK(umsoap_header_block(data, length, NULL, any, any, 3, &block) == UMSOAP_ABSENT);
  CHECK(umsoap_header_block(data, length, NULL, any, umsoap_str_of("id"), 0, &block) == UMSOAP_ABSENT);
  umsoap_result cut = umsoap_header_block(data, length - 1, NULL, any, any, 0, &block);
  umsoap_str name = umsoap_result_name(cut);
  CHECK(is(name.data, name.length, "UnexpectedEnd"));
  free(data);
}

static void options(void) {
  static const char mandatory[] = REQUEST("<s:Header><t:Id xmlns:t='urn:t' s:mustUnderstand='1'/></s:Header>", "MDlk");
  static const char for_me[] =
      REQUEST("<s:Header><t:Id xmlns:t='urn:t' s:mustUnderstand='1' s:actor='urn:me'/></s:Header>", "MDlk");
  umsoap_message message;
  umsoap_error error;
  umsoap_result not_understood = parse(mandatory, NULL, &message, &error);
  umsoap_str name = umsoap_result_name(not_understood);
  CHECK(is(name.data, name.length, "MustUnderstand"));

  umsoap_options *made = NULL;
  umsoap_settings settings = {0};
  CHECK(umsoap_options_new(NULL, &made) == UMSOAP_OK && parse(mandatory, made, NULL, NULL) == not_understood);
  umsoap_options_free(made);
  CHECK(umsoap_options_new(&settings, &made) == UMSOAP_OK && parse(mandatory, made, NULL, NULL) == not_understood);
  umsoap_options_free(made);

  /* The strings are copied. These are gone before the options are used. */
  umsoap_str *understood = malloc(4 * sizeof *understood);
  char *names = (char *)exactly("urn:tIdurn:uOther", 17);
  understood[0].data = names, understood[0].length = 5;
  understood[1].data = names + 5, understood[1].length = 2;
  understood[2].data = names + 7, understood[2].length = 5;
  understood[3].data = names + 12, understood[3].length = 5;
  settings.understood = understood;
  settings.understood_count = 2;
  CHECK(umsoap_options_new(&settings, &made) == UMSOAP_OK);
  free(understood);
  free(names);
  CHECK(parse(mandatory, made, &message, NULL) == UMSOAP_OK && message.kind == UMSOAP_GET_CALL_INFO);
  umsoap_decoder *decoder = malloc(sizeof *decoder);
  CHECK(umsoap_decoder_init(decoder, made) == UMSOAP_OK);
  for (int round = 0; round < 2; round++) {
    CHECK(umsoap_decoder_feed(decoder, mandatory, sizeof mandatory - 1) == UMSOAP_OK);
    CHECK(umsoap_decoder_finish(decoder, &message, NULL) == UMSOAP_OK);
    CHECK(umsoap_decoder_reset(decoder) == UMSOAP_OK);
  }
  umsoap_options_free(made);

  umsoap_str own = umsoap_str_of("urn:me");
  settings = (umsoap_settings){0};
  settings.role = UMSOAP_INTERMEDIARY;
  CHECK(umsoap_options_new(&settings, &made) == UMSOAP_OK);
  CHECK(parse(mandatory, made, NULL, NULL) == UMSOAP_OK && parse(for_me, made, NULL, NULL) == UMSOAP_OK);
  umsoap_options_free(made);
  settings.own_uris = &own;
  settings.own_uris_count = 1;
  CHECK(umsoap_options_new(&settings, &made) == UMSOAP_OK);
  CHECK(parse(mandatory, made, NULL, NULL) == UMSOAP_OK && parse(for_me, made, NULL, NULL) == not_understood);
  /* The answer names the block that was not understood. */
  char out[2048];
  umsoap_answer answer;
  CHECK(umsoap_refuse(for_me, sizeof for_me - 1, made, 11, own, out, sizeof out, &answer) == UMSOAP_OK);
  CHECK(umsoap_decoder_init(decoder, made) == UMSOAP_OK);
  CHECK(umsoap_decoder_feed(decoder, for_me, sizeof for_me - 1) == not_understood);
  char again[2048];
  CHECK(umsoap_decoder_refuse(decoder, 11, own, again, sizeof again, &answer) == UMSOAP_OK);
  CHECK(memcmp(out, again, answer.length) == 0);
  umsoap_options_free(made);
  free(decoder);

  /* Each limit refuses what the default lets pass, and is refused above its maximum. */
  static const struct {
    const char *rule;
    umsoap_settings below, above;
  } limits[] = {
      {"MessageTooLong", {.message_bytes = 100}, {0}},
      {"TooDeep", {.depth = 3}, {.depth = 129}},
      {"TooManyAttributes", {.attributes = 1}, {.attributes = 129}},
      {"TooManyDeclarations", {.declarations = 1}, {.declarations = 65}},
      {"TagTooLong", {.tag_bytes = 40}, {.tag_bytes = 4097}},
      {"NamesTooLong", {.name_bytes = 15}, {.name_bytes = 1025}},
      {"NamespacesTooLong", {.namespace_bytes = 50}, {.namespace_bytes = 2049}},
      {"TextTooLong", {.text_bytes = 3}, {.text_bytes = 3073}},
  };
  static const char two[] =
      "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns:t='urn:t'><s:Body><GetCallInfo xmlns='" MESSAGES
      "'><CallId>MDlk</CallId></GetCallInfo></s:Body></s:Envelope>";
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
    CHECK(umsoap_options_new(&limits[i].below, &made) == UMSOAP_OK);
    name = umsoap_result_name(parse(two, made, NULL, &error));
    CHECK(is(name.data, name.length, limits[i].rule));
    umsoap_options_free(made);
    if (i > 0) {
      CHECK(umsoap_options_new(&limits[i].above, &made) == UMSOAP_ARGUMENT && made == NULL);
    }
  }
}

static void names(void) {
  CHECK(umsoap_version() == UMSOAP_VERSION_NUMBER && umsoap_check() == UMSOAP_OK);
  size_t d = sizeof(umsoap_decoder), m = sizeof(umsoap_message), e = sizeof(umsoap_error);
  CHECK(umsoap_fits(UMSOAP_VERSION_NUMBER + 1, d, m, e) == UMSOAP_OK); /* This is another patch version. */
  CHECK(umsoap_fits(UMSOAP_VERSION_NUMBER + 0x100, d, m, e) == UMSOAP_MISMATCH);
  CHECK(umsoap_fits(UMSOAP_VERSION_NUMBER, 8192, m, e) == UMSOAP_MISMATCH);
  CHECK(umsoap_fits(UMSOAP_VERSION_NUMBER, d, m + 8, e) == UMSOAP_MISMATCH);
  CHECK(umsoap_fits(UMSOAP_VERSION_NUMBER, d, m, e + 8) == UMSOAP_MISMATCH);

  unsigned rules = 0;
  for (umsoap_result result = 0; result < 1100; result++) {
    umsoap_str name = umsoap_result_name(result), message = umsoap_result_message(result);
    CHECK((name.data == NULL) == (message.data == NULL) && (name.length == 0) == (name.data == NULL));
    rules += name.data != NULL && result > 0 && result < 1000;
  }
  CHECK(rules > 80);
  umsoap_str name = umsoap_result_name(UMSOAP_SMALL);
  CHECK(is(name.data, name.length, "Small"));
  CHECK(umsoap_result_name(UINT32_MAX).data == NULL && umsoap_result_message(UINT32_MAX).data == NULL);

  unsigned kinds = 0;
  for (umsoap_kind kind = 0; kind < 100; kind++) {
    name = umsoap_kind_name(kind);
    if (name.data == NULL) {
      CHECK(umsoap_field_name(kind, 0).data == NULL && umsoap_field_index(kind, umsoap_str_of("CallId")) == UMSOAP_FIELDS);
      continue;
    }
    kinds++;
    CHECK(umsoap_kind_named(name) == kind);
    size_t index = 0;
    for (umsoap_str field; (field = umsoap_field_name(kind, index)).data != NULL; index++) {
      CHECK(umsoap_field_index(kind, field) == index);
    }
    CHECK(index <= UMSOAP_FIELDS);
    CHECK(umsoap_field_index(kind, umsoap_str_of("")) == UMSOAP_FIELDS);
  }
  CHECK(kinds == 24);
  CHECK(umsoap_kind_named(umsoap_str_of("GetCallInfo")) == UMSOAP_GET_CALL_INFO);
  CHECK(umsoap_kind_named(umsoap_str_of("getcallinfo")) == UMSOAP_NONE);
  CHECK(umsoap_kind_named(umsoap_str_of(NULL)) == UMSOAP_NONE);
  CHECK(umsoap_field_index(UMSOAP_FAULT, umsoap_str_of("reason")) == UMSOAP_FAULT_REASON);
  /* The documentation of the service spells one name in two ways. */
  umsoap_kind folder = umsoap_kind_named(umsoap_str_of("SetTelephoneAccessFolderEmail"));
  CHECK(umsoap_field_index(folder, umsoap_str_of("base64FolderID")) == 0);
  CHECK(umsoap_field_index(folder, umsoap_str_of("base64FolderId")) == 0);
  CHECK(umsoap_field_index(folder, umsoap_str_of("base64folderid")) == UMSOAP_FIELDS);
}

static void misuse(void) {
  static const char request[] = REQUEST("", "MDlk"), bad_utf8[] = "\xff";
  const size_t length = sizeof request - 1;
  const umsoap_str none = umsoap_str_of(NULL), bad = umsoap_str_of(bad_utf8), text = umsoap_str_of("x");
  umsoap_str lost = {NULL, 5};
  umsoap_message message;
  umsoap_error error;
  umsoap_answer answer;
  umsoap_block block;
  umsoap_options *made = NULL;
  char out[1024];
  size_t n;

  /* Empty input without a pointer is a message that ends too early. */
  umsoap_str name = umsoap_result_name(umsoap_parse(NULL, 0, NULL, &message, &error));
  CHECK(is(name.data, name.length, "UnexpectedEnd") && error.offset == 0);
  CHECK(umsoap_parse(request, length, NULL, NULL, NULL) == UMSOAP_OK);
  /* A length that no memory has is refused before a byte is read. */
  CHECK(umsoap_parse(request, SIZE_MAX, NULL, &message, &error) == UMSOAP_NULL);
  CHECK(umsoap_parse(NULL, 1, NULL, &message, &error) == UMSOAP_NULL);

  CHECK(umsoap_value(NULL, 1, NULL, 0, out, sizeof out, &n) == UMSOAP_NULL);
  CHECK(umsoap_value(request, length, NULL, 0, NULL, 1, &n) == UMSOAP_NULL);
  CHECK(umsoap_value(request, length, NULL, 0, out, sizeof out, NULL) == UMSOAP_NULL);
  CHECK(umsoap_value(request, length, NULL, 1, out, sizeof out, &n) == UMSOAP_ABSENT && n == 0);
  CHECK(umsoap_value(request, length, NULL, SIZE_MAX, out, sizeof out, &n) == UMSOAP_ABSENT);
  CHECK(umsoap_value(request, length, NULL, 0, out, 3, &n) == UMSOAP_SMALL && n == 4);
  CHECK(umsoap_value(request, length - 1, NULL, 0, out, sizeof out, &n) < 1000);

  CHECK(umsoap_header_block(NULL, 1, NULL, none, none, 0, &block) == UMSOAP_NULL);
  CHECK(umsoap_header_block(request, length, NULL, none, none, 0, NULL) == UMSOAP_NULL);
  CHECK(umsoap_header_block(request, length, NULL, bad, none, 0, &block) == UMSOAP_ARGUMENT);
  CHECK(umsoap_header_block(request, length, NULL, none, lost, 0, &block) == UMSOAP_ARGUMENT);
  CHECK(umsoap_header_block(request, length, NULL, none, none, 0, &block) == UMSOAP_ABSENT);

  CHECK(umsoap_refuse(NULL, 1, NULL, 11, none, out, sizeof out, &answer) == UMSOAP_NULL);
  CHECK(umsoap_refuse("", 0, NULL, 11, none, NULL, 1, &answer) == UMSOAP_NULL);
  CHECK(umsoap_refuse("", 0, NULL, 11, none, out, sizeof out, NULL) == UMSOAP_NULL);
  CHECK(umsoap_refuse("", 0, NULL, 10, none, out, sizeof out, &answer) == UMSOAP_ARGUMENT);
  CHECK(umsoap_refuse("", 0, NULL, 11, bad, out, sizeof out, &answer) == UMSOAP_ARGUMENT);
  CHECK(umsoap_refuse(request, length, NULL, 11, none, out, sizeof out, &answer) == UMSOAP_ARGUMENT && answer.length == 0);

  umsoap_decoder *decoder = calloc(1, sizeof *decoder);
  CHECK(umsoap_decoder_init(NULL, NULL) == UMSOAP_NULL);
  CHECK(umsoap_decoder_reset(NULL) == UMSOAP_NULL && umsoap_decoder_reset(decoder) == UMSOAP_STATE);
  CHECK(umsoap_decoder_feed(NULL, "<", 1) == UMSOAP_NULL && umsoap_decoder_feed(decoder, "<", 1) == UMSOAP_STATE);
  CHECK(umsoap_decoder_finish(NULL, &message, &error) == UMSOAP_NULL);
  CHECK(umsoap_decoder_finish(decoder, &message, &error) == UMSOAP_STATE);
  CHECK(umsoap_decoder_value(NULL, 0, out, sizeof out, &n) == UMSOAP_NULL);
  CHECK(umsoap_decoder_value(decoder, 0, out, sizeof out, &n) == UMSOAP_STATE);
  CHECK(umsoap_decoder_refuse(NULL, 11, none, out, sizeof out, &answer) == UMSOAP_NULL);
  CHECK(umsoap_decoder_refuse(decoder, 11, none, out, sizeof out, &answer) == UMSOAP_STATE);
  CHECK(umsoap_decoder_init(decoder, NULL) == UMSOAP_OK);
  CHECK(umsoap_decoder_feed(decoder, NULL, 1) == UMSOAP_NULL && umsoap_decoder_feed(decoder, NULL, 0) == UMSOAP_OK);
  CHECK(umsoap_decoder_feed(decoder, request, length) == UMSOAP_OK);
  CHECK(umsoap_decoder_finish(decoder, NULL, NULL) == UMSOAP_OK);
  /* The decoder may be moved between two calls. */
  umsoap_decoder *moved = malloc(sizeof *moved);
  memcpy(moved, decoder, sizeof *moved);
  memset(decoder, 0, sizeof *decoder);
  CHECK(umsoap_decoder_finish(moved, &message, NULL) == UMSOAP_OK);
  CHECK(is(message.fields[0].data, message.fields[0].length, "MDlk"));
  CHECK((const char *)moved < message.fields[0].data && message.fields[0].data < (const char *)(moved + 1));
  CHECK(umsoap_decoder_value(moved, 0, NULL, 1, &n) == UMSOAP_NULL);
  CHECK(umsoap_decoder_value(moved, 0, out, sizeof out, NULL) == UMSOAP_NULL);
  CHECK(umsoap_decoder_refuse(moved, 11, none, NULL, 1, &answer) == UMSOAP_NULL);
  CHECK(umsoap_decoder_refuse(moved, 11, none, out, sizeof out, NULL) == UMSOAP_NULL);
  CHECK(umsoap_decoder_refuse(moved, 0, none, out, sizeof out, &answer) == UMSOAP_ARGUMENT);
  CHECK(umsoap_decoder_refuse(moved, 11, bad, out, sizeof out, &answer) == UMSOAP_ARGUMENT);
  /* After the end the decoder takes nothing until it is reset. */
  CHECK(umsoap_decoder_reset(moved) == UMSOAP_OK);
  CHECK(umsoap_decoder_feed(moved, request, 10) == UMSOAP_OK && umsoap_decoder_finish(moved, NULL, &error) != UMSOAP_OK);
  CHECK(umsoap_decoder_feed(moved, request + 10, length - 10) == error.result);
  free(moved);
  free(decoder);

  CHECK(umsoap_write(UMSOAP_GET_CALL_INFO, 11, 1, NULL, 1, out, sizeof out, &n) == UMSOAP_NULL);
  CHECK(umsoap_write(UMSOAP_GET_CALL_INFO, 11, 1, &text, 1, NULL, 1, &n) == UMSOAP_NULL);
  CHECK(umsoap_write(UMSOAP_GET_CALL_INFO, 11, 1, &text, 1, out, sizeof out, NULL) == UMSOAP_NULL);
  CHECK(umsoap_write(UMSOAP_GET_CALL_INFO, 11, 1, &text, SIZE_MAX, out, sizeof out, &n) == UMSOAP_NULL);
  umsoap_str many[UMSOAP_FIELDS + 1] = {{0}};
  CHECK(umsoap_write(UMSOAP_GET_CALL_INFO, 11, 1, many, UMSOAP_FIELDS + 1, out, sizeof out, &n) == UMSOAP_ARGUMENT);
  CHECK(umsoap_write(UMSOAP_GET_CALL_INFO, 11, 1, many, 1, out, sizeof out, &n) == UMSOAP_ARGUMENT); /* A value is absent. */
  CHECK(umsoap_write(UMSOAP_GET_CALL_INFO, 11, 1, &text, 0, out, sizeof out, &n) == UMSOAP_ARGUMENT);
  CHECK(umsoap_write(UMSOAP_GET_CALL_INFO, 11, 1, &bad, 1, out, sizeof out, &n) == UMSOAP_ARGUMENT);
  CHECK(umsoap_write(UMSOAP_GET_CALL_INFO, 11, 1, &lost, 1, out, sizeof out, &n) == UMSOAP_ARGUMENT);
  CHECK(umsoap_write(UMSOAP_GET_CALL_INFO, 11, 0, &text, 1, out, sizeof out, &n) == UMSOAP_ARGUMENT);
  CHECK(umsoap_write(UMSOAP_GET_CALL_INFO, 1, 1, &text, 1, out, sizeof out, &n) == UMSOAP_ARGUMENT);
  CHECK(umsoap_write(UMSOAP_SET_OOF_STATUS, 11, 1, &text, 1, out, sizeof out, &n) == UMSOAP_ARGUMENT); /* The text is no boolean. */
  CHECK(umsoap_write(UMSOAP_RESET_PIN, 11, 1, &text, 1, out, sizeof out, &n) == UMSOAP_ARGUMENT);
  CHECK(umsoap_write(UMSOAP_GET_UM_PROPERTIES_RESPONSE, 11, 1, many, 5, out, sizeof out, &n) == UMSOAP_ARGUMENT);
  CHECK(umsoap_write(UMSOAP_NONE, 11, 1, &text, 1, out, sizeof out, &n) == UMSOAP_ARGUMENT);
  CHECK(umsoap_write(UMSOAP_FAULT, 11, 1, &text, 1, out, sizeof out, &n) == UMSOAP_ARGUMENT);
  CHECK(umsoap_write(UMSOAP_OTHER, 11, 1, &text, 1, out, sizeof out, &n) == UMSOAP_ARGUMENT);

  CHECK(umsoap_write_fault(11, 1, text, none, NULL, 1, &answer) == UMSOAP_NULL);
  CHECK(umsoap_write_fault(11, 1, text, none, out, sizeof out, NULL) == UMSOAP_NULL);
  CHECK(umsoap_write_fault(11, 1, none, none, out, sizeof out, &answer) == UMSOAP_ARGUMENT);
  CHECK(umsoap_write_fault(11, 1, bad, none, out, sizeof out, &answer) == UMSOAP_ARGUMENT);
  CHECK(umsoap_write_fault(11, 1, text, bad, out, sizeof out, &answer) == UMSOAP_ARGUMENT);
  CHECK(umsoap_write_fault(13, 1, text, none, out, sizeof out, &answer) == UMSOAP_ARGUMENT);
  CHECK(umsoap_write_fault(11, UMSOAP_CODE_OTHER, text, none, out, sizeof out, &answer) == UMSOAP_ARGUMENT);
  CHECK(umsoap_write_fault(11, 99, text, none, out, sizeof out, &answer) == UMSOAP_ARGUMENT);
  CHECK(umsoap_write_invalid_call_id(11, none, NULL, 1, &answer) == UMSOAP_NULL);
  CHECK(umsoap_write_invalid_call_id(11, none, out, sizeof out, NULL) == UMSOAP_NULL);
  CHECK(umsoap_write_invalid_call_id(10, none, out, sizeof out, &answer) == UMSOAP_ARGUMENT);
  CHECK(umsoap_write_invalid_call_id(11, bad, out, sizeof out, &answer) == UMSOAP_ARGUMENT);

  umsoap_settings settings = {0};
  CHECK(umsoap_options_new(&settings, NULL) == UMSOAP_NULL);
  settings.role = 9;
  made = (umsoap_options *)&settings;
  CHECK(umsoap_options_new(&settings, &made) == UMSOAP_ARGUMENT && made == NULL);
  settings.role = 0;
  settings.understood_count = 1;
  CHECK(umsoap_options_new(&settings, &made) == UMSOAP_NULL && made == NULL);
  settings.understood_count = SIZE_MAX;
  CHECK(umsoap_options_new(&settings, &made) == UMSOAP_NULL);
  umsoap_str pair[2] = {text, none};
  settings.understood = pair;
  settings.understood_count = 1;
  CHECK(umsoap_options_new(&settings, &made) == UMSOAP_ARGUMENT);
  pair[1] = bad;
  CHECK(umsoap_options_new(&settings, &made) == UMSOAP_ARGUMENT);
  settings.understood_count = 0;
  settings.own_uris = &bad;
  settings.own_uris_count = 1;
  CHECK(umsoap_options_new(&settings, &made) == UMSOAP_ARGUMENT);
  settings.own_uris = NULL;
  CHECK(umsoap_options_new(&settings, &made) == UMSOAP_NULL);
  umsoap_options_free(NULL);

  CHECK(umsoap_shapes_parse(NULL, request, length, &message, &error) == UMSOAP_NULL);
  umsoap_shapes *shapes = umsoap_shapes_new();
  CHECK(shapes != NULL && umsoap_shapes_parse(shapes, NULL, 1, &message, &error) == UMSOAP_NULL);
  CHECK(umsoap_shapes_parse(shapes, request, length, NULL, NULL) == UMSOAP_OK);
  umsoap_shapes_free(shapes);
  umsoap_shapes_free(NULL);
}

int main(void) {
  writing();
  header_blocks();
  options();
  names();
  misuse();
  printf("interface: %lu checks\n", checks);
  return 0;
}

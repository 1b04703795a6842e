/* Reads every golden document whole, by shapes and at every cut, and compares with the line of `inspect --json`.
   The first argument is the file of those lines. The second argument is the distance between two cuts, for valgrind. All
   buffers have exactly the size that is used. */
#include "check.h"

static const char HINT_ACTOR[] = "urn:example:test";

/* Returns the value of a key in a line of JSON, without its quotes and escapes; NULL if the line has no such key. Only strings
   and numbers occur. The caller frees it. */
static char *member(const char *line, const char *key) {
  char quoted[64];
  snprintf(quoted, sizeof quoted, "\"%s\":", key);
  const char *at = strstr(line, quoted);
  if (at == NULL) {
    return NULL;
  }
  at += strlen(quoted);
  char *value = malloc(strlen(at) + 1), *to = value;
  if (value == NULL) {
    abort();
  }
  if (*at != '"') {
    while (*at >= '0' && *at <= '9') {
      *to++ = *at++;
    }
  } else {
    for (at++; *at != '"'; at++) {
      if (*at != '\\') {
        *to++ = *at;
        continue;
      }
      at++;
      if (*at == 'u') {
        /* This is a control character, or one that steers a terminal. All are below U+10000. */
        unsigned code = 0;
        CHECK(sscanf(at + 1, "%4x", &code) == 1);
        at += 4;
        if (code < 0x80) {
          *to++ = (char)code;
        } else if (code < 0x800) {
          *to++ = (char)(0xC0 | code >> 6);
          *to++ = (char)(0x80 | (code & 0x3F));
        } else {
          *to++ = (char)(0xE0 | code >> 12);
          *to++ = (char)(0x80 | (code >> 6 & 0x3F));
          *to++ = (char)(0x80 | (code & 0x3F));
        }
      } else {
        *to++ = *at == 'n' ? '\n' : *at == 'r' ? '\r' : *at == 't' ? '\t' : *at;
      }
    }
  }
  *to = 0;
  return value;
}

static void *load(const char *name, size_t *length) {
  FILE *file = fopen(name, "rb");
  CHECK(file != NULL);
  static char whole[1 << 16];
  *length = fread(whole, 1, sizeof whole, file);
  CHECK(*length < sizeof whole && !ferror(file));
  fclose(file);
  return exactly(whole, *length);
}

/* The answer of one way of reading. */
typedef struct {
  umsoap_result result;
  umsoap_message message;
  umsoap_error error;
  /* The values of the fields, from the bytes or by the function that resolves references. */
  char *values[UMSOAP_FIELDS];
} outcome;

static void drop(outcome *read) {
  for (size_t i = 0; i < UMSOAP_FIELDS; i++) {
    free(read->values[i]);
  }
}

/* Returns the value of one field, ended by a zero. It comes from `decoder`, or from the input if that is NULL. */
static char *value(const umsoap_message *message, size_t index, umsoap_decoder *decoder, const void *data,
                   size_t length) {
  size_t needed = 77;
  umsoap_result small = decoder ? umsoap_decoder_value(decoder, index, NULL, 0, &needed)
                                : umsoap_value(data, length, NULL, index, NULL, 0, &needed);
  if (message->fields[index].data == NULL) {
    CHECK(small == UMSOAP_ABSENT);
    return NULL;
  }
  CHECK(small == (needed ? UMSOAP_SMALL : UMSOAP_OK));
  char *out = malloc(needed ? needed : 1);
  size_t again = 0;
  umsoap_result read = decoder ? umsoap_decoder_value(decoder, index, out, needed, &again)
                               : umsoap_value(data, length, NULL, index, out, needed, &again);
  CHECK(read == UMSOAP_OK && again == needed);
  if (message->fields[index].is_value) {
    CHECK(needed == message->fields[index].length && memcmp(out, message->fields[index].data, needed) == 0);
  }
  char *ended = malloc(needed + 1);
  if (ended == NULL || out == NULL) {
    abort();
  }
  memcpy(ended, out, needed);
  ended[needed] = 0;
  free(out);
  return ended;
}

static void values(outcome *read, umsoap_decoder *decoder, const void *data, size_t length) {
  for (size_t i = 0; i < UMSOAP_FIELDS; i++) {
    read->values[i] = read->result == UMSOAP_OK ? value(&read->message, i, decoder, data, length) : NULL;
  }
}

static int same_text(const char *a, const char *b) {
  return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void same(const outcome *one, const outcome *other) {
  CHECK(one->result == other->result);
  if (one->result != UMSOAP_OK) {
    CHECK(one->error.result == one->result && other->error.result == one->result);
    CHECK(one->error.offset == other->error.offset);
    CHECK(one->error.element.data == other->error.element.data);
    CHECK(one->error.version == other->error.version && one->error.http_status == other->error.http_status);
    return;
  }
  const umsoap_message *a = &one->message, *b = &other->message;
  CHECK(a->kind == b->kind && a->version == b->version && a->messages_namespace == b->messages_namespace);
  CHECK(a->fault_code == b->fault_code && a->field_count == b->field_count);
  CHECK(a->operation.length == b->operation.length);
  CHECK(memcmp(a->operation.data, b->operation.data, a->operation.length) == 0);
  for (size_t i = 0; i < UMSOAP_FIELDS; i++) {
    CHECK(same_text(one->values[i], other->values[i]));
    CHECK((a->fields[i].data == NULL) == (b->fields[i].data == NULL) && a->fields[i].is_value == b->fields[i].is_value);
  }
}

/* Compares the keys of `inspect` with the answer that C got. */
static void as_inspected(const char *line, const outcome *read) {
  char *what = member(line, "outcome"), *soap = member(line, "soap");
  CHECK(what != NULL);
  const umsoap_message *message = &read->message;
  if (strcmp(what, "error") == 0) {
    char *kind = member(line, "kind"), *offset = member(line, "offset");
    umsoap_str name = umsoap_result_name(read->result), text = umsoap_result_message(read->result);
    CHECK(read->result != UMSOAP_OK && read->result < 1000 && text.length > 0);
    CHECK(kind != NULL && is(name.data, name.length, kind));
    CHECK(offset != NULL && strtoull(offset, NULL, 10) == read->error.offset);
    unsigned version = soap == NULL ? 0 : strcmp(soap, "1.1") == 0 ? UMSOAP_SOAP_1_1 : UMSOAP_SOAP_1_2;
    CHECK(read->error.version == version);
    CHECK(read->error.http_status == 500 || read->error.http_status == 400);
    free(kind);
    free(offset);
  } else {
    CHECK(read->result == UMSOAP_OK);
    CHECK(soap != NULL && message->version == (strcmp(soap, "1.1") == 0 ? UMSOAP_SOAP_1_1 : UMSOAP_SOAP_1_2));
    char *variant = member(line, "namespace");
    unsigned namespace_number = variant == NULL ? 0 : strcmp(variant, "http") == 0 ? UMSOAP_HTTP : UMSOAP_HTTPS;
    CHECK(message->messages_namespace == namespace_number);
    free(variant);
    char *operation = member(line, "operation");
    if (strcmp(what, "fault") == 0) {
      CHECK(message->kind == UMSOAP_FAULT);
      char *code = member(line, "fault_code"), *reason = member(line, "fault_reason");
      CHECK(code != NULL && same_text(code, read->values[UMSOAP_FAULT_CODE]));
      CHECK(reason != NULL && same_text(reason, read->values[UMSOAP_FAULT_REASON]));
      free(code);
      free(reason);
    } else if (strcmp(what, "other") == 0) {
      /* In the expanded name, the local name follows the namespace name in braces. */
      CHECK(message->kind == UMSOAP_OTHER && operation != NULL);
      const char *brace = strrchr(operation, '}');
      CHECK(is(message->operation.data, message->operation.length, brace ? brace + 1 : operation));
      CHECK((brace == NULL) == (read->values[0] == NULL));
      CHECK(brace == NULL || strncmp(operation + 1, read->values[0], (size_t)(brace - operation - 1)) == 0);
    } else {
      CHECK(operation != NULL && message->kind == umsoap_kind_named(umsoap_str_of(operation)));
      CHECK(is(message->operation.data, message->operation.length, operation));
      CHECK(message->kind >= UMSOAP_DISCONNECT && message->kind % 2 == (strcmp(what, "response") == 0));
      const char *fields = strstr(line, "\"fields\":{");
      CHECK(fields != NULL);
      for (size_t k = 0; k < message->field_count; k++) {
        umsoap_str name = umsoap_field_name(message->kind, k);
        char key[64];
        CHECK(name.length < sizeof key);
        memcpy(key, name.data, name.length);
        key[name.length] = 0;
        char *expected = member(fields, key);
        if (expected == NULL && strcmp(key, "base64FolderID") == 0)
          expected = member(fields, "base64FolderId"); /* the other spelling of the same field */
        CHECK(same_text(expected, read->values[k]));
        free(expected);
      }
    }
    free(operation);
  }
  free(what);
  free(soap);
}

/* Checks the answer to a refusal, from the bytes and from the decoder. */
static void answers(const void *data, size_t length, umsoap_decoder *decoder, const umsoap_error *error) {
  for (unsigned hint = UMSOAP_SOAP_1_1; hint <= UMSOAP_SOAP_1_2; hint++) {
    umsoap_str actor = umsoap_str_of(HINT_ACTOR);
    umsoap_answer answer, other;
    CHECK(umsoap_refuse(data, length, NULL, (uint8_t)hint, actor, NULL, 0, &answer) == UMSOAP_SMALL);
    size_t needed = answer.length;
    char *out = malloc(needed), *again = malloc(needed);
    CHECK(umsoap_refuse(data, length, NULL, (uint8_t)hint, actor, out, needed, &answer) == UMSOAP_OK);
    CHECK(umsoap_refuse(data, length, NULL, (uint8_t)hint, actor, again, needed - 1, &other) == UMSOAP_SMALL);
    CHECK(other.length == needed);
    CHECK(umsoap_decoder_refuse(decoder, (uint8_t)hint, actor, again, needed, &other) == UMSOAP_OK);
    CHECK(answer.length == needed && other.length == needed && memcmp(out, again, needed) == 0);
    CHECK(answer.http_status == other.http_status && answer.version == other.version);
    CHECK(answer.media_type == other.media_type);
    umsoap_message fault;
    CHECK(umsoap_parse(out, needed, NULL, &fault, NULL) == UMSOAP_OK && fault.kind == UMSOAP_FAULT);
    CHECK(fault.version == answer.version);
    umsoap_str name = umsoap_result_name(error->result);
    unsigned version = is(name.data, name.length, "VersionMismatch") ? UMSOAP_SOAP_1_1
                       : error->version                              ? error->version
                                                                     : hint;
    CHECK(answer.version == version);
    CHECK(strcmp(answer.media_type, version == UMSOAP_SOAP_1_1 ? "text/xml; charset=utf-8"
                                                               : "application/soap+xml; charset=utf-8") == 0);
    CHECK(answer.http_status == (version == UMSOAP_SOAP_1_2 && fault.fault_code == UMSOAP_CODE_SENDER ? 400 : 500));
    /* 1.2 has an element for the node; in 1.1 it is the actor. */
    size_t node = version == UMSOAP_SOAP_1_2 ? UMSOAP_FAULT_NODE : UMSOAP_FAULT_ACTOR;
    CHECK(is(fault.fields[node].data, fault.fields[node].length, HINT_ACTOR));
    free(out);
    free(again);
  }
}

int main(int argc, char **argv) {
  CHECK(argc == 2 || argc == 3);
  size_t step = argc == 3 ? strtoul(argv[2], NULL, 10) : 1;
  CHECK(step > 0);
  CHECK(umsoap_check() == UMSOAP_OK);
  FILE *lines = fopen(argv[1], "r");
  CHECK(lines != NULL);
  umsoap_decoder *decoder = malloc(sizeof *decoder);
  umsoap_shapes *shapes = umsoap_shapes_new();
  CHECK(decoder != NULL && shapes != NULL);
  CHECK(umsoap_decoder_init(decoder, NULL) == UMSOAP_OK);
  static char line[1 << 16];
  unsigned long documents = 0, cuts = 0;
  while (fgets(line, sizeof line, lines)) {
    char *file = member(line, "file");
    CHECK(file != NULL);
    size_t length;
    void *data = load(file, &length);
    outcome whole = {0};
    whole.result = umsoap_parse(data, length, NULL, &whole.message, &whole.error);
    values(&whole, NULL, data, length);
    as_inspected(line, &whole);

    /* The message is read twice, since a shape is learned from its first message. */
    for (int round = 0; round < 2; round++) {
      outcome shaped = {0};
      shaped.result = umsoap_shapes_parse(shapes, data, length, &shaped.message, &shaped.error);
      values(&shaped, NULL, data, length);
      same(&whole, &shaped);
      drop(&shaped);
    }

    for (size_t cut = 0; cut <= length; cut += step, cuts++) {
      char *first = exactly(data, cut), *second = exactly((const char *)data + cut, length - cut);
      CHECK(umsoap_decoder_reset(decoder) == UMSOAP_OK);
      umsoap_result fed = umsoap_decoder_feed(decoder, first, cut);
      free(first); /* The decoder has not kept the bytes. */
      if (fed == UMSOAP_OK) {
        fed = umsoap_decoder_feed(decoder, second, length - cut);
      }
      free(second);
      outcome read = {0};
      read.result = umsoap_decoder_finish(decoder, &read.message, &read.error);
      CHECK(fed == UMSOAP_OK || fed == read.result);
      values(&read, decoder, NULL, 0);
      same(&whole, &read);
      drop(&read);
    }
    if (whole.result != UMSOAP_OK) {
      answers(data, length, decoder, &whole.error);
    } else {
      umsoap_answer answer;
      CHECK(umsoap_refuse(data, length, NULL, UMSOAP_SOAP_1_1, umsoap_str_of(NULL), NULL, 0, &answer) == UMSOAP_ARGUMENT);
      CHECK(umsoap_decoder_refuse(decoder, UMSOAP_SOAP_1_1, umsoap_str_of(NULL), NULL, 0, &answer) == UMSOAP_ARGUMENT);
    }
    drop(&whole);
    free(data);
    free(file);
    documents++;
  }
  fclose(lines);
  umsoap_shapes_free(shapes);
  free(decoder);
  CHECK(documents > 250); /* The list was not cut short. */
  printf("golden: %lu documents, %lu cuts, %lu checks\n", documents, cuts, checks);
  return 0;
}

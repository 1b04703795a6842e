/* Reads a message from a file and says what it is, or prints the answer to a bad message. The message comes in pieces, as
 * from a socket.
 *
 *     cc call_id.c $(pkg-config --cflags --libs umsoap) -o call_id && ./call_id message.xml
 */
#include <stdio.h>
#include <umsoap.h>

int main(int argc, char **argv) {
  FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  if (file == NULL || umsoap_check() != UMSOAP_OK) {
    fprintf(stderr, "usage: call_id FILE\n");
    return 2;
  }

  umsoap_decoder decoder; /* It is on the stack, and nothing needs to be freed. */
  if (umsoap_decoder_init(&decoder, NULL) != UMSOAP_OK) {
    return 2;
  }
  char piece[256];
  size_t length;
  while ((length = fread(piece, 1, sizeof piece, file)) > 0) {
    if (umsoap_decoder_feed(&decoder, piece, length) != UMSOAP_OK) {
      break; /* The message is refused at its first bad byte. umsoap_decoder_finish tells the rule. */
    }
  }
  fclose(file);

  umsoap_message message;
  umsoap_error error;
  if (umsoap_decoder_finish(&decoder, &message, &error) == UMSOAP_OK) {
    printf("%.*s, SOAP 1.%d\n", (int)message.operation.length, message.operation.data, message.version - 10);
    for (size_t i = 0; i < message.field_count; i++) {
      umsoap_str name = umsoap_field_name(message.kind, i);
      char value[3072]; /* No text is longer. */
      if (umsoap_decoder_value(&decoder, i, value, sizeof value, &length) == UMSOAP_OK) {
        printf("%.*s = %.*s\n", (int)name.length, name.data, (int)length, value);
      }
    }
    return 0;
  }

  umsoap_str rule = umsoap_result_name(error.result), text = umsoap_result_message(error.result);
  printf("%.*s at byte %llu: %.*s %.*s\n", (int)rule.length, rule.data, (unsigned long long)error.offset, (int)text.length,
         text.data, (int)error.element.length, error.element.data ? error.element.data : "");
  char fault[4096];
  umsoap_answer answer;
  umsoap_str actor = umsoap_str_of("urn:example:gateway");
  if (umsoap_decoder_refuse(&decoder, UMSOAP_SOAP_1_1, actor, fault, sizeof fault, &answer) == UMSOAP_OK) {
    printf("HTTP %d, %s\n%.*s\n", answer.http_status, answer.media_type, (int)answer.length, fault);
  }
  return 1;
}

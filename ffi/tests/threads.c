/* Tests two threads that share options. Each has a decoder and shapes of its own. */
#include "check.h"
#include <pthread.h>

static const char request[] =
    "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Header><t:Id xmlns:t='urn:t' s:mustUnderstand='1'/>"
    "</s:Header><s:Body><GetCallInfo xmlns='http://schemas.microsoft.com/exchange/services/2006/messages'><CallId>a&amp;b"
    "</CallId></GetCallInfo></s:Body></s:Envelope>";

/* The threads must meet, and valgrind must end in some seconds. */
enum { ROUNDS = 2000 };

static void *work(void *shared) {
  const umsoap_options *options = (const umsoap_options *)shared;
  umsoap_decoder decoder;
  umsoap_shapes *shapes = umsoap_shapes_new();
  char *text = (char *)exactly(request, sizeof request - 1);
  size_t failures = shapes == NULL || umsoap_decoder_init(&decoder, options) != UMSOAP_OK;
  for (size_t round = 0; round < ROUNDS && !failures; round++) {
    size_t cut = round % sizeof request, length;
    umsoap_message message;
    char value[16];
    failures += umsoap_parse(text, sizeof request - 1, options, &message, NULL) != UMSOAP_OK;
    failures += umsoap_shapes_parse(shapes, request, sizeof request - 1, NULL, NULL) == UMSOAP_OK; /* Its block is mandatory. */
    failures += umsoap_decoder_reset(&decoder) != UMSOAP_OK;
    failures += umsoap_decoder_feed(&decoder, request, cut) != UMSOAP_OK;
    failures += umsoap_decoder_feed(&decoder, request + cut, sizeof request - 1 - cut) != UMSOAP_OK;
    failures += umsoap_decoder_value(&decoder, 0, value, sizeof value, &length) != UMSOAP_OK || !is(value, length, "a&b");
  }
  umsoap_shapes_free(shapes);
  free(text);
  return failures ? shared : NULL;
}

int main(void) {
  umsoap_str understood[2] = {umsoap_str_of("urn:t"), umsoap_str_of("Id")};
  umsoap_settings settings = {0};
  settings.understood = understood;
  settings.understood_count = 1;
  umsoap_options *options = NULL;
  CHECK(umsoap_options_new(&settings, &options) == UMSOAP_OK);
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) {
    CHECK(pthread_create(&threads[i], NULL, work, options) == 0);
  }
  for (int i = 0; i < 2; i++) {
    void *failed;
    CHECK(pthread_join(threads[i], &failed) == 0 && failed == NULL);
  }
  umsoap_options_free(options);
  printf("threads: %d rounds in each of two\n", ROUNDS);
  return 0;
}

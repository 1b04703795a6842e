/* The test programs share this: a check that counts, and buffers of exactly the size that is used. */
#ifndef CHECK_H
#define CHECK_H

#include "../umsoap.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long checks;

/* Stops at the first check that fails, and prints its place. */
#define CHECK(condition)                                                         \
  do {                                                                           \
    checks++;                                                                    \
    if (!(condition)) {                                                          \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
      exit(1);                                                                   \
    }                                                                            \
  } while (0)

/* Returns a copy whose end valgrind and AddressSanitizer know. */
static void *exactly(const void *bytes, size_t length) {
  void *copy = malloc(length ? length : 1);
  if (copy == NULL) {
    abort();
  }
  if (length) {
    memcpy(copy, bytes, length);
  }
  return copy;
}

static int is(const char *data, size_t length, const char *text) {
  return data != NULL && length == strlen(text) && memcmp(data, text, length) == 0;
}

#endif

/* Gives the library a length of one byte too many. AddressSanitizer must see the read, which happens in Rust. */
#include "check.h"

int main(void) {
  char *text = (char *)exactly("<s:Envelope ", 12);
  umsoap_message message;
  CHECK(umsoap_parse(text, 13, NULL, &message, NULL) != UMSOAP_OK);
  free(text);
  return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Makes what is secret look uninitialised, so that clang's MemorySanitizer ends the program at the first
 * branch or address that depends on it. With an argument a comparison as one must not write it is made: it
 * must end there. */
#include <stdio.h>
#include <string.h>

#include <sanitizer/msan_interface.h>

#include "cryptography/constant_time.h"

static uint8_t secret[256];

static void hide(void) { __msan_poison(secret, sizeof secret); }

/* The answer itself may be known in the end. */
static unsigned known(uint32_t answer) {
  __msan_unpoison(&answer, sizeof answer);
  return answer & 1;
}

static unsigned careless(void) {
  for (size_t i = 1; i < sizeof secret; i++)
    if (secret[i] != secret[0]) return 0;
  return 1;
}

int main(int argc, char **argv) {
  static const uint8_t public[256] = {1};
  uint8_t out[256];
  size_t padding = 0;
  unsigned yes = 0;
  (void)argv;
  memset(secret, 16, sizeof secret);
  hide();
  if (argc > 1) return (int)careless();
  for (size_t len = 16; len <= sizeof secret; len += 16) {
    yes += known(sztp__ct_block_padding(secret, len, &padding));
    yes += known((uint32_t)padding);
  }
  for (size_t wanted = 0; wanted <= sizeof secret; wanted++) {
    yes += known(sztp__ct_pkcs1(secret, sizeof secret, wanted));
    yes += known(sztp__ct_oaep(secret, sizeof secret, public, 32, wanted));
  }
  uint32_t mask = sztp__ct_equal(secret[0], secret[1]);
  sztp__ct_select(mask, secret, public, out, sizeof out);
  sztp__ct_select(mask, public, secret, secret, sizeof secret);
  yes += known(sztp__ct_choose(mask, out[0], secret[0]));
  printf("%u\n", yes);
  return 0;
}

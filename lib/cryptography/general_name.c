/* SPDX-License-Identifier: Apache-2.0 */
/* The form of GeneralNames. */
#include "cryptography/general_name.h"

#include "cryptography/name.h"

static int is_ascii(sztp__span_t s) {
  for (size_t i = 0; i < s.len; i++) {
    if (s.data[i] == 0 || s.data[i] >= 0x80) return 0;
  }
  return 1;
}

/* An address followed by a mask of the same length, ones first. */
static int is_network(sztp__span_t s) {
  size_t half = s.len / 2;
  int ended = 0;
  if (s.len != 8 && s.len != 32) return 0;
  for (size_t i = 0; i < 8 * half; i++) {
    int bit = s.data[half + i / 8] >> (7 - i % 8) & 1;
    if (bit && ended) return 0;
    ended = !bit;
  }
  return 1;
}

/* One GeneralName; in a subtree an IP address comes with its mask. */
int32_t sztp__general_name_check(sztp_ctx_t *ctx, const sztp__tlv_t *name, int in_subtree) {
  int ok = 0;
  switch (name->tag) {
  case SZTP__NAME_OTHER_NAME:
  case SZTP__NAME_X400:
  case SZTP__NAME_EDI_PARTY: ok = 1; break;
  case SZTP__NAME_EMAIL:
  case SZTP__NAME_DNS:
  case SZTP__NAME_URI: ok = is_ascii(name->value); break;
  case SZTP__NAME_DIRECTORY: return sztp__name_check(ctx, name->value);
  case SZTP__NAME_IP:
    ok = in_subtree ? is_network(name->value) : name->value.len == 4 || name->value.len == 16;
    break;
  case SZTP__NAME_REGISTERED_ID: ok = name->value.len > 0; break;
  default: break;
  }
  return ok ? 0
            : sztp__fail(ctx, SZTP_ERR_DER, "cert.name", "a malformed GeneralName, tag 0x%02x", name->tag);
}

int32_t sztp__general_names_check(sztp__der_t contents) {
  sztp__tlv_t name;
  int32_t rc = SZTP_OK;
  do {
    rc = sztp__der_any(&contents, &name);
    if (rc == SZTP_OK) rc = sztp__general_name_check(contents.ctx, &name, 0);
  } while (rc == SZTP_OK && !sztp__der_at_end(&contents));
  return rc;
}

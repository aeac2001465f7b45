/* SPDX-License-Identifier: Apache-2.0 */
/* Extensions read one by one; what they mean is their owners' business. */
#include "cryptography/extension.h"

#include "ground/printable.h"

static int32_t read_one(sztp__der_t *list, sztp__extension_t *out) {
  sztp__der_t sequence;
  sztp__tlv_t tlv;
  out->critical = 0;
  int32_t rc = sztp__der_enter(list, SZTP__DER_SEQUENCE, &sequence);
  if (rc == SZTP_OK) rc = sztp__der_oid(&sequence, &out->oid);
  if (rc == SZTP_OK && sztp__der_peek(&sequence) == SZTP__DER_BOOLEAN)
    rc = sztp__der_boolean(&sequence, &out->critical);
  if (rc == SZTP_OK) rc = sztp__der_expect(&sequence, SZTP__DER_OCTET_STRING, &tlv);
  if (rc == SZTP_OK) rc = sztp__der_finish(&sequence);
  if (rc == SZTP_OK) out->value = sztp__der_inside(&sequence, &tlv);
  return rc;
}

static int32_t refuse_extension(const sztp__der_t *d, int32_t code, const sztp__extension_t *extension,
                                const char *what) {
  char text[SZTP__NAME_SIZE];
  return sztp__fail(d->ctx, code, "extension", "extension %s %s",
                    sztp__der_oid_text(text, sizeof text, extension->oid), what);
}

int32_t sztp__extensions_read(sztp__der_t *field, sztp__extension_fn fn, void *user) {
  sztp__der_t list;
  sztp__extension_t extension;
  sztp__span_t seen[SZTP__EXTENSIONS_MAX];
  size_t count = 0;
  int32_t rc = sztp__der_enter(field, SZTP__DER_SEQUENCE, &list);
  if (rc == SZTP_OK) rc = sztp__der_finish(field);
  if (rc != SZTP_OK) return rc;
  do {
    if (count == SZTP__EXTENSIONS_MAX)
      return sztp__fail(field->ctx, SZTP_ERR_DER, "extension", "more than %d extensions",
                        SZTP__EXTENSIONS_MAX);
    rc = read_one(&list, &extension);
    if (rc != SZTP_OK) return rc;
    for (size_t i = 0; i < count; i++)
      if (sztp__span_equal(extension.oid, seen[i]))
        return refuse_extension(field, SZTP_ERR_DER, &extension, "appears twice");
    seen[count++] = extension.oid;
    rc = fn(user, &extension);
    if (rc != SZTP_OK) return refuse_extension(field, rc, &extension, "is broken");
  } while (!sztp__der_at_end(&list));
  return SZTP_OK;
}

uint8_t sztp__extension_number(sztp__span_t oid) {
  return (uint8_t)(oid.len == 3 && oid.data[0] == 0x55 && oid.data[1] == 0x1d ? oid.data[2] : 0);
}

int32_t sztp__extension_enter(const sztp__extension_t *extension, uint8_t tag, sztp__der_t *inside) {
  sztp__der_t value = extension->value;
  int32_t rc = sztp__der_enter(&value, tag, inside);
  return rc != SZTP_OK ? rc : sztp__der_finish(&value);
}

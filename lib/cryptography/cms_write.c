/* SPDX-License-Identifier: Apache-2.0 */
/* Writes CMS (RFC 5652 3, 5.1) as DER. Failures stick to the buffer, so that only the end looks at them. */
#include "cryptography/cms_write.h"

int32_t sztp__cms_write_content(sztp__buf_t *out, uint32_t type, sztp__span_t content) {
  size_t info = 0;
  size_t tag = 0;
  sztp__der_open(out, SZTP__DER_SEQUENCE, &info);
  sztp__der_put_oid(out, sztp__cms_type_oid(type));
  sztp__der_open(out, SZTP__DER_CONTEXT_CONSTRUCTED, &tag);
  sztp__der_put(out, SZTP__DER_OCTET_STRING, content);
  sztp__der_close(out, tag);
  sztp__der_close(out, info);
  return out->status;
}

void sztp__cms_open_signed(sztp__buf_t *out, uint32_t version, size_t marks[3]) {
  sztp__der_open(out, SZTP__DER_SEQUENCE, &marks[0]);
  sztp__der_put_oid(out, sztp__cms_type_oid(SZTP__CMS_SIGNED));
  sztp__der_open(out, SZTP__DER_CONTEXT_CONSTRUCTED, &marks[1]);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &marks[2]);
  sztp__der_put_small(out, version);
}

void sztp__cms_close_signed(sztp__buf_t *out, const size_t marks[3]) {
  sztp__der_close(out, marks[2]);
  sztp__der_close(out, marks[1]);
  sztp__der_close(out, marks[0]);
}

int32_t sztp__cms_write_bag(sztp__buf_t *out, sztp__span_t certs, sztp__span_t crls) {
  size_t marks[3];
  size_t part = 0;
  sztp__cms_open_signed(out, 1, marks);
  sztp__der_put(out, SZTP__DER_SET, sztp__span(NULL, 0));
  sztp__der_open(out, SZTP__DER_SEQUENCE, &part);
  sztp__der_put_oid(out, sztp__cms_type_oid(SZTP__CMS_DATA));
  sztp__der_close(out, part);
  sztp__der_open(out, SZTP__DER_CONTEXT_CONSTRUCTED, &part);
  sztp__buf_add_span(out, certs);
  sztp__der_close_set_of(out, part);
  if (crls.len > 0) {
    sztp__der_open(out, SZTP__DER_CONTEXT_CONSTRUCTED + 1, &part);
    sztp__buf_add_span(out, crls);
    sztp__der_close_set_of(out, part);
  }
  sztp__der_put(out, SZTP__DER_SET, sztp__span(NULL, 0));
  sztp__cms_close_signed(out, marks);
  return out->status;
}

void sztp__cms_put_issuer_serial(sztp__buf_t *out, const sztp__cert_t *cert) {
  size_t mark = 0;
  sztp__der_open(out, SZTP__DER_SEQUENCE, &mark);
  sztp__buf_add_span(out, cert->issuer);
  sztp__der_put(out, SZTP__DER_INTEGER, cert->serial);
  sztp__der_close(out, mark);
}

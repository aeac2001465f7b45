/* SPDX-License-Identifier: Apache-2.0 */
/* AlgorithmIdentifiers of signatures and encryption, as DER. */
#include "artifacts/put_algorithm.h"

#define OID_MGF1 "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"

void sztp__put_algorithm(sztp__buf_t *out, sztp__span_t oid, int null_parameters) {
  size_t mark = 0;
  sztp__der_open(out, SZTP__DER_SEQUENCE, &mark);
  sztp__der_put_oid(out, oid);
  if (null_parameters) sztp__der_put_null(out);
  sztp__der_close(out, mark);
}

/* RFC 4055 2.1 and 6: a hash has NULL parameters here. */
void sztp__put_hashes(sztp__buf_t *out, uint32_t hash) {
  size_t tag = 0;
  size_t mgf = 0;
  sztp__der_open(out, SZTP__DER_CONTEXT_CONSTRUCTED, &tag);
  sztp__put_algorithm(out, sztp__digest_oid(hash), 1);
  sztp__der_close(out, tag);
  sztp__der_open(out, SZTP__DER_CONTEXT_CONSTRUCTED + 1, &tag);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &mgf);
  sztp__der_put_oid(out, sztp__span_of(OID_MGF1));
  sztp__put_algorithm(out, sztp__digest_oid(hash), 1);
  sztp__der_close(out, mgf);
  sztp__der_close(out, tag);
}

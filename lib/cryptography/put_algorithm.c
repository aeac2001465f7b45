/* SPDX-License-Identifier: Apache-2.0 */
/* AlgorithmIdentifiers of signatures and encryption, as DER. */
#include "cryptography/put_algorithm.h"

#define OID_MGF1 "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"

void sztp__put_algorithm(sztp__buf_t *out, sztp__span_t oid, int null_parameters) {
  size_t mark = 0;
  sztp__der_open(out, SZTP__DER_SEQUENCE, &mark);
  sztp__der_put_oid(out, oid);
  if (null_parameters) sztp__der_put_null(out);
  sztp__der_close(out, mark);
}

void sztp__put_signature_algorithm(sztp__buf_t *out, uint32_t scheme, uint32_t hash) {
  int ec = scheme == SZTP__SIG_ECDSA;
  uint8_t rsa_oid[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b};
  uint8_t ec_oid[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
  uint8_t further = (uint8_t)(hash - SZTP__HASH_SHA256); /* the last arcs follow one another */
  rsa_oid[sizeof rsa_oid - 1] = (uint8_t)(rsa_oid[sizeof rsa_oid - 1] + further);
  ec_oid[sizeof ec_oid - 1] = (uint8_t)(ec_oid[sizeof ec_oid - 1] + further);
  sztp__put_algorithm(out, ec ? sztp__span(ec_oid, sizeof ec_oid) : sztp__span(rsa_oid, sizeof rsa_oid), !ec);
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

/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a certificate, in the words of sztp_inspect(), and whether it may sign. */
#ifndef SZTP_TOOLS_COMMON_CERT_FACTS_H
#define SZTP_TOOLS_COMMON_CERT_FACTS_H

#include <stddef.h>
#include <stdint.h>
#include <sztp/types.h>

typedef struct cert_facts {
  char subject[200], issuer[200];
  char key_usage[200]; /* "" without the extension */
  int is_ca, self_issued;
  int has_purposes; /* it has an extended key usage, */
  int for_servers;  /* which names TLS servers */
  int64_t not_before, not_after;
} cert_facts_t;

/* One certificate, DER. 0, or -1 if it can't be read, which is for the library to refuse. */
int cert_facts_read(sztp_ctx_t *ctx, const uint8_t *cert, size_t len, cert_facts_t *out);

enum { CERT_FAULT_MAX = 500 };

/* 1 if the certificate does not hold at @p now; @p why (CERT_FAULT_MAX octets) is a sentence without its
 * end. */
int cert_facts_out_of_date(const cert_facts_t *f, int64_t now, char *why);
/* 1 if nothing that it signs at @p now is accepted, likewise. */
int cert_facts_no_signer(const cert_facts_t *f, int64_t now, char *why);

#endif

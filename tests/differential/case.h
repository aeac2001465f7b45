/* SPDX-License-Identifier: Apache-2.0 */
/* One case of the differential test: a signed artifact that was made and changed at random, and what it is to
 * be judged with. */
#ifndef SZTP_TESTS_DIFFERENTIAL_CASE_H
#define SZTP_TESTS_DIFFERENTIAL_CASE_H

#include <stddef.h>
#include <stdint.h>
#include <sztp/sztp.h>

#define OCTETS_MAX 65536

typedef struct octets {
  uint8_t data[OCTETS_MAX];
  size_t len;
} octets_t;

typedef struct case_data {
  uint64_t random;  /* state of the generator */
  char story[512];  /* how it was made */
  int is_voucher;   /* else conveyed information with an owner certificate */
  octets_t signed_; /* the artifact under test */
  octets_t bag;     /* owner certificate: more certificates; none for a voucher */
  octets_t anchor;  /* DER: what is trusted */
  int64_t time;     /* Unix seconds, or SZTP_TIME_UNKNOWN */
} case_data_t;

/* What one implementation says: accepted or not, why not, and the content that it took. */
typedef struct opinion {
  int accepted;
  int accepted_as_is;   /* OpenSSL's: all signers and all certificates wanted, as openssl(1) does */
  int32_t code;         /* libsztp's */
  char detail[1024];    /* of the failure */
  const uint8_t *bytes; /* content, borrowed or NULL */
  size_t len;
} opinion_t;

/* make.c: reads the test PKI, and ends the program if it can't. */
void make_begin(const char *pki);
/* Makes the case of this number: the same number gives the same case as long as the PKI is the same. */
void make_case(case_data_t *c, uint64_t seed, uint64_t number);
/* Adds to the story. */
void tell(case_data_t *c, const char *what, const char *more);

/* verify_both.c */
void verify_ours(const case_data_t *c, opinion_t *o);
void verify_theirs(const case_data_t *c, opinion_t *o);

/* explained.c: 1 if it is known why the two differ. Counts how often each reason was met. */
int explained(const opinion_t *ours, const opinion_t *theirs);
/* Prints the reasons that were met. */
void explained_print(void);

#endif

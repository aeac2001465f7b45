/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence as the setting "evidence" of a device has it: asked for with a nonce that counts once, and judged
 * before a certificate is issued. */
#ifndef SZTP_SERVER_EVIDENCE_H
#define SZTP_SERVER_EVIDENCE_H

#include <sztp/attest.h>

#include "maker.h"

/* How often a device may be refused before it is not asked again (ATT-10). */
enum { EVIDENCE_TURNS = 3, EVIDENCE_NONCE = 32 };

/* What was asked of one device last. */
typedef struct evidence_round {
  const char *serial; /* of its setting */
  uint8_t nonce[EVIDENCE_NONCE];
  int open;         /* the nonce was sent, and nothing has come for it */
  unsigned refused; /* requests, since the device began anew */
  artifact_t info;  /* cert-req-info that was sent */
} evidence_round_t;

/* A device begins: what was refused before is forgotten. */
void evidence_begin(maker_t *m, const device_setting_t *d);
/* Puts a cert-req-info with a new nonce, like the certificate @p identity that the device shows in TLS, into
 * the problem's csr-request. 0, or -1 with the problem, which then asks for nothing. */
int evidence_ask(maker_t *m, const device_setting_t *d, sztp__span_t identity, problem_t *p);
/* Judges the evidence of a request. 0; -1 with @p why in one line. Each step is told in the journal. */
int evidence_judge(maker_t *m, const device_setting_t *d, sztp__span_t identity, const artifact_t *csr,
                   char *why, size_t room);
/* Counts a request that was refused: 1 if the device is to be asked again. */
int evidence_refused(maker_t *m, const device_setting_t *d);

/* Reads all files that the setting names. 0, or -1 with the problem. */
int evidence_check(maker_t *m, const device_setting_t *d, problem_t *p);
void evidence_free(maker_t *m);

#endif

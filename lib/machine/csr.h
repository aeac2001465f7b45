/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate signing requests in a session (RFC 9646). What is declared here is always there; the work
 * behind struct sztp__csr_way is linked only into programs that call sztp_device_set_csr(). */
#ifndef SZTP_MACHINE_CSR_H
#define SZTP_MACHINE_CSR_H

#include "exchange/csr.h"
#include "exchange/evidence.h"
#include "machine/shared.h"

#define SZTP__KEY_NAME_TEXT (2 * SZTP__KEY_NAME + 1)

/* How far a visit has come. */
enum { SZTP__CSR_OFFERED = 0, SZTP__CSR_NOT_OFFERED, SZTP__CSR_WANTED, SZTP__CSR_MADE };
/* What is next in CSR_MAKE. */
enum { SZTP__CSR_GENERATE = 0, SZTP__CSR_QUERY, SZTP__CSR_ATTEST, SZTP__CSR_SIGN };

/* The request of a visit; it lives on until the next one, for what is made of its onboarding information. */
typedef struct sztp__csr {
  uint32_t phase;  /* SZTP__CSR_OFFERED and so on */
  uint32_t step;   /* SZTP__CSR_GENERATE and so on */
  uint32_t rounds; /* csr-requests in this visit */
  sztp__csr_offer_t offer;
  sztp__csr_wish_t wish;
  uint8_t name[SZTP__KEY_NAME];
  char key_id[SZTP__KEY_NAME_TEXT]; /* the same as text; "": the identity's key */
  sztp__blob_t spki;                /* of the key that was made */
  uint32_t scheme;                  /* SZTP__SIG_* and SZTP__HASH_*, after the query */
  uint32_t hash;
  sztp__evidence_wish_t evidence; /* that the server asks for */
  size_t stated;                  /* statements of it that were made or left out */
  uint32_t given;                 /* SZTP_EVIDENCE_* of those that were made, */
  sztp__blob_t statements;        /* one after another */
  sztp__blob_t info;              /* CertificationRequestInfo, to be signed */
  sztp__blob_t request;           /* CertificationRequest */
  sztp__blob_t wrapped;           /* of another format, made of it by the host */
} sztp__csr_t;

/* What is linked where it is wanted. */
typedef struct sztp__csr_way {
  sztp__step_fn name_ask, name_hear, make_ask, make_hear, wrap_ask, wrap_hear;
  /* Before a request for bootstrapping data: 0 or SZTP_ERR_MEMORY. */
  sztp__step_fn begin;
  /* Writes what belongs into it; the user is the sztp__csr_t. */
  sztp__write_more_fn write;
  /* A reply to it that is not 200: 1 if the session goes on because of it, 0 if it is as any other, or
   * a failure of the machine. */
  sztp__step_fn heard;
} sztp__csr_way_t;

/* 1 if the device offers requests to the server of the visit. */
int sztp__csr_on(const sztp_session_t *s);
/* 1 if a request was sent in this visit. */
int sztp__csr_was_sent(const sztp_session_t *s);
/* Adds KEY_ID and CSR to the action, if there are any: lent until the next visit; or copied, for who keeps
 * them, without a CSR that has evidence (ATT-12). */
void sztp__csr_lend(sztp_session_t *s);
int32_t sztp__csr_put(sztp_session_t *s);
/* Frees it; sztp__csr_restart() of states.h forgets all but how often one was asked for. */
void sztp__csr_clear(sztp_session_t *s);

/* 1 if a key is to be deleted first: then the session goes to do that, and comes back to @p then. */
int sztp__key_first(sztp_session_t *s, sztp__state_t then);
/* A key's name as text. */
void sztp__key_name(char out[SZTP__KEY_NAME_TEXT], const uint8_t name[SZTP__KEY_NAME]);
/* Asks the owner of keys: the device's key function, or the host by an action. 0: *len octets are in @p out.
 * SZTP_PENDING with a KEY action filled in, or without one: it is not finished. Else why not, SZTP_ERR_KEY
 * for all that is not in its contract. */
int32_t sztp__key_ask(sztp_session_t *s, const sztp_key_request_t *request, uint8_t *out, size_t cap,
                      size_t *len);
/* Why it did not do what was asked, "" if it did not say; until the next thing goes wrong. */
const char *sztp__key_told(const sztp_session_t *s, int32_t rc);

#endif

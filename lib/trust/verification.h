/* SPDX-License-Identifier: Apache-2.0 */
/* What one verification knows so far, and what its steps share. The steps V0 to V16 of the VERIFY group are
 * in step_*.c; verify.c says which are needed, and runs them. */
#ifndef SZTP_TRUST_VERIFICATION_H
#define SZTP_TRUST_VERIFICATION_H

#include "cryptography/cms.h"
#include "cryptography/cose.h"
#include "ground/text.h"
#include "trust/bundle.h"
#include "trust/conveyed.h"
#include "trust/verdict.h"
#include "trust/voucher.h"

/* A reason, and how far whatever failed for it came. */
typedef struct sztp__reason {
  int rank;
  int32_t code;
  int32_t cause;
  char detail[SZTP__SENTENCE_SIZE];
} sztp__reason_t;
typedef struct sztp__container sztp__container_t;

/* What came of the owner certificate's path, which V12 to V14 are about. */
typedef struct sztp__owner_result {
  int judged;
  int32_t rc;
  sztp__reason_t why; /* unless rc is 0 */
  sztp__revocation_t seen;
} sztp__owner_result_t;

/* What was done when a private key was first asked, so that as much can be done whatever came of it. */
typedef struct sztp__asked {
  int any;
  uint8_t made[SZTP__WORK_KINDS]; /* operations up to then, by the kind of key */
  uint8_t pinned;                 /* one was asked when it was known which certificate is pinned, */
  uint8_t unpinned;               /* or before */
  uint64_t hashed;
  uint32_t artifacts; /* bit per SZTP_ARTIFACT_* that was decrypted */
} sztp__asked_t;

/* A certificate that can't be decoded: why, and what names it. */
typedef struct sztp__broken {
  char why[SZTP__SENTENCE_SIZE];
  sztp__cert_t names; /* its der is empty if they can't be read, too */
} sztp__broken_t;

/* What is read often stands in front. */
typedef struct sztp__verification {
  sztp_ctx_t *ctx;
  const sztp_device_t *dev;
  const sztp_bundle_t *bundle;
  sztp_verdict_t *v;
  sztp__clock_t clock;
  uint32_t channel;
  sztp__voucher_t *voucher;
  const sztp__container_t *container; /* what kind of container the voucher is; NULL before V2 */
  const sztp__cert_t *owner;          /* the owner certificate */
  size_t signer;                      /* which signer of the conveyed information it is */
  sztp__cms_t *info_cms;              /* conveyed information */
  sztp__cms_t *owner_cms;
  sztp__cms_t *voucher_cms;
  sztp__cose_t *voucher_cose;
  sztp__cert_t *voucher_certs;
  size_t voucher_cert_count;
  /* certificates of the owner certificate's bag, then those of the conveyed information (D-115) */
  sztp__cert_t *owner_certs;
  size_t bag_count;
  size_t owner_cert_count;
  int pinned_by_key; /* the voucher pins a public key: the certificate that has it becomes the pinned one */
  int info_signed;   /* the conveyed information is signed, or says in clear that it is */
  int opens_any;     /* something is encrypted */
  uint32_t opening;  /* bit per SZTP_ARTIFACT_*: those that V1 is to open now */
  uint32_t outside;  /* and those that it is to look at from outside before */
  const char *artifact;   /* which one failed, for a step that is about several; NULL: the step's */
  sztp__broken_t *broken; /* of the artifact's certificates, the first that can't be decoded; NULL: none */
  uint8_t *info_opened;   /* decrypted, with the CMS above in it; NULL if it was not encrypted */
  uint8_t *owner_opened;
  uint8_t *voucher_opened;
  sztp_key_fn key; /* NULL: none */
  void *key_user;
  sztp__crl_t *voucher_crls; /* VOUCH-19 */
  size_t voucher_crl_count;
  size_t voucher_crls_lost;
  sztp__crl_t *owner_crls; /* of the bag, and those that the host fetched */
  size_t owner_crl_count;
  size_t crls_lost; /* as many could not be decoded */
  sztp__path_memory_t voucher_paths;
  sztp__path_memory_t owner_paths;
  sztp__asked_t asked;
  sztp__owner_result_t owner_result;
  sztp__cert_t pinned;
  char detail[SZTP__PARAGRAPH_SIZE];
  char found[SZTP__PARAGRAPH_SIZE];
  char expected[SZTP__PARAGRAPH_SIZE];
} sztp__verification_t;

/* Failures of the machine, not of the artifacts, and SZTP_PENDING: no verdict then. */
int sztp__verify_fatal(int32_t rc);
/* 1 if the bundle holds SZTP_ARTIFACT_* @p artifact. */
int sztp__verify_has(const sztp__verification_t *r, uint32_t artifact);
int sztp__verify_allow_sha1(const sztp__verification_t *r);

/* show.c: texts for people, which a build that says nothing does without: SZTP__TELL(). "CN=... (SHA-256
 * ...)", and "CN=... by CN=..." as the step's detail. */
void sztp__verify_show_cert(sztp__verification_t *r, char *out, size_t cap, const sztp__cert_t *cert);
/* The highest certificate that leads up from @p leaf by names alone, and who issued it: what stands nearest
 * to the anchor that is missed. */
void sztp__verify_show_top(sztp__verification_t *r, char *out, size_t cap, const sztp__cert_t *leaf,
                           const sztp__cert_t *certs, size_t count);
/* The anchor that is most like what was found: one with the name of the highest certificate or of its issuer,
 * else the first; and how many others there are. */
void sztp__verify_show_anchor(sztp__verification_t *r, char *out, size_t cap, const sztp__certs_t *anchors,
                              const sztp__cert_t *leaf, const sztp__cert_t *certs, size_t count);
void sztp__verify_show_signed_by(sztp__verification_t *r, const sztp__cert_t *leaf,
                                 const sztp__cert_t *anchor);

/* Adds to the step's detail, and tells the log, that lists could not be used: @p why, and @p lost that could
 * not even be decoded (PKIX-17). */
void sztp__verify_show_unused(sztp__verification_t *r, const char *why, size_t lost);
/* Who signed, as the signature has it. */
void sztp__verify_show_signer(char *out, size_t room, const sztp__cms_t *cms);
/* What the owner certificate is to lead to, as r->expected. */
void sztp__verify_show_pinned(sztp__verification_t *r);
/* Two serial numbers that differ, as r->found and r->expected: an invisible character may be the whole
 * difference. */
void sztp__verify_show_serials(sztp__verification_t *r, sztp__span_t found, sztp__span_t expected);

/* Of several candidates, keeps the reason of the one that came furthest. */
void sztp__verify_remember(sztp__verification_t *r, sztp__reason_t *best, int rank, int32_t code);
/* Puts the kept reason back into the trail, under @p code. */
int32_t sztp__verify_fail_with(sztp__verification_t *r, const sztp__reason_t *best, int32_t code,
                               const char *where);

/* What V2 finds a voucher to be, and how the next steps deal with it. */
struct sztp__container {
  /* V3: 0, or the reason of the attempt that came furthest in *best. */
  int32_t (*signature)(sztp__verification_t *r, sztp__reason_t *best);
  /* V4: decodes the document into r->voucher. */
  int32_t (*document)(sztp__verification_t *r);
  void (*close)(sztp__verification_t *r); /* NULL: there is nothing to free */
};

/* Parses @p spans into @p certs, *parsed of them, leaving out those that are broken (PKIX-02); the first of
 * those is kept in r->broken, unless one is there. 0 or SZTP_ERR_MEMORY. */
int32_t sztp__verify_parse_certs(sztp__verification_t *r, const sztp__span_t *spans, size_t count,
                                 sztp__cert_t *certs, size_t *parsed);
/* 1 if the certificate that was left out is one that a signer names. */
int sztp__verify_broken_signer(sztp__verification_t *r, const sztp__cms_t *cms);
/* 1 if the certificate that was left out may have issued one of @p certs. */
int sztp__verify_broken_issuer(const sztp__verification_t *r, const sztp__cert_t *certs, size_t count);
/* Makes the certificate that was left out the cause of the failure @p code, which is returned. */
int32_t sztp__verify_blame_broken(sztp__verification_t *r, int32_t code, const char *where);
int sztp__verify_is_encrypted(const sztp__cms_t *cms);
/* 0 if @p cms is a SignedData with content and signers. */
int32_t sztp__verify_check_signed(sztp__verification_t *r, const sztp__cms_t *cms, const char *where);

/* voucher_signer.c */
/* The path of one candidate for the voucher's signer to the voucher anchors (VOUCH-06). It comes before the
 * signature: what is not signed by anybody known is found out once for each certificate, while signers and
 * the certificates that they name multiply. A failure is remembered in *best with @p rank. */
int32_t sztp__voucher_signer_path(sztp__verification_t *r, const sztp__cert_t *cert, sztp__reason_t *best,
                                  int rank);

/* Refuses @p what, since it belongs to constrained vouchers and those are not enabled; says how they are. */
int32_t sztp__verify_not_constrained(sztp__verification_t *r, const char *what);

/* ---- the steps: 0, or why the artifact is refused ------------------------------------------------ */

/* step_info.c */
int32_t sztp__step_info_format(sztp__verification_t *r);
int32_t sztp__step_artifacts(sztp__verification_t *r);
int32_t sztp__step_info_signature(sztp__verification_t *r);
int32_t sztp__step_info_content(sztp__verification_t *r);
/* Looks at the kind of information that was rejected, for PROG-05: a redirect is never reported. Returns a
 * failure of the machine, else 0. */
int32_t sztp__info_peek_kind(sztp__verification_t *r);
/* Opens the document of the conveyed information, up to its top-level node. */
int32_t sztp__info_peek(sztp__verification_t *r, uint32_t *kind);
/* Verifies one signer's signature over the conveyed information with the key of @p owner. */
int32_t sztp__info_verify(sztp__verification_t *r, size_t signer, const sztp__cert_t *owner);

/* encrypted.c */
/* Where the outer CMS of SZTP_ARTIFACT_* is kept. */
sztp__cms_t **sztp__verify_outer(sztp__verification_t *r, uint32_t artifact);
/* The bits of @p artifacts that are encrypted, in *out. 0 or a failure of the machine. */
int32_t sztp__verify_encrypted(sztp__verification_t *r, uint32_t artifacts, uint32_t *out);

/* step_open.c */
/* Opens those of r->opening, all of which are encrypted (sztp__verify_encrypted()), after having seen whether
 * they and those of r->outside could be. */
int32_t sztp__step_decryption(sztp__verification_t *r);
/* After a refusal: if a private key was asked, does as much work as if everything that came out had been
 * judged (ENC-13). 0 or a failure of the machine. */
int32_t sztp__verify_as_much(sztp__verification_t *r);
#define SZTP__ARTIFACT_BIT(artifact) ((uint32_t)1 << (artifact))
/* 1 if unsigned information would be relied on: an authenticated server, and no policy against it. */
int sztp__verify_channel_trusted(const sztp__verification_t *r);
/* The SZTP__CMS_* type that encrypted information is said to hold; OTHER if that can't be read. 0 or a
 * failure of the machine. */
int32_t sztp__verify_declared(sztp__verification_t *r, uint32_t *type);

/* step_voucher.c */
int32_t sztp__step_voucher_format(sztp__verification_t *r);
int32_t sztp__step_voucher_signature(sztp__verification_t *r);
int32_t sztp__step_voucher_content(sztp__verification_t *r);
int32_t sztp__step_voucher_dates(sztp__verification_t *r);
int32_t sztp__step_voucher_assertion(sztp__verification_t *r);
int32_t sztp__step_voucher_serial(sztp__verification_t *r);
int32_t sztp__step_voucher_issuer(sztp__verification_t *r);
int32_t sztp__step_voucher_nonce(sztp__verification_t *r);
int32_t sztp__step_pinned_cert(sztp__verification_t *r);

/* pinned_key.c (VOUCH-17), for V10 and V13 */
int32_t sztp__pinned_key_take(sztp__verification_t *r);
/* Where the voucher pins a key: makes @p owner the pinned certificate if it has it, else
 * SZTP_ERR_PKIX_NO_PATH. Else nothing. */
int32_t sztp__pinned_key_match(sztp__verification_t *r, const sztp__cert_t *owner);

/* step_voucher_cms.c; step_voucher_cose.c, which can be left out of a build */
int32_t sztp__step_voucher_cms_format(sztp__verification_t *r, sztp__span_t raw);
int32_t sztp__step_voucher_cose_format(sztp__verification_t *r, sztp__span_t raw);

/* step_owner.c */
/* SZTP__CRLS_* for the owner certificate's path: what voucher and policy say (VERIFY-08 to -10). */
uint32_t sztp__owner_revocation(const sztp__verification_t *r);
int32_t sztp__step_owner_format(sztp__verification_t *r);
int32_t sztp__step_owner_signer(sztp__verification_t *r);
int32_t sztp__step_owner_chain(sztp__verification_t *r);
int32_t sztp__step_revocation(sztp__verification_t *r);

#endif

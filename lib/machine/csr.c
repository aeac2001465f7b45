/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate signing requests (RFC 9646): offered to a server that was authenticated, made as it asks, and
 * sent. Of a key nothing is known here but its name, which is kept before the key is made. */
#include "machine/csr.h"

#include "cryptography/key_kind.h"
#include "cryptography/key_request.h"
#include "cryptography/p10.h"
#include "ground/format.h"
#include "ground/printable.h"
#include "machine/event.h"
#include "machine/evidence.h"

#define ROUNDS      3    /* csr-requests of one visit (D-154) */
#define KEY_ROOM    1024 /* octets of a SubjectPublicKeyInfo, of a signature */
#define RSA_LEAST   2048
#define ABLE_OCTETS 8

/* The visit's address does not do: what was made is undone there. */
static int32_t give_visit_up(sztp_session_t *s, int32_t code, const char *why) {
  char text[SZTP__SENTENCE_SIZE];
  char host[SZTP__NAME_SIZE];
  (void)sztp__sentence(text, sizeof text, "%s: certificate signing request: %s",
                       sztp__printable(host, sizeof host, s->visit.host), why);
  sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SERVER, "%s", text);
  sztp__event(s, SZTP_EVENT_SERVER, code, text);
  sztp__goto(s, SZTP__ST_ADDRESS);
  return SZTP_OK;
}

/* The same for what a function failed at; what may pass is handed on. */
static int32_t failed_at(sztp_session_t *s, int32_t rc) {
  char why[SZTP__PHRASE_SIZE];
  if (rc == SZTP_ERR_MEMORY || rc == SZTP_ERR_CRYPTO || rc == SZTP_ERR_RANDOM) return rc;
  (void)sztp__sentence(why, sizeof why, "%s", sztp__trail_detail(s->ctx));
  return give_visit_up(s, rc == SZTP_ERR_LIMIT ? rc : SZTP_ERR_CSR_REFUSED, why);
}

/* ---- what is said to the server ------------------------------------------------------------------ */

static int32_t csr_begin(sztp_session_t *s) {
  if (s->csr == NULL) s->csr = sztp__alloc(s->ctx, sizeof *s->csr);
  if (s->csr == NULL) return SZTP_ERR_MEMORY;
  s->csr->offer.formats = s->dev->csr_formats;
  s->csr->offer.algorithms = s->dev->csr_algorithms;
  return SZTP_OK;
}

static void csr_write(const void *user, sztp__yang_writer_t *w) {
  const sztp__csr_t *csr = user;
  if (csr->phase == SZTP__CSR_OFFERED) sztp__csr_write_support(w, &csr->offer);
  if (csr->phase == SZTP__CSR_MADE)
    sztp__csr_write_request(w, csr->wish.format,
                            sztp__blob_span(csr->wrapped.data != NULL ? &csr->wrapped : &csr->request));
}

/* CSR-27: a server that does not know the module refuses the request for it. */
static int may_ask_without(const sztp_session_t *s) {
  return s->csr->phase == SZTP__CSR_OFFERED && !sztp__policy(s->dev, SZTP_POLICY_CSR_REQUIRED);
}

static const sztp__cert_t *identity(const sztp_session_t *s) {
  return &s->dev->certs[SZTP_CERT_IDENTITY].v[0];
}

/* CSR-15, D-152: whether a request can be made of cert-req-info, before a key is. */
static int32_t check_info(sztp_session_t *s, const sztp__csr_wish_t *wish, sztp__evidence_wish_t *evidence) {
  sztp__p10_t asked;
  memset(evidence, 0, sizeof *evidence);
  if (wish->info.data == NULL) return SZTP_OK;
  int32_t rc = sztp__p10_info_read(s->ctx, sztp__blob_span(&wish->info), &asked);
  if (rc < 0) return rc;
  if (wish->algorithm != 0 && sztp__key_kind_of(&asked.key) != wish->algorithm)
    return sztp__fail(s->ctx, SZTP_ERR_CSR_REFUSED, "csr",
                      "cert-req-info is about a key of another algorithm than %s, which is selected",
                      sztp__key_kind_name(wish->algorithm));
  if (wish->algorithm == 0 && !sztp__span_equal(asked.spki, identity(s)->spki))
    return sztp__fail(s->ctx, SZTP_ERR_CSR_REFUSED, "csr",
                      "cert-req-info has a key that is not the identity's, and no new one is wanted");
  return sztp__evidence_find(s->ctx, asked.attributes, evidence);
}

static int32_t take_wish(sztp_session_t *s, const sztp__csr_wish_t *wish,
                         const sztp__evidence_wish_t *evidence) {
  sztp__csr_t *csr = s->csr;
  sztp__csr_restart(s);
  csr->wish = *wish;
  csr->evidence = *evidence;
  csr->phase = SZTP__CSR_WANTED;
  csr->rounds++;
  sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_SERVER, "the server asks for a certificate signing request%s%s",
            wish->algorithm != 0 ? " with a new key: " : " with the identity's key",
            sztp__key_kind_name(wish->algorithm));
  sztp__goto(s, SZTP__ST_CSR_NAME);
  return 1;
}

/* D-150, D-173: which statuses may ask. */
static int32_t csr_heard(sztp_session_t *s) {
  sztp__csr_wish_t wish;
  sztp__evidence_wish_t evidence;
  uint64_t status = s->reply.status;
  sztp__csr_t *csr = s->csr;
  if (status < 400 || status > 499 || csr == NULL || csr->phase == SZTP__CSR_NOT_OFFERED) return 0;
  sztp__trail_clear(s->ctx);
  int32_t rc = csr->phase == SZTP__CSR_OFFERED && status != 400
                   ? SZTP_ERR_NOT_FOUND
                   : sztp__csr_request_read(s->ctx, sztp__buf_span(&s->reply.body), &csr->offer, &wish);
  int32_t found = rc;
  if (found == SZTP_OK && csr->rounds >= ROUNDS)
    rc = sztp__fail(s->ctx, SZTP_ERR_CSR_REFUSED, "csr", "the server asked for another one again and again");
  if (rc == SZTP_OK) rc = check_info(s, &wish, &evidence);
  if (rc == SZTP_OK) return take_wish(s, &wish, &evidence);
  if (found == SZTP_OK) sztp__csr_wish_free(s->ctx, &wish);
  if (rc != SZTP_ERR_NOT_FOUND) {
    rc = failed_at(s, rc);
    return rc < 0 ? rc : 1;
  }
  if (!may_ask_without(s)) return 0;
  csr->phase = SZTP__CSR_NOT_OFFERED;
  sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_SERVER,
            "the server answered %u; the same again without csr-support", (unsigned)status);
  sztp__goto(s, SZTP__ST_DATA);
  return 1;
}

/* ---- the key's name ------------------------------------------------------------------------------ */

static sztp__saved_t with_name(const sztp_session_t *s) {
  sztp__saved_t saved = s->kept.saved;
  memcpy(saved.key, s->csr->name, sizeof saved.key);
  saved.has_key = 1;
  return saved;
}

static int32_t csr_name_ask(sztp_session_t *s) {
  if (sztp__key_first(s, SZTP__ST_CSR_NAME)) return SZTP_OK; /* of the request before (CSR-19) */
  if (s->csr->wish.algorithm == 0) {
    s->csr->step = SZTP__CSR_QUERY;
    sztp__goto(s, SZTP__ST_CSR_MAKE);
    return SZTP_OK;
  }
  if (s->kept.saved.has_key)
    return give_visit_up(s, SZTP_ERR_CSR_REFUSED,
                         SZTP__WORDS("an earlier key can't be deleted, so that none is made"));
  int32_t rc = sztp__random(s->ctx, s->csr->name, sizeof s->csr->name);
  if (rc < 0) return rc;
  sztp__saved_t saved = with_name(s);
  return sztp__ask_save(s, &saved);
}

static int32_t csr_name_hear(sztp_session_t *s) {
  sztp__saved_t saved = with_name(s);
  if (!sztp__heard_save(s, &saved))
    return give_visit_up(s, SZTP_ERR_HOST, SZTP__WORDS("the device could not store the name of the key"));
  sztp__key_name(s->csr->key_id, s->csr->name);
  s->csr->step = SZTP__CSR_GENERATE;
  sztp__goto(s, SZTP__ST_CSR_MAKE);
  return SZTP_OK;
}

/* ---- the key ------------------------------------------------------------------------------------- */

static sztp__span_t spki_of(const sztp_session_t *s) {
  return s->csr->wish.algorithm != 0 ? sztp__blob_span(&s->csr->spki) : identity(s)->spki;
}

/* Nothing but which key is meant. */
static void begin_request(const sztp_session_t *s, sztp_key_request_t *request) {
  memset(request, 0, sizeof *request);
  if (s->csr->wish.algorithm != 0)
    request->key_id = sztp__span_of(s->csr->key_id);
  else
    request->cert = identity(s)->der;
}

/* CSR-12, CSR-33: the key store has made what was asked for. */
static int32_t take_new_key(sztp_session_t *s, sztp__span_t spki) {
  sztp__keyinfo_t key;
  sztp__csr_t *csr = s->csr;
  int32_t rc = sztp__key_info(s->ctx, spki, &key);
  if (rc == SZTP_ERR_DER)
    return give_visit_up(s, SZTP_ERR_KEY, SZTP__WORDS("the key store gave no public key"));
  if (rc < 0) return rc;
  if (sztp__key_kind_of(&key) != csr->wish.algorithm || (key.type == SZTP__KEY_RSA && key.bits < RSA_LEAST))
    return give_visit_up(s, SZTP_ERR_KEY,
                         SZTP__WORDS("the key store made another key than it was asked for"));
  rc = sztp__blob_set(s->ctx, &csr->spki, spki);
  if (rc < 0) return rc;
  csr->step = SZTP__CSR_QUERY;
  sztp__goto(s, SZTP__ST_CSR_MAKE);
  return SZTP_OK;
}

/* A hash that the key signs with; SZTP__HASH_NONE if there is none. @p able of SHA-256 first, the others
 * follow it.
 */
static uint32_t choose_hash(uint64_t able, uint32_t wanted) {
  static const uint32_t hashes[] = {SZTP__HASH_SHA256, SZTP__HASH_SHA384, SZTP__HASH_SHA512};
  uint32_t found = SZTP__HASH_NONE;
  for (size_t i = 3; i > 0; i--)
    if ((able >> (i - 1) & 1) != 0 && found != wanted) found = hashes[i - 1];
  return found;
}

/* CSR-31 */
static int32_t take_abilities(sztp_session_t *s, uint64_t able) {
  sztp__keyinfo_t key;
  sztp__csr_t *csr = s->csr;
  int32_t rc = sztp__key_info(s->ctx, spki_of(s), &key);
  if (rc < 0) return rc;
  if (key.type == SZTP__KEY_EC) {
    uint32_t wanted = key.curve == SZTP__CURVE_P384   ? SZTP__HASH_SHA384
                      : key.curve == SZTP__CURVE_P521 ? SZTP__HASH_SHA512
                                                      : SZTP__HASH_SHA256;
    csr->scheme = SZTP__SIG_ECDSA;
    csr->hash = choose_hash(able, wanted);
  } else if (key.type == SZTP__KEY_RSA && !key.pss_only) {
    csr->scheme = SZTP__SIG_RSA_PKCS1;
    csr->hash = choose_hash(able / SZTP_ABLE_RSA_PKCS1_SHA256, SZTP__HASH_SHA256);
  }
  if (csr->hash == SZTP__HASH_NONE)
    return give_visit_up(s, SZTP_ERR_CSR_REFUSED,
                         SZTP__WORDS("the key can't make a signature that requests may have"));
  csr->step = SZTP__CSR_ATTEST;
  sztp__goto(s, SZTP__ST_CSR_MAKE);
  return SZTP_OK;
}

/* ---- the request --------------------------------------------------------------------------------- */

/* CSR-16, D-153: without cert-req-info the identity certificate is the pattern. */
static int32_t put_info_like_identity(sztp_session_t *s, sztp__buf_t *info) {
  const sztp__cert_t *like = identity(s);
  sztp__buf_t attributes;
  sztp__buf_init(&attributes, s->ctx, SZTP__CSR_INFO_MAX);
  if (like->subject_alt_name.data != NULL) (void)sztp__p10_put_names(&attributes, like->subject_alt_name);
  int32_t rc = attributes.status;
  if (rc == SZTP_OK) rc = sztp__p10_put_info(info, like->subject, spki_of(s), sztp__buf_span(&attributes));
  sztp__buf_clear(&attributes);
  return rc;
}

/* ATT-06: with evidence in the place of what asks for it. */
static int32_t put_info_with_evidence(sztp_session_t *s, const sztp__p10_t *asked, sztp__buf_t *info) {
  sztp__buf_t attributes;
  sztp__der_t d;
  sztp__tlv_t all;
  sztp__buf_init(&attributes, s->ctx, SZTP__CSR_MAX);
  int32_t rc = sztp__evidence_write(s, asked->attributes, &attributes);
  sztp__der_init(&d, s->ctx, sztp__buf_span(&attributes));
  if (rc == SZTP_OK) rc = sztp__der_any(&d, &all);
  if (rc == SZTP_OK) rc = sztp__p10_put_info(info, asked->subject, spki_of(s), all.value);
  sztp__buf_clear(&attributes);
  return rc;
}

/* CSR-14, D-152: all but the key is as the server says. */
static int32_t put_info_as_asked(sztp_session_t *s, sztp__buf_t *info) {
  sztp__p10_t asked;
  int32_t rc = sztp__p10_info_read(s->ctx, sztp__blob_span(&s->csr->wish.info), &asked);
  if (rc < 0) return rc;
  if (s->csr->evidence.attribute.data != NULL) return put_info_with_evidence(s, &asked, info);
  return sztp__p10_put_info(info, asked.subject, spki_of(s), asked.attributes);
}

static int32_t make_info(sztp_session_t *s) {
  sztp__buf_t info;
  sztp__csr_t *csr = s->csr;
  if (csr->info.data != NULL) return SZTP_OK;
  sztp__buf_init(&info, s->ctx, SZTP__CSR_MAX);
  int32_t rc = csr->wish.info.data != NULL ? put_info_as_asked(s, &info) : put_info_like_identity(s, &info);
  if (rc == SZTP_OK) rc = sztp__buf_take(&info, &csr->info.data, &csr->info.len);
  sztp__buf_clear(&info);
  return rc;
}

/* CSR-17, CSR-32: what does not verify is not sent. */
static int32_t take_csr_signature(sztp_session_t *s, sztp__span_t signature) {
  sztp__csr_t *csr = s->csr;
  sztp__buf_t request;
  sztp__p10_t made;
  sztp__buf_init(&request, s->ctx, SZTP__CSR_MAX);
  int32_t rc = sztp__p10_put(&request, sztp__blob_span(&csr->info), csr->scheme, csr->hash, signature);
  if (rc == SZTP_OK) rc = sztp__p10_read(s->ctx, sztp__buf_span(&request), &made);
  if (rc == SZTP_OK) rc = sztp__p10_verify(s->ctx, &made);
  if (rc == SZTP_OK) rc = sztp__blob_set(s->ctx, &csr->request, sztp__buf_span(&request));
  sztp__buf_clear(&request);
  if (rc == SZTP_ERR_CMS_SIGNATURE_INVALID)
    return give_visit_up(s, SZTP_ERR_KEY,
                         SZTP__WORDS("the signature is not by the key in it; it is not sent"));
  if (rc < 0) return failed_at(s, rc);
  csr->phase = SZTP__CSR_MADE;
  sztp__evidence_tell(s);
  sztp__goto(s, csr->wish.format == SZTP_CSR_P10 ? SZTP__ST_DATA : SZTP__ST_CSR_WRAP);
  return SZTP_OK;
}

/* Octets of a signature with the key. */
static size_t csr_signature_len(const sztp__keyinfo_t *key) {
  size_t octets = ((size_t)key->bits + 7) / 8;
  return key->type == SZTP__KEY_EC ? 2 * octets : octets;
}

/* ---- one step after another ---------------------------------------------------------------------- */

static int32_t fill_request(sztp_session_t *s, sztp_key_request_t *request, uint8_t digest[SZTP__HASH_MAX],
                            size_t *wanted) {
  sztp__csr_t *csr = s->csr;
  sztp__keyinfo_t key;
  size_t len = 0;
  begin_request(s, request);
  *wanted = KEY_ROOM;
  switch (csr->step) {
  case SZTP__CSR_GENERATE:
    request->operation = SZTP_KEY_OP_GENERATE;
    request->algorithm = sztp__key_kind_identifier(csr->wish.algorithm);
    return SZTP_OK;
  case SZTP__CSR_QUERY:
    request->operation = SZTP_KEY_OP_QUERY;
    *wanted = ABLE_OCTETS;
    return SZTP_OK;
  default: break;
  }
  int32_t rc = make_info(s);
  if (rc == SZTP_OK) rc = sztp__key_info(s->ctx, spki_of(s), &key);
  if (rc == SZTP_OK) rc = sztp__hash_once(s->ctx, csr->hash, sztp__blob_span(&csr->info), digest, &len);
  if (rc < 0) return rc;
  request->operation = csr->scheme == SZTP__SIG_ECDSA ? SZTP_KEY_OP_SIGN_ECDSA : SZTP_KEY_OP_SIGN_RSA_PKCS1;
  request->hash = sztp__key_hash(csr->hash);
  request->input = sztp__span(digest, len);
  *wanted = csr_signature_len(&key);
  return *wanted <= KEY_ROOM ? SZTP_OK : sztp__fail(s->ctx, SZTP_ERR_LIMIT, "csr", "the key is too large");
}

/* A key store that does not know the question is taken to sign with any of the hashes. */
static int32_t take_answer(sztp_session_t *s, int32_t rc, sztp__span_t answer) {
  uint64_t able = 0;
  char why[SZTP__PHRASE_SIZE];
  static const char *const doing[] = {"make the key", "say what the key can do", "make evidence",
                                      "sign the request"};
  uint32_t step = s->csr->step;
  if (step == SZTP__CSR_QUERY && rc == SZTP_ERR_UNSUPPORTED) return take_abilities(s, UINT64_MAX);
  if (rc != SZTP_OK) {
    const char *told = sztp__key_told(s, rc);
    (void)sztp__sentence(why, sizeof why, "the key store can't %s%s%s", doing[step],
                         *told != '\0' ? ": " : "", told);
    return give_visit_up(s, SZTP_ERR_KEY, why);
  }
  switch (step) {
  case SZTP__CSR_GENERATE: return take_new_key(s, answer);
  case SZTP__CSR_QUERY:
    for (size_t i = 0; i < answer.len; i++) able = able << 8 | answer.data[i];
    return take_abilities(s, able);
  default: return take_csr_signature(s, answer);
  }
}

static int32_t csr_make_ask(sztp_session_t *s) {
  sztp_key_request_t request;
  uint8_t digest[SZTP__HASH_MAX];
  uint8_t out[KEY_ROOM];
  size_t wanted = 0;
  size_t len = 0;
  if (s->csr->step == SZTP__CSR_ATTEST) {
    begin_request(s, &request);
    return sztp__evidence_ask(s, &request);
  }
  sztp__trail_clear(s->ctx);
  int32_t rc = fill_request(s, &request, digest, &wanted);
  if (rc < 0) return failed_at(s, rc);
  rc = sztp__key_ask(s, &request, out, wanted, &len);
  if (rc == SZTP_ERR_MEMORY) return rc;
  if (rc == SZTP_PENDING) return s->action.kind != 0 ? SZTP_OK : rc;
  if (rc == SZTP_OK && s->csr->step != SZTP__CSR_GENERATE && len != wanted) rc = SZTP_ERR_KEY;
  return take_answer(s, rc, sztp__span(out, len));
}

/* NOTHING says that there is no such key, FAILED all else: of the query, that it is not known. */
static int32_t csr_make_hear(sztp_session_t *s) {
  sztp__span_t answer = sztp__blob_span(&s->reply.data);
  int64_t wanted = 0;
  if (s->csr->step == SZTP__CSR_ATTEST) return sztp__evidence_hear(s);
  int32_t rc = sztp__reply_ok(s) ? SZTP_OK : SZTP_ERR_KEY;
  (void)sztp_action_i64(&s->action, SZTP_F_LIMIT, 0, &wanted);
  if (s->reply.outcome == SZTP_OUTCOME_NOTHING) rc = SZTP_ERR_NOT_FOUND;
  if (rc == SZTP_ERR_KEY && s->csr->step == SZTP__CSR_QUERY) rc = SZTP_ERR_UNSUPPORTED;
  if (rc == SZTP_OK && s->csr->step != SZTP__CSR_GENERATE && answer.len != (uint64_t)wanted)
    rc = SZTP_ERR_KEY;
  sztp__trail_clear(s->ctx);
  return take_answer(s, rc, answer);
}

/* ---- other formats ------------------------------------------------------------------------------- */

static int32_t csr_wrap_ask(sztp_session_t *s) {
  sztp__action_begin(&s->action, SZTP_ACTION_CSR);
  sztp__action_put_u64(&s->action, SZTP_F_FORMAT, s->csr->wish.format);
  sztp__csr_lend(s);
  sztp__action_put_u64(&s->action, SZTP_F_LIMIT, SZTP__CSR_MAX);
  return SZTP_OK;
}

static int32_t csr_wrap_hear(sztp_session_t *s) {
  if (!sztp__reply_ok(s) || s->reply.data.len == 0)
    return give_visit_up(s, SZTP_ERR_HOST,
                         "the device could not make one of the format that the server wants");
  s->csr->wrapped = sztp__blob_take(&s->reply.data);
  sztp__goto(s, SZTP__ST_DATA);
  return SZTP_OK;
}

/* ---- on and off ---------------------------------------------------------------------------------- */

static const sztp__csr_way_t the_way = {csr_name_ask,  csr_name_hear, csr_make_ask,
                                        csr_make_hear, csr_wrap_ask,  csr_wrap_hear,
                                        csr_begin,     csr_write,     csr_heard};

int32_t sztp_device_set_csr(sztp_device_t *dev, uint32_t formats, uint32_t algorithms) {
  const uint32_t all_formats = SZTP_CSR_P10 | SZTP_CSR_CMC | SZTP_CSR_CMP;
  const uint32_t all_algorithms =
      SZTP_ALGORITHM_P256 | SZTP_ALGORITHM_P384 | SZTP_ALGORITHM_P521 | SZTP_ALGORITHM_RSA;
  if (dev == NULL) return SZTP_ERR_ARG;
  int32_t rc = sztp__device_may_set(dev);
  if (rc < 0) return rc;
  if ((formats & ~all_formats) != 0 || (algorithms & ~all_algorithms) != 0)
    return sztp__fail(dev->ctx, SZTP_ERR_ARG, "device.csr", "an unknown format or algorithm");
  if (formats == 0 && algorithms != 0)
    return sztp__fail(dev->ctx, SZTP_ERR_ARG, "device.csr", "algorithms, but no format of requests");
  dev->csr = formats != 0 ? &the_way : NULL;
  dev->csr_formats = (uint8_t)formats;
  dev->csr_algorithms = (uint8_t)algorithms;
  return SZTP_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "artifact.h"

#include <time.h>

#include "artifacts/signer.h"
#include "common/testing.h"
#include "cryptography/cms_write.h"
#include "formats/armor.h"
#include "formats/yang_write.h"
#include "ground/text.h"

sztp_ctx_t *artifact_ctx(void) {
  static sztp_ctx_t *ctx;
  if (ctx == NULL) assert_int_equal(sztp_ctx_new(NULL, &ctx), SZTP_OK);
  return ctx;
}

/* What tests borrow until the program ends stays reachable. */
static void keep(void *p) {
  static void *kept[4096];
  static size_t count;
  assert_true(count < TEST_COUNT_OF(kept));
  kept[count++] = p;
}

sztp__blob_t artifact_conveyed(const char *document, const char *signer_name) {
  return artifact_conveyed_as(document, signer_name,
                              document[0] == '<' ? SZTP__CMS_CONVEYED_XML : SZTP__CMS_CONVEYED_JSON);
}

sztp__blob_t artifact_conveyed_as(const char *document, const char *signer_name, uint32_t type) {
  sztp__buf_t out;
  sztp__blob_t blob = {NULL, 0};
  sztp__buf_init(&out, artifact_ctx(), 1 << 24);
  if (signer_name == NULL) {
    assert_int_equal(sztp__cms_write_content(&out, type, sztp__span_of(document)), SZTP_OK);
  } else {
    sztp_signer_t *signer = pki_signer(artifact_ctx(), signer_name, NULL);
    assert_int_equal(sztp__signed_data_write(signer, type, sztp__span_of(document), &out), SZTP_OK);
    sztp_signer_free(signer);
  }
  assert_int_equal(sztp__buf_take(&out, &blob.data, &blob.len), SZTP_OK);
  keep(blob.data);
  return blob;
}

sztp__blob_t artifact_in_ber(sztp__blob_t der) {
  sztp__buf_t out;
  sztp__blob_t ber = {NULL, 0};
  assert_memory_equal(der.data, "\x30\x82", 2);
  sztp__buf_init(&out, artifact_ctx(), der.len);
  sztp__buf_add(&out, "\x30\x80", 2);
  sztp__buf_add(&out, der.data + 4, der.len - 4);
  sztp__buf_add(&out, "\0", 2);
  assert_int_equal(sztp__buf_take(&out, &ber.data, &ber.len), SZTP_OK);
  keep(ber.data);
  return ber;
}

sztp__blob_t artifact_encrypt(sztp__blob_t artifact, const char *recipient) {
  char file[64];
  sztp__blob_t sealed = {NULL, 0};
  sztp_envelope_t *envelope = NULL;
  (void)snprintf(file, sizeof file, "%s.pem", recipient);
  sztp__blob_t cert = pki_file(file);
  assert_int_equal(sztp_envelope_new(artifact_ctx(), &envelope), SZTP_OK);
  assert_int_equal(sztp_envelope_add(envelope, cert.data, cert.len), SZTP_OK);
  assert_int_equal(sztp_envelope_make(envelope, artifact.data, artifact.len, &sealed.data, &sealed.len),
                   SZTP_OK);
  sztp_envelope_free(envelope);
  free(cert.data);
  keep(sealed.data);
  return sealed;
}

const owner_artifacts_t *owner_artifacts(void) {
  static owner_artifacts_t made;
  if (made.voucher.data != NULL) return &made;
  sztp_voucher_t *voucher = NULL;
  sztp_signer_t *signer = pki_signer(artifact_ctx(), "voucher-signer", "mfr-int.pem");
  sztp__blob_t pinned = pki_file("owner-root.pem");
  sztp__blob_t chain = pki_file("owner-chain.pem");
  assert_int_equal(sztp_voucher_new(artifact_ctx(), &voucher), SZTP_OK);
  assert_int_equal(
      sztp_voucher_set_bytes(voucher, SZTP_VOUCHER_SERIAL, (const uint8_t *)MOCK_SERIAL, strlen(MOCK_SERIAL)),
      SZTP_OK);
  assert_int_equal(sztp_voucher_set_bytes(voucher, SZTP_VOUCHER_PINNED, pinned.data, pinned.len), SZTP_OK);
  assert_int_equal(sztp_voucher_set_i64(voucher, SZTP_VOUCHER_CREATED_ON, (int64_t)time(NULL) - 60), SZTP_OK);
  assert_int_equal(sztp_voucher_make(voucher, signer, &made.voucher.data, &made.voucher.len), SZTP_OK);
  assert_int_equal(sztp_owner_cert_make(artifact_ctx(), chain.data, chain.len, NULL, 0, &made.owner_cert.data,
                                        &made.owner_cert.len),
                   SZTP_OK);
  sztp_voucher_free(voucher);
  sztp_signer_free(signer);
  free(pinned.data);
  free(chain.data);
  return &made;
}

const char *artifact_redirect(const char *host, uint16_t port, const char *anchor) {
  static char documents[64][4096];
  static unsigned next;
  char *document = documents[next++ % 64];
  sztp__buf_t text;
  sztp__buf_init(&text, artifact_ctx(), 4095);
  sztp__buf_addf(&text,
                 "{\"ietf-sztp-conveyed-info:redirect-information\":{\"bootstrap-server\":[{\"address\":\"%"
                 "s\",\"port\":%u",
                 host, (unsigned)port);
  if (anchor != NULL) {
    char file[64];
    sztp__blob_t crl = {NULL, 0};
    int in_ber = strncmp(anchor, "ber:", 4) == 0;
    if (in_ber) anchor += 4;
    size_t name_len = strcspn(anchor, "+");
    (void)snprintf(file, sizeof file, "%.*s.pem", (int)name_len, anchor);
    sztp__blob_t pem = pki_file(file);
    if (anchor[name_len] == '+') {
      (void)snprintf(file, sizeof file, "crls/%s.crl", anchor + name_len + 1);
      crl = pki_file(file);
    }
    sztp__blob_t bag = {NULL, 0};
    assert_int_equal(
        sztp_owner_cert_make(artifact_ctx(), pem.data, pem.len, crl.data, crl.len, &bag.data, &bag.len),
        SZTP_OK);
    keep(bag.data);
    if (in_ber) bag = artifact_in_ber(bag);
    free(crl.data);
    free(pem.data);
    sztp__buf_add_text(&text, ",\"trust-anchor\":\"");
    sztp__base64_encode(&text, sztp__span(bag.data, bag.len));
    sztp__buf_add_text(&text, "\"");
  }
  assert_int_equal(sztp__buf_add_text(&text, "}]}}"), SZTP_OK);
  memcpy(document, text.data, text.len + 1);
  sztp__buf_clear(&text);
  return document;
}

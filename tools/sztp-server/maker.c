/* SPDX-License-Identifier: Apache-2.0 */
/* Signs as owner and as manufacturer, with the keys in FOLDER. */
#define _POSIX_C_SOURCE 200809L
#include "maker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sztp/ctx.h>
#include <sztp/error.h>

#include "folder.h"

int maker_init(maker_t *m, const settings_t *settings) {
  memset(m, 0, sizeof *m);
  m->settings = settings;
  return sztp_ctx_new(NULL, &m->ctx);
}

void maker_free(maker_t *m) {
  free(m->image_path);
  sztp_ctx_free(m->ctx);
  memset(m, 0, sizeof *m);
}

int maker_refuse(problem_t *p, const char *file, const char *what, const char *more) {
  return problem_set(p, 500, "application", "operation-failed", "%.80s: %.60s%s%.100s", file, what,
                     more[0] != '\0' ? ": " : "", more);
}

const char *maker_detail(const maker_t *m, int32_t code) {
  const char *detail = "";
  int32_t cause = 0;
  if (sztp_ctx_trail(m->ctx, 0, &cause, NULL, &detail) != SZTP_OK || detail[0] == '\0')
    detail = sztp_error_text(code);
  return detail;
}

int maker_refuse_by_library(const maker_t *m, problem_t *p, const char *file, int32_t code) {
  return maker_refuse(p, file, sztp_error_name(code), maker_detail(m, code));
}

int maker_read(const char *folder, const char *name, size_t limit, artifact_t *out, problem_t *p) {
  if (folder_read(folder, name, limit, &out->data, &out->len) == FOLDER_FOUND) return 0;
  return maker_refuse(p, name, "can't be read", strerror(errno));
}

int maker_take(const maker_t *m, uint8_t *data, size_t len, artifact_t *out, problem_t *p) {
  out->data = malloc(len + 1);
  out->len = len;
  if (out->data != NULL) memcpy(out->data, data, len);
  sztp_artifacts_free(m->ctx, data);
  return out->data != NULL ? 0 : problem_set(p, 503, "application", "operation-failed", "out of memory");
}

/* ---- what the owner and the manufacturer sign ---------------------------------------------------- */

int maker_can_sign(const maker_t *m) {
  return folder_has(m->settings->dir, "owner.pem") && folder_has(m->settings->dir, "owner.key");
}

int maker_signer(maker_t *m, const char *name, sztp_signer_t **signer, problem_t *p) {
  static const char *const endings[] = {".pem", ".key", "-chain.pem"};
  artifact_t files[3] = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
  int result = 0;
  for (size_t i = 0; i < 3 && result == 0; i++) {
    char file[64];
    snprintf(file, sizeof file, "%s%s", name, endings[i]);
    if (i < 2 || folder_has(m->settings->dir, file))
      result = maker_read(m->settings->dir, file, MAKER_MAX_CERTS, &files[i], p);
  }
  if (result == 0) {
    int32_t code = sztp_signer_new(m->ctx, files[0].data, files[0].len, files[1].data, files[1].len,
                                   files[2].data, files[2].len, signer);
    if (code != SZTP_OK) result = maker_refuse_by_library(m, p, name, code);
  }
  for (size_t i = 0; i < 3; i++) free(files[i].data);
  return result;
}

int maker_can_vouch(const maker_t *m) {
  const char *dir = m->settings->dir;
  return folder_has(dir, "voucher-signer.pem") && folder_has(dir, "voucher-signer.key") &&
         folder_has(dir, "pinned-domain-cert.pem");
}

/* Sets the leaves, then signs. */
static int32_t issue(sztp_voucher_t *voucher, const char *serial, const artifact_t *pinned,
                     const uint8_t *nonce, size_t nonce_len, const sztp_signer_t *signer, uint8_t **out,
                     size_t *len) {
  int32_t code =
      sztp_voucher_set_bytes(voucher, SZTP_VOUCHER_SERIAL, (const uint8_t *)serial, strlen(serial));
  if (code == SZTP_OK) code = sztp_voucher_set_bytes(voucher, SZTP_VOUCHER_PINNED, pinned->data, pinned->len);
  if (code == SZTP_OK) code = sztp_voucher_set_i64(voucher, SZTP_VOUCHER_CREATED_ON, (int64_t)time(NULL));
  if (code == SZTP_OK && nonce_len > 0)
    code = sztp_voucher_set_bytes(voucher, SZTP_VOUCHER_NONCE, nonce, nonce_len);
  return code != SZTP_OK ? code : sztp_voucher_make(voucher, signer, out, len);
}

int maker_voucher(maker_t *m, const char *serial, const uint8_t *nonce, size_t nonce_len, artifact_t *out,
                  problem_t *p) {
  artifact_t pinned = {NULL, 0};
  sztp_signer_t *signer = NULL;
  sztp_voucher_t *voucher = NULL;
  uint8_t *made = NULL;
  size_t len = 0;
  int result = maker_read(m->settings->dir, "pinned-domain-cert.pem", MAKER_MAX_CERTS, &pinned, p);
  if (result == 0) result = maker_signer(m, "voucher-signer", &signer, p);
  if (result == 0) {
    int32_t code = sztp_voucher_new(m->ctx, &voucher);
    if (code == SZTP_OK) code = issue(voucher, serial, &pinned, nonce, nonce_len, signer, &made, &len);
    result = code != SZTP_OK ? maker_refuse_by_library(m, p, "voucher-signer.pem", code)
                             : maker_take(m, made, len, out, p);
  }
  sztp_voucher_free(voucher);
  sztp_signer_free(signer);
  free(pinned.data);
  return result;
}

int maker_owner_cert(maker_t *m, artifact_t *out, problem_t *p) {
  const char *name = folder_has(m->settings->dir, "owner-chain.pem") ? "owner-chain.pem" : "owner.pem";
  artifact_t certs = {NULL, 0};
  uint8_t *made = NULL;
  size_t len = 0;
  if (maker_read(m->settings->dir, name, MAKER_MAX_CERTS, &certs, p) != 0) return -1;
  int32_t code = sztp_owner_cert_make(m->ctx, certs.data, certs.len, NULL, 0, &made, &len);
  free(certs.data);
  return code != SZTP_OK ? maker_refuse_by_library(m, p, name, code) : maker_take(m, made, len, out, p);
}

int maker_to_der(maker_t *m, const char *name, const uint8_t *data, size_t len, artifact_t *out,
                 problem_t *p) {
  uint8_t *made = NULL;
  size_t made_len = 0;
  int32_t code = sztp_artifacts_make_der(m->ctx, data, len, &made, &made_len);
  return code != SZTP_OK ? maker_refuse_by_library(m, p, name, code) : maker_take(m, made, made_len, out, p);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The choice: a device that prefers signed data gets signed data or a redirect, never unsigned onboarding
 * information; any other gets what is in its folder. */
#define _POSIX_C_SOURCE 200809L
#include "bootstrapping.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sztp/device.h>
#include <sztp/verify.h>

#include "cms.h"
#include "document.h"
#include "folder.h"

static const char conveyed_name[] = "conveyed-information.cms";
static const char owner_name[] = "owner-certificate.cms";
static const char voucher_name[] = "ownership-voucher.vcj";

enum { MAX_CONVEYED = 16 * 1024 * 1024, MAX_OTHER = 1024 * 1024 };
enum { GIVEN = 0, REFUSED = -1, NOTHING = 1 };

typedef struct choice {
  maker_t *maker;
  const char *serial;
  const char *device; /* folder of the device */
  const char *host;
  const data_input_t *input;
  const artifact_t *certificate; /* issued for it */
  bootstrapping_t *out;
  problem_t *problem;
} choice_t;

void bootstrapping_free(bootstrapping_t *b) {
  free(b->conveyed.data);
  free(b->owner.data);
  free(b->voucher.data);
  b->conveyed.data = b->owner.data = b->voucher.data = NULL;
}

/* ---- ready artifacts ----------------------------------------------------------------------------- */

/* GIVEN, NOTHING if there is no such file, or REFUSED. */
static int read_artifact(const choice_t *c, const char *folder, const char *name, size_t limit,
                         artifact_t *out) {
  uint8_t *data = NULL;
  size_t len = 0;
  int found = folder_read(folder, name, limit, &data, &len);
  if (found == FOLDER_ABSENT) return NOTHING;
  if (found == FOLDER_FAILED)
    return problem_set(c->problem, 500, "application", "operation-failed", "%s: %s", name, strerror(errno));
  int result = maker_to_der(c->maker, name, data, len, out, c->problem);
  free(data);
  return result;
}

/* The pair that accompanies signed data; what is missing in @p folder is taken from the device's own. */
static int read_pair(const choice_t *c, const char *folder) {
  int result = read_artifact(c, folder, owner_name, MAX_OTHER, &c->out->owner);
  if (result == NOTHING) result = read_artifact(c, c->device, owner_name, MAX_OTHER, &c->out->owner);
  if (result == REFUSED) return REFUSED;
  result = read_artifact(c, folder, voucher_name, MAX_OTHER, &c->out->voucher);
  if (result == NOTHING) result = read_artifact(c, c->device, voucher_name, MAX_OTHER, &c->out->voucher);
  return result == REFUSED ? REFUSED : GIVEN;
}

/* SZTP_INFO_* of unsigned conveyed information. */
static uint32_t unsigned_kind(const choice_t *c, const artifact_t *artifact) {
  sztp_ctx_t *ctx = c->maker->ctx;
  sztp_device_t *device = NULL;
  sztp_bundle_t *bundle = NULL;
  sztp_verdict_t *verdict = NULL;
  uint32_t kind = SZTP_INFO_NONE;
  if (sztp_device_new(ctx, &device) == SZTP_OK && sztp_bundle_new(ctx, &bundle) == SZTP_OK &&
      sztp_bundle_set(bundle, SZTP_ARTIFACT_CONVEYED_INFO, artifact->data, artifact->len) == SZTP_OK)
    (void)sztp_verify(device, bundle, SZTP_TIME_UNKNOWN, SZTP_CHANNEL_UNTRUSTED, &verdict);
  if (verdict != NULL) kind = sztp_verdict_kind(verdict);
  sztp_verdict_free(verdict);
  sztp_bundle_free(bundle);
  sztp_device_free(device);
  return kind;
}

static void choose_file(const choice_t *c, const char *folder, const char *name) {
  c->out->name = name;
  c->out->untrusted = folder != c->device;
}

/* conveyed-information.cms of @p folder, as it is. Signed or encrypted data is accompanied by its pair. */
static int give_ready(const choice_t *c, const char *folder) {
  artifact_t *conveyed = &c->out->conveyed;
  choose_file(c, folder, conveyed_name);
  int result = read_artifact(c, folder, conveyed_name, MAX_CONVEYED, conveyed);
  if (result != GIVEN) return result;
  uint32_t type = cms_type(conveyed->data, conveyed->len);
  if (type == CMS_SIGNED || type == CMS_ENCRYPTED) {
    c->out->what = type == CMS_SIGNED ? "signed data" : "encrypted data";
    return read_pair(c, folder);
  }
  c->out->what = "unsigned data";
  if (!c->input->signed_data_preferred || unsigned_kind(c, conveyed) == SZTP_INFO_REDIRECT) return GIVEN;
  free(conveyed->data);
  conveyed->data = NULL;
  return NOTHING;
}

/* ---- made on the spot ---------------------------------------------------------------------------- */

/* What signing needs besides the owner's key: the pair. The owner certificate is made if it isn't there. */
static int open_signer(const choice_t *c, const char *folder, sztp_signer_t **signer) {
  if (!maker_can_sign(c->maker)) return NOTHING;
  int result = read_pair(c, folder);
  if (result != GIVEN) return result;
  if (c->out->voucher.data == NULL && !maker_can_vouch(c->maker)) return NOTHING;
  if (c->out->voucher.data == NULL && maker_voucher(c->maker, c->serial, c->input->nonce, c->input->nonce_len,
                                                    &c->out->voucher, c->problem) != 0)
    return REFUSED;
  if (c->out->owner.data == NULL && maker_owner_cert(c->maker, &c->out->owner, c->problem) != 0)
    return REFUSED;
  return maker_signer(c->maker, "owner", signer, c->problem);
}

static void drop_pair(const choice_t *c) {
  free(c->out->owner.data);
  free(c->out->voucher.data);
  c->out->owner.data = NULL;
  c->out->voucher.data = NULL;
}

static const char *name_of(uint32_t kind, int is_signed) {
  if (kind == SZTP_INFO_REDIRECT)
    return is_signed ? "signed redirect information" : "unsigned redirect information";
  return is_signed ? "signed onboarding information" : "unsigned onboarding information";
}

/* redirect.json or onboarding.json of @p folder. */
static int give_document(const choice_t *c, const char *folder) {
  sztp_signer_t *signer = NULL;
  int has_redirect = folder_has(folder, "redirect.json");
  int has_onboarding = folder_has(folder, "onboarding.json");
  uint32_t kind = has_redirect ? SZTP_INFO_REDIRECT : SZTP_INFO_ONBOARDING;
  if (!has_redirect && !has_onboarding) return NOTHING;
  choose_file(c, folder, has_redirect ? "redirect.json" : "onboarding.json");
  if (has_redirect && has_onboarding)
    return problem_set(c->problem, 500, "application", "operation-failed",
                       "both redirect.json and onboarding.json lie in one folder");
  int result = c->input->signed_data_preferred ? open_signer(c, folder, &signer) : NOTHING;
  if (result == NOTHING) {
    drop_pair(c);
    if (c->input->signed_data_preferred && kind == SZTP_INFO_ONBOARDING) return NOTHING;
    result = GIVEN;
  }
  if (result == GIVEN)
    result = document_make(c->maker, folder, has_redirect ? "redirect.json" : "onboarding.json", kind,
                           c->host, c->certificate, signer, &c->out->conveyed, c->problem);
  c->out->what = name_of(kind, signer != NULL);
  sztp_signer_free(signer);
  return result;
}

/* A redirect to this server itself, so that the device comes back and can authenticate it. */
static int give_promotion(const choice_t *c) {
  const settings_t *s = c->maker->settings;
  sztp_signer_t *signer = NULL;
  if (s->promotion_anchor == NULL && !folder_has(s->dir, "trust-anchor.pem")) return NOTHING;
  choose_file(c, c->device, "the redirect to this server");
  int result = open_signer(c, c->device, &signer);
  if (result == NOTHING) drop_pair(c);
  if (result != REFUSED)
    result = document_promotion(c->maker, c->host, signer, &c->out->conveyed, c->problem);
  c->out->what = signer != NULL ? "signed redirect to this server" : "unsigned redirect to this server";
  sztp_signer_free(signer);
  return result;
}

static int give_from(const choice_t *c, const char *folder) {
  int result = give_ready(c, folder);
  return result == NOTHING ? give_document(c, folder) : result;
}

static int give_untrusted(const choice_t *c, const char *untrusted) {
  int result = untrusted != NULL ? give_from(c, untrusted) : NOTHING;
  if (result == NOTHING && c->maker->settings->promotion_always) result = give_promotion(c);
  if (result == NOTHING) result = give_from(c, c->device);
  if (result == NOTHING) result = give_promotion(c);
  return result;
}

/* 1 if there is something that was not given because it is not signed. */
static int has_unsigned(const choice_t *c) {
  return folder_has(c->device, conveyed_name) || folder_has(c->device, "onboarding.json");
}

int bootstrapping_choose(maker_t *m, const char *serial, const data_input_t *input, const char *host,
                         const artifact_t *certificate, bootstrapping_t *out, problem_t *p) {
  char *device = folder_of_device(m->settings, serial, NULL);
  char *untrusted = folder_of_device(m->settings, serial, "untrusted");
  choice_t c = {m, serial, device, host, input, certificate, out, p};
  memset(out, 0, sizeof *out);
  int result = NOTHING;
  if (device != NULL)
    result = input->signed_data_preferred ? give_untrusted(&c, untrusted) : give_from(&c, device);
  if (result == NOTHING)
    problem_set(p, 404, "application", "data-missing", "%s",
                device == NULL ? "no device of this serial number is known here"
                : input->signed_data_preferred
                    ? has_unsigned(&c) ? "what is staged for this device is not signed, and the device can't "
                                         "authenticate this server; sign it, or stage a redirect"
                                       : "nothing signed, and no redirect, is staged for this device"
                    : "nothing is staged for this device");
  free(untrusted);
  free(device);
  if (result != GIVEN) bootstrapping_free(out);
  return result == GIVEN ? 0 : -1;
}

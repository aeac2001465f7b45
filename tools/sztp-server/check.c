/* SPDX-License-Identifier: Apache-2.0 */
/* Reads everything once, and has each device's data judged by the library as a device would judge it. What
 * only the device knows (whom it trusts for vouchers, its private key, its identity, its policy) counts for
 * it. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sztp/device.h>
#include <sztp/error.h>
#include <sztp/verify.h>
#include <time.h>
#include <unistd.h>

#include "bootstrapping.h"
#include "cms.h"
#include "common/cert_facts.h"
#include "common/content.h"
#include "common/file.h"
#include "common/octets.h"
#include "csr.h"
#include "evidence.h"
#include "folder.h"
#include "ground/printable.h"
#include "tree.h"

enum { SENTENCE_MAX = 1200, SAID_MAX = 16 * 1024 * 1024 };

typedef struct checking {
  maker_t *maker;
  const char *of;   /* what the sentences are about: the device's serial number; NULL for the server */
  sztp__buf_t said; /* each in a line, after an empty one: a fault is often met again, and said once */
  check_fn tell;
  void *user;
} checking_t;

/* 1 if that was said, whole lines alone. */
static int is_said(const checking_t *k, const char *sentence) {
  char line[SENTENCE_MAX + 2];
  (void)snprintf(line, sizeof line, "\n%s\n", sentence);
  return k->said.len > 0 && strstr((const char *)k->said.data, line) != NULL;
}

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
say(checking_t *k, const char *format, ...) {
  char text[SENTENCE_MAX], safe[SENTENCE_MAX];
  int head = k->of == NULL ? 0 : snprintf(text, sizeof text / 2, "%s", k->of);
  va_list args;
  if (head < 0 || head >= (int)sizeof text / 2) head = 0;
  va_start(args, format);
  int written = vsnprintf(text + head, sizeof text - (size_t)head, format, args);
  va_end(args);
  if (written < 0) return;
  (void)sztp__printable(safe, sizeof safe, sztp__span_of(text));
  if (is_said(k, safe)) return;
  (void)sztp__buf_addf(&k->said, "%s\n", safe);
  k->tell(k->user, safe);
}

/* ---- the server's own ---------------------------------------------------------------------------- */

/* Certificates of a file, as anchors of a device that is there to read them; NULL after saying why not. */
static sztp_device_t *read_certificates(checking_t *k, const char *folder, const char *name) {
  artifact_t file = {NULL, 0};
  sztp_device_t *device = NULL;
  problem_t p;
  int result = maker_read(folder, name, MAKER_MAX_CERTS, &file, &p);
  if (result == 0) {
    int32_t code = sztp_device_new(k->maker->ctx, &device);
    if (code == SZTP_OK) code = sztp_device_add_cert(device, SZTP_CERT_SERVER_ANCHOR, file.data, file.len);
    if (code != SZTP_OK) result = maker_refuse_by_library(k->maker, &p, name, code);
  }
  free(file.data);
  if (result == 0) return device;
  sztp_device_free(device);
  say(k, "%s", p.message);
  return NULL;
}

static int facts_at(checking_t *k, const sztp_device_t *certs, size_t index, cert_facts_t *f) {
  const uint8_t *der = NULL;
  size_t len = 0;
  return sztp_device_cert(certs, SZTP_CERT_SERVER_ANCHOR, index, &der, &len) == SZTP_OK &&
         cert_facts_read(k->maker->ctx, der, len, f) == 0;
}

static void check_server_certificates(checking_t *k, tls_server_t *tls) {
  const settings_t *s = k->maker->settings;
  const char *anchor = s->promotion_anchor;
  char why[CERT_FAULT_MAX], no_path[TLS_WHY_MAX];
  cert_facts_t f, next;
  sztp_device_t *certs = read_certificates(k, ".", s->tls_cert);
  for (size_t i = 0; certs != NULL && facts_at(k, certs, i, &f); i++) {
    if (cert_facts_out_of_date(&f, (int64_t)time(NULL), why)) say(k, "%s: %s", s->tls_cert, why);
    if (i == 0 && f.has_purposes && !f.for_servers)
      say(k, "%s: the extended key usage of %s does not name TLS servers", s->tls_cert, f.subject);
    if (facts_at(k, certs, i + 1, &next) && strcmp(f.issuer, next.subject) != 0)
      say(k, "%s: %s is followed by %s, and not by its issuer, %s", s->tls_cert, f.subject, next.subject,
          f.issuer);
  }
  sztp_device_free(certs);
  char *own = anchor == NULL ? file_path(s->dir, "trust-anchor.pem") : NULL;
  if (own != NULL && folder_has(s->dir, "trust-anchor.pem")) anchor = own;
  if (tls != NULL && anchor != NULL && tls_server_leads_to(tls, anchor, no_path) != 0) say(k, "%s", no_path);
  free(own);
}

/* Whom the server signs as: NAME.pem and NAME.key, or neither. 1 if it signs as that. */
static int check_signer(checking_t *k, const char *name) {
  const char *dir = k->maker->settings->dir;
  char cert[64], key[64], why[CERT_FAULT_MAX];
  cert_facts_t f;
  sztp_signer_t *signer = NULL;
  problem_t p;
  (void)snprintf(cert, sizeof cert, "%s.pem", name);
  (void)snprintf(key, sizeof key, "%s.key", name);
  int has_cert = folder_has(dir, cert), has_key = folder_has(dir, key);
  if (has_cert != has_key)
    say(k, "%s is there without %s, so nothing is signed with it", has_cert ? cert : key,
        has_cert ? key : cert);
  if (!has_cert || !has_key) return 0;
  int usable = maker_signer(k->maker, name, &signer, &p) == 0;
  sztp_signer_free(signer);
  if (!usable) say(k, "%s", p.message);
  sztp_device_t *certs = usable ? read_certificates(k, dir, cert) : NULL;
  if (certs != NULL && facts_at(k, certs, 0, &f) && cert_facts_no_signer(&f, (int64_t)time(NULL), why))
    say(k, "%s: %s", cert, why);
  sztp_device_free(certs);
  return usable;
}

static void check_made(checking_t *k) {
  const char *dir = k->maker->settings->dir;
  artifact_t made = {NULL, 0};
  problem_t p;
  if (check_signer(k, "owner") && maker_owner_cert(k->maker, &made, &p) != 0) say(k, "%s", p.message);
  free(made.data);
  made.data = NULL;
  if (!check_signer(k, "voucher-signer")) return;
  if (!folder_has(dir, "pinned-domain-cert.pem"))
    say(k, "voucher-signer.pem is there without pinned-domain-cert.pem, so no voucher is issued");
  else if (maker_voucher(k->maker, "check", NULL, 0, &made, &p) != 0)
    say(k, "%s", p.message);
  free(made.data);
}

static void check_named_devices(checking_t *k) {
  const settings_t *s = k->maker->settings;
  const device_setting_t *devices = s->devices.at;
  for (size_t i = 0; i < s->devices.count; i++) {
    const device_setting_t *d = &devices[i];
    sztp_signer_t *ca = NULL;
    problem_t p;
    char *folder = folder_of_device(s, d->serial, NULL);
    if (folder == NULL)
      say(k, "the configuration names the device %.100s, for which there is no folder", d->serial);
    if (d->csr_ca != NULL && csr_open_ca(k->maker, d, &ca, &p) != 0) say(k, "%s", p.message);
    if (d->csr_program != NULL && access(d->csr_program, X_OK) != 0)
      say(k, "%s, which issues certificates, can't be run: %s", d->csr_program, strerror(errno));
    if (d->evidence && evidence_check(k->maker, d, &p) != 0) say(k, "%s", p.message);
    sztp_signer_free(ca);
    free(folder);
  }
}

static void check_own(checking_t *k, tls_server_t *tls) {
  check_server_certificates(k, tls);
  check_made(k);
  check_named_devices(k);
}

/* What vouchers say: of "PID:C9300-24T SN:FCW2243G0AB", as Cisco's certificates have it, the number alone. */
static const char *serial_in(const char *name) {
  const char *number = strncmp(name, "PID:", 4) == 0 ? strstr(name, " SN:") : NULL;
  return number != NULL && number[4] != '\0' ? number + 4 : name;
}

/* ---- judged as a device does --------------------------------------------------------------------- */

/* A device that trusts whoever has signed the voucher, and has no policy of its own. */
static int32_t lenient_device(checking_t *k, const artifact_t *voucher, int *has_anchors,
                              sztp_device_t **out) {
  const uint8_t *certs = NULL;
  size_t len = 0;
  int64_t any = SZTP_ASSERTION_VERIFIED | SZTP_ASSERTION_LOGGED | SZTP_ASSERTION_PROXIMITY |
                SZTP_ASSERTION_AGENT_PROXIMITY;
  int32_t code = sztp_device_new(k->maker->ctx, out);
  if (code == SZTP_OK) code = sztp_device_set_text(*out, SZTP_DEVICE_SERIAL, serial_in(k->of));
  if (code == SZTP_OK) code = sztp_device_set_i64(*out, SZTP_POLICY_ASSERTIONS, any);
  if (code == SZTP_OK) code = sztp_device_set_i64(*out, SZTP_POLICY_REVISED_VOUCHER, 1);
  if (code == SZTP_OK) code = sztp_device_set_i64(*out, SZTP_POLICY_REVOCATION, SZTP_REVOCATION_OFF);
  if (code == SZTP_OK) code = sztp_device_set_i64(*out, SZTP_POLICY_CONSTRAINED_VOUCHER, 1);
  *has_anchors = code == SZTP_OK && voucher->data != NULL &&
                 cms_certificates(voucher->data, voucher->len, &certs, &len) == 0 &&
                 sztp_device_add_cert(*out, SZTP_CERT_VOUCHER_ANCHOR, certs, len) == SZTP_OK;
  return code;
}

static int32_t bundle_of(checking_t *k, const bootstrapping_t *b, const artifact_t *pinned,
                         sztp_bundle_t **out) {
  const struct {
    uint32_t artifact;
    const artifact_t *octets;
  } parts[] = {
      {SZTP_ARTIFACT_CONVEYED_INFO, &b->conveyed},
      {SZTP_ARTIFACT_OWNER_CERT, &b->owner},
      {pinned == NULL ? SZTP_ARTIFACT_VOUCHER : SZTP_ARTIFACT_PINNED, pinned == NULL ? &b->voucher : pinned}};
  int32_t code = sztp_bundle_new(k->maker->ctx, out);
  for (size_t i = 0; code == SZTP_OK && i < sizeof parts / sizeof parts[0]; i++)
    if (parts[i].octets->data != NULL)
      code = sztp_bundle_set(*out, parts[i].artifact, parts[i].octets->data, parts[i].octets->len);
  return code;
}

/* The certificate that a voucher in clear pins; 0, or -1. */
static int pinned_of(checking_t *k, const artifact_t *voucher, artifact_t *out) {
  const uint8_t *document = NULL;
  size_t len = 0;
  const char *why = NULL;
  int result = -1;
  if (voucher->data == NULL || cms_content(voucher->data, voucher->len, &document, &len) != 0) return -1;
  tree_t *root = tree_read_json(k->maker->ctx, document, len, &why);
  const tree_t *top = root == NULL ? NULL : tree_find(root->child, "ietf-voucher", "voucher");
  for (const tree_t *node = top == NULL ? NULL : top->child; node != NULL; node = node->next) {
    if (strcmp(node->name, "pinned-domain-cert") != 0 || out->data != NULL) continue;
    size_t room = strlen(node->text) + 1;
    out->data = malloc(room);
    if (out->data != NULL && octets_from_base64(k->maker->ctx, node->text, out->data, room, &out->len) == 0)
      result = 0;
  }
  tree_free(root);
  return result;
}

/* SERIAL/FILE that an artifact came from, as far as it came from one. */
static void name_file(const checking_t *k, const bootstrapping_t *b, const char *artifact, char *out,
                      size_t room) {
  char *untrusted = b->untrusted ? folder_of_device(k->maker->settings, k->of, "untrusted") : NULL;
  const char *name = strcmp(artifact, "voucher") == 0             ? "ownership-voucher.vcj"
                     : strcmp(artifact, "owner-certificate") == 0 ? "owner-certificate.cms"
                                                                  : b->name;
  int inside = b->untrusted && (name == b->name || (untrusted != NULL && folder_has(untrusted, name)));
  (void)snprintf(out, room, "%s%s", inside ? "/untrusted/" : "/", name);
  free(untrusted);
}

static void say_refusal(checking_t *k, const bootstrapping_t *b, const sztp_verdict_t *v) {
  uint32_t step = 0, state = SZTP_STEP_PASSED;
  char file[100];
  for (size_t i = 0; state != SZTP_STEP_FAILED && sztp_verdict_at(v, i, &step) == SZTP_OK; i++)
    (void)sztp_verdict_step(v, step, &state, NULL);
  const char *detail = sztp_verdict_text(v, step, SZTP_TEXT_DETAIL);
  const char *expected = sztp_verdict_text(v, step, SZTP_TEXT_EXPECTED);
  const char *found = sztp_verdict_text(v, step, SZTP_TEXT_FOUND);
  name_file(k, b, sztp_verdict_text(v, step, SZTP_TEXT_ARTIFACT), file, sizeof file);
  say(k, "%s: %s is refused: %s: %s%s%s%s%s", file, b->what, sztp_verdict_text(v, step, SZTP_TEXT_REASON),
      detail, expected[0] != '\0' ? "; expected: " : "", expected, found[0] != '\0' ? "; found: " : "",
      found);
}

typedef struct content {
  checking_t *checking;
  char file[100];
} content_t;

static void say_content(void *user, const char *sentence) {
  const content_t *c = user;
  say(c->checking, "%s: %s", c->file, sentence);
}

/* 1 if only the device can go on from there. */
static int is_for_device(int32_t code, int has_anchors) {
  return code == SZTP_ERR_VOUCHER_IDEVID_ISSUER || (code == SZTP_ERR_VOUCHER_UNTRUSTED && !has_anchors);
}

static void judge_as_device(checking_t *k, const bootstrapping_t *b, uint32_t channel) {
  artifact_t pinned = {NULL, 0};
  sztp_device_t *device = NULL;
  sztp_bundle_t *bundle = NULL;
  sztp_verdict_t *verdict = NULL;
  content_t content = {k, ""};
  int has_anchors = 0;
  int32_t code = lenient_device(k, &b->voucher, &has_anchors, &device);
  if (code == SZTP_OK) code = bundle_of(k, b, NULL, &bundle);
  if (code == SZTP_OK) code = sztp_verify(device, bundle, (int64_t)time(NULL), channel, &verdict);
  if (verdict != NULL && is_for_device(code, has_anchors) && pinned_of(k, &b->voucher, &pinned) == 0) {
    sztp_verdict_free(verdict);
    sztp_bundle_free(bundle);
    verdict = NULL;
    bundle = NULL;
    code = bundle_of(k, b, &pinned, &bundle);
    if (code == SZTP_OK) code = sztp_verify(device, bundle, (int64_t)time(NULL), channel, &verdict);
  }
  name_file(k, b, "", content.file, sizeof content.file);
  if (verdict == NULL)
    say(k, "%s: %s can't be judged: %s", content.file, b->what, sztp_error_text(code));
  else if (sztp_verdict_info(verdict) != NULL)
    content_faults(k->maker->ctx, sztp_verdict_info(verdict), say_content, &content);
  else if (code != SZTP_ERR_ENC_NO_RECIPIENT && !is_for_device(code, has_anchors))
    say_refusal(k, b, verdict);
  sztp_verdict_free(verdict);
  sztp_bundle_free(bundle);
  sztp_device_free(device);
  free(pinned.data);
}

/* ---- the devices --------------------------------------------------------------------------------- */

/* What the device gets if it asks like that; 1 if it gets something, be it wrong. If it trusts the server and
 * one is issued for it, it has a certificate by then, for which any octets stand here. */
static int check_answer(checking_t *k, int signed_data_preferred) {
  uint8_t octets[] = "certificate";
  artifact_t certificate = {NULL, 0};
  const device_setting_t *d = settings_device(k->maker->settings, k->of);
  data_input_t input;
  bootstrapping_t b;
  problem_t p;
  memset(&input, 0, sizeof input);
  input.signed_data_preferred = signed_data_preferred;
  if (!signed_data_preferred && d != NULL && (d->csr_ca != NULL || d->csr_program != NULL)) {
    certificate.data = octets;
    certificate.len = sizeof octets - 1;
  }
  int result = bootstrapping_choose(k->maker, k->of, &input, "localhost", &certificate, &b, &p);
  if (result == 0)
    judge_as_device(k, &b, signed_data_preferred ? SZTP_CHANNEL_UNTRUSTED : SZTP_CHANNEL_TRUSTED);
  else if (p.status != 404 && !is_said(k, p.message))
    say(k, "%s: %s", b.untrusted ? "/untrusted" : "", p.message);
  if (result == 0) bootstrapping_free(&b);
  return result == 0 || p.status != 404;
}

static void check_device(checking_t *k) {
  char *folder = folder_of_device(k->maker->settings, k->of, NULL);
  if (folder == NULL)
    say(k, ": no device has this serial number, for it can't be the name of a folder");
  else {
    int served = check_answer(k, 0);
    int other = check_answer(k, 1); /* be it that it comes back, trusting the server */
    if (!served && (!other || !folder_has(folder, "untrusted")))
      say(k, ": nothing is staged for this device");
    if (folder_has(folder, "reporting-level") && folder_level_in(folder) == REPORTING_UNSET)
      say(k, "/reporting-level: neither minimal nor verbose, so it is ignored");
  }
  free(folder);
}

static int is_visible(const struct dirent *entry) {
  return entry->d_name[0] != '.' && strcmp(entry->d_name, "images") != 0;
}

/* How many there are, or -1 with errno. */
static int check_all_devices(checking_t *k) {
  struct dirent **names = NULL;
  const char *dir = k->maker->settings->dir;
  int devices = 0;
  int count = scandir(dir, &names, is_visible, alphasort);
  for (int i = 0; i < count; i++) {
    struct stat about;
    char *path = file_path(dir, names[i]->d_name);
    if (path != NULL && stat(path, &about) == 0 && S_ISDIR(about.st_mode)) {
      k->of = names[i]->d_name;
      check_device(k);
      devices++;
    }
    free(path);
    free(names[i]);
  }
  free(names);
  return count < 0 ? -1 : devices;
}

int check(maker_t *m, tls_server_t *tls, int with_devices, check_fn tell, void *user) {
  checking_t k = {m, NULL, {0}, tell, user};
  sztp__buf_init(&k.said, m->ctx, SAID_MAX);
  (void)sztp__buf_add_text(&k.said, "\n");
  check_own(&k, tls);
  int devices = with_devices ? check_all_devices(&k) : 0;
  int error = errno;
  sztp__buf_clear(&k.said);
  errno = error;
  return devices;
}

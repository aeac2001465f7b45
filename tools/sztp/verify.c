/* SPDX-License-Identifier: Apache-2.0 */
/* sztp verify: the checks of RFC 8572 5.4 on files, reported step by step. */
#include <stdio.h>
#include <string.h>
#include <sztp/artifacts.h>
#include <sztp/software_key.h>

#include "common/content.h"
#include "common/json.h"
#include "common/octets.h"
#include "device.h"
#include "input.h"
#include "refuse.h"
#include "step.h"

enum {
  VOUCHER = OPTION_FIRST,
  VOUCHER_ANCHOR,
  SERIAL,
  IDEVID,
  NONCE,
  OWNER_CERT,
  PINNED,
  CONVEYED,
  KEY,
  CHANNEL,
  TIME,
  ASSERTION,
  REVOCATION,
  CRL,
  CONSTRAINED,
  JSON
};

static const option_t options[] = {COMMAND_OPTIONS,
                                   {"voucher", "FILE", 0},
                                   {"voucher-anchor", "FILE", 1},
                                   {"serial", "SN", 0},
                                   {"idevid", "FILE", 0},
                                   {"nonce", "BASE64", 0},
                                   {"owner-cert", "FILE", 0},
                                   {"pinned", "FILE", 0},
                                   {"conveyed", "FILE", 0},
                                   {"key", "FILE", 0},
                                   {"channel", "untrusted|trusted", 0},
                                   {"time", "RFC3339|now|unknown", 0},
                                   {"assertion", "LIST", 0},
                                   {"revocation", "as-voucher|required|off", 0},
                                   {"crl", "FILE", 1},
                                   {"constrained", NULL, 0},
                                   {"json", NULL, 0},
                                   {NULL, NULL, 0}};

static const char help[] =
    "Usage: sztp verify [--voucher FILE --voucher-anchor FILE... --serial SN [--idevid FILE] [--nonce "
    "BASE64]]\n"
    "                   [--owner-cert FILE [--pinned FILE]] [--conveyed FILE]\n"
    "                   [--key FILE] [--channel untrusted|trusted] [--time RFC3339|now|unknown]\n"
    "                   [--assertion LIST] [--revocation as-voucher|required|off] [--crl FILE...]\n"
    "                   [--constrained] [--json]\n"
    "\n"
    "Judges artifacts as a device does (RFC 8572 5.4), from files alone, and tells how each step ended: a "
    "whole\n"
    "set, a voucher alone, an owner certificate against a pinned certificate, or unsigned conveyed "
    "information.\n"
    "Files may be DER, PEM or base64 of DER; '-' is standard input.\n"
    "\n"
    "  --voucher FILE          the ownership voucher\n"
    "  --voucher-anchor FILE   certificates that are trusted to sign vouchers; may be repeated\n"
    "  --serial SN             the device's serial number; default: the one in --idevid\n"
    "  --idevid FILE           the device's identity certificate (IDevID), for the voucher's idevid-issuer\n"
    "  --nonce BASE64          the nonce that the device sent\n"
    "  --owner-cert FILE       the owner certificate\n"
    "  --pinned FILE           a certificate in the place of a voucher's pinned-domain-cert\n"
    "  --conveyed FILE         the conveyed information\n"
    "  --key FILE              private key of --idevid (PEM or DER), to decrypt what is encrypted to it\n"
    "  --channel KIND          trusted: it came over an authenticated connection; default: untrusted\n"
    "  --time TIME             the device's time: RFC 3339, now (the default), or unknown (no clock)\n"
    "  --assertion LIST        accepted assertions, comma-separated: verified (the default), logged, "
    "proximity,\n"
    "                          agent-proximity\n"
    "  --revocation POLICY     as-voucher (the default), required or off\n"
    "  --crl FILE              revocation lists that the device fetched, beside those in the owner "
    "certificate; may\n"
    "                          be repeated\n"
    "  --constrained           accept constrained vouchers (COSE), and vouchers that pin a public key only\n"
    "  --json                  one JSON object instead of text\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 accepted, 1 rejected, 2 wrong use or unreadable input.\n"
    "\n"
    "Examples:\n"
    "  sztp verify --voucher voucher.vcj --voucher-anchor mfr-root.pem --serial EX4200-17 \\\n"
    "              --owner-cert owner.cms --conveyed onboarding.cms\n"
    "  sztp verify --owner-cert owner.cms --pinned owner-root.pem\n"
    "  sztp verify --conveyed unsigned.cms --channel trusted --json\n"
    "  sztp verify --conveyed sealed.cms --channel trusted --idevid idevid.pem --key idevid.key\n";

/* ---- what the verdict says, or what stood in its way ---------------------------------------------- */

enum { MAX_STEPS = 64 };

typedef struct report {
  int accepted;
  int trusted;
  uint32_t kind;
  step_t steps[MAX_STEPS];
  size_t count;
} report_t;

static void report_empty(report_t *r) {
  memset(r, 0, sizeof *r);
  uint32_t s = 0;
  for (size_t i = 0; i < MAX_STEPS && sztp_verdict_at(NULL, i, &s) == SZTP_OK; i++) {
    step_t *step = &r->steps[r->count++];
    step->step = s;
    step->name = sztp_step_name(s);
    step->state = SZTP_STEP_SKIPPED;
    step->reason = step->cause = step->detail = step->artifact = step->found = step->expected = "";
  }
}

static void report_verdict(report_t *r, const sztp_verdict_t *v, int32_t result) {
  report_empty(r);
  r->accepted = result == SZTP_OK && sztp_verdict_accepted(v);
  r->trusted = sztp_verdict_trusted(v);
  r->kind = sztp_verdict_kind(v);
  for (size_t i = 0; i < r->count; i++) {
    step_t *step = &r->steps[i];
    uint32_t s = step->step;
    (void)sztp_verdict_step(v, s, &step->state, &step->code);
    step->reason = sztp_verdict_text(v, s, SZTP_TEXT_REASON);
    step->cause = sztp_verdict_text(v, s, SZTP_TEXT_CAUSE);
    step->detail = sztp_verdict_text(v, s, SZTP_TEXT_DETAIL);
    step->artifact = sztp_verdict_text(v, s, SZTP_TEXT_ARTIFACT);
    step->found = sztp_verdict_text(v, s, SZTP_TEXT_FOUND);
    step->expected = sztp_verdict_text(v, s, SZTP_TEXT_EXPECTED);
  }
}

static const char *info_kind_name(uint32_t kind) {
  switch (kind) {
  case SZTP_INFO_REDIRECT: return "redirect";
  case SZTP_INFO_ONBOARDING: return "onboarding";
  default: return "none";
  }
}

/* docs/json/verify.json */
static int print_json(const command_t *c, const report_t *r) {
  json_t j;
  if (json_start(&j) != 0) return command_wrong(c, "out of memory");
  json_text(&j, j.root, "result", r->accepted ? "accepted" : "rejected");
  json_bool(&j, j.root, "trusted", r->trusted);
  json_text(&j, j.root, "kind", info_kind_name(r->kind));
  json_node_t *steps = json_array(&j, j.root, "steps");
  for (size_t i = 0; i < r->count; i++) step_put_json(&j, steps, &r->steps[i]);
  json_node_t *notes = json_array(&j, j.root, "notes");
  for (size_t i = 0; i < c->note_count; i++) json_text(&j, notes, NULL, c->notes[i]);
  json_number(&j, j.root, "version", JSON_VERSION);
  int printed = json_print(&j, stdout);
  json_free(&j);
  return printed == 0 ? 0 : command_wrong(c, "out of memory");
}

/* ---- the summary ---------------------------------------------------------------------------------- */

/* An artifact: how it is called, and its option. */
static const struct artifact {
  const char *name, *words;
  int option;
  const char *make; /* how a right one is made */
  const char *kind; /* how sztp_inspect() calls it */
} artifacts[] = {
    {"voucher", "the ownership voucher", VOUCHER, "sztp voucher issue", "ownership voucher"},
    {"owner-certificate", "the owner certificate", OWNER_CERT, "sztp owner-cert pack", "owner certificate"},
    {"conveyed-information", "the conveyed information", CONVEYED, "sztp conveyed redirect or onboarding",
     "conveyed information"}};

static const struct artifact *find_artifact(const char *name) {
  for (size_t i = 0; i < sizeof artifacts / sizeof artifacts[0]; i++)
    if (strcmp(artifacts[i].name, name) == 0) return &artifacts[i];
  return NULL;
}

static void print_accepted(const command_t *c, const report_t *r) {
  const char *kind = info_kind_name(r->kind);
  if (c->value[CONVEYED] == NULL && c->value[VOUCHER] != NULL)
    (void)printf("accepted: the ownership voucher%s holds for this device.\n",
                 c->value[OWNER_CERT] == NULL ? "" : " and the owner certificate under it");
  else if (c->value[CONVEYED] == NULL)
    (void)printf("accepted: the owner certificate has a path to the pinned certificate.\n");
  else if (r->trusted)
    (void)printf("accepted: the %s information is trusted; a device follows it.\n", kind);
  else
    (void)printf("accepted: the %s information is not trusted; a device follows it without its trust anchors "
                 "and asks the servers for signed data.\n",
                 kind);
}

#define CODES 2048 /* error codes are below that */

/* The general sentence on a reason; "" if there is none. */
static const char *text_of(const char *label) {
  for (int32_t code = -1; code > -CODES; code--)
    if (strcmp(sztp_error_label(code), label) == 0) return sztp_error_text(code);
  return "";
}

/* Values to compare are printed one below the other. */
static void print_why(const step_t *s) {
  if (s->detail[0] != '\0') (void)printf("  why:      %s\n", s->detail);
  if (s->expected[0] != '\0') (void)printf("  expected: %s\n", s->expected);
  if (s->found[0] != '\0') (void)printf("  found:    %s\n", s->found);
}

/* Signed data needs all three; the verdict names one that is missing. */
static void print_missing(const command_t *c, const step_t *s) {
  int owner = c->value[OWNER_CERT] == NULL, voucher = c->value[VOUCHER] == NULL && c->value[PINNED] == NULL;
  (void)printf("rejected: not given:%s%s%s: %s. %s More: sztp-refusals(7).\n",
               owner ? " the owner certificate (--owner-cert FILE)" : "", owner && voucher ? " and" : "",
               voucher ? " the ownership voucher (--voucher FILE, or --pinned FILE in its place)" : "",
               s->reason, sztp_error_text(s->code));
}

/* Mixed-up files are refused for all sorts of reasons; naming what they are helps more. 1 if @p file is not
 * an @p a. */
static int print_other_kind(command_t *c, const struct artifact *a, const char *file) {
  octets_t octets = {NULL, 0};
  char kind[INPUT_KIND_MAX];
  if (strcmp(file, "-") == 0 || input_artifact(c, "FILE", file, &octets, NULL) != 0) return 0;
  int empty = octets.len == 0, broken_pem = input_is_broken_pem(&octets);
  const char *foreign = input_foreign(&octets);
  input_kind(c, octets.data, octets.len, kind);
  input_free(&octets);
  if (empty) {
    (void)printf(" It is empty.");
    return 1;
  }
  if (broken_pem) {
    (void)printf(" It is PEM that can't be decoded; check that the file is whole.");
    return 1;
  }
  static const char *const known[] = {"ownership voucher",
                                      "constrained ownership voucher",
                                      "owner certificate",
                                      "conveyed information",
                                      "certificate",
                                      "private key",
                                      "revocation list",
                                      "document",
                                      NULL};
  for (size_t i = 0; known[i] != NULL; i++)
    if (strncmp(kind, known[i], strlen(known[i])) == 0) {
      if (strstr(kind, a->kind) != NULL) return 0;
      (void)printf(" It is a file of '%s'.", kind);
      return 1;
    }
  if (foreign == NULL) return 0;
  (void)printf(" It is %s, and no %s; give the artifact itself, as it was made.", foreign, a->kind);
  return 1;
}

/* Where the fault is not the artifact's, but that the command was not told what a device knows: what to give.
 */
static const char *not_told(const command_t *c, const step_t *s) {
  int clockless = c->value[TIME] != NULL && strcmp(c->value[TIME], "unknown") == 0;
  if (s->code == SZTP_ERR_VOUCHER_IDEVID_ISSUER && c->value[IDEVID] == NULL)
    return "The voucher names the issuer of the device's identity, which is not given; give --idevid FILE.";
  if (s->code == SZTP_ERR_ENC_NO_RECIPIENT && c->value[KEY] == NULL)
    return c->value[IDEVID] == NULL ? "It is encrypted; give --idevid FILE, the device's certificate, and "
                                      "--key FILE, its private key."
                                    : "It is encrypted; give --key FILE, the private key of --idevid.";
  if (s->code == SZTP_ERR_VOUCHER_NONCE && c->value[NONCE] == NULL &&
      strstr(s->detail, "none was sent") != NULL)
    return "The voucher answers a nonce, which is not given; give --nonce BASE64, what the device sent.";
  if (s->code == SZTP_ERR_PKIX_REVOCATION_UNKNOWN && clockless)
    return "Without a clock no revocation list counts as current; give --time, or a device whose policy "
           "takes "
           "lists of any age.";
  if (s->code == SZTP_ERR_VOUCHER_EXPIRED && clockless && strstr(s->detail, "trusted clock") != NULL)
    return "The device's policy wants a clock; give --time.";
  return NULL;
}

/* Which artifact, and what to do about it: the last line is read first. */
static void print_rejected(command_t *c, const step_t *s) {
  const struct artifact *a = find_artifact(s->artifact);
  const char *file = a == NULL ? NULL : c->value[a->option];
  int deeper = s->cause[0] != '\0' && strcmp(s->cause, s->reason) != 0;
  int constrained = strstr(s->detail, "SZTP_POLICY_CONSTRAINED_VOUCHER") != NULL;
  print_why(s);
  if (s->code == SZTP_ERR_ARTIFACT_MISSING) {
    print_missing(c, s);
    return;
  }
  (void)printf("rejected: ");
  if (a == NULL || file == NULL)
    (void)printf("step %s failed", s->name);
  else
    (void)printf(not_told(c, s) != NULL ? "%s (%s) can't be judged" : "%s (%s) is at fault", a->words,
                 strcmp(file, "-") == 0 ? "standard input" : file);
  (void)printf(": %s", s->reason);
  if (deeper) (void)printf(" (%s)", s->cause);
  (void)printf(".");
  int other = a != NULL && file != NULL && print_other_kind(c, a, file);
  const char *told = not_told(c, s);
  if (!other) (void)printf(" %s", told != NULL ? told : sztp_error_text(s->code));
  if (!other && told == NULL && deeper && text_of(s->cause)[0] != '\0')
    (void)printf(" %s", text_of(s->cause));
  if (other || (a != NULL && file != NULL && strstr(s->name, "-format") != NULL))
    (void)printf(" A right one is made by '%s'.", a->make);
  if (c->value[CONSTRAINED] == NULL && constrained)
    (void)printf(" A device that accepts it is shown by --%s.", options[CONSTRAINED].name);
  (void)printf(" More: sztp-refusals(7).\n");
}

static int print_report(command_t *c, const report_t *r) {
  int status = r->accepted ? EXIT_DONE : EXIT_REJECTED;
  if (c->value[JSON] != NULL) return print_json(c, r) == 0 ? status : EXIT_WRONG;
  const step_t *failed = NULL;
  for (size_t i = 0; i < r->count; i++) {
    step_print(&r->steps[i]);
    if (r->steps[i].state == SZTP_STEP_FAILED && failed == NULL) failed = &r->steps[i];
  }
  for (size_t i = 0; i < c->note_count; i++) (void)printf("note: %s\n", c->notes[i]);
  if (r->accepted)
    print_accepted(c, r);
  else if (failed != NULL)
    print_rejected(c, failed);
  else
    (void)printf("rejected: a step that these artifacts need was not passed.\n");
  return status;
}

/* ---- the device ----------------------------------------------------------------------------------- */

static int read_assertions(const command_t *c, const char *list, uint64_t *out) {
  static const char *const names[] = {"verified", "logged", "proximity", "agent-proximity", NULL};
  for (const char *at = list;; at++) {
    size_t len = strcspn(at, ",");
    int word = command_word(names, at, len);
    if (word < 0)
      return command_wrong(c,
                           "--assertion: '%s' is not right; right are verified, logged, proximity, "
                           "agent-proximity, separated by commas",
                           list);
    *out |= UINT64_C(1) << word;
    at += len;
    if (*at == '\0') return 0;
  }
}

static int set_policies(const command_t *c, sztp_device_t *dev) {
  uint64_t assertions = 0;
  int32_t result = 0;
  if (c->value[ASSERTION] != NULL) {
    if (read_assertions(c, c->value[ASSERTION], &assertions) != 0) return EXIT_WRONG;
    result = sztp_device_set_i64(dev, SZTP_POLICY_ASSERTIONS, (int64_t)assertions);
  }
  if (result == SZTP_OK && c->value[REVOCATION] != NULL) {
    static const char *const names[] = {"as-voucher", "required", "off", NULL};
    int word = command_word(names, c->value[REVOCATION], strlen(c->value[REVOCATION]));
    if (word < 0)
      return command_wrong(c, "--revocation: '%s' is not right; right are as-voucher, required, off",
                           c->value[REVOCATION]);
    result = sztp_device_set_i64(dev, SZTP_POLICY_REVOCATION, word);
  }
  if (result != SZTP_OK) return command_failed(c, "policy", result);
  if (c->value[CONSTRAINED] == NULL) return 0;
  result = sztp_device_set_i64(dev, SZTP_POLICY_CONSTRAINED_VOUCHER, 1);
  return result == SZTP_OK ? 0 : command_failed(c, "--constrained", result);
}

/* ---- the artifacts -------------------------------------------------------------------------------- */

/* An artifact that the bundle refuses is rejected like one that fails a step. */
static void report_refused(const command_t *c, report_t *r, uint32_t step, const char *artifact,
                           int32_t code) {
  report_empty(r);
  step_t *s = r->steps;
  while (s->step != step) s++;
  s->state = SZTP_STEP_FAILED;
  s->code = code;
  s->reason = sztp_error_label(code);
  s->detail = command_detail(c, code);
  s->artifact = artifact;
}

static const struct slot {
  int option;
  const char *flag;
  uint32_t artifact, step;
  const char *name;
} slots[] = {
    {CONVEYED, "--conveyed", SZTP_ARTIFACT_CONVEYED_INFO, SZTP_STEP_INFO_FORMAT, "conveyed-information"},
    {VOUCHER, "--voucher", SZTP_ARTIFACT_VOUCHER, SZTP_STEP_VOUCHER_FORMAT, "voucher"},
    {OWNER_CERT, "--owner-cert", SZTP_ARTIFACT_OWNER_CERT, SZTP_STEP_OWNER_FORMAT, "owner-certificate"},
};

/* 0; EXIT_WRONG; or EXIT_REJECTED with the report made. */
static int set_artifacts(command_t *c, sztp_bundle_t *b, report_t *r) {
  for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
    const struct slot *s = &slots[i];
    if (c->value[s->option] == NULL) continue;
    octets_t artifact = {NULL, 0};
    if (input_artifact(c, s->flag, c->value[s->option], &artifact, NULL) != 0) return EXIT_WRONG;
    int32_t result = sztp_bundle_set(b, s->artifact, artifact.data, artifact.len);
    input_free(&artifact);
    if (result == SZTP_ERR_MEMORY) return command_wrong(c, "%s: out of memory", s->flag);
    if (result == SZTP_OK) continue;
    report_refused(c, r, s->step, s->name, result == SZTP_ERR_ARG ? SZTP_ERR_CMS_MALFORMED : result);
    return EXIT_REJECTED;
  }
  return 0;
}

static int set_sent_nonce(const command_t *c, sztp_bundle_t *b) {
  if (c->value[NONCE] == NULL) return 0;
  uint8_t nonce[64];
  size_t len = 0;
  if (octets_from_base64(c->ctx, c->value[NONCE], nonce, sizeof nonce, &len) == 0 && len >= 8 &&
      sztp_bundle_set(b, SZTP_ARTIFACT_NONCE, nonce, len) == SZTP_OK)
    return 0;
  return command_wrong(c, "--nonce: '%s' is not right; right is base64 of the 8 to 32 octets that were sent",
                       c->value[NONCE]);
}

/* A file that holds no certificate is a mistake of the user, not a fault of an artifact, so it is first given
 * to a throw-away device. */
static int check_certificate(const command_t *c, const octets_t *cert) {
  sztp_device_t *dev = NULL;
  int32_t result = sztp_device_new(c->ctx, &dev);
  if (result == SZTP_OK) result = sztp_device_add_cert(dev, SZTP_CERT_VOUCHER_ANCHOR, cert->data, cert->len);
  int status = result == SZTP_OK
                   ? 0
                   : command_wrong(c, "--pinned: %s is not a bare certificate, or a broken one: %s",
                                   c->value[PINNED], command_detail(c, result));
  sztp_device_free(dev);
  return status;
}

static int set_pinned_anchor(command_t *c, sztp_bundle_t *b) {
  if (c->value[PINNED] == NULL) return 0;
  octets_t cert = {NULL, 0};
  int status = input_certificate(c, "--pinned", c->value[PINNED], &cert);
  if (status == 0) status = check_certificate(c, &cert);
  if (status == 0) {
    int32_t result = sztp_bundle_set(b, SZTP_ARTIFACT_PINNED, cert.data, cert.len);
    if (result != SZTP_OK) status = command_failed(c, "--pinned", result);
  }
  input_free(&cert);
  return status;
}

static int set_crls(command_t *c, sztp_bundle_t *b) {
  octets_t crls = {NULL, 0};
  if (c->value[CRL] == NULL) return 0;
  int status = input_all(c, CRL, INPUT_CRLS, "--crl", &crls);
  if (status == 0) {
    int32_t result = sztp_bundle_set(b, SZTP_ARTIFACT_CRL, crls.data, crls.len);
    if (result != SZTP_OK) status = command_failed(c, "--crl", result);
  }
  input_free(&crls);
  return status;
}

/* ---- the command ---------------------------------------------------------------------------------- */

static int check_verify_use(const command_t *c) {
  if (c->value[KEY] != NULL && c->value[IDEVID] == NULL)
    return command_wrong(c, "--key needs --idevid FILE, the certificate that it is the private key of");
  if (c->value[VOUCHER] == NULL && c->value[OWNER_CERT] == NULL && c->value[CONVEYED] == NULL)
    return command_wrong(c, "nothing to verify; give --voucher, --owner-cert or --conveyed");
  if (c->value[VOUCHER] != NULL && c->value[PINNED] != NULL)
    return command_wrong(c, "--pinned takes the place of --voucher; give one of them");
  if (c->value[VOUCHER] == NULL) return 0;
  if (c->value[VOUCHER_ANCHOR] == NULL)
    return command_wrong(c,
                         "--voucher needs --voucher-anchor FILE, the certificate trusted to sign vouchers");
  if (c->value[SERIAL] == NULL && c->value[IDEVID] == NULL)
    return command_wrong(c, "--voucher needs --serial SN, or --idevid FILE that has it in its subject");
  return 0;
}

static int read_circumstances(const command_t *c, int64_t *time, uint32_t *channel) {
  static const char *const channels[] = {"untrusted", "trusted", NULL};
  const char *text = c->value[CHANNEL] == NULL ? channels[0] : c->value[CHANNEL];
  int word = command_word(channels, text, strlen(text));
  if (word < 0) return command_wrong(c, "--channel: '%s' is not right; right are untrusted, trusted", text);
  *channel = word == 1 ? SZTP_CHANNEL_TRUSTED : SZTP_CHANNEL_UNTRUSTED;

  text = c->value[TIME] == NULL ? "now" : c->value[TIME];
  if (strcmp(text, "unknown") != 0) return command_time(c, "--time", text, time);
  *time = SZTP_TIME_UNKNOWN;
  return 0;
}

/* ---- what is trusted, and of no use all the same ----------------------------------------------------- */

static void note_fault(void *user, const char *sentence) { command_note(user, "%s", sentence); }

static void note_content(command_t *c, const sztp_verdict_t *verdict) {
  const sztp_info_t *info = sztp_verdict_info(verdict);
  if (info != NULL) content_faults(c->ctx, info, note_fault, c);
}

static int judge_files(command_t *c, const sztp_device_t *dev, sztp_bundle_t *b, int64_t time,
                       uint32_t channel) {
  report_t report;
  int status = set_artifacts(c, b, &report);
  if (status == EXIT_REJECTED) return print_report(c, &report);
  if (status != 0) return status;

  sztp_verdict_t *verdict = NULL;
  int32_t result = sztp_verify(dev, b, time, channel, &verdict);
  if (verdict == NULL) return command_failed(c, "no verdict", result);
  note_content(c, verdict);
  report_verdict(&report, verdict, result);
  status = print_report(c, &report);
  sztp_verdict_free(verdict);
  return status;
}

static const device_options_t device_options = {SERIAL, IDEVID, KEY, VOUCHER_ANCHOR};

static int run_verify(command_t *c) {
  int64_t time = SZTP_TIME_UNKNOWN;
  uint32_t channel = SZTP_CHANNEL_UNTRUSTED;
  if (check_verify_use(c) != 0 || read_circumstances(c, &time, &channel) != 0) return EXIT_WRONG;
  sztp_device_t *dev = NULL;
  sztp_bundle_t *b = NULL;
  sztp_software_key_t *keys = NULL;
  int32_t result = sztp_device_new(c->ctx, &dev);
  if (result == SZTP_OK) result = sztp_bundle_new(c->ctx, &b);
  int status = result == SZTP_OK ? set_sent_nonce(c, b) : command_failed(c, "start", result);
  if (status == 0) status = set_policies(c, dev);
  if (status == 0) status = device_set(c, &device_options, dev);
  if (status == 0) status = device_set_key(c, &device_options, dev, &keys);
  if (status == 0) status = set_pinned_anchor(c, b);
  if (status == 0) status = set_crls(c, b);
  if (status == 0) status = judge_files(c, dev, b, time, channel);
  sztp_bundle_free(b);
  sztp_device_free(dev);
  sztp_software_key_free(keys);
  return status;
}

const command_def_t command_verify = {"verify",  "judge artifacts as a device does", help, options, NULL,
                                      run_verify};

/* SPDX-License-Identifier: Apache-2.0 */
/* sztp removable write: puts a device's artifacts on a medium, where the device looks for them (RFC
 * 8572 4.1). */
#define _XOPEN_SOURCE 700
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/beneath.h"
#include "common/file.h"
#include "common/medium.h"
#include "device.h"
#include "input.h"
#include "refuse.h"

enum {
  SERIAL = OPTION_FIRST,
  CONVEYED,
  OWNER_CERT,
  VOUCHER,
  VOUCHER_ANCHOR,
  IDEVID,
  KEY,
  LAYOUT,
  ENTERPRISE,
  IMAGE,
  FORCE
};

static const option_t options[] = {COMMAND_OPTIONS,         {"serial", "SN", 0},
                                   {"conveyed", "FILE", 0}, {"owner-cert", "FILE", 0},
                                   {"voucher", "FILE", 0},  {"voucher-anchor", "FILE", 1},
                                   {"idevid", "FILE", 0},   {"key", "FILE", 0},
                                   {"layout", "rfc|xr", 0}, {"enterprise", "N", 0},
                                   {"image", "FILE", 0},    {"force", NULL, 0},
                                   {NULL, NULL, 0}};

static const char help[] =
    "Usage: sztp removable write DIR --serial SN --voucher FILE --owner-cert FILE --conveyed FILE\n"
    "                            [--voucher-anchor FILE... [--idevid FILE [--key FILE]]] [--layout rfc|xr]\n"
    "                            [--enterprise N] [--image FILE] [--force]\n"
    "\n"
    "Writes a device's artifacts into DIR, a mounted USB stick or another medium (RFC 8572 4.1). Several "
    "devices\n"
    "share a medium, each with a folder of its own. Nothing is written before all artifacts were looked at: "
    "they\n"
    "must decode, belong together, and be for that device.\n"
    "\n"
    "  --serial SN            the device's serial number, which names its folder\n"
    "  --conveyed FILE        conveyed information\n"
    "  --owner-cert FILE, --voucher FILE\n"
    "                         what goes with signed conveyed information; left out for an unsigned redirect\n"
    "  --voucher-anchor FILE  the manufacturer's certificate: the artifacts are verified as the device will "
    "do it;\n"
    "                         may be repeated\n"
    "  --idevid FILE          the device's identity certificate, which the voucher may name the issuer of\n"
    "  --key FILE             its private key, to look into what is encrypted to it\n"
    "  --layout rfc           SN/bootstrapping-data (the default)\n"
    "  --layout xr            EN<N>/SN/bootstrapping-data, as Cisco IOS-XR has it\n"
    "  --enterprise N         the manufacturer's IANA enterprise number in the layout xr; 9, Cisco's, if not "
    "given\n"
    "  --image FILE           a boot image, copied into the folder images; its URI is told\n"
    "  --force                write them, though the device will refuse them\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 done, 1 the artifacts are of no use to the device, 2 wrong use, unreadable input, or DIR "
    "can't\n"
    "be written to.\n"
    "\n"
    "Example:\n"
    "  sztp removable write stick --serial EX4200-17 --voucher voucher.vcj --owner-cert owner.cms \\\n"
    "                       --conveyed onboarding.cms --voucher-anchor mfr-root.pem\n";

#define IMAGES "images"

enum { ARTIFACTS = 3, MAX_URIS = 16, FOLDER_MODE = 0755, FILE_MODE = 0644 };

/* In the order of writing: without conveyed information a device finds nothing, so that is written last. */
static const struct kind {
  int option;
  const char *flag;
  const char *begins; /* what sztp_inspect() calls such an artifact */
  const char *file;
  uint32_t artifact;
} kinds[ARTIFACTS] = {
    {VOUCHER, "--voucher", "ownership voucher", MEDIUM_VOUCHER, SZTP_ARTIFACT_VOUCHER},
    {OWNER_CERT, "--owner-cert", "owner certificate", MEDIUM_OWNER_CERT, SZTP_ARTIFACT_OWNER_CERT},
    {CONVEYED, "--conveyed", "conveyed information", MEDIUM_CONVEYED, SZTP_ARTIFACT_CONVEYED_INFO}};
enum { AT_VOUCHER = 0, AT_OWNER_CERT = 1, AT_CONVEYED = 2 };

/* What is known of an artifact. */
typedef struct facts {
  char kind[64];    /* "conveyed information, signed" */
  char group[64];   /* the top-level group that is being reported */
  char serial[260]; /* of the voucher */
  int is_onboarding;
  char *uris[MAX_URIS]; /* file: URIs of the boot image */
  size_t uri_count;
} facts_t;

enum { CISCO = 9 }; /* IANA enterprise number */

typedef struct work {
  command_t *c;
  const char *folder;
  const char *serial;
  octets_t data[ARTIFACTS];
  facts_t facts[ARTIFACTS];
  uint64_t enterprise; /* 0: the layout has none */
  char path[MEDIUM_PATH];
  char image[MEDIUM_PATH]; /* its place on the medium, or "" */
} work_t;

static int rejected(command_t *c, const char *flag, const char *why, const char *more) {
  if (c->value[FORCE] != NULL) return refuse(c, FORCE, "%s: %s%s", flag, why, more);
  (void)command_wrong(c, "%s: %s%s; nothing was written", flag, why, more);
  return EXIT_REJECTED;
}

/* ---- looking at the artifacts -------------------------------------------------------------------- */

static int keep_uri(facts_t *f, const char *uri) {
  if (!medium_is_file_uri(uri) || f->uri_count == MAX_URIS) return 0;
  char *copy = malloc(strlen(uri) + 1);
  if (copy == NULL) return -1;
  strcpy(copy, uri);
  f->uris[f->uri_count++] = copy;
  return 0;
}

static int32_t hear_fact(void *user, uint32_t depth, const char *name, const char *value, size_t len) {
  facts_t *f = user;
  (void)len;
  if (depth == 0 && value == NULL) (void)snprintf(f->group, sizeof f->group, "%s", name);
  if (value == NULL) {
    if (depth == 0 && strcmp(name, "onboarding-information") == 0) f->is_onboarding = 1;
    return 0;
  }
  if (depth == 0 && strcmp(name, "artifact") == 0) (void)snprintf(f->kind, sizeof f->kind, "%s", value);
  if (depth == 1 && strcmp(f->group, "voucher") == 0 && strcmp(name, "serial-number") == 0)
    (void)snprintf(f->serial, sizeof f->serial, "%s", value);
  return strcmp(name, "download-uri") == 0 ? keep_uri(f, value) : 0;
}

static int starts_with(const char *text, const char *word) { return strncmp(text, word, strlen(word)) == 0; }

/* A mix-up of files should be reported here, not by the device. What is in unusual containers or encrypted
 * can't be checked here. */
static int check_artifact(const work_t *w, size_t which) {
  static const char *const unclear[] = {"signed data", "unsigned data", "encrypted artifact"};
  const facts_t *f = &w->facts[which];
  if (starts_with(f->kind, kinds[which].begins)) return 0;
  for (size_t i = 0; i < sizeof unclear / sizeof *unclear; i++)
    if (starts_with(f->kind, unclear[i])) return 0;
  return rejected(w->c, kinds[which].flag, "it is something else: ", f->kind);
}

static int look_at(work_t *w, size_t which) {
  const struct kind *k = &kinds[which];
  const char *path = w->c->value[k->option];
  if (path == NULL) return 0;
  int status = input_artifact(w->c, k->flag, path, &w->data[which], NULL);
  if (status != 0) return status;
  int32_t result =
      sztp_inspect(w->c->ctx, w->data[which].data, w->data[which].len, hear_fact, &w->facts[which]);
  if (result == SZTP_ERR_MEMORY || result == SZTP_ERR_CANCELLED) return command_wrong(w->c, "out of memory");
  if (result != 0)
    return rejected(w->c, k->flag, "it is no artifact, or a broken one: ", command_detail(w->c, result));
  return check_artifact(w, which);
}

/* What every device refuses from removable storage (USB-05, USB-06). */
static int check_together(const work_t *w) {
  const facts_t *info = &w->facts[AT_CONVEYED], *voucher = &w->facts[AT_VOUCHER];
  int plain = strstr(info->kind, "unsigned") != NULL;
  int companions = w->data[AT_VOUCHER].data != NULL;
  if (plain && info->is_onboarding)
    return rejected(w->c, "--conveyed",
                    "it is unsigned onboarding information, which is never trusted on removable "
                    "storage; sign it",
                    "");
  if (plain && companions)
    return rejected(w->c, "--conveyed",
                    "it is unsigned, and then the others are of no use; sign it, or leave out "
                    "--voucher and --owner-cert",
                    "");
  if (!plain && !companions)
    return rejected(w->c, "--conveyed", "it is signed, and useless without --voucher and --owner-cert", "");
  if (!companions || strcmp(voucher->serial, w->serial) == 0) return 0;
  if (voucher->serial[0] == '\0')
    return rejected(w->c, "--voucher", "no serial number can be read in it", "");
  return rejected(w->c, "--voucher", "it is for another device: ", voucher->serial);
}

/* ---- verifying them as the device does ----------------------------------------------------------- */

static int judge_artifacts(work_t *w, const sztp_device_t *dev, const sztp_bundle_t *bundle) {
  sztp_verdict_t *verdict = NULL;
  char why[400];
  int64_t now = 0;
  (void)command_time(w->c, "", "now", &now);
  int32_t result = sztp_verify(dev, bundle, now, SZTP_CHANNEL_UNTRUSTED, &verdict);
  if (verdict == NULL) return command_failed(w->c, "no verdict", result);
  for (uint32_t step = SZTP_STEP_INFO_FORMAT; step <= SZTP_STEP_INFO_CONTENT; step++) {
    uint32_t state = SZTP_STEP_SKIPPED;
    if (sztp_verdict_step(verdict, step, &state, NULL) != SZTP_OK || state != SZTP_STEP_FAILED) continue;
    (void)snprintf(why, sizeof why, "%.60s: %.300s", sztp_verdict_text(verdict, step, SZTP_TEXT_REASON),
                   sztp_verdict_text(verdict, step, SZTP_TEXT_DETAIL));
    break;
  }
  sztp_verdict_free(verdict);
  return result == SZTP_OK ? 0 : rejected(w->c, "a device would refuse this", why, "");
}

static const device_options_t device_options = {SERIAL, IDEVID, KEY, VOUCHER_ANCHOR};

static int verify(work_t *w) {
  sztp_device_t *dev = NULL;
  sztp_software_key_t *keys = NULL;
  sztp_bundle_t *bundle = NULL;
  if (w->c->value[VOUCHER_ANCHOR] == NULL) return 0;
  int32_t result = sztp_device_new(w->c->ctx, &dev);
  if (result == SZTP_OK) result = sztp_bundle_new(w->c->ctx, &bundle);
  for (size_t i = 0; i < ARTIFACTS && result == SZTP_OK; i++)
    if (w->data[i].data != NULL)
      result = sztp_bundle_set(bundle, kinds[i].artifact, w->data[i].data, w->data[i].len);
  int status =
      result == SZTP_OK ? device_set(w->c, &device_options, dev) : command_failed(w->c, "start", result);
  if (status == 0) status = device_set_key(w->c, &device_options, dev, &keys);
  if (status == 0) status = judge_artifacts(w, dev, bundle);
  sztp_bundle_free(bundle);
  sztp_device_free(dev);
  sztp_software_key_free(keys);
  return status;
}

/* ---- writing ------------------------------------------------------------------------------------- */

static int cannot_write(const work_t *w, const char *path) {
  return command_wrong(w->c, "can't write %s/%s: %s; give a mounted medium that may be written to", w->folder,
                       path, errno == ELOOP ? "it is a symbolic link" : strerror(errno));
}

/* Makes the missing folders of a path and opens the last one. -1 with errno. */
static int make_folder(int root, const char *path) {
  char part[MEDIUM_PATH];
  int folder = -1;
  for (size_t len = strcspn(path, "/");; len += 1 + strcspn(path + len + 1, "/")) {
    memcpy(part, path, len);
    part[len] = '\0';
    folder = beneath_folder(root, part);
    if (folder < 0 && errno == ENOENT && mkdirat(root, part, FOLDER_MODE) == 0)
      folder = beneath_folder(root, part);
    if (folder < 0 || path[len] == '\0') return folder;
    (void)close(folder);
  }
}

static int remove_old(const work_t *w, int folder, const char *name) {
  if (unlinkat(folder, name, 0) == 0 || errno == ENOENT) return 0;
  return cannot_write(w, name);
}

/* If the medium is pulled out in the middle, a device finds nothing on it, never artifacts that don't belong
 * together. Old files are removed, since the device would use them. */
static int write_artifacts(const work_t *w, int folder) {
  int status = remove_old(w, folder, MEDIUM_CONVEYED);
  if (status == 0) status = remove_old(w, folder, MEDIUM_OWNER_CERT);
  if (status == 0) status = remove_old(w, folder, MEDIUM_VOUCHER);
  if (status == 0) status = remove_old(w, folder, MEDIUM_VOUCHER_OTHER);
  for (size_t i = 0; i < ARTIFACTS && status == 0; i++) {
    if (w->data[i].data == NULL) continue;
    if (file_write_in(folder, kinds[i].file, w->data[i].data, w->data[i].len, FILE_MODE) != 0)
      return cannot_write(w, kinds[i].file);
    (void)printf("wrote %s/%s, %zu octets\n", w->path, kinds[i].file, w->data[i].len);
  }
  return status;
}

static int open_image(const work_t *w) {
  const char *path = w->c->value[IMAGE];
  struct stat about;
  int image = open(path, O_RDONLY | O_CLOEXEC);
  if (image >= 0 && fstat(image, &about) == 0 && S_ISREG(about.st_mode)) return image;
  (void)command_wrong(w->c, "--image: can't read %s: %s", path,
                      image < 0 ? strerror(errno) : "it is no file");
  if (image >= 0) (void)close(image);
  return -1;
}

static int write_image(const work_t *w, int root) {
  char uri[MEDIUM_URI];
  uint64_t len = 0;
  int image = open_image(w);
  if (image < 0) return EXIT_WRONG;
  int folder = make_folder(root, IMAGES);
  int result = folder < 0 ? -1 : file_copy_in(folder, strrchr(w->image, '/') + 1, image, FILE_MODE, &len);
  int status = result == 0 ? 0 : cannot_write(w, w->image);
  (void)close(image);
  if (folder >= 0) (void)close(folder);
  if (status != 0) return status;
  medium_path_uri(w->image, uri);
  (void)printf("wrote %s, %" PRIu64 " octets\n", w->image, len);
  (void)printf("its URI in onboarding information is %s\n", uri);
  return 0;
}

/* ---- saying what the device will do -------------------------------------------------------------- */

/* The device looks for the image where the conveyed information says, which may have been made long ago. */
static void check_images(const work_t *w, int root) {
  const facts_t *f = &w->facts[AT_CONVEYED];
  for (size_t i = 0; i < f->uri_count; i++) {
    char path[MEDIUM_PATH];
    uint64_t size = 0;
    const char *fault = medium_uri_path(f->uris[i], strlen(f->uris[i]), path);
    int file = fault == NULL ? beneath_file(root, path, &size) : -1;
    if (file < 0)
      (void)printf("note: the conveyed information names the image %s, %s%s\n", f->uris[i],
                   fault == NULL ? "which is not on the medium" : "which no device takes: ",
                   fault == NULL ? "" : fault);
    else
      (void)close(file);
  }
}

static void tell_device(const work_t *w) {
  char enterprise[64] = "";
  if (w->enterprise != 0)
    (void)snprintf(enterprise, sizeof enterprise, " and removable.enterprise-number %lu",
                   (unsigned long)w->enterprise);
  (void)printf("a device with the serial number %s%s finds this, unless its removable.layouts are others\n",
               w->serial, enterprise);
}

static int write_medium(const work_t *w) {
  int root = open(w->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (root < 0)
    return command_wrong(w->c, "can't write into %s: %s; give the folder at which the medium is mounted",
                         w->folder, strerror(errno));
  int status = w->image[0] == '\0' ? 0 : write_image(w, root);
  int folder = status == 0 ? make_folder(root, w->path) : -1;
  if (status == 0) status = folder < 0 ? cannot_write(w, w->path) : write_artifacts(w, folder);
  if (status == 0) check_images(w, root);
  if (status == 0) tell_device(w);
  if (folder >= 0) (void)close(folder);
  (void)close(root);
  return status;
}

/* ---- the command --------------------------------------------------------------------------------- */

static int read_layout(work_t *w) {
  static const char *const words[] = {"rfc", "xr", NULL};
  const char *text = w->c->value[LAYOUT] == NULL ? words[0] : w->c->value[LAYOUT];
  const char *number = w->c->value[ENTERPRISE];
  int word = command_word(words, text, strlen(text));
  uint64_t enterprise = number == NULL && word == 1 ? CISCO : 0;
  if (word < 0) return command_wrong(w->c, "--layout: '%s' is not right; right are rfc, xr", text);
  if (word == 0 && number != NULL) return command_wrong(w->c, "--enterprise goes with --layout xr only");
  for (const char *d = number; d != NULL && *d != '\0'; d++)
    enterprise = *d >= '0' && *d <= '9' && enterprise < 1000000000 ? enterprise * 10 + (uint64_t)(*d - '0')
                                                                   : UINT64_MAX;
  if (number != NULL && (enterprise == 0 || enterprise > UINT32_MAX))
    return command_wrong(w->c, "--enterprise: '%s' is not right; right is a number from 1 to 4294967295",
                         number);
  w->enterprise = enterprise;
  if (medium_path(word == 1 ? MEDIUM_LAYOUT_XR : MEDIUM_LAYOUT, w->serial, enterprise, w->path) == 0)
    return 0;
  return command_wrong(
      w->c,
      "--serial: '%s' can't name a folder, and no other name for it is invented; devices with such "
      "a serial number look at the root of a medium only",
      w->serial);
}

static int read_image(work_t *w) {
  const char *path = w->c->value[IMAGE];
  if (path == NULL) return 0;
  const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
  if (!medium_serial_is_name(name))
    return command_wrong(w->c, "--image: '%s' can't be the name of a file", name);
  (void)snprintf(w->image, sizeof w->image, IMAGES "/%s", name);
  return 0;
}

static int check_removable_use(work_t *w) {
  size_t from = 0;
  command_t *c = w->c;
  w->folder = command_each(c, OPTIONS_OPERAND, &from);
  w->serial = c->value[SERIAL];
  if (w->folder == NULL) return command_wrong(c, "no folder given; give DIR, at which the medium is mounted");
  if (command_each(c, OPTIONS_OPERAND, &from) != NULL)
    return command_wrong(c, "more than one folder given; give one DIR");
  if (w->serial == NULL) return command_wrong(c, "--serial SN is needed: the device's serial number");
  if (c->value[CONVEYED] == NULL)
    return command_wrong(c, "--conveyed FILE is needed: what the device shall read");
  if ((c->value[VOUCHER] == NULL) != (c->value[OWNER_CERT] == NULL))
    return command_wrong(c, "--voucher and --owner-cert belong together; give %s too",
                         c->value[VOUCHER] == NULL ? "--voucher FILE" : "--owner-cert FILE");
  if (c->value[KEY] != NULL && c->value[IDEVID] == NULL)
    return command_wrong(c, "--key needs --idevid FILE, the certificate that it is the private key of");
  if (c->value[IDEVID] != NULL && c->value[VOUCHER_ANCHOR] == NULL)
    return command_wrong(c, "--idevid is for verifying; give --voucher-anchor FILE too");
  if (read_layout(w) != 0) return EXIT_WRONG;
  return read_image(w);
}

static int run_removable_write(command_t *c) {
  work_t *w = calloc(1, sizeof *w);
  if (w == NULL) return command_wrong(c, "out of memory");
  w->c = c;
  int status = check_removable_use(w);
  for (size_t i = 0; i < ARTIFACTS && status == 0; i++) status = look_at(w, i);
  if (status == 0) status = check_together(w);
  if (status == 0) status = verify(w);
  if (status == 0) status = write_medium(w);
  for (size_t i = 0; i < ARTIFACTS; i++) {
    for (size_t k = 0; k < w->facts[i].uri_count; k++) free(w->facts[i].uris[k]);
    input_free(&w->data[i]);
  }
  free(w);
  return status;
}

const command_def_t command_removable_write = {
    "removable write", "write a device's artifacts on a medium", help, options, "DIR", run_removable_write};

/* SPDX-License-Identifier: Apache-2.0 */
/* sztp dns encode: records for DNS and multicast DNS (RFC 8572 4.2). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "refuse.h"

enum { SERIAL = OPTION_FIRST, DOMAIN, VOUCHER, OWNER_CERT, CONVEYED, SERVER, TTL, FORCE };

static const option_t options[] = {COMMAND_OPTIONS,
                                   {"serial", "SN", 0},
                                   {"domain", "D", 0},
                                   {"voucher", "FILE", 0},
                                   {"owner-cert", "FILE", 0},
                                   {"conveyed", "FILE", 0},
                                   {"server", "HOST:PORT[,PRIORITY,WEIGHT]", 1},
                                   {"ttl", "SECONDS", 0},
                                   {"force", NULL, 0},
                                   {NULL, NULL, 0}};

static const char help[] =
    "Usage: sztp dns encode --domain D [--serial SN --conveyed FILE [--voucher FILE --owner-cert FILE]]\n"
    "                       [--server HOST[:PORT][,PRIORITY,WEIGHT] ...] [--ttl SECONDS] [--force]\n"
    "\n"
    "Writes lines of a zone file: TXT records that hand the artifacts to one device, SRV records that lead "
    "all\n"
    "devices to bootstrap servers (RFC 8572 4.2).\n"
    "\n"
    "  --domain D          the domain in which devices ask; local for multicast DNS\n"
    "  --serial SN         the device's serial number\n"
    "  --conveyed FILE     the conveyed information\n"
    "  --voucher FILE, --owner-cert FILE\n"
    "                      the ownership voucher and the owner certificate, if it is signed\n"
    "  --server HOST[:PORT][,PRIORITY,WEIGHT]\n"
    "                      a bootstrap server by its name; default port: 443; lower priorities are tried "
    "first,\n"
    "                      among equal ones higher weights more often; default: 0,0; may be repeated\n"
    "  --ttl SECONDS       how long the records may be kept; default: 3600\n"
    "  --force             encode them, though the device will refuse them\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 done, 1 the device would refuse them, 2 wrong use, unreadable input, or more than DNS "
    "can carry.\n"
    "\n"
    "Examples:\n"
    "  sztp dns encode --serial EX4200-17 --domain example.net --voucher voucher.vcj --owner-cert owner.cms "
    "\\\n"
    "                  --conveyed onboarding.cms >>example.net.zone\n"
    "  sztp dns encode --domain example.net --server boot1.example.net:8443,10,3 --server "
    "boot2.example.net:8443,10,1\n";

/* A decimal number of @p text, up to its end. 0, or -1. */
static int read_number(const char *text, unsigned long most, unsigned long *out) {
  size_t digits = strspn(text, "0123456789");
  if (digits == 0 || digits > 10 || text[digits] != '\0') return -1;
  unsigned long long value = strtoull(text, NULL, 10);
  *out = (unsigned long)value;
  return value <= most ? 0 : -1;
}

static int read_ttl(const command_t *c, uint32_t *ttl) {
  unsigned long value = 3600;
  if (c->value[TTL] != NULL && read_number(c->value[TTL], 0x7fffffff, &value) != 0)
    return command_wrong(c, "--ttl: '%s' is not right; right are seconds, 0 to 2147483647", c->value[TTL]);
  *ttl = (uint32_t)value;
  return 0;
}

/* Adds the library's lines, and frees them, to what is printed at the end: all or nothing. */
static int add_lines(const command_t *c, octets_t *lines, uint8_t *more, size_t len) {
  uint8_t *grown = realloc(lines->data, lines->len + len + 1);
  if (grown != NULL) {
    memcpy(grown + lines->len, more, len);
    lines->data = grown;
    lines->len += len;
  }
  sztp_artifacts_free(c->ctx, more);
  return grown != NULL ? 0 : command_wrong(c, "out of memory");
}

/* ---- TXT ----------------------------------------------------------------------------------------- */

static int take_artifact(command_t *c, int option, const char *name, uint32_t artifact,
                         sztp_bundle_t *bundle) {
  octets_t der = {NULL, 0};
  if (c->value[option] == NULL) return 0;
  if (input_artifact(c, name, c->value[option], &der, NULL) != 0) return EXIT_WRONG;
  int32_t result = sztp_bundle_set(bundle, artifact, der.data, der.len);
  input_free(&der);
  return result == SZTP_OK ? 0 : command_failed(c, name, result);
}

/* What is heard of a voucher. */
typedef struct heard {
  char group[40], serial[260];
} heard_t;

static int32_t hear_serial(void *user, uint32_t depth, const char *name, const char *value, size_t len) {
  heard_t *h = user;
  (void)len;
  if (depth == 0 && value == NULL) (void)snprintf(h->group, sizeof h->group, "%s", name);
  if (depth == 1 && value != NULL && strcmp(h->group, "voucher") == 0 && strcmp(name, "serial-number") == 0)
    (void)snprintf(h->serial, sizeof h->serial, "%s", value);
  return 0;
}

/* The voucher must be the device's. One that is encrypted can't be read here. */
static int refuse_other_voucher(command_t *c) {
  octets_t der = {NULL, 0};
  heard_t heard = {"", ""};
  const char *path = c->value[VOUCHER], *serial = c->value[SERIAL];
  if (path == NULL || serial == NULL || strcmp(path, "-") == 0) return 0;
  if (input_artifact(c, "--voucher", path, &der, NULL) != 0) return EXIT_WRONG;
  (void)sztp_inspect(c->ctx, der.data, der.len, hear_serial, &heard);
  input_free(&der);
  if (heard.serial[0] == '\0' || strcmp(heard.serial, serial) == 0) return 0;
  return refuse(c, FORCE, "--serial is %s, but %s is the voucher of %s", serial, path, heard.serial);
}

static int encode_artifacts(command_t *c, uint32_t ttl, octets_t *lines) {
  sztp_bundle_t *bundle = NULL;
  uint8_t *out = NULL;
  size_t len = 0;
  if (sztp_bundle_new(c->ctx, &bundle) != SZTP_OK) return command_wrong(c, "out of memory");
  int status = take_artifact(c, CONVEYED, "--conveyed", SZTP_ARTIFACT_CONVEYED_INFO, bundle);
  if (status == 0) status = take_artifact(c, OWNER_CERT, "--owner-cert", SZTP_ARTIFACT_OWNER_CERT, bundle);
  if (status == 0) status = take_artifact(c, VOUCHER, "--voucher", SZTP_ARTIFACT_VOUCHER, bundle);
  if (status == 0) {
    int32_t result = sztp_dns_make(c->ctx, c->value[SERIAL], c->value[DOMAIN], bundle, ttl, &out, &len);
    if (result == SZTP_ERR_LIMIT)
      status = command_wrong(
          c, "%s; a longer artifact belongs on a bootstrap server, to which redirect information leads",
          command_detail(c, result));
    else
      status = result == SZTP_OK ? add_lines(c, lines, out, len)
                                 : command_failed(c, "the records can't be made", result);
  }
  sztp_bundle_free(bundle);
  return status;
}

/* ---- SRV ----------------------------------------------------------------------------------------- */

/* HOST[:PORT][,PRIORITY,WEIGHT] */
static int split_server(char *text, char host[HOST_ROOM], uint16_t *port, unsigned long numbers[2]) {
  char *comma = strchr(text, ',');
  numbers[0] = numbers[1] = 0;
  if (comma != NULL) {
    *comma++ = '\0';
    char *second = strchr(comma, ',');
    if (second == NULL) return -1;
    *second++ = '\0';
    if (read_number(comma, 65535, &numbers[0]) != 0 || read_number(second, 65535, &numbers[1]) != 0)
      return -1;
  }
  return input_host(text, host, port);
}

static int encode_server(const command_t *c, const char *server, uint32_t ttl, octets_t *lines) {
  char *text = malloc(strlen(server) + 1), host[HOST_ROOM];
  unsigned long numbers[2];
  uint16_t port = 0;
  uint8_t *out = NULL;
  size_t len = 0;
  int status;
  if (text == NULL) return command_wrong(c, "out of memory");
  strcpy(text, server);
  if (split_server(text, host, &port, numbers) != 0) {
    status = command_wrong(c,
                           "--server: '%s' is not right; right is HOST[:PORT][,PRIORITY,WEIGHT], as "
                           "boot.example.net:8443,10,0",
                           server);
  } else {
    int32_t result = sztp_dns_make_server(c->ctx, c->value[DOMAIN], host, port, (uint16_t)numbers[0],
                                          (uint16_t)numbers[1], ttl, &out, &len);
    status = result == SZTP_OK ? add_lines(c, lines, out, len) : command_failed(c, "--server", result);
  }
  free(text);
  return status;
}

static int run_dns_encode(command_t *c) {
  size_t from = 0;
  uint32_t ttl = 0;
  const char *server = command_each(c, SERVER, &from);
  int device = c->value[SERIAL] != NULL || c->value[CONVEYED] != NULL || c->value[VOUCHER] != NULL ||
               c->value[OWNER_CERT] != NULL;
  if (c->value[DOMAIN] == NULL) return command_wrong(c, "--domain is needed, as --domain example.net");
  if (!device && server == NULL)
    return command_wrong(c, "nothing to encode; give --serial and --conveyed, or --server");
  if (device && c->value[SERIAL] == NULL) return command_wrong(c, "--serial is needed with artifacts");
  if (device && c->value[CONVEYED] == NULL) return command_wrong(c, "--conveyed is needed with --serial");
  octets_t lines = {NULL, 0};
  int status = read_ttl(c, &ttl);
  if (status == 0) status = refuse_other_voucher(c);
  if (status == 0 && device) status = encode_artifacts(c, ttl, &lines);
  for (; status == 0 && server != NULL; server = command_each(c, SERVER, &from))
    status = encode_server(c, server, ttl, &lines);
  if (status == 0) (void)fwrite(lines.data, 1, lines.len, stdout); /* main() checks whether it was written */
  input_free(&lines);
  return status;
}

const command_def_t command_dns_encode = {
    "dns encode", "make DNS records of artifacts and servers", help, options, NULL, run_dns_encode};

/* SPDX-License-Identifier: Apache-2.0 */
/* sztp dhcp encode and decode: the bootstrap-server-list of options 143 and 136 (RFC 8572 8). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/octets.h"
#include "input.h"

enum { FAMILY = OPTION_FIRST, OWN };

static int read_family(const command_t *c, uint32_t *family) {
  const char *text = c->value[FAMILY];
  if (text == NULL) return command_wrong(c, "--family 4|6 is needed: DHCPv4 or DHCPv6");
  if (strcmp(text, "4") != 0 && strcmp(text, "6") != 0)
    return command_wrong(c, "--family: '%s' is not right; right are 4, 6", text);
  *family = text[0] == '4' ? 4 : 6;
  return 0;
}

/* ---- encode -------------------------------------------------------------------------------------- */

enum { FORMAT = OWN };

static const option_t encode_options[] = {
    COMMAND_OPTIONS, {"family", "4|6", 0}, {"format", "hex|isc|kea|dnsmasq|cisco", 0}, {NULL, NULL, 0}};

static const char encode_help[] =
    "Usage: sztp dhcp encode --family 4|6 URI... [--format hex|isc|kea|dnsmasq|cisco]\n"
    "\n"
    "Makes the value of DHCPv4 option 143 or DHCPv6 option 136 out of bootstrap servers, each written as\n"
    "https://HOST[:PORT] with an IPv6 address in brackets.\n"
    "\n"
    "  --family 4|6    DHCPv4 or DHCPv6\n"
    "  --format FORM   hex digits (the default), or lines for the configuration of ISC dhcpd, Kea, dnsmasq "
    "or\n"
    "                  Cisco IOS\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 done, 2 wrong use.\n"
    "\n"
    "Examples:\n"
    "  sztp dhcp encode --family 4 https://boot.example.net:8443\n"
    "  sztp dhcp encode --family 6 'https://[2001:db8::1]' --format kea\n";

/* The URIs, separated by NULs. */
static int join_operands(const command_t *c, octets_t *out) {
  size_t room = 0, from = 0;
  const char *uri;
  while ((uri = command_each(c, OPTIONS_OPERAND, &from)) != NULL) room += strlen(uri) + 1;
  if (room == 0) return command_wrong(c, "no URI given; give one or more, as https://boot.example.net:8443");
  out->data = malloc(room);
  if (out->data == NULL) return command_wrong(c, "out of memory");
  from = 0;
  while ((uri = command_each(c, OPTIONS_OPERAND, &from)) != NULL) {
    memcpy(out->data + out->len, uri, strlen(uri) + 1);
    out->len += strlen(uri) + 1;
  }
  out->len--;
  return 0;
}

static int print_encoded(const command_t *c, uint32_t family, uint32_t format, const octets_t *uris) {
  uint8_t *out = NULL;
  size_t len = 0;
  int32_t result = sztp_dhcp_make(c->ctx, family, (const char *)uris->data, uris->len, format, &out, &len);
  if (result == SZTP_ERR_URI)
    return command_wrong(c, "%s; right is https://HOST[:PORT], an IPv6 address in brackets",
                         command_detail(c, result));
  if (result == SZTP_ERR_UNSUPPORTED)
    return command_wrong(c, "--format: %s; give another format or --family", command_detail(c, result));
  if (result != SZTP_OK) return command_failed(c, "the option can't be made", result);
  (void)printf("%.*s\n", (int)len, (const char *)out);
  sztp_artifacts_free(c->ctx, out);
  return EXIT_DONE;
}

static int run_encode(command_t *c) {
  static const char *const words[] = {"hex", "isc", "kea", "dnsmasq", "cisco", NULL};
  static const uint32_t formats[] = {SZTP_DHCP_HEX, SZTP_DHCP_ISC, SZTP_DHCP_KEA, SZTP_DHCP_DNSMASQ,
                                     SZTP_DHCP_CISCO};
  uint32_t family;
  if (read_family(c, &family) != 0) return EXIT_WRONG;
  const char *format = c->value[FORMAT] == NULL ? words[0] : c->value[FORMAT];
  int word = command_word(words, format, strlen(format));
  if (word < 0)
    return command_wrong(c, "--format: '%s' is not right; right are hex, isc, kea, dnsmasq, cisco", format);
  octets_t uris = {NULL, 0};
  int status = join_operands(c, &uris);
  if (status == 0) status = print_encoded(c, family, formats[word], &uris);
  input_free(&uris);
  return status;
}

const command_def_t command_dhcp_encode = {"dhcp encode", "make the value of DHCP option 143 or 136",
                                           encode_help,   encode_options,
                                           "URI",         run_encode};

/* ---- decode -------------------------------------------------------------------------------------- */

enum { OPTION = OWN, MESSAGE };

static const option_t decode_options[] = {
    COMMAND_OPTIONS, {"family", "4|6", 0}, {"option", "HEX", 0}, {"message", "FILE", 0}, {NULL, NULL, 0}};

static const char decode_help[] =
    "Usage: sztp dhcp decode --family 4|6 (--option HEX | --message FILE)\n"
    "\n"
    "Prints the bootstrap servers that a device would take from DHCP, one URI per line.\n"
    "\n"
    "  --family 4|6      DHCPv4 (option 143) or DHCPv6 (option 136)\n"
    "  --option HEX      the option's value, put together from all its parts; colons, dots and spaces "
    "between\n"
    "                    octets are skipped\n"
    "  --message FILE    a whole DHCP message as it travels in UDP: a DHCPACK or a DHCPv6 Reply; '-' is "
    "standard\n"
    "                    input\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 done, 1 no valid server, 2 wrong use or unreadable input.\n"
    "\n"
    "Example:\n"
    "  sztp dhcp decode --family 4 --option 0018:68747470733a2f2f626f6f742e6578616d706c652e6e6574\n";

static int read_option(const command_t *c, octets_t *out) {
  size_t room = strlen(c->value[OPTION]) / 2;
  out->data = malloc(room + 1);
  if (out->data == NULL) return command_wrong(c, "out of memory");
  if (octets_from_hex(c->value[OPTION], out->data, room, &out->len) == 0) return 0;
  return command_wrong(
      c, "--option: that is not hex; right are pairs of hex digits, as 0009:68747470733a2f2f68");
}

static int not_found(const command_t *c, const char *what) {
  /* There is one line for it, so only the last reason for leaving out an entry is given. */
  const char *note = c->note_count > 0 ? c->notes[c->note_count - 1] : NULL;
  (void)command_wrong(c, "%s%s%s", what, note == NULL ? "" : ": ", note == NULL ? "" : note);
  return EXIT_REJECTED;
}

/* The option's value, extracted from a whole message. */
static int read_message(command_t *c, uint32_t family, octets_t *out) {
  octets_t message = {NULL, 0};
  if (input_file(c, "--message", c->value[MESSAGE], &message) != 0) return EXIT_WRONG;
  uint32_t code = family == 4 ? SZTP_DHCP4_OPTION : SZTP_DHCP6_OPTION;
  int32_t result = SZTP_ERR_MEMORY;
  out->data = malloc(message.len + 1);
  if (out->data != NULL)
    result =
        sztp_dhcp_read(c->ctx, family, code, message.data, message.len, out->data, message.len, &out->len);
  input_free(&message);
  if (result == SZTP_ERR_MEMORY) return command_wrong(c, "out of memory");
  if (result != SZTP_OK)
    return not_found(c, family == 4 ? "no option 143 in it; right is a whole DHCPACK"
                                    : "no option 136 in it; right is a whole DHCPv6 Reply");
  return 0;
}

static void print_server(const sztp_info_t *info, size_t index) {
  const uint8_t *host = NULL;
  size_t len = 0;
  int64_t port = 443;
  if (sztp_info_bytes(info, SZTP_INFO_SERVER_ADDRESS, index, &host, &len) != SZTP_OK) return;
  (void)sztp_info_i64(info, SZTP_INFO_SERVER_PORT, index, &port);
  int brackets = memchr(host, ':', len) != NULL;
  (void)printf("https://%s%.*s%s", brackets ? "[" : "", (int)len, (const char *)host, brackets ? "]" : "");
  if (port != 443) (void)printf(":%u", (unsigned)port);
  (void)printf("\n");
}

static int print_servers(const command_t *c, uint32_t family, const octets_t *value) {
  sztp_info_t *info = NULL;
  int32_t result = sztp_dhcp_parse(c->ctx, family, 0, value->data, value->len, &info);
  if (result == SZTP_ERR_NOT_FOUND) return not_found(c, "no valid bootstrap server in the option");
  if (result != SZTP_OK) return command_failed(c, "the option", result);
  for (size_t i = 0; i < sztp_info_count(info, SZTP_INFO_SERVER_ADDRESS); i++) print_server(info, i);
  for (size_t i = 0; i < c->note_count; i++) (void)command_wrong(c, "note: %s", c->notes[i]);
  sztp_info_free(info);
  return EXIT_DONE;
}

static int run_decode(command_t *c) {
  uint32_t family;
  if (read_family(c, &family) != 0) return EXIT_WRONG;
  if ((c->value[OPTION] == NULL) == (c->value[MESSAGE] == NULL))
    return command_wrong(c, "give one of --option HEX and --message FILE");
  octets_t value = {NULL, 0};
  int status = c->value[OPTION] != NULL ? read_option(c, &value) : read_message(c, family, &value);
  if (status == 0) status = print_servers(c, family, &value);
  input_free(&value);
  return status;
}

const command_def_t command_dhcp_decode = {"dhcp decode", "tell the servers in a DHCP option or message",
                                           decode_help,   decode_options,
                                           NULL,          run_decode};

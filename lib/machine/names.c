/* SPDX-License-Identifier: Apache-2.0 */
/* The names of the interface's constants, for status pages and logs. */
#include <sztp/session.h>

#define NAME_AT(names, i) ((i) < sizeof(names) / sizeof *(names) && (names)[i] != NULL ? (names)[i] : "")

const char *sztp_action_name(uint32_t kind) {
  static const char *const names[] = {
      NULL,     "discover", "resolve", "fetch", "download", "install", "script", "config",  "key", "rollback",
      "reboot", "wait",     "enabled", "save",  "done",     "failed",  "ask",    "domains", "csr"};
  return NAME_AT(names, kind);
}

const char *sztp_source_name(uint32_t source) {
  static const char *const names[] = {NULL, "removable", "mdns", "dns", "dhcp4", "dhcp6", "well-known"};
  if (source >= SZTP_SOURCE_CUSTOM && source < 2 * SZTP_SOURCE_CUSTOM) return "custom";
  return NAME_AT(names, source);
}

const char *sztp_outcome_name(uint32_t outcome) {
  static const char *const names[] = {"ok", "pending", "warning", "nothing", "failed", "timeout"};
  return NAME_AT(names, outcome);
}

const char *sztp_result_name(uint32_t result) {
  static const char *const names[] = {NULL,        "done", "reboot-pending", "disabled", "not-bootstrapped",
                                      "cancelled", "error"};
  return NAME_AT(names, result);
}

const char *sztp_stage_name(uint32_t stage) {
  static const char *const names[] = {NULL, "pre-configuration-script", "configuration",
                                      "post-configuration-script"};
  return NAME_AT(names, stage);
}

const char *sztp_fetch_name(uint32_t purpose) {
  static const char *const names[] = {NULL, "host-meta", "get-bootstrapping-data", "report-progress"};
  return NAME_AT(names, purpose);
}

const char *sztp_event_name(uint32_t kind) {
  static const char *const names[] = {NULL,    "source", "server", "verdict", "report",  "image",
                                      "stage", "undo",   "pass",   "end",     "evidence"};
  return NAME_AT(names, kind);
}

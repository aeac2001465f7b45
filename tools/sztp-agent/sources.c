/* SPDX-License-Identifier: Apache-2.0 */
/* Sources of bootstrapping data: which there are, and DHCP option values. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "common/file.h"
#include "common/octets.h"

/* 65535 octets is the longest option value; as hex with separators it takes three characters each. */
enum { MAX_OPTION = 65535, MAX_OPTION_FILE = 3 * MAX_OPTION + 16 };

int32_t sources_add(const config_t *config, sztp_session_t *session) {
  int32_t code = SZTP_OK;
  for (uint64_t i = 1; i <= config->source[0] && code == SZTP_OK; i++)
    code = sztp_session_add_source(session, (uint32_t)config->source[i]);
  return code;
}

static uint32_t reply_bytes(agent_t *agent, const sztp_action_t *a, uint32_t field, const uint8_t *data,
                            size_t len) {
  int32_t code = sztp_reply_bytes(agent->session, sztp_action_ticket(a), field, data, len);
  if (code == SZTP_OK) return SZTP_OUTCOME_OK;
  agent_say(agent, SZTP_LOG_WARN, "%s", sztp_error_text(code));
  return SZTP_OUTCOME_FAILED;
}

static int is_hex_text(const uint8_t *data, size_t len) {
  for (size_t i = 0; i < len; i++)
    if (data[i] == 0 || strchr("0123456789abcdefABCDEF:. \t\r\nxX", data[i]) == NULL) return 0;
  return len > 0;
}

/* Raw octets begin with a length of two octets, so that no valid value looks like hex. */
static uint32_t discover_dhcp(agent_t *agent, const sztp_action_t *a, uint32_t source,
                              const config_dhcp_t *dhcp) {
  uint8_t *text = NULL;
  size_t len = 0;
  if (dhcp->file != NULL && file_read(dhcp->file, MAX_OPTION_FILE, &text, &len) != 0) {
    int none = errno == ENOENT; /* no lease (D-11) */
    agent_source(agent, none ? SZTP_LOG_INFO : SZTP_LOG_WARN, source, dhcp->file,
                 none ? "nothing there" : "can't be read", none ? "no lease" : strerror(errno));
    return none ? SZTP_OUTCOME_NOTHING : SZTP_OUTCOME_FAILED;
  }
  const uint8_t *value = text;
  uint8_t *octets = malloc(MAX_OPTION);
  int is_text = dhcp->value != NULL || is_hex_text(text, len);
  uint32_t outcome = SZTP_OUTCOME_NOTHING;
  if (octets == NULL)
    outcome = SZTP_OUTCOME_FAILED;
  else if (is_text) {
    const char *hex = dhcp->value != NULL ? dhcp->value : (const char *)text;
    value = octets;
    if (octets_from_hex(hex, octets, MAX_OPTION, &len) != 0) {
      agent_source(agent, SZTP_LOG_WARN, source, dhcp->file, "nothing usable",
                   "the option's value is no hex");
      outcome = SZTP_OUTCOME_FAILED;
      len = 0;
    }
  }
  if (octets != NULL && len > 0) {
    agent_source(agent, SZTP_LOG_INFO, source, dhcp->file, "option found", NULL);
    outcome = reply_bytes(agent, a, SZTP_F_DATA, value, len);
  }
  free(octets);
  free(text);
  return outcome;
}

uint32_t sources_discover(agent_t *agent, const sztp_action_t *a) {
  uint64_t source = 0;
  if (sztp_action_u64(a, SZTP_F_SOURCE, 0, &source) != SZTP_OK) return SZTP_OUTCOME_FAILED;
  if (source == SZTP_SOURCE_DHCP4) return discover_dhcp(agent, a, SZTP_SOURCE_DHCP4, &agent->config->dhcp4);
  if (source == SZTP_SOURCE_DHCP6) return discover_dhcp(agent, a, SZTP_SOURCE_DHCP6, &agent->config->dhcp6);
  if (source == SZTP_SOURCE_MDNS || source == SZTP_SOURCE_DNS) return dns_discover(agent, a);
  if (source == SZTP_SOURCE_REMOVABLE) return media_discover(agent, a);
  return SZTP_OUTCOME_NOTHING;
}

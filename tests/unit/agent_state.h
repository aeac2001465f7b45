/* SPDX-License-Identifier: Apache-2.0 */
/* A state folder below the test's own; after sztp-agent/state.c and agent_files.h. */
#ifndef SZTP_TESTS_AGENT_STATE_H
#define SZTP_TESTS_AGENT_STATE_H

static void make_state(config_t *config, state_t *s, const char *name) {
  char error[300];
  memset(config, 0, sizeof *config);
  config->folders.state = in_root(name);
  config->folders.status = config->folders.state;
  assert_int_equal(state_open(config, s, error, sizeof error), 0);
}

#endif

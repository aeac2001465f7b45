/* SPDX-License-Identifier: Apache-2.0 */
/* Stores the flag. */
#include "flag.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state.h"

int flag_set(const config_t *config, int on, char *error, size_t room) {
  state_t state;
  if (state_open(config, &state, error, room) != 0) return -1;
  int result = state_enable(&state, on, getenv(STATE_ATTEMPT_VARIABLE));
  if (result != 0)
    (void)snprintf(error, room, "%s/enabled can't be written: %s", config->folders.state,
                   errno == ESTALE ? "the attempt that wants SZTP off is over" : strerror(errno));
  else
    (void)printf("SZTP is %s\n", on ? "on" : "off");
  state_close(&state);
  return result;
}

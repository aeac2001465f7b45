/* SPDX-License-Identifier: Apache-2.0 */
/* What onboarding information tells the device to do. Each action returns SZTP_OUTCOME_*. */
#ifndef SZTP_AGENT_ONBOARD_H
#define SZTP_AGENT_ONBOARD_H

#include "agent.h"

uint32_t onboard_install(agent_t *agent, const sztp_action_t *a);
uint32_t onboard_script(agent_t *agent, const sztp_action_t *a);
uint32_t onboard_config(agent_t *agent, const sztp_action_t *a);
/* A certificate signing request of another format. */
uint32_t onboard_csr(agent_t *agent, const sztp_action_t *a);
uint32_t onboard_rollback(agent_t *agent, const sztp_action_t *a);
uint32_t onboard_reboot(agent_t *agent, const sztp_action_t *a);
/* Has a program check the image's own signature, and replies the result: 1 if it is good. */
int onboard_check_image(agent_t *agent, const sztp_action_t *a);
/* It succeeded, with a key that was made for it: keeps the request and says the key's name. */
void onboard_keep_key(agent_t *agent, const sztp_action_t *a);
/* The attempt succeeded: drops what was kept for a rollback. */
void onboard_settle(agent_t *agent);

#endif

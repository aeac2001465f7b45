/* SPDX-License-Identifier: Apache-2.0 */
/* Boot images that lie on removable storage. */
#ifndef SZTP_AGENT_MEDIA_IMAGE_H
#define SZTP_AGENT_MEDIA_IMAGE_H

#include "agent.h"

/* Downloads an image with a file: URI. SZTP_OUTCOME_*. */
uint32_t media_image_download(agent_t *agent, const sztp_action_t *a);

#endif

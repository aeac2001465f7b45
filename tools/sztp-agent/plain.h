/* SPDX-License-Identifier: Apache-2.0 */
/* Text from outside on its way to people and to JSON. */
#ifndef SZTP_AGENT_PLAIN_H
#define SZTP_AGENT_PLAIN_H

/* Writes '?' over each octet that must not get to a terminal or into JSON: control characters, and what is no
 * UTF-8, as where a text was cut. */
void plain_text(char *text);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the firmware says of the machine (SMBIOS), as the kernel shows it in files. */
#ifndef SZTP_AGENT_SMBIOS_H
#define SZTP_AGENT_SMBIOS_H

#include <stddef.h>

#define SMBIOS_FOLDER "/sys/class/dmi/id"
#define SMBIOS_SERIAL "product_serial"
#define SMBIOS_MODEL  "product_name"

/* Reads a value. 0; -1 with "" if there is none, it can't be read, or it is one of the texts that
 * manufacturers leave in its place. */
int smbios_read(const char *folder, const char *name, char *out, size_t room);

#endif

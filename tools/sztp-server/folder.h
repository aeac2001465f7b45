/* SPDX-License-Identifier: Apache-2.0 */
/* The folder with the devices' data, and the log files in it. */
#ifndef SZTP_SERVER_FOLDER_H
#define SZTP_SERVER_FOLDER_H

#include <stddef.h>
#include <stdint.h>

#include "settings.h"

enum { FOLDER_FOUND = 0, FOLDER_ABSENT = 1, FOLDER_FAILED = -1 };

/* 1 if the serial number may be a folder's name: no separator, no control character, not hidden, not
 * "images". */
int folder_serial_safe(const char *serial);
/* "FOLDER/SERIAL", or "FOLDER/SERIAL/PART" if @p part is not NULL, if that is a folder; else NULL. Memory
 * from malloc(). */
char *folder_of_device(const settings_t *s, const char *serial, const char *part);
/* Reads FOLDER/NAME. FOLDER_*; with FAILED errno says why. */
int folder_read(const char *folder, const char *name, size_t limit, uint8_t **data, size_t *len);
int folder_has(const char *folder, const char *name);
/* Adds one line to FOLDER/NAME with a single write, so that the lines of several servers are not mixed. 0 or
 * -1. */
int folder_append(const char *folder, const char *name, const uint8_t *line, size_t len);
/* The halves of it. The descriptor, or -1; 0 or -1. */
int folder_open_log(const char *path);
int folder_write_line(int fd, const uint8_t *line, size_t len);
/* What the file "reporting-level" of a device's folder says, REPORTING_UNSET without it. */
uint64_t folder_level_in(const char *folder);
/* The reporting level: the device's file "reporting-level", else the configuration's, else the default. */
uint64_t folder_reporting_level(const settings_t *s, const char *serial);

#endif

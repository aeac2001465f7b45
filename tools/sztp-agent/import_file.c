/* SPDX-License-Identifier: Apache-2.0 */
/* Reads it, and collects what is said about it. */
#define _XOPEN_SOURCE 700
#include "import_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"

enum { MAX_FILE = 262144 };

void import_note(import_t *in, const char *format, ...) {
  va_list arguments;
  if (in->note_count == IMPORT_NOTES) return;
  va_start(arguments, format);
  (void)vsnprintf(in->notes[in->note_count++], IMPORT_NOTE, format, arguments);
  va_end(arguments);
}

static int say_wrong(import_t *in, const char *format, va_list arguments) {
  size_t used = (size_t)snprintf(in->error, sizeof in->error, "%.200s: ", in->path);
  (void)vsnprintf(in->error + used, sizeof in->error - used, format, arguments);
  return -1;
}

int import_wrong(import_t *in, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  (void)say_wrong(in, format, arguments);
  va_end(arguments);
  return -1;
}

int import_refuse(import_t *in, const char *format, ...) {
  va_list arguments;
  in->refused = 1;
  va_start(arguments, format);
  (void)say_wrong(in, format, arguments);
  va_end(arguments);
  return -1;
}

void import_path(import_t *in, json_node_t *to, const char *name, const char *path) {
  char *whole = file_path(in->folder, path);
  if (whole == NULL) in->out.failed = 1;
  json_text(&in->out, to, name, whole);
  free(whole);
}

/* The folder of a file; of standard input, the present one. */
static char *folder_of(const char *path) {
  char *whole = realpath(strcmp(path, "-") == 0 ? "." : path, NULL);
  char *slash = whole == NULL || strcmp(path, "-") == 0 ? NULL : strrchr(whole, '/');
  if (slash != NULL) slash[slash == whole ? 1 : 0] = '\0';
  return whole;
}

int import_open(import_t *in, const char *path) {
  memset(in, 0, sizeof *in);
  in->path = path;
  uint8_t *text = NULL;
  if (file_read(in->path, MAX_FILE, &text, &in->len) != 0)
    return import_wrong(in, "can't be read: %s",
                        errno == EFBIG ? "it is larger than 256 KiB" : strerror(errno));
  in->text = (char *)text;
  if (strlen(in->text) != in->len) return import_wrong(in, "is no text");
  in->folder = folder_of(in->path);
  return in->folder != NULL && json_start(&in->out) == 0 ? 0 : import_wrong(in, "no memory to read it");
}

void import_close(import_t *in) {
  json_free(&in->out);
  free(in->text);
  free(in->folder);
}

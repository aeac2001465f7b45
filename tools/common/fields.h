/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration files: one JSON object, read by tables of fields. A field that is not in its table does not
 * exist. */
#ifndef SZTP_TOOLS_COMMON_FIELDS_H
#define SZTP_TOOLS_COMMON_FIELDS_H

#include <stddef.h>
#include <stdint.h>

enum { FIELDS_MOST_ENTRIES = 64, FIELDS_MOST_TEXT = 4096, FIELDS_MOST_WORDS = 8, FIELDS_NAME = 96 };

/* What a field may hold, and what it is kept as. All memory is from malloc(). */
enum {
  FIELD_OBJECT,       /* more: the fields inside, which belong to the same structure; if most is 1, a uint64_t
                         that becomes 1 if it is there */
  FIELD_TEXT,         /* char * */
  FIELD_PATH,         /* char *; a relative one begins at the configuration's folder */
  FIELD_TEXTS,        /* text_list_t */
  FIELD_PATHS,        /* text_list_t */
  FIELD_SWITCH,       /* uint64_t, 0 or 1 */
  FIELD_NUMBER,       /* uint64_t, whole, least to most */
  FIELD_SECONDS,      /* uint64_t in ms; the document says seconds, with or without a fraction */
  FIELD_CHOICE,       /* uint64_t; more: the words */
  FIELD_BITS,         /* uint64_t, the words' values or-ed together; more: the words */
  FIELD_ORDER,        /* uint64_t[1 + FIELDS_MOST_WORDS]: how many, and their values; more: the words */
  FIELD_DATE,         /* uint64_t, Unix seconds */
  FIELD_CHOICE_PATHS, /* choice_paths_t: one of the words in more, or paths, whose choice is least */
  FIELD_PATH_OR_OBJECT, /* a path as above; or, more, the fields inside of an object */
  FIELD_ENTRIES,        /* field_entries_t; more: field_entry_t. A list of objects */
  FIELD_NUMBER_BITS,    /* uint64_t: a list of numbers, least to most, below 64; bit n for each */
  FIELD_NAMED,          /* the same. An object of objects, whose names are kept, too */
  FIELD_ELSEWHERE       /* more: a text that says where it belongs, since here it is wrong */
};

typedef struct text_list {
  char **at;
  size_t count;
} text_list_t;

typedef struct choice_paths {
  uint64_t choice;
  text_list_t paths;
} choice_paths_t;

typedef struct field_entries {
  void *at; /* structures, one after another, each zeroed before it was filled in */
  size_t count;
} field_entries_t;

typedef struct word {
  const char *text;
  uint64_t value;
} word_t;

/* A table of words or fields ends with an entry without text or name. At most 64 fields. */
typedef struct field {
  const char *name;
  int type;
  size_t at; /* in the structure */
  const void *more;
  uint64_t least, most;
} field_t;

typedef struct field_entry {
  size_t size; /* of a structure */
  const field_t *fields;
  size_t name_at; /* FIELD_NAMED: a char * in it */
} field_entry_t;

/* One file that is being read, and where errors go. */
typedef struct fields {
  const char *path; /* as the user named it */
  const char *base; /* relative paths begin in the folder of this file */
  char *error;      /* one line: the file, the field, and what would be right */
  size_t room;
} fields_t;

/* Reads a document into the structure @p values. Fields that it does not mention keep their values. 0, or -1
 * with the error; call fields_free() in both cases. */
int fields_read(const fields_t *f, const uint8_t *text, size_t len, const field_t *table, void *values);
/* Frees what fields_read() made. */
void fields_free(const field_t *table, void *values);

/* Writes what is wrong with a field (or, with "", with the whole file) into the error and returns -1. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
int fields_wrong(const fields_t *f, const char *field, const char *format, ...);
/* A path from malloc(): a relative one begins at the folder in which @p base lies. */
char *fields_path(const char *base, const char *path);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of their own for tests of the agent, which is there for the time of a program. To be included
 * behind the agent's folders.c and file.c. */
#ifndef SZTP_TESTS_AGENT_FILES_H
#define SZTP_TESTS_AGENT_FILES_H

static char root[] = "/tmp/sztp-agent-test-XXXXXX";

static inline char *in_root(const char *name) {
  char *path = file_path(root, name);
  assert_non_null(path);
  return path;
}

static inline void put_folder(const char *name) {
  char *path = in_root(name);
  char error[300];
  assert_int_equal(folder_make(path, 0755, error, sizeof error), 0);
  free(path);
}

/* With the folders above it. */
static inline void put_file(const char *name, const char *text) {
  char *path = in_root(name);
  char error[300];
  char *slash = strrchr(path, '/');
  *slash = 0;
  assert_int_equal(folder_make(path, 0755, error, sizeof error), 0);
  *slash = '/';
  assert_int_equal(file_write(path, text, strlen(text), 0644), 0);
  free(path);
}

static inline int group_begin(void **state) {
  (void)state;
  return mkdtemp(root) == NULL;
}

static inline int group_end(void **state) {
  (void)state;
  return folder_remove(root);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Discovery from removable storage (RFC 8572 4.1): every medium in turn, each reported, until one leads to
 * success (USB-11). A medium stays open while its data is being used, since a boot image may be on it, too
 * (USB-09). */
#define _DEFAULT_SOURCE 1
#include "source_removable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "artifacts.h"
#include "clock.h"
#include "mountinfo.h"
#include "mounting.h"
#include "signals.h"

enum { MEDIUM_MS = 120000 }; /* to read one medium, whose artifacts have at most 13 MiB */

#define SYSFS  "/sys"
#define MOUNTS "/proc/self/mountinfo"

void source_removable_close(agent_t *agent) {
  if (agent->media.root >= 0) (void)close(agent->media.root);
  agent->media.root = -1;
}

static void tell(agent_t *agent, uint32_t level, const char *where, const char *result, const char *reason) {
  agent_source(agent, level, SZTP_SOURCE_REMOVABLE, where, result, reason);
}

/* ---- which there are ----------------------------------------------------------------------------- */

static void find_listed(agent_t *agent) {
  const text_list_t *paths = &agent->config->removable.devices.paths;
  for (size_t i = 0; i < paths->count; i++) {
    struct stat about;
    if (stat(paths->at[i], &about) != 0)
      tell(agent, SZTP_LOG_INFO, paths->at[i], "not there", errno == ENOENT ? NULL : strerror(errno));
    else if (!S_ISBLK(about.st_mode))
      tell(agent, SZTP_LOG_WARN, paths->at[i], "not used", "it is no block device");
    else
      blocks_add(SYSFS, paths->at[i], about.st_rdev, &agent->media.blocks);
  }
}

static void find_all(agent_t *agent) {
  char *mounts = mountinfo_read(MOUNTS);
  if (mounts == NULL || blocks_find(SYSFS, mounts, &agent->media.blocks) != 0)
    tell(agent, SZTP_LOG_WARN, NULL, "can't be looked for", strerror(errno));
  free(mounts);
}

/* Media come and go: each pass searches again. */
static void begin_search(agent_t *agent) {
  media_t *m = &agent->media;
  m->next = m->seen_count = m->blocks.count = 0;
  m->blocks.left_out = 0;
  if (agent->config->removable.devices.choice == CONFIG_DEVICES_AUTO) find_all(agent);
  if (agent->config->removable.devices.choice == CONFIG_DEVICES_LIST) find_listed(agent);
  if (m->blocks.left_out) tell(agent, SZTP_LOG_WARN, NULL, "some devices are left out", "there are too many");
  if (agent->config->removable.folders.count + m->blocks.count == 0)
    tell(agent, SZTP_LOG_INFO, NULL, "nothing there", "no medium was found");
}

/* ---- opening the next ---------------------------------------------------------------------------- */

/* A medium that is mounted on a configured folder is found as a device, too. */
static int is_seen(media_t *m, int root) {
  struct stat about;
  if (fstat(root, &about) != 0) return 0;
  for (size_t i = 0; i < m->seen_count; i++)
    if (m->seen[i].device == about.st_dev && m->seen[i].root == about.st_ino) return 1;
  if (m->seen_count < MEDIA) {
    m->seen[m->seen_count].device = about.st_dev;
    m->seen[m->seen_count++].root = about.st_ino;
  }
  return 0;
}

static int open_mounted_folder(agent_t *agent, const char *path) {
  int root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (root >= 0) return root;
  int absent = errno == ENOENT; /* not mounted (D-11) */
  tell(agent, absent ? SZTP_LOG_INFO : SZTP_LOG_WARN, path, absent ? "not there" : "can't be read",
       absent ? NULL : strerror(errno));
  return -1;
}

static void tell_unopened(agent_t *agent, const char *path, int result, const char *why) {
  int told = agent->media.told;
  if (result == MOUNTING_NO_PRIVILEGE) agent->media.told = 1;
  if (result == MOUNTING_FOREIGN)
    tell(agent, SZTP_LOG_INFO, path, "nothing there", why);
  else
    tell(agent, result == MOUNTING_NO_PRIVILEGE && told ? SZTP_LOG_DEBUG : SZTP_LOG_WARN, path,
         "can't be read", why);
}

static int open_block(agent_t *agent, const block_t *block) {
  char fault[MOUNTING_FAULT] = "";
  char *mounts = mountinfo_read(MOUNTS);
  int root = mounting_open(agent->config, mounts == NULL ? "" : mounts, block->path, block->device, fault);
  free(mounts);
  if (root >= 0) return root;
  tell_unopened(agent, block->path, root, fault);
  return -1;
}

/* Opens the next medium that can be opened; *name is its name. 0 if there are no more. */
static int open_next(agent_t *agent, const char **name) {
  const text_list_t *folders = &agent->config->removable.folders;
  media_t *m = &agent->media;
  while (m->root < 0 && m->next < folders->count + m->blocks.count) {
    size_t i = m->next++;
    const block_t *block = i < folders->count ? NULL : &m->blocks.at[i - folders->count];
    *name = block == NULL ? folders->at[i] : block->path;
    m->root = block == NULL ? open_mounted_folder(agent, *name) : open_block(agent, block);
    if (m->root >= 0 && is_seen(m, m->root)) source_removable_close(agent);
  }
  return m->root >= 0;
}

/* ---- what is on it ------------------------------------------------------------------------------- */

static uint64_t limit_of(const config_t *config, uint32_t limit, uint64_t otherwise) {
  return config->limit[limit] == CONFIG_NOT_GIVEN ? otherwise : config->limit[limit];
}

static int is_reading_over(void *user) {
  const uint64_t *end = user;
  return signals_stopped() || clock_ms() >= *end;
}

static int read_medium(agent_t *agent, artifacts_t *found, char *why, size_t room) {
  const config_t *c = agent->config;
  const char *serial = NULL;
  uint64_t end = clock_ms() + MEDIUM_MS;
  (void)sztp_device_text(agent->setup.device, SZTP_DEVICE_SERIAL, &serial);
  artifacts_search_t search = {agent->media.root,
                               (const char *const *)c->removable.layouts.at,
                               c->removable.layouts.count,
                               serial,
                               c->removable.enterprise,
                               {limit_of(c, SZTP_LIMIT_CONVEYED, 12U << 20),
                                limit_of(c, SZTP_LIMIT_OWNER_CERT, 1U << 20),
                                limit_of(c, SZTP_LIMIT_VOUCHER, 256U << 10)},
                               is_reading_over,
                               &end};
  return artifacts_read(&search, found, why, room);
}

static uint32_t reply_with(agent_t *agent, const sztp_action_t *a, const artifacts_t *found,
                           const char *name) {
  static const uint32_t fields[ARTIFACTS] = {SZTP_F_ARTIFACT_CI, SZTP_F_ARTIFACT_OC, SZTP_F_ARTIFACT_OV};
  char where[STATUS_TEXT];
  int32_t code = SZTP_OK;
  (void)snprintf(where, sizeof where, "%.150s%s%.140s", name,
                 strcmp(found->place, MEDIUM_ROOT) == 0 ? "" : " ",
                 strcmp(found->place, MEDIUM_ROOT) == 0 ? "" : found->place);
  for (size_t i = 0; i < ARTIFACTS && code == SZTP_OK; i++)
    if (found->data[i] != NULL) code = agent_give(agent, a, fields[i], found->data[i], found->len[i]);
  if (code == SZTP_OK) tell(agent, SZTP_LOG_INFO, where, "artifacts found", NULL);
  if (code != SZTP_OK) tell(agent, SZTP_LOG_WARN, where, "nothing usable", sztp_error_text(code));
  return code == SZTP_OK ? SZTP_OUTCOME_OK : SZTP_OUTCOME_FAILED;
}

/* Looks at the open medium: SZTP_OUTCOME_*. */
static uint32_t look_at_medium(agent_t *agent, const sztp_action_t *a, const char *name) {
  char why[256];
  artifacts_t found;
  int result = read_medium(agent, &found, why, sizeof why);
  if (result <= 0) {
    tell(agent, result < 0 ? SZTP_LOG_WARN : SZTP_LOG_INFO, name,
         result < 0 ? "nothing usable" : "nothing there", why[0] == '\0' ? NULL : why);
    return SZTP_OUTCOME_NOTHING;
  }
  uint32_t outcome = reply_with(agent, a, &found, name);
  artifacts_free(&found);
  return outcome;
}

uint32_t source_removable(agent_t *agent, const sztp_action_t *a) {
  uint64_t index = 0;
  const char *name = NULL;
  uint32_t outcome = SZTP_OUTCOME_NOTHING;
  (void)agent_number(a, SZTP_F_INDEX, &index);
  if (index == 0) begin_search(agent);
  while (outcome == SZTP_OUTCOME_NOTHING && !signals_stopped() && open_next(agent, &name)) {
    outcome = look_at_medium(agent, a, name);
    if (outcome != SZTP_OUTCOME_OK) source_removable_close(agent);
  }
  int more = agent->media.next < agent->config->removable.folders.count + agent->media.blocks.count;
  (void)sztp_reply_i64(agent->session, sztp_action_ticket(a), SZTP_F_MORE, more);
  return outcome;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The machine: every state of a session. A state either asks the host for an action, and then hears the
 * reply, or goes on to another state by itself. A step that runs out of memory leaves the session as it was,
 * so that it can be taken again. */
#ifndef SZTP_MACHINE_STATES_H
#define SZTP_MACHINE_STATES_H

#include <stdint.h>

/* S(NAME, name, hears): sztp__NAME_ask() is the state's step, sztp__NAME_hear() takes in a reply. */
#define SZTP__STATES(S)                                                                                      \
  S(START, start, DEAF)                                                                                      \
  S(INTERRUPTED, interrupted, DEAF)                                                                          \
  S(ENABLED, enabled, HEARS)                                                                                 \
  S(SOURCE, source, DEAF)                                                                                    \
  S(DISCOVER, discover, HEARS)                                                                               \
  S(DNS_DOMAINS, dns_domains, HEARS)                                                                         \
  S(DNS_QUESTION, dns_question, HEARS)                                                                       \
  S(DNS_ANSWER, dns_answer, DEAF)                                                                            \
  S(SERVER, server, DEAF)                                                                                    \
  S(RESOLVE, resolve, HEARS)                                                                                 \
  S(ADDRESS, address, DEAF)                                                                                  \
  S(ROOT, root, HEARS)                                                                                       \
  S(DATA, data, HEARS)                                                                                       \
  S(JUDGE, judge, HEARS)                                                                                     \
  S(REPORT, report, HEARS)                                                                                   \
  S(REPORT_PAUSE, report_pause, HEARS)                                                                       \
  S(REJECTED, rejected, DEAF)                                                                                \
  S(UNUSABLE, unusable, DEAF)                                                                                \
  S(ONBOARD, onboard, DEAF)                                                                                  \
  S(PARSE, parse, DEAF)                                                                                      \
  S(PARSED, parsed, DEAF)                                                                                    \
  S(IMAGE, image, DEAF)                                                                                      \
  S(IMAGE_COMPARE, image_compare, DEAF)                                                                      \
  S(IMAGE_SATISFIED, image_satisfied, DEAF)                                                                  \
  S(IMAGE_DOWNLOAD, image_download, HEARS)                                                                   \
  S(IMAGE_SAVE, image_save, HEARS)                                                                           \
  S(IMAGE_INSTALL, image_install, HEARS)                                                                     \
  S(REBOOT, reboot, HEARS)                                                                                   \
  S(MARK, mark, HEARS)                                                                                       \
  S(STAGE, stage, DEAF)                                                                                      \
  S(STAGE_RUN, stage_run, HEARS)                                                                             \
  S(STAGE_COMPLETE, stage_complete, DEAF)                                                                    \
  S(FLAG, flag, HEARS)                                                                                       \
  S(COMPLETE, complete, DEAF)                                                                                \
  S(INCOMPLETE, incomplete, DEAF)                                                                            \
  S(FORGET, forget, HEARS)                                                                                   \
  S(ROLLBACK, rollback, HEARS)                                                                               \
  S(ROLLED_BACK, rolled_back, HEARS)                                                                         \
  S(CANCEL_REPORT, cancel_report, DEAF)                                                                      \
  S(PASS_END, pass_end, DEAF)                                                                                \
  S(WAIT, wait, HEARS)                                                                                       \
  S(END, end, DEAF)

typedef enum sztp__state {
#define SZTP__ENUMERATOR(NAME, name, hears) SZTP__ST_##NAME,
  SZTP__STATES(SZTP__ENUMERATOR)
#undef SZTP__ENUMERATOR
      SZTP__ST_COUNT
} sztp__state_t;

struct sztp_session;
typedef int32_t (*sztp__step_fn)(struct sztp_session *s);

#define SZTP__HEARS(name) int32_t sztp__##name##_hear(struct sztp_session *s);
#define SZTP__DEAF(name)
#define SZTP__PROTOTYPES(NAME, name, hears)                                                                  \
  int32_t sztp__##name##_ask(struct sztp_session *s);                                                        \
  SZTP__##hears(name)
SZTP__STATES(SZTP__PROTOTYPES)
#undef SZTP__PROTOTYPES
#undef SZTP__DEAF
#undef SZTP__HEARS

#endif

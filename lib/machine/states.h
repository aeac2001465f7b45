/* SPDX-License-Identifier: Apache-2.0 */
/* The machine: every state of a session, and where it may go. docs/machine.md is made of this list; tests
 * compare it with the ways that they see taken.
 *
 *   S(NAME, name, what it does, what it asks, how it hears, where it goes, a cancel, want of memory)
 *
 * NAME, name   SZTP__ST_NAME; its step is sztp__name_ask(), its ear sztp__name_hear().
 * asks         ASKS(KIND): the actions that the step may ask for. Without one it goes on by itself.
 * hears        HEARS: the reply. WAITS: also that the deadline has come. DEAF: nothing.
 * goes         TO(STATE): by itself. REPORTS(STATE): there, after a progress report, through REPORT.
 * cancel       ENDS the session, UNDOES the attempt first, EITHER (whether an attempt is going on decides),
 *              or STAYS: what the state does is done to its end.
 * memory       KEEPS: the step is taken again until there is enough.
 *              DROPS(STATE): a reply that does not fit three times is dropped, and the session goes there.
 *              SKIPS(function, STATE): so is what the step is about, reply or not, which that function
 *              forgets. Else any server could hold the device up for ever. */
#ifndef SZTP_MACHINE_STATES_H
#define SZTP_MACHINE_STATES_H

#include <stdint.h>

/* clang-format off */
#define SZTP__STATES(S) \
  /* ---- starting ---- */ \
  S(START, start, "judges whether the device is fit to start", \
    NOTHING, DEAF, TO(KEY_DELETE) TO(LEFTOVER) TO(ENABLED), STAYS, KEEPS) \
  S(LEFTOVER, leftover, "has undone what an attempt left behind, before anything else", \
    NOTHING, DEAF, TO(ROLLBACK), STAYS, KEEPS) \
  S(ENABLED, enabled, "asks whether SZTP is on, and begins a pass over the sources", \
    ASKS(ENABLED), HEARS, TO(SOURCE) TO(END), ENDS, KEEPS) \
  /* ---- sources ---- */ \
  S(SOURCE, source, "takes the next place of a source, or the next source", \
    NOTHING, DEAF, TO(DISCOVER) TO(DHCP_ANSWER) TO(DNS_QUESTION) TO(SERVER) TO(PASS_END), ENDS, KEEPS) \
  S(DISCOVER, discover, "looks at one place: a medium, a DHCP option, a source of the host's own", \
    ASKS(DISCOVER), HEARS, TO(JUDGE) TO(DISCOVER) TO(DHCP_ANSWER) TO(SOURCE), ENDS, DROPS(SOURCE)) \
  S(DHCP_ANSWER, dhcp_answer, "takes the next answer of DHCP, in an order at random", \
    NOTHING, DEAF, TO(SERVER), ENDS, KEEPS) \
  S(DNS_QUESTION, dns_question, "asks DNS or multicast DNS the next question of the round", \
    ASKS(ASK), HEARS, TO(DNS_DOMAINS) TO(DNS_ANSWER) TO(JUDGE) TO(SERVER) TO(SOURCE), ENDS, DROPS(DNS_ANSWER)) \
  S(DNS_DOMAINS, dns_domains, "asks for the domains to ask in", \
    ASKS(DOMAINS), HEARS, TO(DNS_QUESTION), ENDS, KEEPS) \
  S(DNS_ANSWER, dns_answer, "takes the next answer of the question; after the last one, the next question or source", \
    NOTHING, DEAF, TO(JUDGE) TO(SERVER) TO(DNS_ANSWER) TO(DNS_QUESTION) TO(SOURCE), ENDS, \
    SKIPS(sztp__dns_answer_skip, DNS_ANSWER)) \
  S(PASS_END, pass_end, "decides whether there is another pass, and when", \
    NOTHING, DEAF, TO(WAIT) TO(END), ENDS, KEEPS) \
  S(WAIT, wait, "waits for the next pass", \
    ASKS(WAIT), WAITS, TO(LEFTOVER) TO(ENABLED), ENDS, KEEPS) \
  /* ---- servers ---- */ \
  S(SERVER, server, "takes the next server of the innermost list; after the last one, goes on where the list came from", \
    NOTHING, DEAF, TO(KEY_DELETE) TO(RESOLVE) TO(SERVER) TO(DNS_ANSWER), ENDS, SKIPS(sztp__server_skip, SERVER)) \
  S(RESOLVE, resolve, "looks up the server's addresses", \
    ASKS(RESOLVE), HEARS, TO(ADDRESS) TO(DNS_ANSWER), ENDS, KEEPS) \
  S(ADDRESS, address, "takes the next address of the server", \
    NOTHING, DEAF, TO(KEY_DELETE) TO(ROOT) TO(ADDRESS) TO(RESOLVE) TO(SERVER) TO(DNS_ANSWER), ENDS, KEEPS) \
  S(ROOT, root, "asks the server where its RESTCONF root is", \
    ASKS(FETCH), HEARS, TO(DATA) TO(ADDRESS), ENDS, DROPS(ADDRESS)) \
  S(DATA, data, "asks it for bootstrapping data", \
    ASKS(FETCH), HEARS, TO(JUDGE) TO(CSR_NAME) TO(DATA) TO(ADDRESS), ENDS, DROPS(ADDRESS)) \
  /* ---- certificate signing requests ---- */ \
  S(CSR_NAME, csr_name, "keeps the name of the key that is to be made for a request", \
    ASKS(SAVE), HEARS, TO(KEY_DELETE) TO(CSR_MAKE) TO(ADDRESS), ENDS, SKIPS(sztp__csr_restart, ADDRESS)) \
  S(CSR_MAKE, csr_make, "has the key made, asks what it can do, has evidence made, has it sign the request, and verifies that", \
    ASKS(KEY), HEARS, TO(CSR_MAKE) TO(CSR_WRAP) TO(DATA) TO(ADDRESS), ENDS, SKIPS(sztp__csr_restart, ADDRESS)) \
  S(CSR_WRAP, csr_wrap, "has the host make a request of another format of it", \
    ASKS(CSR), HEARS, TO(DATA) TO(ADDRESS), ENDS, SKIPS(sztp__csr_restart, ADDRESS)) \
  S(KEY_DELETE, key_delete, "has a key deleted that is of no use any more", \
    ASKS(KEY), HEARS, TO(KEY_FORGET), STAYS, KEEPS) \
  S(KEY_FORGET, key_forget, "keeps its name no longer, unless it could not be deleted", \
    ASKS(SAVE), HEARS, TO(KEY_FORGET) TO(START) TO(SERVER) TO(ADDRESS) TO(CSR_NAME) TO(REBOOT) TO(END), STAYS, KEEPS) \
  /* ---- judging ---- */ \
  S(JUDGE, judge, "verifies the artifacts: redirects lead to servers, onboarding information to an attempt", \
    ASKS(KEY), HEARS, TO(ONBOARD) TO(SERVER) TO(REJECTED) TO(JUDGE), ENDS, SKIPS(sztp__judge_skip, SERVER)) \
  S(REJECTED, rejected, "begins to tell the server that its data was refused", \
    NOTHING, DEAF, REPORTS(UNUSABLE), ENDS, KEEPS) \
  S(UNUSABLE, unusable, "tells it why", \
    NOTHING, DEAF, REPORTS(SERVER), ENDS, KEEPS) \
  /* ---- onboarding ---- */ \
  S(ONBOARD, onboard, "begins an attempt (O1)", \
    NOTHING, DEAF, TO(PARSE) REPORTS(PARSE) REPORTS(INCOMPLETE), ENDS, KEEPS) \
  S(PARSE, parse, "reports that the onboarding information is being parsed (O2)", \
    NOTHING, DEAF, TO(PARSED) REPORTS(PARSED), UNDOES, KEEPS) \
  S(PARSED, parsed, "reports what was doubtful in it", \
    NOTHING, DEAF, TO(PARSED) TO(IMAGE) REPORTS(PARSED) REPORTS(IMAGE), UNDOES, KEEPS) \
  S(IMAGE, image, "looks whether a boot image is named (O3)", \
    NOTHING, DEAF, TO(IMAGE_COMPARE) TO(MARK) REPORTS(IMAGE_COMPARE), UNDOES, KEEPS) \
  S(IMAGE_COMPARE, image_compare, "compares it with the one that runs", \
    NOTHING, DEAF, TO(IMAGE_SATISFIED) TO(IMAGE_DOWNLOAD) TO(ROLLBACK) REPORTS(IMAGE_SATISFIED) REPORTS(IMAGE_DOWNLOAD) \
    REPORTS(ROLLBACK), UNDOES, KEEPS) \
  S(IMAGE_SATISFIED, image_satisfied, "reports that the one that runs will do", \
    NOTHING, DEAF, TO(MARK) REPORTS(MARK), UNDOES, KEEPS) \
  S(IMAGE_DOWNLOAD, image_download, "downloads it from the next of its URIs, and verifies it", \
    ASKS(DOWNLOAD), HEARS, TO(IMAGE_SAVE) TO(IMAGE_DOWNLOAD) TO(ROLLBACK) REPORTS(ROLLBACK), UNDOES, \
    SKIPS(sztp__image_skip, IMAGE_DOWNLOAD)) \
  S(IMAGE_SAVE, image_save, "keeps that it is about to be installed", \
    ASKS(SAVE), HEARS, TO(IMAGE_INSTALL) TO(ROLLBACK) REPORTS(ROLLBACK), UNDOES, KEEPS) \
  S(IMAGE_INSTALL, image_install, "installs it", \
    ASKS(INSTALL), HEARS, TO(IMAGE_INSTALLED) TO(ROLLBACK) REPORTS(ROLLBACK), UNDOES, KEEPS) \
  S(IMAGE_INSTALLED, image_installed, "keeps that it was installed", \
    ASKS(SAVE), HEARS, TO(IMAGE_INSTALLED) TO(REBOOT) TO(ROLLBACK) REPORTS(REBOOT) REPORTS(ROLLBACK), STAYS, KEEPS) \
  S(REBOOT, reboot, "has the device restart into it", \
    ASKS(REBOOT), HEARS, TO(KEY_DELETE) TO(END), ENDS, KEEPS) \
  S(MARK, mark, "keeps which stages are about to change the device, for an undo after a loss of power", \
    ASKS(SAVE), HEARS, TO(STAGE) TO(FLAG) TO(ROLLBACK) REPORTS(ROLLBACK), UNDOES, KEEPS) \
  S(STAGE, stage, "takes the next stage: script, configuration, script (O4, O5, O6)", \
    NOTHING, DEAF, TO(STAGE_RUN) TO(FLAG) REPORTS(STAGE_RUN), UNDOES, KEEPS) \
  S(STAGE_RUN, stage_run, "runs the script, commits the configuration", \
    ASKS(SCRIPT) ASKS(CONFIG), HEARS, TO(STAGE_COMPLETE) TO(ROLLBACK) REPORTS(STAGE_COMPLETE) REPORTS(ROLLBACK), \
    UNDOES, KEEPS) \
  S(STAGE_COMPLETE, stage_complete, "reports that the stage is done", \
    NOTHING, DEAF, TO(STAGE) REPORTS(STAGE), UNDOES, KEEPS) \
  S(FLAG, flag, "asks whether SZTP is off now (O7)", \
    ASKS(ENABLED), HEARS, TO(COMPLETE) REPORTS(COMPLETE), UNDOES, KEEPS) \
  S(COMPLETE, complete, "reports that the device is bootstrapped (O8)", \
    NOTHING, DEAF, TO(FORGET) REPORTS(FORGET) REPORTS(INCOMPLETE), UNDOES, KEEPS) \
  S(INCOMPLETE, incomplete, "fails the attempt: what had to be acknowledged was not", \
    NOTHING, DEAF, REPORTS(ROLLBACK), UNDOES, KEEPS) \
  S(FORGET, forget, "keeps nothing any more but the name of the owner's key, if there is one (O9)", \
    ASKS(SAVE), HEARS, TO(FORGET) TO(END), STAYS, KEEPS) \
  /* ---- reporting ---- */ \
  S(REPORT, report, "sends a progress report to the server that gave the data", \
    ASKS(FETCH), HEARS, TO(REPORT) TO(REPORT_PAUSE), EITHER, KEEPS) \
  S(REPORT_PAUSE, report_pause, "waits before it is sent once more", \
    ASKS(WAIT), WAITS, TO(REPORT), UNDOES, KEEPS) \
  /* ---- undoing ---- */ \
  S(ROLLBACK, rollback, "undoes the stages that ran, the last one first", \
    ASKS(ROLLBACK), HEARS, TO(ROLLBACK) TO(ROLLED_BACK), STAYS, KEEPS) \
  S(ROLLED_BACK, rolled_back, "keeps what could not be undone, if anything, and goes on with the next server", \
    ASKS(SAVE), HEARS, TO(ROLLED_BACK) TO(SERVER) TO(ENABLED) TO(CANCEL_REPORT), STAYS, KEEPS) \
  S(CANCEL_REPORT, cancel_report, "reports that the attempt was stopped", \
    NOTHING, DEAF, TO(END) REPORTS(END), STAYS, KEEPS) \
  /* ---- ending ---- */ \
  S(END, end, "tells the host how it ended", \
    ASKS(DONE) ASKS(FAILED), DEAF, TO(KEY_DELETE), STAYS, KEEPS)
/* clang-format on */

typedef enum sztp__state {
#define SZTP__ENUMERATOR(NAME, name, does, asks, hears, goes, cancel, memory) SZTP__ST_##NAME,
  SZTP__STATES(SZTP__ENUMERATOR)
#undef SZTP__ENUMERATOR
      SZTP__ST_COUNT
} sztp__state_t;

struct sztp_session;
typedef int32_t (*sztp__step_fn)(struct sztp_session *s);

#define SZTP__HEARS(name) int32_t sztp__##name##_hear(struct sztp_session *s);
#define SZTP__WAITS(name) SZTP__HEARS(name)
#define SZTP__DEAF(name)
#define SZTP__PROTOTYPES(NAME, name, does, asks, hears, goes, cancel, memory)                                \
  int32_t sztp__##name##_ask(struct sztp_session *s);                                                        \
  SZTP__##hears(name)
SZTP__STATES(SZTP__PROTOTYPES)
#undef SZTP__PROTOTYPES
#undef SZTP__DEAF
#undef SZTP__WAITS
#undef SZTP__HEARS

/* Forget what there is not enough memory for. */
void sztp__dns_answer_skip(struct sztp_session *s);
void sztp__server_skip(struct sztp_session *s);
void sztp__judge_skip(struct sztp_session *s);
void sztp__image_skip(struct sztp_session *s);
void sztp__csr_restart(struct sztp_session *s);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The session's inside: one table of states. A state either asks the host for an action (and then hears the
 * answer) or goes on to another state by itself. A step that runs out of memory leaves the session as it was,
 * so that next() can be called again. */
#ifndef SZTP_MACHINE_SESSION_H
#define SZTP_MACHINE_SESSION_H

#include "discovery/dns.h"
#include "exchange/progress.h"
#include "machine/action.h"
#include "machine/saved.h"
#include "trust/server.h"
#include "trust/verify.h"

#define SZTP__SOURCES   16
#define SZTP__PLACES    32 /* of one source in a pass */
#define SZTP__FRAMES    11 /* the well-known list and ten redirects (REDIR-03) */
#define SZTP__NONCE_LEN 32
#define SZTP__ANSWERS   3 /* one for each artifact that may be encrypted */

typedef enum sztp__state {
  SZTP__ST_START,
  SZTP__ST_UNDO_RESTORED, /* an attempt that lost power is rolled back before anything else */
  SZTP__ST_ENABLED,
  SZTP__ST_SOURCE,
  SZTP__ST_DISCOVER,
  SZTP__ST_DOMAINS,  /* the host names the domains to ask in */
  SZTP__ST_QUESTION, /* to DNS */
  SZTP__ST_ANSWER,   /* one of those that came to it */
  SZTP__ST_ENTRY,
  SZTP__ST_RESOLVE,
  SZTP__ST_ADDRESS,
  SZTP__ST_ROOT,
  SZTP__ST_DATA,
  SZTP__ST_JUDGE,
  SZTP__ST_REPORT,
  SZTP__ST_REPORT_PAUSE,
  SZTP__ST_REJECTED, /* bootstrap-initiated before a parsing-error (D-140) */
  SZTP__ST_UNUSABLE, /* parsing-error after bootstrap-initiated (D-140) */
  SZTP__ST_ONBOARD,  /* O1 */
  SZTP__ST_PARSE,    /* O2 */
  SZTP__ST_PARSED,
  SZTP__ST_IMAGE,         /* O3 */
  SZTP__ST_IMAGE_COMPARE, /* O3a */
  SZTP__ST_IMAGE_SATISFIED,
  SZTP__ST_IMAGE_DOWNLOAD,
  SZTP__ST_IMAGE_SAVE,
  SZTP__ST_IMAGE_INSTALL,
  SZTP__ST_REBOOT,
  SZTP__ST_MARK,  /* the stages about to run are kept, for a rollback after a power failure */
  SZTP__ST_STAGE, /* O4, O5, O6: announce */
  SZTP__ST_STAGE_RUN,
  SZTP__ST_STAGE_COMPLETE,
  SZTP__ST_FLAG,     /* O7 */
  SZTP__ST_COMPLETE, /* O8 */
  SZTP__ST_INCOMPLETE,
  SZTP__ST_FORGET, /* O9: nothing is kept any more */
  SZTP__ST_ROLLBACK,
  SZTP__ST_ROLLED_BACK,
  SZTP__ST_CANCEL_REPORT,
  SZTP__ST_PASS_END,
  SZTP__ST_WAIT,
  SZTP__ST_END,
  SZTP__ST_COUNT
} sztp__state_t;

/* A list of servers that is being walked. */
typedef struct sztp__frame {
  sztp_info_t *info; /* owned; NULL is the device's well-known list */
  int trusted;       /* effective trust of the redirect */
  size_t next;
  /* the server at which the walk is: for loops (D-126) */
  sztp__span_t host;
  uint16_t port;
  int provisional;
  int has_anchor;
  uint8_t anchor_hash[32];
} sztp__frame_t;

/* Everything that is done with one server address list. */
typedef struct sztp__visit {
  uint64_t number;
  sztp__span_t host; /* borrowed from the frame */
  uint16_t port;
  int provisional;
  const sztp__cert_t *anchors; /* the device's, or that of learned */
  size_t anchor_count;
  sztp__anchor_t *learned; /* of a redirect, owned; NULL: the anchors are the device's */
  sztp__span_t hints; /* addresses that came with the entry (DNS-19), borrowed; empty once they were taken */
  int hinted;         /* the addresses are those hints: the name is still to be looked up */
  sztp__blob_t addresses[SZTP__ADDRESSES];
  size_t address_count;
  size_t address_next;
  sztp__blob_t root;
  uint32_t encoding; /* SZTP__ENCODING_*, of requests */
  int switched;      /* the request at work is repeated in the other encoding (D-47) */
  uint8_t nonce[SZTP__NONCE_LEN];
  int has_nonce;
  int server_trusted; /* the data came over an authenticated session */
  int verbose;
  int authentication_failed;
} sztp__visit_t;

typedef struct sztp__report {
  uint32_t type;
  int required;
  sztp__blob_t message;
  unsigned attempts;
  uint64_t give_up;
  sztp__state_t then;      /* after it was sent, or need not be */
  sztp__state_t otherwise; /* after a required one was not acknowledged */
} sztp__report_t;

/* What the host said about the private key, for one artifact, until it is judged. */
typedef struct sztp__answer {
  uint32_t refused; /* for so many of its recipients there is no key */
  int given;
  int failed;
  sztp__blob_t data;
} sztp__answer_t;

struct sztp_session {
  sztp_ctx_t *ctx;
  sztp_device_t *dev;
  sztp__state_t state;
  int asked;
  int in_handler;
  volatile int cancel;
  int cancelling;
  uint64_t now;
  uint64_t time_at;
  int64_t time; /* Unix seconds at time_at, or SZTP_TIME_UNKNOWN */
  sztp_action_t action;
  sztp__reply_t reply;
  uint64_t tickets;

  uint32_t sources[SZTP__SOURCES];
  size_t source_count;
  size_t source_next;
  uint32_t source; /* the one at work */
  unsigned place;  /* of it, from 0 (USB-11) */
  uint64_t more;   /* 1: it may have another place */
  int started;

  sztp__frame_t frames[SZTP__FRAMES];
  size_t frame_count;
  sztp__visit_t visit;
  unsigned spent[SZTP__SOURCES]; /* server addresses contacted for each source, for the budgets of D-12 */
  unsigned spent_most;           /* what the list at work may bring that to */
  unsigned pass_addresses;
  unsigned passes;
  uint64_t wait_ms;
  uint64_t retry_after_ms;
  uint64_t deadline;

  uint32_t round;     /* bit n: SZTP_SOURCE_* n is being asked by questions to DNS (questions.c) */
  unsigned phase;     /* which of the four kinds of questions */
  size_t domain_next; /* of the phase */
  uint32_t gave;      /* bit n: SZTP_SOURCE_* n gave artifacts that its host had read, in this round */
  int domains_asked;  /* of the host, in this round */
  sztp__blob_t domains[SZTP__DOMAINS]; /* that it named */
  size_t domain_count;
  sztp__span_t domain; /* of the question, borrowed */
  sztp_dns_t *dns;     /* the question that is out, or whose answers are looked at */
  size_t answer_next;
  unsigned dropped;  /* messages that were no answer to it */
  char dns_why[160]; /* why the last message did not do, or "" */

  sztp_bundle_t *bundle; /* what was obtained, until it is judged */
  int from_server;
  sztp__answer_t answers[SZTP__ANSWERS];
  uint32_t asked_for; /* SZTP_ARTIFACT_* and recipient of the KEY action that is out */
  uint32_t asked_recipient;
  sztp_verdict_t *verdict;
  sztp_info_t *info; /* onboarding information being processed */
  int onboarding;    /* an attempt is going on: a cancel rolls it back */
  size_t image_uri;
  uint32_t stage; /* SZTP_STAGE_* at work */
  uint32_t ran;   /* bit n: stage n has begun */
  uint32_t undo;  /* bit n: stage n is still to be undone */
  sztp__report_t report;
  sztp__saved_t saved;
  unsigned save_attempts;
  int unsaved;        /* what the host keeps is not, or may not be, what s->saved says */
  unsigned shortages; /* of memory in a row, in one state */

  int32_t reason; /* the gravest of this pass, for the end and for hosts */
  char reason_text[256];
  uint32_t result;
};

typedef int32_t (*sztp__step_fn)(sztp_session_t *s);

/* --- of session.c, used by the states --- */

/* Goes to @p state. */
void sztp__goto(sztp_session_t *s, sztp__state_t state);
/* Remembers why something failed, if it is graver than what is remembered; @p fmt's text is logged by the
 * caller. */
void sztp__note_reason(sztp_session_t *s, int32_t code, const char *text);
/* Ends the session with SZTP_RESULT_*. */
void sztp__end(sztp_session_t *s, uint32_t result, int32_t code, const char *text);
/* Unix time now, or SZTP_TIME_UNKNOWN. */
int64_t sztp__session_time(const sztp_session_t *s);
/* Asks for a SAVE of @p saved, which becomes s->saved when it was done. */
int32_t sztp__ask_save(sztp_session_t *s, const sztp__saved_t *saved);
/* 1 if the host said that it was done. */
int sztp__reply_ok(const sztp_session_t *s);

/* --- the states, by file --- */

/* walk.c: sources, lists of servers, addresses */
int32_t sztp__source_ask(sztp_session_t *s);
int32_t sztp__discover_ask(sztp_session_t *s);
int32_t sztp__discover_got(sztp_session_t *s);
int32_t sztp__entry_ask(sztp_session_t *s);
int32_t sztp__resolve_ask(sztp_session_t *s);
int32_t sztp__resolve_got(sztp_session_t *s);
int32_t sztp__address_ask(sztp_session_t *s);
int32_t sztp__pass_end_ask(sztp_session_t *s);
int32_t sztp__wait_ask(sztp_session_t *s);
int32_t sztp__wait_got(sztp_session_t *s);
void sztp__walk_clear(sztp_session_t *s);
/* Takes redirect information as the next list to walk, if the depth allows it (REDIR-03). */
void sztp__push_redirect(sztp_session_t *s, sztp_info_t *info, int trusted);

/* Takes the artifacts of a reply to be judged. */
int32_t sztp__take_artifacts(sztp_session_t *s);
/* How many addresses were contacted for the source at work. */
unsigned *sztp__spent(sztp_session_t *s);

/* questions.c: DNS and multicast DNS */
/* Begins to ask by DNS if @p source is asked so: takes the other one of the two along if it is next in the
 * order. 1 if it did. */
int sztp__round_begin(sztp_session_t *s, uint32_t source);
int32_t sztp__domains_ask(sztp_session_t *s);
int32_t sztp__domains_got(sztp_session_t *s);
int32_t sztp__question_ask(sztp_session_t *s);
int32_t sztp__question_got(sztp_session_t *s);
int32_t sztp__answer_ask(sztp_session_t *s);
/* What a host gives in reply: a domain, a server as https://host[:port], a message from DNS. As
 * sztp_reply_bytes(). */
int32_t sztp__domain_add(sztp_session_t *s, sztp__span_t domain);
int32_t sztp__server_add(sztp_session_t *s, sztp__span_t uri);
int32_t sztp__message_add(sztp_session_t *s, sztp__span_t message);
/* Forgets questions, answers and domains. */
void sztp__questions_clear(sztp_session_t *s);

/* visit.c: exchanges with one server, and what its data is worth */
int32_t sztp__root_ask(sztp_session_t *s);
int32_t sztp__root_got(sztp_session_t *s);
int32_t sztp__data_ask(sztp_session_t *s);
int32_t sztp__data_got(sztp_session_t *s);
int32_t sztp__judge_ask(sztp_session_t *s);
int32_t sztp__rejected_ask(sztp_session_t *s);
int32_t sztp__unusable_ask(sztp_session_t *s);
/* A POST or GET to the server of the visit. */
int32_t sztp__fetch(sztp_session_t *s, uint32_t purpose, const char *method, const char *operation,
                    sztp__buf_t *body, uint64_t limit, uint64_t time_ms);
/* 1 if the server refused the request's encoding and the same request is to be made once more in the other
 * one, which is kept for the rest of the visit (D-47). */
int sztp__switch_encoding(sztp_session_t *s);
/* 1 if the exchange came off over the session that the visit demands (TLS-20). */
int sztp__fetch_ok(sztp_session_t *s);

/* key.c: the private key, asked of the host */
int32_t sztp__judge_got(sztp_session_t *s);
/* Who is asked: the device's key function, or the host through an action. */
sztp_key_fn sztp__session_key(sztp_session_t *s, void **user);
void sztp__answers_clear(sztp_session_t *s);

/* report.c */
int32_t sztp__report_ask(sztp_session_t *s);
int32_t sztp__report_got(sztp_session_t *s);
int32_t sztp__pause_ask(sztp_session_t *s);
int32_t sztp__pause_got(sztp_session_t *s);
/* Plans a report with an optional message; goes to ST_REPORT. */
int32_t sztp__report(sztp_session_t *s, uint32_t type, sztp__span_t message, int keep_end,
                     sztp__state_t then);
/* A report that must be acknowledged. */
int32_t sztp__report_required(sztp_session_t *s, uint32_t type, sztp__state_t then, sztp__state_t otherwise);

/* onboard.c: ONB, steps O1 to O9 */
int32_t sztp__onboard_ask(sztp_session_t *s);
int32_t sztp__parse_ask(sztp_session_t *s);
int32_t sztp__parsed_ask(sztp_session_t *s);
int32_t sztp__image_ask(sztp_session_t *s);
int32_t sztp__image_compare_ask(sztp_session_t *s);
int32_t sztp__image_satisfied_ask(sztp_session_t *s);
int32_t sztp__image_download_ask(sztp_session_t *s);
int32_t sztp__image_download_got(sztp_session_t *s);
int32_t sztp__image_save_ask(sztp_session_t *s);
int32_t sztp__image_save_got(sztp_session_t *s);
int32_t sztp__image_install_ask(sztp_session_t *s);
int32_t sztp__image_install_got(sztp_session_t *s);
int32_t sztp__reboot_ask(sztp_session_t *s);
int32_t sztp__reboot_got(sztp_session_t *s);
int32_t sztp__mark_ask(sztp_session_t *s);
int32_t sztp__mark_got(sztp_session_t *s);
int32_t sztp__stage_ask(sztp_session_t *s);
int32_t sztp__stage_run_ask(sztp_session_t *s);
int32_t sztp__stage_run_got(sztp_session_t *s);
int32_t sztp__stage_complete_ask(sztp_session_t *s);
int32_t sztp__flag_ask(sztp_session_t *s);
int32_t sztp__flag_got(sztp_session_t *s);
int32_t sztp__complete_ask(sztp_session_t *s);
int32_t sztp__incomplete_ask(sztp_session_t *s);
int32_t sztp__forget_ask(sztp_session_t *s);
int32_t sztp__forget_got(sztp_session_t *s);
int32_t sztp__rollback_ask(sztp_session_t *s);
int32_t sztp__rollback_got(sztp_session_t *s);
int32_t sztp__rolled_back_ask(sztp_session_t *s);
int32_t sztp__rolled_back_got(sztp_session_t *s);
int32_t sztp__cancel_report_ask(sztp_session_t *s);
/* Ends the attempt: frees what it held. */
void sztp__onboard_clear(sztp_session_t *s);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The session's inside, and what its states share. */
#ifndef SZTP_MACHINE_SHARED_H
#define SZTP_MACHINE_SHARED_H

#include <signal.h>

#include "discovery/dns.h"
#include "exchange/progress.h"
#include "machine/action.h"
#include "machine/far.h"
#include "machine/saved.h"
#include "machine/states.h"
#include "trust/tls_identity.h"
#include "trust/verify_private.h"

#define SZTP__SOURCES       16
#define SZTP__SOURCE_PLACES 32 /* of one source in a pass */
#define SZTP__ANSWERS_MAX                                                                                    \
  SZTP__DNS_RESPONDERS          /* of one source that anybody on the link can give, in a pass */
#define SZTP__MARKS         128 /* of servers of a pass: twice what its budget allows */
#define SZTP__LISTS         11  /* of servers: the well-known ones and ten redirects (REDIR-03) */
#define SZTP__NONCE_LEN     32
#define SZTP__ANSWERS       3   /* one for each artifact that may be encrypted */
#define SZTP__SAVE_ATTEMPTS 3   /* to have the host save something */
#define SZTP__ADDRESS_SIZE  321 /* octets of a name, or an address with its zone, and a NUL */

typedef struct sztp__sources {
  size_t count;
  size_t next;
  uint32_t current;
  unsigned place;               /* of the current one, from 0 (USB-11) */
  uint64_t more;                /* 1: it may have another place */
  uint32_t list[SZTP__SOURCES]; /* in their order */
} sztp__sources_t;

/* A list of servers that is at work. */
typedef struct sztp__server_list {
  sztp_info_t *info; /* NULL is the device's well-known list */
  int lent;          /* it is not the list's own */
  int again;         /* what this pass has tried of it is passed over */
  int trusted;       /* effective trust of the redirect */
  size_t next;
  /* the server that is being asked: for loops (D-126) */
  sztp__span_t host;
  uint16_t port;
  int provisional;
  int has_anchor;
  uint8_t anchor_hash[32];
} sztp__server_list_t;

/* The list at work, within those that led to it. */
typedef struct sztp__servers {
  size_t depth;
  sztp__server_list_t lists[SZTP__LISTS];
} sztp__servers_t;

/* A visit at a server (SZTP_F_VISIT): everything that is done with one entry of a list. */
typedef struct sztp__visit {
  uint64_t number;
  sztp__span_t host; /* borrowed from the list */
  uint16_t port;
  int provisional;
  const sztp__cert_t *anchors; /* the device's, or that of learned */
  size_t anchor_count;
  sztp__anchor_t *learned; /* of a redirect, owned; NULL: the anchors are the device's */
  sztp__span_t hints; /* addresses that came with the entry (DNS-19), borrowed; empty once they were taken */
  int hinted;         /* the addresses are those hints: the name is still to be looked up */
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
  const sztp__info_server_t *entry; /* borrowed from a list that came from the link, else NULL */
  uint64_t give_up; /* a server that was not authenticated gets no more time; 0: it was not contacted yet */
  sztp__blob_t addresses[SZTP__ADDRESSES];
} sztp__visit_t;

/* Server addresses contacted, for the budgets of D-12. Time counts as well: as another address whenever one
 * has taken longer than an address may. */
typedef struct sztp__budget {
  unsigned spent[SZTP__SOURCES]; /* for each source */
  unsigned most;                 /* what the list at work may bring that to */
  unsigned pass;                 /* in this pass */
  unsigned followed;             /* redirects that the answer at work has got an address more for */
  uint64_t used_ms;              /* of time, since the last address was counted */
  uint64_t paid_ms;              /* of that */
} sztp__budget_t;

/* Marks of servers that were tried (tried.c). */
typedef struct sztp__marks {
  size_t count;
  uint64_t v[SZTP__MARKS];
} sztp__marks_t;

typedef struct sztp__tried {
  sztp__marks_t *last; /* in the pass before; NULL: none */
  sztp__marks_t *now;  /* NULL until there is one */
} sztp__tried_t;

/* What DHCP servers said (dhcp_answers.c). */
typedef struct sztp__dhcp {
  sztp_info_t **answers; /* at most SZTP__ANSWERS_MAX, owned; lent to lists of servers */
  size_t count;
  size_t room; /* for so many */
  size_t next;
  int ordered;
  int alone; /* the first one is to be tried before others are heard; 2: it was */
} sztp__dhcp_t;

typedef struct sztp__retry {
  unsigned passes;
  uint64_t wait_ms;
  uint64_t after_ms; /* as a server asked for (REST-21) */
} sztp__retry_t;

/* A round of questions to DNS (dns_round.c). */
typedef struct sztp__dns_round {
  uint32_t sources;   /* bit n: SZTP_SOURCE_* n is asked in this round */
  unsigned phase;     /* which of the four kinds of questions */
  size_t domain_next; /* of the phase */
  uint32_t gave;      /* bit n: SZTP_SOURCE_* n gave artifacts that its host had read */
  int domains_asked;  /* of the host */
  size_t domain_count;
  sztp__span_t domain;  /* of the question, borrowed */
  sztp_dns_t *question; /* that is out, or whose answers are looked at */
  size_t answer_next;
  unsigned dropped;                    /* messages that were no answer to it */
  sztp__blob_t domains[SZTP__DOMAINS]; /* that it named */
  char why[SZTP__PHRASE_SIZE];         /* why the last message did not do, or "" */
} sztp__dns_round_t;

/* What was obtained, until it is judged. */
typedef struct sztp__found {
  sztp_bundle_t *bundle;
  int from_server;
  int64_t time; /* one for all checks of it (CLK-08) */
} sztp__found_t;

/* What the host said about the private key, for one artifact, until it is judged. */
typedef struct sztp__answer {
  uint32_t refused; /* for so many of its recipients there is no key */
  int given;
  int failed;
  sztp__blob_t data;
} sztp__answer_t;

typedef struct sztp__key_answers {
  sztp__answer_t answers[SZTP__ANSWERS];
  uint32_t artifact; /* SZTP_ARTIFACT_* and recipient of the KEY action that is out */
  uint32_t recipient;
} sztp__key_answers_t;

/* The attempt to bootstrap with the onboarding information at hand. */
typedef struct sztp__attempt {
  sztp_info_t *info;
  int active; /* a cancel rolls it back */
  int afresh; /* the image is asked for once more, from its first octet */
  size_t image_uri;
  int32_t image_code; /* why the last of them did not do */
  uint32_t stage;     /* SZTP_STAGE_* at work */
  uint32_t ran;       /* bit n: stage n has begun */
} sztp__attempt_t;

/* What is undone of this attempt, and of those before it. */
typedef struct sztp__undo {
  uint32_t ask;       /* bit n: stage n is still to be undone */
  uint32_t left;      /* bit n: stage n could not be undone, and is kept for another time */
  sztp__state_t then; /* after it */
} sztp__undo_t;

typedef struct sztp__report {
  uint32_t type;
  int required;
  sztp__blob_t message;
  unsigned attempts;
  uint64_t give_up;
  sztp__state_t then;      /* after it was sent, or need not be */
  sztp__state_t otherwise; /* after a required one was not acknowledged */
} sztp__report_t;

/* What the host keeps across a loss of power. */
typedef struct sztp__kept {
  unsigned attempts; /* to save what is to be kept now */
  int unsaved;       /* what the host keeps is not, or may not be, what saved says */
  uint8_t key_then;  /* sztp__state_t after the key of saved is deleted */
  uint8_t key_stuck; /* it could not be, and waits for the next pass */
  sztp__saved_t saved;
} sztp__kept_t;

/* How the session ends. */
typedef struct sztp__ending {
  uint32_t result; /* SZTP_RESULT_* */
  int32_t reason;  /* until then the gravest of this pass */
  int heard;       /* the runner has told its handler of the end */
  char text[SZTP__SENTENCE_SIZE];
} sztp__ending_t;

/* The last event. */
struct sztp_event {
  uint32_t kind; /* SZTP_EVENT_*; 0: nothing yet */
  uint32_t outcome;
  int32_t reason;
  uint32_t source;
  uint32_t index;
  uint32_t stage;
  uint32_t result;
  uint64_t visit;
  uint16_t port;
  int provisional;
  char name[SZTP__SENTENCE_SIZE];
  char address[SZTP__ADDRESS_SIZE];
  char text[SZTP__SENTENCE_SIZE];
};

typedef struct sztp__events {
  sztp_event_fn fn; /* NULL: nobody takes them */
  void *user;
  sztp_event_t last;
} sztp__events_t;

/* What is read often stands in front, arrays and texts behind: machines reach the first few dozen octets with
 * the shortest instructions, and those after the first few thousand with several. */
struct sztp_session {
  sztp_ctx_t *ctx;
  sztp_device_t *dev;

  sztp__state_t state;
  int asked; /* the action is out */
  int in_handler;
  volatile sig_atomic_t cancel; /* the one thing that C lets a signal handler set */
  int cancelling;
  unsigned shortages; /* of memory in a row, in one state */
  sztp__attempt_t attempt;
  sztp__undo_t undo;
  uint64_t now;
  sztp__reply_t reply;
  uint64_t tickets;
  int started;         /* the sources were come to */
  uint64_t deadline;   /* of the wait that is out */
  uint64_t asked_at;   /* when the action that is out was */
  sztp_clock_fn clock; /* NULL: the time is what it was at the last step */
  void *clock_user;
  struct {
    int64_t unix_time; /* Unix seconds at that moment, or SZTP_TIME_UNKNOWN */
    uint64_t at;
    int doubted;           /* it is before the floor, and that was logged */
    sztp_unix_clock_fn fn; /* looked at whenever time is needed; NULL: it is carried on from that moment */
    void *user;
  } time;

  sztp__found_t found;
  sztp_verdict_t *verdict; /* on what was judged last */
  sztp__report_t report;
  sztp__retry_t retry;
  sztp__tried_t tried;
  sztp__dhcp_t dhcp;
  sztp__budget_t budget;
  sztp__sources_t sources;
  sztp__key_answers_t key;
  struct sztp__csr *csr;  /* csr.h; NULL unless the server may ask for one */
  const sztp__far_t *far; /* NULL: all of the session is here */
  void *far_half;
  sztp__visit_t visit;
  sztp__dns_round_t dns;
  sztp__servers_t servers;
  uint8_t order[SZTP__ANSWERS_MAX]; /* in which the answers of DHCP, or of the question, are tried */
  sztp__ending_t end;
  sztp__kept_t kept;
  sztp_action_t action;
  sztp__events_t event;
};

/* 1 if the other half of the session is in another process; never in builds that can't have such sessions. */
static inline int sztp__is_far(const struct sztp_session *s) { return SZTP__APART && s->far != NULL; }

/* Around each call of a function of the host's from inside a session; what the first gives is for the second.
 */
static inline int sztp__host_begins(struct sztp_session *s) {
  int within = s->in_handler;
  s->in_handler = 1;
  sztp__callback_begins(s->ctx);
  return within;
}
static inline void sztp__host_ends(struct sztp_session *s, int within) {
  sztp__callback_ends(s->ctx);
  s->in_handler = within;
}
/* Goes to @p state. */
void sztp__goto(sztp_session_t *s, sztp__state_t state);
/* Copies @p text, as much as @p cap octets have room for with a NUL. */
void sztp__put_text(char *out, size_t cap, sztp__span_t text);
/* 1 if the host said that it was done. */
int sztp__reply_ok(const sztp_session_t *s);
/* Remembers why something failed, if it is graver than what is remembered; the caller logs it. */
void sztp__note_reason(sztp_session_t *s, int32_t code, const char *text);
/* Ends the session with SZTP_RESULT_*. */
#define sztp__end(s, result, code, text) sztp__end_with(s, result, code, SZTP__WORDS(text))
void sztp__end_with(sztp_session_t *s, uint32_t result, int32_t code, const char *text);
/* Looks at the wall clock: Unix time now, or SZTP_TIME_UNKNOWN. */
int64_t sztp__session_time(sztp_session_t *s);
/* Asks for a SAVE of @p saved. */
int32_t sztp__ask_save(sztp_session_t *s, const sztp__saved_t *saved);
/* Hears the reply to it: 1 if @p saved is what is kept now. */
int sztp__heard_save(sztp_session_t *s, const sztp__saved_t *saved);
/* Collects what is to be undone, in ROLLBACK: what the attempt began, and what could not be undone before. */
void sztp__undo(sztp_session_t *s, sztp__state_t then);
/* A source's name, for people. */
const char *sztp__source_label(uint32_t source);
/* 1 if the session asks that source. */
int sztp__has_source(const sztp_session_t *s, uint32_t source);
/* Goes on to judge @p bundle, which is the session's from here on. */
void sztp__judge(sztp_session_t *s, sztp_bundle_t *bundle, int from_server);
/* Goes on to judge the artifacts of a reply: those of one place (DISC-07), as a bundle of their own. */
int32_t sztp__take_artifacts(sztp_session_t *s);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A mock host for sessions: a device, bootstrap servers, sources and a host, all scripted, with every
 * request and effect written down. The transport is a mock (real TLS is shown by the tests of the HTTPS
 * component and the demonstration), but servers present real certificates, which the session judges, and
 * artifacts are really signed. */
#ifndef SZTP_TESTS_MOCK_HOST_H
#define SZTP_TESTS_MOCK_HOST_H

#include <sztp/artifacts.h>
#include <sztp/software_key.h>

#include "artifact.h"
#include "common/testing.h"

/* Loops over every octet or allocation take a sample of one in this many, fewer where sanitizers make them
 * slow. Compiled with -DTEST_SAMPLE=1 they try every one. */
#ifndef TEST_SAMPLE
#if defined(__SANITIZE_ADDRESS__)
#define TEST_SAMPLE 7
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TEST_SAMPLE 7
#endif
#endif
#ifndef TEST_SAMPLE
#define TEST_SAMPLE 3
#endif
#endif

#define MOCK_SERVERS 80

/* An answer to a request for bootstrapping data in place of data: a status, and a document if it has one. */
typedef struct mock_answer {
  uint32_t status;
  const char *body;
} mock_answer_t;

/* Keys that were made, as a store of the host has them. */
#define MOCK_MADE 4
typedef struct mock_made {
  char name[40];
  char pem[4096];
} mock_made_t;

typedef struct mock_server {
  char host[64];
  uint16_t port;
  const char *cert;       /* NAME.pem of the test PKI that it presents */
  int refuses;            /* connections */
  unsigned refuses_first; /* so many of them, and no more */
  int unverified;         /* the host forgets to say that it authenticated this server */
  uint32_t root_status;
  const char *root_body;
  uint32_t data_status; /* 200 by default */
  uint64_t retry_after;
  uint32_t json_status; /* for whatever comes in JSON; 0: it is taken */
  uint32_t xml_status;  /* likewise in XML; replies are in the encoding of the request */
  const char *data_type;
  const char *data_body;   /* in place of one made from the artifacts */
  sztp__blob_t ci, oc, ov; /* what get-bootstrapping-data gives; borrowed */
  sztp__blob_t
      promoted; /* unsigned conveyed information for requests without signed-data-preferred; borrowed */
  const mock_answer_t *answers; /* to the first requests for data, one after another; borrowed */
  size_t answer_count;
  size_t asked;             /* for data */
  const char *level;        /* reporting-level */
  uint32_t report_status;   /* for every report; 204 by default */
  const char *report_type;  /* only this one gets report_status */
  unsigned report_failures; /* so many reports get no reply at all */
} mock_server_t;

/* What one medium holds: conveyed information, owner certificate, voucher; borrowed. */
typedef struct mock_place {
  sztp__blob_t artifacts[3];
} mock_place_t;

typedef struct mock_host {
  test_memory_t memory;
  sztp_ctx_t *ctx;
  sztp_device_t *dev;
  sztp_session_t *session;
  int runner; /* 1: through sztp_host_run(), 0: polled */
  uint64_t clock;
  int64_t time;
  sztp_unix_clock_fn wall_clock; /* of the mock; NULL: time is carried on */
  mock_server_t servers[MOCK_SERVERS];
  size_t server_count;
  const char *addresses;      /* what RESOLVE gives, separated by spaces; "127.0.0.1" by default */
  const char *dhcp;           /* URIs of option 143, separated by spaces */
  sztp__blob_t usb[3];        /* artifacts on removable storage; borrowed */
  uint32_t usb_source;        /* the source that they come from; removable storage by default */
  const mock_place_t *places; /* or several media, one after another; borrowed */
  size_t place_count;
  int places_without_end;  /* the last one says that there is more, and is given again and again */
  int usb_once;            /* they are there the first time only */
  const uint32_t *sources; /* the order to set; borrowed */
  size_t source_count;
  /* answers a DISCOVER in place of all of the above; NULL does not */
  uint32_t (*discover)(struct mock_host *mock, sztp_session_t *s, const sztp_action_t *a);
  void *discover_user;
  int trace_sources;                     /* a line per source that is asked */
  int trace_roots;                       /* a line per root discovery */
  uint64_t resolve_source, fetch_source; /* SOURCE of the last RESOLVE and FETCH */
  uint64_t resolve_ms;                   /* time of the last RESOLVE until its DEADLINE */
  int32_t failure;                       /* REASON of each RESOLVE, FETCH and DOWNLOAD that fails; 0: none */
  sztp_event_fn event;                   /* hears of events; NULL: nobody does */
  void *event_user;
  /* the host */
  const char *flag; /* one character per question: '1' on, '0' off, '-' never stored, 'x' unreadable; the last
                       repeats */
  unsigned flag_asked;
  uint32_t pre_outcome, config_outcome, post_outcome, install_outcome, rollback_outcome, save_outcome;
  /* answers a ROLLBACK of a stage in place of rollback_outcome; NULL does not */
  uint32_t (*rollback)(struct mock_host *mock, uint64_t stage);
  void *rollback_user;
  const char *output;     /* of scripts and the commit */
  const char *image;      /* contents that a download gives, */
  uint64_t before_image;  /* behind so many octets, all from mock_bulk */
  const char *broken_uri; /* a download of this URI fails */
  const char *wrong_uri;  /* a download of this URI gives other octets */
  const char *mixed_uri;  /* one of this URI that may go on with what is staged does, to no good */
  uint8_t given[256];     /* the octets of the last script or configuration */
  size_t given_len;
  int signature_good;
  sztp__blob_t signature;    /* of images, given before their octets; borrowed */
  int signature_late;        /* it is given behind the first of them, which is refused */
  const char *starved_by;    /* after a download of this URI there is no memory */
  int restarts;              /* each download breaks off once and begins anew */
  sztp_software_key_t *keys; /* the host's private keys; NULL: KEY finds none */
  uint32_t key_outcome;      /* instead of an answer, unless it is OK */
  uint32_t key_fails;        /* SZTP_KEY_OP_* that fails */
  uint32_t attests;          /* SZTP_EVIDENCE_* that it makes, by mock_statement() */
  uint32_t attest_fails;     /* SZTP_EVIDENCE_*: it fails at those, and */
  unsigned attest_pending;   /* so often it is not finished, as a function */
  uint32_t attest_nonsense;  /* of those it gives something else */
  mock_made_t made[MOCK_MADE];
  int trace_saves;        /* a line per SAVE */
  const char *wrapped;    /* what a CSR action gives; NULL: it fails */
  char told_key[40];      /* KEY_ID of the last script, configuration, CSR action, or end */
  uint8_t told_csr[4096]; /* CSR, likewise */
  size_t told_csr_len;
  uint8_t lent_csr[4096]; /* the last one that was told, whatever was told afterwards */
  size_t lent_csr_len;
  const char *cancel_at; /* the session is cancelled when this line has been traced */
  unsigned stop_after;   /* stop (power failure) after so many actions; 0 never */
  unsigned actions;
  uint32_t last_action; /* SZTP_ACTION_* that was done last */
  uint8_t saved[1024];
  size_t saved_len;
  unsigned saves;
  unsigned waits;
  uint64_t wait_ms[64];
  char trace[32768];   /* a line per request or effect */
  char bodies[65536];  /* the bodies of all requests, a line each */
  char headers[16384]; /* the header fields of all requests, a line each, an empty line behind each request */
  char paths[8192];    /* method and path of all requests, a line each */
  char log[65536];
  char refusal[256]; /* what was told when a server was last refused */
  uint32_t result;
  int32_t reason;
} mock_host_t;

/* What fills a large image. */
extern uint8_t mock_bulk[1 << 20];

/* A new one, with no server and no source: device EX4200-17 with "idevid", voucher anchor mfr-root,
 * running ExampleOS 4.2.1. */
void mock_open(mock_host_t *mock, int runner);
/* Frees it and fails the test if anything leaked. */
void mock_close(mock_host_t *mock);
/* The same on the heap. */
mock_host_t *mock_new(int runner);
void mock_free(mock_host_t *mock);
/* One on the heap whose well-known server localhost:4001, which is @p server, gives @p document unsigned, and
 * that is asked for the first time whether to bootstrap. */
mock_host_t *mock_with_server(const char *document, int runner, mock_server_t **server);
mock_server_t *mock_server(mock_host_t *mock, const char *host, uint16_t port, const char *cert);
/* The well-known list with "server-root" as its anchor. */
void mock_well_known(mock_host_t *mock, const char *host, uint16_t port);

/* Gives a server signed artifacts around @p document (signed by "owner", with voucher and owner certificate).
 */
void mock_give_signed(mock_server_t *server, const char *document);
void mock_give_unsigned(mock_server_t *server, const char *document);

/* Gives the host the private key NAME of the test PKI for the device's identity certificate. */
void mock_key(mock_host_t *mock, const char *name);

/* Gives the host the identity's private key, and a store for those that are made: as the device's key
 * function, or for KEY actions. */
void mock_key_store(mock_host_t *mock, int as_function);
/* What it gives as evidence: an AttestationStatement that says what it was asked for. @p key: the name of one
 * that was made, or "identity". Returns its octets. */
size_t mock_statement(uint32_t kind, sztp__span_t nonce, const char *key, int64_t pcrs, uint8_t out[512]);
/* What stands in each of them, and nowhere else. */
#define MOCK_EVIDENCE "octets of evidence"
/* How many keys there are in it. */
size_t mock_keys_made(const mock_host_t *mock);

/* 1 if sessions are in two processes (SZTP_APART in the environment). Then a test can't look inside the
 * session, take memory or random octets away from it, or have a key function that is not finished. */
int mock_is_apart(void);
/* Runs a session to its end (or to stop_after); returns SZTP_RESULT_*, 0 if it was stopped or could not start
 * (then mock->reason is the code). */
uint32_t mock_run(mock_host_t *mock);
/* Goes on with a session whose run was cut short by a failure that passes. */
uint32_t mock_resume(mock_host_t *mock);
/* Runs a session to its good end while the @p n-th allocation fails; the calls that met it are made again.
 * Returns 1 if there were so many allocations. */
int mock_run_short_of_memory(mock_host_t *mock, size_t n);
/* Asserts the whole trace, lines separated by '\n'. */
void mock_expect(const mock_host_t *mock, const char *trace);
/* Asserts that the trace holds, or does not hold, @p part. */
void mock_expect_has(const mock_host_t *mock, const char *part);
void mock_expect_not(const mock_host_t *mock, const char *part);

#define MOCK_ONBOARDING                                                                                      \
  "{\"ietf-sztp-conveyed-info:onboarding-information\":{\"configuration-handling\":\"merge\","               \
  "\"pre-configuration-script\":\"cHJl\",\"configuration\":\"Y29uZmln\",\"post-configuration-script\":"      \
  "\"cG9zdA==\"}}"
#define MOCK_EMPTY "{\"ietf-sztp-conveyed-info:onboarding-information\":{}}"

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A small world around a session: a device whose every deed is remembered, servers that are honest or not,
 * and all that may go wrong at each action. It judges the session: what it asks for, what it keeps, how it
 * ends. */
#ifndef SZTP_EXPLORE_WORLD_H
#define SZTP_EXPLORE_WORLD_H

#include <sztp/sztp.h>

#include "ground/blob.h"

/* What is there to find, and how it goes if nothing goes wrong. */
typedef struct world_plan {
  const char *name;
  int medium; /* a removable medium has: 1: the owner's signed artifacts; 2: data that nobody signed */
  int rogue;  /* DHCP names a server that gives data that nobody signed */
  int dns;    /* multicast DNS names the rogue; DNS 1: a server, 2: itself has the owner's signed artifacts */
  int redirect; /* the well-known server leads to the owner's, with its anchor */
  int second;   /* there is another well-known server, which gives the owner's configuration, and no more */
  int image;    /* another image is wanted */
  int both;     /* and the device wants the manufacturer's signature of it, too */
  int never_takes; /* but the device never reports it */
  int bad_script;  /* of the first server's data the post-configuration script fails, always */
  int verbose;     /* the server wants all reports */
  int csr;         /* the first server wants a certificate signing request with a new key, */
  int evidence;    /* and evidence in it */
  int again;       /* the device was bootstrapped before, and its owner has a key of then */
} world_plan_t;

extern const world_plan_t WORLD_PLANS[];
extern const size_t WORLD_PLAN_COUNT;

typedef struct world {
  const world_plan_t *plan;
  /* the device, which survives power cuts */
  int new_image;      /* is what it would start */
  unsigned installed; /* images, in truth */
  uint32_t effects;   /* bit n: something of what stage n did is there */
  int flag;
  int operator_off; /* somebody has turned SZTP off */
  int done;         /* it is bootstrapped for good: that nothing is to be undone was stored */
  unsigned keys;    /* that were made and are there */
  int owner_key;    /* it is the owner's */
  unsigned old_key; /* 1: the key is there that he had before */
  int undeleted;    /* a key that was to be deleted is there, or said to be */
  int64_t clock;    /* Unix time, or SZTP_TIME_UNKNOWN */
  uint8_t saved[1024];
  size_t saved_len;
  uint64_t now;
  /* this run */
  int runs_new;             /* the new image */
  int staged;               /* the right octets were downloaded */
  int put_together;         /* wrong ones, of several downloads: the whole image is to be asked for next */
  uint32_t asked;           /* bit n: the undo of stage n was asked for since this pass was begun */
  int cancelled;            /* and the session has been told */
  int acknowledged;         /* the server heard that the device is bootstrapped */
  int unheard;              /* the data at hand is from one that hears of nothing */
  int failed_data;          /* the data at hand is that of the bad script */
  unsigned short_of_memory; /* calls of sztp_session_next() that get none */
  const char *fault;        /* what is wrong, or NULL */
} world_t;

/* Artifacts, made of the test PKI once. */
void world_prepare(void);
void world_new(world_t *w, const world_plan_t *plan);
/* From here on nothing goes wrong. */
void world_calm(world_t *w);
/* A start of the device. */
void world_start(world_t *w);

/* How many ways there are for @p a to go; way 0 is the good one. */
unsigned world_ways(const sztp_action_t *a);
const char *world_way_name(const sztp_action_t *a, unsigned way);

enum { WORLD_REPLIED, WORLD_CUT };
/* Judges that @p a is asked for, does it by @p way, and replies, or loses power. */
int world_do(world_t *w, sztp_session_t *s, const sztp_action_t *a, unsigned way);
/* Judges the end of a session. Returns 1 if the device starts again by itself. */
int world_ended(world_t *w, sztp_session_t *s);
/* Judges what is there after a power cut. */
void world_check_kept(world_t *w);
/* Judges the last session of a device that nothing happened to any more; @p was_done before. */
void world_check_calm(world_t *w, int was_done, uint32_t result, int32_t reason);

/* Marks what the world is, for meeting the same one again. */
void world_put(const world_t *w, void (*put)(void *to, const void *data, size_t len), void *to);

int64_t world_clock(void *user);

#endif

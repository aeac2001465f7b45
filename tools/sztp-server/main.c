/* SPDX-License-Identifier: Apache-2.0 */
/* sztp-server, the lab bootstrap server: options, start and end. Its HTTP and TLS are its own, so that
 * devices are tested against a peer that shares neither with them (README.md). */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sztp/ctx.h>
#include <unistd.h>

#include "check.h"
#include "common/file.h"
#include "common/journald.h"
#include "common/notify.h"
#include "common/options.h"
#include "evidence.h"
#include "listener.h"
#include "loop.h"
#include "settings.h"

enum { EXIT_REFUSED = 1, EXIT_WRONG = 2 };

enum { CONFIG, DIR_, LISTEN, TLS_CERT, TLS_KEY, DEVICE_CA, PORT_FILE, CHECK, HELP, VERSION, OPTIONS };

static const option_t known[OPTIONS + 1] = {
    {"config", "FILE", 0},    {"dir", "FOLDER", 0},   {"listen", "ADDR:PORT", 0},
    {"tls-cert", "FILE", 0},  {"tls-key", "FILE", 0}, {"device-ca", "FILE", 0},
    {"port-file", "FILE", 0}, {"check", NULL, 0},     {"help", NULL, 0},
    {"version", NULL, 0},     {NULL, NULL, 0}};

static const char help[] =
    "Usage: sztp-server --dir FOLDER [options]\n"
    "       sztp-server --config FILE [options]\n"
    "\n"
    "A bootstrap server (RFC 8572) for laboratories and tests, not for fleets in production.\n"
    "\n"
    "  --dir FOLDER        the devices' data, see below\n"
    "  --config FILE       settings as JSON; options given beside it win\n"
    "  --listen ADDR:PORT  default [::]:8443 (IPv4 too); port 0 takes any free port\n"
    "  --tls-cert FILE     the server's certificate chain; default FOLDER/server.pem\n"
    "  --tls-key FILE      its private key; default FOLDER/server.key\n"
    "  --device-ca FILE    whom to believe devices' certificates; without it any is taken\n"
    "  --port-file FILE    where to write the port listened at\n"
    "  --check             serve nothing; say what is wrong with these files, and what devices would refuse\n"
    "  --help, --version\n"
    "\n"
    "What lies in FOLDER:\n"
    "  SERIAL/                    one folder per device, named as its certificate's serialNumber\n"
    "    onboarding.json          plain onboarding information, or\n"
    "    redirect.json            plain redirect information, or\n"
    "    conveyed-information.cms a ready artifact, with\n"
    "    owner-certificate.cms    and\n"
    "    ownership-voucher.vcj    if it is signed (the voucher is needed for signing on the spot too)\n"
    "    untrusted/               the same, only for devices that do not trust this server\n"
    "    reporting-level          minimal or verbose\n"
    "    progress.log             written here: the device's progress reports, one JSON object per line\n"
    "  owner.pem owner.key        sign on the spot what a device wants signed; owner-chain.pem with both\n"
    "                             the owner certificate and its intermediates, if there are any\n"
    "  trust-anchor.pem           root of --tls-cert: untrusting devices are redirected back here with it\n"
    "  images/                    offered at https://ADDR:PORT/images/NAME\n"
    "  requests.log               written here: one JSON object per request\n"
    "\n"
    "Examples:\n"
    "  sztp-server --dir lab --tls-cert server.pem --tls-key server.key\n"
    "  sztp-server --dir lab --check\n"
    "  sztp-server --dir lab --listen 127.0.0.1:0 --port-file port --device-ca idevid-root.pem\n"
    "\n"
    "  lab/EX4200-17/onboarding.json:\n"
    "  {\"ietf-sztp-conveyed-info:onboarding-information\": {\n"
    "     \"boot-image\": {\"os-name\": \"ExampleOS\", \"os-version\": \"4.3.0\", \"image-file\": "
    "\"os-4.3.0.bin\"},\n"
    "     \"configuration-handling\": \"merge\", \"configuration-file\": \"startup.conf\"}}\n"
    "\n"
    "Exit status: 0 ended by SIGTERM, SIGINT or SIGHUP, 1 serving failed, 2 wrong options or unreadable "
    "files;\n"
    "with --check 0 if nothing is wrong, 1 if something is.\n"
    "The manual page sztp-server(1) describes the files and the configuration.\n";

/* The pipe by which a signal reaches the loop. */
static volatile sig_atomic_t stop_pipe = -1;

static void on_signal(int number) {
  int error = errno;
  ssize_t written = write(stop_pipe, "", 1);
  (void)number;
  (void)written; /* a full pipe wakes the loop as well */
  errno = error;
}

static int complain(const char *what) {
  fprintf(stderr, "%ssztp-server: %s\n", journald_mark_for(STDERR_FILENO, SZTP_LOG_ERROR), what);
  return EXIT_WRONG;
}

/* Collects the values of the options; 0, or the exit status plus one. */
static int read_options(int argc, char **argv, const char *values[OPTIONS]) {
  options_t o;
  const char *value = NULL;
  options_start(&o, known, argc, argv, 1);
  for (int place; (place = options_next(&o, &value)) != OPTIONS_END;) {
    if (place == OPTIONS_ERROR) return complain(o.error) + 1;
    if (place == OPTIONS_OPERAND && strcmp(value, "help") == 0) place = HELP;
    if (place == OPTIONS_OPERAND) {
      fprintf(stderr, "sztp-server: unexpected operand '%.80s'; --help tells the options\n", value);
      return EXIT_WRONG + 1;
    }
    if (place == HELP || place == VERSION) {
      if (place == HELP)
        fputs(help, stdout);
      else
        printf("sztp-server %s\n", sztp_version_string());
      return fflush(stdout) == 0 ? 1 : EXIT_REFUSED + 1;
    }
    values[place] = value != NULL ? value : "";
  }
  return 0;
}

static int apply_options(settings_t *s, const char *const values[OPTIONS], char *why) {
  char **texts[OPTIONS] = {NULL,          &s->dir,       &s->listen, &s->tls_cert, &s->tls_key,
                           &s->device_ca, &s->port_file, NULL,       NULL,         NULL};
  if (values[CONFIG] != NULL && settings_read(s, values[CONFIG], why) != 0) return -1;
  for (int i = 0; i < OPTIONS; i++) {
    if (texts[i] == NULL || values[i] == NULL || settings_set(texts[i], values[i]) == 0) continue;
    snprintf(why, SETTINGS_WHY_MAX, "out of memory");
    return -1;
  }
  return settings_finish(s, why);
}

/* SIGHUP ends it, too, as a closed terminal does; but under nohup(1) it is ignored, and stays so. */
static int catch_hangup(const struct sigaction *act) {
  struct sigaction before;
  if (sigaction(SIGHUP, NULL, &before) != 0) return -1;
  return before.sa_handler == SIG_IGN ? 0 : sigaction(SIGHUP, act, NULL);
}

static int catch_signals(int pipe_ends[2]) {
  struct sigaction act;
  memset(&act, 0, sizeof act);
  sigemptyset(&act.sa_mask);
  act.sa_handler = SIG_IGN;
  if (sigaction(SIGPIPE, &act, NULL) != 0 || pipe(pipe_ends) != 0) return -1;
  if (listener_prepare(pipe_ends[0]) != 0 || listener_prepare(pipe_ends[1]) != 0) return -1;
  stop_pipe = pipe_ends[1];
  act.sa_handler = on_signal;
  return sigaction(SIGTERM, &act, NULL) == 0 && sigaction(SIGINT, &act, NULL) == 0 && catch_hangup(&act) == 0
             ? 0
             : -1;
}

/* The socket, or -1. Without --listen, a machine without IPv6 gets IPv4 only. */
static int start_listening(const settings_t *s, uint16_t *port) {
  char why[LISTENER_WHY_MAX];
  const char *where = s->listen != NULL ? s->listen : "[::]:8443";
  int fd = listener_open(where, port, why);
  if (fd < 0 && s->listen == NULL) {
    where = "0.0.0.0:8443";
    fd = listener_open(where, port, why);
  }
  if (fd < 0) {
    complain(why);
    return -1;
  }
  notify_status("Listening at %.*s:%u", (int)(strrchr(where, ':') - where), where, (unsigned)*port);
  printf("listening at %.*s:%u\n", (int)(strrchr(where, ':') - where), where, (unsigned)*port);
  fflush(stdout);
  return fd;
}

static int write_port(const settings_t *s, uint16_t port) {
  char text[16];
  if (s->port_file == NULL) return 0;
  int len = snprintf(text, sizeof text, "%u\n", (unsigned)port);
  if (file_write(s->port_file, text, (size_t)len, 0644) == 0) return 0;
  fprintf(stderr, "sztp-server: '%s' can't be written: %s\n", s->port_file, strerror(errno));
  return -1;
}

static int serve(server_t *server, tls_server_t *tls) {
  int pipe_ends[2];
  uint16_t port = 0;
  if (catch_signals(pipe_ends) != 0) return complain(strerror(errno));
  int fd = start_listening(server->settings, &port);
  if (fd < 0 || write_port(server->settings, port) != 0) return EXIT_WRONG;
  notify_ready();
  int result = loop_run(server, tls, fd, pipe_ends[0]);
  if (result != 0) fprintf(stderr, "sztp-server: %s\n", strerror(errno));
  close(fd);
  return result == 0 ? EXIT_SUCCESS : EXIT_REFUSED;
}

static void warn(void *user, const char *sentence) {
  (void)user;
  fprintf(stderr, "%ssztp-server: warning: %s\n", journald_mark_for(STDERR_FILENO, SZTP_LOG_WARN), sentence);
}

static int run(settings_t *s) {
  char why[TLS_WHY_MAX];
  server_t server;
  tls_server_t *tls = tls_server_new(s->tls_cert, s->tls_key, s->device_ca, why);
  if (tls == NULL) return complain(why);
  server.settings = s;
  int status = EXIT_WRONG;
  notify_open();
  int logged = log_file_init(&server.requests, s->dir, "requests.log");
  if (maker_init(&server.maker, s) != 0 || logged != 0)
    (void)complain("out of memory");
  else {
    (void)check(&server.maker, tls, 0, warn, NULL);
    status = serve(&server, tls);
  }
  notify_close();
  evidence_free(&server.maker);
  maker_free(&server.maker);
  log_file_free(&server.requests);
  tls_server_free(tls);
  return status;
}

/* ---- without serving ----------------------------------------------------------------------------- */

static void print_finding(void *user, const char *sentence) {
  unsigned *findings = user;
  printf("%s\n", sentence);
  ++*findings;
}

static int check_only(const settings_t *s) {
  char why[TLS_WHY_MAX];
  unsigned findings = 0;
  int devices = -1;
  maker_t maker;
  tls_server_t *tls = tls_server_new(s->tls_cert, s->tls_key, s->device_ca, why);
  if (tls == NULL) print_finding(&findings, why);
  errno = ENOMEM;
  if (maker_init(&maker, s) == 0) devices = check(&maker, tls, 1, print_finding, &findings);
  int error = errno;
  evidence_free(&maker);
  maker_free(&maker);
  tls_server_free(tls);
  if (devices < 0) return complain(strerror(error));
  printf("devices: %d, findings: %u\n", devices, findings);
  if (fflush(stdout) != 0) return complain(strerror(errno));
  return findings == 0 ? EXIT_SUCCESS : EXIT_REFUSED;
}

/* A large block makes glibc clear up all small ones of its fast bins, and each request takes large blocks. */
static void tune_heap(void) {
#ifdef M_MXFAST
  (void)mallopt(M_MXFAST, 0);
#endif
}

int main(int argc, char **argv) {
  const char *values[OPTIONS] = {NULL};
  char why[SETTINGS_WHY_MAX];
  settings_t settings;
  int status = read_options(argc, argv, values);
  if (status != 0) return status - 1;
  tune_heap();
  if (settings_init(&settings) != 0) return complain("out of memory");
  if (apply_options(&settings, values, why) != 0)
    status = complain(why);
  else
    status = values[CHECK] != NULL ? check_only(&settings) : run(&settings);
  settings_free(&settings);
  return status;
}

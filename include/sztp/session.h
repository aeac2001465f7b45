/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * The machine: it hands out one action at a time and is handed a reply.
 *
 *     while (sztp_session_next(s, now_ms(), &a) == SZTP_OK) {
 *       kind = sztp_action_kind(a);
 *       if (kind == SZTP_ACTION_DONE || kind == SZTP_ACTION_FAILED) break;
 *       ... do it, sztp_reply_i64(), sztp_reply_bytes(), sztp_reply_write() ...
 *       sztp_reply_end(s, sztp_action_ticket(a), outcome);
 *     }
 *
 * One action is outstanding at a time and next() is idempotent until it is answered. A reply quotes the
 * action's ticket; one for an earlier action gets SZTP_ERR_STALE. An action and its fields are borrowed
 * until the next call of sztp_session_next() after sztp_reply_end(). If next() fails with
 * SZTP_ERR_MEMORY nothing is lost: the same call can be made again. (Received data for which there is not
 * enough memory three times in a row is given up, so that nobody can hold the session up with it.)
 */
#ifndef SZTP_SESSION_H
#define SZTP_SESSION_H

#include <sztp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What the host is asked to do. After each: the fields of the action -> the fields of the reply. A field in
 * [brackets] may be absent; one followed by ... may come several times. Any reply may have a MESSAGE. */
enum {
  /** Look at one place of a source. SOURCE INDEX -> DATA (the value of DHCP option 143 or 136), or
   * ARTIFACT_CI [ARTIFACT_OC ARTIFACT_OV] (removable storage, the integrator's own sources); [MORE]. Nothing
   * there: outcome NOTHING. One reply holds what one place has. With MORE 1 there may be more at another
   * place of the source, such as a second medium: unless this one led to success, the source is asked again,
   * with the next INDEX, at most 32 times in a pass, of DHCP 96 times: all answers of DHCP are heard before
   * one is tried. */
  SZTP_ACTION_DISCOVER = 1,
  /** Resolve a host name. SOURCE NAME DEADLINE -> ADDRESS... (text, as "192.0.2.1", "fe80::1%eth0"), in the
   * order to try; or another outcome with [REASON] [MESSAGE]. A transport that resolves by itself replies with
   * the name. DEADLINE is 30 s away: a resolver that hangs must not hold the session up, which has other
   * servers to try. */
  SZTP_ACTION_RESOLVE  = 2,
  /** Make one HTTPS exchange. SOURCE PURPOSE METHOD NAME ADDRESS PORT PATH HEADER... [BODY] PROVISIONAL
   * [ANCHOR...] VISIT LIMIT DEADLINE -> STATUS [CONTENT_TYPE] [RETRY_AFTER] PEER_VERIFIED, the body through
   * sztp_reply_write(); or outcome FAILED or TIMEOUT with [REASON] [MESSAGE]; any REASON that is an error code
   * is that of the event. With PROVISIONAL 0 the server
   * must be authenticated to the ANCHORs and to NAME before anything is sent (sztp_action_check_server());
   * with 1 any certificate is accepted. The device's identity certificate is offered in both cases. HTTP
   * redirects are not followed.
   *
   * Connections may be kept for exchanges with the same VISIT, and for no others: NAME, PORT,
   * ANCHORs and PROVISIONAL are the same throughout a visit. Every reply says PEER_VERIFIED, also one over a
   * connection that was kept: what was found when it was made. TLS sessions are not resumed from one visit to
   * another, since TLS libraries then ask for no certificate, and nobody would be authenticated.
   *
   * DEADLINE is 60 s away for SZTP_FETCH_ROOT, 300 s for _DATA, 30 s for _PROGRESS (2 s while the session is
   * being stopped). If sztp_reply_write() gives SZTP_ERR_LIMIT, the transport stops reading, closes the
   * connection, and ends with FAILED, REASON SZTP_ERR_LIMIT and a MESSAGE: of a failed exchange the log and
   * the events tell the MESSAGE. */
  SZTP_ACTION_FETCH    = 3,
  /** Download a boot image. URI INDEX [OS_NAME] [OS_VERSION] LIMIT DEADLINE CHECK_SIGNATURE RESUME ->
   * [SIGNATURE] [RESUMED], then every octet through sztp_reply_write(), which hashes it; the host stages it as well. Any server will do, by http and
   * by https with any certificate: the image is verified by its fingerprint or signature, and the device does
   * not identify itself. DEADLINE is 6 hours away. After SZTP_ERR_LIMIT the host discards what it staged and
   * ends with FAILED, REASON SZTP_ERR_LIMIT and a MESSAGE that says so; as in a FETCH any REASON that is an
   * error code is that of the event. With CHECK_SIGNATURE 1 there is
   * no fingerprint, or not it alone (SZTP_POLICY_IMAGE_BOTH). Where the device has firmware anchors the host
   * looks for a detached signature beside the image and replies it as SIGNATURE before the first octet; a
   * refused one gives SZTP_ERR_IMAGE_SIGNATURE, after which the image need not be fetched, and the host ends
   * with FAILED. With SZTP_POLICY_IMAGE_SIGNATURE it may check a signature embedded in the image instead, and
   * replies SIGNATURE_GOOD 1.
   *
   * A download that breaks may be gone on with where it broke, in the same reply or in that to a later DOWNLOAD
   * of the same URI, also after a restart: the host writes what it has staged, from the first octet on, and
   * then the rest, which it asks the server for on the condition that the image has not changed; the next
   * URI begins from its start. If it can't be gone on with, sztp_reply_restart() drops what was written. An
   * image that is not of one response alone gets RESUMED 1. If it is not the one announced, the same URI is
   * asked for once more, with RESUME 0: nothing that is staged may be used, and the whole image comes in one
   * response. */
  SZTP_ACTION_DOWNLOAD = 4,
  /** Install the staged image; its fingerprint matched. URI [OS_NAME] [OS_VERSION] [SHA256] -> [MESSAGE]. It
   * replies, and leaves the restart to REBOOT: an install without a reply counts as cut off, not as done. */
  SZTP_ACTION_INSTALL  = 5,
  /** Run a script. STAGE (SZTP_STAGE_PRE_SCRIPT, _POST_SCRIPT) DATA [KEY_ID] [CSR] -> [MESSAGE] (its output).
   * After a certificate signing request there is CSR, and, if a key was made for it, KEY_ID; the certificate is
   * in DATA or in the configuration, if it was issued, in a form that is between owner and device. */
  SZTP_ACTION_SCRIPT   = 6,
  /** Commit the configuration, whole or not at all. MODE (SZTP_CONFIG_*) DATA [KEY_ID] [CSR] -> [MESSAGE].
   * FAILED: nothing
   * was committed. TIMEOUT: it is not known whether anything was, as of a commit that was cut off; it is
   * rolled back. */
  SZTP_ACTION_CONFIG   = 7,
  /** Do one operation of a private key, to decrypt an artifact or for a certificate signing request; only if
   * the device has no key function (sztp_device_set_key(), which says what each operation takes and gives).
   * OPERATION (SZTP_KEY_OP_*) [HASH] [MGF_HASH] [LABEL] [CERT] [KEY_ID] [ALGORITHM] [STATEMENT NONCE
   * PCRS] [DATA] (SZTP_KEY_F_INPUT) LIMIT -> DATA, exactly LIMIT octets; of GENERATE and ATTEST at most
   * LIMIT, of DELETE none. NOTHING: there is no private key of CERT or KEY_ID. FAILED, also for an
   * operation that the host does not know, or DATA of another length counts as a failed decryption,
   * whatever the cause. The session wipes the answer as soon as the artifacts are judged. Signatures for
   * TLS are not asked for by actions, since it needs them while a handler is at work. */
  SZTP_ACTION_KEY      = 8,
  /** Undo what a stage did, if it did anything. STAGE (SZTP_STAGE_*) -> [MESSAGE]. Also asked after a power
   * failure, when it is not known how far the stage got: undoing twice must do no harm. With any outcome but
   * OK and WARNING it is not undone, and asked again: before the next pass, and at the next start. */
  SZTP_ACTION_ROLLBACK = 9,
  /** Restart into the installed image. If it replies at all, the session ends with REBOOT_PENDING. */
  SZTP_ACTION_REBOOT   = 10,
  /** Nothing to do until DEADLINE. sztp_session_next() goes on by itself from then on; a reply ends the wait
   * early. */
  SZTP_ACTION_WAIT     = 11,
  /** Is SZTP on? Asked before each pass over the sources, and after the last stage of onboarding: the owner's
   * configuration or script is to switch it off, since the library itself switches nothing
   * off. If it is still on then, the device is bootstrapped all the same, and a bootstrap-warning is
   * reported. -> VALUE 1 or 0; no VALUE means that none was ever stored, which counts as on. Outcome FAILED
   * means that the store can't be read, and ends the session. */
  SZTP_ACTION_ENABLED  = 12,
  /** Keep DATA (at most 1 KiB) across a loss of power, atomically, replacing what was kept before. It goes
   * into sztp_session_restore() at the next start, also of a device that is bootstrapped: the name of the
   * owner's key may be in it. No octets mean: keep nothing. */
  SZTP_ACTION_SAVE     = 13,
  /** The end, a good one. RESULT (SZTP_RESULT_DONE, _REBOOT_PENDING, _DISABLED) [KEY_ID] [CSR]. No reply. */
  SZTP_ACTION_DONE     = 14,
  /** The end, not a good one. RESULT (SZTP_RESULT_NOT_BOOTSTRAPPED, _CANCELLED, _ERROR) REASON MESSAGE. No
   * reply. */
  SZTP_ACTION_FAILED   = 15,
  /** Ask one question by DNS or multicast DNS. SOURCE TYPE (SZTP_DNS_TXT or SZTP_DNS_SRV) NAME (what is asked
   * for, as text) DATA (the message to send) -> each message that comes back, through sztp_reply_answer(),
   * which says how to go on.
   *
   * By unicast there is one answer, which counts only from the server and port that were asked. Multicast
   * goes to port 5353 of 224.0.0.251 and FF02::FB on every link, from another port, and once more after 1 s;
   * answers are collected for 3 s, or for 200 ms after the first one that is enough; messages that are not
   * from the link are dropped. A host whose resolver reads answers itself replies with ARTIFACT_CI
   * [ARTIFACT_OC ARTIFACT_OV], or with servers in the order to try: URI..., each "https://host[:port]". */
  SZTP_ACTION_ASK      = 16,
  /** Name the network's domains, in which to ask by DNS, if the device has none of its own. SOURCE ->
   * NAME..., at most 16; or outcome NOTHING. */
  SZTP_ACTION_DOMAINS  = 17,
  /** Make a certificate signing request of another format out of a PKCS #10 one; only with SZTP_CSR_CMC or
   * SZTP_CSR_CMP among the formats of sztp_device_set_csr(). FORMAT (SZTP_CSR_*) CSR [KEY_ID] LIMIT -> DATA,
   * DER. If its origin can be shown by the identity's key or by a shared secret, the key is to be taken. Of a
   * CMP message the body p10cr is meant, in which CSR stands as it is. */
  SZTP_ACTION_CSR      = 18
};

/** How to go on with an ASK: what sztp_reply_answer() gives. */
enum {
  SZTP_ASK_ENOUGH       = 1, /**< the answer is there (multicast: collect for another 200 ms) */
  SZTP_ASK_WAIT         = 2, /**< wait on: something is missing, or the message was not about this question */
  SZTP_ASK_TCP          = 3, /**< it did not fit: ask the same server over TCP */
  SZTP_ASK_NO_EDNS      = 4, /**< the server does not understand: ask it without EDNS, that is without the
                                  last 11 octets of DATA, and with 0 as its 12th octet */
  SZTP_ASK_OTHER_SERVER = 5  /**< it could not or would not answer: ask another server */
};

/** Fields of actions, replies and events: numbers (i64) or octets (bytes). */
enum {
  SZTP_F_SOURCE          = 1, /**< i64: SZTP_SOURCE_*; of a server, the source that led to it */
  SZTP_F_NAME            = 2, /**< bytes: host name or address literal, as its source gave it, an IPv6 address
                                    without brackets (it has them in the Host field): the reference identity
                                    and, if it is a name, the SNI */
  SZTP_F_ADDRESS         = 3, /**< bytes: the address to connect to */
  SZTP_F_PORT            = 4, /**< i64: 1 to 65535 */
  SZTP_F_METHOD          = 5, /**< bytes: "GET" or "POST" */
  SZTP_F_PATH            = 6, /**< bytes: origin-form request target */
  SZTP_F_HEADER          = 7, /**< bytes: "Name: value"; Host, Content-Length and those about the connection
                                    are the transport's */
  SZTP_F_BODY            = 8, /**< bytes: the request's body */
  SZTP_F_ANCHOR          = 9, /**< bytes: DER certificate */
  SZTP_F_PROVISIONAL     = 10, /**< i64: 0 or 1 */
  SZTP_F_PURPOSE         = 11, /**< i64: SZTP_FETCH_* */
  SZTP_F_LIMIT           = 12, /**< i64: octets of the body at most; of a key's answer exactly */
  SZTP_F_DEADLINE        = 13, /**< i64: ms on the clock of sztp_session_next() */
  SZTP_F_URI             = 14, /**< bytes: a URI */
  SZTP_F_DATA            = 15, /**< bytes: what the action or reply is about */
  SZTP_F_MODE            = 16, /**< i64: SZTP_CONFIG_* */
  SZTP_F_VISIT           = 17, /**< i64: number of the visit; a device uses no number twice, in any session */
  SZTP_F_INDEX           = 18, /**< i64: which one of a list, from 0 */
  SZTP_F_OS_NAME         = 19, /**< bytes: os-name */
  SZTP_F_OS_VERSION      = 20, /**< bytes: os-version */
  SZTP_F_SHA256          = 21, /**< bytes: 32 octets */
  SZTP_F_CHECK_SIGNATURE = 22, /**< i64: 0 or 1 */
  SZTP_F_RESULT          = 23, /**< i64: SZTP_RESULT_* */
  SZTP_F_OPERATION       = 24, /**< i64: SZTP_KEY_OP_* */
  SZTP_F_HASH            = 25, /**< i64: as SZTP_KEY_F_HASH */
  SZTP_F_MGF_HASH        = 26, /**< i64: as SZTP_KEY_F_MGF_HASH */
  SZTP_F_LABEL           = 27, /**< bytes: as SZTP_KEY_F_LABEL */
  SZTP_F_CERT            = 28, /**< bytes: DER certificate */
  SZTP_F_STAGE           = 29, /**< i64: SZTP_STAGE_* */
  SZTP_F_TYPE            = 30, /**< i64: SZTP_DNS_TXT or SZTP_DNS_SRV */
  SZTP_F_OUTCOME         = 31, /**< i64: SZTP_OUTCOME_*, of an event */
  SZTP_F_STATUS          = 32, /**< reply i64: HTTP status, 100 to 599 */
  SZTP_F_CONTENT_TYPE    = 33, /**< reply bytes: media type with or without parameters */
  SZTP_F_PEER_VERIFIED   = 34, /**< reply i64: 1 if the server was authenticated to the action's anchors and
                                    name; counts only if the action carried anchors */
  SZTP_F_MESSAGE         = 35, /**< bytes: text for people, UTF-8 */
  SZTP_F_REASON          = 36, /**< i64: SZTP_ERR_* */
  SZTP_F_RETRY_AFTER     = 37, /**< reply i64: seconds */
  SZTP_F_VALUE           = 38, /**< reply i64: 0 or 1 */
  SZTP_F_SIGNATURE_GOOD  = 39, /**< reply i64: 0 or 1 */
  SZTP_F_ARTIFACT_CI     = 40, /**< reply bytes: conveyed information */
  SZTP_F_ARTIFACT_OC     = 41, /**< reply bytes: owner certificate */
  SZTP_F_ARTIFACT_OV     = 42, /**< reply bytes: ownership voucher */
  SZTP_F_MORE            = 43, /**< reply i64: 0 or 1 */
  SZTP_F_KEY_ID          = 44, /**< bytes: as SZTP_KEY_F_KEY_ID */
  SZTP_F_ALGORITHM       = 45, /**< bytes: as SZTP_KEY_F_ALGORITHM */
  SZTP_F_CSR             = 46, /**< bytes: CertificationRequest, DER */
  SZTP_F_FORMAT          = 47, /**< i64: SZTP_CSR_* */
  SZTP_F_SIGNATURE       = 48, /**< reply bytes: a detached signature (image.h) */
  SZTP_F_STATEMENT       = 49, /**< i64: as SZTP_KEY_F_STATEMENT */
  SZTP_F_NONCE           = 50, /**< bytes: as SZTP_KEY_F_NONCE */
  SZTP_F_PCRS            = 51, /**< i64: as SZTP_KEY_F_PCRS */
  SZTP_F_RESUME          = 52, /**< i64: 1: what was staged of the image may be gone on with; 0: it may not */
  SZTP_F_RESUMED         = 53  /**< reply i64: 1 if the octets are not of one response alone */
};

/** Purposes of a FETCH. */
enum {
  SZTP_FETCH_ROOT     = 1, /**< GET host-meta */
  SZTP_FETCH_DATA     = 2, /**< POST get-bootstrapping-data */
  SZTP_FETCH_PROGRESS = 3  /**< POST report-progress */
};

/** Stages of an attempt that change the device. */
enum {
  SZTP_STAGE_PRE_SCRIPT  = 1, /**< the pre-configuration script */
  SZTP_STAGE_CONFIG      = 2, /**< the configuration */
  SZTP_STAGE_POST_SCRIPT = 3  /**< the post-configuration script */
};

/** How the host's work ended. */
enum {
  SZTP_OUTCOME_OK      = 0, /**< done */
  SZTP_OUTCOME_PENDING = 1, /**< not finished, like SZTP_PENDING: for handlers, not for sztp_reply_end() */
  SZTP_OUTCOME_WARNING = 2, /**< done, with something to report in MESSAGE (scripts, configuration) */
  SZTP_OUTCOME_NOTHING = 3, /**< nothing there (discovery, resolving, no such key) */
  SZTP_OUTCOME_FAILED  = 4, /**< it failed */
  SZTP_OUTCOME_TIMEOUT = 5  /**< it took too long */
};

/** Sources of bootstrapping data. */
enum {
  SZTP_SOURCE_REMOVABLE  = 1, /**< removable storage */
  SZTP_SOURCE_MDNS       = 2, /**< multicast DNS */
  SZTP_SOURCE_DNS        = 3, /**< DNS servers */
  SZTP_SOURCE_DHCP4      = 4, /**< DHCPv4 */
  SZTP_SOURCE_DHCP6      = 5, /**< DHCPv6 */
  SZTP_SOURCE_WELL_KNOWN = 6, /**< the servers of sztp_device_add_server(); no DISCOVER is asked */
  SZTP_SOURCE_CUSTOM     = 64 /**< 64 to 127: the integrator's own, untrusted */
};

/** How a session ended. */
enum {
  SZTP_RESULT_DONE             = 1, /**< bootstrapped, and acknowledged where that is required */
  SZTP_RESULT_REBOOT_PENDING   = 2, /**< an image was installed; restart into it */
  SZTP_RESULT_DISABLED         = 3, /**< SZTP is off */
  SZTP_RESULT_NOT_BOOTSTRAPPED = 4, /**< the passes allowed are used up; REASON is that of the last failure */
  SZTP_RESULT_CANCELLED        = 5, /**< stopped by sztp_session_cancel() */
  /** the host failed the session (flag unreadable; no random octets; SZTP is off, and something could not be
   * undone) */
  SZTP_RESULT_ERROR            = 6
};

/** What became of something that the session tried: sztp_session_on_event(), sztp_session_last(). The fields
 * of each are in parentheses; REASON is 0 if it went well, and MESSAGE is a sentence for people. */
enum {
  SZTP_EVENT_SOURCE  = 1, /**< a place of a source was looked at (SOURCE INDEX OUTCOME REASON MESSAGE) */
  SZTP_EVENT_SERVER  = 2, /**< an exchange with a bootstrap server, or a server that was passed over (SOURCE
                             VISIT NAME [ADDRESS] PORT PROVISIONAL OUTCOME REASON MESSAGE) */
  SZTP_EVENT_VERDICT = 3, /**< artifacts were judged: sztp_session_verdict() (SOURCE INDEX OUTCOME REASON
                             MESSAGE) */
  SZTP_EVENT_REPORT  = 4, /**< a progress report was sent, or not acknowledged (OUTCOME REASON MESSAGE) */
  SZTP_EVENT_IMAGE   = 5, /**< a boot image was looked for, downloaded, installed (OUTCOME REASON MESSAGE) */
  SZTP_EVENT_STAGE   = 6, /**< a script or the configuration ended (STAGE OUTCOME REASON MESSAGE) */
  SZTP_EVENT_UNDO    = 7, /**< a stage was undone, or could not be (STAGE OUTCOME REASON MESSAGE) */
  SZTP_EVENT_PASS    = 8, /**< a pass over all sources led nowhere (OUTCOME REASON MESSAGE) */
  SZTP_EVENT_END     = 9, /**< the session ended (RESULT OUTCOME REASON MESSAGE) */
  SZTP_EVENT_EVIDENCE =
      10 /**< evidence that a server asked for is in the certificate signing request for it, or
                              was left out (as SERVER). The evidence itself is not told */
};

/** Takes an event. From inside it only the getters of the event, of the session and its verdict, and
 * sztp_session_cancel() may be used; anything else gets SZTP_ERR_REENTRY.
 * @param user  as registered
 * @param s     the session
 * @param event borrowed until the function returns */
typedef void (*sztp_event_fn)(void *user, const sztp_session_t *s, const sztp_event_t *event);

/** Makes a session of a device.
 * @param ctx where its memory comes from: the device's context; or another one, if the device is frozen
 *            (sztp_device_freeze())
 * @param dev borrowed until the session is freed
 * @param out the session, freed with sztp_session_free()
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_SEQUENCE (another context, and the device is not frozen), SZTP_ERR_BUSY
 *   (another session of the context is alive), SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_session_new(sztp_ctx_t *ctx, sztp_device_t *dev, sztp_session_t **out);

/** Frees a session, wiping what it knows. From inside a handler or a callback it does nothing.
 * @param s the session; NULL is allowed */
SZTP_API void sztp_session_free(sztp_session_t *s);

/** Adds a source at the end of the order; only before the first sztp_session_next(). If none is added, the
 * order is: removable storage, DHCPv6, DHCPv4, multicast DNS, DNS, and the well-known servers if there are
 * any. Multicast DNS and DNS next to each other are one source: TXT records are asked for by multicast and in
 * each domain, then SRV records likewise.
 * @param s      the session
 * @param source SZTP_SOURCE_*
 * @return 0, SZTP_ERR_ARG (unknown, or added already), SZTP_ERR_SEQUENCE, SZTP_ERR_LIMIT (16)
 * @req DISC-02, DNS-01 */
SZTP_API int32_t sztp_session_add_source(sztp_session_t *s, uint32_t source);

/** Sets the wall-clock time. The session advances it with the clock of sztp_session_next().
 * @param s         the session
 * @param now_ms    the host's clock at this moment
 * @param unix_time Unix seconds that are trusted to be right at this moment, or SZTP_TIME_UNKNOWN
 *                  (SZTP_TIME_UNKNOWN)
 * @return 0, SZTP_ERR_ARG
 * @req CLK-01, CLK-03 */
SZTP_API int32_t sztp_session_set_time(sztp_session_t *s, uint64_t now_ms, int64_t unix_time);

/** Sets a wall clock that the session looks at whenever it needs the time: for each set of artifacts, each
 * server's certificates and each nonce. One that jumps is followed, as it was wrong before; from one that is
 * unknown or behind the device's floor, the last time that was believed remains as a floor. Without one, the
 * time of sztp_session_set_time() is carried on, so that a clock which is set later is never noticed.
 * @param s       the session
 * @param fn,user the clock, which must not call the library; NULL removes it
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_REENTRY
 * @req CLK-01, CLK-03, CLK-08 */
SZTP_API int32_t sztp_session_set_unix_clock(sztp_session_t *s, sztp_unix_clock_fn fn, void *user);

/** Restores what the last SAVE of an earlier run asked to keep, before the first sztp_session_next(). What an
 * attempt left behind that lost power, or that could not be undone, is then rolled back first. State of every
 * older version is read. State that is damaged (SZTP_ERR_CBOR) or of a later major version (SZTP_ERR_ABI) may
 * have been anything, so that every stage is rolled back then, which does no harm where there is nothing to
 * undo. A host that can't read what it kept has that done as well: it hands in one octet, 0.
 * @param s         the session
 * @param saved,len what was kept; may be no octets at all
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_SEQUENCE; SZTP_ERR_CBOR or SZTP_ERR_ABI: the session starts by undoing
 *   every stage
 * @req STATE-10, STATE-20, ONB-20 */
SZTP_API int32_t sztp_session_restore(sztp_session_t *s, const uint8_t *saved, size_t len);

/** Says what must be done next.
 * @param s      the session
 * @param now_ms a clock of the host that never goes back, in ms; its zero is anywhere
 * @param out    the action, borrowed
 * @return 0; SZTP_PENDING (the device's key function is not finished; there is no action, call again);
 *   SZTP_ERR_CONFIG (the device is not fit to start), SZTP_ERR_MEMORY, SZTP_ERR_RANDOM, SZTP_ERR_CRYPTO:
 *   nothing is lost, call again (the third SZTP_ERR_RANDOM in a row ends the session instead);
 *   SZTP_ERR_REENTRY
 * @req STATE-13, STATE-14, STATE-15, TLS-07 */
SZTP_API int32_t sztp_session_next(sztp_session_t *s, uint64_t now_ms, const sztp_action_t **out);

/** Sets the clock that DEADLINE is on, for transports that take the time from the session while a handler is
 * at work. sztp_host_run() sets it to the runner's.
 * @param s    the session
 * @param fn   the clock; NULL: time stands still between two calls of sztp_session_next()
 * @param user passed to the clock
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_REENTRY */
SZTP_API int32_t sztp_session_set_clock(sztp_session_t *s, sztp_clock_fn fn, void *user);

/** Gives the context that the session was made on: transports read the trail there. May be called from a
 * handler.
 * @param s the session
 * @return the context, or NULL for NULL */
SZTP_API sztp_ctx_t *sztp_session_ctx(const sztp_session_t *s);

/** Reads the time of the session, on the clock that DEADLINE is on: that of sztp_session_set_clock(), or else
 * the time of the last sztp_session_next(). May be called from a handler.
 * @param s the session
 * @return ms; 0 for NULL */
SZTP_API uint64_t sztp_session_now(const sztp_session_t *s);

/** Tells how the session ended.
 * @param s the session
 * @return SZTP_RESULT_*; 0 until it has ended */
SZTP_API uint32_t sztp_session_result(const sztp_session_t *s);

/** Tells why the session ended as it did.
 * @param s the session
 * @return SZTP_ERR_*; 0 after a good end, and until it has ended */
SZTP_API int32_t sztp_session_reason(const sztp_session_t *s);

/** Tells why the session ended as it did, as a sentence for people.
 * @param s the session
 * @return the sentence, borrowed from the session; "" until it has ended */
SZTP_API const char *sztp_session_text(const sztp_session_t *s);

/** Reports each SZTP_EVENT_* to a function as it happens, from inside sztp_session_next().
 * @param s    the session
 * @param fn   takes the events; NULL: nobody does
 * @param user passed to the function
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_REENTRY */
SZTP_API int32_t sztp_session_on_event(sztp_session_t *s, sztp_event_fn fn, void *user);

/** Reads the last event.
 * @param s the session
 * @return the event, borrowed until the next sztp_session_next(); NULL if there was none */
SZTP_API const sztp_event_t *sztp_session_last(const sztp_session_t *s);

/** Reads what kind of event it is.
 * @param event the event
 * @return SZTP_EVENT_*; 0 for NULL */
SZTP_API uint32_t sztp_event_kind(const sztp_event_t *event);

/** Reads a number of an event.
 * @param event the event
 * @param field SZTP_F_*
 * @param out   the number
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_NOT_FOUND */
SZTP_API int32_t sztp_event_i64(const sztp_event_t *event, uint32_t field, int64_t *out);

/** Reads octets of an event.
 * @param event    the event
 * @param field    SZTP_F_*
 * @param data,len the octets, followed by a NUL; borrowed from the event
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_NOT_FOUND */
SZTP_API int32_t sztp_event_bytes(const sztp_event_t *event, uint32_t field, const uint8_t **data,
                                  size_t *len);

/** Asks the session to stop: it rolls back what is unfinished and ends with SZTP_RESULT_CANCELLED. This only
 * sets a flag of type volatile sig_atomic_t, so it may be called from a handler, a callback or a signal
 * handler. An action that is out still needs its reply.
 * @param s the session
 * @return 0, SZTP_ERR_ARG
 * @req STATE-08 */
SZTP_API int32_t sztp_session_cancel(sztp_session_t *s);

/** Tells whether a cancel has been asked for and not yet acted on: a handler at work may then end early, with
 * SZTP_OUTCOME_FAILED. (Actions that the session asks for while it stops must still be done.) May be called
 * from a handler.
 * @param s the session
 * @return 1 after a cancel that has not been acted on, else 0 */
SZTP_API int32_t sztp_session_cancelled(const sztp_session_t *s);

/** Reads the verdict on the artifacts that were judged last.
 * @param s the session
 * @return the verdict, borrowed until the next sztp_session_next(); NULL before the first */
SZTP_API const sztp_verdict_t *sztp_session_verdict(const sztp_session_t *s);

/** Reads what kind of action it is.
 * @param a the action
 * @return SZTP_ACTION_* */
SZTP_API uint32_t sztp_action_kind(const sztp_action_t *a);

/** Names a kind of action.
 * @param kind SZTP_ACTION_*
 * @return the name, as "fetch"; "" for an unknown one; static */
SZTP_API const char *sztp_action_name(uint32_t kind);

/** Names a source.
 * @param source SZTP_SOURCE_*
 * @return the name, as "dhcp4"; "custom" for the integrator's own; "" for an unknown one; static */
SZTP_API const char *sztp_source_name(uint32_t source);

/** Names an outcome.
 * @param outcome SZTP_OUTCOME_*
 * @return the name, as "warning"; "" for an unknown one; static */
SZTP_API const char *sztp_outcome_name(uint32_t outcome);

/** Names a result.
 * @param result SZTP_RESULT_*
 * @return the name, as "not-bootstrapped"; "" for an unknown one; static */
SZTP_API const char *sztp_result_name(uint32_t result);

/** Names a stage.
 * @param stage SZTP_STAGE_*
 * @return the name, as "pre-configuration-script"; "" for an unknown one; static */
SZTP_API const char *sztp_stage_name(uint32_t stage);

/** Names the purpose of an exchange.
 * @param purpose SZTP_FETCH_*
 * @return the name, as "get-bootstrapping-data"; "" for an unknown one; static */
SZTP_API const char *sztp_fetch_name(uint32_t purpose);

/** Names a kind of event.
 * @param kind SZTP_EVENT_*
 * @return the name, as "server"; "" for an unknown one; static */
SZTP_API const char *sztp_event_name(uint32_t kind);

/** Reads the ticket that replies quote.
 * @param a the action
 * @return the ticket */
SZTP_API uint64_t sztp_action_ticket(const sztp_action_t *a);

/** Counts the values of a field.
 * @param a     the action
 * @param field SZTP_F_*
 * @return how many values the field has in the action */
SZTP_API size_t sztp_action_count(const sztp_action_t *a, uint32_t field);

/** Reads a number of an action.
 * @param a     the action
 * @param field SZTP_F_*
 * @param index which value, from 0
 * @param out   the number
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_NOT_FOUND */
SZTP_API int32_t sztp_action_i64(const sztp_action_t *a, uint32_t field, size_t index, int64_t *out);

/** Reads octets of an action.
 * @param a        the action
 * @param field    SZTP_F_*
 * @param index    which value, from 0
 * @param data,len the octets, followed by a NUL; borrowed from the action
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_NOT_FOUND */
SZTP_API int32_t sztp_action_bytes(const sztp_action_t *a, uint32_t field, size_t index, const uint8_t **data,
                                   size_t *len);

/** Judges the certificates that a server presented, for transports with a TLS stack of their own: the path to
 * the action's anchors, the server's identity by RFC 9525, its extended key usage. May be called from a
 * handler.
 * @param s         the session
 * @param a         its FETCH action, with PROVISIONAL 0
 * @param chain,len DER certificates one after another, the server's own first
 * @return 0; SZTP_ERR_TLS_UNTRUSTED or SZTP_ERR_TLS_NAME_MISMATCH with the cause in the trail; SZTP_ERR_ARG,
 *   SZTP_ERR_MEMORY, SZTP_ERR_SEQUENCE (a provisional action)
 * @req TLS-02, TLS-10, TLS-11, TLS-12, TLS-13, TLS-16 */
SZTP_API int32_t sztp_action_check_server(sztp_session_t *s, const sztp_action_t *a, const uint8_t *chain,
                                          size_t len);

/** Replies with a number.
 * @param s      the session
 * @param ticket of the action
 * @param field  SZTP_F_*
 * @param value  the number
 * @return 0, SZTP_ERR_ARG (the field or the value does not belong there), SZTP_ERR_STALE */
SZTP_API int32_t sztp_reply_i64(sztp_session_t *s, uint64_t ticket, uint32_t field, int64_t value);

/** Replies with octets. ADDRESS, NAME and URI may be given repeatedly; other fields replace what was given
 * before.
 * @param s        the session
 * @param ticket   of the action
 * @param field    SZTP_F_*
 * @param data,len the octets; copied
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_STALE, SZTP_ERR_LIMIT, SZTP_ERR_MEMORY; SZTP_ERR_URI (a malformed domain
 *   or server) */
SZTP_API int32_t sztp_reply_bytes(sztp_session_t *s, uint64_t ticket, uint32_t field, const uint8_t *data,
                                  size_t len);

/** Replies to an ASK with a message that came back.
 * @param s                       the session
 * @param ticket                  of the ASK
 * @param responder,responder_len where the message came from, as "192.0.2.1%eth0", at most 320 octets: tells
 *                                responders apart in multicast DNS, and gives link-local addresses their
 *                                zone; may be empty for unicast
 * @param message,len             as it came in UDP, or in TCP without its length
 * @param then                    SZTP_ASK_*: how to go on
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_STALE, SZTP_ERR_MEMORY (the same message can be given again)
 * @req DNS-22, DNS-23, DNS-24, DNS-25, DNS-26, DNS-27 */
SZTP_API int32_t sztp_reply_answer(sztp_session_t *s, uint64_t ticket, const char *responder,
                                   size_t responder_len, const uint8_t *message, size_t len, uint32_t *then);

/** Replies with the next octets of the body of a FETCH, or of a DOWNLOAD's image (hashed, not kept).
 * @param s         the session
 * @param ticket    of the action
 * @param chunk,len the octets
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_STALE, SZTP_ERR_LIMIT (too much: stop), SZTP_ERR_MEMORY, SZTP_ERR_CRYPTO
 */
SZTP_API int32_t sztp_reply_write(sztp_session_t *s, uint64_t ticket, const uint8_t *chunk, size_t len);

/** Drops what was written so far: the transport starts the exchange again.
 * @param s      the session
 * @param ticket of the action
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_STALE, SZTP_ERR_CRYPTO */
SZTP_API int32_t sztp_reply_restart(sztp_session_t *s, uint64_t ticket);

/** Ends the reply; sztp_session_next() then goes on.
 * @param s       the session
 * @param ticket  of the action
 * @param outcome SZTP_OUTCOME_* other than SZTP_OUTCOME_PENDING
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_STALE, SZTP_ERR_REENTRY */
SZTP_API int32_t sztp_reply_end(sztp_session_t *s, uint64_t ticket, uint32_t outcome);

#ifdef __cplusplus
}
#endif
#endif

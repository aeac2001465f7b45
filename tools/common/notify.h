/* SPDX-License-Identifier: Apache-2.0 */
/* Tells the service manager how a daemon is, if it asked for that: datagrams to the socket $NOTIFY_SOCKET, as
 * sd_notify(3) describes them. Without such a manager nothing is sent. */
#ifndef SZTP_TOOLS_NOTIFY_H
#define SZTP_TOOLS_NOTIFY_H

#if defined(__GNUC__)
#define NOTIFY_PRINTF __attribute__((format(printf, 1, 2)))
#else
#define NOTIFY_PRINTF
#endif

/* Reads what the manager wants. To be called first; until then, and after notify_close(), nothing is sent. */
void notify_open(void);
void notify_close(void);
/* The daemon has started, and does its work from now on. */
void notify_ready(void);
/* A line on what it is doing; sent only if it is another one than before. */
void notify_status(const char *format, ...) NOTIFY_PRINTF;
/* It goes on: to be called in each turn of whatever waits. Sends something only as often as the watchdog
 * wants it. With @p stopping it is about to end, but needs some time more. */
void notify_alive(int stopping);
/* How long whoever waits may do so before he calls notify_alive() again: @p ms, or less. -1 is without end.
 */
int notify_wait(int ms);

#endif

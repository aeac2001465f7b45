/* SPDX-License-Identifier: Apache-2.0 */
/* Figures for programs, beside the text for people: a line of JSON each, at the end of the file that the
 * environment variable BENCH_FIGURES names. Without it nothing is written. */
#ifndef SZTP_BENCH_FIGURE_H
#define SZTP_BENCH_FIGURE_H

/* @p name as "verification/plain/time", @p unit as "ms". */
void figure(const char *name, const char *unit, double value);
/* One with a goal, as "<= 1.10". */
void figure_with_goal(const char *name, const char *unit, double value, const char *goal, int met);

#endif

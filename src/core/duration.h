/* SPDX-License-Identifier: Apache-2.0 */
/* Spans of time as people and batch systems write them. */
#ifndef YK_CORE_DURATION_H
#define YK_CORE_DURATION_H

#include "core/error.h"

/** How two numbers with one colon are meant; three are always hours, minutes and seconds. */
typedef enum yk_colon {
    YK_COLON_NONE,    /**< refused: nobody can know */
    YK_COLON_MINUTES, /**< minutes:seconds, Slurm's */
    YK_COLON_HOURS    /**< hours:minutes, LSF's */
} yk_colon;

#define YK_DURATION_TEXT 48

/** "3h50m", "90s", "1d2h", "2:30:00", "1-02:30:00" (a day first, as Slurm writes it). *seconds > 0. YK_ERR_ARG. */
YK_MUST_CHECK yk_status yk_duration_parse(const char *text, yk_colon two, double *seconds);

/** "3 h 50 min", "1 min 30 s", "4 s"; returns text. */
const char *yk_duration_text(double seconds, char text[YK_DURATION_TEXT]);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "core/duration.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define MOST 1e9 /* seconds: 30 years */

/* A whole number at *p, which moves behind it. */
static bool number(const char **p, double *value)
{
    const char *const first = *p;
    for (*value = 0; **p >= '0' && **p <= '9' && *value < MOST; ++*p)
        *value = 10 * *value + (**p - '0');
    return *p > first;
}

/* "3h50m": units get smaller. */
static bool with_units(const char *p, double *seconds)
{
    static const char unit[] = "dhms";
    static const double worth[] = { 86400, 3600, 60, 1 };
    const char *next = unit;
    double value;
    for (*seconds = 0; *p; p++) {
        if (!number(&p, &value))
            return false;
        const char *const at = *p ? strchr(next, *p) : NULL;
        if (!at)
            return false;
        *seconds += value * worth[at - unit];
        next = at + 1;
    }
    return true;
}

/* "[days-]hours:minutes:seconds", or two numbers. */
static bool with_colons(const char *p, yk_colon two, double *seconds)
{
    double part[3] = { 0 }, days = 0;
    const char *const dash = strchr(p, '-');
    int n = 0;
    if (dash && (!number(&p, &days) || p++ != dash))
        return false;
    do {
        if (n == 3 || !number(&p, &part[n]) || (n > 0 && part[n] >= 60))
            return false;
        n++;
    } while (*p == ':' && p++);
    if (*p || n < 2 || (n == 2 && (dash || two == YK_COLON_NONE)))
        return false;
    const bool minutes = n == 2 && two == YK_COLON_MINUTES;
    *seconds = 86400 * days + (minutes ? 60 * part[0] + part[1] : 3600 * part[0] + 60 * part[1] + part[2]);
    return true;
}

yk_status yk_duration_parse(const char *text, yk_colon two, double *seconds)
{
    const bool good = strchr(text, ':') ? with_colons(text, two, seconds) : with_units(text, seconds);
    YK_CHECK(good && *seconds > 0 && *seconds <= MOST, YK_ERR_ARG,
             "\"%s\" is not a span of time: 3h50m, 90s or 2:30:00 (hours, minutes, seconds) are", text);
    return YK_OK;
}

const char *yk_duration_text(double seconds, char text[YK_DURATION_TEXT])
{
    const double s = floor(fmin(fmax(seconds, 0), MOST)), hours = floor(s / 3600), minutes = floor(fmod(s, 3600) / 60);
    if (hours > 0)
        snprintf(text, YK_DURATION_TEXT, "%.0f h %.0f min", hours, minutes);
    else if (minutes > 0)
        snprintf(text, YK_DURATION_TEXT, "%.0f min %.0f s", minutes, fmod(s, 60));
    else
        snprintf(text, YK_DURATION_TEXT, "%.0f s", s);
    return text;
}

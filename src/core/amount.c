/* SPDX-License-Identifier: Apache-2.0 */
#include "core/amount.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct unit {
    const char *name;
    double value;
} unit;

static const unit of_bytes[] = {
    { "", 1 },         { "B", 1 },        { "KB", 1e3 },     { "MB", 1e6 },     { "GB", 1e9 }, { "TB", 1e12 },
    { "KiB", 0x1p10 }, { "MiB", 0x1p20 }, { "GiB", 0x1p30 }, { "TiB", 0x1p40 }, { NULL, 0 },
};

static const unit of_rate[] = {
    { "kbit", 1e3 / 8 }, { "mbit", 1e6 / 8 }, { "gbit", 1e9 / 8 }, { "tbit", 1e12 / 8 },
    { "MB/s", 1e6 },     { "GB/s", 1e9 },     { NULL, 0 },
};

static const unit of_time[] = { { "ns", 1e-9 }, { "us", 1e-6 }, { "ms", 1e-3 }, { "s", 1 }, { NULL, 0 } };

/* A number and its unit, up to `end`. */
static bool parse(const char *text, const char *end, const unit *units, double *value)
{
    char *after;
    *value = strtod(text, &after);
    if (after == text || after > end || !isfinite(*value) || *value < 0)
        return false;
    while (after < end && *after == ' ')
        after++;
    for (const unit *u = units; u->name; u++)
        if (strlen(u->name) == (size_t)(end - after) && strncasecmp(u->name, after, (size_t)(end - after)) == 0) {
            *value *= u->value;
            return true;
        }
    return false;
}

yk_status yk_bytes_parse(const char *text, int64_t *bytes)
{
    double value;
    YK_CHECK(parse(text, text + strlen(text), of_bytes, &value) && value < 0x1p62, YK_ERR_ARG,
             "\"%s\" is no number of bytes; write 65536, 64KB or 64KiB", text);
    *bytes = (int64_t)value;
    return YK_OK;
}

yk_status yk_network_parse(const char *text, yk_network *out)
{
    const char *end = text + strlen(text), *colon = strchr(text, ':');
    *out = (yk_network){ 0 };
    const bool good = parse(text, colon ? colon : end, of_rate, &out->bytes_per_s) && out->bytes_per_s > 0 &&
                      (!colon || parse(colon + 1, end, of_time, &out->latency));
    YK_CHECK(good, YK_ERR_ARG, "\"%s\" is no network; write its speed and how long a message takes, as 25gbit:2us",
             text);
    return YK_OK;
}

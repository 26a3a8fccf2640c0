/* SPDX-License-Identifier: Apache-2.0 */
/* A metric with options given as "k=3 average=none", for tests. */
#ifndef YK_TESTS_METRICS_PICK_H
#define YK_TESTS_METRICS_PICK_H

#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "metrics/metric.h"
#include "test.h"

/* The options' struct in a block to release with free(). */
static inline void *pick_metric(const char *name, const char *pairs, const yk_metric **metric)
{
    char text[200], *save = NULL;
    MUST(yk_metric_find(name, metric));
    void *opts = calloc(1, (*metric)->opts_size + 1);
    MUST(yk_option_defaults((*metric)->opts, opts));
    snprintf(text, sizeof text, "%s", pairs);
    for (char *pair = strtok_r(text, " ", &save); pair; pair = strtok_r(NULL, " ", &save)) {
        const yk_option *option;
        char *equal = strchr(pair, '=');
        *equal = '\0';
        MUST(yk_option_find((*metric)->opts, name, pair, &option));
        MUST(yk_option_set(option, opts, equal + 1));
    }
    return opts;
}

#endif

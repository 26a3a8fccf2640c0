/* SPDX-License-Identifier: Apache-2.0 */
/* The table of metrics, and what their files share. */
#include "metrics/metric.h"

#include <stdio.h>
#include <string.h>

#include "core/math.h"
#include "core/names.h"
#include "core/num.h"

#define YK_METRIC(name) extern const yk_metric yk_metric_##name;
#include "metrics/metric_list.h"
#undef YK_METRIC

#define YK_METRIC(name) &yk_metric_##name,
const yk_metric *const yk_metric_table[] = {
#include "metrics/metric_list.h"
    NULL
};
#undef YK_METRIC

yk_status yk_metric_find(const char *name, const yk_metric **out)
{
    const char *names[YK_NAMES_MAX];
    int n = 0, index = 0;
    for (; yk_metric_table[n]; n++)
        names[n] = yk_metric_table[n]->name;
    yk_status status = yk_names_find("metric", name, names, n, &index);
    *out = status == YK_OK ? yk_metric_table[index] : NULL;
    return status;
}

const char *yk_metric_needs(const yk_metric *metric, char text[96])
{
    static const char *const kind[] = { [YK_SCORED_CLASSES] = "class labels",
                                        [YK_SCORED_BINARY] = "binary_cross_entropy",
                                        [YK_SCORED_NUMBERS] = "a loss on numbers (mean_squared_error)" };
    text[0] = '\0';
    for (int i = 0; i < YK_LEN(kind); i++)
        if (metric->kinds & 1u << i) {
            const size_t used = strlen(text);
            snprintf(text + used, 96 - used, "%s%s", used ? " or " : "", kind[i]);
        }
    return text;
}

int64_t yk_argmax(int64_t n, const float *x)
{
    int64_t best = 0;
    for (int64_t i = 1; i < n; i++)
        if (x[i] > x[best])
            best = i;
    return best;
}

double yk_metric_cut(double threshold)
{
    return threshold == 0.5 ? 0 : yk_ln(threshold / (1 - threshold));
}

int yk_metric_column(const yk_metric *metric, const void *opts, int64_t column, const char *of,
                     char text[YK_METRIC_NAME])
{
    char title[YK_METRIC_NAME];
    if (metric->title)
        metric->title(opts, column, title);
    else
        snprintf(title, sizeof title, "%s", metric->name);
    return snprintf(text, YK_METRIC_NAME, "%s%s%s", title, *of ? "_" : "", of);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* f1: the harmonic mean of precision and recall, 2 hits / (predictions + labels). */
#include "metrics/per_class.h"

static double f1(int64_t hits, int64_t predicted, int64_t labels)
{
    return yk_ratio(2 * hits, predicted + labels);
}

YK_PER_CLASS_METRIC(f1, "harmonic mean of precision and recall of a class; averaged over classes", f1);

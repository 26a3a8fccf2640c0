/* SPDX-License-Identifier: Apache-2.0 */
/* precision: of what was predicted to be a class, the share that is. 0 where a class was never predicted. */
#include "metrics/per_class.h"

static double precision(int64_t hits, int64_t predicted, int64_t labels)
{
    (void)labels;
    return yk_ratio(hits, predicted);
}

YK_PER_CLASS_METRIC(precision, "of the samples predicted to be a class, the share that are; averaged over classes",
                    precision);

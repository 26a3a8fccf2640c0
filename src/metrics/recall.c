/* SPDX-License-Identifier: Apache-2.0 */
/* recall: of what is of a class, the share that was predicted to be. 0 where no sample is of a class. */
#include "metrics/per_class.h"

static double recall(int64_t hits, int64_t predicted, int64_t labels)
{
    (void)predicted;
    return yk_ratio(hits, labels);
}

YK_PER_CLASS_METRIC(recall, "of the samples of a class, the share that were predicted to be; averaged over classes",
                    recall);

/* SPDX-License-Identifier: Apache-2.0 */
/* iou: intersection over union (Jaccard's index), hits / (predictions + labels - hits): of pixels, for instance. */
#include "metrics/per_class.h"

static double iou(int64_t hits, int64_t predicted, int64_t labels)
{
    return yk_ratio(hits, predicted + labels - hits);
}

YK_PER_CLASS_METRIC(iou, "intersection over union of what has a class and what is taken for it; averaged over classes",
                    iou);

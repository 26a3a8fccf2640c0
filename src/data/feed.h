/* SPDX-License-Identifier: Apache-2.0 */
/* How a field of a dataset becomes an input of a program: bytes are scaled, numbers normalised, labels checked. */
#ifndef YK_DATA_FEED_H
#define YK_DATA_FEED_H

#include "augment/pipeline.h"
#include "data/dataset.h"
#include "data/order.h"
#include "comm/comm.h"
#include "core/option.h"
#include "kernels/kernels.h"

/** Normalisation: (x - mean[c]) / std[c] over the last dimension; n = 0: none. A std of 0 counts as 1. */
typedef struct yk_normal {
    int64_t n; /**< 1 (one for all) or the length of the last dimension */
    float *mean, *std;
} yk_normal;

typedef struct yk_feed {
    char field[64];       /**< name in the recipe: "x" */
    int index;            /**< of the field in the dataset */
    yk_dtype want;        /**< YK_F32: numbers; YK_I32: labels, tokens */
    yk_shape sample;      /**< shape of one sample as the program wants it; its length equals the field's */
    bool unscaled;        /**< bytes stay as they are for YK_F32, too: targets of a loss */
    int64_t classes;      /**< labels must lie in [0, classes); 0: any */
    int64_t tokens;       /**< whole numbers that are tokens and no labels: they must lie in [0, tokens) */
    yk_ints ignore;       /**< or be one of these: they become YK_IGNORED */
    bool not_negative;    /**< numbers must be >= 0 */
    bool one_hot;         /**< class numbers become distributions: the last dimension of `sample` counts the classes */
    yk_normal normal;     /**< for numbers; borrowed */
    yk_pipeline *augment; /**< between scaling and normalising; NULL: none; borrowed */
} yk_feed;

/** Checks that the shape of the field's samples (of what augmentation makes of them) serves `sample`: both are equal
 * but for dimensions of length 1 (y of shape (N, 1) or (N) for labels), or one of them is flat: (784) for (28, 28, 1).
 * YK_ERR_DATA names file, field and both shapes. */
YK_MUST_CHECK yk_status yk_feed_check(const yk_feed *feed, const yk_dataset *dataset);

/** Converts `count` samples of raw elements. u8 is divided by 255 for want = YK_F32 (unless `unscaled`), then
 *  normalised. Labels may have any type, but must be whole numbers. YK_ERR_DATA names file, field and sample number
 *  of the first NaN or infinity, negative number where there must be none, or label out of range:
 *  `mnist.h5:/train: y of sample 17 is 9, but the model has 9 classes (labels 0 to 8)`. */
YK_MUST_CHECK yk_status yk_feed_convert(const yk_feed *feed, const yk_dataset *dataset, int64_t count,
                                        const int64_t *sample, const void *raw, void *out);

/** The same with the samples' augmentation in `epoch`: converted, augmented, normalised. Allocates nothing. */
YK_MUST_CHECK yk_status yk_feed_augment(const yk_feed *feed, const yk_dataset *dataset, int64_t epoch, int64_t count,
                                        const int64_t *sample, const void *raw, void *out);

/** Mean and standard deviation (population) of a number field per element of its last dimension, after the scaling of
 *  bytes. The bits do not depend on the number of ranks: sums in double per block of 4096 samples, ranks share the
 *  blocks. `order`: its samples alone, block by block of epoch 0; NULL: all. Collective. *normal is allocated; release
 * mean and std with yk_free(). */
YK_MUST_CHECK yk_status yk_normal_compute(yk_normal *normal, yk_dataset *dataset, const yk_order *order, int index,
                                          yk_comm *comm);

#endif

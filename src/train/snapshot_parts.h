/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that write and read a training's state share (snapshot.h, saver.h). */
#ifndef YK_TRAIN_SNAPSHOT_PARTS_H
#define YK_TRAIN_SNAPSHOT_PARTS_H

#include "train/engine.h"

#define YK_SNAPSHOT_PIECE ((int64_t)1 << 20) /* elements that travel, or are written, at once */
#define YK_SNAPSHOT_NAME 400

enum { YK_SNAPSHOT_VALUE = -1, YK_SNAPSHOT_AVERAGE = -2 }; /* in the place of a slot */

/* "params/dense_1/kernel", "buffers/...", or with a slot "slots/adam/dense_1/kernel.m"; "ema/dense_1/kernel". */
void yk_snapshot_name(char name[YK_SNAPSHOT_NAME], const yk_param *param, const yk_optimizer *optimizer, int slot);

/* Calls `each` for all tensors of the state in the order of the file, until it fails. */
typedef yk_status yk_snapshot_tensor(void *context, const yk_param *param, int slot);
YK_MUST_CHECK yk_status yk_snapshot_each(const yk_engine *engine, yk_snapshot_tensor *each, void *context);

/* YK_ERR_NUMERIC where a parameter is not finite; the same on all ranks. */
YK_MUST_CHECK yk_status yk_snapshot_check(const yk_engine *engine);

/* `count` elements of a tensor from number `at` on, to rank 0's `out`. Collective. */
YK_MUST_CHECK yk_status yk_snapshot_collect(yk_engine *engine, const yk_param *param, int slot, int64_t at,
                                            int64_t count, float *out);

#endif

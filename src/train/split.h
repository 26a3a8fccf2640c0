/* SPDX-License-Identifier: Apache-2.0 */
/* A split of data joined to a model: the dataset, how its fields feed the model's inputs, and the loader. */
#ifndef YK_TRAIN_SPLIT_H
#define YK_TRAIN_SPLIT_H

#include "data/loader.h"
#include "model/model.h"

/** Field numbers in every split's dataset and feeds. */
enum { YK_FIELD_X, YK_FIELD_Y, YK_FIELDS };

typedef struct yk_split {
    yk_dataset *data;
    int n_feed; /**< 2; 1 without targets (predict) */
    yk_feed feed[YK_FIELDS];
    yk_loader *loader;
    int64_t take;  /**< sweeps: samples chosen by `seed` (yk_order_take()); 0: all */
    uint64_t seed; /**< of the choice */
} yk_split;

/** Opens x, and y with `targets`. Close with yk_split_close(), which accepts a zeroed split. */
YK_MUST_CHECK yk_status yk_split_open(yk_split *split, const yk_source *source, bool targets, int64_t memory);
void yk_split_close(yk_split *split);

/** Shape of one sample of x. */
void yk_split_shape(const yk_split *split, yk_shape *out);

/** Fits the fields to the model's inputs and checks that they serve; `normal` (may be NULL) is borrowed. */
YK_MUST_CHECK yk_status yk_split_feed(yk_split *split, const yk_model *model, const yk_normal *normal);

/** Checks every label of the split against the classes; ranks share the work. Not collective by itself. */
YK_MUST_CHECK yk_status yk_split_check_labels(yk_split *split, int rank, int size);

/** Starts the loader: batches of `batch` samples in the given order. */
YK_MUST_CHECK yk_status yk_split_load(yk_split *split, const yk_order *order, int64_t batch, int64_t micro,
                                      const yk_comm *comm, yk_io_thread *io, int depth);

/** The loader's options of yk_split_load(), for the plan of memory. */
void yk_split_loader_opts(const yk_split *split, const yk_order *order, int64_t batch, int64_t micro,
                          const yk_comm *comm, yk_io_thread *io, int depth, yk_loader_opts *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A split of data joined to a model: the dataset, how its fields feed the model's inputs, and the loader. Feed i serves
 * model->fed[i]. */
#ifndef YK_TRAIN_SPLIT_H
#define YK_TRAIN_SPLIT_H

#include "data/loader.h"
#include "model/model.h"

typedef struct yk_split {
    yk_dataset *data;
    int n_field;
    char field[YK_MAX_FIELDS][YK_NAME_BYTES]; /**< of the dataset */
    int n_feed;                               /**< without targets (predict) only the model's inputs */
    yk_feed feed[YK_MAX_FIELDS];
    yk_pipeline_opts augment;             /**< of all fields; augmentation NULL: none */
    yk_pipeline *pipeline[YK_MAX_FIELDS]; /**< per feed; NULL: none */
    yk_loader *loader;
    int64_t take;  /**< sweeps: samples chosen by `seed` (yk_order_take()); 0: all */
    uint64_t seed; /**< of the choice */
} yk_split;

/** Opens the fields that the recipe's model is fed with, those of the losses only with `targets`. Close with
 *  yk_split_close(), which accepts a zeroed split. */
YK_MUST_CHECK yk_status yk_split_open(yk_split *split, const yk_recipe *recipe, const yk_source *source, bool targets,
                                      int64_t memory);
void yk_split_close(yk_split *split);

/** The same on all ranks, where the first of each machine opens the files and reads for all of its ranks, as soon as
 *  yk_split_share() was called. Gives this rank's own status: ranks agree afterwards. Collective. */
YK_MUST_CHECK yk_status yk_split_open_once(yk_split *split, yk_comm *comm, const yk_recipe *recipe,
                                           const yk_source *source, bool targets);
YK_MUST_CHECK yk_status yk_split_share(yk_split *split, yk_comm *comm, const yk_recipe *recipe,
                                       const yk_source *source);

/** The same over n arrays with names (others than the fields are left alone), which hold all samples. Borrowed.
 *  YK_ERR_DATA: one is missing. */
YK_MUST_CHECK yk_status yk_split_wrap(yk_split *split, const yk_recipe *recipe, int n, const char *const *names,
                                      const yk_tensor *arrays);

/** The same over arrays that are spread over the ranks: takes the fields out of n arrays with names (others are left
 *  alone). Borrowed. YK_ERR_DATA: one is missing. Collective. */
YK_MUST_CHECK yk_status yk_split_spread(yk_split *split, yk_comm *comm, const yk_recipe *recipe, int n,
                                        const char *const *names, const yk_tensor *arrays, bool targets);

/** Other samples take their place. Collective. */
YK_MUST_CHECK yk_status yk_split_replace(yk_split *split, yk_comm *comm, int n, const char *const *names,
                                         const yk_tensor *arrays);

/** Where opening failed (status) for want of a field that the recipe names: puts its place in the recipe in front. */
yk_status yk_split_place(const yk_split *split, const yk_recipe *recipe, const yk_source *source, yk_status status);

/** What is done to its samples: the recipe's augmentation, or outside training (`train` false) only what changes their
 *  size. `axes` (may be NULL) is borrowed, as is `recipe`. */
void yk_split_augment(yk_split *split, const yk_recipe *recipe, bool train, const float *axes);

/** Shape of one sample of the model's input, augmented. YK_ERR_RECIPE: shapes that do not suit an augmentation. */
YK_MUST_CHECK yk_status yk_split_shape(const yk_split *split, yk_shape *out);

/** Fits the fields to the model's inputs and checks that they serve; `normal` (may be NULL) is borrowed. */
YK_MUST_CHECK yk_status yk_split_feed(yk_split *split, const yk_model *model, const yk_normal *normal);

/** Checks every label, weight and other target that not any number can be; ranks share the work, or look at their
 *  own samples. Not collective by itself. */
YK_MUST_CHECK yk_status yk_split_check_targets(yk_split *split, int rank, int size);

/** Batches that are read ahead: of the training split, and of one that is swept over. */
enum { YK_AHEAD_TRAIN = 3, YK_AHEAD_SWEEP = 2 };

/** Starts the loader: batches of `batch` samples in the given order. */
YK_MUST_CHECK yk_status yk_split_load(yk_split *split, const yk_order *order, int64_t batch, int64_t micro,
                                      const yk_comm *comm, yk_io_thread *io, int depth);

/** Bytes that the samples will take on this rank when they are loaded so: those that are kept in memory, and the ring
 * of batches. Reserves nothing. */
int64_t yk_split_bytes(const yk_split *split, const yk_order *order, int64_t batch, int64_t micro, const yk_comm *comm,
                       int depth);

/** What feed i gave for the samples of a batch from `row` on. */
const void *yk_split_data(const yk_split *split, const yk_batch *batch, int i, int64_t row);

/** Feeds a program of the model with the samples of a batch from `row` on. */
void yk_split_feed_program(const yk_split *split, const yk_model *model, yk_program *program, const yk_batch *batch,
                           int64_t row);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Measuring a recipe's training step on random samples in memory: the engine of yk_train(), without reading, augmenting
 * and normalising samples, and without a run folder. */
#ifndef YK_TRAIN_BENCH_H
#define YK_TRAIN_BENCH_H

#include "core/sha256.h"
#include "train/engine.h"

/** A training on random samples. Read-only but through its functions. */
typedef struct yk_bench {
    yk_comm *comm;
    const yk_recipe *recipe; /**< borrowed */
    yk_model *model;
    yk_split split;
    yk_engine *engine;
    yk_progress progress;
    int n_field; /**< fields of the samples: their names and arrays, owned */
    const char *name[YK_MAX_FIELDS];
    yk_tensor field[YK_MAX_FIELDS];
} yk_bench;

/** Makes `batches` batches of samples of the shapes of the recipe's `input:` (or of its data, which is opened for that
 *  alone), in the order in which they will be trained on, and initial parameters; `init_from` is left out. Whatever
 *  happens, release with yk_bench_close(). Collective. */
YK_MUST_CHECK yk_status yk_bench_open(yk_bench *bench, yk_comm *comm, const yk_recipe *recipe, int64_t batches);
void yk_bench_close(yk_bench *bench);

/** One training step. Collective; signal as in yk_engine_step(). */
YK_MUST_CHECK yk_status yk_bench_step(yk_bench *bench, int signal, yk_step_result *result);

/** What a measurement gives; the same on all ranks but where it says so. */
typedef struct yk_bench_report {
    int64_t steps;              /**< that were measured */
    double median, best;        /**< seconds of a step, on rank 0 */
    double samples_per_s;       /**< of the median step */
    double part[YK_PARTS];      /**< seconds of a step that its parts take, mean; on rank 0 */
    double flops;               /**< of one sample, forward and backward */
    double loss;                /**< of the last step */
    int64_t peak_bytes;         /**< most memory that a rank had in use */
    int64_t total_bytes;        /**< the same, summed over ranks */
    char digest[YK_SHA256_HEX]; /**< of parameters and buffers after the last step */
} yk_bench_report;

/** Trains for `seconds` after two steps that warm up and those in which ranks choose how to send, and at least three
 *  steps. Collective. */
YK_MUST_CHECK yk_status yk_bench_measure(yk_bench *bench, double seconds, yk_bench_report *report);

/** Trains `steps` steps as `yoke train -o train.steps=STEPS` would. Collective. */
YK_MUST_CHECK yk_status yk_bench_train(yk_bench *bench, int64_t steps, yk_bench_report *report);

/** Where a step goes. */
typedef struct yk_bench_op {
    yk_instruction_info info;
    double seconds;      /**< of a step, median; on this rank */
    double flops, bytes; /**< of a step, on this rank */
} yk_bench_op;

typedef struct yk_bench_ops {
    int64_t steps; /**< that were measured */
    double step;   /**< seconds, median */
    int n;         /**< instructions of the program, in its order; owned */
    yk_bench_op *op;
    double part[YK_PARTS];         /**< seconds of a step that are spent beside the instructions, median */
    double peak_flops, peak_bytes; /**< a second, of this rank's threads: multiply-adds on registers (2 each), and
                                        sums of arrays that no cache holds */
} yk_bench_ops;

/** Measures as yk_bench_measure(), and each instruction. Whatever happens, release with yk_bench_ops_free().
 *  Collective. */
YK_MUST_CHECK yk_status yk_bench_watch(yk_bench *bench, double seconds, yk_bench_ops *out);
void yk_bench_ops_free(yk_bench_ops *ops);

/** Bytes a second that this rank's threads read and write in sums of arrays that no cache holds. Rank-local.
 *  YK_ERR_NOMEM. */
YK_MUST_CHECK yk_status yk_bench_bytes(double *out);

/** Writes the samples as a dataset. Rank-local, of a bench on one rank. */
YK_MUST_CHECK yk_status yk_bench_write(const yk_bench *bench, const char *spec);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What a training step would take on machines that are not there: times measured on this one, and a model of the
 * messages (comm/model.h). An estimate, not a measurement. */
#ifndef YK_TRAIN_ESTIMATE_H
#define YK_TRAIN_ESTIMATE_H

#include "comm/model.h"
#include "train/bench.h"

/** What a rank does in a step, measured on one. */
typedef struct yk_profile {
    int64_t leaves;     /**< micro-batches of the step */
    double computed;    /**< seconds until all gradients of the rank are there, median */
    double update;      /**< seconds of updating all parameters, median */
    yk_moments moments; /**< when which gradients are final */
} yk_profile;

/** Measures a recipe whose batch is what one rank would have of it, for about so many seconds. Collective: for a
 *  communicator of one process. */
YK_MUST_CHECK yk_status yk_profile_measure(yk_comm *comm, const yk_recipe *recipe, double seconds, yk_profile *out);

typedef struct yk_estimate {
    double step; /**< seconds: the sum of the following */
    double compute, exposed, update, gather;
    int64_t bucket; /**< bytes of the best bucket */
} yk_estimate;

/** The step of ranks that each do what the profile says. `planned`: an engine of the whole batch on a planned
 *  communicator. With `overlap`, buckets travel while backward computes. */
void yk_estimate_step(const yk_profile *profile, const yk_engine *planned, const yk_comm_model *model, bool overlap,
                      yk_estimate *out);

#endif

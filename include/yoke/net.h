/* SPDX-License-Identifier: Apache-2.0 */
/* A network: what a recipe describes, and its parameters, which are the same on all ranks.
 *
 * A network is described, by a recipe or call by call, and then built, which checks everything and sets the initial
 * parameters. All that recipes can say (docs/recipes.md) can be said here, in the same words, and the other way round:
 * yk_net_recipe() is the recipe. */
#ifndef YOKE_NET_H
#define YOKE_NET_H

#include "yoke/data.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yk_net yk_net;

/** Most metrics of a report, and bytes of a metric's name. */
#define YK_REPORT_METRICS 64
#define YK_REPORT_NAME 64

/** Figures of a step, an epoch or an evaluation; equal on all ranks. */
typedef struct yk_report {
    int64_t step;    /**< updates done so far */
    int64_t epoch;   /**< epochs completed so far; training on fresh samples: 0 */
    int64_t samples; /**< that the figures are over, of all ranks */
    double loss;     /**< mean over these samples; of several losses their total */
    double penalty;  /**< of l1 and l2, beside the loss */
    double lr;       /**< learning rate of the step; of an epoch: of its last one */
    int n_metrics;
    char metric[YK_REPORT_METRICS][YK_REPORT_NAME]; /**< "accuracy" */
    double value[YK_REPORT_METRICS];
} yk_report;

/** Starts an empty description. Release with yk_net_destroy(). Rank-local; every rank describes the same. */
YK_MUST_CHECK yk_status yk_net_create(yk_net **out, yk_context *context);

/** Starts from a recipe: its text (`name` stands for it in messages: "NAME:LINE:COLUMN: ..."), or a file that every
 * rank reads. What it says of data files and run folders is not used. YK_ERR_RECIPE, YK_ERR_IO. Rank-local. */
YK_MUST_CHECK yk_status yk_net_create_text(yk_net **out, yk_context *context, const char *name, const char *text);
YK_MUST_CHECK yk_status yk_net_create_file(yk_net **out, yk_context *context, const char *path);

/** Starts from a checkpoint: recipe and parameters of "step-00000120.h5", "runs/a" (newest) or "runs/a:best". Rank 0
 *  reads. Where the shape of x is known (the recipe has `input:`), the network is built, too; else give it with
 *  yk_net_input() and call yk_net_build(). YK_ERR_IO, YK_ERR_DATA. Collective. */
YK_MUST_CHECK yk_status yk_net_load(yk_net **out, yk_context *context, const char *name);

/** Frees *net and sets it to NULL. Accepts NULL. After trainings of it. */
void yk_net_destroy(yk_net **net);

/* --- describing: before yk_net_build(). What is wrong with names and values is found there, at the latest. */

/** Adds or replaces a value of the recipe: yk_net_set(net, "train.batch", "256"), (net, "loss", "mean_squared_error"),
 *  (net, "optimizer", "{adam: {lr: 1e-3}}"). YK_ERR_RECIPE: not YAML, or a path that leads nowhere. */
YK_MUST_CHECK yk_status yk_net_set(yk_net *net, const char *path, const char *value);

/** Shape of one sample of the input `name` ("x"), without the samples' dimension; ndim 1 or more. */
YK_MUST_CHECK yk_status yk_net_input(yk_net *net, const char *name, int ndim, const int64_t *shape);

/** Appends a layer: `op` as recipes call it, options as "units=16 activation=relu init=he_normal name=first from=input"
 *  (values without blanks but within brackets or quotes; one word without = is the op's first option: "16"; NULL:
 * none). `yoke ops` lists ops and options; plug-ins' are among them. YK_ERR_ARG: no such op; YK_ERR_RECIPE. */
YK_MUST_CHECK yk_status yk_net_layer(yk_net *net, const char *op, const char *options);

/** Checks the description, plans the network and sets its initial parameters (a function of recipe and seed), or those
 *  of the checkpoint that it was loaded from. Trainings and evaluations do it themselves, and learn the shape of x from
 *  their data where nobody has said it. YK_ERR_RECIPE, YK_ERR_SHAPE, YK_ERR_NOMEM; YK_OK when it is built already.
 *  Collective. */
YK_MUST_CHECK yk_status yk_net_build(yk_net *net);

/** The recipe of a built network, all defaults filled in; NULL before. Borrowed. */
const char *yk_net_recipe(const yk_net *net);

/* --- a built network */

/** A parameter, or a buffer such as a running mean. */
typedef struct yk_parameter {
    const char *name; /**< "dense_1/kernel"; borrowed, as long as the network lives */
    int ndim;
    int64_t shape[YK_ARRAY_DIMS];
    int64_t length;    /**< elements */
    int trained;       /**< 0: a buffer */
    const float *data; /**< as they are now, row-major; borrowed until the next call that trains, sets or loads */
} yk_parameter;

/** Number of parameters and buffers, 0 before it is built; and one of them, 0 <= i < number. */
int yk_net_parameters(const yk_net *net);
YK_MUST_CHECK yk_status yk_net_parameter(const yk_net *net, int i, yk_parameter *out);

/** Replaces the values of a parameter by `length` numbers, which are the same on all ranks. YK_ERR_ARG: no such name
 *  (with the nearest), another length, or it is not built. Rank-local. */
YK_MUST_CHECK yk_status yk_net_set_parameter(yk_net *net, const char *name, int64_t length, const float *data);

/** SHA-256 over parameters and buffers, 64 hex digits and a zero: what `yoke digest` says of a checkpoint of it.
 *  Rank-local, and equal on all ranks. */
YK_MUST_CHECK yk_status yk_net_digest(const yk_net *net, char hex[65]);

/** Shape of one sample's prediction, without the samples' dimension; of several losses: of the first one's output.
 *  YK_ERR_ARG: it is not built. */
YK_MUST_CHECK yk_status yk_net_output(const yk_net *net, int *ndim, int64_t shape[YK_ARRAY_DIMS]);

/** Predicts this rank's samples: `out` gets samples x yk_net_output() numbers (softmax or sigmoid applied where the
 *  loss has it). A prediction depends on parameters (their moving average, where the recipe has `ema`) and its own
 * sample alone. `fields` need x; others are left alone. Rank-local, not collective: a rank may call it as often as it
 * likes. Allocates on the first call only, unless the type of a field changes.
 *  @param[in] out_length  elements that `out` has room for: a guard; YK_ERR_ARG where it is not what is needed
 *  @return YK_ERR_DATA: fields that do not fit, or a number that is not finite; YK_ERR_ARG: it is not built. */
YK_MUST_CHECK yk_status yk_net_predict(yk_net *net, int n, const yk_array *fields, int64_t out_length, float *out);

/** Loss and metrics over all samples of all ranks: the same bits on any number of ranks. Collective. */
YK_MUST_CHECK yk_status yk_net_evaluate(yk_net *net, const yk_data *data, yk_report *report);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What stands behind the handles of the public headers. This room is thin: it turns the caller's words into those of
 * train/ and the rooms below, keeps the doors (core/cpu.h), and sees to it that ranks leave a collective together. */
#ifndef YK_API_API_H
#define YK_API_API_H

#include "core/cpu.h"
#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "train/engine.h"
#include "train/normal.h"
#include "train/train.h"
#include "yoke/yoke.h"

struct yk_context {
    yk_comm *comm;
    int threads;
    yk_pool_host host; /**< what the program had when it came in */
    int inside;        /**< calls of ours that are under way: 0 or 1, and 0 in a callback */
};

/** Every function of the public headers that computes stands between these. */
void yk_door_open(yk_context *context);
void yk_door_close(yk_context *context);

struct yk_data {
    yk_context *context;
    int n;
    char name[YK_MAX_FIELDS][64];
    const char *names[YK_MAX_FIELDS];
    yk_tensor array[YK_MAX_FIELDS];
    void *copy[YK_MAX_FIELDS]; /**< NULL: borrowed */
    int64_t samples;
};

/** The caller's arrays as tensors. YK_ERR_ARG, YK_ERR_DATA. */
YK_MUST_CHECK yk_status yk_arrays_read(int n, const yk_array *arrays, const char *names[YK_MAX_FIELDS],
                                       yk_tensor tensors[YK_MAX_FIELDS]);

/** Shape of one sample of the array "x" of rank 0; ndim 0 where there is none. Collective. */
YK_MUST_CHECK yk_status yk_arrays_input(yk_comm *comm, int n, const char *const *names, const yk_tensor *arrays,
                                        yk_shape *out);

typedef struct yk_predictor yk_predictor;

struct yk_net {
    yk_context *context;
    yk_yaml *draft;     /**< the recipe as it was described */
    int layers;         /**< appended by yk_net_layer() */
    yk_shape x;         /**< of one sample, where it is not the recipe that says it; ndim 0: nobody said */
    yk_trained trained; /**< checkpoint whose parameters are still to be read; recipe NULL: none */

    /* built */
    yk_recipe *recipe;
    char *text;
    yk_model *model;
    yk_normal normal;
    float *params;
    float *average; /**< their moving average, where the recipe has `ema`; else NULL */
    yk_predictor *predictor;
    yk_training *training; /**< that there is of it, or NULL */
};

/** yk_net_build(); where nobody knows the shape of x, it is `x` (NULL: an error). Collective. */
YK_MUST_CHECK yk_status yk_net_finish(yk_net *net, const yk_shape *x);

/** What predictions and evaluations use: the moving average where there is one. */
const float *yk_net_shown(const yk_net *net);

void yk_predictor_destroy(yk_predictor **predictor);

#endif

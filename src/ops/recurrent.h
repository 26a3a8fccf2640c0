/* SPDX-License-Identifier: Apache-2.0 */
/* What rnn, gru and lstm share: everything but their names, their parameters' names and their cell. The functions exist
 * for float and for double, as the ops do.
 *
 * x (samples, steps, in), state h (samples, units), for lstm c as well. All steps' products of the input are one
 * matmul; kernels/recurrent.c takes the state through the steps; backward has one product for each of dx, dkernel and
 * drecurrent_kernel (one of each leaf).
 *
 * Inputs behind x: a mask (samples, steps), which may hold real or whole numbers: a step counts where it is above 0,
 * else the state passes it unchanged and the step's output is the state's h (so tokens are their own mask where 0 is
 * padding); then, with `initial_state`, h and c that are begun with. */
#ifndef YK_OPS_RECURRENT_H
#define YK_OPS_RECURRENT_H

#include "ops/op.h"

typedef struct yk_recurrent_attr {
    int64_t units;
    bool return_sequences, return_state, initial_state, reverse;
    int64_t carry;
    bool bias;
    int nonlinearity; /**< of rnn alone */
} yk_recurrent_attr;

#define YK_RECURRENT_ENTRY(name, type, initial, low, high, help)                                                       \
    {                                                                                                                  \
#name, type, offsetof(yk_recurrent_attr, name), initial, low, high, NULL, help                                 \
    }
#define YK_RECURRENT_ATTRS(outputs)                                                                                    \
    YK_RECURRENT_ENTRY(units, YK_OPT_INT, NULL, 1, 1e8, "numbers of the state"),                                       \
        YK_RECURRENT_ENTRY(return_sequences, YK_OPT_BOOL, "false", 0, 0,                                               \
                           "gives the output of every step (steps, units), not of the last alone (units)"),            \
        YK_RECURRENT_ENTRY(return_state, YK_OPT_BOOL, "false", 0, 0, "gives " outputs " after the last step"),         \
        YK_RECURRENT_ENTRY(initial_state, YK_OPT_BOOL, "false", 0, 0,                                                  \
                           "takes, as last inputs, " outputs " to begin with; else it begins with zeros"),             \
        YK_RECURRENT_ENTRY(reverse, YK_OPT_BOOL, "false", 0, 0, "goes from the last step to the first"),               \
        YK_RECURRENT_ENTRY(carry, YK_OPT_INT, "0", 0, 1e8,                                                             \
                           "in training, sample s begins with the state that sample s - carry ended with: the batch, " \
                           "with shuffle: none; 0: every sample begins anew"),                                         \
        YK_RECURRENT_ENTRY(bias, YK_OPT_BOOL, "true", 0, 0, "adds trained numbers to the products")

/** Parameters of each; the fourth holds the states that are carried. */
#define YK_RECURRENT_PARAMS                                                                                            \
    {                                                                                                                  \
        { "kernel", YK_ROLE_KERNEL }, { "recurrent_kernel", YK_ROLE_RECURRENT }, { "bias", YK_ROLE_BIAS },             \
        {                                                                                                              \
            "state", YK_ROLE_BUFFER_CARRIED                                                                            \
        }                                                                                                              \
    }

YK_MUST_CHECK yk_status YK_TYPED(yk_recurrent_infer)(yk_op_args *a, yk_cell cell);
void YK_TYPED(yk_recurrent_forward)(const yk_op_args *a, yk_cell cell);
void YK_TYPED(yk_recurrent_backward)(const yk_op_args *a, yk_cell cell);
double YK_TYPED(yk_recurrent_flops)(const yk_op_args *a, yk_cell cell);
#ifdef YK_REAL_DOUBLE
#define yk_recurrent_infer yk_recurrent_infer_double
#define yk_recurrent_forward yk_recurrent_forward_double
#define yk_recurrent_backward yk_recurrent_backward_double
#define yk_recurrent_flops yk_recurrent_flops_double
#endif

#endif

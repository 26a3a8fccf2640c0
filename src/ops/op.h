/* SPDX-License-Identifier: Apache-2.0 */
/* An op: a differentiable function on tensors, in one file with one constant struct, registered by one line of
 * op_list.h. From the struct come its recipe name, reference text, gradient check, bench row and `yoke plan` line.
 *
 * Everything that a user can get wrong is checked in `infer`, the only part that may fail. `forward` and `backward`
 * only compute: they call kernels through yk_k, allocate nothing and cannot fail.
 *
 * In every activation, dimension 0 counts the samples of the call (the caller sets it to the rows in use). A sample's
 * own values never depend on how many rows a call has; only sums over samples (parameter gradients, batch statistics)
 * are cut at micro-batch boundaries: one result per leaf (kernels/kernels.h). Backward stores a gradient, or adds to
 * it, as the caller says: the first writer stores, later ones add. */
#ifndef YK_OPS_OP_H
#define YK_OPS_OP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/num.h"
#include "core/option.h"
#include "core/philox.h"
#include "kernels/kernels.h"
#include "tensor/tensor.h"

#define YK_OP_MAX_IN 8
#define YK_OP_MAX_PARAM 4
#define YK_OP_MAX_SAVED 4
enum { YK_FORWARD, YK_BACKWARD, YK_PASSES };

/** The samples of one call. */
typedef struct yk_rows {
    yk_leaves leaves;      /**< samples in this call, and samples of a full micro-batch */
    const int64_t *sample; /**< global sample number of each row; keys random numbers */
    int64_t step;          /**< keys random numbers that change every step */
    bool train;            /**< batch statistics and dropout; else running statistics and none, which also holds in
                                training for a layer whose parameters are all frozen */
} yk_rows;

/** Everything that an op's functions get. infer sees shapes only (data NULL) and sets: shape and dtype of out, param[],
 *  saved[], room[]; buffer_keep, start, tokens. dtype YK_F32 stands for `real` (the caller makes it float64 in gradient
 * checks). */
typedef struct yk_op_args {
    const void *attr; /**< the op's attribute struct, filled by its option table */
    int n_in;
    yk_tensor in[YK_OP_MAX_IN];
    yk_tensor out;
    yk_tensor param[YK_OP_MAX_PARAM]; /**< in the order of yk_op.param; dtype YK_NO_DTYPE: this layer has none */
    yk_tensor saved[YK_OP_MAX_SAVED]; /**< written by forward, read by backward; planned for the largest call (never
                                           scaled to the rows in use); YK_NO_DTYPE: none */
    yk_tensor room[YK_PASSES];        /**< memory that forward, backward need only while they run: all instructions have
                                           the same, so it holds anything at first; planned as saved[] is */
    double buffer_keep;               /**< share of the old value when buffers take a step's statistics */
    double start;                     /**< of parameters of role YK_ROLE_START */
    int64_t tokens;                   /**< ops that take tokens: those of in[0] are below it */

    yk_rows rows; /**< infer: the largest call that will come */
    yk_key key;   /**< of this layer, when the op draws random numbers */

    /* backward */
    yk_tensor dout;                    /**< nobody reads it after this op, which may write over it */
    yk_tensor din[YK_OP_MAX_IN];       /**< written in ascending order; data NULL: nobody needs it */
    bool din_add[YK_OP_MAX_IN];        /**< add to din instead of storing */
    yk_tensor dparam[YK_OP_MAX_PARAM]; /**< gradient of leaf 0; leaf g lies leaf_step elements behind. For a buffer:
                                            the leaf's statistic times the leaf's samples */
    bool dparam_add[YK_OP_MAX_PARAM];  /**< (a shared parameter's later writers) */
    int64_t leaf_step;
} yk_op_args;

/** How a parameter starts, and whether it is trained. */
typedef enum yk_role {
    YK_ROLE_KERNEL = 1,   /**< the layer's `init` (glorot_uniform), l1, l2 */
    YK_ROLE_BIAS,         /**< the layer's `bias_init` (zeros) */
    YK_ROLE_ONES,         /**< starts at 1 (gamma) */
    YK_ROLE_ZEROS,        /**< starts at 0 (beta) */
    YK_ROLE_BUFFER_ZEROS, /**< not trained: running statistics, from 0 or from 1 */
    YK_ROLE_BUFFER_ONES,
    YK_ROLE_TABLE,         /**< a row a token: the layer's `init` (uniform), l1, l2 */
    YK_ROLE_START,         /**< starts at what the op says: yk_op_args.start */
    YK_ROLE_RECURRENT,     /**< the layer's `recurrent_init` (orthogonal) */
    YK_ROLE_BUFFER_CARRIED /**< not trained, from 0: the state of the sequences that go on in the next batch, one a row;
                                a leaf gives the new rows of its samples and zeros */
} yk_role;

/** Has it an initialiser and penalties of the layer's choice? */
static inline bool yk_role_is_kernel(yk_role role)
{
    return role == YK_ROLE_KERNEL || role == YK_ROLE_TABLE;
}

static inline bool yk_role_is_buffer(yk_role role)
{
    return role == YK_ROLE_BUFFER_ZEROS || role == YK_ROLE_BUFFER_ONES || role == YK_ROLE_BUFFER_CARRIED;
}

typedef struct yk_op_param {
    const char *name; /**< "kernel": its place in a checkpoint is /params/<layer>/kernel */
    yk_role role;
} yk_op_param;

/** An instance for the gradient check and the bench. */
typedef struct yk_op_sample {
    const char *attrs;         /**< "units=5 bias=false": values as yk_option_set() reads them, without blanks */
    yk_shape in[YK_OP_MAX_IN]; /**< with dimension 0; ndim 0 ends the list */
    int64_t leaf;              /**< samples of a micro-batch; 0: all rows are one */
} yk_op_sample;

typedef enum yk_op_kind {
    YK_OP_LAYER, /**< a layer of `model:` */
    YK_OP_LOSS,  /**< in[0]: the model's output, in[1]: the target; out: one loss a sample, shape (samples) */
    YK_OP_INNER, /**< no recipe names it. As in a loss, only in[0] has a gradient: what else it reads is data */
    YK_OP_FUSED  /**< no recipe names it: it does the work of a chain of layers (graph/fusion.c) */
} yk_op_kind;

/** What a loss takes as its target. */
typedef enum yk_target_kind {
    YK_TARGET_LABEL, /**< int32 class numbers, shape (samples) or (samples, positions...) */
    YK_TARGET_REAL   /**< numbers, the shape of the model's output */
} yk_target_kind;

typedef struct yk_target {
    yk_target_kind kind;
    bool not_negative; /**< numbers that must be >= 0: distributions, counts */
    bool weighted;     /**< samples do not all count 1: `denominators` says what they do */
    yk_ints ignore;    /**< labels that do not count: they come as YK_IGNORED */
} yk_target;

typedef struct yk_op {
    const char *name; /**< in recipes */
    const char *doc;  /**< one line: formula and shapes */
    yk_op_kind kind;
    int n_in; /**< number of inputs; -k: k or more */
    size_t attr_size;
    const yk_option *attrs; /**< NULL: none. A scalar in a recipe stands for the first */
    yk_op_param param[YK_OP_MAX_PARAM];

    bool backward_reads_in;  /**< backward reads in[]: their memory lives until then */
    bool backward_reads_out; /**< backward reads out */
    bool in_place;           /**< elementwise: forward may write out over in[0] (where that is not another input as
                                  well), and backward din[0] over dout */
    bool activation;         /**< may be written as another layer's `activation`: one input, every attribute optional */
    bool takes_tokens;       /**< in[0] holds whole numbers (int32) from 0, which have no gradient */
    bool mask;               /**< in[1], where there is one, may hold whole numbers as well as real ones */
    bool view;               /**< out is in[0] under another shape: who lets them share memory need not call it, nor
                                  backward where din[0] is dout; else both copy */
    yk_purpose random;       /**< what the op's random numbers are for; 0: it draws none */

    yk_target (*target)(const void *attr); /**< losses: what in[1] is */
    /** Losses: writes to out what each sample counts in the denominator of the mean loss, from in[1] and attr alone:
     *  in[0] has no data. NULL: each counts 1. */
    void (*denominators)(const yk_op_args *a);
    const char *predict_with; /**< losses: op that turns the model's output into the prediction; NULL: none */

    yk_status (*infer)(yk_op_args *a);
    void (*forward)(const yk_op_args *a);
    void (*backward)(const yk_op_args *a); /**< follows a forward of the same rows, with rows.train as it was there */
    double (*flops)(const yk_op_args *a);  /**< of one forward call; backward counts as twice that */

    const yk_op_sample *samples;
    int n_sample;
} yk_op;

/** Is it a function of all its inputs, so that all of real numbers have gradients? */
static inline bool yk_op_is_layer(const yk_op *op)
{
    return op->kind == YK_OP_LAYER || op->kind == YK_OP_FUSED;
}

/** yoke's own ops, ended by NULL, in the order of op_list.h. The double table has the same ops compiled for float64
 * (their data are doubles, dtype YK_F64); entry i of one is entry i of the other. */
extern const yk_op *const yk_op_table[];
extern const yk_op *const yk_op_table_double[];

/** All ops, plug-ins' last (ops/plugin.h): op i, or NULL after the last. */
const yk_op *yk_op_at(int64_t i);

/** The op of that name, of any kind; NULL: there is none. */
const yk_op *yk_op_named(const char *name);

/** The plug-in that an op came from, as its path was given; NULL: it is yoke's own. */
const char *yk_op_plugin(const yk_op *op);

/** Makes n ops of the plug-in `path` known until the process ends; their names are new. YK_ERR_NOMEM: no room. */
struct yk_plugin_op;
YK_MUST_CHECK yk_status yk_op_register(const char *path, int n, const struct yk_plugin_op *ops);

/** Finds an op of a kind by name. YK_ERR_ARG names the nearest and lists all. */
YK_MUST_CHECK yk_status yk_op_find(const char *name, yk_op_kind kind, const yk_op **out);

/** The float64 twin of an op. Never NULL. */
const yk_op *yk_op_double(const yk_op *op);

/** Fills `attr` (op->attr_size bytes) with defaults and then the pairs of "name=value name=value". */
YK_MUST_CHECK yk_status yk_op_attrs_parse(const yk_op *op, const char *pairs, void *attr);

/* --- for the ops' own files */

/** The symbol of an op in this build: `const yk_op YK_OP_SYMBOL(relu) = { ... };` */
#ifdef YK_REAL_DOUBLE
#define YK_OP_SYMBOL(name) yk_op_double_##name
#else
#define YK_OP_SYMBOL(name) yk_op_##name
#endif

/** YK_ERR_SHAPE where an input holds whole numbers (tokens, labels) and not real ones. */
YK_MUST_CHECK yk_status yk_op_check_real(const yk_tensor *in);

/** YK_ERR_SHAPE where an input is no image (samples, h, w, channels). */
YK_MUST_CHECK yk_status yk_op_check_image(const yk_tensor *in);

/** infer of an op whose output is like its only input, of any shape. */
YK_MUST_CHECK yk_status yk_op_infer_like(yk_op_args *a);

/** Losses of numbers, element by element: their `target`; and checks that it has the shape of the model's output, or
 * that without a last dimension of 1, and sets out. */
yk_target yk_op_target_numbers(const void *attr);
YK_MUST_CHECK yk_status yk_op_infer_numbers(yk_op_args *a, const char *loss);

/** Losses of rows (ops/row_loss.h): their target holds class numbers, one a row of the model's output, or numbers, of
 *  its shape. */
YK_MUST_CHECK yk_status yk_op_check_labels(const yk_op_args *a, const char *loss);
YK_MUST_CHECK yk_status yk_op_check_rows(const yk_op_args *a, const char *loss);

#endif

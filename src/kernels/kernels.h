/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels: loops over raw pointers that cannot fail and allocate nothing, written once over vec.h and compiled once per
 * instruction set into one table each. All families of the same numerics give the same bits.
 *
 * Rules that fix every bit (numerics 1):
 * - a product's output element is one chain of fma over ascending k that starts at +0, or at the old value where the
 *   call says `add`; blocking over k continues the chain; a bias is added after the chain;
 * - the sums of a recurrent layer's step: the chain of the input's product and its bias goes on over the state's
 * numbers, then a bias of the state's product is added; GRU's product of the state for h is a chain of its own;
 * - other sums over an array: 64 lanes (element i goes to lane i mod 64, in ascending i), then the lanes are added
 *   pairwise: lane j + lane j + 32, then 16, 8, 4, 2, 1;
 * - a sum over the rows of a leaf, per column (biases, gamma, beta; the rows are pixels where there are images), and a
 *   convolution's weight gradient, a sum over the leaf's pixels: the rows are cut into pieces of YK_SUM_PIECE, counted
 *   from the leaf's first, the last may be short; a piece is one chain over ascending rows that starts at +0, and the
 *   pieces are added in ascending order, so that rounding errors do not grow with the size of images;
 * - batch statistics of a column: pieces as above; a piece of n rows has a pivot p, its first row, two chains that
 * start at +0, s = sum (x - p) of additions, q = sum (x - p)^2 of fma, and from them the mean p + s / n and the sum of
 *   squares q - s (s / n), one fma, at least 0; pieces are joined in ascending order by Chan's formula, the first
 *   n_a rows and the next n_b to n: with d = mean_b - mean_a and share = n_b / n, the mean is mean_a + d share, one
 * fma, the sum of squares (squares_a + squares_b) + d^2 (n_a share), one fma;
 * - a sum over the dimensions in which an input of a merge is repeated: the last dimension, where it is one of them, by
 *   the 64 lanes; over the others in ascending order, in pieces as above;
 * - mean and variance of a group of channels: pieces of YK_SUM_PIECE places, each by 64 lanes (channel i of the group
 *   goes to lane i mod 64, in ascending places), and the pieces are added in ascending order;
 * - attention goes over blocks of YK_ATTENTION_BLOCK queries and as many keys, both in ascending order (gradients: keys
 *   outside, queries inside). Scores, and the gradients of weights, are products. In forward the weights of a block are
 *   exp(score - largest score so far), and their sum is by the 64 lanes; sum and output so far are multiplied by
 * exp(old largest - new), then the block's sum is added (one fma) and the output's chain over keys goes on; the output
 * is multiplied by 1 / sum in the end. dq is one chain over keys, dk and dv are chains over queries; what a query does
 *   not see takes part as zeros, whole blocks that causal hides not at all; delta is an fma in each of the 64 lanes;
 * - a convolution layer whose window yk_winograd_suits() goes by the products of tiles of 4 x 4 outputs (winograd.h):
 *   at each of 36 points a chain of fma over ascending channels, and in the weight gradient over the leaf's tiles, in
 *   pieces of YK_WINOGRAD_PIECE; transforms as they are written there, columns first; then bias, old value, relu;
 * - sums over samples end at micro-batch boundaries: one result per micro-batch ("leaf");
 * - padding taps take part as zeros in convolutions, and not at all in pooling.
 * Threads share blocks that the shape fixes; one thread owns an output element.
 *
 * Arrays are dense and row-major unless strides are given; `add` means y += result where y = result is meant otherwise.
 * x and y may be the same array in elementwise kernels. Lengths and strides count elements. */
#ifndef YK_KERNELS_KERNELS_H
#define YK_KERNELS_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/philox.h"
#include "kernels/real.h"
#include "yoke/status.h"

/** Rows of a piece of a long sum: part of the numerics, not a matter of speed. */
enum { YK_SUM_PIECE = 256 };

/** Queries and keys of a block of attention: likewise. */
enum { YK_ATTENTION_BLOCK = 64 };

/** A label that does not count, in losses and metrics; any other number below 0 is one, too. */
enum { YK_IGNORED = -1 };

/** The samples of one call and how they are cut into micro-batches: samples [g size, (g+1) size) are leaf g, the last
 *  leaf may be short. */
typedef struct yk_leaves {
    int64_t rows; /**< samples in this call, > 0 */
    int64_t size; /**< samples of a full micro-batch, > 0 */
} yk_leaves;

static inline int64_t yk_leaf_count(yk_leaves l)
{
    return (l.rows + l.size - 1) / l.size;
}

/** Samples of leaf g. */
static inline int64_t yk_leaf_rows(yk_leaves l, int64_t g)
{
    int64_t left = l.rows - g * l.size;
    return left < l.size ? left : l.size;
}

/** c(i,j) = sum_k a(i,k) b(k,j) + bias(j) for i < m, j < n, k < k; element (i,k) of a is a[i a_row + k a_col], so a
 *  transposed matrix is one with its strides exchanged. `count` independent products are computed, the g-th on
 *  a + g a_step, b + g b_step, c + g c_step; the last one has k_last terms (k where all are alike). A b that many
 *  products share, weights for instance, may be packed once for all of them, as it lies or transposed:
 *      pack_weights(k, n, b, b_row, b_col, room)        with room for yk_packed_size(k, n) elements
 *  and then b = room, packed = true. Bits are the same. */
typedef struct YK_TYPED(yk_matmul) {
    int64_t m, n, k;
    const real *a;
    int64_t a_row, a_col;
    const real *b;
    int64_t b_row, b_col;
    bool packed;      /**< b is what pack_weights() made of k x n matrices: b_row and b_col mean nothing, k_last is k */
    const real *bias; /**< n elements or NULL */
    bool relu;        /**< c = max(0, c) at the end */
    real *c;
    int64_t c_row;
    bool add; /**< the chain starts at c's old value */
    int64_t count, a_step, b_step, c_step, k_last;
} YK_TYPED(yk_matmul);

/** Columns that packed weights are a multiple of, in every family. */
enum { YK_PACKED_COLUMNS = 32 };

/** Elements that pack_weights() writes at most; they lie best at a multiple of 64 bytes. */
static inline int64_t yk_packed_size(int64_t k, int64_t n)
{
    return k * ((n + YK_PACKED_COLUMNS - 1) / YK_PACKED_COLUMNS * YK_PACKED_COLUMNS);
}

/** One dimension of a window: output o sees input o stride + k dilation - before for k < taps. Stride 0 means bins
 *  (pooling only): output o sees the inputs floor(o in / out) up to ceil((o + 1) in / out), which are `taps` at most.
 */
typedef struct yk_window_axis {
    int64_t in, out;          /**< sizes of input and output */
    int64_t taps;             /**< inputs under the window */
    int64_t stride, dilation; /**< inputs from window to window, and from tap to tap */
    int64_t before;           /**< padding before; after is what `out` implies */
} yk_window_axis;

/** A window sliding over a sample of one to three dimensions, channels last: convolution and pooling. A sequence has
 *  depth and height 1, an image depth 1 (yk_window_flat). Places and taps are numbered row-major. */
typedef struct yk_window {
    yk_window_axis d, h, w;
    int64_t c, oc;  /**< channels of input and output (alike for pooling) */
    int64_t groups; /**< divides c and oc; 1 for pooling */
} yk_window;

/** A dimension that is not there. */
static const yk_window_axis yk_window_flat = { .in = 1, .out = 1, .taps = 1, .stride = 1, .dilation = 1 };

/** Places of the input, places of the output, taps. */
static inline int64_t yk_window_in(const yk_window *g)
{
    return g->d.in * g->h.in * g->w.in;
}
static inline int64_t yk_window_out(const yk_window *g)
{
    return g->d.out * g->h.out * g->w.out;
}
static inline int64_t yk_window_taps(const yk_window *g)
{
    return g->d.taps * g->h.taps * g->w.taps;
}

/** Outputs of a tile of Winograd's convolution in each direction, and tiles of a piece of its weight gradient: part of
 *  the numerics. */
enum { YK_WINOGRAD_TILE = 4, YK_WINOGRAD_PIECE = 128 };

/** Is the window one for Winograd's convolution? Any 3 x 3 filters with stride 1 over enough channels to make up for
 * the transforms, where tiles do not hang over the image too far: a tile's 36 products replace 9 for each of its
 * outputs that exists, and shall be less than half of those. */
static inline bool yk_winograd_suits(const yk_window *g)
{
    const yk_window_axis *h = &g->h, *w = &g->w, *d = &g->d;
    int64_t tiles =
        (h->out + YK_WINOGRAD_TILE - 1) / YK_WINOGRAD_TILE * ((w->out + YK_WINOGRAD_TILE - 1) / YK_WINOGRAD_TILE);
    return d->in == 1 && d->out == 1 && d->taps == 1 && h->taps == 3 && w->taps == 3 && h->stride == 1 &&
           w->stride == 1 && h->dilation == 1 && w->dilation == 1 && g->groups == 1 && g->c >= 16 && g->oc >= 16 &&
           h->out * w->out > 8 * tiles;
}

/** Elements between rows of n elements in its room: an odd number of cache lines, so that rows do not share sets. */
static inline int64_t yk_winograd_spread(int64_t n)
{
    return ((n + 15) / 16 | 1) * 16;
}

/** Elements of a point of k x n transformed filters. */
static inline int64_t yk_winograd_filters(int64_t k, int64_t n)
{
    return yk_winograd_spread(k * ((n + 31) / 32 * 32));
}

/** Elements of the room that each of its kernels needs: transformed filters, and tiles on both sides. */
static inline int64_t yk_winograd_room(const yk_window *g)
{
    int64_t to = yk_winograd_filters(g->c, g->oc), back = yk_winograd_filters(g->oc, g->c);
    return 36 * ((to > back ? to : back) + yk_winograd_spread(YK_WINOGRAD_PIECE * yk_winograd_spread(g->c)) +
                 yk_winograd_spread(YK_WINOGRAD_PIECE * yk_winograd_spread(g->oc)));
}

/** Batch normalisation of each of c columns, r rows a sample, by what its leaf has in mean and inv_std, and what may
 *  follow it: y = max(0, (x - mean) (inv_std gamma) + beta + residual). */
typedef struct YK_TYPED(yk_batchnorm) {
    yk_leaves leaves;
    int64_t r, c;
    const real *x, *mean, *inv_std;
    int64_t step; /**< leaf g's mean and inv_std stand at + g step: c, or 0 where all share one */
    const real *gamma, *beta;
    const real *residual; /**< shape of x, or NULL; for the gradient it only matters whether there is one */
    bool relu;
    real *y; /**< the gradient reads it where there are residual and relu */
    const real *dy;
    real *dgamma, *dbeta; /**< leaf g's at + g leaf_step; NULL: mean and inv_std are no functions of x */
    int64_t leaf_step;
    real *dx; /**< may be dy, or NULL */
    bool add;
    real *dresidual; /**< or NULL */
    bool add_residual;
} YK_TYPED(yk_batchnorm);

/** An image (h, w, c) made sh times as high and sw times as wide. */
typedef struct yk_upsample {
    int64_t h, w, c;
    int64_t sh, sw;
    bool bilinear; /**< else nearest */
} yk_upsample;

/** What the softmax of a row should be: q_j = weight_j (smoothing / cols + (1 - smoothing) t_j), t the target or 1 at
 * the label. */
typedef struct YK_TYPED(yk_distribution) {
    const int32_t *label; /**< one a row, below 0: it does not count; or */
    const real *target;   /**< rows x cols */
    const real *weight;   /**< one a column, or NULL */
    real smoothing;
} YK_TYPED(yk_distribution);

enum { YK_STRIDED_DIMS = 12, YK_STRIDED_ARRAYS = 8 };

/** The indices (i0, i1, ...), 0 <= i[d] < dim[d], over n arrays at once: they mean element sum of i[d] step[k][d] of
 *  array k. A step of 0 repeats the array along that dimension. */
typedef struct yk_strides {
    int n, ndim; /**< ndim >= 1 */
    int64_t dim[YK_STRIDED_DIMS];
    int64_t step[YK_STRIDED_ARRAYS][YK_STRIDED_DIMS];
} yk_strides;

/** What becomes of the inputs' elements, from left to right: x1 + x2 + ..., x1 - x2 - ..., x1 x2 ..., the largest (a
 *  NaN where there is one), (x1 + x2 + ...) / n. */
typedef enum yk_merge { YK_MERGE_SUM, YK_MERGE_DIFFERENCE, YK_MERGE_PRODUCT, YK_MERGE_MAXIMUM, YK_MERGE_MEAN } yk_merge;

/** A margin around images (h, w, c), which makes them (oh, ow, c): numbers, the image mirrored at the centre of its
 *  outermost pixels, or those pixels again. */
typedef struct yk_margin {
    int64_t h, w, c, oh, ow, top, left;
    enum { YK_MARGIN_CONSTANT, YK_MARGIN_REFLECT, YK_MARGIN_REPLICATE } mode;
    double value;
} yk_margin;

/** Local response normalisation of n numbers of a row. */
typedef struct yk_response {
    int64_t n, size;
    double alpha, beta, k;
} yk_response;

/** Attention of queries over keys and their values, head by head. A query, key or value is a row of `heads` times size
 *  (value_size) numbers; rows lie q_row, k_row, v_row elements apart, so the three may be columns of one array. */
typedef struct YK_TYPED(yk_attention) {
    int64_t samples, heads, queries, keys, size, value_size;
    bool causal; /**< query i sees keys 0 .. i */
    real scale;
    const real *q, *k, *v;
    int64_t q_row, k_row, v_row;
    const real *mask;     /**< (samples, keys): a key is seen where it is above 0; NULL: all */
    const int32_t *token; /**< the same in whole numbers */
    real *logsum;         /**< (samples, heads, queries), from attention to its gradient */
} YK_TYPED(yk_attention);

/** Gradients, in the layout of q, k and v; NULL: nobody needs it. */
typedef struct YK_TYPED(yk_attention_grad) {
    real *dq, *dk, *dv;
    bool add_q, add_k, add_v;
    real *delta; /**< room as logsum */
} YK_TYPED(yk_attention_grad);

/** Cells of recurrent layers; formulas: kernels/cell.h. */
typedef enum yk_cell { YK_CELL_TANH, YK_CELL_RELU, YK_CELL_GRU, YK_CELL_LSTM } yk_cell;

/** What a cell is made of, each `units` wide. */
typedef struct yk_cell_parts {
    int64_t products; /**< gates: columns of the kernels */
    int64_t kept;     /**< what a step keeps for the way back, the gates first */
    int64_t slopes;   /**< gradients of a step: of the input's products, then, where they differ, of the state's */
    int64_t states;   /**< h, or h and c */
} yk_cell_parts;

static inline yk_cell_parts yk_cell_parts_of(yk_cell cell)
{
    switch (cell) {
    case YK_CELL_GRU:
        return (yk_cell_parts){ 3, 4, 6, 1 };
    case YK_CELL_LSTM:
        return (yk_cell_parts){ 4, 4, 4, 2 };
    default:
        return (yk_cell_parts){ 1, 1, 1, 1 };
    }
}

/** A recurrent layer's way through n sequences of `steps`. A step of a sequence counts where mask or token (n, steps;
 *  at most one of them) is above 0, or where there is neither; else the state is carried on as it is. */
typedef struct YK_TYPED(yk_recurrence) {
    yk_cell cell;
    int64_t n, steps, units;
    bool reverse; /**< from the last step to the first */
    const real *mask;
    const int32_t *token;
    const real *kernel; /**< of the state: (units, products units) */
    const real *bias;   /**< of its product: (products units), or NULL */
    real *kept;         /**< (n, steps, kept units); forward finds the input's products in the first `products` */
    real *before;       /**< states before each step: `states` arrays of (n, steps, units) */
    real *state;        /**< 2 arrays of (states, n, units): forward begins with the first, and ends in number
                             `steps` mod 2 */
    real *panels;       /**< room: yk_recurrence_panels() elements */

    real *out; /**< forward: h after each step (n, steps, units), or NULL */

    const real *dout; /**< backward: of `out`, or NULL */
    real *slopes;     /**< (n, steps, slopes units) */
    real *now;        /**< room: 2 arrays of (n, products units) */
    real *dstate;     /**< (states, n, units): of the last state; with `start`, in the end of the first */
} YK_TYPED(yk_recurrence);

/** Elements of room for a state's kernel, packed either way: no column of a panel is wider than 64. */
static inline int64_t yk_recurrence_panels(yk_cell cell, int64_t units)
{
    return yk_cell_parts_of(cell).products * units * ((units + 63) / 64 * 64);
}

/** Random numbers of a call: element e of row r is element e of sample[r] at `time`. */
typedef struct yk_random {
    yk_key key;
    int64_t time;
    const int64_t *sample; /**< one global sample number a row */
} yk_random;

/** One optimizer step on n elements; hyper-parameters in float, computed in double beforehand. */
typedef struct yk_sgd_step {
    float lr, momentum, weight_decay;
    bool nesterov, first; /**< first: the momentum buffer is set to the gradient, as in PyTorch */
} yk_sgd_step;

typedef struct yk_adam_step {
    float lr;           /**< learning rate of this step */
    float beta1, beta2; /**< decays */
    float one_minus_beta1, one_minus_beta2;
    float correction1;      /**< 1 - beta1^t */
    float root_correction2; /**< sqrt(1 - beta2^t) */
    float epsilon;
    float coupled_decay;   /**< g += coupled_decay w (adam) */
    float decoupled_decay; /**< w -= lr decoupled_decay w first (adamw) */
} yk_adam_step;

typedef struct yk_adagrad_step {
    float lr, weight_decay, epsilon;
    float initial; /**< what the sum of squares starts from */
    bool first;
} yk_adagrad_step;

typedef struct yk_adadelta_step {
    float lr, weight_decay, rho, one_minus_rho, epsilon;
} yk_adadelta_step;

typedef struct yk_rmsprop_step {
    float lr, weight_decay, rho, one_minus_rho, momentum, epsilon;
} yk_rmsprop_step;

typedef struct yk_adamax_step {
    float lr; /**< divided by 1 - beta1^t */
    float weight_decay, beta1, one_minus_beta1, beta2, epsilon;
} yk_adamax_step;

typedef struct yk_nadam_step {
    float lr_g, lr_m; /**< of the gradient and of its mean */
    float beta1, beta2, one_minus_beta1, one_minus_beta2, root_correction2, epsilon;
    float coupled_decay; /**< g += coupled_decay w */
    float kept;          /**< w *= kept first: 1 - lr decay where it is decoupled */
} yk_nadam_step;

#define YK_KERNEL(result, name, parameters) result(*name) parameters;
typedef struct YK_TYPED(yk_kernels) {
    const char *family;
#include "kernels/kernel_list.h"
} YK_TYPED(yk_kernels);
#undef YK_KERNEL

/** The run's table: chosen once by yk_kernels_choose(), read-only after it. In double builds of the ops, the table of
 *  the gradient checks. */
extern const YK_TYPED(yk_kernels) * YK_TYPED(yk_k);
#ifdef YK_REAL_DOUBLE
#define yk_k yk_k_double
#define yk_matmul yk_matmul_double
#define yk_recurrence yk_recurrence_double
#define yk_distribution yk_distribution_double
#define yk_attention yk_attention_double
#define yk_attention_grad yk_attention_grad_double
#define yk_batchnorm yk_batchnorm_double
#define yk_kernels yk_kernels_double
#endif

/** Chooses the family: by name ("portable", "avx2", "avx512", "openblas"), or for NULL or "" the best that CPU and
 *  system support. YK_ERR_ARG names the families there are, or says that this CPU cannot run the one asked for. Not
 *  safe against running kernels. */
YK_MUST_CHECK yk_status yk_kernels_choose(const char *family);

/** Name of the family in use ("avx512"). */
const char *yk_kernels_family(void);

/** Version of the BLAS library behind family openblas, for --version; "none" where it was built without. */
const char *yk_kernels_blas(void);

/** i-th family that this CPU can run, slowest first, NULL after the last: for tests, benches and --version. */
const char *yk_kernels_usable(int i);

#endif

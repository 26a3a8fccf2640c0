/* SPDX-License-Identifier: Apache-2.0 */
/* Geometry of windows (convolution, pooling), as Keras and TensorFlow have it. Per dimension, with e = (size - 1)
 * dilation + 1 inputs under a window:
 *     valid      out = (in - e) / stride + 1, rounded down; no padding
 *     same       out = in / stride, rounded up; padding max(0, (out - 1) stride + e - in), the odd one at the end
 *     causal     as valid, with e - 1 zeros before
 *     explicit   as valid, on an input that is larger by the padding
 * A transposed convolution of `in` gives what a convolution makes `in` of. With p = output_padding, whose default is
 * what makes the largest output of valid and in stride of same:
 *     valid      out = (in - 1) stride + e + p
 *     same       out = (in - 1) stride + e - 2 (e / 2 rounded down) + p
 *     explicit   out = (in - 1) stride + e - padding + p; the default is 0 */
#include "ops/window.h"

#include <stdio.h>

#define MAX_DIMS 3

/* A dimension, and its padding at the end. */
typedef struct fitted {
    yk_window_axis axis; /* out < 1: the window does not fit */
    int64_t after;
} fitted;

static int64_t extent(const yk_window_axis *a)
{
    return (a->taps - 1) * a->dilation + 1;
}

static void fit(fitted *f, const yk_padding *padding, int dim)
{
    yk_window_axis *a = &f->axis;
    if (padding->mode == YK_PAD_SAME) {
        a->out = yk_div_up(a->in, a->stride);
        int64_t all = yk_max(0, (a->out - 1) * a->stride + extent(a) - a->in);
        a->before = all / 2;
        f->after = all - a->before;
        return;
    }
    if (padding->mode == YK_PAD_CAUSAL)
        a->before = extent(a) - 1;
    if (padding->mode == YK_PAD_EXPLICIT) {
        a->before = padding->side[2 * dim];
        f->after = padding->side[2 * dim + 1];
    }
    int64_t room = a->before + a->in + f->after - extent(a);
    a->out = room < 0 ? 0 : room / a->stride + 1;
}

/* Every window of a pooling must see a pixel: padding takes no part in it. */
static bool sees_input(const yk_window_axis *a)
{
    return a->before < a->taps && (a->out - 1) * a->stride - a->before < a->in;
}

static int64_t pick(const yk_ints *list, int i)
{
    return list->at[list->n > 1 ? i : 0];
}

/* "3 x 3" of one number a dimension: field `offset` bytes into yk_window_axis. */
static const char *sizes_text(const fitted *f, int dims, size_t offset, char text[YK_SHAPE_TEXT])
{
    size_t used = 0;
    for (int i = 0; i < dims; i++) {
        int64_t size = *(const int64_t *)((const char *)&f[i].axis + offset);
        used += (size_t)snprintf(text + used, YK_SHAPE_TEXT - used, "%s%lld", i ? " x " : "", (long long)size);
    }
    return text;
}
#define SIZES(field, text) sizes_text(f, dims, offsetof(yk_window_axis, field), text)

static const char *padding_text(const yk_padding *p, int dims, char text[YK_SHAPE_TEXT])
{
    static const char *const words[] = { [YK_PAD_VALID] = "valid", [YK_PAD_SAME] = "same", [YK_PAD_CAUSAL] = "causal" };
    if (p->mode != YK_PAD_EXPLICIT) {
        snprintf(text, YK_SHAPE_TEXT, "%s", words[p->mode]);
        return text;
    }
    size_t used = 0;
    for (int i = 0; i < 2 * dims; i++)
        used += (size_t)snprintf(text + used, YK_SHAPE_TEXT - used, "%s%lld", i ? ", " : "[", (long long)p->side[i]);
    snprintf(text + used, YK_SHAPE_TEXT - used, "]");
    return text;
}

static yk_status check_list(const yk_ints *list, int dims, const char *name)
{
    static const char *const forms[] = { "", "one", "one, or [height, width]", "one, or [depth, height, width]" };
    YK_CHECK(list->n <= 1 || list->n == dims, YK_ERR_ARG, "%s has %d numbers: give %s", name, list->n, forms[dims]);
    return YK_OK;
}

static const char *const input_words[] = { "", "sequence", "image", "volume" };

static yk_status check_input(const yk_shape *in, int dims)
{
    static const char *const forms[] = { "", "a sequence (time, channels)", "an image (height, width, channels)",
                                         "a volume (depth, height, width, channels)" };
    char text[YK_SHAPE_TEXT];
    YK_CHECK(in->ndim == dims + 2, YK_ERR_SHAPE, "input has shape %s: %s is needed", yk_shape_text(in, 1, text),
             forms[dims]);
    return YK_OK;
}

/* Fits each dimension, and says which sizes do not go together. */
static yk_status fit_all(fitted f[MAX_DIMS], int dims, const yk_shape *in, const yk_window_attr *attr, bool pooling)
{
    char text[4][YK_SHAPE_TEXT], dilated[YK_SHAPE_TEXT + 16] = "";
    bool fits = true, sees = true, spread = false;
    for (int i = 0; i < dims; i++) {
        yk_window_axis *a = &f[i].axis;
        *a = (yk_window_axis){ .in = in->dim[1 + i], .taps = pick(&attr->size, i), .stride = pick(&attr->stride, i) };
        a->dilation = pooling ? 1 : pick(&attr->dilation, i);
        a->stride = a->stride ? a->stride : a->taps;
        f[i].after = 0;
        fit(&f[i], &attr->padding, i);
        fits = fits && a->out > 0;
        sees = sees && sees_input(a);
        spread = spread || a->dilation > 1;
    }
    if (spread)
        snprintf(dilated, sizeof dilated, ", dilation %s", SIZES(dilation, text[3]));
    const char *name = pooling ? "size" : "kernel"; /* the attribute that a user gave */
    YK_CHECK(fits, YK_ERR_SHAPE, "%s %s does not fit the %s %s (padding %s%s)", name, SIZES(taps, text[0]),
             input_words[dims], SIZES(in, text[1]), padding_text(&attr->padding, dims, text[2]), dilated);
    YK_CHECK(!pooling || sees, YK_ERR_SHAPE,
             "padding %s is too much for size %s on the %s %s: some windows would see padding only",
             padding_text(&attr->padding, dims, text[2]), SIZES(taps, text[0]), input_words[dims], SIZES(in, text[1]));
    return YK_OK;
}

static yk_status check_groups(int64_t groups, int dims, int64_t c, int64_t filters)
{
    YK_CHECK(c % groups == 0 && filters % groups == 0, YK_ERR_SHAPE,
             "groups %lld must divide the %s's %lld channels and the %lld filters", (long long)groups,
             input_words[dims], (long long)c, (long long)filters);
    return YK_OK;
}

/* Pooling numbers its taps in float. */
static yk_status check_taps(const yk_window *g)
{
    const int64_t most = 1 << 24;
    YK_CHECK(yk_window_taps(g) <= most, YK_ERR_SHAPE,
             "a window of %lld pixels is too large: pooling takes %lld at most", (long long)yk_window_taps(g),
             (long long)most);
    return YK_OK;
}

static yk_window window_of(const fitted *f, int dims, int64_t c, int64_t oc, int64_t groups)
{
    return (yk_window){ .d = dims > 2 ? f[dims - 3].axis : yk_window_flat,
                        .h = dims > 1 ? f[dims - 2].axis : yk_window_flat,
                        .w = f[dims - 1].axis,
                        .c = c,
                        .oc = oc,
                        .groups = groups };
}

yk_status yk_op_window(yk_window *out, int dims, const yk_shape *in, const yk_window_attr *attr, int64_t oc,
                       int64_t groups)
{
    bool pooling = attr->dilation.n == 0;
    fitted f[MAX_DIMS];
    YK_TRY(check_input(in, dims));
    YK_TRY(check_list(&attr->size, dims, pooling ? "size" : "kernel"));
    YK_TRY(check_list(&attr->stride, dims, "stride"));
    YK_TRY(check_list(&attr->dilation, dims, "dilation"));
    YK_TRY(fit_all(f, dims, in, attr, pooling));
    int64_t c = in->dim[dims + 1];
    YK_TRY(check_groups(groups, dims, c, oc ? oc : c));
    *out = window_of(f, dims, c, oc ? oc : c, groups);
    if (pooling)
        YK_TRY(check_taps(out));
    return YK_OK;
}

/* A dimension of a transposed convolution: `out` of the axis is the op's input. */
static void fit_transposed(fitted *f, const yk_padding *padding, int dim, int64_t output_padding)
{
    yk_window_axis *a = &f->axis;
    int64_t e = extent(a), least = (a->out - 1) * a->stride + e, extra = yk_max(0, output_padding);
    bool own = output_padding < 0;
    if (padding->mode == YK_PAD_SAME) {
        a->in = own ? a->out * a->stride : least - 2 * (e / 2) + extra;
        int64_t all = yk_max(0, least - a->in);
        a->before = all / 2;
        f->after = all - a->before;
    } else if (padding->mode == YK_PAD_EXPLICIT) {
        a->before = padding->side[2 * dim];
        f->after = padding->side[2 * dim + 1];
        a->in = least - a->before - f->after + extra;
    } else {
        a->in = own ? least + yk_max(0, a->stride - e) : least + extra;
    }
}

/* Whether output_padding suits: below stride or dilation, as in PyTorch; the convolution that pads `same` gives the
 * op's input back, as in Keras. */
static bool suits(const yk_window_axis *a, const yk_padding *padding, int64_t output_padding)
{
    if (padding->mode == YK_PAD_SAME)
        return yk_div_up(a->in, a->stride) == a->out;
    return output_padding < yk_max(a->stride, a->dilation);
}

yk_status yk_op_window_transposed(yk_window *out, int dims, const yk_shape *in, const yk_window_attr *attr,
                                  const yk_ints *output_padding, int64_t filters, int64_t groups)
{
    fitted f[MAX_DIMS];
    char text[6][YK_SHAPE_TEXT];
    bool fits = true, good = true;
    YK_TRY(check_input(in, dims));
    YK_TRY(check_list(&attr->size, dims, "kernel"));
    YK_TRY(check_list(&attr->stride, dims, "stride"));
    YK_TRY(check_list(&attr->dilation, dims, "dilation"));
    YK_TRY(check_list(output_padding, dims, "output_padding"));
    for (int i = 0; i < dims; i++) {
        f[i] = (fitted){ .axis = { .out = in->dim[1 + i],
                                   .taps = pick(&attr->size, i),
                                   .stride = pick(&attr->stride, i),
                                   .dilation = pick(&attr->dilation, i) } };
        fit_transposed(&f[i], &attr->padding, i, pick(output_padding, i));
        fits = fits && f[i].axis.in > 0;
        good = good && suits(&f[i].axis, &attr->padding, pick(output_padding, i));
    }
    padding_text(&attr->padding, dims, text[0]);
    YK_CHECK(fits, YK_ERR_SHAPE, "padding %s leaves nothing of the output of kernel %s on the %s %s: it would be %s",
             text[0], SIZES(taps, text[1]), input_words[dims], SIZES(out, text[2]), SIZES(in, text[3]));
    YK_CHECK(
        good, YK_ERR_SHAPE,
        "output_padding does not go with stride %s, dilation %s (kernel %s, padding %s): the %s %s would become %s",
        SIZES(stride, text[1]), SIZES(dilation, text[2]), SIZES(taps, text[3]), text[0], input_words[dims],
        SIZES(out, text[4]), SIZES(in, text[5]));
    int64_t c = in->dim[dims + 1];
    YK_TRY(check_groups(groups, dims, c, filters));
    *out = window_of(f, dims, filters, c, groups);
    return YK_OK;
}

static yk_window_axis bins(int64_t in, int64_t out)
{
    return (yk_window_axis){ .in = in, .out = out, .taps = yk_div_up(in, out) + (in % out != 0), .dilation = 1 };
}

yk_status yk_op_bins(yk_window *out, const yk_shape *in, int64_t oh, int64_t ow)
{
    YK_TRY(check_input(in, 2));
    *out = (yk_window){ .d = yk_window_flat,
                        .h = bins(in->dim[1], oh),
                        .w = bins(in->dim[2], ow),
                        .c = in->dim[3],
                        .oc = in->dim[3],
                        .groups = 1 };
    YK_TRY(check_taps(out));
    return YK_OK;
}

/* (first, dims of sizes, ...): returns the place behind. */
static int64_t *put_sizes(yk_shape *shape, int at, const int64_t sizes[MAX_DIMS], int dims)
{
    for (int i = 0; i < dims; i++)
        shape->dim[at + i] = sizes[MAX_DIMS - dims + i];
    return shape->dim + at + dims;
}

yk_shape yk_window_shape(const yk_window *g, int dims, int64_t samples)
{
    const int64_t sizes[MAX_DIMS] = { g->d.out, g->h.out, g->w.out };
    yk_shape shape = { .ndim = dims + 2, .dim = { samples } };
    *put_sizes(&shape, 1, sizes, dims) = g->oc;
    return shape;
}

yk_shape yk_kernel_shape(const yk_window *g, int dims, int64_t in, int64_t out)
{
    const int64_t sizes[MAX_DIMS] = { g->d.taps, g->h.taps, g->w.taps };
    yk_shape shape = { .ndim = dims + 2 };
    int64_t *behind = put_sizes(&shape, 0, sizes, dims);
    behind[0] = in;
    behind[1] = out;
    return shape;
}

double yk_window_flops(const yk_window *g, int64_t samples, bool bias)
{
    double sums = (double)(samples * yk_window_out(g) * g->oc),
           terms = (double)(yk_window_taps(g) * (g->c / g->groups));
    return sums * (2 * terms + (bias ? 1 : 0));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Geometry of windows that slide over images (convolution, pooling), as Keras and TensorFlow have it. Per dimension,
 * with e = (size - 1) dilation + 1 pixels under a window: valid      out = (in - e) / stride + 1, rounded down; no
 * padding same       out = in / stride, rounded up; padding max(0, (out - 1) stride + e - in), the odd pixel at the end
 *     explicit   as valid, on an image that is larger by the padding */
#include "ops/op.h"

#include <stdio.h>

/* One dimension of a window: `in`, `size`, ... in, `out` and `before` out. */
typedef struct axis {
    int64_t in, size, stride, dilation;
    int64_t before, after; /* padding */
    int64_t out;           /* < 1: the window does not fit */
} axis;

static void fit(axis *a, const yk_padding *padding)
{
    int64_t extent = (a->size - 1) * a->dilation + 1;
    if (padding->mode == YK_PAD_SAME) {
        a->out = yk_div_up(a->in, a->stride);
        int64_t all = yk_max(0, (a->out - 1) * a->stride + extent - a->in);
        a->before = all / 2;
        a->after = all - a->before;
        return;
    }
    int64_t room = a->before + a->in + a->after - extent;
    a->out = room < 0 ? 0 : room / a->stride + 1;
}

/* Every window of a pooling must see a pixel: padding takes no part in it. */
static bool sees_image(const axis *a)
{
    return a->before < a->size && (a->out - 1) * a->stride - a->before < a->in;
}

static int64_t pick(const yk_ints *list, int i)
{
    return list->at[list->n > 1 ? i : 0];
}

static const char *padding_text(const yk_padding *p, char text[YK_SHAPE_TEXT])
{
    if (p->mode == YK_PAD_EXPLICIT)
        snprintf(text, YK_SHAPE_TEXT, "[%lld, %lld, %lld, %lld]", (long long)p->side[0], (long long)p->side[1],
                 (long long)p->side[2], (long long)p->side[3]);
    else
        snprintf(text, YK_SHAPE_TEXT, "%s", p->mode == YK_PAD_SAME ? "same" : "valid");
    return text;
}

static yk_status check_lists(const yk_ints *size, const yk_ints *stride, const yk_ints *dilation, const char *name)
{
    YK_CHECK(size->n == 1 || size->n == 2, YK_ERR_ARG, "%s has %d numbers: give one, or [height, width]", name,
             size->n);
    YK_CHECK(stride->n == 1 || stride->n == 2, YK_ERR_ARG, "stride has %d numbers: give one, or [vertical, horizontal]",
             stride->n);
    YK_CHECK(!dilation || dilation->n == 1 || dilation->n == 2, YK_ERR_ARG,
             "dilation has %d numbers: give one, or [vertical, horizontal]", dilation->n);
    return YK_OK;
}

yk_status yk_op_window(yk_window *out, const yk_shape *in, const yk_ints *size, const yk_ints *stride,
                       const yk_ints *dilation, const yk_padding *padding, int64_t oc, int64_t groups)
{
    const char *name = dilation ? "kernel" : "size"; /* the attribute that a user gave */
    char text[YK_SHAPE_TEXT];
    YK_CHECK(in->ndim == 4, YK_ERR_SHAPE, "input has shape %s: an image (height, width, channels) is needed",
             yk_shape_text(in, 1, text));
    YK_TRY(check_lists(size, stride, dilation, name));
    axis axes[2];
    for (int i = 0; i < 2; i++) {
        axis *a = &axes[i];
        *a = (axis){ .in = in->dim[1 + i], .size = pick(size, i), .stride = pick(stride, i) };
        a->dilation = dilation ? pick(dilation, i) : 1;
        a->stride = a->stride ? a->stride : a->size;
        if (padding->mode == YK_PAD_EXPLICIT) {
            a->before = padding->side[2 * i];
            a->after = padding->side[2 * i + 1];
        }
        fit(a, padding);
    }
    const axis *v = &axes[0], *h = &axes[1];
    char dilated[64] = "";
    if (v->dilation > 1 || h->dilation > 1)
        snprintf(dilated, sizeof dilated, ", dilation %lld x %lld", (long long)v->dilation, (long long)h->dilation);
    YK_CHECK(v->out > 0 && h->out > 0, YK_ERR_SHAPE, "%s %lld x %lld does not fit the image %lld x %lld (padding %s%s)",
             name, (long long)v->size, (long long)h->size, (long long)v->in, (long long)h->in,
             padding_text(padding, text), dilated);
    YK_CHECK(
        dilation || (sees_image(v) && sees_image(h)), YK_ERR_SHAPE,
        "padding %s is too much for size %lld x %lld on the image %lld x %lld: some windows would see padding only",
        padding_text(padding, text), (long long)v->size, (long long)h->size, (long long)v->in, (long long)h->in);
    int64_t c = in->dim[3];
    YK_CHECK(c % groups == 0 && (oc ? oc : c) % groups == 0, YK_ERR_SHAPE,
             "groups %lld must divide the image's %lld channels and the %lld filters", (long long)groups, (long long)c,
             (long long)oc);
    *out = (yk_window){ .h = v->in,
                        .w = h->in,
                        .c = c,
                        .oh = v->out,
                        .ow = h->out,
                        .oc = oc ? oc : c,
                        .kh = v->size,
                        .kw = h->size,
                        .sh = v->stride,
                        .sw = h->stride,
                        .dh = v->dilation,
                        .dw = h->dilation,
                        .pt = v->before,
                        .pl = h->before,
                        .groups = groups };
    return YK_OK;
}

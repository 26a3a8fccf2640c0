/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/merge.h"

_Static_assert((int)YK_OP_MAX_IN <= (int)YK_STRIDED_ARRAYS, "every input is an array of the strides");

/* Length of input i in dimension d of an output of ndim dimensions, which are aligned at the last. */
static int64_t length_of(const yk_shape *in, int d, int ndim)
{
    if (d == 0)
        return in->dim[0];
    d -= ndim - in->ndim;
    return d > 0 ? in->dim[d] : 1;
}

yk_status yk_merge_infer(yk_op_args *a)
{
    char text[2][YK_SHAPE_TEXT];
    yk_shape *out = &a->out.shape;
    int most = 0;
    for (int i = 0; i < a->n_in; i++) {
        YK_TRY(yk_op_check_real(&a->in[i]));
        most = a->in[i].shape.ndim > a->in[most].shape.ndim ? i : most;
    }
    yk_tensor_like(&a->out, &a->in[most]);
    for (int i = 0; i < a->n_in; i++) {
        yk_shape before = *out;
        bool fits = true;
        for (int d = 1; d < out->ndim; d++) {
            int64_t length = length_of(&a->in[i].shape, d, out->ndim);
            fits = fits && (length == out->dim[d] || length == 1 || out->dim[d] == 1);
            out->dim[d] = yk_max(length, out->dim[d]);
        }
        YK_CHECK(fits, YK_ERR_SHAPE, "input %d has shape %s, the others %s: lengths must be equal, or 1 to be repeated",
                 i + 1, yk_shape_text(&a->in[i].shape, 1, text[0]), yk_shape_text(&before, 1, text[1]));
    }
    return YK_OK;
}

void yk_merge_strides(const yk_op_args *a, yk_strides *out)
{
    const yk_shape *y = &a->out.shape;
    int64_t step[YK_STRIDED_ARRAYS];
    *out = (yk_strides){ .n = a->n_in };
    for (int d = 0; d < y->ndim; d++) {
        for (int i = 0; i < a->n_in; i++) {
            const yk_shape *x = &a->in[i].shape;
            int own = d == 0 ? 0 : d - (y->ndim - x->ndim);
            bool repeated = d > 0 && length_of(x, d, y->ndim) == 1;
            step[i] = repeated ? 0 : yk_shape_len_from(x, own + 1);
        }
        yk_strides_push(out, y->dim[d], step);
    }
    yk_strides_simplify(out);
}

double yk_merge_flops(const yk_op_args *a)
{
    return (double)yk_tensor_len(&a->out) * (a->n_in - 1);
}

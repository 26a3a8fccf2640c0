/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/pool.h"

#include <assert.h>

const yk_option yk_pool_attrs[] = {
    { "size", YK_OPT_INTS, offsetof(yk_pool_attr, size), NULL, 1, 1e4, NULL,
      "pixels under a window: one number, or [height, width]" },
    { "stride", YK_OPT_INTS, offsetof(yk_pool_attr, stride), "0", 0, 1e4, NULL,
      "pixels from window to window: one number, or [vertical, horizontal]; 0: as size" },
    { "padding", YK_OPT_PADDING, offsetof(yk_pool_attr, padding), "valid", 0, 0, NULL,
      "margin around the image, which takes no part: valid (none), same (output is input / stride, as in "
      "Keras), or pixels: one number, or [top, bottom, left, right]" },
    { 0 }
};

static yk_status geometry(const yk_op_args *a, yk_window *w)
{
    const yk_pool_attr *attr = a->attr;
    return yk_op_window(w, &a->in[0].shape, &attr->size, &attr->stride, NULL, &attr->padding, 0, 1);
}

yk_window yk_pool_window(const yk_op_args *a)
{
    yk_window w = { 0 };
    yk_status status = geometry(a, &w);
    assert(status == YK_OK);
    (void)status;
    return w;
}

yk_status yk_pool_infer(yk_op_args *a)
{
    yk_window w;
    YK_TRY(yk_op_check_real(&a->in[0]));
    YK_TRY(geometry(a, &w));
    a->out = (yk_tensor){ YK_F32, yk_shape_of(4, a->in[0].shape.dim[0], w.oh, w.ow, w.c), NULL };
    return YK_OK;
}

double yk_pool_flops(const yk_op_args *a)
{
    yk_window w = yk_pool_window(a);
    return (double)yk_tensor_len(&a->out) * (double)(w.kh * w.kw);
}

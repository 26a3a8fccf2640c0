/* SPDX-License-Identifier: Apache-2.0 */
/* What many ops' infer must check. */
#include "ops/op.h"

yk_status yk_op_check_real(const yk_tensor *in)
{
    YK_CHECK(!yk_dtype_is_integer(in->dtype), YK_ERR_SHAPE, "input holds whole numbers (%s): real numbers are needed",
             yk_dtype_name(in->dtype));
    return YK_OK;
}

yk_status yk_op_check_target(const yk_op_args *a, const char *loss)
{
    const yk_tensor *x = &a->in[0], *target = &a->in[1];
    char text[2][YK_SHAPE_TEXT];
    YK_TRY(yk_op_check_real(x));
    YK_CHECK(!yk_dtype_is_integer(target->dtype), YK_ERR_SHAPE,
             "the target holds whole numbers (%s): %s needs real numbers", yk_dtype_name(target->dtype), loss);
    yk_shape shape = x->shape;
    if (shape.ndim == target->shape.ndim + 1 && shape.dim[shape.ndim - 1] == 1)
        shape.ndim--;
    YK_CHECK(yk_shape_equal(&shape, &target->shape), YK_ERR_SHAPE,
             "the model's output has shape %s, the target %s: %s needs the same shape",
             yk_shape_text(&x->shape, 1, text[0]), yk_shape_text(&target->shape, 1, text[1]), loss);
    return YK_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What many ops' infer must check. */
#include "ops/op.h"

yk_status yk_op_check_real(const yk_tensor *in)
{
    YK_CHECK(!yk_dtype_is_integer(in->dtype), YK_ERR_SHAPE, "input holds whole numbers (%s): real numbers are needed",
             yk_dtype_name(in->dtype));
    return YK_OK;
}

yk_status yk_op_check_image(const yk_tensor *in)
{
    char text[YK_SHAPE_TEXT];
    YK_CHECK(in->shape.ndim == 4, YK_ERR_SHAPE, "input has shape %s: an image (height, width, channels) is needed",
             yk_shape_text(&in->shape, 1, text));
    return YK_OK;
}

yk_status yk_op_infer_like(yk_op_args *a)
{
    YK_TRY(yk_op_check_real(&a->in[0]));
    yk_tensor_like(&a->out, &a->in[0]);
    return YK_OK;
}

yk_target yk_op_target_numbers(const void *attr)
{
    (void)attr;
    return (yk_target){ .kind = YK_TARGET_REAL };
}

yk_status yk_op_infer_numbers(yk_op_args *a, const char *loss)
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
    a->out = (yk_tensor){ YK_F32, yk_shape_of(1, x->shape.dim[0]), NULL };
    return YK_OK;
}

static yk_status check_output(const yk_op_args *a, const char *loss)
{
    char text[YK_SHAPE_TEXT];
    YK_TRY(yk_op_check_real(&a->in[0]));
    YK_CHECK(a->in[0].shape.ndim >= 2, YK_ERR_SHAPE, "the model's output has shape %s: %s needs one number a class",
             yk_shape_text(&a->in[0].shape, 1, text), loss);
    return YK_OK;
}

yk_status yk_op_check_labels(const yk_op_args *a, const char *loss)
{
    char text[3][YK_SHAPE_TEXT];
    yk_shape want = a->in[0].shape;
    YK_TRY(check_output(a, loss));
    YK_CHECK(a->in[1].dtype == YK_I32, YK_ERR_SHAPE,
             "the target holds %s numbers: %s needs class numbers (whole numbers from 0)",
             yk_dtype_name(a->in[1].dtype), loss);
    want.ndim--;
    YK_CHECK(yk_shape_equal(&a->in[1].shape, &want), YK_ERR_SHAPE,
             "the target has shape %s: for a model output of shape %s %s needs shape %s",
             yk_shape_text(&a->in[1].shape, 1, text[0]), yk_shape_text(&a->in[0].shape, 1, text[1]), loss,
             yk_shape_text(&want, 1, text[2]));
    return YK_OK;
}

yk_status yk_op_check_rows(const yk_op_args *a, const char *loss)
{
    char text[2][YK_SHAPE_TEXT];
    YK_TRY(check_output(a, loss));
    YK_CHECK(!yk_dtype_is_integer(a->in[1].dtype) && yk_shape_equal(&a->in[0].shape, &a->in[1].shape), YK_ERR_SHAPE,
             "the model's output has shape %s, the target %s (%s): %s needs numbers of the same shape",
             yk_shape_text(&a->in[0].shape, 1, text[0]), yk_shape_text(&a->in[1].shape, 1, text[1]),
             yk_dtype_name(a->in[1].dtype), loss);
    return YK_OK;
}
